"""Books of a capture are found in the messages that were kept beside it."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest
from support.dbn_records import ACME, ASK, BID, BOLT, CENT, LAST, OPEN_NS, book, header, mapped

from trading_bot.order_flow.capture.frame_files import PartWriter
from trading_bot.order_flow.capture.lines import BookAt, BookLine
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.providers.databento.kept import FRAMES_END, RecordPacker
from trading_bot.recorded import kept_books
from trading_bot.recorded.kept_books import CUT_OFF, KeptBooks

CONFIG = OrderFlowConfig(data_source="databento")
MAPPED = mapped() + mapped("BOLT", BOLT)


def part_in(folder: Path, number: int, messages: dict[int, bytes], *, ends: bool = True) -> None:
    """Keep messages of a connection by their numbers; where it has no end, as a crash leaves it."""
    part = PartWriter(
        folder,
        f"run.part{number}",
        frames_end=FRAMES_END,
        data_source="databento",
        packer=RecordPacker(),
        head=header(),
    )
    for each, payload in messages.items():
        part.keep(each, payload, OPEN_NS + each)
    part.flush()
    if ends:
        part.close()
    else:
        part._frames.close()
        part._arrivals.close()


def books_in(folder: Path, notes: Counter[str] | None = None) -> KeptBooks:
    return KeptBooks(folder, "run", CONFIG, Counter() if notes is None else notes)


def at(n: int, frame: int = 100, symbol: str = "ACME", received_ns: int | None = 7) -> BookAt:
    return BookAt(symbol, OPEN_NS + n, frame, n, received_ns)


def row(n: int, shares: int = 100, instrument: int = ACME, flags: int = LAST) -> bytes:
    bids, asks = ((BID, shares),), ((ASK, 200),)
    return book(OPEN_NS + n, bids, asks, sequence=n, instrument=instrument, flags=flags)


def line(n: int, shares: int = 100, symbol: str = "ACME", received_ns: int | None = 7) -> BookLine:
    """Return the book of `row`, as it was given to the judge."""
    return BookLine(
        symbol,
        OPEN_NS + n,
        ((BID // 1_000, shares * UNITS_PER_SHARE),),
        ((ASK // 1_000, 200 * UNITS_PER_SHARE),),
        None,
        n,
        received_ns,
    )


def test_a_book_is_found_by_its_symbol_stamp_and_number(tmp_path: Path) -> None:
    # Given messages with books of two symbols
    part_in(tmp_path, 1, {1: MAPPED + row(1) + row(2, 300), 2: row(2, 500, BOLT) + row(3)})
    books = books_in(tmp_path)
    # When they are asked for, with the moment at which the judge had them
    found = [books.find(at(1)), books.find(at(2, symbol="BOLT", received_ns=9)), books.find(at(2))]
    # Then each is what it was
    assert found == [line(1), line(2, 500, "BOLT", received_ns=9), line(2, 300)]
    # And one that was judged is not found again
    assert books.find(at(1)) is None


def test_no_message_is_read_that_had_not_arrived(tmp_path: Path) -> None:
    # Given a book that came again, after another connection
    part_in(tmp_path, 1, {1: MAPPED + row(1), 4: row(2)})
    part_in(tmp_path, 2, {5: mapped() + row(2) + row(3)})
    books = books_in(tmp_path)
    # When one is asked for before its message had arrived, then it is not there
    assert books.find(at(2, frame=3)) is None
    # And it is when it had
    assert books.find(at(2, frame=4)) == line(2)
    assert books.find(at(3, frame=4)) is None
    assert books.find(at(3, frame=5)) == line(3)


def test_books_of_one_stamp_and_number_come_in_their_order(tmp_path: Path) -> None:
    # Given two books that nothing tells apart but their place
    part_in(tmp_path, 1, {1: MAPPED + row(0, 100) + row(0, 300)})
    books = books_in(tmp_path)
    # When both are asked for, then they come in that order
    assert [books.find(at(0)), books.find(at(0))] == [line(0, 100), line(0, 300)]


def test_a_message_that_was_left_out_costs_its_books_alone(tmp_path: Path) -> None:
    # Given messages of which one is missing
    part_in(tmp_path, 1, {1: MAPPED + row(1), 3: row(3)})
    books = books_in(tmp_path)
    # When the books are asked for, then those of the others are there
    assert [books.find(at(n)) for n in (1, 2, 3)] == [line(1), None, line(3)]


def test_books_that_nobody_names_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given more books than may wait
    monkeypatch.setattr(kept_books, "MOST_BOOKS", 3)
    part_in(tmp_path, 1, {1: MAPPED + b"".join(map(row, range(1, 6)))})
    books = books_in(tmp_path)
    # When the newest is asked for, and then all
    assert books.find(at(5)) == line(5)
    # Then those that waited longest are gone
    assert [n for n in range(1, 5) if books.find(at(n)) is not None] == [3, 4]


def test_what_a_crash_has_left_is_read(tmp_path: Path) -> None:
    # Given files without an end
    part_in(tmp_path, 1, {1: MAPPED + row(1), 2: row(2)}, ends=False)
    notes: Counter[str] = Counter()
    books = books_in(tmp_path, notes)
    # When their books are asked for, then they are there
    assert [books.find(at(n)) for n in (1, 2, 3)] == [line(1), line(2), None]
    # And it is counted
    assert notes == {CUT_OFF: 1}


def test_a_part_is_read_as_far_as_both_of_its_files_go(tmp_path: Path) -> None:
    # Given messages that are torn, and a part behind them
    part_in(tmp_path, 1, {n: (MAPPED if n == 1 else b"") + row(n) for n in range(1, 200)})
    part_in(tmp_path, 2, {300: mapped() + row(300)})
    frames = tmp_path / f"run.part1{FRAMES_END}"
    frames.write_bytes(frames.read_bytes()[: frames.stat().st_size // 2])
    notes: Counter[str] = Counter()
    books = books_in(tmp_path, notes)
    # When books are asked for
    found = [n for n in range(1, 301) if books.find(at(n, frame=n)) is not None]
    # Then those before the tear and those of the other part are there
    assert found[:-1] == list(range(1, len(found)))
    assert found[-1] == 300
    assert notes == {CUT_OFF: 1}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        gzip.compress(b"no line\n"),
        gzip.compress(
            b'{"schema":1,"data_source":"databento","frames":"run.part1.dbn.zst"}\nno line\n'
        ),
    ],
    ids=["nothing", "no beginning", "a bad line"],
)
def test_arrivals_that_cannot_be_read_cost_their_part(tmp_path: Path, content: bytes) -> None:
    # Given a part whose arrivals are damaged, and another
    part_in(tmp_path, 1, {1: MAPPED + row(1)})
    part_in(tmp_path, 2, {2: mapped() + row(2)})
    (tmp_path / "run.part1.arrivals.gz").write_bytes(content)
    notes: Counter[str] = Counter()
    books = books_in(tmp_path, notes)
    # When books are asked for, then those of the other part are there, and it is counted
    assert [books.find(at(1, frame=1)), books.find(at(2))] == [None, line(2)]
    assert notes == {CUT_OFF: 1}


def test_messages_that_are_gone_cost_their_part(tmp_path: Path) -> None:
    # Given a part whose file of messages was deleted
    part_in(tmp_path, 1, {1: MAPPED + row(1)})
    (tmp_path / f"run.part1{FRAMES_END}").unlink()
    notes: Counter[str] = Counter()
    # When a book is asked for, then it is not there, and it is counted
    assert books_in(tmp_path, notes).find(at(1)) is None
    assert notes == {CUT_OFF: 1}


def test_files_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    # Given a part of the next version
    first = b'{"schema":2,"data_source":"databento","frames":"run.part1.dbn.zst"}\n'
    (tmp_path / "run.part1.arrivals.gz").write_bytes(gzip.compress(first))
    # When it is read, then it is named
    with pytest.raises(ValueError, match=r"part1\.arrivals\.gz was kept by a newer version"):
        books_in(tmp_path)


def test_a_provider_that_keeps_no_messages_is_named(tmp_path: Path) -> None:
    # Given settings of a provider that keeps none
    # When its messages are to be read, then it is named
    with pytest.raises(ValueError, match="data_source='polygon' keeps no messages"):
        KeptBooks(tmp_path, "run", OrderFlowConfig(), Counter())


def test_prices_are_those_of_the_records(tmp_path: Path) -> None:
    # Given a book whose price is no whole cent
    rows = book(OPEN_NS + 1, ((BID - CENT // 2, 1),), ((ASK, 1),), sequence=1)
    part_in(tmp_path, 1, {1: MAPPED + rows})
    # When it is found, then its price is that
    found = books_in(tmp_path).find(at(1))
    assert found is not None
    assert found.bids == (((BID - CENT // 2) // 1_000, UNITS_PER_SHARE),)
