"""What the checks look at: files, environment and machine, each read once."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property
from importlib.metadata import requires, version
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from trading_bot.doctor.broker import BrokerAnswers, ask_broker
from trading_bot.doctor.holdings import Holdings, holdings_of
from trading_bot.doctor.questions import Questions
from trading_bot.notify.addresses import hide_addresses
from trading_bot.order_flow.config import (
    FORMER_VARIABLES,
    VARIABLES,
    OrderFlowConfig,
    ResolvedConfig,
    resolve,
)
from trading_bot.order_flow.data_models import MarketSource
from trading_bot.order_flow.diagnostics import hide
from trading_bot.order_flow.outside.env_file import env_values
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.watched.asked import MonitorOptions
from trading_bot.watched.broker import broker_feed, broker_name, simulated_feed, with_stops
from trading_bot.watched.choice import (
    OWN_PROVIDER,
    SimulatedHost,
    config_in_force,
    positions_of,
    record_folder,
    simulated_symbols,
)

DISTRIBUTION: Final = "trading-bot-order-flow"
_BROKER_SECONDS: Final = 4.0
"""How long each question to a broker may take; there are two, and more to look at."""


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
    """What is looked at: what a watch of these options would find.

    Attributes:
        options: What the command line asks to be watched.
        source: Which market that is.
        market: The simulated one, where it is to be asked.
        environ: Variables; the process environment when None.
        machine: The machine.
        over: Set when no question may wait any longer.
    """

    options: MonitorOptions
    source: MarketSource = "live"
    market: SimulatedMarket | None = None
    environ: Mapping[str, str] | None = None
    machine: Machine = Machine()
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def simulated(self) -> bool:
        """Whether the simulated market is watched."""
        return self.source == "simulated"

    @property
    def log_directory(self) -> Path:
        """Folder of the record."""
        return record_folder(self.options, self.source)

    @property
    def env_file(self) -> Path:
        """The file of variables."""
        return self.options.home / ".env"

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
                self.options.config_path,
                environ=self.environ,
                env_file=self.env_file,
                base_url=self.options.base_url,
                allow_insecure=self.options.allow_insecure or None,
                positions_source=self.options.positions_source,
            )
        except OSError as error:
            words = error.strerror or type(error).__name__
            return None, f"{self.options.config_path} cannot be read ({words})"
        except ValueError as error:
            return None, str(error)
        hide(resolved.config.polygon_api_key)
        hide_addresses(resolved.config)
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
        """The settings as the watch obeys them; None where they cannot be read."""
        if self.resolved is None:
            return None
        market = (
            None if self.market is None else SimulatedHost(self.market.key, self.market.base_url)
        )
        has = simulated_symbols() if self.simulated else None
        return config_in_force(self.resolved, market, has)

    @property
    def has_key_of_its_own(self) -> bool:
        """Whether the key is not the user's: of the simulated market, or of another provider."""
        config = self.config
        return self.simulated or (config is not None and config.data_source != OWN_PROVIDER)

    @cached_property
    def broker(self) -> BrokerAnswers | None:
        """What the broker's account answers; None where no broker says what is held.

        Raises:
            ValueError: The settings name a broker that is not here.
        """
        config, market = self.config, self.market
        name = "" if config is None else broker_name(self.options, config, self.source)
        if config is None or not name:
            return None
        if market is not None:
            return ask_broker(simulated_feed(config, market.key, market.base_url))
        feed = broker_feed(
            self.options, config, name, environ=self.environ, seconds=_BROKER_SECONDS
        )
        return ask_broker(feed)

    @cached_property
    def holdings(self) -> Holdings:
        """What is held and watched."""
        # Also where the settings cannot be read: they name no more than a watchlist.
        resolved = self.resolved
        watchlist = () if resolved is None else config_in_force(resolved).watchlist
        try:
            broker, config = self.broker, self.config
        except ValueError:
            trouble = "the broker that is to say it is not here; mend broker first"
            return Holdings(symbols=watchlist, trouble=trouble)
        asked = broker and config and with_stops(broker, self.options, config)
        manager = positions_of(self.options, self.source, watchlist, asked or None)
        return holdings_of(manager, self.options.positions_path, watchlist)

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
