"""Check of every symbol that is held or watched: does the provider know it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from trading_bot.doctor.asking import is_asked_later
from trading_bot.doctor.check import Check, State, fail, found_and_mend, ok, warn
from trading_bot.doctor.looked import Looked
from trading_bot.doctor.plan import DELAYED
from trading_bot.doctor.questions import NO_REFERENCE, Questions
from trading_bot.doctor.spelling import spellings
from trading_bot.order_flow.config_bounds import is_symbol
from trading_bot.order_flow.providers.provider import Entry

LOOKED_UP_AT_MOST: Final = 5
"""Symbols without a snapshot that are looked up in the provider's books, two requests each."""


@dataclass(frozen=True, slots=True)
class _Named:
    """What was found of one symbol."""

    state: State
    found: str
    mend: str = ""


@is_asked_later
def symbols(looked: Looked, questions: Questions) -> Check:
    """Ask whether the provider knows every symbol, by one question for all of them."""
    wanted = (*questions.symbols, *looked.holdings.misspelled)
    if not wanted:
        return ok("none is held or watched")
    if questions.entry is not None and questions.entry.value is not None:
        return _let_in(questions.entry.value, wanted)
    # Asked for in any case; likelier spellings of what is not known go along at their own time.
    newest = questions.newest
    if newest.code == DELAYED:
        return warn("not asked: the plan is late", "mend real_time first")
    if newest.value is None:
        return warn("not asked: there is no snapshot", "mend snapshots first")
    unknown = [each for each in wanted if each not in newest.value]
    if not unknown:
        return ok(f"{len(wanted)} known: {', '.join(wanted)}")
    found = _looked_up(questions, unknown)
    state: State = "fail" if any(each.state == "fail" for each in found) else "warn"
    if all(each.state == "ok" for each in found):
        return ok(f"{len(wanted)} known, of which {'; '.join(each.found for each in found)}")
    mends = dict.fromkeys(each.mend for each in found if each.mend)
    return Check(state, "; ".join(each.found for each in found), ", ".join(mends))


def _let_in(entry: Entry, wanted: Sequence[str]) -> Check:
    """Say which symbols a stream has let in."""
    never_asked = [each for each in wanted if not is_symbol(each)]
    wrong = [*entry.unknown.values(), *(f"{each!r} is no symbol" for each in never_asked)]
    if wrong:
        names = ", ".join([*entry.unknown, *map(repr, never_asked)])
        return fail("; ".join(wrong), f"correct or take out {names} where you hold or watch it")
    if entry.unanswered:
        names = ", ".join(entry.unanswered)
        return warn(f"nothing was said of {names} in time", "ask again later")
    return ok(f"{len(wanted)} known: {', '.join(wanted)}")


def _looked_up(questions: Questions, unknown: Sequence[str]) -> list[_Named]:
    meant = {name: spellings(name) for name in unknown}
    asked = tuple(dict.fromkeys(each for others in meant.values() for each in others))
    answer = questions.newest_of(asked).value if asked else {}
    known = frozenset(answer or {})
    found = []
    left = LOOKED_UP_AT_MOST
    for name in unknown:
        right = next((each for each in meant[name] if each in known), None)
        if right is not None:
            mend = f"write {right} for {name} where you hold or watch it"
            found.append(_Named("fail", f"{name!r} is not known, did you mean {right}?", mend))
        elif name not in questions.symbols:
            found.append(_Named("fail", f"{name!r} is no symbol", f"correct {name!r}"))
        elif left:
            left -= 1
            found.append(_in_books(questions, name))
        else:
            mend = "mend the others, then ask again"
            found.append(_Named("warn", f"{name} has no snapshot, not looked up", mend))
    return found


def _in_books(questions: Questions, name: str) -> _Named:
    """Look one symbol up that has no snapshot: before its first trade of a day it has none."""
    answer = questions.listing(name)
    if answer.code == NO_REFERENCE:
        mend = f"look whether {name} is right, or ask again once it trades"
        return _Named("warn", f"{name} has no snapshot", mend)
    if answer.error is not None:
        why, mend = found_and_mend(str(answer.error), "ask again later")
        return _Named("warn", f"{name} has no snapshot, and was not looked up: {why}", mend)
    listing = answer.value
    if listing is None:
        return _Named("fail", f"{name} is not known", f"correct {name} where you hold or watch it")
    if not listing.is_active:
        since = "" if listing.delisted_on is None else f" on {listing.delisted_on}"
        mend = f"take {name} out, or write its new symbol"
        return _Named("fail", f"{name} was delisted{since}", mend)
    return _Named("ok", f"{name} is listed and has not traded today")
