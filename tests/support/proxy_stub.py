"""A proxy on a loopback socket that leads every request to one port of this machine."""

from __future__ import annotations

import base64
import socket
import ssl
import struct
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

FAR_HOST = "provider.test"
"""A name that nobody can look up, so that only the proxy can have led there."""


@dataclass(frozen=True)
class Led:
    """One request as the proxy understood it: how it was asked, for whom, by whose login."""

    how: str
    host: str
    port: int
    login: str = ""


class ProxyStub:
    """Speaks HTTP (CONNECT and plain), SOCKS 4a and SOCKS 5, whichever the client begins with.

    Args:
        leads_to: Port of this machine where every request ends.
        certificate: Speaks TLS to its clients; None for plain.
        refuses: Answers so, and leads nowhere: the words after `HTTP/1.1`.
    """

    def __init__(
        self,
        leads_to: int,
        *,
        certificate: ssl.SSLContext | None = None,
        refuses: str | None = None,
    ) -> None:
        self.led: list[Led] = []
        self._leads_to = leads_to
        self._certificate = certificate
        self._refuses = refuses
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        # A connection of our own wakes the thread that waits for one.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._accepting.join()
        self._socket.close()

    def _accept(self) -> None:
        while True:
            client, _ = self._socket.accept()
            if self._over.is_set():
                client.close()
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        client = plain
        try:
            if self._certificate is not None:
                client = self._certificate.wrap_socket(plain, server_side=True)
            with client, socket.create_connection(("127.0.0.1", self._leads_to)) as server:
                first = client.recv(1)
                if first == b"\x05":
                    self._socks5(client)
                elif first == b"\x04":
                    self._socks4(client)
                elif first and not self._http(first, client, server):
                    return
                back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
                back.start()
                _pass_on(client, server)
                back.join()
        except OSError:
            plain.close()  # one side went away; what the client thinks of that is what is tested

    def _http(self, first: bytes, client: socket.socket, server: socket.socket) -> bool:
        head = first + _until(client, b"\r\n\r\n")
        request, *headers = head.decode().split("\r\n")
        method, target, _ = request.split(" ")
        login = ""
        for header in headers:
            name, _, text = header.partition(": ")
            if name.lower() == "proxy-authorization":
                login = base64.b64decode(text.removeprefix("Basic ")).decode()
        host, _, port = target.removeprefix("http://").split("/")[0].partition(":")
        self.led.append(Led(method, host, int(port or 80), login))
        if self._refuses is not None:
            client.sendall(f"HTTP/1.1 {self._refuses}\r\nContent-Length: 0\r\n\r\n".encode())
            return False
        if method == "CONNECT":
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            server.sendall(head)
        return True

    def _socks5(self, client: socket.socket) -> None:
        offered = _exactly(client, _exactly(client, 1)[0])
        login = ""
        if 2 in offered:
            client.sendall(b"\x05\x02")
            _exactly(client, 1)
            name = _exactly(client, _exactly(client, 1)[0])
            word = _exactly(client, _exactly(client, 1)[0])
            client.sendall(b"\x01\x00")
            login = f"{name.decode()}:{word.decode()}"
        else:
            client.sendall(b"\x05\x00")
        kind = _exactly(client, 4)[3]
        if kind == 3:
            host = _exactly(client, _exactly(client, 1)[0]).decode()
        else:
            host = socket.inet_ntoa(_exactly(client, 4))
        (port,) = struct.unpack("!H", _exactly(client, 2))
        self.led.append(Led("SOCKS5", host, port, login))
        code = 0 if self._refuses is None else 2
        client.sendall(b"\x05" + bytes([code]) + b"\x00\x01\x00\x00\x00\x00\x00\x00")

    def _socks4(self, client: socket.socket) -> None:
        _, port, address = struct.unpack("!BH4s", _exactly(client, 7))
        login = _until(client, b"\x00")[:-1].decode()
        host = socket.inet_ntoa(address)
        if address[:3] == b"\x00\x00\x00":
            host = _until(client, b"\x00")[:-1].decode()
        self.led.append(Led("SOCKS4", host, port, login))
        client.sendall(b"\x00\x5a\x00\x00\x00\x00\x00\x00")


def _exactly(source: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = source.recv(count - len(found))
        if not piece:
            raise OSError("the client went away")
        found += piece
    return found


def _until(source: socket.socket, end: bytes) -> bytes:
    found = b""
    while not found.endswith(end):
        found += _exactly(source, 1)
    return found


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the other direction ends by itself
