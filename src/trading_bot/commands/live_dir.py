"""Where `monitor` writes its live file."""

from __future__ import annotations

from pathlib import Path

from trading_bot.order_flow.live_file.place import folder_to_write, make_live_folder
from trading_bot.screen import Say

NONE = Path("off")


def live_dir_of(given: Path | None, record: Path, say: Say) -> Path | None:
    """Return the folder of the live file; None where none is to be written, or none can be.

    Args:
        given: What was asked for; `NONE` for no live file, None for the usual place.
        record: Folder of the record.
        say: Says why there is no live file though one was wished: the watch goes on.
    """
    if given is not None:
        return None if given == NONE else given
    folder = folder_to_write(record)
    try:
        make_live_folder(folder)
    except OSError as error:
        say(f"note: there is no live file, so nothing is shown elsewhere: {error}", "yellow")
        return None
    return folder


def page_of(given: Path | None, record: Path | None) -> str:
    """Return the command that shows this guard in a browser; nothing where it writes no live file.

    Args:
        given: What was asked for, as of `live_dir_of`.
        record: Folder of the record that was named; None for the usual one.
    """
    if given is not None:
        return "" if given == NONE else f"trading-bot page --live-dir {given}"
    return "trading-bot page" if record is None else f"trading-bot page --log-dir {record}"
