"""The talk with the gateway, without any I/O: bytes in, what they mean out.

    state      the gateway says             then it is   and
    greeting   lsg_version=...              greeting
    greeting   cram=CHALLENGE               proving      is sent the proof of the key
    proving    success=1                    ready        may be asked for symbols, also of the past
    proving    success=0                    ended        the key, the plan or other sessions
    ready      (the client starts)          starting     sends no text any more
    starting   the header of DBN            streaming
    streaming  records                      streaming    may be asked for more symbols, from now on

Header and records are packed where that was asked for. Anything else ends it. What came before a
fault is given before the fault is raised.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ...errors import DataSourceError
from .control import (
    LONGEST_LINE,
    SlowReader,
    authentication,
    fields_of,
    session_start,
    subscription,
)
from .errors import names_connections, names_dataset, names_plan, undecodable, unexpected
from .packed import Unpacker
from .records import cut_records, header_of

HEARTBEAT_SECONDS: Final = 5
"""The shortest there is: a mute gateway is known after this and ten more."""

State = Literal["greeting", "proving", "ready", "starting", "streaming", "ended"]
_TALKING: Final[frozenset[State]] = frozenset({"greeting", "proving", "ready"})
"""States in which the gateway says lines of text."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send these bytes."""

    line: bytes


@dataclass(frozen=True, slots=True)
class LetIn:
    """The key was taken: symbols may be asked for."""


@dataclass(frozen=True, slots=True)
class Records:
    """Whole records, for a `DatabentoDecoder`."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The key was refused, and why, in the gateway's words.

    Attributes:
        reason: `key`, `plan`, or `connections` where the account has too many sessions.
        said: The words.
    """

    reason: Literal["key", "plan", "connections"]
    said: str


Output = Send | LetIn | Records | TurnedAway


class Session:
    """One connection's talk.

    Args:
        key: The provider's key.
        dataset: Which data; one a session.
        slow_reader: What becomes of records that are not read in time.
        unpacker: Unpacks header and records; None has them sent plain.

    Attributes:
        state: See above.
        head: The header of DBN as it came; empty before it did.
    """

    def __init__(
        self,
        key: str,
        dataset: str,
        *,
        slow_reader: SlowReader = "skip",
        unpacker: Unpacker | None = None,
    ) -> None:
        self._key = key
        self._dataset = dataset
        self._slow_reader = slow_reader
        self._unpacker = unpacker
        self._subscriptions = 0
        self._rest = b""
        self.state: State = "greeting"
        self.head = b""

    @property
    def may_replay(self) -> bool:
        """True until the session is started: later subscriptions begin at the present."""
        return self.state == "ready"

    def subscribe(
        self, schema: str, symbols: Sequence[str], start_ns: int | None = None
    ) -> Iterator[Send]:
        """Ask for a schema of symbols, as the dataset spells them; see `control.subscription`."""
        self._subscriptions += 1
        start_ns = start_ns if self.may_replay else None
        for line in subscription(schema, symbols, number=self._subscriptions, start_ns=start_ns):
            yield Send(line)

    def start(self) -> Send:
        """Ask for the records to begin."""
        self.state = "starting"
        return Send(session_start())

    def receive(self, chunk: bytes) -> Iterator[Output]:
        """Take what has come, and give what it means, in order; to be exhausted.

        Raises:
            DataSourceError: `undecodable`, `unexpected_answer` or `wrong_dataset`; trying again may
                help. What came before it was given.
        """
        if self.state in _TALKING:
            chunk = yield from self._take_lines(chunk)
        if not chunk or self.state == "ended":
            return
        if self._unpacker is None:
            yield from self._take_plain(chunk)
            return
        try:
            for plain in self._unpacker.unpack(chunk):
                yield from self._take_plain(plain)
        except DataSourceError as error:
            raise self._end(error) from error

    def _take_lines(self, chunk: bytes) -> Generator[Output, None, bytes]:
        """Take what is text; return what comes behind it."""
        stream, self._rest = self._rest + chunk, b""
        while stream and self.state in _TALKING:
            line, end, after = stream.partition(b"\n")
            if not end:
                self._keep_text(line)
                return b""
            stream = after
            yield from self._take_line(line)
        return stream

    def _take_plain(self, chunk: bytes) -> Iterator[Output]:
        stream, self._rest = self._rest + chunk, b""
        if self.state == "starting":
            found = header_of(stream)
            if found is None:
                self._rest = stream
                return
            self._take_header(found[0])
            self.head = stream[: found[1]]
            stream = stream[found[1] :]
        cut = cut_records(stream)
        self._rest = cut.rest
        if cut.records:
            yield Records(cut.records)
        if cut.is_broken:
            raise self._end(undecodable("its length or its type"))

    def _keep_text(self, line: bytes) -> None:
        if len(line) > LONGEST_LINE:
            raise self._end(unexpected("a line without an end", self.state))
        self._rest = line

    def _take_line(self, line: bytes) -> Iterator[Output]:
        fields = fields_of(line) or {}
        if self.state == "greeting" and "lsg_version" in fields:
            return
        if self.state == "greeting" and "cram" in fields:
            self.state = "proving"
            yield Send(
                authentication(
                    fields["cram"],
                    self._key,
                    self._dataset,
                    heartbeat_seconds=HEARTBEAT_SECONDS,
                    slow_reader=self._slow_reader,
                    compression="none" if self._unpacker is None else "zstd",
                )
            )
        elif self.state == "proving" and fields.get("success") == "1":
            self.state = "ready"
            yield LetIn()
        elif self.state == "proving" and fields.get("success") == "0":
            self.state = "ended"
            yield _turned_away(fields.get("error", ""))
        else:
            raise self._end(unexpected(line.decode("ascii", "replace"), self.state))

    def _take_header(self, dataset: str) -> None:
        if dataset != self._dataset:
            raise self._end(
                DataSourceError(
                    f"the gateway sends {dataset[:20]!r}, and {self._dataset} was asked for",
                    code="wrong_dataset",
                    retryable=True,
                )
            )
        self.state = "streaming"

    def _end(self, error: DataSourceError) -> DataSourceError:
        self.state = "ended"
        return error


def _turned_away(said: str) -> TurnedAway:
    if names_connections(said):
        return TurnedAway("connections", said)
    return TurnedAway("plan" if names_plan(said) or names_dataset(said) else "key", said)
