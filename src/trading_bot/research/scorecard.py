"""The scorecard: what followed each kind of alert, beside what followed seconds like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.research.bootstrap import Effect, effects
from trading_bot.research.market_series import MarketSeries
from trading_bot.research.matched_control import ControlPool, Judged, Moment
from trading_bot.research.outcomes import FALSE_EXIT, MAIN_COLUMN

ALERTS_A_DAY_WANTED = (5.0, 15.0)
FALSE_EXITS_WANTED = 0.10
EXIT = "exit"


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

    @property
    def name(self) -> str:
        """The row's name for a reader."""
        parts = [self.source or self.kind, self.severity or "all"]
        if self.market_wide is not None:
            parts.append("market-wide" if self.market_wide else "own")
        return ", ".join(parts).replace("_", " ")

    @property
    def is_whole(self) -> bool:
        """Whether the row holds every event of its kind and source."""
        return self.severity is None and self.market_wide is None

    @property
    def shows_a_fall(self) -> bool | None:
        """Whether the main effect's interval lies wholly below zero; None for too few."""
        return None if self.effects is None else self.effects[MAIN_COLUMN].high < 0

    def to_json_dict(self) -> dict[str, object]:
        """Give what `--json` prints."""
        return {
            "kind": self.kind,
            "source": self.source,
            "severity": self.severity,
            "market_wide": self.market_wide,
            "count": self.count,
            "per_day": self.per_day,
            "judged": self.judged,
            "unjudged": dict(self.unjudged),
            "too_few": self.effects is None,
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
        """Whether less than 10 % are false."""
        return None if self.share is None else self.share < FALSE_EXITS_WANTED


def events_of(
    alerts: Iterable[OrderFlowAlert],
    exits: Iterable[ExitRecommendation] = (),
    market: MarketSeries | None = None,
) -> list[Event]:
    """Sort alerts and exits, and tag them with what the market did."""
    found: list[tuple[str, str | None, str, str, int | None]] = [
        (alert.alert_type, alert.source, alert.severity, alert.symbol, alert.timestamp_ns)
        for alert in alerts
    ]
    found += [(EXIT, None, x.urgency, x.symbol, ns_from_utc(x.timestamp_utc)) for x in exits]
    return [
        Event(
            kind,
            source,
            severity,
            Moment(symbol, stamp_ns or 0),
            None if market is None else market.falls_at(stamp_ns or 0),
        )
        for kind, source, severity, symbol, stamp_ns in found
    ]


def score_rows(
    events: Sequence[Event], pool: ControlPool, *, seed: int, by_severity: bool = True
) -> list[ScoreRow]:
    """Score every kind of event.

    Args:
        events: Of any kinds.
        pool: The sessions they lie in, and their controls.
        seed: Of the resampling.
        by_severity: Also one row for each severity, and for each tag of the market.
    """
    judged = pool.judge([event.moment for event in events])
    rows = []
    kinds = sorted({(event.kind, event.source or "") for event in events}, key=_kind_order)
    for kind, source in kinds:
        members = [n for n, e in enumerate(events) if (e.kind, e.source or "") == (kind, source)]
        cuts: list[tuple[str | None, bool | None]] = [(None, None)]
        if by_severity:
            severities = sorted({events[n].severity for n in members})
            cuts += [(severity, None) for severity in severities]
            tags = {events[n].market_wide for n in members} - {None}
            cuts += [(None, tag) for tag in sorted(tags, key=bool, reverse=True)]
        for severity, tag in cuts:
            chosen = [
                n
                for n in members
                if severity in (None, events[n].severity) and tag in (None, events[n].market_wide)
            ]
            rows.append(_row(kind, source or None, severity, tag, chosen, judged, pool, seed))
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


def _row(
    kind: str,
    source: str | None,
    severity: str | None,
    tag: bool | None,
    members: list[int],
    judged: Judged,
    pool: ControlPool,
    seed: int,
) -> ScoreRow:
    usable = [n for n in members if judged.unjudged[n] is None]
    found = effects(
        judged.outcomes[usable],
        judged.controls[usable],
        judged.blocks[usable],
        judged.days[usable],
        seed=seed,
    )
    reasons = Counter(reason for n in members if (reason := judged.unjudged[n]) is not None)
    return ScoreRow(
        kind=kind,
        source=source,
        severity=severity,
        market_wide=tag,
        count=len(members),
        per_day=round(len(members) / len(pool.series), 4),
        judged=len(usable),
        unjudged=dict(sorted(reasons.items())),
        effects=None if found is None else dict(zip(judged.columns, found, strict=True)),
    )


def _kind_order(kind: tuple[str, str]) -> tuple[bool, str, str]:
    return kind[0] == EXIT, *kind
