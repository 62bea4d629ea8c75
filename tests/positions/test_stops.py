"""Stops for a broker's positions: from the positions file, or some per cent of what was paid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from support.feed_stub import FeedStub, holding
from support.patience import until

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.position import Position
from trading_bot.positions import FilePositionManager
from trading_bot.positions.following import FollowedPositions
from trading_bot.positions.source import PositionsRead, PositionUpdate
from trading_bot.positions.stops import StopsBeside

ACME, EDDY, FREE = Position("ACME", 100, 20), Position("EDDY", -10, 60), Position("FREE", 1, None)
HELD = holding(ACME, EDDY, FREE)


def write(path: Path, *stops: tuple[str, str], watchlist: tuple[str, ...] = ()) -> Path:
    rows = [{"symbol": symbol, "quantity": 7, "stop": stop} for symbol, stop in stops]
    path.write_text(json.dumps({"positions": rows, "watchlist": watchlist}), encoding="utf-8")
    return path


@contextmanager
def stops_beside(
    path: Path, percent: float = 0.0, *, held: PositionsRead = HELD
) -> Iterator[StopsBeside]:
    """Give what the broker holds, with the stops of a file or of so many per cent."""
    with FollowedPositions(FeedStub(held, ends=())) as source:
        yield StopsBeside(source, FilePositionManager(path), percent)


def stops_of(manager: StopsBeside) -> dict[str, Decimal | None]:
    return {each.symbol: each.stop for each in manager.get_active_positions()}


def test_the_quantity_is_the_brokers_and_the_stop_the_files(tmp_path: Path) -> None:
    # Given a file with a stop, and another quantity
    path = write(tmp_path / "positions.json", ("ACME", "18.5"), ("GONE", "1"))
    # When the broker's account is asked
    with stops_beside(path) as manager:
        held = manager.get_active_positions()
    # Then the stop is taken over, and nothing else: not what the broker does not hold, either
    assert held == [Position("ACME", 100, 20, Decimal("18.5")), EDDY, FREE]


@pytest.mark.parametrize("percent", [0.0, 5.0])
def test_without_a_file_only_a_percentage_gives_stops(tmp_path: Path, percent: float) -> None:
    # Given no file; when there is a percentage, or none
    with stops_beside(tmp_path / "positions.json", percent) as manager:
        stops = stops_of(manager)
        trouble = manager.get_unreadable()
    # Then a long is left below what was paid, a short above it, and one without a price nowhere
    some = {"ACME": Decimal(19), "EDDY": Decimal(63), "FREE": None}
    assert stops == (some if percent else dict.fromkeys(some))
    assert trouble == {}


def test_the_stop_of_the_file_wins_over_the_percentage(tmp_path: Path) -> None:
    # Given both; when the account is asked
    path = write(tmp_path / "positions.json", ("ACME", "18.5"))
    with stops_beside(path, 5.0) as manager:
        # Then the file counts where it has one
        assert stops_of(manager)["ACME"] == Decimal("18.5")
        assert stops_of(manager)["EDDY"] == Decimal(63)


def test_the_file_may_be_changed_meanwhile(tmp_path: Path) -> None:
    # Given a file with a stop and a watchlist
    path = write(tmp_path / "positions.json", ("ACME", "18.5"), watchlist=("BOLT",))
    with stops_beside(path) as manager:
        before = stops_of(manager)["ACME"], manager.get_watchlist()
        # When both change
        write(path, ("ACME", "19.25"), watchlist=("CLIF", "DOVE"))
        # Then both count
        assert before == (Decimal("18.5"), ("BOLT",))
        assert stops_of(manager)["ACME"] == Decimal("19.25")
        assert manager.get_watchlist() == ("CLIF", "DOVE")


def test_half_a_file_leaves_the_stops_of_before(tmp_path: Path) -> None:
    # Given a file with a stop
    path = write(tmp_path / "positions.json", ("ACME", "18.5"))
    with stops_beside(path) as manager:
        stops_of(manager)
        # When it is written only half
        path.write_text('{"positions": [', encoding="utf-8")
        # Then the stop holds, what is held is held, and the trouble is named
        assert stops_of(manager)["ACME"] == Decimal("18.5")
        assert list(manager.get_unreadable()) == ["stops"]
        assert manager.get_unreadable()["stops"].startswith("the stops cannot be read: ")
        # And it is over when the file is whole
        write(path, ("ACME", "18.5"), ("EDDY", "66"))
        assert stops_of(manager)["EDDY"] == Decimal(66)
        assert manager.get_unreadable() == {}


def test_a_bad_row_of_the_file_costs_its_stop_alone(tmp_path: Path) -> None:
    # Given a file whose second row has no stop that can be read
    path = write(tmp_path / "positions.json", ("ACME", "18.5"), ("EDDY", "soon"))
    with stops_beside(path) as manager:
        # When the account is asked, then both are held, and the row is named as a stop
        assert stops_of(manager) == {"ACME": Decimal("18.5"), "EDDY": None, "FREE": None}
        assert list(manager.get_unreadable()) == ["stop of EDDY"]


def test_a_bad_row_of_the_broker_is_named_as_the_position_that_it_is(tmp_path: Path) -> None:
    # Given an account with a row that cannot be read; when it is asked
    held = holding(ACME, ODDY="quantity is no number")
    with stops_beside(tmp_path / "positions.json", held=held) as manager:
        # Then that is named by its symbol
        assert manager.get_unreadable() == {"ODDY": "quantity is no number"}


def test_what_the_broker_says_of_age_and_end_is_handed_on(tmp_path: Path) -> None:
    # Given an account that is followed
    feed = FeedStub(HELD, ends=())
    with FollowedPositions(feed) as source:
        manager = StopsBeside(source, FilePositionManager(tmp_path / "none.json"), 0)
        assert (manager.get_stale(), manager.get_closed()) == ("", frozenset())
        # When a position is closed, and the next read fails
        feed.answer(DataSourceError("it failed", code="server_error"))
        feed.tell(PositionUpdate("ACME", Decimal(0), 1))
        source.read_soon()
        until(manager.get_stale)
        # Then both can be asked of it
        assert manager.get_stale() == "broker: it failed [server_error]"
        until(manager.get_closed)
        assert manager.get_closed() == {"ACME"}
