"""Who shares the work, as the command line asks for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trading_bot.order_flow.config import OrderFlowConfig, ResolvedConfig
from trading_bot.replay.run_replay import ReplayOptions
from trading_bot.scale.address import ClusterAddress
from trading_bot.scale.pools import SerialExecutor
from trading_bot.scale.workers import refuse_undivided, without_secrets, workers_for

CONFIG = OrderFlowConfig(thresholds="fixed")


def test_without_a_cluster_this_machine_works(tmp_path: Path) -> None:
    # Given a small file
    file = tmp_path / "t.csv"
    file.write_text("x")
    # When nobody asked for a cluster
    with workers_for(None, None, files=[file], config=CONFIG) as workers:
        # Then one process works
        assert workers.jobs == 1
        assert isinstance(workers.open_pool(1), SerialExecutor)


@pytest.mark.parametrize("kind", ["jsonl", "databento"])
def test_a_stream_is_refused(kind: Any) -> None:
    # Given files that one process plays
    # When a cluster is asked for
    # Then it is refused, and without one nothing is said
    with pytest.raises(ValueError, match=f"files of {kind} are played by one process"):
        refuse_undivided(kind, ClusterAddress("tcp://host:1"))
    refuse_undivided(kind, None)


def test_other_files_may_be_shared() -> None:
    # Given files that can be divided
    # When a cluster is asked for
    # Then nothing is said
    refuse_undivided("polygon", ClusterAddress("tcp://host:1"))


def test_no_key_goes_to_other_processes() -> None:
    # Given settings with a key
    config = replace(CONFIG, polygon_api_key="k3y-of-mine")
    # When they are made ready to go
    found = without_secrets(ResolvedConfig(config, {"thresholds": "file"}, ()))
    # Then the key is not among them, and what judges is the same
    assert (found.config.polygon_api_key, found.config.config_hash) == ("", CONFIG.config_hash)
    assert found.origins == {"thresholds": "file"}


def test_who_works_elsewhere_is_given_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given paths from this folder on
    monkeypatch.chdir(tmp_path)
    here = ReplayOptions((Path("t.csv"),), Path("settings.json"), Path(".env"))
    # When they are for who works elsewhere
    found = here.elsewhere()
    with_memories = replace(here, profile=Path("profile")).elsewhere()
    # Then they are whole
    assert found == replace(here, paths=(tmp_path / "t.csv",))
    assert with_memories.profile == tmp_path / "profile"
