"""Commands that read recorded days: `check`, `sides`, `replay`, `score`, `calibrate`, `explain`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from trading_bot.cli import cluster as cluster_options
from trading_bot.cli import options

_RECORDS = ("order_flow", "order_flow_simulated", "replay")
"""Folders of `logs` in which a record may lie."""

if TYPE_CHECKING:
    from trading_bot.replay.run_replay import ReplayOptions
    from trading_bot.research.sides import Stamps
    from trading_bot.scale.address import ClusterAddress


@click.command()
@options.data_paths
@options.full
@options.recorded_data
def check(paths: tuple[Path, ...], full: bool, **data: Unpack[options.DataOptions]) -> None:
    """Say what recorded files hold and what a replay would lose; exit 2 where it would end so.

    Example: trading-bot check trades_v1.csv.gz quotes_v1.csv.gz --full
    """
    from trading_bot.commands.check import CheckOptions, run_check

    sys.exit(run_check(CheckOptions(_data(paths, data), full)))


@click.command()
@options.data_paths
@options.repartition_out
@options.overwrite
def repartition(paths: tuple[Path, ...], out: Path, overwrite: bool) -> None:
    """Write whole-market day files anew as Parquet with one row group a symbol, for all readers.

    What is read of them later is the same as of the files as they were, in less time; of a few
    symbols only their rows are looked at. Needs the extra `parquet`.

    Example: trading-bot repartition us_stocks_sip/trades_v1 us_stocks_sip/quotes_v1 --out parquet

    Example: trading-bot repartition 2026-09-18.csv.gz --out parquet/trades --overwrite

    Then: trading-bot replay parquet --symbol AAPL
    """
    from trading_bot.commands.repartition import repartition_files
    from trading_bot.research.extras import need_extra

    need_extra("parquet", "trading-bot repartition")
    sys.exit(repartition_files(paths, out, overwrite=overwrite))


@click.command()
@options.sides_paths
@options.rule
@options.jitter_ms
@options.delay_seed
@options.clock_window_ms
@options.defer_ms
@options.stamps
@options.jobs
@cluster_options.cluster
@options.recorded_data
def sides(
    paths: tuple[Path, ...],
    rule: str,
    jitter: str | None,
    seed: int,
    clock_window_ms: float | None,
    defer_ms: int,
    stamps: Stamps,
    jobs: int | None,
    cluster: ClusterAddress | None,
    **data: Unpack[options.DataOptions],
) -> None:
    """Measure how often the inferred side of a trade is right, on a day with known sides.

    Example: trading-bot sides LOBSTER_SampleFile_AAPL_2012-06-21_1.zip --jitter-ms 1,10
    """
    from trading_bot.commands.recorded.sides import measure_sides

    status = measure_sides(
        _data(paths, data),
        rule=rule,
        jitter=jitter,
        seed=seed,
        clock_window_ms=clock_window_ms,
        defer_ms=defer_ms,
        stamps=stamps,
        jobs=jobs,
        cluster=cluster,
    )
    sys.exit(status)


@click.command()
@options.data_paths
@options.replay_out
@options.replay_positions
@options.profile
@options.chunk_rows
@options.jobs
@cluster_options.cluster
@options.recorded_data
def replay(
    paths: tuple[Path, ...],
    out: Path | None,
    positions: Path | None,
    profile: Path | None,
    chunk_rows: int,
    jobs: int | None,
    cluster: ClusterAddress | None,
    **data: Unpack[options.DataOptions],
) -> None:
    """Play recorded days through the live monitor, and write the record it would have written.

    Example: trading-bot replay trades_v1.csv.gz quotes_v1.csv.gz --symbol BAC --out record
    """
    from trading_bot.commands.recorded.replay import replay_data

    asked = replace(
        _data(paths, data),
        out=out or options.home() / "logs" / "replay",
        positions_path=positions,
        profile=profile,
        chunk_rows=chunk_rows,
    )
    sys.exit(replay_data(asked, jobs, cluster))


@click.command()
@options.data_paths
@options.market_paths
@options.html
@options.markdown
@options.csv
@options.alerts_csv
@options.latency_ms
@options.hit_bp
@options.score_seed
@options.worth
@options.all_rows
@options.replay_positions
@options.profile
@options.jobs
@cluster_options.cluster
@options.recorded_data
def score(
    paths: tuple[Path, ...],
    market: tuple[Path, ...],
    html: Path | None,
    markdown: Path | None,
    csv: Path | None,
    alerts_csv: Path | None,
    latency_ms: int,
    hit_bp: str,
    seed: int,
    worth: Path | None,
    all_rows: bool,
    positions: Path | None,
    profile: Path | None,
    jobs: int | None,
    cluster: ClusterAddress | None,
    **data: Unpack[options.DataOptions],
) -> None:
    """Say what followed every kind of alert, against random seconds that looked alike.

    Example: trading-bot score trades_v1.csv.gz quotes_v1.csv.gz --html report.html
    """
    from trading_bot.research.extras import need_extra

    need_extra("score", "trading-bot score")
    if html is not None:
        need_extra("plots", "trading-bot score --html")
    from trading_bot.commands.score import ScoreOptions, score_data

    read = replace(_data(paths, data), positions_path=positions, profile=profile)
    files = {"html": html, "markdown": markdown, "csv": csv, "alerts_csv": alerts_csv}
    asked = ScoreOptions(
        read, market, latency_ms, hit_bp, seed, worth, all_rows, jobs=jobs, cluster=cluster, **files
    )
    sys.exit(score_data(asked))


@click.command()
@options.data_paths
@options.settings_out
@options.target_low
@options.target_high
@options.jobs
@cluster_options.cluster
@options.recorded_data
def calibrate(
    paths: tuple[Path, ...],
    out: Path | None,
    target_low: float,
    target_high: float,
    jobs: int | None,
    cluster: ClusterAddress | None,
    **data: Unpack[options.DataOptions],
) -> None:
    """Find thresholds per symbol that give a wanted number of alerts a day; exit 1 if none fit.

    Example: trading-bot calibrate recorded-days --out config/order_flow_config.json
    """
    from trading_bot.commands.recorded.calibrate import CalibrateOptions, calibrate_thresholds
    from trading_bot.research.calibration.fit import Target

    target = Target(target_low, target_high)
    asked = CalibrateOptions(_data(paths, data), options.settings_path(out), target, jobs, cluster)
    sys.exit(calibrate_thresholds(asked))


@click.command()
@options.alert_id
@options.data_paths
@options.record_of_alert
@options.positions
@options.profile
@options.recorded_data
def explain(
    alert_id: str,
    paths: tuple[Path, ...],
    record: Path | None,
    positions: Path | None,
    profile: Path | None,
    **data: Unpack[options.DataOptions],
) -> None:
    """Recompute one alert from recorded data and show what it was made of; exit 1 if it differs.

    Example: trading-bot explain 0123456789abcdef trades_v1.csv.gz quotes_v1.csv.gz --record record
    """
    from trading_bot.replay.run_explain import ExplainOptions, run_explain

    read = replace(_data(paths, data), positions_path=positions, profile=profile)
    usual = tuple(options.home() / "logs" / name for name in _RECORDS)
    records = usual if record is None else (record,)
    sys.exit(run_explain(ExplainOptions(alert_id, read, records)))


def _data(paths: tuple[Path, ...], data: options.DataOptions) -> ReplayOptions:
    """Say which data is read, and by which settings it is judged."""
    from trading_bot.replay.run_replay import ReplayOptions

    return ReplayOptions(
        paths=paths,
        config_path=options.settings_path(data["config"]),
        env_file=options.env_file(),
        config_is_given=data["config"] is not None,
        data_format=data["data_format"],
        symbols=data["symbols"],
        begin=data["begin"],
        end=data["end"],
        quote_size_unit=data["quote_size_unit"],
        day=None if data["day"] is None else data["day"].date(),
        accept_losses=data["accept_losses"],
        as_json=data["as_json"],
    )
