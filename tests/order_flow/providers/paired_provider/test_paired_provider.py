"""Which two providers can be one, and what of each is meant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.monitor_stubs import HandClock, StubClient

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.providers.databento.provider import DatabentoProvider
from trading_bot.order_flow.providers.paired.provider import PairedProvider
from trading_bot.order_flow.providers.polygon.provider import PolygonProvider
from trading_bot.order_flow.providers.registry import make_provider
from trading_bot.order_flow.providers.secrets import Secrets

SECRETS = Secrets({"DATABENTO_API_KEY": "db-key"}, env_file=None)


def paired(dataset: str = "XNAS.ITCH", **settings: Any) -> PairedProvider:
    config = OrderFlowConfig(data_source="polygon+databento", polygon_api_key="a-key")
    config = replace(config, dataset=dataset, **settings)
    provider = make_provider(config, clock=HandClock(), secrets=SECRETS)
    assert isinstance(provider, PairedProvider)
    return provider


def test_a_pair_takes_all_but_depth_of_the_first() -> None:
    # Given settings that name two providers
    # When they are made
    provider = paired()
    # Then history, reference and abilities are the first one's, and the levels the second one's
    tape, depth = provider._tape, provider.depth_feed
    assert isinstance(tape, PolygonProvider)
    assert isinstance(depth, DatabentoProvider)
    assert (provider.history, provider.reference) == (tape.history, tape.reference)
    assert provider.name == "polygon+databento"
    assert provider.capabilities == replace(
        tape.capabilities, depth_levels=10, wildcard=False, dataset="stocks+XNAS.ITCH"
    )
    provider.close()


@pytest.mark.parametrize(
    ("dataset", "venue"), [("XNAS.ITCH", 12), ("XBOS.ITCH", 2), ("XPSX.ITCH", 17)]
)
def test_a_dataset_names_the_venue_on_the_tape(dataset: str, venue: int) -> None:
    # Given a dataset of one venue
    # When the pair is made, then that is its number on the tape
    assert paired(dataset).venue == venue


def test_each_of_a_pair_is_asked_at_its_own_host() -> None:
    # Given a host of each
    # When the pair is made
    provider = paired(base_url="http://127.0.0.1:1", depth_url="tcp://127.0.0.1:2")
    # Then each has its own
    assert provider.host == "http://127.0.0.1:1 and 127.0.0.1:2"
    # And without one the usual
    assert paired().host == "https://api.massive.com and xnas-itch.lsg.databento.com:13000"


def test_a_host_may_bring_the_history_of_the_first() -> None:
    # Given a client that exists already
    client = StubClient()
    config = OrderFlowConfig(data_source="polygon+databento", polygon_api_key="a-key")
    # When the pair is made with it, then it is the first one's
    made = make_provider(config, clock=HandClock(), history=client, secrets=SECRETS)
    assert made.history is client


@pytest.mark.parametrize(
    ("source", "dataset", "words"),
    [
        ("polygon+polygon", "XNAS.ITCH", "polygon brings no levels of one venue"),
        ("databento+polygon", "XNAS.ITCH", "polygon brings no levels of one venue"),
        ("databento+databento", "XNAS.ITCH", "databento has no prints by venue"),
        ("polygon+databento", "EQUS.MINI", "compared with EQUS.MINI of databento"),
        ("polygon+nobody", "XNAS.ITCH", "'nobody' is no provider that is installed"),
    ],
)
def test_two_that_do_not_go_together_are_refused(source: str, dataset: str, words: str) -> None:
    # Given settings that name two that have nothing in common
    config = OrderFlowConfig(data_source=source, polygon_api_key="a-key", dataset=dataset)
    # When they are made, then it is said why not
    with pytest.raises(ValueError, match=words):
        make_provider(config, clock=HandClock(), secrets=SECRETS)


@pytest.mark.parametrize("source", ["a+", "+b", "a+b+c", "a + b"])
def test_a_pair_has_two_names(source: str) -> None:
    # Given what is no pair
    # When it is set, then it is refused
    with pytest.raises(ValueError, match="data_source"):
        OrderFlowConfig(data_source=source)
