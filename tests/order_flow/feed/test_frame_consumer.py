"""Who is told of what a frame did not bring."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from trading_bot.order_flow.feed.frame_consumer import FrameConsumer
from trading_bot.order_flow.feed.frame_queue import FrameQueue

Told = list[tuple[str, object]]


class StubDecoder:
    """Refuses or cannot read what each frame says that it shall."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self.lost: set[str] = set()
        self.refused_rows: Counter[tuple[str, str]] = Counter()

    def decode(self, payload: bytes, received_ns: int, link: int) -> None:
        """Take a frame of words: `crash`, `lost SYMBOL`, or `KIND SYMBOL` of a refused row."""
        for word in payload.decode().split(","):
            if word == "crash":
                raise RuntimeError("a defect")
            kind, symbol = word.split()
            if kind == "lost":
                self.lost.add(symbol)
            else:
                self.refused_rows[kind, symbol] += 1

    def decode_conflated(self, payloads: Sequence[bytes], received_ns: int, link: int) -> int:
        for payload in payloads:
            self.decode(payload, received_ns, link)
        return 0


def told_of(*payloads: bytes, bound: int = 10_000) -> Told:
    """Return what was told of frames: of lost symbols and of refused rows, in order."""
    told: Told = []

    async def run() -> None:
        queue = FrameQueue(bound)
        consumer = FrameConsumer(
            queue,
            StubDecoder(),
            Counter(),
            on_end=lambda link: told.append(("end", link)),
            on_lost=lambda symbols: told.append(("lost", symbols)),
            on_refused=lambda kind, symbol: told.append((kind, symbol)),
            on_room=lambda: None,
        )
        for payload in payloads:
            queue.put(payload, 0, 1)
        consumer.drain_all()

    asyncio.run(run())
    return told


def test_each_row_that_could_not_be_used_is_told_once() -> None:
    # Given a frame with two refused prints and a refused quote, and one without
    # When both are judged
    told = told_of(b"trades ACME,trades ACME,quotes BOLT", b"lost BOLT")
    # Then each row is told for itself, right after its frame
    assert told == [
        ("trades", "ACME"),
        ("trades", "ACME"),
        ("quotes", "BOLT"),
        ("lost", {"BOLT"}),
    ]


def test_what_was_refused_before_a_defect_is_told_too() -> None:
    # Given a frame that the code crashes on, behind a refused row
    # When it is judged
    told = told_of(b"trades ACME,crash", b"quotes BOLT")
    # Then all that it held may be lost, the row is told, and the next frame is its own
    assert told == [("lost", {""}), ("trades", "ACME"), ("quotes", "BOLT")]


@pytest.mark.parametrize("bound", [30, 10_000])
def test_under_pressure_refused_rows_are_told_as_well(bound: int) -> None:
    # Given a queue that is pressed, or is not
    # When frames with refused rows are judged
    told = told_of(b"trades ACME", b"quotes ACME", bound=bound)
    # Then each row is told
    assert told == [("trades", "ACME"), ("quotes", "ACME")]
