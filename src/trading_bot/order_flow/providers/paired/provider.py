"""PairedProvider: any two providers of the registry as one; `data_source` names them as `A+B`."""

from __future__ import annotations

from dataclasses import replace

from ...clock import Clock
from ...market.units import ns_from_utc
from ..provider import Provider, StreamObserver
from .stream import PairedStream


class PairedProvider:
    """Prints, quotes and history of the first, levels of the second; see `Provider`.

    Args:
        tape: The first.
        depth: The second: it brings the levels and trades of one venue.
        clock: Exchange-aligned present.

    Raises:
        ValueError: The second brings no levels of one venue, or the first does not number it.

    Attributes:
        name: Both names.
        host: Where both are asked.
        capabilities: Those of the first, with the levels of the second.
        history: The first one's.
        reference: The first one's.
        depth_feed: The second.
        venue: Exchange id of the second one's venue on the first one's tape.
    """

    def __init__(self, tape: Provider, depth: Provider, *, clock: Clock) -> None:
        own, other = tape.capabilities, depth.capabilities
        self.name = f"{tape.name}+{depth.name}"
        if other.depth_levels < 2 or not other.venue:
            raise ValueError(
                f"data_source={self.name!r}: {depth.name} brings no levels of one venue; "
                "the second name has to be a provider of depth"
            )
        if other.venue not in own.exchanges:
            raise ValueError(
                f"data_source={self.name!r}: {tape.name} has no prints by venue that could be "
                f"compared with {other.dataset} of {depth.name}"
            )
        self._tape, self.depth_feed, self._clock = tape, depth, clock
        self.venue = own.exchanges[other.venue]
        self.host = f"{tape.host} and {depth.host}"
        self.capabilities = replace(
            own,
            depth_levels=other.depth_levels,
            wildcard=False,
            dataset=f"{own.dataset}+{other.dataset}",
        )
        self.history = tape.history
        self.reference = tape.reference

    def open_stream(
        self, observer: StreamObserver, *, patience_seconds: float | None = None
    ) -> PairedStream:
        """Return both streams as one."""
        return PairedStream(
            self._tape,
            self.depth_feed,
            self.venue,
            observer,
            now_ns=lambda: ns_from_utc(self._clock()),
            patience_seconds=patience_seconds,
        )

    def close(self) -> None:
        """Let go of the connections of both."""
        self._tape.close()
        self.depth_feed.close()
