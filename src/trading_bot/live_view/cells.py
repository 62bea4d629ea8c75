"""Lines of styled text, measured in cells of a terminal: cleaned, wrapped by words, or cut; pure.

A style is a word for what the text means. Who writes the line knows what it looks like there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from rich.cells import cell_len

Style = Literal["", "dim", "bold", "exit", "blind", "degraded", "alerted", "good", "bad", "news"]
Span = tuple[str, Style]
Line = tuple[Span, ...]

CUT: Final = "…"
_ASCII: Final = str.maketrans(
    {CUT: "~", "●": "*", "◐": "%", "○": "o", "▲": "^", "■": "#", "⏏": "!"}
)
"""What stands for a sign where only ASCII can be shown."""
_PIECE: Final = re.compile(r"[^ ]+ *| +")


def clean(text: str) -> str:
    """Return a text without what moves a cursor, rings a bell or is no character at all."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(each) for each in text)


def in_ascii(text: str) -> str:
    """Return a text in ASCII: signs by what stands for them, else a question mark."""
    return text.translate(_ASCII).encode("ascii", "replace").decode()


def width_of(line: Line) -> int:
    """Return how many cells a line takes."""
    return sum(cell_len(text) for text, _ in line)


def plain(line: Line) -> str:
    """Return the text of a line."""
    return "".join(text for text, _ in line)


def cut(line: Line, width: int) -> Line:
    """Return as much of a line as fits, ended by `CUT` where not all does."""
    if width_of(line) <= width:
        return line
    kept: list[Span] = []
    left = width - cell_len(CUT)
    for text, style in line:
        piece, rest = _split(text, left)
        left = 0 if rest else left - cell_len(piece)
        if piece:
            kept.append((piece, style))
    return (*kept, (CUT, "")) if width > 0 else ()


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return a text of just this width: filled with blanks, or cut."""
    shown = plain(cut(((text, ""),), width))
    blanks = " " * (width - cell_len(shown))
    return blanks + shown if right else shown + blanks


def wrap(line: Line, width: int, indent: int = 0) -> list[Line]:
    """Break a line between words; a word that is wider than a line is broken.

    Args:
        line: What is to be shown; no character of it but blanks is lost.
        width: Cells of a line.
        indent: Blanks before each further line.
    """
    if width_of(line) <= width:
        return [line]
    indent = min(indent, width // 2)
    lines: list[list[Span]] = [[]]
    used, room = 0, max(width, 2)
    for word, blanks in _words(line):
        if used and used + width_of(word) > room:
            lines.append([])
            used, room = 0, max(width - indent, 2)
        for text, style in word:
            rest = text
            while cell_len(rest) > room - used:
                piece, rest = _split(rest, room - used)
                lines[-1].append((piece, style))
                lines.append([])
                used, room = 0, max(width - indent, 2)
            lines[-1].append((rest, style))
            used += cell_len(rest)
        lines[-1].append((blanks, word[-1][1]))
        used += len(blanks)
    first, *further = (_without_end(each) for each in lines)
    return [first, *(((" " * indent, ""), *each) for each in further)]


def _words(line: Line) -> Iterator[tuple[Line, str]]:
    """Yield each word, which may be of several styles, with the blanks behind it."""
    word: Line = ()
    for text, style in line:
        for piece in _PIECE.findall(text):
            shown = piece.rstrip(" ")
            word = (*word, (shown, style))
            if shown != piece:
                yield word, piece[len(shown) :]
                word = ()
    if word:
        yield word, ""


def _without_end(spans: Iterable[Span]) -> Line:
    """Return a line without the blanks at its end."""
    kept = list(spans)
    while kept:
        text, style = kept.pop()
        if shown := text.rstrip(" "):
            return (*kept, (shown, style))
    return ()


def _split(text: str, width: int) -> tuple[str, str]:
    """Split a text where it is so many cells wide; a wide character is not halved."""
    used = 0
    for number, each in enumerate(text):
        used += cell_len(each)
        if used > width:
            return text[:number], text[number:]
    return text, ""


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\n\r":
        return " "
    # Controls, what turns the direction of writing, halves of pairs, and what has no meaning.
    return "" if category in ("Cc", "Cf", "Cs", "Cn", "Co") else character
