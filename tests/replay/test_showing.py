"""A recorded day that is played at the pace of a clock, for whoever shows it."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.recorded_day import FIXED, recorded_day
from support.replay_options import a_day

from trading_bot.live_view.tail import LiveTail, RecordTail
from trading_bot.order_flow.market.units import FAR_FUTURE_NS, NS_PER_SECOND
from trading_bot.replay import showing
from trading_bot.replay.playback import Playback, RowPlayback, open_playback
from trading_bot.replay.run_replay import prepare
from trading_bot.replay.showing import (
    LIVE,
    RECORD,
    ShownDay,
    ShownJudge,
    open_day,
    play_day,
)
from trading_bot.replay.shown_day import MOST_SHOWN, look_of_day


class HandTime:
    """A machine's present that goes on by waiting alone."""

    def __init__(self, ends_after: float = 1e9) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []
        self._ends_after = ends_after

    def __call__(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.seconds += seconds
        return self.seconds > self._ends_after


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Playback]:
    """A day of five seconds, a row at a time, and the folder that it is played into."""
    monkeypatch.setattr(showing, "_ROWS", 1)
    folder = tmp_path / "shown"
    folder.mkdir()
    return folder, open_day(a_day(tmp_path), folder)


def lines_of(folder: Path) -> list[str]:
    tail = RecordTail(folder / RECORD, since_ns=0)
    return [line["event"] for line in tail.read()]


def test_a_day_is_played_at_its_pace_and_its_lines_are_there_at_once(
    shown: tuple[Path, Playback],
) -> None:
    # Given a day of five seconds with three large sellers
    (folder, playback), time = shown, HandTime()
    began: list[list[str]] = []
    # When it is played at twice its pace
    play_day(
        playback,
        folder,
        2.0,
        wait=time.wait,
        began=lambda: began.append(lines_of(folder)),
        now_seconds=time,
    )
    # Then it took half of its time, and its record is there, line by line
    assert time.seconds == pytest.approx(2.5)
    assert len(began) == 1
    assert lines_of(folder).count("order_flow.large_seller_detected") == 3
    assert "order_flow.exit_signal_triggered" in lines_of(folder)


def test_the_live_file_of_a_day_says_recorded_and_ends_as_stopped(
    shown: tuple[Path, Playback],
) -> None:
    # Given a day
    (folder, playback), time = shown, HandTime()
    # When it is played
    play_day(playback, folder, 1.0, wait=time.wait, now_seconds=time)
    # Then its live file is that of a recorded market, by the market's time, and ends
    beats = LiveTail(folder / LIVE).read()
    assert {beat.market for beat in beats} == {"recorded"}
    assert (beats[-1].status, beats[-1].at_ns) == ("stopped", playback.last_ns)
    row = [row for beat in beats for row in beat.rows][-1]
    assert (row.symbol, row.sees, row.shares) == ("ACME", "degraded", "100")


def test_a_day_ends_when_nobody_wants_it_any_more(shown: tuple[Path, Playback]) -> None:
    # Given a day of five seconds of which one is wanted
    (folder, playback), time = shown, HandTime(ends_after=1.1)
    # When it is played
    play_day(playback, folder, 1.0, wait=time.wait, now_seconds=time)
    # Then it ends there
    assert time.seconds == pytest.approx(1.25)
    assert playback.trades == 2


def test_a_day_that_takes_longer_to_judge_is_not_waited_for(shown: tuple[Path, Playback]) -> None:
    # Given a machine that is behind from the start
    (folder, playback), time = shown, HandTime()

    def late() -> float:
        time.seconds += 100
        return time.seconds

    # When the day is played, then nobody waits
    play_day(playback, folder, 1.0, wait=time.wait, now_seconds=late)
    assert time.waits == []


def test_a_recording_is_played_as_it_comes(tmp_path: Path) -> None:
    # Given a recording, which is in the order of time already
    recording = Path(__file__).parents[1] / "golden" / "inputs" / "recording"
    options = replace(a_day(tmp_path), paths=tuple(sorted(recording.iterdir())))
    (tmp_path / "shown").mkdir()
    # When it is opened, then nothing is put between it and who plays it
    assert not isinstance(open_day(options, tmp_path / "shown"), RowPlayback)


def test_without_a_row_there_is_nothing_to_play(tmp_path: Path) -> None:
    # Given a day without the symbol that is wanted
    playback = prepare(a_day(tmp_path, symbols=("NONE",)))
    # When it is to be played, then it says so
    with pytest.raises(ValueError, match="no row could be played"):
        play_day(playback, tmp_path, 1.0, wait=HandTime().wait)


def test_what_was_said_of_sight_holds_until_something_else_is_said(tmp_path: Path) -> None:
    # Given a day that was judged
    playback = open_playback(recorded_day(tmp_path), FIXED, make_judge=ShownJudge)
    next(playback.batches())
    judge = playback.judge
    sight = judge.sightings.sight("ACME", playback.last_ns)
    assert sight is not None
    # When something is said of its sight
    judge.saw("ACME", sight, playback.last_ns)
    # Then it is so an hour later, where a guard would not know
    later = playback.last_ns + 3_600 * NS_PER_SECOND
    assert judge.sightings.sight("ACME", later) is sight
    assert judge.sightings._seen["ACME"].at_ns == FAR_FUTURE_NS


def test_of_very_many_symbols_the_first_are_shown(tmp_path: Path) -> None:
    # Given a day whose data does not say what was protected
    playback = open_playback(recorded_day(tmp_path), FIXED)
    next(playback.batches())
    judge = playback.judge
    for number in range(2 * MOST_SHOWN):
        judge.watch(f"S{number}", from_ns=playback.last_ns, now_ns=playback.last_ns)
    look = look_of_day(playback)
    # When it is asked what is shown, and again where it is known
    shown = [look().rows]
    judge.protected = ("ACME",)
    shown.append(look(whole=True).rows)
    # Then it is a bounded number of them, and those that were protected
    assert [len(each) for each in shown] == [MOST_SHOWN, 1]


def test_a_process_that_cannot_play_says_why_and_is_gone(tmp_path: Path) -> None:
    # Given files that are none
    (tmp_path / "q.csv").write_text("no table\n")
    day = a_day(tmp_path)
    (tmp_path / "q.csv").write_text("no table\n")
    # When they are to be played, then the reason comes back, and no process is left
    with pytest.raises(ValueError, match=r"q\.csv"), ShownDay(day, tmp_path, 1.0):
        pass
    assert multiprocessing.active_children() == []


@pytest.fixture
def _own_ctrl_c() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_own_ctrl_c")
@pytest.mark.parametrize(
    ("changes", "said"),
    [({}, ""), ({"symbols": ("NONE",)}, "no row could be played: "), ({"begin": "soon"}, "--from")],
)
def test_the_process_says_nothing_once_it_plays_or_why_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str
) -> None:
    # Given a process without a parent, and a day of which a row is judged at a time
    monkeypatch.setattr(showing, "_ROWS", 1)
    (tmp_path / "shown").mkdir()
    heard, saying = multiprocessing.Pipe(duplex=False)
    # When it plays the day
    with heard, saying:
        showing._play_in_process(a_day(tmp_path, **changes), tmp_path / "shown", 1.0, saying)
        words = heard.recv()
    # Then it says so, and ends at once: nobody is there to look
    assert words.startswith(said)
    assert bool(words) == bool(said)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.usefixtures("_own_ctrl_c")
@pytest.mark.parametrize(("lives", "prints"), [(True, 4), (False, 1)])
def test_the_process_ends_with_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lives: bool, prints: int
) -> None:
    # Given a process whose parent lives, and one whose parent has died
    class Parent:
        def join(self, seconds: float) -> None:
            time.wait(seconds)

        def is_alive(self) -> bool:
            return lives

    time = HandTime()
    played: list[Playback] = []
    by_hand = partial(play_day, now_seconds=time)

    def play(playback: Playback, *how: Any, **more: Any) -> None:
        played.append(playback)
        by_hand(playback, *how, **more)

    monkeypatch.setattr(showing, "_ROWS", 1)
    monkeypatch.setattr(showing, "play_day", play)
    monkeypatch.setattr(multiprocessing, "parent_process", Parent)
    (tmp_path / "shown").mkdir()
    heard, saying = multiprocessing.Pipe(duplex=False)
    # When the day is played
    with heard, saying:
        showing._play_in_process(a_day(tmp_path), tmp_path / "shown", 1.0, saying)
    # Then it is played to its end, or no further than where that was noticed
    assert played[0].trades == prints


@pytest.mark.usefixtures("_own_ctrl_c")
def test_a_fault_in_the_middle_of_a_day_is_said_on_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a disk that fails once the day has begun
    def fail(*_: object, began: Callable[[], object], **_more: object) -> None:
        began()
        raise OSError("the disk is full")

    monkeypatch.setattr(showing, "play_day", fail)
    heard, saying = multiprocessing.Pipe(duplex=False)
    (tmp_path / "shown").mkdir()
    # When the day is played
    with heard, saying:
        showing._play_in_process(a_day(tmp_path), tmp_path / "shown", 1.0, saying)
        # Then whoever waits has heard that it began, and the terminal why it ends
        assert heard.recv() == ""
    assert capsys.readouterr().err == "trading-bot: the day ends here: the disk is full\n"


def test_a_process_that_ends_without_a_word_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a process that cannot even be told what to play
    monkeypatch.setattr(showing, "_play_in_process", print)
    # When it is started, then its end is noticed
    with pytest.raises(ValueError, match="has ended"), ShownDay(a_day(tmp_path), tmp_path, 1.0):
        pass
