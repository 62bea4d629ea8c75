"""What is held, what is watched beside it, and what of both a market does not have."""

from __future__ import annotations

import json
from pathlib import Path

from trading_bot.order_flow.position import Position
from trading_bot.positions import FilePositionManager, FixedPositionManager
from trading_bot.positions.beside import PositionsBeside

ACME, BOLT = Position("ACME", 1, 2), Position("BOLT", -3, 4)


def test_everything_is_handed_on_where_the_market_speaks_for_itself() -> None:
    # Given positions, a watchlist, and more to watch
    source = FixedPositionManager([ACME, BOLT], ["CLIF", "DOVE"])
    manager = PositionsBeside(source, ["DOVE", "EDDY"])
    # When it is asked, then nothing is left out, and nothing named twice
    assert list(manager.get_active_positions()) == [ACME, BOLT]
    assert list(manager.get_watchlist()) == ["CLIF", "DOVE", "EDDY"]
    assert (manager.unknown(), manager.get_unreadable()) == ((), {})


def test_what_a_market_does_not_have_is_named_like_a_bad_row() -> None:
    # Given a market that has one position and one watched symbol
    source = FixedPositionManager([ACME, BOLT], ["CLIF"])
    manager = PositionsBeside(source, ["DOVE", "BOLT"], known=["ACME", "DOVE"])
    # When it is asked
    # Then these two are watched, and the others named
    assert list(manager.get_active_positions()) == [ACME]
    assert list(manager.get_watchlist()) == ["DOVE"]
    assert manager.unknown() == ("BOLT", "CLIF")
    assert manager.get_unreadable() == {
        "BOLT": "BOLT is not on this market",
        "watchlist entry 'CLIF'": "CLIF is not on this market",
    }


def test_a_file_is_followed_with_its_bad_rows(tmp_path: Path) -> None:
    # Given a file with a bad row
    path = tmp_path / "positions.json"
    good = {"symbol": "ACME", "quantity": 1, "average_price": 2}
    path.write_text(json.dumps({"positions": [good, good | {"symbol": "BOLT", "quantity": 0}]}))
    manager = PositionsBeside(FilePositionManager(path), known=["ACME", "BOLT"])
    # When it is read, and then changed to something that the market does not have
    bad = manager.get_unreadable()
    path.write_text(json.dumps({"positions": [good | {"symbol": "ZZZZ"}]}))
    # Then both are named
    assert bad == {"BOLT": "position 2: BOLT: quantity=0 must not be 0: leave out what is closed"}
    assert manager.get_unreadable() == {"ZZZZ": "ZZZZ is not on this market"}


def test_what_a_source_says_of_age_and_end_is_handed_on() -> None:
    # Given a source that says so, and one that does not
    class Followed(FixedPositionManager):
        def get_stale(self) -> str:
            return "the broker does not answer"

        def get_closed(self) -> frozenset[str]:
            return frozenset({"CLIF"})

    # When both are asked
    told, plain = PositionsBeside(Followed([ACME])), PositionsBeside(FixedPositionManager([ACME]))
    # Then what is said is handed on
    assert told.get_stale() == "the broker does not answer"
    assert told.get_closed() == {"CLIF"}
    assert (plain.get_stale(), plain.get_closed()) == ("", frozenset())
