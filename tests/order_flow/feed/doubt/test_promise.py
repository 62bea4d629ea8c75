from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.feed.doubt.promise import Budget, Promise, promise, sentence
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.provider import Capabilities

FIVE = Budget(5.0)
TWENTY = Budget(20.0)
TOGETHER = Budget.of(
    Capabilities(fills_gaps="replay", compares_every_seconds=60), requests_per_second=0.1
)
FIVE_A_MINUTE = Budget(0.0833)


def seconds(value: float) -> int:
    return round(value * NS_PER_SECOND)


@pytest.mark.parametrize(
    ("budget", "symbols", "pulse", "audit", "percent", "refill", "poll"),
    [
        (FIVE, 1, 6, 20, 4, 0.4, 1),
        (FIVE, 5, 6, 20, 8, 2, 2),
        (FIVE, 10, 6, 20, 13, 4, 4),
        (FIVE, 50, 6, 28, 39, 20, 20),
        (TWENTY, 50, 6, 20, 13, 5, 5),
        (FIVE_A_MINUTE, 1, 30, 30, 80, 24, 24),
        (FIVE_A_MINUTE, 5, 30, 150, 80, 120, 120),
    ],
)
def test_periods_and_share_are_those_of_the_table(
    budget: Budget,
    symbols: int,
    pulse: int,
    audit: int,
    percent: int,
    refill: float,
    poll: float,
) -> None:
    # Given a budget and a number of symbols, and REST 2 s behind
    # When it is asked what can be promised
    found = promise(budget, symbols, seconds(2))
    # Then it is what the table says
    assert (found.pulse_ns, found.audit_ns) == (seconds(pulse), seconds(audit))
    assert round(found.share * 100) == percent
    assert (found.refill_ns, found.poll_ns) == (seconds(refill), seconds(poll))


@pytest.mark.parametrize(
    ("settle", "pulse", "dead"),
    [(2, 6, 9), (3, 6, 10), (3.001, 4, 8.001), (5, 4, 10), (5.001, 6, 12.001)],
)
def test_the_pulse_is_quicker_where_that_keeps_ten_seconds(
    settle: float, pulse: int, dead: float
) -> None:
    # Given a REST that is behind by more or less
    # When it is asked what can be promised
    found = promise(FIVE, 5, seconds(settle))
    # Then the pulse is quick between 3 and 5 s
    assert (found.pulse_ns, found.dead_ns) == (seconds(pulse), seconds(dead))


@pytest.mark.parametrize(("symbols", "audit"), [(36, 20), (37, 21), (44, 24), (45, 25), (200, 110)])
def test_the_audit_takes_longer_the_more_symbols_there_are(symbols: int, audit: int) -> None:
    # Given five requests a second
    # When many symbols are held
    # Then each is audited more seldom
    assert promise(FIVE, symbols, seconds(2)).audit_ns == seconds(audit)


@pytest.mark.parametrize(("settle", "partial"), [(2, 26), (5, 26), (5.5, 26.5), (15, 36)])
def test_partial_loss_waits_for_rest_to_settle(settle: float, partial: float) -> None:
    # Given a REST that is behind
    # When it is asked what can be promised
    # Then 5 s are allowed for in any case
    assert promise(FIVE, 5, seconds(settle)).partial_ns == seconds(partial)


@pytest.mark.parametrize(("symbols", "requests"), [(250, 1), (251, 2), (500, 2), (501, 3)])
def test_a_pulse_of_many_symbols_takes_several_requests(symbols: int, requests: int) -> None:
    # Given snapshots of at most 250 symbols, and nothing else to ask for
    budget = Budget(5.0, has_tape=False)
    # When many are held
    found = promise(budget, symbols, seconds(2))
    # Then each needs its request
    assert found.share == pytest.approx(requests / 6 / 5)


def test_a_provider_without_batches_has_a_slower_pulse() -> None:
    # Given snapshots of one symbol
    budget = Budget(5.0, pulse_symbols=1)
    # When fifty are held
    found = promise(budget, 50, seconds(2))
    # Then pulse and audit share the budget
    assert (found.pulse_ns, found.audit_ns) == (seconds(50), seconds(50))
    assert found.share == pytest.approx(0.4)


def test_without_a_snapshot_the_audit_notices_everything() -> None:
    # Given a plan without snapshots
    # When it is asked what can be promised
    found = promise(Budget(5.0, has_snapshot=False), 5, seconds(2))
    # Then a dead channel is noticed like partial loss
    assert (found.pulse_ns, found.dead_ns, found.partial_ns) == (None, seconds(26), seconds(26))


def test_without_a_tape_only_the_newest_is_compared() -> None:
    # Given a plan without past prints
    # When it is asked what can be promised
    found = promise(Budget(5.0, has_tape=False), 5, seconds(2))
    # Then nothing is audited, filled or polled
    assert found == Promise(
        pulse_ns=seconds(6),
        audit_ns=None,
        share=1 / 30,
        dead_ns=seconds(9),
        partial_ns=None,
        refill_ns=None,
        poll_ns=None,
    )


def test_without_a_second_source_nothing_is_promised() -> None:
    # Given a plan without REST data
    # When it is asked what can be promised
    found = promise(Budget(5.0, has_tape=False, has_snapshot=False), 5, seconds(2))
    # Then nothing is
    assert found == Promise(None, None, 0.0, None, None, None, None)


# What is said.


@pytest.mark.parametrize(
    ("budget", "symbols", "settle", "said"),
    [
        (
            FIVE,
            5,
            2,
            (
                "5 requests a second: a dead channel is noticed within 9 s, "
                "partial loss within 26 s, and a cut is refilled in 2 s"
            ),
        ),
        (
            FIVE,
            50,
            3,
            (
                "5 requests a second: a dead channel is noticed within 10 s, "
                "partial loss within 35 s, and a cut is refilled in 20 s"
            ),
        ),
        (
            FIVE,
            40,
            8,
            (
                "5 requests a second: a dead channel is noticed within 15 s, "
                "partial loss within 35 s, and a cut is refilled in 16 s"
            ),
        ),
        (
            FIVE_A_MINUTE,
            5,
            2,
            (
                "5 requests a minute: a dead channel is noticed within 35 s, partial loss within "
                "3 min, and a cut is refilled in 2 min"
            ),
        ),
        (
            Budget(1.0),
            1,
            2,
            (
                "1 request a second: a dead channel is noticed within 9 s, "
                "partial loss within 26 s, and a cut is refilled in 2 s"
            ),
        ),
        (
            Budget(2.5),
            1,
            2,
            (
                "2.5 requests a second: a dead channel is noticed within 9 s, partial loss within "
                "26 s, and a cut is refilled in 1 s"
            ),
        ),
        (
            Budget(5.0, has_tape=False),
            5,
            2,
            (
                "5 requests a second: a dead channel is noticed within 9 s, "
                "partial loss never: the plan has no past prints, so a gap stays open and "
                "no symbol is called visible (not_compared)"
            ),
        ),
        (
            Budget(5.0, has_tape=False, has_snapshot=False),
            5,
            2,
            (
                "no second source: the stream is compared with nothing, so no symbol is called "
                "visible (not_compared)"
            ),
        ),
    ],
)
def test_one_line_says_what_is_promised(
    budget: Budget, symbols: int, settle: float, said: str
) -> None:
    assert sentence(budget, symbols, seconds(settle)) == said


@pytest.mark.parametrize(
    ("settle", "said"),
    [(23, "30 s"), (24, "35 s"), (108, "115 s"), (109, "2 min"), (113.5, "3 min"), (173, "3 min")],
)
def test_times_are_rounded_up_to_what_is_worth_saying(settle: float, said: str) -> None:
    # Given a REST far behind: the pulse takes 7 s more
    # When the promise is said
    # Then seconds count up to 30 s, each fifth to 2 min, minutes beyond
    assert f"noticed within {said}," in sentence(FIVE, 5, seconds(settle))


@given(
    st.floats(0.05, 99.0),
    st.integers(1, 1_000),
    st.sampled_from([1, 250]),
    st.booleans(),
    st.booleans(),
)
def test_no_more_is_promised_than_the_share_allows(
    per_second: float, symbols: int, pulse_symbols: int, has_tape: bool, has_snapshot: bool
) -> None:
    # Given any budget
    budget = Budget(per_second, has_tape, has_snapshot, pulse_symbols)
    # When it is asked what can be promised
    found = promise(budget, symbols, seconds(2))
    # Then comparing stays within its share, and no period is shorter than worth while
    assert Fraction(found.share) <= Fraction(4 if per_second >= 1 else 8, 10) + Fraction(1, 10**9)
    assert found.pulse_ns is None or found.pulse_ns >= seconds(6)
    assert found.audit_ns is None or found.audit_ns >= seconds(20)


@pytest.mark.parametrize("symbols", [1, 50, 90])
def test_what_is_asked_together_is_compared_once_in_its_period(symbols: int) -> None:
    # Given a provider that answers for all symbols by one question a minute
    # When it is asked what can be promised
    found = promise(TOGETHER, symbols, seconds(2))
    # Then neither the number of symbols nor the requests of the settings count
    assert (found.pulse_ns, found.audit_ns) == (seconds(60), seconds(60))
    assert found.dead_ns == seconds(63)
    assert found.poll_ns == seconds(10)


def test_what_is_asked_together_is_said() -> None:
    # Given the same
    # When it is said
    # Then the sentence speaks of no requests
    assert sentence(TOGETHER, 3, seconds(2)) == (
        "compared with a second connection's replay every 60 s: a dead channel is noticed within "
        "65 s, partial loss within 65 s, and the stream refills its own cuts"
    )


def test_a_budget_is_that_of_the_provider() -> None:
    # Given providers with and without a history
    # When their budgets are made
    # Then the settings' requests count where questions are requests
    assert Budget.of(Capabilities(fills_gaps="history"), 5.0) == FIVE
    assert Budget.of(Capabilities(), 5.0) == Budget(5.0, has_tape=False, has_snapshot=False)
