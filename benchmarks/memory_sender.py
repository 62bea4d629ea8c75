"""The provider's side of the memory benchmark: its protocol over loopback, and a day of the market.

The tape is made as it is sent, second by second, and waits until what was sent has been judged:
otherwise a hurried day would fill the receiver's queue, which a real one leaves empty.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, NamedTuple

from aiohttp import WSMsgType, web
from stream_tape import LARGE_ORDER_SHARES, QUOTE_SHARE, Row, symbol_names, text

OPEN_MS = 1_773_149_400_000  # 2026-03-10 09:30 New York
STEP_MS = 100
LARGE_ORDER_EVERY_MS = 60_000
MOST_PER_FRAME = 100
CONFIRMED_AT_ONCE = 100
SIZES = 1_000


class Kind(NamedTuple):
    """How lively the symbols are.

    Attributes:
        period_ms: Every symbol has one quote and one print in each such time; None draws symbols
            by rank instead, some busy and most quiet.
        events_per_second: Of all symbols together, where they are drawn.
    """

    period_ms: int | None
    events_per_second: int = 0


KINDS = {
    "ranked": Kind(None, 1_200),
    "busy": Kind(1_000),
    "quiet": Kind(20_000),
}


def steps(symbols: list[str], kind: Kind, seconds: int) -> Iterator[list[Row]]:
    """Yield what happens in each tenth of a second, in time order, and a quote that ends it."""
    dice = random.Random(4)
    sizes = [max(1, min(5_000, int(dice.lognormvariate(4.0, 1.3)))) for _ in range(SIZES)]
    cents = dict.fromkeys(symbols, 5_000)
    number = 0
    for start_ms in range(OPEN_MS, OPEN_MS + seconds * 1_000, STEP_MS):
        made = []
        for symbol, is_quote, at_ms in _happenings(symbols, kind, start_ms, dice):
            number += 1
            if is_quote:
                cents[symbol] = bid = max(500, cents[symbol] + dice.choice((-1, 0, 0, 0, 1)))
                shown = 100 * dice.randrange(1, 30), 100 * dice.randrange(1, 30)
                made.append(Row(True, symbol, at_ms, bid, bid + 2, *shown, number, ""))
            else:
                price = cents[symbol] + dice.choice((0, 2, 0, 2, 0, 2, 1))
                conditions = dice.choice(("", "37", "37", "14,41"))
                size = dice.choice(sizes)
                made.append(Row(False, symbol, at_ms, price, 0, size, 0, number, conditions))
        if start_ms % LARGE_ORDER_EVERY_MS == 0:
            symbol = dice.choice(symbols)
            at_ms, number = start_ms + STEP_MS - 1, number + 1
            size = LARGE_ORDER_SHARES
            made.append(Row(False, symbol, at_ms, cents[symbol], 0, size, 0, number, ""))
        yield made
    # The end is known by an event, however quiet the market is.
    symbol, end_ms = symbols[0], OPEN_MS + seconds * 1_000
    yield [
        Row(True, symbol, end_ms - 1, cents[symbol], cents[symbol] + 2, 300, 300, number + 1, "")
    ]


def _happenings(
    symbols: list[str], kind: Kind, start_ms: int, dice: random.Random
) -> Iterator[tuple[str, bool, int]]:
    """Yield symbol, whether it is a quote, and the stamp."""
    if kind.period_ms is None:
        count = kind.events_per_second * STEP_MS // 1_000
        weights = _weights(len(symbols))
        for at, symbol in enumerate(dice.choices(symbols, cum_weights=weights, k=count)):
            yield symbol, dice.random() < QUOTE_SHARE, start_ms + at * STEP_MS // count
        return
    # Each symbol has its place in the period, quote first.
    place, total = start_ms % kind.period_ms, len(symbols)
    first = -(-place * total // kind.period_ms)
    last = -(-(place + STEP_MS) * total // kind.period_ms)
    for rank in range(first, min(last, total)):
        at_ms = start_ms - place + rank * kind.period_ms // total
        yield symbols[rank], True, at_ms
        yield symbols[rank], False, at_ms + 1


_known_weights: dict[int, list[float]] = {}


def _weights(count: int) -> list[float]:
    if count not in _known_weights:
        _known_weights[count] = list(accumulate(1 / (rank + 10) for rank in range(count)))
    return _known_weights[count]


class Provider:
    """One connection's server, and the few REST answers that the start needs.

    Args:
        symbols: The market.
        kind: How lively it is.
        seconds: How long its day is.
        judged_fd: Readable end of a pipe: one byte lets one frame go.
    """

    def __init__(self, symbols: list[str], kind: Kind, seconds: int, judged_fd: int) -> None:
        self._tape = steps(symbols, kind, seconds)
        self._may_send = asyncio.Semaphore(0)
        self._judged_fd = judged_fd
        self._task: asyncio.Task[None] | None = None
        asyncio.get_running_loop().add_reader(judged_fd, self._note_judged)

    async def stocks(self, request: web.Request) -> web.WebSocketResponse:
        """Speak the provider's protocol."""
        socket = web.WebSocketResponse(max_msg_size=0, compress=False)
        await socket.prepare(request)
        await self._say(socket, [("connected", "Connected Successfully")])
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            asked = json.loads(message.data)
            if asked["action"] == "auth":
                await self._say(socket, [("auth_success", "authenticated")])
                continue
            channels = asked["params"].split(",")
            for at in range(0, len(channels), CONFIRMED_AT_ONCE):
                part = channels[at : at + CONFIRMED_AT_ONCE]
                await self._say(socket, [("success", f"subscribed to: {each}") for each in part])
            if self._task is None:
                self._task = asyncio.create_task(self._send(socket))
        return socket

    async def _send(self, socket: web.WebSocketResponse) -> None:
        for made in self._tape:
            for at in range(0, len(made), MOST_PER_FRAME):
                frame = f"[{','.join(map(text, made[at : at + MOST_PER_FRAME]))}]"
                await self._may_send.acquire()
                await socket.send_str(frame)

    def _note_judged(self) -> None:
        for _ in os.read(self._judged_fd, 4_096):
            self._may_send.release()

    async def _say(self, socket: web.WebSocketResponse, words: list[tuple[str, str]]) -> None:
        said: list[dict[str, Any]] = [
            {"ev": "status", "status": word, "message": message} for word, message in words
        ]
        await socket.send_str(json.dumps(said))


async def market_status(_: web.Request) -> web.Response:
    """Say that the market trades."""
    return web.json_response(
        {"market": "open", "serverTime": "2026-03-10T09:30:00-04:00", "exchanges": {}}
    )


async def conditions(_: web.Request) -> web.Response:
    """Leave the table of trade conditions to the documentation."""
    return web.json_response({"status": "OK", "results": []})


async def serve(symbols: list[str], kind: Kind, seconds: int, judged_fd: int) -> None:
    """Listen on any free port until killed; print the port."""
    provider = Provider(symbols, kind, seconds, judged_fd)
    app = web.Application()
    app.router.add_get("/stocks", provider.stocks)
    app.router.add_get("/v1/marketstatus/now", market_status)
    app.router.add_get("/v3/reference/conditions", conditions)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Serve one market."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--symbols", type=int, required=True)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--judged-fd", type=int, required=True)
    asked = parser.parse_args()
    asyncio.run(
        serve(symbol_names(asked.symbols), KINDS[asked.kind], asked.seconds, asked.judged_fd)
    )


if __name__ == "__main__":
    main()
