"""OrderFlowMonitor: watches the market for the open positions, by a stream or by polling.

It makes the judge, chooses who feeds it, runs and stops that, and says how well all is. What is
done with every event stands in `judge`; whoever replays a day gives events to a judge as well.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .clock import Clock, monotonic_seconds, utc_now
from .config import OrderFlowConfig
from .data_models import MarketSource
from .diagnostics import HAND_OVER
from .errors import DataSourceError, OrderFlowError
from .feed.poll_driver import PollDriver
from .feed.poll_feed import cycle_seconds
from .feed.stream_probe import StreamProbe
from .held.host_positions import HostPositions, PositionsState
from .held.source import HoldsPositions
from .journal.compressing import Compressor
from .journal.lines import MUTED_EVENT, UNMUTED_EVENT
from .journal.market_of_record import refuse_other_market
from .journal.profile import Profiles, profile_folder
from .journal.publisher import ContextSource
from .journal.writer import AlertLog
from .judge import MarketJudge
from .live_file.aside import StepsAside
from .live_file.look import LiveLook
from .live_file.place import refuse_inside
from .live_file.thread import LiveFile
from .market.trade_conditions import TradeConditions
from .market.units import iso_utc, ns_from_utc, utc_from_ns
from .notices import GuardStateKind, Listener
from .position import Position, PositionManager
from .providers.provider import HeadedStream, History, KeepsFrames, Provider
from .providers.registry import make_provider
from .providers.secrets import Secrets
from .recommendation import Leaving
from .rules.leaving import plain
from .settings.renewal import RefusalKind, SettingsRenewal, SettingsSource
from .sight.visibility import Visibility
from .telling.event_feed import EventFeed
from .telling.event_queue import DEFAULT_LIMIT
from .telling.standing import Standing, Status, status_of, words_of_troubles
from .telling.telling import Telling
from .threads.watch import JUDGING, JUDGING_SECONDS, Threads, Watched
from .validators import MAX_CLOCK_SKEW

if TYPE_CHECKING:
    from .capture.frames import FrameCapture
    from .capture.writer import CaptureWriter
    from .feed.frame_queue import FrameQueue, QueueHealth
    from .feed.stream_driver import StreamDriver

MonitorMode = Literal["stream", "poll"]
"""How the market is watched: by a stream of every event, or by asking again and again."""
STREAM_PATIENCE_SECONDS = 20.0
LEAST_TAKEN_BACK = 1_000
"""Shares of a print that is remembered where only history says that one was cancelled."""
"""How long a stream may fail from the beginning before polling takes its place, where allowed."""
AGAIN_SECONDS = 1.0
"""How long after a defect that ended the judging it begins anew."""
TRADING_DAY = timedelta(hours=20)
"""Alerts of longer ago were of another day: 04:00 to 20:00 New York."""
DEFAULT_LOG_DIRECTORY = Path("logs/order_flow")


class OrderFlowMonitor:
    """Watches every held symbol and tells the listeners what it finds.

    Whoever is told can neither stop nor delay it: each listener has a thread and a bounded queue of
    its own, and is told once what was found, and what follows from it, is recorded.

    Threads: `run` judges on the thread that calls it. Whatever can be asked (`health_check`,
    `visibility`, `positions`, `price`, `dropped`, the detector's history and exit rule) may be
    asked from any thread meanwhile, and answers with what was known at that moment.

    Args:
        config: Settings.
        position_manager: What is held, and the watchlist; its positions may be of the host's own
            class, see `held.source.read`.
        client: Asks the provider, in place of the one that belongs to the settings.
        provider: The provider itself; the one that `data_source` names by default.
        secrets: Where that one finds its keys; environment and `.env` by default.
        log_directory: Where the record goes; None keeps no record.
        alert_log: The record itself, in place of one in `log_directory`.
        context: Headlines for alerts.
        clock: Exchange-aligned present.
        wall_fields: False writes null for latency and `logged_at`, as a replay must.
        conditions: Which prints count.
        record_to: Takes all that the judge is given, for a replay; None records nothing.
        goes_on: Take back what earlier runs recorded; False for a market that begins anew with each
            process, such as a demonstration.
        threads: Knows how the threads are, those of who makes this monitor among them.
        profiles: What is known of each symbol's own scale; None keeps it beside the record, where
            that goes on.
        settings: Asked once a second, by the thread that judges, whether the settings have changed;
            see `settings.renewal`. None leaves that to `change_settings`.
        market: Which market this is: the record and `health_check` name it, and a folder takes the
            record of one only.
        live_dir: Folder of the live file, see docs/live_file.md; None writes none.

    Raises:
        ValueError: `data_source` names no provider that is here, or `live_dir` lies inside the
            record.

    Attributes:
        market: As given.
        sleeping_until: When the watch begins again, as whoever runs this states it while the market
            is closed.
        muted: Says until when each symbol is silent of which no notice is sent.
        clock: As given.
        provider: The provider.
        judge: Judges what the provider brings.
        telling: Hands what was found to all who are told; a host's loop opens a queue there.
        threads: Knows how each thread is.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        position_manager: PositionManager | HoldsPositions,
        client: History | None = None,
        provider: Provider | None = None,
        secrets: Secrets | None = None,
        log_directory: Path | str | None = DEFAULT_LOG_DIRECTORY,
        alert_log: AlertLog | None = None,
        context: ContextSource | None = None,
        clock: Clock = utc_now,
        wall_fields: bool = True,
        conditions: TradeConditions | None = None,
        record_to: CaptureWriter | None = None,
        goes_on: bool = True,
        threads: Threads | None = None,
        profiles: Profiles | None = None,
        settings: SettingsSource | None = None,
        market: MarketSource = "live",
        live_dir: Path | str | None = None,
    ) -> None:
        self.market: MarketSource = market
        self.sleeping_until: datetime | None = None
        self.muted: Callable[[], Mapping[str, datetime]] = dict
        self.threads = threads or Threads()
        self.threads.record = self._record_defect
        self.clock = clock
        self._stop = threading.Event()
        self._running = threading.Lock()
        self._has_run = False
        # Of the stream that is watched now.
        self._queue: FrameQueue | None = None
        self._on_streaming: Callable[[], None] | None = None
        self._wake: Callable[[], None] = lambda: None
        # Waits for turns and retries end at once when the monitor is stopped.
        self.provider = provider or make_provider(
            config, clock=clock, wait=self._stop.wait, history=client, secrets=secrets
        )
        if alert_log is None and log_directory is not None:
            alert_log = AlertLog(log_directory)
        self._alert_log = alert_log
        self._compressor = self._make_compressor(config)
        self._record_to = record_to
        self._goes_on = goes_on
        self._profiles = profiles or self._make_profiles(log_directory)
        if not isinstance(position_manager, HostPositions):
            position_manager = HostPositions(position_manager, self._tell_positions, clock)
        self._positions = position_manager
        capabilities = self.provider.capabilities
        judge_arguments: dict[str, Any] = {
            "position_manager": self._positions,
            "client": self.provider.history,
            "alert_log": alert_log,
            "context": context,
            "clock": clock,
            "wall_fields": wall_fields,
            "conditions": conditions,
            "takes_back": capabilities.corrections or capabilities.corrects_history,
            "least_taken_back": 0 if capabilities.corrections else LEAST_TAKEN_BACK,
            "step_ns": capabilities.step_ns,
            "profiles": self._profiles,
            "market": market,
        }
        self.judge = (
            MarketJudge(config, **judge_arguments)
            if record_to is None
            else _capturing(config, record_to, judge_arguments)
        )
        self._settings = SettingsRenewal(self.judge, settings, self._tell_settings)
        self.judge.look_at_settings = self._look_at_settings
        self.telling = Telling(on_told=self.judge.publisher.mark_told, threads=self.threads)
        self.judge.publisher.add_listener(self.telling.put)
        self._live_file = None if live_dir is None else self._make_live_file(Path(live_dir))

    @property
    def config(self) -> OrderFlowConfig:
        """The settings in force."""
        return self.judge.config

    def change_settings(self, config: OrderFlowConfig) -> None:
        """Judge by other settings within a second, or as the next run begins; from any thread.

        They are taken over between two events, for every symbol at once; windows, memories and what
        was said stay. What has changed is recorded and told, as `settings_changed`.

        Args:
            config: The settings; those of `settings.changes.WHILE_RUNNING` may differ.

        Raises:
            ValueError: Others differ, and need a restart; names them. Nothing changes.
        """
        self._settings.ask(config)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The watched symbols."""
        return self.judge.symbols

    @property
    def protected(self) -> tuple[str, ...]:
        """The symbols of the positions and the watchlist, as last read.

        `symbols` are more where everything is watched.
        """
        return self.judge.protected

    def wanted_symbols(self) -> tuple[str, ...]:
        """Ask the position manager which symbols are to be watched."""
        return self.judge.detector.monitored_symbols()

    @property
    def positions(self) -> Mapping[str, Position]:
        """The open positions by symbol, as last read; a copy, for any thread."""
        return dict(self.judge.positions)

    @property
    def is_running(self) -> bool:
        """Whether a run is under way; outside of one nothing is watched."""
        return self._running.locked()

    @property
    def positions_state(self) -> PositionsState:
        """How far it is known what is held, in one word."""
        return self._positions.state

    @property
    def positions_read_ns(self) -> int | None:
        """When the positions were read last, Unix nanoseconds of `clock`; None before."""
        return self._positions.read_ns

    def queue_health(self) -> QueueHealth | None:
        """Return what waits to be judged of the stream; None while none is watched."""
        queue = self._queue
        return None if queue is None else queue.health(ns_from_utc(self.clock()))

    @property
    def client(self) -> History:
        """Whom the provider's history is asked of."""
        return self.provider.history

    def add_listener(self, listener: Listener) -> None:
        """Tell this callable of every `MonitorEvent` from now on, on a thread of its own.

        It is called with one event at a time, in their order. One that raises is counted and
        logged; one that hangs loses what does not fit its queue, and is told so, but no exit, no
        blind position and no failure: the newest of each symbol waits. `run` ends without it.
        """
        self.telling.add_listener(listener)

    def remove_listener(self, listener: Listener) -> None:
        """Stop telling this callable; what waits for it is dropped."""
        self.telling.remove_listener(listener)

    def events(self, limit: int = DEFAULT_LIMIT) -> EventFeed:
        """Return every event from now on as an asynchronous iterator: `async for` on it.

        Call it on the event loop that reads; `close` ends the iteration.

        Args:
            limit: How many events may wait for the reader; the oldest that is no exit, no blind
                position and no failure goes first, and the reader finds how many went.
        """
        return EventFeed(self.telling, limit)

    def run(
        self,
        duration_seconds: float | None = None,
        *,
        mode: MonitorMode = "poll",
        on_refused: Callable[[DataSourceError], None] | None = None,
        everything: bool = False,
        stopped: threading.Event | None = None,
        on_streaming: Callable[[], None] | None = None,
    ) -> None:
        """Watch until `stop` is called, or for a while. Blocks; give it a thread of its own.

        A later run, such as that of the next session, begins afresh but for the alerts that count.
        A `stop` before the first run ends that one; one between two runs belongs to the earlier.

        Args:
            duration_seconds: Ends by itself after this time; None runs on.
            mode: `stream` or `poll`.
            on_refused: Told why when the provider refuses to stream, or cannot be reached from the
                beginning; polling goes on then. Without it a refusal ends the run.
            everything: Judge every symbol that the provider streams. Only those of the positions
                and the watchlist are repaired after a cut; the others begin anew. Polling in place
                of a refused stream watches the positions and the watchlist only.
            stopped: The caller's own word that it is to end, for who may say so between two runs:
                it is set before `stop` is called.
            on_streaming: Called once the provider has let in what was asked of its stream, and
                again by each stream that takes its place after polling or a defect.

        Raises:
            DataSourceError: The provider refuses to stream; `code` says why.
            OtherMarketError: The folder holds another market's record.
            RecordInUseError: Another guard keeps its record in this folder.
            RuntimeError: It runs already.
            ValueError: `everything` in another mode than `stream`, or of a provider that cannot
                stream every symbol.
        """
        self._refuse_impossible(mode, everything=everything)
        self._on_streaming = on_streaming
        with self._one_run():
            try:
                if not _is_set(stopped):
                    self._watch(duration_seconds, mode, on_refused, everything=everything)
            finally:
                self._end()

    def _watch(
        self,
        duration_seconds: float | None,
        mode: MonitorMode,
        on_refused: Callable[[DataSourceError], None] | None,
        *,
        everything: bool,
    ) -> None:
        ends, goes_on = _end_of(duration_seconds), True
        self._compress_old_days()
        while goes_on:
            if mode == "stream":
                patience = None if on_refused is None else STREAM_PATIENCE_SECONDS
                refusal = asyncio.run(self._stream(_left(ends), patience, everything=everything))
                if refusal is None:
                    return
                if on_refused is None:
                    raise refusal
                on_refused(refusal)
            goes_on = self._poll(ends, tries_stream=mode == "stream")

    async def run_async(
        self,
        duration_seconds: float | None = None,
        *,
        mode: MonitorMode = "stream",
        on_refused: Callable[[DataSourceError], None] | None = None,
        everything: bool = False,
        stopped: threading.Event | None = None,
        on_streaming: Callable[[], None] | None = None,
    ) -> None:
        """Watch until `stop`, cancellation, or for a while; a stream runs on the host's event loop.

        Args:
            duration_seconds: Ends by itself after this time; None runs on.
            mode: `stream`, or `poll`, which takes a thread of its own.
            on_refused: As in `run`; called on the thread that polls from then on.
            everything: Judge every symbol that the provider streams; see `run`.
            stopped: As in `run`.
            on_streaming: As in `run`.

        Raises:
            DataSourceError: The provider refuses to stream; `code` says why.
            OtherMarketError: As `run`.
            RecordInUseError: As `run`.
            RuntimeError: It runs already.
            ValueError: `everything` in another mode than `stream`, or of a provider that cannot
                stream every symbol.
        """
        self._refuse_impossible(mode, everything=everything)
        self._on_streaming = on_streaming
        ends = _end_of(duration_seconds)
        with self._one_run():
            try:
                if _is_set(stopped):
                    return
                refusal, goes_on = None, True
                self._compress_old_days()
                while goes_on:
                    if mode == "stream":
                        patience = None if on_refused is None else STREAM_PATIENCE_SECONDS
                        refusal = await self._stream(_left(ends), patience, everything=everything)
                        if refusal is None:
                            return
                        if on_refused is None:
                            raise refusal
                    goes_on = await self._poll_beside(ends, refusal, on_refused)
            finally:
                # On another thread: a listener may wait for this loop.
                await asyncio.to_thread(self._end)

    def stop(self) -> None:
        """End the run that is under way; may be called from any thread or signal handler."""
        self._stop.set()
        self._wake()

    def _wake_up(self) -> None:
        # Whoever drives at that moment.
        self._wake()

    def take_back_stop(self) -> None:
        """Let the provider be asked again after a stop, before the next run; a run does so too."""
        self._stop.clear()

    @contextmanager
    def record_held(self) -> Iterator[None]:
        """Keep other guards from the record's folder, beyond one run as well.

        Raises:
            OtherMarketError: The folder holds another market's record.
            RecordInUseError: Another guard keeps its record in this folder.
        """
        if self._alert_log is None:
            yield
            return
        is_first = self._alert_log.hold()
        try:
            if is_first:
                refuse_other_market(self._alert_log.directory, self.market)
            yield
        finally:
            self._alert_log.let_go()

    def close(self) -> None:
        """Close the record, and bring a recording to the disk; a later run goes on with both."""
        if self._alert_log is not None:
            self._alert_log.close()
        self.judge.flush()

    def note_muted(self, symbol: str, until: datetime) -> None:
        """Record that no notice of a symbol is to be sent until then; from any thread."""
        self.judge.publisher.write_line(MUTED_EVENT, self.clock(), symbol, until=iso_utc(until))

    def note_unmuted(self, symbol: str, reason: str, held_back: int) -> None:
        """Record that notices of a symbol are sent again; from any thread.

        Args:
            symbol: Ticker.
            reason: `off`: somebody asked for it; `over`: its time is over.
            held_back: How many notices were not sent meanwhile.
        """
        self.judge.publisher.write_line(
            UNMUTED_EVENT, self.clock(), symbol, reason=reason, held_back=held_back
        )

    def use_conditions(self, conditions: TradeConditions) -> None:
        """Judge the symbols that are watched from now on by another table of trade conditions."""
        self.judge.use_conditions(conditions)

    def price(self, symbol: str) -> Decimal | None:
        """Return what a share could be sold for: the best bid, else the last price, else None."""
        return self.judge.price(symbol)

    def leaving(self, symbol: str) -> Leaving | None:
        """Return what leaving a position costs now; None where none is held, or short."""
        return self.judge.leaving(symbol)

    def dropped(self) -> Mapping[str, int]:
        """Return what was not judged, by reason, over the life of this monitor."""
        return self.judge.dropped()

    def visibility(self, symbol: str) -> Visibility:
        """Say what can be seen of a symbol now."""
        return self.judge.sightings.visibility(symbol, ns_from_utc(self.clock()))

    def compared_seconds_ago(self, symbol: str) -> int | None:
        """Return how long ago a symbol was compared with a second source; None where it never was.

        Whole seconds since the newest moment up to which its prints and its quotes were equal.
        """
        now_ns = ns_from_utc(self.clock())
        sight = self.judge.sightings.sight(symbol, now_ns)
        return None if sight is None else sight.compared_seconds_ago(now_ns)

    def health_check(
        self, *, ask: bool = False, symbols: Iterable[str] | None = None
    ) -> dict[str, Any]:
        """Say how well the positions are protected.

        Args:
            ask: Ask the provider one cheap question first; see `OrderFlowDetector.health_check`.
            symbols: Of which symbols; by default of all that are watched, or are to be. Those that
                are protected may be few among thousands, and none counts while nothing is watched.

        Returns:
            What `OrderFlowDetector.health_check` says, with `market_source` (`live`, or
            `simulated`: an invented market) and with `status` set to the worst visibility of
            a held symbol (`ok`, `degraded` or `blind`), `blind` while it is not known what is held,
            at best `degraded` while the record cannot be written, and `record` (see
            docs/record.md; where one is kept), `capture` (the same, where one is made),
            `positions`, `settings`, `symbols` (by symbol:
            visibility and its reason, `compared_seconds_ago`, how long ago it was compared with a
            second source, the `spans` that are unknown, and `leaving`, what leaving the position
            costs by the displayed bids, None where none is held, or short; where depth is a second
            feed's, `depth` with `state`, `reason` and `since`, and `feeds_disagree`: None, or
            `code`, `text` and which feed looks `stale`), `dropped` (counts by reason),
            `published` (counts by kind), `listeners`: how often they `failed`, how many events they
            `lost`, and how many are `waiting` for them; and `threads`, by name: `state`,
            `age_seconds` since it last showed that it lives, its `limit_seconds`, its `failures`
            and the type of the last `error`. It is degraded while a thread is `stuck` (no life for
            longer than its limit) or `failed` (a defect within the last five minutes), and blind
            while the one that judges is stuck.

            `positions` is `ok`, or a word and its reason: `not read yet`, `stale: ...` and
            `old: ...` (degraded; what was read last stays protected) or `no_positions: ...` (blind;
            they, or some of their rows, never could be read).

            `settings` has the `config_hash` of those in force, and `status`: `ok`, or `warning`
            while others are there that are not taken over, with the `reason`.
        """
        judge = self.judge
        if symbols is None:
            symbols = (*judge.symbols, *self._unwatched())
        seen = {symbol: self.visibility(symbol) for symbol in symbols}
        held = {found.state for symbol, found in seen.items() if symbol in judge.positions}
        health = {"market_source": self.market, **judge.detector.health_check(ask=ask)}
        health["status"] = self._status(held, health["api_connectivity"])
        if self._alert_log is not None:
            health["record"] = self._alert_log.health()
        if self._record_to is not None:
            health["capture"] = self._record_to.health()
        if self._live_file is not None:
            health["live_file"] = self._live_file.health()
        health["positions"] = self._positions.health
        health["settings"] = self._settings.health()
        health["symbols"] = {symbol: self._symbol_health(symbol) for symbol in seen}
        health["dropped"] = judge.dropped()
        health["published"] = dict(sorted(dict(judge.publisher.counts).items()))
        health["listeners"] = self.telling.health()
        health["threads"] = self.threads.health()
        return health

    def _symbol_health(self, symbol: str) -> dict[str, Any]:
        found = self.visibility(symbol)
        return {
            "visibility": found.state,
            "reason": found.reason,
            "compared_seconds_ago": self.compared_seconds_ago(symbol),
            "spans": [
                {
                    "channel": span.channel,
                    "from": utc_from_ns(span.from_ns).isoformat(),
                    "to": None if span.to_ns is None else utc_from_ns(span.to_ns).isoformat(),
                    "cause": span.cause,
                    "tries": span.tries,
                    "codes": list(span.codes),
                }
                for span in self.judge.sightings.spans(symbol)
            ],
            "leaving": plain(self.leaving(symbol)),
            **self._depth_health(symbol),
        }

    def _depth_health(self, symbol: str) -> dict[str, Any]:
        """Return how a second feed's depth is seen; nothing where there is no second feed."""
        depth = self.judge.sightings.depth(symbol)
        if depth is None:
            return {}
        found = depth.disagreement
        return {
            "depth": {
                "state": "blind" if depth.lost else "visible",
                "reason": depth.lost,
                "since": utc_from_ns(depth.since_ns).isoformat(),
            },
            "feeds_disagree": None if found is None else found._asdict(),
        }

    @property
    def positions_health(self) -> str:
        """`ok` while it is known what is held, else why not; see `health_check`."""
        return self._positions.health

    def _status(self, held: Collection[str], connectivity: str) -> Status:
        return status_of(
            held,
            connectivity=connectivity,
            positions=self._positions.state,
            record_trouble=self.record_trouble,
            is_troubled=bool(self.threads.troubled),
            is_stuck=self.threads.state_of(JUDGING) == "stuck",
        )

    def troubles(self) -> tuple[str, ...]:
        """Say what is the matter with the guard as a whole, a sentence each; from any thread."""
        return words_of_troubles(
            positions=self._positions.health,
            record_trouble=self.record_trouble,
            threads=self.threads.health(),
            connectivity=self.judge.detector.connectivity,
            sleeps=self.sleeping_until is not None,
        )

    def standing(self, held: Collection[str]) -> Standing:
        """Return how the guard is as a whole, by how well the held symbols are seen."""
        status = self._status(held, self.judge.detector.connectivity)
        return Standing(status, self.troubles())

    def shown(self) -> tuple[str, ...]:
        """Return the symbols that are shown one by one: those that are protected, or are to be."""
        return () if self.sleeping_until is not None else self.judge.protected

    def new_look(self, *, record: Path | None = None, machine: Clock = utc_now) -> LiveLook:
        """Return what says what can be seen now, in the way of the live file; for one reader.

        Args:
            record: Folder of the record, as it is named in each line.
            machine: The clock by which lines are dated.
        """
        market: Literal["live", "simulated", "recorded"] = (
            "recorded" if self.market == "replay" else self.market
        )
        return LiveLook(self, market=market, record=record, machine=machine, aside=StepsAside())

    @contextmanager
    def live_file_written(self) -> Iterator[None]:
        """Write the live file, where there is one, beyond one run as well.

        Raises:
            ValueError: Another guard writes its live file there.
        """
        with self._live_file or nullcontext():
            yield

    @property
    def record_trouble(self) -> str:
        """Why the record cannot be written; empty while it can, or where none is kept."""
        return "" if self._alert_log is None else self._alert_log.trouble

    def _unwatched(self) -> tuple[str, ...]:
        """Return the symbols that are to be protected and are not watched."""
        return tuple(set(self.judge.protected).difference(self.judge.symbols))

    def _look_at_settings(self) -> None:
        try:
            self._settings.look()
        except Exception as error:  # noqa: BLE001 - positions are read all the same
            self._judging().caught(error)

    def _tell_settings(self, kind: RefusalKind, reason: str) -> None:
        self.judge.publisher.publish_settings(kind, reason, self.clock())

    def _tell_positions(self, kind: GuardStateKind, symbol: str | None, reason: str) -> None:
        self.judge.publisher.publish_positions(kind, symbol, reason, self.clock())

    def bursts_judged(self, symbol: str) -> bool:
        """Return whether red bursts of a symbol are judged at this time of the day."""
        return self.judge.tape_monitor.judges_at(symbol, ns_from_utc(self.clock()))

    def cycle_seconds(self, symbols: int) -> float:
        """Return how long one poll of so many symbols takes."""
        return cycle_seconds(self.config, symbols)

    @contextmanager
    def _one_run(self) -> Iterator[None]:
        """Hold off a second run, and other guards, until this one has closed the record.

        Raises:
            RecordInUseError: Another guard keeps its record in this folder.
            RuntimeError: One is under way.
        """
        if not self._running.acquire(blocking=False):
            raise RuntimeError("this monitor runs already: stop() it first, or make another")
        try:
            with self.record_held(), self.live_file_written():
                if self._has_run:
                    self.take_back_stop()
                self._has_run = True
                yield
        finally:
            self._running.release()

    def _make_compressor(self, config: OrderFlowConfig) -> Compressor | None:
        """Return what compresses old days of the record, where that is wanted."""
        after_days = config.compress_journal_after_days
        if self._alert_log is None or not after_days:
            return None
        return Compressor(
            self._alert_log, after_days=after_days, clock=self.clock, threads=self.threads
        )

    def _compress_old_days(self) -> None:
        if self._compressor is not None:
            self._compressor.start()

    def _end(self) -> None:
        """Let listeners hear what waits for them, for a bounded time, and close the record."""
        try:
            self.telling.close()
            HAND_OVER.wait_until_logged()
            if self._profiles is not None:
                self._profiles.close()
        finally:
            if self._compressor is not None:
                self._compressor.close()
            self.close()

    def _refuse_impossible(self, mode: MonitorMode, *, everything: bool) -> None:
        if everything and mode != "stream":
            raise ValueError("everything needs mode='stream'")
        if everything and not self.provider.capabilities.wildcard:
            raise ValueError(f"{self.provider.name} cannot stream every symbol: everything=False")

    def _make_live_file(self, folder: Path) -> LiveFile:
        record = None if self._alert_log is None else self._alert_log.directory
        if record is not None:
            refuse_inside(folder, record)
        look = self.new_look(record=record)
        return LiveFile(look, folder, self.threads)

    def _make_profiles(self, log_directory: Path | str | None) -> Profiles | None:
        """Return where memories are kept: beside the record, whose folder is one guard's alone."""
        record = self._alert_log
        if record is None or log_directory is None or not self._goes_on:
            return None
        capabilities = self.provider.capabilities
        depth = "levels" if capabilities.depth_levels > 1 else "top_of_book"
        folder = profile_folder(record.directory, self.provider.name, capabilities.dataset, depth)
        return Profiles(folder, threads=self.threads)

    def _begin(self) -> None:
        self.judge.start_afresh()
        # What earlier runs said is known by the settings that are in force now.
        self._look_at_settings()
        self._take_back()

    def _take_back(self) -> None:
        """Give the judge what earlier processes recorded."""
        if self._alert_log is None or not self._goes_on:
            return
        now = self.clock()
        said = self._alert_log.said(
            now - TRADING_DAY, now + MAX_CLOCK_SKEW, config_hash=self.config.config_hash
        )
        self.judge.take_back(said)

    async def _poll_beside(
        self,
        ends: float | None,
        refusal: DataSourceError | None,
        on_refused: Callable[[DataSourceError], None] | None,
    ) -> bool:
        """Poll in a thread; whoever cancels this waits for its end. True as `_poll` says."""

        def poll() -> bool:
            if refusal is not None and on_refused is not None:
                on_refused(refusal)
            return self._poll(ends, tries_stream=refusal is not None)

        polling = asyncio.ensure_future(asyncio.to_thread(poll))
        try:
            return await asyncio.shield(polling)
        except asyncio.CancelledError:
            self.stop()
            # It must not judge on behind the back of who runs it next.
            await asyncio.wait([polling])
            raise

    @HAND_OVER.of_this_thread()
    def _poll(self, ends: float | None, *, tries_stream: bool) -> bool:
        """Poll until stopped or the time is over; return True once the stream is there instead.

        Args:
            ends: When the time is over, monotonic seconds.
            tries_stream: Try the stream each minute, which was refused.
        """
        probe = StreamProbe(
            self.provider,
            lambda: self.judge.protected,
            self._wake_up,
            threads=self.threads,
        )
        if tries_stream:
            probe.start()
        try:
            while not self._poll_once(ends, probe.found.is_set):
                if self._stop.wait(AGAIN_SECONDS):
                    break
        finally:
            probe.close()
        if not probe.found.is_set() or self._stop.is_set():
            return False
        now_ns = ns_from_utc(self.clock())
        self.judge.say("stream_back", "the stream is there again: streaming from now on", now_ns)
        return True

    def _poll_once(self, ends: float | None, is_over: Callable[[], bool]) -> bool:
        """Poll until it is over; False where a defect has ended it before."""
        self._begin()
        driver = PollDriver(self.judge, self.provider, threads=self.threads)
        self._wake = driver.wake
        try:
            driver.run(self._stop, _left(ends), is_over)
        except OrderFlowError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect must not end the protection
            self._judging().caught(error)
            return _left(ends) == 0
        finally:
            self._wake = lambda: None
        return True

    async def _stream(
        self, duration_seconds: float | None, patience_seconds: float | None, *, everything: bool
    ) -> DataSourceError | None:
        """Stream until it is over, or the provider refuses; begin anew after a defect."""
        # A replay and polling load no stream.
        from .feed.stream_driver import StreamDriver as Driver  # noqa: PLC0415 - see above

        ends = _end_of(duration_seconds)
        while True:
            self._begin()
            driver = Driver(
                self.judge,
                self.provider,
                everything=everything,
                patience_seconds=patience_seconds,
                threads=self.threads,
                on_streaming=self._on_streaming,
            )
            self._queue = driver.queue
            frames = self._keep_frames_of(driver)
            self._wake = driver.wake
            try:
                with HAND_OVER.of_this_thread():
                    return await driver.run(self._stop, _left(ends))
            except OrderFlowError:
                raise
            except Exception as error:  # noqa: BLE001 - as in `_poll_once`
                self._judging().caught(error)
            finally:
                self._wake = lambda: None
                self._queue = None
                if frames is not None:
                    frames.rest()
            if _left(ends) == 0 or await asyncio.to_thread(self._stop.wait, AGAIN_SECONDS):
                return None

    def _keep_frames_of(self, driver: StreamDriver) -> FrameCapture | None:
        """Keep a stream's messages, where there is a capture and they can be."""
        recorder, provider, stream = self._record_to, self.provider, driver.stream
        if (
            recorder is None
            or not isinstance(provider, KeepsFrames)
            or not isinstance(stream, HeadedStream)
        ):
            return None
        frames = recorder.keep_frames(provider, self.threads)
        if frames is not None:
            frames.begin(lambda: stream.frames_head)
            driver.on_arrival = frames.take
        return frames

    def _judging(self) -> Watched:
        return self.threads.watched(JUDGING, JUDGING_SECONDS)

    def _record_defect(self, where: str, thread: str, error: str) -> None:
        self.judge.publisher.record_defect(self.clock(), where=where, thread=thread, error=error)


def _end_of(duration_seconds: float | None) -> float | None:
    """Return when a run of this duration ends, in monotonic seconds."""
    return None if duration_seconds is None else monotonic_seconds() + duration_seconds


def _left(ends: float | None) -> float | None:
    """Return how many seconds of a run are left."""
    return None if ends is None else max(ends - monotonic_seconds(), 0.0)


def _is_set(word: threading.Event | None) -> bool:
    return word is not None and word.is_set()


def _capturing(
    config: OrderFlowConfig, recorder: CaptureWriter, arguments: Mapping[str, Any]
) -> MarketJudge:
    # Most runs record nothing.
    from .capture.capturing import CapturingJudge  # noqa: PLC0415 - see above

    return CapturingJudge(config, recorder=recorder, **arguments)
