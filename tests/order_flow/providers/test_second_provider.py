"""A second provider, unlike the first in everything: it streams, fills holes, withdraws, polls.

TCP, one nanosecond stamp, stated sides, conditions as text, no trade ids, a book told in numbered
changes, two secrets, holes filled by replay. Its folder is `support/tidewater`, its name stands
nowhere else: see `tests/test_provider_is_a_folder.py`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from support.monitor_stubs import ASK, BID, HandClock, Holdings, StubClient, at, position
from support.tidewater.provider import TidewaterProvider, make_provider
from support.tidewater.server import TOKEN, USER, TidewaterServer, tidewater_server
from support.tidewater.wire import UNKNOWN_CONDITION, MarketRecord
from support.tidewater_runs import (
    CENT,
    LIVE_FROM,
    QUICK,
    Numbers,
    Run,
    history,
    judged,
    live_clock,
    monitor_of,
    morning,
    opening_book,
    played,
    quiet_second,
    refusal_of,
    running,
    seconds_of,
    secrets,
    settings,
    streaming,
)

from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.diagnostics import get_logger
from trading_bot.order_flow.errors import DataSourceError, DataValidationError, OrderFlowError
from trading_bot.order_flow.feed import stream_driver
from trading_bot.order_flow.journal.lines import alert_id
from trading_bot.order_flow.market.newest import BestPrices, NewestKnown
from trading_bot.order_flow.market.units import ns_from_utc, utc_from_ns
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.providers import registry
from trading_bot.order_flow.recommendation import ExitRecommendation

NOW = LIVE_FROM


@pytest.fixture
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another package has installed the provider."""
    entry = EntryPoint("tidewater", "support.tidewater.provider:make_provider", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda *, group: (entry,))


@pytest.fixture
def quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_driver, "TICK_SECONDS", 0.002)


def sellers(events: list[MonitorEvent]) -> list[tuple[str | None, str, int | None, int | None]]:
    """Return the large sellers: source, severity, shares, exact stamp."""
    return [
        (each.source, each.severity, each.order_size, each.timestamp_ns)
        for each in events
        if isinstance(each, OrderFlowAlert) and each.alert_type == "large_seller"
    ]


# It is chosen by its name.


@pytest.mark.usefixtures("_installed")
def test_a_setting_chooses_a_provider_that_another_package_installed() -> None:
    # Given settings that name it, and a monitor that is given nothing but settings and secrets
    async def beside() -> tuple[OrderFlowMonitor, list[MonitorEvent]]:
        async with tidewater_server(history(numbers)) as server:
            monitor = OrderFlowMonitor(
                settings(server),
                position_manager=Holdings(position()),
                secrets=secrets(),
                log_directory=None,
                clock=live_clock(),
            )
            told: list[MonitorEvent] = []
            monitor.add_listener(told.append)
            task = asyncio.create_task(monitor.run_async(20.0))
            await server.until(lambda: judged(monitor) == 741)
            # When a large seller comes
            server.happen(numbers.sale(at(NOW) + 1))
            await server.until(lambda: sellers(told))
            monitor.stop()
            await task
        return monitor, told

    numbers = Numbers()
    monitor, told = asyncio.run(beside())
    # Then it was streamed from that provider
    assert isinstance(monitor.provider, TidewaterProvider)
    assert sellers(told) == [("aggressive_sell", "warning", 12_000, at(NOW) + 1)]


@pytest.mark.usefixtures("_installed")
def test_an_unknown_provider_is_refused_with_the_names_of_those_that_are_here() -> None:
    # Given settings that name a provider which nobody has installed
    config = OrderFlowConfig(thresholds="fixed", data_source="floodgate")
    # When a monitor is made
    # Then the error names what can be used
    with pytest.raises(ValueError, match=r"'floodgate'.*\(known: polygon, tidewater\)"):
        OrderFlowMonitor(config, position_manager=Holdings(), log_directory=None)


def test_a_host_s_own_history_takes_the_place_of_its_replays() -> None:
    # Given a history of the host's own
    own = StubClient()
    # When the provider is made with it
    found = make_provider(
        OrderFlowConfig(thresholds="fixed"), clock=HandClock(), history=own, secrets=secrets()
    )
    # Then it is asked, and the address is the provider's
    assert found.history is own
    assert found.host == "feed.tidewater.example:7001"
    found.close()


def test_what_it_cannot_do_is_refused_by_its_name() -> None:
    # Given the provider, which streams named symbols only and has no reference
    provider = make_provider(
        OrderFlowConfig(thresholds="fixed"), clock=HandClock(), secrets=secrets()
    )
    monitor = OrderFlowMonitor(
        OrderFlowConfig(thresholds="fixed"),
        position_manager=Holdings(),
        provider=provider,
        log_directory=None,
    )
    # When everything is to be streamed, and its table of conditions is asked for
    # Then both are refused
    with pytest.raises(ValueError, match="tidewater cannot stream every symbol"):
        monitor.run(mode="stream", everything=True)
    with pytest.raises(DataSourceError, match="tidewater has no table of trade conditions"):
        provider.reference.get_trade_conditions()


# It streams.


def test_a_streamed_morning_is_judged_to_the_nanosecond() -> None:
    # Given a seller, a large bid on the third level, and a burst
    # When the morning is streamed
    run = played()
    # Then each is found, by the stated side and with its exact stamp
    assert sellers(run.told) == [
        ("aggressive_sell", "warning", 12_000, at(380) + 700_123_457),
        ("resting_bid", "critical", 50_000, at(385) + 800_000_001),
    ]
    bursts = [each for each in run.alerts if each.alert_type == "red_burst"]
    assert [each.severity for each in bursts] == ["warning", "critical"]
    assert all(each.timestamp_ns and each.timestamp_ns % 1_000 for each in bursts)
    # And the exit is recommended once
    assert len([each for each in run.told if isinstance(each, ExitRecommendation)]) == 1


@pytest.mark.parametrize(("side", "alerts"), [("A", 1), ("B", 0), ("N", 1)])
def test_a_stated_side_counts_and_one_that_is_not_stated_is_inferred(
    side: Any, alerts: int
) -> None:
    # Given a quiet stock
    numbers = Numbers()

    async def test(run: Run) -> None:
        # When a large print at the bid is stated as a sale, as a purchase, or not at all
        run.server.happen(numbers.sale(at(NOW) + 1, side=side))
        await run.until_judged(1)

    run = streaming(test, history(numbers))
    # Then a sale alerts, and so does one that stands at the bid
    assert len(run.alerts) == alerts


@pytest.mark.parametrize(
    ("words", "alerts", "dropped"),
    [
        (("regular",), 1, {}),
        (("regular", "odd_lot"), 1, {}),
        (("average_price",), 0, {"average_price": 1}),
        (("auction_open",), 0, {"auction": 1}),
        (("regular", "neap_tide"), 0, {"unknown_condition": 1}),
    ],
)
def test_conditions_in_words_decide_what_a_print_counts_for(
    words: tuple[str, ...], alerts: int, dropped: dict[str, int]
) -> None:
    # Given a quiet stock
    numbers = Numbers()

    async def test(run: Run) -> None:
        # When a large sale comes with some words
        run.server.happen(numbers.sale(at(NOW) + 1, words=words))
        await run.until_judged(1)

    run = streaming(test, history(numbers))
    # Then those that our tables exclude do not count, and unknown ones have no side
    assert (len(run.alerts), run.dropped) == (alerts, dropped)


def test_an_unknown_word_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    # Given a quiet stock
    numbers = Numbers()

    async def test(run: Run) -> None:
        # When two words come that no table knows, twice
        for _ in range(2):
            words = ("spring_tide", "neap_tide")
            run.server.happen(numbers.sale(at(NOW) + 1, 100, words=words))
            await run.until_judged(1)
        await run.until(lambda: "order_flow.unknown_condition_met" in caplog.text)

    with caplog.at_level(logging.WARNING):
        streaming(test, history(numbers))
    # Then that was logged once
    met = [each for each in caplog.records if each.msg == "order_flow.unknown_condition_met"]
    assert [vars(each)["condition"] for each in met] == [UNKNOWN_CONDITION]


@pytest.mark.parametrize(
    ("shares", "counted", "large", "dropped"),
    [
        ("0.5", 0, [], {"below_one_share"}),
        ("100.5", 100, [], {"fraction_of_a_share"}),
        ("9999.999999", 9_999, [], {"fraction_of_a_share"}),
        ("10000.5", 10_000, [10_000], {"fraction_of_a_share"}),
    ],
)
def test_fractions_of_a_share_are_carried_and_whole_shares_count(
    shares: str, counted: int, large: list[int], dropped: set[str]
) -> None:
    # Given a quiet stock
    numbers = Numbers()

    async def test(run: Run) -> None:
        before = volume(run)
        # When some are sold, and one share after them, within the second of the newest print
        newest_ns = at(NOW - 1) + 600_000_000
        run.server.happen(numbers.sale(newest_ns, shares), numbers.sale(newest_ns + 2_000_001, 1))
        await run.until(lambda: volume(run) == before + counted + 1)

    run = streaming(test, history(numbers))
    # Then whole shares count, and what does not is told
    assert [each.order_size for each in run.alerts] == large
    assert run.dropped.keys() == dropped


def volume(run: Run) -> int:
    return run.monitor.judge.tape_monitor.state_of("ACME").reading().volume


def test_a_symbol_that_the_server_refuses_is_told_of_and_costs_no_other() -> None:
    # Given two positions, one of them in a symbol that is not listed there
    numbers = Numbers()

    async def beside() -> tuple[dict[str, str], list[MonitorEvent]]:
        clock = live_clock()
        async with tidewater_server(history(numbers)) as server:
            server.unknown.add("BOLT")
            monitor = monitor_of(server, clock, holdings=Holdings(position(), position("BOLT")))
            async with running(server, monitor, clock) as run:
                lives = run.driver.ingest.symbols
                await run.until(lambda: lives and lives["ACME"].gap is None)
                await run.until(lambda: monitor.visibility("BOLT").state == "blind")
                # When the other one is sold
                server.happen(numbers.sale(at(NOW) + 1))
                await run.until(lambda: run.alerts)
            seen = {each: monitor.visibility(each).reason for each in monitor.symbols}
            return seen, list(run.alerts)

    refused, alerts = asyncio.run(beside())
    # Then that is found, and the first is not to be seen
    assert len(alerts) == 1
    assert refused["BOLT"].startswith("no_channel: ")
    assert "no_channel" not in refused["ACME"]


def test_a_symbol_is_followed_as_long_as_it_is_held() -> None:
    # Given one position
    numbers, others = Numbers(), Numbers("BOLT")
    holdings = Holdings(position())

    async def beside() -> list[set[str]]:
        clock = live_clock()
        async with tidewater_server([*history(numbers), opening_book(others, at(1))]) as server:
            monitor = monitor_of(server, clock, holdings=holdings)
            async with running(server, monitor, clock) as run:
                await run.ready()
                subscribed = [set(server.streams[0].symbols)]
                # When another is opened, and then the first is closed
                holdings.positions.append(position("BOLT"))
                await run.driver._tick()
                await run.until(lambda: server.streams[0].symbols == {"ACME", "BOLT"})
                await run.ready()
                del holdings.positions[0]
                await run.driver._tick()
                clock.move(5)
                await run.driver._tick()
                await run.until(lambda: server.streams[0].symbols == {"BOLT"})
                return [*subscribed, set(monitor.symbols)]

    # Then it is subscribed, and unsubscribed, over one connection
    assert asyncio.run(beside()) == [{"ACME"}, {"BOLT"}]


# It fills holes, by replay.


def test_two_large_sales_in_a_hole_are_told_once_and_in_order() -> None:
    # Given a stream that is cut after one quiet second
    numbers = Numbers()
    tape = history(numbers)

    async def test(run: Run) -> None:
        run.server.cut_after = 2
        run.server.happen(*quiet_second(numbers, NOW))
        # When two large sales and a second bid happen that nobody is told
        hidden: list[MarketRecord] = [
            numbers.sale(at(NOW + 1) + 3, 11_000),
            numbers.bid(at(NOW + 2), 20_000),
            numbers.sale(at(NOW + 3) + 7, 13_000),
        ]
        run.server.miss(*hidden)
        await run.until(lambda: run.stream.link == 2)
        await run.ready(connections=2)
        run.server.happen(*quiet_second(numbers, NOW + 4))
        await run.until(lambda: run.judged() == len(tape) + 7)

    run = streaming(test, tape)
    # Then each is told once, as if it had been streamed
    assert sellers(run.told) == [
        ("aggressive_sell", "warning", 11_000, at(NOW + 1) + 3),
        ("resting_bid", "critical", 20_000, at(NOW + 2)),
        ("aggressive_sell", "warning", 13_000, at(NOW + 3) + 7),
    ]
    # And what the replay repeated of the seconds before was not judged twice
    live = run.driver.ingest.symbols["ACME"]
    assert live.repeated >= 1
    assert run.judged() == len(tape) + 7
    # And it was replayed from before the newest print on, after it had begun with the history
    (_, start_ns), *later = run.server.replays
    assert start_ns == at(0)
    assert at(0) < min(from_ns for _, from_ns in later) < at(NOW)


def hold_replays(run: Run) -> threading.Event:
    """Hold back every replay, once it was made, until this is set."""
    may_answer = threading.Event()
    asked = run.monitor.provider.history.fetch_tape

    def slow(*question: Any) -> Any:
        answer = asked(*question)
        may_answer.wait(5)
        return answer

    vars(run.monitor.provider.history)["fetch_tape"] = slow
    return may_answer


def test_what_comes_while_a_hole_is_filled_waits_for_its_turn() -> None:
    # Given a cut, and a server whose replays are slow
    numbers = Numbers()
    tape = history(numbers)
    order: list[int] = []

    async def test(run: Run) -> None:
        may_answer, before = hold_replays(run), len(run.server.replays)
        run.server.cut()
        run.server.miss(numbers.sale(at(NOW) + 1, 11_000))
        await run.until(lambda: run.stream.link == 2 and run.stream.problem is None)
        await run.until(lambda: len(run.server.replays) > before)
        # When live events come before the replay is there
        run.server.happen(numbers.bid(at(NOW) + 2, 20_000), numbers.sale(at(NOW + 1), 12_000))
        live = run.driver.ingest.symbols["ACME"]
        await run.until(lambda: live.gap is not None and len(live.gap.waiting) >= 3)
        order.append(len(run.alerts))
        may_answer.set()
        await run.until(lambda: len(run.alerts) == 3)

    run = streaming(test, tape)
    # Then nothing was told before, and all in exchange order after
    assert order == [0]
    assert [each.order_size for each in run.alerts] == [11_000, 20_000, 12_000]


@pytest.mark.parametrize("kind", ["book", "print"])
def test_a_number_that_is_missing_is_a_hole_of_its_symbol(kind: str) -> None:
    # Given a server that swallows an event and goes on over the same connection
    numbers = Numbers()
    tape = history(numbers)

    async def test(run: Run) -> None:
        if kind == "book":
            run.server.happen(numbers.bid(at(NOW), 500))
            run.server.miss(numbers.bid(at(NOW) + 1, 15_000, BID - 2 * CENT))
            run.server.happen(numbers.bid(at(NOW) + 2, 600))
        else:
            run.server.happen(numbers.sale(at(NOW), 100, price_ticks=ASK, side="B"))
            run.server.miss(numbers.sale(at(NOW) + 1, 15_000))
            run.server.happen(numbers.sale(at(NOW) + 2, 100, price_ticks=ASK, side="B"))
        # When the next one has come
        await run.until(lambda: run.alerts)
        await run.ready()
        await run.until(lambda: run.judged() == len(tape) + 3)
        # Then the book goes on
        run.server.happen(numbers.bid(at(NOW + 1), 30_000))
        await run.until(lambda: len(run.alerts) == 2)

    run = streaming(test, tape)
    # And what was swallowed is told of, and found missing once
    assert [each.order_size for each in run.alerts] == [15_000, 30_000]
    assert run.alerts[0].timestamp_ns == at(NOW) + 1
    assert run.stream.link == 1
    refused = run.driver._consumer.refused
    assert refused == {"book_lost" if kind == "book" else "prints_missing": 1}


def test_a_record_that_cannot_be_read_is_a_hole_of_its_symbol() -> None:
    # Given a server that damages a print, and then says a word that nobody knows
    numbers = Numbers()

    async def test(run: Run) -> None:
        run.server.miss(numbers.sale(at(NOW) + 1, 15_000))
        (link,) = run.server.streams
        link.write(b"T|ACME|%d|soon\nQ|ACME|from a later version\n" % (at(NOW) + 1))
        # When it has come
        await run.until(lambda: run.alerts)

    run = streaming(test, history(numbers))
    # Then it is replayed, and the other is counted
    assert [each.order_size for each in run.alerts] == [15_000]
    assert run.driver._consumer.refused == {"wrong_fields": 1, "unknown_kind": 1}


def test_a_replay_that_cannot_be_had_is_asked_for_again() -> None:
    # Given a server that replays nothing at first
    numbers = Numbers()
    errors: list[str] = []

    async def test(run: Run) -> None:
        asked = run.monitor.provider.history.fetch_tape

        def failing(*question: Any) -> Any:
            if not errors:
                errors.append("cut_off")
                raise DataSourceError("cut", code="cut_off", retryable=True)
            return asked(*question)

        vars(run.monitor.provider.history)["fetch_tape"] = failing
        run.server.cut()
        # When something happens meanwhile
        run.server.miss(numbers.sale(at(NOW) + 1))
        await run.until(lambda: run.alerts)

    # Then it is told of after all
    run = streaming(test, history(numbers))
    assert errors == ["cut_off"]
    assert len(run.alerts) == 1


# It takes back, and halts.


def burst(numbers: Numbers, *, cancels: bool) -> list[MarketRecord]:
    """Two sales that make a burst together, the first of them cancelled or not."""
    first = numbers.sale(at(NOW) + 1, 20_000)
    taken_back = [numbers.cancel(at(NOW) + 2, first)] if cancels else []
    return [first, *taken_back, numbers.sale(at(NOW + 1) + 3, 20_000)]


def bursts(run: Run) -> int:
    return sum(each.alert_type == "red_burst" for each in run.alerts)


@pytest.mark.parametrize("cancels", [False, True])
def test_a_cancelled_print_leaves_the_windows(cancels: bool) -> None:
    # Given two sales that make a burst together
    numbers = Numbers()

    async def test(run: Run) -> None:
        # When the first is cancelled before the second comes
        run.server.happen(*burst(numbers, cancels=cancels))
        await run.until_judged(2)

    run = streaming(test, history(numbers))
    # Then there is none
    assert bursts(run) == (not cancels)
    assert run.dropped.get("withdrawn", 0) == cancels


def test_a_print_that_is_cancelled_in_a_hole_leaves_the_windows() -> None:
    # Given a sale before a cut
    numbers = Numbers()

    async def test(run: Run) -> None:
        first, cancel, second = burst(numbers, cancels=True)
        run.server.happen(first)
        await run.until_judged(1)
        run.server.cut()
        # When it is cancelled in the hole
        run.server.miss(cancel, second)
        await run.until(lambda: run.stream.link == 2)
        await run.ready(connections=2)

    run = streaming(test, history(numbers))
    # Then the replay takes it back, in its place
    assert (bursts(run), run.dropped["withdrawn"]) == (0, 1)
    assert [each.order_size for each in run.alerts] == [20_000, 20_000]


def test_a_print_that_is_made_and_cancelled_in_a_hole_leaves_the_windows() -> None:
    # Given a cut
    numbers = Numbers()

    async def test(run: Run) -> None:
        run.server.cut()
        # When a sale is made and cancelled in the hole
        run.server.miss(*burst(numbers, cancels=True))
        await run.until(lambda: run.stream.link == 2)
        await run.ready(connections=2)

    # Then there is no burst
    run = streaming(test, history(numbers))
    assert (bursts(run), run.dropped["withdrawn"]) == (0, 1)


def test_a_halt_keeps_events_from_being_judged_until_a_minute_after_the_reopening() -> None:
    # Given a stock that is halted
    numbers = Numbers()
    reopening = at(NOW + 300)

    async def test(run: Run) -> None:
        run.server.happen(
            numbers.pause(at(NOW) + 1),
            # When sales come in the halt, within the minute after it, and later
            numbers.sale(at(NOW) + 2),
            numbers.bid(at(NOW) + 3, 30_000),
        )
        await run.until(lambda: run.dropped.get("halted") == 2)
        run.clock.move(361)
        run.server.happen(
            numbers.pause(at(NOW + 299), halted=False),
            numbers.sale(reopening, 100, words=("auction_reopen",)),
            numbers.sale(reopening + 59_999_999_999),
            numbers.sale(reopening + 60_000_000_000, 11_000),
        )
        await run.until_judged(1)

    run = streaming(test, history(numbers))
    # Then the last alone is judged
    assert [each.order_size for each in run.alerts] == [11_000]
    assert run.dropped == {"halts": 1, "halted": 4}


def test_sales_before_a_halt_in_a_hole_are_told_and_those_after_it_are_not() -> None:
    # Given a cut
    numbers = Numbers()

    async def test(run: Run) -> None:
        run.server.cut()
        # When a sale, a halt and another sale happen in the hole
        run.server.miss(
            numbers.sale(at(NOW) + 1, 11_000),
            numbers.pause(at(NOW) + 2),
            numbers.sale(at(NOW) + 3, 12_000),
        )
        await run.until(lambda: run.stream.link == 2)
        await run.ready(connections=2)

    run = streaming(test, history(numbers))
    # Then the first is told, and the symbol is halted
    assert [each.order_size for each in run.alerts] == [11_000]
    assert run.dropped == {"halts": 1, "halted": 1}


def test_a_halt_that_overtakes_the_replay_hides_nothing_that_came_before_it() -> None:
    # Given a sale in a hole, and a replay that is slow
    numbers = Numbers()

    async def test(run: Run) -> None:
        may_answer, before = hold_replays(run), len(run.server.replays)
        run.server.cut()
        run.server.miss(numbers.sale(at(NOW) + 1, 11_000))
        await run.until(lambda: run.stream.link == 2 and run.stream.problem is None)
        await run.until(lambda: len(run.server.replays) > before)
        # When the halt is told live, before the replay is there
        run.server.happen(numbers.pause(at(NOW) + 2))
        judge = run.monitor.judge.judge_of("ACME")
        await run.until(lambda: judge is not None and judge.halted_by is not None)
        may_answer.set()
        await run.ready(connections=2)

    # Then the sale is told of all the same
    run = streaming(test, history(numbers))
    assert [each.order_size for each in run.alerts] == [11_000]


# Its connection is looked after.


def test_a_quiet_connection_is_asked_for_a_sign_of_life_and_a_mute_one_is_made_anew() -> None:
    # Given a server that answers signs of life
    numbers = Numbers()
    times = replace(QUICK, ping_after=0.0, dead_after=1.0)

    async def test(run: Run) -> None:
        await run.until(lambda: run.server.streams[0].heard.count(b"!BEAT\n") >= 3)
        # When it answers them no more
        run.server.answers_beats = False
        await run.until(lambda: run.stream.problem == "mute" or run.stream.link > 1)
        run.server.answers_beats = True
        # Then another connection takes the place of the mute one
        await run.until(lambda: run.stream.link > 1 and run.stream.problem is None)

    run = streaming(test, history(numbers), times=times)
    assert run.stream.counts["disconnects"] >= 1


def test_a_symbol_that_is_silent_is_seen_to_be_quiet_by_its_book() -> None:
    # Given a stock whose last event is long past
    numbers = Numbers()
    seen: list[str] = []

    async def test(run: Run) -> None:
        await run.until(lambda: run.sees_all)
        # When time goes on until its book is refused for its age, and nothing comes
        await run.pass_time(44)
        seen.extend(run.monitor.visibility("ACME"))

    streaming(test, history(numbers))
    # Then its book vouches for the silence
    assert seen[0] == "visible"
    assert seen[1].startswith("quiet: no prints for ")


def test_a_book_that_is_newer_than_the_stream_s_by_a_microsecond_is_found_out() -> None:
    # Given a server that swallows the last change of a book
    numbers = Numbers()

    async def test(run: Run) -> None:
        run.server.happen(numbers.bid(at(NOW) + 1, 500))
        await run.until_judged(1)
        await run.until(lambda: run.sees_all)
        run.server.miss(numbers.bid(at(NOW) + 1_001, 50_000))
        # When the stream stays silent
        await run.pass_time(12)

    run = streaming(test, history(numbers))
    # Then it is replayed and told
    assert sellers(run.told) == [("resting_bid", "critical", 50_000, at(NOW) + 1_001)]


@pytest.mark.usefixtures("quick_ticks")
def test_a_server_that_cannot_be_reached_is_given_up_where_polling_may_take_its_place() -> None:
    # Given a port where nobody listens
    async def unused() -> TidewaterServer:
        async with tidewater_server() as server:
            return server

    server = asyncio.run(unused())
    monitor = monitor_of(server, live_clock())

    async def stream() -> DataSourceError | None:
        return await monitor._stream(5.0, 0.02, everything=False)

    # When it is streamed from
    refusal = asyncio.run(stream())
    # Then that ends by a name
    assert refusal is not None
    assert refusal.code == "no_stream"
    assert f"127.0.0.1:{server.port} could not be subscribed" in str(refusal)


def test_a_full_queue_stops_reading_until_it_has_room() -> None:
    # Given a run whose queue holds next to nothing
    numbers = Numbers()
    tape = history(numbers)

    async def beside() -> Run:
        clock = live_clock()
        async with tidewater_server(tape) as server:
            monitor = monitor_of(server, clock)
            async with running(server, monitor, clock) as run:
                await run.ready()
                run.driver.queue._limit = 1_000
                # When a thousand changes of a book and a hundred prints come at once
                for n in range(100):
                    changes = [numbers.bid(at(NOW) + n * 20 + i, 600 + i) for i in range(10)]
                    server.happen(*changes, numbers.sale(at(NOW) + n * 20 + 11, 100))
                judge = run.monitor.judge.judge_of("ACME")
                assert judge is not None
                await run.until(lambda: judge.trades == LIVE_FROM + 100)
                # Then reading paused, no print is lost, and the newest book stands
                assert run.stream.counts["reading_paused"] >= 1
                assert run.driver.counts["quotes_left_out"] >= 1
                return run

    asyncio.run(beside())


# It is polled.


def test_polling_finds_what_streaming_finds() -> None:
    # Given what streaming the morning finds
    expected = sorted(_ids(played().told))
    tape = morning()

    async def beside() -> list[MonitorEvent]:
        clock = live_clock()
        before = [each for each in tape if each.at_ns <= at(LIVE_FROM)]
        async with tidewater_server(before) as server:
            monitor = monitor_of(server, clock)
            told: list[MonitorEvent] = []
            monitor.add_listener(told.append)
            polling = asyncio.create_task(asyncio.to_thread(monitor.run, 20.0, mode="poll"))
            await server.until(lambda: judged(monitor) == len(before))
            # When it is polled, every book by replay and by snapshot
            for number in range(0, len(seconds_of(tape)), 30):
                seconds = seconds_of(tape)[number : number + 30]
                server.miss(*(each for second in seconds for each in second))
                clock.move(30)
                await server.until(lambda: judged(monitor) == len(server.tape))
            monitor.stop()
            await polling
            assert judged(monitor) == len(tape)
        return told

    # Then the same is found, with the same stamps, and nothing was judged twice
    assert sorted(_ids(asyncio.run(beside()))) == expected
    assert len(expected) == 4


def _ids(told: list[MonitorEvent]) -> list[str]:
    return [
        alert_id(each, OrderFlowConfig(thresholds="fixed").config_hash)
        for each in told
        if isinstance(each, OrderFlowAlert)
    ]


def asked_of(ask: Callable[[Any], Any], tape: list[MarketRecord], *unknown: str) -> Any:
    """Ask a server's history something, at the end of the history."""

    async def beside() -> Any:
        async with tidewater_server(tape) as server:
            server.unknown.update(unknown)
            clock = live_clock()
            provider = TidewaterProvider(settings(server), secrets=secrets(), clock=clock)
            return await asyncio.to_thread(ask, provider.history)

    return asyncio.run(beside())


def test_books_are_asked_for_together_and_each_is_checked() -> None:
    # Given a book of now, an old one, an empty one, and a symbol that is not listed
    numbers, old, empty = Numbers(), Numbers("OLD"), Numbers("VOID")
    tape: list[MarketRecord] = [
        *history(numbers),
        opening_book(old, at(0)),
        empty.book(at(NOW), [], []),
    ]

    # When all are asked for
    def ask(found: Any) -> Any:
        return found.get_snapshots(("ACME", "OLD", "VOID", "NONE")), found.connectivity()

    books, word = asked_of(ask, tape, "NONE")
    # Then each is there, or why not
    assert [level[1] for level in books["ACME"].bids] == [400, 500, 500]
    assert books["ACME"].depth_kind == "levels"
    assert {each: books[each].code for each in ("OLD", "VOID", "NONE")} == {
        "OLD": "stale_snapshot",
        "VOID": "empty_book",
        "NONE": "not_found",
    }
    assert word == "ok"


def test_the_newest_that_is_known_is_the_best_of_each_book() -> None:
    # Given a book, an empty one, and a symbol that is not listed
    numbers, empty = Numbers(), Numbers("VOID")
    tape: list[MarketRecord] = [opening_book(numbers, at(1)), empty.book(at(2), [], [])]
    # When the newest is asked for
    found = asked_of(lambda each: each.fetch_newest(("ACME", "VOID", "NONE"), 9), tape, "NONE")
    # Then it is the quotes of the books; of prints nothing is said
    assert found == {
        "ACME": NewestKnown(9, quote=BestPrices(at(1), BID, ASK)),
        "VOID": NewestKnown(9, quote=BestPrices(at(2), 0, 0)),
    }


def test_prints_may_be_asked_for_alone() -> None:
    # Given a print and a book
    numbers = Numbers()
    tape: list[MarketRecord] = [opening_book(numbers, at(1)), numbers.sale(at(2), 7)]
    # When prints alone are asked for, and then both
    alone = asked_of(lambda each: each.fetch_tape("ACME", at(0), None), tape)
    both = asked_of(lambda each: each.fetch_tape("ACME", at(0), at(0)), tape)
    # Then the book is left out, or there
    assert (len(alone.trades), len(alone.beside)) == (1, 0)
    assert (len(both.trades), len(both.beside)) == (1, 1)


def test_the_tape_of_a_span_has_whole_shares_stated_sides_and_no_cancelled_print() -> None:
    # Given prints of every kind
    numbers = Numbers()
    prints = [
        numbers.sale(at(1), "0.5"),
        numbers.sale(at(2), "100.5"),
        numbers.sale(at(3), 7),
        numbers.sale(at(4), 200, price_ticks=ASK, side="B"),
        numbers.sale(at(5), 300, side="N"),
        numbers.sale(at(99), 400),
    ]
    tape: list[MarketRecord] = [*prints, numbers.cancel(at(100), prints[2])]
    # When a span is asked for
    span = utc_from_ns(at(0)), utc_from_ns(at(50))
    found = asked_of(lambda each: each.get_time_and_sales("ACME", *span), tape)
    # Then it holds what counts
    assert [(each.size, each.side, ns_from_utc(each.timestamp_utc)) for each in found] == [
        (100, "sell", at(2)),
        (200, "buy", at(4)),
        (300, "unknown", at(5)),
    ]


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (lambda each: each.get_level2_snapshot("NONE"), "not_found"),
        (lambda each: each.fetch_tape("NONE", 1, 1), "not_found"),
        (lambda each: each.get_level2_snapshot("OLD"), "stale_snapshot"),
        (lambda each: each.get_level2_snapshot("NEW"), "no_data"),
        (lambda each: each.fetch_tape("HOLED", 1, 1), "bad_replay"),
    ],
    ids=["unknown book", "unknown tape", "old book", "no book", "holes"],
)
def test_what_cannot_be_answered_has_a_name(question: Callable[[Any], Any], code: str) -> None:
    # Given a listing without a book, and one whose replay lacks a change
    old, holed = Numbers("OLD"), Numbers("HOLED")
    tape: list[MarketRecord] = [opening_book(old, at(0)), opening_book(holed, at(1))]
    holed.bid(at(3), 1)
    tape.append(holed.bid(at(4), 1))
    # When it is asked
    # Then the error says what is wrong
    with pytest.raises(OrderFlowError) as caught:
        asked_of(question, tape, "NONE")
    assert isinstance(caught.value, DataSourceError | DataValidationError)
    assert caught.value.code == code


# Its secrets are its own.


@pytest.mark.parametrize("given", [("", TOKEN), (USER, ""), ("", "")])
def test_a_missing_secret_ends_it_before_any_connection(given: tuple[str, str]) -> None:
    # Given one secret of the two, or none
    # When it is streamed
    error, server = refusal_of(given=secrets(*given))
    # Then both variables are named, and nobody was connected
    assert error.code == "missing_key"
    assert "TIDEWATER_USER" in str(error)
    assert "TIDEWATER_TOKEN" in str(error)
    assert server.links == []


def test_a_missing_secret_is_named_by_the_history_too() -> None:
    # Given a history without secrets
    config = OrderFlowConfig(thresholds="fixed")
    given = TidewaterProvider(config, secrets=secrets("", ""), clock=HandClock())
    # When it is asked
    # Then it names both
    with pytest.raises(DataSourceError, match="TIDEWATER_USER and TIDEWATER_TOKEN") as caught:
        given.history.fetch_tape("ACME", 1, 1)
    assert caught.value.code == given.history.connectivity() == "missing_key"


def test_a_wrong_token_ends_it() -> None:
    # Given a token that the server does not know
    # When it is streamed
    error, server = refusal_of(given=secrets(token="tw_another"))
    # Then that is not tried again
    assert error.code == "wrong_key"
    assert len(server.links) == 1


def test_no_secret_is_written_anywhere(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    # Given a run that is recorded, with a journal, and one that is refused with an echo
    numbers = Numbers()
    shown: list[str] = []

    async def beside() -> None:
        clock = live_clock()
        async with tidewater_server(history(numbers)) as server:
            config = settings(server)
            recorder = CaptureWriter(tmp_path / "capture", config, clock=clock)
            monitor = monitor_of(
                server, clock, log_directory=tmp_path / "journal", record_to=recorder
            )
            async with running(server, monitor, clock) as run:
                await run.ready()
                server.happen(numbers.sale(at(NOW) + 1))
                await run.until(lambda: run.alerts)
                # When the connection is cut, and everything is shown that can be
                server.cut()
                await run.until(lambda: run.stream.link == 2)
                await run.ready(connections=2)
                provider = monitor.provider
                login = provider._login()  # type: ignore[attr-defined]
                shown.extend(map(repr, (provider, provider.history, run.stream, login, config)))
                shown.append(repr(monitor.health_check()))
            recorder.close()
            wire = b"".join(line for link in server.links for line in link.heard)
            shown.append(wire.decode().replace(USER, ""))

    with caplog.at_level(logging.DEBUG):
        asyncio.run(beside())
        error, _ = refusal_of(given=secrets(user="low-water-mark@quay.example"))
        get_logger("trading_bot.anyone").error("%s and %s", USER, TOKEN)
    # Then neither stands in log, error, repr, journal or capture; and the token crossed no wire
    shown += [str(error), repr(error), caplog.text, repr([vars(each) for each in caplog.records])]
    shown += [_text_of(each) for each in tmp_path.rglob("*.*") if each.is_file()]
    assert len(shown) >= 12
    assert "low-water-mark" not in "".join(shown)
    assert [each for each in shown if USER in each or TOKEN in each] == []


def _text_of(path: Path) -> str:
    import gzip  # noqa: PLC0415

    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
