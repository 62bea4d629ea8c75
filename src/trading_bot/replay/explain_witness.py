"""A witness of a playback: notes what the judge of each symbol made of its prints.

Nothing is counted here by rules of its own: the judge says why it left a print out, and its windows
say what they were given, what was taken back and which time did not count. Only the name of the
rule that gave a side is inferred once more, from the events that the judge took.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trading_bot.order_flow.calendar import in_extended_hours
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Print, Withdrawal
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import (
    NS_PER_SECOND,
    UNITS_PER_SHARE,
    iso_utc,
    price_from_ticks,
    utc_from_ns,
)
from trading_bot.order_flow.rules.red_burst import RedBurstState
from trading_bot.order_flow.rules.side.matching import matching_of
from trading_bot.order_flow.rules.signals import Signal
from trading_bot.order_flow.rules.symbol_judge import SymbolJudge, key_of_print, key_of_withdrawn
from trading_bot.order_flow.rules.volume_window import (
    BASELINE_MINUTES,
    CURRENT_SECONDS,
    UNKNOWN_SIDE,
    Baseline,
)
from trading_bot.replay.explain import KEPT_NS, PrintSeen, Window

_OF_NO_PRINT: Final = ("halts", "burst_withheld", "burst_unmeasured", "walls_unfollowed")
"""What a judge counts beside the prints that it left out."""


class Witness:
    """Makes the judges of a playback, and knows what the newest of them counted."""

    def make_judge(self, config: OrderFlowConfig, **others: Any) -> MarketJudge:
        """Return a judge as `MarketJudge` would be with these arguments."""
        self._judge = _WitnessedJudge(config, **others)
        return self._judge

    def notes_of(self, alert: OrderFlowAlert) -> Notes:
        """Return the notes up to the event that is being judged; for listeners of an alert.

        That event is among them as soon as it is judged, and none that follows.
        """
        notes = self._judge.notes[alert.symbol]
        notes.close(measured=alert.alert_type == "red_burst")
        return notes


class _WitnessedJudge(MarketJudge):
    def __init__(self, config: OrderFlowConfig, **others: Any) -> None:
        super().__init__(config, **others)
        self.notes: dict[str, Notes] = {}
        self._bursts: dict[str, _NotedBursts] = {}
        self.tape_monitor.make_state = self._make_bursts

    def _make_bursts(self, symbol: str, config: OrderFlowConfig) -> RedBurstState:
        bursts = self._bursts[symbol] = _NotedBursts(symbol, config)
        return bursts

    def _in_front_of(self, judge: SymbolJudge) -> MarketSink:
        extended = self.config.sessions == "extended"
        notes = Notes(
            judge,
            self._bursts[judge.symbol],
            self._conditions,
            extended=extended,
            step_ns=self.step_ns,
        )
        self.notes[judge.symbol] = notes
        return notes


class _NotedBursts(RedBurstState):
    """Windows that say what they were given.

    Attributes:
        p_sell: Of the newest print that was counted; whoever reads it sets it back to None.
        skipped: Seconds that did not count.
    """

    __slots__ = ("p_sell", "skipped")

    def __init__(self, symbol: str, config: OrderFlowConfig) -> None:
        super().__init__(symbol, config)
        self.p_sell: int | None = None
        self.skipped = 0

    def skip(self, seconds: int) -> None:
        super().skip(seconds)
        self.skipped += seconds

    def on_trade(
        self,
        stamp_ns: int,
        size: int,
        p_sell: int,
        spread_bp: int = 0,
        given_baseline: Baseline | None = None,
    ) -> Signal | None:
        self.p_sell = p_sell
        return super().on_trade(stamp_ns, size, p_sell, spread_bp, given_baseline)

    def session_of(self, stamp_ns: int) -> int:
        """Return when the session began whose windows a print belongs to; 0 outside of any."""
        bounds = self._session_bounds(stamp_ns)
        return 0 if bounds is None else bounds[0]

    def second_of(self, stamp_ns: int) -> int:
        """Return the second on a clock that stands still where the windows do."""
        return stamp_ns // NS_PER_SECOND - self.skipped


@dataclass(slots=True)
class _Noted:
    """A print, where it stands in the windows, and what it counts as there; None for nothing."""

    event: Print
    session: int
    second: int
    p_sell: int | None
    reason: str | None
    side: str = "unknown"
    rule: str | None = None

    @property
    def shares(self) -> int:
        """Shares that count."""
        return 0 if self.p_sell is None else self.event[3] // UNITS_PER_SHARE

    def seen(self) -> PrintSeen:
        """Return it as it is shown."""
        _, sip_ns, price_ticks, size, *_ = self.event
        return PrintSeen(
            at=iso_utc(utc_from_ns(sip_ns)),
            price=str(price_from_ticks(price_ticks)),
            size=size // UNITS_PER_SHARE,
            counts=self.p_sell is not None,
            reason=self.reason,
            side=self.side,
            p_sell=UNKNOWN_SIDE if self.p_sell is None else self.p_sell,
            rule=self.rule,
        )


class Notes(MarketSink):
    """Stands in front of a symbol's judge and notes its prints; bounded by time.

    Args:
        judge: Judges each event.
        bursts: Its windows.
        conditions: Which prints count for it.
        extended: True where it judges the extended sessions.
        step_ns: What the stamps of its events are cut to.
    """

    def __init__(
        self,
        judge: SymbolJudge,
        bursts: _NotedBursts,
        conditions: TradeConditions,
        *,
        extended: bool,
        step_ns: int,
    ) -> None:
        self._judge = judge
        self._bursts = bursts
        self._conditions = conditions
        self._extended = extended
        self._sides = matching_of(step_ns).classifier()
        self._prints: deque[_Noted] = deque()
        self._is_closed = False
        self._skipped = 0
        self._minutes = BASELINE_MINUTES

    def close(self, *, measured: bool) -> None:
        """Note no event after the one that is being judged.

        Args:
            measured: True where a burst was found, so that the windows say how many minutes it was
                measured against.
        """
        self._is_closed = True
        self._skipped = self._bursts.skipped
        if measured:
            self._minutes = self._bursts.reading().baseline_minutes

    def window(self, stamp_ns: int, quotes: Sequence[Mapping[str, Any]]) -> Window:
        """Return what the judge counted by the alert at which the notes were closed.

        Args:
            stamp_ns: Exchange time of the alert.
            quotes: What is to be shown of the quotes around it.
        """
        session = self._bursts.session_of(stamp_ns)
        noted = [each for each in self._prints if each.session == session]
        counted = [each.second for each in noted if each.p_sell is not None]
        # The windows end with their newest print: one that came late may have raised the alert.
        second = max([stamp_ns // NS_PER_SECOND - self._skipped, *counted])
        minutes = [0] * BASELINE_MINUTES
        current = []
        for each in noted:
            minute = (second - each.second) // CURRENT_SECONDS
            if minute < 1:
                current.append(each)
            elif minute <= BASELINE_MINUTES:
                minutes[minute - 1] += each.shares
        return Window(
            prints=tuple(each.seen() for each in current),
            minutes=tuple(minutes[: self._minutes]),
            quotes=tuple(quotes),
            volume=sum(each.shares for each in current),
            sold=sum(each.shares * (each.p_sell or 0) for each in current) / 1_000,
        )

    def trade(self, event: Print) -> None:
        """Judge one print and note what became of it."""
        judge, bursts = self._judge, self._bursts
        if self._is_closed:
            judge.trade(event)
            return
        before = judge.left_out()
        bursts.p_sell = None
        judge.trade(event)
        sip_ns = event[1]
        halt = judge.halted_by
        stood_ns = sip_ns if halt is None else min(sip_ns, halt.since_ns)
        reasons = _grown(before, judge.left_out())
        noted = _Noted(
            event,
            bursts.session_of(sip_ns),
            bursts.second_of(stood_ns),
            bursts.p_sell,
            next((each for each in reasons if each not in _OF_NO_PRINT), None),
        )
        if noted.p_sell is not None:
            self._name_rule(noted)
        self._prints.append(noted)
        oldest = noted.second - KEPT_NS // NS_PER_SECOND
        while self._prints[0].second < oldest:
            self._prints.popleft()

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
        """Judge one best bid and ask."""
        before = self._judge.quotes
        self._judge.quote(
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
        self._follow_quote(before, bid_size, ask_size)

    def book(self, event: BookEvent) -> None:
        """Judge a book."""
        before = self._judge.quotes
        self._judge.book(event)
        bids, asks = event.bids, event.asks
        self._follow_quote(before, bids[0][1] if bids else 0, asks[0][1] if asks else 0)

    def withdraw(self, event: Withdrawal) -> None:
        """Let a print be taken back, and note that it was."""
        before = self._judge.left_out()
        self._judge.withdraw(event)
        if self._is_closed or "withdrawn" not in _grown(before, self._judge.left_out()):
            return
        key = key_of_withdrawn(event)
        for noted in reversed(self._prints):
            if noted.p_sell is not None and key_of_print(noted.event) == key:
                noted.p_sell, noted.reason = None, "withdrawn"
                break

    def halt(self, event: HaltEvent) -> None:
        """Hand on the word of a halt."""
        self._judge.halt(event)

    def _follow_quote(self, judged_before: int, bid_size: int, ask_size: int) -> None:
        judge = self._judge
        if judge.quotes != judged_before:
            self._sides.on_quote(
                judge.quote_ns, judge.bid_ticks, bid_size, judge.ask_ticks, ask_size
            )

    def _name_rule(self, noted: _Noted) -> None:
        """Say which rule gave the side, where the print may be signed."""
        _, sip_ns, price, size, made_ns, _, codes, correction, exchange, *_, stated, _ = noted.event
        extended = self._extended and in_extended_hours(sip_ns)
        if not self._conditions.verdict(codes, correction, extended).side:
            return
        by_sip = made_ns is None or self._judge.by_exchange_time
        key = None if made_ns is None else made_ns << 8 | exchange
        noted.side, _, noted.rule = self._sides.on_trade(
            sip_ns if made_ns is None or by_sip else made_ns,
            price,
            size,
            key,
            stated,
        )


def _grown(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    return [each for each, count in after.items() if count > before.get(each, 0)]
