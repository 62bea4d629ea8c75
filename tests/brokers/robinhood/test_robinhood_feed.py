"""One account at Robinhood: its pages, its symbols, its accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from support.patience import until
from support.robinhood_bench import RobinhoodBench

from trading_bot.brokers.robinhood import feed as module
from trading_bot.brokers.robinhood.feed import RobinhoodFeed, make_feed
from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.errors import DataSourceError, RateLimitError
from trading_bot.positions.following import FollowedPositions
from trading_bot.positions.source import AccountFound, PositionsRead
from trading_bot.simulator.broker.account import SimulatedAccount
from trading_bot.simulator.broker.robinhood import NUMBER, SimulatedRobinhood
from trading_bot.simulator.broker.served import Served

SYMBOLS = ("ACME", "BOLT", "CLIF", "DUNE", "EDDY")


@pytest.fixture
def bench() -> Iterator[RobinhoodBench]:
    with Served(SimulatedRobinhood(SimulatedAccount(()))) as served:
        bench = RobinhoodBench(served)
        for number, symbol in enumerate(SYMBOLS, 1):
            bench.hold(symbol, str(number), "27.05")
        yield bench


def read(feed: RobinhoodFeed) -> PositionsRead:
    return asyncio.run(feed.read())


def refused(feed: RobinhoodFeed) -> DataSourceError:
    with pytest.raises(DataSourceError) as caught:
        read(feed)
    return caught.value


def test_every_page_is_read_and_every_symbol_looked_up_once(bench: RobinhoodBench) -> None:
    # Given five positions, two to a page
    feed = bench.feed()
    # When all is read twice
    read(feed)
    found = read(feed)
    # Then all are there, and each instrument was asked for once
    assert tuple(found.positions) == SYMBOLS
    assert sum(each.startswith("/instruments/") for each in bench.broker.asked) == len(SYMBOLS)


def test_a_page_that_is_missing_is_no_answer(bench: RobinhoodBench) -> None:
    # Given a second page that fails, which robin_stocks passes over
    bench.break_reads("page_two")
    # When all is read, then page one is not taken for all
    assert refused(bench.feed()).code == "server_error"


def test_what_page_two_holds_stays_watched_while_it_fails(bench: RobinhoodBench) -> None:
    # Given an account that is followed
    with FollowedPositions(bench.feed()) as positions:
        assert len(positions.get_active_positions()) == len(SYMBOLS)
        # When its second page fails
        bench.break_reads("page_two")
        positions.read_soon()
        until(lambda: positions.get_stale() != "")
        # Then nothing is given up
        assert len(positions.get_active_positions()) == len(SYMBOLS)


def test_pages_that_never_end_are_given_up(
    bench: RobinhoodBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given more pages than an account has
    monkeypatch.setattr(module, "MOST_PAGES", 2)
    # When all is read, then that is no answer
    assert "at most 2 pages" in str(refused(bench.feed()))


def test_a_next_page_elsewhere_is_not_asked_for(bench: RobinhoodBench) -> None:
    # Given a link to another host
    bench.broker.links = "https://elsewhere.example"
    # When all is read, then the log-in stays where it is
    assert refused(bench.feed()).code == "unexpected_shape"


def test_pages_that_together_take_too_long_are_given_up(bench: RobinhoodBench) -> None:
    # Given so little time that it is over after the first answer
    began = monotonic_seconds()
    feed = RobinhoodFeed(bench.terms(seconds=0.0))
    # When all is read, then it ends in time
    assert refused(feed).code == "too_slow"
    assert monotonic_seconds() - began < 2


def test_an_instrument_that_is_not_there_costs_its_row(bench: RobinhoodBench) -> None:
    # Given a position whose instrument nobody knows
    bench.broker.fault, bench.broker.fault_path = "not_found", "/instruments/"
    # When all is read
    found = read(bench.feed())
    # Then each is named by its place, so that none is taken for gone
    assert found.positions == {}
    assert tuple(found.unreadable) == tuple(f"positions[{n}]" for n in range(len(SYMBOLS)))


@pytest.mark.parametrize("fault", ["server_error", "too_many", "hang"])
def test_an_instrument_that_cannot_be_asked_for_now_costs_the_answer(
    bench: RobinhoodBench, fault: str
) -> None:
    # Given instruments that fail for now; when all is read, then there is no answer
    bench.broker.fault, bench.broker.fault_path = fault, "/instruments/"
    assert refused(bench.feed()).code in ("server_error", "rate_limited", "timeout", "too_slow")


def test_the_wait_that_is_asked_for_is_handed_on(bench: RobinhoodBench) -> None:
    # Given a limit of the rate, with a wait; when all is read, then the wait is known
    bench.break_reads("too_many")
    error = refused(bench.feed())
    assert isinstance(error, RateLimitError)
    assert error.retry_after_seconds == 1


def test_the_account_shows_the_end_of_its_number_alone(bench: RobinhoodBench) -> None:
    # Given one account; when it is asked for, then only the end of its number is shown
    assert asyncio.run(bench.feed().check()) == AccountFound("...3210")


def test_of_several_accounts_one_has_to_be_named(bench: RobinhoodBench) -> None:
    # Given two accounts, and none that is named; when all is read, then both are shown
    bench.broker.numbers = (NUMBER, "5RH11112222")
    error = refused(bench.feed())
    assert error.code == "account_not_named"
    assert "2 accounts (...3210, ...2222)" in str(error)


def test_the_account_that_is_named_is_read_and_no_other(bench: RobinhoodBench) -> None:
    # Given two accounts, the second of which is meant and holds nothing
    bench.broker.numbers = (NUMBER, "5RH11112222")
    # When it is read, then nothing of the first is there
    assert read(RobinhoodFeed(bench.terms(account="5RH11112222"))).positions == {}


def test_another_account_than_the_one_that_is_named_is_refused(bench: RobinhoodBench) -> None:
    # Given the number of an account that is not there; when it is read, then it is refused
    error = refused(RobinhoodFeed(bench.terms(account="5RH11112222")))
    assert error.code == "wrong_account"
    assert NUMBER not in str(error)


def test_a_log_in_without_an_account_is_no_answer(bench: RobinhoodBench) -> None:
    # Given a list of accounts that is empty; when it is read, then it is not taken for flat
    bench.broker.numbers = ()
    assert refused(bench.feed()).code == "unexpected_shape"


def test_there_is_no_paper_account(bench: RobinhoodBench) -> None:
    # Given settings that mean pretended money; when it is read, then that is said
    assert refused(make_feed(bench.terms(is_paper=True))).code == "no_paper"


def test_nothing_tells_what_trades_change(bench: RobinhoodBench) -> None:
    # Given a feed; when it is to be followed, then it says that it cannot
    feed = bench.feed()
    assert not feed.has_updates
    with pytest.raises(DataSourceError, match="no updates"):
        asyncio.run(feed.follow(lambda _: None, lambda: None))


def test_only_questions_are_sent(bench: RobinhoodBench) -> None:
    # Given an account that is read; when all was sent, then nothing but the log-in and lists is
    # among it
    read(bench.feed())
    roots = {each.split("/")[1] for each in bench.broker.asked}
    assert roots == {"oauth2", "accounts", "positions", "instruments"}


def test_a_feed_may_be_closed_before_and_after_all_else(bench: RobinhoodBench) -> None:
    # Given a feed; when it is closed unused and used, then that is all
    feed = bench.feed()
    feed.close()
    read(feed)
    feed.close()
