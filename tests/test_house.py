"""The house keeps its plan: rooms, floors and doors, read from the source without importing it.

Every import counts, also one inside a function or for the type checker only.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src"
OURS = "trading_bot.order_flow"
FOLDER = SRC / "trading_bot" / "order_flow"

FILES_AT_MOST = 22
"""Python files of one folder."""

FLOORS_OF_THE_FOLDER = (
    # The public values and the tools of every room; units, because values are made of them, and
    # what makes data unfit, because validators and rules refuse by the same rules.
    (
        "calendar",
        "clock",
        "config",
        "config_bounds",
        "data_models",
        "diagnostics",
        "errors",
        "market.fitness",
        "market.units",
        "notices",
        "outside",
        "position",
        "read_only_mapping",
        "recommendation",
        "retry",
        "settings",
        "threads",
        "validators",
    ),
    ("market",),
    # Who sold is no threshold and no judgement of ours, but a fact about a print that some
    # providers state: one that does not infers it, by the one rule that there is.
    ("rules.side",),
    ("rules", "providers"),
    ("sight", "exit_judge"),
    ("journal",),
    ("held", "order_flow_detector", "polygon_client", "tape_monitor", "telling"),
    ("judge",),
    ("capture", "feed", "live_file"),
    ("monitor",),
    ("guard",),
    # Names every public one, for the type checker.
    ("__init__",),
)
"""Lowest first. A room imports from floors below its own, never from a neighbour on it; only the
first floor's may ask one another."""

FLOORS_OF_THE_APPLICATION = (
    ("order_flow",),
    ("durations", "error_handling", "logger", "positions", "risk_management", "settings_file"),
    ("brokers", "metrics", "notify", "service"),
    ("live_view", "market_data", "momentum", "recorded", "screen", "simulator"),
    ("watched",),
    ("bot", "doctor", "repartition", "replay"),
    ("scale",),
    ("init", "research", "terminal"),
    ("commands",),
    ("cli",),
    ("__init__", "__main__"),
)

MAY_ASK_PROVIDERS = ("judge", "capture", "feed", "monitor", "guard", "polygon_client")
"""Rooms that may import what all providers share; those that judge know none."""

MAY_NAME_A_PROVIDER = (
    f"{OURS}.providers.registry",
    # The specification's path.
    f"{OURS}.polygon_client",
    # Readers of that provider's files, which have its number formats and units.
    "trading_bot.recorded.cells",
    "trading_bot.recorded.databento.binary",
    "trading_bot.recorded.databento.columns",
    "trading_bot.recorded.databento.reading",
    "trading_bot.recorded.databento.records",
    "trading_bot.recorded.databento.table",
    "trading_bot.recorded.databento.unpacking",
    "trading_bot.recorded.flat_columns",
    "trading_bot.recorded.flat_rows",
)

PACKAGES: Mapping[str, tuple[str, str]] = {
    "certifi": ("certifi", "providers"),
    "databento_dbn": ("databento-dbn", "providers.databento"),
    "dotenv": ("python-dotenv", ""),
    "msgspec": ("msgspec", ""),
    "mypy_extensions": ("mypy_extensions", ""),
    "picows": ("picows", "providers"),
    "python_socks": ("python-socks", "providers"),
    "tenacity": ("tenacity", "retry"),
    "urllib3": ("urllib3", "providers"),
}
"""What the folder imports beside the standard library: its distribution, and the one room that may
name it; empty for any."""

MAY_DECODE: Mapping[str, str] = {
    f"{OURS}.outside.door": "the door itself",
    f"{OURS}.outside.cutting": "names of members, of what no decoder takes as a whole",
    f"{OURS}.providers.polygon.stream_wire": "frames: the hot path, which names nothing",
    f"{OURS}.journal.lines": "reads back the line that it has just written",
    f"{OURS}.journal.writer": "reads the record that it writes",
    "trading_bot.replay.journal": "reads back the lines that it has just written",
    "trading_bot.replay.run_explain": "reads back the line that it has just written",
    "trading_bot.replay.showing": "likewise",
}
"""Modules that may decode JSON by themselves, and what; all else goes through the one door."""
DECODES = re.compile(r"\bjson\.loads?\(|\bjson\.decode\(|(?<!self\.)\b_\w+\.decode\(")
"""The standard library's reader, the one of msgspec, and a decoder of a declared type."""

PURE_ROOMS = (
    "feed.doubt",
    "market",
    "outside",
    "providers.paired.comparison",
    "providers.paired.depth_channel",
    "providers.supervision",
    "rules",
    "sight",
)
SHELLS = frozenset(
    {
        "asyncio",
        "concurrent",
        "http",
        "logging",
        "os",
        "queue",
        "random",
        "select",
        "selectors",
        "socket",
        "ssl",
        "subprocess",
        "threading",
        "time",
        "urllib",
        f"{OURS}.clock",
        f"{OURS}.diagnostics",
    }
)
"""What a rule or the ledger may not reach for: time and data are given to it."""


class Module(NamedTuple):
    """A module: its file, and what it imports, ours by module and others by their first name."""

    path: Path
    ours: frozenset[str]
    others: frozenset[str]


@cache
def house() -> Mapping[str, Module]:
    """Return every module of `src` by its dotted name."""
    paths = {_name_of(path): path for path in sorted(SRC.rglob("*.py"))}
    read = {}
    for name, path in paths.items():
        ours, others = set(), set()
        for asked in imports(path.read_text(encoding="utf-8"), _package_of(name, path)):
            found = next((each for each in _prefixes(asked) if each in paths), None)
            if found is None:
                others.add(asked.partition(".")[0])
            else:
                ours.add(found)
        read[name] = Module(path, frozenset(ours - {name}), frozenset(others))
    return read


def imports(source: str, package: str) -> Iterator[str]:
    """Yield the dotted name of whatever a module of a package imports, wherever it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = [*(above if node.level else ()), *([node.module] if node.module else ())]
            yield from (".".join([*base, each.name]) for each in node.names)


def _name_of(path: Path) -> str:
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _package_of(name: str, path: Path) -> str:
    return name if path.name == "__init__.py" else name.rpartition(".")[0]


def _prefixes(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]


def circles(arrows: Mapping[str, frozenset[str]]) -> set[frozenset[str]]:
    """Return every set of modules that lead back to each other."""
    reached = {name: _reached(arrows, name) for name in arrows}
    found = (
        frozenset(other for other in reached[name] if name in reached[other]) for name in arrows
    )
    return {circle for circle in found if circle}


def _reached(arrows: Mapping[str, frozenset[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = arrows[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def inside(name: str, root: str) -> str:
    """Return a module's name below a package; `__init__` for the package itself."""
    return name.removeprefix(root).removeprefix(".") or "__init__"


def floor_of(place: str, floors: tuple[tuple[str, ...], ...]) -> tuple[int, str]:
    """Return the floor and the room of a place."""
    for room in _prefixes(place):
        for number, rooms in enumerate(floors):
            if room in rooms:
                return number, room
    raise AssertionError(f"{place} stands on no floor: give it one in {Path(__file__).name}")


def upward(root: str, floors: tuple[tuple[str, ...], ...]) -> set[str]:
    """Return the imports below a package that do not lead to a lower floor, or stay in a room."""
    found = set()
    for name, module in house().items():
        if not f"{name}.".startswith(f"{root}."):
            continue
        floor, room = floor_of(inside(name, root), floors)
        for asked in module.ours:
            # Out of the folder is another test's; the package itself holds no code to ask for.
            if not asked.startswith(f"{root}."):
                continue
            below, other = floor_of(inside(asked, root), floors)
            if room != other and below >= floor and not floor == below == 0:
                found.add(f"{inside(name, root)} -> {inside(asked, root)}")
    return found


def of_folder() -> Iterator[tuple[str, Module]]:
    """Yield the modules of the folder that drops in, by their names inside it."""
    for name, module in house().items():
        if f"{name}.".startswith(f"{OURS}."):
            yield inside(name, OURS), module


def is_in(place: str, room: str) -> bool:
    return f"{place}.".startswith(f"{room}.")


def test_no_modules_lead_back_to_each_other() -> None:
    # Given every import of the source
    arrows = {name: module.ours for name, module in house().items()}
    # When they are followed
    found = {" ".join(sorted(circle)) for circle in circles(arrows)}
    # Then none leads back, but for those that are known
    assert found == set()


def test_inside_the_folder_imports_lead_down_only() -> None:
    # Given the folder's floors
    # When every import is followed
    found = upward(OURS, FLOORS_OF_THE_FOLDER)
    # Then it leads to a lower floor, or stays in its room
    assert found == set()


def test_around_the_folder_imports_lead_down_only() -> None:
    # Given the application's floors, of which the folder is the lowest
    # When every import is followed
    found = upward("trading_bot", FLOORS_OF_THE_APPLICATION)
    # Then it leads to a lower floor, or stays in its room
    assert found == set()


def test_only_the_registry_names_a_provider() -> None:
    # Given the providers, a folder each, but for what they share
    root = f"{OURS}.providers"
    folders = {module.path.parent.name for name, module in house().items() if is_in(name, root)}
    providers = [f"{root}.{name}" for name in folders - {"providers", "supervision"}]
    # When all imports of their modules from elsewhere are listed
    found = {
        f"{inside(name, 'trading_bot')} -> {inside(asked, root)}"
        for name, module in house().items()
        for asked in module.ours
        for provider in providers
        if is_in(asked, provider) and not is_in(name, provider) and name not in MAY_NAME_A_PROVIDER
    }
    # Then there are none, but for those that are known
    assert found == set()


def test_who_judges_asks_no_provider() -> None:
    # Given the rooms that are below every driver
    # When their imports are looked at
    found = {
        f"{name} -> {inside(asked, OURS)}"
        for name, module in of_folder()
        for asked in module.ours
        if is_in(asked, f"{OURS}.providers")
        and not any(is_in(name, room) for room in ("providers", *MAY_ASK_PROVIDERS))
    }
    # Then none leads to a provider, nor to what providers share
    assert found == set()


def test_the_folder_imports_nothing_of_the_application() -> None:
    # Given the folder that drops into any bot
    # When its imports are followed
    found = [
        f"{name} -> {asked}"
        for name, module in of_folder()
        for asked in (*module.ours, *module.others)
        if asked.startswith("trading_bot") and not is_in(asked, OURS)
    ]
    # Then all stay in it, and no text names the package around it, so that none is imported late
    assert found == []
    assert [name for name, module in of_folder() if "trading_bot" in module.path.read_text()] == []


def test_the_folder_imports_its_listed_packages_only() -> None:
    # Given what each module imports from elsewhere
    asked = {(name, other) for name, module in of_folder() for other in module.others}
    foreign = {(name, other) for name, other in asked if other not in sys.stdlib_module_names}
    # When it is compared with the list
    unlisted = [
        f"{name} -> {other}"
        for name, other in sorted(foreign)
        if other not in PACKAGES or not is_in(name, PACKAGES[other][1] or name)
    ]
    # Then nothing is imported beside it or elsewhere, and nothing is listed in vain
    assert unlisted == []
    assert {other for _, other in foreign} == PACKAGES.keys()


def test_the_folder_requires_what_it_imports() -> None:
    # Given the requirements of the folder alone
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    # When their names are compared with the imports
    names = {re.split(r"[<>=;]", each)[0].strip() for each in wanted}
    # Then all are there; the client is imported by its name, and `tzdata` by the standard library
    by_name = {"massive", "polygon-api-client", "tzdata"}
    assert names == {name for name, _ in PACKAGES.values()} | by_name


def test_what_comes_from_outside_is_decoded_by_the_one_door() -> None:
    # Given the source
    # When whatever decodes JSON is looked for
    found = {
        name
        for name, module in house().items()
        if DECODES.search(module.path.read_text(encoding="utf-8"))
    }
    # Then it is the door, and those that have a reason
    assert found == MAY_DECODE.keys()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("json.loads(text)", True),
        ("json.load(stream)", True),
        ("msgspec.json.decode(raw)", True),
        ("_page.decode(body)", True),
        ("json.dumps(text)", False),
        ("raw.decode()", False),
        ("self._decoder.decode(payload, received_ns, link)", False),
    ],
)
def test_every_way_to_decode_is_seen(source: str, found: bool) -> None:
    # Given a line of source
    # When it is looked at, then it is known whether it decodes JSON
    assert (DECODES.search(source) is not None) is found


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_what_judges_reads_no_clock_and_opens_no_door(room: str) -> None:
    # Given a room of rules, of values or of the ledger
    # When its imports are looked at
    found = {
        f"{name} -> {asked}"
        for name, module in of_folder()
        if is_in(name, room)
        for asked in module.ours | module.others
        if asked in SHELLS
    }
    # Then time, sockets, logs, threads and environment stay outside
    assert found == set()


def folders() -> list[Path]:
    return sorted({module.path.parent for module in house().values()})


@pytest.mark.parametrize("folder", folders(), ids=lambda each: each.relative_to(SRC).as_posix())
def test_a_folder_is_small_and_says_what_it_may_know(folder: Path) -> None:
    # Given a folder of the source
    files = list(folder.glob("*.py"))
    # When its files are counted and its own docstring is read
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    first = said.partition("\n\n")[0]
    # Then about twenty is the most, and the docstring begins with one sentence
    assert len(files) <= FILES_AT_MOST
    assert re.fullmatch(r"[^\n]+\.", first)


def test_circles_are_found() -> None:
    # Given four modules, two of which lead back to each other, and one to itself by them
    arrows = {
        "a": frozenset("b"),
        "b": frozenset("ac"),
        "c": frozenset("d"),
        "d": frozenset(""),
    }
    # When circles are looked for
    # Then there is that one
    assert circles(arrows) == {frozenset("ab")}


def test_every_way_to_import_is_seen() -> None:
    # Given a module that imports in every way
    source = """
import os.path as way
from .near import thing
from . import beside
from ..up.there import (one, two)
if TYPE_CHECKING:
    from ...far import Type
def late():
    from other import name
"""
    # When its imports are read
    found = list(imports(source, "top.room.inner"))
    # Then all are there, by their whole names
    assert sorted(found) == [
        "os.path",
        "other.name",
        "top.far.Type",
        "top.room.inner.beside",
        "top.room.inner.near.thing",
        "top.room.up.there.one",
        "top.room.up.there.two",
    ]
