"""Who asks a provider's history, in ways that tell a test when nothing is awaited any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from trading_bot.order_flow.feed.history_workers import Answered, HistoryWorkers, answer_to


class HistoryAtOnce:
    """In place of threads: each answer comes at the next turn of the event loop.

    Attributes:
        under_way: Questions whose answers were not taken yet.
    """

    def __init__(self) -> None:
        self.under_way = 0

    def ask(self, question: Callable[[], Any], on_answer: Callable[[Any], None]) -> None:
        self.under_way += 1
        asyncio.get_running_loop().call_soon(self._bring, question, on_answer)

    def close(self) -> None:
        """Nothing is kept open."""

    def _bring(self, question: Callable[[], Any], on_answer: Callable[[Any], None]) -> None:
        self.under_way -= 1
        on_answer(answer_to(question))


class CountedWorkers(HistoryWorkers):
    """Threads that ask, as live.

    Attributes:
        under_way: Questions whose answers were not taken yet.
    """

    def __init__(self) -> None:
        super().__init__()
        self.under_way = 0

    def ask(self, question: Callable[[], Any], on_answer: Callable[[Answered[Any]], None]) -> None:
        def take(answer: Answered[Any]) -> None:
            self.under_way -= 1
            on_answer(answer)

        self.under_way += 1
        super().ask(question, take)
