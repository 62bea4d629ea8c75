"""What must hold of every run, and what is measured of it.

A print is accounted for when it was judged once, or when, from some seconds after it on and as long
as it matters, its symbol is called something other than visible. How many seconds, depends on what
went wrong: a channel that is dead is to be noticed sooner than one that loses some of its rows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.journal.lines import alert_id
from trading_bot.order_flow.market.units import NS_PER_MS, ns_from_utc

from .faults import FIELD_KINDS, Fault
from .market import Sale
from .run import Ran, Seen

DEAD_SECONDS: Final = 10.0
PARTIAL_SECONDS: Final = 30.0
UNANSWERED_SECONDS: Final = 60.0
"""Where the second source fails as well: as long as the longest silence that a channel may have."""
MATTERS_SECONDS: Final = 360.0
START_SECONDS: Final = 15.0
_LEAST_VISIBLE: Final = 0.95
_MOST_CHANGES: Final = 2
_NAMES: Final = ("i", "q", "x")
"""The fields by which a print is known again: its alerts are compared, not the print."""
_LEARNED: Final = 180.0
"""How long a second source that was behind is waited for longer."""
_DEAD_KINDS: Final = frozenset(
    {"cut", "mute", "mute_feed", "half_open", "evicted", "auth_failed", "killed", "slept"}
)
_SOURCE_KINDS: Final = frozenset(
    {"rest_refuses", "rest_empty", "rest_behind", "rest_frozen", "rest_odd_row", "rest_slow"}
)


class Failure(NamedTuple):
    """Something that must not be.

    Attributes:
        what: In one word.
        symbol: Of which symbol.
        seconds: When, in seconds of the run.
        words: What happened.
    """

    what: str
    symbol: str
    seconds: float
    words: str

    def __str__(self) -> str:
        return f"{self.what} {self.symbol} at {self.seconds:.1f} s: {self.words}"


@dataclass
class Checked:
    """What was found of a run.

    Attributes:
        failures: What must not be.
        sales: Large sales that were held, and `alerted` of them; `told` of the others.
        late: Of those alerted, how many more than a second later.
        noticed: Seconds from the first print that was missed to the first word of it.
        recovered: Seconds from the end of the last fault until all is visible.
        false_doubts: How often a symbol was doubted while nothing was wrong.
        calm_seconds: Symbol-seconds in which nothing was wrong.
    """

    failures: list[Failure] = field(default_factory=list)
    sales: int = 0
    alerted: int = 0
    late: int = 0
    told: int = 0
    noticed: list[float] = field(default_factory=list)
    recovered: list[float] = field(default_factory=list)
    false_doubts: int = 0
    calm_seconds: float = 0.0


def check(ran: Ran) -> Checked:
    """Check one run."""
    found = Checked()
    found.failures += _twice(ran)
    found.failures += _given_up(ran)
    for symbol in ran.market.symbols:
        found.failures += _unaccounted(ran, symbol)
        _look_at_sales(ran, symbol, found)
        _measure(ran, symbol, found)
    if not ran.faults.all:
        found.failures += _restless(ran)
    return found


def _twice(ran: Ran) -> Iterator[Failure]:
    for symbol, name in ran.account.twice:
        if any(each.concerns(symbol) and _hides_names(each) for each in ran.faults.all):
            # Which print it is, nobody can tell: it has no name, or the stamp of another moment.
            continue
        yield Failure("judged_twice", symbol, 0.0, f"print {name}")
    alerts = [each for _, each in ran.account.told if isinstance(each, OrderFlowAlert)]
    ids = Counter(alert_id(each, config_hash="") for each in alerts)
    for each in alerts:
        if ids.pop(alert_id(each, config_hash=""), 1) > 1:
            yield Failure("alert_doubled", each.symbol, _of(ran, each), f"{each.source}")


def _hides_names(fault: Fault) -> bool:
    return fault.kind == "ahead" or (fault.kind in FIELD_KINDS and fault.detail in _NAMES)


def _given_up(ran: Ran) -> Iterator[Failure]:
    for refusal in ran.account.refusals:
        if refusal.code == "wrong_key" and ran.faults.of("auth_failed"):
            # A process that was never let in believes it.
            continue
        yield Failure("given_up", "*", 0.0, f"{refusal.code}: {refusal}")


def _unaccounted(ran: Ran, symbol: str) -> Iterator[Failure]:
    """Find the first print that nobody judged while its symbol was called visible."""
    if any(each.concerns(symbol) and _hides_names(each) for each in ran.faults.all):
        return
    tape, judged = ran.market.tapes[symbol], ran.account.judged
    visible = [each.seconds for each in ran.seen[symbol] if each.state == "visible"]
    for at_ms, row in zip(tape.trade_ms, tape.trades, strict=True):
        at = at_ms / 1_000
        if row["i"] in tape.cancelled_ms or at < max(0.0, ran.holdings.held_since(symbol, at)):
            continue
        judged_at = judged.get((symbol, row["i"]), ran.seconds)
        from_, to = at + _limit(ran, at), min(judged_at, at + MATTERS_SECONDS)
        place = bisect_left(visible, from_)
        if place < len(visible) and visible[place] < to and ran.holdings.holds(symbol, at):
            seconds = bisect_left(visible, to) - place
            words = f"print {row['i']} of {at:.1f} s is not judged, and {seconds} s are visible"
            yield Failure("calm_while_blind", symbol, visible[place], words)
            return


def _look_at_sales(ran: Ran, symbol: str, found: Checked) -> None:
    alerts: dict[int, float] = {}
    stamps = {each.at_ms for each in ran.market.tapes[symbol].sales}
    for told_at, each in ran.account.told:
        if not isinstance(each, OrderFlowAlert) or each.symbol != symbol:
            continue
        if each.alert_type == "large_seller":
            at_ms = round(_of(ran, each) * 1_000)
            alerts.setdefault(at_ms, told_at)
            if at_ms not in stamps and not _is_ahead(ran, symbol):
                words = f"{each.source} of {each.order_size} shares, which nobody sold"
                found.failures.append(Failure("false_alert", symbol, told_at, words))
    for sale in ran.market.tapes[symbol].sales:
        at = sale.at_ms / 1_000
        if not ran.holdings.holds(symbol, at) or at + _limit(ran, at) > ran.seconds:
            continue
        found.sales += 1
        told_at = alerts.get(sale.at_ms, ran.seconds)
        if told_at < ran.seconds:
            found.alerted += 1
            found.late += told_at - at > 1.0
        elif _was_told(ran, sale):
            found.told += 1
        else:
            words = "sale without an alert, and never said that it could not be seen"
            found.failures.append(Failure("alert_lost", symbol, at, words))


def _was_told(ran: Ran, sale: Sale) -> bool:
    at = sale.at_ms / 1_000
    until = at + _limit(ran, at) + 1.0
    return any(
        at - 1.0 <= each.seconds <= until and each.state != "visible"
        for each in ran.seen[sale.symbol]
    )


def _limit(ran: Ran, at: float) -> float:
    """Return within how many seconds a print that is missed is to be told of."""
    asleep = [each.end - at for each in ran.faults.of("slept") if each.is_on(at)]
    return max(asleep, default=0.0) + _limit_awake(ran, at)


def _limit_awake(ran: Ran, at: float) -> float:
    near = [
        each
        for each in ran.faults.all
        if each.begin - 1.0 <= at + PARTIAL_SECONDS and at <= each.end + PARTIAL_SECONDS
    ]
    if any(
        each.kind in _SOURCE_KINDS and each.begin <= at + PARTIAL_SECONDS <= each.end + _LEARNED
        for each in ran.faults.all
    ):
        return UNANSWERED_SECONDS
    dead = [each for each in near if each.kind in _DEAD_KINDS and each.is_on(at)]
    return DEAD_SECONDS if len(dead) == len(near) else PARTIAL_SECONDS


def _measure(ran: Ran, symbol: str, found: Checked) -> None:
    seen = ran.seen[symbol]
    found.noticed += _noticed(ran, symbol)
    end = max((each.end for each in ran.faults.all), default=None)
    if end is not None and ran.holdings.holds(symbol, end):
        back = next((x.seconds for x in seen if x.seconds >= end and x.state == "visible"), None)
        if back is not None:
            found.recovered.append(back - end)
    before: Seen | None = None
    for each in seen:
        if each.seconds >= START_SECONDS and not _is_near(ran.faults.all, each.seconds):
            found.calm_seconds += 1.0
            found.false_doubts += (
                before is not None and before.state == "visible" and each.state != "visible"
            )
        before = each


def _noticed(ran: Ran, symbol: str) -> Iterator[float]:
    """Measure for each fault of the stream how long its first missed print goes without a word."""
    tape, judged = ran.market.tapes[symbol], ran.account.judged
    for fault in ran.faults.all:
        if not fault.concerns(symbol) or not ran.holdings.holds(symbol, fault.begin):
            continue
        for row in tape.rows("T", round(fault.begin * 1_000), round(fault.end * 1_000)):
            at = row["t"] / 1_000 - ran.market.start_ns / 1e9
            judged_at = judged.get((symbol, row["i"]), ran.seconds)
            if judged_at - at > 1.0:
                word = next(
                    (
                        x.seconds
                        for x in ran.seen[symbol]
                        if x.seconds >= at and x.state != "visible"
                    ),
                    ran.seconds,
                )
                # Where it was judged first, nothing was left to be told of.
                yield min(word, judged_at) - at
                break


def _restless(ran: Ran) -> Iterator[Failure]:
    """Find what must not be of a run in which nothing goes wrong."""
    for symbol, all_seen in ran.seen.items():
        seen = [each for each in all_seen if each.seconds > START_SECONDS]
        visible = sum(each.state == "visible" for each in seen)
        if visible < _LEAST_VISIBLE * len(seen):
            words = f"visible {visible} of {len(seen)} s though nothing is wrong"
            yield Failure("not_visible", symbol, START_SECONDS, words)
        changes = sum(earlier.state != later.state for earlier, later in pairwise(seen))
        if changes > _MOST_CHANGES:
            words = f"{changes} changes though nothing is wrong"
            yield Failure("restless", symbol, START_SECONDS, words)


def _is_near(faults: tuple[Fault, ...], seconds: float) -> bool:
    # What a fault left behind is worked off for as long as its spans matter.
    return any(each.begin <= seconds <= each.end + MATTERS_SECONDS for each in faults)


def _is_ahead(ran: Ran, symbol: str) -> bool:
    return any(each.concerns(symbol) for each in ran.faults.of("ahead"))


def _of(ran: Ran, alert: OrderFlowAlert) -> float:
    return (ns_from_utc(alert.timestamp_utc) - ran.market.start_ns) // NS_PER_MS / 1_000
