"""One account at Alpaca as a source of positions; see `positions.source`.

All is read by one question, every so often; what trades change comes by the stream in between.
Missed updates are not sent again, so that all is read anew after each connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from trading_bot.brokers.alpaca.errors import KEY_VARIABLES, missing_key, odd_key
from trading_bot.brokers.alpaca.rest import AlpacaRest
from trading_bot.brokers.alpaca.stream import PING_SECONDS, TradeUpdates
from trading_bot.brokers.alpaca.wire import account_in, positions_in
from trading_bot.brokers.exchange import SETTING
from trading_bot.order_flow.diagnostics import hide
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.positions.source import (
    AccountFound,
    Hear,
    PositionsRead,
    SourceTerms,
    shown_number,
)
from trading_bot.positions.threaded import threaded

LIVE_URL: Final = "https://api.alpaca.markets"
PAPER_URL: Final = "https://paper-api.alpaca.markets"
ACCOUNT: Final = "/v2/account"
POSITIONS: Final = "/v2/positions"
STREAM: Final = "/stream"


class AlpacaFeed:
    """One account at Alpaca.

    Args:
        terms: What it is made of.
        ping_seconds: When a stream that says nothing is asked for a sign of life.
    """

    name: Final = "alpaca"
    has_updates: Final = True

    def __init__(self, terms: SourceTerms, *, ping_seconds: float = PING_SECONDS) -> None:
        self._terms = terms
        self._ping_seconds = ping_seconds
        self._base_url = (terms.url or (PAPER_URL if terms.is_paper else LIVE_URL)).rstrip("/")
        self._rest: AlpacaRest | None = None
        self._is_right_account = not terms.account

    async def check(self) -> AccountFound:
        """Ask for the account; see `PositionFeed`."""
        return await threaded(self._ask_account)

    async def read(self) -> PositionsRead:
        """Ask for everything that is held; see `PositionFeed`."""
        return await threaded(self._ask_positions)

    async def follow(self, hear: Hear, opened: Callable[[], None]) -> None:
        """Take what trades change; see `PositionFeed`."""
        key, secret = self._keys()
        parts = urlsplit(self._base_url)
        scheme = {"https": "wss", "http": "ws"}.get(parts.scheme, parts.scheme)
        updates = TradeUpdates(
            f"{scheme}://{parts.netloc}{parts.path}{STREAM}",
            key,
            secret,
            clock=self._terms.clock,
            seconds=self._terms.seconds,
            is_paper=self._terms.is_paper,
            allow_insecure=self._terms.allow_insecure,
            setting=SETTING,
            ping_seconds=self._ping_seconds,
        )
        await updates.run(hear, opened)

    def close(self) -> None:
        """Close the connections of the questions."""
        if self._rest is not None:
            self._rest.close()

    def _ask_account(self) -> AccountFound:
        number, found = account_in(self._opened().get(ACCOUNT), ACCOUNT)
        hide(number)
        wanted = self._terms.account
        if wanted and number != wanted:
            raise DataSourceError(
                f"the key is of the account {shown_number(number)}, and positions_account names "
                f"{shown_number(wanted)}; check both, and positions_paper",
                code="wrong_account",
            )
        self._is_right_account = True
        return found

    def _ask_positions(self) -> PositionsRead:
        if not self._is_right_account:
            self._ask_account()
        return positions_in(self._opened().get(POSITIONS), POSITIONS)

    def _opened(self) -> AlpacaRest:
        if self._rest is None:
            key, secret = self._keys()
            self._rest = AlpacaRest(
                self._base_url,
                key,
                secret,
                clock=self._terms.clock,
                seconds=self._terms.seconds,
                is_paper=self._terms.is_paper,
                allow_insecure=self._terms.allow_insecure,
            )
        return self._rest

    def _keys(self) -> tuple[str, str]:
        """Return key and secret.

        Raises:
            DataSourceError: One is missing, or could stand in no header.
        """
        key, secret = (self._terms.secrets.get(name) for name in KEY_VARIABLES)
        if not key or not secret:
            raise missing_key()
        # The HTTP library would name an unfit header, key and all, in its error.
        if not all(re.fullmatch(r"[\x21-\x7e]+", each) for each in (key, secret)):
            raise odd_key()
        return key, secret


def make_feed(terms: SourceTerms) -> AlpacaFeed:
    """Return the account that the terms mean."""
    return AlpacaFeed(terms)
