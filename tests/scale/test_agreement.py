"""What a worker must have in common with who gives it work."""

from __future__ import annotations

import os
from dataclasses import replace as changed
from pathlib import Path

import msgspec
import pytest

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.scale.agreement import (
    Agreement,
    DisagreementError,
    Sight,
    agreed,
    agreement_of,
    disagreement,
    objection,
    sight_of,
    source_hash,
    unseen,
)
from trading_bot.scale.specs import CODE

CONFIG = OrderFlowConfig(thresholds="fixed", symbol_overrides={"ACME": {"red_burst_threshold": 9}})


def other(**changes: str) -> Agreement:
    return msgspec.structs.replace(agreement_of(CONFIG), **changes)


def test_a_process_agrees_with_itself(tmp_path: Path) -> None:
    # Given settings, and a file
    file = tmp_path / "t.csv"
    file.write_text("x")
    # When this process is asked to work by them on it
    # Then it has nothing against it
    assert objection(agreement_of(CONFIG), sight_of([file])) is None


def test_no_key_goes_to_workers() -> None:
    # Given settings with a key
    wanted = agreement_of(changed(CONFIG, polygon_api_key="k3y-of-mine"))
    # When they are made plain
    # Then the key is not among them, and they come to the same
    assert "k3y-of-mine" not in str(wanted)
    assert disagreement(wanted) is None


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (other(code="9.9/1"), f"runs trading-bot {CODE}, not 9.9/1"),
        (
            other(source="0" * 16),
            f"runs another trading-bot {CODE}: source {source_hash()}, not 0000000000000000",
        ),
        (
            other(config_hash="f" * 16),
            f"makes of the same settings {CONFIG.config_hash}, not ffffffffffffffff",
        ),
    ],
)
def test_what_differs_is_named(wanted: Agreement, said: str) -> None:
    # Given work by another version, source, or hash of the settings
    # When this process is asked to do it
    # Then it says what differs
    assert disagreement(wanted) == said


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    # Given a file that is gone
    file = tmp_path / "t.csv"
    file.write_text("x")
    sight = sight_of([file])
    file.unlink()
    # When it is looked for
    # Then it is named
    assert unseen(sight) == f"cannot see {file}: No such file or directory"


def test_a_file_of_another_size_is_another_file(tmp_path: Path) -> None:
    # Given a file that has grown
    file = tmp_path / "t.csv"
    file.write_text("x")
    sight = sight_of([file])
    file.write_text("x" * 2_000)
    # When it is looked for
    # Then both sizes are told
    assert unseen(sight) == f"sees another {file}: 2,000 bytes, not 1"


def test_the_folder_of_parts_must_be_the_same(tmp_path: Path) -> None:
    # Given a folder with something in it
    (tmp_path / "probe").touch()
    # When it is looked for, and so is one of that name without it
    # Then only the first is seen
    assert unseen(Sight((), str(tmp_path), "probe")) is None
    assert unseen(Sight((), str(tmp_path), "gone")) == f"cannot see the folder {tmp_path}"


def test_a_folder_of_parts_that_is_closed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a folder in which this process may not write
    (tmp_path / "probe").touch()
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    # When it is looked for
    # Then that is told
    assert unseen(Sight((), str(tmp_path), "probe")) == f"cannot write in {tmp_path}"


def test_work_is_done_where_all_agrees() -> None:
    # Given work by the same code and settings
    # When it is done
    # Then its result comes back
    assert agreed(agreement_of(CONFIG), sorted, [2, 1], reverse=True) == [2, 1]


def test_work_by_other_code_is_refused() -> None:
    # Given work by another version
    # When it is to be done
    # Then it is refused, and the machine is named
    with pytest.raises(DisagreementError, match=r"on .* runs trading-bot .*, not 9\.9/1"):
        agreed(other(code="9.9/1"), sorted, [])


def test_a_file_that_the_machine_cannot_see_is_named(tmp_path: Path) -> None:
    # Given work on a file that is not there
    # When it is to be done
    # Then machine and file are named
    with pytest.raises(DisagreementError, match=r"on .* cannot see .*gone"):
        agreed(agreement_of(CONFIG), (tmp_path / "gone").read_bytes)


def test_a_file_that_is_missing_in_words_is_told_in_them() -> None:
    # Given work that finds no file, and says so in its own words
    def work() -> None:
        raise FileNotFoundError("profiles is no folder")

    # When it is to be done
    # Then they are told
    with pytest.raises(DisagreementError, match="cannot see profiles is no folder"):
        agreed(agreement_of(CONFIG), work)
