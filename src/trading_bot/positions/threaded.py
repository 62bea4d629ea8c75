"""A question that blocks, asked on a thread of its own, so that an event loop can give it up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def threaded(ask: Callable[[], T]) -> T:
    """Ask on a thread that nobody waits for at the end of the process.

    Args:
        ask: The question; it is to end by itself in a bounded time.

    Returns:
        What it returns.

    Raises:
        Exception: Whatever it raises.
    """
    answer: Future[T] = Future()
    answer.set_running_or_notify_cancel()

    def run() -> None:
        try:
            found = ask()
        except BaseException as error:  # noqa: BLE001 - handed over, whatever it is
            answer.set_exception(error)
        else:
            answer.set_result(found)

    threading.Thread(target=run, name="order-flow-broker", daemon=True).start()
    return await asyncio.wrap_future(answer)
