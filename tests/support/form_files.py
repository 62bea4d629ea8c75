"""Files of many forms from the same rows: what a test says, in the words of each maker."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from support.flat_data import at
from trading_bot.order_flow.calendar import NEW_YORK

needs_pyarrow = pytest.mark.skipif(
    find_spec("pyarrow") is None, reason="pyarrow is not installed: the extra `parquet` has it"
)
HOUR = 3_600
QUOTED = ("bid_price", "bid_size", "ask_price", "ask_size")
FIRST = -8 * HOUR
"""When the good row comes that each file begins with."""


class Spec(NamedTuple):
    """One row to be written.

    Attributes:
        is_trade: A print, else a quote.
        second: From ten in the morning in New York.
        symbol: Ticker.
        conditions: Of a print.
        broken: The column whose cell is junk, and the junk; None for a good row.
        twice: It stands there twice.
    """

    is_trade: bool
    second: int
    symbol: str
    conditions: str
    broken: tuple[str, str] | None
    twice: bool


def iso(seconds: int) -> str:
    """Return a stamp as ISO 8601 with nanoseconds."""
    moment = datetime.fromtimestamp(at(seconds) // 10**9, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at(seconds) % 10**9:09}Z"


def clock(seconds: int) -> str:
    """Return a time of day in New York as TAQ writes it."""
    moment = datetime.fromtimestamp(at(seconds) // 10**9, NEW_YORK)
    return f"{moment:%H%M%S}{at(seconds) % 10**9:09}"


def table(path: Path, rows: Sequence[Sequence[object]], separator: str = ",") -> Path:
    """Write rows, the first of them the header."""
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=separator, lineterminator="\n").writerows(rows)
    return path


def json_lines(path: Path, rows: Iterable[object]) -> Path:
    """Write one JSON text a line; bytes as they are."""
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def parquet(path: Path, columns: Mapping[str, tuple[Sequence[object], str]]) -> Path:
    """Write columns, each its values and the name of its Arrow type."""
    arrow: Any = import_module("pyarrow")
    kinds = {
        "ids": arrow.list_(arrow.int32()),
        "letters": arrow.list_(arrow.string()),
        "zoned": arrow.timestamp("us", "UTC"),
        "naive": arrow.timestamp("ns"),
        "decimal": arrow.decimal128(18, 6),
        "struct": arrow.struct([("a", arrow.int32())]),
        "structs": arrow.list_(arrow.struct([("a", arrow.int32())])),
    }
    made = {
        name: arrow.array(values, kinds.get(kind) or arrow.type_for_alias(kind))
        for name, (values, kind) in columns.items()
    }
    import_module("pyarrow.parquet").write_table(arrow.table(made), path)
    return path


def alpaca(folder: Path, rows: list[Spec]) -> int:
    """Write two tables of Alpaca's client; return how many rows they have."""
    trades = [["symbol", "timestamp", "exchange", "price", "size", "id", "conditions", "tape"]]
    quotes = [["symbol", "timestamp", "ask_exchange", "ask_price", "ask_size", "bid_exchange"]]
    quotes[0] += ["bid_price", "bid_size", "conditions", "tape"]

    def trade(spec: Spec) -> list[str]:
        letters = {"": "['@']", "14,37": "['@', 'F', 'I']", "99": "['!']"}
        letter = letters.get(spec.conditions.strip('"'), "['W']")
        return _cells(
            spec,
            symbol=spec.symbol,
            sip_timestamp=iso(spec.second),
            exchange="V",
            price="100.01",
            size="100.0",
            id="7",
            conditions=letter,
            tape="A",
        )

    def quote(spec: Spec) -> list[str]:
        return _cells(
            spec,
            symbol=spec.symbol,
            sip_timestamp=iso(spec.second),
            ask_exchange="V",
            ask_price="100.01",
            ask_size="2",
            bid_exchange="V",
            bid_price="100",
            bid_size="3",
            conditions="['R']",
            tape="A",
        )

    return _two_tables(folder, rows, trades, quotes, trade, quote)


def taq(folder: Path, rows: list[Spec]) -> int:
    """Write two of the exchange's own files of a day; return how many rows they have."""
    trades = [["Time", "Exchange", "Symbol", "Sale Condition", "Trade Volume", "Trade Price"]]
    quotes = [["Time", "Exchange", "Symbol", "Bid_Price", "Bid_Size", "Offer_Price", "Offer_Size"]]
    quotes[0] += ["Quote_Condition", "Sequence_Number"]

    def trade(spec: Spec) -> list[str]:
        letters = {"": "@   ", "14,37": "@F I", "99": "!   "}
        return _cells(
            spec,
            sip_timestamp=clock(spec.second),
            exchange="P",
            symbol=spec.symbol,
            conditions=letters.get(spec.conditions.strip('"'), "@  W"),
            size="100",
            price="100.01",
        )

    def quote(spec: Spec) -> list[str]:
        return _cells(
            spec,
            sip_timestamp=clock(spec.second),
            exchange="NPQ"[spec.second % 3],
            symbol=spec.symbol,
            bid_price=f"{100 - spec.second % 5 / 100:.2f}",
            bid_size="3",
            ask_price="100.01",
            ask_size="2",
            quote_condition="RRRC"[spec.second % 4],
            sequence="1",
        )

    names = ("EQY_US_ALL_TRADE_20131008", "SPLITS_US_ALL_BBO_A_20131008.csv")
    # So many seconds since midnight are a time of day, and no junk.
    late = ("sip_timestamp", "12.5")
    rows = [each._replace(broken=None) if each.broken == late else each for each in rows]
    return _two_tables(
        folder, rows, trades, quotes, trade, quote, "|", (f"{names[0]}.csv", names[1])
    )


def databento(folder: Path, rows: list[Spec]) -> int:
    """Write one table of the schema mbp-1; return how many rows it has."""
    header = ["ts_recv", "ts_event", "action", "side", "price", "size", "sequence"]
    header += ["bid_px_00", "ask_px_00", "bid_sz_00", "ask_sz_00", "symbol"]
    lines = [header]
    first = [Spec(is_trade, FIRST, "ACME", "", None, twice=False) for is_trade in (True, False)]
    for spec in [*first, *sorted(rows, key=lambda each: (each.symbol, each.second))]:
        line = _cells(
            spec,
            sip_timestamp=iso(spec.second),
            made=str(at(spec.second)),
            action="T" if spec.is_trade else "A",
            side="ABN"[spec.second % 3],
            price="100010000000",
            size="100",
            sequence="1",
            bid_price="100.000000000",
            ask_price="100.010000000",
            bid_size="300",
            ask_size="200",
            symbol=spec.symbol,
        )
        lines += [line] * (1 + spec.twice)
    table(folder / "mbp.csv", lines)
    return len(lines) - 1


def rest(folder: Path, rows: list[Spec]) -> int:
    """Write trades and quotes as REST answers hold them, one a line; return how many rows."""
    lines: dict[bool, list[object]] = {True: [], False: []}
    first = [Spec(is_trade, FIRST, "ACME", "", None, twice=False) for is_trade in (True, False)]
    for spec in [*first, *sorted(rows, key=lambda each: (each.symbol, each.second))]:
        row: dict[str, object] = {"ticker": spec.symbol, "sip_timestamp": at(spec.second)}
        if spec.is_trade:
            row |= {"price": 100.01, "size": 100, "exchange": 4, "id": "7"}
            if spec.conditions:
                row["conditions"] = [int(each) for each in spec.conditions.strip('"').split(",")]
        else:
            row |= {"bid_price": 100, "bid_size": 3.0, "ask_price": 100.01, "ask_size": 2}
        if spec.broken is not None and spec.broken[0] in row:
            row[spec.broken[0]] = spec.broken[1]
        line: object = b"{" if spec.conditions == "99" else row
        lines[spec.is_trade] += [line] * (1 + spec.twice)
    json_lines(folder / "t.ndjson", lines[True])
    json_lines(folder / "q.json", lines[False])
    return sum(map(len, lines.values()))


def flat_parquet(folder: Path, rows: list[Spec]) -> int:
    """Write trades and quotes as Parquet, all as text; return how many rows they have."""
    names = {True: ("price", "size", "conditions", "exchange", "id"), False: QUOTED}
    good = {"price": "100.01", "size": "100", "exchange": "12", "id": "7"}
    good |= {"bid_price": "100", "bid_size": "3", "ask_price": "100.01", "ask_size": "2"}
    first = [Spec(is_trade, FIRST, "ACME", "", None, twice=False) for is_trade in (True, False)]
    ordered = [*first, *sorted(rows, key=lambda each: (each.symbol, each.second))]
    count = 0
    for is_trade, own in names.items():
        columns: dict[str, list[str]] = {name: [] for name in ("ticker", "sip_timestamp", *own)}
        for spec in (spec for spec in ordered if spec.is_trade == is_trade):
            cells = {"ticker": spec.symbol, "sip_timestamp": str(at(spec.second)), **good}
            cells["conditions"] = spec.conditions.strip('"')
            if spec.broken is not None:
                cells[spec.broken[0]] = spec.broken[1]
            for name, column in columns.items():
                column.extend([cells[name]] * (1 + spec.twice))
        count += len(columns["ticker"])
        path = folder / f"{'t' if is_trade else 'q'}.parquet"
        parquet(path, {name: (column, "string") for name, column in columns.items()})
    return count


def _cells(spec: Spec, **cells: str) -> list[str]:
    """Return the cells of a row, one of them broken, or the last one missing."""
    if spec.broken is not None and spec.broken[0] in cells:
        cells[spec.broken[0]] = spec.broken[1]
    found = list(cells.values())
    return found[:-1] if spec.broken is not None and spec.conditions == "99" else found


def _two_tables(
    folder: Path,
    rows: list[Spec],
    trades: list[list[str]],
    quotes: list[list[str]],
    trade: Callable[[Spec], list[str]],
    quote: Callable[[Spec], list[str]],
    separator: str = ",",
    names: tuple[str, str] = ("t.csv", "q.csv"),
) -> int:
    first = [Spec(is_trade, FIRST, "ACME", "", None, twice=False) for is_trade in (True, False)]
    for spec in [*first, *sorted(rows, key=lambda each: (each.symbol, each.second))]:
        if spec.is_trade:
            trades += [trade(spec)] * (1 + spec.twice)
        else:
            quotes += [quote(spec)] * (1 + spec.twice)
    table(folder / names[0], trades, separator)
    table(folder / names[1], quotes, separator)
    return len(trades) + len(quotes) - 2


FORM_WRITERS: Mapping[str, Callable[[Path, list[Spec]], int]] = {
    "Alpaca": alpaca,
    "TAQ": taq,
    "Databento": databento,
    "REST": rest,
    **({} if find_spec("pyarrow") is None else {"Parquet": flat_parquet}),
}
