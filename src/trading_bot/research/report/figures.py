"""What the pictures of a report have in common, as plain figures that the page's script draws.

A figure is `{"data": [...], "layout": {...}}` in the words of https://plotly.com/javascript/ . Its
colours are names of `colours.py`. Whatever is written stands inside the picture, so that it is as
wide as the reader's screen and nothing is cut.
"""

from __future__ import annotations

from typing import Any, Final

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.market.units import NS_PER_MS, TICKS_PER_DOLLAR, utc_from_ns
from trading_bot.research.quote_series import QuoteSeries

Figure = dict[str, Any]
INK: Final = "$ink"
FAINT: Final = "$faint"


def local_ms(stamp_ns: int) -> int:
    """Return milliseconds that read as the time in New York, since charts know no zones."""
    offset = utc_from_ns(stamp_ns).astimezone(NEW_YORK).utcoffset()
    shift_ms = 0 if offset is None else int(offset.total_seconds()) * 1_000
    return stamp_ns // NS_PER_MS + shift_ms


def line(
    name: str,
    values: list[float | None],
    colour: str,
    axis: str,
    *,
    dash: str = "solid",
    width: float = 1.2,
) -> Figure:
    """Draw a value that holds until the next."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "y": values,
        "yaxis": axis,
        "line": {"color": colour, "width": width, "shape": "hv", "dash": dash},
        "hovertemplate": "%{y:,}<extra>" + name + "</extra>",
    }


def marks(
    name: str,
    stamps: list[int],
    heights: list[float],
    texts: list[str],
    colour: str,
    shape: str,
    glyph: str,
    *,
    axis: str = "y",
    size: int | list[int] = 9,
) -> Figure:
    """Draw marks; pointing at one tells its text. The page has a button for them."""
    edge = {"width": 1.5, "color": colour if shape.endswith("-open") else "$card"}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [local_ms(stamp_ns) for stamp_ns in stamps],
        "y": heights,
        "yaxis": axis,
        "text": texts,
        "marker": {"color": colour, "symbol": shape, "size": size, "opacity": 1, "line": edge},
        "hovertemplate": "%{x|%H:%M:%S}  %{text}<extra></extra>",
        "meta": {"glyph": glyph, "colour": colour},
    }


def known(values: Any, places: Any) -> list[float | None]:
    """Return values, None where no quote stood yet."""
    return [
        round(value, 4) if place >= 0 else None
        for value, place in zip(values.tolist(), places.tolist(), strict=True)
    ]


def dollars(half_ticks: Any) -> Any:
    """Return twice a price in ticks as USD."""
    return half_ticks / (2 * TICKS_PER_DOLLAR)


def axis() -> Figure:
    """Return what every axis looks like."""
    return {"gridcolor": "$grid", "linecolor": "$edge", "zeroline": False, "tickcolor": "$edge"}


def base_layout(height: int) -> Figure:
    """Return what every picture looks like."""
    return {
        "height": height,
        "autosize": True,
        "paper_bgcolor": "$card",
        "plot_bgcolor": "$card",
        "font": {"color": INK, "size": 12, "family": "system-ui, Segoe UI, Roboto, sans-serif"},
        "margin": {"l": 58, "r": 14, "t": 28, "b": 34},
        "hoverlabel": {"bgcolor": "$page", "bordercolor": "$edge", "font": {"color": INK}},
        "hovermode": "closest",
        "showlegend": False,
        "shapes": [],
        "annotations": [],
    }


def add_day(
    layout: Figure, series: QuoteSeries, panels: dict[str, tuple[float, float, str]]
) -> None:
    """Give a layout a session's time and panels: axis to bottom, top and what stands above it."""
    for name, (low, high, title) in panels.items():
        layout[name] = {**axis(), "domain": [low, high], "nticks": 6}
        layout["annotations"].append(
            {
                **words(title, FAINT),
                "xref": "paper",
                "x": 0,
                "xanchor": "left",
                "yref": "paper",
                "y": high,
                "yanchor": "bottom",
            }
        )
    layout["xaxis"] = {
        **axis(),
        "type": "date",
        "range": [local_ms(series.open_ns), local_ms(series.close_ns)],
        "anchor": min(panels, key=lambda name: panels[name][0]).replace("axis", ""),
        "tickformat": "%H:%M",
        "hoverformat": "%H:%M:%S",
        "nticks": 7,
        "tickangle": 0,
    }


def add_level(
    layout: Figure, axis: str, value: float, text: str, colour: str, *, below: bool = False
) -> None:
    """Draw a dotted line across a panel, its words on it or below it at the right."""
    layout["shapes"].append(
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
    )
    layout["annotations"].append(
        {
            **words(text, INK),
            "xref": "paper",
            "x": 1,
            "xanchor": "right",
            "yref": axis,
            "y": value,
            "yanchor": "top" if below else "bottom",
        }
    )


def words(text: str, colour: str) -> Figure:
    """Return words of a picture, to be placed; what lies behind them does not cross them."""
    font = {"color": colour, "size": 11}
    return {"text": text, "showarrow": False, "font": font, "bgcolor": "$card/cc", "borderpad": 1}
