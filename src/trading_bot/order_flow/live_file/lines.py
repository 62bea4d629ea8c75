"""The lines of the live file: one beat every quarter of a second, as JSON; pure.

A beat names the symbols that have changed since the one before, each with its whole row; the first
beat of a file has every row, so that a reader may begin with any file. A beat comes also where
nothing has changed: without it silence and calm would look alike. Alerts, exits and walls are no
part of it: they stand in the record.

Prices and money are decimal text in USD, sizes whole shares, ratios plain numbers, stamps Unix
nanoseconds of exchange time unless said otherwise. Null is "not known", never nothing.
"""

from __future__ import annotations

from typing import Literal

import msgspec

SCHEMA = 1
"""Raised when a member changes its meaning; a reader refuses what it does not know."""

Sees = Literal["visible", "degraded", "blind", "not_watched"]
Pressure = Literal["calm", "alerted", "exit", "unknown"]


class LiveChannel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one channel of a symbol is seen.

    Attributes:
        name: `prints`, `quotes` or `depth`.
        state: What this channel alone would allow.
        reason: One word and its figures; empty while visible.
        proved_ns: Up to when it was last proved: equal to a second source; None where it never was.
    """

    name: str
    state: Sees
    reason: str = ""
    proved_ns: int | None = None


class LiveLeaving(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What leaving the position costs now; members as those of `recommendation.Leaving`."""

    shares: str
    fits: str | None = None
    cost_usd: str | None = None
    cost_bp: float | None = None
    levels: int = 0
    depth_kind: str | None = None
    unknown: str = ""


class LiveWall(msgspec.Struct, frozen=True, kw_only=True):
    """A large level that stands: which side (`bid` or `ask`), where, how large, since when."""

    side: Literal["bid", "ask"]
    price: str
    shares: int
    since_ns: int


class LiveRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One symbol.

    Attributes:
        symbol: Ticker.
        sees: How well it is seen as a whole.
        reason: Why not `visible`; empty while it is.
        channels: Of each channel by itself.
        compared_seconds_ago: How long ago it was equal to a second source; None where it never was.
        pressure: As `View.pressure`: `calm` only while it is visible and bursts are judged, and
            never of a symbol that trades too little for its own scale.
        pressure_reason: Why it is not calm though it is visible, or what a busy day holds back of
            smaller alerts; may be empty.
        price: Of the newest print, USD.
        price_ns: Its stamp.
        bid: Best bid, USD.
        bid_shares: Shares there.
        ask: Best ask, USD.
        ask_shares: Shares there.
        shares: Of the position, decimal text, negative when short; None where none is held.
        paid: USD per share.
        stop: USD per share.
        opened_ns: When the position was opened.
        pnl: Unrealised, USD, by what a share could be sold for; None without a price.
        leaving: What leaving costs.
        volume_ratio: Shares of the last 60 s over the usual minute before; None where not judged.
        volume_warn: Ratio from which a burst is a warning.
        volume_critical: Ratio from which it is critical.
        sell_ratio: Sold share of the last 60 s.
        sell_ratio_low: The same with every unknown side counted as a buy.
        sell_warn: Sold share from which a burst is one.
        delta: Shares bought less shares sold since it is watched, by the likelihood of each side.
        imbalance: (bid - ask) / (bid + ask) of the sizes at the best prices; None without both.
        delay_ms: How far the newest event came behind its stamp, milliseconds.
        depth_kind: `top_of_book` or `levels`; None where nothing is known.
        bids: Displayed levels, best first, price and shares; only where the kind is `levels`.
        asks: The same of the other side.
        walls: Large levels that stand.
        muted_until_ns: Until when no notice of it is sent; None where it is not muted.
    """

    symbol: str
    sees: Sees
    reason: str = ""
    channels: tuple[LiveChannel, ...] = ()
    compared_seconds_ago: int | None = None
    pressure: Pressure = "unknown"
    pressure_reason: str = ""
    price: str | None = None
    price_ns: int | None = None
    bid: str | None = None
    bid_shares: int | None = None
    ask: str | None = None
    ask_shares: int | None = None
    shares: str | None = None
    paid: str | None = None
    stop: str | None = None
    opened_ns: int | None = None
    pnl: str | None = None
    leaving: LiveLeaving | None = None
    volume_ratio: float | None = None
    volume_warn: float | None = None
    volume_critical: float | None = None
    sell_ratio: float | None = None
    sell_ratio_low: float | None = None
    sell_warn: float | None = None
    delta: int | None = None
    imbalance: float | None = None
    delay_ms: float | None = None
    depth_kind: str | None = None
    bids: tuple[tuple[str, int], ...] = ()
    asks: tuple[tuple[str, int], ...] = ()
    walls: tuple[LiveWall, ...] = ()
    muted_until_ns: int | None = None


class LiveBeat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line.

    Attributes:
        schema: `SCHEMA` of the writer.
        run: Which run of a guard this is: 16 hex digits, another at each start.
        number: Of the beat within its run, from 1.
        at_ns: The market's present.
        written_ns: The machine's, by which a reader tells how old the line is.
        market: `live`, `simulated` (an invented market) or `recorded` (a replayed day).
        record: Folder of the record, absolute; empty where none is kept.
        whole: Every row is in it.
        symbols: How many are watched.
        status: `ok`, `degraded`, `blind` or `stopped` (the last line of a run): of the guard as a
            whole.
        troubles: Why, one sentence each: positions, record, threads, connection.
        sleeping_until_ns: When the watch begins again while the market is closed.
        rows: Those that have changed.
        gone: Symbols that are watched no more.
    """

    # By a factory: what equals a plain default is left out of the line, and this must be said.
    schema: int = msgspec.field(default_factory=lambda: SCHEMA)
    run: str
    number: int
    at_ns: int
    written_ns: int
    market: Literal["live", "simulated", "recorded"]
    record: str = ""
    whole: bool = False
    symbols: int = 0
    status: Literal["ok", "degraded", "blind", "stopped"] = "ok"
    troubles: tuple[str, ...] = ()
    sleeping_until_ns: int | None = None
    rows: tuple[LiveRow, ...] = ()
    gone: tuple[str, ...] = ()


def encode_beat(beat: LiveBeat) -> bytes:
    """Return a beat as one line of JSON, with its end."""
    return msgspec.json.encode(beat) + b"\n"
