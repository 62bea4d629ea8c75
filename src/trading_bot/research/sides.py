"""How often the classifier is right, measured on recorded days with known sides.

The shell behind `trading-bot sides`. Every rule sees the same tape; what the file knows of the
sides stays with the score.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Literal, get_args

from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.market.units import FAR_FUTURE_NS, NS_PER_MS
from trading_bot.order_flow.rules.side.classifier import WINDOW_PER_MEAN_DELAY, DueTrade
from trading_bot.order_flow.rules.side.matching import EXACT, MILLISECONDS, Matching
from trading_bot.order_flow.rules.side.side_rules import SIDE_RULES, SideRule, TradeSide
from trading_bot.recorded.recognise import common_format
from trading_bot.recorded.sources import ReadOptions
from trading_bot.research.side_scores import (
    RuleScore,
    SidesReport,
    calibrate,
    half_points,
    score,
)
from trading_bot.research.side_tape import Tape, TapeEvent, as_live, jittered, read_lobster
from trading_bot.research.stated_tape import read_stated

Stamps = Literal["exact", "ms"]
"""As fine as they were recorded, or as a live stream brings them."""
STAMPS: tuple[Stamps, ...] = get_args(Stamps)
_TIMED_PASSES = 3


def classify(
    events: Sequence[TapeEvent],
    rule: SideRule,
    *,
    matching: Matching = EXACT,
    defer_ms: int = 0,
) -> tuple[list[TradeSide], float]:
    """Run one rule over a tape.

    Returns:
        The result of each print in order, and the seconds it took.
    """
    classifier = matching.classifier(rule=rule, defer_ms=defer_ms)
    on_quote = classifier.on_quote
    on_trade = classifier.on_trade
    due = classifier.due
    results: list[TradeSide] = []
    started = monotonic_seconds()
    if defer_ms:
        waited: list[DueTrade] = []
        for is_quote, stamp, first, second, third, fourth in events:
            # First what is due, so that no print waits longer, and learns more, than it may.
            waited += due(stamp)
            if is_quote:
                on_quote(stamp, first, second, third, fourth)
            else:
                on_trade(stamp, first, second, third, None)
        waited += due(FAR_FUTURE_NS)
        results = [released.result for released in waited]
    else:
        for is_quote, stamp, first, second, third, fourth in events:
            if is_quote:
                on_quote(stamp, first, second, third, fourth)
            else:
                results.append(on_trade(stamp, first, second, third, None))
    return results, monotonic_seconds() - started


def measure(
    tape: Tape,
    *,
    rule: SideRule = "full",
    matching: Matching = EXACT,
    defer_ms: int = 0,
    progress: Callable[[str], None] | None = None,
    rules: Sequence[SideRule] = SIDE_RULES,
) -> SidesReport:
    """Score every rule on a tape, and look closer at one.

    Args:
        tape: Quotes and prints with known sides.
        rule: The rule for calibration, coverage, deciding evidence, confusion and speed.
        matching: How prints meet quotes; only `full` uses it.
        defer_ms: Wait of `full`; the published rules do not wait.
        progress: Told what is done next.
        rules: Those that are scored, the one looked closer at among them.

    Raises:
        ValueError: No print has a known side.
    """
    scores: dict[SideRule, RuleScore] = {}
    chosen: list[TradeSide] = []
    rates: list[float] = []
    for each in rules:
        if progress is not None:
            progress(f"judging {len(tape.prints):,} prints by {each}")
        wait_ms = defer_ms if each == "full" else 0
        for _ in range(_TIMED_PASSES if each == rule else 1):
            results, seconds = classify(tape.events, each, matching=matching, defer_ms=wait_ms)
            if each == rule:
                chosen = results
                rates.append(len(tape.events) / max(seconds, 1e-9))
        scores[each] = score(tape.prints, results)
    rows, error = calibrate(tape.prints, chosen)
    confusion: Counter[tuple[str, str]] = Counter()
    deciding: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    scored = signed = 0
    for known, (side, _, evidence) in zip(tape.prints, chosen, strict=True):
        if known.true_side is None:
            continue
        scored += 1
        signed += side != "unknown"
        confusion[known.true_side, side] += 1
        deciding[evidence][0] += 1
        deciding[evidence][1] += half_points(known.true_side, side)
    return SidesReport(
        symbol=tape.symbol,
        day=tape.day,
        prints=scored,
        quotes=len(tape.events) - len(tape.prints),
        hidden_prints=sum(each.hidden for each in tape.prints if each.true_side is not None),
        account=tape.account,
        rule=rule,
        rules=scores,
        calibration=rows,
        calibration_error=error,
        coverage=signed / scored,
        deciding=tuple(
            (evidence, count, halves / (2 * count))
            for evidence, (count, halves) in sorted(
                deciding.items(), key=lambda item: (-item[1][0], item[0])
            )
        ),
        confusion=dict(confusion),
        events_per_second=median(rates),
    )


def run_sides(
    *paths: Path | str,
    rule: SideRule = "full",
    jitter_ms: tuple[float, float] | None = None,
    seed: int = 5,
    clock_window_ms: float | None = None,
    defer_ms: int = 0,
    stamps: Stamps = "exact",
    progress: Callable[[str], None] | None = None,
    options: ReadOptions | None = None,
    rules: Sequence[SideRule] = SIDE_RULES,
) -> SidesReport:
    """Read a stock-day whose sides are known, and measure every rule on it.

    Args:
        paths: The sample `.zip`, the message or order-book file, or both where they are not named
            as LOBSTER's.
        rule: The rule to look closer at.
        jitter_ms: Mean delays of quotes and prints in milliseconds; None leaves the clocks clean.
        seed: Of the delays.
        clock_window_ms: By how much the prints' clock may lag. None means with exact stamps five
            times the larger mean delay, 0 without jitter; with others what a live run takes.
        defer_ms: How long `full` waits for the rest of an order.
        stamps: `exact` leaves them; `ms` measures what a live run does, whose stamps are cut to
            milliseconds, delays included: its order of events and its matching.
        progress: Told what is done next.
        options: Which rows; None for all.
        rules: Those that are scored, the one looked closer at among them.

    Raises:
        FileNotFoundError: The file or its twin is missing.
        ValueError: It is no LOBSTER file, holds no print with a known side, or an option is out of
            range.
    """
    if progress is not None:
        progress(f"reading {', '.join(Path(path).name for path in paths)}")
    files = [Path(path) for path in paths]
    if common_format(files) in ("polygon", "databento"):
        tape = read_stated(files, options)
    else:
        tape = read_lobster(*files, options=options)
    if jitter_ms is not None:
        quote_ms, trade_ms = jitter_ms
        events = jittered(tape.events, quote_ms=quote_ms, trade_ms=trade_ms, seed=seed)
        tape = replace(tape, events=events)
    matching = EXACT
    if stamps == "ms":
        matching = MILLISECONDS
        tape = replace(tape, events=as_live(tape.events, matching.step_ns))
    elif clock_window_ms is None:
        clock_window_ms = WINDOW_PER_MEAN_DELAY * max(jitter_ms or (0.0,))
    if clock_window_ms is not None:
        matching = replace(matching, clock_window_ns=round(clock_window_ms * NS_PER_MS))
    return measure(
        tape,
        rule=rule,
        matching=matching,
        defer_ms=defer_ms,
        progress=progress,
        rules=rules,
    )
