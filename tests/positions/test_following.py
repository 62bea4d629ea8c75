"""A broker's account that is followed on a thread of its own."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import partial

import pytest
from support.feed_stub import FeedStub, SteadyHand, holding
from support.patience import until

from trading_bot.order_flow.errors import DataSourceError, RateLimitError
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.threads.watch import Threads
from trading_bot.positions.following import FollowedPositions, PositionsUnknownError
from trading_bot.positions.source import PositionUpdate

ACME, BOLT = Position("ACME", 100, 27), Position("BOLT", 40, 83)
REFUSED = DataSourceError("the key is refused", code="wrong_key")
CLOSED = DataSourceError("the stream was closed", code="stream_closed", retryable=True)
SOMETHING = PositionUpdate("", None, 0)
"""What says that something has changed, and not what."""


def test_a_start_waits_for_the_first_answer() -> None:
    # Given an account
    feed = FeedStub(holding(ACME, ODDY="quantity is no number"))
    # When it is followed
    with FollowedPositions(feed) as positions:
        # Then it is known at once what is held, and which row cannot be read
        assert positions.get_active_positions() == (ACME,)
        assert positions.get_unreadable() == {"ODDY": "quantity is no number"}
        assert positions.get_watchlist() == ()
        assert positions.get_stale() == ""
    # And its connections are let go of at the end
    assert feed.is_closed


def test_a_start_waits_no_longer_than_it_may() -> None:
    # Given a broker that hangs
    positions = FollowedPositions(FeedStub(None))
    # When it is followed with a wait of nothing
    positions.start(0)
    # Then it goes on, and it is not known what is held
    with pytest.raises(PositionsUnknownError, match="no answer yet"):
        positions.get_active_positions()
    positions.stop()


def test_a_refusal_is_the_reason_that_nothing_is_known() -> None:
    # Given a broker that refuses the key; when it is followed
    with FollowedPositions(FeedStub(REFUSED)) as positions:
        # Then that is said in place of positions
        words = re.escape("broker: the key is refused [wrong_key]")
        with pytest.raises(PositionsUnknownError, match=words):
            positions.get_active_positions()


def test_a_question_that_does_not_end_is_given_up() -> None:
    # Given a source that hangs after its first answer
    feed = FeedStub(holding(ACME), None)
    with FollowedPositions(feed, cut_seconds=0.02) as positions:
        # When it is asked again
        positions.read_soon()
        # Then it is given up, and what was held is held
        until(lambda: positions.get_stale() == "broker: no answer within 0.02 s")
        assert positions.get_active_positions() == (ACME,)


def test_a_defect_of_a_source_costs_no_position_and_no_thread() -> None:
    # Given a source with a defect after its first answer
    feed = FeedStub(holding(ACME), KeyError("qty"), holding(ACME, BOLT))
    threads = Threads()
    with FollowedPositions(feed) as positions:
        positions.be_watched(threads)
        # When it is asked again
        positions.read_soon()
        until(positions.get_stale)
        # Then it is told and counted, and the next question is asked
        assert positions.get_stale() == "broker: the question ended by a defect (KeyError)"
        assert threads.health()["positions"]["state"] == "failed"
        positions.read_soon()
        until(lambda: positions.get_stale() == "")
        assert positions.get_active_positions() == (ACME, BOLT)


def test_a_thread_that_has_ended_is_not_taken_for_one_that_is_stuck() -> None:
    # Given an account that is followed, as the guard's threads know
    threads = Threads()
    with FollowedPositions(FeedStub(holding(ACME))) as positions:
        positions.be_watched(threads)
    # When it is over, then its thread rests
    assert threads.state_of("positions") == "resting"


def _was_read(feed: FeedStub, times: int) -> bool:
    return len(feed.read_at) >= times


def test_the_same_failure_is_logged_once_and_its_end_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given a broker that fails twice in one way and once in another
    other = DataSourceError("it failed", code="server_error")
    feed = FeedStub(REFUSED, REFUSED, other, holding(ACME))
    with caplog.at_level("INFO"), FollowedPositions(feed) as positions:
        # When it is asked until it answers
        for number in (2, 3, 4):
            positions.read_soon()
            until(partial(_was_read, feed, number))
        until(lambda: positions.held.is_known)
    # Then each way is logged once, and so is that it answers
    names = [each.getMessage() for each in caplog.records]
    assert names.count("order_flow.positions_read_failed") == 2
    assert names.count("order_flow.positions_read_again") == 1


def test_the_patience_that_a_broker_asks_for_is_kept() -> None:
    # Given a broker that asks for a minute of patience
    clock = SteadyHand()
    feed = FeedStub(
        RateLimitError("too many", retry_after_seconds=60), holding(ACME), ends=(), clock=clock
    )
    with FollowedPositions(feed, steady_ns=clock) as positions:
        # When something changes after 59 s, and after 60
        for seconds in (59, 60):
            clock.seconds = seconds
            feed.tell(SOMETHING)
        until(lambda: positions.held.is_known)
    # Then it is asked then, and not before
    assert feed.read_at == [0, 60]


def test_what_a_trade_changes_is_known_at_once() -> None:
    # Given an account whose updates are heard
    feed = FeedStub(holding(ACME, BOLT), ends=())
    with FollowedPositions(feed) as positions:
        until(lambda: positions.listens)
        # When one position is sold, and another grows
        feed.tell(PositionUpdate("ACME", Decimal(0), 1))
        feed.tell(PositionUpdate("BOLT", Decimal(80), 1, Decimal(85)))
        # Then both are known
        until(lambda: positions.held.positions.get("BOLT") == Position("BOLT", 80, 84))
        assert positions.get_active_positions() == (Position("BOLT", 80, 84),)
        assert positions.get_closed() == {"ACME"}


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (CLOSED, "the stream was closed [stream_closed]"),
        (None, "the connection for trade updates ended without a word"),
        (KeyError("order"), "listening for trade updates ended by a defect (KeyError)"),
    ],
)
def test_a_connection_that_ends_is_opened_again_and_all_is_read_anew(
    end: Exception | None, said: str
) -> None:
    # Given an account whose updates are heard
    feed = FeedStub(holding(ACME), ends=(end,))
    with FollowedPositions(feed) as positions:
        until(lambda: positions.listens and positions.held.is_known)
        # When the connection ends
        reads = len(feed.read_at)
        feed.drop()
        until(lambda: positions.held.stream_failure)
        # Then it is known why, and it is opened again and read anew soon
        assert positions.held.stream_failure == said
        assert not positions.listens
        until(lambda: positions.listens)
        until(lambda: len(feed.read_at) > reads)
        assert (feed.connections, positions.held.stream_failure) == (2, "")


def test_the_same_end_of_a_connection_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    # Given a followed account
    feed = FeedStub(holding(ACME), ends=(CLOSED,))
    positions = FollowedPositions(feed)
    # When its connection is lost twice for one reason
    with caplog.at_level("INFO"):
        positions._lose("closed")
        positions._lose("closed")
    # Then that is logged once
    names = [each.getMessage() for each in caplog.records]
    assert names == ["order_flow.position_updates_lost"]


def test_a_read_that_is_wished_before_the_start_or_after_the_end_is_none() -> None:
    # Given an account that is not followed
    feed = FeedStub(holding(ACME))
    positions = FollowedPositions(feed)
    # When a read is wished before it is followed, and when it is over
    positions.read_soon()
    positions.stop()
    positions.start()
    positions.stop()
    positions.read_soon()
    # Then nothing was asked for it
    assert len(feed.read_at) <= 1
