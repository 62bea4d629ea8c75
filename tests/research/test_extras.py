"""A missing extra names itself."""

from __future__ import annotations

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
    # Then the error names command, package, extra and the way to get it
    with pytest.raises(MissingExtraError) as found:
        need_extra("plots", "trading-bot score --html")
    assert str(found.value) == (
        "trading-bot score --html needs not_installed_here, of the extra 'plots': "
        "pip install 'trading-bot-order-flow[plots]'"
    )
