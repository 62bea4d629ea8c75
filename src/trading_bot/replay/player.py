"""Plays recorded rows through the live judge: same rules, same exits, same record.

Only what feeds the judge differs from a live run. Nothing here reads a clock: time is the
exchange time of the row that is played.

Each day is played as by a guard that was started that morning: of the day before a symbol keeps its
own scale's memory, and nothing else. So what comes of a day does not depend on who played the one
before it, nor where.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.market_minute import MarketMinute
from trading_bot.order_flow.journal.writer import AlertLog
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.market.columns import EventColumns
from trading_bot.order_flow.market.events import TradeEvent
from trading_bot.order_flow.market.halts import REOPENING
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.rules.own_scale.state import ScaleState
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.rows import ASK, BID, KIND, SIP_NS, SYMBOL, Row, columns_of
from trading_bot.replay.judged_rows import JudgedRows, is_below_one_share
from trading_bot.replay.no_provider import NoProvider
from trading_bot.replay.positions import ReplayPositions
from trading_bot.replay.trading_days import NO_DAY, day_of

_symbol_of = itemgetter(SYMBOL)
_CONDITIONS_COLUMN = TradeEvent._fields.index("conditions")


class Player:
    """Judges rows as a live run judges events.

    Args:
        config: Settings.
        alert_log: The record; None keeps none.
        positions: Positions of the user; None holds every symbol from its first two-sided quote.
        make_judge: Makes the judge, from what `MarketJudge` takes.
        step_ns: What the stamps of the rows are cut to.
        account: What became of the rows; one of its own when None.
        memories: What each symbol's own scale remembers of the days before the first.
        market: The market's minutes, where somebody has them; None looks at the rows.

    Attributes:
        judge: The live judge; its publisher takes listeners.
        memories: What each symbol's own scale remembers of the days that are over.
        first_ns: Exchange time of the earliest row, 0 before it.
        last_ns: Exchange time of the latest row, 0 before the first.
        trades: Prints played.
        quotes: Quotes played.
        symbols: Every symbol met.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        alert_log: AlertLog | None = None,
        positions: Iterable[Position] | None = None,
        make_judge: Callable[..., MarketJudge] = MarketJudge,
        step_ns: int = 1,
        account: RowAccount | None = None,
        memories: Mapping[str, ScaleState] | None = None,
        market: MarketMinute | None = None,
    ) -> None:
        self._counted = JudgedRows(account or RowAccount(), config)
        self.first_ns = self.last_ns = 0
        self.trades = self.quotes = 0
        self.symbols: set[str] = set()
        self._positions = ReplayPositions(positions)
        self.judge = make_judge(
            config,
            position_manager=self._positions,
            client=NoProvider(),
            alert_log=alert_log,
            clock=lambda: utc_from_ns(self.last_ns),
            wall_fields=False,
            market="replay",
            step_ns=step_ns,
        )
        self.judge.publisher.market = MarketMinute(whole_day=True) if market is None else market
        self.memories = dict(memories or {})
        self._day = NO_DAY
        self._now_ns = 0
        self._unopened: set[str] = set()
        self._halted: set[str] = set()

    def play(self, rows: Sequence[Row]) -> None:
        """Judge rows; listeners are told what was found before it returns.

        Args:
            rows: In exchange order and not empty. Each symbol's rows follow those that were played
                of it before; symbols may come together, or one after the other.
        """
        if not self._day.holds(rows):
            for piece in self._of_each_day(rows):
                self._play(piece)
        else:
            self._play(rows)

    def end_day(self) -> None:
        """Forget what was played but for `memories`, as at the end of a day."""
        for symbol in self.judge.symbols:
            self.end_day_of(symbol)

    def _of_each_day(self, rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
        """Yield rows cut where a day ends, each piece after what came before it was ended."""
        start = 0
        while start < len(rows):
            day = day_of(rows[start][SIP_NS])
            if day != self._day:
                self.end_day()
                self._day = day
            end = bisect_left(rows, (day.end_ns,), start)
            yield rows[start:end]
            start = end

    def _play(self, rows: Sequence[Row]) -> None:
        first_ns, last_ns = rows[0][SIP_NS], rows[-1][SIP_NS]
        if first_ns < self._now_ns:
            # Time starts over with another symbol, and the history is kept by time.
            self.judge.detector.alert_history.clear()
        self._now_ns = last_ns
        self.first_ns = min(self.first_ns or first_ns, first_ns)
        self.last_ns = max(self.last_ns, last_ns)
        unwatched = {
            each for each in set(map(_symbol_of, rows)) if self.judge.judge_of(each) is None
        }
        if unwatched:
            begun = {row[SYMBOL]: row[SIP_NS] for row in reversed(rows) if row[SYMBOL] in unwatched}
            for symbol in sorted(begun):
                self._watch(symbol, begun[symbol])
        if self._unopened:
            rows = self._open_and_judge(rows)
        self._judge(rows)

    def end_day_of(self, symbol: str) -> None:
        """Forget a symbol but for its memory, as at the end of a day."""
        desk = self.judge.judges[symbol].desk
        if desk is not None:
            desk.scale.turn(self._day.end_ns)
        self.retire(symbol)
        if desk is not None:
            self.memories[symbol] = desk.scale.state()

    def retire(self, symbol: str) -> None:
        """Forget a symbol of which nothing comes any more."""
        self.judge.retire(symbol)
        self._positions.drop(symbol)
        self._unopened.discard(symbol)
        self._halted.discard(symbol)

    def _watch(self, symbol: str, first_ns: int) -> None:
        # Every print is given from the first row on, so quiet minutes count from there.
        memory = self.memories.get(symbol)
        # Of a day that goes on from another one every print is there, as of that one.
        from_ns = first_ns if memory is None else self._day.begin_ns
        self.judge.watch(symbol, from_ns=from_ns, now_ns=first_ns, memory=memory)
        self.symbols.add(symbol)
        if self._positions.holds_all:
            self._unopened.add(symbol)

    def _judge(self, rows: Sequence[Row]) -> None:
        columns = columns_of(rows)
        if self._halted or _reopens(columns):
            self._judge_one_by_one(rows)
        else:
            self.judge.columns(columns)
            self._counted.take(rows)
        trades = len(columns.trades[0]) if columns.trades else 0
        self.trades += trades
        self.quotes += len(rows) - trades

    def _judge_one_by_one(self, rows: Sequence[Row]) -> None:
        """Judge rows of which a halt may keep some from being judged; those are counted so."""
        for row in rows:
            judge = self.judge.judges[row[SYMBOL]]
            before = judge.trades + judge.quotes
            self.judge.columns(columns_of((row,)))
            if judge.trades + judge.quotes > before or is_below_one_share(row):
                self._counted.take((row,))
            else:
                self._counted.keep_back(row, "halted")
            if judge.halted_by is None:
                self._halted.discard(row[SYMBOL])
            else:
                self._halted.add(row[SYMBOL])

    def _open_and_judge(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Open a position in each symbol before its first two-sided quote; return what is left."""
        judged = 0
        for place, row in enumerate(rows):
            if not row[KIND] or row[SYMBOL] not in self._unopened:
                continue
            symbol, bid, ask = row[SYMBOL], row[BID], row[ASK]
            if bid and ask:
                self._judge(rows[judged:place])
                judged = place
                self._unopened.discard(symbol)
                self._positions.open_at(symbol, bid, ask)
                if not self._unopened:
                    break
        return rows[judged:]


def _reopens(columns: EventColumns) -> bool:
    """Return whether a print opens trading again: all that tells of a halt in files."""
    if not columns.trades:
        return False
    return any(not REOPENING.isdisjoint(each) for each in set(columns.trades[_CONDITIONS_COLUMN]))
