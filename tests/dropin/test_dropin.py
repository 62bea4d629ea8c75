"""The folder alone: what its wheel holds and needs, and that it judges and is tested elsewhere."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from . import judge_recording, run_elsewhere

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src" / "trading_bot" / "order_flow"
GOLDEN = ROOT / "tests" / "golden"
HEAVY = {"aiohttp", "click", "isal", "numpy", "plotly", "rich"}


def project_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return found


def compiled() -> list[str]:
    """Return the modules that `setup.py` compiles, read without running it."""
    for node in ast.parse((ROOT / "setup.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CORE":
            return list(ast.literal_eval(node.value))
    raise AssertionError("setup.py lists no CORE")


def test_every_compiled_module_stands_in_the_folder() -> None:
    # Given the list of the compiled build
    listed = compiled()
    # When its files are looked for
    missing = [name for name in listed if not (FOLDER / f"{name}.py").is_file()]
    # Then all are there, inside the folder, and each is listed once
    assert missing == []
    assert [name for name in listed if not (FOLDER / name).resolve().is_relative_to(FOLDER)] == []
    assert listed == sorted(set(listed))


def test_the_folder_agrees_with_the_application() -> None:
    # Given the folder's own project and that of the application
    folder, application = project_of(FOLDER), project_of(ROOT)
    # When what both say is compared
    shared = ("version", "description", "license", "requires-python")
    # Then they say the same, under the same licence
    assert {name: folder[name] for name in shared} == {name: application[name] for name in shared}
    assert (FOLDER / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_the_folder_asks_for_little() -> None:
    # Given the folder's requirements
    project = project_of(FOLDER)
    # When they are read
    wanted, extras = project["dependencies"], project["optional-dependencies"]
    # Then no library of the application is there, none is pinned, and no official client is a must
    assert [each for each in wanted if any(each.startswith(name) for name in HEAVY)] == []
    bounds = [re.sub(r"[\w-]+", "", each.partition(";")[0], count=1) for each in wanted]
    assert [each for each in bounds if not re.fullmatch(r"(>=[\d.]+)?", each)] == []
    assert sorted(extras) == ["databento", "massive", "polygon"]
    assert [each for each in wanted if each.startswith(("massive", "polygon"))] == []


@pytest.mark.packaging
def test_the_wheel_holds_the_folder_and_nothing_else(tmp_path: Path) -> None:
    # Given the folder, built by itself
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(tmp_path)]
    subprocess.run([*command, str(FOLDER)], check=True, timeout=120)  # noqa: S603 - our own pip
    [wheel] = tmp_path.iterdir()
    # When its content is listed
    with ZipFile(wheel) as content:
        names = {name for name in content.namelist() if ".dist-info/" not in name}
    # Then it is pure Python, every module of the folder is there, what exits are worth, and
    # nothing else
    assert wheel.name.endswith("-py3-none-any.whl")
    modules = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.py")}
    data = {"py.typed", "journal/worth.json"}
    assert names == {f"order_flow_guard/{name}" for name in modules | data}


def test_the_check_of_the_wheel_judges_as_the_replay_does() -> None:
    # Given the recording, and what the replay says of it
    expected = (GOLDEN / "expected" / "recording.jsonl").read_bytes()
    # When the check that installs the wheel judges it, by the folder where it is
    judged = judge_recording.Judgement("trading_bot.order_flow")
    found = judged.judge(sorted((GOLDEN / "inputs" / "recording").iterdir()))
    # Then the record is the same to the byte
    assert sha256(found).hexdigest() == sha256(expected).hexdigest()


def test_the_check_of_the_wheel_refuses_to_run_where_it_proves_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Given this machine, which has the application
    # When the check is run
    status = judge_recording.main("trading_bot.order_flow", "none")
    # Then it says so and fails
    assert status == 1
    assert capsys.readouterr().out.startswith("this proves nothing: trading_bot, ")


def test_the_bot_beside_the_copy_clashes_with_every_room() -> None:
    # Given the folder's rooms and modules, and the names of its first host
    rooms = {"capture", "feed", "journal", "market", "providers", "rules", "sight"}
    modules = {"clock", "config", "data_models", "errors", "retry", "monitor", "validators"}
    host = {"bot", "error_handling", "logger", "market_data", "momentum", "risk_management"}
    # When the bot's own names are listed
    found = set(run_elsewhere.clashing_names())
    # Then all are among them, and none hides a module of the standard library
    assert rooms | modules | host <= found
    assert found.isdisjoint(sys.stdlib_module_names)


@pytest.mark.slow
def test_a_copy_that_takes_from_its_bot_fails(tmp_path: Path) -> None:
    # Given a copy of the folder in a bot, and a test of it that passes
    run_elsewhere.lay_out(tmp_path)
    test = ["tests/order_flow/test_retry.py"]
    assert run_elsewhere.run(tmp_path, test) == 0
    for module, line in (
        ("retry.py", "from ..error_handling import policies"),
        ("retry.py", "import logger"),
        ("market/units.py", "import trading_bot.logger"),
    ):
        # When a module takes something of the bot's
        path = tmp_path / "bot" / run_elsewhere.BOT / run_elsewhere.NAME / module
        text = path.read_text()
        path.write_text(f"{text}\n{line}\n")
        # Then that test passes no more
        assert run_elsewhere.run(tmp_path, test) != 0, line
        path.write_text(text)


@pytest.mark.packaging
def test_the_folders_tests_pass_under_another_name() -> None:
    # Given a bot with modules of its own
    # When the folder's tests run from a copy in it
    # Then all pass
    assert run_elsewhere.main() == 0
