"""Made scorecards for the tests of tables and pages."""

from __future__ import annotations

from collections.abc import Mapping

from support.score_values import DAY, at
from trading_bot.recorded.account import KindAccount, RowAccount
from trading_bot.research.bootstrap import Effect
from trading_bot.research.day_counts import DayCount
from trading_bot.research.outcomes import OutcomeRules
from trading_bot.research.position.exit_account import ExitAccount
from trading_bot.research.score_run import Scorecard
from trading_bot.research.scorecard import FalseExits, ScoreRow

RULES = OutcomeRules()


def effects_of(
    difference: float, low: float, high: float, p: float = 0.02, p_corrected: float | None = 0.3
) -> dict[str, Effect]:
    """Return the same effect for every outcome; it is not left among all looks."""
    effect = Effect(difference, 0.0, difference, low, high, p, p_corrected)
    return dict.fromkeys(RULES.columns, effect)


def row_of(
    *,
    source: str | None = None,
    severity: str | None = None,
    market_wide: bool | None = None,
    count: int = 1_300,
    judged: int | None = None,
    unjudged: Mapping[str, int] | None = None,
    effects: Mapping[str, Effect] | None = None,
    few: Mapping[str, float] | None = None,
) -> ScoreRow:
    """Return a row of red bursts, or of large sellers of a source."""
    if judged is None:
        judged = 0 if effects is None else 1_250
    return ScoreRow(
        kind="red_burst" if source is None else "large_seller",
        source=source,
        severity=severity,
        market_wide=market_wide,
        count=count,
        per_day=26.0,
        judged=judged,
        unjudged=unjudged or {},
        effects=effects,
        few=few,
    )


def account(*, left: bool = True) -> ExitAccount:
    return ExitAccount(
        symbol="ACME",
        day=DAY.isoformat(),
        recommendations=2 if left else 0,
        left_at_ns=at(1_000) if left else None,
        drawdown_staying=100.0,
        drawdown_leaving=10.0,
        drawdown_random=70.0,
        change_staying=-80.0,
        change_leaving=-5.0,
        change_random=-40.0,
        drawdown_near=12.0 if left else None,
        change_near=-6.0 if left else None,
        from_high=-10.0 if left else None,
        to_low=-90.0 if left else None,
        to_last=-75.0 if left else None,
    )


def card_of(*rows: ScoreRow) -> Scorecard:
    """Return a card of one day with these rows and nothing else."""
    return Scorecard(
        rules=RULES,
        seed=5,
        config_hash="0123456789abcdef",
        days=(("ACME", DAY.isoformat()),),
        market=None,
        rows=rows,
        controls={},
        accounts=(),
        false_exits=FalseExits(0, 0, None),
        alerts_a_day={"ACME": 7.0},
        account=RowAccount(KindAccount(read=3, judged=3), KindAccount(read=5, judged=5)),
        settings=("Alerts: by fixed thresholds",),
        day_counts=(DayCount("ACME", DAY.isoformat(), 7, 0),),
    )
