"""The whole picture of a terminal, as lines: what is urgent first, and all within its size; pure.

What does not fit is counted by how it stands, so that no exit is hidden in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from trading_bot.live_view.cells import CUT, Line, Style, clean, cut, wrap
from trading_bot.live_view.head import counts, label_spans, largest, muted, signs, silence, title
from trading_bot.live_view.rows import NARROW, Rows
from trading_bot.live_view.state import LiveState, Urgency
from trading_bot.live_view.verdicts import label_of
from trading_bot.live_view.words import SIMULATED, line_of_said
from trading_bot.live_view.zones import EXCHANGE, Zone

_ROOMY: Final = 15
"""Lines from which a frame has room for more than what is the matter and the rows."""
_LEAST_ROWS: Final = 3
_MOST_SAID: Final = 6
_SAID_PART: Final = 4
"""The newest lines of the record take one of so many lines of the rows at most."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a frame is drawn on.

    Attributes:
        width: Cells of a line.
        height: Lines; None for as many as there are.
        zone: In which times are shown.
        shows_said: Whether the newest lines of the record stand below the rows.
        waits_for: Where a guard is looked for, said while none was seen.
        footer: Lines at the very end.
    """

    width: int = 80
    height: int | None = 24
    zone: Zone = EXCHANGE
    shows_said: bool = False
    waits_for: str = ""
    footer: Sequence[str] = ()


def frame(state: LiveState, now_ns: int, canvas: Canvas) -> list[Line]:
    """Return the lines of a frame: no more than the canvas takes, and none wider than it.

    Args:
        state: What is so.
        now_ns: The machine's present, Unix nanoseconds.
        canvas: What it is drawn on.
    """
    as_of_ns = state.as_of(now_ns)
    rows = Rows(
        state,
        as_of_ns,
        canvas.width,
        zone=canvas.zone,
        is_silent=state.is_silent(now_ns),
    )
    urgencies = state.urgencies(as_of_ns)
    must = _what_is_the_matter(state, now_ns, canvas)
    is_wide = canvas.width >= NARROW
    more = _alerts_of_late(state, as_of_ns, canvas) if urgencies else []
    heads = [rows.heads()] if urgencies and is_wide else []
    said = _newest_said(state, as_of_ns, canvas) if canvas.shows_said and is_wide else []
    footer = [each for text in canvas.footer for each in _wrapped(text, "dim", canvas)]
    if canvas.height is None:
        every = [
            (*rows.row(*each), *chain.from_iterable(rows.details(*each)))
            for each in urgencies.items()
        ]
        return [*must, *more, *heads, *chain.from_iterable(every), *said, *footer]
    if canvas.height < _ROOMY:
        more, said, footer = [], [], []
    if canvas.height - len(must) - len(heads) < _LEAST_ROWS:
        heads = []
    # Whatever is the matter: rows stand all the same.
    must = must[: max(1, canvas.height - _LEAST_ROWS)]
    room = canvas.height - sum(map(len, (must, more, heads, footer)))
    # What was said stands in the record; what is urgent now has a row before it.
    spare = room - 1 - sum(each != "calm" for each in urgencies.values())
    said = said[len(said) - max(0, min(len(said), room // _SAID_PART, spare)) :]
    shown = _Packing(state, rows, urgencies, canvas.width).within(max(1, room - len(said)))
    return [*must, *more, *heads, *shown, *said, *footer][: canvas.height]


def _what_is_the_matter(state: LiveState, now_ns: int, canvas: Canvas) -> list[Line]:
    lines = wrap(title(state, now_ns, canvas.zone), canvas.width, 2)
    lines += _wrapped(silence(state, now_ns, canvas.zone, canvas.waits_for), "blind", canvas)
    for trouble in () if state.beat is None else state.beat.troubles:
        lines += _wrapped(trouble, "bad", canvas)
    lines += _wrapped(muted(state, canvas.zone), "alerted", canvas)
    counted = counts(state, now_ns, canvas.zone)
    return [*lines, *wrap(counted, canvas.width, 2)] if counted else lines


def _alerts_of_late(state: LiveState, as_of_ns: int, canvas: Canvas) -> list[Line]:
    found = signs(state, as_of_ns)
    if canvas.width >= NARROW:
        found = (*found, *largest(state, as_of_ns, canvas.zone))
    return wrap(found, canvas.width, 2)


def _newest_said(state: LiveState, as_of_ns: int, canvas: Canvas) -> list[Line]:
    mark = SIMULATED if state.beat is not None and state.beat.market == "simulated" else ""
    newest = state.said(as_of_ns)[-_MOST_SAID:]
    lines = [line_of_said(each, zone=canvas.zone, mark=mark) for each in newest]
    if canvas.height is None:
        return [part for each in lines for part in wrap(each, canvas.width, 4)]
    return [cut(each, canvas.width) for each in lines]


class _Packing:
    """Puts as many rows as it can into a few lines, and says how many the rest are.

    Rows of what is urgent go first, then why it is, then the rows of what is calm; only that every
    symbol has a row goes before why.
    """

    def __init__(
        self, state: LiveState, rows: Rows, urgencies: Mapping[str, Urgency], width: int
    ) -> None:
        self._state = state
        self._rows = rows
        self._urgencies = urgencies
        self._width = width

    def within(self, room: int) -> list[Line]:
        """Return so many lines at most."""
        symbols = list(self._urgencies)
        if not symbols:
            return []
        for most in (2, 1):
            shown = self._rows_within(symbols, room, most)
            if len(shown) == len(symbols):
                return self._with_details(shown, room)
        urgent = [each for each in symbols if self._urgencies[each] != "calm"]
        for last in range(1, room + 1):
            shown = self._urgent_within(urgent, room - last)
            lines = self._with_details(shown, room - last)
            if len(shown) == len(urgent):
                calm = self._rows_within(symbols[len(urgent) :], room - last - len(lines), 1)
                shown |= calm
                lines += chain.from_iterable(calm.values())
            rest = self._rest(symbols[len(shown) :])
            if len(rest) <= last:
                return [*lines, *rest]
        return self._rest(symbols)[:room]

    def _urgent_within(self, symbols: Sequence[str], room: int) -> dict[str, list[Line]]:
        """Return the rows of what is urgent: in two lines, at least of exits, where these fit."""
        exits = [each for each in symbols if self._urgencies[each] == "exit"]
        shown: dict[str, list[Line]] = {}
        for apart in (symbols, exits, ()):
            shown = self._rows_within(symbols, room, 1, apart)
            if len(shown) == len(symbols) or (apart is exits and len(shown) >= len(exits)):
                break
        return shown

    def _rows_within(
        self, symbols: Sequence[str], room: int, most: int, apart: Sequence[str] = ()
    ) -> dict[str, list[Line]]:
        """Return the rows of the first symbols for which there is room.

        Args:
            symbols: Whose.
            room: Lines.
            most: Lines of a row.
            apart: Symbols whose rows have two lines whatever `most` says.
        """
        shown: dict[str, list[Line]] = {}
        for symbol in symbols:
            lines = 2 if symbol in apart else most
            row = self._rows.row(symbol, self._urgencies[symbol], lines=lines)
            if len(row) > room:
                break
            room -= len(row)
            shown[symbol] = row
        return shown

    def _with_details(self, shown: Mapping[str, list[Line]], room: int) -> list[Line]:
        """Return the rows with as many details as there is room for, of each symbol in turn."""
        left = room - sum(map(len, shown.values()))
        found = {symbol: list(row) for symbol, row in shown.items()}
        parts = {
            symbol: self._rows.details(symbol, self._urgencies[symbol])
            for symbol in (shown if left else ())
        }
        for number in range(max(map(len, parts.values()), default=0)):
            for symbol, details in parts.items():
                part = details[number] if number < len(details) else []
                kept = part[:left]
                if kept and len(kept) < len(part):
                    *before, (text, style) = kept[-1]
                    kept[-1] = (*before, (f"{text.rpartition(' ')[0]} {CUT}", style))
                left -= len(kept)
                found[symbol] += kept
        return list(chain.from_iterable(found.values()))

    def _rest(self, symbols: Iterable[str]) -> list[Line]:
        """Say how many symbols are not shown, by how they stand."""
        labels = Counter(
            label_of(self._state.rows.get(each), self._urgencies[each]) for each in symbols
        )
        return wrap(label_spans(labels, "+"), self._width) if labels else []


def _wrapped(text: str, style: Style, canvas: Canvas) -> list[Line]:
    return wrap(((clean(text), style),), canvas.width, 2) if text else []
