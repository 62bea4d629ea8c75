"""How the last questions to the provider went."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime

from ..clock import Clock
from ..errors import DataSourceError

_STILL_CONNECTED = frozenset({"no_data", "not_found", "extra_not_in_plan"})
"""Errors of one symbol or of a page that protection does not need: the host answered."""


@dataclass(frozen=True, slots=True)
class ClientHealth:
    """Facts about the connection to the provider.

    Attributes:
        last_success_utc: When an answer last arrived that could be used; None before the first.
        last_error_utc: When a question last failed for good; None before the first.
        last_error_code: Its code.
        last_error_message: Its words.
        failures_in_a_row: Questions that failed since the last success.
    """

    last_success_utc: datetime | None = None
    last_error_utc: datetime | None = None
    last_error_code: str | None = None
    last_error_message: str | None = None
    failures_in_a_row: int = 0


class HealthRecord:
    """Keeps `ClientHealth` up to date from several threads.

    Args:
        clock: The market's present time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._facts = ClientHealth()
        self._lock = threading.Lock()

    def answered(self) -> None:
        """Note a question that was answered."""
        with self._lock:
            self._facts = replace(self._facts, last_success_utc=self._clock(), failures_in_a_row=0)

    def failed(self, error: DataSourceError) -> None:
        """Note a question that failed, after all its retries."""
        if error.code in _STILL_CONNECTED:
            self.answered()
            return
        with self._lock:
            self._facts = replace(
                self._facts,
                last_error_utc=self._clock(),
                last_error_code=error.code,
                last_error_message=str(error),
                failures_in_a_row=self._facts.failures_in_a_row + 1,
            )

    def facts(self) -> ClientHealth:
        """Return what is known now."""
        with self._lock:
            return self._facts

    def word(self) -> str:
        """Return `ok`, `untried`, or the code of the last error when the last question failed."""
        facts = self.facts()
        if facts.failures_in_a_row and facts.last_error_code:
            return facts.last_error_code
        return "untried" if facts.last_success_utc is None else "ok"
