"""The durable record: one JSON object a line, one write a line, one file a UTC day.

A line is written whole before anybody is told of what it says. A process that dies at any moment
leaves at most one half line at the end, which the next start removes; a disk that fills up leaves
none, because what it took of a line is taken back.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from trading_bot.logger import TradingLogger
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.units import ticks_from_price

SCHEMA = 1
RATIO_DECIMALS = 6
_DAY_FILE = re.compile(r"\d{4}-\d{2}-\d{2}\.jsonl")
_EVENTS = {
    "large_seller": "order_flow.large_seller_detected",
    "red_burst": "order_flow.red_burst_detected",
}

_logger = TradingLogger.get_logger("order_flow.alert_log")
_encoder = msgspec.json.Encoder(decimal_format="number")


def iso_utc(moment: datetime) -> str:
    """Write a time as ISO 8601 in UTC with microseconds, such as 2026-03-10T14:00:08.125000Z."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    # Half the time of strftime, and twice in every line; what is cut off is "+00:00".
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"


def alert_id(alert: OrderFlowAlert, config_hash: str) -> str:
    """Return 16 hex digits that are equal for the same finding under the same settings."""
    price = None if alert.price_level is None else ticks_from_price(alert.price_level)
    text = (
        f"{config_hash}|{alert.symbol}|{alert.alert_type}|{alert.source}|{alert.severity}"
        f"|{alert.timestamp_ns}|{price}|{alert.order_size}"
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def event_line(
    event: str, moment: datetime | str, symbol: str | None, **fields: Any
) -> dict[str, Any]:
    """Build any line of the record: schema, event, timestamp, symbol, then its own fields."""
    stamp = moment if isinstance(moment, str) else iso_utc(moment)
    return {"schema": SCHEMA, "event": event, "timestamp": stamp, "symbol": symbol, **fields}


def line_bytes(line: Mapping[str, Any]) -> bytes:
    """Return a line as it stands in the file, its newline included."""
    return _encoder.encode(line) + b"\n"


def alert_record(
    alert: OrderFlowAlert,
    *,
    config_hash: str,
    latency_ms: float | None = None,
    logged_at: str | None = None,
) -> dict[str, Any]:
    """Turn an alert into its line; ratios have 6 decimals.

    Args:
        alert: What was found.
        config_hash: Under which settings.
        latency_ms: From the arrival of the bytes to this moment; None in a replay.
        logged_at: Wall clock, ISO 8601; None in a replay.
    """
    return {
        "schema": SCHEMA,
        "event": _EVENTS[alert.alert_type],
        "timestamp": iso_utc(alert.timestamp_utc),
        "symbol": alert.symbol,
        "alert_id": alert_id(alert, config_hash),
        "alert_type": alert.alert_type,
        "severity": alert.severity,
        "source": alert.source,
        "order_size": alert.order_size,
        "price_level": alert.price_level,
        "volume_ratio": _rounded(alert.volume_ratio),
        "sell_ratio": _rounded(alert.sell_ratio),
        "sell_ratio_low": _rounded(alert.sell_ratio_low),
        "low_confidence_share": _rounded(alert.low_confidence_share),
        "late": alert.late,
        "delay_seconds": _rounded(alert.delay_seconds),
        "context": alert.context,
        "config_hash": config_hash,
        "latency_ms": latency_ms,
        "logged_at": logged_at,
    }


def alert_from_record(line: Mapping[str, Any]) -> OrderFlowAlert:
    """Turn an alert's line back into the alert."""
    price = line["price_level"]
    return OrderFlowAlert(
        symbol=line["symbol"],
        alert_type=line["alert_type"],
        severity=line["severity"],
        order_size=line["order_size"],
        price_level=None if price is None else Decimal(str(price)),
        volume_ratio=line["volume_ratio"],
        timestamp_utc=datetime.fromisoformat(line["timestamp"]),
        source=line["source"],
        sell_ratio=line["sell_ratio"],
        sell_ratio_low=line["sell_ratio_low"],
        low_confidence_share=line["low_confidence_share"],
        late=line["late"],
        delay_seconds=line["delay_seconds"],
        context=tuple(line["context"]),
    )


class AlertLog:
    """Writes the record under one folder.

    Args:
        directory: Where the day files lie; made when missing.
        repair: False to read a record that another process may be writing.

    Attributes:
        failed_writes: Lines that could not be written, by the operating system's reason.
    """

    def __init__(self, directory: Path | str, *, repair: bool = True) -> None:
        self.directory = Path(directory)
        self.failed_writes: Counter[str] = Counter()
        self._day = ""
        self._descriptor = -1
        self.directory.mkdir(parents=True, exist_ok=True)
        if repair:
            for path in self._day_files():
                _repair(path)

    def write(self, line: Mapping[str, Any]) -> None:
        """Append one line to the file of its day; a failure is counted and logged, never raised."""
        data = line_bytes(line)
        try:
            self._write_all(line["timestamp"][:10], data)
        except OSError as error:
            self.failed_writes[error.strerror or type(error).__name__] += 1
            _logger.error(
                "order_flow.record_write_failed",
                extra={"directory": str(self.directory), "error_message": str(error), "line": line},
            )

    def close(self) -> None:
        """Close the open file; writing again opens it again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._day = -1, ""

    def alerts_between(
        self, start: datetime, end: datetime, *, config_hash: str | None = None
    ) -> dict[str, OrderFlowAlert]:
        """Return the recorded alerts with a timestamp from `start` to `end`, by alert id.

        Args:
            start: First moment, included.
            end: Last moment, included.
            config_hash: Only alerts found under these settings; None for any.
        """
        wanted = {iso_utc(day)[:10] for day in (start, start + (end - start) / 2, end)}
        return {
            line["alert_id"]: alert_from_record(line)
            for path in self._day_files()
            if path.stem in wanted
            for line in _lines(path)
            if line.get("schema") == SCHEMA
            and "alert_type" in line
            and config_hash in (None, line["config_hash"])
            and start <= datetime.fromisoformat(line["timestamp"]) <= end
        }

    def newest_alert_at(self) -> datetime | None:
        """Return the timestamp of the newest recorded alert, or None when there is none."""
        for path in reversed(self._day_files()):
            stamps = [line["timestamp"] for line in _lines(path) if "alert_type" in line]
            if stamps:
                return datetime.fromisoformat(max(stamps))
        return None

    def _day_files(self) -> list[Path]:
        return sorted(p for p in self.directory.iterdir() if _DAY_FILE.fullmatch(p.name))

    def _write_all(self, day: str, data: bytes) -> None:
        if day != self._day:
            self.close()
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(self.directory / f"{day}.jsonl", flags, 0o644)
            self._day = day
        written = os.write(self._descriptor, data)
        try:
            while written < len(data):
                # A disk that fills up takes part of a line; the rest follows or raises.
                written += os.write(self._descriptor, data[written:])
        except OSError:
            # The next line must not be glued to a torn one: neither could be read.
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            raise


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, RATIO_DECIMALS)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, 1):
            try:
                line = msgspec.json.decode(raw, type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                # One damaged line must not keep the guard from starting.
                _logger.warning(
                    "order_flow.record_line_unreadable",
                    extra={"path": str(path), "line_number": number, "error_message": str(error)},
                )
                continue
            yield line


def _repair(path: Path) -> None:
    """Remove a half-written last line, which only a killed process leaves."""
    content = path.read_bytes()
    kept = content.rfind(b"\n") + 1
    if kept == len(content):
        return
    with path.open("r+b") as stream:
        stream.truncate(kept)
    _logger.warning(
        "order_flow.record_repaired",
        extra={"path": str(path), "removed_bytes": len(content) - kept},
    )
