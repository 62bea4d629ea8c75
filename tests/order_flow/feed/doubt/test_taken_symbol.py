from __future__ import annotations

import pytest

from trading_bot.order_flow.feed.doubt.taken_symbol import (
    AWAY,
    BY_REST,
    OFTEN,
    RENEWED,
    Loss,
    TakenSymbol,
)
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.supervision.actions import QUOTES, TRADES, Channel


def test_a_loss_is_ill_until_something_newer_is_brought() -> None:
    # Given a channel that lost what has stamp 100
    loss = Loss(100)
    # When it brings what is as old, and what is newer
    found = [loss.is_ill]
    for stamp_ns in (100, 101):
        loss.bring(stamp_ns)
        found.append(loss.is_ill)
    # Then only that helps
    assert found == [True, True, False]


def test_an_older_loss_does_not_take_back_a_newer_one() -> None:
    # Given a channel that lost what has stamp 100
    loss = Loss(100)
    # When an older loss is told, and something between is brought
    loss.lose(50)
    loss.bring(75)
    # Then the newer one counts
    assert loss.is_ill


@pytest.mark.parametrize(("lost_ns", "ill"), [(110, False), (111, True)])
def test_a_loss_behind_the_first_event_makes_it_ill_again(lost_ns: int, ill: bool) -> None:
    # Given a channel that brings events again, the first with stamp 110
    loss = Loss(100)
    loss.bring(110)
    # When another loss is told, and newer events are brought
    loss.lose(lost_ns)
    loss.bring(200)
    # Then it is ill if that was lost while it brought others
    assert loss.is_ill is ill


def test_a_new_step_has_its_own_chance() -> None:
    # Given a symbol whose channel lost again
    taken = TakenSymbol("AAA", 0)
    taken.losses[TRADES] = Loss(100)
    taken.losses[TRADES].bring(110)
    taken.losses[TRADES].lose(120)
    # When a step begins, and the channel brings what is newer
    taken.enter(RENEWED, 5)
    before = taken.is_ill
    taken.losses[TRADES].bring(130)
    # Then it was ill, and is no longer
    assert (before, taken.is_ill) == (True, False)
    assert (taken.step, taken.since_ns) == (RENEWED, 5)


def test_a_symbol_without_a_loss_is_not_ill() -> None:
    # Given a symbol whose connection ended
    taken = TakenSymbol("AAA", 0)
    # When nothing is known to be lost
    # Then it is away, and both its channels would be renewed
    assert (taken.step, taken.is_ill) == (AWAY, False)
    assert taken.channels() == (Channel(TRADES, "AAA"), Channel(QUOTES, "AAA"))
    assert not taken.is_to_be_tried(10**18)


@pytest.mark.parametrize(("tries", "wait"), [(0, 60), (OFTEN - 1, 60), (OFTEN, 600)])
def test_a_symbol_given_up_is_tried_each_minute_ten_times_then_each_ten(
    tries: int, wait: int
) -> None:
    # Given a symbol that was given up, and tried some times at 0 s
    taken = TakenSymbol("AAA", 0)
    taken.enter(BY_REST, 0)
    for _ in range(tries):
        taken.try_again(0)
    # When its wait is nearly over, and over
    found = [taken.is_to_be_tried(wait * NS_PER_SECOND - 1 + each) for each in (0, 1)]
    # Then it is tried only then
    assert found == [False, True]
