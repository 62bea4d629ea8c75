"""What a session needs of the gateway around it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from trading_bot.simulator.faults.faults import FaultBoard
from trading_bot.simulator.gateway.gw_lines import Login
from trading_bot.simulator.gateway.gw_terms import Dataset, GatewayTerms
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.stream.ws_log import StreamLog


class Admitted(NamedTuple):
    """Who was let in.

    Attributes:
        key: Its key: the account.
        dataset: The one of its session.
    """

    key: str
    dataset: Dataset


class GatewayDesk(Protocol):
    """The gateway, as its sessions see it."""

    @property
    def log(self) -> StreamLog:
        """Takes notes."""
        ...

    @property
    def faults(self) -> FaultBoard:
        """What goes wrong."""
        ...

    @property
    def market(self) -> SimulatedMarket:
        """The events."""
        ...

    @property
    def terms(self) -> GatewayTerms:
        """What is allowed."""
        ...

    def now_ns(self) -> int:
        """Return the market's present, Unix nanoseconds."""
        ...

    def admit(self, login: Login, challenge: str) -> Admitted | str:
        """Return who is let in, or why nobody is."""
        ...
