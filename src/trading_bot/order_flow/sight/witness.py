"""Is this answer of a second source a fill of an unknown span? Pure: every time is given.

The span is (after, until]: what came after the newest judged event up to what the stream brought
again. An answer closes it with three witnesses, and whatever else it holds is judged:

    witness  holds where the answer                                    else, in one word
    whole    has all its pages, and no row that cannot be read         page_missing, row_refused
    left     holds the judged keys before the span, the newest among   overlap_missing
             them; 1 in 20 may lack; waived where nothing was judged
    right    holds an expected event, one at or after the span's end   rest_behind
             or, where none is expected: was asked at least the        settling
             settle time after the end, and a second one, asked 5 s
             later or more, adds nothing

A span without an end never closes: an answer that has the other two witnesses is `growing`, and
what it covers is known. Prints and quotes are asked for apart, a `Witness` each; a quote is known
by its stamp. When a span is asked for, its ledger says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..market.units import FAR_FUTURE_NS, NS_PER_SECOND
from .fill_answer import Answer, FillVerdict, GivenRows, Keyed, keyed
from .tally import Overlap, Tally

SECOND_LOOK_NS: Final = 5 * NS_PER_SECOND
ALLOWANCE: Final = 20
"""One in so many judged keys may lack."""
MOST_EXPECTED: Final = 8


class Witness:
    """One unknown span of one channel of one symbol.

    Args:
        after_ns: Stamp of the newest event judged before it.
        overlap: What was judged before it, taken when it opened.
        step_ns: Step of the provider's live stamps.

    Attributes:
        after_ns: Where it begins.
        until_ns: Where it ends; None while it grows.
    """

    __slots__ = (
        "_expected_keys",
        "_expected_ns",
        "_given",
        "_overlap",
        "_quiet_since_ns",
        "_step_ns",
        "after_ns",
        "until_ns",
    )

    def __init__(self, after_ns: int, overlap: Overlap, step_ns: int) -> None:
        self.after_ns = after_ns
        self.until_ns: int | None = None
        self._step_ns = step_ns
        self._overlap = overlap
        self._expected_keys: list[int] = []
        self._expected_ns: list[int] = []
        self._given = GivenRows()
        # When the first answer was asked that nothing but a second one is wanted of.
        self._quiet_since_ns: int | None = None

    @property
    def asks_from_ns(self) -> int:
        """From when to ask: all that is known since is known by its key."""
        return self._overlap.from_ns

    @property
    def _known_ns(self) -> int:
        """The newest stamp that was judged: a span begins just before it, for its siblings."""
        return self.after_ns + 1

    def begin(self, after_ns: int, overlap: Overlap) -> None:
        """Let the span begin elsewhere; what was given to be judged stays known."""
        self.after_ns, self._overlap = after_ns, overlap

    def end(self, until_ns: int | None) -> None:
        """Let the span end at a stamp, or grow on (None); what was expected before is no proof."""
        if until_ns != self.until_ns:
            self.until_ns = until_ns
            self._expected_keys.clear()
            self._expected_ns.clear()
            self._quiet_since_ns = None

    def expect(self, key: int, sip_ns: int) -> None:
        """Take an event that the stream brought after the span.

        An honest answer holds one of the first eight.

        Args:
            key: The `print_key` of a print, the cut stamp of a quote.
            sip_ns: Its stamp, cut to the live step; one before the span's end says nothing.
        """
        is_full = len(self._expected_keys) == MOST_EXPECTED
        if is_full or self.until_ns is None or sip_ns < self.until_ns or sip_ns <= self.after_ns:
            return
        if key not in self._overlap.keys and key not in self._expected_keys:
            self._expected_keys.append(key)
            self._expected_ns.append(sip_ns)

    def settled_ns(self, settle_ns: int) -> int | None:
        """Return from when on an answer may close a span that nothing is expected after.

        None while the span grows, and where an event is expected.
        """
        if self.until_ns is None or self._expected_keys:
            return None
        first_ns = self._quiet_since_ns
        return self.until_ns + settle_ns if first_ns is None else first_ns + SECOND_LOOK_NS

    def answered(
        self,
        answer: Answer,
        tally: Tally | None,
        settle_ns: int,
        *,
        ids_agree: bool = True,
    ) -> FillVerdict:
        """Take an answer.

        Args:
            answer: The answer, asked from `asks_from_ns` or earlier.
            tally: The judged prints; None for quotes.
            settle_ns: What is younger may be missing at the second source without fault.
            ids_agree: False where audits found that both sources name the same prints
                differently: then stamps and counts are the witnesses.
        """
        rows = keyed(answer.rows, self._step_ns)
        found = {each.key for each in rows}
        until_ns, overlap = self.until_ns, self._overlap
        new = self._given.take_new(
            [each for each in rows if self._is_wanted(each, ids_agree=ids_agree)],
            overlap.keys,
            tally,
        )
        lacking = sum(key not in found for key in overlap.keys)
        if not answer.has_all_pages:
            reason = "page_missing"
        elif answer.refused_rows:
            reason = "row_refused"
        elif not (self._has_left(found, lacking) if ids_agree else self._has_left_count(rows)):
            reason = "overlap_missing"
        elif until_ns is None:
            reason = "growing"
        elif self._expected_keys:
            reason = "" if self._has_right(rows, found, ids_agree=ids_agree) else "rest_behind"
        else:
            adds = any(each.stamp_ns > self.after_ns for each in new)
            reason = self._look_twice(answer.asked_ns, until_ns + settle_ns, adds=adds)
        new_rows = tuple(each.row for each in new)
        return FillVerdict(not reason, reason, new_rows, lacking)

    def _is_wanted(self, each: Keyed, *, ids_agree: bool) -> bool:
        """Return whether a row may be judged; what comes after the span is the stream's to bring.

        Where ids do not agree, what was judged on either side of the span is not known again.
        """
        until_ns = FAR_FUTURE_NS if self.until_ns is None else self.until_ns
        if ids_agree or not self._overlap.keys:
            is_after = each.row.sip_ns >= self._overlap.from_ns
        else:
            is_after = each.stamp_ns > self._known_ns
        if ids_agree or not self._expected_keys:
            return is_after and each.stamp_ns <= until_ns
        return is_after and each.stamp_ns < until_ns

    def _has_left(self, found: set[int], lacking: int) -> bool:
        newest = self._overlap.newest_key
        if newest is None:
            return True
        return newest in found and lacking * ALLOWANCE <= len(self._overlap.keys)

    def _has_left_count(self, rows: Sequence[Keyed]) -> bool:
        """Return whether about as many rows lie before the span, one at its begin among them."""
        judged, from_ns = len(self._overlap.keys), self._overlap.from_ns
        before = [each.stamp_ns for each in rows if from_ns <= each.stamp_ns <= self._known_ns]
        if not judged:
            return True
        return self._known_ns in before and (judged - len(before)) * ALLOWANCE <= judged

    def _has_right(self, rows: Sequence[Keyed], found: set[int], *, ids_agree: bool) -> bool:
        if ids_agree:
            return any(key in found for key in self._expected_keys)
        stamps = {each.stamp_ns for each in rows}
        return any(stamp_ns in stamps for stamp_ns in self._expected_ns)

    def _look_twice(self, asked_ns: int, settled_ns: int, *, adds: bool) -> str:
        """Return empty where a second look has added nothing, else why another is needed."""
        if asked_ns < settled_ns:
            return "settling"
        first_ns = self._quiet_since_ns
        if first_ns is None or adds:
            self._quiet_since_ns = asked_ns
            return "settling"
        return "" if asked_ns >= first_ns + SECOND_LOOK_NS else "settling"
