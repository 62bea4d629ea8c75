"""Databento as a provider: what it can do, and its stream.

It has no REST for today's data: what the stream missed is replayed by its next session, and the
first session replays the minutes that windows and baselines need. What it brings is compared with
the replay of a second connection.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from ...clock import Clock
from ...config import OrderFlowConfig
from ...market.units import NS_PER_SECOND, ns_from_utc
from ...retry import Wait
from ..no_reference import NoReference
from ..provider import Capabilities, History, Reference, StreamObserver
from ..reconnect import StreamTimes
from ..secrets import Secrets
from .book import DEPTH
from .errors import KEY_NAME
from .history import COMPARES_EVERY_SECONDS, DatabentoHistory
from .stream import TIMES, DatabentoStream

NAME: Final = "databento"
DATASET: Final = "XNAS.ITCH"
"""Nasdaq's own feed: one venue, all of its orders."""
PORT: Final = 13_000
REPLAYED_AT_START_NS: Final = 480 * NS_PER_SECOND
"""More than the minute and the five before it that a burst is judged by."""


class DatabentoProvider:
    """One TCP protocol for all that happens; see `Provider`.

    Args:
        config: Settings; of the address host and port count.
        secrets: Hold the key.
        clock: Exchange-aligned present.
        history: Whom to ask for what happened, where a host has such.
        dataset: Which data.
        times: Durations of the connection.

    Attributes:
        name: `databento`.
        host: Host and port.
        capabilities: What it can do.
        history: As given; else it replays on a connection of its own.
        reference: It has none.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        secrets: Secrets,
        clock: Clock,
        history: History | None = None,
        dataset: str = DATASET,
        times: StreamTimes = TIMES,
    ) -> None:
        address = urlsplit(config.base_url or "")
        self._address = (address.hostname or gateway_of(dataset), address.port or PORT)
        self._dataset = dataset
        self._secrets = secrets
        self._clock = clock
        self._times = times
        self.name = NAME
        self.host = "{}:{}".format(*self._address)
        self.capabilities = Capabilities(
            depth_levels=DEPTH,
            states_side=True,
            halts=True,
            fills_gaps="replay" if history is None else "history",
            stream_refills=history is None,
            compares_every_seconds=COMPARES_EVERY_SECONDS if history is None else 0,
            quotes_known_by_price=history is None,
            dataset=dataset,
        )
        self.history: History = history or DatabentoHistory(
            self._address, dataset, secrets.get(KEY_NAME), clock=clock
        )
        self.reference: Reference = NoReference(NAME)

    def open_stream(
        self, observer: StreamObserver, *, patience_seconds: float | None = None
    ) -> DatabentoStream:
        """Return a stream; its first session replays the last minutes."""
        return DatabentoStream(
            self._address,
            self._dataset,
            self._secrets.get(KEY_NAME),
            observer,
            clock=self._clock,
            first_ns=ns_from_utc(self._clock()) - REPLAYED_AT_START_NS,
            times=self._times,
            patience_seconds=patience_seconds,
        )

    def close(self) -> None:
        """Keep nothing: the stream's connection is its own."""


def gateway_of(dataset: str) -> str:
    """Return the host of a dataset's gateway."""
    return f"{dataset.lower().replace('.', '-')}.lsg.databento.com"


def make_provider(
    config: OrderFlowConfig,
    *,
    clock: Clock,
    wait: Wait | None = None,  # noqa: ARG001 - nothing is asked, so nobody waits for a turn
    history: History | None = None,
    secrets: Secrets,
) -> DatabentoProvider:
    """Return the provider of these settings; see `registry.make_provider`."""
    return DatabentoProvider(config, secrets=secrets, clock=clock, history=history)
