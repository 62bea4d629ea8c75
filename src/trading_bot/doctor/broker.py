"""What a broker's account answers, asked once: is the key accepted, is the account there?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.position import Position
from trading_bot.positions.following import PositionsUnknownError
from trading_bot.positions.source import AccountFound, PositionFeed, PositionsRead


@dataclass(frozen=True, slots=True)
class BrokerAnswers:
    """What was answered; it says what is held, as the account that is followed does.

    Attributes:
        name: Of the source.
        account: The account that is meant; None where it was not found.
        read: What it holds; None where that could not be read.
        trouble: Why there is no answer, and how to mend it; empty where there is one.
    """

    name: str
    account: AccountFound | None = None
    read: PositionsRead | None = None
    trouble: str = ""

    def get_active_positions(self) -> Sequence[Position]:
        """Return what is held.

        Raises:
            PositionsUnknownError: The broker did not say.
        """
        if self.read is None:
            raise PositionsUnknownError(f"{self.name} does not say what is held; mend broker first")
        return tuple(self.read.positions.values())

    def get_unreadable(self) -> Mapping[str, str]:
        """Return what is wrong with each row that cannot be read."""
        return {} if self.read is None else self.read.unreadable

    def get_stale(self) -> str:
        """Say why what is held may be old."""
        return self.trouble

    def get_closed(self) -> frozenset[str]:
        """Return nothing: one answer knows of no sale."""
        return frozenset()


def ask_broker(feed: PositionFeed) -> BrokerAnswers:
    """Ask for the account, and for what it holds, once each."""

    async def ask() -> BrokerAnswers:
        account = None
        try:
            account = await feed.check()
            return BrokerAnswers(feed.name, account, await feed.read())
        except DataSourceError as error:
            return BrokerAnswers(feed.name, account, trouble=str(error))

    try:
        return asyncio.run(ask())
    finally:
        feed.close()
