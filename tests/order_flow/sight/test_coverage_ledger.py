from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trading_bot.order_flow.market.units import FAR_PAST_NS, NS_PER_SECOND
from trading_bot.order_flow.sight.coverage.findings import ClockState
from trading_bot.order_flow.sight.coverage.reasons import Channel, OpenSpan, Question, Sight
from trading_bot.order_flow.sight.coverage.spans import MATTERS_NS
from trading_bot.order_flow.sight.ledger import Ledger, Look

T0 = 1_790_000_000 * NS_PER_SECOND
BOTH: tuple[Channel, ...] = ("trades", "quotes")


def at(seconds: float) -> int:
    return T0 + round(seconds * NS_PER_SECOND)


def started() -> Ledger:
    """Return a ledger made at 0 s, its stream subscribed."""
    ledger = Ledger("ACME", at(0))
    for channel in BOTH:
        ledger.subscribed(channel, at(0))
    return ledger


def live(
    ledger: Ledger,
    start: int,
    stop: int,
    *,
    hears: Iterable[Channel] = BOTH,
    vouches: Iterable[Channel] = BOTH,
    lag: float = 0.1,
) -> Sight:
    """Let whole seconds pass: events each second, REST's word each sixth; audits equal."""
    for second in range(start, stop + 1):
        for channel in hears:
            ledger.heard(channel, at(second - lag), 5, at(second))
        if second % 6 == 0:
            for channel in vouches:
                ledger.vouched(channel, at(second - 2), at(second))
        ledger.look(at(second))
    return ledger.sight


def filled(ledger: Ledger, from_s: float, to_s: float, now_s: float) -> None:
    for channel in BOTH:
        ledger.filled(channel, at(from_s), at(to_s), at(now_s))


def visible() -> Ledger:
    """Return a ledger that is visible at 12 s, everything before it judged and compared."""
    ledger = started()
    live(ledger, 1, 5)
    filled(ledger, -371, 4, 5)
    ledger.compared("trades", at(-10), at(4), at(5))
    assert live(ledger, 6, 12).state == "visible"
    return ledger


def words(ledger: Ledger) -> tuple[str, str]:
    return ledger.sight.state, ledger.sight.reason


def kinds(ledger: Ledger, now_s: float) -> list[tuple[str, str]]:
    return [(each.kind, each.channel) for each in ledger.questions(at(now_s))]


def test_a_new_symbol_is_starting_and_asks_for_what_was_before() -> None:
    # Given nothing
    # When a ledger is made
    ledger = Ledger("ACME", at(0))
    # Then the time before is unknown and asked for, of both channels
    assert words(ledger) == ("degraded", "starting")
    assert ledger.questions(at(0)) == (
        Question("ACME", "fill", "trades", at(-370), at(0), 1),
        Question("ACME", "fill", "quotes", at(-370), at(0), 2),
    )


def test_a_symbol_is_starting_until_its_channels_are_subscribed() -> None:
    # Given a history that was filled before the stream let it in
    ledger = Ledger("ACME", at(0))
    ledger.filled("trades", at(-371), at(10), at(12))
    # When it is looked at
    ledger.look(at(12))
    # Then nothing is brought yet
    assert words(ledger) == ("degraded", "starting")


def test_a_refused_history_is_said_and_asked_for_on() -> None:
    # Given a symbol whose history is refused
    ledger = started()
    question = ledger.questions(at(0))[0]
    ledger.asked(question, at(0))
    ledger.unfilled("trades", question.from_ns, question.to_ns, "http_401", at(1))
    # When it is looked at
    ledger.look(at(1))
    # Then it says so, with its tries and code, and asks again a second later
    assert words(ledger) == ("degraded", "no_history")
    assert "asked once, http_401" in ledger.sight.text
    assert ("fill", "trades") not in kinds(ledger, 1.9)
    assert ("fill", "trades") in kinds(ledger, 2.0)


def test_a_witnessed_history_makes_visible_at_the_second_clear_look() -> None:
    # Given a stream that runs, and a history that comes
    ledger = started()
    live(ledger, 1, 5)
    filled(ledger, -371, 4, 5)
    # When it is looked at twice
    first, second = ledger.look(at(5)), ledger.look(at(6))
    # Then it is visible the second time, compared up to where the answer went
    assert first.sight.state == "degraded"
    assert second.sight == Sight("visible", "", "", at(6), at(4))
    assert second.sight.compared_seconds_ago(at(10)) == 6


@pytest.mark.parametrize(("later", "state"), [(0.499, "degraded"), (0.5, "visible")])
def test_two_clear_looks_are_half_a_second_apart(later: float, state: str) -> None:
    # Given a ledger at its first clear look
    ledger = started()
    live(ledger, 1, 5)
    filled(ledger, -371, 4, 5)
    ledger.look(at(5))
    # When somebody looks again
    look = ledger.look(at(5 + later))
    # Then it is clear only where time has passed
    assert look.sight.state == state


def test_a_cut_degrades_at_once_and_opens_a_span_on_both_channels() -> None:
    # Given a visible symbol
    ledger = visible()
    # When its connection ends
    ledger.unsubscribed(BOTH, at(12.5))
    look = ledger.look(at(12.5))
    # Then it is degraded, since what both brought last
    assert (look.before.state, look.sight.state) == ("visible", "degraded")
    assert words(ledger) == ("degraded", "gap")
    assert [(each.channel, each.from_ns) for each in ledger.spans.open] == [
        ("trades", at(11.9) - 1),
        ("quotes", at(11.9) - 1),
    ]
    assert kinds(ledger, 12.5) == [("fill", "trades"), ("fill", "quotes")]


def test_a_gap_ends_at_the_first_event_after_it_and_closes_by_its_fill() -> None:
    # Given a symbol whose stream was away for three seconds
    ledger = visible()
    ledger.unsubscribed(BOTH, at(12.5))
    ledger.look(at(13))
    for channel in BOTH:
        ledger.subscribed(channel, at(15))
    live(ledger, 16, 16)
    assert {(each.from_ns, each.to_ns) for each in ledger.spans.open} == {(at(11.9) - 1, at(15.9))}
    assert "trades" not in ledger.sight.text
    # When the fill comes
    filled(ledger, 6.9, 15.9, 17)
    # Then it is visible at the second clear look
    assert live(ledger, 17, 18).state == "visible"


def test_rest_that_answers_while_the_stream_is_away_is_said() -> None:
    # Given a symbol whose connection has ended
    ledger = visible()
    ledger.unsubscribed(BOTH, at(12.5))
    # When REST answers for it
    filled(ledger, 11, 14, 16)
    ledger.look(at(17))
    # Then REST stands in, and what is unknown begins where it ended
    assert words(ledger) == ("degraded", "by_rest")
    assert ledger.sight.text == "prints are asked of REST, answered 1 s ago"
    assert {each.from_ns for each in ledger.spans.open} == {at(14)}


@pytest.mark.parametrize(("now", "state"), [(45.9, "degraded"), (46.0, "blind")])
def test_without_a_channel_and_without_rest_for_30_seconds_it_is_dead(
    now: float, state: str
) -> None:
    # Given a symbol whose connection has ended, and one answer of REST
    ledger = visible()
    ledger.unsubscribed(BOTH, at(12.5))
    ledger.unfilled("trades", at(11), at(14), "left_missing", at(16), is_usable=True)
    # When nothing comes any more
    ledger.look(at(now))
    # Then it is blind after 30 s
    assert ledger.sight.state == state


def test_a_failing_rest_does_not_keep_a_lost_channel_alive() -> None:
    # Given a symbol whose connection has ended, and REST refuses
    ledger = visible()
    ledger.unsubscribed(BOTH, at(12.5))
    ledger.unfilled("trades", at(11), at(14), "http_403", at(40))
    # When 30 s have passed since
    ledger.look(at(42.5))
    # Then it is dead
    assert words(ledger) == ("blind", "dead")


def test_blind_ends_in_degraded_at_the_first_answer() -> None:
    # Given a dead symbol
    ledger = visible()
    ledger.unsubscribed(BOTH, at(12.5))
    ledger.look(at(50))
    assert words(ledger) == ("blind", "dead")
    # When REST answers
    filled(ledger, 11, 48, 51)
    ledger.look(at(51))
    # Then its spans are still open
    assert words(ledger) == ("degraded", "by_rest")


def test_a_span_that_stays_unknown_is_lost_after_370_seconds_and_said_once() -> None:
    # Given a gap that REST refuses for ever
    ledger = visible()
    ledger.unsubscribed(("trades",), at(12.5))
    ledger.subscribed("trades", at(13))
    live(ledger, 14, 14)
    number = ledger.spans.open[0].number
    for tries in range(3):
        ledger.asked(Question("ACME", "fill", "trades", 0, 0, number), at(15 + tries))
        ledger.unfilled("trades", at(11), at(14), "http_403", at(15 + tries))
    live(ledger, 15, 383)
    assert words(ledger) == ("degraded", "gap")
    # When 370 s have passed since its end at 13.9 s
    looks = [ledger.look(at(383.8)), ledger.look(at(383.9)), ledger.look(at(384))]
    # Then one line is there for good
    lost = [each for look in looks for each in look.lost]
    assert [(each.from_ns, each.to_ns, each.tries, each.codes) for each in lost] == [
        (at(11.9) - 1, at(13.9), 3, ("http_403",))
    ]
    assert [len(look.lost) for look in looks] == [0, 1, 0]
    assert live(ledger, 385, 386).state == "visible"


def test_prints_that_stop_ask_the_tape_beyond_their_allowance() -> None:
    # Given prints that stop while quotes go on, at a usual silence that allows 3 s
    ledger = visible()
    live(ledger, 13, 14, hears=("quotes",), vouches=())
    assert ("tape_now", "trades") not in kinds(ledger, 15)
    # When 3 s are over
    # Then the tape is asked, once until the next is due
    assert ("tape_now", "trades") in kinds(ledger, 15.1)
    ledger.asked(Question("ACME", "tape_now", "trades", 0, 0), at(15.1))
    assert ("tape_now", "trades") not in kinds(ledger, 20.0)
    assert ("tape_now", "trades") in kinds(ledger, 20.1)


@pytest.mark.parametrize(
    ("silent", "span"), [(3.0, []), (3.001, []), (15.0, []), (15.001, [(11.9, 27.001)])]
)
def test_a_silence_that_nobody_confirms_may_have_been_none(
    silent: float, span: list[tuple[float, float]]
) -> None:
    # Given a lively symbol whose prints end at 11.9 s; at 12 s REST knew nothing newer
    ledger = visible()
    # When prints come again, within their allowance, or while REST's word of before is good
    now = 12 + silent
    ledger.look(at(now - 0.5))
    ledger.heard("trades", at(now), 1, at(now))
    ledger.look(at(now))
    # Then they say nothing of the time before where nobody else has
    found = [(e.from_ns, e.to_ns) for e in ledger.open_spans() if e.channel == "trades"]
    assert found == [(at(since) - 1, at(until)) for since, until in span]


def test_a_vouched_silence_is_quiet_and_visible() -> None:
    # Given a symbol that usually has an event in 10 s
    ledger = visible()
    for channel in BOTH:
        ledger.seed(channel, 10 * NS_PER_SECOND)
    # When it is silent for longer than three times that, and REST knows nothing newer
    live(ledger, 13, 48, hears=())
    # Then it is quiet
    assert words(ledger) == ("visible", "quiet")
    assert ledger.sight.text == "no prints for 36 s; REST knows none, asked 0 s ago"


@pytest.mark.parametrize(("now", "state"), [(33.0, "visible"), (33.1, "degraded")])
def test_a_word_of_rest_is_good_for_15_seconds(now: float, state: str) -> None:
    # Given a silence that was vouched for at 18 s last
    ledger = visible()
    live(ledger, 13, 18, hears=())
    # When time passes
    ledger.look(at(now))
    # Then nobody vouches after 15 s
    assert ledger.sight.state == state
    assert (ledger.sight.reason == "unconfirmed") == (state == "degraded")


@pytest.mark.parametrize(("now", "state"), [(42.0, "visible"), (42.1, "degraded")])
def test_a_lively_symbol_of_which_nobody_hears_is_not_quiet(now: float, state: str) -> None:
    # Given a lively symbol that is silent everywhere
    ledger = visible()
    live(ledger, 13, 41, hears=())
    ledger.vouched("trades", at(40), at(42))
    ledger.vouched("quotes", at(40), at(42))
    # When its quiet limit of 30 s passes
    ledger.look(at(now))
    # Then REST's word is no longer good enough
    assert ledger.sight.state == state
    assert (ledger.sight.reason == "unconfirmed") == (state == "degraded")
    assert (("newest", "trades") in kinds(ledger, now)) == (state == "degraded")


def test_prints_that_rest_while_quotes_move_may_be_halted() -> None:
    # Given prints silent beyond their quiet limit, while quotes move and REST has none either
    ledger = visible()
    # When 31 s pass
    live(ledger, 13, 43, hears=("quotes",))
    # Then it may be halted
    assert words(ledger) == ("degraded", "no_halt_data")


def test_an_old_quote_while_prints_go_on_is_stale() -> None:
    # Given quotes that stop, and nobody vouches for them
    ledger = visible()
    live(ledger, 13, 22, hears=("trades",), vouches=("trades",))
    before = words(ledger)
    # When 10 s have passed, and REST's word is old
    live(ledger, 23, 28, hears=("trades",), vouches=("trades",))
    # Then the quote is stale
    assert before == ("visible", "quiet")
    assert words(ledger) == ("degraded", "stale")


def test_a_young_silence_of_quotes_while_prints_go_on_is_not_stale() -> None:
    # Given quotes that were never vouched for lately, and stopped 9 s ago
    ledger = visible()
    live(ledger, 13, 30, vouches=("trades",))
    # When it is looked at
    live(ledger, 31, 40, hears=("trades",), vouches=("trades",))
    # Then it is visible for 10 s
    assert words(ledger) == ("visible", "")
    assert live(ledger, 41, 41, hears=("trades",)).reason == "stale"


def test_prints_through_the_quote_make_it_stale_until_a_fresh_one_agrees() -> None:
    # Given prints that go through the quote
    ledger = visible()
    ledger.prints_through_quote(at(12.5))
    ledger.look(at(13))
    assert words(ledger) == ("degraded", "stale")
    assert ("pulse", "quotes") in kinds(ledger, 13)
    # When a pulse agrees before a fresh quote, and after it
    ledger.vouched("quotes", at(13), at(13))
    still = ledger.look(at(14)).sight
    live(ledger, 15, 15)
    ledger.vouched("quotes", at(15), at(15))
    # Then the second ends it
    assert still.reason == "stale"
    assert live(ledger, 16, 17).state == "visible"


def test_what_rest_knows_newer_is_asked_for_at_once_and_is_said_after_5_seconds() -> None:
    # Given a pulse that knows a print that was not judged
    ledger = visible()
    ledger.behind("trades", at(11), at(12))
    # When the tape does not answer
    asked = kinds(ledger, 12)
    states = [
        (live(ledger, 13, 16, vouches=()).state, words(ledger)),
        (live(ledger, 17, 17, vouches=()).state, words(ledger)),
        (live(ledger, 18, 18, vouches=()).state, words(ledger)),
    ]
    # Then it is asked at once, and said when it is late
    assert ("tape_now", "trades") in asked
    assert states[1][0] == "visible"
    assert states[2] == ("degraded", ("degraded", "unconfirmed"))


def test_an_answer_up_to_what_rest_knows_ends_the_question() -> None:
    # Given a pulse that knows a newer print
    ledger = visible()
    ledger.behind("trades", at(12), at(12.5))
    # When the tape is filled not so far, and so far
    ledger.filled("trades", at(5), at(11.9), at(12.6))
    before = kinds(ledger, 12.6)
    ledger.filled("trades", at(5), at(12), at(12.7))
    # Then only the second answers
    assert ("tape_now", "trades") in before
    assert ("tape_now", "trades") not in kinds(ledger, 12.7)


def test_prints_that_rest_alone_knows_are_a_stall_until_the_stream_brings_and_all_is_equal() -> (
    None
):
    # Given a symbol whose prints stopped, as its tape shows
    ledger = visible()
    live(ledger, 13, 15, hears=("quotes",))
    ledger.stalled("trades", at(13), at(15.5))
    assert ledger.look(at(15.5)).sight.reason == "stalled"
    # When REST fills and compares equal, and only then the stream brings again
    ledger.filled("trades", at(5), at(18), at(20))
    ledger.compared("trades", at(0), at(18), at(20))
    by_rest_alone = live(ledger, 21, 24, hears=("quotes",)).reason
    brings = live(ledger, 25, 27).reason
    ledger.filled("trades", at(15), at(26), at(28))
    ledger.compared("trades", at(10), at(26), at(28))
    # Then only the comparison after the stream's event ends it
    assert (by_rest_alone, brings) == ("stalled", "stalled")
    assert live(ledger, 28, 29).state == "visible"


def test_an_unequal_comparison_differs_until_its_slots_are_filled_and_one_is_equal() -> None:
    # Given a comparison that found rows missing in one slot
    ledger = visible()
    ledger.differs("trades", [(at(5), at(10))], at(12.5))
    assert live(ledger, 13, 13).reason == "differs"
    # When the slot is filled, and then the time since is compared
    ledger.filled("trades", at(0), at(10), at(14))
    after_fill = live(ledger, 14, 21).reason
    audit_due = kinds(ledger, 22.5)
    ledger.compared("trades", at(13), at(20), at(22))
    too_short = live(ledger, 22, 24).reason
    ledger.compared("trades", at(4), at(20), at(25))
    # Then only a comparison of the moment of the doubt ends it
    assert (after_fill, too_short) == ("differs", "differs")
    assert ("audit", "trades") in audit_due
    assert live(ledger, 25, 26).state == "visible"


def test_a_single_refused_row_is_asked_for_and_said_only_3_seconds_later() -> None:
    # Given a visible symbol
    ledger = visible()
    # When one row is refused
    ledger.row_refused("trades", at(12.2), at(12.3))
    # Then its span is asked for at once, and it is visible for less than 3 s
    assert ("fill", "trades") in kinds(ledger, 12.3)
    assert live(ledger, 13, 15).state == "visible"
    assert ledger.look(at(15.3)).sight.reason == "refused"


def test_a_refused_row_filled_in_time_changes_nothing() -> None:
    # Given one refused row
    ledger = visible()
    ledger.row_refused("trades", at(12.2), at(12.3))
    live(ledger, 13, 13)
    # When its span is filled
    ledger.filled("trades", at(7), at(13), at(14))
    # Then the symbol was visible all the time
    assert live(ledger, 14, 20).since_ns == visible().sight.since_ns


def test_three_refused_rows_in_a_row_are_said_until_calm_and_compared() -> None:
    # Given three rows refused one after the other
    ledger = visible()
    for _ in range(3):
        ledger.row_refused("trades", at(12.2), at(12.3))
    assert live(ledger, 13, 13).reason == "refused"
    # When their span is filled, and compared too early and after 10 s
    ledger.filled("trades", at(7), at(13), at(14))
    ledger.compared("trades", at(5), at(20), at(22))
    early = live(ledger, 22, 22).reason
    ledger.compared("trades", at(5), at(20), at(22.3))
    # Then the later comparison ends it
    assert early == "refused"
    assert live(ledger, 23, 24).state == "visible"


def test_refused_halts_leave_no_span() -> None:
    # Given a visible symbol
    ledger = visible()
    # When a halt cannot be read, and its frame is missed
    ledger.row_refused("halts", FAR_PAST_NS, at(12.5))
    ledger.missed("halts", at(12.5))
    ledger.unsubscribed(("halts",), at(12.5))
    # Then prints and quotes are as they were
    assert ledger.look(at(13)).sight.state == "visible"


def test_a_missed_frame_is_a_gap_that_ends_at_the_next_event() -> None:
    # Given a visible symbol
    ledger = visible()
    # When a frame is lost on the way
    ledger.missed("trades", at(12.5))
    live(ledger, 13, 13)
    # Then what it held is unknown
    assert words(ledger) == ("degraded", "gap")
    assert [(each.from_ns, each.to_ns) for each in ledger.spans.open] == [(at(11.9) - 1, at(12.9))]


def test_late_events_are_late_until_timely_for_10_seconds_and_compared() -> None:
    # Given a stream that falls behind for three looks
    ledger = visible()
    seen = [live(ledger, second, second, lag=5.5).reason for second in (13, 14, 15)]
    # When it is timely again, and compared after 9 s and after 10 s
    live(ledger, 16, 25)
    ledger.compared("trades", at(10), at(20), at(25.9))
    ledger.vouched("quotes", at(20), at(26))
    early = ledger.look(at(25.9)).sight.reason
    ledger.compared("trades", at(10), at(20), at(26))
    # Then the third look says it, and the later comparison ends it
    assert seen == ["", "", "late"]
    assert early == "late"
    assert live(ledger, 27, 28).state == "visible"


def test_stream_and_rest_a_quarter_hour_late_are_a_delayed_plan() -> None:
    # Given a stream 900 s late, and REST that knows nothing newer
    ledger = started()
    live(ledger, 1, 3, vouches=())
    for channel in BOTH:
        ledger.vouched(channel, at(-900), at(3))
    # When three looks find it so
    live(ledger, 4, 6, vouches=(), lag=900)
    # Then it is delayed
    assert words(ledger) == ("blind", "delayed")


def test_without_a_second_source_the_best_state_is_not_compared() -> None:
    # Given a plan whose REST never answers
    ledger = started()
    # When the time before the start has aged out
    live(ledger, 1, 380, vouches=())
    # Then it is degraded for that alone, and stays so
    assert words(ledger) == ("degraded", "not_compared")
    assert ledger.sight.text == "prints were never compared"
    assert ledger.sight.compared_seconds_ago(at(380)) is None
    assert live(ledger, 381, 900, vouches=()).since_ns == at(0)


@pytest.mark.parametrize(("now", "state"), [(60.0, "visible"), (60.1, "degraded")])
def test_a_comparison_is_good_for_two_audits_and_10_seconds(now: float, state: str) -> None:
    # Given prints that were compared up to 10 s last, quotes ever since
    ledger = visible()
    live(ledger, 13, 59, vouches=("quotes",))
    ledger.heard("trades", at(59.9), 1, at(60))
    ledger.vouched("quotes", at(58), at(60))
    # When 50 s have passed since
    ledger.look(at(now))
    # Then it is not compared
    assert ledger.sight.state == state
    assert (ledger.sight.reason == "not_compared") == (state == "degraded")


def test_a_longer_audit_period_is_waited_for() -> None:
    # Given a budget that compares a symbol each minute
    ledger = visible()
    ledger.audit_period_ns = 60 * NS_PER_SECOND
    # When 80 s pass without a comparison of prints
    # Then it is still visible
    assert live(ledger, 13, 90, vouches=("quotes",)).state == "visible"


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("clock_unsure", ("degraded", "clock_unsure")), ("clock", ("blind", "clock"))],
)
def test_a_doubted_clock_is_said(clock: ClockState, expected: tuple[str, str]) -> None:
    # Given a visible symbol
    ledger = visible()
    # When the clock is doubted
    ledger.look(at(12.5), clock)
    # Then the symbol is
    assert words(ledger) == expected


def test_a_backlog_is_said() -> None:
    # Given a visible symbol
    ledger = visible()
    # When events wait to be judged
    ledger.look(at(12.5), has_backlog=True)
    # Then it says so
    assert words(ledger) == ("degraded", "backlog")


def test_a_channel_that_both_refuse_is_blind_until_it_is_subscribed() -> None:
    # Given a symbol that stream and REST refuse by name
    ledger = Ledger("BRK-B", at(0))
    ledger.channel_refused("trades", at(1))
    # When it is looked at, and subscribed later
    refused = ledger.look(at(1)).sight
    ledger.subscribed("trades", at(2))
    # Then it is blind until then
    assert (refused.state, refused.reason) == ("blind", "no_channel")
    assert ledger.look(at(2)).sight.reason == "starting"


def test_a_halt_is_said_until_10_seconds_after_it() -> None:
    # Given a halted symbol
    ledger = visible()
    ledger.resumed(at(12))
    ledger.halted(at(12.5))
    ledger.halted(at(13.5))
    live(ledger, 13, 60, hears=("quotes",))
    rests = ledger.sight
    # When trading goes on
    ledger.resumed(at(60))
    goes_on = live(ledger, 61, 69)
    # Then it is visible at the second clear look from 10 s on
    assert (rests.state, rests.reason) == ("degraded", "halted")
    assert goes_on.reason == "halted"
    assert live(ledger, 70, 71).state == "visible"


def test_between_sessions_nothing_is_expected_or_asked() -> None:
    # Given a visible symbol
    ledger = visible()
    # When the market closes
    ledger.session_closed(at(12.5))
    live(ledger, 13, 40, hears=(), vouches=())
    ledger.session_closed(at(40))
    # Then the word is `closed`, and there is no question
    assert words(ledger) == ("visible", "closed")
    assert ledger.questions(at(40)) == ()


def test_a_connection_cut_between_sessions_leaves_a_span_at_the_opening_only() -> None:
    # Given a closed market whose connection ends at night
    ledger = visible()
    ledger.session_closed(at(12.5))
    ledger.unsubscribed(BOTH, at(1_000))
    asleep = (ledger.look(at(1_001)).sight.state, len(ledger.spans.open))
    # When the session begins without it
    ledger.session_opened(at(40_000))
    ledger.session_opened(at(40_000))
    # Then what comes from the opening on is unknown
    assert asleep == ("visible", 0)
    assert ledger.look(at(40_001)).sight.reason == "gap"
    assert {each.from_ns for each in ledger.spans.open} == {at(40_000) - 1}


def test_a_gap_at_the_close_is_asked_for_six_minutes_and_is_open_at_the_opening() -> None:
    # Given a gap that was open when the market closed
    ledger = visible()
    ledger.unsubscribed(BOTH, at(12.2))
    ledger.session_closed(at(12.5))
    for channel in BOTH:
        ledger.subscribed(channel, at(20))
    ledger.look(at(22))
    closed = (words(ledger), kinds(ledger, 382.5), kinds(ledger, 382.6))
    # When the next session begins
    ledger.look(at(39_999))
    ledger.session_opened(at(40_000))
    opened = live(ledger, 40_001, 40_002, vouches=())
    # Then the gap has not aged, and still matters
    assert closed == (("degraded", "gap"), [("fill", "trades"), ("fill", "quotes")], [])
    assert opened.reason == "gap"
    assert ("fill", "trades") in kinds(ledger, 40_002)


def test_at_the_opening_silence_and_proofs_count_from_the_opening() -> None:
    # Given a symbol that was visible at the close, with a long usual silence
    ledger = visible()
    for channel in BOTH:
        ledger.seed(channel, 20 * NS_PER_SECOND)
    ledger.session_closed(at(12.5))
    # When the next session begins in silence
    ledger.session_opened(at(40_000))
    early = ledger.look(at(40_003)).sight.state
    asked = kinds(ledger, 40_003.1)
    late = ledger.look(at(40_003.1)).sight.reason
    # Then no more than 3 s are allowed
    assert early == "visible"
    assert ("tape_now", "trades") in asked
    assert late == "unconfirmed"


def test_what_was_not_compared_at_the_close_is_not_at_the_opening() -> None:
    # Given a symbol without a second source, when the market closes
    ledger = started()
    live(ledger, 1, 380, vouches=())
    ledger.session_closed(at(380.5))
    ledger.session_opened(at(40_000))
    # When the next session begins
    # Then it is still not compared
    assert live(ledger, 40_001, 40_003, vouches=()).reason == "not_compared"


def test_no_proof_survives_a_clock_that_goes_back() -> None:
    # Given a visible symbol with an asked gap
    ledger = visible()
    ledger.missed("trades", at(12.5))
    ledger.asked(ledger.questions(at(12.5))[0], at(12.5))
    # When the clock goes back by an hour
    look = ledger.look(at(-3_600))
    # Then everything is to be proved anew, and the gap is asked for once its time has come again
    assert look.sight.state == "degraded"
    assert look.sight.compared_ns is None
    assert all(each.again_ns == at(-3_600) for each in ledger.spans.open)


def test_after_a_subscription_prints_are_compared_before_their_turn() -> None:
    # Given a stream that was subscribed at 0 s
    ledger = started()
    live(ledger, 1, 9)
    # When 10 s have passed
    before, after = kinds(ledger, 9.9), kinds(ledger, 10)
    ledger.compared("trades", at(0), at(8), at(10))
    # Then an audit is asked for, until one has come
    assert ("audit", "trades") not in before
    assert ("audit", "trades") in after
    assert ("audit", "trades") not in kinds(ledger, 30)


def test_events_lost_on_the_way_may_be_older_than_the_newest() -> None:
    # Given a visible symbol, whose queue overflowed after 10 s
    ledger = visible()
    # When that is told once newer ones are judged
    ledger.missed("trades", at(12.5), at(10))
    # Then all since then is unknown, and ends by nothing that is known already
    ledger.look(at(13))
    assert ledger.open_spans() == (OpenSpan("trades", at(10) - 1, None, "gap", at(12.5), 0, ()),)
    assert live(ledger, 14, 14).text == "prints from 14:13:29 to 14:13:33 UTC unknown"
    assert [each.to_ns for each in ledger.open_spans()] == [at(13.9)]


def test_everything_is_judged_up_to_the_first_span() -> None:
    # Given a visible symbol, and a slot that differs
    ledger = visible()
    before = ledger.sure_ns("trades")
    ledger.differs("trades", [(at(5), at(10))], at(12.5))
    # When it is asked up to where everything is judged
    # Then it is the newest event, and then the slot
    assert (before, ledger.sure_ns("trades")) == (at(11.9), at(5) - 1)


def test_what_is_usual_does_not_fade_while_a_silence_lasts() -> None:
    # Given a symbol whose usual silence is 10 s
    ledger = visible()
    ledger.seed("trades", 10 * NS_PER_SECOND)
    # When prints go on for 10 s, and then rest for a minute
    live(ledger, 13, 22)
    usual_ns = ledger.marks["trades"].typical_gap_ns
    live(ledger, 23, 52, hears=("quotes",))
    allowed_ns = ledger.marks["trades"].typical_gap_ns
    live(ledger, 53, 82, hears=("quotes",))
    # Then it fades as long as they may come
    assert 10 * NS_PER_SECOND > usual_ns > allowed_ns
    assert ledger.marks["trades"].typical_gap_ns == pytest.approx(allowed_ns, rel=0.001)


def test_an_empty_look_learns_nothing() -> None:
    # Given a visible symbol
    ledger = visible()
    # When the stream brought nothing
    ledger.heard("trades", at(20), 0, at(20))
    # Then its mark stands
    assert ledger.marks["trades"].last_event_ns == at(11.9)


Act = Callable[[Ledger, int], object]
NAMES = [
    *("hear", "cut", "subscribe", "miss", "refuse", "stall", "differ", "vouch", "behind"),
    *("compare", "unfilled", "fill", "close", "open", "halt", "resume", "ask"),
]
_seconds_back = st.integers(0, 400)


@st.composite
def acts(draw: st.DrawFn) -> tuple[str, Act]:
    channel = draw(st.sampled_from(BOTH))
    back, length = draw(_seconds_back), draw(st.integers(1, 60))
    name = draw(st.sampled_from(NAMES))
    span = back * NS_PER_SECOND, (back - length) * NS_PER_SECOND

    def ask(ledger: Ledger, now: int) -> None:
        for question in ledger.questions(now):
            ledger.asked(question, now)

    return name, {
        "hear": lambda ledger, now: ledger.heard(channel, now - 1, 3, now),
        "cut": lambda ledger, now: ledger.unsubscribed(BOTH, now),
        "subscribe": lambda ledger, now: ledger.subscribed(channel, now),
        "miss": lambda ledger, now: ledger.missed(channel, now),
        "refuse": lambda ledger, now: ledger.row_refused(channel, now - 2, now),
        "stall": lambda ledger, now: ledger.stalled(channel, now - span[0], now),
        "differ": lambda ledger, now: ledger.differs(
            channel, [(now - span[0], now - max(span[1], 0) + 1)], now
        ),
        "vouch": lambda ledger, now: ledger.vouched(channel, now - 2, now),
        "behind": lambda ledger, now: ledger.behind(channel, now - 3, now),
        "compare": lambda ledger, now: ledger.compared(channel, now - MATTERS_NS, now - 2, now),
        "unfilled": lambda ledger, now: ledger.unfilled(
            channel, now - span[0], now, "http_403", now
        ),
        "fill": lambda ledger, now: ledger.filled(
            channel, now - span[0], max(now - span[1], now - span[0] + 1), now
        ),
        "close": lambda ledger, now: ledger.session_closed(now),
        "open": lambda ledger, now: ledger.session_opened(now),
        "halt": lambda ledger, now: ledger.halted(now),
        "resume": lambda ledger, now: ledger.resumed(now),
        "ask": ask,
    }[name]


steps = st.lists(st.tuples(acts(), st.integers(0, 30)), max_size=40)


def run(start: Ledger, tape: list[tuple[tuple[str, Act], int]], now_s: float) -> list[Look]:
    looks, now = [], at(now_s)
    for (_, act), wait in tape:
        act(start, now)
        looks.append(start.look(now))
        now += wait * NS_PER_SECOND
        looks.append(start.look(now))
    return looks


@settings(max_examples=200, deadline=None)
@given(steps)
def test_visible_never_stands_beside_a_span_that_matters(
    tape: list[tuple[tuple[str, Act], int]],
) -> None:
    # Given a visible symbol to which anything happens
    ledger, now = visible(), at(13)
    for (_, act), wait in tape:
        act(ledger, now)
        now += wait * NS_PER_SECOND
        # When it is looked at
        ledger.look(now)
        # Then no span is open while it is visible, but for a refused row's first 3 s
        if ledger.sight.state == "visible":
            assert [
                each
                for each in ledger.spans.open
                if each.cause != "refused" or now - each.since_ns >= 3 * NS_PER_SECOND
            ] == []


def unknown(ledger: Ledger, now: int) -> set[tuple[str, int]]:
    """Return the seconds of each channel that are unknown, those to come too."""
    return {
        (span.channel, second)
        for span in ledger.spans.open
        for second in range(-800, 900)
        if span.from_ns < at(second) <= span.to_ns
    }


@settings(max_examples=100, deadline=None)
@given(steps)
def test_only_a_witnessed_fill_or_370_seconds_close_a_span(
    tape: list[tuple[tuple[str, Act], int]],
) -> None:
    # Given a visible symbol to which anything happens
    ledger, now = visible(), at(13)
    for (name, act), wait in tape:
        before = unknown(ledger, now)
        # When it does
        act(ledger, now)
        # Then what was unknown stays so, but by a fill
        if name != "fill":
            assert before <= unknown(ledger, now)
        before = unknown(ledger, now)
        now += wait * NS_PER_SECOND
        ledger.look(now)
        # And time alone closes what is older than 370 s, or gives what grows its end
        ends = [span for span in ledger.spans.open if not span.grows]
        assert all(
            at(second) <= now - MATTERS_NS
            or any(span.channel == channel and at(second) > span.to_ns for span in ends)
            for channel, second in before - unknown(ledger, now)
        )


@settings(max_examples=50, deadline=None)
@given(steps, steps)
def test_a_symbol_never_depends_on_another(
    one: list[tuple[tuple[str, Act], int]], other: list[tuple[tuple[str, Act], int]]
) -> None:
    # Given a symbol's looks while it is alone
    alone = run(visible(), one, 13)
    # When anything happens to another between
    ledger, beside = visible(), visible()
    looks, now = [], at(13)
    for number, ((_, act), wait) in enumerate(one):
        if number < len(other):
            other[number][0][1](beside, now)
            beside.look(now)
        act(ledger, now)
        looks.append(ledger.look(now))
        now += wait * NS_PER_SECOND
        looks.append(ledger.look(now))
    # Then nothing is different
    assert looks == alone


@settings(max_examples=100, deadline=None)
@given(steps)
def test_what_is_kept_is_bounded(tape: list[tuple[tuple[str, Act], int]]) -> None:
    # Given anything
    ledger = visible()
    # When it happens
    run(ledger, tape, 13)
    # Then there are at most eight spans
    assert len(ledger.spans.open) <= 8


def test_each_channel_says_what_it_alone_allows() -> None:
    # Given a ledger of which prints go on and are compared, and quotes are away
    ledger = visible()
    ledger.unsubscribed(("quotes",), at(13))
    # When the channels are asked for
    found = ledger.channels(at(14))
    # Then the one is seen and the other is not, each with what proves it
    assert [(each.channel, each.finding.state, each.finding.reason) for each in found] == [
        ("trades", "visible", ""),
        ("quotes", "degraded", "gap"),
    ]
    assert [each.proved_ns is None for each in found] == [False, False]
    # And a look at the channels changes nothing of what is said of all
    assert ledger.look(at(14)).sight.reason == "gap"


def test_a_channel_that_was_never_compared_is_not_proved() -> None:
    # Given a ledger that has just begun
    # When its channels are asked for, then nothing is proved
    assert [each.proved_ns for each in started().channels(at(1))] == [None, None]
