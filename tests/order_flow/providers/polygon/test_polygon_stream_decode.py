"""From Polygon's frames to events in our terms."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.monitor_stubs import START_NS, at
from support.noting_sink import NotingSink

from trading_bot.order_flow.market.events import (
    HaltEvent,
    MarketEvent,
    QuoteEvent,
    TradeEvent,
)
from trading_bot.order_flow.market.order import as_live
from trading_bot.order_flow.market.units import NS_PER_MS, UNITS_PER_SHARE, ticks_from_price
from trading_bot.order_flow.providers.polygon.rest_wire import quotes_page, trades_page
from trading_bot.order_flow.providers.polygon.stream_decode import (
    PolygonDecoder,
    conflate_quotes,
)
from trading_bot.order_flow.providers.polygon.stream_wire import (
    LimitBand,
    Message,
    OddQuote,
    OddTrade,
    QuoteMessage,
    Status,
    TradeMessage,
    trade_event,
)
from trading_bot.order_flow.providers.polygon.units import QuoteSizeUnit

START_MS = START_NS // NS_PER_MS
RECEIVED_NS = at(0.25)
LINK = 3


class Bench:
    """A decoder over a sink that notes."""

    def __init__(self, unit: QuoteSizeUnit = "shares") -> None:
        self.noted = NotingSink()
        self.statuses: list[tuple[Status, int]] = []
        self.decoder = PolygonDecoder(
            self.noted, lambda status, link: self.statuses.append((status, link)), unit
        )

    def take(self, *messages: Message) -> None:
        self.decoder.decode(frame(*messages), RECEIVED_NS, LINK)


def frame(*messages: Message) -> bytes:
    return msgspec.json.encode(messages)


def trade(**changes: Any) -> OddTrade:
    fields: dict[str, Any] = {"x": 11, "q": 1, "i": "1", "t": START_MS, "p": 27.41, "s": 200}
    return OddTrade(sym="ACME", **(fields | changes))


def quote(**changes: Any) -> OddQuote:
    fields: dict[str, Any] = {"bp": 27.4, "ap": 27.42, "bs": 300, "ask_size": 500, "q": 1}
    return OddQuote(sym="ACME", **({"t": START_MS} | fields | changes))


def sides(event: QuoteEvent) -> tuple[int, int, int, int]:
    """Return both sides, sizes in whole shares."""
    bid, ask = event.bid_size / UNITS_PER_SHARE, event.ask_size / UNITS_PER_SHARE
    return event.bid_ticks, round(bid), event.ask_ticks, round(ask)


@given(st.integers(1, 10**13))
def test_prices_become_the_ticks_that_they_are_everywhere(millionths: int) -> None:
    # Given a price of at most six decimals
    price = millionths / 1_000_000
    bench = Bench()
    # When a print and a quote come at it
    bench.take(trade(p=price), quote(bp=price, ap=price))
    # Then both have the ticks that every other reader makes of it
    sale, offer = bench.noted.trades[0], bench.noted.quotes[0]
    assert {sale.price_ticks, offer.bid_ticks, offer.ask_ticks} == {ticks_from_price(price)}


def test_a_quote_reaches_the_sink_in_integers() -> None:
    # Given a decoder
    bench = Bench()
    # When a quote comes
    bench.take(quote())
    # Then the sink has it in ticks and millionths of a share, by the tape's stamp
    assert bench.noted.events == [
        QuoteEvent(
            "ACME",
            START_NS,
            27_400_000,
            300 * UNITS_PER_SHARE,
            27_420_000,
            500 * UNITS_PER_SHARE,
            None,
            1,
            RECEIVED_NS,
        )
    ]


def test_a_print_reaches_the_sink_in_integers() -> None:
    # Given a decoder
    bench = Bench()
    # When a print with conditions, a facility and a participant stamp comes
    bench.take(trade(c=(14, 41), pt=START_MS - 1, trfi=202))
    # Then the sink has it in ticks and millionths of a share
    assert bench.noted.events == [
        TradeEvent(
            "ACME",
            START_NS,
            27_410_000,
            200 * UNITS_PER_SHARE,
            START_NS - NS_PER_MS,
            1,
            (14, 41),
            0,
            11,
            202,
            "1",
            None,
            RECEIVED_NS,
        )
    ]


@pytest.mark.parametrize(
    "message",
    [
        trade(),
        trade(c=None),
        trade(c=(18,)),
        trade(pt=START_MS - 1),
        trade(pt=(START_MS - 1) * 1_000_000),
        trade(pt=0),
        trade(i=7),
        trade(p=150_000.0, s=90_000_000),
    ],
    ids=[
        *("plain", "null-conditions", "reopening", "participant"),
        *("participant-ns", "participant-never", "number-id", "huge"),
    ],
)
def test_the_quick_way_gives_the_sink_what_the_slow_one_does(message: OddTrade) -> None:
    # Given a print that is usual or odd
    bench = Bench()
    # When it comes
    bench.take(message)
    # Then the sink has what the slow way makes of it
    assert bench.noted.events == [trade_event(message, RECEIVED_NS)]


def test_a_frame_in_pieces_gives_the_same_events() -> None:
    # Given a frame, and two decoders
    whole, apart = Bench(), Bench()
    payload = frame(trade(), quote(), trade())
    # When one decodes it at once, and the other piece by piece
    whole.decoder.decode(payload, RECEIVED_NS, LINK)
    for piece in apart.decoder.pieces(payload):
        apart.decoder.decode(piece, RECEIVED_NS, LINK)
    # Then both give the same
    assert apart.noted.events == whole.noted.events


def test_the_kinds_of_one_frame_keep_their_order() -> None:
    # Given a frame of prints, quotes and a band
    bench = Bench()
    # When it is taken apart
    bench.take(trade(q=1), quote(q=2), LimitBand("ACME", START_MS, (17,)), quote(q=3), trade(q=4))
    # Then the sink was given them in that order
    assert bench.noted.order == ["trade", "quote", "halt", "quote", "trade"]


def test_status_messages_go_to_the_connection() -> None:
    # Given a status among data
    bench = Bench()
    # When the frame is taken apart
    bench.take(trade(), Status("success", "subscribed to: T.ACME"))
    # Then whoever keeps the connection has it, with the connection's number
    assert bench.statuses == [(Status("success", "subscribed to: T.ACME"), LINK)]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (trade(s=0), "impossible_size"),
        (trade(p=0.0), "impossible_price"),
        (trade(p=0.0000001), "impossible_price"),
        (trade(p=-1.0), "impossible_price"),
        (trade(t=5), "impossible_stamp"),
        (quote(bs=-4), "impossible_size"),
        (quote(ap=1e9), "impossible_price"),
        (quote(t=-5), "impossible_stamp"),
    ],
)
def test_what_cannot_be_is_counted_and_not_given(message: Message, reason: str) -> None:
    # Given an impossible message
    bench = Bench()
    # When it comes
    bench.take(message)
    # Then it is counted by its reason
    assert (bench.noted.events, bench.decoder.refused) == ([], {reason: 1})


def test_prints_and_quotes_that_cannot_be_are_counted_by_symbol() -> None:
    # Given a print and two quotes that cannot be
    bench = Bench()
    # When they come beside good ones
    bench.take(trade(), trade(p=0.0), quote(bs=-4), quote(ap=1e9), quote())
    # Then each is missing of its kind and symbol, and nothing else is
    assert bench.decoder.refused_rows == {("trades", "ACME"): 1, ("quotes", "ACME"): 2}
    assert (bench.noted.order, bench.decoder.lost) == (["trade", "quote"], set())


@pytest.mark.parametrize(
    ("shares", "decimal_size", "units"),
    [
        (0, "0.4", 400_000),
        (7, None, 7_000_000),
        (7, "7.0", 7_000_000),
        (7, "7", 7_000_000),
        (7, "7.000000", 7_000_000),
        (7, "7.000001", 7_000_001),
        (7, "7.9999999", 8_000_000),
        (999, "999.37", 999_370_000),
        # Where the two speak of different prints, the one that was always there counts.
        (7, "8.5", 7_000_000),
        (7, "seven", 7_000_000),
    ],
)
def test_the_fraction_of_a_share_is_kept(shares: int, decimal_size: str | None, units: int) -> None:
    # Given a print with its size in whole shares and in decimals
    bench = Bench()
    # When it comes
    bench.take(trade(s=shares, ds=decimal_size))
    # Then its size is exact to a millionth, and nothing is refused
    assert [each.size for each in bench.noted.trades] == [units]
    assert (bench.decoder.refused, bench.decoder.refused_rows) == ({}, {})


def test_what_cannot_be_and_names_no_symbol_may_be_of_any() -> None:
    # Given an impossible print whose symbol is empty
    bench = Bench()
    # When it comes
    bench.decoder.decode(b'[{"ev":"T","sym":"","p":0,"s":1,"t":5}]', RECEIVED_NS, LINK)
    # Then every symbol may have lost something
    assert (bench.decoder.lost, dict(bench.decoder.refused_rows)) == ({""}, {})


def test_a_one_sided_quote_has_nobody_on_the_other_side() -> None:
    # Given a quote without an ask
    bench = Bench()
    # When it comes
    bench.take(quote(ap=0.0, ask_size=0))
    # Then it is given as such
    assert sides(bench.noted.quotes[0]) == (27_400_000, 300, 0, 0)


def test_round_lots_are_given_in_shares() -> None:
    # Given a provider that counts lots
    bench = Bench("round_lots")
    # When a quote of three and five lots comes
    bench.take(quote(bs=3, ask_size=5))
    # Then hundreds are given
    assert sides(bench.noted.quotes[0]) == (27_400_000, 300, 27_420_000, 500)


@pytest.mark.parametrize("factor", [1_000, 1_000_000], ids=["us", "ns"])
def test_stamps_in_other_units_are_given_alike(factor: int) -> None:
    # Given a quote and a print stamped in finer units
    bench = Bench()
    # When they come
    bench.take(quote(t=START_MS * factor), trade(t=START_MS * factor))
    # Then they stand where they belong
    assert [each.sip_ns for each in bench.noted.quotes] == [START_NS]
    assert [each.sip_ns for each in bench.noted.trades] == [START_NS]


@pytest.mark.parametrize(
    ("indicators", "told"),
    [((17,), [True]), ((3, 17), [True]), ((18,), [False]), ((), []), ((3,), [])],
)
def test_of_limit_bands_the_halts_are_given(indicators: tuple[int, ...], told: list[bool]) -> None:
    # Given a band with some indicators
    bench = Bench()
    # When it comes
    bench.take(LimitBand("ACME", START_MS, indicators))
    # Then the sink learns of a halt, or that it ends, and of nothing else
    assert bench.noted.events == [HaltEvent("ACME", START_NS, each, RECEIVED_NS) for each in told]


def test_a_halt_without_a_usable_stamp_says_so() -> None:
    # Given a decoder
    bench = Bench()
    # When a halt without a stamp is announced
    bench.take(LimitBand("ACME", 0, (17,)))
    # Then its stamp is zero, which stands for unknown
    assert bench.noted.events == [HaltEvent("ACME", 0, True, RECEIVED_NS)]


def test_what_cannot_be_read_is_lost_for_its_symbol() -> None:
    # Given a print that cannot be read beside one that can, and then half a frame
    bench = Bench()
    # When they come
    bench.decoder.decode(
        b'[{"ev":"T","sym":"BOLT","t":"soon"},' + frame(trade())[1:], RECEIVED_NS, LINK
    )
    bench.decoder.decode(b'[{"ev":"T","sym":"AC', RECEIVED_NS, LINK)
    # Then one symbol has lost something, and then any may have
    assert bench.noted.order == ["trade"]
    assert bench.decoder.lost == {"BOLT", ""}
    assert bench.decoder.refused == {"malformed_message": 1, "malformed_frame": 1}
    assert bench.decoder.refused_rows == {("trades", "BOLT"): 1}


def test_many_frames_may_be_taken_at_once_with_their_newest_quotes_only() -> None:
    # Given frames with two quotes of one symbol around a print
    bench = Bench()
    frames = [frame(quote(q=1)), frame(trade(q=2), Status("success")), frame(quote(q=3))]
    # When they are conflated
    left_out = bench.decoder.decode_conflated(frames, RECEIVED_NS, LINK)
    # Then the older quote is left out
    assert left_out == 1
    assert bench.noted.order == ["trade", "quote"]
    assert [each.sequence for each in bench.noted.quotes] == [3]
    assert bench.statuses == [(Status("success"), LINK)]


def test_no_frames_at_all_are_conflated_to_nothing() -> None:
    # Given a decoder
    bench = Bench()
    # When it is given no frame
    left_out = bench.decoder.decode_conflated([], RECEIVED_NS, LINK)
    # Then nothing happens
    assert (left_out, bench.noted.events) == (0, [])


def test_only_the_newest_quote_of_a_symbol_is_kept_and_every_print() -> None:
    # Given quotes of two symbols around prints and a status
    old, new = QuoteMessage(sym="ACME", t=1), QuoteMessage(sym="ACME", t=3)
    other = QuoteMessage(sym="BOLT", t=2)
    first, second = TradeMessage(sym="ACME", t=1, p=5.0), TradeMessage(sym="ACME", t=2, p=5.0)
    messages: list[Message] = [old, first, other, Status("success"), second, new]
    # When they are conflated
    kept = conflate_quotes(messages)
    # Then the older quote is gone and the order stays
    assert kept == [first, other, Status("success"), second, new]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["ACME", "BOLT"])), max_size=30))
def test_conflating_loses_no_print_and_no_symbols_last_quote(
    made: list[tuple[bool, str]],
) -> None:
    # Given any mixture
    messages: list[Message] = [
        QuoteMessage(sym=symbol, t=number)
        if is_quote
        else TradeMessage(sym=symbol, t=number, p=5.0)
        for number, (is_quote, symbol) in enumerate(made)
    ]
    # When it is conflated
    kept = conflate_quotes(messages)
    # Then every print stays, and one quote a symbol stays
    assert [each for each in kept if isinstance(each, TradeMessage)] == [
        each for each in messages if isinstance(each, TradeMessage)
    ]
    newest = {each.sym: each for each in messages if isinstance(each, QuoteMessage)}
    assert {each.sym: each for each in kept if isinstance(each, QuoteMessage)} == newest
    assert len(kept) == sum(isinstance(each, TradeMessage) for each in messages) + len(newest)


# The same row on both ways in

REST_NAMES = {
    "t": "sip_timestamp",
    "pt": "participant_timestamp",
    "p": "price",
    "s": "size",
    "ds": "decimal_size",
    "q": "sequence_number",
    "c": "conditions",
    "x": "exchange",
    "i": "id",
    "trfi": "trf_id",
    "bp": "bid_price",
    "bs": "bid_size",
    "ap": "ask_price",
    "as": "ask_size",
}
PRINT_ROW: dict[str, Any] = {
    "x": 11, "i": "77", "p": 27.41, "s": 200, "ds": "200.0", "c": [14], "t": START_MS, "q": 9,
}  # fmt: skip
QUOTE_ROW: dict[str, Any] = {
    "bp": 27.4, "bs": 300, "ap": 27.42, "as": 500, "t": START_MS, "q": 8,
}  # fmt: skip


def both_ways(row: dict[str, Any], kind: str) -> tuple[list[MarketEvent], list[MarketEvent]]:
    """Return what stream and REST make of one row."""
    bench = Bench()
    bench.decoder.decode(json.dumps([{"ev": kind, "sym": "ACME", **row}]).encode(), RECEIVED_NS, 1)
    assert bench.decoder.lost == set()
    body = json.dumps({"results": [{REST_NAMES[name]: each for name, each in row.items()}]})
    refused: Counter[str] = Counter()
    answer = (body.encode(), "ACME", RECEIVED_NS, refused)
    events: Sequence[MarketEvent] = (
        trades_page(*answer).events if kind == "T" else quotes_page(*answer, "shares").events
    )
    assert bench.decoder.refused == refused
    return bench.noted.events, [as_live(each, NS_PER_MS) for each in events]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"s": 200.0},
        {"s": 200.7},
        {"s": None},
        {"s": None, "ds": None},
        {"s": 0, "ds": "7.5"},
        {"s": 0, "ds": "0.5"},
        {"s": 0.5, "ds": None},
        {"ds": 200.5},
        {"ds": 200},
        {"t": START_MS + 0.5},
        {"t": float(START_MS)},
        {"t": START_MS * 1_000_000},
        {"t": None},
        {"pt": START_MS - 0.5},
        {"pt": None},
        {"i": None},
        {"i": 77},
        {"i": 77.0},
        {"q": None},
        {"q": 9.0},
        {"x": None},
        {"x": 4.0, "trfi": 202.0},
        {"trfi": None},
        {"c": None},
        {"c": [14.0, 41]},
        {"p": 27},
        {"p": None},
        {"p": -1},
        {"s": -1},
        {"s": 1e11},
    ],
    ids=str,
)
def test_a_print_is_read_alike_from_the_stream_and_from_rest(changes: dict[str, Any]) -> None:
    # Given a print that is written in an unusual way, or cannot be
    # When it comes by both ways
    by_stream, by_rest = both_ways(PRINT_ROW | changes, "T")
    # Then it is the same print, or refused for the same reason
    assert by_stream == by_rest


@pytest.mark.parametrize("missing", ["s", "ds", "i", "q", "c", "x", "t", "p"])
def test_a_print_that_lacks_a_member_is_read_alike(missing: str) -> None:
    # Given a print without one of its members
    row = {name: each for name, each in PRINT_ROW.items() if name != missing}
    # When it comes by both ways
    by_stream, by_rest = both_ways(row, "T")
    # Then it is the same print, or refused for the same reason
    assert by_stream == by_rest


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"bs": 300.0},
        {"bs": 300.9},
        {"as": None, "ap": None},
        {"bp": None},
        {"t": START_MS + 0.5},
        {"t": None},
        {"q": None},
        {"q": 8.0},
        {"bp": -1},
        {"as": -1},
    ],
    ids=str,
)
def test_a_quote_is_read_alike_from_the_stream_and_from_rest(changes: dict[str, Any]) -> None:
    # Given a quote that is written in an unusual way, or cannot be
    # When it comes by both ways
    by_stream, by_rest = both_ways(QUOTE_ROW | changes, "Q")
    # Then it is the same quote, or refused for the same reason
    assert by_stream == by_rest


def test_odd_rows_of_the_stream_are_judged_as_what_they_say() -> None:
    # Given prints with their size in decimals alone, a fraction, a half millisecond and no id
    rows: list[dict[str, Any]] = [{"ds": "200.5"}, {"s": 200.9}]
    rows.append({"s": 200, "t": START_MS + 0.5, "i": None, "q": None})
    made = [{"ev": "T", "sym": "ACME", "p": 27.41, "t": START_MS, **row} for row in rows]
    bench = Bench()
    # When they come
    bench.decoder.decode(json.dumps(made).encode(), RECEIVED_NS, LINK)
    # Then all are prints of that millisecond, with their fractions
    found = [(each.sip_ns, each.size, each.trade_id) for each in bench.noted.trades]
    assert found == [(START_NS, size, "") for size in (200_500_000, 200_900_000, 200_000_000)]
    assert (bench.decoder.refused, bench.decoder.refused_rows) == ({}, {})
