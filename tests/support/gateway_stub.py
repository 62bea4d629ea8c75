"""A gateway on the loopback address: it says what a test makes it say, and goes wrong."""

from __future__ import annotations

import asyncio
import hmac
import socket
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from support.dbn_records import DATASET, KEY, failure, header, mapped, replayed
from support.fake_zstd import packed
from support.loopback import byte_server
from trading_bot.order_flow.providers.databento.control import fields_of, prove

INSTRUMENTS: Mapping[str, int] = {"ACME": 11, "BOLT": 12, "NONE": 13}
_RESET_AT_ONCE = struct.pack("ii", 1, 0)


class Link:
    """One connection as the gateway sees it.

    Attributes:
        heard: The fields of every line that the client has said.
    """

    def __init__(self, stub: GatewayStub, writer: asyncio.StreamWriter) -> None:
        self._stub = stub
        self._writer = writer
        self._waiting: list[bytes] = []
        self._has_started = False
        self.heard: list[Mapping[str, str]] = []

    @property
    def is_open(self) -> bool:
        return not self._writer.is_closing()

    @property
    def compression(self) -> str:
        """How the client wants its records packed; empty while it has not said."""
        return next((each["compression"] for each in self.heard if "compression" in each), "")

    @property
    def asked(self) -> list[tuple[str, str, str | None]]:
        """The subscriptions: schema, symbols, start."""
        return [
            (each["schema"], each["symbols"], each.get("start"))
            for each in self.heard
            if "schema" in each
        ]

    def write(self, payload: bytes) -> None:
        if self.is_open:
            is_packed = self._has_started and self.compression == "zstd"
            self._writer.write(packed(payload) if is_packed else payload)

    def end(self) -> None:
        """Close it, as a gateway does in maintenance."""
        self._writer.close()

    def reset(self) -> None:
        """End it by a reset."""
        link: socket.socket = self._writer.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
        self._writer.transport.abort()

    def take(self, line: bytes) -> None:
        fields = fields_of(line) or {}
        self.heard.append(fields)
        if "auth" in fields:
            self._answer_key(fields)
        elif "schema" in fields:
            self._answer_subscription(fields)
        elif "start_session" in fields:
            if self._stub.is_mute_once_started:
                return
            self._has_started = True
            self.write(header(self._stub.dataset) + b"".join(self._waiting))

    def _answer_key(self, fields: Mapping[str, str]) -> None:
        stub = self._stub
        is_known = hmac.compare_digest(fields["auth"], prove(stub.challenge, KEY))
        said = stub.refusals.pop(0) if stub.refusals else "" if is_known else "CRAM is invalid"
        if said:
            self.write(f"success=0|error={said}\n".encode())
            self.end()
        else:
            self.write(b"success=1|session_id=17\n")

    def _answer_subscription(self, fields: Mapping[str, str]) -> None:
        stub = self._stub
        schema = fields["schema"]
        records = []
        if schema in stub.no_schemas:
            records.append(failure(f"schema {schema} is not available", 5))
        elif schema == "mbp-10":
            for symbol in fields["symbols"].split(","):
                if symbol in stub.unknown:
                    records.append(failure(stub.says_of_unknown.format(symbol), 4))
                else:
                    records.append(mapped(symbol, INSTRUMENTS[symbol]))
        if "start" in fields and not stub.replays_for_ever:
            start_ns = int(fields["start"])
            if schema == "mbp-10":
                records += [each for at_ns, each in stub.tape if at_ns >= start_ns]
            records.append(replayed(schema))
        if self._has_started:
            self.write(b"".join(records))
        else:
            self._waiting += records


class GatewayStub:
    """What the gateway does.

    Attributes:
        links: The connections so far.
        tape: What is replayed: stamp and record.
        unknown: Symbols that are refused.
        says_of_unknown: The words of that.
        no_schemas: Schemas that are refused.
        refusals: Why the next keys are refused, whatever they prove.
        is_mute: Say nothing at all to new connections.
        is_mute_once_started: Send no header and no record.
        replays_for_ever: Never say that a replay has caught up.
    """

    challenge = "t7kNhwj4xqR0QYjzFKtBEG2ec2pXJ4FK"

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.tape: list[tuple[int, bytes]] = []
        self.unknown: set[str] = set()
        self.says_of_unknown = "Failed to resolve symbol '{}'."
        self.no_schemas: set[str] = set()
        self.refusals: list[str] = []
        self.is_mute = False
        self.is_mute_once_started = False
        self.replays_for_ever = False
        self.dataset = DATASET
        self.port = 0
        self._heard = asyncio.Event()

    @property
    def newest(self) -> Link:
        return self.links[-1]

    def happen(self, at_ns: int, record: bytes) -> None:
        """Let something happen, and tell whoever is connected."""
        self.miss(at_ns, record)
        for link in self.links:
            link.write(record)

    def miss(self, at_ns: int, record: bytes) -> None:
        """Let something happen that nobody is told of before it is replayed."""
        self.tape.append((at_ns, record))

    async def until(self, holds: Callable[[], object], seconds: float = 5.0) -> None:
        """Wait until something holds; fails after some seconds."""
        async with asyncio.timeout(seconds):
            while not holds():
                # Woken by what clients say; what happens elsewhere is looked for now and then.
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.001):
                        await self._heard.wait()
                self._heard.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(self, writer)
        self.links.append(link)
        if not self.is_mute:
            link.write(f"lsg_version=0.4.2\ncram={self.challenge}\n".encode())
        with suppress(OSError):
            while line := await reader.readline():
                link.take(line)
                self._heard.set()
        writer.close()


@asynccontextmanager
async def gateway_stub() -> AsyncIterator[GatewayStub]:
    """Serve on a free port of the loopback address."""
    stub = GatewayStub()
    async with byte_server(stub._serve) as stub.port:
        yield stub
