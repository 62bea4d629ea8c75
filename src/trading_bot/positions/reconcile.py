"""What a broker's answers and updates say together; pure.

Unknown is never flat. An answer that fails, or that lacks a position, takes nothing away: a
position is gone only when an update says so, or when all answers over 15 s agree that it is. An
error that reads as an empty list can last that long, and one failure in between begins anew.

An answer may be older than an update that came while it was made. So an answer speaks for a symbol
only when it was asked for some time after the newest update of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from trading_bot.order_flow.config_bounds import is_symbol
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.position import Position
from trading_bot.positions.source import PositionsRead, PositionUpdate

GONE_AFTER_NS: Final = 15 * NS_PER_SECOND
"""How long all answers have to agree that a position is gone, where no update says so."""
SETTLE_NS: Final = 2 * NS_PER_SECOND
"""How long after an update an answer may still be of before it."""
READ_EVERY_NS: Final = 30 * NS_PER_SECOND
"""How often all is read while updates come."""
READ_SOON_NS: Final = 5 * NS_PER_SECOND
"""How often while they do not, or while it is not settled whether a position is gone."""
STREAM_PATIENCE_NS: Final = 10 * NS_PER_SECOND
"""How long updates may fail before that is said: a connection is made anew in less."""
SILENT_AFTER_NS: Final = 90 * NS_PER_SECOND
"""How old the newest answer may be before that is said, whatever else is known."""
FIRST_WAIT_NS: Final = NS_PER_SECOND
"""How long after a failure all is read again; after each further one twice as long."""
LONGEST_WAIT_NS: Final = 30 * NS_PER_SECOND
_MOST_DOUBLINGS: Final = 6
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Held:
    """What is held, as far as it is known; a value for any thread.

    Attributes:
        name: Of the source.
        is_known: Whether there was an answer at all.
        positions: Every position that is to be taken for held, by symbol.
        unreadable: What is wrong with rows of the newest answer, by symbol or by place.
        closed: Symbols whose positions were held and are surely gone.
        missing: Symbols that are taken for held though the newest answer lacks them.
        failure: Why the newest question had no answer; empty where it had one.
        read_ns: When the newest answer came; 0 for never.
        stream_failure: Why no updates come; empty while they do, or where there are none.
        stream_lost_ns: Since when they do not.
        is_flat_unproved: The answers so far hold nothing, over less than 15 s.
    """

    name: str
    is_known: bool = False
    positions: Mapping[str, Position] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    failure: str = ""
    read_ns: int = 0
    stream_failure: str = ""
    stream_lost_ns: int = 0
    is_flat_unproved: bool = False

    def stale(self, now_ns: int) -> str:
        """Say why what is held may be another by now; empty while it is known.

        Args:
            now_ns: The present, of the clock that answers and updates were stamped by.
        """
        if self.failure:
            return f"{self.name}: {self.failure}"
        if not self.is_known:
            return f"{self.name}: no answer yet"
        age_ns = now_ns - self.read_ns
        if age_ns > SILENT_AFTER_NS:
            return f"{self.name}: positions were last read {age_ns // NS_PER_SECOND} s ago"
        if self.missing:
            return (
                f"{self.name}: the answer lacks {_named(self.missing)}, held until an update says "
                f"that it was closed, or all answers over {GONE_AFTER_NS // NS_PER_SECOND} s agree"
            )
        if self.is_flat_unproved:
            return (
                f"{self.name}: the first answer holds nothing, which is believed when all answers "
                f"over {GONE_AFTER_NS // NS_PER_SECOND} s agree"
            )
        if self.stream_failure and now_ns - self.stream_lost_ns > STREAM_PATIENCE_NS:
            every = READ_SOON_NS // NS_PER_SECOND
            return f"{self.name}: {self.stream_failure}; positions are read every {every} s instead"
        return ""


class Reconciliation:
    """Takes answers and updates, and keeps what is held; times are of one steady clock.

    Args:
        name: Of the source.

    Attributes:
        held: What is held now; replaced whole, never changed.
        next_read_ns: When all is to be read next.
        listens: Whether updates are sent.
    """

    def __init__(self, name: str) -> None:
        self.held = Held(name)
        self.next_read_ns = 0
        self.listens = False
        self._failures = 0
        # When the first of the answers was asked for that all lack a symbol.
        self._missing_ns: dict[str, int] = {}
        # The same of answers that hold nothing at all, before any held something.
        self._flat_ns: int | None = None
        self._flat_is_proved = False
        # The newest update of each symbol: when it came, and the broker's time of it.
        self._came_ns: dict[str, int] = {}
        self._stamp_ns: dict[str, int] = {}

    def take_read(self, read: PositionsRead, asked_ns: int, now_ns: int) -> None:
        """Take a whole answer.

        Args:
            read: What it says.
            asked_ns: When it was asked for.
            now_ns: When it was there.
        """
        self._failures = 0
        positions, closed = dict(self.held.positions), set(self.held.closed)
        for symbol, position in read.positions.items():
            self._missing_ns.pop(symbol, None)
            if self._speaks(symbol, asked_ns):
                positions[symbol] = position
                closed.discard(symbol)
        is_whole = all(map(is_symbol, read.unreadable))
        for symbol in [each for each in positions if each not in read.positions]:
            if not is_whole or symbol in read.unreadable:
                # It may be the row that cannot be read.
                self._missing_ns.pop(symbol, None)
            elif self._speaks(symbol, asked_ns) and self._is_gone(symbol, asked_ns):
                del positions[symbol]
                closed.add(symbol)
        self._prove_flat(asked_ns, is_empty=not (positions or read.unreadable))
        self.held = replace(
            self.held,
            is_known=True,
            positions=positions,
            unreadable=dict(read.unreadable),
            closed=frozenset(closed),
            missing=tuple(self._missing_ns),
            failure="",
            read_ns=now_ns,
            is_flat_unproved=self._flat_ns is not None,
        )
        is_settled = self.listens and not (self._missing_ns or self.held.is_flat_unproved)
        usual = READ_EVERY_NS if is_settled else READ_SOON_NS
        self.next_read_ns = now_ns + usual

    def take_failure(self, words: str, now_ns: int, wait_seconds: float | None = None) -> None:
        """Take that there is no whole answer: nothing of what was held is given up.

        Args:
            words: Why.
            now_ns: When that was known.
            wait_seconds: The wait that the broker asks for; None where it states none.
        """
        wait_ns = min(FIRST_WAIT_NS << min(self._failures, _MOST_DOUBLINGS), LONGEST_WAIT_NS)
        self._failures += 1
        # Answers before and after it do not agree over all the time between.
        self._missing_ns.clear()
        self._flat_ns = None
        self.held = replace(self.held, failure=words, missing=(), is_flat_unproved=False)
        self.next_read_ns = now_ns + max(wait_ns, int((wait_seconds or 0) * NS_PER_SECOND))

    def take_update(self, update: PositionUpdate, now_ns: int) -> None:
        """Take what a trade has changed; all is read anew soon after.

        Args:
            update: What the broker says.
            now_ns: When it came.
        """
        symbol = update.symbol
        # Old news too: a broker's time may be wrong, and then it is none.
        self._read_by(now_ns + SETTLE_NS)
        if update.at_ns < self._stamp_ns.get(symbol, update.at_ns):
            return
        if update.quantity is None:
            return
        self._stamp_ns[symbol], self._came_ns[symbol] = update.at_ns, now_ns
        self._missing_ns.pop(symbol, None)
        positions, closed = dict(self.held.positions), self.held.closed
        unreadable = {k: words for k, words in self.held.unreadable.items() if k != symbol}
        before = positions.pop(symbol, None)
        if update.quantity == 0:
            closed |= {symbol}
        else:
            price = update.average_price
            if price is None:
                price = _price_after(before, update.quantity, update.price)
            positions[symbol] = Position(symbol, update.quantity, price)
            closed -= {symbol}
        self._flat_ns, self._flat_is_proved = None, True
        self.held = replace(
            self.held,
            positions=positions,
            unreadable=unreadable,
            closed=closed,
            missing=tuple(self._missing_ns),
            is_flat_unproved=False,
        )

    def open_stream(self, now_ns: int) -> None:
        """Take that updates are sent from now on: those before may be lost, so all is read."""
        self.listens = True
        self.held = replace(self.held, stream_failure="", stream_lost_ns=0)
        self._read_by(now_ns)

    def lose_stream(self, words: str, now_ns: int) -> None:
        """Take that updates do not come, and why; all is read more often until they do."""
        since_ns = self.held.stream_lost_ns if self.held.stream_failure else now_ns
        self.listens = False
        self.held = replace(self.held, stream_failure=words, stream_lost_ns=since_ns)
        if not self.held.failure:
            self._read_by(now_ns + READ_SOON_NS)

    def hurry(self, now_ns: int) -> None:
        """Let all be read anew now, whatever was planned."""
        self.next_read_ns = now_ns

    def _read_by(self, at_ns: int) -> None:
        # A broker that fails is not asked more often for it.
        if not self._failures:
            self.next_read_ns = min(self.next_read_ns, at_ns)

    def _speaks(self, symbol: str, asked_ns: int) -> bool:
        """Return whether an answer is of after the newest update of a symbol."""
        came_ns = self._came_ns.get(symbol)
        return came_ns is None or asked_ns >= came_ns + SETTLE_NS

    def _is_gone(self, symbol: str, asked_ns: int) -> bool:
        if asked_ns - self._missing_ns.setdefault(symbol, asked_ns) < GONE_AFTER_NS:
            return False
        del self._missing_ns[symbol]
        return True

    def _prove_flat(self, asked_ns: int, *, is_empty: bool) -> None:
        if self._flat_is_proved:
            return
        if not is_empty:
            self._flat_ns, self._flat_is_proved = None, True
        elif self._flat_ns is None:
            self._flat_ns = asked_ns
        elif asked_ns - self._flat_ns >= GONE_AFTER_NS:
            self._flat_ns, self._flat_is_proved = None, True


def _price_after(
    before: Position | None, quantity: Decimal, price: Decimal | None
) -> Decimal | None:
    """Return the average price after a fill, as far as it follows from what is known."""
    if before is None or before.is_short != (quantity < 0):
        return price
    bought = quantity - before.quantity
    if abs(quantity) <= abs(before.quantity):
        return before.average_price
    if before.average_price is None or price is None:
        return None
    return (before.quantity * before.average_price + bought * price) / quantity


def _named(symbols: tuple[str, ...]) -> str:
    more = len(symbols) - _NAMED
    return ", ".join(symbols[:_NAMED]) + (f" and {more} more" if more > 0 else "")
