"""What a file says before its records: whose they are, and which number means which symbol; pure.

The header comes in three versions, which `databento_dbn` reads; see `service` for its crashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from databento_dbn import Metadata

from .errors import undecodable
from .service import is_panic

_NUMBERS: Final = "instrument_id"


@dataclass(frozen=True, slots=True)
class Meaning:
    """From one day to another, in UTC and without the last one, a number means a symbol.

    Attributes:
        instrument: The number.
        symbol: As the dataset spells it.
        begins: The first day.
        ends: The day after the last one.
    """

    instrument: int
    symbol: str
    begins: date
    ends: date


@dataclass(frozen=True, slots=True)
class FileHeader:
    """What a file says of its records.

    Attributes:
        dataset: Its name.
        schema: Of all of them; None for a live session's, which may have several.
        has_arrival: True where eight bytes behind each record say when the gateway sent it.
        meanings: Of the instruments' numbers; a live session's tell theirs among the records.
    """

    dataset: str
    schema: str | None
    has_arrival: bool
    meanings: tuple[Meaning, ...]


def read_metadata(header: bytes) -> FileHeader:
    """Read a whole header; see `records.header_of`.

    Raises:
        DataSourceError: `undecodable`.
    """
    try:
        found = Metadata.decode(header)
        schema = None if found.schema is None else str(found.schema)
        meanings = tuple(_meanings(found))
    except BaseException as error:
        if isinstance(error, Exception) or is_panic(error):
            raise undecodable("its header") from error
        raise
    return FileHeader(found.dataset, schema, bool(found.ts_out), meanings)


def _meanings(found: Metadata) -> list[Meaning]:
    # Whoever asked by number has the symbols where others have numbers.
    by_number = str(found.stype_in) == _NUMBERS
    meanings = []
    for asked, spans in found.mappings.items():
        for span in spans:
            number, symbol = (asked, span["symbol"]) if by_number else (span["symbol"], asked)
            # An empty one stands for days on which there was none.
            if number.isdecimal() and symbol:
                meanings.append(Meaning(int(number), symbol, span["start_date"], span["end_date"]))
    return meanings
