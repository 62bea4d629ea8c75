"""From records of single orders to events in our terms."""

from __future__ import annotations

import pytest
from support.dbn_records import (
    ACME,
    ASK,
    BID,
    BOLT,
    CENT,
    DATASET,
    LAST,
    MAYBE_BAD,
    OPEN_NS,
    SNAPSHOT,
    book,
    mapped,
    order,
)
from support.noting_sink import NotingSink

from trading_bot.order_flow.market.events import BookEvent, TradeEvent
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.providers.databento.decode import DatabentoDecoder

TICKS = BID // 1_000
BOTH = (order(), order(side="A", number=2, price=ASK, at_ns=OPEN_NS + 1, sequence=2))


class Bench:
    """A decoder over a sink that notes; ACME is mapped."""

    def __init__(self) -> None:
        self.sink = NotingSink()
        self.decoder = DatabentoDecoder(self.sink, DATASET, lambda _word, _link: None)
        self.read(mapped())

    def read(self, *records: bytes) -> None:
        self.decoder.decode(b"".join(records), None, 1)


def shown(shares: int, asks: int = 100, **others: int) -> BookEvent:
    return BookEvent(
        "ACME",
        others.get("at_ns", OPEN_NS + 1),
        ((TICKS, shares * UNITS_PER_SHARE),),
        ((ASK // 1_000, asks * UNITS_PER_SHARE),) if asks else (),
        None,
        others.get("sequence", 2),
    )


def test_a_book_is_shown_once_its_event_is_complete() -> None:
    # Given two orders of one event
    bench = Bench()
    # When they come
    bench.read(order(flags=0), BOTH[1])
    # Then one book is shown, with both
    assert bench.sink.events == [shown(100)]


def test_what_changes_no_level_shows_no_book() -> None:
    # Given a book
    bench = Bench()
    bench.read(*BOTH)
    seen = len(bench.sink.events)
    # When an order comes that is cancelled in the same event
    bench.read(order("F"), order("N"))
    # Then no book is shown
    assert len(bench.sink.events) == seen


def test_a_trade_is_a_print_with_its_aggressor_and_its_book_comes_with_the_cancel() -> None:
    # Given a book
    bench = Bench()
    bench.read(*BOTH)
    bench.sink.events.clear()
    # When the bid is sold to: the trade, the fill, and what it takes
    at_ns = OPEN_NS + 5
    bench.read(
        order("T", "A", 0, size=40, at_ns=at_ns, flags=0, sequence=3),
        order("F", size=40, at_ns=at_ns, flags=0, sequence=3),
        order("C", size=40, at_ns=at_ns, sequence=3),
    )
    # Then there is the print, and the book after it
    assert bench.sink.events == [
        TradeEvent(
            "ACME",
            at_ns,
            TICKS,
            40 * UNITS_PER_SHARE,
            sequence=3,
            exchange=2,
            stated_side="sell",
        ),
        shown(60, at_ns=at_ns, sequence=3),
    ]


def test_a_trade_that_ends_an_event_shows_what_the_event_changed() -> None:
    # Given an order whose event is not complete
    bench = Bench()
    bench.read(*BOTH)
    bench.sink.events.clear()
    bench.read(order("C", size=1, flags=0))
    # When a trade completes it
    bench.read(order("T", "N", at_ns=OPEN_NS + 9, sequence=4))
    # Then the print has no side, and the book is shown
    assert [type(each) for each in bench.sink.events] == [TradeEvent, BookEvent]
    assert bench.sink.events[1] == shown(99, at_ns=OPEN_NS + 9, sequence=4)


def test_a_snapshot_is_shown_with_what_follows_it() -> None:
    # Given a snapshot
    bench = Bench()
    bench.read(
        order("R", "N", flags=SNAPSHOT),
        *[order(side=s, number=n, price=p, flags=SNAPSHOT | LAST) for s, n, p in
          (("B", 1, BID), ("A", 2, ASK))],
    )  # fmt: skip
    assert bench.sink.events == []
    # When the first record of the present comes
    bench.read(order("C", size=1, at_ns=OPEN_NS + 1, sequence=2))
    # Then the whole book is shown
    assert bench.sink.events == [shown(99)]


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([order("C", size=1, flags=LAST | MAYBE_BAD)], "maybe_bad_book"),
        ([order(side="A", number=3, price=BID)], "crossed_book"),
    ],
)
def test_a_book_that_cannot_be_believed_is_refused(records: list[bytes], reason: str) -> None:
    # Given a book
    bench = Bench()
    bench.read(*BOTH)
    seen = len(bench.sink.events)
    # When it may be wrong
    bench.read(*records)
    # Then it is not shown, and counted
    assert len(bench.sink.events) == seen
    assert bench.decoder.refused[reason] == 1
    assert bench.decoder.refused_as == {("quotes", reason): 1}


def test_a_book_of_which_orders_are_missing_is_not_shown_until_it_begins() -> None:
    # Given records from the middle of a day
    bench = Bench()
    bench.read(order("C", number=9), order())
    # When a book is complete, and then it begins anew
    refused = dict(bench.decoder.refused_as)
    bench.read(order("R", "N"), order(), BOTH[1])
    # Then only the second is shown
    assert refused == {("quotes", "book_without_its_beginning"): 1}
    assert bench.decoder.faults == {"unknown_order": 1}
    assert bench.sink.events[-1] == shown(100)


def test_an_order_of_an_impossible_stamp_is_in_the_book_and_shows_none() -> None:
    # Given an order and a trade of 1970
    bench = Bench()
    bench.read(order(at_ns=1), order("T", at_ns=1))
    # When the next order comes
    bench.read(BOTH[1])
    # Then it is refused, and its shares rest
    assert bench.decoder.refused_as == {
        ("quotes", "impossible_stamp"): 1,
        ("trades", "impossible_stamp"): 1,
    }
    assert bench.sink.events == [shown(100)]
    assert bench.decoder.newest_ns == OPEN_NS + 1


def test_a_trade_shows_no_book_that_only_a_refused_record_changed() -> None:
    # Given a book that is shown, and an order of 1970 in it
    bench = Bench()
    bench.read(*BOTH, order(number=3, size=5, at_ns=1, flags=0))
    bench.sink.events.clear()
    # When a trade completes its event
    bench.read(order("T", "N", at_ns=OPEN_NS + 2))
    # Then there is the print alone
    assert [type(each) for each in bench.sink.events] == [TradeEvent]
    # And the shares are shown with the next record of the book
    bench.read(order("C", number=2, at_ns=OPEN_NS + 3, sequence=4))
    assert bench.sink.events[1:] == [shown(105, 0, at_ns=OPEN_NS + 3, sequence=4)]


def test_a_trade_shows_what_a_good_record_changed_beside_a_refused_one() -> None:
    # Given a book that is shown, an order of 1970 in it, and one of today
    bench = Bench()
    bench.read(*BOTH, order(number=3, size=5, at_ns=1, flags=0), order(number=4, flags=0))
    bench.sink.events.clear()
    # When a trade completes its event
    bench.read(order("T", "N", at_ns=OPEN_NS + 2, sequence=4))
    # Then the book is shown, with all that rests
    assert bench.sink.events[1] == shown(205, at_ns=OPEN_NS + 2, sequence=4)


def test_orders_of_nobody_are_counted() -> None:
    # Given an order of a number that no word has mapped
    bench = Bench()
    # When it comes
    bench.read(order(instrument=BOLT))
    # Then it is nobody's
    assert (bench.sink.events, bench.decoder.refused) == ([], {"unmapped": 1})


def test_levels_of_a_venue_beside_orders_stay_apart() -> None:
    # Given records of both schemas of one instrument
    bench = Bench()
    bench.read(book(), *BOTH)
    bench.sink.events.clear()
    # When both change
    bench.read(book(OPEN_NS + 3, side="B"), order(number=7, price=BID - CENT, instrument=ACME))
    # Then each book is its own
    first, second = bench.sink.events
    assert isinstance(first, BookEvent)
    assert isinstance(second, BookEvent)
    assert (len(first.bids), len(second.bids)) == (10, 2)


def test_a_new_session_begins_its_books_anew() -> None:
    # Given a book
    bench = Bench()
    bench.read(*BOTH)
    bench.sink.events.clear()
    # When another session brings an order
    bench.decoder.decode(mapped() + BOTH[0], None, 2)
    # Then there is nothing but that
    assert bench.sink.events == [shown(100, asks=0, at_ns=OPEN_NS, sequence=1)]
