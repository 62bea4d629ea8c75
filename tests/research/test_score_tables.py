"""Tables that claim no more than was measured."""

from __future__ import annotations

from dataclasses import replace

from support.card_values import account, card_of, effects_of, row_of

from trading_bot.research.score_tables import tables_of


def test_the_tables_hold_every_row_with_as_many_cells_as_names() -> None:
    # Given a card with a kind that says something, one that does not, and two accounts
    rows = [row_of(effects=effects_of(-1.0, -2.0, -0.5)), row_of(source="ask_wall")]
    card = replace(
        card_of(*rows),
        controls={
            "mirrored": (rows[0],),
            "shuffled": (rows[1],),
            "shifted": (row_of(effects=effects_of(0.5, 0.1, 0.9)),),
        },
        accounts=(account(), account(left=False)),
    )
    # When its tables are made with every row
    effects, hits, negative, exits = tables_of(card, all_rows=True)
    # Then each is complete, and narrow terminals get some of its columns
    for table in (effects, hits, negative, exits):
        assert {len(row) for row in table.rows} == {len(table.names)}
        assert table.narrow[0] == 0
        assert max(table.narrow) < len(table.names)
    assert effects.rows[0][:5] == (
        "red burst, all",
        "1,300",
        "26.0",
        "1,250",
        "-1.00 [-2.00, -0.50]",
    )
    assert effects.rows[1][4:] == ("too few",) * 7
    assert hits.rows[0][4] == "-100.0 [-200.0, -50.0]"
    assert [row[-1] for row in negative.rows] == ["FAILED", "too few", "passed"]
    assert exits.rows[0][:4] == ("ACME 2013-11-29", "2", "-100.0", "-10.0")
    assert exits.rows[1][-1] == "-"


def test_rows_that_say_nothing_are_left_out_and_counted() -> None:
    # Given a card with a kind that says something and two that do not, and such controls
    rows = [
        row_of(effects=effects_of(-1.0, -2.0, -0.5)),
        row_of(source="ask_wall"),
        row_of(source="resting_bid"),
    ]
    card = replace(card_of(*rows), controls={"mirrored": (rows[0],), "shifted": (rows[1],)})
    # When its tables are made
    effects, hits, negative, _ = tables_of(card)
    # Then only what says something is there, and the note tells of the rest
    assert [row[0] for row in effects.rows] == ["red burst, all"]
    assert [row[0] for row in hits.rows] == ["red burst, all"]
    assert [row[0] for row in negative.rows] == ["mirrored"]
    assert effects.note.startswith(
        "2 rows with fewer than 30 judged left out; JSON has them. Basis points: "
    )
    assert negative.note.startswith(
        "1 row with fewer than 30 judged left out; JSON has them. Mirrored: "
    )
