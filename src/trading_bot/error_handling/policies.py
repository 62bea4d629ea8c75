"""How often and how long a failed request is tried again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The terms of asking again.

    Attributes:
        max_retries: Tries after the first; 0 means none.
        base_delay_seconds: Wait before the first retry; each later one waits twice as long.
        jitter_seconds: A random time up to this is added to each wait, so that many clients that
            failed together do not come back together.
        budget_seconds: Upper limit of the whole, tries and waits together.

    Raises:
        ValueError: A negative number.
    """

    max_retries: int = 3
    base_delay_seconds: float = 1.0
    jitter_seconds: float = 0.0
    budget_seconds: float = 20.0

    def __post_init__(self) -> None:
        for name in ("max_retries", "base_delay_seconds", "jitter_seconds", "budget_seconds"):
            value = getattr(self, name)
            if not value >= 0:
                raise ValueError(f"{name}={value!r} must be 0 or more")

    def back_off_seconds(self, retry: int) -> float:
        """Return the wait before a retry, without jitter.

        Args:
            retry: Which retry, counted from 1.
        """
        return self.base_delay_seconds * 2.0 ** (retry - 1)


DEFAULT_POLICY = RetryPolicy()
"""Three retries after 1, 2 and 4 seconds, all within 20 seconds."""
