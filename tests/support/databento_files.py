"""Databento's files: records behind a header, and the same as a table."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import databento_dbn as dbn

from support.dbn_records import MAPPINGS, book, file_header, order
from support.flat_data import at
from support.form_files import FIRST, Spec

SYMBOLS = {11: "ACME", 12: "BOLT"}
_ACTION_OF_LEVELS, _ACTION_OF_ORDERS = 28, 38  # where its letter stands
_LEVELS = ("bid_px", "ask_px", "bid_sz", "ask_sz", "bid_ct", "ask_ct")


def dbn_file(
    path: Path,
    *records: bytes,
    schema: str | None = "mbp-10",
    mappings: Mapping[str, Sequence[tuple[date, date, int]]] = MAPPINGS,
    **header: Any,
) -> Path:
    """Write a file of DBN."""
    path.write_bytes(file_header(schema, mappings, **header) + b"".join(records))
    return path


def table_file(
    path: Path, records: Iterable[bytes], *, pretty: bool = False, symbols: bool = True
) -> Path:
    """Write records of one type as a table, with raw prices and stamps or with readable ones."""
    decoder = dbn.DBNDecoder(has_metadata=False, input_version=3)
    decoder.write(b"".join(records))
    rows = [_cells(record, pretty=pretty, symbols=symbols) for record in decoder.decode()]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def _cells(record: Any, *, pretty: bool, symbols: bool) -> dict[str, object]:
    def price(nano: int) -> str:
        if not pretty:
            return str(nano)
        return "" if nano == dbn.UNDEF_PRICE else f"{nano // 10**9}.{nano % 10**9:09}"

    def stamp(ns: int) -> str:
        seconds = str(date.fromordinal(719_163 + ns // 86_400_000_000_000))
        clock = ns // 10**9 % 86_400
        iso = f"{clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}.{ns % 10**9:09}Z"
        return f"{seconds}T{iso}" if pretty else str(ns)

    cells: dict[str, object] = {
        "ts_recv": stamp(record.ts_recv),
        "ts_event": stamp(record.ts_event),
        "rtype": record.rtype.value if hasattr(record.rtype, "value") else record.rtype,
        "publisher_id": record.publisher_id,
        "instrument_id": record.instrument_id,
        "action": str(record.action),
        "side": str(record.side),
        "price": price(record.price),
        "size": record.size,
        "flags": int(record.flags),
        "sequence": record.sequence,
    }
    if isinstance(record, dbn.MBOMsg):
        cells["order_id"] = record.order_id
    else:
        cells["depth"] = record.depth
    levels = getattr(record, "levels", None) or ()
    for n, level in enumerate(levels if isinstance(levels, (list, tuple)) else [levels]):
        values = [getattr(level, name) for name in _LEVELS]
        values[:2] = map(price, values[:2])
        cells |= {f"{name}_{n:02}": value for name, value in zip(_LEVELS, values, strict=True)}
    if symbols:
        cells["symbol"] = SYMBOLS[record.instrument_id]
    return cells


def odd_levels(folder: Path, rows: list[Spec]) -> int:
    """Write a file of `mbp-10` with odd records in it; return how many it has."""
    made = []
    for n, spec in enumerate([*_firsts(), *sorted(rows, key=lambda each: each.second)]):
        changes: dict[str, Any] = {}
        if spec.broken is not None:
            odd: dict[str, dict[str, Any]] = {
                "price": {"price": -5},
                "ask_size": {"asks": [(dbn.UNDEF_PRICE, 5)]},
                "sip_timestamp": {"at_ns": 7},
                "id": {"instrument": 77},
                "exchange": {"flags": 128 | 4},
                "bid_price": {"bids": [(10**11, 5), (10**11, 5)]},
                "conditions": {"flags": 0},
            }
            changes = odd.get(spec.broken[0], {"size": 0})
        made += _once_or_twice(
            spec,
            _ACTION_OF_LEVELS,
            book(
                **{
                    "at_ns": at(spec.second),
                    "instrument": 11 if spec.symbol == "ACME" else 12,
                    "action": "T" if spec.is_trade else "A",
                    "side": "ABN"[n % 3],
                    "sequence": n,
                    "flags": 128 if spec.conditions != "2" else 0,
                    **changes,
                }
            ),
        )
    dbn_file(folder / "day.dbn", *made, mappings=OLD_MAPPINGS)
    return len(made)


def odd_orders(folder: Path, rows: list[Spec]) -> int:
    """Write a file of `mbo` with odd records in it; return how many it has."""
    made = []
    for n, spec in enumerate([*_firsts(), *sorted(rows, key=lambda each: each.second)]):
        changes: dict[str, Any] = {}
        if spec.broken is not None:
            odd: dict[str, dict[str, Any]] = {
                "price": {"price": 0},
                "sip_timestamp": {"at_ns": 7},
                "id": {"instrument": 77},
                "exchange": {"flags": 128 | 4},
                "conditions": {"flags": 128 | 32},
                "bid_price": {"action": "R", "side": "N"},
                "ask_size": {"at_ns": 7, "action": "A", "flags": 0},
            }
            changes = odd.get(spec.broken[0], {"size": 0})
        made += _once_or_twice(
            spec,
            _ACTION_OF_ORDERS,
            order(
                **{
                    "at_ns": at(spec.second),
                    "instrument": 11 if spec.symbol == "ACME" else 12,
                    "action": "T" if spec.is_trade else "ACMF"[n % 4],
                    "side": "AB"[spec.second % 2],
                    "number": spec.second % 9,
                    "price": 10**11 + (spec.second % 5) * 10**7,
                    "sequence": n,
                    "flags": 128 if spec.conditions != "2" else 0,
                    **changes,
                }
            ),
        )
    dbn_file(folder / "day.dbn", *made, schema="mbo", mappings=OLD_MAPPINGS)
    return len(made)


OLD_DAY = (date(2013, 10, 8), date(2013, 10, 9))
OLD_MAPPINGS = {"ACME": [(*OLD_DAY, 11)], "BOLT": [(*OLD_DAY, 12)]}
RECORD_WRITERS = {"DBN mbp-10": odd_levels, "DBN mbo": odd_orders}


def _once_or_twice(spec: Spec, action_at: int, record: bytes) -> list[bytes]:
    if spec.broken is not None and spec.broken[0] == "size" and spec.broken[1] == "x":
        # Of an action that there is not, which the official package would not write.
        record = record[:action_at] + b"x" + record[action_at + 1 :]
    return [record] * (1 + spec.twice)


def _firsts() -> list[Spec]:
    return [Spec(is_trade, FIRST, "ACME", "", None, twice=False) for is_trade in (True, False)]
