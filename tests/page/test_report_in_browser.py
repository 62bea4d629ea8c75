"""The report of a score in a real browser: read, sorted and printed, and it asks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="selenium is missing: it comes with the extra test")

from selenium.webdriver.common.keys import Keys
from support.browser import Browser, a_browser
from support.card_values import RULES, card_of, effects_of, row_of
from support.score_values import alert_at, at, days_after, exit_at, walk
from support.texts_on_page import cut_texts, overlapping_texts

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.position import Position
from trading_bot.research.position.dollars import compare, in_dollars
from trading_bot.research.position.exit_account import account_of
from trading_bot.research.report.page import Report, write_report
from trading_bot.research.score_run import Scorecard, held_days
from trading_bot.research.scored_findings import Findings

pytestmark = pytest.mark.slow
EVERYTHING, NOTHING = "everything.html", "nothing.html"
ALERTS, EXITS = 140, 60
"""On the first day; the second is calm."""


def findings_of(position: Position, alerts: int, exits: int) -> Findings:
    """Make a busy day with alerts of all kinds and exits, and a calm one after it."""
    return Findings(
        [
            *(alert_at(at(60 + 80 * n), severity="critical") for n in range(alerts // 4)),
            *(
                alert_at(at(70 + 80 * n), kind="large_seller", source=source)
                for n in range(alerts // 4)
                for source in ("aggressive_sell", "ask_wall", "resting_bid")
            ),
        ],
        [exit_at(at(100 + 100 * n)) for n in range(exits)],
        [walk(1), walk(2, day=days_after(1))],
        {},
        {"ACME": position},
    )


def card_for(findings: Findings) -> Scorecard:
    """Make a card with every kind of cell: falls, rises, nothing, few, none."""
    rows = (
        row_of(effects=effects_of(-1.0, -2.0, -0.5, p_corrected=0.01)),
        row_of(severity="warning", effects=effects_of(1.0, 0.5, 2.0)),
        row_of(source="aggressive_sell", effects=effects_of(-0.5, -2.0, 0.5)),
        row_of(source="ask_wall", judged=29, few=dict.fromkeys(RULES.columns, -1.3)),
        row_of(source="resting_bid"),
    )
    held = held_days(findings, RULES, 5)
    positions = tuple(map(in_dollars, held))
    return replace(
        card_of(*rows),
        days=tuple((each.symbol, each.day.isoformat()) for each in findings.series),
        controls={"mirrored": (rows[0], rows[3]), "shifted": (rows[1],)},
        accounts=tuple(map(account_of, held)),
        positions=positions,
        compared=compare(positions, seed=5),
    )


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a report that holds everything, and one of calm days sold short."""
    folder = tmp_path_factory.mktemp("reports")
    config = OrderFlowConfig(thresholds="fixed")
    busy = findings_of(Position("ACME", "12.345", "100.00", "99.00"), ALERTS, EXITS)
    calm = findings_of(Position("ACME", -250, "100.00"), 0, 0)
    write_report(folder / EVERYTHING, Report(card_for(busy), busy, config, "trades.csv.gz"))
    silent = replace(card_for(calm), rows=(), controls={})
    write_report(folder / NOTHING, Report(silent, calm, config))
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as found:
        yield found


@pytest.fixture
def page(browser: Browser, reports: Path) -> Browser:
    """The report that holds everything, in a window of usual size."""
    browser.size(1280, 900)
    browser.open((reports / EVERYTHING).as_uri())
    return browser


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", [EVERYTHING, NOTHING])
def test_nothing_is_cut_or_stands_on_another_and_everybody_can_use_it(
    browser: Browser, reports: Path, name: str, width: int, scheme: str
) -> None:
    # Given a screen of some width, and a reader who likes it dark or light
    wanted = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})
    browser.size(width, 900)
    browser.complaints()
    browser.asked_for()
    # When a report is opened
    browser.open((reports / name).as_uri())
    # Then all of it can be read, the browser has no complaint, and nobody else was asked
    assert cut_texts(browser) == []
    assert overlapping_texts(browser) == []
    assert browser.complaints() == []
    assert browser.asked_for() == [(reports / name).as_uri()]
    assert browser.violations() == []


def order_of(page: Browser, place: int) -> list[str]:
    """Return what the alerts that are shown say in one column."""
    return page.texts(f"#alerts tbody tr:not([hidden]) td:nth-child({place})")


def test_a_click_on_a_head_sorts_and_another_turns_it_around(page: Browser) -> None:
    # Given the alerts as they came
    head = "#alerts thead th:nth-child(7)"
    # When the head of a column of numbers is clicked once, and again
    page.click(f"{head} button")
    up = [float(each) for each in order_of(page, 7) if each != "-"]
    said_up = page.ask(f"return document.querySelector('{head}').ariaSort")
    page.click(f"{head} button")
    down = [float(each) for each in order_of(page, 7) if each != "-"]
    said_down = page.ask(f"return document.querySelector('{head}').ariaSort")
    # Then all alerts are sorted by number, and it is said how
    assert up == sorted(up)
    assert down == sorted(down, reverse=True)
    assert min(up) < 0 < max(down)
    assert (said_up, said_down) == ("ascending", "descending")
    assert page.texts("#alerts-title ~ .tools [role=status]") == [
        "50 of 140 shown, sorted by mid 10 s, bp, highest first"
    ]


def test_what_is_not_known_stands_last_whichever_way(page: Browser) -> None:
    # Given alerts of which the last cannot be judged
    page.click("#exits-title ~ .tools button")
    # When exits are sorted by what they would have brought, both ways
    for _ in range(2):
        page.click("#exits thead th:nth-child(6) button")
        shown = page.texts("#exits tbody td:nth-child(6)")
        # Then a dash never stands before a number
        assert "-" not in shown[: len(shown) - shown.count("-")]
        assert len(shown) == EXITS


def test_the_keyboard_sorts_too(page: Browser) -> None:
    # Given the focus on a head
    page.ask("document.querySelector('#alerts thead th:nth-child(3) button').focus()")
    # When the next head is reached by the tabulator and pressed
    page.press(Keys.TAB)
    page.press(Keys.ENTER)
    # Then that column is sorted, and the focus stays on it
    assert page.ask("return document.activeElement.textContent") == "raised by"
    assert set(order_of(page, 4)) == {"aggressive sell", "ask wall"}
    page.press(Keys.SPACE)
    assert order_of(page, 4)[0] == "resting bid"


def test_of_a_long_list_the_rest_is_a_button_away(page: Browser) -> None:
    # Given a list of which fifty rows are shown
    assert len(order_of(page, 1)) == 50
    # When all are asked for
    page.click("#alerts-title ~ .tools button")
    # Then all are there, and the button is gone
    assert len(order_of(page, 1)) == ALERTS
    assert page.texts("#alerts-title ~ .tools button") == []


def test_one_button_chooses_the_day_of_both_pictures(page: Browser) -> None:
    # Given the pictures of a busy day
    label = "return document.getElementById(arguments[0]).getAttribute('aria-label')"
    assert "60 exits" in page.ask(label, "position")
    # When the calm day is chosen
    page.click(".days button:nth-child(2)")
    # Then both pictures show it, and say so
    assert page.ask(label, "position").startswith(f"ACME {days_after(1)}, 12.345 shares")
    assert page.ask(label, "day").startswith(f"ACME {days_after(1)}: midpoint")
    assert page.texts(".days [aria-pressed=true]") == [f"ACME {days_after(1)}"] * 2


def test_a_button_hides_and_shows_its_marks(page: Browser) -> None:
    # Given a picture with the marks of bursts
    marks = "return document.querySelectorAll('#day .scatterlayer .point').length"
    before = page.ask(marks)
    # When their button is pressed, and again
    page.click(".legend button:nth-child(1)")
    hidden = page.until(lambda: page.ask(marks) < before)
    said = page.texts(".legend [aria-pressed=false]")
    page.click(".legend button:nth-child(1)")
    # Then they go and come back
    assert hidden
    assert said == ["■ red burst (35)"]
    assert page.until(lambda: page.ask(marks) == before)


def test_without_scripts_everything_can_be_read(browser: Browser, reports: Path) -> None:
    # Given a reader who lets no script run
    browser.size(1280, 900)
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        # When the report is opened
        browser.open((reports / EVERYTHING).as_uri())
        # Then every alert and exit is there, and so is what the pictures would show
        assert len(browser.texts("#alerts tbody tr")) == ALERTS
        assert len(browser.texts("#exits tbody tr")) == EXITS
        assert "Pictures need JavaScript" in browser.text("noscript")
        assert "12.345 shares" in browser.text("#held + ul")
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_on_paper_it_is_light_and_as_wide_as_the_sheet(page: Browser) -> None:
    # Given a reader in the dark who prints
    page.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": "dark"}]},
    )
    width = "return document.querySelector('#day svg').getBoundingClientRect().width"
    colour = "return document.querySelector('#day .bglayer, #day .main-svg').style.background"
    # When it goes to paper
    page.ask("dispatchEvent(new Event('beforeprint'))")
    on_paper = (page.until(lambda: page.ask(width) == 680), page.ask(colour))
    page.ask("dispatchEvent(new Event('afterprint'))")
    # Then its pictures are drawn for it, and for the screen again
    assert on_paper == (True, "rgb(255, 255, 255)")
    assert page.until(lambda: page.ask(width) > 1000)
