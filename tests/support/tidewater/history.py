"""TidewaterHistory: what happened, by replaying it from a stamp on, and what stands now.

Every question is a short connection of its own, which blocks its thread and has a deadline.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from trading_bot.order_flow.clock import Clock, monotonic_seconds
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderBookSnapshot, TimeAndSalesRecord
from trading_bot.order_flow.errors import DataSourceError, DataValidationError, OrderFlowError
from trading_bot.order_flow.market.events import (
    BookEvent,
    EventBesideTrades,
    HaltEvent,
    Level,
    Print,
    TradeEvent,
    Withdrawal,
)
from trading_bot.order_flow.market.newest import BestPrices, NewestKnown
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.market.units import (
    UNITS_PER_SHARE,
    ns_from_utc,
    price_from_ticks,
    utc_from_ns,
)
from trading_bot.order_flow.providers.client_health import HealthRecord
from trading_bot.order_flow.providers.provider import FetchedTape
from trading_bot.order_flow.validators import validate_level2_data

from .decode import DEPTH, TidewaterDecoder
from .session import Login, Session
from .wire import LONGEST_RECORD, Control, WholeBook, decode, encode

ANSWER_SECONDS: Final = 10.0
"""How long a question may take, from its connection on."""


class TidewaterHistory:
    """Asks by replays; see `History`.

    Args:
        address: Host and port.
        login: Reads the two secrets.
        config: How old a book may be.
        clock: Exchange-aligned present.

    Attributes:
        counters: What was refused, by reason.
    """

    def __init__(
        self,
        address: tuple[str, int],
        login: Callable[[], Login],
        config: OrderFlowConfig,
        clock: Clock,
    ) -> None:
        self._address = address
        self._read_login = login
        self._config = config
        self._clock = clock
        self._health = HealthRecord(clock)
        self.counters: Counter[str] = Counter()

    def fetch_tape(
        self, symbol: str, trades_from_ns: int, quotes_from_ns: int | None
    ) -> FetchedTape:
        """Replay a symbol from the earlier of two stamps to now."""
        replayed = _Replayed()
        decoder = TidewaterDecoder(replayed, _raise_refusal, lambda *_: None)
        start_ns = min(trades_from_ns, quotes_from_ns or trades_from_ns)
        received_ns = ns_from_utc(self._clock())
        for line in self._ask(Control("REPLAY", (symbol, str(start_ns)))):
            decoder.decode(line, received_ns, 1)
        self.counters.update(decoder.refused)
        if decoder.lost:
            raise DataSourceError(
                f"the replay of {symbol} has holes of its own", code="bad_replay", retryable=True
            )
        trades = [each for each in replayed.trades if each.sip_ns >= trades_from_ns]
        if quotes_from_ns is None:
            return FetchedTape(trades, ())
        return FetchedTape(
            trades, [each for each in replayed.others if each.sip_ns >= quotes_from_ns]
        )

    def fetch_newest(self, symbols: tuple[str, ...], asked_ns: int) -> Mapping[str, NewestKnown]:
        """Return the best prices of each symbol's book: of prints nothing can be asked at once."""
        found: dict[str, NewestKnown] = {}
        for line in self._ask(*(Control("BOOK", (symbol,)) for symbol in symbols)):
            match decode(line.rstrip(b"\n")):
                case WholeBook() as whole:
                    best = BestPrices(whole.at_ns, _best(whole.bids), _best(whole.asks))
                    found[whole.symbol] = NewestKnown(asked_ns, quote=best)
        return found

    def get_snapshots(
        self, symbols: tuple[str, ...]
    ) -> Mapping[str, OrderBookSnapshot | OrderFlowError]:
        """Return the book of each symbol, or why there is none."""
        found: dict[str, OrderBookSnapshot | OrderFlowError] = {}
        for line in self._ask(*(Control("BOOK", (symbol,)) for symbol in symbols)):
            match decode(line.rstrip(b"\n")):
                case WholeBook() as whole:
                    found[whole.symbol] = self._checked(whole)
                case Control("REFUSED", (symbol, *_)):
                    found[symbol] = _refusal(symbol)
        return found

    def get_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        """Return the book of one symbol."""
        found = self.get_snapshots((symbol,)).get(symbol)
        if isinstance(found, OrderBookSnapshot):
            return found
        raise found or DataSourceError(f"no book of {symbol} came", code="no_data")

    def get_time_and_sales(
        self, symbol: str, start_time: datetime, end_time: datetime
    ) -> list[TimeAndSalesRecord]:
        """Return the prints of a time span, but for those that were cancelled."""
        start_ns, end_ns = ns_from_utc(start_time), ns_from_utc(end_time)
        tape = self.fetch_tape(symbol, start_ns, start_ns)
        cancelled = {each.sequence for each in tape.beside if isinstance(each, Withdrawal)}
        return [
            _record_of(each)
            for each in tape.trades
            if each.sip_ns <= end_ns
            and each.size >= UNITS_PER_SHARE
            and each.sequence not in cancelled
        ]

    def connectivity(self) -> str:
        """Return `ok`, `untried`, or the code of the last error."""
        return self._health.word()

    def _checked(self, whole: WholeBook) -> OrderBookSnapshot | OrderFlowError:
        snapshot = OrderBookSnapshot(
            whole.symbol,
            _in_shares(whole.bids),
            _in_shares(whole.asks),
            utc_from_ns(whole.at_ns),
            received_at_utc=self._clock(),
            depth_kind="levels",
        )
        try:
            validate_level2_data(snapshot, self._config)
        except DataValidationError as error:
            return error
        return snapshot

    def _ask(self, *questions: Control) -> list[bytes]:
        """Return the lines that answer these questions."""
        try:
            answer = list(self._talk(questions))
        except OSError as error:
            code = "timeout" if isinstance(error, TimeoutError) else "no_connection"
            host, port = self._address
            failure = DataSourceError(f"{host}:{port} ({code})", code=code, retryable=True)
            self._health.failed(failure)
            raise failure from error
        except DataSourceError as error:
            self._health.failed(error)
            raise
        self._health.answered()
        return answer

    def _talk(self, questions: Sequence[Control]) -> Iterator[bytes]:
        session = Session(self._read_login())
        ends = monotonic_seconds() + ANSWER_SECONDS
        with socket.create_connection(self._address, ANSWER_SECONDS) as connection:
            unanswered = len(questions)
            for line in _lines(connection, ends):
                said = decode(line.rstrip(b"\n"))
                if not isinstance(said, Control):
                    yield line
                elif said.word != "BEAT":
                    connection.sendall(session.take(said))
                    if said.word == "WELCOME":
                        connection.sendall(b"".join(map(encode, questions)))
                    elif said.word == "REFUSED":
                        yield line
                    elif said.word == "DONE":
                        unanswered -= 1
                if not unanswered:
                    return
        raise DataSourceError("the answer was cut off", code="cut_off", retryable=True)


class _Replayed(MarketSink):
    """Keeps what a replay brings."""

    def __init__(self) -> None:
        self.trades: list[TradeEvent] = []
        self.others: list[EventBesideTrades] = []

    def trade(self, event: Print) -> None:
        self.trades.append(TradeEvent(*event))

    def quote(self, *_: object) -> None:
        raise NotImplementedError("books only")

    def book(self, event: BookEvent) -> None:
        self.others.append(event)

    def withdraw(self, event: Withdrawal) -> None:
        self.others.append(event)

    def halt(self, event: HaltEvent) -> None:
        self.others.append(event)


def _refusal(symbol: str) -> DataSourceError:
    return DataSourceError(f"{symbol} is not known here", code="not_found")


def _raise_refusal(said: Control, _: int) -> None:
    raise _refusal(said.fields[0])


def _lines(connection: socket.socket, ends: float) -> Iterator[bytes]:
    """Read lines until the other end closes; the deadline holds for all of them together."""
    rest = b""
    while True:
        left = ends - monotonic_seconds()
        if left <= 0 or len(rest) > LONGEST_RECORD:
            raise TimeoutError
        connection.settimeout(left)
        chunk = connection.recv(LONGEST_RECORD)
        if not chunk:
            return
        whole, end, rest = (rest + chunk).rpartition(b"\n")
        yield from (whole + end).splitlines(keepends=True)


def _best(levels: Sequence[Level]) -> int:
    return levels[0][0] if levels else 0


def _in_shares(levels: Sequence[Level]) -> list[tuple[Decimal, int]]:
    whole = ((ticks, size // UNITS_PER_SHARE) for ticks, size in levels[:DEPTH])
    return [(price_from_ticks(ticks), shares) for ticks, shares in whole if shares]


def _record_of(event: TradeEvent) -> TimeAndSalesRecord:
    return TimeAndSalesRecord(
        event.symbol,
        price_from_ticks(event.price_ticks),
        event.size // UNITS_PER_SHARE,
        "sell" if event.stated_side == "sell" else "buy" if event.stated_side else "unknown",
        utc_from_ns(event.sip_ns),
        conditions=event.conditions,
        sequence_number=event.sequence,
    )
