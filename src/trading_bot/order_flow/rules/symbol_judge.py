"""The judge of one symbol: every event of it comes here, whatever brought it.

This is the hot path: integers in, signals out, nothing built until there is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from operator import itemgetter
from typing import Final

from ..calendar import in_extended_hours
from ..config import OrderFlowConfig, SymbolThresholds
from ..data_models import DepthKind
from ..market.events import BookEvent, HaltEvent, Level, Print, Withdrawal
from ..market.fitness import (
    CROSSED_BOOK,
    FUTURE_TIMESTAMP,
    is_ahead,
    is_crossed,
)
from ..market.halts import LEAST_SILENCE_NS, REOPENING, Halt
from ..market.sink import MarketSink
from ..market.trade_conditions import LATE_PRINT_NS, TradeConditions
from ..market.units import FAR_FUTURE_NS, NS_PER_SECOND, UNITS_PER_SHARE
from .bid_attack import bid_attack_of
from .large_seller import LargeSellerState
from .near_offers import farthest_of
from .own_scale.desk import ScaleDesk
from .own_scale.memory import BURST, NEVER, WALL, OwnScale, ScaleRules
from .red_burst import BurstSeen, RedBurstState
from .side.classifier import TradeSideClassifier
from .side.quote_memory import QUOTE_MAX_AGE_NS
from .signals import Signal
from .volume_window import UNKNOWN_SIDE
from .walls.desk import ToldWall, WallDesk
from .walls.watch import StandingWall, WallFact

WITHDRAWN_WITHIN_NS: Final = 370 * NS_PER_SECOND
"""A print that is older has left every window."""
MOST_WITHDRAWABLE: Final = 20_000
"""Prints of one symbol that may still be taken back; of more in six minutes the oldest are not."""
FAR_FROM_QUOTES: Final = "far_from_quotes"
THROUGH_QUOTES_BP: Final = 100
"""Prints that go further than this through the quote, one after the other, show that one of the two
is wrong; basis points of the middle."""
FAR_FROM_QUOTES_BP: Final = 1_000
"""A print that lies more than this share of the middle, in basis points, outside the best bid and
ask has no side. A tenth is the widest numerical guideline of the exchanges' rules on clearly
erroneous executions in the regular session (Nasdaq Rule 11890, NYSE Rule 7.10): what trades there
beside a fresh quote is an error, or was agreed on elsewhere, and nobody's pressure."""
_BP: Final = 10_000
_RECENT_NS: Final = (1 << 53) - 1
"""Stamps of 104 days differ in these bits; with an exchange beside them they fit a machine word."""
_size_of = itemgetter(1)
_PrintKey = tuple[int, int, str, int]

OnSignals = Callable[["SymbolJudge", list[Signal], int | None], None]
"""Takes what was found, with the arrival of its data in Unix nanoseconds."""
OnWalls = Callable[["SymbolJudge", list[ToldWall], int | None], None]
"""Takes what happened to large levels of a book, with the arrival of its data."""
OnDue = Callable[["SymbolJudge", int], None]
"""Told, in exchange time, that the time of `recheck_ns` has come."""


def _tell_nobody(_judge: SymbolJudge, _found: list[Signal], _received_ns: int | None) -> None:
    """Stand for whoever listens."""


def _watch_no_walls(_judge: SymbolJudge, _found: list[ToldWall], _received_ns: int | None) -> None:
    """Stand for whoever tells of large levels."""


def _nothing_due(_judge: SymbolJudge, _sip_ns: int) -> None:
    """Stand for whoever waits."""


class SymbolJudge(MarketSink):
    """Judges the events of one symbol in exchange order.

    Args:
        symbol: Ticker.
        config: Thresholds and sessions.
        conditions: Which prints count.
        sellers: The large-seller state of this symbol.
        bursts: The red-burst state of this symbol.
        sides: Infers the aggressor, as fits the stamps that are given; see `rules.side.matching`.
        on_signals: Takes the signals of one event.
        on_due: Told when `recheck_ns` has come.
        on_walls: Takes what happened to large levels, where books have levels.
        takes_back: Remember prints, since the provider may withdraw them.
        least_taken_back: Of no fewer shares: smaller ones change no window by much.

    Attributes:
        desk: Ranks what is found among the symbol's own; None for fixed thresholds.
        by_exchange_time: True where prints meet quotes by exchange time: some come without a
            participant stamp. Else they meet by that.
        halted_by: The halt that goes on, else None.
        infers_halts: Take a reopening print after a silence for the end of a halt.
        lacks_depth: Levels should come beside quotes, and are not seen.
        last_ticks: Price of the newest print that counted, 0 before the first.
        trade_ns: Exchange time of the newest print, 0 before the first.
        recheck_ns: When a standing recommendation is to be looked at again.
        trades: Prints judged.
        quotes: Quotes judged.
        arrived_ns: When the newest print arrived; None where nobody says.
        through_run: How many prints in a row have gone far through the quote.
        through_at: The number of the newest of them among the prints judged.
    """

    __slots__ = (
        "_ask_units",
        "_attack",
        "_bid_units",
        "_bids",
        "_bursts",
        "_conditions",
        "_depth",
        "_dropped",
        "_extended",
        "_judged_ns",
        "_least_kept",
        "_most_ask",
        "_most_bid",
        "_on_due",
        "_on_signals",
        "_on_walls",
        "_prints",
        "_scale",
        "_seen_asks",
        "_seen_bids",
        "_sees_depth",
        "_sellers",
        "_sides",
        "_unjudged_ns",
        "_venue",
        "_waiting_depth",
        "_walls",
        "arrived_ns",
        "by_exchange_time",
        "desk",
        "halted_by",
        "infers_halts",
        "lacks_depth",
        "last_ticks",
        "quotes",
        "recheck_ns",
        "symbol",
        "through_at",
        "through_run",
        "trade_ns",
        "trades",
    )

    def __init__(
        self,
        symbol: str,
        config: OrderFlowConfig,
        *,
        conditions: TradeConditions,
        sellers: LargeSellerState,
        bursts: RedBurstState,
        sides: TradeSideClassifier,
        on_signals: OnSignals = _tell_nobody,
        on_due: OnDue = _nothing_due,
        on_walls: OnWalls = _watch_no_walls,
        takes_back: bool = False,
        least_taken_back: int = 0,
    ) -> None:
        # First what every event touches: compiled, it stands side by side.
        self._sides = sides
        self._sellers = sellers
        self._scale: OwnScale | None = None
        self.halted_by: Halt | None = None
        self.by_exchange_time = False
        # The newest displayed bids; of a quote its sizes alone: the prices has the classifier.
        self._bid_units = self._ask_units = 0
        self._bids: tuple[Level, ...] | None = None
        # The levels of one venue that come beside quotes, or wait to be seen, that venue, and the
        # newest stamp by which quotes and levels were judged together.
        self._depth: BookEvent | None = None
        self._waiting_depth: BookEvent | None = None
        self._sees_depth = False
        self.lacks_depth = False
        self._venue = 0
        self._judged_ns = 0
        self.quotes = 0
        self.trades = 0
        self.trade_ns = 0
        self.arrived_ns: int | None = None
        self.last_ticks = 0
        self.recheck_ns = FAR_FUTURE_NS
        own = config.for_symbol(symbol)
        self._attack = bid_attack_of(symbol, own)
        bursts.minimum_prints = own.minimum_baseline_prints
        self._bursts = bursts
        self._extended = config.sessions == "extended"
        self._conditions = conditions
        self.symbol = symbol
        self.infers_halts = True
        self._on_signals = on_signals
        self.desk: ScaleDesk | None = None
        self._on_due = on_due
        self._on_walls = on_walls
        # None until a book shows more than one level of a side.
        self._walls: WallDesk | None = None
        self.through_run = self.through_at = 0
        # The sides of a book that were looked at last, and the largest level of each.
        self._seen_bids: tuple[Level, ...] = ()
        self._seen_asks: tuple[Level, ...] = ()
        self._most_bid = self._most_ask = 0
        # The newest print that a halt kept from being judged.
        self._unjudged_ns = 0
        # What did not count, or not fully, by reason; None before the first.
        self._dropped: Counter[str] | None = None
        # The prints that may be taken back: second, shares, probability of a sale.
        self._prints: dict[_PrintKey, tuple[int, int, int]] | None = {} if takes_back else None
        self._least_kept = least_taken_back

    def quote(
        self,
        symbol: str,  # noqa: ARG002 - the signature of every sink
        sip_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,
        sequence: int = 0,  # noqa: ARG002 - the signature of every sink
        received_ns: int | None = None,
    ) -> None:
        """Judge one quote; see `MarketSink.quote`."""
        # Compared first: by far the most events are stamped before they arrive.
        if received_ns is not None and sip_ns > received_ns and is_ahead(sip_ns, received_ns):
            self._drop(FUTURE_TIMESTAMP)
            return
        if self.halted_by is not None and self._stands_still(sip_ns):
            return
        self.quotes += 1
        self._bid_units, self._ask_units, self._bids = bid_size, ask_size, None
        matched_ns = sip_ns
        if participant_ns is None:
            self.by_exchange_time = True
        elif not self.by_exchange_time:
            matched_ns = participant_ns
        sides = self._sides
        if bid_ticks != sides.bid_ticks or ask_ticks != sides.ask_ticks:
            sides.on_quote(matched_ns, bid_ticks, bid_size, ask_ticks, ask_size)
        else:
            sides.confirmed_ns = matched_ns
            note = sides.note
            if note is not None:
                note((matched_ns, bid_ticks, bid_size, ask_ticks, ask_size))
        sellers = self._sellers
        # Fast path: neither side matters, and no earlier large level is still being tracked.
        if (
            bid_size < sellers.bid_units_from
            and ask_size < sellers.ask_units_from
            and sip_ns < sellers.calm_until_ns
        ):
            return
        # Looked at here, where it may raise something: a usual quote does not pay for it.
        if is_crossed(bid_ticks, ask_ticks):
            self._drop(CROSSED_BOOK)
            return
        if self._scale is not None and sip_ns >= self._scale.turn_ns:
            self._turn(self._scale, sip_ns)
        if self._depth is not None:
            self._judge_levels(self._depth, sip_ns, received_ns)
            return
        found = sellers.on_quote(sip_ns, bid_ticks, bid_size, ask_ticks, ask_size)
        if found:
            self._raise(found, received_ns)

    def book(self, event: BookEvent) -> None:
        """Judge the best bid and ask, every large bid level, and the offers near the best."""
        if event.venue:
            self._take_depth(event)
            return
        sip_ns = event.sip_ns
        if self.halted_by is not None and self._stands_still(sip_ns):
            return
        self.quotes += 1
        bids, asks = event.bids, event.asks
        bid_ticks, bid_size = bids[0] if bids else (0, 0)
        ask_ticks, ask_size = asks[0] if asks else (0, 0)
        received_ns = event.received_ns
        if received_ns is not None and sip_ns > received_ns and is_ahead(sip_ns, received_ns):
            self._drop(FUTURE_TIMESTAMP)
            return
        self._bids = bids
        matched_ns, participant_ns = sip_ns, event.participant_ns
        if participant_ns is None:
            self.by_exchange_time = True
        elif not self.by_exchange_time:
            matched_ns = participant_ns
        sides = self._sides
        if bid_ticks != sides.bid_ticks or ask_ticks != sides.ask_ticks or sides.note is not None:
            sides.on_quote(matched_ns, bid_ticks, bid_size, ask_ticks, ask_size)
        else:
            sides.confirmed_ns = matched_ns
        if bid_ticks > ask_ticks and is_crossed(bid_ticks, ask_ticks):
            self._drop(CROSSED_BOOK)
            return
        scale = self._scale
        if scale is not None:
            if sip_ns >= scale.turn_ns:
                self._turn(scale, sip_ns)
            if sip_ns >= scale.looks.due_ns:
                scale.looks.see(sip_ns, bid_size, ask_size)
        # A side that has not changed comes as the same object.
        if bids is not self._seen_bids:
            self._seen_bids, self._most_bid = bids, _largest(bids)
        if asks is not self._seen_asks:
            self._seen_asks, self._most_ask = asks, _largest(asks)
        most_bid, most_ask = self._most_bid, self._most_ask
        walls = self._walls
        if walls is None:
            if len(bids) > 1 or len(asks) > 1:
                self._watch_walls(event, max(most_bid, most_ask))
        elif (
            most_bid >= walls.looks_from
            or most_ask >= walls.looks_from
            or sip_ns >= walls.looks_at_ns
        ):
            self._watch_walls(event, max(most_bid, most_ask))
        sellers = self._sellers
        large_from = sellers.large_bid_units
        # Fast path, as of a quote: no side matters, and no earlier large level is being tracked.
        if (
            most_bid < large_from
            and most_ask < sellers.ask_units_from
            and sip_ns < sellers.calm_until_ns
        ):
            return
        large: list[tuple[int, int]] = []
        if most_bid >= large_from:
            large = [(ticks, size // UNITS_PER_SHARE) for ticks, size in bids if size >= large_from]
        near: list[Level] = []
        if most_ask >= sellers.ask_units_from:
            farthest = farthest_of(ask_ticks)
            near = [each for each in asks if each[0] <= farthest]
        found = sellers.on_book(sip_ns, large, ask_size, near)
        if found:
            self._raise(found, received_ns)

    def trade(self, event: Print) -> None:
        """Judge one print; see `TradeEvent`."""
        (
            _,
            sip_ns,
            price_ticks,
            size,
            participant_ns,
            _,
            conditions,
            correction,
            exchange,
            _,
            _,
            stated_side,
            received_ns,
        ) = event
        shares = size // UNITS_PER_SHARE
        if not shares:
            self._drop("below_one_share")
            return
        if size != shares * UNITS_PER_SHARE:
            # Rules count whole shares, as every feed brings them.
            self._drop("fraction_of_a_share")
            size = shares * UNITS_PER_SHARE
        if received_ns is not None and sip_ns > received_ns and is_ahead(sip_ns, received_ns):
            # It would push all that is known of the last minutes out of the windows.
            self._drop(FUTURE_TIMESTAMP)
            return
        if (
            self.halted_by is not None or (conditions and not REOPENING.isdisjoint(conditions))
        ) and self._stands_still(sip_ns, conditions):
            return
        self.trades += 1
        self.trade_ns = sip_ns
        self.arrived_ns = received_ns
        key = None
        if participant_ns is None:
            self.by_exchange_time = True
            matched_ns = sip_ns
        else:
            # A number of its own: compiled, one that may be None is reckoned with slowly.
            made_ns: int = participant_ns
            if sip_ns - made_ns > LATE_PRINT_NS:
                self._drop("late_print")
                self._look_at_time(sip_ns)
                return
            matched_ns = sip_ns if self.by_exchange_time else made_ns
            # Prints of one participant stamp belong to one order.
            key = (made_ns & _RECENT_NS) << 8 | exchange
        may_sign = True
        if conditions or correction:
            extended = self._extended and in_extended_hours(sip_ns)
            verdict = self._conditions.verdict(conditions, correction, extended)
            if verdict.reason is not None:
                self._drop(verdict.reason)
            if not verdict.volume:
                self._look_at_time(sip_ns)
                return
            may_sign = verdict.side
        sides = self._sides
        if not sides.bid_ticks <= price_ticks <= sides.ask_ticks and self._is_far(
            matched_ns, price_ticks
        ):
            # It counts as volume; it neither has a side, nor says what the price is.
            self._drop(FAR_FROM_QUOTES)
            may_sign = False
        else:
            self.last_ticks = price_ticks
            # Beside quotes the levels are one venue's, and no other's prints take of them.
            if self._walls is not None and self._venue in (0, exchange):
                walls = self._walls.on_trade(sip_ns, price_ticks, size, stated_side)
                if walls:
                    self._on_walls(self, walls, received_ns)
        if may_sign:
            _, p_sell, _ = sides.on_trade(matched_ns, price_ticks, size, key, stated_side)
        else:
            p_sell = UNKNOWN_SIDE
        if self._prints is not None and shares >= self._least_kept:
            self._remember(self._prints, key_of_print(event), sip_ns, shares, p_sell)
        scale = self._scale
        if scale is not None:
            if sip_ns >= scale.turn_ns:
                self._turn(scale, sip_ns)
            scale.volume += shares
            scale.price_ticks = price_ticks
            if price_ticks < scale.low_ticks and may_sign:
                scale.low_ticks = price_ticks
        sellers = self._sellers
        if sip_ns >= sellers.wall_due_ns:
            found = sellers.on_time(sip_ns)
            if found:
                self._raise(found, received_ns)
        if p_sell > UNKNOWN_SIDE:
            stated = stated_side is not None
            sale = sellers.on_sell(
                sip_ns, participant_ns, price_ticks, shares, sides.met_bid_ticks, stated
            )
            if sale is not None:
                self._raise([sale], received_ns)
            attack = self._attack
            if attack is not None and price_ticks == sides.met_bid_ticks:
                hit = attack.on_sale(sip_ns, price_ticks, shares)
                if hit is not None:
                    self._raise([hit], received_ns)
        if self._extended:
            burst = self._bursts.on_trade(sip_ns, shares, p_sell, self._spread_bp())
        else:
            burst = self._bursts.on_trade(sip_ns, shares, p_sell)
        if burst is not None:
            self._raise([burst], received_ns)
        if sip_ns >= self.recheck_ns:
            self._on_due(self, sip_ns)

    def withdraw(self, event: Withdrawal) -> None:
        """Take a print out of the windows again; an alert that it raised was said, and stays."""
        prints = self._prints
        known = None if prints is None else prints.pop(key_of_withdrawn(event), None)
        if known is None:
            self._drop("withdrawn_unknown")
            return
        self._drop("withdrawn")
        second, shares, p_sell = known
        self._bursts.take_back(second, shares, p_sell)

    def halt(self, event: HaltEvent) -> None:
        """Take the provider's word of a halt."""
        halt = self.halted_by
        if not event.halted:
            if halt is not None:
                halt.on_resumed()
        elif halt is not None and 0 < event.sip_ns <= halt.since_ns:
            return  # the same one, told again
        elif halt is None or halt.reopened_ns is not None:
            # Halted again before judging began again: the windows stand still since the first.
            since_ns = event.sip_ns if halt is None else halt.since_ns
            self._begin_halt(since_ns or self.trade_ns, announced=True)

    def skip(self, seconds: int) -> None:
        """Let time pass that does not count, such as a halt."""
        self._bursts.skip(seconds)
        if self._prints:
            self._prints = {
                key: (second + seconds, shares, p_sell)
                for key, (second, shares, p_sell) in self._prints.items()
            }

    def lose_walls(self) -> None:
        """Take that books were missed: what became of the large levels was not seen."""
        if self._walls is not None:
            walls = self._walls.lose_sight(max(self.quote_ns, self.trade_ns))
            if walls:
                self._on_walls(self, walls, None)

    def lose_depth(self) -> None:
        """Take that the levels beside quotes are not seen any more: nothing is known of them."""
        self._depth = self._waiting_depth = None
        self.lose_walls()
        self._sellers.look_again()

    def see_depth(self, *, is_seen: bool) -> None:
        """Take whether levels beside quotes are seen; what came meanwhile counts from then on."""
        self._sees_depth, self.lacks_depth = is_seen, not is_seen
        if is_seen and self._waiting_depth is not None:
            waiting, self._waiting_depth = self._waiting_depth, None
            self._take_depth(waiting)

    def judge_by(self, scale: OwnScale, window_seconds: int) -> None:
        """Judge by the symbol's own scale from now on.

        Args:
            scale: Its memory.
            window_seconds: The exit rule's window.
        """
        self._scale = scale
        self.desk = ScaleDesk(scale, window_seconds)
        self._rescale(scale)

    def use_settings(self, own: SymbolThresholds, rules: ScaleRules | None) -> None:
        """Judge by other settings from the next event on; windows, levels and memory stay.

        Args:
            own: The numbers that hold for the symbol now.
            rules: What is set of its own scale now; None where it is judged by fixed thresholds.
        """
        self._bursts.minimum_prints = own.minimum_baseline_prints
        self._bursts.judge_by_numbers(own.volume_spike_threshold, own.red_burst_threshold)
        self._sellers.judge_by_number(own.large_order_size_threshold)
        attack = self._attack
        if attack is None or not own.tells_bid_attacks:
            self._attack = bid_attack_of(self.symbol, own)
        else:
            attack.judge_by_numbers(own.bid_attack_executions, own.bid_attack_gap_seconds)
        desk = self.desk
        if desk is not None and rules is not None:
            desk.use_rules(rules, own.alert_window_seconds)
            self._rescale(desk.scale)
        self._sellers.look_again()

    def _turn(self, scale: OwnScale, sip_ns: int) -> None:
        """Let a block of the memory end, and judge by what follows from it."""
        scale.turn(sip_ns)
        self._rescale(scale)
        if scale.to_tell:
            # With the next print.
            self.recheck_ns = 0

    def _take_depth(self, event: BookEvent) -> None:
        """Judge the levels of one venue; what the best bid and ask are, quotes say."""
        if is_ahead(event.sip_ns, event.received_ns):
            self._drop(FUTURE_TIMESTAMP)
            return
        if self.halted_by is not None:
            self._drop("halted")
            return
        self._venue = event.venue
        if not self._sees_depth:
            self._waiting_depth = event
            return
        self._depth = event
        self._watch_walls(event, max(_largest(event.bids), _largest(event.asks)))
        self._judge_levels(event, event.sip_ns, event.received_ns)

    def _judge_levels(self, depth: BookEvent, sip_ns: int, received_ns: int | None) -> None:
        """Judge the newest best bid and ask, and behind them the newest levels of one venue.

        Two feeds do not come in one order: of their stamps the newest one counts.
        """
        ask_ticks = self._sides.ask_ticks
        if not self.bid_ticks or not ask_ticks or is_crossed(self.bid_ticks, ask_ticks):
            return
        self._judged_ns = max(self._judged_ns, sip_ns)
        scale, sellers = self._scale, self._sellers
        if scale is not None and self._judged_ns >= scale.looks.due_ns:
            scale.looks.see(self._judged_ns, self._bid_units, self._ask_units)
        large_from, farthest = sellers.large_bid_units, farthest_of(ask_ticks)
        large = [
            (ticks, size // UNITS_PER_SHARE)
            for ticks, size in self.displayed_bids
            if size >= large_from
        ]
        behind = [each for each in depth.asks if ask_ticks < each[0] <= farthest]
        near = [(ask_ticks, self._ask_units), *behind]
        found = sellers.on_book(self._judged_ns, large, self._ask_units, near)
        if found:
            self._raise(found, received_ns)

    def _watch_walls(self, event: BookEvent, largest: int) -> None:
        desk = self._walls
        if desk is None:
            desk = self._walls = WallDesk(self.symbol)
            if self._scale is not None:
                desk.judge_by(_large_units(self._scale))
        walls = desk.on_book(event, largest)
        if not walls:
            return
        self._on_walls(self, walls, event.received_ns)
        eaten = [self._eaten(each.fact) for each in walls if each.is_alert]
        if eaten:
            self._raise(eaten, event.received_ns)

    def _eaten(self, wall: WallFact) -> Signal:
        return Signal(
            self.symbol,
            "large_seller",
            "warning",
            wall.stamp_ns,
            wall.peak,
            wall.price_ticks,
            "bid_wall_eaten",
        )

    def _rescale(self, scale: OwnScale) -> None:
        self._sellers.judge_by(scale)
        if self._walls is not None:
            self._walls.judge_by(_large_units(scale))
        if not scale.rules.stated[BURST]:
            self._bursts.judge_by(scale)

    def _raise(self, found: list[Signal], received_ns: int | None) -> None:
        if self.desk is not None:
            found = self.desk.ranked(
                found, self._bursts.thousandths, same_order=self._sellers.order_grew
            )
            if not found:
                return
        self._on_signals(self, found, received_ns)

    @property
    def quote_ns(self) -> int:
        """The stamp by which the newest quote is matched, 0 before the first."""
        return max(self._sides.confirmed_ns, 0)

    @property
    def bid_ticks(self) -> int:
        """Best bid of the newest quote, 0 while there is none."""
        return self._sides.bid_ticks

    @property
    def depth_kind(self) -> DepthKind:
        """Whether levels of the book are given, or the best bid and ask alone."""
        has_levels = self._bids is not None or self._depth is not None
        return "levels" if has_levels else "top_of_book"

    @property
    def displayed_bids(self) -> tuple[Level, ...]:
        """The bid levels of the newest book or quote, best first, in ticks and millionths.

        Where levels come beside quotes, the best is the whole market's, and the lower ones are
        those of the one venue.
        """
        if self._bids is not None:
            return self._bids
        bid_ticks = self._sides.bid_ticks
        if not bid_ticks:
            return ()
        best = (bid_ticks, self._bid_units)
        if self._depth is None:
            return (best,)
        return (best, *[each for each in self._depth.bids if each[0] < bid_ticks])

    @property
    def displayed_asks(self) -> tuple[Level, ...]:
        """The ask levels, as `displayed_bids`."""
        if self._bids is not None:
            return self._seen_asks
        ask_ticks = self._sides.ask_ticks
        if not ask_ticks:
            return ()
        best = (ask_ticks, self._ask_units)
        if self._depth is None:
            return (best,)
        return (best, *[each for each in self._depth.asks if each[0] > ask_ticks])

    @property
    def judged(self) -> tuple[int, int, int]:
        """How many prints and quotes were judged, and the stamp of the levels beside quotes."""
        return self.trades, self.quotes, 0 if self._depth is None else self._depth.sip_ns

    def bursts_at(self, now_ns: int) -> BurstSeen | None:
        """Return the figures of the last minute as of now; see `RedBurstState.seen_at`."""
        return self._bursts.seen_at(0 if self.halted_by is not None else now_ns)

    def standing_walls(self) -> list[StandingWall]:
        """Return the large levels that stand; from any thread."""
        return [] if self._walls is None else self._walls.standing()

    @property
    def ask_ticks(self) -> int:
        """Best ask of the newest quote, 0 while there is none."""
        return self._sides.ask_ticks

    def quoted(self, bid_ticks: int, ask_ticks: int, from_ns: int, until_ns: int) -> bool | None:
        """Return whether a best bid and ask stood in a span; None where that is forgotten."""
        return self._sides.stood(bid_ticks, ask_ticks, from_ns, until_ns)

    def shares_of(self, event: Withdrawal) -> int:
        """Return how many shares a print counted that may be taken back; 0 where it is unknown."""
        known = None if self._prints is None else self._prints.get(key_of_withdrawn(event))
        return 0 if known is None else known[1]

    @property
    def price_ticks(self) -> int | None:
        """What a share could be sold for: the best bid, else the last price, else None."""
        return self._sides.bid_ticks or self.last_ticks or None

    @property
    def shows_large_level(self) -> bool:
        """Whether the newest quote has a bid or the best ask at or above the threshold."""
        return self._sellers.shows_large_level

    def left_out(self) -> dict[str, int]:
        """Return what did not count, by reason: events, and bursts that were not raised.

        `burst_withheld` for unsure sides, `burst_unmeasured` for a baseline of too few prints,
        `walls_unfollowed` for large levels beside four others.
        """
        counts = dict(self._dropped or {})
        if self._bursts.withheld:
            counts["burst_withheld"] = self._bursts.withheld
        if self._bursts.unmeasured:
            counts["burst_unmeasured"] = self._bursts.unmeasured
        if self._walls is not None and self._walls.unfollowed:
            counts["walls_unfollowed"] = self._walls.unfollowed
        return counts

    def _stands_still(self, sip_ns: int, conditions: tuple[int, ...] | None = None) -> bool:
        """Return whether a halt keeps an event from being judged; begin or end one where due.

        Args:
            sip_ns: Exchange time of the event.
            conditions: Those of a print; None for a quote or a book.
        """
        halt = self.halted_by
        if halt is None:
            # Without the provider's word a reopening print is all that tells of one.
            newest_ns = max(self.trade_ns, self._unjudged_ns)
            silence_ns = sip_ns - newest_ns if newest_ns else 0
            if silence_ns < LEAST_SILENCE_NS or not self.infers_halts:
                return False
            halt = self._begin_halt(newest_ns, announced=False)
        elif sip_ns < halt.since_ns:
            # It happened before: the word of the halt overtook it, as while a gap is filled.
            return False
        if conditions is not None:
            halt.on_trade(sip_ns, conditions)
            self._unjudged_ns = sip_ns
        if not halt.is_over(sip_ns):
            self._drop("halted")
            return True
        self.halted_by = None
        self.skip(halt.seconds)
        return False

    def _begin_halt(self, since_ns: int, *, announced: bool) -> Halt:
        halt = self.halted_by = Halt(since_ns, announced=announced)
        self._drop("halts")
        # Books of a halt are not judged.
        self.lose_walls()
        return halt

    def _look_at_time(self, sip_ns: int) -> None:
        if sip_ns >= self.recheck_ns:
            self._on_due(self, sip_ns)

    def _remember(
        self,
        prints: dict[_PrintKey, tuple[int, int, int]],
        key: _PrintKey,
        sip_ns: int,
        shares: int,
        p_sell: int,
    ) -> None:
        second = sip_ns // NS_PER_SECOND
        prints[key] = (second, shares, p_sell)
        oldest = next(iter(prints))
        too_old = second - prints[oldest][0] > WITHDRAWN_WITHIN_NS // NS_PER_SECOND
        if too_old or len(prints) > MOST_WITHDRAWABLE:
            del prints[oldest]

    def _drop(self, reason: str) -> None:
        if self._dropped is None:
            self._dropped = Counter()
        self._dropped[reason] += 1

    def _is_far(self, matched_ns: int, price_ticks: int) -> bool:
        """Return whether a price outside the quotes is too far from them for its side to count."""
        sides = self._sides
        bid_ticks, ask_ticks = sides.bid_ticks, sides.ask_ticks
        if not 0 < bid_ticks <= ask_ticks or matched_ns - sides.confirmed_ns > QUOTE_MAX_AGE_NS:
            return False
        outside = 2 * _BP * max(bid_ticks - price_ticks, price_ticks - ask_ticks)
        both = bid_ticks + ask_ticks
        if outside > THROUGH_QUOTES_BP * both:
            follows = self.through_at == self.trades - 1
            self.through_run = self.through_run + 1 if follows else 1
            self.through_at = self.trades
        return outside > FAR_FROM_QUOTES_BP * both

    def _spread_bp(self) -> int:
        """Return the quoted spread over the bid in basis points, rounded up; huge if one-sided."""
        bid_ticks, ask_ticks = self.bid_ticks, self.ask_ticks
        if not bid_ticks or not ask_ticks:
            return _BP
        return -((bid_ticks - ask_ticks) * _BP // bid_ticks)


def key_of_print(event: Print) -> _PrintKey:
    """Return what a print may be taken back by."""
    return _key(event[8], event[9], event[10], event[5])


def key_of_withdrawn(event: Withdrawal) -> _PrintKey:
    """Return the key of the print that is taken back."""
    return _key(event.exchange, event.trf_id, event.trade_id, event.sequence)


def _key(exchange: int, trf_id: int, trade_id: str, sequence: int) -> _PrintKey:
    """Return what a print is taken back by: its id where it has one, else its sequence number."""
    return (exchange, trf_id, trade_id, 0) if trade_id else (exchange, trf_id, "", sequence)


def _large_units(scale: OwnScale) -> int:
    """Return from which size on a memory calls a level large, in millionths of a share."""
    shares = scale.thresholds[WALL]
    return FAR_FUTURE_NS if shares >= NEVER else shares * UNITS_PER_SHARE


def _largest(levels: tuple[Level, ...]) -> int:
    """Return the size of the largest level, 0 where there is none."""
    return max(levels, key=_size_of)[1] if levels else 0
