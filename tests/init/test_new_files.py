"""A new file never takes the place of another."""

from __future__ import annotations

import io
import os
import stat
import sys
from pathlib import Path

import pytest

from trading_bot.init.writing import is_there, write_new


def test_a_file_is_written_with_its_folder(tmp_path: Path) -> None:
    # Given no folder
    path = tmp_path / "config" / "new.json"
    # When a file is written into it
    written = write_new(path, "ä\n", private=False)
    # Then it is there, in UTF-8 and with its own line ends
    assert written
    assert path.read_bytes() == b"\xc3\xa4\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there a file is its owner's")
@pytest.mark.parametrize(("private", "mode"), [(True, 0o600), (False, 0o644)])
def test_a_private_file_is_its_owners_alone(tmp_path: Path, private: bool, mode: int) -> None:
    # Given the usual mask of a process
    path = tmp_path / "new"
    before = os.umask(0o022)
    # When a file is written
    try:
        write_new(path, "text", private=private)
    finally:
        os.umask(before)
    # Then others may read it or not
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    # Given a file
    path = tmp_path / "own"
    path.write_text("mine", encoding="utf-8")
    # When another is to be written there
    # Then it is not
    assert not write_new(path, "theirs", private=True)
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_link_that_leads_nowhere_is_there_too(tmp_path: Path) -> None:
    # Given such a link
    path = tmp_path / "own"
    path.symlink_to(tmp_path / "nowhere")
    # When a file is to be written there
    # Then it is not, and nothing where the link leads
    assert is_there(path)
    assert not write_new(path, "theirs", private=True)
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_cannot_be_written_whole_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a disk that takes nothing
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    def opened(descriptor: int, *_: object, **__: object) -> Full:
        os.close(descriptor)
        return Full()

    monkeypatch.setattr(os, "fdopen", opened)
    # When a file is written
    with pytest.raises(OSError, match="No space left"):
        write_new(tmp_path / "new", "text", private=True)
    # Then nothing half-written stays, which the next run would leave alone
    assert not (tmp_path / "new").exists()
