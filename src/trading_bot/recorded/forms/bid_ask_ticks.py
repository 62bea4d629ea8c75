"""Ticks with bid and ask in one row: each is a print, and the quote that stood when it was made.

So quotes are known at prints only: what came and went between them is missing, and with it most of
what large sellers show. A quote has a stamp one nanosecond before its print's. Rows of one stamp
keep their order: each stands two nanoseconds behind the one before it. A row without a print is a
quote. Where a file has no sizes of quotes each is taken as one share: no resting order is large.

Times of day in a column beside a date, or with `--day`, are of New York.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Final

from trading_bot.recorded.cells import stamp_of
from trading_bot.recorded.column_names import QUOTES, STAMP, TICKER, TRADES, bare
from trading_bot.recorded.forms.form import Form, Part, RowMap, Start
from trading_bot.recorded.forms.new_york_times import day_in, stamp_at
from trading_bot.recorded.forms.pick import Pick, pick, pick_symbol

_PRICE: Final = (*map(bare, TRADES.names["price"]), "last", "lastprice", "tradeprice")
_SIZE: Final = (*map(bare, TRADES.names["size"]), "lastsize", "lastvolume", "lastqty")
_BID, _BID_SIZE, _ASK, _ASK_SIZE = (
    tuple(map(bare, QUOTES.names[term]))
    for term in ("bid_price", "bid_size", "ask_price", "ask_size")
)
_STAMP: Final = tuple(map(bare, TRADES.names[STAMP]))
_TICKER: Final = tuple(map(bare, TRADES.names[TICKER]))
_CONDITIONS: Final = tuple(map(bare, TRADES.names["conditions"]))
_NO_SIZE: Final = "1"
_NOTHING: Final = frozenset({"", "0", "0.0"})
_KIBOT: Final = ("date", "time", "price", "bid", "ask", "size")
_CLOCK: Final = re.compile(r"\d{1,2}:\d\d")
_AMERICAN_DAY: Final = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
_PLACES_BETWEEN_NS: Final = 2


def _day(text: str) -> date | None:
    american = _AMERICAN_DAY.fullmatch(text)
    return day_in(text if american is None else f"{american[3]}{american[1]}{american[2]}")


def _written_stamp(start: Start) -> Pick:
    """Return what takes the stamp of a row, in a form that the reader of cells knows.

    It raises `ValueError` where the first row bears a time of day, and nothing tells of which day.
    """
    clock = pick(start, "time") if start.has("date", "time") else pick(start, *_STAMP)
    day_cell, told = pick(start, "date"), start.told.day
    is_first = True

    def stamp(cells: list[str]) -> str:
        nonlocal is_first
        text = clock(cells)
        day = _day(day_cell(cells)) if start.has("date") else told
        if is_first and day is None and not start.has("date") and _CLOCK.match(text):
            raise ValueError(
                f"{start.path.name} holds times of day and no date; name their day with --day "
                "YYYY-MM-DD"
            )
        is_first = False
        return text if day is None else stamp_at(day, text)

    return stamp


def _ordered_stamps(start: Start, symbol: Pick) -> Callable[[list[str]], int | str]:
    """Return what takes the stamp of a row behind those of the same one; text that is no stamp."""
    written = _written_stamp(start)
    last: dict[str, tuple[int, int]] = {}

    def stamp(cells: list[str]) -> int | str:
        text, ticker = written(cells), symbol(cells)
        at_ns = stamp_of(text)
        if not isinstance(at_ns, int):
            return text
        known_ns, place = last.get(ticker, (0, 0))
        place = place + 1 if at_ns == known_ns else 0
        last[ticker] = (at_ns, place)
        return at_ns + place * _PLACES_BETWEEN_NS

    return stamp


def _named(start: Start) -> Start:
    """Return the start with the names of its columns, where the first line is a row already."""
    if not _is_kibot(start):
        return start
    at = {name: place for place, name in enumerate(_KIBOT)}
    return Start(start.path, start.line, start.told, start.separator, start.cells, at)


def _trades(start: Start, _notes: Counter[str]) -> RowMap:
    start = _named(start)
    symbol, price, size = pick_symbol(start, *_TICKER), pick(start, *_PRICE), pick(start, *_SIZE)
    stamp = _ordered_stamps(start, symbol)

    def row(cells: list[str]) -> tuple[str, ...] | None:
        at = stamp(cells)
        if price(cells) in _NOTHING and size(cells) in _NOTHING:
            return None
        return symbol(cells), str(at), price(cells), size(cells)

    return row


def _trades_with_conditions(start: Start, notes: Counter[str]) -> RowMap:
    trade, conditions = _trades(start, notes), pick(start, *_CONDITIONS)

    def row(cells: list[str]) -> tuple[str, ...] | None:
        found = trade(cells)
        return None if found is None else (*found, conditions(cells).replace(",", ";"))

    return row


def _quotes(start: Start, notes: Counter[str]) -> RowMap:
    start = _named(start)
    symbol, bid, ask = pick_symbol(start, *_TICKER), pick(start, *_BID), pick(start, *_ASK)
    bid_size, ask_size = pick(start, *_BID_SIZE), pick(start, *_ASK_SIZE)
    stamp, has_sizes = _ordered_stamps(start, symbol), _has(start, _BID_SIZE, _ASK_SIZE)

    def row(cells: list[str]) -> tuple[str, ...]:
        at = stamp(cells)
        before = at if isinstance(at, str) else str(at - 1)
        if has_sizes:
            return symbol(cells), before, bid(cells), bid_size(cells), ask(cells), ask_size(cells)
        notes["quotes_without_sizes_taken_as_one_share"] += 1
        return symbol(cells), before, bid(cells), _NO_SIZE, ask(cells), _NO_SIZE

    return row


def _has(start: Start, *columns: tuple[str, ...]) -> bool:
    """Return whether a file has each of these columns, under one of its names."""
    return all(any(name in start.at for name in names) for names in columns)


def _are_ticks(*columns: tuple[str, ...]) -> Callable[[Start], bool]:
    return lambda start: _has(start, _PRICE, _SIZE, _BID, _ASK, _STAMP, *columns)


def _is_kibot(start: Start) -> bool:
    cells = start.cells
    return len(cells) == len(_KIBOT) and _AMERICAN_DAY.fullmatch(cells[0]) is not None


_TRADE_TERMS: Final = (TICKER, STAMP, "price", "size")
_QUOTE_TERMS: Final = (TICKER, STAMP, "bid_price", "bid_size", "ask_price", "ask_size")
_PRINTS: Final = Part("trades", _TRADE_TERMS, _trades)
_STATED: Final = Part("trades", (*_TRADE_TERMS, "conditions"), _trades_with_conditions)
_SIZED: Final = Part("quotes", _QUOTE_TERMS, _quotes)
_UNSIZED: Final = Part("quotes", _QUOTE_TERMS, _quotes, unit="shares")
_SIZES: Final = (_BID_SIZE, _ASK_SIZE)
_TICKS: Final = "ticks with bid and ask"
FORMS: Final = (
    Form(_TICKS, _are_ticks(*_SIZES, _CONDITIONS), (_STATED, _SIZED)),
    Form(_TICKS, _are_ticks(*_SIZES), (_PRINTS, _SIZED)),
    Form(_TICKS, _are_ticks(_CONDITIONS), (_STATED, _UNSIZED)),
    Form(_TICKS, _are_ticks(), (_PRINTS, _UNSIZED)),
    Form("Kibot's ticks with bid and ask", _is_kibot, (_PRINTS, _UNSIZED), has_header=False),
)
