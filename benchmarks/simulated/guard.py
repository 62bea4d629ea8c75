"""One process of the guard over a simulated provider and host, and what can be seen of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.stream_driver import StreamDriver
from trading_bot.order_flow.held.host_positions import HostPositions
from trading_bot.order_flow.journal.lines import Line
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Print, Withdrawal
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.order_flow.notices import GuardStateKind, MonitorEvent
from trading_bot.order_flow.providers.polygon.provider import CAPABILITIES
from trading_bot.order_flow.providers.polygon.stream import PolygonStream
from trading_bot.order_flow.providers.provider import History, Reference, StreamObserver
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge
from trading_bot.order_flow.sight.visibility import Visibility
from trading_bot.order_flow.validators import MAX_CLOCK_SKEW

from .clock import MovedTime
from .exchange import KEY, Exchange
from .holdings import Holdings
from .second_source import SecondSource, Workers

CONFIG: Final = OrderFlowConfig(
    polygon_api_key=KEY,
    thresholds="fixed",
    # Only the sales that the market plants are to be found.
    bid_attack_executions=0,
)
"""Fixed, so that each sale that is drawn is large, whatever was sold before it."""
_DAY: Final = timedelta(hours=20)


@dataclass
class Account:
    """What every process of the guard has judged and told.

    Attributes:
        judged: When each print was judged first, seconds of the run, by symbol and id.
        twice: Prints that one watch judged twice.
        told: What listeners were told, with the second of the run.
        refusals: Why a stream was given up for good.
    """

    judged: dict[tuple[str, str], float] = field(default_factory=dict)
    twice: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[float, MonitorEvent]] = field(default_factory=list)
    refusals: list[DataSourceError] = field(default_factory=list)


class _CountingSink(MarketSink):
    """Notes each print of one watch before it is judged."""

    def __init__(self, judge: SymbolJudge, account: Account, time: MovedTime) -> None:
        self._judge = judge
        self._account = account
        self._time = time
        self._ids: set[str] = set()

    def trade(self, event: Print) -> None:
        """Note and judge a print."""
        symbol, name = event[0], event[10]
        if name in self._ids:
            self._account.twice.append((symbol, name))
        self._ids.add(name)
        self._account.judged.setdefault((symbol, name), self._time.true)
        self._judge.trade(event)

    def quote(
        self,
        symbol: str,
        sip_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,
        sequence: int = 0,
        received_ns: int | None = None,
    ) -> None:
        """Judge a quote."""
        self._judge.quote(
            symbol,
            sip_ns,
            bid_ticks,
            bid_size,
            ask_ticks,
            ask_size,
            participant_ns,
            sequence,
            received_ns,
        )

    def book(self, event: BookEvent) -> None:
        """Judge a book."""
        self._judge.book(event)

    def withdraw(self, event: Withdrawal) -> None:
        """Take a print back."""
        self._judge.withdraw(event)

    def halt(self, event: HaltEvent) -> None:
        """Take the word of a halt."""
        self._judge.halt(event)


class _CountedJudge(MarketJudge):
    """A judge whose prints are accounted for."""

    def __init__(self, account: Account, time: MovedTime, **arguments: Any) -> None:
        self._account = account
        self._time = time
        super().__init__(CONFIG, **arguments)

    def _in_front_of(self, judge: SymbolJudge) -> MarketSink:
        return _CountingSink(judge, self._account, self._time)


class _MortalLog(AlertLog):
    """A record that a killed process writes no more."""

    is_dead = False

    def write(self, line: Line) -> None:
        """Write while the process lives."""
        if not self.is_dead:
            super().write(line)

    def note_judged(self, judged: Any) -> None:
        """Note while the process lives."""
        if not self.is_dead:
            super().note_judged(judged)


class _Provider:
    """The simulated provider; see `Provider`."""

    name = "polygon"
    host = "simulated"
    capabilities = CAPABILITIES

    def __init__(
        self, history: SecondSource, exchange: Exchange, time: MovedTime, draw: Callable[[], float]
    ) -> None:
        self.history: History = history
        self.reference: Reference = history
        self._exchange = exchange
        self._time = time
        self._draw = draw

    def open_stream(
        self, observer: StreamObserver, *, patience_seconds: float | None
    ) -> PolygonStream:
        """Return the real stream over the simulated exchange."""
        return PolygonStream(
            "wss://simulated",
            KEY,
            observer,
            draw=self._draw,
            patience_seconds=patience_seconds,
            seconds=lambda: self._time.steady,
            opens=self._exchange.open,
        )

    def close(self) -> None:
        """Keep nothing."""


class GuardProcess:
    """One process, from its start until it ends or is killed.

    Args:
        account: Takes what it judges and tells.
        directory: Where its record lies, and that of those before it.
        holdings: What is held.
        exchange: Streams.
        source: Answers questions.
        workers: Ask them.
        time: The time.
        random: Draws waits.
    """

    def __init__(
        self,
        account: Account,
        directory: Path,
        *,
        holdings: Holdings,
        exchange: Exchange,
        source: SecondSource,
        workers: Workers,
        time: MovedTime,
        random: Random,
    ) -> None:
        self._account = account
        self._time = time
        self._log = _MortalLog(directory)
        self._stop = threading.Event()
        self._judge = _CountedJudge(
            account,
            time,
            position_manager=HostPositions(holdings, self._tell_positions, time.utc),
            client=source,
            alert_log=self._log,
            clock=time.utc,
            takes_back=CAPABILITIES.corrections,
        )
        self._judge.publisher.add_listener(self._tell)
        self._provider = _Provider(source, exchange, time, random.random)
        self._workers = workers

    async def run(self) -> None:
        """Watch until `stop` or the end of the task."""
        now = self._time.utc()
        self._judge.start_afresh()
        self._judge.take_back(
            self._log.said(now - _DAY, now + MAX_CLOCK_SKEW, config_hash=CONFIG.config_hash)
        )
        driver = StreamDriver(
            self._judge, self._provider, steady_ns=self._time.steady_ns, workers=self._workers
        )
        refusal = await driver.run(self._stop, None)
        if refusal is not None:
            self._account.refusals.append(refusal)

    def visibility(self, symbol: str) -> Visibility:
        """Say what it says of a symbol now."""
        return self._judge.sightings.visibility(symbol, ns_from_utc(self._time.utc()))

    def die(self) -> None:
        """Write and tell nothing from now on, as a killed process."""
        self._log.is_dead = True
        self._log.close()

    def close(self) -> None:
        """Close the record."""
        self._log.close()

    def _tell(self, event: MonitorEvent) -> None:
        if not self._log.is_dead:
            self._account.told.append((self._time.true, event))

    def _tell_positions(self, kind: GuardStateKind, symbol: str | None, reason: str) -> None:
        self._judge.publisher.publish_positions(kind, symbol, reason, self._time.utc())
