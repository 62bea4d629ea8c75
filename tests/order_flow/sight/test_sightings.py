"""What was seen of each symbol, how long that holds, and what of it is news."""

from __future__ import annotations

import pytest
from support.flow_values import NOON_NS, S

from trading_bot.order_flow.errors import DataSourceError, DataValidationError, OrderFlowError
from trading_bot.order_flow.market.feeds import DepthSight, Disagreement
from trading_bot.order_flow.market.units import FAR_FUTURE_NS, utc_from_ns
from trading_bot.order_flow.notices import FeedEvent
from trading_bot.order_flow.sight.coverage.reasons import Lost, OpenSpan, Reason, Sight, State
from trading_bot.order_flow.sight.ledger import Ledger
from trading_bot.order_flow.sight.sightings import DEAD_NS, UNLOOKED_NS, Sightings
from trading_bot.order_flow.sight.visibility import UNWATCHED, Visibility


def at(seconds: float) -> int:
    return NOON_NS + round(seconds * S)


def sight(state: State, reason: Reason = "", text: str = "", since: float = 0) -> Sight:
    return Sight(state, reason, text, at(since), at(-5))


VISIBLE = sight("visible")
GAP = sight("degraded", "gap", "prints from 12:00:01 on unknown")
DEAD = sight("blind", "dead", "prints are away")


class Watch:
    """Sightings of ACME, whose position a test opens and closes."""

    def __init__(self) -> None:
        self.held: set[str] = {"ACME"}
        self.sightings = Sightings(self.held.__contains__)
        self.sightings.add("ACME", at(0))

    def saw(self, found: Sight, seconds: float = 1) -> list[FeedEvent]:
        """See something, and return what of it is news."""
        self.sightings.saw("ACME", found, at(seconds))
        return self.sightings.changes_of(["ACME"], at(seconds))


def told(*kinds_and_reasons: tuple[str, str], seconds: float = 1) -> list[FeedEvent]:
    return [
        FeedEvent(kind, "ACME", utc_from_ns(at(seconds)), reason, position_open=True)  # type: ignore[arg-type]
        for kind, reason in kinds_and_reasons
    ]


def test_a_symbol_that_is_not_watched_is_blind() -> None:
    # Given a watched symbol
    watch = Watch()
    # When another is asked for
    # Then nothing is known of it
    assert watch.sightings.visibility("NONE", at(0)) == UNWATCHED
    assert watch.sightings.sight("NONE", at(0)) is None
    assert watch.sightings.spans("NONE") == ()


def test_a_symbol_that_nobody_has_looked_at_is_starting() -> None:
    # Given a symbol that is watched from now on
    watch = Watch()
    # When it is asked for at once
    # Then no answer has come yet
    expected = Visibility("degraded", "starting: no answer yet")
    assert watch.sightings.visibility("ACME", at(0)) == expected
    assert watch.sightings.spans("ACME") == ()


def test_what_was_seen_is_said_with_its_word_and_figures() -> None:
    # Given a symbol with an unknown span
    watch = Watch()
    span = OpenSpan("trades", at(1), None, "gap", at(2), 1, ())
    watch.sightings.saw("ACME", GAP, at(3), (span,))
    # When it is asked for
    # Then word, sentence and span are those that were seen
    expected = Visibility("degraded", "gap: prints from 12:00:01 on unknown")
    assert watch.sightings.visibility("ACME", at(3)) == expected
    assert watch.sightings.spans("ACME") == (span,)
    # And what is well needs no word
    watch.sightings.saw("ACME", VISIBLE, at(4))
    assert watch.sightings.visibility("ACME", at(4)) == Visibility("visible", "")


def test_a_reason_without_a_sentence_is_said_alone() -> None:
    # Given a reason that explains itself
    watch = Watch()
    # When it was seen
    watch.sightings.saw("ACME", sight("visible", "closed"), at(1))
    # Then it is the word
    assert watch.sightings.visibility("ACME", at(1)) == Visibility("visible", "closed")


@pytest.mark.parametrize(
    ("later_ns", "expected"),
    [
        (UNLOOKED_NS, Visibility("visible", "")),
        (UNLOOKED_NS + 1, Visibility("degraded", "backlog: nobody has looked for 10 s")),
        (DEAD_NS, Visibility("degraded", "backlog: nobody has looked for 30 s")),
        (DEAD_NS + 1, Visibility("blind", "dead: nobody has looked for 30 s")),
    ],
)
def test_what_was_seen_long_ago_holds_no_more(later_ns: int, expected: Visibility) -> None:
    # Given a symbol that was visible
    watch = Watch()
    watch.sightings.saw("ACME", VISIBLE, at(1))
    # When nobody has looked for a while
    found = watch.sightings.visibility("ACME", at(1) + later_ns)
    # Then it is doubted, and then worth nothing
    assert found == expected


def test_old_sight_says_still_when_it_was_compared() -> None:
    # Given a symbol that was visible at 1 s
    watch = Watch()
    watch.sightings.saw("ACME", VISIBLE, at(1))
    # When nobody has looked for a while
    found = [watch.sightings.sight("ACME", at(seconds)) for seconds in (15, 60)]
    # Then it was compared when it was, and is as it is since the last look
    assert [(each.compared_ns, each.since_ns) for each in found if each] == [(at(-5), at(1))] * 2


@pytest.mark.parametrize("found", [DEAD, GAP])
def test_what_is_blind_or_holds_until_more_is_said_grows_no_older(found: Sight) -> None:
    # Given a blind symbol, or one whose state holds until something else is said
    watch = Watch()
    watch.sightings.saw("ACME", found, at(1) if found is DEAD else FAR_FUTURE_NS)
    # When an hour has passed
    # Then it is as it was
    assert watch.sightings.sight("ACME", at(3_600)) == found


def test_a_symbol_that_comes_into_sight_for_the_first_time_is_no_news() -> None:
    # Given a symbol that is watched from now on
    watch = Watch()
    # When it is degraded at first, and then visible
    news = [*watch.saw(GAP), *watch.saw(sight("degraded", "stalled")), *watch.saw(VISIBLE)]
    # Then nobody is told
    assert news == []
    # And of every change after that they are
    assert watch.saw(GAP) == told(("degraded", "gap: prints from 12:00:01 on unknown"))


def test_a_change_of_state_is_told_once() -> None:
    # Given a visible symbol
    watch = Watch()
    watch.saw(VISIBLE)
    # When it becomes degraded, for one reason and another, blind, and visible again
    seen = (GAP, GAP, sight("degraded", "late", "9 s"), DEAD, DEAD, VISIBLE, VISIBLE)
    news = [event for each in seen for event in watch.saw(each)]
    # Then each state is told once; a recovery says what it was before
    assert news == told(
        ("degraded", "gap: prints from 12:00:01 on unknown"),
        ("blind", "dead: prints are away"),
        ("recovered", "was blind: dead: prints are away"),
    )


def test_a_recovery_that_has_a_word_says_that() -> None:
    # Given a symbol that was degraded once it had been visible
    watch = Watch()
    watch.saw(VISIBLE)
    watch.saw(GAP)
    # When it is visible, and quiet
    news = watch.saw(sight("visible", "quiet", "no prints for 20 s"))
    # Then that is told
    assert news == told(("recovered", "quiet: no prints for 20 s"))


def test_a_symbol_that_is_blind_at_first_is_told_of() -> None:
    # Given a symbol that is watched from now on
    watch = Watch()
    # When the first that is seen of it is nothing
    news = watch.saw(DEAD)
    # Then that is told, and its recovery too
    assert news == told(("blind", "dead: prints are away"))
    assert [each.kind for each in watch.saw(VISIBLE)] == ["recovered"]


def test_a_position_opened_in_a_blind_symbol_is_told_once_more() -> None:
    # Given a blind symbol of the watchlist
    watch = Watch()
    watch.held.clear()
    watch.sightings.add("ACME", at(0))
    first = watch.saw(DEAD)
    # When a position in it is opened, and looked at twice
    watch.held.add("ACME")
    news = [watch.saw(DEAD), watch.saw(DEAD)]
    # Then it is told again, once, as one that is held
    assert [each.position_open for each in first] == [False]
    assert news == [told(("blind", "dead: prints are away")), []]


@pytest.mark.parametrize("found", [VISIBLE, GAP])
def test_a_position_opened_in_a_symbol_that_is_seen_is_no_news(found: Sight) -> None:
    # Given a symbol of the watchlist that was visible
    watch = Watch()
    watch.held.clear()
    watch.sightings.add("ACME", at(0))
    watch.saw(VISIBLE)
    watch.saw(found)
    # When a position in it is opened
    watch.held.add("ACME")
    # Then nobody is told
    assert watch.saw(found) == []


def odd(code: str = "impossible_size") -> DataValidationError:
    return DataValidationError(code, symbol="ACME")


def refused(
    watch: Watch, error: OrderFlowError, what: str = "tape", symbol: str = "ACME"
) -> FeedEvent | None:
    return watch.sightings.refuse(symbol, what, at(1), error)


def test_data_that_is_refused_is_told_once_a_kind() -> None:
    # Given a symbol
    watch = Watch()
    # When its data is refused, again, for another reason, and of another kind
    news = [
        refused(watch, odd()),
        refused(watch, odd()),
        refused(watch, odd("crossed_book")),
        refused(watch, odd("crossed_book"), "snapshot"),
    ]
    # Then each is counted, and the first of each kind told
    assert [each and (each.kind, each.code) for each in news] == [
        ("refused", "impossible_size"),
        None,
        ("refused", "crossed_book"),
        ("refused", "crossed_book"),
    ]
    assert watch.sightings.refused == {"impossible_size": 2, "crossed_book": 2}


def test_data_that_is_good_again_may_be_refused_anew() -> None:
    # Given refused data
    watch = Watch()
    refused(watch, odd())
    # When a good answer of another kind comes, and one of the same
    watch.sightings.accepted("ACME", "snapshot")
    still = refused(watch, odd())
    watch.sightings.accepted("ACME", "tape")
    anew = refused(watch, odd())
    # Then only after that it is told again
    assert (still, anew is not None) == (None, True)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataSourceError("slow", code="timeout"), "timeout"),
        (OrderFlowError("odd"), "OrderFlowError"),
        (odd("stale_snapshot"), "stale_snapshot"),
    ],
)
def test_a_failure_or_an_old_quote_is_counted_and_not_told(
    error: OrderFlowError, code: str
) -> None:
    # Given a symbol
    watch = Watch()
    # When an answer fails, or its quote is old
    news = refused(watch, error)
    # Then that is no refusal of data
    assert (news, watch.sightings.refused) == (None, {code: 1})


def test_a_span_that_was_lost_is_told_with_its_times_and_words() -> None:
    # Given a span of quotes that nobody could fill
    watch = Watch()
    lost = Lost("ACME", "quotes", at(1), at(61), "gap", 7, ("not_found", "timeout"))
    # When it matters no more
    event = watch.sightings.lost(lost, at(431))
    # Then the event says what was never seen, and it is counted
    reason = (
        "quotes from 16:00:01 to 16:01:01 UTC were never seen, asked 7 times, not_found, timeout"
    )
    assert event == FeedEvent(
        "lost", "ACME", utc_from_ns(at(431)), reason, position_open=True, code="gap"
    )
    assert watch.sightings.refused == {"spans_lost": 1}


def test_a_symbol_that_is_no_longer_watched_is_forgotten() -> None:
    # Given a symbol with refused data, and another one
    watch = Watch()
    watch.sightings.add("BOLT", at(0))
    for symbol in ("ACME", "BOLT"):
        refused(watch, odd(), symbol=symbol)
    # When it is watched no longer, and again later
    watch.sightings.remove("ACME")
    gone = watch.sightings.visibility("ACME", at(1))
    watch.sightings.add("ACME", at(2))
    # Then it begins anew, and the other one does not
    assert gone == UNWATCHED
    assert watch.sightings.visibility("ACME", at(2)).reason == "starting: no answer yet"
    assert refused(watch, odd()) is not None
    assert refused(watch, odd(), symbol="BOLT") is None
    # And one that was never watched can be removed
    watch.sightings.remove("NONE")


DEPTH = DepthSight("", at(0))
NO_DEPTH = DepthSight("disconnected", at(2))
LATE = Disagreement("late", "b looks stale", "b")


def saw_depth(watch: Watch, found: DepthSight, seconds: float) -> list[FeedEvent]:
    """See the depth of ACME, and return what of it is news."""
    watch.sightings.saw_depth("ACME", found, at(seconds))
    return watch.sightings.depth_changes_of(["ACME", "BOLT"], at(seconds))


def test_of_depth_nothing_is_said_where_no_second_feed_brings_it() -> None:
    # Given a symbol without a second feed
    watch = Watch()
    # When it is asked for, then there is nothing to say
    assert watch.sightings.depth("ACME") is None
    assert watch.sightings.depth_changes_of(["ACME"], at(1)) == []


def test_depth_that_is_lost_is_told_at_once_and_when_it_is_back() -> None:
    # Given a symbol whose depth is seen
    watch = Watch()
    assert saw_depth(watch, DEPTH, 1) == []
    # When it is lost, then that is told once
    assert saw_depth(watch, NO_DEPTH, 2) == told(("depth_lost", "disconnected"), seconds=2)
    assert saw_depth(watch, NO_DEPTH, 3) == []
    # And that it is back as well
    back = DepthSight("", at(4))
    expected = told(("depth_back", "seen since 16:00:04 UTC"), seconds=4)
    assert saw_depth(watch, back, 4) == expected
    assert saw_depth(watch, back, 5) == []


@pytest.mark.parametrize(("seconds", "is_told"), [(10.9, False), (11, True), (12, True)])
def test_a_watch_that_begins_without_depth_says_so_after_ten_seconds(
    seconds: float, is_told: bool
) -> None:
    # Given a watch that began without depth
    watch = Watch()
    assert saw_depth(watch, NO_DEPTH, 1) == []
    # When time has passed, then it is told from ten seconds on
    assert bool(saw_depth(watch, NO_DEPTH, seconds)) is is_told


def test_only_what_was_seen_begins_to_be_lost() -> None:
    # Given a symbol whose depth was never seen
    watch = Watch()
    # When it is looked at, then nothing begins to be lost before it was seen
    assert not watch.sightings.saw_depth("ACME", NO_DEPTH, at(1))
    assert not watch.sightings.saw_depth("ACME", NO_DEPTH, at(2))
    assert not watch.sightings.saw_depth("ACME", DEPTH, at(3))
    assert watch.sightings.saw_depth("ACME", NO_DEPTH, at(4))


def test_two_feeds_that_disagree_are_told_and_that_they_agree_again() -> None:
    # Given two feeds
    watch = Watch()
    saw_depth(watch, DEPTH, 1)
    # When they disagree, then it is told how, and which looks stale
    [event] = saw_depth(watch, DEPTH._replace(disagreement=LATE), 2)
    assert event == FeedEvent(
        "feeds_disagree", "ACME", utc_from_ns(at(2)), "b looks stale", True, "late", "b"
    )
    assert saw_depth(watch, DEPTH._replace(disagreement=LATE), 3) == []
    # And it is told once they agree
    expected = told(("feeds_agree", "was late: b looks stale"), seconds=4)
    assert saw_depth(watch, DEPTH, 4) == expected


def test_what_can_be_seen_says_since_when_depth_is_blind() -> None:
    # Given a symbol that is visible
    watch = Watch()
    watch.sightings.saw("ACME", VISIBLE, at(1))
    watch.sightings.saw_depth("ACME", DEPTH, at(1))
    assert watch.sightings.visibility("ACME", at(1)) == Visibility("visible", "")
    # When its depth is lost, and two feeds disagree, then both are said, and it stays visible
    watch.sightings.saw_depth("ACME", NO_DEPTH._replace(disagreement=LATE), at(3))
    assert watch.sightings.visibility("ACME", at(3)) == Visibility(
        "visible",
        "depth blind since 16:00:02 UTC: disconnected; feeds_disagree: b looks stale",
    )
    # And what else is the matter comes first
    watch.sightings.saw("ACME", DEAD, at(3))
    watch.sightings.saw_depth("ACME", NO_DEPTH, at(3))
    assert watch.sightings.visibility("ACME", at(3)) == Visibility(
        "blind", "dead: prints are away; depth blind since 16:00:02 UTC: disconnected"
    )
    # And a symbol that is watched no more is forgotten
    watch.sightings.remove("ACME")
    assert watch.sightings.depth("ACME") is None


def test_how_each_channel_is_seen_says_the_ledger_while_it_is_watched() -> None:
    # Given a symbol whose ledger is known
    watch = Watch()
    ledger = Ledger("ACME", at(0))
    found = [watch.sightings.channels("ACME", at(0))]
    watch.sightings.keep_ledger("ACME", ledger)
    # When its channels are asked for, and again once nobody watches it
    found.append(watch.sightings.channels("ACME", at(0)))
    watch.sightings.remove("ACME")
    found.append(watch.sightings.channels("ACME", at(0)))
    # Then the ledger says it while it is watched
    assert found == [(), ledger.channels(at(0)), ()]
