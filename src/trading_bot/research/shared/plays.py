"""Plays recorded data for a score by several processes: each some symbols, one way of three.

What is found is the same as by one: symbols share no state, and all is put in order afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.share import Share
from trading_bot.replay.run_replay import ReplayOptions, prepare
from trading_bot.research.changed_tapes import MirroredTape, ShuffledTape
from trading_bot.research.score_run import Opener, Plays
from trading_bot.research.scored_findings import Findings, find, find_changed
from trading_bot.scale.accounts import PlainAccount, add_account, plain_account
from trading_bot.scale.planning import Plan
from trading_bot.scale.sharing import worked_off
from trading_bot.scale.workers import Workers

Way = Literal["as_it_is", "mirrored", "shuffled"]
_WAYS: tuple[Way, ...] = ("as_it_is", "mirrored", "shuffled")


@dataclass(frozen=True, slots=True)
class PlayTask:
    """One way to play some symbols.

    Attributes:
        data: Which data, and the settings it is judged by.
        share: Which lines of it; None for all.
        way: How they are changed.
        seed: Of the coins.
        with_readings: Keep the red-burst rule's figures.
    """

    data: ReplayOptions
    share: Share | None
    way: Way
    seed: int
    with_readings: bool


@dataclass(frozen=True, slots=True)
class PlayFound:
    """What came of it; what became of the rows, where they were played as they are."""

    findings: Findings
    config: OrderFlowConfig
    account: PlainAccount


def play_task(task: PlayTask) -> PlayFound:
    """Play some symbols one way.

    Raises:
        ValueError: A file is damaged.
    """
    playback = prepare(replace(task.data, share=task.share))
    match task.way:
        case "as_it_is":
            findings = find(playback, with_readings=task.with_readings)
        case "mirrored":
            findings = find_changed(playback, MirroredTape())
        case "shuffled":
            findings = find_changed(playback, ShuffledTape(task.seed))
    return PlayFound(findings, playback.config, plain_account(playback.source.account))


@dataclass(frozen=True, slots=True)
class SharedPlay:
    """Plays by several processes; see `score_run.Play`.

    Attributes:
        data: Which data, and the settings it is judged by.
        plan: What is known of its files.
        shares: What each job reads of them.
        workers: Who works.
    """

    data: ReplayOptions
    plan: Plan
    shares: Sequence[Share | None]
    workers: Workers

    def __call__(
        self,
        open_data: Opener,  # noqa: ARG002 - each process opens its own
        seed: int,
        *,
        with_readings: bool,
        progress: Callable[[str], None],
    ) -> Plays:
        """Return what was found.

        Raises:
            ValueError: A file is damaged.
        """
        tasks = [
            PlayTask(self.data, share, way, seed, with_readings and way == "as_it_is")
            for way in _WAYS
            for share in self.shares
        ]
        progress(f"playing the data in {len(tasks)} parts by {self.workers.jobs} processes")
        account: RowAccount = self.plan.account
        found = {way: Findings() for way in _WAYS}
        config = OrderFlowConfig()
        for task, each in zip(tasks, worked_off(play_task, tasks, self.workers), strict=True):
            config = each.config
            found[task.way].add(each.findings)
            if task.way == "as_it_is":
                add_account(account, each.account)
        for findings in found.values():
            findings.put_in_order()
        return Plays(config, account, *(found[way] for way in _WAYS))
