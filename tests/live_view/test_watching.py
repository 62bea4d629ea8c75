"""`watch` goes on until it is ended: frames, lines where there is no terminal, or objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.live_market import (
    LiveFolder,
    alert_line,
    exit_line,
    feed_line,
    later,
    live_beat,
    live_row,
    other_line,
    write_lines,
)
from support.monitor_stubs import HandClock, at

from trading_bot.live_view import watching
from trading_bot.live_view.cells import Line
from trading_bot.live_view.frame import Canvas
from trading_bot.live_view.painter import Painter
from trading_bot.live_view.report import report
from trading_bot.live_view.source import LiveSource
from trading_bot.live_view.state import LiveState
from trading_bot.live_view.summary import summary
from trading_bot.live_view.watching import Frames, Lines, run_json
from trading_bot.live_view.zones import EXCHANGE
from trading_bot.order_flow.live_file.lines import LiveRow

RED: Line = (("red", "bad"), (" ●", ""))


class Stage:
    """A live folder and a record, what reads them, and what was written."""

    def __init__(self, folder: Path) -> None:
        self.live = LiveFolder(folder / "live")
        self.record = folder / "record"
        self.clock = HandClock()
        self.source = LiveSource(folder / "live")
        self.written: list[str] = []

    def begin(self, *rows: LiveRow, **changes: Any) -> None:
        """Let a guard begin that names its record."""
        self.live.begin(live_beat(*rows, whole=True, record=str(self.record), **changes))

    def beat(self, seconds: float, *rows: LiveRow, **changes: Any) -> None:
        """Let time pass until a beat."""
        self.clock.now = HandClock().now
        self.clock.move(seconds)
        beat = live_beat(*rows, seconds=seconds, record=str(self.record), **changes)
        self.live.put(beat)

    def text(self) -> str:
        return "".join(self.written)


class Turns:
    """Waits by doing the next thing; over when all were done."""

    def __init__(self, *turns: Callable[[], object]) -> None:
        self._turns = list(turns)

    def __call__(self, _seconds: float) -> bool:
        if self._turns:
            self._turns.pop(0)()
            return False
        return True


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing stand before the next frame or summary."""
    monkeypatch.setattr(watching, "FRAME_SECONDS", 0.0)
    monkeypatch.setattr(watching, "STILL_SECONDS", 0.0)
    monkeypatch.setattr(watching, "SUMMARY_SECONDS", 0.0)


def frames(stage: Stage, size: Callable[[], tuple[int, int]], *, bell: bool = False) -> Frames:
    painter = Painter(stage.written.append, has_colours=False)
    ring = stage.written.append if bell else None
    return Frames(stage.source, painter, Canvas(), size=size, bell=ring, clock=stage.clock)


@pytest.mark.usefixtures("_at_once")
def test_frames_follow_the_guard_and_give_the_terminal_back(stage: Stage) -> None:
    # Given a guard with one calm position
    stage.begin(live_row())
    # When an exit comes while it is watched
    turns = Turns(
        lambda: write_lines(stage.record, [exit_line(0)]),
        lambda: stage.beat(0.5, live_row(pressure="exit")),
    )
    frames(stage, lambda: (80, 24)).run(turns)
    # Then it was calm first, then an exit, and the terminal is as it was
    text = stage.text()
    assert text.startswith("\x1b[?1049h\x1b[?25l")
    assert text.index("calm") < text.index("exit 10:00:00, stands until 10:05:00")
    assert text.endswith("\x1b[?25h\x1b[?1049l")
    assert "\a" not in text


@pytest.mark.usefixtures("_at_once")
def test_the_bell_rings_for_exits_that_come_and_for_none_from_before(stage: Stage) -> None:
    # Given an exit from before
    stage.begin(live_row())
    write_lines(stage.record, [exit_line(-60)])
    # When an alert comes, and then an exit
    turns = Turns(
        lambda: write_lines(stage.record, [alert_line(0)]),
        lambda: write_lines(stage.record, [exit_line(0)]),
    )
    frames(stage, lambda: (80, 24), bell=True).run(turns)
    # Then it rang once
    assert stage.text().count("\a") == 1


def test_a_frame_stands_while_nothing_is_due_and_is_drawn_anew_in_another_size(
    stage: Stage,
) -> None:
    # Given a guard, and a terminal that becomes narrower while it is watched
    stage.begin(live_row())
    sizes = [(80, 24)]
    turns = Turns(lambda: None, lambda: sizes.__setitem__(0, (40, 20)), lambda: None)
    # When it is watched for less than a second
    frames(stage, lambda: sizes[0]).run(turns)
    # Then it was drawn once for each size
    assert stage.text().count("\x1b[2J") == 2
    assert stage.text().count("guard heard") == 2


def test_only_lines_that_have_changed_are_written() -> None:
    # Given a frame of three lines
    written: list[str] = []
    painter = Painter(written.append)
    painter.draw([RED, (("same", ""),), (("gone", ""),)], 5, 3)
    # When the next one has another first line, and no third
    painter.draw([(("12345", "bold"),), (("same", ""),)], 5, 3)
    painter.draw([(("12345", "bold"),), (("same", ""),)], 5, 3)
    # Then those two are written, a full line without clearing what follows its last cell
    assert written[1:] == ["\x1b[1;1H\x1b[1m12345\x1b[0m\x1b[3;1H\x1b[K"]


@pytest.mark.parametrize(
    ("colours", "is_ascii", "text"),
    [
        (True, False, "\x1b[1;31mred\x1b[0m ●"),
        (True, True, "\x1b[1;31mred\x1b[0m *"),
        (False, False, "red ●"),
        (False, True, "red *"),
    ],
)
def test_colours_and_signs_may_be_left_out(colours: bool, is_ascii: bool, text: str) -> None:
    # Given a line in colour with a sign
    painter = Painter(print, has_colours=colours, is_ascii=is_ascii)
    # When it is to be shown, then as the terminal takes it
    assert painter.text(RED) == text


def lines(stage: Stage, *, width: int = 80, is_ascii: bool = False) -> Lines:
    canvas = Canvas(width=width, waits_for="/live")
    write = stage.written.append
    return Lines(stage.source, canvas, write=write, clock=stage.clock, is_ascii=is_ascii)


@pytest.mark.usefixtures("_at_once")
def test_without_a_terminal_each_event_is_a_line_and_so_is_each_change(stage: Stage) -> None:
    # Given a guard, with an alert from before
    stage.begin(live_row())
    write_lines(stage.record, [alert_line(-60)])
    # When an exit comes, nothing more happens, and a symbol becomes blind
    blind = live_row("BOLT", sees="blind", reason="gap: away", pressure="unknown", leaving=None)
    turns = Turns(
        lambda: write_lines(stage.record, [exit_line(0)]),
        lambda: stage.beat(0.5),
        lambda: write_lines(stage.record, [feed_line("feed_blind", 1, "BOLT", "gap: away")]),
        lambda: stage.beat(1, blind),
    )
    lines(stage).run(turns)
    # Then each is said once, wrapped between words
    leaving = "leaving costs 0.50 USD (0.5 bp)"
    stands = "10:00:00 ET SIMULATED status: ACME visible, compared 3 s ago, exit 10:00:00,"
    blind_line = "10:00:01 ET BOLT   feed blind: gap: away  this position is not protected now"
    assert stage.text().splitlines() == [
        "10:00:00 ET SIMULATED status: ACME visible, compared 3 s ago, calm, leaving",
        "    costs 0.50 USD (0.5 bp)",
        "10:00:00 ET ACME   SIMULATED EXIT SUGGESTED (high): 100 shares, P&L -50.00 USD,",
        "    1.5 USD above the stop; your rule: 3 large sellers",
        stands,
        f"    stands until 10:05:00, {leaving}",
        blind_line,
        "10:00:01 ET SIMULATED status: ACME visible, compared 3 s ago, exit 10:00:00,",
        f"    stands until 10:05:00, {leaving}; BOLT blind (gap:",
        "    away), cannot tell",
    ]


@pytest.mark.usefixtures("_at_once")
def test_silence_and_its_end_are_lines(stage: Stage) -> None:
    # Given nobody, then a guard
    turns = Turns(
        lambda: stage.begin(live_row(leaving=None), market="live"),
        lambda: stage.clock.move(4),
        lambda: stage.beat(4, market="live"),
        lambda: stage.beat(5, status="stopped", market="live"),
    )
    # When it is watched where there is ASCII only
    lines(stage, width=120, is_ascii=True).run(turns)
    # Then each is said
    calm = "ET status: ACME visible, compared 3 s ago, calm"
    assert stage.text().splitlines() == [
        "NO GUARD WAS SEEN in /live. Is one running? Nothing is known.",
        "the guard is heard",
        f"10:00:00 {calm}",
        "NO WORD FROM THE GUARD for 4 s, since 10:00:00 ET. Nothing below is current.",
        "the guard is heard",
        f"10:00:04 {calm}",
        "THE GUARD HAS STOPPED at 10:00:05 ET. Nothing below is current.",
    ]


@pytest.mark.parametrize(
    ("moments", "written"),
    [((0, 4.9), 1), ((0, 5), 2), ((0, 5, 64.9), 2), ((0, 5, 65), 3)],
)
def test_a_summary_stands_for_five_seconds_and_is_repeated_after_a_minute(
    stage: Stage, moments: tuple[float, ...], written: int
) -> None:
    # Given a guard, of which a symbol becomes blind once the first summary stands
    stage.begin(live_row())
    stage.source.catch_up()
    teller = lines(stage)
    # When it is looked at these moments
    teller.turn([], 1_000.0 + moments[0])
    stage.source.state.take_beat(live_beat(live_row(sees="blind", pressure="unknown")))
    for moment in moments[1:]:
        teller.turn([], 1_000.0 + moment)
    # Then so many summaries were written
    assert stage.text().count("status:") == written


def test_json_has_all_that_is_so_once_a_second(stage: Stage) -> None:
    # Given a guard with an exit
    stage.begin(live_row(), live_row("BOLT"), troubles=("trouble",), status="degraded")
    write_lines(stage.record, [alert_line(0), exit_line(0)])
    # When it is asked twice
    run_json(stage.source, stage.written.append, stage.clock, Turns(lambda: None))
    # Then each line is one object
    first, second = (json.loads(each) for each in stage.text().splitlines())
    assert first == second
    symbols = first.pop("symbols")
    assert first == {
        "attention": True,
        "now": "2026-03-10T14:00:00.000000Z",
        "market_time": "2026-03-10T14:00:00.000000Z",
        "market": "simulated",
        "status": "degraded",
        "silent": False,
        "silent_for_seconds": 0.0,
        "sleeping_until": None,
        "troubles": ["trouble"],
        "record": str(stage.record),
        "counts": {"exit": 1, "calm": 1},
        "alerts_of_five_minutes": {"one": 1, "several": 0, "burst": 0},
        "largest_seller": alert_line(0),
    }
    assert [(each["symbol"], each["urgency"]) for each in symbols] == [
        ("ACME", "exit"),
        ("BOLT", "calm"),
    ]
    assert symbols[0]["exit"] == {
        "since": "2026-03-10T14:00:00.000000Z",
        "until": "2026-03-10T14:05:00.000000Z",
        "line": exit_line(0),
    }
    assert (symbols[1]["exit"], symbols[1]["price"]) == (None, "100.50")


def test_json_of_nobody_says_so(stage: Stage) -> None:
    # Given no guard
    run_json(stage.source, stage.written.append, stage.clock, Turns())
    # When it is asked, then nothing is made up
    found = json.loads(stage.text())
    assert (found["attention"], found["silent"], found["market"]) == (True, True, None)
    assert (found["symbols"], found["silent_for_seconds"], found["record"]) == ([], None, None)


def test_json_has_an_exit_whose_row_is_not_there_yet(stage: Stage) -> None:
    # Given an exit for a symbol without a row
    stage.begin()
    write_lines(stage.record, [exit_line(0, "NEW")])
    # When it is asked
    run_json(stage.source, stage.written.append, stage.clock, Turns())
    # Then it is there
    (found,) = json.loads(stage.text())["symbols"]
    assert (found["symbol"], found["urgency"]) == ("NEW", "exit")


def test_the_record_that_was_named_is_read_in_place_of_the_guards_own(
    stage: Stage, tmp_path: Path
) -> None:
    # Given a guard, and a record elsewhere
    stage.begin(live_row())
    write_lines(stage.record, [alert_line(0)])
    write_lines(tmp_path / "other", [exit_line(0)])
    source = LiveSource(tmp_path / "live", tmp_path / "other")
    # When all is read
    source.catch_up()
    # Then the other one was
    assert [each.kind for each in source.state.said(at(0))] == ["exit"]


def test_a_guard_without_a_record_has_nothing_said(tmp_path: Path) -> None:
    # Given a guard that keeps none
    LiveFolder(tmp_path).begin(live_beat(live_row(), whole=True))
    source = LiveSource(tmp_path)
    # When all is read, then there are its rows alone
    source.catch_up()
    assert (list(source.state.rows), source.state.said(at(0))) == (["ACME"], [])


def test_another_run_of_an_earlier_day_has_its_own_record(stage: Stage) -> None:
    # Given a guard of today, and then one of yesterday in the same folder
    stage.begin(live_row())
    write_lines(stage.record, [alert_line(-86_400)], "2026-03-09")
    stage.source.catch_up()
    before = len(stage.source.state.alerts(at(0)))
    # When the other run begins
    run = live_beat(live_row(), whole=True, run="f" * 16, record=str(stage.record))
    stage.live.begin(later(run, 1, at_ns=at(-86_400)))
    stage.source.catch_up()
    # Then what was said on its day is there
    assert before == 0
    assert len(stage.source.state.alerts(at(-86_400))) == 1


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, False),
        ({"status": "degraded"}, True),
        ({"troubles": ("trouble",)}, True),
        ({"status": "stopped"}, True),
        ({"written_ns": at(-4)}, True),
        ({"sleeping_until_ns": at(9)}, False),
    ],
)
def test_somebody_has_to_look_where_all_is_not_well(changes: Any, needed: bool) -> None:
    # Given a guard with a calm position
    state = LiveState()
    state.take_beat(live_beat(live_row(), whole=True, **changes))
    # When it is asked whether somebody has to look, then only where something is the matter
    assert report(state, at(0))["attention"] is needed


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({"pressure": "unknown"}, False),
        ({"pressure": "alerted"}, True),
        ({"pressure": "exit"}, True),
        ({"sees": "degraded"}, True),
        ({"sees": "blind"}, True),
        ({"sees": "not_watched"}, True),
    ],
)
def test_somebody_has_to_look_where_a_symbol_is_urgent(changes: Any, needed: bool) -> None:
    # Given a guard with a position that stands so
    state = LiveState()
    state.take_beat(live_beat(live_row(**changes), whole=True))
    # When it is asked whether somebody has to look, then for each that is urgent
    assert report(state, at(0))["attention"] is needed


def summed(*rows: LiveRow, said: Any = (), seconds: float = 0.0, **changes: Any) -> str:
    state = LiveState()
    state.take_beat(live_beat(*rows, whole=True, **changes))
    for line in said:
        state.take_line(line)
    return summary(state, at(seconds), EXCHANGE)


def test_a_summary_names_what_is_urgent_and_counts_many_that_are_calm() -> None:
    # Given ten calm symbols, and eleven, two of which are not judged, beside one that is alerted
    rows = [live_row(f"S{number}", leaving=None) for number in range(8)]
    rows += [live_row(f"T{number}", leaving=None, pressure="unknown") for number in range(2)]
    alerted = live_row("ZED", pressure="alerted", pressure_reason="2 held back", leaving=None)
    said = [alert_line(0, "ZED")]
    # When each is summed up
    ten = summed(*rows, alerted, said=said)
    eleven = summed(*rows, live_row("S9", leaving=None), alerted, said=said)
    # Then up to ten are named
    words = "ZED visible, compared 3 s ago, alerted 10:00:00, counts until 10:02:00, 2 held back"
    assert ten.startswith(f"{words}; S0 visible, compared 3 s ago, calm; ")
    assert ten.endswith("; T1 visible, compared 3 s ago, not judged")
    assert eleven == f"{words}; 9 calm; 2 not judged"


def test_a_summary_says_what_cannot_be_told() -> None:
    # Given a blind symbol, a short one that is, an exit without a row, and a guard that sleeps
    dark = live_row("DARK", sees="blind", reason="gap", pressure="unknown", leaving=None)
    short = live_row("LOW", sees="blind", shares="-5", pressure="unknown", leaving=None)
    muted = live_row("MUTE", compared_seconds_ago=None, leaving=None, muted_until_ns=at(60))
    # When each is summed up
    found = summed(dark, short, muted, said=[exit_line(0, "NEW")], troubles=("trouble",))
    # Then nothing passes for calm that is not
    assert found.split("; ") == [
        "NEW, exit 10:00:00, stands until 10:05:00",
        "DARK blind (gap), cannot tell",
        "LOW blind, not protected: short",
        "MUTE visible, calm",
        "trouble",
        "muted: MUTE until Tue 10:01 ET",
    ]
    assert summed(sleeping_until_ns=at(60)) == "market closed, sleeping until Tue 10:01 ET"
    assert summary(LiveState(), at(0), EXCHANGE) == ""


def test_lines_of_which_nobody_is_told_are_none(stage: Stage) -> None:
    # Given a guard whose record has such lines
    stage.begin(live_row())
    write_lines(stage.record, [other_line("told", 0, exit_id="x"), other_line("scale", 0)])
    # When all is read
    news, said = stage.source.read()
    # Then there was something, and nothing to say
    assert (news, said) == (True, [])
