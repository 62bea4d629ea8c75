"""OrderFlowConfig: values, bounds, and where each value comes from."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import MutableMapping
from dataclasses import FrozenInstanceError, asdict, fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trading_bot.order_flow.config import (
    DEFAULT_CONFIG_PATH,
    FIELD_NAMES,
    SECRET_SETTINGS,
    VARIABLES,
    OrderFlowConfig,
    SymbolThresholds,
    resolve,
)
from trading_bot.order_flow.config_bounds import LETTER
from trading_bot.order_flow.data_models import ALERT_SOURCES, LETTER_SOURCES, AlertSource
from trading_bot.order_flow.validators import validate_order_flow_config

KEY = "a-key-that-nobody-may-see"
DEFAULTS: dict[str, Any] = {
    "data_source": "polygon",
    "polygon_api_key": "",
    "monitoring_mode": "positions_only",
    "large_order_size_threshold": 10_000,
    "volume_spike_threshold": 3.0,
    "red_burst_threshold": 4.0,
    "alert_window_seconds": 120,
    "thresholds": "own_scale",
    "alerts_per_day": 8,
    "own_scale_sources": ("burst", "aggressive_sell", "ask_wall"),
    "minimum_order_dollars": 25_000,
    "minimum_burst_dollars": 50_000,
    "critical_margin": 1.25,
    "minimum_baseline_prints": 20,
    "bid_attack_executions": 5,
    "bid_attack_gap_seconds": 10,
    "watchlist": (),
    "exit_sources": None,
    "poll_interval_seconds": 1.0,
    "requests_per_second": 5.0,
    "quote_size_unit": "shares",
    "base_url": None,
    "depth_url": None,
    "reference_url": None,
    "dataset": "XNAS.ITCH",
    "compression": "auto",
    "allow_insecure": False,
    "freshness_warn_seconds": 10.0,
    "freshness_limit_seconds": 30.0,
    "blind_after_seconds": 30.0,
    "sessions": "regular",
    "compress_journal_after_days": 7,
    "capture_budget_megabytes": 20_000,
    "notify_urls": (),
    "heartbeat_url": None,
    "notify_quiet_hours": None,
    "positions_source": "file",
    "positions_url": None,
    "positions_account": "",
    "positions_paper": False,
    "positions_stop_percent": 0.0,
    "symbol_overrides": {},
}


def config(**settings: Any) -> OrderFlowConfig:
    return OrderFlowConfig(**settings)


def values(of: OrderFlowConfig) -> dict[str, Any]:
    return {entry.name: getattr(of, entry.name) for entry in fields(of) if entry.name != "stated"}


def file_with(directory: Path, content: object) -> Path:
    path = directory / "order_flow_config.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


# Values


def test_the_defaults_are_the_documented_ones() -> None:
    # Given no settings
    # When a configuration is made
    # Then every value is the documented default
    assert values(config()) == DEFAULTS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("large_order_size_threshold", 999),
        ("large_order_size_threshold", -10_000),
        ("large_order_size_threshold", 10_000.0),
        ("volume_spike_threshold", 1.499),
        ("volume_spike_threshold", 10.001),
        ("red_burst_threshold", 2.999),
        ("red_burst_threshold", 20.001),
        ("alert_window_seconds", 29),
        ("alert_window_seconds", 301),
        ("alert_window_seconds", True),
        ("minimum_baseline_prints", -1),
        ("minimum_baseline_prints", 1_001),
        ("minimum_baseline_prints", 20.0),
        ("poll_interval_seconds", 0.0),
        ("poll_interval_seconds", "1"),
        ("requests_per_second", float("nan")),
        ("freshness_warn_seconds", float("inf")),
        ("freshness_limit_seconds", 9.999),
        ("blind_after_seconds", None),
        ("bid_attack_executions", -1),
        ("bid_attack_executions", 1_001),
        ("bid_attack_executions", 5.0),
        ("bid_attack_gap_seconds", 0),
        ("bid_attack_gap_seconds", 61),
        ("compress_journal_after_days", -1),
        ("compress_journal_after_days", 3_651),
        ("compress_journal_after_days", 7.0),
        ("capture_budget_megabytes", -1),
        ("capture_budget_megabytes", 10_000_001),
        ("capture_budget_megabytes", 1.5),
        ("compression", "gzip"),
        ("compression", None),
        ("dataset", "XNAS"),
        ("dataset", "xnas.itch"),
        ("dataset", "XNAS.ITCH/.."),
        ("dataset", None),
        ("depth_url", "127.0.0.1"),
        ("depth_url", "tcp://127.0.0.1/a"),
        ("reference_url", "tcp://127.0.0.1:1"),
        ("reference_url", "https://one.example/path"),
        ("data_source", "Other"),
        ("data_source", ""),
        ("data_source", []),
        ("positions_source", "Alpaca"),
        ("positions_source", ""),
        ("positions_source", None),
        ("positions_url", "paper-api.alpaca.markets"),
        ("positions_url", "https://paper-api.alpaca.markets/v2"),
        ("positions_paper", "yes"),
        ("positions_stop_percent", -0.1),
        ("positions_stop_percent", 90.1),
        ("monitoring_mode", "everything"),
        ("quote_size_unit", "lots"),
        ("sessions", "all"),
        ("watchlist", "AAPL"),
        ("watchlist", ("aapl",)),
        ("watchlist", (5,)),
        ("watchlist", ("AAPL", "MSFT", "AAPL")),
        ("exit_sources", ("red_burst",)),
        ("exit_sources", ("ask_wall", "ask_wall")),
        ("exit_sources", {"ask_wall"}),
        ("base_url", ""),
        ("base_url", "api.polygon.io"),
        ("base_url", "ftp://api.polygon.io"),
        ("base_url", "https://api.polygon.io/v3"),
        ("base_url", "https://api.polygon.io?a=b"),
        ("base_url", 5),
        ("allow_insecure", 1),
        ("allow_insecure", "yes"),
        ("symbol_overrides", []),
    ],
)
def test_an_unusable_value_is_refused_with_key_value_and_range(name: str, value: object) -> None:
    # Given one unusable value
    # When a configuration is made of it
    with pytest.raises(ValueError, match=f"{name}=") as refused:
        config(**{name: value})
    # Then the sentence names the key, the value and what it may be
    assert f"{name}={value!r} must " in str(refused.value)


def test_the_number_of_an_account_is_text_and_not_shown() -> None:
    # Given a number that was written without quotation marks
    # When a configuration is made of it, then it is refused without being shown
    with pytest.raises(ValueError, match="positions_account must be text") as refused:
        config(positions_account=12345678)
    assert "12345678" not in str(refused.value)
    # And one that is text is not shown either
    assert "12345678" not in repr(config(positions_account="12345678"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("large_order_size_threshold", 1_000),
        ("volume_spike_threshold", 1.5),
        ("alert_window_seconds", 30),
        ("alert_window_seconds", 300),
        ("minimum_baseline_prints", 0),
        ("minimum_baseline_prints", 1_000),
        ("bid_attack_executions", 0),
        ("bid_attack_executions", 1_000),
        ("bid_attack_gap_seconds", 1),
        ("bid_attack_gap_seconds", 60),
        ("red_burst_threshold", 3.0),
        ("red_burst_threshold", 20.0),
        ("freshness_limit_seconds", 10.0),
        ("base_url", "http://127.0.0.1:8080"),
        ("base_url", "https://api.massive.com/"),
        ("exit_sources", ()),
        ("sessions", "extended"),
        ("compress_journal_after_days", 0),
        ("compress_journal_after_days", 3_650),
        ("capture_budget_megabytes", 0),
        ("capture_budget_megabytes", 10_000_000),
        ("quote_size_unit", "round_lots"),
    ],
)
def test_a_value_at_its_bound_is_kept(name: str, value: object) -> None:
    # Given a value that is just allowed
    # When a configuration is made of it
    # Then it is kept, all else being default
    assert values(config(**{name: value})) == DEFAULTS | {name: value}


def test_the_upper_bound_of_the_spike_needs_a_burst_at_least_as_high() -> None:
    # Given both thresholds at 10.0, and a spike above the burst
    # When configurations are made
    # Then the burst may equal the spike, never lie below it
    assert config(volume_spike_threshold=10.0, red_burst_threshold=10.0).red_burst_threshold == 10
    with pytest.raises(ValueError, match=r"between volume_spike_threshold \(5.0\) and 20.0"):
        config(volume_spike_threshold=5.0)


def test_a_key_that_is_no_text_is_refused_without_showing_it() -> None:
    # Given a key of the wrong type
    # When a configuration is made
    with pytest.raises(ValueError, match="polygon_api_key must be text") as refused:
        config(polygon_api_key=123_456)
    # Then the sentence does not hold it
    assert "123456" not in str(refused.value)


def test_a_missing_key_is_no_error() -> None:
    # Given no key
    # When a configuration is made
    # Then it is empty; only the live client needs one
    assert config().polygon_api_key == ""


def test_lists_are_kept_as_tuples() -> None:
    # Given lists, as JSON gives them
    made = config(watchlist=["AAPL", "BRK.B"], exit_sources=["ask_wall"])
    # When they are read
    # Then they are tuples
    assert (made.watchlist, made.exit_sources) == (("AAPL", "BRK.B"), ("ask_wall",))


def test_a_number_has_one_form() -> None:
    # Given a threshold written as 3 and one written as 3.0, for all symbols and for one
    written = config(volume_spike_threshold=3, symbol_overrides={"A": {"red_burst_threshold": 5}})
    default = config(
        volume_spike_threshold=3.0, symbol_overrides={"A": {"red_burst_threshold": 5.0}}
    )
    # When they are compared
    # Then they are equal, print alike, and give the same hash
    assert written == default
    assert (repr(written), written.config_hash) == (repr(default), default.config_hash)


def test_repr_hides_the_key() -> None:
    # Given a configuration with a key
    made = config(polygon_api_key=KEY)
    found = resolve("missing.json", environ={"POLYGON_API_KEY": KEY}, env_file=None)
    # When it is shown, alone or with its origins
    shown = repr(made) + str(made) + repr(found)
    # Then the key is not there
    assert KEY not in shown


# Read-only


def test_a_configuration_cannot_be_changed() -> None:
    # Given a configuration
    made = config()
    # When a field is set
    # Then it refuses
    with pytest.raises(FrozenInstanceError):
        made.alert_window_seconds = 60  # type: ignore[misc]  # the assignment is what is tested


def test_overrides_cannot_be_changed_from_within_or_without() -> None:
    # Given overrides that the caller keeps
    own: dict[str, dict[str, float]] = {"AAPL": {"alert_window_seconds": 60}}
    made = config(symbol_overrides=own)
    # When the caller changes them, and tries to change those of the configuration
    own["AAPL"]["alert_window_seconds"] = 1
    own["MSFT"] = {}
    outer, inner = made.symbol_overrides, made.symbol_overrides["AAPL"]
    for mapping in (outer, inner):
        assert not isinstance(mapping, MutableMapping)
        with pytest.raises(TypeError):
            mapping["alert_window_seconds"] = 1  # type: ignore[index]  # the assignment is what is tested
    # Then they are as they were
    assert made.symbol_overrides == {"AAPL": {"alert_window_seconds": 60}}


def test_a_configuration_can_be_copied_hashed_and_sent_to_another_process() -> None:
    # Given a configuration with overrides
    made = config(symbol_overrides={"AAPL": {"alert_window_seconds": 60}})
    # When it is copied, pickled, and taken apart
    copies = [copy.deepcopy(made), pickle.loads(pickle.dumps(made))]  # noqa: S301 - its own bytes
    # Then the copies are equal, and so are their hashes and parts
    assert copies == [made, made]
    assert {hash(each) for each in copies} == {hash(made)}
    assert asdict(made) == values(made) | {"stated": frozenset()}


def test_a_changed_copy_is_checked_too() -> None:
    # Given a configuration with overrides
    made = config(symbol_overrides={"AAPL": {"alert_window_seconds": 60}})
    # When copies are made of it
    # Then a good change is taken, and a bad one refused
    assert replace(made, alert_window_seconds=60).symbol_overrides == made.symbol_overrides
    with pytest.raises(ValueError, match="alert_window_seconds=1 "):
        replace(made, alert_window_seconds=1)


# Symbols


def test_a_symbols_thresholds_are_its_overrides_and_else_the_common_ones() -> None:
    # Given overrides of two thresholds for one symbol
    made = config(
        symbol_overrides={"AAPL": {"large_order_size_threshold": 50_000, "red_burst_threshold": 6}}
    )
    # When thresholds are asked for
    # Then only that symbol's differ
    common = SymbolThresholds(10_000, 3.0, 4.0, 120, 8, 25_000, 50_000, 20, 1.25, 5, 10, False)
    stated = frozenset({"large_order_size_threshold", "red_burst_threshold"})
    own = replace(common, large_order_size_threshold=50_000, red_burst_threshold=6.0, stated=stated)
    assert made.for_symbol("AAPL") == own
    assert made.for_symbol("MSFT") == common


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"aapl": {}}, "the key must be a ticker symbol"),
        ({5: {}}, "the key must be a ticker symbol"),
        ({"AAPL": []}, "may set only large_order_size_threshold"),
        ({"AAPL": {"sessions": "extended"}}, "may set only large_order_size_threshold"),
        (
            {"AAPL": {"alert_window": 60}},
            "unknown setting 'alert_window'; did you mean 'alert_window_seconds'? (it may set only",
        ),
        (
            {"AAPL": {"alert_window_seconds": 29}},
            "symbol_overrides['AAPL']: alert_window_seconds=29 must be",
        ),
        ({"AAPL": {"large_order_size_threshold": 2e4}}, "=20000.0 must be a whole number"),
        ({"AAPL": {"volume_spike_threshold": 4.5}}, "red_burst_threshold=4.0 is below 4.5"),
        ({"AAPL": {"red_burst_threshold": 2.5}}, "red_burst_threshold=2.5 is below 3.0"),
    ],
)
def test_an_unusable_override_is_refused(overrides: Any, message: str) -> None:
    # Given an unusable override
    # When a configuration is made
    # Then the sentence says what is wrong
    with pytest.raises(ValueError, match=r"symbol_overrides|must be") as refused:
        config(symbol_overrides=overrides)
    assert message in str(refused.value)


def test_the_validator_accepts_what_was_made() -> None:
    # Given a configuration
    # When it is validated again
    # Then there is nothing to say
    validate_order_flow_config(config())


# The hash


@pytest.mark.parametrize(
    "change",
    [
        {"large_order_size_threshold": 10_001},
        {"volume_spike_threshold": 3.1},
        {"red_burst_threshold": 4.1},
        {"alert_window_seconds": 121},
        {"minimum_baseline_prints": 19},
        {"minimum_baseline_prints": 0},
        {"bid_attack_executions": 6},
        {"bid_attack_gap_seconds": 9},
        {"own_scale_sources": ("burst", "aggressive_sell", "ask_wall", "bid_attacked")},
        {"exit_sources": ("ask_wall",)},
        {"exit_sources": ()},
        # All three, where by itself own scale counts one.
        {"exit_sources": LETTER_SOURCES},
        {"sessions": "extended"},
        {"quote_size_unit": "round_lots"},
        {"dataset": "ARCX.PILLAR"},
        {"symbol_overrides": {"AAPL": {"alert_window_seconds": 60}}},
    ],
)
def test_the_hash_changes_with_every_setting_that_can_change_an_alert(
    change: dict[str, Any],
) -> None:
    # Given a setting that the rules read
    # When it is changed
    # Then the hash is another, of 16 hex digits
    assert config(**change).config_hash != config().config_hash
    assert len(bytes.fromhex(config(**change).config_hash)) == 8


def test_the_hash_of_who_leaves_a_later_setting_alone_is_what_it_was_before_it() -> None:
    # Given fixed thresholds, and all defaults else
    made = config(thresholds="fixed")
    # When the hash is taken
    # Then it is that of the version before there were later settings, so that ids stay
    assert made.config_hash == "2eede36a435a56a5"


@pytest.mark.parametrize(
    "change",
    [
        {"polygon_api_key": KEY},
        {"poll_interval_seconds": 2.0},
        {"base_url": "http://127.0.0.1"},
        {"depth_url": "tcp://127.0.0.1:2"},
        {"reference_url": "http://127.0.0.1"},
        {"compression": "zstd"},
        {"allow_insecure": True},
        {"compress_journal_after_days": 0},
        {"capture_budget_megabytes": 0},
    ],
)
def test_the_hash_does_not_change_with_anything_else(change: dict[str, Any]) -> None:
    # Given a setting that no rule reads
    # When it is changed
    # Then the hash stays
    assert config(**change).config_hash == config().config_hash


def test_the_hash_of_all_defaults_is_what_it_was() -> None:
    # Given all defaults
    # When the hash is taken
    # Then it is that of the version before the exit's sources had to be stated, so that ids stay
    assert config().config_hash == "b91cedb48e61a01b"


@pytest.mark.parametrize("sources", [None, LETTER_SOURCES, LETTER_SOURCES[::-1]])
def test_the_letters_sources_are_one_setting_where_thresholds_are_fixed(
    sources: tuple[AlertSource, ...] | None,
) -> None:
    # Given fixed thresholds, and the specification's three sources stated, in any order, or not
    made = config(thresholds="fixed", exit_sources=sources)
    # When the hash is taken
    # Then it is the same
    assert made.config_hash == config(thresholds="fixed").config_hash


# What counts towards an exit


@pytest.mark.parametrize(
    ("settings", "together", "counting"),
    [
        ({}, True, ("aggressive_sell",)),
        ({}, False, LETTER_SOURCES),
        ({"large_order_size_threshold": 12_000}, True, ("aggressive_sell",)),
        ({"sessions": "extended"}, True, LETTER_SOURCES),
        ({"thresholds": "fixed"}, True, LETTER_SOURCES),
        ({"thresholds": "fixed"}, False, LETTER_SOURCES),
        ({"exit_sources": ("ask_wall",)}, True, ("ask_wall",)),
        ({"exit_sources": ("ask_wall",)}, False, ("ask_wall",)),
        ({"exit_sources": ()}, True, ()),
        ({"exit_sources": (), "thresholds": "fixed"}, False, ()),
    ],
)
def test_what_is_stated_counts_towards_an_exit_else_what_belongs_to_the_thresholds(
    settings: dict[str, Any], together: bool, counting: tuple[str, ...]
) -> None:
    # Given settings, and detectors that run together or are called by themselves
    # When it is asked which large sellers count towards an exit
    # Then it is what is stated, else the letter, but for own scale one source alone
    assert config(**settings).counting_sources(together=together) == counting


def test_thresholds_that_are_changed_take_the_sources_along_that_nobody_stated() -> None:
    # Given own scale, whose sources nobody stated
    made = config()
    # When its thresholds become fixed
    fixed = replace(made, thresholds="fixed")
    # Then the letter's three count
    assert fixed.counting_sources() == LETTER_SOURCES


def test_an_unknown_source_of_exits_is_refused_with_those_that_there_are() -> None:
    # Given a source that nothing has
    # When a configuration is made with it
    with pytest.raises(ValueError, match="exit_sources=") as refused:
        config(exit_sources=("red_burst",))
    # Then the sentence names those that there are
    assert str(refused.value) == (
        f"exit_sources=('red_burst',) must be a list of sources among {', '.join(ALERT_SOURCES)}"
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "by own scale: aggressive_sell"),
        (
            {"thresholds": "fixed"},
            "by fixed thresholds: resting_bid, aggressive_sell, ask_wall",
        ),
        ({"exit_sources": ("ask_wall",)}, ""),
    ],
)
def test_it_is_said_which_sources_count_where_nobody_stated_them(
    settings: dict[str, Any], words: str
) -> None:
    # Given sources that are stated, or are not
    # When it is asked what stands for them
    # Then it is said where they are not
    assert config(**settings).holds("exit_sources") == words


@pytest.mark.parametrize(
    ("settings", "is_told"),
    [
        ({}, False),
        ({"own_scale_sources": ("burst", "bid_attacked")}, True),
        ({"own_scale_sources": ("bid_attacked",), "bid_attack_executions": 0}, False),
        ({"thresholds": "fixed"}, False),
        ({"thresholds": "fixed", "own_scale_sources": ("burst", "bid_attacked")}, True),
        ({"exit_sources": ("aggressive_sell", "bid_attacked")}, True),
        ({"thresholds": "fixed", "bid_attack_executions": 0}, False),
        (
            {"thresholds": "fixed", "symbol_overrides": {"AAPL": {"bid_attack_executions": 0}}},
            False,
        ),
    ],
)
def test_attacks_on_a_bid_are_told_where_they_are_asked_for(
    settings: dict[str, Any], is_told: bool
) -> None:
    # Given settings
    # When it is asked whether attacks on a symbol's bid are told
    # Then only those are that are asked for
    assert config(**settings).for_symbol("AAPL").tells_bid_attacks is is_told


# What is stated


@pytest.mark.parametrize("name", LETTER)
def test_a_threshold_that_is_given_is_stated(name: str) -> None:
    # Given a threshold, in the size that it has by default
    made = config(**{name: DEFAULTS[name]})
    # When it is asked what the user states
    # Then it is that threshold, for every symbol
    assert made.stated == frozenset({name})
    assert made.for_symbol("AAPL").stated == {name}


def test_a_default_is_not_stated() -> None:
    # Given a configuration, and a copy in which something else differs
    made = config()
    copied = replace(made, alert_window_seconds=60)
    # When they are asked what the user states
    # Then it is nothing
    assert (made.stated, copied.stated) == (frozenset(), frozenset())


def test_a_threshold_that_a_copy_changes_is_stated_beside_the_others() -> None:
    # Given a configuration that states one threshold
    made = config(red_burst_threshold=5.0)
    # When a copy states another
    copied = replace(made, large_order_size_threshold=20_000)
    # Then both are stated
    assert copied.stated == frozenset({"red_burst_threshold", "large_order_size_threshold"})


def test_a_symbols_own_threshold_is_stated_for_it_alone() -> None:
    # Given a threshold of one symbol
    made = config(symbol_overrides={"AAPL": {"volume_spike_threshold": 2.0, "alerts_per_day": 5}})
    # When each symbol is asked what is stated
    # Then it is that one, and no setting that is no threshold of the specification
    assert made.for_symbol("AAPL").stated == {"volume_spike_threshold"}
    assert made.for_symbol("MSFT").stated == frozenset()
    assert made.for_symbol("AAPL").alerts_per_day == 5


def test_what_is_stated_changes_the_hash_under_own_scale() -> None:
    # Given a threshold stated as it is by default
    # When hashes are compared
    # Then it differs under own scale, where it wins, and does not under fixed thresholds
    stated = {"large_order_size_threshold": 10_000}
    assert config(**stated).config_hash != config().config_hash
    fixed = {"thresholds": "fixed"}
    assert config(**fixed, **stated).config_hash == config(**fixed).config_hash


# Environment


def test_from_env_reads_every_variable() -> None:
    # Given every variable set
    environ = {
        "ORDER_FLOW_DATA_SOURCE": "polygon",
        "MASSIVE_API_KEY": KEY,
        "ORDER_FLOW_MONITORING_MODE": "watchlist",
        "ORDER_FLOW_LARGE_ORDER_SIZE": "20000",
        "ORDER_FLOW_VOLUME_SPIKE_THRESHOLD": "2.5",
        "ORDER_FLOW_RED_BURST_THRESHOLD": "5",
        "ORDER_FLOW_ALERT_WINDOW_SECONDS": " 60 ",
        "ORDER_FLOW_MINIMUM_BASELINE_PRINTS": "30",
        "ORDER_FLOW_BID_ATTACK_EXECUTIONS": "4",
        "ORDER_FLOW_BID_ATTACK_GAP_SECONDS": "20",
        "ORDER_FLOW_WATCHLIST": "AAPL, MSFT,",
        "ORDER_FLOW_EXIT_SOURCES": "aggressive_sell,ask_wall",
        "ORDER_FLOW_POLL_INTERVAL_SECONDS": "0.5",
        "ORDER_FLOW_REQUESTS_PER_SECOND": "50",
        "ORDER_FLOW_QUOTE_SIZE_UNIT": "round_lots",
        "ORDER_FLOW_BASE_URL": "http://127.0.0.1:1",
        "ORDER_FLOW_ALLOW_INSECURE": "1",
        "ORDER_FLOW_FRESHNESS_WARN_SECONDS": "5",
        "ORDER_FLOW_FRESHNESS_LIMIT_SECONDS": "15",
        "ORDER_FLOW_BLIND_AFTER_SECONDS": "20",
        "ORDER_FLOW_SESSIONS": "extended",
        "ORDER_FLOW_THRESHOLDS": "fixed",
        "ORDER_FLOW_ALERTS_PER_DAY": "12",
        "ORDER_FLOW_OWN_SCALE_SOURCES": "burst, resting_bid",
        "ORDER_FLOW_MINIMUM_ORDER_DOLLARS": "1000",
        "ORDER_FLOW_MINIMUM_BURST_DOLLARS": "2000",
        "ORDER_FLOW_CRITICAL_MARGIN": "1.5",
        "ORDER_FLOW_COMPRESS_JOURNAL_AFTER_DAYS": "30",
        "ORDER_FLOW_CAPTURE_BUDGET_MEGABYTES": "5000",
        "ORDER_FLOW_DEPTH_URL": "tcp://127.0.0.1:3",
        "ORDER_FLOW_NOTIFY_URLS": "mailto://a:b@mail.example?to=x@y.z,w@y.z json://127.0.0.1/t",
        "ORDER_FLOW_HEARTBEAT_URL": "https://beat.example/t",
        "ORDER_FLOW_NOTIFY_QUIET_HOURS": "22:00-07:00 local",
        "ORDER_FLOW_REFERENCE_URL": "http://127.0.0.1:2",
        "ORDER_FLOW_DATASET": "ARCX.PILLAR",
        "ORDER_FLOW_COMPRESSION": "none",
        "ORDER_FLOW_POSITIONS_SOURCE": "alpaca",
        "ORDER_FLOW_POSITIONS_URL": "https://paper-api.alpaca.markets",
        "ORDER_FLOW_POSITIONS_ACCOUNT": "12345678",
        "ORDER_FLOW_POSITIONS_PAPER": "1",
        "ORDER_FLOW_POSITIONS_STOP_PERCENT": "7.5",
    }
    # When the configuration is read from them
    made = OrderFlowConfig.from_env(environ, env_file=None)
    # Then each field has its value
    assert values(made) == {
        "data_source": "polygon",
        "polygon_api_key": KEY,
        "monitoring_mode": "watchlist",
        "large_order_size_threshold": 20_000,
        "volume_spike_threshold": 2.5,
        "red_burst_threshold": 5.0,
        "alert_window_seconds": 60,
        "thresholds": "fixed",
        "alerts_per_day": 12,
        "own_scale_sources": ("burst", "resting_bid"),
        "minimum_order_dollars": 1_000,
        "minimum_burst_dollars": 2_000,
        "critical_margin": 1.5,
        "minimum_baseline_prints": 30,
        "bid_attack_executions": 4,
        "bid_attack_gap_seconds": 20,
        "watchlist": ("AAPL", "MSFT"),
        "exit_sources": ("aggressive_sell", "ask_wall"),
        "poll_interval_seconds": 0.5,
        "requests_per_second": 50.0,
        "quote_size_unit": "round_lots",
        "base_url": "http://127.0.0.1:1",
        "depth_url": "tcp://127.0.0.1:3",
        "reference_url": "http://127.0.0.1:2",
        "dataset": "ARCX.PILLAR",
        "compression": "none",
        "allow_insecure": True,
        "freshness_warn_seconds": 5.0,
        "freshness_limit_seconds": 15.0,
        "blind_after_seconds": 20.0,
        "sessions": "extended",
        "compress_journal_after_days": 30,
        "capture_budget_megabytes": 5_000,
        "notify_urls": ("mailto://a:b@mail.example?to=x@y.z,w@y.z", "json://127.0.0.1/t"),
        "heartbeat_url": "https://beat.example/t",
        "notify_quiet_hours": "22:00-07:00 local",
        "positions_source": "alpaca",
        "positions_url": "https://paper-api.alpaca.markets",
        "positions_account": "12345678",
        "positions_paper": True,
        "positions_stop_percent": 7.5,
        "symbol_overrides": {},
    }
    assert set(environ) == set(VARIABLES.values())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("1", True), ("TRUE", True), ("yes", True), ("on", True)),
        *(("0", False), ("False", False), ("no", False), ("OFF", False)),
    ],
)
def test_a_switch_is_on_or_off(text: str, value: bool) -> None:
    # Given a variable that says one or the other
    # When the configuration is read, then it is so
    environ = {"ORDER_FLOW_ALLOW_INSECURE": text}
    assert OrderFlowConfig.from_env(environ, env_file=None).allow_insecure is value


def test_missing_variables_leave_the_defaults() -> None:
    # Given an empty environment
    # When the configuration is read from it
    # Then every value is the default
    assert values(OrderFlowConfig.from_env({}, env_file=None)) == DEFAULTS


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_empty_variables_count_as_missing(text: str) -> None:
    # Given every variable set to nothing
    environ = dict.fromkeys(VARIABLES.values(), text)
    # When the configuration is read from them
    # Then every value is the default
    assert values(OrderFlowConfig.from_env(environ, env_file=None)) == DEFAULTS


def test_from_env_reads_the_process_s_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a variable of the process
    monkeypatch.setenv("ORDER_FLOW_LARGE_ORDER_SIZE", "12345")
    # When no other environment is given
    made = OrderFlowConfig.from_env(env_file=None)
    # Then it is read
    assert made.large_order_size_threshold == 12_345


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("ORDER_FLOW_LARGE_ORDER_SIZE", "999", "a whole number of at least 1,000"),
        ("ORDER_FLOW_LARGE_ORDER_SIZE", "10000.5", "a whole number of at least 1,000"),
        ("ORDER_FLOW_LARGE_ORDER_SIZE", "many", "a whole number of at least 1,000"),
        ("ORDER_FLOW_VOLUME_SPIKE_THRESHOLD", "nan", "a number from 1.5 to 10.0"),
        ("ORDER_FLOW_VOLUME_SPIKE_THRESHOLD", "inf", "a number from 1.5 to 10.0"),
        ("ORDER_FLOW_ALERT_WINDOW_SECONDS", "True", "a whole number from 30 to 300"),
    ],
)
def test_an_unusable_number_in_a_variable_names_the_variable(
    variable: str, text: str, message: str
) -> None:
    # Given a variable that holds no usable number
    # When the configuration is read
    with pytest.raises(ValueError, match=variable) as refused:
        OrderFlowConfig.from_env({variable: text}, env_file=None)
    # Then the sentence names variable, value and range
    name = next(each for each in VARIABLES if VARIABLES[each] == variable)
    said = f"{variable} (environment): {name}={text!r} must be {message}"
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("ORDER_FLOW_MONITORING_MODE", "all", "monitoring_mode='all' must be 'positions_only' or"),
        ("ORDER_FLOW_WATCHLIST", "AAPL,AAPL", "watchlist=('AAPL', 'AAPL') must name each once"),
        (
            "ORDER_FLOW_ALLOW_INSECURE",
            "perhaps",
            "allow_insecure='perhaps' must be 1, true, yes, on or 0",
        ),
        ("ORDER_FLOW_EXIT_SOURCES", "bids", "exit_sources=('bids',) must be"),
    ],
)
def test_an_unusable_word_in_a_variable_names_its_setting(
    variable: str, text: str, message: str
) -> None:
    # Given a variable that holds no usable word
    # When the configuration is read
    # Then the sentence names the setting, the value and what it may be
    with pytest.raises(ValueError, match="must ") as refused:
        OrderFlowConfig.from_env({variable: text}, env_file=None)
    assert str(refused.value).startswith(f"{variable} (environment): ")
    assert message in str(refused.value)


def test_from_env_reads_env_file_below_the_environment(tmp_path: Path) -> None:
    # Given a file of variables, one of which the environment sets too, one to nothing
    env_file = tmp_path / ".env"
    env_file.write_text(
        "ORDER_FLOW_LARGE_ORDER_SIZE=20000\nORDER_FLOW_ALERT_WINDOW_SECONDS=60\n"
        "ORDER_FLOW_SESSIONS=extended\nORDER_FLOW_WATCHLIST\n",
        encoding="utf-8",
    )
    environ = {"ORDER_FLOW_LARGE_ORDER_SIZE": "30000", "ORDER_FLOW_SESSIONS": ""}
    # When the configuration is read
    made = OrderFlowConfig.from_env(environ, env_file=env_file)
    # Then the environment wins where it says something
    assert values(made) == DEFAULTS | {
        "large_order_size_threshold": 30_000,
        "alert_window_seconds": 60,
        "sessions": "extended",
    }


def test_from_env_never_reads_the_configuration_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a configuration file where `load` would look for it
    monkeypatch.chdir(tmp_path)
    path = tmp_path / DEFAULT_CONFIG_PATH
    path.parent.mkdir()
    file_with(path.parent, {"large_order_size_threshold": 20_000})
    # When the environment is read, and when everything is
    from_env = OrderFlowConfig.from_env({})
    loaded = OrderFlowConfig.load(environ={})
    # Then only `load` has seen the file
    assert (from_env.large_order_size_threshold, loaded.large_order_size_threshold) == (
        10_000,
        20_000,
    )


# Precedence


def test_argument_wins_over_file_over_environment_over_env_file_over_default(
    tmp_path: Path,
) -> None:
    # Given five windows, each set in one source fewer
    names = ["poll_interval_seconds", "requests_per_second", "blind_after_seconds"]
    env_file = tmp_path / ".env"
    env_file.write_text(
        "ORDER_FLOW_ALERT_WINDOW_SECONDS=61\nORDER_FLOW_POLL_INTERVAL_SECONDS=1.1\n"
        "ORDER_FLOW_REQUESTS_PER_SECOND=6\nORDER_FLOW_BLIND_AFTER_SECONDS=31\n",
        encoding="utf-8",
    )
    environ = {
        "ORDER_FLOW_ALERT_WINDOW_SECONDS": "62",
        "ORDER_FLOW_POLL_INTERVAL_SECONDS": "1.2",
        "ORDER_FLOW_REQUESTS_PER_SECOND": "7",
    }
    path = file_with(tmp_path, {"alert_window_seconds": 63, "poll_interval_seconds": 1.3})
    # When they are resolved with one explicit argument
    found = resolve(path, environ=environ, env_file=env_file, alert_window_seconds=64)
    # Then each comes from the first source that sets it, and its origin is told
    assert values(found.config) == DEFAULTS | {
        "alert_window_seconds": 64,
        "poll_interval_seconds": 1.3,
        "requests_per_second": 7.0,
        "blind_after_seconds": 31.0,
    }
    assert [found.origins[name] for name in ["alert_window_seconds", *names, "sessions"]] == [
        "argument",
        "file",
        "environment",
        ".env",
        "default",
    ]
    assert set(found.origins) == set(FIELD_NAMES)


def test_conflicts_of_file_and_environment_are_told_and_who_won(tmp_path: Path) -> None:
    # Given fields set differently in file and environment, and in file and `.env`
    env_file = tmp_path / ".env"
    env_file.write_text("ORDER_FLOW_SESSIONS=extended\n", encoding="utf-8")
    environ = {
        "ORDER_FLOW_ALERT_WINDOW_SECONDS": "60",
        "ORDER_FLOW_LARGE_ORDER_SIZE": "20000",
        "ORDER_FLOW_VOLUME_SPIKE_THRESHOLD": "3.0",
        "ORDER_FLOW_WATCHLIST": "AAPL,MSFT",
        "ORDER_FLOW_RED_BURST_THRESHOLD": "5.0",
    }
    path = file_with(
        tmp_path,
        {
            "alert_window_seconds": 90,
            "large_order_size_threshold": 30_000,
            "volume_spike_threshold": 3,
            "watchlist": ["AAPL", "MSFT"],
            "red_burst_threshold": None,
            "sessions": "regular",
        },
    )
    # When they are resolved, one of them with an explicit argument
    found = resolve(path, environ=environ, env_file=env_file, alert_window_seconds=100)
    # Then those that differ are named with the winner; equal values and nulls are no conflict
    told = "is set differently in"
    size, window = "ORDER_FLOW_LARGE_ORDER_SIZE", "ORDER_FLOW_ALERT_WINDOW_SECONDS"
    won = "(environment); an explicit argument wins"
    assert found.conflicts == (
        f"large_order_size_threshold {told} {path} and by {size} (environment); {path} wins",
        f"alert_window_seconds {told} {path} and by {window} {won}",
        f"sessions {told} {path} and by ORDER_FLOW_SESSIONS (.env); {path} wins",
    )


def test_a_conflict_about_the_key_does_not_show_it(tmp_path: Path) -> None:
    # Given two keys
    path = file_with(tmp_path, {"polygon_api_key": KEY})
    # When they are resolved
    found = resolve(path, environ={"POLYGON_API_KEY": KEY[::-1]}, env_file=None)
    # Then the conflict names neither
    by = "POLYGON_API_KEY (environment)"
    assert found.conflicts == (
        f"polygon_api_key is set differently in {path} and by {by}; {path} wins",
    )
    assert KEY not in repr(found)
    assert KEY[::-1] not in repr(found)


@pytest.mark.parametrize("variable", ["MASSIVE_API_KEY", "POLYGON_API_KEY"])
@pytest.mark.parametrize("origin", ["environment", ".env"])
def test_either_name_of_the_key_is_read(variable: str, origin: str, tmp_path: Path) -> None:
    # Given a key under one of its names, in the environment or in `.env`
    env_file = tmp_path / ".env"
    env_file.write_text(f"{variable}={KEY}\n" if origin == ".env" else "", encoding="utf-8")
    environ = {variable: KEY} if origin == "environment" else {}
    # When it is resolved
    found = resolve("missing.json", environ=environ, env_file=env_file)
    # Then it is there, and nothing differs
    assert (found.config.polygon_api_key, found.origins["polygon_api_key"]) == (KEY, origin)
    assert found.conflicts == ()


PRESENT, FORMER = "MASSIVE_API_KEY", "POLYGON_API_KEY"
ENVIRONMENT_FIRST = f"{FORMER} (environment) and {PRESENT} (.env) hold different values"
PRESENT_FIRST = f"{PRESENT} (environment) and {FORMER} (environment) hold different values"


@pytest.mark.parametrize(
    ("environ", "env_file", "winner", "conflicts"),
    [
        ({FORMER: "old", PRESENT: "new"}, "", "new", (f"{PRESENT_FIRST}; {PRESENT} wins",)),
        ({FORMER: "old"}, f"{PRESENT}=new", "old", (f"{ENVIRONMENT_FIRST}; {FORMER} wins",)),
        ({FORMER: "one", PRESENT: "one"}, "", "one", ()),
        ({PRESENT: "one"}, f"{PRESENT}=two", "one", ()),
    ],
)
def test_two_keys_that_differ_are_told_and_which_wins(
    environ: dict[str, str],
    env_file: str,
    winner: str,
    conflicts: tuple[str, ...],
    tmp_path: Path,
) -> None:
    # Given keys under both names
    (tmp_path / ".env").write_text(env_file, encoding="utf-8")
    # When they are resolved
    found = resolve("missing.json", environ=environ, env_file=tmp_path / ".env")
    # Then the environment comes before `.env`, and the present name before the former
    assert (found.config.polygon_api_key, found.conflicts) == (winner, conflicts)


def test_two_keys_do_not_matter_where_the_file_has_its_own(tmp_path: Path) -> None:
    # Given keys under both names, and the first of them in the file
    path = file_with(tmp_path, {"polygon_api_key": "new"})
    environ = {"MASSIVE_API_KEY": "new", "POLYGON_API_KEY": "old"}
    # When they are resolved, then the file's stands, and nothing is told
    assert resolve(path, environ=environ, env_file=None).conflicts == ()


def test_an_argument_of_none_is_not_given(tmp_path: Path) -> None:
    # Given a file with a window
    path = file_with(tmp_path, {"alert_window_seconds": 60})
    # When the argument is None
    made = OrderFlowConfig.load(path, environ={}, env_file=None, alert_window_seconds=None)
    # Then the file's stands
    assert made.alert_window_seconds == 60


def test_a_missing_file_sets_nothing(tmp_path: Path) -> None:
    # Given no file
    # When it is loaded
    made = OrderFlowConfig.load(tmp_path / "none.json", environ={}, env_file=tmp_path / ".env")
    # Then every value is the default
    assert values(made) == DEFAULTS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not valid JSON"),
        (b"\xff\xfe{\x00}\x00", "is written in UTF-16, not in UTF-8; save it as UTF-8"),
        (b"[]", "must hold one JSON object, not list"),
        (b'{"alert_window": 60}', "unknown setting 'alert_window'; did you mean 'alert_window_sec"),
        (b'{"zzz": 60}', "unknown setting 'zzz' (known: data_source, "),
        (b'{"alert_window_seconds": "60"}', "alert_window_seconds='60' must be a whole number"),
        (b'{"volume_spike_threshold": NaN}', "is not valid JSON at line 1"),
        (b'{"volume_spike_threshold": true}', "volume_spike_threshold=True must be a number"),
        (b'{"watchlist": "AAPL"}', "watchlist='AAPL' must be a list of ticker symbols"),
    ],
)
def test_an_unusable_file_is_one_clear_error(tmp_path: Path, content: bytes, message: str) -> None:
    # Given an unusable file
    path = tmp_path / "config.json"
    path.write_bytes(content)
    # When it is loaded
    # Then the sentence says what is wrong
    with pytest.raises(ValueError, match=r"must|unknown|valid|UTF-16") as refused:
        OrderFlowConfig.load(path, environ={}, env_file=None)
    assert str(refused.value).startswith(str(path))
    assert message in str(refused.value)


def test_an_unknown_argument_is_refused(tmp_path: Path) -> None:
    # Given an argument that is no setting
    # When a configuration is loaded with it
    # Then it is refused with the nearest name
    with pytest.raises(ValueError, match="argument: unknown setting 'session'; did you mean 'ses"):
        OrderFlowConfig.load(tmp_path / "none.json", environ={}, env_file=None, session="regular")


# Saving


def test_a_saved_configuration_is_flat_and_without_the_key(tmp_path: Path) -> None:
    # Given a configuration with a key, and addresses that hold another
    urls = (f"json://127.0.0.1/{KEY}",)
    beat = f"https://beat.example/{KEY}"
    made = config(polygon_api_key=KEY, watchlist=("AAPL",), notify_urls=urls, heartbeat_url=beat)
    path = tmp_path / "deep" / "config.json"
    # When it is saved
    made.save(path)
    # Then the file holds every other field but what nobody stated, and the key nowhere
    text = path.read_text(encoding="utf-8")
    assert KEY not in text
    expected = DEFAULTS | {
        "watchlist": ["AAPL"],
        "own_scale_sources": ["burst", "aggressive_sell", "ask_wall"],
    }
    for unstated in LETTER:
        del expected[unstated]
    for secret in SECRET_SETTINGS:
        del expected[secret]
    assert json.loads(text) == expected


configs = st.builds(
    OrderFlowConfig,
    large_order_size_threshold=st.integers(1_000, 10**9),
    volume_spike_threshold=st.floats(1.5, 10.0),
    red_burst_threshold=st.floats(10.0, 20.0),
    alert_window_seconds=st.integers(30, 300),
    watchlist=st.lists(st.sampled_from(["AAPL", "BRK.B", "MSFT"]), unique=True),
    exit_sources=st.none() | st.lists(st.sampled_from(ALERT_SOURCES), unique=True),
    base_url=st.sampled_from([None, "http://127.0.0.1:80"]),
    sessions=st.sampled_from(["regular", "extended"]),
    symbol_overrides=st.dictionaries(
        st.sampled_from(["AAPL", "MSFT"]),
        st.fixed_dictionaries({}, optional={"alert_window_seconds": st.integers(30, 300)}),
    ),
)


@settings(max_examples=30)  # each example writes and reads a file
@given(configs)
def test_what_is_saved_is_loaded_again(
    tmp_path_factory: pytest.TempPathFactory, made: OrderFlowConfig
) -> None:
    # Given any configuration without a key
    path = tmp_path_factory.getbasetemp() / "saved.json"
    # When it is saved and loaded
    made.save(path)
    loaded = OrderFlowConfig.load(path, environ={}, env_file=None)
    # Then it is the same
    assert (loaded, loaded.config_hash) == (made, made.config_hash)


@pytest.mark.parametrize(
    ("settings", "name", "words"),
    [
        (
            {"large_order_size_threshold": 15_000},
            "large_order_size_threshold",
            "fixed, own scale off for orders and offers",
        ),
        ({}, "large_order_size_threshold", "not used, own scale decides"),
        ({"red_burst_threshold": 5.0}, "red_burst_threshold", "fixed, own scale off for bursts"),
        (
            {"sessions": "extended"},
            "volume_spike_threshold",
            "fixed, own scale is not used in extended sessions",
        ),
        ({"thresholds": "fixed"}, "volume_spike_threshold", ""),
        ({}, "alert_window_seconds", ""),
    ],
)
def test_it_is_said_where_a_number_holds(settings: dict[str, Any], name: str, words: str) -> None:
    # Given settings
    # When it is asked what one of them is for
    # Then it says so where own scale may take its place
    assert OrderFlowConfig(**settings).holds(name) == words
