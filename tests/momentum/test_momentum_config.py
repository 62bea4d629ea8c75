"""Settings of the news that gives alerts their context."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trading_bot.momentum.config import MomentumConfig


def test_without_variables_the_defaults_hold() -> None:
    # Given no variables
    # When the settings are read, then they are the defaults
    assert MomentumConfig.from_env({}, env_file=None) == MomentumConfig(
        news_enabled=True, news_lookback_minutes=120, max_headlines=3, news_refresh_seconds=60
    )


def test_each_variable_sets_its_field() -> None:
    # Given all variables
    environ = {
        "MOMENTUM_NEWS_ENABLED": " Off ",
        "MOMENTUM_NEWS_LOOKBACK_MINUTES": "30",
        "MOMENTUM_MAX_HEADLINES": "5",
        "MOMENTUM_NEWS_REFRESH_SECONDS": "120",
    }
    # When the settings are read, then each has its value
    expected = MomentumConfig(
        news_enabled=False, news_lookback_minutes=30, max_headlines=5, news_refresh_seconds=120
    )
    assert MomentumConfig.from_env(environ, env_file=None) == expected


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    # Given a file and a variable
    env_file = tmp_path / ".env"
    env_file.write_text("MOMENTUM_MAX_HEADLINES=7\nMOMENTUM_NEWS_LOOKBACK_MINUTES=15\n")
    # When the settings are read
    found = MomentumConfig.from_env({"MOMENTUM_MAX_HEADLINES": "9"}, env_file=env_file)
    # Then the variable wins, and the file fills in
    assert found == MomentumConfig(max_headlines=9, news_lookback_minutes=15)


def test_a_missing_file_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given the process environment with one variable, and no file
    monkeypatch.setenv("MOMENTUM_MAX_HEADLINES", "4")
    # When the settings are read, then the variable is there
    assert MomentumConfig.from_env(env_file=tmp_path / "none").max_headlines == 4


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("news_lookback_minutes", 1, 10_080),
        ("max_headlines", 1, 20),
        ("news_refresh_seconds", 10, 3_600),
    ],
)
def test_bounds_hold_at_both_ends(name: str, low: int, high: int) -> None:
    # Given a field with bounds
    def made(value: int) -> MomentumConfig:
        fields: dict[str, Any] = {name: value}
        return MomentumConfig(**fields)

    # When values at, below and above them are given, then only those inside are taken
    assert [getattr(made(value), name) for value in (low, high)] == [low, high]
    for value in (low - 1, high + 1):
        with pytest.raises(ValueError, match=rf"{name}={value} must be .* from {low} to {high:,}"):
            made(value)
        with pytest.raises(ValueError, match=f"MOMENTUM_{name.upper()}='{value}' must be"):
            MomentumConfig.from_env({f"MOMENTUM_{name.upper()}": str(value)}, env_file=None)


@pytest.mark.parametrize(
    "changes", [{"max_headlines": True}, {"max_headlines": 2.0}, {"news_enabled": 1}]
)
def test_a_value_of_another_type_is_refused(changes: dict[str, Any]) -> None:
    # Given a value of another type
    # When settings are made of it, then the field is named
    with pytest.raises(ValueError, match=next(iter(changes))):
        MomentumConfig(**changes)


@pytest.mark.parametrize(
    ("variable", "text"),
    [("MOMENTUM_NEWS_ENABLED", "maybe"), ("MOMENTUM_MAX_HEADLINES", "three")],
)
def test_a_variable_that_cannot_be_read_is_named(variable: str, text: str) -> None:
    # Given a text that is no value
    # When the settings are read, then the variable is named
    with pytest.raises(ValueError, match=f"{variable}='{text}'"):
        MomentumConfig.from_env({variable: text}, env_file=None)
