"""Checks of whether the provider lets the key in, and of what it says of time and market."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from trading_bot.doctor.asking import is_asked_first, is_asked_later, needs_provider
from trading_bot.doctor.check import Check, fail, found_and_mend, ok, warn
from trading_bot.doctor.looked import Looked
from trading_bot.doctor.questions import (
    NO_REFERENCE,
    NOT_ASKED,
    OWN_TIME_FROM,
    MarketAnswer,
    Questions,
    refusal_of_key,
)
from trading_bot.order_flow.calendar import NEW_YORK, next_session, session_at
from trading_bot.order_flow.feed.access import NO_ENTRY
from trading_bot.order_flow.market.facts import MarketState
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc, utc_from_ns
from trading_bot.order_flow.validators import MAX_CLOCK_SKEW

WARN_OFFSET: Final = timedelta(seconds=1)
_SET_CLOCK: Final = "let the system set its clock by the network (NTP)"
_THIS_MACHINE: Final = ("127.0.0.1", "::1", "localhost")
_MINUTE_NS: Final = 60 * NS_PER_SECOND
_SILENT: Final = "this provider has no word on it"


@is_asked_first
def key_accepted(_looked: Looked, questions: Questions) -> Check:
    """Ask the provider the first question, with the key."""
    error = questions.market.error
    host = questions.provider.host
    if error is None:
        return ok(f"{host} lets it in")
    if questions.market.code == NO_REFERENCE and questions.entry is not None:
        return ok(f"{host} lets it in")
    if questions.market.code == NO_REFERENCE:
        return ok(f"{host} has no question of its own for that; trades below show it")
    sentence = refusal_of_key(error) or str(error)
    found, mend = found_and_mend(sentence, "ask again later, or look at the provider's page")
    return fail(f"{found} [{questions.market.code}]", mend)


@is_asked_later
def dataset(_looked: Looked, questions: Questions) -> Check:
    """Ask what the dataset has."""
    answer = questions.dataset
    if answer.code == NO_REFERENCE:
        return ok(f"{questions.provider.capabilities.dataset}: {questions.provider.name} has one")
    if answer.value is not None:
        return ok(answer.value)
    if answer.code == NOT_ASKED:
        return ok(f"not asked: {answer.error}")
    found, mend = found_and_mend(str(answer.error), "look at the provider's page of it")
    # Who was let in has it: what is asked beside the gateway only says more of it.
    is_refused = answer.code in NO_ENTRY
    return (fail if is_refused else warn)(f"{found} [{answer.code}]", mend)


@needs_provider
def depth_feed(_looked: Looked, questions: Questions) -> Check:
    """Ask a second feed, of which the levels come, whether it lets us in."""
    answer = questions.depth_entry
    if answer is None:
        return ok("one provider brings all")
    if answer.value is None:
        found, mend = found_and_mend(str(answer.error), "ask again later")
        return fail(f"{found} [{answer.code}]", mend)
    unknown = answer.value.unknown
    if unknown:
        return warn(
            f"{'; '.join(unknown.values())}: no depth of it will be seen", "another dataset"
        )
    return ok(f"{questions.provider.host.rpartition(' and ')[2]} lets it in")


@is_asked_later
def clock(_looked: Looked, questions: Questions) -> Check:
    """Compare the machine's clock with the provider's."""
    market = questions.market.value
    if market is None:
        return ok(f"not compared: {_SILENT}")
    return clock_of(market, questions.config.base_url)


def clock_of(market: MarketAnswer, base_url: str | None) -> Check:
    """Judge how far the machine's clock is off; what the answer's way hides is not held against it.

    Args:
        market: The answer.
        base_url: Of the settings, where it is not the provider's own.
    """
    offset = market.offset
    apart = max(abs(offset) - market.took / 2, timedelta(0))
    seconds = abs(offset).total_seconds()
    found = f"{seconds:,.1f} s {'behind' if offset > timedelta(0) else 'ahead of'} the provider's"
    if base_url is not None and abs(offset) > OWN_TIME_FROM:
        if urlsplit(base_url).hostname in _THIS_MACHINE:
            return ok(f"{base_url} keeps a time of its own, {_days(offset)}; the guard goes by it")
        return warn(f"{found}; the guard goes by the provider's", _SET_CLOCK)
    if apart > MAX_CLOCK_SKEW:
        limit = MAX_CLOCK_SKEW.total_seconds()
        return fail(f"{found}, more than the {limit:g} s that the guard can bear", _SET_CLOCK)
    return warn(found, _SET_CLOCK) if apart > WARN_OFFSET else ok(found)


@is_asked_later
def market(_looked: Looked, questions: Questions) -> Check:
    """Say whether the market trades now, and when that changes."""
    answer = questions.market.value
    if answer is None:
        return ok(f"not asked: {_SILENT}; the calendar counts")
    now_ns = ns_from_utc(answer.server_time)
    by_calendar = _state_at(now_ns)
    change = _next_change(now_ns)
    said = f"{answer.state}; {change}"
    # A minute around a change either may be first.
    if answer.state == by_calendar or _state_at(now_ns + _MINUTE_NS) == answer.state:
        return ok(said)
    return warn(
        f"{answer.state} by the provider, {by_calendar} by the calendar; {change}",
        "look at the exchange's notices; the guard goes by the calendar's sessions and watches "
        "while the provider says that it trades",
    )


def _state_at(now_ns: int) -> MarketState:
    session = session_at(now_ns)
    if session is None:
        return "closed"
    return "open" if session.open_ns <= now_ns < session.close_ns else "extended-hours"


def _next_change(now_ns: int) -> str:
    session = session_at(now_ns) or next_session(now_ns)
    changes = (
        (session.extended_open_ns, "extended hours begin"),
        (session.open_ns, "it opens"),
        (session.close_ns, "it closes"),
        (session.extended_close_ns, "extended hours end"),
    )
    at_ns, what = next(each for each in changes if each[0] > now_ns)
    local = utc_from_ns(at_ns).astimezone(NEW_YORK)
    return f"{what} {local:%a %Y-%m-%d %H:%M} New York"


def _days(offset: timedelta) -> str:
    way = "ahead" if offset > timedelta(0) else "behind"
    seconds = round(abs(offset).total_seconds())
    return f"{seconds // 86_400} d {seconds % 86_400 // 3_600} h {seconds % 3_600 // 60} min {way}"
