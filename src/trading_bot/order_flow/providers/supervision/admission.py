"""Whether the stream lets this program in: a key in doubt, another program on the same key; pure.

One `auth_failed` after an earlier success is no verdict: servers say it when they restart. It ends
the stream only if the key was never let in, or REST refuses it too, three times over a minute.
An account has one connection, and the newer one takes it: two programs would take it from each
other for ever, so this one keeps away for a while. REST stands in meanwhile: see `escalation`.

| state | on | becomes | and |
| --- | --- | --- | --- |
| `outside` | let in | `inside` | |
| `outside` | key refused | `given_up` | ends the stream: never let in |
| `inside` | key refused | `doubted` | says so; tries again after 2, 5, 15, 30, 60, 60 s |
| `doubted` | key refused again | `doubted` | waits longer |
| `doubted` | REST refuses too, 3 times over >= 60 s | `given_up` | ends the stream |
| any but `given_up` | evicted | `evicted` | says so; tries again after 60 to 90 s |
| `evicted` | key refused | `doubted` | as from `inside`, if it was ever let in |
| `doubted`, `evicted` | the machine slept | as before | tries again at once |
| `doubted`, `evicted` | let in | `inside` | the waits stay long until it has settled |
| `given_up` | anything | `given_up` | |

Other ends of a connection are not this machine's: while `retry_ns` is None, whoever connects keeps
its own waits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ...market.units import NS_PER_SECOND
from .actions import Action, Connect, GiveUp, Say, WaitToConnect
from .stream_events import (
    Evicted,
    KeyRefused,
    Opened,
    RestAnswered,
    RestRefusedKey,
    Settled,
    Slept,
    StreamEvent,
)

DOUBT_WAITS_NS: Final = tuple(seconds * NS_PER_SECOND for seconds in (2, 5, 15, 30, 60))
"""Waits after the refusals, one by one, of a key that was let in before; the last one stays."""
REFUSALS_BY_REST: Final = 3
REFUSED_FOR_NS: Final = 60 * NS_PER_SECOND
"""REST has to refuse the key so often, the first and the last one so far apart."""
EVICTED_WAIT_NS: Final = 60 * NS_PER_SECOND
EVICTED_SPREAD_NS: Final = 30 * NS_PER_SECOND
"""Two programs must not come back together."""

OUTSIDE, INSIDE, DOUBTED = "outside", "inside", "doubted"
EVICTED, GIVEN_UP = "evicted", "given_up"


class Admission:
    """The stream's door.

    Args:
        draw: A number from 0 to 1, for the length of a wait.

    Attributes:
        state: As the table names it.
        retry_ns: When a connection is tried again; None while this machine waits for nothing.
        evictions: How often the connection was taken.
    """

    __slots__ = (
        "_draw",
        "_refusals",
        "_rest_refusals",
        "_rest_refused_ns",
        "_was_inside",
        "evictions",
        "retry_ns",
        "state",
    )

    def __init__(self, draw: Callable[[], float]) -> None:
        self.state = OUTSIDE
        self.retry_ns: int | None = None
        self.evictions = 0
        self._draw = draw
        self._was_inside = False
        self._refusals = 0
        self._rest_refusals = 0
        self._rest_refused_ns = 0

    def handle(self, event: StreamEvent, now_ns: int) -> tuple[Action, ...]:
        """Take an event and return what to do, in order.

        Args:
            event: What happened.
            now_ns: Nanoseconds of a clock that never runs backwards.
        """
        if self.state == GIVEN_UP:
            return ()
        match event:
            case Opened():
                self.state = INSIDE
                self.retry_ns = None
                self._was_inside = True
            case Settled():
                self._refusals = 0
            case KeyRefused(names_plan):
                return self._doubt_key(now_ns, names_plan=names_plan)
            case Evicted():
                return self._leave(now_ns)
            case Slept() if self.retry_ns is not None:
                self.retry_ns = now_ns
            case RestAnswered():
                self._rest_refusals = 0
            case RestRefusedKey():
                if self._is_refused_by_rest(now_ns):
                    return self._give_up("wrong_key")
            case _:
                pass
        return self._look(now_ns)

    def _doubt_key(self, now_ns: int, *, names_plan: bool) -> tuple[Action, ...]:
        if not self._was_inside:
            return self._give_up("plan_without_stream" if names_plan else "wrong_key")
        wait_ns = DOUBT_WAITS_NS[min(self._refusals, len(DOUBT_WAITS_NS) - 1)]
        self._refusals += 1
        if self.state != DOUBTED:
            # What REST said before the doubt is no second opinion.
            self._rest_refusals = 0
        self.state = DOUBTED
        return self._wait(
            now_ns,
            wait_ns,
            "key_doubted",
            "the stream refuses a key that it took before; REST stands in, "
            f"the stream is tried again in {wait_ns // NS_PER_SECOND} s",
        )

    def _leave(self, now_ns: int) -> tuple[Action, ...]:
        self.state = EVICTED
        self.evictions += 1
        wait_ns = EVICTED_WAIT_NS + int(self._draw() * EVICTED_SPREAD_NS)
        times = "" if self.evictions == 1 else f", {self.evictions} times by now"
        return self._wait(
            now_ns,
            wait_ns,
            "evicted",
            f"another program uses this key, and the account allows one connection{times}; "
            f"REST stands in, the stream is tried again in {wait_ns // NS_PER_SECOND} s; "
            "stop one of the two",
        )

    def _wait(self, now_ns: int, wait_ns: int, reason: str, sentence: str) -> tuple[Action, ...]:
        self.retry_ns = now_ns + wait_ns
        return (Say(reason, sentence), WaitToConnect(self.retry_ns))

    def _is_refused_by_rest(self, now_ns: int) -> bool:
        if self.state != DOUBTED:
            return False
        if self._rest_refusals == 0:
            self._rest_refused_ns = now_ns
        self._rest_refusals += 1
        lasted_ns = now_ns - self._rest_refused_ns
        return self._rest_refusals >= REFUSALS_BY_REST and lasted_ns >= REFUSED_FOR_NS

    def _look(self, now_ns: int) -> tuple[Action, ...]:
        if self.retry_ns is None or now_ns < self.retry_ns:
            return ()
        self.retry_ns = None
        return (Connect(),)

    def _give_up(self, reason: str) -> tuple[Action, ...]:
        self.state = GIVEN_UP
        self.retry_ns = None
        return (GiveUp(reason),)
