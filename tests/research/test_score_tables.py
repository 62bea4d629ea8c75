"""Tables that claim no more than was measured."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from support.card_values import RULES, account, card_of, effects_of, row_of
from support.score_values import at

from trading_bot.research.bootstrap import Effect
from trading_bot.research.position.dollars import (
    COMPARED,
    Compared,
    ExitInDollars,
    PositionAccount,
)
from trading_bot.research.score_tables import tables_of

D = Decimal
DOLLARS = PositionAccount(
    symbol="ACME",
    day="2013-11-29",
    quantity=D(100),
    from_ns=at(0),
    price=D("100.00"),
    last_price=D("99.95"),
    change_staying=D(-5),
    change_leaving=D(10),
    change_random=D(1),
    change_near=D(9),
    drawdown_staying=D(40),
    drawdown_leaving=D(0),
    drawdown_random=D(20),
    drawdown_near=D(1),
    exits=(ExitInDollars(at(1), D("100.10"), D(10), D(15), D(-40)),),
)


def few_of(difference: float) -> dict[str, float]:
    return dict.fromkeys(RULES.columns, difference)


def test_the_tables_hold_every_row_with_as_many_cells_as_names() -> None:
    # Given a card with a kind that says something, one that does not, and two accounts
    rows = [
        row_of(effects=effects_of(-1.0, -2.0, -0.5)),
        row_of(source="ask_wall", judged=29, few=few_of(-0.5)),
        row_of(source="resting_bid"),
    ]
    card = replace(
        card_of(*rows),
        controls={
            "mirrored": (rows[0],),
            "shuffled": (rows[1],),
            "shifted": (row_of(effects=effects_of(0.5, 0.1, 0.9)),),
        },
        accounts=(account(), account(left=False)),
        positions=(DOLLARS,),
        compared=Compared(1, None, dict.fromkeys(COMPARED, 1.0)),
    )
    # When its tables are made with every row
    effects, hits, looks, negative, dollars, compared, exits = tables_of(card, all_rows=True)
    # Then each is complete, and narrow terminals get some of its columns
    for table in (effects, hits, looks, negative, dollars, compared, exits):
        assert {len(row) for row in table.rows} == {len(table.names)}
    for table in (effects, hits, negative, exits):
        assert table.narrow[0] == 0
        assert max(table.narrow) < len(table.names)
    assert effects.rows[0][:5] == (
        "red burst, all",
        "1,300",
        "26.0",
        "1,250",
        "-1.00 [-2.00, -0.50]",
    )
    assert effects.rows[1][4:] == ("(-0.50) few",) * 7
    assert effects.rows[2][4:] == ("-",) * 7
    assert hits.rows[0][4] == "-100.0 [-200.0, -50.0]"
    assert hits.rows[1][4] == "(-50.0) few"
    assert [row[-1] for row in negative.rows] == ["FAILED", "few", "passed"]
    assert exits.rows[0][:4] == ("ACME 2013-11-29", "2", "-100.0", "-10.0")
    assert exits.rows[1][-1] == "-"
    assert exits.single
    assert len(set(exits.names)) == len(exits.names)


def test_every_source_is_shown_and_parts_that_say_nothing_are_left_out_and_counted() -> None:
    # Given a card with a kind that says something, two sources and parts that do not
    rows = [
        row_of(effects=effects_of(-1.0, -2.0, -0.5)),
        row_of(severity="critical", judged=29, few=few_of(-1.0)),
        row_of(severity="warning", effects=effects_of(-1.0, -2.0, -0.5)),
        row_of(source="ask_wall", judged=1, few=few_of(-1.0)),
        row_of(source="resting_bid", count=0),
    ]
    card = card_of(*rows)
    # When its tables are made
    effects, hits, *_ = tables_of(card)
    # Then sources are there though they say nothing, and the note tells of the parts
    shown = ["red burst, all", "red burst, warning", "ask wall, all", "resting bid, all"]
    assert [row[0] for row in effects.rows] == [row[0] for row in hits.rows] == shown
    assert effects.note.startswith(
        "1 row of a part with fewer than 30 judged left out; --all-rows shows them. In brackets, "
        "grey and marked 'few': fewer than 30 judged, so there is no interval and no finding. "
        "Basis points: "
    )
    every, *_ = tables_of(card, all_rows=True)
    assert len(every.rows) == 5
    assert every.note.startswith("In brackets, grey and marked 'few': ")


def test_where_all_say_something_the_note_speaks_of_no_mark_for_few() -> None:
    # Given a card whose kinds all have enough
    # When its tables are made
    effects, *_ = tables_of(card_of(row_of(effects=effects_of(-1.0, -2.0, -0.5))))
    # Then the note begins with the units
    assert effects.note.startswith("Basis points: ")
    assert "Holm's correction for all 16 cells of this card" in effects.note


def test_a_card_without_any_alert_has_no_lines() -> None:
    # Given sources that raised nothing
    card = card_of(row_of(source="ask_wall", count=0), row_of(source="resting_bid", count=0))
    # When the tables are made, with every row
    effects, hits, looks, negative, *_ = tables_of(card, all_rows=True)
    # Then each says so in words instead
    assert [table.rows for table in (effects, hits, looks, negative)] == [()] * 4
    assert effects.empty == "no alert was raised, so nothing is known"
    assert looks.empty == "no cell has an interval"


def test_what_misses_zero_stands_with_its_chance_once_and_among_all() -> None:
    # Given a kind of which one cell is left, one is not, and the others hold zero
    calm = effects_of(0.0, -1.0, 1.0, 0.9, 1.0)
    left = Effect(-1.0, 0.0, -1.0, -2.0, -0.5, 0.00001, 0.00016)
    lost = Effect(0.2, 0.0, 0.2, 0.1, 0.3, 0.03, 0.45)
    row = row_of(effects={**calm, "down_minus_up_5": lost, "bid_60": left})
    # When the table is made
    _, _, looks, *_ = tables_of(card_of(row))
    # Then both are there, the least likely first, raw value beside the corrected one
    assert looks.names[4:] == ("p, once", "p, of all", "left")
    assert looks.rows == (
        (
            "red burst, all",
            "bid 60 s",
            "1,250",
            "-1.00 [-2.00, -0.50]",
            "<0.0001",
            "0.0002",
            "yes",
        ),
        (
            "red burst, all",
            "down - up 5 bp",
            "1,250",
            "+20.0 [+10.0, +30.0]",
            "0.0300",
            "0.4500",
            "no",
        ),
    )
    assert looks.note.startswith("2 of 16 cells miss zero; about 0.8 would by chance.")


def test_where_every_interval_holds_zero_the_table_of_looks_says_so() -> None:
    # Given a kind that shows nothing
    # When the table is made
    _, _, looks, *_ = tables_of(card_of(row_of(effects=effects_of(0.0, -1.0, 1.0))))
    # Then it has no line
    assert (looks.rows, looks.empty) == ((), "no interval misses zero")


@pytest.mark.parametrize(
    ("all_rows", "shown", "more"), [(False, 20, "12 more are not shown"), (True, 32, "")]
)
def test_a_long_list_of_looks_is_cut_unless_all_is_asked_for(
    all_rows: bool, shown: int, more: str
) -> None:
    # Given two kinds whose cells all miss zero
    effects = effects_of(-1.0, -2.0, -0.5)
    card = card_of(row_of(effects=effects), row_of(source="ask_wall", effects=effects))
    # When the table is made
    _, _, looks, *_ = tables_of(card, all_rows=all_rows)
    # Then the first twenty are there, or all
    assert len(looks.rows) == shown
    assert more in looks.note
    assert ("not shown" in looks.note) is not all_rows
