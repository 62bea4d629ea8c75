"""One tape through every driver, and what each of them told: the way in is all that differs."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from support.flat_data import quote_line, quotes_file, trade_line, trades_file
from support.history_at_once import HistoryAtOnce
from support.monitor_stubs import (
    ASK,
    BID,
    START,
    HandClock,
    Holdings,
    StubClient,
    Tape,
    at,
    book,
    position,
    quote,
    steady_of,
    trade,
)
from support.stream_runs import QUICK
from support.stream_stub import KEY, StreamStub, stream_stub
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderBookSnapshot, OrderFlowAlert
from trading_bot.order_flow.feed.poll_driver import PollDriver
from trading_bot.order_flow.feed.stream_driver import StreamDriver
from trading_bot.order_flow.journal.lines import alert_id
from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.units import NS_PER_MS, UNITS_PER_SHARE, ns_from_utc
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent, ThresholdNotice
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.sight.live_symbol import LiveSymbol
from trading_bot.replay.playback import open_playback

SYMBOLS = ("ACME", "BOLT")
POSITIONS = tuple(position(symbol) for symbol in SYMBOLS)
LIVE_FROM, TAPE_ENDS = 370, 500
"""Seconds of the tape; what lies before is the history that a live run asks for at its start."""
CONFIG = OrderFlowConfig(
    thresholds="fixed", polygon_api_key=KEY, requests_per_second=90.0, poll_interval_seconds=1.0
)

SOLD_THROUGH_THE_BID = 11_000
"""Shares of two sales of the tape whose quotes have the prints' own millisecond."""


def _tape() -> list[QuoteEvent | TradeEvent]:
    """Sellers, a burst, conditions that nobody knows, and a stock whose every bid is large."""
    events: list[QuoteEvent | TradeEvent] = []
    for second in range(TAPE_ENDS):
        for symbol, bid_size in (("ACME", 500), ("BOLT", 20_000)):
            price = BID if second % 2 else ASK
            events.append(quote(second, symbol, bid_size=bid_size))
            events.append(trade(second + 0.5, symbol, price_ticks=price, size=200))
    events += [trade(second + 0.7) for second in (380, 395, 410)]
    events += [trade(430.6 + n / 4, "BOLT", size=1_000) for n in range(80)]
    events += [trade(second + 0.8, size=100, conditions=(777,)) for second in (420, 425)]
    events.append(trade(440.8, "BOLT", size=100, conditions=(14, 778)))
    # Sold through the bid: the quote that shows it has the print's own millisecond.
    for second in (450, 460):
        events.append(trade(second + 0.3, price_ticks=BID, size=SOLD_THROUGH_THE_BID))
        events.append(quote(second + 0.3, bid_ticks=BID - 20_000, ask_ticks=BID))
    return sorted(events, key=lambda each: (each.sip_ns, each.symbol))


TAPE = _tape()


@dataclass
class Told:
    """What a run told its listener and its log.

    Attributes:
        events: Everything the listener was told, in order.
        warned: Unknown trade conditions, in the order of the log.
    """

    events: list[MonitorEvent] = field(default_factory=list)
    warned: list[int] = field(default_factory=list)

    @property
    def alerts(self) -> list[str]:
        return sorted(
            alert_id(each, CONFIG.config_hash)
            for each in self.events
            if isinstance(each, OrderFlowAlert)
        )

    @property
    def exits(self) -> list[tuple[Any, ...]]:
        return sorted(
            (
                each.timestamp_utc,
                each.symbol,
                each.reason,
                each.urgency,
                each.position,
                each.price,
                each.unrealised_pnl,
                each.distance_to_stop,
                tuple(alert_id(alert, CONFIG.config_hash) for alert in each.alerts),
            )
            for each in self.events
            if isinstance(each, ExitRecommendation)
        )

    @property
    def notices(self) -> list[tuple[str, int, int]]:
        return [
            (each.symbol, each.threshold, each.exceeded_per_cent)
            for each in self.events
            if isinstance(each, ThresholdNotice)
        ]


@contextmanager
def _listening() -> Iterator[Told]:
    """Note the unknown conditions that are logged in the block."""
    told = Told()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage() == "order_flow.unknown_condition_met":
                told.warned.append(vars(record)["condition"])

    ear, logger = Ear(), logging.getLogger("trading_bot")
    logger.addHandler(ear)
    try:
        yield told
    finally:
        logger.removeHandler(ear)


class LiveRun:
    """A live monitor whose clock is moved by hand, at the end of the history.

    Args:
        recording: Folder to record it in, or None.
    """

    def __init__(self, recording: Path | None) -> None:
        self.clock = HandClock(START)
        self.clock.move(LIVE_FROM)
        self.client = StubClient(self._answer, self._books)
        self._recorder = (
            None if recording is None else CaptureWriter(recording, CONFIG, clock=self.clock)
        )
        self.monitor = OrderFlowMonitor(
            CONFIG,
            position_manager=Holdings(*POSITIONS),
            client=self.client,
            log_directory=None,
            clock=self.clock,
            record_to=self._recorder,
        )

    def start(self) -> None:
        """Begin as a run does."""
        self.monitor._begin()

    def seconds(self) -> Iterator[list[QuoteEvent | TradeEvent]]:
        """Move the clock second by second, and give what has happened in each."""
        for second in range(LIVE_FROM, TAPE_ENDS + 1):
            self.clock.move(1)
            yield [each for each in TAPE if at(second) < each.sip_ns <= at(second + 1)]

    def judged(self) -> int:
        judges = [self.monitor.judge.judge_of(symbol) for symbol in SYMBOLS]
        return sum(each.trades + each.quotes for each in judges if each is not None)

    def close(self) -> None:
        self.monitor.close()
        if self._recorder is not None:
            self._recorder.close()

    def _books(self, symbols: Sequence[str]) -> Mapping[str, OrderBookSnapshot]:
        return {symbol: replace(book(0, symbol), timestamp_utc=self.clock()) for symbol in symbols}

    def _answer(self, symbol: str, trades_from_ns: int, quotes_from_ns: int) -> Tape:
        now_ns = ns_from_utc(self.clock())
        known = [each for each in TAPE if each.symbol == symbol and each.sip_ns <= now_ns]
        prints = [each for each in known if isinstance(each, TradeEvent)]
        quotes = [each for each in known if isinstance(each, QuoteEvent)]
        return (
            [each for each in prints if each.sip_ns >= trades_from_ns],
            [each for each in quotes if each.sip_ns >= quotes_from_ns],
        )


def polled(folder: Path, *, recording: Path | None = None) -> Told:
    """Poll once a second, each poll after the one before has been judged."""
    run = LiveRun(recording)
    with _listening() as told:
        run.start()
        run.monitor.judge.publisher.add_listener(told.events.append)
        loop = PollDriver(run.monitor.judge, run.monitor.provider, steady_ns=steady_of(run.clock))
        loop._follow_positions()
        for _ in run.seconds():
            loop._feed.request_due()
            for _kind in ("snapshots", *SYMBOLS):
                answer = loop._feed.answers.get(timeout=5)
                assert answer is not None
                assert loop._feed.taken(answer)
                loop.take(answer)
            loop._tick()
        loop._feed.close()
        run.close()
    assert run.judged() == len(TAPE)
    return told


def streamed(folder: Path, *, recording: Path | None = None) -> Told:
    """Stream from a server beside it, a frame a second, each after the one before was judged."""
    run = LiveRun(recording)

    async def stream(stub: StreamStub, told: Told) -> None:
        run.start()
        run.monitor.judge.publisher.add_listener(told.events.append)
        provider = PolygonProvider(CONFIG, run.client, url=stub.url, times=QUICK)
        history = HistoryAtOnce()
        loop = StreamDriver(
            run.monitor.judge, provider, steady_ns=steady_of(run.clock), workers=history
        )
        stop = threading.Event()
        running = asyncio.create_task(loop.run(stop, None))
        try:
            await stub.until(lambda: stub.clients and loop.stream.problem is None)
            for events in run.seconds():
                stub.newest.send(map(_message, events))
                await stub.until(partial(_have_come, loop, events))
                await loop._tick()
                await stub.until(lambda: not history.under_way)
        finally:
            stop.set()
            loop.wake()
            await running

    async def beside_a_server(told: Told) -> None:
        async with stream_stub() as stub:
            await stream(stub, told)

    with _listening() as told:
        asyncio.run(beside_a_server(told))
        run.close()
    assert run.judged() == len(TAPE)
    return told


def replayed(folder: Path) -> Told:
    """Replay the tape from flat files."""
    for symbol in SYMBOLS:
        events = [each for each in TAPE if each.symbol == symbol]
        trades_file(
            folder / f"trades_{symbol}.csv",
            *(_trade_line(each) for each in events if isinstance(each, TradeEvent)),
        )
        quotes_file(
            folder / f"quotes_{symbol}.csv",
            *(_quote_line(each) for each in events if isinstance(each, QuoteEvent)),
        )
    return _played(folder, config=CONFIG, positions=POSITIONS)


def recorded(live: Callable[..., Told], folder: Path) -> Told:
    """Record a live run and play the recording."""
    live(folder, recording=folder)
    return _played(folder)


def _played(folder: Path, **given: Any) -> Told:
    with _listening() as told:
        playback = open_playback([folder], **given)
        playback.add_listener(told.events.append)
        for _ in playback.batches():
            pass
    return told


DRIVERS: Mapping[str, Callable[[Path], Told]] = {
    "poll": polled,
    "stream": streamed,
    "replay of flat files": replayed,
    "replay of a recorded poll": partial(recorded, polled),
    "replay of a recorded stream": partial(recorded, streamed),
}
WITH_SECONDS = tuple(name for name in DRIVERS if name != "replay of flat files")
"""Those that look once a second, as live or as recorded; flat files hold no looks."""


def _have_come(loop: StreamDriver, events: Sequence[QuoteEvent | TradeEvent]) -> bool:
    """Return whether the last of some events was judged, or waits behind a gap."""
    lives = loop.ingest.symbols
    return all(each.sip_ns <= _newest_ns(lives[each.symbol]) for each in events)


def _newest_ns(live: LiveSymbol) -> int:
    waiting = () if live.gap is None else live.gap.waiting
    return max(live.trade_ns, live.quote_ns, *(each.sip_ns for each in waiting))


def _message(event: QuoteEvent | TradeEvent) -> dict[str, Any]:
    common = {"sym": event.symbol, "t": event.sip_ns // NS_PER_MS, "q": event.sequence}
    if isinstance(event, QuoteEvent):
        return common | {
            "ev": "Q",
            "bp": event.bid_ticks / 1_000_000,
            "bs": event.bid_size // UNITS_PER_SHARE,
            "ap": event.ask_ticks / 1_000_000,
            "as": event.ask_size // UNITS_PER_SHARE,
        }
    return common | {
        "ev": "T",
        "pt": event.sip_ns // NS_PER_MS,
        "i": event.trade_id,
        "x": event.exchange,
        "p": event.price_ticks / 1_000_000,
        "s": event.size // UNITS_PER_SHARE,
        "c": list(event.conditions),
    }


def _trade_line(event: TradeEvent) -> str:
    return trade_line(
        ticker=event.symbol,
        conditions=f'"{",".join(map(str, event.conditions))}"',
        exchange=event.exchange,
        id=event.trade_id,
        participant_timestamp=event.participant_ns,
        price=event.price_ticks / 1_000_000,
        sequence_number=event.sequence,
        sip_timestamp=event.sip_ns,
        size=event.size // UNITS_PER_SHARE,
    )


def _quote_line(event: QuoteEvent) -> str:
    return quote_line(
        ticker=event.symbol,
        ask_price=event.ask_ticks / 1_000_000,
        ask_size=event.ask_size // UNITS_PER_SHARE,
        bid_price=event.bid_ticks / 1_000_000,
        bid_size=event.bid_size // UNITS_PER_SHARE,
        participant_timestamp=event.participant_ns,
        sequence_number=event.sequence,
        sip_timestamp=event.sip_ns,
    )
