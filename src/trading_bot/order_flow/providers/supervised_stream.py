"""What every provider's stream does alike: keeps a connection, and what is wanted subscribed on it.

The machines of `supervision` decide: `Admission` when to come back after a refused key or another
program on it, `ChannelRequests` what to ask for. After any other end of a connection the waits are
those of `BackOff`. A provider's own stream knows words and transport, and nothing of this.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable
from random import random

from ..clock import monotonic_seconds
from ..config_bounds import is_symbol
from ..diagnostics import get_logger
from ..errors import DataSourceError
from ..market.units import NS_PER_SECOND
from .next_connection import NextConnection
from .provider import EVERYTHING, StreamObserver
from .reconnect import BackOff, Patience, StreamTimes, never_subscribed
from .supervision.actions import (
    HALTS,
    QUOTES,
    TRADES,
    Action,
    BlamePlan,
    Channel,
    Connect,
    GiveUp,
    Ready,
    Reconnect,
    Refuse,
    Say,
    Subscribe,
    Unsubscribe,
    WaitToConnect,
    channels_of,
)
from .supervision.admission import Admission
from .supervision.stream_events import (
    ChannelsRefused,
    Closed,
    Evicted,
    Hold,
    KeyRefused,
    Opened,
    Settled,
    Slept,
    StreamEvent,
    Tick,
)
from .supervision.subscribing import ChannelRequests

_logger = get_logger(__name__)


class SupervisedStream(ABC):
    """One supervised connection; made and used on one event loop. See `StreamSession`.

    Args:
        address: Where it connects to, for a person to read.
        observer: Takes what it brings.
        times: Durations.
        draw: A number from 0 to 1, for the length of waits.
        patience_seconds: Gives up when nothing could be subscribed for so long from the beginning;
            None tries on, for a caller who has no other way to watch.
        seconds: A clock that never runs backwards.

    Attributes:
        link: Number of the newest connection.
        problem: Why nothing comes now, in one word; None while all is subscribed.
        counts: `connections`, `disconnects`, and why connections ended, by word.
    """

    def __init__(
        self,
        address: str,
        observer: StreamObserver,
        *,
        times: StreamTimes | None = None,
        draw: Callable[[], float] | None = None,
        patience_seconds: float | None = None,
        seconds: Callable[[], float] = monotonic_seconds,
    ) -> None:
        draw = draw or random
        self._address = address
        self._observer = observer
        self._times = times or StreamTimes()
        self._seconds = seconds
        self._back_off = BackOff(self._times, draw)
        self._patience = Patience(patience_seconds)
        self._door = Admission(draw)
        self._channels = ChannelRequests()
        self._followed: tuple[str, ...] = ()
        self._no_tickers: set[str] = set()
        self._fatal: DataSourceError | None = None
        # A connection stands and is not about to be ended; it was let in.
        self._is_open = self._is_in = False
        self._was_ready = False
        self._is_paused = False
        self._turned_away_link = 0
        self._heard_at = 0.0
        self._answer_by: float | None = None
        self._settles_at: float | None = None
        self._next = NextConnection(self._now_ns)
        self.link = 0
        self.problem: str | None = "connecting"
        self.counts: Counter[str] = Counter()

    async def run(self) -> None:
        """Keep connected until cancelled.

        Raises:
            DataSourceError: `missing_key`, `wrong_key`, `plan_without_stream`,
                `plan_without_trades`, `plan_without_quotes` or `no_stream`: trying again does not
                help.
        """
        self._patience.begin(self._seconds())
        while True:
            self.link += 1
            await self._connect()
            # Connections that end within one look of `check` are never seen by it.
            self._look_at_patience()
            if self._fatal is None:
                self._plan_next()
                await self._next.wait()
                self._decide(Tick())
            if self._fatal is not None:
                raise self._fatal

    def follow(self, symbols: Iterable[str]) -> None:
        """Subscribe exactly these symbols from now on; `*` stands for all."""
        followed = tuple(symbols)
        # Asked every second: thousands of names are not looked at while nothing changes.
        if followed == self._followed:
            return
        self._followed = followed
        tickers = tuple(dict.fromkeys(each for each in followed if _can_be_asked_for(each)))
        self._refuse_names([each for each in followed if not _can_be_asked_for(each)])
        self._decide(Hold(tickers))

    def check(self) -> None:
        """Look after the connection; to be called about once a second."""
        self._look_at_patience()
        self._decide(Tick())
        if self._is_open:
            self._look_at_connection(self._seconds())

    def tell(self, event: StreamEvent) -> None:
        """Take what others found that concerns the connection: channels to renew, REST's word."""
        if isinstance(event, Slept):
            self._next.move_to(self._now_ns())
        self._decide(event)

    def reconnect(self, reason: str) -> None:
        """End this connection and begin another at once; a wait for it is cut short."""
        self._next.hurry()
        self._drop(reason)

    # What a provider's stream does.

    @abstractmethod
    async def _connect(self) -> None:
        """Make one connection, and return when it has ended, or could not be made."""

    @abstractmethod
    def _close(self) -> None:
        """End the connection if there is one."""

    @abstractmethod
    def _ping(self) -> None:
        """Ask the other side for a sign of life."""

    @abstractmethod
    def _subscribe(self, channels: tuple[Channel, ...]) -> None:
        """Ask for channels of one kind."""

    @abstractmethod
    def _unsubscribe(self, channels: tuple[Channel, ...]) -> None:
        """Give channels up."""

    @abstractmethod
    def _refusal(self, reason: str) -> DataSourceError:
        """Return the error of a stream that is given up for the key or the plan."""

    # What it tells.

    def _note_opened(self) -> None:
        """Take a new connection, that has yet to let this program in."""
        self._is_open = True
        self._next.opened()
        self._heard_at = self._seconds()
        self._await_answer()
        self.problem = "connecting"
        self.counts["connections"] += 1

    def _await_answer(self) -> None:
        """Expect an answer of the door within its time."""
        self._answer_by = self._seconds() + self._times.answer

    def _note_let_in(self) -> None:
        """Take that the provider let this program in."""
        self._is_in = True
        self._answer_by = None
        self._happened(Opened())

    def _note_turned_away(self, event: KeyRefused | Evicted, word: str) -> None:
        """Take why the provider ends the newest connection, once, also when it has ended already.

        Its words wait in a queue, and the end itself overtakes them.
        """
        if self._turned_away_link == self.link:
            return
        self._turned_away_link = self.link
        self._drop(word)
        self._happened(event)

    def _note_closed(self) -> None:
        """Take the end of the connection."""
        self._stand_back()
        self.counts["disconnects"] += 1
        if self.problem in (None, "connecting", "subscribing"):
            self.problem = "disconnected"
        self._decide(Closed())
        self._observer.on_cut(self.link)

    def _note_unreachable(self, code: str) -> None:
        """Take that a connection could not be made."""
        self.problem = code
        self.counts[code] += 1

    def _decide(self, event: StreamEvent) -> None:
        """Give an event to the machines, and do what they say."""
        now_ns = self._now_ns()
        for action in self._door.handle(event, now_ns):
            self._carry_out(action)
        for action in self._channels.handle(event, now_ns):
            self._carry_out(action)
        self._note_completeness()

    def _drop(self, problem: str) -> None:
        """End the connection, for a reason of one word."""
        self.problem = problem
        self.counts[problem] += 1
        self._stand_back()
        self._close()

    def _happened(self, event: StreamEvent) -> None:
        self._observer.on_stream_event(event)
        self._decide(event)

    def _stand_back(self) -> None:
        self._is_open = self._is_in = self._is_paused = False
        self._answer_by = self._settles_at = None

    def _carry_out(self, action: Action) -> None:
        match action:
            case Subscribe(channels) if self._is_in:
                self._subscribe(channels)
            case Unsubscribe(channels) if self._is_in:
                self._unsubscribe(channels)
            case Ready(symbols):
                self._note_ready()
                self._observer.on_subscribed(list(symbols))
            case Refuse(channels):
                if channels[0].kind == HALTS:
                    _logger.info("order_flow.no_halt_data", extra={"symbols": len(channels)})
                self._observer.on_stream_event(ChannelsRefused(channels))
            case BlamePlan(kind):
                self._end_for_good(self._refusal(f"plan_without_{kind}"))
            case GiveUp(reason):
                self._end_for_good(self._refusal(reason))
            case Reconnect(reason):
                self.reconnect(reason)
            case Say(reason, sentence):
                self._observer.on_said(reason, sentence)
            case WaitToConnect(until_ns):
                self._next.move_to(until_ns)
            case Connect():
                self._next.move_to(self._now_ns())
            case _:
                pass  # nothing is asked for on a connection that is about to end

    def _note_ready(self) -> None:
        self._was_ready = True
        self._patience.end()

    def _note_completeness(self) -> None:
        if not self._is_in:
            return
        if not self._channels.is_complete:
            self.problem, self._settles_at = "subscribing", None
        elif self.problem is not None:
            self.problem = None
            self._settles_at = self._seconds() + self._times.settled_after
            self._note_ready()

    def _look_at_connection(self, now: float) -> None:
        quiet = now - self._heard_at
        if self._is_paused:
            # Nothing is read, which says nothing of what is sent.
            self._heard_at = now
        elif self._answer_by is not None and now > self._answer_by:
            self._drop("no_answer")
        elif quiet > self._times.dead_after:
            self._drop("mute")
        elif quiet > self._times.ping_after:
            self._ping()
        if self._settles_at is not None and now >= self._settles_at:
            self._settles_at = None
            self._back_off.settled()
            self._decide(Settled())

    def _look_at_patience(self) -> None:
        waited = self._patience.exhausted(self._seconds())
        if waited is not None:
            self._end_for_good(never_subscribed(self._address, waited, self.problem))

    def _end_for_good(self, error: DataSourceError) -> None:
        self._fatal = error
        self._next.call_off()
        self._drop(error.code)

    def _plan_next(self) -> None:
        at_ns = self._door.retry_ns
        if at_ns is None:
            at_ns = self._now_ns() + int(self._back_off.next_wait() * NS_PER_SECOND)
        seconds = self._next.plan(at_ns)
        _logger.warning(
            "order_flow.stream_reconnecting",
            extra={"reason": self.problem, "delay_seconds": round(seconds, 3)},
        )

    def _refuse_names(self, names: list[str]) -> None:
        """Mark names that are no tickers as not to be had; they are never sent."""
        news = [each for each in dict.fromkeys(names) if each not in self._no_tickers]
        self._no_tickers = set(names)
        if news:
            refused = channels_of(TRADES, news) + channels_of(QUOTES, news)
            _logger.warning("order_flow.names_not_tickers", extra={"names": len(news)})
            self._observer.on_stream_event(ChannelsRefused(refused))

    def _now_ns(self) -> int:
        return int(self._seconds() * NS_PER_SECOND)


def _can_be_asked_for(name: str) -> bool:
    return name == EVERYTHING or is_symbol(name)
