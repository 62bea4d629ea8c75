"""Which live file is meant by whoever shows one."""

from __future__ import annotations

from pathlib import Path

from trading_bot.order_flow.live_file.place import live_folder, segments_in
from trading_bot.watched.asked import FOLDERS


def live_folder_of(home: Path, live_dir: Path | None, log_dir: Path | None) -> Path:
    """Return the live folder that is meant: the one that was named, or the record's.

    Where neither was named, it is that of the usual records whose file is the newest: whichever
    market is watched.

    Args:
        home: Where the usual folders lie.
        live_dir: The live folder that was named.
        log_dir: The folder of the record that was named.
    """
    if live_dir is not None:
        return live_dir
    if log_dir is not None:
        return live_folder(log_dir)
    usual = [live_folder(home / "logs" / each) for each in FOLDERS.values()]
    return max(usual, key=_newest)


def _newest(folder: Path) -> str:
    found = segments_in(folder)
    return found[-1].name if found else ""
