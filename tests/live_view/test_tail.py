"""The live file and the record are read as they grow: whole lines, once each, whatever happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.live_market import (
    LiveFolder,
    alert_line,
    append,
    live_beat,
    live_row,
    write_lines,
)
from support.monitor_stubs import at

from trading_bot.live_view import followed, tail
from trading_bot.live_view.tail import LiveTail, RecordTail
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.journal.lines import line_bytes
from trading_bot.order_flow.live_file.lines import LiveBeat, encode_beat


def whole(seconds: float = 0.0, **changes: Any) -> LiveBeat:
    return live_beat(live_row(), seconds=seconds, whole=True, **changes)


def numbers(beats: list[LiveBeat]) -> list[int]:
    return [each.number for each in beats]


def test_a_folder_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    # Given a tail of a folder that nobody has made
    reader = LiveTail(tmp_path / "live")
    before = reader.read()
    # When a guard begins to write there
    LiveFolder(tmp_path / "live").begin(whole())
    # Then nothing was read before, and its beat after
    assert before == []
    assert reader.read() == [whole()]


def test_every_beat_is_read_once(tmp_path: Path) -> None:
    # Given a segment of two beats
    folder = LiveFolder(tmp_path)
    folder.begin(whole())
    folder.put(live_beat(seconds=0.25))
    reader = LiveTail(tmp_path)
    # When it is read, one more comes, and it is read twice
    first = reader.read()
    folder.put(live_beat(seconds=0.5))
    # Then each came once, in order
    assert (numbers(first), numbers(reader.read()), reader.read()) == ([1, 2], [3], [])


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    # Given a segment whose last line is written by halves
    folder = LiveFolder(tmp_path)
    path = folder.begin(whole())
    line = encode_beat(live_beat(seconds=0.25))
    reader = LiveTail(tmp_path)
    append(path, line[:20])
    first = reader.read()
    # When the rest comes
    append(path, line[20:])
    # Then it is read then, as a whole
    assert (numbers(first), numbers(reader.read()), reader.unreadable) == ([1], [2], 0)


def test_it_begins_with_the_newest_segment(tmp_path: Path) -> None:
    # Given two segments
    folder = LiveFolder(tmp_path)
    folder.begin(whole())
    folder.begin(whole(900))
    # When the folder is read
    # Then the newest alone counts
    assert LiveTail(tmp_path).read() == [whole(900)]


def test_for_history_it_begins_with_the_oldest_segment_and_goes_on_through_all(
    tmp_path: Path,
) -> None:
    # Given three segments, and a file that is none
    folder = LiveFolder(tmp_path)
    for seconds in (0, 900, 1_800):
        folder.begin(whole(seconds))
    append(tmp_path / "live-1.jsonl", b"{}\n")
    # When they are read from the oldest on
    reader = LiveTail(tmp_path, from_oldest=True)
    # Then all are there, in order
    assert [reader.read() for _ in range(4)] == [[whole()], [whole(900)], [whole(1_800)], []]


def test_what_was_written_before_the_next_segment_began_is_read_first(tmp_path: Path) -> None:
    # Given a segment that was read
    folder = LiveFolder(tmp_path)
    folder.begin(whole())
    reader = LiveTail(tmp_path)
    reader.read()
    # When a last beat comes, and then the next segment
    folder.put(live_beat(seconds=0.25))
    folder.begin(whole(0.5))
    # Then both come in their order
    assert [*numbers(reader.read()), *numbers(reader.read())] == [2, 3]


def test_a_beat_that_comes_between_a_look_and_the_next_segment_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a segment that was read, and a writer that goes on just while names are listed
    folder = LiveFolder(tmp_path)
    path = folder.begin(whole())
    reader = LiveTail(tmp_path)
    reader.read()
    names = tail._names

    def names_meanwhile(*arguments: Any) -> list[str]:
        if folder.segment == path:
            folder.put(live_beat(seconds=0.25))
            folder.begin(whole(0.5))
        return names(*arguments)

    monkeypatch.setattr(tail, "_names", names_meanwhile)
    # When it is read
    # Then the last beat of the old segment comes before the new one
    assert [*numbers(reader.read()), *numbers(reader.read())] == [2, 3]


def test_a_segment_that_was_written_anew_is_read_from_its_start(tmp_path: Path) -> None:
    # Given a segment that was read
    folder = LiveFolder(tmp_path)
    path = folder.begin(whole())
    reader = LiveTail(tmp_path)
    reader.read()
    # When it is cut short, or written anew as long as it was
    path.write_bytes(b"")
    shortened = reader.read()
    path.write_bytes(encode_beat(whole(run="f" * 16)) + encode_beat(live_beat(seconds=0.25)))
    # Then it is read from its start
    assert shortened == []
    assert numbers(reader.read()) == [1, 2]


def test_a_segment_that_was_replaced_is_read_from_its_start(tmp_path: Path) -> None:
    # Given a segment that was read
    folder = LiveFolder(tmp_path)
    path = folder.begin(whole())
    reader = LiveTail(tmp_path)
    reader.read()
    # When another file of the same first bytes takes its name
    beside = append(tmp_path / "new", encode_beat(whole()) + encode_beat(live_beat(seconds=1)))
    beside.replace(path)
    # Then it is read from its start
    assert numbers(reader.read()) == [1, 5]


def test_after_its_segment_has_gone_it_takes_the_newest_that_is_there(tmp_path: Path) -> None:
    # Given a reader of the newer of two segments
    folder = LiveFolder(tmp_path)
    folder.begin(whole())
    newer = folder.begin(whole(900))
    reader = LiveTail(tmp_path)
    reader.read()
    # When that one is deleted, and then all are, and a guard begins anew
    newer.unlink()
    older = reader.read()
    for path in tmp_path.iterdir():
        path.unlink()
    nothing = reader.read()
    folder.begin(whole(901))
    # Then what is there is read
    assert (older, nothing, reader.read()) == ([whole()], [], [whole(901)])


def test_a_damaged_line_costs_itself(tmp_path: Path) -> None:
    # Given a segment with lines that are no beats
    folder = LiveFolder(tmp_path)
    path = folder.begin(whole())
    append(path, b"\x00{\n[]\n\n" + b'{"schema":1,"run":7}\n')
    folder.put(live_beat(seconds=0.25))
    reader = LiveTail(tmp_path)
    # When it is read
    # Then the others are there, and these are counted
    assert numbers(reader.read()) == [1, 2]
    assert reader.unreadable == 4


@pytest.mark.parametrize("line", [b'{"schema":2,"what":1}\n', encode_beat(whole(schema=2))])
def test_lines_of_another_schema_are_refused_with_both_named(tmp_path: Path, line: bytes) -> None:
    # Given a segment of another version
    append(tmp_path / f"live-{at(0):020}.jsonl", line)
    # When it is read, then it says what is there and what is known
    with pytest.raises(DataSourceError, match=r"of schema 2, .* reads schema 1") as raised:
        LiveTail(tmp_path).read()
    assert raised.value.code == "unknown_schema"


def test_the_schema_stands_in_every_line() -> None:
    # Given a beat of this schema
    # When it is encoded
    # Then the line says so: a later version may have another
    assert encode_beat(whole()).startswith(b'{"schema":1,')


def test_a_line_that_is_too_long_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a line longer than is read at once, between two that are well
    monkeypatch.setattr(followed, "MOST_BYTES", 2_000)
    monkeypatch.setattr(followed, "_PIECE_BYTES", 500)
    folder = LiveFolder(tmp_path)
    path = folder.begin(whole())
    append(path, b"x" * 5_000 + b"\n")
    folder.put(live_beat(seconds=0.25))
    reader = LiveTail(tmp_path)
    # When it is read to its end
    found = [number for _ in range(6) for number in numbers(reader.read())]
    # Then the two are there
    assert found == [1, 2]


def test_the_record_is_read_from_so_long_ago_and_then_on(tmp_path: Path) -> None:
    # Given a record with a line before the span, one at its beginning and one after
    lines = [alert_line(seconds) for seconds in (-0.001, 0, 1)]
    write_lines(tmp_path, lines)
    reader = RecordTail(tmp_path, since_ns=at(0))
    first = reader.read()
    # When another line comes, in two halves
    raw = line_bytes(alert_line(2))
    path = append(tmp_path / "2026-03-10.jsonl", raw[:50])
    half = reader.read()
    append(path, raw[50:])
    # Then each comes once, whole
    assert first == lines[1:]
    assert (half, reader.read(), reader.read()) == ([], [alert_line(2)], [])


def test_a_record_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    # Given a folder that nobody has made
    reader = RecordTail(tmp_path / "record", since_ns=at(0))
    before = reader.read()
    # When it is made
    write_lines(tmp_path / "record", [alert_line(1)])
    # Then it is read
    assert (before, reader.read()) == ([], [alert_line(1)])


def test_the_next_day_is_gone_on_with_and_late_lines_come_after_their_day(tmp_path: Path) -> None:
    # Given a record around midnight, with files that are none of it
    day, late, eve = alert_line(36_000), alert_line(1), alert_line(-86_400)
    write_lines(tmp_path, [eve], "2026-03-09")
    write_lines(tmp_path, [alert_line(0)])
    write_lines(tmp_path, [late], "2026-03-10.late")
    append(tmp_path / "judged_until.json", b"{}")
    reader = RecordTail(tmp_path, since_ns=at(-86_400))
    first = reader.read()
    # When the next day begins, and then two more
    write_lines(tmp_path, [day], "2026-03-11")
    second = reader.read()
    write_lines(tmp_path, [day], "2026-03-12")
    write_lines(tmp_path, [day], "2026-03-13")
    third = reader.read()
    # Then all came once, in order, and days of which all was read are let go
    assert first == [eve, alert_line(0), late]
    assert (second, third, reader.read(), reader.read()) == ([day], [day, day], [], [])


def test_of_a_long_day_the_beginning_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a day whose early lines are many, damaged at its start
    monkeypatch.setattr(tail, "_LOOKED_BACK_FIRST", 1_000)
    append(tmp_path / "2026-03-10.jsonl", b"no line\n")
    write_lines(tmp_path, [alert_line(seconds) for seconds in range(-4_000, 100, 100)])
    # When it is read from a minute ago on
    reader = RecordTail(tmp_path, since_ns=at(-60))
    # Then what is wanted is there, and the start was not met
    assert reader.read() == [alert_line(0)]
    assert reader.unreadable == 0


def test_of_a_day_of_an_endless_present_no_more_is_read_than_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a day whose lines all lie within the span
    monkeypatch.setattr(tail, "_LOOKED_BACK_FIRST", 1_000)
    monkeypatch.setattr(tail, "_LOOKED_BACK_MOST", 2_000)
    write_lines(tmp_path, [alert_line(1)] * 40)
    # When it is read
    found = RecordTail(tmp_path, since_ns=at(0)).read()
    # Then only its end is
    assert 0 < len(found) < 10


def test_lines_of_the_record_that_are_none_are_counted(tmp_path: Path) -> None:
    # Given lines without a stamp or an event, and one that is no object
    path = write_lines(tmp_path, [alert_line(1)])
    append(path, b'[]\n{"event":"x"}\n{"timestamp":"2026-03-10T14:00:01Z","event":1}\n')
    reader = RecordTail(tmp_path, since_ns=at(0))
    # When it is read
    # Then the others are there
    assert (reader.read(), reader.unreadable) == ([alert_line(1)], 3)


def test_a_day_that_is_compressed_meanwhile_ends_there(tmp_path: Path) -> None:
    # Given a day that was read
    path = write_lines(tmp_path, [alert_line(1)])
    reader = RecordTail(tmp_path, since_ns=at(0))
    reader.read()
    # When its file is taken away
    path.unlink()
    # Then nothing more comes, and nothing fails
    assert reader.read() == []
