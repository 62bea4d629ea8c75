"""How often stated sides and confidences were right.

Counts are integers, and each share is divided once. A print without a side counts one half: that is
what guessing it would earn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from trading_bot.order_flow.rules.side.side_rules import SideRule, TradeSide, confidence_of
from trading_bot.recorded.account import RowAccount
from trading_bot.research.side_tape import KnownPrint


@dataclass(frozen=True, slots=True)
class RuleScore:
    """How often one rule was right; a print without a side counts one half.

    Attributes:
        by_trades: Share of the prints.
        by_shares: Share of the shares.
        visible: Share of the prints against displayed orders; None without such prints.
        hidden: Share of the prints against hidden orders; None without such prints.
    """

    by_trades: float
    by_shares: float
    visible: float | None
    hidden: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """What one stated confidence was worth.

    Attributes:
        confidence: Stated, as a fraction.
        prints: How many prints were given it.
        right: Share of them that was right.
    """

    confidence: float
    prints: int
    right: float


@dataclass(frozen=True, slots=True)
class SidesReport:
    """The measurement of one tape.

    Attributes:
        symbol: Ticker.
        day: Trading day in New York.
        prints: Prints with a known side: those that are scored.
        quotes: Quote changes.
        hidden_prints: How many of the prints were against orders that the book did not show.
        account: What became of the rows.
        rule: The rule that the fields below speak of.
        rules: Score of every rule.
        calibration: One row per stated confidence, lowest first.
        calibration_error: Mean absolute difference of stated and measured, weighted by prints.
        coverage: Share of the prints that were given a side.
        deciding: Prints by the name of the evidence that decided, and how many of them were right,
            most frequent first.
        confusion: Prints by (true side, given side).
        events_per_second: Quotes and prints through the classifier, median of three passes.
    """

    symbol: str
    day: date
    prints: int
    quotes: int
    hidden_prints: int
    account: RowAccount
    rule: SideRule
    rules: dict[SideRule, RuleScore]
    calibration: tuple[Calibration, ...]
    calibration_error: float
    coverage: float
    deciding: tuple[tuple[str, int, float], ...]
    confusion: dict[tuple[str, str], int]
    events_per_second: float

    def to_json_dict(self) -> dict[str, object]:
        """Give what `--json` prints: shares and error as fractions, the rate in whole events."""
        return {
            "warnings": self.account.warnings(),
            "symbol": self.symbol,
            "prints": self.prints,
            "hidden_prints": self.hidden_prints,
            "account": self.account.to_json_dict(),
            "rules": {
                rule: {
                    "by_trades": score.by_trades,
                    "by_shares": score.by_shares,
                    "visible": score.visible,
                    "hidden": score.hidden,
                }
                for rule, score in self.rules.items()
            },
            "calibration_error": self.calibration_error,
            "events_per_second": round(self.events_per_second),
        }

    def rule_rows(self) -> list[tuple[str, ...]]:
        """Give the table of rules: name, by trades, by shares, visible, hidden, in per cent."""
        return [
            (
                rule,
                *(
                    "-" if share is None else f"{100 * share:.2f}"
                    for share in (score.by_trades, score.by_shares, score.visible, score.hidden)
                ),
            )
            for rule, score in self.rules.items()
        ]

    def calibration_rows(self) -> list[tuple[str, ...]]:
        """Give the calibration table: stated, measured, prints."""
        return [
            (f"{row.confidence:.3f}", f"{row.right:.3f}", f"{row.prints:,}")
            for row in self.calibration
        ]

    def confusion_rows(self) -> list[tuple[str, ...]]:
        """Give the confusion table: true side, then prints called buy, sell, unknown."""
        return [
            (
                true,
                *(
                    f"{self.confusion.get((true, given), 0):,}"
                    for given in ("buy", "sell", "unknown")
                ),
            )
            for true in ("buy", "sell")
        ]


def score(prints: Sequence[KnownPrint], results: Sequence[TradeSide]) -> RuleScore:
    """Compare one rule's sides with the known ones.

    Raises:
        ValueError: No print has a known side.
    """
    # [half points, possible half points] for prints, shares, visible and hidden prints
    trades, shares, visible, hidden = [0, 0], [0, 0], [0, 0], [0, 0]
    for known, result in zip(prints, results, strict=True):
        if known.true_side is None:
            continue
        points = half_points(known.true_side, result[0])
        for tally, weight in (
            (trades, 1),
            (shares, known.size),
            (hidden if known.hidden else visible, 1),
        ):
            tally[0] += points * weight
            tally[1] += 2 * weight
    if not trades[1]:
        raise ValueError("no print has a known side, so there is nothing to measure")
    return RuleScore(
        by_trades=trades[0] / trades[1],
        by_shares=shares[0] / shares[1],
        visible=visible[0] / visible[1] if visible[1] else None,
        hidden=hidden[0] / hidden[1] if hidden[1] else None,
    )


def calibrate(
    prints: Sequence[KnownPrint], results: Sequence[TradeSide]
) -> tuple[tuple[Calibration, ...], float]:
    """Compare each stated confidence with the share that was right.

    Returns:
        One row per confidence, lowest first, and the mean absolute difference over the prints.
    """
    halves: dict[int, int] = defaultdict(int)
    counts: dict[int, int] = defaultdict(int)
    for known, result in zip(prints, results, strict=True):
        if known.true_side is not None:
            confidence = confidence_of(result)
            counts[confidence] += 1
            halves[confidence] += half_points(known.true_side, result[0])
    rows = tuple(
        Calibration(stated / 1000, counts[stated], halves[stated] / (2 * counts[stated]))
        for stated in sorted(counts)
    )
    # In half thousandths of a print, so that the sum is exact.
    off = 0
    for stated, count in counts.items():
        off += abs(2 * stated * count - 1000 * halves[stated])
    return rows, off / (2000 * sum(counts.values()))


def half_points(true_side: str, given: str) -> int:
    """Two for right, one for unknown, none for wrong."""
    if given == true_side:
        return 2
    return 1 if given == "unknown" else 0
