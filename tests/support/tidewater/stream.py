"""TidewaterStream: the supervised connection over TCP, and the server's words of symbols.

A symbol is subscribed as a whole: its quotes and halts come with its prints. They are answered for
here, by what the server said of the prints.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.diagnostics import get_logger
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.providers.provider import StreamObserver
from trading_bot.order_flow.providers.reconnect import StreamTimes
from trading_bot.order_flow.providers.supervised_stream import SupervisedStream
from trading_bot.order_flow.providers.supervision.actions import KINDS, TRADES, Channel
from trading_bot.order_flow.providers.supervision.channel_book import CONFIRMED
from trading_bot.order_flow.providers.supervision.stream_events import (
    Confirmed,
    Failed,
    KeyRefused,
    RenewChannels,
    StreamEvent,
)

from .decode import TidewaterDecoder
from .session import Login, Session
from .wire import BEAT, LONGEST_RECORD, Control, encode

READ_BYTES: Final = 65_536

_logger = get_logger(__name__)


class TidewaterStream(SupervisedStream):
    """One supervised connection; see `StreamSession`.

    Args:
        address: Host and port.
        login: Reads the two secrets.
        observer: Takes messages and news.
        times: Durations.
        draw: A number from 0 to 1, for the length of waits.
        patience_seconds: Gives up when nothing could be subscribed for so long from the beginning.
        seconds: A clock that never runs backwards.
    """

    def __init__(
        self,
        address: tuple[str, int],
        login: Callable[[], Login],
        observer: StreamObserver,
        *,
        times: StreamTimes,
        draw: Callable[[], float] | None = None,
        patience_seconds: float | None = None,
        seconds: Callable[[], float] = monotonic_seconds,
    ) -> None:
        super().__init__(
            "{}:{}".format(*address),
            observer,
            times=times,
            draw=draw,
            patience_seconds=patience_seconds,
            seconds=seconds,
        )
        self._host, self._port = address
        self._read_login = login
        self._login = Login("", "")
        self._session: Session | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._may_read = asyncio.Event()
        # The last refusal in words, for the error that may come of it.
        self._why = ""

    async def run(self) -> None:
        """Keep connected until cancelled; see `SupervisedStream.run`."""
        self._login = self._read_login()
        await super().run()

    def tell(self, event: StreamEvent) -> None:
        """Take what others found; a symbol is renewed as a whole."""
        if isinstance(event, RenewChannels):
            symbols = dict.fromkeys(each.symbol for each in event.channels)
            event = RenewChannels(tuple(Channel(kind, each) for each in symbols for kind in KINDS))
        super().tell(event)

    def resume_reading(self) -> None:
        """Read on after `on_frame` said to stop."""
        self._is_paused = False
        self._may_read.set()

    def decoder(self, sink: MarketSink) -> TidewaterDecoder:
        """Return what takes this stream's messages apart, and its own words out of them."""
        return TidewaterDecoder(sink, self._take_control, self._ask_for_book)

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(self._times.connect):
                reader, self._writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            self._note_unreachable("no_connection")
            return
        self._session = Session(self._login)
        self._may_read.set()
        self._note_opened()
        try:
            with suppress(OSError):
                await self._read(reader)
        finally:
            self._writer.close()
            self._writer = None
            self._note_closed()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await reader.read(READ_BYTES):
            self._heard_at = self._seconds()
            whole, _, rest = (rest + chunk).rpartition(b"\n")
            if len(rest) > LONGEST_RECORD:
                self._drop("record_too_long")
                return
            records = _without_beats(whole + b"\n") if whole else b""
            if records and not self._observer.on_frame(records, self.link):
                self.counts["reading_paused"] += 1
                self._is_paused = True
                self._may_read.clear()
            await self._may_read.wait()

    def _take_control(self, said: Control, link: int) -> None:
        """Take a word of the server, in its place among the data."""
        session = self._session
        if link != self.link or session is None:
            return
        try:
            answer = session.take(said)
        except DataSourceError as error:
            self._why = str(error)
            if error.retryable:
                self._drop(error.code)
            else:
                self._note_turned_away(KeyRefused(), error.code)
            return
        if answer:
            self._write(answer)
        if self._is_open:
            self._take_word(said)

    def _take_word(self, said: Control) -> None:
        symbol = said.fields[0] if said.fields else ""
        if said.word == "WELCOME":
            self._note_let_in()
        elif said.word == "SUBSCRIBED":
            self._decide(Confirmed((Channel(TRADES, symbol),)))
        elif said.word == "REFUSED":
            self._why = " ".join(said.fields)
            _logger.warning("order_flow.channels_refused", extra={"provider_says": self._why[:100]})
            self._decide(Failed((Channel(TRADES, symbol),)))

    def _subscribe(self, channels: tuple[Channel, ...]) -> None:
        if channels[0].kind == TRADES:
            for each in channels:
                self._send(Control("SUB", (each.symbol,)))
            return
        come = tuple(each for each in channels if self._has_prints(each.symbol))
        self._decide(Confirmed(come))
        missing = tuple(each for each in channels if not self._has_prints(each.symbol))
        if missing:
            self._decide(Failed(missing))

    def _has_prints(self, symbol: str) -> bool:
        return self._channels.state_of(Channel(TRADES, symbol)) == CONFIRMED

    def _unsubscribe(self, channels: tuple[Channel, ...]) -> None:
        for symbol in dict.fromkeys(each.symbol for each in channels):
            self._send(Control("UNSUB", (symbol,)))

    def _ping(self) -> None:
        self._send(Control("BEAT"))

    def _close(self) -> None:
        self._may_read.set()
        if self._writer is not None:
            self._writer.transport.abort()

    def _refusal(self, reason: str) -> DataSourceError:
        return DataSourceError(self._why, code=reason)

    def _ask_for_book(self, symbol: str, link: int) -> None:
        if link == self.link:
            self._send(Control("BOOK", (symbol,)))

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
