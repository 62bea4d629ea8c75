"""One request to the simulator on its way to an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from trading_bot.simulator.faults.damage import View, view_of
from trading_bot.simulator.faults.faults import ArmedFault
from trading_bot.simulator.rest import bodies
from trading_bot.simulator.rest.wire import Row


@dataclass(frozen=True, slots=True)
class Asked:
    """One request on its way through the handlers.

    Attributes:
        request: The request itself.
        request_id: The answer's id.
        now_ns: Market time of its arrival.
        faults: What goes wrong with it.
        next_url_base: Scheme and host of `next_url`; None for the address that was asked.
    """

    request: web.Request
    request_id: str
    now_ns: int
    faults: list[ArmedFault]
    next_url_base: str | None

    def view(self, symbol: str) -> View:
        """Return what the faults leave visible of a symbol."""
        return view_of(symbol, self.now_ns, self.faults)

    def good(self, fields: Row, *, status: str = "OK") -> web.Response:
        """Return an answer with data."""
        zipped = "gzip" in self.request.headers.get("Accept-Encoding", "")
        return bodies.good(self.request_id, fields, status=status, zipped=zipped)

    def next_url(self, query: str) -> str:
        """Return the absolute address of this path with another query."""
        base = self.next_url_base or str(self.request.url.origin())
        return f"{base}{self.request.path}?{query}"

    def has(self, kind: str) -> bool:
        """Return whether a fault of this kind acts on the request."""
        return any(armed.fault.kind == kind for armed in self.faults)


Handler = Callable[[Asked], web.Response]


def symbols_of(request: web.Request) -> tuple[str, ...]:
    """Return the symbols that a request names, in its path or in its query."""
    if "symbol" in request.match_info:
        return (request.match_info["symbol"],)
    named = request.query.get("tickers", request.query.get("ticker", ""))
    return tuple(symbol for symbol in named.split(",") if symbol)
