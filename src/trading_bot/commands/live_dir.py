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
