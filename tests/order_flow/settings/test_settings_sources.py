"""Where each setting comes from, and where one stands that is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trading_bot.order_flow.config import OrderFlowConfig, resolve
from trading_bot.order_flow.config_bounds import SettingError
from trading_bot.order_flow.settings.sources import NO_SETTINGS

KEY = "a-key-that-nobody-may-see"


class Desk:
    """A settings file and a file of variables."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "order_flow_config.json"
        self.env_file = folder / ".env"

    def refused(self, environ: dict[str, str] | None = None, **explicit: Any) -> str:
        """Return the sentence by which the settings are refused."""
        with pytest.raises(ValueError, match=r".") as refusal:
            resolve(self.path, environ=environ or {}, env_file=self.env_file, **explicit)
        return str(refusal.value)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


MANY = "must be a whole number from 3 to 30"


def test_a_value_of_the_file_is_refused_with_file_and_key(desk: Desk) -> None:
    # Given a file with a value below its bound
    desk.path.write_text('{"alerts_per_day": 2}', encoding="utf-8")
    # When it is read, then file, key, value and bounds are named
    assert desk.refused() == f"{desk.path}: alerts_per_day=2 {MANY}"


def test_a_value_of_the_environment_is_refused_with_its_variable(desk: Desk) -> None:
    # Given variables with a number and with a word that cannot be
    number, word = "ORDER_FLOW_ALERTS_PER_DAY", "ORDER_FLOW_SESSIONS"
    # When they are read, then variable, environment, setting and value are named
    assert desk.refused({number: "2"}) == f"{number} (environment): alerts_per_day='2' {MANY}"
    assert desk.refused({word: "all"}) == (
        f"{word} (environment): sessions='all' must be 'regular' or 'extended'"
    )


def test_a_value_of_the_file_of_variables_is_refused_with_that_file(desk: Desk) -> None:
    # Given a file of variables with a word that cannot be
    desk.env_file.write_text("ORDER_FLOW_SESSIONS=all\n", encoding="utf-8")
    # When it is read, then variable and file are named
    said = f"ORDER_FLOW_SESSIONS ({desk.env_file}): sessions='all' must be 'regular' or 'extended'"
    assert desk.refused() == said


def test_an_explicit_argument_is_refused_as_such(desk: Desk) -> None:
    # Given an argument that cannot be
    # When it is taken, then it is named as one
    assert desk.refused(alerts_per_day=2) == f"argument: alerts_per_day=2 {MANY}"


def test_two_values_that_do_not_fit_are_refused_with_both_places(desk: Desk) -> None:
    # Given a spike in the file above a burst in the environment
    desk.path.write_text('{"volume_spike_threshold": 6.0}', encoding="utf-8")
    # When they are read, then both places are named
    assert desk.refused({"ORDER_FLOW_RED_BURST_THRESHOLD": "5"}) == (
        f"ORDER_FLOW_RED_BURST_THRESHOLD (environment) and {desk.path}: red_burst_threshold=5.0 "
        "must lie between volume_spike_threshold (6.0) and 20.0"
    )


def test_a_default_is_no_place_to_look_at(desk: Desk) -> None:
    # Given a spike above the burst that nobody states
    desk.path.write_text('{"volume_spike_threshold": 6.0}', encoding="utf-8")
    # When it is read, then the file alone is named
    assert desk.refused().startswith(f"{desk.path}: red_burst_threshold=4.0 must lie between")


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"AAPL": {"alerts_per_day": 2}}, f"symbol_overrides['AAPL']: alerts_per_day=2 {MANY}"),
        ({"AAPL": {"alerts_per_day": "8"}}, f"symbol_overrides['AAPL']: alerts_per_day='8' {MANY}"),
        ({"aapl": {}}, "symbol_overrides['aapl']: the key must be a ticker symbol such as 'AAPL'"),
    ],
)
def test_an_override_is_refused_with_file_symbol_and_key(
    desk: Desk, overrides: object, said: str
) -> None:
    # Given an override that cannot be
    desk.path.write_text(json.dumps({"symbol_overrides": overrides}), encoding="utf-8")
    # When it is read, then file, symbol and key are named
    assert desk.refused() == f"{desk.path}: {said}"


def test_a_refusal_names_the_settings_that_it_depends_on() -> None:
    # Given two settings that do not fit
    # When a configuration is made of them, then a program may ask which they are
    with pytest.raises(SettingError) as refused:
        OrderFlowConfig(volume_spike_threshold=5.0)
    assert refused.value.names == ("red_burst_threshold", "volume_spike_threshold")


@pytest.mark.parametrize("source", ["environment", ".env"])
def test_an_unknown_variable_is_refused_wherever_it_stands(desk: Desk, source: str) -> None:
    # Given a misspelt variable, which holds something or nothing
    name = "ORDER_FLOW_ALERT_PER_DAY"
    for value in ("5", ""):
        inner = f"{name}={value}\n" if source == ".env" else ""
        desk.env_file.write_text(inner, encoding="utf-8")
        environ = {name: value} if source == "environment" else {}
        # When the settings are read, then it is named with where it stands and what was meant
        where = str(desk.env_file) if source == ".env" else "environment"
        assert desk.refused(environ).startswith(
            f"{where}: unknown variable '{name}'; did you mean 'ORDER_FLOW_ALERTS_PER_DAY'? "
        )


def test_an_unknown_variable_of_the_process_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a process with such a variable
    monkeypatch.setenv("ORDER_FLOW_ZZZ", "1")
    # When its environment is read, then it is refused
    with pytest.raises(ValueError, match="environment: unknown variable 'ORDER_FLOW_ZZZ' "):
        OrderFlowConfig.from_env(env_file=desk.env_file)


def test_a_misspelt_key_is_told_and_not_shown(desk: Desk) -> None:
    # Given a file of variables with a misspelt key
    desk.env_file.write_text(f"MASIVE_API_KEY={KEY}\n", encoding="utf-8")
    # When the settings are resolved
    found = resolve(desk.path, environ={}, env_file=desk.env_file)
    # Then it is said that nobody reads it, without the key
    assert found.conflicts == (
        f"{desk.env_file}: MASIVE_API_KEY is not read; did you mean MASSIVE_API_KEY?",
    )
    assert KEY not in repr(found)


def test_files_with_a_mark_are_read(desk: Desk) -> None:
    # Given both files as an editor writes them that puts a mark before its texts
    desk.path.write_text('{"alerts_per_day": 5}', encoding="utf-8-sig")
    desk.env_file.write_text("ORDER_FLOW_SESSIONS=extended\n", encoding="utf-8-sig")
    # When they are read
    found = resolve(desk.path, environ={}, env_file=desk.env_file).config
    # Then both count
    assert (found.alerts_per_day, found.sessions) == (5, "extended")


@pytest.mark.parametrize("name", NO_SETTINGS)
def test_what_a_file_says_to_editors_is_no_setting(desk: Desk, name: str) -> None:
    # Given a file that names its schema, or is commented upon
    desk.path.write_text(json.dumps({name: "words", "alerts_per_day": 5}), encoding="utf-8")
    # When it is read, then its settings count
    assert resolve(desk.path, environ={}, env_file=None).config.alerts_per_day == 5


def test_an_argument_may_not_speak_to_editors(desk: Desk) -> None:
    # Given such a name as an argument
    explicit: dict[str, Any] = {"$schema": "words"}
    # When it is taken, then it is unknown
    assert desk.refused(**explicit).startswith("argument: unknown setting '$schema'")
