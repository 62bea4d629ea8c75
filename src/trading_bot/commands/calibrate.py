"""`trading-bot calibrate`: thresholds per symbol that give a wanted number of alerts a day."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from trading_bot.order_flow.config import OrderFlowConfig, resolve
from trading_bot.order_flow.rules.own_scale.desk import scale_rules
from trading_bot.recorded.recognise import Format
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.plain_rows import rows_of
from trading_bot.replay.playback import Playback, open_playback
from trading_bot.research.calibration.files import (
    ledger_path,
    read_ledger,
    write_ledger,
    write_thresholds,
)
from trading_bot.research.calibration.fit import Calibration, Choice, Target, calibrate
from trading_bot.research.calibration.grid import count_alerts, count_present, lowest_cell


@dataclass(frozen=True, slots=True)
class CalibrateOptions:
    """What the command line asked for.

    Attributes:
        paths: Files or folders.
        out: Settings file that gets the thresholds.
        config_path: Settings file that all but the thresholds are taken from.
        env_file: File of environment variables.
        target: Alerts a day that are wanted.
        data_format: What the files hold; None looks inside.
        symbols: Only these; empty means all.
        as_json: Print JSON.
    """

    paths: tuple[Path, ...]
    out: Path
    config_path: Path
    env_file: Path
    target: Target
    data_format: Format | None = None
    symbols: tuple[str, ...] = ()
    as_json: bool = False


def calibrate_thresholds(options: CalibrateOptions) -> int:
    """Calibrate, write what fits, print, and return 1 when a symbol was refused.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: An option or a file is unusable, or the data holds nothing.
    """
    config = resolve(options.config_path, env_file=options.env_file).config
    ledger = ledger_path(options.out)
    spent = read_ledger(ledger)
    with Console(stderr=True).status("counting the alerts of every threshold"):
        found = count_alerts(rows_of(_opened(options, lowest_cell(config))), config)
    if not found:
        raise ValueError("no row could be read, so there is nothing to calibrate")
    with Console(stderr=True).status("counting the alerts of the settings as they are"):
        present = count_present(_opened(options, config))
    results = [
        calibrate(
            symbol,
            counts,
            options.target,
            spent.get(symbol, ()),
            present=present.get(symbol, {}),
            own_scale=scale_rules(config, symbol) is not None,
        )
        for symbol, counts in found.items()
    ]
    written = write_thresholds(options.out, results)
    write_ledger(ledger, spent, results)
    if options.as_json:
        report = {"written": written, "symbols": [each.to_json_dict() for each in results]}
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        _show(results, options, Console())
    return 1 if any(each.refusal for each in results) else 0


def _opened(options: CalibrateOptions, config: OrderFlowConfig) -> Playback:
    return open_playback(
        options.paths,
        config,
        data_format=options.data_format,
        options=ReadOptions(symbols=options.symbols),
    )


def _show(results: Sequence[Calibration], options: CalibrateOptions, console: Console) -> None:
    for each in results:
        console.print(_cells(each))
        console.print(_walk(each))
        if each.written is None:
            reason = each.refusal or each.kept
            console.print(f"{each.symbol}: nothing written: {reason}.\n", highlight=False)
        else:
            fresh = [step for step in each.steps if not step.spent]
            met = sum(step.met for step in fresh)
            console.print(
                f"{each.symbol}: {_thresholds(each.written)} (shares, warning, critical) written "
                f"to {options.out}: {each.written.rate:.1f} alerts a day on the days they were "
                f"fitted to; {met} of {len(fresh)} days out of sample were as wanted.\n",
                highlight=False,
            )
    console.print(f"Days used so far: {ledger_path(options.out)}", highlight=False)


def _cells(result: Calibration) -> Table:
    table = _table(f"{result.symbol}: alerts a day of every threshold tried")
    table.add_column("rule")
    for name in ("from", *(f"{day:%m-%d}" for day in result.counts.days)):
        table.add_column(name, justify="right")
    for rule, threshold, alerts in result.cells():
        table.add_row(rule.replace("_", " "), f"{threshold:,}", *(f"{each:,}" for each in alerts))
    table.add_row("as set", "", *(f"{each:,}" for each in result.present))
    return table


def _walk(result: Calibration) -> Table:
    table = _table(f"{result.symbol}: fitted on the days before, judged on the next")
    for name in ("judged", "before", "shares / ratios", "fitted", "alerts", "wanted", "as set"):
        words = name in ("judged", "shares / ratios")
        table.add_column(name, justify="left" if words else "right", no_wrap=True)
    for step, present in zip(result.steps, result.present[1:], strict=True):
        choice = step.choice
        table.add_row(
            f"{step.judged}{' (spent)' if step.spent else ''}",
            str(step.fitted_days),
            "nothing fits" if choice is None else _thresholds(choice),
            "-" if choice is None else f"{choice.rate:.1f}",
            "-" if step.alerts is None else f"{step.alerts:,}",
            "yes" if step.met else "no",
            f"{present:,}",
        )
    return table


def _thresholds(choice: Choice) -> str:
    return " / ".join(f"{value:,}" for value in choice.thresholds.values())


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
