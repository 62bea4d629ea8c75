"""What the simulator was asked, for tests to look at."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock

_KEPT_REQUESTS = 10_000


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request as it arrived.

    Attributes:
        kind: Path kind, as faults name it.
        path: Path without its query.
        query: Parameters, without any key.
        symbols: Symbols it names.
        market_ns: Market time of its arrival, Unix nanoseconds.
        authorized: True when a right key came with it.
    """

    kind: str
    path: str
    query: dict[str, str]
    symbols: tuple[str, ...]
    market_ns: int
    authorized: bool


class RequestLog:
    """The newest requests, bounded; safe to read from another thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: deque[RecordedRequest] = deque(maxlen=_KEPT_REQUESTS)

    def add(self, request: RecordedRequest) -> None:
        """Note one request."""
        with self._lock:
            self._requests.append(request)

    def all(self) -> tuple[RecordedRequest, ...]:
        """Return the requests, oldest first."""
        with self._lock:
            return tuple(self._requests)

    def of(self, kind: str, symbol: str | None = None) -> tuple[RecordedRequest, ...]:
        """Return the requests of one path kind, and of one symbol if given."""
        return tuple(
            request
            for request in self.all()
            if request.kind == kind and (symbol is None or symbol in request.symbols)
        )

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._requests.clear()
