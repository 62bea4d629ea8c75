"""A Tidewater server on the loopback address: it plays what a test makes happen, and goes wrong."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Final

from support.loopback import byte_server

from .book import IncrementalBook
from .session import prove
from .wire import (
    BEAT,
    Control,
    LevelChange,
    MarketRecord,
    WholeBook,
    decode,
    encode,
)

USER: Final = "ebb-and-flow@quay.example"
TOKEN: Final = "tw_0f1e2d3c4b5a69788796"
_CHALLENGE: Final = "c0ffee-{}"


class Link:
    """One connection as the server sees it.

    Attributes:
        symbols: What it has subscribed.
        heard: Everything that the client has said.
    """

    def __init__(self, server: TidewaterServer, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._writer = writer
        self._challenge = _CHALLENGE.format(len(server.links))
        self._is_in = False
        self.symbols: set[str] = set()
        self.heard: list[bytes] = []

    @property
    def is_open(self) -> bool:
        return not self._writer.is_closing()

    def greet(self) -> None:
        self.say(Control("HELLO", (self._challenge,)))

    def say(self, *records: MarketRecord | Control) -> None:
        self.write(b"".join(map(encode, records)))

    def write(self, payload: bytes) -> None:
        if self.is_open:
            self._writer.write(payload)

    def end(self) -> None:
        """Close it; what was written before is on its way still."""
        self._writer.close()

    def take(self, line: bytes) -> None:
        """Answer one line of the client."""
        self.heard.append(line)
        match decode(line.rstrip(b"\n")):
            case Control("LOGIN", (user, proof)):
                expected = prove(TOKEN, self._challenge)
                self._is_in = user == USER and hmac.compare_digest(proof, expected)
                if self._server.denials:
                    self._server.denials -= 1
                    self._is_in = False
                # The words of a refusal echo what they were told, as some servers' do.
                self.say(Control("WELCOME") if self._is_in else Control("DENIED", (user, proof)))
            case Control("BEAT"):
                if self._server.answers_beats:
                    self.write(BEAT)
            case Control(word, (symbol, *more)) if self._is_in:
                self._serve(word, symbol, more)

    def _serve(self, word: str, symbol: str, more: list[str]) -> None:
        server = self._server
        if word != "UNSUB" and symbol in server.unknown:
            self.say(Control("REFUSED", (symbol, "no such listing")))
            if word != "SUB":
                self.say(Control("DONE", (symbol,)))
            return
        if word == "SUB":
            self.symbols.add(symbol)
            self.say(Control("SUBSCRIBED", (symbol,)), *server.book_of(symbol))
        elif word == "UNSUB":
            self.symbols.discard(symbol)
        elif word == "BOOK" and self.symbols:
            self.say(*server.book_of(symbol))
        elif word == "BOOK":
            self.say(*server.book_of(symbol), Control("DONE", (symbol,)))
        elif word == "REPLAY":
            start_ns = int(more[0])
            server.replays.append((symbol, start_ns))
            past = [each for each in server.tape if each.symbol == symbol]
            later = [each for each in past if each.at_ns >= start_ns]
            before = server.book_of(symbol, before_ns=start_ns)
            self.say(*before, *later, Control("DONE", (symbol,)))


class TidewaterServer:
    """What has happened, and who is told.

    Attributes:
        tape: Everything that has happened, in its order; replays and books come from it.
        links: The connections so far, those of replays among them.
        replays: What was replayed: symbol, and from which stamp.
        unknown: Symbols that are refused.
        denials: How many more logins are denied, whatever they prove.
        answers_beats: Give the signs of life that are asked for.
        cut_after: Cut a stream after so many more records, and tell nobody of the rest; None never.
    """

    def __init__(self) -> None:
        self.tape: list[MarketRecord] = []
        self.links: list[Link] = []
        self.replays: list[tuple[str, int]] = []
        self.unknown: set[str] = set()
        self.denials = 0
        self.answers_beats = True
        self.cut_after: int | None = None
        self.port = 0
        self._happened = asyncio.Event()

    @property
    def url(self) -> str:
        """The address as a setting names it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def streams(self) -> list[Link]:
        """The connections that are open and have subscribed."""
        return [each for each in self.links if each.is_open and each.symbols]

    def happen(self, *records: MarketRecord) -> None:
        """Let something happen, and tell whoever has subscribed it."""
        self.miss(*records)
        for record in records:
            for link in self.streams:
                if record.symbol in link.symbols:
                    link.say(record)
            if self.cut_after is not None:
                self.cut_after -= 1
                if not self.cut_after:
                    self.cut_after = None
                    self.cut()

    def miss(self, *records: MarketRecord) -> None:
        """Let something happen that no stream is told."""
        self.tape += records

    def cut(self) -> None:
        """Cut the streams."""
        for link in self.streams:
            link.end()

    def book_of(self, symbol: str, *, before_ns: int | None = None) -> list[WholeBook]:
        """Return a symbol's book now, or before a stamp; nothing where there is none."""
        book = IncrementalBook(symbol)
        for record in self.tape:
            if record.symbol != symbol or (before_ns is not None and record.at_ns >= before_ns):
                continue
            if isinstance(record, WholeBook):
                book.restart(record)
            elif isinstance(record, LevelChange):
                book.change(record)
        whole = book.whole()
        return [] if whole is None else [whole]

    async def until(self, holds: Callable[[], object], seconds: float = 5.0) -> None:
        """Wait until something holds; fails after some seconds."""
        async with asyncio.timeout(seconds):
            while not holds():
                # Woken by what clients say; what happens elsewhere is looked for now and then.
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.002):
                        await self._happened.wait()
                self._happened.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(self, writer)
        self.links.append(link)
        link.greet()
        with suppress(OSError):
            while line := await reader.readline():
                link.take(line)
                self._happened.set()
        writer.close()


@asynccontextmanager
async def tidewater_server(tape: Iterable[MarketRecord] = ()) -> AsyncIterator[TidewaterServer]:
    """Serve on a free port of the loopback address."""
    found = TidewaterServer()
    found.tape += tape
    async with byte_server(found._serve) as found.port:
        yield found
