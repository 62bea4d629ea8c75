from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from picows import WSCloseCode, WSMsgType, WSParsedURL
from picows.url import parse_url
from support.stream_stub import StreamStub, stream_stub

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers import websocket
from trading_bot.order_flow.providers.websocket import StreamConnection, open_connection

# Self-signed for localhost, valid for a century; it guards nothing.
OWN_CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUM6fB3PM22aeLgBLyEqTv/M/J3KcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjE3MzY0M1oYDzIxMjYxMDI5
MTczNjQzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQjcM6qTa1LnASbClJiEyNds4p+x+0SU0sjIWiAYEt6S65J+Db6oZgE
I4EbmfNsFI9rYzuCMe0vm09JiIYrgha+o1MwUTAdBgNVHQ4EFgQU1xoWY+z2w5yR
fqwCA2pxoNr/XdAwHwYDVR0jBBgwFoAU1xoWY+z2w5yRfqwCA2pxoNr/XdAwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAvRqs2acsylxZQJBkAJXn
TFQ7G8GDZ5uJ3tOuknDEV3ACIQDkldo5CRRV8+sbU6/3s7m7CkF7Sy2jh21c+3Ed
Y0lXpg==
-----END CERTIFICATE-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIA8KgsuIRuMlueeqGLe81NHffzgAg0bv8TZ1yy1Mwr0uoAoGCCqGSM49
AwEHoUQDQgAEI3DOqk2tS5wEmwpSYhMjXbOKfsftElNLIyFogGBLekuuSfg2+qGY
BCOBG5nzbBSPa2M7gjHtL5tPSYiGK4IWvg==
-----END EC PRIVATE KEY-----
"""


class Sink:
    """Notes what a connection gives."""

    def __init__(self) -> None:
        self.connection: StreamConnection | None = None
        self.frames: list[bytes] = []
        self.heartbeats = 0
        self.closed: list[tuple[int, str]] = []

    def on_opened(self, connection: StreamConnection) -> None:
        self.connection = connection

    def on_frame(self, payload: bytes) -> None:
        self.frames.append(payload)

    def on_heartbeat(self) -> None:
        self.heartbeats += 1

    def on_closed(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))

    @property
    def opened(self) -> StreamConnection:
        assert self.connection is not None
        return self.connection


def connected(test: Callable[[StreamStub, Sink], Awaitable[None]]) -> Sink:
    """Connect to a server that greets nobody, and run a test."""

    async def run() -> Sink:
        sink = Sink()
        async with stream_stub() as stub:
            stub.greets = False
            await open_connection(stub.url, sink, 5.0)
            await stub.until(lambda: stub.clients)
            await test(stub, sink)
        return sink

    return asyncio.run(run())


def test_messages_come_as_they_are_sent() -> None:
    # Given a connection
    async def test(stub: StreamStub, sink: Sink) -> None:
        # When the server sends two messages
        stub.newest.send_bytes(b"[1]")
        stub.newest.send_bytes(b"[2]")
        await stub.until(lambda: len(sink.frames) == 2)

    # Then they come in order
    assert connected(test).frames == [b"[1]", b"[2]"]


@pytest.mark.parametrize("kind", [WSMsgType.TEXT, WSMsgType.BINARY])
def test_a_message_in_pieces_comes_whole(kind: WSMsgType) -> None:
    # Given a connection
    async def test(stub: StreamStub, sink: Sink) -> None:
        # When a message comes in three pieces, twice
        for _ in range(2):
            stub.newest.send_bytes(b"[1,", kind, fin=False)
            stub.newest.send_bytes(b"2,", WSMsgType.CONTINUATION, fin=False)
            stub.newest.send_bytes(b"3]", WSMsgType.CONTINUATION)
        await stub.until(lambda: len(sink.frames) == 2)

    # Then it is one message each time
    assert connected(test).frames == [b"[1,2,3]", b"[1,2,3]"]


def test_a_message_in_too_many_pieces_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a bound of ten bytes
    monkeypatch.setattr(websocket, "MAX_FRAME_BYTES", 10)

    async def test(stub: StreamStub, sink: Sink) -> None:
        # When pieces come without an end
        stub.newest.send_bytes(b"12345678", fin=False)
        stub.newest.send_bytes(b"12345678", WSMsgType.CONTINUATION, fin=False)
        await stub.until(lambda: sink.closed)

    # Then the connection ends and says why
    assert connected(test).closed == [(1009, "message too big")]


def test_pings_are_answered_and_count_as_signs_of_life() -> None:
    # Given a connection
    async def test(stub: StreamStub, sink: Sink) -> None:
        # When both sides ask for a sign of life
        stub.newest.send_bytes(b"there?", WSMsgType.PING)
        await stub.until(lambda: stub.newest.pongs)
        sink.opened.ping()
        await stub.until(lambda: sink.heartbeats == 2)

    # Then ping and pong are both one
    assert connected(test).heartbeats == 2


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (WSCloseCode.OK, (1000, "bye")),
        (WSCloseCode.GOING_AWAY, (1001, "bye")),
        (WSCloseCode.POLICY_VIOLATION, (1008, "bye")),
        (None, (1006, "")),
    ],
)
def test_every_end_is_told_once_with_its_code(
    code: WSCloseCode | None, expected: tuple[int, str]
) -> None:
    # Given a connection
    async def test(stub: StreamStub, sink: Sink) -> None:
        # When the server ends it
        stub.newest.close(code, b"bye")
        await stub.until(lambda: sink.closed)

    # Then the code is told
    assert connected(test).closed == [expected]


def test_a_close_without_a_code_is_abnormal() -> None:
    # Given a connection
    async def test(stub: StreamStub, sink: Sink) -> None:
        # When an empty closing frame comes
        stub.newest.send_bytes(b"", WSMsgType.CLOSE)
        await stub.until(lambda: sink.closed)

    # Then it is told as an end without a code
    assert connected(test).closed == [(1006, "")]


def test_after_its_end_a_connection_does_nothing() -> None:
    # Given a connection that was closed
    async def test(stub: StreamStub, sink: Sink) -> None:
        connection = sink.opened
        connection.send(b"one")
        await stub.until(lambda: stub.newest.transport)
        connection.close()
        await stub.until(lambda: sink.closed)
        # When it is used further
        connection.send(b"two")
        connection.ping()
        connection.pause_reading()
        connection.resume_reading()
        connection.close()

    # Then nothing happens, and nothing raises
    assert connected(test).closed == [(1006, "")]


def test_reading_can_be_held_back() -> None:
    # Given a connection that does not read
    async def test(stub: StreamStub, sink: Sink) -> None:
        sink.opened.pause_reading()
        stub.newest.send_bytes(b"[1]")
        for _ in range(20):
            await asyncio.sleep(0)
        held = list(sink.frames)
        # When it reads on
        sink.opened.resume_reading()
        await stub.until(lambda: sink.frames)
        # Then what was held back comes
        assert held == []

    assert connected(test).frames == [b"[1]"]


def failing(url: str, seconds: float = 5.0) -> DataSourceError:
    with pytest.raises(DataSourceError) as caught:
        asyncio.run(open_connection(url, Sink(), seconds))
    return caught.value


async def http_server(answer: bytes) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


def test_a_closed_port_is_unreachable() -> None:
    # Given a port where nobody listens
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # When it is connected to
    error = failing(f"ws://127.0.0.1:{port}/stocks")
    # Then that is said, and may mend
    assert (error.code, error.retryable) == ("unreachable", True)


def test_a_host_that_never_answers_times_out() -> None:
    # Given a socket that takes connections and says nothing
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        # When it is connected to
        error = failing(f"ws://127.0.0.1:{mute.getsockname()[1]}/stocks", 0.05)
    # Then the wait ends
    assert (error.code, error.retryable) == ("timeout", True)


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (b"404 Not Found", "no_stream", False),
        (b"403 Forbidden", "no_stream", False),
        (b"429 Too Many Requests", "handshake", True),
        (b"503 Unavailable", "handshake", True),
        (b"302 Found", "handshake", True),
        (b"200 OK", "handshake", True),
    ],
)
def test_a_host_that_speaks_http_only_says_whether_it_may_mend(
    status: bytes, code: str, retryable: bool
) -> None:
    # Given a web server
    async def run() -> DataSourceError:
        answer = b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nLocation: /other\r\n\r\n"
        server = await http_server(answer)
        port = server.sockets[0].getsockname()[1]
        async with server:
            # When it is asked for a stream
            with pytest.raises(DataSourceError) as caught:
                await open_connection(f"ws://127.0.0.1:{port}/stocks", Sink(), 5.0)
        return caught.value

    # Then the error is named
    error = asyncio.run(run())
    assert (error.code, error.retryable) == (code, retryable)


def own_certificate(folder: Path) -> Path:
    path = folder / "own.pem"
    path.write_text(OWN_CERTIFICATE)
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[socket.socket]:
    """Those that were connected."""
    found: list[socket.socket] = []

    class Noted(websocket._Socket):
        async def connect(self, address: WSParsedURL) -> socket.socket:
            found.append(await super().connect(address))
            return found[-1]

    monkeypatch.setattr(websocket, "_Socket", Noted)
    return found


REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(
    ("answer", "is_stopped", "seconds", "ends"),
    [
        (REFUSAL, False, 5.0, "no_stream"),
        (REFUSAL[:9], False, 0.1, "timeout"),
        (b"", True, 5.0, "cancelled"),
    ],
    ids=["refused", "half an answer", "stopped"],
)
def test_a_handshake_that_comes_to_nothing_leaves_no_socket(
    sockets: list[socket.socket],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    secure: bool,
    answer: bytes,
    is_stopped: bool,
    seconds: float,
    ends: str,
) -> None:
    # Given a server that answers, or does not, and never ends a connection by itself
    certificate = own_certificate(tmp_path)
    monkeypatch.setattr(
        websocket, "_trusted", lambda: ssl.create_default_context(cafile=certificate)
    )
    asked = asyncio.Event()
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        assert isinstance(writer.transport, asyncio.ReadTransport)
        writer.transport.pause_reading()
        writer.write(answer)
        asked.set()

    async def run() -> tuple[str, list[int]]:
        context = server_context(certificate) if secure else None
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        # Named: that is what the certificate is for.
        url = f"{'wss' if secure else 'ws'}://localhost:{server.sockets[0].getsockname()[1]}/"
        # When the handshake is refused, never finished, or stopped
        opening = asyncio.create_task(open_connection(url, Sink(), seconds))
        await asked.wait()
        if is_stopped:
            opening.cancel()
        (error,) = await asyncio.gather(opening, return_exceptions=True)
        numbers = [each.fileno() for each in sockets]
        for writer in writers:
            writer.transport.abort()
        server.close()
        await server.wait_closed()
        return error.code if isinstance(error, DataSourceError) else "cancelled", numbers

    # Then its socket is closed as the error comes
    assert asyncio.run(run()) == (ends, [-1])


def test_a_connection_that_nobody_watches_yet_leaves_no_socket() -> None:
    # Given a connected socket without a handshake
    async def run() -> int:
        with socket.create_server(("127.0.0.1", 0)) as server:
            host, port = server.getsockname()
            # When its maker is stopped
            with suppress(asyncio.CancelledError):
                async with websocket._Socket() as beneath:
                    opened = await beneath.connect(parse_url(f"ws://{host}:{port}/"))
                    raise asyncio.CancelledError
        return opened.fileno()

    # Then it is closed
    assert asyncio.run(run()) == -1


def test_each_address_of_a_host_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a host whose first address takes no connection
    async def run() -> object:
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            places = [closed.getsockname(), server.getsockname()]

            async def two_addresses(*_: object, **__: object) -> list[tuple[object, ...]]:
                return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", place) for place in places]

            monkeypatch.setattr(loop, "getaddrinfo", two_addresses)
            # When it is connected to
            with await websocket._Socket().connect(parse_url("ws://two.example/")) as opened:
                return opened.getpeername() == places[1]

    # Then the second is taken
    assert asyncio.run(run())


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    # Given a server with a certificate of its own making
    context = server_context(own_certificate(tmp_path))

    async def run() -> DataSourceError:
        server = await asyncio.start_server(
            lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context
        )
        port = server.sockets[0].getsockname()[1]
        async with server:
            # When it is connected to
            with pytest.raises(DataSourceError) as caught:
                await open_connection(f"wss://127.0.0.1:{port}/stocks", Sink(), 5.0)
        return caught.value

    # Then the key is not given to it, and trying again does not help
    error = asyncio.run(run())
    assert (error.code, error.retryable) == ("tls", False)
