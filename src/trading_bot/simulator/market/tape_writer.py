"""Puts orders on one symbol's tape: stamps, exchanges, conditions, ids and sizes of its prints."""

from __future__ import annotations

from collections.abc import Callable

from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND, NS_PER_US
from trading_bot.simulator.market.book import ROUND_LOT, TICKS_PER_CENT, Book
from trading_bot.simulator.market.burst import burst_prints, numbered
from trading_bot.simulator.market.events import MarketQuote, MarketTrade
from trading_bot.simulator.market.listing import Listing
from trading_bot.simulator.market.script import SellerStyle

AVERAGE_PRICE, EXTENDED_HOURS, SWEEP, ODD_LOT, THROUGH_EXEMPT = 2, 12, 14, 37, 41
OFFICIAL_CLOSE, OFFICIAL_OPEN, OPENING_TRADE, CLOSING_TRADE = 15, 16, 17, 19
CLOSING_PRINTS, OPENING_PRINTS = 8, 25
REOPENING_TRADE, REOPENING_PRINTS = 18, 28
OFF_EXCHANGE = 4

# Repeats are weights: most trading is on Nasdaq, Arca, NYSE, EDGX and BZX.
_EXCHANGES = (12, 12, 12, 11, 11, 10, 8, 8, 19, 19, 7, 15, 18, 21)
_FACILITIES = (202, 202, 202, 201, 203)
_PRIMARY = {1: 10, 2: 11, 3: 12}
_TICKS_PER_HUNDREDTH_CENT = 100

Draw = Callable[[], float]


class TapeWriter:
    """Collects the prints and quotes of one second.

    Args:
        listing: The symbol.
        random: Draws from [0, 1): the symbol's own seeded stream.
    """

    def __init__(self, listing: Listing, random: Draw) -> None:
        self._listing = listing
        self._random = random
        self._primary = _PRIMARY[listing.tape]
        self._sequence = 1_000
        self._first_sequence = self._sequence + 1
        self._id = 0
        self._trades: list[MarketTrade] = []
        self._quotes: list[MarketQuote] = []
        self.extended = True

    def begin(self) -> None:
        """Start an empty second."""
        self._trades = []
        self._quotes = []
        self._first_sequence = self._sequence + 1

    def burst(self, count: int, start_ns: int, prices_ticks: tuple[int, int]) -> None:
        """Add a burst to the second that was written; its events are numbered anew."""
        prints = burst_prints(count, start_ns, prices_ticks, self._id + 1)
        self._id += count
        self._sequence += count
        self._trades, self._quotes = numbered(
            [*self._trades, *prints], self._quotes, self._first_sequence
        )

    def finish(self) -> tuple[list[MarketTrade], list[MarketQuote]]:
        """Return the second's prints and quotes in the order of their SIP stamps."""
        return self._trades, self._quotes

    def _pick(self, choices: tuple[int, ...]) -> int:
        return choices[int(self._random() * len(choices))]

    def _print(
        self,
        sip_ns: int,
        delay_ns: int,
        price_ticks: int,
        size_thousandths: int,
        exchange: int,
        conditions: tuple[int, ...] = (),
        trf_id: int = 0,
    ) -> None:
        self._sequence += 1
        self._id += 1
        if self.extended:
            conditions = (EXTENDED_HOURS, *conditions)
        self._trades.append(
            MarketTrade(
                sip_ns,
                sip_ns - delay_ns,
                self._sequence,
                str(self._id),
                price_ticks,
                size_thousandths,
                exchange,
                conditions,
                trf_id,
            )
        )

    def _sip_delay(self) -> int:
        return 15 * NS_PER_US + int(self._random() * 30 * NS_PER_US)

    def _size(self) -> int:
        """Draw the shares of an ordinary order: half are odd lots, none is large."""
        kind = self._random()
        if kind < 0.5:
            return 1 + int(self._random() * 99)
        if kind < 0.82:
            lots = 1
        elif kind < 0.95:
            lots = 2 + int(self._random() * 4)
        else:
            lots = 5 + int(self._random() * 4)
        return lots * ROUND_LOT

    def quote(self, sip_ns: int, book: Book) -> None:
        """Write the book's present state."""
        self._sequence += 1
        self._quotes.append(
            MarketQuote(
                sip_ns,
                sip_ns - self._sip_delay(),
                self._sequence,
                book.bid_cents * TICKS_PER_CENT,
                book.bid_size,
                book.ask_cents * TICKS_PER_CENT,
                book.ask_size,
                self._pick(_EXCHANGES),
                self._pick(_EXCHANGES),
            )
        )

    def at_the_touch(self, sip_ns: int, book: Book, *, seller: bool) -> int:
        """Write one order that trades at the best price; return its shares."""
        size = self._size()
        price = book.bid_cents if seller else book.ask_cents
        conditions: tuple[int, ...] = (ODD_LOT,) if size < ROUND_LOT else ()
        if size >= ROUND_LOT and self._random() < 0.3:
            conditions = (SWEEP, THROUGH_EXEMPT)
        self._print(
            sip_ns,
            self._sip_delay(),
            price * TICKS_PER_CENT,
            size * 1_000,
            self._pick(_EXCHANGES),
            conditions,
        )
        return size

    def burst_order(self, sip_ns: int, book: Book, *, seller: bool) -> int:
        """Write one order of a burst, 200 to 500 shares at the best price; return its shares."""
        size = ROUND_LOT * (2 + int(self._random() * 4))
        price = book.bid_cents if seller else book.ask_cents
        self._print(
            sip_ns, self._sip_delay(), price * TICKS_PER_CENT, size * 1_000, self._pick(_EXCHANGES)
        )
        return size

    def sweep(self, sip_ns: int, book: Book, *, seller: bool) -> int:
        """Write one order that walks prices under one participant stamp; return cents walked."""
        prints = 2 + int(self._random() * 3)
        exchange = self._pick(_EXCHANGES)
        delay = self._sip_delay()
        for step in range(prints):
            price = book.bid_cents - step if seller else book.ask_cents + step
            size = ROUND_LOT * (1 + int(self._random() * 3))
            lag = step * 12 * NS_PER_US
            self._print(
                sip_ns + lag,
                delay + lag,
                price * TICKS_PER_CENT,
                size * 1_000,
                exchange,
                (SWEEP, THROUGH_EXEMPT),
            )
        return prints - 1

    def large_seller(self, sip_ns: int, book: Book, style: SellerStyle, least: int) -> int:
        """Write one sell order into the bid, 0 to 1,400 shares above `least`; return cents moved.

        `one_stamp` prints at one price under one participant stamp, `two_prices` walks one cent
        down, `two_exchanges` prints 0.3 ms apart on two of them.
        """
        shares = least + ROUND_LOT * int(self._random() * 15)
        lots = shares // ROUND_LOT
        parts = [ROUND_LOT * (lots * tenths // 10) for tenths in (4, 3, 2)]
        parts.append(shares - sum(parts))
        delay = self._sip_delay()
        for step, size in enumerate(parts):
            lower = 1 if style == "two_prices" and step >= 2 else 0
            apart = step * (300 if style == "two_exchanges" else 14) * NS_PER_US
            self._print(
                sip_ns + apart,
                delay if style == "two_exchanges" else delay + apart,
                (book.bid_cents - lower) * TICKS_PER_CENT,
                size * 1_000,
                19 if style == "two_exchanges" and step % 2 else 12,
                (SWEEP, THROUGH_EXEMPT) if style == "two_prices" else (),
            )
        return 2 if style == "two_prices" else 1

    def off_exchange(self, sip_ns: int, book: Book) -> None:
        """Write an off-exchange print: inside the spread, milliseconds late, maybe a fraction."""
        bid, ask = book.bid_cents * TICKS_PER_CENT, book.ask_cents * TICKS_PER_CENT
        if self._random() < 0.5:
            price = (bid + ask) // 2
        else:
            steps = (ask - bid) // _TICKS_PER_HUNDREDTH_CENT
            price = bid + int(self._random() * (steps + 1)) * _TICKS_PER_HUNDREDTH_CENT
        thousandths = self._size() * 1_000
        if self._random() < 0.1:
            # Part of a share: whole shares are cut to what is left, often to none.
            thousandths = 1 + int(self._random() * 2_999)
        delay = 2 * NS_PER_MS + int(self._random() * self._random() * 80 * NS_PER_MS)
        self._report(sip_ns, delay, price, thousandths)

    def late_report(self, sip_ns: int, book: Book) -> None:
        """Write a print made 6 to 60 seconds before the tape has it; no condition says so."""
        delay = 6 * NS_PER_SECOND + int(self._random() * 54 * NS_PER_SECOND)
        price = (book.ask_cents + 2) * TICKS_PER_CENT
        self._report(sip_ns, delay, price, ROUND_LOT * 1_000)

    def average_price(self, sip_ns: int, book: Book) -> None:
        """Write a print at the average price of an order worked earlier."""
        size = ROUND_LOT * (4 + int(self._random() * 16))
        price = book.bid_cents * TICKS_PER_CENT + int(self._random() * 900) * 100
        self._report(sip_ns, 5 * NS_PER_MS, price, size * 1_000, (AVERAGE_PRICE,))

    def _report(
        self,
        sip_ns: int,
        delay_ns: int,
        price_ticks: int,
        thousandths: int,
        conditions: tuple[int, ...] = (),
    ) -> None:
        if thousandths < ROUND_LOT * 1_000:
            conditions = (*conditions, ODD_LOT)
        facility = self._pick(_FACILITIES)
        self._print(sip_ns, delay_ns, price_ticks, thousandths, OFF_EXCHANGE, conditions, facility)

    def opening_auction(self, sip_ns: int, book: Book) -> None:
        """Write the auction that opens the regular session, and the official opening marker."""
        self._auction(sip_ns, book, 1, (OPENING_TRADE, OPENING_PRINTS, OFFICIAL_OPEN))

    def reopening_auction(self, sip_ns: int, book: Book) -> None:
        """Write the two prints that end a halt; draws nothing, so that all else stays as it is."""
        price = round(book.fair_cents) * TICKS_PER_CENT
        shares = self._listing.auction_shares // 10
        for step, (size, exchange, condition) in enumerate(
            (
                (shares, self._primary, REOPENING_TRADE),
                (shares // 20, _PRIMARY[2], REOPENING_PRINTS),
            )
        ):
            lag = step * 400 * NS_PER_US
            self._print(sip_ns + lag, 20 * NS_PER_US, price, size * 1_000, exchange, (condition,))

    def closing_auction(self, sip_ns: int, book: Book) -> None:
        """Write the auction that ends the regular session, and the official closing marker."""
        self._auction(sip_ns, book, 2, (CLOSING_TRADE, CLOSING_PRINTS, OFFICIAL_CLOSE))

    def _auction(
        self, sip_ns: int, book: Book, factor: int, conditions: tuple[int, int, int]
    ) -> None:
        price = round(book.fair_cents) * TICKS_PER_CENT
        shares = self._listing.auction_shares * factor
        main, small, marker = conditions
        extended, self.extended = self.extended, False
        self._print(sip_ns, self._sip_delay(), price, shares * 1_000, self._primary, (main,))
        self._print(
            sip_ns + 400 * NS_PER_US,
            self._sip_delay(),
            price,
            shares // 20 * 1_000,
            _PRIMARY[2],
            (small,),
        )
        self._print(
            sip_ns + 900 * NS_PER_US,
            self._sip_delay(),
            price,
            shares * 1_000,
            self._primary,
            (marker,),
        )
        self.extended = extended
