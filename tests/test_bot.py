"""The bot's main loop: it watches in market hours, sleeps outside them, and cannot be ended."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

import msgspec
import pytest
from support.bot_provider import CONFIG, Provider, wait_for
from support.market import give_trade
from support.monitor_stubs import (
    START,
    START_NS,
    HandClock,
    Holdings,
    Tape,
    position,
    quote,
)
from support.monitor_stubs import trade as print_of

from trading_bot.bot import HOLIDAYS_AGAIN, BotStatus, TradingBot
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.live_file.lines import LiveBeat
from trading_bot.order_flow.market.facts import MarketHoliday
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.screen import Screen
from trading_bot.terminal import TerminalView

SUNDAY = datetime(2026, 3, 8, 15, 0, tzinfo=UTC)
MONDAY_OPEN = datetime(2026, 3, 9, 13, 30, tzinfo=UTC)
MONDAY_WATCH = MONDAY_OPEN - timedelta(hours=5, minutes=30)


def bot_of(provider: Provider, *symbols: str) -> TradingBot:
    return TradingBot(
        CONFIG,
        position_manager=Holdings(*map(position, symbols)),
        log_directory=None,
        clock=provider.clock,
        client=cast("PolygonClient", provider),
    )


@pytest.fixture
def quick_house(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the housekeeping look again at once."""
    monkeypatch.setattr("trading_bot.bot.HOUSEKEEPING_SECONDS", 0.005)
    monkeypatch.setattr("trading_bot.bot._FIRST_LOOK_SECONDS", 0.005)


class Running:
    """A bot on a thread of its own, stopped at the end of its block."""

    def __init__(self, bot: TradingBot) -> None:
        self.bot = bot
        self.thread = threading.Thread(target=bot.run)

    def __enter__(self) -> TradingBot:
        self.thread.start()
        return self.bot

    def __exit__(self, *_: object) -> None:
        self.bot.stop()
        self.thread.join(2)
        assert not self.thread.is_alive()


def test_a_closed_market_is_slept_through_until_the_next_open() -> None:
    # Given a Sunday, and a provider that says so
    provider = Provider(HandClock(SUNDAY))
    provider.market = "closed"
    bot = bot_of(provider, "ACME")
    # When the bot runs
    with Running(bot):
        wait_for(lambda: bot.status.market is not None and bot.status.sleeping_until is not None)
    # Then it polls nothing and says when the extended session begins
    assert bot.status.sleeping_until == MONDAY_WATCH
    assert bot.status.market is not None
    assert bot.status.market.state == "closed"
    assert provider.asked == []
    assert bot.monitor.symbols == ()


def test_without_a_word_of_the_provider_the_calendar_says_when_it_opens() -> None:
    # Given a Sunday, and a provider that does not answer
    provider = Provider(HandClock(SUNDAY))
    provider.market = DataSourceError("no", code="timeout")
    bot = bot_of(provider, "ACME")
    # When the bot runs for a moment
    bot.run(0.05)
    # Then it sleeps by the exchange's rules
    assert bot.status == BotStatus(None, MONDAY_WATCH)


def test_the_providers_word_that_the_market_trades_ends_the_sleep() -> None:
    # Given a Sunday on which the provider says that the market is open
    provider = Provider(HandClock(SUNDAY))
    bot = bot_of(provider, "ACME")
    # When the bot has looked
    with Running(bot):
        wait_for(lambda: bool(provider.asked))
        # Then it watches, and sleeps no more
        assert bot.monitor.symbols == ("ACME",)
        assert bot.status.sleeping_until is None


@pytest.mark.slow
def test_in_a_session_the_positions_are_watched_with_their_headlines() -> None:
    # Given a Tuesday morning, and a large seller on the tape once the headlines are known
    clock = HandClock()
    told: list[object] = []

    def tape(*_: object) -> Tape:
        is_known = bot._catalysts.headlines("ACME", clock())
        return ([print_of(-1)], [quote(-2)]) if is_known else ([], [])

    provider = Provider(clock, tape)
    bot = bot_of(provider, "ACME")
    bot.monitor.add_listener(told.append)
    # When the bot runs while time passes
    with Running(bot):
        wait_for(lambda: bool(told), meanwhile=lambda: clock.move(0.1))
    # Then the alert carries the headline
    (alert,) = told
    assert isinstance(alert, OrderFlowAlert)
    assert alert.context == ("ACME in the news",)


def test_a_provider_that_answers_nothing_does_not_end_the_bot(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given a provider whose conditions and status cannot be had
    provider = Provider(HandClock())
    provider.conditions = DataSourceError("no", code="timeout")
    provider.market = DataSourceError("no", code="timeout")
    bot = bot_of(provider, "ACME")
    # When the bot runs for a moment
    bot.run(0.2)
    # Then it has watched all the same, and both are logged
    assert bot.monitor.symbols == ("ACME",)
    assert {each.getMessage() for each in caplog.records} == {
        "bot.conditions_not_learned",
        "bot.market_status_failed",
    }


def test_the_providers_table_of_conditions_is_learnt_before_the_watch() -> None:
    # Given a provider whose table takes the volume away from a condition
    provider = Provider(HandClock())
    rules = {"consolidated": {"updates_volume": False}}
    provider.conditions = [{"id": 14, "data_types": ["trade"], "update_rules": rules}]
    bot = bot_of(provider, "ACME")
    # When the bot has run, and such a print comes
    bot.run(0.1)
    give_trade(bot.monitor.judge, "ACME", 1, 1_000_000, 100, conditions=(14,))
    # Then it does not count
    assert bot.monitor.price("ACME") is None


def test_the_watch_ends_with_the_session_and_begins_again() -> None:
    # Given a moment before the end of the late session
    clock = HandClock(START.replace(hour=23, minute=59, second=59, microsecond=900_000))
    provider = Provider(clock)
    bot = bot_of(provider, "ACME")
    # When the bot runs for longer than the session, by a clock that stands still
    bot.run(0.35)
    # Then each watch ended at the close, and the next one polled again from its own backfill
    assert len(provider.books_asked) >= 3
    assert len(set(provider.asked)) == 1


@pytest.mark.slow
def test_a_stop_ends_the_housekeeping_between_two_symbols() -> None:
    # Given three positions, and a stop while the first one's news is asked for
    provider = Provider(HandClock())
    bot = bot_of(provider, "ACME", "BOLT", "CLIF")
    provider.on_news = bot.stop
    # When the bot runs until then
    bot.run(2)
    wait_for(
        lambda: "bot-housekeeping" not in {each.name for each in threading.enumerate()},
        seconds=10.0,
    )
    # Then the others were not asked for
    assert len(provider.news_asked) == 1


def test_a_bot_that_was_stopped_watches_again_when_it_runs_again() -> None:
    # Given a bot that has run and was stopped
    provider = Provider(HandClock())
    bot = bot_of(provider, "ACME")
    with Running(bot):
        wait_for(lambda: bool(provider.books_asked))
    asked = len(provider.books_asked)
    # When it runs again
    with Running(bot):
        # Then it watches again
        wait_for(lambda: len(provider.books_asked) > asked)


def test_a_stop_that_comes_before_the_run_is_obeyed_once() -> None:
    # Given a bot that a signal stops before it runs
    provider = Provider(HandClock())
    bot = bot_of(provider, "ACME")
    bot.stop()
    # When it runs
    bot.run(60)
    # Then it ends at once
    assert provider.books_asked == []


def test_a_bot_does_not_run_twice_at_once() -> None:
    # Given a bot that runs
    provider = Provider(HandClock())
    bot = bot_of(provider, "ACME")
    with Running(bot):
        wait_for(lambda: bool(provider.books_asked))
        # When it is to run once more
        # Then that is refused
        with pytest.raises(RuntimeError, match="runs already"):
            bot.run(0.1)


def test_a_bot_whose_recording_is_finished_records_no_second_run(tmp_path: Path) -> None:
    # Given a bot that has recorded a run
    provider = Provider(HandClock())
    bot = TradingBot(
        CONFIG,
        position_manager=Holdings(),
        log_directory=None,
        clock=provider.clock,
        client=cast("PolygonClient", provider),
        record_to=tmp_path,
    )
    bot.run(0.05)
    # When it is to run again
    # Then that is refused: nothing of it would be kept
    with pytest.raises(RuntimeError, match="finished its recording"):
        bot.run(0.05)


def test_a_bot_without_a_client_asks_polygon() -> None:
    # Given a bot with settings alone
    bot = TradingBot(CONFIG, position_manager=Holdings(), log_directory=None)
    # When its client is looked at, and the bot stopped
    client = bot.monitor.client
    bot.stop()
    # Then it is Polygon's, and its waits end with the bot
    assert isinstance(client, PolygonClient)
    assert client._wait(5)
    assert bot.status == BotStatus(None, None)


def test_a_provider_that_hangs_does_not_hold_up_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a provider that never says its conditions, and little patience
    monkeypatch.setattr("trading_bot.bot.CONDITIONS_WAIT_SECONDS", 0.05)
    provider = Provider(HandClock(START))
    answer = threading.Event()

    def hang() -> list[Mapping[str, object]]:
        answer.wait(5)
        return []

    monkeypatch.setattr(provider, "get_trade_conditions", hang)
    bot = bot_of(provider, "ACME")
    # When the bot runs
    with Running(bot):
        wait_for(lambda: bot.monitor.symbols == ("ACME",))
        # Then it watches, by the documented table
        assert not answer.is_set()
        answer.set()


def test_an_empty_summary_of_a_closed_market_says_until_when() -> None:
    # Given a Sunday
    provider = Provider(HandClock(SUNDAY))
    provider.market = "closed"
    bot = bot_of(provider, "ACME")
    record = Path("record")
    view = TerminalView(bot, clock=HandClock(SUNDAY), record=record, screen=Screen(record))
    # When the bot sleeps
    with Running(bot):
        wait_for(lambda: bot.status.sleeping_until is not None)
    # Then the summary says so
    assert view._summary().endswith("market closed, sleeping until Mon 04:00 ET")


@pytest.mark.parametrize("everything", [False, True], ids=["positions", "everything"])
def test_a_refused_stream_is_told_and_the_bot_polls_from_then_on(everything: bool) -> None:
    # Given a bot that streams, on a Tuesday morning, without a key
    provider = Provider(HandClock())
    refusals: list[str] = []
    bot = TradingBot(
        CONFIG,
        position_manager=Holdings(position()),
        log_directory=None,
        clock=provider.clock,
        client=cast("PolygonClient", provider),
        mode="stream",
        on_refused=lambda refusal: refusals.append(refusal.code),
        everything=everything,
    )
    watched_before = bot.watches_everything
    # When it runs, and is asked to watch once more as for a later session
    with Running(bot):
        wait_for(lambda: bool(provider.books_asked))
    bot._watch_or_sleep(0.01)
    # Then the refusal was told once, and the positions alone are watched
    assert refusals == ["missing_key"]
    assert (watched_before, bot.watches_everything) == (everything, False)
    assert bot.monitor.symbols == ("ACME",)


def test_a_bot_that_polls_cannot_watch_everything() -> None:
    # Given a bot that polls
    # When it is to watch everything
    # Then that is refused
    with pytest.raises(ValueError, match="everything needs mode='stream'"):
        TradingBot(CONFIG, position_manager=Holdings(), log_directory=None, everything=True)


def test_headlines_are_asked_of_positions_only_where_everything_is_watched() -> None:
    # Given a position, and another symbol that is judged because everything is
    provider = Provider(HandClock())
    bot = bot_of(provider, "ACME")
    for symbol in (*bot.monitor.judge.read_positions(), "BOLT"):
        bot.monitor.judge.watch(symbol, from_ns=START_NS, now_ns=START_NS)
    # When headlines are looked after
    bot._follow_news(threading.Event(), bot.monitor.threads.watched("housekeeping", 30))
    # Then those of the position are asked for
    assert provider.news_asked == ["ACME"]


@pytest.mark.slow
def test_the_headlines_of_a_closed_position_are_forgotten(quick_house: None) -> None:
    # Given a bot that knows the headlines of two positions
    provider = Provider(HandClock())
    holdings = Holdings(position("ACME"), position("BOLT"))
    bot = TradingBot(
        CONFIG,
        position_manager=holdings,
        log_directory=None,
        clock=provider.clock,
        client=cast("PolygonClient", provider),
    )

    def known() -> set[str]:
        now = provider.clock()
        return {each for each in ("ACME", "BOLT") if bot._catalysts.headlines(each, now)}

    with Running(bot):
        wait_for(lambda: known() == {"ACME", "BOLT"})
        # When one is closed
        holdings.positions.pop(0)
        # Then those of the other are kept, once two reads have found it gone
        wait_for(
            lambda: known() == {"BOLT"}, meanwhile=lambda: provider.clock.move(0.1), seconds=10.0
        )


@pytest.mark.slow
def test_a_closure_that_was_announced_lately_is_slept_through(quick_house: None) -> None:
    # Given a Sunday, and a provider that knows of a closure on the Monday, which no rule foresees
    provider = Provider(HandClock(SUNDAY))
    provider.market = "closed"
    provider.holidays = [MarketHoliday(date(2026, 3, 9), "Day of mourning", early_close=False)]
    bot = bot_of(provider, "ACME")
    # When the bot runs
    with Running(bot):
        # Then it sleeps until the Tuesday
        wait_for(lambda: bot.status.sleeping_until == MONDAY_WATCH + timedelta(days=1))


def test_holidays_are_asked_for_once_a_new_york_day() -> None:
    # Given a bot on a Sunday that has learned of holidays
    provider = Provider(HandClock(SUNDAY))
    bot = bot_of(provider)
    asked = []
    # When the last second of the day has come, and then the next day
    for now in (
        SUNDAY,
        datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 9, 4, tzinfo=UTC),
    ):
        provider.clock.now = now
        bot._learn_holidays()
        asked.append(provider.holidays_asked)
    # Then they are asked for on each day once
    assert asked == [1, 1, 2]


def test_holidays_that_cannot_be_learned_are_asked_for_again_later(
    caplog: pytest.LogCaptureFixture, quick_house: None
) -> None:
    # Given a Tuesday morning, a large seller on the tape, and a provider without holidays
    clock = HandClock()
    provider = Provider(clock, lambda *_: ([print_of(-1)], [quote(-2)]))
    provider.holidays = DataSourceError("no", code="timeout")
    bot = bot_of(provider, "ACME")
    told: list[object] = []
    bot.monitor.add_listener(told.append)
    # When the bot runs for almost ten minutes of the market's time, and then longer
    with Running(bot):
        wait_for(lambda: bool(told), meanwhile=lambda: clock.move(0.1))
        clock.now = START + HOLIDAYS_AGAIN - timedelta(seconds=1)
        looked = len(provider.news_asked)
        wait_for(lambda: len(provider.news_asked) > looked)
        asked_early = provider.holidays_asked
        clock.move(61)
        wait_for(lambda: provider.holidays_asked == 2)
    # Then the alert came, and each failure is logged
    assert asked_early == 1
    assert [each.getMessage() for each in caplog.records].count("bot.holidays_not_learned") == 2


def test_a_bot_that_sleeps_says_so_in_its_live_file(tmp_path: Path) -> None:
    # Given a Sunday
    provider = Provider(HandClock(SUNDAY))
    provider.market = "closed"
    bot = TradingBot(
        CONFIG,
        position_manager=Holdings(position("ACME")),
        log_directory=None,
        clock=provider.clock,
        client=cast("PolygonClient", provider),
        live_dir=tmp_path,
    )
    # When the bot runs for a moment
    bot.run(0.05)
    # Then the last line says until when it sleeps, and that it has ended
    (path,) = tmp_path.glob("live-*.jsonl")
    last = msgspec.json.decode(path.read_bytes().splitlines()[-1], type=LiveBeat)
    assert (last.status, last.sleeping_until_ns) == ("stopped", ns_from_utc(MONDAY_WATCH))
    assert last.rows == ()
