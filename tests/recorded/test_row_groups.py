"""Row groups of Parquet files: those without a wanted symbol are passed over, and counted."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from support.flat_data import at
from support.form_files import needs_pyarrow

from trading_bot.recorded.parquet.cells import Passed
from trading_bot.recorded.parquet.text import ParquetText
from trading_bot.recorded.sources import FlatSource, ReadOptions

pytestmark = needs_pyarrow
NAMES = ("ACME", "ACME", "BOLT", "BOLT", "CLIF", "CLIF")


def prints(path: Path, group_rows: int = 2, **options: Any) -> Path:
    """Write two prints of each symbol, so many rows a group."""
    arrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    table = arrow.table(
        {
            "ticker": list(NAMES),
            "price": [100.0] * 6,
            "size": [100] * 6,
            "sip_timestamp": [at(n) for n in range(6)],
        }
    )
    parquet.write_table(table, path, row_group_size=group_rows, **options)
    return path


def read(path: Path, *symbols: str) -> tuple[list[str], dict[str, int], int]:
    source = FlatSource([path], ReadOptions(symbols=symbols))
    found = [row[3] for rows in source.batches() for row in rows]
    trades = source.account.trades
    return found, dict(trades.not_judged), trades.read


@pytest.mark.parametrize(
    "symbols", [("ACME",), ("BOLT",), ("CLIF",), ("ACME", "CLIF"), ("BOLT", "ZZZZ"), ("ZZZZ",)]
)
@pytest.mark.parametrize("group_rows", [1, 2, 4, 6])
def test_rows_of_other_symbols_count_whether_they_are_read_or_not(
    tmp_path: Path, group_rows: int, symbols: tuple[str, ...]
) -> None:
    # Given groups of so many rows
    path = prints(tmp_path / "t.parquet", group_rows)
    wanted = [name for name in NAMES if name in symbols]
    # When some symbols are wanted
    found, left, rows = read(path, *symbols)
    # Then theirs are read, and the others count
    assert (found, rows) == (wanted, 6)
    assert left == ({"other_symbol": 6 - len(wanted)} if len(wanted) < 6 else {})


def test_a_file_without_statistics_is_read_as_a_whole(tmp_path: Path) -> None:
    # Given a file that does not say what its groups hold
    path = prints(tmp_path / "t.parquet", write_statistics=False)
    # When one symbol is wanted, then the rest is read and left
    assert read(path, "BOLT") == (["BOLT", "BOLT"], {"other_symbol": 4}, 6)


def test_groups_of_another_reader_are_not_counted(tmp_path: Path) -> None:
    # Given three groups
    text = ParquetText(prints(tmp_path / "t.parquet"), 1_000)
    # When another reader has the first and the last
    first, second, third = text.pieces(None, lambda name: name == "BOLT")
    # Then these are passed over, and do not count
    assert first == third == Passed(2, counted=False)
    assert isinstance(second, str)
    assert second.count("BOLT") == 2


def test_passed_groups_are_no_lines(tmp_path: Path) -> None:
    # Given a file of three groups
    text = ParquetText(prints(tmp_path / "t.parquet"), 1_000)
    # When its lines are asked for
    # Then all of them come
    assert "".join(text.blocks()).count("\n") == 6
    assert text.is_whole
