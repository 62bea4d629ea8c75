"""Alpaca's trades and quotes: the tables of its client, and its answers with their short names.

Names and letters: https://docs.alpaca.markets/reference/stocktrades-1 and `stockquotes-1`. Quote
sizes are those of the consolidated tape: round lots, as its description of `as` and `bs` says, and
shares since 2025-11-03, so the sizes tell. It states the stamp of the tape alone, and no sequence
numbers. Of a print that was taken back `u` says so; a table of the client does not have it.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from trading_bot.recorded.column_names import STAMP, TICKER
from trading_bot.recorded.forms.form import Form, Part, RowMap, Start
from trading_bot.recorded.forms.pick import pick, pick_symbol
from trading_bot.recorded.forms.tape_letters import conditions_in, exchange_in, plan_of_tape

_CORRECTIONS: Final = {"": "0", "canceled": "8", "incorrect": "7", "corrected": "1"}
"""What became of a print later, as the codes of the tape; `incorrect` is one that was replaced, and
`corrected` the one in its place."""

_OTHERS: Final = frozenset(
    {"siptimestamp", "participanttimestamp", "sequencenumber", "correction", "q"}
)
"""Names that a table of the client does not have, and one of another maker may."""


def _trades(start: Start, notes: Counter[str]) -> RowMap:
    symbol = pick_symbol(start, "symbol", "sym")
    stamp, price, size = (
        pick(start, "timestamp", "t"),
        pick(start, "price", "p"),
        pick(start, "size", "s"),
    )
    venue, letters, tape = (
        pick(start, "exchange", "x"),
        pick(start, "conditions", "c"),
        pick(start, "tape", "z"),
    )
    identity, update = pick(start, "id", "i"), pick(start, "update", "u")
    conditions, exchange = conditions_in(notes), exchange_in(notes)

    def row(cells: list[str]) -> tuple[str, ...]:
        return (
            symbol(cells),
            stamp(cells),
            price(cells),
            size(cells),
            exchange(venue(cells)),
            conditions(letters(cells), plan_of_tape(tape(cells))),
            identity(cells),
            _CORRECTIONS.get(update(cells), update(cells)),
        )

    return row


def _quotes(start: Start, _notes: Counter[str]) -> RowMap:
    symbol = pick_symbol(start, "symbol", "sym")
    stamp = pick(start, "t")
    bid, bid_size, ask, ask_size = (pick(start, name) for name in ("bp", "bs", "ap", "as"))

    def row(cells: list[str]) -> tuple[str, ...]:
        return (
            symbol(cells),
            stamp(cells),
            bid(cells),
            bid_size(cells),
            ask(cells),
            ask_size(cells),
        )

    return row


def _are_trades(start: Start) -> bool:
    named = start.has("timestamp", "price", "size", "exchange", "conditions", "tape")
    return (named or start.has("t", "p", "s")) and _OTHERS.isdisjoint(start.at)


_TRADE_TERMS: Final = (TICKER, STAMP, "price", "size", "exchange", "conditions", "id", "correction")
_QUOTE_TERMS: Final = (TICKER, STAMP, "bid_price", "bid_size", "ask_price", "ask_size")
FORMS: Final = (
    Form("Alpaca trades", _are_trades, (Part("trades", _TRADE_TERMS, _trades),)),
    # They have our names.
    Form(
        "Alpaca quotes",
        lambda start: (
            start.has("timestamp", "askexchange", "askprice", "bidexchange", "bidprice", "tape")
            and _OTHERS.isdisjoint(start.at)
        ),
    ),
    Form(
        "Alpaca quotes",
        lambda start: start.has("t", "bp", "bs", "ap", "as"),
        (Part("quotes", _QUOTE_TERMS, _quotes),),
    ),
)
