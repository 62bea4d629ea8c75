"""Parquet as the lines of one table."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.flat_data import at, early_quote, trade_row
from support.form_files import needs_pyarrow, parquet

from trading_bot.recorded.parquet import text as parquet_text
from trading_bot.recorded.parquet.text import ParquetText
from trading_bot.recorded.rows import Row
from trading_bot.recorded.sources import FlatSource, ReadOptions

Columns = dict[str, tuple[list[Any], str]]
MOMENTS = [datetime.fromtimestamp(at(second) // 10**9, UTC) for second in range(2)]
TRADES: Columns = {
    "ticker": (["ACME", "ACME"], "string"),
    "conditions": ([[14, 37], None], "ids"),
    "exchange": ([12, 12], "int32"),
    "id": (["7", "7"], "string"),
    "participant_timestamp": ([at(0), at(1)], "int64"),
    "price": ([100.0, 100.01], "double"),
    "sequence_number": ([1, 1], "int64"),
    "sip_timestamp": ([at(0), at(1)], "int64"),
    "size": ([100.0, 1.5], "double"),
}
QUOTES: Columns = {
    "ticker": (["ACME"], "string"),
    "ask_price": ([Decimal("100.01")], "decimal"),
    "ask_size": ([2], "int32"),
    "bid_price": ([Decimal(100)], "decimal"),
    "bid_size": ([3], "int32"),
    "participant_timestamp": (MOMENTS[:1], "zoned"),
    "sequence_number": ([1], "int64"),
    "sip_timestamp": (MOMENTS[:1], "zoned"),
    "nothing": ([None], "null"),
    "deep": ([{"a": 1}], "struct"),
    "deeper": ([[{"a": 1}]], "structs"),
}
PRINTS = [
    trade_row(0, conditions=(14, 37)),
    trade_row(1, place=3, size=1.5, price=100_010_000),
]


def rows_of(path: Path, *symbols: str, **options: Any) -> list[Row]:
    source = FlatSource([path], ReadOptions(symbols=symbols, **options))
    return [row for batch in source.batches() for row in batch]


@needs_pyarrow
@pytest.mark.parametrize("chunk_rows", [1, 600])
def test_flat_files_are_read_from_parquet(tmp_path: Path, chunk_rows: int) -> None:
    # Given trades with lists of conditions and a fraction of a share
    path = parquet(tmp_path / "t.parquet", TRADES)
    # When they are read
    # Then they are the prints
    assert rows_of(path, chunk_rows=chunk_rows) == PRINTS


@needs_pyarrow
def test_quotes_are_read_from_decimals_and_moments(tmp_path: Path) -> None:
    # Given quotes with exact prices, stamps that know their zone, and columns of no use
    path = parquet(tmp_path / "q.parquet", QUOTES)
    # When they are read
    # Then they are the quotes
    assert rows_of(path) == [early_quote()]


@needs_pyarrow
def test_a_dump_without_symbols_needs_to_be_told_one(tmp_path: Path) -> None:
    # Given answers of REST, which name no symbol
    columns = {name: column for name, column in TRADES.items() if name != "ticker"}
    path = parquet(tmp_path / "t.parquet", columns)
    # When they are read
    # Then the symbol that is told is theirs, and without one the error says what to do
    assert rows_of(path, "ACME") == PRINTS
    with pytest.raises(ValueError, match=r"t\.parquet .* with --symbol"):
        rows_of(path)


@needs_pyarrow
def test_other_forms_are_read_from_parquet(tmp_path: Path) -> None:
    # Given a research table of TAQ with times and lists of letters
    path = parquet(
        tmp_path / "t.parquet",
        {
            "date": ([MOMENTS[0].date()], "date32"),
            "time_m": ([time(10, 0, 0, 1)], "time64[us]"),
            "time_m_nano": ([2], "int16"),
            "ex": (["N"], "string"),
            "sym_root": (["ACME"], "string"),
            "tr_scond": ([["F", "I"]], "letters"),
            "size": ([100], "int32"),
            "price": ([100.0], "double"),
            "tr_corr": (["00"], "string"),
            "tr_seqnum": ([1], "int64"),
            "tr_id": (["7"], "string"),
        },
    )
    # When it is read
    # Then it is the print, to the nanosecond
    assert rows_of(path) == [
        trade_row(sip_ns=at(0) + 1_002, made_ns=None, exchange=10, conditions=(14, 37))
    ]


@needs_pyarrow
@pytest.mark.parametrize(
    ("stamps", "kind", "message"),
    [
        ([float(at(0)), float(at(1))], "double", "its stamps were floats"),
        ([each.replace(tzinfo=None) for each in MOMENTS], "naive", "its stamps name no time zone"),
    ],
)
def test_stamps_that_are_none_are_refused_with_the_reason(
    tmp_path: Path, stamps: list[Any], kind: str, message: str
) -> None:
    # Given stamps that lost their nanoseconds, or their zone
    path = parquet(tmp_path / "t.parquet", TRADES | {"sip_timestamp": (stamps, kind)})
    # When they are read
    # Then the error says why and what to do
    with pytest.raises(ValueError, match=message):
        rows_of(path)


@needs_pyarrow
def test_a_table_without_rows_is_empty(tmp_path: Path) -> None:
    # Given a table without rows
    path = parquet(tmp_path / "t.parquet", {name: ([], kind) for name, (_, kind) in TRADES.items()})
    # When it is opened
    text = ParquetText(path, 1_000)
    # Then it has a header, and no line
    assert (text.header.count("\t"), text.start, [*text.blocks()]) == (8, "", [])


@needs_pyarrow
def test_all_bytes_are_read_at_the_end(tmp_path: Path) -> None:
    # Given a file, read a row at a time
    path = parquet(tmp_path / "t.parquet", TRADES)
    text = ParquetText(path, 1)
    # When it is read
    seen = [text.bytes_read for _ in text.blocks()]
    # Then half of it is read, and then all
    assert seen == [path.stat().st_size // 2, path.stat().st_size]


@needs_pyarrow
def test_a_damaged_file_is_called_damaged(tmp_path: Path) -> None:
    # Given a file that is cut off
    path = parquet(tmp_path / "t.parquet", TRADES)
    path.write_bytes(path.read_bytes()[:200])
    # When it is opened
    # Then the error says so
    with pytest.raises(ValueError, match=r"t\.parquet is Parquet that is cut off or damaged"):
        ParquetText(path, 1_000)


@needs_pyarrow
def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    # Given no file
    # When it is opened
    # Then the error is the system's
    with pytest.raises(FileNotFoundError):
        ParquetText(tmp_path / "t.parquet", 1_000)


def test_a_missing_package_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a machine without pyarrow
    monkeypatch.setattr(parquet_text, "find_spec", lambda _name: None)
    # When a Parquet file is opened
    # Then it is said what to install
    with pytest.raises(
        ValueError, match=r"t is Parquet; .*: pip install 'trading-bot-order-flow\[parquet\]'$"
    ):
        ParquetText(tmp_path / "t", 1_000)
