"""One page that holds everything and asks no network."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.card_values import account, card_of, effects_of, row_of
from support.score_values import alert_at, at, days_after, walk

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.research.report.page import page, write_report
from trading_bot.research.score_run import Scorecard
from trading_bot.research.scorecard import FalseExits
from trading_bot.research.scored_findings import Findings

CONFIG = OrderFlowConfig(thresholds="fixed")


@pytest.fixture(scope="module")
def findings() -> Findings:
    return Findings([alert_at(at(1_000))], [], [walk(1)], {})


def page_of(card: Scorecard, findings: Findings) -> str:
    return page(card, findings, CONFIG, script="draw()")


def full_card() -> Scorecard:
    rows = (
        row_of(effects=effects_of(-1.0, -2.0, -0.5)),
        row_of(severity="warning", effects=effects_of(1.0, 0.5, 2.0)),
        row_of(source="ask_wall"),
    )
    return replace(
        card_of(*rows),
        controls={"mirrored": (rows[0],), "shifted": (rows[1],)},
        accounts=(account(), account(left=False)),
        false_exits=FalseExits(40, 30, 0.82),
        market="SPY",
    )


def test_the_page_shows_cards_sentences_pictures_and_tables(findings: Findings) -> None:
    # Given a card with something of everything
    # When the page is made
    text = page_of(full_card(), findings)
    # Then each is there
    assert "<title>Order-flow alerts on ACME</title>" in text
    assert "1 symbol-day, 2013-11-29, market SPY" in text
    assert (
        '<b class="good">7.0</b><span>ACME alerts a day over 1 day, wanted 5 to 15 · met</span>'
        in text
    )
    assert '<b class="bad">75%</b>' in text
    assert "at random 82% · not met" in text
    assert (
        "<b>-1.00</b><span>bp in 60 s after 1,250 red burst, against matched seconds: "
        "-1.00 [-2.00, -0.50]</span>"
    ) in text
    assert "<button>ACME 2013-11-29</button>" in text
    assert '<div id="effects"></div>' in text
    assert text.count("<table>") == 5


def test_cells_are_coloured_by_what_they_say(findings: Findings) -> None:
    # Given effects on either side of zero, too few events, none judged, and a control that failed
    full = full_card()
    few = row_of(source="bid_attacked", judged=29, few=dict.fromkeys(full.rules.columns, -1.3))
    # When the page is made
    text = page_of(replace(full, rows=(*full.rows, few)), findings)
    # Then the reader sees which is which
    assert '<td class="bad">-1.00 [-2.00, -0.50]</td>' in text
    assert '<td class="good">+1.00 [+0.50, +2.00]</td>' in text
    assert '<td class="few">-</td>' in text
    assert '<td class="few">(-1.30) few</td>' in text
    assert '<td class="bad">FAILED</td>' in text
    assert "<td>1,300</td>" in text
    assert '<td class="left">red burst, warning</td>' in text


def test_a_table_without_a_line_says_why(findings: Findings) -> None:
    # Given a card whose controls found nothing
    card = replace(full_card(), controls={"shifted": (row_of(source="ask_wall", count=0),)})
    # When the page is made
    text = page_of(card, findings)
    # Then their table says so
    assert (
        "<h2>Negative controls: none of these may show a fall</h2><p>No alert was raised, so "
        "nothing is known.</p>"
    ) in text
    assert "What followed the alerts" in text


def test_the_figures_lie_in_the_page_as_json(findings: Findings) -> None:
    # Given the page
    text = page_of(full_card(), findings)
    # When its figures are read
    (found,) = re.findall(r"const figures = (.*);\n", text)
    figures = json.loads(found.replace("<\\/", "</"))
    # Then there is one for each day, and the effects
    assert len(figures["days"]) == 1
    assert figures["effects"]["data"]
    assert "</" not in found


def test_a_card_that_says_nothing_has_no_picture_of_effects(findings: Findings) -> None:
    # Given too few of everything, two symbol-days, and exits of which none was judged
    card = replace(
        card_of(row_of()),
        days=(("ACME", "2013-11-29"), ("<B>", "2013-12-02")),
        alerts_a_day={"ACME": 1.0},
    )
    both = replace(findings, series=[*findings.series, walk(2, day=days_after(1))])
    # When the page is made
    text = page_of(card, both)
    # Then that part is left out, and names cannot become markup
    assert '<div id="effects"></div>' not in text
    assert "false exits of" not in text
    assert "2 symbol-days, 2013-11-29 to 2013-12-02 ·" in text
    assert "<button>&lt;B&gt; 2013-12-02</button>" in text


def test_the_written_page_needs_no_network(tmp_path: Path, findings: Findings) -> None:
    # Given a folder that does not exist yet
    path = tmp_path / "reports" / "day.html"
    # When the report is written
    write_report(path, full_card(), findings, CONFIG)
    # Then the drawing library lies inside, and no tag fetches anything
    text = path.read_text(encoding="utf-8")
    assert "plotly.js v" in text
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]*\b(?:src|href)\s*=", text[:20_000])
    assert text.count("<script>") == 2
