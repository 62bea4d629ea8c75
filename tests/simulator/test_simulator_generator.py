"""The generated tape: the same for a seed, believable, and with the episodes that are promised."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from operator import attrgetter

import pytest
from support.simulator_helpers import at

from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND, ns_from_utc
from trading_bot.simulator.market.events import MarketQuote, MarketTrade
from trading_bot.simulator.market.listing import LISTINGS, Listing
from trading_bot.simulator.market.market import SimulatedMarket, SymbolMarket
from trading_bot.simulator.market.tape import SymbolStream
from trading_bot.simulator.settings import (
    EXTENDED_CLOSE,
    HISTORY_START,
    REGULAR_CLOSE,
    REGULAR_OPEN,
)

SYMBOLS = [listing.symbol for listing in LISTINGS]
NEVER_IN_A_WINDOW = {2, 8, 15, 16, 17, 19, 25}
OPEN_NS, CLOSE_NS = ns_from_utc(REGULAR_OPEN), ns_from_utc(REGULAR_CLOSE)


@cache
def played(symbol: str, seconds: float = 660, seed: int = 7) -> SymbolMarket:
    listing = next(listing for listing in LISTINGS if listing.symbol == symbol)
    market = SymbolMarket(listing, seed)
    market.advance(at(seconds))
    return market


def trades(symbol: str, seconds: float = 660, seed: int = 7) -> list[MarketTrade]:
    return played(symbol, seconds, seed).trades.rows(0, 10**9)


def quotes(symbol: str, seconds: float = 660, seed: int = 7) -> list[MarketQuote]:
    return played(symbol, seconds, seed).quotes.rows(0, 10**9)


@cache
def counted(symbol: str) -> tuple[MarketTrade, ...]:
    """Return the prints that a volume window counts."""
    return tuple(
        trade
        for trade in trades(symbol)
        if NEVER_IN_A_WINDOW.isdisjoint(trade.conditions)
        and trade.sip_ns - trade.participant_ns <= 5 * NS_PER_SECOND
    )


def volume(symbol: str, from_ns: int, until_ns: int) -> int:
    prints = counted(symbol)
    first = bisect_right(prints, from_ns, key=attrgetter("sip_ns"))
    behind = bisect_right(prints, until_ns, key=attrgetter("sip_ns"))
    return sum(trade.size for trade in prints[first:behind])


def volume_ratio(symbol: str, second: float) -> float:
    """Return the last 60 s over the mean minute of the five minutes before."""
    now = at(second)
    minute = 60 * NS_PER_SECOND
    before = volume(symbol, now - 6 * minute, now - minute)
    return volume(symbol, now - minute, now) * 5 / before


def quote_before(symbol: str, stamp_ns: int) -> MarketQuote:
    shown = quotes(symbol)
    return shown[bisect_left(shown, stamp_ns, key=attrgetter("participant_ns")) - 1]


def sold_at_the_bid(symbol: str, trade: MarketTrade) -> bool:
    return trade.price_ticks <= quote_before(symbol, trade.participant_ns).bid_ticks


def orders_of_prints(prints: Sequence[MarketTrade]) -> list[list[MarketTrade]]:
    """Join prints that come within 1 ms of each other or share a participant stamp."""
    orders: list[list[MarketTrade]] = []
    for trade in prints:
        last = orders[-1][-1] if orders else None
        if last is not None and (
            trade.sip_ns - last.sip_ns <= NS_PER_MS or trade.participant_ns == last.participant_ns
        ):
            orders[-1].append(trade)
        else:
            orders.append([trade])
    return orders


def large_sell_orders(symbol: str) -> list[tuple[float, int]]:
    """Return (second of the run, shares) of each order that sold 10,000 shares or more."""
    found = []
    for order in orders_of_prints(counted(symbol)):
        shares = sum(trade.size for trade in order)
        if shares >= 10_000 and sold_at_the_bid(symbol, order[0]):
            found.append(((order[0].sip_ns - at(0)) / NS_PER_SECOND, shares))
    return found


def test_the_same_seed_gives_the_same_events() -> None:
    # Given two markets of one seed, one of them brought forward in many small steps
    first, second = SimulatedMarket(11), SimulatedMarket(11)
    for step in range(0, 60, 7):
        first.symbol("BOLT", at(step))
    # When both stand at the same moment
    one, other = first.symbol("BOLT", at(60)), second.symbol("BOLT", at(60))
    # Then their tapes are the same
    assert one is not None
    assert other is not None
    assert one.trades.rows(0, 10**9) == other.trades.rows(0, 10**9)
    assert one.quotes.rows(0, 10**9) == other.quotes.rows(0, 10**9)


def test_another_seed_gives_other_events() -> None:
    # Given one symbol of two seeds
    # When both are played to the same moment
    # Then they differ
    assert trades("DOVE", 1, seed=7) != trades("DOVE", 1, seed=8)


def test_a_symbol_does_not_depend_on_the_others() -> None:
    # Given a market of one company only
    alone = SimulatedMarket(7, [listing for listing in LISTINGS if listing.symbol == "EDDY"])
    # When it is played
    found = alone.symbol("EDDY", at(660))
    # Then it trades as it does in the company of all
    assert found is not None
    assert found.trades.rows(0, 10**9) == trades("EDDY")


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_rows_stand_in_the_order_of_their_stamps_and_sequence(symbol: str) -> None:
    # Given a symbol's prints and quotes
    for rows in (trades(symbol), quotes(symbol)):
        keys = [(row.sip_ns, row.sequence) for row in rows]
        # When they are sorted
        # Then nothing moves, and no sequence number comes twice
        assert keys == sorted(keys)
        assert len({row.sequence for row in rows}) == len(rows)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_no_print_claims_to_be_made_after_the_tape_had_it(symbol: str) -> None:
    # Given a symbol's prints and quotes
    # When both stamps are compared
    # Then the participant's is the earlier
    assert all(trade.participant_ns < trade.sip_ns for trade in trades(symbol))
    assert all(quote.participant_ns < quote.sip_ns for quote in quotes(symbol))


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_quotes_have_a_spread_and_whole_round_lots(symbol: str) -> None:
    # Given a symbol's quotes
    # When each is looked at
    # Then the bid is below the ask and both sizes are positive multiples of 100
    for quote in quotes(symbol):
        assert 0 < quote.bid_ticks < quote.ask_ticks
        assert quote.bid_size > 0
        assert quote.ask_size > 0
        assert quote.bid_size % 100 == 0
        assert quote.ask_size % 100 == 0


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_spreads_are_tight_in_the_regular_session(symbol: str) -> None:
    # Given the regular session's quotes
    spreads = sorted(
        (quote.ask_ticks - quote.bid_ticks) // 10_000
        for quote in quotes(symbol)
        if quote.sip_ns > OPEN_NS + NS_PER_SECOND
    )
    # When the median and the widest are taken, in cents
    # Then they are a large stock's
    assert spreads[len(spreads) // 2] <= 3
    assert spreads[-1] <= 20


@pytest.mark.parametrize("symbol", [s for s in SYMBOLS if s != "CLIF"])
def test_displayed_sizes_stay_far_below_a_large_order(symbol: str) -> None:
    # Given every symbol but the one with the wall
    # When its largest displayed size is taken
    # Then it is no large seller
    assert max(max(quote.bid_size, quote.ask_size) for quote in quotes(symbol)) <= 4_000


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_kind_of_print_occurs(symbol: str) -> None:
    # Given a symbol's prints of the regular session
    regular = [trade for trade in trades(symbol) if trade.sip_ns >= OPEN_NS]
    off_exchange = [trade for trade in regular if trade.exchange == 4]
    # When they are sorted into kinds
    conditions = {trade.conditions for trade in regular}
    # Then regular sales, odd lots, sweeps, average prices, auctions, fractions and late ones occur
    assert {(), (37,), (14, 41), (2,), (17,), (25,), (16,)} <= conditions
    assert {trade.trf_id for trade in off_exchange} == {201, 202, 203}
    assert all(trade.trf_id == 0 for trade in regular if trade.exchange != 4)
    assert 0.25 < len(off_exchange) / len(regular) < 0.45
    assert any(trade.size == 0 for trade in off_exchange)
    assert any(trade.sip_ns - trade.participant_ns > 5 * NS_PER_SECOND for trade in off_exchange)
    assert all(trade.sip_ns - trade.participant_ns >= 2 * NS_PER_MS for trade in off_exchange)


def test_a_sweep_walks_prices_under_one_participant_stamp() -> None:
    # Given the prints of a symbol that are sweeps of several
    sweeps = [
        order
        for order in orders_of_prints(counted("EDDY"))
        if len(order) > 1 and all(trade.conditions == (14, 41) for trade in order)
    ]
    # When one is looked at
    # Then its prints share stamp and exchange, and each is a cent from the one before
    assert sweeps
    for sweep in sweeps:
        assert len({(trade.participant_ns, trade.exchange) for trade in sweep}) == 1
        steps = {after.price_ticks - before.price_ticks for before, after in pairwise(sweep)}
        assert steps in ({10_000}, {-10_000})


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_prints_before_the_open_are_extended_hours_prints(symbol: str) -> None:
    # Given the hour before the open
    early = [trade for trade in trades(symbol) if trade.sip_ns < OPEN_NS]
    # When their conditions are read
    # Then each says so, and none later does
    assert early
    assert early[0].sip_ns >= ns_from_utc(HISTORY_START)
    assert all(12 in trade.conditions for trade in early)
    assert not any(12 in trade.conditions for trade in trades(symbol) if trade.sip_ns >= OPEN_NS)


def test_the_day_ends_with_an_auction_a_late_session_and_silence() -> None:
    # Given a calm symbol played through the whole day
    listing = next(listing for listing in LISTINGS if listing.symbol == "DOVE")
    stream = SymbolStream(listing, 7)
    stream.next_second = int(REGULAR_CLOSE.timestamp()) - 2
    late: list[MarketTrade] = []
    # When the close, the late session and the first minute after it are made
    while stream.next_second < int(EXTENDED_CLOSE.timestamp()) + 60:
        late += stream.advance_one_second()[0]
    after = [trade for trade in late if trade.sip_ns > CLOSE_NS + NS_PER_SECOND]
    # Then there is a closing auction, then extended-hours prints, then nothing
    assert {(19,), (8,), (15,)} <= {trade.conditions for trade in late}
    assert after
    assert all(12 in trade.conditions for trade in after)
    assert late[-1].sip_ns < ns_from_utc(EXTENDED_CLOSE)


@pytest.mark.parametrize("symbol", [s for s in SYMBOLS if s != "BOLT"])
def test_an_ordinary_minute_is_never_a_burst(symbol: str) -> None:
    # Given every symbol but the one with the burst
    # When the ratio is taken every five seconds from 09:40 to 10:11, but around large sellers
    seconds = [
        each for each in range(-1200, 660, 5) if symbol != "ACME" or each < 0 or each % 360 >= 90
    ]
    ratios = [volume_ratio(symbol, second) for second in seconds]
    # Then it stays below 2.5
    assert max(ratios) < 2.5


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_an_ordinary_minute_has_more_than_two_thousand_shares(symbol: str) -> None:
    # Given a symbol
    # When each minute from 09:31 on is added up
    minutes = [volume(symbol, at(end - 60), at(end)) for end in range(-1680, 660, 60)]
    # Then none is thin
    assert min(minutes) > 2_000


def test_three_large_sellers_come_within_the_first_half_minute_and_again() -> None:
    # Given the name that meets large sellers, over eleven minutes
    # When its prints are joined to orders
    orders = large_sell_orders("ACME")
    # Then there are three, seconds apart, and three more six minutes later
    assert [int(second) for second, _ in orders] == [8, 16, 24, 368, 376, 384]
    assert all(10_000 <= shares < 15_000 for _, shares in orders)


def test_the_large_sellers_do_not_make_a_burst_of_their_own() -> None:
    # Given the name that meets large sellers
    # When its ratio is taken around them
    # Then its exit is for the sellers only, by fixed thresholds as well
    assert max(volume_ratio("ACME", second) for second in range(60)) < 3


@pytest.mark.parametrize("symbol", [s for s in SYMBOLS if s != "ACME"])
def test_no_other_symbol_has_a_large_seller(symbol: str) -> None:
    # Given every other symbol
    # When its prints are joined to orders
    largest = max(sum(t.size for t in order) for order in orders_of_prints(counted(symbol)))
    # Then none comes near 10,000 shares
    assert largest <= 4_000


def test_the_red_burst_turns_critical_within_forty_seconds_and_repeats() -> None:
    # Given the name with the red burst
    # When its ratio is taken each second
    critical = [second for second in range(-120, 660, 2) if volume_ratio("BOLT", second) >= 4]
    # Then it is critical first between 25 and 40 s, and again seven minutes later
    assert 25 <= critical[0] <= 40
    assert any(435 < second < 460 for second in critical)
    assert max(volume_ratio("BOLT", second) for second in range(-1200, 15, 5)) < 2.5


def test_the_red_burst_is_clearly_sold() -> None:
    # Given the minute of the burst in which prints at the bid are sells and at the ask buys
    minute = [trade for trade in counted("BOLT") if at(-15) < trade.sip_ns <= at(45)]
    sold = sum(trade.size for trade in minute if sold_at_the_bid("BOLT", trade))
    # When the sold share of all volume is taken, with the unknown as buys
    # Then it is far above 60 %
    assert sold / sum(trade.size for trade in minute) > 0.65


def test_the_wall_stands_from_before_the_start_and_keeps_its_price() -> None:
    # Given the name with the wall, from six minutes before the run to its first lifting
    shown = [quote for quote in quotes("CLIF", 721) if at(-360) < quote.sip_ns < at(720)]
    # When its bids are looked at
    # Then it is one price with a size that neither halves nor grows by half
    assert {quote.bid_ticks for quote in shown} == {46_000_000}
    assert min(quote.bid_size for quote in shown) >= 24_000
    assert max(quote.bid_size for quote in shown) < 30_000


def test_the_wall_is_taken_away_for_a_minute_and_comes_back() -> None:
    # Given the name with the wall around its first lifting
    shown = quotes("CLIF", 800)
    # When the bids of that minute and after it are looked at
    gone = [quote.bid_size for quote in shown if at(721) < quote.sip_ns < at(779)]
    back = [quote.bid_size for quote in shown if quote.sip_ns > at(781)]
    # Then they are ordinary, and large again
    assert max(gone) <= 800
    assert min(back) >= 24_000


def test_a_market_makes_its_hour_of_history_for_every_symbol() -> None:
    # Given a fresh market
    market = SimulatedMarket()
    # When all symbols reach the start of the run
    market.advance(at(0))
    # Then each has a tape of an hour, and nothing later than now
    for symbol in market.symbols:
        found = market.symbol(symbol, at(0))
        assert found is not None
        newest = found.trades.newest(2**63)
        assert newest is not None
        assert at(-10) < newest.sip_ns <= at(0)
        assert len(found.trades) > 2_000


def test_old_events_are_forgotten_after_two_hours() -> None:
    # Given a market played three hours on
    listing = Listing("TINY", "Tiny", LISTINGS[3].role, 1_000, trades_per_second=0.05)
    market = SymbolMarket(listing, 7)
    market.advance(at(3 * 3600))
    # When its oldest row is looked up
    oldest = market.trades.rows(0, 10**9)[0]
    # Then it is at most two hours and the trimming interval old, and numbers go on
    assert oldest.sip_ns >= at(3600 - 300)
    assert market.trades.first_number > 0
