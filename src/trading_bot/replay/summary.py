"""What a replay found, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.units import iso_utc, utc_from_ns
from trading_bot.order_flow.notices import FeedEvent, MonitorEvent
from trading_bot.order_flow.recommendation import ExitRecommendation
from trading_bot.recorded.account import KINDS
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


def summary_of(playback: Playback, tally: Tally, seconds: float) -> dict[str, Any]:
    """Return the figures of a replay that has ended.

    Args:
        playback: What was played.
        tally: Its listener.
        seconds: How long it took.
    """
    rows, account = playback.source.rows_read, playback.source.account
    left = {reason for kind in KINDS for reason in account.of(kind).not_judged}
    return {
        "warnings": account.warnings(),
        "symbols": sorted(playback.symbols),
        "from": _stamp(playback.first_ns),
        "to": _stamp(playback.last_ns),
        "rows": {
            "read": rows,
            "trades": playback.trades,
            "quotes": playback.quotes,
            "judged": account.judged,
        },
        "account": account.to_json_dict() | {"lines": account.lines()},
        "not_in_full": {
            reason: count
            for reason, count in playback.judge.dropped().items()
            if reason not in left
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
        "settings": settings_in_words(playback.config),
        "config_hash": playback.config.config_hash,
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
