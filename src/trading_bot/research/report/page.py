"""The report: one HTML file with pictures, tables and lists that asks no network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.research.position.words import sentence_of
from trading_bot.research.report.cards import cards
from trading_bot.research.report.colours import variables
from trading_bot.research.report.day_chart import day_figure, day_words
from trading_bot.research.report.effects_chart import effects_figure, effects_words
from trading_bot.research.report.exit_lane import GLYPH
from trading_bot.research.report.listed import ListedAlert, listed
from trading_bot.research.report.lists import (
    ALERT_COLUMNS,
    ALERTS,
    EXIT_COLUMNS,
    EXITS,
    alerts_list,
    exits_list,
)
from trading_bot.research.report.position_chart import position_figure
from trading_bot.research.report.sheets import labels, narrow_only, section
from trading_bot.research.score_run import Scorecard, held_days
from trading_bot.research.score_tables import alert_tables_of, position_tables_of
from trading_bot.research.score_words import not_judged, verdicts
from trading_bot.research.scored_findings import Findings
from trading_bot.research.text_table import TextTable

_DAYS = '<div class="days" role="group" aria-label="Day"></div>'
_EFFECTS = """<section><h2>Effect of each kind in 60 s, basis points</h2>
<div class="chart" id="effects" role="img"></div>
<p class="faint">Each with its 95 % interval. Full: alerts; ▼ where the midpoint falls more than
after matched seconds, ▲ where it rises more, ● where nothing can be told. Hollow: negative
controls, which must not show a fall.
</p></section>"""


@dataclass(frozen=True, slots=True)
class Report:
    """What a page is made of.

    Attributes:
        card: What was scored.
        findings: What the rules found, with readings.
        config: By which settings.
        data: The names of the files, as a command line gives them.
    """

    card: Scorecard
    findings: Findings
    config: OrderFlowConfig
    data: str = "DATA"

    def alerts(self) -> list[ListedAlert]:
        """List every alert with what followed it."""
        found = self.findings
        return listed(found.alerts, found.days or found.series, self.card.rules, self.config)


def write_report(path: Path, report: Report) -> None:
    """Write the page; folders on the way are made."""
    library: str = import_module("plotly.offline").get_plotlyjs()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(report, library=library), encoding="utf-8")


def page(report: Report, *, library: str) -> str:
    """Return the page.

    Args:
        report: What it is made of.
        library: The drawing library, placed in the page as it is.
    """
    card, findings = report.card, report.findings
    alerts = report.alerts()
    figures = _figures(report, alerts)
    position, others = position_tables_of(card), alert_tables_of(card)
    symbols = ", ".join(dict.fromkeys(symbol for symbol, _ in card.days))
    held = [sentence_of(each) for each in card.positions]
    return Template(_static("page.html")).substitute(
        title=f"Order-flow alerts on {escape(symbols)}",
        subtitle=escape(_subtitle(card)),
        colours=variables(),
        style=_static("report.css"),
        labels=_labels([*position, *others]),
        cards="".join(cards(card)),
        verdicts=_items(verdicts(card)),
        not_judged=escape(not_judged(card)),
        nav=_DAYS,
        glyph=GLYPH,
        position_sentences=_items(held or ["No position was held."]),
        position_tables="".join(section(each, number) for number, each in enumerate(position)),
        exits=exits_list(findings.exits, card.positions, card.rules),
        day_sentences=_items(each["price_words"] for each in figures["days"]),
        alerts=alerts_list(alerts, card.rules, report.data),
        effects="" if figures["effects"] is None else _EFFECTS,
        tables="".join(section(each, n) for n, each in enumerate(others, len(position))),
        warnings=_warnings(card),
        account=_items(card.account.lines()),
        settings=_items([*card.settings, f"Hash of these settings: {card.config_hash}"]),
        lists_script=_static("lists.js"),
        charts_script=_static("charts.js"),
        library=library,
        figures=_embedded(figures),
    )


def _figures(report: Report, alerts: Sequence[ListedAlert]) -> dict[str, Any]:
    """Return every picture, with the sentence that says the same."""
    card, findings, config = report.card, report.findings, report.config
    accounts = {(each.symbol, each.day): each for each in card.positions}
    held = {
        (each.series.symbol, each.series.day.isoformat()): each
        for each in held_days(findings, card.rules, card.seed)
    }
    days = []
    for each in findings.series:
        key = (each.symbol, each.day.isoformat())
        account = accounts.get(key)
        readings = findings.readings.get(each.symbol, [])
        position = findings.positions.get(each.symbol)
        thresholds = config.for_symbol(each.symbol) if config.thresholds == "fixed" else None
        days.append(
            {
                "name": " ".join(key),
                "price": day_figure(each, alerts, findings.exits, readings, thresholds, position),
                "price_words": day_words(each, alerts, findings.exits),
                "position": None
                if account is None
                else position_figure(held[key], account, findings.exits),
                "position_words": "" if account is None else sentence_of(account),
            }
        )
    return {"days": days, "effects": effects_figure(card), "effects_words": effects_words(card)}


def _labels(tables: Sequence[TextTable]) -> str:
    found = [labels(f"t{number}", each.names) for number, each in enumerate(tables)]
    lists = ((ALERTS, ALERT_COLUMNS), (EXITS, EXIT_COLUMNS))
    found += [labels(name, [each.name for each in columns]) for name, columns in lists]
    return narrow_only("\n".join(found))


def _items(sentences: Iterable[str]) -> str:
    return "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)


def _warnings(card: Scorecard) -> str:
    found = card.account.warnings()
    if not found:
        return ""
    return f'<section class="warning"><h2>⚠ Warning</h2><ul>{_items(found)}</ul></section>'


def _subtitle(card: Scorecard) -> str:
    first, last = min(day for _, day in card.days), max(day for _, day in card.days)
    span = first if first == last else f"{first} to {last}"
    market = "" if card.market is None else f", market {card.market}"
    return (
        f"{len(card.days)} symbol-day{'s'[: len(card.days) != 1]}, {span}{market} · entry "
        f"{card.rules.latency_ms:,} ms after the alert · seed {card.seed} · figures in grey "
        "italics have no interval and are no finding"
    )


def _static(name: str) -> str:
    return files(__package__).joinpath("static", name).read_text(encoding="utf-8")


def _embedded(figures: dict[str, Any]) -> str:
    # A closing tag inside a name would end the script.
    return json.dumps(figures, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
