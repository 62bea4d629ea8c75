"""Checks of what the plan holds: each by one question of the shortest span, and one stream."""

from __future__ import annotations

import asyncio
from typing import Final

from trading_bot.doctor.asking import is_asked_later, needs_provider
from trading_bot.doctor.check import Check, fail, found_and_mend, ok, warn
from trading_bot.doctor.looked import Looked
from trading_bot.doctor.questions import NO_HISTORY, NO_REFERENCE, Answer, Questions
from trading_bot.order_flow.calendar import session_at
from trading_bot.order_flow.clock import monotonic_ns
from trading_bot.order_flow.errors import OrderFlowError
from trading_bot.order_flow.feed.doubt.promise import Budget, promise, sentence
from trading_bot.order_flow.feed.poll_feed import cycle_seconds
from trading_bot.order_flow.feed.stream_attempt import Attempt, attempt_stream
from trading_bot.order_flow.journal.lock import holder_of
from trading_bot.order_flow.market.delayed_plan import DELAYED_PLAN, LEAST_DELAY_NS, MOST_DELAY_NS
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.sight.settle import UNKNOWN_SETTLE_NS

DELAYED: Final = "delayed_plan"
REAL_TIME_MEND: Final = "take a plan with real-time trades and quotes"
STREAM_SECONDS: Final = 8.0
"""How long one stream may take to let a symbol in."""
_STREAM_ALONE: Final = "not asked: its stream brings them"
_LATE: Final = "in the plan, but late: see real_time"
_UNKNOWN: Final = "unknown_symbol"
"""Code of an answer that says nothing of the plan: there is no such symbol."""


@is_asked_later
def stream(looked: Looked, questions: Questions) -> Check:
    """Open one stream, subscribe one symbol, and hang up."""
    other = holder_of(looked.log_directory)
    if other is not None:
        # An account may have one stream: a second one would end that of the guard that runs.
        return warn(
            "not asked: another guard runs, and a second stream would end its own",
            "stop that guard first, see journal",
        )
    attempt = asyncio.run(
        attempt_stream(
            questions.provider,
            questions.symbol,
            steady_ns=monotonic_ns,
            is_over=questions.is_over,
            patience_seconds=STREAM_SECONDS,
        )
    )
    questions.stream_refused = not attempt.is_subscribed
    return _of_attempt(attempt, questions.symbol)


def _of_attempt(attempt: Attempt, symbol: str) -> Check:
    if attempt.is_subscribed:
        return ok(f"{symbol} is let in")
    # A warning: the guard polls by itself where it may not stream.
    if attempt.refusal is not None:
        found, mend = found_and_mend(str(attempt.refusal), "take a plan with a real-time stream")
        return warn(f"{found} [{attempt.refusal.code}]", f"{mend}; until then the guard polls")
    return warn(
        f"{symbol} is not let in within {STREAM_SECONDS:g} s ({attempt.problem})",
        "look whether another program streams with this key; until then the guard polls",
    )


@is_asked_later
def snapshots(_looked: Looked, questions: Questions) -> Check:
    """Ask for the newest print and quote."""
    answer = questions.newest
    if answer.code == DELAYED:
        return ok(_LATE)
    return _of_answer(answer, "answered")


@is_asked_later
def trades(_looked: Looked, questions: Questions) -> Check:
    """Ask for the prints of the shortest span."""
    answer = questions.tape
    if answer.code == _UNKNOWN:
        return _not_told(questions.symbol)
    return ok(_LATE) if answer.code == DELAYED else _of_answer(answer, "answered")


@is_asked_later
def quotes(_looked: Looked, questions: Questions) -> Check:
    """Ask for the quotes of the shortest span, or for the last one where trades are refused."""
    tape = questions.tape.value
    if questions.tape.code == NO_HISTORY:
        return ok(_STREAM_ALONE)
    if questions.tape.code == _UNKNOWN:
        return _not_told(questions.symbol)
    answer: Answer[object] = Answer(error=None if tape is None else tape.beside_error)
    if tape is None:
        answer = Answer(error=questions.last_quote.error)
    if answer.code == NO_REFERENCE:
        return warn("not asked: trades are refused", "mend trades first")
    # What is not known of one symbol says nothing of the plan.
    if answer.code in (DELAYED, "not_found", "no_data"):
        return ok(_LATE if answer.code == DELAYED else "answered")
    return _of_answer(answer, "answered")


def _not_told(symbol: str) -> Check:
    return warn(f"not known: there is no {symbol} to ask for", "mend symbols first")


def _of_answer(answer: Answer[object], said: str) -> Check:
    if answer.code == NO_HISTORY:
        return ok(_STREAM_ALONE)
    if answer.error is None:
        return ok(said)
    return _refused(answer.error, answer.code)


def _refused(error: OrderFlowError, code: str) -> Check:
    found, mend = found_and_mend(str(error), REAL_TIME_MEND)
    is_of_plan = code.startswith("plan")
    return fail(f"{found} [{code}]", REAL_TIME_MEND if is_of_plan else mend)


@is_asked_later
def real_time(_looked: Looked, questions: Questions) -> Check:
    """Say whether what comes is of now, or a quarter of an hour late."""
    tape = questions.tape.value
    errors = [questions.tape, questions.newest]
    beside = None if tape is None else tape.beside_error
    if any(each.code == DELAYED for each in (*errors, Answer(error=beside))):
        return fail(DELAYED_PLAN, REAL_TIME_MEND)
    newest = questions.newest.value
    if questions.newest.code == NO_HISTORY:
        return ok(f"{_STREAM_ALONE}; its sessions are live, or refused")
    if newest is None:
        return warn("not known: there is no snapshot", "mend snapshots first")
    now_ns = questions.now_ns()
    stamps = [
        stamp_ns
        for known in newest.values()
        for stamp_ns in (known.trade_ns, None if known.quote is None else known.quote.sip_ns)
        if stamp_ns is not None
    ]
    session = session_at(now_ns)
    if session is None or not stamps:
        return ok("it cannot be seen while nothing trades; the provider does not call it delayed")
    age_ns = now_ns - max(stamps)
    found = f"the newest of {len(newest)} symbols is {max(age_ns, 0) / NS_PER_SECOND:,.0f} s old"
    if LEAST_DELAY_NS <= age_ns <= MOST_DELAY_NS:
        return fail(f"{found}, as on a plan that is 15 minutes late", REAL_TIME_MEND)
    is_regular = session.open_ns + MOST_DELAY_NS <= now_ns < session.close_ns
    if age_ns > MOST_DELAY_NS and is_regular:
        return warn(f"{found} in the regular session", "look whether the symbols trade today")
    return ok(found)


@needs_provider
def budget(_looked: Looked, questions: Questions) -> Check:
    """Say what sight the request budget can promise, by the numbers that the guard goes by."""
    config = questions.config
    count = max(1, len(questions.symbols))
    asked = Budget.of(questions.provider.capabilities, config.requests_per_second)
    words = sentence(asked, count, UNKNOWN_SETTLE_NS)
    named = f"{count} symbol{'' if count == 1 else 's'}"
    if asked.together_every_seconds:
        return ok(f"{named}, {words}")
    cycle = cycle_seconds(config, count)
    found = f"{named}, {words}; one poll takes {cycle:.1f} s"
    mend = "raise requests_per_second to your plan's limit, or watch fewer symbols"
    if questions.stream_refused:
        limit = config.freshness_warn_seconds
        is_late = cycle > limit
        found += f", and freshness_warn_seconds is {limit:g} s" if is_late else ""
        return warn(found, mend) if is_late else ok(found)
    dead_ns = promise(asked, count, UNKNOWN_SETTLE_NS).dead_ns
    if dead_ns is not None and dead_ns > config.blind_after_seconds * NS_PER_SECOND:
        limit = config.blind_after_seconds
        return warn(f"{found}; later than blind_after_seconds ({limit:g} s)", mend)
    return ok(found)
