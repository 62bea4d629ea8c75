"""One symbol's row of the live file, read from who judges it; from any thread.

Nothing is reckoned here a second time: each member is what the judge, the ledger or the exit rule
holds at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from ..judge import MarketJudge
from ..market.events import Level
from ..market.units import NS_PER_MS, NS_PER_SECOND, UNITS_PER_SHARE, ns_from_utc, price_from_ticks
from ..position import Position
from ..recommendation import Leaving
from ..rules.red_burst import SELL_RATIO_THOUSANDTHS, BurstSeen
from ..rules.symbol_judge import SymbolJudge
from ..sight.coverage.reasons import Sight
from ..sight.sightings import words_of_depth, words_of_sight
from ..sight.visibility import VisibilityState
from ..telling.view import Pressure, pressure_of, stands
from .lines import LiveChannel, LiveLeaving, LiveRow, LiveWall, Sees

_DIGITS: Final = 4
"""Of a ratio: what a person sees of it."""
_SELL_WARN: Final = SELL_RATIO_THOUSANDTHS / 1_000
_Basis = tuple[
    int, tuple[int, int, int] | None, Sight | None, Position | None, bool, bool, datetime | None
]
"""What a row follows from: the second, what was judged, sight, position, what is said, and mute."""
_NAMES: Final = {"trades": "prints", "quotes": "quotes", "halts": "halts"}


class RowReader:
    """Reads the rows of one judge.

    A row is read anew where something has come of its symbol, and once a second in any case: what
    follows from time alone, such as how long it is silent, is known by the second.

    Args:
        judge: Whose.
        aside: Called after each row that was read anew.

    Attributes:
        judge: As given.
    """

    def __init__(self, judge: MarketJudge, aside: Callable[[], object]) -> None:
        self.judge = judge
        self._aside = aside
        # By symbol what its newest row was read from, and that row.
        self._known: dict[str, tuple[_Basis, LiveRow]] = {}
        # Of the settings in force, the window of each symbol that has alerts.
        self._config = judge.config
        self._windows: dict[str, timedelta] = {}
        # The last minute by symbol, and which second and print it was read by.
        self._bursts: dict[str, tuple[tuple[int, int, bool], BurstSeen]] = {}

    def forget(self, symbol: str) -> None:
        """Keep nothing of a symbol."""
        self._known.pop(symbol, None)
        self._bursts.pop(symbol, None)

    def row(
        self,
        symbol: str,
        now: datetime,
        *,
        position: Position | None = None,
        muted_until: datetime | None = None,
    ) -> LiveRow:
        """Return the row of a symbol, watched or not.

        Args:
            symbol: Ticker.
            now: The market's present.
            position: What is held of it.
            muted_until: Until when no notice of it is sent.
        """
        judge, now_ns = self.judge, ns_from_utc(now)
        own = judge.judge_of(symbol)
        alerted = self._is_alerted(symbol, now)
        exit_due = position is not None and stands(judge.publisher.exits.get(symbol), now)
        sight = judge.sightings.sight(symbol, now_ns)
        basis: _Basis = (
            now_ns // NS_PER_SECOND,
            None if own is None else own.judged,
            sight,
            position,
            alerted,
            exit_due,
            muted_until,
        )
        known = self._known.get(symbol)
        if known is not None and known[0] == basis:
            return known[1]
        seen = judge.sightings.visibility_of(symbol, sight)
        pressure, why = pressure_of(
            seen.state,
            alerted=alerted,
            exit_due=exit_due,
            bursts_judged=judge.tape_monitor.judges_at(symbol, now_ns),
        )
        pressure, why = _by_own_scale(own, pressure, why)
        row = LiveRow(
            symbol=symbol,
            sees=seen.state,
            reason=seen.reason,
            channels=self._channels(symbol, now_ns),
            compared_seconds_ago=None if sight is None else sight.compared_seconds_ago(now_ns),
            pressure=pressure,
            pressure_reason=why,
            muted_until_ns=None if muted_until is None else ns_from_utc(muted_until),
            **({} if position is None else self._of_position(position, seen.state, now_ns)),
            **({} if own is None else self._of_market(own, now_ns)),
        )
        self._known[symbol] = basis, row
        self._aside()
        return row

    def _is_alerted(self, symbol: str, now: datetime) -> bool:
        """Return whether an alert of a symbol lies in its window."""
        alerts = self.judge.detector.alert_history.of(symbol)
        if not alerts:
            return False
        config = self.judge.config
        if config is not self._config:
            self._config, self._windows = config, {}
        window = self._windows.get(symbol)
        if window is None:
            seconds = config.for_symbol(symbol).alert_window_seconds
            window = self._windows[symbol] = timedelta(seconds=seconds)
        begun = now - window
        return any(begun <= each.timestamp_utc for each in reversed(alerts))

    def _of_position(
        self, position: Position, sees: VisibilityState, now_ns: int
    ) -> dict[str, Any]:
        """Return what is held, and what it is worth now."""
        judge, opened_at = self.judge, position.opened_at
        price = judge.price(position.symbol)
        pnl = None if price is None else position.unrealised_pnl(price)
        leaving = None if position.is_short else judge.leaving_seen(position, sees, now_ns)
        return {
            "shares": f"{position.quantity:f}",
            "paid": _text(position.average_price),
            "stop": _text(position.stop),
            "opened_ns": None if opened_at is None else ns_from_utc(opened_at),
            "pnl": _text(pnl),
            "leaving": None if leaving is None else _leaving(leaving),
        }

    def _channels(self, symbol: str, now_ns: int) -> tuple[LiveChannel, ...]:
        sightings = self.judge.sightings
        found = [
            LiveChannel(
                name=_NAMES[channel],
                state=finding.state,
                reason=words_of_sight(finding),
                proved_ns=proved_ns,
            )
            for channel, finding, proved_ns in sightings.channels(symbol, now_ns)
        ]
        depth = sightings.depth(symbol)
        if depth is not None:
            state: Sees = "blind" if depth.lost else "visible"
            found.append(LiveChannel(name="depth", state=state, reason=words_of_depth(depth)))
        return tuple(found)

    def _of_market(self, judge: SymbolJudge, now_ns: int) -> dict[str, Any]:
        """Return what the judge of a symbol holds of its market."""
        bids, asks = judge.displayed_bids, judge.displayed_asks
        bid_shares, ask_shares = _best_shares(bids), _best_shares(asks)
        has_levels = judge.depth_kind == "levels"
        row: dict[str, Any] = {
            "bid": _best_price(bids),
            "bid_shares": bid_shares,
            "ask": _best_price(asks),
            "ask_shares": ask_shares,
            "imbalance": _imbalance(bid_shares, ask_shares),
            "depth_kind": judge.depth_kind if judge.quotes else None,
            "bids": _levels(bids) if has_levels else (),
            "asks": _levels(asks) if has_levels else (),
            "walls": tuple(
                LiveWall(side=side, price=usd(ticks), shares=shares, since_ns=since_ns)
                for side, ticks, shares, since_ns in judge.standing_walls()
            ),
        }
        if judge.last_ticks:
            row |= {"price": usd(judge.last_ticks), "price_ns": judge.trade_ns}
            if judge.arrived_ns is not None:
                row["delay_ms"] = round((judge.arrived_ns - judge.trade_ns) / NS_PER_MS, 1)
        return row | self._of_minute(judge, now_ns)

    def _of_minute(self, judge: SymbolJudge, now_ns: int) -> dict[str, Any]:
        """Return what the last minute was like."""
        basis = (now_ns // NS_PER_SECOND, judge.trades, judge.halted_by is not None)
        known_basis, found = self._bursts.get(judge.symbol, (None, None))
        if basis != known_basis:
            # Where it cannot be read now, what was read before stands until the next look.
            fresh = judge.bursts_at(now_ns)
            if fresh is not None:
                found = fresh
                self._bursts[judge.symbol] = basis, fresh
        if found is None:
            return {}
        return {
            "volume_ratio": _rounded(found.volume_ratio),
            "volume_warn": found.warn_ratio,
            "volume_critical": found.critical_ratio,
            "sell_ratio": _rounded(found.sell_ratio),
            "sell_ratio_low": _rounded(found.sell_ratio_low),
            "sell_warn": _SELL_WARN,
            "delta": round(found.delta_thousandths / 1_000),
        }


def _by_own_scale(own: SymbolJudge | None, pressure: Pressure, why: str) -> tuple[Pressure, str]:
    """Call no symbol calm that hardly trades, and say what a busy day holds back."""
    if own is None or own.desk is None or pressure not in ("calm", "alerted"):
        return pressure, why
    today = own.desk.today()
    if today.is_thin and pressure == "calm":
        return "unknown", "too thin to judge"
    if not today.held_back:
        return pressure, why
    alerts = f"{today.alerts} alert{'' if today.alerts == 1 else 's'} today"
    return pressure, f"{alerts}, {today.held_back} smaller ones held back (busy day)"


@lru_cache(maxsize=4_096)
def usd(ticks: int) -> str:
    """Return a price as text."""
    return str(price_from_ticks(ticks))


def _leaving(leaving: Leaving) -> LiveLeaving:
    return LiveLeaving(
        shares=f"{leaving.shares:f}",
        fits=_text(leaving.fits),
        cost_usd=_text(leaving.cost_usd),
        cost_bp=leaving.cost_bp,
        levels=leaving.levels,
        depth_kind=leaving.depth_kind,
        unknown=leaving.unknown,
    )


def _levels(levels: Sequence[Level]) -> tuple[tuple[str, int], ...]:
    return tuple((usd(ticks), size // UNITS_PER_SHARE) for ticks, size in levels)


def _best_price(levels: Sequence[Level]) -> str | None:
    return usd(levels[0][0]) if levels else None


def _best_shares(levels: Sequence[Level]) -> int | None:
    return levels[0][1] // UNITS_PER_SHARE if levels else None


def _imbalance(bid: int | None, ask: int | None) -> float | None:
    if bid is None or ask is None or not bid + ask:
        return None
    return round((bid - ask) / (bid + ask), _DIGITS)


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, _DIGITS)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"
