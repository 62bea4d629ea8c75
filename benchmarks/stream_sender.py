"""The other end of the benchmark's socket, in a process of its own.

Speaks the provider's protocol: lets any key in, confirms every channel, sends the tape once quotes
are subscribed, and closes with 1000. Prints its port.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server
from stream_tape import (
    LARGE_ORDER_SHARES,
    QUESTIONS_PER_SECOND,
    WARM_FRAMES,
    Row,
    frames,
    rows,
    symbol_names,
    text,
)

SETTLE_SECONDS = 1.0
WAIT_SECONDS = 12.0
"""A symbol's first events wait ten seconds for a history that reaches up to them. This one ends
where the tape begins, minutes before the receiver's present: so long the tape comes slowly."""
FRAMES_PER_ALERT = 20
BUSIEST = 30
UNSENT_BYTES = 4_000_000
DRAIN_SECONDS = 0.005
"""How long a full buffer is left alone: spinning would take the receiver's processor time."""


class Sender(WSListener):
    """One connection."""

    def __init__(self, tape: list[bytes], pause_seconds: float, warm_seconds: float) -> None:
        self._tape = tape
        self._pause = pause_seconds
        self._warm_pause = warm_seconds / WARM_FRAMES
        self._task: asyncio.Task[None] | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Greet."""
        status(transport, "connected", "Connected Successfully")

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Answer."""
        if frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()
        if frame.msg_type is not WSMsgType.TEXT:
            return
        asked = json.loads(frame.get_payload_as_bytes())
        if asked["action"] == "auth":
            status(transport, "auth_success", "authenticated")
            return
        for channel in asked["params"].split(","):
            status(transport, "success", f"subscribed to: {channel}")
            if channel.startswith("Q.") and self._task is None:
                self._task = asyncio.create_task(self._send(transport))

    async def _send(self, transport: WSTransport) -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        for number, payload in enumerate(self._tape):
            transport.send(WSMsgType.TEXT, payload)
            if number < WARM_FRAMES:
                await asyncio.sleep(self._warm_pause)
            elif self._pause:
                await asyncio.sleep(self._pause)
            unsent = transport.underlying_transport.get_write_buffer_size
            while unsent() > UNSENT_BYTES:  # noqa: ASYNC110 - the transport has no event for it
                await asyncio.sleep(DRAIN_SECONDS)
        transport.send_close(WSCloseCode.OK)


def status(transport: WSTransport, word: str, said: str) -> None:
    """Send one status message."""
    message = [{"ev": "status", "status": word, "message": said}]
    transport.send(WSMsgType.TEXT, json.dumps(message).encode())


def with_large_orders(made: list[Row], per_frame: int) -> list[bytes]:
    """Make frames of which every twentieth ends with a large order at the bid: one alert."""
    bids: dict[str, int] = {}
    tape = []
    dice = random.Random(2)
    busiest = symbol_names(BUSIEST)
    for at in range(0, len(made), per_frame):
        part = made[at : at + per_frame]
        bids |= {row.symbol: row.bid_or_price for row in part if row.is_quote}
        if at // per_frame % FRAMES_PER_ALERT:
            tape.append(f"[{','.join(map(text, part))}]".encode())
            continue
        # A busy one, whose volume the order does not turn into a burst as well.
        symbol = dice.choice([each for each in busiest if each in bids])
        last = part[-1]
        order = Row(
            False, symbol, last.at_ms + 5, bids[symbol], 0, LARGE_ORDER_SHARES, 0, 10**9 + at, ""
        )
        tape.append(f"[{','.join(map(text, [*part, order]))}]".encode())
    return tape


async def serve(tape: list[bytes], pause_seconds: float, warm_seconds: float) -> None:
    """Listen on any free port until killed."""
    server = await ws_create_server(
        lambda _: Sender(tape, pause_seconds, warm_seconds), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Make the tape, then serve it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=int, default=1_000)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--per-frame", type=int, default=100)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two frames")
    parser.add_argument("--alerts", action="store_true", help="large orders now and then")
    arguments = parser.parse_args()
    made = list(rows(symbol_names(arguments.symbols), arguments.events))
    make = with_large_orders if arguments.alerts else frames
    tape = make(made, arguments.per_frame)
    del made
    try:
        # Each symbol's history is asked for before.
        warm = WAIT_SECONDS + arguments.symbols / QUESTIONS_PER_SECOND
        asyncio.run(serve(tape, arguments.pause, warm))
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
