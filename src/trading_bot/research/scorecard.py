"""The scorecard: what followed each kind of alert, beside what followed seconds like it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, NamedTuple, get_args

import numpy as np

from trading_bot.order_flow.data_models import AlertSource, OrderFlowAlert
from trading_bot.order_flow.market.units import NS_PER_US, ns_from_utc
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.research.bootstrap import ENOUGH, Effect, differences_of_few, effects
from trading_bot.research.market_series import MarketSeries
from trading_bot.research.matched_control import ControlPool, Judged, Moment
from trading_bot.research.outcomes import FALSE_EXIT, HORIZONS_SECONDS

ALERTS_A_DAY_WANTED = (5.0, 15.0)
FALSE_EXITS_WANTED = 0.10
EXIT = "exit"
LARGE_SELLER = "large_seller"
SOURCES: tuple[str, ...] = get_args(AlertSource)
"""Every source that a large seller may have: each has its row, raised or not."""
ANY_ALERT = "any_alert"
"""All alerts together: kinds that are too few alone may say something so."""
Shown = Literal["fall", "rise", "nothing"]


@dataclass(frozen=True, slots=True)
class Event:
    """One alert or exit as the scorecard sorts it.

    Attributes:
        kind: `large_seller`, `red_burst` or `exit`.
        source: Source of a large seller, else None.
        severity: Severity of an alert, urgency of an exit.
        moment: Symbol and time.
        market_wide: Whether the market fell; None where unknown or not asked for.
    """

    kind: str
    source: str | None
    severity: str
    moment: Moment
    market_wide: bool | None = None


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One kind of event.

    Attributes:
        kind: See `Event`.
        source: See `Event`.
        severity: One severity, or None for all.
        market_wide: Only those with this tag, or None for all.
        count: How many there were.
        per_day: The same per symbol-day.
        judged: How many could be judged.
        unjudged: The others, by reason.
        effects: By name of the outcome; None where too few were judged.
        symbol: Only those of this symbol, or None for all together.
        few: Mean differences without an interval, where some were judged but too few; else None.
    """

    kind: str
    source: str | None
    severity: str | None
    market_wide: bool | None
    count: int
    per_day: float
    judged: int
    unjudged: Mapping[str, int]
    effects: Mapping[str, Effect] | None
    symbol: str | None = None
    few: Mapping[str, float] | None = None

    @property
    def name(self) -> str:
        """The row's name for a reader."""
        kind = (self.source or self.kind).replace("_", " ")
        parts = [kind, self.severity or self.symbol or "all"]
        if self.market_wide is not None:
            parts.append("market-wide" if self.market_wide else "own")
        return ", ".join(parts)

    @property
    def is_whole(self) -> bool:
        """Whether the row holds every event of its kind and source."""
        return self.severity is None and self.market_wide is None and self.symbol is None

    @property
    def shown(self) -> dict[int, Shown] | None:
        """What the midpoint's interval shows at each horizon, by seconds; None for too few."""
        if self.effects is None:
            return None
        return {after: _shown(self.effects[f"mid_{after}"]) for after in HORIZONS_SECONDS}

    @property
    def shows_a_fall(self) -> bool | None:
        """Whether the interval of any horizon lies wholly below zero; None for too few."""
        return None if self.shown is None else "fall" in self.shown.values()

    def to_json_dict(self) -> dict[str, object]:
        """Give what `--json` prints."""
        return {
            "kind": self.kind,
            "source": self.source,
            "symbol": self.symbol,
            "severity": self.severity,
            "market_wide": self.market_wide,
            "count": self.count,
            "per_day": self.per_day,
            "judged": self.judged,
            "unjudged": dict(self.unjudged),
            "too_few": self.effects is None,
            "differences_of_few": None if self.few is None else dict(self.few),
            "shown": None
            if self.shown is None
            else {f"mid_{after}": shown for after, shown in self.shown.items()},
            "effects": None
            if self.effects is None
            else {name: asdict(effect) for name, effect in self.effects.items()},
        }


@dataclass(frozen=True, slots=True)
class FalseExits:
    """How many exits were false, by the definition that was fixed before looking.

    Attributes:
        judged: Exits that could be judged.
        false: How many of them were false.
        control_share: Share of matched random seconds that are false exits by the same words;
            None when no exit could be judged.
    """

    judged: int
    false: int
    control_share: float | None

    @property
    def share(self) -> float | None:
        """Share of false exits, None when none could be judged."""
        return self.false / self.judged if self.judged else None

    @property
    def met(self) -> bool | None:
        """Whether less than 10 % are false; None when too few could be judged."""
        if self.share is None or self.judged < ENOUGH:
            return None
        return self.share < FALSE_EXITS_WANTED


def events_of(
    alerts: Iterable[OrderFlowAlert],
    exits: Iterable[ExitRecommendation] = (),
    market: MarketSeries | None = None,
) -> list[Event]:
    """Sort alerts and exits, and tag them with what the market did."""
    events = [*map(_event_of_alert, alerts), *map(_event_of_exit, exits)]
    if market is None:
        return events
    return [replace(each, market_wide=market.falls_at(each.moment.stamp_ns)) for each in events]


def events_told(told: Iterable[MonitorEvent]) -> list[Event]:
    """Sort whatever a judge tells; what is no alert and no exit is left out."""
    found = []
    for each in told:
        if isinstance(each, OrderFlowAlert):
            found.append(_event_of_alert(each))
        elif isinstance(each, ExitRecommendation):
            found.append(_event_of_exit(each))
    return found


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return alerts and then exits, each by stamp in microseconds and symbol."""
    return sorted(
        events,
        key=lambda each: (
            each.kind == EXIT,
            each.moment.stamp_ns // NS_PER_US,
            each.moment.symbol,
        ),
    )


def _event_of_alert(alert: OrderFlowAlert) -> Event:
    moment = Moment(alert.symbol, alert.timestamp_ns or 0)
    return Event(alert.alert_type, alert.source, alert.severity, moment)


def _event_of_exit(found: ExitRecommendation) -> Event:
    moment = Moment(found.symbol, ns_from_utc(found.timestamp_utc))
    return Event(EXIT, None, found.urgency, moment)


def score_rows(
    events: Sequence[Event],
    pool: ControlPool,
    *,
    seed: int,
    cut: bool = True,
    sources: Sequence[str] = (),
) -> list[ScoreRow]:
    """Score every kind of event, over all symbols together.

    Args:
        events: Of any kinds.
        pool: The sessions they lie in, and their controls.
        seed: Of the resampling.
        cut: Also one row for each severity, each symbol and each tag of the market, and one for
            all alerts together; each only where there are several.
        sources: Of large sellers that have a row though there was none of them. Others that come
            have theirs by themselves.
    """
    judged = pool.judge([event.moment for event in events])
    kinds: dict[tuple[str, str], list[int]] = defaultdict(list)
    for n, event in enumerate(events):
        kinds[event.kind, event.source or ""].append(n)
    alerts = [n for n, event in enumerate(events) if event.kind != EXIT]
    if cut and len(kinds) - ((EXIT, "") in kinds) > 1:
        kinds[ANY_ALERT, ""] = alerts
    for each in sources:
        kinds.setdefault((LARGE_SELLER, each), [])
    rows = []
    for kind, source in sorted(kinds, key=_kind_order):
        members = kinds[kind, source]
        cuts = [_Cut()]
        if cut:
            cuts += _cuts_of([events[n] for n in members], pool)
        for chosen in cuts:
            held = [n for n in members if chosen.holds(events[n])]
            rows.append(_row(kind, source or None, chosen, held, judged, pool, seed))
    return rows


def false_exits(events: Sequence[Event], pool: ControlPool) -> FalseExits:
    """Count the false exits among events of kind `exit`."""
    judged = pool.judge([event.moment for event in events if event.kind == EXIT])
    column = judged.columns.index(FALSE_EXIT)
    known = np.array([reason is None for reason in judged.unjudged], dtype=np.bool_)
    false, control = judged.outcomes[known, column], judged.controls[known, column]
    share = round(float(control.mean()), 4) if len(control) else None
    return FalseExits(len(false), int(false.sum()), share)


def alerts_a_day(events: Iterable[Event], days: Mapping[str, int]) -> dict[str, float]:
    """Count alerts, not exits, per symbol and day.

    Args:
        events: Of any kinds.
        days: Symbol to its number of days.
    """
    counts = Counter(event.moment.symbol for event in events if event.kind != EXIT)
    return {symbol: round(counts[symbol] / number, 4) for symbol, number in sorted(days.items())}


def rate_is_met(rate: float) -> bool:
    """Return whether so many alerts a day are what the specification's authors wanted."""
    return ALERTS_A_DAY_WANTED[0] <= rate <= ALERTS_A_DAY_WANTED[1]


class _Cut(NamedTuple):
    """Which events of a kind a row holds; None asks for nothing."""

    severity: str | None = None
    market_wide: bool | None = None
    symbol: str | None = None

    def holds(self, event: Event) -> bool:
        return (
            self.severity in (None, event.severity)
            and self.market_wide in (None, event.market_wide)
            and self.symbol in (None, event.moment.symbol)
        )


def _cuts_of(events: Sequence[Event], pool: ControlPool) -> list[_Cut]:
    severities = sorted({event.severity for event in events})
    # One severity is the whole kind: seen twice it would count as two looks.
    cuts = [_Cut(severity=each) for each in severities] if len(severities) > 1 else []
    if len({session.symbol for session in pool.series}) > 1:
        symbols = sorted({event.moment.symbol for event in events})
        cuts += [_Cut(symbol=each) for each in symbols]
    tags = {event.market_wide for event in events if event.market_wide is not None}
    return cuts + [_Cut(market_wide=each) for each in sorted(tags, reverse=True)]


def _row(
    kind: str,
    source: str | None,
    cut: _Cut,
    members: list[int],
    judged: Judged,
    pool: ControlPool,
    seed: int,
) -> ScoreRow:
    usable = [n for n in members if judged.unjudged[n] is None]
    outcomes, controls = judged.outcomes[usable], judged.controls[usable]
    found = effects(outcomes, controls, judged.blocks[usable], judged.days[usable], seed=seed)
    few = differences_of_few(outcomes, controls)
    reasons = Counter(reason for n in members if (reason := judged.unjudged[n]) is not None)
    days = sum(cut.symbol in (None, session.symbol) for session in pool.series)
    return ScoreRow(
        kind=kind,
        source=source,
        severity=cut.severity,
        market_wide=cut.market_wide,
        symbol=cut.symbol,
        count=len(members),
        # Of a symbol without a session nothing is judged, and no rate is known.
        per_day=round(len(members) / days, 4) if days else 0.0,
        judged=len(usable),
        unjudged=dict(sorted(reasons.items())),
        effects=None if found is None else dict(zip(judged.columns, found, strict=True)),
        few=None if few is None else dict(zip(judged.columns, few, strict=True)),
    )


def _kind_order(kind: tuple[str, str]) -> tuple[int, str, str]:
    last = (ANY_ALERT, EXIT)
    return last.index(kind[0]) if kind[0] in last else -1, *kind


def _shown(effect: Effect) -> Shown:
    if effect.high < 0:
        return "fall"
    return "rise" if effect.low > 0 else "nothing"
