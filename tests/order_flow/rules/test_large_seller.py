"""Large sellers by source: resting bids, walls of offers, orders that hit the bid."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flow_values import ASK, BID, NOON_NS, S

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import AlertSource, Severity
from trading_bot.order_flow.market.units import NS_PER_MS, UNITS_PER_SHARE, price_from_ticks
from trading_bot.order_flow.rules.large_seller import LargeSellerState, severity_of
from trading_bot.order_flow.rules.signals import Signal

CENT = 10_000
Brief = tuple[str | None, str, int | None, Decimal | None]


def state(**overrides: float) -> LargeSellerState:
    return LargeSellerState(
        "AAPL", OrderFlowConfig(thresholds="fixed", symbol_overrides={"AAPL": overrides})
    )


def brief(alerts: list[Signal]) -> list[Brief]:
    return [
        (a.source, a.severity, a.order_size, price_from_ticks(a.price_ticks or 0)) for a in alerts
    ]


def quoted(
    sellers: LargeSellerState, stamp_ns: int, bid: int, bid_size: int, ask: int, ask_size: int
) -> list[Signal]:
    """Judge a quote whose sizes are whole shares."""
    return sellers.on_quote(
        stamp_ns, bid, bid_size * UNITS_PER_SHARE, ask, ask_size * UNITS_PER_SHARE
    )


def bid_alerts(
    sellers: LargeSellerState, after_ns: int, size: int, price: int = BID
) -> list[Brief]:
    return brief(quoted(sellers, NOON_NS + after_ns, price, size, ASK, 100))


def ask_alerts(
    sellers: LargeSellerState, after_ns: int, size: int, price: int = ASK
) -> list[Brief]:
    return brief(quoted(sellers, NOON_NS + after_ns, BID, 100, price, size))


def resting(size: int, severity: Severity = "warning", price: str = "100.00") -> Brief:
    return ("resting_bid", severity, size, Decimal(price))


def wall(size: int, price: str = "100.02") -> Brief:
    return ("ask_wall", "warning", size, Decimal(price))


class Seller:
    """Gives prints of the seller side, with a bid of 100.00 unless told otherwise."""

    def __init__(self, sellers: LargeSellerState | None = None) -> None:
        self.sellers = sellers or state()

    def sells(
        self,
        after_ns: int,
        size: int,
        *,
        price: int = BID,
        bid: int = BID,
        key: int | None = None,
        stated: bool = False,
    ) -> Brief | None:
        stamp_ns = NOON_NS + after_ns
        alert = self.sellers.on_sell(stamp_ns, key, price, size, bid, stated=stated)
        return None if alert is None else brief([alert])[0]


def sold(size: int, severity: Severity = "warning", price: str = "100.00") -> Brief:
    return ("aggressive_sell", severity, size, Decimal(price))


@pytest.mark.parametrize(
    ("source", "size", "expected"),
    [
        ("resting_bid", 19_999, "warning"),
        ("resting_bid", 20_000, "critical"),
        ("resting_bid", 20_001, "critical"),
        ("aggressive_sell", 29_999, "warning"),
        ("aggressive_sell", 30_000, "critical"),
        ("aggressive_sell", 30_001, "critical"),
        ("ask_wall", 10_000_000, "warning"),
    ],
)
def test_severity_follows_source_and_size(
    source: AlertSource, size: int, expected: Severity
) -> None:
    # Given a large seller at a threshold of 10,000
    # When its severity is asked for
    # Then twice is critical for a bid, three times for an order, and never for a wall
    assert severity_of(source, size, 10_000) == expected


def test_only_an_order_is_critical_for_its_several_prices() -> None:
    # Given large sellers over several prices
    sources: tuple[AlertSource, ...] = ("resting_bid", "aggressive_sell", "ask_wall")
    # When their severities are asked for
    found = [severity_of(source, 10_000, 10_000, several_prices=True) for source in sources]
    # Then only the order walked down the book
    assert found == ["warning", "critical", "warning"]


def test_a_finding_says_all_that_is_known() -> None:
    # Given an untouched state
    # When a large bid is shown
    alerts = quoted(state(), NOON_NS + 7, BID, 12_000, ASK, 100)
    # Then its signal is complete
    assert alerts == [
        Signal(
            symbol="AAPL",
            alert_type="large_seller",
            severity="warning",
            timestamp_ns=NOON_NS + 7,
            order_size=12_000,
            price_ticks=BID,
            source="resting_bid",
        )
    ]


@pytest.mark.parametrize(("size", "alerts"), [(9_999, False), (10_000, True), (10_001, True)])
def test_a_resting_bid_alerts_from_the_threshold_on(size: int, alerts: bool) -> None:
    # Given an untouched state
    # When a bid of that size is shown
    # Then 10,000 shares are enough
    assert bid_alerts(state(), 0, size) == [resting(size)] * alerts


@pytest.mark.parametrize(("size", "alerts"), [(4_999, False), (5_000, True)])
def test_a_symbols_own_threshold_decides(size: int, alerts: bool) -> None:
    # Given a threshold of 5,000 for this symbol
    sellers = state(large_order_size_threshold=5_000)
    # When a bid of that size is shown
    # Then its own threshold decides
    assert bid_alerts(sellers, 0, size) == [resting(size)] * alerts


def test_the_same_bid_polled_a_thousand_times_is_one_alert() -> None:
    # Given a bid of 20,000 shares
    sellers = state()
    # When it is shown every 100 ms
    found = [bid_alerts(sellers, step * S // 10, 20_000) for step in range(1_000)]
    # Then it alerts once
    assert found == [[resting(20_000, "critical")]] + [[]] * 999


@pytest.mark.parametrize(
    ("gone_for_ns", "again"), [(5 * S - 1, False), (5 * S, True), (5 * S + 1, True)]
)
def test_a_level_counts_again_when_it_was_gone_for_five_seconds(
    gone_for_ns: int, again: bool
) -> None:
    # Given a large bid that has alerted and is gone a second later
    sellers = state()
    bid_alerts(sellers, 0, 12_000)
    bid_alerts(sellers, S, 100)
    # When it is back
    # Then it is a new one from 5 s on
    assert bid_alerts(sellers, S + gone_for_ns, 12_000) == [resting(12_000)] * again


def test_coming_back_for_a_moment_starts_the_five_seconds_anew() -> None:
    # Given a large bid that goes, comes back after 4 s, and goes again
    sellers = state()
    for second, size in [(0, 12_000), (1, 100), (5, 12_000), (6, 100)]:
        bid_alerts(sellers, second * S, size)
    # When it comes back less than 5 s after it last went
    # Then it is the same bid
    assert bid_alerts(sellers, 10 * S, 12_000) == []


def test_a_level_that_stays_gone_is_forgotten() -> None:
    # Given a large bid that has alerted
    sellers = state()
    bid_alerts(sellers, 0, 12_000)
    # When it is gone for 5 s
    bid_alerts(sellers, S, 100)
    bid_alerts(sellers, 6 * S, 100)
    # Then nothing is remembered of it
    assert len(sellers._bids) == 0


@pytest.mark.parametrize(("size", "alerts"), [(17_999, False), (18_000, True), (18_001, True)])
def test_a_level_counts_again_when_it_has_grown_by_half(size: int, alerts: bool) -> None:
    # Given a bid that alerted with 12,000 shares and shrank since
    sellers = state()
    bid_alerts(sellers, 0, 12_000)
    assert bid_alerts(sellers, S, 11_000) == []
    # When it has grown
    # Then one and a half times the size that was alerted alerts again
    assert bid_alerts(sellers, 2 * S, size) == [resting(size)] * alerts


def test_growth_is_measured_from_the_last_alert() -> None:
    # Given a bid that alerted with 12,000 and with 18,000 shares
    sellers = state()
    bid_alerts(sellers, 0, 12_000)
    bid_alerts(sellers, 1, 18_000)
    # When it grows on
    found = [bid_alerts(sellers, 2 + step, size) for step, size in enumerate((26_999, 27_000))]
    # Then half of 18,000 more is needed
    assert found == [[], [resting(27_000, "critical")]]


def test_each_large_level_of_a_book_is_one_alert() -> None:
    # Given two large levels
    levels = [(BID, 12_000), (BID - CENT, 25_000)]
    # When the book is shown twice
    sellers = state()
    found = [
        brief(sellers.on_book(NOON_NS + step, levels, 100 * UNITS_PER_SHARE, []))
        for step in range(2)
    ]
    # Then each has alerted once, best first
    assert found == [[resting(12_000), resting(25_000, "critical", "99.99")], []]


@pytest.mark.parametrize(
    ("stood_ns", "alerts"), [(2 * S - 1, False), (2 * S, True), (2 * S + 1, True)]
)
def test_a_wall_must_stand_for_two_seconds(stood_ns: int, alerts: bool) -> None:
    # Given a best ask of 10,000 shares
    sellers = state()
    assert ask_alerts(sellers, 0, 10_000) == []
    # When it is shown again later
    # Then it is a wall from 2 s on
    assert ask_alerts(sellers, stood_ns, 10_000) == [wall(10_000)] * alerts


@pytest.mark.parametrize(("size", "alerts"), [(9_999, False), (10_000, True), (10_001, True)])
def test_a_wall_alerts_from_the_threshold_on(size: int, alerts: bool) -> None:
    # Given a best ask of that size
    sellers = state()
    ask_alerts(sellers, 0, size)
    # When it has stood for 2 s
    # Then 10,000 shares are enough
    assert ask_alerts(sellers, 2 * S, size) == [wall(size)] * alerts


def test_a_print_lets_time_pass_for_a_wall() -> None:
    # Given a wall that no quote changes
    sellers = state()
    ask_alerts(sellers, 0, 12_000)
    # When other events bring the time
    found = [brief(sellers.on_time(NOON_NS + at)) for at in (2 * S - 1, 2 * S, 3 * S)]
    # Then it alerts once it has stood
    assert found == [[], [wall(12_000)], []]


def test_time_alone_raises_nothing() -> None:
    # Given a state without a wall
    sellers = state()
    ask_alerts(sellers, 0, 500)
    # When time passes
    # Then there is nothing to say
    assert sellers.on_time(NOON_NS + 60 * S) == []


def test_a_wall_that_moves_must_stand_anew() -> None:
    # Given a wall that moves down a cent after 1.9 s
    sellers = state()
    ask_alerts(sellers, 0, 12_000)
    ask_alerts(sellers, 19 * S // 10, 12_000, ASK - CENT)
    # When it has stood there for less than 2 s, and for 2 s
    found = [ask_alerts(sellers, at, 12_000, ASK - CENT) for at in (3 * S, 39 * S // 10)]
    # Then only standing still counts
    assert found == [[], [wall(12_000, "100.01")]]


def test_a_wall_that_shrinks_below_the_threshold_must_stand_anew() -> None:
    # Given a wall that dips below the threshold after a second
    sellers = state()
    for second, size in [(0, 12_000), (1, 9_999), (2, 12_000)]:
        assert ask_alerts(sellers, second * S, size) == []
    # When 3 s have passed since it was first shown, and 2 s since it was whole again
    found = [ask_alerts(sellers, second * S, 12_000) for second in (3, 4)]
    # Then the later moment counts
    assert found == [[], [wall(12_000)]]


def test_a_wall_alerts_once_though_it_flickers() -> None:
    # Given a wall that has alerted
    sellers = state()
    ask_alerts(sellers, 0, 12_000)
    assert ask_alerts(sellers, 2 * S, 12_000) == [wall(12_000)]
    # When it is away for a second again and again, for a minute
    found = [
        ask_alerts(sellers, second * S, 100 if second % 4 == 0 else 12_000)
        for second in range(3, 63)
    ]
    # Then nothing more is said
    assert found == [[]] * 60


def test_a_wall_that_was_gone_for_five_seconds_alerts_again_once_it_has_stood() -> None:
    # Given a wall that has alerted and is gone
    sellers = state()
    for second, size in [(0, 12_000), (2, 12_000), (3, 100)]:
        ask_alerts(sellers, second * S, size)
    # When it is back after 5 s and stands
    found = [ask_alerts(sellers, second * S, 12_000) for second in (8, 9, 10)]
    # Then it is a new wall
    assert found == [[], [], [wall(12_000)]]


@pytest.mark.parametrize(("size", "alerts"), [(17_999, False), (18_000, True)])
def test_a_wall_that_grows_by_half_alerts_again(size: int, alerts: bool) -> None:
    # Given a wall that has alerted with 12,000 shares
    sellers = state()
    ask_alerts(sellers, 0, 12_000)
    ask_alerts(sellers, 2 * S, 12_000)
    # When it grows
    # Then half as much again alerts at once: it has stood
    assert ask_alerts(sellers, 3 * S, size) == [wall(size)] * alerts


def test_a_missing_ask_is_no_wall() -> None:
    # Given a wall in the making
    sellers = state()
    ask_alerts(sellers, 0, 12_000)
    # When nobody offers any more
    quoted(sellers, NOON_NS + S, BID, 100, 0, 0)
    # Then time raises nothing
    assert sellers.on_time(NOON_NS + 10 * S) == []


@pytest.mark.parametrize(("size", "alerts"), [(9_999, False), (10_000, True), (10_001, True)])
def test_a_sale_at_the_bid_alerts_from_the_threshold_on(size: int, alerts: bool) -> None:
    # Given an untouched state
    # When one print of that size hits the bid
    found = Seller().sells(0, size)
    # Then 10,000 shares are enough
    assert found == (sold(size) if alerts else None)


@pytest.mark.parametrize(
    ("gap_ns", "alerts"), [(NS_PER_MS - 1, True), (NS_PER_MS, True), (NS_PER_MS + 1, False)]
)
def test_prints_at_most_a_millisecond_apart_are_one_order(gap_ns: int, alerts: bool) -> None:
    # Given a sale of 6,000 shares
    seller = Seller()
    assert seller.sells(0, 6_000) is None
    # When 4,000 more follow
    # Then they are added up within 1 ms
    assert seller.sells(gap_ns, 4_000) == (sold(10_000) if alerts else None)


@pytest.mark.parametrize(("earlier_ns", "alerts"), [(NS_PER_MS, True), (NS_PER_MS + 1, False)])
def test_a_late_print_is_no_part_of_an_order_long_after_it(earlier_ns: int, alerts: bool) -> None:
    # Given a sale of half the threshold
    seller = Seller()
    seller.sells(S, 5_000)
    # When another one is told late, which was made before it
    found = seller.sells(S - earlier_ns, 5_000)
    # Then they are added up within 1 ms, and no more beyond
    assert bool(found) is alerts


def test_an_order_lasts_as_long_as_its_gaps_are_short() -> None:
    # Given twenty prints of 500 shares, each 1 ms after the one before
    seller = Seller()
    # When they are added up
    found = [seller.sells(step * NS_PER_MS, 500) for step in range(20)]
    # Then the twentieth reaches 10,000
    assert found == [None] * 19 + [sold(10_000)]


@pytest.mark.parametrize(("key", "alerts"), [(1, True), (2, False), (None, False)])
def test_one_participant_stamp_is_one_order_over_any_time(key: int | None, alerts: bool) -> None:
    # Given a sale of 6,000 shares with a key
    seller = Seller()
    seller.sells(0, 6_000, key=1)
    # When 4,000 more arrive 3 s later
    # Then the same key makes them the same order
    assert seller.sells(3 * S, 4_000, key=key) == (sold(10_000) if alerts else None)


def test_no_key_is_not_a_common_key() -> None:
    # Given two sales without keys, 3 s apart
    seller = Seller()
    seller.sells(0, 6_000)
    # When the second comes
    # Then they are two orders
    assert seller.sells(3 * S, 6_000) is None


def test_an_order_is_raised_once_and_once_more_when_it_becomes_critical() -> None:
    # Given an order that goes on selling at one price
    seller = Seller()
    # When it passes 10,000 and 30,000 shares
    found = [seller.sells(step, 5_000) for step in range(8)]
    # Then both are said, once each
    assert found == [None, sold(10_000), None, None, None, sold(30_000, "critical"), None, None]


def test_an_order_that_starts_critical_is_raised_once() -> None:
    # Given an order of 30,000 shares at once
    seller = Seller()
    # When it goes on
    found = [seller.sells(step, 30_000) for step in range(2)]
    # Then it is said once
    assert found == [sold(30_000, "critical"), None]


def test_the_next_order_is_raised_anew() -> None:
    # Given an order that has been raised
    seller = Seller()
    assert seller.sells(0, 12_000) == sold(12_000)
    # When another comes a second later
    # Then it is raised too
    assert seller.sells(S, 12_000) == sold(12_000)


def test_an_order_over_several_prices_is_critical() -> None:
    # Given an order that sells 6,000 shares at the bid
    seller = Seller()
    seller.sells(0, 6_000)
    # When it takes 4,000 a cent lower, where the bid is by then
    # Then it walked down the book: critical
    found = seller.sells(1, 4_000, price=BID - CENT, bid=BID - CENT)
    assert found == sold(10_000, "critical", "99.99")


def test_the_bid_before_the_first_print_is_what_an_order_is_measured_by() -> None:
    # Given an order that has driven the bid down
    seller = Seller()
    seller.sells(0, 6_000)
    # When its next print is above the new bid, at the old one
    # Then it still sold at the bid that it met
    assert seller.sells(1, 4_000, bid=BID - 2 * CENT) == sold(10_000)


def test_a_sale_inside_the_spread_does_not_count() -> None:
    # Given a seller's print above the bid
    seller = Seller()
    # When it is large
    # Then it is no sale at the bid or lower
    assert seller.sells(0, 50_000, price=BID + 1) is None


def test_a_sale_inside_the_spread_is_not_one_of_several_prices() -> None:
    # Given an order whose first print was filled inside the spread
    seller = Seller()
    seller.sells(0, 500, price=BID + CENT)
    # When the rest of it is sold at the bid, at one price
    # Then one price counts, and its shares alone
    assert seller.sells(1, 10_000) == sold(10_000)


@pytest.mark.parametrize(("stated", "alerts"), [(True, True), (False, False)])
def test_without_a_bid_only_a_stated_sale_counts(stated: bool, alerts: bool) -> None:
    # Given no bid to compare with
    # When a large print of the seller side comes
    found = Seller().sells(0, 12_000, bid=0, stated=stated)
    # Then only the provider's word makes it count
    assert found == (sold(12_000) if alerts else None)


def test_a_stated_sale_above_the_bid_does_not_count() -> None:
    # Given a bid
    # When a sale stated by the provider is printed above it
    # Then it is not at the bid or lower
    assert Seller().sells(0, 12_000, price=BID + 1, stated=True) is None


Quotes = list[tuple[int, int, int, int, int]]
quotes = st.lists(
    st.tuples(
        st.integers(0, 6 * S),
        st.integers(0, 3),
        st.sampled_from([0, 100, 9_999, 10_000, 15_000, 22_500, 40_000]),
        st.integers(4, 6),
        st.sampled_from([0, 100, 9_999, 10_000, 15_000, 22_500, 40_000]),
    ),
    max_size=50,
)
"""Quotes as (ns after the one before, bid in cents, its size, ask in cents, its size)."""


def alerts_of(flow: Quotes, shift_ns: int = 0) -> list[Signal]:
    sellers = state()
    stamp_ns = NOON_NS + shift_ns
    found: list[Signal] = []
    for step, bid, bid_size, ask, ask_size in flow:
        stamp_ns += step
        found += quoted(sellers, stamp_ns, BID + bid * CENT, bid_size, BID + ask * CENT, ask_size)
        found += sellers.on_time(stamp_ns)
        sale = sellers.on_sell(stamp_ns, None, BID, bid_size + 1, BID, stated=False)
        found += [] if sale is None else [sale]
    return found


@given(quotes)
def test_the_same_stream_gives_the_same_alerts(flow: Quotes) -> None:
    # Given any quotes and sales
    # When they are judged twice
    # Then the alerts are the same
    assert alerts_of(flow) == alerts_of(flow)


@given(quotes)
def test_a_quote_is_judged_as_the_book_that_it_is(flow: Quotes) -> None:
    # Given any quotes, to be judged as quotes and as books of one level
    by_quote, by_book, at_length = state(), state(), state()
    stamp_ns = NOON_NS
    for step, bid, bid_size, ask, ask_size in flow:
        stamp_ns += step
        bid_ticks, ask_ticks = BID + bid * CENT, BID + ask * CENT
        # When each is judged
        levels = [(bid_ticks, bid_size)] if bid_size >= 10_000 else []
        found = quoted(by_quote, stamp_ns, bid_ticks, bid_size, ask_ticks, ask_size)
        # Then no short cut makes a difference, nor does time in between
        offers = [(ask_ticks, ask_size * UNITS_PER_SHARE)]
        large = offers if ask_size >= 10_000 else []
        assert found == by_book.on_book(stamp_ns, levels, offers[0][1], offers)
        assert found == at_length._judge_book(stamp_ns, levels, large)
        later = by_quote.on_time(stamp_ns + S)
        assert later == by_book.on_time(stamp_ns + S) == at_length.on_time(stamp_ns + S)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 6 * S),
            st.lists(st.sampled_from([0, 10_000, 15_000, 22_500]), min_size=3, max_size=3),
            st.lists(st.sampled_from([100, 10_000, 15_000]), min_size=1, max_size=3),
        ),
        max_size=30,
    )
)
def test_no_short_cut_makes_a_difference_to_a_book(
    flow: Sequence[tuple[int, Sequence[int], Sequence[int]]],
) -> None:
    # Given books of any large levels
    sellers, at_length = state(), state()
    stamp_ns = NOON_NS
    for step, sizes, ask_sizes in flow:
        stamp_ns += step
        levels = [(BID - n * CENT, size) for n, size in enumerate(sizes) if size]
        offers = [(ASK + n * CENT, size * UNITS_PER_SHARE) for n, size in enumerate(ask_sizes)]
        large = [each for each in offers if each[1] >= 10_000 * UNITS_PER_SHARE]
        # When each is judged, and is judged at length
        found = sellers.on_book(stamp_ns, levels, offers[0][1], offers)
        # Then the same is found
        assert found == at_length._judge_book(stamp_ns, levels, large)
        assert sellers.shows_large_level == at_length.shows_large_level


@given(quotes, st.integers(0, 10**15))
def test_shifting_all_times_shifts_the_alerts(flow: Quotes, shift_ns: int) -> None:
    # Given any quotes and sales, and the same some time later
    # When both are judged
    now, later = alerts_of(flow), alerts_of(flow, shift_ns)
    # Then the alerts are the same, so much later
    assert [((a.timestamp_ns or 0) - shift_ns, *brief([a])) for a in later] == [
        (a.timestamp_ns, *brief([a])) for a in now
    ]


@given(quotes)
def test_quotes_that_say_nothing_new_raise_nothing_new(flow: Quotes) -> None:
    # Given any quotes, and the same with each given twice
    doubled: Quotes = []
    for quote in flow:
        doubled += [quote, (0, *quote[1:])]
    # When the resting bids and walls of both are judged
    once, twice = (
        [alert for alert in alerts_of(each) if alert.source != "aggressive_sell"]
        for each in (flow, doubled)
    )
    # Then they are the same
    assert once == twice


def test_no_data_means_no_alert() -> None:
    # Given no event
    # When the alerts are asked for
    # Then there are none
    assert alerts_of([]) == []


def test_what_one_symbol_shows_is_news_of_the_next() -> None:
    # Given a symbol whose large bid and wall have alerted, and are gone again
    first, second = state(), state()
    for after_ns, size in ((0, 12_000), (2 * S, 12_000), (3 * S, 100), (8 * S, 100), (14 * S, 100)):
        quoted(first, NOON_NS + after_ns, BID, size, ASK, size)
    # When another shows the same
    found = brief(quoted(second, NOON_NS, BID, 12_000, ASK, 12_000))
    found += brief(quoted(second, NOON_NS + 2 * S, BID, 12_000, ASK, 12_000))
    # Then it alerts too
    assert found == [resting(12_000), wall(12_000)]


# Levels that were said before the watch began


@pytest.mark.parametrize(("size", "said"), [(17_999, False), (18_000, True)])
def test_a_bid_that_was_said_before_is_said_again_once_it_has_grown_by_half(
    size: int, said: bool
) -> None:
    # Given a watch that takes back a bid of 12,000 shares, and knows of a sale there
    sellers = state()
    sellers.take_back("resting_bid", BID, 12_000)
    sellers.take_back("aggressive_sell", BID, 12_000)
    # When the first quote shows it with so many
    found = bid_alerts(sellers, 0, size)
    # Then it is new only if it has grown by half
    assert found == ([resting(size)] if said else [])


@pytest.mark.parametrize(("gone", "said"), [(5 * S - 1, False), (5 * S, True)])
def test_a_bid_that_was_said_before_and_is_gone_is_forgotten_after_five_seconds(
    gone: int, said: bool
) -> None:
    # Given a watch that takes back a bid which the first quote does not show
    sellers = state()
    sellers.take_back("resting_bid", BID, 12_000)
    assert bid_alerts(sellers, 0, 100) == []
    # When it comes back after a while
    found = bid_alerts(sellers, gone, 12_000)
    # Then it is new if it was gone for five seconds
    assert found == ([resting(12_000)] if said else [])


def test_a_wall_that_was_said_before_and_stands_is_not_said_again() -> None:
    # Given a watch that takes back an offer
    sellers = state()
    sellers.take_back("ask_wall", ASK, 12_000)
    # When it stands on for three seconds
    found = [ask_alerts(sellers, second * S, 12_000) for second in range(4)]
    # Then nothing is said of it
    assert found == [[]] * 4


def offered(*levels: tuple[int, int]) -> list[tuple[int, int]]:
    """Return offers so many cents above the best ask, of so many shares."""
    return [(ASK + cents * CENT, size * UNITS_PER_SHARE) for cents, size in levels]


def test_a_wall_that_stood_without_any_event_was_due_before_the_next_one_took_it_away() -> None:
    # Given an offer that nothing has happened to for three seconds
    sellers = state()
    quoted(sellers, NOON_NS, BID, 100, ASK, 12_000)
    # When the next quote shows it no more
    found = quoted(sellers, NOON_NS + 3 * S, BID, 100, ASK + CENT, 100)
    # Then
    assert brief(found) == [("ask_wall", "warning", 12_000, price_from_ticks(ASK))]


@pytest.mark.parametrize(("passed_ns", "count"), [(2 * S - 1, 0), (2 * S, 1)], ids=["below", "at"])
def test_a_wall_that_is_taken_away_before_it_has_stood_is_none(passed_ns: int, count: int) -> None:
    # Given
    sellers = state()
    quoted(sellers, NOON_NS, BID, 100, ASK, 12_000)
    # When
    found = quoted(sellers, NOON_NS + passed_ns, BID, 100, ASK, 100)
    # Then
    assert len(found) == count


def test_of_the_walls_near_the_best_ask_the_largest_counts() -> None:
    # Given two that stand
    sellers = state()
    sellers.on_book(NOON_NS, [], 0, offered((0, 12_000), (3, 15_000)))
    # When
    found = sellers.on_book(NOON_NS + 2 * S, [], 0, offered((0, 12_000), (3, 15_000)))
    # Then
    assert brief(found) == [("ask_wall", "warning", 15_000, price_from_ticks(ASK + 3 * CENT))]


def test_once_the_largest_is_gone_the_next_one_counts() -> None:
    # Given two that stand, of which the largest was told
    sellers = state()
    for at_ns in (NOON_NS, NOON_NS + 2 * S):
        sellers.on_book(at_ns, [], 0, offered((0, 12_000), (3, 15_000)))
    # When
    found = sellers.on_book(NOON_NS + 3 * S, [], 0, offered((0, 12_000)))
    # Then
    assert brief(found) == [("ask_wall", "warning", 12_000, price_from_ticks(ASK))]


def test_a_wall_that_another_hides_is_told_once() -> None:
    # Given
    sellers = state()
    for second in (0, 2):
        sellers.on_book(NOON_NS + second * S, [], 0, offered((0, 12_000)))
    for second in (3, 5):
        sellers.on_book(NOON_NS + second * S, [], 0, offered((0, 12_000), (3, 15_000)))
    # When the larger one goes, more than five seconds after the other was the largest
    found = sellers.on_book(NOON_NS + 20 * S, [], 0, offered((0, 12_000)))
    # Then
    assert found == []
