"""From records to events in our terms."""

from __future__ import annotations

from collections.abc import Iterable

import databento_dbn as dbn
import pytest
from support.dbn_records import (
    ACME,
    ASK,
    ASKS,
    BID,
    BIDS,
    BOLT,
    CENT,
    DATASET,
    LAST,
    MAYBE_BAD,
    OPEN_NS,
    SNAPSHOT,
    best,
    book,
    failure,
    mapped,
    print_alone,
    replayed,
    status,
    trade,
)
from support.noting_sink import NotingSink

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, QuoteEvent, TradeEvent
from trading_bot.order_flow.market.units import NS_PER_SECOND, UNITS_PER_SHARE
from trading_bot.order_flow.providers.databento import decode
from trading_bot.order_flow.providers.databento.decode import DatabentoDecoder, Word
from trading_bot.order_flow.providers.databento.service import Failure, Mapped, Said

RECEIVED_NS = OPEN_NS + 500_000
EMPTY = dbn.UNDEF_PRICE
QUOTING, TRADING, HALT, PAUSE, SUSPEND, SSR_CHANGE = 3, 7, 8, 9, 10, 14
NOT_AVAILABLE_FOR_TRADING = 15
"""Actions of a status."""


class Bench:
    """A decoder over a sink that notes; ACME is mapped."""

    def __init__(self, dataset: str = DATASET) -> None:
        self.sink = NotingSink()
        self.words: list[tuple[Word, int]] = []
        self.decoder = DatabentoDecoder(
            self.sink, dataset, lambda word, link: self.words.append((word, link))
        )
        self.read(mapped())
        self.words.clear()

    def read(self, *records: bytes, link: int = 1) -> None:
        self.decoder.decode(b"".join(records), RECEIVED_NS, link)

    def read_conflated(self, *payloads: Iterable[bytes]) -> int:
        joined = [b"".join(each) for each in payloads]
        return self.decoder.decode_conflated(joined, RECEIVED_NS, 1)

    @property
    def books(self) -> list[BookEvent]:
        return [each for each in self.sink.events if isinstance(each, BookEvent)]

    @property
    def best_bids(self) -> list[int]:
        """The shares of the best bid of each book."""
        return [each.bids[0][1] // UNITS_PER_SHARE for each in self.books]


def bid_of(shares: int, at_ns: int = OPEN_NS, **more: int) -> bytes:
    """Return a row whose best bid has so many shares."""
    return book(at_ns, ((BID, shares), *BIDS[1:]), **more)  # type: ignore[arg-type]


def test_a_print_comes_with_its_aggressor_and_a_nanosecond_stamp() -> None:
    # Given a decoder
    bench = Bench()
    # When a seller takes the bid
    bench.read(trade(OPEN_NS + 1, 12_000, side="A", sequence=77))
    # Then the print says so, in ticks and millionths of a share
    assert bench.sink.events == [
        TradeEvent(
            symbol="ACME",
            sip_ns=OPEN_NS + 1,
            price_ticks=BID // 1_000,
            size=12_000 * UNITS_PER_SHARE,
            sequence=77,
            exchange=2,
            stated_side="sell",
            received_ns=RECEIVED_NS,
        )
    ]


@pytest.mark.parametrize(("side", "stated"), [("A", "sell"), ("B", "buy"), ("N", None)])
def test_a_side_that_the_venue_does_not_state_is_unknown(side: str, stated: str | None) -> None:
    # Given prints in the book's rows and alone
    bench = Bench()
    # When they are read
    bench.read(trade(side=side), print_alone(side=side))
    # Then neither letter is taken for another
    assert [each.stated_side for each in bench.sink.trades] == [stated, stated]


def test_a_complete_event_shows_its_ten_levels() -> None:
    # Given a decoder
    bench = Bench()
    # When a row comes that ends its event
    bench.read(book(OPEN_NS + 3, sequence=8))
    # Then its book is shown
    assert bench.sink.events == [
        BookEvent(
            symbol="ACME",
            sip_ns=OPEN_NS + 3,
            bids=tuple((price // 1_000, size * UNITS_PER_SHARE) for price, size in BIDS),
            asks=tuple((price // 1_000, size * UNITS_PER_SHARE) for price, size in ASKS),
            sequence=8,
            received_ns=RECEIVED_NS,
        )
    ]


@pytest.mark.parametrize("action", ["A", "C", "M", "N"])
def test_a_book_is_shown_once_its_event_is_complete(action: str) -> None:
    # Given an event of two rows
    bench = Bench()
    # When the first comes, and then the second
    bench.read(bid_of(1, flags=0))
    before = bench.best_bids
    bench.read(book(bids=((BID, 2), *BIDS[1:]), action=action))
    # Then only the book that stood is shown
    assert (before, bench.best_bids) == ([], [2])


def test_a_print_s_row_shows_no_book() -> None:
    # Given a print whose row is the last of its event, with a book that is older
    bench = Bench()
    # When it is read
    bench.read(trade(flags=LAST), book(action="F", flags=LAST))
    # Then there is a print and no book
    assert bench.sink.order == ["trade"]


def test_an_event_that_a_print_ends_shows_the_book_of_its_row_before() -> None:
    # Given a row that begins an event
    bench = Bench()
    bench.read(bid_of(40, OPEN_NS + 1, flags=0, sequence=3))
    # When a print ends it, and another follows
    bench.read(trade(OPEN_NS + 1, flags=LAST), trade(OPEN_NS + 2, flags=LAST))
    # Then the book is shown once, as it was when the row came
    assert bench.best_bids == [40]
    assert (bench.books[0].sip_ns, bench.books[0].sequence) == (OPEN_NS + 1, 3)


def test_a_cleared_book_is_empty_and_nobody_bids() -> None:
    # Given a book
    bench = Bench()
    bench.read(book())
    # When it is cleared
    bench.read(book(bids=(), asks=(), action="R", side="N"))
    # Then no level stands, and no price is made of what stands for none
    assert (bench.books[-1].bids, bench.books[-1].asks) == ((), ())


def test_a_book_that_may_be_bad_is_refused_and_told_of_once() -> None:
    # Given a venue that has lost messages
    bench = Bench()
    bad = bid_of(1, flags=LAST | MAYBE_BAD)
    # When it goes on, and then is sure again
    bench.read(bad, bad)
    lost = set(bench.decoder.lost)
    bench.decoder.lost.clear()
    bench.read(bad, bid_of(2))
    # Then nothing of it was shown until it is sure
    assert bench.best_bids == [2]
    assert (lost, bench.decoder.lost) == ({"ACME"}, set())
    assert bench.decoder.refused == {"maybe_bad_book": 3}
    assert bench.decoder.refused_rows == {("quotes", "ACME"): 3}
    # And of the next time it is told again
    bench.read(bad)
    assert bench.decoder.lost == {"ACME"}


def test_a_snapshot_shows_a_book_and_no_print() -> None:
    # Given rows of a snapshot
    bench = Bench()
    # When they are read
    bench.read(bid_of(5, flags=LAST | SNAPSHOT), trade(flags=SNAPSHOT))
    # Then the book stands, and what traded before is not told of again
    assert (bench.best_bids, bench.sink.trades) == ([5], [])
    assert bench.decoder.refused == {"print_of_snapshot": 1}


@pytest.mark.parametrize(
    ("record", "reason", "kind"),
    [
        (trade(price=0), "impossible_price", "trades"),
        (trade(price=EMPTY), "impossible_price", "trades"),
        (trade(size=0), "impossible_size", "trades"),
        (trade(size=dbn.UNDEF_ORDER_SIZE), "impossible_size", "trades"),
        (trade(1), "impossible_stamp", "trades"),
        (book(1), "impossible_stamp", "quotes"),
        (book(dbn.UNDEF_TIMESTAMP - 165_000), "impossible_stamp", "quotes"),
        (book(bids=(BIDS[1], BIDS[0])), "impossible_book", "quotes"),
        (book(asks=((ASK, 0),)), "impossible_size", "quotes"),
        (book(asks=((ASK, dbn.UNDEF_ORDER_SIZE),)), "impossible_size", "quotes"),
        (best(bid=(0, 100)), "impossible_book", "quotes"),
        (best(ask=(ASK, 0)), "impossible_book", "quotes"),
        (best(ask=(ASK, dbn.UNDEF_ORDER_SIZE)), "impossible_book", "quotes"),
    ],
)
def test_rows_that_cannot_be_used_are_missing_of_their_kind_and_symbol(
    record: bytes, reason: str, kind: str
) -> None:
    # Given a decoder
    bench = Bench()
    # When a row comes that cannot be
    bench.read(record)
    # Then it is counted, and nothing is given
    assert bench.sink.events == []
    assert bench.decoder.refused == {reason: 1}
    assert bench.decoder.refused_rows == {(kind, "ACME"): 1}


@pytest.mark.parametrize("is_book", [True, False])
def test_a_row_of_no_known_action_may_be_print_or_book(*, is_book: bool) -> None:
    # Given a decoder
    bench = Bench()
    # When a row comes whose action is none
    row = bytearray(book() if is_book else print_alone())
    row[28] = ord("x")
    bench.read(bytes(row))
    # Then it is one row, one of each kind is missing, and nothing is given
    assert bench.sink.events == []
    assert bench.decoder.refused == {"impossible_action": 1}
    assert bench.decoder.refused_as == {("quotes", "impossible_action"): 1}
    assert bench.decoder.refused_rows == {("trades", "ACME"): 1, ("quotes", "ACME"): 1}


def test_a_book_refused_after_a_pending_row_is_missing_too() -> None:
    # Given an event whose row cannot be, and which a print ends
    bench = Bench()
    # When it is complete
    bench.read(book(bids=(BIDS[1], BIDS[0]), flags=0), trade(flags=LAST))
    # Then it is refused as any other
    assert bench.decoder.refused_rows == {("quotes", "ACME"): 1}


def test_best_prices_come_as_quotes() -> None:
    # Given a decoder
    bench = Bench()
    # When rows of one level come: both sides, nobody bids, nobody offers, a print, one begun
    bench.read(
        best(OPEN_NS + 1),
        best(bid=(EMPTY, 0)),
        best(ask=(EMPTY, 0)),
        best(action="T", flags=0),
        best(flags=0),
    )
    # Then there are three quotes and a print
    bid, ask = BID // 1_000, ASK // 1_000
    sizes = 100 * UNITS_PER_SHARE, 200 * UNITS_PER_SHARE
    assert bench.sink.quotes == [
        QuoteEvent("ACME", OPEN_NS + 1, bid, sizes[0], ask, sizes[1], None, 7, RECEIVED_NS),
        QuoteEvent("ACME", OPEN_NS, 0, 0, ask, sizes[1], None, 7, RECEIVED_NS),
        QuoteEvent("ACME", OPEN_NS, bid, sizes[0], 0, 0, None, 7, RECEIVED_NS),
    ]
    assert bench.sink.shares == [100]


@pytest.mark.parametrize(
    ("action", "halted"),
    [
        (TRADING, False),
        (HALT, True),
        (PAUSE, True),
        (SUSPEND, True),
        (NOT_AVAILABLE_FOR_TRADING, True),
        (SSR_CHANGE, None),
        (QUOTING, None),
    ],
)
def test_halts_and_their_ends_are_told(action: int, halted: bool | None) -> None:
    # Given a decoder
    bench = Bench()
    # When a status comes
    bench.read(status(action, OPEN_NS + 9))
    # Then trading stops, begins, or neither
    expected = [] if halted is None else [HaltEvent("ACME", OPEN_NS + 9, halted, RECEIVED_NS)]
    assert bench.sink.events == expected


def test_a_status_that_cannot_be_dated_is_a_hole_of_its_symbol() -> None:
    # Given a decoder
    bench = Bench()
    # When a halt of 1970 comes, and one of nobody
    bench.read(status(HALT, 1))
    assert bench.decoder.lost == {"ACME"}
    bench.read(status(HALT, instrument=BOLT))
    # Then it is told of no symbol, and of any
    assert bench.sink.events == []
    assert bench.decoder.lost == {"ACME", ""}
    assert bench.decoder.refused == {"impossible_stamp": 1, "unmapped": 1}


def test_what_nobody_has_mapped_may_concern_any_symbol() -> None:
    # Given rows of a number that no word has mapped
    bench = Bench()
    # When they come
    bench.read(book(instrument=BOLT), trade(instrument=BOLT))
    # Then all are counted, and it is told once
    assert bench.decoder.refused == {"unmapped": 2}
    assert bench.decoder.lost == {""}
    bench.decoder.lost.clear()
    bench.read(book(instrument=BOLT))
    assert bench.decoder.lost == set()


def test_a_number_means_what_it_was_mapped_to_last() -> None:
    # Given a book of ACME
    bench = Bench()
    bench.read(book())
    # When its number is given to another symbol, and then the same word comes again
    bench.read(mapped("BRK.B", ACME), bid_of(7), mapped("BRK.B", ACME), bid_of(8))
    # Then it is that one's
    assert [each.symbol for each in bench.books] == ["ACME", "BRK.B", "BRK.B"]


@pytest.mark.parametrize(
    ("words", "lost"),
    [
        # Taken by another, by what is no ticker, and by itself; given another one first; swapped.
        ([mapped("ZZZZ", ACME)], {"ACME"}),
        ([mapped("acme!", ACME)], {"ACME"}),
        ([mapped("ACME", ACME)], set()),
        ([mapped("ACME", 99), mapped("ZZZZ", ACME)], set()),
        ([mapped("BOLT", ACME), mapped("ACME", BOLT)], {"ACME"}),
    ],
)
def test_a_symbol_that_loses_its_number_is_missing(words: list[bytes], lost: set[str]) -> None:
    # Given the numbers of two symbols
    bench = Bench()
    bench.read(mapped("ACME", ACME), mapped("BOLT", BOLT))
    # When they get other meanings
    bench.read(*words)
    # Then who was left without one, if only for a moment, may lack rows
    assert bench.decoder.lost == lost


def test_symbols_are_spelled_as_ours() -> None:
    # Given a dataset that writes class shares with a space
    bench = Bench("XNYS.PILLAR")
    # When one is mapped
    bench.read(mapped("BRK B", BOLT), book(instrument=BOLT))
    # Then it has its dot
    assert bench.books[0].symbol == "BRK.B"


def test_a_number_of_no_ticker_is_forgotten() -> None:
    # Given a number that is mapped
    bench = Bench()
    # When it is mapped to what is no ticker
    bench.read(mapped("acme!", ACME), book())
    # Then nobody has it
    assert bench.sink.events == []
    assert bench.decoder.refused == {"impossible_symbol": 1, "unmapped": 1}


def test_no_more_numbers_are_kept_than_there_can_be() -> None:
    # Given as many as there can be, the first of them mapped by the bench
    bench = Bench()
    for number in range(1_000_000, 1_000_000 + decode._MOST_INSTRUMENTS - 1):
        bench.decoder.let_mean(number, "CLIF")
    # When another is mapped
    bench.read(mapped("BOLT", BOLT))
    # Then it is refused, and the first one is kept
    bench.read(book(instrument=BOLT), book())
    assert [each.symbol for each in bench.books] == ["ACME"]
    assert bench.decoder.refused == {"too_many_instruments": 1, "unmapped": 1}


def test_a_new_session_goes_on_from_nothing() -> None:
    # Given a session in which a number is mapped
    bench = Bench()
    bench.read(book(instrument=BOLT))
    bench.decoder.lost.clear()
    # When the next one brings rows before any word
    bench.read(book(), link=2)
    # Then they are nobody's, which is told again
    assert bench.sink.events == []
    assert bench.decoder.lost == {""}


def test_words_are_told_in_their_place_with_their_connection() -> None:
    # Given a decoder
    bench = Bench()
    # When words come among rows
    bench.read(mapped("BOLT", BOLT), replayed(), failure("no XXXX", 4))
    # Then they are told
    assert bench.words == [
        (Mapped(BOLT, "BOLT"), 1),
        (Said(3, "Finished mbp-10 replay"), 1),
        (Failure(4, "no XXXX"), 1),
    ]


def test_a_word_that_cannot_be_read_is_told_as_that() -> None:
    # Given a decoder
    bench = Bench()
    # When a word comes that is no text
    bench.read(replayed()[:16] + b"\xff" + replayed()[17:])
    # Then whoever keeps the connection knows it
    ((word, _),) = bench.words
    assert isinstance(word, DataSourceError)
    assert word.code == "undecodable"
    assert bench.decoder.refused == {"undecodable": 1}


def test_other_records_are_passed_over() -> None:
    # Given a definition
    bench = Bench()
    # When it comes
    bench.read(b"\x04\x13" + bytes(14))
    # Then it is counted, and nothing is missing
    assert (bench.decoder.refused, bench.decoder.lost) == ({"other_record": 1}, set())


def test_the_newest_stamp_is_known_but_for_those_of_the_future() -> None:
    # Given rows of three stamps, the last of which cannot have happened yet
    bench = Bench()
    ahead_ns = RECEIVED_NS + 5 * NS_PER_SECOND
    # When they are read
    bench.read(book(OPEN_NS + 7), trade(OPEN_NS + 3))
    before = bench.decoder.newest_ns
    bench.read(book(ahead_ns), book(ahead_ns + 1))
    # Then the newest counts, up to five seconds ahead
    assert (before, bench.decoder.newest_ns) == (OPEN_NS + 7, ahead_ns)


def test_prints_of_one_number_are_told_apart() -> None:
    # Given two prints of one stamp and number
    bench = Bench()
    # When they are read
    bench.read(trade(sequence=5), trade(sequence=5), trade(sequence=6))
    # Then each has an id of its own
    assert [each.trade_id for each in bench.sink.trades] == ["", "5.1", ""]


def test_conflated_messages_keep_the_newest_book_and_every_print() -> None:
    # Given rows of two symbols in several messages
    bench = Bench()
    bench.read(mapped("BOLT", BOLT))
    # When they are decoded at once
    left_out = bench.read_conflated(
        [
            bid_of(1),
            trade(size=10),
            bid_of(2, instrument=BOLT),
            status(SSR_CHANGE),
        ],
        [bid_of(3), trade(size=20), bid_of(4)],
    )
    # Then each symbol's newest book is shown in its place, and no print is missing
    assert left_out == 2
    assert bench.sink.order == ["trade", "book", "trade", "book"]
    assert bench.sink.shares == [10, 20]
    assert bench.best_bids == [2, 4]


def test_a_conflated_book_is_shown_though_a_print_s_row_is_newer() -> None:
    # Given a book, and a print that ends an event of its own
    bench = Bench()
    # When both are decoded at once
    bench.read_conflated([bid_of(1), bid_of(2), trade(flags=LAST)])
    # Then the book is shown
    assert bench.best_bids == [2]


def test_a_print_of_another_action_begins_no_book() -> None:
    # Given a row without a book, of which the action is none of a print's, and no end of an event
    bench = Bench()
    odd = bytearray(print_alone())
    odd[28:31] = b"AB\0"
    # When a print's row ends the event
    bench.read(bytes(odd), trade(OPEN_NS + 1, flags=LAST))
    # Then there is the print alone
    assert bench.sink.order == ["trade"]


def test_a_conflated_event_may_have_begun_before() -> None:
    # Given an event of which the first row has come
    bench = Bench()
    bench.read(bid_of(3, flags=0))
    # When a print ends it among conflated messages
    left_out = bench.read_conflated([trade(flags=LAST)])
    # Then its book is shown
    assert (bench.best_bids, left_out) == ([3], 0)


def test_conflated_quotes_are_the_newest() -> None:
    # Given rows of one level
    bench = Bench()
    # When they are decoded at once
    left_out = bench.read_conflated([best(OPEN_NS), best(OPEN_NS + 1), best(OPEN_NS + 2)])
    # Then the newest is shown
    assert left_out == 2
    assert [each.sip_ns for each in bench.sink.quotes] == [OPEN_NS + 2]


def test_messages_are_small_and_wait_for_none() -> None:
    # Given a message
    bench = Bench()
    # When it is asked for its pieces and symbols
    # Then it is its own piece, and nothing is said of it
    assert list(bench.decoder.pieces(book())) == [book()]
    assert bench.decoder.symbols_of(book()) is None


def test_a_wide_book_s_prices_are_exact() -> None:
    # Given a price of four decimals
    bench = Bench()
    # When it is read
    bench.read(book(bids=((BID - CENT + 100_000, 1),)))
    # Then it is a whole number of ticks
    assert bench.books[0].bids == ((99_990_100, UNITS_PER_SHARE),)
