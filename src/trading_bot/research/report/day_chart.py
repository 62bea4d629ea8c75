"""The pictures of a report, as plain figures that the page's script draws.

A figure is `{"data": [...], "layout": {...}}` in the words of https://plotly.com/javascript/ .
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.config import SymbolThresholds
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.units import (
    NS_PER_MS,
    NS_PER_SECOND,
    TICKS_PER_DOLLAR,
    ns_from_utc,
    utc_from_ns,
)
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.red_burst import SELL_RATIO_THOUSANDTHS
from trading_bot.research.outcomes import MAIN_COLUMN, OutcomeRules, outcomes_at
from trading_bot.research.quote_series import IntArray, QuoteSeries
from trading_bot.research.score_run import Scorecard
from trading_bot.research.scored_findings import READING_NS, Findings, Reading

Figure = dict[str, Any]
INK: Final = "#d7dee6"
FAINT: Final = "#8695a5"
GRID: Final = "#222c37"
PAPER: Final = "#121920"
RED: Final = "#ff5d5d"
GREEN: Final = "#3ecf8e"
BLUE: Final = "#5aa9ff"
AMBER: Final = "#ffb547"
PINK: Final = "#ff7ad9"
_MARKS: Final = {
    ("red_burst", "critical"): ("red burst, critical", RED, "triangle-down", 13),
    ("red_burst", "warning"): ("red burst, warning", "#ff9c8a", "triangle-down-open", 12),
    ("aggressive_sell", "critical"): ("aggressive sell, critical", AMBER, "diamond", 8),
    ("aggressive_sell", "warning"): ("aggressive sell, warning", AMBER, "diamond-open", 7),
    ("ask_wall", "warning"): ("ask wall", "#c79bff", "square-open", 8),
    ("bid_wall_eaten", "warning"): ("bid wall eaten", "#6fd3c7", "square-open", 7),
    ("bid_attacked", "warning"): ("bid attacked", "#6fd3c7", "square", 5),
    ("resting_bid", "critical"): ("resting bid, critical (no warning)", FAINT, "circle", 5),
    ("resting_bid", "warning"): ("resting bid (no warning)", FAINT, "circle-open", 5),
    ("large_seller", "critical"): ("large seller, critical", AMBER, "star", 8),
    ("large_seller", "warning"): ("large seller", AMBER, "star-open", 8),
}
_OTHER_MARK: Final = ("#b9c4cf", "x", 6)
"""Of kinds that have no mark of their own."""
_QUIET_NS = 60 * NS_PER_SECOND
_CROWD = 60
"""So many marks of a kind hide the price: they are drawn when the reader asks for them."""
_MOST_EXIT_LINES = 40
"""With more exits than this, lines would hide everything."""
_EXIT_HEIGHT = 0.97
"""Share of the price panel's height at which exits stand, clear of the alerts behind them."""
_DISTANCE_COLUMN = "lowest_300"


def day_figure(
    series: QuoteSeries,
    findings: Findings,
    thresholds: SymbolThresholds,
    rules: OutcomeRules,
) -> Figure:
    """Draw one symbol-day: price with alerts and exits, volume ratio, sell ratio, best sizes."""
    moments = np.arange(series.open_ns, series.close_ns, READING_NS, dtype=np.int64)
    places = series.places_at(moments)
    data = [
        _line("midpoint", _known(series.mids[places] / (2 * TICKS_PER_DOLLAR), places), BLUE, "y"),
        *_alert_marks(series, findings.alerts, rules),
        *_exit_marks(series, findings.exits),
    ]
    volume, sold = _resampled(findings.readings.get(series.symbol, []), moments)
    data += [
        _line("volume ratio", volume, "#9ecbff", "y2"),
        _line("sell ratio", sold, "#ff9c8a", "y3"),
        _size_line("best bid size", series.bid_sizes[places], places, GREEN, 1),
        _size_line("best ask size", series.ask_sizes[places], places, RED, -1),
    ]
    for each in data:
        if "x" not in each:
            each |= {"x0": _local_ms(series.open_ns), "dx": READING_NS // NS_PER_MS}
    spike, burst = thresholds.volume_spike_threshold, thresholds.red_burst_threshold
    levels = [
        ("y2", spike, f"warns at {spike:g}", AMBER),
        ("y2", burst, f"critical at {burst:g}", RED),
        ("y3", SELL_RATIO_THOUSANDTHS / 1_000, "needs 0.6", AMBER),
    ]
    size, shown = thresholds.large_order_size_threshold, _usual_size(series)
    if size <= shown:
        levels.append(("y4", size, f"large from {size:,}", AMBER))
        levels.append(("y4", -size, "", AMBER))
    layout = _day_layout(series, levels)
    steps = [-shown, -shown // 2, 0, shown // 2, shown]
    layout["yaxis4"] |= {
        "range": [-shown, shown],
        "tickvals": steps,
        "ticktext": [f"{abs(step):,}" for step in steps],
    }
    exits = [x for mark in data if mark["yaxis"] == "y5" for x in mark["x"]]
    if len(exits) <= _MOST_EXIT_LINES:
        layout["shapes"] += [_exit_line(at_ms) for at_ms in exits]
    return {"data": data, "layout": layout}


def effects_figure(card: Scorecard) -> Figure | None:
    """Draw each kind's effect with its interval, the negative controls beside them.

    Returns:
        None where every kind has too few events.
    """
    rows = [(row.name, row.effects, False) for row in card.rows]
    for name, controls in card.controls.items():
        rows += [(f"{name}: {row.name}", row.effects, True) for row in controls]
    shown = [
        (name, effects[MAIN_COLUMN], control)
        for name, effects, control in rows
        if effects is not None
    ]
    if not shown:
        return None
    shown.reverse()
    colours = [
        FAINT
        if control and effect.high >= 0
        else RED
        if effect.high < 0
        else GREEN
        if effect.low > 0
        else BLUE
        for _, effect, control in shown
    ]
    points = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [effect.difference],
            "y": [name],
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
                "color": PAPER if control else colour,
                "size": 10,
                "line": {"color": colour, "width": 2},
            },
            "hovertemplate": f"%{{y}}<br>{effect.difference:+.2f} bp "
            f"[{effect.low:+.2f}, {effect.high:+.2f}]<extra></extra>",
            "showlegend": False,
        }
        for (name, effect, control), colour in zip(shown, colours, strict=True)
    ]
    layout = _base_layout(90 + 30 * len(shown))
    layout |= {
        "xaxis": {
            **_axis(),
            "title": {"text": "basis points in 60 s, against matched seconds"},
            "zeroline": True,
            "zerolinecolor": FAINT,
            "zerolinewidth": 2,
        },
        "yaxis": {**_axis(), "automargin": True, "ticks": "", "gridcolor": GRID},
        "hovermode": "closest",
    }
    return {"data": points, "layout": layout}


def describe_outcome(row: Sequence[float], rules: OutcomeRules) -> str:
    """Say what followed one alert."""
    if np.isnan(row[0]):
        return "what followed is not judged"
    after = row[rules.columns.index(MAIN_COLUMN)]
    lowest = row[rules.columns.index(_DISTANCE_COLUMN)]
    return f"60 s later {after:+.1f} bp, lowest in 300 s {lowest:+.1f} bp"


def _alert_marks(
    series: QuoteSeries, alerts: Iterable[OrderFlowAlert], rules: OutcomeRules
) -> list[Figure]:
    by_kind: dict[tuple[str, str], list[tuple[int, OrderFlowAlert]]] = {}
    for alert in alerts:
        stamp_ns = alert.timestamp_ns or 0
        if alert.symbol == series.symbol and series.open_ns <= stamp_ns < series.close_ns:
            kind: tuple[str, str] = (alert.source or alert.alert_type, alert.severity)
            by_kind.setdefault(kind, []).append((stamp_ns, alert))
    marks = []
    others = {
        key: (f"{key[0]}, {key[1]}".replace("_", " "), *_OTHER_MARK)
        for key in sorted(by_kind.keys() - _MARKS.keys())
    }
    for key, (name, colour, shape, size) in (_MARKS | others).items():
        found = by_kind.get(key, [])
        if not found:
            continue
        stamps = np.array([stamp_ns for stamp_ns, _ in found], dtype=np.int64)
        outcomes = outcomes_at(series, stamps, rules)
        mark = _marks(series, f"{name} ({len(found)})", stamps, colour, shape, size)
        mark["text"] = [
            f"{_describe(alert)}<br>{describe_outcome(outcome.tolist(), rules)}"
            for (_, alert), outcome in zip(found, outcomes, strict=True)
        ]
        if len(found) > _CROWD:
            mark |= {"visible": "legendonly", "name": f"{mark['name']}, hidden"}
        marks.append(mark)
    return marks


def _exit_marks(series: QuoteSeries, exits: Iterable[ExitRecommendation]) -> list[Figure]:
    found = [
        (stamp_ns, each)
        for each in exits
        if each.symbol == series.symbol
        and series.open_ns <= (stamp_ns := ns_from_utc(each.timestamp_utc)) < series.close_ns
    ]
    if not found:
        return []
    stamps = np.array([stamp_ns for stamp_ns, _ in found], dtype=np.int64)
    mark = _marks(series, f"exit recommended ({len(found)})", stamps, PINK, "triangle-down", 12)
    mark |= {"y": [_EXIT_HEIGHT] * len(found), "yaxis": "y5"}
    mark["text"] = [f"exit, {each.urgency}<br>{each.reason}" for _, each in found]
    return [mark]


def _marks(
    series: QuoteSeries, name: str, stamps: IntArray, colour: str, shape: str, size: int
) -> Figure:
    places = np.maximum(series.places_at(stamps), 0)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [_local_ms(stamp_ns) for stamp_ns in stamps.tolist()],
        "y": (series.mids[places] / (2 * TICKS_PER_DOLLAR)).round(4).tolist(),
        "yaxis": "y",
        "marker": {"color": colour, "symbol": shape, "size": size, "line": {"width": 2}},
        "hovertemplate": "%{x|%H:%M:%S}  %{text}<extra></extra>",
    }


def _describe(alert: OrderFlowAlert) -> str:
    kind = (alert.source or alert.alert_type).replace("_", " ")
    if alert.volume_ratio is not None:
        sold = "" if alert.sell_ratio is None else f", {alert.sell_ratio:.0%} sold"
        return f"{kind}, {alert.severity}: {alert.volume_ratio:.1f} times the usual volume{sold}"
    return f"{kind}, {alert.severity}: {alert.order_size or 0:,} shares at {alert.price_level}"


def _resampled(
    readings: Sequence[Reading], moments: IntArray
) -> tuple[list[float | None], list[float | None]]:
    """Return volume and sell ratio at each moment, None without a print for a minute."""
    stamps = np.array([reading.stamp_ns for reading in readings], dtype=np.int64)
    places = np.searchsorted(stamps, moments, side="right") - 1
    volume: list[float | None] = []
    sold: list[float | None] = []
    for moment_ns, place in zip(moments.tolist(), places.tolist(), strict=True):
        known = place >= 0 and moment_ns - readings[place].stamp_ns <= _QUIET_NS
        reading = readings[place] if known else Reading(0, None, None)
        volume.append(None if reading.volume_ratio is None else round(reading.volume_ratio, 3))
        sold.append(None if reading.sell_ratio is None else round(reading.sell_ratio, 3))
    return volume, sold


def _known(values: Any, places: IntArray) -> list[float | None]:
    return [
        round(value, 4) if place >= 0 else None
        for value, place in zip(values.tolist(), places.tolist(), strict=True)
    ]


def _usual_size(series: QuoteSeries) -> int:
    """Return a size that is seldom exceeded, so that one block does not flatten the picture."""
    sizes = np.concatenate((series.bid_sizes, series.ask_sizes))
    usual = max(2, round(1.25 * float(np.quantile(sizes, 0.99))))
    step: int = 2 * 10 ** max(0, len(str(usual)) - 2)
    return -(-usual // step) * step


def _size_line(name: str, sizes: IntArray, places: IntArray, colour: str, sign: int) -> Figure:
    """Draw bids upwards and asks downwards; pointing at either tells the size."""
    line = _line(name, _known(sign * sizes, places), colour, "y4")
    fill = {"fill": "tozeroy", "fillcolor": f"{colour}33"}
    hover = {
        "customdata": sizes.tolist(),
        "hovertemplate": f"%{{customdata:,}}<extra>{name}</extra>",
    }
    return {**line, **fill, **hover}


def _exit_line(at_ms: int) -> Figure:
    return {
        "type": "line",
        "xref": "x",
        "x0": at_ms,
        "x1": at_ms,
        "yref": "paper",
        "y0": 0,
        "y1": 0.955,
        "line": {"color": f"{PINK}66", "width": 1},
    }


def _line(name: str, values: list[float | None], colour: str, axis: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "y": values,
        "yaxis": axis,
        "line": {"color": colour, "width": 1.5 if axis == "y" else 1, "shape": "hv"},
        "hovertemplate": "%{y}<extra>" + name + "</extra>",
        "showlegend": False,
    }


def _local_ms(stamp_ns: int) -> int:
    """Return milliseconds that read as the time in New York, since charts know no zones."""
    offset = utc_from_ns(stamp_ns).astimezone(NEW_YORK).utcoffset()
    shift_ms = 0 if offset is None else int(offset.total_seconds()) * 1_000
    return stamp_ns // NS_PER_MS + shift_ms


def _axis() -> Figure:
    return {"gridcolor": GRID, "linecolor": GRID, "zeroline": False, "tickcolor": GRID}


def _base_layout(height: int) -> Figure:
    return {
        "height": height,
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"color": INK, "size": 12, "family": "system-ui, Segoe UI, Roboto, sans-serif"},
        "margin": {"l": 92, "r": 110, "t": 20, "b": 45},
        "hoverlabel": {"bgcolor": "#1c2630", "bordercolor": GRID, "font": {"color": INK}},
    }


def _day_layout(series: QuoteSeries, levels: Sequence[tuple[str, float, str, str]]) -> Figure:
    begin, end = _local_ms(series.open_ns), _local_ms(series.close_ns)
    panels = (
        ("yaxis", [0.47, 0.955], "USD"),
        ("yaxis2", [0.32, 0.44], "volume ratio"),
        ("yaxis3", [0.17, 0.29], "sell ratio"),
        ("yaxis4", [0.0, 0.14], "ask    bid size"),
    )
    layout = _base_layout(860)
    for name, domain, title in panels:
        layout[name] = {
            **_axis(),
            "domain": domain,
            "title": {"text": title, "font": {"size": 12}, "standoff": 12},
        }
    layout["yaxis2"]["rangemode"] = "tozero"
    layout["yaxis3"]["range"] = [0, 1]
    layout["yaxis5"] = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
    layout["xaxis"] = {
        **_axis(),
        "type": "date",
        "range": [begin, end],
        "anchor": "y4",
        "tickformat": "%H:%M",
        "hoverformat": "%H:%M:%S",
    }
    layout["legend"] = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}
    layout["hovermode"] = "closest"
    layout["shapes"] = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": axis,
            "y0": value,
            "y1": value,
            "line": {"color": colour, "width": 1, "dash": "dot"},
        }
        for axis, value, _, colour in levels
    ]
    layout["annotations"] = [
        {
            "xref": "paper",
            "x": 1.005,
            "xanchor": "left",
            "yref": axis,
            "y": value,
            "text": text,
            "showarrow": False,
            "font": {"color": colour, "size": 11},
        }
        for axis, value, text, colour in levels
    ]
    # Two labels at one height: the higher one stands on its line, the lower one hangs from it.
    layout["annotations"][0]["yanchor"], layout["annotations"][1]["yanchor"] = "top", "bottom"
    return layout
