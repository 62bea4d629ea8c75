"""How the provider is asked: turns, retries, and what is remembered of it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

from ...clock import Clock, monotonic_seconds, utc_now
from ...config import OrderFlowConfig
from ...diagnostics import get_logger
from ...errors import DataSourceError, DataValidationError, OrderFlowError, RateLimitError
from ...outside.door import decode
from ...outside.refusal import shape_error
from ...retry import DEFAULT_POLICY, Retry, RetryPolicy, Wait, with_retry
from ..client_health import ClientHealth, HealthRecord
from ..rate_limiter import RateLimiter
from .errors import error_from_answer, rate_limit_error
from .session import Answer, PolygonSession

# A retry that would begin later than this before the deadline could hardly be answered in time.
_LEAST_SECONDS_FOR_A_RETRY = 0.5

T = TypeVar("T")
_logger = get_logger(__name__)


class PolygonRequests:
    """Asks the provider by REST; safe to use from several threads.

    Nothing is sent before the first question. Every question ends, retries included, within the
    policy's budget from its first turn; waiting for that turn is the rate limiter's.

    Args:
        config: Key, host, requests per second, unit of quote sizes, freshness limits.
        clock: The market's present time.
        policy: How often and how long a failed request is tried again.
        wait: Waits so many seconds and returns True when it was told to stop, such as the `wait`
            of an event that a stop sets; all waiting then ends at once.
        monotonic: Seconds that never run backwards.
        connect_timeout: Seconds to connect.
        read_timeout: Seconds between two pieces of an answer.
        connections: How many connections are kept open.
        retry: The one layer that asks again: `own` for ours, by `policy`; a host's, such as its
            `with_retry`, which takes one try and returns what tries again; None for no layer. A
            host's layer is seldom the better one: ours waits for its turn within the request limit
            and the budget, and ends at once when the client is stopped.

    Attributes:
        counters: What was asked, retried and left out, and why, such as `requests` or
            `trades.impossible_size`.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        clock: Clock = utc_now,
        policy: RetryPolicy = DEFAULT_POLICY,
        wait: Wait | None = None,
        monotonic: Callable[[], float] = monotonic_seconds,
        connect_timeout: float = 3.0,
        read_timeout: float = 5.0,
        connections: int = 8,
        retry: Retry | Literal["own"] | None = "own",
    ) -> None:
        self._retry = retry
        self.counters: Counter[str] = Counter()
        self._config = config
        self._clock = clock
        self._policy = policy
        self._wait = wait or threading.Event().wait
        self._monotonic = monotonic
        self._session = PolygonSession(
            config.polygon_api_key,
            config.base_url,
            clock=clock,
            monotonic=monotonic,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            connections=connections,
            allow_insecure=config.allow_insecure,
        )
        self._limiter = RateLimiter(
            config.requests_per_second, monotonic=monotonic, wait=self._wait
        )
        self._health = HealthRecord(clock)
        self._lock = threading.Lock()

    def get_json(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return the decoded JSON of any path of the provider.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        return self._ask(path, params, lambda answer: decode(answer.body, path))

    def health(self) -> ClientHealth:
        """Return how the last questions went."""
        return self._health.facts()

    def connectivity(self) -> str:
        """Return `ok`, `untried`, or the code of the last error."""
        return self._health.word()

    def close(self) -> None:
        """Close the connections; a later question opens new ones."""
        self._session.close()

    def _ask(
        self,
        path: str,
        params: Mapping[str, Any] | None,
        read: Callable[[Answer], T],
        *,
        has_turn: bool = False,
        matters: bool = True,
    ) -> T:
        if not has_turn and not self._limiter.take_turn():
            raise DataSourceError(
                f"stopped before {path.partition('?')[0]} was asked", code="stopped"
            )
        deadline = self._monotonic() + self._policy.budget_seconds

        def attempt() -> T:
            return self._ask_once(path, params, read, deadline)

        if self._retry == "own":
            ask = self._with_own_retry(attempt, path, deadline)
        elif self._retry is None:
            ask = attempt
        else:
            ask = self._retry(self._in_its_turn(attempt, path, deadline))
        try:
            result = ask()
        except DataSourceError as error:
            if matters:
                self._health.failed(error)
            raise
        except DataValidationError:
            self._health.answered()
            raise
        self._health.answered()
        return result

    def _with_own_retry(
        self, attempt: Callable[[], T], path: str, deadline: float
    ) -> Callable[[], T]:
        def wait_for_turn(seconds: float) -> bool:
            latest = deadline - _LEAST_SECONDS_FOR_A_RETRY
            return self._wait(seconds) or not self._limiter.take_turn(not_after=latest)

        def note_retry(error: DataSourceError, retry: int, delay_seconds: float) -> None:
            self._count("retries")
            _logger.warning(
                "order_flow.request_retried",
                extra={
                    "path": path.partition("?")[0],
                    "error_code": error.code,
                    "retry": retry,
                    "delay_seconds": delay_seconds,
                },
            )

        return with_retry(
            self._policy, wait=wait_for_turn, on_retry=note_retry, monotonic=self._monotonic
        )(attempt)

    def _in_its_turn(self, attempt: Callable[[], T], path: str, deadline: float) -> Callable[[], T]:
        """Keep a host's tries within the request limit and the budget of the question."""
        tried = False

        def try_once() -> T:
            nonlocal tried
            if tried:
                self._count("retries")
                latest = deadline - _LEAST_SECONDS_FOR_A_RETRY
                if not self._limiter.take_turn(not_after=latest):
                    raise DataSourceError(
                        f"{path.partition('?')[0]}: no turn is left for another try within "
                        f"{self._policy.budget_seconds:g} s",
                        code="no_answer",
                    )
            tried = True
            return attempt()

        return try_once

    def _ask_once(
        self,
        path: str,
        params: Mapping[str, Any] | None,
        read: Callable[[Answer], T],
        deadline: float,
    ) -> T:
        self._count("requests")
        answer = self._session.get(path, params, deadline=deadline)
        if answer.status == 200:
            return _read(answer, read, path.partition("?")[0])
        if answer.status == 429:
            raise self._handle_rate_limit(answer.headers)
        raise error_from_answer(answer.status, answer.body, path.partition("?")[0])

    def _count(self, name: str, number: int = 1) -> None:
        if number:
            with self._lock:
                self.counters[name] += number

    def _count_refused(self, kind: str, refused: Counter[str]) -> None:
        for reason, number in refused.items():
            self._count(f"{kind}.{reason}", number)

    def _handle_rate_limit(self, headers: Mapping[str, str]) -> RateLimitError:
        """Count a 429 and turn it into the error that carries the provider's Retry-After."""
        self._count("rate_limited")
        return rate_limit_error(headers, self._clock())


def _read(answer: Answer, read: Callable[[Answer], T], what: str) -> T:
    """Read an answer; whatever goes wrong there is an error of the provider's.

    Raises:
        DataSourceError: It cannot be read.
        DataValidationError: It must not be judged.
    """
    try:
        return read(answer)
    except OrderFlowError:
        raise
    except Exception as error:
        # A reader that fails is a defect of ours, and the thread that asks must outlive it.
        _logger.exception("order_flow.answer_not_read", extra={"path": what})
        raise shape_error(what) from error
