"""A provider on one loopback port that serves the committed tape, by REST and by stream.

Nothing here depends on how long anything takes: what is served depends on what was asked before.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

KEY = "a-good-key"
MESSAGES_A_FRAME = 25
MOMENTS_A_ROUND = 10
"""More than the answers of a round, in which each symbol is asked for once."""
_SNAPSHOTS = "/v2/snapshot/locale/us/markets/stocks/tickers"


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines, packed."""
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


class Provider:
    """Serves rows up to a stamp that moves on with each question for a symbol's prints.

    Args:
        rows: `path` and `row` of every print and quote.
        messages: What the stream sends once `send` is set.
        releases: Up to where the first, the second and each further question sees the tape.
        quoted_ns: Stamp of every snapshot's quote.

    Attributes:
        asked: How often each symbol's prints were asked for.
        questions: How many answers have been given.
        send: Set when the stream may begin.
        changed: Set whenever something was asked.
    """

    def __init__(
        self,
        rows: Sequence[dict[str, Any]],
        messages: Sequence[dict[str, Any]],
        releases: Sequence[int],
        quoted_ns: int,
    ) -> None:
        self._rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for each in rows:
            self._rows[each["path"]].append(each["row"])
        self._messages = messages
        self._releases = releases
        self._quoted_ns = quoted_ns
        self._symbols = {each["path"].rpartition("/")[2] for each in rows}
        self.asked: Counter[str] = Counter()
        self.questions = 0
        self.send = asyncio.Event()
        self.changed = asyncio.Event()
        self.base_url = ""

    @property
    def moments(self) -> int:
        """How many answers have been given, but for those of a while in which one is waited for.

        On a busy machine one question may take as long as hundreds of others.
        """
        rounds = min(self.asked[symbol] for symbol in self._symbols)
        return min(self.questions, MOMENTS_A_ROUND * (rounds + 2))

    async def tape(self, request: web.Request) -> web.Response:
        symbol = request.match_info["symbol"]
        if request.match_info["kind"] == "trades":
            self.asked[symbol] += 1
        # A question for quotes follows one for prints, and sees as much.
        step = min(self.asked[symbol], len(self._releases)) - 1
        until_ns = min(self._releases[step], int(request.query.get("timestamp.lte", 1 << 62)))
        from_ns = int(request.query["timestamp.gte"])
        rows = [
            row for row in self._rows[request.path] if from_ns <= row["sip_timestamp"] <= until_ns
        ]
        return self._answer({"status": "OK", "request_id": "r", "results": rows})

    async def snapshots(self, request: web.Request) -> web.Response:
        quote = {"p": 27.0, "s": 300, "P": 27.01, "S": 300, "t": self._quoted_ns}
        wanted = request.query["tickers"].split(",")
        tickers = [{"ticker": symbol, "lastQuote": quote} for symbol in wanted]
        return self._answer({"status": "OK", "request_id": "r", "tickers": tickers})

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json([_status("connected", "Connected Successfully")])
        sending: asyncio.Task[None] | None = None
        async for message in socket:
            asked = json.loads(message.data)
            if asked["action"] == "auth":
                await socket.send_json([_status("auth_success", "authenticated")])
                sending = asyncio.create_task(self._send(socket))
            else:
                for channel in asked["params"].split(","):
                    await socket.send_json([_status("success", f"subscribed to: {channel}")])
        if sending is not None:
            sending.cancel()
        return socket

    async def _send(self, socket: web.WebSocketResponse) -> None:
        await self.send.wait()
        for begin in range(0, len(self._messages), MESSAGES_A_FRAME):
            await socket.send_json(self._messages[begin : begin + MESSAGES_A_FRAME])

    def _answer(self, body: dict[str, Any]) -> web.Response:
        self.questions += 1
        self.changed.set()
        return web.json_response(body)


def _status(word: str, message: str) -> dict[str, Any]:
    return {"ev": "status", "status": word, "message": message}


@asynccontextmanager
async def serving(provider: Provider) -> AsyncIterator[Provider]:
    """Listen on a free port of the loopback address."""
    app = web.Application()
    app.router.add_get("/v3/{kind:trades|quotes}/{symbol}", provider.tape)
    app.router.add_get(_SNAPSHOTS, provider.snapshots)
    app.router.add_get("/stocks", provider.stream)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        provider.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield provider
    finally:
        await runner.cleanup()
