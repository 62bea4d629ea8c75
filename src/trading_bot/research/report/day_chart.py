"""The picture of one symbol-day: price with alerts and exits, volume and sell ratio, best sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from trading_bot.order_flow.config import SymbolThresholds
from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.red_burst import SELL_RATIO_THOUSANDTHS
from trading_bot.research.quote_series import IntArray, QuoteSeries
from trading_bot.research.report.exit_lane import add_exits
from trading_bot.research.report.figures import (
    FAINT,
    INK,
    Figure,
    add_day,
    add_level,
    base_layout,
    dollars,
    known,
    line,
    local_ms,
    marks,
)
from trading_bot.research.report.listed import ListedAlert, describe, describe_outcome, kind_of
from trading_bot.research.report.signs import SHOWN, Sign
from trading_bot.research.scored_findings import READING_NS, Reading

_QUIET_NS = 60 * NS_PER_SECOND
_CROWD = 60
"""So many marks of a kind hide the price: they are drawn when the reader asks for them."""
_PANELS: Final = {
    "yaxis": (0.50, 0.90, "midpoint, USD"),
    "yaxis2": (0.345, 0.455, "volume ratio"),
    "yaxis3": (0.185, 0.30, "sell ratio"),
    "yaxis4": (0.0, 0.135, "shares: best bid upwards, best ask downwards"),
}
_ROOM: Final = 0.05
"""Above and below the price, of its range."""
_CRITICAL_SIZE, _WARNING_SIZE = 12, 8
_ORDER: Final[tuple[Sign, ...]] = ("burst", "several", "one", "hollow")


def day_figure(
    series: QuoteSeries,
    alerts: Sequence[ListedAlert],
    exits: Sequence[ExitRecommendation],
    readings: Sequence[Reading],
    thresholds: SymbolThresholds | None,
    position: Position | None,
) -> Figure:
    """Draw one symbol-day.

    Args:
        series: Its quotes.
        alerts: Of any symbols and days.
        exits: Likewise.
        readings: The red-burst rule's figures of this symbol.
        thresholds: By which it was judged; None on own scale, which has none that stand still.
        position: Its entry and stop are drawn where they lie within the day's prices.
    """
    moments = np.arange(series.open_ns, series.close_ns, READING_NS, dtype=np.int64)
    places = series.places_at(moments)
    volume, sold = _resampled(readings, moments)
    data = [
        line("midpoint", known(dollars(series.mids[places]), places), INK, "y", width=1.5),
        line("volume ratio", volume, INK, "y2", width=1),
        line("sell ratio", sold, INK, "y3", width=1),
        _size_line("best bid size", series.bid_sizes[places], places, "$bid", 1),
        _size_line("best ask size", series.ask_sizes[places], places, "$ask", -1),
    ]
    for each in data:
        each |= {"x0": local_ms(series.open_ns), "dx": READING_NS // NS_PER_MS}
    data += _alert_marks(series, alerts)
    layout = base_layout(860)
    add_day(layout, series, _PANELS)
    _set_ranges(layout, series, position)
    if thresholds is not None:
        _add_levels(layout, series, thresholds)
    figure = {"data": data, "layout": layout}
    add_exits(figure, series, exits)
    return figure


def day_words(
    series: QuoteSeries, alerts: Iterable[ListedAlert], exits: Iterable[ExitRecommendation]
) -> str:
    """Say in a sentence what the picture shows."""
    first, last, low, high = (
        f"{price:.3f}"
        for price in dollars(
            np.array([series.mids[0], series.mids[-1], series.mids.min(), series.mids.max()])
        )
    )
    counts = Counter(each.sign for each in alerts if _lies_in(series, each))
    found = ", ".join(f"{SHOWN[sign].words} {counts[sign]:,}" for sign in _ORDER if counts[sign])
    suggested = sum(
        each.symbol == series.symbol
        and series.open_ns <= ns_from_utc(each.timestamp_utc) < series.close_ns
        for each in exits
    )
    return (
        f"{series.symbol} {series.day}: midpoint from {first} to {last}, lowest {low}, highest "
        f"{high}. Alerts: {found or 'none'}. Exits suggested: {suggested:,}."
    )


def _lies_in(series: QuoteSeries, each: ListedAlert) -> bool:
    stamp_ns = each.alert.timestamp_ns or 0
    return each.alert.symbol == series.symbol and series.open_ns <= stamp_ns < series.close_ns


def _set_ranges(layout: Figure, series: QuoteSeries, position: Position | None) -> None:
    low, high = (float(each) for each in dollars(np.array([series.mids.min(), series.mids.max()])))
    room = max(_ROOM * (high - low), 0.01)
    layout["yaxis"]["range"] = [round(low - room, 4), round(high + room, 4)]
    held = () if position is None else (("entry", position.average_price), ("stop", position.stop))
    for name, price in held:
        if price is not None and low - room <= price <= high + room:
            add_level(layout, "y", float(price), f"{name} {price:,f}", INK)
    layout["yaxis2"]["rangemode"] = "tozero"
    layout["yaxis3"] |= {"range": [0, 1], "tickvals": [0, 0.5, 1]}
    shown = _usual_size(series)
    steps = [-shown, 0, shown]
    layout["yaxis4"] |= {
        "range": [-shown, shown],
        "tickvals": steps,
        "ticktext": [f"{abs(step):,}" for step in steps],
    }


def _add_levels(layout: Figure, series: QuoteSeries, thresholds: SymbolThresholds) -> None:
    spike, burst = thresholds.volume_spike_threshold, thresholds.red_burst_threshold
    add_level(layout, "y2", burst, f"critical at {burst:g}", FAINT)
    add_level(layout, "y2", spike, f"warns at {spike:g}", FAINT, below=True)
    add_level(layout, "y3", SELL_RATIO_THOUSANDTHS / 1_000, "needs 0.6", FAINT)
    size = thresholds.large_order_size_threshold
    if size <= _usual_size(series):
        add_level(layout, "y4", size, f"large from {size:,}", FAINT)
        add_level(layout, "y4", -size, "", FAINT)


def _alert_marks(series: QuoteSeries, alerts: Iterable[ListedAlert]) -> list[Figure]:
    by_kind: dict[tuple[Sign, str], list[ListedAlert]] = {}
    for each in alerts:
        if _lies_in(series, each):
            by_kind.setdefault((each.sign, kind_of(each.alert)), []).append(each)
    found = []
    for sign, kind in sorted(by_kind, key=lambda key: (_ORDER.index(key[0]), key[1])):
        members = by_kind[sign, kind]
        shown = SHOWN[sign]
        of_sellers = f": {kind}" if sign in ("one", "several") else ""
        stamps = [each.alert.timestamp_ns or 0 for each in members]
        places = np.maximum(series.places_at(np.array(stamps, dtype=np.int64)), 0)
        mark = marks(
            f"{shown.words}{of_sellers} ({len(members):,})",
            stamps,
            dollars(series.mids[places]).round(4).tolist(),
            [_told(each) for each in members],
            FAINT if sign == "hollow" else f"${sign}",
            shown.shape,
            shown.glyph,
            size=[
                _CRITICAL_SIZE if each.alert.severity == "critical" else _WARNING_SIZE
                for each in members
            ],
        )
        if len(members) > _CROWD:
            mark["visible"] = False
        found.append(mark)
    return found


def _told(each: ListedAlert) -> str:
    kind = f"{kind_of(each.alert)}, {each.alert.severity}"
    return f"{kind}: {describe(each.alert)}<br>{describe_outcome(each.followed)}<br>{each.alert_id}"


def _resampled(
    readings: Sequence[Reading], moments: IntArray
) -> tuple[list[float | None], list[float | None]]:
    """Return volume and sell ratio at each moment, None without a print for a minute."""
    stamps = np.array([reading.stamp_ns for reading in readings], dtype=np.int64)
    places = np.searchsorted(stamps, moments, side="right") - 1
    volume: list[float | None] = []
    sold: list[float | None] = []
    for moment_ns, place in zip(moments.tolist(), places.tolist(), strict=True):
        is_known = place >= 0 and moment_ns - readings[place].stamp_ns <= _QUIET_NS
        reading = readings[place] if is_known else Reading(0, None, None)
        volume.append(None if reading.volume_ratio is None else round(reading.volume_ratio, 3))
        sold.append(None if reading.sell_ratio is None else round(reading.sell_ratio, 3))
    return volume, sold


def _usual_size(series: QuoteSeries) -> int:
    """Return a size that is seldom exceeded, so that one block does not flatten the picture."""
    sizes = np.concatenate((series.bid_sizes, series.ask_sizes))
    usual = max(2, round(1.25 * float(np.quantile(sizes, 0.99))))
    step: int = 2 * 10 ** max(0, len(str(usual)) - 2)
    return -(-usual // step) * step


def _size_line(name: str, sizes: IntArray, places: IntArray, colour: str, sign: int) -> Figure:
    """Draw bids upwards and asks downwards; pointing at either tells the size."""
    return {
        **line(name, known(sign * sizes, places), colour, "y4"),
        "fill": "tozeroy",
        "fillcolor": f"{colour}/33",
        "customdata": sizes.tolist(),
        "hovertemplate": f"%{{customdata:,}}<extra>{name}</extra>",
    }
