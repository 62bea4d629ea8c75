"""Alpaca as a source of positions, against the simulated broker."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from trading_bot.brokers.alpaca.feed import AlpacaFeed
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.positions.source import SourceTerms
from trading_bot.simulator.broker.terms import ACCOUNT_NUMBER, BROKER_KEY, BrokerTerms
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.running import RunningSimulator

SECRET = "simulated-broker-secret-0123456789"
EMPTY = BrokerTerms(secret=SECRET, holdings=())
SHORT_SECONDS = 1.0
"""How long one question may take here: a broker that hangs is waited for."""
_PATHS = ("positions",)


class AlpacaBench:
    """See `SourceBench`.

    Args:
        simulator: Serves the broker, set up with `EMPTY`.
    """

    failures: Mapping[str, str] = {
        "unknown_key": "wrong_key",
        "not_authorized": "forbidden",
        "not_found": "not_found",
        "br_unprocessable": "unprocessable",
        "rate_limited": "rate_limited",
        "server_error": "server_error",
        "unavailable": "server_error",
        "bad_gateway_html": "server_error",
        "drop_connection": "connection_lost",
        "hang": "timeout",
        "br_drip": "too_slow",
        "empty_body": "not_json",
        "truncated_json": "truncated",
        "cut_body": "truncated",
        "status_error": "unexpected_shape",
    }
    secrets = (SECRET, BROKER_KEY, ACCOUNT_NUMBER)

    def __init__(self, simulator: RunningSimulator) -> None:
        self.simulator = simulator

    def terms(
        self, *, url: str | None = None, account: str = "", is_paper: bool = True
    ) -> SourceTerms:
        """Return terms that fit the broker, but for what is given."""
        return SourceTerms(
            url=self.simulator.base_url if url is None else url,
            account=account,
            is_paper=is_paper,
            secrets=keys(),
            clock=utc_now,
            seconds=SHORT_SECONDS,
        )

    def feed(self) -> AlpacaFeed:
        """Return the source, new."""
        return AlpacaFeed(self.terms(), ping_seconds=0.2)

    def hold(self, symbol: str, quantity: str, price: str | None = None) -> None:
        """Let the account hold so much; no update is sent."""
        self.simulator.broker.account.hold(symbol, Decimal(quantity), Decimal(price or 0))

    def break_reads(self, failure: str) -> None:
        """Let every read fail from now on; an empty word mends it."""
        self.simulator.faults.clear()
        if failure:
            self.simulator.faults.add(Fault(failure, paths=_PATHS))

    def trade(self, symbol: str, quantity: str, price: str) -> None:
        """Let a trade change what is held; an update is sent."""
        broker = self.simulator.broker
        shares = Decimal(quantity) - broker.account.quantity(symbol)
        self.simulator.do(broker.trade(symbol, shares, Decimal(price)))


def keys(key: str = BROKER_KEY, secret: str = SECRET) -> Secrets:
    """Return the keys of the simulated broker, or others."""
    environ = {"APCA_API_KEY_ID": key, "APCA_API_SECRET_KEY": secret}
    return Secrets(environ, env_file=None)
