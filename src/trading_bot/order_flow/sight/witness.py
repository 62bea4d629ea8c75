"""Is this answer of REST a fill of an unknown span? Pure: every time is given.

The span is (after, until]: what came after the newest judged event up to the first that the stream
brought again. An answer closes it with three witnesses, and whatever else it holds is judged:

    witness  holds where the answer                                    else, in one word
    whole    has all its pages, and no row that cannot be read         page_missing, row_refused
    left     holds the judged keys before the span, the newest among   overlap_missing
             them; 1 in 20 may lack; waived where nothing was judged
    right    holds an expected event, one at or after the span's end   rest_behind
             or, where none is expected: was asked at least the        settling
             settle time after the end, and a second one, asked 5 s
             later or more, adds nothing

    state    by                                     goes to
    due      `question`                             asked
    asked    an answer with three witnesses         closed
    asked    any other answer, any failure          waits 1, 2, 4, then 5 s each time; Retry-After
    waits    time                                   due, or lost 370 s after the span's end
    any      `expect`, `end` while it has no end    the same; it can close from now on

A span without an end (`growing`) never closes and is never lost. Prints and quotes are asked for
apart, a `Witness` each; a quote is known by its stamp.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic

from ..market.order import EventT
from ..market.units import FAR_FUTURE_NS, NS_PER_SECOND
from .fill_answer import Answer, FillVerdict, GivenRows, Keyed, keyed
from .tally import Overlap, Tally

WAITS_NS: Final = (1 * NS_PER_SECOND, 2 * NS_PER_SECOND, 4 * NS_PER_SECOND, 5 * NS_PER_SECOND)
"""From an answer to the next question; the last one for ever."""
LONGEST_RETRY_AFTER_NS: Final = 30 * NS_PER_SECOND
SECOND_LOOK_NS: Final = 5 * NS_PER_SECOND
LOST_AFTER_NS: Final = 370 * NS_PER_SECOND
"""The longest window: what came before it changes no judgement."""
ALLOWANCE: Final = 20
"""One in so many judged keys may lack."""
MOST_EXPECTED: Final = 8


class Witness(Generic[EventT]):
    """One unknown span of one channel of one symbol.

    Args:
        after_ns: Stamp of the newest event judged before it.
        overlap: What was judged before it, taken when it opened.
        now_ns: When it opened: it is due at once.
        step_ns: Step of the provider's live stamps.

    Attributes:
        after_ns: Where it begins.
        until_ns: Where it ends; None while it grows.
        tries: How many answers and failures have come.
        again_ns: When it is due; None while an answer is awaited, and once it is closed.
        reason: Why it is open still, empty before the first answer.
    """

    __slots__ = (
        "_expected_keys",
        "_expected_ns",
        "_given",
        "_overlap",
        "_quiet_since_ns",
        "_step_ns",
        "after_ns",
        "again_ns",
        "reason",
        "tries",
        "until_ns",
    )

    def __init__(self, after_ns: int, overlap: Overlap, now_ns: int, step_ns: int) -> None:
        self.after_ns = after_ns
        self.until_ns: int | None = None
        self.tries = 0
        self.again_ns: int | None = now_ns
        self.reason = ""
        self._step_ns = step_ns
        self._overlap = overlap
        self._expected_keys: list[int] = []
        self._expected_ns: list[int] = []
        self._given = GivenRows()
        # When the first answer was asked that nothing but a second one is wanted of.
        self._quiet_since_ns: int | None = None

    def expect(self, key: int, sip_ns: int) -> None:
        """Take an event that the stream (or the pulse) brought after the span.

        The first ends the span. An honest answer holds one of the first eight.

        Args:
            key: The `print_key` of a print, the cut stamp of a quote.
            sip_ns: Its stamp, cut to the live step; what is not after the span's begin or is
                before its end says nothing.
        """
        is_full = len(self._expected_keys) == MOST_EXPECTED
        if is_full or sip_ns <= self.after_ns or key in self._overlap.keys:
            return
        if self.until_ns is None:
            self.until_ns = sip_ns
        if sip_ns >= self.until_ns:
            self._expected_keys.append(key)
            self._expected_ns.append(sip_ns)

    def end(self, until_ns: int) -> None:
        """End a span that grows although no event came: its channel is subscribed again."""
        if self.until_ns is None:
            self.until_ns = until_ns

    def is_lost(self, now_ns: int) -> bool:
        """Return whether the windows have passed the span, so that nobody asks any more."""
        return self.until_ns is not None and now_ns >= self.until_ns + LOST_AFTER_NS

    def question(self, now_ns: int) -> int | None:
        """Return from when to ask, all that is known since; None where it is not due.

        The caller asks at once, and comes back with `answered` or `failed`.
        """
        if self.again_ns is None or now_ns < self.again_ns or self.is_lost(now_ns):
            return None
        self.again_ns = None
        return self._overlap.from_ns

    def failed(
        self, code: str, now_ns: int, retry_after_ns: int | None = None
    ) -> FillVerdict[EventT]:
        """Take a failure: whatever its code, it says nothing of the span.

        Args:
            code: One word.
            now_ns: The present, Unix nanoseconds.
            retry_after_ns: How long the provider asks to wait; at most 30 s are.
        """
        return self._stay_open(code, now_ns, retry_after_ns=retry_after_ns)

    def answered(
        self,
        answer: Answer[EventT],
        tally: Tally | None,
        now_ns: int,
        settle_ns: int,
        *,
        ids_agree: bool = True,
    ) -> FillVerdict[EventT]:
        """Take an answer.

        Args:
            answer: The answer, asked from where `question` said.
            tally: The judged prints; None for quotes.
            now_ns: The present, Unix nanoseconds.
            settle_ns: What is younger may be missing at REST without fault.
            ids_agree: False where audits found that stream and REST name the same prints
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
        if reason:
            return self._stay_open(reason, now_ns, new_rows, lacking)
        self.tries += 1
        self.again_ns, self.reason = None, ""
        return FillVerdict(is_closed=True, reason="", new_rows=new_rows, lacking=lacking)

    def _is_wanted(self, each: Keyed[EventT], *, ids_agree: bool) -> bool:
        """Return whether a row may be judged; what comes after the span is the stream's to bring.

        Where ids do not agree, what was judged on either side of the span is not known again.
        """
        until_ns = FAR_FUTURE_NS if self.until_ns is None else self.until_ns
        if ids_agree or not self._overlap.keys:
            is_after = each.row.sip_ns >= self._overlap.from_ns
        else:
            is_after = each.stamp_ns > self.after_ns
        if ids_agree or not self._expected_keys:
            return is_after and each.stamp_ns <= until_ns
        return is_after and each.stamp_ns < until_ns

    def _has_left(self, found: set[int], lacking: int) -> bool:
        newest = self._overlap.newest_key
        if newest is None:
            return True
        return newest in found and lacking * ALLOWANCE <= len(self._overlap.keys)

    def _has_left_count(self, rows: Sequence[Keyed[EventT]]) -> bool:
        """Return whether about as many rows lie before the span, one at its begin among them."""
        judged, from_ns = len(self._overlap.keys), self._overlap.from_ns
        before = [each.stamp_ns for each in rows if from_ns <= each.stamp_ns <= self.after_ns]
        if not judged:
            return True
        return self.after_ns in before and (judged - len(before)) * ALLOWANCE <= judged

    def _has_right(
        self, rows: Sequence[Keyed[EventT]], found: set[int], *, ids_agree: bool
    ) -> bool:
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

    def _stay_open(
        self,
        reason: str,
        now_ns: int,
        new_rows: tuple[EventT, ...] = (),
        lacking: int = 0,
        retry_after_ns: int | None = None,
    ) -> FillVerdict[EventT]:
        wait_ns = WAITS_NS[min(self.tries, len(WAITS_NS) - 1)]
        if retry_after_ns is not None:
            # Its word wins over our steps, but no span waits for minutes, nor is asked in a loop.
            wait_ns = min(max(retry_after_ns, WAITS_NS[0]), LONGEST_RETRY_AFTER_NS)
        self.tries += 1
        self.reason = reason
        self.again_ns = None if self.is_lost(now_ns) else now_ns + wait_ns
        return FillVerdict(
            is_closed=False,
            reason=reason,
            new_rows=new_rows,
            again_ns=self.again_ns,
            lacking=lacking,
        )
