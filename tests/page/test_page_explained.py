"""What is said of an alert by a process of its own, within its limits."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from support.live_market import alert_line, exit_line

from trading_bot.live_view.page.explained import BUSY, NO_DATA, Explainer
from trading_bot.live_view.page.gate import NOT_HERE, Refused

ALERT = alert_line(1)
KNOWN_AS = ALERT["alert_id"]
EXIT = {
    **exit_line(2),
    "exit_id": "e" * 16,
    "reason": "two sellers",
    "alert_ids": ["b" * 16, KNOWN_AS],
}
ECHO = "import sys; print('run with', *sys.argv[1:])"


def explainer(code: str = ECHO, *, data: Sequence[str] = ("tape",), **more: Any) -> Explainer:
    # Isolated and without site: it starts in a few milliseconds.
    command = [sys.executable, "-I", "-S", "-c", code]
    return Explainer(lambda: [ALERT, EXIT], lambda: data, command=command, **more)


def explain(known_as: str, one: Explainer) -> Any:
    found = asyncio.run(one.explain(known_as))
    return found if isinstance(found, Refused) else json.loads(found)


def test_an_alert_is_explained_by_the_command() -> None:
    # Given recorded data
    one = explainer(data=("tape", "--record", "here"))
    # When an alert that is shown is asked for
    # Then it is what the command says, given the alert and the data
    assert explain(KNOWN_AS, one) == {
        "id": KNOWN_AS,
        "text": f"run with {KNOWN_AS} tape --record here\n",
    }


def test_an_exit_is_explained_by_its_newest_alert() -> None:
    # Given an exit with two alerts behind it
    # When it is asked for
    found = explain("e" * 16, explainer())
    # Then its reason is said, and what the newer one was made of
    assert found["id"] == "e" * 16
    assert found["text"] == (
        f"two sellers: alerts {'b' * 16}, {KNOWN_AS}. The newest of them:\n\n"
        f"run with {KNOWN_AS} tape\n"
    )


@pytest.mark.parametrize("known_as", ["", "f" * 16, "--help", "../../etc", "F" * 16, "f" * 17])
def test_what_is_not_shown_is_not_explained(known_as: str) -> None:
    # Given an id that no line has, or that is none
    # When it is asked for, then there is nothing
    assert explain(known_as, explainer()) == NOT_HERE


def test_an_exit_that_names_no_alert_is_not_explained() -> None:
    # Given an exit without alerts, or with what is no id
    line = {**EXIT, "alert_ids": ["--help"]}
    one = Explainer(lambda: [line], lambda: ("tape",), command=[sys.executable])
    # When it is asked for, then nothing is run
    assert explain("e" * 16, one) == NOT_HERE


def test_without_recorded_data_it_says_what_is_missing() -> None:
    # Given no recorded data
    # When an alert is asked for, then it says how there would be some
    assert explain(KNOWN_AS, explainer(data=())) == NO_DATA


def test_what_was_explained_once_is_kept() -> None:
    # Given one that says another thing each time
    one = explainer("import os; print(os.getpid())")
    # When it is asked twice, then it is run once
    assert explain(KNOWN_AS, one) == explain(KNOWN_AS, one)


def test_no_more_is_kept_than_what_a_person_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given one that keeps a single text, and two alerts
    monkeypatch.setattr("trading_bot.live_view.page.explained._KEPT", 1)
    other = {**ALERT, "alert_id": "a" * 16}
    command = [sys.executable, "-I", "-S", "-c", ECHO]
    one = Explainer(lambda: [ALERT, other], lambda: ("tape",), command=command)
    # When both are asked for
    explain(KNOWN_AS, one)
    explain("a" * 16, one)
    # Then the newer one is kept
    assert list(one._texts) == ["a" * 16]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "import sys; sys.exit('first\\ntrading-bot: it is not there')",
            "trading-bot: it is not there",
        ),
        ("import sys; sys.exit(1)", "It cannot be recomputed."),
    ],
)
def test_a_command_that_fails_says_why(code: str, words: str) -> None:
    # Given a command that says nothing but why not
    # When an alert is asked for, then that is the answer
    assert explain(KNOWN_AS, explainer(code)) == Refused(409, words, {})


def test_an_alert_that_comes_out_differently_is_shown_so() -> None:
    # Given a command that says something and fails, as one that finds a difference
    one = explainer("import sys; print('DIFFERS'); sys.exit(1)")
    # When it is asked, then what it says is shown
    assert explain(KNOWN_AS, one)["text"] == "DIFFERS\n"


def test_a_second_one_waits_for_its_turn() -> None:
    async def both() -> list[bytes | Refused]:
        one = explainer("import sys; sys.stdin.read(); print('first')")
        return list(await asyncio.gather(one.explain(KNOWN_AS), one.explain(KNOWN_AS)))

    # Given one that is being recomputed
    # When another one is asked for meanwhile
    first, second = asyncio.run(both())
    # Then it is told so
    assert isinstance(first, bytes)
    assert second == BUSY


def test_one_that_takes_too_long_is_ended() -> None:
    # Given a command that does not end
    one = explainer("import signal; signal.pause()", longest_seconds=0.05)
    # When it is asked
    found = explain(KNOWN_AS, one)
    # Then it is told to be run by hand, and another one may be asked for
    assert found.status == 409
    assert "run trading-bot explain" in found.words
    assert not one._is_busy
