"""What minute bars of an earlier session say: the usual minute and the tenth largest burst."""

from __future__ import annotations

from datetime import date

import pytest

from trading_bot.order_flow.calendar import Session, session_of
from trading_bot.order_flow.market.facts import MinuteBar
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.rules.own_scale.seed import Seed, seed_of


def session(day: date = date(2026, 3, 9)) -> Session:
    found = session_of(day)
    assert found is not None
    return found


def bars(volumes: dict[int, int], day: Session | None = None) -> list[MinuteBar]:
    begin_ns = (day or session()).open_ns
    return [MinuteBar(begin_ns + at * 60 * NS_PER_SECOND, of) for at, of in volumes.items()]


def test_the_usual_minute_is_the_mean_of_the_session() -> None:
    # Given a session of equal minutes, one of which traded nothing, and bars around it
    volumes = dict.fromkeys(range(-30, 420), 390) | {100: 0}
    # When it is looked at
    found = seed_of(bars(volumes), session())
    # Then what was traded in it is spread over its minutes
    assert found is not None
    assert found.usual_minute == 389


@pytest.mark.parametrize(("peaks", "burst"), [(9, 1_000), (10, 3_000), (11, 3_000)])
def test_the_tenth_largest_burst_counts(peaks: int, burst: int) -> None:
    # Given a session with some minutes of three times the others, far from each other
    volumes = dict.fromkeys(range(390), 1_000) | {20 * n + 10: 3_000 for n in range(peaks)}
    # When it is looked at
    found = seed_of(bars(volumes), session())
    # Then the tenth is one of them from ten on
    assert found is not None
    assert round(found.burst, -2) == burst


def test_of_two_minutes_the_larger_counts_once() -> None:
    # Given a session whose ten largest minutes lie in five blocks
    volumes = dict.fromkeys(range(390), 1_000)
    volumes |= {20 * n + 10 + k: 9_000 for n in range(5) for k in (0, 1)}
    # When it is looked at
    found = seed_of(bars(volumes), session())
    # Then the tenth largest is no such burst
    assert found is not None
    assert found.burst < 2_000


def test_a_thin_baseline_is_no_less_than_half_the_usual_minute() -> None:
    # Given a session that trades in its last half alone, each minute after the first alike
    volumes = dict.fromkeys(range(200, 390), 1_000)
    # When it is looked at
    found = seed_of(bars(volumes), session())
    # Then its first minute is held against half of the usual one, not against nothing
    assert found == Seed(487, 1_000)


@pytest.mark.parametrize(("minutes", "is_said"), [(29, False), (30, True), (31, True)])
def test_few_minutes_say_nothing(minutes: int, *, is_said: bool) -> None:
    # Given a session with few minutes in which anything was traded
    # When it is looked at
    found = seed_of(bars(dict.fromkeys(range(minutes), 50)), session())
    # Then it says something from thirty on
    assert (found is not None) is is_said


def test_a_half_day_has_fewer_minutes() -> None:
    # Given a session that ends at 13:00
    half = session(date(2026, 11, 27))
    # When it is looked at
    found = seed_of(bars(dict.fromkeys(range(390), 700), half), half)
    # Then its own minutes count
    assert found == Seed(700, 1_000)
