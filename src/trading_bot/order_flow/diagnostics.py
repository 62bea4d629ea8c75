"""Where this package's log lines go through: loggers by module, and no secret in any of them.

Nothing here configures logging: a library leaves handlers and levels to its host.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

BLANK = "***"
"""What stands in place of a secret."""
STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""Members that every log record has; all others are extra fields."""
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


SECRETS = SecretFilter()
"""The filter of every logger of this package, and of whoever writes their lines."""
FACTS = FactsFilter()
"""The filter that follows it."""
_exception_formatter = logging.Formatter()


def get_logger(name: str) -> logging.Logger:
    """Return the logger of a module, by its `__name__`, with every known secret blanked.

    It propagates and writes nothing by itself.
    """
    logger = logging.getLogger(name)
    logger.addFilter(SECRETS)
    logger.addFilter(FACTS)
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
