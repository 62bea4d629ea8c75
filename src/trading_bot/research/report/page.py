"""The report: one HTML file with pictures and tables that needs no network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import escape
from importlib import import_module
from pathlib import Path
from string import Template

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.research.looks.cells import says_nothing
from trading_bot.research.outcomes import MAIN_COLUMN
from trading_bot.research.report.day_chart import Figure, day_figure, effects_figure
from trading_bot.research.score_run import Scorecard
from trading_bot.research.score_tables import tables_of
from trading_bot.research.score_words import interval, not_judged, verdicts
from trading_bot.research.scorecard import rate_is_met
from trading_bot.research.scored_findings import Findings
from trading_bot.research.text_table import TextTable

_INTERVAL = re.compile(r"\[([+-])[\d.]+, ([+-])[\d.]+\]")
_WORDS = ("kind", "control", "day", "outcome")
"""Columns that hold words, set to the left."""
_PAGE = Template(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: dark; --ink: #d7dee6; --faint: #8695a5; --edge: #222c37; --card: #121920; }
* { box-sizing: border-box; }
body { margin: 0; background: #0b1015; color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1500px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { font-size: 28px; margin: 0; } h2 { font-size: 18px; margin: 0 0 12px; }
p { margin: 6px 0; } .faint { color: var(--faint); }
section { background: var(--card); border: 1px solid var(--edge); border-radius: 12px;
  padding: 18px 20px; margin-top: 20px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 14px;
  margin-top: 20px; }
.card { background: var(--card); border: 1px solid var(--edge); border-radius: 12px;
  padding: 14px 18px; }
.card b { display: block; font-size: 26px; font-weight: 600; }
.card span { color: var(--faint); font-size: 13px; }
.bad { color: #ff7b7b; } .good { color: #3ecf8e; }
ul { margin: 0; padding-left: 20px; } li { margin: 5px 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px;
  font-variant-numeric: tabular-nums; }
th { color: var(--faint); font-weight: 500; text-align: right; padding: 6px 10px; }
td { text-align: right; padding: 6px 10px; border-top: 1px solid var(--edge);
  white-space: nowrap; }
th.left, td.left { text-align: left; }
td.few { color: #5d6b79; }
nav { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 8px; }
nav button { background: none; border: 1px solid var(--edge); border-radius: 8px;
  color: var(--ink); padding: 6px 14px; font: inherit; cursor: pointer; }
nav button.on { background: #1d2a38; border-color: #5aa9ff; }
</style>
</head>
<body>
<main>
<h1>$title</h1>
<p class="faint">$subtitle</p>
$warnings
<div class="cards">$cards</div>
<section><h2>What can be said</h2><ul>$verdicts</ul><p class="faint">$not_judged</p></section>
<section><h2>The day, with every alert and exit</h2><nav id="days">$buttons</nav>
<div id="day"></div>
<p class="faint">Times in New York. Point at a mark to see what was found and what followed; click
a name above the chart to hide or show its marks (kinds with more than 60 begin hidden); drag to
zoom, double-click to go back.</p>
</section>
$effects
$tables
<section><h2>The data, row by row</h2><ul>$account</ul></section>
<section><h2>What it was judged by</h2><ul>$settings</ul></section>
</main>
<script>$script</script>
<script>
const figures = $figures;
const settings = {displaylogo: false, responsive: true};
function show(place) {
  document.querySelectorAll("#days button").forEach((each, n) => {
    each.classList.toggle("on", n === place);
  });
  Plotly.react("day", figures.days[place].data, figures.days[place].layout, settings);
}
document.querySelectorAll("#days button").forEach((each, n) => {
  each.addEventListener("click", () => show(n));
});
show(0);
if (figures.effects) {
  Plotly.newPlot("effects", figures.effects.data, figures.effects.layout, settings);
}
</script>
</body>
</html>
"""
)
_EFFECTS = """<section><h2>Effect of each kind in 60 s, basis points</h2><div id="effects"></div>
<p class="faint">Full: alerts; red where the midpoint falls more than after matched seconds,
blue where nothing can be told. Hollow: negative controls, which must not show a fall.</p>
</section>"""


def write_report(path: Path, card: Scorecard, findings: Findings, config: OrderFlowConfig) -> None:
    """Write the page.

    Args:
        path: Where; folders on the way are made.
        card: What was scored.
        findings: What the rules found, with readings.
        config: Whose thresholds are drawn.
    """
    script: str = import_module("plotly.offline").get_plotlyjs()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(card, findings, config, script=script), encoding="utf-8")


def page(card: Scorecard, findings: Findings, config: OrderFlowConfig, *, script: str) -> str:
    """Return the page.

    Args:
        card: What was scored.
        findings: What the rules found, with readings.
        config: Whose thresholds are drawn.
        script: The drawing library, placed in the page as it is.
    """
    days = [
        day_figure(each, findings, config.for_symbol(each.symbol), card.rules)
        for each in findings.series
    ]
    effects = effects_figure(card)
    buttons = "".join(f"<button>{escape(f'{s} {d}')}</button>" for s, d in card.days)
    symbols = ", ".join(dict.fromkeys(symbol for symbol, _ in card.days))
    return _PAGE.substitute(
        title=f"Order-flow alerts on {escape(symbols)}",
        subtitle=escape(_subtitle(card)),
        cards="".join(_cards(card)),
        verdicts=_items(verdicts(card)),
        not_judged=escape(not_judged(card)),
        buttons=buttons,
        effects="" if effects is None else _EFFECTS,
        tables="".join(map(_table, tables_of(card))),
        warnings=_warnings(card),
        account=_items(card.account.lines()),
        settings=_items([*card.settings, f"Hash of these settings: {card.config_hash}"]),
        script=script,
        figures=_embedded({"days": days, "effects": effects}),
    )


def _items(sentences: Iterable[str]) -> str:
    return "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)


def _warnings(card: Scorecard) -> str:
    found = card.account.warnings()
    return (
        f'<section><h2 class="bad">Warning</h2><ul>{_items(found)}</ul></section>' if found else ""
    )


def _subtitle(card: Scorecard) -> str:
    first, last = min(day for _, day in card.days), max(day for _, day in card.days)
    span = first if first == last else f"{first} to {last}"
    market = "" if card.market is None else f", market {card.market}"
    return (
        f"{len(card.days)} symbol-day{'s'[: len(card.days) != 1]}, {span}{market} · entry "
        f"{card.rules.latency_ms:,} ms after the alert · seed {card.seed}"
    )


def _cards(card: Scorecard) -> list[str]:
    found = []
    for symbol, rate in card.alerts_a_day.items():
        met = rate_is_met(rate)
        days = sum(each == symbol for each, _ in card.days)
        over = f"{days} day{'s'[: days != 1]}"
        text = f"{symbol} alerts a day over {over}, wanted 5 to 15"
        found.append(_card(f"{rate:,.1f}", text, met=met))
    exits = card.false_exits
    if exits.share is not None and exits.control_share is not None:
        at_random = f"{exits.control_share:.0%}"
        text = f"false exits of {exits.judged}, wanted below 10 %; at random {at_random}"
        if exits.met is None:
            text += " · too few to say"
        found.append(_card(f"{exits.share:.0%}", text, met=exits.met))
    for row in card.rows:
        if row.is_whole and row.effects is not None:
            effect = row.effects[MAIN_COLUMN]
            kind = f"{row.judged:,} {row.name.removesuffix(', all')}"
            text = f"bp in 60 s after {kind}, against matched seconds: {interval(effect)}"
            found.append(_card(f"{effect.difference:+.2f}", text, met=None))
    return found


def _card(figure: str, text: str, *, met: bool | None) -> str:
    mood = {None: "", True: ' class="good"', False: ' class="bad"'}[met]
    said = {None: "", True: " · met", False: " · not met"}[met]
    return f'<div class="card"><b{mood}>{figure}</b><span>{escape(text)}{said}</span></div>'


def _table(table: TextTable) -> str:
    if not table.rows:
        said = f"{table.empty[0].upper()}{table.empty[1:]}."
        return f"<section><h2>{escape(table.title)}</h2><p>{escape(said)}</p></section>"
    head = "".join(f"<th{_side(name)}>{escape(name)}</th>" for name in table.names)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_side(name) or _mood(cell)}>{escape(cell)}</td>"
            for name, cell in zip(table.names, row, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<section><h2>{escape(table.title)}</h2><div class="scroll"><table><thead><tr>{head}'
        f'</tr></thead><tbody>{body}</tbody></table></div><p class="faint">{escape(table.note)}'
        "</p></section>"
    )


def _side(name: str) -> str:
    return ' class="left"' if name in _WORDS else ""


def _mood(cell: str) -> str:
    """Colour an interval that lies on one side of zero, and what says nothing."""
    if says_nothing(cell):
        return ' class="few"'
    ends = _INTERVAL.search(cell)
    if ends is None or ends[1] != ends[2]:
        return ' class="bad"' if cell == "FAILED" else ""
    return ' class="bad"' if ends[1] == "-" else ' class="good"'


def _embedded(figures: dict[str, list[Figure] | Figure | None]) -> str:
    # A closing tag inside a name would end the script.
    return json.dumps(figures, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
