"""One account at Interactive Brokers as a source of positions; see `positions.source`.

One connection to TWS or IB Gateway brings both: all positions when they are asked for, and each
that changes in between. Only the question for positions is ever sent: a read-only API will do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from trading_bot.brokers.ibkr import errors
from trading_bot.brokers.ibkr.session import Session
from trading_bot.brokers.ibkr.wire import Row, positions_in, update_in
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.positions.source import (
    AccountFound,
    Hear,
    PositionsRead,
    PositionUpdate,
    SourceTerms,
    shown_number,
)

HOST: Final = "127.0.0.1"
LIVE_PORT: Final = 7496
PAPER_PORT: Final = 7497
FIRST_CLIENT_ID: Final = 71
CLIENT_IDS: Final = 8
"""So many are tried in turn: TWS keeps that of a dead connection for a while."""
_PAPER_BEGINS: Final = "D"


class IbkrFeed:
    """One account at Interactive Brokers.

    Args:
        terms: What it is made of.
    """

    name: Final = "ibkr"
    has_updates: Final = True

    def __init__(self, terms: SourceTerms) -> None:
        self._terms = terms
        self._session: Session | None = None
        self._opening: asyncio.Task[Session] | None = None
        self._ids_taken = 0

    async def check(self) -> AccountFound:
        """Ask for the account; see `PositionFeed`."""
        number = self._account_of(await self._opened())
        is_paper = number.startswith(_PAPER_BEGINS)
        words = ""
        if is_paper != self._terms.is_paper:
            kind, setting = ("paper", "true") if is_paper else ("live", "false")
            words = f"by its number it is a {kind} account: check positions_paper={setting}"
        return AccountFound(shown_number(number), words)

    async def read(self) -> PositionsRead:
        """Ask for everything that is held; see `PositionFeed`."""
        session = await self._opened()
        account = self._account_of(session)
        return positions_in(await session.positions(self._terms.seconds / 2), account)

    async def follow(self, hear: Hear, opened: Callable[[], None]) -> None:
        """Take what trades change; see `PositionFeed`."""
        session = await self._opened()
        account = self._account_of(session)

        def take(row: Row) -> None:
            if row.is_stock and row.account == account:
                hear(update_in(row, ns_from_utc(self._terms.clock())))

        session.on_row = take
        # What changed while TWS was offline is not said again.
        session.on_restored = lambda: hear(PositionUpdate("", None, 0))
        opened()
        try:
            raise await session.until_end()
        finally:
            session.on_row = session.on_restored = None

    def close(self) -> None:
        """Close the connection."""
        if self._session is not None:
            self._session.close()

    async def _opened(self) -> Session:
        """Return the connection that reading and listening share."""
        if self._session is not None and self._session.is_usable:
            return self._session
        if self._opening is None or self._opening.done():
            self._opening = asyncio.get_running_loop().create_task(self._open())
            # Whoever waits may have been cut.
            self._opening.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._opening)

    async def _open(self) -> Session:
        host, port = self._place()
        mine, after = (FIRST_CLIENT_ID + (self._ids_taken + ahead) % CLIENT_IDS for ahead in (0, 1))
        session = Session(host, port, mine, after)
        try:
            # The other half is for the positions.
            await session.open(self._terms.seconds / 2)
        except DataSourceError as error:
            if error.code == "client_id_in_use":
                self._ids_taken += 1
            raise
        self._session = session
        return session

    def _place(self) -> tuple[str, int]:
        usual = PAPER_PORT if self._terms.is_paper else LIVE_PORT
        if not self._terms.url:
            return HOST, usual
        try:
            parts = urlsplit(self._terms.url)
            port = parts.port or usual
        except ValueError as error:
            raise errors.bad_address(self._terms.url) from error
        if parts.scheme != "tcp" or not parts.hostname:
            raise errors.bad_address(self._terms.url)
        return parts.hostname, port

    def _account_of(self, session: Session) -> str:
        """Return the whole number of the account that is meant.

        Raises:
            DataSourceError: It is not there, or there are several and none is named.
        """
        wanted, found = self._terms.account, session.accounts
        if wanted and wanted not in found:
            raise errors.wrong_account(found, wanted)
        if not wanted and len(found) > 1:
            raise errors.account_not_named(found)
        return wanted or found[0]


def make_feed(terms: SourceTerms) -> IbkrFeed:
    """Return the account that the terms mean."""
    return IbkrFeed(terms)
