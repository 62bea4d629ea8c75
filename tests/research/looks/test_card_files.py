"""A card as CSV and as Markdown: what is too few is marked in both."""

from __future__ import annotations

import csv
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from support.card_values import RULES, card_of, effects_of, row_of

from trading_bot.research.looks.files import COLUMNS, csv_of, markdown_of, write_text
from trading_bot.research.score_run import Scorecard


@pytest.fixture
def card() -> Scorecard:
    """Return a kind that is left, a source of which too few were judged, and one with none."""
    left = effects_of(-0.5, -0.75, -0.25, 0.0001, 0.0016)
    rows = (
        row_of(effects=left, market_wide=True),
        row_of(source="bid_attacked", judged=29, few=dict.fromkeys(RULES.columns, -1.3)),
        row_of(source="ask_wall", count=0),
    )
    control = row_of(effects=effects_of(-0.5, -0.75, -0.25, 0.001, None))
    return replace(card_of(*rows), controls={"mirrored": (control,)})


def test_the_csv_has_a_line_for_each_row_and_outcome(card: Scorecard) -> None:
    # Given a card with four rows, one of them a control
    # When it is written as CSV
    found = list(csv.DictReader(StringIO(csv_of(card))))
    # Then each outcome of each has its line, controls last
    assert len(found) == 4 * len(RULES.columns)
    assert [each["control"] for each in found[:: len(RULES.columns)]] == ["", "", "", "mirrored"]
    assert [each["outcome"] for each in found[: len(RULES.columns)]] == list(RULES.columns)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (0, "no,-0.5,-0.75,-0.25,0.0001,0.0016,yes"),
        (1, "yes,-1.3,,,,,"),
        (2, "yes,,,,,,"),
        (3, "no,-0.5,-0.75,-0.25,0.001,,"),
    ],
)
def test_too_few_are_marked_and_have_no_interval(card: Scorecard, row: int, said: str) -> None:
    # Given the same card
    # When the first outcome of a row is read
    line = csv_of(card).splitlines()[1 + row * len(RULES.columns)]
    # Then it says whether there are too few, and gives what there is
    few = COLUMNS.index("too_few")
    assert ",".join(line.split(",")[few:]) == said


def test_a_tag_of_the_market_is_yes_no_or_nothing(card: Scorecard) -> None:
    # Given rows of either tag, and one without
    rows = [row_of(market_wide=tag) for tag in (True, False, None)]
    # When they are written
    found = list(csv.DictReader(StringIO(csv_of(card_of(*rows)))))
    # Then each has its word
    assert [each["market_wide"] for each in found[:: len(RULES.columns)]] == ["yes", "no", ""]


def test_the_markdown_has_tables_marks_and_sentences(card: Scorecard) -> None:
    # Given the same card
    # When it is written as Markdown
    text = markdown_of(card)
    # Then what is left and what is too few have their marks, and nothing becomes markup
    assert text.startswith("# ACME 2013-11-29\n\nSettings `0123456789abcdef`, seed 5.\n\n## What ")
    assert "| kind | outcome | judged | difference | p, once | p, of all | left |\n" in text
    assert "| -0.50 [-0.75, -0.25] \\* |" in text
    assert "| bid attacked, all | 1,300 | 26.0 | 29 | (-1.30) few |" in text
    assert "\n- One symbol, one day, 2013: " in text
    assert text.endswith("no saving.\n")


def test_a_table_without_a_line_is_a_sentence(card: Scorecard) -> None:
    # Given a card without controls
    # When it is written as Markdown
    text = markdown_of(replace(card, controls={}))
    # Then their table says so
    title = "## Negative controls: none of these may show a fall"
    assert f"{title}\n\nNo alert was raised, so nothing is known.\n" in text


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    # Given a folder that does not exist yet
    path = tmp_path / "a" / "card.md"
    # When a text is written there
    write_text(path, "text\n")
    # Then it is there
    assert path.read_text(encoding="utf-8") == "text\n"
