"""What a person sees: a live table of the positions, and every event as it happens.

On a terminal the table stays at the bottom in colour and events scroll above it. Anywhere else
each event is one plain line, and a summary line follows now and then. Where everything is watched,
only what is protected has rows and lines; thousands of others are a few words, and in the record.
The screen's thread takes the events and draws them; the guard never waits for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from trading_bot.bot import TradingBot
from trading_bot.order_flow.clock import Clock, monotonic_seconds
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.notices import (
    FeedEvent,
    MonitorEvent,
    RegimeNotice,
    ThresholdNotice,
    WallNotice,
)
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.order_flow.rules.leaving import short_words_of_leaving
from trading_bot.order_flow.telling.describe import describe_alert
from trading_bot.order_flow.telling.event_queue import DEFAULT_LIMIT
from trading_bot.order_flow.telling.exit_words import words_of_exit
from trading_bot.order_flow.telling.telling import EventReader
from trading_bot.positions.changes import changed_holdings
from trading_bot.screen import Screen

NEW_YORK = ZoneInfo("America/New_York")
REFRESHES_PER_SECOND = 4
SUMMARY_SECONDS = 15.0
FIRST_SUMMARY_SECONDS = 5.0
HOLDINGS_SECONDS = 1.0
"""How often it is looked whether other shares are held than before."""
_EVENTS_AT_ONCE = 100
"""Events shown before the table is drawn again."""
_CHANGES_AT_ONCE = 20
"""Changes of what is held that have a line each; the rest are counted."""
_FEED_STYLES = {
    "blind": "bold white on red",
    **dict.fromkeys(("recovered", "depth_back", "feeds_agree"), "green"),
}
_STATE_STYLES = {"visible": "green", "degraded": "yellow", "blind": "bold white on red"}
_STATE_KIND_STYLES = {
    "record_failed": "bold white on red",
    "record_ok": "green",
    "record_reopened": "bold red",
}
_URGENCY_STYLES = {"elevated": "bold yellow", "high": "bold red", "immediate": "bold white on red"}


class TerminalView:
    """Shows one bot's work, as a scene of a screen.

    Args:
        bot: Whose positions are shown.
        clock: The market's present.
        record: Where the record lies.
        screen: Draws it.
        muted: Returns until when each symbol is silent of which no notice is sent.
    """

    def __init__(
        self,
        bot: TradingBot,
        *,
        clock: Clock,
        record: Path,
        screen: Screen,
        muted: Callable[[], Mapping[str, datetime]] = dict,
    ) -> None:
        self._bot = bot
        self._clock = clock
        self._record = record
        self._screen = screen
        self._muted = muted
        self._console = screen.console
        # An invented exit must not be taken for a real one, wherever it is read.
        self._mark = "SIMULATED " if bot.monitor.market == "simulated" else ""
        self._alerts: Counter[str] = Counter()
        self._exits: Counter[str] = Counter()
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
        """Start the table, or let time run until the first summary."""
        self._due = monotonic_seconds()
        if self._console.is_terminal:
            self._console.set_window_title(f"trading-bot: {self._mark or 'live '}market")
            # Refreshed by `draw` alone: whatever else writes would wait for a held terminal.
            self._live = Live(
                get_renderable=self._table,
                console=self._console,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        else:
            self._due += FIRST_SUMMARY_SECONDS

    def draw(self) -> float:
        """Show what has happened, and the table or summary when it is due."""
        if self._show_waiting(_EVENTS_AT_ONCE):
            return 0.0
        self._show_holdings()
        now = monotonic_seconds()
        if now >= self._due:
            if self._live is not None:
                self._live.refresh()
                self._due = now + 1 / REFRESHES_PER_SECOND
            else:
                self._screen.write(Text(self._summary()))
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
            self._screen.write(Text(self._summary()))
        self._screen.write(Text(f"The record lies in {self._record}"))

    def switched_off(self) -> None:
        """Take no more events: nobody sees them."""
        if self._events is not None:
            self._events.close()

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
            line = self._stamped(self._clock(), symbol)
            line.append("position", style="cyan")
            self._screen.write(line.append(f": {words}"))

    def on_event(self, event: MonitorEvent) -> None:
        """Show one event."""
        if isinstance(event, OrderFlowAlert):
            self._show_alert(event)
        elif isinstance(event, ExitRecommendation):
            self._exits[event.symbol] += 1
            self._screen.write(self._exit_line(event))
        elif isinstance(event, ThresholdNotice):
            line = self._stamped(event.timestamp_utc, event.symbol)
            line.append("threshold exceeded often", style="yellow")
            self._screen.write(line.append(f": {event.advice}"))
        elif isinstance(event, RegimeNotice):
            line = self._stamped(event.timestamp_utc, event.symbol)
            line.append("busier than usual", style="yellow")
            self._screen.write(line.append(f": {event.sentence}"))
        elif isinstance(event, WallNotice):
            line = self._stamped(event.timestamp_utc, event.symbol)
            self._screen.write(line.append(event.sentence, style="dim"))
        elif isinstance(event, FeedEvent):
            self._screen.write(self._feed_line(event))
        else:
            line = self._stamped(event.timestamp_utc, event.symbol or "")
            style = _STATE_KIND_STYLES.get(event.kind, "yellow")
            line.append(event.kind.replace("_", " "), style=style)
            self._screen.write(line.append(f": {event.reason}" if event.reason else ""))

    def _show_alert(self, alert: OrderFlowAlert) -> None:
        self._alerts[alert.symbol] += 1
        line = self._alert_line(alert)
        if self._bot.watches_everything and alert.symbol not in self._bot.monitor.protected:
            # A line of each would hide an exit.
            self._alerts_of_others += 1
            self._newest_of_others = f", the newest {line}"
        else:
            self._screen.write(line)

    def _alert_line(self, alert: OrderFlowAlert) -> Text:
        line = self._stamped(alert.timestamp_utc, alert.symbol)
        style = "red" if alert.severity == "critical" else "yellow"
        line.append(f"{alert.severity:<8} ", style=style)
        line.append(describe_alert(alert))
        if alert.late and alert.delay_seconds is not None:
            line.append(f"  (late by {alert.delay_seconds:.0f} s)", style="dim")
        if alert.context:
            line.append(f"  news: {alert.context[0]}", style="dim italic")
        return line

    def _exit_line(self, exit_: ExitRecommendation) -> Text:
        line = self._stamped(exit_.timestamp_utc, exit_.symbol)
        style = _URGENCY_STYLES[exit_.urgency]
        line.append(f"{self._mark}EXIT SUGGESTED ({exit_.urgency})", style=style)
        line.append(f": {words_of_exit(exit_)}")
        if exit_.repeated:
            line.append("  suggested before this start", style="dim")
        return line

    def _feed_line(self, event: FeedEvent) -> Text:
        line = self._stamped(event.timestamp_utc, event.symbol)
        style = _FEED_STYLES.get(event.kind, "yellow")
        line.append(f"feed {event.kind}", style=style)
        line.append(f": {event.reason}")
        if event.kind == "blind" and event.position_open:
            line.append("  this position is not protected now", style="bold red")
        return line

    def _stamped(self, moment: datetime, symbol: str) -> Text:
        line = Text()
        line.append(moment.astimezone(NEW_YORK).strftime("%H:%M:%S ET "), style="dim")
        line.append(f"{symbol:<6} ", style="bold")
        return line

    def _table(self) -> RenderableType:
        monitor = self._bot.monitor
        table = Table(title=self._title(), title_justify="left", expand=False)
        for name in ("Symbol", "Shares", "Paid", "Price", "P&L", "Stop"):
            table.add_column(name, justify="left" if name == "Symbol" else "right")
        for name in ("Leaving", "Visibility", "Alerts", "Says"):
            table.add_column(name)
        for symbol in self._rows():
            position = monitor.positions.get(symbol)
            price = monitor.price(symbol)
            state = monitor.visibility(symbol).state
            pnl = position.unrealised_pnl(price) if position and price is not None else None
            table.add_row(
                Text(symbol, style="bold"),
                str(position.quantity) if position else "-",
                _shown(position.average_price if position else None),
                _shown(price),
                _coloured_money(pnl),
                _shown(position.stop if position else None),
                self._leaving(symbol) or "-",
                Text(self._seen(symbol), style=_STATE_STYLES[state]),
                str(self._alerts[symbol] or "-"),
                self._verdict(symbol),
            )
        record = Text(f"record: {self._record}", style="dim")
        others = self._others()
        lines = [Text(each, style="bold red") for each in self._troubles()]
        lines += [Text(others)] if others else []
        return Group(table, *lines, record)

    def _rows(self) -> list[str]:
        """Return the symbols that are shown one by one."""
        monitor = self._bot.monitor
        watched = set(monitor.symbols)
        return [each for each in monitor.protected if each in watched]

    def _troubles(self) -> list[str]:
        """Say what is the matter with the guard as a whole, and what is muted."""
        silent = self._silent()
        return [*self._bot.monitor.troubles(), *([silent] if silent else [])]

    def _silent(self) -> str:
        """Say of which symbols no notice is sent, and until when."""
        until = {name: at.astimezone(NEW_YORK) for name, at in sorted(self._muted().items())}
        named = ", ".join(f"{name} until {at:%a %H:%M} ET" for name, at in until.items())
        return f"muted: {named}" if named else ""

    def _others(self) -> str:
        """Say in a few words what else is watched; empty where nothing else is."""
        if not self._bot.watches_everything:
            return ""
        watched = len(self._bot.monitor.symbols) - len(self._rows())
        alerts = f"{self._alerts_of_others:,}{self._newest_of_others}"
        return f"others: {watched:,} watched now, alerts so far: {alerts}"

    def _title(self) -> str:
        now = self._clock().astimezone(NEW_YORK)
        status = self._bot.status
        market: str = status.market.state if status.market else "unknown"
        if status.sleeping_until is not None:
            opens = status.sleeping_until.astimezone(NEW_YORK)
            market = f"closed, sleeping until {opens:%a %H:%M} ET"
        return escape(f"{self._mark}{now:%Y-%m-%d %H:%M:%S} ET, market {market}")

    def _seen(self, symbol: str) -> str:
        """Say how well a symbol can be seen; where it can be, how lately that was compared."""
        monitor = self._bot.monitor
        state, reason = monitor.visibility(symbol)
        words = f"{state} ({reason})" if reason else state
        compared = monitor.compared_seconds_ago(symbol)
        if state != "visible" or compared is None:
            return words
        return f"{words}, compared {_ago(compared)} ago"

    def _verdict(self, symbol: str) -> Text:
        """Say in a few words how a symbol stands; calm is said only of what can be seen."""
        monitor = self._bot.monitor
        position = monitor.positions.get(symbol)
        if self._exits[symbol]:
            return Text("exit recommended", style="bold red")
        if position is not None and position.is_short:
            return Text("not protected: short", style="dim")
        if monitor.visibility(symbol).state != "visible":
            return Text("cannot tell", style="yellow")
        if not monitor.bursts_judged(symbol):
            return Text("extended hours: bursts not judged", style="dim")
        today = monitor.scale_today(symbol)
        if today is not None and today.is_thin:
            return Text("too thin to judge", style="dim")
        held_back = self._held_back(symbol)
        if self._alerts[symbol]:
            return Text(f"alerted{held_back}", style="yellow")
        return Text(f"calm{held_back}", style="green")

    def _held_back(self, symbol: str) -> str:
        """Say how many events an even pace would have let through on a day less busy."""
        today = self._bot.monitor.scale_today(symbol)
        if today is None or not today.held_back:
            return ""
        alerts = f"{today.alerts} alert{'' if today.alerts == 1 else 's'} today"
        return f", {alerts}, {today.held_back} smaller ones held back (busy day)"

    def _summary(self) -> str:
        parts = [self._row_words(each) for each in self._rows()]
        others = self._others()
        parts += self._troubles()
        if others and self._bot.status.sleeping_until is None:
            parts.append(others)
        now = self._clock().astimezone(NEW_YORK)
        return f"{now:%H:%M:%S} ET {self._mark}status: " + ("; ".join(parts) or self._why_nothing())

    def _row_words(self, symbol: str) -> str:
        words = [
            f"{symbol} {self._seen(symbol)}",
            str(self._verdict(symbol)),
            self._leaving(symbol),
        ]
        return ", ".join(filter(None, words))

    def _leaving(self, symbol: str) -> str:
        """Say what leaving a position costs; empty where none is held, and for a short one."""
        leaving = self._bot.monitor.leaving(symbol)
        return "" if leaving is None else short_words_of_leaving(leaving)

    def _why_nothing(self) -> str:
        opens = self._bot.status.sleeping_until
        if opens is None:
            return "nothing is watched"
        return f"market closed, sleeping until {opens.astimezone(NEW_YORK):%a %H:%M} ET"


def _ago(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7_200 else f"{seconds // 3_600} h"


def _money(amount: Decimal) -> str:
    return f"{amount:+,.2f} USD"


def _shown(amount: Decimal | None) -> str:
    return "-" if amount is None else str(amount)


def _coloured_money(amount: Decimal | None) -> Text:
    if amount is None:
        return Text("-")
    return Text(_money(amount), style="green" if amount >= 0 else "red")
