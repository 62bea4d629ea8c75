"""How a feed asks a history: each question by itself, or all that wait together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, cast

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.feed.asking import Asks, AsksAtOnce, AsksTogether, asks_of
from trading_bot.order_flow.feed.history_workers import Answered, answer_to
from trading_bot.order_flow.market.newest import NewestKnown
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.provider import (
    AnsweredTogether,
    Capabilities,
    FetchedTape,
    Provider,
    TapeWish,
)

ACME, BOLT = TapeWish("ACME", 1, None), TapeWish("BOLT", 2, 3)


class History:
    """Answers everything; notes what it is asked."""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
        self.asked: list[Any] = []
        self.failure: DataSourceError | None = None
        self.unknown: set[str] = set()

    def fetch_tape(self, *wish: Any) -> FetchedTape:
        self.asked.append(wish)
        return FetchedTape((), ())

    def fetch_newest(self, symbols: tuple[str, ...], asked_ns: int) -> dict[str, NewestKnown]:
        self.asked.append((symbols, asked_ns))
        return {each: NewestKnown(asked_ns) for each in symbols}

    def fetch_together(
        self, wishes: Sequence[TapeWish], newest_of: tuple[str, ...], asked_ns: int
    ) -> AnsweredTogether:
        self.asked.append((list(wishes), newest_of, asked_ns))
        if self.failure is not None:
            raise self.failure
        error = DataSourceError("who?", code="unknown_symbol")
        return AnsweredTogether(
            [error if each.symbol in self.unknown else FetchedTape((), ()) for each in wishes],
            {each: NewestKnown(asked_ns) for each in newest_of if each not in self.unknown},
        )


class Bench:
    """Whoever asks, with answers that come when a test wants them."""

    def __init__(self, *, every: int = 60) -> None:
        self.history = History()
        self.now_ns = 0
        self.told: list[str] = []
        self.taken: list[tuple[str, str]] = []
        self.waiting: list[tuple[Callable[[], Any], Callable[[Any], None]]] = []

        class Of:
            history = self.history
            capabilities = Capabilities(compares_every_seconds=every)

        self.asks: Asks = asks_of(
            cast(Provider, Of()),
            self,
            lambda: self.now_ns,
            lambda each: self.told.append(each.code),
        )

    def ask(self, question: Callable[[], Any], on_answer: Callable[[Any], None]) -> None:
        self.waiting.append((question, on_answer))

    def close(self) -> None:
        """Nothing is kept open."""

    def wish(self, wish: TapeWish) -> None:
        def take(answer: Answered[FetchedTape]) -> None:
            self.taken.append((wish.symbol, answer.code))

        self.asks.tape(wish, take)

    def wish_newest(self, *symbols: str, at: int = 0) -> None:
        def take(answer: Answered[Any]) -> None:
            self.taken.append(("+".join(answer.value or ()), answer.code))

        self.asks.newest(symbols, at, take)

    def answer(self) -> None:
        """Answer all questions that are under way."""
        waiting, self.waiting = self.waiting, []
        for question, on_answer in waiting:
            on_answer(answer_to(question))

    def after(self, seconds: int) -> None:
        """Look, so many seconds later."""
        self.now_ns += seconds * NS_PER_SECOND
        self.asks.flush()


def test_where_a_question_is_a_request_each_is_asked_at_once() -> None:
    # Given a provider whose questions cost a request
    bench = Bench(every=0)
    assert isinstance(bench.asks, AsksAtOnce)
    # When a tape and the newest events are asked for
    bench.wish(ACME)
    bench.wish_newest("ACME", at=7)
    bench.answer()
    bench.asks.flush()
    # Then each is a question of its own
    assert bench.history.asked == [("ACME", 1, None), (("ACME",), 7)]
    assert bench.taken == [("ACME", ""), ("ACME", "")]
    assert bench.told == ["", ""]


def test_what_waits_is_asked_together() -> None:
    # Given a provider whose questions cost a connection
    bench = Bench()
    assert isinstance(bench.asks, AsksTogether)
    bench.history.unknown = {"BOLT"}
    # When two tapes and newest events are wished
    bench.wish(ACME)
    bench.wish(BOLT)
    bench.wish_newest("ACME", at=7)
    bench.wish_newest("ACME", "BOLT", at=9)
    assert not bench.waiting
    bench.asks.flush()
    bench.answer()
    # Then one question is asked, as late as the last of them
    assert bench.history.asked == [([ACME, BOLT], ("ACME", "BOLT"), 9)]
    # And everybody has an answer of his own, and the provider answered once
    assert bench.taken == [("ACME", ""), ("BOLT", "unknown_symbol"), ("ACME", ""), ("ACME", "")]
    assert bench.told == [""]


def test_the_next_question_waits_for_its_time() -> None:
    # Given an answered question
    bench = Bench()
    bench.wish(ACME)
    bench.asks.flush()
    bench.answer()
    # When another is wished, below ten seconds later, and at ten
    bench.wish(BOLT)
    bench.after(9)
    assert not bench.waiting
    bench.after(1)
    # Then it is asked then
    bench.answer()
    assert bench.taken == [("ACME", ""), ("BOLT", "")]


def test_one_question_is_under_way_at_most() -> None:
    # Given a question that takes long
    bench = Bench()
    bench.wish(ACME)
    bench.asks.flush()
    # When another is wished
    bench.wish(BOLT)
    bench.after(30)
    # Then it waits for the answer
    assert len(bench.waiting) == 1
    bench.answer()
    bench.after(0)
    assert len(bench.waiting) == 1


def test_nothing_is_asked_where_nothing_is_wished() -> None:
    # Given no wish
    bench = Bench()
    # When its time comes
    bench.after(60)
    # Then nothing is asked
    assert not bench.waiting


def failures(bench: Bench, seconds: int) -> int:
    """Wish every second; return how often the provider is asked."""
    for _ in range(seconds):
        bench.wish(ACME)
        bench.after(1)
        bench.answer()
    return len(bench.history.asked)


def test_a_history_that_fails_is_asked_more_seldom() -> None:
    # Given a history that fails
    bench = Bench()
    bench.history.failure = DataSourceError("nobody there", code="no_connection")
    # When it is wished for all the time
    # Then it is asked after 20 s, and every 40 s then
    assert failures(bench, 20) == 1
    assert failures(bench, 1) == 2
    assert failures(bench, 400) == 12
    # And every wish was told of it meanwhile
    assert bench.taken == [("ACME", "no_connection")] * 421
    # And once it answers, it is asked as before
    bench.history.failure = None
    bench.after(40)
    bench.history.asked.clear()
    assert failures(bench, 21) == 3


def test_a_history_that_is_forbidden_is_asked_ever_more_seldom() -> None:
    # Given an account that has no session left
    bench = Bench()
    bench.history.failure = DataSourceError("full", code="connection_limit")
    # When it is wished for all the time, and what is newest too
    # Then it is asked after 20, 40, 80, 160, 320, and every 600 s then
    assert failures(bench, 621) == 6
    assert failures(bench, 1_200) == 8
    bench.wish_newest("ACME")
    bench.after(1)
    assert bench.taken[-1] == ("", "connection_limit")


def test_a_defect_of_the_history_is_an_answer() -> None:
    # Given a question
    bench = Bench()
    bench.wish(ACME)
    bench.asks.flush()
    # When nothing comes of it
    [(_, on_answer)] = bench.waiting
    on_answer(Answered(None))
    # Then whoever asked is told
    assert bench.taken == [("ACME", "no_answer")]
