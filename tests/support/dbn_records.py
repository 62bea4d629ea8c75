"""Databento's records as its own package writes them, and what comes before them in a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import databento_dbn as dbn

from trading_bot.order_flow.market.units import NS_PER_SECOND

DATASET = "XNAS.ITCH"
KEY = "db-AbCdEfGhIjKlMnOpQrStUvWxYz012"
OPEN_NS = 1_773_063_000 * NS_PER_SECOND
DOLLAR = 1_000_000_000
CENT = DOLLAR // 100
BID, ASK = 100 * DOLLAR, 100 * DOLLAR + CENT
ACME, BOLT = 11, 12
"""Numbers of instruments."""
LAST, SNAPSHOT, MAYBE_BAD = 128, 32, 4

DAY = (date(2026, 3, 9), date(2026, 3, 10))
MAPPINGS = {"ACME": [(*DAY, ACME)], "BOLT": [(*DAY, BOLT)]}

Levels = Sequence[tuple[int, int]]
BIDS: Levels = tuple((BID - n * CENT, 100 + n) for n in range(10))
ASKS: Levels = tuple((ASK + n * CENT, 200 + n) for n in range(10))


def header(dataset: str = DATASET, version: int = 3) -> bytes:
    """Return what a session's records begin with."""
    return bytes(
        dbn.Metadata(
            dataset=dataset,
            start=OPEN_NS,
            stype_in=None,
            stype_out=dbn.SType("instrument_id"),
            schema=None,
            version=version,
        )
    )


def mapped(symbol: str = "ACME", instrument: int = ACME) -> bytes:
    return bytes(
        dbn.SymbolMappingMsg(
            publisher_id=0,
            instrument_id=instrument,
            ts_event=OPEN_NS,
            stype_in=dbn.SType("raw_symbol"),
            stype_in_symbol=symbol,
            stype_out=dbn.SType("instrument_id"),
            stype_out_symbol=str(instrument),
            start_ts=OPEN_NS,
            end_ts=OPEN_NS + 1,
        )
    )


def said(text: str, code: int) -> bytes:
    known = dbn.SystemCode.from_int(code)
    return bytes(dbn.SystemMsg(ts_event=OPEN_NS, msg=text, code=known))


BEAT = said("Heartbeat", 0)
BEAT_OF_FIRST_VERSION = bytes(dbn.SystemMsgV1(OPEN_NS, "Heartbeat"))


def replayed(schema: str = "mbp-10") -> bytes:
    return said(f"Finished {schema} replay", 3)


def failure(text: str, code: int) -> bytes:
    known = dbn.ErrorCode.from_int(code)
    return bytes(dbn.ErrorMsg(ts_event=OPEN_NS, err=text, is_last=True, code=known))


def book(
    at_ns: int = OPEN_NS,
    bids: Levels = BIDS,
    asks: Levels = ASKS,
    *,
    instrument: int = ACME,
    action: str = "A",
    side: str = "B",
    flags: int = LAST,
    depth: int = 0,
    sequence: int = 1,
    price: int = BID,
    size: int = 100,
) -> bytes:
    """Return a row of `mbp-10`; a print's where the action is T."""
    pairs = [
        dbn.BidAskPair(
            bid_px=bid_px, ask_px=ask_px, bid_sz=bid_sz, ask_sz=ask_sz, bid_ct=1, ask_ct=1
        )
        for (bid_px, bid_sz), (ask_px, ask_sz) in zip(_ten(bids), _ten(asks), strict=True)
    ]
    return bytes(
        dbn.MBP10Msg(
            publisher_id=2,
            instrument_id=instrument,
            ts_event=at_ns,
            price=price,
            size=size,
            action=dbn.Action(action),
            side=dbn.Side(side),
            depth=depth,
            ts_recv=at_ns + 165_000,
            flags=flags,
            ts_in_delta=1_000,
            sequence=sequence,
            levels=pairs,
        )
    )


def trade(
    at_ns: int = OPEN_NS,
    size: int = 100,
    *,
    side: str = "A",
    price: int = BID,
    sequence: int = 1,
    instrument: int = ACME,
    flags: int = 0,
) -> bytes:
    """Return a print's row of `mbp-10`, which shows the book of the row before."""
    return book(
        at_ns,
        instrument=instrument,
        action="T",
        side=side,
        flags=flags,
        sequence=sequence,
        price=price,
        size=size,
    )


def print_alone(at_ns: int = OPEN_NS, size: int = 100, side: str = "A") -> bytes:
    """Return a row of `trades`."""
    return bytes(
        dbn.TradeMsg(
            publisher_id=2,
            instrument_id=ACME,
            ts_event=at_ns,
            price=BID,
            size=size,
            action=dbn.Action("T"),
            side=dbn.Side(side),
            depth=0,
            ts_recv=at_ns,
            flags=LAST,
            sequence=7,
        )
    )


def best(
    at_ns: int = OPEN_NS,
    bid: tuple[int, int] = BIDS[0],
    ask: tuple[int, int] = ASKS[0],
    *,
    action: str = "A",
    flags: int = LAST,
) -> bytes:
    """Return a row of `mbp-1`."""
    (bid_px, bid_sz), (ask_px, ask_sz) = bid, ask
    level = dbn.BidAskPair(
        bid_px=bid_px, ask_px=ask_px, bid_sz=bid_sz, ask_sz=ask_sz, bid_ct=1, ask_ct=1
    )
    return bytes(
        dbn.MBP1Msg(
            publisher_id=2,
            instrument_id=ACME,
            ts_event=at_ns,
            price=BID,
            size=100,
            action=dbn.Action(action),
            side=dbn.Side("B"),
            depth=0,
            ts_recv=at_ns,
            flags=flags,
            sequence=7,
            levels=level,  # type: ignore[arg-type]  # the stub has a list, the package takes one
        )
    )


def order(
    action: str = "A",
    side: str = "B",
    number: int = 1,
    price: int = BID,
    size: int = 100,
    *,
    at_ns: int = OPEN_NS,
    flags: int = LAST,
    sequence: int = 1,
    instrument: int = ACME,
) -> bytes:
    """Return a row of `mbo`."""
    return bytes(
        dbn.MBOMsg(
            publisher_id=2,
            instrument_id=instrument,
            ts_event=at_ns,
            order_id=number,
            price=price,
            size=size,
            channel_id=0,
            action=dbn.Action(action),
            side=dbn.Side(side),
            ts_recv=at_ns + 165_000,
            flags=flags,
            ts_in_delta=1_000,
            sequence=sequence,
        )
    )


def file_header(
    schema: str | None = "mbp-10",
    mappings: Mapping[str, Sequence[tuple[date, date, int]]] = MAPPINGS,
    *,
    dataset: str = DATASET,
    version: int = 3,
    ts_out: bool = False,
    by_number: bool = False,
) -> bytes:
    """Return what a file begins with.

    Args:
        schema: Of its records.
        mappings: By symbol the numbers that mean it, from one day to another.
        dataset: Its name.
        version: Of the format.
        ts_out: Each record has eight bytes more.
        by_number: It was asked for by numbers.
    """
    made = [
        _Mapping(symbol, [_Span(begins, ends, str(number)) for begins, ends, number in each])
        for symbol, each in mappings.items()
    ]
    if by_number:
        made = [
            _Mapping(span.symbol, [span._replace(symbol=each.raw_symbol)])
            for each in made
            for span in each.intervals
        ]
    kinds = ("instrument_id", "raw_symbol") if by_number else ("raw_symbol", "instrument_id")
    return bytes(
        dbn.Metadata(
            dataset=dataset,
            start=OPEN_NS,
            stype_in=dbn.SType(kinds[0]),
            stype_out=dbn.SType(kinds[1]),
            schema=None if schema is None else dbn.Schema(schema),
            mappings=made,  # type: ignore[arg-type]  # it takes whatever has their members
            ts_out=ts_out,
            version=version,
        )
    )


class _Span(NamedTuple):
    start_date: date
    end_date: date
    symbol: str


class _Mapping(NamedTuple):
    raw_symbol: str
    intervals: list[_Span]


def status(action: int, at_ns: int = OPEN_NS, instrument: int = ACME) -> bytes:
    return bytes(
        dbn.StatusMsg(
            publisher_id=2,
            instrument_id=instrument,
            ts_event=at_ns,
            ts_recv=at_ns,
            action=dbn.StatusAction.from_int(action),
        )
    )


def _ten(levels: Levels) -> Iterable[tuple[int, int]]:
    return [*levels, *[(dbn.UNDEF_PRICE, 0)] * (10 - len(levels))]
