"""The page in a real browser, from the real server, of a guard that writes a live file."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="selenium is missing: it comes with the extra test")

from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys
from support.browser import FOREIGN, Browser, a_browser
from support.live_market import SHORT, alert_line, burst_line, exit_line, feed_line, wall_line
from support.page_bench import PageProcess, ShownGuard

from trading_bot.order_flow.recommendation import Leaving

pytestmark = pytest.mark.slow
FIRST_ROW = "#rows tr:first-child"
ORDER = "#rows th button"
LEAVING = Leaving(
    Decimal(100),
    fits=Decimal(80),
    cost_usd=Decimal("12.5"),
    cost_bp=3.7,
    levels=10,
    depth_kind="levels",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as found:
        yield found


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> ShownGuard:
    guard = ShownGuard(tmp_path_factory.mktemp("guard"))
    guard.begin()
    guard.say(
        alert_line(20, "S00"),
        alert_line(40, "S00", order_size=31_000),
        burst_line(60, "S00"),
        alert_line(70, "S05", source="resting_bid"),
        exit_line(80, "S00", leaving=LEAVING) | {"worth": "7 of 10 were not followed by a fall"},
        wall_line("placed", 90, "S00"),
        feed_line("feed_blind", 95, "S07", "gap: prints away since 14:00:00"),
    )
    return guard


@pytest.fixture(scope="module")
def server(guard: ShownGuard) -> Iterator[PageProcess]:
    server = PageProcess(guard)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def page(browser: Browser, guard: ShownGuard, server: PageProcess) -> Iterator[Browser]:
    """The page of a guard that lives, with its first data, in a window of usual size."""
    browser.size(1600, 900)
    with guard:
        browser.open(server.address)
        browser.until(lambda: beat_of(browser))
        browser.complaints()
        yield browser


def beat_of(page: Browser) -> int:
    """Return the number of the newest beat that is shown; 0 before the first."""
    return int(page.ask("return document.documentElement.dataset.n") or 0)


def wait_for_beats(page: Browser, number: int = 2) -> None:
    since = beat_of(page)
    page.until(lambda: beat_of(page) >= since + number)


def test_every_position_has_a_row_the_most_urgent_first(page: Browser) -> None:
    # Given twenty positions, of which one has an exit and two are blind
    # When the page is looked at
    names = page.texts(ORDER)
    # Then it stands first, then the blind and the degraded ones, then the others by name
    assert names[:5] == ["S00", "S07", "S17", "S03", "S13"]
    assert names[5:] == sorted(names[5:])
    assert len(names) == 20


def test_a_price_moves_without_a_reload(page: Browser) -> None:
    # Given the price of the selected symbol
    before = page.text(f"{FIRST_ROW} .price")
    # When the guard goes on
    page.until(lambda: page.text(f"{FIRST_ROW} .price") != before)
    # Then it is the price of the chart's title as well
    wait_for_beats(page)
    script = "return ['#detail-title', '#rows tr:first-child .price'].map((each) => "
    title, cell = page.ask(f"{script} document.querySelector(each).textContent)")
    assert title == f"S00 {cell}"


def test_a_blind_symbol_says_so_in_words(page: Browser) -> None:
    # Given two blind symbols
    # When the page is looked at
    # Then the row has the word and its reason, and a banner says what it does not mean
    assert page.text("[data-symbol=S07] .sees").split("\n") == ["○ blind", "gap"]
    assert page.text("[data-symbol=S07] .verdict") == "unknown"
    banner = page.text("#banner-blind")
    assert "S07 (gap: prints away since 14:00:00)" in banner
    assert "No alert does not mean calm" in banner


def test_a_short_position_is_never_called_calm(page: Browser) -> None:
    # Given a visible symbol that is sold short, of which nobody suggests an exit
    # When the page is looked at, then it says so in place of a verdict
    assert page.text(f"[data-symbol={SHORT}] .verdict") == "not protected: short"


def test_the_chosen_symbol_says_how_late_its_prints_come(page: Browser) -> None:
    # Given a symbol whose prints come some milliseconds after their stamps
    # When it is chosen, then that is told where a narrow table has no room for it
    told = page.text("#facts")
    assert re.search(r"Prints behind by\s+\d+ ms", told), told


def test_the_rows_are_walked_and_chosen_by_keyboard(page: Browser) -> None:
    # Given the first row chosen
    # When the keys go down twice, up once, and Enter is pressed
    for key in (Keys.ARROW_DOWN, "j", "j", Keys.ARROW_UP, "k", "j", Keys.ENTER):
        page.press(key)
    # Then the third row is chosen everywhere
    third = page.texts(ORDER)[2]
    page.until(lambda: page.text("#detail-title").startswith(third))
    assert page.ask("return document.querySelector('tr.chosen').dataset.symbol") == third


def test_every_strip_is_drawn(page: Browser) -> None:
    # Given a symbol with three minutes of history and ten levels of depth
    # When its strips are looked at
    page.until(lambda: min(page.painted("#charts"), default=0) > 4)
    price, *others = page.painted("#charts")
    # Then each of the five has lines, and behind the price there is depth of many strengths
    assert len(others) == 4
    assert price > 30


@pytest.mark.parametrize(
    ("step", "hole", "broken"), [(1, 5, 0), (1, 6, 1), (7, 21, 0), (7, 22, 1), (150, 450, 0)]
)
def test_a_line_breaks_where_points_are_missing_not_where_a_day_is_played_fast(
    page: Browser, step: int, hole: int, broken: int
) -> None:
    # Given ten points that come at one step, a hole, and ten more
    times = [1_000 * step * each for each in range(1, 11)]
    times += [times[-1] + 1_000 * hole + each - times[0] for each in times]
    # When they are a symbol's history
    script = """
        const done = arguments[1];
        import(location.href + "static/history.js").then(({ History }) => {
          const t = arguments[0];
          const history = new History({ symbol: "S00", t, price: t.map(() => 1) });
          done(history.data("price")[1].filter((each) => each == null).length);
        });"""
    found = page.driver.execute_async_script(script, times)
    # Then its line is broken at the hole, measured by the usual step and by five seconds
    assert found - (3 if step > 5 else 0) == broken


def test_a_frozen_picture_stands_while_the_guard_goes_on(page: Browser) -> None:
    # Given a picture frozen by the space bar
    page.press(Keys.SPACE)
    frozen = page.texts("#rows td")
    # When beats go on
    wait_for_beats(page, 4)
    # Then nothing of it moves, and it says so
    assert page.texts("#rows td") == frozen
    assert "frozen at" in page.text("#banner-frozen")
    # And the space bar lets it go on
    page.press(Keys.SPACE)
    page.until(lambda: page.texts("#rows td") != frozen)
    assert page.text("#banner-frozen") == ""


def test_an_exit_says_why_what_it_is_worth_and_until_when(page: Browser) -> None:
    # Given an exit that stands
    # When its card is looked at
    card = page.text(".card.stands")
    # Then time, end, reason and figures are there
    assert "10:01:20, stands until 10:06:20" in card
    assert "Why 3 large sellers" in card
    assert "Worth 7 of 10 were not followed by a fall" in card
    assert "12.50 USD (3.7 bp) for the 80 of 100 that fit the displayed bids" in card
    assert page.text("[data-symbol=S00] .verdict").split("\n") == ["exit", "until 10:06:20"]


def test_explain_says_what_the_server_says(page: Browser) -> None:
    # Given the button of an alert
    # When it is pressed
    page.click("#alerts [aria-label^=Explain]")
    # Then a window says what is known, here that the market was not recorded, and Close ends it
    page.until(lambda: "--record" in page.text("#explain-text"))
    page.click("#explain-close")
    assert page.ask("return document.getElementById('explain').open") is False


def test_the_kinds_of_alert_are_told_apart_by_shape_and_word(page: Browser) -> None:
    # Given an alert of each kind
    # When the log and the counts are looked at
    kinds = page.ask(
        "return [...document.querySelectorAll('#alerts li')].map((each) => [each.className, "
        "each.querySelector('.sign').textContent])"
    )
    # Then a change of sight stands first, and each has its shape; one without worth is hollow
    assert kinds.pop(0) == ["alert feed", "○"]
    shapes = {"alert one": "●", "alert several": "▲", "alert burst": "■", "alert hollow": "○"}
    assert dict(kinds) == shapes
    counts = page.texts("#counts [aria-hidden], #counts b")
    assert counts == ["●", "1", "▲", "1", "■", "1"]


def test_a_wall_that_stands_and_what_was_said_of_one_are_told(page: Browser) -> None:
    # Given a symbol with a wall in its book, and one in the record
    # When what stands below its chart is looked at
    stands, said = page.texts("#walls li")
    # Then both are there
    assert stands.startswith("ask of 25,000 at ")
    assert said.endswith("bid of 20,000 at 100.40 placed")


def test_the_chart_is_zoomed_by_dragging_and_goes_back(page: Browser) -> None:
    # Given the first strip
    strip = page.driver.find_element("css selector", "#charts .u-over")
    assert page.text("#unzoom") == ""
    # When a part of it is dragged over
    drag = ActionChains(page.driver).move_to_element(strip).click_and_hold()
    drag.move_by_offset(120, 0).release().perform()
    # Then there is a way back to the whole window, which it takes
    page.until(lambda: page.text("#unzoom") == "Whole window")
    page.click("#unzoom")
    assert page.text("#unzoom") == ""


def test_a_new_exit_is_read_out_and_waits_for_the_focus_to_leave(
    page: Browser, guard: ShownGuard
) -> None:
    # Given the focus inside the table
    page.press("j")
    before = page.texts(ORDER)
    # When an exit of a calm symbol comes
    guard.say(exit_line(guard.seconds, "S12"))
    page.until(lambda: "S12: exit recommended" in page.text("#said-at-once"))
    wait_for_beats(page)
    # Then the rows do not jump, and go to their places once the focus has left
    assert page.texts(ORDER) == before
    assert "order held" in page.text("#held-order")
    page.ask("document.activeElement.blur()")
    page.until(lambda: page.texts(ORDER)[:2] == ["S00", "S12"])


def test_a_bot_that_falls_silent_is_told_within_four_seconds(
    page: Browser, guard: ShownGuard
) -> None:
    # Given a guard that is heard
    assert page.text("#banner-bot") == ""
    # When it is killed
    guard.__exit__(None, None, None)
    # Then the page says so, and says nothing of its own server
    page.until(lambda: "No data from the bot since" in page.text("#banner-bot"), 4)
    assert page.text("#banner-server") == ""
    # And when it comes back, nothing is said any more
    with guard:
        page.until(lambda: page.text("#banner-bot") == "")


def test_a_server_that_is_gone_is_another_message_and_comes_back_without_a_reload(
    page: Browser, server: PageProcess
) -> None:
    # Given a page that would forget this with a reload
    page.ask("globalThis.kept = true")
    # When its server is killed
    server.kill()
    # Then the page says that it is the server, not the bot
    page.until(lambda: "The page's own server has not answered" in page.text("#banner-server"), 4)
    assert page.text("#banner-bot") == ""
    # And once it is started again it goes on
    server.start()
    page.until(lambda: page.text("#banner-server") == "")
    wait_for_beats(page)
    assert page.ask("return globalThis.kept") is True


def test_a_hidden_page_holds_no_stream(page: Browser, guard: ShownGuard) -> None:
    # Given a page whose window is put away
    page.driver.minimize_window()
    page.until(lambda: page.ask("return document.hidden"))
    last, since = beat_of(page), guard.seconds
    # When the guard goes on
    page.until(lambda: guard.seconds > since + 1)
    # Then the page does not hear it, until it is seen again
    assert beat_of(page) == last
    page.driver.set_window_size(1600, 900)
    page.until(lambda: beat_of(page) > last)


def test_another_host_name_leads_to_nothing(page: Browser, server: PageProcess) -> None:
    # Given a foreign name that leads to this machine
    # When the page is asked for by it
    page.open(server.address.replace("127.0.0.1", FOREIGN))
    # Then there is no page
    assert "another server" in page.text("body")


def test_another_token_leads_to_nothing(page: Browser, server: PageProcess) -> None:
    # Given a token that is not the server's
    # When the page is asked for with it
    page.open(f"http://127.0.0.1:{server.port}/{'t' * 32}/")
    # Then there is no page
    assert "nothing at this address" in page.text("body")


def test_a_page_of_another_origin_reads_nothing(page: Browser, server: PageProcess) -> None:
    # Given a page of another origin that knows the address
    script = """const done = arguments[1];
        fetch(arguments[0] + "history/S00").then((answer) => done(answer.status), () => done("no"))
    """
    with another_site() as site:
        page.open(site)
        # When it asks for what is seen
        found = page.driver.execute_async_script(script, server.address)
    # Then the browser gives it nothing
    assert found == "no"
    page.complaints()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_is_cut_at_any_width_nor_at_twice_the_size(page: Browser, theme: str) -> None:
    # Given the page with an exit, blind symbols, depth and a frozen picture
    choose_theme(page, theme)
    page.press(Keys.SPACE)
    # When it is shown from a phone's width to a wide screen's, and at twice the size
    found = {}
    for width, height, scale in ((400, 800, 1), (768, 900, 1), (1280, 800, 1), (1600, 900, 1)):
        page.size(width, height, scale=scale)
        found[width] = page.cut()
    page.size(640, 400, scale=2)
    found[640] = page.cut()
    # Then nothing reaches beyond the edge, and nothing holds more than it shows
    assert found == {width: [] for width in found}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_rule_of_accessibility_is_broken(page: Browser, theme: str) -> None:
    # Given the page in a theme, with an exit and blind symbols
    choose_theme(page, theme)
    # When axe-core looks at it
    # Then it has nothing to say
    assert page.violations() == []


def test_the_page_asks_nobody_else_and_complains_of_nothing(
    page: Browser, server: PageProcess
) -> None:
    # Given a fresh load, of which every button is pressed
    page.asked_for()
    page.driver.refresh()
    page.until(lambda: beat_of(page))
    for shown in page.driver.find_elements(
        "css selector", ".tools button, .acts button:first-child"
    ):
        shown.click()
        page.click("#explain-close")
    page.click("#freeze")
    wait_for_beats(page)
    # When what it asked for is looked at
    asked = page.asked_for()
    # Then all of it is the server's, and the console is empty
    assert len(asked) > 10
    assert [each for each in asked if not each.startswith(server.address)] == []
    assert page.complaints() == []


def test_a_page_without_a_guard_says_so(browser: Browser, tmp_path: Path) -> None:
    # Given a folder in which no guard has written
    server = PageProcess(ShownGuard(tmp_path))
    server.start()
    # When its page is opened
    browser.open(server.address)
    # Then it says that nobody has been heard, and what to look for
    browser.until(lambda: "No bot has been heard yet" in browser.text("#banner-bot"))
    assert browser.text("#no-rows") == "No symbol is watched yet."
    server.kill()


def choose_theme(page: Browser, theme: str) -> None:
    if page.ask("return document.documentElement.dataset.theme") != theme:
        page.click("#theme")


@contextmanager
def another_site() -> Iterator[str]:
    """Serve an empty page at another port, which is another origin."""

    class Empty(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()

        def log_message(self, format: str, *values: object) -> None:  # noqa: A002 - the library's name
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()
