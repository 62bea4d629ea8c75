"""Dividing files into days, and days among jobs."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from support.flat_data import TRADES_HEADER, trade_line, trades_file
from support.lobster_files import lobster_files
from support.many_days import SYMBOLS, Layout, write_days

from trading_bot.recorded.sources import ReadOptions
from trading_bot.scale.planning import Day, are_even, joined, plan_of, shares_of

FIRST = date(2013, 10, 8)


def day(number: int, until: int | None = None) -> Day:
    begin = FIRST + timedelta(days=number)
    end = begin if until is None else FIRST + timedelta(days=until)
    return Day(begin, end, (Path(f"{number}.csv"),))


def test_files_are_read_with_those_of_their_day(tmp_path: Path) -> None:
    # Given two days
    files = write_days(tmp_path, days=(0, 1), symbols=("ACME",))
    # When they are planned
    plan = plan_of(files, "polygon", ReadOptions())
    # Then each has its files
    days = [(each.day, each.paths) for each in plan.days]
    assert days == [(FIRST, tuple(files[:2])), (FIRST + timedelta(days=1), tuple(files[2:]))]


def test_a_file_without_rows_is_in_no_day(tmp_path: Path) -> None:
    # Given a file with a header alone
    empty = trades_file(tmp_path / "empty.csv")
    full = trades_file(tmp_path / "full.csv", trade_line(0))
    # When both are planned
    plan = plan_of([empty, full], "polygon", ReadOptions())
    # Then only the other is read
    assert [each.paths for each in plan.days] == [(full,)]


def test_a_damaged_file_is_named_and_the_others_are_planned(tmp_path: Path) -> None:
    # Given a file that is no gzip though it begins so
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"\x1f\x8b\x08" + b"x" * 40)
    good = trades_file(tmp_path / "good.csv", trade_line(0))
    # When both are planned
    plan = plan_of([bad, good], "polygon", ReadOptions())
    # Then one is planned and one named
    assert [each.paths for each in plan.days] == [(good,)]
    assert str(bad) in plan.failed[0]
    # And alone it is refused
    with pytest.raises(ValueError, match="cut off or damaged"):
        plan_of([bad], "polygon", ReadOptions())


def test_a_stock_day_of_lobster_is_read_on_its_day(tmp_path: Path) -> None:
    # Given a stock-day
    plan = plan_of([lobster_files(tmp_path)], "lobster", ReadOptions())
    # When it is planned
    (found,) = plan.days
    # Then only that day of the file is read
    assert plan.reading_of(found.day).day == found.day
    assert plan.symbols == {"ACME"}
    assert not plan.may_hold_market()


@pytest.mark.parametrize(("symbols", "may"), [((), True), (("SPY",), True), (("ACME",), False)])
def test_the_market_is_looked_for_where_it_is_wanted(
    symbols: tuple[str, ...], may: bool, tmp_path: Path
) -> None:
    # Given a day of any symbols
    path = trades_file(tmp_path / "t.csv", trade_line(0))
    # When some are wanted
    plan = plan_of([path], "polygon", ReadOptions(symbols=symbols))
    # Then the market may be among them
    assert plan.may_hold_market() == may


@pytest.mark.parametrize("layout", ["by_time", "by_ticker", "apart"])
def test_what_there_is_of_each_symbol_is_about_known(layout: Layout, tmp_path: Path) -> None:
    # Given a day of symbols of the same size
    files = write_days(tmp_path, days=(0,), layout=layout)
    # When it is looked at
    weights = shares_of(Day(FIRST, FIRST, tuple(files)), ReadOptions(chunk_rows=50))
    # Then each has about an eighth
    assert sorted(weights) == sorted(SYMBOLS)
    total = sum(weights.values())
    assert all(0.05 < each / total < 0.25 for each in weights.values())


def test_a_last_line_without_a_ticker_counts_for_nobody(tmp_path: Path) -> None:
    # Given a file by ticker with half a line at its end
    header = "price,size,sip_timestamp,ticker"
    rows = trade_line(0).split(",")
    named = dict(zip(TRADES_HEADER.split(","), rows, strict=True))
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\n{','.join(named[each] for each in header.split(','))}\n5\n")
    # When it is looked at
    # Then that is nobody's
    assert [*shares_of(Day(FIRST, FIRST, (path,)), ReadOptions())] == [""]


def test_days_that_do_not_reach_into_each_other_stay_apart() -> None:
    # Given days whose rows are of them
    days = [day(0), day(1)]
    # When it is looked whether they overlap
    # Then they do not
    assert joined(days, {each.day: each.day for each in days}) is None


@pytest.mark.parametrize("reach", [1, 2])
def test_days_that_reach_into_each_other_are_one(reach: int) -> None:
    # Given a day whose rows go on into the next, or beyond
    days = [day(0), day(1), day(2)]
    # When they are joined
    found = joined(days, {days[0].day: FIRST + timedelta(days=reach)})
    # Then it is one with each that it reaches
    assert found is not None
    assert [len(each.paths) for each in found] == ([2, 1] if reach == 1 else [3])


def test_a_file_of_several_days_is_one_with_those_in_between() -> None:
    # Given an archive of three days, and a file of the second
    # When they are joined
    found = joined([day(0, until=2), day(1)], {})
    # Then they are read together
    assert found is not None
    assert [(each.day, each.until) for each in found] == [(FIRST, FIRST + timedelta(days=2))]


@pytest.mark.parametrize(
    ("sizes", "jobs", "even"),
    [
        ([10, 10], 2, True),
        ([11, 9], 2, True),
        ([12, 9], 2, False),
        ([10], 2, False),
        ([5, 9], 1, True),
    ],
)
def test_days_are_shared_whole_where_no_job_has_a_tenth_more(
    sizes: list[int], jobs: int, even: bool, tmp_path: Path
) -> None:
    # Given days of any sizes
    days = []
    for number, size in enumerate(sizes):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(b"x" * size)
        days.append(Day(FIRST, FIRST, (path,)))
    # When jobs share them
    # Then they are even below and at the bound
    assert are_even(days, jobs) == even
