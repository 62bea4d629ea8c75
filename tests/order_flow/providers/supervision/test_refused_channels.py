from __future__ import annotations

import pytest

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.supervision.actions import (
    HALTS,
    QUOTES,
    TRADES,
    BlamePlan,
    Channel,
    Refuse,
    channels_of,
)
from trading_bot.order_flow.providers.supervision.refused_channels import RefusedChannels

HOUR_NS = 3_600 * NS_PER_SECOND
SYMBOLS = ("AAA", "BBB")
AAA, BBB = channels_of(TRADES, SYMBOLS)


@pytest.mark.parametrize(("mute", "wait_ns"), [(False, HOUR_NS), (True, 60 * NS_PER_SECOND)])
def test_silence_is_asked_again_sooner_than_a_refusal(mute: bool, wait_ns: int) -> None:
    # Given a refused channel
    refused = RefusedChannels()
    done = refused.refuse((AAA,), SYMBOLS, 0, mute=mute)
    # When its wait is nearly over, and over
    found = [refused.due(wait_ns - 1), refused.due(wait_ns)]
    # Then it is due only then
    assert done == [Refuse((AAA,), "no_channel")]
    assert found == [[], [AAA]]


def test_words_after_silence_make_the_wait_an_hour_again() -> None:
    # Given a channel refused by silence, then in words
    refused = RefusedChannels()
    refused.refuse((AAA,), SYMBOLS, 0, mute=True)
    refused.refuse((AAA,), SYMBOLS, 0, mute=False)
    # When it is refused by silence again after them
    refused.refuse((AAA,), SYMBOLS, 0, mute=True)
    # Then the waits begin anew
    assert refused.due(60 * NS_PER_SECOND) == [AAA]


def test_each_channel_is_asked_for_alone_but_halts_together() -> None:
    # Given refused prints, and refused halts
    refused, halts = RefusedChannels(), channels_of(HALTS, SYMBOLS)
    refused.refuse((AAA, BBB), SYMBOLS, 0, mute=False)
    together = RefusedChannels()
    together.refuse(halts, SYMBOLS, 0, mute=True)
    # When an hour is over
    # Then one is due, and all halts are
    assert refused.due(HOUR_NS) == [AAA]
    assert together.due(HOUR_NS) == list(halts)


def test_only_what_is_new_is_told() -> None:
    # Given a refused channel
    refused = RefusedChannels()
    refused.refuse((AAA,), SYMBOLS, 0, mute=True)
    # When it is refused again, alone and with another
    again = refused.refuse((AAA,), SYMBOLS, 1, mute=True)
    both = refused.refuse((AAA, BBB), SYMBOLS, 2, mute=True)
    # Then the other one is the news
    assert (again, both) == ([], [Refuse((BBB,), "no_channel")])


def test_the_plan_is_blamed_for_the_kind_that_everybody_was_refused() -> None:
    # Given quotes that are confirmed
    refused = RefusedChannels()
    refused.confirm(Channel(QUOTES, "AAA"))
    # When the prints of all are refused
    done = refused.refuse((AAA, BBB), SYMBOLS, 0, mute=False)
    # Then the plan has no prints
    assert done == [Refuse((AAA, BBB), "no_channel"), BlamePlan(TRADES)]


def test_what_is_no_longer_wanted_is_forgotten() -> None:
    # Given two channels, refused and confirmed
    refused = RefusedChannels()
    refused.refuse((AAA,), SYMBOLS, 0, mute=True)
    refused.confirm(BBB)
    # When neither is wanted
    refused.keep(())
    # Then nothing is known of them
    assert AAA not in refused
    assert not refused.was_confirmed(BBB)
    assert refused.due(HOUR_NS) == []
