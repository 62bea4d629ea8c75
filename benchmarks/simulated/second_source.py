"""The provider's REST without a socket: the real client, answered from the market's truth.

A question is asked inline. Its waits and its way take time that only its answer shows: the answer
is brought to the event loop when it would have come.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from typing import Any, Final, TypeVar

import msgspec

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.history_workers import Answered, answer_to
from trading_bot.order_flow.market.units import (
    FAR_FUTURE_NS,
    NS_PER_MS,
    NS_PER_SECOND,
    ns_from_utc,
    utc_from_ns,
)
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.providers.polygon.session import Answer, PolygonSession

from .clock import MovedTime
from .faults import Faults
from .market import Market, Row, SymbolTape

_WAY: Final = (0.02, 0.25)
"""Seconds of a question's way there and back."""
_LONGEST: Final = 5.0
_BEHIND: Final = 0.3
"""How far REST is behind the market when all is well, seconds."""
_FAR: Final = 1e9
_ODD: Final = b'{"sip_timestamp":1e400,"price":null},'

T = TypeVar("T")


class QuestionTime:
    """The time of the question that is asked: it moves on with the question's waits.

    Args:
        time: The market's time.

    Attributes:
        spent: Seconds that the question has taken so far.
    """

    def __init__(self, time: MovedTime) -> None:
        self._time = time
        self.spent = 0.0

    @property
    def true(self) -> float:
        """The market's seconds since the run began."""
        return self._time.true + self.spent

    def utc(self) -> datetime:
        """Return the machine's wall clock."""
        spent_ns = round(self.spent * NS_PER_SECOND)
        return utc_from_ns(self._time.true_ns() + self._time.off_ns + spent_ns)

    def monotonic(self) -> float:
        """Return the machine's steady seconds."""
        return self._time.steady + self.spent

    def wait(self, seconds: float) -> bool:
        """Let time pass; nobody stops it."""
        self.spent += seconds
        return False


class Workers:
    """Asks inline, and brings each answer when it would have come; see `AsksHistory`.

    Args:
        time: The questions' time.
    """

    def __init__(self, time: QuestionTime) -> None:
        self._time = time
        self._is_closed = False

    def ask(self, question: Callable[[], T], on_answer: Callable[[Answered[T]], None]) -> None:
        """Ask, and hand the answer on."""
        self._time.spent = 0.0
        answer = answer_to(question)

        def bring() -> None:
            if not self._is_closed:
                on_answer(answer)

        asyncio.get_running_loop().call_later(self._time.spent, bring)
        self._time.spent = 0.0

    def close(self) -> None:
        """Bring nothing more."""
        self._is_closed = True


class SecondSource(PolygonClient):
    """The real client over a simulated session.

    Args:
        config: Settings.
        market: What happens.
        faults: What goes wrong.
        time: The questions' time.
        random: Draws the ways.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        market: Market,
        faults: Faults,
        time: QuestionTime,
        random: Random,
    ) -> None:
        super().__init__(config, clock=time.utc, wait=time.wait, monotonic=time.monotonic)
        self._session = _Session(market, faults, time, random)


class _Session(PolygonSession):
    """Answers from the market's truth."""

    def __init__(self, market: Market, faults: Faults, time: QuestionTime, random: Random) -> None:
        super().__init__(
            "",
            None,
            clock=time.utc,
            monotonic=time.monotonic,
            connect_timeout=_LONGEST,
            read_timeout=_LONGEST,
            connections=1,
        )
        self._market = market
        self._faults = faults
        self._time = time
        self._random = random
        self._start_ms = market.start_ns // NS_PER_MS

    def get(self, path: str, params: Mapping[str, Any] | None, *, deadline: float) -> Answer:
        """Answer one question."""
        time, random = self._time, self._random
        slow = max([0.0, *(each.number for each in self._faults.on(time.true, "rest_slow"))])
        if slow > _LONGEST or time.monotonic() > deadline:
            time.spent += _LONGEST
            raise DataSourceError(f"{path} takes too long", code="timeout", retryable=True)
        time.spent += random.uniform(*_WAY) + slow / 2
        answer = self._answer(path, params or {})
        time.spent += random.uniform(*_WAY) + slow / 2
        return answer

    def _answer(self, path: str, params: Mapping[str, Any]) -> Answer:
        now = self._time.true
        for fault in self._faults.on(now, "rest_refuses"):
            status = int(fault.detail)
            headers = {"Retry-After": "2"} if status == 429 and fault.begin % 1 < 0.5 else {}
            return self._said(status, b'{"status":"ERROR","error":"no"}', headers)
        if path == "/v1/marketstatus/now":
            server_ns = self._market.start_ns + round(now * NS_PER_SECOND)
            said = {"market": "open", "serverTime": utc_from_ns(server_ns).isoformat()}
            return self._said(200, msgspec.json.encode(said))
        if path.startswith("/v2/snapshot"):
            names = str(params["tickers"]).split(",")
            tapes = [self._market.tapes[each] for each in names if each in self._market.tapes]
            rows = [self._snapshot(tape, now) for tape in tapes]
            if self._faults.on(now, "rest_empty"):
                rows = []
            return self._said(200, msgspec.json.encode({"status": "OK", "tickers": rows}))
        channel, symbol = ("T" if path.startswith("/v3/trades") else "Q"), path.rpartition("/")[2]
        return self._said(200, self._page(channel, self._market.tapes[symbol], params, now))

    def _said(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        return Answer(status, headers or {}, body, ns_from_utc(self._time.utc()))

    def _page(self, channel: str, tape: SymbolTape, params: Mapping[str, Any], now: float) -> bytes:
        from_ns, to_ns = params["timestamp.gte"], params.get("timestamp.lte", FAR_FUTURE_NS)
        from_ms, shown_ms = from_ns // NS_PER_MS - self._start_ms, self._shown_ms(tape.symbol, now)
        write = self._trade if channel == "T" else _quote
        rows = [
            msgspec.json.encode(write(row, tape, now))
            for row in tape.rows(channel, from_ms, shown_ms)
            if from_ns <= _fine(row) <= to_ns
        ]
        if self._faults.on(now, "rest_empty"):
            rows = []
        odd = b""
        if any(each.concerns(tape.symbol) for each in self._faults.on(now, "rest_odd_row")):
            odd = _ODD if rows else _ODD[:-1]
        return b'{"status":"OK","results":[' + odd + b",".join(rows) + b"]}"

    def _shown_ms(self, symbol: str, now: float) -> int:
        """Return up to which moment REST knows a symbol."""
        behind = [_BEHIND, *(each.number for each in self._faults.on(now, "rest_behind"))]
        frozen = [
            each.begin for each in self._faults.on(now, "rest_frozen") if each.concerns(symbol)
        ]
        return round(min([now - max(behind), *frozen]) * 1_000)

    def _trade(self, row: Row, tape: SymbolTape, now: float) -> Row:
        found = {
            "conditions": row["c"],
            "exchange": row["x"],
            "id": row["i"],
            "participant_timestamp": row["pt"] * NS_PER_MS,
            "price": row["p"],
            "sequence_number": row["q"],
            "sip_timestamp": _fine(row),
            "size": row["s"],
            "tape": row["z"],
        }
        if tape.cancelled_ms.get(row["i"], _FAR) <= now * 1_000:
            found["correction"] = 10
        return found

    def _snapshot(self, tape: SymbolTape, now: float) -> Row:
        shown_ms = self._shown_ms(tape.symbol, now)
        trades, quotes = (
            bisect_right(tape.trade_ms, shown_ms),
            bisect_right(tape.quote_ms, shown_ms),
        )
        found: Row = {"ticker": tape.symbol}
        if trades:
            row = tape.trades[trades - 1]
            found["lastTrade"] = {
                "i": row["i"],
                "p": row["p"],
                "s": row["s"],
                "t": _fine(row),
                "x": row["x"],
            }
            found["min"] = {"av": tape.shares[trades - 1]}
        if quotes:
            row = tape.quotes[quotes - 1]
            found["lastQuote"] = {
                "p": row["bp"],
                "s": row["bs"],
                "P": row["ap"],
                "S": row["as"],
                "t": _fine(row),
            }
        return found


def _quote(row: Row, tape: SymbolTape, now: float) -> Row:
    del tape, now
    return {
        "ask_price": row["ap"],
        "ask_size": row["as"],
        "bid_price": row["bp"],
        "bid_size": row["bs"],
        "participant_timestamp": row["t"] * NS_PER_MS,
        "sequence_number": row["q"],
        "sip_timestamp": _fine(row),
    }


def _fine(row: Row) -> int:
    """Return the stamp in nanoseconds, of which the stream cuts what is below a millisecond."""
    return int(row["t"]) * NS_PER_MS + int(row["q"]) * 7_919 % NS_PER_MS
