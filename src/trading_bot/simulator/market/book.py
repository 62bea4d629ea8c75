"""The best bid and offer of one symbol: how it moves, thins out and comes back."""

from __future__ import annotations

from collections.abc import Callable

from trading_bot.simulator.market.listing import Listing

ROUND_LOT = 100
TICKS_PER_CENT = 10_000
_PULL_TO_ANCHOR = 0.004
_WALL_SHARES = 24_000
_EXTENDED_SPREAD_FACTOR = 4


class Book:
    """Prices in cents, sizes in shares.

    Args:
        listing: The symbol's ordinary behaviour.
        random: Draws from [0, 1): the symbol's own seeded stream.
    """

    def __init__(self, listing: Listing, random: Callable[[], float]) -> None:
        self._listing = listing
        self._random = random
        self.fair_cents = float(listing.anchor_cents)
        self.wall = False
        self.offer = 0
        self.extended = True
        self.bid_cents = 0
        self.ask_cents = 0
        self.bid_size = 0
        self.ask_size = 0
        self.reopen()

    def _usual_spread(self) -> int:
        return self._listing.spread_cents * (_EXTENDED_SPREAD_FACTOR if self.extended else 1)

    def _draw_size(self) -> int:
        return ROUND_LOT * (1 + int(self._random() * 8))

    def _refresh_bid(self) -> None:
        if self.wall:
            self.bid_cents = self._listing.anchor_cents
            self.bid_size = _WALL_SHARES + ROUND_LOT * int(self._random() * 20)
        else:
            self.bid_size = self._draw_size()

    def _refresh_ask(self) -> None:
        self.ask_cents = max(self.ask_cents, self.bid_cents + 1)
        drawn = self._draw_size()
        self.ask_size = self.offer or drawn

    def reopen(self) -> None:
        """Quote afresh around the fair price, as at the start of a session."""
        self.bid_cents = round(self.fair_cents) - self._usual_spread() // 2
        self.ask_cents = self.bid_cents + self._usual_spread()
        self._refresh_bid()
        self._refresh_ask()

    def set_wall(self, stands: bool) -> bool:
        """Put the large bid up or take it away; tell whether that changed the quote."""
        if stands is self.wall:
            return False
        self.wall = stands
        if stands:
            self.fair_cents = self._listing.anchor_cents + 1.0
            self.bid_cents = self._listing.anchor_cents
            self.ask_cents = self.bid_cents + self._usual_spread()
        self._refresh_bid()
        self._refresh_ask()
        return True

    def set_offer(self, shares: int) -> bool:
        """Put up an offer that stands out, or take it away with 0; tell whether it changed."""
        if shares == self.offer:
            return False
        self.offer = shares
        self._refresh_ask()
        return True

    def drift(self) -> None:
        """Let the fair price take one second's step, pulled back towards the anchor."""
        anchor = self._listing.anchor_cents
        self.fair_cents += (self._random() - 0.5) + (anchor - self.fair_cents) * _PULL_TO_ANCHOR

    def move(self) -> None:
        """Change the quote without a trade: its size, its spread, or its nearness to fair."""
        choice = self._random()
        if choice < 0.25:
            self._refresh_bid()
        elif choice < 0.5:
            self._refresh_ask()
        else:
            self._step()

    def _step(self) -> None:
        usual = self._usual_spread()
        distance = self.fair_cents - (self.bid_cents + self.ask_cents) / 2
        if self.wall:
            wide = self.ask_cents - self.bid_cents > usual
            self.ask_cents = self.bid_cents + usual + (0 if wide else 1)
        elif self.ask_cents - self.bid_cents > usual:
            # A spread that has opened closes from the side that the fair price lies on.
            if distance > 0:
                self.bid_cents = self.ask_cents - usual
            else:
                self.ask_cents = self.bid_cents + usual
        elif distance > 1:
            self.ask_cents += 1
        elif distance < -1:
            self.bid_cents -= 1
        elif self._random() < 0.5:
            self.ask_cents += 1
        else:
            self.bid_cents -= 1
        self._refresh_bid()
        self._refresh_ask()

    def take(self, *, seller: bool, size: int, levels: int = 0) -> None:
        """Remove what a marketable order has used up; a wall is not used up.

        Args:
            seller: True when the order sold into the bid.
            size: Shares it took.
            levels: Cents that it walked through; 0 leaves it to the displayed size.
        """
        if seller and self.wall:
            return
        shown = self.bid_size if seller else self.ask_size
        left = (shown - size) // ROUND_LOT * ROUND_LOT
        if levels == 0 and left > 0:
            self.bid_size, self.ask_size = (
                (left, self.ask_size) if seller else (self.bid_size, left)
            )
        elif seller:
            self.bid_cents -= max(levels, 1)
            self._refresh_bid()
        else:
            self.ask_cents += max(levels, 1)
            self._refresh_ask()

    def press(self, cents: float) -> None:
        """Shift the fair price: selling that lasts moves it down, by a negative number of cents."""
        self.fair_cents += cents
