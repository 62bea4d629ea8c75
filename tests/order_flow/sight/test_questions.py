from __future__ import annotations

import pytest

from trading_bot.order_flow.market.units import FAR_FUTURE_NS, NS_PER_SECOND
from trading_bot.order_flow.sight.coverage.circumstances import Circumstances
from trading_bot.order_flow.sight.coverage.findings import Facts
from trading_bot.order_flow.sight.coverage.marks import ChannelMarks
from trading_bot.order_flow.sight.coverage.questions import Asked, Kind, doubts_due, fills_due
from trading_bot.order_flow.sight.coverage.reasons import Channel, Question
from trading_bot.order_flow.sight.coverage.spans import Spans


def s(seconds: float) -> int:
    return round(seconds * NS_PER_SECOND)


def facts(now: float, trades: ChannelMarks, quotes: ChannelMarks) -> Facts:
    return Facts(
        marks={"trades": trades, "quotes": quotes},
        spans=Spans("ACME"),
        now_ns=s(now),
        clock="",
        has_backlog=False,
        circumstances=Circumstances(),
        rest_answered_ns=s(0),
        proof_limit_ns=s(50),
    )


def subscribed() -> ChannelMarks:
    marks = ChannelMarks(s(0))
    marks.is_subscribed = True
    return marks


@pytest.mark.parametrize(
    ("kind", "channel", "again"),
    [
        ("tape_now", "trades", 5),
        ("newest", "trades", 60),
        ("audit", "trades", 10),
        ("tape_now", "quotes", 5),
        ("pulse", "quotes", 6),
    ],
)
def test_a_kind_of_question_has_its_distance(kind: Kind, channel: Channel, again: int) -> None:
    # Given two channels, long silent and doubted, and a question that was asked at 1,000 s
    trades, quotes = subscribed(), subscribed()
    for marks in (trades, quotes):
        marks.suspect("differs", s(900))
    asked: Asked = {(kind, channel): s(1_000)}
    # When it is looked for before its time and at it
    found = [
        [(each.kind, each.channel) for each in doubts_due("ACME", known, asked, FAR_FUTURE_NS)]
        for known in (facts(999.9 + again, trades, quotes), facts(1_000 + again, trades, quotes))
    ]
    # Then it is due at its time
    assert [(kind, channel) in each for each in found] == [False, True]


def test_a_comparison_is_asked_from_what_is_proved() -> None:
    # Given prints that were proved up to 880 s, and doubted at 900 s
    trades = subscribed()
    trades.hear(s(915), 1, s(915), 0)
    trades.vouch(s(880), s(915))
    trades.suspect("differs", s(900))
    quotes = subscribed()
    quotes.hear(s(915), 1, s(915), 0)
    # When it is asked for
    found = doubts_due("ACME", facts(916, trades, quotes), {}, FAR_FUTURE_NS)
    # Then the moment of the doubt lies in it
    assert found == (Question("ACME", "audit", "trades", s(880), s(916)),)


def test_a_channel_that_is_away_is_not_asked_for_its_silence() -> None:
    # Given channels that nobody subscribed
    # When they are silent
    found = doubts_due(
        "ACME", facts(1_000, ChannelMarks(s(0)), ChannelMarks(s(0))), {}, FAR_FUTURE_NS
    )
    # Then their spans are asked for, not they
    assert found == ()


def test_no_more_than_370_seconds_of_a_span_are_asked_for() -> None:
    # Given a span that has grown for 1,000 s, and one that lies ahead
    spans = Spans("ACME")
    spans.add("trades", "gap", s(0), None, s(0))
    spans.add("quotes", "gap", s(1_001), None, s(0))
    # When it is asked for
    # Then it is its newest part
    assert fills_due("ACME", spans, s(1_000)) == (
        Question("ACME", "fill", "trades", s(630), s(1_000), 1),
    )
