from __future__ import annotations

import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.units import FAR_FUTURE_NS, NS_PER_SECOND
from trading_bot.order_flow.sight.coverage.reasons import CAUSES, Channel, Lost, SpanCause
from trading_bot.order_flow.sight.coverage.spans import MOST_SPANS, Spans

CHANNELS: tuple[Channel, ...] = ("trades", "quotes")


def s(seconds: float) -> int:
    return round(seconds * NS_PER_SECOND)


def bounds(spans: Spans) -> list[tuple[str, int, int]]:
    return [(each.channel, each.from_ns, each.to_ns) for each in spans.open]


def ended(*pieces: tuple[float, float], channel: Channel = "trades") -> Spans:
    spans = Spans("ACME")
    for from_s, to_s in pieces:
        spans.add(channel, "gap", s(from_s), s(to_s), s(to_s))
    return spans


def test_a_span_begins_one_nanosecond_below_the_known_stamp() -> None:
    # Given a stamp that is known, which a missing print may bear too
    # When a span opens after it
    spans = ended((10, 20))
    # Then it is unknown as well
    assert bounds(spans) == [("trades", s(10) - 1, s(20))]


def test_spans_that_overlap_are_one() -> None:
    # Given two spans, one of each channel
    spans = ended((10, 20), (30, 40))
    spans.add("quotes", "gap", s(15), s(35), s(41))
    # When one opens across both of its channel
    spans.add("trades", "differs", s(15), s(35), s(50))
    # Then those are one, with the worse cause, and the other channel's is as it was
    assert bounds(spans) == [("trades", s(10) - 1, s(40)), ("quotes", s(15) - 1, s(35))]
    assert spans.of("trades")[0].cause == "differs"


def test_spans_that_become_one_keep_their_tries_and_codes() -> None:
    # Given two spans that were asked for in vain
    spans = ended((10, 20), (30, 40))
    for number, code in ((1, "http_403"), (2, "http_404"), (2, "http_404")):
        spans.asked(number, s(50))
        spans.unfilled("trades", s(20 * number - 10), s(20 * number), code, s(50))
    # When one opens across both
    spans.add("trades", "gap", s(15), s(35), s(51))
    # Then it knows what was tried
    assert [each.tries for each in spans.open] == [2]
    assert set(spans.open[0].codes) == {"http_403", "http_404"}


def test_a_span_is_small() -> None:
    # Given a span
    spans = ended((10, 20))
    # When it is measured
    # Then it takes no more than 232 bytes beside its numbers
    assert sys.getsizeof(spans.open[0]) <= 232


def test_spans_that_touch_stay_two() -> None:
    # Given a span
    spans = ended((10, 20))
    # When another begins where it ends
    spans.add("trades", "gap", s(20) + 1, s(30), s(30))
    # Then it keeps its own age
    assert len(spans.open) == 2


@pytest.mark.parametrize(("heard", "end"), [(10.0, FAR_FUTURE_NS), (10.001, s(10.001))])
def test_a_growing_span_ends_at_an_event_after_the_known_stamp(heard: float, end: int) -> None:
    # Given a growing span after 10 s
    spans = Spans("ACME")
    spans.add("trades", "gap", s(10), None, s(11))
    # When the channel has brought an event
    spans.end_growing("trades", s(heard), s(100))
    # Then it ends only by a newer one
    assert [each.to_ns for each in spans.open] == [end]


@pytest.mark.parametrize(("heard", "end"), [(15, FAR_FUTURE_NS), (20, FAR_FUTURE_NS), (21, s(21))])
def test_a_late_event_ends_nothing_of_what_an_answer_has_left(heard: float, end: int) -> None:
    # Given a growing span that an answer has filled up to 20 s
    spans = Spans("ACME")
    spans.add("trades", "gap", s(10), None, s(11))
    spans.fill("trades", s(10) - 1, s(20), s(21))
    # When a stream that is late brings an event
    spans.end_growing("trades", s(heard), s(22))
    # Then only one of what is left ends it
    assert bounds(spans) == [("trades", s(20), end)]


def test_a_growing_span_that_was_filled_beyond_its_end_ends_where_it_begins() -> None:
    # Given a growing span whose channel was live at 12 s, filled up to 20 s
    spans = Spans("ACME")
    spans.add("trades", "gap", s(10), None, s(11))
    spans.live("trades", s(12))
    spans.fill("trades", s(10) - 1, s(20), s(21))
    # When nothing comes
    spans.end_growing("trades", s(10), s(22))
    # Then what is left is a moment that an answer can close
    assert bounds(spans) == [("trades", s(20), s(20) + 1)]


@pytest.mark.parametrize(("now", "end"), [(21.999, FAR_FUTURE_NS), (22, s(22))])
def test_a_growing_span_ends_2_seconds_after_its_channel_is_live(now: float, end: int) -> None:
    # Given a growing span whose channel was subscribed at 20 s
    spans = Spans("ACME")
    spans.add("trades", "gap", s(10), None, s(11))
    spans.live("trades", s(20))
    # When nothing comes
    spans.end_growing("trades", s(10), s(now))
    # Then it ends where clocks can differ no more
    assert [each.to_ns for each in spans.open] == [end]


def test_a_growing_span_of_a_channel_that_went_again_grows_on() -> None:
    # Given a growing span whose channel was live for a second
    spans = Spans("ACME")
    spans.add("trades", "gap", s(10), None, s(11))
    spans.live("trades", s(20))
    # When it goes again
    spans.away("trades")
    spans.end_growing("trades", s(10), s(100))
    # Then the span grows on
    assert spans.open[0].grows


def test_what_had_ended_stays_covered_when_it_grows_again() -> None:
    # Given a span that has ended at 20 s
    spans = ended((10, 20))
    # When one that grows opens across it, and an event of 15 s is heard
    spans.add("trades", "gap", s(12), None, s(21))
    spans.end_growing("trades", s(15), s(22))
    # Then nothing of it is given away
    assert spans.open[0].grows


def test_an_ended_span_is_live_and_away_without_a_change() -> None:
    # Given a span that has ended
    spans = ended((10, 20))
    # When its channel comes and goes
    spans.live("trades", s(30))
    spans.away("trades")
    spans.end_growing("trades", s(40), s(50))
    # Then it is as it was
    assert bounds(spans) == [("trades", s(10) - 1, s(20))]


@pytest.mark.parametrize(
    ("fill", "left"),
    [
        ((0, 30), []),
        ((0, 15), [(s(15), s(20))]),
        ((15, 30), [(s(10) - 1, s(15))]),
        ((13, 17), [(s(10) - 1, s(13)), (s(17), s(20))]),
        ((0, 5), [(s(10) - 1, s(20))]),
        ((20, 30), [(s(10) - 1, s(20))]),
    ],
)
def test_a_fill_closes_what_it_covers(fill: tuple[float, float], left: list[object]) -> None:
    # Given a span
    spans = ended((10, 20))
    # When an answer is witnessed
    spans.fill("trades", s(fill[0]), s(fill[1]), s(30))
    # Then what it does not cover is left
    assert [(each.from_ns, each.to_ns) for each in spans.open] == left


def test_an_event_of_what_is_filled_ends_nothing_of_what_is_left() -> None:
    # Given a span that grows, of which a part is filled
    spans = Spans("ACME")
    spans.add("trades", "gap", s(10), None, s(10))
    spans.fill("trades", s(9), s(20), s(23))
    # When an event of that part comes late, and then one of later
    spans.end_growing("trades", s(15), s(24))
    late = bounds(spans)
    spans.end_growing("trades", s(25), s(26))
    # Then the second ends it
    assert (late, bounds(spans)) == (
        [("trades", s(20), FAR_FUTURE_NS)],
        [("trades", s(20), s(25))],
    )


def test_what_a_fill_leaves_is_asked_for_a_second_later() -> None:
    # Given a span that was asked for twice
    spans = ended((10, 20))
    for moment in (20, 25):
        spans.asked(spans.open[0].number, s(moment))
    spans.unfilled("trades", s(10), s(20), "left_missing", s(26))
    # When half of it is filled
    spans.fill("trades", s(0), s(15), s(30))
    # Then the rest keeps its story
    rest = spans.open[0]
    assert (rest.since_ns, rest.tries, rest.codes) == (s(20), 2, ("left_missing",))
    assert rest.again_ns == s(31)


def test_a_span_is_asked_for_again_after_1_2_4_and_then_every_5_seconds() -> None:
    # Given a span
    spans = ended((10, 20))
    # When answers close nothing, whatever they say
    waits = []
    for code in ("http_403", "http_404", "http_400", "tls", "empty"):
        spans.asked(spans.open[0].number, s(30))
        spans.unfilled("trades", s(10), s(20), code, s(30))
        waits.append(spans.open[0].again_ns - s(30))
    # Then it is asked for again, and four codes are kept
    assert waits == [s(1), s(2), s(4), s(5), s(5)]
    assert spans.open[0].codes == ("http_403", "http_404", "http_400", "tls")


@pytest.mark.parametrize(("told", "wait"), [(-1, 0), (12, 12), (30, 30), (31, 30)])
def test_a_provider_that_limits_is_waited_for_at_most_30_seconds(told: int, wait: int) -> None:
    # Given a span that was asked for
    spans = ended((10, 20))
    # When the provider tells when to ask again
    spans.unfilled("trades", s(10), s(20), "http_429", s(30), s(told))
    # Then it is then, within bounds
    assert spans.open[0].again_ns == s(30 + wait)


def test_an_answer_for_another_time_changes_nothing() -> None:
    # Given a span
    spans = ended((10, 20))
    # When an answer for a time before and after it fails
    spans.unfilled("trades", s(0), s(9), "http_403", s(30))
    spans.unfilled("trades", s(20), s(25), "http_403", s(30))
    # Then it has no code
    assert (spans.open[0].codes, spans.open[0].again_ns) == ((), s(20))


def test_a_question_without_an_answer_is_asked_again_30_seconds_later() -> None:
    # Given two spans
    spans = ended((10, 20), (30, 40))
    # When the second is asked for, and one that is no more
    spans.asked(spans.open[1].number, s(50))
    spans.asked(99, s(50))
    # Then it waits for its answer
    assert [each.again_ns for each in spans.open] == [s(20), s(80)]


@pytest.mark.parametrize(("opened", "again"), [(24.9, 25.0), (25.0, 25.0), (25.1, 25.1)])
def test_refused_rows_are_asked_for_every_5_seconds_at_most(opened: float, again: float) -> None:
    # Given a refused row whose span was asked for at 20 s and filled
    spans = Spans("ACME")
    spans.add("trades", "refused", s(19), s(19.9), s(20))
    spans.asked(spans.open[0].number, s(20))
    spans.fill("trades", s(0), s(20), s(21))
    # When the next is refused
    spans.add("trades", "refused", s(24), s(24.9), s(opened))
    # Then it waits for its turn
    assert spans.open[0].again_ns == s(again)


@pytest.mark.parametrize(("now", "lost"), [(389.999, False), (390, True)])
def test_a_span_no_longer_matters_370_seconds_after_its_end(now: float, lost: bool) -> None:
    # Given a span that ended at 20 s, and one that grows
    spans = ended((10, 20))
    spans.add("quotes", "gap", s(10), None, s(11))
    # When time passes
    found = spans.lose_old(s(now))
    # Then it is lost at 390 s, and the other is not
    expected = (Lost("ACME", "trades", s(10) - 1, s(20), "gap", 0, ()),) if lost else ()
    assert found == expected
    assert spans.of("quotes")[0].grows


@pytest.mark.parametrize(
    ("closed", "opened", "age"), [(30, 130, 80), (0, 100, 100), (0, 10, 180), (300, 400, 180)]
)
def test_time_between_sessions_is_no_age(closed: float, opened: float, age: float) -> None:
    # Given a market that was closed for a while
    spans = Spans("ACME")
    spans.skip_closure(s(closed), s(opened))
    # When the age of a stamp at 20 s is asked for at 200 s
    # Then the part of the closure that lies between does not count
    assert spans.age_ns(s(20), s(200)) == s(age)


def test_a_clock_that_goes_back_asks_for_everything_anew() -> None:
    # Given a span that waits for its answer
    spans = ended((10, 20))
    spans.add("quotes", "refused", s(25), s(26), s(26))
    for span in spans.open:
        spans.asked(span.number, s(50))
    # When the clock goes back to 15 s
    spans.ask_anew(s(15))
    # Then all are asked for, and were opened no later than now
    assert [(each.again_ns, each.since_ns) for each in spans.open] == [(s(15), s(15))] * 2


def test_beyond_eight_the_two_oldest_of_the_fuller_channel_become_one() -> None:
    # Given three spans of quotes, older, and five of prints
    spans = ended((0, 1), (2, 3), (4, 5), channel="quotes")
    for start in (10, 20, 30, 40, 50):
        spans.add("trades", "gap", s(start), s(start + 1), s(start + 1))
    # When a sixth of prints opens
    spans.add("trades", "gap", s(60), s(61), s(61))
    # Then the two oldest of prints are one
    assert len(spans.open) == MOST_SPANS
    assert [(each.from_ns, each.to_ns) for each in spans.of("trades")][:2] == [
        (s(10) - 1, s(21)),
        (s(30) - 1, s(31)),
    ]


pieces = st.lists(
    st.tuples(
        st.sampled_from(CHANNELS),
        st.sampled_from(CAUSES),
        st.integers(0, 200),
        st.one_of(st.none(), st.integers(1, 20)),
    ),
    max_size=30,
)


def covered(spans: Spans) -> set[tuple[str, int]]:
    return {
        (each.channel, second)
        for each in spans.open
        for second in range(250)
        if each.from_ns < s(second) <= each.to_ns
    }


@given(pieces)
def test_opening_and_merging_never_lose_a_moment(
    told: list[tuple[Channel, SpanCause, int, int | None]],
) -> None:
    # Given spans of any kind
    spans, expected = Spans("ACME"), set()
    # When they open one after the other
    for channel, cause, start, length in told:
        end = None if length is None else s(start + length)
        spans.add(channel, cause, s(start), end, s(start))
        until = 250 if length is None else start + length + 1
        expected |= {(channel, second) for second in range(start, until)}
    # Then every moment is covered, and there are at most eight that do not overlap
    assert expected <= covered(spans)
    assert len(spans.open) <= MOST_SPANS
    for channel in CHANNELS:
        mine = spans.of(channel)
        assert all(a.to_ns <= b.from_ns for a, b in pairwise(mine))


@given(pieces, st.integers(0, 200), st.integers(1, 100))
def test_a_fill_takes_away_exactly_what_it_covers(
    told: list[tuple[Channel, SpanCause, int, int | None]], start: int, length: int
) -> None:
    # Given spans of any kind, few enough that none are merged
    spans = Spans("ACME")
    for channel, cause, begin, lasting in told[:6]:
        end = None if lasting is None else s(begin + lasting)
        spans.add(channel, cause, s(begin), end, s(begin))
    before = covered(spans)
    # When a witnessed answer comes
    spans.fill("trades", s(start), s(start + length), s(300))
    # Then just its moments are known
    filled = {("trades", second) for second in range(start + 1, start + length + 1)}
    assert covered(spans) == before - filled
