"""A host's positions as the judge asks for them, and what is told when they cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pytest
from support.monitor_stubs import START_NS, HandClock

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


class Careful(Host):
    """A bot that says itself which of its rows it could not read."""

    def __init__(self, *rows: object) -> None:
        super().__init__(*rows)
        self.unreadable: dict[str, str] = {}

    def get_unreadable(self) -> dict[str, str]:
        return self.unreadable


Told = list[tuple[str, str | None, str]]


def held_by(host: Host, clock: HandClock | None = None) -> tuple[HostPositions, Told]:
    """Return the positions, read once, and what is told of them."""
    found, told = unread(host, clock)
    found.read_first()
    return found, told


def unread(host: Host, clock: HandClock | None = None) -> tuple[HostPositions, Told]:
    told: Told = []
    return HostPositions(host, lambda *state: told.append(state), clock or HandClock()), told


def ask(found: HostPositions) -> None:
    """Ask as the judge does, which keeps what it has where the host raises."""
    with suppress(ConnectionError):
        found.get_active_positions()


def test_what_nobody_asked_for_is_unread() -> None:
    # Given positions that nobody has asked for
    found, _ = unread(Host(ACME))
    # When their state is looked at, and they are read
    before = (found.state, found.health)
    found.get_active_positions()
    # Then they are known from then on
    assert before == ("unread", "not read yet")
    assert (found.state, found.health) == ("known", "ok")


def test_it_is_known_when_a_host_answered_last() -> None:
    # Given positions that were not asked for yet
    clock, host = HandClock(), Host({"symbol": "ACME", "quantity": 1, "average_price": 1})
    found, _ = unread(host, clock)
    before = found.read_ns
    # When they are read, and an hour later the host fails
    ask(found)
    clock.move(3_600)
    host.failure = ConnectionError("down")
    ask(found)
    # Then the reading counts, and not the failure
    assert (before, found.read_ns) == (None, START_NS)


def test_a_host_that_never_answered_is_told_at_once() -> None:
    # Given a host that fails from the start
    host = Host(ACME)
    host.failure = ConnectionError("broker away")
    found, told = unread(host)
    # When it is asked twice
    ask(found)
    ask(found)
    # Then that is told once: nothing is known of what it holds
    assert told == [("positions_failed", None, "ConnectionError: broker away")]
    assert (found.state, found.health) == ("never", "no_positions: ConnectionError: broker away")


@pytest.mark.parametrize(
    ("seconds", "state", "failures"), [(4.999, "known", 0), (5.0, "known", 0), (5.001, "old", 1)]
)
def test_a_host_that_fails_is_told_of_once_that_lasts(
    seconds: float, state: str, failures: int
) -> None:
    # Given a host that answered, and then fails
    host, clock = Host(ACME), HandClock()
    found, told = held_by(host, clock)
    host.failure = ConnectionError("broker away")
    ask(found)
    # When it still fails so much later
    clock.move(seconds)
    ask(found)
    ask(found)
    # Then it is told of, once, where more than 5 s have gone by since it was read
    assert found.state == state
    assert told == [("positions_failed", None, "ConnectionError: broker away")] * failures


def test_a_host_that_answers_again_is_told_of() -> None:
    # Given a host whose failure was told
    host, clock = Host(ACME), HandClock()
    found, told = held_by(host, clock)
    host.failure = ConnectionError("broker away")
    clock.move(6)
    ask(found)
    # When it answers twice, and fails anew for long
    host.failure = None
    ask(found)
    ask(found)
    host.failure = ConnectionError("broker away")
    clock.move(6)
    ask(found)
    # Then each turn is told once
    kinds = [kind for kind, _, _ in told]
    assert kinds == ["positions_failed", "positions_ok", "positions_failed"]


def test_a_refusal_of_ours_is_told_by_its_sentence_alone() -> None:
    # Given a host whose answer is none
    host = Host()
    host.rows = None
    found, told = unread(host)
    # When it is asked
    with pytest.raises(ValueError, match="is no list"):
        found.get_active_positions()
    # Then the sentence is told as it is
    assert told[0][2].startswith("get_active_positions() is None, which is no list")


def test_rows_that_never_could_be_read_are_no_positions() -> None:
    # Given a position, and one that cannot be read from the start
    found, _ = unread(Host(ACME, {"symbol": "BOLT"}))
    # When they are read
    ask(found)
    # Then it is not known what is held
    assert found.state == "never"
    assert found.health.startswith("no_positions: not readable: BOLT (get_active_positions()[1]: ")


def test_a_bad_entry_of_the_watchlist_leaves_the_positions_known_of_before() -> None:
    # Given a watchlist with an entry that is no symbol
    host = Host(ACME)
    host.listed = ["aapl"]
    found, _ = unread(host)
    # When it is read
    ask(found)
    # Then it is named, and what is held is not in doubt
    assert found.state == "old"
    assert found.health == (
        "old: not readable: watchlist entry 'aapl' must be a ticker; did you mean 'AAPL'?"
    )


@pytest.mark.parametrize(("rows", "named", "more"), [(10, 10, ""), (11, 10, "; 1 more")])
def test_health_names_ten_rows_at_most(rows: int, named: int, more: str) -> None:
    # Given so many rows that cannot be read
    found, _ = unread(Host(*([5] * rows)))
    # When they are read
    ask(found)
    # Then the first ten are named
    assert found.health.count("symbol=None") == named
    assert found.health.endswith(f"'AAPL'{more}")


def test_a_manager_may_say_which_of_its_rows_it_could_not_read() -> None:
    # Given a manager that could read two positions before, and now says it cannot read one
    host = Careful(ACME, BOLT)
    found, told = held_by(host)
    host.rows = [ACME]
    host.unreadable["BOLT"] = "position 2: quantity=0 must not be 0"
    # When they are read
    positions = found.get_active_positions()
    # Then that one stays held as it was, and is told of in the manager's words
    assert set(positions) == {ACME, BOLT}
    assert told == [
        (
            "positions_failed",
            "BOLT",
            "position 2: quantity=0 must not be 0; as last read it stays protected",
        )
    ]


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


class Following(Careful):
    """A bot that keeps what its broker said last, and says when that may be old."""

    def __init__(self, *rows: object) -> None:
        super().__init__(*rows)
        self.stale = ""
        self.closed: frozenset[str] = frozenset()

    def get_stale(self) -> str:
        return self.stale

    def get_closed(self) -> frozenset[str]:
        return self.closed


def test_what_the_host_says_to_be_old_stays_held_and_is_told_once() -> None:
    # Given a host that keeps what its broker said last
    host = Following(ACME)
    found, told = held_by(host)
    # When the broker does not answer for a while, and then does
    host.stale = "the broker does not answer"
    for _ in range(3):
        ask(found)
    during = (found.state, found.health, found.get_active_positions())
    host.stale = ""
    for _ in range(2):
        ask(found)
    # Then what it holds is held, and its age is told once, and so is its end
    assert during == ("stale", "stale: the broker does not answer", (ACME,))
    assert (found.state, found.health) == ("known", "ok")
    assert told == [
        ("positions_stale", None, "the broker does not answer"),
        ("positions_ok", None, ""),
    ]


def test_another_reason_of_the_same_age_is_not_told_anew() -> None:
    # Given positions that may be old
    host = Following(ACME)
    found, told = held_by(host)
    # When the reason changes
    for host.stale in ("no answer", "the key is refused"):
        ask(found)
    # Then it was told once, and the newest reason can be looked up
    assert [state[0] for state in told] == ["positions_stale"]
    assert found.health == "stale: the key is refused"


def test_a_position_that_is_known_to_be_closed_goes_although_a_row_has_no_symbol() -> None:
    # Given a host with two positions
    host = Following(ACME, BOLT)
    found, _ = held_by(host)
    # When both are missing, a row cannot be named, and one is known to be closed
    host.rows, host.unreadable = [], {"position 1": "it has no symbol"}
    host.closed = frozenset({"ACME"})
    # Then the other alone may be that row
    assert found.get_active_positions() == (BOLT,)
    assert found.get_closed() == {"ACME"}


def test_a_stop_that_cannot_be_read_costs_no_position() -> None:
    # Given a host whose stops stand beside its positions
    host = Following(ACME)
    found, told = held_by(host)
    # When one of them cannot be read
    host.unreadable = {"stop of ACME": "a stop cannot be read: stop='soon'"}
    # Then all is held, is known in its way, and what it means is told
    assert found.get_active_positions() == (ACME,)
    assert found.state == "old"
    assert told == [
        (
            "positions_failed",
            None,
            "a stop cannot be read: stop='soon'; what is held is protected all the same",
        )
    ]
