"""Options of the whole suite."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings, strategies

from trading_bot.order_flow import diagnostics

KEYS = ("MASSIVE_API_KEY", "POLYGON_API_KEY")
# How long an example takes is a matter of what else the machine does.
settings.register_profile("any_machine", deadline=None)
settings.load_profile("any_machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--integration",
        action="store_true",
        help="also run the tests that ask the real provider; needs a key of the provider",
    )
    parser.addoption(
        "--packaging",
        action="store_true",
        help="also build what is handed out, and test it elsewhere",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    _skip_packaging(config, items)
    if config.getoption("--integration") and any(map(os.environ.get, KEYS)):
        return
    reason = f"asks the real provider: run with --integration and {' or '.join(KEYS)}"
    for item in items:
        if item.get_closest_marker("integration"):
            item.add_marker(pytest.mark.skip(reason=reason))


def _skip_packaging(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--packaging"):
        return
    for item in items:
        if item.get_closest_marker("packaging"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: run with --packaging"))


@pytest.fixture(autouse=True)
def no_real_key(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of this machine would win over that of a test."""
    if request.node.get_closest_marker("integration") is None:
        for name in KEYS:
            monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="session")
def _live_files_here(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let guards of tests, and of their processes, write their live files among temporary ones."""
    os.environ["XDG_RUNTIME_DIR"] = str(tmp_path_factory.mktemp("run"))


@pytest.fixture(autouse=True, scope="session")
def _characters() -> None:
    """Make Hypothesis's table of all characters, which is kept between runs.

    It takes a second, and a fresh checkout's first property with text would be too slow for it.
    """
    strategies.text().validate()


@pytest.fixture(autouse=True)
def no_secret_outlives_its_test() -> Iterator[None]:
    """A secret that one test hides would be blanked, with its trace, in every later one."""
    yield
    diagnostics.SECRETS._known = diagnostics._Known()


@pytest.fixture(autouse=True)
def thresholds_of_the_collector_come_back() -> Iterator[None]:
    """A replay and a stream change how often the garbage collector runs."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
