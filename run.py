#!/usr/bin/env python3
"""Set everything up in `.venv`, then hand over to the `trading-bot` command.

Needs Python 3.11 or newer and nothing else. All arguments go to `trading-bot`; try `--help`.
"""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements.txt"
STAMP = VENV / "requirements.sha256"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
OLDEST = (3, 11)
COMMAND = "python3 run.py COMMAND"
TEST_HELP = """\
Usage: python3 run.py test [OPTIONS]

  Run the test suite; all options go to pytest. Nothing is set up yet: the first run makes .venv
  and installs what the tests need, which takes about two minutes.

  Example: python3 run.py test -k red_burst"""


def is_about_tests(arguments: list[str]) -> bool:
    """Tell whether all that is asked for is how the tests are run."""
    return len(arguments) == 2 and arguments[0] == "test" and arguments[1] in ("-h", "--help")


def wanted_hash() -> str:
    """Return what the stamp must hold: the hash of the pinned requirements."""
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


def is_set_up() -> bool:
    """Tell whether the last set-up was finished, for these requirements."""
    try:
        return STAMP.read_text(encoding="ascii") == wanted_hash() and PYTHON.exists()
    except OSError:
        return False


def set_up() -> None:
    """Make `.venv`, install the pinned requirements and this package, then write the stamp."""
    packages = sum("==" in line for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    if VENV.is_symlink():
        # To clear it would empty the folder that it leads to, which others may use.
        sys.exit(
            f"{VENV} leads to {VENV.resolve()}, which is not set up for this checkout and is not "
            "cleared for it.\nRemove the link and run the same command again: it makes a folder of "
            "its own."
        )
    say("Setting up .venv, once: about a minute. Nothing outside this folder is changed.")
    begun = time.monotonic()
    STAMP.unlink(missing_ok=True)
    with shown("1 of 3: a virtual environment"):
        run([sys.executable, "-m", "venv", "--clear", str(VENV)], "make a virtual environment")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    with shown(f"2 of 3: the packages of requirements.txt ({packages}, checked by their hashes)"):
        run([*pip, "--require-hashes", "-r", str(REQUIREMENTS)], "install requirements.txt")
    # Built by the setuptools just installed: a newly fetched one would have no hash.
    editable = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    with shown("3 of 3: this package"):
        run([*pip, *editable], "install this package")
    STAMP.write_text(wanted_hash(), encoding="ascii")
    activate = r".venv\Scripts\activate" if WINDOWS else "source .venv/bin/activate"
    say(
        f"Set up in {time.monotonic() - begun:.0f} s. Run commands by `{COMMAND}`, by "
        f"`{BIN.relative_to(ROOT) / 'trading-bot'}`, or, after `{activate}`, by `trading-bot`."
    )


def say(text: str, end: str = "\n") -> None:
    """Tell the person who waits; standard output is the command's own."""
    print(text, end=end, file=sys.stderr, flush=True)


@contextmanager
def shown(step: str) -> Iterator[None]:
    """Say which step is under way; on a terminal, for how long too."""
    if not sys.stderr.isatty():
        say(f"  {step} ...")
        yield
        return
    over, begun = threading.Event(), time.monotonic()

    def count() -> None:
        while not over.wait(1.0):
            say(f"\r  {step} ... {time.monotonic() - begun:.0f} s", end="")

    counting = threading.Thread(target=count, daemon=True)
    say(f"  {step} ...", end="")
    counting.start()
    try:
        yield
    finally:
        over.set()
        counting.join()
        say("")


def run(command: list[str], purpose: str) -> None:
    """Run one step of the set-up, or end with what to do about it."""
    finished = subprocess.run(command, check=False)
    if finished.returncode:
        sys.exit(
            f"Could not {purpose} (status {finished.returncode}); the lines above say why.\n"
            "Mend that (network? disk? on Debian: apt install python3-venv) and run the same "
            "command again: set-up starts over."
        )


def main() -> int:
    """Set up where needed, then become the console script."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"Python 3.11 or newer is needed; this is {found} ({sys.executable}).")
    if not is_set_up():
        if is_about_tests(sys.argv[1:]):
            print(TEST_HELP)
            return 0
        try:
            set_up()
        except KeyboardInterrupt:
            sys.exit("Set-up was interrupted; the next start repeats it.")
    os.environ.setdefault("TRADING_BOT_HOME", str(ROOT))
    command = [str(PYTHON), "-m", "trading_bot", *sys.argv[1:]]
    if not WINDOWS:
        os.execv(command[0], command)  # noqa: S606 - our own interpreter and module
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        # Ctrl-C reaches the child too; it ends by itself.
        return 130


if __name__ == "__main__":
    sys.exit(main())
