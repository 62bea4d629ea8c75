"""Recordings, read line by line."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest
from support.account_values import left_out
from support.dbn_records import BOLT, OPEN_NS, book, header, mapped

from trading_bot.order_flow.capture.frame_files import FOLDER, PartWriter
from trading_bot.order_flow.capture.lines import (
    AnyLine,
    BookAt,
    BookLine,
    CaptureLine,
    Frames,
    HaltLine,
    Looked,
    QuoteLine,
    Started,
)
from trading_bot.order_flow.providers.databento.kept import FRAMES_END, RecordPacker
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
        (started(1, schema=5), r"was recorded by a newer version \(format 5\)"),
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


# Books that are in kept messages.


def kept_run(folder: Path, name: str, at_ns: int, *lines: CaptureLine) -> Path:
    """Write a file of the run `day`, whose messages hold a book of ACME and of BOLT."""
    begun = Started(3, at_ns, {"data_source": "databento"})
    return write(folder / name, begun, Frames("day"), *lines)


def keep_books(folder: Path) -> None:
    (folder / FOLDER).mkdir()
    part = PartWriter(
        folder / FOLDER,
        "day.part1",
        frames_end=FRAMES_END,
        data_source="databento",
        packer=RecordPacker(),
        head=header(),
    )
    rows = [book(OPEN_NS, sequence=1), book(OPEN_NS, instrument=BOLT, sequence=2)]
    part.keep(1, b"".join([mapped(), mapped("BOLT", BOLT), *rows]), OPEN_NS)
    part.close()


def test_a_book_that_is_named_is_read_from_the_messages(tmp_path: Path) -> None:
    # Given a capture that names a book of its messages
    keep_books(tmp_path)
    path = kept_run(tmp_path, "day.jsonl", 1, BookAt("ACME", OPEN_NS, 1, 1, 9), Looked(2))
    # When it is read
    lines, recordings = read(path)
    # Then the book is there in its place, with all its levels
    begun, found, looked = lines
    assert isinstance(begun, Started)
    assert isinstance(found, BookLine)
    assert (found.symbol, len(found.bids), found.received_ns) == ("ACME", 10, 9)
    assert looked == Looked(2)
    # And it is a row like any other
    assert recordings.account.quotes.read == 1


def test_a_run_that_goes_on_in_another_file_goes_on_in_its_messages(tmp_path: Path) -> None:
    # Given a run of two days
    keep_books(tmp_path)
    first = kept_run(tmp_path, "day.jsonl", 1, BookAt("ACME", OPEN_NS, 1, 1))
    second = kept_run(tmp_path, "next.jsonl", 2, BookAt("BOLT", OPEN_NS, 1, 2))
    # When both are read
    lines, _ = read(first, second)
    # Then the books of both are found
    assert [each.symbol for each in lines if isinstance(each, BookLine)] == ["ACME", "BOLT"]


def test_a_book_whose_message_was_not_kept_is_counted_as_lost(tmp_path: Path) -> None:
    # Given a capture that names a book which is not there, and one without any messages
    keep_books(tmp_path)
    lost = BookAt("ACME", OPEN_NS + 5, 1, 5)
    path = kept_run(tmp_path, "day.jsonl", 1, lost)
    other = write(tmp_path / "r.jsonl", Started(3, 2, {}), lost)
    # When they are read
    lines, recordings = read(path, other)
    # Then both are counted, by their files
    assert not any(isinstance(each, BookLine) for each in lines)
    account = recordings.account
    assert (account.quotes.read, account.lost("quotes")) == (2, 2)
    assert account.refused_in == {
        (path, "the frames", "not_kept"): 1,
        (other, "the frames", "not_kept"): 1,
    }


def test_books_of_other_symbols_are_counted_and_not_looked_for(tmp_path: Path) -> None:
    # Given a capture that names books of two symbols
    keep_books(tmp_path)
    wanted, other = BookAt("ACME", OPEN_NS, 1, 1), BookAt("BOLT", OPEN_NS, 1, 2)
    path = kept_run(tmp_path, "day.jsonl", 1, wanted, other)
    # When those of one are read
    lines, recordings = read(path, symbols=("ACME",))
    # Then the other's is left out
    assert [each.symbol for each in lines if isinstance(each, BookLine)] == ["ACME"]
    assert left_out(recordings.account) == {"other_symbol": 1}
