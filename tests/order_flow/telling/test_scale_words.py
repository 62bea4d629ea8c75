"""How rare an alert is, in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from support.monitor_stubs import START, large_seller, red_burst

from trading_bot.order_flow.data_models import Facts, OrderFlowAlert, Scale
from trading_bot.order_flow.telling.describe import describe_alert
from trading_bot.order_flow.telling.scale_words import (
    since_when,
    usual_minutes,
    words_of_facts,
    words_of_scale,
)

DAY = timedelta(days=1)


def scale(**changes: Any) -> Scale:
    fields: dict[str, Any] = {
        "size": 11_335,
        "rank": 4,
        "of": 195,
        "larger_at": START - DAY,
        "threshold": 9_000,
        "lead": 0,
        "usual_minute": 22_000,
        "memory_from": START - DAY,
    }
    return Scale(**(fields | changes))


def words(alert: OrderFlowAlert | None = None, **changes: Any) -> str:
    return words_of_scale(alert or large_seller(), scale(**changes))


def test_an_alert_says_what_and_how_rare_it_is() -> None:
    # Given a large seller with its place in the memory
    alert = large_seller(order_size=11_335, scale=scale(), facts=Facts(day_volume_ratio=1.3))
    # When it is described
    # Then rank, last larger one, share of a usual minute and the day follow what was found
    assert describe_alert(alert) == (
        "large seller: 11,335 shares sold at 100.00 by one order: the largest since 10:00 ET "
        "yesterday, 4th of 6.5 trading hours, half a usual minute; today trades 1.3 times its "
        "usual volume"
    )


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "the largest of 6.5 trading hours"), (1, "the largest of 6.5 trading hours")]
    + [(days, f"the largest of the last {days} days") for days in (2, 5)],
)
def test_the_largest_of_all_says_for_how_long(days: int, said: str) -> None:
    # Given a largest one, and how many days gone held nothing as large
    # When it is put into words
    # Then it is compared with as much as is remembered
    assert words(rank=1, larger_at=None, days=days) == f"{said}, half a usual minute"


def test_what_is_far_above_everything_says_so() -> None:
    # Given a critical burst
    burst = red_burst()
    # When its place is put into words
    # Then it is far above, and no share of a minute, which its ratio tells
    assert words(burst, rank=1, larger_at=None) == "far above anything in 6.5 trading hours"


def test_without_a_memory_it_is_new() -> None:
    # Given four blocks and a half of memory, as whole blocks
    # When a new largest is put into words
    # Then it says how young the memory is
    assert words(of=4, rank=1, larger_at=None, size=13_200) == (
        "new largest, 0.6 of a usual minute, no memory of this stock yet (8 minutes)"
    )


@pytest.mark.parametrize(("blocks", "is_new"), [(29, True), (30, False)])
def test_an_hour_is_a_memory(blocks: int, is_new: bool) -> None:
    # Given a memory of about an hour
    # When a place in it is put into words
    # Then from an hour on it is ranked
    assert words(of=blocks).startswith("new largest") == is_new


@pytest.mark.parametrize(
    ("lead", "times", "why"),
    [(-2, None, "quiet day"), (-2, 0.9, "quiet day"), (-2, 1.0, "few alerts today")],
)
def test_an_eased_threshold_says_why(lead: int, times: float | None, why: str) -> None:
    # Given an alert that an even pace would have held back, on a day with so much volume
    alert = large_seller(facts=Facts(day_volume_ratio=times))
    # When its place is put into words
    # Then the day is called quiet only where it is not busy
    assert words(alert, eased=True, lead=lead).endswith(f", threshold eased, {why}")


@pytest.mark.parametrize(
    ("rank", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_a_rank_is_an_ordinal(rank: int, said: str) -> None:
    # Given a rank
    # When it is put into words
    # Then it ends as one says it
    assert f" {said} of 6.5" in words(rank=rank)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (1, "a small part of a usual minute"),
        (149, "a small part of a usual minute"),
        (150, "0.1 of a usual minute"),
        (449, "0.4 of a usual minute"),
        (450, "half a usual minute"),
        (549, "half a usual minute"),
        (550, "0.6 of a usual minute"),
        (949, "0.9 of a usual minute"),
        (950, "a usual minute"),
        (1_050, "1.1 usual minutes"),
        (9_900, "9.9 usual minutes"),
        (10_000, "10 usual minutes"),
        (1_234_000, "1,234 usual minutes"),
    ],
)
def test_a_size_is_compared_with_a_usual_minute(size: int, said: str) -> None:
    # Given a size where a usual minute has 1,000 shares
    # When it is put into words
    # Then it is so many of them
    assert usual_minutes(scale(size=size, usual_minute=1_000)) == said


def test_before_the_first_block_nothing_is_usual() -> None:
    # Given no usual minute
    # When a size is put into words
    # Then it is compared with nothing
    assert words(usual_minute=0).endswith("4th of 6.5 trading hours")


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(hours=1), "09:00 ET"),
        (DAY, "10:00 ET yesterday"),
        (2 * DAY, "10:00 ET on Sunday"),
        (6 * DAY, "09:00 ET on Wednesday"),
        (7 * DAY, "09:00 ET on 2026-03-03"),
    ],
)
def test_a_moment_is_named_as_one_says_it(before: timedelta, said: str) -> None:
    # Given a moment, in days across the change to summer time
    then: datetime = START - before
    # When it is named now
    # Then today has a clock, the days of a week a name, older ones a date
    assert since_when(then, START) == said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (None, ""),
        (Facts(), ""),
        (Facts(day_volume_ratio=1.19, above_low_bp=1, market_bp=2), ""),
        (Facts(day_volume_ratio=1.2), "today trades 1.2 times its usual volume"),
        (Facts(day_volume_ratio=0.8), "today trades 0.8 times its usual volume"),
        (Facts(above_low_bp=0), "at the day's low"),
        (Facts(above_low_bp=-1, market_bp=3), "at the day's low, the market rose 3 bp in a minute"),
        (Facts(market_bp=-3), "the market fell 3 bp in a minute"),
        (Facts(market_bp=-2), ""),
    ],
)
def test_only_what_is_unusual_is_worth_a_word(facts: Facts | None, said: str) -> None:
    # Given facts
    # When they are put into words
    # Then those that say nothing are left out
    assert words_of_facts(facts) == said
