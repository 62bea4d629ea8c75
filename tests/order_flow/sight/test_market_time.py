from __future__ import annotations

from statistics import median_low

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.sight.market_time import MACHINE_AHEAD_NS, MarketTime

T0 = 1_790_000_000 * NS_PER_SECOND
HOUR = 3_600.0


def at(seconds: float) -> int:
    """Return exchange time; the steady clock reads the same seconds from zero."""
    return T0 + steady(seconds)


def steady(seconds: float) -> int:
    return round(seconds * NS_PER_SECOND)


def running(*symbols: str) -> MarketTime:
    """Return a market whose symbols had a print at 0 s, by a machine that is right."""
    market = MarketTime(at(0), steady(0))
    assert all(market.accept(symbol, at(0), steady(0)) for symbol in symbols)
    assert market.look(at(0), steady(0)) == ""
    return market


def test_before_the_first_stamp_the_exchange_time_is_not_known() -> None:
    # Given a market without a stamp
    market = running()
    # When its time is asked for
    # Then only the machine's is known
    assert (market.exchange_now_ns(steady(1)), market.now_ns(steady(1))) == (None, at(1))


def test_the_exchange_time_is_the_median_moved_on() -> None:
    # Given three symbols, one of them late
    market = running("A", "B")
    market.accept("C", at(-60), steady(0))
    # When 10 s pass
    # Then the late one does not matter
    assert market.exchange_now_ns(steady(10)) == at(10)


@given(
    st.lists(
        st.tuples(st.sampled_from("ABCD"), st.integers(-90, 1), st.integers(0, 40), st.booleans()),
        max_size=40,
    )
)
def test_the_median_is_that_of_the_newest_stamps_whatever_came_and_went(
    steps: list[tuple[str, int, int, bool]],
) -> None:
    # Given stamps of some symbols, and symbols that are no longer held
    market, passed = MarketTime(at(0), steady(0)), 0
    for symbol, behind, pause, is_dropped in steps:
        passed += pause
        market.accept(symbol, at(passed + behind), steady(passed))
        if is_dropped:
            market.forget(symbol)
    # When the exchange's time is asked for
    offsets = [each.offset_ns for each in market._newest.values()]
    # Then it is the median of what is known
    expected = median_low(offsets) + steady(passed) if offsets else None
    assert market.exchange_now_ns(steady(passed)) == expected


def test_a_late_row_does_not_move_the_time_back() -> None:
    # Given a symbol
    market = running("A")
    # When an old row comes
    market.accept("A", at(-3), steady(1))
    # Then time is as it was
    assert market.exchange_now_ns(steady(1)) == at(1)


def test_without_a_stamp_the_exchange_may_be_two_seconds_ahead() -> None:
    # Given a market without a stamp
    market = running()
    # When it is asked how far the exchange may be ahead of our clock
    # Then as far as is never doubted
    assert market.margin_ns(steady(1)) == MACHINE_AHEAD_NS


@pytest.mark.parametrize(
    ("ahead", "margin"), [(-3.0, 0.25), (0.0, 0.25), (1.0, 1.25), (1.75, 2.0), (1.8, 2.0)]
)
def test_stamps_tell_how_far_the_exchange_is_ahead(ahead: float, margin: float) -> None:
    # Given a symbol whose stamps are that far ahead of our clock
    market = running()
    market.accept("A", at(ahead), steady(0))
    # When it is asked how far the exchange may be ahead
    found = market.margin_ns(steady(10))
    # Then a quarter of a second more, and no more than is never doubted
    assert found == steady(margin)


@pytest.mark.parametrize(("ahead", "accepted"), [(5.0, True), (5.001, False)])
def test_a_stamp_more_than_5_seconds_ahead_is_set_aside(ahead: float, accepted: bool) -> None:
    # Given a symbol
    market = running("A")
    # When a stamp comes from ahead
    found = market.accept("A", at(10 + ahead), steady(10))
    # Then it is set aside beyond 5 s, and moves nothing
    assert (found, market.set_aside) == (accepted, 0 if accepted else 1)
    assert market.exchange_now_ns(steady(10)) == (at(15) if accepted else at(10))


@pytest.mark.parametrize(
    ("hours", "accepted"), [(-4.01, False), (-4, True), (19.99, True), (20, False)]
)
def test_a_stamp_of_another_day_is_set_aside(hours: float, accepted: bool) -> None:
    # Given a session whose extended hours begin at 0 s, and a market that is far into the night
    market = MarketTime(at(21 * HOUR), steady(0))
    market.session_opens_ns = at(0)
    # When a stamp comes
    # Then it is of that session's day
    assert market.accept("A", at(hours * HOUR), steady(0)) is accepted


def test_three_that_agree_are_believed_where_nobody_knows_better() -> None:
    # Given a machine an hour behind, and no server's time
    market = MarketTime(at(-HOUR), steady(0))
    # When three stamps of two symbols agree
    found = [market.accept(symbol, at(1), steady(1)) for symbol in ("A", "B", "A", "B")]
    # Then the third is believed, and those after it
    assert found == [False, False, True, True]


def test_a_believed_time_is_accepted_from_the_others_too() -> None:
    # Given three symbols at one time, of which two are found an hour ahead
    market = running("A", "B", "C")
    for symbol in ("A", "B", "A"):
        market.accept(symbol, at(HOUR + 1), steady(1))
    # When the third follows
    # Then it is accepted as well
    assert market.accept("C", at(HOUR + 3), steady(2))


def test_three_that_do_not_agree_are_not_believed() -> None:
    # Given a machine an hour behind
    market = MarketTime(at(-HOUR), steady(0))
    # When stamps come that are far apart
    found = [market.accept("A", at(ahead), steady(0)) for ahead in (0, 6, 12, 18)]
    # Then none is believed
    assert found == [False] * 4


def test_one_symbol_is_not_believed_against_others() -> None:
    # Given two symbols
    market = running("A", "B")
    # When one brings an hour's worth of future
    found = [market.accept("A", at(HOUR + second), steady(second)) for second in range(1, 6)]
    # Then it is set aside throughout, and the other is accepted
    assert found == [False] * 5
    assert market.accept("B", at(6), steady(6))


def test_nothing_is_believed_against_the_server() -> None:
    # Given a server that knows the time
    market = running("A", "B")
    market.server_said(at(0), steady(0), steady(0.2))
    # When all symbols agree on an hour ahead
    found = [market.accept(symbol, at(HOUR), steady(1)) for symbol in ("A", "B", "A", "B")]
    # Then none is believed
    assert found == [False] * 4


def test_three_of_the_servers_time_are_believed_against_the_calendar() -> None:
    # Given a calendar that is wrong by two days
    market = running()
    market.session_opens_ns = at(-48 * HOUR)
    market.server_said(at(0), steady(0), steady(0.2))
    # When stamps agree with the server
    found = [market.accept("A", at(second), steady(second)) for second in (1, 2, 3, 4)]
    # Then the third is believed
    assert found == [False, False, True, True]


def test_a_stamp_that_was_believed_wrongly_is_forgotten_within_a_minute() -> None:
    # Given a single symbol whose three prints were an hour ahead
    market = running("A")
    assert [market.accept("A", at(HOUR), steady(0)) for _ in range(3)] == [False, False, True]
    # When true ones follow for a minute
    for second in range(1, 62):
        market.accept("A", at(second), steady(second))
    # Then time is right again
    assert market.exchange_now_ns(steady(61)) == at(61)


@pytest.mark.parametrize(("off", "expected"), [(2.0, 0.0), (2.001, 2.001), (-2.001, -2.001)])
def test_the_present_is_the_servers_where_the_machine_is_off(off: float, expected: float) -> None:
    # Given a server's time, cut to whole seconds and so half a second off on average
    market = running()
    market.server_said(at(off - 0.5), steady(0), steady(0))
    # When the present is asked for
    # Then it is the machine's up to 2 s
    assert market.now_ns(steady(0)) == at(expected)


@pytest.mark.parametrize(("took", "heard"), [(2.0, True), (2.001, False)])
def test_a_slow_answer_tells_no_time(took: float, heard: bool) -> None:
    # Given a machine
    market = running()
    # When the server's time an hour ahead took long
    market.server_said(at(HOUR), steady(-took), steady(0))
    # Then it is not taken
    assert (market.look(at(1), steady(1)) == "clock") is heard


@pytest.mark.parametrize(("later", "state"), [(300, "clock"), (301, "")])
def test_a_servers_time_is_good_for_five_minutes(later: int, state: str) -> None:
    # Given a server's time a minute off
    market = running()
    market.server_said(at(60), steady(0), steady(0))
    # When time passes
    # Then it is forgotten
    assert market.look(at(later), steady(later)) == state


@pytest.mark.parametrize(("off", "state"), [(30, ""), (30.001, "clock"), (-30.001, "clock")])
def test_a_machine_30_seconds_off_the_server_is_wrong(off: float, state: str) -> None:
    # Given a server's time
    market = running()
    market.server_said(at(off - 0.5), steady(0), steady(0))
    # When the machine is looked at
    # Then it is wrong beyond 30 s, and right once they agree
    assert market.look(at(0), steady(0)) == state
    assert market.asks_server_time is (state == "clock")
    market.server_said(at(1), steady(1), steady(1))
    assert market.look(at(1), steady(1)) == ""


@pytest.mark.parametrize(("ahead", "states"), [(2.0, ["", "", ""]), (2.001, ["?", "?", "!"])])
def test_most_symbols_ahead_of_the_machine_for_three_looks_are_its_fault(
    ahead: float, states: list[str]
) -> None:
    # Given three symbols
    market = running("A", "B", "C")
    found = []
    # When two of them are ahead at each look
    for second in (1, 2, 3):
        for symbol, by in (("A", ahead), ("B", ahead), ("C", 0.0)):
            market.accept(symbol, at(second + by), steady(second))
        found.append(market.look(at(second), steady(second)))
    # Then it is doubted twice and then wrong
    assert [{"": "", "clock_unsure": "?", "clock": "!"}[each] for each in found] == states


def test_half_of_the_symbols_ahead_are_not_most() -> None:
    # Given two symbols
    market = running("A", "B")
    # When one is ahead
    market.accept("A", at(4), steady(1))
    market.accept("B", at(1), steady(1))
    # Then the clock is fine
    assert market.look(at(1), steady(1)) == ""


def test_a_look_without_stamps_changes_no_doubt() -> None:
    # Given a symbol ahead at one look
    market = running("A")
    market.accept("A", at(4), steady(1))
    assert market.look(at(1), steady(1)) == "clock_unsure"
    # When nothing comes, and then a stamp in time
    silent = market.look(at(2), steady(2))
    market.accept("A", at(3), steady(3))
    # Then the doubt lasts until then
    assert (silent, market.look(at(3), steady(3))) == ("clock_unsure", "")


def test_all_symbols_far_behind_are_late_or_the_clock_is_wrong_as_the_server_tells() -> None:
    # Given a market 31 s behind the machine
    market = running("A")
    market.accept("A", at(-30), steady(1))
    # When it is looked at without and with the server's time
    unsure = market.look(at(1.001), steady(1.001))
    asks = market.asks_server_time
    market.accept("A", at(-29), steady(2))
    market.server_said(at(2), steady(2), steady(2))
    # Then the server says that the clock is right, and the stream late
    assert (unsure, asks, market.look(at(2), steady(2))) == ("clock_unsure", True, "")


@pytest.mark.parametrize(("jump", "state"), [(5.0, ""), (5.001, "clock_unsure")])
def test_a_clock_that_jumps_makes_unsure_until_a_server_tells(jump: float, state: str) -> None:
    # Given a market with a server's time
    market = running("A")
    market.server_said(at(0), steady(0), steady(0))
    # When the machine's clock runs further than the steady one
    found = market.look(at(1 + jump), steady(1))
    exchange = market.exchange_now_ns(steady(1))
    market.server_said(at(1 + jump), steady(1), steady(1))
    # Then nothing moved on by the steady clock is worth anything
    assert found == state
    assert (exchange is None) == (state == "clock_unsure")
    assert market.look(at(1 + jump), steady(1)) == ""


def test_the_usual_path_compares_with_one_number() -> None:
    # Given a market
    market = running("A")
    # When it has looked, without and with a session that ends
    free = market.ahead_ns
    market.session_opens_ns = at(-20 * HOUR + 2)
    market.look(at(1), steady(1))
    # Then stamps up to that number need no second look
    assert (free, market.ahead_ns) == (at(5), at(2) - 1)


def test_a_symbol_no_longer_held_tells_no_time() -> None:
    # Given two symbols, one two hours behind the other
    market = MarketTime(at(0), steady(0))
    market.accept("A", at(0), steady(0))
    market.accept("B", at(-2 * HOUR), steady(0))
    before = market.exchange_now_ns(steady(0))
    # When one is forgotten
    market.forget("B")
    market.forget("C")
    # Then the other is left
    assert before == at(-2 * HOUR)
    assert market.exchange_now_ns(steady(0)) == at(0)


@given(
    st.lists(st.tuples(st.sampled_from("ABCDE"), st.integers(6, 100_000)), max_size=30, unique=True)
)
def test_stamps_ahead_never_move_time_where_the_server_is_known(
    stamps: list[tuple[str, int]],
) -> None:
    # Given five symbols and a server's time
    market = running(*"ABCDE")
    market.server_said(at(0), steady(0), steady(0))
    # When any stamps come from ahead
    accepted = [market.accept(symbol, at(ahead), steady(0)) for symbol, ahead in stamps]
    # Then none is accepted, and time stands
    assert not any(accepted)
    assert market.exchange_now_ns(steady(0)) == at(0)


@given(st.lists(st.integers(-3, 4), min_size=1, max_size=150))
@example([-1] * 150)
def test_a_healthy_symbol_is_never_set_aside_whatever_another_does(early: list[int]) -> None:
    # Given a healthy symbol beside one that brings anything, by a machine that is behind
    market = MarketTime(at(-4), steady(0))
    assert market.accept("A", at(0), steady(0))
    assert market.accept("B", at(0), steady(0))
    market.look(at(-8), steady(0))
    # When both go on
    found = []
    for second, by in enumerate(early, 1):
        market.accept("B", at(second + 10_000 * by), steady(second))
        found.append(market.accept("A", at(second), steady(second)))
    # Then the healthy one is accepted
    assert all(found)
