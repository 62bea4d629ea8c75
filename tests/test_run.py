"""`run.py` and `trading-bot test`: set-up once, mended when interrupted, then handed over."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from trading_bot.cli import app as cli
from trading_bot.commands import run_tests as run_tests_module
from trading_bot.commands.run_tests import run_tests

pytestmark = pytest.mark.slow  # starts processes

SCRIPT = Path(__file__).resolve().parent.parent / "run.py"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="stands in for tools by scripts")

# Stands in for the interpreter: notes how it was called, and plays `-m venv` and pip.
STAND_IN = """#!/bin/sh
echo "$@" >> "{calls}"
case "$*" in
  "-m venv --clear "*)
    mkdir -p "{root}/.venv/bin" && cp "$0" "{root}/.venv/bin/python"; exit {venv} ;;
  *"-m pip"*) exit {pip} ;;
esac
"""


class Checkout:
    """A folder with `run.py` and requirements, and a stand-in for the interpreter."""

    def __init__(self, root: Path, *, venv: int = 0, pip: int = 0) -> None:
        self.root = root
        self.calls_path = root / "calls"
        self.interpreter = root / "interpreter"
        shutil.copy(SCRIPT, root / "run.py")
        (root / "requirements.txt").write_text("one==1\n", encoding="utf-8")
        self.answer(venv=venv, pip=pip)

    def answer(self, *, venv: int = 0, pip: int = 0) -> None:
        text = STAND_IN.format(calls=self.calls_path, root=self.root, venv=venv, pip=pip)
        self.interpreter.write_text(text, encoding="utf-8")
        self.interpreter.chmod(0o755)

    def run(
        self, *arguments: str, stderr: int = subprocess.PIPE
    ) -> subprocess.CompletedProcess[str]:
        """Run `run.py`, the stand-in taking the interpreter's place within it."""
        code = (
            # A suite that a script starts in the background hands down an interrupt that is
            # ignored; a person's terminal does not.
            "import runpy, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
            f"sys.executable = {str(self.interpreter)!r}; "
            f"sys.argv = ['run.py', *{list(arguments)!r}]; "
            f"runpy.run_path({str(self.root / 'run.py')!r}, run_name='__main__')"
        )
        return subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        """How the stand-in was called since the last look."""
        if not self.calls_path.exists():
            return []
        found = self.calls_path.read_text(encoding="utf-8").splitlines()
        self.calls_path.unlink()
        return found


def set_up_calls(root: Path) -> list[str]:
    pip = "-m pip install --quiet --disable-pip-version-check"
    return [
        f"-m venv --clear {root}/.venv",
        f"{pip} --require-hashes -r {root}/requirements.txt",
        f"{pip} --no-deps --no-build-isolation --editable {root}",
    ]


@posix_only
def test_the_first_start_sets_up_and_hands_over_with_its_arguments(tmp_path: Path) -> None:
    # Given a fresh checkout
    checkout = Checkout(tmp_path)
    # When it is started with arguments
    done = checkout.run("monitor", "--help")
    # Then environment, requirements and package come first, the command last
    assert done.returncode == 0
    assert checkout.calls == [*set_up_calls(tmp_path), "-m trading_bot monitor --help"]
    assert done.stderr.splitlines()[:4] == [
        "Setting up .venv, once: about a minute. Nothing outside this folder is changed.",
        "  1 of 3: a virtual environment ...",
        "  2 of 3: the packages of requirements.txt (1, checked by their hashes) ...",
        "  3 of 3: this package ...",
    ]


@posix_only
def test_set_up_ends_by_saying_how_the_command_is_reached(tmp_path: Path) -> None:
    # Given a fresh checkout
    checkout = Checkout(tmp_path)
    # When it is started
    done = checkout.run("--version")
    # Then the last line of the set-up names each way
    last = re.sub(r"in \d+ s", "in 1 s", done.stderr.splitlines()[-1])
    assert last == (
        "Set up in 1 s. Run commands by `python3 run.py COMMAND`, by `.venv/bin/trading-bot`, or, "
        "after `source .venv/bin/activate`, by `trading-bot`."
    )


@posix_only
def test_on_a_terminal_a_step_counts_its_seconds(tmp_path: Path) -> None:
    # Given a set-up that takes some seconds, and a person at a terminal
    checkout = Checkout(tmp_path)
    slow = checkout.interpreter.read_text(encoding="utf-8").replace("exit 0", "sleep 1.2; exit 0")
    checkout.interpreter.write_text(slow, encoding="utf-8")
    shown, terminal = os.openpty()
    # When it is started there
    checkout.run(stderr=terminal)
    os.close(terminal)
    said = read_to_its_end(shown).decode()
    # Then each step shows that it goes on
    assert re.search(r"\r  1 of 3: a virtual environment \.\.\. 1 s\r\n  2 of 3: ", said)


def read_to_its_end(descriptor: int) -> bytes:
    """Return what was written to a terminal that everybody has closed."""
    data = b""
    try:
        while more := os.read(descriptor, 4_096):
            data += more
    except OSError:  # on Linux, that is its end
        pass
    os.close(descriptor)
    return data


@posix_only
@pytest.mark.parametrize("asked", ["-h", "--help"])
def test_help_for_the_tests_installs_nothing(tmp_path: Path, asked: str) -> None:
    # Given a fresh checkout
    checkout = Checkout(tmp_path)
    # When it is asked how the tests are run
    done = checkout.run("test", asked)
    # Then it says so, and nothing is set up
    assert done.returncode == 0
    assert "Usage: python3 run.py test [OPTIONS]" in done.stdout
    assert checkout.calls == []
    assert not (tmp_path / ".venv").exists()


@posix_only
def test_a_second_start_hands_over_at_once(tmp_path: Path) -> None:
    # Given a checkout that was set up
    checkout = Checkout(tmp_path)
    checkout.run()
    _ = checkout.calls
    # When it is started again
    done = checkout.run("config", "show")
    # Then nothing is set up
    assert checkout.calls == ["-m trading_bot config show"]
    assert done.stderr == ""


@posix_only
@pytest.mark.parametrize("change", ["requirements", "stamp", "interpreter"])
def test_a_set_up_that_does_not_fit_is_repeated(tmp_path: Path, change: str) -> None:
    # Given a checkout whose requirements, stamp or interpreter is not what was set up
    checkout = Checkout(tmp_path)
    checkout.run()
    _ = checkout.calls
    if change == "requirements":
        (tmp_path / "requirements.txt").write_text("one==2\n", encoding="utf-8")
    elif change == "stamp":
        (tmp_path / ".venv" / "requirements.sha256").unlink()
    else:
        (tmp_path / ".venv" / "bin" / "python").unlink()
    # When it is started
    checkout.run()
    # Then it is set up again
    assert checkout.calls == [*set_up_calls(tmp_path), "-m trading_bot"]


@posix_only
@pytest.mark.parametrize(
    ("venv", "pip", "purpose"),
    [(3, 0, "make a virtual environment"), (0, 3, "install requirements.txt")],
)
def test_a_set_up_that_fails_says_what_to_do_and_is_repeated(
    tmp_path: Path, venv: int, pip: int, purpose: str
) -> None:
    # Given a machine on which a step of the set-up fails
    checkout = Checkout(tmp_path, venv=venv, pip=pip)
    # When it is started, and again once that is mended
    failed = checkout.run("monitor")
    told = checkout.calls
    checkout.answer()
    mended = checkout.run("monitor")
    # Then the first says what to do and runs nothing, the second sets up from the beginning
    assert failed.returncode == 1
    assert f"Could not {purpose} (status 3)" in failed.stderr
    assert "-m trading_bot monitor" not in told
    assert mended.returncode == 0
    assert checkout.calls == [*set_up_calls(tmp_path), "-m trading_bot monitor"]


@posix_only
def test_an_environment_that_is_a_link_is_never_cleared(tmp_path: Path) -> None:
    # Given a checkout whose environment is a link to another's, which holds something
    home, others = tmp_path / "checkout", tmp_path / "others"
    home.mkdir()
    others.mkdir()
    checkout = Checkout(home)
    (others / "theirs").write_text("kept", encoding="utf-8")
    (home / ".venv").symlink_to(others)
    # When it is started
    done = checkout.run("monitor")
    # Then it says what to do, runs nothing, and leaves what it leads to as it is
    assert done.returncode == 1
    assert "Remove the link and run the same command again" in done.stderr
    assert str(others) in done.stderr
    assert checkout.calls == []
    assert (others / "theirs").read_text(encoding="utf-8") == "kept"


@posix_only
def test_an_interrupted_set_up_says_that_it_is_repeated(tmp_path: Path) -> None:
    # Given a set-up that a person interrupts; its step may outlive it for some seconds, since the
    # signal can come before its parent knows of it, and must not keep the output open
    checkout = Checkout(tmp_path)
    checkout.interpreter.write_text(
        "#!/bin/sh\nexec >/dev/null 2>&1\nkill -INT $PPID\nexec sleep 10\n", encoding="utf-8"
    )
    # When it is started
    done = checkout.run()
    # Then it ends with one line, and leaves no stamp
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "Set-up was interrupted; the next start repeats it."
    assert not (tmp_path / ".venv" / "requirements.sha256").exists()


def module_in(root: Path) -> ModuleType:
    """Load `run.py` as it would stand in another folder."""
    shutil.copy(SCRIPT, root / "run.py")
    spec = importlib.util.spec_from_file_location("run_of_test", root / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_interpreter_that_is_too_old_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a script that wants a newer Python than there is
    module = module_in(tmp_path)
    monkeypatch.setattr(module, "OLDEST", (99, 0))
    # When it is started
    # Then it says which one is needed, and which one this is
    with pytest.raises(SystemExit, match=r"Python 3.11 or newer is needed; this is \d+\.\d+"):
        module.main()


def test_a_checkout_without_requirements_is_not_set_up(tmp_path: Path) -> None:
    # Given a folder without requirements
    module = module_in(tmp_path)
    # When it is asked whether it is set up
    # Then it is not
    assert module.is_set_up() is False


def test_where_a_process_cannot_be_replaced_the_status_is_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a checkout that is set up, and a system that cannot replace a process
    module = module_in(tmp_path)
    (tmp_path / "requirements.txt").write_text("", encoding="utf-8")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "requirements.sha256").write_text(module.wanted_hash(), encoding="ascii")
    monkeypatch.setattr(module, "WINDOWS", True)
    monkeypatch.setattr(module, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(sys, "argv", ["run.py", "config", "show", "--unknown"])
    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    # When it is started with a wrong argument
    status = module.main()
    # Then the command's status is its own
    assert status == 2


def test_the_suite_is_run_in_the_checkout_with_further_arguments(tmp_path: Path) -> None:
    # Given a checkout with a test that passes and one that fails
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_two.py").write_text(
        "def test_good(): pass\ndef test_bad(): assert False\n", encoding="utf-8"
    )
    # When one or both are run
    good, both = (
        run_tests(tmp_path, ["-q", *chosen, "-p", "no:cacheprovider"])
        for chosen in (["-k", "good"], [])
    )
    # Then the exit status is that of pytest
    assert (good, both) == (0, 1)


def test_the_whole_suite_runs_in_more_processes_than_there_are_cores(tmp_path: Path) -> None:
    # Given a checkout whose only test passes where others run beside it
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_beside.py").write_text(
        "import os\n\n\n"
        "def test_beside():\n"
        "    beside = int(os.environ['PYTEST_XDIST_WORKER_COUNT'])\n"
        "    assert beside == 2 * (os.cpu_count() or 1)\n",
        encoding="utf-8",
    )
    # When the suite is run without further arguments
    status = run_tests(tmp_path, [])
    # Then it passes
    assert status == 0


def test_missing_test_tools_are_installed_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a checkout that is no package, so that nothing can be installed from it
    (tmp_path / "tests").mkdir()
    monkeypatch.setattr(run_tests_module, "TOOLS", ("a_tool_that_is_not_there",))
    # When its tests are to be run
    status = run_tests(tmp_path, [])
    # Then the status is that of the installation, of which was told
    assert status == 1
    assert "Installing the tools of the tests" in capsys.readouterr().err


def test_help_of_the_tests_runs_neither_pip_nor_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an environment without the tools of the tests
    monkeypatch.setattr(run_tests_module, "TOOLS", ("a_tool_that_is_not_there",))
    # When the command is asked how it is used
    found = CliRunner().invoke(cli.app, ["test", "--help"])
    # Then it says so, and installs nothing
    assert found.exit_code == 0
    assert "Usage: trading-bot test" in found.output
    assert "Installing" not in found.output


def test_a_folder_without_tests_is_named(tmp_path: Path) -> None:
    # Given a folder without tests
    # When its tests are to be run
    # Then it is named
    with pytest.raises(ValueError, match="holds no tests folder"):
        run_tests(tmp_path, [])


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no executable bit")
def test_the_script_can_be_started_by_its_name() -> None:
    # Given the script in this checkout
    # When its first line is read
    # Then it names the interpreter
    assert SCRIPT.read_text(encoding="utf-8").startswith("#!/usr/bin/env python3\n")
