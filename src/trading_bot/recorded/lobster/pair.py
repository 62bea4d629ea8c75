"""The two files of a LOBSTER stock-day, wherever they lie and whatever they are called."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from trading_bot.recorded.lobster.columns import Columns, FileKind, columns_of
from trading_bot.recorded.packed import damage_named, members, unpacked

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_LINE_CHARACTERS = 1 << 16
_NAME = re.compile(
    r"(?P<stem>(?P<symbol>[A-Za-z][A-Za-z.-]*)_(?P<day>\d{4}-\d{2}-\d{2})_.*)"
    r"(?P<kind>message|orderbook)_(?P<levels>\d+)\.csv(?:\.(?:gz|zst|bz2|xz))?"
)


@dataclass(frozen=True, slots=True)
class LobsterPart:
    """One of the two files.

    Attributes:
        path: Where it lies.
        member: Which file it is in an archive; None for any other file.
    """

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        """What it is called, without its folder."""
        return PurePosixPath(self.member or self.path.name).name

    @property
    def where(self) -> str:
        """What it is called in messages."""
        return str(self.path) if self.member is None else f"{self.path}/{self.member}"

    def columns(self) -> Columns | None:
        """Tell by its first line what it is; None for nothing of LOBSTER's."""
        with self._lines() as lines:
            return columns_of(lines.readline(_LINE_CHARACTERS))

    def rows(self, kind: FileKind) -> Iterator[str]:
        """Yield its rows as LOBSTER writes them.

        Args:
            kind: What its name says that it holds; its content only says how.

        Raises:
            ValueError: It is cut off or damaged.
        """
        columns = self.columns()
        if columns is None or columns.kind != kind:
            columns = Columns(kind)
        with self._lines() as lines:
            yield from columns.rows(lines)

    @contextmanager
    def _lines(self) -> Iterator[io.TextIOWrapper]:
        with (
            damage_named(self.path),
            self.path.open("rb") as raw,
            unpacked(raw, member=self.member) as stream,
            io.TextIOWrapper(stream, encoding="utf-8", errors="replace") as lines,
        ):
            yield lines


@dataclass(frozen=True, slots=True)
class LobsterPair:
    """The message file and the order-book file of one stock-day.

    Attributes:
        symbol: Ticker.
        day: Trading day in New York.
        message: The file of messages.
        book: The file of books; its row k is the book after message k.
    """

    symbol: str
    day: date
    message: LobsterPart
    book: LobsterPart

    def lines(self) -> Iterator[tuple[str | None, str | None]]:
        """Yield each message with the book after it; None where one file is longer.

        Raises:
            ValueError: A file is cut off or damaged.
        """
        yield from zip_longest(self.message.rows("message"), self.book.rows("orderbook"))


def pairs_of(
    paths: Iterable[Path], symbols: Collection[str] = (), day: date | None = None
) -> list[LobsterPair]:
    """Return the stock-days in files, in the order of days and symbols.

    Args:
        paths: Archives of any number of days, or message or order-book files: of those that are
            named as LOBSTER names them the twin may lie beside them unnamed.
        symbols: Only these; where a pair's names do not tell, the one it is of. Empty means all.
        day: Only this one; where a pair's names do not tell, the one it is of. None means all.

    Raises:
        FileNotFoundError: A file or its twin is missing.
        ValueError: Neither names nor the caller tell symbol and day, a stock-day is there twice, or
            an archive is damaged.
    """
    found: dict[tuple[date, str], LobsterPair] = {}
    unnamed: list[LobsterPart] = []
    for path in paths:
        if not path.is_file():
            raise FileNotFoundError(f"{path} is not a file")
        pairs, others = _pairs_at(path)
        unnamed += others
        for pair in pairs:
            _add(found, pair)
    if unnamed:
        _add(found, _unnamed_pair(unnamed, symbols, day))
    return [
        pair
        for (of_day, symbol), pair in sorted(found.items())
        if (not symbols or symbol in symbols) and day in (None, of_day)
    ]


def _add(found: dict[tuple[date, str], LobsterPair], pair: LobsterPair) -> None:
    known = found.setdefault((pair.day, pair.symbol), pair)
    if known != pair:
        raise ValueError(
            f"{pair.symbol} {pair.day} is there twice, in {known.message.where} and in "
            f"{pair.message.where}; give one of them"
        )


class _Named(NamedTuple):
    """A file whose name tells what it is; `common` is what it shares with its twin."""

    part: LobsterPart
    symbol: str
    day: date
    kind: str
    common: tuple[str, str]


def _pairs_at(path: Path) -> tuple[list[LobsterPair], list[LobsterPart]]:
    """Return the pairs that a path leads to, and the files at it that no name explains."""
    inside = members(path)
    if inside == [None]:
        named = _named(LobsterPart(path))
        if named is None:
            return [], [LobsterPart(path)]
        beside = (_named(LobsterPart(each)) for each in sorted(path.parent.iterdir()))
        twins = [each for each in beside if each is not None and each.common == named.common]
        return _paired(path, twins), []
    parts = [LobsterPart(path, member) for member in inside]
    found = [_named(part) for part in parts]
    others = [
        part
        for part, named in zip(parts, found, strict=True)
        if named is None and part.columns() is not None
    ]
    pairs = _paired(path, [named for named in found if named is not None])
    if not pairs and not others:
        raise ValueError(f"{path} holds no LOBSTER file")
    return pairs, others


def _paired(path: Path, named: Sequence[_Named]) -> list[LobsterPair]:
    by_common: dict[tuple[str, str], dict[str, _Named]] = {}
    for each in named:
        by_common.setdefault(each.common, {})[each.kind] = each
    pairs = []
    for common, halves in by_common.items():
        if len(halves) < 2:
            raise FileNotFoundError(
                f"{path}: {common[0]} is only half of a pair: LOBSTER data is a message file and "
                "an orderbook file of one name, in one folder or in one .zip"
            )
        message, book = halves["message"], halves["orderbook"]
        pairs.append(LobsterPair(message.symbol, message.day, message.part, book.part))
    return pairs


def _unnamed_pair(
    parts: Sequence[LobsterPart], symbols: Collection[str], day: date | None
) -> LobsterPair:
    """Put two files together by what they hold.

    Raises:
        ValueError: They are not one of each kind, or nobody tells symbol and day.
    """
    names = ", ".join(part.where for part in parts)
    by_kind: dict[FileKind, list[LobsterPart]] = {"message": [], "orderbook": []}
    for part in parts:
        columns = part.columns()
        if columns is None:
            raise ValueError(f"{part.where} is no LOBSTER file")
        by_kind[columns.kind].append(part)
    if [len(found) for found in by_kind.values()] != [1, 1]:
        raise ValueError(
            f"{names}: not named like LOBSTER files (SYMBOL_YYYY-MM-DD_..._message_LEVELS.csv), so "
            "give one file of messages and its file of order books at a time"
        )
    if len(symbols) != 1 or day is None:
        raise ValueError(
            f"{names}: not named like LOBSTER files (SYMBOL_YYYY-MM-DD_..._message_LEVELS.csv), so "
            "say whose they are with --symbol and of which day with --day YYYY-MM-DD"
        )
    (symbol,) = symbols
    return LobsterPair(symbol, day, by_kind["message"][0], by_kind["orderbook"][0])


def _named(part: LobsterPart) -> _Named | None:
    """Read the name of a file as LOBSTER writes it; None for any other."""
    match = _NAME.fullmatch(part.name)
    day = None if match is None else _day_of(match["day"])
    if match is None or day is None:
        return None
    folder = part.path.parent if part.member is None else PurePosixPath(part.member).parent
    common = (f"{folder}/{match['stem']}", match["levels"])
    return _Named(part, match["symbol"], day, match["kind"], common)


def _day_of(text: str) -> date | None:
    """Return the day that a name tells; None for one that cannot be."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year < _LAST_YEAR else None
