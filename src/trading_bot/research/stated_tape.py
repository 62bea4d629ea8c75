"""A recorded stock-day whose prints state who began them, for measuring sides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import UNITS_PER_SHARE, utc_from_ns
from trading_bot.recorded.recognise import common_format
from trading_bot.recorded.rows import KIND, PLACE, SIP_NS, STATED_SIDE, SYMBOL, Row, made_ns
from trading_bot.recorded.sources import FlatSource, ReadOptions, RowSource
from trading_bot.research.side_tape import KnownPrint, Tape, TapeEvent


def read_stated(paths: Sequence[Path], options: ReadOptions | None = None) -> Tape:
    """Read files of one stock-day; prints that may not be signed are left out, counted.

    A print whose side is not stated is played, and not judged.

    Args:
        paths: The files.
        options: Which rows; None for all.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: No file states sides, or they hold more than one stock-day.
    """
    options = options or ReadOptions()
    source: RowSource
    sides: dict[int, str] = {}
    if common_format(paths) == "databento":
        # Imported here: the maker's package takes 5 MB.
        from trading_bot.recorded.databento.source import DatabentoSource  # noqa: PLC0415

        source = DatabentoSource(paths, options)
    else:
        source = tables = FlatSource(paths, options)
        sides = tables.stated_sides()
        if not sides:
            raise ValueError(
                f"{', '.join(map(str, paths))} state no sides; LOBSTER days do, and Databento's "
                "files of all schemas with prints"
            )
    conditions = TradeConditions()
    events: list[TapeEvent] = []
    prints: list[KnownPrint] = []
    found = set()
    for row in (row for batch in source.batches() for row in batch):
        found.add((row[SYMBOL], utc_from_ns(row[SIP_NS]).astimezone(NEW_YORK).date()))
        if row[KIND]:
            source.account.quotes.judged += 1
            events.append(_quote(row))
            continue
        account = source.account.trades
        verdict = conditions.verdict(row[7], row[8], extended=False)
        price, size = row[5], row[6] // UNITS_PER_SHARE
        if not verdict.side or not size:
            account.leave(verdict.reason or "below_one_share")
            continue
        side = row[STATED_SIDE] if len(row) > STATED_SIDE else sides.get(row[PLACE])
        if side is None:
            account.leave("side_not_recorded")
        else:
            account.judged += 1
        # One venue: fills of one order bear its stamp there.
        events.append((False, row[SIP_NS], price, size, made_ns(row) or row[SIP_NS], 0))
        prints.append(KnownPrint(side, size, hidden=False))
    if len(found) != 1:
        held = ", ".join(f"{symbol} {day}" for symbol, day in sorted(found)) or "no row"
        raise ValueError(
            f"one stock-day is measured, and here is {held}; use --symbol, --from, --to"
        )
    ((symbol, day),) = found
    return Tape(symbol, day, events, prints, source.account)


def _quote(row: Row) -> TapeEvent:
    _, _, _, _, _, bid, bid_size, ask, ask_size, *_ = row
    return (
        True,
        row[SIP_NS],
        bid,
        bid_size // UNITS_PER_SHARE,
        ask,
        ask_size // UNITS_PER_SHARE,
    )
