"""Diagnostics as JSON lines: one event a line, in UTC, without secrets.

Library modules take a logger by name and never configure anything; an application calls
`TradingLogger.configure` once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import msgspec

NAMESPACE = "trading_bot"
BLANK = "***"
DEFAULT_MAX_BYTES = 10_000_000
DEFAULT_BACKUPS = 3

_OWN_FIELDS = ("timestamp", "level", "logger", "event", "exception")
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_PLAIN = (int, float, type(None))


class JsonLinesFormatter(logging.Formatter):
    """Writes one record as one JSON object on one line.

    `timestamp` (when it was logged, UTC), `level`, `logger` and `event` come first, then the
    record's extra fields. An extra field with one of these names is kept as `extra_<name>`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line, without a newline."""
        fields: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        for name, value in vars(record).items():
            if name not in _STANDARD_FIELDS:
                fields[f"extra_{name}" if name in _OWN_FIELDS else name] = value
        trace = _exception_text(record)
        if trace:
            fields["exception"] = trace
        return _encode(fields)


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
        trace = _exception_text(record)
        if trace:
            record.exc_text = self.blank(trace)
            record.exc_info = None
        for name, value in list(vars(record).items()):
            if name not in _STANDARD_FIELDS:
                setattr(record, name, self.blank(value))
        return True


_secret_filter = SecretFilter()
_exception_formatter = logging.Formatter()


class TradingLogger:
    """The bot's loggers and, for applications, where their lines go."""

    _handler: logging.Handler | None = None

    @staticmethod
    def get_logger(name: str) -> logging.Logger:
        """Return the logger `trading_bot.<name>`.

        It propagates and writes nothing by itself: a library leaves handlers to its host.
        """
        full = name if name.split(".", 1)[0] == NAMESPACE else f"{NAMESPACE}.{name}"
        logger = logging.getLogger(full)
        logger.addFilter(_secret_filter)
        return logger

    @staticmethod
    def hide(secret: str) -> None:
        """Blank this text in every line that the bot's loggers write from now on."""
        _secret_filter.hide(secret)

    @classmethod
    def configure(
        cls,
        path: Path | str | None = None,
        *,
        level: int | str = logging.INFO,
        max_bytes: int = DEFAULT_MAX_BYTES,
        backups: int = DEFAULT_BACKUPS,
        secrets: Iterable[str] = (),
    ) -> None:
        """Send the bot's diagnostics somewhere; a second call replaces the first.

        Args:
            path: File to append to, its directory made when missing; None means standard error.
            level: The least level that is written.
            max_bytes: Size at which the file is set aside and a new one begun.
            backups: How many files set aside are kept.
            secrets: Texts that must never be written.
        """
        cls.unconfigure()
        for secret in secrets:
            cls.hide(secret)
        handler: logging.Handler
        if path is None:
            handler = logging.StreamHandler()
        else:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(
                path, maxBytes=max_bytes, backupCount=backups, encoding="utf-8", delay=True
            )
        handler.setFormatter(JsonLinesFormatter())
        handler.addFilter(_secret_filter)
        root = logging.getLogger(NAMESPACE)
        root.addHandler(handler)
        root.setLevel(level)
        cls._handler = handler

    @classmethod
    def unconfigure(cls) -> None:
        """Take back what `configure` did and close its file."""
        if cls._handler is None:
            return
        root = logging.getLogger(NAMESPACE)
        root.removeHandler(cls._handler)
        root.setLevel(logging.NOTSET)
        cls._handler.close()
        cls._handler = None


# Without any handler, Python writes warnings to standard error on its own.
logging.getLogger(NAMESPACE).addHandler(logging.NullHandler())


def _exception_text(record: logging.LogRecord) -> str | None:
    if record.exc_text:
        return record.exc_text
    if record.exc_info and record.exc_info[0] is not None:
        return _exception_formatter.formatException(record.exc_info)
    return None


def _encode(fields: Mapping[str, Any]) -> str:
    try:
        return msgspec.json.encode(fields, enc_hook=str).decode()
    except ValueError:
        # Text that is no Unicode: written as Python shows it, because an odd line is worth more
        # than one that is lost.
        plain = {str(name): ascii(value) for name, value in fields.items()}
        return msgspec.json.encode(plain).decode()
