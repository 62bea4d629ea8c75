"""A missing extra names itself."""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path

import pytest

from trading_bot.research import extras
from trading_bot.research.extras import MissingExtraError, need_extra


@pytest.mark.parametrize("extra", ["score", "plots"])
def test_what_is_installed_is_fine(extra: str) -> None:
    # Given the packages of the test suite
    # When a command needs an extra
    # Then nothing is said
    need_extra(extra, "trading-bot score")


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an extra whose package is not installed
    monkeypatch.setitem(extras._PACKAGES, "plots", ("numpy", "not_installed_here"))
    # When a page is wanted
    # Then the error names command, package, extra and what to run
    with pytest.raises(MissingExtraError) as found:
        need_extra("plots", "trading-bot score --html")
    assert str(found.value) == (
        "trading-bot score --html needs not_installed_here, of the extra 'plots': "
        f"{sys.executable} -m pip install numpy plotly"
    )


def test_the_readme_tells_the_same_command_once() -> None:
    # Given the packages that scores and their pages need, and the README
    packages = " ".join(chain(*(extras._PACKAGES[each] for each in extras._TOGETHER)))
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    # When the command that installs them is looked for
    # Then it installs them all, and stands there once
    assert f"-m pip install {packages}" == extras.INSTALL
    assert text.count(extras.INSTALL) == 1
