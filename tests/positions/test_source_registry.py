"""Which source of positions a setting means."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints

import pytest
from support.feed_stub import FeedStub, holding

from trading_bot.brokers.alpaca.feed import AlpacaFeed
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.positions import registry
from trading_bot.positions.registry import make_feed, source_names
from trading_bot.positions.source import PositionFeed, SourceTerms

TERMS = SourceTerms("", "", is_paper=True, secrets=Secrets({}, env_file=None), clock=utc_now)


def made_elsewhere(_terms: SourceTerms) -> PositionFeed:
    """Return the source of another package."""
    return FeedStub(holding())


Install = Callable[[str], None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Let another package add the source `other`."""

    def add(value: str) -> None:
        found = EntryPoints([EntryPoint("other", value, registry.GROUP)])
        monkeypatch.setattr(registry, "entry_points", lambda group: found.select(group=group))

    return add


def test_a_broker_of_this_package_is_made_by_its_name() -> None:
    # Given nothing but this package; when Alpaca is named
    feed = make_feed("alpaca", TERMS)
    # Then it is made, and nothing is asked of it
    assert isinstance(feed, AlpacaFeed)
    feed.close()


@pytest.mark.parametrize(("name", "package"), [("ibkr", "ib_async"), ("robinhood", "robin_stocks")])
def test_a_broker_whose_extra_is_missing_says_what_to_install(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an installation without the broker's extra
    for each in [each for each in sys.modules if each.startswith(f"trading_bot.brokers.{name}.")]:
        monkeypatch.delitem(sys.modules, each)
    for each in (package, *(each for each in sys.modules if each.startswith(f"{package}."))):
        monkeypatch.setitem(sys.modules, each, None)
    # When it is named
    with pytest.raises(ValueError, match="needs a package") as caught:
        make_feed(name, TERMS)
    # Then the line that installs it is said, and it is among the names that may be chosen
    assert f"'trading-bot-order-flow[{name}]'" in str(caught.value)
    assert name in source_names()


def test_another_package_adds_a_source_by_an_entry_point(install: Install) -> None:
    # Given a package that adds one
    install(f"{__name__}:made_elsewhere")
    # When it is named, then it is made, and it is among the names
    assert isinstance(make_feed("other", TERMS), FeedStub)
    assert set(source_names()) >= {"alpaca", "file", "other"}


def test_a_source_that_is_not_here_is_refused_with_those_that_are() -> None:
    # Given no such source; when it is named, then the others are said
    with pytest.raises(ValueError, match=r"^positions_source='nobody' is no source .*alpaca, file"):
        make_feed("nobody", TERMS)


def test_a_source_that_lacks_a_package_says_what_to_install(install: Install) -> None:
    # Given a source whose package is not there
    install("not_installed_at_all.feed:make")
    # When it is named, then the line that installs it is said
    with pytest.raises(ValueError, match=r"'trading-bot-order-flow\[other\]' \(not_installed_at_"):
        make_feed("other", TERMS)


def test_a_broker_is_imported_only_where_it_is_chosen() -> None:
    # Given the names of all sources; when they are asked for
    before = set(sys.modules)
    source_names()
    # Then none was imported for it
    assert not {each for each in set(sys.modules) - before if "brokers" in each}
