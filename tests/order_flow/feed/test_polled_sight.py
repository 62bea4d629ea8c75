"""What polled answers prove of one symbol: each row of the table of `polled_sight`."""

from __future__ import annotations

import pytest
from support.monitor_stubs import START_NS, at, quote, trade

from trading_bot.order_flow.errors import DataSourceError, OrderFlowError, RateLimitError
from trading_bot.order_flow.feed.poll_feed import Part, TapeAnswer
from trading_bot.order_flow.feed.polled_sight import PolledSight
from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.sight.coverage.reasons import OpenSpan
from trading_bot.order_flow.sight.symbol_repair import Judged

BEGIN = -370.0
CYCLE_NS = NS_PER_SECOND
CHANNELS: tuple[Judged, ...] = ("trades", "quotes")


def trades_of(*seconds: float) -> list[TradeEvent]:
    return [trade(each, size=100) for each in seconds]


def quotes_of(*seconds: float) -> list[QuoteEvent]:
    return [quote(each) for each in seconds]


class Polled:
    """A sight that is polled, and looked at, once a second.

    Args:
        cycle_ns: How often it is said to be asked for.
    """

    def __init__(self, cycle_ns: int = CYCLE_NS) -> None:
        self.sight = PolledSight("ACME", START_NS)
        self.ledger = self.sight.ledger
        self.cycle_ns = cycle_ns
        self.second = 0
        self._from = BEGIN

    def take(
        self,
        *,
        trades: Part | None = None,
        quotes: Part | None = None,
        error: OrderFlowError | None = None,
        brings: bool = True,
    ) -> None:
        """Take the answer of the next second; it brings an event of each kind unless told not."""
        self.second += 1
        now, part = self.second, Part(at(self._from))
        is_first = self._from == BEGIN
        seconds = [float(each) for each in range(-369, now)] if is_first else [now - 1.0]
        brings = brings and error is None
        answer = TapeAnswer(
            "ACME",
            at(now),
            trades_of(*seconds) if brings else [],
            quotes_of(*seconds) if brings else [],
            error,
            asked_ns=at(now),
            of_trades=trades or part,
            of_quotes=quotes or part,
        )
        if brings:
            self._from = now - 1.0
        self.sight.take(answer, at(now), self.cycle_ns)

    def look(self) -> tuple[str, str]:
        found = self.ledger.look(at(self.second)).sight
        return found.state, found.reason

    def polls(self, count: int) -> tuple[str, str]:
        """Take so many good answers, each with a look; return what the last look said."""
        for _ in range(count):
            self.take()
            found = self.look()
        return found

    def spans(self, channel: Judged) -> list[OpenSpan]:
        return [each for each in self.ledger.open_spans() if each.channel == channel]


def visible() -> Polled:
    polled = Polled()
    assert polled.polls(8) == ("visible", "")
    return polled


def test_a_symbol_that_was_never_answered_is_starting() -> None:
    # Given a symbol that is asked for
    polled = Polled()
    # When it is looked at
    # Then nothing is known of it
    assert polled.look() == ("degraded", "starting")


def test_answers_that_hold_the_newest_fill_vouch_and_compare() -> None:
    # Given answers that each hold what the one before has shown
    polled = visible()
    # When the marks are looked at
    # Then both channels live, and are filled, vouched for and equal up to the settle time
    for channel in CHANNELS:
        marks = polled.ledger.marks[channel]
        assert marks.is_subscribed
        assert (marks.last_event_ns, marks.heard_at_ns) == (at(7), at(8))
        assert (marks.filled_ns, marks.proved_ns) == (at(5), at(5))
        assert marks.vouched_at_ns == at(8)


def test_an_answer_without_anything_new_vouches_for_the_silence() -> None:
    # Given a visible symbol
    polled = visible()
    # When nothing happens for ten seconds, as each answer confirms
    for _ in range(10):
        polled.take(brings=False)
        found = polled.look()
    # Then it is quiet
    assert found == ("visible", "quiet")
    assert polled.ledger.marks["trades"].heard_at_ns == at(8)


def test_the_first_answer_tells_how_long_the_symbol_is_usually_silent() -> None:
    # Given a symbol of which prints came 40 s apart, and quotes every second
    polled = Polled()
    seconds = [-360.0, -320.0, -280.0, -279.0, -240.0, -200.0, -160.0, -120.0, -80.0, -40.0, 0.0]
    part = Part(at(BEGIN))
    answer = TapeAnswer(
        "ACME",
        at(1),
        trades_of(*seconds),
        quotes_of(*range(-369, 1)),
        asked_ns=at(1),
        of_trades=part,
        of_quotes=part,
    )
    # When that answer is taken
    polled.sight.take(answer, at(1), CYCLE_NS)
    # Then each channel is known by its own longest silence
    gaps = [polled.ledger.marks[each].typical_gap_ns for each in CHANNELS]
    assert gaps == [40 * NS_PER_SECOND, NS_PER_SECOND]


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_answer_that_lacks_the_newest_takes_its_channel_away(channel: Judged) -> None:
    # Given a visible symbol
    polled = visible()
    # When an answer lacks what was shown of one channel
    lacking = Part(at(7), holds_newest=False)
    if channel == "trades":
        polled.take(trades=lacking)
    else:
        polled.take(quotes=lacking)
    # Then that channel is away, from the newest it had on, and the other is not
    assert polled.look() == ("degraded", "gap")
    away = {each: not polled.ledger.marks[each].is_subscribed for each in CHANNELS}
    assert away == {each: each == channel for each in CHANNELS}
    (span,) = polled.ledger.open_spans()
    assert (span.channel, span.from_ns, span.to_ns) == (channel, at(7) - 1, None)
    assert span.codes == ("overlap_missing",)


def test_what_lies_before_an_answer_that_lacked_the_newest_stays_unknown() -> None:
    # Given a visible symbol, of which an answer lacks the newest and shows later prints
    polled = visible()
    polled.take(trades=Part(at(7), holds_newest=False))
    # When the answers after it hold what that one has shown
    said = [polled.polls(1) for _ in range(6)]
    # Then the time between is unknown, and all since is not
    (span,) = polled.spans("trades")
    assert (span.from_ns, span.to_ns) == (at(7) - 1, at(8) - 1)
    assert polled.ledger.sure_ns("trades") == at(7) - 1
    assert said[-1] == ("degraded", "gap")


def test_what_an_answer_that_proves_nothing_brings_is_not_heard() -> None:
    # Given a visible symbol
    polled = visible()
    # When an answer brings prints and lacks the newest
    polled.take(trades=Part(at(7), holds_newest=False))
    # Then the channel's newest is what was proved
    assert polled.ledger.marks["trades"].last_event_ns == at(7)


def test_a_failure_takes_both_channels_away_and_good_answers_bring_them_back() -> None:
    # Given a visible symbol
    polled = visible()
    # When an answer fails, then another, and then they are good again
    said = []
    for error in (DataSourceError("no", code="timeout"), DataSourceError("no", code="forbidden")):
        polled.take(error=error)
        said.append(polled.look())
    codes = [each.codes for each in polled.ledger.open_spans()]
    said.append(polled.polls(8))
    # Then it is degraded at once, by each code, and visible once what was missed is filled
    assert said == [("degraded", "gap"), ("degraded", "gap"), ("visible", "")]
    assert codes == [("timeout", "forbidden")] * 2


def test_without_an_answer_for_half_a_minute_it_is_blind() -> None:
    # Given a visible symbol
    polled = visible()
    # When every answer fails from the ninth second on
    said = []
    for _ in range(31):
        polled.take(error=DataSourceError("no", code="timeout"))
        said.append(polled.look()[1])
    # Then it is blind from 30 s on
    assert said == ["gap"] * 30 + ["dead"]


@pytest.mark.parametrize(
    ("cycle_s", "waited", "said"),
    [
        (1, 5.0, ("visible", "quiet")),
        (1, 5.001, ("degraded", "gap")),
        (4, 8.0, ("visible", "quiet")),
        (4, 8.001, ("degraded", "gap")),
    ],
)
def test_an_answer_that_does_not_come_costs_sight(
    cycle_s: int, waited: float, said: tuple[str, str]
) -> None:
    # Given a visible symbol that is asked for so often
    polled = visible()
    # When no answer comes for so long
    polled.sight.wait(at(8 + waited), cycle_s * NS_PER_SECOND)
    found = polled.ledger.look(at(8 + waited)).sight
    # Then it is not visible for longer than two polls and 5 s take
    assert (found.state, found.reason) == said
    if said[0] == "degraded":
        assert [each.codes for each in polled.ledger.open_spans()] == [("unanswered",)] * 2


def test_a_failure_beside_the_prints_takes_the_quotes_away_alone() -> None:
    # Given a visible symbol
    polled = visible()
    # When the quotes fail
    polled.take(quotes=Part(at(7), error=DataSourceError("no", code="timeout")))
    # Then the prints are seen still, and the symbol is not
    assert polled.look() == ("degraded", "gap")
    assert [polled.ledger.marks[each].is_subscribed for each in CHANNELS] == [True, False]
    assert polled.ledger.marks["trades"].last_event_ns == at(8)


def test_a_history_that_is_refused_is_no_history() -> None:
    # Given a symbol whose first answers are refused by a code without a word
    polled = Polled()
    # When it is looked at
    polled.take(error=OrderFlowError("no"))
    # Then that is said, with the kind of the error
    assert polled.look() == ("degraded", "no_history")
    assert [each.codes for each in polled.ledger.open_spans()] == [("OrderFlowError",)] * 2


@pytest.mark.parametrize(
    ("wish", "asked_again"), [(None, 1.0), (0.0, 0.0), (7.0, 7.0), (90.0, 30.0)]
)
def test_a_provider_that_limits_is_asked_again_when_it_wishes(
    wish: float | None, asked_again: float
) -> None:
    # Given a visible symbol
    polled = visible()
    # When its provider asks for fewer requests
    polled.take(error=RateLimitError("slow down", retry_after_seconds=wish))
    # Then what is unknown is due so much later, at most half a minute
    again = {each.again_ns - at(9) for each in polled.ledger.spans.open}
    assert again == {round(asked_again * NS_PER_SECOND)}


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_refused_row_is_missing_data(channel: Judged) -> None:
    # Given a visible symbol
    polled = visible()
    # When one row of a channel is refused
    refused = Part(at(7), refused=1)
    if channel == "trades":
        polled.take(trades=refused)
    else:
        polled.take(quotes=refused)
    # Then the time since its newest is unknown, which is said once that lasts
    (span,) = polled.ledger.open_spans()
    assert (span.channel, span.cause, span.codes) == (channel, "refused", ("row_refused",))
    assert polled.look() == ("visible", "")
    assert polled.ledger.marks[channel].filled_ns == at(5)
    assert polled.polls(2)[0] == "visible"


def test_a_row_that_is_refused_again_and_again_is_said() -> None:
    # Given a visible symbol
    polled = visible()
    # When the same row is refused in every answer
    said = []
    for _ in range(4):
        polled.take(trades=Part(at(7), refused=1))
        said.append(polled.look())
    # Then that is doubted
    assert said[0] == ("visible", "")
    assert said[-1] == ("degraded", "refused")


def test_three_rows_refused_at_once_are_said_at_once_and_end_with_good_answers() -> None:
    # Given a visible symbol
    polled = visible()
    # When three rows of an answer are refused, and none from then on
    polled.take(trades=Part(at(7), refused=3))
    said = polled.look()
    later = [polled.polls(1) for _ in range(20)]
    # Then it is doubted until ten seconds without any have been compared
    assert said == ("degraded", "refused")
    assert later[9] == ("degraded", "refused")
    assert later[-1] == ("visible", "")


@pytest.mark.parametrize(("late", "said"), [(5.0, ("visible", "")), (5.001, ("degraded", "late"))])
def test_a_provider_whose_newest_is_old_is_late(late: float, said: tuple[str, str]) -> None:
    # Given a visible symbol
    polled = visible()
    # When four answers bring what had happened so long before the answer before was asked
    for second in range(9, 13):
        polled.second = second
        part = Part(at(second - 1 - late))
        answer = TapeAnswer(
            "ACME",
            at(second),
            trades_of(second - 1 - late),
            quotes_of(second - 1),
            asked_ns=at(second),
            of_trades=part,
            of_quotes=part,
        )
        polled.sight.take(answer, at(second), CYCLE_NS)
        found = polled.look()
    # Then beyond 5 s that is said
    assert found == said


def test_what_happened_since_the_answer_before_is_not_late() -> None:
    # Given symbols that are asked for each 8 s, and trade 6 s before each question
    polled = Polled(8 * NS_PER_SECOND)
    polled.polls(8)
    # When they come
    for second in range(16, 65, 8):
        polled.second = second
        part = Part(at(second - 14))
        answer = TapeAnswer(
            "ACME",
            at(second),
            trades_of(second - 6),
            quotes_of(second - 6),
            asked_ns=at(second),
            of_trades=part,
            of_quotes=part,
        )
        polled.sight.take(answer, at(second), polled.cycle_ns)
        found = polled.look()
    # Then nothing is late
    assert found[0] == "visible"


@pytest.mark.parametrize(
    ("cycle_s", "state"), [(29.999, "visible"), (30.0, "visible"), (30.001, "degraded")]
)
def test_a_symbol_that_is_polled_too_seldom_is_not_called_visible(
    cycle_s: float, state: str
) -> None:
    # Given symbols that are asked for so seldom
    polled = Polled(round(cycle_s * NS_PER_SECOND))
    # When good answers come
    found = polled.polls(8)
    # Then beyond half a minute what was shown is too old to be compared
    assert found[0] == state
    if state == "degraded":
        assert found == ("degraded", "not_compared")


def test_a_word_is_good_for_as_long_as_two_polls_take_and_half_a_minute_at_most() -> None:
    # Given symbols that are asked for each 1, 10, 20 and 60 s
    found = []
    for cycle_s in (1, 10, 20, 60):
        polled = Polled(cycle_s * NS_PER_SECOND)
        # When an answer has come
        polled.take()
        marks = polled.ledger.marks["trades"]
        found.append((marks.vouched_for_ns / NS_PER_SECOND, polled.ledger.audit_period_ns))
    # Then its word lasts so long, and a comparison is wanted no more often than it can come
    assert found == [
        (15, 20 * NS_PER_SECOND),
        (20, 20 * NS_PER_SECOND),
        (30, 20 * NS_PER_SECOND),
        (30, 60 * NS_PER_SECOND),
    ]
