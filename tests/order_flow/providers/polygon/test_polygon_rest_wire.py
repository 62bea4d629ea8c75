"""Rows of trades and quotes: which are taken, which are left out and why."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.provider_stub import NOW_NS, page, quote_row, trade_row

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.providers.polygon.rest_wire import (
    Page,
    quotes_page,
    tape_from_trades,
    trades_from_decoded,
    trades_page,
)

RECEIVED_NS = NOW_NS + 40_000_000
STAMP_MS = NOW_NS // 1_000_000


def read_trades(*rows: Any) -> tuple[list[TradeEvent], Counter[str]]:
    refused: Counter[str] = Counter()
    body = json.dumps(page(*rows)).encode()
    return trades_page(body, "AAPL", RECEIVED_NS, refused).events, refused


def read_quotes(*rows: Any, unit: Any = "shares") -> tuple[list[QuoteEvent], Counter[str]]:
    refused: Counter[str] = Counter()
    body = json.dumps(page(*rows)).encode()
    return quotes_page(body, "AAPL", RECEIVED_NS, refused, unit).events, refused


def a_trade(**changes: Any) -> TradeEvent:
    """Return a print; its size is in whole shares."""
    fields: dict[str, Any] = {
        "symbol": "AAPL",
        "sip_ns": NOW_NS,
        "price_ticks": 171_550_000,
        "size": 100,
        "participant_ns": NOW_NS - 1_000,
        "sequence": 1,
        "conditions": (12, 41),
        "exchange": 11,
        "trade_id": "1",
        "received_ns": RECEIVED_NS,
    }
    fields |= changes
    return TradeEvent(**fields | {"size": fields["size"] * UNITS_PER_SHARE})


def a_quote(**changes: Any) -> QuoteEvent:
    """Return a quote; its sizes are in whole shares."""
    fields: dict[str, Any] = {
        "symbol": "AAPL",
        "sip_ns": NOW_NS,
        "bid_ticks": 155_850_000,
        "bid_size": 400,
        "ask_ticks": 155_870_000,
        "ask_size": 300,
        "participant_ns": NOW_NS - 1_000,
        "sequence": 1,
        "received_ns": RECEIVED_NS,
    }
    fields |= changes
    sizes = {name: fields[name] * UNITS_PER_SHARE for name in ("bid_size", "ask_size")}
    return QuoteEvent(**fields | sizes)


def test_a_documented_trade_row_becomes_a_print() -> None:
    # Given a row of an off-exchange print that was corrected in time
    row = trade_row(exchange=4, trf_id=202, correction=1, trf_timestamp=NOW_NS)
    # When it is read
    trades, refused = read_trades(row)
    # Then every field that counts is carried over
    assert trades == [a_trade(exchange=4, trf_id=202, correction=1)]
    assert not refused


def test_the_link_to_the_next_page_is_handed_on() -> None:
    # Given a page with a link
    body = json.dumps(page(trade_row(), next_url="https://x/y?cursor=1")).encode()
    # When it is read, then the link stands beside the prints
    assert trades_page(body, "AAPL", RECEIVED_NS, Counter()) == Page(
        [a_trade()], "https://x/y?cursor=1", 1
    )


@pytest.mark.parametrize("results", [None, []])
def test_a_page_without_rows_is_empty(results: list[Any] | None) -> None:
    # Given a page whose rows are null or none
    body = json.dumps({"status": "OK", "results": results}).encode()
    # When it is read, then it is empty
    assert trades_page(body, "AAPL", RECEIVED_NS, Counter()) == Page([], None, 0)


@pytest.mark.parametrize("conditions", [None, "absent"])
def test_a_trade_without_conditions_is_a_regular_sale(conditions: str | None) -> None:
    # Given a row whose conditions are null or absent
    row = trade_row(conditions=None)
    if conditions == "absent":
        del row["conditions"]
    # When it is read, then it has none
    assert read_trades(row) == ([a_trade(conditions=())], Counter())


def test_optional_fields_may_be_absent() -> None:
    # Given a row with nothing but stamp, price and size
    row = {"sip_timestamp": NOW_NS, "price": 171.55, "size": 100}
    # When it is read, then the unknown stays unknown
    trades, refused = read_trades(row)
    assert trades == [
        a_trade(participant_ns=None, sequence=0, conditions=(), exchange=0, trade_id="")
    ]
    assert not refused


def test_whole_numbers_may_be_written_as_floats() -> None:
    # Given a row in which every number has a decimal point, and an id without quotation marks
    row = trade_row(
        price=171.55, size=100.0, sequence_number=1.0, conditions=[12.0, 41.0], exchange=11.0, id=1
    )
    # When it is read, then it is the same print
    assert read_trades(row) == ([a_trade()], Counter())


def test_stamps_in_milliseconds_become_nanoseconds() -> None:
    # Given a row stamped in milliseconds
    row = trade_row(sip_timestamp=STAMP_MS, participant_timestamp=STAMP_MS)
    # When it is read, then the stamps are nanoseconds
    assert read_trades(row) == ([a_trade(participant_ns=NOW_NS)], Counter())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sip_timestamp": None}, "no_stamp"),
        ({"sip_timestamp": 12}, "impossible_stamp"),
        ({"price": None}, "impossible_price"),
        ({"price": 0}, "impossible_price"),
        ({"price": -1.0}, "impossible_price"),
        ({"price": 10_000_000.5}, "impossible_price"),
        ({"price": 1e-7}, "impossible_price"),
        ({"size": -1}, "impossible_size"),
        ({"size": 1e11}, "impossible_size"),
        ({"size": 0, "decimal_size": "0.0"}, "impossible_size"),
        ({"size": 0, "decimal_size": None}, "impossible_size"),
        ({"size": None, "decimal_size": "many"}, "impossible_size"),
        ({"size": 0, "decimal_size": "0.0000001"}, "impossible_size"),
        ({"price": "171.55"}, "malformed"),
        ({"conditions": [None]}, "malformed"),
        ({"sequence_number": 1.5}, "malformed"),
    ],
)
def test_an_unusable_row_is_counted_by_reason_and_left_out(
    changes: dict[str, Any], reason: str
) -> None:
    # Given a row that is no print, between two that are
    rows = (trade_row(1), trade_row(2, **changes), trade_row(3))
    # When the page is read
    trades, refused = read_trades(*rows)
    # Then the two stay and the third is counted
    assert trades == [a_trade(), a_trade(sequence=3, trade_id="3")]
    assert refused == {reason: 1}


MANY_DIGITS = b"9" * 5_000


@pytest.mark.parametrize(
    "odd",
    [
        b'{"sip_timestamp": 1e400, "price": 1.5, "size": 1}',
        b'{"sip_timestamp": ' + MANY_DIGITS + b', "price": 1.5, "size": 1}',
        b'{"price": 1e400}',
        b'{"price": ' + MANY_DIGITS + b"}",
        b'{"size": -1e400}',
        b'{"sequence_number": ' + MANY_DIGITS + b"}",
        b'{"sequence_number": 9223372036854775808}',
        b'{"exchange": -9223372036854775809}',
        b'{"conditions": [9223372036854775808]}',
        b'{"id": "\xff"}',
        b'{"\xff": 1, "price": "much"}',
        b'"row"',
        b"1e400",
        b"null",
        b"[]",
    ],
    ids=[
        *("stamp", "long-stamp", "price", "long-price", "size", "long-sequence"),
        *("sequence", "exchange", "condition"),
        *("text", "name", "word", "number", "null", "list"),
    ],
)
def test_a_row_beyond_all_bounds_costs_itself(odd: bytes) -> None:
    # Given such a row between two prints, in an answer whose count is beyond all bounds too
    good = [json.dumps(trade_row(number)).encode() for number in (1, 3)]
    body = b'{"status":"OK","count":1e400,"results":[%s,%s,%s]}' % (good[0], odd, good[1])
    refused: Counter[str] = Counter()
    # When the page is read
    found = trades_page(body, "AAPL", RECEIVED_NS, refused)
    # Then the two prints are there, and the row is counted
    assert found == Page([a_trade(), a_trade(sequence=3, trade_id="3")], None, 3)
    assert refused == {"malformed": 1}


def test_a_number_as_large_as_a_recording_keeps_is_taken() -> None:
    # Given the largest sequence number of eight bytes
    row = trade_row(sequence_number=(1 << 63) - 1)
    # When it is read, then it is kept
    assert read_trades(row) == ([a_trade(sequence=(1 << 63) - 1)], Counter())


def test_more_rows_than_a_page_may_hold_are_refused() -> None:
    # Given a page with one row more than is read, each well and small
    body = b'{"status":"OK","results":[' + b"{}," * 100_000 + b"{}]}"
    # When it is read, then it is refused, and not taken apart
    with pytest.raises(DataSourceError) as caught:
        trades_page(body, "AAPL", RECEIVED_NS, Counter())
    assert caught.value.code == "too_many_rows"


def test_a_page_of_millions_of_values_is_refused() -> None:
    # Given a page whose values are more than its rows may hold
    body = b'{"status":"OK","results":[' + b"0," * 2_000_000 + b"0]}"
    # When it is read, then it is refused, and not taken apart
    with pytest.raises(DataSourceError) as caught:
        trades_page(body, "AAPL", RECEIVED_NS, Counter())
    assert caught.value.code == "too_many_rows"


def test_members_that_are_not_read_may_be_beyond_all_bounds() -> None:
    # Given a print whose number of another kind cannot be read, and whose sequence has a point
    row = trade_row(sequence_number=1.0)
    text = json.dumps(row).encode()[:-1] + b', "unknown": 1e400}'
    # When its page is read, then it is a print
    body = b'{"status":"OK","results":[%s]}' % text
    assert trades_page(body, "AAPL", RECEIVED_NS, Counter()).events == [a_trade()]


def test_a_stamp_with_a_fraction_is_read_to_the_nanosecond() -> None:
    # Given stamps in milliseconds and a half
    row = trade_row(sip_timestamp=STAMP_MS + 0.5, participant_timestamp=STAMP_MS - 0.5)
    # When they are read, then nothing of them is lost
    found = read_trades(row)
    assert found == (
        [a_trade(sip_ns=NOW_NS + 500_000, participant_ns=NOW_NS - 500_000)],
        Counter(),
    )


@pytest.mark.parametrize("content", [None, "absent"])
def test_id_and_sequence_may_be_null_or_missing(content: str | None) -> None:
    # Given a print without id and sequence
    row = trade_row(id=None, sequence_number=None)
    if content == "absent":
        del row["id"], row["sequence_number"]
    # When it is read, then they are unknown
    assert read_trades(row) == ([a_trade(trade_id="", sequence=0)], Counter())


def test_prints_of_a_page_that_were_cancelled_or_found_wrong_are_withdrawn() -> None:
    # Given a page with each code of the tape
    rows = [trade_row(code + 1, correction=code) for code in (0, 1, 7, 8, 10, 11, 12)]
    # When it is read and becomes a tape
    trades, refused = read_trades(*rows)
    records = tape_from_trades(trades)
    # Then a regular and a corrected print stand, and the events keep every code
    assert [record.trade_id for record in records] == ["1", "2"]
    assert [each.correction for each in trades] == [0, 1, 7, 8, 10, 11, 12]
    assert not refused


def test_a_row_that_is_no_object_is_malformed() -> None:
    # Given a page with a number among its rows
    # When it is read, then the number is counted
    assert read_trades(trade_row(), 7) == ([a_trade()], Counter({"malformed": 1}))


@pytest.mark.parametrize(
    ("size", "decimal_size", "units"),
    [
        (100, "100.7", 100_700_000),
        (100.7, None, 100_700_000),
        (None, "100.7", 100_700_000),
        (0, "7.5", 7_500_000),
        (0, "0.25", 250_000),
        (0.25, None, 250_000),
        (1, "1.0", 1_000_000),
        (100, "7.5", 100_000_000),
        (100, "many", 100_000_000),
    ],
)
def test_the_fraction_of_a_share_is_kept(
    size: float | None, decimal_size: str | None, units: int
) -> None:
    # Given a size with a fraction
    row = trade_row(size=size, decimal_size=decimal_size)
    # When it is read
    trades, refused = read_trades(row)
    # Then it is exact to a millionth
    assert ([each.size for each in trades], refused) == ([units], Counter())


def test_the_tape_shows_whole_shares() -> None:
    # Given prints of seven shares and a half, and of half a share
    trades, _ = read_trades(
        trade_row(1, size=7, decimal_size="7.5"), trade_row(2, size=0, decimal_size="0.5")
    )
    # When they are turned into public values
    records = tape_from_trades(trades)
    # Then the fraction is cut off, and what is below one share is not there
    assert [record.size for record in records] == [7]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"<html>", "not_json"),
        (b'{"status": "OK", "results": [{"pri', "truncated"),
        (b'{"status": "OK"} and more', "not_json"),
        (b'\xff\xfe{"status"', "not_json"),
        (b'{"status": "OK\xff"}', "not_json"),
        (b"[]", "unexpected_shape"),
        (b'{"status": "OK", "results": {"a": 1}}', "unexpected_shape"),
        (b'{"status": "OK", "results": [], "next_url": 7}', "bad_page_cursor"),
        (b'{"status": "DELAYED", "results": []}', "delayed_plan"),
        (b'{"status": 7, "results": []}', "unknown_status"),
        (b'{"status": 1e400, "results": []}', "unexpected_shape"),
        (b'{"status": "OK", "results": [], "next_url": 1e400}', "unexpected_shape"),
        (b'{"status": "OK", "results": [], "next_url": "\xff"}', "not_json"),
        (b'{"status": "ERROR", "error": 1e400, "results": [7]}', "bad_request"),
    ],
)
def test_a_page_that_cannot_be_read_is_refused_by_name(body: bytes, code: str) -> None:
    # Given such a page
    # When it is read, then nothing of it is taken
    with pytest.raises(DataSourceError) as caught:
        trades_page(body, "AAPL", RECEIVED_NS, Counter())
    assert caught.value.code == code


def test_a_documented_quote_row_becomes_a_quote() -> None:
    # Given a row
    # When it is read, then both sides are there
    assert read_quotes(quote_row()) == ([a_quote()], Counter())


def test_an_odd_quote_page_is_read_row_by_row() -> None:
    # Given a row whose sizes are written with a decimal point, and one that is malformed
    rows = (quote_row(sequence_number=1.0), quote_row(2, bid_price="155.85"))
    # When they are read, then the good one stays
    assert read_quotes(*rows) == ([a_quote()], Counter({"malformed": 1}))


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"ask_price": 0, "ask_size": 0}, {"ask_ticks": 0, "ask_size": 0}),
        ({"bid_price": 0, "bid_size": 0}, {"bid_ticks": 0, "bid_size": 0}),
        ({"bid_price": 155.85, "bid_size": 0}, {"bid_ticks": 0, "bid_size": 0}),
        ({"bid_price": None, "bid_size": None}, {"bid_ticks": 0, "bid_size": 0}),
        ({"participant_timestamp": None}, {"participant_ns": None}),
    ],
)
def test_a_side_without_price_or_size_is_empty(
    changes: dict[str, Any], left: dict[str, Any]
) -> None:
    # Given a one-sided quote
    # When it is read, then nobody stands on that side
    assert read_quotes(quote_row(**changes)) == ([a_quote(**left)], Counter())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sip_timestamp": None}, "no_stamp"),
        ({"sip_timestamp": 12}, "impossible_stamp"),
        ({"bid_price": -1}, "impossible_price"),
        ({"ask_price": 1e8}, "impossible_price"),
        ({"bid_size": -1}, "impossible_size"),
        ({"ask_size": 1e11}, "impossible_size"),
    ],
)
def test_an_unusable_quote_is_counted_by_reason(changes: dict[str, Any], reason: str) -> None:
    # Given a row that is no quote, and one that is
    # When they are read, then the one stays and the other is counted
    assert read_quotes(quote_row(**changes), quote_row()) == ([a_quote()], Counter({reason: 1}))


def test_sizes_in_round_lots_become_shares_by_price() -> None:
    # Given sizes in lots of a share that costs 300 USD, whose round lot is 40
    row = quote_row(bid_price=300.0, bid_size=4, ask_price=300.01, ask_size=3)
    # When they are read
    quotes, _ = read_quotes(row, unit="round_lots")
    # Then they are shares
    assert [(quote.bid_size, quote.ask_size) for quote in quotes] == [
        (160 * UNITS_PER_SHARE, 120 * UNITS_PER_SHARE)
    ]


def test_withdrawn_prints_are_no_records() -> None:
    # Given a standing print without any optional fact, and a cancelled one
    standing = TradeEvent("AAPL", NOW_NS, 1_000_000, 5 * UNITS_PER_SHARE)
    cancelled = a_trade(correction=8)
    # When they become public values
    records = tape_from_trades([standing, cancelled])
    # Then one is left, and what is not known is None
    facts = [(r.size, r.exchange, r.trf_id, r.trade_id, r.sequence_number) for r in records]
    assert facts == [(5, None, None, None, None)]
    assert [(r.received_at_utc, r.participant_timestamp_ns) for r in records] == [(None, None)]


def test_a_decoded_body_without_results_is_empty() -> None:
    # Given a decoded body without rows
    # When it is read, then there are no prints
    assert trades_from_decoded({"status": "OK"}, "AAPL", RECEIVED_NS, Counter()) == []


def test_a_decoded_body_with_other_results_is_refused() -> None:
    # Given a decoded body whose results are no list
    # When it is read, then it is refused
    with pytest.raises(DataSourceError) as caught:
        trades_from_decoded({"results": "none"}, "AAPL", RECEIVED_NS, Counter())
    assert caught.value.code == "unexpected_shape"


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("0.5")
)
odd_rows = st.dictionaries(
    st.sampled_from(list(trade_row())), st.one_of(scalars, st.lists(scalars, max_size=3))
)


@given(st.lists(st.one_of(odd_rows, scalars), max_size=8))
def test_every_row_is_either_a_print_or_counted(rows: list[Any]) -> None:
    # Given whatever rows
    refused: Counter[str] = Counter()
    # When they are read
    trades = trades_from_decoded({"results": rows}, "AAPL", RECEIVED_NS, refused)
    # Then none is lost, and each print is possible
    assert len(trades) + sum(refused.values()) == len(rows)
    assert all(trade.price_ticks > 0 and trade.size > 0 for trade in trades)


@given(st.lists(odd_rows, max_size=6))
def test_bytes_and_decoded_bodies_give_the_same_prints(rows: list[dict[str, Any]]) -> None:
    # Given whatever rows that JSON can carry, as bytes and decoded
    body = msgspec.json.encode({"status": "OK", "results": rows})
    by_bytes: Counter[str] = Counter()
    by_value: Counter[str] = Counter()
    # When both are read
    first = trades_page(body, "AAPL", RECEIVED_NS, by_bytes).events
    second = trades_from_decoded(msgspec.json.decode(body), "AAPL", RECEIVED_NS, by_value)
    # Then they agree
    assert (first, by_bytes) == (second, by_value)


def test_a_page_nested_too_deeply_loses_the_row_that_is() -> None:
    # Given a page of brackets
    body = b'{"status":"OK","results": ' + b"[" * 9_000 + b"]" * 9_000 + b"}"
    refused: Counter[str] = Counter()
    # When it is read
    found = trades_page(body, "AAPL", RECEIVED_NS, refused)
    # Then its one row is left out
    assert (found.events, refused) == ([], {"malformed": 1})
