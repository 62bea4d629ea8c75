"""The head of a frame: which market, when, whether the guard is heard, what is the matter; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from trading_bot.live_view.cells import Line, Span, Style, clean
from trading_bot.live_view.rows import SIGNS
from trading_bot.live_view.state import LiveState
from trading_bot.live_view.verdicts import label_of
from trading_bot.live_view.words import SIMULATED
from trading_bot.live_view.zones import Zone, ago
from trading_bot.order_flow.market.units import NS_PER_SECOND

LABELS: Final = ("exit", "blind", "degraded", "alerted", "calm", "not judged", "not protected")
"""As what symbols are counted, the most urgent first."""
_LABEL_STYLES: Final[Mapping[str, Style]] = {
    "exit": "exit",
    "blind": "blind",
    "degraded": "degraded",
    "alerted": "alerted",
    "calm": "good",
}
_MARKETS: Final = {"simulated": SIMULATED.strip(), "recorded": "RECORDED", "live": "live"}


def title(state: LiveState, now_ns: int, zone: Zone) -> Line:
    """Return which market it is, its time, and how lately the guard was heard."""
    beat = state.beat
    if beat is None:
        return ((f"{zone.date_and_clock(now_ns)}", "dim"),)
    style: Style = "bold" if beat.market == "live" else "alerted"
    spans: list[Span] = [
        (f"{_MARKETS[beat.market]} market ", style),
        (zone.date_and_clock(state.as_of(now_ns)), "bold"),
    ]
    if not state.is_silent(now_ns):
        heard_ns = state.silent_for_ns(now_ns) or 0
        spans.append((f"  guard heard {heard_ns / NS_PER_SECOND:.1f} s ago", "dim"))
    return tuple(spans)


def silence(state: LiveState, now_ns: int, zone: Zone, waits_for: str = "") -> str:
    """Say loudly that the guard is not heard; empty while it is.

    Args:
        state: What is so.
        now_ns: The machine's present.
        zone: In which times are shown.
        waits_for: Where a guard is looked for.
    """
    beat = state.beat
    if not state.is_silent(now_ns):
        return ""
    if beat is None:
        where = f" in {waits_for}" if waits_for else ""
        return f"NO GUARD WAS SEEN{where}. Is one running? Nothing is known."
    since = f"{zone.clock(beat.written_ns)} {zone.name(beat.written_ns)}"
    if beat.status == "stopped":
        return f"THE GUARD HAS STOPPED at {since}. Nothing below is current."
    seconds = (state.silent_for_ns(now_ns) or 0) / NS_PER_SECOND
    return f"NO WORD FROM THE GUARD for {ago(seconds)}, since {since}. Nothing below is current."


def muted(state: LiveState, zone: Zone) -> str:
    """Say of which symbols no notice is sent, and until when; empty where of all one is."""
    until = sorted(
        (symbol, row.muted_until_ns)
        for symbol, row in state.rows.items()
        if row.muted_until_ns is not None
    )
    named = ", ".join(f"{symbol} until {zone.day_and_hour(moment)}" for symbol, moment in until)
    return f"muted: {named}" if named else ""


def labels_of(state: LiveState, as_of_ns: int) -> Counter[str]:
    """Return how many symbols are counted as what."""
    urgencies = state.urgencies(as_of_ns)
    return Counter(label_of(state.rows.get(each), urgencies[each]) for each in urgencies)


def counts(state: LiveState, now_ns: int, zone: Zone) -> Line:
    """Return how many symbols stand how; empty before anything is known."""
    if state.beat is None:
        return ()
    as_of_ns = state.as_of(now_ns)
    labels = labels_of(state, as_of_ns)
    sleeping_ns = state.beat.sleeping_until_ns
    if sleeping_ns is not None:
        until = zone.day_and_hour(sleeping_ns)
        return ((f"market closed, sleeping until {until}", "bold"),)
    if not labels:
        return (("nothing is watched", "bold"),)
    known = "when last heard " if state.is_silent(now_ns) else ""
    return ((f"{known}{sum(labels.values())} watched: ", ""), *label_spans(labels))


def label_spans(labels: Mapping[str, int], sign: str = "") -> Line:
    """Return each count that is not zero, such as `1 exit, 41 calm`."""
    spans: list[Span] = []
    for label in LABELS:
        if number := labels.get(label, 0):
            if spans:
                spans.append((", ", ""))
            spans.append((f"{sign}{number} {label}", _LABEL_STYLES.get(label, "")))
    return tuple(spans)


def signs(state: LiveState, as_of_ns: int) -> Line:
    """Return how many alerts of each sign came within five minutes."""
    found = state.counts(as_of_ns)
    several = f"{SIGNS['several']} {found['several']} further"
    burst = f"{SIGNS['burst']} {found['burst']} burst{'' if found['burst'] == 1 else 's'}"
    return ((f"5 min: {SIGNS['one']} {found['one']} large, {several}, {burst}", "dim"),)


def largest(state: LiveState, as_of_ns: int, zone: Zone) -> Line:
    """Return the largest seller of half an hour; nothing where there was none."""
    found = state.largest(as_of_ns)
    if found is None:
        return ()
    words = f"{clean(found.symbol)} {found.order_size:,} at {zone.clock(found.at_ns)}"
    return ((f"; largest of 30 min: {words}", "dim"),)
