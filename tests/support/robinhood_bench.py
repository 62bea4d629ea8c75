"""Robinhood as a source of positions, against the simulated one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.positions.source import SourceTerms
from trading_bot.simulator.broker.robinhood import (
    NUMBER,
    PASSWORD,
    TOKEN,
    USERNAME,
    SimulatedRobinhood,
)
from trading_bot.simulator.broker.served import Served

pytest.importorskip(
    "robin_stocks",
    reason="robin_stocks is not installed: pip install 'trading-bot-order-flow[robinhood]'",
)
from trading_bot.brokers.robinhood.feed import RobinhoodFeed

SHORT_SECONDS = 1.0
"""How long all questions of one read may take here: a broker that hangs is waited for."""
LOGIN = {"ROBINHOOD_USERNAME": USERNAME, "ROBINHOOD_PASSWORD": PASSWORD}


class LaterClock:
    """The machine's time, and what is added to it."""

    def __init__(self) -> None:
        self.later = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.later


class RobinhoodBench:
    """See `SourceBench`.

    Args:
        served: The simulated Robinhood.
    """

    failures: Mapping[str, str] = {
        "server_error": "server_error",
        "logged_out": "logged_out",
        "forbidden": "forbidden",
        "not_found": "not_found",
        "unusual": "bad_request",
        "too_many": "rate_limited",
        "moved": "redirected",
        "bad_gateway_html": "server_error",
        "log_in_page": "not_json",
        "empty_body": "not_json",
        "no_results": "unexpected_shape",
        "truncated_json": "truncated",
        "cut_body": "truncated",
        "drop_connection": "connection_lost",
        "hang": "timeout",
        "drip": "too_slow",
    }
    secrets = (NUMBER, PASSWORD, TOKEN, USERNAME)

    def __init__(self, served: Served[SimulatedRobinhood]) -> None:
        self.served = served
        self.broker = served.server
        self.clock = LaterClock()

    def terms(
        self,
        *,
        url: str | None = None,
        account: str = "",
        is_paper: bool = False,
        login: Mapping[str, str] = LOGIN,
        seconds: float = SHORT_SECONDS,
    ) -> SourceTerms:
        """Return terms that fit, but for what is given."""
        return SourceTerms(
            url=self.broker.base_url if url is None else url,
            account=account,
            is_paper=is_paper,
            secrets=Secrets(login, env_file=None),
            clock=self.clock,
            seconds=seconds,
        )

    def feed(self) -> RobinhoodFeed:
        """Return the source, new."""
        return RobinhoodFeed(self.terms())

    def hold(self, symbol: str, quantity: str, price: str | None = None) -> None:
        """Let the account hold so much."""
        self.broker.account.hold(symbol, Decimal(quantity), Decimal(price or 0))

    def break_reads(self, failure: str) -> None:
        """Let every read fail from now on; an empty word mends it."""
        self.broker.fault = failure

    def trade(self, symbol: str, quantity: str, price: str) -> None:
        """Let a trade change what is held; nobody is told."""
        self.hold(symbol, quantity, price)
