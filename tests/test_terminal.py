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
from rich.console import Console
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
            height=24,
            _environ=options.pop("environment", {}),
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
            self.console.print(self.view._frame())
        return captured.get().splitlines()

    def row(self, symbol: str = "ACME") -> str:
        """Return one symbol's row, its blanks as one."""
        found = [line for line in self.table() if line[2:].startswith(f"{symbol} ")]
        return " ".join(found[0].split())


UNKNOWN = "leaving: not known, no quote is known"


def exit_of(**changes: Any) -> ExitRecommendation:
    return replace(exit_of_stub(changes.pop("symbol", "ACME")), **changes)


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


def test_a_summary_of_nothing_says_so() -> None:
    # Given no position
    stage = Stage(is_terminal=False, manager=Holdings())
    # When the summary is made
    # Then it does not pass for calm
    assert stage.view._summary() == "10:00:00 ET status: nothing is watched"


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


def test_a_row_shows_the_position_and_how_it_stands() -> None:
    # Given a visible position with a price
    stage = Stage()
    stage.see()
    give_quote(stage.bot.monitor.judge, "ACME", at(0), BID, 100, BID + 10_000, 100)
    # When the frame is drawn on a wide terminal
    # Then its row says all of it
    assert stage.row() == ("ACME 100 visible 101.00 - 99.00 -100.00 0.5 bp - - calm")


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
        (1, "calm, 1 alert today, 3 smaller ones held back (busy day)"),
    ],
)
def test_what_a_busy_day_holds_back_is_said(alerts: int, words: str) -> None:
    # Given a symbol of which three events were held back
    stage = ranked_stage(raised=alerts, held_back=3)
    # When the summary is made
    # Then it says how many
    assert stage.view._summary() == f"10:00:00 ET status: ACME visible, {words}, {UNKNOWN}"


def test_a_symbol_that_hardly_trades_is_not_called_calm() -> None:
    # Given a symbol with a full memory of nothing
    stage = ranked_stage(filled=195)
    # When the frame is drawn
    # Then it says that nothing can be said
    assert stage.row().endswith(" too thin to judge")
    assert "1 watched: 1 not judged" in stage.table()


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "calm"), (10, "calm"), (10.001, "cannot tell"), (30, "cannot tell")]
)
def test_calm_is_said_only_of_what_can_be_seen(seconds: float, words: str) -> None:
    # Given a position that was seen at the start
    stage = Stage()
    stage.see()
    # When time passes without another look
    stage.clock.move(seconds)
    # Then beyond 10 s without a look nobody can tell, in frame and summary alike
    assert stage.view._summary().endswith(f", {words}, {UNKNOWN}")
    assert ("calm" in stage.row()) == (words == "calm")


def test_an_exit_stands_for_five_minutes_and_no_longer() -> None:
    # Given a visible position
    stage = Stage()
    stage.see()
    # When an exit is suggested, and its five minutes pass
    stage.view.on_event(exit_of())
    before = stage.row()
    stage.clock.move(300)
    stage.bot.monitor.judge.saw("ACME", sight(), at(300))
    # Then it says until when it stands, and then no more
    assert before.endswith(" exit 10:00:00, stands until 10:05:00")
    assert "exit" not in stage.row()
    assert " calm" in stage.row()


def test_since_when_a_symbol_cannot_be_seen_is_said() -> None:
    # Given a position that became blind
    stage = Stage()
    stage.bot.monitor.judge.saw("ACME", sight("blind", "gap", "prints away"), at(0))
    # When that is told, and the frame drawn
    stage.view.on_event(FeedEvent("blind", "ACME", START, "gap: away", position_open=True))
    # Then its row says so
    assert "blind since 10:00:00: gap: prints away" in stage.row()


def test_the_frame_leaves_room_for_events_above_it() -> None:
    # Given a terminal of 24 lines, and fifty positions
    held = [position(f"S{number:02}") for number in range(50)]
    stage = Stage(manager=Holdings(*held))
    # When the frame is drawn
    table = stage.table()
    # Then it leaves some lines, and says how many symbols it does not show
    assert len(table) == 20
    assert any(line.startswith("+") and line.endswith(" degraded") for line in table)


def test_a_dumb_terminal_gets_lines() -> None:
    # Given a terminal whose cursor cannot be moved
    stage = Stage(environment={"TERM": "dumb"})
    # When it is watched there
    stage.view.begin()
    stage.view.end()
    # Then there is a summary, and nothing that moves a cursor
    assert stage.output.getvalue() == (
        f"10:00:00 ET status: ACME degraded (starting: no answer yet), cannot tell, {UNKNOWN}\n"
        "The record lies in record\n"
    )


def test_lines_are_wrapped_between_words_where_there_is_no_terminal() -> None:
    # Given output that is no terminal, of eighty cells
    stage = Stage(is_terminal=False)
    stage.console.width = 80
    # When an exit is suggested
    stage.view.on_event(exit_of())
    # Then its line goes on below, indented, and every word is there
    assert stage.output.getvalue().splitlines() == [
        "10:00:00 ET ACME   EXIT SUGGESTED (high): 100 shares, P&L -50.00 USD, 1.50 USD",
        "    above the stop; your rule: 3 large sellers",
    ]


def test_without_a_terminal_the_last_lines_are_a_summary_and_the_record() -> None:
    # Given output that is no terminal, and two symbols of which one is seen
    stage = Stage(is_terminal=False, manager=Holdings(position("ACME"), position("BOLT")))
    stage.see("ACME")
    # When the view is opened and closed
    with stage.screen, stage.view:
        pass
    # Then it ends with how each stands, the worse first, and where the record lies
    assert stage.output.getvalue().splitlines() == [
        (
            "10:00:00 ET status: BOLT degraded (starting: no answer yet), cannot tell, "
            f"{UNKNOWN}; ACME visible, calm, leaving: not known, no quote is known"
        ),
        "The record lies in record",
    ]


@pytest.mark.parametrize(
    ("sleeping", "words"),
    [(False, "1 watched: 1 degraded"), (True, "market closed, sleeping until Wed 09:30 ET")],
)
def test_the_head_says_whether_the_market_is_watched(sleeping: bool, words: str) -> None:
    # Given a bot that watches, or sleeps
    stage = Stage()
    opens = (START + timedelta(days=1)).replace(hour=13, minute=30)
    stage.bot.monitor.sleeping_until = opens if sleeping else None
    # When the frame is drawn
    # Then it says so in New York time
    assert stage.table()[:2] == [
        "live market 2026-03-10 10:00:00 ET  guard heard 0.0 s ago",
        words,
    ]


def test_what_is_the_matter_is_said_in_the_frame_and_in_the_summary() -> None:
    # Given a position whose manager fails for longer than 5 s, and a thread that had a defect
    stage = Stage()
    stage.manager.failure = OSError("broker away")
    stage.clock.move(5.001)
    stage.bot.monitor.judge.read_positions()
    stage.bot.monitor.threads.watched("housekeeping", 30.0).note(TypeError())
    # When frame and summary are drawn
    troubles = [
        "what is held is not known: old: OSError: broker away",
        "not all threads are well: housekeeping has failed (TypeError) and goes on",
    ]
    # Then both say so, and the position is still there
    table = stage.table()
    assert [each for each in table if each in troubles] == troubles
    assert stage.view._summary().endswith("; ".join(["", *troubles]))
    assert stage.row().startswith("ACME ") or stage.row()[2:].startswith("ACME ")


def test_what_is_muted_is_said_with_its_time_in_the_frame_and_in_the_summary() -> None:
    # Given a symbol of which no notice is sent until 11:00 in New York
    stage = Stage()
    stage.bot.monitor.muted = lambda: {"ACME": START + timedelta(hours=1)}
    # When frame and summary are drawn
    words = "muted: ACME until Tue 11:00 ET"
    # Then both say so
    assert words in stage.table()
    assert stage.view._summary().endswith(f"; {words}")


def test_on_a_terminal_the_frame_stays_and_events_scroll_above_it() -> None:
    # Given a terminal
    stage = Stage()
    stage.see()
    # When an event comes while the view is open
    with stage.screen, stage.view:
        stage.bot.monitor.telling.put(large_seller())
    # Then the event, the frame below it and the record are there
    shown = stage.output.getvalue()
    event, frame = shown.index("large seller: 12,000"), shown.rindex("symbol")
    assert event < frame < shown.rindex("The record lies in record")
    assert "record: record" in shown


def test_thousands_of_others_are_one_line_below_the_rows() -> None:
    # Given a bot that watches everything
    stage = everything_watched()
    # When the frame is drawn
    table = stage.table()
    # Then the position alone has a row
    assert [line for line in table if " O17 " in line] == []
    assert stage.row().startswith("ACME ")
    assert table[-2:] == ["others: 3,000 watched now, alerts so far: 0", "record: record"]


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
        f"10:00:00 ET status: ACME visible, calm, {UNKNOWN}; others: 3,000 watched now, "
        "alerts so far: 2, "
        "the newest 10:00:20 ET O18    critical red burst: 4.5 times the usual minute's volume, "
        "75% sold"
    )


def test_an_invented_market_is_named_wherever_it_is_read() -> None:
    # Given a simulated market
    stage = Stage(market="simulated")
    stage.see()
    # When an exit is suggested, and frame and summary are drawn
    stage.view.on_event(exit_of())
    # Then each says that it is none of the real one
    assert stage.output.getvalue().startswith(
        "10:00:00 ET ACME   SIMULATED EXIT SUGGESTED (high): "
    )
    assert stage.table()[0].startswith("SIMULATED market 2026-03-10 10:00:00 ET")
    assert stage.view._summary().startswith("10:00:00 ET SIMULATED status: ACME visible, ")


def test_a_short_position_is_said_not_to_be_protected_and_has_no_cost_of_leaving() -> None:
    # Given a short position that is seen with a quote
    stage = Stage(manager=Holdings(Position("ACME", -100, 101)))
    stage.see()
    give_quote(stage.bot.monitor.judge, "ACME", at(0), BID, 100, BID + 10_000, 100)
    # When frame and summary are drawn
    # Then nothing is said of leaving it
    assert "not protected: short" in stage.row()
    assert stage.view._summary() == ("10:00:00 ET status: ACME visible, not protected: short")


def test_of_very_many_events_some_are_shown_before_the_summary_is_due() -> None:
    # Given output that is no terminal, and more events than are shown at once
    stage = Stage(is_terminal=False)
    stage.view.__enter__()
    for second in range(101):
        stage.bot.monitor.telling.put(large_seller(second))
    # When it is drawn twice
    pauses = [stage.view.draw(), stage.view.draw()]
    # Then the first turn is followed by another at once, and all are there
    assert pauses[0] == 0.0
    assert pauses[1] > 0.0
    assert stage.output.getvalue().count("large seller") == 101
