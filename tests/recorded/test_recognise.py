"""What a file holds."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
from support.flat_data import QUOTES_HEADER, TRADES_HEADER

from trading_bot.recorded.recognise import common_format, files_in, format_of


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (TRADES_HEADER, "polygon"),
        (QUOTES_HEADER, "polygon"),
        ('{"kind":"started"}', "jsonl"),
        ("34200.004241176,1,16113575,18,5853300,1", "lobster"),
        ("5859400,200,5853300,18", "lobster"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_format_is_told_by_the_first_line(
    tmp_path: Path, content: str, kind: str, packed: bool
) -> None:
    # Given a file under a name that tells nothing
    path = tmp_path / "data"
    data = content.encode() + b"\nmore\n"
    path.write_bytes(gzip.compress(data) if packed else data)
    # When it is looked at
    # Then its format is known
    assert format_of(path) == kind


@pytest.mark.parametrize(
    "content",
    [
        "34200.004241176,1,16113575,18,5853300,1",
        "34200.004241176,1,16113575,18,5853300,1,null",
        "Time,Type,OrderID,Size,Price,Direction",
        "5859400,200,5853300,18,5859800,200,5853000,150",
        "Ask Price 1,Ask Size 1,Bid Price 1,Bid Size 1",
    ],
)
def test_an_archive_is_of_lobster_whatever_else_is_in_it(tmp_path: Path, content: str) -> None:
    # Given an archive that begins with a note
    path = tmp_path / "sample.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ReadMe.txt", "about the columns")
        archive.writestr("message.csv", content)
    # When it is looked at
    # Then what it holds counts
    assert format_of(path) == "lobster"


def test_an_archive_of_nothing_that_is_known_is_refused(tmp_path: Path) -> None:
    # Given an archive of notes
    path = tmp_path / "notes.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ReadMe.txt", "about the columns")
    # When it is looked at
    # Then it is not taken for anything
    with pytest.raises(ValueError, match=r"notes\.zip begins with 'about the columns': neither"):
        format_of(path)


def test_a_table_of_quotes_is_no_book_of_lobster(tmp_path: Path) -> None:
    # Given quotes whose columns have the names of a book, and a stamp
    path = tmp_path / "q.csv"
    path.write_text("ticker,sip_timestamp,ask_price,ask_size,bid_price,bid_size")
    # When it is looked at
    # Then it is a table
    assert format_of(path) == "polygon"


@pytest.mark.parametrize("content", ["hello", "1,2,3", "a,b,c,d"])
def test_anything_else_is_refused_with_what_it_begins_with(tmp_path: Path, content: str) -> None:
    # Given a foreign file
    path = tmp_path / "notes.txt"
    path.write_text(content)
    # When it is looked at
    # Then the error shows its start and what could be replayed
    with pytest.raises(ValueError, match=rf"notes\.txt begins with '{content}': neither .*--form"):
        format_of(path)


@pytest.mark.parametrize("content", ["", "\n", "\n\n"])
def test_an_empty_file_is_called_empty(tmp_path: Path, content: str) -> None:
    # Given a file without a byte, or with line ends alone
    path = tmp_path / "t.csv"
    path.write_text(content)
    # When it is looked at
    # Then the error says so
    with pytest.raises(ValueError, match=r"t\.csv is empty$"):
        format_of(path)


def test_bytes_that_are_no_text_are_not_shown(tmp_path: Path) -> None:
    # Given a file of no text
    path = tmp_path / "t.bin"
    path.write_bytes(b"\x00\x15\x04\x15")
    # When it is looked at
    # Then the error says so and shows nothing of it
    with pytest.raises(ValueError, match=r"t\.bin is no text: neither"):
        format_of(path)


@pytest.mark.parametrize(
    "header",
    [
        "SYMBOL,TIMESTAMP,PRICE,SIZE",
        "sym;time;bid;bid_size;ask;ask_size",
        "timestamp\tprice\tsize",
    ],
)
def test_a_table_is_known_by_other_names_and_separators(tmp_path: Path, header: str) -> None:
    # Given a table of another maker
    path = tmp_path / "data"
    path.write_text(header)
    # When it is looked at
    # Then it is read as one
    assert format_of(path) == "polygon"


def test_an_archive_of_tables_is_one_of_tables(tmp_path: Path) -> None:
    # Given an archive
    path = tmp_path / "day.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("trades.csv", TRADES_HEADER)
    # When it is looked at
    # Then what it holds counts
    assert format_of(path) == "polygon"


def test_a_tree_of_folders_gives_the_files_at_its_ends(tmp_path: Path) -> None:
    # Given the vendor's tree, with something else in it
    ends = (
        "us_stocks_sip/trades_v1/2024/03/2024-03-10.csv.gz",
        "us_stocks_sip/quotes_v1/2024/03/2024-03-10.csv.zst",
        "us_stocks_sip/quotes_v1/2024/03/read.me",
    )
    for end in ends:
        path = tmp_path / end
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    # When its root is named
    found = files_in([tmp_path])
    # Then the data files are there
    assert [path.suffixes for path in found] == [[".csv", ".zst"], [".csv", ".gz"]]


def test_a_folder_with_data_gives_nothing_of_the_folders_in_it(tmp_path: Path) -> None:
    # Given a data file, and another one deeper down
    (tmp_path / "deeper").mkdir()
    for name in ("a.csv", "deeper/b.csv"):
        (tmp_path / name).touch()
    # When the folder is named
    # Then only what lies in it is taken
    assert files_in([tmp_path]) == [tmp_path / "a.csv"]


def test_folders_give_their_data_files(tmp_path: Path) -> None:
    # Given a folder of data beside other things, and a file elsewhere
    folder = tmp_path / "day"
    folder.mkdir()
    for name in ("b.csv.gz", "a.csv", "c.jsonl", "d.jsonl.gz", "e.zip", "notes.txt"):
        (folder / name).touch()
    other = tmp_path / "other"
    other.touch()
    # When both are named
    found = files_in([folder, other])
    # Then the data files come in the order of their names, then the other
    names = [path.name for path in found]
    assert names == ["a.csv", "b.csv.gz", "c.jsonl", "d.jsonl.gz", "e.zip", "other"]


def test_what_does_not_exist_is_named(tmp_path: Path) -> None:
    # Given a path to nothing
    # When it is looked for
    # Then the error names it
    with pytest.raises(FileNotFoundError, match="gone does not exist"):
        files_in([tmp_path / "gone"])


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    # Given an empty folder
    # When it is looked into
    # Then the error says what was looked for
    with pytest.raises(ValueError, match=r"holds no \.csv, "):
        files_in([tmp_path])


def test_a_file_named_twice_would_count_twice(tmp_path: Path) -> None:
    # Given a folder, and a file of it once more
    path = tmp_path / "a.csv"
    path.touch()
    # When both are named
    # Then it is refused
    with pytest.raises(ValueError, match=r"a\.csv is given twice"):
        files_in([tmp_path, path])


def test_files_of_one_format_are_played_together(tmp_path: Path) -> None:
    # Given two flat files and a recording
    trades, quotes, recording = tmp_path / "t", tmp_path / "q", tmp_path / "r"
    trades.write_text(TRADES_HEADER)
    quotes.write_text(QUOTES_HEADER)
    recording.write_text('{"kind":"started"}')
    # When formats are compared
    # Then the flat files go together, and the recording does not go with them
    assert common_format([trades, quotes]) == "polygon"
    with pytest.raises(ValueError, match=r"different kinds .*: r is jsonl, q is polygon"):
        common_format([trades, quotes, recording])


@pytest.mark.parametrize(
    "text",
    [
        '{"results": [{"price": 1, "size": 1, "sip_timestamp": 1}]}',
        '[{"price": 1, "size": 1, "sip_timestamp": 1}]',
        '\n{"price": 1, "size": 1, "sip_timestamp": 1}',
        '{"trades": {"ACME": [{"t": "x", "p": 1, "s": 1}]}}',
    ],
)
def test_json_that_holds_rows_is_a_table(tmp_path: Path, text: str) -> None:
    # Given an answer, kept as it came
    path = tmp_path / "data"
    path.write_text(text)
    # When it is looked at
    # Then it is read as a table
    assert format_of(path) == "polygon"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"id": 1, "name": "x"}', "id, name"),
        ('{"results": []}', "nothing"),
        ('{"event": "order_flow.exit"}', "event"),
    ],
)
def test_other_json_is_refused_with_what_it_has(tmp_path: Path, text: str, found: str) -> None:
    # Given JSON without trades and quotes
    path = tmp_path / "data"
    path.write_text(text)
    # When it is looked at
    # Then the error names what it has
    with pytest.raises(
        ValueError, match=f"neither trades nor quotes: what its rows have is {found}$"
    ):
        format_of(path)


def test_a_recording_that_was_cut_off_is_one(tmp_path: Path) -> None:
    # Given a recording whose first line has no end
    path = tmp_path / "r.jsonl"
    path.write_text('{"kind":"started","schema"')
    # When it is looked at
    # Then it is one
    assert format_of(path) == "jsonl"


def test_the_exchanges_files_are_known_in_a_folder_without_an_ending(tmp_path: Path) -> None:
    # Given files of the exchange, which end in their day, a folder named alike, and something else
    for name in ("EQY_US_ALL_TRADE_20131008", "SPLITS_US_ALL_BBO_A_20131008.gz", "notes"):
        (tmp_path / name).touch()
    (tmp_path / "X_US_ALL_").mkdir()
    # When the folder is named
    found = files_in([tmp_path])
    # Then the exchange's files are there
    assert [path.name for path in found] == [
        "EQY_US_ALL_TRADE_20131008",
        "SPLITS_US_ALL_BBO_A_20131008.gz",
    ]


def test_databento_s_files_are_known_by_what_they_hold(tmp_path: Path) -> None:
    # Given its binary file, its tables, and one of a form that is read as others' tables are
    names = "ts_recv,ts_event,action,side,price,size"
    starts = {
        "binary": ("DBN\x03" + "\0" * 60, "databento"),
        "trades": (f"{names}\n", "databento"),
        "orders": (f"{names},order_id\n", "databento"),
        "books": (f"{names},bid_px_00,ask_px_00\n", "databento"),
        "bbo": ("ts_recv,ts_event,bid_px_00,ask_px_00,symbol\n", "polygon"),
    }
    for name, (text, _) in starts.items():
        (tmp_path / name).write_text(text)
    # When they are looked at
    # Then each is what it is
    found = {name: format_of(tmp_path / name) for name in starts}
    assert found == {name: kind for name, (_, kind) in starts.items()}


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("ts_event,action,side,price,size,symbol\n", "polygon"),
        ("ts_event,action,side,price,size,order_id\n", None),
        ("DBN\x03" + "\0" * 60, None),
    ],
)
def test_a_table_of_databento_is_read_beside_those_of_others(
    tmp_path: Path, start: str, expected: str | None
) -> None:
    # Given a file of Databento's, and quotes of another maker
    own, quotes = tmp_path / "own", tmp_path / "quotes"
    own.write_text(start)
    quotes.write_text(QUOTES_HEADER)
    # When they are given together
    # Then its tables of trades and books are tables like others, and nothing else is
    if expected is not None:
        assert common_format([own, quotes]) == expected
    else:
        with pytest.raises(ValueError, match="own is databento, quotes is polygon"):
            common_format([own, quotes])


def test_what_comes_beside_a_download_is_no_data(tmp_path: Path) -> None:
    # Given a folder as it was downloaded
    for name in ("a.dbn.zst", "b.dbn", "condition.json", "manifest.json", "symbology.json"):
        (tmp_path / name).write_text("x")
    # When its files are looked for
    # Then they are those with data
    assert [path.name for path in files_in([tmp_path])] == ["a.dbn.zst", "b.dbn"]
