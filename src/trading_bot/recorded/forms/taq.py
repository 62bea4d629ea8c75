"""NYSE Daily TAQ: the exchange's own files, with bars, and the tables that WRDS makes of them.

Columns and codes are those of the NYSE Daily TAQ Client Specification
(https://www.nyse.com/publicdocs/nyse/data/Daily_TAQ_Client_Spec_v3.3.pdf). Times are of New York;
the exchange's files state no day, so their name does, as `EQY_US_ALL_TRADE_20260918`, or `--day`.
`Time` is the stamp of the tape, `Participant Timestamp` the venue's. Quote sizes are round lots of
the tape, and shares since 2025-11-03 as on the tape, so the sizes tell; columns of WRDS that say
`shares` are shares.

The files of quotes hold each venue's own, of which the best are made here (`venue_books`). The file
of the national best (NBBO) lacks those that one venue's quote was by itself: take the quotes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Final

from trading_bot.recorded.column_names import STAMP, TICKER
from trading_bot.recorded.forms.form import Form, Part, RowMap, Start
from trading_bot.recorded.forms.new_york_times import day_in, stamp_at
from trading_bot.recorded.forms.pick import Pick, pick
from trading_bot.recorded.forms.tape_letters import conditions_in, exchange_in, plan_of_source
from trading_bot.recorded.forms.venue_books import books_by_symbol

_DAY_IN_NAME: Final = re.compile(r"(?<!\d)(?:19|20)\d{6}(?!\d)")
_END: Final = "END"
"""Begins the last line of the exchange's files, which counts the rows above it."""
_FACILITIES: Final = {"N": "201", "T": "202", "Q": "202", "B": "203"}
"""Our numbers of those that take reports of trades off exchange."""
_PREFERRED: Final = "PR"

_MADE: Final = "participant_timestamp"
_SEQUENCE: Final = "sequence_number"
_TRADE_TERMS: Final = (
    TICKER,
    STAMP,
    _MADE,
    "price",
    "size",
    "conditions",
    "correction",
    "exchange",
    "trf_id",
    "id",
    _SEQUENCE,
)
_QUOTE_TERMS: Final = (
    TICKER,
    STAMP,
    _MADE,
    "bid_price",
    "bid_size",
    "ask_price",
    "ask_size",
    _SEQUENCE,
)


def symbol_of(root: str, suffix: str) -> str:
    """Return a symbol as the rest of this program writes it: BRK B is BRK.B, BAC PRL is BACpL."""
    if not suffix:
        return root
    if suffix.startswith(_PREFERRED):
        return f"{root}p{suffix[len(_PREFERRED) :]}"
    return f"{root}.{suffix}"


def _symbols(start: Start) -> Pick:
    if start.has("symroot"):
        root, suffix = pick(start, "symroot"), pick(start, "symsuffix")
        return lambda cells: symbol_of(root(cells), suffix(cells))
    whole = pick(start, "symbol")

    def split(cells: list[str]) -> str:
        root, _, suffix = whole(cells).partition(" ")
        return symbol_of(root, suffix.strip())

    return split


def _stamps(start: Start) -> tuple[Pick, Pick]:
    """Return what takes the stamp of the tape and that of the venue.

    Raises:
        ValueError: Nothing says the day of the rows.
    """
    clock, nano = pick(start, "time", "timem"), pick(start, "timemnano")
    made, made_nano = pick(start, "participanttimestamp", "parttime"), pick(start, "parttimenano")
    day_of = _days(start)

    def tape(cells: list[str]) -> str:
        day = day_of(cells)
        return clock(cells) if day is None else stamp_at(day, clock(cells), nano(cells))

    def venue(cells: list[str]) -> str:
        day, text = day_of(cells), made(cells)
        return "" if day is None or not text else stamp_at(day, text, made_nano(cells))

    return tape, venue


def _days(start: Start) -> Callable[[list[str]], date | None]:
    if start.has("date"):
        days = pick(start, "date")
        known: dict[str, date | None] = {}

        def day_of(cells: list[str]) -> date | None:
            text = days(cells)
            if text not in known:
                known[text] = day_in(text)
            return known[text]

        return day_of
    named = _DAY_IN_NAME.findall(start.path.name)
    told = start.told.day or (day_in(named[-1]) if named else None)
    if told is None:
        raise ValueError(f"{start.path} holds times of day and its name no day; name it with --day")
    return lambda _: told


def _trades(start: Start, notes: Counter[str]) -> RowMap:
    symbol = _symbols(start)
    tape, venue = _stamps(start)
    price, size = pick(start, "tradeprice", "price"), pick(start, "tradevolume", "size")
    letters, source = (
        pick(start, "salecondition", "trscond"),
        pick(start, "sourceoftrade", "trsource"),
    )
    correction = pick(start, "tradecorrectionindicator", "trcorr")
    where, facility = pick(start, "exchange", "ex"), pick(start, "tradereportingfacility", "trrf")
    identity, sequence = pick(start, "tradeid", "trid"), pick(start, "sequencenumber", "trseqnum")
    conditions, exchange = conditions_in(notes), exchange_in(notes)

    def row(cells: list[str]) -> tuple[str, ...] | None:
        if cells[0] == _END:
            return None
        return (
            symbol(cells),
            tape(cells),
            venue(cells),
            price(cells),
            size(cells),
            conditions(letters(cells), plan_of_source(source(cells))),
            correction(cells),
            exchange(where(cells)),
            _FACILITIES.get(facility(cells), ""),
            identity(cells),
            sequence(cells),
        )

    return row


def _quotes(*sides: tuple[str, ...]) -> Callable[[Start, Counter[str]], RowMap]:
    """Return what makes the map of rows that state the best bid and ask themselves.

    Args:
        sides: The names of bid, its size, ask and its size.
    """

    def begin(start: Start, _notes: Counter[str]) -> RowMap:
        symbol = _symbols(start)
        tape, venue = _stamps(start)
        taken = [pick(start, *names) for names in sides]
        sequence = pick(start, "sequencenumber", "quseqnum")

        def row(cells: list[str]) -> tuple[str, ...] | None:
            if cells[0] == _END:
                return None
            best = (_or_none(each(cells)) for each in taken)
            return (symbol(cells), tape(cells), venue(cells), *best, sequence(cells))

        return row

    return begin


def _venues(start: Start, _notes: Counter[str]) -> RowMap:
    symbol = _symbols(start)
    tape, made = _stamps(start)
    bid, bid_size = pick(start, "bidprice", "bid"), pick(start, "bidsize", "bidsiz")
    ask, ask_size = pick(start, "offerprice", "ask"), pick(start, "offersize", "asksiz")
    where, condition = pick(start, "exchange", "ex"), pick(start, "quotecondition", "qucond")
    sequence = pick(start, "sequencenumber", "quseqnum")
    books = books_by_symbol()

    def row(cells: list[str]) -> tuple[str, ...] | None:
        if cells[0] == _END:
            return None
        ticker = symbol(cells)
        bids, asks = (bid(cells), bid_size(cells)), (ask(cells), ask_size(cells))
        try:
            best = books(ticker).quote(where(cells), condition(cells) or " ", bids, asks)
        except ValueError:
            # The reader refuses it, and names the column.
            best = (*bids, *asks)
        return (ticker, tape(cells), made(cells), *best, sequence(cells))

    return row


def _or_none(text: str) -> str:
    """Return a number; the mark of the statistics packages for a missing one is 0."""
    return "0" if text == "." else text


_BEST: Final = _quotes(("bestbidprice",), ("bestbidsize",), ("bestofferprice",), ("bestoffersize",))
_RESEARCH_BEST: Final = _quotes(
    ("bestbid",), ("bestbidsizeshares",), ("bestask",), ("bestasksizeshares",)
)
_RESEARCH_LOTS: Final = _quotes(("bestbid",), ("bestbidsiz",), ("bestask",), ("bestasksiz",))
FORMS: Final = (
    Form(
        "NYSE TAQ trades",
        lambda start: start.has("time", "symbol", "salecondition", "tradevolume", "tradeprice"),
        (Part("trades", _TRADE_TERMS, _trades),),
    ),
    Form(
        "NYSE TAQ national best quotes",
        lambda start: start.has("time", "symbol", "bestbidprice", "bestofferprice"),
        (Part("quotes", _QUOTE_TERMS, _BEST),),
    ),
    Form(
        "NYSE TAQ quotes of each venue",
        lambda start: start.has(
            "time", "exchange", "symbol", "bidprice", "offerprice", "quotecondition"
        ),
        (Part("quotes", _QUOTE_TERMS, _venues),),
    ),
    Form(
        "WRDS TAQ trades",
        lambda start: start.has("date", "timem", "symroot", "price", "size"),
        (Part("trades", _TRADE_TERMS, _trades),),
    ),
    Form(
        "WRDS TAQ national best quotes in shares",
        lambda start: start.has("date", "timem", "symroot", "bestbid", "bestbidsizeshares"),
        (Part("quotes", _QUOTE_TERMS, _RESEARCH_BEST, unit="shares"),),
    ),
    Form(
        "WRDS TAQ national best quotes",
        lambda start: start.has("date", "timem", "symroot", "bestbid", "bestbidsiz"),
        (Part("quotes", _QUOTE_TERMS, _RESEARCH_LOTS),),
    ),
    Form(
        "WRDS TAQ quotes of each venue",
        lambda start: start.has("date", "timem", "symroot", "bid", "ask", "ex"),
        (Part("quotes", _QUOTE_TERMS, _venues),),
    ),
)
