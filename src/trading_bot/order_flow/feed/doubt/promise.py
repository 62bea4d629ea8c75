"""What a request budget can promise: periods, shares, and one sentence for the start; pure.

Comparing takes at most 40 % of the requests, below one request a second 80 %, and half of that at
most goes to the pulse. With `r` requests a second, a share `s` and `n` symbols:

    pulse period >= pulse requests / (s * r / 2)
    audit period >= n / (s * r - pulse requests / pulse period)

each in whole seconds, and not below what is worth while: a pulse each 6 s (4 s where REST takes
more than 3 s and at most 5 s to show a print: 4 + 5 + 1 = 10 s still holds), an audit of each
symbol each 20 s. From that, in seconds, `a` being one for the answer:

    a dead channel is noticed within  pulse period + settle time + a
    partial loss                      audit period + max(5, settle time) + a
    a cut is refilled after           2 * n / r, prints and quotes of each symbol
    a symbol that is polled is asked  each 2 * n / r, at least 1

| requests | symbols | pulse | audit | share | refill, poll |
| --- | --- | --- | --- | --- | --- |
| 5 a second | 1 / 5 / 10 | 6 s | 20 s | 4 / 8 / 13 % | 0.4 / 2 / 4 s |
| 5 a second | 50 | 6 s | 28 s | 39 % | 20 s |
| 20 a second | 50 | 6 s | 20 s | 13 % | 5 s |
| 5 a minute | 1 / 5 | 30 s | 30 / 150 s | 80 % | 24 s / 2 min |
| no tape | any | by snapshot | never | | never |

A provider that answers all questions together, and seldom, has no such rate: both periods are its
own, and what doubt asks waits `TOGETHER_AGAIN_SECONDS` at most. Its stream refills its own cuts.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final, Self

from ...market.units import NS_PER_MS, NS_PER_SECOND
from ...providers.provider import Capabilities

PULSE_SYMBOLS: Final = 250
"""Symbols of one snapshot."""
PULSE_SECONDS: Final = 6
QUICK_PULSE_SECONDS: Final = 4
QUICK_WHILE_SETTLES_NS: Final = (3 * NS_PER_SECOND, 5 * NS_PER_SECOND)
"""Above the first and up to the second settle time, the quick pulse keeps 10 s."""
AUDIT_SECONDS: Final = 20
LEAST_OVERLAP_NS: Final = 5 * NS_PER_SECOND
ANSWER_NS: Final = NS_PER_SECOND
TOGETHER_AGAIN_SECONDS: Final = 10
"""Between two questions that are asked for all together, at least."""
_TOGETHER_RATE: Final = 99.0
"""Questions a second that are put together to one: more than symbols can be held."""
_PERCENT: Final = 40
_PERCENT_BELOW_ONE: Final = 80


@dataclass(frozen=True, slots=True)
class Budget:
    """What the provider's answers are worth, and how many there may be.

    Attributes:
        per_second: REST requests a second, greater than 0.
        has_tape: The plan answers with past prints and quotes.
        has_snapshot: The plan answers with the newest print and quote.
        pulse_symbols: Symbols of one snapshot; 1 where each is asked for alone.
        together_every_seconds: All is asked together, and nothing is compared more often; 0 where
            each question is a request.
    """

    per_second: float
    has_tape: bool = True
    has_snapshot: bool = True
    pulse_symbols: int = PULSE_SYMBOLS
    together_every_seconds: int = 0

    @classmethod
    def of(cls, capabilities: Capabilities, requests_per_second: float) -> Self:
        """Return the budget of a provider's history.

        Args:
            capabilities: What the provider can do.
            requests_per_second: What the settings allow, where questions are requests.
        """
        has_source = capabilities.fills_gaps != "none"
        every = capabilities.compares_every_seconds
        return cls(
            _TOGETHER_RATE if every else requests_per_second,
            has_tape=has_source,
            has_snapshot=has_source,
            together_every_seconds=every,
        )

    @property
    def poll_every_ns(self) -> int:
        """How often at most a channel is polled that is taken over."""
        if self.together_every_seconds:
            return TOGETHER_AGAIN_SECONDS * NS_PER_SECOND
        # A little less than the second between two looks.
        return 900 * NS_PER_MS

    @property
    def rate(self) -> Fraction:
        """Requests a second, exactly: 0.0833 is meant as 5 a minute."""
        return Fraction(self.per_second).limit_denominator(60)

    @property
    def compared_a_minute(self) -> int:
        """How many requests of any minute may compare."""
        percent = _PERCENT if self.per_second >= 1 else _PERCENT_BELOW_ONE
        return max(1, int(self.rate * 60 * percent / 100))


@dataclass(frozen=True, slots=True)
class Promise:
    """What can be promised for a number of symbols; None stands for never.

    Attributes:
        pulse_ns: How often all symbols' newest prints and quotes are compared.
        audit_ns: How often a past span of each symbol is compared.
        share: What both take of all requests, 0.4 means 40 %.
        dead_ns: Within which a dead channel is noticed.
        partial_ns: Within which partial loss is noticed.
        refill_ns: After which the gaps of a cut are filled.
        poll_ns: How often each symbol is asked for while all are polled.
    """

    pulse_ns: int | None
    audit_ns: int | None
    share: float
    dead_ns: int | None
    partial_ns: int | None
    refill_ns: int | None
    poll_ns: int | None


def promise(budget: Budget, symbols: int, settle_ns: int) -> Promise:
    """Return what a budget can promise.

    Args:
        budget: The requests.
        symbols: How many are held; at least 1.
        settle_ns: How long after a print REST shows it, nanoseconds.

    Returns:
        Periods of whole seconds, and what follows from them.
    """
    allowed = Fraction(budget.compared_a_minute, 60)
    pulse_requests = ceil(Fraction(symbols, budget.pulse_symbols))
    pulse = audit = 0
    taken = Fraction(0)
    if budget.has_snapshot:
        # Without a tape there are no audits to leave half of it for.
        for_pulse = allowed / 2 if budget.has_tape else allowed
        above_ns, to_ns = QUICK_WHILE_SETTLES_NS
        wanted = QUICK_PULSE_SECONDS if above_ns < settle_ns <= to_ns else PULSE_SECONDS
        pulse = max(wanted, ceil(pulse_requests / for_pulse), budget.together_every_seconds)
        taken += Fraction(pulse_requests, pulse)
    if budget.has_tape:
        audit = max(AUDIT_SECONDS, ceil(symbols / (allowed - taken)), budget.together_every_seconds)
        taken += Fraction(symbols, audit)
    partial_ns = _within(audit, max(LEAST_OVERLAP_NS, settle_ns))
    refill_ns = ceil(2 * symbols * NS_PER_SECOND / budget.rate) if budget.has_tape else None
    return Promise(
        pulse_ns=pulse * NS_PER_SECOND or None,
        audit_ns=audit * NS_PER_SECOND or None,
        share=float(taken / budget.rate),
        dead_ns=_within(pulse, settle_ns) or partial_ns,
        partial_ns=partial_ns,
        refill_ns=refill_ns,
        poll_ns=None if refill_ns is None else max(refill_ns, _whole_second(budget.poll_every_ns)),
    )


def sentence(budget: Budget, symbols: int, settle_ns: int) -> str:
    """Say at the start what a budget can promise.

    Args:
        budget: The requests.
        symbols: How many are held; at least 1.
        settle_ns: How long after a print REST shows it, nanoseconds.

    Returns:
        One line, with times rounded up.
    """
    kept = promise(budget, symbols, settle_ns)
    if kept.dead_ns is None:
        return (
            "no second source: the stream is compared with nothing, "
            "so no symbol is called visible (not_compared)"
        )
    if budget.together_every_seconds:
        return (
            f"compared with a second connection's replay every {budget.together_every_seconds} s: "
            f"a dead channel is noticed {_time(kept.dead_ns)}, partial loss "
            f"{_time(kept.dead_ns)}, and the stream refills its own cuts"
        )
    begin = f"{_rate(budget)}: a dead channel is noticed {_time(kept.dead_ns)}"
    if kept.partial_ns is None or kept.refill_ns is None:
        return (
            f"{begin}, partial loss never: the plan has no past prints, "
            "so a gap stays open and no symbol is called visible (not_compared)"
        )
    refill = _round(kept.refill_ns)
    return f"{begin}, partial loss {_time(kept.partial_ns)}, and a cut is refilled in {refill}"


def _whole_second(span_ns: int) -> int:
    return -(-span_ns // NS_PER_SECOND) * NS_PER_SECOND


def _within(period: int, settle_ns: int) -> int | None:
    return period * NS_PER_SECOND + settle_ns + ANSWER_NS if period else None


def _rate(budget: Budget) -> str:
    if budget.per_second >= 1:
        count, unit = budget.rate, "second"
    else:
        count, unit = budget.rate * 60, "minute"
    # A tenth of a request is as exact as it has to be said.
    said = f"{round(float(count), 1):g}"
    return f"{said} request{'' if said == '1' else 's'} a {unit}"


def _time(span_ns: int) -> str:
    return f"within {_round(span_ns)}"


def _round(span_ns: int) -> str:
    """Say a time, rounded up: to seconds below 30 s, to 5 s below 2 min, to minutes above."""
    whole = -(-span_ns // NS_PER_SECOND)
    if whole > 30:
        whole = -(-whole // 5) * 5
    return f"{whole} s" if whole < 120 else f"{-(-whole // 60)} min"
