"""One try at one receiver, by the library apprise; in the sender's process alone."""

from __future__ import annotations

import logging
import threading
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from trading_bot.notify.outcome import SENT, Found, found_in

PACKAGE: Final = "apprise"
MISSING: Final = (
    "notify_urls needs apprise, of the extra 'notify': pip install 'trading-bot-order-flow[notify]'"
)


def is_there() -> bool:
    """Return whether the library is installed; it is not loaded by that."""
    return find_spec(PACKAGE) is not None


class _Said(logging.Handler):
    """Keeps what the library says of the try that this thread makes; nobody else hears it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._lines = threading.local()

    def begin(self) -> list[str]:
        """Return where the lines of this thread go from now on."""
        lines: list[str] = []
        self._lines.kept = lines
        return lines

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line that says why; what was sent and answered is left out."""
        text = record.getMessage()
        if record.levelno >= logging.WARNING or text.startswith("Socket Exception"):
            getattr(self._lines, "kept", []).append(text)


class Receivers:
    """Who is told, each by its address; from any thread.

    Args:
        addresses: As the library writes them.
    """

    def __init__(self, addresses: tuple[str, ...]) -> None:
        library: Any = import_module(PACKAGE)
        self._said = _Said()
        logger = logging.getLogger(PACKAGE)
        logger.addHandler(self._said)
        logger.setLevel(logging.DEBUG)
        # Its lines quote addresses.
        logger.propagate = False
        # A redirect makes a question of a text: what is asked answers well, and has not got it.
        asset = library.AppriseAsset(http_redirects=False)
        self._made = [_made(library, each, asset) for each in addresses]

    def understood(self, number: int) -> bool:
        """Return whether the library can make something of an address, by its place."""
        return self._made[number] is not None

    def try_once(self, number: int, title: str, body: str) -> Found:
        """Send one text once, and return what became of it; takes as long as it takes."""
        receiver = self._made[number]
        if receiver is None:
            return Found("wrong", "its address is not understood")
        lines = self._said.begin()
        # Not the library's own `notify`: it tries again by itself, and asks one after the other.
        try:
            is_sent = receiver.notify(title=title, body=body)
        except Exception as error:  # noqa: BLE001 - a plug-in of the library's may raise anything
            return Found("uncertain", f"the library fails with {type(error).__name__}")
        return SENT if is_sent else found_in(lines)


def _made(library: Any, address: str, asset: Any) -> Any:
    try:
        return library.Apprise.instantiate(address, asset=asset)
    except Exception:  # noqa: BLE001 - see `try_once`
        return None
