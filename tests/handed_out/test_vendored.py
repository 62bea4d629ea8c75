"""The page's one foreign part is what its maker handed out."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

STATIC = Path(__file__).parents[2] / "src" / "trading_bot" / "live_view" / "page" / "static"
VENDOR = STATIC / "vendor"


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VENDOR / "vendor.json").read_text(encoding="utf-8"))
    return found


def test_every_vendored_file_is_listed_with_its_hash() -> None:
    # Given the files that others made
    files = {path.name: path for path in VENDOR.iterdir() if path.name != "vendor.json"}
    # When they are compared with the list, then all are there, and none has been changed
    listed = {name: each["sha256"] for name, each in manifest()["files"].items()}
    assert {name: sha256(path.read_bytes()).hexdigest() for name, path in files.items()} == listed


def test_what_we_wrote_puts_no_markup_into_the_page() -> None:
    # Given the page's own files
    scripts = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("*.js")}
    page = (STATIC / "page.html").read_text(encoding="utf-8")
    # When ways to run text as markup or code are looked for
    ways = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
    )
    found = [(name, way) for name, text in scripts.items() for way in ways if way in text]
    # Then there are none, and the page itself has no style or script of its own
    assert scripts
    assert found == []
    assert [mark for mark in ("style=", "<style", " onclick", "://") if mark in page] == []


@pytest.mark.packaging
def test_vendored_files_are_those_of_their_package(tmp_path: Path) -> None:
    # Given the package by its name and version
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is missing, and nothing else fetches the package")
    known = manifest()
    wanted = f"{known['package']}@{known['version']}"
    subprocess.run(  # noqa: S603 - npm by its path
        [npm, "pack", "--silent", wanted], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL
    )
    (packed,) = tmp_path.glob("*.tgz")
    # When its files are compared with ours
    with tarfile.open(packed) as package:
        found = {
            name: sha256(_bytes_of(package, each["in_package"])).hexdigest()
            for name, each in known["files"].items()
        }
    # Then they are the same
    assert found == {name: each["sha256"] for name, each in known["files"].items()}


def _bytes_of(package: tarfile.TarFile, name: str) -> bytes:
    member = package.extractfile(name)
    assert member is not None
    return member.read()
