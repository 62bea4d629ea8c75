"""What quote sizes count, told by the sizes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from support.flat_data import quote_line, quotes_file, trade_line, trades_file

from trading_bot.order_flow.config import QuoteSizeUnit
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.recorded.flat_files import FlatFile
from trading_bot.recorded.flat_layout import SHARES_SINCE_NS
from trading_bot.recorded.size_unit import DecidedBy, SizeUnit, fixed_unit, size_unit, unit_lines


def decided(
    sizes: Sequence[int],
    *,
    by_date: QuoteSizeUnit = "round_lots",
    stated: QuoteSizeUnit | None = None,
) -> tuple[QuoteSizeUnit, DecidedBy]:
    found = size_unit("q.csv", sizes, by_date=by_date, stated=stated)
    return found.unit, found.decided_by


@pytest.mark.parametrize(("number", "decided_by"), [(199, "date"), (200, "sizes"), (201, "sizes")])
@pytest.mark.parametrize(("size", "unit"), [(300, "shares"), (3, "round_lots")])
def test_two_hundred_sizes_decide_and_fewer_leave_it_to_the_date(
    number: int, decided_by: str, size: int, unit: QuoteSizeUnit
) -> None:
    # Given so many equal sizes, zeros between them, and a date that says otherwise
    other: QuoteSizeUnit = "round_lots" if unit == "shares" else "shares"
    # When the unit is decided
    found = decided([size, 0] * number, by_date=other)
    # Then the sizes decide from 200 on
    assert found == (unit if decided_by == "sizes" else other, decided_by)


@pytest.mark.parametrize(
    ("hundreds", "found"),
    [
        (0, ("round_lots", "sizes")),
        (100, ("round_lots", "sizes")),
        (101, ("shares", "date")),
        (899, ("shares", "date")),
        (900, ("shares", "sizes")),
        (1_000, ("shares", "sizes")),
    ],
)
def test_sizes_that_are_neither_leave_it_to_the_date(
    hundreds: int, found: tuple[QuoteSizeUnit, DecidedBy]
) -> None:
    # Given 1,000 sizes of which some are multiples of 100
    sizes = [100] * hundreds + [7] * (1_000 - hundreds)
    # When the unit is decided
    # Then practically all, or hardly any, tell it
    assert decided(sizes, by_date="shares") == found


def test_what_is_usual_in_a_form_stands_where_nothing_else_tells() -> None:
    # Given a form whose files usually count shares, on a day of round lots
    def unit(sizes: list[int], stated: QuoteSizeUnit | None = None) -> tuple[str, str]:
        found = size_unit("q.csv", sizes, by_date="round_lots", stated=stated, usual="shares")
        return found.unit, found.decided_by

    # When sizes are too few, tell, or the user speaks
    found = [unit([3] * 199), unit([3] * 200), unit([3] * 199, "round_lots")]
    # Then the form's word is the last one asked for
    assert found == [("shares", "form"), ("round_lots", "sizes"), ("round_lots", "statement")]


@pytest.mark.parametrize(("size", "stated"), [(300, "round_lots"), (3, "shares")])
def test_a_statement_against_the_sizes_is_refused(size: int, stated: QuoteSizeUnit) -> None:
    # Given sizes that tell their unit
    # When the user says another
    # Then the error names file, sizes and option
    with pytest.raises(ValueError, match=r"q\.csv .* of 200 sizes are .*--quote-size-unit"):
        decided([size] * 200, stated=stated)


@pytest.mark.parametrize("stated", ["shares", "round_lots"])
def test_a_statement_stands_where_the_sizes_do_not_tell(stated: QuoteSizeUnit) -> None:
    # Given few sizes
    # When the user says what they count
    # Then it is so
    assert decided([300] * 199, stated=stated) == (stated, "statement")


def test_a_statement_that_the_sizes_bear_out_is_told_by_them() -> None:
    # Given many sizes in shares
    # When the user says so
    # Then the sizes tell it
    assert decided([300] * 200, stated="shares") == ("shares", "sizes")


def test_each_finding_is_a_sentence() -> None:
    # Given a finding of each kind
    found = [
        SizeUnit("a", "shares", "sizes", 400, 399),
        SizeUnit("b", "round_lots", "date", 16, 1),
        SizeUnit("c", "shares", "statement", 16, 16),
    ]
    # When they are told
    # Then unit, cause and numbers stand there
    assert unit_lines(found) == [
        "Quote sizes of a: shares, told by the sizes: 399 of 400 are multiples of 100",
        (
            "Quote sizes of b: round lots, assumed by date; 1 of 16 are multiples of 100: too few "
            "to tell"
        ),
        "Quote sizes of c: shares, as stated; 16 of 16 are multiples of 100",
    ]


def test_many_files_alike_are_one_line() -> None:
    # Given four files of one unit and one of another
    found = [SizeUnit(f"q{n}", "shares", "sizes", 200, 199) for n in range(4)]
    found.append(SizeUnit("old", "round_lots", "sizes", 200, 2))
    # When they are told
    # Then the four are summed
    assert unit_lines(found) == [
        "Quote sizes of 4 files: shares, told by the sizes: 796 of 800 are multiples of 100",
        "Quote sizes of old: round lots, told by the sizes: 2 of 200 are multiples of 100",
    ]


def test_a_file_of_an_old_day_in_shares_is_read_in_shares(tmp_path: Path) -> None:
    # Given 100 quotes of 2013 with sizes of whole hundreds
    lines = [quote_line(n, bid_size=300, ask_size=500) for n in range(100)]
    file = FlatFile(quotes_file(tmp_path / "q.csv", *lines))
    # When they are read
    (block,) = file.blocks()
    # Then the sizes are shares
    assert file.size_unit == SizeUnit("q.csv", "shares", "sizes", 200, 200)
    assert {(row[6], row[8]) for row in block.rows} == {
        (300 * UNITS_PER_SHARE, 500 * UNITS_PER_SHARE)
    }


def test_a_file_of_a_later_day_in_round_lots_is_read_in_lots(tmp_path: Path) -> None:
    # Given 100 quotes after the change, with sizes of a few lots
    stamps = [SHARES_SINCE_NS + n * 1_000_000_000 for n in range(100)]
    lines = [
        quote_line(sip_timestamp=stamp, participant_timestamp=stamp, bid_size=3, ask_size=4)
        for stamp in stamps
    ]
    file = FlatFile(quotes_file(tmp_path / "q.csv", *lines))
    # When they are read
    (block,) = file.blocks()
    # Then the sizes are lots of 100 shares
    assert {(row[6], row[8]) for row in block.rows} == {
        (300 * UNITS_PER_SHARE, 400 * UNITS_PER_SHARE)
    }


def test_round_lots_of_dear_stocks_tell_nothing(tmp_path: Path) -> None:
    # Given 100 quotes of a stock at 400 USD after the change, whose round lot has 40 shares
    lines = [
        quote_line(
            bid_price=400,
            ask_price=401,
            bid_size=40,
            ask_size=80,
            sip_timestamp=SHARES_SINCE_NS + n,
            participant_timestamp=SHARES_SINCE_NS + n,
        )
        for n in range(100)
    ]
    # When the file is looked at
    file = FlatFile(quotes_file(tmp_path / "q.csv", *lines))
    # Then the date decides
    assert file.size_unit == SizeUnit("q.csv", "shares", "date", 0, 0)


@pytest.mark.parametrize("kind", ["trades", "nothing"])
def test_a_file_without_a_quote_has_no_unit(tmp_path: Path, kind: str) -> None:
    # Given trades, or a header alone
    path = tmp_path / "x.csv"
    path = trades_file(path, trade_line(0)) if kind == "trades" else quotes_file(path)
    # When it is looked at
    # Then there is nothing to decide
    assert FlatFile(path).size_unit is None


@pytest.mark.parametrize("stated", [None, "shares"])
def test_a_form_that_counts_shares_is_not_asked_for_the_sizes(
    stated: QuoteSizeUnit | None,
) -> None:
    # Given sizes that look like round lots, of a form that counts shares
    sizes = [0, *[3] * 200, 100]
    # When the unit is asked for, whether the user says the same or nothing
    found = fixed_unit("q.csv", sizes, "shares", stated)
    # Then it is that of the form
    assert found == SizeUnit("q.csv", "shares", "form", 201, 1)
    assert found.lots_as == "shares"
    assert found.sentence == "Quote sizes of q.csv: shares, as files of this form count"


def test_who_contradicts_a_form_is_refused() -> None:
    # Given a form that counts shares
    # When the user says round lots
    # Then that is refused
    with pytest.raises(
        ValueError, match=r"in round_lots \(quote_size_unit\), and .* count shares;"
    ):
        fixed_unit("q.csv", [100], "shares", "round_lots")
