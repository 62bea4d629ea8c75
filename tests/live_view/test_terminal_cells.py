"""Lines fit a terminal's cells, whatever their characters, and lose no word."""

from __future__ import annotations

import pytest

from trading_bot.live_view.cells import Line, clean, cut, fit, in_ascii, plain, width_of, wrap


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ACME é ●", "ACME é ●"),
        ("a\x1b[2Jb\x07c", "a[2Jbc"),
        ("a\tb\nc\u00a0d\u2028e", "a b c d e"),
        ("\u202eevil\ud800\ue000", "evil"),
    ],
)
def test_what_moves_a_cursor_is_taken_out(text: str, shown: str) -> None:
    # Given text from outside
    # When it is cleaned, then only what can be seen is left
    assert clean(text) == shown


def test_signs_have_stand_ins_in_ascii() -> None:
    # Given every sign, and a letter that ASCII lacks
    # When they are to be ASCII, then each sign differs from the others
    assert in_ascii("⏏●◐○▲■… é") == "!*%o^#~ ?"


@pytest.mark.parametrize(
    ("width", "shown"),
    [(9, "abcd 日本"), (8, "abcd 日…"), (7, "abcd …"), (3, "ab…"), (1, "…"), (0, "")],
)
def test_a_line_is_cut_where_it_is_too_wide(width: int, shown: str) -> None:
    # Given a line of two styles with wide characters
    line: Line = (("abcd ", "bold"), ("日本", ""))
    # When it is cut, then it says so, and no character is halved
    assert plain(cut(line, width)) == shown
    assert width_of(cut(line, width)) <= max(width, 0)


@pytest.mark.parametrize(
    ("text", "right", "shown"),
    [
        ("ab", False, "ab  "),
        ("ab", True, "  ab"),
        ("abcde", False, "abc…"),
        ("日本語", True, " 日…"),
    ],
)
def test_a_cell_has_just_its_width(text: str, right: bool, shown: str) -> None:
    # Given a cell of four
    # When a text is fitted, then it takes just that
    assert fit(text, 4, right=right) == shown


@pytest.mark.parametrize(
    ("width", "indent", "lines"),
    [
        (40, 4, ["one two: three  four"]),
        (20, 4, ["one two: three  four"]),
        (19, 4, ["one two: three", "    four"]),
        (9, 2, ["one two:", "  three", "  four"]),
        (5, 9, ["one", "  two", "  :", "  thr", "  ee", "  fou", "  r"]),
    ],
)
def test_a_line_is_broken_between_words(width: int, indent: int, lines: list[str]) -> None:
    # Given a line of two styles, of which one ends within a word
    line: Line = (("one two", "bold"), (": three  four", ""))
    # When it is wrapped
    found = wrap(line, width, indent)
    # Then no word is lost, and the styles are kept
    assert [plain(each) for each in found] == lines
    assert found[0][0][1] == "bold"


@pytest.mark.parametrize("width", [1, 2, 3, 80])
def test_words_wider_than_a_line_are_broken(width: int) -> None:
    # Given words without a place to break, wide ones too
    line: Line = (("日本語日本語 abcdefgh", ""),)
    # When they are wrapped to any width
    found = wrap(line, width, 1)
    # Then every character is there
    assert "".join(plain(each) for each in found).replace(" ", "") == "日本語日本語abcdefgh"


def test_nothing_is_wrapped_to_nothing() -> None:
    # Given blanks alone, wider than a line
    # When they are wrapped, then lines without an end of blanks are left
    assert {plain(each) for each in wrap((("  ", ""),), 1)} == {""}
