"""Polygon as a provider: what it can do, its REST client and its stream."""

from __future__ import annotations

from typing import cast

from ...clock import Clock
from ...config import OrderFlowConfig
from ...retry import Wait
from ..no_reference import NoReference
from ..provider import Capabilities, History, Reference, StreamObserver
from ..reconnect import StreamTimes
from ..secrets import Secrets
from .client import PolygonClient
from .official_client import BASE_URL
from .stream import PolygonStream
from .stream_address import stream_url
from .units import EXCHANGES, LIVE_STEP_NS

CAPABILITIES = Capabilities(
    step_ns=LIVE_STEP_NS,
    corrects_history=True,
    halts=True,
    wildcard=True,
    fills_gaps="history",
    minute_bars=True,
    exchanges=EXCHANGES,
)


class PolygonProvider:
    """REST for what happened and changes slowly, a WebSocket for what happens; see `Provider`.

    Args:
        config: Settings, with the key.
        history: Whom to ask for what happened; a `PolygonClient` of these settings.
        url: WebSocket address; the one that belongs to the configuration's host by default.
        times: Durations of the connection.

    Attributes:
        name: `polygon`.
        host: Its REST host.
        capabilities: What it can do.
        history: As given.
        reference: The same, where it is a whole client.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        history: History,
        *,
        url: str | None = None,
        times: StreamTimes | None = None,
    ) -> None:
        self.name = "polygon"
        self.capabilities = CAPABILITIES
        self.history = history
        is_whole = hasattr(history, "get_trade_conditions")
        self.reference = cast(Reference, history) if is_whole else NoReference(self.name)
        self.host = config.base_url or BASE_URL
        self._config = config
        self._url = url
        self._times = times

    def open_stream(
        self, observer: StreamObserver, *, patience_seconds: float | None = None
    ) -> PolygonStream:
        """Return the stream of the configured host and key."""
        return PolygonStream(
            self._url or stream_url(self._config.base_url),
            self._config.polygon_api_key,
            observer,
            quote_size_unit=self._config.quote_size_unit,
            times=self._times,
            patience_seconds=patience_seconds,
            allow_insecure=self._config.allow_insecure,
        )

    def close(self) -> None:
        """Let go of the client's connections; a host's own client keeps its own."""
        if isinstance(self.history, PolygonClient):
            self.history.close()


def make_provider(
    config: OrderFlowConfig,
    *,
    clock: Clock,
    wait: Wait | None = None,
    history: History | None = None,
    secrets: Secrets,  # noqa: ARG001 - its key stands among the settings
) -> PolygonProvider:
    """Return the provider of these settings; see `registry.make_provider`."""
    return PolygonProvider(config, history or PolygonClient(config, clock=clock, wait=wait))
