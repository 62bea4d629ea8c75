"""The source distribution: it holds the checkout, and nothing of whoever builds it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from trading_bot.live_view.page.statics import STATICS

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT, SYSTEM = SETTINGS["project"], SETTINGS["build-system"]
# The builder makes arguments of its own.
BUILD = (
    "import sys; from setuptools import build_meta; out = sys.argv[1]; "
    "build_meta.build_sdist(out); build_meta.build_wheel(out)"
)
OF_A_USER = (
    ".env",
    "config/positions.json",
    "config/order-flow-guard.service",
    "logs/order_flow/2026-03-10.jsonl",
    "logs/diagnostics.jsonl",
    "tests/__pycache__/conftest.cpython-311.pyc",
    "src/trading_bot/order_flow/judge.cpython-311-x86_64-linux-gnu.so",
    ".venv/bin/python",
)
"""What lies in a checkout that somebody works in, and is nobody else's."""
pytestmark = pytest.mark.packaging


def tracked() -> list[str]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("what belongs to the checkout is known to git alone")
    found = subprocess.run(  # noqa: S603 - asks, and changes nothing
        [git, "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return found.stdout.splitlines()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it, and a wheel, in a copy of the checkout, in which somebody has worked."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in OF_A_USER:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("of a user", encoding="utf-8")
    # The builder that the project names, whatever this environment has.
    builder, built = tmp_path_factory.mktemp("builder"), tmp_path_factory.mktemp("built")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(builder)]
    subprocess.run([*pip, *SYSTEM["requires"]], check=True)  # noqa: S603 - our own interpreter
    subprocess.run(  # noqa: S603 - see above
        [sys.executable, "-c", BUILD, str(built)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(builder)},
        check=True,
    )
    return built


@pytest.fixture(scope="module")
def distribution(built: Path) -> tarfile.TarFile:
    (archive,) = built.glob("*.tar.gz")
    return tarfile.open(archive)


def metadata(distribution: tarfile.TarFile) -> Message:
    (name,) = (each for each in distribution.getnames() if each.count("/") == 1 and "PKG-" in each)
    stream = distribution.extractfile(name)
    assert stream is not None
    return message_from_bytes(stream.read())


def test_it_holds_the_checkout_and_nothing_of_its_builder(distribution: tarfile.TarFile) -> None:
    # Given a distribution, built where somebody has a key, positions, records and caches
    files = {each.name.partition("/")[2] for each in distribution.getmembers() if each.isfile()}
    # When its files are compared with those of the checkout
    made = {name for name in files if ".egg-info/" in name} | {"PKG-INFO", "setup.cfg"}
    # Then they are the same, but for what the build makes
    assert files - made == set(tracked())


def test_what_an_index_shows_leads_nowhere_that_is_not_there(
    distribution: tarfile.TarFile,
) -> None:
    # Given what an index shows of the distribution
    found = metadata(distribution)
    text = str(found.get_payload())
    # When its links are looked at
    links = re.findall(r"\]\(([^)]+)\)", text)
    # Then none leads to a page beside it, and what the pages are is still said
    assert found["Description-Content-Type"] == "text/markdown"
    assert [link for link in links if "://" not in link] == []
    assert text.startswith("# Order-flow guard for open positions\n")
    assert text.rstrip().endswith("The pages that are named here lie in the source distribution.")


def test_an_index_can_sort_it(distribution: tarfile.TarFile) -> None:
    # Given what an index is told of the distribution
    found = metadata(distribution)
    # When its classifiers and keywords are read
    # Then they are those of the project, and every supported Python is among them
    assert found.get_all("Classifier") == PROJECT["classifiers"]
    assert found["Keywords"] == ",".join(PROJECT["keywords"])
    assert found["Requires-Python"] == ">=3.11"
    assert "Programming Language :: Python :: 3.11" in PROJECT["classifiers"]


def test_the_page_goes_along_in_both(built: Path, distribution: tarfile.TarFile) -> None:
    # Given a wheel and a source distribution
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = {name.partition("/src/")[2] for name in distribution.getnames()}
    # When the files that the page's server reads at its start are looked for
    wanted = {f"trading_bot/live_view/page/static/{name}" for name, _ in STATICS}
    # Then all are there
    assert wanted <= names
    assert wanted <= inside
