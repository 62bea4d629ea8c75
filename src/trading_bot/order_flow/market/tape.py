"""What a provider answers to "the tape of this span": records, and the events they were made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from ..data_models import TimeAndSalesRecord
from .events import EventBesideTrades, TradeEvent
from .units import UNITS_PER_SHARE, ns_from_utc, ticks_from_price


class Tape(list[TimeAndSalesRecord]):
    """The prints of one symbol in a span of time, oldest first.

    A list of records like any other, so that whoever wants prints needs to know no more. Beside it
    stand the events themselves: a record tells nothing of the quotes that stood when it was made,
    and selling at the bid cannot be found without them.

    Args:
        records: The prints that stand, with their sides where those are known.
        symbol: Ticker.
        from_ns: First stamp asked for, Unix nanoseconds: every print since then is here.
        trades: All prints, those that were withdrawn since among them.
        beside: Quotes, and whatever else happened; None where the provider's plan has no quotes.
        step_ns: Step of the provider's live stamps: events are judged as a stream would bring them.

    Attributes:
        has_quotes: Whether sides were taken from quotes. Without them no side is known, and neither
            resting levels nor sales at the bid can be seen on this tape.
    """

    def __init__(
        self,
        records: Iterable[TimeAndSalesRecord] = (),
        *,
        symbol: str,
        from_ns: int,
        trades: Sequence[TradeEvent] = (),
        beside: Sequence[EventBesideTrades] | None = (),
        step_ns: int = 1,
    ) -> None:
        super().__init__(records)
        self.symbol = symbol
        self.from_ns = from_ns
        self.trades = tuple(trades)
        self.beside = tuple(beside or ())
        self.has_quotes = beside is not None
        self.step_ns = step_ns

    @classmethod
    def of(cls, records: Iterable[TimeAndSalesRecord], *, symbol: str, from_ns: int) -> Self:
        """Return the tape of a client that knows nothing but records: one without quotes.

        A side that is stated counts as stated; one that was inferred is inferred anew.
        """
        if isinstance(records, cls):
            return records
        kept = [record for record in records if record.symbol == symbol]
        trades = [_trade_of(record) for record in kept]
        return cls(kept, symbol=symbol, from_ns=from_ns, trades=trades, beside=None)


def _trade_of(record: TimeAndSalesRecord) -> TradeEvent:
    is_stated = record.side != "unknown" and record.sell_probability is None
    received = record.received_at_utc
    return TradeEvent(
        record.symbol,
        ns_from_utc(record.timestamp_utc),
        ticks_from_price(record.price),
        record.size * UNITS_PER_SHARE,
        record.participant_timestamp_ns,
        record.sequence_number or 0,
        tuple(record.conditions),
        0,
        record.exchange or 0,
        record.trf_id or 0,
        record.trade_id or "",
        record.side if is_stated else None,
        None if received is None else ns_from_utc(received),
    )
