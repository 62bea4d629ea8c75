"""Specifications of units, and the folder of their parts."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace as changed
from support.many_days import FIXED, OWN_SCALE, SYMBOLS, write_days

from trading_bot.order_flow.capture.writer import plain_settings
from trading_bot.order_flow.position import Position
from trading_bot.recorded.account import RowAccount
from trading_bot.scale.accounts import add_account, plain_account
from trading_bot.scale.parts import Found, Parts
from trading_bot.scale.specs import (
    DaySpec,
    Held,
    PartitionSpec,
    Reading,
    Side,
    folder_of,
    input_of,
    spec_hash,
)
from trading_bot.scale.unit import Failed, run_partition

FIRST = date(2013, 10, 8)


def spec_of(folder: Path, *symbols: str) -> PartitionSpec:
    paths = write_days(folder / "days", days=(0,), symbols=symbols or SYMBOLS)
    inputs = tuple(map(input_of, paths))
    return PartitionSpec(DaySpec(FIRST, inputs, Reading("polygon"), plain_settings(FIXED)), 10)


def test_a_specification_is_plain_data_whose_hash_stays(tmp_path: Path) -> None:
    # Given a specification
    spec = spec_of(tmp_path)
    # When it travels
    arrived = pickle.loads(pickle.dumps(spec))  # noqa: S301 - made here
    # Then it is the same, and so is its name
    assert arrived == spec
    assert spec_hash(arrived) == spec_hash(spec)


@pytest.mark.parametrize("field", ["bucket", "memory", "market", "goes_on", "day", "inputs"])
def test_whatever_can_change_a_result_changes_the_hash(field: str, tmp_path: Path) -> None:
    # Given a specification
    spec = spec_of(tmp_path)
    side = Side("x", "0")
    of = {
        "day": changed(spec.of, day=date(2013, 10, 9)),
        "inputs": changed(spec.of, inputs=spec.of.inputs[:1]),
    }
    values = {"bucket": 11, "memory": side, "market": side, "goes_on": True}
    # When one thing about it is another
    other = changed(spec, of=of[field]) if field in of else changed(spec, **{field: values[field]})
    # Then so is its name
    assert spec_hash(other) != spec_hash(spec)


def test_a_position_comes_back_as_it_was() -> None:
    # Given positions with and without all they may have
    positions = [
        Position("ACME", "-1.5", "99.5", 98, opened_at=datetime(2013, 10, 8, tzinfo=UTC)),
        Position("BOLT", 3, None),
    ]
    # When they travel
    # Then they are what they were
    assert [Held.of(each).position() for each in positions] == positions


def test_a_folder_of_profiles_changes_with_its_files(tmp_path: Path) -> None:
    # Given a folder
    empty = folder_of(tmp_path)
    # When a profile comes into it
    (tmp_path / "ACME.json").write_bytes(b"{}")
    # Then it is another input
    assert folder_of(tmp_path) != empty


def test_a_unit_by_itself_gives_its_lines_and_no_others(tmp_path: Path) -> None:
    # Given the unit of a bucket
    spec = spec_of(tmp_path)
    # When it is worked off twice
    found = run_partition(spec, tmp_path)
    again = run_partition(spec, tmp_path / "elsewhere")
    # Then its symbol was played, the same both times
    assert isinstance(found, Found)
    assert found.symbols == ["ACME"]
    assert found == again
    assert found.parts[0].spec == spec_hash(spec)


def test_a_unit_of_a_file_that_is_damaged_says_so(tmp_path: Path) -> None:
    # Given a unit whose file is no file of its kind any more
    spec = spec_of(tmp_path)
    path = Path(spec.of.inputs[0].path)
    path.write_bytes(b"\x1f\x8b\x08" + b"x" * 40)
    # When it is worked off
    found = run_partition(spec, tmp_path)
    # Then that is its result
    assert isinstance(found, Failed)
    assert str(path) in found.reason


def test_a_unit_whose_memories_are_others_here_is_refused(tmp_path: Path) -> None:
    # Given a unit that begins with memories, and a folder of that name without them
    memories = tmp_path / "profile"
    memories.mkdir()
    (memories / "ACME.json").write_bytes(b"{}")
    spec = spec_of(tmp_path)
    asked = changed(spec, of=changed(spec.of, profile=folder_of(memories)))
    (memories / "ACME.json").unlink()
    # When it is worked off
    # Then nothing is made by the name of its specification
    with pytest.raises(ValueError, match="profile has changed, or is another one here"):
        run_partition(asked, tmp_path)


def test_a_side_input_that_is_not_what_it_was_is_refused(tmp_path: Path) -> None:
    # Given a file among the parts
    parts = Parts(tmp_path, "hash")
    side = parts.put("day/1.memory.json", b"{}")
    assert parts.get(side) == b"{}"
    assert parts.memories(side) == parts.memories(None) == {}
    # When it is changed, or gone
    (parts.folder / side.name).write_bytes(b"[]")
    # Then it is said
    with pytest.raises(ValueError, match="not what was put there"):
        parts.get(side)
    parts.forget(side)
    with pytest.raises(ValueError, match="not what was put there"):
        parts.get(side)


def test_parts_are_removed_with_their_folder_unless_others_are_there(tmp_path: Path) -> None:
    # Given the parts of two settings
    one, other = Parts(tmp_path, "one"), Parts(tmp_path, "other")
    one.put("a", b"")
    other.put("a", b"")
    # When they are removed
    one.remove()
    # Then the others stay, until they are removed too
    assert other.folder.is_dir()
    other.remove()
    assert not (tmp_path / "parts").exists()
    other.remove()


def test_accounts_add_up_in_any_order() -> None:
    # Given what two readers counted
    first, second = RowAccount(), RowAccount()
    first.trades.read = 5
    first.trades.refuse("size", "malformed", 2)
    first.without_quotes["ACME", FIRST] = 3
    first.notes["x"] = 1
    first.refused_in[Path("a"), "size", "malformed"] = 2
    first.days.add(FIRST)
    second.trades.read = 4
    second.trades.refuse("size", "malformed", 1)
    second.quotes.leave("halted", 2)
    second.notes["x"] = 2
    # When they are added up in both orders
    sums = []
    for order in ((first, second), (second, first)):
        total = RowAccount()
        for each in order:
            add_account(total, plain_account(each))
        sums.append(total)
    # Then the sums are the same
    assert sums[0] == sums[1]
    assert sums[0].trades.read == 9
    assert sums[0].trades.refused["size", "malformed"] == 3
    assert plain_account(sums[0]).refused() == 3


def test_own_scale_leaves_a_memory_where_a_day_goes_on(tmp_path: Path) -> None:
    # Given a unit on own scale after which another day comes
    spec = spec_of(tmp_path)
    spec = changed(spec, of=changed(spec.of, settings=plain_settings(OWN_SCALE)), goes_on=True)
    # When it is worked off
    found = run_partition(spec, tmp_path)
    # Then it has left the memory of its symbol
    assert isinstance(found, Found)
    (part,) = found.parts
    assert [*Parts(tmp_path, OWN_SCALE.config_hash).memories(part.memory)] == ["ACME"]
