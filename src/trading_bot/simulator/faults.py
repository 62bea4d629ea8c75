"""What can go wrong with a provider, scripted: which requests, how often, for how long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from threading import Lock
from typing import Literal, get_args

from trading_bot.order_flow.units import NS_PER_SECOND

PathKind = Literal[
    "snapshot",
    "trades",
    "quotes",
    "last_nbbo",
    "last_trade",
    "conditions",
    "market_status",
    "calendar",
    "news",
    "unknown",
]
AnswerFault = Literal[
    "rate_limited",
    "server_error",
    "unavailable",
    "bad_gateway_html",
    "hang",
    "drop_connection",
    "unknown_key",
    "not_authorized",
    "not_found",
    "empty_body",
]
"""Faults in whose place no data is served; the first that fits a request wins."""
DataFault = Literal[
    "slow",
    "truncated_json",
    "cut_body",
    "stale_quotes",
    "frozen",
    "delayed_plan",
    "no_quotes_plan",
    "no_trades_plan",
    "out_of_order",
    "duplicate_trades",
    "crossed_quote",
    "one_sided_quote",
    "corrections",
    "malformed_rows",
    "null_objects",
    "looping_cursor",
]
"""Faults of the data or its transport; all that fit a request apply."""
ServerFault = Literal["going_away"]
"""The server stops listening and closes every connection while the fault lasts."""
FaultKind = AnswerFault | DataFault | ServerFault

PATH_KINDS: tuple[PathKind, ...] = get_args(PathKind)
ANSWER_FAULTS: tuple[AnswerFault, ...] = get_args(AnswerFault)
DATA_FAULTS: tuple[DataFault, ...] = get_args(DataFault)
SERVER_FAULTS: tuple[ServerFault, ...] = get_args(ServerFault)
FAULT_KINDS: tuple[str, ...] = (*ANSWER_FAULTS, *DATA_FAULTS, *SERVER_FAULTS)

_LISTS = frozenset({"paths", "symbols"})
_NUMBERS = frozenset({"after_seconds", "for_seconds", "retry_after", "seconds"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: What goes wrong; one of `FAULT_KINDS`.
        paths: Kinds of path it is limited to; empty for all.
        symbols: Symbols it is limited to; empty for all. A batch that names one of them is hit.
        count: Requests it is limited to; None for no limit.
        after_seconds: Market seconds from being set until it begins.
        for_seconds: Market seconds that it lasts; None for no end.
        retry_after: The `Retry-After` header of 429 and 503, seconds; None leaves it out.
        seconds: How late `stale_quotes` are, and how long `slow` waits.

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

    def __post_init__(self) -> None:
        if self.kind not in FAULT_KINDS:
            raise ValueError(f"kind={self.kind!r} must be one of {', '.join(FAULT_KINDS)}")
        for path in self.paths:
            if path not in PATH_KINDS:
                raise ValueError(f"paths={path!r} must be among {', '.join(PATH_KINDS)}")
        if self.count is not None and self.count < 1:
            raise ValueError(f"count={self.count} must be at least 1")
        for name in _NUMBERS:
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"{name}={value} must be 0 or more")

    def concerns(self, path: str, symbols: Iterable[str]) -> bool:
        """Tell whether a request of this path kind and these symbols is meant."""
        if self.paths and path not in self.paths:
            return False
        return not self.symbols or any(symbol in self.symbols for symbol in symbols)


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
        elif name == "count" or name in _NUMBERS:
            wanted = int if name == "count" else (int, float)
            if value is not None and (isinstance(value, bool) or not isinstance(value, wanted)):
                raise ValueError(f"{name}={value!r} must be a number")
            known[name] = value
        elif name == "kind":
            known[name] = str(value)
        else:
            raise ValueError(f"{name!r} is no field of a fault")
    if "kind" not in known:
        raise ValueError(f"kind is missing; one of {', '.join(FAULT_KINDS)}")
    return Fault(**known)  # type: ignore[arg-type]  # each was checked above


def parse_fault(text: str) -> Fault:
    """Read a fault from a command line: `kind,name=value,…`, lists joined with `+`.

    For example `rate_limited,retry_after=2,paths=trades+quotes,symbols=ACME,count=3`.

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
        elif name == "count":
            fields[name] = int(value)
        else:
            fields[name] = float(value) if name in _NUMBERS else value
    return fault_from_mapping(fields)


@dataclass(slots=True)
class ArmedFault:
    """A fault that is set, with its span on the market's clock and what is left of its count."""

    number: int
    fault: Fault
    from_ns: int
    until_ns: int | None
    left: int | None

    def is_on(self, now_ns: int) -> bool:
        """Tell whether it acts at this moment."""
        if now_ns < self.from_ns or self.left == 0:
            return False
        return self.until_ns is None or now_ns < self.until_ns


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
        with self._lock:
            number = next(self._numbers)
            self._armed.append(ArmedFault(number, fault, from_ns, until_ns, fault.count))
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
        """Tell whether the server should be gone at this moment."""
        now_ns = self._now_ns()
        return any(a.fault.kind in SERVER_FAULTS and a.is_on(now_ns) for a in self.armed())

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
                    or not armed.is_on(now_ns)
                    or not armed.fault.concerns(path, wanted)
                    or (is_answer and answered)
                ):
                    continue
                answered = answered or is_answer
                if armed.left is not None:
                    armed.left -= 1
                taken.append(armed)
        return taken
