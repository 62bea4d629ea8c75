"""The page's server over real sockets: what it answers, to whom, and who cannot hold it up."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from support.page_client import ask, connected, get, request_bytes, until, watching

from trading_bot.live_view.page import connection
from trading_bot.live_view.page.answers import HEADERS
from trading_bot.live_view.page.gate import Refused
from trading_bot.live_view.page.server import PageServer
from trading_bot.live_view.page.statics import STATICS, read_statics
from trading_bot.live_view.page.viewers import MOST_VIEWERS, Viewers

TOKEN = "t" * 32


class OneSymbol:
    """What is shown, and who explains: one symbol, one alert."""

    def __init__(self, whole: bytes = b'event: state\ndata: {"order":["AAPL"]}\n\n') -> None:
        self.viewers = Viewers(lambda: whole)

    def history(self, symbol: str) -> bytes | None:
        if symbol == "FAULT":
            raise RuntimeError("a fault of ours")
        return b'{"symbol":"BRK.B"}' if symbol == "BRK.B" else None

    async def explain(self, known_as: str) -> bytes | Refused:
        return b'{"text":"why"}' if known_as == "a" * 16 else Refused(409, "It cannot.", {})


@asynccontextmanager
async def serving(
    shown: OneSymbol | None = None, *, port: int = 0, stuck_seconds: float = 30
) -> AsyncIterator[PageServer]:
    shown = shown or OneSymbol()
    async with PageServer(
        shown, shown, token=TOKEN, statics=read_statics(), port=port, stuck_seconds=stuck_seconds
    ) as server:
        yield server


def run(test: Callable[[PageServer], Awaitable[None]], shown: OneSymbol | None = None) -> None:
    async def served() -> None:
        async with serving(shown) as server:
            await test(server)

    asyncio.run(served())


def test_it_serves_its_page_and_each_file_of_it() -> None:
    async def test(server: PageServer) -> None:
        # Given a server
        # When the page and each of its files are asked for
        found = [await get(server.port, f"/{TOKEN}/")]
        found += [await get(server.port, f"/{TOKEN}/static/{name}") for name, _ in STATICS]
        # Then all are there, each as what it is
        assert {each.status for each in found} == {200}
        kinds = [each.headers["content-type"] for each in found[1:]]
        assert kinds == [kind for _, kind in STATICS]
        assert found[0].body == found[1].body
        assert b"<!doctype html>" in found[0].body.lower()

    run(test)


def test_its_address_is_this_machines_alone() -> None:
    async def test(server: PageServer) -> None:
        # Given a server on a free port
        # When its address and its sockets are looked at
        # Then it is the loopback address, with port and token
        assert server.address == f"http://127.0.0.1:{server.port}/{TOKEN}/"
        (listener,) = server._listening.sockets
        assert listener.getsockname() == ("127.0.0.1", server.port)

    run(test)


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("history/BRK.B", 200, b'{"symbol":"BRK.B"}'),
        ("history/BRK%2EB", 200, b'{"symbol":"BRK.B"}'),
        ("history/AAPL", 404, None),
        ("history/", 404, None),
        ("history/..%2F..%2Fetc", 404, None),
        (f"explain/{'a' * 16}", 200, b'{"text":"why"}'),
        ("explain/b", 409, b"It cannot.\n"),
        ("static/", 200, None),
        ("static", 200, None),
        ("static/../gate.py", 404, None),
        ("static/..%2fgate.py", 404, None),
        ("static/%2e%2e/gate.py", 404, None),
        ("static//etc/passwd", 404, None),
        ("static/page.css/", 404, None),
        ("page.html", 404, None),
        ("../page.html", 404, None),
        ("nothing", 404, None),
    ],
)
def test_only_what_is_listed_is_there(path: str, status: int, body: bytes | None) -> None:
    async def test(server: PageServer) -> None:
        # Given a server
        # When a path below the token is asked for
        found = await get(server.port, f"/{TOKEN}/{path}")
        # Then it is there or not
        assert found.status == status
        assert body in (None, found.body)

    run(test)


def test_every_answer_carries_what_protects_the_page() -> None:
    async def test(server: PageServer) -> None:
        # Given a server
        port, host = server.port, f"127.0.0.1:{server.port}"
        # When it answers well, refuses, fails, and is sent what is no request
        found = [
            await get(port, f"/{TOKEN}/"),
            await get(port, f"/{TOKEN}/history/BRK.B"),
            await get(port, "/"),
            await get(port, f"/{TOKEN}/", method="POST"),
            await get(port, f"/{TOKEN}/", headers=[("Sec-Fetch-Site", "cross-site")]),
            await ask(port, request_bytes(f"/{TOKEN}/", ["evil.example"])),
            await get(port, f"/{TOKEN}/history/FAULT"),
            await ask(port, b"no request\r\n\r\n"),
            await ask(port, request_bytes(f"/{'x' * 2_000}/", [host])),
            await get(port, f"/{TOKEN}/", headers=[("Cookie", "x" * 20_000)]),
            await get(port, f"/{TOKEN}/", headers=[(f"X-{each}", "") for each in range(99)]),
        ]
        # Then each carries the same headers, none names what stands behind, none lets others read
        statuses = [each.status for each in found]
        assert statuses == [200, 200, 404, 405, 403, 421, 500, 400, 400, 400, 400]
        wanted = {name.lower(): text for name, text in HEADERS.items()}
        for each in found:
            assert wanted.items() <= each.headers.items()
            assert each.headers.get("connection", "close") == "close"
            assert not [name for name in each.headers if name.startswith("access-control")]
            assert b"aiohttp" not in each.body
            assert TOKEN.encode() not in each.body

    run(test)


def test_what_protects_the_page_lets_nothing_in_from_elsewhere() -> None:
    # Given the policy for content
    policy = HEADERS["Content-Security-Policy"].split("; ")
    # When its sources are listed
    sources = {source for each in policy for source in each.split()[1:]}
    # Then there is the page itself, and nothing else
    assert sources == {"'none'", "'self'"}
    assert "frame-ancestors 'none'" in policy
    assert HEADERS["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (f"GET /{TOKEN}/ HTTP/1.0\r\n\r\n", 421),
        (f"GET http://evil.example/{TOKEN}/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        ("HEAD / HTTP/1.1\r\nHost: PLACE\r\n\r\n", 405),
        (f"PUT /{TOKEN}/ HTTP/1.1\r\nHost: PLACE\r\nContent-Length: 3\r\n\r\nabc", 405),
        ("CONNECT PLACE HTTP/1.1\r\nHost: PLACE\r\n\r\n", 405),
        (f"GET /{TOKEN}/ HTTP/1.1\r\nHost: PLACE\r\nUpgrade: websocket\r\n\r\n", 200),
        (f"GET /{TOKEN}/ HTTP/9.9\r\nHost: PLACE\r\n\r\n", 400),
        (f"GET /{TOKEN}/ HTTP/1.1\r\nHost : PLACE\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: PLACE\r\nTransfer-Encoding: x\r\nContent-Length: 1\r\n\r\n", 400),
    ],
)
def test_odd_requests_are_refused(data: str, status: int) -> None:
    async def test(server: PageServer) -> None:
        # Given a request that no browser sends to this page
        raw = data.replace("PLACE", f"127.0.0.1:{server.port}").encode()
        # When it is sent
        found = await ask(server.port, raw)
        # Then it is answered by a status, and the server goes on
        assert found.status == status
        assert (await get(server.port, f"/{TOKEN}/")).status == 200

    run(test)


@pytest.mark.parametrize("hosts", [[], ["127.0.0.1:PORT", "evil.example"]])
def test_a_host_that_is_missing_or_named_twice_is_refused(hosts: list[str]) -> None:
    async def test(server: PageServer) -> None:
        # Given a request that does not say once for whom it is
        named = [each.replace("PORT", str(server.port)) for each in hosts]
        # When it is sent
        found = await ask(server.port, request_bytes(f"/{TOKEN}/", named))
        # Then it is refused, by the library's reader where it is strict, else at the gate
        assert found.status in (400, 421)

    run(test)


def test_a_viewer_gets_the_state_and_then_what_is_told() -> None:
    async def test(server: PageServer) -> None:
        # Given a viewer
        async with watching(server.port, f"/{TOKEN}/events") as stream:
            first = await stream.next()
            # When something is told
            shown.viewers.tell(b'event: beat\ndata: {"now_ms":1}\n\n')
            # Then it comes after the state
            assert first == ("state", {"order": ["AAPL"]})
            assert await stream.next() == ("beat", {"now_ms": 1})

    shown = OneSymbol()
    run(test, shown)


def test_the_ninth_viewer_is_told_so_until_one_leaves() -> None:
    async def test(server: PageServer) -> None:
        target = f"/{TOKEN}/events"
        async with AsyncExitStack() as eight:
            # Given as many viewers as may be
            for _ in range(MOST_VIEWERS):
                stream = await eight.enter_async_context(watching(server.port, target))
                await stream.next()
            # When one more comes
            ninth = await get(server.port, target)
            # Then it is told to wait, and the page itself is still there
            assert ninth.status == 503
            assert b"8 pages are open already" in ninth.body
            assert (await get(server.port, f"/{TOKEN}/")).status == 200
        await until(lambda: not shown.viewers)
        async with watching(server.port, target) as stream:
            assert (await stream.next())[0] == "state"

    shown = OneSymbol()
    run(test, shown)


def test_a_viewer_that_reads_nothing_holds_nobody_up_and_is_cut() -> None:
    async def test() -> None:
        target = f"/{TOKEN}/events"
        shown = OneSymbol(b"event: state\ndata: %s\n\n" % json.dumps("x" * 4_000_000).encode())
        async with (
            serving(shown, stuck_seconds=0.05) as server,
            connected(server.port, limit=1_024) as (_, writer),
        ):
            # Given one that asks for the stream and reads nothing
            writer.write(request_bytes(target, [f"127.0.0.1:{server.port}"]))
            await until(lambda: shown.viewers)
            # When another one looks meanwhile
            async with watching(server.port, target) as stream:
                await stream.next("state")
                shown.viewers.tell(b"event: beat\ndata: 1\n\n")
                # Then that one is served, and the first is forgotten after a while
                assert await stream.next() == ("beat", 1)
                await until(lambda: len(shown.viewers) == 1)

    asyncio.run(test())


def test_who_reads_no_answer_is_cut() -> None:
    async def test() -> None:
        big = {"page.html": ("text/html", b"x" * 8_000_000)}
        shown = OneSymbol()
        async with (
            PageServer(shown, shown, token=TOKEN, statics=big, stuck_seconds=0.05) as server,
            connected(server.port, limit=1_024) as (_, writer),
        ):
            # Given one that asks for much and reads nothing
            writer.write(request_bytes(f"/{TOKEN}/", [f"127.0.0.1:{server.port}"]))
            await until(lambda: server._web.connections)
            # When some time has gone by, then its connection is gone
            await until(lambda: not server._web.connections)

    asyncio.run(test())


def test_who_sends_half_a_request_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(server: PageServer) -> None:
        # Given one that sends half a head
        async with connected(server.port) as (reader, writer), asyncio.timeout(5):
            writer.write(b"GET /")
            # When its time is over, then its connection ends without a word
            assert await reader.read() == b""

    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.02)
    run(test)


def test_many_that_ask_nothing_do_not_keep_others_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(server: PageServer) -> None:
        async with AsyncExitStack() as many, asyncio.timeout(5):
            # Given more connections than may wait, none of which asks
            opened = [await many.enter_async_context(connected(server.port)) for _ in range(6)]
            # When somebody asks
            found = await get(server.port, f"/{TOKEN}/")
            # Then he is answered; those that have waited longest are cut, the newest are not
            assert found.status == 200
            assert await opened[0][0].read() == b""
            opened[-1][1].write(request_bytes("/", ["evil.example"]))
            assert (await opened[-1][0].readline()).startswith(b"HTTP/1.1 421")

    monkeypatch.setattr(connection, "MOST_WAITING", 4)
    run(test)


def test_a_fault_of_ours_is_logged_without_the_token(caplog: pytest.LogCaptureFixture) -> None:
    async def test(server: PageServer) -> None:
        # Given an address behind which something fails
        # When it is asked for
        with caplog.at_level(logging.DEBUG):
            found = await get(server.port, f"/{TOKEN}/history/FAULT")
        # Then the fault is logged, and who asked sees none of it
        assert (found.status, found.body) == (500, b"This cannot be answered.\n")
        assert "a fault of ours" in caplog.text
        assert TOKEN not in caplog.text

    run(test)


def test_its_end_ends_the_streams_of_all_viewers() -> None:
    async def test() -> None:
        # Given a server with a viewer
        async with AsyncExitStack() as viewer:
            async with serving() as server:
                stream = await viewer.enter_async_context(watching(server.port, f"/{TOKEN}/events"))
                await stream.next()
            # When the server ends, then so does the stream, and nobody answers any more
            assert await stream.ended()
            with pytest.raises(ConnectionRefusedError):
                await get(server.port, f"/{TOKEN}/")

    asyncio.run(test())


def test_a_taken_port_is_an_error_of_the_system() -> None:
    async def test(server: PageServer) -> None:
        # Given a server
        # When a second one is to take its port, then that is refused
        with pytest.raises(OSError, match="address already in use"):
            async with serving(port=server.port):
                pass

    run(test)
