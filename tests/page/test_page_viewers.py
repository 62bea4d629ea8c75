"""Who looks at the page, and what waits for each."""

from __future__ import annotations

import asyncio

import pytest

from trading_bot.live_view.page import viewers
from trading_bot.live_view.page.viewers import MOST_VIEWERS, Viewer, Viewers


def at_once(viewer: Viewer) -> bytes | None:
    """Return what is to be sent now; None where nothing is."""

    async def take() -> bytes | None:
        try:
            return await asyncio.wait_for(viewer.next(), 0.005)
        except TimeoutError:
            return None

    return asyncio.run(take())


def test_a_viewer_begins_with_the_whole_state() -> None:
    # Given a viewer that was told something before it began to read
    viewer = Viewer(lambda: b"whole;")
    viewer.tell(b"before;")
    # When it reads twice
    first, second = at_once(viewer), at_once(viewer)
    # Then it has the state, and nothing beside it: what came before stands in it
    assert (first, second) == (b"whole;", None)


def test_what_waits_is_sent_together_and_in_order() -> None:
    # Given a viewer that has begun
    viewer = Viewer(lambda: b"whole;")
    at_once(viewer)
    # When it is told two things
    viewer.tell(b"one;")
    viewer.tell(b"two;")
    # Then it gets both, once
    assert (at_once(viewer), at_once(viewer)) == (b"one;two;", None)


@pytest.mark.parametrize(("more", "found"), [(-1, 63), (0, 64), (1, None)])
def test_a_viewer_that_falls_behind_begins_anew(more: int, found: int | None) -> None:
    # Given a viewer that has begun and reads no more
    viewer = Viewer(lambda: b"whole;")
    at_once(viewer)
    # When it is told as many things as may wait, one fewer, and one more
    for _ in range(viewers.MOST_WAITING + more):
        viewer.tell(b"one;")
    # Then with too many all are dropped, and it has the state in their place
    assert at_once(viewer) == (b"whole;" if found is None else b"one;" * found)


def test_nine_are_too_many_until_one_leaves() -> None:
    # Given as many viewers as may be
    all_of_them = Viewers(lambda: b"whole;")
    inside = [all_of_them.enter() for _ in range(MOST_VIEWERS)]
    assert None not in inside
    # When one more comes, and again after one has left
    ninth = all_of_them.enter()
    assert inside[0] is not None
    all_of_them.leave(inside[0])
    again = all_of_them.enter()
    # Then it is let in the second time
    assert ninth is None
    assert again is not None
    assert len(all_of_them) == MOST_VIEWERS


def test_all_are_told_and_all_are_dismissed() -> None:
    # Given two viewers that have begun
    both = Viewers(lambda: b"whole;")
    inside = [each for each in (both.enter(), both.enter()) if each is not None]
    assert [at_once(each) for each in inside] == [b"whole;"] * 2
    # When they are told something, and then that it is over
    both.tell(b"one;")
    told = [at_once(each) for each in inside]
    both.tell(b"two;")
    both.dismiss()
    # Then both hear it, and then nothing more
    assert told == [b"one;"] * 2
    assert [at_once(each) for each in inside] == [b""] * 2
