from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time
import traceback
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    contextmanager,
    nullcontext,
    suppress,
)
from hashlib import sha1
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from picows import WSCloseCode, WSMsgType, WSParsedURL
from picows.url import parse_url
from support.drip_server import DripServer
from support.loopback import byte_server
from support.proxy_stub import FAR_HOST, Led, ProxyStub
from support.stream_stub import StreamStub, stream_stub

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers import connecting, websocket
from trading_bot.order_flow.providers.connecting import NameLookups, Place
from trading_bot.order_flow.providers.websocket import StreamConnection, open_connection

LOGIN = "user:s3cr3t word"
LOGIN_QUOTED = "user:s3cr3t%20word"


class Sink:
    """Notes what a connection gives."""

    def __init__(self) -> None:
        self.connection: StreamConnection | None = None
        self.frames: list[bytes] = []
        self.heartbeats = 0
        self.closed: list[tuple[int, str]] = []
        self.ended = asyncio.Event()

    def on_opened(self, connection: StreamConnection) -> None:
        self.connection = connection

    def on_frame(self, payload: bytes) -> None:
        self.frames.append(payload)

    def on_heartbeat(self) -> None:
        self.heartbeats += 1

    def on_closed(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))
        self.ended.set()

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


def http_server(answer: bytes) -> AbstractAsyncContextManager[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    return byte_server(serve)


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
        async with http_server(answer) as port:
            # When it is asked for a stream
            with pytest.raises(DataSourceError) as caught:
                await open_connection(f"ws://127.0.0.1:{port}/stocks", Sink(), 5.0)
        return caught.value

    # Then the error is named
    error = asyncio.run(run())
    assert (error.code, error.retryable) == (code, retryable)


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
    certificate: ssl.SSLContext,
    authority_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    secure: bool,
    answer: bytes,
    is_stopped: bool,
    seconds: float,
    ends: str,
) -> None:
    # Given a server that answers, or does not, and never ends a connection by itself
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))
    asked = asyncio.Event()
    # Kept: one that nobody holds is closed, and the client would see it.
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        assert isinstance(writer.transport, asyncio.ReadTransport)
        writer.transport.pause_reading()
        writer.write(answer)
        asked.set()

    async def run() -> tuple[str, list[int]]:
        context = certificate if secure else None
        async with byte_server(serve, context) as port:
            # Named: that is what the certificate is for.
            url = f"{'wss' if secure else 'ws'}://localhost:{port}/"
            # When the handshake is refused, never finished, or stopped
            opening = asyncio.create_task(open_connection(url, Sink(), seconds))
            await asked.wait()
            if is_stopped:
                opening.cancel()
            (error,) = await asyncio.gather(opening, return_exceptions=True)
            numbers = [each.fileno() for each in sockets]
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
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            places = [closed.getsockname(), server.getsockname()]

            def two_addresses(*_: object) -> list[Place]:
                return [Place(socket.AF_INET, address) for address in places]

            monkeypatch.setattr(connecting, "_places", two_addresses)
            # When it is connected to
            with await websocket._Socket().connect(parse_url("ws://two.example/")) as opened:
                return opened.getpeername() == places[1]

    # Then the second is taken
    assert asyncio.run(run())


HANDSHAKE = b"HTTP/1.1 101 Switching Protocols\r\n"
CERTIFICATE = b"\x16\x03\x03\x40\x00"


@pytest.mark.parametrize(
    ("scheme", "proxy", "begins", "drop"),
    [
        ("ws", "", b"", b""),
        ("ws", "", b"HTTP/1.1 101 ", b"O"),
        ("ws", "", HANDSHAKE, b"X-Slow: a\r\n"),
        ("ws", "", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ("wss", "", b"", b""),
        ("wss", "", CERTIFICATE, b"\x02"),
        ("wss", "http", b"HTTP/1.1 200 OK\r\n", b"X-Slow: a\r\n"),
        ("wss", "https", CERTIFICATE, b"\x02"),
        ("wss", "socks5h", b"\x05\x00\x05\x00\x00\x03\xff", b"a"),
        ("wss", "socks4a", b"\x00", b""),
    ],
)
def test_a_handshake_that_never_ends_is_given_up(
    scheme: str, proxy: str, begins: bytes, drop: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a server, or a proxy before it, that begins and never ends
    with DripServer(begins, drop) as server:
        here = f"127.0.0.1:{server.port}"
        if proxy:
            monkeypatch.setenv("ALL_PROXY", f"{proxy}://{here}")
        url = f"{scheme}://{'provider.test' if proxy else here}/stocks"
        began = time.monotonic()
        # When it is connected to
        with pytest.raises(DataSourceError) as caught:
            asyncio.run(open_connection(url, Sink(), 0.3))
        took = time.monotonic() - began
    # Then that ends in its time
    assert caught.value.code in ("timeout", "handshake", "proxy")
    assert took < 1.0


def test_a_name_whose_look_up_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a look-up that never comes back
    class HangingNames(NameLookups):
        def begin(self, host: str, port: int) -> Future[list[Place]]:
            return Future()

    monkeypatch.setattr(websocket, "NAMES", HangingNames())
    # When somebody is connected to by that name
    with pytest.raises(DataSourceError) as caught:
        asyncio.run(open_connection("wss://provider.test/stocks", Sink(), 0.1))
    # Then that ends, and so does the event loop
    assert caught.value.code == "timeout"


def test_a_compressed_message_ends_the_connection() -> None:
    # Given a server that compresses although nobody offered that
    async def run() -> tuple[list[bytes], list[tuple[int, str]]]:
        sink = Sink()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked = await reader.readuntil(b"\r\n\r\n")
            offers.append(b"permessage-deflate" in asked)
            key = next(
                line.split(b": ")[1]
                for line in asked.split(b"\r\n")
                if line.lower().startswith(b"sec-websocket-key")
            )
            accept = b64encode(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())  # noqa: S324 - the protocol's
            writer.write(
                HANDSHAKE + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + b"\xc1\x01x"
            )
            await reader.read()

        async with byte_server(serve) as port:
            await open_connection(f"ws://127.0.0.1:{port}/", sink, 5.0)
            await asyncio.wait_for(sink.ended.wait(), 5)
        return sink.frames, sink.closed

    offers: list[bool] = []
    frames, ends = asyncio.run(run())
    # When its message comes, then it is no message, and the connection has ended
    assert frames == []
    assert ends == [(1002, "compressed, although nobody offered it")]
    assert offers == [False]


# -- certificates and proxies -------------------------------------------------------------------


def heard(
    stub_certificate: ssl.SSLContext | None,
    url_of: Callable[[StreamStub], str] = lambda stub: stub.url,
    before: Callable[[StreamStub], AbstractContextManager[object]] = lambda _: nullcontext(),
) -> list[bytes]:
    """Connect, and return the first message that a server sends."""

    async def run() -> list[bytes]:
        sink = Sink()
        async with stream_stub(stub_certificate) as stub:
            with before(stub):
                await open_connection(url_of(stub), sink, 5.0)
                await stub.until(lambda: sink.frames)
                sink.opened.close()
        return sink.frames

    return asyncio.run(run())


GREETING = [b'[{"ev":"status","status":"connected","message":"Connected Successfully"}]']


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_of_one_s_own_is_accepted(
    variable: str,
    certificate: ssl.SSLContext,
    authority_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a server behind a certificate that an authority of our own vouches for
    monkeypatch.setenv(variable, str(authority_file))
    # When it is connected to, then it is heard
    assert heard(certificate) == GREETING


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: ssl.SSLContext) -> None:
    # Given the same server, and no variable
    # When it is connected to
    with pytest.raises(DataSourceError) as caught:
        heard(certificate)
    # Then the key is not given to it, and trying again does not help
    assert (caught.value.code, caught.value.retryable) == ("tls", False)
    assert "SSL_CERT_FILE" in str(caught.value)


@pytest.mark.parametrize("secured", [False, True], ids=["http proxy", "https proxy"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_server_is_reached_through_a_tunnel(
    secured: bool,
    tls: bool,
    certificate: ssl.SSLContext,
    authority_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a server whose name only the proxy can look up, and a proxy that asks for a login
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))
    led: list[Led] = []

    @contextmanager
    def proxy_to(stub: StreamStub) -> Iterator[None]:
        with ProxyStub(stub.port, certificate=certificate if secured else None) as proxy:
            scheme = "https" if secured else "http"
            monkeypatch.setenv("ALL_PROXY", f"{scheme}://{LOGIN_QUOTED}@localhost:{proxy.port}")
            yield
            led.extend(proxy.led)

    # When it is connected to
    url = f"{'wss' if tls else 'ws'}://{FAR_HOST}/stocks"
    frames = heard(certificate if tls else None, lambda _: url, proxy_to)
    # Then it is heard by the proxy
    assert frames == GREETING
    assert led == [Led("CONNECT", FAR_HOST, 443 if tls else 80, LOGIN)]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(
    ("scheme", "how", "login"),
    [("socks5h", "SOCKS5", LOGIN), ("socks4a", "SOCKS4", "user")],
)
def test_a_socks_proxy_looks_up_the_name(
    tls: bool,
    scheme: str,
    how: str,
    login: str,
    certificate: ssl.SSLContext,
    authority_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a server whose name only the proxy can look up
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))
    led: list[Led] = []

    @contextmanager
    def proxy_to(stub: StreamStub) -> Iterator[None]:
        with ProxyStub(stub.port) as proxy:
            monkeypatch.setenv("ALL_PROXY", f"{scheme}://{LOGIN_QUOTED}@127.0.0.1:{proxy.port}")
            yield
            led.extend(proxy.led)

    # When it is connected to
    url = f"{'wss' if tls else 'ws'}://{FAR_HOST}:8443/stocks"
    frames = heard(certificate if tls else None, lambda _: url, proxy_to)
    # Then it is heard by the proxy
    assert frames == GREETING
    assert led == [Led(how, FAR_HOST, 8443, login)]


def test_a_socks_proxy_that_looks_up_no_names_is_told_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a server whose name is looked up here
    places_of = connecting._places

    def places(host: str, *others: int) -> list[Place]:
        known = host == FAR_HOST and len(others) == 1
        return [Place(socket.AF_INET, ("192.0.2.7", 0))] if known else places_of(host, *others)

    monkeypatch.setattr(connecting, "_places", places)
    led: list[Led] = []

    @contextmanager
    def proxied(stub: StreamStub) -> Iterator[None]:
        with ProxyStub(urlsplit(stub.url).port or 0) as proxy:
            monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{proxy.port}")
            yield
            led.extend(proxy.led)

    # When it is connected to
    found = heard(None, lambda _: f"ws://{FAR_HOST}:8080/stocks", proxied)
    # Then the proxy was told its number
    assert found == GREETING
    assert led == [Led("SOCKS5", "192.0.2.7", 8080)]


def test_this_machine_and_what_no_proxy_names_are_reached_straight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a proxy for everything but one host, which cannot be looked up
    with ProxyStub(1) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", FAR_HOST)
        # When this machine is connected to, and that host
        frames = heard(None)
        error = failing(f"ws://{FAR_HOST}:8080/stocks")
    # Then nobody asked the proxy
    assert (frames, error.code, proxy.led) == (GREETING, "unreachable", [])


def test_a_certificate_that_nobody_knows_is_refused_behind_a_proxy_too(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a proxy that leads to somebody else
    @contextmanager
    def proxy_to(stub: StreamStub) -> Iterator[None]:
        with ProxyStub(stub.port) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
            yield

    # When the server is connected to, then it is refused
    with pytest.raises(DataSourceError) as caught:
        heard(certificate, lambda _: f"wss://{FAR_HOST}/stocks", proxy_to)
    assert caught.value.code == "tls"


@pytest.mark.parametrize(
    ("scheme", "refusal"),
    [("http", "407 Proxy Authentication Required"), ("socks5h", "not allowed")],
)
def test_a_proxy_that_refuses_is_named_without_its_login(
    scheme: str, refusal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a proxy that does not want us
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        ProxyStub(server.getsockname()[1], refuses=refusal) as proxy,
    ):
        address = f"{scheme}://{LOGIN_QUOTED}@127.0.0.1:{proxy.port}"
        monkeypatch.setenv("HTTPS_PROXY", address)
        # When a server is connected to
        error = failing(f"wss://{FAR_HOST}/stocks")
    # Then the error names variable and proxy, and nothing of it holds the login
    assert (error.code, error.retryable) == ("proxy", True)
    assert f"{scheme}://127.0.0.1:{proxy.port}; check HTTPS_PROXY" in str(error)
    assert "s3cr3t" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_a_proxy_that_is_not_there_is_named(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a proxy's port where nobody listens
    with ProxyStub(1) as proxy:
        pass
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
    # When a server is connected to, then it is the proxy that cannot be reached
    assert failing(f"wss://{FAR_HOST}/stocks").code == "proxy"


def test_a_variable_that_holds_no_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a variable that holds something else
    monkeypatch.setenv("HTTPS_PROXY", "gopher://proxy")
    # When a server is connected to, then nothing is sent
    assert failing(f"wss://{FAR_HOST}/stocks").code == "bad_proxy"


@pytest.mark.parametrize(
    ("level", "then"), [(logging.NOTSET, logging.WARNING), (logging.DEBUG, logging.DEBUG)]
)
def test_the_librarys_chatter_is_kept_back_unless_the_host_asked_for_it(
    level: int, then: int
) -> None:
    # Given a library's logger, as it comes or as a host has set it
    library = logging.getLogger(f"library.at.{level}")
    library.setLevel(level)
    # When it is quietened
    websocket._quieten(library)
    # Then only a host's own level stays
    assert library.level == then
