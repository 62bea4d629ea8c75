"""Books of a capture, out of the messages that were kept beside it: see `capture.frame_files`.

They are taken apart by the decoder that took them apart live. Whichever book the capture names was
in one of the messages that had arrived by then, so that no more of them are read than that.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from trading_bot.order_flow.capture.frame_files import (
    FRAMES_SCHEMA,
    Arrival,
    PartBegun,
    parts_of,
)
from trading_bot.order_flow.capture.lines import BookAt, BookLine
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Print, Withdrawal
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.outside.door import decode, decode_or_none
from trading_bot.order_flow.outside.source import LINE
from trading_bot.order_flow.providers.provider import KeepsFrames
from trading_bot.order_flow.providers.registry import make_provider
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.recorded.packed import lines_saved

MOST_BOOKS: Final = 50_000
"""Books that may wait until they are named: more than wait behind a gap of a live run."""
CUT_OFF: Final = "frame_files_cut_off"
_part_begun = msgspec.json.Decoder(PartBegun)
_arrival = msgspec.json.Decoder(Arrival)

_Key = tuple[str, int, int]


class _Message(NamedTuple):
    number: int
    payload: bytes
    at_ns: int
    part: int


class KeptBooks:
    """Finds the books of one run.

    Args:
        folder: The folder of kept messages.
        run: Which run's.
        config: The settings that it was captured with; they name the provider.
        notes: Gains how many of its files are cut off.

    Raises:
        ValueError: The provider is not here, or keeps no messages.
    """

    def __init__(
        self, folder: Path, run: str, config: OrderFlowConfig, notes: Counter[str]
    ) -> None:
        provider = make_provider(config, clock=utc_now, secrets=Secrets({}, env_file=None))
        if not isinstance(provider, KeepsFrames):
            raise ValueError(
                f"{folder}: data_source={config.data_source!r} keeps no messages that books could "
                "be read from"
            )
        self._provider = provider
        self._notes = notes
        self._books: dict[_Key, deque[BookEvent]] = {}
        self._decoder = provider.frame_decoder(_Shelf(self._books))
        self._messages = _messages(folder, run, provider, notes)
        self._next = next(self._messages, None)

    def find(self, at: BookAt) -> BookLine | None:
        """Return a book as the judge was given it; None where its message was not kept."""
        key = (at.symbol, at.sip_ns, at.sequence)
        while key not in self._books:
            message = self._next
            if message is None or message.number > at.frame:
                return None
            self._decoder.decode(message.payload, message.at_ns, message.part)
            self._next = next(self._messages, None)
        waiting = self._books[key]
        book = waiting.popleft()
        if not waiting:
            del self._books[key]
        return BookLine(
            book.symbol,
            book.sip_ns,
            book.bids,
            book.asks,
            book.participant_ns,
            book.sequence,
            at.received_ns,
        )


class _Shelf(MarketSink):
    """Keeps books until they are named, the newest of them; all else is in the capture."""

    __slots__ = ("_books",)

    def __init__(self, books: dict[_Key, deque[BookEvent]]) -> None:
        self._books = books

    def book(self, event: BookEvent) -> None:
        key = (event.symbol, event.sip_ns, event.sequence)
        self._books.setdefault(key, deque()).append(event)
        if len(self._books) > MOST_BOOKS:
            del self._books[next(iter(self._books))]

    def trade(self, event: Print) -> None:
        """Leave it: it is in the capture."""

    def quote(
        self,
        symbol: str,
        sip_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,
        sequence: int = 0,
        received_ns: int | None = None,
    ) -> None:
        """Leave it: it is in the capture."""

    def withdraw(self, event: Withdrawal) -> None:
        """Leave it: it is in the capture."""

    def halt(self, event: HaltEvent) -> None:
        """Leave it: it is in the capture."""


def _messages(
    folder: Path, run: str, provider: KeepsFrames, notes: Counter[str]
) -> Iterator[_Message]:
    """Yield the messages of a run, each part as far as both of its files go."""
    for part, path in enumerate(parts_of(folder, run), 1):
        try:
            yield from _of_part(path, part, provider)
        except (EOFError, FileNotFoundError):
            notes[CUT_OFF] += 1


def _of_part(path: Path, part: int, provider: KeepsFrames) -> Iterator[_Message]:
    """Yield the messages of one part.

    Raises:
        EOFError: One of its files is cut off or damaged.
    """
    with path.open("rb") as packed:
        lines = lines_saved(packed)
        begun = _begun(path, next(lines, b""))
        with (path.parent / begun.frames).open("rb") as raw:
            pieces = provider.unpacked_frames(raw)
            held, place = b"", 0
            for line in lines:
                arrival = decode_or_none(line, _arrival)
                if arrival is None:
                    raise EOFError("a line of it is damaged")
                end = place + arrival.bytes
                while len(held) < end:
                    piece = next(pieces, None)
                    if piece is None:
                        raise EOFError("messages are missing")
                    held, place, end = held[place:] + piece, 0, arrival.bytes
                yield _Message(arrival.frame, held[place:end], arrival.at_ns, part)
                place = end


def _begun(path: Path, line: bytes) -> PartBegun:
    """Read the first line of a part.

    Raises:
        EOFError: It is none.
        ValueError: It is of a newer version.
    """
    try:
        begun = decode(line, "its first line", LINE, _part_begun)
    except DataSourceError as error:
        raise EOFError("its beginning is damaged") from error
    if begun.schema > FRAMES_SCHEMA:
        raise ValueError(f"{path} was kept by a newer version (format {begun.schema}); update")
    return begun
