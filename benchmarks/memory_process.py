"""`trading-bot monitor` itself, in a fresh process, reading its own memory as the day goes by.

The command runs as it is: command line, terminal, record, official client, stream. Only what a
hurried market cannot leave as it is stands in: the clock goes by the newest stamp, REST answers for
single symbols are made here instead of being asked at 99 a second, and every judged frame lets the
sender send another. Prints one JSON object when the tape is over.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from machine import resident_mb

NS_PER_SECOND = 1_000_000_000
HISTORY_STEP_NS = 6 * NS_PER_SECOND
AHEAD_NS = 200_000_000
"""So much the clock leads the newest stamp, as when frames travel."""
FRAMES_UNDER_WAY = 2
SETTLE_SECONDS = 2.0


class Day:
    """The market's time, what is read on its way, and the sender's leave to go on.

    Args:
        symbols: How many start.
        open_ns: When the tape begins.
        seconds: How long it is.
        marks: After how many seconds memory is read, besides the end.
        judged_fd: Where the sender is told.
        trace: Whether to look up who holds what at the end.
    """

    def __init__(
        self,
        symbols: int,
        open_ns: int,
        seconds: int,
        marks: Sequence[int],
        judged_fd: int,
        *,
        trace: bool = False,
    ) -> None:
        self._trace = trace
        self.now_ns = open_ns
        self.open_ns = open_ns
        self._marks = [*(each for each in marks if each < seconds), seconds]
        self._to_start = symbols
        self._judged_fd = judged_fd
        self._lock = threading.Lock()
        self.seen: list[tuple[int, float]] = []
        self.events = 0
        self.traced: dict[str, int] = {}
        self.started_mb = 0.0

    def clock(self) -> datetime:
        """Return the market's present."""
        from trading_bot.order_flow.market.units import utc_from_ns

        return utc_from_ns(self.now_ns)

    def started(self) -> None:
        """Take note that a symbol's history is there; the last one starts the tape."""
        with self._lock:
            self._to_start -= 1
            if self._to_start == 0:
                threading.Timer(SETTLE_SECONDS, self._begin).start()

    def steady_ns(self) -> int:
        """Return a clock that is never set: it runs, and moves along with the market's."""
        return time.monotonic_ns() + self.now_ns - self.open_ns

    def judged(self, events: int, newest_ns: int) -> None:
        """Take note of a frame that was judged, and let the next one come."""
        if not self._marks:
            return
        self.events += events
        self.now_ns = max(self.now_ns, newest_ns + AHEAD_NS)
        if self.now_ns - self.open_ns >= self._marks[0] * NS_PER_SECOND:
            self.seen.append((self._marks.pop(0), resident_mb()))
            if not self._marks:
                if self._trace:
                    self.traced = traced_lines()
                os.kill(os.getpid(), signal.SIGTERM)
                return
        os.write(self._judged_fd, b".")

    def _begin(self) -> None:
        self.started_mb = resident_mb()
        os.write(self._judged_fd, b"." * FRAMES_UNDER_WAY)


def traced_lines() -> dict[str, int]:
    """Return the bytes that live now by the line that asked for them."""
    import tracemalloc

    found = tracemalloc.take_snapshot().statistics("lineno")
    return {
        f"{'/'.join(Path(each.traceback[0].filename).parts[-2:])}:{each.traceback[0].lineno}": (
            each.size
        )
        for each in found
    }


def put_in(day: Day) -> None:
    """Let the command's clock, history and frames go by this day."""
    from trading_bot.commands import market
    from trading_bot.order_flow.errors import DataValidationError
    from trading_bot.order_flow.feed.doubt.fallback import SleepWatch
    from trading_bot.order_flow.feed.ingest import Ingest
    from trading_bot.order_flow.feed.stream_driver import StreamDriver
    from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
    from trading_bot.order_flow.market.facts import NewsItem
    from trading_bot.order_flow.market.newest import BestPrices, NewestKnown
    from trading_bot.order_flow.market.units import NS_PER_MS, UNITS_PER_SHARE
    from trading_bot.order_flow.providers.polygon.client import PolygonClient
    from trading_bot.order_flow.providers.polygon.stream_decode import PolygonDecoder
    from trading_bot.order_flow.providers.provider import FetchedTape
    from trading_bot.order_flow.sight.live_symbol import LiveSymbol

    decode, close_gap = PolygonDecoder.decode, Ingest.close_gap

    def judge_and_tell(self: PolygonDecoder, payload: bytes, received_ns: int, link: int) -> None:
        decode(self, payload, received_ns, link)
        # What the server says of the connection has no stamp; the tape's frames have no more.
        stamp = payload.rpartition(b',"t":')[2].partition(b",")[0]
        if stamp.isdigit():
            day.judged(payload.count(b'{"ev":'), int(stamp) * NS_PER_MS)

    def close_and_tell(self: Ingest, live: LiveSymbol, now_ns: int) -> None:
        close_gap(self, live, now_ns)
        day.started()

    def tape(_: PolygonClient, symbol: str, from_ns: int, __: int | None) -> FetchedTape:
        # The stream loses nothing: of its own time there is nothing that it did not bring.
        stamps = range(from_ns, day.open_ns, HISTORY_STEP_NS)
        prints = [
            TradeEvent(symbol, at + 1_000_000, 50_010_000, 100 * UNITS_PER_SHARE) for at in stamps
        ]
        shown = 300 * UNITS_PER_SHARE
        quotes = [QuoteEvent(symbol, at, 50_000_000, shown, 50_020_000, shown) for at in stamps]
        return FetchedTape(prints, quotes)

    def books(_: PolygonClient, symbols: Sequence[str]) -> dict[str, Any]:
        # Nothing newer than what was streamed.
        old = DataValidationError("stale_snapshot", age_seconds=3_600.0)
        return dict.fromkeys(symbols, old)

    def newest(_: PolygonClient, symbols: tuple[str, ...], asked_ns: int) -> dict[str, NewestKnown]:
        # A start that waits for the tape is no dead connection.
        old_ns = day.now_ns - HISTORY_STEP_NS
        quote = BestPrices(old_ns, 50_000_000, 50_020_000)
        return {each: NewestKnown(asked_ns, old_ns, quote=quote) for each in symbols}

    def news(_: PolygonClient, symbol: str, __: datetime, ___: int) -> list[NewsItem]:
        return [NewsItem(f"{symbol} makes known what it does", day.clock() - timedelta(minutes=5))]

    stand_ins: tuple[tuple[object, str, object], ...] = (
        (PolygonDecoder, "decode", judge_and_tell),
        (Ingest, "close_gap", close_and_tell),
        (PolygonClient, "fetch_tape", tape),
        (PolygonClient, "fetch_newest", newest),
        (PolygonClient, "get_snapshots", books),
        # A minute of a hurried market is no sleep of its machine.
        (SleepWatch, "tick", lambda *_: None),
        (PolygonClient, "get_news", news),
        (market, "market_clock", lambda *_: day.clock),
    )
    for owner, name, stand_in in stand_ins:
        setattr(owner, name, stand_in)
    (StreamDriver.__init__.__kwdefaults__ or {})["steady_ns"] = day.steady_ns


def peak_mb() -> float:
    """Return the most that this process ever had resident, in MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def main() -> None:
    """Run the command to the end of the tape, and print what was read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--symbols", type=int, required=True)
    parser.add_argument("--open-ns", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--marks", type=json.loads, default=[])
    parser.add_argument("--judged-fd", type=int, required=True)
    parser.add_argument("--trace", action="store_true")
    asked = parser.parse_args()
    if asked.trace:
        # Not loaded otherwise: the real process does not carry it either.
        import tracemalloc

        tracemalloc.start()
    from trading_bot.cli import app as cli

    day = Day(
        asked.symbols,
        asked.open_ns,
        asked.seconds,
        asked.marks,
        asked.judged_fd,
        trace=asked.trace,
    )
    put_in(day)
    sys.argv = ["trading-bot", "monitor", "--base-url", f"http://127.0.0.1:{asked.port}"]
    with contextlib.suppress(SystemExit):
        cli.main()
    record = sum(each.stat().st_size for each in (asked.home / "logs").rglob("*.jsonl"))
    figures = {
        "resident_mb": day.seen,
        "started_mb": day.started_mb,
        # The kernel's own count lags behind by some pages.
        "peak_mb": max(peak_mb(), *(each for _, each in day.seen)),
        "events": day.events,
        "record_bytes": record,
        "traced": day.traced,
        "modules": sorted(
            {name.partition(".")[0] for name in sys.modules}
            & {
                *("aiohttp", "certifi", "click", "massive", "msgspec"),
                *("numpy", "picows", "polygon", "rich"),
            }
        ),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
