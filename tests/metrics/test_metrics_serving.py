"""Metrics by HTTP: who is answered, who is refused, and who hangs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from prometheus_client.core import CollectorRegistry, Metric
from prometheus_client.registry import Collector
from support.metrics_bench import answer_of, opened, parsed, scraped, watching
from support.monitor_stubs import HandClock
from support.patience import until

from trading_bot.metrics import serving
from trading_bot.metrics.collector import GuardCollector
from trading_bot.metrics.serving import MOST_AT_ONCE, MetricsServer, PortTakenError
from trading_bot.order_flow.threads.watch import Threads

QUICK_SECONDS = 0.01
OPENED = "application/openmetrics-text; version=1.0.0"


def serving_of(registry: CollectorRegistry, threads: Threads | None = None) -> MetricsServer:
    return MetricsServer(registry, 0, threads or Threads(), round_seconds=QUICK_SECONDS)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    registry = CollectorRegistry()
    registry.register(GuardCollector(watching("ACME", clock=HandClock())))
    with serving_of(registry) as server:
        yield server.port


def test_a_scraper_on_this_machine_is_told_everything(port: int) -> None:
    # Given a guard with one position
    # When it is scraped as text, by another name of this machine, and as OpenMetrics
    plain = parsed(scraped(port))
    named = parsed(scraped(port, Host=f"LOCALHOST:{port}"))
    by_open = opened(scraped(port, Accept=OPENED))
    # Then it is the same
    assert plain.keys() == named.keys() == by_open.keys()
    assert plain['order_flow_positions{side="long"}'] == 1.0


def test_nobody_asks_for_a_part_by_name(port: int) -> None:
    # Given a scraper that asks for one metric
    # When it is answered
    with answer_of(port, "/metrics?name[]=order_flow_running") as answer:
        found = parsed(answer.read())
    # Then it is told everything
    assert 'order_flow_positions{side="long"}' in found


def test_what_is_told_stays_with_who_asked(port: int) -> None:
    # Given a browser of this machine
    # When it asks
    with answer_of(port, Sec_Fetch_Site="same-origin") as answer:
        headers = dict(answer.getheaders())
    # Then nothing is kept, guessed, or given to another site
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not [name for name in headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421),
        ({"Host": "localhost.evil.example"}, 421),
        ({"Host": ""}, 421),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"path": "/"}, 404),
        ({"path": "/metrics/"}, 404),
        ({"path": "/metrics/../etc/passwd"}, 404),
        ({"method": "POST"}, 405),
        ({"method": "OPTIONS"}, 405),
        ({"method": "HEAD"}, 405),
    ],
)
def test_whoever_asks_otherwise_is_refused(port: int, asked: dict[str, Any], status: int) -> None:
    # Given a name that was bound to this machine, another site, path or method
    # When metrics are asked for
    with answer_of(port, **asked) as answer:
        told = answer.read()
    # Then none is told
    assert answer.status == status
    assert b"order_flow" not in told
    assert answer.getheader("Allow") == ("GET" if status == 405 else None)


def test_a_port_that_is_taken_is_named(port: int) -> None:
    # Given a port where somebody listens
    # When another is to listen there
    # Then it says which, and what to do
    with pytest.raises(PortTakenError, match=rf"--metrics-port {port} cannot be had .*another"):
        MetricsServer(CollectorRegistry(), port, Threads())


def test_it_listens_on_this_machine_alone() -> None:
    # Given a server
    server = serving_of(CollectorRegistry())
    # When its socket is looked at
    with server:
        host, found = server._server.socket.getsockname()
    # Then no other machine reaches it
    assert (host, server.address) == ("127.0.0.1", f"http://127.0.0.1:{found}/metrics")


class Broken(Collector):
    """Has a defect."""

    def collect(self) -> Iterator[Metric]:
        raise RuntimeError("boom")


def test_a_defect_is_counted_and_answered() -> None:
    # Given a registry of which one part has a defect
    threads, registry = Threads(), CollectorRegistry()
    registry.register(Broken())
    # When it is scraped
    with serving_of(registry, threads) as server, answer_of(server.port) as answer:
        told = answer.read()
    # Then the scraper is told so, and the thread has failed
    assert (answer.status, told) == (500, b"500 Internal Server Error\n")
    assert threads.health()["metrics port"]["error"] == "RuntimeError"


def test_who_hangs_keeps_nobody_from_being_answered() -> None:
    # Given scrapers that say nothing in all places but one
    with ExitStack() as hung, serving_of(CollectorRegistry()) as server:
        for _ in range(MOST_AT_ONCE - 1):
            hung.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        until(lambda: len(server._server._since) == MOST_AT_ONCE - 1)
        # When another asks
        found = scraped(server.port)
    # Then it is answered
    assert found == b""


def test_a_connection_too_many_is_closed_at_once() -> None:
    # Given scrapers that say nothing in all places
    with ExitStack() as hung, serving_of(CollectorRegistry()) as server:
        for _ in range(MOST_AT_ONCE):
            hung.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        until(lambda: len(server._server._since) == MOST_AT_ONCE)
        # When one more comes
        with socket.create_connection(("127.0.0.1", server.port)) as late:
            late.settimeout(5.0)
            # Then it is closed
            assert late.recv(1) == b""


def test_who_takes_too_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a server that lets nobody take any time
    monkeypatch.setattr(serving, "LONGEST_SECONDS", 0.0)
    with (
        serving_of(CollectorRegistry()) as server,
        socket.create_connection(("127.0.0.1", server.port)) as slow,
    ):
        slow.settimeout(5.0)
        # When a scraper has said but half of what it asks
        slow.sendall(b"GET /met")
        # Then it is closed, and its place is free
        assert slow.recv(1) == b""
        until(lambda: not server._server._since)


def test_who_goes_away_before_its_answer_is_not_spoken_of(
    capfd: pytest.CaptureFixture[str],
) -> None:
    # Given a scraper that asks and goes at once
    with serving_of(CollectorRegistry()) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as hasty:
            hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            hasty.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        # When the next one is answered
        scraped(server.port)
        until(lambda: not server._server._since)
    # Then the trader's screen shows nothing of it
    assert capfd.readouterr() == ("", "")
