"""What one channel of one symbol is known up to, and whether it lives; pure: every time is given.

The stream's own stamps and what REST knows are two books: liveness and lateness are read from the
first, silence is confirmed by the second.

| doubt | begins | ends by an equal comparison of the time since, and |
| --- | --- | --- |
| stalled | REST knows events that the stream did not bring | the stream has brought one since |
| late | more than 5 s late at three looks | less than 3 s late for 10 s |
| refused | three rows in a row, or 1 % of a minute's | 10 s without a refusal |
| differs | a comparison was unequal | |
| stale | prints go through the quote | the stream has brought one since |
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from ...market.units import FAR_FUTURE_NS, FAR_PAST_NS, NS_PER_SECOND
from .reasons import Doubt

LATE_NS: Final = 5 * NS_PER_SECOND
"""Later than this an alert is hardly of use."""
TIMELY_NS: Final = 3 * NS_PER_SECOND
LATE_LOOKS: Final = 3
CALM_NS: Final = 10 * NS_PER_SECOND
"""How long lateness and refusals must have ended."""
VOUCHED_NS: Final = 15 * NS_PER_SECOND
"""How long REST's word that it knows nothing newer is good for."""
REFUSED_RUN: Final = 3
"""Rows refused in a row, or in a minute, that are a kind and no accident."""
_REFUSED_PARTS: Final = 100
_MINUTE_NS: Final = 60 * NS_PER_SECOND
_LEAST_ALLOWANCE_NS: Final = 3 * NS_PER_SECOND
_MOST_ALLOWANCE_NS: Final = 60 * NS_PER_SECOND
_LEAST_QUIET_NS: Final = 30 * NS_PER_SECOND
_MOST_QUIET_NS: Final = 300 * NS_PER_SECOND
_DELAYED_NS: Final = (840 * NS_PER_SECOND, 1_020 * NS_PER_SECOND)
_KEPT_A_SECOND, _SECOND_PARTS = 998, 1_000
"""What is left of the typical gap a second later: half of it after six minutes."""
_FORGOTTEN_SECONDS: Final = 3_600


def longest_gap_ns(stamps_ns: Iterable[int], from_ns: int, to_ns: int) -> int:
    """Return the longest silence of a history, its end counted as an event.

    What lies before its first event tells nothing, since the history may begin there; without any
    event all of it is silence.

    Args:
        stamps_ns: Stamps of its events, oldest first, Unix nanoseconds.
        from_ns: Where the history begins.
        to_ns: Where it ends.
    """
    edges = [*stamps_ns, to_ns]
    if len(edges) == 1:
        return to_ns - from_ns
    return max(later - earlier for earlier, later in pairwise(edges))


class ChannelMarks:
    """The marks of one channel of one symbol.

    Attributes:
        is_subscribed: True while the stream is to bring it.
        was_subscribed: True once it ever was.
        is_refused: True where neither stream nor REST knows the channel.
        live_at_ns: From when a silence is counted at the earliest.
        last_event_ns: Newest stamp that the stream brought, Unix nanoseconds.
        heard_at_ns: When the stream brought something last.
        filled_ns: Witnessed by REST up to here.
        typical_gap_ns: The usual longest silence.
        proved_ns: Compared with REST and equal up to here.
        proof_counts_from_ns: A proof from before the market was closed is as old as its opening.
        vouched_at_ns: When REST last knew nothing newer than we do.
        vouched_for_ns: How long its word is good for; longer where it is asked more seldom.
        asked_after_ns: How old its word may be in a silence until it is asked again.
        answer_takes_ns: How long its word may take: a silence is not untold before.
        confirmed_quiet_ns: Up to here REST confirms the silence that lasts.
        behind_at_ns: Since when REST is said to know something newer; far ahead while not.
        behind_ns: The stamp of what it knows.
        lag_ns: How late the stream's newest stamp came last.
        late_looks: Looks in a row at which it was late.
        refused_run: Rows refused in a row.
        refused_at_ns: When the newest was refused.
        doubt: What only an equal comparison ends; None while nothing is doubted.
        doubt_ns: When the newest evidence for it was found.
    """

    __slots__ = (
        "_good",
        "_good_before",
        "_minute_ns",
        "_refused",
        "_refused_after_ns",
        "_refused_before",
        "_timely_since_ns",
        "answer_takes_ns",
        "asked_after_ns",
        "behind_at_ns",
        "behind_ns",
        "confirmed_quiet_ns",
        "doubt",
        "doubt_ns",
        "filled_ns",
        "heard_at_ns",
        "is_refused",
        "is_subscribed",
        "lag_ns",
        "last_event_ns",
        "late_looks",
        "live_at_ns",
        "proof_counts_from_ns",
        "proved_ns",
        "refused_at_ns",
        "refused_run",
        "typical_gap_ns",
        "vouched_at_ns",
        "vouched_for_ns",
        "was_subscribed",
    )

    def __init__(self, now_ns: int) -> None:
        self.is_subscribed = self.was_subscribed = self.is_refused = False
        self.live_at_ns = now_ns
        self.last_event_ns = self.heard_at_ns = self.filled_ns = FAR_PAST_NS
        self.proved_ns = self.vouched_at_ns = self.confirmed_quiet_ns = FAR_PAST_NS
        self.vouched_for_ns = self.asked_after_ns = VOUCHED_NS
        self.answer_takes_ns = 0
        self.behind_at_ns = FAR_FUTURE_NS
        self.behind_ns = self.proof_counts_from_ns = FAR_PAST_NS
        self.typical_gap_ns = self.lag_ns = self.late_looks = 0
        self.refused_run = 0
        self.refused_at_ns = self._refused_after_ns = FAR_PAST_NS
        self._minute_ns = now_ns
        self._good = self._good_before = self._refused = self._refused_before = 0
        self._timely_since_ns = now_ns
        self.doubt: Doubt | None = None
        self.doubt_ns = FAR_PAST_NS

    def hear(self, newest_ns: int, events: int, now_ns: int, lag_ns: int) -> None:
        """Take what the stream brought since the last look.

        Args:
            newest_ns: Newest accepted stamp among it, late rows too.
            events: How many there were, at least one.
            now_ns: The present.
            lag_ns: How late the newest came.
        """
        # Only a silence that REST confirms, and that an event has ended, tells what is usual: one
        # that lasts must not raise the limit it is measured against.
        if self.confirmed_quiet_ns > self.last_event_ns > FAR_PAST_NS:
            quiet_ns = min(newest_ns, self.confirmed_quiet_ns) - self.last_event_ns
            self.typical_gap_ns = max(self.typical_gap_ns, quiet_ns)
        self.last_event_ns = max(self.last_event_ns, newest_ns)
        self.confirmed_quiet_ns = FAR_PAST_NS
        self.heard_at_ns = now_ns
        self._turn_minute(now_ns)
        self._good += events
        self.lag_ns = lag_ns
        self.late_looks = self.late_looks + 1 if lag_ns > LATE_NS else 0
        if lag_ns >= TIMELY_NS:
            self._timely_since_ns = FAR_FUTURE_NS
        elif self._timely_since_ns == FAR_FUTURE_NS:
            self._timely_since_ns = now_ns
        if self.late_looks >= LATE_LOOKS:
            self.suspect("late", now_ns)

    def refuse(self, after_ns: int, now_ns: int) -> None:
        """Take a row that was refused.

        Args:
            after_ns: The last good stamp before it.
            now_ns: The present.
        """
        self.refused_run = self.refused_run + 1 if after_ns == self._refused_after_ns else 1
        self._refused_after_ns = after_ns
        self.refused_at_ns = now_ns
        self._turn_minute(now_ns)
        self._refused += 1
        refused = self._refused + self._refused_before
        rows = refused + self._good + self._good_before
        many = refused >= REFUSED_RUN and refused * _REFUSED_PARTS > rows
        if many or self.refused_run >= REFUSED_RUN:
            self.suspect("refused", now_ns)

    def vouch(self, up_to_ns: int, now_ns: int) -> None:
        """Learn that REST knows nothing newer than what was judged."""
        self.vouched_at_ns = now_ns
        self.behind_at_ns = FAR_FUTURE_NS
        self.confirmed_quiet_ns = max(self.confirmed_quiet_ns, up_to_ns)
        # In doubt a newest event that agrees proves nothing of those before it.
        if self.doubt is None:
            self.proved_ns = max(self.proved_ns, up_to_ns)

    def compare(self, from_ns: int, up_to_ns: int, now_ns: int) -> None:
        """Learn that (from, up to] was compared with REST, and is equal."""
        self.behind_at_ns = FAR_FUTURE_NS
        if self.doubt is None or (
            from_ns <= self.doubt_ns <= up_to_ns and self._may_end_doubt(now_ns)
        ):
            self.doubt = None
            self.proved_ns = max(self.proved_ns, up_to_ns)

    def fall_behind(self, newest_ns: int, now_ns: int) -> None:
        """Learn that REST knows something newer than what was judged, to be asked for at once."""
        self.behind_at_ns = min(self.behind_at_ns, now_ns)
        self.behind_ns = max(self.behind_ns, newest_ns)

    def fill(self, from_ns: int, to_ns: int, *, proves: bool = True) -> None:
        """Learn that (from, to] is witnessed; it proves what it follows on, unless told not to."""
        self.filled_ns = max(self.filled_ns, to_ns)
        if to_ns >= self.behind_ns:
            self.behind_at_ns = FAR_FUTURE_NS
        follows = self.proved_ns == FAR_PAST_NS or from_ns <= self.proved_ns
        if proves and self.doubt is None and follows:
            self.proved_ns = max(self.proved_ns, to_ns)

    def suspect(self, doubt: Doubt, now_ns: int) -> None:
        """Doubt the channel until the time since is compared; the first word stays."""
        self.doubt = self.doubt or doubt
        self.doubt_ns = now_ns

    def silence_ns(self, now_ns: int) -> int:
        """Return how long it has been silent while something may have come."""
        return now_ns - max(self.heard_at_ns, self.live_at_ns)

    def allowance_ns(self) -> int:
        """Return the silence beyond which REST is asked."""
        return min(max(3 * self.typical_gap_ns, _LEAST_ALLOWANCE_NS), _MOST_ALLOWANCE_NS)

    def quiet_limit_ns(self) -> int:
        """Return the silence beyond which nobody's word makes it merely quiet."""
        # A stock that trades every ten minutes is quiet for longer than a lively one ever is.
        most_ns = max(_MOST_QUIET_NS, 3 * self.typical_gap_ns)
        return min(max(20 * self.typical_gap_ns, _LEAST_QUIET_NS), most_ns)

    def is_vouched(self, now_ns: int) -> bool:
        """Return whether REST's word is fresh."""
        return now_ns - self.vouched_at_ns <= self.vouched_for_ns

    def is_delayed(self, now_ns: int) -> bool:
        """Return whether stream and REST are late alike, as under a delayed plan."""
        least_ns, most_ns = _DELAYED_NS
        is_steady = self.late_looks >= LATE_LOOKS and least_ns <= self.lag_ns <= most_ns
        return is_steady and self.is_vouched(now_ns)

    def is_silent_untold(self, now_ns: int) -> bool:
        """Return whether it is silent beyond its allowance without REST's word."""
        told_by_ns = self.allowance_ns() + self.answer_takes_ns
        return self.silence_ns(now_ns) > told_by_ns and not self.is_vouched(now_ns)

    def proof_age_ns(self, now_ns: int) -> int:
        """Return how old the newest comparison is; time between sessions does not count."""
        return now_ns - (
            self.proved_ns
            if self.proved_ns == FAR_PAST_NS
            else max(self.proved_ns, self.proof_counts_from_ns)
        )

    def fade(self, seconds: int) -> None:
        """Let the typical gap fade; to be called with the whole seconds of session that passed."""
        if seconds >= _FORGOTTEN_SECONDS:
            self.typical_gap_ns = 0
        for _ in range(min(seconds, _FORGOTTEN_SECONDS)):
            self.typical_gap_ns = self.typical_gap_ns * _KEPT_A_SECOND // _SECOND_PARTS

    def step_back(self, now_ns: int) -> None:
        """Believe no proof from before the clock went back."""
        self.vouched_at_ns = self.proved_ns = self.confirmed_quiet_ns = FAR_PAST_NS
        self.proof_counts_from_ns = FAR_PAST_NS
        self.heard_at_ns = FAR_PAST_NS
        self.live_at_ns = self._minute_ns = now_ns
        self.behind_at_ns = FAR_FUTURE_NS
        self.doubt_ns = min(self.doubt_ns, now_ns)
        self.refused_at_ns = min(self.refused_at_ns, now_ns)
        if self._timely_since_ns != FAR_FUTURE_NS:
            self._timely_since_ns = now_ns

    def _may_end_doubt(self, now_ns: int) -> bool:
        if self.doubt in ("stalled", "stale"):
            # What REST brought is equal to REST whatever the stream does.
            return self.heard_at_ns > self.doubt_ns
        if self.doubt == "late":
            return now_ns - self._timely_since_ns >= CALM_NS
        if self.doubt == "refused":
            return now_ns - self.refused_at_ns >= CALM_NS
        return True

    def _turn_minute(self, now_ns: int) -> None:
        passed = (now_ns - self._minute_ns) // _MINUTE_NS
        if passed > 0:
            self._minute_ns += passed * _MINUTE_NS
            self._good_before = self._good if passed == 1 else 0
            self._refused_before = self._refused if passed == 1 else 0
            self._good = self._refused = 0
