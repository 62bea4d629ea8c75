"""Cells that say whether they are a finding, and lists that can be sorted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trading_bot.research.report.sheets import (
    Cell,
    Column,
    labels,
    list_row,
    section,
    sortable,
)
from trading_bot.research.text_table import TextTable

TABLE = TextTable("What followed", ("kind", "judged", "mid 60 s"), (("burst", "40", "-"),), "How.")


def cell_of(text: str, *, single: bool = False, name: str = "mid 60 s") -> str:
    table = replace(TABLE, names=("kind", name), rows=(("burst", text),), single=single)
    return (
        section(table, 1).partition("</th></tr></thead>")[2].partition("</th>")[2][: -len("</tr>")]
    )


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("-1.00 [-2.00, -0.50]", '<td class="below">↓ -1.00 <small>[-2.00, -0.50]</small></td>'),
        (
            "+1.00 [+0.50, +2.00] *",
            '<td class="above">↑ +1.00 <small>[+0.50, +2.00] *</small></td>',
        ),
        ("-1.00 [-2.00, +0.50]", "<td>-1.00 <small>[-2.00, +0.50]</small></td>"),
        ("+1,000.00 [-2.00, +0.50]", "<td>+1,000.00 <small>[-2.00, +0.50]</small></td>"),
        ("(-1.30) few", '<td class="few">(-1.30) few</td>'),
        ("-", '<td class="few">-</td>'),
        ("FAILED", '<td class="below">FAILED</td>'),
        ("1,300", "<td>1,300</td>"),
    ],
)
def test_a_cell_shows_by_sign_and_colour_what_it_says(text: str, markup: str) -> None:
    # Given a cell
    # When it is put on the page
    # Then an interval off zero has an arrow, and what says nothing is grey
    assert cell_of(text).startswith(markup)


def test_figures_of_one_observation_are_grey_and_words_are_not() -> None:
    # Given tables whose rows are one observation each, and a rate without an interval
    # When they are put on the page
    # Then each figure is grey
    assert cell_of("+5.00", single=True).startswith('<td class="few">')
    assert cell_of("yes", single=True, name="left").startswith('<td class="left">')
    assert cell_of("26.0", name="a day").startswith('<td class="few">')


def test_a_table_has_heads_and_a_name() -> None:
    # Given a table
    text = section(TABLE, 3)
    # When it is put on the page
    # Then a screen reader knows its rows, columns and title
    assert '<h2 id="t3-title">What followed</h2>' in text
    assert '<table id="t3" aria-labelledby="t3-title">' in text
    assert '<th scope="col" class="left">kind</th><th scope="col">judged</th>' in text
    assert '<th scope="row">burst</th>' in text
    assert '<p class="faint">How.</p>' in text


def test_a_table_without_a_row_says_why() -> None:
    # Given a table without one
    # When it is put on the page
    # Then it is a sentence
    text = section(replace(TABLE, rows=(), empty="nothing <is> known"), 1)
    assert "<p>Nothing &lt;is&gt; known.</p>" in text
    assert "<table" not in text


def test_a_list_has_sortable_heads_and_cells_with_what_they_are_sorted_by() -> None:
    # Given a list of two columns
    columns = (Column("why", "wide"), Column("gained", "number"))
    cells = [Cell("a < b"), Cell("+1.0", "<b>+1.0</b>", "1")]
    # When it is put on the page
    row = list_row(columns, cells)
    text = sortable("exits", "Exits", "Note.", "<i></i>", columns, [row])
    # Then heads, cells and the number shown have their places
    assert row == (
        '<tr><td class="left wide">a &lt; b</td><td data-value="1"><b>+1.0</b></td></tr>'
    )
    assert '<table id="exits" data-list aria-labelledby="exits-title">' in text
    assert '<th scope="col" data-number>gained</th>' in text
    assert '<span role="status"></span><i></i>' in text


def test_a_narrow_screen_names_each_cell() -> None:
    # Given columns
    # When their labels are made
    # Then each stands before its cell, whatever it is called
    assert labels("t1", ('a "day"', "n")).splitlines() == [
        '#t1 td:nth-child(1)::before { content: "a \\"day\\""; }',
        '#t1 td:nth-child(2)::before { content: "n"; }',
    ]
