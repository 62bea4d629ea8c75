"""Each message goes to its feed's decoder, and each feed brings what it is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from support.noting_sink import NotingSink

from trading_bot.order_flow.market.events import (
    BookEvent,
    HaltEvent,
    MarketEvent,
    QuoteEvent,
    TradeEvent,
    Withdrawal,
)
from trading_bot.order_flow.market.sink import MarketSink, give
from trading_bot.order_flow.market.units import NS_PER_SECOND, UNITS_PER_SHARE
from trading_bot.order_flow.providers.paired.comparison import FeedComparison
from trading_bot.order_flow.providers.paired.decoder import (
    DepthSink,
    PairedDecoder,
    TapeSink,
    beside,
)
from trading_bot.order_flow.providers.paired.depth_channel import DepthChannel
from trading_bot.order_flow.providers.provider import BesideMessage

NOW = 1_773_151_200 * NS_PER_SECOND
LOT = 100 * UNITS_PER_SHARE
VENUE = 12


class _Noted(FeedComparison):
    """Notes what it is given."""

    def __init__(self) -> None:
        super().__init__("tape", "depth")
        self.given: list[tuple[object, ...]] = []

    def tape_print(self, stamp_ns: int, ticks: int, units: int) -> None:
        self.given.append(("tape", stamp_ns, ticks, units))

    def depth_print(self, stamp_ns: int, ticks: int, units: int) -> None:
        self.given.append(("depth", stamp_ns, ticks, units))

    def nbbo(self, stamp_ns: int, bid_ticks: int, ask_ticks: int, now_ns: int) -> None:
        self.given.append(("nbbo", stamp_ns, bid_ticks, ask_ticks, now_ns))

    def levels(self, stamp_ns: int, bids: object, asks: object, now_ns: int) -> None:
        self.given.append(("levels", stamp_ns, bids, asks, now_ns))


def trade(**other: Any) -> TradeEvent:
    plain = TradeEvent("ACME", NOW, 27_000_000, LOT, NOW - 1, 1, exchange=VENUE, received_ns=NOW)
    return plain._replace(**other)


def test_the_first_feeds_events_go_on_as_they_are() -> None:
    # Given a sink behind the first feed
    sink, comparison = NotingSink(), _Noted()
    tape = TapeSink(sink, {"ACME": comparison}, VENUE)
    events: list[MarketEvent] = [
        trade(),
        QuoteEvent("ACME", NOW, 1, LOT, 2, LOT, None, 3, NOW + 5),
        QuoteEvent("ACME", NOW, 1, LOT, 2, LOT),
        QuoteEvent("BOLT", NOW, 1, LOT, 2, LOT),
        BookEvent("ACME", NOW, ((1, LOT),), (), None, 3, NOW + 5),
        BookEvent("ACME", NOW, (), ((2, LOT),)),
        BookEvent("BOLT", NOW, (), ()),
        Withdrawal("ACME", NOW),
        HaltEvent("ACME", NOW, True),
    ]
    # When events of every kind come
    for event in events:
        give(tape, event)
    # Then all go on, and prints and best prices are compared
    assert sink.events == events
    assert comparison.given == [
        ("tape", NOW - 1, 27_000_000, LOT),
        ("nbbo", NOW, 1, 2, NOW + 5),
        ("nbbo", NOW, 1, 2, NOW),
        ("nbbo", NOW, 1, 0, NOW + 5),
        ("nbbo", NOW, 0, 2, NOW),
    ]


def test_only_trades_of_the_venue_are_compared() -> None:
    # Given the first feed's prints
    comparison = _Noted()
    tape = TapeSink(NotingSink(), {"ACME": comparison}, VENUE)
    # When prints come of another venue, of a facility, of nobody, and such as are no trades
    for event in (
        trade(exchange=11),
        trade(exchange=4, trf_id=202),
        trade(trf_id=202),
        trade(symbol="BOLT"),
        trade(conditions=(16,)),
        trade(conditions=(2,)),
    ):
        tape.trade(event)
    # Then none is compared; one without a stamp of the venue is by the tape's, and a cross too
    assert comparison.given == []
    tape.trade(trade(participant_ns=None, conditions=(37,)))
    tape.trade(trade(conditions=(8,), correction=0))
    assert comparison.given == [
        ("tape", NOW, 27_000_000, LOT),
        ("tape", NOW - 1, 27_000_000, LOT),
    ]


def test_of_the_second_feed_only_levels_go_on() -> None:
    # Given a sink behind the second feed
    sink, comparison, channel = NotingSink(), _Noted(), DepthChannel()
    channel.follow(("ACME",), NOW)
    depth = DepthSink(sink, {"ACME": comparison}, channel, VENUE)
    bids, asks = ((1, LOT),), ((2, LOT),)
    # When events of every kind come
    events: list[MarketEvent] = [
        trade(),
        trade(symbol="BOLT"),
        QuoteEvent("ACME", NOW, 1, LOT, 2, LOT),
        BookEvent("BOLT", NOW, bids, asks),
        BookEvent("ACME", NOW, bids, asks, None, 3, NOW + 5),
        Withdrawal("ACME", NOW),
        HaltEvent("ACME", NOW, True),
    ]
    for event in events:
        give(depth, event)
    # Then the levels go on as the venue's, and prints are compared
    assert sink.events == [BookEvent("ACME", NOW, bids, asks, None, 3, NOW + 5, VENUE)]
    assert comparison.given == [
        ("depth", NOW, 27_000_000, LOT),
        ("levels", NOW, bids, asks, NOW + 5),
    ]
    # And they make depth seen only where they come by the newest connection
    assert channel.look("ACME", NOW, None)[0]
    depth.is_newest = True
    depth.book(BookEvent("ACME", NOW, bids, asks))
    assert channel.look("ACME", NOW, None)[0] == ""


class _Decoder:
    """Notes what it is asked to decode."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.lost: set[str] = set()
        self.refused_rows: Counter[tuple[str, str]] = Counter()
        self.decoded: list[object] = []

    def decode(self, payload: bytes, received_ns: int, link: int) -> None:
        self.decoded.append((bytes(payload), received_ns, link))

    def decode_conflated(self, payloads: Sequence[bytes], received_ns: int, link: int) -> int:
        self.decoded.append(([bytes(each) for each in payloads], received_ns, link))
        return len(payloads)

    def pieces(self, payload: bytes) -> Iterator[bytes]:
        yield payload[:1]
        yield payload[1:]

    def symbols_of(self, payload: bytes, *, is_part: bool = False) -> set[str] | None:
        return {payload.decode(), str(is_part)}


class _Pair:
    """Both decoders as one."""

    def __init__(self, sink: MarketSink | None = None) -> None:
        self.tape, self.depth = _Decoder(), _Decoder()
        self.lost: list[str] = []
        self.sink = DepthSink(sink or NotingSink(), {}, DepthChannel(), VENUE)
        self.link = 7
        self.both = PairedDecoder(
            self.tape, self.depth, self.sink, lambda: self.link, self.lost.append
        )


def test_each_message_goes_to_the_decoder_of_its_feed() -> None:
    # Given both decoders
    pair = _Pair()
    # When a message of each comes
    pair.both.decode(b"a", 1, 2)
    pair.both.decode(beside(b"b", 7), 3, 2)
    # Then each has its own, by the link of its own feed
    assert pair.tape.decoded == [(b"a", 1, 2)]
    assert pair.depth.decoded == [(b"b", 3, 7)]
    # And it is known whether it came by the newest connection
    assert pair.sink.is_newest
    pair.both.decode(beside(b"b", 6), 3, 2)
    assert not pair.sink.is_newest


def test_many_messages_are_conflated_feed_by_feed_and_link_by_link() -> None:
    # Given both decoders, and messages of both that waited
    pair = _Pair()
    waiting = [b"a", beside(b"b", 6), b"c", beside(b"d", 6), beside(b"e", 7)]
    # When they are decoded at once
    left_out = pair.both.decode_conflated(waiting, 1, 2)
    # Then each decoder has its own, and what was left out is counted
    assert pair.tape.decoded == [([b"a", b"c"], 1, 2)]
    assert pair.depth.decoded == [([b"b", b"d"], 1, 6), ([b"e"], 1, 7)]
    assert left_out == 5
    # And a feed without messages is not asked
    assert pair.both.decode_conflated([beside(b"f", 7)], 1, 2) == 1
    assert len(pair.tape.decoded) == 1


def test_a_large_message_is_taken_apart_by_its_own_decoder() -> None:
    # Given both decoders
    pair = _Pair()
    # When a large message of each is taken apart
    ours = list(pair.both.pieces(b"ab"))
    other = list(pair.both.pieces(beside(b"cd", 7)))
    # Then the pieces are of the same feed and link
    assert ours == [b"a", b"b"]
    assert other == [b"c", b"d"]
    assert [each.link for each in other if isinstance(each, BesideMessage)] == [7, 7]


def test_names_are_read_of_the_first_feed_only() -> None:
    # Given both decoders
    pair = _Pair()
    # When it is asked whose events a message holds, then of the second feed nobody can tell
    assert pair.both.symbols_of(b"ACME", is_part=True) == {"ACME", "True"}
    assert pair.both.symbols_of(beside(b"ACME", 7)) is None


def test_what_the_second_feed_lost_costs_depth_only() -> None:
    # Given a second feed that refuses rows and loses symbols
    pair = _Pair()
    pair.depth.refused["maybe_bad_book"] = 2
    pair.depth.lost.add("BOLT")
    pair.depth.refused_rows["quotes", "ACME"] = 1
    pair.depth.refused_rows["trades", "CLIF"] = 1
    # When a message of it was decoded
    pair.both.decode(beside(b"b", 7), 3, 2)
    # Then the depth of those is lost, the first feed has lost nothing, and it is counted by name
    assert sorted(pair.lost) == ["ACME", "BOLT"]
    assert (pair.both.lost, dict(pair.both.refused_rows)) == (set(), {})
    assert pair.both.refused == {"depth_maybe_bad_book": 2}
    assert not (pair.depth.lost)
    assert not (pair.depth.refused)
    assert not (pair.depth.refused_rows)
