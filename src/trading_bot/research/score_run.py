"""Scores recorded data: plays it, plays it changed, and puts the results on one card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.recorded.account import RowAccount
from trading_bot.replay.settings_words import settings_in_words
from trading_bot.research.day_counts import DayCount, day_counts
from trading_bot.research.days.one_pass import Opener, Play, play_all
from trading_bot.research.days.shifted import shifted
from trading_bot.research.looks.chance import LEVEL
from trading_bot.research.looks.family import corrected, looks_of
from trading_bot.research.market_series import MarketSeries
from trading_bot.research.matched_control import CONTROLS_PER_ALERT, ControlPool
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.position.dollars import (
    NOT_COMPARED,
    Compared,
    PositionAccount,
    compare,
)
from trading_bot.research.position.exit_account import ExitAccount, HeldDay, hold
from trading_bot.research.scorecard import (
    SOURCES,
    FalseExits,
    ScoreRow,
    alerts_a_day,
    events_of,
    false_exits,
    rate_is_met,
    score_rows,
)
from trading_bot.research.scored_findings import Findings
from trading_bot.research.tagged_alerts import TaggedAlert, tagged

FROM_PRINTS = ("aggressive_sell", "bid_attacked")
"""Sources that the side of each print decides; of others a coin for sides is no control."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Everything that a score says.

    Attributes:
        rules: How outcomes were measured.
        seed: Of controls, coins and resampling.
        config_hash: Names the settings.
        days: Symbol-days, as (symbol, ISO date).
        market: Symbol of the market series, or None.
        rows: Of each kind of event, over all symbols and by severity, symbol and tag.
        controls: Name of a negative control to its rows.
        accounts: What the exits would have meant, by symbol-day.
        false_exits: How many exits were false.
        alerts_a_day: By symbol.
        account: What became of the rows.
        settings: What the data was judged by, in words.
        tagged_alerts: Every alert with what the market did; None without a market series.
        day_counts: Alerts and exits of each symbol-day.
        positions: What the exits would have meant in USD, by symbol-day.
        compared: The same over all symbol-days with an exit.
    """

    rules: OutcomeRules
    seed: int
    config_hash: str
    days: tuple[tuple[str, str], ...]
    market: str | None
    rows: tuple[ScoreRow, ...]
    controls: dict[str, tuple[ScoreRow, ...]]
    accounts: tuple[ExitAccount, ...]
    false_exits: FalseExits
    alerts_a_day: dict[str, float]
    account: RowAccount
    settings: tuple[str, ...]
    tagged_alerts: tuple[TaggedAlert, ...] | None = None
    day_counts: tuple[DayCount, ...] = ()
    positions: tuple[PositionAccount, ...] = ()
    compared: Compared = NOT_COMPARED

    def to_json_dict(self) -> dict[str, Any]:
        """Give what `--json` prints; the same run gives the same bytes."""
        found: dict[str, Any] = {
            "warnings": self.account.warnings(),
            "account": self.account.to_json_dict(),
            "settings_in_words": list(self.settings),
            "settings": {
                **asdict(self.rules),
                "seed": self.seed,
                "controls_per_alert": CONTROLS_PER_ALERT,
                "config_hash": self.config_hash,
                "market": self.market,
            },
            "days": [list(day) for day in self.days],
            "day_counts": [asdict(each) for each in self.day_counts],
            "looks": self._looks(),
            "rows": [row.to_json_dict() for row in self.rows],
            "negative_controls": {
                name: [{**row.to_json_dict(), "failed": row.shows_a_fall} for row in rows]
                for name, rows in self.controls.items()
            },
            "exits": [asdict(account) for account in self.accounts],
            "positions": [account.to_json_dict() for account in self.positions],
            "positions_compared": asdict(self.compared),
            "success": {
                "alerts_a_day": {
                    symbol: {"rate": rate, "met": rate_is_met(rate)}
                    for symbol, rate in self.alerts_a_day.items()
                },
                "false_exits": {
                    **asdict(self.false_exits),
                    "share": self.false_exits.share,
                    "met": self.false_exits.met,
                },
            },
        }
        if self.tagged_alerts is not None:
            found["alerts"] = [asdict(alert) for alert in self.tagged_alerts]
        return found

    def _looks(self) -> dict[str, object]:
        looks = looks_of(self.rows)
        return {
            "correction": "holm",
            "level": LEVEL,
            "cells": len(looks),
            "miss_zero": sum(look.effect.misses_zero for look in looks),
            "left": sum(look.effect.is_left for look in looks),
        }


def score(
    open_data: Opener,
    *,
    rules: OutcomeRules,
    seed: int,
    market: MarketSeries | None = None,
    with_readings: bool = False,
    play: Play = play_all,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Scorecard, Findings]:
    """Score recorded data.

    Args:
        open_data: The data and the settings it is judged by; opened once.
        rules: How outcomes are measured.
        seed: Of controls, coins and resampling.
        market: The market's prices, to tell alerts in a falling market apart.
        with_readings: Keep the red-burst rule's figures for pictures.
        play: Plays the data; by several processes, where it is told to.
        progress: Told what is done next.

    Returns:
        The card, and what the rules found in the data as it is.

    Raises:
        ValueError: The data holds no quote within a regular session.
    """
    plays = play(open_data, rules, seed, with_readings=with_readings, progress=progress)
    findings, days = plays.as_it_is, plays.as_it_is.days
    if not days:
        raise ValueError(
            "no two-sided quote within a regular session: nothing can be scored; "
            + "; ".join(plays.account.warnings())
        )
    progress("choosing controls")
    pool = ControlPool(days, rules, seed)
    events = events_of(findings.alerts, findings.exits, market)
    controls = {
        "mirrored": plays.mirrored,
        # Quotes are not shuffled: what they decide, alone or in an exit, is no control.
        "shuffled": [e for e in plays.shuffled if e.source in FROM_PRINTS or e.kind == "red_burst"],
        "shifted": shifted(events, days),
    }
    # All at once: the seconds of a symbol are then unpacked once.
    pool.judge([event.moment for event in chain(events, *controls.values())])
    rows = corrected(score_rows(events, pool, seed=seed, sources=SOURCES))
    control_of = {"mirrored": SOURCES, "shuffled": FROM_PRINTS, "shifted": SOURCES}
    progress("drawing the balance")
    positions = tuple(each.position for each in days if each.position is not None)
    card = Scorecard(
        rules=rules,
        seed=seed,
        config_hash=plays.config.config_hash,
        days=tuple((each.symbol, each.day.isoformat()) for each in days),
        market=None if market is None else market.symbol,
        rows=tuple(rows),
        controls={
            name: tuple(score_rows(found, pool, seed=seed, cut=False, sources=control_of[name]))
            for name, found in controls.items()
        },
        accounts=tuple(each.account for each in days if each.account is not None),
        false_exits=false_exits(events, pool),
        alerts_a_day=alerts_a_day(events, Counter(each.symbol for each in days)),
        tagged_alerts=None
        if market is None
        else tagged(findings.alerts, market, plays.config.config_hash),
        day_counts=day_counts(events, days),
        account=plays.account,
        settings=tuple(settings_in_words(plays.config)),
        positions=positions,
        compared=compare(positions, seed=seed),
    )
    return card, findings


def held_days(findings: Findings, rules: OutcomeRules, seed: int) -> list[HeldDay]:
    """Return every symbol-day of which a position was held."""
    stamps: dict[str, list[int]] = {each.symbol: [] for each in findings.series}
    for recommended in findings.exits:
        if recommended.symbol in stamps:
            stamps[recommended.symbol].append(ns_from_utc(recommended.timestamp_utc))
    held = (
        hold(each, position, stamps[each.symbol], latency_ms=rules.latency_ms, seed=seed)
        for each in findings.series
        if (position := findings.positions.get(each.symbol)) is not None
    )
    return [day for day in held if day is not None]
