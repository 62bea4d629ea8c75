"""TidewaterStream: the supervised connection: TCP, log-in, subscriptions, and all of it again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.diagnostics import get_logger
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.providers.provider import StreamObserver
from trading_bot.order_flow.providers.reconnect import BackOff, Patience, StreamTimes

from .decode import TidewaterDecoder
from .session import Login, Session
from .wire import BEAT, LONGEST_RECORD, Control, encode

READ_BYTES: Final = 65_536

_logger = get_logger(__name__)


class TidewaterStream:
    """One supervised connection; see `StreamSession`.

    Args:
        address: Host and port.
        login: Reads the two secrets.
        observer: Takes messages and news.
        times: Durations.
        patience_seconds: Gives up when nothing could be subscribed for so long from the beginning.

    Attributes:
        link: Number of the newest connection.
        problem: Why nothing comes now, in one word.
        counts: What happened to the connection, by kind.
    """

    def __init__(
        self,
        address: tuple[str, int],
        login: Callable[[], Login],
        observer: StreamObserver,
        *,
        times: StreamTimes,
        patience_seconds: float | None,
    ) -> None:
        self._address = address
        self._read_login = login
        self._observer = observer
        self._times = times
        self._back_off = BackOff(times)
        self._patience = Patience(patience_seconds)
        self._session: Session | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._may_read = asyncio.Event()
        self._fatal: DataSourceError | None = None
        self._wanted: dict[str, None] = {}
        self._asked: set[str] = set()
        self._answered: set[str] = set()
        self._answer_by: float | None = None
        self._complete_since: float | None = None
        self._heard_at = 0.0
        self.link = 0
        self.problem: str | None = "connecting"
        self.counts: Counter[str] = Counter()

    async def run(self) -> None:
        """Keep connected until cancelled.

        Raises:
            DataSourceError: `missing_key`, `wrong_key` or `no_stream`: trying again does not help.
        """
        login = self._read_login()
        self._patience.begin(monotonic_seconds())
        while True:
            await self._one_connection(login)
            self._look_at_patience()
            if self._fatal is not None:
                raise self._fatal
            wait = self._back_off.next_wait()
            _logger.warning(
                "order_flow.stream_reconnecting",
                extra={"reason": self.problem, "delay_seconds": round(wait, 3)},
            )
            await asyncio.sleep(wait)

    def follow(self, symbols: Iterable[str]) -> None:
        """Subscribe exactly these symbols from now on."""
        self._wanted = dict.fromkeys(symbols)
        for symbol in self._asked - self._wanted.keys():
            self._send(Control("UNSUB", (symbol,)))
        self._asked &= self._wanted.keys()
        self._answered &= self._wanted.keys()
        self._subscribe()

    def check(self) -> None:
        """Look after the connection; to be called about once a second."""
        self._look_at_patience()
        if self._writer is None:
            return
        now = monotonic_seconds()
        quiet = now - self._heard_at
        if not self._may_read.is_set():
            self._heard_at = now
        elif self._answer_by is not None and now > self._answer_by:
            self._drop("no_answer")
        elif quiet > self._times.dead_after:
            self._drop("mute")
        elif quiet > self._times.ping_after:
            self._send(Control("BEAT"))
        since = self._complete_since
        if since is not None and now - since >= self._times.settled_after:
            self._back_off.settled()

    def resume_reading(self) -> None:
        """Read on after `on_frame` said to stop."""
        self._may_read.set()

    def decoder(self, sink: MarketSink) -> TidewaterDecoder:
        """Return what takes this stream's messages apart, and its own words out of them."""
        return TidewaterDecoder(sink, self._take_control, self._ask_for_book)

    async def _one_connection(self, login: Login) -> None:
        self.link += 1
        self.problem = "connecting"
        try:
            async with asyncio.timeout(self._times.connect):
                reader, self._writer = await asyncio.open_connection(*self._address)
        except OSError:
            self.problem = "no_connection"
            self.counts["no_connection"] += 1
            return
        self.counts["connections"] += 1
        self._session = Session(login)
        self._heard_at = monotonic_seconds()
        self._answer_by = self._heard_at + self._times.answer
        self._may_read.set()
        try:
            with suppress(OSError):
                await self._read(reader)
        finally:
            self._writer.close()
            self._note_end()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await reader.read(READ_BYTES):
            self._heard_at = monotonic_seconds()
            whole, _, rest = (rest + chunk).rpartition(b"\n")
            if len(rest) > LONGEST_RECORD:
                self._drop("record_too_long")
                return
            records = _without_beats(whole + b"\n") if whole else b""
            if records and not self._observer.on_frame(records, self.link):
                self.counts["reading_paused"] += 1
                self._may_read.clear()
            await self._may_read.wait()

    def _note_end(self) -> None:
        self._writer = self._session = None
        self._answer_by = self._complete_since = None
        self._asked.clear()
        self._answered.clear()
        self.counts["disconnects"] += 1
        if self.problem in (None, "connecting", "subscribing"):
            self.problem = "disconnected"
        self._observer.on_cut(self.link)

    def _take_control(self, said: Control, link: int) -> None:
        """Take a word of the server, in its place among the data."""
        session = self._session
        if link != self.link or session is None:
            return
        try:
            answer = session.take(said)
        except DataSourceError as error:
            self.counts[error.code] += 1
            if not error.retryable:
                self._fatal = error
            self._drop(error.code)
            return
        if answer:
            self._write(answer)
        symbol = said.fields[0] if said.fields else ""
        if said.word == "WELCOME":
            self._answer_by = None
            self._subscribe()
        elif said.word in ("SUBSCRIBED", "REFUSED") and symbol in self._asked:
            self._answered.add(symbol)
            if said.word == "SUBSCRIBED":
                self._observer.on_subscribed([symbol])
            else:
                self._observer.on_symbols_refused([symbol], " ".join(said.fields[1:]))
            self._note_completeness()

    def _subscribe(self) -> None:
        if self._session is None or self._session.state != "ready":
            return
        for symbol in self._wanted.keys() - self._asked:
            self._send(Control("SUB", (symbol,)))
            self._asked.add(symbol)
        self._note_completeness()

    def _note_completeness(self) -> None:
        if self._asked != self._answered:
            self.problem, self._complete_since = "subscribing", None
            self._answer_by = monotonic_seconds() + self._times.answer
        elif self._complete_since is None:
            self.problem, self._complete_since = None, monotonic_seconds()
            self._answer_by = None
            self._patience.end()

    def _ask_for_book(self, symbol: str, link: int) -> None:
        if link == self.link:
            self._send(Control("BOOK", (symbol,)))

    def _look_at_patience(self) -> None:
        waited = self._patience.exhausted(monotonic_seconds())
        if waited is not None:
            host, port = self._address
            reason = f"{host}:{port} could not be subscribed for {waited:g} s ({self.problem})"
            self._fatal = DataSourceError(reason, code="no_stream")
            self._drop("no_stream")

    def _drop(self, problem: str) -> None:
        self.problem = problem
        self._may_read.set()
        if self._writer is not None:
            self._writer.transport.abort()

    def _send(self, command: Control) -> None:
        self._write(encode(command))

    def _write(self, line: bytes) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(line)


def _without_beats(records: bytes) -> bytes:
    """Leave out signs of life: the market may be silent between them, or its server broken."""
    if BEAT not in records:
        return records
    return b"".join(line for line in records.splitlines(keepends=True) if line != BEAT)
