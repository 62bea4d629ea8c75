"""Exits above a picture: a mark and a line each, or their rate."""

from __future__ import annotations

import pytest
from support.score_values import CENT, START, at, days_after, exit_at, series_of

from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.research.report.exit_lane import add_exits
from trading_bot.research.report.figures import Figure, base_layout

SERIES = series_of([START, START + CENT])


def lane_of(*exits: ExitRecommendation) -> tuple[Figure, list[ExitRecommendation]]:
    figure: Figure = {"data": [], "layout": base_layout(500)}
    return figure, add_exits(figure, SERIES, exits)


def title_of(figure: Figure) -> str:
    return str(figure["layout"]["annotations"][-1]["text"])


@pytest.mark.parametrize(("number", "lines"), [(1, 1), (40, 40), (41, 0)])
def test_exits_are_lines_through_the_picture_unless_there_are_too_many(
    number: int, lines: int
) -> None:
    # Given some exits
    figure, found = lane_of(*(exit_at(at(10 * n)) for n in range(number)))
    # When they are drawn
    # Then up to forty have a mark and a line each, more have bars
    assert len(found) == number
    assert len(figure["layout"]["shapes"]) == lines
    assert figure["data"][0]["type"] == ("scatter" if lines else "bar")
    assert str(number) in title_of(figure)


def test_an_exit_tells_its_reason() -> None:
    # Given an exit
    figure, _ = lane_of(exit_at(at(1)))
    # When it is pointed at
    # Then it says why
    assert figure["data"][0]["text"] == ["exit, high<br>3 large sellers"]


def test_many_exits_are_counted_in_pieces_of_five_minutes() -> None:
    # Given thirty exits in the first five minutes, twenty in the next, one at the very end
    stamps = [*range(30), *range(300, 320), 12_599]
    figure, _ = lane_of(*(exit_at(at(n)) for n in stamps))
    # When they are drawn
    (bars,) = figure["data"]
    # Then each piece has its count, and none is lost
    assert bars["y"][:3] == [30, 20, 0]
    assert (len(bars["y"]), bars["y"][-1], sum(bars["y"])) == (42, 1, 51)
    assert bars["x"][1] - bars["x"][0] == bars["width"] == 300_000
    assert figure["layout"]["yaxis9"]["range"] == [0, 30]
    assert title_of(figure) == "exits suggested in 5 minutes: at most 30, 51 in all"


def test_what_lies_elsewhere_is_not_drawn() -> None:
    # Given exits of another symbol, another day, before the open and at the close
    other_day = series_of([1], day=days_after(1)).open_ns
    elsewhere = [exit_at(at(1), symbol="BOLT"), *map(exit_at, (other_day, at(-1), at(12_600)))]
    figure, found = lane_of(*elsewhere)
    # When the lane is drawn
    # Then it says that there is none
    assert (found, figure["data"], title_of(figure)) == ([], [], "no exit suggested")
