"""Bytes of any kind: each is read or named, and none crashes what reads it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from support.dbn_records import (
    ACME,
    BEAT,
    BOLT,
    DATASET,
    KEY,
    OPEN_NS,
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
from support.noting_sink import NotingSink

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.events import BookEvent, TradeEvent
from trading_bot.order_flow.market.fitness import MAX_PRICE_USD, MAX_SIZE
from trading_bot.order_flow.market.units import TICKS_PER_DOLLAR, UNITS_PER_SHARE
from trading_bot.order_flow.providers.databento.decode import DatabentoDecoder
from trading_bot.order_flow.providers.databento.session import Records, Session

DOCUMENTED = {"undecodable", "unexpected_answer", "wrong_dataset"}
GOOD = (
    book(),
    trade(),
    best(),
    print_alone(),
    status(8),
    mapped("ACME", ACME),
    mapped("BOLT", BOLT),
    replayed(),
    failure("no", 4),
    BEAT,
)
LINES = (
    b"lsg_version=0.4.2\n",
    b"cram=c0ffee\n",
    b"success=1|session_id=17\n",
    b"success=0|error=no\n",
)


def damaged(draw: random.Random, frame: bytes, most: int) -> bytes:
    """Return a frame of which some bytes are others."""
    found = bytearray(frame)
    for _ in range(draw.randrange(1, most)):
        found[draw.randrange(len(found))] = draw.choice((0, 1, 127, 128, 255, draw.randrange(256)))
    return bytes(found)


def streams(draw: random.Random) -> Iterator[bytes]:
    """Give records for ever: good ones, some whose fields are others, some of noise."""
    while True:
        record = draw.choice(GOOD)
        kind = draw.random()
        if kind < 0.3:
            yield record
        elif kind < 0.9:
            # The head stays: a frame that is valid, with fields that are not.
            yield record[:2] + damaged(draw, record[2:], 9)
        elif kind < 0.97:
            yield damaged(draw, record, 9)
        else:
            yield draw.randbytes(draw.randrange(1, 400))


def streaming() -> Session:
    session = Session(KEY, DATASET)
    list(session.receive(b"".join(LINES[:3])))
    session.start()
    list(session.receive(header()))
    return session


def check(sink: NotingSink) -> None:
    """See that what was given can be."""
    for event in sink.events:
        if isinstance(event, TradeEvent):
            assert 0 < event.price_ticks <= MAX_PRICE_USD * TICKS_PER_DOLLAR
            assert 0 < event.size <= MAX_SIZE * UNITS_PER_SHARE
        elif isinstance(event, BookEvent):
            assert list(event.bids) == sorted(event.bids, key=lambda each: -each[0])
            assert list(event.asks) == sorted(event.asks, key=lambda each: each[0])
            assert all(price and size for price, size in event.bids + event.asks)


def read(seed: int, records: int) -> dict[str, int]:
    """Read damaged records; return how often each error came."""
    draw = random.Random(seed)  # noqa: S311 - the same damage each time
    errors: dict[str, int] = {}
    session, stream = streaming(), streams(draw)
    sink = NotingSink()
    decoder = DatabentoDecoder(sink, DATASET, lambda word, link: None)
    decoder.decode(mapped("ACME", ACME), OPEN_NS, 1)
    link = 1
    for _ in range(records):
        try:
            for output in session.receive(next(stream)):
                assert isinstance(output, Records)
                decoder.decode(output.payload, OPEN_NS, link)
        except DataSourceError as error:
            errors[error.code] = errors.get(error.code, 0) + 1
            session, link = streaming(), link + 1
            decoder.decode(mapped("ACME", ACME), OPEN_NS, link)
        check(sink)
        sink.events.clear()
    assert decoder.refused["undecodable"] > 0
    return errors


@pytest.mark.parametrize("seed", range(3))
def test_damaged_records_are_refused_by_name_and_leave_no_word_on_the_screen(
    seed: int, capfd: pytest.CaptureFixture[str]
) -> None:
    # Given records of which most are damaged, many of them in valid frames
    # When they are read
    errors = read(seed, 8_000)
    # Then every error has its name, and the decoder itself never crashed
    assert errors.keys() == {"undecodable"}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("seed", range(3))
def test_damaged_lines_are_refused_by_name(seed: int) -> None:
    # Given lines of which most are damaged, and headers
    draw = random.Random(seed)  # noqa: S311 - the same damage each time
    codes = set()
    for _ in range(3_000):
        session = Session(KEY, DATASET)
        try:
            # When they are said to a new session
            for line in (*LINES[:3], header()):
                if session.state == "ready":
                    session.start()
                said = damaged(draw, line, 4) if draw.random() < 0.4 else line
                list(session.receive(said))
        except DataSourceError as error:
            codes.add(error.code)
    # Then every error has its name
    assert codes == DOCUMENTED
