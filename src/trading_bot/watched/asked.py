"""What the command line asks of `monitor` and `health`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trading_bot.order_flow.position import Position

if TYPE_CHECKING:
    # It cannot be loaded without time zone data, of which the doctor has something to say.
    from trading_bot.order_flow.monitor import MonitorMode

FOLDERS: Final = {"live": "order_flow", "simulated": "order_flow_simulated"}
"""The usual folder of the record of each market, below `logs`."""


@dataclass(frozen=True, slots=True)
class MonitorOptions:
    """What the command line asked for.

    Attributes:
        simulated: Watch the simulated market.
        depth: With ten levels, as another provider brings them.
        duration_seconds: Ends by itself after this time; None runs on.
        log_directory: Folder of the record; None for the usual one of the market.
        config_path: Settings file; `config_is_given` where it is not the usual one.
        positions_path: Positions file; `positions_is_given` where it is not the usual one.
        base_url: Host of the provider; None for its own.
        home: Where the usual files and folders lie.
        seed: Of the simulated market.
        mode: None streams where that is possible.
        record_to: Folder of a recording; None makes none.
        live_dir: Folder of the live file, `off` for none; None for the usual one in memory.
        everything: Watch every symbol that is streamed.
        no_positions: Nothing is held.
        allow_insecure: Send the key without TLS.
        positions: What is held, in place of a positions file.
        watch: Symbols to watch without a position.
        positions_source: Who says what is held; None leaves that to the settings.
        metrics_port: Where metrics are told on this machine; 0 for a free one, None for nowhere.
        metrics_file: Where metrics are written; None for nowhere.
    """

    simulated: bool
    duration_seconds: float | None
    log_directory: Path | None
    config_path: Path
    positions_path: Path
    base_url: str | None
    home: Path
    seed: int | None = None
    mode: MonitorMode | None = None
    record_to: Path | None = None
    live_dir: Path | None = None
    everything: bool = False
    no_positions: bool = False
    allow_insecure: bool = False
    config_is_given: bool = False
    positions_is_given: bool = False
    positions: tuple[Position, ...] = ()
    watch: tuple[str, ...] = ()
    depth: bool = False
    positions_source: str | None = None
    metrics_port: int | None = None
    metrics_file: Path | None = None

    @property
    def asks_for_metrics(self) -> bool:
        """Whether metrics are told anywhere."""
        return self.metrics_port is not None or self.metrics_file is not None
