"""From decoded messages to the monitor's per-event functions: the stream's hot path.

Integers in, nothing built for an event that is judged at once. What is odd in any way (a number out
of bounds, another unit, a symbol whose events wait) takes the slow way through `events`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, cast

from msgspec.structs import astuple

from ..market.events import QuoteEvent, TradeEvent
from ..market.halts import (
    HALTED,
    LEAST_SILENCE_NS,
    REOPENING,
    RESUMED,
    Halt,
    is_reopening,
)
from ..market.units import NS_PER_MS, cut_to_ms
from ..providers.polygon.stream_wire import (
    EARLIEST_MS,
    LATEST_MS,
    LimitBand,
    Message,
    OddQuote,
    Quote,
    Status,
    Trade,
    ns_of,
    quote_event,
    trade_event,
)
from ..sight.gap import EVENT_BYTES, Gap, in_exchange_order
from ..sight.live_symbol import LiveSymbol

if TYPE_CHECKING:
    from mypy_extensions import i64

    from ..monitor import OrderFlowMonitor

_TICKS: Final = 1_000_000.0
_QuoteMembers = tuple[str, float, int, float, int, int, int]
"""Those of `Quote`, in its order."""
_TradeMembers = tuple[
    str, int, str, float, int, str | None, tuple[int, ...], int, int | None, int, int, int | None
]
"""Those of `Trade`, in its order."""
WAITING_LIMIT_BYTES: Final = 16_000_000


class StreamJudge:
    """Gives every message of a watched symbol to the monitor, once and in order.

    Args:
        monitor: Judges.
        on_status: Takes what the server says of the connection.
        on_unknown: Asked for symbols met for the first time; None leaves them out.

    Attributes:
        symbols: The subscribed symbols.
        counts: What was not judged, by reason.
        waiting_bytes: What waits behind gaps, about.
    """

    def __init__(
        self,
        monitor: OrderFlowMonitor,
        on_status: Callable[[Status], None],
        on_unknown: Callable[[str], LiveSymbol | None] = lambda _: None,
    ) -> None:
        self._router = monitor.router
        self._tape = monitor.tape_monitor
        self._on_status = on_status
        self._unknown = on_unknown
        self._gaps = 0
        self._unit = monitor.config.quote_size_unit
        # Sizes in another unit go the slow way, all of them.
        self._in_shares = self._unit == "shares"
        self.symbols: dict[str, LiveSymbol] = {}
        self.counts: Counter[str] = Counter()
        self.waiting_bytes = 0

    def judge(self, messages: Sequence[Message], received_ns: int) -> None:
        """Judge the messages of one frame; those of symbols that are not followed pass by.

        Args:
            messages: In the order of the frame.
            received_ns: When it arrived, Unix nanoseconds.
        """
        router, unknown = self._router, self._unknown
        judges = router.judges
        in_shares = self._in_shares
        # Local names, and all members at once: compiled, each look for one costs as much as a rule.
        quote_type, trade_type, members_of, reopening = Quote, Trade, astuple, REOPENING
        # An i64 is an int; compiled, it multiplies as machine words do. The bounds of stamps were
        # looked at when they were read: nothing can overflow.
        at_ms: i64
        made_at_ms: i64
        for message in messages:
            if type(message) is quote_type and in_shares:
                sym, bid, bid_size, ask, ask_size, at_ms, sequence = cast(
                    _QuoteMembers, members_of(message)
                )
                judge = judges.get(sym)
                if judge is None or (live := judge.live) is None:
                    live = unknown(sym)
                    if live is None:
                        continue
                bid_ticks, ask_ticks = int(bid * _TICKS + 0.5), int(ask * _TICKS + 0.5)
                if live.held or not (bid_ticks and ask_ticks and bid_size and ask_size):
                    self._take(live, quote_event(message, received_ns, self._unit), received_ns)
                    continue
                sip_ns: int = at_ms * NS_PER_MS
                if sip_ns > live.quote_ns:
                    live.quote_ns = sip_ns
                    live.quote_sequence = sequence
                elif not live.takes_quote(sip_ns, sequence):
                    continue
                router.on_quote(
                    live.symbol,
                    sip_ns,
                    sip_ns,
                    bid_ticks,
                    bid_size,
                    ask_ticks,
                    ask_size,
                    received_ns,
                )
            elif type(message) is trade_type:
                (
                    sym,
                    exchange,
                    trade_id,
                    price,
                    size,
                    _,
                    conditions,
                    at_ms,
                    made_ms,
                    sequence,
                    trf_id,
                    _,
                ) = cast(_TradeMembers, members_of(message))
                judge = judges.get(sym)
                if judge is None or (live := judge.live) is None:
                    live = unknown(sym)
                    if live is None:
                        continue
                price_ticks = int(price * _TICKS + 0.5)
                made_ns: int | None = None
                if (
                    live.held
                    or not (size and price_ticks)
                    or (conditions and not reopening.isdisjoint(conditions))
                    or (made_ms is not None and not EARLIEST_MS < made_ms < LATEST_MS)
                ):
                    self._take(live, trade_event(message, received_ns), received_ns)
                    continue
                sip_ns = at_ms * NS_PER_MS
                if made_ms is not None:
                    made_at_ms = made_ms
                    made_ns = made_at_ms * NS_PER_MS
                if sequence > live.trade_sequence:
                    live.trade_sequence = sequence
                    live.remember(hash((exchange, trf_id, trade_id, sequence)), sip_ns)
                elif not live.takes_trade(sip_ns, exchange, trf_id, trade_id, sequence):
                    continue
                router.on_trade(
                    live.symbol,
                    sip_ns,
                    sip_ns,
                    price_ticks,
                    size,
                    conditions,
                    0,
                    exchange,
                    made_ns,
                    None,
                    received_ns,
                )
            else:
                self._take_other(message, received_ns)

    def add(self, live: LiveSymbol) -> None:
        """Judge a symbol from now on."""
        self.symbols[live.symbol] = live
        live.judge.live = live

    def remove(self, symbol: str) -> None:
        """Judge a symbol no more."""
        live = self.symbols.pop(symbol, None)
        if live is not None:
            live.judge.live = None
            self.counts["repeated"] += live.repeated
            self.counts["outdated_quote"] += live.outdated
            self._release(live)

    def open_gap(self, live: LiveSymbol, *, fills_start: bool = False) -> Gap:
        """Let a symbol's events wait; what waits behind an earlier gap goes on waiting."""
        self._gaps += 1
        gap = Gap(self._gaps, live.trade_ns, fills_start=fills_start)
        if live.gap is not None:
            gap.waiting = live.gap.waiting
            gap.after_ns = live.gap.after_ns
            gap.fills_start |= live.gap.fills_start
        live.gap = gap
        live.held = True
        return gap

    def close_gap(
        self, live: LiveSymbol, fetched: Sequence[TradeEvent | QuoteEvent], now_ns: int
    ) -> None:
        """Judge what was fetched with what has waited, in exchange order.

        Args:
            live: The symbol.
            fetched: Prints and quotes of the gap.
            now_ns: The present: so late these events are known.
        """
        for event in in_exchange_order(fetched, self._release(live)):
            self._judge_event(live, event, now_ns)

    def judge_late(
        self, live: LiveSymbol, prints: Sequence[TradeEvent], gap: Gap, until_ns: int, now_ns: int
    ) -> None:
        """Judge prints of a gap that was given up: between what came before and after it."""
        for event in in_exchange_order(prints, ()):
            if gap.after_ns < event.sip_ns < until_ns:
                self._judge_event(live, event, now_ns)

    def _release(self, live: LiveSymbol) -> list[TradeEvent | QuoteEvent]:
        if live.gap is None:
            return []
        waiting, live.gap = live.gap.waiting, None
        live.held = live.halt is not None
        self.waiting_bytes -= EVENT_BYTES * len(waiting)
        return waiting

    def _take_other(self, message: Message, received_ns: int) -> None:
        if isinstance(message, LimitBand):
            self._take_band(message)
        elif isinstance(message, Status):
            self._on_status(message)
        else:
            live = self.symbols.get(message.sym) or self._unknown(message.sym)
            if live is not None:
                event = (
                    quote_event(message, received_ns, self._unit)
                    if isinstance(message, OddQuote)
                    else trade_event(message, received_ns)
                )
                self._take(live, event, received_ns)

    def _take(
        self, live: LiveSymbol, event: TradeEvent | QuoteEvent | str, received_ns: int
    ) -> None:
        if isinstance(event, str):
            self.counts[event] += 1
        elif live.gap is not None:
            live.gap.waiting.append(event)
            self.waiting_bytes += EVENT_BYTES
        else:
            self._judge_event(live, event, received_ns)

    def _judge_event(
        self, live: LiveSymbol, event: TradeEvent | QuoteEvent, received_ns: int
    ) -> None:
        sip_ns = cut_to_ms(event.sip_ns)
        if isinstance(event, QuoteEvent):
            if live.takes_quote(sip_ns, event.sequence) and not self._passes_over(live, sip_ns):
                self._router.on_quote(
                    live.symbol,
                    sip_ns,
                    sip_ns,
                    event.bid_ticks,
                    event.bid_size,
                    event.ask_ticks,
                    event.ask_size,
                    received_ns,
                )
            return
        silence_ns = sip_ns - live.trade_ns if live.trade_ns else 0
        if not live.takes_trade(
            sip_ns, event.exchange, event.trf_id, event.trade_id, event.sequence
        ):
            return
        # Without the channel of halts a reopening print is all that tells of one.
        after_silence = live.halt is None and silence_ns >= LEAST_SILENCE_NS
        if after_silence and is_reopening(event.conditions):
            self._begin_halt(live, sip_ns - silence_ns, announced=False)
        if live.halt is not None:
            live.halt.on_trade(sip_ns, event.conditions)
        if self._passes_over(live, sip_ns):
            return
        made_ns = event.participant_ns
        self._router.on_trade(
            live.symbol,
            sip_ns,
            sip_ns,
            event.price_ticks,
            event.size,
            event.conditions,
            event.correction,
            event.exchange,
            None if made_ns is None else cut_to_ms(made_ns),
            event.stated_side,
            received_ns,
        )

    def _take_band(self, message: LimitBand) -> None:
        live = self.symbols.get(message.symbol)
        if live is None:
            return
        indicators = message.indicators
        halt = live.halt
        if HALTED in indicators and (halt is None or halt.reopened_ns is not None):
            # Halted again before judging began again: the windows stand still since the first.
            since_ns = ns_of(message.t) if halt is None else halt.since_ns
            self._begin_halt(live, since_ns or live.trade_ns, announced=True)
        elif RESUMED in indicators and halt is not None:
            halt.on_resumed()

    def _begin_halt(self, live: LiveSymbol, since_ns: int, *, announced: bool) -> None:
        live.halt = Halt(since_ns, announced=announced)
        live.held = True
        self.counts["halts"] += 1

    def _passes_over(self, live: LiveSymbol, sip_ns: int) -> bool:
        """Tell whether a halt keeps an event from being judged; end the halt when it is over."""
        halt = live.halt
        if halt is None:
            return False
        if not halt.is_over(sip_ns):
            self.counts["halted"] += 1
            return True
        live.halt = None
        live.held = live.gap is not None
        self._tape.state_of(live.symbol).skip(halt.seconds)
        return False
