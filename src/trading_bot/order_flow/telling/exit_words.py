"""What a recommendation to leave says, in words: what is held, the rule, and what it is worth.

What leaving costs stands in its reason.
"""

from __future__ import annotations

from ..recommendation import ExitRecommendation


def words_of_exit(exit_: ExitRecommendation) -> str:
    """Say what a suggestion is about: the position first, then the rule, then its worth."""
    parts = [", ".join(position_words(exit_)), f"your rule: {exit_.reason}"]
    if exit_.worth:
        parts.append(exit_.worth)
    return "; ".join(parts)


def position_words(exit_: ExitRecommendation) -> list[str]:
    """Say how the position stands, as far as it is known."""
    found = [f"{exit_.position.quantity} shares"]
    if exit_.unrealised_pnl is not None:
        found.append(f"P&L {exit_.unrealised_pnl:+,.2f} USD")
    if exit_.distance_to_stop is not None:
        side = "below" if exit_.distance_to_stop < 0 else "above"
        distance = f"{abs(exit_.distance_to_stop)} USD {side} the stop"
        spreads = exit_.spreads_to_stop
        found.append(distance if spreads is None else f"{distance} ({abs(spreads):.0f} spreads)")
    return found
