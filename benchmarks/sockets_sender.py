"""The other end of the socket benchmark: a seeded tape's frames, made beforehand, to any client.

The WebSocket protocol is written by hand (RFC 6455, RFC 7692), so that sending costs almost nothing
and both libraries meet the same bytes at the same pace. A client that offers compression gets it.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator

from stream_tape import frames, rows, symbol_names

SYMBOLS = 1_000
DIFFERENT_FRAMES = 1_000
WRITTEN_AT_ONCE = 65_536
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _COMPRESSED_TEXT = 0x81, 0xC1
_SYNC_TAIL = b"\x00\x00\xff\xff"
_ONE_BYTE, _TWO_BYTES = 126, 65_536
_EXTENSION = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"


def encoded(payload: bytes, first_byte: int) -> bytes:
    """Return one unmasked frame."""
    size = len(payload)
    if size < _ONE_BYTE:
        return bytes((first_byte, size)) + payload
    if size < _TWO_BYTES:
        return struct.pack("!BBH", first_byte, 126, size) + payload
    return struct.pack("!BBQ", first_byte, 127, size) + payload


def deflated(payload: bytes) -> bytes:
    """Compress one message as RFC 7692 wants it."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH)
    return packed.removesuffix(_SYNC_TAIL)


def in_pieces(made: Iterable[bytes]) -> Iterator[bytes]:
    """Join frames into pieces that are written at once."""
    piece = bytearray()
    for frame in made:
        piece += frame
        if len(piece) >= WRITTEN_AT_ONCE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


class Sender:
    """Sends the same frames to each client.

    Args:
        payloads: Messages, sent in turn.
        count: How many messages a client gets.
    """

    def __init__(self, payloads: list[bytes], count: int) -> None:
        turns = [payloads[number % len(payloads)] for number in range(count)]
        plain = {each: encoded(each, _TEXT) for each in payloads}
        packed = {each: encoded(deflated(each), _COMPRESSED_TEXT) for each in payloads}
        self._plain = list(in_pieces(plain[each] for each in turns))
        self._packed = list(in_pieces(packed[each] for each in turns))

    async def serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Shake hands, send all, and wait until the client goes."""
        asked = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in asked.split("\r\n")[1:] if line)
        key = next(x[19:] for x in asked.split("\r\n") if x.lower().startswith("sec-websocket-key"))
        digest = hashlib.sha1(f"{key.strip()}{_GUID}".encode(), usedforsecurity=False).digest()
        answer = [
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
        ]
        packs = "permessage-deflate" in headers.get("sec-websocket-extensions", "")
        if packs:
            answer.append(f"Sec-WebSocket-Extensions: {_EXTENSION}")
        writer.write("\r\n".join([*answer, "", ""]).encode())
        for piece in self._packed if packs else self._plain:
            writer.write(piece)
            await writer.drain()
        await reader.read()
        writer.close()


async def serve(sender: Sender) -> None:
    """Listen on any free port until killed; print the port."""
    server = await asyncio.start_server(sender.serve_one, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Make the frames, then serve them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--per-frame", type=int, required=True)
    parser.add_argument("--frames", type=int, required=True)
    asked = parser.parse_args()
    made = list(rows(symbol_names(SYMBOLS), DIFFERENT_FRAMES * asked.per_frame))
    asyncio.run(serve(Sender(frames(made, asked.per_frame), asked.frames)))


if __name__ == "__main__":
    main()
