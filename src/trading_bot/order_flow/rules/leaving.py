"""What selling a position now into the displayed bids costs, and how much of it fits; pure.

The bids are walked from the best one down, in millionths of a share and ticks of 0.000001 USD, so
that nothing is rounded on the way. It is arithmetic on what is displayed, and no forecast: shares
that are hidden, or stand elsewhere, are not in it. With a best bid and ask alone only the part that
fits at the best bid is known. Of a short position nothing is said: it is left by buying, and no
rule of this library recommends that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any, Final

from ..market.events import Level
from ..market.fitness import is_crossed
from ..market.units import NS_PER_SECOND, TICKS_PER_DOLLAR, UNITS_PER_SHARE
from ..position import Position
from ..recommendation import ExitRecommendation, Leaving
from .side.quote_memory import QUOTE_MAX_AGE_NS
from .symbol_judge import SymbolJudge

LeavingOf = Callable[[Position, int], Leaving]
"""Says what leaving a long position costs at an exchange time, Unix nanoseconds."""

NO_QUOTE: Final = "no quote is known"
_BP: Final = 10_000
_HALF_UNITS_PER_USD: Final = Decimal(2 * TICKS_PER_DOLLAR * UNITS_PER_SHARE)


def walked(units: int, bids: Sequence[Level], ask_ticks: int) -> tuple[int, int]:
    """Sell into bids, the best first; return what fits, and twice what that costs.

    Args:
        units: Millionths of a share to be sold.
        bids: Levels of (price ticks, millionths of a share), one at least.
        ask_ticks: Best ask.

    Returns:
        Millionths of a share that fit; and, in ticks times millionths, twice what they bring less
        than at the midpoint, which may lie half a tick from both prices.
    """
    both = bids[0][0] + ask_ticks
    left, cost = units, 0
    for price, size in bids:
        taken = min(left, size)
        cost += taken * (both - 2 * price)
        left -= taken
        if not left:
            break
    return units - left, cost


def leaving_of(judge: SymbolJudge, position: Position, as_of_ns: int) -> Leaving:
    """Return what leaving a long position costs by the newest displayed book.

    Args:
        judge: Of its symbol.
        position: What is held.
        as_of_ns: Exchange time, Unix nanoseconds; a quote of more than a minute before is too old.
    """
    unknown = _why_unknown(judge, as_of_ns)
    if unknown:
        return not_known(position, unknown)
    bids, ask_ticks = judge.displayed_bids, judge.ask_ticks
    shares, depth_kind = position.quantity, judge.depth_kind
    if not bids:
        return Leaving(shares, fits=Decimal(0), depth_kind=depth_kind, unknown="nobody bids")
    units = int(shares * UNITS_PER_SHARE)
    fitting, twice = walked(units, bids, ask_ticks)
    # What is finer than a millionth goes with the rest.
    fits = shares if fitting == units else Decimal(fitting) / UNITS_PER_SHARE
    if not ask_ticks:
        unknown = "nobody offers, so there is no midpoint"
    elif not fitting:
        unknown = "it is less than a millionth of a share"
    else:
        both = bids[0][0] + ask_ticks
        return Leaving(
            shares,
            fits=fits,
            cost_usd=Decimal(twice) / _HALF_UNITS_PER_USD,
            cost_bp=round(_BP * twice / (fitting * both), 2),
            levels=len(bids),
            depth_kind=depth_kind,
            unknown="its depth cannot be seen" if judge.lacks_depth and fitting != units else "",
        )
    return Leaving(shares, fits=fits, levels=len(bids), depth_kind=depth_kind, unknown=unknown)


def not_known(position: Position, why: str) -> Leaving:
    """Return that it is not known what leaving a position costs, and why."""
    return Leaving(position.quantity, unknown=why)


def no_quote_known(position: Position, _as_of_ns: int) -> Leaving:
    """Say that nothing is known, for whoever has no market at hand; a `LeavingOf`."""
    return not_known(position, NO_QUOTE)


def plain(leaving: Leaving | None) -> dict[str, Any] | None:
    """Return what leaving costs as JSON can hold it, exact numbers as text; None for None."""
    if leaving is None:
        return None
    values = asdict(leaving).items()
    return {name: str(each) if isinstance(each, Decimal) else each for name, each in values}


def with_leaving(exit_: ExitRecommendation, leaving: Leaving) -> ExitRecommendation:
    """Return a recommendation that says, and whose reason says, what leaving costs."""
    return replace(exit_, leaving=leaving, reason=f"{exit_.reason}; {words_of_leaving(leaving)}")


def words_of_leaving(leaving: Leaving) -> str:
    """Say what leaving costs, in half a sentence."""
    if leaving.fits is None:
        return f"what leaving costs now is not known: {leaving.unknown}"
    fits = _fits(leaving, leaving.fits)
    shares = f"leaving {leaving.shares:,f} shares now"
    if leaving.cost_usd is None or leaving.cost_bp is None:
        return f"{shares}: {fits}; what it costs is not known: {leaving.unknown}"
    part = "" if leaving.fits == leaving.shares else " for what fits"
    cost = f"{leaving.cost_usd:,.2f} USD ({leaving.cost_bp:.1f} bp)"
    return f"{shares} costs {cost} below the midpoint{part}; {fits}"


def short_words_of_leaving(leaving: Leaving) -> str:
    """Say what leaving costs, for a status line: in a few words."""
    if leaving.fits is None or leaving.cost_usd is None or leaving.cost_bp is None:
        return f"leaving: not known, {leaving.unknown}"
    cost = f"leaving costs {leaving.cost_usd:,.2f} USD ({leaving.cost_bp:.1f} bp)"
    if leaving.fits == leaving.shares:
        return cost
    return f"{cost} for the {leaving.fits:,f} of {leaving.shares:,f} that fit the displayed bids"


def _fits(leaving: Leaving, fits: Decimal) -> str:
    if not leaving.levels:
        return "none fit, no bid is displayed"
    number = "all" if fits == leaving.shares else f"{fits:,f}"
    if leaving.depth_kind == "top_of_book":
        beyond = f", the rest is not known: {leaving.unknown}" if leaving.unknown else ""
        return f"{number} fit the displayed best bid{beyond}"
    return f"{number} fit the displayed bids ({leaving.levels} levels)"


def _why_unknown(judge: SymbolJudge, as_of_ns: int) -> str:
    """Return why nothing can be said of the book; empty where it can."""
    quote_ns = judge.quote_ns
    if not quote_ns:
        return NO_QUOTE
    if judge.halted_by is not None:
        return "trading is halted"
    age_ns = as_of_ns - quote_ns
    if age_ns > QUOTE_MAX_AGE_NS:
        return f"the newest quote is {age_ns // NS_PER_SECOND:,} s old"
    if is_crossed(judge.bid_ticks, judge.ask_ticks):
        return "the best bid and ask are crossed"
    return ""
