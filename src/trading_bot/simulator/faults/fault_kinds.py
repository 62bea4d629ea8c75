"""The kinds of fault, and the kinds of path that they may be limited to."""

from __future__ import annotations

from typing import Literal, get_args

PathKind = Literal[
    "snapshot",
    "trades",
    "quotes",
    "last_nbbo",
    "last_trade",
    "conditions",
    "market_status",
    "calendar",
    "news",
    "stream",
    "unknown",
]
AnswerFault = Literal[
    "rate_limited",
    "server_error",
    "unavailable",
    "bad_gateway_html",
    "hang",
    "drop_connection",
    "unknown_key",
    "not_authorized",
    "not_found",
    "empty_body",
]
"""Faults in whose place no data is served; the first that fits a request wins."""
DataFault = Literal[
    "slow",
    "truncated_json",
    "cut_body",
    "stale_quotes",
    "frozen",
    "delayed_plan",
    "no_quotes_plan",
    "no_trades_plan",
    "out_of_order",
    "duplicate_trades",
    "crossed_quote",
    "one_sided_quote",
    "corrections",
    "malformed_rows",
    "null_objects",
    "looping_cursor",
]
"""Faults of the data or its transport; all that fit a request apply."""
ServerFault = Literal["going_away"]
"""The server stops listening and closes every connection while the fault lasts."""
StreamFault = Literal[
    "ws_plan_without_websocket",
    "ws_plan_without_trades",
    "ws_plan_without_quotes",
    "ws_close_after_auth",
    "ws_close",
    "ws_max_connections",
    "ws_mute",
    "ws_dead",
    "ws_slow_drip",
    "ws_malformed",
    "ws_half_frame",
    "ws_unknown_events",
    "ws_duplicate",
    "ws_delay",
    "ws_reorder",
    "ws_clock_skew",
    "ws_burst",
    "ws_halt",
]
"""Faults of the stream; all that fit act.

`ws_plan_without_websocket` refuses keys; `ws_plan_without_trades` and `_quotes` refuse channels.
`ws_close_after_auth` closes with `code` between authentication and subscription, `ws_close` closes
a client that has subscribed `seconds` ago; 1006, the default, ends the connection without a closing
frame. `ws_max_connections` says so to such a client and closes with 1008.
`ws_mute` sends nothing but pongs, or withholds the events of its symbols; `ws_dead` not even pongs;
`ws_slow_drip` lets `bytes_per_second` through. These three stay with a connection that they have
hit, and `count` counts connections.
`ws_malformed` spoils the JSON of frames; `ws_half_frame` sends half of a frame and hangs up
`seconds` later.
`ws_unknown_events` adds events of unknown kinds; `ws_duplicate` sends events twice; `ws_delay`
sends them `seconds` late, in order; `ws_reorder` sends every other one `seconds` late;
`ws_clock_skew` adds `seconds` to their stamps, on the stream alone. `count` counts events.
`ws_burst` lets `trades` prints of each of its symbols happen in the next second, in the market
itself, so that REST has them too; `count` counts such seconds, one if not given.
`ws_halt` halts its symbols from the next second on for `seconds`, 300 if not given, in the market
itself too; they begin again with a reopening print. The limit bands tell of it where a symbol is
listed on Nasdaq. `count` counts halts, one if not given.
"""
MARKET_FAULTS = frozenset({"ws_burst", "ws_halt"})
"""Those that happen in the market itself, once if not said otherwise."""

PATH_KINDS: tuple[PathKind, ...] = get_args(PathKind)
ANSWER_FAULTS: tuple[AnswerFault, ...] = get_args(AnswerFault)
DATA_FAULTS: tuple[DataFault, ...] = get_args(DataFault)
SERVER_FAULTS: tuple[ServerFault, ...] = get_args(ServerFault)
STREAM_FAULTS: tuple[StreamFault, ...] = get_args(StreamFault)
FAULT_KINDS: tuple[str, ...] = (*ANSWER_FAULTS, *DATA_FAULTS, *SERVER_FAULTS, *STREAM_FAULTS)
