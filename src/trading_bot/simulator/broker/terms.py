"""What the simulated account holds at first, and what it trades; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from trading_bot.order_flow.position import Position
from trading_bot.simulator.positions import POSITIONS
from trading_bot.simulator.settings import DEFAULT_KEY

BROKER_KEY: Final = "SIMULATED-BROKER-KEY"
"""The key; its secret is the key of the simulated market."""
ACCOUNT_NUMBER: Final = "SIM20260310"


@dataclass(frozen=True, slots=True)
class PlannedTrade:
    """A trade that the account makes by itself.

    Attributes:
        after_seconds: Market seconds after the start of the run.
        symbol: Ticker.
        shares: What is bought; negative for what is sold.
    """

    after_seconds: float
    symbol: str
    shares: Decimal


PLAN: Final = (
    PlannedTrade(5, "ACME", Decimal(1_200)),
    PlannedTrade(30, "ACME", Decimal(-700)),
    PlannedTrade(45, "ACME", Decimal(-500)),
)
"""Bought before its first large seller, sold in part after the third, and then all of it."""
HOLDINGS: Final = tuple(each for each in POSITIONS if each.symbol != "ACME")


@dataclass(frozen=True, slots=True)
class BrokerTerms:
    """How the broker is set up.

    Attributes:
        secret: What goes with `BROKER_KEY`.
        holdings: What the account holds at first; stops are not the broker's.
        plan: What it trades by itself.
        is_approved: Whether the account is active.
    """

    secret: str = DEFAULT_KEY
    holdings: Iterable[Position] = HOLDINGS
    plan: tuple[PlannedTrade, ...] = ()
    is_approved: bool = True
