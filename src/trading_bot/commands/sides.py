"""`trading-bot sides`: how often the inferred side is right, on a day whose sides are known."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from trading_bot.order_flow.rules.side.side_rules import SIDE_RULES, SideRule
from trading_bot.research.side_scores import SidesReport
from trading_bot.research.side_tape import parse_jitter
from trading_bot.research.sides import Stamps, run_sides


def measure_sides(
    path: Path,
    *,
    rule: str,
    jitter: str | None,
    seed: int,
    clock_window_ms: float | None,
    defer_ms: int,
    as_json: bool,
    stamps: Stamps = "exact",
) -> int:
    """Measure, print, and return the exit status.

    Raises:
        FileNotFoundError: The file or its twin is missing.
        ValueError: An option or the file is unusable.
    """
    if rule not in SIDE_RULES:
        raise ValueError(f"--rule {rule}: must be one of {', '.join(SIDE_RULES)}")
    chosen: SideRule = SIDE_RULES[SIDE_RULES.index(rule)]
    progress = Console(stderr=True)
    with progress.status("starting") as status:
        report = run_sides(
            path,
            rule=chosen,
            jitter_ms=None if jitter is None else parse_jitter(jitter),
            seed=seed,
            clock_window_ms=clock_window_ms,
            defer_ms=defer_ms,
            stamps=stamps,
            progress=status.update,
        )
    if as_json:
        sys.stdout.write(json.dumps(report.to_json_dict()) + "\n")
    else:
        _show(report, Console(), stamps)
    return 0


def _show(report: SidesReport, console: Console, stamps: Stamps) -> None:
    live = ", stamps and matching of a live run" if stamps == "ms" else ""
    console.print(
        f"{report.symbol} {report.day}: {report.prints:,} prints with a known side, "
        f"{report.quotes:,} quote changes{live}",
        highlight=False,
    )
    right = ("rule", "by trades", "by shares", "visible", "hidden")
    console.print(_table("share right, per cent", right, report.rule_rows()))
    stated = ("stated", "right", "prints")
    console.print(_table(f"calibration of {report.rule}", stated, report.calibration_rows()))
    console.print(f"calibration error {report.calibration_error:.4f}", highlight=False)
    called = ("true side", "called buy", "called sell", "unknown")
    console.print(_table(f"confusion of {report.rule}", called, report.confusion_rows()))
    deciding = [(rule, f"{count:,}", f"{right:.3f}") for rule, count, right in report.deciding]
    console.print(_table("what decided", ("evidence", "prints", "right"), deciding))
    console.print(f"coverage {report.coverage:.2%} of the prints have a side", highlight=False)
    for reason, count in sorted(report.left_out.items()):
        console.print(f"left out: {reason} {count:,}", highlight=False)
    console.print(f"{report.events_per_second:,.0f} events a second", highlight=False)


def _table(title: str, names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name, justify="left" if name == names[0] else "right")
    for row in rows:
        table.add_row(*row)
    return table
