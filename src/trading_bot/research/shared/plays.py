"""Plays recorded data for a score by several processes, each some symbols.

What is found is the same as by one: symbols share no state, and all is put in order afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.share import Share
from trading_bot.replay.run_replay import ReplayOptions, prepare
from trading_bot.research.days.one_pass import Opener, Plays, play_all
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.scored_findings import Findings
from trading_bot.scale.accounts import PlainAccount, add_account, plain_account
from trading_bot.scale.planning import Plan
from trading_bot.scale.sharing import worked_off
from trading_bot.scale.workers import Workers


@dataclass(frozen=True, slots=True)
class PlayTask:
    """Some symbols to be played.

    Attributes:
        data: Which data, and the settings it is judged by.
        share: Which lines of it; None for all.
        rules: How outcomes are measured.
        seed: Of the coins and of random exits.
        with_readings: Keep the red-burst rule's figures and all quotes.
    """

    data: ReplayOptions
    share: Share | None
    rules: OutcomeRules
    seed: int
    with_readings: bool


@dataclass(frozen=True, slots=True)
class PlayFound:
    """What came of it, and what became of the rows."""

    plays: Plays
    account: PlainAccount


def play_task(task: PlayTask) -> PlayFound:
    """Play some symbols.

    Raises:
        ValueError: A file is damaged.
    """
    plays = play_all(
        partial(prepare, replace(task.data, share=task.share)),
        task.rules,
        task.seed,
        with_readings=task.with_readings,
        progress=lambda _: None,
    )
    account = plain_account(plays.account)
    return PlayFound(replace(plays, account=RowAccount()), account)


@dataclass(frozen=True, slots=True)
class SharedPlay:
    """Plays by several processes; see `days.one_pass.Play`.

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
        rules: OutcomeRules,
        seed: int,
        *,
        with_readings: bool,
        progress: Callable[[str], None],
    ) -> Plays:
        """Return what was found.

        Raises:
            ValueError: A file is damaged.
        """
        tasks = [PlayTask(self.data, each, rules, seed, with_readings) for each in self.shares]
        progress(f"playing the data in {len(tasks)} parts by {self.workers.jobs} processes")
        account: RowAccount = self.plan.account
        whole = Plays(OrderFlowConfig(), account, Findings(), [], [])
        for each in worked_off(play_task, tasks, self.workers):
            add_account(account, each.account)
            whole.config = each.plays.config
            whole.as_it_is.add(each.plays.as_it_is)
            whole.mirrored += each.plays.mirrored
            whole.shuffled += each.plays.shuffled
        whole.put_in_order()
        return whole
