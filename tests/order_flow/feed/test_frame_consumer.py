"""Who is told of what a frame did not bring."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from support.noting_sink import NotingSink

from trading_bot.order_flow.feed.frame_consumer import AHEAD_BYTES, FrameConsumer
from trading_bot.order_flow.feed.frame_queue import LARGE_FRAME_BYTES, FrameQueue
from trading_bot.order_flow.providers.polygon.stream_decode import PolygonDecoder

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

    def pieces(self, payload: bytes) -> Iterator[bytes]:
        """Take a large frame apart: pieces stand between semicolons, blanks fill it up."""
        if payload.startswith(b"no pieces"):
            raise RuntimeError("a defect")
        yield from payload.strip().split(b";")

    def symbols_of(self, payload: bytes, *, is_part: bool = False) -> set[str] | None:
        """Return the last word of each, or None for a frame that begins with `?`."""
        if payload.startswith(b"?"):
            return None
        words = payload.replace(b";", b",").split(b",")
        return {word.split()[-1].decode() for word in words if word.strip()}


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


def large(words: bytes) -> bytes:
    """Fill a frame up until it is judged in pieces."""
    return words.ljust(LARGE_FRAME_BYTES + 1)


@pytest.mark.parametrize("bound", [30, 10_000_000])
def test_a_large_frame_is_judged_in_its_place(bound: int) -> None:
    # Given a large frame between small ones, in a queue that is pressed, or is not
    # When all are judged
    told = told_of(
        b"trades A", large(b"trades B;trades C,lost D;quotes E"), b"trades B", bound=bound
    )
    # Then each piece is told in its place
    assert told == [
        ("trades", "A"),
        ("trades", "B"),
        ("lost", {"D"}),
        ("trades", "C"),
        ("quotes", "E"),
        ("trades", "B"),
    ]


def test_a_piece_that_the_code_crashes_on_costs_no_other() -> None:
    # Given a large frame with such a piece
    # When it is judged
    told = told_of(large(b"trades A;crash;trades B"), b"trades A")
    # Then what that piece held may be lost, and the others are judged
    assert told == [("trades", "A"), ("lost", {""}), ("trades", "B"), ("trades", "A")]


def test_a_large_frame_that_cannot_be_taken_apart_is_lost() -> None:
    # Given a large frame that the code crashes on before its first piece
    # When it is judged
    told = told_of(large(b"no pieces"), b"trades pieces")
    # Then it is lost, once, and the next one is judged
    assert told == [("lost", {""}), ("trades", "pieces")]


def test_others_get_their_turn_between_two_pieces() -> None:
    # Given a large frame of three pieces, an end and a small frame, and a clock by which each
    # piece uses a slice up
    turns: list[object] = []
    seconds = iter(range(100))

    async def run() -> None:
        queue = FrameQueue()
        consumer = FrameConsumer(
            queue,
            StubDecoder(),
            Counter(),
            on_end=lambda link: turns.append(("end", link)),
            on_lost=lambda symbols: None,
            on_refused=lambda kind, symbol: turns.append(symbol),
            on_room=lambda: turns.append("room"),
            steady_ns=lambda: next(seconds) * 1_000_000_000,
        )
        queue.put(large(b"trades A;trades B;trades C"), 7, 1)
        queue.put(None, 8, 1)
        queue.put(b"trades D", 9, 2)
        # When it is judged, and its age and bytes are looked at in each turn of the loop
        consumer.schedule()
        while len(queue):
            waiting = (queue.oldest_ns, queue.waiting_bytes > LARGE_FRAME_BYTES)
            if turns[-1:] != [waiting]:
                turns.append(waiting)
            await asyncio.sleep(0)

    asyncio.run(run())
    # Then the loop has its turns, and the frame waits in the queue until its last piece
    assert turns == [
        *((7, True), "room"),
        *((7, True), "A", "room"),
        *((7, True), "B", "room"),
        *((7, True), "C", "room"),
        *((7, True), "room"),
        *((8, False), ("end", 1), "room"),
        *((9, False), "D", "room"),
    ]


# -- what goes ahead of a large frame -------------------------------------------------------------


def test_frames_of_other_symbols_go_ahead_of_a_large_one() -> None:
    # Given a large frame, and frames of other symbols behind it
    # When they are judged
    told = told_of(large(b"trades A;trades B;trades A"), b"trades C", b"quotes D")
    # Then those come before its first piece
    assert [each[1] for each in told] == ["C", "D", "A", "B", "A"]


def test_a_symbols_frames_keep_their_order() -> None:
    # Given a large frame, one that shares a symbol with it, and one that shares one with that
    # When they are judged
    told = told_of(
        large(b"trades A;trades B"), b"quotes B,quotes C", b"trades C", b"trades D", b"quotes C"
    )
    # Then only what shares no symbol with any before it goes ahead
    assert told == [
        ("trades", "D"),
        ("trades", "A"),
        ("trades", "B"),
        ("quotes", "B"),
        ("quotes", "C"),
        ("trades", "C"),
        ("quotes", "C"),
    ]


@pytest.mark.parametrize("holds", [b"? C", None], ids=["unknown", "end"])
def test_nothing_goes_ahead_of_a_frame_of_which_it_is_not_known_whose_it_is(
    holds: bytes | None,
) -> None:
    # Given a large frame, then an unknown one or an end, then one of others
    turns: list[object] = []

    async def run() -> None:
        queue = FrameQueue()
        consumer = FrameConsumer(
            queue,
            StubDecoder(),
            Counter(),
            on_end=lambda _: turns.append("C"),
            on_lost=lambda _: None,
            on_refused=lambda _, symbol: turns.append(symbol),
            on_room=lambda: None,
        )
        for payload in (large(b"trades A;trades B"), holds, b"trades D"):
            queue.put(payload, 0, 1)
        # When they are judged
        consumer.drain_all()

    asyncio.run(run())
    # Then in their order
    assert turns == ["A", "B", "C", "D"]


def test_nothing_goes_ahead_of_two_large_frames_at_once() -> None:
    # Given two large frames, and one of others
    # When they are judged
    told = told_of(large(b"trades A;trades B"), large(b"trades C"), b"trades D")
    # Then it goes ahead of the second, once that is first
    assert [each[1] for each in told] == ["A", "B", "D", "C"]


def test_of_a_large_frame_whose_symbols_are_not_known_nothing_goes_ahead() -> None:
    # Given a large frame of which it cannot be told whose events it holds
    # When it and another are judged
    told = told_of(large(b"? A;trades B"), b"trades C")
    # Then in their order
    assert [each[1] for each in told] == ["A", "B", "C"]


def test_a_large_frame_goes_on_between_those_that_go_ahead() -> None:
    # Given a large frame, and more of others than are judged before its next piece
    others = [b"trades C".ljust(AHEAD_BYTES // 2 + 1)] * 3
    # When they are judged
    told = told_of(large(b"trades A;trades B"), *others, bound=10_000_000)
    # Then two go ahead of its first piece, and one of its second
    assert [each[1] for each in told] == ["C", "C", "A", "C", "B"]


def test_a_frame_that_crashes_ahead_of_a_large_one_costs_no_other() -> None:
    # Given a large frame, and one of others that the code crashes on
    # When they are judged
    told = told_of(large(b"trades A"), b"crash", b"trades C")
    # Then what that one held may be lost, and the others are judged
    assert told == [("lost", {""}), ("trades", "C"), ("trades", "A")]


def test_a_print_of_another_symbol_is_judged_before_those_of_a_large_frame() -> None:
    # Given a large frame of the provider, and then a frame with a print of another symbol
    def frame(symbol: str, prints: int) -> bytes:
        rows = [
            {"ev": "T", "sym": symbol, "p": 10.5, "s": 100, "t": 1_700_000_000_000, "q": number}
            for number in range(prints)
        ]
        return json.dumps(rows).encode()

    sink = NotingSink()

    async def run() -> None:
        queue = FrameQueue()
        consumer = FrameConsumer(
            queue,
            PolygonDecoder(sink, lambda *_: None, "shares"),
            Counter(),
            on_end=lambda _: None,
            on_lost=lambda _: None,
            on_refused=lambda *_: None,
            on_room=lambda: None,
        )
        queue.put(frame("ACME", 4_000), 0, 1)
        queue.put(frame("BOLT", 1), 0, 1)
        # When both are judged
        assert queue.first().is_large
        consumer.drain_all()

    asyncio.run(run())
    # Then it comes first, and all others follow
    symbols = [event.symbol for event in sink.events]
    assert symbols == ["BOLT", *["ACME"] * 4_000]
