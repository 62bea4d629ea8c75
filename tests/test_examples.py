"""The examples run as they stand."""

from __future__ import annotations

import json
import runpy
import threading
from pathlib import Path

import pytest
from support.provider_stub import KEY, Reply, StubProvider, as_json

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.polygon_client import PolygonClient
from trading_bot.simulator.running import RunningSimulator

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_a_bot_embeds_the_guard_and_hears_of_a_large_bid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a market with a large bid, a position in it, and a bot that embeds the example
    positions = {"positions": [{"symbol": "CLIF", "quantity": "10", "average_price": "45"}]}
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "positions.json").write_text(json.dumps(positions))
    monkeypatch.chdir(tmp_path)
    heard: list[OrderFlowAlert] = []
    happened = threading.Event()

    def listen(event: MonitorEvent) -> None:
        if isinstance(event, OrderFlowAlert):
            heard.append(event)
            happened.set()

    with RunningSimulator() as market:
        monkeypatch.setenv("POLYGON_API_KEY", market.key)
        monkeypatch.setenv("ORDER_FLOW_BASE_URL", market.base_url)
        start_guard = runpy.run_path(str(EXAMPLES / "embed.py"))["start_guard"]
        # When it runs until it hears of something
        guard = start_guard(listen, market.clock)
        found = happened.wait(20)
        guard.stop()

    # Then that is the bid
    assert found
    assert (heard[0].symbol, heard[0].source) == ("CLIF", "resting_bid")


def retried_client(provider: StubProvider, waits: list[float]) -> PolygonClient:
    config = OrderFlowConfig(polygon_api_key=KEY, base_url=provider.base_url)
    make_client = runpy.run_path(str(EXAMPLES / "host_retry.py"))["make_client"]
    client: PolygonClient = make_client(config, waits.append)
    return client


def test_a_bots_own_retry_asks_again_in_place_of_the_clients() -> None:
    # Given a server that fails, is busy, and then answers
    waits: list[float] = []
    busy = Reply(status=429, headers=(("Retry-After", "7"),))
    with StubProvider(Reply(status=500), busy, as_json({"n": 1})) as server:
        client = retried_client(server, waits)
        # When it is asked once
        answer = client.get_json("/x")
    # Then the bot's layer tried three times, and waited as it does and as the server asked
    assert (answer, len(server.asked), waits) == ({"n": 1}, 3, [1.0, 7.0])
    assert (client.counters["retries"], client.connectivity()) == (2, "ok")


@pytest.mark.parametrize(
    ("reply", "code", "tries"),
    [(Reply(status=500), "server_error", 3), (Reply(status=401), "wrong_key", 1)],
)
def test_what_a_bots_own_retry_gives_up_on_is_the_clients_error_again(
    reply: Reply, code: str, tries: int
) -> None:
    # Given a server that fails for good, in a way that may pass or will not
    waits: list[float] = []
    with StubProvider(reply) as server:
        client = retried_client(server, waits)
        # When it is asked
        with pytest.raises(DataSourceError) as caught:
            client.get_json("/x")
    # Then only what may pass was asked again, once for each try of the one layer
    assert (caught.value.code, len(server.asked)) == (code, tries)
    assert client.connectivity() == code
