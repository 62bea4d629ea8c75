"""A live run, judged again from its recording."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from support.account_values import adds_up, left_out
from support.flat_data import quote_row, trade_row
from support.market import give_quote, give_trade
from support.monitor_stubs import (
    ASK,
    BID,
    START_NS,
    HandClock,
    Holdings,
    StubClient,
    at,
    exit_of,
    large_seller,
    position,
    sight,
)

from trading_bot.order_flow.capture.lines import (
    AnyLine,
    Looked,
    OldQuoteLine,
    OldTradeLine,
    Refilled,
    Seen,
    Skipped,
    Started,
    TradeLine,
    Unwatched,
    Watched,
)
from trading_bot.order_flow.capture.writer import CaptureWriter, plain_settings
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.errors import DataSourceError, DataValidationError
from trading_bot.order_flow.journal.lines import alert_id, alert_record
from trading_bot.order_flow.journal.said import Said
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Withdrawal
from trading_bot.order_flow.market.trade_conditions import TradeConditions, Verdict
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.sight.coverage.reasons import Lost
from trading_bot.recorded.recordings import Recordings
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.capture_player import CapturePlayer

CONFIG = OrderFlowConfig(thresholds="fixed", alert_window_seconds=60)
Run = Callable[[OrderFlowMonitor, HandClock, Holdings], None]


class News:
    def headlines(self, symbol: str, as_of: object) -> tuple[str, ...]:
        return ("Bad news",)


def record(folder: Path, *runs: Run) -> list[MonitorEvent]:
    """Let live runs happen and return what they told."""
    told: list[MonitorEvent] = []
    for number, run in enumerate(runs):
        clock = HandClock()
        clock.move(number)
        holdings = Holdings(position())
        recorder = CaptureWriter(folder, CONFIG, clock=clock)
        monitor = OrderFlowMonitor(
            CONFIG,
            record_to=recorder,
            position_manager=holdings,
            log_directory=None,
            context=News(),
            client=StubClient(),
            clock=clock,
        )
        monitor.judge.publisher.add_listener(told.append)
        run(monitor, clock, holdings)
        recorder.close()
    return told


def replay(
    folder: Path,
    options: ReadOptions | None = None,
    config: OrderFlowConfig | None = None,
    positions: list[Position] | None = None,
) -> tuple[list[MonitorEvent], CapturePlayer]:
    source = Recordings(sorted(folder.iterdir()))
    player = CapturePlayer(source, options or ReadOptions(), config, positions=positions)
    told: list[MonitorEvent] = []
    player.add_listener(told.append)
    for _ in player.batches():
        pass
    return told, player


def sell_three_times(monitor: OrderFlowMonitor, start: float = 0.0) -> None:
    give_quote(monitor.judge, "ACME", at(start), BID, 100, ASK, 100, received_ns=at(start + 0.2))
    for second in (1, 2, 3):
        stamp = at(start + second)
        arrived = at(start + second + 20)
        give_trade(monitor.judge, "ACME", stamp, BID, 12_000, received_ns=arrived)


def a_busy_run(monitor: OrderFlowMonitor, clock: HandClock, holdings: Holdings) -> None:
    """Let everything happen that a recording can hold."""
    monitor.judge.start_afresh()
    monitor.judge.read_positions()
    monitor.use_conditions(TradeConditions({2: Verdict(volume=False, side=False, reason="x")}))
    monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    monitor.judge.say("evicted", "another program uses this key", at(0.5))
    monitor.judge.saw("ACME", sight(since=1, compared=1), at(1))
    sell_three_times(monitor)
    give_trade(monitor.judge, "ACME", at(4), BID, 12_000, conditions=(2,))
    for error in (
        DataSourceError("too slow", code="timeout"),
        DataValidationError("crossed", symbol="ACME", bid=2),
    ):
        monitor.judge.data_refused("ACME", "tape", at(5), error)
    for second in (6, 60):
        monitor.judge.every_second(at(second))
        monitor.judge.saw("ACME", sight("blind", "dead", "nothing comes", since=second), at(60))
    monitor.judge.span_lost(Lost("ACME", "trades", at(0), at(1), "gap", 2, ("timeout",)), at(60))
    holdings.positions = [position(stop=None)]
    monitor.judge.read_positions()
    sell_three_times(monitor, 400)
    monitor.judge.unwatch("ACME")


def test_a_replay_tells_what_the_live_run_told(tmp_path: Path) -> None:
    # Given a recorded run in which everything happens
    live = record(tmp_path, a_busy_run)
    # When it is played
    again, player = replay(tmp_path)
    # Then alerts, exits and feed events are equal, delays and headlines included
    assert again == live
    kinds = {type(event).__name__ for event in live}
    assert kinds == {"OrderFlowAlert", "ExitRecommendation", "FeedEvent", "GuardState"}
    assert (player.trades, player.quotes, player.symbols) == (7, 2, {"ACME"})
    assert (player.first_ns, player.last_ns) == (at(0), at(403))
    assert player.judge.clock().isoformat() == "2026-03-10T14:01:00+00:00"


def test_a_stream_that_looks_at_a_few_symbols_at_a_time_is_replayed_alike(tmp_path: Path) -> None:
    # Given a recorded run whose feeds end, of which each is looked at by itself
    def run(monitor: OrderFlowMonitor, _clock: HandClock, _holdings: Holdings) -> None:
        monitor.judge.start_afresh()
        for symbol in ("ACME", "BOLT"):
            monitor.judge.watch(symbol, from_ns=at(0), now_ns=at(0))
        for second, symbol in ((1, "ACME"), (2, "BOLT"), (60, "BOLT"), (61, "ACME")):
            found = sight() if second < 60 else sight("blind", "dead", "nothing comes", since=60)
            monitor.judge.saw(symbol, found, at(second))
            monitor.judge.every_second(at(second), [symbol])

    live = record(tmp_path, run)
    # When it is played
    again, _ = replay(tmp_path)
    # Then the same is told, in the same order
    assert again == live
    assert [event.symbol for event in live] == ["BOLT", "ACME"]


def test_a_look_without_names_is_one_at_every_symbol(tmp_path: Path) -> None:
    # Given a recording of a symbol that is seen no more, and of a look that names none
    lines = [
        Started(schema=1, at_ns=at(0), config=plain_settings(CONFIG), continued=False),
        Watched("ACME", at(0), at(0)),
        Seen("ACME", at(60), "blind", "dead", "nothing comes", at(60)),
        Looked(at(60)),
    ]
    encoder = msgspec.json.Encoder()
    path = tmp_path / "2026-03-10.jsonl"
    path.write_bytes(b"".join(encoder.encode(line) + b"\n" for line in lines))
    # When it is played
    again, _ = replay(tmp_path)
    # Then that is told
    assert [event.symbol for event in again] == ["ACME"]


def test_a_position_that_was_closed_and_opened_again_is_replayed_alike(tmp_path: Path) -> None:
    # Given an exit of an earlier run that was not told, then a position that is closed and another
    # that is opened, each with its sellers
    ids = ("1" * 16, "2" * 16, "3" * 16)
    alerts = {key: large_seller(n - 10, alert_id=key) for n, key in enumerate(ids)}
    earlier = replace(
        exit_of(seconds=-8), alerts=tuple(alerts.values()), exit_id="e" * 16, repeated=True
    )

    def run(monitor: OrderFlowMonitor, clock: HandClock, holdings: Holdings) -> None:
        monitor.judge.take_back(Said(alerts, {"ACME": earlier}))
        monitor.judge.read_positions()
        monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
        holdings.positions = []
        for _ in range(2):
            monitor.judge.read_positions()
            clock.move(5)
        holdings.positions = [position(opened_at=None)]
        monitor.judge.read_positions()
        sell_three_times(monitor, 11)

    live = record(tmp_path, run)
    # When it is played
    again, _ = replay(tmp_path)
    # Then the earlier exit is told again, and one for the new position
    exits = [event for event in again if isinstance(event, ExitRecommendation)]
    assert again == live
    assert [each.repeated for each in exits] == [True, False]
    assert exits[0].exit_id == "e" * 16


def test_each_run_begins_with_nothing_known(tmp_path: Path) -> None:
    # Given two runs of which the second sees only one large seller
    def three(monitor: OrderFlowMonitor, _clock: HandClock, _holdings: Holdings) -> None:
        monitor.judge.read_positions()
        monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
        sell_three_times(monitor)

    def one(monitor: OrderFlowMonitor, _clock: HandClock, _holdings: Holdings) -> None:
        monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
        give_quote(monitor.judge, "ACME", at(5), BID, 100, ASK, 100)
        give_trade(monitor.judge, "ACME", at(6), BID, 12_000)

    live = record(tmp_path, three, one)
    # When both are played
    again, _ = replay(tmp_path)
    # Then the second one is not added to the first
    assert again == live
    assert [isinstance(event, ExitRecommendation) for event in again].count(True) == 1


def test_a_file_that_goes_on_keeps_what_is_known(tmp_path: Path) -> None:
    # Given a run of two files, cut between the second and the third large seller
    def run(monitor: OrderFlowMonitor, _clock: HandClock, _holdings: Holdings) -> None:
        monitor.judge.read_positions()
        monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
        give_quote(monitor.judge, "ACME", at(0), BID, 100, ASK, 100)
        for second in (1, 2):
            give_trade(monitor.judge, "ACME", at(second), BID, 12_000)
        monitor.judge.every_second(at(36_000 + 3_600))
        give_trade(monitor.judge, "ACME", at(3), BID, 12_000)

    live = record(tmp_path, run)
    # When it is played
    again, _ = replay(tmp_path)
    # Then the third makes the exit due
    assert len(list(tmp_path.iterdir())) == 2
    assert [event for event in again if isinstance(event, ExitRecommendation)] == [
        event for event in live if isinstance(event, ExitRecommendation)
    ]
    assert any(isinstance(event, ExitRecommendation) for event in again)


def test_positions_of_the_user_replace_the_recorded_ones(tmp_path: Path) -> None:
    # Given a recorded run with a position in ACME
    record(tmp_path, a_busy_run)
    other = Position("BOLT", Decimal(1), Decimal(2))
    # When it is played with another
    again, player = replay(tmp_path, positions=[other])
    # Then nothing is to be left
    assert not [event for event in again if isinstance(event, ExitRecommendation)]
    assert player.judge.detector.held_positions() == {"BOLT": other}


def test_settings_of_the_user_replace_the_recorded_ones(tmp_path: Path) -> None:
    # Given a recorded run that found large sellers of 12,000 shares
    record(tmp_path, a_busy_run)
    config = OrderFlowConfig(thresholds="fixed", large_order_size_threshold=12_001)
    # When it is judged by a threshold above them
    again, player = replay(tmp_path, config=config)
    # Then none is found
    assert not [event for event in again if isinstance(event, ExitRecommendation)]
    assert player.config is config


def test_only_events_of_the_wanted_time_are_played(tmp_path: Path) -> None:
    # Given a recorded run
    record(tmp_path, a_busy_run)
    # When two seconds of it are wanted
    _, player = replay(tmp_path, ReadOptions(from_ns=at(2), to_ns=at(4)))
    # Then the others are counted
    assert (player.trades, player.quotes) == (2, 0)
    assert left_out(player.source.account)["outside_time"] == 7


@pytest.mark.parametrize("chunk_rows", [1, 2, 100])
def test_events_are_handed_on_as_rows(tmp_path: Path, chunk_rows: int) -> None:
    # Given a recorded quote and print, the quote matched by a stamp of its own
    def run(monitor: OrderFlowMonitor, _clock: HandClock, _holdings: Holdings) -> None:
        monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
        give_quote(monitor.judge, "ACME", at(1), BID, 300, ASK, 200, participant_ns=at(0.5))
        give_quote(monitor.judge, "ACME", at(1), BID, 300, ASK, 200)
        give_trade(
            monitor.judge,
            "ACME",
            at(2),
            BID,
            100,
            conditions=(),
            correction=0,
            exchange=12,
            participant_ns=at(1.5),
        )

    record(tmp_path, run)
    source = Recordings(sorted(tmp_path.iterdir()))
    # When they are played in lists of some length
    player = CapturePlayer(source, ReadOptions(chunk_rows=chunk_rows), None)
    rows = [row for rows in player.batches() for row in rows]
    # Then each is the row that a flat file would give, but for what is not recorded
    assert rows == [
        quote_row(sip_ns=at(1), sequence=0, place=2, made_ns=at(0.5)),
        quote_row(sip_ns=at(1), sequence=0, place=3, made_ns=None),
        trade_row(sip_ns=at(2), sequence=0, place=4, made_ns=at(1.5), trade_id=""),
    ]


def write(path: Path, *lines: AnyLine) -> None:
    encoder = msgspec.json.Encoder(decimal_format="number")
    path.write_bytes(b"".join(encoder.encode(line) + b"\n" for line in lines))


@pytest.mark.parametrize("own_settings", [True, False])
def test_alerts_of_an_earlier_process_are_not_raised_again(
    tmp_path: Path, own_settings: bool
) -> None:
    # Given a recording that began with an alert which its first quote raises
    config = OrderFlowConfig(thresholds="fixed")
    alert = large_seller(1, source="resting_bid", order_size=12_000)
    known = alert_id(alert, config.config_hash)
    refilled = Refilled(at(0), {known: alert_record(alert, config_hash=config.config_hash)})
    path = tmp_path / "r.jsonl"
    write(path, Started(1, START_NS, {}), refilled)
    player = CapturePlayer(Recordings([path]), ReadOptions(), None if own_settings else config)
    # When it is played
    assert list(player.batches()) == []
    # Then it is known already, unless other settings are to be tried
    assert len(player.judge.detector.alert_history) == own_settings


def test_rows_of_a_quote_come_without_a_watch(tmp_path: Path) -> None:
    # Given a recording of a quote that nobody watched
    path = tmp_path / "r.jsonl"
    write(path, Started(1, START_NS, {}), OldQuoteLine("ACME", at(1), at(1), BID, 20_000, ASK, 1))
    player = CapturePlayer(Recordings([path]), ReadOptions(), None)
    # When it is played
    batches = list(player.batches())
    # Then the row comes and nothing is found
    assert (len(batches), player.judge.publisher.counts) == (1, {})


def test_halts_books_and_prints_taken_back_are_given_again(tmp_path: Path) -> None:
    # Given a recorded run with a halt, a book whose second level is large, and a cancelled print
    def run(monitor: OrderFlowMonitor, _clock: HandClock, _holdings: Holdings) -> None:
        judge = monitor.judge
        judge.takes_back = True
        judge.start_afresh()
        judge.watch("ACME", from_ns=at(0), now_ns=at(0))
        give_quote(judge, "ACME", at(0), BID, 100, ASK, 100)
        judge.halt(HaltEvent("ACME", at(1), True))
        give_trade(judge, "ACME", at(2), BID, 12_000)
        judge.halt(HaltEvent("ACME", at(3), False))
        give_trade(judge, "ACME", at(4), BID, 12_000, conditions=(28,))
        give_quote(judge, "ACME", at(69), BID, 100, ASK, 100)
        give_trade(judge, "ACME", at(70), BID, 12_000, trade_id="7")
        judge.withdraw(Withdrawal("ACME", at(71), trade_id="7"))
        best, ask = (BID, 100 * UNITS_PER_SHARE), (ASK, 100 * UNITS_PER_SHARE)
        large = (BID - 10_000, 20_000 * UNITS_PER_SHARE)
        judge.book(BookEvent("ACME", at(72), (best, large), (ask,)))

    live = record(tmp_path, run)
    # When it is played
    again, player = replay(tmp_path)
    # Then the same is told: what came during the halt is not
    assert again == live
    assert [each.source for each in live if isinstance(each, OrderFlowAlert)] == [
        "aggressive_sell",
        "resting_bid",
    ]
    assert player.judge.judges["ACME"].left_out() == {"halts": 1, "halted": 2, "withdrawn": 1}


def test_the_rows_of_a_book_hold_its_levels(tmp_path: Path) -> None:
    # Given a recorded book, and one that nobody bids or offers in
    def run(monitor: OrderFlowMonitor, _clock: HandClock, _holdings: Holdings) -> None:
        monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
        levels = ((BID, 3 * UNITS_PER_SHARE), (BID - 1, 4 * UNITS_PER_SHARE))
        monitor.judge.book(BookEvent("ACME", at(1), levels, ((ASK, 5 * UNITS_PER_SHARE),)))
        monitor.judge.book(BookEvent("ACME", at(2), (), ()))

    record(tmp_path, run)
    player = CapturePlayer(Recordings(sorted(tmp_path.iterdir())), ReadOptions(), None)
    # When it is played
    rows = [row for rows in player.batches() for row in rows]
    # Then each is the row of a source that shows levels
    three, four, five = (shares * UNITS_PER_SHARE for shares in (3, 4, 5))
    assert rows == [
        (at(1), 1, 0, "ACME", 2, BID, three, ASK, five, None, ((BID, three), (BID - 1, four))),
        (at(2), 1, 0, "ACME", 3, 0, 0, 0, 0, None, ()),
    ]


def test_prints_of_the_first_format_meet_quotes_as_they_did(tmp_path: Path) -> None:
    # Given a recording of the first format, whose second print met the quotes by exchange time
    path = tmp_path / "r.jsonl"
    sale = (BID, 12_000)
    write(
        path,
        Started(1, START_NS, {}),
        Watched("ACME", at(0), at(0)),
        OldTradeLine("ACME", at(1), at(0.9), *sale, participant_ns=at(0.9)),
        OldTradeLine("ACME", at(2), at(2), *sale, participant_ns=at(1.9)),
        OldTradeLine("NONE", at(3), at(3), *sale, participant_ns=at(2.9)),
        OldQuoteLine("ACME", at(199), at(199), BID, 500, ASK, 500),
        # After so long a silence this print would end a halt; the format states halts itself.
        OldTradeLine("ACME", at(200), at(200), *sale, conditions=(28,)),
        Skipped("ACME", 60),
        OldTradeLine("ACME", at(201), at(201), *sale),
        Unwatched("ACME"),
    )
    player = CapturePlayer(Recordings([path]), ReadOptions(), None)
    met: list[bool] = []
    player.add_listener(lambda _: met.append(player.judge.judges["ACME"].by_exchange_time))
    # When it is played
    rows = [row for rows in player.batches() for row in rows]
    # Then every event is a row, the last print is judged, and it met by exchange time
    assert [row[0] for row in rows] == [at(1), at(2), at(3), at(199), at(200), at(201)]
    assert met == [True]
    assert player.judge.dropped()["auction"] == 1


def test_what_a_recorded_judge_did_not_take_is_counted_by_its_reason(tmp_path: Path) -> None:
    # Given a run with a print ahead of the clock, and a print and a quote within a halt
    def run(monitor: OrderFlowMonitor, _clock: HandClock, _holdings: Holdings) -> None:
        judge = monitor.judge
        judge.watch("ACME", from_ns=at(0), now_ns=at(0))
        give_quote(judge, "ACME", at(1), BID, 300, ASK, 200)
        give_trade(judge, "ACME", at(70), BID, 100, received_ns=at(3))
        judge.halt(HaltEvent("ACME", at(4), halted=True))
        give_trade(judge, "ACME", at(5), BID, 100)
        give_quote(judge, "ACME", at(6), BID, 300, ASK, 200)

    record(tmp_path, run)
    # When it is played
    _, player = replay(tmp_path)
    # Then each has its reason, and all adds up
    account = player.source.account
    assert account.trades.not_judged == {"ahead_of_the_clock": 1, "halted": 1}
    assert (account.quotes.not_judged, account.quotes.judged) == ({"halted": 1}, 1)
    assert adds_up(account)


def test_a_recorded_print_of_a_symbol_that_was_not_watched_is_counted_so(tmp_path: Path) -> None:
    # Given a recording with a print of a symbol whose watch never began
    lines = (Started(2, at(0), {}), TradeLine("ACME", at(1), BID, UNITS_PER_SHARE))
    data = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    (tmp_path / "r.jsonl").write_bytes(data)
    # When it is played
    _, player = replay(tmp_path)
    # Then the reason is named
    account = player.source.account
    assert (account.trades.not_judged, adds_up(account)) == ({"not_watched": 1}, True)


@pytest.mark.parametrize(
    ("newer", "written", "counting"),
    [
        ({}, ["resting_bid", "aggressive_sell", "ask_wall"], ("aggressive_sell",)),
        ({}, ["ask_wall"], ("ask_wall",)),
        (
            {"bid_attack_executions": 5},
            ["resting_bid", "aggressive_sell", "ask_wall"],
            ("resting_bid", "aggressive_sell", "ask_wall"),
        ),
    ],
)
def test_an_older_recording_holds_three_sources_of_exits_that_nobody_stated(
    tmp_path: Path, newer: dict[str, int], written: list[str], counting: tuple[str, ...]
) -> None:
    # Given a recording on own scale, by a version that wrote the default down, or by a later one
    settings = {"thresholds": "own_scale", "exit_sources": written, **newer}
    line = {"kind": "started", "schema": 2, "at_ns": at(0), "config": settings}
    with gzip.open(tmp_path / "2026-03-10.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
    # When it is replayed
    _, player = replay(tmp_path)
    # Then what was stated counts towards an exit, and the default does by itself
    assert player.config.counting_sources() == counting
