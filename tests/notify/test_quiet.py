"""Quiet hours: when they begin and end, and by whose clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, strategies

from trading_bot.notify.quiet import QuietHours

AT_NIGHT = QuietHours.of("22:00-07:00 local")
BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [
        ("21:59:59", False),
        ("22:00:00", True),
        ("00:00:00", True),
        ("06:59:59", True),
        ("07:00:00", False),
        ("12:00:00", False),
    ],
)
def test_hours_over_midnight_hold_from_their_first_moment_to_before_their_last(
    clock: str, quiet: bool
) -> None:
    # Given a moment by the machine's clock
    moment = datetime.combine(date(2026, 3, 10), time.fromisoformat(clock), BERLIN)
    # When it is asked of
    # Then the first moment is quiet, and the last is not
    assert AT_NIGHT.hold(moment.astimezone(UTC), BERLIN) is quiet


@pytest.mark.parametrize(("hour", "quiet"), [(11, False), (12, True), (13, False)])
def test_hours_within_a_day_hold_between_their_ends(hour: int, quiet: bool) -> None:
    # Given hours that do not pass midnight
    hours = QuietHours.of("12:00-13:00 local")
    # When a moment is asked of
    # Then it is quiet within them alone
    assert hours.hold(datetime(2026, 3, 10, hour, tzinfo=UTC), UTC) is quiet


def test_the_exchange_has_a_clock_of_its_own() -> None:
    # Given hours by New York's clock, four hours behind UTC in March
    hours = QuietHours.of("20:00-04:00 exchange")
    # When it is 20:00 there
    # Then they hold, whatever this machine says
    assert hours.hold(datetime(2026, 3, 11, 0, 0, tzinfo=UTC), BERLIN)
    assert not hours.hold(datetime(2026, 3, 10, 23, 59, tzinfo=UTC), BERLIN)


def test_what_is_no_span_is_refused() -> None:
    # Given a text without a clock
    # When hours are made of it
    # Then it says what they look like
    with pytest.raises(ValueError, match="write 22:00-07:00 local"):
        QuietHours.of("22:00-07:00")


@given(strategies.times(), strategies.times(), strategies.datetimes(timezones=strategies.just(UTC)))
def test_a_span_and_the_rest_of_the_day_share_no_moment(
    begins: time, ends: time, moment: datetime
) -> None:
    # Given a span, and the one from its end to its beginning
    one, other = QuietHours(begins, ends, False), QuietHours(ends, begins, False)
    # When a moment is asked of
    # Then it lies in exactly one of them, unless they are the same
    assert begins == ends or one.hold(moment, UTC) != other.hold(moment, UTC)
