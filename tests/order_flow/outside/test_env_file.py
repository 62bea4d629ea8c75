"""A file of variables, which a person writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from trading_bot.order_flow.outside.env_file import env_values


def test_the_variables_of_a_file_are_read(tmp_path: Path) -> None:
    # Given a file of variables
    path = tmp_path / ".env"
    path.write_text("A=1\nB='two'\n", encoding="utf-8")
    # When it is read, then they are there
    assert env_values(path) == {"A": "1", "B": "two"}


@pytest.mark.parametrize("name", [None, "missing", ""])
def test_without_a_file_there_are_none(tmp_path: Path, name: str | None) -> None:
    # Given no file, a missing one, or a folder
    path = None if name is None else tmp_path / name
    # When it is read, then there are none
    assert env_values(path) == {}


def test_a_file_that_is_no_text_is_named_with_its_line(tmp_path: Path) -> None:
    # Given a file whose second line is no text
    path = tmp_path / ".env"
    path.write_bytes(b"A=1\nB=\xff\n")
    # When it is read, then file and line are named
    with pytest.raises(ValueError, match=r"\.env is no text in UTF-8 at line 2; mend it"):
        env_values(path)


def test_a_mark_before_utf_8_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    # Given a file that an editor has put its mark before
    path = tmp_path / ".env"
    path.write_bytes(b"\xef\xbb\xbfA=1\r\nB=\xc3\xa4\r\n")
    # When it is read, then every variable has its own name
    assert env_values(path) == {"A": "1", "B": "ä"}


def test_utf_16_is_told_as_such(tmp_path: Path) -> None:
    # Given a file that a shell has written in UTF-16
    path = tmp_path / ".env"
    path.write_bytes("A=1\n".encode("utf-16"))
    # When it is read, then it is said how to save it
    with pytest.raises(ValueError, match=r"\.env is written in UTF-16, not in UTF-8; save it as"):
        env_values(path)
