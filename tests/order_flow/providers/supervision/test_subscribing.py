from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.supervision.actions import (
    HALTS,
    KINDS,
    QUOTES,
    TRADES,
    Action,
    BlamePlan,
    Channel,
    Ready,
    Reconnect,
    Refuse,
    Subscribe,
    Unsubscribe,
    channels_of,
)
from trading_bot.order_flow.providers.supervision.channel_book import (
    ASKED,
    CONFIRMED,
    REFUSED,
    SUSPECT,
    WANTED,
)
from trading_bot.order_flow.providers.supervision.stream_events import (
    Closed,
    Confirmed,
    Failed,
    FeedWell,
    Hold,
    Opened,
    RenewChannels,
    Tick,
)
from trading_bot.order_flow.providers.supervision.subscribing import ChannelRequests

UNNAMED = Failed()
HOUR_NS = 3_600 * NS_PER_SECOND


def seconds(value: float) -> int:
    return round(value * NS_PER_SECOND)


def trades(*symbols: str) -> tuple[Channel, ...]:
    return channels_of(TRADES, symbols)


def quotes(*symbols: str) -> tuple[Channel, ...]:
    return channels_of(QUOTES, symbols)


def halts(*symbols: str) -> tuple[Channel, ...]:
    return channels_of(HALTS, symbols)


def opened(*symbols: str) -> ChannelRequests:
    """Requests on a new connection: the prints of the symbols are asked for."""
    requests = ChannelRequests()
    requests.handle(Hold(symbols), 0)
    requests.handle(Opened(), 0)
    return requests


def subscribed(*symbols: str) -> ChannelRequests:
    """Requests of which all are confirmed."""
    requests = opened(*symbols)
    for kind in (TRADES, QUOTES, HALTS):
        requests.handle(Confirmed(channels_of(kind, symbols)), 0)
    return requests


# One request after the other.


def test_nothing_is_asked_before_the_provider_lets_in() -> None:
    # Given no connection
    requests = ChannelRequests()
    # When a symbol is held
    done = requests.handle(Hold(("AAA",)), 0)
    # Then nothing is asked for
    assert done == ()
    assert not requests.is_complete


def test_prints_of_all_are_asked_for_first_by_symbol() -> None:
    # Given two held symbols, the larger position first
    requests = ChannelRequests()
    requests.handle(Hold(("BBB", "AAA")), 0)
    # When the provider lets in
    done = requests.handle(Opened(), 0)
    # Then one request asks for the prints of both, in a stated order
    assert done == (Subscribe(trades("AAA", "BBB")),)


def test_quotes_and_halts_follow_prints() -> None:
    # Given prints that are asked for
    requests = opened("AAA")
    # When each answer is a confirmation
    done = [requests.handle(Confirmed((Channel(kind, "AAA"),)), 0) for kind in (TRADES, QUOTES)]
    # Then quotes follow, and halts; with prints and quotes the symbol is ready
    assert done == [(Subscribe(quotes("AAA")),), (Ready(("AAA",)), Subscribe(halts("AAA")))]
    assert requests.is_complete


def test_nothing_is_asked_while_an_answer_is_awaited() -> None:
    # Given two channels that are asked for
    requests = opened("AAA", "BBB")
    # When one is confirmed
    done = requests.handle(Confirmed(trades("AAA")), 0)
    # Then the other is waited for
    assert done == ()
    assert requests.state_of(Channel(TRADES, "AAA")) == CONFIRMED
    assert requests.state_of(Channel(TRADES, "BBB")) == ASKED
    assert not requests.is_complete


def test_what_concerns_others_changes_nothing() -> None:
    # Given a request under way
    requests = opened("AAA")
    # When something else happens to the stream
    # Then nothing is done
    assert requests.handle(FeedWell(), 0) == ()


# What is refused.


def test_an_unnamed_error_halves_what_is_not_confirmed() -> None:
    # Given five channels, one of them confirmed
    requests = opened("AAA", "BBB", "CCC", "DDD", "EEE")
    requests.handle(Confirmed(trades("EEE")), 0)
    # When the request is refused without a name
    done = requests.handle(UNNAMED, 0)
    # Then the confirmed one goes on to its quotes, and the others wait as halves
    assert done == (Subscribe(quotes("EEE")),)
    assert requests.state_of(Channel(TRADES, "AAA")) == SUSPECT
    done = requests.handle(Confirmed(quotes("EEE")), 0)
    assert done == (Ready(("EEE",)), Subscribe(trades("AAA", "BBB")))


def test_a_channel_that_is_refused_alone_is_refused_for_itself() -> None:
    # Given two symbols, one of which the provider does not know
    requests = opened("AAA", "BRK-B")
    requests.handle(UNNAMED, 0)
    # When each is asked for alone
    first = requests.handle(Confirmed(trades("AAA")), 0)
    second = requests.handle(Confirmed(quotes("AAA")), 0)
    third = requests.handle(UNNAMED, 0)
    # Then the good one is ready before the bad one is asked for, and only the bad one is refused
    assert first == (Subscribe(quotes("AAA")),)
    assert second == (Ready(("AAA",)), Subscribe(trades("BRK-B")))
    assert third == (Refuse(trades("BRK-B"), "no_channel"), Subscribe(quotes("BRK-B")))
    requests.handle(UNNAMED, 0)
    assert requests.is_complete


def test_a_named_channel_is_refused_at_once_and_the_others_are_waited_for() -> None:
    # Given two channels that are asked for
    requests = opened("AAA", "BBB")
    # When the provider refuses one by name
    done = requests.handle(Failed(trades("BBB")), 0)
    # Then it alone is refused
    assert done == (Refuse(trades("BBB"), "no_channel"),)
    assert requests.state_of(Channel(TRADES, "AAA")) == ASKED
    assert requests.state_of(Channel(TRADES, "BBB")) == REFUSED


def test_an_error_while_nothing_is_asked_for_is_passed_over() -> None:
    # Given a stream that is subscribed
    requests = subscribed("AAA")
    # When an error comes
    done = requests.handle(UNNAMED, seconds(1))
    # Then it concerns no channel
    assert done == ()
    assert requests.is_complete


@pytest.mark.parametrize(
    ("waited", "asked"),
    [(4.999, ()), (5.0, (Subscribe(trades("AAA")),)), (5.001, (Subscribe(trades("AAA")),))],
)
def test_a_request_without_an_answer_for_five_seconds_is_halved(
    waited: float, asked: tuple[Action, ...]
) -> None:
    # Given two channels that are asked for
    requests = opened("AAA", "BBB")
    # When no answer has come
    done = requests.handle(Tick(), seconds(waited))
    # Then the request is halved from 5 s on
    assert done == asked


def test_each_answer_gives_the_rest_of_the_request_its_time_anew() -> None:
    # Given two channels, of which one is confirmed after 4 s
    requests = opened("AAA", "BBB")
    requests.handle(Confirmed(trades("AAA")), seconds(4))
    # When 5 s have passed since the request, and then since the answer
    early, late = requests.handle(Tick(), seconds(8.9)), requests.handle(Tick(), seconds(9))
    # Then it has failed only by the second: the confirmed one goes on, the other waits
    assert early == ()
    assert late == (Subscribe(quotes("AAA")),)
    assert requests.state_of(Channel(TRADES, "BBB")) == SUSPECT


def test_an_error_refuses_the_one_that_it_leaves_over() -> None:
    # Given two channels, of which one is confirmed
    requests = opened("AAA", "BBB")
    requests.handle(Confirmed(trades("AAA")), 0)
    # When an error comes that names none
    done = requests.handle(UNNAMED, 0)
    # Then it is the other one's
    assert done == (Refuse(trades("BBB"), "no_channel"), Subscribe(quotes("AAA")))


@pytest.mark.parametrize("first", [Confirmed(trades("AAA")), Failed(trades("AAA"))])
def test_silence_refuses_only_what_was_asked_for_alone(first: Confirmed | Failed) -> None:
    # Given two channels, of which one is answered
    requests = opened("AAA", "BBB")
    requests.handle(first, 0)
    # When the other one is not, and not alone either
    requests.handle(Tick(), seconds(5))
    left_over = requests.state_of(Channel(TRADES, "BBB"))
    while requests.state_of(Channel(TRADES, "BBB")) != ASKED:
        requests.handle(Confirmed(quotes("AAA")), seconds(5))
    done = requests.handle(Tick(), seconds(10))
    # Then only then it is refused
    assert left_over in (SUSPECT, ASKED)
    assert done[0] == Refuse(trades("BBB"), "no_channel")


def test_an_answer_that_comes_too_late_counts() -> None:
    # Given a request that was halved by silence
    requests = opened("AAA", "BBB", "CCC")
    requests.handle(Tick(), seconds(5))
    # When all its confirmations come after all
    done = requests.handle(Confirmed(trades("AAA", "BBB", "CCC")), seconds(6))
    # Then nothing is in doubt
    assert done == (Subscribe(quotes("AAA", "BBB", "CCC")),)


def test_a_confirmation_that_comes_twice_counts_once() -> None:
    # Given a symbol that is subscribed
    requests = subscribed("AAA")
    # When its quotes are confirmed again
    # Then it is no news
    assert requests.handle(Confirmed(quotes("AAA")), seconds(1)) == ()


def test_an_error_that_comes_too_late_is_not_taken_for_another_requests_answer() -> None:
    # Given a request that was halved by silence: a half is asked for
    requests = opened("AAA", "BBB")
    requests.handle(Tick(), seconds(5))
    # When the error of the first request comes
    done = requests.handle(UNNAMED, seconds(5.1))
    # Then the half is still waited for; only the second error is its own
    assert done == ()
    assert requests.state_of(Channel(TRADES, "AAA")) == ASKED
    assert Refuse(trades("AAA"), "no_channel") in requests.handle(UNNAMED, seconds(5.2))


def test_halts_are_not_halved() -> None:
    # Given prints and quotes of two symbols
    requests = opened("AAA", "BBB")
    for kind in (TRADES, QUOTES):
        requests.handle(Confirmed(channels_of(kind, ("AAA", "BBB"))), 0)
    # When halts are refused without a name
    done = requests.handle(UNNAMED, 0)
    # Then all are, and protection is complete without them
    assert done == (Refuse(halts("AAA", "BBB"), "no_halt_data"),)
    assert requests.is_complete


def test_halts_are_asked_for_again_together() -> None:
    # Given halts of two symbols that were not answered
    requests = opened("AAA", "BBB")
    for kind in (TRADES, QUOTES):
        requests.handle(Confirmed(channels_of(kind, ("AAA", "BBB"))), 0)
    requests.handle(Tick(), seconds(5))
    # When an hour is over
    early = requests.handle(Tick(), seconds(5) + HOUR_NS - 1)
    done = requests.handle(Tick(), seconds(5) + HOUR_NS)
    # Then one request asks for both
    assert (early, done) == ((), (Subscribe(halts("AAA", "BBB")),))


# When a refused channel is asked for again.


@pytest.mark.parametrize(
    ("passed_ns", "asked"),
    [
        (HOUR_NS - 1, ()),
        (HOUR_NS, (Subscribe(trades("BAD")),)),
        (HOUR_NS + 1, (Subscribe(trades("BAD")),)),
    ],
)
def test_a_refused_channel_is_asked_for_again_after_an_hour_alone(
    passed_ns: int, asked: tuple[Action, ...]
) -> None:
    # Given a channel refused by name
    requests = opened("AAA", "BAD")
    requests.handle(Failed(trades("BAD")), 0)
    for kind in (TRADES, QUOTES, HALTS):
        requests.handle(Confirmed((Channel(kind, "AAA"),)), 0)
    requests.handle(Failed(quotes("BAD")), seconds(1))
    # When time has passed
    done = requests.handle(Tick(), passed_ns)
    # Then it is asked for from the hour on
    assert done == asked


def test_a_refused_channel_that_is_asked_for_again_costs_no_other_symbol() -> None:
    # Given requests that are complete but for a refused symbol
    requests = opened("AAA", "BAD")
    requests.handle(Failed(trades("BAD")), 0)
    for kind in (TRADES, QUOTES, HALTS):
        requests.handle(Confirmed((Channel(kind, "AAA"),)), 0)
    requests.handle(Failed(quotes("BAD")), 0)
    # When it is asked for again
    done = requests.handle(Tick(), HOUR_NS)
    # Then they are as complete as before
    assert done == (Subscribe(trades("BAD")),)
    assert requests.is_complete


@pytest.mark.parametrize("kind", [TRADES, QUOTES])
def test_requests_are_not_complete_while_prints_or_quotes_are_asked_for(kind: str) -> None:
    # Given two symbols, and all before a kind confirmed
    requests = opened("AAA", "BBB")
    for before in KINDS[: KINDS.index(kind)]:
        requests.handle(Confirmed(channels_of(before, ("AAA", "BBB"))), 0)
    # When one of the two is confirmed
    requests.handle(Confirmed((Channel(kind, "AAA"),)), 0)
    # Then the other is missing
    assert not requests.is_complete


def test_requests_are_complete_before_halts_are_answered() -> None:
    # Given prints and quotes that are confirmed
    requests = opened("AAA")
    requests.handle(Confirmed(trades("AAA")), 0)
    # When halts are asked for
    done = requests.handle(Confirmed(quotes("AAA")), 0)
    # Then they are not waited for
    assert done == (Ready(("AAA",)), Subscribe(halts("AAA")))
    assert requests.is_complete


def test_a_channel_that_is_refused_again_is_not_told_again() -> None:
    # Given a refused channel that is asked for again
    requests = opened("AAA")
    requests.handle(Failed(trades("AAA")), 0)
    requests.handle(Failed(quotes("AAA")), seconds(1))
    requests.handle(Tick(), HOUR_NS)
    # When it is refused again
    done = requests.handle(UNNAMED, HOUR_NS + seconds(1))
    # Then there is no news; the other one's turn comes
    assert done == (Subscribe(quotes("AAA")),)


def test_a_refused_channel_that_is_confirmed_later_is_subscribed() -> None:
    # Given refused prints and confirmed quotes
    requests = opened("AAA")
    requests.handle(Failed(trades("AAA")), 0)
    requests.handle(Confirmed(quotes("AAA")), 0)
    # When the prints are confirmed an hour later
    requests.handle(Tick(), HOUR_NS)
    done = requests.handle(Confirmed(trades("AAA")), HOUR_NS)
    # Then the symbol is ready
    assert done == (Ready(("AAA",)), Subscribe(halts("AAA")))


def test_silence_alone_is_asked_again_after_a_minute_then_twice_as_long_to_an_hour() -> None:
    # Given a stream that answers, but not for the prints of one symbol
    requests = opened("AAA", "BAD")
    requests.handle(Confirmed(trades("AAA")), 0)
    for kind in (QUOTES, HALTS):
        requests.handle(Confirmed((Channel(kind, "AAA"),)), 0)
    requests.handle(Tick(), seconds(5))
    requests.handle(Tick(), seconds(10))
    requests.handle(Confirmed(quotes("BAD")), seconds(10))
    waits = []
    refused_ns = seconds(10)
    for _ in range(8):
        # When it is asked for again, and there is no answer
        asked_ns = refused_ns
        while not requests.handle(Tick(), asked_ns):
            asked_ns += NS_PER_SECOND
        waits.append((asked_ns - refused_ns) // NS_PER_SECOND)
        refused_ns = asked_ns + seconds(5)
        assert requests.handle(Tick(), refused_ns) == ()
    # Then the waits double up to an hour
    assert waits == [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]


# The plan.


def test_a_plan_is_blamed_once_every_symbol_alone_is_refused() -> None:
    # Given two symbols whose prints are refused without a name
    requests = opened("AAA", "BBB")
    requests.handle(UNNAMED, 0)
    # When each is refused alone
    first, second = requests.handle(UNNAMED, 0), requests.handle(UNNAMED, 0)
    # Then only the last one is the plan's
    assert BlamePlan(TRADES) not in first
    assert second[:2] == (Refuse(trades("BBB"), "no_channel"), BlamePlan(TRADES))


@pytest.mark.parametrize("names_plan", [False, True])
def test_a_single_symbol_blames_the_plan_only_by_the_providers_words(names_plan: bool) -> None:
    # Given one symbol
    requests = opened("AAA")
    # When it is refused
    done = requests.handle(Failed(names_plan=names_plan), 0)
    # Then the plan is blamed if the words say so
    assert (BlamePlan(TRADES) in done) is names_plan


def test_a_plan_is_blamed_once() -> None:
    # Given a plan that was blamed
    requests = opened("AAA")
    requests.handle(Failed(names_plan=True), 0)
    # When another symbol is held and refused
    requests.handle(Failed(names_plan=True), 0)
    requests.handle(Hold(("AAA", "BBB")), 0)
    done = requests.handle(Failed(names_plan=True), 0)
    # Then it is not blamed again
    assert done[0] == Refuse(trades("BBB"), "no_channel")
    assert BlamePlan(TRADES) not in done


def test_a_plan_that_had_a_kind_is_not_blamed_for_it() -> None:
    # Given prints that were confirmed on an earlier connection
    requests = subscribed("AAA")
    requests.handle(Closed(), 0)
    requests.handle(Opened(), 0)
    # When they are refused now
    done = requests.handle(Failed(names_plan=True), 0)
    # Then the channel is refused for itself
    assert done[0] == Refuse(trades("AAA"), "no_channel")
    assert BlamePlan(TRADES) not in done


def test_silence_never_blames_a_plan() -> None:
    # Given two symbols, one of which is refused in words
    requests = opened("AAA", "BBB")
    requests.handle(Failed(trades("AAA")), 0)
    # When the other one is not answered, nor alone
    requests.handle(Tick(), seconds(5))
    done = requests.handle(Tick(), seconds(10))
    # Then nothing is said of the plan
    assert done == (Refuse(trades("BBB"), "no_channel"), Subscribe(quotes("AAA")))


# A connection that answers nothing.


def test_a_connection_that_answers_neither_a_whole_nor_its_halves_is_renewed() -> None:
    # Given four channels without an answer
    requests = opened("AAA", "BBB", "CCC", "DDD")
    # When the whole and both halves are not answered
    done = [requests.handle(Tick(), seconds(5 * k)) for k in (1, 2, 3)]
    # Then the connection is doubted
    assert done == [
        (Subscribe(trades("AAA", "BBB")),),
        (Subscribe(trades("CCC", "DDD")),),
        (Reconnect("no_answer"),),
    ]


def test_what_was_halved_stays_halved_on_the_next_connection() -> None:
    # Given two symbols whose request was refused; the first half is under way
    requests = opened("AAA", "BBB", "CCC")
    requests.handle(UNNAMED, 0)
    # When the connection ends and the next one lets in
    requests.handle(Closed(), 0)
    done = requests.handle(Opened(), 0)
    # Then the same half is asked for
    assert done == (Subscribe(trades("AAA", "BBB")),)


def test_a_lone_channel_is_refused_by_silence_only_the_second_time() -> None:
    # Given one symbol, and a connection that says nothing
    requests = opened("AAA")
    first = requests.handle(Tick(), seconds(5))
    # When the next connection says nothing either
    requests.handle(Closed(), seconds(5))
    requests.handle(Opened(), seconds(6))
    second = requests.handle(Tick(), seconds(11))
    # Then the first is the connection's fault, the second the channel's
    assert first == (Reconnect("no_answer"),)
    assert second == (Refuse(trades("AAA"), "no_channel"), Subscribe(quotes("AAA")))


@pytest.mark.parametrize(("passed", "renews"), [(59.999, False), (60.0, True), (60.001, True)])
def test_a_mute_connection_is_renewed_at_most_once_a_minute(passed: float, renews: bool) -> None:
    # Given a connection that was renewed because it was mute, and another symbol since
    requests = opened("AAA")
    requests.handle(Tick(), seconds(5))
    requests.handle(Closed(), seconds(5))
    requests.handle(Hold(("BBB",)), seconds(5))
    requests.handle(Opened(), seconds(passed))
    # When the new one is not answered either
    done = requests.handle(Tick(), seconds(5 + passed))
    # Then it is renewed from a minute after the first time on, and asked again before
    assert done == ((Reconnect("no_answer"),) if renews else (Subscribe(trades("BBB")),))


# Positions and connections change.


def test_a_symbol_held_later_is_asked_for_alone() -> None:
    # Given a symbol that is subscribed
    requests = subscribed("AAA")
    # When another is held
    done = requests.handle(Hold(("AAA", "BBB")), seconds(1))
    # Then it is asked for
    assert done == (Subscribe(trades("BBB")),)


def test_the_same_symbols_again_change_nothing() -> None:
    # Given a symbol that is subscribed
    requests = subscribed("AAA")
    # When it is held as before
    # Then nothing is done
    assert requests.handle(Hold(("AAA",)), seconds(1)) == ()


def test_a_symbol_no_longer_held_is_unsubscribed() -> None:
    # Given two symbols that are subscribed
    requests = subscribed("AAA", "BBB")
    # When one is sold
    done = requests.handle(Hold(("AAA",)), seconds(1))
    # Then its channels are given up
    assert done == (Unsubscribe((*trades("BBB"), *quotes("BBB"), *halts("BBB"))),)


def test_a_channel_sold_while_it_was_asked_for_is_given_up_once_it_is_confirmed() -> None:
    # Given a symbol that is sold before its answer comes
    requests = opened("AAA")
    asked = requests.handle(Hold(()), 0)
    # When it is confirmed
    done = requests.handle(Confirmed(trades("AAA")), seconds(1))
    # Then it is given up then
    assert (asked, done) == ((), (Unsubscribe(trades("AAA")),))


def test_a_channel_sold_and_bought_before_its_answer_is_still_asked_for() -> None:
    # Given a symbol that is sold and bought again while its answer is awaited
    requests = opened("AAA")
    requests.handle(Hold(()), 0)
    asked = requests.handle(Hold(("AAA",)), 0)
    # When it is confirmed
    done = requests.handle(Confirmed(trades("AAA")), seconds(1))
    # Then it counts
    assert (asked, done) == ((), (Subscribe(quotes("AAA")),))


def test_a_good_channel_is_not_blamed_for_one_that_was_sold_meanwhile() -> None:
    # Given two channels under way, of which the bad one is sold
    requests = opened("AAA", "BAD")
    requests.handle(Hold(("AAA",)), 0)
    # When their request is refused
    done = requests.handle(UNNAMED, 0)
    # Then the good one is asked for alone
    assert done == (Subscribe(trades("AAA")),)


def test_a_refused_request_of_sold_symbols_costs_nobody() -> None:
    # Given a request whose symbols are all sold
    requests = opened("AAA", "BAD")
    requests.handle(Hold(()), 0)
    # When it is refused
    # Then nothing is left to do
    assert requests.handle(Failed(trades("BAD")), 0) == ()
    assert requests.handle(UNNAMED, 0) == ()


def test_halves_lose_the_symbols_that_are_sold() -> None:
    # Given a request that was halved
    requests = opened("AAA", "BBB", "CCC", "DDD", "EEE")
    requests.handle(UNNAMED, 0)
    # When symbols of both halves are sold, and the first half is confirmed
    requests.handle(Hold(("AAA", "BBB", "CCC", "DDD")), 0)
    done = requests.handle(Confirmed(trades("AAA", "BBB", "CCC")), 0)
    # Then the rest of the second half comes in its turn
    assert done == (Subscribe(quotes("AAA", "BBB", "CCC")),)
    done = requests.handle(Confirmed(quotes("AAA", "BBB", "CCC")), 0)
    assert done[-1] == Subscribe(trades("DDD"))


def test_a_half_of_sold_symbols_is_dropped() -> None:
    # Given halves, of which the second is sold
    requests = opened("AAA", "BBB")
    requests.handle(UNNAMED, 0)
    requests.handle(Hold(("AAA",)), 0)
    # When the first one is confirmed
    # Then only quotes are left to ask for
    assert requests.handle(Confirmed(trades("AAA")), 0) == (Subscribe(quotes("AAA")),)


def test_a_new_connection_is_asked_for_everything_again_but_for_the_refused() -> None:
    # Given a good and a bad symbol
    requests = opened("AAA", "BAD")
    requests.handle(Failed(trades("BAD")), 0)
    requests.handle(Confirmed(trades("AAA")), 0)
    # When the connection ends and the next one lets in
    requests.handle(Closed(), 0)
    assert requests.state_of(Channel(TRADES, "AAA")) == WANTED
    done = requests.handle(Opened(), seconds(1))
    # Then the bad one poisons no request
    assert done == (Subscribe(trades("AAA")),)


def test_a_new_name_does_not_share_the_request_of_proved_ones() -> None:
    # Given a subscribed symbol, and one that is bought while there is no connection
    requests = subscribed("AAA")
    requests.handle(Closed(), 0)
    requests.handle(Hold(("AAA", "BBB")), 0)
    # When the next connection lets in
    first = requests.handle(Opened(), 0)
    second = requests.handle(Confirmed(trades("AAA")), 0)
    # Then the proved one comes first
    assert (first, second) == ((Subscribe(trades("AAA")),), (Subscribe(trades("BBB")),))


def test_a_refused_channel_that_was_asked_for_again_stays_refused_over_a_cut() -> None:
    # Given a refused channel that is asked for again
    requests = opened("AAA")
    requests.handle(Failed(trades("AAA")), 0)
    requests.handle(Failed(quotes("AAA")), 0)
    requests.handle(Tick(), HOUR_NS)
    # When the connection ends
    requests.handle(Closed(), HOUR_NS)
    # Then it is refused as before
    assert requests.state_of(Channel(TRADES, "AAA")) == REFUSED


def test_renewed_channels_are_given_up_and_asked_for_again() -> None:
    # Given a subscribed symbol
    requests = subscribed("AAA")
    # When its prints are to be renewed
    done = requests.handle(RenewChannels(trades("AAA")), seconds(1))
    # Then they are unsubscribed and subscribed, and it is ready by the confirmation
    assert done == (Unsubscribe(trades("AAA")), Subscribe(trades("AAA")))
    assert requests.handle(Confirmed(trades("AAA")), seconds(1)) == (Ready(("AAA",)),)


def test_a_channel_that_is_not_subscribed_is_not_renewed() -> None:
    # Given prints that are asked for
    requests = opened("AAA")
    # When they are to be renewed
    # Then the request under way does it
    assert requests.handle(RenewChannels(trades("AAA", "ZZZ")), 0) == ()


# Whatever the order of things.


class Server:
    """A provider that does not know some names, and says so in one of its ways."""

    def __init__(self, bad: Iterable[str], way: str, *, confirms_good: bool) -> None:
        self.bad = frozenset(bad)
        self.way = way
        self.confirms_good = confirms_good
        self.failed: Counter[Channel] = Counter()
        self.requests = 0

    def answer(self, asked: tuple[Channel, ...]) -> list[Confirmed | Failed]:
        self.requests += 1
        bad = tuple(each for each in asked if each.symbol in self.bad)
        if not bad:
            return [Confirmed((each,)) for each in asked]
        self.failed.update(asked)
        good = [each for each in asked if each not in bad]
        confirmed: list[Confirmed | Failed] = [
            Confirmed((each,)) for each in good if self.confirms_good
        ]
        if self.way == "silent":
            return confirmed
        return [*confirmed, Failed(bad) if self.way == "named" else UNNAMED]


NAMES = tuple(f"S{number:02}" for number in range(40))


@st.composite
def markets(draw: st.DrawFn) -> tuple[tuple[str, ...], Server]:
    held = NAMES[: draw(st.integers(1, len(NAMES)))]
    bad = draw(st.sets(st.sampled_from(held), max_size=4))
    way = draw(st.sampled_from(["unnamed", "named", "silent"]))
    return held, Server(bad, way, confirms_good=draw(st.booleans()))


@given(markets(), st.data())
def test_every_good_symbol_ends_subscribed_and_every_bad_one_alone(
    market: tuple[tuple[str, ...], Server], data: st.DataObject
) -> None:
    # Given a provider that knows all symbols but some, which are held at once or later
    held, server = market
    later = data.draw(st.integers(0, len(held)))
    cuts = data.draw(st.sets(st.integers(1, 40), max_size=3))
    requests = ChannelRequests()
    told: set[Channel] = set()
    now_ns = 0
    waiting: list[Action] = [*requests.handle(Hold(held[later:]), 0)]
    waiting += requests.handle(Opened(), 0)
    # When it is driven for ten minutes, with cuts and waits between
    for step in range(600):
        while waiting:
            action = waiting.pop(0)
            if isinstance(action, Refuse):
                told.update(action.channels)
            if isinstance(action, Subscribe):
                for event in server.answer(action.channels):
                    waiting += requests.handle(event, now_ns)
            if isinstance(action, Reconnect):
                requests.handle(Closed(), now_ns)
                waiting += requests.handle(Opened(), now_ns)
        now_ns += NS_PER_SECOND
        if step in cuts:
            requests.handle(Closed(), now_ns)
            waiting = [*requests.handle(Opened(), now_ns)]
        if step == 3:
            waiting += requests.handle(Hold(held), now_ns)
        waiting += requests.handle(Tick(), now_ns)
    # Then every good one is subscribed, and exactly the bad ones are refused
    for symbol in held:
        states = {requests.state_of(Channel(kind, symbol)) for kind in (TRADES, QUOTES)}
        if symbol in server.bad:
            assert states <= {REFUSED, ASKED}, symbol
        else:
            assert states == {CONFIRMED}, symbol
    assert {each.symbol for each in told if each.kind != HALTS} == server.bad


@given(st.integers(1, 64), st.data(), st.booleans())
def test_a_bad_symbol_stands_alone_after_as_many_rounds_as_halves(
    count: int, data: st.DataObject, confirms_good: bool
) -> None:
    # Given a provider that does not know some of many names
    held = tuple(f"S{number:02}" for number in range(count))
    bad = data.draw(st.sets(st.sampled_from(held), min_size=1, max_size=3))
    server = Server(bad, "unnamed", confirms_good=confirms_good)
    requests = ChannelRequests()
    waiting: list[Action] = [*requests.handle(Hold(held), 0), *requests.handle(Opened(), 0)]
    # When all requests are answered
    while waiting:
        action = waiting.pop(0)
        if isinstance(action, Subscribe):
            for event in server.answer(action.channels):
                waiting += requests.handle(event, 0)
    # Then no channel was refused more often than halving takes, and few requests did it
    rounds = ceil(log2(count)) + 1
    assert max(server.failed.values()) <= rounds
    # each level asks for two halves, and for the quotes of the good one
    assert server.requests <= 3 + len(bad) * (3 * rounds + 2)
    assert requests.is_complete


@given(
    st.lists(
        st.one_of(
            st.sampled_from([Opened(), Closed(), Tick(), UNNAMED, Failed(names_plan=True)]),
            st.sets(st.sampled_from(NAMES[:4])).map(lambda some: Hold(tuple(sorted(some)))),
            st.builds(
                lambda event, kind, symbols: event(channels_of(kind, sorted(symbols))),
                st.sampled_from([Confirmed, Failed, RenewChannels]),
                st.sampled_from([TRADES, QUOTES, HALTS]),
                st.sets(st.sampled_from(NAMES[:5])),
            ),
        ),
        max_size=60,
    ),
    st.integers(0, 7),
)
def test_nothing_is_forgotten_and_one_request_is_under_way_at_most(
    events: list[object], step: int
) -> None:
    # Given any events, sensible or not
    requests = ChannelRequests()
    asked: set[Channel] = set()
    for number, event in enumerate([Opened(), *events]):
        # When each is taken
        done = requests.handle(event, number * step * NS_PER_SECOND)  # type: ignore[arg-type]
        # Then every wanted channel has a state, and what is asked for was not asked for already
        states = {
            channel: requests.state_of(channel)
            for kind in (TRADES, QUOTES, HALTS)
            for channel in channels_of(kind, requests.symbols)
        }
        now_asked = {channel for channel, state in states.items() if state == ASKED}
        new = {each for action in done if isinstance(action, Subscribe) for each in action.channels}
        assert sum(isinstance(action, Subscribe) for action in done) <= 1
        assert now_asked <= asked | new
        asked = now_asked if new else now_asked | asked
    # And once a provider answers well, everything is subscribed
    now_ns = 10**6 * NS_PER_SECOND
    requests.handle(Closed(), now_ns)
    waiting = [*requests.handle(Opened(), now_ns)]
    while waiting:
        action = waiting.pop(0)
        if isinstance(action, Subscribe):
            waiting += requests.handle(Confirmed(action.channels), now_ns)
    assert all(
        requests.state_of(Channel(kind, symbol)) == CONFIRMED
        for kind in (TRADES, QUOTES)
        for symbol in requests.symbols
    )
