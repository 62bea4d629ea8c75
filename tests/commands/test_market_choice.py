"""Which market is watched: never an invented one for a real wish."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trading_bot.commands.market import WatchedMarket, open_market
from trading_bot.order_flow.config import OrderFlowConfig, ResolvedConfig, resolve
from trading_bot.order_flow.position import Position
from trading_bot.watched.asked import MonitorOptions
from trading_bot.watched.choice import record_folder, source_of

KEY = "pk_of_this_test_0123456789"
ROOT = Path(__file__).parents[2]
SEVERAL = "ACME, BOLT, CLIF, DOVE, EDDY, FERN.B"


def asked_at(home: Path, **changes: Any) -> MonitorOptions:
    """Return what a bare call asks for."""
    fields: dict[str, Any] = {
        "simulated": False,
        "duration_seconds": 1.0,
        "log_directory": None,
        "config_path": home / "config" / "order_flow_config.json",
        "positions_path": home / "config" / "positions.json",
        "base_url": None,
        "home": home,
    }
    return MonitorOptions(**(fields | changes))


def hold(home: Path, *symbols: str, watchlist: tuple[str, ...] = ()) -> Path:
    path = home / "config" / "positions.json"
    path.parent.mkdir(exist_ok=True)
    rows = [{"symbol": each, "quantity": 1, "average_price": 2} for each in symbols]
    content = {"positions": rows, "watchlist": list(watchlist)}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def opened(options: MonitorOptions, **settings: Any) -> tuple[WatchedMarket, list[str]]:
    """Open the market by settings of a file, and close it again; return it and what was said."""
    path = options.home / "settings.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    resolved = resolve(path, environ={"MASSIVE_API_KEY": KEY}, env_file=None)
    said: list[str] = []
    source = source_of(options, resolved.config, may_demonstrate=True)
    with open_market(options, resolved, source, lambda text, style="": said.append(text)) as found:
        return found, said


def watched(market: WatchedMarket) -> tuple[list[str], list[str]]:
    manager = market.position_manager
    beside = [*manager.get_watchlist(), *market.config.watchlist]
    return [each.symbol for each in manager.get_active_positions()], beside


# Which market.


@pytest.mark.parametrize("demo", [True, False])
@pytest.mark.parametrize(
    "settings",
    [{"polygon_api_key": KEY}, {"base_url": "http://127.0.0.1:9"}, {"data_source": "another"}],
    ids=["a key", "a host", "another provider"],
)
def test_the_live_market_is_watched_where_it_can_be_asked(
    tmp_path: Path, settings: dict[str, Any], demo: bool
) -> None:
    # Given a key, a host, or a provider with a key of its own
    config = OrderFlowConfig(**settings)
    # When the market is chosen, then it is the live one
    assert source_of(asked_at(tmp_path), config, may_demonstrate=demo) == "live"


@pytest.mark.parametrize("key", [KEY, ""])
def test_the_simulated_market_is_watched_when_it_is_asked_for(tmp_path: Path, key: str) -> None:
    # Given its option, and positions
    hold(tmp_path, "AAPL")
    options = asked_at(tmp_path, simulated=True)
    # When the market is chosen, then it is that one, whether there is a key or not
    config = OrderFlowConfig(polygon_api_key=key)
    assert source_of(options, config, may_demonstrate=False) == "simulated"


@pytest.mark.parametrize(
    "harmless",
    [
        {},
        {"seed": 3, "mode": "poll", "duration_seconds": None},
        {"log_directory": Path("elsewhere"), "allow_insecure": True},
    ],
)
def test_a_bare_call_demonstrates(tmp_path: Path, harmless: dict[str, Any]) -> None:
    # Given neither key nor anything of the trader's own
    # When the market is chosen, then it is the simulated one
    options = asked_at(tmp_path, **harmless)
    assert source_of(options, OrderFlowConfig(), may_demonstrate=True) == "simulated"


def test_a_fresh_checkout_demonstrates() -> None:
    # Given the settings as they are shipped, and no positions file
    config = resolve(
        ROOT / "config" / "order_flow_config.json", environ={}, env_file=ROOT / ".env.example"
    ).config
    options = replace(asked_at(ROOT), positions_path=ROOT / "config" / "no_positions.json")
    # When the market is chosen, then they are nobody's wish
    assert source_of(options, config, may_demonstrate=True) == "simulated"


@pytest.mark.parametrize(
    ("wish", "settings", "named"),
    [
        ({"positions_is_given": True}, {}, "--positions"),
        ({"positions": (Position("AAPL", 1, 2),)}, {}, "--position"),
        ({"watch": ("AAPL",)}, {}, "--watch"),
        ({"no_positions": True}, {}, "--no-positions"),
        ({"everything": True}, {}, "--everything"),
        ({"record_to": Path("market")}, {}, "--record"),
        ({"config_is_given": True}, {}, "--config"),
        ({}, {"watchlist": ("AAPL",)}, "the watchlist of the settings"),
        (
            {},
            {"symbol_overrides": {"AAPL": {"alert_window_seconds": 60}}},
            "symbol_overrides of the settings",
        ),
    ],
)
def test_a_wish_of_the_traders_own_is_never_answered_by_an_invented_market(
    tmp_path: Path, wish: dict[str, Any], settings: dict[str, Any], named: str
) -> None:
    # Given no key, and something that says what to watch, or how
    options = asked_at(tmp_path, **wish)
    # When the market is chosen
    with pytest.raises(ValueError, match=r"^no key is set") as caught:
        source_of(options, OrderFlowConfig(**settings), may_demonstrate=True)
    # Then one sentence names it, where the key goes, and how to see the simulated market
    assert str(caught.value) == (
        f"no key is set (MASSIVE_API_KEY or POLYGON_API_KEY), so that {named} cannot be obeyed: "
        f"put the key into {tmp_path / '.env'} to watch the live market, or add --simulated to "
        "watch the simulated one"
    )


def test_a_positions_file_is_such_a_wish(tmp_path: Path) -> None:
    # Given no key, and a file in its usual place
    path = hold(tmp_path)
    # When the market is chosen, then it is refused, and the file named
    with pytest.raises(ValueError, match="cannot be obeyed") as caught:
        source_of(asked_at(tmp_path), OrderFlowConfig(), may_demonstrate=True)
    assert f"so that {path} cannot be obeyed" in str(caught.value)


def test_where_no_demonstration_will_do_a_bare_call_is_refused_too(tmp_path: Path) -> None:
    # Given neither key nor anything of the trader's own
    # When a command asks that must not answer for an invented market, then it is refused
    with pytest.raises(ValueError, match=r"^no key is set \(.*\): put the key into .*--simulated"):
        source_of(asked_at(tmp_path), OrderFlowConfig(), may_demonstrate=False)


def test_each_market_keeps_its_record_in_a_folder_of_its_own(tmp_path: Path) -> None:
    # Given no folder for the record, and one
    bare, named = asked_at(tmp_path), asked_at(tmp_path, log_directory=tmp_path / "own")
    # When it is asked for, then the usual ones differ, and one that is named counts
    assert record_folder(bare, "live") == tmp_path / "logs" / "order_flow"
    assert record_folder(bare, "simulated") == tmp_path / "logs" / "order_flow_simulated"
    assert record_folder(named, "simulated") == tmp_path / "own"


# For which positions: on the live market.


def test_a_watchlist_beside_the_positions_is_watched(tmp_path: Path) -> None:
    # Given a file with both, and settings that say nothing of a mode
    hold(tmp_path, "AAPL", watchlist=("MSFT",))
    # When the live market is opened
    market, said = opened(asked_at(tmp_path))
    # Then both are watched
    assert (market.source, market.config.monitoring_mode) == ("live", "watchlist")
    assert watched(market) == (["AAPL"], ["MSFT"])
    assert said == []


@pytest.mark.parametrize(
    ("mode", "seen"),
    [
        ({}, ["MSFT", "AMD", "NVDA"]),
        ({"monitoring_mode": "watchlist"}, ["MSFT", "AMD", "NVDA"]),
        ({"monitoring_mode": "positions_only"}, ["MSFT", "AMD"]),
    ],
    ids=["not stated", "watchlist", "positions only"],
)
def test_a_stated_mode_decides_of_the_watchlist_of_the_settings_alone(
    tmp_path: Path, mode: dict[str, Any], seen: list[str]
) -> None:
    # Given a watchlist in the file, in the settings, and on the command line
    hold(tmp_path, "AAPL", watchlist=("MSFT",))
    # When the live market is opened in one mode
    market, _ = opened(asked_at(tmp_path, watch=("AMD",)), watchlist=["NVDA"], **mode)
    # Then the settings' own is left out where they say so, the others never
    assert watched(market) == (["AAPL"], seen)
    assert market.config.monitoring_mode == "watchlist"


def test_symbols_are_watched_without_a_file(tmp_path: Path) -> None:
    # Given no positions file
    # When symbols are named on the command line
    market, said = opened(asked_at(tmp_path, watch=("AAPL", "MSFT")))
    # Then they are watched, and nothing is missing
    assert watched(market) == ([], ["AAPL", "MSFT"])
    assert said == []


def test_positions_are_stated_without_a_file(tmp_path: Path) -> None:
    # Given no positions file
    stated = Position("AAPL", 100, "187.50", 182)
    # When a position is stated on the command line
    market, said = opened(asked_at(tmp_path, positions=(stated,)))
    # Then it is what is held
    assert list(market.position_manager.get_active_positions()) == [stated]
    assert said == []


def test_a_file_that_a_stated_position_takes_the_place_of_is_named(tmp_path: Path) -> None:
    # Given a positions file
    path = hold(tmp_path, "MSFT")
    # When a position is stated on the command line
    market, said = opened(asked_at(tmp_path, positions=(Position("AAPL", 1, 2),)))
    # Then it alone is held, and that is said
    assert watched(market) == (["AAPL"], [])
    assert said == [f"note: {path} is not read: --position says what is held"]


def test_a_file_that_is_missing_is_still_no_empty_one(tmp_path: Path) -> None:
    # Given no positions file, and nothing named in its place
    # When the live market is opened
    _, said = opened(asked_at(tmp_path))
    # Then it is said that nothing is known of what is held, and what to do
    (line,) = said
    assert line.startswith("warning: no positions file at ")
    assert "say it by --position; --no-positions says that nothing is held." in line


# For which positions: on the simulated market.


def test_the_simulated_market_refuses_what_it_knows_nothing_of(tmp_path: Path) -> None:
    # Given positions of another market
    path = hold(tmp_path, "AAPL", watchlist=("MSFT",))
    options = asked_at(tmp_path, simulated=True, positions_path=path, positions_is_given=True)
    # When the simulated one is to be watched for them, then they are named, and what it has
    with pytest.raises(ValueError, match="the simulated market does not know AAPL, MSFT") as caught:
        opened(options)
    assert str(caught.value).endswith(f"it has {SEVERAL}")


@pytest.mark.parametrize(
    ("wish", "settings", "seen", "unknown"),
    [
        ({"positions_is_given": True}, {}, (["ACME"], []), "AAPL"),
        ({"positions": (Position("BOLT", -1, 2),)}, {}, (["BOLT"], []), ""),
        ({"watch": ("FERN.B", "NVDA")}, {}, ([], ["FERN.B"]), "NVDA"),
        ({"config_is_given": True}, {"watchlist": ["DOVE"]}, ([], ["DOVE"]), ""),
        ({"no_positions": True}, {}, ([], []), ""),
        ({}, {}, (["ACME", "BOLT", "CLIF", "DOVE", "EDDY"], []), ""),
        ({}, {"watchlist": ["AAPL"]}, (["ACME", "BOLT", "CLIF", "DOVE", "EDDY"], []), "AAPL"),
        ({"config_is_given": True}, {}, (["ACME", "BOLT", "CLIF", "DOVE", "EDDY"], []), ""),
    ],
    ids=["file", "position", "watch", "settings", "none", "bare", "usual settings", "no symbol"],
)
@pytest.mark.slow  # starts the market's process
def test_the_simulated_market_is_watched_for_what_is_stated(
    tmp_path: Path,
    wish: dict[str, Any],
    settings: dict[str, Any],
    seen: tuple[list[str], list[str]],
    unknown: str,
) -> None:
    # Given the simulated market, something stated of what to watch, and a file in its usual place
    path = hold(tmp_path, "ACME", "AAPL")
    # When it is opened
    market, said = opened(asked_at(tmp_path, simulated=True, **wish), **settings)
    # Then that is watched, else the demonstration's account, and what it does not know is named
    assert watched(market) == seen
    named = f"warning: the simulated market does not know {unknown}: it has {SEVERAL}"
    warnings = [line for line in said if line.startswith("warning: ")]
    assert warnings == ([named] if unknown else [])
    # And so is the file, where the account of the demonstration takes its place
    is_passed_by = not wish.keys() & {"positions_is_given", "positions", "no_positions"}
    assert (f"note: {path} is not read: --positions would name it" in said) == is_passed_by


@pytest.mark.slow  # starts the market's process
def test_symbols_that_come_into_the_watchlist_later_are_told_where_they_are_not_known(
    tmp_path: Path,
) -> None:
    # Given a simulated market, and a watchlist in which it lacks one symbol
    options = asked_at(tmp_path, simulated=True)
    path = tmp_path / "settings.json"
    said: list[str] = []

    def listed(*symbols: str) -> ResolvedConfig:
        path.write_text(json.dumps({"watchlist": symbols}), encoding="utf-8")
        return resolve(path, environ={}, env_file=None)

    before = listed("ACME", "AAPL")
    with open_market(
        options, before, "simulated", lambda text, style="": said.append(text)
    ) as market:
        said.clear()
        # When others come, and are read again
        found = [market.renew(listed("ACME", "BOLT", "AAPL", "NVDA")).watchlist for _ in range(2)]
    # Then what it has is watched, and what is new and unknown is named, once
    assert found == [("ACME", "BOLT")] * 2
    assert said == [f"warning: the simulated market does not know NVDA: it has {SEVERAL}"]
