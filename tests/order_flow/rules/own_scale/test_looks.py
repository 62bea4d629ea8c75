"""What stands at the best prices, looked at once a second."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.rules.own_scale.looks import BookLooks

S = NS_PER_SECOND


def test_before_the_first_look_nothing_is_known() -> None:
    # Given no look
    # When the imbalance is asked for
    # Then there is none
    assert BookLooks().imbalance(0) is None


@pytest.mark.parametrize(
    ("bid", "ask", "thousandths"),
    [(300, 100, 500), (100, 300, -500), (5, 0, 1_000), (0, 5, -1_000)],
)
def test_a_look_compares_both_sides(bid: int, ask: int, thousandths: int) -> None:
    # Given one look
    looks = BookLooks()
    looks.see(S, bid, ask)
    # When the imbalance is asked for
    # Then it is their difference over their sum
    assert (looks.imbalance(S), looks.bid_units) == (thousandths, bid)


def test_a_book_without_any_size_is_no_look() -> None:
    # Given a look at nothing
    looks = BookLooks()
    looks.see(S, 0, 0)
    # When the imbalance is asked for
    # Then there is none
    assert looks.imbalance(S) is None


@pytest.mark.parametrize(("second", "thousandths"), [(10, 500), (11, 500), (12, 0)])
def test_the_looks_of_ten_seconds_count(second: int, thousandths: int) -> None:
    # Given bids alone in the first second, and as many offers as bids ten seconds later
    looks = BookLooks()
    looks.see(1 * S, 100, 0)
    looks.see(10 * S, 100, 100)
    # When the imbalance is asked for
    # Then the first counts for ten seconds, both ends included
    assert looks.imbalance(second * S) == thousandths


def test_the_newest_look_stands_however_old_it_is() -> None:
    # Given looks a minute ago
    looks = BookLooks()
    looks.see(1 * S, 100, 0)
    looks.see(2 * S, 100, 300)
    # When the imbalance is asked for
    # Then it is that of the newest
    assert looks.imbalance(62 * S) == -500


def test_no_more_than_ten_seconds_are_kept() -> None:
    # Given a look a second for an hour, as `due_ns` asks for
    looks = BookLooks()
    stamps = [looks.due_ns]
    for _ in range(3_600):
        looks.see(stamps[-1] + S // 2, 100, 100)
        stamps.append(looks.due_ns)
    # When they are counted
    # Then eleven at most are kept, and the next is due with the next second
    assert (len(looks._stamps), stamps[-1]) == (11, 3_600 * S)
