"""A question that blocks, asked on a thread of its own."""

from __future__ import annotations

import asyncio
import threading

import pytest

from trading_bot.positions.source import shown_number
from trading_bot.positions.threaded import threaded


def test_the_answer_comes_back_from_another_thread() -> None:
    # Given a question; when it is asked
    thread = asyncio.run(threaded(threading.current_thread))
    # Then it was asked elsewhere, on a thread that holds no process up
    assert thread is not threading.current_thread()
    assert thread.daemon


def test_what_the_question_raises_comes_back() -> None:
    # Given a question that fails
    def ask() -> None:
        raise KeyError("qty")

    # When it is asked, then who waits gets its error
    with pytest.raises(KeyError):
        asyncio.run(threaded(ask))


def test_a_question_can_be_given_up_while_it_blocks() -> None:
    # Given a question that blocks
    ends = threading.Event()

    async def asked() -> None:
        async with asyncio.timeout(0.01):
            await threaded(ends.wait)

    # When it is given up, then nobody waits for it
    with pytest.raises(TimeoutError):
        asyncio.run(asked())
    ends.set()


@pytest.mark.parametrize(
    ("number", "shown"),
    [("PA3X9K7LQ2", "...7LQ2"), ("12345", "...2345"), ("1234", "..."), ("", "...")],
)
def test_of_an_account_only_the_last_digits_are_shown(number: str, shown: str) -> None:
    # Given a number; when it is to be shown, then no short one is shown at all
    assert shown_number(number) == shown
