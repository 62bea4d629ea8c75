"""What doubt in the stream does, step by step, for each symbol and the whole feed; pure.

Every doubt lets REST take the symbol over at once (step 0), whatever else is tried:

| step | is entered | and does | next |
| --- | --- | --- | --- |
| `well` | at first; by `Cleared` | gives the symbol back | doubt: `renewed` |
| `away` | the connection ends, is taken; a sleep | waits for what is found | doubt: `renewed` |
| `renewed` | a channel is doubted | renews the channel | still ill after 10 s: `waiting` |
| `waiting` | it did not help | reconnects, if many are ill | 20 s later: `by_rest` |
| `reconnected` | by that; mute 10 s, late 30 s: all | reconnects | 20 s later: `by_rest` |
| `by_rest` | nothing helped, or no channel | renews each minute, later each 10 | `Cleared` only |

A symbol is ill while a doubted channel has brought nothing newer than what was lost, or has lost
again what came after its own first event since the step; and while the whole feed is mute or late.
One that is no longer ill stays where it is until it is cleared, and is polled until then.
Many are ill: half of the held symbols, and more than one, or the only one. One silent symbol of two
says nothing of the connection, and to renew that would cost the other one its sight.
There is at most one reconnection a minute, and steps stand still while there is no connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ...market.units import FAR_PAST_NS, NS_PER_SECOND
from ...providers.supervision.actions import (
    HALTS,
    Action,
    ByRest,
    Channel,
    GiveBack,
    Reconnect,
    Renew,
    TakeOver,
)
from ...providers.supervision.stream_events import (
    Brought,
    ChannelsRefused,
    Cleared,
    Closed,
    Doubted,
    Evicted,
    FeedLate,
    FeedMute,
    FeedWell,
    Hold,
    KeyRefused,
    Opened,
    Slept,
    StreamEvent,
)
from .taken_symbol import (
    AWAY,
    BY_REST,
    RECONNECTED,
    RENEWED,
    WAITING,
    WELL,
    Loss,
    TakenSymbol,
)

RENEWAL_HELPS_NS: Final = 10 * NS_PER_SECOND
"""A renewed channel that is still ill then has not been helped; nor is it renewed again before."""
RECONNECTION_HELPS_NS: Final = 20 * NS_PER_SECOND
RECONNECT_EVERY_NS: Final = 60 * NS_PER_SECOND
MUTE_NS: Final = 10 * NS_PER_SECOND
"""The whole feed is mute so long before it is connected again."""
LATE_NS: Final = 30 * NS_PER_SECOND
"""The whole feed is late so long before it is connected again."""


class Escalation:
    """The doubts in one stream."""

    __slots__ = (
        "_cases",
        "_feed_acts_ns",
        "_feed_problem",
        "_feed_was_tried",
        "_held",
        "_is_open",
        "_reconnected_ns",
        "_renewed_ns",
        "_slept",
    )

    def __init__(self) -> None:
        self._held: tuple[str, ...] = ()
        self._cases: dict[str, TakenSymbol] = {}
        self._renewed_ns: dict[Channel, int] = {}
        self._reconnected_ns = FAR_PAST_NS
        self._is_open = False
        self._slept = False
        self._feed_problem = ""
        self._feed_acts_ns = 0
        self._feed_was_tried = False

    def step_of(self, symbol: str) -> str:
        """Return a symbol's step, as the table names it."""
        case = self._cases.get(symbol)
        return WELL if case is None else case.step

    @property
    def taken(self) -> tuple[str, ...]:
        """The symbols that REST polls, in the order in which they are held."""
        return tuple(symbol for symbol in self._held if symbol in self._cases)

    def handle(self, event: StreamEvent, now_ns: int) -> tuple[Action, ...]:
        """Take an event and return what to do, in order.

        Args:
            event: What happened.
            now_ns: Nanoseconds of a clock that never runs backwards.
        """
        done: list[Action] = []
        match event:
            case Hold(symbols):
                done += self._hold(symbols, now_ns)
            case Closed():
                done += self._end(now_ns, "gap")
            case Evicted():
                done += self._end(now_ns, "evicted")
            case KeyRefused():
                done += self._end(now_ns, "key_doubted")
            case Opened():
                self._is_open = True
                for case in self._cases.values():
                    if case.step not in (AWAY, BY_REST):
                        case.enter(RECONNECTED, now_ns)
            case ChannelsRefused(channels):
                done += self._refuse(channels, now_ns)
            case Doubted(channel, lost_ns):
                done += self._doubt(channel, lost_ns, now_ns)
            case Brought(channel, stamp_ns):
                self._bring(channel, stamp_ns)
            case Cleared(symbol):
                done += self._clear(symbol)
            case FeedMute(since_ns):
                done += self._doubt_feed("stalled", since_ns + MUTE_NS, now_ns)
            case FeedLate(since_ns):
                done += self._doubt_feed("late", since_ns + LATE_NS, now_ns)
            case FeedWell():
                self._feed_problem = ""
                self._feed_was_tried = False
            case Slept(lasted_ns):
                # The minute between two reconnections has run on meanwhile.
                self._reconnected_ns -= lasted_ns
                self._slept = self._is_open
                done += self._take_over(self._held, "gap", now_ns)
            case _:
                pass
        if self._is_open:
            done += self._act(now_ns)
        return tuple(done)

    def _end(self, now_ns: int, reason: str) -> list[Action]:
        self._is_open = self._slept = False
        return self._take_over(self._held, reason, now_ns)

    def _hold(self, symbols: tuple[str, ...], now_ns: int) -> list[Action]:
        gone = tuple(symbol for symbol in self.taken if symbol not in symbols)
        for symbol in gone:
            del self._cases[symbol]
        self._held = symbols
        self._renewed_ns = {
            channel: when for channel, when in self._renewed_ns.items() if channel.symbol in symbols
        }
        done: list[Action] = [GiveBack(gone)] if gone else []
        if not self._is_open:
            done += self._take_over(symbols, "gap", now_ns)
        elif self._feed_problem:
            done += self._take_over(symbols, self._feed_problem, now_ns)
        return done

    def _take_over(self, symbols: Iterable[str], reason: str, now_ns: int) -> list[Action]:
        new = tuple(symbol for symbol in symbols if symbol not in self._cases)
        for symbol in new:
            self._cases[symbol] = TakenSymbol(symbol, now_ns)
        return [TakeOver(new, reason)] if new else []

    def _refuse(self, channels: Iterable[Channel], now_ns: int) -> list[Action]:
        # Protection can do without halts.
        symbols = tuple(
            dict.fromkeys(
                channel.symbol
                for channel in channels
                if channel.kind != HALTS and channel.symbol in self._held
            )
        )
        done = self._take_over(symbols, "no_channel", now_ns)
        for symbol in symbols:
            self._cases[symbol].enter(BY_REST, now_ns)
        return done

    def _doubt(self, channel: Channel, lost_ns: int, now_ns: int) -> list[Action]:
        if channel.symbol not in self._held:
            return []
        done = self._take_over((channel.symbol,), "stalled", now_ns)
        case = self._cases[channel.symbol]
        loss = case.losses.get(channel.kind)
        if loss is not None:
            loss.lose(lost_ns)
            return done
        case.losses[channel.kind] = Loss(lost_ns)
        if not self._is_open:
            case.step = RECONNECTED if case.step == AWAY else case.step
        elif case.step in (AWAY, RENEWED):
            done += self._renew((channel,), now_ns)
            if case.step == AWAY:
                # One that is renewed again and again has its next step the sooner.
                case.step, case.since_ns = RENEWED, self._renewed_ns[channel]
        return done

    def _bring(self, channel: Channel, stamp_ns: int) -> None:
        case = self._cases.get(channel.symbol)
        loss = None if case is None else case.losses.get(channel.kind)
        if loss is not None:
            loss.bring(stamp_ns)

    def _clear(self, symbol: str) -> list[Action]:
        # Nothing is proved of a stream that is away.
        if symbol not in self._cases or not self._is_open or self._feed_problem or self._slept:
            return []
        del self._cases[symbol]
        return [GiveBack((symbol,))]

    def _doubt_feed(self, problem: str, acts_ns: int, now_ns: int) -> list[Action]:
        self._feed_problem, self._feed_acts_ns = problem, acts_ns
        return self._take_over(self._held, problem, now_ns)

    def _act(self, now_ns: int) -> list[Action]:
        """Take the steps whose time has come; all symbols' renewals together."""
        ill = {
            symbol: case
            for symbol, case in self._cases.items()
            if self._feed_problem or (case.step != AWAY and case.is_ill)
        }
        reason = self._reason_to_reconnect(ill, now_ns)
        if reason and now_ns - self._reconnected_ns >= RECONNECT_EVERY_NS:
            return self._reconnect(reason, ill, now_ns)
        given_up: list[str] = []
        to_renew: list[Channel] = []
        for symbol, case in ill.items():
            passed_ns = now_ns - case.since_ns
            if case.step == RENEWED and passed_ns >= RENEWAL_HELPS_NS:
                case.step, case.since_ns = WAITING, case.since_ns + RENEWAL_HELPS_NS
                passed_ns -= RENEWAL_HELPS_NS
            if case.step in (WAITING, RECONNECTED) and passed_ns >= RECONNECTION_HELPS_NS:
                case.enter(BY_REST, now_ns)
                given_up.append(symbol)
            elif case.step == BY_REST and case.is_to_be_tried(now_ns):
                case.try_again(now_ns)
                to_renew += case.channels()
        done: list[Action] = [ByRest(tuple(given_up))] if given_up else []
        return done + self._renew(to_renew, now_ns)

    def _reason_to_reconnect(self, ill: dict[str, TakenSymbol], now_ns: int) -> str:
        if self._slept:
            return "slept"
        if self._feed_problem:
            return f"feed_{self._feed_problem}" if self._feed_is_due(ill, now_ns) else ""
        unhelped = any(
            case.step == WAITING
            or (case.step == RENEWED and now_ns - case.since_ns >= RENEWAL_HELPS_NS)
            or case.is_to_be_tried(now_ns)
            for case in ill.values()
        )
        many = 2 * len(ill) >= len(self._held) and (len(ill) > 1 or len(self._held) == 1)
        return "stalled" if unhelped and many else ""

    def _feed_is_due(self, ill: dict[str, TakenSymbol], now_ns: int) -> bool:
        if self._feed_was_tried:
            return any(case.is_to_be_tried(now_ns) for case in ill.values())
        return now_ns >= self._feed_acts_ns

    def _reconnect(self, reason: str, ill: dict[str, TakenSymbol], now_ns: int) -> list[Action]:
        self._reconnected_ns = now_ns
        self._is_open = self._slept = False
        self._feed_was_tried = bool(self._feed_problem)
        for case in ill.values():
            if case.step == BY_REST:
                case.try_again(now_ns)
            else:
                case.enter(RECONNECTED, now_ns)
        # The new connection subscribes everything: whoever was well is away for a moment.
        return [Reconnect(reason), *self._take_over(self._held, "gap", now_ns)]

    def _renew(self, channels: Sequence[Channel], now_ns: int) -> list[Action]:
        due = tuple(
            channel
            for channel in channels
            if now_ns - self._renewed_ns.get(channel, FAR_PAST_NS) >= RENEWAL_HELPS_NS
        )
        for channel in due:
            self._renewed_ns[channel] = now_ns
        return [Renew(due)] if due else []
