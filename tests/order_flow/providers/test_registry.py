"""Which provider a setting means."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

import pytest
from support.monitor_stubs import HandClock, Holdings, StubClient

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.monitor import OrderFlowMonitor
from trading_bot.order_flow.providers import registry
from trading_bot.order_flow.providers.no_reference import NoReference
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider
from trading_bot.order_flow.providers.provider import Provider
from trading_bot.order_flow.providers.registry import GROUP, make_provider, provider_names
from trading_bot.order_flow.providers.secrets import Secrets

NAMED: list[dict[str, Any]] = []


def make_another(config: OrderFlowConfig, **given: Any) -> Provider:
    """Stand for the callable that another package installs."""
    NAMED.append(given)
    provider = PolygonProvider(config, given["history"] or StubClient())
    provider.name = config.data_source
    return provider


@pytest.fixture
def another_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = (
        EntryPoint("another", f"{__name__}:make_another", GROUP),
        # Nobody takes the place of the package's own.
        EntryPoint("polygon", f"{__name__}:make_another", GROUP),
    )
    monkeypatch.setattr(
        registry, "entry_points", lambda *, group: installed if group == GROUP else ()
    )
    NAMED.clear()


def test_polygon_is_the_provider_where_nothing_else_is_said() -> None:
    # Given settings without a provider
    clock = HandClock()
    # When it is made
    provider = make_provider(
        OrderFlowConfig(thresholds="fixed", polygon_api_key="a-key"), clock=clock
    )
    # Then it is Polygon, asked by its own client
    assert isinstance(provider, PolygonProvider)
    assert isinstance(provider.history, PolygonClient)
    assert provider.reference is provider.history


def test_a_host_may_bring_a_history_of_its_own() -> None:
    # Given a client that exists already
    client = StubClient()
    # When the provider is made with it
    provider = make_provider(OrderFlowConfig(thresholds="fixed"), clock=HandClock(), history=client)
    # Then that is asked, and nobody for what it does not know
    assert provider.history is client
    assert isinstance(provider.reference, NoReference)


def test_an_unknown_provider_is_refused_with_the_names_of_those_that_are_known(
    another_is_installed: None,
) -> None:
    # Given a misspelt provider
    config = OrderFlowConfig(thresholds="fixed", data_source="polygone")
    # When settings name it
    # Then the error names what was asked for and what there is
    with pytest.raises(
        ValueError, match=r"'polygone' is no provider.*known: another, databento, polygon\)"
    ):
        make_provider(config, clock=HandClock())


def test_a_provider_that_is_installed_no_more_is_refused_before_anything_runs(
    another_is_installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given settings with a provider that another package has installed
    config = OrderFlowConfig(thresholds="fixed", data_source="another")
    # When that package has gone
    monkeypatch.setattr(registry, "entry_points", lambda *, group: ())
    # Then the error names what was asked for and what there is
    with pytest.raises(
        ValueError, match=r"data_source='another' is no provider.*known: databento, polygon\)"
    ):
        make_provider(config, clock=HandClock())
    with pytest.raises(ValueError, match=r"data_source='another'"):
        OrderFlowMonitor(config, position_manager=Holdings(), log_directory=None)


def test_a_provider_of_another_package_is_found(another_is_installed: None) -> None:
    # Given a package that installs one
    config, clock, client = (
        OrderFlowConfig(thresholds="fixed", data_source="another"),
        HandClock(),
        StubClient(),
    )

    def wait(seconds: float) -> bool:
        return seconds < 0

    secrets = Secrets({})
    # When the settings name it
    provider = make_provider(config, clock=clock, wait=wait, history=client, secrets=secrets)
    # Then it is made as one of ours would be
    assert (provider.name, provider.history) == ("another", client)
    (given,) = NAMED
    assert given == {"clock": clock, "wait": wait, "history": client, "secrets": secrets}
    assert provider_names() == ("another", "databento", "polygon")


def test_nobody_takes_the_place_of_our_own(another_is_installed: None) -> None:
    # Given a package that installs a provider by a name of ours
    # When the settings name it
    provider = make_provider(OrderFlowConfig(thresholds="fixed"), clock=HandClock())
    # Then it is ours
    assert (provider.name, NAMED) == ("polygon", [])


def test_a_provider_that_lacks_its_package_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a copy without the package of a provider's records
    def fail(name: str, package: str) -> object:
        raise ModuleNotFoundError("no", name="databento_dbn")

    monkeypatch.setattr(registry, "import_module", fail)
    config = OrderFlowConfig(thresholds="fixed", data_source="databento")
    # When settings name that provider
    # Then the error names the package
    with pytest.raises(ValueError, match=r"'databento'.*pip install databento_dbn"):
        make_provider(config, clock=HandClock())
