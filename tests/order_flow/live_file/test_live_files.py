"""The files of a live file: bounded, private, whole lines, and begun anew after any trouble."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trading_bot.order_flow.errors import RecordInUseError
from trading_bot.order_flow.live_file.files import LONGEST_NS, MOST_BYTES, LiveFiles
from trading_bot.order_flow.live_file.place import LiveFolderRefused, segments_in

resource = pytest.importorskip("resource", reason="limits, links and moved folders")
LINE = b'{"number":1}\n'


class Files:
    """A live file's files, and a clock that is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.now_ns = 5
        self.folder = folder
        self.files = LiveFiles(folder, steady_ns=lambda: self.now_ns)

    def write(self, line: bytes = LINE, written_ns: int = 1_000, *, whole: bool = False) -> None:
        self.files.write(line, written_ns, is_whole=whole or self.files.begins_anew)

    @property
    def names(self) -> list[int]:
        return [int(each.stem[5:]) for each in segments_in(self.folder)]

    @property
    def contents(self) -> list[bytes]:
        return [each.read_bytes() for each in segments_in(self.folder)]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Files]:
    files = Files(tmp_path / "live")
    yield files
    files.files.close()


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_lines_are_added_to_one_private_file(live: Files) -> None:
    # Given nothing
    # When two lines are written
    live.write(written_ns=7)
    live.write(b"{}\n", written_ns=8)
    # Then they stand in one file that is named after the first, for its owner alone
    assert (live.names, live.contents) == ([7], [LINE + b"{}\n"])
    assert segments_in(live.folder)[0].stat().st_mode & 0o777 == 0o600


def test_whole_lines_begin_files_of_which_three_are_kept(live: Files) -> None:
    # Given four runs, each of which begins with every row
    # When their lines are written
    for stamp in (10, 20, 30, 40):
        live.write(written_ns=stamp, whole=True)
    # Then the newest three are kept
    assert live.names == [20, 30, 40]


@pytest.mark.parametrize(("later", "begins"), [(LONGEST_NS - 1, False), (LONGEST_NS, True)])
def test_a_quarter_of_an_hour_is_the_longest(live: Files, later: int, begins: bool) -> None:
    # Given a file
    live.write()
    # When time passes, then another one is begun or not
    live.now_ns += later
    assert live.files.begins_anew is begins


@pytest.mark.parametrize(("size", "begins"), [(MOST_BYTES - 1, False), (MOST_BYTES, True)])
def test_a_file_that_has_grown_is_followed_by_another(live: Files, size: int, begins: bool) -> None:
    # Given a file
    # When it has grown, then another one is begun or not
    live.write(b" " * (size - 1) + b"\n")
    assert live.files.begins_anew is begins


def test_a_clock_that_was_set_back_makes_no_older_file(live: Files) -> None:
    # Given a file
    live.write(written_ns=500)
    # When the clock is set back and another one begins, by this process and by the next
    live.write(written_ns=100, whole=True)
    live.files.close()
    again = Files(live.folder)
    again.write(written_ns=90)
    again.files.close()
    # Then each has a later name than those before it
    assert live.names == [500, 501, 502]


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_was_removed_is_made_again(live: Files, what: str, tmp_path: Path) -> None:
    # Given a file
    live.write(written_ns=7)
    # When it goes, or its folder does
    if what == "file":
        segments_in(live.folder)[0].unlink()
    else:
        live.folder.rename(tmp_path / "elsewhere")
    # Then the next line begins another one in its place
    assert live.files.begins_anew
    live.write(written_ns=8)
    assert (live.names, live.contents) == ([8], [LINE])


def test_a_full_disk_is_told_and_costs_the_line_alone(live: Files) -> None:
    # Given a file, and room for half a line more
    live.write(written_ns=7)
    # When another line is written, then that is told
    with at_most(len(LINE) + 5), pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        live.write(written_ns=8)
    # And once there is room, the next one begins another file
    live.write(written_ns=9)
    assert live.contents == [LINE + LINE[:5], LINE]


def test_a_file_without_a_whole_line_is_taken_away(live: Files) -> None:
    # Given a disk without room
    with at_most(0):
        # When lines are written, then that is told each time
        for stamp in (7, 8):
            with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
                live.write(written_ns=stamp)
    # And no empty file is left, nor has any taken the place of one that was there
    assert live.names == []


def test_a_link_that_is_planted_meanwhile_is_not_followed(live: Files, tmp_path: Path) -> None:
    # Given a file, and a link in the place of its folder
    live.write(written_ns=7)
    live.folder.rename(tmp_path / "moved")
    (tmp_path / "other").mkdir(0o700)
    live.folder.symlink_to(tmp_path / "other")
    # When the next line is written, then it is refused, and nothing lies there
    with pytest.raises(LiveFolderRefused):
        live.write(written_ns=8)
    assert list((tmp_path / "other").iterdir()) == []


def test_two_writers_have_two_folders(live: Files) -> None:
    # Given a folder that is written to
    live.write()
    # When another begins to write there, then it is refused
    other = LiveFiles(live.folder)
    with pytest.raises(RecordInUseError):
        other.write(LINE, 9, is_whole=True)
    # And once the first has ended, it may
    live.files.close()
    other.write(LINE, 9_000, is_whole=True)
    other.close()
    assert live.names == [1_000, 9_000]
