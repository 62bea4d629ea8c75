"""One day in every dress that people bring it in: the rows are the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.flat_data import (
    QUOTES_HEADER,
    TRADES_HEADER,
    at,
    quote_line,
    quotes_file,
    trade_line,
    trades_file,
)

from trading_bot.recorded.recognise import files_in
from trading_bot.recorded.rows import Row
from trading_bot.recorded.sources import FlatSource, ReadOptions

Table = list[dict[str, str]]


def tables() -> tuple[Table, Table]:
    """Return a day's trades and quotes, cell by cell."""
    trades = [
        trade_line(n, sequence_number=n, conditions='"14,37"' if n % 3 == 0 else "", trf_id=201)
        for n in range(1, 20)
    ]
    quotes = [quote_line(n - 0.5, sequence_number=n) for n in range(1, 20)]
    return parsed(TRADES_HEADER, trades), parsed(QUOTES_HEADER, quotes)


def parsed(header: str, lines: list[str]) -> Table:
    return list(csv.DictReader(io.StringIO("\n".join((header, *lines)))))


def written(path: Path, table: Table, separator: str = ",") -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, table[0].keys(), delimiter=separator)
        writer.writeheader()
        writer.writerows(table)
    return path


def rows_of(folder: Path, trades: Table, quotes: Table, separator: str = ",") -> list[Row]:
    folder.mkdir()
    paths = [
        written(folder / "t.csv", trades, separator),
        written(folder / "q.csv", quotes, separator),
    ]
    source = FlatSource(paths, ReadOptions(symbols=("ACME",)))
    rows = [row for batch in source.batches() for row in batch]
    assert not source.account.trades.refused
    assert not source.account.quotes.refused
    return rows


def with_cells(change: Callable[[str, str], str]) -> Callable[[Table], Table]:
    return lambda table: [{name: change(name, text) for name, text in row.items()} for row in table]


def with_names(names: dict[str, str]) -> Callable[[Table], Table]:
    return lambda table: [
        {names.get(name, name): text for name, text in row.items()} for row in table
    ]


def as_float(*columns: str) -> Callable[[Table], Table]:
    return with_cells(
        lambda name, text: f"{text}.0" if name in columns and text.isdecimal() else text
    )


def listed(begin: str, between: str, end: str) -> Callable[[Table], Table]:
    def change(name: str, text: str) -> str:
        if name != "conditions":
            return text
        return begin + between.join(filter(None, text.split(","))) + end

    return with_cells(change)


def iso(name: str, text: str) -> str:
    if name != "sip_timestamp":
        return text
    moment = datetime.fromtimestamp(int(text) // 10**9, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{int(text) % 10**9:09d}+00:00"


def decimals(name: str, text: str) -> str:
    return f"{text}.000000" if name == "size" else text


VARIANTS: dict[str, Callable[[Table], Table]] = {
    "decimals": with_cells(decimals),
    "trf_id_float": as_float("trf_id"),
    "correction_float": as_float("correction"),
    "exchange_float": as_float("exchange", "ask_exchange", "bid_exchange"),
    "sizes_float": as_float("size", "bid_size", "ask_size", "sequence_number"),
    "brackets": listed("[", ", ", "]"),
    "blanks": listed("", " ", ""),
    "bars": listed("", "|", ""),
    "symbol": with_names({"ticker": "symbol", "sip_timestamp": "timestamp"}),
    "upper_case": lambda table: [
        {name.upper(): text for name, text in row.items()} for row in table
    ],
    "iso": with_cells(iso),
    "no_ticker": lambda table: [
        {name: text for name, text in row.items() if name != "ticker"} for row in table
    ],
    "index_column": lambda table: [{"": str(n), **row} for n, row in enumerate(table)],
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_day_is_the_same_in_every_dress(tmp_path: Path, variant: str) -> None:
    # Given a day as the vendor writes it, and as a tool has left it
    trades, quotes = tables()
    dressed = VARIANTS[variant]
    # When both are read
    plain = rows_of(tmp_path / "plain", trades, quotes)
    found = rows_of(tmp_path / variant, dressed(trades), dressed(quotes))
    # Then the rows are the same
    assert found == plain


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_day_is_the_same_whatever_separates_its_cells(tmp_path: Path, separator: str) -> None:
    # Given a day with commas, and with another separator
    trades, quotes = tables()
    # When both are read
    plain = rows_of(tmp_path / "plain", trades, quotes)
    found = rows_of(tmp_path / "other", trades, quotes, separator)
    # Then the rows are the same
    assert found == plain


def test_a_day_is_the_same_with_its_newest_row_first(tmp_path: Path) -> None:
    # Given a day, and the same from its end
    trades, quotes = tables()
    # When both are read
    plain = rows_of(tmp_path / "plain", trades, quotes)
    found = rows_of(tmp_path / "other", trades[::-1], quotes[::-1])
    # Then the rows are the same but for their lines
    assert [row[:4] + row[5:] for row in found] == [row[:4] + row[5:] for row in plain]


def test_the_vendors_tree_is_read_as_a_whole(tmp_path: Path) -> None:
    # Given a day as the vendor's bucket holds it
    for kind, file, line in (
        ("trades_v1", trades_file, trade_line(1)),
        ("quotes_v1", quotes_file, quote_line(0)),
    ):
        folder = tmp_path / "us_stocks_sip" / kind / "2013" / "10"
        folder.mkdir(parents=True)
        file(folder / "2013-10-08.csv.gz", line)
    # When its root is read
    source = FlatSource(files_in([tmp_path]), ReadOptions())
    # Then both files count
    assert [row[0] for batch in source.batches() for row in batch] == [at(0), at(1)]
