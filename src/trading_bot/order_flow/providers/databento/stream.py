"""DatabentoStream: the supervised connection over TCP to the gateway of one dataset.

A symbol is subscribed as a whole: its book and its prints come in one schema, its halts in another.
What it missed is replayed by the next session, which is complete only when the replay has caught
up: until then nothing is current. There is no way to give a symbol up but to connect anew, so what
is not held any more is left out by whoever judges.

The key never crosses the wire, and the protocol has no TLS: what comes could be changed on its way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from ...clock import Clock, monotonic_seconds
from ...diagnostics import get_logger, hide, told
from ...errors import DataSourceError
from ...market.sink import MarketSink
from ...market.units import NS_PER_SECOND, ns_from_utc
from ..provider import StreamObserver
from ..reconnect import StreamTimes
from ..supervised_stream import SupervisedStream
from ..supervision.actions import KINDS, TRADES, Channel, channels_of
from ..supervision.channel_book import CONFIRMED, REFUSED
from ..supervision.stream_events import (
    Confirmed,
    Evicted,
    Failed,
    KeyRefused,
    RenewChannels,
    StreamEvent,
)
from .decode import DatabentoDecoder, Word
from .errors import missing_key, names_plan, no_depth, refusal
from .layout import MARKET_TIME_AT, SERVICE, STAMP
from .packed import Unpacker, wanted
from .resume import Resume
from .service import (
    BAD_SUBSCRIPTION,
    CONNECTION_LIMIT,
    KEY_DEACTIVATED,
    KEY_REFUSED,
    NO_SYMBOL,
    RECORDS_SKIPPED,
    REPLAY_AGED_OUT,
    REPLAYED,
    SLOW_READER,
    Failure,
    Mapped,
    Said,
)
from .session import HEARTBEAT_SECONDS, LetIn, Output, Records, Send, Session
from .symbology import raw_symbol, symbols_in, ticker

BOOKS: Final = "mbp-10"
HALTS: Final = "status"
READ_BYTES: Final = 65_536
REPLAY_SECONDS: Final = 60.0
"""A replay that has not come nearer to the present by then is begun anew, by another connection."""
_NEARER_NS: Final = 10 * NS_PER_SECOND
"""A replay that is not so far behind has come to the present; another has to gain so much."""
TIMES: Final = StreamTimes(ping_after=60.0, dead_after=HEARTBEAT_SECONDS + 10.0)
"""The gateway says something every five seconds; it is never asked for it."""

_logger = get_logger(__name__)


class DatabentoStream(SupervisedStream):
    """One supervised connection; see `StreamSession`.

    Args:
        address: Host and port.
        dataset: Which data.
        key: The provider's key.
        observer: Takes messages and news.
        clock: The present; a replay begins at most a day before it.
        compression: How the gateway packs what it sends: `auto`, `none` or `zstd`.
        first_ns: Where the first session's replay begins; None begins at the present.
        times: Durations.
        draw: A number from 0 to 1, for the length of waits.
        patience_seconds: Gives up when nothing could be subscribed for so long from the beginning.
        seconds: A clock that never runs backwards.
    """

    def __init__(
        self,
        address: tuple[str, int],
        dataset: str,
        key: str,
        observer: StreamObserver,
        *,
        clock: Clock,
        compression: str = "none",
        first_ns: int | None = None,
        times: StreamTimes = TIMES,
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
        self._dataset = dataset
        self._key = key
        self._clock = clock
        self._compression = compression
        self._resume = Resume(first_ns)
        self._decoder: DatabentoDecoder | None = None
        self._session = Session(key, dataset)
        self._writer: asyncio.StreamWriter | None = None
        self._may_read = asyncio.Event()
        # What numbers mean in this session; symbols that have lost theirs, and what was known then.
        self._numbers: dict[int, str] = {}
        self._unnumbered: dict[str, int] = {}
        # By when the replay has to have caught up or to have come nearer to the present; how far it
        # is, and how far behind it was when that was looked at.
        self._replay_by: float | None = None
        self._replayed_ns = self._behind_ns = 0
        # The last refusal in words, for the error that may come of it.
        self._said = ""
        self._asks_for_halts = True

    async def run(self) -> None:
        """Keep connected until cancelled; see `SupervisedStream.run`."""
        if not self._key:
            raise missing_key()
        hide(self._key)
        try:
            await super().run()
        finally:
            self._close()

    def check(self) -> None:
        """Look after the connection; to be called about once a second."""
        if self._replay_by is not None and self._is_open:
            if self._seconds() > self._replay_by and not self._comes_nearer():
                self._drop("replay_unfinished")
            else:
                # A request of which the answer is under way has not failed.
                self._decide(Confirmed(()))
        if self._session.may_replay:
            # Nothing is held yet, and the gateway says nothing before it is asked for something.
            self._heard_at = self._seconds()
        if self._is_open and not self._unnumbered.keys().isdisjoint(self._channels.symbols):
            # Its rows come as another's now, or as nobody's.
            self._resume.doubt(min(self._unnumbered.values()))
            self._drop("number_lost")
        super().check()

    def tell(self, event: StreamEvent) -> None:
        """Take what others found; a symbol is renewed as a whole."""
        if isinstance(event, RenewChannels):
            symbols = dict.fromkeys(each.symbol for each in event.channels)
            event = RenewChannels(tuple(Channel(kind, each) for each in symbols for kind in KINDS))
        super().tell(event)

    def reconnect(self, reason: str) -> None:
        """End this connection and begin another at once, from where the doubt began."""
        self._doubt()
        super().reconnect(reason)

    def resume_reading(self) -> None:
        """Read on after `on_frame` said to stop."""
        self._is_paused = False
        self._may_read.set()

    @property
    def frames_head(self) -> bytes:
        """What a file of this connection's records begins with: the header that came first."""
        return self._session.head

    def decoder(self, sink: MarketSink) -> DatabentoDecoder:
        """Return what takes this stream's messages apart, and the gateway's own words out of them.

        It knows how far this stream has come: a stream has one.
        """
        self._decoder = DatabentoDecoder(sink, self._dataset, self._take_word)
        return self._decoder

    # The connection.

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(self._times.connect):
                reader, self._writer = await asyncio.open_connection(self._host, self._port)
        except OSError:
            self._note_unreachable("no_connection")
            return
        is_packed = wanted(self._compression, len(self._channels.symbols)) == "zstd"
        self.counts["sessions_packed"] += is_packed
        self._session = Session(
            self._key, self._dataset, unpacker=Unpacker() if is_packed else None
        )
        self._numbers.clear()
        self._unnumbered.clear()
        self._replay_by = None
        self._may_read.set()
        self._note_opened()
        try:
            with suppress(OSError):
                await self._read(reader)
        finally:
            self._writer.close()
            self._writer = None
            self._replay_by = None
            self._doubt()
            self._note_closed()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while chunk := await reader.read(READ_BYTES):
            self._heard_at = self._seconds()
            try:
                for output in self._session.receive(chunk):
                    self._take(output)
            except DataSourceError as error:
                _logger.warning("order_flow.stream_undecodable", extra={"problem": str(error)})
                self._drop(error.code)
                return
            await self._may_read.wait()

    def _take(self, output: Output) -> None:
        match output:
            case Send(line):
                self._write(line)
                self._await_answer()
            case LetIn():
                self._note_let_in()
            case Records(payload):
                if self._replay_by is not None and payload[1] not in SERVICE:
                    (at_ns,) = STAMP.unpack_from(payload, MARKET_TIME_AT)
                    self._replayed_ns = max(self._replayed_ns, at_ns)
                if not self._observer.on_frame(payload, self.link) and not self._is_paused:
                    self.counts["reading_paused"] += 1
                    self._is_paused = True
                    self._may_read.clear()
            case _:
                self._turn_away(output.reason, output.said)

    def _close(self) -> None:
        self._may_read.set()
        if self._writer is not None:
            self._writer.transport.abort()

    def _ping(self) -> None:
        """Ask nothing: the protocol has no question of that kind, and the gateway speaks first."""

    def _write(self, line: bytes) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(line)

    # Symbols.

    def _subscribe(self, channels: tuple[Channel, ...]) -> None:
        if channels[0].kind != TRADES:
            self._answer_for_prints(channels)
            return
        # What this session brings already is not asked for twice: all of it would come twice.
        mapped = set(self._numbers.values())
        known = [each.symbol for each in channels if each.symbol in mapped]
        raw = [
            raw_symbol(each.symbol, self._dataset) for each in channels if each.symbol not in mapped
        ]
        now_ns = ns_from_utc(self._clock())
        start_ns = self._resume.start_ns(now_ns)
        is_first = self._session.may_replay
        for schema in (BOOKS, HALTS) if self._asks_for_halts else (BOOKS,):
            for output in self._session.subscribe(schema, raw, start_ns):
                self._write(output.line)
        if is_first:
            self._write(self._session.start().line)
            if start_ns is not None:
                self._replay_by = self._seconds() + REPLAY_SECONDS
                self._replayed_ns = start_ns
                self._behind_ns = now_ns - start_ns
                self.counts["replays"] += 1
            elif self._resume.hole_ns is not None:
                self._give_up_replay()
        self._confirm(known)

    def _answer_for_prints(self, channels: tuple[Channel, ...]) -> None:
        """Answer for quotes and halts, which come with the prints."""
        come = tuple(each for each in channels if self._has_prints(each.symbol))
        self._decide(Confirmed(come))
        missing = tuple(each for each in channels if not self._has_prints(each.symbol))
        if missing:
            self._decide(Failed(missing))

    def _has_prints(self, symbol: str) -> bool:
        return self._channels.state_of(Channel(TRADES, symbol)) == CONFIRMED

    def _unsubscribe(self, channels: tuple[Channel, ...]) -> None:
        """Leave them: the protocol has no word for it."""

    def _comes_nearer(self) -> bool:
        """Return whether the replay has come nearer to the present; then it gets as long again."""
        behind_ns = ns_from_utc(self._clock()) - self._replayed_ns
        if behind_ns < _NEARER_NS or self._behind_ns - behind_ns < _NEARER_NS:
            return False
        self._behind_ns = behind_ns
        self._replay_by = self._seconds() + REPLAY_SECONDS
        return True

    def _confirm(self, symbols: Iterable[str]) -> None:
        """Take that symbols come, unless what they missed is still being replayed."""
        found = tuple(symbols)
        if found and self._replay_by is None:
            self._decide(Confirmed(channels_of(TRADES, found)))

    # What the gateway says among the records.

    def _take_word(self, word: Word, link: int) -> None:
        """Take a word in its place among the data; that of an earlier session is passed over."""
        if link != self.link or not self._is_open:
            return
        match word:
            case Mapped(number, raw):
                self._take_number(number, ticker(raw, self._dataset))
            case Said(code, text):
                self._take_said(code, text)
            case Failure(code, text):
                self._take_failure(code, text)
            case _:
                # What comes after it is decoded still, and must not hide where the hole begins.
                self._doubt()
                self._drop(word.code)

    def _take_number(self, number: int, symbol: str) -> None:
        """Take what a number means; what it meant before may be left without one."""
        before = self._numbers.get(number)
        self._numbers[number] = symbol
        self._unnumbered.pop(symbol, None)
        if before is not None and before not in self._numbers.values():
            self._unnumbered[before] = 0 if self._decoder is None else self._decoder.newest_ns
        self._confirm((symbol,))

    def _take_said(self, code: int, text: str) -> None:
        if code == REPLAYED and HALTS not in text:
            self._replay_by = None
            self._resume.caught_up()
            self._confirm(sorted(set(self._numbers.values())))
        elif code == SLOW_READER:
            self.counts["slow_reader_warning"] += 1

    def _take_failure(self, code: int, text: str) -> None:
        self._said = text
        self.counts[f"gateway_error_{code}"] += 1
        _logger.warning(
            "order_flow.gateway_error", extra={"error_code": code, "provider_says": told(text, 100)}
        )
        if code in (KEY_REFUSED, KEY_DEACTIVATED):
            self._turn_away("key", text)
        elif code == CONNECTION_LIMIT:
            self._turn_away("connections", text)
        elif code == BAD_SUBSCRIPTION and BOOKS in text:
            self._end_for_good(no_depth(self._dataset, text))
        elif code == BAD_SUBSCRIPTION and HALTS in text and self._asks_for_halts:
            self._asks_for_halts = False
            self.reconnect("no_halt_data")
        elif code in (NO_SYMBOL, BAD_SUBSCRIPTION):
            self._refuse_named(text)
        elif code == RECORDS_SKIPPED:
            # What came before is known; where the hole ends nobody says. The next session fills it.
            self.reconnect("records_skipped")
        elif code == REPLAY_AGED_OUT:
            self._give_up_replay()
            self.reconnect("replay_aged_out")
        else:
            self._drop("gateway_error")

    def _refuse_named(self, text: str) -> None:
        """Take a refusal of symbols; each schema says the same of one that it does not know."""
        named = self._named_in(text)
        if not named or any(self._channels.state_of(each) != REFUSED for each in named):
            self._decide(Failed(named, names_plan(text)))

    def _named_in(self, text: str) -> tuple[Channel, ...]:
        """Return the channels whose symbols stand in a text, as the dataset spells them."""
        named = symbols_in(text, self._channels.symbols, self._dataset)
        return channels_of(TRADES, named)

    def _turn_away(self, reason: str, said: str) -> None:
        self._said = said
        if reason == "connections":
            self._note_turned_away(Evicted(), "connection_limit")
        else:
            self._note_turned_away(KeyRefused(reason == "plan"), "key_refused")

    def _refusal(self, reason: str) -> DataSourceError:
        return refusal(reason, self._said, self._dataset)

    def _give_up_replay(self) -> None:
        self.counts["replays_given_up"] += 1
        self._resume.give_up(self._decoder.newest_ns if self._decoder is not None else 0)

    def _doubt(self) -> None:
        """Take that something may be missing since the newest event that was decoded."""
        if self._decoder is not None:
            self._resume.doubt(self._decoder.newest_ns)
