"""Rows of files of any form, read as a replay reads them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

from trading_bot.order_flow.market.units import TICKS_PER_DOLLAR, UNITS_PER_SHARE
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.rows import KIND, Row
from trading_bot.recorded.sources import FlatSource, ReadOptions

Read = tuple[list[Row], RowAccount]


def read(paths: Iterable[Path], options: ReadOptions | None = None) -> Read:
    """Return all rows of files in exchange order, and what became of them."""
    source = FlatSource([*paths], options or ReadOptions())
    return [row for batch in source.batches() for row in batch], source.account


def text_file(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def zip_file(path: Path, **members: Iterable[str]) -> Path:
    """Write an archive of CSV files, by their names without the ending."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, lines in members.items():
            archive.writestr(f"{name}.csv", "".join(f"{line}\n" for line in lines))
    return path


def prints(rows: Iterable[Row]) -> list[tuple[object, ...]]:
    """Return of each print stamp, price in dollars, shares, conditions, correction, exchange."""
    return [
        (row[0], row[5] / TICKS_PER_DOLLAR, row[6] / UNITS_PER_SHARE, *row[7:10])
        for row in rows
        if row[KIND] == 0
    ]


def quotes(rows: Iterable[Row]) -> list[tuple[object, ...]]:
    """Return of each quote stamp, bid, its shares, ask, its shares."""
    return [
        (
            row[0],
            row[5] / TICKS_PER_DOLLAR,
            row[6] / UNITS_PER_SHARE,
            row[7] / TICKS_PER_DOLLAR,
            row[8] / UNITS_PER_SHARE,
        )
        for row in rows
        if row[KIND]
    ]
