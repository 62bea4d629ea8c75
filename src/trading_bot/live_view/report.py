"""What is so now, for a program: one object of JSON, and whether anybody has to look; pure."""

from __future__ import annotations

from typing import Any

import msgspec

from trading_bot.live_view.head import labels_of
from trading_bot.live_view.state import LiveState, StandingExit, Urgency
from trading_bot.order_flow.market.units import NS_PER_SECOND, iso_utc, utc_from_ns


def needs_attention(state: LiveState, now_ns: int) -> bool:
    """Return whether somebody has to look.

    Nobody has to while the guard is heard, says that it is well, and every symbol is visible and
    not alerted; a closed market through which it sleeps is well too.
    """
    if state.beat is None or state.is_silent(now_ns):
        return True
    if state.beat.status != "ok" or state.beat.troubles:
        return True
    return any(each != "calm" for each in state.urgencies(state.as_of(now_ns)).values())


def report(state: LiveState, now_ns: int) -> dict[str, Any]:
    """Return all that is so: times in UTC, members of rows as in the live file."""
    as_of_ns, beat = state.as_of(now_ns), state.beat
    urgencies, standing = state.urgencies(as_of_ns), state.standing(as_of_ns)
    silent_for_ns = state.silent_for_ns(now_ns)
    largest = state.largest(as_of_ns)
    return {
        "attention": needs_attention(state, now_ns),
        "now": _time(now_ns),
        "market_time": None if beat is None else _time(as_of_ns),
        "market": None if beat is None else beat.market,
        "status": None if beat is None else beat.status,
        "silent": state.is_silent(now_ns),
        "silent_for_seconds": None if silent_for_ns is None else silent_for_ns / NS_PER_SECOND,
        "sleeping_until": None if beat is None else _time(beat.sleeping_until_ns),
        "troubles": [] if beat is None else list(beat.troubles),
        "record": None if beat is None else beat.record or None,
        "counts": dict(labels_of(state, as_of_ns)),
        "alerts_of_five_minutes": state.counts(as_of_ns),
        "largest_seller": None if largest is None else largest.line,
        "symbols": [
            _symbol(state, each, urgencies[each], standing.get(each)) for each in urgencies
        ],
    }


def _symbol(
    state: LiveState, symbol: str, urgency: Urgency, standing: StandingExit | None
) -> dict[str, Any]:
    row = state.rows.get(symbol)
    members = {"symbol": symbol} if row is None else msgspec.to_builtins(row)
    exit_ = None
    if standing is not None:
        until = _time(standing.until_ns)
        exit_ = {"since": _time(standing.said.at_ns), "until": until, "line": standing.said.line}
    return {**members, "urgency": urgency, "exit": exit_}


def _time(moment_ns: int | None) -> str | None:
    return None if moment_ns is None else iso_utc(utc_from_ns(moment_ns))
