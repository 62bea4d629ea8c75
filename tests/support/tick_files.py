"""Files of ticks as Lean, AlgoSeek, IBKR and others write them, from the rows of one test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from support.flat_data import at
from support.form_files import FIRST, Spec
from trading_bot.order_flow.calendar import NEW_YORK


def lean(folder: Path, rows: list[Spec]) -> int:
    """Write the two files of one symbol's day; return how many rows they have."""
    lines: dict[bool, list[list[str]]] = {True: [], False: []}
    for given in sorted(_all(rows), key=lambda each: each.second):
        # Any number is a time of day: as junk it would only be out of order.
        is_time = given.broken is not None and given.broken[0] == "sip_timestamp"
        spec = given._replace(broken=("sip_timestamp", "x")) if is_time else given
        clock = str((at(spec.second) - at(-36_000)) // 10**6)
        if spec.is_trade:
            bits = {"": "1", "99": "40000000"}.get(spec.conditions, "100020")
            cells = _cells(
                spec,
                sip_timestamp=clock,
                price="1000100",
                size="100",
                exchange="P",
                conditions=bits,
                suspicious=str(int(spec.conditions == "28")),
            )
        else:
            side = ("1000000", "300", "0", "0") if spec.second % 2 else ("0", "0", "1000100", "200")
            names = ("bid_price", "bid_size", "ask_price", "ask_size")
            cells = _cells(
                spec,
                sip_timestamp=clock,
                **dict(zip(names, side, strict=True)),
                exchange="Q",
                conditions="1",
                suspicious=str(int(spec.conditions == "28")),
            )
        lines[spec.is_trade] += [cells] * (1 + spec.twice)
    _write(folder / "20131008_acme_Trade_Tick.csv", lines[True])
    _write(folder / "20131008_acme_Quote_Tick.csv", lines[False])
    return sum(map(len, lines.values()))


def algoseek(folder: Path, rows: list[Spec]) -> int:
    """Write one file of a day; return how many rows it has."""
    lines = [_HEADER]
    for spec in _all(rows):
        moment = datetime.fromtimestamp(at(spec.second) // 10**9, NEW_YORK)
        quote = ("QUOTE BID NB", "QUOTE ASK NB", "QUOTE BID", "HALT")[spec.second % 4]
        trade = ("TRADE", "TRADE NB", "TRADE CANCELLED")[spec.second % 3]
        cells = _cells(
            spec,
            date=f"{moment:%Y%m%d}",
            sip_timestamp=f"{moment:%H:%M:%S}.000000001",
            event=trade if spec.is_trade else quote,
            ticker=spec.symbol,
            price="100.01",
            size="100",
            exchange="ARCA",
            conditions="00000001" if spec.conditions != "99" else "40000000",
        )
        lines += [cells] * (1 + spec.twice)
    _write(folder / "day.csv", lines)
    return len(lines) - 1


def ibkr(folder: Path, rows: list[Spec]) -> int:
    """Write two data frames; return how many rows they have."""
    trades = [["symbol", "time", "price", "size", "exchange", "specialConditions"]]
    quotes = [["symbol", "time", "priceBid", "priceAsk", "sizeBid", "sizeAsk"]]
    for spec in _all(rows):
        stamp = f"{datetime.fromtimestamp(at(spec.second) // 10**9, UTC)}"
        if spec.is_trade:
            letters = {"": "", "99": "!"}.get(spec.conditions, "W I")
            cells = _cells(
                spec,
                symbol=spec.symbol,
                sip_timestamp=stamp,
                price="100.01",
                size="100.0",
                exchange="ARCA",
                conditions=letters,
            )
        else:
            cells = _cells(
                spec,
                symbol=spec.symbol,
                sip_timestamp=stamp,
                bid_price="100.0",
                ask_price="100.01",
                bid_size="300.0",
                ask_size="200.0",
            )
        (trades if spec.is_trade else quotes).extend([cells] * (1 + spec.twice))
    _write(folder / "t.csv", trades)
    _write(folder / "q.csv", quotes)
    return len(trades) + len(quotes) - 2


def bid_ask_ticks(folder: Path, rows: list[Spec]) -> int:
    """Write prints with their quotes; return how many trades and quotes the rows are."""
    lines = [["symbol", "time", "price", "size", "bid", "ask", "bid_size", "ask_size"]]
    count = 0
    for spec in _all(rows):
        cells = _cells(
            spec,
            symbol=spec.symbol,
            sip_timestamp=str(at(spec.second)),
            price="100.01" if spec.is_trade else "",
            size="100" if spec.is_trade else "",
            bid_price="100.00",
            ask_price="100.01",
            bid_size="3",
            ask_size="2",
        )
        lines += [cells] * (1 + spec.twice)
        is_whole = len(cells) == len(lines[0])
        # Of a row without price and size only the quote is there, of half a row only the trade.
        is_trade = is_whole and {cells[2], cells[3]} - {"", "0"} != set()
        count += (1 + spec.twice) * (1 + is_trade)
    _write(folder / "ticks.csv", lines)
    return count


def _all(rows: list[Spec]) -> list[Spec]:
    first = [Spec(is_trade, FIRST, "ACME", "", None, twice=False) for is_trade in (True, False)]
    return [*first, *sorted(rows, key=lambda each: (each.symbol, each.second))]


def _cells(spec: Spec, **cells: str) -> list[str]:
    """Return the cells of a row, one of them broken, or the last one missing."""
    if spec.broken is not None and spec.broken[0] in cells:
        cells[spec.broken[0]] = spec.broken[1].replace(",", ";")
    found = list(cells.values())
    return found[:-1] if spec.broken is not None and spec.conditions == "99" else found


def _write(path: Path, lines: Sequence[Sequence[str]]) -> None:
    path.write_text("".join(f"{','.join(line)}\n" for line in lines))


_HEADER = ["Date", "Timestamp", "EventType", "Ticker", "Price", "Quantity"]
_HEADER += ["Exchange", "Conditions"]
TICK_WRITERS: Mapping[str, Callable[[Path, list[Spec]], int]] = {
    "Lean": lean,
    "AlgoSeek": algoseek,
    "IBKR": ibkr,
    "ticks with bid and ask": bid_ask_ticks,
}
