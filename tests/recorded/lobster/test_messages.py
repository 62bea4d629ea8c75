"""LOBSTER days from hand-made files."""

from __future__ import annotations

import gzip
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from trading_bot.order_flow.data_models import OrderBookSnapshot
from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.units import UNITS_PER_SHARE as U
from trading_bot.recorded.lobster.messages import LobsterEvent, LobsterFile
from trading_bot.recorded.lobster.pair import pairs_of

# 09:30:00.5 in New York, in summer
AT_NS = 1_340_285_400_500_000_000
EMPTY_ASK = "9999999999,0"
EMPTY_BID = "-9999999999,0"
BOOK = "1000200,50,1000000,30"
SECOND_LEVEL = "1000300,70,999900,10"


def lobster_day(
    folder: Path,
    rows: list[tuple[str, str]],
    *,
    day: str = "2012-06-21",
    levels: int = 1,
) -> LobsterFile:
    """Write message and book lines as a plain pair and open it."""
    stem = f"AMZN_{day}_34200000_57600000"
    message = folder / f"{stem}_message_{levels}.csv"
    message.write_text("".join(f"{line}\n" for line, _ in rows), encoding="ascii")
    book = folder / f"{stem}_orderbook_{levels}.csv"
    book.write_text("".join(f"{line}\n" for _, line in rows), encoding="ascii")
    return LobsterFile(pairs_of([message])[0])


def test_prints_and_changed_quotes_come_in_file_order(tmp_path: Path) -> None:
    # Given an order that makes the quote, a fill of the bid that changes it, a hidden fill that
    # does not, and an order far from the market
    file = lobster_day(
        tmp_path,
        [
            ("34200.5,1,11,30,1000000,1", BOOK),
            ("34200.500000001,4,11,10,1000000,1", "1000200,50,1000000,20"),
            ("34200.500000001,5,0,7,1000100,-1", "1000200,50,1000000,20"),
            ("34201,1,12,9,900000,1", "1000200,50,1000000,20"),
        ],
    )
    # When the day is read
    events = list(file.events())
    # Then the print comes before its footprint, its aggressor opposes the resting side, and
    # rows that leave the best quote alone make no quote
    assert events == [
        LobsterEvent(
            QuoteEvent("AMZN", AT_NS, 100_000_000, 30 * U, 100_020_000, 50 * U, AT_NS, 1),
            None,
            False,
        ),
        LobsterEvent(
            TradeEvent(
                "AMZN",
                AT_NS + 1,
                100_000_000,
                10 * U,
                participant_ns=AT_NS + 1,
                sequence=2,
                exchange=12,
            ),
            "sell",
            False,
        ),
        LobsterEvent(
            QuoteEvent(
                "AMZN",
                AT_NS + 1,
                100_000_000,
                20 * U,
                100_020_000,
                50 * U,
                participant_ns=AT_NS + 1,
                sequence=2,
            ),
            None,
            False,
        ),
        LobsterEvent(
            TradeEvent(
                "AMZN",
                AT_NS + 1,
                100_010_000,
                7 * U,
                participant_ns=AT_NS + 1,
                sequence=3,
                exchange=12,
            ),
            "buy",
            True,
        ),
    ]
    assert (file.symbol, file.day) == ("AMZN", date(2012, 6, 21))
    assert file.counts == {"rows": 4}


def test_winter_time_is_an_hour_further_from_utc(tmp_path: Path) -> None:
    # Given a day in January
    file = lobster_day(tmp_path, [("34200,1,11,30,1000000,1", BOOK)], day="2019-01-30")
    # When its first row is read
    (row,) = file.rows()
    # Then half past nine in New York is half past two in UTC
    assert datetime.fromtimestamp(row.stamp_ns // 10**9, UTC) == datetime(
        2019, 1, 30, 14, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("day", "side"), [("2014-07-11", "sell"), ("2014-07-14", None), ("2019-01-30", None)]
)
def test_hidden_side_is_not_believed_since_the_exchange_stopped_telling_it(
    tmp_path: Path, day: str, side: str | None
) -> None:
    # Given a hidden execution
    file = lobster_day(tmp_path, [("34200,5,0,30,1000100,1", BOOK)], day=day)
    # When it is read
    print_ = next(file.events())
    # Then its side is known only where the exchange still told it
    assert (print_.true_side, print_.hidden) == (side, True)


def test_cross_is_marked_and_has_no_aggressor(tmp_path: Path) -> None:
    # Given a cross, and a halt message
    file = lobster_day(
        tmp_path, [("34200,6,-1,30000,1000100,-1", BOOK), ("34201,7,0,0,-1,-1", BOOK)]
    )
    # When the day is read
    rows = list(file.rows())
    # Then the print carries the condition of a cross, and the halt is only counted
    assert [(row.trade and row.trade.conditions, row.true_side) for row in rows] == [((9,), None)]
    assert file.counts == {"rows": 2, "halt": 1}


def test_empty_side_of_the_book_is_zero(tmp_path: Path) -> None:
    # Given books without bids, and without asks
    file = lobster_day(
        tmp_path,
        [
            ("34200,3,11,30,1000000,1", f"1000200,50,{EMPTY_BID}"),
            ("34201,3,12,30,1000000,1", f"{EMPTY_ASK},1000000,30"),
        ],
    )
    # When the quotes are read
    quotes = [row.quote for row in file.rows() if row.quote is not None]
    # Then the empty side has price and size 0
    assert [(q.bid_ticks, q.bid_size, q.ask_ticks, q.ask_size) for q in quotes] == [
        (0, 0, 100_020_000, 50 * U),
        (100_000_000, 30 * U, 0, 0),
    ]


def test_snapshot_shows_every_level_of_the_file(tmp_path: Path) -> None:
    # Given a book of three levels, the last empty
    file = lobster_day(
        tmp_path,
        [("34200.5,1,11,30,1000000,1", f"{BOOK},{SECOND_LEVEL},{EMPTY_ASK},{EMPTY_BID}")],
        levels=3,
    )
    # When the book after the row is asked for
    (row,) = file.rows()
    # Then it holds the two levels of each side, best first
    assert file.snapshot(row) == OrderBookSnapshot(
        symbol="AMZN",
        bids=((Decimal("100.00"), 30), (Decimal("99.99"), 10)),
        asks=((Decimal("100.02"), 50), (Decimal("100.03"), 70)),
        timestamp_utc=datetime(2012, 6, 21, 13, 30, 0, 500_000, tzinfo=UTC),
        depth_kind="levels",
    )


def test_snapshot_of_a_ragged_book_is_refused(tmp_path: Path) -> None:
    # Given a book row with half a level
    file = lobster_day(tmp_path, [("34200,1,11,30,1000000,1", f"{BOOK},1000300,70")])
    (row,) = file.rows()
    # When the whole book is asked for
    # Then it is not guessed
    with pytest.raises(ValueError, match="6 numbers"):
        file.snapshot(row)


GOOD = ("34200,1,11,30,1000000,1", BOOK)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (("34200,4,11,30", BOOK), "bad_message"),
        (("noon,4,11,30,1000000,1", BOOK), "bad_message"),
        (("34200,4,11,ten,1000000,1", BOOK), "bad_message"),
        (("34199.9,4,11,30,1000000,1", BOOK), "out_of_order"),
        (("34200,9,11,30,1000000,1", BOOK), "unknown_type"),
        (("34200,4,11,30,1000000,1", "1000200,50"), "bad_book"),
        (("34200,4,11,30,1000000,1", "1000200,50,x,30"), "bad_book"),
        (("34200,4,11,0,1000000,1", BOOK), "bad_value"),
        (("34200,4,11,30,0,1", BOOK), "bad_value"),
        (("34200,4,11,30,1000000,0", BOOK), "bad_value"),
    ],
)
def test_unusable_row_is_counted_by_reason_and_left_out(
    tmp_path: Path, bad: tuple[str, str], reason: str
) -> None:
    # Given a good row, a bad one and a good one
    file = lobster_day(tmp_path, [GOOD, bad, GOOD])
    # When the day is read
    rows = list(file.rows())
    # Then the good rows remain, and the bad one is in the counts
    assert len(rows) == 2
    assert file.counts == {"rows": 3, reason: 1}


def test_row_without_its_twin_is_counted(tmp_path: Path) -> None:
    # Given a book row more than messages
    file = lobster_day(tmp_path, [GOOD])
    with next(tmp_path.glob("*orderbook*")).open("a", encoding="ascii") as book:
        book.write(f"{BOOK}\n")
    # When the day is read
    rows = list(file.rows())
    # Then the complete row remains, and the other is in the counts
    assert len(rows) == 1
    assert file.counts == {"rows": 2, "without_twin": 1}


def test_reading_twice_counts_once(tmp_path: Path) -> None:
    # Given a day that was read
    file = lobster_day(tmp_path, [GOOD])
    list(file.rows())
    # When it is read again
    list(file.rows())
    # Then the counts are those of one reading
    assert file.counts == {"rows": 1}


@pytest.mark.parametrize("packing", ["gz", "zip"])
def test_packed_files_read_like_plain_ones(tmp_path: Path, packing: str) -> None:
    # Given a plain day, and the same compressed or in an archive
    plain = lobster_day(tmp_path, [GOOD, ("34201,4,11,10,1000000,1", "1000200,50,1000000,20")])
    sources = sorted(tmp_path.glob("*.csv"))
    packed = tmp_path / packing
    packed.mkdir()
    if packing == "zip":
        path = packed / "sample.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("ReadMe.txt", "about")
            for source in sources:
                archive.write(source, f"folder/{source.name}")
    else:
        for source in sources:
            path = packed / f"{source.name}.gz"
            path.write_bytes(gzip.compress(source.read_bytes()))
    # When both are read
    # Then they tell the same
    assert list(LobsterFile(pairs_of([path])[0]).events()) == list(plain.events())
