"""Interpreter, packages, time zone data and disk."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone, tzinfo
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest
from support.doctor_values import looked_at, machine, stands

from trading_bot.doctor import machine as checks
from trading_bot.doctor.looked import Looked


def test_a_supported_python_is_named_with_its_core(tmp_path: Path) -> None:
    # Given the oldest Python that will do
    looked = looked_at(tmp_path, machine=machine(python=(3, 11, 0)))
    # When it is looked at, then it is well
    stands(checks.python(looked), "ok", "Python 3.11.0, core: ")


def test_an_older_python_fails(tmp_path: Path) -> None:
    # Given one that is older
    looked = looked_at(tmp_path, machine=machine(python=(3, 10, 14)))
    # When it is looked at, then the mend names what will do
    stands(checks.python(looked), "fail", "Python 3.10.14 is too old", "Python 3.11 or newer")


@pytest.mark.parametrize(
    ("origin", "core"), [("judge.py", "plain Python"), ("judge.so", "compiled")]
)
def test_it_is_said_whether_the_core_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str, core: str
) -> None:
    # Given a core of one kind or the other
    class Spec:
        def __init__(self) -> None:
            self.origin = origin

    monkeypatch.setattr(checks, "find_spec", lambda _: Spec())
    # When it is looked at, then its kind is said
    stands(checks.python(looked_at(tmp_path)), "ok", f"core: {core}")


def test_packages_within_their_bounds_are_well(tmp_path: Path) -> None:
    # Given two packages that are needed, and one that only an extra needs
    # When they are looked at, then all is well
    stands(checks.packages(looked_at(tmp_path)), "ok", "2 packages")


@pytest.mark.parametrize(
    ("version", "state"),
    [("2.8.9", "warn"), ("2.9", "ok"), ("2.9.0", "ok"), ("2.99", "ok"), ("3.0", "warn")],
)
def test_a_package_is_judged_at_both_its_bounds(tmp_path: Path, version: str, state: str) -> None:
    # Given a package of some version, which may be from 2.9 to below 3
    known = {"one": version, "two": "1"}
    looked = looked_at(tmp_path, machine=machine(version_of=known.__getitem__))
    # When it is looked at
    found = checks.packages(looked)
    # Then one outside is named, with what to install
    assert found.state == state
    if state == "warn":
        stands(found, "warn", f"one {version} is not ", "pip install 'one>=2.9,<3'")


def test_a_package_that_is_not_there_is_named(tmp_path: Path) -> None:
    # Given a package that is missing
    def version_of(name: str) -> str:
        if name == "two":
            raise PackageNotFoundError(name)
        return "2.9"

    looked = looked_at(tmp_path, machine=machine(version_of=version_of))
    # When it is looked at, then it is named
    stands(checks.packages(looked), "warn", "two is missing", "pip install 'two'")


def test_a_kind_of_bound_that_is_not_known_is_passed_over(tmp_path: Path) -> None:
    # Given bounds of another kind, and a version without numbers
    looked = looked_at(
        tmp_path,
        machine=machine(requirements=lambda: ["one!=2,>=0", "???"], version_of=lambda _: "dev"),
    )
    # When they are looked at, then they refuse nothing
    stands(checks.packages(looked), "ok", "1 packages")


def test_a_copy_that_is_not_installed_is_told(tmp_path: Path) -> None:
    # Given a copy without metadata
    def requirements() -> list[str]:
        raise PackageNotFoundError("it")

    looked = looked_at(tmp_path, machine=machine(requirements=requirements))
    # When its packages are looked at, then that is said
    stands(checks.packages(looked), "warn", "is not installed", "python3 run.py")


def test_the_real_packages_and_the_real_disk_are_well(tmp_path: Path) -> None:
    # Given this machine
    looked = Looked(looked_at(tmp_path).options)
    # When it is looked at
    found = [checks.packages(looked), checks.time_zone(looked)]
    # Then what this suite runs on is well, and its disk is measured
    assert [each.state for each in found] == ["ok", "ok"]
    assert "free for the record" in checks.disk(looked).found


@pytest.mark.parametrize("error", [ZoneInfoNotFoundError("none"), OSError("no"), ValueError("bad")])
def test_time_zone_data_that_cannot_be_read_fails(tmp_path: Path, error: Exception) -> None:
    # Given a machine without it
    def new_york() -> tzinfo:
        raise error

    looked = looked_at(tmp_path, machine=machine(new_york=new_york))
    # When it is looked at, then the mend names the package
    stands(checks.time_zone(looked), "fail", "no America/New_York", "pip install tzdata")


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5))])
def test_time_zone_data_that_is_wrong_fails(tmp_path: Path, zone: tzinfo) -> None:
    # Given data that is wrong all year, or in summer
    looked = looked_at(tmp_path, machine=machine(new_york=lambda: zone))
    # When it is looked at, then it fails
    stands(checks.time_zone(looked), "fail", "New York", "tzdata")


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (99_999_999, "fail"),
        (100_000_000, "warn"),
        (999_999_999, "warn"),
        (1_000_000_000, "ok"),
    ],
)
def test_the_disk_is_judged_by_its_free_space(tmp_path: Path, free: int, state: str) -> None:
    # Given a disk with some free space, below, at and above the thresholds
    looked = looked_at(tmp_path, machine=machine(free_bytes=lambda _: free))
    # When it is looked at
    found = checks.disk(looked)
    # Then it is judged, and what a day takes is said
    assert found.state == state
    assert "a day takes about 5.0 MB" in found.found
    assert bool(found.mend) is (state != "ok")


@pytest.mark.parametrize(("size", "said"), [(2_000, "2.0 KB"), (2_500_000, "2.5 MB")])
def test_a_record_says_itself_what_a_day_takes(tmp_path: Path, size: int, said: str) -> None:
    # Given a record of two days
    (tmp_path / "record").mkdir()
    (tmp_path / "record" / "2026-03-09.jsonl").write_bytes(b"x")
    (tmp_path / "record" / "2026-03-10.jsonl").write_bytes(b"x" * size)
    # When the disk is looked at, then its largest day is named
    stands(checks.disk(looked_at(tmp_path)), "ok", f"the largest of its days takes {said}")


def test_a_disk_that_cannot_be_measured_is_a_warning(tmp_path: Path) -> None:
    # Given a disk that says nothing
    def free_bytes(_: Path) -> int:
        raise OSError(5, "Input/output error")

    looked = looked_at(tmp_path, machine=machine(free_bytes=free_bytes))
    # When it is looked at, then that is said
    stands(checks.disk(looked), "warn", "is not known (Input/output error)")


def test_a_record_that_cannot_be_listed_has_no_largest_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a folder that cannot be listed
    def glob(_self: Path, _pattern: str) -> object:
        raise PermissionError("no")

    monkeypatch.setattr(Path, "glob", glob)
    # When the disk is looked at, then the usual day is named
    stands(checks.disk(looked_at(tmp_path)), "ok", "a day takes about")
