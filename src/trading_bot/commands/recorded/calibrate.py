"""`trading-bot calibrate`: thresholds per symbol that give a wanted number of alerts a day."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from trading_bot.order_flow.config import ResolvedConfig, resolve
from trading_bot.order_flow.rules.own_scale.desk import scale_rules
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.recognise import common_format, files_in
from trading_bot.replay.data_words import LOSSES, status_of, warning_lines
from trading_bot.replay.run_replay import ReplayOptions, read_options, refuse_other_unit
from trading_bot.replay.settings_words import settings_in_words
from trading_bot.research.calibration.files import (
    ledger_path,
    read_ledger,
    write_ledger,
    write_thresholds,
)
from trading_bot.research.calibration.fit import Calibration, Choice, Target, calibrate
from trading_bot.research.shared.counts import Counted, CountTask, count_task
from trading_bot.scale.accounts import add_account, plain_account
from trading_bot.scale.address import ClusterAddress
from trading_bot.scale.sharing import shared, worked_off
from trading_bot.scale.workers import refuse_undivided, without_secrets, workers_for


@dataclass(frozen=True, slots=True)
class CalibrateOptions:
    """What the command line asked for.

    Attributes:
        data: Which data, and the settings that all but the thresholds are taken from.
        out: Settings file that gets the thresholds.
        target: Alerts a day that are wanted.
        jobs: How many processes count; None leaves it to the size of the files.
        cluster: Where others count; None for this machine alone.
    """

    data: ReplayOptions
    out: Path
    target: Target
    jobs: int | None = None
    cluster: ClusterAddress | None = None


def calibrate_thresholds(options: CalibrateOptions) -> int:
    """Calibrate, write what fits, print, and return 1 when a symbol was refused.

    Where too much of the data is lost, and that is not accepted, nothing is written.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: An option or a file is unusable, or the data holds nothing.
    """
    resolved = resolve(options.data.config_path, env_file=options.data.env_file)
    config, accepted = resolved.config, options.data.accept_losses
    ledger = ledger_path(options.out)
    spent = read_ledger(ledger)
    counted, account = _counted(options, resolved)
    if not counted.symbols:
        said = "; ".join(account.warnings())
        raise ValueError(f"no row could be read, so there is nothing to calibrate: {said}")
    results = [
        calibrate(
            symbol,
            counts,
            options.target,
            spent.get(symbol, ()),
            present=counted.present.get(symbol, {}),
            own_scale=scale_rules(config, symbol) is not None,
        )
        for symbol, counts in sorted(counted.cells.items())
    ]
    warnings = warning_lines(account, accept_losses=accepted)
    refused = any(each.refusal for each in results)
    status = status_of(account, accept_losses=accepted, status=int(refused))
    written: list[str] = []
    if status != LOSSES:
        written = write_thresholds(options.out, results)
        write_ledger(ledger, spent, results)
    if options.data.as_json:
        sys.stderr.writelines(f"{line}\n" for line in warnings)
        report = {
            "warnings": account.warnings(),
            "account": account.to_json_dict(),
            "settings": settings_in_words(config),
            "written": written,
            "symbols": [each.to_json_dict() for each in results],
        }
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        lines = [*warnings, *account.lines(), *settings_in_words(config)]
        sys.stdout.writelines(f"{line}\n" for line in lines)
        _show(results, written, options, Console())
    return status


def _counted(options: CalibrateOptions, resolved: ResolvedConfig) -> tuple[Counted, RowAccount]:
    """Make both passes over the data: first that of the settings as they are."""
    data = options.data if options.cluster is None else options.data.elsewhere()
    config = without_secrets(resolved).config
    files = files_in(data.paths)
    kind = data.data_format or common_format(files)
    refuse_other_unit(data, kind)
    refuse_undivided(kind, options.cluster)
    read = read_options(data, resolved)
    counted = Counted()
    with (
        Console(stderr=True).status("counting the alerts of the settings and of every threshold"),
        workers_for(options.jobs, options.cluster, files=files, config=config) as workers,
    ):
        plan, shares = shared(files, kind, read, workers.jobs)
        tasks = [
            CountTask(data, config, replace(read, share=share), of_cells)
            for of_cells in (False, True)
            for share in shares
        ]
        for each in worked_off(count_task, tasks, workers):
            counted.add(each)
    if plan is None:
        return counted, counted.accounts[0]
    for account in counted.accounts:
        add_account(plan.account, plain_account(account))
    return counted, plan.account


def _show(
    results: Sequence[Calibration],
    written: Collection[str],
    options: CalibrateOptions,
    console: Console,
) -> None:
    for each in results:
        console.print(_cells(each))
        console.print(_walk(each))
        if each.written is None or each.symbol not in written:
            reason = each.refusal or each.kept or "too much of the data is lost"
            console.print(f"{each.symbol}: nothing written: {reason}.\n", highlight=False)
        else:
            fresh = [step for step in each.steps if not step.spent]
            met = sum(step.met for step in fresh)
            held = f"{met} of {len(fresh)} days out of sample were as wanted"
            if not fresh:
                held = "no day is left that is out of sample, so nobody knows whether they hold"
            console.print(
                f"{each.symbol}: {_thresholds(each.written)} (shares, warning, critical) written "
                f"to {options.out}: {each.written.rate:.1f} alerts a day on the days they were "
                f"fitted to; {held}.\n",
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
