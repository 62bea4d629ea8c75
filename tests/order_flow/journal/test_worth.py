"""What exits were followed by on recorded days."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.journal.worth import (
    NOT_MEASURED,
    Followed,
    Pooled,
    Worth,
    WorthSet,
    pooled,
    read_worth,
    worth_of_exits,
)

CONFIG = OrderFlowConfig()
NOTHING = Followed(0, 0, None)


def written(path: Path, *exits: Followed, config: OrderFlowConfig = CONFIG) -> Path:
    """Write measurements of some sets."""
    sets = tuple(WorthSet("score", (f"ACME {n}",), NOTHING, each) for n, each in enumerate(exits))
    worth = Worth(config.config_hash, 10, 300, 1_000, 5, sets)
    path.write_bytes(msgspec.json.encode(worth))
    return path


def test_the_packaged_figures_are_those_of_the_default_settings() -> None:
    # Given the file that is packaged
    worth = read_worth()
    # When it is read
    # Then it says by which command which days were measured, and fits who sets nothing
    assert worth.config_hash == CONFIG.config_hash
    assert all(each.command.startswith("trading-bot score ") for each in worth.sets)
    symbols = {day.split()[0] for each in worth.sets for day in each.days}
    assert symbols == {"AAPL", "AMZN", "BAC", "ETR", "IBM"}
    assert "such exits" in worth_of_exits(CONFIG)


def test_sets_are_added_up_with_an_interval(tmp_path: Path) -> None:
    # Given two sets, and one without an exit
    path = written(tmp_path / "w.json", Followed(6, 4, 0.5), Followed(4, 3, 0.8), NOTHING)
    # When the worth is asked for
    # Then it is that of all exits together, beside matched moments
    assert worth_of_exits(CONFIG, path) == (
        "on recorded days 7 of 10 such exits (70%, 95 % interval 40% to 89%) were not followed by "
        "a fall of 10 bp within 5 minutes; of matched random moments 62% were not"
    )


@pytest.mark.parametrize(
    "config",
    [
        OrderFlowConfig(alerts_per_day=9),
        OrderFlowConfig(symbol_overrides={"ACME": {"alerts_per_day": 9}}),
    ],
)
def test_for_other_settings_nothing_is_measured(config: OrderFlowConfig, tmp_path: Path) -> None:
    # Given measurements, and settings that differ
    path = written(tmp_path / "w.json", Followed(6, 4, 0.5))
    # When the worth is asked for
    # Then no figure is borrowed
    assert worth_of_exits(config, path) == NOT_MEASURED


def test_without_an_exit_nothing_is_measured(tmp_path: Path) -> None:
    # Given days without an exit
    path = written(tmp_path / "w.json", NOTHING)
    # When the worth is asked for
    # Then there is none
    assert worth_of_exits(CONFIG, path) == NOT_MEASURED


def test_events_that_all_went_one_way_still_have_an_interval() -> None:
    # Given four events without a fall
    found = pooled([Followed(4, 4, 0.75)])
    # When they are pooled
    # Then the interval says how little four are
    assert found is not None
    assert found._replace(low=round(found.low, 4)) == Pooled(4, 4, 1.0, 0.5101, 1.0, 0.75)


def test_a_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    # Given a file that is no measurement
    path = tmp_path / "w.json"
    path.write_text('{"sets": 1}')
    # When it is read
    # Then it is refused
    with pytest.raises(DataSourceError):
        read_worth(path)
