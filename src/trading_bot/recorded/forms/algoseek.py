"""AlgoSeek's trades and quotes of US equities (TAQ): every event of the tapes in one file.

Each row is a print, or one venue's bid or ask; `NB` marks a quote that makes the national best bid
or ask. So the best of each side is what the last such row of it says, and another venue's quote
leaves it as it was. `TRADE CANCELLED` takes a print back. Times are of New York; files of old state
no day, so `--day` does. Conditions are bits (`condition_bits`).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from trading_bot.recorded.column_names import STAMP, TICKER
from trading_bot.recorded.forms.condition_bits import bits_in
from trading_bot.recorded.forms.form import Form, Part, RowMap, Start
from trading_bot.recorded.forms.new_york_times import day_in, stamp_at
from trading_bot.recorded.forms.pick import pick, pick_symbol
from trading_bot.recorded.forms.venue_names import venue_in

_TRADE, _QUOTE, _BEST, _CANCELLED = "TRADE", "QUOTE", "NB", "CANCELLED"
_SIDES: Final = {"BID": "bid", "ASK": "ask"}
_CANCELLED_CODE: Final = "8"
_BETWEEN: Final = re.compile(r"[ _]+")
_EMPTY: Final = ("0", "0")
_NO_PRICE: Final = "unknown"
_day = lru_cache(maxsize=64)(day_in)


def _stamps(start: Start) -> Callable[[list[str]], str]:
    """Return what takes the stamp of a row.

    Raises:
        ValueError: Nothing says the day of the rows.
    """
    clock, day_cell, told = pick(start, "timestamp"), pick(start, "date"), start.told.day
    if not start.has("date") and told is None:
        raise ValueError(
            f"{start.path.name} holds times of day and no date; name their day with --day "
            "YYYY-MM-DD"
        )

    def stamp(cells: list[str]) -> str:
        day = _day(day_cell(cells)) if start.has("date") else told
        return clock(cells) if day is None else stamp_at(day, clock(cells))

    return stamp


def _words(event: str) -> list[str]:
    return _BETWEEN.split(event.upper())


def _trades(start: Start, notes: Counter[str]) -> RowMap:
    symbol, stamp = pick_symbol(start, "ticker"), _stamps(start)
    event, price, size = pick(start, "eventtype"), pick(start, "price"), pick(start, "quantity")
    venue, bits = pick(start, "exchange"), pick(start, "conditions")
    conditions, exchange = bits_in(notes), venue_in(notes)

    def row(cells: list[str]) -> tuple[str, ...] | None:
        words = _words(event(cells))
        if words[0] == _QUOTE and any(side in words for side in _SIDES):
            return None
        is_trade = words[0] == _TRADE
        if not is_trade:
            named = all(map(str.isalpha, words))
            notes[f"events_unknown_{'_'.join(words)}" if named else "events_unreadable"] += 1
        return (
            symbol(cells),
            stamp(cells),
            # What the number of an unknown event means is not known either.
            price(cells) if is_trade else _NO_PRICE,
            size(cells),
            exchange(venue(cells)),
            conditions(bits(cells)),
            _CANCELLED_CODE if _CANCELLED in words else "0",
        )

    return row


def _quotes(start: Start, notes: Counter[str]) -> RowMap:
    symbol, stamp = pick_symbol(start, "ticker"), _stamps(start)
    event, price, size = pick(start, "eventtype"), pick(start, "price"), pick(start, "quantity")
    best: defaultdict[str, dict[str, tuple[str, str]]] = defaultdict(
        lambda: {"bid": _EMPTY, "ask": _EMPTY}
    )

    def row(cells: list[str]) -> tuple[str, ...] | None:
        words, ticker = _words(event(cells)), symbol(cells)
        side = next((_SIDES[word] for word in words if word in _SIDES), None)
        if words[0] != _QUOTE or side is None:
            return None
        sides = best[ticker]
        if _BEST in words:
            sides = sides | {side: (price(cells), size(cells))}
            # What cannot be read is refused with its row, and changes nothing.
            if all(map(_is_number, sides[side])):
                best[ticker] = sides
        else:
            notes["quotes_that_are_not_the_national_best"] += 1
        return ticker, stamp(cells), *sides["bid"], *sides["ask"]

    return row


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


FORMS: Final = (
    Form(
        "AlgoSeek's trades and quotes",
        lambda start: start.has("timestamp", "eventtype", "ticker", "price", "quantity"),
        (
            Part(
                "trades",
                (TICKER, STAMP, "price", "size", "exchange", "conditions", "correction"),
                _trades,
            ),
            Part(
                "quotes",
                (TICKER, STAMP, "bid_price", "bid_size", "ask_price", "ask_size"),
                _quotes,
                usual_unit="shares",
            ),
        ),
    ),
)
