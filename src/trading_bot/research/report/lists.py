"""The page's two lists: every alert, every exit, each with what followed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final
from urllib.parse import quote

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.market.units import NS_PER_MS, ns_from_utc, utc_from_ns
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.research.looks.cells import NONE
from trading_bot.research.outcomes import HORIZONS_SECONDS, OutcomeRules
from trading_bot.research.position.dollars import ExitInDollars, PositionAccount
from trading_bot.research.position.words import usd
from trading_bot.research.report.listed import ListedAlert, alerts_csv, describe, kind_of
from trading_bot.research.report.sheets import Cell, Column, list_row, sortable
from trading_bot.research.report.signs import SHOWN

_FOLLOWED: Final = (*(f"mid_{after}" for after in HORIZONS_SECONDS), "lowest_300")
ALERTS: Final = "alerts"
ALERT_COLUMNS: Final = (
    Column("time, New York", "time"),
    Column("symbol"),
    Column("sign"),
    Column("raised by"),
    Column("severity"),
    Column("found"),
    *(Column(f"mid {after} s, bp", "number") for after in HORIZONS_SECONDS),
    Column("lowest 300 s, bp", "number"),
    Column("id for explain", "ids"),
)
EXITS: Final = "exits"
EXIT_COLUMNS: Final = (
    Column("acted upon, New York", "time"),
    Column("symbol"),
    Column("urgency"),
    Column("why", "wide"),
    Column("price met", "number"),
    Column("gained if left, USD", "number"),
    Column("against held, USD", "number"),
    Column("worst after, USD", "number"),
    Column("ids for explain", "ids"),
)
_MOST_IDS: Final = 3
"""Of the alerts behind an exit; all of them stand in the list of alerts."""


def alerts_list(alerts: Sequence[ListedAlert], rules: OutcomeRules, data: str) -> str:
    """Return the section of alerts, with the same as CSV to be saved.

    Args:
        alerts: In their order.
        rules: How outcomes are measured.
        data: The files' names, for the command that explains an alert.
    """
    title = "Every alert, and what followed it"
    if not alerts:
        return f"<section><h2>{title}</h2><p>No alert was raised.</p></section>"
    href = "data:text/csv;charset=utf-8," + quote(alerts_csv(alerts, rules), safe=",:+-.")
    return sortable(
        ALERTS,
        title,
        f"One outcome a row, n = 1: means with their intervals stand below. Basis points from the "
        f"midpoint {rules.latency_ms:,} ms after the alert; {NONE} where that is not judged. What "
        f"one was made of: trading-bot explain ID {data}",
        f'<a class="file" download="alerts.csv" href="{escape(href)}">Save as CSV</a>',
        ALERT_COLUMNS,
        (list_row(ALERT_COLUMNS, _alert_cells(each)) for each in alerts),
    )


def exits_list(
    exits: Sequence[ExitRecommendation], accounts: Sequence[PositionAccount], rules: OutcomeRules
) -> str:
    """Return the section of exits.

    Args:
        exits: In their order.
        accounts: What they would have meant.
        rules: How soon they can be acted upon.
    """
    title = "Every exit, and what leaving there would have meant"
    if not exits:
        return f"<section><h2>{title}</h2><p>No exit was suggested.</p></section>"
    found = {(day.symbol, each.at_ns): each for day in accounts for each in day.exits}
    rows = []
    for each in exits:
        at_ns = ns_from_utc(each.timestamp_utc) + rules.latency_ms * NS_PER_MS
        cells = _exit_cells(each, at_ns, found.get((each.symbol, at_ns)))
        rows.append(list_row(EXIT_COLUMNS, cells))
    return sortable(
        EXITS,
        title,
        "One path of the price, n = 1 a row: no figure has an interval. Against held: what leaving "
        "there brought more than holding to the day's last quote. Worst after: the least that the "
        f"position still had before it, against that; {NONE} where no position was held.",
        "",
        EXIT_COLUMNS,
        rows,
    )


def _alert_cells(each: ListedAlert) -> list[Cell]:
    alert, shown = each.alert, SHOWN[each.sign]
    sign = f'<span class="sign {each.sign}" aria-hidden="true">{shown.glyph}</span>{shown.words}'
    followed = [
        Cell(NONE if each.followed is None else f"{each.followed[name]:+.1f}") for name in _FOLLOWED
    ]
    return [
        Cell(_time(alert.timestamp_ns or 0)),
        Cell(alert.symbol),
        Cell(shown.words, sign),
        Cell(kind_of(alert)),
        Cell(alert.severity),
        Cell(describe(alert)),
        *followed,
        Cell(each.alert_id, f"<code>{each.alert_id}</code>"),
    ]


def _exit_cells(each: ExitRecommendation, at_ns: int, found: ExitInDollars | None) -> list[Cell]:
    shown, more = each.alert_ids[:_MOST_IDS], len(each.alert_ids) - _MOST_IDS
    ids = " ".join(f"<code>{known}</code>" for known in shown)
    if more > 0:
        ids += f" <span>and {more:,} more</span>"
    figures = (
        (NONE,) * 4
        if found is None
        else (
            f"{found.price:,f}",
            usd(found.change),
            usd(found.saved),
            usd(found.worst_after),
        )
    )
    return [
        Cell(_time(at_ns)),
        Cell(each.symbol),
        Cell(each.urgency),
        Cell(each.reason),
        *map(Cell, figures),
        Cell(NONE, ids or NONE),
    ]


def _time(stamp_ns: int) -> str:
    moment = utc_from_ns(stamp_ns).astimezone(NEW_YORK)
    return moment.isoformat(" ", timespec="milliseconds")[: len("2013-10-08 10:30:00.000")]
