"""The part of the page's address that nobody can guess."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from trading_bot.live_view.page.token import page_token
from trading_bot.order_flow.live_file.place import TOKEN_FILE, make_live_folder


def test_a_token_stays_with_its_live_folder(tmp_path: Path) -> None:
    # Given two live folders
    other = tmp_path / "other"
    other.mkdir()
    # When the token of one is asked for twice, and that of the other
    tokens = [page_token(tmp_path), page_token(tmp_path), page_token(other)]
    # Then it is the same, another one there, long, and fit for an address
    assert tokens[0] == tokens[1] != tokens[2]
    assert all(re.fullmatch(r"[\w-]{32}", each) for each in tokens)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    # Given a live folder
    # When its token is kept
    page_token(tmp_path)
    # Then the file is its owner's alone
    assert stat.S_IMODE((tmp_path / TOKEN_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("text", [b"", b"short", b"a" * 31, b"a" * 33, b"/" * 32, b"\xff" * 32])
def test_what_is_no_token_is_replaced(tmp_path: Path, text: bytes) -> None:
    # Given a file in its place that holds something else
    (tmp_path / TOKEN_FILE).write_bytes(text)
    # When the token is asked for twice
    tokens = [page_token(tmp_path), page_token(tmp_path)]
    # Then it was drawn anew, once
    assert tokens[0] == tokens[1]
    assert (tmp_path / TOKEN_FILE).read_text() == tokens[0]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    # Given a link in its place, to a file with a token that somebody else may know
    known = tmp_path / "known"
    known.write_text("k" * 32)
    (tmp_path / TOKEN_FILE).symlink_to(known)
    # When the token is asked for
    token = page_token(tmp_path)
    # Then it is another one, and the other file is as it was
    assert token != known.read_text() == "k" * 32
    assert not (tmp_path / TOKEN_FILE).is_symlink()


def test_one_that_cannot_be_kept_is_for_this_run_alone(tmp_path: Path) -> None:
    # Given a folder in its place
    (tmp_path / TOKEN_FILE).mkdir()
    # When the token is asked for twice
    tokens = [page_token(tmp_path), page_token(tmp_path)]
    # Then there are two
    assert tokens[0] != tokens[1]


def test_a_folder_with_a_token_is_still_the_live_files_own(tmp_path: Path) -> None:
    # Given a live folder with a token, which others may look into
    page_token(tmp_path)
    tmp_path.chmod(0o755)
    # When a guard takes it
    make_live_folder(tmp_path)
    # Then it is closed to others, as one without
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
