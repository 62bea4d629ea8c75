"""The same account in USD, for the position given: exact, since ticks and shares are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np

from trading_bot.order_flow.market.units import TICKS_PER_DOLLAR, price_from_ticks
from trading_bot.research.bootstrap import Effect, differences_of_few, effects
from trading_bot.research.position.exit_account import HeldDay
from trading_bot.research.quote_series import FloatArray, IntArray

_TICKS: Final = Decimal(TICKS_PER_DOLLAR)
_NONE: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class ExitInDollars:
    """What leaving at one exit would have meant, USD against the start of the day's holding.

    Attributes:
        at_ns: When it could be acted upon, Unix nanoseconds.
        price: The mark that it meets, USD per share.
        change: What the position had gained by then.
        saved: The same less what it had gained at the end; negative where staying was better.
        worst_after: The least that it had gained from then on, against `change`; never above 0.
    """

    at_ns: int
    price: Decimal
    change: Decimal
    saved: Decimal
    worst_after: Decimal


@dataclass(frozen=True, slots=True)
class PositionAccount:
    """One symbol-day of a position: held to the end, and left at the day's first exit, in USD.

    Every figure is of one price path, so it has no interval.

    Attributes:
        symbol: Ticker.
        day: ISO date.
        quantity: Shares; negative for a short position.
        from_ns: Since when it is held that day, Unix nanoseconds.
        price: The first mark, USD per share.
        last_price: The last one.
        change_staying: Gained from the first mark to the last.
        change_leaving: Gained up to the first exit; as `change_staying` without one.
        change_random: Mean gained up to random seconds of the day.
        change_near: The same within 30 minutes of the exit; None without an exit.
        drawdown_staying: Greatest loss from the best mark before, held to the end; never below 0.
        drawdown_leaving: The same up to the first exit.
        drawdown_random: Mean of the same over random seconds.
        drawdown_near: The same within 30 minutes of the exit; None without an exit.
        exits: Every exit, oldest first.
    """

    symbol: str
    day: str
    quantity: Decimal
    from_ns: int
    price: Decimal
    last_price: Decimal
    change_staying: Decimal
    change_leaving: Decimal
    change_random: Decimal
    change_near: Decimal | None
    drawdown_staying: Decimal
    drawdown_leaving: Decimal
    drawdown_random: Decimal
    drawdown_near: Decimal | None
    exits: tuple[ExitInDollars, ...]

    def to_json_dict(self) -> dict[str, object]:
        """Give what `--json` prints: USD as decimal texts."""
        plain = ("symbol", "day", "from_ns")
        found: dict[str, object] = {name: getattr(self, name) for name in plain}
        for name in self.__slots__:
            value = getattr(self, name)
            if name not in (*plain, "exits"):
                found[name] = None if value is None else str(value)
        found["exits"] = [
            {"at_ns": each.at_ns, **{name: str(getattr(each, name)) for name in _OF_AN_EXIT}}
            for each in self.exits
        ]
        return found


_OF_AN_EXIT: Final = ("price", "change", "saved", "worst_after")
COMPARED: Final = ("held", "near", "drawdown_held", "drawdown_near")
"""What leaving at the first exit is compared with; drawdowns as losses, so below 0."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Leaving at the day's first exit against other ways, mean over symbol-days with an exit, USD.

    Attributes:
        days: How many there are.
        effects: By name in `COMPARED`; None where there are too few days.
        few: Mean differences without an interval, where there are too few; else None.
    """

    days: int
    effects: dict[str, Effect] | None
    few: dict[str, float] | None


NOT_COMPARED: Final = Compared(0, None, None)


def in_dollars(day: HeldDay) -> PositionAccount:
    """Reckon one symbol-day in USD."""
    quantity = day.position.quantity
    gained, drawdown = gained_ticks(day), drawdown_ticks(day)
    shares = abs(quantity)
    last = len(gained) - 1
    first = int(day.left[0]) if day.exits else last
    # The least that was gained from each quote on.
    least = np.minimum.accumulate(gained[::-1])[::-1]

    def usd(ticks: int) -> Decimal:
        return ticks * shares / _TICKS

    def mean_usd(of: IntArray, places: IntArray) -> Decimal:
        return usd(int(of[places].sum())) / len(places)

    near = day.near
    return PositionAccount(
        symbol=day.series.symbol,
        day=day.series.day.isoformat(),
        quantity=quantity,
        from_ns=max(day.series.open_ns, int(day.series.stamps[0])),
        price=price_from_ticks(int(day.marks[0])),
        last_price=price_from_ticks(int(day.marks[last])),
        change_staying=usd(int(gained[last])),
        change_leaving=usd(int(gained[first])),
        change_random=mean_usd(gained, day.at_random),
        change_near=None if near is None else mean_usd(gained, near),
        drawdown_staying=usd(int(drawdown[last])),
        drawdown_leaving=usd(int(drawdown[first])),
        drawdown_random=mean_usd(drawdown, day.at_random),
        drawdown_near=None if near is None else mean_usd(drawdown, near),
        exits=tuple(
            ExitInDollars(
                at_ns,
                price_from_ticks(int(day.marks[place])),
                usd(int(gained[place])),
                usd(int(gained[place] - gained[last])),
                usd(int(least[place] - gained[place])),
            )
            for at_ns, place in zip(day.exits, day.left.tolist(), strict=True)
        ),
    )


def gained_ticks(day: HeldDay) -> IntArray:
    """Return what a share had gained at each quote since the first, ticks; a loss is below 0."""
    sign = -1 if day.position.is_short else 1
    gained: IntArray = sign * (day.marks - day.marks[0])
    return gained


def drawdown_ticks(day: HeldDay) -> IntArray:
    """Return the greatest loss of a share from its best mark, up to each quote, ticks."""
    greatest: IntArray = np.maximum.accumulate(np.abs(day.bests - day.marks))
    return greatest


def compare(accounts: Sequence[PositionAccount], *, seed: int) -> Compared:
    """Compare leaving at the first exit with staying, and with leaving near by.

    Args:
        accounts: Of any symbols and days.
        seed: Of the resampling, which draws trading days.
    """
    left = [each for each in accounts if each.exits]
    leaving = _table(
        (each.change_leaving, each.change_leaving, -each.drawdown_leaving, -each.drawdown_leaving)
        for each in left
    )
    others = _table(
        (
            each.change_staying,
            each.change_near or _NONE,
            -each.drawdown_staying,
            -(each.drawdown_near or _NONE),
        )
        for each in left
    )
    days = np.array([date.fromisoformat(each.day).toordinal() for each in left], dtype=np.int64)
    found = effects(leaving, others, days, days, seed=seed)
    few = differences_of_few(leaving, others)
    return Compared(
        len(left),
        None if found is None else dict(zip(COMPARED, found, strict=True)),
        None if few is None else dict(zip(COMPARED, few, strict=True)),
    )


def _table(rows: Iterable[tuple[Decimal, ...]]) -> FloatArray:
    return np.array([[float(each) for each in row] for row in rows], dtype=np.float64)
