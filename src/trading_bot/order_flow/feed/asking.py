"""Asks a history for a feed: each question by itself, or all that wait together.

A question that costs a connection is not put for one symbol alone. What is wished meanwhile waits
until the one under way is answered and its time has come, and is answered by the next for all. A
history that refuses is asked more and more seldom; until then whoever asks is told of the refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Protocol

from ..errors import DataSourceError, OrderFlowError
from ..market.newest import NewestKnown
from ..market.units import NS_PER_SECOND
from ..providers.provider import (
    AnsweredTogether,
    AnswersTogether,
    FetchedTape,
    History,
    Provider,
    TapeWish,
)
from .doubt.promise import TOGETHER_AGAIN_SECONDS
from .history_workers import Answered, AsksHistory

FORBIDDEN: Final = frozenset(
    {"connection_limit", "plan_without_stream", "plan_without_trades", "wrong_key"}
)
"""Codes by which a provider forbids the question: it is not asked again soon."""
LONGEST_WAIT_NS: Final = 600 * NS_PER_SECOND
"""However long it is forbidden."""
_LONGEST_AFTER_FAILURE_NS: Final = 40 * NS_PER_SECOND
"""However often it fails, which may end at any time."""

TakesTape = Callable[[Answered[FetchedTape]], None]
TakesNewest = Callable[[Answered[Mapping[str, NewestKnown]]], None]


class Asks(Protocol):
    """Whoever puts a feed's questions to a history; on the event loop."""

    def tape(self, wish: TapeWish, take: TakesTape) -> None:
        """Ask for the tape of a symbol, and hand the answer on."""
        ...

    def newest(self, symbols: tuple[str, ...], asked_ns: int, take: TakesNewest) -> None:
        """Ask for the newest events of some symbols, and hand the answer on."""
        ...

    def flush(self) -> None:
        """Ask what waits, if its time has come; to be called once a second."""
        ...


def asks_of(
    provider: Provider,
    workers: AsksHistory,
    steady_ns: Callable[[], int],
    on_answer: Callable[[Answered[Any]], None],
) -> Asks:
    """Return who asks a provider's history, in the way that suits it.

    Args:
        provider: Whose history.
        workers: Ask, and bring the answers back.
        steady_ns: Nanoseconds of a clock that is never set.
        on_answer: Told how each question of the provider was answered, before its answer is taken.
    """
    history = provider.history
    if provider.capabilities.compares_every_seconds and isinstance(history, AnswersTogether):
        return AsksTogether(history, workers, steady_ns, on_answer)
    return AsksAtOnce(history, workers, on_answer)


class AsksAtOnce:
    """Puts each question by itself; see `asks_of`."""

    def __init__(
        self,
        history: History,
        workers: AsksHistory,
        on_answer: Callable[[Answered[Any]], None],
    ) -> None:
        self._history = history
        self._workers = workers
        self._on_answer = on_answer

    def tape(self, wish: TapeWish, take: TakesTape) -> None:
        """Ask for the tape of a symbol."""
        self._workers.ask(partial(self._history.fetch_tape, *wish), partial(self._answer, take))

    def newest(self, symbols: tuple[str, ...], asked_ns: int, take: TakesNewest) -> None:
        """Ask for the newest events of some symbols."""
        self._workers.ask(
            partial(self._history.fetch_newest, symbols, asked_ns), partial(self._answer, take)
        )

    def flush(self) -> None:
        """Do nothing: no question waits here."""

    def _answer(self, take: Callable[[Answered[Any]], None], answer: Answered[Any]) -> None:
        self._on_answer(answer)
        take(answer)


class AsksTogether:
    """Puts all questions that wait as one; see `asks_of`.

    | state | on | becomes | and |
    | --- | --- | --- | --- |
    | free | a wish | free | it waits for the next `flush` |
    | free | `flush`, 10 s after the last | asking | all that waits is asked |
    | asking | answer | free | everybody is answered |
    | asking | it fails | refused | everybody is told; for 20 s, then twice as long, to 40 s |
    | asking | it is forbidden | refused | the same, to 10 min |
    | refused | a wish | refused | it is told the same |
    | refused | its time is over | free | |
    """

    def __init__(
        self,
        history: AnswersTogether,
        workers: AsksHistory,
        steady_ns: Callable[[], int],
        on_answer: Callable[[Answered[Any]], None],
    ) -> None:
        self._history = history
        self._workers = workers
        self._steady_ns = steady_ns
        self._on_answer = on_answer
        self._tapes: list[tuple[TapeWish, TakesTape]] = []
        self._newest: list[tuple[tuple[str, ...], int, TakesNewest]] = []
        self._is_asking = False
        self._next_ns = steady_ns()
        self._wait_ns = TOGETHER_AGAIN_SECONDS * NS_PER_SECOND
        # Why it failed, until it is tried again.
        self._refusal: OrderFlowError | None = None

    def tape(self, wish: TapeWish, take: TakesTape) -> None:
        """Let the wish for a tape wait."""
        self._tapes.append((wish, take))

    def newest(self, symbols: tuple[str, ...], asked_ns: int, take: TakesNewest) -> None:
        """Let the wish for the newest events wait."""
        self._newest.append((symbols, asked_ns, take))

    def flush(self) -> None:
        """Ask for all that waits, unless that is too soon, or was forbidden a while ago."""
        if not (self._tapes or self._newest) or self._is_asking:
            return
        now_ns = self._steady_ns()
        if now_ns < self._next_ns:
            if self._refusal is not None:
                self._refuse(self._take_waiting(), self._refusal)
            return
        self._refusal = None
        self._is_asking = True
        self._next_ns = now_ns + TOGETHER_AGAIN_SECONDS * NS_PER_SECOND
        tapes, newest = waiting = self._take_waiting()
        wishes = [wish for wish, _ in tapes]
        symbols = tuple(dict.fromkeys(each for some, _, _ in newest for each in some))
        # The latest of them: the answer is of later still.
        asked_ns = max((each for _, each, _ in newest), default=0)
        self._workers.ask(
            lambda: self._history.fetch_together(wishes, symbols, asked_ns),
            partial(self._answer, waiting),
        )

    def _take_waiting(self) -> _Waiting:
        waiting = (self._tapes, self._newest)
        self._tapes, self._newest = [], []
        return waiting

    def _answer(self, waiting: _Waiting, answer: Answered[AnsweredTogether]) -> None:
        self._is_asking = False
        self._on_answer(answer)
        found, error = answer.value, answer.error
        if found is None or error is not None:
            failure = error or DataSourceError("the history gave no answer")
            self._stand_back(failure)
            self._refuse(waiting, failure)
            return
        self._wait_ns = TOGETHER_AGAIN_SECONDS * NS_PER_SECOND
        tapes, newest = waiting
        for (_, take), tape in zip(tapes, found.tapes, strict=True):
            take(Answered(None, tape) if isinstance(tape, OrderFlowError) else Answered(tape))
        for symbols, _, take_newest in newest:
            known = {each: found.newest[each] for each in symbols if each in found.newest}
            take_newest(Answered(known))

    def _stand_back(self, error: OrderFlowError) -> None:
        """Ask more and more seldom, until it is answered."""
        is_forbidden = isinstance(error, DataSourceError) and error.code in FORBIDDEN
        longest_ns = LONGEST_WAIT_NS if is_forbidden else _LONGEST_AFTER_FAILURE_NS
        self._refusal = error
        self._wait_ns = min(2 * self._wait_ns, longest_ns)
        self._next_ns = self._steady_ns() + self._wait_ns

    @staticmethod
    def _refuse(waiting: _Waiting, error: OrderFlowError) -> None:
        tapes, newest = waiting
        for _, take in tapes:
            take(Answered(None, error))
        for _, _, take_newest in newest:
            take_newest(Answered(None, error))


_Waiting = tuple[list[tuple[TapeWish, TakesTape]], list[tuple[tuple[str, ...], int, TakesNewest]]]
