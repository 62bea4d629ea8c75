"""The state of a guard that runs: when it is well, and in which words it is not."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.monitor_stubs import START

from trading_bot.order_flow.journal.lock import LOCK_FILE, FolderLock
from trading_bot.order_flow.journal.reading import STATE_FILE, RecordReader, is_of_record
from trading_bot.service.state_file import (
    FRESH_SECONDS,
    check_running,
    remove_state,
    sight_words,
    write_state,
)


def state_of(**changes: Any) -> dict[str, Any]:
    """Return the state of a guard that is well."""
    return {
        "written_at": START.isoformat(),
        "pid": 7,
        "market_source": "live",
        "sleeping_until": None,
        "status": "ok",
        "api_connectivity": "ok",
        "record": {"status": "ok", "reason": None},
        "positions": "ok",
        "symbols": {"ACME": {"visibility": "visible", "reason": ""}},
        "threads": {"judging": {"state": "ok", "error": None}},
    } | changes


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    """A folder in which a guard keeps its record."""
    lock = FolderLock(tmp_path)
    lock.take()
    yield tmp_path
    lock.release()


def reason_of(folder: Path, seconds: float = 1.0) -> Any:
    return check_running(folder, START + timedelta(seconds=seconds))["reason"]


def test_a_guard_that_sees_everything_is_well_and_its_state_is_handed_on(kept: Path) -> None:
    # Given a guard that has said a second ago that all is well
    write_state(kept, state_of())
    # When it is asked how it is
    found = check_running(kept, START + timedelta(seconds=1))
    # Then there is no reason to the contrary, which is said first
    assert found == {"reason": None, "age_seconds": 1.0, **state_of()}
    assert next(iter(found)) == "reason"


def test_a_guard_of_a_simulated_market_is_well_where_one_is_asked_for(kept: Path) -> None:
    # Given a guard that sees everything of a market that is none
    write_state(kept, state_of(market_source="simulated"))
    # When it is asked how it is, and how it is as one of a simulated market
    found = [
        check_running(kept, START, simulated=simulated)["reason"] for simulated in (False, True)
    ]
    # Then nobody takes it for a real one
    assert found == ["simulated: nothing real is watched", None]


def test_a_folder_without_a_guard_is_dead(tmp_path: Path) -> None:
    # Given a folder in which nobody keeps a record
    # When the guard is asked how it is
    # Then it is dead
    assert reason_of(tmp_path) == f"dead: no guard keeps its record in {tmp_path}"


def test_a_guard_that_left_its_state_behind_is_dead(tmp_path: Path) -> None:
    # Given a young state, and a lock file that nobody holds, as a killed guard leaves them
    write_state(tmp_path, state_of())
    (tmp_path / LOCK_FILE).write_bytes(b"")
    # When the guard is asked how it is
    # Then it is dead
    assert reason_of(tmp_path) == "dead: its last word is 1 s old, and nobody keeps the record"


def test_a_guard_that_has_said_nothing_yet_is_starting(kept: Path) -> None:
    # Given a guard that has only just begun
    # When it is asked how it is
    # Then it is not well yet
    assert reason_of(kept) == f"starting: the guard of {kept} has not said yet how it is"


@pytest.mark.parametrize(
    ("seconds", "is_frozen"),
    [
        (FRESH_SECONDS - 0.1, False),
        (FRESH_SECONDS, False),
        (FRESH_SECONDS + 0.1, True),
        (-FRESH_SECONDS - 0.1, True),
    ],
)
def test_a_guard_whose_state_is_older_than_it_may_be_is_frozen(
    kept: Path, seconds: float, is_frozen: bool
) -> None:
    # Given a guard that keeps its record
    write_state(kept, state_of())
    # When it is asked so long after its last word, or before it by a clock that was set back
    found = reason_of(kept, seconds)
    # Then it is frozen from that time on
    assert found == (f"frozen: its last word is {seconds:g} s old" if is_frozen else None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"threads": {"judging": {"state": "stuck", "error": None}}, "status": "blind"},
            "stuck: judging",
        ),
        (
            {
                "status": "blind",
                "symbols": {
                    "ACME": {"visibility": "visible", "reason": ""},
                    "BOLT": {"visibility": "blind", "reason": "stall: no quotes"},
                },
            },
            "blind: BOLT blind (stall: no quotes)",
        ),
        (
            {
                "status": "degraded",
                "symbols": {
                    f"A{number}": {"visibility": "degraded", "reason": "gap"} for number in range(7)
                },
            },
            f"degraded: {'; '.join(f'A{n} degraded (gap)' for n in range(5))}; 2 more symbols",
        ),
        (
            {"status": "blind", "positions": "no_positions: none.json is missing"},
            "blind: positions no_positions: none.json is missing",
        ),
        (
            {"status": "degraded", "record": {"status": "failed", "reason": "disk full"}},
            "degraded: the record disk full",
        ),
        (
            {
                "status": "degraded",
                "threads": {"news": {"state": "failed", "error": "KeyError"}},
            },
            "degraded: news has failed (KeyError)",
        ),
        (
            {"status": "degraded", "api_connectivity": "wrong_key"},
            "degraded: connection wrong_key",
        ),
        (
            {
                "status": "degraded",
                "api_connectivity": "untried",
                "symbols": {"ACME": {"visibility": "degraded", "reason": "starting"}},
            },
            "degraded: ACME degraded (starting)",
        ),
    ],
    ids=["stuck", "blind", "many", "positions", "record", "failed", "connection", "untried"],
)
def test_whatever_is_wrong_is_named(kept: Path, changes: dict[str, Any], reason: str) -> None:
    # Given a guard that lives, and is not well
    write_state(kept, state_of(**changes))
    # When it is asked how it is
    # Then the reason names what is wrong
    assert reason_of(kept) == reason


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"written_at": 5}'])
def test_a_state_that_cannot_be_read_is_named(kept: Path, content: bytes) -> None:
    # Given a file that is no state
    (kept / STATE_FILE).write_bytes(content)
    # When the guard is asked how it is
    # Then that is said
    assert str(reason_of(kept)).startswith(f"unreadable: {kept / STATE_FILE}: ")


@pytest.mark.parametrize("lacking", ["threads", "status", "market_source"])
def test_a_state_that_lacks_a_member_is_named(kept: Path, lacking: str) -> None:
    # Given the state of a guard that is well, without one of its members
    state = state_of()
    del state[lacking]
    write_state(kept, state)
    # When the guard is asked how it is
    # Then that is said, and it is not taken for well
    assert str(reason_of(kept)).startswith(f"unreadable: {kept / STATE_FILE}: ")


@pytest.mark.parametrize("threads", [None, [], {"judging": {}}, {"judging": None}])
def test_a_state_of_another_shape_is_named(kept: Path, threads: object) -> None:
    # Given a state with something else in the place of a member
    write_state(kept, state_of(threads=threads))
    # When the guard is asked how it is
    # Then that is said, and it is not taken for well
    assert str(reason_of(kept)).startswith(f"unreadable: {kept / STATE_FILE}: ")


@pytest.mark.skipif(sys.platform == "win32", reason="there a file is its owner's")
def test_only_its_owner_may_read_a_state(tmp_path: Path) -> None:
    # Given a state, which says what somebody holds
    write_state(tmp_path, state_of())
    # When its mode is looked at
    mode = stat.S_IMODE((tmp_path / STATE_FILE).stat().st_mode)
    # Then it is its owner's, and nothing is left of its making
    assert (mode, [each.name for each in tmp_path.iterdir()]) == (0o600, [STATE_FILE])


def test_a_state_is_no_part_of_the_record(tmp_path: Path) -> None:
    # Given a folder with nothing but a state
    write_state(tmp_path, state_of())
    # When the record is read
    # Then it has no day, and the folder still counts as the record's own
    assert RecordReader(tmp_path).days() == []
    assert is_of_record(STATE_FILE)


def test_a_state_can_be_removed_more_than_once(tmp_path: Path) -> None:
    # Given a state
    write_state(tmp_path, state_of())
    # When it is removed twice
    remove_state(tmp_path)
    remove_state(tmp_path)
    # Then it is gone
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sights", "words"),
    [
        ([], "0 symbols watched"),
        (["visible"], "1 symbol: 1 visible"),
        (["visible"] * 3, "3 symbols: 3 visible"),
        (["blind", "visible", "degraded", "visible"], "4 symbols: 2 visible, 1 degraded, 1 blind"),
    ],
)
def test_sight_is_one_line(sights: list[str], words: str) -> None:
    # Given symbols that can be seen, or not
    symbols = {str(number): {"visibility": each} for number, each in enumerate(sights)}
    # When they are told in a line, then it counts them
    assert sight_words(state_of(symbols=symbols)) == words


def test_a_guard_that_sleeps_says_until_when() -> None:
    # Given a closed market
    # When its guard is told in a line, then it says when the watch goes on
    assert sight_words(state_of(sleeping_until="2026-03-11T08:00:00Z")) == (
        "market closed, sleeping until 2026-03-11T08:00:00Z"
    )
