"""The account in USD as tables and sentences, for the terminal and for the page alike."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.research.bootstrap import ENOUGH
from trading_bot.research.looks.cells import FEW, NONE
from trading_bot.research.position.dollars import Compared, PositionAccount
from trading_bot.research.text_table import TextTable

_CENT: Final = Decimal("0.01")
_AGAINST: Final = (
    ("held to the end", "held", "drawdown_held"),
    ("left within 30 minutes of the exit", "near", "drawdown_near"),
)
_EMPTY: Final = "no position was held, so nothing is known"


def dollars_table(accounts: Sequence[PositionAccount]) -> TextTable:
    """Return each symbol-day of a position, held and left, in USD."""
    return TextTable(
        "The position in USD, held to the end or left at the day's first exit",
        (
            "day",
            "shares",
            "from",
            "at",
            "exits",
            "held",
            "left at exit",
            "left - held",
            "left near by",
            "drawdown, held",
            "drawdown, left",
            "drawdown, near by",
        ),
        tuple(
            (
                f"{each.symbol} {each.day}",
                f"{each.quantity:,f}",
                clock(each.from_ns),
                f"{each.price:,f}",
                f"{len(each.exits):,}",
                usd(each.change_staying),
                usd(each.change_leaving) if each.exits else NONE,
                usd(each.change_leaving - each.change_staying) if each.exits else NONE,
                NONE if each.change_near is None else usd(each.change_near),
                usd(-each.drawdown_staying),
                usd(-each.drawdown_leaving) if each.exits else NONE,
                NONE if each.drawdown_near is None else usd(-each.drawdown_near),
            )
            for each in accounts
        ),
        "Each row is one path of the price: n = 1, so no figure has an interval. Gained since the "
        "first quote after the opening print, at the best bid; of a short position at the best "
        "ask. All shares are taken to fit there; fees and nights are left out. No exit is ever "
        "suggested for a short position.",
        narrow=(0, 1, 5, 6, 9),
        empty=_EMPTY,
        single=True,
    )


def compared_table(compared: Compared) -> TextTable:
    """Return what leaving at the first exit brought more than other ways, over all symbol-days."""
    few = (
        ""
        if compared.effects is not None
        else f" In brackets, grey and marked {FEW!r}: fewer than {ENOUGH} symbol-days, so there is "
        "no interval and no finding."
    )
    return TextTable(
        "Leaving at the day's first exit against other ways, USD a symbol-day",
        ("against", "days", "gained more", "drawdown smaller by"),
        tuple(
            (name, f"{compared.days:,}", _cell(compared, gain), _cell(compared, drawdown))
            for name, gain, drawdown in _AGAINST
        )
        if compared.days
        else (),
        "Mean over symbol-days with an exit, with its 95 % bootstrap interval over days. Leaving "
        f"at any moment makes a drawdown smaller: the second row is the fair one.{few}",
        empty="no exit was recommended for what is held, so nothing is known",
    )


def sentence_of(account: PositionAccount) -> str:
    """Say one symbol-day in a sentence, which a picture of it repeats."""
    shares = f"{abs(account.quantity):,f} share{'s'[: abs(account.quantity) != 1]}"
    if account.quantity < 0:
        shares += " sold short"
    said = (
        f"{account.symbol} {account.day}, {shares} from {clock(account.from_ns)} at "
        f"{account.price:,f}: held to the last quote {usd(account.change_staying)} USD, greatest "
        f"drawdown {usd(-account.drawdown_staying)}"
    )
    if not account.exits:
        if account.quantity < 0:
            return f"{said}. No exit is suggested for a short position."
        return f"{said}. No exit was suggested."
    first, number = account.exits[0], len(account.exits)
    which = "the only exit" if number == 1 else f"the first of {number:,} exits"
    near = "" if account.change_near is None else f"; left near by, mean {usd(account.change_near)}"
    return (
        f"{said}; left at {which}, {clock(first.at_ns)} at {first.price:,f}, "
        f"{usd(account.change_leaving)}, drawdown {usd(-account.drawdown_leaving)}{near}. One "
        "path, n = 1: no interval."
    )


def usd(value: Decimal) -> str:
    """Return USD with its sign, in cents; what is exactly nothing has none."""
    cents = value.quantize(_CENT, ROUND_HALF_EVEN) + 0
    return f"{cents:+,f}" if cents else f"{abs(cents):,f}"


def clock(stamp_ns: int) -> str:
    """Return the time of day in New York."""
    return utc_from_ns(stamp_ns).astimezone(NEW_YORK).strftime("%H:%M:%S")


def _cell(compared: Compared, name: str) -> str:
    if compared.effects is not None:
        found = compared.effects[name]
        return f"{found.difference:+,.2f} [{found.low:+,.2f}, {found.high:+,.2f}]"
    return NONE if compared.few is None else f"({compared.few[name]:+,.2f}) {FEW}"
