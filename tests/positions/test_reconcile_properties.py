"""Whatever a broker answers and sends, in whatever order: unknown is never flat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.position import Position
from trading_bot.positions.reconcile import (
    GONE_AFTER_NS,
    LONGEST_WAIT_NS,
    READ_EVERY_NS,
    SETTLE_NS,
    Reconciliation,
)
from trading_bot.positions.source import PositionsRead, PositionUpdate

SYMBOLS = ("ACME", "BOLT", "CLIF")
_NS = 1_000_000_000


@dataclass(frozen=True)
class Answered:
    """An answer, asked for so long after the step before, and there so long after."""

    held: dict[str, int]
    unreadable: frozenset[str]
    after_ns: int
    took_ns: int


@dataclass(frozen=True)
class Failed:
    """A question without a whole answer."""

    after_ns: int


@dataclass(frozen=True)
class Updated:
    """What the broker says of one symbol."""

    symbol: str
    quantity: int | None
    after_ns: int


@dataclass(frozen=True)
class Stream:
    """The updates come, or are lost."""

    is_open: bool
    after_ns: int


Step = Answered | Failed | Updated | Stream

quantities = st.integers(-500, 500).filter(bool)
after = st.integers(1, 20 * _NS)
steps = st.lists(
    st.one_of(
        st.builds(
            Answered,
            st.dictionaries(st.sampled_from(SYMBOLS), quantities),
            st.frozensets(st.sampled_from((*SYMBOLS, "position 1"))),
            after,
            st.integers(0, 9 * _NS),
        ),
        st.builds(Answered, st.just({}), st.just(frozenset()), after, st.integers(0, 9 * _NS)),
        st.builds(Failed, after),
        st.builds(Updated, st.sampled_from(SYMBOLS), st.none() | st.integers(-500, 500), after),
        st.builds(Stream, st.booleans(), after),
    ),
    max_size=40,
)


class Run:
    """Takes steps one after the other, and keeps what a careful reader would note of them."""

    def __init__(self) -> None:
        self.known = Reconciliation("broker")
        self.now_ns = 0
        # Since when every answer, without a failure between, lacks a symbol.
        self.lacking_ns: dict[str, int] = {}

    def take(self, step: Step) -> None:
        self.now_ns += step.after_ns
        match step:
            case Answered(held, unreadable, _, took_ns):
                asked_ns = self.now_ns
                self.now_ns += took_ns
                rows = {s: Position(s, q, None) for s, q in held.items() if s not in unreadable}
                words = dict.fromkeys(unreadable, "it cannot be read")
                self.known.take_read(PositionsRead(rows, words), asked_ns, self.now_ns)
                for symbol in SYMBOLS:
                    if unreadable & {symbol, "position 1"} or symbol in rows:
                        self.lacking_ns.pop(symbol, None)
                    else:
                        self.lacking_ns.setdefault(symbol, asked_ns)
            case Failed():
                self.known.take_failure("no answer", self.now_ns)
                self.lacking_ns.clear()
            case Updated(symbol, quantity, _):
                amount = None if quantity is None else Decimal(quantity)
                update = PositionUpdate(symbol, amount, self.now_ns)
                self.known.take_update(update, self.now_ns)
            case Stream(is_open, _):
                if is_open:
                    self.known.open_stream(self.now_ns)
                else:
                    self.known.lose_stream("closed", self.now_ns)


def begun(steps: Sequence[Step]) -> Run:
    run = Run()
    for step in steps:
        run.take(step)
    return run


@given(steps)
def test_a_position_goes_only_by_an_update_or_by_fifteen_seconds_of_agreement(
    taken: list[Step],
) -> None:
    # Given any answers, failures and updates
    run = Run()
    for step in taken:
        before = set(run.known.held.positions)
        # When one of them is taken
        asked_ns = run.now_ns + step.after_ns
        run.take(step)
        for symbol in before - set(run.known.held.positions):
            # Then what is gone by it was closed by an update, or lacked by all answers over 15 s
            if isinstance(step, Updated):
                assert (step.symbol, step.quantity) == (symbol, 0)
            else:
                assert isinstance(step, Answered)
                assert asked_ns - run.lacking_ns[symbol] >= GONE_AFTER_NS
            assert symbol in run.known.held.closed


@given(steps)
def test_nothing_is_both_held_and_closed(taken: list[Step]) -> None:
    # Given any steps; when they are taken
    held = begun(taken).known.held
    # Then no symbol is both, and what is missing is held
    assert not held.closed & set(held.positions)
    assert set(held.missing) <= set(held.positions)


@given(steps, st.integers(1, 12))
def test_failures_alone_never_change_what_is_held(taken: list[Step], number: int) -> None:
    # Given any steps
    run = begun(taken)
    before = run.known.held.positions
    # When nothing but failures follows
    for _ in range(number):
        run.take(Failed(30 * _NS))
    # Then all is held as it was, and that is said
    assert run.known.held.positions == before
    assert run.known.held.stale(run.now_ns) != ""


@given(steps, st.dictionaries(st.sampled_from(SYMBOLS), quantities))
def test_answers_that_agree_for_long_enough_are_what_is_held(
    taken: list[Step], truth: dict[str, int]
) -> None:
    # Given any steps
    run = begun(taken)
    # When the broker then says the same again and again, over more than both spans
    for _ in range(5):
        run.take(Answered(truth, frozenset(), (SETTLE_NS + GONE_AFTER_NS) // 4, 0))
    # Then that is what is held, and nothing is old
    held = run.known.held
    assert {s: each.quantity for s, each in held.positions.items()} == truth
    assert (held.missing, held.failure) == ((), "")
    assert not held.is_flat_unproved


@given(steps, st.sampled_from(SYMBOLS), st.integers(-500, 500))
def test_the_newest_update_counts_at_once(taken: list[Step], symbol: str, quantity: int) -> None:
    # Given any steps
    run = begun(taken)
    # When an update comes, and an answer that was asked for before it
    run.take(Updated(symbol, quantity, _NS))
    read = PositionsRead({each: Position(each, 7, None) for each in SYMBOLS})
    run.known.take_read(read, run.now_ns - 1, run.now_ns + _NS)
    # Then the update holds
    found = run.known.held.positions.get(symbol)
    assert (0 if found is None else found.quantity) == quantity


@given(steps)
def test_the_next_read_is_never_further_than_the_longest_wait(taken: list[Step]) -> None:
    # Given any steps, of which no broker asked for patience; when they are taken
    run = begun(taken)
    # Then all is read within the longest wait
    assert run.known.next_read_ns <= run.now_ns + max(READ_EVERY_NS, LONGEST_WAIT_NS)


@given(steps)
def test_the_same_steps_give_the_same(taken: list[Step]) -> None:
    # Given any steps; when they are taken twice, then both end alike
    assert begun(taken).known.held == begun(taken).known.held
