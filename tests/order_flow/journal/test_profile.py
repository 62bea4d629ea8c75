"""Profiles: what is kept of a symbol's own scale, read back, refused, and never waited for."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import msgspec
import pytest

from trading_bot.order_flow.journal.profile import Profiles, profile_folder, profile_hash
from trading_bot.order_flow.rules.own_scale.memory import OwnScale, ScaleRules
from trading_bot.order_flow.rules.own_scale.state import ScaleState


def memory(minute: int = 0) -> ScaleState:
    return msgspec.structs.replace(OwnScale(ScaleRules()).state(), seeded_minute=minute)


def kept(folder: Path, *symbols: str) -> Profiles:
    profiles = Profiles(folder)
    for symbol in symbols:
        profiles.keep(symbol, memory(7))
    profiles.close()
    return profiles


def test_what_is_kept_is_what_a_later_run_loads(tmp_path: Path) -> None:
    # Given two memories that were kept
    kept(tmp_path / "new", "ACME", "BRK.B")
    # When a later run looks for them
    found = Profiles(tmp_path / "new", writes=False)
    # Then both are there, a file each, and a third is not
    assert found.load("ACME") == found.load("BRK.B") == memory(7)
    assert found.load("BOLT") is None
    assert sorted(each.name for each in (tmp_path / "new").iterdir()) == ["ACME.json", "BRK.B.json"]
    assert found.unreadable == {}


@pytest.mark.skipif(sys.platform == "win32", reason="a file there is its owner's")
def test_nobody_else_may_read_them(tmp_path: Path) -> None:
    # Given a memory that was kept
    kept(tmp_path / "new", "ACME")
    # When its folder and file are looked at
    modes = [
        stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "new", *tmp_path.glob("*/*"))
    ]
    # Then they are their owner's alone
    assert modes == [0o700, 0o600]


def test_the_newest_memory_counts_before_it_is_written(tmp_path: Path) -> None:
    # Given profiles that know two memories of a symbol
    profiles = Profiles(tmp_path)
    profiles.keep("ACME", memory(1))
    profiles.keep("ACME", memory(2))
    # When it is watched again at once
    found = profiles.load("ACME")
    # Then it goes on from the newer, which is what the file holds in the end
    assert found == memory(2)
    profiles.close()
    assert Profiles(tmp_path).load("ACME") == memory(2)


def test_nothing_waits_where_nothing_was_kept(tmp_path: Path) -> None:
    # Given profiles nobody wrote
    # When they are closed
    Profiles(tmp_path / "none").close()
    # Then no folder was made
    assert not (tmp_path / "none").exists()


def test_a_replay_writes_none(tmp_path: Path) -> None:
    # Given profiles that are only read
    profiles = Profiles(tmp_path / "none", writes=False)
    # When a memory is to be kept
    profiles.keep("ACME", memory())
    profiles.close()
    # Then nothing is written
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"symbol":"ACME","memory":{}}', b"\xff" * 2_000_000]
)
def test_a_damaged_file_is_named_and_ignored(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a file that is no profile
    (tmp_path / "ACME.json").write_bytes(content)
    profiles = Profiles(tmp_path)
    # When it is looked for
    found = profiles.load("ACME")
    # Then there is none, and it is said why
    assert found is None
    assert set(profiles.unreadable) == {"ACME"}
    assert [each.message for each in caplog.records] == ["order_flow.profile_unreadable"]


def test_a_folder_in_the_place_of_a_file_is_named_and_ignored(tmp_path: Path) -> None:
    # Given a folder that has the file's name
    (tmp_path / "ACME.json").mkdir()
    profiles = Profiles(tmp_path)
    # When it is looked for
    found = profiles.load("ACME")
    # Then there is none, and it is said why
    assert found is None
    assert set(profiles.unreadable) == {"ACME"}


def test_the_file_of_another_symbol_is_no_profile_of_this_one(tmp_path: Path) -> None:
    # Given a profile under another symbol's name, as where letters' case is one
    kept(tmp_path, "BACpA")
    (tmp_path / "BACpA.json").rename(tmp_path / "BACPA.json")
    # When that symbol is looked for
    # Then it has none
    assert Profiles(tmp_path).load("BACPA") is None


def test_a_disk_that_takes_nothing_costs_the_file_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a file where the folder should be
    (tmp_path / "taken").write_bytes(b"")
    # When a memory is to be kept there
    profiles = kept(tmp_path / "taken", "ACME")
    # Then that is counted and logged
    assert profiles.failed_writes == 1
    assert [each.message for each in caplog.records] == ["order_flow.profile_not_written"]


def test_a_folder_names_the_kind_of_its_data() -> None:
    # Given a record's folder
    # When the profiles of a provider's data are looked for
    found = profile_folder(Path("logs"), "polygon", "stocks", "top_of_book")
    # Then they lie below it, by source, dataset and depth
    assert found == Path("logs/profile/polygon-stocks-top_of_book")


def test_a_hash_follows_from_what_is_known_of_each_symbol() -> None:
    # Given memories
    one, other = {"A": memory(1), "B": memory(2)}, {"B": memory(2), "A": memory(1)}
    # When they are hashed
    # Then order does not matter, content does, and none has none
    assert profile_hash(one) == profile_hash(other)
    assert profile_hash(one) != profile_hash({"A": memory(1), "B": memory(3)})
    assert profile_hash({}) is None
