"""The folder in which parts lie until all are there, and the list of those that are whole.

parts/<config hash>/<day>/<bucket>.jsonl         lines of the record, in their order
parts/<config hash>/<day>/<bucket>.memory.json   what own scale remembers after the day
parts/<config hash>/<day>/market.json            the market's minutes
parts/<config hash>/manifest.jsonl               what is whole, a line each task

A file has its name once it is whole. A line of the list is written when all files of a task are.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from trading_bot.order_flow.journal.private_files import make_private_folder, private_writer
from trading_bot.order_flow.outside.door import decode_or_none
from trading_bot.order_flow.rules.own_scale.state import ScaleState
from trading_bot.scale.accounts import PlainAccount
from trading_bot.scale.specs import Side

FOLDER: Final = "parts"
MANIFEST: Final = "manifest.jsonl"
MARKET: Final = "market.json"

Memories = Mapping[str, ScaleState]


class Part(msgspec.Struct, frozen=True):
    """The lines of one unit.

    Attributes:
        bucket: Of its symbols.
        spec: Hash of its specification.
        sha256: Of its lines.
        memory: What own scale remembers after it; None where nothing goes on from it.
    """

    bucket: int
    spec: str
    sha256: str
    memory: Side | None = None


class Found(msgspec.Struct, kw_only=True):
    """What came of the units of one task: plain data, and no row.

    Attributes:
        day: In New York.
        parts: Of each bucket.
        account: What became of the rows.
        rows: Rows read, those left out included.
        trades: Prints played.
        quotes: Quotes played.
        first_ns: Exchange time of the earliest row, 0 without one.
        last_ns: Of the latest.
        symbols: Every symbol met.
        alerts: (type, source, severity) and how many.
        exits: By urgency.
        feed_events: By kind.
        dropped: What was not judged in full, by reason.
    """

    day: date
    parts: tuple[Part, ...]
    account: PlainAccount
    rows: int
    trades: int
    quotes: int
    first_ns: int
    last_ns: int
    symbols: list[str]
    alerts: list[tuple[str, str, str, int]]
    exits: dict[str, int]
    feed_events: dict[str, int]
    dropped: dict[str, int]


_found = msgspec.json.Decoder(Found)
_memories = msgspec.json.Decoder(dict[str, ScaleState])


class Parts:
    """The parts of one run.

    Args:
        folder: Where `parts` lies.
        config_hash: Names the settings.
    """

    def __init__(self, folder: Path, config_hash: str) -> None:
        self.folder = folder / FOLDER / config_hash

    def path(self, day: date, bucket: int) -> Path:
        """Return where the lines of a unit lie."""
        return self.folder / day.isoformat() / f"{bucket}.jsonl"

    def put(self, name: str, content: bytes) -> Side:
        """Write a file whole, and return it as an input for others.

        Args:
            name: Below the folder.
            content: Of the file.

        Raises:
            OSError: It cannot be written.
        """
        path = self.folder / name
        make_private_folder(path.parent)
        # Of its own: two workers may have the same task, where one was taken for lost.
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}.unfinished")
        with private_writer(unfinished) as stream:
            stream.write(content)
        unfinished.replace(path)
        return Side(name, hashlib.sha256(content).hexdigest())

    def get(self, side: Side) -> bytes:
        """Return a file that was put.

        Raises:
            ValueError: It is not there any more, or not as it was.
        """
        path = self.folder / side.name
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != side.sha256:
            raise ValueError(f"{path} is not what was put there; remove {self.folder.parent}")
        return content

    def memories(self, side: Side | None) -> dict[str, ScaleState]:
        """Return what own scale remembers.

        Raises:
            ValueError: The file is not what it was.
        """
        return {} if side is None else decode_or_none(self.get(side), _memories) or {}

    def note(self, found: Found) -> None:
        """Enter a task's parts in the list.

        Raises:
            OSError: It cannot be written.
        """
        make_private_folder(self.folder)
        with (self.folder / MANIFEST).open("ab") as stream:
            stream.write(msgspec.json.encode(found) + b"\n")

    def whole(self) -> Iterator[Found]:
        """Yield the tasks of an earlier run whose parts are all as they were left."""
        path = self.folder / MANIFEST
        lines = path.read_bytes().splitlines() if path.is_file() else []
        for line in lines:
            found = decode_or_none(line, _found)
            if found is not None and all(self._is_there(found.day, part) for part in found.parts):
                yield found

    def lines(self, found: Sequence[Found]) -> list[Path]:
        """Return where the lines of tasks lie."""
        return [self.path(each.day, part.bucket) for each in found for part in each.parts]

    def forget(self, side: Side) -> None:
        """Remove a file that nobody asks for again."""
        (self.folder / side.name).unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove all parts of this run, and the folder of parts where it is empty then."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.parent.is_dir() and not any(self.folder.parent.iterdir()):
            self.folder.parent.rmdir()

    def _is_there(self, day: date, part: Part) -> bool:
        path = self.path(day, part.bucket)
        if not path.is_file():
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == part.sha256
