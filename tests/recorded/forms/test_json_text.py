"""JSON as the lines of one table."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support.flat_data import at, early_quote, trade_row
from support.form_files import json_lines

from trading_bot.recorded.forms import json_text
from trading_bot.recorded.forms.json_text import JsonText, members_of
from trading_bot.recorded.rows import Row
from trading_bot.recorded.sources import FlatSource, ReadOptions

TRADE: dict[str, Any] = {
    "conditions": [14, 37],
    "exchange": 12,
    "id": "7",
    "participant_timestamp": at(0),
    "price": 100.0,
    "sequence_number": 1,
    "sip_timestamp": at(0),
    "size": 100,
    "tape": 1,
}
QUOTE: dict[str, Any] = {
    "ask_price": 100.01,
    "ask_size": 2,
    "bid_price": 100,
    "bid_size": 3,
    "conditions": [1],
    "participant_timestamp": at(0),
    "sequence_number": 1,
    "sip_timestamp": at(0),
}


def rows_of(path: Path, **options: Any) -> list[Row]:
    source = FlatSource([path], ReadOptions(symbols=("ACME",), **options))
    return [row for batch in source.batches() for row in batch]


def print_at(seconds: int, place: int = 2, **changes: Any) -> Row:
    return trade_row(seconds, place=place, conditions=(14, 37), **changes)


def later(seconds: int) -> dict[str, Any]:
    return TRADE | {"sip_timestamp": at(seconds), "participant_timestamp": at(seconds)}


WHOLE = {"results": [later(0), later(1)], "status": "OK", "next_url": "https://x/v3/trades/A"}
PAGES = [{"results": [later(0)], "status": "OK"}, {"results": [later(1)], "status": "OK"}]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(WHOLE),
        json.dumps(WHOLE, indent=2),
        json.dumps(PAGES),
        json.dumps(PAGES, indent=1),
        "\n".join(map(json.dumps, PAGES)),
        "\n\n".join(map(json.dumps, PAGES)) + "\n",
        "\n".join(map(json.dumps, [later(0), later(1)])),
        json.dumps([later(0), later(1)]),
        "  " + json.dumps(WHOLE),
        "\ufeff" + json.dumps(WHOLE),
        "\n\r\n" + "\r\n".join(map(json.dumps, PAGES)),
    ],
)
@pytest.mark.parametrize("chunk_rows", [1, 600])
def test_answers_pages_and_lines_are_the_same_rows(
    tmp_path: Path, text: str, chunk_rows: int
) -> None:
    # Given two prints in one of the ways in which answers are kept
    path = tmp_path / "t.json"
    path.write_text(text)
    # When they are read
    # Then they are the two prints
    assert rows_of(path, chunk_rows=chunk_rows) == [print_at(0), print_at(1, 3)]


def test_quotes_are_told_by_their_names(tmp_path: Path) -> None:
    # Given an answer of quotes, of a day on which they count round lots
    path = json_lines(tmp_path / "q.json", [{"results": [QUOTE]}])
    # When it is read
    # Then it is the quote
    assert rows_of(path) == [early_quote()]


def test_what_only_later_rows_have_is_read(tmp_path: Path) -> None:
    # Given prints of which the provider leaves away what is usual
    first = {name: value for name, value in TRADE.items() if name != "conditions"}
    path = json_lines(tmp_path / "t.json", [first, later(1) | {"correction": 8, "trf_id": 202}])
    # When they are read
    # Then the second one's are there
    assert rows_of(path) == [
        trade_row(0),
        print_at(1, 3, correction=8, trf_id=202),
    ]


def test_what_is_missing_at_the_start_is_read_further_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a file whose start is looked at for one row
    monkeypatch.setattr(json_text, "_ROWS_AT_START", 1)
    first = {name: value for name, value in TRADE.items() if name != "conditions"}
    path = json_lines(tmp_path / "t.json", [first, later(1)])
    # When conditions come behind it
    # Then they are read
    assert rows_of(path) == [trade_row(0), print_at(1, 3)]


def test_a_price_keeps_its_digits(tmp_path: Path) -> None:
    # Given a price that no float of few digits is
    path = tmp_path / "t.json"
    path.write_text(json.dumps(TRADE).replace("100.0", "100.000001000"))
    # When it is read
    # Then it is exact
    assert JsonText(path, None, 1_000).start.split("\t")[4] == "100.000001000"
    assert rows_of(path) == [print_at(0, price=100_000_001)]


def test_a_stamp_that_was_a_float_is_refused_with_the_reason(tmp_path: Path) -> None:
    # Given stamps that lost their nanoseconds
    path = tmp_path / "t.json"
    path.write_text(json.dumps(TRADE | {"sip_timestamp": 1.78974e18}))
    # When they are read
    # Then the error says why
    with pytest.raises(ValueError, match="its stamps were floats, which cannot hold nanoseconds"):
        rows_of(path)


@pytest.mark.parametrize("line", [b"{", b"7", b"[1]", b'{"results": 7}', b'"x"'])
def test_a_line_that_is_no_row_is_refused(tmp_path: Path, line: bytes) -> None:
    # Given a line among rows that is none
    path = json_lines(tmp_path / "t.json", [later(0), line, later(1)])
    # When they are read
    source = FlatSource([path], ReadOptions(symbols=("ACME",)))
    rows = [row for batch in source.batches() for row in batch]
    # Then it is counted as refused, once
    assert rows == [print_at(0), print_at(1, 4)]
    assert (source.account.trades.read, source.account.trades.refused) == (
        3,
        {("the row", "malformed"): 1},
    )


def test_odd_characters_in_a_cell_break_no_row(tmp_path: Path) -> None:
    # Given an id with what separates cells, and an object where a value should be
    odd = TRADE | {"id": 'a\tb"c\nd', "exchange": {"a": 1}, "trf_id": None}
    path = json_lines(tmp_path / "t.json", [odd])
    # When it is read
    # Then it is a row
    assert rows_of(path) == [print_at(0, trade_id="a bc d", exchange=0)]


@pytest.mark.parametrize("name", ["t.json.gz", "t.zip"])
def test_packed_files_are_read(tmp_path: Path, name: str) -> None:
    # Given an answer, packed
    path = tmp_path / name
    data = json.dumps(WHOLE).encode()
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(data))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("t.json", data)
    # When it is read
    # Then its rows are there, and the whole file was
    text = JsonText(path, None if path.suffix == ".gz" else "t.json", 1_000)
    assert sum(block.count("\n") for block in text.blocks()) == 2
    assert text.bytes_read > 0


@pytest.mark.parametrize("text", ['{"results": [', '{"a": 1}{"a": 2}', "[1, 2"])
def test_a_damaged_text_is_called_damaged(tmp_path: Path, text: str) -> None:
    # Given a text that is cut off, or several in one line
    path = tmp_path / "t.json"
    path.write_text(text)
    # When it is opened
    # Then the error says what to do
    with pytest.raises(ValueError, match=r"t\.json is JSON that is cut off or damaged, or several"):
        JsonText(path, None, 1_000)


def test_a_text_too_long_for_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a text of one byte more than is held, and one of no more
    path = tmp_path / "t.json"
    path.write_text(json.dumps(WHOLE, indent=2))
    size = path.stat().st_size
    monkeypatch.setattr(json_text, "BIGGEST_TEXT", size)
    assert JsonText(path, None, 1_000).start.count("\n") == 2
    monkeypatch.setattr(json_text, "BIGGEST_TEXT", size - 1)
    # When it is opened
    # Then the error says how to write it
    with pytest.raises(ValueError, match="more than 0 MB, which is held in memory; write one row"):
        JsonText(path, None, 1_000)


def test_members_of_what_is_no_object_are_none() -> None:
    # Given an object, a list and no JSON
    # When their members are asked for
    found = [members_of(text) for text in (b'{"a": 1}', b"[1]", b"x")]
    # Then only the object has some
    assert found == [{"a"}, frozenset(), frozenset()]
