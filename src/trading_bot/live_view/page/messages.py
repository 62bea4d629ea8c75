"""What the page is told, as server-sent events of JSON; pure.

| event | when | holds |
| --- | --- | --- |
| `state` | first, and after a viewer fell behind | everything |
| `beat` | with each beat of the guard | the rows that have changed, and what follows from them |
| `said` | with each line of the record that somebody is told of | that line, and what it is |
| `quiet` | each second in which the guard is not heard | since when |

Stamps are whole milliseconds, in members that end in `_ms`: a page's numbers hold no nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from trading_bot.live_view.past import Past
from trading_bot.live_view.said import SaidLine
from trading_bot.live_view.state import COUNTED_NS, EXIT_STANDS_NS, LiveState, StandingExit
from trading_bot.order_flow.live_file.lines import LiveBeat, LiveRow
from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND

KEEP_ALIVE: Final = b":\n\n"
"""Says that the server lives, and nothing else."""
WAITING: Final = "waiting"
"""The status before anything was heard of a guard."""
_NS: Final = "_ns"
_MINUTES: Final = COUNTED_NS // (60 * NS_PER_SECOND)


def event(name: str, members: Any) -> bytes:
    """Return one event as it goes over the wire."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(members))


def whole_state(state: LiveState, now_ns: int, waits_for: str) -> dict[str, Any]:
    """Return everything.

    Args:
        state: What is so.
        now_ns: The machine's present.
        waits_for: Said while nothing was heard of a guard.
    """
    as_of_ns = state.as_of(now_ns)
    beat, silent_for = state.beat, state.silent_for_ns(now_ns)
    members = {
        "now_ms": as_of_ns // NS_PER_MS,
        "market": None if beat is None else beat.market,
        "record": "" if beat is None else beat.record,
        "run": "" if beat is None else beat.run,
        "number": 0 if beat is None else beat.number,
        "status": WAITING,
        "troubles": [waits_for],
        "silent_for_s": None if silent_for is None else silent_for / NS_PER_SECOND,
        "rows": [row_members(row) for row in state.rows.values()],
        "alerts": [said_members(each) for each in state.alerts(as_of_ns)],
        "exits": [_exit_members(each) for each in state.exits(as_of_ns)],
        "feeds_said": [said_members(each) for each in state.feed_events(as_of_ns)],
        "walls_said": [said_members(each) for each in state.wall_events(as_of_ns)],
    }
    if beat is not None:
        members |= _of_guard(beat)
    return members | _of_all(state, now_ns, as_of_ns)


def beat_members(state: LiveState, past: Past, beat: LiveBeat, now_ns: int) -> dict[str, Any]:
    """Return what a beat changes; the state has taken it already.

    `points` has the newest point of each changed symbol: a second one of the same second takes the
    place of the first.
    """
    as_of_ns = state.as_of(now_ns)
    points = {row.symbol: past.point(row.symbol) for row in beat.rows}
    return {
        "now_ms": as_of_ns // NS_PER_MS,
        "number": beat.number,
        **_of_guard(beat),
        "rows": [row_members(row) for row in beat.rows],
        "gone": beat.gone,
        "points": points,
        **_of_all(state, now_ns, as_of_ns),
    }


def quiet_members(state: LiveState, now_ns: int) -> dict[str, Any]:
    """Return for how long the guard was not heard; None where it never was."""
    silent_for = state.silent_for_ns(now_ns)
    return {
        "now_ms": state.as_of(now_ns) // NS_PER_MS,
        "status": WAITING if state.beat is None else state.beat.status,
        "silent_for_s": None if silent_for is None else silent_for / NS_PER_SECOND,
    }


def said_members(said: SaidLine) -> dict[str, Any]:
    """Return a line of the record, what it is about, its sign, and until when an exit stands."""
    members = {
        "kind": said.kind,
        "sign": said.sign,
        "at_ms": said.at_ns // NS_PER_MS,
        "line": said.line,
    }
    if said.kind == "exit":
        members["until_ms"] = (said.at_ns + EXIT_STANDS_NS) // NS_PER_MS
    return members


def row_members(row: LiveRow) -> dict[str, Any]:
    """Return a row; members that have their default are left out."""
    members: dict[str, Any] = _in_ms(msgspec.to_builtins(row))
    return members


def _exit_members(each: StandingExit) -> dict[str, Any]:
    ended = each.ended_ns
    return said_members(each.said) | {"ended_ms": None if ended is None else ended // NS_PER_MS}


def _of_guard(beat: LiveBeat) -> dict[str, Any]:
    sleeping = beat.sleeping_until_ns
    return {
        "status": beat.status,
        "troubles": beat.troubles,
        "written_ms": beat.written_ns // NS_PER_MS,
        "sleeping_until_ms": None if sleeping is None else sleeping // NS_PER_MS,
    }


def _of_all(state: LiveState, now_ns: int, as_of_ns: int) -> dict[str, Any]:
    """Return what follows from all rows and lines together."""
    return {
        "silent": state.is_silent(now_ns),
        "order": state.order(as_of_ns),
        "counts": {**state.counts(as_of_ns), "minutes": _MINUTES},
        "largest": _largest_members(state.largest(as_of_ns)),
        "standing": _ids(list(state.standing(as_of_ns).values())),
    }


def _largest_members(found: SaidLine | None) -> dict[str, Any] | None:
    if found is None:
        return None
    at_ms = found.at_ns // NS_PER_MS
    return {"symbol": found.symbol, "shares": found.order_size, "at_ms": at_ms}


def _ids(exits: Sequence[StandingExit]) -> list[str | None]:
    return [each.said.line.get("exit_id") for each in exits]


def _in_ms(value: Any) -> Any:
    """Return members with each stamp in milliseconds, by that name."""
    if isinstance(value, dict):
        return dict(_member_in_ms(name, each) for name, each in value.items())
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], dict):
        return [_in_ms(each) for each in value]
    return value


def _member_in_ms(name: str, value: Any) -> tuple[str, Any]:
    if name.endswith(_NS):
        return f"{name.removesuffix(_NS)}_ms", None if value is None else value // NS_PER_MS
    return name, _in_ms(value)
