"""Settings reach who judges at its next look, or leave those in force as they are."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.settings.renewal import SettingsRenewal

PLAIN = OrderFlowConfig()
BUSY = OrderFlowConfig(alerts_per_day=12)
BUSY_ELSEWHERE = OrderFlowConfig(alerts_per_day=12, data_source="elsewhere")
ELSEWHERE = OrderFlowConfig(data_source="elsewhere")
RESTART = "needs a restart: data_source"


class Judge:
    """Takes settings, and counts how often."""

    def __init__(self) -> None:
        self.config = PLAIN
        self.changes = 0

    def change_settings(self, config: OrderFlowConfig) -> None:
        self.config = config
        self.changes += 1


class Bench:
    """A judge, a source that answers what a test puts there, and what is told."""

    def __init__(self, *, has_source: bool = True) -> None:
        self.judge = Judge()
        self.answer: OrderFlowConfig | Exception | None = None
        self.told: list[tuple[str, str]] = []
        self.renewal = SettingsRenewal(
            self.judge,
            self.source if has_source else None,
            lambda kind, reason: self.told.append((kind, reason)),
        )

    def source(self) -> OrderFlowConfig | None:
        answer, self.answer = self.answer, None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def look(self, answer: OrderFlowConfig | Exception | None = None) -> None:
        self.answer = answer
        self.renewal.look()

    def health(self) -> tuple[str, str]:
        health = self.renewal.health()
        assert health["config_hash"] == self.judge.config.config_hash
        return health["status"], health["reason"]


def test_what_is_asked_for_is_taken_over_at_the_next_look() -> None:
    # Given a judge without a source
    bench = Bench(has_source=False)
    # When other settings are asked for
    bench.renewal.ask(BUSY)
    asked = bench.judge.config
    bench.look()
    bench.look()
    # Then they hold from the next look on, and are handed on once
    assert asked == PLAIN
    assert (bench.judge.config, bench.judge.changes) == (BUSY, 1)
    assert bench.told == []


def test_what_needs_a_restart_is_refused_by_name_and_nothing_changes() -> None:
    # Given a judge
    bench = Bench()
    # When settings are asked for of which one needs a restart
    with pytest.raises(ValueError, match=f"^{RESTART}$"):
        bench.renewal.ask(BUSY_ELSEWHERE)
    bench.look()
    # Then none is taken over, and health knows nothing of it
    assert bench.judge.changes == 0
    assert bench.health() == ("ok", "")


def test_of_two_that_are_asked_for_the_last_counts() -> None:
    # Given other settings that were asked for
    bench = Bench()
    bench.renewal.ask(BUSY)
    # When those in force are asked for before the judge looks
    bench.renewal.ask(PLAIN)
    bench.look()
    # Then nothing changes
    assert bench.judge.changes == 0


def test_what_the_source_brings_is_taken_over() -> None:
    # Given a source
    bench = Bench()
    # When it has nothing new, the same again, and others
    bench.look()
    bench.look(PLAIN)
    before = bench.judge.changes
    bench.look(BUSY)
    # Then the others alone are handed on
    assert (before, bench.judge.changes, bench.judge.config) == (0, 1, BUSY)
    assert (bench.told, bench.health()) == ([], ("ok", ""))


def test_what_needs_a_restart_is_told_and_the_rest_is_taken_over() -> None:
    # Given a source
    bench = Bench()
    # When it brings settings of which one needs a restart
    bench.look(BUSY_ELSEWHERE)
    # Then the others hold, and that one is told and shown
    assert bench.judge.config == BUSY
    assert bench.told == [("settings_refused", RESTART)]
    assert bench.health() == ("warning", RESTART)


@pytest.mark.parametrize("error", [ValueError("no JSON"), OSError("no JSON")])
def test_what_cannot_be_used_keeps_what_is_in_force_and_is_told_once(error: Exception) -> None:
    # Given settings in force
    bench = Bench()
    bench.look(BUSY)
    # When the source has none that can be used, again and again, and nothing new between
    for answer in (error, None, error, error):
        bench.look(answer)
    # Then those in force stay, and the trouble is told once and shown for as long
    assert (bench.judge.config, bench.judge.changes) == (BUSY, 1)
    assert bench.told == [("settings_refused", "no JSON")]
    assert bench.health() == ("warning", "no JSON")


def test_another_trouble_is_told_anew() -> None:
    # Given settings that cannot be used
    bench = Bench()
    bench.look(ValueError("no JSON"))
    # When they come to be unusable for another reason, and to need a restart
    bench.look(ValueError("no object"))
    bench.look(ELSEWHERE)
    # Then each is told, and the newest shown
    reasons = ["no JSON", "no object", RESTART]
    assert bench.told == [("settings_refused", reason) for reason in reasons]
    assert bench.health() == ("warning", RESTART)


@pytest.mark.parametrize("answer", [PLAIN, BUSY])
def test_a_trouble_is_over_once_the_settings_are_right_again(answer: OrderFlowConfig) -> None:
    # Given settings that cannot be used
    bench = Bench()
    bench.look(ValueError("no JSON"))
    # When they can, be they those in force or others
    bench.look(answer)
    # Then its end is told, and health is well
    assert bench.told[1:] == [("settings_ok", "")]
    assert (bench.health(), bench.judge.config) == (("ok", ""), answer)


def test_a_long_reason_is_cut() -> None:
    # Given a source that has much to say
    bench = Bench()
    # When it fails
    bench.look(ValueError("x " * 1_000))
    # Then what is told of it is of a bounded length
    assert len(bench.told[0][1]) <= 310
