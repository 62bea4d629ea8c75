"""A simulated TWS: the account by TWS's text protocol, which ib_async reads.

Frames are a length of four bytes and fields that each end with a NUL. The client greets with `API`
and the versions that it speaks, the server answers with the one that is spoken.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from decimal import Decimal
from typing import Final
from zlib import crc32

from trading_bot.simulator.broker.account import Fill, SimulatedAccount

VERSION: Final = 176
NUMBER: Final = "DU7654321"
"""Of the account; those of pretended money begin so."""
GREETING_FAULTS: Final = (
    "silent",
    "untrusted",
    "html",
    "old_version",
    "no_account",
    "client_id_in_use",
    "closed_at_log_in",
)
"""What strikes a connection as it begins."""
ANSWER_FAULTS: Final = (
    "hang",
    "drip",
    "truncated",
    "offline",
    "too_many",
    "refused",
    "odd_row",
    "endless",
)
"""What strikes the question for positions."""
_DROP_SECONDS: Final = 0.1
_REFUSALS: Final = {
    "offline": ("1100", "Connectivity between IBKR and Trader Workstation has been lost."),
    "too_many": ("100", "Max rate of messages per second has been exceeded."),
    "refused": ("321", "Error validating request: the API interface is in another mode."),
}
_IN_USE: Final = ("326", "Unable to connect as the client id is already in use.")
_RESTORED: Final = ("1102", "Connectivity between IBKR and TWS has been restored - data maintained")
_WELL: Final = ("2104", "Market data farm connection is OK:usfarm")
_ENDLESS: Final = b"\0\x20\0\0" + bytes(3 << 19)
_HTML: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html></html>"
START, ASK, CANCEL = "71", "61", "64"

Row = tuple[str, ...]


class _Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.client_id = ""
        self.listens = False

    def say(self, *fields: str) -> None:
        self.writer.write(frame(*fields))

    def refuse(self, refusal: tuple[str, str]) -> None:
        self.say("4", "2", "-1", *refusal, "")

    async def hear(self) -> list[str]:
        size = int.from_bytes(await self.reader.readexactly(4))
        return (await self.reader.readexactly(size)).decode().split("\0")[:-1]


class SimulatedTws:
    """Serves one account or several; made and used on one event loop.

    Args:
        account: What is held, by the first of the numbers.
        numbers: The accounts that it is logged in to.

    Attributes:
        port: Where it listens, once it does; it stays so over a restart.
        fault: What goes wrong now; empty for nothing.
        others: Fields of further positions, such as options.
        asked: What each client has sent, by the first field of its messages.
        client_ids: Those that came, in their order.
    """

    def __init__(self, account: SimulatedAccount, numbers: tuple[str, ...] = (NUMBER,)) -> None:
        self.account = account
        self.numbers = numbers
        self.port = 0
        self.fault = ""
        self.others: list[Row] = []
        self.asked: list[str] = []
        self.client_ids: list[str] = []
        self._server: asyncio.Server | None = None
        self._clients: dict[asyncio.Task[None], _Client] = {}

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End every connection, and listen no longer; as the restart of each night does."""
        if self._server is not None:
            self._server.close()
        await self.drop()

    async def drop(self) -> None:
        """End every connection."""
        tasks = list(self._clients)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def fail(self, fault: str) -> None:
        """Let this go wrong from now on; an empty word mends it."""
        was, self.fault = self.fault, fault
        if fault in GREETING_FAULTS:
            await self.drop()
        for client in self._clients.values():
            if was == "offline":
                client.refuse(_RESTORED)
            if fault == "offline":
                client.refuse(_REFUSALS["offline"])

    async def trade(self, symbol: str, shares: Decimal, price: Decimal, at_ns: int) -> Fill:
        """Buy, or sell what is negative, and tell who listens."""
        fill = self.account.trade(symbol, shares, price, at_ns)
        row = next((each for each in self._rows() if each[4] == symbol), None)
        for client in self._clients.values():
            if client.listens:
                client.say(*(row or position(self.numbers[0], symbol, "0", "0.0")))
        return fill

    async def tell(self, *row: str) -> None:
        """Tell who listens of a position of any other kind."""
        for client in self._clients.values():
            if client.listens:
                client.say(*row)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        client = _Client(reader, writer)
        if task is not None:
            self._clients[task] = client
            task.add_done_callback(self._clients.pop)
        try:
            if await self._greet(client):
                while True:
                    await self._take(client, await client.hear())
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # gone, or told to go
        finally:
            with suppress(ConnectionError):
                await writer.drain()
            writer.close()

    async def _greet(self, client: _Client) -> bool:
        """Return whether the client is let in."""
        if self.fault == "untrusted":
            return False
        await client.reader.readexactly(len(b"API\0"))
        await client.hear()
        if self.fault == "silent":
            await asyncio.Event().wait()
        if self.fault == "html":
            client.writer.write(_HTML)
            return False
        version = VERSION - 76 if self.fault == "old_version" else VERSION
        client.say(str(version), "20260310 09:00:00 US/Eastern")
        return True

    async def _take(self, client: _Client, fields: list[str]) -> None:
        self.asked.append(fields[0])
        if fields[0] == START:
            self._log_in(client, fields[2])
        elif fields[0] == CANCEL:
            client.listens = False
        elif fields[0] == ASK:
            client.listens = True
            await self._answer(client)

    def _log_in(self, client: _Client, client_id: str) -> None:
        taken = any(each.client_id == client_id for each in self._clients.values())
        self.client_ids.append(client_id)
        if taken or self.fault == "client_id_in_use":
            client.refuse(_IN_USE)
        if taken or self.fault in ("client_id_in_use", "closed_at_log_in"):
            raise ConnectionResetError
        client.client_id = client_id
        client.say("15", "1", "" if self.fault == "no_account" else ",".join(self.numbers))
        client.say("9", "1", "1")
        client.refuse(_WELL)

    async def _answer(self, client: _Client) -> None:
        if self.fault == "hang":
            return
        if self.fault in _REFUSALS:
            client.refuse(_REFUSALS[self.fault])
            return
        if self.fault == "endless":
            client.writer.write(_ENDLESS)
            return
        rows = self._rows()
        if self.fault == "odd_row":
            rows = [rows[0][:9]]
        if self.fault == "truncated":
            client.writer.write(frame(*rows[0])[:-9])
            raise ConnectionResetError
        whole = b"".join(frame(*each) for each in (*rows, ("62", "1")))
        if self.fault == "drip":
            for place in range(len(whole)):
                client.writer.write(whole[place : place + 1])
                with suppress(TimeoutError):
                    async with asyncio.timeout(_DROP_SECONDS):
                        # Fails once nobody is there any longer.
                        await client.reader.readexactly(1)
            return
        client.writer.write(whole)

    def _rows(self) -> list[Row]:
        held = self.account.holdings
        return [
            *(
                position(self.numbers[0], symbol, f"{shares:f}", f"{price:f}")
                for symbol, (shares, price) in held.items()
            ),
            *self.others,
        ]


def frame(*fields: str) -> bytes:
    """Return a message as it is sent."""
    text = "".join(f"{each}\0" for each in fields).encode()
    return len(text).to_bytes(4) + text


def position(
    number: str,
    symbol: str,
    quantity: str,
    average: str,
    *,
    kind: str = "STK",
    currency: str = "USD",
) -> Row:
    """Return the fields of one position."""
    contract = str(crc32(f"{symbol} {kind} {currency}".encode()))
    empty = ("", "0.0", "", "")
    return (
        *("61", "3", number, contract, symbol, kind),
        *empty,
        *("NASDAQ", currency, symbol, "NMS", quantity, average),
    )
