"""A stock-day whose prints state who began them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from support.account_values import adds_up
from support.flat_data import at, trade_line, trades_file
from support.form_files import iso, table

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.recorded.sources import ReadOptions
from trading_bot.research.side_tape import KnownPrint
from trading_bot.research.sides import run_sides
from trading_bot.research.stated_tape import read_stated

HEADER = (
    "ts_recv",
    "ts_event",
    "action",
    "side",
    "price",
    "size",
    "symbol",
    "bid_px_00",
    "ask_px_00",
    "bid_sz_00",
    "ask_sz_00",
)
BOOK = ("100.000000000", "100.010000000", "300", "200")


def line(
    second: int, action: str, side: str, size: str = "100", symbol: str = "ACME"
) -> tuple[str, ...]:
    return (iso(second), str(at(second) - 5), action, side, "100.0", size, symbol, *BOOK)


def test_the_stated_side_is_what_is_known_of_a_print(tmp_path: Path) -> None:
    # Given a quote, and prints that were sold, bought, of an unknown side, and one of half a share
    rows = [
        line(0, "A", "B"),
        line(1, "T", "A"),
        line(2, "T", "B"),
        line(3, "T", "N"),
        line(4, "T", "B", "0.5"),
    ]
    path = table(tmp_path / "mbp.csv", [HEADER, *rows])
    # When they are read
    tape = read_stated([path])
    # Then each whole print is on the tape with its side, and its order is that of its venue's stamp
    assert (tape.symbol, tape.day) == ("ACME", date(2013, 10, 8))
    assert tape.prints == [
        KnownPrint("sell", 100, hidden=False),
        KnownPrint("buy", 100, hidden=False),
        KnownPrint(None, 100, hidden=False),
    ]
    assert next(event for event in tape.events if not event[0]) == (
        False,
        at(1) - 5,
        100_000_000,
        100,
        at(1) - 5,
        0,
    )
    assert tape.events[0] == (True, at(0) - 5, 100_000_000, 300, 100_010_000, 200)
    # And every row is accounted for
    assert adds_up(tape.account)
    assert tape.account.trades.not_judged == {"side_not_recorded": 1}
    assert tape.account.unreadable.refused == {("size", "malformed"): 1}


def test_rows_below_an_odd_one_keep_their_sides(tmp_path: Path) -> None:
    # Given a row of another width, and a header once more, above a print
    path = table(
        tmp_path / "mbp.csv", [HEADER, line(0, "T", "A"), ("x",), HEADER, line(1, "T", "B")]
    )
    # When they are read
    tape = read_stated([path])
    # Then each print has its own side
    assert [each.true_side for each in tape.prints] == ["sell", "buy"]


def test_one_stock_day_is_measured(tmp_path: Path) -> None:
    # Given prints of two stocks
    rows = [line(0, "T", "A"), line(1, "T", "A", symbol="BOLT")]
    path = table(tmp_path / "mbp.csv", [HEADER, *rows])
    # When they are read
    # Then the error names both, and one of them is read
    with pytest.raises(ValueError, match="here is ACME 2013-10-08, BOLT 2013-10-08; use --symbol"):
        read_stated([path])
    assert read_stated([path], ReadOptions(symbols=("BOLT",))).symbol == "BOLT"


def test_no_row_is_no_stock_day(tmp_path: Path) -> None:
    # Given a print
    path = table(tmp_path / "mbp.csv", [HEADER, line(0, "T", "A")])
    # When only what comes later is wanted
    # Then the error says that there is nothing
    with pytest.raises(ValueError, match="here is no row"):
        read_stated([path], ReadOptions(from_ns=at(0) + NS_PER_SECOND))


def test_files_that_state_no_sides_are_refused(tmp_path: Path) -> None:
    # Given a flat file
    path = trades_file(tmp_path / "t.csv", trade_line())
    # When its sides are read
    # Then the error says which files state them
    with pytest.raises(
        ValueError, match=r"t\.csv state no sides; LOBSTER days do, and Databento's"
    ):
        read_stated([path])


def test_rules_are_measured_on_stated_sides(tmp_path: Path) -> None:
    # Given a quote, and a print at the bid that was sold
    path = table(tmp_path / "mbp.csv", [HEADER, line(0, "A", "B"), line(1, "T", "A")])
    # When sides are measured
    report = run_sides(path)
    # Then the print was scored
    assert (report.symbol, report.prints, report.confusion) == ("ACME", 1, {("sell", "sell"): 1})
