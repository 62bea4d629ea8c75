"""A scorecard as tables of text, for the terminal and for the page alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from trading_bot.research.bootstrap import ENOUGH
from trading_bot.research.looks.cells import (
    FEW,
    LEFT,
    cell_of,
    cells_of,
    chance_in_words,
    outcome_in_words,
)
from trading_bot.research.looks.chance import LEVEL
from trading_bot.research.looks.family import Look, looks_of
from trading_bot.research.outcomes import HORIZONS_SECONDS, OutcomeRules
from trading_bot.research.position.exit_account import ExitAccount
from trading_bot.research.position.words import compared_table, dollars_table
from trading_bot.research.score_run import Scorecard
from trading_bot.research.scorecard import ScoreRow
from trading_bot.research.text_table import TextTable

_MIDS = tuple(f"mid_{after}" for after in HORIZONS_SECONDS)
_MID_NAMES = tuple(f"mid {after} s" for after in HORIZONS_SECONDS)
_FEW_NOTE = (
    f"In brackets, grey and marked {FEW!r}: fewer than {ENOUGH} judged, so there is no interval "
    "and no finding."
)
_MOST_LOOKS = 20
"""So many cells that miss zero are shown, but where all rows are asked for."""


def tables_of(card: Scorecard, *, all_rows: bool = False) -> list[TextTable]:
    """Return what a card holds, most important first.

    Args:
        card: What was scored.
        all_rows: Also show parts of a kind with too few events to say anything, and every cell
            that misses zero.
    """
    return [*alert_tables_of(card, all_rows=all_rows), *position_tables_of(card)]


def alert_tables_of(card: Scorecard, *, all_rows: bool = False) -> list[TextTable]:
    """Return what a card says of alerts; see `tables_of`."""
    title = "What followed the alerts, against matched random seconds"
    looks = looks_of(card.rows)
    return [
        _enough(_effects(title, card.rows, len(looks)), card.rows, all_rows=all_rows),
        _enough(_hits(card.rows, card.rules), card.rows, all_rows=all_rows),
        _looks(looks, all_rows=all_rows),
        _enough(
            _negative(card.controls),
            [row for rows in card.controls.values() for row in rows],
            all_rows=all_rows,
        ),
    ]


def position_tables_of(card: Scorecard) -> list[TextTable]:
    """Return what a card says of a position."""
    return [
        dollars_table(card.positions),
        compared_table(card.compared),
        _exits(card.accounts),
    ]


def _head(row: ScoreRow) -> tuple[str, ...]:
    return row.name, f"{row.count:,}", f"{row.per_day:.1f}", f"{row.judged:,}"


def _enough(table: TextTable, rows: Sequence[ScoreRow], *, all_rows: bool) -> TextTable:
    """Leave out parts of a kind that say nothing, and tell how many there were."""
    if not any(row.count for row in rows):
        return replace(table, rows=())
    few = any(row.effects is None for row in rows)
    note = f"{_FEW_NOTE} {table.note}" if few else table.note
    if all_rows:
        return replace(table, note=note)
    kept = [
        line
        for line, row in zip(table.rows, rows, strict=True)
        if row.is_whole or row.effects is not None
    ]
    missing = len(rows) - len(kept)
    if missing:
        said = f"{missing} row{'s'[: missing != 1]} of a part with fewer than {ENOUGH} judged"
        note = f"{said} left out; --all-rows shows them. {note}"
    return replace(table, rows=tuple(kept), note=note)


def _effects(title: str, rows: Iterable[ScoreRow], looks: int) -> TextTable:
    columns = (*_MIDS, "bid_60", "bid_300", "lowest_300")
    return TextTable(
        title,
        ("kind", "number", "a day", "judged", *_MID_NAMES, "bid 60 s", "bid 300 s", "lowest"),
        tuple((*_head(row), *cells_of(row, columns)) for row in rows),
        "Basis points: mean after the alerts minus mean after matched random seconds, with its "
        "95 % bootstrap interval. An interval that holds zero shows nothing; one with "
        f"{LEFT} is left after Holm's correction for all {looks:,} cells of this card.",
        narrow=(0, 1, 3, 6, 7),
    )


def _hits(rows: Iterable[ScoreRow], rules: OutcomeRules) -> TextTable:
    columns = [f"{kind}_{bp}" for bp in rules.hit_bp for kind in ("down", "up", "down_minus_up")]
    names = [f"{kind} {bp} bp" for bp in rules.hit_bp for kind in ("down", "up", "down - up")]
    return TextTable(
        "How often the midpoint reached a distance within 300 s, against matched seconds",
        ("kind", "number", "a day", "judged", *names),
        tuple((*_head(row), *cells_of(row, columns)) for row in rows),
        "Percentage points.",
        narrow=(0, 1, 3, 6),
    )


def _looks(looks: Sequence[Look], *, all_rows: bool) -> TextTable:
    found = sorted(
        (look for look in looks if look.effect.misses_zero), key=lambda look: look.effect.p
    )
    shown = found if all_rows else found[:_MOST_LOOKS]
    more = len(found) - len(shown)
    return TextTable(
        "How likely chance makes what misses zero: looked at once, and among all cells",
        ("kind", "outcome", "judged", "difference", "p, once", "p, of all", "left"),
        tuple(
            (
                look.row.name,
                outcome_in_words(look.outcome),
                f"{look.row.judged:,}",
                cell_of(look.outcome, look.effect, marked=False),
                chance_in_words(look.effect.p),
                chance_in_words(
                    1.0 if look.effect.p_corrected is None else look.effect.p_corrected
                ),
                "yes" if look.effect.is_left else "no",
            )
            for look in shown
        ),
        f"{len(found):,} of {len(looks):,} cells miss zero; about {LEVEL * len(looks):.1f} would "
        "by chance. p once: Student's t on blocks, two-sided. p of all: corrected by Holm for "
        f"all {len(looks):,}; below {LEVEL:g} it is left."
        + (f" {more:,} more are not shown; --all-rows shows them." if more else ""),
        empty="no interval misses zero" if looks else "no cell has an interval",
    )


def _negative(controls: dict[str, tuple[ScoreRow, ...]]) -> TextTable:
    lines = []
    for name, rows in controls.items():
        for row in rows:
            said = {None: FEW, True: "FAILED", False: "passed"}[row.shows_a_fall]
            lines.append((name, *_head(row), *cells_of(row, _MIDS), said))
    return TextTable(
        "Negative controls: none of these may show a fall",
        ("control", "kind", "number", "a day", "judged", *_MID_NAMES, "said"),
        tuple(lines),
        "Mirrored: the rules over the tape upside down (bursts of buying, large buyers). "
        "Shuffled: sides by a coin. Shifted: the alerts 30 minutes away. A fall at any horizon "
        "fails. These are not corrected for looks: that would let more of them pass.",
        narrow=(0, 1, 2, 7, 9),
    )


def _exits(accounts: Sequence[ExitAccount]) -> TextTable:
    return TextTable(
        "A position over each day, left at the day's first exit",
        (
            "day",
            "exits",
            "drawdown, stayed",
            "drawdown, left",
            "drawdown, random",
            "drawdown, near by",
            "change, stayed",
            "change, left",
            "change, random",
            "change, near by",
            "high to exit",
            "exit to low",
            "exit to last",
        ),
        tuple(
            (
                f"{each.symbol} {each.day}",
                str(each.recommendations),
                *(
                    "-" if value is None else f"{value:+.1f}"
                    for value in (
                        -each.drawdown_staying,
                        -each.drawdown_leaving,
                        -each.drawdown_random,
                        None if each.drawdown_near is None else -each.drawdown_near,
                        each.change_staying,
                        each.change_leaving,
                        each.change_random,
                        each.change_near,
                        each.from_high,
                        each.to_low,
                        each.to_last,
                    )
                ),
            )
            for each in accounts
        ),
        "Basis points at the best bid, of a short position at the best ask. Leaving at any moment "
        "makes a drawdown smaller: compare with leaving at a random second of the day, and at one "
        "within 30 minutes of the exit. "
        "Each row is one path of the price: n = 1, so no figure has an interval.",
        narrow=(0, 1, 2, 3, 5),
        empty="no position was held, so nothing is known",
        single=True,
    )
