"""The example of a bot's own retry, as the client's."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from support.provider_stub import KEY, Reply, StubProvider, as_json

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.polygon_client import PolygonClient

EXAMPLES = Path(__file__).parents[1] / "examples"


def retried_client(provider: StubProvider, waits: list[float]) -> PolygonClient:
    config = OrderFlowConfig(thresholds="fixed", polygon_api_key=KEY, base_url=provider.base_url)
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
