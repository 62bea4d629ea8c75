"""Bytes of any kind for the reader of Databento's stream: each is read, or refused by name.

    python benchmarks/fuzz_depth.py                      ten million records and lines
    python benchmarks/fuzz_depth.py --count 100000 --seed 7

Three in ten records are as the vendor's package writes them, six are valid frames in which fields
are others, the rest has a damaged head or is noise; one in ten comes in two parts. One item in
fifty is a session's beginning, of which lines and header are damaged as often as not. What is given
to the rules is checked. The status is 1 where anything but a documented error came, where the
rules were given what cannot be, or where a word was written to standard error, by the vendor's
decoder too.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from operator import gt, lt
from typing import Any

import databento_dbn as dbn
from depth_tape import DATASET, FIRST_INSTRUMENT, START_NS, tape

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Print, Withdrawal
from trading_bot.order_flow.market.fitness import MAX_PRICE_USD, MAX_SIZE
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.market.units import TICKS_PER_DOLLAR, UNITS_PER_SHARE
from trading_bot.order_flow.providers.databento.decode import DatabentoDecoder
from trading_bot.order_flow.providers.databento.session import Output, Records, Session

KEY = "db-0123456789abcdefghijklmnopqrs"
DOCUMENTED = {"undecodable", "unexpected_answer", "wrong_dataset"}
INTACT, OTHER_FIELDS, BAD_HEAD = 0.3, 0.9, 0.97
LINE_SHARE = 0.02
IN_TWO_PARTS = 0.1
ODD_BYTES = (0, 1, 127, 128, 255)
LINES = (b"lsg_version=0.6.0\n", b"cram=c0ffee\n", b"success=1|session_id=17\n")
STDERR = 2
RECORD_BYTES = 368


class CheckingSink(MarketSink):
    """Counts what it is given, and what of it cannot be."""

    def __init__(self) -> None:
        self.given: Counter[str] = Counter()
        self.impossible: Counter[str] = Counter()

    def _count(self, kind: str, *, may_be: bool) -> None:
        self.given[kind] += 1
        self.impossible[kind] += not may_be

    def trade(self, event: Print) -> None:
        """Check price and size."""
        price, size = event[2], event[3]
        in_range = 0 < price <= MAX_PRICE_USD * TICKS_PER_DOLLAR
        self._count("trade", may_be=in_range and 0 < size <= MAX_SIZE * UNITS_PER_SHARE)

    def quote(
        self,
        symbol: str,  # noqa: ARG002 - the signature of every sink
        sip_ns: int,  # noqa: ARG002
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,  # noqa: ARG002
        sequence: int = 0,  # noqa: ARG002
        received_ns: int | None = None,  # noqa: ARG002
    ) -> None:
        """Check that a side is there as a whole or not at all."""
        self._count("quote", may_be=(bid_ticks > 0) == (bid_size > 0) and not ask_ticks < 0)
        self.impossible["quote"] += (ask_ticks > 0) != (ask_size > 0)

    def book(self, event: BookEvent) -> None:
        """Check the order of the levels, and that each has a price and a size."""
        bids, asks = ([price for price, _ in side] for side in (event.bids, event.asks))
        self._count(
            "book",
            # Two prices of the wire may be one of ours.
            may_be=not any(map(lt, bids, bids[1:]))
            and not any(map(gt, asks, asks[1:]))
            and all(price > 0 and size > 0 for price, size in event.bids + event.asks),
        )

    def withdraw(self, event: Withdrawal) -> None:  # noqa: ARG002 - the signature of every sink
        """Take what never comes from this provider."""
        self._count("withdrawal", may_be=False)

    def halt(self, event: HaltEvent) -> None:
        """Count it."""
        self._count("halt", may_be=event.sip_ns > 0)


class Fuzz:
    """Reads damaged records and lines.

    Args:
        seed: Of the damage.

    Attributes:
        made: What was read, by kind.
        errors: How it was refused, by code.
        sink: What came of it.
    """

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._good = good_records()
        self.made: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.sink = CheckingSink()
        self.decoder = DatabentoDecoder(self.sink, DATASET, lambda *_: None)
        self._link = 0
        self._session = self._streaming()

    def read_one(self) -> None:
        """Read one record, or the beginning of one session."""
        if self._dice.random() < LINE_SHARE:
            self._read_lines()
            return
        record = self._record()
        cut = self._dice.randrange(len(record)) if self._dice.random() < IN_TWO_PARTS else 0
        try:
            for part in (record[:cut], record[cut:]) if cut else (record,):
                for output in self._session.receive(part):
                    self._take(output)
        except DataSourceError as error:
            self.errors[error.code] += 1
            self._session = self._streaming()

    def _take(self, output: Output) -> None:
        if isinstance(output, Records):
            self.decoder.decode(output.payload, START_NS, self._link)

    def _record(self) -> bytes:
        dice = self._dice
        record = dice.choice(self._good)
        kind = dice.random()
        if kind < INTACT:
            self.made["intact records"] += 1
            return record
        if kind < OTHER_FIELDS:
            self.made["valid frames with other fields"] += 1
            return record[:2] + self._damaged(record[2:])
        if kind < BAD_HEAD:
            self.made["damaged records"] += 1
            return self._damaged(record)
        self.made["noise"] += 1
        return dice.randbytes(dice.randrange(1, 400))

    def _damaged(self, frame: bytes) -> bytes:
        dice = self._dice
        found = bytearray(frame)
        for _ in range(dice.randrange(1, 9)):
            place = int(dice.random() * len(found))
            found[place] = dice.choice(ODD_BYTES) if dice.random() < 0.5 else dice.getrandbits(8)
        return bytes(found)

    def _read_lines(self) -> None:
        self.made["beginnings of sessions"] += 1
        session = Session(KEY, DATASET)
        try:
            for said in (*LINES, header()):
                if session.state == "ready":
                    session.start()
                damaged = self._damaged(said) if self._dice.random() < 0.2 else said
                list(session.receive(damaged))
        except DataSourceError as error:
            self.errors[error.code] += 1

    def _streaming(self) -> Session:
        session = Session(KEY, DATASET)
        list(session.receive(b"".join(LINES)))
        session.start()
        list(session.receive(header()))
        self._link += 1
        self.decoder.decode(self._good[0], START_NS, self._link)
        return session


def header() -> bytes:
    """Return what a session's records begin with."""
    return bytes(
        dbn.Metadata(
            dataset=DATASET,
            start=START_NS,
            stype_in=None,
            stype_out=dbn.SType("instrument_id"),
            schema=None,
        )
    )


def good_records() -> list[bytes]:
    """Return records of every kind that is read, the mapping first."""
    head: dict[str, Any] = {
        "publisher_id": 2,
        "instrument_id": FIRST_INSTRUMENT,
        "ts_event": START_NS,
    }
    market = {**head, "price": 50_000_000_000, "size": 100, "side": dbn.Side("A")}
    seen: dict[str, Any] = {"ts_recv": START_NS, "flags": 128, "depth": 0, "sequence": 7}
    halted: dict[str, Any] = {"ts_recv": START_NS, "action": dbn.StatusAction.HALT}
    level: Any = dbn.BidAskPair(bid_px=50_000_000_000, ask_px=50_010_000_000, bid_sz=1, ask_sz=2)
    books = tape(1, 12).records
    found: list[Any] = [
        dbn.SymbolMappingMsg(
            **head,
            stype_in=dbn.SType("raw_symbol"),
            stype_in_symbol="ACME",
            stype_out=dbn.SType("instrument_id"),
            stype_out_symbol=str(FIRST_INSTRUMENT),
            start_ts=START_NS,
            end_ts=START_NS + 1,
        ),
        dbn.TradeMsg(**market, action=dbn.Action("T"), **seen),
        dbn.MBP1Msg(**market, action=dbn.Action("A"), **seen, levels=level),
        dbn.StatusMsg(**head, **halted),
        dbn.SystemMsg(START_NS, "Heartbeat", code=dbn.SystemCode.from_int(0)),
        dbn.SystemMsg(START_NS, "Finished mbp-10 replay", code=dbn.SystemCode.from_int(3)),
        dbn.ErrorMsg(START_NS, "no such symbol", is_last=True, code=dbn.ErrorCode.from_int(4)),
    ]
    return [
        *(bytes(record) for record in found),
        *(books[at : at + RECORD_BYTES] for at in range(0, len(books), RECORD_BYTES)),
    ]


@contextmanager
def standard_error() -> Iterator[list[bytes]]:
    """Keep what is written to standard error, by whatever library; there once it is over."""
    said: list[bytes] = []
    kept = os.dup(STDERR)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), STDERR)
        try:
            yield said
        finally:
            sys.stderr.flush()
            os.dup2(kept, STDERR)
            os.close(kept)
            file.seek(0)
            said.append(file.read())


def main() -> int:
    """Read, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with standard_error() as said:
        fuzz = Fuzz(arguments.seed)
        for _ in range(arguments.count):
            fuzz.read_one()
    print(f"{arguments.count:,} read, seed {arguments.seed}")
    for title, counts in (
        ("made", fuzz.made),
        ("refused by an error", fuzz.errors),
        ("refused, and read on", fuzz.decoder.refused),
        ("given to the rules", fuzz.sink.given),
        ("given, and cannot be", +fuzz.sink.impossible),
    ):
        listed = ", ".join(f"{name} {count:,}" for name, count in counts.most_common())
        print(f"  {title:<22}{listed or 'none'}")
    print(f"  {'on standard error':<22}{len(said[0]):,} bytes")
    return bool(fuzz.errors.keys() - DOCUMENTED or +fuzz.sink.impossible or said[0])


if __name__ == "__main__":
    sys.exit(main())
