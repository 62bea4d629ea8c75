"""Importing the package loads nothing; a name loads what it needs when it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from trading_bot import order_flow

NAME = order_flow.__name__
FOREIGN = ("aiohttp", "asyncio", "certifi", "click", "isal", "massive", "picows", "polygon", "rich")
NOT_YET = (*FOREIGN, "ssl", "tenacity", "urllib3")
ROOMS = ("capture", "feed", "journal", "providers", "rules", "sight")


def loaded(asked: str) -> set[str]:
    """Return the modules that a fresh process has loaded once it has asked for a name."""
    code = f"import sys, {NAME} as package\n{asked}\nprint(*sys.modules)"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    run = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, check=True, env=environment, text=True
    )
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "asked", ["", "package.OrderFlowConfig; package.OrderFlowAlert"], ids=["nothing", "values"]
)
def test_values_load_no_network_stream_or_command_line(asked: str) -> None:
    # Given a fresh process
    # When it imports the package, and asks for values at most
    found = loaded(asked)
    # Then no library of REST, stream or command line is there, nor a room that needs one
    assert NAME in found
    assert found.isdisjoint(NOT_YET)
    assert found.isdisjoint(f"{NAME}.{room}" for room in ROOMS)


def test_the_package_alone_loads_nothing_of_itself() -> None:
    # Given a fresh process
    # When it imports the package and asks for nothing
    found = loaded("")
    # Then the package's own modules wait
    assert [each for each in found if each.startswith(f"{NAME}.")] == []


def test_every_public_name_can_be_asked_for() -> None:
    # Given the public names
    # When each is asked for
    missing = [name for name in order_flow.__all__ if getattr(order_flow, name, None) is None]
    # Then each is there
    assert missing == []
    assert set(order_flow.__all__) <= set(dir(order_flow))


def test_another_name_is_a_mistake() -> None:
    # Given a name that is not public
    # When it is asked for
    # Then the error is the language's own
    with pytest.raises(AttributeError, match=f"module '{NAME}' has no attribute 'Nothing'"):
        getattr(order_flow, "Nothing")  # noqa: B009 - to a type checker it is a mistake
