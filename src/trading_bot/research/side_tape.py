"""A recorded stock-day for measuring sides, with clean clocks or with late ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from trading_bot.order_flow.market.events import TradeEvent
from trading_bot.order_flow.market.order import quotes_come_first
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import NS_PER_MS, UNITS_PER_SHARE, cut_to
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.lobster.messages import LobsterFile
from trading_bot.recorded.lobster.pair import pairs_of
from trading_bot.recorded.sources import ReadOptions

TapeEvent = tuple[bool, int, int, int, int, int]
"""(True, stamp, bid, bid size, ask, ask size) or (False, stamp, price, size, order key, 0)."""


@dataclass(frozen=True, slots=True)
class KnownPrint:
    """What the file knows of a print and the classifier does not.

    Attributes:
        true_side: The aggressor, None where the file does not tell.
        size: Shares.
        hidden: True for a print against an order that the book did not show.
    """

    true_side: str | None
    size: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class Tape:
    """One recorded stock-day.

    Attributes:
        symbol: Ticker.
        day: Trading day in New York.
        events: Quotes and eligible prints in order.
        prints: What is known of each print, in the order of the prints in `events`.
        account: What became of the file's rows.
    """

    symbol: str
    day: date
    events: list[TapeEvent]
    prints: list[KnownPrint]
    account: RowAccount


def parse_jitter(text: str) -> tuple[float, float]:
    """Read `Q,T`: the mean delays of quotes and of prints in milliseconds.

    Raises:
        ValueError: Not two numbers of 0 or more.
    """
    parts = text.split(",")
    try:
        quote_ms, trade_ms = (float(part) for part in parts)
    except ValueError:
        quote_ms = trade_ms = -1.0
    # Written so that "nan" fails too.
    if not (0 <= quote_ms < float("inf") and 0 <= trade_ms < float("inf")):
        raise ValueError(f"jitter {text!r} must be two numbers of 0 or more, such as 1,10 (ms)")
    return quote_ms, trade_ms


def read_lobster(*paths: Path | str, options: ReadOptions | None = None) -> Tape:
    """Read a LOBSTER stock-day for measuring; prints that may not be signed are left out, counted.

    A print whose side the file does not tell is played, and not judged.

    Args:
        paths: The sample `.zip`, either file, or both where they are not named as LOBSTER's.
        options: Which rows; None for all.

    Raises:
        FileNotFoundError: The file or its twin is missing.
        ValueError: It is no LOBSTER file, or does not hold one stock-day that is wanted.
    """
    options = options or ReadOptions()
    source = _one_day(tuple(map(Path, paths)), options)
    account = source.account
    conditions = TradeConditions()
    events: list[TapeEvent] = []
    prints: list[KnownPrint] = []
    for event, true_side, hidden in source.events():
        kind = account.trades if isinstance(event, TradeEvent) else account.quotes
        if not options.hold(event.sip_ns):
            kind.leave("outside_time")
            continue
        if isinstance(event, TradeEvent):
            verdict = conditions.verdict(event.conditions, event.correction, extended=False)
            if not verdict.side:
                kind.leave(verdict.reason or "no_side")
                continue
            if true_side is None:
                kind.leave("side_not_recorded")
            else:
                kind.judged += 1
            shares = event.size // UNITS_PER_SHARE
            # One venue: its stamp alone is the order key.
            events.append((False, event.sip_ns, event.price_ticks, shares, event.sip_ns, 0))
            prints.append(KnownPrint(true_side, shares, hidden))
        else:
            kind.judged += 1
            events.append(
                (
                    True,
                    event.sip_ns,
                    event.bid_ticks,
                    event.bid_size // UNITS_PER_SHARE,
                    event.ask_ticks,
                    event.ask_size // UNITS_PER_SHARE,
                )
            )
    return Tape(source.symbol, source.day, events, prints, account)


def _one_day(paths: tuple[Path, ...], options: ReadOptions) -> LobsterFile:
    wanted = pairs_of(paths, options.symbols, options.day)
    if len(wanted) == 1:
        return LobsterFile(wanted[0])
    names = ", ".join(map(str, paths))
    if wanted:
        held = ", ".join(f"{pair.symbol} {pair.day}" for pair in wanted)
        raise ValueError(f"{names}: holds {held}; name one with --symbol and --day")
    held = ", ".join(f"{pair.symbol} {pair.day}" for pair in pairs_of(paths))
    asked = [*options.symbols, *([] if options.day is None else [str(options.day)])]
    raise ValueError(f"{names} holds {held}, not {', '.join(asked)}")


def jittered(
    events: Iterable[TapeEvent], *, quote_ms: float, trade_ms: float, seed: int
) -> list[TapeEvent]:
    """Delay stamps as two late and unequal clocks would.

    Every quote and every distinct print stamp gets its own exponential delay. Each stream keeps its
    order (running maximum), prints of one stamp stay together, and the delayed stamp replaces the
    true one everywhere, the order key included. Where stamps are equal, prints come first.

    Args:
        events: A tape in order.
        quote_ms: Mean delay of quotes in milliseconds.
        trade_ms: Mean delay of prints in milliseconds.
        seed: Same seed, same delays.

    Returns:
        The events in order of their delayed stamps.
    """
    # S311: a seeded experiment, no secret depends on it.
    quote_random = Random(f"{seed}:quotes")  # noqa: S311
    trade_random = Random(f"{seed}:trades")  # noqa: S311
    quote_clock = trade_clock = 0
    true_stamp: int | None = None
    delayed: list[TapeEvent] = []
    for is_quote, stamp, first, second, third, fourth in events:
        if is_quote:
            delay = round(quote_random.expovariate(1.0) * quote_ms * NS_PER_MS)
            quote_clock = max(quote_clock, stamp + delay)
            delayed.append((True, quote_clock, first, second, third, fourth))
            continue
        if stamp != true_stamp:
            true_stamp = stamp
            delay = round(trade_random.expovariate(1.0) * trade_ms * NS_PER_MS)
            trade_clock = max(trade_clock, stamp + delay)
        delayed.append((False, trade_clock, first, second, trade_clock, 0))
    # The sort is stable, so equal events keep their order.
    delayed.sort(key=lambda event: (event[1], event[0]))
    return delayed


def as_live(events: Iterable[TapeEvent], step_ns: int) -> list[TapeEvent]:
    """Cut stamps, those in order keys too, and order the events as a live stream's are.

    Args:
        events: A tape in order; the place of an event is its sequence number.
        step_ns: What the live stamps are cut to.
    """
    cut: list[TapeEvent] = []
    for is_quote, stamp, first, second, third, fourth in events:
        key = third if is_quote else cut_to(third, step_ns)
        cut.append((is_quote, cut_to(stamp, step_ns), first, second, key, fourth))
    first_kind = quotes_come_first(step_ns)
    cut.sort(key=lambda event: (event[1], event[0] != first_kind))
    return cut
