"""One WebSocket connection behind a small interface; picows does the protocol.

It costs about a fifth of what `websockets` does per frame, and hands each frame over at once.
Nothing else in the package knows the library.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from contextlib import suppress
from typing import Any, Final, Protocol, Self, cast

from picows import (
    WSCloseCode,
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSParsedURL,
    WSTransport,
    ws_connect,
)
from python_socks import ProxyError
from python_socks.async_.asyncio import Proxy as SocksProxy

from ..errors import DataSourceError
from .connecting import NAMES, Place, place_for
from .network import (
    Proxy,
    certificate_refused,
    proxy_failed,
    proxy_for,
    trusted_certificates,
)

MAX_FRAME_BYTES: Final = 16_000_000
"""A larger frame, or message in pieces, ends the connection."""
ABNORMAL_CLOSE: Final = 1006
"""The code of an end without a closing frame (RFC 6455)."""
_PROTOCOL_ERROR: Final = 1002
_TOO_BIG: Final = 1009
_CODE_BYTES: Final = 2
_LONG_SECONDS: Final = 3_600.0
_TURNS_TO_CLOSE: Final = 10
"""Turns of the event loop until a transport has closed its ended socket; it takes three."""


def _quieten(library: logging.Logger) -> None:
    """Keep a library's chatter out of a host's log; one that asked for it is left alone."""
    if library.level == logging.NOTSET:
        library.setLevel(logging.WARNING)


_quieten(logging.getLogger("picows"))


class FrameSink(Protocol):
    """Whoever takes what a connection gives; called on the event loop, never after its end."""

    def on_opened(self, connection: StreamConnection) -> None:
        """Take the connection, before anything that comes by it."""
        ...

    def on_frame(self, payload: bytes) -> None:
        """Take one message."""
        ...

    def on_heartbeat(self) -> None:
        """Count a ping or a pong of the other side as a sign of life."""
        ...

    def on_closed(self, code: int, reason: str) -> None:
        """Take the end of the connection; called once."""
        ...


class StreamConnection(Protocol):
    """What may be done with a connection; after its end nothing happens and nothing raises."""

    def send(self, text: bytes) -> None:
        """Send one text message."""
        ...

    def ping(self) -> None:
        """Ask the other side for a sign of life."""
        ...

    def pause_reading(self) -> None:
        """Let the network hold back what comes."""
        ...

    def resume_reading(self) -> None:
        """Read on."""
        ...

    def close(self) -> None:
        """End the connection; `on_closed` follows."""
        ...


class OpensConnection(Protocol):
    """Makes a connection; see `open_connection`."""

    async def __call__(self, url: str, sink: FrameSink, timeout_seconds: float) -> None:
        """Connect; the sink is given the connection."""
        ...


def no_connection(sink: FrameSink) -> StreamConnection:
    """Return what stands for a connection before there is one: like one that has ended."""
    return _Listener(sink)


async def open_connection(url: str, sink: FrameSink, timeout_seconds: float) -> None:
    """Connect, by the proxy that the environment names; the sink is given the connection.

    Args:
        url: `ws://` or `wss://` address.
        sink: Takes what comes.
        timeout_seconds: For connecting and the handshake together.

    Raises:
        DataSourceError: `unreachable`, `bad_proxy`, `proxy`, `tls`, `timeout`, `handshake`, or
            `no_stream` where the host answers that it has none.
    """
    secure = url.startswith("wss:")
    proxy = proxy_for(url)
    try:
        async with asyncio.timeout(timeout_seconds), _Socket(proxy) as beneath:
            await ws_connect(
                lambda: _Listener(sink),
                url,
                socket_factory=beneath.connect,
                ssl_context=trusted_certificates() if secure else None,
                websocket_handshake_timeout=timeout_seconds,
                # Answered here, so that the other side's pings count as signs of life.
                enable_auto_pong=False,
                max_frame_size=MAX_FRAME_BYTES,
                # Not followed: the key stays with one host.
                max_redirects=0,
                **_proxy_options(proxy),
            )
    except ssl.SSLError as error:
        raise certificate_refused(url) from error
    except TimeoutError as error:
        raise DataSourceError(
            f"{url} does not answer in time; check the network", code="timeout", retryable=True
        ) from error
    except (ProxyError, OSError) as error:
        if proxy is not None:
            raise proxy_failed(url, proxy) from error
        raise DataSourceError(
            f"{url} cannot be reached; check the network, the name and any proxy",
            code="unreachable",
            retryable=True,
        ) from error
    except WSError as error:
        answer = error.response if isinstance(error, WSHandshakeError) else None
        # "Not here" and "not for you" will be said again; a failing gateway may mend.
        refused = answer is not None and 400 <= answer.status < 500 and answer.status != 429
        raise DataSourceError(
            f"{url} answers, but not as a WebSocket; check the address and any proxy",
            code="no_stream" if refused else "handshake",
            retryable=not refused,
        ) from error


def _proxy_options(proxy: Proxy | None) -> dict[str, Any]:
    """Return what the library is to be told of a proxy that speaks HTTP; `_Socket` knows SOCKS."""
    if proxy is None or proxy.is_socks:
        return {}
    certificates = trusted_certificates() if proxy.scheme == "https" else None
    return {"proxy": proxy.address_with_login, "proxy_ssl_context": certificates}


class _Socket:
    """The socket beneath one connection, closed where the handshake comes to nothing.

    picows leaves a connection open whose handshake is cancelled, and one that is refused over TLS
    until the other side has closed it too. It does not hand out either, so that only the one who
    opened the socket can close it.

    Args:
        proxy: What leads to the server, or None. Through SOCKS the way is made here: the library
            knows but two kinds of it, and not who looks up the name.
    """

    def __init__(self, proxy: Proxy | None = None) -> None:
        self._proxy = proxy
        self._socket: socket.socket | None = None

    async def connect(self, address: WSParsedURL) -> socket.socket:
        """Connect to a server, or to the proxy that speaks HTTP.

        Raises:
            OSError: It cannot be reached, or its name is not known.
            ProxyError: The SOCKS proxy does not lead there.
        """
        if self._proxy is not None and self._proxy.is_socks:
            return await self._connect_by(self._proxy, address)
        return await self._connect_straight(address.host, address.port)

    async def _connect_by(self, proxy: Proxy, address: WSParsedURL) -> socket.socket:
        host: str = address.host
        if not proxy.looks_up_names:
            host = place_for(proxy, await _places_of(host, address.port))
        beneath = await self._connect_straight(proxy.host, proxy.port)
        way = SocksProxy(**proxy.socks_arguments, forward=cast(SocksProxy, _Begun(beneath)))
        # The one clock around all of it is the caller's.
        return await way.connect(host, address.port, timeout=_LONG_SECONDS)

    async def _connect_straight(self, host: str, port: int) -> socket.socket:
        """Connect to the first of a host's addresses that takes the connection."""
        loop = asyncio.get_running_loop()
        failure = OSError(f"{host} has no address")
        for place in await _places_of(host, port):
            opened = self._socket = socket.socket(place.family, socket.SOCK_STREAM)
            opened.setblocking(False)
            try:
                await loop.sock_connect(opened, place.address)
            except OSError as error:
                opened.close()
                failure = error
            else:
                return opened
        raise failure

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or self._socket is None:
            return
        # The event loop still watches the socket: it is to read the end, and to close it itself.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        for _turn in range(_TURNS_TO_CLOSE):
            await asyncio.sleep(0)
        # What nobody watches yet is closed here.
        self._socket.close()


async def _places_of(host: str, port: int) -> list[Place]:
    """Look a name up; not by the loop's own threads, which its end would wait for."""
    return await asyncio.wrap_future(NAMES.begin(host, port))


class _Begun:
    """What python-socks takes for an earlier proxy on the way: the connection is there already."""

    def __init__(self, opened: socket.socket) -> None:
        self._opened = opened

    async def connect(self, **_place: object) -> socket.socket:
        return self._opened


class _Listener(WSListener):
    """The connection as picows wants it, and as `StreamConnection` offers it."""

    def __init__(self, sink: FrameSink) -> None:
        self._sink = sink
        self._transport: WSTransport | None = None
        self._pieces = bytearray()
        self._close_code = ABNORMAL_CLOSE
        self._close_reason = ""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._sink.on_opened(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is WSMsgType.TEXT and frame.fin and not frame.rsv1:
            self._sink.on_frame(frame.get_payload_as_bytes())
        elif frame.rsv1:
            self._refuse(transport, _PROTOCOL_ERROR, "compressed, although nobody offered it")
        elif kind is WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
            self._sink.on_heartbeat()
        elif kind is WSMsgType.PONG:
            self._sink.on_heartbeat()
        elif kind is WSMsgType.CLOSE:
            self._note_close(frame)
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
        else:
            self._take_piece(transport, frame)

    def on_ws_disconnected(self, _: WSTransport) -> None:
        self._transport = None
        self._sink.on_closed(self._close_code, self._close_reason)

    def send(self, text: bytes) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, text)

    def ping(self) -> None:
        if self._transport is not None:
            self._transport.send_ping()

    def pause_reading(self) -> None:
        if self._transport is not None:
            self._transport.underlying_transport.pause_reading()

    def resume_reading(self) -> None:
        if self._transport is not None:
            self._transport.underlying_transport.resume_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.send_close(WSCloseCode.GOING_AWAY)
            # At once: whoever does not answer pings will not answer this either.
            self._transport.disconnect(False)

    def _note_close(self, frame: WSFrame) -> None:
        # Read here: codes of a server's own (4000 and up) are no members of the library's list.
        payload = frame.get_payload_as_bytes()
        if len(payload) >= _CODE_BYTES:
            self._close_code = int.from_bytes(payload[:_CODE_BYTES], "big")
            self._close_reason = payload[_CODE_BYTES:].decode(errors="replace")

    def _take_piece(self, transport: WSTransport, frame: WSFrame) -> None:
        """Put a message that comes in pieces together; binary messages are taken as text."""
        self._pieces += frame.get_payload_as_memoryview()
        if len(self._pieces) > MAX_FRAME_BYTES:
            self._pieces.clear()
            self._refuse(transport, _TOO_BIG, "message too big")
        elif frame.fin:
            whole = bytes(self._pieces)
            self._pieces.clear()
            self._sink.on_frame(whole)

    def _refuse(self, transport: WSTransport, code: int, reason: str) -> None:
        self._close_code, self._close_reason = code, reason
        transport.disconnect(False)
