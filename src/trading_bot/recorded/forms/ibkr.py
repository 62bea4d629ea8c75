"""IBKR's historical ticks, as a data frame of ib_async or ib_insync writes them.

`reqHistoricalTicks` with TRADES or BID_ASK, a file each:
https://interactivebrokers.github.io/tws-api/historical_time_and_sales.html . They name no symbol
and no sequence numbers, so a page that was asked for twice counts twice. Stamps are whole seconds:
where in its second a quote stood nobody can tell, so a second's quotes come before its prints.

Sizes are shares since TWS 985, and were round lots before or are where it was told to: the sizes
tell. Conditions are the letters of the tapes; nothing says of which, so a letter with two meanings
has the one that takes more away. The attributes beside them are not looked at.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from trading_bot.recorded.column_names import STAMP, TICKER
from trading_bot.recorded.forms.form import Form, Part, RowMap, Start
from trading_bot.recorded.forms.pick import pick, pick_symbol
from trading_bot.recorded.forms.tape_letters import conditions_in
from trading_bot.recorded.forms.venue_names import venue_in

_SECONDS_DIGITS: Final = 10


def _is_whole_seconds(stamp: str) -> bool:
    return "." not in stamp if ":" in stamp else len(stamp) <= _SECONDS_DIGITS


def _trades(start: Start, notes: Counter[str]) -> RowMap:
    symbol, stamp = pick_symbol(start, "symbol", "ticker"), pick(start, "time")
    price, size = pick(start, "price"), pick(start, "size")
    venue, letters = pick(start, "exchange"), pick(start, "specialconditions")
    conditions, exchange = conditions_in(notes), venue_in(notes)

    def row(cells: list[str]) -> tuple[str, ...]:
        at = stamp(cells)
        if _is_whole_seconds(at):
            notes["prints_stamped_with_whole_seconds"] += 1
        return (
            symbol(cells),
            at,
            price(cells),
            size(cells),
            exchange(venue(cells)),
            conditions(letters(cells), ""),
        )

    return row


def _quotes(start: Start, notes: Counter[str]) -> RowMap:
    symbol, stamp = pick_symbol(start, "symbol", "ticker"), pick(start, "time")
    sides = [pick(start, name) for name in ("pricebid", "sizebid", "priceask", "sizeask")]

    def row(cells: list[str]) -> tuple[str, ...]:
        at = stamp(cells)
        if _is_whole_seconds(at):
            notes["quotes_stamped_with_whole_seconds"] += 1
        return symbol(cells), at, *(side(cells) for side in sides)

    return row


FORMS: Final = (
    Form(
        "IBKR's historical trades",
        lambda start: start.has("time", "price", "size", "specialconditions"),
        (
            Part(
                "trades",
                (TICKER, STAMP, "price", "size", "exchange", "conditions"),
                _trades,
            ),
        ),
    ),
    Form(
        "IBKR's historical bids and asks",
        lambda start: start.has("time", "pricebid", "priceask", "sizebid", "sizeask"),
        (
            Part(
                "quotes",
                (TICKER, STAMP, "bid_price", "bid_size", "ask_price", "ask_size"),
                _quotes,
                usual_unit="shares",
            ),
        ),
    ),
)
