"""Pages of an endless list: whatever their size, they join to the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.simulator.rest.market_paths import page_numbers
from trading_bot.simulator.rest.paging import PageQuery, read_limit, read_order, read_page_query


@given(
    first=st.integers(0, 50),
    rows=st.integers(0, 60),
    limit=st.integers(1, 70),
    ascending=st.booleans(),
)
def test_pages_of_any_size_join_to_the_whole(
    first: int, rows: int, limit: int, ascending: bool
) -> None:
    # Given a span of numbered rows
    query = PageQuery(0, 1, ascending, limit)
    found: list[int] = []
    # When its pages are walked to the end
    while True:
        start, behind, position = page_numbers(query, first, first + rows)
        page = list(range(start, behind))
        assert len(page) <= limit
        found += page if ascending else page[::-1]
        if position is None:
            break
        query = read_page_query({"cursor": query.cursor("A", position)}, "A")
    # Then each row came once, in order
    whole = list(range(first, first + rows))
    assert found == (whole if ascending else whole[::-1])


@given(rows=st.integers(1, 40), limit=st.integers(1, 10), new=st.integers(0, 20))
def test_rows_that_arrive_between_two_pages_do_not_disturb_the_older_ones(
    rows: int, limit: int, new: int
) -> None:
    # Given the newest page of some rows, newest first
    query = PageQuery(0, 1, ascending=False, limit=limit)
    start, _, position = page_numbers(query, 0, rows)
    if position is None:
        return
    onward = read_page_query({"cursor": query.cursor("A", position)}, "A")
    # When new rows arrive before the next page is asked for
    _, behind, _ = page_numbers(onward, 0, rows + new)
    # Then it goes on where the first one ended
    assert behind == start


@pytest.mark.parametrize(("text", "good"), [("0", False), ("1", True), ("9", True), ("10", False)])
def test_a_limit_lies_within_its_bounds(text: str, good: bool) -> None:
    # Given a limit of at most nine
    # When it is read
    # Then it counts within its bounds only
    if good:
        assert read_limit({"limit": text}, default=5, highest=9) == int(text)
    else:
        with pytest.raises(ValueError, match="from 1 to 9"):
            read_limit({"limit": text}, default=5, highest=9)


def test_newest_first_is_the_default_order() -> None:
    # Given no order, and both
    # When they are read
    # Then only asc is ascending
    assert not read_order({})
    assert not read_order({"order": "desc"})
    assert read_order({"order": "asc"})
