"""Hand-made and generated live files and record lines, for whatever shows them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from support.monitor_stubs import at, exit_of, large_seller, red_burst
from trading_bot.order_flow.journal.lines import (
    WALL_EVENTS,
    alert_record,
    event_line,
    exit_record,
    line_bytes,
)
from trading_bot.order_flow.live_file.lines import (
    LiveBeat,
    LiveChannel,
    LiveLeaving,
    LiveRow,
    LiveWall,
    encode_beat,
)
from trading_bot.order_flow.market.units import NS_PER_SECOND, utc_from_ns

RUN = "0123456789abcdef"
CONFIG_HASH = "0" * 16
Line = dict[str, Any]


SHORT = "S19"
"""A symbol that is sold short."""


def channels(
    seconds: float = 0.0, *names: str, state: str = "visible", reason: str = ""
) -> tuple[LiveChannel, ...]:
    """Return channels of one state, proved so many seconds after the start."""
    return tuple(
        LiveChannel(name=name, state=state, reason=reason, proved_ns=at(seconds))  # type: ignore[arg-type]
        for name in names or ("prints", "quotes")
    )


def live_row(symbol: str = "ACME", **changes: Any) -> LiveRow:
    """Return the row of a held symbol that is visible and calm."""
    fields: dict[str, Any] = {
        "sees": "visible",
        "channels": channels(),
        "compared_seconds_ago": 3,
        "pressure": "calm",
        "price": "100.50",
        "price_ns": at(0),
        "bid": "100.50",
        "bid_shares": 500,
        "ask": "100.51",
        "ask_shares": 400,
        "shares": "100",
        "paid": "101.00",
        "stop": "99.00",
        "pnl": "-50.00",
        "leaving": LiveLeaving(
            shares="100",
            fits="100",
            cost_usd="0.50",
            cost_bp=0.5,
            levels=1,
            depth_kind="top_of_book",
        ),
        "volume_ratio": 1.2,
        "volume_warn": 3.0,
        "volume_critical": 4.0,
        "sell_ratio": 0.5,
        "sell_ratio_low": 0.4,
        "sell_warn": 0.6,
        "delta": -1_200,
        "imbalance": 0.11,
        "delay_ms": 58.0,
        "depth_kind": "top_of_book",
    }
    return LiveRow(symbol=symbol, **(fields | changes))


def live_beat(*rows: LiveRow, seconds: float = 0.0, **changes: Any) -> LiveBeat:
    """Return a beat of those rows so many seconds after the start, by both clocks."""
    fields: dict[str, Any] = {
        "run": RUN,
        "number": 1 + round(seconds * 4),
        "at_ns": at(seconds),
        "written_ns": at(seconds),
        "market": "simulated",
        "symbols": len(rows),
        "rows": rows,
    }
    return LiveBeat(**(fields | changes))


def alert_line(seconds: float = 0.0, symbol: str = "ACME", **changes: Any) -> Line:
    """Return the line of a large seller."""
    alert = large_seller(seconds, symbol=symbol, **changes)
    return alert_record(alert, config_hash=CONFIG_HASH)


def burst_line(seconds: float = 0.0, symbol: str = "ACME", **changes: Any) -> Line:
    """Return the line of a burst."""
    return alert_record(red_burst(seconds, symbol=symbol, **changes), config_hash=CONFIG_HASH)


def exit_line(seconds: float = 0.0, symbol: str = "ACME", **changes: Any) -> Line:
    """Return the line of a recommendation, whose id is its symbol and time."""
    known_as = f"{symbol}{round(seconds)}".lower()
    return exit_record(replace(exit_of(symbol, seconds), exit_id=known_as, **changes))


def other_line(event: str, seconds: float = 0.0, symbol: str | None = "ACME", **more: Any) -> Line:
    """Return any other line, its event without `order_flow.`."""
    return event_line(f"order_flow.{event}", utc_from_ns(at(seconds)), symbol, **more)


def feed_line(kind: str, seconds: float = 0.0, symbol: str = "ACME", reason: str = "") -> Line:
    """Return the line of a feed event, such as `feed_blind`."""
    return other_line(kind, seconds, symbol, reason=reason, position_open=True)


def wall_line(event: str = "placed", seconds: float = 0.0, symbol: str = "ACME") -> Line:
    """Return the line of something that a large level did."""
    figures = {"size": 20_000, "peak": 20_000, "executed": 0, "cancelled": 0, "added": 20_000}
    more = {"refills": 0, "since": _iso(seconds - 2), "levels_away": 1, "left_out": 0}
    name = WALL_EVENTS[event].removeprefix("order_flow.")
    return other_line(name, seconds, symbol, side="bid", price_level=100.4, **figures, **more)


def _iso(seconds: float) -> str:
    stamp: str = event_line("", utc_from_ns(at(seconds)), None)["timestamp"]
    return stamp


class LiveFolder:
    """Writes segments as a guard does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.segment: Path | None = None

    def begin(self, beat: LiveBeat) -> Path:
        """Begin a segment with a beat, which must be whole."""
        assert beat.whole
        self.folder.mkdir(parents=True, exist_ok=True)
        self.segment = self.folder / f"live-{beat.written_ns:020}.jsonl"
        return self.put(beat)

    def put(self, *beats: LiveBeat) -> Path:
        """Append beats to the newest segment."""
        assert self.segment is not None
        return append(self.segment, b"".join(map(encode_beat, beats)))


def append(path: Path, data: bytes) -> Path:
    """Append bytes to a file."""
    with path.open("ab") as stream:
        stream.write(data)
    return path


def write_lines(folder: Path, lines: Iterable[Line], day: str = "2026-03-10") -> Path:
    """Append lines to the file of a day."""
    folder.mkdir(parents=True, exist_ok=True)
    return append(folder / f"{day}.jsonl", b"".join(map(line_bytes, lines)))


class LiveMarket:
    """An invented market: the same beats and lines for the same seed.

    Of every ten symbols one is degraded and another blind, from the second on.

    Args:
        symbols: How many are held.
        seed: Of whatever is drawn.
        levels: Levels of each book; 0 for the best prices only.
        record: Folder of the record, as beats name it.
        clock_ahead_ns: How far the machine's clock is ahead of the market's.
    """

    def __init__(
        self,
        symbols: int = 20,
        *,
        seed: int = 1,
        levels: int = 0,
        record: str = "",
        clock_ahead_ns: int = 0,
    ) -> None:
        self.symbols = [f"S{number:02}" for number in range(symbols)]
        self._random = random.Random(seed)  # noqa: S311 - an invented market
        self._levels = levels
        self._record = record
        self._clock_ahead_ns = clock_ahead_ns
        self._prices = {symbol: self._random.randrange(20_00, 400_00) for symbol in self.symbols}
        self._paid = dict(self._prices)
        self._deltas = dict.fromkeys(self.symbols, 0)
        self._seconds = -0.25
        self._number = 0

    def beat(
        self, changed: int | None = None, *, seconds: float = 0.25, whole: bool = False
    ) -> LiveBeat:
        """Return the next beat, so much later, in which so many symbols have changed."""
        self._seconds += seconds
        whole = whole or self._number == 0
        self._number += 1
        some = self.symbols if whole else self._random.sample(self.symbols, k=self._count(changed))
        return live_beat(
            *(self._row(symbol) for symbol in sorted(some)),
            seconds=self._seconds,
            number=self._number,
            written_ns=at(self._seconds) + self._clock_ahead_ns,
            symbols=len(self.symbols),
            record=self._record,
            whole=whole,
        )

    def lines(self) -> list[Line]:
        """Return what is found at this moment: an alert, now and then an exit with it."""
        symbol, draw = self._random.choice(self.symbols), self._random.random()
        size = self._random.randrange(5_000, 60_000, 100)
        found = [
            burst_line(self._seconds, symbol)
            if draw < 0.2
            else alert_line(self._seconds, symbol, order_size=size)
        ]
        if draw > 0.9:
            found.append(exit_line(self._seconds, symbol))
        return found

    def _count(self, changed: int | None) -> int:
        return len(self.symbols) if changed is None else min(changed, len(self.symbols))

    def _row(self, symbol: str) -> LiveRow:
        price = self._prices[symbol] = max(1_00, self._prices[symbol] + self._random.randint(-3, 3))
        self._deltas[symbol] += self._random.randrange(-500, 500, 100)
        sees, reason = self._sight(symbol)
        return live_row(
            symbol,
            sees=sees,
            reason=reason,
            channels=channels(self._seconds - 3, state=sees, reason=reason),
            pressure="calm" if sees == "visible" else "unknown",
            price=_usd(price),
            price_ns=at(self._seconds),
            bid=_usd(price),
            ask=_usd(price + 1),
            bid_shares=self._random.randrange(100, 5_000, 100),
            ask_shares=self._random.randrange(100, 5_000, 100),
            paid=_usd(self._paid[symbol]),
            stop=_usd(self._paid[symbol] - 2_00),
            shares="-100" if symbol == SHORT else "100",
            pnl=_usd(price * 100 - self._paid[symbol] * 100),
            volume_ratio=round(self._random.uniform(0.2, 3.0), 2),
            sell_ratio=round(self._random.uniform(0.3, 0.7), 2),
            sell_ratio_low=round(self._random.uniform(0.2, 0.3), 2),
            delta=self._deltas[symbol],
            imbalance=round(self._random.uniform(-1, 1), 2),
            delay_ms=float(self._random.randrange(20, 120)),
            depth_kind="levels" if self._levels else "top_of_book",
            bids=self._side(price, -1),
            asks=self._side(price + 1, 1),
            walls=self._walls(price),
        )

    def _sight(self, symbol: str) -> tuple[str, str]:
        number = self.symbols.index(symbol) % 10
        if number == 3:
            return "degraded", "late: prints 4.2 s behind"
        return ("blind", "gap: prints away since 14:00:00") if number == 7 else ("visible", "")

    def _side(self, price: int, step: int) -> tuple[tuple[str, int], ...]:
        return tuple(
            (_usd(price + step * level), self._random.randrange(100, 9_000, 100))
            for level in range(self._levels)
        )

    def _walls(self, price: int) -> Sequence[LiveWall]:
        if not self._levels:
            return ()
        return (LiveWall(side="ask", price=_usd(price + 5), shares=25_000, since_ns=at(0)),)


def _usd(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def later(beat: LiveBeat, seconds: float, **changes: Any) -> LiveBeat:
    """Return a beat as it is so much later, by both clocks."""
    by_ns = round(seconds * NS_PER_SECOND)
    fields = {"at_ns": beat.at_ns + by_ns, "written_ns": beat.written_ns + by_ns}
    return msgspec.structs.replace(beat, **(fields | changes))
