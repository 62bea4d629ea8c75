"""Counts what the judge does with the rows it is given, by the rules by which it judges them.

The judge itself keeps no count of what it lets pass outside the session, and speaks of a print as
of a quote; here each row has one fate.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from operator import itemgetter

from trading_bot.order_flow.calendar import in_extended_hours
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.trade_conditions import TradeConditions, is_late
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.rows import ASK, BID, KIND, SIP_NS, SYMBOL, Row
from trading_bot.replay.session_spans import SessionSpans

_SIZE, _CONDITIONS, _CORRECTION, _MADE = 6, 7, 8, 10
_symbol_of = itemgetter(SYMBOL)


def is_below_one_share(row: Row) -> bool:
    """Return whether a row is a print that no rule counts for its size."""
    return not row[KIND] and row[_SIZE] < UNITS_PER_SHARE


class JudgedRows:
    """Adds the rows that were judged, and those that were not, to an account.

    Args:
        account: What gains them.
        config: Settings that they are judged by.

    Attributes:
        conditions: Which prints count.
    """

    def __init__(self, account: RowAccount, config: OrderFlowConfig) -> None:
        self._account = account
        self._extended = config.sessions == "extended"
        self.conditions = TradeConditions()
        self._spans = SessionSpans(extended=self._extended)
        self._quoted: dict[date, set[str]] = defaultdict(set)

    def take(self, rows: Sequence[Row]) -> None:
        """Count rows that were given to the judge.

        Args:
            rows: In exchange order.
        """
        for day, piece in self._spans.pieces(rows):
            if day is None:
                self._leave(piece, "outside_session")
            else:
                self._count(piece, day)

    def keep_back(self, row: Row, reason: str) -> None:
        """Count a row that the judge was given and did not take."""
        self._leave((row,), reason)

    def _leave(self, rows: Sequence[Row], reason: str) -> None:
        quotes = sum(row[KIND] != 0 for row in rows)
        if quotes:
            self._account.quotes.leave(reason, quotes)
        if quotes < len(rows):
            self._account.trades.leave(reason, len(rows) - quotes)

    def _count(self, rows: Sequence[Row], day: date) -> None:
        account, quoted = self._account, self._quoted[day]
        account.days.add(day)
        new = set(map(_symbol_of, rows)) - quoted
        if new:
            two_sided = (row for row in rows if row[KIND] and 0 < row[BID] <= row[ASK])
            for symbol in new.intersection(map(_symbol_of, two_sided)):
                quoted.add(symbol)
                account.trades.judged += account.without_quotes.pop((symbol, day), 0)
        prints = [row for row in rows if not row[KIND]]
        account.quotes.judged += len(rows) - len(prints)
        # Many are alike: what is asked of each is asked once.
        alike = Counter(
            [
                (
                    row[SYMBOL],
                    row[_CONDITIONS],
                    row[_CORRECTION],
                    is_below_one_share(row),
                    is_late(row[SIP_NS], row[_MADE]),
                    self._extended and in_extended_hours(row[SIP_NS]),
                )
                for row in prints
            ]
        )
        for (symbol, conditions, correction, is_small, late, extended), number in alike.items():
            verdict = self.conditions.verdict(conditions, correction, extended)
            if is_small:
                account.trades.leave("below_one_share", number)
            elif late:
                account.trades.leave("late_print", number)
            elif not verdict.volume:
                account.trades.leave(verdict.reason or "no_volume", number)
            elif symbol in quoted:
                account.trades.judged += number
            else:
                account.without_quotes[symbol, day] += number
