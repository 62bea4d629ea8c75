"""Ingest: what stands between a stream and the judge, so that each event is judged once, in order.

It knows what it was given already, sets aside what cannot be of the present, lets the events of a
symbol wait while a gap is filled, and hands everything else on at once; but for prints, where
stamps are milliseconds, which go on behind the quotes of theirs. This is the stream's hot path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from ..market.events import (
    BookEvent,
    HaltEvent,
    MarketEvent,
    Print,
    QuoteEvent,
    TradeEvent,
    Withdrawal,
)
from ..market.order import as_live, place_of, quotes_come_first
from ..market.sink import MarketSink, give
from ..market.units import FAR_FUTURE_NS, FAR_PAST_NS, UNITS_PER_SHARE
from ..sight.gap import EVENT_BYTES, Gap
from ..sight.live_symbol import LiveSymbol
from ..sight.tally import print_key

WAITING_LIMIT_BYTES: Final = 16_000_000
TURN_SECONDS: Final = 0.0025
"""How long a turn of waiting prints lasts: each waits for one at least, and two at most, while
nothing else comes of its symbol."""


def _nobody(_symbol: str) -> LiveSymbol | None:
    """Leave out a symbol that is met for the first time."""
    return None


def _believe(_live: LiveSymbol, _is_trade: bool, _sip_ns: int, _key: int) -> bool:
    """Take every stamp for one that can be."""
    return True


class Ingest(MarketSink):
    """Gives every event of a followed symbol to the judge, once and in order.

    Args:
        step_ns: The step of the provider's live stamps: what comes from elsewhere is cut to it.
        on_unknown: Asked for symbols met for the first time; None leaves them out.
        on_ahead: Asked whether a stamp beyond `ahead_ns` can be: given the symbol, whether it is a
            print's, the stamp and the print's key.
        on_wait: Told when prints begin to wait while none did: after each `TURN_SECONDS` of the
            arrivals' clock `begin_turn` is to be called then. None lets no print wait.

    Attributes:
        symbols: The followed symbols.
        ahead_ns: Stamps up to here are taken without a look.
        counts: What was not judged, by reason.
        waiting_bytes: What waits behind gaps, about.
    """

    __slots__ = (
        "_holding",
        "_holding_before",
        "_holds",
        "_may_be",
        "_on_wait",
        "_step_ns",
        "_turn",
        "_turns",
        "_unknown",
        "ahead_ns",
        "counts",
        "symbols",
        "waiting_bytes",
    )

    def __init__(
        self,
        step_ns: int,
        on_unknown: Callable[[str], LiveSymbol | None] = _nobody,
        on_ahead: Callable[[LiveSymbol, bool, int, int], bool] = _believe,
        on_wait: Callable[[], None] | None = None,
    ) -> None:
        self._step_ns = step_ns
        self._unknown = on_unknown
        self._may_be = on_ahead
        self._on_wait = on_wait
        self._holds = on_wait is not None and quotes_come_first(step_ns)
        # Symbols whose prints began to wait in this turn, and in the one before it.
        self._holding: list[LiveSymbol] = []
        self._holding_before: list[LiveSymbol] = []
        self._turn = 0
        self._turns = False
        self.ahead_ns = FAR_FUTURE_NS
        self.symbols: dict[str, LiveSymbol] = {}
        self.counts: Counter[str] = Counter()
        self.waiting_bytes = 0

    def trade(self, event: Print) -> None:
        """Judge a print that is new, or let it wait."""
        symbol = event[0]
        live = self.symbols.get(symbol)
        if live is None:
            live = self._unknown(symbol)
            if live is None:
                return
        sip_ns, size, sequence = event[1], event[3], event[5]
        exchange, trf_id, trade_id = event[8], event[9], event[10]
        if sip_ns > self.ahead_ns:
            key = print_key(exchange, trf_id, trade_id, sequence)
            if not self._may_be(live, True, sip_ns, key):
                return
        if live.gap is not None:
            self._let_wait(live.gap, TradeEvent(*event))
            return
        if sequence > live.trade_sequence and sip_ns >= live.trade_ns:
            # Above all others: new without a look.
            live.trade_sequence = sequence
            live.trade_ns = sip_ns
            key = hash((exchange, trf_id, trade_id or sequence))
            pending = live.pending
            if pending is None:
                live.keep(key)
            elif size >= UNITS_PER_SHARE:
                pending += (key, sip_ns, size)
        elif not live.takes_trade(sip_ns, exchange, trf_id, trade_id, sequence, size):
            return
        if self._holds:
            self._pass_on(live, sip_ns, event)
        else:
            live.way_in.trade(event)

    def quote(
        self,
        symbol: str,
        sip_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,
        sequence: int = 0,
        received_ns: int | None = None,
    ) -> None:
        """Judge a quote that is newer than the newest, or let it wait."""
        live = self.symbols.get(symbol)
        if live is None:
            live = self._unknown(symbol)
            if live is None:
                return
        if sip_ns > self.ahead_ns and not self._may_be(live, False, sip_ns, sip_ns):
            return
        if live.gap is not None:
            event = QuoteEvent(
                symbol,
                sip_ns,
                bid_ticks,
                bid_size,
                ask_ticks,
                ask_size,
                participant_ns,
                sequence,
                received_ns,
            )
            self._let_wait(live.gap, event)
            return
        if sip_ns > live.quote_ns:
            live.quote_ns = sip_ns
            live.quote_sequence = sequence
        elif not live.takes_quote(sip_ns, sequence):
            return
        if sip_ns > live.held_ns:
            self.let_go(live)
        live.way_in.quote(
            symbol,
            sip_ns,
            bid_ticks,
            bid_size,
            ask_ticks,
            ask_size,
            participant_ns,
            sequence,
            received_ns,
        )

    def book(self, event: BookEvent) -> None:
        """Judge a book that is newer than the newest, or let it wait."""
        if event.venue:
            self._pass_depth(event)
            return
        live = self.symbols.get(event.symbol)
        if live is None:
            live = self._unknown(event.symbol)
            if live is None:
                return
        sip_ns, sequence = event.sip_ns, event.sequence
        if sip_ns > self.ahead_ns and not self._may_be(live, False, sip_ns, sip_ns):
            return
        if live.gap is not None:
            self._let_wait(live.gap, event)
            return
        if sip_ns > live.quote_ns:
            live.quote_ns = sip_ns
            live.quote_sequence = sequence
        elif not live.takes_quote(sip_ns, sequence):
            return
        if sip_ns > live.held_ns:
            self.let_go(live)
        live.way_in.book(event)

    def withdraw(self, event: Withdrawal) -> None:
        """Take back a print, behind those that wait."""
        live = self.symbols.get(event.symbol)
        if live is None:
            return
        if live.gap is not None:
            self._let_wait(live.gap, event)
        else:
            self._withdraw(live, event)

    def halt(self, event: HaltEvent) -> None:
        """Hand on the word of a halt at once: what waits is judged by its own stamps."""
        live = self.symbols.get(event.symbol)
        if live is not None:
            self.let_go(live)
            live.way_in.halt(event)

    def lose_depth(self, symbol: str) -> None:
        """Take that levels beside quotes were missed: the newest may come again."""
        live = self.symbols.get(symbol)
        if live is not None:
            live.depth_at = (0, 0)

    def add(self, live: LiveSymbol) -> None:
        """Follow a symbol from now on."""
        self.symbols[live.symbol] = live

    def remove(self, symbol: str) -> None:
        """Follow a symbol no longer."""
        live = self.symbols.pop(symbol, None)
        if live is not None:
            self.counts["repeated"] += live.repeated
            self.counts["outdated_quote"] += live.outdated
            self.let_go(live)
            self._release(live)

    def open_gap(self, live: LiveSymbol, *, fills_start: bool = False) -> Gap:
        """Let a symbol's events wait; where they wait already, they go on."""
        if live.gap is None:
            live.gap = Gap(fills_start=fills_start)
        return live.gap

    def close_gap(self, live: LiveSymbol, now_ns: int) -> None:
        """Judge what has waited, in exchange order; its newest prints wait for no quotes any more.

        Args:
            live: The symbol.
            now_ns: The present: so late these events are known.
        """
        for event in self._in_order(self._release(live)):
            self._judge_again(live, event, now_ns)
        self.let_go(live)

    def judge_missed(self, live: LiveSymbol, events: Iterable[MarketEvent], now_ns: int) -> None:
        """Judge what a second source has brought, in exchange order; its prints are new.

        What waits and is no newer is judged between them, so that prints meet their own quotes.

        Args:
            live: The symbol.
            events: Prints that were never judged, and what else happened.
            now_ns: The present: so late these events are known.
        """
        missed = list(events)
        is_new = set(map(id, missed))
        newest_ns = max((each.sip_ns for each in missed), default=FAR_PAST_NS)
        for event in self._in_order([*missed, *self._release_until(live, newest_ns)]):
            self._judge_again(live, event, now_ns, is_new=id(event) in is_new)
        self.let_go(live)

    def let_go(self, live: LiveSymbol) -> None:
        """Judge the prints of a symbol that wait for quotes, in their order."""
        held = live.held
        if held is None:
            return
        live.held = None
        live.held_ns = FAR_FUTURE_NS
        if len(held) == 1:
            live.way_in.trade(held[0])
            return
        held.sort(key=_number_of)
        for event in held:
            live.way_in.trade(event)

    def begin_turn(self) -> list[LiveSymbol]:
        """Begin a turn, and return the symbols whose prints have waited for a whole one.

        They are to be let go, each for itself, so that one that fails costs no other.
        """
        before = self._holding_before
        self._holding_before = self._holding
        self._holding = []
        self._turns = bool(self._holding_before)
        self._turn += 1
        return [
            each for each in before if each.held is not None and each.held_turn < self._turn - 1
        ]

    @property
    def prints_wait(self) -> bool:
        """Whether prints may be waiting, so that turns go on."""
        return self._turns

    def _pass_depth(self, event: BookEvent) -> None:
        """Judge levels that come beside quotes; no gap of prints and quotes holds them up."""
        live = self.symbols.get(event.symbol)
        if live is None:
            return
        if event.sip_ns > self.ahead_ns:
            self.counts["depth_ahead"] += 1
            return
        at = (event.sip_ns, event.sequence)
        if at > live.depth_at:
            live.depth_at = at
            live.way_in.book(event)
        else:
            self.counts["depth_repeated"] += 1

    def _pass_on(self, live: LiveSymbol, sip_ns: int, event: Print) -> None:
        """Judge a print, or let it wait for the quotes of its millisecond."""
        if not self._holds or sip_ns < live.quote_ns or sip_ns < live.trade_ns:
            # What follows its millisecond is here already.
            live.way_in.trade(event)
            return
        held = live.held
        if held is not None:
            if live.held_ns == sip_ns:
                held.append(event)
                return
            self.let_go(live)
        live.held = [event]
        live.held_ns = sip_ns
        live.held_turn = self._turn
        self._holding.append(live)
        if not self._turns and self._on_wait is not None:
            self._turns = True
            self._on_wait()

    def _in_order(self, events: Iterable[MarketEvent]) -> list[MarketEvent]:
        step_ns = self._step_ns
        return sorted(events, key=lambda event: place_of(event, step_ns))

    def _let_wait(self, gap: Gap, event: MarketEvent) -> None:
        gap.waiting.append(event)
        self.waiting_bytes += EVENT_BYTES

    def _release(self, live: LiveSymbol) -> list[MarketEvent]:
        if live.gap is None:
            return []
        waiting, live.gap = live.gap.waiting, None
        self.waiting_bytes -= EVENT_BYTES * len(waiting)
        return waiting

    def _release_until(self, live: LiveSymbol, until_ns: int) -> list[MarketEvent]:
        """Let what waits go on as far as a stamp; the gap stays."""
        gap = live.gap
        if gap is None:
            return []
        old = [each for each in gap.waiting if each.sip_ns <= until_ns]
        if old:
            noted = gap.waiting[: gap.noted]
            gap.noted = sum(each.sip_ns > until_ns for each in noted)
            gap.waiting = [each for each in gap.waiting if each.sip_ns > until_ns]
            self.waiting_bytes -= EVENT_BYTES * len(old)
        return old

    def _judge_again(
        self, live: LiveSymbol, event: MarketEvent, now_ns: int, *, is_new: bool = False
    ) -> None:
        """Judge an event that waited or was fetched, as if it came now."""
        event = as_live(event, self._step_ns)
        if isinstance(event, TradeEvent):
            if is_new:
                live.take_missed(event)
            elif not live.takes_trade(
                event.sip_ns,
                event.exchange,
                event.trf_id,
                event.trade_id,
                event.sequence,
                event.size,
            ):
                return
            self._pass_on(live, event.sip_ns, event._replace(received_ns=now_ns))
            return
        event.received_ns = now_ns
        if isinstance(event, Withdrawal):
            self._withdraw(live, event)
            return
        if isinstance(event, QuoteEvent | BookEvent) and not live.takes_quote(
            event.sip_ns, event.sequence
        ):
            return
        if event.sip_ns > live.held_ns:
            self.let_go(live)
        give(live.way_in, event)

    def _withdraw(self, live: LiveSymbol, event: Withdrawal) -> None:
        self.let_go(live)
        shares = live.judge.shares_of(event)
        if live.tally is not None and shares:
            key = print_key(event.exchange, event.trf_id, event.trade_id, event.sequence)
            live.tally.withdraw(key, shares * UNITS_PER_SHARE)
        live.way_in.withdraw(event)


def _number_of(event: Print) -> int:
    return event[5]
