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
    NoPositionsFileError,
)

AAPL = {"symbol": "AAPL", "quantity": 100, "average_price": 101.5, "stop": 99}
HAS = "symbol, quantity, average_price, stop, opened_at"
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


def test_a_missing_file_does_not_say_that_nothing_is_held(desk: Desk) -> None:
    # Given no file
    # When positions and watchlist are asked for
    # Then the answer is none, and names where the file should be
    for ask in (desk.manager.get_active_positions, desk.manager.get_watchlist):
        with pytest.raises(NoPositionsFileError) as refused:
            ask()
        assert str(refused.value) == f"no positions file at {desk.path}"


def test_a_file_that_vanishes_says_nothing_until_it_is_back(desk: Desk) -> None:
    # Given a file that was read
    desk.write({"positions": [AAPL]})
    desk.manager.get_active_positions()
    moved = desk.path.rename(desk.path.with_suffix(".moved"))
    with pytest.raises(NoPositionsFileError):
        desk.manager.get_active_positions()
    # When it comes back as it was, and at last says that nothing is held
    moved.rename(desk.path)
    back = desk.manager.get_active_positions()
    desk.write({"positions": []})
    # Then each is believed
    assert (back, desk.manager.get_active_positions()) == ((HELD,), ())


def test_an_edit_is_seen_at_the_next_question(desk: Desk) -> None:
    # Given a file with one position
    desk.write({"positions": [AAPL]})
    assert desk.manager.get_active_positions() == (HELD,)
    # When it is closed, and the watchlist is set
    desk.write({"watchlist": ["MSFT"]})
    # Then it is seen
    assert (desk.manager.get_active_positions(), desk.manager.get_watchlist()) == ((), ("MSFT",))


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
        (b"[" * 100_000, "is not valid JSON"),
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
        ({"shares": 5}, f"MSFT: unknown 'shares'; did you mean 'quantity'? (it may have {HAS})"),
        ({"stop_loss": 5}, "MSFT: unknown 'stop_loss'; did you mean 'stop'?"),
        ({"avg_entry_price": 5}, "unknown 'avg_entry_price'; did you mean 'average_price'?"),
        ({"opened": None}, "MSFT: unknown 'opened'; did you mean 'opened_at'?"),
        ({"zzz": 5}, f"MSFT: unknown 'zzz' (it may have {HAS})"),
        ({"quantity": 0}, "MSFT: quantity=0 must not be 0: leave out what is closed"),
        ({"quantity": "1,000"}, "quantity='1,000' must be a finite number of at most 1e+12: "),
        ({"quantity": "1,000"}, 'write 1000 or "1000"'),
        ({"quantity": "-1,234,567.5"}, 'write -1234567.5 or "-1234567.5"'),
        ({"quantity": "1,5"}, "quantity='1,5' must be a finite number of at most 1e+12, such as"),
        ({"quantity": "12,34"}, 'such as 100 or "12.5"'),
        ({"average_price": "$187.50"}, "average_price='$187.50' must be a finite number"),
        ({"average_price": "1" * 38 + ",000"}, "must be a finite number of at most 1e+12, such as"),
        ({"quantity": "NaN"}, "quantity='NaN' must be a finite number"),
        ({"quantity": "many"}, "quantity='many' must be a finite number"),
        ({"quantity": True}, "quantity=True must be a finite number"),
        ({"quantity": None}, 'MSFT lacks "quantity": the number of shares, such as 100 or "12.5"'),
        ({"quantity": [1]}, "quantity=[1] must be a finite number"),
        ({"quantity": 10**12 + 1}, "quantity=1000000000001 must be a finite number"),
        (
            {"average_price": 0},
            "average_price=0 must be above 0 USD per share, or null where it is not known",
        ),
        ({"average_price": -1}, "MSFT: average_price=-1 must be above 0"),
        ({"stop": 0}, "MSFT: stop=0 must be above 0 USD per share, or null for none"),
        ({"stop": {}}, "stop={} must be a finite number"),
        ({"opened_at": 5}, "opened_at=5 must be a time such as"),
        ({"opened_at": "yesterday"}, "opened_at='yesterday' must be a time such as '2026-03-10T1"),
        ({"opened_at": "2026-03-10T14:30:00"}, "opened_at='2026-03-10T14:30:00' has no time zone:"),
        ({"opened_at": "2026-03-10"}, "has no time zone: write it as '2026-03-10T14:30:00Z', or"),
    ],
)
def test_an_unusable_position_costs_itself_and_is_named(
    desk: Desk, change: dict[str, object], message: str
) -> None:
    # Given an unusable position before a good one
    desk.write({"positions": [{**AAPL, "symbol": "MSFT", **change}, AAPL]})
    # When they are read
    positions = desk.manager.get_active_positions()
    # Then the good one is there, and the other is named by its symbol and its place
    assert positions == (HELD,)
    ((name, words),) = desk.manager.get_unreadable().items()
    assert name == "MSFT"
    assert words.startswith("position 1: ")
    assert message in words


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (5, f"it must be an object with {HAS}"),
        ({**AAPL, "symbol": "aapl"}, "symbol='aapl' must be a ticker; did you mean 'AAPL'?"),
        ({**AAPL, "symbol": "AAA "}, "symbol='AAA ' must be a ticker; did you mean 'AAA'?"),
        ({**AAPL, "symbol": "BRK/B"}, "symbol='BRK/B' must be a ticker; did you mean 'BRK.B'?"),
        ({**AAPL, "symbol": ""}, "symbol='' must be a ticker such as 'AAPL'"),
        ({"quantity": 1, "average_price": 1}, "symbol=None must be a ticker such as 'AAPL'"),
    ],
)
def test_a_position_without_a_symbol_is_named_by_its_place(
    desk: Desk, row: object, message: str
) -> None:
    # Given a good position, and one whose symbol is none
    desk.write({"positions": [AAPL, row]})
    # When they are read
    positions = desk.manager.get_active_positions()
    # Then the good one is there, and the other has its place
    assert positions == (HELD,)
    assert desk.manager.get_unreadable() == {"position 2": f"position 2: {message}"}


def test_a_number_of_thousands_of_digits_costs_its_row(desk: Desk) -> None:
    # Given a number that the language would not read
    row = b'{"symbol": "MSFT", "quantity": %s, "average_price": 1}' % (b"9" * 5_000)
    desk.write_text(b'{"positions": [%s, %s]}' % (row, json.dumps(AAPL).encode()))
    # When the file is read
    positions = desk.manager.get_active_positions()
    # Then the other position is there
    assert positions == (HELD,)
    assert list(desk.manager.get_unreadable()) == ["MSFT"]


def test_an_entry_of_the_watchlist_that_is_no_symbol_costs_itself(desk: Desk) -> None:
    # Given a watchlist with two bad entries
    desk.write({"watchlist": ["aapl", "MSFT", 5]})
    # When it is read
    watchlist = desk.manager.get_watchlist()
    # Then the good one is there, and the others are named
    assert watchlist == ("MSFT",)
    assert list(desk.manager.get_unreadable()) == ["watchlist entry 'aapl'", "watchlist entry 5"]


def test_a_mended_row_is_named_no_more(desk: Desk) -> None:
    # Given a row that could not be read
    desk.write({"positions": [{**AAPL, "quantity": 0}]})
    desk.manager.get_active_positions()
    # When it is mended
    desk.write({"positions": [AAPL]})
    # Then it is there, and nothing is named
    assert desk.manager.get_active_positions() == (HELD,)
    assert desk.manager.get_unreadable() == {}


def test_a_position_that_lacks_its_quantity_is_refused(desk: Desk) -> None:
    # Given a position without its quantity
    desk.write({"positions": [{"symbol": "AAPL", "average_price": 101.5}]})
    # When it is read
    positions = desk.manager.get_active_positions()
    # Then it is told what should be there
    words = 'the number of shares, such as 100 or "12.5", negative when sold short'
    assert positions == ()
    assert desk.manager.get_unreadable() == {"AAPL": f'position 1: AAPL lacks "quantity": {words}'}


@pytest.mark.parametrize("row", [{}, {"average_price": None}])
def test_a_position_is_held_though_what_was_paid_is_not_known(
    desk: Desk, row: dict[str, object]
) -> None:
    # Given a position without a price, or with one that is null
    desk.write({"positions": [{"symbol": "AAPL", "quantity": 100, "stop": 99, **row}]})
    # When it is read
    # Then it is held, and nothing is made up
    assert desk.manager.get_active_positions() == (Position("AAPL", 100, None, 99),)
    assert desk.manager.get_unreadable() == {}


def test_two_lots_of_a_symbol_are_one_position(desk: Desk) -> None:
    # Given two rows of one symbol around one of another
    lot = {"symbol": "AAPL", "quantity": "0.5", "average_price": 104.5}
    desk.write({"positions": [AAPL | {"quantity": "1.5"}, AAPL | {"symbol": "MSFT"}, lot]})
    # When they are read
    aapl, msft = desk.manager.get_active_positions()
    # Then they are added up, their price by weight
    assert aapl == Position("AAPL", 2, "102.25", 99)
    assert msft.symbol == "MSFT"


def test_one_bad_lot_refuses_its_symbol_and_no_other(desk: Desk) -> None:
    # Given two lots of a symbol, one of which cannot be read, and another symbol
    desk.write({"positions": [AAPL, AAPL | {"symbol": "MSFT"}, AAPL | {"quantity": "ten"}]})
    # When they are read
    held = [each.symbol for each in desk.manager.get_active_positions()]
    # Then how much of it is held is not guessed
    assert held == ["MSFT"]
    assert list(desk.manager.get_unreadable()) == ["AAPL"]


def test_lots_of_both_sides_are_refused(desk: Desk) -> None:
    # Given a symbol that is held by one row, and owed by another
    desk.write({"positions": [AAPL, AAPL | {"quantity": -50}]})
    # When they are read
    # Then what is held is not guessed
    assert desk.manager.get_active_positions() == ()
    assert desk.manager.get_unreadable() == {
        "AAPL": "AAPL has rows of both sides, long and short: give their sum"
    }


def test_a_file_with_a_mark_before_it_is_read(desk: Desk) -> None:
    # Given a file that an editor has put its mark before
    desk.write_text(b"\xef\xbb\xbf" + json.dumps({"positions": [AAPL]}).encode())
    # When it is read
    # Then its positions are there
    assert desk.manager.get_active_positions() == (HELD,)


def test_a_file_in_utf_16_is_told_how_to_be_saved(desk: Desk) -> None:
    # Given a file in another encoding
    desk.write_text(json.dumps({"positions": [AAPL]}).encode("utf-16"))
    # When it is read
    # Then the sentence says what to do
    with pytest.raises(ValueError, match=r"json is written in UTF-16, not in UTF-8; save it as"):
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
