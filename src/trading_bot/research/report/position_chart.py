"""The picture of a position over one day: held to the end, and left at the first exit, in USD."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from trading_bot.order_flow.market.units import NS_PER_SECOND, TICKS_PER_DOLLAR
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.research.position.dollars import PositionAccount, drawdown_ticks, gained_ticks
from trading_bot.research.position.exit_account import HeldDay
from trading_bot.research.position.words import usd
from trading_bot.research.quote_series import FloatArray, IntArray
from trading_bot.research.report.exit_lane import GLYPH, MOST_EXIT_LINES, add_exits
from trading_bot.research.report.figures import (
    FAINT,
    INK,
    Figure,
    add_day,
    base_layout,
    line,
    local_ms,
    marks,
)

_STEP_NS: Final = 15 * NS_PER_SECOND
_LEFT: Final = "$bid"
_PANELS: Final = {
    "yaxis": (0.42, 0.88, "gained since the start, USD"),
    "yaxis2": (0.0, 0.34, "drawdown so far, USD"),
}
_ZERO: Final = {"zeroline": True, "zerolinecolor": FAINT, "zerolinewidth": 1, "rangemode": "tozero"}


def position_figure(
    day: HeldDay, account: PositionAccount, exits: Sequence[ExitRecommendation]
) -> Figure:
    """Draw one symbol-day of a position.

    Args:
        day: The position as it is held.
        account: The same in USD.
        exits: Of any symbols and days.
    """
    moments, places = _moments(day)
    gained, drawdown = _usd_of(day, gained_ticks(day)), _usd_of(day, -drawdown_ticks(day))
    data = [
        _steps("held to the end", gained[places], moments, INK, "y"),
        _steps("drawdown, held", drawdown[places], moments, INK, "y2"),
    ]
    if day.exits:
        # From the first exit on nothing changes any more.
        left = np.minimum(places, day.left[0])
        data += [
            _steps("left", gained[left], moments, _LEFT, "y", dash="dash", width=2.5),
            _steps("drawdown, left", drawdown[left], moments, _LEFT, "y2", dash="dash", width=2),
        ]
    if 0 < len(account.exits) <= MOST_EXIT_LINES:
        data.append(
            marks(
                f"left at an exit ({len(account.exits)})",
                [each.at_ns for each in account.exits],
                [float(each.change) for each in account.exits],
                [
                    f"left here {usd(each.change)} USD, {usd(each.saved)} against held to the end"
                    for each in account.exits
                ],
                _LEFT,
                "triangle-down",
                GLYPH,
                size=11,
            )
        )
    layout = base_layout(520)
    add_day(layout, day.series, _PANELS)
    for name in _PANELS:
        layout[name] |= _ZERO
    figure = {"data": data, "layout": layout}
    add_exits(figure, day.series, exits)
    return figure


def _moments(day: HeldDay) -> tuple[IntArray, IntArray]:
    """Return when the lines have a point, and the quotes that stand then.

    Every exit has one, so that each stands on the line, and so have the best and the worst mark.
    """
    stamps, marks_held = day.series.stamps, day.marks
    grid = np.arange(stamps[0], day.series.close_ns, _STEP_NS, dtype=np.int64)
    extremes = stamps[[int(marks_held.argmin()), int(marks_held.argmax())]]
    exits = np.array(day.exits[:MOST_EXIT_LINES], dtype=np.int64)
    moments = np.unique(np.concatenate((grid, extremes, exits)))
    return moments, np.maximum(day.series.places_at(moments), 0)


def _steps(
    name: str,
    values: FloatArray,
    moments: IntArray,
    colour: str,
    axis: str,
    *,
    dash: str = "solid",
    width: float = 1.5,
) -> Figure:
    """Draw a line by the points at which it changes, and its last."""
    shown = np.concatenate(([True], values[1:] != values[:-1]))
    shown[-1] = True
    drawn = line(name, values[shown].round(4).tolist(), colour, axis, dash=dash, width=width)
    return drawn | {"x": [local_ms(at_ns) for at_ns in moments[shown].tolist()]}


def _usd_of(day: HeldDay, ticks: IntArray) -> FloatArray:
    found: FloatArray = ticks * float(abs(day.position.quantity)) / TICKS_PER_DOLLAR
    return found
