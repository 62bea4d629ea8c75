"""What comes packed is unpacked as it comes, and within bounds."""

from __future__ import annotations

from typing import Any

import pytest
from support.dbn_records import DATASET, KEY, book, header
from support.fake_zstd import LIBRARIES, packed, use_library, use_none

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.databento import packed as module
from trading_bot.order_flow.providers.databento.packed import (
    MOST_FOR_FREE_BYTES,
    MOST_TIMES,
    MOST_WINDOW_BYTES,
    PIECE_BYTES,
    SLICE_BYTES,
    Unpacker,
    can_unpack,
    wanted,
)
from trading_bot.order_flow.providers.databento.session import LetIn, Output, Records, Send, Session

GREETING = b"lsg_version=0.4.2\ncram=c0ffee\n"
WELCOME = b"success=1|session_id=17\n"


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    return use_library(monkeypatch, str(request.param))


def started(unpacker: Unpacker) -> Session:
    """Return a packed session that was started."""
    session = Session(KEY, DATASET, unpacker=unpacker)
    list(session.receive(GREETING + WELCOME))
    session.start()
    return session


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_it_does_not_matter_how_packed_bytes_are_divided(step: int) -> None:
    # Given frames, some bytes at a time
    content = packed(bytes(range(250)) * 20)
    unpacker = Unpacker()
    # When they are unpacked
    found = b"".join(
        b"".join(unpacker.unpack(content[place : place + step]))
        for place in range(0, len(content), step)
    )
    # Then the content is there
    assert found == bytes(range(250)) * 20


@pytest.mark.usefixtures("library")
def test_what_came_before_damage_is_given() -> None:
    # Given a frame, and then none
    unpacker = Unpacker()
    found: list[bytes] = []
    # When they are unpacked, then it is refused as bytes that are no record
    with pytest.raises(DataSourceError) as refused:
        found += unpacker.unpack(packed(b"good") + b"bad, and longer than a magic")
    assert (refused.value.code, refused.value.retryable) == ("undecodable", True)
    # And the good one is not lost
    assert found == [b"good"]


class Blown:
    """A frame that makes much of little."""

    eof = False

    def __init__(self, plain: bytes) -> None:
        self._plain = plain

    def decompress(self, packed: bytes) -> bytes:
        return self._plain


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(("beyond", "is_refused"), [(0, False), (1, True)])
def test_what_is_packed_to_far_less_than_records_are_is_refused(
    monkeypatch: pytest.MonkeyPatch, beyond: int, is_refused: bool
) -> None:
    # Given bytes that stand for just as many as they may, or for one more
    most = MOST_FOR_FREE_BYTES + MOST_TIMES * SLICE_BYTES
    monkeypatch.setattr(module, "begin_frame", lambda *_: Blown(bytes(most + beyond)))
    unpacker = Unpacker()
    # When they are unpacked, then it is refused beyond
    if is_refused:
        with pytest.raises(DataSourceError, match="packed to far less"):
            list(unpacker.unpack(bytes(SLICE_BYTES)))
    else:
        assert sum(map(len, unpacker.unpack(bytes(SLICE_BYTES)))) == most


@pytest.mark.usefixtures("library")
def test_much_is_given_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given slices of which two make a piece
    monkeypatch.setattr(module, "begin_frame", lambda *_: Blown(bytes(PIECE_BYTES // 2)))
    # When five are unpacked
    pieces = list(Unpacker().unpack(bytes(5 * SLICE_BYTES)))
    # Then two pieces come, and what is left
    assert [len(each) for each in pieces] == [PIECE_BYTES, PIECE_BYTES, PIECE_BYTES // 2]


def test_a_frame_may_not_ask_for_more_memory(library: Any) -> None:
    # Given either library
    # When an unpacker begins, then the library is told its limit
    assert Unpacker()._frame.limit == MOST_WINDOW_BYTES


def test_without_a_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given neither library
    use_none(monkeypatch)
    # When a session is to be packed, then the extra is named
    assert not can_unpack()
    with pytest.raises(ValueError, match=r"trading-bot-order-flow\[zstd\]"):
        Unpacker()


@pytest.mark.parametrize(
    ("setting", "symbols", "has_library", "how"),
    [
        ("auto", 10, True, "none"),
        ("auto", 11, True, "zstd"),
        ("auto", 11, False, "none"),
        ("none", 500, True, "none"),
        ("zstd", 1, True, "zstd"),
    ],
)
def test_it_is_packed_beyond_ten_symbols_or_as_is_said(
    monkeypatch: pytest.MonkeyPatch, setting: str, symbols: int, has_library: bool, how: str
) -> None:
    # Given a library, or none
    use_library(monkeypatch, LIBRARIES[1]) if has_library else use_none(monkeypatch)
    # When it is asked how a session is to be packed
    # Then many symbols are, where that can be unpacked, and whatever was said
    assert wanted(setting, symbols) == how


@pytest.mark.usefixtures("library")
def test_a_packed_session_is_asked_for_and_read() -> None:
    # Given a packed session
    session = Session(KEY, DATASET, unpacker=Unpacker())
    (asked,) = session.receive(GREETING)
    # When header and records come packed, byte by byte
    found: list[Output] = []
    for byte in WELCOME:
        found += session.receive(bytes((byte,)))
    session.start()
    for byte in packed(header() + book()) + packed(book(sequence=2)):
        found += session.receive(bytes((byte,)))
    # Then it was asked for so, and the records are there
    assert isinstance(asked, Send)
    assert b"|compression=zstd|" in asked.line
    assert found == [LetIn(), Records(book()), Records(book(sequence=2))]


@pytest.mark.usefixtures("library")
def test_the_beginning_of_records_may_come_with_the_last_line() -> None:
    # Given a session whose client starts as soon as it is let in
    session = Session(KEY, DATASET, unpacker=Unpacker())
    list(session.receive(GREETING))
    found = []
    # When the welcome and the packed header come at once
    for output in session.receive(WELCOME + packed(header() + book())):
        found.append(output)
        if isinstance(output, LetIn):
            session.start()
    # Then both are read
    assert found == [LetIn(), Records(book())]


@pytest.mark.usefixtures("library")
def test_damage_ends_a_packed_session_as_bytes_that_are_no_record() -> None:
    # Given a packed session that was started
    session = started(Unpacker())
    list(session.receive(packed(header())))
    # When what comes is no packed data
    with pytest.raises(DataSourceError) as refused:
        list(session.receive(b"no frame at all"))
    # Then it is over, as after bytes that are no record
    assert (refused.value.code, session.state) == ("undecodable", "ended")
    assert list(session.receive(packed(book()))) == []


def pieces_of(packed: bytes) -> list[int]:
    """Unpack something; return how long each piece was that was given."""
    return [len(each) for each in Unpacker().unpack(packed)]


def test_the_library_itself_is_read_as_bytes_come() -> None:
    # Given the package itself, and records packed by it without an end
    real = pytest.importorskip("zstandard", reason="the extra `zstd` is not installed")
    content = b"".join(book(sequence=n) for n in range(1, 500))
    compressor = real.ZstdCompressor().compressobj()
    flushed = compressor.compress(content) + compressor.flush(real.COMPRESSOBJ_FLUSH_BLOCK)
    # When they are unpacked byte by byte
    unpacker = Unpacker()
    found = b"".join(b"".join(unpacker.unpack(bytes((each,)))) for each in flushed)
    # Then they are there before the frame has ended
    assert found == content
    # And damage is refused
    with pytest.raises(DataSourceError, match="damaged as Zstandard"):
        pieces_of(b"no frame at all, and long enough to be one")


def test_neither_a_bomb_nor_a_frame_that_asks_for_much_memory_is_unpacked() -> None:
    # Given the package itself
    real = pytest.importorskip("zstandard", reason="the extra `zstd` is not installed")
    # When a few bytes that stand for a quarter of a gigabyte are unpacked, then they are refused
    with pytest.raises(DataSourceError, match="packed to far less"):
        pieces_of(real.ZstdCompressor().compress(bytes(1 << 28)))
    # And so is a frame that asks for more memory than it may
    asks = real.ZstdCompressionParameters(window_log=25)
    greedy = real.ZstdCompressor(compression_params=asks).compressobj()
    with pytest.raises(DataSourceError, match="damaged as Zstandard"):
        pieces_of(greedy.compress(bytes(1 << 26)) + greedy.flush())
