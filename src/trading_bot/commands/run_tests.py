"""`trading-bot test`: the test suite of a source checkout, its tools installed when missing."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

TOOLS = ("pytest", "pytest_cov", "pytest_mock", "xdist", "hypothesis", "numpy", "plotly")


def run_tests(root: Path, arguments: Sequence[str]) -> int:
    """Run pytest in a source checkout.

    Args:
        root: The checkout.
        arguments: Passed on to pytest; without any the whole suite runs, in two processes a core,
            since most tests wait for sockets or clocks.

    Returns:
        The exit status of pytest, or of the installation that failed before it.

    Raises:
        ValueError: There is no checkout at `root`.
    """
    if not (root / "tests").is_dir():
        raise ValueError(
            f"{root.resolve()} holds no tests folder; run this in a source checkout, such as by "
            "`python3 run.py test`"
        )
    if any(importlib.util.find_spec(tool) is None for tool in TOOLS):
        sys.stderr.write("Installing the tools of the tests (once; about half a minute) ...\n")
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--editable", ".[test]"]
        installed = subprocess.run(install, cwd=root, check=False)  # noqa: S603 - our own interpreter
        if installed.returncode:
            return installed.returncode
    chosen = arguments or ("-n", str(2 * (os.cpu_count() or 1)), "--dist", "worksteal")
    command = [sys.executable, "-m", "pytest", *chosen]
    return subprocess.run(command, cwd=root, check=False).returncode  # noqa: S603 - our own interpreter
