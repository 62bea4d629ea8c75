"""What is reported of the feeds, and when: each change once, and blind is never calm."""

from __future__ import annotations

import pytest
from support.monitor_stubs import START_NS, at

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import (
    DataSourceError,
    DataValidationError,
    OrderFlowError,
    RateLimitError,
)
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.notices import FeedEvent
from trading_bot.order_flow.sight.feed_health import SNAPSHOT, TAPE, FeedWatch

CONFIG = OrderFlowConfig()


def watch(*symbols: str, held: tuple[str, ...] = ("ACME",)) -> FeedWatch:
    feeds = FeedWatch(CONFIG, held.__contains__)
    for symbol in symbols:
        feeds.add(symbol, START_NS)
    return feeds


def see(feeds: FeedWatch, symbol: str, seconds: float, age: float = 0.0) -> None:
    for kind in (SNAPSHOT, TAPE):
        feeds.answered(symbol, kind, at(seconds), at(seconds - age))


def event(kind: str, seconds: float, reason: str, symbol: str = "ACME") -> FeedEvent:
    return FeedEvent(kind, symbol, utc_from_ns(at(seconds)), reason, symbol == "ACME")  # type: ignore[arg-type]


def test_a_symbol_that_is_not_watched_is_blind() -> None:
    # Given nothing watched
    # When a symbol is looked at
    # Then it cannot be seen
    assert watch().visibility("ACME", START_NS) == ("blind", "not watched")


def test_a_new_symbol_is_degraded_until_both_kinds_of_answers_came() -> None:
    # Given a symbol just added
    feeds = watch("ACME")
    assert feeds.visibility("ACME", START_NS).state == "degraded"
    # When snapshot and then tape answer
    feeds.answered("ACME", SNAPSHOT, at(1), at(1))
    between = feeds.visibility("ACME", at(1))
    feeds.answered("ACME", TAPE, at(1), at(1))
    # Then it is visible only with both, and coming into sight is no recovery to report
    assert between == ("degraded", "tape: no answer yet")
    assert feeds.visibility("ACME", at(1)).state == "visible"
    assert feeds.changes(at(1)) == []


def test_a_stale_first_snapshot_of_a_quiet_symbol_is_quiet_at_its_second_answer() -> None:
    # Given a symbol that has been quiet for a minute, beside a lively one
    feeds = watch("ACME", "BOLT")
    old = DataValidationError("stale_snapshot", symbol="ACME", stamp_utc=utc_from_ns(at(-60)))
    # When its snapshot is refused as old twice, and its tape answers with nothing new
    for seconds in (1, 2):
        see(feeds, "BOLT", seconds)
        feeds.failed("ACME", SNAPSHOT, at(seconds), old)
        feeds.answered("ACME", TAPE, at(seconds), at(-60))
    # Then it is merely quiet
    assert feeds.visibility("ACME", at(2)) == ("visible", "quiet for 62 s")


def test_the_blind_budget_is_kept_to_the_second() -> None:
    # Given a symbol whose feed ends
    feeds = watch("ACME")
    see(feeds, "ACME", 0)
    feeds.changes(at(0))
    # When time passes
    changes = [feeds.changes(at(seconds)) for seconds in (10, 10.001, 29.999, 30)]
    # Then it is degraded beyond 10 s and blind from 30 s on, each reported once
    assert changes == [
        [],
        [event("degraded", 10.001, "no snapshot for 10 s")],
        [],
        [event("blind", 30, "no usable snapshot for 30 s (stale)")],
    ]


def test_a_failure_is_reported_in_plain_words() -> None:
    # Given a visible symbol, and a plan that is late
    feeds = watch("ACME")
    see(feeds, "ACME", 0)
    feeds.changes(at(0))
    late = DataSourceError("your plan is 15 minutes late", code="delayed_plan")
    # When its snapshot says so, until it is blind
    assert feeds.failed("ACME", SNAPSHOT, at(1), late) is None
    degraded = feeds.changes(at(1))
    feeds.failed("ACME", SNAPSHOT, at(30), late)
    blind = feeds.changes(at(30))
    # Then code and words are there, and the code is counted
    assert degraded == [
        event("degraded", 1, "snapshot: delayed_plan: your plan is 15 minutes late")
    ]
    assert blind == [
        event(
            "blind",
            30,
            "no usable snapshot for 30 s (delayed_plan): your plan is 15 minutes late",
        )
    ]
    assert feeds.refused == {"delayed_plan": 2}


def test_recovery_is_reported_with_what_was_wrong() -> None:
    # Given a symbol whose tape failed
    feeds = watch("ACME")
    see(feeds, "ACME", 0)
    feeds.changes(at(0))
    feeds.failed("ACME", TAPE, at(1), DataSourceError("no", code="timeout"))
    feeds.changes(at(1))
    # When the tape answers again
    see(feeds, "ACME", 2)
    # Then it has recovered, and the old words are forgotten
    assert feeds.changes(at(2)) == [event("recovered", 2, "was degraded: tape: timeout")]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RateLimitError("slow down", retry_after_seconds=3), "rate_limited"),
        (DataSourceError("?"), "no_answer"),
        (OrderFlowError("other"), "OrderFlowError"),
    ],
)
def test_every_failure_is_counted_by_its_code(error: OrderFlowError, code: str) -> None:
    # Given a failure of any kind
    feeds = watch("ACME")
    # When it comes
    told = feeds.failed("ACME", TAPE, at(1), error)
    # Then it is counted, and is no refusal of data
    assert feeds.refused == {code: 1}
    assert told is None


def test_refused_data_is_reported_once_until_something_else_comes() -> None:
    # Given a crossed book
    feeds = watch("ACME")
    crossed = DataValidationError("crossed_book", symbol="ACME", bid=2, ask=1)
    empty = DataValidationError("empty_book", symbol="ACME")
    # When it comes twice, then another refusal, then a good answer, then it again
    told = [feeds.failed("ACME", SNAPSHOT, at(1), each) for each in (crossed, crossed, empty)]
    feeds.answered("ACME", SNAPSHOT, at(2), at(2))
    told.append(feeds.failed("ACME", SNAPSHOT, at(3), crossed))
    # Then each run of one code is told once, with its facts
    assert [each and (each.kind, each.code, each.reason) for each in told] == [
        ("refused", "crossed_book", "crossed_book: ACME (bid=2, ask=1)"),
        None,
        ("refused", "empty_book", "empty_book: ACME"),
        ("refused", "crossed_book", "crossed_book: ACME (bid=2, ask=1)"),
    ]
    assert feeds.refused == {"crossed_book": 3, "empty_book": 1}


def test_a_quiet_symbol_stays_visible_while_another_is_fresh() -> None:
    # Given two symbols, one of which falls quiet
    feeds = watch("ACME", "BOLT")
    see(feeds, "ACME", 0)
    # When its snapshots are refused as old while the other goes on
    for seconds in range(1, 41):
        see(feeds, "BOLT", seconds)
        stale = DataValidationError("stale_snapshot", symbol="ACME", age_seconds=seconds)
        feeds.failed("ACME", SNAPSHOT, at(seconds), stale)
        feeds.answered("ACME", TAPE, at(seconds), None)
    # Then it is quiet, not blind
    assert feeds.visibility("ACME", at(40)) == ("visible", "quiet for 40 s")


def test_when_all_symbols_stand_still_all_are_blind() -> None:
    # Given two symbols whose answers repeat the same stamps
    feeds = watch("ACME", "BOLT")
    # When that goes on for the whole budget after the last fresh stamp
    for seconds in range(61):
        for symbol in ("ACME", "BOLT"):
            for kind in (SNAPSHOT, TAPE):
                feeds.answered(symbol, kind, at(seconds), at(0))
    # Then neither passes for quiet
    assert [feeds.visibility(each, at(60)).state for each in ("ACME", "BOLT")] == ["blind"] * 2


@pytest.mark.parametrize(("seconds", "state"), [(59, "visible"), (60, "visible"), (61, "degraded")])
def test_a_symbol_alone_is_vouched_for_by_the_market_status(seconds: int, state: str) -> None:
    # Given one symbol, quiet, and a market status at its start
    feeds = watch("ACME")
    feeds.market_status_arrived(at(0))
    # When it answers without anything new, for about six times the warn limit
    see(feeds, "ACME", 0)
    for moment in range(1, seconds + 1):
        for kind in (SNAPSHOT, TAPE):
            feeds.answered("ACME", kind, at(moment), None)
    # Then the status vouches for it as long as that
    assert feeds.visibility("ACME", at(seconds)).state == state


def test_a_position_opened_in_a_blind_symbol_is_reported_once_more() -> None:
    # Given a watched symbol that is blind, without a position
    held: set[str] = set()
    feeds = FeedWatch(CONFIG, held.__contains__)
    feeds.add("ACME", START_NS)
    first = feeds.changes(at(30))
    # When a position in it is opened
    held.add("ACME")
    second, third = feeds.changes(at(31)), feeds.changes(at(32))
    # Then its blindness is told again, as that of an open position, once
    assert [(each.kind, each.position_open) for each in first + second] == [
        ("blind", False),
        ("blind", True),
    ]
    assert third == []


def test_a_symbol_removed_and_added_begins_anew() -> None:
    # Given a symbol with a failure that was told
    feeds = watch("ACME")
    empty = DataValidationError("empty_book", symbol="ACME")
    feeds.failed("ACME", SNAPSHOT, at(1), empty)
    # When it is removed, and added again
    feeds.remove("ACME")
    feeds.remove("ACME")
    gone = feeds.visibility("ACME", at(1))
    feeds.add("ACME", at(40))
    # Then its past is forgotten
    assert gone.state == "blind"
    assert feeds.visibility("ACME", at(40)).state == "degraded"
    assert feeds.failed("ACME", SNAPSHOT, at(41), empty) is not None
