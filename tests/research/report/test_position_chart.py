"""Held to the end, and left at the first exit, as two lines in USD."""

from __future__ import annotations

import numpy as np
import pytest
from support.score_values import CENT, OPEN_NS, START, at, exit_at, series_of

from trading_bot.order_flow.position import Position
from trading_bot.research.position.dollars import in_dollars
from trading_bot.research.position.exit_account import hold
from trading_bot.research.report.figures import Figure, local_ms
from trading_bot.research.report.position_chart import position_figure


def figure_of(*exits: int, quantity: str = "100") -> Figure:
    """Draw a session that falls a dollar 3,000 s after its open."""
    bids = np.full(12_600, START, dtype=np.int64)
    bids[3_000:] -= 100 * CENT
    day = hold(series_of(bids), Position("ACME", quantity, None), exits, latency_ms=0, seed=1)
    assert day is not None
    return position_figure(day, in_dollars(day), [exit_at(each) for each in exits])


def points(figure: Figure, name: str) -> list[tuple[int, float]]:
    """Return the points of a line, by seconds since the open."""
    (found,) = [each for each in figure["data"] if each["name"] == name]
    begin = local_ms(OPEN_NS)
    times = [(at_ms - begin) // 1_000 for at_ms in found["x"]]
    return list(zip(times, found["y"], strict=True))


def test_left_at_the_first_exit_nothing_changes_any_more() -> None:
    # Given an exit before a fall, and one after it
    figure = figure_of(at(1_500), at(6_000))
    # When the day is drawn
    # Then what is held falls, what was left does not, and a line has a point where it changes
    last = 12_600 - 15
    assert points(figure, "held to the end") == [(0, 0.0), (3_000, -100.0), (last, -100.0)]
    assert points(figure, "left") == [(0, 0.0), (last, 0.0)]
    assert points(figure, "drawdown, held") == [(0, 0.0), (3_000, -100.0), (last, -100.0)]
    assert points(figure, "drawdown, left") == [(0, 0.0), (last, 0.0)]


def test_exits_and_extremes_lie_on_the_line_whatever_its_steps() -> None:
    # Given bids that are high and low for a second each, and an exit between two steps
    bids = np.full(12_600, START, dtype=np.int64)
    bids[101], bids[202], bids[303] = START + CENT, START - 2 * CENT, START - CENT
    position = Position("ACME", 100, None)
    day = hold(series_of(bids), position, [at(303)], latency_ms=0, seed=1)
    assert day is not None
    # When the day is drawn
    held = points(position_figure(day, in_dollars(day), []), "held to the end")
    # Then none of the three is passed over
    assert {(101, 1.0), (202, -2.0), (303, -1.0)} <= set(held)


def test_each_exit_says_what_leaving_there_would_have_brought() -> None:
    # Given an exit before the fall, and one after it
    figure = figure_of(at(1_500), at(6_000))
    # When they are pointed at
    (mark,) = [each for each in figure["data"] if each["name"].startswith("left at an exit")]
    # Then each has its own account, on the line of what is held
    assert mark["y"] == [0.0, -100.0]
    assert mark["text"] == [
        "left here 0.00 USD, +100.00 against held to the end",
        "left here -100.00 USD, 0.00 against held to the end",
    ]


def test_without_an_exit_there_is_what_is_held_alone() -> None:
    # Given no exit
    # When the day is drawn
    # Then nothing is dashed
    names = [each["name"] for each in figure_of()["data"]]
    assert names == ["held to the end", "drawdown, held"]


@pytest.mark.parametrize(("number", "marked"), [(40, True), (41, False)])
def test_many_exits_have_a_rate_and_no_marks(number: int, marked: bool) -> None:
    # Given many exits
    figure = figure_of(*(at(100 * n) for n in range(number)))
    # When the day is drawn
    # Then beyond forty their rate stands for them
    types = [each["type"] for each in figure["data"]]
    assert ("bar" in types) is not marked
    assert any(each["name"].startswith("left at an exit") for each in figure["data"]) is marked


def test_a_short_position_gains_by_the_fall() -> None:
    # Given shares sold short, in fractions
    figure = figure_of(quantity="-2.5")
    # When the day is drawn
    # Then its line rises
    assert points(figure, "held to the end")[-1][1] == 2.5
