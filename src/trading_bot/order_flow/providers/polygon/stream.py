"""PolygonStream: the supervised WebSocket connection, and Polygon's words of keys and channels.

It judges nothing and decodes nothing but what the server says of the connection: frames go to the
queue as they come, and status messages come back from whoever takes the queue apart, in their place
among the data. When to connect and what to ask for is `SupervisedStream`'s.

Sources: the provider's WebSocket quickstart; its knowledge base on limits and disconnects.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from ...clock import monotonic_seconds
from ...diagnostics import get_logger, hide, told
from ...errors import DataSourceError
from ...market.sink import MarketSink
from ..network import refuse_insecure
from ..provider import EVERYTHING, StreamObserver
from ..reconnect import StreamTimes
from ..supervised_stream import SupervisedStream
from ..supervision.actions import Channel
from ..supervision.stream_events import Evicted, Failed, KeyRefused
from ..websocket import OpensConnection, StreamConnection, no_connection, open_connection
from .channels import confirmation, params_of, refusal_of_channels
from .errors import missing_key
from .stream_decode import PolygonDecoder
from .stream_refusals import refusal, refuses_plan
from .stream_wire import Status, action
from .units import QuoteSizeUnit

_FORETELL_AN_END: Final = frozenset({"slow_consumer", "force_disconnect"})
"""Words of the server's that are counted by name; any other might be anything."""

_logger = get_logger(__name__)


class PolygonStream(SupervisedStream):
    """One supervised connection; made and used on one event loop.

    Args:
        url: WebSocket address.
        api_key: The provider's key.
        observer: Takes frames and news.
        quote_size_unit: What the sizes of quotes count.
        times: Durations.
        draw: A number from 0 to 1, for the length of waits.
        patience_seconds: See `SupervisedStream`.
        seconds: A clock that never runs backwards.
        allow_insecure: Send the key without TLS, also to another machine.
        opens: Makes a connection; a WebSocket by default.

    Attributes:
        counts: See `SupervisedStream`; and close codes, and status words that foretell an end.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        observer: StreamObserver,
        *,
        quote_size_unit: QuoteSizeUnit = "shares",
        times: StreamTimes | None = None,
        draw: Callable[[], float] | None = None,
        patience_seconds: float | None = None,
        seconds: Callable[[], float] = monotonic_seconds,
        allow_insecure: bool = False,
        opens: OpensConnection = open_connection,
    ) -> None:
        super().__init__(
            url,
            observer,
            times=times,
            draw=draw,
            patience_seconds=patience_seconds,
            seconds=seconds,
        )
        self._key = api_key
        self._unit = quote_size_unit
        self._allow_insecure = allow_insecure
        self._opens = opens
        self._connection = no_connection(self)
        self._ended: asyncio.Event = asyncio.Event()
        # The last words of a refusal, for the error that may come of it.
        self._said = ""

    async def run(self) -> None:
        """Keep connected until cancelled; see `SupervisedStream.run`."""
        if not self._key:
            raise missing_key()
        hide(self._key)
        refuse_insecure(self._address, is_allowed=self._allow_insecure)
        try:
            await super().run()
        finally:
            self._close()

    def decoder(self, sink: MarketSink) -> PolygonDecoder:
        """Return what takes this stream's frames apart, and its own messages out of them."""
        return PolygonDecoder(sink, self.on_status, self._unit)

    def on_status(self, message: Status, link: int) -> None:
        """Take what the server says of the connection; that of an earlier one is passed over."""
        if link != self.link:
            return
        word, said = message.status, message.message
        if word == "auth_failed":
            self._said = said
            self._note_turned_away(KeyRefused(refuses_plan(said)), word)
        elif word == "max_connections":
            self._note_turned_away(Evicted(), word)
        elif self._is_open:
            self._take_status(word, said)

    def resume_reading(self) -> None:
        """Read on after `on_frame` said to stop."""
        if self._is_paused:
            self._is_paused = False
            self._connection.resume_reading()

    # What the connection tells: the methods of `FrameSink`.

    def on_opened(self, connection: StreamConnection) -> None:
        """Take a new connection; the server speaks first."""
        self._connection = connection
        self._note_opened()

    def on_frame(self, payload: bytes) -> None:
        """Pass a message on."""
        self._heard_at = self._seconds()
        goes_on = self._observer.on_frame(payload, self.link)
        if not goes_on and not self._is_paused:
            self._is_paused = True
            self.counts["reading_paused"] += 1
            self._connection.pause_reading()

    def on_heartbeat(self) -> None:
        """Take a sign of life."""
        self._heard_at = self._seconds()

    def on_closed(self, code: int, reason: str) -> None:
        """Take the end of the connection: any code is a disconnect, 1000 and 1001 as well."""
        self.counts[f"close_{code}"] += 1
        _logger.warning(
            "order_flow.stream_closed",
            extra={"close_code": code, "close_reason": told(reason, 100)},
        )
        self._note_closed()
        self._ended.set()

    def _take_status(self, word: str, said: str) -> None:
        if word == "connected":
            self._await_answer()
            self._send("auth", self._key)
        elif word == "auth_success":
            self._note_let_in()
        elif word == "success":
            confirmed = confirmation(said)
            if confirmed is not None:
                self._decide(confirmed)
        elif word == "error":
            self._take_refusal(said)
        elif word == "auth_timeout":
            # No word against the key, but nothing will come by this connection.
            self._drop(word)
        else:
            self.counts[word if word in _FORETELL_AN_END else "unknown_status"] += 1
            _logger.warning("order_flow.stream_status", extra={"status": told(word, 40)})

    def _take_refusal(self, said: str) -> None:
        self._said = said
        _logger.warning("order_flow.channels_refused", extra={"provider_says": told(said, 100)})
        failed = refusal_of_channels(said)
        # The one channel that stands for all is no name that may be bad: only the plan can lack it.
        blames_plan = failed.names_plan or self._channels.symbols == (EVERYTHING,)
        self._decide(Failed(failed.channels, blames_plan))

    async def _connect(self) -> None:
        self._ended.clear()
        try:
            await self._opens(self._address, self, self._times.connect)
        except DataSourceError as error:
            self._note_unreachable(error.code)
            if error.code == "no_stream" and not self._was_ready:
                self._fatal = error
            return
        await self._ended.wait()

    def _close(self) -> None:
        self._connection.close()

    def _ping(self) -> None:
        self._connection.ping()

    def _subscribe(self, channels: tuple[Channel, ...]) -> None:
        self._send("subscribe", params_of(channels))

    def _unsubscribe(self, channels: tuple[Channel, ...]) -> None:
        self._send("unsubscribe", params_of(channels))

    def _refusal(self, reason: str) -> DataSourceError:
        return refusal(reason, self._said)

    def _send(self, name: str, params: str) -> None:
        self._connection.send(action(name, params))
