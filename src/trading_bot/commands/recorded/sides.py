"""`trading-bot sides`: how often the inferred side is right, on a day whose sides are known."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from trading_bot.order_flow.config import resolve
from trading_bot.order_flow.rules.side.side_rules import SIDE_RULES, SideRule
from trading_bot.recorded.recognise import common_format
from trading_bot.replay.data_words import status_of, warning_lines
from trading_bot.replay.run_replay import ReplayOptions, read_options, refuse_other_unit
from trading_bot.research.shared.sides import SidesOptions, run_shared_sides
from trading_bot.research.side_scores import SidesReport
from trading_bot.research.side_tape import parse_jitter
from trading_bot.research.sides import Stamps, run_sides
from trading_bot.scale.address import ClusterAddress
from trading_bot.scale.workers import workers_for


def measure_sides(
    data: ReplayOptions,
    *,
    rule: str,
    jitter: str | None,
    seed: int,
    clock_window_ms: float | None,
    defer_ms: int,
    stamps: Stamps = "exact",
    jobs: int | None = None,
    cluster: ClusterAddress | None = None,
) -> int:
    """Measure, print, and return the exit status.

    Args:
        data: Which data.
        rule: The rule to look closer at.
        jitter: Mean delays of quotes and prints, as the user wrote them; None for none.
        seed: Of the delays.
        clock_window_ms: By how much the prints' clock may lag; None for what suits the delays.
        defer_ms: How long the full rule waits for the rest of an order.
        stamps: As fine as they were recorded, or as a live run has them.
        jobs: How many processes judge; None leaves it to the size of the files.
        cluster: Where others work; None for this machine alone.

    Raises:
        FileNotFoundError: The file or its twin is missing.
        ValueError: An option or the file is unusable.
    """
    if rule not in SIDE_RULES:
        raise ValueError(f"--rule {rule}: must be one of {', '.join(SIDE_RULES)}")
    kind = common_format(data.paths)
    if data.data_format not in (None, kind):
        raise ValueError(f"--format {data.data_format}: {data.paths[0]} is {kind}")
    if kind == "jsonl":
        raise ValueError(
            f"{data.paths[0]}: a recording states no sides; LOBSTER days do, and Databento's tables"
        )
    refuse_other_unit(data, kind)
    resolved = resolve(data.config_path, env_file=data.env_file)
    data = data if cluster is None else data.elsewhere()
    read = read_options(data, resolved)
    chosen: SideRule = SIDE_RULES[SIDE_RULES.index(rule)]
    progress = Console(stderr=True)
    with (
        progress.status("starting") as status,
        workers_for(jobs, cluster, files=data.paths, config=resolved.config) as workers,
    ):
        options = SidesOptions(
            jitter_ms=None if jitter is None else parse_jitter(jitter),
            seed=seed,
            clock_window_ms=clock_window_ms,
            defer_ms=defer_ms,
            stamps=stamps,
            options=read,
        )
        if workers.jobs > 1:
            status.update(f"measuring by {workers.jobs} processes")
            report = run_shared_sides(data.paths, rule=chosen, workers=workers, options=options)
        else:
            report = run_sides(*data.paths, rule=chosen, progress=status.update, **options)
    warnings = warning_lines(report.account, accept_losses=data.accept_losses)
    if data.as_json:
        sys.stderr.writelines(f"{line}\n" for line in warnings)
        sys.stdout.write(json.dumps(report.to_json_dict()) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in warnings)
        _show(report, Console(), stamps)
    return status_of(report.account, accept_losses=data.accept_losses)


def _show(report: SidesReport, console: Console, stamps: Stamps) -> None:
    live = ", stamps and matching of a live run" if stamps == "ms" else ""
    console.print(
        f"{report.symbol} {report.day}: {report.prints:,} prints with a known side, "
        f"{report.quotes:,} quote changes{live}",
        highlight=False,
    )
    visible, hidden = report.prints - report.hidden_prints, report.hidden_prints
    right = ("rule", "by trades", "by shares", f"{visible:,} visible", f"{hidden:,} hidden")
    console.print(
        _table(f"share right of {report.prints:,} prints, per cent", right, report.rule_rows())
    )
    stated = ("stated", "right", "prints")
    console.print(_table(f"calibration of {report.rule}", stated, report.calibration_rows()))
    console.print(f"calibration error {report.calibration_error:.4f}", highlight=False)
    called = ("true side", "called buy", "called sell", "unknown")
    console.print(_table(f"confusion of {report.rule}", called, report.confusion_rows()))
    deciding = [(rule, f"{count:,}", f"{right:.3f}") for rule, count, right in report.deciding]
    console.print(_table("what decided", ("evidence", "prints", "right"), deciding))
    console.print(f"coverage {report.coverage:.2%} of the prints have a side", highlight=False)
    for line in report.account.lines():
        console.print(line, highlight=False)
    console.print(f"{report.events_per_second:,.0f} events a second", highlight=False)


def _table(title: str, names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name, justify="left" if name == names[0] else "right")
    for row in rows:
        table.add_row(*row)
    return table
