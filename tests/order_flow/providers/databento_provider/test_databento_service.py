"""Records that speak of the session."""

from __future__ import annotations

import databento_dbn as dbn
import pytest
from support.dbn_records import (
    BEAT,
    BEAT_OF_FIRST_VERSION,
    OPEN_NS,
    book,
    failure,
    mapped,
    print_alone,
    replayed,
    said,
)

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.databento import service
from trading_bot.order_flow.providers.databento.service import (
    NO_CODE,
    NO_SYMBOL,
    REPLAYED,
    SLOW_READER,
    SUBSCRIBED,
    Failure,
    Mapped,
    Said,
    Service,
    is_beat,
    read_service,
)

CASES: list[tuple[bytes, Service]] = [
    (mapped("BRK.B", 4_294_967_295), Mapped(4_294_967_295, "BRK.B")),
    (said("ok", SUBSCRIBED), Said(SUBSCRIBED, "ok")),
    (said("slow", SLOW_READER), Said(SLOW_READER, "slow")),
    (replayed(), Said(REPLAYED, "Finished mbp-10 replay")),
    (failure("no XXXX", 4), Failure(NO_SYMBOL, "no XXXX")),
    (bytes(dbn.SystemMsgV1(OPEN_NS, "hello")), Said(NO_CODE, "hello")),
    (bytes(dbn.ErrorMsgV1(OPEN_NS, "bad")), Failure(NO_CODE, "bad")),
]


@pytest.mark.parametrize(("record", "expected"), CASES)
def test_each_record_is_read_in_its_version(record: bytes, expected: Service) -> None:
    # Given a record as the provider's own package writes it
    # When it is read
    # Then it is what it says
    assert read_service(record) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [(BEAT, True), (BEAT_OF_FIRST_VERSION, True), (replayed(), False), (book(), False)],
)
def test_signs_of_life_are_known(record: bytes, expected: bool) -> None:
    # Given a record
    # When it is asked what it is
    # Then only a heartbeat is one
    assert is_beat(record) is expected


@pytest.mark.parametrize(
    "record",
    [replayed()[:16] + b"\xff" + replayed()[17:], print_alone(), replayed()[:100]],
    ids=["no_text", "of_the_market", "cut"],
)
def test_what_cannot_be_read_is_named(record: bytes) -> None:
    # Given a record that is none of these
    # When it is read
    with pytest.raises(DataSourceError) as caught:
        read_service(record)
    # Then the error has a name
    assert caught.value.code == "undecodable"


class PanicException(BaseException):
    """What the decoder raises where it crashes; no `Exception`."""


def test_a_crash_of_the_decoder_is_one_bad_record(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a decoder that crashes
    def crash(**given: object) -> object:
        raise PanicException("mid > len")

    monkeypatch.setattr(service, "DBNDecoder", crash)
    # When a record is read
    with pytest.raises(DataSourceError) as caught:
        read_service(replayed())
    # Then it is undecodable, as any other
    assert caught.value.code == "undecodable"


def test_a_stop_goes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given somebody who presses Ctrl-C just then
    def stop(**given: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(service, "DBNDecoder", stop)
    # When a record is read
    # Then it is no damage
    with pytest.raises(KeyboardInterrupt):
        read_service(replayed())
