"""The files that the page is made of: a fixed list, read once; an address only picks from it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

PAGE: Final = "page.html"
"""What is served at the page's own address."""
_SCRIPT: Final = "text/javascript; charset=utf-8"
_STYLE: Final = "text/css; charset=utf-8"

STATICS: Final[tuple[tuple[str, str], ...]] = (
    (PAGE, "text/html; charset=utf-8"),
    ("page.css", _STYLE),
    ("page.js", _SCRIPT),
)
"""Each file below `static/`, with its content type."""


def read_statics() -> Mapping[str, tuple[str, bytes]]:
    """Return content type and bytes of each file by its name."""
    folder = files("trading_bot.live_view.page") / "static"
    return {name: (kind, folder.joinpath(name).read_bytes()) for name, kind in STATICS}
