"""What the checks look at: files, environment and machine, each read once."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cached_property
from importlib.metadata import requires, version
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from trading_bot.doctor.holdings import Holdings, holdings_of_file, no_holdings
from trading_bot.doctor.questions import Questions
from trading_bot.order_flow.config import (
    FORMER_VARIABLES,
    VARIABLES,
    OrderFlowConfig,
    ResolvedConfig,
    resolve,
)
from trading_bot.order_flow.diagnostics import hide
from trading_bot.order_flow.outside.env_file import env_values
from trading_bot.order_flow.providers.secrets import Secrets

DISTRIBUTION: Final = "trading-bot-order-flow"
OWN_PROVIDER: Final = "polygon"
"""The provider whose key stands among the settings; others have keys of their own."""


def _requires() -> list[str]:
    return requires(DISTRIBUTION) or []


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _new_york() -> tzinfo:
    return ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Machine:
    """What the machine says of itself; a test says something else.

    Attributes:
        python: Version of the interpreter.
        requirements: Returns what the package needs, as its metadata has it.
        version_of: Returns the version of a package that is installed.
        free_bytes: Returns the free space of the disk that has a folder.
        new_york: Returns New York's time zone.
    """

    python: tuple[int, ...] = sys.version_info[:3]
    requirements: Callable[[], list[str]] = _requires
    version_of: Callable[[str], str] = version
    free_bytes: Callable[[Path], int] = _free_bytes
    new_york: Callable[[], tzinfo] = _new_york


@dataclass(frozen=True, slots=True)
class SimulatedMarket:
    """A simulated market that runs, and the key that it lets in."""

    base_url: str
    key: str = field(repr=False)


@dataclass(eq=False)
class Looked:
    """What is looked at, as the command line names it.

    Attributes:
        home: Folder with `.env`.
        config_path: Settings file.
        positions_path: Positions file.
        log_directory: Folder of the record.
        config_is_named: The settings file was named, so that it has to be there.
        positions_are_named: The same of the positions file.
        base_url: Host of the provider; None for that of the settings.
        allow_insecure: Send the key without TLS; False leaves it to the settings.
        no_positions: Nothing is held.
        simulated: The simulated market is watched.
        market: That market, where it is to be asked.
        environ: Variables; the process environment when None.
        machine: The machine.
        over: Set when no question may wait any longer.
    """

    home: Path
    config_path: Path
    positions_path: Path
    log_directory: Path
    config_is_named: bool = False
    positions_are_named: bool = False
    base_url: str | None = None
    allow_insecure: bool = False
    no_positions: bool = False
    simulated: bool = False
    market: SimulatedMarket | None = None
    environ: Mapping[str, str] | None = None
    machine: Machine = Machine()
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def env_file(self) -> Path:
        """The file of variables."""
        return self.home / ".env"

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables of the environment."""
        return os.environ if self.environ is None else self.environ

    @cached_property
    def env_names(self) -> tuple[str, ...]:
        """The names that `.env` sets; none where it cannot be read, see `env_trouble`."""
        return () if self.env_trouble else tuple(env_values(self.env_file))

    @cached_property
    def env_trouble(self) -> str:
        """Why `.env` cannot be read; empty where it can, or is not there."""
        try:
            self.env_file.read_bytes()
            env_values(self.env_file)
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"{self.env_file} cannot be read ({error.strerror or type(error).__name__})"
        except ValueError as error:
            return str(error)
        return ""

    @cached_property
    def _settings(self) -> tuple[ResolvedConfig | None, str]:
        for name in (VARIABLES["polygon_api_key"], FORMER_VARIABLES["polygon_api_key"]):
            # Before anything can quote it.
            hide(self.variables.get(name, "").strip())
        try:
            resolved = resolve(
                self.config_path,
                environ=self.environ,
                env_file=self.env_file,
                base_url=self.base_url,
                allow_insecure=self.allow_insecure or None,
            )
        except OSError as error:
            words = error.strerror or type(error).__name__
            return None, f"{self.config_path} cannot be read ({words})"
        except ValueError as error:
            return None, str(error)
        hide(resolved.config.polygon_api_key)
        return resolved, ""

    @property
    def resolved(self) -> ResolvedConfig | None:
        """The settings and where each comes from; None where they cannot be read."""
        return self._settings[0]

    @property
    def settings_trouble(self) -> str:
        """Why the settings cannot be read; empty where they can."""
        return self._settings[1]

    @cached_property
    def config(self) -> OrderFlowConfig | None:
        """The settings of the market that is watched; None where they cannot be read."""
        if self.resolved is None:
            return None
        config = self.resolved.config
        if self.market is None:
            return config
        return replace(
            config,
            data_source=OWN_PROVIDER,
            polygon_api_key=self.market.key,
            base_url=self.market.base_url,
        )

    @property
    def has_key_of_its_own(self) -> bool:
        """Whether the key is not the user's: of the simulated market, or of another provider."""
        config = self.config
        return self.simulated or (config is not None and config.data_source != OWN_PROVIDER)

    @cached_property
    def holdings(self) -> Holdings:
        """What is held and watched."""
        if self.simulated:
            # Imported here: a live process carries nothing of the simulator.
            from trading_bot.simulator.positions import POSITIONS  # noqa: PLC0415 - see above

            return Holdings(symbols=tuple(each.symbol for each in POSITIONS))
        config = self.config
        in_settings = config is not None and config.monitoring_mode == "watchlist"
        also = config.watchlist if config is not None and in_settings else ()
        if self.no_positions:
            return no_holdings(also)
        return holdings_of_file(self.positions_path, also)

    @cached_property
    def questions(self) -> Questions | None:
        """The provider, to be asked; None without settings.

        Raises:
            ValueError: `data_source` names no provider that is here.
        """
        if self.config is None:
            return None
        secrets = Secrets(self.environ, env_file=self.env_file)
        return Questions(self.config, self.holdings.symbols, secrets=secrets, over=self.over)

    def close(self) -> None:
        """Wait for nothing any longer, and let go of the connections."""
        self.over.set()
        found = self.__dict__.get("questions")
        if found is not None:
            found.close()
