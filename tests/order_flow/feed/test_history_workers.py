from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from support.monitor_stubs import StubClient, at, book, quote, trade

from trading_bot.order_flow.errors import DataSourceError, OrderFlowError
from trading_bot.order_flow.feed.history_workers import (
    WORKERS,
    BooksAnswer,
    GapAnswer,
    HistoryWorkers,
    _BooksQuestion,
)
from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent


def asked(client: StubClient, ask: Callable[[HistoryWorkers], None]) -> Any:
    """Let helpers ask, and return the first answer that they bring to the loop."""

    async def run() -> Any:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        helpers = HistoryWorkers(client, on_gap=answer.set_result, on_books=answer.set_result)
        ask(helpers)
        async with asyncio.timeout(5):
            found = await answer
        helpers.close()
        return found

    return asyncio.run(run())


def test_the_events_of_a_gap_are_brought_with_its_number() -> None:
    # Given a provider that knows a print and a quote
    events = [trade(1)], [quote(1)]
    client = StubClient(lambda *_: events)
    # When a gap is asked for
    answer = asked(client, lambda helpers: helpers.fetch_gap("ACME", 7, at(0), at(-1)))
    # Then both come, asked from their own stamps
    assert answer == GapAnswer("ACME", 7, *events)
    assert client.asked == [("ACME", at(0), at(-1))]


def test_the_books_of_silent_symbols_are_asked_for_at_once() -> None:
    # Given a provider with books
    client = StubClient()
    # When two symbols are asked for
    answer = asked(client, lambda helpers: helpers.fetch_books(("ACME", "BOLT")))
    # Then one answer holds both
    books = {"ACME": book(0, "ACME"), "BOLT": book(0, "BOLT")}
    assert answer == BooksAnswer(("ACME", "BOLT"), books)


def raising(error: Exception) -> Callable[..., Any]:
    def ask(*_: object) -> Any:
        raise error

    return ask


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataSourceError("slow", code="timeout"), "timeout"),
        (OrderFlowError("odd"), "OrderFlowError"),
        (RuntimeError("a defect"), "internal_error"),
    ],
)
def test_a_failure_is_brought_instead_of_events(error: Exception, code: str) -> None:
    # Given a provider that fails, or code that does
    client = StubClient(raising(error))
    # When a gap is asked for
    answer = asked(client, lambda helpers: helpers.fetch_gap("ACME", 7, 0, 0))
    # Then the answer names it
    assert (answer.symbol, answer.number, answer.error_code) == ("ACME", 7, code)


@pytest.mark.parametrize("error", [DataSourceError("slow"), RuntimeError("a defect")])
def test_a_failure_is_brought_instead_of_books(error: Exception) -> None:
    # Given a provider that fails, or code that does
    client = StubClient(books=raising(error))
    # When books are asked for
    answer = asked(client, lambda helpers: helpers.fetch_books(("ACME",)))
    # Then the answer holds the error
    assert (answer.symbols, answer.books, isinstance(answer.error, DataSourceError)) == (
        ("ACME",),
        {},
        True,
    )


@pytest.mark.parametrize("count", [WORKERS - 1, WORKERS, WORKERS + 1, 5 * WORKERS])
def test_every_gap_is_answered_however_many_are_asked_for(count: int) -> None:
    # Given a provider
    async def run() -> set[int]:
        answers: asyncio.Queue[GapAnswer] = asyncio.Queue()
        helpers = HistoryWorkers(StubClient(), on_gap=answers.put_nowait, on_books=lambda _: None)
        # When gaps are asked for, all at once and then one more
        for number in range(count):
            helpers.fetch_gap("ACME", number, 0, 0)
        async with asyncio.timeout(5):
            found = {(await answers.get()).number for _ in range(count)}
            helpers.fetch_gap("ACME", count, 0, 0)
            found.add((await answers.get()).number)
        helpers.close()
        return found

    # Then each has its answer
    assert asyncio.run(run()) == set(range(count + 1))


def test_what_waits_for_its_turn_is_asked_no_more_once_closed() -> None:
    # Given a provider that answers nobody yet, and more questions than may be under way
    may_answer = threading.Event()

    def tape(*_: object) -> tuple[list[TradeEvent], list[QuoteEvent]]:
        may_answer.wait(5)
        return [], []

    client = StubClient(tape)

    async def run() -> int:
        answers: asyncio.Queue[GapAnswer] = asyncio.Queue()
        helpers = HistoryWorkers(client, on_gap=answers.put_nowait, on_books=lambda _: None)
        for number in range(2 * WORKERS):
            helpers.fetch_gap("ACME", number, 0, 0)
        # When they are closed before it answers
        helpers.close()
        may_answer.set()
        async with asyncio.timeout(5):
            await answers.get()
        return len(client.asked)

    # Then the others are never asked
    assert asyncio.run(run()) <= WORKERS


def test_an_answer_after_the_loops_end_is_dropped() -> None:
    # Given helpers whose loop has ended
    async def make() -> HistoryWorkers:
        return HistoryWorkers(StubClient(), on_gap=lambda _: None, on_books=lambda _: None)

    helpers = asyncio.run(make())
    # When an answer comes
    helpers._bring(_BooksQuestion(()))
    # Then nobody is there to take it, and nothing fails
    helpers.close()
