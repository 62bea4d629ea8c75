"""Options of a replay of a small day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.flat_data import quote_line, quotes_file, trade_line, trades_file
from trading_bot.replay.run_replay import ReplayOptions


def a_day(folder: Path, **changes: Any) -> ReplayOptions:
    """Write a day with three large sellers and return options to play it by fixed thresholds."""
    settings = folder / "config.json"
    if not settings.exists():
        settings.write_text('{"thresholds": "fixed"}')
    quotes_file(folder / "q.csv", quote_line(0))
    sales = [trade_line(n, size=12_000, id=n, sequence_number=n) for n in (1, 2, 3)]
    trades_file(folder / "t.csv", *sales, trade_line(4, size=0), trade_line(5, conditions="2"))
    # One row in five is no good.
    changes.setdefault("accept_losses", True)
    return ReplayOptions(
        paths=(folder / "q.csv", folder / "t.csv"),
        config_path=settings,
        env_file=folder / ".env",
        **changes,
    )
