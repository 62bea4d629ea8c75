"""The sender's process as the guard has it: begun, written to and read by threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from queue import Empty, Full, Queue, SimpleQueue
from threading import Thread
from typing import IO, Any, Final, Protocol, cast

from trading_bot.notify.desk import Message
from trading_bot.notify.worker import TRY_SECONDS
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.outside.source import LINE

MOST_LINES: Final = 1_000
"""Lines that may wait for a process that does not read."""
_READ_SECONDS: Final = 1.0
"""How long what an ended process has said may take to be read."""
_NEEDED: Final = frozenset(
    {
        "ALL_PROXY",
        "HOME",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "LANG",
        "LANGUAGE",
        "LD_LIBRARY_PATH",
        "NO_PROXY",
        "PATH",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "TMPDIR",
        "TZ",
        "USERPROFILE",
        "VIRTUAL_ENV",
    }
)
_NEEDED_BEGINNINGS: Final = ("COVERAGE_", "LC_", "PYTHON")


class Process(Protocol):
    """A sender's process."""

    def post(self, line: Mapping[str, Any]) -> bool:
        """Have a line written; False where too many wait."""
        ...

    def reports(self) -> list[Mapping[str, Any]]:
        """Return what it has said since this was asked last."""
        ...

    def is_running(self) -> bool:
        """Return whether it lives."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...

    def wait(self, seconds: float) -> bool:
        """Return whether it ends within so many seconds."""
        ...


class SenderProcess:
    """A process that sends; two threads of its own write to it and read from it.

    Args:
        hello: The first line.
        command: What is run; for tests of one that does not come up.
    """

    def __init__(
        self,
        hello: Mapping[str, Any],
        *,
        command: tuple[str, ...] | None = None,
    ) -> None:
        own = (sys.executable, "-m", "trading_bot.notify.child", str(os.getpid()))
        # Ctrl-C of a terminal is for the guard, which says goodbye; addresses go by the pipe alone.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            own if command is None else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=needed(os.environ),
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._lines: Queue[Mapping[str, Any]] = Queue(MOST_LINES)
        self._reports: SimpleQueue[Mapping[str, Any]] = SimpleQueue()
        self.post(hello)
        Thread(target=self._write, name="notices out", daemon=True).start()
        self._reader = Thread(target=self._read, name="notices in", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def post(self, line: Mapping[str, Any]) -> bool:
        """Have a line written; False where too many wait."""
        try:
            self._lines.put_nowait(line)
        except Full:
            return False
        return True

    def reports(self) -> list[Mapping[str, Any]]:
        """Return what it has said since this was asked last."""
        found = []
        with suppress(Empty):
            while True:
                found.append(self._reports.get_nowait())
        return found

    def is_running(self) -> bool:
        """Return whether it lives, or something that it has said is still to be read."""
        return self._process.poll() is None or self._reader.is_alive()

    def kill(self) -> None:
        """End it at once; its threads follow."""
        self._process.kill()
        self._process.wait()
        self._reader.join(_READ_SECONDS)

    def wait(self, seconds: float) -> bool:
        """Return whether it ends within so many seconds."""
        try:
            self._process.wait(max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            return False
        self._reader.join(_READ_SECONDS)
        return True

    def _write(self) -> None:
        pipe = cast("IO[bytes]", self._process.stdin)
        with suppress(OSError, ValueError):
            while self._process.poll() is None:
                with suppress(Empty):
                    line = self._lines.get(timeout=1.0)
                    pipe.write(json.dumps(line).encode() + b"\n")
                    pipe.flush()
        with suppress(OSError):
            pipe.close()

    def _read(self) -> None:
        with cast("IO[bytes]", self._process.stdout) as pipe:
            for raw in pipe:
                with suppress(DataSourceError):
                    self._reports.put(decode(raw, "a line of the sender", LINE))


def hello_line(
    urls: tuple[str, ...],
    beat_url: str | None,
    death: tuple[str, Message],
    *,
    try_seconds: float = TRY_SECONDS,
) -> Mapping[str, Any]:
    """Return the first line: who is told, what is asked, and what is said when the guard dies.

    Args:
        urls: The receivers.
        beat_url: The dead-man's switch; None for none.
        death: Id and text of the last notice, `{at}` in it for its time; it is said where the guard
            was said to live.
        try_seconds: How long one try may take.
    """
    known_as, message = death
    body = f"{message.body}\nnotice {known_as}"
    return {
        "op": "hello",
        "urls": urls,
        "beat_url": beat_url,
        "death": {"id": known_as, "title": message.title, "body": body},
        "try_seconds": try_seconds,
    }


def needed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what an interpreter needs to run and to reach the network: no key is among it."""
    return {
        name: text
        for name, text in environ.items()
        if name.upper() in _NEEDED or name.upper().startswith(_NEEDED_BEGINNINGS)
    }
