"""What a person sees: never calm of a symbol that cannot be seen, and the same facts everywhere."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console, Group
from rich.text import Text
from support.market import give_quote
from support.monitor_stubs import (
    BID,
    START,
    START_NS,
    HandClock,
    Holdings,
    StubClient,
    at,
    large_seller,
    position,
    red_burst,
    sight,
)
from support.monitor_stubs import exit_of as exit_of_stub

from trading_bot import terminal
from trading_bot.bot import TradingBot
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.facts import MarketStatus
from trading_bot.order_flow.notices import FeedEvent, GuardState, RegimeNotice, ThresholdNotice
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.telling.describe import describe_alert
from trading_bot.screen import Screen
from trading_bot.terminal import TerminalView

RECORD = Path("record")
BOLT = position("BOLT")


class Stage:
    """A bot on stubs, a console of fixed width, and what was written on it."""

    def __init__(self, *, is_terminal: bool = True, **options: Any) -> None:
        self.clock = HandClock()
        self.manager = options.pop("manager", None) or Holdings(position("ACME"))
        config = options.pop("config", OrderFlowConfig(thresholds="fixed"))
        everything = options.pop("everything", False)
        self.bot = TradingBot(
            config,
            position_manager=self.manager,
            log_directory=options.pop("log_directory", None),
            clock=self.clock,
            client=cast("PolygonClient", StubClient()),
            mode="stream" if everything else "poll",
            everything=everything,
            market=options.pop("market", "live"),
        )
        self.output = io.StringIO()
        self.console = Console(
            file=self.output,
            force_terminal=is_terminal,
            width=200,
            color_system=None,
            legacy_windows=False,
        )
        self.screen = Screen(RECORD, self.console)
        self.view = TerminalView(self.bot, clock=self.clock, record=RECORD, screen=self.screen)
        for symbol in self.bot.monitor.judge.read_positions():
            self.bot.monitor.judge.watch(symbol, from_ns=START_NS, now_ns=START_NS)

    def see(self, *symbols: str) -> None:
        for symbol in symbols or ("ACME",):
            self.bot.monitor.judge.saw(symbol, sight(), START_NS)

    def table(self) -> list[str]:
        """Return the lines that stay on a terminal."""
        with self.console.capture() as captured:
            self.console.print(self.view._table())
        return captured.get().splitlines()

    def row(self, symbol: str = "ACME") -> list[str]:
        """Return the cells of one symbol's row of the table."""
        found = [line for line in self.table() if f" {symbol} " in line]
        return [cell.strip() for cell in found[0].strip("│┃").split("│")]

    def says(self, symbol: str = "ACME") -> str:
        return self.row(symbol)[-1]


UNKNOWN = "leaving: not known, no quote is known"


def exit_of(**changes: Any) -> ExitRecommendation:
    return replace(exit_of_stub(changes.pop("symbol", "ACME")), **changes)


def test_a_row_shows_the_position_and_how_it_stands() -> None:
    # Given a visible position with a price
    stage = Stage()
    stage.see()
    give_quote(stage.bot.monitor.judge, "ACME", at(0), BID, 100, BID + 10_000, 100)
    # When the table is drawn
    # Then its row says all of it
    assert stage.row() == [
        "ACME",
        "100",
        "101.00",
        "100.00",
        "-100.00 USD",
        "99.00",
        "leaving costs 0.50 USD (0.5 bp)",
        "visible",
        "-",
        "calm",
    ]


def test_a_row_shows_no_price_and_no_profit_where_what_was_paid_is_not_known() -> None:
    # Given a visible position without a known price
    stage = Stage(manager=Holdings(replace(position("ACME"), average_price=None)))
    stage.see()
    give_quote(stage.bot.monitor.judge, "ACME", at(0), BID, 100, BID + 10_000, 100)
    # When the table is drawn
    # Then nothing is made up
    assert stage.row()[:6] == ["ACME", "100", "-", "100.00", "-", "99.00"]


def ranked_stage(**state: int) -> Stage:
    """Return a stage whose one symbol is visible and judged on its own scale."""
    stage = Stage(config=OrderFlowConfig())
    stage.see()
    desk = stage.bot.monitor.judge.judges["ACME"].desk
    assert desk is not None
    for name, value in state.items():
        setattr(desk.scale, name, value)
    return stage


@pytest.mark.parametrize(
    ("alerts", "words"),
    [
        (0, "calm, 0 alerts today, 3 smaller ones held back (busy day)"),
        (1, "alerted, 1 alert today, 3 smaller ones held back (busy day)"),
    ],
)
def test_what_a_busy_day_holds_back_is_said(alerts: int, words: str) -> None:
    # Given a symbol of which three events were held back
    stage = ranked_stage(raised=alerts, held_back=3)
    # When the summary is made, after an alert or none
    for _ in range(alerts):
        stage.view.on_event(red_burst(1))
    # Then it says how many
    assert stage.view._summary() == f"10:00:00 ET status: ACME visible, {words}, {UNKNOWN}"


def test_a_symbol_that_hardly_trades_is_not_called_calm() -> None:
    # Given a symbol with a full memory of nothing
    stage = ranked_stage(filled=195)
    # When the table is drawn
    # Then it says that nothing can be said
    assert stage.says() == "too thin to judge"


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_screen_loses_no_word_of_a_suggestion(width: int) -> None:
    # Given a narrow screen
    stage = Stage()
    stage.console.width = width
    event = exit_of(worth="what such exits are worth is not measured for your settings")
    # When an exit is suggested
    stage.view.on_event(event)
    # Then its lines hold every word, the position's before the rule's
    lines = stage.output.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert " ".join(" ".join(lines).split()) == (
        "10:00:00 ET ACME EXIT SUGGESTED (high): 100 shares, P&L -50.00 USD, 1.50 USD "
        "above the stop; "
        "your rule: 3 large sellers; what such exits are worth is not measured for your settings"
    )


def test_what_is_not_known_is_a_dash() -> None:
    # Given a symbol that is only watched, without any data
    config = OrderFlowConfig(thresholds="fixed", monitoring_mode="watchlist", watchlist=("BOLT",))
    stage = Stage(config=config, manager=Holdings())
    # When the table is drawn
    # Then nothing is made up
    assert stage.row("BOLT") == [
        *("BOLT", "-", "-", "-", "-", "-", "-"),
        "degraded (starting: no answer yet)",
        "-",
        "cannot tell",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (12.9, "12 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7_199, "119 min"),
        (7_200, "2 h"),
    ],
)
def test_where_it_is_visible_it_is_said_how_lately_that_was_compared(
    seconds: float, words: str
) -> None:
    # Given a position that was compared so long ago, and is called visible
    stage = Stage()
    stage.bot.monitor.judge.saw("ACME", sight(compared=-seconds), START_NS)
    # When table and summary are drawn
    # Then both say so beside the word
    said = f"visible, compared {words} ago"
    assert stage.row()[-3] == said
    assert stage.view._summary() == f"10:00:00 ET status: ACME {said}, calm, {UNKNOWN}"


def test_what_cannot_be_seen_is_said_with_its_reason_alone() -> None:
    # Given a position that was compared lately, and is degraded; and one that is quiet
    stage = Stage(manager=Holdings(position("ACME"), position("BOLT")))
    judge = stage.bot.monitor.judge
    judge.saw("ACME", sight("degraded", "gap", "away", compared=-1), START_NS)
    judge.saw("BOLT", sight("visible", "quiet", "no prints for 9 s", compared=-1), START_NS)
    # When the table is drawn
    # Then the one has its reason, and the other both
    assert stage.row()[-3] == "degraded (gap: away)"
    assert stage.row("BOLT")[-3] == "visible (quiet: no prints for 9 s), compared 1 s ago"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "calm"), (10, "calm"), (10.001, "cannot tell"), (30, "cannot tell")]
)
def test_calm_is_said_only_of_what_can_be_seen(seconds: float, words: str) -> None:
    # Given a position that was seen at the start
    stage = Stage()
    stage.see()
    # When time passes without another look
    stage.clock.move(seconds)
    # Then beyond 10 s without a look nobody can tell, in table and summary alike
    assert stage.says() == words
    assert stage.view._summary().endswith(f", {words}, {UNKNOWN}")
    assert ("calm" in stage.view._summary()) == (words == "calm")


def test_alerts_and_exits_stay_on_the_row() -> None:
    # Given a visible position
    stage = Stage()
    stage.see()
    # When an alert comes, and then an exit
    stage.view.on_event(large_seller())
    alerted = stage.row()[-2:]
    stage.view.on_event(exit_of())
    # Then the row counts the one and shows the other
    assert alerted == ["1", "alerted"]
    assert stage.row()[-2:] == ["1", "exit recommended"]


def test_a_short_position_is_said_not_to_be_protected() -> None:
    # Given a position sold short, visible
    stage = Stage(manager=Holdings(position("ACME", -100)))
    stage.see()
    # When the table is drawn
    # Then it says so
    assert stage.says() == "not protected: short"


def test_outside_the_regular_session_it_says_what_is_not_judged() -> None:
    # Given a visible position at five in the afternoon
    stage = Stage()
    stage.clock.move(7 * 3600)
    stage.bot.monitor.judge.saw("ACME", sight(), at(7 * 3600))
    # When the table is drawn
    # Then it is not called calm
    assert stage.says() == "extended hours: bursts not judged"


@pytest.mark.parametrize(
    ("market", "sleeping", "title"),
    [
        (None, None, "2026-03-10 10:00:00 ET, market unknown"),
        ("open", None, "2026-03-10 10:00:00 ET, market open"),
        ("closed", True, "2026-03-10 10:00:00 ET, market closed, sleeping until Wed 09:30 ET"),
    ],
)
def test_the_title_says_what_the_market_does(
    market: Any, sleeping: bool | None, title: str
) -> None:
    # Given a bot that knows the market's state, or does not
    stage = Stage()
    opens = (START + timedelta(days=1)).replace(hour=13, minute=30)
    if market:
        stage.bot._market = MarketStatus(market, START, early_close=False, next_open_utc=opens)
    stage.bot.monitor.sleeping_until = opens if sleeping else None
    # When the title is written
    # Then it says so in New York time
    assert stage.view._title() == title


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        (large_seller(), "large seller: 12,000 shares sold at 100.00 by one order"),
        (large_seller(source="resting_bid"), "large bid resting: 12,000 shares at 100.00"),
        (large_seller(source="ask_wall"), "large offer standing: 12,000 shares at 100.00"),
        (large_seller(source=None), "large seller: 12,000 shares at 100.00"),
        (large_seller(order_size=None, source=None), "large seller: ? shares at 100.00"),
        (red_burst(), "red burst: 4.5 times the usual minute's volume, 75% sold"),
        (
            red_burst(volume_ratio=None, sell_ratio=None),
            "red burst: ? times the usual minute's volume",
        ),
    ],
)
def test_an_alert_is_told_in_words(alert: OrderFlowAlert, words: str) -> None:
    # Given an alert of any kind
    # When it is described
    # Then a person understands it
    assert describe_alert(alert) == words


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            large_seller(8, late=True, delay_seconds=371.2, context=("Acme recalls",)),
            (
                "10:00:08 ET ACME   warning  large seller: 12,000 shares sold at 100.00 by one "
                "order"
                "  (late by 371 s)  news: Acme recalls"
            ),
        ),
        (
            red_burst(20),
            "10:00:20 ET ACME   critical red burst: 4.5 times the usual minute's volume, 75% sold",
        ),
        (
            exit_of(),
            (
                "10:00:00 ET ACME   EXIT SUGGESTED (high): 100 shares, P&L -50.00 USD, 1.50 USD "
                "above "
                "the stop; your rule: 3 large sellers"
            ),
        ),
        (
            exit_of(distance_to_stop=Decimal("-0.25"), urgency="immediate"),
            (
                "10:00:00 ET ACME   EXIT SUGGESTED (immediate): 100 shares, P&L -50.00 USD, 0.25 "
                "USD "
                "below the stop; your rule: 3 large sellers"
            ),
        ),
        (
            exit_of(distance_to_stop=None, unrealised_pnl=None, urgency="elevated"),
            (
                "10:00:00 ET ACME   EXIT SUGGESTED (elevated): 100 shares; your rule: 3 large "
                "sellers"
            ),
        ),
        (
            exit_of(distance_to_stop=None, unrealised_pnl=None, repeated=True),
            (
                "10:00:00 ET ACME   EXIT SUGGESTED (high): 100 shares; your rule: 3 large sellers"
                "  suggested before this start"
            ),
        ),
        (
            FeedEvent("blind", "ACME", START, "tape: timeout", position_open=True),
            "10:00:00 ET ACME   feed blind: tape: timeout  this position is not protected now",
        ),
        (
            FeedEvent("blind", "ACME", START, "tape: timeout", position_open=False),
            "10:00:00 ET ACME   feed blind: tape: timeout",
        ),
        (
            FeedEvent("degraded", "ACME", START, "[odd] markup", position_open=True),
            "10:00:00 ET ACME   feed degraded: [odd] markup",
        ),
        (
            GuardState("record_failed", None, "No space left on device", START),
            "10:00:00 ET        record failed: No space left on device",
        ),
        (
            GuardState("settings_ok", None, "", START),
            "10:00:00 ET        settings ok",
        ),
        (
            RegimeNotice("ACME", START, 2, 2_300_000, 1_000_000, 1),
            (
                "10:00:00 ET ACME   busier than usual: another kind of day: 2.3 times its usual "
                "volume so far (2,300,000 shares, yesterday 1,000,000)"
            ),
        ),
        (
            ThresholdNotice("ACME", START, 10_000, 97),
            (
                "10:00:00 ET ACME   threshold exceeded often: its best bid or ask shows 10,000 "
                "shares "
                "or more 97 % of the time, so that alerts on such sizes mean little; fit its "
                "thresholds with `trading-bot calibrate`"
            ),
        ),
    ],
)
def test_every_event_is_one_plain_line_where_there_is_no_terminal(event: Any, line: str) -> None:
    # Given output that is no terminal
    stage = Stage(is_terminal=False)
    # When an event comes
    stage.view.on_event(event)
    # Then it is one line in New York time, without control characters
    assert stage.output.getvalue() == line + "\n"


def test_without_a_terminal_the_last_lines_are_a_summary_and_the_record() -> None:
    # Given output that is no terminal, and two symbols of which one is seen
    stage = Stage(is_terminal=False, manager=Holdings(position("ACME"), position("BOLT")))
    stage.see("ACME")
    # When the view is opened and closed
    with stage.screen, stage.view:
        pass
    # Then it ends with how each stands, and where the record lies
    assert stage.output.getvalue().splitlines() == [
        (
            f"10:00:00 ET status: ACME visible, calm, {UNKNOWN}; BOLT degraded (starting: no "
            f"answer yet), cannot tell, {UNKNOWN}"
        ),
        "The record lies in record",
    ]


def test_a_summary_of_nothing_says_so() -> None:
    # Given no position
    stage = Stage(is_terminal=False, manager=Holdings())
    # When the summary is made
    # Then it does not pass for calm
    assert stage.view._summary() == "10:00:00 ET status: nothing is watched"


def test_what_is_not_known_of_the_positions_is_said_below_the_table_and_in_the_summary() -> None:
    # Given a position, whose manager fails for longer than 5 s
    stage = Stage()
    stage.manager.failure = OSError("broker away")
    stage.clock.move(5.001)
    stage.bot.monitor.judge.read_positions()
    # When table and summary are drawn
    words = "what is held is not known: old: OSError: broker away"
    # Then both say so, and the position is still there
    assert stage.table()[-2].strip() == words
    assert stage.view._summary().endswith(f"; {words}")
    assert stage.row()[0] == "ACME"


@pytest.mark.parametrize("is_terminal", [False, True])
def test_what_is_held_otherwise_than_before_is_one_line(is_terminal: bool) -> None:
    # Given a position that is held from the start
    stage = Stage(is_terminal=is_terminal)
    stage.view.draw()
    # When a part of it is sold, a further look finds nothing new, and then another is bought
    for held in ([position("ACME", 40)], [position("ACME", 40)], [position("ACME", 40), BOLT]):
        stage.manager.positions = held
        stage.bot.monitor.judge.read_positions()
        stage.view.draw()
    # Then each change was said once
    lines = [each for each in stage.output.getvalue().splitlines() if " position: " in each]
    assert [each.strip() for each in lines] == [
        "10:00:00 ET ACME   position: 40 held, 100 before",
        "10:00:00 ET BOLT   position: 100 held, none before",
    ]


@pytest.mark.parametrize(("count", "last"), [(19, "S18"), (20, "S19"), (21, "1 more have changed")])
def test_of_many_changes_at_once_the_first_twenty_are_said(count: int, last: str) -> None:
    # Given a position that is held from the start
    stage = Stage(is_terminal=False)
    stage.view.draw()
    # When many are bought at once
    many = [position(f"S{number:02}") for number in range(count)]
    stage.manager.positions = [position("ACME"), *many]
    stage.bot.monitor.judge.read_positions()
    stage.view.draw()
    # Then so many have a line, and the rest are counted
    lines = [each for each in stage.output.getvalue().splitlines() if " position" in each]
    assert len(lines) == count
    assert last in lines[-1]


def test_the_first_positions_that_are_known_are_no_change() -> None:
    # Given positions that nobody has read yet
    manager = Holdings(position("ACME"))
    manager.failure = OSError("broker away")
    stage = Stage(is_terminal=False, manager=manager)
    # When they are looked at before and after they were read
    stage.view.draw()
    manager.failure = None
    stage.bot.monitor.judge.read_positions()
    stage.view.draw()
    # Then nothing is said of them: the start has said it
    assert " position: " not in stage.output.getvalue()


def test_threads_that_are_not_well_are_said_below_the_table_and_in_the_summary() -> None:
    # Given a thread that had a defect, and one that shows no life
    stage = Stage()
    threads = stage.bot.monitor.threads
    threads.watched("housekeeping", 30.0).note(TypeError())
    threads.watched("asking", 60.0)._beat_ns -= 61_000_000_000
    # When table and summary are drawn
    words = (
        "not all threads are well: asking has shown no life for 61 s; "
        "housekeeping has failed (TypeError) and goes on"
    )
    # Then both say so
    assert words in " ".join(" ".join(stage.table()).split())
    assert stage.view._summary().endswith(f"; {words}")


def test_what_is_muted_is_said_with_its_time_in_the_summary_and_below_the_table() -> None:
    # Given a symbol of which no notice is sent until 11:00 in New York
    stage = Stage()
    until = {"ACME": START + timedelta(hours=1)}
    view = TerminalView(
        stage.bot, clock=stage.clock, record=RECORD, screen=stage.screen, muted=lambda: until
    )
    # When summary and table are drawn
    words = "muted: ACME until Tue 11:00 ET"
    table = view._table()
    # Then both say so
    assert words in view._summary()
    assert isinstance(table, Group)
    assert [each for each in table.renderables if isinstance(each, Text) and words == each.plain]
    assert "muted" not in stage.view._summary()


def test_a_record_that_fails_is_said_below_the_table_and_in_the_summary(tmp_path: Path) -> None:
    # Given a bot whose record's folder has become a file
    stage = Stage(log_directory=tmp_path / "record")
    (tmp_path / "record").rename(tmp_path / "old")
    (tmp_path / "record").write_bytes(b"")
    words = "the record cannot be written: "
    before = stage.view._summary()
    # When a second passes
    stage.bot.monitor.judge.keep_record(at(1))
    # Then table and summary say so, the one in red
    assert words not in before
    assert words in stage.view._summary()
    table = stage.view._table()
    assert isinstance(table, Group)
    said = [each for each in table.renderables if isinstance(each, Text) and words in each.plain]
    assert [each.style for each in said] == ["bold red"]


def test_a_summary_comes_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a short time between two summaries
    monkeypatch.setattr(terminal, "SUMMARY_SECONDS", 0.01)
    monkeypatch.setattr(terminal, "FIRST_SUMMARY_SECONDS", 0.01)
    stage = Stage(is_terminal=False)
    written = threading.Event()
    write_line = stage.screen.write

    def note(line: Any) -> None:
        write_line(line)
        written.set()

    monkeypatch.setattr(stage.screen, "write", note)
    # When the view stands open for a while
    with stage.screen, stage.view:
        assert written.wait(2)
    # Then summaries were written before the last one
    assert stage.output.getvalue().count(" status: ACME degraded") >= 2


def test_on_a_terminal_the_table_stays_and_events_scroll_above_it() -> None:
    # Given a terminal
    stage = Stage()
    stage.see()
    # When an event comes while the view is open
    with stage.screen, stage.view:
        stage.bot.monitor.telling.put(large_seller())
    # Then the event, the table below it and the record are there
    shown = stage.output.getvalue()
    event, table = shown.index("large seller: 12,000"), shown.rindex("Visibility")
    assert event < table < shown.rindex("The record lies in record")
    assert "ET, market unknown" in shown
    assert "record: record" in shown


def test_standard_output_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    # Given a screen without a console
    stage = Stage()
    screen = Screen(RECORD)
    view = TerminalView(stage.bot, clock=stage.clock, record=RECORD, screen=screen)
    # When an event comes
    with screen, view:
        stage.bot.monitor.telling.put(large_seller())
    # Then it goes to standard output
    assert "large seller: 12,000" in capsys.readouterr().out


def everything_watched(**options: Any) -> Stage:
    """Return a stage with a position in ACME, visible, and 3,000 other symbols."""
    stage = Stage(everything=True, **options)
    stage.see()
    for number in range(3_000):
        stage.bot.monitor.judge.watch(f"O{number}", from_ns=START_NS, now_ns=START_NS)
    return stage


def test_thousands_of_others_are_one_line_below_the_table() -> None:
    # Given a bot that watches everything
    stage = everything_watched()
    # When the table is drawn
    table = stage.table()
    # Then the position alone has a row
    assert [line for line in table if " O17 " in line] == []
    assert stage.row()[0] == "ACME"
    assert [line.strip() for line in table[-2:]] == [
        "others: 3,000 watched now, alerts so far: 0",
        "record: record",
    ]


def test_alerts_of_others_are_counted_and_the_newest_is_told() -> None:
    # Given a bot that watches everything, where there is no terminal
    stage = everything_watched(is_terminal=False)
    # When two others alert, and the position does
    stage.view.on_event(large_seller(symbol="O17"))
    stage.view.on_event(red_burst(20, symbol="O18"))
    stage.view.on_event(large_seller(21))
    # Then the position's is a line, and the newest of the others is in the summary
    assert [line[:17] for line in stage.output.getvalue().splitlines()] == ["10:00:21 ET ACME "]
    assert stage.view._summary() == (
        f"10:00:00 ET status: ACME visible, alerted, {UNKNOWN}; others: 3,000 watched now, "
        "alerts so far: 2, "
        "the newest 10:00:20 ET O18    critical red burst: 4.5 times the usual minute's volume, "
        "75% sold"
    )


def test_an_exit_from_a_position_just_opened_is_told_before_its_symbol_is_protected() -> None:
    # Given a bot that watches everything, where there is no terminal
    stage = everything_watched(is_terminal=False)
    # When an exit is recommended from a position that was not read yet
    stage.view.on_event(exit_of(symbol="O17"))
    # Then it is a line
    assert stage.output.getvalue().startswith("10:00:00 ET O17    EXIT SUGGESTED (high)")


def test_a_closed_market_is_slept_through_without_a_word_of_others() -> None:
    # Given a bot that is to watch everything, on a night
    stage = Stage(everything=True, manager=Holdings(), is_terminal=False)
    stage.bot.monitor.sleeping_until = START
    # When the summary is made
    # Then it says until when
    assert stage.view._summary() == (
        "10:00:00 ET status: market closed, sleeping until Tue 10:00 ET"
    )


def test_an_invented_market_is_named_wherever_it_is_read() -> None:
    # Given a simulated market
    stage = Stage(market="simulated")
    stage.see()
    # When an exit is suggested, and the table and the summary are drawn
    stage.view.on_event(exit_of())
    # Then each says that it is none of the real one
    assert stage.output.getvalue().startswith(
        "10:00:00 ET ACME   SIMULATED EXIT SUGGESTED (high): "
    )
    assert stage.table()[0].strip() == "SIMULATED 2026-03-10 10:00:00 ET, market unknown"
    assert stage.view._summary().startswith("10:00:00 ET SIMULATED status: ACME visible, ")


@pytest.mark.parametrize(
    ("market", "title"),
    [("simulated", "trading-bot: SIMULATED market"), ("live", "trading-bot: live market")],
)
def test_the_title_of_the_terminal_names_the_market_while_it_is_watched(
    market: str, title: str
) -> None:
    # Given a terminal
    stage = Stage(market=market)
    # When a market is watched there, and no more
    with stage.view:
        stage.view.begin()
        begun = stage.output.getvalue()
        stage.view.end()
    # Then its title says which, and is given back
    assert begun.startswith(f"\x1b]0;{title}\x07")
    assert stage.output.getvalue().count("\x1b]0;\x07") == 1


def test_a_short_position_has_no_cost_of_leaving() -> None:
    # Given a short position that is seen with a quote
    stage = Stage(manager=Holdings(Position("ACME", -100, 101)))
    stage.see()
    give_quote(stage.bot.monitor.judge, "ACME", at(0), BID, 100, BID + 10_000, 100)
    # When table and summary are drawn
    # Then nothing is said of leaving it
    assert stage.row()[6] == "-"
    assert "leaving" not in stage.view._summary()
