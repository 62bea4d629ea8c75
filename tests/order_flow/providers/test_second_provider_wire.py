"""The second provider's records and its book, without a connection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.monitor_stubs import ASK, BID, START_NS, at
from support.noting_sink import NotingSink
from support.tidewater.decode import DEPTH, TidewaterDecoder
from support.tidewater.session import Login, Session, prove
from support.tidewater.wire import (
    Control,
    MarketRecord,
    Print,
    Unreadable,
    decode,
    encode,
    trade_event,
)
from support.tidewater_runs import CENT, Numbers, opening_book

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.events import BookEvent, TradeEvent

PRINTS = st.builds(
    Print,
    symbol=st.sampled_from(["ACME", "BRK.B"]),
    at_ns=st.integers(START_NS, START_NS + 10**15),
    number=st.integers(0, 10**12),
    price_ticks=st.integers(1, 10**12),
    size=st.integers(1, 10**15),
    side=st.sampled_from(["A", "B", "N"]),
    words=st.sampled_from([("regular",), ("sweep", "odd_lot")]),
)


@given(PRINTS)
def test_a_print_is_read_as_it_was_written(record: Print) -> None:
    # Given any print
    # When it is written and read
    # Then nothing is lost
    assert decode(encode(record).rstrip(b"\n")) == record


def test_a_print_s_numbers_come_in_our_units() -> None:
    # Given a print of 100.5 shares at 123.456789512 USD
    line = b"T|ACME|%d|7|123456789512|100.5|A|sweep,odd_lot" % (START_NS + 1)
    # When it is read
    record = decode(line)
    assert isinstance(record, Print)
    # Then it is ticks, millionths of a share, ids, and the stated side
    assert trade_event(record, 5) == TradeEvent(
        symbol="ACME",
        sip_ns=START_NS + 1,
        price_ticks=123_456_790,
        size=100_500_000,
        sequence=7,
        conditions=(14, 37),
        stated_side="sell",
        received_ns=5,
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"\xff", Unreadable("not_ascii")),
        (b"", Unreadable("unknown_kind")),
        (b"Z|ACME", Unreadable("unknown_kind")),
        (b"X|ACME", Unreadable("wrong_fields", "ACME")),
        (b"X|acme|1773151200000000000|1", Unreadable("impossible_symbol")),
        (b"X|ACME|17|1", Unreadable("impossible_stamp", "ACME")),
        (b"X|ACME|1773151200000000000|-1", Unreadable("impossible_number", "ACME")),
        (b"T|ACME|1773151200000000000|1|499|1|A|", Unreadable("impossible_price", "ACME")),
        (b"T|ACME|1773151200000000000|1|1000|0|A|", Unreadable("impossible_size", "ACME")),
        (b"T|ACME|1773151200000000000|1|1000|1|C|", Unreadable("impossible_side", "ACME")),
        (b"D|ACME|1773151200000000000|1|N|1000|1", Unreadable("impossible_side", "ACME")),
        (b"D|ACME|1773151200000000000|1|A|1000|1e9", Unreadable("impossible_size", "ACME")),
        (b"S|ACME|1773151200000000000|1|1000:1,2000:1|", Unreadable("impossible_book", "ACME")),
    ],
)
def test_what_cannot_be_read_says_why_and_whose_it_was(line: bytes, expected: Unreadable) -> None:
    # Given a damaged record
    # When it is read
    # Then it has a reason, and its symbol where that is readable
    assert decode(line) == expected


class Bench:
    """A decoder over a sink that notes."""

    def __init__(self) -> None:
        self.sink = NotingSink()
        self.asked: list[tuple[str, int]] = []
        self.decoder = TidewaterDecoder(
            self.sink, lambda *_: None, lambda *lost: self.asked.append(lost)
        )

    def read(self, *records: MarketRecord, link: int = 1) -> None:
        for record in records:
            self.decoder.decode(encode(record), 5, link)

    @property
    def books(self) -> list[BookEvent]:
        return [each for each in self.sink.events if isinstance(each, BookEvent)]

    @property
    def bids(self) -> list[tuple[int, ...]]:
        """The shares of every bid level, book by book."""
        return [tuple(size // 1_000_000 for _, size in each.bids) for each in self.books]


def test_changes_make_a_book_best_levels_first_and_ten_at_most() -> None:
    # Given a book of three levels
    bench, numbers = Bench(), Numbers()
    opening = opening_book(numbers, at(1))
    # When a level grows, one goes, and twelve come
    changes = [numbers.bid(at(2), 700), numbers.bid(at(3), 0, BID - CENT)]
    changes += [numbers.bid(at(4 + n), n + 1, BID - (3 + n) * CENT) for n in range(12)]
    bench.read(opening, *changes)
    # Then each change shows a book
    assert bench.bids[:4] == [(500, 500, 500), (700, 500, 500), (700, 500), (700, 500, 1)]
    assert len(bench.bids[-1]) == DEPTH
    assert bench.books[1].asks[0][0] == ASK


def test_a_missing_change_loses_the_book_once_until_it_comes_whole() -> None:
    # Given a book of which a change is missing
    bench, numbers = Bench(), Numbers()
    first = opening_book(numbers, at(1))
    numbers.bid(at(2), 1)
    later = [numbers.bid(at(3 + n), 10 + n) for n in range(3)]
    # When later ones come, the book as it was, and then the whole of now
    whole = numbers.book(at(9), [(BID, 900)], [])
    known = numbers.bid(at(10), 901)
    bench.read(first, *later, whole, known, known, first)
    # Then it was asked for once, and nothing was shown that is not known
    assert bench.bids == [(500, 500, 500), (900,), (901,)]
    assert (bench.asked, bench.decoder.lost) == ([("ACME", 1)], {"ACME"})


@pytest.mark.parametrize(
    ("line", "lost", "counted"),
    [
        (b"T|ACME|17|1|1000|1|A|", {"ACME"}, {("trades", "ACME"): 1}),
        (b"D|ACME|17|1|A|1000|1", {"ACME"}, {("quotes", "ACME"): 1}),
        (b"S|ACME|17|1||", {"ACME"}, {("quotes", "ACME"): 1}),
        (b"X|ACME|17|1", {"ACME"}, {}),
        (b"T|acme|17|1|1000|1|A|", {""}, {}),
    ],
)
def test_prints_and_books_that_cannot_be_used_are_counted_by_symbol(
    line: bytes, lost: set[str], counted: dict[tuple[str, str], int]
) -> None:
    # Given a decoder
    bench = Bench()
    # When a record comes that cannot be used
    bench.decoder.decode(line + b"\n", 5, 1)
    # Then it is missing of its kind and symbol, where those can be read
    assert (bench.decoder.lost, bench.decoder.refused_rows) == (lost, counted)


def test_a_new_connection_goes_on_from_nothing() -> None:
    # Given a book of one connection
    bench, numbers = Bench(), Numbers()
    bench.read(opening_book(numbers, at(1)))
    # When a change comes by the next one
    bench.read(numbers.bid(at(2), 700), link=2)
    # Then the book has to come whole first
    assert (len(bench.bids), bench.asked) == (1, [("ACME", 2)])


def test_conflated_messages_keep_the_newest_book_and_every_print() -> None:
    # Given changes of a book with prints between them, in several messages
    bench, numbers = Bench(), Numbers()
    records: list[MarketRecord] = [
        opening_book(numbers, at(1)),
        numbers.sale(at(2), 100),
        numbers.bid(at(3), 600),
        numbers.sale(at(4), 200),
        numbers.bid(at(5), 700),
    ]
    # When they are decoded at once
    left_out = bench.decoder.decode_conflated([encode(each) for each in records], 5, 1)
    # Then two books are left out, and the newest holds every change
    assert (left_out, bench.sink.shares) == (2, [100, 200])
    assert bench.bids == [(700, 500, 500)]


@pytest.mark.parametrize(
    ("before", "said", "code"),
    [
        ([], Control("WELCOME"), "unexpected_answer"),
        ([Control("HELLO", ("x",))], Control("HELLO", ("x",)), "unexpected_answer"),
        ([Control("HELLO", ("x",))], Control("DENIED", ("a-token",)), "wrong_key"),
    ],
)
def test_a_server_that_says_what_it_may_not_is_named(
    before: list[Control], said: Control, code: str
) -> None:
    # Given a talk that has begun
    session = Session(Login("me", "a-token"))
    for each in before:
        session.take(each)
    # When the server says something out of turn, or no
    with pytest.raises(DataSourceError) as caught:
        session.take(said)
    # Then the error has a name, and repeats no secret
    assert caught.value.code == code
    assert "a-token" not in str(caught.value)


def test_the_token_is_proved_and_not_told() -> None:
    # Given a challenge
    session = Session(Login("me", "a-token"))
    # When it is answered
    answer = session.take(Control("HELLO", ("x1",)))
    # Then the token is not in it, and only its holder could have made it
    assert answer == encode(Control("LOGIN", ("me", prove("a-token", "x1"))))
    assert b"a-token" not in answer
    assert prove("another", "x1").encode() not in answer
