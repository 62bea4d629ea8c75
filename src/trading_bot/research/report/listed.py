"""Every alert with what followed it, named as its line in the record is."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

import numpy as np

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.journal.lines import alert_id
from trading_bot.order_flow.market.units import iso_utc
from trading_bot.research.days.measured import MeasuredDay, measured_in
from trading_bot.research.looks.cells import RETURNS
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.quote_series import QuoteSeries
from trading_bot.research.report.signs import Sign, signs_of

CSV_COLUMNS = (
    "alert_id",
    "timestamp",
    "symbol",
    "sign",
    "alert_type",
    "source",
    "severity",
    "order_size",
    "price_level",
    "volume_ratio",
    "sell_ratio",
)


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """One alert.

    Attributes:
        alert: What was found.
        alert_id: As in the record; `trading-bot explain` takes it.
        sign: What it is shown as.
        followed: What the price did afterwards, basis points by name of the outcome; None where
            that is not judged.
    """

    alert: OrderFlowAlert
    alert_id: str
    sign: Sign
    followed: dict[str, float] | None


def returns_of(rules: OutcomeRules) -> tuple[str, ...]:
    """Return the outcomes that are changes of a price."""
    return tuple(each for each in rules.columns if each.startswith(RETURNS))


def listed(
    alerts: Sequence[OrderFlowAlert],
    days: Sequence[QuoteSeries | MeasuredDay],
    rules: OutcomeRules,
    config: OrderFlowConfig,
) -> list[ListedAlert]:
    """List alerts in their order.

    Args:
        alerts: What the rules found.
        days: The sessions they lie in.
        rules: How outcomes are measured.
        config: The settings they were found with.
    """
    followed: list[dict[str, float] | None] = [None] * len(alerts)
    places = [(name, rules.columns.index(name)) for name in returns_of(rules)]
    for session in days:
        rows = [
            row
            for row, each in enumerate(alerts)
            if each.symbol == session.symbol
            and session.open_ns <= (each.timestamp_ns or 0) < session.close_ns
        ]
        stamps = np.array([alerts[row].timestamp_ns or 0 for row in rows], dtype=np.int64)
        found, _ = measured_in(session, stamps, rules)
        for row, outcome in zip(rows, found.tolist(), strict=True):
            if not np.isnan(outcome[0]):
                followed[row] = {name: round(outcome[place], 4) + 0.0 for name, place in places}
    signs = signs_of(alerts, window_seconds=config.alert_window_seconds)
    return [
        ListedAlert(alert, alert.alert_id or alert_id(alert, config.config_hash), sign, after)
        for alert, sign, after in zip(alerts, signs, followed, strict=True)
    ]


def alerts_csv(alerts: Sequence[ListedAlert], rules: OutcomeRules) -> str:
    """Return one line for each alert; what followed is empty where it is not judged."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    returns = returns_of(rules)
    writer.writerow((*CSV_COLUMNS, *(f"{name}_bp" for name in returns)))
    for each in alerts:
        alert = each.alert
        writer.writerow(
            (
                each.alert_id,
                iso_utc(alert.timestamp_utc),
                alert.symbol,
                each.sign,
                alert.alert_type,
                alert.source,
                alert.severity,
                alert.order_size,
                alert.price_level,
                alert.volume_ratio,
                alert.sell_ratio,
                *(each.followed.values() if each.followed else (None for _ in returns)),
            )
        )
    return text.getvalue()


def describe(alert: OrderFlowAlert) -> str:
    """Say what was found, beside its kind."""
    if alert.volume_ratio is not None:
        sold = "" if alert.sell_ratio is None else f", {alert.sell_ratio:.0%} sold"
        return f"{alert.volume_ratio:.1f} times the usual volume{sold}"
    return f"{alert.order_size or 0:,} shares at {alert.price_level}"


def kind_of(alert: OrderFlowAlert) -> str:
    """Name what raised it: `ask wall`, `red burst`."""
    return (alert.source or alert.alert_type).replace("_", " ")


def describe_outcome(followed: dict[str, float] | None) -> str:
    """Say what followed one alert."""
    if followed is None:
        return "what followed is not judged"
    return (
        f"60 s later {followed['mid_60']:+.1f} bp, lowest in 300 s {followed['lowest_300']:+.1f} bp"
    )
