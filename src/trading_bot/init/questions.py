"""The few questions before the first watch; each has an answer that leaves all as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from trading_bot.init.answers import DATA_SOURCES, Answers, checked_key, checked_source
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.config_bounds import BOUNDS, check_number
from trading_bot.order_flow.position import Position
from trading_bot.positions.registry import FILE, source_names
from trading_bot.positions.stated import stated_positions, stated_symbols

Ask = Callable[[str, bool], str]
"""Takes a question, and whether the answer is hidden while it is typed; returns the answer."""
Say = Callable[[str], None]

T = TypeVar("T")
_WHOSE = {"polygon": "Massive or Polygon.io", "databento": "Databento"}
_FORM = "AAPL:100@187.50:182"


def ask_all(
    ask: Ask,
    say: Say,
    *,
    env: bool,
    positions: bool,
    settings: bool,
    data_source: str = DATA_SOURCES[0],
) -> Answers:
    """Ask what the first files are made of.

    Args:
        ask: Asks one question; an answer of nothing is none.
        say: Says what is wrong with an answer, before it is asked again.
        env: `.env` is to be written.
        positions: The positions are to be written.
        settings: The settings are to be written.
        data_source: Whose key is asked for.
    """
    key = held = alerts = source = None
    watchlist: tuple[str, ...] = ()
    if env:
        question = f"Your key of {_WHOSE[data_source]}, not shown while you type (Enter: later)"
        key = _asked(ask, say, question, checked_key, hidden=True)
    if positions and settings:
        question = f"Who says what you hold: {', '.join(source_names())} (Enter: {FILE})"
        source = _asked(ask, say, question, checked_source)
    if positions:
        held = _held(ask, say) if source is None else None
        question = "Symbols to watch without holding them, such as MSFT,NVDA (Enter: none)"
        watchlist = _asked(ask, say, question, lambda text: stated_symbols([text])) or ()
    if settings:
        low, high = BOUNDS["alerts_per_day"]
        usual = OrderFlowConfig().alerts_per_day
        question = f"Alerts a day that you wish of each symbol, {low} to {high} (Enter: {usual})"
        alerts = _asked(ask, say, question, _alerts_per_day)
    return Answers(key, held, watchlist, alerts, data_source, source)


def _held(ask: Ask, say: Say) -> tuple[Position, ...]:
    """Ask for one position after the other; none is an answer too: nothing is held."""
    texts: list[str] = []

    def with_those_before(text: str) -> tuple[Position, ...]:
        found = stated_positions([*texts, text])
        texts.append(text)
        return found

    held: tuple[Position, ...] = ()
    while True:
        no_more = "that is all" if held else "nothing"
        question = (
            f"What you hold, such as AAPL:100@187.50 or with a stop {_FORM} (Enter: {no_more})"
        )
        more = _asked(ask, say, question, with_those_before)
        if more is None:
            return held
        held = more


def _asked(
    ask: Ask, say: Say, question: str, take: Callable[[str], T], *, hidden: bool = False
) -> T | None:
    """Ask until there is an answer that can be taken, or none."""
    while True:
        text = ask(question, hidden).strip()
        if not text:
            return None
        try:
            return take(text)
        except ValueError as error:
            say(str(error))


def _alerts_per_day(text: str) -> int:
    value = int(text) if text.isdecimal() else text
    check_number("alerts_per_day", value)
    return int(value)
