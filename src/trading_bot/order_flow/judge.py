"""MarketJudge: the one way in for events of any symbol, and for all else that a judgement needs.

Whoever feeds it, live or recorded, calls the methods of this class and nothing behind them: so what
they were given is a recording, and giving it again is a replay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Protocol

import msgspec

from .calendar import session_at
from .clock import Clock, utc_now
from .config import OrderFlowConfig
from .data_models import Facts, MarketSource, OrderFlowAlert
from .diagnostics import get_logger
from .errors import OrderFlowError
from .exit_judge import ExitJudge
from .held.ledger import PositionLedger
from .journal.lines import GONE_EVENT, SCALE_EVENT, SEEN_EVENT, lateness
from .journal.market_minute import MARKET
from .journal.profile import Profiles, profile_hash
from .journal.publisher import AlertPublisher, ContextSource
from .journal.said import Said
from .journal.writer import AlertLog
from .market.columns import EventColumns
from .market.events import BookEvent, HaltEvent, Print, Withdrawal
from .market.feeds import DepthSight
from .market.sink import MarketSink
from .market.trade_conditions import TradeConditions
from .market.units import (
    FAR_FUTURE_NS,
    FAR_PAST_NS,
    NS_PER_SECOND,
    iso_utc,
    ns_from_utc,
    price_from_ticks,
    utc_from_ns,
)
from .notices import RegimeNotice, ThresholdNotice, WallNotice
from .order_flow_detector import OrderFlowDetector, SnapshotSource
from .position import Position, PositionManager
from .recommendation import Leaving
from .rules.continued import (
    JudgedSpans,
    WatchStart,
    backfill_start,
    day_start,
    watch_start,
)
from .rules.facts import facts_of
from .rules.leaving import NO_QUOTE, leaving_of, not_known
from .rules.own_scale.day_volume import Regime
from .rules.own_scale.desk import said_lines, scale_rules, thresholds_by_name
from .rules.own_scale.memory import DaySummary, OwnScale
from .rules.own_scale.seed import Seed
from .rules.own_scale.state import ScaleState
from .rules.side.matching import matching_of
from .rules.signals import Signal
from .rules.symbol_judge import SymbolJudge
from .rules.threshold_fit import ThresholdCheck
from .rules.walls.desk import ToldWall
from .sight.coverage.reasons import Lost, OpenSpan, Sight
from .sight.sightings import Sightings
from .sight.visibility import VisibilityState
from .tape_monitor import TapeMonitor, TapeSource

_logger = get_logger(__name__)


class AskedClient(SnapshotSource, TapeSource, Protocol):
    """Whom detector and tape monitor ask; its counts are shown beside ours."""

    counters: Counter[str]


class MarketJudge(MarketSink):
    """Judges any number of symbols and publishes what is found; events of others pass by.

    Args:
        config: Settings.
        position_manager: What is held, and the watchlist.
        client: Whom detector and tape monitor may ask.
        alert_log: The record; None keeps none.
        context: Headlines for alerts.
        clock: Exchange-aligned present.
        wall_fields: False writes null for latency and `logged_at`, as a replay must.
        conditions: Which prints count.
        takes_back: Remember prints, since the provider may withdraw them.
        least_taken_back: Of no fewer shares.
        step_ns: What the stamps of the events are cut to; 1 where they are kept.
        profiles: The memories that watches begin with, and where they are kept; None for none.
        market: Which market the events are of, as the record says.

    Attributes:
        judges: The judge of each watched symbol.
        positions: The open positions by symbol, as last read.
        protected: The symbols of the positions and the watchlist, as last read.
        detector: Large sellers and the alert history.
        tape_monitor: Red bursts.
        exit_judge: The exit rule.
        publisher: Record and listeners.
        sightings: What was last seen of each symbol.
        infers_halts: Take a reopening print after a silence for the end of a halt.
        takes_back: Remember the prints of symbols watched from now on, as given.
        least_taken_back: As given.
        step_ns: As given, for symbols watched from now on.
        profiles: As given.
        market: As given.
        stream_counts: What a stream left out, repaired or went through, by reason.
        look_at_settings: Called before the positions are read, once a second: between two events.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        position_manager: PositionManager,
        client: AskedClient,
        alert_log: AlertLog | None = None,
        context: ContextSource | None = None,
        clock: Clock = utc_now,
        wall_fields: bool = True,
        conditions: TradeConditions | None = None,
        takes_back: bool = False,
        least_taken_back: int = 0,
        step_ns: int = 1,
        profiles: Profiles | None = None,
        market: MarketSource = "live",
    ) -> None:
        self.config = config
        self.profiles = profiles
        self.market: MarketSource = market
        # By symbol the memory that its watch began with, and the block that was kept last.
        self._memories: dict[str, ScaleState] = {}
        self._kept_ns: dict[str, int] = {}
        self.client = client
        self.clock = clock
        self.judges: dict[str, SymbolJudge] = {}
        # Where the events of each watched symbol go: its judge, or what stands before that.
        self._ways_in: dict[str, MarketSink] = {}
        self._conditions = conditions or TradeConditions()
        self.takes_back = takes_back
        self.least_taken_back = least_taken_back
        self.step_ns = step_ns
        self._dropped: Counter[str] = Counter()
        self._warned_conditions: set[int] = set()
        self._threshold_check = ThresholdCheck()
        self.infers_halts = True
        self._is_live = wall_fields
        self._ledger = PositionLedger()
        self._position_manager = position_manager
        self.positions = self._ledger.positions
        self.protected: tuple[str, ...] = ()
        self._protected_once: set[str] = set()
        self._judged = JudgedSpans()
        self._record_kept_ns = FAR_PAST_NS
        self._starts: dict[str, WatchStart] = {}
        # Since when the settings have been what they are, in a run that began with others.
        self._settings_ns = FAR_PAST_NS
        # A replay's positions are what its user or its recording states.
        self.exit_judge = ExitJudge(
            config, self._ledger if wall_fields else position_manager, together=True
        )
        self.detector = OrderFlowDetector(
            config,
            client=client,
            clock=clock,
            risk_manager=self.exit_judge,
            position_manager=position_manager,
            together=True,
        )
        self.tape_monitor = TapeMonitor(
            config, client=client, clock=clock, conditions=self._conditions
        )
        self.publisher = AlertPublisher(
            config,
            history=self.detector.alert_history,
            exit_judge=self.exit_judge,
            alert_log=alert_log,
            context=context,
            clock=clock if wall_fields else None,
            leaving=self._leaving,
        )
        self.sightings = Sightings(is_held=self.positions.__contains__)
        self.stream_counts: Counter[str] = Counter()
        self.look_at_settings: Callable[[], None] = _look_nowhere

    @property
    def symbols(self) -> tuple[str, ...]:
        """The watched symbols."""
        return tuple(self.judges)

    def judge_of(self, symbol: str) -> SymbolJudge | None:
        """Return the judge of a watched symbol, or None."""
        return self.judges.get(symbol)

    def way_in(self, symbol: str) -> MarketSink | None:
        """Return where the events of a watched symbol go, or None; for who brings many of one."""
        return self._ways_in.get(symbol)

    # What happens on the market.

    def trade(self, event: Print) -> None:
        """Judge one print in exchange order."""
        way_in = self._ways_in.get(event[0])
        if way_in is not None:
            way_in.trade(event)

    def quote(
        self,
        symbol: str,
        sip_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,
        sequence: int = 0,
        received_ns: int | None = None,
    ) -> None:
        """Judge one best bid and ask in exchange order."""
        way_in = self._ways_in.get(symbol)
        if way_in is not None:
            way_in.quote(
                symbol,
                sip_ns,
                bid_ticks,
                bid_size,
                ask_ticks,
                ask_size,
                participant_ns,
                sequence,
                received_ns,
            )

    def book(self, event: BookEvent) -> None:
        """Judge the levels of one book in exchange order."""
        way_in = self._ways_in.get(event.symbol)
        if way_in is not None:
            way_in.book(event)

    def withdraw(self, event: Withdrawal) -> None:
        """Take back a print that was judged."""
        way_in = self._ways_in.get(event.symbol)
        if way_in is not None:
            way_in.withdraw(event)

    def halt(self, event: HaltEvent) -> None:
        """Take the word that trading in a symbol stops, or may begin again."""
        way_in = self._ways_in.get(event.symbol)
        if way_in is not None:
            way_in.halt(event)

    def columns(self, batch: EventColumns) -> None:
        """Judge many events at once, in their order."""
        batch.give_each(self._ways_in)

    # What is watched, and what is known of it.

    def start_afresh(self) -> None:
        """Drop the state of an earlier run: what was missed since must not look like quiet."""
        for symbol in self.symbols:
            self._forget(symbol)

    def take_back(self, said: Said) -> None:
        """Take what earlier runs said: it counts, and neither is it said again nor forgotten.

        Args:
            said: What the record holds of this trading day.
        """
        self.publisher.take_back(said)
        self._ledger.know(said.opened)
        self._judged.know(said.judged)
        if said.settings_at is not None:
            self._settings_ns = max(self._settings_ns, ns_from_utc(said.settings_at))

    def history_start(self, symbol: str, now_ns: int) -> int:
        """Return from when a symbol's tape is to be asked for as its watch begins.

        Args:
            symbol: Ticker.
            now_ns: The present, Unix nanoseconds.
        """
        return backfill_start(now_ns, self._judged.of(symbol))

    def read_positions(self) -> tuple[str, ...]:
        """Read the positions anew and return the symbols that are to be watched.

        A position that is missing is watched on until it is surely gone, and nobody is told to
        leave it meanwhile. A position manager that fails is counted each time, and what was read
        last stays protected; `HostPositions` tells of it.
        """
        self.look_at_settings()
        try:
            positions, symbols = self.detector.held_positions(), self.detector.monitored_symbols()
        except Exception:  # noqa: BLE001 - a host's manager must not end the protection
            self._dropped["position_manager_failed"] += 1
            return self.protected
        self._hold(positions)
        self.protected = tuple(dict.fromkeys([*symbols, *self._ledger.lingering]))
        self._protected_once.update(self.protected)
        return self.protected

    def change_settings(self, config: OrderFlowConfig) -> None:
        """Judge by other settings from the next event on, of every symbol at once.

        Windows, levels, memories and what was said stay; an alert that was said counts on.

        Args:
            config: Settings that differ in nothing that needs a restart; see `settings.changes`.
        """
        now = self.clock()
        before, self.config = self.config, config
        if config.config_hash != before.config_hash:
            self._settings_ns = ns_from_utc(now)
        self.detector.use_settings(config)
        self.tape_monitor.use_settings(config)
        self.exit_judge.use_settings(config)
        for symbol, judge in self.judges.items():
            own, earlier = config.for_symbol(symbol), before.for_symbol(symbol)
            judge.use_settings(own, scale_rules(config, symbol))
            if own.large_order_size_threshold != earlier.large_order_size_threshold:
                self._threshold_check.forget(symbol)
            self._plan_recheck(judge)
        # Last: whoever is told finds it done.
        self.publisher.use_settings(config, now)

    def close_position(self, symbol: str) -> None:
        """Drop what was recommended for a position that is surely gone: a new one is another."""
        self.exit_judge.forget(symbol)
        self.publisher.exits.pop(symbol, None)

    def _hold(self, positions: Mapping[str, Position]) -> None:
        if not self._is_live:
            fresh = [each for symbol, each in positions.items() if symbol not in self.positions]
            self.positions.update(positions)
            for symbol in [each for each in self.positions if each not in positions]:
                del self.positions[symbol]
            for position in fresh:
                self.publisher.resume(position)
            return
        now = self.clock()
        changes = self._ledger.take(positions, ns_from_utc(now), self._known_closed())
        for symbol in changes.gone:
            self.close_position(symbol)
            self.publisher.write_line(GONE_EVENT, now, symbol)
        for position in changes.seen:
            opened_at = iso_utc(position.opened_at or now)
            self.publisher.write_line(
                SEEN_EVENT,
                now,
                position.symbol,
                opened_at=opened_at,
                quantity=position.quantity,
                average_price=position.average_price,
            )
            self.publisher.resume(position)

    @property
    def knows_positions(self) -> bool:
        """Whether `positions` is what was read, and not only nothing yet."""
        return self._ledger.is_known

    def _known_closed(self) -> frozenset[str]:
        ask = getattr(self._position_manager, "get_closed", None)
        return frozenset(ask()) if callable(ask) else frozenset()

    def watch(
        self,
        symbol: str,
        *,
        from_ns: int,
        now_ns: int,
        by_exchange_time: bool = False,
        memory: ScaleState | None = None,
        ranks: bool = True,
    ) -> MarketSink:
        """Judge a symbol from now on, and return where its events go.

        Args:
            symbol: Ticker.
            from_ns: Since when every print will be given, so that quiet minutes count.
            now_ns: The present.
            by_exchange_time: True where quotes come without participant stamps, so that prints meet
                them by exchange time from the first on.
            memory: What is known of the symbol's own scale; None looks for its profile.
            ranks: Keep a memory of its own scale; without one, which takes little room, it is
                judged as in its first hour all the time.
        """
        bursts = self.tape_monitor.state_of(symbol)
        bursts.watch_from(from_ns)
        sellers = self.detector.state_of(symbol)
        said, since_ns = self.publisher.episodes, day_start(from_ns)
        for level in said.standing(symbol, since_ns, from_ns):
            sellers.take_back(level.source, level.price_ticks, level.size)
        known_prices = said.prices(symbol, since_ns)
        self._starts[symbol] = watch_start(
            from_ns, self._judged.of(symbol), known_prices, self._settings_ns
        )
        judge = SymbolJudge(
            symbol,
            self.config,
            conditions=self._conditions,
            sellers=sellers,
            bursts=bursts,
            sides=matching_of(self.step_ns).classifier(),
            on_signals=self._publish,
            on_due=self._recheck,
            on_walls=self._tell_of_walls,
            takes_back=self.takes_back,
            least_taken_back=self.least_taken_back,
        )
        self._give_scale(judge, from_ns, memory, ranks=ranks)
        judge.by_exchange_time = by_exchange_time
        judge.infers_halts = self.infers_halts
        self.judges[symbol] = judge
        way_in = self._ways_in[symbol] = self._in_front_of(judge)
        self.sightings.add(symbol, now_ns)
        # A recommendation of an earlier run may stand.
        self._plan_recheck(judge)
        return way_in

    def unwatch(self, symbol: str) -> None:
        """End the watch of a symbol; what was said of it and its counts of dropped prints stay."""
        judge = self.judges.get(symbol)
        if judge is not None:
            self._end_scale(judge)
        self._forget(symbol)
        self.exit_judge.forget(symbol)

    def retire(self, symbol: str) -> None:
        """End the watch of a symbol of which nothing comes again: nothing is kept of it."""
        self.unwatch(symbol)
        self.publisher.forget(symbol)
        self.detector.alert_history.forget(symbol)

    def wants_seed(self) -> tuple[str, ...]:
        """Return the symbols whose own scale has no memory, once something has come of them."""
        return tuple(
            judge.symbol
            for judge in self.judges.values()
            if judge.quotes
            and judge.desk is not None
            and judge.desk.scale.ranks
            and judge.desk.scale.takes_seed
        )

    def seed(self, symbol: str, seed: Seed) -> None:
        """Take what an earlier session says of a symbol; nothing where it comes too late.

        Args:
            symbol: Ticker.
            seed: As `own_scale.seed` found it.
        """
        judge = self.judges.get(symbol)
        if judge is not None and judge.desk is not None:
            judge.desk.scale.seed(*seed)

    def known_from(self, symbol: str, stamp_ns: int) -> None:
        """State that every print of a watched symbol is known from here on only."""
        self.tape_monitor.state_of(symbol).watch_from(stamp_ns)

    def use_conditions(self, conditions: TradeConditions) -> None:
        """Judge the symbols that are watched from now on by another table of trade conditions."""
        self._conditions = conditions

    # How well it can be seen.

    def saw(self, symbol: str, sight: Sight, at_ns: int, spans: tuple[OpenSpan, ...] = ()) -> None:
        """Take what can be seen of a watched symbol, and what is unknown; see `Sightings.saw`."""
        if self.sightings.saw(symbol, sight, at_ns, spans):
            self.judges[symbol].lose_walls()

    def saw_depth(self, symbol: str, sight: DepthSight, at_ns: int) -> bool:
        """Take whether a second feed's depth of a symbol is seen; True where it is lost now."""
        begins, judge = self.sightings.saw_depth(symbol, sight, at_ns), self.judges[symbol]
        if begins:
            judge.lose_depth()
        judge.see_depth(is_seen=not sight.lost)
        return begins

    def span_lost(self, lost: Lost, at_ns: int) -> None:
        """Take that a span of a symbol was never seen, and matters no more: it is told for good."""
        self.publisher.publish_feed_event(self.sightings.lost(lost, at_ns))

    def data_refused(self, symbol: str, what: str, at_ns: int, error: OrderFlowError) -> None:
        """Take an answer that failed or was refused; data refused for the first time is told."""
        event = self.sightings.refuse(symbol, what, at_ns, error)
        if event is not None:
            self.publisher.publish_feed_event(event)

    def say(self, reason: str, sentence: str, at_ns: int) -> None:
        """Tell everybody what they have to know of the connection.

        Args:
            reason: One word, for records.
            sentence: What is the matter, and what is being done.
            at_ns: When, Unix nanoseconds.
        """
        self.publisher.publish_connection(reason, sentence, utc_from_ns(at_ns))

    def every_second(self, now_ns: int, symbols: Iterable[str] | None = None) -> None:
        """Tell what time has brought: feeds that changed, and what is odd about symbols or prints.

        Whoever feeds this judge calls it once a second for every protected symbol.

        Args:
            now_ns: The present, Unix nanoseconds.
            symbols: Which symbols are looked at; None for every watched one.
        """
        # A copy: a listener that is told may close positions.
        looked_at = self.symbols if symbols is None else tuple(symbols)
        for event in self.sightings.changes_of(looked_at, now_ns):
            self.publisher.publish_feed_event(event)
        for event in self.sightings.depth_changes_of(looked_at, now_ns):
            self.publisher.publish_feed_event(event)
        self._check_thresholds(looked_at, now_ns)
        self._note_judged(looked_at)
        self._keep_profiles(looked_at)
        self.keep_record(now_ns)
        self._warn_of_unknown_conditions()

    def keep_record(self, now_ns: int) -> None:
        """Look after the record, unless that was done within this second.

        `every_second` does so; who has no symbol to look at calls it in that one's place.

        Args:
            now_ns: The present, Unix nanoseconds.
        """
        # A clock that was set back must not end it.
        if self._is_live and not 0 <= now_ns - self._record_kept_ns < NS_PER_SECOND:
            self._record_kept_ns = now_ns
            self.publisher.keep_record(self._judged.recent(now_ns), utc_from_ns(now_ns))

    def write_started(self) -> None:
        """Record that a run begins, with its symbols."""
        self._write_run("order_flow.monitoring_started", **self.start_facts())
        for symbol, why in self._ignored_profiles().items():
            now_ns = ns_from_utc(self.clock())
            self.say("profile", f"{symbol}: its profile is ignored: {why}", now_ns)

    def start_facts(self) -> dict[str, str | None]:
        """Return what is recorded of a run's start: memories it began with, and the market."""
        if not self.config.judges_by_own_scale:
            return {"market": self.market}
        return {"profile_hash": profile_hash(self._memories), "market": self.market}

    def write_scales(self) -> None:
        """Record how many alerts the sessions gave that go on as the watch ends."""
        for judge in self.judges.values():
            self._end_scale(judge)

    def write_stopped(self) -> None:
        """Record that a run ends."""
        self._keep_profiles(self.symbols)
        self.write_scales()
        self._write_run("order_flow.monitoring_stopped")

    def flush(self) -> None:
        """Bring to the disk what a capture holds back; there is none here."""

    # What can be asked of it.

    def price(self, symbol: str) -> Decimal | None:
        """Return what a share could be sold for: the best bid, else the last price, else None."""
        judge = self.judges.get(symbol)
        return None if judge is None else _price(judge)

    def leaving(self, symbol: str) -> Leaving | None:
        """Return what leaving a position costs now; None where none is held, and for a short one.

        It is not known while the symbol cannot be seen.
        """
        position = self.positions.get(symbol)
        if position is None or position.is_short:
            return None
        now_ns = ns_from_utc(self.clock())
        return self.leaving_seen(position, self.sightings.visibility(symbol, now_ns).state, now_ns)

    def leaving_seen(self, position: Position, sees: VisibilityState, now_ns: int) -> Leaving:
        """Return what leaving a long position costs, by how well its symbol is seen.

        Args:
            position: What is held.
            sees: How well its symbol is seen.
            now_ns: The present, Unix nanoseconds.
        """
        if sees == "blind":
            return not_known(position, "it cannot be seen")
        return self._leaving(position, now_ns)

    def leaving_at(self, alert: OrderFlowAlert) -> Leaving | None:
        """Return what leaving cost at an alert, as it is told; None as of `leaving`."""
        position = self.exit_judge.position_of(alert.symbol)
        if position is None or position.is_short:
            return None
        return self._leaving(position, ns_from_utc(alert.timestamp_utc))

    def dropped(self) -> Mapping[str, int]:
        """Return what was not judged, by reason, over the life of this judge."""
        total = Counter(dict(self._dropped))
        # Copies throughout: the judging thread may add a reason meanwhile.
        for judge in tuple(self.judges.values()):
            total.update(judge.left_out())
        total.update(dict(self.sightings.refused))
        total.update(dict(self.client.counters))
        total.update(dict(self.stream_counts))
        return dict(sorted(total.items()))

    def _write_run(self, event: str, **facts: object) -> None:
        self.publisher.write_line(event, self.clock(), None, symbols=list(self.judges), **facts)

    def _give_scale(
        self, judge: SymbolJudge, from_ns: int, memory: ScaleState | None, *, ranks: bool
    ) -> None:
        """Let a symbol be judged by its own scale, where that is what is set."""
        symbol = judge.symbol
        rules = scale_rules(self.config, symbol)
        if rules is None:
            return
        scale = OwnScale(rules, ranks=ranks)
        memory = memory or (self._memory_of(symbol) if ranks else None)
        if memory is not None:
            try:
                scale.restore(memory)
            except ValueError as error:
                if self.profiles is not None:
                    self.profiles.refuse(symbol, str(error))
            else:
                self._memories[symbol] = memory
        scale.watch_from(from_ns)
        judge.judge_by(scale, self.config.for_symbol(symbol).alert_window_seconds)
        session = session_at(from_ns)
        if judge.desk is not None and session is not None:
            alerts = self.publisher.ranked_alerts(symbol)
            judge.desk.know_said(said_lines(alerts, session.open_ns), from_ns)
        self._kept_ns[symbol] = scale.block_ns

    def _memory_of(self, symbol: str) -> ScaleState | None:
        """Return what is known of a symbol's own scale as its watch begins."""
        return None if self.profiles is None else self.profiles.load(symbol)

    def _ignored_profiles(self) -> Mapping[str, str]:
        return {} if self.profiles is None else self.profiles.unreadable

    def _keep_profiles(self, symbols: Iterable[str]) -> None:
        """Let the memories be written of which a block has begun since."""
        if self.profiles is None:
            return
        for judge in filter(None, map(self.judges.get, symbols)):
            desk = judge.desk
            if desk is None or desk.scale.block_ns == self._kept_ns.get(judge.symbol):
                continue
            self._kept_ns[judge.symbol] = desk.scale.block_ns
            if desk.scale.ranks:
                self.profiles.keep(judge.symbol, desk.scale.state())

    def _in_front_of(self, judge: SymbolJudge) -> MarketSink:
        """Return what the events of a symbol go to; a capture stands in front of the judge."""
        return judge

    def _forget(self, symbol: str) -> None:
        self._keep_profiles((symbol,))
        self._kept_ns.pop(symbol, None)
        self._ways_in.pop(symbol, None)
        judge = self.judges.pop(symbol, None)
        if judge is not None:
            self._dropped.update(judge.left_out())
            # Of thousands that are not protected nobody asks for the past.
            if symbol in self._protected_once:
                self._judged.note(symbol, self._starts[symbol], judge.trade_ns)
        self._starts.pop(symbol, None)
        self.detector.forget(symbol)
        self.tape_monitor.forget(symbol)
        self.exit_judge.on_feed_recovered(symbol)
        self.sightings.remove(symbol)
        self._threshold_check.forget(symbol)

    def _note_judged(self, symbols: Iterable[str]) -> None:
        """Note how far symbols are judged."""
        for judge in filter(None, map(self.judges.get, symbols)):
            self._judged.note(judge.symbol, self._starts[judge.symbol], judge.trade_ns)

    def _check_thresholds(self, symbols: Iterable[str], now_ns: int) -> None:
        for symbol in symbols:
            judge = self.judges.get(symbol)
            if judge is None or not judge.quotes or not self._holds_fixed(judge):
                continue
            per_cent = self._threshold_check.saw(symbol, exceeded=judge.shows_large_level)
            if per_cent is not None:
                threshold = self.config.for_symbol(symbol).large_order_size_threshold
                self.publisher.publish_notice(
                    ThresholdNotice(symbol, utc_from_ns(now_ns), threshold, per_cent)
                )

    def _holds_fixed(self, judge: SymbolJudge) -> bool:
        """Return whether a number that somebody may fit decides what is large of a symbol."""
        if judge.desk is None:
            return True
        return "large_order_size_threshold" in self.config.for_symbol(judge.symbol).stated

    def _warn_of_unknown_conditions(self) -> None:
        for condition in sorted(self._conditions.unknown_seen - self._warned_conditions):
            self._warned_conditions.add(condition)
            _logger.warning("order_flow.unknown_condition_met", extra={"condition": condition})

    def _publish(self, judge: SymbolJudge, signals: list[Signal], received_ns: int | None) -> None:
        price_ticks = judge.price_ticks
        start, at_first_quote = self._starts[judge.symbol], judge.quotes <= 1
        desk = judge.desk
        for signal in signals:
            if start.was_said(signal, at_first_quote=at_first_quote):
                continue
            if desk is None:
                self.publisher.publish_signal(
                    signal, received_ns=received_ns, price_ticks=price_ticks
                )
                continue
            facts = self._facts(judge, signal.timestamp_ns)
            is_new = self.publisher.publish_signal(
                msgspec.structs.replace(signal, facts=facts),
                received_ns=received_ns,
                price_ticks=price_ticks,
            )
            # What is known already stands in the record, and is counted from there.
            if is_new:
                desk.count(signal)
        self._plan_recheck(judge)

    def _tell_of_walls(
        self, judge: SymbolJudge, walls: list[ToldWall], received_ns: int | None
    ) -> None:
        """Tell what happened to large levels, unless that is old news or an hour has enough."""
        for fact, is_told, left_out in walls:
            if lateness(fact.stamp_ns, received_ns)[0]:
                self.publisher.counts["wall_late"] += 1
                continue
            if not is_told:
                self.publisher.counts["wall_not_told"] += 1
                continue
            self.publisher.publish_wall(
                WallNotice(
                    judge.symbol,
                    utc_from_ns(fact.stamp_ns),
                    fact.event,
                    fact.side,
                    price_from_ticks(fact.price_ticks),
                    fact.size,
                    fact.peak,
                    fact.executed,
                    fact.cancelled,
                    fact.added,
                    fact.refills,
                    utc_from_ns(fact.since_ns),
                    fact.levels_away,
                    left_out,
                )
            )

    def _facts(self, judge: SymbolJudge, stamp_ns: int) -> Facts | None:
        """Return what is so of a symbol; None under fixed thresholds."""
        if judge.desk is None:
            return None
        return facts_of(
            judge,
            judge.desk.scale,
            stamp_ns,
            position=self.exit_judge.position_of(judge.symbol),
            market_bp=self.publisher.market.change_bp(stamp_ns),
        )

    def _leaving(self, position: Position, as_of_ns: int) -> Leaving:
        judge = self.judges.get(position.symbol)
        if judge is None:
            return not_known(position, NO_QUOTE)
        return leaving_of(judge, position, as_of_ns)

    def _recheck(self, judge: SymbolJudge, sip_ns: int) -> None:
        symbol, market = judge.symbol, self.publisher.market
        if judge.desk is not None:
            self._tell_of_scale(judge, judge.desk.scale)
            if symbol == MARKET and sip_ns >= market.due_ns:
                market.see(sip_ns, judge.bid_ticks, judge.ask_ticks)
        if sip_ns >= self._exit_due_ns(symbol):
            facts = self._facts(judge, sip_ns)
            self.publisher.recheck(symbol, utc_from_ns(sip_ns), _price(judge), facts)
        self._plan_recheck(judge)

    def _tell_of_scale(self, judge: SymbolJudge, scale: OwnScale) -> None:
        """Tell what the turns of a symbol's memory have found."""
        waiting, scale.to_tell = scale.to_tell, []
        for found in waiting:
            if isinstance(found, Regime):
                moment = utc_from_ns(judge.trade_ns)
                self.publisher.publish_regime(RegimeNotice(judge.symbol, moment, *found))
            else:
                self._write_scale(judge.symbol, found)

    def _write_scale(self, symbol: str, day: DaySummary) -> None:
        memory = self._memories.get(symbol)
        self.publisher.write_line(
            SCALE_EVENT,
            utc_from_ns(day.until_ns),
            symbol,
            alerts=day.alerts,
            held_back=day.held_back,
            eased=day.eased,
            thresholds=thresholds_by_name(day.thresholds),
            memory_from=iso_utc(utc_from_ns(day.memory_from_ns)) if day.memory_from_ns else None,
            profile_hash=profile_hash({} if memory is None else {symbol: memory}),
        )

    def _end_scale(self, judge: SymbolJudge) -> None:
        """Record what a session was like whose end is not watched."""
        if judge.desk is None:
            return
        scale = judge.desk.scale
        self._tell_of_scale(judge, scale)
        day = scale.summary(max(judge.trade_ns, judge.quote_ns))
        if day is not None:
            self._write_scale(judge.symbol, day)

    def _exit_due_ns(self, symbol: str) -> int:
        moment = self.exit_judge.recheck_at(symbol)
        return FAR_FUTURE_NS if moment is None else ns_from_utc(moment)

    def _plan_recheck(self, judge: SymbolJudge) -> None:
        due_ns = self._exit_due_ns(judge.symbol)
        if judge.desk is not None:
            if judge.desk.scale.to_tell:
                due_ns = 0
            elif judge.symbol == MARKET:
                due_ns = min(due_ns, self.publisher.market.due_ns)
        judge.recheck_ns = due_ns


def _look_nowhere() -> None:
    """Stand for whoever changes settings."""


def _price(judge: SymbolJudge) -> Decimal | None:
    ticks = judge.price_ticks
    return None if ticks is None else price_from_ticks(ticks)
