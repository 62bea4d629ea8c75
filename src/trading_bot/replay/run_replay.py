"""`trading-bot replay`: plays recorded days through the live monitor and says what it found."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.config import QuoteSizeUnit, ResolvedConfig, resolve
from trading_bot.order_flow.journal.profile import Profiles
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.units import ns_from_utc, utc_from_ns
from trading_bot.order_flow.position import Position
from trading_bot.positions.file_position_manager import FilePositionManager
from trading_bot.recorded.flat_files import DEFAULT_CHUNK_ROWS
from trading_bot.recorded.recognise import Format, common_format, files_in
from trading_bot.recorded.share import Share
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.data_words import status_of, warning_lines
from trading_bot.replay.journal import ReplayLog, UnwrittenLog
from trading_bot.replay.playback import Playback, open_playback
from trading_bot.replay.progress import bytes_shown
from trading_bot.replay.summary import Played, Tally, played_of, summary_lines, summary_of

GC_THRESHOLD = 200_000
"""Rows come and go by the thousand and hold no cycles: looking for some again and again costs."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What the command line asked for.

    Attributes:
        paths: Files or folders.
        config_path: Settings file; one that is missing sets nothing.
        env_file: File of environment variables.
        config_is_given: True when the user named the settings file; a recording is else judged by
            the settings it was made with.
        data_format: What the files hold; None looks inside.
        symbols: Only these; empty means all.
        begin: First moment, or day, as the user wrote it.
        end: Moment from which nothing is played, or last day, as the user wrote it.
        out: Folder of the record; None keeps none.
        positions_path: Positions file, or None.
        chunk_rows: Rows read at a time.
        quote_size_unit: What quote sizes count, or None.
        day: The day of files that hold times of day only, or None.
        as_json: Print JSON.
        profile: Folder of the profiles that own scale begins with; None begins with nothing.
        accept_losses: End well though rows are lost or nothing is judged.
        share: Which lines of the files are read here, where others read them too; None for all.
        judged_by: Settings that were read elsewhere; None reads them here.
    """

    paths: tuple[Path, ...]
    config_path: Path
    env_file: Path
    config_is_given: bool = False
    data_format: Format | None = None
    symbols: tuple[str, ...] = ()
    begin: str | None = None
    end: str | None = None
    out: Path | None = None
    positions_path: Path | None = None
    chunk_rows: int = DEFAULT_CHUNK_ROWS
    quote_size_unit: QuoteSizeUnit | None = None
    day: date | None = None
    as_json: bool = False
    profile: Path | None = None
    accept_losses: bool = False
    share: Share | None = None
    judged_by: ResolvedConfig | None = None

    def elsewhere(self) -> ReplayOptions:
        """Return the same for who works in another folder: with whole paths."""
        return replace(
            self,
            paths=tuple(each.absolute() for each in self.paths),
            profile=None if self.profile is None else self.profile.absolute(),
        )


def run_replay(options: ReplayOptions) -> int:
    """Run the command; return the exit status.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: An option or a file is not usable; names it and says what to do.
    """
    started = monotonic_seconds()
    gc.set_threshold(GC_THRESHOLD)
    log = None if options.out is None else ReplayLog(options.out)
    playback = prepare(options, log)
    tally = Tally()
    playback.add_listener(tally)
    with bytes_shown("Playing", (playback.source,)) as advance:
        for _ in playback.batches():
            advance()
    played = played_of(playback)
    refuse_nothing(options, played)
    if log is not None:
        frame(playback)
        log.finish()
    say_played(options, played, tally, monotonic_seconds() - started)
    return status_of(played.account, accept_losses=options.accept_losses)


def refuse_nothing(options: ReplayOptions, played: Played) -> None:
    """Refuse to say anything where nothing was played.

    Raises:
        ValueError: It was so.
    """
    if not played.symbols:
        wanted = f" of {', '.join(options.symbols)}" if options.symbols else ""
        found = "; ".join(played.account.warnings())
        raise ValueError(f"no row{wanted} could be played: {found}")


def say_played(
    options: ReplayOptions, played: Played, tally: Tally, seconds: float, failed: Sequence[str] = ()
) -> None:
    """Print what came of a replay.

    Args:
        options: What the command line asked for.
        played: What was played.
        tally: What was found.
        seconds: How long it took.
        failed: What could not be read at all, in sentences.
    """
    summary = summary_of(played, tally, seconds)
    if failed:
        summary["failed"] = [*failed]
    warnings = [f"WARNING: left out: {each}" for each in failed]
    warnings += warning_lines(played.account, accept_losses=options.accept_losses)
    if options.as_json:
        sys.stderr.writelines(f"{line}\n" for line in warnings)
        sys.stdout.write(json.dumps(summary, indent=2) + "\n")
    else:
        lines = [*warnings, *summary_lines(summary)]
        if options.out is not None:
            lines.append(f"Record: {options.out}")
        sys.stdout.write("\n".join(lines) + "\n")


def prepare(
    options: ReplayOptions,
    log: UnwrittenLog | None = None,
    make_judge: Callable[..., MarketJudge] = MarketJudge,
) -> Playback:
    """Open the data as the options say.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: An option or a file is not usable.
    """
    resolved = options.judged_by or resolve(options.config_path, env_file=options.env_file)
    files = files_in(options.paths)
    kind = options.data_format or common_format(files)
    refuse_other_unit(options, kind)
    if options.profile is not None:
        refuse_no_folder(options.profile)
        make_judge = partial(make_judge, profiles=Profiles(options.profile, writes=False))
    own_settings = kind == "jsonl" and not options.config_is_given
    return open_playback(
        files,
        None if own_settings else resolved.config,
        data_format=kind,
        options=read_options(options, resolved),
        alert_log=log,
        positions=positions_in(options.positions_path),
        make_judge=make_judge,
    )


def read_options(options: ReplayOptions, resolved: ResolvedConfig) -> ReadOptions:
    """Say which rows are read, by the options and where they are silent by the settings.

    Raises:
        ValueError: A time is none.
    """
    return ReadOptions(
        symbols=options.symbols,
        from_ns=None if options.begin is None else moment_ns(options.begin, "--from"),
        to_ns=None if options.end is None else moment_ns(options.end, "--to", next_day=True),
        quote_size_unit=options.quote_size_unit or _unit_if_set(resolved),
        chunk_rows=options.chunk_rows,
        day=options.day,
        share=options.share,
    )


def refuse_no_folder(profile: Path) -> None:
    """Refuse profiles that are not there.

    Raises:
        FileNotFoundError: They are not.
    """
    if not profile.is_dir():
        raise FileNotFoundError(f"{profile} is no folder; --profile names a profile's")


def refuse_other_unit(options: ReplayOptions, kind: Format) -> None:
    """Refuse round lots for files whose format counts shares.

    Raises:
        ValueError: The user says so.
    """
    if kind != "polygon" and options.quote_size_unit == "round_lots":
        raise ValueError(f"--quote-size-unit round_lots: sizes of {kind} files are shares")


def frame(playback: Playback) -> None:
    """Write the record's first and last line, with the exchange times of what was played."""
    symbols = sorted(playback.symbols)
    publisher = playback.judge.publisher
    playback.judge.write_scales()
    began, ended = utc_from_ns(playback.first_ns), utc_from_ns(playback.last_ns)
    facts = playback.judge.start_facts()
    publisher.write_line("order_flow.monitoring_started", began, None, symbols=symbols, **facts)
    publisher.write_line("order_flow.monitoring_stopped", ended, None, symbols=symbols)


def moment_ns(text: str, name: str, *, next_day: bool = False) -> int:
    """Read a day or a moment, ISO 8601; New York time where it states no zone.

    Args:
        text: Such as 2013-10-08, 2013-10-08T10:30 or 2013-10-08T14:30Z.
        name: Of the option.
        next_day: A day without a time means its end.

    Raises:
        ValueError: Not such a time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"{name} {text!r} must be a day or a time such as 2013-10-08T10:30 (New York)"
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=NEW_YORK)
    is_day = len(text) <= len("YYYY-MM-DD")
    return ns_from_utc(moment) + (86_400_000_000_000 if next_day and is_day else 0)


def _unit_if_set(resolved: ResolvedConfig) -> QuoteSizeUnit | None:
    is_set = resolved.origins["quote_size_unit"] != "default"
    return resolved.config.quote_size_unit if is_set else None


def positions_in(path: Path | None) -> Sequence[Position] | None:
    """Return the positions in a file; None where none is named.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It cannot be read.
    """
    if path is None:
        return None
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist; --positions names a positions file")
    manager = FilePositionManager(path)
    positions = manager.get_active_positions()
    unreadable = manager.get_unreadable()
    if unreadable:
        raise ValueError(f"{path}: {'; '.join(unreadable.values())}")
    return positions
