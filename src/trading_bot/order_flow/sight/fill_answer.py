"""What REST answers about an unknown span, what that means, and what of it is new; pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple

from ..market.events import TradeEvent
from ..market.order import EventT, quote_key
from ..market.units import FAR_PAST_NS, cut_to
from .tally import Overlap, Tally, print_key

MOST_GIVEN: Final = 16_384
"""So many rows of one span are known one by one; of more, all up to the newest count as given."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[EventT]):
    """What REST answered to a question, all pages together.

    Attributes:
        asked_ns: When it was asked, Unix nanoseconds.
        rows: Its usable rows, in any order; repeated ones do no harm.
        refused_rows: How many could not be read; those below one share do not count.
        has_all_pages: False where a page is missing, or as many rows came as were asked for.
    """

    asked_ns: int
    rows: Sequence[EventT]
    refused_rows: int = 0
    has_all_pages: bool = True


@dataclass(frozen=True, slots=True)
class FillVerdict(Generic[EventT]):
    """What one answer, or its failure, means for its span.

    Attributes:
        is_closed: True where everything up to the span's end is known now.
        reason: Why it stays open, one word or the failure's code; empty where it is closed.
        new_rows: Rows that were not judged before, to be judged now, in the answer's order.
        again_ns: When to ask again, Unix nanoseconds; None where nothing is asked any more.
        lacking: How many judged keys the answer lacks.
    """

    is_closed: bool
    reason: str
    new_rows: tuple[EventT, ...] = ()
    again_ns: int | None = None
    lacking: int = 0


class Keyed(NamedTuple, Generic[EventT]):
    """A row with its stamp as the stream would bring it, and what it is known by."""

    row: EventT
    stamp_ns: int
    key: int
    is_named: bool


def quote_overlap(newest_ns: int, from_ns: int) -> Overlap:
    """Return what an answer about quotes must hold: the newest one that was judged.

    Args:
        newest_ns: Its stamp, cut to the live step; 0 where none was judged.
        from_ns: From when to ask in that case.
    """
    return Overlap(newest_ns or from_ns, array("q", (newest_ns,) if newest_ns else ()))


def keyed(rows: Iterable[EventT], step_ns: int) -> list[Keyed[EventT]]:
    """Return rows with their keys, each once; one without id and number is never a repeated one.

    A print is known by its `print_key`, a quote by its cut stamp: a snapshot's has no number.
    """
    found: list[Keyed[EventT]] = []
    seen: set[object] = set()
    for row in rows:
        stamp_ns = cut_to(row.sip_ns, step_ns)
        if isinstance(row, TradeEvent):
            key = print_key(row.exchange, row.trf_id, row.trade_id, row.sequence)
            is_named, identity = bool(row.trade_id or row.sequence), (key, row.correction)
        else:
            key, is_named, identity = stamp_ns, True, quote_key(row)
        if is_named and identity in seen:
            continue
        seen.add(identity)
        found.append(Keyed(row, stamp_ns, key, is_named))
    return found


class GivenRows:
    """Which rows of one span were given to be judged already: 8 bytes a row while it is open."""

    __slots__ = ("_given_until_ns", "_keys", "_unnamed_until_ns")

    def __init__(self) -> None:
        self._keys = array("q")
        # Up to here all were given; those without id and number up to there.
        self._given_until_ns = self._unnamed_until_ns = FAR_PAST_NS

    def take_new(
        self, rows: Sequence[Keyed[EventT]], judged: array[int], tally: Tally | None
    ) -> list[Keyed[EventT]]:
        """Return the rows that are new, and count them as given.

        Args:
            rows: Rows of the span and of its overlap.
            judged: Keys judged before the span.
            tally: What was judged lately; None for quotes.
        """
        known = {*judged, *self._keys}
        new = [each for each in rows if self._is_new(each, known, tally)]
        self._keys.extend(each.key for each in new if each.is_named)
        newest_ns = max((each.stamp_ns for each in new), default=FAR_PAST_NS)
        self._unnamed_until_ns = max(self._unnamed_until_ns, newest_ns)
        if len(self._keys) > MOST_GIVEN:
            self._given_until_ns = self._unnamed_until_ns
            self._keys = array("q")
        return new

    def _is_new(self, each: Keyed[EventT], known: set[int], tally: Tally | None) -> bool:
        if each.stamp_ns <= self._given_until_ns:
            return False
        if not each.is_named:
            return each.stamp_ns > self._unnamed_until_ns
        return each.key not in known and (tally is None or not tally.holds(each.key, each.stamp_ns))
