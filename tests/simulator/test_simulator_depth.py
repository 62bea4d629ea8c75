"""Ten levels a side, and every change of them, made from the tape."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import msgspec
import pytest
from support.simulator_helpers import at

from trading_bot.simulator.market.depth import (
    ROWS_AN_EVENT,
    aggressor_of,
    depth_rows,
    is_of_the_venue,
)
from trading_bot.simulator.market.depth_changes import BookSide, changes
from trading_bot.simulator.market.depth_levels import (
    SHOWN_LEVELS,
    DepthBook,
    Level,
    book_behind,
    level_of,
)
from trading_bot.simulator.market.events import MarketQuote, MarketTrade
from trading_bot.simulator.market.listing import LISTINGS
from trading_bot.simulator.market.market import SimulatedMarket, SymbolMarket

CENT = 10_000
SYMBOLS = SimulatedMarket().symbols


@cache
def market_of(symbol: str, seconds: float = 60) -> SymbolMarket:
    one = SimulatedMarket().symbol(symbol, at(seconds))
    assert one is not None
    return one


def quote(
    bid: int = 2_740, bid_size: int = 300, ask: int = 2_742, ask_size: int = 500
) -> MarketQuote:
    return MarketQuote(at(0), at(0) - 20_000, 7, bid * CENT, bid_size, ask * CENT, ask_size, 12, 12)


def trade(
    price: int,
    size: int = 100,
    *,
    exchange: int = 12,
    conditions: tuple[int, ...] = (),
    at_ns: int = 0,
) -> MarketTrade:
    return MarketTrade(
        at_ns, at_ns - 20_000, 8, "1", price * CENT, size * 1_000, exchange, conditions
    )


def side(best: int, step: int, *sizes: int) -> tuple[Level, ...]:
    """Return levels a cent apart."""
    return tuple(
        level_of((best + step * place) * CENT, size) for place, size in enumerate(sizes) if size
    )


def deep(bids: tuple[int, ...], asks: tuple[int, ...], *, bid: int = 1_000) -> DepthBook:
    """Return a book of the levels given, with a lot on each of twenty prices behind."""
    behind = (100,) * 20
    return DepthBook(side(bid, -1, *bids, *behind), side(bid + 1, 1, *asks, *behind))


def test_the_book_behind_a_quote_begins_with_it_and_has_ten_levels_a_side() -> None:
    # Given a quote
    one = quote()
    # When its book is drawn
    book = book_behind("ACME", one).shown()
    # Then the best levels are the quoted ones, and the others lie behind in order
    assert (book.bids[0], book.asks[0]) == (
        level_of(2_740 * CENT, 300),
        level_of(2_742 * CENT, 500),
    )
    bids, asks = ([level.price_ticks for level in levels] for levels in book)
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert len(bids) == len(asks) == SHOWN_LEVELS


def test_some_prices_of_a_book_are_empty() -> None:
    # Given the book behind a quote
    bids = book_behind("ACME", quote()).bids
    # When the distances of its levels are looked at
    apart = {before.price_ticks - after.price_ticks for before, after in pairwise(bids)}
    # Then not all lie a cent apart
    assert CENT in apart
    assert max(apart) > CENT


def test_levels_count_the_orders_that_make_them_up() -> None:
    # Given sizes below, at and above what one order has
    # When they become levels
    # Then each has its orders
    assert [level_of(CENT, size).orders for size in (100, 400, 500)] == [1, 1, 2]


def test_what_a_trade_took_is_cancelled_before_the_rest_changes() -> None:
    # Given a bid of 300 shares, of which a trade took 200 and 100 more went
    old, new = deep((300,), (500,)), deep((0, 100), (500,))
    # When the way to the book after it is told
    found = changes(old, new, {("B", 1_000 * CENT): 200})
    # Then both are cancelled, one after the other
    assert [each[:4] for each in found] == [
        ("C", "B", 1_000 * CENT, 200),
        ("C", "B", 1_000 * CENT, 100),
    ]
    # And each shows the levels after it
    assert found[0].book.bids[0] == level_of(1_000 * CENT, 100)
    assert found[1].book.bids[0] == level_of(999 * CENT, 100)


def test_a_trade_takes_no_more_than_rests() -> None:
    # Given a trade of more shares than the level has, as at a hidden order
    old, new = deep((300,), (500,)), deep((0,), (500,))
    # When the way is told
    found = changes(old, new, {("B", 1_000 * CENT): 900, ("A", 5 * CENT): 100})
    # Then what rested is cancelled, and nothing at a price that is not there
    assert [each[:4] for each in found] == [("C", "B", 1_000 * CENT, 300)]


@pytest.mark.parametrize(
    ("before", "after", "action", "size"),
    [(800, 500, "C", 300), (500, 800, "A", 300), (400, 300, "M", 300), (300, 400, "A", 100)],
)
def test_a_level_grows_shrinks_or_its_one_order_is_modified(
    before: int, after: int, action: str, size: int
) -> None:
    # Given a best bid that changes its size
    # When the way is told
    found = changes(deep((before,), (500,)), deep((after,), (500,)), {})
    # Then it is one change; a single order that shrinks is modified to what it has left
    assert [each[:5] for each in found] == [(action, "B", 1_000 * CENT, size, 0)]


def test_no_state_on_the_way_is_crossed() -> None:
    # Given a book that rises above its own ask
    old, new = deep((300,), (500,)), deep((300,), (500,), bid=1_003)
    # When the way is told
    found = changes(old, new, {})
    # Then asks go before bids come
    assert all(each.book.bids[0].price_ticks < each.book.asks[0].price_ticks for each in found)
    assert found[-1].book == new.shown()


def test_levels_that_come_into_view_behind_the_others_are_no_change() -> None:
    # Given a best bid that goes, so that an eleventh level becomes the tenth
    old, new = deep((300,), (500,)), deep((0,), (500,))
    # When the way is told
    found = changes(old, new, {})
    # Then only the best one is told of, and ten are shown
    assert [each[:4] for each in found] == [("C", "B", 1_000 * CENT, 300)]
    assert len(found[0].book.bids) == SHOWN_LEVELS


@pytest.mark.parametrize("cents", [0, 1, 5, 10, 11, 40])
def test_an_event_has_fewer_rows_than_numbers(cents: int) -> None:
    # Given trades that took from every level that is seen, and a book that moves with other sizes
    old = deep((300,) * 10, (500,) * 10)
    new = deep((200,) * 10, (400,) * 10, bid=1_000 + cents)
    taken: dict[tuple[BookSide, int], int] = {
        ("B", level.price_ticks): 50 for level in old.shown().bids
    }
    taken |= {("A", level.price_ticks): 50 for level in old.shown().asks}
    # When the way is told
    found = changes(old, new, taken)
    # Then each change has a number of its own, and the last one shows the book that is meant
    assert len(found) < ROWS_AN_EVENT
    assert found[-1].book == new.shown()


def test_the_first_book_is_cleared_and_then_built() -> None:
    # Given no book
    # When the way to the first one is told
    found = changes(DepthBook(), deep((300,), (500,)), {})
    # Then it begins with a clear, and each level is added
    assert found[0] == ("R", "N", 0, 0, 0, DepthBook())
    assert [each.action for each in found[1:]] == ["A"] * 2 * SHOWN_LEVELS
    assert found[-1].book == deep((300,), (500,)).shown()


@pytest.mark.parametrize(
    ("price", "side"), [(2_739, "A"), (2_740, "A"), (2_741, "N"), (2_742, "B"), (2_743, "B")]
)
def test_the_aggressor_is_who_crossed_the_spread(price: int, side: str) -> None:
    # Given a quote of 27.40 by 27.42
    # When something trades below, at, within and above it
    # Then the seller or the buyer was the aggressor, and within nobody is known
    assert aggressor_of(trade(price), quote()) == side


def test_a_cross_or_a_trade_without_a_quote_has_no_aggressor() -> None:
    # Given an auction at the bid, and a trade before any quote
    # When their side is asked for
    # Then there is none
    assert aggressor_of(trade(2_740, conditions=(17,)), quote()) == "N"
    assert aggressor_of(trade(2_740), None) == "N"


def test_reports_from_elsewhere_and_official_prices_are_no_trades_of_the_venue() -> None:
    # Given a trade, one off exchange, and an official closing price
    prints = [trade(2_740), trade(2_740, exchange=4), trade(2_740, conditions=(15,))]
    # When it is asked which belong to the venue
    # Then the first does
    assert [is_of_the_venue(each) for each in prints] == [True, False, False]


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_complete_book_agrees_with_the_quote_of_its_moment(symbol: str) -> None:
    # Given a symbol's rows
    one = market_of(symbol)
    rows = depth_rows(one, at(-60), at(60))
    # When each complete book is compared with the newest quote
    differ = []
    for row in rows:
        newest = one.quotes.newest(row.received_ns)
        if row.is_last and row.change.action != "T" and newest is not None:
            bid, ask = row.change.book.bids[0], row.change.book.asks[0]
            quoted = (newest.bid_ticks, newest.bid_size, newest.ask_ticks, newest.ask_size)
            differ += [row] * ((*bid[:2], *ask[:2]) != quoted)
    # Then all agree
    assert differ == []


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_book_is_whole_sorted_and_not_crossed(symbol: str) -> None:
    # Given a symbol's rows of the live run, behind the first book
    rows = depth_rows(market_of(symbol), at(0), at(60))
    # When their books are looked at
    # Then all have ten levels a side, in order
    for row in rows:
        bids = [level.price_ticks for level in row.change.book.bids]
        asks = [level.price_ticks for level in row.change.book.asks]
        assert (len(bids), len(asks)) == (SHOWN_LEVELS, SHOWN_LEVELS)
        assert bids == sorted(set(bids), reverse=True)
        assert asks == sorted(set(asks))
        assert bids[0] < asks[0]
        assert all(level.size > 0 for levels in row.change.book for level in levels)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_stamps_never_fall_and_sequence_numbers_grow(symbol: str) -> None:
    # Given a symbol's rows
    rows = depth_rows(market_of(symbol), at(-60), at(60))
    # When each is compared with the one before
    # Then neither clock goes back, and no number comes twice
    assert all(
        before.event_ns <= after.event_ns
        and before.received_ns <= after.received_ns
        and before.sequence < after.sequence
        for before, after in pairwise(rows)
    )
    assert all(row.event_ns <= row.received_ns for row in rows)


def test_a_span_gives_the_same_rows_in_parts_as_whole() -> None:
    # Given two minutes of a symbol with a burst of trades in them
    one = SimulatedMarket().symbol("BOLT", at(-1))
    assert one is not None
    one.burst_at(at(20) // 10**9, 5_000)
    one.advance(at(60))
    whole = depth_rows(one, at(0), at(60))
    # When the span is asked for in odd parts
    marks = [*range(at(0), at(60), 777_777_777), at(60)]
    parts = [row for first, until in pairwise(marks) for row in depth_rows(one, first, until)]
    # Then nothing is missing, twice or other
    assert parts == whole


def test_a_trade_shows_the_book_before_it_and_the_cancellation_after_it_what_is_left() -> None:
    # Given the trades of a symbol that took from the book
    rows = depth_rows(market_of("ACME"), at(0), at(60))
    pairs = [
        (before, after)
        for before, after in pairwise(rows)
        if before.change.action == "T" and not before.is_last and after.change.action == "C"
    ]
    # When each is compared with the row behind it
    # Then the book has the shares until they are cancelled, which completes the event
    assert len(pairs) > 20
    for sold, gone in pairs:
        resting = sold.change.book.bids if sold.change.side == "A" else sold.change.book.asks
        level = next(each for each in resting if each.price_ticks == sold.change.price_ticks)
        assert gone.change.side == ("B" if sold.change.side == "A" else "A")
        assert gone.change.size <= level.size


def test_trades_are_those_of_the_tape_with_their_shares_and_prices() -> None:
    # Given the prints of a symbol that were made on an exchange
    one = market_of("ACME")
    prints = one.trades.rows(*one.trades.numbers(at(0) + 1, at(60)))
    made = [each for each in prints if is_of_the_venue(each)]
    # When the trades among the rows are listed
    trades = [row for row in depth_rows(one, at(0), at(60)) if row.change.action == "T"]
    # Then they are the same, in order
    assert [(row.change.price_ticks, row.change.size, row.received_ns) for row in trades] == [
        (each.price_ticks, each.size, each.sip_ns) for each in made
    ]
    assert len(made) < len(prints)


def test_the_large_sellers_are_stated_as_sellers() -> None:
    # Given the seconds in which the script sells at least 10,500 shares at once
    rows = depth_rows(market_of("ACME"), at(8), at(9))
    # When the shares of each side are added up
    sold = sum(
        row.change.size for row in rows if (row.change.action, row.change.side) == ("T", "A")
    )
    # Then the sellers have them
    assert sold >= 10_500


def test_rows_in_the_top_end_with_one_that_completes_it() -> None:
    # Given the rows that the best bid and ask are made of
    rows = [row for row in depth_rows(market_of("CLIF"), at(0), at(60)) if row.in_top]
    # When the last one of each event is looked for
    # Then an event of one quote has one such row at most, and it is its last
    for before, after in pairwise(rows):
        is_same = before.sequence // ROWS_AN_EVENT == after.sequence // ROWS_AN_EVENT
        assert not (is_same and before.is_last_in_top)
    assert any(row.is_last_in_top and not row.is_last for row in rows)


def test_a_trade_behind_the_best_price_is_completed_in_the_top_too() -> None:
    # Given a trade that takes from a bid behind the best, and a quote after it like the one before
    one = SymbolMarket(LISTINGS[0], 7)
    before = quote()
    behind = book_behind("ACME", before).bids[3]
    one.quotes.append(before)
    one.trades.append(trade(behind.price_ticks // CENT, at_ns=at(0.5)))
    one.quotes.append(msgspec.structs.replace(before, sip_ns=at(1), sequence=9))
    # When the rows of the best prices are listed
    rows = [row for row in depth_rows(one, at(0), at(1)) if row.in_top]
    # Then the trade is followed by one that completes it
    assert (rows[0].change.action, rows[0].is_last_in_top) == ("T", False)
    assert len(rows) == 2
    assert rows[1].is_last_in_top
    assert rows[0].change.book.bids[0] == rows[1].change.book.bids[0]


def test_the_same_seed_gives_the_same_rows() -> None:
    # Given two markets of one seed, asked in another order
    first, second = SimulatedMarket(3), SimulatedMarket(3)
    second.symbol("BOLT", at(5))
    found = []
    # When a symbol's rows are made in each
    for market in (first, second):
        one = market.symbol("DOVE", at(10))
        assert one is not None
        found.append(depth_rows(one, at(0), at(10)))
    # Then they are the same
    assert found[0] == found[1]


def test_a_quiet_span_has_no_rows() -> None:
    # Given a symbol that is halted
    one = SimulatedMarket().symbol("DOVE", at(-1))
    assert one is not None
    one.halt_at(at(5) // 10**9, 20)
    one.advance(at(30))
    # When its halt is asked for
    # Then nothing happened
    assert depth_rows(one, at(5), at(25)) == []
