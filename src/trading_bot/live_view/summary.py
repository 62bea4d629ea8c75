"""How all stands in one line, where output is no terminal; pure."""

from __future__ import annotations

from collections import Counter
from typing import Final

from trading_bot.live_view.cells import plain
from trading_bot.live_view.head import counts, muted
from trading_bot.live_view.state import LiveState
from trading_bot.live_view.verdicts import (
    is_short,
    label_of,
    words_of_alerted,
    words_of_leaving,
    words_of_rest,
    words_of_standing,
)
from trading_bot.live_view.zones import Zone, ago
from trading_bot.order_flow.live_file.lines import LiveRow

CALM_NAMED: Final = 10
"""Symbols of which nothing urgent is to be said are named up to so many; more are counted."""


def summary(state: LiveState, now_ns: int, zone: Zone) -> str:
    """Say of each symbol how it stands, the most urgent first, and what is the matter."""
    beat = state.beat
    if beat is None or beat.sleeping_until_ns is not None or not state.order(state.as_of(now_ns)):
        parts = [plain(counts(state, now_ns, zone))]
    else:
        parts = _of_symbols(state, state.as_of(now_ns), zone, is_silent=state.is_silent(now_ns))
    parts += () if beat is None else beat.troubles
    return "; ".join(filter(None, (*parts, muted(state, zone))))


def _of_symbols(state: LiveState, as_of_ns: int, zone: Zone, *, is_silent: bool) -> list[str]:
    urgencies, standing = state.urgencies(as_of_ns), state.standing(as_of_ns)
    newest = {each.symbol: each for each in state.alerts(as_of_ns)}
    calm = [each for each, urgency in urgencies.items() if urgency == "calm"]
    counted = calm if len(calm) > CALM_NAMED else []
    parts = []
    for symbol, urgency in urgencies.items():
        row = state.rows.get(symbol)
        if urgency == "calm" and counted:
            continue
        if urgency == "exit" or row is None:
            says = words_of_standing(standing.get(symbol), zone)
        elif urgency == "alerted":
            reason = f", {row.pressure_reason}" if row.pressure_reason else ""
            says = words_of_alerted(newest.get(symbol), as_of_ns, zone) + reason
        elif urgency != "calm" and not is_short(row):
            says = "cannot tell"
        else:
            says = words_of_rest(row, is_silent=is_silent)[0]
        leaving = words_of_leaving(None if row is None else row.leaving)
        parts.append(", ".join(filter(None, (_seen(symbol, row), says, leaving))))
    labels = Counter(label_of(state.rows.get(each), "calm") for each in counted)
    return parts + [f"{number} {label}" for label, number in labels.items()]


def _seen(symbol: str, row: LiveRow | None) -> str:
    """Say how well a symbol can be seen; where it can be, how lately that was compared."""
    if row is None:
        return symbol
    sees = row.sees.replace("_", " ")
    words = f"{symbol} {sees} ({row.reason})" if row.reason else f"{symbol} {sees}"
    if row.sees != "visible" or row.compared_seconds_ago is None:
        return words
    return f"{words}, compared {ago(row.compared_seconds_ago)} ago"
