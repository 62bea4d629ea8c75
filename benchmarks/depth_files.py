"""How many records a second of files with depth a replay judges: mbp-10 and mbo, as plain files.

    python benchmarks/depth_files.py [--records 2000000] [--runs 3] [--folder DIR] [--json]

A seeded market of a few symbols in one regular session is written twice: as single orders (`mbo`),
and as the ten levels that they make (`mbp-10`). Each file is replayed in a process of its own, in
turn with the other, as a user does who keeps no record; process start is included. The count judged
is printed beside the rate, and peak memory beside that of a tenth of the file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median
from struct import Struct
from typing import Any, BinaryIO, Final

import databento_dbn as dbn
from machine import machine_name

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.providers.databento.layout import NO_PRICE
from trading_bot.order_flow.providers.databento.orders import OrderBook

SYMBOLS: Final = ("ACME", "BOLT", "CROW", "DUNE")
START_NS: Final = 1_773_063_000_000_000_000  # 2026-03-09 09:30 in New York
SESSION_NS: Final = 23_000 * 10**9
CENT: Final = 10_000_000
TICKS_PER_NANO: Final = 1_000
UNITS: Final = 1_000_000
ORDERS_KEPT: Final = 300
TRADES_OF: Final = 0.04
TOP_OF: Final = 0.35
LAST: Final = 128
ORDER: Final = Struct("<BBHIQQqIBBBBQiI")
HEAD: Final = Struct("<BBHIQqIBBBBQiI")
LEVELS: Final = Struct("<" + "qqIIII" * 10)
EMPTY: Final = (NO_PRICE, 0)
TARGETS: Final = {"mbp-10": 100_000, "mbo": 60_000}


class Stock:
    """One instrument's orders, and how they come and go."""

    def __init__(self, number: int, random: Random) -> None:
        self.number = number
        self.book = OrderBook()
        self._random = random
        self._middle = (100 + 40 * number) * 100 * CENT
        self._next = number << 32
        self._orders: list[tuple[int, int, int, int]] = []

    def rest(self, *, near: bool = False) -> tuple[int, int, int, int, int]:
        """Rest an order; return its action, side, number, price and shares."""
        random = self._random
        if random.random() < 0.02:
            self._middle += random.choice((-CENT, CENT))
        side = random.choice((ord("A"), ord("B")))
        away = 1 if near else 1 + min(int(random.expovariate(0.22)), 40)
        price = self._middle + (away if side == ord("A") else -away) * CENT
        bids, asks = self.book.bids, self.book.asks
        # Nothing rests through the other side.
        if side == ord("A") and bids:
            price = max(price, bids[0][0] * TICKS_PER_NANO + CENT)
        elif side == ord("B") and asks:
            price = min(price, asks[0][0] * TICKS_PER_NANO - CENT)
        self._next += 1
        shares = 100 * random.randrange(1, 9)
        self._orders.append((side, self._next, price, shares))
        self.book.take(ord("A"), side, self._next, price, shares, LAST)
        return (ord("A"), side, self._next, price, shares)

    def step(self) -> Iterator[tuple[int, int, int, int, int]]:
        """Yield what happens next: an order, its end, or a trade and what it takes."""
        random, orders = self._random, self._orders
        if len(orders) < ORDERS_KEPT or random.random() < 0.45:
            yield self.rest(near=random.random() < TOP_OF)
            return
        place = random.randrange(len(orders))
        if random.random() < TRADES_OF:
            side = random.choice((ord("A"), ord("B")))
            sign = 1 if side == ord("A") else -1
            place = min(
                (n for n, each in enumerate(orders) if each[0] == side),
                key=lambda n: sign * orders[n][2],
            )
            _, number, price, shares = orders[place]
            yield (ord("T"), ord("B") + ord("A") - side, 0, price, shares)
            yield (ord("F"), side, number, price, shares)
        side, number, price, shares = orders[place]
        orders[place] = orders[-1]
        orders.pop()
        self.book.take(ord("C"), side, number, price, shares, LAST)
        yield (ord("C"), side, number, price, shares)


def header(schema: str) -> bytes:
    """Return what a file begins with."""
    made = dbn.Metadata(
        dataset="XNAS.ITCH",
        start=START_NS,
        stype_in=dbn.SType("raw_symbol"),
        stype_out=dbn.SType("instrument_id"),
        schema=dbn.Schema(schema),
    )
    return bytes(made)


def mappings() -> bytes:
    """Return what the numbers mean, as a live session says it."""
    return b"".join(
        bytes(
            dbn.SymbolMappingMsg(
                publisher_id=0,
                instrument_id=number,
                ts_event=START_NS,
                stype_in=dbn.SType("raw_symbol"),
                stype_in_symbol=symbol,
                stype_out=dbn.SType("instrument_id"),
                stype_out_symbol=str(number),
                start_ts=START_NS,
                end_ts=START_NS + SESSION_NS,
            )
        )
        for number, symbol in enumerate(SYMBOLS, 1)
    )


def write(folder: Path, records: int, seed: int = 7) -> dict[str, Path]:
    """Write both files of one market, each with as many records."""
    paths = {schema: folder / f"market.{schema}.dbn" for schema in TARGETS}
    random = Random(seed)
    stocks = [Stock(number, random) for number in range(1, len(SYMBOLS) + 1)]
    with paths["mbo"].open("wb") as orders, paths["mbp-10"].open("wb") as levels:
        for file, schema in ((orders, "mbo"), (levels, "mbp-10")):
            file.write(header(schema) + mappings())
        left = {"mbo": records, "mbp-10": records}
        at_ns, sequence, step_ns = START_NS, 0, SESSION_NS // records // 2
        while any(left.values()):
            stock = random.choice(stocks)
            before = (stock.book.bids, stock.book.asks)
            at_ns += random.randrange(2 * step_ns)
            for action, side, number, price, shares in stock.step():
                sequence += 1
                flags = LAST if action in b"AC" else 0
                if left["mbo"]:
                    left["mbo"] -= 1
                    orders.write(
                        ORDER.pack(
                            14, 160, 2, stock.number, at_ns, number, price, shares, flags, 0,
                            action, side, at_ns, 0, sequence,
                        )
                    )  # fmt: skip
                now = (stock.book.bids, stock.book.asks)
                if left["mbp-10"] and (action == ord("T") or (flags and now != before)):
                    left["mbp-10"] -= 1
                    depth = depth_of(before, now)
                    levels.write(
                        HEAD.pack(
                            92, 10, 2, stock.number, at_ns, price, shares, action, side, flags,
                            depth, at_ns, 0, sequence,
                        )
                        + levels_of(*now)
                    )  # fmt: skip
    return paths


def depth_of(before: tuple[Any, Any], now: tuple[Any, Any]) -> int:
    """Return the first level that differs, as the provider says which one changed."""
    for old, new in zip(before, now, strict=True):
        if old != new:
            pairs = enumerate(zip(old, new, strict=False))
            return next((n for n, (a, b) in pairs if a != b), min(len(old), len(new), 9))
    return 0


def levels_of(bids: tuple[Any, ...], asks: tuple[Any, ...]) -> bytes:
    """Return the ten levels of a row."""
    cells: list[int] = []
    for n in range(10):
        bid, bid_size = priced(bids[n]) if n < len(bids) else EMPTY
        ask, ask_size = priced(asks[n]) if n < len(asks) else EMPTY
        cells += (bid, ask, bid_size, ask_size, 1, 1)
    return LEVELS.pack(*cells)


def priced(level: tuple[int, int]) -> tuple[int, int]:
    """Return a level in the units of the wire."""
    return level[0] * TICKS_PER_NANO, level[1] // UNITS


def replay(path: Path) -> dict[str, Any]:
    """Replay a file in a process of its own; return what it cost and what it judged."""
    command = [sys.executable, "-m", "trading_bot", "replay", str(path), "--json"]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "TRADING_BOT_HOME": home}
        started = monotonic_seconds()
        child = subprocess.Popen(
            [*command, "--out", f"{home}/record"],
            stdout=subprocess.PIPE,
            env=environment,
            cwd=home,
        )
        out = child.stdout.read() if child.stdout is not None else b""
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = monotonic_seconds() - started
    if child.returncode:
        raise SystemExit(f"replay of {path} ended with {child.returncode}")
    account = json.loads(out)["account"]
    return {
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss * 1024 / 1e6,
        "read": sum(account[kind]["read"] for kind in ("trades", "quotes")),
        "judged": sum(account[kind]["judged"] for kind in ("trades", "quotes")),
    }


def begun(path: Path, records: int) -> Path:
    """Write the beginning of a file as a file of its own."""
    size = {"mbo": 56, "mbp-10": 368}[path.name.split(".")[1]]
    short = path.with_suffix(".tenth.dbn")
    with path.open("rb") as file, short.open("wb") as out:
        copied(file, out, len(header(path.name.split(".")[1])) + len(mappings()) + size * records)
    return short


def copied(file: BinaryIO, out: BinaryIO, size: int) -> None:
    """Copy so many bytes."""
    while size:
        size -= out.write(file.read(min(size, 1 << 20)))


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files are kept, and found again")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        paths = {schema: folder / f"market.{schema}.dbn" for schema in TARGETS}
        if not all(path.exists() for path in paths.values()):
            paths = write(folder, options.records)
        tenths = {name: replay(begun(path, options.records // 10)) for name, path in paths.items()}
        runs: dict[str, list[dict[str, Any]]] = {schema: [] for schema in TARGETS}
        for _ in range(options.runs):
            for schema, path in paths.items():
                runs[schema].append(replay(path))
    found = {
        schema: {
            "records": each[0]["read"],
            "judged": each[0]["judged"],
            "judged_share": each[0]["judged"] / each[0]["read"],
            "per_second": each[0]["read"] / median(run["seconds"] for run in each),
            "per_cpu_second": each[0]["read"] / median(run["cpu_seconds"] for run in each),
            "peak_mb": max(run["peak_mb"] for run in each),
            "peak_mb_of_a_tenth": tenths[schema]["peak_mb"],
            "target": TARGETS[schema],
        }
        for schema, each in runs.items()
    }
    if options.json:
        print(json.dumps({"machine": machine_name(), **found}, indent=2))
        return
    print(machine_name())
    for schema, each in found.items():
        print(
            f"{schema:<7} {each['records']:,} records, {each['judged']:,} judged "
            f"({each['judged_share']:.1%}): {each['per_second']:,.0f} a second, "
            f"{each['per_cpu_second']:,.0f} a second of processor (target {each['target']:,}); "
            f"peak {each['peak_mb']:.0f} MB, of a tenth {each['peak_mb_of_a_tenth']:.0f} MB"
        )


if __name__ == "__main__":
    main()
