"""What is worth a notice, and in which words."""

from __future__ import annotations

import pytest
from support.monitor_stubs import START, exit_of, large_seller

from trading_bot.notify.notice import Notice, Selection, notice
from trading_bot.order_flow.diagnostics import hide
from trading_bot.order_flow.notices import FeedEvent, FeedEventKind, GuardState, GuardStateKind

HELD = ("ACME",)


def feed(kind: FeedEventKind, *, held: bool = True) -> FeedEvent:
    return FeedEvent(kind, "ACME", START, "no_answer", held)


def state(kind: GuardStateKind, symbol: str | None = None, reason: str = "") -> GuardState:
    return GuardState(kind, symbol, reason, START)


def test_an_exit_is_told_and_is_urgent() -> None:
    # Given an exit
    # When it is looked at
    found = Selection().take(exit_of(), HELD)
    # Then it is told as the log says it
    assert found is not None
    assert (found.kind, found.symbol, found.urgent) == ("exit", "ACME", True)
    assert found.text.startswith("10:00:00 ET ACME exit suggested (high): 100 shares")
    assert found.name == "ACME: exit"


def test_an_alert_by_itself_is_not_told() -> None:
    # Given an alert
    # When it is looked at
    # Then it is left to the record
    assert Selection().take(large_seller(), HELD) is None


def test_a_held_symbol_that_is_blind_is_told_and_so_is_its_end() -> None:
    # Given a position whose feed fails
    selection = Selection()
    blind = selection.take(feed("blind"), HELD)
    # When it comes back
    back = selection.take(feed("recovered"), HELD)
    # Then both are told, the first urgently, and no second end
    assert blind is not None
    assert back is not None
    assert (blind.kind, blind.urgent, back.kind, back.urgent) == ("blind", True, "visible", False)
    assert selection.take(feed("recovered"), HELD) is None


def test_sight_that_comes_back_badly_ends_the_blindness() -> None:
    # Given a position whose feed fails
    selection = Selection()
    selection.take(feed("blind"), HELD)
    # When it can be seen badly
    found = selection.take(feed("degraded"), HELD)
    # Then that is told
    assert found is not None
    assert "can be seen badly" in found.text


@pytest.mark.parametrize("kind", ["degraded", "recovered", "refused", "lost"])
def test_what_was_not_blind_is_not_told(kind: FeedEventKind) -> None:
    # Given a position that can be seen
    # When its feed changes
    # Then nobody's phone rings
    assert Selection().take(feed(kind), HELD) is None


def test_a_symbol_that_is_only_watched_is_not_told_of() -> None:
    # Given a symbol without a position
    # When it is blind
    # Then it is left to the record
    assert Selection().take(feed("blind", held=False), HELD) is None
    assert Selection().take(state("blind", "BOLT"), HELD) is None


def test_a_guard_tells_the_same_as_its_engine() -> None:
    # Given the events of a guard, which say not what is held
    selection = Selection()
    # When a held symbol is blind, and comes back
    blind, back = (selection.take(state(kind, "ACME"), HELD) for kind in ("blind", "visible"))
    # Then both are told
    assert blind is not None
    assert back is not None
    assert (blind.kind, back.kind) == ("blind", "visible")


def test_positions_that_cannot_be_read_are_told_and_so_is_their_end() -> None:
    # Given positions that cannot be read, for a reason that names an account
    selection = Selection()
    unknown = selection.take(state("positions_failed", None, "account DU1234567: 40123"), HELD)
    # When they can be
    known = selection.take(state("positions_ok"), HELD)
    # Then both are told, and the account is not named
    assert unknown == Notice(
        "positions unknown",
        None,
        "10:00:00 ET positions cannot be read: account ***: 40123",
        urgent=True,
    )
    assert known is not None
    assert (known.kind, known.urgent) == ("positions known", False)
    assert known.name == "the guard: positions known"


def test_positions_that_may_be_old_are_told_and_so_is_their_end() -> None:
    # Given a broker that does not answer
    selection = Selection()
    stale = selection.take(state("positions_stale", None, "alpaca: no answer"), HELD)
    # When it does again
    known = selection.take(state("positions_ok"), HELD)
    # Then both are told, the first of them also in quiet hours
    assert stale == Notice(
        "positions unknown",
        None,
        "10:00:00 ET positions may be old: alpaca: no answer",
        urgent=True,
    )
    assert known is not None
    assert known.kind == "positions known"


def test_positions_that_were_known_are_not_told_to_be() -> None:
    # Given a guard whose positions are known
    # When it says so
    # Then nobody is told
    assert Selection().take(state("positions_ok", "ACME"), HELD) is None


@pytest.mark.parametrize(
    ("kind", "urgent"), [("started", False), ("stopped", False), ("failed", True)]
)
def test_the_guards_own_life_is_told(kind: GuardStateKind, urgent: bool) -> None:
    # Given a guard that begins or ends, while a symbol was blind before
    selection = Selection()
    selection.take(feed("blind"), HELD)
    # When it says so
    found = selection.take(state(kind), HELD)
    # Then it is told, and what was before is forgotten
    assert found is not None
    assert (found.kind, found.urgent) == (kind, urgent)
    assert selection.take(feed("recovered"), HELD) is None


@pytest.mark.parametrize("kind", ["connection", "settings_changed", "degraded"])
def test_other_states_are_not_told(kind: GuardStateKind) -> None:
    # Given what else a guard says of itself
    # When it is looked at
    # Then it is left to the record
    assert Selection().take(state(kind), HELD) is None


def test_a_notice_is_one_line_without_secrets() -> None:
    # Given words with a key in them, over several lines, and long
    hide("a-key-of-this-test")
    # When a notice is made of them
    found = notice("failed", None, "a-key-of-this-test\nand " + "more " * 200)
    # Then the key is blanked, and the line is cut
    assert found.text.startswith("*** and more more")
    assert len(found.text) == 400
