"""Where records end, and which bytes cannot be one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dbn_records import (
    BEAT,
    BEAT_OF_FIRST_VERSION,
    best,
    book,
    failure,
    header,
    mapped,
    print_alone,
    replayed,
    status,
    trade,
)

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.databento.layout import POSSIBLE_HEADS, head_at
from trading_bot.order_flow.providers.databento.records import Cut, cut_records, header_of

RECORDS = (
    book(),
    trade(),
    best(),
    print_alone(),
    status(8),
    mapped(),
    replayed(),
    failure("no", 4),
)


@pytest.mark.parametrize("record", RECORDS, ids=lambda each: f"type_{each[1]}")
def test_what_the_provider_s_own_package_writes_can_be(record: bytes) -> None:
    # Given a record of a type that is read
    # When its head is looked at
    # Then its length is one of its type's
    assert head_at(record, 0) in POSSIBLE_HEADS


@given(st.lists(st.sampled_from(RECORDS), max_size=6), st.data())
def test_bytes_are_cut_behind_whole_records_wherever_they_were_divided(
    records: Sequence[bytes], data: st.DataObject
) -> None:
    # Given records that come in two pieces
    stream = b"".join(records)
    at = data.draw(st.integers(0, len(stream)))
    # When each piece is cut
    first = cut_records(stream[:at])
    second = cut_records(first.rest + stream[at:])
    # Then every record comes once and whole
    assert first.records + second.records == stream
    assert second.rest == b""


@pytest.mark.parametrize("beat", [BEAT, BEAT_OF_FIRST_VERSION])
def test_signs_of_life_are_left_out(beat: bytes) -> None:
    # Given heartbeats around and between records
    stream = beat + book() + beat + trade() + beat
    # When they are cut
    # Then the records are left
    assert cut_records(stream) == Cut(book() + trade(), b"")


def test_other_words_of_the_gateway_are_none() -> None:
    # Given a word that is no sign of life
    # When it is cut
    # Then it goes on
    assert cut_records(replayed()).records == replayed()


@pytest.mark.parametrize(
    "damage",
    [b"\x00\x0a", b"\x0b\x0a", b"\x5d\x0a", b"\x04\x63", b"\x03\x13"],
    ids=["no_length", "too_short", "too_long", "no_type", "shorter_than_a_head"],
)
def test_what_cannot_be_a_record_ends_it_behind_what_was_good(damage: bytes) -> None:
    # Given a good record and damage
    # When they are cut
    # Then the record is kept, and nothing of what follows
    assert cut_records(book() + damage + book()) == Cut(book(), b"", is_broken=True)


def test_records_that_are_not_read_may_have_any_length() -> None:
    # Given a definition, of which each version has its own length
    record = b"\x04\x13" + bytes(14)
    # When it is cut
    # Then it can be
    assert cut_records(record) == Cut(record, b"")


def test_a_single_byte_waits_for_the_next() -> None:
    # Given the first byte of a record
    # When it is cut
    # Then it waits
    assert cut_records(book()[:1]) == Cut(b"", book()[:1])


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_header_names_the_dataset_and_where_records_begin(version: int) -> None:
    # Given the header of a version, with a record behind it
    # When it is read
    found = header_of(header(version=version) + book())
    # Then it says whose records they are, and where
    assert found == ("XNAS.ITCH", len(header(version=version)))


@pytest.mark.parametrize("length", [0, 2, 7, 8, len(header()) - 1])
def test_a_header_waits_until_it_is_whole(length: int) -> None:
    # Given the beginning of a header
    # When it is read
    # Then it is not known yet
    assert header_of(header()[:length]) is None


@pytest.mark.parametrize(
    "stream",
    [
        b"HTTP/1.1 400 Bad Request",
        b"D\x00",
        b"DBN\x00" + header()[4:],
        b"DBN\x04" + header()[4:],
        b"DBN\x03\x0f\x00\x00\x00",
        b"DBN\x03\xff\xff\xff\xff",
    ],
    ids=["text", "damaged", "version_0", "version_4", "too_short", "too_long"],
)
def test_what_is_no_header_is_refused(stream: bytes) -> None:
    # Given bytes that are no header
    # When they are read
    with pytest.raises(DataSourceError) as caught:
        header_of(stream)
    # Then they are undecodable
    assert caught.value.code == "undecodable"
