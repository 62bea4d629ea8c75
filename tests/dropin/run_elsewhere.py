"""Runs the folder's own tests from a copy of it under another name, inside a bot that is not ours.

    python tests/dropin/run_elsewhere.py [PYTEST_ARGUMENT...]

The copy stands in a bare bot, beside modules of the bot's own that bear every name which the folder
or its first host uses. Each of them, and `trading_bot`, refuses to be imported: whatever the folder
takes from anywhere but itself, the standard library and its packages ends a test.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src" / "trading_bot" / "order_flow"
BOT, NAME = "bare_bot", "flowguard"
_BESIDE_THE_MARKET = "it plays beside the simulated market, which is the application's"
LEFT_OUT: Mapping[str, str] = {
    "test_performance.py": "it times benchmarks/latency.py, which is the application's",
    "test_databento_against_gateway.py": _BESIDE_THE_MARKET,
    "test_databento_by_force.py": _BESIDE_THE_MARKET,
    "test_databento_captured.py": _BESIDE_THE_MARKET,
    "test_databento_history.py": _BESIDE_THE_MARKET,
    "test_databento_provider.py": "it reads its recording as the application does",
    "test_databento_sight.py": _BESIDE_THE_MARKET,
    "test_paired_comparison.py": _BESIDE_THE_MARKET,
    "test_paired_simulators.py": _BESIDE_THE_MARKET,
}
"""Tests of the folder that need more than the folder, and why."""
HOST_NAMES = (
    "bot",
    "cli",
    "commands",
    "error_handling",
    "logger",
    "market_data",
    "momentum",
    "positions",
    "recorded",
    "replay",
    "risk_management",
    "simulator",
    "terminal",
    "units",
)
_REFUSING = 'raise ImportError(f"{__name__} is the bot\'s own: the folder may not ask for it")\n'
_NEW_NAMES = (
    (re.compile(r"\btrading_bot\.order_flow\b"), f"{BOT}.{NAME}"),
    (
        re.compile(r"^from trading_bot import order_flow$", re.MULTILINE),
        f"from {BOT} import {NAME} as order_flow",
    ),
)
_APPLICATION = re.compile(r"\btrading_bot\b")


def clashing_names() -> list[str]:
    """Return the names that the bot has modules of too, but for those of the standard library."""
    own = {path.stem for path in FOLDER.iterdir() if path.suffix == ".py" or path.is_dir()}
    wanted = own.union(HOST_NAMES) - sys.stdlib_module_names
    return sorted(name for name in wanted if not name.startswith("_"))


def lay_out(root: Path) -> None:
    """Make the bot with the copy in it, and the tests beside it."""
    bot = root / "bot"
    package = bot / BOT
    shutil.copytree(FOLDER, package / NAME, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "__init__.py").write_text("")
    for name in clashing_names():
        for place in (bot, package):
            (place / f"{name}.py").write_text(_REFUSING)
    (bot / "trading_bot.py").write_text(_REFUSING)
    tests = root / "tests"
    for path in sorted((ROOT / "tests").rglob("*.py")):
        place = path.relative_to(ROOT / "tests")
        if place.parts[0] not in ("conftest.py", "support", "order_flow") or path.name in LEFT_OUT:
            continue
        text = path.read_text(encoding="utf-8")
        for old, new in _NEW_NAMES:
            text = old.sub(new, text)
        # What serves the application's tests stays behind; who needs it here ends with its name.
        if place.parts[0] == "support" and _APPLICATION.search(text):
            continue
        (tests / place).parent.mkdir(parents=True, exist_ok=True)
        (tests / place).write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "pytest.ini", root)


def run(root: Path, arguments: Sequence[str]) -> int:
    """Run the copied tests with nothing of this checkout in reach; return pytest's status."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COV", "PYTHON"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environment = {**kept, "PYTHONPATH": str(root / "bot"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=root, env=environment, check=False).returncode  # noqa: S603 - ourselves


def main(*arguments: str) -> int:
    """Run everything; say what was run and what not."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lay_out(root)
        tests = len(list((root / "tests" / "order_flow").rglob("test_*.py")))
        say(f"{tests} files of tests/order_flow, from a copy named {BOT}.{NAME}, {sys.executable}")
        say(f"beside modules of the bot's own: {', '.join(clashing_names())}")
        for name, reason in LEFT_OUT.items():
            say(f"left out: {name}: {reason}")
        return run(root, arguments)


def say(text: str) -> None:
    """Print a line before whatever a child process prints."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
