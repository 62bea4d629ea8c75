"""The red-burst rule of one symbol: a volume spike started mostly by sellers.

A burst is a volume ratio (last 60 s over the baseline minute) at or above the spike threshold with
a sell ratio of at least 0.60. One alert per episode: on the rising edge, once more when it turns
critical; armed again after the ratio has fallen below the threshold and 60 s have passed.

A ratio needs something to be measured by. Where `minimum_prints` is set, as the judge of a symbol
does, a computed baseline counts only with so many prints, and with two in at least three of its
minutes each: trade that begins after a silence is no "300 times the usual minute".

Where a scale is attached, thresholds are what it says, a baseline is at least half the usual
minute, and instead of 2,000 shares a minute must hold 200, and what the scale asks for in money.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from mypy_extensions import mypyc_attr

from ..calendar import session_at
from ..config import OrderFlowConfig
from ..data_models import Severity
from ..market.units import NS_PER_SECOND
from .own_scale.memory import BURST, NEVER, OwnScale
from .signals import Signal
from .volume_window import (
    BASELINE_MINUTES,
    COMPLETE_AFTER,
    JUDGED_AFTER,
    MIN_BASELINE_MINUTES,
    Baseline,
    VolumeWindow,
)
from .window_reading import reading_of

SELL_RATIO_THOUSANDTHS: Final = 600
MIN_SHARES: Final = 2_000
LEAST_RANKED_SHARES: Final = 200
"""Shares of a minute that is ranked among the symbol's own."""
REARM_NS: Final = 60 * NS_PER_SECOND
MAX_UNSURE_THOUSANDTHS: Final = 400
"""Share of unsure volume above which a burst is withheld: its sell ratio would be a guess."""
MAX_EXTENDED_SPREAD_BP: Final = 50
CALM_SECONDS: Final = 30
"""How far ahead a burst is ruled out at once; a matter of speed, no threshold."""
_ANY_VOLUME: Final = (1 << 62) - 1
_RATIO_UNIT: Final = 1_000_000
_MILLIONTHS_A_THOUSANDTH: Final = _RATIO_UNIT // 1_000


@cache
def _millionths(ratio: float) -> int:
    """Return an integer, so that a ratio exactly at its threshold alerts on every machine.

    One for all symbols with this threshold.
    """
    return round(ratio * _RATIO_UNIT)


class BurstReading(NamedTuple):
    """The figures of one moment.

    Attributes:
        volume: Shares of the last 60 s.
        baseline_shares: Shares of the baseline minutes.
        baseline_minutes: How many minutes these are.
        sold_thousandths: Expected sold shares of the last 60 s, times 1,000.
    """

    volume: int
    baseline_shares: int
    baseline_minutes: int
    sold_thousandths: int


class BurstSeen(NamedTuple):
    """What is shown of a symbol; None where it is not judged, or not known.

    Attributes:
        volume_ratio: Shares of the last 60 s over the baseline minute.
        warn_ratio: From which volume ratio a burst is a warning.
        critical_ratio: From which it is critical.
        sell_ratio: Sold share of the last 60 s.
        sell_ratio_low: The same with every print of unknown side counted as a buy.
        delta_thousandths: Expected shares bought less those sold, times 1,000, of all sessions that
            were judged.
    """

    volume_ratio: float | None
    warn_ratio: float | None
    critical_ratio: float | None
    sell_ratio: float | None
    sell_ratio_low: float | None
    delta_thousandths: int


def _ratio_of(millionths: int) -> float | None:
    return None if millionths >= NEVER * _MILLIONTHS_A_THOUSANDTH else millionths / _RATIO_UNIT


@mypyc_attr(allow_interpreted_subclasses=True)
class RedBurstState:
    """Windows and episode of one symbol.

    Args:
        symbol: Ticker.
        config: Thresholds and sessions.

    Attributes:
        minimum_prints: How many prints a computed baseline needs; 0 asks for none, which is the
            rule to the letter of the specification.
        thousandths: The ratio of the newest signal, in thousandths.
        unmeasured: Bursts not raised because the baseline rests on less.
        withheld: Bursts not raised because too much of the volume had no sure side.
    """

    __slots__ = (
        "_alert_ns",
        "_burst_millionths",
        "_calm_below",
        "_calm_until_ns",
        "_close_ns",
        "_critical_raised",
        "_extended",
        "_fell",
        "_in_episode",
        "_least_minute",
        "_least_shares",
        "_look_millionths",
        "_open_ns",
        "_outside_window",
        "_scale",
        "_spike_millionths",
        "_symbol",
        "_watched_from_ns",
        "_window",
        "_withholding",
        "minimum_prints",
        "thousandths",
        "unmeasured",
        "withheld",
    )

    def __init__(self, symbol: str, config: OrderFlowConfig) -> None:
        thresholds = config.for_symbol(symbol)
        self._symbol = symbol
        self._extended = config.sessions == "extended"
        self._spike_millionths = _millionths(thresholds.volume_spike_threshold)
        self._burst_millionths = _millionths(thresholds.red_burst_threshold)
        # What makes the volume of a minute worth a look: a spike, or what teaches the scale.
        self._look_millionths = self._spike_millionths
        self._least_shares = MIN_SHARES
        self._scale: OwnScale | None = None
        # Shares of a baseline minute at least, for a symbol with a memory.
        self._least_minute = 0
        self._watched_from_ns: int | None = None
        self._open_ns = self._close_ns = 0
        self._window = VolumeWindow(0)
        self._outside_window: VolumeWindow | None = None
        self._in_episode = self._critical_raised = self._fell = self._withholding = False
        self._alert_ns = 0
        # Before this moment no burst is possible while the volume, not settled, is below this.
        self._calm_until_ns = self._calm_below = 0
        self.minimum_prints = 0
        self.withheld = self.unmeasured = self.thousandths = 0

    def judge_by_numbers(self, spike: float, burst: float) -> None:
        """Judge by other numbers of the settings; a scale is to be given again after this.

        Args:
            spike: Volume ratio that warns.
            burst: Volume ratio that is critical.
        """
        self._scale = None
        self._least_shares = MIN_SHARES
        self._least_minute = 0
        self._spike_millionths = self._look_millionths = _millionths(spike)
        self._burst_millionths = _millionths(burst)
        self._calm_until_ns = 0

    def judge_by(self, scale: OwnScale) -> None:
        """Judge by a scale from now on; to be called again after each of its turns."""
        self._scale = scale
        self._least_shares = LEAST_RANKED_SHARES
        self._least_minute = scale.usual_minute // 2
        self._spike_millionths = scale.thresholds[BURST] * _MILLIONTHS_A_THOUSANDTH
        self._burst_millionths = scale.critical[BURST] * _MILLIONTHS_A_THOUSANDTH
        self._look_millionths = scale.look_from[BURST] * _MILLIONTHS_A_THOUSANDTH
        self._calm_until_ns = 0

    def watch_from(self, stamp_ns: int) -> None:
        """State since when every print is known, so that a quiet minute counts as a minute.

        An earlier stamp than before counts for the session that is judged already, too.
        """
        self._watched_from_ns = stamp_ns
        if self._close_ns:
            self._window.begin_at(max(self._open_ns, stamp_ns) // NS_PER_SECOND)
            self._calm_until_ns = 0

    def skip(self, seconds: int) -> None:
        """Let time pass that does not count, such as a halt, for windows and episode."""
        self._window.skip(seconds)
        self._calm_until_ns = 0
        self._alert_ns += seconds * NS_PER_SECOND

    def take_back(self, second: int, shares: int, p_sell: int) -> None:
        """Count a print no longer: it was withdrawn. What it raised was said, and stays."""
        if self._open_ns <= second * NS_PER_SECOND < self._close_ns:
            self._window.take_back(second, shares, p_sell)
            # A lower baseline makes a spike of less.
            self._calm_until_ns = 0

    def in_session(self, stamp_ns: int) -> bool:
        """Return whether bursts are judged at this time."""
        return self._session_bounds(stamp_ns) is not None

    def seen_at(self, now_ns: int) -> BurstSeen | None:
        """Return the figures of a moment, for who shows them on another thread; nothing changes.

        Args:
            now_ns: Unix nanoseconds; 0 for the moment of the newest print.

        Returns:
            The figures; None where they were about to change, and are to be asked for again.
        """
        found = reading_of(self._window.copied(), now_ns // NS_PER_SECOND)
        if found is None:
            return None
        minutes = found.baseline_minutes
        shares = max(found.baseline_shares, self._least_minute * minutes)
        is_measured = (
            found.baseline_prints >= self.minimum_prints
            and found.baseline_lively >= MIN_BASELINE_MINUTES
        ) or not self.minimum_prints
        is_judged = (
            self._open_ns <= now_ns < self._close_ns or not now_ns
        ) and minutes >= MIN_BASELINE_MINUTES
        volume = found.volume
        sold, low = found.sold_thousandths, found.sold_low_thousandths
        return BurstSeen(
            volume * minutes / shares if is_judged and is_measured and shares else None,
            _ratio_of(self._spike_millionths),
            _ratio_of(self._burst_millionths),
            sold / (1_000 * volume) if is_judged and volume else None,
            low / (1_000 * volume) if is_judged and volume else None,
            found.delta_thousandths,
        )

    def reading(self) -> BurstReading:
        """Return what the newest print was judged by; for pictures, never for a judgement."""
        window = self._window
        window.settle()
        shares, minutes = window.baseline()
        return BurstReading(window.volume, shares, minutes, window.sold_thousandths())

    def on_trade(
        self,
        stamp_ns: int,
        size: int,
        p_sell: int,
        spread_bp: int = 0,
        given_baseline: Baseline | None = None,
    ) -> Signal | None:
        """Count one eligible print and judge the minute that ends with it.

        Args:
            stamp_ns: Exchange time, Unix nanoseconds.
            size: Shares.
            p_sell: Probability of a sale in thousandths; 500 means that no rule gave a side.
            spread_bp: Quoted spread in basis points; matters in extended sessions only.
            given_baseline: Replaces the computed baseline and stands for a regular session.
        """
        if self._open_ns <= stamp_ns < self._calm_until_ns and given_baseline is None:
            # By far the most prints end here.
            window = self._window
            window.add(stamp_ns // NS_PER_SECOND, size, p_sell)
            if window.volume < self._calm_below:
                return None
            return self._look(stamp_ns, window, spread_bp, None)
        second = stamp_ns // NS_PER_SECOND
        window = self._window
        if not self._open_ns <= stamp_ns < self._close_ns:
            if self._enter_session(stamp_ns):
                window = self._window
            elif given_baseline is not None:
                window = self._outside_window = self._outside_window or VolumeWindow(second)
            else:
                return None
        if second > window.second and self._is_watchful:
            window.advance(second)
            # Looked at before this print is counted: a quiet gap is a fall of its own.
            self._note_fall(window, given_baseline)
        window.add(second, size, p_sell)
        return self._look(stamp_ns, window, spread_bp, given_baseline)

    @property
    def _is_watchful(self) -> bool:
        return self._in_episode or self._withholding

    def _look(
        self, stamp_ns: int, window: VolumeWindow, spread_bp: int, given: Baseline | None
    ) -> Signal | None:
        """Judge the minute that ends now."""
        window.settle()
        self._calm_until_ns = 0
        watchful = self._is_watchful
        if not watchful and given is None and not self._may_spike(window):
            return None
        if window.volume < self._least_shares:
            if watchful:
                self._note_fall(window, given)
            return None
        baseline = given or window.baseline()
        if baseline.minutes < MIN_BASELINE_MINUTES or baseline.shares <= 0:
            return None
        return self._judge(stamp_ns, window, baseline, spread_bp, is_given=given is not None)

    def _may_spike(self, window: VolumeWindow) -> bool:
        """Return whether the volume may be a spike; where it is far from one, note for how long.

        In the seconds to come the baseline can lose no more than what leaves it by then, and the
        volume, as long as nothing is taken away from it, can only be lower than it says.
        """
        second = window.second
        judged_from = window.first_second + JUDGED_AFTER
        complete_from = window.first_second + COMPLETE_AFTER
        if second < judged_from:
            until, below = judged_from, _ANY_VOLUME
        elif second < complete_from:
            until, below = complete_from, self._least_shares
        else:
            least = self._least_minute * BASELINE_MINUTES
            scaled = window.volume * (BASELINE_MINUTES * _RATIO_UNIT)
            spike = self._look_millionths * max(window.baseline_shares, least)
            if window.volume >= self._least_shares and 3 * scaled > 2 * spike:
                return scaled >= spike
            lowest = max(window.baseline_shares - window.leaving(CALM_SECONDS), least)
            spike_at = -(-self._look_millionths * lowest // (BASELINE_MINUTES * _RATIO_UNIT))
            until, below = second + CALM_SECONDS + 1, max(self._least_shares, spike_at)
        if window.volume >= below:
            return True
        self._calm_until_ns = min(until * NS_PER_SECOND, self._close_ns)
        self._calm_below = below
        return False

    def _judge(
        self,
        stamp_ns: int,
        window: VolumeWindow,
        baseline: Baseline,
        spread_bp: int,
        *,
        is_given: bool,
    ) -> Signal | None:
        if self._scale is not None:
            shares = max(baseline.shares, self._least_minute * baseline.minutes)
            baseline = Baseline(shares, baseline.minutes)
            self._learn(self._scale, window, baseline)
        scaled = window.volume * baseline.minutes * _RATIO_UNIT
        if self._in_episode and self._fell and stamp_ns - self._alert_ns >= REARM_NS:
            self._rearm()
        if scaled < self._spike_millionths * baseline.shares:
            self._fell = self._in_episode
            self._withholding = False
            return None
        critical = scaled >= self._burst_millionths * baseline.shares
        if self._in_episode and (self._critical_raised or not critical):
            return None
        if window.sold_thousandths() < SELL_RATIO_THOUSANDTHS * window.volume:
            return None
        if self._extended and spread_bp > MAX_EXTENDED_SPREAD_BP:
            return None
        unsure = window.unsure_shares()
        if unsure * 1_000 > MAX_UNSURE_THOUSANDTHS * window.volume:
            self.withheld += not self._withholding
            self._withholding = True
            return None
        if not is_given and not self._is_measured(window):
            self.unmeasured += not self._withholding
            self._withholding = True
            return None
        volume = window.volume
        self.thousandths = volume * baseline.minutes * 1_000 // baseline.shares
        if self._scale is not None and (
            volume * self._scale.price_ticks < self._scale.rules.least_burst_ticks
        ):
            return None
        self._in_episode, self._fell = True, False
        self._critical_raised = critical
        self._alert_ns = stamp_ns
        severity: Severity = "critical" if critical else "warning"
        return Signal(
            self._symbol,
            "red_burst",
            severity,
            stamp_ns,
            volume_ratio=volume * baseline.minutes / baseline.shares,
            sell_ratio=window.sold_thousandths() / (1_000 * volume),
            sell_ratio_low=window.sold_low_thousandths() / (1_000 * volume),
            low_confidence_share=unsure / volume,
        )

    def _learn(self, scale: OwnScale, window: VolumeWindow, baseline: Baseline) -> None:
        """Let a minute sold mostly by sellers teach the scale."""
        thousandths = window.volume * baseline.minutes * 1_000 // baseline.shares
        if (
            thousandths >= scale.look_from[BURST]
            and window.sold_thousandths() >= SELL_RATIO_THOUSANDTHS * window.volume
            and self._is_measured(window)
        ):
            scale.learn(BURST, thousandths)
            self._look_millionths = scale.look_from[BURST] * _MILLIONTHS_A_THOUSANDTH

    def _is_measured(self, window: VolumeWindow) -> bool:
        """Return whether the baseline rests on enough to name a ratio."""
        if not self.minimum_prints:
            return True
        heard = window.heard()
        return heard.prints >= self.minimum_prints and heard.minutes >= MIN_BASELINE_MINUTES

    def _note_fall(self, window: VolumeWindow, given: Baseline | None) -> None:
        shares, minutes = given or window.baseline()
        shares = max(shares, self._least_minute * minutes)
        scaled = window.volume * minutes * _RATIO_UNIT
        if not window.volume or scaled < self._spike_millionths * shares:
            self._fell = self._in_episode
            self._withholding = False

    def _rearm(self) -> None:
        self._in_episode = self._critical_raised = self._fell = self._withholding = False

    def _enter_session(self, stamp_ns: int) -> bool:
        bounds = self._session_bounds(stamp_ns)
        if bounds is None:
            return False
        self._open_ns, self._close_ns = bounds
        opened = bounds[0]
        watched = self._watched_from_ns if self._watched_from_ns is not None else stamp_ns
        # From the open where the watch is older; windows start afresh at each session.
        self._calm_until_ns = 0
        delta = self._window.all_delta_thousandths()
        self._window = VolumeWindow(max(opened, min(watched, stamp_ns)) // NS_PER_SECOND)
        self._window.delta_thousandths = delta
        self._rearm()
        return True

    def _session_bounds(self, stamp_ns: int) -> tuple[int, int] | None:
        session = session_at(stamp_ns)
        if session is None:
            return None
        if session.open_ns <= stamp_ns < session.close_ns:
            return session.open_ns, session.close_ns
        if not self._extended:
            return None
        # Three sessions a day: measured against the hour before the open, every open is a burst.
        if stamp_ns < session.open_ns:
            return session.extended_open_ns, session.open_ns
        return session.close_ns, session.extended_close_ns
