"""What one unit of work is made of: a bucket of symbols on one day, as plain data with a hash.

Two specifications with the same hash give the same bytes, on whatever machine they are worked off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec

from trading_bot.order_flow.config import OrderFlowConfig, QuoteSizeUnit
from trading_bot.order_flow.position import Position
from trading_bot.recorded.recognise import Format

FORM: Final = 1
"""Of what stands in the folder of parts; another one is not read."""
CODE: Final = f"{version('trading-bot-order-flow')}/{FORM}"


class Input(msgspec.Struct, frozen=True):
    """A file, and what changes with its content.

    Attributes:
        path: Where it lies.
        size: Its bytes.
        changed_ns: When it was changed last, Unix nanoseconds.
    """

    path: str
    size: int
    changed_ns: int


class Side(msgspec.Struct, frozen=True):
    """What a unit is given beside its rows.

    Attributes:
        name: What it is called among the parts.
        sha256: Of its content.
    """

    name: str
    sha256: str


class Held(msgspec.Struct, frozen=True):
    """A position, as `order_flow.position` tells of it."""

    symbol: str
    quantity: str
    average_price: str | None
    stop: str | None
    opened_at: datetime | None

    @classmethod
    def of(cls, position: Position) -> Held:
        """Return a position as plain data."""
        return cls(
            position.symbol,
            str(position.quantity),
            None if position.average_price is None else str(position.average_price),
            None if position.stop is None else str(position.stop),
            position.opened_at,
        )

    def position(self) -> Position:
        """Return the position."""
        return Position(
            self.symbol, self.quantity, self.average_price, self.stop, opened_at=self.opened_at
        )


class Reading(msgspec.Struct, frozen=True):
    """Which rows are read, and how; see `recorded.sources.ReadOptions`.

    Attributes:
        kind: What the files hold.
        symbols: Only these; empty means all.
        from_ns: Not before this exchange time.
        to_ns: Before this exchange time.
        quote_size_unit: What quote sizes count.
        day: The day of files that hold times of day only, and the one of LOBSTER's that is read.
        step_ns: What the stamps of all files are cut to, those of other days included.
        one_by_one: Whether symbols come one after the other in all of them.
    """

    kind: Format
    symbols: tuple[str, ...] = ()
    from_ns: int | None = None
    to_ns: int | None = None
    quote_size_unit: QuoteSizeUnit | None = None
    day: date | None = None
    step_ns: int = 1
    one_by_one: bool = False


class DaySpec(msgspec.Struct, frozen=True):
    """What all buckets of a day share.

    Attributes:
        day: In New York.
        inputs: The files that hold it.
        reading: Which of their rows.
        settings: Those that the rows are judged by.
        held: Positions of the user; None holds every symbol from its first two-sided quote.
        profile: Folder of the memories that symbols begin with; None for none.
        code: What it is worked off by.
    """

    day: date
    inputs: tuple[Input, ...]
    reading: Reading
    settings: Mapping[str, Any]
    held: tuple[Held, ...] | None = None
    profile: Side | None = None
    code: str = CODE

    def config(self) -> OrderFlowConfig:
        """Return the settings."""
        return OrderFlowConfig(**self.settings)


class PartitionSpec(msgspec.Struct, frozen=True):
    """One unit of work.

    Attributes:
        of: What all buckets of the day share.
        bucket: Of its symbols.
        memory: What own scale remembers of the days before; None for nothing.
        market: The market's minutes of the day; None where its own rows are all that is known.
        goes_on: Another day follows, which goes on from what own scale remembers of this one.
    """

    of: DaySpec
    bucket: int
    memory: Side | None = None
    market: Side | None = None
    goes_on: bool = False


def spec_hash(spec: PartitionSpec) -> str:
    """Return what names a specification: SHA-256, in hexadecimal digits."""
    return hashlib.sha256(msgspec.json.encode(spec, order="deterministic")).hexdigest()


def input_of(path: Path) -> Input:
    """Return a file as an input.

    Raises:
        OSError: It is not there.
    """
    found = path.stat()
    return Input(str(path), found.st_size, found.st_mtime_ns)


def folder_of(path: Path) -> Side:
    """Return a folder of profiles as an input: it changes with any file in it."""
    files = [input_of(each) for each in sorted(path.glob("*.json"))]
    return Side(str(path), hashlib.sha256(msgspec.json.encode(files)).hexdigest())
