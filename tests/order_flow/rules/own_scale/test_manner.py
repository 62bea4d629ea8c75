"""Which large events are worth a line: what says the same again is not."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.rules.own_scale.manner import LINE_GAP_NS, ORDERS_NEEDED, Manner
from trading_bot.order_flow.rules.own_scale.memory import BURST, ORDER, WALL, SaidLine

WINDOW_NS = 120 * NS_PER_SECOND
AT = 10**18


def said(kind: int = ORDER, size: int = 1_000) -> Manner:
    manner = Manner(120)
    assert manner.is_worth_saying(kind, size, AT, critical=False)
    return manner


@pytest.mark.parametrize(("after_ns", "worth"), [(-1, False), (0, True), (1, True)])
def test_the_next_line_of_a_kind_comes_after_two_minutes(after_ns: int, *, worth: bool) -> None:
    # Given a line
    manner = said()
    # When an equal event comes about two minutes later
    found = manner.is_worth_saying(ORDER, 1_000, AT + LINE_GAP_NS + after_ns, critical=False)
    # Then it is worth one from then on
    assert found is worth


@pytest.mark.parametrize(("size", "worth"), [(1_499, False), (1_500, True), (1_501, True)])
def test_what_is_half_as_large_again_is_worth_a_line_at_once(size: int, *, worth: bool) -> None:
    # Given a line
    manner = said()
    # When a larger event follows at once
    # Then it is worth one from half as much again on
    assert manner.is_worth_saying(ORDER, size, AT + 1, critical=False) is worth


def test_what_is_critical_is_always_worth_a_line() -> None:
    # Given a line
    manner = said(BURST)
    # When an equal event that is critical follows
    # Then it is worth one
    assert manner.is_worth_saying(BURST, 1_000, AT + 1, critical=True)


def test_each_kind_has_lines_of_its_own() -> None:
    # Given a line of an order
    manner = said()
    # When an offer follows
    # Then it is worth one
    assert manner.is_worth_saying(WALL, 1, AT + 1, critical=False)


def test_a_late_event_does_not_move_the_last_line_back() -> None:
    # Given a line, and a larger event from before it
    manner = said()
    assert manner.is_worth_saying(ORDER, 2_000, AT - NS_PER_SECOND, critical=False)
    # When an event comes two minutes after the earlier one
    found = manner.is_worth_saying(ORDER, 2_000, AT + LINE_GAP_NS - NS_PER_SECOND, critical=False)
    # Then it is too soon
    assert not found


@pytest.mark.parametrize(("inside_ns", "orders"), [(-1, 2), (0, 3), (1, 3)])
def test_orders_count_within_the_window(inside_ns: int, orders: int) -> None:
    # Given two orders
    manner = Manner(120)
    manner.count_order(AT)
    manner.count_order(AT + NS_PER_SECOND)
    # When a third comes about as the window of the first closes
    found, first_ns = manner.count_order(AT + WINDOW_NS - inside_ns)
    # Then the first counts up to its end
    assert (found, first_ns) == (orders, AT if orders == 3 else AT + NS_PER_SECOND)


def test_orders_that_make_an_exit_due_are_worth_a_line_once_a_window() -> None:
    # Given a line of an order
    manner = said()
    due = []
    # When the third large order of a window comes, and further ones
    for after in (1, 2, 119, 121):
        at_ns = AT + after * NS_PER_SECOND
        due.append(
            manner.is_worth_saying(ORDER, 1_000, at_ns, critical=False, orders=ORDERS_NEEDED)
        )
    # Then the first is, those of the same window are not
    assert due == [True, False, False, True]


def test_what_earlier_runs_said_was_said() -> None:
    # Given a line of an earlier run that made an exit due
    manner = Manner(120)
    manner.know_said(SaidLine(AT, ORDER, 1_000, ORDERS_NEEDED))
    # When an equal order that would make one due comes within the window, and after it
    found = [
        manner.is_worth_saying(ORDER, 1_000, AT + after, critical=False, orders=ORDERS_NEEDED)
        for after in (WINDOW_NS - 1, WINDOW_NS)
    ]
    # Then only the later one is worth a line
    assert found == [False, True]


def test_a_line_within_the_window_of_a_due_one_does_not_renew_it() -> None:
    # Given two lines of an earlier run, the second within the window of the first
    manner = Manner(120)
    manner.know_said(SaidLine(AT, ORDER, 1_000, ORDERS_NEEDED))
    manner.know_said(SaidLine(AT + WINDOW_NS - 1, ORDER, 1_600, ORDERS_NEEDED))
    # When another comes after the first's window
    # Then it makes an exit due
    assert manner.is_worth_saying(
        ORDER, 1_000, AT + WINDOW_NS, critical=False, orders=ORDERS_NEEDED
    )
