"""The options of the `trading-bot` commands, each declared once, and the usual folders."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Mode(StrEnum):
    """How the market is watched."""

    STREAM = "stream"
    POLL = "poll"


class DataFormat(StrEnum):
    """What recorded files hold."""

    POLYGON = "polygon"
    LOBSTER = "lobster"
    JSONL = "jsonl"


class QuoteUnit(StrEnum):
    """What the sizes in recorded quotes count."""

    SHARES = "shares"
    ROUND_LOTS = "round_lots"


# Of several commands.

Config = Annotated[
    Path | None, typer.Option("--config", help="Settings file; config/order_flow_config.json.")
]
Positions = Annotated[
    Path | None, typer.Option("--positions", help="Positions file; config/positions.json.")
]

# Of the commands that watch a market.

LogDir = Annotated[
    Path | None, typer.Option("--log-dir", help="Folder of the record; logs/order_flow.")
]
Simulated = Annotated[
    bool, typer.Option("--simulated", help="Run on the embedded simulated market.")
]
BaseUrl = Annotated[
    str | None, typer.Option("--base-url", help="REST host, such as that of `simulate`.")
]
Duration = Annotated[
    float | None, typer.Option("--duration", min=0.1, help="Seconds; else until Ctrl-C.")
]
Timeout = Annotated[
    float, typer.Option("--timeout", min=1, help="Seconds to wait for every symbol.")
]
MarketSeed = Annotated[int | None, typer.Option("--seed", help="Seed of the simulated market.")]
WatchMode = Annotated[
    Mode | None,
    typer.Option("--mode", help="Default: stream when your plan allows it, else poll."),
]
RecordTo = Annotated[
    Path | None, typer.Option("--record", help="Folder to record the market in, for `replay`.")
]

# Of the commands that read recorded days.

DataPaths = Annotated[
    list[Path], typer.Argument(metavar="PATH...", help="Data files, or folders of them.")
]
Format = Annotated[
    DataFormat | None, typer.Option("--format", help="What they hold; else looked up inside.")
]
Symbols = Annotated[
    list[str] | None, typer.Option("--symbol", help="Only this symbol; may be repeated.")
]
From = Annotated[
    str | None, typer.Option("--from", help="First day or time, such as 2013-10-08T10:30.")
]
To = Annotated[str | None, typer.Option("--to", help="Last day, or time that ends it.")]
ChunkRows = Annotated[
    int, typer.Option("--chunk-rows", min=1, help="Rows read at a time; changes speed only.")
]
QuoteSizes = Annotated[
    QuoteUnit | None,
    typer.Option("--quote-size-unit", help="Else round lots before 2025-11-03, then shares."),
]
JsonOnly = Annotated[bool, typer.Option("--json", help="Print JSON only.")]
ReplayOut = Annotated[Path | None, typer.Option("--out", help="Folder of the record; logs/replay.")]
ReplayPositions = Annotated[
    Path | None,
    typer.Option("--positions", help="Else 100 shares of each, from its first quote on."),
]
AlertId = Annotated[str, typer.Argument(help="As it stands in the record.")]
RecordOfAlert = Annotated[
    Path | None,
    typer.Option("--record", help="Folder of its record; logs/order_flow, logs/replay."),
]

# Of `score` and `calibrate`.

MarketPaths = Annotated[
    list[Path] | None,
    typer.Option("--market", help="Data of the market's symbol, such as SPY; repeatable."),
]
Html = Annotated[Path | None, typer.Option("--html", help="Write a page with pictures.")]
LatencyMs = Annotated[
    int, typer.Option("--latency-ms", min=0, help="From an alert to the bid it is acted upon.")
]
HitBp = Annotated[str, typer.Option("--hit-bp", help="Distances of hits.")]
ScoreSeed = Annotated[int, typer.Option("--seed", min=0, help="Of controls and resampling.")]
SettingsOut = Annotated[
    Path | None, typer.Option("--out", help="Settings file; config/order_flow_config.json.")
]
TargetLow = Annotated[float, typer.Option("--target-low", help="Alerts a day at least.")]
TargetHigh = Annotated[float, typer.Option("--target-high", help="Alerts a day at most.")]

# Of `sides`.

SidesPath = Annotated[Path, typer.Argument(help="A LOBSTER sample .zip, or one of its two files.")]
SidesFormat = Annotated[str, typer.Option("--format", help="Only lobster.")]
Rule = Annotated[
    str, typer.Option("--rule", help="Looked at closely: full, lee_ready, clnv, emo or tick.")
]
JitterMs = Annotated[
    str | None,
    typer.Option("--jitter-ms", metavar="Q,T", help="Mean delays of quotes and prints."),
]
DelaySeed = Annotated[int, typer.Option("--seed", help="Of the delays.")]
ClockWindowMs = Annotated[
    float | None, typer.Option("--clock-window-ms", help="By how much the prints' clock may lag.")
]
DeferMs = Annotated[int, typer.Option("--defer-ms", min=0, help="Wait for the rest of an order.")]
OneJsonObject = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

# Of `config show`.

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


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
