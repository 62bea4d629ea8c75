"""The options of the `trading-bot` commands, each declared once, and the usual folders."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar, get_args

import click

from trading_bot.cli import kinds

if TYPE_CHECKING:
    from trading_bot.order_flow.position import Position

Mode = Literal["stream", "poll"]
"""How the market is watched."""

DataFormat = Literal["polygon", "lobster", "jsonl", "databento"]
"""What recorded files hold."""

QuoteUnit = Literal["shares", "round_lots"]
"""What the sizes in recorded quotes count."""


CommandT = TypeVar("CommandT", bound=Callable[..., Any])


class DataOptions(TypedDict):
    """What `recorded_data` hands to a command."""

    data_format: DataFormat | None
    symbols: tuple[str, ...]
    begin: str | None
    end: str | None
    quote_size_unit: QuoteUnit | None
    day: datetime | None
    config: Path | None
    accept_losses: bool
    as_json: bool


class WatchedOptions(TypedDict):
    """What `watched_market` hands to a command."""

    simulated: bool
    log_dir: Path | None
    config: Path | None
    positions: Path | None
    stated: tuple[Position, ...]
    watch: tuple[str, ...]
    no_positions: bool
    positions_source: str | None
    base_url: str | None
    allow_insecure: bool


# Of several commands.

config = click.option(
    "--config",
    type=Path,
    callback=kinds.there,
    help="Settings file; config/order_flow_config.json.",
)
positions = click.option(
    "--positions", type=Path, callback=kinds.there, help="Positions file; config/positions.json."
)

# Of the commands that watch a market.

log_dir = click.option(
    "--log-dir",
    type=Path,
    help="Folder of the record; logs/order_flow, simulated logs/order_flow_simulated.",
)
simulated = click.option("--simulated", is_flag=True, help="Run on the embedded simulated market.")
depth = click.option(
    "--depth", is_flag=True, help="With ten levels of every book, as Databento brings them."
)
positions_source = click.option(
    "--positions-source",
    metavar="NAME",
    help="Who says what is held: file, or a broker such as alpaca; docs/brokers.md.",
)
no_positions = click.option(
    "--no-positions", is_flag=True, help="Nothing is held: no positions file is read."
)
position = click.option(
    "--position",
    "stated",
    multiple=True,
    metavar="SYMBOL:QUANTITY@PRICE[:STOP]",
    callback=kinds.positions,
    help="What is held, such as AAPL:100@187.50:182, in place of a positions file; repeatable. A "
    "negative quantity is sold short.",
)
watch = click.option(
    "--watch",
    multiple=True,
    metavar="SYMBOL[,SYMBOL]",
    callback=kinds.symbols,
    help="Watch AAPL,MSFT beside what is held: alerts without exits; repeatable.",
)
base_url = click.option("--base-url", help="REST host, such as that of `simulate`.")
allow_insecure = click.option(
    "--allow-insecure",
    is_flag=True,
    help="Send the key without TLS, where the host is another machine's and speaks http only.",
)
_WATCHED = (
    simulated,
    log_dir,
    config,
    positions,
    position,
    watch,
    no_positions,
    positions_source,
    base_url,
    allow_insecure,
)


def watched_market(command: CommandT) -> CommandT:
    """Give a command the options that say which market and positions it is about."""
    for option in reversed(_WATCHED):
        command = option(command)
    return command


duration = click.option(
    "--duration",
    type=kinds.Duration(at_least=0.1),
    help="Such as 90s, 5m, 1h30m, or seconds; else until Ctrl-C.",
)
running = click.option(
    "--running",
    is_flag=True,
    help="Ask nobody: say how the guard is that keeps its record in --log-dir.",
)
timeout = click.option(
    "--timeout",
    type=kinds.Duration(at_least=1),
    default="20s",
    help="How long to wait for every symbol.",
)
doctor_timeout = click.option(
    "--timeout",
    type=kinds.Duration(at_least=1),
    default="20s",
    help="Time for all checks together.",
)
market_seed = click.option("--seed", type=int, help="Seed of the simulated market.")
watch_mode = click.option(
    "--mode",
    type=click.Choice(get_args(Mode)),
    help="Default: stream when your plan allows it, else poll.",
)
everything = click.option(
    "--everything",
    is_flag=True,
    help="Watch every symbol that the provider streams, not only positions and watchlist.",
)
record_to = click.option(
    "--record", type=Path, help="Folder to record the market in, for `replay`."
)
live_dir = click.option(
    "--live-dir",
    type=Path,
    metavar="DIR",
    help="Folder of the live file, which shows what is seen now; else one in memory. off: none.",
)
metrics_port = click.option(
    "--metrics-port",
    type=click.IntRange(0, 65_535),
    help="Tell a Prometheus on this machine how the guard does; 0 takes a free port; "
    "docs/metrics.md.",
)
metrics_file = click.option(
    "--metrics-file",
    type=Path,
    metavar="PATH.prom",
    help="Write the same every 15 s, for node_exporter's textfile collector.",
)

# Of the commands that show a guard which runs already.

shown_live_dir = click.option(
    "--live-dir", type=Path, metavar="DIR", help="Folder of the live file; else the record's own."
)
shown_log_dir = click.option(
    "--log-dir",
    type=Path,
    help="Folder of the record; else of the usual two the one that is written.",
)

# Of the commands that read recorded days.

data_paths = click.argument(
    "paths",
    type=Path,
    nargs=-1,
    required=True,
    metavar="PATH...",
    help="Data files, or folders of them.",
)
data_format = click.option(
    "--format",
    "data_format",
    type=click.Choice(get_args(DataFormat)),
    help="What they hold; else looked up inside.",
)
symbols = click.option(
    "--symbol", "symbols", multiple=True, help="Only this symbol; may be repeated."
)
begin = click.option("--from", "begin", help="First day or time, such as 2013-10-08T10:30.")
end = click.option("--to", "end", help="Last day, or time that ends it.")
chunk_rows = click.option(
    "--chunk-rows",
    type=click.IntRange(min=1),
    default=600,
    help="Rows read at a time; changes speed only.",
)
jobs = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that share the work; changes speed only. Of 16 MB and more one a core, else 1.",
)
quote_size_unit = click.option(
    "--quote-size-unit",
    type=click.Choice(get_args(QuoteUnit)),
    help="Else told by the sizes; by too few, round lots before 2025-11-03, then shares.",
)
day = click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Of files that hold times of day only, where their name does not tell it.",
)
accept_losses = click.option(
    "--accept-losses",
    is_flag=True,
    help="Exit status 0 though more than 1 % of the rows are lost, or nothing is judged.",
)


json_only = click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
_DATA = (
    data_format,
    symbols,
    begin,
    end,
    quote_size_unit,
    day,
    config,
    accept_losses,
    json_only,
)


def recorded_data(command: CommandT) -> CommandT:
    """Give a command the options that say which recorded data it reads, the same as to others."""
    for option in reversed(_DATA):
        command = option(command)
    return command


replay_out = click.option("--out", type=Path, help="Folder of the record; logs/replay.")
replay_positions = click.option(
    "--positions",
    type=Path,
    callback=kinds.there,
    help="Else 100 shares of each, from its first quote on.",
)
profile = click.option(
    "--profile", type=Path, help="Folder of the profiles that own scale begins with; else none."
)
alert_id = click.argument("alert_id", help="As it stands in the record.")
record_of_alert = click.option(
    "--record",
    type=Path,
    help="Folder of its record; logs/order_flow, logs/order_flow_simulated, logs/replay.",
)

repartition_out = click.option("--out", type=Path, required=True, help="Folder of what is written.")
overwrite = click.option("--overwrite", is_flag=True, help="Replace files that are there.")
full = click.option(
    "--full", is_flag=True, help="Read every row; else samples, unless the files are small."
)

# Of `score` and `calibrate`.

market_paths = click.option(
    "--market",
    type=Path,
    multiple=True,
    help="Data of the market's symbol, such as SPY; repeatable.",
)
html = click.option("--html", type=Path, help="Write a page with pictures.")
markdown = click.option("--markdown", type=Path, help="Write all tables and sentences as Markdown.")
alerts_csv = click.option(
    "--alerts-csv", type=Path, help="Write every alert with what followed, a line each."
)
csv = click.option("--csv", type=Path, help="Write every cell with its chances, a line each.")
latency_ms = click.option(
    "--latency-ms",
    type=click.IntRange(min=0),
    default=1_000,
    help="From an alert to the bid it is acted upon.",
)
hit_bp = click.option("--hit-bp", default="5,10", help="Distances of hits.")
score_seed = click.option(
    "--seed", type=click.IntRange(min=0), default=5, help="Of controls and resampling."
)
worth = click.option(
    "--worth", type=Path, help="Only count what alerts and exits were followed by, into this file."
)
all_rows = click.option(
    "--all-rows", is_flag=True, help="Show parts of a kind with too few alerts too, and every look."
)
settings_out = click.option(
    "--out", type=Path, help="Settings file; config/order_flow_config.json."
)
target_low = click.option("--target-low", type=float, default=5, help="Alerts a day at least.")
target_high = click.option("--target-high", type=float, default=15, help="Alerts a day at most.")

# Of `sides`.

sides_paths = click.argument(
    "paths",
    type=Path,
    nargs=-1,
    required=True,
    metavar="PATH...",
    help="A LOBSTER .zip, one of its two files or both, or files of Databento.",
)
rule = click.option(
    "--rule", default="full", help="Looked at closely: full, lee_ready, clnv, emo or tick."
)
jitter_ms = click.option(
    "--jitter-ms", "jitter", metavar="Q,T", help="Mean delays of quotes and prints."
)
delay_seed = click.option("--seed", type=int, default=5, help="Of the delays.")
clock_window_ms = click.option(
    "--clock-window-ms", type=float, help="By how much the prints' clock may lag."
)
defer_ms = click.option(
    "--defer-ms", type=click.IntRange(min=0), default=0, help="Wait for the rest of an order."
)
stamps = click.option(
    "--stamps",
    type=click.Choice(("exact", "ms")),
    default="exact",
    help="ms: cut, ordered and matched as a live run does.",
)
# Of `config show`.

print_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def home() -> Path:
    """Return the folder that default paths start from: TRADING_BOT_HOME, else this one."""
    return Path(os.environ.get("TRADING_BOT_HOME", "."))


def settings_path(given: Path | None) -> Path:
    """Return the settings file that was given, else the usual one."""
    # Imported here: help and usage errors need none of the guard, which takes a fifth of a second.
    from trading_bot.order_flow.config import DEFAULT_CONFIG_PATH  # noqa: PLC0415 - see above

    return given or home() / DEFAULT_CONFIG_PATH


def env_file() -> Path:
    """Return the file of environment variables."""
    return home() / ".env"
