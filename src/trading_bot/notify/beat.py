"""Asks the dead-man's switch, whenever the guard says that it lives."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Final

BEAT_SECONDS: Final = 10.0
"""How long a socket of it may be silent."""
_READ_BYTES: Final = 1_024


class Beat:
    """One question at a time, each on a thread of its own; one that hangs stops those after it.

    Args:
        address: Of the switch.
        report: Told `ok` and, in a few words, why not.
    """

    def __init__(self, address: str, report: Callable[[bool, str], None]) -> None:
        self._address = address
        self._report = report
        self._asking = threading.Lock()

    def ask(self) -> None:
        """Ask once; without waiting."""
        if not self._asking.acquire(blocking=False):
            self._report(False, "it has not answered the beat before")
            return
        threading.Thread(target=self._ask, name="beat", daemon=True).start()

    def _ask(self) -> None:
        try:
            why = ask_switch(self._address)
        finally:
            self._asking.release()
        self._report(not why, why)


def ask_switch(address: str) -> str:
    """Ask once; return why it does not take it, without its address; empty where it does."""
    try:
        # The settings allow http and https alone.
        with urllib.request.urlopen(address, timeout=BEAT_SECONDS) as answer:  # noqa: S310
            answer.read(_READ_BYTES)
    except urllib.error.HTTPError as error:
        error.close()
        return f"it answers {error.code}"
    except Exception as error:  # noqa: BLE001 - a wrong answer may be anything
        return f"it does not answer ({type(error).__name__})"
    return ""
