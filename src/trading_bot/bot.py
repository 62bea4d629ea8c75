"""TradingBot: the main loop that wires the parts and sleeps while the market is closed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path

from trading_bot.logger import TradingLogger
from trading_bot.market_data.market_data_service import MarketDataService
from trading_bot.momentum.catalyst_detector import CatalystDetector
from trading_bot.momentum.config import MomentumConfig
from trading_bot.order_flow.calendar import NEW_YORK, session_at
from trading_bot.order_flow.capture.writer import CaptureWriter
from trading_bot.order_flow.clock import Clock, monotonic_seconds, utc_now
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import MarketSource
from trading_bot.order_flow.errors import DataSourceError, OrderFlowError
from trading_bot.order_flow.journal.profile import Profiles
from trading_bot.order_flow.market.facts import MarketStatus
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.monitor import MonitorMode, OrderFlowMonitor
from trading_bot.order_flow.position import PositionManager
from trading_bot.order_flow.providers.provider import History
from trading_bot.order_flow.providers.registry import make_provider
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.order_flow.settings.renewal import SettingsSource
from trading_bot.order_flow.threads.watch import Watched

EXTENDED_BEFORE_OPEN = timedelta(hours=5, minutes=30)
"""The extended session begins at 04:00 New York, the regular one at 09:30."""
CONDITIONS_WAIT_SECONDS = 3.0
"""How long the watch waits for the provider's own table of conditions before it begins."""
HOUSEKEEPING_SECONDS = 20.0
"""How often market status and headlines are asked for, beside the polling."""
HOUSEKEEPING_LIMIT_SECONDS = 30.0
"""How long one of its questions may take, all its retries, until its thread counts as stuck."""
HOLIDAYS_AGAIN = timedelta(minutes=10)
"""After what time the exchange's holidays are asked for again when they could not be learned."""
_FIRST_LOOK_SECONDS = 1.0
"""How soon they are looked for again while no symbol is watched yet."""

_logger = TradingLogger.get_logger("bot")


@dataclass(frozen=True, slots=True)
class BotStatus:
    """What the bot does at this moment.

    Attributes:
        market: The market's status, or None while it could not be learned.
        sleeping_until: When watching begins again while the market is closed, else None.
    """

    market: MarketStatus | None = None
    sleeping_until: datetime | None = None


class TradingBot:
    """Watches the open positions during market hours.

    Args:
        config: Settings of the guard.
        position_manager: What is held.
        log_directory: Where the record goes; None keeps no record.
        clock: Exchange-aligned present.
        momentum: Settings of the headlines.
        client: Asks the provider, in place of the one that belongs to the settings.
        secrets: Where the provider finds its keys; environment and `.env` by default.
        mode: `stream` or `poll`.
        record_to: Folder of a recording that `replay` can judge again; None makes none.
        on_refused: Told why when the provider refuses to stream; the bot polls from then on.
            Without it a refusal ends the bot.
        on_streaming: Called once the stream brings what was asked of it; see `OrderFlowMonitor`.
        everything: Watch every symbol that the provider streams, not only positions and watchlist,
            to which a bot that has come to poll goes back.
        goes_on: Take back what earlier runs recorded; see `OrderFlowMonitor`.
        profiles: What is known of each symbol's own scale; see `OrderFlowMonitor`.
        settings: Asked once a second whether the settings have changed; see `OrderFlowMonitor`.
        market: Which market this is; see `OrderFlowMonitor`.
        live_dir: Folder of the live file, written also between two sessions; None writes none.

    Raises:
        ValueError: `everything` in another mode than `stream`.

    Attributes:
        monitor: The guard; add listeners here.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        *,
        position_manager: PositionManager,
        log_directory: Path | str | None,
        clock: Clock = utc_now,
        momentum: MomentumConfig | None = None,
        client: History | None = None,
        secrets: Secrets | None = None,
        mode: MonitorMode = "poll",
        record_to: Path | str | None = None,
        on_refused: Callable[[DataSourceError], None] | None = None,
        everything: bool = False,
        goes_on: bool = True,
        profiles: Profiles | None = None,
        settings: SettingsSource | None = None,
        market: MarketSource = "live",
        live_dir: Path | str | None = None,
        on_streaming: Callable[[], None] | None = None,
    ) -> None:
        if everything and mode != "stream":
            raise ValueError("everything needs mode='stream'")
        self._clock = clock
        self._mode = mode
        self._everything = everything
        self._on_refused = on_refused
        self._on_streaming = on_streaming
        self._stop = threading.Event()
        self._running = threading.Lock()
        self._over = threading.Event()  # of the newest run
        self._recording_over = False
        self._conditions_asked = threading.Event()
        # Waits for turns and retries end at once when the bot is stopped.
        provider = make_provider(
            config, clock=clock, wait=self._stop.wait, history=client, secrets=secrets
        )
        self._reference = provider.reference
        self._market_data = MarketDataService(self._reference, clock=clock)
        self._catalysts = CatalystDetector(
            self._reference, momentum or MomentumConfig(), clock=clock
        )
        # The housekeeping thread alone uses these two.
        self._holidays_due = datetime.min.replace(tzinfo=UTC)
        self._in_the_news: tuple[str, ...] = ()
        # The housekeeping thread alone writes it.
        self._market: MarketStatus | None = None
        self._recorder = (
            None if record_to is None else CaptureWriter(record_to, config, clock=clock)
        )
        self.monitor = OrderFlowMonitor(
            config,
            position_manager=position_manager,
            provider=provider,
            log_directory=log_directory,
            context=self._catalysts,
            clock=clock,
            record_to=self._recorder,
            goes_on=goes_on,
            profiles=profiles,
            settings=settings,
            market=market,
            live_dir=live_dir,
        )

    @property
    def status(self) -> BotStatus:
        """What the bot does now."""
        return BotStatus(self._market, self.monitor.sleeping_until)

    @property
    def watches_everything(self) -> bool:
        """True while every symbol that is streamed is watched, not only those to be protected."""
        return self._everything and self._mode == "stream"

    def run(self, duration_seconds: float | None = None) -> None:
        """Run until stopped or for a while; blocks. A stop from before ends it at once.

        Args:
            duration_seconds: Ends by itself after this time; None runs on.

        Raises:
            OtherMarketError: The folder holds another market's record.
            RecordInUseError: Another guard keeps its record in this folder.
            RuntimeError: It runs already, or has finished its recording.
        """
        if self._recording_over:
            raise RuntimeError("this bot has finished its recording: make another")
        if not self._running.acquire(blocking=False):
            raise RuntimeError("this bot runs already: stop() it first")
        try:
            # Also while the bot sleeps between two sessions.
            with self.monitor.record_held(), self.monitor.live_file_written():
                self._run(duration_seconds)
        finally:
            # The stop is obeyed: what is run next is not meant by it.
            self._stop.clear()
            self._running.release()

    def _run(self, duration_seconds: float | None) -> None:
        ends = None if duration_seconds is None else monotonic_seconds() + duration_seconds
        over = self._over = threading.Event()
        helper = threading.Thread(
            target=self._keep_house, args=(over,), name="bot-housekeeping", daemon=True
        )
        helper.start()
        # A provider that does not answer must not hold up the watch.
        self._conditions_asked.wait(CONDITIONS_WAIT_SECONDS)
        try:
            while not self._stop.is_set():
                left = None if ends is None else ends - monotonic_seconds()
                if left is not None and left <= 0:
                    break
                self._watch_or_sleep(left)
        finally:
            over.set()
            self.monitor.close()
            if self._recorder is not None:
                self._recorder.close()
                self._recording_over = True

    def stop(self) -> None:
        """End `run`; may be called from any thread or signal handler."""
        self._stop.set()
        self._over.set()
        self.monitor.stop()

    def _watch_or_sleep(self, left: float | None) -> None:
        now_ns = ns_from_utc(self._clock())
        session = session_at(now_ns)
        market = self._market
        if session is None and (market is None or market.state == "closed"):
            self._sleep(left)
            return
        self.monitor.sleeping_until = None
        until_close = HOUSEKEEPING_SECONDS
        if session is not None:
            until_close = (session.extended_close_ns - now_ns) / NS_PER_SECOND
        tell = self._on_refused
        self.monitor.run(
            until_close if left is None else min(left, until_close),
            mode=self._mode,
            on_refused=None if tell is None else partial(self._poll_from_now_on, tell),
            everything=self.watches_everything,
            stopped=self._stop,
            on_streaming=self._on_streaming,
        )

    def _poll_from_now_on(
        self, tell: Callable[[DataSourceError], None], refusal: DataSourceError
    ) -> None:
        self._mode = "poll"
        tell(refusal)

    def _sleep(self, left: float | None) -> None:
        """Wait a short while for the extended session; the status says until when."""
        market = self._market or self._market_data.status_by_calendar()
        self.monitor.sleeping_until = market.next_open_utc - EXTENDED_BEFORE_OPEN
        self._stop.wait(1.0 if left is None else min(1.0, left))

    def _learn_conditions(self) -> None:
        """Let the provider's own table of trade conditions override the documented one."""
        try:
            records = self._reference.get_trade_conditions()
        except OrderFlowError as error:
            _logger.warning("bot.conditions_not_learned", extra={"error_message": str(error)})
            return
        self.monitor.use_conditions(TradeConditions.from_reference(records))

    def _keep_house(self, over: threading.Event) -> None:
        """Ask for what changes slowly, now and then; a failure is logged and costs no alert."""
        watched = self.monitor.threads.watched("housekeeping", HOUSEKEEPING_LIMIT_SECONDS)
        watched.run(self._learn_conditions)
        self._conditions_asked.set()
        while not over.is_set():
            watched.run(self._learn_status)
            watched.run(self._learn_holidays)
            self._follow_news(over, watched)
            watched.rest()
            some = self.monitor.protected
            over.wait(HOUSEKEEPING_SECONDS if some else _FIRST_LOOK_SECONDS)
        watched.rest()

    def _learn_status(self) -> None:
        try:
            market = self._market_data.get_market_status()
        except OrderFlowError as error:
            _logger.warning("bot.market_status_failed", extra={"error_message": str(error)})
            return
        self._market = market

    def _learn_holidays(self) -> None:
        """Once a New York day, learn of closures that no rule foresees."""
        now = self._clock()
        if now < self._holidays_due:
            return
        try:
            self._market_data.get_upcoming_holidays()
        except OrderFlowError as error:
            _logger.warning("bot.holidays_not_learned", extra={"error_message": str(error)})
            self._holidays_due = now + HOLIDAYS_AGAIN
            return
        tomorrow = now.astimezone(NEW_YORK).date() + timedelta(days=1)
        self._holidays_due = datetime.combine(tomorrow, time(), NEW_YORK)

    def _follow_news(self, over: threading.Event, watched: Watched) -> None:
        """Keep the headlines of positions and watchlist: nobody asks for thousands of symbols'."""
        watched.run(self._forget_news)
        for symbol in self._in_the_news:
            if over.is_set():
                return
            watched.run(partial(self._catalysts.refresh, symbol))

    def _forget_news(self) -> None:
        symbols = self.monitor.protected
        if symbols != self._in_the_news:
            for symbol in set(self._in_the_news).difference(symbols):
                self._catalysts.forget(symbol)
            self._in_the_news = symbols
