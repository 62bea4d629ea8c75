"""The records of one session: from where each subscription begins, up to the present and on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.gateway.gw_faults import SessionFaults
from trading_bot.simulator.gateway.gw_feed import (
    STARTED_NS,
    HaltRow,
    VenueRow,
    is_in,
    span_end,
    venue_rows,
)
from trading_bot.simulator.gateway.gw_line import GatewayLine
from trading_bot.simulator.gateway.gw_records import SKIPPED_ERROR, Records, day_start_ns
from trading_bot.simulator.gateway.gw_terms import GatewayTerms
from trading_bot.simulator.gateway.gw_units import as_before_a_split, in_round_lots
from trading_bot.simulator.market.depth import DepthRow
from trading_bot.simulator.market.depth_changes import Change
from trading_bot.simulator.market.market import SimulatedMarket

_SPANS_AT_ONCE = 10
_REPLAY_AHEAD_BYTES = 1_000_000
_AT_ONCE_BYTES = 500_000
_WARN_EVERY_NS = 10 * NS_PER_SECOND
_REMAPPED_BY = 500
_SKIPPED = "Skipped records after slow reading"


@dataclass(slots=True)
class Wanted:
    """One subscription that is made.

    Attributes:
        schema: Kind of records.
        symbols: Tickers.
        from_ns: Its first exchange time where it is replayed; else the feed time that it follows.
        is_replayed: True where it begins in the past.
        skips: True to drop records for a slow reader, False to warn it.
        number: The client's own, or None.
    """

    schema: str
    symbols: frozenset[str]
    from_ns: int
    is_replayed: bool
    skips: bool
    number: int | None = None

    def has(self, row: VenueRow) -> bool:
        """Return whether a row is of its symbols and its time."""
        if row.symbol not in self.symbols:
            return False
        if self.is_replayed:
            return row.event_ns >= self.from_ns
        return row.received_ns > self.from_ns


class Delivery:
    """Writes what a session is sent; begins with its start.

    Args:
        market: The events.
        records: Writes the session's records.
        faults: What goes wrong with the session.
        terms: What the gateway allows.
        instruments: The number of each symbol.
        line: The way to the client.

    Attributes:
        sent: Records of the market so far.
        is_mute: True once nothing is sent any more.
    """

    def __init__(
        self,
        market: SimulatedMarket,
        records: Records,
        faults: SessionFaults,
        terms: GatewayTerms,
        instruments: dict[str, int],
        line: GatewayLine,
    ) -> None:
        self.sent = 0
        self.is_mute = False
        self._market = market
        self._records = records
        self._faults = faults
        self._terms = terms
        self._instruments = dict(instruments)
        self._line = line
        self._wanted: list[Wanted] = []
        self._done_ns: int | None = None
        # What happens after this is sent as it happens, and not replayed.
        self._live_ns = 0
        # Books as they stood when they froze.
        self._frozen: dict[str, Change] = {}
        self._replaying: list[str] = []
        self._is_open = False
        self._has_skipped = False
        self._warned_ns = 0
        self._last_sent_ns = 0

    @property
    def symbols(self) -> set[str]:
        """All that is subscribed."""
        return {symbol for wanted in self._wanted for symbol in wanted.symbols}

    def open(self, now_ns: int) -> None:
        """Send what comes before all records, once."""
        if not self._is_open:
            self._is_open = True
            self.say(self._records.metadata(now_ns), now_ns)

    def add(self, wanted: Wanted, now_ns: int) -> None:
        """Send from now on what a subscription has; what it says of the past comes first."""
        self._wanted.append(wanted)
        self._live_ns = now_ns
        self.say(self._records.subscribed(wanted.schema, wanted.number, now_ns), now_ns)
        self._map(sorted(wanted.symbols), now_ns)
        if wanted.is_replayed and wanted.schema not in self._replaying:
            self._replaying.append(wanted.schema)
        if wanted.schema == "definition" and wanted.is_replayed:
            self._define(wanted, now_ns)
        # The first that is replayed begins before the rest; what they do not have is left out.
        is_past = wanted.is_replayed and wanted.schema != "definition"
        before_ns = wanted.from_ns - 1 if is_past else now_ns
        self._done_ns = before_ns if self._done_ns is None else min(self._done_ns, before_ns)

    def _define(self, wanted: Wanted, now_ns: int) -> None:
        if wanted.from_ns > day_start_ns():
            return
        for symbol in sorted(wanted.symbols):
            number = self._instruments[symbol]
            self.say(self._records.definition(symbol, number, now_ns), now_ns)

    def _map(self, symbols: Iterable[str], now_ns: int) -> None:
        for symbol in symbols:
            self.say(self._records.mapping(symbol, self._instruments[symbol], now_ns), now_ns)

    def remap(self, symbols: Iterable[str], now_ns: int) -> None:
        """Give symbols other numbers."""
        mine = sorted(self.symbols & set(symbols or self.symbols))
        for symbol in mine:
            self._instruments[symbol] += _REMAPPED_BY
        self._map(mine, now_ns)

    def say(self, data: bytes, now_ns: int) -> None:
        """Send what is no record of the market."""
        if not self.is_mute:
            self._last_sent_ns = now_ns
            self._line.write(data)

    def beat(self, now_ns: int, seconds: int) -> None:
        """Send a heartbeat where nothing else was sent for so long."""
        if now_ns - self._last_sent_ns >= seconds * NS_PER_SECOND:
            self.say(self._records.heartbeat(now_ns), now_ns)

    def advance(self, now_ns: int, turn: Callable[[], bool]) -> bool:
        """Send what is due; tell whether more is.

        Args:
            now_ns: The market's present, Unix nanoseconds.
            turn: Lets a fault happen whose time has come, before each record; returns whether the
                session is over.
        """
        if self._done_ns is None:
            return False
        for _ in range(_SPANS_AT_ONCE):
            self._end_of_skipping(now_ns)
            due_ns = max(now_ns - self._faults.delay_ns(), min(now_ns, self._live_ns))
            if self._done_ns >= due_ns:
                self._end_of_replay(now_ns)
                return False
            if self._replaying and self._line.unsent() > _REPLAY_AHEAD_BYTES:
                return False
            if self._line.gathered() > _AT_ONCE_BYTES:
                # Let the network have it: what is made at once is no reader's fault.
                return True
            first_ns = max(self._done_ns, STARTED_NS - 1)
            until_ns = span_end(self._market, self.symbols, first_ns, due_ns)
            for row in venue_rows(self._market, self.symbols, first_ns, until_ns):
                for wanted in self._wanted:
                    if wanted.has(row) and not self._deliver(wanted, row, now_ns, turn):
                        return False
            self._done_ns = until_ns
        return True

    def _deliver(
        self, wanted: Wanted, row: VenueRow, now_ns: int, turn: Callable[[], bool]
    ) -> bool:
        """Send a row to a subscription; tell whether the session goes on."""
        if not is_in(wanted.schema, row) or self._is_elsewhere(row):
            return True
        if self._is_dropped(wanted, row, now_ns):
            return True
        if turn():
            return False
        if not self.is_mute:
            self.sent += 1
            self.say(self._record(wanted.schema, row, now_ns), now_ns)
        return True

    def _record(self, schema: str, row: VenueRow, now_ns: int) -> bytes:
        number = self._instruments[row.symbol]
        if isinstance(row, HaltRow):
            halted = row.is_halted
            return self._records.status(number, row.event_ns, now_ns, is_halted=halted)
        doubtful = self._faults.on_record("gw_bad_book", row.symbol)
        if row.received_ns > self._live_ns and row.change.action != "T":
            row = self._as_it_stood(row)
        if row.received_ns > self._live_ns:
            if self._faults.on_record("gw_split", row.symbol):
                row = as_before_a_split(row)
            if self._faults.on_record("gw_lots", row.symbol):
                row = in_round_lots(row)
        return self._records.row(schema, row, number, now_ns, is_doubtful=doubtful)

    def _as_it_stood(self, row: DepthRow) -> DepthRow:
        """Return a row with the book of when it froze; the row itself where it has not."""
        if not self._faults.on_event("gw_freeze", "Q", row.symbol, row.sequence):
            self._frozen.pop(row.symbol, None)
            return row
        stood = self._frozen.setdefault(row.symbol, row.change)
        return row._replace(change=row.change._replace(book=stood.book))

    def _is_elsewhere(self, row: VenueRow) -> bool:
        """Return whether a row is a print that was made on another exchange."""
        exchange = getattr(row, "exchange", 0)
        return bool(self._terms.exchange and exchange) and exchange != self._terms.exchange

    def _is_dropped(self, wanted: Wanted, row: VenueRow, now_ns: int) -> bool:
        if self._faults.on_record("gw_skip", row.symbol):
            self._has_skipped = True
            return True
        if row.received_ns > self._live_ns and self._is_lost(row):
            return True
        if self._replaying or self._line.unsent() <= self._terms.slow_bytes:
            return False
        if wanted.skips:
            self._has_skipped = True
        elif now_ns - self._warned_ns >= _WARN_EVERY_NS:
            self._warned_ns = now_ns
            self.say(self._records.slow(wanted.schema, now_ns), now_ns)
        return wanted.skips

    def _is_lost(self, row: VenueRow) -> bool:
        is_print = isinstance(row, DepthRow) and row.change.action == "T"
        channel = "LULD" if isinstance(row, HaltRow) else "T" if is_print else "Q"
        return self._faults.on_event("gw_lose", channel, row.symbol, row.sequence)

    def _end_of_skipping(self, now_ns: int) -> None:
        is_slow = self._line.unsent() > self._terms.slow_bytes // 2
        if self._has_skipped and not is_slow and not self._faults.has("gw_skip"):
            self._has_skipped = False
            self.say(self._records.error(_SKIPPED, SKIPPED_ERROR, now_ns), now_ns)

    def _end_of_replay(self, now_ns: int) -> None:
        for schema in self._replaying:
            self.say(self._records.replayed(schema, now_ns), now_ns)
        self._replaying.clear()
