"""Databento as a provider: what it can do, its stream, and what is asked before it.

It has no REST for today's data: what the stream missed is replayed by its next session, and the
first session replays the minutes that windows and baselines need. What it brings is compared with
the replay of a second connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final
from urllib.parse import urlsplit

from ...clock import Clock
from ...config import OrderFlowConfig
from ...market.sink import MarketSink
from ...market.units import NS_PER_SECOND, ns_from_utc
from ...retry import Wait
from ..no_reference import NoReference
from ..provider import Capabilities, Entry, History, Reference, StreamObserver
from ..reconnect import StreamTimes
from ..secrets import Secrets
from .asking.entrance import DatabentoEntrance
from .asking.gateway_time import GatewayTime
from .book import DEPTH
from .decode import DatabentoDecoder
from .errors import KEY_NAME
from .history import COMPARES_EVERY_SECONDS, DatabentoHistory
from .kept import FRAMES_END, RecordPacker, unpacked_records
from .packed import can_unpack, no_library
from .stream import TIMES, DatabentoStream

NAME: Final = "databento"
PORT: Final = 13_000
REPLAYED_AT_START_NS: Final = 480 * NS_PER_SECOND
"""More than the minute and the five before it that a burst is judged by."""


class DatabentoProvider:
    """One TCP protocol for all that happens; see `Provider`.

    Args:
        config: Settings; of the gateway's address host and port count.
        secrets: Hold the key.
        clock: Exchange-aligned present.
        wait: Waits before something is asked again; returns True when it was told to stop.
        history: Whom to ask for what happened, where a host has such.
        times: Durations of the connection.

    Raises:
        ValueError: The settings ask for packed sessions, and nothing here unpacks them.

    Attributes:
        name: `databento`.
        host: Host and port.
        capabilities: What it can do.
        history: As given; else it replays on a connection of its own.
        reference: It has none, but for the time of another gateway.
        frames_end: How a file of its records is named at its end.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        secrets: Secrets,
        clock: Clock,
        wait: Wait | None = None,
        history: History | None = None,
        times: StreamTimes = TIMES,
    ) -> None:
        if config.compression == "zstd" and not can_unpack():
            raise ValueError(no_library())
        self._config = config
        self._dataset = config.dataset
        address = urlsplit(config.base_url or "")
        self._address = (address.hostname or gateway_of(self._dataset), address.port or PORT)
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
            streams_only=history is None,
            dataset=self._dataset,
            venue=self._dataset.partition(".")[0],
        )
        self.history: History = history or DatabentoHistory(
            self._address, self._dataset, secrets.get(KEY_NAME), clock=clock
        )
        self._entrance = DatabentoEntrance(
            self._address,
            config,
            secrets.get(KEY_NAME),
            clock=clock,
            wait=wait,
        )
        self.reference: Reference = NoReference(NAME)
        self.frames_end = FRAMES_END
        if config.base_url is not None:
            self.reference = GatewayTime(NAME, self._entrance.ask_time)

    def enter(self, symbols: tuple[str, ...]) -> Entry:
        """Open a session of some symbols, and close it; see `Entrance`."""
        return self._entrance.enter(symbols)

    def describe_dataset(self) -> str:
        """Ask over HTTP what the dataset has; see `Entrance`."""
        return self._entrance.describe_dataset()

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
            compression=self._config.compression,
            first_ns=ns_from_utc(self._clock()) - REPLAYED_AT_START_NS,
            times=self._times,
            patience_seconds=patience_seconds,
        )

    def frame_packer(self) -> RecordPacker:
        """Return what packs a session's records as DBN."""
        return RecordPacker()

    def unpacked_frames(self, raw: BinaryIO) -> Iterator[bytes]:
        """Yield the records of such a file; see `KeepsFrames`."""
        return unpacked_records(raw)

    def frame_decoder(self, sink: MarketSink) -> DatabentoDecoder:
        """Return a decoder as the stream's, to whose words nobody listens."""
        return DatabentoDecoder(sink, self._dataset, lambda _word, _link: None)

    def close(self) -> None:
        """Close what was opened over HTTP: the stream's connection is its own."""
        self._entrance.close()


def gateway_of(dataset: str) -> str:
    """Return the host of a dataset's gateway."""
    return f"{dataset.lower().replace('.', '-')}.lsg.databento.com"


def make_provider(
    config: OrderFlowConfig,
    *,
    clock: Clock,
    wait: Wait | None = None,
    history: History | None = None,
    secrets: Secrets,
) -> DatabentoProvider:
    """Return the provider of these settings; see `registry.make_provider`."""
    return DatabentoProvider(config, secrets=secrets, clock=clock, wait=wait, history=history)
