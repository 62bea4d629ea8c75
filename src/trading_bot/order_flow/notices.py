"""What a listener is told: alerts, exits, feeds that changed, what large levels did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from .data_models import OrderFlowAlert, WallEvent, WallSide
from .recommendation import ExitRecommendation


@dataclass(frozen=True, slots=True)
class ThresholdNotice:
    """A symbol's usual size exceeds its threshold, so that its alerts mean little.

    Attributes:
        symbol: Ticker.
        timestamp_utc: When it was found.
        threshold: `large_order_size_threshold` of the symbol, shares.
        exceeded_per_cent: How often its best bid or ask was at least that large.
    """

    symbol: str
    timestamp_utc: datetime
    threshold: int
    exceeded_per_cent: int

    @property
    def advice(self) -> str:
        """What it means and what to do, in one sentence."""
        return (
            f"its best bid or ask shows {self.threshold:,} shares or more "
            f"{self.exceeded_per_cent} % of the time, so that alerts on such sizes mean little; "
            "fit its thresholds with `trading-bot calibrate`"
        )


@dataclass(frozen=True, slots=True)
class RegimeNotice:
    """A symbol trades several times its usual volume of the day so far; told once for each of them.

    Attributes:
        symbol: Ticker.
        timestamp_utc: When it was found.
        times: 2 or 4.
        shares: Shares since the open.
        usual: Mean shares of the days before, by this time.
        days: How many days these are.
    """

    symbol: str
    timestamp_utc: datetime
    times: int
    shares: int
    usual: int
    days: int

    @property
    def sentence(self) -> str:
        """What is so, in one sentence."""
        days = "yesterday" if self.days == 1 else f"the mean of {self.days} days"
        return (
            f"another kind of day: {self.shares / self.usual:.1f} times its usual volume so far "
            f"({self.shares:,} shares, {days} {self.usual:,})"
        )


@dataclass(frozen=True, slots=True)
class WallNotice:
    """Something happened to a large level of a book: a fact, and no advice.

    Attributes:
        symbol: Ticker.
        timestamp_utc: When it happened.
        event: What; see `rules.walls.watch.WallFact`, as of the next nine.
        side: Whether it buys or sells.
        price_level: Its price, USD per share.
        size: Shares shown.
        peak: The most shares shown.
        executed: Shares that prints took.
        cancelled: Shares taken away otherwise.
        added: Shares put to it.
        refills: How often half of what was executed came back.
        since: When it was first seen so large.
        levels_away: How many better levels its side shows; None where it is not shown.
        left_out: How many facts of the symbol were not told before this one, because too many were.
    """

    symbol: str
    timestamp_utc: datetime
    event: WallEvent
    side: WallSide
    price_level: Decimal
    size: int
    peak: int
    executed: int
    cancelled: int
    added: int
    refills: int
    since: datetime
    levels_away: int | None
    left_out: int

    @property
    def sentence(self) -> str:
        """What is so, in one sentence."""
        what = f"{self.side} of {self.peak:,} shares at {self.price_level}"
        stood = f"after {(self.timestamp_utc - self.since).total_seconds():.0f} s"
        if self.event == "placed":
            words = f"{what} has stood 2 s{_depth(self.levels_away)}"
        elif self.event == "hit":
            words = f"{what} is being hit, {self.size:,} left"
        elif self.event == "left_view":
            words = f"{what} is deeper than the book shows, {stood}"
        elif self.event == "unseen":
            words = f"{what} was not seen to its end"
        else:
            verb = "eaten" if self.event == "eaten" else "pulled"
            partly = "partly " if self.event == "mixed" else ""
            times = "" if not self.refills else f", refilled {_times(self.refills)}"
            words = (
                f"{what} {partly}{verb} {stood}: {self.executed:,} executed, "
                f"{self.cancelled:,} cancelled{times}"
            )
        return words if not self.left_out else f"{words} ({self.left_out:,} others not told)"


def _depth(levels_away: int | None) -> str:
    if levels_away is None:
        return ""
    levels = "level" if levels_away == 1 else "levels"
    return f", {levels_away} {levels} from the best" if levels_away else ", at the best"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


FeedEventKind = Literal[
    "degraded",
    "blind",
    "recovered",
    "refused",
    "lost",
    "depth_lost",
    "depth_back",
    "feeds_disagree",
    "feeds_agree",
]


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """A symbol's feed became better or worse, gave data that was refused, or lost some for good.

    Attributes:
        kind: `degraded`, `blind` or `recovered`; `refused` for data that failed validation; `lost`
            for a span that was never seen, and is too old to matter now. Where depth is a second
            feed's, `depth_lost` and `depth_back` for that alone, `feeds_disagree` and `feeds_agree`
            for what both say.
        symbol: Ticker.
        timestamp_utc: When it was judged.
        reason: Why, in a few words.
        position_open: True when a position depends on this feed.
        code: The validation code of refused data, the cause of a lost span, how two feeds differ,
            else None.
        stale: Of two feeds that differ the one that looks stale; None where nothing tells.
    """

    kind: FeedEventKind
    symbol: str
    timestamp_utc: datetime
    reason: str
    position_open: bool
    code: str | None = None
    stale: str | None = None


GuardStateKind = Literal[
    "started",
    "stopped",
    "failed",
    "positions_failed",
    "positions_stale",
    "positions_ok",
    "visible",
    "degraded",
    "blind",
    "refused",
    "lost",
    "depth_lost",
    "depth_back",
    "feeds_disagree",
    "feeds_agree",
    "connection",
    "risk_manager_failed",
    "events_lost",
    "threshold",
    "regime",
    "wall",
    "record_failed",
    "record_ok",
    "record_reopened",
    "settings_changed",
    "settings_refused",
    "settings_ok",
    "capture_failed",
]


@dataclass(frozen=True, slots=True)
class GuardState:
    """Something changed in the guard itself, or in what it can see.

    Attributes:
        kind: `started`, `stopped`, `failed`: its own life. `positions_failed`, `positions_stale`,
            `positions_ok`: whether it knows what is held. `visible`, `degraded`, `blind`,
            `refused`, `lost`, `depth_lost`, `depth_back`, `feeds_disagree`, `feeds_agree`,
            `threshold`, `regime`, `wall`: one symbol. `connection`: the stream, such as another
            program on its key.
            `risk_manager_failed`: what was told raised. `events_lost`: a listener was too slow.
            `record_failed`, `record_ok`: whether what is found can be written down.
            `record_reopened`: its files were gone, and are begun anew.
            `settings_changed`: it judges by others from now on. `settings_refused`, `settings_ok`:
            whether those that are there now can be used. `capture_failed`: the capture lacks
            something from now on.
        symbol: Ticker; None for the whole guard.
        reason: Why, in a few words; may be empty.
        timestamp_utc: When it was found.
    """

    kind: GuardStateKind
    symbol: str | None
    reason: str
    timestamp_utc: datetime


MonitorEvent = (
    OrderFlowAlert
    | ExitRecommendation
    | FeedEvent
    | ThresholdNotice
    | RegimeNotice
    | WallNotice
    | GuardState
)
"""Everything that a listener may be told."""
Listener = Callable[[MonitorEvent], None]
"""Is told of every event, after it has been recorded."""
