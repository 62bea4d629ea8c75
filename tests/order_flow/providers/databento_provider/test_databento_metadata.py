"""What a file says before its records."""

from __future__ import annotations

from datetime import date

import pytest
from support.dbn_records import ACME, BOLT, DATASET, DAY, file_header

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.databento import metadata
from trading_bot.order_flow.providers.databento.metadata import FileHeader, Meaning, read_metadata

MEANINGS = {Meaning(ACME, "ACME", *DAY), Meaning(BOLT, "BOLT", *DAY)}


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("by_number", [False, True])
def test_a_header_of_each_version_is_read(version: int, by_number: bool) -> None:
    # Given a header, of a file that was asked for by symbols or by numbers
    header = file_header("mbo", version=version, by_number=by_number)
    # When it is read
    found = read_metadata(header)
    # Then it tells the same
    assert (found.dataset, found.schema, found.has_arrival) == (DATASET, "mbo", False)
    assert set(found.meanings) == MEANINGS


def test_a_live_session_tells_neither_schema_nor_symbols() -> None:
    # Given the header of a session, with the moment of sending behind each record
    header = file_header(None, {}, ts_out=True)
    # When it is read
    # Then that is known
    assert read_metadata(header) == FileHeader(DATASET, None, True, ())


def test_a_number_may_mean_another_symbol_on_another_day_or_none() -> None:
    # Given a symbol whose number changes, and that had none for a day
    days = [date(2026, 3, each) for each in (9, 10, 11, 12)]
    spans = [(days[0], days[1], 11), (days[2], days[3], 12)]
    header = bytearray(file_header("trades", {"ACME": [*spans, (days[1], days[2], 77)]}))
    place = header.index(b"77\0")
    header[place : place + 2] = b"\0\0"
    # When it is read
    # Then each has its days
    assert set(read_metadata(bytes(header)).meanings) == {
        Meaning(11, "ACME", days[0], days[1]),
        Meaning(12, "ACME", days[2], days[3]),
    }


def test_a_damaged_header_is_no_header() -> None:
    # Given a header whose schema is none that is known
    header = bytearray(file_header())
    header[24:26] = b"\x99\x99"
    # When it is read
    # Then it cannot be
    with pytest.raises(DataSourceError) as caught:
        read_metadata(bytes(header))
    assert caught.value.code == "undecodable"


class PanicException(BaseException):
    """What the package raises when it crashes."""


@pytest.mark.parametrize(
    ("raised", "expected"),
    [(PanicException(), DataSourceError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_a_crash_of_the_package_is_a_damaged_header(
    monkeypatch: pytest.MonkeyPatch, raised: BaseException, expected: type[BaseException]
) -> None:
    # Given a package that crashes, or a user who ends it
    class Broken:
        @staticmethod
        def decode(_header: bytes) -> None:
            raise raised

    monkeypatch.setattr(metadata, "Metadata", Broken)
    # When a header is read
    # Then the crash is contained, and nothing else
    with pytest.raises(expected):
        read_metadata(file_header())
