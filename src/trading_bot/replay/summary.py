"""What a replay found, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.units import iso_utc, utc_from_ns
from trading_bot.order_flow.notices import FeedEvent, MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.recorded.account import KINDS, RowAccount
from trading_bot.replay.playback import Playback
from trading_bot.replay.settings_words import settings_in_words


class Tally:
    """Counts what a monitor tells; add it as a listener."""

    def __init__(self) -> None:
        self.alerts: Counter[tuple[str, str, str]] = Counter()
        self.exits: Counter[str] = Counter()
        self.feed_events: Counter[str] = Counter()

    def __call__(self, event: MonitorEvent) -> None:
        """Count one event."""
        if isinstance(event, OrderFlowAlert):
            self.alerts[event.alert_type, event.source or "", event.severity] += 1
        elif isinstance(event, FeedEvent):
            self.feed_events[event.kind] += 1
        elif isinstance(event, ExitRecommendation):
            self.exits[event.urgency] += 1


@dataclass(slots=True)
class Played:
    """What a replay has read and played, in one process or in many.

    Attributes:
        config: The settings that it was judged by.
        account: What became of the rows.
        rows: Rows read, those left out included.
        trades: Prints played.
        quotes: Quotes played.
        symbols: Every symbol met.
        first_ns: Exchange time of the earliest event, 0 without one.
        last_ns: Of the latest.
        dropped: What was not judged, or not in full, by reason.
    """

    config: OrderFlowConfig
    account: RowAccount
    rows: int = 0
    trades: int = 0
    quotes: int = 0
    symbols: set[str] = field(default_factory=set)
    first_ns: int = 0
    last_ns: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


def played_of(playback: Playback) -> Played:
    """Return what a playback that has ended has played."""
    source = playback.source
    return Played(
        playback.config,
        source.account,
        source.rows_read,
        playback.trades,
        playback.quotes,
        set(playback.symbols),
        playback.first_ns,
        playback.last_ns,
        Counter(playback.judge.dropped()),
    )


def summary_of(played: Played, tally: Tally, seconds: float) -> dict[str, Any]:
    """Return the figures of a replay that has ended.

    Args:
        played: What was played.
        tally: Its listener.
        seconds: How long it took.
    """
    rows, account = played.rows, played.account
    left = {reason for kind in KINDS for reason in account.of(kind).not_judged}
    return {
        "warnings": account.warnings(),
        "symbols": sorted(played.symbols),
        "from": _stamp(played.first_ns),
        "to": _stamp(played.last_ns),
        "rows": {
            "read": rows,
            "trades": played.trades,
            "quotes": played.quotes,
            "judged": account.judged,
        },
        "account": account.to_json_dict() | {"lines": account.lines()},
        "not_in_full": {
            reason: count for reason, count in sorted(played.dropped.items()) if reason not in left
        },
        "alerts": {
            "total": tally.alerts.total(),
            "by_kind": [
                {"alert_type": kind, "source": source or None, "severity": severity, "count": count}
                for (kind, source, severity), count in sorted(tally.alerts.items())
            ],
        },
        "exits": {"total": tally.exits.total(), "by_urgency": _sorted(tally.exits)},
        "feed_events": _sorted(tally.feed_events),
        "settings": settings_in_words(played.config),
        "config_hash": played.config.config_hash,
        "seconds": round(seconds, 3),
        "rows_per_second": round(rows / seconds) if seconds else None,
    }


def summary_lines(summary: Mapping[str, Any]) -> list[str]:
    """Return the figures as lines for a person."""
    rows, alerts, exits = summary["rows"], summary["alerts"], summary["exits"]
    lines = [
        f"Symbols: {_shortened(summary['symbols'])}",
        f"Time: {summary['from']} to {summary['to']}",
        f"Rows: {rows['read']:,} read, {summary['rows_per_second'] or 0:,} a second",
        f"Played: {rows['trades']:,} trades, {rows['quotes']:,} quotes",
        *summary["account"]["lines"],
        f"Judged, but not in full: {_counts(summary['not_in_full'])}",
        *summary["settings"],
        f"Alerts: {alerts['total']:,} in {rows['judged']:,} judged rows",
    ]
    if not rows["judged"]:
        lines[-1] += ": nothing is known"
    lines += [
        f"  {each['count']:>7,}  {each['alert_type']}"
        f"{' ' + each['source'] if each['source'] else ''} {each['severity']}"
        for each in alerts["by_kind"]
    ]
    lines.append(f"Exits: {exits['total']:,} ({_counts(exits['by_urgency'])})")
    if summary["feed_events"]:
        lines.append(f"Feed events: {_counts(summary['feed_events'])}")
    return lines


def _stamp(stamp_ns: int) -> str | None:
    return iso_utc(utc_from_ns(stamp_ns)) if stamp_ns else None


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"


def _shortened(symbols: list[str]) -> str:
    shown = ", ".join(symbols[:10])
    return f"{shown} and {len(symbols) - 10:,} more" if len(symbols) > 10 else shown or "none"
