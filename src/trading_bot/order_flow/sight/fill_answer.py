"""What REST answers about an unknown span, what that means, and what of it is new; pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ..market.events import BookEvent, QuoteEvent, TradeEvent
from ..market.order import quote_key
from ..market.units import FAR_PAST_NS, cut_to
from .tally import Tally, print_key

Row = TradeEvent | QuoteEvent | BookEvent
"""A row of an answer about prints, or about what is quoted."""
MOST_GIVEN: Final = 16_384
"""So many rows of one span are known one by one; of more, all up to the newest count as given."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What REST answered to a question, all pages together.

    Attributes:
        asked_ns: When it was asked, Unix nanoseconds.
        rows: Its usable rows, in any order; repeated ones do no harm.
        refused_rows: How many could not be read; those below one share do not count.
        has_all_pages: False where a page is missing, or as many rows came as were asked for.
    """

    asked_ns: int
    rows: Sequence[Row]
    refused_rows: int = 0
    has_all_pages: bool = True


@dataclass(frozen=True, slots=True)
class FillVerdict:
    """What one answer means for its span.

    Attributes:
        is_closed: True where everything up to the span's end is known now.
        reason: Why it stays open, one word; empty where it is closed.
        new_rows: Rows that were not judged before, to be judged now, in the answer's order.
        lacking: How many judged keys the answer lacks.
    """

    is_closed: bool
    reason: str
    new_rows: tuple[Row, ...] = ()
    lacking: int = 0


class Keyed(NamedTuple):
    """A row with its stamp as the stream would bring it, and what it is known by."""

    row: Row
    stamp_ns: int
    key: int
    is_named: bool


def keyed(rows: Iterable[Row], step_ns: int) -> list[Keyed]:
    """Return rows with their keys, each once; one without id and number is never a repeated one.

    A print is known by its `print_key`, a quote by its cut stamp: a snapshot's has no number.
    """
    found: list[Keyed] = []
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
        self, rows: Sequence[Keyed], judged: array[int], tally: Tally | None
    ) -> list[Keyed]:
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

    def _is_new(self, each: Keyed, known: set[int], tally: Tally | None) -> bool:
        if each.stamp_ns <= self._given_until_ns:
            return False
        if not each.is_named:
            return each.stamp_ns > self._unnamed_until_ns
        return each.key not in known and (tally is None or not tally.knows(each.key, each.stamp_ns))
