"""Where this package's log lines go through: loggers by module, and no secret in any of them.

A secret is blanked as it is, and as others may write it: URL-encoded, in hex, in base64, escaped;
and every part of it of eight characters, so that none is left where a text was cut or split over
two fields. Nothing here configures logging: a library leaves handlers and levels to its host.
"""

from __future__ import annotations

import html
import json
import logging
import re
import threading
from base64 import b64encode
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, quote_plus

BLANK = "***"
"""What stands in place of a secret."""
STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""Members that every log record has; all others are extra fields."""
MOST_LINES: Final = 1_000
"""Lines of threads that must not wait, which may wait for handlers that do; the oldest go first."""
HANDED_OVER_SECONDS: Final = 1.0
"""How long the end of such a thread's work waits for its lines."""
_PLAIN = (int, float, type(None))


_BLANKED_AT_MOST: Final = 40
"""Characters looked at for each that is shown."""
RUN_LENGTH: Final = 8
"""So many characters of a secret in a row are shown nowhere."""
# Whatever holds a run of eight holds a probe of five that begins at a multiple of four.
_PROBE_LENGTH: Final = 5
_PROBE_STEP: Final = 4
_BITS_OF_BASE64: Final = 6
_URL_SAFE: Final = str.maketrans("+/", "-_")


@dataclass(frozen=True, slots=True)
class _Known:
    """What is looked for in a text.

    Attributes:
        secrets: All of them.
        short: Those that have no run of eight characters.
        runs: Every run of every form of the others.
        probes: What every run holds.
    """

    secrets: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    runs: frozenset[str] = frozenset()
    probes: frozenset[str] = frozenset()

    def and_also(self, secret: str) -> _Known:
        """Return the same with one more."""
        secrets = (*self.secrets, secret)
        if len(secret) < RUN_LENGTH:
            return _Known(secrets, (*self.short, secret), self.runs, self.probes)
        runs = {each for form in _forms_of(secret) for each in _parts_of(form, RUN_LENGTH)}
        probes = {each for run in runs for each in _parts_of(run, _PROBE_LENGTH)}
        return _Known(secrets, self.short, self.runs | runs, self.probes | probes)

    def blanked(self, text: str) -> str:
        """Return a text without them."""
        for secret in self.short:
            text = text.replace(secret, BLANK)
        starts = range(0, len(text) - _PROBE_LENGTH + 1, _PROBE_STEP)
        if self.probes.isdisjoint([text[start : start + _PROBE_LENGTH] for start in starts]):
            return text
        return self._without_runs(text)

    def _without_runs(self, text: str) -> str:
        runs, last = self.runs, len(text) - RUN_LENGTH
        kept: list[str] = []
        shown_from = start = 0
        while start <= last:
            if text[start : start + RUN_LENGTH] not in runs:
                start += 1
                continue
            if start > shown_from or not kept:
                kept += (text[shown_from:start], BLANK)
            while text[start + 1 : start + 1 + RUN_LENGTH] in runs:
                start += 1
            shown_from = start = start + RUN_LENGTH
        return "".join([*kept, text[shown_from:]])


def _parts_of(text: str, length: int) -> Iterator[str]:
    return (text[start : start + length] for start in range(len(text) - length + 1))


def _forms_of(secret: str) -> Iterator[str]:
    """Yield a secret as others may write it."""
    raw = secret.encode(errors="surrogatepass")
    yield from (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], html.escape(secret))
    in_hex = raw.hex()
    every_byte = re.sub("..", r"%\g<0>", in_hex)
    for encoded in (in_hex, every_byte, quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield encoded
        yield re.sub("%..|^[0-9a-f]+$", lambda found: found[0].upper(), encoded)
        yield re.sub("%..", lambda found: found[0].lower(), encoded)
    for before in range(3):
        # The first characters hold bits of what stands before it, the last one of what follows.
        first = -(-8 * before // _BITS_OF_BASE64)
        behind = 8 * (before + len(raw)) // _BITS_OF_BASE64
        encoded = b64encode(bytes(before) + raw).decode()[first:behind]
        yield encoded
        yield encoded.translate(_URL_SAFE)


class SecretFilter(logging.Filter):
    """Blanks every known secret in every field of a record, whoever put it there.

    Defence in depth: no code logs a key on purpose, but a foreign exception text might hold one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known = _Known()
        self._lock = threading.Lock()

    def hide(self, secret: str) -> None:
        """Blank this text from now on; an empty one is ignored."""
        with self._lock:
            if secret and secret not in self._known.secrets:
                self._known = self._known.and_also(secret)

    def blank(self, value: Any) -> Any:
        """Return `value`, or what is left of it once every secret is blanked."""
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, str):
            return self._known.blanked(value)
        if isinstance(value, Mapping):
            return {self.blank(key): self.blank(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return tuple(self.blank(entry) for entry in value)
        text = str(value)
        blanked = self.blank(text)
        return value if blanked == text else blanked

    def filter(self, record: logging.LogRecord) -> bool:
        """Blank the record's fields in place; never drops a record."""
        if not self._known.secrets:
            return True
        record.msg = self.blank(record.getMessage())
        record.args = None
        trace = exception_text(record)
        if trace:
            record.exc_text = self.blank(trace)
            record.exc_info = None
        for name, value in list(vars(record).items()):
            if name not in STANDARD_FIELDS:
                setattr(record, name, self.blank(value))
        return True


class FactsFilter(logging.Filter):
    """Puts a line's facts behind its event name, for hosts whose log prints no extra fields.

    Only while somebody wants it: who reads lines as JSON has the fields.
    """

    def __init__(self) -> None:
        super().__init__()
        self._wanted = 0
        self._lock = threading.Lock()

    def want(self) -> None:
        """Do so from now on, until as many have `release`d it."""
        with self._lock:
            self._wanted += 1

    def release(self) -> None:
        """Take one `want` back."""
        with self._lock:
            self._wanted -= 1

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the facts to the message; never drops a record."""
        if self._wanted:
            facts = (
                f"{name}={value}"
                for name, value in vars(record).items()
                if name not in STANDARD_FIELDS
            )
            record.msg, record.args = " ".join([record.getMessage(), *facts]), None
        return True


class HandOver(logging.Filter):
    """Hands the lines of threads that must not wait to one that may: a host's handlers may block.

    That one is made when there is a line, and ends when there is none.

    Attributes:
        lost: Lines that were dropped because too many waited.
    """

    def __init__(self) -> None:
        super().__init__()
        self._threads: set[int] = set()
        self._lines: deque[logging.LogRecord] = deque()
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None
        self.lost = 0

    @contextmanager
    def of_this_thread(self) -> Iterator[None]:
        """Hand over what this thread logs in here."""
        ident = threading.get_ident()
        if ident in self._threads:
            yield
            return
        self._threads.add(ident)
        try:
            yield
        finally:
            self._threads.discard(ident)

    def wait_until_logged(self, timeout: float = HANDED_OVER_SECONDS) -> bool:
        """Wait until all that was handed over is logged; False where that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._is_busy(), timeout)

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep a record from its handlers where its thread must not wait for them."""
        if threading.get_ident() not in self._threads:
            return True
        # What it says is what is so now.
        record.msg, record.args = record.getMessage(), None
        with self._changed:
            if len(self._lines) >= MOST_LINES:
                self._lines.popleft()
                self.lost += 1
            self._lines.append(record)
            if not self._is_busy():
                self._worker = threading.Thread(
                    target=self._log_all, name="order-flow-log", daemon=True
                )
                self._worker.start()
        return False

    def _is_busy(self) -> bool:
        # Not the mark alone: a forked process has no such thread.
        return self._worker is not None and self._worker.is_alive()

    def _log_all(self) -> None:
        while True:
            with self._changed:
                if not self._lines:
                    self._worker = None
                    self._changed.notify_all()
                    return
                record = self._lines.popleft()
            with suppress(Exception):  # a handler that raises loses its line, as it does elsewhere
                logging.getLogger(record.name).callHandlers(record)


SECRETS = SecretFilter()
"""The filter of every logger of this package, and of whoever writes their lines."""
FACTS = FactsFilter()
"""The filter that follows it."""
HAND_OVER = HandOver()
"""The last filter of every logger of this package."""
_exception_formatter = logging.Formatter()


def get_logger(name: str) -> logging.Logger:
    """Return the logger of a module, by its `__name__`, with every known secret blanked.

    It propagates and writes nothing by itself.
    """
    logger = logging.getLogger(name)
    logger.addFilter(SECRETS)
    logger.addFilter(FACTS)
    logger.addFilter(HAND_OVER)
    return logger


def hide(secret: str) -> None:
    """Blank this text in every line that is logged from now on."""
    SECRETS.hide(secret)


def told(text: object, longest: int) -> str:
    """Return what is shown of a text from outside: every secret is blanked, then it is cut.

    Args:
        text: The provider's words, a host's, or an error's.
        longest: How many characters are shown.
    """
    # A blank is shorter than what it stands for; no more is looked at than could be shown.
    return str(SECRETS.blank(str(text)[: longest * _BLANKED_AT_MOST]))[:longest]


def holds_secret(text: str) -> bool:
    """Return whether something in a text would be blanked."""
    return bool(SECRETS.blank(text) != text)


def exception_text(record: logging.LogRecord) -> str | None:
    """Return the traceback of a record as text, or None."""
    if record.exc_text:
        return record.exc_text
    if record.exc_info and record.exc_info[0] is not None:
        return _exception_formatter.formatException(record.exc_info)
    return None


# Without any handler, Python writes warnings to standard error on its own.
logging.getLogger(__name__.rpartition(".")[0]).addHandler(logging.NullHandler())
