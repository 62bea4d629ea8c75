from __future__ import annotations

import pytest

from trading_bot.order_flow.market.units import FAR_PAST_NS, NS_PER_SECOND
from trading_bot.order_flow.sight.coverage.circumstances import Circumstances


def test_time_stands_still_between_sessions() -> None:
    # Given a session that ended at 100
    circumstances = Circumstances()
    circumstances.close(100)
    circumstances.close(200)
    # When the present is asked for
    closed = circumstances.session_now_ns(50), circumstances.session_now_ns(300)
    circumstances.open(400)
    # Then it is the close until the next begins
    assert closed == (50, 100)
    assert circumstances.session_now_ns(500) == 500


@pytest.mark.parametrize(("seconds", "expected"), [(15, True), (15.001, False)])
def test_the_last_events_may_come_15_seconds_after_the_close(
    seconds: float, expected: bool
) -> None:
    # Given a session that has ended
    circumstances = Circumstances()
    circumstances.close(0)
    # When time passes
    found = circumstances.may_bring(round(seconds * NS_PER_SECOND))
    # Then events may come for 15 s
    assert found is expected


def test_only_a_halt_is_resumed() -> None:
    # Given a symbol that trades
    circumstances = Circumstances()
    # When it is resumed, halted twice, and resumed
    untouched = circumstances.resume(10)
    circumstances.halt(20)
    circumstances.halt(30)
    halted_at_ns = circumstances.halted_at_ns
    # Then only the last resumes, and the first halt counts
    assert (untouched, halted_at_ns, circumstances.resume(40)) == (False, 20, True)
    assert (circumstances.halted_at_ns, circumstances.reopened_ns) == (None, 40)


def test_no_moment_lies_ahead_after_the_clock_went_back() -> None:
    # Given a session that began at 100
    circumstances = Circumstances()
    circumstances.open(100)
    # When the clock goes back to 50
    circumstances.step_back(50)
    # Then it began no later
    assert (circumstances.opened_ns, circumstances.reopened_ns) == (50, FAR_PAST_NS)
