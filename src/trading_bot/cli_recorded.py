"""The commands that read recorded days: `sides`, `replay`, `score`, `calibrate` and `explain`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that each starts light

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from trading_bot import cli_options as options

if TYPE_CHECKING:
    from trading_bot.replay.run_replay import ReplayOptions


def sides(
    path: options.SidesPath,
    file_format: options.SidesFormat = "lobster",
    rule: options.Rule = "full",
    jitter: options.JitterMs = None,
    seed: options.DelaySeed = 5,
    clock_window_ms: options.ClockWindowMs = None,
    defer_ms: options.DeferMs = 0,
    as_json: options.OneJsonObject = False,
) -> None:
    """Measure how often the inferred side of a trade is right, on a day with known sides.

    Example: trading-bot sides LOBSTER_SampleFile_AAPL_2012-06-21_1.zip --jitter-ms 1,10
    """
    from trading_bot.commands.sides import measure_sides

    if file_format != "lobster":
        raise ValueError(f"--format {file_format}: sides are known in lobster files only")
    status = measure_sides(
        path,
        rule=rule,
        jitter=jitter,
        seed=seed,
        clock_window_ms=clock_window_ms,
        defer_ms=defer_ms,
        as_json=as_json,
    )
    raise typer.Exit(status)


def replay(
    paths: options.DataPaths,
    data_format: options.Format = None,
    symbol: options.Symbols = None,
    config: options.Config = None,
    begin: options.From = None,
    end: options.To = None,
    out: options.ReplayOut = None,
    positions: options.ReplayPositions = None,
    chunk_rows: options.ChunkRows = 600,
    quote_size_unit: options.QuoteSizes = None,
    as_json: options.JsonOnly = False,
) -> None:
    """Play recorded days through the live monitor, and write the record it would have written.

    Example: trading-bot replay trades_v1.csv.gz quotes_v1.csv.gz --symbol BAC --out record
    """
    from trading_bot.replay.run_replay import run_replay

    data = replace(
        _data(paths, data_format, symbol, config, as_json=as_json),
        begin=begin,
        end=end,
        out=out or options.home() / "logs" / "replay",
        positions_path=positions,
        chunk_rows=chunk_rows,
        quote_size_unit=None if quote_size_unit is None else quote_size_unit.value,
    )
    raise typer.Exit(run_replay(data))


def score(
    paths: options.DataPaths,
    data_format: options.Format = None,
    symbol: options.Symbols = None,
    config: options.Config = None,
    begin: options.From = None,
    end: options.To = None,
    market: options.MarketPaths = None,
    html: options.Html = None,
    latency_ms: options.LatencyMs = 1_000,
    hit_bp: options.HitBp = "5,10",
    seed: options.ScoreSeed = 5,
    as_json: options.JsonOnly = False,
) -> None:
    """Say what followed every kind of alert, against random seconds that looked alike.

    Example: trading-bot score trades_v1.csv.gz quotes_v1.csv.gz --html report.html
    """
    from trading_bot.replay.extras import need_extra

    need_extra("score", "trading-bot score")
    if html is not None:
        need_extra("plots", "trading-bot score --html")
    from trading_bot.commands.score import ScoreOptions, score_data

    data = replace(_data(paths, data_format, symbol, config, as_json=as_json), begin=begin, end=end)
    asked = ScoreOptions(data, tuple(market or ()), html, latency_ms, hit_bp, seed)
    raise typer.Exit(score_data(asked))


def calibrate(
    paths: options.DataPaths,
    out: options.SettingsOut = None,
    target_low: options.TargetLow = 5,
    target_high: options.TargetHigh = 15,
    data_format: options.Format = None,
    symbol: options.Symbols = None,
    config: options.Config = None,
    as_json: options.JsonOnly = False,
) -> None:
    """Find thresholds per symbol that give a wanted number of alerts a day; exit 1 if none fit.

    Example: trading-bot calibrate recorded-days --out config/order_flow_config.json
    """
    from trading_bot.commands.calibrate import CalibrateOptions, calibrate_thresholds
    from trading_bot.replay.calibration import Target

    asked = CalibrateOptions(
        paths=tuple(paths),
        out=options.settings_path(out),
        config_path=options.settings_path(config),
        env_file=options.env_file(),
        target=Target(target_low, target_high),
        data_format=None if data_format is None else data_format.value,
        symbols=tuple(symbol or ()),
        as_json=as_json,
    )
    raise typer.Exit(calibrate_thresholds(asked))


def explain(
    alert_id: options.AlertId,
    paths: options.DataPaths,
    data_format: options.Format = None,
    symbol: options.Symbols = None,
    config: options.Config = None,
    record: options.RecordOfAlert = None,
    positions: options.Positions = None,
    quote_size_unit: options.QuoteSizes = None,
    as_json: options.JsonOnly = False,
) -> None:
    """Recompute one alert from recorded data and show what it was made of; exit 1 if it differs.

    Example: trading-bot explain 0123456789abcdef trades_v1.csv.gz quotes_v1.csv.gz --record record
    """
    from trading_bot.replay.run_explain import ExplainOptions, run_explain

    data = replace(
        _data(paths, data_format, symbol, config, as_json=as_json),
        positions_path=positions,
        quote_size_unit=None if quote_size_unit is None else quote_size_unit.value,
    )
    usual = tuple(options.home() / "logs" / name for name in ("order_flow", "replay"))
    records = usual if record is None else (record,)
    raise typer.Exit(run_explain(ExplainOptions(alert_id, data, records)))


def _data(
    paths: Sequence[Path],
    data_format: options.DataFormat | None,
    symbols: Sequence[str] | None,
    config: Path | None,
    *,
    as_json: bool,
) -> ReplayOptions:
    """Say which data is read, and by which settings it is judged."""
    from trading_bot.replay.run_replay import ReplayOptions

    return ReplayOptions(
        paths=tuple(paths),
        config_path=options.settings_path(config),
        env_file=options.env_file(),
        config_is_given=config is not None,
        data_format=None if data_format is None else data_format.value,
        symbols=tuple(symbols or ()),
        as_json=as_json,
    )
