"""How a symbol stands, in words with their time and their end; pure.

Calm is said of what is seen and judged alone: never of a guard that is silent, of a short position,
or at an hour at which bursts are not judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from trading_bot.live_view.cells import Style
from trading_bot.live_view.said import SaidLine
from trading_bot.live_view.state import SEVERAL_NS, StandingExit, Urgency
from trading_bot.live_view.words import event_of
from trading_bot.live_view.zones import Zone, ago
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.live_file.lines import LiveChannel, LiveLeaving, LiveRow
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.recommendation import ExitRecommendation, Leaving
from trading_bot.order_flow.rules.leaving import short_words_of_leaving
from trading_bot.order_flow.telling.describe import describe_alert
from trading_bot.order_flow.telling.exit_words import words_of_exit


def is_short(row: LiveRow) -> bool:
    """Return whether a position is short: no exit is suggested from it."""
    return row.shares is not None and row.shares.startswith("-")


def label_of(row: LiveRow | None, urgency: Urgency) -> str:
    """Return as what a symbol is counted."""
    if row is None or urgency not in ("calm", "alerted"):
        return urgency
    if is_short(row):
        return "not protected"
    return urgency if urgency == "alerted" or row.pressure == "calm" else "not judged"


def words_of_standing(standing: StandingExit | None, zone: Zone) -> str:
    """Say since when a recommendation stands, and until when."""
    if standing is None:
        return "exit stands"
    began, ends = zone.clock(standing.said.at_ns), zone.clock(standing.until_ns)
    return f"exit {began}, stands until {ends}"


def words_of_sight(row: LiveRow, since: SaidLine | None, zone: Zone) -> str:
    """Say that a symbol is seen badly, since when and why."""
    name = row.sees.replace("_", " ")
    began = "" if since is None else f" since {zone.clock(since.at_ns)}"
    return f"{name}{began}" + (f": {row.reason}" if row.reason else "")


def words_of_alerted(newest: SaidLine | None, as_of_ns: int, zone: Zone) -> str:
    """Say when the newest alert was, and until when it counts."""
    if newest is None:
        return "alerted"
    ends_ns = newest.at_ns + SEVERAL_NS
    ends = f", counts until {zone.clock(ends_ns)}" if as_of_ns <= ends_ns else ""
    return f"alerted {zone.clock(newest.at_ns)}{ends}"


def words_of_rest(row: LiveRow, *, is_silent: bool) -> tuple[str, Style]:
    """Say how a symbol stands of which nothing urgent is to be said."""
    if is_short(row):
        return "not protected: short", "dim"
    if row.pressure != "calm":
        return row.pressure_reason or "not judged", "dim"
    if is_silent:
        return "calm when last heard", "dim"
    return f"calm, {row.pressure_reason}" if row.pressure_reason else "calm", "good"


def short_proofs(row: LiveRow, as_of_ns: int) -> str:
    """Say in a few words how long ago each channel was proved."""
    if not row.channels:
        return "" if row.compared_seconds_ago is None else f"proved {ago(row.compared_seconds_ago)}"
    by_age: dict[str, list[str]] = {}
    for each in row.channels:
        by_age.setdefault(_proved_ago(each, as_of_ns), []).append(each.name)
    return "; ".join(f"{', '.join(names)} {age}" for age, names in by_age.items())


def long_proofs(channels: Iterable[LiveChannel], zone: Zone) -> str:
    """Say of each channel how it is seen, and up to when it was proved."""
    return ", ".join(_channel_words(each, zone) for each in channels)


def words_of_leaving(leaving: LiveLeaving | None) -> str:
    """Say what leaving costs; empty where nothing is said of it."""
    if leaving is None:
        return ""
    try:
        known = Leaving(
            Decimal(leaving.shares),
            fits=None if leaving.fits is None else Decimal(leaving.fits),
            cost_usd=None if leaving.cost_usd is None else Decimal(leaving.cost_usd),
            cost_bp=leaving.cost_bp,
            levels=leaving.levels,
            unknown=leaving.unknown,
        )
    except InvalidOperation:
        return ""
    return short_words_of_leaving(known)


def why_of_exit(standing: StandingExit | None) -> str:
    """Say why an exit is suggested; empty where the record has not said it."""
    event = None if standing is None else event_of(standing.said.line)
    if not isinstance(event, ExitRecommendation):
        return ""
    return f"{event.urgency}: {words_of_exit(event)}"


def why_of_alert(newest: SaidLine | None) -> str:
    """Say what the newest alert has found; empty where the record has not said it."""
    event = None if newest is None else event_of(newest.line)
    return describe_alert(event) if isinstance(event, OrderFlowAlert) else ""


def _channel_words(channel: LiveChannel, zone: Zone) -> str:
    proved = "never proved"
    if channel.proved_ns is not None:
        proved = f"proved {zone.clock(channel.proved_ns)}"
    why = f" ({channel.reason})" if channel.reason else ""
    return f"{channel.name} {channel.state.replace('_', ' ')}{why} {proved}"


def _proved_ago(channel: LiveChannel, as_of_ns: int) -> str:
    if channel.proved_ns is None:
        return "never"
    return ago((as_of_ns - channel.proved_ns) / NS_PER_SECOND)
