"""Gets by REST what a stream has missed, and gives up what takes too long.

A gap is asked for once its symbol is subscribed. Its answer is judged with the events that wait;
one that comes after the wait was given up is judged between what came before and after. Where a
symbol is silent, its book tells whether anything was missed. Requests run on threads of their own.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from trading_bot.clock import monotonic_seconds
from trading_bot.market_data.exceptions import DataValidationError
from trading_bot.order_flow.data_models import OrderBookSnapshot
from trading_bot.order_flow.gap import Gap
from trading_bot.order_flow.live_symbol import LiveSymbol
from trading_bot.order_flow.poll_feed import PollClient
from trading_bot.order_flow.rest_helpers import BooksAnswer, GapAnswer, RestHelpers
from trading_bot.order_flow.stream_judge import WAITING_LIMIT_BYTES, StreamJudge
from trading_bot.order_flow.stream_watch import StreamWatch
from trading_bot.order_flow.units import NS_PER_SECOND, ns_from_utc

if TYPE_CHECKING:
    from trading_bot.order_flow.monitor import OrderFlowMonitor


class GapFiller:
    """Fills the gaps of one stream; made and used on its event loop.

    Args:
        monitor: Whose clock and baselines are used.
        client: Whom to ask.
        judge: Holds the symbols and their gaps.
        watch: Told of answers that fail, and of silence that is vouched for.
        counts: Where gaps are counted.
    """

    def __init__(
        self,
        monitor: OrderFlowMonitor,
        client: PollClient,
        judge: StreamJudge,
        watch: StreamWatch,
        counts: Counter[str],
    ) -> None:
        self._monitor = monitor
        self._judge = judge
        self._watch = watch
        self._counts = counts
        self._rest = RestHelpers(client, on_gap=self._take, on_books=self._take_books)
        self._given_up: dict[str, tuple[Gap, int]] = {}

    def ask(self, live: LiveSymbol, gap: Gap) -> None:
        """Ask for what a symbol has missed."""
        gap.asked_at = monotonic_seconds()
        self._counts["gaps"] += 1
        self._rest.fetch_gap(live.symbol, gap.number, live.trades_from_ns, live.quotes_from_ns)

    def open_lost(self, lost: set[str]) -> None:
        """Ask for what damaged frames held.

        Args:
            lost: The symbols concerned; an empty name stands for every symbol.
        """
        lives = self._judge.symbols
        for symbol in lives if "" in lost else lost & lives.keys():
            live = lives[symbol]
            # One that is not asked for yet will hold this too.
            if live.gap is None or live.gap.asked_at is not None:
                self.ask(live, self._judge.open_gap(live))

    def give_up_overdue(self, now_ns: int) -> None:
        """Judge what has waited too long, or takes too much room, without what was missed."""
        now = monotonic_seconds()
        too_much = self._judge.waiting_bytes > WAITING_LIMIT_BYTES
        for live in self._judge.symbols.values():
            gap = live.gap
            if gap is not None and (gap.is_overdue(now) or (too_much and gap.waiting)):
                self._give_up(live, gap, now_ns)

    def check_silence(self, symbols: tuple[str, ...]) -> None:
        """Ask whether silent symbols are quiet."""
        self._rest.fetch_books(symbols)

    def forget(self, symbol: str) -> None:
        """Drop what is known of a symbol that is watched no more."""
        self._given_up.pop(symbol, None)

    def close(self) -> None:
        """Ask nothing more."""
        self._rest.close()

    def _take(self, answer: GapAnswer) -> None:
        live = self._judge.symbols.get(answer.symbol)
        if live is None:
            return
        now_ns = ns_from_utc(self._monitor.clock())
        gap = live.gap
        if gap is not None and gap.number == answer.number:
            if answer.error is None:
                self._judge.close_gap(live, [*answer.trades, *answer.quotes], now_ns)
                self._counts["gaps_filled"] += 1
            else:
                self._give_up(live, gap, now_ns)
                self._watch.fail(live, answer.error_code, now_ns)
            return
        given_up = self._given_up.get(answer.symbol)
        if given_up is not None and given_up[0].number == answer.number and not answer.error:
            del self._given_up[answer.symbol]
            self._judge.judge_late(live, answer.trades, *given_up, now_ns)
            self._counts["gaps_filled_late"] += 1

    def _give_up(self, live: LiveSymbol, gap: Gap, now_ns: int) -> None:
        self._counts["gaps_given_up"] += 1
        until_ns = gap.waiting[0].sip_ns if gap.waiting else now_ns
        if gap.fills_start:
            # Minutes that nobody saw are no quiet minutes.
            self._monitor.tape_monitor.state_of(live.symbol).watch_from(until_ns)
        self._given_up[live.symbol] = gap, until_ns
        self._judge.close_gap(live, (), now_ns)

    def _take_books(self, answer: BooksAnswer) -> None:
        now_ns = ns_from_utc(self._monitor.clock())
        if answer.error is not None:
            self._counts["silence_not_checked"] += 1
            return
        for symbol in answer.symbols:
            live = self._judge.symbols.get(symbol)
            if live is None or live.gap is not None:
                continue
            newest_ns = _newest_quote_ns(answer.books.get(symbol), now_ns)
            if newest_ns is None:
                self._counts["silence_not_checked"] += 1
            elif not self._watch.vouch(live, now_ns, newest_ns):
                self._counts["silent_but_not_quiet"] += 1
                self.ask(live, self._judge.open_gap(live))


def _newest_quote_ns(book: object, now_ns: int) -> int | None:
    """Return the stamp of a book's quote; also that of one refused for its age only."""
    if isinstance(book, OrderBookSnapshot):
        return ns_from_utc(book.timestamp_utc)
    if isinstance(book, DataValidationError) and book.code == "stale_snapshot":
        age = book.facts.get("age_seconds")
        if isinstance(age, (int, float)):
            return now_ns - round(age * NS_PER_SECOND)
    return None
