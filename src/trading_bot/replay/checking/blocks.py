"""One block of lines for each file: what a person reads at a glance."""

from __future__ import annotations

from trading_bot.recorded.account import refusals_said
from trading_bot.replay.checking.facts import FileFacts
from trading_bot.replay.checking.verdict import counted

_NAMED = 6
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_STEP = 1_000


def block_lines(facts: FileFacts) -> list[str]:
    """Return what is known of one file."""
    head = f"{facts.path}  {size_said(facts.size_bytes)}"
    if facts.problem is not None:
        told = facts.problem.removeprefix(str(facts.path)).lstrip(":, ")
        return [f"{head}  NOT USABLE", f"  {told}"]
    lines = [f"{head}  {_what(facts)}"]
    if facts.beside:
        return [*lines, "  No rows of its own: its twin's are read with it, or none are wanted"]
    if not facts.looked_at:
        return [*lines, f"  No rows{'' if facts.whole else ' looked at'}"]
    lines += [
        f"  {name:<9} {told}"
        for name, told in (
            ("Rows", _rows(facts)),
            ("Refused", _refused(facts)),
            ("Symbols", _listed(sorted(facts.symbols), is_whole=facts.whole)),
            ("Days", _listed([str(day) for day in facts.days], is_whole=facts.whole)),
            ("Sessions", _sessions(facts)),
            ("Order", facts.order if facts.usable else ""),
            ("Sizes", facts.unit and f"quotes count {facts.unit}"),
        )
        if told
    ]
    return lines


def size_said(size: float) -> str:
    """Return a number of bytes in words."""
    for unit in _UNITS[:-1]:
        if size < _STEP:
            return f"{size:,.0f} {unit}" if unit in _UNITS[:2] else f"{size:,.1f} {unit}"
        size /= _STEP
    return f"{size:,.1f} {_UNITS[-1]}"


def _what(facts: FileFacts) -> str:
    kinds = [name for name in ("trades", "quotes") if getattr(facts, name)]
    if all(kind in facts.form for kind in kinds):
        return facts.form
    return f"{facts.form} of {' and '.join(kinds)}"


def _rows(facts: FileFacts) -> str:
    kinds = ((facts.trades, "trade"), (facts.quotes, "quote"))
    said = ", ".join(counted(number, name) for number, name in kinds if number) or "none usable"
    fractions = (
        f"; {facts.fractional:,} with a fraction of a share, of which rules count whole shares"
        if facts.fractional
        else ""
    )
    if facts.whole:
        return f"{said}{fractions}"
    where = "its first ones" if facts.cut_short else "from its beginning to its end"
    return f"{said} looked at, {where}{fractions}"


def _refused(facts: FileFacts) -> str:
    count = facts.refused.total()
    why = f": {refusals_said(facts.refused)}" if count else ""
    return f"{count:,} of {facts.looked_at:,}{why}"


def _sessions(facts: FileFacts) -> str:
    if not facts.usable:
        return ""
    if not facts.outside:
        return "all rows within"
    return (
        f"{facts.outside:,} of {facts.usable:,} rows outside ({facts.outside / facts.usable:.0%})"
    )


def _listed(names: list[str], *, is_whole: bool) -> str:
    if not names:
        return ""
    seen = "" if is_whole else " seen"
    if len(names) <= _NAMED:
        return f"{len(names)}{seen}: {', '.join(names)}"
    return f"{len(names):,}{seen}: {names[0]} to {names[-1]}"
