"""One account by TWS: which account, which connection, and what each of its nights does."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from decimal import Decimal

import pytest
from support.patience import until
from support.tws_bench import SHORT_SECONDS, TwsBench

from trading_bot.brokers.ibkr.feed import FIRST_CLIENT_ID, IbkrFeed, make_feed
from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.errors import DataSourceError, RateLimitError
from trading_bot.positions.following import FollowedPositions
from trading_bot.positions.source import AccountFound, PositionsRead, PositionUpdate
from trading_bot.simulator.broker.account import SimulatedAccount
from trading_bot.simulator.broker.served import Served
from trading_bot.simulator.broker.tws import ASK, CANCEL, NUMBER, START, SimulatedTws, position


@pytest.fixture
def bench() -> Iterator[TwsBench]:
    with Served(SimulatedTws(SimulatedAccount(()))) as served:
        yield TwsBench(served)


def check(feed: IbkrFeed) -> AccountFound:
    return asyncio.run(feed.check())


def read(feed: IbkrFeed) -> PositionsRead:
    return asyncio.run(feed.read())


def refused(feed: IbkrFeed) -> DataSourceError:
    with pytest.raises(DataSourceError) as caught:
        read(feed)
    return caught.value


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_the_account_shows_the_end_of_its_number_alone(bench: TwsBench) -> None:
    # Given TWS with one account; when it is asked for, then only the end of its number is shown
    assert check(bench.feed()) == AccountFound("...4321")


@pytest.mark.parametrize(("number", "is_paper"), [("U7654321", True), (NUMBER, False)])
def test_an_account_of_the_other_kind_is_said(bench: TwsBench, number: str, is_paper: bool) -> None:
    # Given a live account where paper is meant, or the other way round
    bench.tws.numbers = (number,)
    # When it is asked for, then that is said
    words = check(IbkrFeed(bench.terms(is_paper=is_paper))).words
    assert words.endswith(f"check positions_paper={str(not is_paper).lower()}")


def test_of_several_accounts_one_has_to_be_named(bench: TwsBench) -> None:
    # Given TWS with two accounts, and none that is named
    bench.tws.numbers = (NUMBER, "DU1112222")
    error = refused(bench.feed())
    # When it is read, then both are shown by their ends
    assert error.code == "account_not_named"
    assert "2 accounts (...4321, ...2222)" in str(error)


def test_the_account_that_is_named_is_read_and_no_other(bench: TwsBench) -> None:
    # Given two accounts, the second of which is meant
    bench.tws.numbers = (NUMBER, "DU1112222")
    bench.hold("ACME", "100", "27")
    bench.tws.others.append(position("DU1112222", "BOLT", "5", "80.0"))
    # When it is read, then only what it holds is there
    found = read(IbkrFeed(bench.terms(account="DU1112222")))
    assert tuple(found.positions) == ("BOLT",)


def test_another_account_than_the_one_that_is_named_is_refused(bench: TwsBench) -> None:
    # Given the number of an account that TWS does not have; when it is read, then it is refused
    error = refused(IbkrFeed(bench.terms(account="DU1112222")))
    assert error.code == "wrong_account"
    assert NUMBER not in str(error)


def test_only_questions_are_sent(bench: TwsBench) -> None:
    # Given a feed that reads twice over one connection
    bench.hold("ACME", "100", "27")
    feed = bench.feed()

    async def twice() -> None:
        await feed.read()
        await feed.read()

    # When it has read
    asyncio.run(twice())
    # Then log-in, question, its end and the next question are all that was sent
    assert bench.tws.asked == [START, ASK, CANCEL, ASK]


def test_a_port_that_nobody_listens_at_is_said_with_the_usual_ones(bench: TwsBench) -> None:
    # Given a TWS that was not started
    error = refused(IbkrFeed(bench.terms(url=f"tcp://127.0.0.1:{closed_port()}")))
    # When it is read, then the ports that it may have are said
    assert (error.code, error.retryable) == ("unreachable", True)
    assert "7496 live, 7497 paper" in str(error)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:7497", "tcp://", "tcp://127.0.0.1:99999", "127.0.0.1:7497"]
)
def test_an_address_that_is_none_of_tws_is_refused(bench: TwsBench, url: str) -> None:
    # Given an address of another form; when it is read, then the right form is said
    error = refused(IbkrFeed(bench.terms(url=url)))
    assert error.code == "bad_address"
    assert "tcp://HOST:PORT" in str(error)


@pytest.mark.parametrize(
    ("url", "is_paper", "place"),
    [
        ("", True, ("127.0.0.1", 7497)),
        ("", False, ("127.0.0.1", 7496)),
        ("tcp://tws.example:4002", True, ("tws.example", 4002)),
        ("tcp://tws.example", False, ("tws.example", 7496)),
    ],
)
def test_without_an_address_the_usual_one_is_taken(
    bench: TwsBench, url: str, is_paper: bool, place: tuple[str, int]
) -> None:
    # Given no address, or a part of one; when it is looked for, then TWS's own ports are taken
    feed = make_feed(bench.terms(url=url, is_paper=is_paper))
    assert feed._place() == place


def test_a_host_that_does_not_answer_is_given_up(bench: TwsBench) -> None:
    # Given a port whose queue of connections is full
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        began = monotonic_seconds()
        # When it is read
        error = refused(IbkrFeed(bench.terms(url=f"tcp://127.0.0.1:{full.getsockname()[1]}")))
        for each in waiting:
            each.close()
    # Then it is given up in time
    assert error.code == "no_connection"
    assert monotonic_seconds() - began < SHORT_SECONDS + 2


def test_a_client_id_that_is_taken_is_said_and_the_next_one_taken(bench: TwsBench) -> None:
    # Given another program with the same client id
    bench.break_reads("client_id_in_use")
    feed = bench.feed()
    # When it is read, and again once the other ids are free
    error = refused(feed)
    bench.break_reads("")
    read(feed)
    # Then the first is said, and the second one let in
    assert f"client id {FIRST_CLIENT_ID} is in use" in str(error)
    assert bench.tws.client_ids == [str(FIRST_CLIENT_ID), str(FIRST_CLIENT_ID + 1)]


def test_two_watches_of_one_account_do_not_shut_each_other_out(bench: TwsBench) -> None:
    # Given one watch of the account
    bench.hold("ACME", "100", "27")
    with FollowedPositions(bench.feed()) as first, FollowedPositions(bench.feed()) as second:
        # When a second one begins, then both know what is held, by client ids of their own
        until(lambda: second.held.is_known and first.listens)
        assert first.get_stale() == ""
    assert len(set(bench.tws.client_ids)) == 2


def test_a_connection_that_is_closed_at_the_log_in_may_have_its_id_taken(bench: TwsBench) -> None:
    # Given TWS that closes without a word, as some versions do
    bench.break_reads("closed_at_log_in")
    # When it is read, then the client id is thought of
    assert refused(bench.feed()).code == "client_id_in_use"


def test_too_many_messages_are_a_limit_of_the_rate(bench: TwsBench) -> None:
    # Given TWS that is asked too much; when it is read, then that is waited for as any limit is
    bench.break_reads("too_many")
    assert isinstance(refused(bench.feed()), RateLimitError)


def test_a_night_s_restart_leaves_all_watched_and_ends_by_itself(bench: TwsBench) -> None:
    # Given a position that is followed
    bench.hold("ACME", "100", "27")
    with FollowedPositions(bench.feed()) as positions:
        until(lambda: positions.listens)
        # When TWS restarts itself
        bench.served.do(bench.tws.stop())
        until(lambda: not positions.listens)
        positions.read_soon()
        until(lambda: "no TWS or IB Gateway listens" in positions.get_stale())
        # Then the position stays watched
        assert [each.symbol for each in positions.get_active_positions()] == ["ACME"]
        # And all is known again when it is back
        bench.served.do(bench.tws.start())
        until(lambda: positions.listens and positions.get_stale() == "", 20)


def test_while_tws_is_offline_nothing_is_believed_and_all_is_read_when_it_is_back(
    bench: TwsBench,
) -> None:
    # Given a position that is followed, and TWS that loses IBKR
    bench.hold("ACME", "100", "27")
    with FollowedPositions(bench.feed()) as positions:
        until(lambda: positions.listens and positions.held.is_known)
        bench.break_reads("offline")
        # When all is read, and TWS has nothing of the account any longer
        bench.hold("ACME", "0")
        positions.read_soon()
        # Then it is said, and the position stays watched
        until(lambda: "lost its connection to IBKR (1100)" in positions.get_stale())
        assert [each.symbol for each in positions.get_active_positions()] == ["ACME"]
        # And when it is back, what changed is read, over the same connection
        bench.hold("ACME", "40", "27")
        bench.break_reads("")
        until(lambda: positions.held.positions["ACME"].quantity == 40)
    assert len(bench.tws.client_ids) == 1


def test_the_end_of_an_answer_that_was_given_up_is_not_that_of_the_next(bench: TwsBench) -> None:
    # Given a feed whose question was struck by TWS going offline
    bench.hold("ACME", "100", "27")
    feed = bench.feed()

    async def later() -> PositionsRead:
        await feed.read()
        first = session_of(feed)
        await asyncio.to_thread(bench.break_reads, "hang")
        asking = asyncio.ensure_future(feed.read())
        await asyncio.to_thread(until, lambda: bench.tws.asked.count(ASK) == 2)
        await asyncio.to_thread(bench.break_reads, "offline")
        with pytest.raises(DataSourceError, match="1100"):
            await asking
        # When TWS is back, and owes the end of that answer
        await asyncio.to_thread(bench.break_reads, "")
        await asyncio.to_thread(until, lambda: not first._is_offline)
        assert not first.is_usable
        return await feed.read()

    # Then a new connection says all
    assert tuple(asyncio.run(later()).positions) == ("ACME",)
    assert len(bench.tws.client_ids) == 2


def session_of(feed: IbkrFeed):  # type: ignore[no-untyped-def]  # the client may not be there
    assert feed._session is not None
    return feed._session


def test_an_update_is_of_the_account_and_of_stocks_alone(bench: TwsBench) -> None:
    # Given a feed that listens
    heard: list[PositionUpdate] = []
    feed = bench.feed()

    async def listen() -> None:
        ready = asyncio.Event()
        listening = asyncio.ensure_future(feed.follow(heard.append, ready.set))
        await ready.wait()
        await feed.read()
        # When an option, another account and at last the stock itself change
        for row in (
            position(NUMBER, "ACME", "1", "2.0", kind="OPT"),
            position("DU1112222", "ACME", "9", "2.0"),
            position(NUMBER, "ACME", "40", "27.5"),
        ):
            await bench_tell(row)
        await asyncio.to_thread(until, lambda: heard)
        listening.cancel()

    async def bench_tell(row: tuple[str, ...]) -> None:
        await asyncio.to_thread(bench.served.do, bench.tws.tell(*row))

    asyncio.run(listen())
    # Then the last alone is heard
    assert [(each.symbol, each.quantity) for each in heard] == [("ACME", Decimal(40))]


def test_a_row_that_nobody_listens_for_is_passed_over(bench: TwsBench) -> None:
    # Given a feed that has read, and does not follow
    bench.hold("ACME", "100", "27")
    feed = bench.feed()

    async def twice() -> PositionsRead:
        await feed.read()
        # When a position changes, and all is read again
        await asyncio.to_thread(bench.trade, "ACME", "40", "27")
        await asyncio.to_thread(bench.break_reads, "offline")
        await asyncio.to_thread(bench.break_reads, "")
        await asyncio.to_thread(until, lambda: not session_of(feed)._is_offline)
        return await feed.read()

    # Then it is in the answer
    assert asyncio.run(twice()).positions["ACME"].quantity == 40


def test_a_row_of_another_shape_between_questions_ends_the_connection(bench: TwsBench) -> None:
    # Given an account that is followed
    bench.hold("ACME", "100", "27")
    with FollowedPositions(bench.feed()) as positions:
        until(lambda: positions.listens and positions.held.is_known)
        # When an update cannot be read
        bench.served.do(bench.tws.tell("61", "3", NUMBER))
        # Then it is not passed over: the connection is made anew, and all is read
        until(lambda: len(bench.tws.client_ids) == 2)
        until(lambda: positions.listens)


def test_a_refusal_of_nobody_s_question_changes_nothing(bench: TwsBench) -> None:
    # Given an account that is followed
    bench.hold("ACME", "100", "27")
    with FollowedPositions(bench.feed()) as positions:
        until(lambda: positions.listens and positions.held.is_known)
        # When TWS says something of another matter, an end of nothing, and then a position
        bench.served.do(bench.tws.tell("4", "2", "-1", "1300", "the port was changed", ""))
        bench.served.do(bench.tws.tell("62", "1"))
        bench.trade("ACME", "40", "27.5")
        # Then the connection stays
        until(lambda: positions.held.positions["ACME"].quantity == 40)
        assert len(bench.tws.client_ids) == 1


def test_a_read_that_is_cut_ends_its_connection(bench: TwsBench) -> None:
    # Given TWS that hangs
    feed = bench.feed()

    async def cut() -> None:
        await feed.check()
        session = session_of(feed)
        await asyncio.to_thread(bench.break_reads, "hang")
        # When the question is cut before its time
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await feed.read()
        # Then the connection is not used again
        assert not session.is_usable

    asyncio.run(cut())


def test_a_feed_may_be_closed_before_and_after_all_else(bench: TwsBench) -> None:
    # Given a feed; when it is closed unused, used, and with its loop ended, then that is all
    feed = bench.feed()
    feed.close()
    read(feed)
    feed.close()
    # And it may be used again
    assert read(feed).positions == {}
