"""The part of the page's address that nobody can guess; kept beside the live file, for its owner.

A page that stays open goes on when its server starts again: so the token of a live folder stays.
Whoever may read it there may read the live file as well. It is drawn anew once the file is gone.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from trading_bot.order_flow.journal.private_files import open_private
from trading_bot.order_flow.live_file.place import TOKEN_FILE

_BYTES: Final = 24
_TOKEN: Final = re.compile(rb"[A-Za-z0-9_-]{32}")
_LONGEST_READ: Final = 64
_NOT_FOLLOWING: Final[int] = getattr(os, "O_NOFOLLOW", 0)


def page_token(folder: Path) -> str:
    """Return the token of a live folder, drawn where there is none or it is no such text.

    One that cannot be kept is for this run alone.

    Args:
        folder: Which exists, and is its owner's alone.
    """
    path = folder / TOKEN_FILE
    with suppress(OSError):
        kept = _read(path)
        if _TOKEN.fullmatch(kept):
            return kept.decode()
    token = secrets.token_urlsafe(_BYTES)
    with suppress(OSError):
        path.unlink(missing_ok=True)
        descriptor = open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            os.write(descriptor, token.encode())
        finally:
            os.close(descriptor)
    return token


def _read(path: Path) -> bytes:
    descriptor = open_private(path, os.O_RDONLY | _NOT_FOLLOWING)
    try:
        return os.read(descriptor, _LONGEST_READ)
    finally:
        os.close(descriptor)
