"""A host's positions as the judge asks for them, and what is told when they cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from trading_bot.order_flow.held.host_positions import HostPositions
from trading_bot.order_flow.position import Position

ACME, BOLT = Position("ACME", 1, 1), Position("BOLT", 1, 1)


class Host:
    """A bot whose answers a test sets."""

    def __init__(self, *rows: object) -> None:
        self.rows: Any = list(rows)
        self.listed: list[str] = []
        self.failure: Exception | None = None

    def get_active_positions(self) -> Iterable[object]:
        if self.failure is not None:
            raise self.failure
        found: Iterable[object] = self.rows
        return found

    def get_watchlist(self) -> list[str]:
        return self.listed


def held_by(host: Host) -> tuple[HostPositions, list[tuple[str, str | None, str]]]:
    """Return the positions, read once, and what is told of them."""
    told: list[tuple[str, str | None, str]] = []
    found = HostPositions(host, lambda *state: told.append(state))
    found.read_first()
    return found, told


def test_what_is_held_and_watched_is_read_anew() -> None:
    # Given a host with a position and a watchlist
    host = Host(ACME)
    found, told = held_by(host)
    # When both change
    host.rows, host.listed = [BOLT], ["CLIF"]
    # Then the new ones are there
    assert found.get_active_positions() == (BOLT,)
    assert found.get_watchlist() == ("CLIF",)
    assert told == []


def test_what_the_host_raises_is_left_to_who_asks() -> None:
    # Given a host that fails
    host = Host(ACME)
    found, told = held_by(host)
    host.failure = ConnectionError("broker away")
    # When it is asked
    with pytest.raises(ConnectionError, match="broker away"):
        found.get_active_positions()
    # Then nothing is told here: who asks keeps what was read last
    assert told == []


def test_a_symbol_that_cannot_be_read_stays_held_as_it_was() -> None:
    # Given two positions, one of which breaks
    host = Host(ACME, BOLT)
    found, told = held_by(host)
    host.rows = [{"symbol": "ACME"}, BOLT]
    # When they are read
    positions = found.get_active_positions()
    # Then both are held, and the broken one is told of
    assert set(positions) == {ACME, BOLT}
    ((kind, symbol, words),) = told
    assert (kind, symbol) == ("positions_failed", "ACME")
    assert words.endswith("as last read it stays protected")


def test_a_symbol_that_never_could_be_read_is_said_not_to_be_protected() -> None:
    # Given a new position that cannot be read
    host = Host(ACME)
    found, told = held_by(host)
    host.rows = [ACME, {"symbol": "BOLT"}]
    # When it is read
    assert found.get_active_positions() == (ACME,)
    # Then the host knows
    assert told[0][:2] == ("positions_failed", "BOLT")
    assert told[0][2].endswith("it is not protected")


def test_while_a_row_has_no_symbol_nothing_is_taken_for_closed() -> None:
    # Given two positions, one of whose rows loses its symbol
    host = Host(ACME, BOLT)
    found, told = held_by(host)
    host.rows = [{"quantity": 1}, BOLT]
    # When they are read, and once more when the row is gone
    during = found.get_active_positions()
    host.rows = [BOLT]
    after = found.get_active_positions()
    # Then the one that might be meant stays held until it is known not to be
    assert (set(during), after) == ({ACME, BOLT}, (BOLT,))
    assert [state[:2] for state in told] == [("positions_failed", None), ("positions_ok", None)]


def test_a_first_reading_forgets_what_failed_in_an_earlier_run() -> None:
    # Given a host that failed in the run before
    host = Host(ACME)
    found, told = held_by(host)
    host.rows = [{"symbol": "ACME"}]
    found.get_active_positions()
    host.rows = [ACME]
    # When the next run reads it first
    assert found.read_first() == ("ACME",)
    found.get_active_positions()
    # Then it is not told that it works again
    assert [state[0] for state in told] == ["positions_failed"]
