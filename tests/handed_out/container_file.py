"""Reads a container file, and performs its steps in a bare environment, without a container.

    python tests/handed_out/container_file.py

A fresh virtual environment takes the place of the image's Python, and a temporary folder that of
its root. What only a container engine can do (layers, users, volumes) is not tried here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
CONTAINER_FILE = ROOT / "docs" / "deploy" / "Containerfile"
IGNORED = ROOT / ".dockerignore"
LOOKS, PAUSE_SECONDS = 60, "1"
FOR_THE_ENGINE = ("FROM", "USER", "VOLUME", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD")


class Step(NamedTuple):
    """One instruction, and the rest of its line."""

    name: str
    text: str


def steps_of(text: str) -> list[Step]:
    """Return the instructions of a container file, continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [Step(*line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def command_of(steps: list[Step], name: str) -> list[str]:
    """Return the words of an instruction that names a command, such as `ENTRYPOINT`."""
    text = next(step.text for step in steps if step.name == name)
    words: list[str] = json.loads(text[text.index("[") :])
    return words


def places_of(steps: list[Step]) -> list[str]:
    """Return the folders of the image that its steps work in."""
    return sorted({step.text for step in steps if step.name == "WORKDIR"})


def in_context() -> frozenset[str]:
    """Return what an engine would see of the checkout: all is left out but what is named."""
    lines = IGNORED.read_text(encoding="utf-8").splitlines()
    if "*" not in lines:
        raise ValueError(f"{IGNORED} does not leave out everything first")
    return frozenset(line[1:] for line in lines if line.startswith("!"))


class Bare:
    """An environment with nothing in it but a fresh Python.

    Args:
        folder: Where it is made.
        places: Folders of the image, which stand below `folder`.
    """

    def __init__(self, folder: Path, places: list[str]) -> None:
        self.root = folder / "root"
        self._places = places
        self._cwd = self.root
        python = folder / "python"
        venv.create(python, with_pip=True)
        (folder / "home").mkdir()
        self._variables = {
            "HOME": str(folder / "home"),
            "PATH": f"{python / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",
        }

    def perform(self, step: Step) -> None:
        """Do one step as an engine would."""
        if step.name == "ARG":
            name, _, value = step.text.partition("=")
            # A build argument: whoever builds says who runs it.
            self._variables[name] = str(os.getuid()) if name == "UID" else value
        elif step.name == "ENV":
            for pair in self._moved(step.text).split():
                name, _, value = pair.partition("=")
                self._variables[name] = value
        elif step.name == "WORKDIR":
            self._cwd = Path(self._moved(step.text))
            self._cwd.mkdir(parents=True, exist_ok=True)
        elif step.name == "COPY":
            self._copy(step.text.split())
        elif step.name == "RUN":
            text = self._moved(Template(step.text).safe_substitute(self._variables))
            self.run(["/bin/sh", "-ec", text])
        elif step.name not in FOR_THE_ENGINE:
            raise ValueError(f"no step: {step.name}")

    def run(self, command: list[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command as the container would."""
        return subprocess.run(  # noqa: S603 - of our own file
            command, cwd=self._cwd, env=self._variables, check=check, text=True, stdout=sys.stderr
        )

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a command as the container would."""
        return subprocess.Popen(  # noqa: S603 - of our own file
            command, cwd=self._cwd, env=self._variables, stdout=sys.stderr
        )

    def found(self, name: str) -> str:
        """Return where a command lies."""
        return str(shutil.which(name, path=self._variables["PATH"]))

    def _copy(self, words: list[str]) -> None:
        *sources, target = words
        for source in sources:
            if source not in in_context():
                raise ValueError(f"{IGNORED.name} leaves out {source}")
            there = self._cwd / target
            if (ROOT / source).is_dir():
                left_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
                shutil.copytree(ROOT / source, there, ignore=left_out)
            else:
                shutil.copy(ROOT / source, there)

    def _moved(self, text: str) -> str:
        for place in self._places:
            text = re.sub(rf"(?<![\w/.]){re.escape(place)}(?=[/\s]|$)", f"{self.root}{place}", text)
        return text


def looks(bare: Bare, command: list[str]) -> Iterator[int]:
    """Yield the exit status of a health check, again and again for a minute or so."""
    for _ in range(LOOKS):
        yield bare.run(command, check=False).returncode
        bare.run(["sleep", PAUSE_SECONDS])


def main() -> int:
    """Perform every step, then let the guard run and be looked at; return the exit status."""
    steps = steps_of(CONTAINER_FILE.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        bare = Bare(Path(folder), places_of(steps))
        for step in steps:
            sys.stderr.write(f"{step.name} {step.text}\n")
            bare.perform(step)
        entry = [bare.found(command_of(steps, "ENTRYPOINT")[0])]
        bare.run([*entry, "--version"])
        check = [bare.found(command_of(steps, "HEALTHCHECK")[0])]
        check += command_of(steps, "HEALTHCHECK")[1:]
        if bare.run(check, check=False).returncode != 1:
            sys.exit("the health check passes without a guard")
        guard = bare.start([*entry, *command_of(steps, "CMD"), "--simulated"])
        try:
            is_well = 0 in looks(bare, [*check, "--simulated"])
        finally:
            guard.terminate()
            status = guard.wait()
    if not is_well or status:
        sys.exit(f"the guard was well: {is_well}; it ended with status {status}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
