"""Who makes a line lets others go first as soon as they may wait."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.live_file.aside import ASIDE_SECONDS, HELD_NS, PAUSE_NS, StepsAside


class Work:
    """Work whose pieces take as long as a test says."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.waited: list[float] = []
        self.aside = StepsAside(steady_ns=lambda: self.now_ns, wait=self.waited.append)

    def work(self, *pieces_ns: int) -> list[float]:
        for piece_ns in pieces_ns:
            self.now_ns += piece_ns
            self.aside()
        return self.waited


@pytest.mark.parametrize(
    ("piece_ns", "waits"),
    [(HELD_NS - 1, []), (HELD_NS, [ASIDE_SECONDS]), (PAUSE_NS - 1, [ASIDE_SECONDS])],
)
def test_after_a_while_of_work_others_go_first(piece_ns: int, waits: list[float]) -> None:
    # Given work that begins
    work = Work()
    work.work(PAUSE_NS)
    # When a piece is done, then others go first or not
    assert work.work(piece_ns) == waits


def test_short_pieces_add_up() -> None:
    # Given work that begins
    work = Work()
    work.work(PAUSE_NS)
    # When five pieces of half that while are done, then others go first twice
    assert work.work(*[HELD_NS // 2] * 5) == [ASIDE_SECONDS] * 2


def test_a_pause_of_its_own_needs_no_other() -> None:
    # Given a line that was made a quarter of a second ago
    work = Work()
    # When the first piece of the next one is done, then nobody was held up
    assert work.work(PAUSE_NS) == []


def test_by_default_others_are_really_let_go_first() -> None:
    # Given work that takes a little longer than it may, by a clock of the test's
    stamps = iter((PAUSE_NS, PAUSE_NS + HELD_NS, PAUSE_NS + 2 * HELD_NS))
    aside = StepsAside(steady_ns=lambda: next(stamps))
    # When its pieces are done
    for _ in range(2):
        aside()
    # Then it asked for the time once more after it had waited
    assert next(stamps, None) is None
