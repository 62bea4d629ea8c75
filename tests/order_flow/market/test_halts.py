from __future__ import annotations

import pytest

from trading_bot.order_flow.market.halts import REARM_NS, Halt, is_reopening
from trading_bot.order_flow.market.units import NS_PER_SECOND as S

SINCE = 1_773_151_200 * S
REOPENED = SINCE + 300 * S


def halt() -> Halt:
    return Halt(SINCE, announced=True)


@pytest.mark.parametrize(
    ("conditions", "reopens"),
    [((), False), ((17,), False), ((14, 41), False), ((18,), True), ((37, 28), True)],
)
def test_two_conditions_open_trading_again(conditions: tuple[int, ...], reopens: bool) -> None:
    # Given the conditions of a print
    # When it is asked whether it opens trading again
    found = is_reopening(conditions)
    # Then only a reopening print does; 17 is the opening of the day
    assert found is reopens


def test_a_reopening_print_ends_the_silence() -> None:
    # Given a halt
    found = halt()
    # When a reopening print comes
    found.on_trade(REOPENED, (18,))
    # Then trading began with it
    assert found.reopened_ns == REOPENED


def test_the_first_print_after_the_resumption_opens_without_a_mark() -> None:
    # Given a halt whose end was announced
    found = halt()
    found.on_resumed()
    # When a print without conditions comes
    found.on_trade(REOPENED, ())
    # Then trading began with it
    assert found.reopened_ns == REOPENED


@pytest.mark.parametrize("sip_ns", [SINCE - S, SINCE])
def test_a_print_from_before_the_halt_opens_nothing(sip_ns: int) -> None:
    # Given a halt
    found = halt()
    # When a print of an earlier time is reported
    found.on_trade(sip_ns, (18,))
    # Then the halt goes on
    assert found.reopened_ns is None


def test_only_the_first_reopening_print_counts() -> None:
    # Given a reopened symbol
    found = halt()
    found.on_trade(REOPENED, (18,))
    # When another exchange reopens a second later
    found.on_trade(REOPENED + S, (28,))
    # Then the first one stands
    assert found.reopened_ns == REOPENED


@pytest.mark.parametrize(
    ("after_ns", "over"), [(REARM_NS - 1, False), (REARM_NS, True), (REARM_NS + 1, True)]
)
def test_judging_begins_a_minute_after_the_reopening(after_ns: int, over: bool) -> None:
    # Given a reopened symbol
    found = halt()
    found.on_trade(REOPENED, (18,))
    # When some time has passed
    answer = found.is_over(REOPENED + after_ns)
    # Then it is over from a minute on
    assert answer is over


def test_a_halt_without_a_reopening_is_never_over() -> None:
    # Given a halt
    found = halt()
    # When a day has passed
    answers = found.is_over(SINCE + 86_400 * S), found.seconds
    # Then it goes on
    assert answers == (False, 0)


def test_the_windows_stood_still_up_to_the_new_beginning() -> None:
    # Given a pause of five minutes
    found = halt()
    # When it ends
    found.on_trade(REOPENED, (18,))
    # Then the windows skip it and the minute after
    assert found.seconds == 360


@pytest.mark.parametrize(("last", "opened"), [(59, False), (60, True)])
def test_prints_that_go_on_for_a_minute_open_trading_when_every_mark_was_missed(
    last: int, opened: bool
) -> None:
    # Given a halt whose end nobody told
    found = halt()
    first_ns = SINCE + 100 * S
    # When plain prints come every ten seconds
    for second in (0, 10, 20, 30, 40, 50, last):
        found.on_trade(first_ns + second * S, ())
    # Then trading began with the first of them, once they last a minute
    assert found.reopened_ns == (first_ns if opened else None)


@pytest.mark.parametrize(("after", "opens_at"), [(10, None), (11, 11)])
def test_late_reports_of_prints_before_the_halt_do_not_begin_trading(
    after: int, opens_at: int | None
) -> None:
    # Given prints from just after the halt on
    found = halt()
    # When the last of them comes a minute after the first
    found.on_trade(SINCE + after * S, ())
    found.on_trade(SINCE + 30 * S, ())
    found.on_trade(SINCE + 71 * S, ())
    # Then the first ten seconds do not count
    expected = None if opens_at is None else SINCE + opens_at * S
    assert found.reopened_ns == expected


def test_a_single_print_in_a_long_silence_opens_nothing() -> None:
    # Given a halt with a stray print
    found = halt()
    found.on_trade(SINCE + 20 * S, ())
    # When the next comes two minutes later
    found.on_trade(SINCE + 140 * S, ())
    # Then trading has not begun: the minute counts from the later one
    assert found.reopened_ns is None
