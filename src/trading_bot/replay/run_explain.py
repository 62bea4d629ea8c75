"""`trading-bot explain`: finds one alert again in recorded data and shows what it was made of."""

from __future__ import annotations

import json
import sys
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

import msgspec

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.errors import OrderFlowError
from trading_bot.order_flow.journal.lines import alert_id, alert_record, line_bytes
from trading_bot.order_flow.journal.reading import RecordReader
from trading_bot.order_flow.market.units import NS_PER_SECOND, iso_utc, ns_from_utc
from trading_bot.order_flow.notices import MonitorEvent, WallNotice
from trading_bot.order_flow.recommendation import Leaving
from trading_bot.order_flow.rules.leaving import plain, words_of_leaving
from trading_bot.order_flow.rules.walls.lines import MOST_LINES
from trading_bot.recorded.account import RowAccount
from trading_bot.replay.data_words import status_of, warning_lines
from trading_bot.replay.explain import (
    PrintSeen,
    RecentRows,
    Window,
    differences,
    memory_lines,
    quotes_around,
)
from trading_bot.replay.explain_witness import Notes, Witness
from trading_bot.replay.playback import Playback
from trading_bot.replay.run_replay import ReplayOptions, prepare
from trading_bot.replay.settings_words import settings_in_words

_AFTER_NS = 2 * NS_PER_SECOND
"""Rows are read on for so long after the alert, to show the quotes that followed."""


_WALLS_OF = timedelta(minutes=6)


class NotExplainedError(OrderFlowError):
    """The alert was not found in the data, or came out differently."""


@dataclass(frozen=True, slots=True)
class ExplainOptions:
    """What the command line asked for.

    Attributes:
        alert_id: 16 hexadecimal digits.
        data: Which data, and by which settings.
        records: Folders where the alert's line may stand; those that are missing are passed by.
    """

    alert_id: str
    data: ReplayOptions
    records: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """An alert that was found again.

    Attributes:
        line: Its line, as it comes out now.
        differing: Fields that differ from the recorded line; None when no record holds it.
        window: What it was made of.
        walls: What happened to large levels of the symbol's book in the six minutes before.
        account: What became of the rows, read as far as was needed.
        settings: What it was judged by, in words.
    leaving: What leaving the position would have cost then, by the displayed bids; None where none
        was held, and for a short one.
    """

    line: Mapping[str, Any]
    differing: Mapping[str, tuple[Any, Any]] | None
    window: Window
    walls: Sequence[WallNotice]
    account: RowAccount
    settings: Sequence[str]
    leaving: Leaving | None


def run_explain(options: ExplainOptions) -> int:
    """Run the command; return the exit status.

    Raises:
        NotExplainedError: The data does not hold the alert.
        FileNotFoundError: A path does not exist.
        ValueError: An option or a file is not usable, or the alert is not found where too much of
            the data is lost.
    """
    found = explain(options)
    accepted = options.data.accept_losses
    warnings = warning_lines(found.account, accept_losses=accepted)
    if options.data.as_json:
        sys.stderr.writelines(f"{line}\n" for line in warnings)
        shown = {
            "warnings": found.account.warnings(),
            "alert": found.line,
            "compared": found.differing is not None,
            "differences": found.differing or {},
            "window": asdict(found.window),
            "walls": [_wall_member(each) for each in found.walls],
            "account": found.account.to_json_dict(),
            "settings": found.settings,
            "leaving": plain(found.leaving),
        }
        sys.stdout.write(json.dumps(shown, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in warnings)
        _show(found, sys.stdout)
    if found.differing:
        sys.stderr.write(
            f"trading-bot: alert {options.alert_id} comes out differently: "
            f"{', '.join(found.differing)}\n"
        )
    status = 1 if found.differing else 0
    return status_of(found.account, accept_losses=accepted, status=status)


def explain(options: ExplainOptions) -> Explained:
    """Find an alert again.

    Raises:
        NotExplainedError: The data does not hold the alert.
        FileNotFoundError: A path does not exist.
        ValueError: An option or a file is not usable, or the alert is not found where too much of
            the data is lost.
    """
    wanted = options.alert_id.lower()
    recorded = recorded_line(wanted, options.records)
    data = options.data
    symbol = None if recorded is None else recorded.get("symbol")
    if symbol and isinstance(symbol, str) and not data.symbols:
        data = replace(data, symbols=(symbol,))
    witness = Witness()
    playback = prepare(data, make_judge=witness.make_judge)
    search = _Search(wanted, playback, witness)
    playback.add_listener(search)
    recent, account = RecentRows(), playback.source.account
    for rows in playback.batches():
        recent.add(rows)
        if search.alert is not None and rows[-1][0] > ns_from_utc(search.alert.timestamp_utc) + (
            _AFTER_NS
        ):
            account.stop()
            break
    alert, notes = search.alert, search.notes
    if alert is None or notes is None:
        warnings = account.warnings()
        is_lost = bool(warnings) and not data.accept_losses
        raise (ValueError if is_lost else NotExplainedError)(
            f"alert {wanted} does not come out of this data: {search.found:,} other alerts do. "
            f"Was it found under other settings (--config; these have {_hash(playback)}), in other "
            "files, with another memory of the days before (--profile), or with millisecond "
            "stamps, as live, where these have nanoseconds? "
            + "; ".join(warnings or account.lines())
        )
    line = _plain(alert_record(alert, config_hash=_hash(playback)))
    stamp_ns = alert.timestamp_ns or ns_from_utc(alert.timestamp_utc)
    return Explained(
        line,
        None if recorded is None else differences(recorded, line),
        notes.window(stamp_ns, quotes_around(recent.of(alert.symbol), stamp_ns)),
        search.walls,
        account,
        settings_in_words(playback.config),
        search.leaving,
    )


def explain_arguments(data: ReplayOptions) -> tuple[str, ...]:
    """Return what `trading-bot explain` is given after an id to read the same data."""
    options = {
        "--format": data.data_format,
        "--from": data.begin,
        "--to": data.end,
        "--day": data.day,
        "--quote-size-unit": data.quote_size_unit,
        "--config": data.config_path if data.config_is_given else None,
        "--positions": data.positions_path,
        "--profile": data.profile,
    }
    given = [(name, str(value)) for name, value in options.items() if value is not None]
    given += [("--symbol", symbol) for symbol in data.symbols]
    return (*map(str, data.paths), *(word for pair in given for word in pair))


def recorded_line(wanted: str, folders: Iterable[Path]) -> Mapping[str, Any] | None:
    """Return the line of an alert from the first record that holds it, or None."""
    found = (RecordReader(folder).alert(wanted) for folder in folders if folder.is_dir())
    return next((line for line in found if line is not None), None)


class _Search:
    """Listens for one alert."""

    def __init__(self, wanted: str, playback: Playback, witness: Witness) -> None:
        self._wanted = wanted
        self._playback = playback
        self._witness = witness
        self.alert: OrderFlowAlert | None = None
        self.notes: Notes | None = None
        self.leaving: Leaving | None = None
        self.found = 0
        self._walls: dict[str, deque[WallNotice]] = defaultdict(lambda: deque(maxlen=MOST_LINES))
        self.walls: tuple[WallNotice, ...] = ()

    def __call__(self, event: MonitorEvent) -> None:
        if isinstance(event, WallNotice):
            self._walls[event.symbol].append(event)
        elif isinstance(event, OrderFlowAlert):
            self.found += 1
            if alert_id(event, _hash(self._playback)) == self._wanted:
                self.alert = event
                oldest = event.timestamp_utc - _WALLS_OF
                walls = self._walls[event.symbol]
                self.walls = tuple(each for each in walls if each.timestamp_utc >= oldest)
                self.notes = self._witness.notes_of(event)
                self.leaving = self._playback.judge.leaving_at(event)


def _hash(playback: Playback) -> str:
    return playback.config.config_hash


def _plain(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line as it reads back from the file."""
    plain: dict[str, Any] = msgspec.json.decode(line_bytes(line))
    return plain


def _at(notice: WallNotice) -> str:
    return iso_utc(notice.timestamp_utc)


def _wall_member(notice: WallNotice) -> dict[str, Any]:
    """Return a fact of a large level as JSON has it."""
    return {
        "at": _at(notice),
        "event": notice.event,
        "side": notice.side,
        "price": str(notice.price_level),
        "size": notice.size,
        "peak": notice.peak,
        "executed": notice.executed,
        "cancelled": notice.cancelled,
        "added": notice.added,
        "refills": notice.refills,
    }


def _print_line(each: PrintSeen) -> str:
    line = f"  {each.at}  {each.size:>9,} at {each.price:<10} {each.side:<7}"
    if not each.counts:
        return f"{line} does not count: {each.reason}"
    return f"{line} sold with {each.p_sell / 10:.1f} % ({each.rule or each.reason})"


def _show(found: Explained, out: TextIO) -> None:
    window = found.window
    lines = [f"{name}: {json.dumps(value)}" for name, value in found.line.items()]
    lines += memory_lines(found.line)
    lines += ["", f"Prints of the last 60 s: {len(window.prints)}"]
    lines += map(_print_line, window.prints)
    share = window.sold / window.volume if window.volume else 0.0
    lines += [
        f"  {window.volume:,} shares count, {window.sold:,.0f} of them expected sold ({share:.1%})",
        "",
        "Shares of the minutes before, newest first: "
        + ", ".join(f"{each:,}" for each in window.minutes),
        "",
        "Quotes around it:",
    ]
    lines += [
        f"  {each['at']}  bid {each['bid_size']:,} at {each['bid']}, "
        f"ask {each['ask_size']:,} at {each['ask']}"
        for each in window.quotes
    ]
    if found.leaving is not None:
        lines += ["", f"Then: {words_of_leaving(found.leaving)}."]
    if found.walls:
        lines += ["", "Large levels of the book in the last six minutes:"]
        lines += [f"  {_at(each)}  {each.sentence}" for each in found.walls]
    lines += ["", *found.account.lines(), *found.settings, ""]
    if found.differing is None:
        lines.append("Recomputed from the data; no record was there to compare it with.")
    elif found.differing:
        lines.append("DIFFERS from the record:")
        lines += [
            f"  {name}: recorded {json.dumps(was)}, now {json.dumps(now)}"
            for name, (was, now) in found.differing.items()
        ]
    else:
        lines.append("Recomputed from the data: equal to the record in every field.")
    out.write("\n".join(lines) + "\n")
