"""A judge that writes down what it is given."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.market import give_quote, give_trade
from support.monitor_stubs import (
    ASK,
    BID,
    OPENED,
    START,
    START_NS,
    HandClock,
    Holdings,
    StubClient,
    at,
    large_seller,
    position,
    sight,
)

from trading_bot.order_flow.capture.lines import (
    Afresh,
    AnyLine,
    BookLine,
    Closed,
    ConditionsLearned,
    Connection,
    Failed,
    HaltLine,
    Headlines,
    Held,
    HeldPosition,
    KnownFrom,
    Looked,
    PositionsRead,
    QuoteLine,
    Refilled,
    Seen,
    SpanLost,
    TradeLine,
    Unwatched,
    Watched,
    WithdrawalLine,
)
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import TimeAndSalesRecord
from trading_bot.order_flow.diagnostics import hide
from trading_bot.order_flow.errors import DataSourceError, DataValidationError
from trading_bot.order_flow.journal.lines import alert_id, alert_record
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, Withdrawal
from trading_bot.order_flow.market.trade_conditions import TradeConditions, Verdict
from trading_bot.order_flow.market.units import NS_PER_MS, UNITS_PER_SHARE
from trading_bot.order_flow.monitor import LEAST_TAKEN_BACK, OrderFlowMonitor
from trading_bot.order_flow.sight.coverage.reasons import Lost

CONFIG = OrderFlowConfig(thresholds="fixed")
HELD = Held((HeldPosition("ACME", Decimal(100), Decimal("101.00"), Decimal("99.00"), OPENED),))


class News:
    """Headlines that a test changes."""

    def __init__(self) -> None:
        self.known: tuple[str, ...] = ()

    def headlines(self, symbol: str, as_of: datetime) -> tuple[str, ...]:
        return self.known


class Recorded:
    """A monitor that is recorded, and what came of it."""

    def __init__(self, folder: Path, *, record: bool = False) -> None:
        self.folder = folder / "recording"
        self.clock = HandClock()
        self.holdings = Holdings(position())
        self.news = News()
        self.recorder = CaptureWriter(self.folder, CONFIG, clock=self.clock)
        self.monitor = OrderFlowMonitor(
            CONFIG,
            record_to=self.recorder,
            position_manager=self.holdings,
            log_directory=folder / "record" if record else None,
            context=self.news,
            client=StubClient(),
            clock=self.clock,
        )

    def lines(self) -> list[AnyLine]:
        """Return what was recorded after the first line."""
        self.recorder.close()
        (path,) = self.folder.iterdir()
        data = gzip.decompress(path.read_bytes()).splitlines()
        decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(AnyLine)
        return [decoder.decode(line) for line in data[1:]]


def test_events_are_written_as_they_are_judged(tmp_path: Path) -> None:
    # Given a watched symbol
    recorded = Recorded(tmp_path)
    recorded.monitor.judge.watch("ACME", from_ns=at(-60), now_ns=at(0))
    # When a quote and a print come
    give_quote(
        recorded.monitor.judge,
        "ACME",
        at(1),
        BID,
        100,
        ASK,
        200,
        participant_ns=at(0.5),
        received_ns=at(1.5),
    )
    give_trade(
        recorded.monitor.judge,
        "ACME",
        at(2),
        BID,
        300,
        conditions=(14,),
        correction=1,
        exchange=12,
        participant_ns=at(1.5),
        stated_side="sell",
        received_ns=at(2.5),
    )
    # Then both stand there with every stamp
    assert recorded.lines() == [
        Watched("ACME", at(-60), at(0), step_ns=NS_PER_MS),
        QuoteLine(
            "ACME",
            at(1),
            BID,
            100 * UNITS_PER_SHARE,
            ASK,
            200 * UNITS_PER_SHARE,
            at(0.5),
            0,
            at(1.5),
        ),
        TradeLine(
            "ACME",
            at(2),
            BID,
            300 * UNITS_PER_SHARE,
            at(1.5),
            conditions=(14,),
            correction=1,
            exchange=12,
            stated_side="sell",
            received_ns=at(2.5),
        ),
    ]


@pytest.mark.parametrize(
    ("trade_id", "written"),
    [
        ("0123456789", "0123456789"),
        ("keyABCDEFGH", "***"),
        ("an-id-of-words", "an-id-of-words"),
        ("keyABCD", "keyABCD"),
    ],
)
def test_an_id_that_repeats_a_secret_is_blanked(
    trade_id: str, written: str, tmp_path: Path
) -> None:
    # Given a hidden key, and a watched symbol
    hide("keyABCDEFGH")
    recorded = Recorded(tmp_path)
    recorded.monitor.judge.watch("ACME", from_ns=at(-60), now_ns=at(0))
    # When a print comes whose id the provider has chosen
    give_trade(recorded.monitor.judge, "ACME", at(2), BID, 300, trade_id=trade_id)
    # Then no eight characters of the key are written
    ids = [line.trade_id for line in recorded.lines() if isinstance(line, TradeLine)]
    assert ids == [written]


def test_a_recorded_monitor_finds_what_a_plain_one_finds(tmp_path: Path) -> None:
    # Given a plain monitor and a recorded one
    recorded = Recorded(tmp_path)
    plain = OrderFlowMonitor(
        CONFIG, position_manager=Holdings(position()), client=StubClient(), log_directory=None
    )
    told: dict[str, list[object]] = {"plain": [], "recorded": []}
    plain.judge.publisher.add_listener(told["plain"].append)
    recorded.monitor.judge.publisher.add_listener(told["recorded"].append)
    # When both see three large sellers
    for monitor in (plain, recorded.monitor):
        monitor.judge.read_positions()
        monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
        for second in (1, 2, 3):
            give_quote(monitor.judge, "ACME", at(second), BID, 100, ASK, 100)
            give_trade(monitor.judge, "ACME", at(second + 0.5), BID, 12_000)
    # Then they say the same
    assert told["plain"] == told["recorded"]
    assert len(told["plain"]) == 4


def test_positions_are_written_when_they_change_and_when_they_are_taken_over(
    tmp_path: Path,
) -> None:
    # Given a monitor that reads its positions again and again
    recorded = Recorded(tmp_path)
    # When they are the same twice, then missing, and surely gone
    recorded.monitor.judge.read_positions()
    recorded.monitor.judge.read_positions()
    recorded.holdings.positions = []
    recorded.monitor.judge.read_positions()
    recorded.clock.move(5)
    recorded.monitor.judge.read_positions()
    # Then each change is there once
    assert recorded.lines() == [HELD, PositionsRead(), Held(()), PositionsRead(), Closed("ACME")]


def test_headlines_are_written_when_an_alert_asks_and_they_changed(tmp_path: Path) -> None:
    # Given a watched symbol without news
    recorded = Recorded(tmp_path)
    recorded.monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    give_quote(recorded.monitor.judge, "ACME", at(1), BID, 10_000, ASK, 100)
    # When news has come by the second alert, and is the same at the third
    recorded.news.known = ("Bad news",)
    give_quote(recorded.monitor.judge, "ACME", at(2), BID - 1, 10_000, ASK, 100)
    give_quote(recorded.monitor.judge, "ACME", at(3), BID - 2, 10_000, ASK, 100)
    # Then it was written once, before the quote that raised the second
    kinds = [type(line) for line in recorded.lines()]
    assert kinds.count(Headlines) == 1
    assert kinds.index(Headlines) == kinds.index(QuoteLine) + 1


def test_everything_that_feeds_tell_is_written(tmp_path: Path) -> None:
    # Given a watched symbol
    recorded = Recorded(tmp_path)
    recorded.monitor.judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    judge = recorded.monitor.judge
    # When it is seen, a span is lost, the connection is spoken of, answers fail and are refused,
    # and the feeds are looked at
    judge.saw("ACME", sight("degraded", "gap", "away", since=1, compared=0.5), at(1))
    judge.span_lost(Lost("ACME", "quotes", at(0), at(1), "gap", 4, ("not_found",)), at(2))
    judge.say("evicted", "another program uses this key", at(2.5))
    judge.data_refused("ACME", "tape", at(3), DataSourceError("too slow", code="timeout"))
    judge.data_refused("ACME", "tape", at(4), DataValidationError("crossed", symbol="ACME"))
    judge.every_second(at(5))
    # Then each stands there
    assert recorded.lines()[1:] == [
        Seen("ACME", at(1), "degraded", "gap", "away", at(1), at(0.5)),
        SpanLost("ACME", at(2), "quotes", at(0), at(1), "gap", 4, ("not_found",)),
        Connection("evicted", "another program uses this key", at(2.5)),
        Failed("ACME", "tape", at(3), "timeout", "too slow"),
        Failed("ACME", "tape", at(4), "crossed", "crossed: ACME", refused=True),
        Looked(at(5), ("ACME",)),
    ]


def test_what_is_seen_is_written_where_it_has_changed(tmp_path: Path) -> None:
    # Given a watched symbol that is called visible second by second, each time just compared
    recorded = Recorded(tmp_path)
    judge = recorded.monitor.judge
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    for second in (1, 2, 3):
        judge.saw("ACME", sight(since=1, compared=second), at(second))
    # When its sentence changes, and when it is watched anew
    judge.saw("ACME", sight("degraded", "gap", "away", since=4), at(4))
    judge.saw("ACME", sight("degraded", "gap", "still away", since=4), at(5))
    judge.unwatch("ACME")
    judge.watch("ACME", from_ns=at(6), now_ns=at(6))
    judge.saw("ACME", sight("degraded", "gap", "still away", since=4), at(7))
    # Then each change is written, and the first of every watch
    assert [line for line in recorded.lines() if isinstance(line, Seen)] == [
        Seen("ACME", at(1), "visible", "", "", at(1), at(1)),
        Seen("ACME", at(4), "degraded", "gap", "away", at(4)),
        Seen("ACME", at(5), "degraded", "gap", "still away", at(4)),
        Seen("ACME", at(7), "degraded", "gap", "still away", at(4)),
    ]


def test_a_look_at_some_symbols_is_written_and_reaches_the_disk_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given two watched symbols, at which a stream looks one after the other
    recorded = Recorded(tmp_path)
    for symbol in ("ACME", "BOLT"):
        recorded.monitor.judge.watch(symbol, from_ns=at(0), now_ns=at(0))
    flushed: list[int] = []
    monkeypatch.setattr(recorded.recorder, "flush", flushed.append)
    # When it looks at the first, and a second later, not quite and then fully, at the other
    looks = [(at(5), "ACME"), (at(6) - 1, "BOLT"), (at(6), "BOLT")]
    for now_ns, symbol in looks:
        recorded.monitor.judge.every_second(now_ns, [symbol])
    # Then each look stands there, and the disk has had two chances
    found = [line for line in recorded.lines() if isinstance(line, Looked)]
    assert found == [Looked(now_ns, (symbol,)) for now_ns, symbol in looks]
    assert flushed == [at(5), at(6)]


def test_a_run_its_watches_and_its_pauses_are_written(tmp_path: Path) -> None:
    # Given a run that begins afresh
    recorded = Recorded(tmp_path)
    judge = recorded.monitor.judge
    judge.start_afresh()
    # When a symbol is watched, known from later on, halted and left
    judge.watch("ACME", from_ns=at(0), now_ns=at(1), by_exchange_time=True)
    judge.known_from("ACME", at(2))
    judge.halt(HaltEvent("ACME", at(3), True, at(4)))
    judge.unwatch("ACME")
    recorded.monitor.close()
    # Then each stands there, in this order
    assert recorded.lines() == [
        Afresh(takes_back=True, least_taken_back=LEAST_TAKEN_BACK),
        Watched("ACME", at(0), at(1), by_exchange_time=True, step_ns=NS_PER_MS),
        KnownFrom("ACME", at(2)),
        HaltLine("ACME", at(3), True, at(4)),
        Unwatched("ACME"),
    ]


def test_a_book_and_a_print_taken_back_are_written(tmp_path: Path) -> None:
    # Given a watched symbol
    recorded = Recorded(tmp_path)
    judge = recorded.monitor.judge
    judge.watch("ACME", from_ns=at(0), now_ns=at(0))
    # When a book comes, and a print is withdrawn
    judge.book(BookEvent("ACME", at(1), ((BID, 7), (BID - 1, 8)), ((ASK, 9),), received_ns=at(2)))
    judge.withdraw(Withdrawal("ACME", at(3), trade_id="17"))
    # Then both stand there
    assert recorded.lines()[1:] == [
        BookLine("ACME", at(1), ((BID, 7), (BID - 1, 8)), ((ASK, 9),), received_ns=at(2)),
        WithdrawalLine("ACME", at(3), trade_id="17"),
    ]


def test_a_learned_table_of_conditions_is_written(tmp_path: Path) -> None:
    # Given a table of one condition
    recorded = Recorded(tmp_path)
    # When it is learned
    recorded.monitor.use_conditions(
        TradeConditions({2: Verdict(volume=False, side=False, reason="average_price")})
    )
    # Then it stands there
    assert recorded.lines() == [ConditionsLearned({2: (False, False, "average_price")})]


def test_alerts_taken_back_from_the_record_are_written(tmp_path: Path) -> None:
    # Given the record of an earlier run with one alert
    alert = large_seller(-30)
    line = alert_record(alert, config_hash=CONFIG.config_hash)
    log = AlertLog(tmp_path / "record")
    log.write(line)
    log.close()
    recorded = Recorded(tmp_path, record=True)
    # When the monitor takes it back
    recorded.monitor._take_back()
    # Then it stands in the recording
    (refilled,) = recorded.lines()
    assert isinstance(refilled, Refilled)
    assert (refilled.now_ns, list(refilled.alerts)) == (
        START_NS,
        [alert_id(alert, CONFIG.config_hash)],
    )


def test_a_watchlist_is_watched_as_without_a_recording(tmp_path: Path) -> None:
    # Given a watchlist beside a position
    config = OrderFlowConfig(thresholds="fixed", monitoring_mode="watchlist")
    recorder = CaptureWriter(tmp_path, config, clock=HandClock())
    monitor = OrderFlowMonitor(
        config,
        record_to=recorder,
        position_manager=Holdings(position(), watchlist=("BOLT",)),
        log_directory=None,
        client=StubClient(),
    )
    # When the positions are read
    symbols = monitor.judge.read_positions()
    recorder.close()
    # Then both are to be watched
    assert symbols == ("ACME", "BOLT")


def test_the_recorded_tape_is_asked_for_up_to_the_market_s_present(tmp_path: Path) -> None:
    # Given a market whose clock is not the machine's
    asked: list[tuple[datetime, datetime]] = []

    class Client(StubClient):
        def get_time_and_sales(
            self, symbol: str, start_time: datetime, end_time: datetime
        ) -> list[TimeAndSalesRecord]:
            asked.append((start_time, end_time))
            return []

    recorder = CaptureWriter(tmp_path, CONFIG, clock=HandClock())
    monitor = OrderFlowMonitor(
        CONFIG,
        record_to=recorder,
        position_manager=Holdings(position()),
        log_directory=None,
        client=Client(),
        clock=HandClock(),
    )
    # When a recorded monitor's tape is fetched without an end
    monitor.judge.tape_monitor.fetch_tape_data("ACME")
    recorder.close()
    # Then it ends with the market's present, and holds the six minutes before it
    assert asked == [(START - timedelta(minutes=7), START)]
