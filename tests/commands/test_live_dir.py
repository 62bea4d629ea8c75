"""Where the live file goes: as asked for, else to its usual place; nowhere by wish."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from trading_bot.commands.live_dir import NONE, live_dir_of
from trading_bot.order_flow.live_file.place import live_folder


class Said:
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, text: str, style: str = "") -> None:
        self.lines.append(text)


@pytest.mark.parametrize(("given", "found"), [(Path("here"), Path("here")), (NONE, None)])
def test_it_goes_where_it_was_asked_for(given: Path, found: Path | None) -> None:
    # Given a wish
    said = Said()
    # When the folder is asked for, then it is that, and nothing is said
    assert live_dir_of(given, Path("record"), said) == found
    assert said.lines == []


def test_by_default_it_goes_where_who_reads_looks(tmp_path: Path) -> None:
    # Given no wish
    said = Said()
    # When the folder is asked for
    found = live_dir_of(None, tmp_path / "record", said)
    # Then it is made
    assert found == live_folder(tmp_path / "record")
    assert found.is_dir()
    assert said.lines == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_where_it_cannot_lie_the_watch_goes_on_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a link where it would lie
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    place = live_folder(tmp_path / "record")
    place.parent.mkdir()
    place.symlink_to(tmp_path)
    said = Said()
    # When the folder is asked for, then there is none, and it is said why
    assert live_dir_of(None, tmp_path / "record", said) is None
    assert len(said.lines) == 1
    assert f"{place} is no folder, or a link to one" in said.lines[0]
