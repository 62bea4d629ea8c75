"""What can go wrong with a provider, scripted: which requests, how often, for how long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from threading import Lock
from zlib import crc32

from trading_bot.durations import duration_seconds
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.faults.fault_kinds import (
    ANSWER_FAULTS,
    BROKER_FAULTS,
    BROKER_PATHS,
    BROKER_STREAM_FAULTS,
    CHANNEL_KINDS,
    FAULT_KINDS,
    FIELD_FAULTS,
    GATEWAY_FAULTS,
    MARKET_FAULTS,
    PATH_KINDS,
    ROW_FAULTS,
    SERVER_FAULTS,
    STREAM_FAULTS,
)

_LISTS = frozenset({"paths", "symbols"})
_DURATIONS = frozenset({"after_seconds", "for_seconds", "retry_after", "seconds"})
_NUMBERS = _DURATIONS | {"bytes_per_second", "share"}
_WORDS = frozenset({"kind", "channel", "field"})
_WHOLE_NUMBERS = frozenset({"count", "code", "trades", "records"})
_CHANNEL_OF_PATH = {"trades": "T", "quotes": "Q"}
_DRAWN_BELOW = 1 << 32
_CLOSE_CODES = range(1000, 5000)
_ERROR_CODES = range(1, 9)
_ERROR_FAULTS = frozenset({"gw_error", "gw_no_replay"})
_NAMED_ONLY = ("stream", "trade_updates", *BROKER_PATHS)
# The handshake of a stream, and a broker, go wrong only when a fault names them.
_REST_PATHS = tuple(path for path in PATH_KINDS if path not in _NAMED_ONLY)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: What goes wrong; one of `FAULT_KINDS`.
        paths: Kinds of path it is limited to; empty for all of REST.
        symbols: Symbols it is limited to; empty for all. A batch that names one of them is hit.
        count: Requests it is limited to, or what `StreamFault` says; None for no limit.
        after_seconds: Market seconds from being set until it begins.
        for_seconds: Market seconds that it lasts; None for no end.
        retry_after: The `Retry-After` header of 429 and 503, seconds; None leaves it out.
        seconds: How late `stale_quotes` are, how long `slow` waits, and what `DataFault`,
            `RowFault` and `StreamFault` say; market seconds, negative only for `ws_clock_skew`.
        code: With which the stream is closed, 1000 to 4999; None for 1006. Of `gw_error`
            and `gw_no_replay` the error, 1 to 8.
        trades: Prints of a `ws_burst`; None for 100,000.
        bytes_per_second: Of `ws_slow_drip`, per market second; None for 500.
        channel: The kind of event that it is limited to: `T`, `Q` or `LULD`; None for all.
        share: The share of such events that it hits, above 0 and at most 1; None for all.
        field: The member that the field faults change.
        records: Records of the market after which `GatewayFault` hits a session.

    Raises:
        ValueError: An unknown kind or path, or a number out of its range.
    """

    kind: str
    paths: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    count: int | None = None
    after_seconds: float = 0.0
    for_seconds: float | None = None
    retry_after: float | None = None
    seconds: float | None = None
    code: int | None = None
    trades: int | None = None
    bytes_per_second: float | None = None
    channel: str | None = None
    share: float | None = None
    field: str | None = None
    records: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in FAULT_KINDS:
            raise ValueError(f"kind={self.kind!r} must be one of {', '.join(FAULT_KINDS)}")
        for path in self.paths:
            if path not in PATH_KINDS:
                raise ValueError(f"paths={path!r} must be among {', '.join(PATH_KINDS)}")
        for name in ("count", "trades"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}={value} must be at least 1")
        for name in _NUMBERS:
            value = getattr(self, name)
            may_be_negative = name == "seconds" and self.kind == "ws_clock_skew"
            if value is not None and value < 0 and not may_be_negative:
                raise ValueError(f"{name}={value} must be 0 or more")
        if self.records is not None and self.records < 0:
            raise ValueError(f"records={self.records} must be 0 or more")
        codes = _ERROR_CODES if self.kind in _ERROR_FAULTS else _CLOSE_CODES
        if self.code is not None and self.code not in codes:
            raise ValueError(f"code={self.code} must be from {codes[0]} to {codes[-1]}")
        if self.channel is not None and self.channel not in CHANNEL_KINDS:
            raise ValueError(f"channel={self.channel!r} must be one of {', '.join(CHANNEL_KINDS)}")
        if self.share is not None and not 0 < self.share <= 1:
            raise ValueError(f"share={self.share} must be above 0 and at most 1")
        if (self.kind in FIELD_FAULTS) == (self.field is None):
            raise ValueError(f"field={self.field!r} is needed by {', '.join(FIELD_FAULTS)} alone")

    def concerns(self, path: str, symbols: Iterable[str]) -> bool:
        """Return whether a request of this path kind and these symbols is meant."""
        usual = BROKER_PATHS if self.kind in BROKER_FAULTS else _REST_PATHS
        if path not in (self.paths or usual):
            return False
        if self.kind in ROW_FAULTS and self.channel not in (None, _CHANNEL_OF_PATH.get(path)):
            return False
        return not self.symbols or any(symbol in self.symbols for symbol in symbols)

    def concerns_symbol(self, symbol: str) -> bool:
        """Return whether one symbol is meant."""
        return not self.symbols or symbol in self.symbols

    def concerns_event(self, channel: str, symbol: str, sequence: int) -> bool:
        """Return whether one event of the stream is meant; of a share the same ones each time."""
        if self.channel not in (None, channel) or not self.concerns_symbol(symbol):
            return False
        drawn = crc32(f"{symbol} {channel} {sequence}".encode())
        return self.share is None or drawn < self.share * _DRAWN_BELOW

    def is_limited(self) -> bool:
        """Return whether it is meant for some events only."""
        return bool(self.symbols) or self.channel is not None or self.share is not None

    def concerns_stream(self) -> bool:
        """Return whether it acts on the stream."""
        is_rows = self.kind in ROW_FAULTS and (not self.paths or "stream" in self.paths)
        return is_rows or self.kind in STREAM_FAULTS or self.kind in GATEWAY_FAULTS


def fault_from_mapping(fields: object) -> Fault:
    """Build a fault from decoded JSON.

    Raises:
        ValueError: An unknown field, a wrong type, or a value that `Fault` refuses.
    """
    if not isinstance(fields, Mapping):
        raise ValueError(f"{fields!r} must be a JSON object")
    known: dict[str, object] = {}
    for name, value in fields.items():
        if name in _LISTS:
            if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
                raise ValueError(f"{name}={value!r} must be a list of words")
            known[name] = tuple(value)
        elif name in _WHOLE_NUMBERS or name in _NUMBERS:
            wanted = int if name in _WHOLE_NUMBERS else (int, float)
            if value is not None and (isinstance(value, bool) or not isinstance(value, wanted)):
                raise ValueError(f"{name}={value!r} must be a number")
            known[name] = value
        elif name in _WORDS:
            known[name] = None if value is None else str(value)
        else:
            raise ValueError(f"{name!r} is no field of a fault")
    if "kind" not in known:
        raise ValueError(f"kind is missing; one of {', '.join(FAULT_KINDS)}")
    return Fault(**known)  # type: ignore[arg-type]  # each was checked above


def parse_fault(text: str) -> Fault:
    """Read a fault from a command line: `kind,name=value,…`, lists joined with `+`.

    For example `rate_limited,retry_after=2,paths=trades+quotes,symbols=ACME,count=3`.
    Seconds may be written as `90s`, `5m` or `1h`.

    Raises:
        ValueError: Not of that form, or a value that `Fault` refuses.
    """
    kind, *settings = text.split(",")
    fields: dict[str, object] = {"kind": kind}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise ValueError(f"{setting!r} in {text!r} must be name=value")
        if name in _LISTS:
            fields[name] = value.split("+")
        elif name in _WHOLE_NUMBERS:
            fields[name] = int(value)
        else:
            fields[name] = _number(name, value) if name in _NUMBERS else value
    return fault_from_mapping(fields)


def _number(name: str, text: str) -> float:
    if name not in _DURATIONS:
        return float(text)
    try:
        return duration_seconds(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


@dataclass(slots=True)
class ArmedFault:
    """A fault that is set, with its span on the market's clock and what is left of its count."""

    number: int
    fault: Fault
    from_ns: int
    until_ns: int | None
    left: int | None

    def is_on(self, now_ns: int) -> bool:
        """Return whether it acts at this moment."""
        return self.left != 0 and self.is_in_time(now_ns)

    def is_in_time(self, now_ns: int) -> bool:
        """Return whether this moment lies in its span, whatever is left of its count."""
        return self.from_ns <= now_ns and (self.until_ns is None or now_ns < self.until_ns)


class FaultBoard:
    """The faults that are set; may be changed from any thread while the server runs.

    Args:
        now_ns: The market's present, Unix nanoseconds.
        faults: Set from the beginning.
    """

    def __init__(self, now_ns: Callable[[], int], faults: Iterable[Fault] = ()) -> None:
        self._now_ns = now_ns
        self._lock = Lock()
        self._numbers = count(1)
        self._armed: list[ArmedFault] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> int:
        """Set a fault; return the number by which it is removed."""
        from_ns = self._now_ns() + int(fault.after_seconds * NS_PER_SECOND)
        until_ns = None
        if fault.for_seconds is not None:
            until_ns = from_ns + int(fault.for_seconds * NS_PER_SECOND)
        left = 1 if fault.kind in MARKET_FAULTS and fault.count is None else fault.count
        with self._lock:
            number = next(self._numbers)
            self._armed.append(ArmedFault(number, fault, from_ns, until_ns, left))
        return number

    def remove(self, number: int) -> bool:
        """Take one fault away; tell whether it was there."""
        with self._lock:
            kept = [armed for armed in self._armed if armed.number != number]
            found = len(kept) != len(self._armed)
            self._armed = kept
        return found

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._armed = []

    def armed(self) -> tuple[ArmedFault, ...]:
        """Return what is set, in the order of being set, whether it acts already or not."""
        with self._lock:
            return tuple(self._armed)

    def is_away(self) -> bool:
        """Return whether the server should be gone at this moment."""
        now_ns = self._now_ns()
        return any(a.fault.kind in SERVER_FAULTS and a.is_on(now_ns) for a in self.armed())

    def on_stream(self, now_ns: int) -> dict[str, list[ArmedFault]]:
        """Return the stream's faults that act at this moment, by kind.

        One whose count is used up is among them: it may still hold what it has hit.
        """
        acting: dict[str, list[ArmedFault]] = {}
        for armed in self.armed():
            if armed.fault.concerns_stream() and armed.is_in_time(now_ns):
                acting.setdefault(armed.fault.kind, []).append(armed)
        return acting

    def spend(self, armed: ArmedFault) -> bool:
        """Count one hit; tell whether one was left."""
        with self._lock:
            if armed.left is None:
                return True
            if armed.left == 0:
                return False
            armed.left -= 1
            return True

    def take(self, path: str, symbols: Iterable[str], now_ns: int) -> list[ArmedFault]:
        """Return what goes wrong with one request, and count it.

        At most one answer fault is among them, and only that one is counted down.
        """
        taken: list[ArmedFault] = []
        answered = False
        wanted = tuple(symbols)
        with self._lock:
            for armed in self._armed:
                is_answer = armed.fault.kind in ANSWER_FAULTS
                if (
                    armed.fault.kind in SERVER_FAULTS
                    or armed.fault.kind in STREAM_FAULTS
                    or armed.fault.kind in GATEWAY_FAULTS
                    or armed.fault.kind in BROKER_STREAM_FAULTS
                    or not armed.is_on(now_ns)
                    or not armed.fault.concerns(path, wanted)
                    or (is_answer and answered)
                ):
                    continue
                answered = answered or is_answer
                # A member of REST's rows and one of the stream may have one fault: it counts there.
                if armed.left is not None and armed.fault.kind not in ROW_FAULTS:
                    armed.left -= 1
                taken.append(armed)
        return taken
