"""A bot's own `with_retry` in place of the client's: one layer asks again, and it is the bot's.

A bot's decorator knows the bot's errors only, so two lines translate: what may be asked again into
the bot's error, and what it gives up on back into ours.
"""

import threading
from collections.abc import Callable
from typing import Any

from trading_bot.order_flow import (
    DataSourceError,
    OrderFlowConfig,
    PolygonClient,
    RateLimitError,
    Retry,
)

Attempt = Callable[[], Any]


class RetriableError(Exception):
    """Stands for the bot's own error, which its `with_retry` tries again."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def with_retry(
    max_attempts: int = 3, base_delay: float = 1.0, pause: Callable[[float], object] | None = None
) -> Retry:
    """Stand for the bot's own decorator."""
    wait = pause or threading.Event().wait

    def decorate(function: Attempt) -> Attempt:
        def retried() -> Any:
            for attempt in range(1, max_attempts):
                try:
                    return function()
                except RetriableError as error:
                    wait(error.retry_after or base_delay * 2 ** (attempt - 1))
            return function()

        return retried

    return decorate


def as_client_retry(host_retry: Retry) -> Retry:
    """Return the bot's decorator as a layer that the client may use."""

    def layer(ask_once: Attempt) -> Attempt:
        def ask_in_the_bots_terms() -> Any:
            try:
                return ask_once()
            except DataSourceError as error:
                if not error.retryable:
                    raise
                after = error.retry_after_seconds if isinstance(error, RateLimitError) else None
                raise RetriableError(str(error), retry_after=after) from error

        retried = host_retry(ask_in_the_bots_terms)

        def ask() -> Any:
            try:
                return retried()
            except RetriableError as error:
                if isinstance(error.__cause__, DataSourceError):
                    raise error.__cause__ from None
                raise

        return ask

    return layer


def make_client(
    config: OrderFlowConfig, pause: Callable[[float], object] | None = None
) -> PolygonClient:
    """Return a client whose questions are asked again by the bot's decorator alone."""
    return PolygonClient(config, retry=as_client_retry(with_retry(pause=pause)))


if __name__ == "__main__":
    state, server_time = make_client(OrderFlowConfig.load()).get_market_state()
    print(state, server_time)
