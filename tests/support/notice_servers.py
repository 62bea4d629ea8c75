"""Receivers of notices on this machine: a web hook and a mail server that do as they are told."""

from __future__ import annotations

import json
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from trading_bot.order_flow.clock import monotonic_seconds

PATIENCE_SECONDS = 60.0
TOKEN = "t0k3n-of-this-test"
HOW = ("ok", "500", "401", "301", "silent", "drip", "hang up", "reset")
"""How a web hook may answer; after the last of a list it goes on as it does. A 3xx sends on to its
own page."""


def wait_until(is_so: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so; fail when that takes too long."""
    pause, limit = threading.Event(), monotonic_seconds() + seconds
    while not is_so():
        assert monotonic_seconds() < limit, "it has not come about"
        pause.wait(0.02)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of those who hang up."""


@dataclass
class WebHook:
    """A web hook.

    Attributes:
        hows: How it answers, one after the other; the last one repeats.
        got: Title and message of each text that it was given, whatever it answered.
        taken: Message of each text that it took, with its id.
        beats: How often it was asked for its page.
        over: Lets every answer that is held go.
    """

    hows: list[str] = field(default_factory=lambda: ["ok"])
    got: list[tuple[str, str]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    beats: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def messages(self) -> list[str]:
        """What each text said, without its id."""
        return [message.rpartition("\nnotice ")[0] for _, message in self.got]

    @property
    def ids(self) -> list[str]:
        return [message.rpartition("\nnotice ")[2] for _, message in self.got]

    def address(self, *, read_seconds: float = 4.0) -> str:
        return f"json://127.0.0.1:{self.port}/{TOKEN}?rto={read_seconds}"

    def page(self) -> str:
        return f"http://127.0.0.1:{self.port}/{TOKEN}"

    def next_how(self) -> str:
        return self.hows.pop(0) if len(self.hows) > 1 else self.hows[0]


@contextmanager
def web_hook(*hows: str) -> Iterator[WebHook]:
    """Serve a web hook on a free port."""
    hook = WebHook(list(hows) or ["ok"])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            text = json.loads(self.rfile.read(length))
            hook.got.append((text["title"], text["message"]))
            if self._answer() == "ok":
                hook.taken.append(text["message"])

        def do_GET(self) -> None:
            hook.beats += 1
            self._answer()

        def _answer(self) -> str:
            how = hook.next_how()
            if how == "silent":
                hook.over.wait(PATIENCE_SECONDS)
            if how == "reset":
                # Closed at once, whatever was not sent.
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
            if how in ("silent", "hang up", "reset"):
                return how
            if how == "drip":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
                while not hook.over.wait(0.2):
                    self.wfile.write(b" ")
                return how
            self.send_response(200 if how == "ok" else int(how))
            if how.startswith("3"):
                self.send_header("Location", hook.page())
            self.send_header("Content-Length", "0")
            self.end_headers()
            return how

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        hook.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield hook
        finally:
            hook.over.set()
            server.shutdown()
            thread.join()


@dataclass
class MailServer:
    """A mail server.

    Attributes:
        refuses: What it says to a recipient, in place of taking the letter; empty takes it.
        is_silent: It says nothing once it has the letter.
        letters: Those that it was given.
        over: Lets every answer that is held go.
    """

    refuses: str = ""
    is_silent: bool = False
    letters: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def address(self) -> str:
        where = "smtp=127.0.0.1&from=guard@example.com&to=me@example.com&cto=2"
        return f"mailto://127.0.0.1:{self.port}?{where}"


@contextmanager
def mail_server(*, refuses: str = "", is_silent: bool = False) -> Iterator[MailServer]:
    """Serve mail on a free port."""
    mail = MailServer(refuses, is_silent)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline():
                word = line[:4].upper().strip()
                if word == b"DATA":
                    self._say("354 go on")
                    mail.letters.append(self._letter())
                    if mail.is_silent:
                        mail.over.wait(PATIENCE_SECONDS)
                        return
                    self._say("250 taken")
                elif word == b"RCPT" and mail.refuses:
                    self._say(mail.refuses)
                elif word == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 yes")

        def _letter(self) -> str:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line)
            return b"".join(lines).decode()

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of those who hang up."""

    with Server(("127.0.0.1", 0), Handler) as server:
        mail.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield mail
        finally:
            mail.over.set()
            server.shutdown()
            thread.join()
