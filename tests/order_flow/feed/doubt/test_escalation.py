from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.feed.doubt.escalation import Escalation
from trading_bot.order_flow.feed.doubt.taken_symbol import (
    AWAY,
    BY_REST,
    RECONNECTED,
    RENEWED,
    WAITING,
    WELL,
)
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.supervision.actions import (
    HALTS,
    QUOTES,
    TRADES,
    Action,
    ByRest,
    Channel,
    GiveBack,
    Reconnect,
    Renew,
    TakeOver,
)
from trading_bot.order_flow.providers.supervision.stream_events import (
    Brought,
    ChannelsRefused,
    Cleared,
    Closed,
    Confirmed,
    Doubted,
    Evicted,
    FeedLate,
    FeedMute,
    FeedWell,
    Hold,
    KeyRefused,
    Opened,
    Slept,
    StreamEvent,
    Tick,
)

SYMBOLS = ("AAA", "BBB", "CCC", "DDD", "EEE")


def seconds(value: float) -> int:
    return round(value * NS_PER_SECOND)


def prints(symbol: str = "AAA") -> Channel:
    return Channel(TRADES, symbol)


def quotes(symbol: str = "AAA") -> Channel:
    return Channel(QUOTES, symbol)


def watched(*symbols: str) -> Escalation:
    """A stream that is well."""
    doubts = Escalation()
    doubts.handle(Opened(), 0)
    doubts.handle(Hold(symbols), 0)
    return doubts


def doubted(*symbols: str, of: tuple[str, ...] = SYMBOLS) -> Escalation:
    """A stream whose prints of some symbols are doubted at 0 s."""
    doubts = watched(*of)
    for symbol in symbols:
        doubts.handle(Doubted(prints(symbol), lost_ns=100), 0)
    return doubts


def given_up(*symbols: str, of: tuple[str, ...] = SYMBOLS) -> Escalation:
    """A stream that has given some symbols up at 30 s."""
    doubts = doubted(*symbols, of=of)
    for at in (10, 30):
        doubts.handle(Tick(), seconds(at))
    return doubts


# Steps 0 and 1: REST takes over, and the channel is renewed.


def test_a_doubted_channel_is_taken_over_and_renewed_at_once() -> None:
    # Given a stream that is well
    doubts = watched("AAA", "BBB")
    # When the prints of a symbol are doubted
    done = doubts.handle(Doubted(prints(), lost_ns=100), seconds(1))
    # Then REST polls the symbol, and its prints are subscribed again; the other one is left alone
    assert done == (TakeOver(("AAA",), "stalled"), Renew((prints(),)))
    assert (doubts.step_of("AAA"), doubts.step_of("BBB")) == (RENEWED, WELL)
    assert doubts.taken == ("AAA",)


def test_the_same_doubt_again_does_nothing_more() -> None:
    # Given a doubted channel
    doubts = doubted("AAA")
    # When it is doubted again
    # Then nothing is done twice
    assert doubts.handle(Doubted(prints(), lost_ns=200), seconds(1)) == ()


def test_the_symbols_other_channel_is_renewed_too() -> None:
    # Given doubted prints
    doubts = doubted("AAA")
    # When the quotes are doubted as well
    # Then they are renewed for themselves
    assert doubts.handle(Doubted(quotes(), lost_ns=100), seconds(1)) == (Renew((quotes(),)),)


def test_a_symbol_that_is_not_held_is_not_doubted() -> None:
    # Given a stream that is well
    doubts = watched("AAA")
    # When another symbol is doubted
    # Then nothing is done
    assert doubts.handle(Doubted(prints("ZZZ"), lost_ns=1), 0) == ()


def test_a_cleared_symbol_is_given_back() -> None:
    # Given a doubted symbol
    doubts = doubted("AAA")
    # When it is proved again
    done = doubts.handle(Cleared("AAA"), seconds(3))
    # Then the stream has it
    assert done == (GiveBack(("AAA",)),)
    assert doubts.step_of("AAA") == WELL


def test_what_was_not_taken_is_not_given_back() -> None:
    # Given a stream that is well
    doubts = watched("AAA")
    # When a symbol is cleared, brings an event, or something else happens
    # Then nothing is done
    assert doubts.handle(Cleared("AAA"), 0) == ()
    assert doubts.handle(Brought(prints(), 5), 0) == ()
    assert doubts.handle(Confirmed((prints(),)), 0) == ()


@pytest.mark.parametrize(("passed", "renews"), [(9.999, False), (10.0, True), (10.001, True)])
def test_a_channel_is_renewed_at_most_every_ten_seconds(passed: float, renews: bool) -> None:
    # Given a channel that was renewed and cleared
    doubts = doubted("AAA")
    doubts.handle(Cleared("AAA"), seconds(1))
    # When it is doubted again
    done = doubts.handle(Doubted(prints(), lost_ns=200), seconds(passed))
    # Then REST takes over in any case
    assert done == (TakeOver(("AAA",), "stalled"), *([Renew((prints(),))] if renews else []))


# Step 2: the connection.


@pytest.mark.parametrize(("passed", "step"), [(9.999, RENEWED), (10.0, WAITING), (10.001, WAITING)])
def test_a_renewal_has_ten_seconds_to_help(passed: float, step: str) -> None:
    # Given one doubted symbol of five
    doubts = doubted("AAA")
    # When it brings nothing
    done = doubts.handle(Tick(), seconds(passed))
    # Then it waits for others from 10 s on: the connection stays
    assert (done, doubts.step_of("AAA")) == ((), step)


@pytest.mark.parametrize(
    ("ill", "held", "reconnects"),
    [(1, 1, True), (1, 2, False), (1, 3, False), (2, 3, True), (2, 4, True), (2, 5, False)],
)
def test_the_connection_is_renewed_for_half_of_the_symbols_or_the_only_one(
    ill: int, held: int, reconnects: bool
) -> None:
    # Given doubted symbols among those that are held
    doubts = doubted(*SYMBOLS[:ill], of=SYMBOLS[:held])
    # When renewing has not helped
    done = doubts.handle(Tick(), seconds(10))
    # Then the connection is to blame if many are ill; whoever was well is polled meanwhile
    rest = SYMBOLS[ill:held]
    others = (TakeOver(rest, "gap"),) if rest else ()
    assert done == ((Reconnect("stalled"), *others) if reconnects else ())


def test_an_event_newer_than_the_loss_shows_that_the_renewal_helped() -> None:
    # Given a doubted symbol, the only one, that brings events again
    doubts = doubted("AAA", of=("AAA",))
    doubts.handle(Brought(prints(), 101), seconds(2))
    # When more than enough time has passed
    done = doubts.handle(Tick(), seconds(60))
    # Then nothing more is tried, and it is polled until it is cleared
    assert (done, doubts.taken) == ((), ("AAA",))


@pytest.mark.parametrize(("stamp_ns", "helped"), [(99, False), (100, False), (101, True)])
def test_an_event_as_old_as_the_loss_shows_nothing(stamp_ns: int, helped: bool) -> None:
    # Given a doubted symbol, the only one, that lost an event of stamp 100
    doubts = doubted("AAA", of=("AAA",))
    # When the stream brings an event
    doubts.handle(Brought(prints(), stamp_ns), seconds(2))
    # Then only a newer one helps
    assert (doubts.handle(Tick(), seconds(10)) == ()) is helped


def test_one_channels_events_do_not_help_the_other() -> None:
    # Given doubted prints of the only symbol
    doubts = doubted("AAA", of=("AAA",))
    # When its quotes go on
    doubts.handle(Brought(quotes(), 500), seconds(2))
    # Then the prints are as ill as before
    assert doubts.handle(Tick(), seconds(10)) == (Reconnect("stalled"),)


@pytest.mark.parametrize(("lost_ns", "relapsed"), [(149, False), (150, False), (151, True)])
def test_a_loss_behind_the_first_event_since_shows_that_it_did_not_help(
    lost_ns: int, relapsed: bool
) -> None:
    # Given a stream that brings a part of the prints: the first one since the renewal is 150
    doubts = doubted("AAA", of=("AAA",))
    doubts.handle(Brought(prints(), 150), seconds(1))
    doubts.handle(Doubted(prints(), lost_ns), seconds(8))
    doubts.handle(Brought(prints(), 200), seconds(9))
    # When renewing has had its time
    done = doubts.handle(Tick(), seconds(10))
    # Then only a loss after that event is a new one
    assert done == ((Reconnect("stalled"),) if relapsed else ())


@pytest.mark.parametrize(("at", "reconnects"), [(69.999, False), (70.0, True), (70.001, True)])
def test_the_connection_is_renewed_at_most_once_a_minute(at: float, reconnects: bool) -> None:
    # Given a stream that was connected again at 10 s, and cleared
    doubts = doubted("AAA", of=("AAA",))
    doubts.handle(Tick(), seconds(10))
    doubts.handle(Closed(), seconds(10))
    doubts.handle(Opened(), seconds(11))
    doubts.handle(Cleared("AAA"), seconds(20))
    doubts.handle(Doubted(prints(), 500), seconds(50))
    # When renewing has not helped again
    done = doubts.handle(Tick(), seconds(at))
    # Then a minute has to pass since
    assert (Reconnect("stalled") in done) is reconnects


def test_symbols_that_wait_make_a_reconnection_due_once_others_join() -> None:
    # Given one symbol of four that was not helped
    doubts = doubted("AAA", of=SYMBOLS[:4])
    doubts.handle(Tick(), seconds(10))
    # When a second one is doubted
    done = doubts.handle(Doubted(prints("BBB"), 100), seconds(12))
    # Then both are the connection's
    assert Reconnect("stalled") in done
    assert doubts.step_of("BBB") == RECONNECTED


# Step 3: the whole feed.


@pytest.mark.parametrize(("passed", "reconnects"), [(9.999, False), (10.0, True), (10.001, True)])
def test_a_mute_feed_is_connected_again_after_ten_seconds(passed: float, reconnects: bool) -> None:
    # Given a feed that is mute since 5 s: REST has taken over
    doubts = watched("AAA", "BBB")
    first = doubts.handle(FeedMute(seconds(5)), seconds(6))
    # When it stays mute
    done = doubts.handle(FeedMute(seconds(5)), seconds(5 + passed))
    # Then it is connected again from 10 s of silence on
    assert first == (TakeOver(("AAA", "BBB"), "stalled"),)
    assert done == ((Reconnect("feed_stalled"),) if reconnects else ())


@pytest.mark.parametrize(("passed", "reconnects"), [(29.999, False), (30.0, True), (30.001, True)])
def test_a_late_feed_is_connected_again_after_thirty_seconds(
    passed: float, reconnects: bool
) -> None:
    # Given a feed that is late since 5 s: REST has taken over
    doubts = watched("AAA")
    first = doubts.handle(FeedLate(seconds(5)), seconds(6))
    # When it stays late
    done = doubts.handle(Tick(), seconds(5 + passed))
    # Then it is connected again from 30 s on
    assert first == (TakeOver(("AAA",), "late"),)
    assert done == ((Reconnect("feed_late"),) if reconnects else ())


def test_a_feed_that_is_well_again_is_not_connected_again() -> None:
    # Given a feed that was mute for 9 s
    doubts = watched("AAA")
    doubts.handle(FeedMute(0), seconds(9))
    # When it is well
    doubts.handle(FeedWell(), seconds(9))
    # Then nothing is done, and it is polled until it is cleared
    assert doubts.handle(Tick(), seconds(20)) == ()
    assert doubts.handle(Cleared("AAA"), seconds(21)) == (GiveBack(("AAA",)),)


def test_no_symbol_is_cleared_while_the_feed_is_ill() -> None:
    # Given a mute feed
    doubts = watched("AAA")
    doubts.handle(FeedMute(0), seconds(1))
    # When a symbol is said to be cleared
    # Then it is kept
    assert doubts.handle(Cleared("AAA"), seconds(2)) == ()


def test_a_machine_that_slept_connects_again_at_once() -> None:
    # Given a stream that is well
    doubts = watched("AAA", "BBB")
    # When the machine slept for two hours
    done = doubts.handle(Slept(seconds(7_200)), seconds(1))
    # Then REST takes over, and the connection is renewed
    assert done == (TakeOver(("AAA", "BBB"), "gap"), Reconnect("slept"))
    assert (doubts.step_of("AAA"), doubts.step_of("BBB")) == (AWAY, AWAY)


@pytest.mark.parametrize(("slept", "reconnects"), [(49.9, False), (50.0, True), (50.1, True)])
def test_a_sleep_counts_for_the_minute_between_reconnections(
    slept: float, reconnects: bool
) -> None:
    # Given a connection that was renewed 10 s ago
    doubts = watched("AAA")
    doubts.handle(Slept(seconds(100)), 0)
    doubts.handle(Opened(), seconds(1))
    # When the machine slept again
    done = doubts.handle(Slept(seconds(slept)), seconds(10))
    # Then it is renewed if a minute has passed in all, else when it has
    assert (Reconnect("slept") in done) is reconnects
    if not reconnects:
        assert doubts.handle(Cleared("AAA"), seconds(11)) == (Reconnect("slept"),)


# Step 4: by REST.


@pytest.mark.parametrize(("passed", "step"), [(29.999, WAITING), (30.0, BY_REST), (30.1, BY_REST)])
def test_a_symbol_that_nothing_helps_is_given_up_twenty_seconds_later(
    passed: float, step: str
) -> None:
    # Given one doubted symbol of five that was not helped for 10 s
    doubts = doubted("AAA")
    doubts.handle(Tick(), seconds(10))
    # When 20 s more pass
    done = doubts.handle(Tick(), seconds(passed))
    # Then it is left to REST
    assert done == ((ByRest(("AAA",)),) if step == BY_REST else ())
    assert doubts.step_of("AAA") == step


@pytest.mark.parametrize(("passed", "gives_up"), [(19.999, False), (20.0, True), (20.001, True)])
def test_a_new_connection_has_twenty_seconds_to_help(passed: float, gives_up: bool) -> None:
    # Given the only symbol, whose connection was renewed, and opened at 15 s
    doubts = doubted("AAA", of=("AAA",))
    doubts.handle(Tick(), seconds(10))
    doubts.handle(Closed(), seconds(10))
    doubts.handle(Opened(), seconds(15))
    # When it brings nothing
    done = doubts.handle(Tick(), seconds(15 + passed))
    # Then it is left to REST
    assert done == ((ByRest(("AAA",)),) if gives_up else ())


def test_a_symbol_given_up_is_renewed_each_minute_then_each_ten() -> None:
    # Given a symbol that was given up at 30 s
    doubts = given_up("AAA")
    tries = []
    # When two hours pass, second by second
    for at in range(31, 3_600):
        done = doubts.handle(Tick(), seconds(at))
        if done:
            assert done == (Renew((prints(),)),)
            tries.append(at)
    # Then ten tries are a minute apart, the others ten
    assert tries == [*range(90, 631, 60), 1_230, 1_830, 2_430, 3_030]


def test_when_many_are_given_up_the_connection_is_tried_instead() -> None:
    # Given two of three symbols that were given up after a reconnection
    doubts = doubted("AAA", "BBB", of=SYMBOLS[:3])
    doubts.handle(Tick(), seconds(10))
    doubts.handle(Opened(), seconds(10))
    assert doubts.handle(Tick(), seconds(30)) == (ByRest(("AAA", "BBB")),)
    # When a minute has passed
    done = doubts.handle(Tick(), seconds(90))
    # Then one reconnection tries both
    assert done == (Reconnect("stalled"),)
    assert doubts.step_of("AAA") == BY_REST


def test_a_feed_that_stays_mute_is_given_up_and_tried_each_minute() -> None:
    # Given a feed that is mute from the beginning
    doubts = watched("AAA", "BBB")
    found: list[tuple[int, Action]] = []
    # When three minutes pass, and each new connection opens at once
    for at in range(180):
        for action in doubts.handle(FeedMute(0), seconds(at)):
            found.append((at, action))
            if isinstance(action, Reconnect):
                doubts.handle(Closed(), seconds(at))
                doubts.handle(Opened(), seconds(at))
    # Then it is connected again, given up, and connected again each minute
    assert found == [
        (0, TakeOver(("AAA", "BBB"), "stalled")),
        (10, Reconnect("feed_stalled")),
        (30, ByRest(("AAA", "BBB"))),
        (90, Reconnect("feed_stalled")),
        (150, Reconnect("feed_stalled")),
    ]


def test_a_mute_feed_that_was_given_up_is_tried_a_minute_after_its_last_chance() -> None:
    # Given a feed that was given up, and a connection renewed a moment ago because of a sleep
    doubts = watched("AAA")
    doubts.handle(FeedMute(0), seconds(10))
    doubts.handle(Opened(), seconds(10))
    doubts.handle(Tick(), seconds(30))
    doubts.handle(Slept(seconds(40)), seconds(31))
    doubts.handle(Opened(), seconds(31))
    # When a minute has passed since
    early, done = (doubts.handle(Tick(), seconds(91) - each) for each in (1, 0))
    # Then it is tried again, and not before
    assert (early, done) == ((), (Reconnect("feed_stalled"),))


def test_a_symbol_without_a_channel_is_left_to_rest_and_not_renewed() -> None:
    # Given a provider that has neither prints nor quotes nor halts of a symbol
    doubts = watched("AAA", "BBB")
    refused = tuple(Channel(kind, "AAA") for kind in (TRADES, QUOTES))
    # When that is told, with the halts of the other one, and of one that is not held
    others = (Channel(HALTS, "BBB"), prints("ZZZ"))
    done = doubts.handle(ChannelsRefused((*refused, *others)), 0)
    # Then REST has it, and nothing is tried that whoever subscribes tries already
    assert done == (TakeOver(("AAA",), "no_channel"),)
    assert (doubts.step_of("AAA"), doubts.step_of("BBB")) == (BY_REST, WELL)
    assert doubts.handle(Tick(), seconds(600)) == ()
    assert doubts.handle(Cleared("AAA"), seconds(4_000)) == (GiveBack(("AAA",)),)


# Connections and positions change.


def test_the_end_of_the_connection_lets_rest_take_over_all() -> None:
    # Given a stream of which one symbol is polled
    doubts = doubted("AAA", of=("AAA", "BBB"))
    # When the connection ends
    done = doubts.handle(Closed(), seconds(1))
    # Then the others are polled too, and nothing is tried on no connection
    assert done == (TakeOver(("BBB",), "gap"),)
    assert doubts.handle(Tick(), seconds(100)) == ()
    assert doubts.handle(Cleared("BBB"), seconds(100)) == ()


@pytest.mark.parametrize(
    ("event", "reason"), [(Evicted(), "evicted"), (KeyRefused(), "key_doubted")]
)
def test_rest_takes_over_once_the_connection_is_about_to_end(
    event: StreamEvent, reason: str
) -> None:
    # Given a stream that is well
    doubts = watched("AAA")
    # When the server says why it is going to end the connection, and ends it
    said, ended = doubts.handle(event, 0), doubts.handle(Closed(), 1)
    # Then REST takes over at the first word, under its name
    assert (said, ended) == ((TakeOver(("AAA",), reason),), ())


def test_a_doubt_without_a_connection_is_the_next_ones() -> None:
    # Given a symbol that is doubted while there is no connection
    doubts = watched("AAA")
    doubts.handle(Closed(), 0)
    assert doubts.handle(Doubted(prints(), 100), seconds(1)) == ()
    doubts.handle(Doubted(quotes(), 100), seconds(1))
    # When the next one opens
    doubts.handle(Opened(), seconds(5))
    # Then it has its time before the symbol is given up; its channels are new already
    assert doubts.handle(Tick(), seconds(24)) == ()
    assert doubts.handle(Tick(), seconds(25)) == (ByRest(("AAA",)),)


def test_another_doubted_channel_of_a_symbol_given_up_waits_for_the_next_try() -> None:
    # Given a symbol that was given up
    doubts = given_up("AAA")
    # When its other channel is doubted
    assert doubts.handle(Doubted(quotes(), 100), seconds(40)) == ()
    # Then both are renewed at the next try
    assert doubts.handle(Tick(), seconds(90)) == (Renew((quotes(), prints())),)


def test_a_symbol_given_up_stays_so_over_a_cut() -> None:
    # Given a symbol that was given up
    doubts = given_up("AAA")
    # When the connection is renewed
    doubts.handle(Closed(), seconds(31))
    doubts.handle(Opened(), seconds(32))
    # Then it is still left to REST
    assert doubts.step_of("AAA") == BY_REST


def test_a_sold_symbol_is_no_longer_polled() -> None:
    # Given a doubted symbol
    doubts = doubted("AAA")
    # When it is sold, and bought again
    done = doubts.handle(Hold(("BBB",)), seconds(1))
    # Then it is forgotten
    assert done == (GiveBack(("AAA",)),)
    assert doubts.handle(Hold(("AAA", "BBB")), seconds(2)) == ()


def test_a_symbol_bought_without_a_connection_or_on_an_ill_feed_is_polled() -> None:
    # Given no connection, and a feed that is late
    away, late = Escalation(), watched("AAA")
    late.handle(FeedLate(0), 0)
    # When a symbol is bought
    # Then REST has it
    assert away.handle(Hold(("BBB",)), 0) == (TakeOver(("BBB",), "gap"),)
    assert late.handle(Hold(("AAA", "BBB")), 0) == (TakeOver(("BBB",), "late"),)


# Whatever the order of things.

EVENTS: st.SearchStrategy[StreamEvent] = st.one_of(
    st.sampled_from([Opened(), Opened(), Closed(), Tick(), Tick(), FeedWell(), FeedMute(0)]),
    st.sampled_from([Evicted(), KeyRefused(), FeedLate(0), Slept(seconds(6))]),
    st.sampled_from(SYMBOLS).map(Cleared),
    st.sampled_from(SYMBOLS).map(lambda symbol: ChannelsRefused((prints(symbol),))),
    st.sets(st.sampled_from(SYMBOLS)).map(lambda some: Hold(tuple(sorted(some)))),
    st.builds(
        lambda event, kind, symbol, stamp: event(Channel(kind, symbol), stamp),
        st.sampled_from([Doubted, Brought]),
        st.sampled_from([TRADES, QUOTES]),
        st.sampled_from(SYMBOLS),
        st.integers(0, 50),
    ),
)


@given(st.lists(st.tuples(st.integers(0, 7), EVENTS), max_size=120))
def test_there_is_no_storm_and_nobody_is_forgotten(
    story: list[tuple[int, StreamEvent]],
) -> None:
    # Given any events at any times
    doubts = Escalation()
    polled: set[str] = set()
    held: tuple[str, ...] = ()
    reconnected: list[int] = []
    renewed: dict[Channel, int] = {}
    now_ns = slept_ns = 0
    begin: list[tuple[int, StreamEvent]] = [(0, Opened()), (0, Hold(SYMBOLS))]
    for passed, event in [*begin, *story]:
        now_ns += seconds(passed)
        # When each is taken
        for action in doubts.handle(event, now_ns):
            # Then who is polled was not, who is given back was, and renewals keep their distance
            match action:
                case TakeOver(symbols):
                    assert polled.isdisjoint(symbols)
                    polled.update(symbols)
                case GiveBack(symbols):
                    assert polled.issuperset(symbols)
                    polled.difference_update(symbols)
                case Reconnect():
                    reconnected.append(now_ns + slept_ns + getattr(event, "lasted_ns", 0))
                case Renew(channels):
                    for channel in channels:
                        assert now_ns - renewed.get(channel, -(10**18)) >= seconds(10)
                        renewed[channel] = now_ns
                case _:
                    pass
        slept_ns += getattr(event, "lasted_ns", 0)
        held = event.symbols if isinstance(event, Hold) else held
        assert polled == set(doubts.taken)
        assert polled <= set(held)
        if isinstance(event, Closed | Evicted | KeyRefused | FeedMute | FeedLate | Slept):
            assert polled == set(held)
        if isinstance(event, Doubted) and event.channel.symbol in held:
            assert event.channel.symbol in polled
    assert all(after - before >= seconds(60) for before, after in pairwise(reconnected))


@given(st.sets(st.sampled_from(SYMBOLS), min_size=1), st.integers(1, 5))
def test_a_doubt_that_nothing_helps_ends_by_rest_within_a_minute(ill: set[str], count: int) -> None:
    # Given doubts in some symbols of a stream whose connections open within 2 s
    held = tuple(sorted(ill | set(SYMBOLS[:count])))
    doubts = doubted(*sorted(ill), of=held)
    opens = 0
    # When a minute passes
    for at in range(1, 61):
        for action in doubts.handle(Opened() if at == opens else Tick(), seconds(at)):
            if isinstance(action, Reconnect):
                doubts.handle(Closed(), seconds(at))
                opens = at + 2
    # Then each of them is given up, and no other one
    assert {symbol for symbol in held if doubts.step_of(symbol) == BY_REST} == ill
