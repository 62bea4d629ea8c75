"""Diagnostics as JSON lines: one event a line, in UTC, without secrets.

Library modules take a logger by name and never configure anything; an application calls
`TradingLogger.configure` once.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import msgspec

from trading_bot.order_flow.diagnostics import SECRETS, STANDARD_FIELDS, exception_text, hide
from trading_bot.order_flow.journal.private_files import make_private_folder, open_private

NAMESPACE = "trading_bot"
DEFAULT_MAX_BYTES = 10_000_000
DEFAULT_BACKUPS = 3

_OWN_FIELDS = ("timestamp", "level", "logger", "event", "exception")


class JsonLinesFormatter(logging.Formatter):
    """Writes one record as one JSON object on one line.

    A record whose field `event` is what its message begins with is a sentence for a person: its
    event is that field, and `message` the rest of the sentence.

    `timestamp` (when it was logged, UTC), `level`, `logger` and `event` come first, then the
    record's extra fields. An extra field with one of these names is kept as `extra_<name>`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line, without a newline."""
        event, _, sentence = record.getMessage().partition(" ")
        is_sentence = getattr(record, "event", None) == event
        fields: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "event": event if is_sentence else record.getMessage(),
        }
        if is_sentence:
            fields["message"] = sentence
        for name, value in vars(record).items():
            if name not in STANDARD_FIELDS and not (is_sentence and name == "event"):
                fields[f"extra_{name}" if name in _OWN_FIELDS else name] = value
        trace = exception_text(record)
        if trace:
            fields["exception"] = trace
        return _encode(fields)


class _PrivateFileHandler(RotatingFileHandler):
    """Writes files that their owner alone may read: they name what is held."""

    def _open(self) -> TextIOWrapper:
        path, flags = Path(self.baseFilename), os.O_WRONLY | os.O_CREAT | os.O_APPEND
        os.close(open_private(path, flags))
        return super()._open()


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
        logger.addFilter(SECRETS)
        return logger

    @staticmethod
    def hide(secret: str) -> None:
        """Blank this text in every line that the bot's loggers write from now on."""
        hide(secret)

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
            make_private_folder(Path(path).parent)
            handler = _PrivateFileHandler(
                path, maxBytes=max_bytes, backupCount=backups, encoding="utf-8", delay=True
            )
        handler.setFormatter(JsonLinesFormatter())
        handler.addFilter(SECRETS)
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


def _encode(fields: Mapping[str, Any]) -> str:
    try:
        return msgspec.json.encode(fields, enc_hook=str).decode()
    except ValueError:
        # Text that is no Unicode: written as Python shows it, because an odd line is worth more
        # than one that is lost.
        plain = {str(name): ascii(value) for name, value in fields.items()}
        return msgspec.json.encode(plain).decode()
