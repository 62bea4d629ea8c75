"""What the judge made of each print, as a witness of its playback notes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest
from support.flat_data import at, quote_row, trade_row
from support.market import give_quote, give_trade
from support.monitor_stubs import ASK, BID, HandClock, Holdings, StubClient, position
from support.monitor_stubs import at as live_at

from trading_bot.order_flow.capture.capturing import CapturingJudge
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.events import HaltEvent, Withdrawal
from trading_bot.order_flow.market.trade_conditions import TradeConditions, Verdict
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.recorded.rows import Row
from trading_bot.replay.explain import PrintSeen, Window
from trading_bot.replay.explain_witness import Notes, Witness
from trading_bot.replay.playback import open_playback
from trading_bot.replay.player import Player

# Few prints are minutes here.
CONFIG = OrderFlowConfig(thresholds="fixed", minimum_baseline_prints=0)
OPEN_SECOND = -1_800
"""The open of the session, on the clock of the hand-made day, which begins at 10:00."""
BEFORE_THE_HALT = tuple(range(0, 241, 30))


class Listening:
    """Keeps what the first alert of a kind was made of."""

    def __init__(self, witness: Witness, kind: str) -> None:
        self._witness = witness
        self._kind = kind
        self.alert: OrderFlowAlert | None = None
        self.notes: Notes | None = None

    def __call__(self, event: MonitorEvent) -> None:
        if (
            isinstance(event, OrderFlowAlert)
            and event.alert_type == self._kind
            and self.alert is None
        ):
            self.alert, self.notes = event, self._witness.notes_of(event)

    def found(self) -> tuple[OrderFlowAlert, Window]:
        assert self.alert is not None
        assert self.notes is not None
        assert self.alert.timestamp_ns is not None
        return self.alert, self.notes.window(self.alert.timestamp_ns, ())


def of_rows(
    rows: Sequence[Row], kind: str = "red_burst", config: OrderFlowConfig = CONFIG
) -> tuple[OrderFlowAlert, Window]:
    """Play rows and return their first alert with what it was made of."""
    witness = Witness()
    player = Player(config, make_judge=witness.make_judge)
    listening = Listening(witness, kind)
    player.judge.publisher.add_listener(listening)
    player.play(rows)
    return listening.found()


def of_capture(
    folder: Path, run: Callable[[MarketJudge], None], kind: str = "red_burst"
) -> tuple[OrderFlowAlert, Window]:
    """Capture a run, play it, and return its first alert with what it was made of."""
    clock = HandClock()
    recorder = CaptureWriter(folder, CONFIG, clock=clock)
    judge = CapturingJudge(
        CONFIG,
        recorder=recorder,
        position_manager=Holdings(position()),
        client=StubClient(),
        clock=clock,
        takes_back=True,
    )
    judge.start_afresh()
    judge.watch("ACME", from_ns=live_at(0), now_ns=live_at(0))
    run(judge)
    recorder.close()
    witness = Witness()
    playback = open_playback([folder], make_judge=witness.make_judge)
    listening = Listening(witness, kind)
    playback.add_listener(listening)
    for _ in playback.batches():
        pass
    return listening.found()


def measured(alert: OrderFlowAlert) -> tuple[float | None, float | None]:
    """Return the ratios that the judge raised it by."""
    return alert.volume_ratio, alert.sell_ratio


def counted(window: Window) -> tuple[float, float]:
    """Return the same ratios of what is shown."""
    return window.volume / fmean(window.minutes), window.sold / window.volume


def shown(window: Window) -> list[tuple[int, str | None]]:
    """Return size and reason of each print."""
    return [(each.size, each.reason) for each in window.prints]


def tape(seconds: Sequence[float], size: int = 500) -> list[Row]:
    """Return a quote and a sale at its bid for each second."""
    return [
        row for second in seconds for row in (quote_row(second - 0.5), trade_row(second, size=size))
    ]


def sell(judge: MarketJudge, seconds: Sequence[float], size: int = 500) -> None:
    """Give a quote and a sale at its bid for each second."""
    for second in seconds:
        give_quote(judge, "ACME", live_at(second - 0.5), BID, 300, ASK, 200)
        give_trade(judge, "ACME", live_at(second), BID, size, trade_id=f"{second}")


def test_the_seconds_before_an_inferred_halt_move_along() -> None:
    # Given trading up to 240 s, and a reopening print after a silence
    reopening = trade_row(600, size=700, conditions=(28,))
    rows = [*tape(BEFORE_THE_HALT), reopening, *tape((630,), 800)]
    # When a burst follows right after judging began again, 660 s
    alert, window = of_rows([*rows, *tape((661,), 9_000), *tape((662,), 100)])
    # Then the minute reaches into the time before the halt, whose prints do not count
    assert shown(window) == [
        (500, None),
        (500, None),
        (700, "halted"),
        (800, "halted"),
        (9_000, None),
    ]
    assert window.minutes == (1_000, 1_000, 1_000)
    assert counted(window) == measured(alert) == (10.0, 0.99)


def test_a_halt_within_the_minutes_before_is_no_minute_of_theirs() -> None:
    # Given the same halt, over for 100 s
    rows = [*tape(BEFORE_THE_HALT), trade_row(600, size=700, conditions=(28,))]
    # When a burst follows
    alert, window = of_rows([*rows, *tape((700, 730)), *tape((760,), 9_000)])
    # Then its prints are long ago, and the minutes hold what was traded around it
    assert shown(window) == [(500, None), (9_000, None)]
    assert window.minutes == (1_000, 1_000, 1_000, 1_000)
    assert counted(window) == measured(alert)


def test_an_announced_halt_of_a_capture_stops_the_minutes(tmp_path: Path) -> None:
    # Given a run with a halt that the provider announced
    def run(judge: MarketJudge) -> None:
        sell(judge, BEFORE_THE_HALT)
        judge.halt(HaltEvent("ACME", live_at(250), True))
        sell(judge, (255,), 700)
        judge.halt(HaltEvent("ACME", live_at(550), False))
        sell(judge, (560,), 800)
        # When a burst follows its end, 620 s
        sell(judge, (621,), 9_000)

    alert, window = of_capture(tmp_path, run)
    # Then the time in between does not count, and neither do its prints
    assert shown(window) == [
        (500, None),
        (500, None),
        (700, "halted"),
        (800, "halted"),
        (9_000, None),
    ]
    assert [each.counts for each in window.prints] == [True, True, False, False, True]
    assert window.minutes == (1_000, 1_000, 1_000)
    assert counted(window) == measured(alert) == (10.0, 0.99)


def test_prints_taken_back_count_no_more(tmp_path: Path) -> None:
    # Given a run whose provider takes back a print of the minute, and one of the minutes before
    def run(judge: MarketJudge) -> None:
        sell(judge, (*BEFORE_THE_HALT, 270))
        for second in (270, 150):
            judge.withdraw(Withdrawal("ACME", live_at(275), trade_id=f"{second}"))
        judge.withdraw(Withdrawal("ACME", live_at(275), trade_id="never seen"))
        # When a burst follows, and is taken back as well
        sell(judge, (280,), 9_000)
        judge.withdraw(Withdrawal("ACME", live_at(281), trade_id="280"))

    alert, window = of_capture(tmp_path, run)
    # Then they do not count, but for the one that the alert was raised by
    assert shown(window) == [(500, None), (500, "withdrawn"), (9_000, None)]
    assert window.minutes == (1_000, 500, 1_000)
    assert counted(window) == measured(alert)


def test_a_side_that_the_provider_states_is_shown_as_stated(tmp_path: Path) -> None:
    # Given a run without quotes, whose prints have their sides
    def run(judge: MarketJudge) -> None:
        for second in BEFORE_THE_HALT:
            give_trade(judge, "ACME", live_at(second), BID, 500, stated_side="buy")
        # When a sale is a burst
        give_trade(judge, "ACME", live_at(241), BID, 9_000, stated_side="sell")

    alert, window = of_capture(tmp_path, run)
    # Then each side is theirs, for sure
    assert [(each.side, each.p_sell, each.rule) for each in window.prints] == [
        ("buy", 0, "stated"),
        ("buy", 0, "stated"),
        ("sell", 1_000, "stated"),
    ]
    assert window.sold == 9_000
    assert counted(window) == measured(alert)


def test_conditions_that_a_run_learned_decide_what_counts(tmp_path: Path) -> None:
    # Given a run by a table of its own
    def run(judge: MarketJudge) -> None:
        judge.use_conditions(TradeConditions({2: Verdict(volume=True, side=False, reason="own")}))
        judge.unwatch("ACME")
        judge.watch("ACME", from_ns=live_at(0), now_ns=live_at(0))
        give_trade(judge, "ACME", live_at(1), BID, 500, conditions=(2,))
        # When a large sale follows
        sell(judge, (2,), 12_000)

    _, window = of_capture(tmp_path, run, "large_seller")
    # Then its words are shown
    assert shown(window) == [(500, "own"), (12_000, None)]
    assert window.volume == 12_500


def test_a_minute_that_was_not_watched_is_none_that_a_burst_is_measured_against() -> None:
    # Given four minutes of trading before a burst
    rows = [*tape(range(0, 300, 30)), *tape((300,), 9_000)]
    # When it is explained
    alert, window = of_rows(rows)
    # Then there are four, and no fifth that was empty
    assert window.minutes == (1_000, 1_000, 1_000, 1_000)
    assert counted(window) == measured(alert)


def test_a_session_measures_nothing_against_the_one_before() -> None:
    # Given trading before the open and after it
    opened = OPEN_SECOND
    rows = [*tape(range(opened - 120, opened, 30)), *tape(range(opened, opened + 240, 30))]
    # When a burst follows
    alert, window = of_rows([*rows, *tape((opened + 240,), 9_000)])
    # Then its minutes begin with the open
    assert window.minutes == (1_000, 1_000, 1_000)
    assert counted(window) == measured(alert)


def test_extended_sessions_are_counted_as_they_are_judged() -> None:
    # Given a tape after the open's hour in a run that judges extended sessions too
    opened = OPEN_SECOND
    early = [
        row if row[1] else (*row[:7], (12,), *row[8:])
        for row in tape(range(opened - 600, opened - 300, 30))
    ]
    # When a print of those hours is a burst
    late = trade_row(opened - 299, size=9_000, conditions=(12,))
    alert, window = of_rows(
        [*early, quote_row(opened - 299.5), late], config=replace(CONFIG, sessions="extended")
    )
    # Then it is measured against their minutes
    assert counted(window) == measured(alert)
    assert window.prints[-1].rule == "quote"


def test_a_late_print_that_raises_a_burst_ends_no_minute() -> None:
    # Given a tape whose newest print is a second ahead of the next one
    rows = [*tape(range(0, 240, 30)), *tape((241,), 100), quote_row(240)]
    # When that one is a burst
    alert, window = of_rows([*rows, trade_row(240.9, size=9_000)])
    # Then the windows are those that end with the newest
    assert counted(window) == measured(alert)


def test_the_window_holds_the_last_minute_and_five_before_it() -> None:
    # Given prints at the edges of the minutes before a large sale at 400 s
    rows = [quote_row(0)]
    rows += [trade_row(s, size=size) for s, size in ((40, 1), (41, 2), (340, 4), (341, 8))]
    rows += [quote_row(399.5), trade_row(400, size=16_000), trade_row(400, size=32)]
    # When its window is taken
    _, window = of_rows(rows, "large_seller")
    # Then each second is in its minute, and what came after the alert in none
    assert window.minutes == (4, 0, 0, 0, 2)
    assert window.prints == (
        PrintSeen(
            "2013-10-08T14:05:41.000000Z", "100.00", 8, True, None, "unknown", 500, "no_evidence"
        ),
        PrintSeen(
            "2013-10-08T14:06:40.000000Z", "100.00", 16_000, True, None, "sell", 990, "quote"
        ),
    )
    assert (window.volume, window.sold) == (16_008, 15_844.0)


def test_prints_that_do_not_count_are_shown_with_the_reason() -> None:
    # Given a print at an average price, a late one, and one that is only not signed
    rows = [
        trade_row(0, conditions=(2,)),
        trade_row(1, made_ns=at(-5)),
        trade_row(2, conditions=(4,)),
        *tape((3,), 12_000),
    ]
    # When the window of the sale after them is taken
    _, window = of_rows(rows, "large_seller")
    # Then each says why
    assert [(each.counts, each.reason, each.rule) for each in window.prints] == [
        (False, "average_price", None),
        (False, "late_print", None),
        (True, "bunched", None),
        (True, None, "quote"),
    ]
    assert window.volume == 12_100


@pytest.mark.parametrize("made_ns", [None, at(0.2)])
def test_sides_follow_the_tape_s_clock_where_the_other_is_missing(made_ns: int | None) -> None:
    # Given a print that by participant stamps came before its quote, and a large bid to explain
    rows = [
        quote_row(0, made_ns=None if made_ns is None else at(0.5)),
        trade_row(1, made_ns=at(0.2)),
        quote_row(2, bid_size=20_000),
    ]
    # When the bid stands long enough
    _, window = of_rows([*rows, quote_row(20, bid_size=20_000)], "large_seller")
    # Then it was a sale by the tape's clock only
    assert [each.side for each in window.prints] == ["sell" if made_ns is None else "unknown"]


def test_a_source_that_shows_levels_signs_by_its_best_ones() -> None:
    # Given a book, and a sale at its best bid
    rows = [quote_row(0, bids_below=()), trade_row(1, size=12_000)]
    # When the sale is explained
    _, window = of_rows(rows, "large_seller")
    # Then it met that bid
    assert [(each.side, each.rule) for each in window.prints] == [("sell", "quote")]


def test_a_quote_of_a_halt_signs_nothing(tmp_path: Path) -> None:
    # Given a run in whose halt the quotes go down
    def run(judge: MarketJudge) -> None:
        sell(judge, (0,))
        judge.halt(HaltEvent("ACME", live_at(1), True))
        give_quote(judge, "ACME", live_at(2), BID - 20_000, 300, BID - 10_000, 200)
        # When a print follows that the word of the halt overtook
        give_trade(judge, "ACME", live_at(0.9), BID, 12_000)

    _, window = of_capture(tmp_path, run, "large_seller")
    # Then it is a sale at the bid before the halt
    assert [(each.side, each.rule) for each in window.prints] == [("sell", "quote")] * 2


def test_what_is_too_old_for_every_window_is_forgotten(tmp_path: Path) -> None:
    # Given more than six minutes of trading, whose first print is taken back when it has left
    def run(judge: MarketJudge) -> None:
        sell(judge, range(0, 366, 30))
        sell(judge, (366,), 100)
        judge.withdraw(Withdrawal("ACME", live_at(366), trade_id="0"))
        # When a burst follows
        sell(judge, (370,), 9_000)

    alert, window = of_capture(tmp_path, run)
    # Then all five minutes are there
    assert window.minutes == (1_000,) * 5
    assert counted(window) == measured(alert)
