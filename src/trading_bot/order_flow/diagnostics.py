"""Where this package's log lines go through: loggers by module, and no secret in any of them.

Nothing here configures logging: a library leaves handlers and levels to its host.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

BLANK = "***"
"""What stands in place of a secret."""
STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""Members that every log record has; all others are extra fields."""
MOST_LINES: Final = 1_000
"""Lines of threads that must not wait, which may wait for handlers that do; the oldest go first."""
HANDED_OVER_SECONDS: Final = 1.0
"""How long the end of such a thread's work waits for its lines."""
_PLAIN = (int, float, type(None))


class SecretFilter(logging.Filter):
    """Blanks every known secret in every field of a record, whoever put it there.

    Defence in depth: no code logs a key on purpose, but a foreign exception text might hold one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._secrets: tuple[str, ...] = ()

    def hide(self, secret: str) -> None:
        """Blank this text from now on; an empty one is ignored."""
        if secret and secret not in self._secrets:
            self._secrets += (secret,)

    def blank(self, value: Any) -> Any:
        """Return `value`, or what is left of it once every secret is blanked."""
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, BLANK)
            return value
        if isinstance(value, Mapping):
            return {self.blank(key): self.blank(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return tuple(self.blank(entry) for entry in value)
        text = str(value)
        blanked = self.blank(text)
        return value if blanked == text else blanked

    def filter(self, record: logging.LogRecord) -> bool:
        """Blank the record's fields in place; never drops a record."""
        if not self._secrets:
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


def exception_text(record: logging.LogRecord) -> str | None:
    """Return the traceback of a record as text, or None."""
    if record.exc_text:
        return record.exc_text
    if record.exc_info and record.exc_info[0] is not None:
        return _exception_formatter.formatException(record.exc_info)
    return None


# Without any handler, Python writes warnings to standard error on its own.
logging.getLogger(__name__.rpartition(".")[0]).addHandler(logging.NullHandler())
