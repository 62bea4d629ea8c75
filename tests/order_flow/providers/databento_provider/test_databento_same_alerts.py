"""A stream of books, read and judged in a hurry, and by one who never hurries: the same alerts.

Who never hurries lets the vendor's own package read all levels of each record, knows nothing of the
record before, and has the rules look at every book.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import databento_dbn as dbn
import pytest
from support.dbn_records import BID, CENT, DATASET, LAST, OPEN_NS, Levels, book, mapped
from support.market import JudgedSymbol

from trading_bot.order_flow.market.events import BookEvent, Level, TradeEvent
from trading_bot.order_flow.market.units import NS_PER_MS, UNITS_PER_SHARE
from trading_bot.order_flow.providers.databento.decode import DatabentoDecoder
from trading_bot.order_flow.rules.signals import Signal

SIZES = (1, 100, 300, 700, 9_999, 10_000, 14_999, 15_000, 25_000)
RECEIVED_NS = OPEN_NS + 3_600 * 1_000 * NS_PER_MS


def changing_side(draw: random.Random, side: list[tuple[int, int]], towards_best: int) -> int:
    """Change one level of a side, or none; return which."""
    depth = draw.randrange(10)
    price, size = side[depth]
    match draw.randrange(6):
        case 0:
            del side[depth]
            side.append((side[-1][0] - towards_best * CENT, draw.choice(SIZES)))
        case 1:
            before = side[depth - 1][0] if depth else price + 3 * towards_best * CENT
            if abs(before - price) > CENT:
                side.insert(depth, (price + towards_best * CENT, draw.choice(SIZES)))
                del side[-1]
        case 2:
            side[depth] = price, size
        case _:
            side[depth] = price, draw.choice(SIZES[:6]) if draw.random() < 0.9 else SIZES[-1]
    return depth


def rows(draw: random.Random, count: int) -> Iterator[bytes]:
    """Give records of ACME: most are changes of a level, some are prints, some cannot be."""
    bids = [(BID - n * CENT, 100) for n in range(12)]
    asks = [(BID + (n + 9) * CENT, 100) for n in range(12)]
    at_ns = OPEN_NS
    for sequence in range(1, count + 1):
        at_ns += draw.choice((0, 1, NS_PER_MS, 400 * NS_PER_MS, 2_100 * NS_PER_MS))
        is_bid = draw.random() < 0.5
        depth = changing_side(draw, bids, 1) if is_bid else changing_side(draw, asks, -1)
        kind = draw.random()
        # A level may be said to have changed that has not.
        said = depth if draw.random() < 0.9 else draw.randrange(12)
        shown: tuple[Levels, Levels] = bids[:10], asks[:10]
        if kind < 0.02:
            shown = bids[: draw.randrange(10)], asks[: draw.randrange(10)]
        elif kind < 0.04:
            shown = shown[1], shown[0]
        is_print = 0.04 < kind < 0.1
        yield book(
            at_ns,
            *shown,
            action="T" if is_print else "A",
            side=draw.choice("AB"),
            flags=0 if is_print or draw.random() < 0.05 else LAST,
            depth=said,
            sequence=sequence,
            price=bids[0][0],
            size=draw.choice(SIZES),
        )


def side_of(levels: list[tuple[int, int]]) -> tuple[Level, ...] | None:
    """Return a side as the rules have it; None where it cannot be."""
    shown = [each for each in levels if each[0] != dbn.UNDEF_PRICE]
    if shown != levels[: len(shown)] or not all(size for _, size in shown):
        return None
    return tuple((price // 1_000, size * UNITS_PER_SHARE) for price, size in shown)


def unhurried(row: bytes) -> BookEvent | TradeEvent | None:
    """Return what a record says, with the vendor's own package and no record before it."""
    decoder = dbn.DBNDecoder(has_metadata=False, input_version=3)
    decoder.write(row)
    (record,) = decoder.decode()
    assert isinstance(record, dbn.MBP10Msg)
    if record.action == dbn.Action.TRADE:
        return TradeEvent(
            "ACME",
            record.ts_event,
            record.price // 1_000,
            record.size * UNITS_PER_SHARE,
            sequence=record.sequence,
            exchange=record.publisher_id,
            stated_side="sell" if record.side == dbn.Side.ASK else "buy",
            received_ns=RECEIVED_NS,
        )
    bids = side_of([(level.bid_px, level.bid_sz) for level in record.levels])
    asks = side_of([(level.ask_px, level.ask_sz) for level in record.levels])
    if record.flags != LAST or bids is None or asks is None:
        return None
    if list(bids) != sorted(bids, reverse=True) or list(asks) != sorted(asks):
        return None
    if bids and asks and bids[0][0] > asks[0][0]:
        return None
    return BookEvent("ACME", record.ts_event, bids, asks, None, record.sequence, RECEIVED_NS)


def judged_in_a_hurry(stream: list[bytes]) -> list[Signal]:
    judged = JudgedSymbol()
    decoder = DatabentoDecoder(judged.judge, DATASET, lambda *_: None)
    decoder.decode(mapped() + b"".join(stream), RECEIVED_NS, 1)
    return judged.take()


def judged_without_hurry(stream: list[bytes]) -> list[Signal]:
    judged = JudgedSymbol()
    for row in stream:
        event = unhurried(row)
        # No book is calm before it has been looked at.
        judged.sellers.look_again()
        if isinstance(event, BookEvent):
            judged.judge.book(event)
        elif event is not None:
            judged.judge.trade(event)
    return judged.take()


@pytest.mark.parametrize("seed", range(6))
def test_a_stream_of_books_raises_the_same_alerts_in_a_hurry_as_without(seed: int) -> None:
    # Given books that change by a level, prints, and records that cannot be
    draw = random.Random(seed)  # noqa: S311 - the same stream each time
    stream = list(rows(draw, 1_500))
    # When they are read and judged in both ways
    found, expected = judged_in_a_hurry(stream), judged_without_hurry(stream)
    # Then the alerts are the same, and there are some of each source
    assert found == expected
    assert {each.source for each in found} >= {"resting_bid", "ask_wall", "aggressive_sell"}
