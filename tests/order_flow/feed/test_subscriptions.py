"""Which symbols a stream judges, and of which it fetches what was missed."""

from __future__ import annotations

import pytest
from support.monitor_stubs import HandClock, Holdings, StubClient, at, position, trade
from support.monitor_stubs import quote as quote_event
from support.stream_runs import Run, knows, print_, quote, streaming

from trading_bot.order_flow.feed import stream_driver
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.notices import FeedEvent
from trading_bot.order_flow.rules.continued import BACKFILL_NS


@pytest.fixture(autouse=True)
def _quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_driver, "TICK_SECONDS", 0.002)


def test_everything_that_trades_is_judged_from_its_first_event_on() -> None:
    # Given a stream of everything, and no position
    client = StubClient()

    async def test(run: Run) -> None:
        await run.subscribed()
        # When a symbol trades
        run.send(quote(0.1, 1, "BOLT"), print_(0.2, 2, symbol="BOLT"))
        await run.until(lambda: run.alerts)

    # Then it is judged, and nothing is fetched
    run, _ = streaming(test, client=client, holdings=Holdings(), everything=True)
    assert [(each.symbol, each.order_size) for each in run.alerts] == [("BOLT", 12_000)]
    assert client.asked == []


def test_only_the_positions_are_judged_where_not_everything_is_watched() -> None:
    # Given a stream of one position
    async def test(run: Run) -> None:
        await run.ready()
        # When another symbol trades
        run.send(quote(0.1, 1, "BOLT"), quote(0.1, 1))
        await run.until(lambda: run.judged() == (0, 1))

    # Then it passes by
    run, _ = streaming(test)
    assert run.monitor.symbols == ("ACME",)


def test_what_is_not_held_is_compared_with_nothing_and_so_never_called_visible() -> None:
    # Given a stream of everything, and a symbol that trades
    async def test(run: Run) -> None:
        await run.subscribed()
        run.send(quote(0, 1, "BOLT"))
        await run.until(lambda: run.judged("BOLT") == (0, 1))
        first = run.monitor.visibility("BOLT")
        # When more time has passed than the windows look back
        await run.pass_time(BACKFILL_NS // NS_PER_SECOND + 1)
        # Then it is as it was
        words = ("degraded", "not_compared: nobody compares what is not held")
        assert (tuple(first), tuple(run.monitor.visibility("BOLT"))) == (words, words)

    streaming(test, holdings=Holdings(), everything=True)


@pytest.mark.parametrize("kind", ["cut", "half frame", "silence"])
def test_the_others_begin_anew_when_something_was_missed_that_nobody_fetches(kind: str) -> None:
    # Given a stream of everything with two symbols, one of them held
    clock = HandClock()
    known = (quote_event(0.1, sequence=1), trade(10, sequence=7), quote_event(20, sequence=2))
    client = knows(clock, *known)

    async def test(run: Run) -> None:
        await run.ready()
        run.send(quote(0.1, 1), quote(0.1, 1, "BOLT"))
        await run.until(lambda: (run.judged(), run.judged("BOLT")) == ((0, 1), (0, 1)))
        client.asked.clear()
        # When something is missed
        if kind == "cut":
            run.stub.newest.close(None)
        elif kind == "half frame":
            run.stub.newest.send_bytes(b'[{"ev":"T","sym":"AC')
        else:
            await run.pass_time(20)
            client.asked.clear()
            run.loop._stall.last_frame_ns = at(0.1)
            run.send(quote(20, 2))
        # Then the held one is fetched, and the other is not watched before it trades again
        await run.until(lambda: client.asked)
        assert {symbol for symbol, _, _ in client.asked} == {"ACME"}
        await run.until(lambda: run.monitor.symbols == ("ACME",))
        assert run.monitor.visibility("BOLT").reason == "not watched"
        await run.subscribed(2 if kind == "cut" else 1)
        run.send(quote(20.2 if kind == "silence" else 0.2, 3, "BOLT"))
        await run.until(lambda: run.judged("BOLT") == (0, 1))

    streaming(test, client=client, clock=clock, everything=True)


def test_frames_that_were_only_late_leave_the_others_as_they_are() -> None:
    # Given a stream of everything with two symbols, one of them held
    clock = HandClock()
    client = knows(clock, quote_event(0.1, sequence=1), quote_event(20, sequence=2))

    async def test(run: Run) -> None:
        await run.ready()
        run.send(quote(0.1, 1), quote(0.1, 1, "BOLT"))
        await run.until(lambda: (run.judged(), run.judged("BOLT")) == ((0, 1), (0, 1)))
        # When it is silent for a while, and REST knows of nothing missed
        await run.pass_time(20)
        run.send(quote(20, 2), quote(20, 2, "BOLT"))
        await run.until(lambda: run.judged("BOLT") == (0, 2))
        await run.pass_time(15)
        # Then both are judged on
        assert (run.judged(), run.judged("BOLT")) == ((0, 2), (0, 2))
        assert run.loop._stall.longest_usual_ns > 10 * NS_PER_SECOND

    streaming(test, client=client, clock=clock, everything=True)


def test_a_silence_that_nobody_can_check_is_taken_for_a_loss() -> None:
    # Given a stream of everything, and no position
    async def test(run: Run) -> None:
        await run.subscribed()
        run.send(quote(0, 1, "BOLT"), quote(0, 1, "CLIF"))
        await run.until(lambda: run.judged("CLIF") == (0, 1))
        # When it goes on after twenty seconds
        await run.pass_time(20)
        run.send(quote(20, 2, "BOLT"))
        # Then every symbol begins anew
        await run.until(lambda: run.monitor.symbols == ("BOLT",))
        await run.until(lambda: run.judged("BOLT") == (0, 1))

    streaming(test, holdings=Holdings(), everything=True)


def test_damage_of_one_symbol_leaves_the_others_alone() -> None:
    # Given a stream of everything with two symbols
    async def test(run: Run) -> None:
        await run.subscribed()
        run.send(quote(0.1, 1, "BOLT"), quote(0.1, 1, "CLIF"))
        await run.until(lambda: run.judged("CLIF") == (0, 1))
        # When a print of one of them cannot be read
        run.send({"ev": "T", "sym": "BOLT", "t": "soon"})
        # Then only that one begins anew
        await run.until(lambda: run.monitor.symbols == ("CLIF",))

    streaming(test, holdings=Holdings(), everything=True)


def test_a_position_in_a_symbol_that_was_met_is_protected_from_then_on() -> None:
    # Given a stream of everything, and a symbol that was met
    client = StubClient(lambda *_: ([trade(-60, "BOLT", size=300, sequence=5)], []))
    holdings = Holdings()

    async def test(run: Run) -> None:
        await run.subscribed()
        run.send(quote(0, 1, "BOLT"))
        await run.until(lambda: run.judged("BOLT") == (0, 1))
        # When a position in it is opened
        holdings.positions = [position("BOLT")]
        # Then its start is fetched at once, and judged
        await run.until(lambda: run.judged("BOLT") == (1, 0))
        assert client.asked[0] == ("BOLT", at(-420), at(-420))
        await run.ready("BOLT")
        client.asked.clear()
        # And what a cut swallows is, too
        run.stub.newest.close(None)
        await run.until(lambda: client.asked)
        await run.subscribed(2)

    streaming(test, client=client, holdings=holdings, everything=True)


def test_a_position_that_is_closed_leaves_one_of_the_others() -> None:
    # Given a stream of everything with a position
    holdings = Holdings(position())

    async def test(run: Run) -> None:
        await run.ready()
        run.send(quote(0, 1))
        await run.until(lambda: run.judged() == (0, 1))
        # When it is closed, which five seconds prove
        holdings.positions = []
        await run.pass_time(6)
        assert run.monitor.protected == ()
        run.loop._stall.pause()
        run.send(quote(5.5, 2))
        # Then its symbol is judged on, and no longer compared
        await run.until(lambda: run.judged() == (0, 1))
        assert run.monitor.visibility("ACME").reason.startswith("not_compared: ")

    streaming(test, holdings=holdings, everything=True)


def test_rest_is_asked_about_the_silence_of_the_protected_only() -> None:
    # Given a stream of everything with two symbols, one of them held
    client = StubClient()

    async def test(run: Run) -> None:
        await run.ready()
        run.send(quote(0, 1), quote(0, 1, "BOLT"))
        await run.until(lambda: (run.judged(), run.judged("BOLT")) == ((0, 1), (0, 1)))
        client.asked.clear()
        # When both are silent
        await run.pass_time(60)
        # Then one is asked about
        assert {symbol for symbol, *_ in client.asked} == {"ACME"}
        assert set(client.newest_asked) == {("ACME",)}
        assert run.monitor.visibility("BOLT").state == "degraded"

    # And told of, should nothing vouch for it; of the other it is known to who asks
    run, _ = streaming(test, client=client, everything=True)
    told = {each.symbol for each in run.told if isinstance(each, FeedEvent)}
    assert told <= {"ACME"}


def test_a_position_opened_while_the_stream_is_down_is_fetched_once_it_is_back() -> None:
    # Given a stream of everything that has been cut
    client, holdings = StubClient(), Holdings()

    async def test(run: Run) -> None:
        await run.subscribed()
        run.stub.greets = False
        run.stub.newest.close(None)
        await run.until(lambda: len(run.stub.clients) == 2)
        # When a position is opened meanwhile
        holdings.positions = [position()]
        await run.until(lambda: "ACME" in run.monitor.symbols)
        gap = run.loop.ingest.symbols["ACME"].gap
        assert gap is not None
        assert gap.live_ns is None
        run.stub.newest.status("connected")
        # Then events wait for its start from when everything is subscribed on
        await run.until(lambda: gap.live_ns is not None)
        assert {symbol for symbol, *_ in client.asked} == {"ACME"}

    streaming(test, client=client, holdings=holdings, everything=True)


def test_a_position_opened_beside_another_changes_nothing_for_that_one() -> None:
    # Given a stream of one position, whose start was fetched
    client, holdings = StubClient(), Holdings(position())

    async def test(run: Run) -> None:
        await run.ready()
        run.send(quote(0.1, 1))
        await run.until(lambda: run.judged() == (0, 1))
        asked = len(client.asked)
        # When another one is opened
        holdings.positions = [position(), position("BOLT")]
        await run.until(lambda: "BOLT" in run.monitor.symbols)
        await run.ready("BOLT")
        # Then the first one's judge is still the same, and only the other's start is fetched
        assert run.judged() == (0, 1)
        starts = {symbol for symbol, from_ns, _ in client.asked[asked:] if from_ns == at(-420)}
        assert starts == {"BOLT"}

    streaming(test, client=client, holdings=holdings)
