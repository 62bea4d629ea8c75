"""Knocks at the gateway: connects, proves the key, asks for symbols' books, and hangs up.

It shows before a watch, also while the market is closed, whether key, plan, dataset and symbols
will do: the gateway says so at once, by a mapping or an error for each symbol. For that moment it
is one of the sessions that an account may have.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from ....clock import monotonic_seconds
from ....diagnostics import hide
from ....errors import DataSourceError
from ...connecting import connect
from ..errors import (
    connection_limit,
    gateway_failed,
    missing_key,
    names_dataset,
    names_plan,
    no_depth,
    refusal,
    unknown_dataset,
    unreachable,
)
from ..layout import MARKET_TIME_AT, SERVICE, WORD_BYTES
from ..service import (
    BAD_SUBSCRIPTION,
    CONNECTION_LIMIT,
    KEY_DEACTIVATED,
    KEY_REFUSED,
    NO_SYMBOL,
    Failure,
    Mapped,
    read_service,
)
from ..session import LetIn, Output, Records, Send, Session, TurnedAway
from ..symbology import raw_symbol, symbols_in, ticker

BOOKS: Final = "mbp-10"
SECONDS: Final = 8.0
"""How long all of it may take."""
_READ_BYTES: Final = 65_536


@dataclass(slots=True)
class Knocked:
    """What the gateway has said.

    Attributes:
        known: Symbols that it has.
        unknown: Symbols that it does not have, each with its words.
        time_ns: Its time, Unix nanoseconds; None where it said none.
    """

    known: set[str] = field(default_factory=set)
    unknown: dict[str, str] = field(default_factory=dict)
    time_ns: int | None = None


def knock(
    address: tuple[str, int],
    dataset: str,
    key: str,
    symbols: tuple[str, ...],
    *,
    seconds: float = SECONDS,
    monotonic: Callable[[], float] = monotonic_seconds,
) -> Knocked:
    """Ask the gateway for the books of some symbols, and hang up.

    Args:
        address: Host and port.
        dataset: Which data.
        key: The provider's key.
        symbols: Tickers; without any it is only seen whether the key is let in.
        seconds: How long all of it may take; symbols of which nothing is said by then are in
            neither set.
        monotonic: Seconds that never run backwards.

    Raises:
        DataSourceError: `missing_key`, `wrong_key`, `plan_without_stream`, `unknown_dataset`,
            `no_depth`: trying again does not help; or `retryable`.
    """
    if not key:
        raise missing_key()
    hide(key)
    until = monotonic() + seconds
    where = "{}:{}".format(*address)
    try:
        opened = connect(*address, seconds)
    except OSError as error:
        raise unreachable(where) from error
    visit = _Visit(dataset, key, symbols)
    with closing(opened):
        try:
            for chunk in _chunks(opened, until, monotonic):
                for line in visit.receive(chunk):
                    opened.sendall(line)
                if visit.is_over:
                    break
        except OSError as error:
            raise unreachable(where) from error
    if not visit.is_let_in:
        raise gateway_failed(f"{where} says nothing of the key")
    return visit.found


def _chunks(opened: socket.socket, until: float, monotonic: Callable[[], float]) -> Iterator[bytes]:
    """Give what comes until the gateway hangs up or the time is over."""
    while (left := until - monotonic()) > 0:
        opened.settimeout(left)
        try:
            chunk = opened.recv(_READ_BYTES)
        except TimeoutError:
            return
        if not chunk:
            return
        yield chunk


class _Visit:
    """What is said and understood of one visit, without any I/O."""

    def __init__(self, dataset: str, key: str, symbols: tuple[str, ...]) -> None:
        self._dataset = dataset
        self._symbols = symbols
        self._session = Session(key, dataset)
        self.found = Knocked()
        self.is_let_in = False

    @property
    def is_over(self) -> bool:
        """Whether everything is known that was asked for."""
        found = self.found
        return self.is_let_in and len(found.known) + len(found.unknown) >= len(self._symbols)

    def receive(self, chunk: bytes) -> Iterator[bytes]:
        """Take what has come; give what is to be said."""
        for output in self._session.receive(chunk):
            yield from self._take(output)

    def _take(self, output: Output) -> Iterator[bytes]:
        match output:
            case Send(line):
                yield line
            case LetIn():
                self.is_let_in = True
                if self._symbols:
                    raw = [raw_symbol(each, self._dataset) for each in self._symbols]
                    for asked in self._session.subscribe(BOOKS, raw):
                        yield asked.line
                    yield self._session.start().line
            case Records(payload):
                self._read(payload)
            case _:
                raise self._turned_away(output)

    def _turned_away(self, away: TurnedAway) -> DataSourceError:
        said = away.said
        if away.reason == "connections":
            return connection_limit(said)
        if names_dataset(said) and not names_plan(said):
            return unknown_dataset(self._dataset, said)
        code = "plan_without_stream" if away.reason == "plan" else "wrong_key"
        return refusal(code, said, self._dataset)

    def _read(self, payload: bytes) -> None:
        place = 0
        while place < len(payload):
            end = place + payload[place] * WORD_BYTES
            if payload[place + 1] in SERVICE:
                self._read_service(payload[place:end])
            place = end

    def _read_service(self, record: bytes) -> None:
        self.found.time_ns = int.from_bytes(record[MARKET_TIME_AT : MARKET_TIME_AT + 8], "little")
        match read_service(record):
            case Mapped(_, raw):
                self.found.known.add(ticker(raw, self._dataset))
            case Failure(code, text):
                self._fail(code, text)

    def _fail(self, code: int, text: str) -> None:
        named = symbols_in(text, self._symbols, self._dataset)
        if code in (KEY_REFUSED, KEY_DEACTIVATED):
            raise refusal("wrong_key", text, self._dataset)
        if code == CONNECTION_LIMIT:
            raise connection_limit(text)
        if code == BAD_SUBSCRIPTION and BOOKS in text and not names_plan(text):
            raise no_depth(self._dataset, text)
        if code in (NO_SYMBOL, BAD_SUBSCRIPTION) and named:
            self.found.unknown |= dict.fromkeys(named, text)
        elif code == NO_SYMBOL:
            # Of which one it speaks is not to be seen; what is mapped shows it.
            return
        elif names_plan(text):
            raise refusal("plan_without_stream", text, self._dataset)
        else:
            raise gateway_failed(text)
