"""The terms of asking again."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.retry import DEFAULT_POLICY, RetryPolicy


def test_the_default_policy_waits_one_two_and_four_seconds() -> None:
    # Given the default policy
    # When its waits are listed, then they double, and all ends within twenty seconds
    waits = [DEFAULT_POLICY.back_off_seconds(n) for n in range(1, DEFAULT_POLICY.max_retries + 1)]
    assert (waits, DEFAULT_POLICY.budget_seconds) == ([1.0, 2.0, 4.0], 20.0)


@pytest.mark.parametrize(
    "name", ["max_retries", "base_delay_seconds", "jitter_seconds", "budget_seconds"]
)
@pytest.mark.parametrize("value", [-1, float("nan")])
def test_a_negative_term_is_refused_by_name(name: str, value: float) -> None:
    # Given a negative term, or none at all
    # When a policy is made of it, then the term is named
    with pytest.raises(ValueError, match=f"{name}="):
        RetryPolicy(**{name: value})  # type: ignore[arg-type] # any of the fields


@pytest.mark.parametrize(
    "name", ["max_retries", "base_delay_seconds", "jitter_seconds", "budget_seconds"]
)
def test_a_term_of_zero_is_allowed(name: str) -> None:
    # Given a term of zero
    # When a policy is made of it, then it stands
    assert getattr(RetryPolicy(**{name: 0}), name) == 0
