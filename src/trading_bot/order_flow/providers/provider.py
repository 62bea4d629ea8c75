"""What a provider is: what it can do, and three small protocols.

A provider is a folder beside this file. It knows one vendor's words, units and errors, and brings
events in our terms: a stream writes to a `MarketSink`, a history answers with `TradeEvent` and
`EventBesideTrades`. Which one is used is the setting `data_source`; see `registry`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Final, Literal, NamedTuple, Protocol, runtime_checkable

from ..data_models import OrderBookSnapshot, TimeAndSalesRecord
from ..errors import OrderFlowError
from ..market.events import EventBesideTrades, TradeEvent
from ..market.facts import Listing, MarketHoliday, MarketState, MinuteBar, NewsItem, Quote
from ..market.feeds import DepthSight
from ..market.newest import NewestKnown
from ..market.sink import MarketSink
from .supervision.stream_events import StreamEvent

EVERYTHING: Final = "*"
"""The symbol that stands for all of them, where a provider can stream them all."""
GapFilling = Literal["history", "replay", "none"]
"""How a gap is filled: by asking for a span, by replaying a stream from a stamp on, or not."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do; nobody asks it for more.

    Attributes:
        depth_levels: Price levels a side of its books; 1 is the best bid and ask only.
        states_side: Its prints say who was the aggressor.
        exchange_time: Its stamps are the exchange's; else they are those of receipt.
        participant_time: Its live prints and quotes both carry the exchange's own stamp beside
            that of the tape, so that they meet by that.
        step_ns: Step of its live stamps in nanoseconds; 1,000,000 where they are milliseconds.
        sequenced: Its events carry ordering numbers within a symbol.
        corrections: It tells of prints that are cancelled or corrected later.
        corrects_history: Its history shows such prints as cancelled, its stream does not tell.
        halts: It tells of halts.
        wildcard: It can stream every symbol.
        fills_gaps: How a gap in the stream is filled.
        minute_bars: Its history has bars of a minute: it is a `MinuteBars`.
        books_in_history: Its history brings every book, so that a snapshot shows nothing beside it.
        streams_only: Its history cannot be asked every second: nothing takes its stream's place.
        stream_refills: What its stream missed, its next connection brings first, and the first one
            brings the minutes before the watch: its history is a witness, and nothing waits for it.
        compares_every_seconds: A question to its history costs so much that nothing is compared
            more often, and all that is asked is asked together: it is an `AnswersTogether`. 0 where
            each question is one request.
        quotes_known_by_price: Its history's quotes are not all of the stream's, so that they cannot
            be known again by their stamps: what stood at a moment is compared.
        dataset: Which of its data it brings, for names of files.
        venue: The one venue whose books and prints it brings, by its market identifier code; empty
            for the whole market.
        exchanges: Its exchange ids of prints, by market identifier code; empty where its prints
            name no venue.
    """

    depth_levels: int = 1
    states_side: bool = False
    exchange_time: bool = True
    participant_time: bool = False
    step_ns: int = 1
    sequenced: bool = True
    corrections: bool = False
    corrects_history: bool = False
    halts: bool = False
    wildcard: bool = False
    fills_gaps: GapFilling = "none"
    minute_bars: bool = False
    books_in_history: bool = False
    streams_only: bool = False
    stream_refills: bool = False
    compares_every_seconds: int = 0
    quotes_known_by_price: bool = False
    dataset: str = "stocks"
    venue: str = ""
    exchanges: Mapping[str, int] = field(default_factory=dict)


class FetchedTape(NamedTuple):
    """What a history answers for the prints and for what else happened, each for itself.

    Attributes:
        trades: The prints, oldest first.
        beside: What else happened, oldest first.
        refused_trades: Rows of prints that cannot be read; those below one share do not count.
        refused_beside: Rows of what else happened that cannot be read.
        has_all_trades: False where a page of prints is missing, or as many came as were asked for.
        has_all_beside: The same of what else happened.
        beside_error: Why nothing else came beside the prints; None where it was answered.
    """

    trades: Sequence[TradeEvent]
    beside: Sequence[EventBesideTrades]
    refused_trades: int = 0
    refused_beside: int = 0
    has_all_trades: bool = True
    has_all_beside: bool = True
    beside_error: OrderFlowError | None = None


class History(Protocol):
    """What happened and what stands, asked for; questions may come from several threads.

    Attributes:
        counters: What was refused or left out, by reason.
    """

    counters: Counter[str]

    def get_snapshots(
        self, symbols: tuple[str, ...]
    ) -> Mapping[str, OrderBookSnapshot | OrderFlowError]:
        """Return the book of each symbol, or why there is none."""
        ...

    def fetch_tape(
        self, symbol: str, trades_from_ns: int, quotes_from_ns: int | None
    ) -> FetchedTape:
        """Return the prints, and what else happened, from two stamps on, each oldest first.

        That is quotes or books, and withdrawals and halts where the provider knows of them later.
        A print that was withdrawn since is among the prints, marked or followed by its withdrawal.

        Args:
            symbol: Ticker.
            trades_from_ns: First stamp of prints wished, Unix nanoseconds.
            quotes_from_ns: First stamp of what else happened; None asks for prints only.

        Raises:
            DataSourceError: No usable answer to the question for prints; `code` says why.
        """
        ...

    def fetch_newest(self, symbols: tuple[str, ...], asked_ns: int) -> Mapping[str, NewestKnown]:
        """Return the newest print and quote of each symbol, in one question for all of them.

        Args:
            symbols: Tickers; one that the provider does not name is left out of the answer.
            asked_ns: The present, which the answer carries.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        ...

    def get_level2_snapshot(self, symbol: str) -> OrderBookSnapshot:
        """Return the book of one symbol."""
        ...

    def get_time_and_sales(
        self, symbol: str, start_time: datetime, end_time: datetime
    ) -> list[TimeAndSalesRecord]:
        """Return the prints of a time span, oldest first."""
        ...

    def connectivity(self) -> str:
        """Return `ok`, `untried`, or the code of the last error."""
        ...


@runtime_checkable
class MinuteBars(Protocol):
    """A history that has bars of a minute, as `Capabilities.minute_bars` says."""

    def get_minutes(self, symbol: str, from_ns: int, to_ns: int) -> Sequence[MinuteBar]:
        """Return the bars of a span by one question; a minute without a trade has none.

        Args:
            symbol: Ticker.
            from_ns: When the first begins, Unix nanoseconds.
            to_ns: The last moment.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        ...


class TapeWish(NamedTuple):
    """What is wished of one symbol's tape; see `History.fetch_tape`."""

    symbol: str
    trades_from_ns: int
    quotes_from_ns: int | None


class AnsweredTogether(NamedTuple):
    """What one question for many symbols brought.

    Attributes:
        tapes: To each wish, in their order, its tape, or why there is none.
        newest: The newest print and quote of each symbol that was named.
    """

    tapes: Sequence[FetchedTape | OrderFlowError]
    newest: Mapping[str, NewestKnown]


@runtime_checkable
class AnswersTogether(Protocol):
    """A history that is asked by one question for all, as `compares_every_seconds` says."""

    def fetch_together(
        self, wishes: Sequence[TapeWish], newest_of: tuple[str, ...], asked_ns: int
    ) -> AnsweredTogether:
        """Return tapes, and the newest events of some symbols.

        Args:
            wishes: The tapes.
            newest_of: Tickers; one that the provider does not name is left out of the answer.
            asked_ns: The present, which the answer carries.

        Raises:
            DataSourceError: No usable answer to anything; `code` says why.
        """
        ...


class Reference(Protocol):
    """What is asked now and then, beside the tape."""

    def get_market_state(self) -> tuple[MarketState, datetime]:
        """Return whether the market trades, and the provider's time in UTC."""
        ...

    def get_market_holidays(self) -> list[MarketHoliday]:
        """Return the closures and early closes ahead, oldest first."""
        ...

    def get_trade_conditions(self) -> list[Mapping[str, object]]:
        """Return the provider's own table of trade conditions, for `TradeConditions`."""
        ...

    def get_news(self, symbol: str, since: datetime, limit: int) -> list[NewsItem]:
        """Return headlines that name a symbol, newest first."""
        ...

    def get_last_quote(self, symbol: str) -> Quote:
        """Return one symbol's last best bid and ask."""
        ...


@runtime_checkable
class Listings(Protocol):
    """A reference that has the provider's books of symbols."""

    def get_listing(self, symbol: str) -> Listing | None:
        """Return a symbol as it stands there, also one that trades no more; None for no such.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        ...


class Entry(NamedTuple):
    """How a provider let somebody in who then left.

    Attributes:
        unknown: Symbols that it does not have, each with its words.
        unanswered: Symbols of which it said nothing in time.
    """

    unknown: Mapping[str, str]
    unanswered: tuple[str, ...] = ()


@runtime_checkable
class Entrance(Protocol):
    """A provider whose stream says at once, also while the market is closed, whom it lets in."""

    def enter(self, symbols: tuple[str, ...]) -> Entry:
        """Open a session of some symbols, and close it.

        Raises:
            DataSourceError: It lets nobody in; `code` says why, and `retryable` whether that may
                change by itself.
        """
        ...

    def describe_dataset(self) -> str:
        """Return in words what the dataset has that is to be watched.

        Raises:
            DataSourceError: It lacks what is needed, or nobody is there to be asked (`not_asked`).
        """
        ...


@runtime_checkable
class TwoFeeds(Protocol):
    """A provider whose levels come from another one.

    Attributes:
        depth_feed: That other one.
    """

    depth_feed: Provider


class StreamObserver(Protocol):
    """Whoever takes what a stream brings; called on its event loop.

    Messages wait in a queue, and so does the end of a connection. What a message says of symbols is
    therefore told when the decoder comes to it, not when it arrives: else a subscription would be
    told of before the cut that it mends.
    """

    def on_frame(self, payload: bytes, link: int) -> bool:
        """Take one message, whole records only; return False when reading has to stop."""
        ...

    def on_cut(self, link: int) -> None:
        """Take the end of a connection, after its last message."""
        ...

    def on_subscribed(self, symbols: list[str]) -> None:
        """Take the symbols whose prints and quotes come from now on."""
        ...

    def on_stream_event(self, event: StreamEvent) -> None:
        """Take what happened to the connection: let in, channels or key refused, evicted."""
        ...

    def on_said(self, reason: str, sentence: str) -> None:
        """Take a sentence for the person at the screen, and its word for records."""
        ...


class StreamDecoder(Protocol):
    """Takes messages apart and gives their events to a sink, in order.

    Attributes:
        refused: What could not be used, by reason.
        lost: Symbols of what could not be read since it was last emptied; an empty text stands for
            every symbol.
        refused_rows: How many rows of a kind (`trades`, `quotes`) and symbol could not be used
            since it was last emptied: each is an event that is missing.
    """

    refused: Counter[str]
    lost: set[str]
    refused_rows: Counter[tuple[str, str]]

    def decode(self, payload: bytes, received_ns: int, link: int) -> None:
        """Give the events of one message to the sink.

        Args:
            payload: The message.
            received_ns: When it arrived, Unix nanoseconds.
            link: Number of the connection that it came by.
        """
        ...

    def decode_conflated(self, payloads: Sequence[bytes], received_ns: int, link: int) -> int:
        """Do the same with many, keeping only the newest quote of each symbol, and every trade.

        Returns:
            How many quotes were left out.
        """
        ...

    def pieces(self, payload: bytes) -> Iterator[bytes]:
        """Take a large message apart into messages that are quick to decode, in its order.

        It is asked of messages of hundreds of thousands of bytes, and between two pieces others get
        their turn. A provider whose messages are all small gives the message itself.
        """
        ...

    def symbols_of(self, payload: bytes, *, is_part: bool = False) -> set[str] | None:
        """Return whose events a message holds, without decoding it; it may name more.

        Args:
            payload: The message.
            is_part: True for a part of one, which may begin and end anywhere.

        Returns:
            The symbols; None where that cannot be told, or where there is more in it than events of
            symbols. A provider whose messages are all small may always say None.
        """
        ...


class StreamSession(Protocol):
    """A supervised connection; made and used on one event loop.

    Attributes:
        problem: Why nothing comes now, in one word; None while all is subscribed.
        counts: What happened to the connection, by kind; `reading_paused` among them.
    """

    @property
    def problem(self) -> str | None:
        """Why nothing comes now; see above."""
        ...

    @property
    def counts(self) -> Counter[str]:
        """What happened to the connection; see above."""
        ...

    async def run(self) -> None:
        """Keep connected until cancelled.

        Raises:
            DataSourceError: Trying again does not help; `code` says why.
        """
        ...

    def follow(self, symbols: Iterable[str]) -> None:
        """Subscribe exactly these symbols from now on; `*` stands for all."""
        ...

    def check(self) -> None:
        """Look after the connection; to be called about once a second."""
        ...

    def resume_reading(self) -> None:
        """Read on after `on_frame` said to stop."""
        ...

    def tell(self, event: StreamEvent) -> None:
        """Take what others found that concerns the connection: channels to renew, REST's word."""
        ...

    def reconnect(self, reason: str) -> None:
        """End this connection and begin another at once."""
        ...

    def decoder(self, sink: MarketSink) -> StreamDecoder:
        """Return what takes this stream's messages apart."""
        ...


class BesideMessage(bytes):
    """A message of a session's second feed: it says nothing of the first one's silences.

    Attributes:
        link: Number of the second feed's connection that it came by.
    """

    link: int


@runtime_checkable
class DepthBeside(Protocol):
    """A session whose depth is a second feed's; it loses that without losing the first."""

    def look_at_depth(self, symbols: Sequence[str], now_ns: int) -> Mapping[str, DepthSight]:
        """Say of each symbol whether its depth is seen; to be called about once a second.

        Args:
            symbols: Tickers.
            now_ns: The present, Unix nanoseconds.
        """
        ...


class FramePacker(Protocol):
    """Packs a connection's messages for a file; what is packed and flushed can be unpacked.

    Each raises `DataSourceError` where they cannot be packed.
    """

    def pack(self, data: bytes) -> bytes:
        """Take what a file begins with, or a message; return what is to be written by now."""
        ...

    def flush(self) -> bytes:
        """Return what is to be written of all that was taken."""
        ...

    def finish(self) -> bytes:
        """Return the end of the file."""
        ...


@runtime_checkable
class HeadedStream(Protocol):
    """A stream of a provider that `KeepsFrames`.

    Attributes:
        frames_head: What a file of the present connection's messages begins with.
    """

    frames_head: bytes


@runtime_checkable
class KeepsFrames(Protocol):
    """A provider whose stream's messages can be kept as they came, and taken apart later.

    Books come out of them again, so that a capture need not hold those; see `capture.frames`. Its
    streams are `HeadedStream`s.

    Attributes:
        frames_end: How the names of such files end.
    """

    frames_end: str

    def frame_packer(self) -> FramePacker:
        """Return what packs the messages of one connection."""
        ...

    def unpacked_frames(self, raw: BinaryIO) -> Iterator[bytes]:
        """Yield the messages of such a file one after another, in pieces of any size.

        What the file begins with is left out; a file without an end is read as far as it goes.

        Raises:
            EOFError: It is seen to be cut off or damaged; all before was given.
        """
        ...

    def frame_decoder(self, sink: MarketSink) -> StreamDecoder:
        """Return what takes kept messages apart, as the stream's own decoder did."""
        ...


class Provider(Protocol):
    """One provider, ready to be asked.

    Attributes:
        name: As `data_source` names it.
        host: Where it is asked, for a person to read.
        capabilities: What it can do.
        history: What happened.
        reference: What is asked now and then; `NoReference` where it has nothing of the kind.
    """

    name: str
    host: str
    capabilities: Capabilities
    history: History
    reference: Reference

    def open_stream(
        self, observer: StreamObserver, *, patience_seconds: float | None
    ) -> StreamSession:
        """Return a stream; on the event loop that will run it.

        Args:
            observer: Takes what it brings.
            patience_seconds: Gives up when nothing could be subscribed for so long from the
                beginning; None tries on.
        """
        ...

    def close(self) -> None:
        """Let go of the connections that it keeps; a later question opens them again."""
        ...
