"""The page's lists: every alert, every exit, each with what followed."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import unquote

import numpy as np
import pytest
from support.score_values import START, alert_at, at, exit_at, series_of

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.position.dollars import in_dollars
from trading_bot.research.position.exit_account import hold
from trading_bot.research.report.listed import alerts_csv, listed
from trading_bot.research.report.lists import alerts_list, exits_list

RULES = OutcomeRules()
SERIES = series_of(np.full(12_600, START, dtype=np.int64))


def exits_text(*exits: ExitRecommendation, quantity: str = "100") -> str:
    position = Position("ACME", quantity, None)
    day = hold(SERIES, position, [at(100)], latency_ms=RULES.latency_ms, seed=1)
    assert day is not None
    return exits_list(exits, [in_dollars(day)], RULES)


def cells_of(text: str) -> list[str]:
    return re.findall(r"<td[^>]*>(.*?)</td>", text)


def test_an_alert_is_listed_with_sign_id_and_what_followed() -> None:
    # Given a seller that is judged, and one that is not
    seller = alert_at(at(100.25), kind="large_seller", source="ask_wall")
    late = alert_at(at(12_599))
    found = listed([seller, late], [SERIES], RULES, OrderFlowConfig(thresholds="fixed"))
    # When they are listed
    text = alerts_list(found, RULES, "days/BAC & more")
    # Then shape and words stand beside the colour, and unknown returns are dashes
    cells = cells_of(text)
    assert cells[0] == "2013-11-29 09:31:40.250"
    assert cells[2] == '<span class="sign one" aria-hidden="true">●</span>one large seller'
    assert cells[3:6] == ["ask wall", "warning", "12,000 shares at 100.00"]
    assert cells[6:11] == ["+0.0"] * 5
    assert cells[11] == f"<code>{found[0].alert_id}</code>"
    assert cells[18:23] == ["-"] * 5
    # And the command that explains one names the data
    assert "trading-bot explain ID days/BAC &amp; more" in text


def test_the_list_can_be_saved_as_it_stands() -> None:
    # Given an alert
    found = listed([alert_at(at(1))], [SERIES], RULES, OrderFlowConfig(thresholds="fixed"))
    # When its list is on the page
    (address,) = re.findall(
        r'href="data:text/csv;charset=utf-8,([^"]*)"', alerts_list(found, RULES, "")
    )
    # Then the link holds the same lines as the file
    assert unquote(address) == alerts_csv(found, RULES)


def test_without_an_alert_or_exit_there_is_a_sentence() -> None:
    # Given neither
    # When the lists are made
    # Then both say so
    assert "No alert was raised." in alerts_list([], RULES, "")
    assert "No exit was suggested." in exits_list([], [], RULES)


def test_an_exit_is_listed_with_what_leaving_there_would_have_meant() -> None:
    # Given an exit that came while the position was held, and one of what was not
    text = exits_text(exit_at(at(100)), exit_at(at(100), symbol="BOLT"))
    # When they are listed
    # Then one has its figures at the moment it could be acted upon, the other none
    cells = cells_of(text)
    assert cells[:4] == ["2013-11-29 09:31:41.000", "ACME", "high", "3 large sellers"]
    assert cells[4:8] == ["100.00", "0.00", "0.00", "0.00"]
    assert cells[13:17] == ["-"] * 4
    assert cells[8] == "-"


@pytest.mark.parametrize(("number", "more"), [(3, None), (4, "and 1 more")])
def test_of_many_alerts_behind_an_exit_three_are_named(number: int, more: str | None) -> None:
    # Given an exit with alerts behind it
    alerts = tuple(replace(alert_at(at(n)), alert_id=f"{n:016x}") for n in range(number))
    # When it is listed
    ids = cells_of(exits_text(replace(exit_at(at(100)), alerts=alerts)))[8]
    # Then the first three can be explained from here, and the number of the others is told
    assert ids.count("<code>") == 3
    assert ids.endswith(f"<span>{more}</span>" if more else "</code>")
