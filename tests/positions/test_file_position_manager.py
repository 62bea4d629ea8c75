"""Positions from a file that is edited while the bot runs."""

from __future__ import annotations

import json
import os
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from trading_bot.order_flow.position import Position
from trading_bot.positions.file_position_manager import (
    DEFAULT_POSITIONS_PATH,
    FilePositionManager,
)

AAPL = {"symbol": "AAPL", "quantity": 100, "average_price": 101.5, "stop": 99}
HELD = Position("AAPL", Decimal(100), Decimal("101.5"), Decimal(99))


class Desk:
    """A file, and a manager that reads it."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "positions.json"
        self.manager = FilePositionManager(self.path)
        self.written = 0

    def write(self, content: object) -> None:
        self.write_text(json.dumps(content).encode())

    def write_text(self, content: bytes) -> None:
        self.path.write_bytes(content)
        # A file system may keep times to the second only; a real edit comes later than that.
        self.written += 1
        os.utime(self.path, ns=(self.written * 10**9, self.written * 10**9))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_positions_and_watchlist_are_read(desk: Desk) -> None:
    # Given a long, a short with every digit as text and no stop, and a watchlist
    short = {"symbol": "BRK.B", "quantity": "-0.125", "average_price": "412.10"}
    desk.write({"positions": [AAPL, short | {"stop": None}], "watchlist": ["MSFT"]})
    # When they are asked for
    # Then no digit is lost
    assert desk.manager.get_active_positions() == (
        HELD,
        Position("BRK.B", Decimal("-0.125"), Decimal("412.10")),
    )
    assert desk.manager.get_watchlist() == ("MSFT",)


def test_a_number_in_json_keeps_every_digit(desk: Desk) -> None:
    # Given a price that binary cannot hold
    desk.write_text(
        b'{"positions": [{"symbol": "AAPL", "quantity": 0.1, "average_price": 100.10}]}'
    )
    # When it is read
    [held] = desk.manager.get_active_positions()
    # Then it is exact
    assert (held.quantity, held.average_price) == (Decimal("0.1"), Decimal("100.10"))


@pytest.mark.parametrize("content", [{}, {"positions": []}, {"watchlist": []}])
def test_a_file_may_hold_nothing(desk: Desk, content: object) -> None:
    # Given a file without positions
    desk.write(content)
    # When it is read
    # Then there are none
    assert (desk.manager.get_active_positions(), desk.manager.get_watchlist()) == ((), ())


def test_a_missing_file_means_no_positions(desk: Desk) -> None:
    # Given no file
    # When positions are asked for
    # Then there are none
    assert (desk.manager.get_active_positions(), desk.manager.get_watchlist()) == ((), ())


def test_an_edit_is_seen_at_the_next_question(desk: Desk) -> None:
    # Given a file with one position
    desk.write({"positions": [AAPL]})
    assert desk.manager.get_active_positions() == (HELD,)
    # When it is closed, the watchlist is set, and the file removed at last
    desk.write({"watchlist": ["MSFT"]})
    edited = (desk.manager.get_active_positions(), desk.manager.get_watchlist())
    desk.path.unlink()
    removed = (desk.manager.get_active_positions(), desk.manager.get_watchlist())
    # Then each is seen
    assert (edited, removed) == (((), ("MSFT",)), ((), ()))


def test_an_unchanged_file_is_not_read_again(desk: Desk) -> None:
    # Given a file that was read
    desk.write({"positions": [AAPL]})
    first = desk.manager.get_active_positions()
    # When positions are asked for again
    # Then they are the same object
    assert desk.manager.get_active_positions() is first


def test_a_broken_edit_is_an_error_and_the_mended_one_is_read(desk: Desk) -> None:
    # Given a file that was read
    desk.write({"positions": [AAPL]})
    desk.manager.get_active_positions()
    # When it is caught half-written, twice, and then mended
    desk.write_text(b'{"positions": [')
    for _ in range(2):
        with pytest.raises(ValueError, match="is not valid JSON"):
            desk.manager.get_active_positions()
    desk.write({"positions": [AAPL], "watchlist": ["MSFT"]})
    # Then it is read again
    assert desk.manager.get_active_positions() == (HELD,)
    assert desk.manager.get_watchlist() == ("MSFT",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not valid JSON"),
        (b"\xff", "is not valid JSON"),
        (b"[]", 'must hold {"positions": [...], "watchlist": [...]}'),
        (b'{"position": []}', 'must hold {"positions": [...], "watchlist": [...]}'),
        (b'{"positions": null}', "positions must be a list"),
        (b'{"watchlist": "AAPL"}', "watchlist must be a list"),
        (b'{"watchlist": ["aapl"]}', "watchlist=['aapl'] must hold ticker symbols"),
        (b'{"watchlist": [5]}', "watchlist=[5] must hold ticker symbols"),
        (b'{"positions": [5]}', "position 1 must be an object with average_price, opened_at, "),
    ],
)
def test_a_file_of_another_shape_is_one_clear_error(
    desk: Desk, content: bytes, message: str
) -> None:
    # Given a file that is not as described
    desk.write_text(content)
    # When it is read
    # Then the sentence names the file and what is wrong
    with pytest.raises(ValueError, match=r"positions\.json") as refused:
        desk.manager.get_watchlist()
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shares": 5}, "must be an object with average_price, opened_at, quantity, stop, symbol"),
        ({"symbol": "aapl"}, "symbol='aapl' must be a ticker such as 'AAPL'"),
        ({"symbol": None}, "symbol=None must be a ticker such as 'AAPL'"),
        ({"quantity": 0}, "quantity=0 must not be 0"),
        ({"quantity": "NaN"}, "quantity=NaN must not be 0"),
        ({"quantity": "many"}, "holds something that is no number"),
        ({"quantity": True}, "holds something that is no number"),
        ({"quantity": None}, "holds something that is no number"),
        ({"quantity": [1]}, "holds something that is no number"),
        ({"average_price": -1}, "average_price=-1 must be above 0"),
        ({"stop": 0}, "stop=0 must be above 0"),
        ({"stop": {}}, "holds something that is no number"),
    ],
)
def test_an_unusable_position_is_named_by_file_and_number(
    desk: Desk, change: dict[str, object], message: str
) -> None:
    # Given a good position and an unusable one
    desk.write({"positions": [AAPL, {**AAPL, "symbol": "MSFT", **change}]})
    # When they are read
    # Then the second is named
    with pytest.raises(ValueError, match=r"positions\.json: position 2") as refused:
        desk.manager.get_active_positions()
    assert message in str(refused.value)


@pytest.mark.parametrize("name", ["quantity", "average_price"])
def test_a_position_that_lacks_a_number_is_refused(desk: Desk, name: str) -> None:
    # Given a position without one of its numbers
    desk.write({"positions": [{key: AAPL[key] for key in AAPL if key != name}]})
    # When it is read
    # Then the missing name is told
    with pytest.raises(ValueError, match=f"position 1 lacks '{name}'"):
        desk.manager.get_active_positions()


def test_a_symbol_held_twice_is_refused(desk: Desk) -> None:
    # Given two positions of one symbol
    desk.write({"positions": [AAPL, AAPL]})
    # When they are read
    # Then it is refused
    with pytest.raises(ValueError, match="names a symbol twice: AAPL, AAPL"):
        desk.manager.get_active_positions()


def test_positions_lie_beside_the_configuration_by_default() -> None:
    # Given nothing
    # When the default path is read
    # Then it is the documented one
    assert Path("config/positions.json") == DEFAULT_POSITIONS_PATH


@pytest.mark.parametrize("given", ["2026-03-10T14:30:00Z", "2026-03-10T09:30:00-05:00", None])
def test_a_position_may_say_since_when_it_is_held(desk: Desk, given: str | None) -> None:
    # Given a position with its date
    desk.write({"positions": [{**AAPL, "opened_at": given}]})
    # When it is read
    (found,) = desk.manager.get_active_positions()
    # Then it is held since then
    assert found.opened_at == (None if given is None else datetime.fromisoformat(given))


@pytest.mark.parametrize("given", [5, "yesterday", "2026-03-10T14:30:00"])
def test_a_date_that_is_none_is_refused(desk: Desk, given: object) -> None:
    # Given a position with a date that is no time, or one without a zone
    desk.write({"positions": [{**AAPL, "opened_at": given}]})
    # When it is read
    # Then the position and its date are named
    with pytest.raises(ValueError, match="position 1"):
        desk.manager.get_active_positions()
