"""Whatever stands in recorded files: each row read is refused, left or judged, and only once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.account_values import adds_up
from support.databento_files import RECORD_WRITERS
from support.flat_data import QUOTES_HEADER, TRADES_HEADER, at, quote_line, trade_line, write_flat
from support.form_files import FORM_WRITERS, Spec
from support.tick_files import TICK_WRITERS

from trading_bot.order_flow.capture.lines import (
    AnyLine,
    HaltLine,
    QuoteLine,
    Started,
    TradeLine,
    Watched,
)
from trading_bot.order_flow.config import OrderFlowConfig, Sessions
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.playback import open_playback

HOUR = 3_600
JUNK = ("", "0", "-1", "x", "nan", "1e300", "12.5", "[14, 37]")
CELLS = ("conditions", "price", "size", "bid_price", "ask_size", "sip_timestamp", "exchange", "id")


specs = st.lists(
    st.builds(
        Spec,
        st.booleans(),
        st.integers(-7 * HOUR, 11 * HOUR),
        st.sampled_from(("ACME", "BOLT")),
        st.sampled_from(("", "2", "4", "12", "28", '"14,37"', "99")),
        st.none() | st.tuples(st.sampled_from(CELLS), st.sampled_from(JUNK)),
        st.booleans(),
    ),
    max_size=40,
)


def flat_files(folder: Path, rows: list[Spec]) -> int:
    """Write two flat files, sorted by ticker; return how many rows they have."""
    lines: dict[bool, list[str]] = {True: [trade_line(-8 * HOUR)], False: [quote_line(-8 * HOUR)]}
    for row in sorted(rows, key=lambda each: (each.symbol, each.second)):
        columns = TRADES_HEADER if row.is_trade else QUOTES_HEADER
        changes: dict[str, object] = {"ticker": row.symbol}
        if row.is_trade:
            changes |= {"conditions": row.conditions, "sequence_number": row.second % 7}
        if row.broken is not None and row.broken[0] in columns.split(","):
            changes[row.broken[0]] = row.broken[1]
        line = (trade_line if row.is_trade else quote_line)(row.second, **changes)
        lines[row.is_trade] += [line] * (1 + row.twice)
    write_flat(folder / "t.csv", TRADES_HEADER, lines[True])
    write_flat(folder / "q.csv.gz", QUOTES_HEADER, lines[False])
    return sum(map(len, lines.values()))


def lobster_day(folder: Path, rows: list[Spec]) -> int:
    """Write a LOBSTER day; return how many rows of the order-book file and executions it has."""
    stem = "ACME_2013-10-08_34200000_57600000"
    # The first row tells what the file is.
    messages, books = ["3600.0,1,1,5,999900,1"], ["1000200,5,999900,5,1000300,9,999800,5"]
    for n, row in enumerate(sorted(rows, key=lambda each: each.second)):
        kind = row.second % 9 if row.broken is None else 4
        price = "1000000" if row.broken is None else row.broken[1]
        messages.append(f"{36_000 + row.second}.5,{kind},{n},100,{price},{1 if row.twice else -1}")
        size = "x" if row.conditions == "99" else 100 + n // 2
        books.append(f"1000200,{size},999900,200,1000300,9,999800,{size}")
    (folder / f"{stem}_message_2.csv").write_text("\n".join(messages))
    (folder / f"{stem}_orderbook_2.csv").write_text("\n".join(books[: len(books) - len(rows) // 9]))
    return len(messages)


def recording(folder: Path, rows: list[Spec]) -> int:
    """Write a recording; return how many of its lines are rows, or cannot be read."""
    lines: list[AnyLine] = [Started(2, at(-8 * HOUR), {"thresholds": "fixed"})]
    lines.append(Watched("ACME", at(-8 * HOUR), at(-8 * HOUR)))
    broken = 0
    data = [msgspec.json.encode(line) for line in lines]
    for row in sorted(rows, key=lambda each: each.second):
        stamp = at(row.second)
        received = stamp - (60_000_000_000 if row.conditions == "99" else -1)
        if row.broken is not None:
            data.append(b'{"kind":"trade","symbol":' + row.broken[1].encode() + b"}")
        elif row.twice and row.conditions == "28":
            broken -= 1
            data.append(msgspec.json.encode(HaltLine(row.symbol, stamp, halted=row.is_trade)))
        elif row.is_trade:
            print_ = TradeLine(row.symbol, stamp, 100_000_000, 500_000 << row.twice, stamp)
            data.append(msgspec.json.encode(msgspec.structs.replace(print_, received_ns=received)))
        else:
            quote = QuoteLine(row.symbol, stamp, 99_000_000, 10**8, 100_000_000, 10**8)
            data.append(msgspec.json.encode(msgspec.structs.replace(quote, received_ns=received)))
    (folder / "r.jsonl").write_bytes(b"\n".join([*data, b""]))
    return len(rows) + broken


READERS: dict[str, tuple[Callable[[Path, list[Spec]], int], Callable[[dict[str, int]], int]]] = {
    "flat files": (flat_files, lambda read: read["trades"] + read["quotes"]),
    "LOBSTER": (lobster_day, lambda read: read["quotes"]),
    "recording": (recording, lambda read: sum(read.values())),
    **{
        name: (write, lambda read: sum(read.values()))
        for name, write in {**FORM_WRITERS, **TICK_WRITERS, **RECORD_WRITERS}.items()
    },
}
"""By what is read: how a file of it is written, and how many of the rows read it has."""


@pytest.mark.parametrize("reader", READERS)
@settings(deadline=None, max_examples=60)
@given(
    rows=specs,
    symbols=st.sampled_from([(), ("ACME",)]),
    from_hour=st.none() | st.integers(-7, 3),
    to_hour=st.none() | st.integers(4, 11),
    chunk_rows=st.sampled_from([1, 3, 600]),
    sessions=st.sampled_from(["regular", "extended"]),
)
def test_every_row_has_one_fate(
    reader: str,
    rows: list[Spec],
    symbols: tuple[str, ...],
    from_hour: int | None,
    to_hour: int | None,
    chunk_rows: int,
    sessions: Sessions,
) -> None:
    # Given files with good and odd rows, and a choice among them
    write, rows_of = READERS[reader]
    options = ReadOptions(
        symbols=symbols,
        from_ns=None if from_hour is None else at(from_hour * HOUR),
        to_ns=None if to_hour is None else at(to_hour * HOUR),
        chunk_rows=chunk_rows,
    )
    config = OrderFlowConfig(thresholds="fixed", sessions=sessions)
    with tempfile.TemporaryDirectory() as name:
        written = write(Path(name), rows)
        if not written:
            return
        # When they are played
        playback = open_playback([Path(name)], config, options=options)
        for _ in playback.batches():
            pass
    # Then what was read is all that was written, and it adds up for each kind
    account = playback.source.account
    read = {kind: account.of(kind).read for kind in ("trades", "quotes", "unreadable")}
    assert rows_of(read) == written
    assert adds_up(account)
    # And the refused rows stand with their files, but for prints that a book's row tells
    refused = sum(account.of(kind).refused.total() for kind in ("quotes", "unreadable"))
    if reader != "LOBSTER":
        refused += account.trades.refused.total()
    assert account.refused_in.total() == refused
