"""Exits above a picture: a mark and a line each while they are few, their rate where many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.research.quote_series import QuoteSeries
from trading_bot.research.report.figures import INK, Figure, local_ms, marks, words

GLYPH: Final = "▼"
AXIS: Final = "y9"
PANEL: Final = (0.945, 0.985)
"""Share of the picture's height."""
MOST_EXIT_LINES: Final = 40
"""With more exits than this, lines would hide everything."""
RATE_SECONDS: Final = 300
_WIDTH_NS: Final = RATE_SECONDS * NS_PER_SECOND
_LINES_UP_TO: Final = 0.94


def add_exits(
    figure: Figure, series: QuoteSeries, exits: Sequence[ExitRecommendation]
) -> list[ExitRecommendation]:
    """Add a lane of the exits that lie in a session, and return these.

    Args:
        figure: With data and layout; its panels lie below the lane.
        series: The session.
        exits: Of any symbols and days.
    """
    within = [
        each
        for each in exits
        if each.symbol == series.symbol
        and series.open_ns <= ns_from_utc(each.timestamp_utc) < series.close_ns
    ]
    stamps = [ns_from_utc(each.timestamp_utc) for each in within]
    lane = {"domain": list(PANEL), "visible": False, "fixedrange": True, "range": [0, 1]}
    figure["layout"]["yaxis9"] = lane
    if not within:
        title = "no exit suggested"
    elif len(within) <= MOST_EXIT_LINES:
        title = f"exits suggested: {len(within)}"
        texts = [f"exit, {each.urgency}<br>{each.reason}" for each in within]
        name = f"exit suggested ({len(within)})"
        heights = [0.5] * len(within)
        mark = marks(name, stamps, heights, texts, INK, "triangle-down", GLYPH, axis=AXIS, size=12)
        figure["data"].append(mark)
        figure["layout"]["shapes"] += map(_exit_line, mark["x"])
    else:
        rates = _rates(series, stamps)
        figure["data"].append(rates)
        lane["range"] = [0, max(rates["y"])]
        title = f"exits suggested in 5 minutes: at most {max(rates['y'])}, {len(within):,} in all"
    figure["layout"]["annotations"].append(
        {
            **words(title, INK),
            "xref": "paper",
            "x": 0,
            "xanchor": "left",
            "yref": "paper",
            "y": PANEL[1],
            "yanchor": "bottom",
        }
    )
    return within


def _rates(series: QuoteSeries, stamps: Sequence[int]) -> Figure:
    starts = np.arange(series.open_ns, series.close_ns, _WIDTH_NS)
    counts = np.bincount((np.array(stamps) - series.open_ns) // _WIDTH_NS, minlength=len(starts))
    return {
        "type": "bar",
        "name": "exits in 5 minutes",
        "x": [local_ms(each) + _WIDTH_NS // NS_PER_MS // 2 for each in starts.tolist()],
        "y": counts.tolist(),
        "width": _WIDTH_NS // NS_PER_MS,
        "yaxis": AXIS,
        "marker": {"color": INK, "line": {"width": 0}},
        "hovertemplate": "around %{x|%H:%M}: %{y} exits in 5 minutes<extra></extra>",
    }


def _exit_line(at_ms: int) -> Figure:
    return {
        "type": "line",
        "xref": "x",
        "x0": at_ms,
        "x1": at_ms,
        "yref": "paper",
        "y0": 0,
        "y1": _LINES_UP_TO,
        "line": {"color": f"{INK}/55", "width": 1},
    }
