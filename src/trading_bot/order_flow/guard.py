"""OrderFlowGuard: what a host bot uses.

It takes the host's positions as they are, watches their market on a thread of its own, and tells
what it finds: to a risk manager, to listeners, to a loop that asks, to an event loop. The engine
behind it is `monitor`.

Thread rules. Every method may be called from any thread, and none waits for the judging: `view`,
`drain`, `state`, `error` and `change_settings` answer at once, `start` in a few seconds, `stop`
within its timeout. `events` is made and read on one event loop. The host's positions are read on
the guard's thread, once a second; `start` reads them on its caller's first. Listeners and the risk
manager are called on threads of the guard's, never the host's. Nothing that the host does or raises
there ends it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self, cast

from .clock import Clock, OffsetClock
from .config import OrderFlowConfig
from .data_models import MarketSource
from .diagnostics import FACTS, get_logger, told
from .errors import DataSourceError
from .feed.access import KEY_REFUSED, ask_plan, ask_time
from .held.host_positions import HostPositions
from .held.source import PositionSource
from .journal.publisher import ContextSource
from .market.units import ns_from_utc
from .monitor import DEFAULT_LOG_DIRECTORY, MonitorMode, OrderFlowMonitor
from .notices import GuardState, GuardStateKind, Listener, MonitorEvent
from .providers.provider import History, Provider
from .providers.secrets import Secrets
from .recommendation import ExitRecommendation
from .telling.event_log import EventLog
from .telling.event_queue import DEFAULT_LIMIT
from .telling.guard_events import GuardEvent, GuardListener, as_guard_event
from .telling.guard_feed import GuardFeed
from .telling.risk_manager import RiskManagerOutlet
from .telling.telling import Telling
from .telling.view import Sees, View, pressure_of, stands, within
from .threads.watch import Threads

GuardMode = Literal["stream_or_poll", "stream", "poll"]
"""How the market is watched; `stream_or_poll` polls where the provider allows no stream."""
GuardLife = Literal["stopped", "running", "failed"]
ACCESS_PATIENCE_SECONDS: Final = 3.0
"""How long `start` waits for the provider's word on key and plan; a later word counts too."""
ACCESS_SECONDS: Final = 60.0
"""How long the provider may be asked so until the thread that asks counts as stuck."""
_LONGEST_WORDS: Final = 300

_logger = get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Run:
    """One run, from `start` to its end.

    Attributes:
        stopped: Set once it is to end.
        ended: Set once it has, and all were told.
        ident: The thread that it runs on; None before.
        began: The engine runs, and its clock must not jump any more.
        refusal: Why the provider refuses key or plan, where it said so after `start`.
        holds: What it keeps to its end: the folder of its record.
    """

    stopped: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    ident: int | None = None
    began: bool = False
    refusal: DataSourceError | None = None
    holds: ExitStack = field(default_factory=ExitStack)


class OrderFlowGuard:
    """Protects a host's open positions; see this module for its thread rules.

    Args:
        config: Settings.
        positions: What is held: a manager, a callable, a live dict or a list; see
            `held.source.read`.
        risk_manager: Has one or more of `on_exit_recommendation(exit)`,
            `on_order_flow_alert(alert)` and `on_guard_state(state)`, plain functions; see
            `telling.risk_manager`.
        mode: `stream_or_poll`, `stream` or `poll`.
        client: Asks the provider, in place of the one that belongs to the settings.
        provider: The provider itself; the one that `data_source` names by default.
        secrets: Where that one finds its keys; environment and `.env` by default.
        clock: Exchange-aligned present. By default the machine's; where `base_url` names a host
            that keeps another time, such as a simulated market, that host's, learned at `start`.
        log_directory: Where the record goes; None keeps no record.
        market: Which market this is: `simulated` where nothing real is watched, so that record and
            health say so, and the record of another market is refused.
        live_dir: Folder of the live file, which shows from outside what the guard sees; see
            docs/live_file.md. None writes none.
        context: Headlines for alerts.
        logger: Takes one line an event, its facts in the message; by default this package's.

    Raises:
        ValueError: `data_source` names no provider that is here, positions, mode or risk manager
            are none, or `live_dir` lies inside the record.

    Attributes:
        monitor: The engine.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        positions: PositionSource,
        *,
        risk_manager: object = None,
        mode: GuardMode = "stream_or_poll",
        client: History | None = None,
        provider: Provider | None = None,
        secrets: Secrets | None = None,
        clock: Clock | None = None,
        log_directory: Path | str | None = DEFAULT_LOG_DIRECTORY,
        market: MarketSource = "live",
        live_dir: Path | str | None = None,
        context: ContextSource | None = None,
        logger: logging.Logger | None = None,
    ) -> None:
        if mode not in ("stream_or_poll", "stream", "poll"):
            raise ValueError(f"mode={mode!r} must be 'stream_or_poll', 'stream' or 'poll'")
        self._mode = mode
        # Only a host of the settings' own may keep a time of its own.
        self._market_time = OffsetClock(timedelta(0))
        self._follows_market_time = clock is None and config.base_url is not None
        self._clock = self._market_time if clock is None else clock
        threads = Threads()
        self._telling = Telling(on_told=self._note_told, threads=threads)
        # Whether a host drains is not known before it does.
        self._drained = self._telling.open_queue(counts=False)
        log = EventLog(logger or logging.getLogger(__package__))
        self._telling.add_listener(cast(Listener, log), counts=False)
        if risk_manager is not None:
            fail = partial(self._tell, "risk_manager_failed")
            self.add_listener(RiskManagerOutlet(risk_manager, fail))
        self._positions = HostPositions(positions, self._tell_positions, self._clock)
        self.monitor = OrderFlowMonitor(
            config,
            position_manager=self._positions,
            client=client,
            provider=provider,
            secrets=secrets,
            clock=self._clock,
            log_directory=log_directory,
            market=market,
            live_dir=live_dir,
            context=context,
            threads=threads,
        )
        # It waits for nobody: what it hands on is told on other threads.
        self.monitor.judge.publisher.add_listener(self._hear)
        self._lock = threading.Lock()
        self._draining = threading.Lock()
        self._run: _Run | None = None
        self._state: GuardLife = "stopped"
        self._error: BaseException | None = None

    # Its life.

    @property
    def state(self) -> GuardLife:
        """`running`, `stopped`, or `failed`: ended by `error`, and nothing is protected."""
        return self._state

    @property
    def error(self) -> BaseException | None:
        """What ended the newest run; None while all is well."""
        return self._error

    def start(self) -> None:
        """Watch on a thread of the guard's own, until `stop`; may follow it.

        The positions are read, and the provider is asked whether it lets us in. When it does not
        say so within a few seconds the watch begins all the same; a refusal that comes later ends
        it, and is told like any other failure.

        Raises:
            OtherMarketError: The folder holds the record of another market than `market`; a
                ValueError.
            RecordInUseError: Another guard keeps its record in this folder; a ValueError.
            ValueError: Positions cannot be read; names every row. Or the folder of the live file is
                not this guard's alone.
            DataSourceError: The provider refuses key or plan; `code` says which.
            RuntimeError: It runs already.
            Exception: Whatever the host's positions raise.
        """
        run = self._claim()
        try:
            self._prepare(run)
            self._begin(run)
            threading.Thread(
                target=self._work, args=(run,), name="order-flow-guard", daemon=True
            ).start()
        except BaseException as error:
            self._end(run, error)
            raise

    def stop(self, timeout: float = 5.0) -> bool:
        """End the watch; also one that has ended already, or that is only just being started.

        Args:
            timeout: How long to wait for its end, seconds.

        Returns:
            True when it has ended, and everybody was told. False when it is still ending; so it is
            where a listener asks, or the thread that runs it: neither can wait for itself.
        """
        with self._lock:
            run = self._run
            if run is None:
                return True
            run.stopped.set()
            self.monitor.stop()
        if run.ident == threading.get_ident() or self._telling.is_telling():
            return False
        return run.ended.wait(timeout)

    async def run_async(self, duration_seconds: float | None = None) -> None:
        """Watch on the running event loop until `stop`, cancellation, or for a while.

        A stream is judged on the loop itself, so that whatever blocks the loop delays it; `start`
        has a thread of its own for that. Polling takes a thread in any case.

        Args:
            duration_seconds: Ends by itself after this time; None runs on.

        Raises:
            ValueError: As `start`.
            DataSourceError: As `start`; or, where polling may not take its place, the provider
                refuses to stream.
            RuntimeError: It runs already.
        """
        run = self._claim()
        run.ident = threading.get_ident()
        error: BaseException | None = None
        try:
            await asyncio.to_thread(self._prepare, run)
            self._begin(run)
            await self.monitor.run_async(
                duration_seconds,
                mode=self._engine_mode,
                on_refused=self._on_refused,
                stopped=run.stopped,
            )
        except asyncio.CancelledError:
            raise
        except BaseException as failure:
            error = failure
            raise
        finally:
            # On another thread: a listener may wait for this loop.
            await asyncio.to_thread(self._end, run, error or run.refusal)
        if run.refusal is not None:
            raise run.refusal

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        starting = asyncio.ensure_future(asyncio.to_thread(self.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            # The thread goes on: what it starts must not be left running.
            await asyncio.wait([starting])
            with suppress(Exception):
                starting.result()
                await asyncio.to_thread(self.stop)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.stop)

    def change_settings(self, config: OrderFlowConfig) -> None:
        """Judge by other settings within a second, without a restart.

        They are taken over between two events, for every symbol at once; windows, memories and what
        was said stay. `settings_changed` is recorded and told. While the guard does not run they
        wait for the next start.

        Args:
            config: The settings. Thresholds, what counts towards an exit, and what is watched may
                differ: `settings.changes.WHILE_RUNNING`.

        Raises:
            ValueError: Others differ, and need a restart; names them. Nothing changes.
        """
        self.monitor.change_settings(config)

    # What it tells.

    def add_listener(self, listener: GuardListener) -> None:
        """Tell this callable of every event from now on, once recorded."""
        self._telling.add_listener(cast(Listener, listener))

    def remove_listener(self, listener: GuardListener) -> None:
        """Stop telling this callable."""
        self._telling.remove_listener(cast(Listener, listener))

    def drain(self) -> list[GuardEvent]:
        """Return what happened since the last call, oldest first; at once, for a loop with ticks.

        What a host does not take is bounded: the oldest is lost first, and `events_lost` says so.
        """
        with self._draining:
            reader = self._drained
            if not reader.counts:
                # From now on an exit is told only once it was taken from here.
                self._drained = self._telling.open_queue()
                reader.close()
            return [cast(GuardEvent, each) for each in reader.take_all()]

    def events(self, limit: int = DEFAULT_LIMIT) -> GuardFeed:
        """Return every event from now on as an asynchronous iterator, to the end of the run.

        Call it on the event loop that reads.

        Args:
            limit: How many events may wait for the reader; the oldest goes first, and is counted.
        """
        return GuardFeed(self._telling, limit)

    # What can be asked of it.

    def view(self, symbol: str) -> View:
        """Return what is known of a symbol now; from any thread, at once."""
        now = self._clock()
        monitor = self.monitor
        window = timedelta(seconds=monitor.config.for_symbol(symbol).alert_window_seconds)
        alerts = within(monitor.judge.detector.alert_history.of(symbol), now, window)
        exit_ = monitor.judge.publisher.exits.get(symbol)
        if symbol not in monitor.positions or not stands(exit_, now):
            exit_ = None
        sees, reason = self._sight(symbol)
        pressure, why = pressure_of(
            sees,
            alerted=bool(alerts),
            exit_due=exit_ is not None,
            bursts_judged=monitor.bursts_judged(symbol),
        )
        compared = None if sees == "stopped" else monitor.compared_seconds_ago(symbol)
        leaving = None if sees == "stopped" else monitor.leaving(symbol)
        return View(sees, pressure, reason or why, alerts, exit_, now, compared, leaving)

    def _sight(self, symbol: str) -> tuple[Sees, str]:
        if self._state != "running":
            return "stopped", _words_of(self._error)
        if symbol not in self.monitor.symbols:
            if symbol in self.monitor.positions:
                return "blind", "not watched yet"
            if symbol in self._positions.failing:
                return "blind", "its position cannot be read"
            return "not_watched", ""
        found = self.monitor.visibility(symbol)
        return found.state, found.reason

    # How it runs.

    @property
    def _engine_mode(self) -> MonitorMode:
        return "poll" if self._mode == "poll" else "stream"

    @property
    def _on_refused(self) -> Callable[[DataSourceError], None] | None:
        return self._poll_instead if self._mode == "stream_or_poll" else None

    def _claim(self) -> _Run:
        with self._lock:
            if self._run is not None:
                raise RuntimeError("the guard runs already: stop() it first")
            run = self._run = _Run()
            # The provider is asked before the engine runs.
            self.monitor.take_back_stop()
        FACTS.want()
        return run

    def _begin(self, run: _Run) -> None:
        with self._lock:
            run.began = True
        self._state, self._error = "running", None
        self._tell("started", None, f"watching by {self._mode}")

    def _end(self, run: _Run, error: BaseException | None) -> None:
        self._error = error
        self._state = "stopped" if error is None else "failed"
        self._tell("stopped" if error is None else "failed", None, _words_of(error))
        self._telling.close()
        run.holds.close()
        FACTS.release()
        with self._lock:
            self._run = None
        run.ended.set()

    def _work(self, run: _Run) -> None:
        run.ident = threading.get_ident()
        error: BaseException | None = None
        try:
            self.monitor.run(
                mode=self._engine_mode, on_refused=self._on_refused, stopped=run.stopped
            )
        except DataSourceError as refusal:
            error = refusal
        except BaseException as failure:  # a thread that dies in silence protects nothing
            _logger.exception("order_flow.guard_crashed")
            error = failure
        self._end(run, error or run.refusal)

    def _prepare(self, run: _Run) -> None:
        """Hold record and live file, read the positions, and ask whether the provider lets us in.

        Raises:
            RecordInUseError: Another guard keeps its record in this folder.
            ValueError: Positions cannot be read, or the live file's folder is not ours alone.
            DataSourceError: Key or plan are refused.
        """
        run.holds.enter_context(self.monitor.record_held())
        run.holds.enter_context(self.monitor.live_file_written())
        held = self._positions.read_first()
        answer: Future[None] = Future()
        threading.Thread(
            target=self._ask_access,
            args=(run, answer, (*held, *self._positions.get_watchlist())),
            name="order-flow-access",
            daemon=True,
        ).start()
        try:
            answer.result(ACCESS_PATIENCE_SECONDS)
        except TimeoutError:
            _logger.warning("order_flow.provider_slow_to_answer")
            answer.add_done_callback(partial(self._learn_late, run))

    def _ask_access(self, run: _Run, answer: Future[None], symbols: Sequence[str]) -> None:
        watched = self.monitor.threads.watched("asking for access", ACCESS_SECONDS)
        try:
            self._learn_time(run, ask_time(self.monitor.provider))
            # A stream says for itself what the plan allows.
            if self._mode == "poll":
                self._ask_plan(symbols)
        except DataSourceError as refusal:
            answer.set_exception(refusal)
        except Exception as error:  # a defect is left to the run, which shows what it cannot see
            watched.note(error)
            _logger.exception("order_flow.access_not_asked")
            answer.set_result(None)
        else:
            answer.set_result(None)
        finally:
            watched.rest()

    def _learn_time(self, run: _Run, offset: timedelta | None) -> None:
        with self._lock:
            if self._follows_market_time and offset is not None and not run.began:
                self._market_time.offset = offset

    def _ask_plan(self, symbols: Sequence[str]) -> None:
        if symbols:
            ask_plan(self.monitor.provider, symbols[0], ns_from_utc(self._clock()))

    def _learn_late(self, run: _Run, answer: Future[None]) -> None:
        """End a run whose provider said only after its start that it refuses."""
        error = answer.exception()
        if not isinstance(error, DataSourceError):
            return
        with self._lock:
            if self._run is run:
                run.refusal = error
                run.stopped.set()
                self.monitor.stop()

    def _poll_instead(self, refusal: DataSourceError) -> None:
        """Let polling take the place of a refused stream.

        Raises:
            DataSourceError: Polling is refused as well.
        """
        if refusal.code in KEY_REFUSED:
            raise refusal
        self._tell("refused", None, f"no stream, so polling instead: {_words_of(refusal)}")
        self._ask_plan(self.monitor.protected)

    def _hear(self, event: MonitorEvent) -> None:
        self._put(as_guard_event(event))

    def _put(self, event: GuardEvent) -> None:
        # Nothing is put twice, or lost, while a host drains for the first time.
        with self._draining:
            self._telling.put(event)

    def _note_told(self, exit_: ExitRecommendation) -> None:
        self.monitor.judge.publisher.mark_told(exit_)

    def _tell_positions(self, kind: GuardStateKind, symbol: str | None, reason: str) -> None:
        # Recorded as well; what is published is heard here.
        self.monitor.judge.publisher.publish_positions(kind, symbol, reason, self._clock())

    def _tell(self, kind: GuardStateKind, symbol: str | None, reason: str) -> None:
        self._put(GuardState(kind, symbol, reason, self._clock()))


def _words_of(error: BaseException | None) -> str:
    if error is None:
        return ""
    words = f"{error} [{error.code}]" if isinstance(error, DataSourceError) else None
    text = words or f"{type(error).__name__}: {error}"
    return told(text, _LONGEST_WORDS)
