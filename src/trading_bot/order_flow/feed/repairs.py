"""Keeps the ledgers of a stream's protected symbols, and asks a second source for what they lack.

Once a second each ledger is told what the stream has brought, and says what can be seen. What it
wants to know takes its turn within the request budget; what is answered is judged, and entered in
the ledger. What doubt does, `doubt.escalation` decides; the stream carries it out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from ..errors import OrderFlowError, RateLimitError
from ..judge import MarketJudge
from ..market.events import BookEvent, MarketEvent, QuoteEvent, TradeEvent
from ..market.facts import MarketState
from ..market.newest import NewestKnown
from ..market.order import trade_key
from ..market.units import FAR_PAST_NS, NS_PER_SECOND, UNITS_PER_SHARE, ns_from_utc
from ..providers.provider import FetchedTape, Provider, TapeWish
from ..providers.supervision.actions import (
    QUOTES,
    TRADES,
    Action,
    AskPulse,
    Channel,
    GiveBack,
    Renew,
    TakeOver,
)
from ..providers.supervision.stream_events import (
    Brought,
    ChannelsRefused,
    Cleared,
    Doubted,
    FeedLate,
    FeedMute,
    FeedWell,
    Hold,
    RestAnswered,
    RestRefusedKey,
    StreamEvent,
)
from ..sight.audit_verdict import AuditSpan
from ..sight.coverage.findings import ClockState
from ..sight.coverage.marks import longest_gap_ns
from ..sight.coverage.spans import MATTERS_NS
from ..sight.fill_answer import Answer
from ..sight.gap import Gap
from ..sight.live_symbol import LiveSymbol
from ..sight.market_time import MarketTime
from ..sight.session_watch import SessionWatch
from ..sight.settle import SettleTime
from ..sight.slot import SLOT_NS
from ..sight.stall import FeedStall
from ..sight.symbol_repair import Judged, Repaired, SymbolRepair
from .asking import FORBIDDEN, asks_of
from .doubt.budget import AUDIT, TAKEOVER, RequestTurns
from .doubt.escalation import Escalation
from .doubt.fallback import SleepWatch
from .doubt.promise import Budget, sentence
from .history_workers import Answered, AsksHistory
from .ingest import WAITING_LIMIT_BYTES, Ingest
from .protected import Protected

LONG_STALL_NS: Final = 3 * NS_PER_SECOND
"""After a longer silence of the whole feed, events wait until it is known what it swallowed."""
REPLAYED_NS: Final = 60 * NS_PER_SECOND
"""A stream whose first event of a symbol is older has brought its past: a live one is younger."""
UNEQUAL_AGAIN_NS: Final = 10 * NS_PER_SECOND
"""Between two comparisons where the first found other prices; their turn may be much later."""
STATE_AGAIN_NS: Final = 10 * NS_PER_SECOND
"""Between two questions for the market's state and the server's time."""
NO_CHANNEL: Final = frozenset({"not_found", "unknown_symbol", "no_data"})
"""Codes by which a history says that it does not know a symbol either."""
_KINDS: Final = (TRADES, QUOTES)
_CHANNELS: Final[tuple[Judged, Judged]] = ("trades", "quotes")


class Repairs:
    """The repairs of one stream; made and used on its event loop.

    Args:
        judge: Its clock is used, and it is told what can be seen.
        provider: Whom to ask.
        ingest: Holds the symbols, and judges what was missed.
        stall: Told whether the whole feed's silences were quiet ones.
        act: Carries out what doubt asks of the stream.
        tell: Tells the stream what concerns it.
        counts: Where gaps are counted.
        workers: Who asks.
        steady_ns: Nanoseconds of a clock that is never set.
    """

    def __init__(
        self,
        judge: MarketJudge,
        provider: Provider,
        *,
        ingest: Ingest,
        stall: FeedStall,
        act: Callable[[Action], None],
        tell: Callable[[StreamEvent], None],
        counts: Counter[str],
        workers: AsksHistory,
        steady_ns: Callable[[], int],
    ) -> None:
        self._judge = judge
        self._provider = provider
        self._ingest = ingest
        self._stall = stall
        self._act = act
        self._tell = tell
        self._counts = counts
        self._steady_ns = steady_ns
        self._step_ns = provider.capabilities.step_ns
        self._stream_refills = provider.capabilities.stream_refills
        self._compares_prices = provider.capabilities.quotes_known_by_price
        self.budget = Budget.of(provider.capabilities, judge.config.requests_per_second)
        self._turns = RequestTurns(self.budget)
        self._escalation = Escalation()
        self._settle = SettleTime()
        self._time = MarketTime(ns_from_utc(judge.clock()), steady_ns())
        self._sleep = SleepWatch()
        self._session = SessionWatch()
        # The newest that any symbol is proved to have lost.
        self._lost_ns = FAR_PAST_NS
        self._heard_ns = FAR_PAST_NS
        self._workers = workers
        self._asks = asks_of(provider, workers, steady_ns, self._note_key)
        self._held: dict[str, Protected] = {}
        self._clock: ClockState = ""
        self._has_backlog = False
        self._state_asked_ns = FAR_PAST_NS
        self._well_ns = steady_ns()
        self._feed_is_ill = False
        self._is_closing = False

    def now_ns(self) -> int:
        """Return the present, Unix nanoseconds: our clock's, or the server's where ours is off."""
        return self._time.now_ns(self._steady_ns())

    def promise(self) -> str:
        """Say what the request budget can promise for the protected symbols."""
        return sentence(self.budget, max(1, len(self._held)), self._settle.settle_ns)

    # Which symbols.

    def protect(self, live: LiveSymbol, repair: SymbolRepair) -> None:
        """Repair a symbol from now on; its events wait until what came before is known."""
        self._held[live.symbol] = Protected(live, repair)
        self._judge.sightings.keep_ledger(live.symbol, repair.ledger)
        repair.ledger.dead_ns = round(self._judge.config.blind_after_seconds * NS_PER_SECOND)
        if self.budget.together_every_seconds:
            repair.ledger.compare_every(
                self.budget.together_every_seconds * NS_PER_SECOND, self.budget.poll_every_ns
            )
        if self._session.is_closed:
            repair.ledger.session_closed(self.now_ns())
        self._ingest.open_gap(live, fills_start=True)

    def forget(self, symbol: str) -> None:
        """Repair a symbol no longer."""
        self._held.pop(symbol, None)
        self._time.forget(symbol)

    def hold(self) -> None:
        """Take the protected symbols for those whose doubts act; to be called once they changed."""
        symbols = tuple(self._held)
        self._turns.hold(symbols, self._settle.settle_ns, self._steady_ns())
        self.handle(Hold(symbols))

    # What happens to the stream.

    def handle(self, event: StreamEvent) -> None:
        """Take what happened to the connection, or what was found; do what follows from it."""
        steady_ns = self._steady_ns()
        if isinstance(event, ChannelsRefused):
            for channel in event.channels:
                if channel.symbol in self._held:
                    self._held[channel.symbol].refused.add(channel.kind)
        for action in self._escalation.handle(event, steady_ns):
            match action:
                case TakeOver(symbols):
                    self._turns.take_over(symbols)
                case GiveBack(symbols):
                    self._turns.give_back(symbols)
                case Renew(channels):
                    self._unsubscribe(channels)
                    self._act(action)
                case _:
                    self._act(action)

    def cut(self) -> None:
        """Learn that the connection ended: nothing comes of any symbol."""
        now_ns = self.now_ns()
        for held in self._held.values():
            held.note_heard(now_ns)
            held.repair.ledger.unsubscribed((TRADES, QUOTES, "halts"), now_ns)
            self._let_wait(held)

    def subscribed(self, symbols: Iterable[str]) -> None:
        """Learn that prints and quotes of these symbols come from now on."""
        now_ns = self.now_ns()
        for held in filter(None, map(self._held.get, symbols)):
            held.refused.clear()
            for channel in (TRADES, QUOTES):
                held.repair.ledger.subscribed(channel, now_ns)
            if held.live.gap is not None:
                held.live.gap.live_ns = self._steady_ns()
                self._look_at_gap(held, now_ns)
            self._want_fill(held)
        self._pump()

    def stalled(self) -> None:
        """Learn that the whole feed had fallen silent: events may have been swallowed meanwhile.

        A short silence, or one that the second source knew of, is asked about and changes nothing
        else; after a long one events wait.
        """
        if self._lost_ns > self.now_ns() - self._stall.doubted_ns:
            # Found before the silence has ended.
            self._stall.was_loss()
        for held in self._held.values():
            held.follows_stall = True
        now_ns, is_long = self.now_ns(), self._stall.doubted_ns >= LONG_STALL_NS
        at_ns = self._settled_by_ns()
        unsure = []
        for symbol, held in self._held.items():
            marks = held.repair.ledger.marks
            if is_long and not all(marks[each].is_vouched(now_ns) for each in _CHANNELS):
                unsure.append(symbol)
            else:
                self._want_fill(held)
                self._turns.want_audit(symbol, at_ns)
        self.missed(unsure)

    def _settled_by_ns(self) -> int:
        """Return from when on, by the steady clock, an audit compares all that has come so far."""
        return self._steady_ns() + self._settle.settle_ns + SLOT_NS

    def missed(self, symbols: Iterable[str]) -> None:
        """Learn that events of these symbols were lost on the way, or may have been."""
        now_ns = self.now_ns()
        for held in filter(None, map(self._held.get, symbols)):
            held.note_heard(now_ns)
            for channel in _CHANNELS:
                held.repair.ledger.missed(channel, now_ns)
            gap = self._let_wait(held)
            gap.live_ns = gap.live_ns or self._steady_ns()
            self._want_fill(held)
        self._pump()

    def rows_refused(self, kind: str, symbol: str) -> None:
        """Learn that a row of a channel could not be used: it is an event that is missing."""
        held = self._held.get(symbol)
        if held is None or kind not in _KINDS:
            return
        live, channel = held.live, _CHANNELS[_KINDS.index(kind)]
        after_ns = live.trade_ns if kind == TRADES else live.quote_ns
        held.repair.ledger.row_refused(channel, after_ns, self.now_ns())
        held.repair.meet_spans(live.quote_ns)

    def may_be(self, live: LiveSymbol, is_trade: bool, sip_ns: int, key: int) -> bool:
        """Return whether a stamp ahead of the present can be; else its event is missing."""
        if self._time.accept(live.symbol, sip_ns, self._steady_ns()):
            return True
        self._counts["set_aside"] += 1
        held = self._held.get(live.symbol)
        if held is not None and is_trade:
            held.set_aside.append(key)
        self.rows_refused(TRADES if is_trade else QUOTES, live.symbol)
        return False

    # Once a second.

    def begin_look(self, *, lag_ns: int) -> None:
        """Look at the clocks; to be called before the symbols are looked at.

        Args:
            lag_ns: How long the oldest frame has waited to be judged.
        """
        machine_ns, steady_ns = ns_from_utc(self._judge.clock()), self._steady_ns()
        slept = self._sleep.tick(machine_ns, steady_ns)
        self._clock = self._time.look(machine_ns, steady_ns)
        self._ingest.ahead_ns = self._time.ahead_ns
        self._has_backlog = lag_ns > round(
            self._judge.config.freshness_warn_seconds * NS_PER_SECOND
        )
        if slept is not None:
            self.missed(tuple(self._held))
            self._tell(slept)
            self.handle(slept)
        if self._session.look(self.now_ns(), self._heard_ns):
            self._note_session()
        if self._time.asks_server_time or self._session.asks_state:
            self._ask_state()

    def look_at(self, symbols: Iterable[str]) -> None:
        """Say what can be seen of some protected symbols, and want what their ledgers lack."""
        for held in filter(None, map(self._held.get, symbols)):
            self._look(held)
            self._look_at_unsettled(held)
            self._follow_doubt(held)
            self._look_at_gap(held, self.now_ns())

    def end_look(self) -> None:
        """Look at the feed as a whole, and ask what has its turn."""
        self._look_at_feed()
        self._turns.compares = bool(self._held) and not self._session.is_closed
        self._pump()
        self._asks.flush()

    def close(self) -> None:
        """Ask nothing more; an answer that is under way is nobody's."""
        self._is_closing = True
        self._held.clear()
        self._workers.close()

    def _look(self, held: Protected) -> None:
        """Say what can be seen of a symbol, and want what its ledger lacks."""
        now_ns, steady_ns = self.now_ns(), self._steady_ns()
        symbol, ledger = held.live.symbol, held.repair.ledger
        newest_ns = held.note_heard(now_ns)
        if newest_ns:
            self._heard_ns = now_ns
            self._time.accept(symbol, newest_ns, steady_ns)
        self._note_halt(held, now_ns)
        ledger.clock_margin_ns = self._time.margin_ns(steady_ns)
        look = ledger.look(now_ns, self._clock, has_backlog=self._has_backlog)
        held.repair.meet_spans(held.live.quote_ns)
        at_ns = ns_from_utc(self._judge.clock())
        self._judge.saw(symbol, look.sight, at_ns, ledger.open_spans())
        for lost in look.lost:
            self._judge.span_lost(lost, now_ns)
        for question in ledger.questions(now_ns):
            if question.kind == "audit":
                self._turns.want_audit(symbol, steady_ns)
                ledger.asked(question, now_ns)
            elif question.kind == "pulse":
                if self._compares_prices:
                    self._want_fill(held)
                else:
                    self._turns.want_pulse(steady_ns)
                ledger.asked(question, now_ns)
            else:
                self._want_fill(held)

    def _look_at_unsettled(self, held: Protected) -> None:
        """Doubt a channel that has not brought what a second source showed a while ago."""
        if self._has_backlog:
            return
        found = held.repair.look_at_unsettled(self.now_ns(), self._settle.settle_ns)
        self._doubt(held, found)
        if found.lost:
            self._want_fill(held)
        passed = held.passed_quote()
        if passed is not None:
            self._compare(held, passed)

    # What doubt and silence mean.

    def _note_session(self) -> None:
        now_ns = self.now_ns()
        for held in self._held.values():
            if self._session.is_closed:
                held.repair.ledger.session_closed(now_ns)
            else:
                held.repair.ledger.session_opened(now_ns)

    def _note_halt(self, held: Protected, now_ns: int) -> None:
        halt = held.live.judge.halted_by
        if halt is not None and not halt.is_over(now_ns):
            held.repair.ledger.halted(now_ns)
        else:
            held.repair.ledger.resumed(now_ns)

    def _follow_doubt(self, held: Protected) -> None:
        symbol, marks = held.live.symbol, held.repair.ledger.marks
        if self._escalation.step_of(symbol) == "well":
            return
        for kind, channel in zip(_KINDS, _CHANNELS, strict=True):
            self.handle(Brought(Channel(kind, symbol), marks[channel].last_event_ns))
        if held.repair.is_proved:
            self.handle(Cleared(symbol))

    def _look_at_feed(self) -> None:
        """Tell whether the feed as a whole is mute or late, by most of its own symbols."""
        now_ns, steady_ns = self.now_ns(), self._steady_ns()
        marks = [
            held.repair.ledger.marks[channel]
            for held in self._held.values()
            for channel in _CHANNELS
            if held.repair.ledger.marks[channel].is_subscribed
        ]
        mute = (
            not self._session.is_closed
            and marks
            and all(
                each.silence_ns(now_ns) > each.allowance_ns() and not each.is_vouched(now_ns)
                for each in marks
            )
        )
        late = sum(each.doubt == "late" for each in marks)
        if mute:
            silent_ns = min(each.silence_ns(now_ns) for each in marks)
            self.handle(FeedMute(steady_ns - silent_ns))
        elif 2 * late > len(marks):
            self.handle(FeedLate(self._well_ns))
        elif self._feed_is_ill:
            self.handle(FeedWell())
        self._feed_is_ill = bool(mute) or 2 * late > len(marks)
        if not self._feed_is_ill:
            self._well_ns = steady_ns

    def _unsubscribe(self, channels: Iterable[Channel]) -> None:
        now_ns = self.now_ns()
        for each in channels:
            held = self._held.get(each.symbol)
            if held is not None and each.kind in _KINDS:
                held.note_heard(now_ns)
                channel = _CHANNELS[_KINDS.index(each.kind)]
                held.repair.ledger.unsubscribed((channel,), now_ns)
                held.repair.meet_spans(held.live.quote_ns)

    # Gaps: events that wait.

    def _let_wait(self, held: Protected) -> Gap:
        gap = self._ingest.open_gap(held.live)
        held.repair.meet_spans(held.live.quote_ns)
        return gap

    def _look_at_gap(self, held: Protected, now_ns: int) -> None:
        gap = held.live.gap
        if gap is None:
            return
        too_much = self._ingest.waiting_bytes > WAITING_LIMIT_BYTES and gap.waiting
        # Where nobody else can bring it, what the stream has not brought by now is not waited for.
        is_vain = gap.live_ns is not None and (self._stream_refills or not self.budget.has_tape)
        if is_vain or gap.is_overdue(self._steady_ns()) or too_much:
            self._give_up(held, gap, now_ns)

    def _give_up(self, held: Protected, gap: Gap, now_ns: int) -> None:
        """Judge what waits without what was missed, which stays unknown."""
        live = held.live
        if not self._stream_refills:
            self._counts["gaps_given_up"] += 1
        if gap.fills_start:
            # Minutes that nobody saw are no quiet minutes.
            from_ns = gap.waiting[0].sip_ns if gap.waiting else now_ns
            self._judge.known_from(live.symbol, from_ns)
            held.lacks_start = True
            if self._stream_refills:
                self._seed(held, gap.waiting, now_ns)
                held.was_replayed = from_ns < now_ns - REPLAYED_NS
        self._ingest.close_gap(live, now_ns)

    # Questions and answers.

    def _want_fill(self, held: Protected) -> None:
        self._turns.want_fill(Channel(TRADES, held.live.symbol), self._steady_ns())

    def _pump(self) -> None:
        """Ask what has its turn now."""
        while not self._is_closing:
            question = self._turns.next_turn(self._steady_ns())
            if question is None:
                return
            if isinstance(question, AskPulse):
                self._ask_newest(question.symbols)
                continue
            held = self._held.get(question.channel.symbol)
            # Prints and quotes are asked for together, to be signed by each other.
            if held is None or question.channel.kind == QUOTES:
                continue
            if question.turn == AUDIT:
                self._ask_audit(held)
            elif question.turn != TAKEOVER or self._wants_takeover(held):
                self._ask_tape(held)

    def _wants_takeover(self, held: Protected) -> bool:
        """Return whether a symbol that is taken over lacks anything; at night only what it asks."""
        if self._session.is_closed:
            return bool(held.repair.ledger.questions(self.now_ns()))
        return not held.repair.is_proved

    def _ask_tape(self, held: Protected) -> None:
        if held.is_asked:
            return
        held.is_asked = True
        symbol, ledger, now_ns = held.live.symbol, held.repair.ledger, self.now_ns()
        trades_from_ns, quotes_from_ns = held.repair.asks_from(
            held.known(has_backlog=self._has_backlog)
        )
        # Where prices are compared, a stream that is away has none to compare.
        asks_quotes = not self._compares_prices or ledger.marks["quotes"].is_subscribed
        for question in ledger.questions(now_ns):
            if question.kind not in ("audit", "pulse") and (
                asks_quotes or question.channel != "quotes"
            ):
                ledger.asked(question, now_ns)
        self._counts["gaps"] += held.live.gap is not None
        wish = TapeWish(symbol, trades_from_ns, None if self._compares_prices else quotes_from_ns)
        self._asks.tape(wish, partial(self._take_tape, held, now_ns))
        if self._compares_prices and asks_quotes:
            self._ask_newest((symbol,))

    def _ask_audit(self, held: Protected) -> None:
        symbol = held.live.symbol
        span = held.repair.span_to_audit(self.now_ns(), self._settle.settle_ns)
        if span is None or held.is_audited or held.live.gap is not None or self._has_backlog:
            return
        held.is_audited = True
        self._asks.tape(
            TapeWish(symbol, span.ask_from_ns, None),
            partial(self._take_audit, held, span, self.now_ns()),
        )

    def _ask_newest(self, symbols: tuple[str, ...]) -> None:
        self._asks.newest(symbols, self.now_ns(), partial(self._take_newest, symbols))

    def _ask_state(self) -> None:
        reference, asked_ns = self._provider.reference, self._steady_ns()
        if asked_ns - self._state_asked_ns < STATE_AGAIN_NS:
            return
        self._state_asked_ns = asked_ns

        def take(answer: Answered[tuple[MarketState, datetime]]) -> None:
            if answer.value is not None:
                state, server_time = answer.value
                server_ns = ns_from_utc(server_time)
                self._time.server_said(server_ns, asked_ns, self._steady_ns())
                self._session.said(state, self.now_ns())

        self._workers.ask(reference.get_market_state, take)

    def _take_tape(self, held: Protected, asked_ns: int, answer: Answered[FetchedTape]) -> None:
        held.is_asked = False
        live, repair, now_ns = held.live, held.repair, self.now_ns()
        if self._held.get(live.symbol) is not held:
            return
        tape = answer.value
        if tape is None:
            repair.take_failure(_CHANNELS, answer.code, now_ns, _retry_after_ns(answer.error))
            if held.was_replayed and answer.code in FORBIDDEN:
                repair.ledger.leave_start()
                repair.meet_spans(live.quote_ns)
            if held.refused and answer.code in NO_CHANNEL:
                for channel in _CHANNELS:
                    repair.ledger.channel_refused(channel, now_ns)
            if live.gap is not None and live.gap.live_ns is not None:
                self._give_up(held, live.gap, now_ns)
            self._look(held)
            self._pump()
            return
        held.note_heard(now_ns)
        if tape.trades:
            held.learn(self._settle, tape.trades[-1].sip_ns, asked_ns)
        if (live.gap is not None and live.gap.fills_start) or (
            self._stream_refills and held.lacks_start
        ):
            self._seed(held, (*tape.trades, *tape.beside), asked_ns)
        known = held.known(has_backlog=self._has_backlog)
        repaired = repair.take_tape(
            Answer(asked_ns, tape.trades, tape.refused_trades, tape.has_all_trades),
            None
            if tape.beside_error is not None or self._compares_prices
            else Answer(
                asked_ns,
                [each for each in tape.beside if isinstance(each, QuoteEvent | BookEvent)],
                tape.refused_beside,
                tape.has_all_beside,
            ),
            known,
            now_ns,
            self._settle.settle_ns,
        )
        if tape.beside_error is not None:
            code = str(getattr(tape.beside_error, "code", "error"))
            repair.take_failure(("quotes",), code, now_ns)
        repaired.rows += (e for e in tape.beside if not isinstance(e, QuoteEvent | BookEvent))
        if repair.ledger.marks["quotes"].doubt == "stale":
            # The stream's quotes are doubted: only they themselves can show that they are well.
            repaired.rows = [e for e in repaired.rows if not isinstance(e, QuoteEvent | BookEvent)]
        self._judge_missed(held, repaired)
        if held.follows_stall and not (live.gap is not None and live.gap.fills_start):
            # Where nothing waits, what was swallowed last has not settled: an audit learns of it.
            is_whole = live.gap is not None and not repair.has_gap
            held.follows_stall = not is_whole
            self._learn_stall(known.waiting, repaired, is_whole=is_whole)
        if held.lacks_start and not any(s.cause == "start" for s in repair.ledger.spans.open):
            held.lacks_start = False
            self._judge.known_from(live.symbol, live.from_ns)
        gap = live.gap
        if gap is not None and not repair.has_gap:
            self._counts["gaps_filled"] += 1
            self._ingest.close_gap(live, now_ns)
        self._look(held)
        self._pump()

    def _take_audit(
        self, held: Protected, span: AuditSpan, asked_ns: int, answer: Answered[FetchedTape]
    ) -> None:
        held.is_audited = False
        # While events wait, they are judged by nobody yet, and would be found missing.
        if self._held.get(held.live.symbol) is not held or held.live.gap is not None:
            return
        now_ns, tape = self.now_ns(), answer.value
        if tape is None:
            held.repair.take_failure(("trades",), answer.code, now_ns)
            return
        held.note_heard(now_ns)
        repaired = held.repair.take_audit(
            span,
            Answer(asked_ns, tape.trades, tape.refused_trades, tape.has_all_trades),
            held.set_aside,
            now_ns,
        )
        self._judge_missed(held, repaired)
        if held.follows_stall:
            held.follows_stall = False
            self._learn_stall((), repaired, is_whole=True)
        self._look(held)
        self._pump()

    def _take_newest(
        self, symbols: tuple[str, ...], answer: Answered[Mapping[str, NewestKnown]]
    ) -> None:
        if answer.value is None:
            return
        now_ns = self.now_ns()
        for symbol in symbols:
            held, newest = self._held.get(symbol), answer.value.get(symbol)
            if held is None or newest is None:
                continue
            held.note_heard(now_ns)
            if newest.trade_ns is not None:
                held.learn(self._settle, newest.trade_ns, newest.asked_ns)
            held.await_quote(newest)
            self._compare(held, newest)
            self._look(held)
        self._pump()

    def _compare(self, held: Protected, newest: NewestKnown) -> None:
        """Hold what the second source knows as the newest against what was judged."""
        repaired, audit_due = held.repair.take_newest(
            newest,
            held.known(has_backlog=self._has_backlog),
            held.quote_then(newest, self._step_ns),
            held.repair.tally.size // UNITS_PER_SHARE,
            self.now_ns(),
            self._settle.settle_ns,
        )
        self._doubt(held, repaired)
        if held.repair.is_unsure_of_prices:
            self._turns.want_pulse(self._steady_ns() + UNEQUAL_AGAIN_NS)
        if audit_due:
            # Once what was traded since has settled: it may be what makes the difference.
            self._turns.want_audit(held.live.symbol, self._settled_by_ns())

    def _judge_missed(self, held: Protected, repaired: Repaired) -> None:
        live = held.live
        self._ingest.judge_missed(live, repaired.rows, ns_from_utc(self._judge.clock()))
        self._counts["missed_judged"] += len(repaired.rows)
        held.rebase()
        held.repair.meet_spans(live.quote_ns)
        self._doubt(held, repaired)
        if repaired.lost:
            self._want_fill(held)

    def _doubt(self, held: Protected, repaired: Repaired) -> None:
        for channel, lost_ns in repaired.lost.items():
            self._counts["losses_found"] += 1
            self._lost_ns = max(self._lost_ns, lost_ns)
            self.handle(Doubted(Channel(channel, held.live.symbol), lost_ns))

    def _seed(self, held: Protected, events: Sequence[MarketEvent], asked_ns: int) -> None:
        """Learn from what happened before the watch how long the symbol is usually silent."""
        from_ns = asked_ns - MATTERS_NS
        for channel in _CHANNELS:
            kinds = TradeEvent if channel == "trades" else (QuoteEvent, BookEvent)
            stamps = [
                each.sip_ns
                for each in events
                if isinstance(each, kinds) and from_ns <= each.sip_ns <= asked_ns
            ]
            if stamps or not self._stream_refills:
                held.repair.ledger.seed(channel, longest_gap_ns(stamps, from_ns, asked_ns))

    def _learn_stall(
        self, waited: Iterable[MarketEvent], repaired: Repaired, *, is_whole: bool
    ) -> None:
        # The print that ended the silence is in the answer as well.
        brought = {trade_key(each) for each in waited if isinstance(each, TradeEvent)}
        prints = (each for each in repaired.rows if isinstance(each, TradeEvent))
        if any(trade_key(each) not in brought for each in prints):
            self._stall.was_loss()
        elif is_whole:
            self._stall.was_quiet(self._stall.doubted_ns)

    def _note_key(self, answer: Answered[Any]) -> None:
        if answer.code == "wrong_key":
            self._tell(RestRefusedKey())
        elif answer.error is None:
            self._tell(RestAnswered())


def _retry_after_ns(error: OrderFlowError | None) -> int | None:
    if not isinstance(error, RateLimitError) or error.retry_after_seconds is None:
        return None
    return round(error.retry_after_seconds * NS_PER_SECOND)
