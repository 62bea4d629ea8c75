"""Records that are kept in a file come out of it as they went in."""

from __future__ import annotations

import io
from collections.abc import Iterator

import databento_dbn as dbn
import pytest
from support.dbn_records import (
    BEAT_OF_FIRST_VERSION,
    OPEN_NS,
    book,
    failure,
    header,
    mapped,
    replayed,
    status,
    trade,
)
from support.monitor_stubs import HandClock

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.databento import kept
from trading_bot.order_flow.providers.databento.kept import RecordPacker, unpacked_records
from trading_bot.order_flow.providers.databento.provider import make_provider
from trading_bot.order_flow.providers.provider import HeadedStream, KeepsFrames
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.order_flow.providers.supervision.stream_events import StreamEvent

RECORDS = [mapped(), book(), trade(), book(OPEN_NS + 1, sequence=2), status(8), replayed()]


class Nobody:
    """Whoever takes what a stream brings; nothing comes."""

    def on_frame(self, payload: bytes, link: int) -> bool:
        raise NotImplementedError

    def on_cut(self, link: int) -> None:
        raise NotImplementedError

    def on_subscribed(self, symbols: list[str]) -> None:
        raise NotImplementedError

    def on_stream_event(self, event: StreamEvent) -> None:
        raise NotImplementedError

    def on_said(self, reason: str, sentence: str) -> None:
        raise NotImplementedError


def packed(*messages: bytes, head: bytes = b"") -> bytes:
    packer = RecordPacker()
    written = packer.pack(head or header())
    written += b"".join(map(packer.pack, messages))
    return written + packer.flush() + packer.finish()


def unpacked(content: bytes) -> bytes:
    return b"".join(unpacked_records(io.BytesIO(content)))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_records_come_out_as_they_went_in(version: int) -> None:
    # Given records of each kind, and a header of each version
    records = [*RECORDS, failure("no", 4)] if version > 1 else [book(), BEAT_OF_FIRST_VERSION]
    # When they are packed and unpacked
    content = packed(*records, head=header(version=version))
    # Then they are the same bytes, without the header
    assert unpacked(content) == b"".join(records)


def test_a_record_whose_fields_cannot_be_is_kept_too() -> None:
    # Given a record whose action and side are nothing
    odd = bytearray(book())
    odd[28:30] = b"\xff\x00"
    # When it is packed and unpacked, then it is the same
    assert unpacked(packed(bytes(odd), book())) == bytes(odd) + book()


def test_databento_itself_reads_the_file() -> None:
    # Given a file
    content = packed(*RECORDS)
    # When the provider's own decoder reads it
    decoder = dbn.DBNDecoder(compression=dbn.Compression.ZSTD)  # type: ignore[arg-type]  # the stub has a text
    decoder.write(content)
    first, *others = decoder.decode()
    # Then its header and its records are there
    assert isinstance(first, dbn.Metadata)
    assert [bytes(each) for each in others if isinstance(each, dbn.MBP10Msg)] == RECORDS[1:4]


def test_what_is_flushed_is_read_where_the_end_is_missing() -> None:
    # Given a file that was flushed, and whose process has died
    packer = RecordPacker()
    content = packer.pack(header()) + packer.pack(b"".join(RECORDS)) + packer.flush()
    # When it is read, then all is there
    assert unpacked(content) == b"".join(RECORDS)


def test_a_torn_file_is_read_up_to_its_end() -> None:
    # Given files torn at every place
    records = b"".join(book(OPEN_NS + n, sequence=n) for n in range(50))
    content = packed(records)
    # When they are read
    for end in range(0, len(content), 7):
        found = unpacked(content[:end])
        # Then whole records come, up to there
        assert records.startswith(found)
        assert len(found) % len(book()) == 0


def test_a_file_that_is_none_is_damaged() -> None:
    # Given bytes that nobody packed
    with pytest.raises(EOFError, match="it is damaged"):
        # When they are read, then that is said
        unpacked(b"no such file" * 100)


def test_what_is_no_record_is_refused() -> None:
    # Given a packer
    packer = RecordPacker()
    # When it is given what does not begin as a file does, then it says so
    with pytest.raises(DataSourceError) as caught:
        packer.pack(b"nothing of the kind" * 10)
    assert caught.value.code == "undecodable"


class _Interrupting:
    """A library that is interrupted by Ctrl-C."""

    def write(self, _data: bytes) -> None:
        raise KeyboardInterrupt


def test_an_interrupt_is_none_of_its_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a library that is interrupted
    packer = RecordPacker()
    monkeypatch.setattr(packer, "_transcoder", _Interrupting())
    monkeypatch.setattr(kept, "DBNDecoder", lambda **_: _Interrupting())
    # When a record is packed or unpacked, then the interrupt goes on
    with pytest.raises(KeyboardInterrupt):
        packer.pack(book())
    pieces: Iterator[bytes] = unpacked_records(io.BytesIO(b"some"))
    with pytest.raises(KeyboardInterrupt):
        next(pieces)


def test_the_provider_says_how_its_records_are_kept() -> None:
    # Given the provider and its stream
    found = make_provider(
        OrderFlowConfig(data_source="databento"),
        clock=HandClock(),
        secrets=Secrets({}, env_file=None),
    )
    # When they are asked, then they can keep records
    assert isinstance(found, KeepsFrames)
    assert found.frames_end == ".dbn.zst"
    assert b"".join(found.unpacked_frames(io.BytesIO(packed(book())))) == book()
    stream: object = found.open_stream(Nobody())
    assert isinstance(stream, HeadedStream)
    assert stream.frames_head == b""


def test_databento_s_own_client_reads_the_file() -> None:
    # Given a file
    client = pytest.importorskip("databento", reason="the provider's client is not installed")
    # When the provider's client opens it
    store = client.DBNStore.from_bytes(packed(*RECORDS))
    # Then it knows the dataset, and every record is there
    assert store.dataset == "XNAS.ITCH"
    assert [type(each).__name__ for each in store] == [
        "SymbolMappingMsg",
        "MBP10Msg",
        "MBP10Msg",
        "MBP10Msg",
        "StatusMsg",
        "SystemMsg",
    ]
