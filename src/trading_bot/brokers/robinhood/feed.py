"""One account at Robinhood as a source of positions; see `positions.source`.

Nothing tells what trades change, so that all is read every few seconds. A page that is missing, or
a symbol that cannot be looked up for now, is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from trading_bot.brokers.robinhood import errors
from trading_bot.brokers.robinhood.login import Login
from trading_bot.brokers.robinhood.session import RobinhoodSession
from trading_bot.brokers.robinhood.wire import (
    ACCOUNTS,
    INSTRUMENTS,
    POSITIONS,
    accounts_in,
    page_in,
    positions_in,
    symbol_in,
)
from trading_bot.order_flow.diagnostics import hide
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.positions.source import AccountFound, Hear, PositionsRead, SourceTerms
from trading_bot.positions.threaded import threaded

MOST_PAGES: Final = 100
"""So many pages has no account: a next page that never ends is a mistake."""


class RobinhoodFeed:
    """One account at Robinhood.

    Args:
        terms: What it is made of.
    """

    name: Final = "robinhood"
    has_updates: Final = False

    def __init__(self, terms: SourceTerms) -> None:
        self._terms = terms
        self._session = RobinhoodSession(
            terms.url, allow_insecure=terms.allow_insecure, seconds=terms.seconds
        )
        self._login = Login(self._session, terms.secrets, terms.clock)
        self._account = ""
        self._symbols: dict[str, str] = {}

    async def check(self) -> AccountFound:
        """Ask for the account; see `PositionFeed`."""
        return await threaded(self._ask_account)

    async def read(self) -> PositionsRead:
        """Ask for everything that is held; see `PositionFeed`."""
        return await threaded(self._ask_positions)

    async def follow(self, _hear: Hear, _opened: Callable[[], None]) -> None:
        """Tell that nothing tells what trades change; see `PositionFeed`."""
        raise DataSourceError("Robinhood sends no updates", code="no_updates")

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _ask_account(self) -> AccountFound:
        self._session.begin()
        return self._found_account()

    def _ask_positions(self) -> PositionsRead:
        self._session.begin()
        if not self._account:
            self._found_account()
        asked = urlencode({"account_number": self._account, "nonzero": "true"})
        rows = self._listed(POSITIONS, asked)
        return positions_in(rows, self._account, self._symbol_of)

    def _found_account(self) -> AccountFound:
        if self._terms.is_paper:
            raise errors.no_paper()
        found = accounts_in(self._listed(ACCOUNTS, "default_to_all_accounts=true"))
        for number in found:
            hide(number)
        self._account = self._meant(found)
        return found[self._account]

    def _meant(self, found: Mapping[str, AccountFound]) -> str:
        wanted, numbers = self._terms.account, tuple(found)
        if wanted and wanted not in found:
            raise errors.wrong_account(numbers, wanted)
        if not wanted and not numbers:
            raise errors.unexpected(ACCOUNTS, "a list that names an account")
        if not wanted and len(numbers) > 1:
            raise errors.account_not_named(numbers)
        return wanted or numbers[0]

    def _listed(self, path: str, asked: str) -> list[Any]:
        """Return the rows of every page.

        Raises:
            DataSourceError: One page is missing, or they do not end.
        """
        rows: list[Any] = []
        following = f"{path}?{asked}"
        for _ in range(MOST_PAGES):
            page = page_in(self._whole(following), path, self._session.host)
            rows += page.rows
            if not page.next:
                return rows
            following = page.next
        raise errors.unexpected(path, f"a list of at most {MOST_PAGES} pages")

    def _symbol_of(self, instrument: str) -> str:
        """Return the symbol of an instrument, asked for once; empty where there is none."""
        if instrument not in self._symbols:
            path = f"{INSTRUMENTS}{instrument}/"
            try:
                self._symbols[instrument] = symbol_in(self._whole(path), path)
            except DataSourceError as error:
                # It costs its row; whatever may be better soon costs the answer.
                if error.code not in ("not_found", "unexpected_shape"):
                    raise
                return ""
        return self._symbols[instrument]

    def _whole(self, path: str) -> bytes:
        """Return the body of an answer with status 200.

        Raises:
            DataSourceError: There is none; `code` says why.
        """
        answer = self._session.get(path, self._login.authorization())
        if answer.status == 401:
            raise self._login.forget()
        if answer.status != 200:
            raise errors.error_from_answer(
                answer.status,
                answer.headers,
                answer.body,
                path.partition("?")[0],
                self._terms.clock(),
            )
        return answer.body


def make_feed(terms: SourceTerms) -> RobinhoodFeed:
    """Return the account that the terms mean."""
    return RobinhoodFeed(terms)
