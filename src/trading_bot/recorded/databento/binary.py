"""Files of DBN: their header, their records in blocks, and what their numbers mean day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import IO, BinaryIO, Final

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.providers.databento.decode import DatabentoDecoder
from trading_bot.order_flow.providers.databento.layout import WORD_BYTES
from trading_bot.order_flow.providers.databento.metadata import FileHeader, Meaning, read_metadata
from trading_bot.order_flow.providers.databento.records import Cut, cut_records, header_of
from trading_bot.order_flow.providers.databento.symbology import ticker
from trading_bot.recorded.databento.records import (
    is_uniform,
    places,
    stamps_at,
    without_arrival,
)
from trading_bot.recorded.packed import damage_named, unpacked

PREFIX_BYTES: Final = 8
READ_SCHEMAS: Final = ("mbp-10", "mbp-1", "tbbo", "trades", "mbo")
_USUAL_BYTES: Final = 368
_BBO: Final = "bbo"
_LAST_DAY_NS: Final = 4_102_444_800_000_000_000


class DbnRecords:
    """The records of one file; see `reading.Records`.

    Args:
        path: The file, packed or not.
        member: Of a zip archive; None for any other file.
        chunk_rows: About how many records are read at a time.

    Attributes:
        name: What it is called in messages.
        dataset: Whose spelling the symbols have.
        schema: What all records are; None where that is not told.
        form: What it is, in words.
        bytes_read: Bytes of the file consumed so far.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is damaged, or holds nothing that is read; says what to do.
    """

    def __init__(self, path: Path, member: str | None, chunk_rows: int) -> None:
        self.name = str(path) if member is None else f"{path}/{member}"
        self.path = path
        self._member = member
        self._chunk_rows = chunk_rows
        self.bytes_read = 0
        with path.open("rb") as raw, damage_named(path), self._plain(raw) as stream:
            self._header = self._read_header(stream)
            self._head = stream.read(_USUAL_BYTES * chunk_rows)
        self.dataset = self._header.dataset
        self.schema = self._header.schema
        if self.schema is not None and self.schema not in READ_SCHEMAS:
            raise ValueError(f"{self.name} holds {self.schema}: {_refusal(self.schema)}")
        self.form = f"Databento DBN, {self.schema or 'a live session'}"

    @property
    def first_ns(self) -> int | None:
        """When the first record of the market happened; None where none is near the beginning."""
        cut = without_arrival if self._header.has_arrival else cut_records
        payload = cut(self._head).records
        found = (stamps_at(payload, place) for place, _ in places(payload))
        return next((min(stamps) for stamps in found if stamps is not None), None)

    def payloads(self, decoder: DatabentoDecoder) -> Iterator[bytes]:
        """Yield whole records in blocks, having told the decoder what their numbers mean.

        Raises:
            ValueError: The file is cut off or damaged; says where.
        """
        meanings = _Meanings(self._header.meanings, self.dataset)
        step = self._head[0] * WORD_BYTES if self._head else _USUAL_BYTES
        size = max(step, _USUAL_BYTES) // step * step * self._chunk_rows
        records = 0
        with self.path.open("rb") as raw, damage_named(self.path), self._plain(raw) as stream:
            self._read_header(stream)
            rest = b""
            while chunk := stream.read(size):
                self.bytes_read = raw.tell()
                payload, rest, is_broken = self._cut(rest + chunk if rest else chunk)
                if payload:
                    records += (
                        len(payload) // (payload[0] * WORD_BYTES)
                        if is_uniform(payload)
                        else sum(1 for _ in places(payload))
                    )
                    yield from meanings.applied(payload, decoder)
                if is_broken:
                    raise ValueError(
                        f"{self.name} is damaged: what follows record {records:,} cannot be one; "
                        "get it again"
                    )
            if rest:
                raise ValueError(
                    f"{self.name} is cut off: {len(rest)} bytes behind record {records:,} are no "
                    "whole one; get it again"
                )

    def _cut(self, stream: bytes) -> Cut:
        if self._header.has_arrival:
            return without_arrival(stream)
        return Cut(stream, b"") if is_uniform(stream) else cut_records(stream)

    def _read_header(self, stream: IO[bytes]) -> FileHeader:
        prefix = stream.read(PREFIX_BYTES)
        length = int.from_bytes(prefix[4:], "little")
        try:
            # It says whether what it is told can be: no length is believed before.
            found = header_of(prefix)
            if found is None and len(prefix) == PREFIX_BYTES:
                prefix += stream.read(length)
                found = header_of(prefix)
            if found is None:
                raise EOFError("its header is not whole")
            return read_metadata(prefix)
        except DataSourceError as error:
            raise ValueError(
                f"{self.name} begins as DBN and has no header that can be read "
                f"({error.__cause__ or error}); get it again"
            ) from error

    def _plain(self, raw: BinaryIO) -> IO[bytes]:
        return unpacked(raw, member=self._member)


class _Meanings:
    """What the numbers mean: once where that never changes, else from each day on."""

    def __init__(self, meanings: tuple[Meaning, ...], dataset: str) -> None:
        self._dataset = dataset
        self._meanings = meanings
        symbols: dict[int, set[str]] = defaultdict(set)
        for each in meanings:
            symbols[each.instrument].add(each.symbol)
        self._is_lasting = all(len(each) == 1 for each in symbols.values())
        self._told: date | None = None

    def applied(self, payload: bytes, decoder: DatabentoDecoder) -> Iterator[bytes]:
        """Yield records, cut where a number begins to mean something else."""
        if self._is_lasting:
            if self._told is None:
                self._tell(decoder, None)
                self._told = date.max
            yield payload
            return
        begun = 0
        for place, _ in places(payload):
            stamps = stamps_at(payload, place)
            if stamps is None or stamps.received_ns >= _LAST_DAY_NS:
                continue
            day = utc_from_ns(stamps.received_ns).date()
            if day != self._told:
                if place > begun:
                    yield payload[begun:place]
                begun = place
                self._tell(decoder, day)
                self._told = day
        yield payload[begun:]

    def _tell(self, decoder: DatabentoDecoder, day: date | None) -> None:
        for each in self._meanings:
            if day is None or each.begins <= day < each.ends:
                decoder.let_mean(each.instrument, ticker(each.symbol, self._dataset))


def _refusal(schema: str) -> str:
    if schema.startswith(_BBO):
        return (
            "it is read as a table: databento.DBNStore.from_file(FILE).to_csv(CSV); with depth and "
            "every quote comes mbp-10"
        )
    return f"neither trades nor quotes that are read; get one of {', '.join(READ_SCHEMAS)}"
