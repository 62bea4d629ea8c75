"""Names that are nearly those of settings or variables."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.config import FORMER_VARIABLES, VARIABLES
from trading_bot.order_flow.settings.names import (
    did_you_mean,
    misspelt_variables,
    refuse_unknown_settings,
    refuse_unknown_variables,
)

READ = (*VARIABLES.values(), *FORMER_VARIABLES.values())
LISTED = (
    "(.env.example lists those that are read; `trading-bot config schema` the settings that they "
    "are called after)"
)


@pytest.mark.parametrize(
    ("name", "question"),
    [("alert_window", "; did you mean 'alert_window_seconds'?"), ("zzz", ""), (5, "")],
)
def test_the_nearest_name_is_asked_for(name: object, question: str) -> None:
    # Given a name that is near, far, or none
    # When it is asked what was meant, then it is the near one
    assert did_you_mean(name, VARIABLES) == question


def test_an_unknown_setting_is_refused_with_all_that_there_are() -> None:
    # Given a name beside a known one
    # When it is looked at, then where it stands, what was meant and all names are told
    with pytest.raises(ValueError, match="unknown setting") as refused:
        refuse_unknown_settings(["a_b", "a_c"], ["a_b"], "it.json")
    said = "it.json: unknown setting 'a_c'; did you mean 'a_b'? (known: a_b)"
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ORDER_FLOW_ALERT_PER_DAY", "; did you mean 'ORDER_FLOW_ALERTS_PER_DAY'?"),
        ("ORDER_FLOW_WATCH_LIST", "; did you mean 'ORDER_FLOW_WATCHLIST'?"),
        ("order_flow_watchlist", "; did you mean 'ORDER_FLOW_WATCHLIST'?"),
        (
            "ORDER_FLOW_LARGE_ORDER_SIZE_THRESHOLD",
            "; did you mean 'ORDER_FLOW_LARGE_ORDER_SIZE'?",
        ),
        ("ORDER_FLOW_POLYGON_API_KEY", "; did you mean 'MASSIVE_API_KEY'?"),
        ("ORDER_FLOW_MASSIVE_APIKEY", "; did you mean 'MASSIVE_API_KEY'?"),
        ("ORDER_FLOW_SYMBOL_OVERRIDES", "; symbol_overrides stands in the settings file alone"),
        ("ORDER_FLOW_ZZZ", ""),
        ("ORDER_FLOW_", ""),
    ],
)
def test_a_variable_like_those_of_the_settings_is_refused(name: str, hint: str) -> None:
    # Given a variable that begins as they do and is none
    # When it is looked at, then it is named with where it stands and what may be meant
    with pytest.raises(ValueError, match="unknown variable") as refused:
        refuse_unknown_variables([name], VARIABLES, READ, ".env")
    assert str(refused.value) == f".env: unknown variable {name!r}{hint} {LISTED}"


def test_what_other_programs_read_is_not_refused() -> None:
    # Given every variable that is read, and those of other programs
    others = ("PATH", "MOMENTUM_NEWS_ENABLED", "TRADING_BOT_HOME", "ORDERFLOW_X", "MY_ORDER_FLOW_X")
    # When they are looked at, then nothing is refused
    refuse_unknown_variables((*READ, *others), VARIABLES, READ, "environment")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MASIVE_API_KEY", "MASSIVE_API_KEY"),
        ("MASSIVE_APIKEY", "MASSIVE_API_KEY"),
        ("MASSIVE_KEY", "MASSIVE_API_KEY"),
        ("massive_api_key", "MASSIVE_API_KEY"),
        ("POLYGON_KEY", "POLYGON_API_KEY"),
        ("POLYGON_IO_API_KEY", "POLYGON_API_KEY"),
        ("ORDERFLOW_WATCHLIST", "ORDER_FLOW_WATCHLIST"),
    ],
)
def test_a_misspelt_variable_is_told(name: str, meant: str) -> None:
    # Given a variable that is nearly one that is read
    # When it is looked at, then it is said that nobody reads it
    assert misspelt_variables([name], READ, ".env") == (
        f".env: {name} is not read; did you mean {meant}?",
    )


def test_variables_of_others_and_those_that_are_read_are_not_told() -> None:
    # Given every variable that is read, and those of others
    others = ["ALPACA_API_KEY", "FINNHUB_API_KEY", "DATABENTO_API_KEY", "API_KEY", "PATH"]
    # When they are looked at, then nothing is told
    assert misspelt_variables([*READ, *others], READ, ".env") == ()
