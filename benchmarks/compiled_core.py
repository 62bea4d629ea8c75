"""The compiled core for benchmarks: made as a bot would, in an environment of its own.

`TRADING_BOT_COMPILE=1 pip install .` into `.bench/compiled`, again whenever the source has changed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CORE_ENVIRONMENT = ROOT / ".bench" / "compiled"
COMPILED = "compiled-from.sha256"


def core_environment(*, compiled: bool) -> dict[str, str]:
    """Return this process's environment, in which the source is found, or what is installed."""
    found = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return found if compiled else {**found, "PYTHONPATH": str(ROOT / "src")}


def core_python() -> str | None:
    """Return the interpreter of an environment whose core is compiled; None without a compiler."""
    python = CORE_ENVIRONMENT / "bin" / "python"
    if not python.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(CORE_ENVIRONMENT)], check=True)
    if compile_for(str(python), dependencies=True):
        return str(python)
    print("the core is plain Python: it could not be compiled", file=sys.stderr)
    return None


def source_hash() -> str:
    """Return what a compiled core must have been made from."""
    digest = hashlib.sha256()
    for path in (ROOT / "setup.py", *sorted((ROOT / "src").rglob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def compile_for(python: str, *, dependencies: bool) -> bool:
    """Install this package with a compiled core; False where that cannot be done."""
    wanted = source_hash()
    stamp = Path(python).parents[1] / COMPILED
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return True
    print(f"compiling the core for {python}; about a minute ...", file=sys.stderr)
    command = [python, "-m", "pip", "install", "-q", "--force-reinstall", str(ROOT)]
    done = subprocess.run(
        command if dependencies else [*command, "--no-deps"],
        capture_output=True,
        check=False,
        env={**os.environ, "TRADING_BOT_COMPILE": "1"},
    )
    if done.returncode:
        print(done.stderr.decode()[-500:], file=sys.stderr)
        return False
    stamp.write_text(wanted, encoding="ascii")
    return True
