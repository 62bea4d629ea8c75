"""What a person sees of a guard on the terminal that it runs on: how all stands, and every event.

On a terminal the frame stays at the bottom and events scroll above it. Anywhere else each event is
a line, wrapped between words, and a summary follows now and then. Where everything is watched, only
what is protected has rows and lines; thousands of others are a few words, and in the record.
The screen's thread takes the events and draws them; the guard never waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final, Self

from rich.console import Group
from rich.live import Live
from rich.text import Text

from trading_bot.bot import TradingBot
from trading_bot.live_view.cells import Line, Style, plain, wrap
from trading_bot.live_view.frame import Canvas, frame
from trading_bot.live_view.state import LiveState
from trading_bot.live_view.summary import summary
from trading_bot.live_view.words import SIMULATED, line_of_event, record_line, stamped
from trading_bot.live_view.zones import EXCHANGE
from trading_bot.order_flow.clock import Clock, monotonic_seconds
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.telling.event_queue import DEFAULT_LIMIT
from trading_bot.order_flow.telling.telling import EventReader
from trading_bot.positions.changes import changed_holdings
from trading_bot.screen import Screen

REFRESHES_PER_SECOND: Final = 4
SUMMARY_SECONDS: Final = 15.0
FIRST_SUMMARY_SECONDS: Final = 5.0
HOLDINGS_SECONDS: Final = 1.0
"""How often it is looked whether other shares are held than before."""
LINES_ABOVE: Final = 4
"""Lines of the terminal that events have above the frame."""
_LEAST_HEIGHT: Final = 6
_INDENT: Final = 4
_EVENTS_AT_ONCE = 100
"""Events shown before the frame is drawn again."""
_CHANGES_AT_ONCE = 20
"""Changes of what is held that have a line each; the rest are counted."""
_STYLES: Final[Mapping[Style, str]] = {
    "": "",
    "dim": "dim",
    "bold": "bold",
    "exit": "bold white on red",
    "blind": "bold reverse",
    "degraded": "yellow",
    "alerted": "bold yellow",
    "good": "green",
    "bad": "bold red",
    "news": "dim italic",
}


class TerminalView:
    """Shows one bot's work, as a scene of a screen.

    Args:
        bot: Whose positions are shown.
        clock: The market's present.
        record: Where the record lies.
        screen: Draws it.
    """

    def __init__(
        self,
        bot: TradingBot,
        *,
        clock: Clock,
        record: Path,
        screen: Screen,
    ) -> None:
        self._bot = bot
        # Dated by the market's clock, by which frames are drawn: what is here is never old.
        self._look = bot.monitor.new_look(machine=clock)
        self._clock = clock
        self._record = record
        self._screen = screen
        self._console = screen.console
        self._state = LiveState()
        # An invented exit must not be taken for a real one, wherever it is read.
        self._mark = SIMULATED if bot.monitor.market == "simulated" else ""
        self._alerts_of_others = 0
        self._newest_of_others = ""
        self._events: EventReader | None = None
        self._live: Live | None = None
        self._due = 0.0
        self._held: dict[str, Decimal] | None = None

    def __enter__(self) -> Self:
        self._events = self._bot.monitor.telling.open_queue(on_arrival=self._screen.wake)
        self._screen.show(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._screen.finish()

    def begin(self) -> None:
        """Start the frame, or let time run until the first summary."""
        self._due = monotonic_seconds()
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._console.set_window_title(f"trading-bot: {self._mark or 'live '}market")
            # Refreshed by `draw` alone: whatever else writes would wait for a held terminal.
            self._live = Live(
                get_renderable=self._frame,
                console=self._console,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        else:
            self._due += FIRST_SUMMARY_SECONDS

    def draw(self) -> float:
        """Show what has happened, and the frame or summary when it is due."""
        if self._show_waiting(_EVENTS_AT_ONCE):
            return 0.0
        self._show_holdings()
        now = monotonic_seconds()
        if now >= self._due:
            if self._live is not None:
                self._live.refresh()
                self._due = now + 1 / REFRESHES_PER_SECOND
            else:
                self._put(((self._summary(), ""),))
                self._due = now + SUMMARY_SECONDS
        return min(self._due - now, HOLDINGS_SECONDS)

    def end(self) -> None:
        """Show what is left, how all stands, and where the record lies."""
        self._show_waiting(DEFAULT_LIMIT)
        self.switched_off()
        if self._live is not None:
            self._live.refresh()
            self._live.stop()
            self._console.set_window_title("")
        else:
            self._put(((self._summary(), ""),))
        # Whole, so that it can be copied.
        self._screen.write(Text(f"The record lies in {self._record}"))

    def switched_off(self) -> None:
        """Take no more events: nobody sees them."""
        if self._events is not None:
            self._events.close()

    def on_event(self, event: MonitorEvent) -> None:
        """Show one event."""
        line = line_of_event(event, mark=self._mark)
        if isinstance(event, OrderFlowAlert) and self._is_of_others(event.symbol):
            # A line of each would hide an exit.
            self._alerts_of_others += 1
            self._newest_of_others = f", the newest {plain(line)}"
            return
        said = record_line(event, self._bot.monitor.config.config_hash)
        if said is not None:
            self._state.take_line(said)
        self._put(line)

    def _is_of_others(self, symbol: str) -> bool:
        return self._bot.watches_everything and symbol not in self._bot.monitor.protected

    def _show_waiting(self, limit: int) -> bool:
        """Show so many of the events that wait; return whether there may be more."""
        for _ in range(limit):
            event = None if self._events is None else self._events.take(0)
            if event is None:
                return False
            self.on_event(event)
        return True

    def _show_holdings(self) -> None:
        """Show what is held otherwise than before; what is known first was said at the start."""
        monitor = self._bot.monitor
        if not monitor.judge.knows_positions:
            return
        held = {symbol: each.quantity for symbol, each in monitor.positions.items()}
        before, self._held = self._held, held
        changes = [] if before is None else changed_holdings(before, held)
        shown = changes[:_CHANGES_AT_ONCE]
        if more := len(changes) - len(shown):
            shown.append(("", f"{more:,} more have changed"))
        for symbol, words in shown:
            begin = stamped(ns_from_utc(self._clock()), symbol)
            self._put((*begin, ("position", "bold"), (f": {words}", "")))

    def _frame(self) -> Group:
        """Return how all stands, in the size that the terminal has now."""
        self._state.take_beat(self._look())
        size = self._console.size
        others = self._others()
        canvas = Canvas(
            width=size.width,
            height=max(size.height - LINES_ABOVE, _LEAST_HEIGHT),
            footer=(*([others] if others else []), f"record: {self._record}"),
        )
        lines = frame(self._state, ns_from_utc(self._clock()), canvas)
        return Group(*map(_text, lines))

    def _others(self) -> str:
        """Say in a few words what else is watched; empty where nothing else is."""
        if not self._bot.watches_everything or self._bot.status.sleeping_until is not None:
            return ""
        monitor = self._bot.monitor
        watched = len(set(monitor.symbols).difference(monitor.protected))
        alerts = f"{self._alerts_of_others:,}{self._newest_of_others}"
        return f"others: {watched:,} watched now, alerts so far: {alerts}"

    def _summary(self) -> str:
        self._state.take_beat(self._look())
        now = self._clock()
        words = summary(self._state, ns_from_utc(now), EXCHANGE)
        others = self._others()
        stamp = f"{EXCHANGE.clock(ns_from_utc(now))} ET {self._mark}status: "
        return stamp + words + (f"; {others}" if others else "")

    def _put(self, line: Line) -> None:
        """Write a line above the frame, broken between words."""
        for each in wrap(line, self._console.width, _INDENT):
            self._screen.write(_text(each))


def _text(line: Iterable[tuple[str, Style]]) -> Text:
    text = Text(no_wrap=True, end="\n")
    for words, style in line:
        text.append(words, _STYLES[style])
    return text
