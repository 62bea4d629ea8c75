"""Records that speak of the session, in our terms: symbols' numbers, the gateway's words; pure.

They come in several versions of the format, which `databento_dbn` knows; it is given one record at
a time, of which length and type are checked. Should it crash all the same, its PanicException,
which is no `Exception`, is one bad record. Only texts are read: no field is made pretty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from databento_dbn import DBNDecoder, ErrorMsg, SymbolMappingMsg, SystemMsg

from .errors import undecodable
from .layout import SYSTEM

HEARTBEAT, SUBSCRIBED, SLOW_READER, REPLAYED = 0, 1, 2, 3
"""Codes of `SystemMsg`."""
KEY_REFUSED, KEY_DEACTIVATED, CONNECTION_LIMIT, NO_SYMBOL = 1, 2, 3, 4
BAD_SUBSCRIPTION, GATEWAY_FAILED, RECORDS_SKIPPED, REPLAY_AGED_OUT = 5, 6, 7, 8
"""Codes of `ErrorMsg`."""
NO_CODE: Final = 255
_OF_FIRST_VERSION: Final = 80
"""Bytes of each of these records in the first version, which has no codes."""
_TEXT_AT: Final = 16
_BEAT: Final = b"Heartbeat\0"


@dataclass(frozen=True, slots=True)
class Mapped:
    """From now on an instrument's number means this symbol, as the dataset spells it."""

    instrument: int
    symbol: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the gateway says that is no error: its code and its words."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What the gateway says is wrong: its code and its words."""

    code: int
    text: str


Service = Mapped | Said | Failure


def is_beat(record: bytes) -> bool:
    """Return whether a record is a sign of life, and says nothing else."""
    if record[1] != SYSTEM:
        return False
    if len(record) == _OF_FIRST_VERSION:
        return record.startswith(_BEAT, _TEXT_AT)
    return record[-1] == HEARTBEAT


def read_service(record: bytes) -> Service:
    """Read one record whose length and type are possible.

    Raises:
        DataSourceError: `undecodable`.
    """
    is_first = len(record) == _OF_FIRST_VERSION
    try:
        decoder = DBNDecoder(
            has_metadata=False,
            input_version=1 if is_first else 3,
        )
        decoder.write(record)
        (found,) = decoder.decode()
        # The codes are the last bytes of their records.
        match found:
            case SymbolMappingMsg():
                return Mapped(found.instrument_id, found.stype_in_symbol)
            case SystemMsg():
                return Said(NO_CODE if is_first else record[-1], found.msg)
            case ErrorMsg():
                return Failure(NO_CODE if is_first else record[-2], found.err)
    except BaseException as error:
        if isinstance(error, Exception) or is_panic(error):
            raise undecodable(f"type {record[1]}") from error
        raise
    raise undecodable(f"type {record[1]}")


def is_panic(error: BaseException) -> bool:
    """Return whether the decoder crashed: the type of that error cannot be imported."""
    return type(error).__name__ == "PanicException"
