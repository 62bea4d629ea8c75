"""The files that the page is made of: a fixed list, read once; an address only picks from it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

PAGE: Final = "page.html"
"""What is served at the page's own address."""
_SCRIPT: Final = "text/javascript; charset=utf-8"
_STYLE: Final = "text/css; charset=utf-8"
_MODULES: Final = (
    *("banners", "charts", "detail", "dom", "heat", "history", "lists", "marks"),
    *("page", "sound", "store", "stream", "strips", "table", "theme", "words"),
)

STATICS: Final[tuple[tuple[str, str], ...]] = (
    (PAGE, "text/html; charset=utf-8"),
    ("icon.svg", "image/svg+xml"),
    ("page.css", _STYLE),
    ("parts.css", _STYLE),
    *((f"{name}.js", _SCRIPT) for name in _MODULES),
    ("vendor/uPlot.iife.min.js", _SCRIPT),
    ("vendor/uPlot.min.css", _STYLE),
)
"""Each file below `static/`, with its content type."""


def read_statics() -> Mapping[str, tuple[str, bytes]]:
    """Return content type and bytes of each file by its name."""
    folder = files("trading_bot.live_view.page") / "static"
    return {name: (kind, folder.joinpath(name).read_bytes()) for name, kind in STATICS}
