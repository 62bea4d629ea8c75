"""From what the rules find to what is worth a line, with its place in the symbol's memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from ...config import OrderFlowConfig
from ...data_models import AlertSource, OrderFlowAlert, Scale
from ...market.units import TICKS_PER_DOLLAR, ns_from_utc, utc_from_ns
from ..signals import Signal
from .manner import Manner
from .memory import BID, BURST, KINDS, NEVER, ORDER, WALL, OwnScale, SaidLine, ScaleRules

KIND_OF_SOURCE: Final[Mapping[AlertSource | None, int]] = {
    None: BURST,
    "aggressive_sell": ORDER,
    "ask_wall": WALL,
    "resting_bid": BID,
}
"""Which kind of event a signal of a source is; a burst has none."""
_RANKED_AS: Final[Mapping[AlertSource | None, int]] = {**KIND_OF_SOURCE, "bid_wall_eaten": WALL}
"""By which memory a source is ranked; others are never. A bid that was eaten was large by the size
from which an offer is, and shares its wish."""

_THOUSAND: Final = 1_000


class ScaleToday(NamedTuple):
    """How a symbol stands on its own scale.

    Attributes:
        alerts: Alert lines of today.
        held_back: Blocks of today with an event that an even pace would have let through.
        is_thin: Too little happens for anything to be said of the symbol.
    """

    alerts: int
    held_back: int
    is_thin: bool


class ScaleDesk:
    """Ranks what was found on one symbol, and leaves out what says the same again.

    Args:
        scale: The symbol's memory.
        window_seconds: The exit rule's window.
    """

    __slots__ = ("_manner", "scale")

    def __init__(self, scale: OwnScale, window_seconds: int) -> None:
        self.scale = scale
        self._manner = Manner(window_seconds)

    def use_rules(self, rules: ScaleRules, window_seconds: int) -> None:
        """Rank by other rules from now on, and count orders in another window.

        Args:
            rules: What is set of the scale now.
            window_seconds: The exit rule's window now.
        """
        self.scale.use_rules(rules)
        self._manner.use_window(window_seconds)

    def ranked(
        self, found: list[Signal], burst_thousandths: int, *, same_order: bool = False
    ) -> list[Signal]:
        """Return what is worth a line, each with its place in the memory.

        Args:
            found: By the rules, at this symbol's thresholds.
            burst_thousandths: The ratio of a burst among them, in thousandths.
            same_order: An order among them was found before, and has grown since.
        """
        worth = []
        for signal in found:
            kind = _RANKED_AS.get(signal.source)
            if kind is None or kind not in self.scale.rules.kinds:
                worth.append(signal)
                continue
            size = burst_thousandths if kind == BURST else signal.order_size or 0
            stamp_ns = signal.timestamp_ns
            orders, first_ns = 0, 0
            if kind == ORDER:
                orders, first_ns = self._manner.count_order(stamp_ns, again=same_order)
            if stamp_ns < self.scale.resumed_ns:
                # The run whose state this one goes on from has judged it.
                continue
            critical = size >= self.scale.critical[kind]
            if self._manner.is_worth_saying(kind, size, stamp_ns, critical=critical, orders=orders):
                worth.append(replace(signal, scale=self._place_of(kind, size, orders, first_ns)))
        return worth

    def know_said(self, lines: Sequence[SaidLine], from_ns: int) -> None:
        """Go on from what earlier runs have said of this session.

        Args:
            lines: In the order of their stamps.
            from_ns: From when events will be given, Unix nanoseconds; what those bring again is
                found again, but for what the run of a restored state has judged.
        """
        self.scale.know_said(lines)
        before_ns = max(from_ns, self.scale.resumed_ns)
        for line in lines:
            if line.stamp_ns < before_ns:
                self._manner.know_said(line)

    def today(self) -> ScaleToday:
        """Return how the symbol stands."""
        scale = self.scale
        return ScaleToday(scale.lines_today, scale.held_back, scale.is_thin)

    def count(self, signal: Signal) -> None:
        """Count a line that was written."""
        if signal.scale is not None:
            self.scale.count_line(_RANKED_AS[signal.source], signal.scale.size)

    def _place_of(self, kind: int, size: int, orders: int, first_ns: int) -> Scale:
        scale = self.scale
        rank, of_blocks, larger_ns = scale.standing(kind, size)
        from_ns = scale.memory_from_ns
        return Scale(
            size=size,
            rank=rank,
            of=of_blocks,
            larger_at=utc_from_ns(larger_ns) if larger_ns else None,
            threshold=scale.thresholds[kind],
            lead=scale.lead,
            usual_minute=scale.usual_minute,
            memory_from=utc_from_ns(from_ns) if from_ns else None,
            eased=scale.is_eased(kind, size),
            orders=orders,
            orders_from=utc_from_ns(first_ns) if orders else None,
            days=0 if rank > 1 else scale.largest_of_days(kind, size),
        )


def said_lines(alerts: Iterable[OrderFlowAlert], since_ns: int) -> tuple[SaidLine, ...]:
    """Return the lines among alerts that own scale has counted, in the order of their stamps.

    Args:
        alerts: Of one symbol.
        since_ns: Earlier ones are left out, Unix nanoseconds.
    """
    lines = [
        SaidLine(
            ns_from_utc(each.timestamp_utc),
            _RANKED_AS[each.source],
            each.scale.size,
            each.scale.orders,
        )
        for each in alerts
        if each.scale is not None
    ]
    return tuple(sorted(each for each in lines if each.stamp_ns >= since_ns))


def scale_rules(config: OrderFlowConfig, symbol: str) -> ScaleRules | None:
    """Return what is set of a symbol's own scale; None where fixed thresholds hold.

    Extended sessions are judged by fixed thresholds: own scale was never measured there.
    """
    if not config.judges_by_own_scale:
        return None
    own = config.for_symbol(symbol)
    stated = [0] * KINDS
    if "large_order_size_threshold" in own.stated:
        stated[ORDER] = stated[WALL] = own.large_order_size_threshold
        if "resting_bid" in config.own_scale_sources:
            stated[BID] = own.large_order_size_threshold
    if own.stated & {"volume_spike_threshold", "red_burst_threshold"}:
        stated[BURST] = round(own.volume_spike_threshold * _THOUSAND)
    kinds = kinds_of(config.own_scale_sources)
    return ScaleRules(
        kinds=tuple(kind for kind in kinds if not stated[kind]),
        alerts_per_day=own.alerts_per_day,
        stated=tuple(stated),
        least_order_ticks=own.minimum_order_dollars * TICKS_PER_DOLLAR,
        least_burst_ticks=own.minimum_burst_dollars * TICKS_PER_DOLLAR,
        least_thousandths=round(own.volume_spike_threshold * _THOUSAND),
        critical_thousandths=round(own.red_burst_threshold * _THOUSAND),
        margin_thousandths=round(own.critical_margin * _THOUSAND),
    )


def thresholds_by_name(thresholds: Sequence[int]) -> dict[str, int | None]:
    """Return thresholds by source; `burst` stands for the red burst, None for what is never large.

    Args:
        thresholds: By kind; of a burst in thousandths, of others in shares.
    """
    return {
        source or "burst": None if thresholds[kind] >= NEVER else thresholds[kind]
        for source, kind in KIND_OF_SOURCE.items()
    }


def kinds_of(sources: tuple[str, ...]) -> tuple[int, ...]:
    """Return the kinds of events that sources name; `burst` stands for the red burst."""
    named: dict[str, int] = {source or "burst": kind for source, kind in KIND_OF_SOURCE.items()}
    ranked = {named[each] for each in sources if each in named}
    return tuple(kind for kind in range(KINDS) if kind in ranked)
