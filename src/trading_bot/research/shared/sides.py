"""Measures rules for the side by several processes: each reads the tape and judges some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

from trading_bot.order_flow.rules.side.side_rules import SIDE_RULES, SideRule
from trading_bot.recorded.sources import ReadOptions
from trading_bot.research.side_scores import SidesReport
from trading_bot.research.sides import Stamps, run_sides
from trading_bot.scale.sharing import worked_off
from trading_bot.scale.workers import Workers


class SidesOptions(TypedDict):
    """What `run_sides` takes beside files and rules."""

    jitter_ms: tuple[float, float] | None
    seed: int
    clock_window_ms: float | None
    defer_ms: int
    stamps: Stamps
    options: ReadOptions


@dataclass(frozen=True, slots=True)
class SidesTask:
    """Some rules.

    Attributes:
        paths: The files of the stock-day.
        rules: Which rules; the first is looked closer at.
        options: What `run_sides` takes beside.
    """

    paths: tuple[Path, ...]
    rules: tuple[SideRule, ...]
    options: SidesOptions


def sides_task(task: SidesTask) -> SidesReport:
    """Measure some rules.

    Raises:
        ValueError: The files are unusable.
    """
    return run_sides(*task.paths, rule=task.rules[0], rules=task.rules, **task.options)


def run_shared_sides(
    paths: Sequence[Path], *, rule: SideRule, workers: Workers, options: SidesOptions
) -> SidesReport:
    """Measure every rule on a stock-day; the same report as that of one process.

    Args:
        paths: The files.
        rule: The rule to look closer at.
        workers: Who works.
        options: What `run_sides` takes beside.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: They are unusable.
    """
    others = [each for each in SIDE_RULES if each != rule]
    parts = min(workers.jobs - 1, len(others))
    shares = [(rule,), *(tuple(others[number::parts]) for number in range(parts))]
    tasks = [SidesTask(tuple(paths), rules, options) for rules in shares]
    report, *more = worked_off(sides_task, tasks, workers)
    scores = dict(report.rules)
    for each in more:
        scores.update(each.rules)
    return replace(report, rules={each: scores[each] for each in SIDE_RULES})
