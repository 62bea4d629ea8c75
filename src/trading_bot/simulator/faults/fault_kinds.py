"""The kinds of fault, and the kinds of path that they may be limited to."""

from __future__ import annotations

from typing import Literal, get_args

PathKind = Literal[
    "snapshot",
    "trades",
    "quotes",
    "last_nbbo",
    "minutes",
    "last_trade",
    "conditions",
    "market_status",
    "calendar",
    "news",
    "tickers",
    "datasets",
    "symbology",
    "account",
    "orders",
    "positions",
    "trade_updates",
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
    "status_error",
]
"""Faults in whose place no data is served; the first that fits a request wins.

`status_error` answers 200 with a body whose status is `ERROR`.
"""
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
    "empty_results",
    "rest_behind",
]
"""Faults of the data or its transport; all that fit a request apply.

`empty_results` leaves the rows of trades and quotes out; with `rest_behind` tape and snapshot know
only what is older than `seconds`, 10 if not given.
"""
RowFault = Literal[
    "field_renamed",
    "field_retyped",
    "field_removed",
    "field_shifted",
    "future_stamp",
]
"""Faults of prints and quotes, on the stream and in the rows of REST; all that fit act.

The first four act on whatever has a member called `field`, as its way in calls it, such as `p` of
the stream and `price` of REST: it gets another name, another type, goes, or its number is a
thousand times as large. `count` counts messages of the stream.
`future_stamp` stamps the first print, or with `channel` Q the first quote, of each of its symbols
since it began `seconds` ahead, 3,600 if not given; on REST's tape each time that it is asked for.
`channel` limits them to prints or quotes, `paths` to REST, or with `stream` to the stream.
"""
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
    "auth_failed",
    "ws_no_answer",
    "ws_unnamed_error",
]
"""Faults of the stream; all that fit act.

`ws_plan_without_websocket` refuses keys; `ws_plan_without_trades` and `_quotes` refuse channels.
`ws_close_after_auth` closes with `code` between authentication and subscription, `ws_close` closes
a client that has subscribed `seconds` ago; 1006, the default, ends the connection without a closing
frame. `ws_max_connections` says so to such a client and closes with 1008.
`ws_mute` sends nothing but pongs, or withholds events: those of its symbols, its `channel`, or of
these a `share`, drawn by symbol and sequence number; `ws_dead` sends not even pongs;
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
`auth_failed` refuses keys; `count` counts them. `ws_no_answer` passes over what is subscribed, of
its symbols and its `channel`; `count` counts channels. `ws_unnamed_error` refuses a whole request
that holds one of its symbols by an error that names none; `count` counts requests.
"""
GatewayFault = Literal[
    "gw_no_greeting",
    "gw_hang_up",
    "gw_no_license",
    "gw_close",
    "gw_reset",
    "gw_error",
    "gw_garbage",
    "gw_half_record",
    "gw_mute",
    "gw_remap",
    "gw_skip",
    "gw_bad_book",
    "gw_lose",
    "gw_freeze",
    "gw_delay",
    "gw_split",
    "gw_lots",
    "gw_no_replay",
]
"""Faults of the depth gateway; all that fit act.

`gw_no_greeting` says nothing to a client that connects, `gw_hang_up` resets the connection before
the first word; `gw_no_license` refuses the dataset, as `auth_failed` refuses the key.
The next ones hit a session once it has been sent `records` of the market and began `seconds` ago,
both 0 if not given, and `count` counts sessions. `gw_close` ends it gracefully, `gw_reset` by a
reset; `gw_error` sends an error with `code`, 6 if not given, which ends the session unless it is 4
or 7; `gw_garbage` sends bytes that are no record, `gw_half_record` half of one before the end;
`gw_mute` sends nothing any more, not even heartbeats; `gw_remap` gives its symbols other numbers.
`gw_skip` drops records of its symbols, as for a slow reader, and tells it by code 7 once it is
over; `gw_bad_book` marks their books as perhaps wrong. `count` counts records.
The next five spare what is replayed, so that another session can tell. `gw_lose` withholds records
of its symbols, its `channel` (`T` prints, `Q` books), or of these a `share`, and tells nobody;
`gw_freeze` sends their books as they stood when it began, under fresh stamps; both count records.
`gw_split` sends prices and sizes of their symbols as before a split, twice and half as large,
`gw_lots` sizes in round lots; both count records.
`gw_delay` sends everything `seconds` late, 10 if not given. `gw_no_replay` ends a session that asks
for the past by an error with `code`, 6 if not given; `count` counts sessions.
"""
BrokerFault = Literal["br_unprocessable", "br_drip"]
"""Faults of what the simulated broker answers by HTTP.

`br_unprocessable` answers 422, `br_drip` the answer byte by byte. Answers and data that go wrong
on their way do so there too, where `paths` names `account`, `orders` or `positions`; with
`trade_updates` the handshake of its stream does.
"""
BrokerStreamFault = Literal[
    "br_auth_failed",
    "br_close",
    "br_mute",
    "br_lost",
    "br_late",
    "br_twice",
    "br_no_quantity",
]
"""Faults of the simulated broker's stream.

`br_auth_failed` refuses the key. `br_close` closes with `code`, 1006 if not given; `br_mute` sends
nothing any more, not even pongs. `count` counts connections. Of what trades change `br_lost` sends
nothing, `br_late` sends it `seconds` late, `br_twice` twice, and `br_no_quantity` without what is
held after it; `count` counts updates.
"""
MARKET_FAULTS = frozenset({"ws_burst", "ws_halt"})
"""Those that happen in the market itself, once if not said otherwise."""

FIELD_FAULTS = ("field_renamed", "field_retyped", "field_removed", "field_shifted")
"""Those that need a `field`."""
CHANNEL_KINDS = ("T", "Q", "LULD")
"""Channels of the stream: prints, quotes, limit bands."""

PATH_KINDS: tuple[PathKind, ...] = get_args(PathKind)
ANSWER_FAULTS: tuple[AnswerFault, ...] = get_args(AnswerFault)
DATA_FAULTS: tuple[DataFault, ...] = get_args(DataFault)
ROW_FAULTS: tuple[RowFault, ...] = get_args(RowFault)
SERVER_FAULTS: tuple[ServerFault, ...] = get_args(ServerFault)
STREAM_FAULTS: tuple[StreamFault, ...] = get_args(StreamFault)
GATEWAY_FAULTS: tuple[GatewayFault, ...] = get_args(GatewayFault)
BROKER_FAULTS: tuple[BrokerFault, ...] = get_args(BrokerFault)
BROKER_STREAM_FAULTS: tuple[BrokerStreamFault, ...] = get_args(BrokerStreamFault)
BROKER_PATHS: tuple[PathKind, ...] = ("account", "orders", "positions")
"""What the broker answers by HTTP: hit where a fault names it, or is one of the broker's."""
FAULT_KINDS: tuple[str, ...] = (
    *ANSWER_FAULTS,
    *DATA_FAULTS,
    *ROW_FAULTS,
    *SERVER_FAULTS,
    *STREAM_FAULTS,
    *GATEWAY_FAULTS,
    *BROKER_FAULTS,
    *BROKER_STREAM_FAULTS,
)
