"""Tidewater as a provider: what it can do, its replays and its stream."""

from __future__ import annotations

from functools import partial
from typing import Final
from urllib.parse import urlsplit

from trading_bot.order_flow.clock import Clock
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.providers.no_reference import NoReference
from trading_bot.order_flow.providers.provider import (
    Capabilities,
    History,
    Reference,
    StreamObserver,
)
from trading_bot.order_flow.providers.reconnect import StreamTimes
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.order_flow.retry import Wait

from .decode import DEPTH
from .history import TidewaterHistory
from .session import Login
from .stream import TidewaterStream

NAME: Final = "tidewater"
DEFAULT_ADDRESS: Final = ("feed.tidewater.example", 7001)
CAPABILITIES: Final = Capabilities(
    depth_levels=DEPTH,
    states_side=True,
    exchange_time=True,
    participant_time=False,
    step_ns=1,
    sequenced=True,
    corrections=True,
    halts=True,
    wildcard=False,
    fills_gaps="replay",
    books_in_history=True,
)


class TidewaterProvider:
    """One TCP protocol for all that happens and all that is asked; see `Provider`.

    Args:
        config: Settings; of the address host and port count.
        secrets: Hold user and token.
        clock: Exchange-aligned present.
        history: Whom to ask for what happened; a `TidewaterHistory` by default.
        times: Durations of the connection.

    Attributes:
        name: `tidewater`.
        host: Host and port.
        capabilities: What it can do.
        history: As given.
        reference: It has none.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        secrets: Secrets,
        clock: Clock,
        history: History | None = None,
        times: StreamTimes | None = None,
    ) -> None:
        address = urlsplit(config.base_url or "")
        host, port = DEFAULT_ADDRESS
        self._address = (address.hostname or host, address.port or port)
        self._login = partial(Login.of, secrets)
        self._times = times or StreamTimes()
        self.name = NAME
        self.host = "{}:{}".format(*self._address)
        self.capabilities = CAPABILITIES
        self.history: History = history or TidewaterHistory(
            self._address, self._login, config, clock
        )
        self.reference: Reference = NoReference(NAME)

    def open_stream(
        self, observer: StreamObserver, *, patience_seconds: float | None = None
    ) -> TidewaterStream:
        """Return a stream."""
        return TidewaterStream(
            self._address,
            self._login,
            observer,
            times=self._times,
            patience_seconds=patience_seconds,
        )

    def close(self) -> None:
        """Keep nothing: every question has a connection of its own."""


def make_provider(
    config: OrderFlowConfig,
    *,
    clock: Clock,
    wait: Wait | None = None,
    history: History | None = None,
    secrets: Secrets,
) -> TidewaterProvider:
    """Return the provider of these settings; see `registry.make_provider`."""
    return TidewaterProvider(config, secrets=secrets, clock=clock, history=history)
