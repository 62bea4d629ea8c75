from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from trading_bot.order_flow.errors import DataSourceError, OrderFlowError
from trading_bot.order_flow.feed.history_workers import (
    WORKERS,
    Answered,
    HistoryWorkers,
    answer_to,
)


def asked(question: Callable[[], Any]) -> tuple[Answered[Any], bool]:
    """Let workers ask; return the answer, and whether it came to the thread of the loop."""

    async def run() -> tuple[Answered[Any], bool]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[Answered[Any], threading.Thread]] = loop.create_future()
        workers = HistoryWorkers()
        workers.ask(question, lambda found: answer.set_result((found, threading.current_thread())))
        async with asyncio.timeout(5):
            found, thread = await answer
        workers.close()
        return found, thread is threading.current_thread()

    return asyncio.run(run())


def test_an_answer_is_brought_to_the_event_loop() -> None:
    # Given a question that a thread of its own may ask
    threads: list[str] = []

    def question() -> int:
        threads.append(threading.current_thread().name)
        return 7

    # When it is asked
    answer, is_on_loop = asked(question)
    # Then a worker has asked it, and the loop takes the answer
    assert (answer, answer.code, is_on_loop) == (Answered(7), "", True)
    assert threads[0].startswith("order-flow-rest")


def raising(error: Exception) -> Callable[[], Any]:
    def question() -> Any:
        raise error

    return question


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataSourceError("slow", code="timeout"), "timeout"),
        (OrderFlowError("odd"), "error"),
        (RuntimeError("a defect"), "internal_error"),
    ],
)
def test_a_failure_is_an_answer_too(error: Exception, code: str) -> None:
    # Given a provider that fails, or code that does
    # When it is asked
    answer, _ = asked(raising(error))
    # Then the answer names it
    assert (answer.value, answer.code) == (None, code)


def test_a_defect_is_logged_once_with_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    # Given a question with a defect
    error = RuntimeError("a defect")
    # When it is asked
    with caplog.at_level(logging.ERROR):
        answer = answer_to(raising(error))
    # Then the log has the cause, and the answer its kind only
    (record,) = caplog.records
    assert record.msg == "order_flow.request_crashed"
    assert record.exc_info is not None
    assert record.exc_info[1] is error
    assert str(answer.error) == "internal error: RuntimeError"


@pytest.mark.parametrize("count", [WORKERS - 1, WORKERS, WORKERS + 1, 5 * WORKERS])
def test_every_question_is_answered_however_many_are_asked(count: int) -> None:
    # Given workers
    async def run() -> set[int]:
        answers: asyncio.Queue[Answered[int]] = asyncio.Queue()
        workers = HistoryWorkers()

        def ask(number: int) -> None:
            workers.ask(lambda: number, answers.put_nowait)

        # When questions are asked, all at once and then one more
        for number in range(count):
            ask(number)
        async with asyncio.timeout(5):
            found = {(await answers.get()).value for _ in range(count)}
            ask(count)
            found.add((await answers.get()).value)
        workers.close()
        return {each for each in found if each is not None}

    # Then each has its answer
    assert asyncio.run(run()) == set(range(count + 1))


def test_what_waits_for_its_turn_is_asked_no_more_once_closed() -> None:
    # Given a provider that answers nobody yet, and more questions than may be under way
    may_answer = threading.Event()
    asked_of_it: list[int] = []

    def question() -> None:
        asked_of_it.append(1)
        may_answer.wait(5)

    async def run() -> int:
        answers: asyncio.Queue[Answered[None]] = asyncio.Queue()
        workers = HistoryWorkers()
        for _ in range(2 * WORKERS):
            workers.ask(question, answers.put_nowait)
        # When they are closed before it answers
        workers.close()
        may_answer.set()
        async with asyncio.timeout(5):
            await answers.get()
        return len(asked_of_it)

    # Then the others are never asked
    assert asyncio.run(run()) <= WORKERS


def test_an_answer_after_the_loops_end_is_dropped() -> None:
    # Given workers whose loop has ended
    async def make() -> HistoryWorkers:
        return HistoryWorkers()

    workers = asyncio.run(make())
    # When an answer comes
    workers._bring(lambda: 1, lambda _: None)
    # Then nobody is there to take it, and nothing fails
    workers.close()
