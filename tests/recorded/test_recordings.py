"""Recordings, read line by line."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest
from support.account_values import left_out

from trading_bot.order_flow.capture.lines import (
    AnyLine,
    CaptureLine,
    HaltLine,
    Looked,
    QuoteLine,
    Started,
)
from trading_bot.recorded.recordings import Recordings

QUOTE = QuoteLine("ACME", 1, 1, 1, 2, 1)


def started(at_ns: int, schema: int = 1) -> Started:
    return Started(schema, at_ns, {})


def write(path: Path, *lines: CaptureLine | HaltLine | bytes, cut: int | None = None) -> Path:
    data = b"".join(
        (line if isinstance(line, bytes) else msgspec.json.encode(line)) + b"\n" for line in lines
    )
    path.write_bytes((gzip.compress(data) if path.suffix == ".gz" else data)[:cut])
    return path


def read(*paths: Path, symbols: tuple[str, ...] = ()) -> tuple[list[AnyLine], Recordings]:
    recordings = Recordings(paths, symbols)
    return list(recordings.lines()), recordings


def test_files_are_read_in_the_order_in_which_they_were_begun(tmp_path: Path) -> None:
    # Given two runs whose names sort the other way, one of them unpacked
    later = write(tmp_path / "a.jsonl.gz", started(5), Looked(6))
    earlier = write(tmp_path / "b.jsonl", started(1), Looked(2))
    # When both are read
    lines, recordings = read(later, earlier)
    # Then the earlier run comes first
    assert lines == [started(1), Looked(2), started(5), Looked(6)]
    assert (recordings.paths, recordings.first) == ((earlier, later), started(1))
    sizes = later.stat().st_size + earlier.stat().st_size
    assert (recordings.rows_read, recordings.bytes_read) == (4, sizes)


def test_a_line_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    # Given a broken line and one of an unknown kind
    path = write(tmp_path / "r.jsonl", started(1), b"{broken", b'{"kind":"later"}', Looked(2))
    # When the file is read
    lines, recordings = read(path)
    # Then both are counted and the others are there
    assert (lines, left_out(recordings.account)) == ([started(1), Looked(2)], {"malformed": 2})


def test_a_file_without_its_end_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    # Given a packed file that a killed process left
    path = tmp_path / "r.jsonl.gz"
    with gzip.GzipFile(path, "wb") as stream:
        stream.write(msgspec.json.encode(started(1)) + b"\n" + msgspec.json.encode(QUOTE) + b"\n")
        stream.flush()
        kept = path.stat().st_size
    path.write_bytes(path.read_bytes()[:kept])
    # When it is read
    lines, recordings = read(path)
    # Then what was flushed is there, and the lack is counted
    assert (lines, recordings.account.notes) == ([started(1), QUOTE], {"files_cut_off": 1})


def test_events_of_other_symbols_are_counted_and_left_out(tmp_path: Path) -> None:
    # Given events of two symbols
    other = QuoteLine("BOLT", 1, 1, 1, 2, 1)
    halt = HaltLine("BOLT", 1, halted=True)
    path = write(tmp_path / "r.jsonl", started(1), QUOTE, other, halt, Looked(2))
    # When one is wanted
    lines, recordings = read(path, symbols=("ACME",))
    # Then what is no event stays, and of the others only a trade or a quote is a row
    assert lines == [started(1), QUOTE, Looked(2)]
    assert left_out(recordings.account) == {"other_symbol": 1}


@pytest.mark.parametrize(
    ("first", "complaint"),
    [
        (b"{broken", "its first line"),
        (b'{"event":"order_flow.monitoring_started"}', "its first line"),
        (Looked(1), "does not begin as a recording"),
        (started(1, schema=3), r"was recorded by a newer version \(format 3\)"),
    ],
)
def test_anything_else_is_refused_by_name(
    tmp_path: Path, first: CaptureLine | bytes, complaint: str
) -> None:
    # Given a file that is no recording, or one of a later version
    path = write(tmp_path / "r.jsonl", first)
    # When it is opened
    # Then the error names it
    with pytest.raises(ValueError, match=rf"r\.jsonl .*{complaint}"):
        Recordings([path])
