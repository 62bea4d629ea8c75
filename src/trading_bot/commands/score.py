"""`trading-bot score`: what followed the alerts on recorded data, against matched controls."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trading_bot.commands.worth import measure_worth, put_worth
from trading_bot.order_flow.config import resolve
from trading_bot.recorded.recognise import common_format, files_in
from trading_bot.replay.data_words import status_of, warning_lines
from trading_bot.replay.plain_rows import rows_of
from trading_bot.replay.playback import Playback
from trading_bot.replay.run_replay import ReplayOptions, prepare, read_options
from trading_bot.research.days.one_pass import Play, play_all
from trading_bot.research.looks.cells import says_nothing
from trading_bot.research.looks.files import csv_of, markdown_of, write_text
from trading_bot.research.market_series import MarketSeries
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.report.listed import alerts_csv
from trading_bot.research.report.page import Report, write_report
from trading_bot.research.score_run import Scorecard, score
from trading_bot.research.score_tables import tables_of
from trading_bot.research.score_words import not_judged, verdicts
from trading_bot.research.shared.plays import SharedPlay
from trading_bot.research.text_table import TextTable
from trading_bot.scale.address import ClusterAddress
from trading_bot.scale.sharing import shared
from trading_bot.scale.workers import refuse_undivided, without_secrets, workers_for

_PIPE_WIDTH = 260
_WIDE = 170
"""Terminals narrower than this see the main columns."""


@dataclass(frozen=True, slots=True)
class ScoreOptions:
    """What the command line asked for.

    Attributes:
        data: Which data, and the settings it is judged by.
        market: Data of the symbol that stands for the market; empty for none.
        latency_ms: From an alert to the moment it can be acted upon.
        hit_bp: Distances of hits in basis points, as the user wrote them.
        seed: Of controls, coins and resampling.
        worth: File of what alerts and exits were followed by; with it nothing else is done.
        all_rows: Show parts of a kind with too few events too, and every look; JSON has all.
        html: Where the page goes; None writes none.
        markdown: Where tables and sentences go; None writes none.
        csv: Where every cell goes; None writes none.
        alerts_csv: Where every alert goes, with what followed; None writes none.
        jobs: How many processes play the data; None leaves it to the size of the files.
        cluster: Where others play it; None for this machine alone.
    """

    data: ReplayOptions
    market: tuple[Path, ...] = ()
    latency_ms: int = 1_000
    hit_bp: str = "5,10"
    seed: int = 5
    worth: Path | None = None
    all_rows: bool = False
    html: Path | None = None
    markdown: Path | None = None
    csv: Path | None = None
    alerts_csv: Path | None = None
    jobs: int | None = None
    cluster: ClusterAddress | None = None


def score_data(options: ScoreOptions) -> int:
    """Score, print, and return the exit status.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: An option or a file is unusable.
    """
    rules = OutcomeRules(latency_ms=options.latency_ms, hit_bp=parse_distances(options.hit_bp))
    if options.worth is not None:
        return _measure_worth(options, rules, options.worth)
    market = None
    with Console(stderr=True).status("starting") as status, _players(options) as play:
        if options.market:
            status.update("reading the market")
            market = MarketSeries(rows_of(_opened_market(options)))
        card, findings = score(
            lambda: prepare(options.data),
            rules=rules,
            seed=options.seed,
            market=market,
            with_readings=options.html is not None,
            play=play,
            progress=status.update,
        )
        if options.html is not None or options.alerts_csv is not None:
            status.update("drawing")
            names = " ".join(each.name for each in options.data.paths)
            report = Report(card, findings, prepare(options.data).config, names)
            if options.html is not None:
                write_report(options.html, report)
            if options.alerts_csv is not None:
                write_text(options.alerts_csv, alerts_csv(report.alerts(), rules))
        if options.markdown is not None:
            write_text(options.markdown, markdown_of(card))
        if options.csv is not None:
            write_text(options.csv, csv_of(card))
    accepted = options.data.accept_losses
    warnings = warning_lines(card.account, accept_losses=accepted)
    if options.data.as_json:
        sys.stderr.writelines(f"{line}\n" for line in warnings)
        sys.stdout.write(json.dumps(card.to_json_dict(), indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in warnings)
        _show(card, Console(), all_rows=options.all_rows)
        for path in (options.html, options.markdown, options.csv, options.alerts_csv):
            if path is not None:
                sys.stdout.write(f"Report: {path}\n")
    return status_of(card.account, accept_losses=accepted)


@contextmanager
def _players(options: ScoreOptions) -> Iterator[Play]:
    """Yield who plays the data: this process, or several."""
    data = options.data if options.cluster is None else options.data.elsewhere()
    files = files_in(data.paths)
    kind = data.data_format or common_format(files)
    refuse_undivided(kind, options.cluster)
    resolved = without_secrets(resolve(data.config_path, env_file=data.env_file))
    with workers_for(
        options.jobs,
        options.cluster,
        files=files,
        config=resolved.config,
        profile=data.profile,
    ) as workers:
        plan, shares = shared(files, kind, read_options(data, resolved), workers.jobs)
        if plan is None:
            yield play_all
        else:
            yield SharedPlay(replace(data, judged_by=resolved), plan, shares, workers)


def _opened_market(options: ScoreOptions) -> Playback:
    """Open the market's data by the same settings: all of it, whatever it holds."""
    data = replace(options.data, paths=options.market, symbols=(), data_format=None, profile=None)
    return prepare(replace(data, begin=None, end=None))


def _measure_worth(options: ScoreOptions, rules: OutcomeRules, path: Path) -> int:
    data = options.data
    names = " ".join(each.name for each in data.paths)
    symbols = "".join(f" --symbol {each}" for each in data.symbols)
    command = f"trading-bot score {names}{symbols} --seed {options.seed} --worth {path.name}"
    playback = prepare(data)
    measured = measure_worth(playback, rules=rules, seed=options.seed, command=command)
    account = playback.source.account
    warnings = warning_lines(account, accept_losses=data.accept_losses)
    sys.stdout.writelines(f"{line}\n" for line in (*warnings, *account.lines()))
    status = status_of(account, accept_losses=data.accept_losses)
    if status:
        sys.stdout.write(f"Nothing is written to {path}.\n")
        return status
    put_worth(path, measured)
    found = measured.sets[0]
    for kind, each in (("alerts", found.alerts), ("exits", found.exits)):
        matched = "none" if each.matched_share is None else f"{each.matched_share:.0%}"
        said = (
            f"{each.without_fall:,} of {each.judged:,} without a fall of {rules.false_exit_bp} bp"
        )
        if not each.judged:
            said = "none could be judged, so nothing is known"
        sys.stdout.write(f"{kind}: {said}, matched seconds {matched}\n")
    return 0


def parse_distances(text: str) -> tuple[int, ...]:
    """Read distances such as `5,10`.

    Raises:
        ValueError: Not whole numbers of at least 1, rising.
    """
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise ValueError(f"--hit-bp {text!r} must be whole numbers such as 5,10") from error
    if found != tuple(sorted(set(found))):
        raise ValueError(f"--hit-bp {text!r} must rise")
    return found


def _show(card: Scorecard, console: Console, *, all_rows: bool) -> None:
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    days = ", ".join(f"{symbol} {day}" for symbol, day in card.days)
    console.print(f"Scored: {days}", highlight=False)
    for line in (*card.account.lines(), *card.settings):
        console.print(line, highlight=False)
    for table in tables_of(card, all_rows=all_rows):
        if table.rows:
            console.print(_table(table, console.width))
        else:
            console.print(f"{table.title}: {table.empty}.", highlight=False)
        console.print(table.note, style="dim", highlight=False)
        console.print()
    console.print(not_judged(card), highlight=False)
    for sentence in verdicts(card):
        console.print(f"- {sentence}", highlight=False)


def _table(source: TextTable, width: int) -> Table:
    shown = range(len(source.names)) if width >= _WIDE else source.narrow
    table = Table(title=source.title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    for place in shown:
        table.add_column(
            source.names[place], justify="right" if place else "left", no_wrap=place == 0
        )
    for row in source.rows:
        table.add_row(*(_text(row[place]) for place in shown))
    return table


def _text(cell: str) -> Text:
    """Return a cell, greyed where it holds no finding; its words say so too, without colours."""
    return Text(cell, style="bright_black" if says_nothing(cell) else "")
