"""Checks of the machine: interpreter, packages, time zone data, disk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from trading_bot.doctor.check import Check, fail, ok, warn
from trading_bot.doctor.looked import Looked

LEAST_PYTHON: Final = (3, 11)
WARN_BYTES: Final = 1_000_000_000
LEAST_BYTES: Final = 100_000_000
"""Below this the disk counts as full."""
USUAL_DAY_BYTES: Final = 5_000_000
"""What the record of a busy day takes."""
NO_ZONE: Final = "the time zone data has no America/New_York"
ZONE_MEND: Final = "install it: pip install tzdata, or your system's package tzdata"
_KNOWN_HOURS: Final = (
    (datetime(2026, 1, 15, 12, tzinfo=UTC), -5),
    (datetime(2026, 7, 15, 12, tzinfo=UTC), -4),
)
"""New York's hours ahead of UTC, in winter and in summer."""
_CORE: Final = "trading_bot.order_flow.rules.symbol_judge"
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+)\s*\(?([^;)]*)\)?\s*(?:;\s*(.*))?")


def python(looked: Looked) -> Check:
    """Check the interpreter, and say whether the core is compiled."""
    found = ".".join(map(str, looked.machine.python))
    if looked.machine.python < LEAST_PYTHON:
        least = ".".join(map(str, LEAST_PYTHON))
        return fail(f"Python {found} is too old", f"install Python {least} or newer")
    spec = find_spec(_CORE)
    is_plain = spec is None or str(spec.origin).endswith(".py")
    return ok(f"Python {found}, core: {'plain Python' if is_plain else 'compiled'}")


def packages(looked: Looked) -> Check:
    """Check that every package is there, in a version that is allowed."""
    try:
        requirements = looked.machine.requirements()
    except PackageNotFoundError:
        return warn(
            "this copy is not installed, so that no versions are compared",
            "run python3 run.py, or pip install -e .",
        )
    wanted = list(_wanted(requirements))
    off = {
        f"'{name}{bounds}'": said for name, bounds in wanted if (said := _off(looked, name, bounds))
    }
    if off:
        return warn("; ".join(off.values()), f"pip install {' '.join(off)}")
    return ok(f"{len(wanted)} packages, each in a version that is allowed")


def time_zone(looked: Looked) -> Check:
    """Check that New York's time is known, and right on a day of winter and of summer."""
    try:
        zone = looked.machine.new_york()
    except (KeyError, OSError, ValueError):
        return fail(NO_ZONE, ZONE_MEND)
    for moment, hours in _KNOWN_HOURS:
        offset = moment.astimezone(zone).utcoffset()
        if offset != timedelta(hours=hours):
            return fail(
                f"the time zone data has New York {offset} from UTC on {moment:%Y-%m-%d}, "
                f"where it is {hours} hours",
                ZONE_MEND,
            )
    return ok("New York's time is known in winter and in summer")


def disk(looked: Looked) -> Check:
    """Check that there is space for the record."""
    folder = existing(looked.log_directory)
    try:
        free = looked.machine.free_bytes(folder)
    except OSError as error:
        words = error.strerror or type(error).__name__
        return warn(f"the free space of {folder} is not known ({words})", "look at the disk")
    day = _largest_day(looked.log_directory)
    largest = (
        f"the largest of its days takes {_size(day)}"
        if day
        else (f"a day takes about {_size(USUAL_DAY_BYTES)}")
    )
    found = f"{_size(free)} free for the record in {looked.log_directory}, {largest}"
    mend = "free some space, or name a folder on another disk (--log-dir)"
    if free < LEAST_BYTES:
        return fail(found, mend)
    return warn(found, mend) if free < WARN_BYTES else ok(found)


def existing(folder: Path) -> Path:
    """Return a folder, or the nearest above it that is there."""
    return next((each for each in (folder, *folder.absolute().parents) if each.exists()), folder)


def _wanted(requirements: list[str]) -> Iterator[tuple[str, str]]:
    """Yield name and bounds of what is needed always; markers are of extras and of systems."""
    for text in requirements:
        found = _REQUIREMENT.fullmatch(text)
        if found is not None and not found[3]:
            yield found[1], found[2].replace(" ", "")


def _off(looked: Looked, name: str, bounds: str) -> str:
    """Say what is wrong with a package; nothing where all is well."""
    try:
        version = looked.machine.version_of(name)
    except PackageNotFoundError:
        return f"{name} is missing"
    outside = [each for each in bounds.split(",") if each and not _is_within(version, each)]
    return f"{name} {version} is not {','.join(outside)}" if outside else ""


def _is_within(version: str, bound: str) -> bool:
    found = re.match(r"(>=|<)(.*)", bound)
    if found is None:
        return True  # a kind of bound that we do not write
    here, there = _numbers(version), _numbers(found[2])
    return here >= there if found[1] == ">=" else here < there


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a release, without zeros at its end: 2.0 is 2."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [] if found is None else [int(each) for each in found[0].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _largest_day(folder: Path) -> int:
    try:
        return max((each.stat().st_size for each in folder.glob("????-??-??.jsonl")), default=0)
    except OSError:
        return 0


def _size(count: int) -> str:
    if count >= 10**9:
        return f"{count / 10**9:,.1f} GB"
    return f"{count / 10**6:.1f} MB" if count >= 10**5 else f"{count / 10**3:.1f} KB"
