"""The page's colours, dark and light: told apart by lightness too, and no red beside a green.

Figures name a colour as `$name`, or `$name/33` where it is to shine through; the page's script puts
in what the reader's screen or paper asks for.
"""

from __future__ import annotations

from typing import Final

DARK: Final = {
    "page": "#0b1015",
    "card": "#121920",
    "edge": "#2b3845",
    "grid": "#222c37",
    "ink": "#dde4ea",
    "faint": "#95a3b1",
    "one": "#f0e442",
    "several": "#ff9d2e",
    "burst": "#ff5c5c",
    "bid": "#4aa3e0",
    "ask": "#f0a6d6",
}
LIGHT: Final = {
    "page": "#eef1f4",
    "card": "#ffffff",
    "edge": "#c6cfd8",
    "grid": "#e4e9ed",
    "ink": "#17212b",
    "faint": "#566370",
    "one": "#b08c00",
    "several": "#b04a00",
    "burst": "#7a0a2c",
    "bid": "#0072b2",
    "ask": "#7a2460",
}


def variables() -> str:
    """Return the colours as variables of a style sheet."""
    dark, light = (
        "".join(f"--{name}: {value}; " for name, value in each.items()) for each in (DARK, LIGHT)
    )
    return (
        f":root {{ color-scheme: dark; {dark}}}\n"
        f"@media (prefers-color-scheme: light) {{ :root {{ color-scheme: light; {light}}} }}\n"
        f"@media print {{ :root {{ color-scheme: light; {light}}} }}\n"
        f":root[data-paper] {{ color-scheme: light; {light}}}"
    )
