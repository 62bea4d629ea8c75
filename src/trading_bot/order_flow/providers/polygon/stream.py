"""PolygonStream: the supervised WebSocket connection.

It connects, gives the key, subscribes what is wished, and connects again when any of that ends,
whatever the closing code. It judges nothing and decodes nothing but what the server says of the
connection: frames go to the queue as they come, and status messages come back from whoever takes
the queue apart, in their place among the data.

Sources: the provider's WebSocket quickstart; its knowledge base on limits and disconnects.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable

from ...clock import monotonic_seconds
from ...diagnostics import get_logger, hide
from ...errors import DataSourceError
from ...market.sink import MarketSink
from ..provider import StreamObserver
from ..reconnect import BackOff, Patience, StreamTimes
from ..websocket import StreamConnection, open_connection
from .channels import BANDS, Subscriptions, kind_of, symbol_of
from .stream_decode import PolygonDecoder
from .stream_refusals import (
    EVICTED_HINT,
    missing_key,
    never_subscribed,
    refused_key,
    refused_kind,
)
from .stream_wire import Status, action
from .units import QuoteSizeUnit

_logger = get_logger(__name__)


class PolygonStream:
    """One supervised connection; made and used on one event loop.

    Args:
        url: WebSocket address.
        api_key: The provider's key.
        observer: Takes frames and news.
        quote_size_unit: What the sizes of quotes count.
        times: Durations.
        draw: A number from 0 to 1, for the jitter.
        patience_seconds: Gives up when nothing could be subscribed for so long from the beginning;
            None tries on, for a caller who has no other way to watch.

    Attributes:
        link: Number of the newest connection.
        problem: Why nothing comes now, in one word; None while all is subscribed.
        subscriptions: The channels.
        counts: `connections`, `disconnects`, and status words that foretell an end.
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
    ) -> None:
        self._url = url
        self._key = api_key
        self._observer = observer
        self._unit = quote_size_unit
        self._times = times or StreamTimes()
        self._back_off = BackOff(self._times, draw) if draw else BackOff(self._times)
        self._connection: StreamConnection | None = None
        self._ended: asyncio.Event = asyncio.Event()
        self._fatal: DataSourceError | None = None
        self._patience = Patience(patience_seconds)
        self._evicted = False
        self._authenticated = False
        self._was_complete = False
        self._answer_by: float | None = None
        self._complete_since: float | None = None
        self._heard_at = 0.0
        self._paused = False
        self.link = 0
        self.problem: str | None = "connecting"
        self.subscriptions = Subscriptions()
        self.counts: Counter[str] = Counter()

    async def run(self) -> None:
        """Keep connected until cancelled.

        Raises:
            DataSourceError: `missing_key`, `wrong_key`, `plan_without_stream`,
                `plan_without_trades`, `plan_without_quotes` or `no_stream`: trying again does not
                help.
        """
        if not self._key:
            raise missing_key()
        hide(self._key)
        self._patience.begin(monotonic_seconds())
        try:
            while True:
                await self._one_connection()
                if self._fatal is not None:
                    raise self._fatal
                wait = self._back_off.next_wait(evicted=self._evicted)
                self._evicted = False
                _logger.warning(
                    "order_flow.stream_reconnecting",
                    extra={"reason": self.problem, "delay_seconds": round(wait, 3)},
                )
                await asyncio.sleep(wait)
        finally:
            if self._connection is not None:
                self._connection.close()

    def decoder(self, sink: MarketSink) -> PolygonDecoder:
        """Return what takes this stream's frames apart, and its own messages out of them."""
        return PolygonDecoder(sink, self.on_status, self._unit)

    def follow(self, symbols: Iterable[str]) -> None:
        """Subscribe exactly these symbols from now on; `*` stands for all."""
        needless = self.subscriptions.follow(symbols)
        if needless:
            self._send("unsubscribe", needless)
        self._ask_for_channels()
        self._note_completeness()

    def on_status(self, message: Status, link: int) -> None:
        """Take what the server says of the connection; that of an earlier one is passed over."""
        if link != self.link or self._connection is None:
            return
        word, said = message.status, message.message
        if word == "connected":
            self._answer_by = monotonic_seconds() + self._times.answer
            self._connection.send(action("auth", self._key))
        elif word == "auth_success":
            self._authenticated = True
            self._answer_by = None
            self._ask_for_channels()
            self._note_completeness()
        elif word == "auth_failed":
            self._end_for_good(refused_key(said))
        elif word == "success":
            self._confirmed(said)
        elif word == "error":
            self._refused(said)
        elif word == "max_connections":
            self._evicted = True
            _logger.error("order_flow.stream_evicted", extra={"hint": EVICTED_HINT})
            self.drop(word)
        else:
            self.counts[word] += 1
            _logger.warning("order_flow.stream_status", extra={"status": word[:40]})

    def check(self) -> None:
        """Look after the connection; to be called about once a second."""
        if self._connection is None:
            return
        self._look_at_patience()
        now = monotonic_seconds()
        if self._answer_by is not None and now > self._answer_by:
            self._overdue()
            return
        quiet = now - self._heard_at
        if self._paused:
            self._heard_at = now
        elif quiet > self._times.dead_after:
            self.drop("mute")
        elif quiet > self._times.ping_after:
            self._connection.ping()
        since = self._complete_since
        if since is not None and now - since >= self._times.settled_after:
            self._back_off.settled()

    def drop(self, problem: str) -> None:
        """End this connection and begin another.

        Args:
            problem: Why, in one word.
        """
        self.problem = problem
        self.counts[problem] += 1
        if self._connection is not None:
            self._connection.close()

    def resume_reading(self) -> None:
        """Read on after `on_frame` said to stop."""
        if self._paused and self._connection is not None:
            self._paused = False
            self._connection.resume_reading()

    # What the connection tells: the methods of `FrameSink`.

    def on_opened(self, connection: StreamConnection) -> None:
        """Take a new connection; the server speaks first."""
        self._connection = connection
        self._heard_at = monotonic_seconds()
        self._answer_by = self._heard_at + self._times.answer
        self.problem = "connecting"
        self.counts["connections"] += 1

    def on_frame(self, payload: bytes) -> None:
        """Pass a message on."""
        self._heard_at = monotonic_seconds()
        goes_on = self._observer.on_frame(payload, self.link)
        if not goes_on and not self._paused and self._connection is not None:
            self._paused = True
            self.counts["reading_paused"] += 1
            self._connection.pause_reading()

    def on_heartbeat(self) -> None:
        """Take a sign of life."""
        self._heard_at = monotonic_seconds()

    def on_closed(self, code: int, reason: str) -> None:
        """Take the end of the connection: any code is a disconnect, 1000 and 1001 as well."""
        self._connection = None
        self._authenticated = False
        self._paused = False
        self._answer_by = self._complete_since = None
        self.subscriptions.disconnected()
        self.counts["disconnects"] += 1
        self.counts[f"close_{code}"] += 1
        if self.problem in (None, "connecting", "subscribing"):
            self.problem = "disconnected"
        _logger.warning(
            "order_flow.stream_closed", extra={"close_code": code, "close_reason": reason[:100]}
        )
        self._observer.on_cut(self.link)
        self._ended.set()

    async def _one_connection(self) -> None:
        self.link += 1
        self._ended.clear()
        try:
            await open_connection(self._url, self, self._times.connect)
        except DataSourceError as error:
            self.problem = error.code
            self.counts[error.code] += 1
            if error.code == "no_stream" and not self._was_complete:
                self._fatal = error
            self._look_at_patience()
            return
        await self._ended.wait()
        # Whoever looks after it once a second may never see a connection that ends at once.
        self._look_at_patience()

    def _ask_for_channels(self) -> None:
        if not self._authenticated:
            return
        channels = self.subscriptions.next_request()
        if channels:
            self._answer_by = monotonic_seconds() + self._times.answer
            self._send("subscribe", channels)

    def _confirmed(self, said: str) -> None:
        ready = self.subscriptions.confirm(said)
        if ready:
            self._observer.on_subscribed(ready)
        self._answered()

    def _refused(self, said: str) -> None:
        channels = self.subscriptions.refuse(said)
        kind = kind_of(channels[0]) if channels else ""
        if kind == BANDS:
            _logger.info("order_flow.no_halt_data", extra={"provider_says": said[:100]})
        elif self.subscriptions.never_had(kind) and (error := refused_kind(kind, said)) is not None:
            self._end_for_good(error)
            return
        # Protection can do without halts.
        symbols = sorted({symbol_of(each) for each in channels if kind_of(each) != BANDS})
        if symbols:
            self._observer.on_symbols_refused(symbols, said)
        self._answered()

    def _answered(self) -> None:
        if not self.subscriptions.pending:
            self._answer_by = None
            self._ask_for_channels()
        self._note_completeness()

    def _note_completeness(self) -> None:
        if not self._authenticated:
            return
        if not self.subscriptions.complete:
            self.problem, self._complete_since = "subscribing", None
        elif self._complete_since is None:
            self.problem, self._complete_since = None, monotonic_seconds()
            self._was_complete = True
            self._patience.end()

    def _look_at_patience(self) -> None:
        waited = self._patience.exhausted(monotonic_seconds())
        if waited is not None:
            self._end_for_good(never_subscribed(self._url, waited, self.problem))

    def _overdue(self) -> None:
        self._answer_by = None
        if self.subscriptions.pending_kind == BANDS:
            self._refused("no answer")
        else:
            self.drop("no_answer")

    def _end_for_good(self, error: DataSourceError) -> None:
        self._fatal = error
        self.drop(error.code)

    def _send(self, name: str, channels: list[str]) -> None:
        if self._connection is not None:
            self._connection.send(action(name, ",".join(channels)))
