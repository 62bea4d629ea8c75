"""Was the silence of the whole feed longer than it ever is? Pure: every time is given.

A server may swallow events for a while and then go on over the same connection, as if nothing had
been. All symbols together are silent then, and hardly a market is for long. What is usual is
measured, since a quiet market must not be taken for a broken feed again and again: only silences
that were quiet at the exchange too make it longer, each at least doubling it, and it is forgotten.
"""

from __future__ import annotations

from typing import Final

from ..market.units import FAR_FUTURE_NS, NS_PER_SECOND

LEAST_DOUBT_NS: Final = NS_PER_SECOND
"""No shorter silence is doubted."""
DOUBT_FACTOR: Final = 2
"""How many times the usual longest silence is doubted."""
_KEPT_A_TICK, _TICK_PARTS = 998, 1_000
"""What is left of the usual silence a second later: half of it after six minutes."""


class FeedStall:
    """The silences of one stream, all symbols together.

    Attributes:
        last_frame_ns: When the newest frame came; far ahead while none is expected.
        longest_usual_ns: The usual longest silence.
        doubted_ns: The silence doubted last.
    """

    __slots__ = (
        "_has_lost",
        "_is_told",
        "_usual_before_ns",
        "doubted_ns",
        "last_frame_ns",
        "longest_usual_ns",
    )

    def __init__(self) -> None:
        self.last_frame_ns = FAR_FUTURE_NS
        self.longest_usual_ns = self._usual_before_ns = 0
        self.doubted_ns = 0
        self._has_lost = False
        self._is_told = True

    def pause(self) -> None:
        """Expect nothing until the next frame: its silence will be known for what it is."""
        self.last_frame_ns = FAR_FUTURE_NS

    def is_doubtful(self, now_ns: int) -> bool:
        """Return whether the silence that ends now is far beyond the usual; else it is usual."""
        silence_ns = now_ns - self.last_frame_ns
        if silence_ns > max(LEAST_DOUBT_NS, DOUBT_FACTOR * self.longest_usual_ns):
            self.doubted_ns = silence_ns
            self._usual_before_ns = self.longest_usual_ns
            self._has_lost = False
            return True
        self.longest_usual_ns = max(self.longest_usual_ns, silence_ns)
        return False

    def was_quiet(self, quiet_ns: int) -> None:
        """Learn that REST knows of nothing that was missed.

        Args:
            quiet_ns: How long the exchange itself was silent; frames may just have been late.
        """
        if not self._has_lost:
            self.longest_usual_ns = max(self.longest_usual_ns, min(quiet_ns, self.doubted_ns))

    def was_loss(self) -> None:
        """Learn that something was missed: that silence says nothing of what is usual."""
        self._is_told = self._has_lost and self._is_told
        self._has_lost = True
        self.longest_usual_ns = min(self.longest_usual_ns, self._usual_before_ns)

    def tell_loss(self) -> bool:
        """Tell, once a silence, whether something was missed in it."""
        is_news, self._is_told = not self._is_told, True
        return is_news

    def forget(self) -> None:
        """Let the usual silence fade; to be called every second."""
        self.longest_usual_ns = self.longest_usual_ns * _KEPT_A_TICK // _TICK_PARTS
