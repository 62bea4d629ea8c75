"""A plain client of the simulator's stream, and what it should be sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from support.simulator_helpers import HandClock
from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.simulator.market.events import MarketQuote, MarketTrade
from trading_bot.simulator.market.market import SimulatedMarket
from trading_bot.simulator.running import RunningSimulator
from trading_bot.simulator.settings import DEFAULT_KEY
from trading_bot.simulator.stream.ws_api import StreamTerms
from trading_bot.simulator.stream.ws_feed import SLOT_NS

Row = dict[str, Any]
CONNECTED = {"ev": "status", "status": "connected", "message": "Connected Successfully"}
AUTHENTICATED = {"ev": "status", "status": "auth_success", "message": "authenticated"}


def status(word: str, message: str) -> Row:
    return {"ev": "status", "status": word, "message": message}


class StreamClient:
    """Speaks the protocol step by step."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def say(self, action: str, params: str = "") -> None:
        self.socket.send(json.dumps({"action": action, "params": params}))

    def frame(self) -> list[Row]:
        rows: list[Row] = json.loads(self.socket.recv(timeout=5))
        return rows

    def log_in(self, key: str = DEFAULT_KEY) -> list[Row]:
        greeting = self.frame()
        self.say("auth", key)
        return greeting + self.frame()

    def subscribe(self, *channels: str) -> list[Row]:
        self.say("subscribe", ",".join(channels))
        return [row for _ in channels for row in self.frame()]

    def frames(self, events: int) -> list[list[Row]]:
        """Read until so many events have come."""
        found: list[list[Row]] = []
        while sum(len(frame) for frame in found) < events:
            found.append(self.frame())
        return found

    def events(self, count: int) -> list[Row]:
        return [row for frame in self.frames(count) for row in frame]

    def close_code(self) -> tuple[list[Row], int]:
        """Read to the end; return what came before it, and the code of the end."""
        rows: list[Row] = []
        try:
            while True:
                rows += self.frame()
        except ConnectionClosed:
            code = self.socket.close_code
        return rows, 0 if code is None else code


@contextmanager
def connected(simulator: RunningSimulator) -> Iterator[StreamClient]:
    """Connect and no more."""
    with connect(simulator.ws_url, ping_interval=None, max_size=None, close_timeout=0.1) as socket:
        yield StreamClient(socket)


@contextmanager
def client_of(
    simulator: RunningSimulator, *channels: str, key: str = DEFAULT_KEY
) -> Iterator[StreamClient]:
    """Connect, log in and subscribe."""
    with connected(simulator) as client:
        client.log_in(key)
        if channels:
            client.subscribe(*channels)
        yield client


def wait_until(condition: Callable[[], object]) -> None:
    """Return when the condition holds; it is looked at a hundred times a second."""
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("this did not come")


@contextmanager
def simulator_by_hand(
    **settings: Any,
) -> Iterator[tuple[RunningSimulator, HandClock]]:
    """Run a simulator whose clock stands still until it is moved."""
    clock = HandClock()
    with RunningSimulator(clock=clock, **settings) as simulator:
        yield simulator, clock


WITH_BANDS = StreamTerms(limit_bands=True)


def expected(symbols: Iterable[str], from_ns: int, until_ns: int, kinds: str = "TQ") -> list[Row]:
    """Return what a healthy stream sends for events in the span, its beginning left out."""
    market = SimulatedMarket()
    slots: list[tuple[tuple[int, int, bool, int, str], Row]] = []
    for symbol in symbols:
        one = market.symbol(symbol, until_ns)
        assert one is not None
        tape = one.listing.tape
        if "T" in kinds:
            slots += [
                (_place(trade, symbol), trade_row(trade, symbol, tape))
                for trade in one.trades.rows(*one.trades.numbers(from_ns + 1, until_ns))
            ]
        if "Q" in kinds:
            slots += [
                (_place(quote, symbol), quote_row(quote, symbol, tape))
                for quote in one.quotes.rows(*one.quotes.numbers(from_ns + 1, until_ns))
            ]
    return [row for _, row in sorted(slots, key=lambda slot: slot[0])]


def _place(event: MarketTrade | MarketQuote, symbol: str) -> tuple[int, int, bool, int, str]:
    slot = -(-event.sip_ns // SLOT_NS)
    return slot, event.sip_ns, isinstance(event, MarketQuote), event.sequence, symbol


def trade_row(trade: MarketTrade, symbol: str, tape: int) -> Row:
    row: Row = {
        "ev": "T",
        "sym": symbol,
        "x": trade.exchange,
        "i": trade.trade_id,
        "z": tape,
        "p": trade.price_ticks / 1_000_000,
        "s": trade.size_thousandths // 1_000,
        "ds": str(trade.size_thousandths / 1_000),
        "t": trade.sip_ns // NS_PER_MS,
        "pt": trade.participant_ns // NS_PER_MS,
        "q": trade.sequence,
    }
    if trade.conditions:
        row["c"] = list(trade.conditions)
    if trade.trf_id:
        row["trfi"] = trade.trf_id
        row["trft"] = (trade.sip_ns - 20_000) // NS_PER_MS
    return row


def quote_row(quote: MarketQuote, symbol: str, tape: int) -> Row:
    return {
        "ev": "Q",
        "sym": symbol,
        "bx": quote.bid_exchange,
        "bp": quote.bid_ticks / 1_000_000,
        "bs": quote.bid_size,
        "ax": quote.ask_exchange,
        "ap": quote.ask_ticks / 1_000_000,
        "as": quote.ask_size,
        "c": 1,
        "i": [604],
        "t": quote.sip_ns // NS_PER_MS,
        "q": quote.sequence,
        "z": tape,
    }
