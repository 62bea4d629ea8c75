"""What happened, by replays: the second source that today's data has, since it has no REST.

A question costs a session of its own, of which an account has few. So there is one at a time, and
one answers for all symbols that are asked about together; see `AnswersTogether`.

| question | schema | from |
| --- | --- | --- |
| prints of a symbol | `trades` | the earliest stamp that is wished of any |
| its quotes, its newest quote | `mbp-1` | the same; 90 s ago for the newest |

Prints bear the names that they have in the stream's `mbp-10`. Quotes are those at which the best
changes, so that fewer come than the stream brings of all levels.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from ...clock import Clock
from ...data_models import Level, OrderBookSnapshot, Side, TimeAndSalesRecord
from ...errors import DataSourceError, OrderFlowError
from ...market.events import QuoteEvent, TradeEvent
from ...market.newest import NewestKnown
from ...market.tape import Tape
from ...market.units import (
    NS_PER_SECOND,
    UNITS_PER_SHARE,
    ns_from_utc,
    price_from_ticks,
    utc_from_ns,
)
from ..provider import AnsweredTogether, FetchedTape, TapeWish
from .collected import Collected
from .replay import BEST, PRINTS, Asked, Replay, ReplayTimes

NEWEST_WITHIN_NS: Final = 90 * NS_PER_SECOND
"""The newest print and quote are looked for so far back."""
COMPARES_EVERY_SECONDS: Final = 60
_USUAL: Final = ReplayTimes()


class DatabentoHistory:
    """Asks by replays; see `History` and `AnswersTogether`.

    Args:
        address: Host and port of the gateway.
        dataset: Which data.
        key: The provider's key.
        clock: The present.
        times: How long a replay may take.

    Attributes:
        counters: What was refused or left out, by reason.
    """

    def __init__(
        self,
        address: tuple[str, int],
        dataset: str,
        key: str,
        *,
        clock: Clock,
        times: ReplayTimes = _USUAL,
    ) -> None:
        self._address = address
        self._dataset = dataset
        self._key = key
        self._clock = clock
        self._times = times
        # One session at a time: the others are the stream's and other programs'.
        self._turn = threading.Lock()
        self._connectivity = "untried"
        self.counters: Counter[str] = Counter()

    def fetch_together(
        self, wishes: Sequence[TapeWish], newest_of: tuple[str, ...], asked_ns: int
    ) -> AnsweredTogether:
        """Return tapes, and the newest events of some symbols, by one replay."""
        now_ns = ns_from_utc(self._clock())
        replay = Replay(self._address, self._dataset, self._key, self._times)
        found = Collected(wishes, self._dataset, replay.hear)

        def take(payload: bytes) -> None:
            found.take(payload, now_ns)

        with self._turn:
            try:
                replay.run(_asked_of(wishes, newest_of, now_ns - NEWEST_WITHIN_NS), take)
            except DataSourceError as error:
                self._connectivity = error.code
                self.counters[error.code] += 1
                raise
        self._connectivity = "ok"
        self.counters.update(found.refused)
        tapes = [
            self._unknown(each.symbol, replay.refused[each.symbol])
            if each.symbol in replay.refused
            else found.tape(each)
            for each in wishes
        ]
        newest = {
            each: found.newest(each, asked_ns) for each in newest_of if each not in replay.refused
        }
        return AnsweredTogether(tapes, newest)

    def fetch_tape(
        self, symbol: str, trades_from_ns: int, quotes_from_ns: int | None
    ) -> FetchedTape:
        """Return the prints, and the quotes, from two stamps on."""
        wish = TapeWish(symbol, trades_from_ns, quotes_from_ns)
        [tape] = self.fetch_together([wish], (), trades_from_ns).tapes
        if isinstance(tape, OrderFlowError):
            raise tape
        return tape

    def fetch_newest(self, symbols: tuple[str, ...], asked_ns: int) -> Mapping[str, NewestKnown]:
        """Return the newest print and quote of each symbol within the last 90 s."""
        return self.fetch_together([], symbols, asked_ns).newest

    def get_snapshots(
        self, symbols: tuple[str, ...]
    ) -> Mapping[str, OrderBookSnapshot | OrderFlowError]:
        """Return the best bid and ask of each symbol, or why there is none."""
        from_ns = ns_from_utc(self._clock()) - NEWEST_WITHIN_NS
        wishes = [TapeWish(each, from_ns, from_ns) for each in symbols]
        tapes = self.fetch_together(wishes, (), from_ns).tapes
        return {
            symbol: tape if isinstance(tape, OrderFlowError) else self._snapshot_of(symbol, tape)
            for symbol, tape in zip(symbols, tapes, strict=True)
        }

    def get_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        """Return the best bid and ask of one symbol.

        Raises:
            DataSourceError: There is none, or no usable answer.
        """
        book = self.get_snapshots((symbol,))[symbol]
        if isinstance(book, OrderFlowError):
            raise book
        return book

    def get_time_and_sales(
        self, symbol: str, start_time: datetime, end_time: datetime
    ) -> list[TimeAndSalesRecord]:
        """Return the prints of a time span of the last 24 hours, oldest first.

        Raises:
            ValueError: A time without a zone, or an end before the start.
            DataSourceError: No usable answer; `code` says why.
        """
        start_ns, end_ns = ns_from_utc(start_time), ns_from_utc(end_time)
        if end_ns < start_ns:
            raise ValueError(f"end_time={end_time} lies before start_time={start_time}")
        found = self.fetch_tape(symbol, start_ns, start_ns)
        trades = [each for each in found.trades if each.sip_ns <= end_ns]
        beside = [each for each in found.beside if each.sip_ns <= end_ns]
        return Tape(
            map(_record_of, trades), symbol=symbol, from_ns=start_ns, trades=trades, beside=beside
        )

    def connectivity(self) -> str:
        """Return `ok`, `untried`, or the code of the last error."""
        return self._connectivity

    def _snapshot_of(self, symbol: str, tape: FetchedTape) -> OrderBookSnapshot | OrderFlowError:
        quotes = [each for each in tape.beside if isinstance(each, QuoteEvent)]
        if not quotes:
            return DataSourceError(
                f"no quote of {symbol} within {NEWEST_WITHIN_NS // NS_PER_SECOND} s",
                code="no_data",
                retryable=True,
            )
        quote = quotes[-1]
        return OrderBookSnapshot(
            symbol,
            _levels(quote.bid_ticks, quote.bid_size),
            _levels(quote.ask_ticks, quote.ask_size),
            utc_from_ns(quote.sip_ns),
            received_at_utc=self._clock(),
        )

    def _unknown(self, symbol: str, said: str) -> DataSourceError:
        return DataSourceError(
            f"{self._dataset} does not know {symbol}: {said}", code="unknown_symbol"
        )


def _asked_of(
    wishes: Sequence[TapeWish], newest_of: tuple[str, ...], newest_from_ns: int
) -> list[Asked]:
    """Return what one session asks for, so that every wish is in it: a schema each, one stamp."""
    of_newest = dict.fromkeys(newest_of, newest_from_ns) if newest_of else {}
    prints = [(each.symbol, each.trades_from_ns) for each in wishes] + [*of_newest.items()]
    quotes = [*of_newest.items()] + [
        (each.symbol, each.quotes_from_ns) for each in wishes if each.quotes_from_ns is not None
    ]
    return [
        Asked(schema, sorted({symbol for symbol, _ in some}), min(from_ns for _, from_ns in some))
        for schema, some in ((PRINTS, prints), (BEST, quotes))
        if some
    ]


def _levels(ticks: int, size: int) -> tuple[Level, ...]:
    return ((price_from_ticks(ticks), size // UNITS_PER_SHARE),) if ticks else ()


def _record_of(event: TradeEvent) -> TimeAndSalesRecord:
    stated = event.stated_side
    side: Side = "unknown" if stated is None else "sell" if stated == "sell" else "buy"
    return TimeAndSalesRecord(
        event.symbol,
        price_from_ticks(event.price_ticks),
        event.size // UNITS_PER_SHARE,
        side,
        utc_from_ns(event.sip_ns),
        received_at_utc=None if event.received_ns is None else utc_from_ns(event.received_ns),
        exchange=event.exchange,
        trade_id=event.trade_id or None,
        sequence_number=event.sequence or None,
    )
