"""Puts frames on a terminal: styles as it knows them, and only the lines that have changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from trading_bot.live_view.cells import Line, Style, in_ascii, plain, width_of

_CODES: Final[Mapping[Style, str]] = {
    "dim": "2",
    "bold": "1",
    "exit": "1;37;41",
    "blind": "1;7",
    "degraded": "33",
    "alerted": "1;33",
    "good": "32",
    "bad": "1;31",
    "news": "2;3",
}
_BEGIN: Final = "\x1b[?1049h\x1b[?25l"
"""A screen of its own, so that what stood there comes back; no cursor."""
_END: Final = "\x1b[?25h\x1b[?1049l"
BELL: Final = "\a"


class Painter:
    """Draws frames.

    Args:
        write: Takes text for the terminal.
        has_colours: Whether styles are shown; the words say it all without them.
        is_ascii: Whether nothing but ASCII may be written.
    """

    def __init__(
        self, write: Callable[[str], object], *, has_colours: bool = True, is_ascii: bool = False
    ) -> None:
        self._write = write
        self._has_colours = has_colours
        self._is_ascii = is_ascii
        self._shown: list[str] = []
        self._size: tuple[int, int] | None = None

    def begin(self) -> None:
        """Take the screen."""
        self._size = None
        self._write(_BEGIN)

    def end(self) -> None:
        """Give the screen back as it was."""
        self._write(_END)

    def draw(self, lines: Sequence[Line], width: int, height: int) -> None:
        """Show a frame in the place of the one before."""
        out = []
        if self._size != (width, height):
            out.append("\x1b[0m\x1b[2J")
            self._size, self._shown = (width, height), []
        new = [self._row(each, width) for each in lines]
        for number in range(max(len(new), len(self._shown))):
            text = new[number] if number < len(new) else "\x1b[K"
            if number >= len(self._shown) or text != self._shown[number]:
                out.append(f"\x1b[{number + 1};1H{text}")
        self._shown = new
        if out:
            self._write("".join(out))

    def text(self, line: Line) -> str:
        """Return a line with its styles."""
        if not self._has_colours:
            return in_ascii(plain(line)) if self._is_ascii else plain(line)
        return "".join(self._styled(text, style) for text, style in line)

    def _row(self, line: Line, width: int) -> str:
        # Behind a full line the rest of it would be that line's last cell.
        return self.text(line) + ("\x1b[K" if width_of(line) < width else "")

    def _styled(self, text: str, style: Style) -> str:
        shown = in_ascii(text) if self._is_ascii else text
        code = _CODES.get(style)
        return f"\x1b[{code}m{shown}\x1b[0m" if code and shown else shown
