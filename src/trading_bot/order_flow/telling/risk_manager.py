"""A host's risk manager as a listener like any other: every method optional, every failure told."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, Final

from ..data_models import OrderFlowAlert
from ..diagnostics import get_logger, told
from ..notices import GuardState
from ..recommendation import ExitRecommendation
from .guard_events import GuardEvent

METHODS: Final = ("on_exit_recommendation", "on_order_flow_alert", "on_guard_state")
_LONGEST_WORDS: Final = 200

_logger = get_logger(__name__)


class RiskManagerOutlet:
    """Calls the methods that a host's risk manager has; what it raises never leaves here.

    Args:
        risk_manager: Has one or more of `on_exit_recommendation(exit)`,
            `on_order_flow_alert(alert)` and `on_guard_state(state)`. They are plain functions: who
            has an event loop reads `guard.events()` on it instead.
        on_failure: Told of the symbol concerned, or None, and of what went wrong.

    Raises:
        ValueError: It has none of the methods, or one that is asynchronous or cannot be called.
    """

    def __init__(self, risk_manager: object, on_failure: Callable[[str | None, str], None]) -> None:
        self._methods = {
            name: _checked(name, method)
            for name in METHODS
            if (method := getattr(risk_manager, name, None)) is not None
        }
        if not self._methods:
            raise ValueError(
                f"risk_manager={type(risk_manager).__name__} has none of {', '.join(METHODS)}"
            )
        self._on_failure = on_failure

    def __call__(self, event: GuardEvent) -> None:
        """Tell the risk manager, where it has a method for this."""
        name = _method_for(event)
        method = self._methods.get(name)
        # It is not told that it failed itself: it might fail at that again, for ever.
        if method is None or (isinstance(event, GuardState) and _is_own_failure(event)):
            return
        try:
            answer = method(event)
        except BaseException as error:  # a host's code must not end the protection
            _logger.exception("order_flow.risk_manager_failed", extra={"method": name})
            self._fail(event, f"{name} raised {type(error).__name__}: {error}")
        else:
            if inspect.iscoroutine(answer) or asyncio.isfuture(answer):
                if inspect.iscoroutine(answer):
                    answer.close()
                self._fail(event, f"{name} returned an awaitable: nothing was done")

    def _fail(self, event: GuardEvent, words: str) -> None:
        self._on_failure(event.symbol, told(words, _LONGEST_WORDS))


def _checked(name: str, method: Any) -> Callable[[Any], object]:
    if not callable(method):
        raise ValueError(f"risk_manager.{name} must be a method")
    if inspect.iscoroutinefunction(method):
        raise ValueError(
            f"risk_manager.{name} is asynchronous, and nobody would await it: make it a plain "
            "method, or read `async for event in guard.events()`"
        )
    found: Callable[[Any], object] = method
    return found


def _method_for(event: GuardEvent) -> str:
    if isinstance(event, ExitRecommendation):
        return "on_exit_recommendation"
    return "on_order_flow_alert" if isinstance(event, OrderFlowAlert) else "on_guard_state"


def _is_own_failure(event: GuardState) -> bool:
    return event.kind == "risk_manager_failed"
