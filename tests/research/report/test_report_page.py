"""One page that holds everything and asks no network."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.card_values import RULES, account, card_of, effects_of, row_of
from support.score_values import alert_at, at, days_after, exit_at, walk

from trading_bot.order_flow.config import OrderFlowConfig, Thresholds
from trading_bot.order_flow.position import Position
from trading_bot.recorded.account import KindAccount, RowAccount
from trading_bot.research.position.dollars import in_dollars
from trading_bot.research.report.page import Report, page, write_report
from trading_bot.research.score_run import Scorecard, held_days
from trading_bot.research.scored_findings import Findings

CONFIG = OrderFlowConfig(thresholds="fixed")


@pytest.fixture(scope="module")
def findings() -> Findings:
    held = {"ACME": Position("ACME", 100, "100.00")}
    return Findings([alert_at(at(1_000))], [exit_at(at(1_000))], [walk(1)], {}, held)


def page_of(card: Scorecard, findings: Findings, config: OrderFlowConfig = CONFIG) -> str:
    return page(Report(card, findings, config), library="draw()")


def full_card(findings: Findings) -> Scorecard:
    rows = (
        row_of(effects=effects_of(-1.0, -2.0, -0.5)),
        row_of(severity="warning", effects=effects_of(1.0, 0.5, 2.0)),
        row_of(source="ask_wall"),
    )
    return replace(
        card_of(*rows),
        controls={"mirrored": (rows[0],), "shifted": (rows[1],)},
        accounts=(account(), account(left=False)),
        positions=tuple(map(in_dollars, held_days(findings, RULES, 5))),
        market="SPY",
    )


def figures_of(text: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json" id="figures">(.*?)</script>', text)
    assert "</" not in found
    figures: dict[str, Any] = json.loads(found)
    return figures


def test_the_page_shows_cards_sentences_pictures_and_tables(findings: Findings) -> None:
    # Given a card with something of everything
    # When the page is made
    text = page_of(full_card(findings), findings)
    # Then each is there
    assert "<title>Order-flow alerts on ACME</title>" in text
    assert "1 symbol-day, 2013-11-29, market SPY" in text
    assert "ACME alerts a day, wanted 5 to 15" in text
    assert "<li>ACME 2013-11-29, 100 shares from 09:30:00 at " in text
    assert "<li>ACME 2013-11-29: midpoint from " in text
    for name in ("position", "day", "effects"):
        assert f'<div class="chart" id="{name}" role="img"></div>' in text
    for name in ("alerts", "exits", "t0", "t5"):
        assert f'<table id="{name}"' in text


def test_what_a_picture_shows_stands_beside_it_in_words(findings: Findings) -> None:
    # Given the page
    # When its figures are read
    figures = figures_of(page_of(full_card(findings), findings))
    # Then there is one of each kind for each day, with its sentence
    (day,) = figures["days"]
    assert day["name"] == "ACME 2013-11-29"
    assert day["price"]["data"]
    assert day["price_words"].startswith("ACME 2013-11-29: midpoint")
    assert day["position"]["data"]
    assert "left at the only exit" in day["position_words"]
    assert figures["effects"]["data"]
    assert figures["effects_words"].startswith("Effects in 60 s")


@pytest.mark.parametrize(("thresholds", "drawn"), [("fixed", True), ("own_scale", False)])
def test_thresholds_are_drawn_where_they_decide(
    findings: Findings, thresholds: Thresholds, drawn: bool
) -> None:
    # Given settings of either kind
    config = OrderFlowConfig(thresholds=thresholds)
    # When the page is made
    (day,) = figures_of(page_of(full_card(findings), findings, config))["days"]
    # Then only fixed ones are lines
    words = [each["text"] for each in day["price"]["layout"]["annotations"]]
    assert ("warns at 3" in words) is drawn


def test_a_card_that_says_nothing_has_no_picture_of_effects(findings: Findings) -> None:
    # Given too few of everything, two symbol-days, and nothing held
    card = replace(card_of(row_of()), days=(("ACME", "2013-11-29"), ("<B>", "2013-12-02")))
    both = Findings(findings.alerts, [], [*findings.series, walk(2, day=days_after(1))])
    # When the page is made
    text = page_of(card, both)
    # Then that part is left out, and names cannot become markup
    assert 'id="effects"' not in text
    assert "2 symbol-days, 2013-11-29 to 2013-12-02 ·" in text
    assert "Order-flow alerts on ACME, &lt;B&gt;" in text
    assert "<li>No position was held.</li>" in text
    assert [each["position"] for each in figures_of(text)["days"]] == [None, None]


def test_lost_rows_are_warned_of_at_the_head(findings: Findings) -> None:
    # Given data of which nothing was judged
    lost = RowAccount(KindAccount(read=3), KindAccount(read=5))
    # When the page is made
    text = page_of(replace(full_card(findings), account=lost), findings)
    # Then a word and a sign say so before anything else
    assert text.index("⚠ Warning") < text.index('<div class="cards">')
    assert "⚠" not in page_of(full_card(findings), findings)


def test_the_written_page_can_ask_nobody(tmp_path: Path, findings: Findings) -> None:
    # Given a folder that does not exist yet
    path = tmp_path / "reports" / "day.html"
    # When the report is written
    write_report(path, Report(full_card(findings), findings, CONFIG))
    # Then the drawing library lies inside, no tag fetches anything, and the browser forbids it
    text = path.read_text(encoding="utf-8")
    assert "plotly.js v" in text
    assert not re.findall(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)\s*=", text[:40_000])
    assert "default-src 'none'; script-src 'unsafe-inline';" in text
