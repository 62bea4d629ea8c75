"""How a connection begins: a name is looked up, and its addresses are tried, within a time.

The system's look-up of a name cannot be interrupted. So it runs on a thread of its own, and whoever
asked waits no longer than there is time; one that hangs is joined by later questions for the same
name, so that it costs one thread and no more.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, NamedTuple

from ..clock import monotonic_seconds
from .network import Proxy

SocketOption = tuple[int, int, int | bytes]


class Place(NamedTuple):
    """Where a host listens: one of its addresses.

    Attributes:
        family: Of IPv4 or IPv6.
        address: For `socket.connect`.
    """

    family: int
    address: Any


class NameLookups:
    """Looks names up, each on a thread of its own; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[str, int], Future[list[Place]]] = {}

    def begin(self, host: str, port: int) -> Future[list[Place]]:
        """Begin to look a name up, or join the look-up that runs.

        The answer holds one place at least, or is an `OSError`. It cannot be called off.
        """
        with suppress(OSError, UnicodeError):
            # A number is no question to anybody.
            found: Future[list[Place]] = Future()
            found.set_result(_places(host, port, socket.AI_NUMERICHOST))
            return found
        asked = (host, port)
        with self._lock:
            running = self._running.get(asked)
            if running is not None:
                return running
            running = self._running[asked] = Future()
        running.set_running_or_notify_cancel()
        threading.Thread(
            target=self._look_up, args=(asked, running), name="order-flow-names", daemon=True
        ).start()
        return running

    def _look_up(self, asked: tuple[str, int], answer: Future[list[Place]]) -> None:
        try:
            found, failure = _places(*asked), None
        except (OSError, UnicodeError) as error:  # an odd name cannot be encoded
            found, failure = [], OSError(str(error))
        with self._lock:
            del self._running[asked]
        if failure is None:
            answer.set_result(found)
        else:
            answer.set_exception(failure)


NAMES: Final = NameLookups()
"""The look-ups of this process."""


def connect(
    host: str, port: int, seconds: float, options: Sequence[SocketOption] = ()
) -> socket.socket:
    """Connect to the first of a host's addresses that takes the connection.

    Args:
        host: Name or number.
        port: Port.
        seconds: For the look-up and all addresses together.
        options: Set before connecting.

    Raises:
        TimeoutError: The time is over.
        OSError: No address can be reached, or the name is not known.
    """
    until = monotonic_seconds() + seconds
    failure: OSError = OSError(f"{host} has no address")
    for place in NAMES.begin(host, port).result(seconds):
        left = until - monotonic_seconds()
        if left <= 0:
            raise TimeoutError(f"no address of {host} answers in time")
        opened = socket.socket(place.family, socket.SOCK_STREAM)
        try:
            for option in options:
                opened.setsockopt(*option)
            opened.settimeout(left)
            opened.connect(place.address)
        except OSError as error:
            opened.close()
            failure = error
        else:
            return opened
    raise failure


def place_for(proxy: Proxy, places: Sequence[Place]) -> str:
    """Return the address of a host that a proxy is to be told, which looks up no names.

    Raises:
        OSError: There is none that it leads to.
    """
    for place in places:
        if place.family == socket.AF_INET or not proxy.takes_ipv4_only:
            return str(place.address[0])
    raise OSError(f"the host has no address that {proxy.scheme} leads to")


def _places(host: str, port: int, flags: int = 0) -> list[Place]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [Place(family, address) for family, _, _, _, address in found]
