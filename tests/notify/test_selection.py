"""What is worth a notice, and when."""

from __future__ import annotations

import pytest
from support.monitor_stubs import START, exit_of, large_seller

from trading_bot.notify.notice import Notice
from trading_bot.notify.selection import Selection
from trading_bot.notify.unknown import FAILED_SECONDS, STALE_SECONDS
from trading_bot.order_flow.notices import FeedEvent, FeedEventKind, GuardState, GuardStateKind

HELD = ("ACME",)


def feed(kind: FeedEventKind, *, held: bool = True) -> FeedEvent:
    return FeedEvent(kind, "ACME", START, "no_answer", held)


def state(kind: GuardStateKind, symbol: str | None = None, reason: str = "") -> GuardState:
    return GuardState(kind, symbol, reason, START)


def test_an_exit_is_told_and_is_urgent() -> None:
    # Given an exit
    # When it is looked at
    found = Selection().take(exit_of(), HELD, 0.0)
    # Then it is told as the log says it
    assert found is not None
    assert (found.kind, found.symbol, found.urgent) == ("exit", "ACME", True)
    assert found.text.startswith("10:00:00 ET ACME exit suggested (high): 100 shares")
    assert found.name == "ACME: exit"


def test_an_alert_by_itself_is_not_told() -> None:
    # Given an alert
    # When it is looked at
    # Then it is left to the record
    assert Selection().take(large_seller(), HELD, 0.0) is None


def test_a_held_symbol_that_is_blind_is_told_and_so_is_its_end() -> None:
    # Given a position whose feed fails
    selection = Selection()
    blind = selection.take(feed("blind"), HELD, 0.0)
    # When it comes back
    back = selection.take(feed("recovered"), HELD, 0.0)
    # Then both are told, the first urgently, and no second end
    assert blind is not None
    assert back is not None
    assert (blind.kind, blind.urgent, back.kind, back.urgent) == ("blind", True, "visible", False)
    assert selection.take(feed("recovered"), HELD, 0.0) is None


def test_sight_that_comes_back_badly_ends_the_blindness() -> None:
    # Given a position whose feed fails
    selection = Selection()
    selection.take(feed("blind"), HELD, 0.0)
    # When it can be seen badly
    found = selection.take(feed("degraded"), HELD, 0.0)
    # Then that is told
    assert found is not None
    assert "can be seen badly" in found.text


@pytest.mark.parametrize("kind", ["degraded", "recovered", "refused", "lost"])
def test_what_was_not_blind_is_not_told(kind: FeedEventKind) -> None:
    # Given a position that can be seen
    # When its feed changes
    # Then nobody's phone rings
    assert Selection().take(feed(kind), HELD, 0.0) is None


def test_a_symbol_that_is_only_watched_is_not_told_of() -> None:
    # Given a symbol without a position
    # When it is blind
    # Then it is left to the record
    assert Selection().take(feed("blind", held=False), HELD, 0.0) is None
    assert Selection().take(state("blind", "BOLT"), HELD, 0.0) is None


def test_a_guard_tells_the_same_as_its_engine() -> None:
    # Given the events of a guard, which say not what is held
    selection = Selection()
    # When a held symbol is blind, and comes back
    blind, back = (selection.take(state(kind, "ACME"), HELD, 0.0) for kind in ("blind", "visible"))
    # Then both are told
    assert blind is not None
    assert back is not None
    assert (blind.kind, back.kind) == ("blind", "visible")


@pytest.mark.parametrize(
    ("kind", "lasts", "words"),
    [
        ("positions_failed", FAILED_SECONDS, "positions cannot be read"),
        ("positions_stale", STALE_SECONDS, "positions may be old"),
    ],
)
def test_positions_that_are_not_known_are_told_once_that_lasts(
    kind: GuardStateKind, lasts: float, words: str
) -> None:
    # Given positions that are not known, for a reason that names an account
    selection = Selection()
    at_once = selection.take(state(kind, None, "account DU1234567: 40123"), HELD, 100.0)
    # When it has not lasted, has just lasted, and lasts on
    found = [selection.due(100.0 + lasts + late) for late in (-0.1, 0.0, 0.1)]
    # Then it is told once, also in quiet hours, and the account is not named
    told = Notice(
        "positions unknown", None, f"10:00:00 ET {words}: account ***: 40123", urgent=True
    )
    assert at_once is None
    assert found == [[], [told], []]


def test_positions_that_are_known_again_are_told_where_they_were_told_not_to_be() -> None:
    # Given a broker of which it was told that it does not answer
    selection = Selection()
    selection.take(state("positions_stale", None, "alpaca: no answer"), HELD, 0.0)
    selection.due(STALE_SECONDS)
    # When it does again
    known, again = (selection.take(state("positions_ok"), HELD, 60.0) for _ in range(2))
    # Then that is told, once
    assert known is not None
    assert (known.kind, known.urgent) == ("positions known", False)
    assert known.name == "the guard: positions known"
    assert again is None


def test_a_failure_that_does_not_last_rings_nobodys_phone() -> None:
    # Given a question to the broker that fails
    selection = Selection()
    selection.take(state("positions_stale", None, "alpaca: no answer"), HELD, 0.0)
    # When the next one has an answer
    known = selection.take(state("positions_ok"), HELD, STALE_SECONDS - 0.1)
    # Then neither is told
    assert known is None
    assert selection.due(STALE_SECONDS) == []


def test_each_failure_has_a_time_of_its_own() -> None:
    # Given a failure that was over
    selection = Selection()
    selection.take(state("positions_stale"), HELD, 0.0)
    selection.take(state("positions_ok"), HELD, 20.0)
    # When another one begins
    selection.take(state("positions_stale"), HELD, 25.0)
    # Then its time counts from there
    assert selection.due(25.0 + STALE_SECONDS - 0.1) == []
    assert len(selection.due(25.0 + STALE_SECONDS)) == 1


def test_what_is_not_known_at_the_start_is_told_all_the_same() -> None:
    # Given a guard that finds its positions not readable before it says that it has started
    selection = Selection()
    selection.take(state("positions_failed"), HELD, 0.0)
    selection.take(state("started"), HELD, 1.0)
    # When that lasts, then it is told
    assert len(selection.due(FAILED_SECONDS)) == 1


@pytest.mark.parametrize("kind", ["stopped", "failed"])
def test_a_guard_that_has_ended_tells_nothing_of_its_positions(kind: GuardStateKind) -> None:
    # Given positions that are not known
    selection = Selection()
    selection.take(state("positions_failed"), HELD, 0.0)
    # When the guard ends
    selection.take(state(kind), HELD, 1.0)
    # Then they are not told of any more
    assert selection.due(FAILED_SECONDS) == []


def test_positions_that_were_known_are_not_told_to_be() -> None:
    # Given a guard whose positions are known
    # When it says so
    # Then nobody is told
    assert Selection().take(state("positions_ok", "ACME"), HELD, 0.0) is None


@pytest.mark.parametrize(
    ("kind", "urgent"), [("started", False), ("stopped", False), ("failed", True)]
)
def test_the_guards_own_life_is_told(kind: GuardStateKind, urgent: bool) -> None:
    # Given a guard that begins or ends, while a symbol was blind before
    selection = Selection()
    selection.take(feed("blind"), HELD, 0.0)
    # When it says so
    found = selection.take(state(kind), HELD, 0.0)
    # Then it is told, and what was before is forgotten
    assert found is not None
    assert (found.kind, found.urgent) == (kind, urgent)
    assert selection.take(feed("recovered"), HELD, 0.0) is None


@pytest.mark.parametrize("kind", ["connection", "settings_changed", "degraded"])
def test_other_states_are_not_told(kind: GuardStateKind) -> None:
    # Given what else a guard says of itself
    # When it is looked at
    # Then it is left to the record
    assert Selection().take(state(kind), HELD, 0.0) is None
