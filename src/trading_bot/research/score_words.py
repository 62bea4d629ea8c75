"""What a scorecard says as plain sentences, for the terminal and for the page alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from trading_bot.research.bootstrap import ENOUGH, Effect
from trading_bot.research.looks.cells import outcome_in_words
from trading_bot.research.looks.chance import LEVEL
from trading_bot.research.looks.family import Look, looks_of
from trading_bot.research.outcomes import FALSE_EXIT, HORIZONS_SECONDS, MAIN_COLUMN
from trading_bot.research.score_run import Scorecard
from trading_bot.research.scorecard import (
    ALERTS_A_DAY_WANTED,
    ANY_ALERT,
    EXIT,
    FALSE_EXITS_WANTED,
    ScoreRow,
    Shown,
    rate_is_met,
)

RESTING_BID = "resting_bid"


def verdicts(card: Scorecard) -> list[str]:
    """Return the findings as sentences, with nothing claimed that was not measured."""
    found = []
    for symbol, rate in card.alerts_a_day.items():
        low, high = ALERTS_A_DAY_WANTED
        met = "met" if rate_is_met(rate) else "NOT MET"
        days = [each.alerts for each in card.day_counts if each.symbol == symbol]
        by_day = f" On {sum(map(rate_is_met, days))} of {len(days)} days." if len(days) > 1 else ""
        seen = (
            f"{sum(days):,} alert{'s'[: sum(days) != 1]}, {len(days):,} day{'s'[: len(days) != 1]}"
        )
        wanted = f"wanted {low:.0f} to {high:.0f}: {met}."
        found.append(f"{symbol}: {rate:,.1f} alerts a day ({seen}); {wanted}{by_day}")
    exits = card.false_exits
    if exits.share is None or exits.control_share is None:
        found.append("No exit could be judged, so nothing is known of false exits.")
    else:
        met = {None: "too few to say", True: "met", False: "NOT MET"}[exits.met]
        effect = false_exit_effect(card)
        apart = "" if effect is None else f", difference {points(effect)}"
        found.append(
            f"{exits.false:,} of {exits.judged:,} exits ({exits.share:.0%}) were false; wanted "
            f"less than {FALSE_EXITS_WANTED:.0%}: {met}. Matched random seconds: "
            f"{exits.control_share:.0%}{apart}."
        )
    if not any(row.count for row in card.rows):
        rows = f"{card.account.judged:,} judged rows"
        found.append(f"No alert was raised in {rows}: nothing is known of what follows one.")
    looks = looks_of(card.rows)
    found += [
        _verdict(row, card.rows, len(looks)) for row in card.rows if row.is_whole and row.count
    ]
    silent = [_name(row) for row in card.rows if row.is_whole and not row.count]
    if silent:
        found.append(f"No alert was raised of: {', '.join(silent).lower()}.")
    if looks:
        found.append(_what_is_left(looks))
    found.append(_negative_controls(card))
    if len(card.days) == 1:
        ((symbol, day),) = card.days
        found.append(
            f"One symbol, one day, {day[:4]}: nothing here says what {symbol} does on other days, "
            "or other symbols do."
        )
    found.append(
        "These are differences of a few basis points, often less than the spread: information "
        "about risk, no forecast to trade on, and no saving."
    )
    return found


def false_exit_effect(card: Scorecard) -> Effect | None:
    """Return how much more of the exits are false than of matched seconds; None for too few."""
    for row in card.rows:
        if row.kind == EXIT and row.is_whole and row.effects is not None:
            return row.effects[FALSE_EXIT]
    return None


def points(effect: Effect) -> str:
    """Return a difference of shares with its interval, in percentage points."""
    found, low, high = (100 * each for each in (effect.difference, effect.low, effect.high))
    return f"{found:+.0f} [{low:+.0f}, {high:+.0f}] points"


def _what_is_left(looks: Sequence[Look]) -> str:
    """Say how many cells miss zero, and which of them are more than so many looks would give."""
    missing = sum(look.effect.misses_zero for look in looks)
    cells = f"{len(looks):,} cell{'s'[: len(looks) != 1]}"
    said = (
        f"Of {cells} {missing:,} miss zero, of which about {LEVEL * len(looks):.1f} would by "
        f"chance. After Holm's correction for {cells} "
    )
    left = [look for look in looks if look.effect.is_left]
    if not left:
        return f"{said}none is left."
    whole: dict[str, list[str]] = {}
    for look in left:
        if look.row.is_whole:
            whole.setdefault(_name(look.row), []).append(outcome_in_words(look.outcome))
    names = "; ".join(f"{name.lower()} ({', '.join(each)})" for name, each in whole.items())
    of_parts = len(left) - sum(map(len, whole.values()))
    parts = [names] if names else []
    parts += [f"{of_parts:,} of a part of a kind"] if of_parts else []
    return f"{said}{len(left):,} {'are' if len(left) > 1 else 'is'} left: {', and '.join(parts)}."


def _negative_controls(card: Scorecard) -> str:
    """Say how many negative controls could be looked at, and which of them fail."""
    controls = [(name, row) for name, rows in card.controls.items() for row in rows]
    enough = [(name, row) for name, row in controls if row.effects is not None]
    few = len(controls) - len(enough)
    rest = f"; {few} of {len(controls)} have too few to say" if few else ""
    if not enough:
        return f"No negative control of {few} has the {ENOUGH} alerts that a verdict needs."
    failed = [
        f"{name} {row.name} ({_seconds(after)})"
        for name, row in enough
        if (after := _horizons(row, "fall"))
    ]
    if not failed:
        return f"Of {len(enough)} negative controls with {ENOUGH} alerts none shows a fall{rest}."
    return (
        f"{len(failed)} of {len(enough)} negative controls with {ENOUGH} alerts show a fall: "
        f"{'; '.join(failed)}{rest}. What the rules above show may be of the same making."
    )


def _name(row: ScoreRow) -> str:
    return (row.source or row.kind).replace("_", " ").capitalize()


def _verdict(row: ScoreRow, rows: Iterable[ScoreRow], looks: int) -> str:
    name = _name(row)
    if row.effects is None:
        said = f"{name}: {row.judged} judged, too few to say anything (at least {ENOUGH})."
        return said + _with_market(row, rows)
    parts = []
    does: dict[Shown, str] = {"fall": "falls", "rise": "rises"}
    for shown, verb in does.items():
        if after := _horizons(row, shown):
            said = ", ".join(f"{interval(row.effects[f'mid_{n}'])} bp in {n} s" for n in after)
            parts.append(f"the midpoint {verb} more than after matched seconds, {said}")
    if after := _horizons(row, "nothing"):
        said = f"no difference from matched seconds in {_seconds(after)}"
        if not parts:
            said += f", {interval(row.effects[MAIN_COLUMN])} bp in 60 s"
        parts.append(said)
    warning = ""
    if any(shown != "nothing" for shown in (row.shown or {}).values()):
        warning = _left_of(row.effects, looks)
    if row.source == RESTING_BID and not row.shows_a_fall:
        warning += " Large size resting in the bids carries no warning."
    said = f"{name}: {'; '.join(parts)} ({row.judged:,} judged).{warning}"
    return said + _with_market(row, rows)


def _left_of(effects: Mapping[str, Effect], looks: int) -> str:
    """Say at which horizons the midpoint's difference is left once all looks are counted."""
    left = [after for after in HORIZONS_SECONDS if effects[f"mid_{after}"].is_left]
    said = f"it is left in {_seconds(left)}" if left else "nothing of it is left"
    return f" Corrected for {looks:,} looks, {said}."


def _horizons(row: ScoreRow, shown: Shown) -> list[int]:
    """Return the horizons, in seconds, at which the midpoint's interval shows this."""
    return [after for after, found in (row.shown or {}).items() if found == shown]


def _seconds(horizons: Sequence[int]) -> str:
    """Return horizons as words: `10, 30 and 60 s`."""
    *first, last = map(str, horizons)
    return f"{', '.join(first)} and {last} s" if first else f"{last} s"


def _with_market(row: ScoreRow, rows: Iterable[ScoreRow]) -> str:
    tagged = {
        each.market_wide: each.count
        for each in rows
        if (each.kind, each.source) == (row.kind, row.source) and each.market_wide is not None
    }
    known = sum(tagged.values())
    return f" {tagged.get(True, 0):,} of {known:,} came while the market fell." if known else ""


def interval(effect: Effect) -> str:
    """Return a difference with its interval."""
    return f"{effect.difference:+.2f} [{effect.low:+.2f}, {effect.high:+.2f}]"


def not_judged(card: Scorecard) -> str:
    """Say how many events could not be judged, and why."""
    reasons: dict[str, int] = {}
    number = 0
    for row in card.rows:
        if row.is_whole and row.kind != ANY_ALERT:
            number += row.count
            for reason, count in row.unjudged.items():
                reasons[reason] = reasons.get(reason, 0) + count
    if not number:
        return "There was no alert and no exit to judge."
    if not reasons:
        return f"Every alert and exit could be judged, {number:,} in all."
    parts = [f"{count:,} {reason.replace('_', ' ')}" for reason, count in sorted(reasons.items())]
    return f"Not judged: {', '.join(parts)} (of {number:,})."
