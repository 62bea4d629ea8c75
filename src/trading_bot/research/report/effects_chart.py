"""The picture of what each kind of alert was followed by, its negative controls beside it."""

from __future__ import annotations

from typing import Final

from trading_bot.research.bootstrap import Effect
from trading_bot.research.outcomes import MAIN_COLUMN
from trading_bot.research.report.figures import FAINT, INK, Figure, axis, base_layout, words
from trading_bot.research.score_run import Scorecard
from trading_bot.research.score_words import interval

_ROW_PIXELS: Final = 46
_COLOURS: Final = {"falls": "$burst", "rises": "$bid", "no difference": FAINT}
_SHAPES: Final = {"falls": "triangle-down", "rises": "triangle-up", "no difference": "circle"}


def effects_figure(card: Scorecard) -> Figure | None:
    """Draw each kind's effect with its interval, the negative controls beside them.

    Returns:
        None where every kind has too few events.
    """
    shown = _shown(card)
    if not shown:
        return None
    shown.reverse()
    layout = base_layout(90 + _ROW_PIXELS * len(shown))
    layout |= {
        "margin": {"l": 14, "r": 14, "t": 20, "b": 56},
        "xaxis": {
            **axis(),
            "title": {"text": "basis points in 60 s, against matched seconds"},
            "zeroline": True,
            "zerolinecolor": INK,
            "zerolinewidth": 1,
            "nticks": 7,
        },
        "yaxis": {**axis(), "range": [-0.5, len(shown) - 0.2], "showticklabels": False},
    }
    layout["yaxis"] |= {"showgrid": False, "fixedrange": True, "ticks": "", "showline": False}
    layout["annotations"] = [
        {
            **words(f"{name}: {_said(effect)}", INK),
            "xref": "paper",
            "x": 0,
            "xanchor": "left",
            "y": place + 0.38,
            "yanchor": "middle",
        }
        for place, (name, effect, _) in enumerate(shown)
    ]
    data = [_point(place, *each) for place, each in enumerate(shown)]
    return {"data": data, "layout": layout}


def effects_words(card: Scorecard) -> str:
    """Say in words what the picture shows."""
    return "Effects in 60 s, basis points. " + "; ".join(
        f"{name}: {interval(effect)}, {_said(effect)}" for name, effect, _ in _shown(card)
    )


def _shown(card: Scorecard) -> list[tuple[str, Effect, bool]]:
    rows = [(row, row.name, False) for row in card.rows]
    for control, of_control in card.controls.items():
        rows += [(row, f"{control}: {row.name}", True) for row in of_control]
    return [
        (f"{name} (n = {row.judged:,})", row.effects[MAIN_COLUMN], is_control)
        for row, name, is_control in rows
        if row.effects is not None
    ]


def _said(effect: Effect) -> str:
    if not effect.misses_zero:
        return "no difference"
    return "falls" if effect.high < 0 else "rises"


def _point(place: int, name: str, effect: Effect, is_control: bool) -> Figure:
    said = _said(effect)
    colour = FAINT if is_control and said != "falls" else _COLOURS[said]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [effect.difference],
        "y": [place],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [round(effect.high - effect.difference, 4)],
            "arrayminus": [round(effect.difference - effect.low, 4)],
            "color": colour,
            "thickness": 2,
            "width": 4,
        },
        "marker": {
            "color": "$card" if is_control else colour,
            "symbol": _SHAPES[said],
            "size": 12,
            "line": {"color": colour, "width": 2},
        },
        "hovertemplate": f"{name}<br>{effect.difference:+.2f} bp "
        f"[{effect.low:+.2f}, {effect.high:+.2f}]<extra></extra>",
    }
