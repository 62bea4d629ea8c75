"""What is called visible beside the depth gateway: blind is never calm, unknown is never flat.

Over real sockets, on one clock that is moved by hand. ACME has three large sellers, and a burst of
selling, in the first half minute; BOLT has a burst.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from support.depth_bench import DepthBench, on_bench
from support.monitor_stubs import position

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.providers.databento.provider import REPLAYED_AT_START_NS
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.gateway.gw_terms import GatewayTerms
from trading_bot.simulator.settings import MARKET_START

pytestmark = pytest.mark.slow

WARM_SECONDS = 3
REPLAYED_AT_START = timedelta(microseconds=REPLAYED_AT_START_NS / 1_000)
ASKED_WITHIN_SECONDS = 12
"""A question in doubt waits ten seconds at most, and is put at the next look."""
COMPARED_WITHIN_SECONDS = 72
"""A minute between two comparisons, and what it takes to see and to answer one."""


def sellers(bench: DepthBench) -> list[int]:
    """Return the orders of ACME's large sellers, as they were told."""
    found = [each for each in bench.alerts() if each.source == "aggressive_sell"]
    return [each.order_size or 0 for each in sorted(found, key=lambda each: each.timestamp_utc)]


async def warm(bench: DepthBench, seconds: int = WARM_SECONDS) -> None:
    """Watch until everything is visible."""
    await bench.run(seconds)
    await bench.run_until(lambda: all(map(bench.is_visible, held(bench))), 15)


def held(bench: DepthBench) -> list[str]:
    return [each.symbol for each in bench.holdings.positions]


async def back(
    bench: DepthBench, most: int = COMPARED_WITHIN_SECONDS, *, whole: bool = True
) -> None:
    """Watch until all is visible again; then no print is missing, and none was judged twice."""
    await bench.run_until(lambda: all(map(bench.is_visible, held(bench))), most, whole=whole)
    for symbol in held(bench):
        assert bench.judged(symbol) == bench.happened(symbol), symbol


# An honest market.


def test_an_honest_market_is_visible_and_costs_a_session_a_minute() -> None:
    # Given a market in which nothing goes wrong
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When five minutes pass
        for _ in range(300):
            await bench.run(1)
            # Then every symbol is visible in each second
            assert {bench.state(each)[0] for each in held(bench)} == {"visible"}
        # And there were the stream's session, the start's, an early comparison and one a minute,
        # and some that a silence asked for
        assert bench.sessions() <= 16
        assert bench.driver.counts["losses_found"] == 0
        # And every print was judged once
        await back(bench)
        assert sellers(bench) == [11_000, 11_200, 10_000]

    on_bench(play, "ACME", "BOLT", "DOVE")


def test_the_first_session_brings_the_past_that_a_burst_is_measured_by() -> None:
    # Given two watches of one market, one of which begins in the middle of a burst
    async def early(bench: DepthBench) -> None:
        await bench.run(28)
        told["early"] = bench.alerts()

    async def late(bench: DepthBench) -> None:
        # When the second has run for a second
        await bench.run(1)
        told["late"] = bench.alerts()

    told: dict[str, Sequence[OrderFlowAlert]] = {}
    on_bench(early)
    on_bench(late, begins_at=27)
    # Then of the time that both have seen it has told the same, measured by the same minutes, and
    # nothing twice
    key = lambda each: (each.source, each.alert_type, each.timestamp_ns, each.volume_ratio)  # noqa: E731
    both_see_from = MARKET_START + timedelta(seconds=27) - REPLAYED_AT_START
    early_alerts = [each for each in told["early"] if each.timestamp_utc >= both_see_from]
    late_alerts = told["late"]
    assert sorted(map(str, map(key, late_alerts))) == sorted(map(str, map(key, early_alerts)))
    assert [each.alert_type for each in late_alerts].count("red_burst") == 1
    # And what was long ago by then is said to be late, the burst that goes on is not
    by_type = {(each.alert_type, each.order_size): each.late for each in late_alerts}
    assert by_type["large_seller", 11_000]
    assert not by_type["red_burst", None]


def test_what_is_bought_while_the_stream_runs_gets_its_past_from_the_replay() -> None:
    # Given a stream that brings no past to what is subscribed later
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When another symbol is bought
        bench.holdings.positions.append(position("DOVE"))
        await bench.run(1)
        assert bench.state("DOVE") == ("degraded", "starting")
        # Then the replay brings its last minutes, and it is visible
        await bench.run_until(lambda: bench.is_visible("DOVE"), 25)
        assert bench.judged("DOVE") > 300

    on_bench(play)


# Channels that stop.


@pytest.mark.parametrize(("share", "told"), [(None, 4), (0.8, 1)])
def test_lost_prints_are_found_and_judged_late(share: float | None, told: int) -> None:
    # Given two symbols
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When prints of one are lost on the way, all or most
        fault = Fault("gw_lose", symbols=("ACME",), channel="T", share=share)
        number = bench.faults.add(fault)
        await bench.run_until(lambda: not bench.is_visible(), COMPARED_WITHIN_SECONDS)
        # Then it is no longer visible, the other one is, and it is told of all the same
        assert bench.state()[0] == "degraded"
        assert bench.is_visible("BOLT")
        await bench.run_until(lambda: len(bench.alerts()) >= told, 40)
        assert bench.driver.counts["losses_found"] > 0
        # And it is visible again once they come again and were compared
        bench.faults.remove(number)
        await back(bench)

    on_bench(play, "ACME", "BOLT")


def test_lost_quotes_are_found() -> None:
    # Given two symbols
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When one's quotes stop
        number = bench.faults.add(Fault("gw_lose", symbols=("ACME",), channel="Q"))
        took = await bench.run_until(lambda: not bench.is_visible(), 60)
        # Then it is no longer visible soon, the other one is, and prints are judged on
        assert took <= ASKED_WITHIN_SECONDS
        assert bench.is_visible("BOLT")
        await bench.run(20)
        assert not bench.is_visible()
        assert sellers(bench)[:2] == [11_000, 11_200]
        # And it is visible again once they come again
        bench.faults.remove(number)
        await back(bench)

    on_bench(play, "ACME", "BOLT")


def test_quotes_that_stand_still_under_fresh_stamps_are_stale() -> None:
    # Given two symbols
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When one's books are sent as they stood
        number = bench.faults.add(Fault("gw_freeze", symbols=("ACME",)))
        # Then a comparison finds other prices, and so does one that is made soon after it
        await bench.run_until(lambda: not bench.is_visible(), COMPARED_WITHIN_SECONDS + 12)
        assert bench.state() == ("degraded", "stale")
        assert bench.is_visible("BOLT")
        # And it is visible again once they move
        bench.faults.remove(number)
        await back(bench)

    on_bench(play, "ACME", "BOLT")


def test_a_silent_symbol_is_found_and_costs_the_other_one_nothing() -> None:
    # Given two symbols
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When nothing comes of one
        number = bench.faults.add(Fault("gw_lose", symbols=("ACME",)))
        took = await bench.run_until(lambda: not bench.is_visible(), 60)
        # Then it is no longer visible soon
        assert took <= ASKED_WITHIN_SECONDS + 5
        for _ in range(20):
            await bench.run(1)
            assert not bench.is_visible()
            assert bench.is_visible("BOLT")
        # And it is visible again once it comes again
        bench.faults.remove(number)
        await back(bench)

    on_bench(play, "ACME", "BOLT")


def test_a_mute_gateway_is_found_and_connected_anew() -> None:
    # Given a stream
    async def play(bench: DepthBench) -> None:
        await warm(bench, 13)
        # When its session says nothing any more
        bench.faults.add(Fault("gw_mute", count=1))
        took = await bench.run_until(
            lambda: not any(map(bench.is_visible, held(bench))), 60, whole=False
        )
        # Then no symbol is visible soon, and the next session brings what was missed
        assert took <= ASKED_WITHIN_SECONDS + 3
        await back(bench, whole=False)
        assert bench.driver.stream.counts["connections"] == 2
        assert {each.alert_type for each in bench.alerts()} == {"large_seller", "red_burst"}

    on_bench(play, "ACME", "BOLT")


# Holes.


def test_sales_while_the_connection_is_cut_are_told_once_it_is_back() -> None:
    # Given a stream
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When it is cut, and nobody is let in while two large sellers sell
        number = bench.faults.add(Fault("gw_hang_up"))
        bench.faults.add(Fault("gw_close", count=1))
        for _ in range(16):
            await bench.run(1, whole=False)
            # Then nothing is visible meanwhile
            assert not any(map(bench.is_visible, held(bench)))
        bench.faults.remove(number)
        # And they are told once it is connected, with nothing lost or judged twice
        await back(bench)
        assert sellers(bench)[:2] == [11_000, 11_200]

    on_bench(play, "ACME", "BOLT")


@pytest.mark.parametrize(
    "fault",
    [
        Fault("gw_skip", symbols=("ACME",), count=10),
        Fault("gw_garbage", count=1),
        Fault("gw_reset", count=1),
        Fault("gw_error", count=1),
    ],
    ids=lambda fault: fault.kind,
)
def test_a_hole_is_closed_by_what_the_second_session_shows(fault: Fault) -> None:
    # Given a stream
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When something of it is lost, and that is told, or seen
        bench.faults.add(fault)
        await bench.run_until(lambda: not bench.is_visible(), 5, whole=False)
        # Then it is visible again once the hole is filled, with every print judged once
        await back(bench)
        await bench.run(22)
        assert sellers(bench) == [11_000, 11_200, 10_000]

    on_bench(play, "ACME", "BOLT")


def test_a_book_that_may_be_wrong_is_not_visible_for_as_long() -> None:
    # Given two symbols
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When the venue doubts one's book
        number = bench.faults.add(Fault("gw_bad_book", symbols=("ACME",)))
        await bench.run_until(lambda: not bench.is_visible(), 5)
        await bench.run(20)
        # Then that one is not visible
        assert bench.state() == ("degraded", "refused")
        assert bench.is_visible("BOLT")
        # And visible again later
        bench.faults.remove(number)
        await back(bench)

    on_bench(play, "ACME", "BOLT")


def test_a_hole_that_no_second_session_may_prove_stays_open() -> None:
    # Given a stream
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When it was cut, and there is room for its own session alone
        bench.gateway.terms = replace(bench.gateway.terms, sessions=1)
        bench.faults.add(Fault("gw_close", count=1))
        await bench.run(1, whole=False)
        for _ in range(120):
            await bench.run(1)
            # Then all of it is judged, and it is never visible
            assert bench.state() == ("degraded", "gap")
        assert bench.judged() == bench.happened()
        assert sellers(bench) == [11_000, 11_200, 10_000]

    on_bench(play)


def test_a_replay_that_is_refused_is_asked_for_more_and_more_seldom() -> None:
    # Given a stream
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When no session is given the past any more
        bench.faults.add(Fault("gw_no_replay"))
        began = bench.sessions()
        await bench.run(200)
        # Then nothing is compared, which is said
        assert bench.state() == ("degraded", "not_compared")
        # And the gateway is asked about once in forty seconds
        assert bench.sessions() - began <= 8

    on_bench(play)


# The account.


def test_where_no_second_session_is_let_in_nothing_is_called_compared() -> None:
    # Given an account that may have one session
    async def play(bench: DepthBench) -> None:
        await bench.run(1)
        for _ in range(150):
            await bench.run(1)
            # Then what the stream brings is judged, and never called visible
            assert bench.state() == ("degraded", "not_compared")
        assert sellers(bench) == [11_000, 11_200, 10_000]
        assert bench.judged() == bench.happened()
        # And the gateway is asked ever more seldom
        assert bench.monitor.provider.history.counters["connection_limit"] <= 4
        # And once there is room, it is compared from the start on
        bench.gateway.terms = replace(bench.gateway.terms, sessions=10)
        await bench.run_until(bench.is_visible, 330)

    on_bench(play, terms=GatewayTerms(sessions=1))


def test_a_stream_that_another_program_takes_the_place_of_leaves_nothing_visible() -> None:
    # Given a stream
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When it is cut, and the account's sessions are all taken
        bench.gateway.terms = replace(bench.gateway.terms, sessions=0)
        bench.faults.add(Fault("gw_close", count=1))
        await bench.run(1, whole=False)
        assert bench.state() == ("degraded", "gap")
        # Then it is blind after half a minute
        await bench.run_until(lambda: bench.state()[0] == "blind", 35, whole=False)
        assert bench.state() == ("blind", "dead")
        # And once there is room, everything comes that was missed
        bench.gateway.terms = replace(bench.gateway.terms, sessions=10)
        await back(bench, 180, whole=False)
        assert sellers(bench)[:2] == [11_000, 11_200]

    on_bench(play)


def test_a_key_that_is_refused_once_after_it_was_let_in_ends_nothing() -> None:
    # Given a stream
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When it is cut and the key is refused once
        bench.faults.add(Fault("auth_failed", count=1))
        bench.faults.add(Fault("gw_close", count=1))
        await bench.run(1, whole=False)
        assert not bench.is_visible()
        # Then the run goes on, and sees again
        await back(bench, whole=False)

    on_bench(play)


def test_a_symbol_that_the_dataset_does_not_know_costs_the_other_one_nothing() -> None:
    # Given a symbol that there is, and one that there is not
    async def play(bench: DepthBench) -> None:
        # When they are watched
        await bench.run_until(bench.is_visible, 25)
        # Then the one is visible, and the other one is blind for itself
        assert bench.state("ZZZZ") == ("blind", "no_channel")
        assert bench.judged() == bench.happened()

    on_bench(play, "ACME", "ZZZZ")


# Time.


def test_a_late_stream_is_not_visible() -> None:
    # Given a stream
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When everything comes 20 s late
        number = bench.faults.add(Fault("gw_delay", seconds=20))
        took = await bench.run_until(
            lambda: not any(map(bench.is_visible, held(bench))), 40, whole=False
        )
        # Then nothing is visible soon, for as long as it does
        assert took <= 2 * ASKED_WITHIN_SECONDS
        for _ in range(40):
            await bench.run(1, whole=False)
            assert not any(map(bench.is_visible, held(bench)))
        # And all of it once it does no more
        bench.faults.remove(number)
        await back(bench, 2 * COMPARED_WITHIN_SECONDS)

    on_bench(play, "ACME", "BOLT")


@pytest.mark.parametrize("hours", [2, -1])
def test_a_clock_that_is_wrong_is_not_visible(hours: int) -> None:
    # Given a stream
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When the machine's clock is set wrong
        bench.ahead = timedelta(hours=hours)
        for _ in range(20):
            await bench.run(1, whole=False)
            # Then nothing is visible
            assert not any(map(bench.is_visible, held(bench)))

    on_bench(play, "ACME", "BOLT")


def test_a_machine_that_slept_sees_nothing_until_it_has_connected_anew() -> None:
    # Given a stream
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When the machine sleeps for ten minutes, and wakes beside a connection that is dead
        bench.faults.add(Fault("gw_mute", count=1))
        bench.skip(600)
        await bench.run(1, whole=False)
        # Then nothing is visible until what was missed is known
        assert not any(map(bench.is_visible, held(bench)))
        await bench.run_until(lambda: all(map(bench.is_visible, held(bench))), 120, whole=False)
        assert bench.driver.stream.counts["slept"] == 1
        assert sellers(bench)[-3:] == [10_400, 10_500, 11_100]

    on_bench(play, "ACME", "BOLT")


def test_a_halt_is_said_and_doubts_nothing() -> None:
    # Given two symbols
    async def play(bench: DepthBench) -> None:
        await warm(bench)
        # When one is halted for forty seconds
        bench.faults.add(Fault("ws_halt", symbols=("ACME",), seconds=40))
        await bench.run_until(lambda: bench.state()[1] == "halted", 5)
        # Then it is said to be halted until a minute after it trades again
        for _ in range(80):
            await bench.run(1)
            assert bench.state() == ("degraded", "halted")
            assert bench.is_visible("BOLT")
        assert bench.driver.counts["losses_found"] == 0
        # And it is visible then
        await bench.run_until(bench.is_visible, 40)

    on_bench(play, "ACME", "BOLT")
