"""The figures at the head of the page: each with its n and interval, or grey."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from html import escape
from typing import Final

from trading_bot.research.bootstrap import Effect
from trading_bot.research.day_counts import mean_a_day
from trading_bot.research.outcomes import MAIN_COLUMN
from trading_bot.research.position.words import usd
from trading_bot.research.score_run import Scorecard
from trading_bot.research.score_words import false_exit_effect, interval, points
from trading_bot.research.scorecard import rate_is_met

_NOTHING: Final = Decimal(0)


def cards(card: Scorecard) -> Iterator[str]:
    """Return each figure with what it is, as markup."""
    yield from _position(card)
    for symbol, rate in card.alerts_a_day.items():
        counts = [each.alerts for each in card.day_counts if each.symbol == symbol]
        mean = mean_a_day(card.day_counts, symbol, seed=card.seed)
        text = f"{symbol} alerts a day, wanted 5 to 15"
        of = f"n = {len(counts)} day{'s'[: len(counts) != 1]}"
        yield _card(f"{rate:,.1f}", text, of, mean, met=rate_is_met(rate))
    exits = card.false_exits
    if exits.share is not None and exits.control_share is not None:
        effect = false_exit_effect(card)
        text = f"false exits, wanted below 10 %; at random {exits.control_share:.0%}"
        of = f"n = {exits.judged:,}"
        if effect is not None:
            text += f", difference {points(effect)}"
        yield _card(f"{exits.share:.0%}", text, of, effect, met=exits.met, told=True)
    for row in card.rows:
        if row.is_whole and row.effects is not None:
            effect = row.effects[MAIN_COLUMN]
            kind = row.name.removesuffix(", all")
            text = f"bp in 60 s after {kind}, against matched seconds: {interval(effect)}"
            yield _card(f"{effect.difference:+.2f}", text, f"n = {row.judged:,}", effect, told=True)


def _position(card: Scorecard) -> Iterator[str]:
    days = card.positions
    if not days:
        return
    of = f"n = {len(days)} symbol-day{'s'[: len(days) != 1]}"
    held = sum((each.change_staying for each in days), _NOTHING)
    worst = max(each.drawdown_staying for each in days)
    text = f"USD, held to each day's end; greatest drawdown {usd(-worst)}"
    yield _card(usd(held), text, of, None)
    if any(each.exits for each in days):
        left = sum((each.change_leaving for each in days), _NOTHING)
        worst = max(each.drawdown_leaving for each in days)
        text = f"USD, left at each day's first exit; greatest drawdown {usd(-worst)}"
        yield _card(usd(left), text, of, None)


def _card(
    figure: str,
    text: str,
    of: str,
    effect: Effect | None,
    *,
    met: bool | None = None,
    told: bool = False,
) -> str:
    """Return one figure.

    Args:
        figure: As it is shown.
        text: What it is.
        of: Its n.
        effect: Its interval; None makes it grey.
        met: Whether it is what was wanted; None where nothing was, or where too few say so.
        told: Whether the interval stands in the text already.
    """
    said = {None: "", True: "✓ met", False: "✗ not met"}[met]
    if effect is None:
        of += ", no interval"
    elif not told:
        of += f" [{effect.low:.1f}, {effect.high:.1f}]"
    grey = "" if effect is not None else ' class="few"'
    return (
        f'<div class="card"><b{grey}>{escape(figure)}</b><span>{escape(text)}</span>'
        f"<span>{escape(of)}</span>"
        + (f'<span class="said">{said}</span>' if said else "")
        + "</div>"
    )
