"""Tries once whether a provider's stream lets a symbol be subscribed; judges nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..errors import DataSourceError
from ..market.units import NS_PER_SECOND
from ..providers.provider import Provider, StreamDecoder
from ..providers.supervision.stream_events import StreamEvent
from .frame_queue import LARGE_FRAME_BYTES
from .ingest import Ingest

PATIENCE_SECONDS: Final = 10.0
"""How long one attempt may take."""
_SLICE_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt ended.

    Attributes:
        is_subscribed: Prints or quotes of the symbol come.
        refusal: Why the provider does not let it be; None where it said nothing for good.
        problem: Why nothing came, in one word; None where it is subscribed.
    """

    is_subscribed: bool
    refusal: DataSourceError | None = None
    problem: str | None = None


async def attempt_stream(
    provider: Provider,
    symbol: str,
    *,
    steady_ns: Callable[[], int],
    is_over: Callable[[], bool],
    patience_seconds: float = PATIENCE_SECONDS,
) -> Attempt:
    """Subscribe one symbol, and hang up.

    Args:
        provider: Whose stream.
        symbol: Without one everything that the market does passes by.
        steady_ns: Nanoseconds of a clock that is never set.
        is_over: Whether to give up before the time is over.
        patience_seconds: How long it may take.
    """
    listener = _Listener()
    stream = provider.open_stream(listener, patience_seconds=patience_seconds)
    listener.decoder = stream.decoder(Ingest(provider.capabilities.step_ns))
    stream.follow([symbol])
    running = asyncio.create_task(stream.run())
    ends = steady_ns() + round(patience_seconds * NS_PER_SECOND)
    while not (listener.is_subscribed or running.done() or is_over()):
        if steady_ns() >= ends:
            break
        stream.check()
        await asyncio.wait({running}, timeout=_SLICE_SECONDS)
    problem = stream.problem
    running.cancel()
    [ended] = await asyncio.gather(running, return_exceptions=True)
    if listener.is_subscribed:
        return Attempt(is_subscribed=True)
    return Attempt(
        is_subscribed=False,
        refusal=ended if isinstance(ended, DataSourceError) else None,
        problem=problem,
    )


class _Listener:
    """Hears whether a symbol is subscribed; see `StreamObserver`."""

    def __init__(self) -> None:
        self.is_subscribed = False
        self.decoder: StreamDecoder

    def on_frame(self, payload: bytes, link: int) -> bool:
        is_large = len(payload) > LARGE_FRAME_BYTES
        for piece in self.decoder.pieces(payload) if is_large else (payload,):
            self.decoder.decode(piece, 0, link)
        return True

    def on_cut(self, link: int) -> None:
        """An attempt that ends is followed by another within its patience."""

    def on_subscribed(self, symbols: list[str]) -> None:
        self.is_subscribed = bool(symbols)

    def on_stream_event(self, event: StreamEvent) -> None:
        """Whatever else happens, the next attempt will show."""

    def on_said(self, reason: str, sentence: str) -> None:
        """It is said once the stream runs again."""
