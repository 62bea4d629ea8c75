"""The schema says what the reader of the settings does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.json_schema import accepts

from trading_bot.order_flow.config import FIELD_NAMES, OrderFlowConfig
from trading_bot.order_flow.config_bounds import BOUNDS, INTEGERS, LETTER
from trading_bot.order_flow.settings.schema import DRAFT, schema_text, settings_schema
from trading_bot.order_flow.settings.sources import NO_SETTINGS

SCHEMA = settings_schema()


def reads(name: str, value: Any) -> bool:
    """Return whether the reader takes a value of the file."""
    try:
        OrderFlowConfig(**({} if value is None else {name: value}))
    except ValueError:
        return False
    return True


def test_every_setting_is_described() -> None:
    # Given the schema
    settings = SCHEMA["properties"]
    # When its members are compared with the settings
    # Then each is there with some words, and nothing but what speaks to editors beside them
    assert list(settings) == [*NO_SETTINGS, *FIELD_NAMES]
    assert all(each["description"] for each in settings.values())
    assert (SCHEMA["$schema"], SCHEMA["additionalProperties"]) == (DRAFT, False)


def test_words_are_those_of_the_docstring_in_one_line() -> None:
    # Given a setting whose words take two lines, and one that may be None
    # When their descriptions are read
    # Then each is one line, in the words of JSON
    described = {name: SCHEMA["properties"][name]["description"] for name in FIELD_NAMES}
    assert described["alerts_per_day"] == (
        "Large events wished for a symbol and regular session, 3 to 30; there are about 1.3 times "
        "as many lines."
    )
    assert described["base_url"] == (
        "Host of the provider; null means its own. The stream's follows from it."
    )


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_numbers_have_their_bounds(name: str) -> None:
    # Given a numeric setting
    low, high = BOUNDS[name]
    step = 1 if name in INTEGERS else 0.001
    shape = SCHEMA["properties"][name]
    # When values below, at and above its bounds are looked at
    # Then the bounds themselves are allowed, for one symbol too
    override = SCHEMA["properties"]["symbol_overrides"]
    for value in (low - step, low, high, high + step):
        expected = low <= value <= high and value != float("inf")
        if value != float("inf"):
            assert accepts(shape, value) is expected
        if name in override["additionalProperties"]["properties"] and value != float("inf"):
            assert accepts(override, {"AAPL": {name: value}}) is expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, None) for name in FIELD_NAMES),
        ("alerts_per_day", "8"),
        ("alerts_per_day", True),
        ("alerts_per_day", 8.5),
        ("critical_margin", 2),
        ("critical_margin", "2"),
        ("sessions", "extended"),
        ("sessions", "all"),
        ("monitoring_mode", "watchlist"),
        ("thresholds", "own"),
        ("allow_insecure", True),
        ("allow_insecure", 1),
        ("allow_insecure", "yes"),
        ("data_source", "databento_2"),
        ("data_source", "Other"),
        ("data_source", ""),
        ("base_url", "http://127.0.0.1:8080"),
        ("base_url", "https://api.massive.com/"),
        ("base_url", "https://api.massive.com/v3"),
        ("base_url", "api.massive.com"),
        ("base_url", 5),
        ("polygon_api_key", "any text"),
        ("polygon_api_key", 5),
        ("watchlist", []),
        ("watchlist", ["AAPL", "BRK.B"]),
        ("watchlist", ["AAPL", "AAPL"]),
        ("watchlist", ["aapl"]),
        ("watchlist", [5]),
        ("watchlist", "AAPL"),
        ("exit_sources", ["ask_wall"]),
        ("exit_sources", ["burst"]),
        ("own_scale_sources", ["burst"]),
        ("own_scale_sources", ["bursts"]),
        ("symbol_overrides", {}),
        ("symbol_overrides", {"AAPL": {"alert_window_seconds": 60}}),
        ("symbol_overrides", {"AAPL": {"alert_window": 60}}),
        ("symbol_overrides", {"AAPL": {"sessions": "regular"}}),
        ("symbol_overrides", {"AAPL": {"alert_window_seconds": None}}),
        ("symbol_overrides", {"aapl": {}}),
        ("symbol_overrides", {"AAPL": []}),
        ("symbol_overrides", []),
    ],
)
def test_the_schema_accepts_what_the_reader_accepts(name: str, value: Any) -> None:
    # Given a value of a setting
    # When schema and reader look at it
    # Then they say the same
    assert accepts(SCHEMA, {name: value}) is reads(name, value)


def test_an_unknown_setting_is_refused_and_words_to_editors_are_not() -> None:
    # Given a misspelt setting, and a file that names its schema
    # When the schema looks at them
    # Then only the first is wrong
    assert not accepts(SCHEMA, {"alert_window": 60})
    assert accepts(SCHEMA, {"$schema": "./order_flow_config.schema.json", "$comment": ["any", 5]})


def test_defaults_are_those_of_the_code() -> None:
    # Given the defaults
    made = OrderFlowConfig()
    # When those that the schema offers are read as a file
    offered = {
        name: shape["default"] for name, shape in SCHEMA["properties"].items() if "default" in shape
    }
    # Then they are the same; no key is offered, and no threshold: stated, it would be another
    read = OrderFlowConfig(**{n: v for n, v in offered.items() if v is not None})
    assert read == made
    assert set(FIELD_NAMES) - set(offered) == {"polygon_api_key", *LETTER}


def test_the_text_is_the_schema() -> None:
    # Given the text of the schema
    # When it is read, then it is the schema, and ends with its line
    assert json.loads(schema_text()) == SCHEMA
    assert schema_text().endswith("}\n")
