"""A small LOBSTER day."""

from __future__ import annotations

from pathlib import Path

BOOK = "1000000,5,999900,20000"


def lobster_files(folder: Path, symbol: str = "ACME", day: str = "2012-06-21") -> Path:
    stem = f"{symbol}_{day}_34200000_57600000"
    (folder / f"{stem}_message_1.csv").write_text("34200.5,1,1,5,999900,1\n34201,4,1,5,999900,1\n")
    path = folder / f"{stem}_orderbook_1.csv"
    path.write_text(f"{BOOK}\n1000000,5,999900,15000\n")
    return path
