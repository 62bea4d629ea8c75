"""What repairs ask, what follows from answers, and what doubt does to the stream."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.monitor_stubs import at, quote, trade
from support.noting_sink import NotingSink
from support.repair_bench import RepairBench, well

from trading_bot.order_flow.errors import DataSourceError, RateLimitError
from trading_bot.order_flow.feed import repairs
from trading_bot.order_flow.feed.repairs import STATE_AGAIN_NS
from trading_bot.order_flow.market.events import HaltEvent, MarketEvent, Print, TradeEvent
from trading_bot.order_flow.market.sink import MarketSink
from trading_bot.order_flow.market.units import FAR_PAST_NS, NS_PER_SECOND
from trading_bot.order_flow.providers.supervision.actions import (
    Action,
    ByRest,
    Channel,
    Reconnect,
    Renew,
)
from trading_bot.order_flow.providers.supervision.stream_events import (
    ChannelsRefused,
    Closed,
    Opened,
    RestAnswered,
    RestRefusedKey,
    Slept,
)
from trading_bot.order_flow.sight.symbol_repair import Judged

BOTH: tuple[Judged, Judged] = ("trades", "quotes")


def kinds(acts: Iterable[Action]) -> list[str]:
    return [type(each).__name__ for each in acts]


def failure(code: str = "timeout") -> DataSourceError:
    return DataSourceError("no answer", code=code)


# Which symbols, and what is promised.


@pytest.mark.parametrize(
    ("fills_gaps", "rate", "begins"),
    [
        ("history", 5.0, "5 requests a second: a dead channel is noticed within 10 s"),
        ("history", 5 / 60, "5 requests a minute: a dead channel is noticed within 35 s"),
        ("none", 5.0, "no second source: the stream is compared with nothing"),
    ],
)
def test_what_the_budget_promises_is_said(fills_gaps: str, rate: float, begins: str) -> None:
    # Given a provider and a request budget
    bench = RepairBench(fills_gaps=fills_gaps, requests_per_second=rate)
    # When it is asked what they promise
    # Then a sentence says so
    assert bench.repairs.promise().startswith(begins)


def test_a_promise_without_a_symbol_is_that_of_one() -> None:
    # Given repairs of one symbol, and of none
    one, none = RepairBench(), RepairBench()
    none.repairs.forget("ACME")
    # When both promise
    # Then they promise the same
    assert none.repairs.promise() == one.repairs.promise()


def test_what_came_before_a_watch_is_asked_for_also_while_there_is_no_stream() -> None:
    # Given a symbol that is protected from now on, without a connection
    bench = RepairBench()
    # When a second passes
    bench.look()
    # Then its start is asked for
    bench.workers.bring_all()
    assert bench.asked == [("ACME", at(-370), at(-370))]
    assert bench.causes() == [("trades", "start"), ("quotes", "start")]


def test_events_wait_until_what_came_before_them_is_known() -> None:
    # Given a stream that begins, and a print of a minute ago
    bench = RepairBench()
    bench.market.events.append(trade(-60, size=300))
    bench.open()
    # When events come before the answer, and after it
    bench.run(1, answers=False)
    waits = bench.judged()
    bench.workers.bring_all()
    # Then all is judged, in order
    assert (waits, bench.judged()) == ((0, 0), (2, 1))
    assert bench.live["ACME"].gap is None
    assert bench.counts == {"gaps": 1, "gaps_filled": 1, "missed_judged": 3}


def test_a_symbol_is_visible_two_looks_after_its_start_is_known() -> None:
    # Given a stream that begins
    bench = RepairBench()
    bench.open()
    # When it goes on, and a second source knows the same
    seen = [bench.after(1).state() for _ in range(3)]
    # Then it is visible, and has been compared
    assert seen == [("degraded", "starting"), ("visible", ""), ("visible", "")]


def test_what_a_symbol_s_start_shows_is_its_usual_silence() -> None:
    # Given a symbol with a print each ten seconds, and quotes each twenty
    bench = RepairBench()
    bench.market.events += [trade(-seconds, size=100) for seconds in range(10, 370, 10)]
    bench.market.events += [quote(-seconds) for seconds in range(20, 370, 20)]
    bench.open()
    # When its start is known
    bench.run(1)
    # Then silences are measured by that
    marks = bench.repair["ACME"].ledger.marks
    gaps = [marks[each].typical_gap_ns / NS_PER_SECOND for each in BOTH]
    assert [round(each) for each in gaps] == [10, 20]


def test_symbols_that_are_not_protected_are_passed_over() -> None:
    # Given repairs of one symbol
    bench = well()
    # When they are told of another
    bench.repairs.subscribed(["NONE"])
    bench.repairs.missed(["NONE"])
    bench.repairs.rows_refused("trades", "NONE")
    bench.repairs.look_at(["NONE"])
    bench.repairs.handle(ChannelsRefused((Channel("trades", "NONE"),)))
    bench.repairs.forget("NONE")
    # Then nothing happens
    assert (bench.asked, bench.spans(), bench.acts) == ([], (), [])


@pytest.mark.parametrize("answers", ["tape", "newest", "audit"])
def test_an_answer_of_a_symbol_that_is_held_no_more_is_dropped(answers: str) -> None:
    # Given questions under way, and a print that only the second source knows
    bench = well()
    bench.market.events.append(trade(29.5, size=900, exchange=12))
    bench.clock.move(30)
    if answers == "tape":
        bench.repairs.missed(["ACME"])
    else:
        bench.look()
    judge = bench.judge.judges["ACME"]
    judged = judge.trades, judge.quotes
    assert bench.workers.waiting
    # When its position is closed before they are answered
    bench.repairs.forget("ACME")
    bench.workers.bring_all()
    # Then nobody judges them
    assert (judge.trades, judge.quotes) == judged
    assert bench.counts["missed_judged"] == 0


# What happens to the stream.


def test_a_cut_lets_events_wait_and_what_it_swallowed_is_judged_first() -> None:
    # Given a visible symbol
    bench = well()
    # When its connection ends, prints are missed, and it is back
    bench.repairs.cut()
    bench.repairs.handle(Closed())
    away = bench.state(), bench.after(1, silent=BOTH).state()
    bench.market.failure = failure()
    bench.run(3, silent=BOTH)
    bench.market.failure = None
    judged = bench.judged()
    bench.open()
    bench.run(1, answers=False)
    waiting = bench.judged()
    bench.workers.bring_all()
    # Then each was judged once, and the symbol is visible soon after
    assert (away[0], away[1][0]) == (("visible", ""), "degraded")
    assert judged == waiting
    assert bench.judged() == (5, 5)
    bench.run(15)
    assert bench.state() == ("visible", "")
    assert bench.news() == [("degraded", "gap"), ("recovered", "was")]


def test_while_the_stream_is_away_rest_stands_in_every_second() -> None:
    # Given a visible symbol whose connection ends
    bench = well()
    bench.repairs.cut()
    bench.repairs.handle(Closed())
    # When it stays away
    bench.run(10, silent=BOTH)
    # Then what happens is judged as it becomes known, and it is not called visible
    assert bench.judged() == (10, 10)
    assert bench.state() == ("degraded", "by_rest")
    assert len(bench.asked) >= 8


def test_a_channel_that_is_away_without_an_answer_leaves_nothing_to_see_by() -> None:
    # Given a symbol without a stream, and a second source that fails
    bench = well()
    bench.repairs.cut()
    bench.repairs.handle(Closed())
    bench.market.failure = failure()
    # When half a minute passes
    seen = [bench.after(seconds, silent=BOTH).state() for seconds in (29, 1)]
    # Then it is blind
    assert seen == [("degraded", "gap"), ("blind", "dead")]


def test_what_was_lost_on_the_way_is_asked_for_at_once() -> None:
    # Given a visible symbol, and a print that a lost frame held
    bench = well()
    bench.happens(trade(30, size=700, exchange=12), silent=["trades"])
    # When it is known that something was lost
    bench.repairs.missed(["ACME"])
    bench.run(1)
    # Then it is judged, and the gap is closed
    assert bench.asked[0][0] == "ACME"
    assert bench.judged() == (2, 1)
    assert (bench.live["ACME"].gap, bench.causes()) == (None, [])


def silent_since(second: float, *, is_vouched: bool = False) -> RepairBench:
    """Return a bench whose feed's silence ends at 30 s, and is doubted."""
    bench = well()
    if not is_vouched:
        for channel in BOTH:
            bench.repair["ACME"].ledger.marks[channel].vouched_at_ns = FAR_PAST_NS
    bench.stall.last_frame_ns = at(second)
    bench.stall.longest_usual_ns = 0
    assert bench.stall.is_doubtful(at(30))
    return bench


def test_a_silence_in_which_something_was_lost_is_never_usual() -> None:
    # Given a feed whose silence of 20 s is doubted, in which a print was lost
    bench = silent_since(10)
    bench.happens(trade(30, size=700, exchange=12), silent=["trades"])
    # When what was missed is known
    bench.repairs.stalled()
    bench.run(1)
    # Then that is told, and the silence is not usual
    assert (bench.stall.tell_loss(), bench.stall.longest_usual_ns) == (True, 0)


def test_a_silence_in_which_nothing_was_lost_is_usual() -> None:
    # Given a feed whose silence of 20 s is doubted
    bench = silent_since(10)
    bench.repairs.stalled()
    # When it goes on with a quote, and the second source knows of nothing between
    bench.clock.move(1)
    bench.happens(quote(30.8), trade(30.9, size=100, exchange=11))
    bench.look()
    bench.workers.bring_all()
    # Then it is no loss
    found = bench.stall.tell_loss(), bench.stall.longest_usual_ns
    assert found == (False, 20 * NS_PER_SECOND)


@pytest.mark.parametrize(
    ("silent", "is_vouched", "waits"),
    [
        (2.999, False, False),
        (3, False, True),
        (3.001, False, True),
        (20, True, False),
    ],
)
def test_after_a_short_silence_or_one_that_rest_knew_of_nothing_waits(
    silent: float, is_vouched: bool, waits: bool
) -> None:
    # Given a feed whose silence is doubted, in which a print was lost
    bench = silent_since(30 - silent, is_vouched=is_vouched)
    bench.happens(trade(29.95, size=700, exchange=12), silent=["trades"])
    # When it goes on
    bench.repairs.stalled()
    # Then the tape is asked for at once, and events wait where much may be missing
    assert len(bench.workers.waiting) == 1
    assert (bench.live["ACME"].gap is not None) is waits
    # And what was lost is found by an audit of the time, at the latest
    bench.run(14)
    assert bench.judged()[0] == 15


def test_a_loss_is_known_before_all_that_was_missed_is() -> None:
    # Given a feed whose silence of 20 s is doubted, and a second source that is behind
    bench = silent_since(10)
    bench.happens(trade(30, size=700, exchange=12), silent=["trades"])
    bench.repairs.stalled()
    # When it holds what was lost, and not what the stream goes on with
    bench.market.behind = 2.0
    bench.run(2)
    # Then that is a loss, while the rest waits
    assert (bench.stall.tell_loss(), bench.live["ACME"].gap is not None) == (True, True)


def test_a_loss_that_was_found_within_a_silence_is_one_of_it() -> None:
    # Given a feed that falls silent at 30 s, and a sale that REST tells of meanwhile
    bench = well()
    bench.stall.last_frame_ns = at(30)
    bench.happens(trade(31, size=700, exchange=12), silent=["trades"])
    bench.run(12, trades=False)
    assert bench.counts["losses_found"]
    # When it goes on, and nothing else was missed
    assert bench.stall.is_doubtful(at(42))
    bench.repairs.stalled()
    bench.run(2)
    # Then it was no quiet silence
    assert (bench.stall.tell_loss(), bench.stall.longest_usual_ns) == (True, 0)


def test_what_came_before_a_watch_is_no_loss_of_a_silence() -> None:
    # Given a start, and a silence of the whole feed before it is known
    bench = RepairBench()
    bench.market.events.append(trade(-60, size=300))
    bench.open()
    bench.stall.last_frame_ns = at(-20)
    assert bench.stall.is_doubtful(at(0))
    bench.repairs.stalled()
    # When it is known
    bench.run(2)
    # Then nothing is learned of the silence
    assert bench.judged() == (3, 2)
    assert (bench.stall.tell_loss(), bench.stall.longest_usual_ns) == (False, 0)


@pytest.mark.parametrize("kind", ["halts", "fmv"])
def test_rows_of_other_kinds_are_no_missing_prints(kind: str) -> None:
    # Given a visible symbol
    bench = well()
    # When a row of another kind cannot be read
    bench.repairs.rows_refused(kind, "ACME")
    # Then nothing is missing
    assert bench.spans() == ()


@pytest.mark.parametrize("kind", BOTH)
def test_a_row_that_could_not_be_used_is_asked_for(kind: str) -> None:
    # Given a visible symbol, and a row that the stream could not use
    bench = well()
    event: MarketEvent = (
        trade(30, size=700, exchange=12) if kind == "trades" else quote(30, bid_size=700)
    )
    bench.happens(event, silent=[kind])
    # When that is told
    bench.repairs.rows_refused(kind, "ACME")
    missing = bench.causes()
    bench.run(2)
    # Then a second source brings it, and the symbol stays visible
    assert missing == [(kind, "refused")]
    assert bench.asked
    assert (bench.causes(), bench.state()) == ([], ("visible", ""))


# Stamps that cannot be.


@pytest.mark.parametrize(("ahead", "can_be"), [(4.9, True), (5.2, False), (3_600, False)])
def test_a_stamp_ahead_of_the_exchange_is_set_aside_and_asked_for(
    ahead: float, can_be: bool
) -> None:
    # Given a visible symbol
    bench = well()
    # When the stream brings a print that is so far ahead
    bench.stream(trade(bench.now + ahead, size=100, exchange=12))
    # Then it is judged where clocks explain it, and else is missing data
    assert bench.judged()[0] == can_be
    assert bench.causes() == ([] if can_be else [("trades", "refused")])
    assert bench.counts == ({} if can_be else {"set_aside": 1})


def test_a_stamp_that_was_ahead_at_the_last_look_is_looked_at_by_the_present() -> None:
    # Given a visible symbol, last looked at two seconds ago
    bench = well()
    bench.clock.move(2)
    # When a print comes that is six seconds ahead of that look
    bench.stream(trade(36, size=100, exchange=12))
    # Then it is four ahead of the present, and judged
    assert (bench.judged()[0], bench.counts) == (1, {})


def test_a_quote_that_is_set_aside_is_a_missing_quote() -> None:
    # Given a visible symbol
    bench = well()
    # When the stream brings a quote of an hour later
    bench.stream(quote(3_600))
    # Then quotes are missing
    assert (bench.judged()[1], bench.causes()) == (0, [("quotes", "refused")])


def test_a_print_that_was_set_aside_is_not_found_missing_by_an_audit() -> None:
    # Given a print that both sources stamp an hour later
    bench = well()
    wrong = trade(3_600, size=100, exchange=12)
    bench.stream(wrong)
    # When it is compared, by that stamp or by another one
    bench.market.events.append(wrong._replace(sip_ns=at(30.5)))
    bench.run(40)
    # Then it is judged at most once, and the symbol is visible
    assert bench.judged()[0] <= 41
    assert bench.state() == ("visible", "")


def test_of_a_symbol_that_nobody_protects_a_stamp_is_set_aside_too() -> None:
    # Given a symbol that was met
    bench = well()
    live = bench.live["ACME"]
    bench.repairs.forget("ACME")
    # When it brings a print of an hour later
    found = bench.repairs.may_be(live, True, at(3_600), 1)
    # Then that is set aside
    assert (found, bench.counts["set_aside"]) == (False, 1)


# Once a second: the clocks.


def test_a_machine_that_slept_begins_anew() -> None:
    # Given a visible symbol
    bench = well()
    # When two hours pass between two looks
    bench.clock.move(7_200)
    bench.look()
    # Then all that came meanwhile is missing, and the connection is renewed
    assert bench.tells == [Slept(0)]
    assert Reconnect("slept") in bench.acts
    assert [cause for _, cause in bench.causes()] == ["gap", "gap"]


def test_a_clock_that_was_set_is_held_against_the_provider_s() -> None:
    # Given a visible symbol
    bench = well()
    state = bench.state()
    # When the machine's clock is set an hour ahead, while the steady one goes on
    steady_ns = bench.repairs._steady_ns
    bench.repairs._steady_ns = lambda: steady_ns() - 3_600 * NS_PER_SECOND
    server = bench.clock()
    bench.market.get_market_state = lambda: ("open", server)  # type: ignore[method-assign]
    bench.clock.move(3_601)
    bench.look()
    unsure = bench.state()
    bench.workers.bring_all()
    # Then until the provider has told its time nothing is sure, and then that counts
    assert (state, unsure[0]) == (("visible", ""), "degraded")
    assert bench.repairs.now_ns() == pytest.approx(at(31), abs=NS_PER_SECOND)


def test_the_provider_s_time_is_asked_again_after_ten_seconds() -> None:
    # Given a clock that was set, and a provider that does not answer
    bench = well()
    bench.market.failure = failure()
    steady_ns = bench.repairs._steady_ns
    bench.repairs._steady_ns = lambda: steady_ns() - 3_600 * NS_PER_SECOND
    bench.clock.move(3_600)
    # When looks go on for 20 s
    asked = []
    for _ in range(2 * STATE_AGAIN_NS // NS_PER_SECOND):
        bench.clock.move(1)
        bench.look()
        bench.workers.bring_all()
        asked.append(bench.market.states_asked)
    # Then it is asked twice
    assert [asked[0], asked[9], asked[10], asked[19]] == [1, 1, 2, 2]


@pytest.mark.parametrize(("lag", "reason"), [(10.0, ""), (10.001, "backlog"), (11.0, "backlog")])
def test_frames_that_wait_too_long_are_a_backlog(lag: float, reason: str) -> None:
    # Given a visible symbol
    bench = well()
    # When the oldest frame has waited for so long
    bench.look(lag_ns=round(lag * NS_PER_SECOND))
    # Then that is said
    assert bench.state()[1] == reason


def test_while_frames_wait_nothing_is_audited() -> None:
    # Given a visible symbol
    bench = well()
    # When frames wait for as long as an audit's period
    for _ in range(25):
        bench.clock.move(1)
        bench.happens(quote(bench.now - 0.2), trade(bench.now - 0.1, size=100, exchange=11))
        bench.look(lag_ns=11 * NS_PER_SECOND)
        bench.workers.bring_all()
    # Then no tape was asked for prints alone
    assert [each for each in bench.asked if each[2] is None] == []


# Once a second: the market.


def test_out_of_hours_the_provider_s_word_closes_the_market() -> None:
    # Given a visible symbol, at nine in the evening in New York
    bench = well()
    bench.clock.move(11 * 3_600)
    bench.market.state = "closed"
    # When a minute is silent
    bench.look()
    bench.workers.bring_all()
    bench.clock.move(1)
    bench.look()
    closed = {each.ledger.questions(bench.repairs.now_ns()) for each in bench.repair.values()}
    bench.workers.bring_all()
    # Then nothing is expected, and a symbol that is protected then begins closed
    assert bench.market.states_asked >= 1
    bench.protect("BOLT")
    assert bench.repair["BOLT"].ledger._circumstances.closed_ns is not None
    assert closed
    # And before the next session all is asked for again
    bench.clock.move(7 * 3_600)
    bench.look()
    assert bench.repair["ACME"].ledger._circumstances.closed_ns is None


def test_a_halt_explains_a_silence_and_ends() -> None:
    # Given a visible symbol
    bench = well()
    # When it is halted, and trades again later
    bench.stream(HaltEvent("ACME", at(bench.now), halted=True))
    bench.run(5, trades=False)
    halted = bench.state()
    bench.live["ACME"].judge.halted_by = None
    bench.run(12)
    # Then that is said until ten seconds after it
    assert (halted, bench.state()) == (("degraded", "halted"), ("visible", ""))


def test_a_span_that_nobody_could_fill_is_told_for_good_once_it_is_too_old() -> None:
    # Given a print that a lost frame held, and a second source that never answers for it
    bench = well()
    bench.market.failure = failure("not_found")
    bench.repairs.missed(["ACME"])
    # When six minutes pass
    bench.run(375)
    lost = [each for each in bench.news() if each[0] == "lost"]
    # Then that is told, once for each channel, and nothing is unknown
    assert sorted(lost) == [("lost", "prints"), ("lost", "quotes")]
    assert bench.causes() == []


# Gaps: events that wait.


def test_events_wait_ten_seconds_for_an_answer_at_most() -> None:
    # Given a lost frame, and a second source that answers nothing
    bench = well()
    bench.repairs.missed(["ACME"])
    # When ten seconds pass
    judged = [bench.after(seconds, answers=False).judged() for seconds in (9, 1)]
    # Then what waited is judged, and what was missed stays unknown
    assert judged == [(0, 0), (10, 10)]
    assert bench.counts["gaps_given_up"] == 1
    assert bench.causes() == [("trades", "gap"), ("quotes", "gap")]


def test_events_that_take_too_much_room_wait_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given room for one event, and two symbols with a lost frame
    monkeypatch.setattr(repairs, "WAITING_LIMIT_BYTES", 500)
    bench = well("ACME", "BOLT")
    bench.repairs.missed(["ACME", "BOLT"])
    # When three events of one of them wait
    bench.stream(quote(30.1), quote(30.2), trade(30.3, size=100))
    bench.clock.move(1)
    bench.look()
    # Then they are judged, and the gap in which nothing waits stays open
    assert bench.judged() == (1, 2)
    assert (bench.live["ACME"].gap, bench.live["BOLT"].gap is not None) == (None, True)


def test_a_failure_lets_nobody_wait() -> None:
    # Given a lost frame
    bench = well()
    bench.repairs.missed(["ACME"])
    bench.market.failure = failure("not_found")
    # When there is no answer
    bench.run(1)
    # Then what waited is judged, and what was missed is asked for again
    assert (bench.judged(), bench.counts["gaps_given_up"]) == ((1, 1), 1)
    assert bench.causes() == [("trades", "gap"), ("quotes", "gap")]
    assert bench.spans()[0].codes == ("not_found",)
    bench.market.failure = None
    bench.run(12)
    assert (bench.causes(), bench.judged()) == ([], (13, 13))


def test_a_failure_while_the_stream_is_away_gives_nothing_up() -> None:
    # Given a connection that ended, and a second source that fails
    bench = well()
    bench.repairs.cut()
    bench.repairs.handle(Closed())
    bench.market.failure = failure()
    # When some seconds pass
    bench.run(12, silent=BOTH)
    # Then what will come waits still
    assert (bench.live["ACME"].gap is not None, bench.counts["gaps_given_up"]) == (True, 0)


def test_minutes_that_nobody_saw_are_no_quiet_minutes_until_they_are_known() -> None:
    # Given a start that the second source does not answer for
    bench = RepairBench()
    bench.market.events += [trade(-seconds, size=100) for seconds in range(10, 370, 10)]
    bench.market.failure = failure()
    known_from: list[int] = []
    bench.judge.known_from = lambda symbol, stamp_ns: known_from.append(stamp_ns)  # type: ignore[method-assign]
    bench.open()
    # When it fails before anything came, and answers later
    bench.workers.bring_all()
    given_up = list(known_from)
    bench.market.failure = None
    bench.run(12)
    # Then only from then on all is known, and from the first minute on once it was filled
    assert given_up == [at(0)]
    assert known_from == [at(0), at(-370)]
    assert bench.judged()[0] == 36 + 12


def test_what_waits_says_since_when_all_is_known() -> None:
    # Given a start that the second source does not answer for, and an event that waits
    bench = RepairBench()
    known_from: list[int] = []
    bench.judge.known_from = lambda symbol, stamp_ns: known_from.append(stamp_ns)  # type: ignore[method-assign]
    bench.open()
    bench.clock.move(1)
    bench.stream(quote(0.5), trade(0.7, size=100))
    bench.market.failure = failure()
    # When it is given up
    bench.workers.bring_all()
    # Then all is known from the first that waited
    assert (known_from, bench.judged()) == ([at(0.5)], (1, 1))


# Answers.


def test_a_provider_that_names_a_wait_is_left_alone_for_so_long() -> None:
    # Given a lost frame, and a provider that asks to wait for seven seconds
    bench = well()
    bench.repairs.missed(["ACME"])
    bench.market.failure = RateLimitError("slow down", retry_after_seconds=7.0)
    bench.run(1)
    bench.asked.clear()
    # When six seconds pass, and two more
    asked = [len(bench.after(seconds).asked) for seconds in (6, 2)]
    # Then it is asked after the seventh
    assert asked == [0, 1]


def test_a_provider_that_names_no_wait_is_asked_again_soon() -> None:
    # Given a lost frame, and a provider that wants to be left alone
    bench = well()
    bench.repairs.missed(["ACME"])
    bench.market.failure = RateLimitError("slow down")
    bench.run(1)
    bench.asked.clear()
    # When some seconds pass
    bench.run(6)
    # Then it is asked again
    assert len(bench.asked) >= 1


def test_a_refused_key_is_told_to_the_stream() -> None:
    # Given a lost frame
    bench = well()
    bench.market.failure = failure("wrong_key")
    bench.repairs.missed(["ACME"])
    # When the second source refuses the key, does not answer, and answers
    bench.workers.bring()
    refused = list(bench.tells)
    bench.market.failure = failure()
    bench.run(3)
    silent = bench.tells[len(refused) :]
    bench.market.failure = None
    bench.run(6)
    # Then only its word on the key is told
    assert refused == [RestRefusedKey()]
    assert silent == []
    assert bench.tells[-1] == RestAnswered()


@pytest.mark.parametrize(
    ("refused", "code", "is_blind"),
    [
        (("trades",), "not_found", True),
        (("quotes",), "no_data", True),
        ((), "not_found", False),
        (("trades",), "timeout", False),
    ],
)
def test_a_symbol_that_neither_source_knows_has_no_channel(
    refused: tuple[str, ...], code: str, is_blind: bool
) -> None:
    # Given a symbol of which the stream refuses a channel
    bench = RepairBench("ACME", "NONE")
    bench.open("ACME")
    bench.repairs.handle(ChannelsRefused(tuple(Channel(kind, "NONE") for kind in refused)))
    bench.market.failure = failure(code)
    # When the second source says that it does not know it, or does not answer
    bench.look()
    bench.workers.bring_all()
    bench.clock.move(1)
    bench.look()
    # Then it is blind for good where both refuse it
    assert (bench.state("NONE") == ("blind", "no_channel")) is is_blind
    assert bench.state("ACME")[1] != "no_channel"


def test_a_channel_that_is_subscribed_after_all_is_refused_no_more() -> None:
    # Given a symbol of which the stream refused a channel
    bench = RepairBench()
    bench.repairs.handle(ChannelsRefused((Channel("trades", "ACME"),)))
    # When it is subscribed, and the second source does not know it yet
    bench.open()
    bench.market.failure = failure("not_found")
    bench.run(2)
    # Then it is not given up
    assert bench.state() == ("degraded", "no_history")


def test_quotes_that_were_not_answered_stay_unknown() -> None:
    # Given a lost frame, and a plan that answers prints only
    bench = well()
    bench.repairs.missed(["ACME"])
    bench.market.changes = {"beside": (), "beside_error": failure("forbidden")}
    # When it answers
    bench.run(1)
    # Then the prints are known, and the quotes have its word
    assert [(each.channel, each.codes) for each in bench.spans()] == [("quotes", ("forbidden",))]


def test_what_else_happened_is_judged_too() -> None:
    # Given a lost frame in which the word of a halt was
    bench = well()
    bench.market.events.append(HaltEvent("ACME", at(30), halted=True))
    bench.repairs.missed(["ACME"])
    # When a second source tells of it
    bench.run(1)
    # Then the symbol is halted
    assert bench.judge.judges["ACME"].halted_by is not None


def test_the_second_source_s_settle_time_is_learned() -> None:
    # Given a second source that is five seconds behind
    bench = well()
    bench.market.behind = 5.0
    # When it has answered for a minute
    bench.run(90)
    # Then what is younger than it needs accuses nobody
    assert bench.repairs._settle.settle_ns > 5 * NS_PER_SECOND
    assert (bench.acts, bench.counts["losses_found"]) == ([], 0)
    assert bench.state() == ("visible", "")


def test_a_tape_is_no_audit() -> None:
    # Given a symbol that differed, whose audit is due
    bench = well()
    ledger = bench.repair["ACME"].ledger
    ledger.differs("trades", (), at(20))
    assert "audit" in {each.kind for each in ledger.questions(at(30))}
    # When its tape is asked for
    bench.repairs.missed(["ACME"])
    # Then the audit is due still
    assert len(bench.workers.waiting) == 1
    assert "audit" in {each.kind for each in ledger.questions(at(30))}


# Pulses and audits.


def test_held_symbols_are_compared_by_one_request_every_few_seconds() -> None:
    # Given two visible symbols
    bench = well("ACME", "BOLT")
    # When half a minute passes
    bench.run(30)
    # Then both were asked about together, about every six seconds, and audited once or twice
    assert set(bench.provider.history.newest_asked) == {("ACME", "BOLT")}
    assert 4 <= len(bench.provider.history.newest_asked) <= 6
    assert 2 <= len([each for each in bench.asked if each[2] is None]) <= 4


def test_a_symbol_that_a_snapshot_does_not_name_is_not_compared() -> None:
    # Given two visible symbols, of which snapshots name one
    bench = well("ACME", "BOLT")
    bench.market.unnamed.add("BOLT")
    # When both are quiet for a while
    bench.run(24, trades=False)
    # Then the tape of the other has to vouch for it
    tapes = [symbol for symbol, _, quotes_from_ns in bench.asked if quotes_from_ns is not None]
    assert tapes.count("BOLT") > tapes.count("ACME")
    assert {bench.state(each) for each in bench.live} == {("visible", "quiet")}


def test_a_symbol_that_is_quoted_and_never_trades_is_compared_by_its_quotes() -> None:
    # Given a symbol of which quotes come, and no print
    bench = RepairBench()
    bench.open()
    # When half a minute passes
    for _ in range(30):
        bench.clock.move(1)
        bench.happens(quote(bench.now - 0.2))
        bench.look()
        bench.workers.bring_all()
    # Then nothing was lost, and the quotes are vouched for
    assert (bench.counts["losses_found"], bench.judged()) == (0, (0, 30))
    assert bench.repair["ACME"].ledger.marks["quotes"].proved_ns > at(15)


def test_a_snapshot_that_fails_changes_nothing() -> None:
    # Given a visible symbol
    bench = well()
    bench.market.failure = failure()
    # When pulses and audits fail for some seconds
    bench.run(10)
    # Then nobody is accused
    assert (bench.acts, bench.state()) == ([], ("visible", ""))


def test_a_volume_that_was_not_judged_is_audited_at_once() -> None:
    # Given a visible symbol that was just audited, and a large sale that was lost
    bench = well()
    bench.market.day_shares["ACME"] = 50_000
    bench.run(8)
    bench.happens(trade(bench.now, size=12_000, exchange=12), silent=["trades"])
    bench.market.day_shares["ACME"] += 12_000
    # When pulses and audits go on
    bench.run(30)
    # Then the sale was found by its volume, and judged
    assert bench.counts["missed_judged"] >= 1
    assert ("large_seller", 12_000) in [
        (getattr(each, "alert_type", ""), getattr(each, "order_size", 0)) for each in bench.told
    ]


def test_an_audit_without_an_answer_proves_nothing() -> None:
    # Given a visible symbol whose audits fail
    bench = well()
    fetch = bench.provider.history.fetch_tape

    def fail_audits(symbol: str, trades_from_ns: int, quotes_from_ns: int | None) -> Any:
        if quotes_from_ns is None:
            raise failure()
        return fetch(symbol, trades_from_ns, quotes_from_ns)

    bench.provider.history.fetch_tape = fail_audits  # type: ignore[method-assign]
    # When more than two periods pass
    bench.run(60)
    # Then that is said
    assert (
        bench.state()[0] == "degraded"
        or bench.repair["ACME"].ledger.marks["trades"].proof_age_ns(bench.repairs.now_ns())
        <= 50 * NS_PER_SECOND
    )


def test_an_audit_that_is_answered_while_events_wait_is_dropped() -> None:
    # Given an audit under way
    bench = well()
    while not bench.workers.waiting:
        bench.run(1, answers=False)
    bench.run(25, answers=False)
    before = bench.repair["ACME"].ledger.marks["trades"].proved_ns
    # When a frame is lost, and events wait, before it is answered
    bench.repairs.missed(["ACME"])
    audits = list(bench.workers.waiting)
    bench.stream(trade(bench.now, size=300, exchange=12))
    for _ in audits[:-1]:
        bench.workers.bring()
    # Then what waits is not found missing
    assert bench.counts["losses_found"] == 0
    assert bench.repair["ACME"].ledger.marks["trades"].proved_ns >= before


@pytest.mark.parametrize("rate", [1.0, 5.0, 20.0])
def test_never_more_is_asked_than_the_budget_has(rate: float) -> None:
    # Given eight symbols that are cut again and again
    names = [f"S{number}" for number in range(8)]
    bench = RepairBench(*names, requests_per_second=rate)
    bench.open()
    asked = 0
    for second in range(60):
        if second % 20 == 0:
            bench.repairs.cut()
            bench.repairs.handle(Closed())
            bench.open()
        # When each second passes
        bench.run(1)
        asked_now = len(bench.asked) + len(bench.provider.history.newest_asked)
        # Then no more than its requests were asked
        assert asked_now - asked <= rate
        asked = asked_now
    assert asked > 30


# Doubt.


def test_a_channel_that_stops_is_found_renewed_and_stood_in_for() -> None:
    # Given two visible symbols
    bench = well("ACME", "BOLT")
    seen = []
    for _ in range(9):
        # When the prints of one stop while its quotes go on
        for symbol in ("ACME", "BOLT"):
            bench.happens(
                quote(bench.now + 0.1, symbol),
                trade(bench.now + 0.2, symbol, size=100, exchange=11),
                silent=["trades"] if symbol == "ACME" else [],
            )
        bench.clock.move(1)
        bench.look()
        bench.workers.bring_all()
        seen.append(bench.state()[0])
    # Then within ten seconds that is said, its channel renewed, its prints judged
    assert seen[-1] == "degraded"
    assert bench.acts == [Renew((Channel("trades", "ACME"),))]
    assert not bench.repair["ACME"].ledger.marks["trades"].is_subscribed
    assert bench.repair["ACME"].ledger.marks["quotes"].is_subscribed
    assert bench.judged()[0] >= 6
    assert bench.state("BOLT") == ("visible", "")


def test_a_channel_that_comes_back_is_cleared() -> None:
    # Given a symbol whose prints had stopped
    bench = well("ACME", "BOLT")
    bench.run(9, silent=["trades"])
    assert Renew in {type(each) for each in bench.acts}
    # When its channels are subscribed anew, and it goes on
    bench.repairs.subscribed(["ACME", "BOLT"])
    bench.run(40)
    # Then it is visible, nobody polls it, and each print was judged once
    assert bench.state() == ("visible", "")
    assert bench.judged() == (49, 49)
    assert bench.repairs._escalation.taken == ()


def test_a_channel_that_stays_silent_is_given_up_to_rest() -> None:
    # Given one of two symbols whose prints have stopped
    bench = well("ACME", "BOLT")
    for _ in range(70):
        for symbol in ("ACME", "BOLT"):
            bench.happens(
                quote(bench.now + 0.1, symbol),
                trade(bench.now + 0.2, symbol, size=100, exchange=11),
                silent=["trades"] if symbol == "ACME" else [],
            )
        # When its renewal does not help
        bench.clock.move(1)
        bench.look()
        if any(isinstance(each, Renew) for each in bench.acts):
            bench.repairs.subscribed(["ACME"])
        bench.workers.bring_all()
    # Then it is polled for good, and the other one stays visible
    assert ByRest(("ACME",)) in bench.acts
    assert Reconnect not in {type(each) for each in bench.acts}
    assert bench.state("BOLT") == ("visible", "")
    assert bench.judged()[0] >= 66


def test_a_feed_that_is_mute_is_connected_anew_after_ten_seconds() -> None:
    # Given two visible symbols
    bench = well("ACME", "BOLT")
    bench.market.failure = failure()
    # When nothing comes of either, and nobody vouches for the silence
    reconnected = []
    for _ in range(30):
        bench.run(1, silent=BOTH)
        reconnected.append(any(isinstance(each, Reconnect) for each in bench.acts))
    # Then the connection is renewed, once
    assert Reconnect("feed_stalled") in bench.acts
    assert kinds(bench.acts).count("Reconnect") == 1
    assert 9 <= reconnected.index(True) <= 20


def test_a_feed_that_is_late_is_connected_anew_after_half_a_minute() -> None:
    # Given two visible symbols
    bench = well("ACME", "BOLT")
    # When all that comes is eight seconds late
    bench.run(20, late=8.0)
    early = kinds(bench.acts).count("Reconnect")
    bench.run(20, late=8.0)
    # Then the connection is renewed
    assert (early, Reconnect("feed_late") in bench.acts) == (0, True)
    assert bench.state() == ("degraded", "late")


def test_a_feed_that_is_well_again_is_not_connected_anew() -> None:
    # Given two symbols that nobody vouches for, and nothing comes of until both are taken over
    bench = well("ACME", "BOLT")
    bench.market.failure = failure()
    bench.run(14)
    while not bench.repairs._escalation.taken:
        bench.run(1, silent=BOTH)
    # When it goes on
    bench.market.failure = None
    bench.run(60)
    # Then the connection stays, and nobody is polled
    assert not [each for each in bench.acts if isinstance(each, Reconnect)]
    assert bench.repairs._escalation.taken == ()
    assert (bench.state(), bench.state("BOLT")) == (("visible", ""), ("visible", ""))


def test_a_renewal_of_what_is_not_held_changes_no_ledger() -> None:
    # Given a visible symbol
    bench = well()
    # When other channels are renewed
    bench.repairs._unsubscribe([Channel("trades", "NONE"), Channel("halts", "ACME")])
    # Then its own are subscribed still
    assert bench.repair["ACME"].is_proved


def test_quotes_that_stand_still_are_doubted_and_not_mended_by_rest() -> None:
    # Given a visible symbol whose quotes bear fresh stamps and old prices
    bench = well()
    bench.market.prices["ACME"] = 90_000_000
    # When pulses know other prices
    bench.run(14)
    # Then the quotes are doubted and renewed
    assert bench.repair["ACME"].ledger.marks["quotes"].doubt == "stale"
    assert Renew((Channel("quotes", "ACME"),)) in bench.acts
    # And what REST has of quotes is not judged in their place
    quotes = bench.judged()[1]
    bench.run(3, silent=["quotes"])
    assert bench.judged()[1] == quotes


def test_a_new_connection_is_open_to_doubt_again() -> None:
    # Given a symbol whose connection was renewed
    bench = well()
    bench.repairs.cut()
    bench.repairs.handle(Closed())
    bench.run(2, silent=BOTH)
    # When it is let in, and brings everything
    bench.repairs.handle(Opened())
    bench.repairs.subscribed(["ACME"])
    bench.run(15)
    # Then it is given back to the stream
    assert bench.repairs._escalation.step_of("ACME") == "well"


# The end.


def test_nothing_is_asked_or_judged_once_it_is_closed() -> None:
    # Given a lost frame, and a question under way
    bench = well()
    bench.happens(trade(30, size=700, exchange=12), silent=["trades"])
    bench.repairs.missed(["ACME"])
    waiting, judged = len(bench.workers.waiting), bench.judged()
    # When the run ends before it is answered
    bench.repairs.close()
    bench.workers.bring_all()
    bench.run(1, trades=False)
    # Then nobody asks, and nothing is judged
    assert (waiting, bench.workers.is_closed) == (1, True)
    assert (bench.judged(), len(bench.workers.waiting)) == (judged, 0)


def test_without_a_second_source_nothing_is_asked_and_nothing_called_visible() -> None:
    # Given a provider without history
    bench = RepairBench(fills_gaps="none")
    bench.open()
    # When its stream goes on for more than six minutes
    seen = [bench.after(seconds).state() for seconds in (5, 15, 380)]
    # Then its events are judged, and are compared with nothing
    assert bench.asked == []
    assert bench.judged()[0] == 400
    assert seen[0] == ("degraded", "starting")
    assert seen[2] == ("degraded", "not_compared")


def test_without_a_second_source_events_wait_until_the_stream_is_back_and_no_longer() -> None:
    # Given a provider without history, whose stream was cut
    bench = RepairBench(fills_gaps="none")
    bench.open()
    bench.run(5)
    bench.repairs.cut()
    # When it brings again what it missed, before it says that it is back
    before = bench.judged()
    bench.run(1)
    waiting = bench.judged()
    bench.open()
    # Then all of it is judged at once
    assert (before, waiting) == ((5, 5), (5, 5))
    assert bench.judged() == (6, 6)
    # And what the connection itself lost later waits for nobody
    bench.repairs.missed(["ACME"])
    bench.run(1)
    bench.look()
    assert bench.judged() == (7, 7)


# Whatever happens.


class Noting(NotingSink):
    """Notes the prints that go to a judge, and hands them and the quotes on."""

    def __init__(self, judge: MarketSink) -> None:
        super().__init__()
        self._judge = judge

    def trade(self, event: Print) -> None:
        super().trade(event)
        self._judge.trade(event)

    def quote(self, *members: Any) -> None:
        self._judge.quote(*members)


SECONDS = st.lists(
    st.tuples(
        st.sampled_from(["comes", "comes", "lost", "again", "cut"]),
        st.sampled_from(["whole", "whole", "none", "fails", "behind", "half a page", "odd row"]),
    ),
    min_size=1,
    max_size=40,
)


ANSWERS: dict[str, dict[str, Any]] = {
    "half a page": {"has_all_trades": False},
    "odd row": {"refused_trades": 1},
}


@settings(max_examples=60, deadline=None)
@given(SECONDS, st.booleans())
def test_however_stream_and_answers_divide_a_tape_each_print_is_judged_once(
    seconds: list[tuple[str, str]], is_first_quiet: bool
) -> None:
    # Given a symbol whose stream loses prints and is cut, beside a second source with its faults
    bench = RepairBench()
    noting = bench.live["ACME"].way_in = Noting(bench.live["ACME"].way_in)
    made: list[TradeEvent] = []
    bench.open()
    if not is_first_quiet:
        bench.run(5)
        made += [each for each in bench.market.events if isinstance(each, TradeEvent)]
    is_cut = False
    for stream, answer in seconds:
        if is_cut:
            bench.open()
        is_cut = stream == "cut"
        if is_cut:
            bench.repairs.cut()
            bench.repairs.handle(Closed())
        bench.clock.move(1)
        prints = [trade(bench.now - back, size=100, exchange=11) for back in (0.9, 0.5, 0.1)]
        made += prints
        lost = prints if is_cut else prints[1:2] if stream == "lost" else []
        bench.market.events += [quote(bench.now - 0.2), *prints]
        bench.stream(*(each for each in prints if each not in lost))
        if stream == "again":
            bench.stream(*prints[:2])
        # When its answers fail, lack pages and rows, or are behind
        bench.market.failure = failure() if answer == "fails" else None
        bench.market.behind = 4.0 if answer == "behind" else 0.0
        bench.market.changes = ANSWERS.get(answer, {})
        bench.look()
        if answer != "none":
            bench.workers.bring_all()
    # Then once it is well again, every print was judged, and none of them twice
    bench.market.failure, bench.market.behind, bench.market.changes = None, 0.0, {}
    if is_cut:
        bench.open()
    before = len(bench.market.events)
    bench.run(70)
    made += [each for each in bench.market.events[before:] if isinstance(each, TradeEvent)]
    judged = sorted(each.sequence for each in noting.trades)
    assert judged == sorted(each.sequence for each in made)
    assert bench.causes() == []


def test_how_long_nothing_may_be_answered_is_a_setting() -> None:
    # Given a setting of 10 s
    bench = RepairBench(blind_after_seconds=10.0)
    # When a symbol is protected
    ledger = bench.repairs._held["ACME"].repair.ledger
    # Then its ledger goes by it
    assert ledger.dead_ns == 10 * NS_PER_SECOND
