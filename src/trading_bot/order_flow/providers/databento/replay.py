"""One short session on a connection of its own: it replays from a stamp on, and is closed.

It blocks, and so belongs on a thread that asks. Connecting, each silence and the whole of it are
bounded; whatever ends it before every schema is replayed is an error, since part of a replay does
not say what it lacks.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ...clock import monotonic_seconds
from ...diagnostics import hide
from ...errors import DataSourceError
from ..connecting import connect
from .errors import connection_limit, missing_key, names_plan, no_answer, refusal
from .service import (
    BAD_SUBSCRIPTION,
    CONNECTION_LIMIT,
    KEY_DEACTIVATED,
    KEY_REFUSED,
    NO_SYMBOL,
    REPLAYED,
    Failure,
    Said,
)
from .session import LetIn, Output, Records, Send, Session
from .symbology import raw_symbol, symbols_in

PRINTS: Final = "trades"
BEST: Final = "mbp-1"
READ_BYTES: Final = 262_144


@dataclass(frozen=True, slots=True)
class ReplayTimes:
    """How long a replay may take, seconds.

    Attributes:
        connect: Until there is a connection.
        silence: Without a byte; the gateway says something every five seconds.
        whole: From the beginning to the end, less than a question may take.
    """

    connect: float = 10.0
    silence: float = 12.0
    whole: float = 45.0


class Asked(NamedTuple):
    """One schema of some symbols, from a stamp on."""

    schema: str
    symbols: Sequence[str]
    from_ns: int


class Replay:
    """One replay; made for one question.

    Args:
        address: Host and port.
        dataset: Which data.
        key: The provider's key.
        times: How long it may take.
        seconds: A clock that never runs backwards.

    Attributes:
        refused: Tickers that the gateway does not know, each with its words.
    """

    def __init__(
        self,
        address: tuple[str, int],
        dataset: str,
        key: str,
        times: ReplayTimes,
        seconds: Callable[[], float] = monotonic_seconds,
    ) -> None:
        self._address = address
        self._dataset = dataset
        self._key = key
        self._times = times
        self._seconds = seconds
        self._session = Session(key, dataset, slow_reader="warn")
        self._asked: Sequence[Asked] = ()
        self._replaying = 0
        self.refused: dict[str, str] = {}

    def run(self, asked: Sequence[Asked], take: Callable[[bytes], None]) -> None:
        """Replay everything that was asked for, and close the connection.

        Args:
            asked: The schemas; at least one.
            take: Takes whole records, and gives the gateway's own to `hear`.

        Raises:
            DataSourceError: It was refused or cut short; `code` says why.
        """
        if not self._key:
            raise missing_key()
        hide(self._key)
        self._asked, self._replaying = asked, len(asked)
        until = self._seconds() + self._times.whole
        try:
            link = connect(*self._address, self._times.connect)
        except OSError as error:
            raise no_answer("no_connection", "it cannot be reached") from error
        with link:
            try:
                self._read(link, take, until)
            except TimeoutError as error:
                raise no_answer("timeout", "it says nothing") from error
            except OSError as error:
                raise no_answer("disconnected", "the connection broke") from error

    def hear(self, word: object, _link: int) -> None:
        """Take what the gateway says among the records; see `DatabentoDecoder`.

        Raises:
            DataSourceError: There is no answer.
        """
        match word:
            case Said(code, _) if code == REPLAYED:
                self._replaying -= 1
            case Failure(code, text):
                self._fail(code, text)
            case DataSourceError():
                raise word

    def _read(self, link: socket.socket, take: Callable[[bytes], None], until: float) -> None:
        while self._replaying > 0:
            left = until - self._seconds()
            if left <= 0:
                raise no_answer("replay_unfinished", f"not within {self._times.whole:g} s")
            link.settimeout(min(left, self._times.silence))
            chunk = link.recv(READ_BYTES)
            if not chunk:
                raise no_answer("disconnected", "the gateway has closed the connection")
            for output in self._session.receive(chunk):
                self._take(link, output, take)

    def _take(self, link: socket.socket, output: Output, take: Callable[[bytes], None]) -> None:
        match output:
            case Send(line):
                link.sendall(line)
            case LetIn():
                link.sendall(b"".join(self._wishes()))
            case Records(payload):
                take(payload)
            case _ if output.reason == "connections":
                raise connection_limit(output.said)
            case _:
                reason = "wrong_key" if output.reason == "key" else "plan_without_stream"
                raise refusal(reason, output.said, self._dataset)

    def _wishes(self) -> Iterable[bytes]:
        for each in self._asked:
            raw = [raw_symbol(symbol, self._dataset) for symbol in each.symbols]
            for output in self._session.subscribe(each.schema, raw, each.from_ns):
                yield output.line
        yield self._session.start().line

    def _fail(self, code: int, text: str) -> None:
        if code in (KEY_REFUSED, KEY_DEACTIVATED):
            raise refusal("wrong_key", text, self._dataset)
        if code == CONNECTION_LIMIT:
            raise connection_limit(text)
        if code == NO_SYMBOL:
            symbols = dict.fromkeys(symbol for each in self._asked for symbol in each.symbols)
            self.refused |= dict.fromkeys(symbols_in(text, symbols, self._dataset), text)
            return
        if code == BAD_SUBSCRIPTION and names_plan(text):
            raise refusal("plan_without_stream", text, self._dataset)
        raise no_answer(f"gateway_error_{code}", text)
