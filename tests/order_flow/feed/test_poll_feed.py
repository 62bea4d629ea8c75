"""Which requests are made when, what of the answers is new, and that no symbol waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import pytest
from support.monitor_stubs import (
    START,
    START_NS,
    Books,
    HandClock,
    StubClient,
    Tape,
    at,
    book,
    quote,
    trade,
)

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError, RateLimitError
from trading_bot.order_flow.feed.poll_feed import (
    MAX_WORKERS,
    Answer,
    Part,
    PollFeed,
    SnapshotAnswer,
    StateAnswer,
    TapeAnswer,
    cycle_seconds,
)
from trading_bot.order_flow.market.events import BookEvent, HaltEvent, TradeEvent, Withdrawal
from trading_bot.order_flow.market.facts import MarketState
from trading_bot.order_flow.providers.no_reference import NoReference
from trading_bot.order_flow.providers.provider import FetchedTape

CONFIG = OrderFlowConfig(thresholds="fixed", requests_per_second=50.0)
BEGIN_NS = at(-7 * 60)  # 370 s before the start, and down to the whole minute
NOBODY = NoReference("stub")
MakeFeed = Callable[..., PollFeed]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def make_feed(clock: HandClock) -> Iterator[MakeFeed]:
    made: list[PollFeed] = []

    def make(client: StubClient, *symbols: str, reference: NoReference = NOBODY) -> PollFeed:
        made.append(PollFeed(client, CONFIG, clock, reference))
        for symbol in symbols:
            made[-1].watch(symbol, BEGIN_NS)
        return made[-1]

    yield make
    for feed in made:
        feed.close()


def take(feed: PollFeed) -> Answer:
    """Wait for the next answer and note it, as the loop does."""
    answer = feed.answers.get(timeout=2)
    assert answer is not None
    feed.taken(answer)
    return answer


def poll(feed: PollFeed, number: int) -> list[Answer]:
    """Ask for what is due and take so many answers, the snapshots first."""
    feed.request_due()
    answers = [take(feed) for _ in range(number)]
    return sorted(answers, key=lambda each: each.symbol if isinstance(each, TapeAnswer) else "")


def next_tape(feed: PollFeed, clock: HandClock) -> TapeAnswer:
    """Poll once more a second later, and return the tape's answer."""
    clock.move(1)
    _, tape = poll(feed, 2)
    assert isinstance(tape, TapeAnswer)
    return tape


@pytest.mark.parametrize(
    ("symbols", "per_second", "interval", "seconds"),
    [(1, 5.0, 1.0, 1.0), (2, 5.0, 1.0, 1.0), (3, 5.0, 1.0, 1.4), (20, 5.0, 1.0, 8.2), (1, 5, 2, 2)],
)
def test_a_cycle_lasts_as_long_as_the_request_limit_makes_it(
    symbols: int, per_second: float, interval: float, seconds: float
) -> None:
    # Given so many symbols: one batch request, and two requests for each
    config = OrderFlowConfig(
        thresholds="fixed", requests_per_second=per_second, poll_interval_seconds=interval
    )
    # When the cycle is reckoned
    # Then it is the interval, or longer where the limit asks for it
    assert cycle_seconds(config, symbols) == pytest.approx(seconds)


def test_a_poll_is_one_batch_of_snapshots_and_the_tape_of_each_symbol(make_feed: MakeFeed) -> None:
    # Given two symbols
    client = StubClient()
    feed = make_feed(client, "ACME", "BOLT")
    # When they are polled for the first time
    answers = poll(feed, 3)
    # Then the tape is asked for since the backfill's begin
    assert client.books_asked == [("ACME", "BOLT")]
    assert sorted(client.asked) == [("ACME", BEGIN_NS, BEGIN_NS), ("BOLT", BEGIN_NS, BEGIN_NS)]
    assert answers == [
        SnapshotAnswer(
            START_NS,
            {"ACME": book(0, "ACME"), "BOLT": book(0, "BOLT")},
            None,
            ("ACME", "BOLT"),
        ),
        *(
            TapeAnswer(
                symbol,
                START_NS,
                [],
                [],
                asked_ns=START_NS,
                of_trades=Part(BEGIN_NS),
                of_quotes=Part(BEGIN_NS),
            )
            for symbol in ("ACME", "BOLT")
        ),
    ]


def test_a_poll_becomes_due_once_a_cycle(make_feed: MakeFeed, clock: HandClock) -> None:
    # Given a symbol that was polled
    client = StubClient()
    feed = make_feed(client, "ACME")
    poll(feed, 2)
    # When less than a cycle has passed, and then a whole one
    clock.move(0.999)
    feed.request_due()
    early = len(client.asked)
    clock.move(0.001)
    poll(feed, 2)
    # Then only the cycle's end asks again
    assert (early, len(client.asked), len(client.books_asked)) == (1, 2, 2)


def test_the_next_poll_begins_at_the_newest_stamps(make_feed: MakeFeed, clock: HandClock) -> None:
    # Given a first answer with prints and quotes
    tapes = iter([([trade(-2), trade(-1)], [quote(-3), quote(-0.5)]), ([], [])])
    client = StubClient(lambda *_: next(tapes))
    feed = make_feed(client, "ACME")
    poll(feed, 2)
    # When the symbol is polled again
    next_tape(feed, clock)
    # Then prints are asked for from shortly before their newest, quotes from their newest on
    assert client.asked[1] == ("ACME", at(-6), at(-0.5))


def test_what_has_been_seen_is_not_given_again(make_feed: MakeFeed, clock: HandClock) -> None:
    # Given answers that overlap: the newest stamp is repeated, with a sibling that came later
    first, sibling, later = trade(1, trade_id="a"), trade(1, trade_id="b"), trade(2, trade_id="c")
    quoted, twin, newer = quote(1, sequence=1), quote(1, sequence=2), quote(2, sequence=3)
    tapes: list[Tape] = [
        ([first], [quoted]),
        ([first, sibling], [quoted, twin]),
        ([first, sibling, later], [quoted, twin, newer]),
        ([later], [newer]),
    ]
    left = iter(tapes)
    feed = make_feed(StubClient(lambda *_: next(left)), "ACME")
    # When the symbol is polled four times
    _, begin = poll(feed, 2)
    assert isinstance(begin, TapeAnswer)
    found = [begin, *(next_tape(feed, clock) for _ in range(3))]
    # Then every event is given once
    assert [each.trades for each in found] == [[first], [sibling], [later], []]
    assert [each.quotes for each in found] == [[quoted], [twin], [newer], []]


def test_a_failure_moves_nothing_on(make_feed: MakeFeed, clock: HandClock) -> None:
    # Given a tape whose request fails once
    failure = DataSourceError("no", code="timeout")
    failures = [failure]

    def tape(*_: object) -> Tape:
        if failures:
            raise failures.pop()
        return [trade(1)], []

    client = StubClient(tape)
    feed = make_feed(client, "ACME")
    # When it is polled twice
    _, failed = poll(feed, 2)
    found = next_tape(feed, clock)
    # Then the error is handed on, and the same span is asked for again
    assert failed == TapeAnswer("ACME", START_NS, (), (), failure, asked_ns=START_NS)
    assert client.asked[1] == client.asked[0]
    assert found.trades == [trade(1)]


def test_a_failure_beside_the_prints_costs_no_print(make_feed: MakeFeed, clock: HandClock) -> None:
    # Given a tape whose quotes fail once
    failure = DataSourceError("no", code="timeout")
    failures = [failure]

    def tape(*_: object) -> FetchedTape:
        if failures:
            return FetchedTape([trade(1)], (), beside_error=failures.pop())
        return FetchedTape([trade(1)], [quote(1)])

    client = StubClient(tape)
    feed = make_feed(client, "ACME")
    # When it is polled twice
    _, failed = poll(feed, 2)
    found = next_tape(feed, clock)
    # Then the prints count, the error stays with the quotes, and their span is asked for again
    assert isinstance(failed, TapeAnswer)
    assert (failed.trades, failed.error, failed.of_quotes.error) == ([trade(1)], None, failure)
    assert client.asked == [("ACME", BEGIN_NS, BEGIN_NS), ("ACME", at(-4), BEGIN_NS)]
    assert (found.trades, found.quotes, found.of_quotes.error) == ([], [quote(1)], None)


def answers_of(
    make_feed: MakeFeed, clock: HandClock, *tapes: FetchedTape
) -> tuple[list[TapeAnswer], StubClient]:
    """Poll a symbol as often as there are tapes."""
    left = iter(tapes)
    client = StubClient(lambda *_: next(left))
    feed = make_feed(client, "ACME")
    _, begin = poll(feed, 2)
    assert isinstance(begin, TapeAnswer)
    return [begin, *(next_tape(feed, clock) for _ in tapes[1:])], client


def test_a_print_that_is_shown_after_a_later_one_is_found(
    make_feed: MakeFeed, clock: HandClock
) -> None:
    # Given a provider that shows the print of second 2 only after that of second 4
    first, late, second, third = (
        trade(seconds, trade_id=name) for seconds, name in ((1, "a"), (2, "b"), (4, "c"), (9, "d"))
    )
    clock.move(10)
    # When the symbol is polled
    found, client = answers_of(
        make_feed,
        clock,
        FetchedTape([first, second], ()),
        FetchedTape([first, late, second], ()),
        FetchedTape([first, late, second, third], ()),
        FetchedTape([second, third], ()),
    )
    # Then each is given once, since every question goes back 5 s, but never before the first
    assert [each.trades for each in found] == [[first, second], [late], [third], []]
    assert [from_ns for _, from_ns, _ in client.asked] == [BEGIN_NS, at(-1), at(-1), at(4)]


def test_prints_without_id_and_number_are_known_by_all_that_they_say(
    make_feed: MakeFeed, clock: HandClock
) -> None:
    # Given prints of one stamp without id and number, of which two say the same
    one, other = (trade(1, trade_id="", sequence=0, size=size) for size in (100, 200))
    # When they are shown again
    found, _ = answers_of(
        make_feed, clock, FetchedTape([one], ()), FetchedTape([one, other, one], ())
    )
    # Then what is different is new
    assert [each.trades for each in found] == [[one], [other]]


@pytest.mark.parametrize(
    ("again", "holds"),
    [([trade(1)], True), ([trade(1), trade(2)], True), ([], False), ([trade(2)], False)],
)
def test_an_answer_that_lacks_what_was_shown_before_proves_nothing(
    make_feed: MakeFeed, clock: HandClock, again: list[TradeEvent], holds: bool
) -> None:
    # Given a print that was shown
    clock.move(3)
    # When the next answer holds it, or does not
    found, _ = answers_of(make_feed, clock, FetchedTape([trade(1)], ()), FetchedTape(again, ()))
    # Then that is said
    assert found[0].of_trades == Part(BEGIN_NS)
    assert found[1].of_trades == Part(at(1), holds_newest=holds)


def test_an_answer_without_all_its_pages_proves_nothing(
    make_feed: MakeFeed, clock: HandClock
) -> None:
    # Given answers of which pages are missing
    # When they come
    found, _ = answers_of(
        make_feed,
        clock,
        FetchedTape([], [], has_all_trades=False),
        FetchedTape([], [], has_all_beside=False),
    )
    # Then each says so of its own kind
    assert [(each.of_trades.holds_newest, each.of_quotes.holds_newest) for each in found] == [
        (False, True),
        (True, False),
    ]


@pytest.mark.parametrize(("ahead", "given"), [(4.999, 1), (5, 1), (5.001, 0)])
def test_a_stamp_ahead_of_the_present_moves_no_cursor(
    make_feed: MakeFeed, clock: HandClock, ahead: float, given: int
) -> None:
    # Given a print and a quote so far ahead
    early = FetchedTape([trade(ahead)], [quote(ahead)])
    # When they come, and the symbol is polled again
    found, client = answers_of(make_feed, clock, early, FetchedTape([], []))
    # Then beyond 5 s they are refused, and what comes before them is asked for still
    assert (len(found[0].trades), len(found[0].quotes)) == (given, given)
    assert (found[0].of_trades.refused, found[0].of_quotes.refused) == (1 - given, 1 - given)
    expected = (at(ahead - 5), at(ahead)) if given else (BEGIN_NS, BEGIN_NS)
    assert client.asked[1] == ("ACME", *expected)


def test_rows_that_the_provider_could_not_read_are_counted(
    make_feed: MakeFeed, clock: HandClock
) -> None:
    # Given an answer with refused rows
    # When it comes
    found, _ = answers_of(make_feed, clock, FetchedTape([], [], refused_trades=2, refused_beside=1))
    # Then each kind has its own
    assert (found[0].of_trades.refused, found[0].of_quotes.refused) == (2, 1)


class Reference(NoReference):
    """Says what the market does, or fails."""

    def __init__(self, failure: Exception | None = None) -> None:
        super().__init__("stub")
        self.asked = 0
        self._failure = failure

    def get_market_state(self) -> tuple[MarketState, datetime]:
        self.asked += 1
        if self._failure is not None:
            raise self._failure
        return "closed", START


def test_what_the_market_does_is_asked_on_a_thread_and_once_at_a_time(
    make_feed: MakeFeed,
) -> None:
    # Given a feed
    reference = Reference()
    feed = make_feed(StubClient(), "ACME", reference=reference)
    # When the state is wanted twice before the answer is taken, and again after it
    feed.ask_state()
    feed.ask_state()
    answer = take(feed)
    asked = reference.asked
    feed.ask_state()
    take(feed)
    # Then it was asked once each time
    assert answer == StateAnswer(START_NS, "closed", START_NS)
    assert (asked, reference.asked) == (1, 2)


def test_without_threads_nobody_is_asked_what_the_market_does(make_feed: MakeFeed) -> None:
    # Given a feed that watches nothing yet
    reference = Reference()
    feed = make_feed(StubClient(), reference=reference)
    # When the state is wanted
    feed.ask_state()
    # Then nobody is asked, and it is asked once there is a thread
    assert reference.asked == 0
    feed.watch("ACME", BEGIN_NS)
    feed.ask_state()
    take(feed)
    assert reference.asked == 1


@pytest.mark.parametrize(
    ("failure", "logged"),
    [
        (DataSourceError("no", code="timeout"), "order_flow.market_state_unknown"),
        (ZeroDivisionError(), "order_flow.poll_crashed"),
    ],
)
def test_a_state_that_cannot_be_had_is_logged_and_none(
    make_feed: MakeFeed, caplog: pytest.LogCaptureFixture, failure: Exception, logged: str
) -> None:
    # Given a reference that fails
    feed = make_feed(StubClient(), "ACME", reference=Reference(failure))
    # When the state is wanted
    with caplog.at_level("INFO"):
        feed.ask_state()
        answer = take(feed)
    # Then the answer says nothing, and the log why
    assert answer == StateAnswer(START_NS)
    assert logged in [each.getMessage() for each in caplog.records]


def test_a_failed_batch_is_handed_on(make_feed: MakeFeed) -> None:
    # Given a snapshot request that fails
    failure = DataSourceError("no", code="server_error")

    def books(_: Sequence[str]) -> Books:
        raise failure

    feed = make_feed(StubClient(books=books), "ACME")
    # When a poll is due
    snapshots, _ = poll(feed, 2)
    # Then its answer carries the error
    assert snapshots == SnapshotAnswer(START_NS, {}, failure, ("ACME",))


def test_a_defect_is_an_error_of_its_symbol(
    make_feed: MakeFeed, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a client with a defect
    def tape(*_: object) -> Tape:
        raise ZeroDivisionError

    feed = make_feed(StubClient(tape), "ACME")
    # When a poll is due
    _, answer = poll(feed, 2)
    # Then it is named, logged with its trace, and never taken for quiet
    assert isinstance(answer, TapeAnswer)
    assert isinstance(answer.error, DataSourceError)
    assert (answer.error.code, str(answer.error)) == (
        "internal_error",
        "internal error: ZeroDivisionError",
    )
    (record,) = caplog.records
    assert (record.getMessage(), record.symbol) == ("order_flow.poll_crashed", "ACME")  # type: ignore[attr-defined]
    assert record.exc_info is not None


@pytest.mark.parametrize(("wish", "due_after"), [(None, 1.0), (0.5, 1.0), (1.0, 1.0), (7.5, 7.5)])
def test_the_next_poll_waits_as_long_as_the_provider_wishes(
    make_feed: MakeFeed, clock: HandClock, wish: float | None, due_after: float
) -> None:
    # Given a provider that asks for fewer requests
    def tape(*_: object) -> Tape:
        raise RateLimitError("slow down", retry_after_seconds=wish)

    client = StubClient(tape)
    feed = make_feed(client, "ACME")
    poll(feed, 2)
    # When time passes until just before that moment, and then to it
    clock.move(due_after - 0.001)
    feed.request_due()
    early = len(client.asked)
    clock.move(0.001)
    feed.request_due()
    while len(client.asked) < 2:
        take(feed)
    # Then only at it the symbol is asked for again
    assert early == 1


def test_a_wish_for_a_symbol_that_is_gone_is_forgotten(make_feed: MakeFeed) -> None:
    # Given an answer with a wish, on its way while its symbol is unwatched
    entered, gate = threading.Event(), threading.Event()

    def tape(*_: object) -> Tape:
        entered.set()
        gate.wait(5)
        raise RateLimitError("slow down", retry_after_seconds=60)

    client = StubClient(tape)
    feed = make_feed(client, "ACME")
    feed.request_due()
    assert entered.wait(2)
    feed.unwatch("ACME")
    gate.set()
    for _ in range(2):
        take(feed)
    # When the symbol is watched again
    feed.watch("ACME", BEGIN_NS)
    feed.request_due()
    take(feed)
    # Then it is asked for at once
    assert [each[0] for each in client.asked] == ["ACME", "ACME"]


def test_a_symbol_that_hangs_holds_up_nobody_and_is_asked_once(
    make_feed: MakeFeed, clock: HandClock
) -> None:
    # Given one of two symbols whose request hangs
    asked, hang = threading.Event(), threading.Event()

    def tape(symbol: str, *_: int) -> Tape:
        if symbol == "ACME":
            asked.set()
            hang.wait(5)
        return [], []

    client = StubClient(tape)
    feed = make_feed(client, "ACME", "BOLT")
    # When three polls are due
    for _ in range(3):
        answers = poll(feed, 2)
        clock.move(1)
        # Then the other symbol and the snapshots are answered each time
        assert [type(each) for each in answers] == [SnapshotAnswer, TapeAnswer]
    # And the hanging one is asked a second time only after it has answered
    assert asked.wait(2)
    assert [each[0] for each in client.asked].count("ACME") == 1
    hang.set()
    take(feed)
    poll(feed, 3)
    assert [each[0] for each in client.asked].count("ACME") == 2


def test_nothing_is_asked_without_a_symbol(make_feed: MakeFeed, clock: HandClock) -> None:
    # Given a symbol that is watched no more
    client = StubClient()
    feed = make_feed(client, "ACME")
    poll(feed, 2)
    feed.unwatch("ACME")
    feed.unwatch("ACME")
    # When a poll would be due
    clock.move(5)
    feed.request_due()
    # Then nobody is asked
    assert feed.answers.empty()
    assert (len(client.asked), len(client.books_asked)) == (1, 1)


def test_an_answer_to_an_earlier_watch_is_told_from_one_to_the_present(make_feed: MakeFeed) -> None:
    # Given a request under way while its symbol is unwatched and watched again
    entered, gate = threading.Event(), threading.Event()

    def tape(*_: object) -> Tape:
        entered.set()
        gate.wait(5)
        return [trade(1)], []

    feed = make_feed(StubClient(tape), "ACME")
    feed.request_due()
    assert entered.wait(2)
    take(feed)
    feed.unwatch("ACME")
    feed.watch("ACME", BEGIN_NS)
    gate.set()
    # When its answer comes, and then that of the new watch
    old = feed.answers.get(timeout=2)
    assert old is not None
    was_current = feed.taken(old)
    feed.request_due()
    new = feed.answers.get(timeout=2)
    # Then only the second is of this watch
    assert not was_current
    assert isinstance(new, TapeAnswer)
    assert feed.taken(new)


def test_a_symbol_unwatched_before_its_turn_is_not_asked_for(make_feed: MakeFeed) -> None:
    # Given more polls than threads: all of them hang
    gate = threading.Event()

    def tape(*_: object) -> Tape:
        gate.wait(5)
        return [], []

    client = StubClient(tape)
    symbols = [f"S{number}" for number in range(MAX_WORKERS + 1)]
    feed = make_feed(client, *symbols)
    feed.request_due()
    take(feed)
    # When the last one is unwatched while its poll waits for a thread
    feed.unwatch(symbols[-1])
    gate.set()
    answers = [take(feed) for _ in symbols]
    # Then the provider is not asked for it, and there were no more threads than allowed
    assert len(answers) == len(symbols)
    assert symbols[-1] not in {each[0] for each in client.asked}
    names = {each.name for each in threading.enumerate() if each.name.startswith("order-flow-poll")}
    assert len(names) <= MAX_WORKERS


def test_closing_ends_the_threads(clock: HandClock) -> None:
    # Given a feed with threads
    before = set(threading.enumerate())
    feed = PollFeed(StubClient(), CONFIG, clock, NOBODY)
    feed.watch("ACME", BEGIN_NS)
    own = set(threading.enumerate()) - before
    assert len(own) == 2
    # When it is closed
    feed.close()
    # Then they end, and whoever waits for an answer is woken
    for thread in own:
        thread.join(timeout=2)
    assert not any(thread.is_alive() for thread in own)
    assert feed.answers.get(timeout=2) is None


def test_books_withdrawals_and_halts_of_one_stamp_and_number_are_told_apart(
    make_feed: MakeFeed, clock: HandClock
) -> None:
    # Given a provider that numbers each kind for itself, and repeats the newest stamp
    known = BookEvent("ACME", at(1), (), (), sequence=1)
    taken_back = Withdrawal("ACME", at(1), sequence=1)
    halts = [HaltEvent("ACME", at(1), halted) for halted in (True, False)]
    tapes: Iterator[Tape] = iter(
        [([], [known]), ([], [known, taken_back, *halts]), ([], [known, *halts])]
    )
    feed = make_feed(StubClient(lambda *_: next(tapes)), "ACME")
    # When the symbol is polled three times
    poll(feed, 2)
    found = [next_tape(feed, clock).quotes for _ in range(2)]
    # Then every event is given once
    assert found == [[taken_back, *halts], []]
