"""What a recommendation to leave says, in words: what is held, the rule, and what it is worth."""

from __future__ import annotations

from decimal import Decimal

from ..data_models import Facts
from ..recommendation import ExitRecommendation


def words_of_exit(exit_: ExitRecommendation) -> str:
    """Say what a suggestion is about: the position first, then the rule, then its worth."""
    parts = [", ".join(position_words(exit_)), f"your rule: {exit_.reason}"]
    if exit_.worth:
        parts.append(exit_.worth)
    return "; ".join(parts)


def position_words(exit_: ExitRecommendation) -> list[str]:
    """Say how the position stands and what leaving it costs, as far as it is known."""
    found = [f"{exit_.position.quantity} shares"]
    if exit_.unrealised_pnl is not None:
        found.append(f"P&L {exit_.unrealised_pnl:+,.2f} USD")
    if exit_.distance_to_stop is not None:
        side = "below" if exit_.distance_to_stop < 0 else "above"
        distance = f"{abs(exit_.distance_to_stop)} USD {side} the stop"
        spreads = exit_.spreads_to_stop
        found.append(distance if spreads is None else f"{distance} ({abs(spreads):.0f} spreads)")
    if exit_.facts is not None:
        found += _leaving(exit_.facts, exit_.position.quantity)
    return found


def _leaving(facts: Facts, quantity: Decimal) -> list[str]:
    found = []
    if facts.leaving_usd is not None and facts.leaving_bp is not None:
        found.append(f"leaving costs {facts.leaving_usd:,.2f} USD ({facts.leaving_bp:.1f} bp)")
    if facts.bid_shares is not None and facts.bid_shares < quantity:
        found.append(f"the bid shows {facts.bid_shares:,} of your {quantity:,} shares")
    return found
