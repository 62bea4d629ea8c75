"""The gateway's end of the depth benchmark's socket, in a process of its own.

Speaks the protocol as far as it takes: lets any key in, maps every symbol, replays six minutes of
trades, says that the replay is complete, and sends the tape: the first records slowly, then the
rest as fast as it is read, or in small parts with pauses. Then it closes. Prints its port.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import suppress

import databento_dbn as dbn
from depth_tape import (
    DATASET,
    LARGE_SHARES,
    RECORD_BYTES,
    SPAN_NS,
    START_NS,
    WARM_RECORDS,
    history,
    instruments,
    large_sale,
    tape,
)
from stream_tape import symbol_names

NOW_NS = START_NS + SPAN_NS
"""The time that the gateway says: the receiver's clock, which is a little ahead of the tape."""
SETTLE_SECONDS = 1.0
WARM_PART = 10
WARM_PAUSE_SECONDS = 0.01
PARTS_PER_ALERT = 20
SEND_BYTES = 1_000_000


def preamble(symbols: list[str]) -> bytes:
    """Return the header, the mappings, the replayed trades and the word that they were all."""
    numbers = instruments(symbols)
    found = bytearray(
        bytes(
            dbn.Metadata(
                dataset=DATASET,
                start=NOW_NS,
                stype_in=None,
                stype_out=dbn.SType("instrument_id"),
                schema=None,
            )
        )
    )
    for symbol, number in numbers.items():
        found += bytes(
            dbn.SymbolMappingMsg(
                publisher_id=0,
                instrument_id=number,
                ts_event=NOW_NS,
                stype_in=dbn.SType("raw_symbol"),
                stype_in_symbol=symbol,
                stype_out=dbn.SType("instrument_id"),
                stype_out_symbol=str(number),
                start_ts=START_NS,
                end_ts=START_NS + 1,
            )
        )
    found += history(len(symbols))
    for schema in ("mbp-10", "status"):
        said = f"Finished {schema} replay"
        found += bytes(dbn.SystemMsg(ts_event=NOW_NS, msg=said, code=dbn.SystemCode.from_int(3)))
    return bytes(found)


def paced(records: bytes, each: int) -> Iterator[bytes]:
    """Give so many records at a time, each twentieth part with a large sale behind them."""
    for number, place in enumerate(range(0, len(records), each * RECORD_BYTES)):
        part = records[place : place + each * RECORD_BYTES]
        yield part + large_sale(part, LARGE_SHARES) if number % PARTS_PER_ALERT == 0 else part


class Gateway:
    """Serves one session after another.

    Args:
        symbols: Tickers.
        records: The tape.
        pause_seconds: Between parts of ten records; 0 sends as fast as it is read.
    """

    def __init__(self, symbols: list[str], records: bytes, pause_seconds: float) -> None:
        self._preamble = preamble(symbols)
        self._records = records
        self._pause = pause_seconds

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client until it has everything, or has gone."""
        with suppress(OSError, asyncio.IncompleteReadError):
            writer.write(b"lsg_version=0.6.0\ncram=c0ffee\n")
            await reader.readuntil(b"\n")
            writer.write(b"success=1|session_id=1\n")
            while not (await reader.readuntil(b"\n")).startswith(b"start_session"):
                pass
            writer.write(self._preamble)
            await asyncio.sleep(SETTLE_SECONDS)
            await self._send(writer)
        writer.close()

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        warm = WARM_RECORDS * RECORD_BYTES
        for place in range(0, warm, WARM_PART * RECORD_BYTES):
            writer.write(self._records[place : place + WARM_PART * RECORD_BYTES])
            await asyncio.sleep(WARM_PAUSE_SECONDS)
        rest = self._records[warm:]
        if self._pause:
            for part in paced(rest, WARM_PART):
                writer.write(part)
                await asyncio.sleep(self._pause)
        else:
            for place in range(0, len(rest), SEND_BYTES):
                writer.write(rest[place : place + SEND_BYTES])
                await writer.drain()
        await writer.drain()


async def serve(symbols: list[str], records: bytes, pause_seconds: float) -> None:
    """Serve until killed."""
    gateway = Gateway(symbols, records, pause_seconds)
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Make the tape, and serve it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=int, default=50)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--pause", type=float, default=0.0)
    arguments = parser.parse_args()
    records = tape(arguments.symbols, arguments.records).records
    asyncio.run(serve(symbol_names(arguments.symbols), records, arguments.pause))


if __name__ == "__main__":
    main()
