"""`trading-bot replay`: recorded days through the live judge, by as many jobs as there are."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from trading_bot.commands.progress import days_done
from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.config import resolve
from trading_bot.order_flow.journal.lines import event_line
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.recorded.recognise import common_format, files_in, without_damaged
from trading_bot.replay.data_words import LOSSES, status_of
from trading_bot.replay.journal import ReplayLog
from trading_bot.replay.run_replay import (
    GC_THRESHOLD,
    ReplayOptions,
    positions_in,
    read_options,
    refuse_no_folder,
    refuse_nothing,
    refuse_other_unit,
    run_replay,
    say_played,
)
from trading_bot.replay.summary import Played
from trading_bot.scale.address import ClusterAddress
from trading_bot.scale.planning import DIVIDED, plan_of
from trading_bot.scale.replaying import Asked, Outcome, Replaying, start_facts
from trading_bot.scale.specs import Held
from trading_bot.scale.workers import refuse_undivided, workers_for


def replay_data(
    options: ReplayOptions, jobs: int | None = None, cluster: ClusterAddress | None = None
) -> int:
    """Run the command; return the exit status.

    A recording of a live run, and Databento's files, are played by this process alone.

    Args:
        options: What the command line asked for.
        jobs: How many work at a time; None leaves it to the size of the files.
        cluster: Where others work; None for this machine alone.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: An option or a file is not usable; names it and says what to do.
        WorkersLostError: Processes end again and again.
    """
    options = options if cluster is None else options.elsewhere()
    files, damaged = without_damaged(files_in(options.paths))
    kind = options.data_format or common_format(files)
    refuse_undivided(kind, cluster)
    if kind not in DIVIDED:
        return run_replay(options)
    started = monotonic_seconds()
    gc.set_threshold(GC_THRESHOLD)
    resolved = resolve(options.config_path, env_file=options.env_file)
    refuse_other_unit(options, kind)
    if options.profile is not None:
        refuse_no_folder(options.profile)
    read = read_options(options, resolved)
    held = positions_in(options.positions_path)
    log = None if options.out is None else ReplayLog(options.out)
    with ExitStack() as stack:
        folder = options.out or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workers = stack.enter_context(
            workers_for(
                jobs,
                cluster,
                files=files,
                config=resolved.config,
                folder=folder.absolute(),
                profile=options.profile,
            )
        )
        asked = Asked(
            resolved.config,
            read,
            None if held is None else tuple(map(Held.of, held)),
            options.profile,
            folder.absolute(),
            workers.jobs,
        )
        progress = stack.enter_context(days_done("Playing"))
        replaying = Replaying(
            plan_of(files, kind, read),
            asked,
            open_pool=partial(workers.open_pool, workers.jobs),
            progress=progress,
        )
        outcome = replaying.run()
        outcome.failed[:0] = damaged
        _refuse_nothing(options, outcome)
        if log is not None:
            _write(log, replaying, outcome, options.profile)
        if not outcome.failed:
            replaying.parts.remove()
    seconds = monotonic_seconds() - started
    say_played(options, outcome.played, outcome.tally, seconds, outcome.failed)
    status = LOSSES if outcome.failed and not options.accept_losses else 0
    return status_of(outcome.played.account, accept_losses=options.accept_losses, status=status)


def _refuse_nothing(options: ReplayOptions, outcome: Outcome) -> None:
    if outcome.failed and not outcome.played.symbols:
        raise ValueError(outcome.failed[0])
    refuse_nothing(options, outcome.played)


def _write(log: ReplayLog, replaying: Replaying, outcome: Outcome, profile: Path | None) -> None:
    """Write the record: what was found, between the lines that are about the whole run."""
    played: Played = outcome.played
    symbols = sorted(played.symbols)
    ends: tuple[tuple[str, int, Mapping[str, str | None]], ...] = (
        ("started", played.first_ns, start_facts(symbols, played.config, profile)),
        ("stopped", played.last_ns, {}),
    )
    for name, stamp_ns, facts in ends:
        at = utc_from_ns(stamp_ns)
        line = event_line(f"order_flow.monitoring_{name}", at, None, symbols=symbols, **facts)
        log.write(line | {"latency_ms": None, "logged_at": None})
    log.take(replaying.lines(outcome))
    log.finish()
