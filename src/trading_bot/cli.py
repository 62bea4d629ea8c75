"""The `trading-bot` command. Each command is a few lines here and a module of its own elsewhere."""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trading_bot.error_handling.exceptions import OrderFlowError
from trading_bot.order_flow.config import DEFAULT_CONFIG_PATH, FIELD_NAMES, VARIABLES, resolve

app = typer.Typer(
    name="trading-bot",
    help="Watches the order flow of held stocks and recommends exits. Without a command: monitor.",
    epilog="Examples: `trading-bot monitor --simulated --duration 60`, `trading-bot config show`.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
config_app = typer.Typer(help="Show the settings.", no_args_is_help=True)
app.add_typer(config_app, name="config")

USAGE_ERROR = 2
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file; config/order_flow_config.json.")
]
PositionsOption = Annotated[
    Path | None, typer.Option("--positions", help="Positions file; config/positions.json.")
]
LogDirOption = Annotated[
    Path | None, typer.Option("--log-dir", help="Folder of the record; logs/order_flow.")
]
SimulatedOption = Annotated[
    bool, typer.Option("--simulated", help="Run on the embedded simulated market.")
]
BaseUrlOption = Annotated[
    str | None, typer.Option("--base-url", help="REST host, such as that of `simulate`.")
]


class Mode(StrEnum):
    """How the market is watched."""

    STREAM = "stream"
    POLL = "poll"


ModeOption = Annotated[
    Mode | None,
    typer.Option("--mode", help="Default: stream when your plan allows it, else poll."),
]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Seed of the simulated market.")]


def home() -> Path:
    """Return the folder that default paths start from: TRADING_BOT_HOME, else this one."""
    return Path(os.environ.get("TRADING_BOT_HOME", "."))


def main() -> None:
    """Run the command; a wrong setting is one clear line and exit status 2."""
    try:
        app(prog_name="trading-bot")
    except (ValueError, OSError) as error:
        typer.echo(f"trading-bot: {error}", err=True)
        sys.exit(USAGE_ERROR)
    except OrderFlowError as error:
        typer.echo(f"trading-bot: {error}", err=True)
        sys.exit(1)


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """Run the main job when no command is named."""
    if context.invoked_subcommand is None:
        context.invoke(monitor)


@app.command()
def monitor(
    simulated: SimulatedOption = False,
    duration: Annotated[
        float | None, typer.Option("--duration", min=0.1, help="Seconds; else until Ctrl-C.")
    ] = None,
    log_dir: LogDirOption = None,
    config: ConfigOption = None,
    positions: PositionsOption = None,
    base_url: BaseUrlOption = None,
    seed: SeedOption = None,
    mode: ModeOption = None,
    record: Annotated[
        Path | None, typer.Option("--record", help="Folder to record the market in, for `replay`.")
    ] = None,
) -> None:
    """Watch the open positions: the main job.

    Without POLYGON_API_KEY it runs on the simulated market.

    Example: trading-bot monitor --simulated --duration 60 --log-dir record
    """
    from trading_bot.commands.monitor import MonitorOptions, run_monitor

    options = MonitorOptions(
        simulated=simulated,
        duration_seconds=duration,
        log_directory=log_dir or home() / "logs" / "order_flow",
        config_path=config or home() / DEFAULT_CONFIG_PATH,
        positions_path=positions or home() / "config" / "positions.json",
        base_url=base_url,
        seed=seed,
        mode=None if mode is None else mode.value,
        record_to=record,
        home=home(),
    )
    raise typer.Exit(run_monitor(options))


@app.command()
def health(
    simulated: SimulatedOption = False,
    log_dir: LogDirOption = None,
    config: ConfigOption = None,
    positions: PositionsOption = None,
    base_url: BaseUrlOption = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, help="Seconds to wait for every symbol.")
    ] = 20.0,
) -> None:
    """Check the connection and every held symbol once; print JSON; exit 0 if all is well, else 1.

    Example: trading-bot health --simulated
    """
    from trading_bot.commands.monitor import MonitorOptions, run_health

    options = MonitorOptions(
        simulated=simulated,
        duration_seconds=timeout,
        log_directory=log_dir or home() / "logs" / "order_flow",
        config_path=config or home() / DEFAULT_CONFIG_PATH,
        positions_path=positions or home() / "config" / "positions.json",
        base_url=base_url,
        home=home(),
    )
    raise typer.Exit(run_health(options))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def simulate(context: typer.Context) -> None:
    """Run the simulated market alone and print its address; see `simulate --help`.

    Example: trading-bot simulate --port 8765
    """
    from trading_bot.simulator.__main__ import main as simulator_main

    raise typer.Exit(simulator_main(context.args))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def test(context: typer.Context) -> None:
    """Run the test suite of a source checkout; further arguments go to pytest.

    Example: trading-bot test -k red_burst
    """
    from trading_bot.commands.run_tests import run_tests

    raise typer.Exit(run_tests(home(), context.args))


@app.command()
def sides(
    path: Annotated[Path, typer.Argument(help="A LOBSTER sample .zip, or one of its two files.")],
    file_format: Annotated[str, typer.Option("--format", help="Only lobster.")] = "lobster",
    rule: Annotated[
        str, typer.Option("--rule", help="Looked at closely: full, lee_ready, clnv, emo or tick.")
    ] = "full",
    jitter: Annotated[
        str | None,
        typer.Option("--jitter-ms", metavar="Q,T", help="Mean delays of quotes and prints."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the delays.")] = 5,
    clock_window_ms: Annotated[
        float | None,
        typer.Option("--clock-window-ms", help="By how much the prints' clock may lag."),
    ] = None,
    defer_ms: Annotated[
        int, typer.Option("--defer-ms", min=0, help="Wait for the rest of an order.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
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


class DataFormat(StrEnum):
    """What recorded files hold."""

    POLYGON = "polygon"
    LOBSTER = "lobster"
    JSONL = "jsonl"


class QuoteUnit(StrEnum):
    """What the sizes in recorded quotes count."""

    SHARES = "shares"
    ROUND_LOTS = "round_lots"


DataPaths = Annotated[
    list[Path], typer.Argument(metavar="PATH...", help="Data files, or folders of them.")
]
FormatOption = Annotated[
    DataFormat | None, typer.Option("--format", help="What they hold; else looked up inside.")
]
SymbolsOption = Annotated[
    list[str] | None, typer.Option("--symbol", help="Only this symbol; may be repeated.")
]
FromOption = Annotated[
    str | None, typer.Option("--from", help="First day or time, such as 2013-10-08T10:30.")
]
ToOption = Annotated[str | None, typer.Option("--to", help="Last day, or time that ends it.")]
ChunkOption = Annotated[
    int, typer.Option("--chunk-rows", min=1, help="Rows read at a time; changes speed only.")
]
UnitOption = Annotated[
    QuoteUnit | None,
    typer.Option("--quote-size-unit", help="Else round lots before 2025-11-03, then shares."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON only.")]


@app.command()
def replay(
    paths: DataPaths,
    data_format: FormatOption = None,
    symbol: SymbolsOption = None,
    config: ConfigOption = None,
    begin: FromOption = None,
    end: ToOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of the record; logs/replay.")
    ] = None,
    positions: Annotated[
        Path | None,
        typer.Option("--positions", help="Else 100 shares of each, from its first quote on."),
    ] = None,
    chunk_rows: ChunkOption = 600,
    quote_size_unit: UnitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Play recorded days through the live monitor, and write the record it would have written.

    Example: trading-bot replay trades_v1.csv.gz quotes_v1.csv.gz --symbol BAC --out record
    """
    from trading_bot.replay.run_replay import ReplayOptions, run_replay

    options = ReplayOptions(
        paths=tuple(paths),
        config_path=config or home() / DEFAULT_CONFIG_PATH,
        env_file=home() / ".env",
        config_is_given=config is not None,
        data_format=None if data_format is None else data_format.value,
        symbols=tuple(symbol or ()),
        begin=begin,
        end=end,
        out=out or home() / "logs" / "replay",
        positions_path=positions,
        chunk_rows=chunk_rows,
        quote_size_unit=None if quote_size_unit is None else quote_size_unit.value,
        as_json=as_json,
    )
    raise typer.Exit(run_replay(options))


@app.command()
def score(
    paths: DataPaths,
    data_format: FormatOption = None,
    symbol: SymbolsOption = None,
    config: ConfigOption = None,
    begin: FromOption = None,
    end: ToOption = None,
    market: Annotated[
        list[Path] | None,
        typer.Option("--market", help="Data of the market's symbol, such as SPY; repeatable."),
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with pictures.")] = None,
    latency_ms: Annotated[
        int, typer.Option("--latency-ms", min=0, help="From an alert to the bid it is acted upon.")
    ] = 1_000,
    hit_bp: Annotated[str, typer.Option("--hit-bp", help="Distances of hits.")] = "5,10",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of controls and resampling.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Say what followed every kind of alert, against random seconds that looked alike.

    Example: trading-bot score trades_v1.csv.gz quotes_v1.csv.gz --html report.html
    """
    from trading_bot.replay.extras import need_extra

    need_extra("score", "trading-bot score")
    if html is not None:
        need_extra("plots", "trading-bot score --html")
    from trading_bot.commands.score import ScoreOptions, score_data
    from trading_bot.replay.run_replay import ReplayOptions

    data = ReplayOptions(
        paths=tuple(paths),
        config_path=config or home() / DEFAULT_CONFIG_PATH,
        env_file=home() / ".env",
        config_is_given=config is not None,
        data_format=None if data_format is None else data_format.value,
        symbols=tuple(symbol or ()),
        begin=begin,
        end=end,
        as_json=as_json,
    )
    options = ScoreOptions(data, tuple(market or ()), html, latency_ms, hit_bp, seed)
    raise typer.Exit(score_data(options))


@app.command()
def calibrate(
    paths: DataPaths,
    out: Annotated[
        Path | None, typer.Option("--out", help="Settings file; config/order_flow_config.json.")
    ] = None,
    target_low: Annotated[float, typer.Option("--target-low", help="Alerts a day at least.")] = 5,
    target_high: Annotated[float, typer.Option("--target-high", help="Alerts a day at most.")] = 15,
    data_format: FormatOption = None,
    symbol: SymbolsOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find thresholds per symbol that give a wanted number of alerts a day; exit 1 if none fit.

    Example: trading-bot calibrate recorded-days --out config/order_flow_config.json
    """
    from trading_bot.commands.calibrate import CalibrateOptions, calibrate_thresholds
    from trading_bot.replay.calibration import Target

    options = CalibrateOptions(
        paths=tuple(paths),
        out=out or home() / DEFAULT_CONFIG_PATH,
        config_path=config or home() / DEFAULT_CONFIG_PATH,
        env_file=home() / ".env",
        target=Target(target_low, target_high),
        data_format=None if data_format is None else data_format.value,
        symbols=tuple(symbol or ()),
        as_json=as_json,
    )
    raise typer.Exit(calibrate_thresholds(options))


@app.command()
def explain(
    alert_id: Annotated[str, typer.Argument(help="As it stands in the record.")],
    paths: DataPaths,
    data_format: FormatOption = None,
    symbol: SymbolsOption = None,
    config: ConfigOption = None,
    record: Annotated[
        Path | None,
        typer.Option("--record", help="Folder of its record; logs/order_flow, logs/replay."),
    ] = None,
    positions: PositionsOption = None,
    quote_size_unit: UnitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute one alert from recorded data and show what it was made of; exit 1 if it differs.

    Example: trading-bot explain 0123456789abcdef trades_v1.csv.gz quotes_v1.csv.gz --record record
    """
    from trading_bot.replay.run_explain import ExplainOptions, run_explain
    from trading_bot.replay.run_replay import ReplayOptions

    data = ReplayOptions(
        paths=tuple(paths),
        config_path=config or home() / DEFAULT_CONFIG_PATH,
        env_file=home() / ".env",
        config_is_given=config is not None,
        data_format=None if data_format is None else data_format.value,
        symbols=tuple(symbol or ()),
        positions_path=positions,
        quote_size_unit=None if quote_size_unit is None else quote_size_unit.value,
        as_json=as_json,
    )
    usual = (home() / "logs" / "order_flow", home() / "logs" / "replay")
    records = usual if record is None else (record,)
    raise typer.Exit(run_explain(ExplainOptions(alert_id, data, records)))


@config_app.command("show")
def config_show(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print each setting with where it comes from. The key is never shown.

    Example: trading-bot config show --json
    """
    resolved = resolve(config or home() / DEFAULT_CONFIG_PATH, env_file=home() / ".env")
    rows = {}
    for name in FIELD_NAMES:
        value = getattr(resolved.config, name)
        if name == "polygon_api_key":
            value = "(set)" if value else "(not set)"
        if name == "symbol_overrides":
            value = {symbol: dict(own) for symbol, own in value.items()}
        variable = VARIABLES.get(name)
        rows[name] = {"value": value, "origin": resolved.origins[name], "variable": variable}
    for conflict in resolved.conflicts:
        typer.echo(f"note: {conflict}", err=True)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    width = max(map(len, rows))
    for name, row in rows.items():
        typer.echo(f"{name:<{width}}  {json.dumps(row['value'])}  ({row['origin']})")
