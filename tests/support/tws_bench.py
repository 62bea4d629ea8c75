"""Interactive Brokers as a source of positions, against the simulated TWS."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import count

import pytest

from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.positions.source import SourceTerms
from trading_bot.simulator.broker.served import Served
from trading_bot.simulator.broker.tws import NUMBER, SimulatedTws

pytest.importorskip(
    "ib_async",
    reason="ib_async is not installed: pip install 'trading-bot-order-flow[ibkr]'",
)
from trading_bot.brokers.ibkr.feed import IbkrFeed

SHORT_SECONDS = 1.0
"""How long one question may take here: a TWS that hangs is waited for."""
_stamps = count(1)


class TwsBench:
    """See `SourceBench`.

    Args:
        served: The simulated TWS.
    """

    failures: Mapping[str, str] = {
        "hang": "timeout",
        "drip": "too_slow",
        "truncated": "truncated",
        "offline": "broker_offline",
        "too_many": "rate_limited",
        "refused": "refused",
        "odd_row": "unexpected_shape",
        "endless": "too_large",
        "silent": "not_accepted",
        "untrusted": "not_trusted",
        "html": "not_tws",
        "old_version": "too_old",
        "no_account": "not_logged_in",
        "client_id_in_use": "client_id_in_use",
    }
    secrets = (NUMBER,)

    def __init__(self, served: Served[SimulatedTws]) -> None:
        self.served = served
        self.tws = served.server

    def terms(
        self, *, url: str | None = None, account: str = "", is_paper: bool = True
    ) -> SourceTerms:
        """Return terms that fit, but for what is given."""
        return SourceTerms(
            url=f"tcp://127.0.0.1:{self.tws.port}" if url is None else url,
            account=account,
            is_paper=is_paper,
            secrets=Secrets({}, env_file=None),
            clock=utc_now,
            seconds=SHORT_SECONDS,
        )

    def feed(self) -> IbkrFeed:
        """Return the source, new."""
        return IbkrFeed(self.terms())

    def hold(self, symbol: str, quantity: str, price: str | None = None) -> None:
        """Let the account hold so much; no update is sent."""
        self.tws.account.hold(symbol, Decimal(quantity), Decimal(price or 0))

    def break_reads(self, failure: str) -> None:
        """Let every read fail from now on; an empty word mends it."""
        self.served.do(self.tws.fail(failure))

    def trade(self, symbol: str, quantity: str, price: str) -> None:
        """Let a trade change what is held; an update is sent."""
        shares = Decimal(quantity) - self.tws.account.quantity(symbol)
        self.served.do(self.tws.trade(symbol, shares, Decimal(price), next(_stamps)))
