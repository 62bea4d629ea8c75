from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.refused import Refused
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.providers.polygon.stream_wire import (
    FrameReader,
    LimitBand,
    OddQuote,
    OddTrade,
    QuoteMessage,
    Status,
    TradeMessage,
    action,
    ns_of,
    quote_event,
    trade_event,
)

AT_MS = 1_773_151_200_000
AT_NS = AT_MS * 1_000_000
RECEIVED_NS = AT_NS + 5_000_000
TRADE = (
    b'{"ev":"T","sym":"ACME","x":11,"i":"77","z":3,"p":27.41,"s":200,"ds":"200.0","c":[14,41],'
    b'"t":1773151200000,"pt":1773151199999,"q":9,"trfi":202,"trft":1773151200000}'
)
QUOTE = (
    b'{"ev":"Q","sym":"ACME","bx":11,"bp":27.4,"bs":300,"ax":12,"ap":27.42,"as":500,"c":1,'
    b'"i":[604],"t":1773151200000,"q":8,"z":3}'
)
BAND = b'{"ev":"LULD","T":"ACME","h":30.1,"l":25.2,"i":[17],"z":3,"t":1773151200000,"q":1}'
STATUS = b'{"ev":"status","status":"auth_success","message":"authenticated"}'


class Reader(FrameReader):
    """A reader beside what it could not use."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.lost: set[str] = set()
        super().__init__(self.refused, self.lost)


def test_a_frame_mixes_all_kinds_of_messages() -> None:
    # Given a frame of a print, a quote, a band and a status
    frame = b"[" + b",".join((TRADE, QUOTE, BAND, STATUS)) + b"]"
    reader = Reader()
    # When it is taken apart
    found = reader.read(frame)
    # Then each is what it was, with the members that are judged
    assert found == [
        TradeMessage(
            sym="ACME",
            x=11,
            i="77",
            p=27.41,
            s=200,
            ds="200.0",
            c=(14, 41),
            t=AT_MS,
            pt=AT_MS - 1,
            q=9,
            trfi=202,
        ),
        QuoteMessage(sym="ACME", t=AT_MS, bp=27.4, ap=27.42, bs=300, ask_size=500, q=8),
        LimitBand("ACME", AT_MS, (17,)),
        Status("auth_success", "authenticated"),
    ]
    assert not reader.refused


def test_whole_numbers_may_be_written_as_decimals() -> None:
    # Given a print whose size and stamp are written as decimals
    frame = b'[{"ev":"T","sym":"ACME","p":27,"s":200.0,"t":1773151200000.0,"q":9.0}]'
    reader = Reader()
    # When it is taken apart
    found = reader.read(frame)
    # Then they are the whole numbers that they are
    assert found == [OddTrade(sym="ACME", t=AT_MS, p=27.0, s=200, q=9)]


@pytest.mark.parametrize(
    "row",
    [
        b'{"ev":"T","sym":"ACME","p":1e9,"s":200,"t":1773151200000}',
        b'{"ev":"T","sym":"ACME","p":-1,"s":200,"t":1773151200000}',
        b'{"ev":"T","sym":"ACME","p":27,"s":-200,"t":1773151200000}',
        b'{"ev":"T","sym":"ACME","p":27,"s":200,"t":1773151200}',
        b'{"ev":"T","sym":"ACME","p":27,"s":200,"t":1773151200000000000}',
        b'{"ev":"T","sym":"ACME","p":27,"s":200,"t":1773151200000,"c":null}',
        b'{"ev":"T","sym":"ACME","p":27,"s":200,"t":1773151200000,"i":7}',
    ],
)
def test_a_message_beyond_the_usual_is_an_odd_one(row: bytes) -> None:
    # Given a readable message with an impossible or unusual number
    reader = Reader()
    # When its frame is taken apart
    found = reader.read(b"[" + row + b"]")
    # Then it is marked as odd, and neither refused nor lost
    assert [type(each) for each in found] == [OddTrade]
    assert (reader.refused, reader.lost) == ({}, set())


def test_an_unknown_event_is_counted_and_the_others_are_kept() -> None:
    # Given a frame of a minute bar between two usable messages
    frame = b"[" + TRADE + b',{"ev":"AM","sym":"ACME"},' + STATUS + b"]"
    reader = Reader()
    # When it is taken apart
    found = reader.read(frame)
    # Then the bar is counted, and nothing was lost
    assert [type(each) for each in found] == [OddTrade, Status]
    assert reader.refused == {"unknown_event": 1}
    assert reader.unknown_names == {"AM"}
    assert reader.lost == set()


def test_names_of_unknown_events_are_kept_up_to_a_bound() -> None:
    # Given more kinds of unknown events than are kept
    reader = Reader()
    for number in range(40):
        # When each arrives
        reader.read(b'[{"ev":"X%d"}]' % number)
    # Then all are counted and some names kept
    assert reader.refused == {"unknown_event": 40}
    assert len(reader.unknown_names) == 16


@pytest.mark.parametrize(
    "frame", [b"", b"[", TRADE[:40], b"nonsense", b'{"ev":"T"}', b"42", b'["\xff"]', b"[\xff]"]
)
def test_a_frame_that_is_none_is_counted_and_may_have_held_any_symbol(frame: bytes) -> None:
    # Given half a frame, or another shape
    reader = Reader()
    # When it is taken apart
    found = reader.read(frame)
    # Then nothing is found, and what was lost may concern anybody
    assert found == []
    assert reader.refused.total() == 1
    assert reader.lost == {""}


@pytest.mark.parametrize(
    ("row", "lost"),
    [
        (b'{"ev":"T","sym":"ACME","p":"much","t":1}', "ACME"),
        (b'{"ev":"T","sym":"ACME","p":1e400,"t":1}', "ACME"),
        (b'{"ev":"Q","sym":"ACME","t":' + b"9" * 5_000 + b"}", "ACME"),
        (b'{"ev":"Q","sym":"ACME","t":1,"q":9223372036854775808}', "ACME"),
        (b'{"ev":"T","sym":"ACME","t":1,"c":[9223372036854775808]}', "ACME"),
        (b'{"ev":"T","sym":"ACME","i":"\xff"}', "ACME"),
        (b'{"ev":"T","sym":7,"p":1,"t":1}', ""),
        (b'{"ev":"T","p":1,"t":1}', ""),
        (b'{"ev":"LULD","T":"ACME","t":"soon"}', "ACME"),
        (b'{"ev":"LULD","sym":"ACME","t":1}', ""),
        (b'{"ev":"status","status":7}', ""),
        (b'{"sym":"ACME"}', "ACME"),
        (b'{"ev":1e400,"sym":"ACME"}', "ACME"),
        (b"1e400", ""),
        (b"[]", ""),
    ],
)
def test_a_message_that_is_none_is_lost_for_its_symbol(row: bytes, lost: str) -> None:
    # Given an unreadable message beside a good one
    reader = Reader()
    # When the frame is taken apart
    found = reader.read(b"[" + row + b"," + QUOTE + b"]")
    # Then the good one is kept, and the symbol of the other known where it can be read
    assert [type(each) for each in found] == [OddQuote]
    assert reader.refused == {"malformed_message": 1}
    assert reader.lost == {lost}


@pytest.mark.parametrize(
    ("row", "counted"),
    [
        (b'{"ev":"T","sym":"ACME","p":1e400}', {("trades", "ACME"): 1}),
        (b'{"ev":"Q","sym":"ACME","bp":"much"}', {("quotes", "ACME"): 1}),
        (b'{"ev":"T","sym":"","p":1e400}', {}),
        (b'{"ev":"T","sym":7}', {}),
        (b'{"ev":"LULD","T":"ACME","t":"soon"}', {}),
        (b'{"sym":"ACME"}', {}),
    ],
)
def test_prints_and_quotes_that_cannot_be_read_are_counted_by_symbol(
    row: bytes, counted: dict[tuple[str, str], int]
) -> None:
    # Given an unreadable message beside a good one
    reader = Reader()
    # When the frame is taken apart
    reader.read(b"[" + row + b"," + QUOTE + b"]")
    # Then it is counted where kind and symbol can be read
    assert reader.refused_rows == counted


def test_a_frame_nested_too_deeply_is_none() -> None:
    # Given a frame of brackets
    reader = Reader()
    # When it is taken apart
    found = reader.read(b"[" * 9_000 + b"]" * 9_000)
    # Then it is counted, as a frame or as its one row, and may have held any symbol
    assert (found, reader.refused.total(), reader.lost) == ([], 1, {""})


def test_a_frame_that_ends_too_early_after_an_odd_message_is_none() -> None:
    # Given an odd message, and half of another
    reader = Reader()
    # When the frame is taken apart
    found = reader.read(b'[{"ev":"T","sym":7},{"ev":')
    # Then it is counted as a whole
    assert (found, dict(reader.refused), reader.lost) == ([], {"malformed_frame": 1}, {""})


def test_an_event_whose_name_is_no_text_is_unknown() -> None:
    # Given a message whose kind is a number
    reader = Reader()
    # When it arrives
    found = reader.read(b'[{"ev":7}]')
    # Then it is counted as unknown
    assert (found, dict(reader.refused)) == ([], {"unknown_event": 1})


@given(st.binary(max_size=200))
def test_no_bytes_end_the_decoding(frame: bytes) -> None:
    # Given any bytes
    reader = Reader()
    # When they are taken for a frame
    found = reader.read(frame)
    # Then messages come out, or a count
    assert isinstance(found, list)


@pytest.mark.parametrize(
    "stamp", [AT_MS, AT_MS * 1_000, AT_MS * 1_000_000, AT_MS // 1_000], ids=["ms", "us", "ns", "s"]
)
def test_stamps_are_told_apart_by_magnitude(stamp: int) -> None:
    # Given one moment in some unit
    # When it is brought to nanoseconds
    found = ns_of(stamp)
    # Then it is that moment
    assert found == AT_NS


def test_a_fraction_of_a_millisecond_is_cut_off() -> None:
    # Given a moment half a millisecond later
    # When it is brought to nanoseconds, then it is the whole millisecond
    assert [ns_of(AT_MS + 0.5), ns_of(AT_NS + 999_999)] == [AT_NS, AT_NS]


@pytest.mark.parametrize("stamp", [0, -5, 10**25])
def test_a_stamp_that_is_no_time_is_zero(stamp: int) -> None:
    # Given a number that no unit makes a time of this century
    # When it is brought to nanoseconds
    found = ns_of(stamp)
    # Then it is zero
    assert found == 0


def test_indicators_may_be_one_number_many_or_none() -> None:
    # Given three ways to write them
    bands = [LimitBand("ACME", 1, 17), LimitBand("ACME", 1, (17, 18)), LimitBand("ACME", 1, None)]
    # When they are read
    found = [band.indicators for band in bands]
    # Then they are tuples
    assert found == [(17,), (17, 18), ()]


def test_a_print_becomes_the_event_that_rest_gives() -> None:
    # Given a whole print
    message = msgspec.json.decode(TRADE, type=TradeMessage)
    # When it is turned into an event
    event = trade_event(message, RECEIVED_NS)
    # Then it holds integers only
    assert event == TradeEvent(
        "ACME",
        AT_NS,
        27_410_000,
        200 * UNITS_PER_SHARE,
        AT_NS - 1_000_000,
        9,
        (14, 41),
        0,
        11,
        202,
        "77",
        None,
        RECEIVED_NS,
    )


def test_a_print_without_participant_stamp_or_conditions_is_an_event_too() -> None:
    # Given the least a print may say, its id a number
    message = OddTrade(sym="ACME", t=AT_MS, p=27.41, s=1, i=77, c=None)
    # When it is turned into an event
    event = trade_event(message, RECEIVED_NS)
    # Then what is unknown stays so
    assert event == TradeEvent(
        "ACME", AT_NS, 27_410_000, UNITS_PER_SHARE, trade_id="77", received_ns=RECEIVED_NS
    )


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (TradeMessage(sym="ACME", t=0, p=27.41, s=1), "impossible_stamp"),
        (TradeMessage(sym="ACME", t=AT_MS, p=0.0, s=1), "impossible_price"),
        (TradeMessage(sym="ACME", t=AT_MS, p=-1.0, s=1), "impossible_price"),
        (TradeMessage(sym="ACME", t=AT_MS, p=0.0000001, s=1), "impossible_price"),
        (TradeMessage(sym="ACME", t=AT_MS, p=1e9, s=1), "impossible_price"),
        (TradeMessage(sym="ACME", t=AT_MS, p=27.41, s=0), "impossible_size"),
        (TradeMessage(sym="ACME", t=AT_MS, p=27.41, s=-3), "impossible_size"),
        (TradeMessage(sym="ACME", t=AT_MS, p=27.41, s=0, ds="0.0000001"), "impossible_size"),
        (TradeMessage(sym="ACME", t=AT_MS, p=27.41, s=0, ds="half"), "impossible_size"),
        (OddTrade(sym="ACME", p=27.41, s=1), "no_stamp"),
        (OddTrade(sym="ACME", t=AT_MS, s=1), "impossible_price"),
    ],
)
def test_a_print_that_cannot_be_says_why(message: OddTrade, reason: str) -> None:
    # Given a message that is no print
    # When it is turned into an event
    found = trade_event(message, RECEIVED_NS)
    # Then the reason stands in its place
    assert found == Refused(reason)


def test_a_quote_becomes_the_event_that_rest_gives() -> None:
    # Given a quote
    message = msgspec.json.decode(QUOTE, type=QuoteMessage)
    # When it is turned into an event
    event = quote_event(message, RECEIVED_NS, "shares")
    # Then it holds integers only
    assert event == QuoteEvent(
        "ACME",
        AT_NS,
        27_400_000,
        300 * UNITS_PER_SHARE,
        27_420_000,
        500 * UNITS_PER_SHARE,
        None,
        8,
        RECEIVED_NS,
    )


def test_an_empty_side_of_a_quote_is_nobody() -> None:
    # Given a quote without an ask
    message = QuoteMessage(sym="ACME", t=AT_MS, bp=27.4, ap=0.0, bs=300, ask_size=0, q=8)
    # When it is turned into an event
    event = quote_event(message, RECEIVED_NS, "shares")
    # Then that side is zero
    assert event == QuoteEvent(
        "ACME", AT_NS, 27_400_000, 300 * UNITS_PER_SHARE, 0, 0, None, 8, RECEIVED_NS
    )


def test_round_lots_are_turned_into_shares() -> None:
    # Given a quote whose sizes count round lots of a 27 USD stock
    message = QuoteMessage(sym="ACME", t=AT_MS, bp=27.4, ap=27.42, bs=3, ask_size=5, q=8)
    # When it is turned into an event
    event = quote_event(message, RECEIVED_NS, "round_lots")
    # Then a lot is a hundred shares
    assert event == QuoteEvent(
        "ACME",
        AT_NS,
        27_400_000,
        300 * UNITS_PER_SHARE,
        27_420_000,
        500 * UNITS_PER_SHARE,
        None,
        8,
        RECEIVED_NS,
    )


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (QuoteMessage(sym="ACME", t=0, bp=27.4, ap=27.42, bs=3, ask_size=5), "impossible_stamp"),
        (
            QuoteMessage(sym="ACME", t=AT_MS, bp=-1.0, ap=27.42, bs=3, ask_size=5),
            "impossible_price",
        ),
        (
            QuoteMessage(sym="ACME", t=AT_MS, bp=27.4, ap=27.42, bs=3, ask_size=-5),
            "impossible_size",
        ),
    ],
)
def test_a_quote_that_cannot_be_says_why(message: QuoteMessage, reason: str) -> None:
    # Given a message that is no quote
    # When it is turned into an event
    found = quote_event(message, RECEIVED_NS, "shares")
    # Then the reason stands in its place
    assert found == Refused(reason)


def test_what_a_client_says_is_an_object_of_two_texts() -> None:
    # Given channels to subscribe
    # When the message is written
    text = action("subscribe", "T.ACME,Q.ACME")
    # Then it is the documented one
    assert text == b'{"action":"subscribe","params":"T.ACME,Q.ACME"}'
