"""The text of one table under our names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.form_files import table

from trading_bot.recorded.forms.form import Form, Part, RowMap, Start, Told, start_of
from trading_bot.recorded.forms.translated import ENOUGH_ROWS, TranslatedText
from trading_bot.recorded.table_text import TableText


def only(letter: str) -> Part:
    """Return a part of the rows that begin with a letter: their second cell is the price."""

    def begin(_start: Start, notes: Counter[str]) -> RowMap:
        def row(cells: list[str]) -> Sequence[str] | None:
            notes["seen"] += 1
            return (cells[1],) if cells[0] == letter else None

        return row

    return Part("trades", ("price",), begin)


FORM = Form("letters", lambda _: True, (only("t"), only("q")))
HEADLESS = Form("letters", lambda _: True, FORM.parts, has_header=False)


def text_of(
    path: Path, rows: Sequence[tuple[str, ...]], part: int, form: Form = FORM, chunk_bytes: int = 8
) -> tuple[TranslatedText, Counter[str]]:
    content = TableText(table(path / "f", rows), None, chunk_bytes)
    notes: Counter[str] = Counter()
    start = start_of(path / "f", content.header, Told())
    return TranslatedText(content, form, form.parts[part], start, notes), notes


HEADER = ("kind", "what")


def test_each_part_has_its_rows_and_the_first_one_what_is_neither(tmp_path: Path) -> None:
    # Given rows of two kinds, one of another width, one with a cell without end, a header again
    rows = [HEADER, ("t", "1"), ("q", "2"), ("x",), HEADER, ("t", "3, 4"), ("q", "5")]
    # When both parts are read
    first, notes = text_of(tmp_path, rows, 0)
    second, _ = text_of(tmp_path, rows, 1)
    # Then each has its own, both the header, and the first one the odd row
    assert (first.header, "".join(first.blocks())) == ("price", "1\n\nprice\n3, 4\n")
    assert "".join(second.blocks()) == "2\nprice\n5\n"
    assert first.start == "1\n\nprice\n3, 4\n"
    # And what the map counts is counted once
    assert notes == {"seen": 4}
    assert first.bytes_read == (tmp_path / "f").stat().st_size


def test_a_cell_without_end_is_no_row(tmp_path: Path) -> None:
    # Given a row with a lone quotation mark
    path = tmp_path / "f"
    path.write_text('kind,what\nt,"1\nt,2\n')
    content = TableText(path, None, 1_000)
    start = start_of(path, content.header, Told())
    # When it is read
    text = TranslatedText(content, FORM, FORM.parts[0], start, Counter())
    # Then it is taken for what it is, and the next one stands
    assert "".join(text.blocks()) == "1\n2\n"


def test_where_no_header_is_the_first_line_is_a_row(tmp_path: Path) -> None:
    # Given a file of rows only
    # When it is read
    text, _ = text_of(tmp_path, [("t", "1"), ("t", "1"), ("q", "2")], 0, HEADLESS)
    # Then the first line counts, and one like it is no header
    assert "".join(text.blocks()) == "1\n1\n"


@pytest.mark.parametrize("before", [0, 100_000])
def test_a_kind_that_is_rare_is_looked_for(tmp_path: Path, before: int) -> None:
    # Given a file whose prints begin far below its start
    rows = [HEADER, *[("q", "2")] * before, *[("t", "1")] * (ENOUGH_ROWS + 50)]
    # When its start is looked at
    text, _ = text_of(tmp_path, rows, 0, chunk_bytes=1_000)
    # Then enough of them are found
    assert text.start.count("\n") >= ENOUGH_ROWS
