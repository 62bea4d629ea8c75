"""How a guard is as a whole: the worst of everything, and why in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from trading_bot.order_flow.telling.standing import status_of, words_of_troubles, worst_of

WELL: dict[str, Any] = {
    "connectivity": "ok",
    "positions": "known",
    "record_trouble": "",
    "is_troubled": False,
    "is_stuck": False,
}
UNTROUBLED: dict[str, Any] = {
    "positions": "ok",
    "record_trouble": "",
    "threads": {},
    "connectivity": "ok",
    "sleeps": False,
}

FAILURES = ("a has failed (KeyError) and goes on", "c has shown no life for 12 s")


@pytest.mark.parametrize(
    ("held", "status"),
    [
        ((), "ok"),
        (("visible",), "ok"),
        (("visible", "degraded"), "degraded"),
        (("degraded", "blind"), "blind"),
    ],
)
def test_the_worst_position_counts(held: tuple[str, ...], status: str) -> None:
    # Given positions, and a guard that is well otherwise
    # When it is asked how it is, then it is as well as the worst of them
    assert worst_of(held) == status_of(held, **WELL) == status


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"connectivity": "untried"}, "ok"),
        ({"connectivity": "unreachable"}, "degraded"),
        ({"positions": "stale"}, "degraded"),
        ({"positions": "never"}, "blind"),
        ({"record_trouble": "disk full"}, "degraded"),
        ({"is_troubled": True}, "degraded"),
        ({"is_stuck": True}, "blind"),
    ],
)
def test_whatever_else_is_wrong_counts_too(change: dict[str, Any], status: str) -> None:
    # Given positions that are seen, and something that is wrong
    # When it is asked how the guard is, then it is not better than that
    assert status_of(["visible"], **(WELL | change)) == status
    assert status_of(["blind"], **(WELL | change)) == "blind"


def test_nothing_is_said_while_all_is_well() -> None:
    # Given a guard that is well
    # When it is asked what is the matter, then nothing is
    assert words_of_troubles(**UNTROUBLED) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"positions": "not read yet"}, "what is held is not known: not read yet"),
        ({"positions": "stale: broker away"}, "positions are stale: broker away"),
        ({"record_trouble": "disk full"}, "the record cannot be written: disk full"),
        ({"connectivity": "unreachable"}, "the provider gives no answers: unreachable"),
        (
            {
                "threads": {
                    "a": {"state": "failed", "error": "KeyError"},
                    "b": {"state": "ok"},
                    "c": {"state": "stuck", "age_seconds": 12.3},
                }
            },
            "not all threads are well: " + "; ".join(FAILURES),
        ),
    ],
)
def test_each_trouble_has_a_sentence(change: dict[str, Any], words: str) -> None:
    # Given a guard with which something is the matter
    # When it is asked what, then it says so in a sentence
    assert words_of_troubles(**(UNTROUBLED | change)) == (words,)


def test_while_nobody_watches_nothing_is_missed() -> None:
    # Given a guard that sleeps, and does not know what is held
    # When it is asked what is the matter, then nothing is
    assert words_of_troubles(**(UNTROUBLED | {"positions": "not read yet", "sleeps": True})) == ()
