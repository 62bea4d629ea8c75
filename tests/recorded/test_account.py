"""The account of every row, and what is said of it first."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from support.account_values import adds_up

from trading_bot.recorded.account import NO_CONDITIONS, KindAccount, RowAccount
from trading_bot.recorded.size_unit import SizeUnit

DAY = date(2013, 10, 8)


def judged(rows: int) -> KindAccount:
    return KindAccount(read=rows, judged=rows)


def test_rows_are_counted_by_what_became_of_them() -> None:
    # Given trades of which one is refused, two are left and one is judged
    account = RowAccount(trades=KindAccount(read=4, judged=1))
    # When that is counted
    account.trades.refuse("size", "malformed")
    account.trades.leave("duplicate", 2)
    # Then each has one fate, told by column or by reason
    assert adds_up(account)
    assert account.lines() == [
        "Trades: 4 read = 1 refused (1 malformed in size) + 2 not judged (2 duplicate) + 1 judged",
        "Quotes: 0 read = 0 refused + 0 not judged + 0 judged",
    ]


def test_json_holds_each_kind_with_its_columns_and_reasons() -> None:
    # Given an account with something of everything
    unit = SizeUnit("q.csv", "shares", "sizes", 400, 399)
    account = RowAccount(
        KindAccount(3, Counter({("size", "malformed"): 1, ("size", "no"): 1}), Counter(), 1),
        KindAccount(2, Counter(), Counter(halted=1), 1),
        KindAccount(1, Counter({("the line", "malformed"): 1})),
        units=[unit],
        notes=Counter(files_cut_off=1),
    )
    # When it is written
    found = account.to_json_dict()
    # Then all is there
    assert found == {
        "trades": {
            "read": 3,
            "refused": {"size": {"malformed": 1, "no": 1}},
            "not_judged": {},
            "judged": 1,
            "lost": 2,
        },
        "quotes": {
            "read": 2,
            "refused": {},
            "not_judged": {"halted": 1},
            "judged": 1,
            "lost": 0,
        },
        "unreadable": {
            "read": 1,
            "refused": {"the line": {"malformed": 1}},
            "not_judged": {},
            "judged": 0,
            "lost": 1,
        },
        "quote_size_units": [unit.to_json_dict()],
        "notes": {"files_cut_off": 1},
        "days": [],
    }
    assert account.lines()[2:] == [
        "Unreadable lines: 1 read = 1 refused (1 malformed in the line) + 0 not judged + 0 judged",
        "Quote sizes of q.csv: shares, told by the sizes: 399 of 400 are multiples of 100",
        "Also: 1 files cut off",
    ]


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "Days: 2013-10-08"),
        (2, "Days: 2013-10-08, 2013-10-09"),
        (11, "Days: 11, from 2013-10-08 to 2013-10-18"),
    ],
)
def test_the_days_of_which_rows_are_judged_are_named(count: int, line: str) -> None:
    # Given some days, the last one first
    account = RowAccount()
    account.days.update(DAY + timedelta(n) for n in reversed(range(count)))
    # When the account is shown
    # Then it begins with them, in order, and of many with the first and the last
    assert account.lines()[0] == line
    assert account.to_json_dict()["days"][0] == "2013-10-08"
    assert len(account.to_json_dict()["days"]) == count


def test_ten_days_are_named_one_by_one() -> None:
    # Given as many days as are named
    account = RowAccount(days={DAY + timedelta(n) for n in range(10)})
    # When the account is shown
    # Then each stands there
    assert account.lines()[0].count("2013-10-") == 10


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (9, []),
        (10, []),
        (11, ["11 of 1,000 trades (1.1%) are lost: 11 malformed in size"]),
    ],
)
def test_more_than_one_row_lost_of_a_hundred_is_said(lost: int, said: list[str]) -> None:
    # Given 1,000 trades of which some cannot be read
    account = RowAccount(trades=KindAccount(read=1_000, judged=1_000 - lost), quotes=judged(9))
    account.trades.refuse("size", "malformed", lost)
    # When it is asked what is to be said first
    # Then it is from more than one per cent on
    assert account.warnings() == said


@pytest.mark.parametrize("reason", ["other_symbol", "outside_time"])
def test_rows_that_nobody_wanted_make_no_loss_small(reason: str) -> None:
    # Given one lost row of 100, and 900 of another symbol or time
    account = RowAccount(trades=KindAccount(read=1_000, judged=98), quotes=judged(9))
    account.trades.refuse("size", "malformed", 2)
    account.trades.leave(reason, 900)
    # When it is asked what is to be said first
    # Then the loss is measured by those that were wanted
    assert account.warnings() == ["2 of 100 trades (2.0%) are lost: 2 malformed in size"]


@pytest.mark.parametrize("reason", ["average_price", "outside_session", "other_symbol"])
def test_rows_that_are_not_judged_are_no_loss(reason: str) -> None:
    # Given rows that conditions, hours or a choice exclude
    account = RowAccount(trades=KindAccount(read=10), quotes=judged(10))
    account.trades.leave(reason, 10)
    # When it is asked what is lost
    # Then it is nothing
    assert (account.lost("trades"), account.warnings()) == (0, [])


def test_a_symbol_day_with_trades_and_no_quotes_is_named_first() -> None:
    # Given trades of a day without quotes, beside a day that has them
    account = RowAccount(trades=KindAccount(read=1_008, judged=1_000), quotes=judged(9))
    account.without_quotes["ACME", DAY] = 8
    # When it is asked what is to be said first
    # Then symbol and day are named though the loss is small, and the prints are counted as lost
    (said,) = account.warnings()
    assert said == (
        "ACME 2013-10-08: 8 trades in the session and no quotes of that day with bid and ask: "
        "without them nothing of it can be judged"
    )
    assert (account.lost("trades"), adds_up(account)) == (8, True)
    assert account.not_judged("trades") == {"no_quotes_of_their_day": 8}


def test_of_many_symbol_days_without_quotes_a_few_are_named() -> None:
    # Given seven of them, one with a single print, and one whose quotes came after all
    account = RowAccount(trades=KindAccount(read=1_007, judged=1_000), quotes=judged(9))
    account.without_quotes.update({(f"S{n}", DAY): 1 for n in range(7)})
    account.without_quotes["T", DAY] = 0
    # When it is asked what is to be said first
    said = account.warnings()
    # Then five are named and the rest are counted
    assert said[0].startswith("S0 2013-10-08: 1 trade in the session")
    assert said[5:] == ["2 more symbol-days have trades and no quotes"]


def test_a_loss_names_both_of_its_causes() -> None:
    # Given a trade that cannot be read and one without quotes, of three
    account = RowAccount(trades=KindAccount(read=3, judged=1), quotes=judged(9))
    account.trades.refuse("price", "malformed")
    account.without_quotes["ACME", DAY] = 1
    # When it is asked what is to be said first
    # Then both stand in the sentence
    assert account.warnings()[-1] == (
        "2 of 3 trades (66.7%) are lost: 1 malformed in price, 1 no quotes of their day"
    )


def test_nothing_read_and_nothing_judged_are_told_apart() -> None:
    # Given no row, and rows of another hour
    nothing = RowAccount()
    outside = RowAccount(trades=KindAccount(read=8), quotes=KindAccount(read=9))
    outside.trades.leave("outside_session", 8)
    outside.quotes.leave("outside_session", 9)
    # When it is asked what is to be said first
    # Then each says why nothing is known
    assert nothing.warnings() == ["nothing was judged: the files hold no rows"]
    (said,) = outside.warnings()
    assert said == (
        "nothing was judged, so nothing is known: Trades: 8 read = 0 refused + 8 not judged "
        "(8 outside the session) + 0 judged; Quotes: 9 read = 0 refused + 9 not judged "
        "(9 outside the session) + 0 judged"
    )


def test_what_was_read_ahead_and_not_needed_is_counted_where_reading_stops() -> None:
    # Given five quotes, two of which were judged before the reader had enough, and a trade that
    # waits for a quote of its own
    account = RowAccount(KindAccount(read=1), KindAccount(read=5, judged=2))
    account.without_quotes["BOLT", DAY] = 1
    # When it stops
    account.stop()
    # Then the others are said to be not reached, and nothing is lost
    assert (adds_up(account), account.not_judged("quotes")) == (True, {"not_reached": 3})
    assert (account.not_judged("trades"), account.warnings()) == ({"not_reached": 1}, [])


def test_rows_of_all_kinds_are_summed() -> None:
    # Given rows of each kind
    account = RowAccount(judged(1), judged(2), KindAccount(read=4))
    # When they are summed
    # Then every kind counts
    assert (account.read, account.judged) == (7, 3)


@pytest.mark.parametrize(("count", "words"), [(1, "1 trade"), (1_200, "1,200 trades")])
def test_what_it_means_that_no_sale_conditions_are_stated_is_said(count: int, words: str) -> None:
    # Given trades of a file without the column
    account = RowAccount()
    account.notes[NO_CONDITIONS] = count
    # When the account is read
    # Then a line of its own says what it means, and nothing else is noted
    assert account.lines()[2:] == [
        (
            f"Of {words} no sale conditions are stated: auctions, average prices and late reports "
            "count as present supply and demand"
        )
    ]


@pytest.mark.parametrize(
    ("books", "said"), [(0, None), (1, "1 book of up to"), (2_000, "2,000 books of up to")]
)
def test_books_with_levels_are_told(books: int, said: str | None) -> None:
    # Given an account of so many
    account = RowAccount(books=books)
    # When it is shown
    found = [line for line in account.lines() if line.startswith("Depth")]
    # Then they are named where there are some
    assert found == ([] if said is None else [f"Depth: {said} ten levels a side"])
    assert account.to_json_dict().get("books_with_levels", 0) == books
