"""Asks the page's server over a socket, byte for byte, and reads its stream as a browser does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

LONGEST_WAIT = 10.0


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


def request_bytes(
    target: str,
    hosts: Iterable[str],
    *,
    method: str = "GET",
    version: str = "HTTP/1.1",
    headers: Iterable[tuple[str, str]] = (),
) -> bytes:
    named = [("Host", each) for each in hosts] + list(headers)
    lines = [f"{method} {target} {version}", *(f"{name}: {text}" for name, text in named)]
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


@asynccontextmanager
async def connected(
    port: int, *, limit: int = 1 << 24
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection, and leave no socket behind."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=limit)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


async def ask(port: int, data: bytes) -> Answered:
    """Send bytes, and read until the server ends the connection."""
    async with asyncio.timeout(LONGEST_WAIT), connected(port) as (reader, writer):
        writer.write(data)
        return Answered(*await _head(reader), await reader.read())


async def get(port: int, target: str, **more: Any) -> Answered:
    return await ask(port, request_bytes(target, [f"127.0.0.1:{port}"], **more))


class Stream:
    """Server-sent events, as they come."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.comments = 0

    async def next(self, wanted: str | None = None) -> tuple[str, Any]:
        """Return the next event, or the next of that name, with its data."""
        async with asyncio.timeout(LONGEST_WAIT):
            while True:
                lines = [await self._line()]
                while lines[-1]:
                    lines.append(await self._line())
                fields = dict(each.split(": ", 1) for each in lines if ": " in each)
                self.comments += lines[0].startswith(":")
                if "event" in fields and wanted in (None, fields["event"]):
                    return fields["event"], json.loads(fields["data"])

    async def ended(self) -> bool:
        """Wait until the server ends the stream."""
        async with asyncio.timeout(LONGEST_WAIT):
            while await self._reader.read(65_536):
                pass
        return True

    async def _line(self) -> str:
        line = await self._reader.readline()
        if not line:
            raise EOFError("the stream has ended")
        return line.decode().rstrip("\n")


@asynccontextmanager
async def watching(port: int, target: str) -> AsyncIterator[Stream]:
    """Open the stream; HTTP/1.0, so that its bytes are the events and nothing else."""
    async with connected(port) as (reader, writer):
        writer.write(request_bytes(target, [f"127.0.0.1:{port}"], version="HTTP/1.0"))
        status, headers = await _head(reader)
        assert (status, headers["content-type"]) == (200, "text/event-stream")
        yield Stream(reader)


async def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(LONGEST_WAIT):
        while not is_so():  # noqa: ASYNC110 - what is looked at tells nobody
            await asyncio.sleep(0.002)


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    fields = (each.split(": ", 1) for each in lines[1:] if each)
    return int(lines[0].split()[1]), {name.lower(): text for name, text in fields}
