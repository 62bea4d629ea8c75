"""`trading-bot repartition`: whole-market day files as Parquet with one row group a symbol."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from trading_bot.commands.progress import bytes_done
from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.repartition.files import Written, plan_files, repartition
from trading_bot.replay.checking.verdict import counted


def repartition_files(paths: tuple[Path, ...], out: Path, *, overwrite: bool) -> int:
    """Write every file anew, say what became of each, and return the exit status.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: A file cannot be repartitioned, or would replace another.
        OSError: A file cannot be read or written.
    """
    plan = plan_files(paths, out, overwrite=overwrite)
    before = 0
    with bytes_done("Repartitioning", sum(each.stat().st_size for each in plan)) as done:
        for source, target in plan.items():
            begun = monotonic_seconds()
            written = repartition(source, target, partial(_add, done, before))
            before += source.stat().st_size
            sys.stdout.write(f"{_line(written, monotonic_seconds() - begun)}\n")
            sys.stdout.flush()
    return 0


def _add(done: Callable[[int], None], before: int, read: int) -> None:
    done(before + read)


def _line(written: Written, seconds: float) -> str:
    sizes = [each.stat().st_size / 1e6 for each in (written.source, written.path)]
    odd = f", {written.odd:,} of them lines that are kept as they are," if written.odd else ""
    how = ", sorted on the disk" if written.by_disk else ""
    return (
        f"{written.path}: {written.rows:,} rows{odd} of {counted(written.symbols, 'symbol')}, "
        f"as many as in {written.source}; "
        f"{sizes[0]:,.1f} MB became {sizes[1]:,.1f} MB in {seconds:.1f} s{how}"
    )
