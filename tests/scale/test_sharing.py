"""Sharing symbols among jobs."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.flat_data import trade_line, trades_file
from support.many_days import SYMBOLS, write_days

from trading_bot.recorded.sources import ReadOptions
from trading_bot.scale.pools import pool_of
from trading_bot.scale.sharing import shared, worked_off
from trading_bot.scale.workers import Workers


def doubled(number: int) -> int:
    return 2 * number


def test_results_come_in_the_order_of_the_tasks() -> None:
    # Given tasks
    # When they are worked off
    # Then what came of each stands in its place
    assert [*worked_off(doubled, [3, 1, 2], Workers(1, pool_of))] == [6, 2, 4]


@pytest.mark.parametrize(("jobs", "kind"), [(1, "polygon"), (2, "jsonl"), (2, "databento")])
def test_one_job_and_a_stream_are_not_shared(jobs: int, kind: str) -> None:
    # Given one job, or files that cannot be divided
    # When they are shared
    # Then one share is everything
    assert shared([], kind, ReadOptions(), jobs) == (None, [None])  # type: ignore[arg-type]


def test_each_symbol_is_one_jobs(tmp_path: Path) -> None:
    # Given a day of eight symbols
    files = write_days(tmp_path, days=(0,))
    # When three share it
    plan, shares = shared(files, "polygon", ReadOptions(), 3)
    # Then each symbol is in one share, and one of them counts what concerns whole files
    assert plan is not None
    for symbol in SYMBOLS:
        assert sum(share is not None and share.wants(symbol) for share in shares) == 1
    assert [share is not None and share.is_first for share in shares].count(True) == 1


def test_a_damaged_file_ends_what_needs_all_of_them(tmp_path: Path) -> None:
    # Given a file that cannot be opened beside one that can
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"\x1f\x8b\x08" + b"x" * 40)
    # When both are shared
    # Then it is said
    with pytest.raises(ValueError, match="cut off or damaged"):
        shared([bad, trades_file(tmp_path / "t.csv", trade_line(0))], "polygon", ReadOptions(), 2)
