"""What one recorded file holds, as far as it was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from trading_bot.order_flow.calendar import NEW_YORK
from trading_bot.order_flow.market.units import FAR_FUTURE_NS, UNITS_PER_SHARE, iso_utc, utc_from_ns
from trading_bot.recorded.recognise import Format
from trading_bot.recorded.rows import KIND, SIP_NS, SYMBOL, Row
from trading_bot.replay.session_spans import SessionSpans

_SIZE: Final = 6
_kind_of = itemgetter(KIND)
_symbol_of = itemgetter(SYMBOL)


@dataclass(slots=True)
class FileFacts:
    """One file; its rows are counted as they are read.

    Attributes:
        path: Where it lies.
        size_bytes: Of the file as it lies there.
        kind: What it is; None where nothing is known of it.
        form: The same in words.
        problem: Why it cannot be used, and what to do; None when it can.
        order: In which order its rows stand, in words.
        unit: What its quote sizes count, and what tells so; empty where nothing is to be told.
        whole: True when all of it was read.
        cut_short: True when time was up before all samples were read: the rows are its first ones.
        beside: True when it has no rows of its own: they are read with another file's, or it holds
            none of the wanted symbols.
        trades: Prints that can be read.
        quotes: Quotes and books that can be read.
        outside: Rows of both outside the sessions.
        fractional: Prints with a fraction of a share.
        symbols: Tickers.
        trade_days: Days of New York with prints.
        quote_days: Days of New York with quotes.
        first_ns: Stamp of the earliest row.
        last_ns: Stamp of the latest row, 0 before the first.
        refused: Rows that cannot be used as they are written, by column and reason.
    """

    path: Path
    size_bytes: int
    kind: Format | None = None
    form: str = ""
    problem: str | None = None
    order: str = "by time"
    unit: str = ""
    whole: bool = False
    cut_short: bool = False
    beside: bool = False
    trades: int = 0
    quotes: int = 0
    outside: int = 0
    fractional: int = 0
    symbols: set[str] = field(default_factory=set)
    trade_days: set[date] = field(default_factory=set)
    quote_days: set[date] = field(default_factory=set)
    first_ns: int = FAR_FUTURE_NS
    last_ns: int = 0
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def usable(self) -> int:
        """Rows that can be read."""
        return self.trades + self.quotes

    @property
    def looked_at(self) -> int:
        """Rows that were read, those that cannot be used among them."""
        return self.usable + self.refused.total()

    @property
    def days(self) -> list[date]:
        """Days of New York with rows, in order."""
        return sorted(self.trade_days | self.quote_days)

    def take(self, rows: Sequence[Row], spans: SessionSpans) -> None:
        """Count rows of this file.

        Args:
            rows: Not empty. A recording has them in the order of arrival.
            spans: Tells the sessions.
        """
        rows = sorted(rows)
        self.first_ns = min(self.first_ns, rows[0][SIP_NS])
        self.last_ns = max(self.last_ns, rows[-1][SIP_NS])
        self.symbols.update(map(_symbol_of, rows))
        for day, piece in spans.pieces(rows):
            quotes = sum(map(bool, map(_kind_of, piece)))
            prints = [row for row in piece if not row[KIND]] if quotes < len(piece) else []
            self.quotes += quotes
            self.trades += len(prints)
            self.fractional += sum(row[_SIZE] % UNITS_PER_SHARE > 0 for row in prints)
            if day is None:
                self.outside += len(piece)
            # A night between two sessions has rows of two days: its ends tell them.
            dated = {_day_of(piece[0]), _day_of(piece[-1])} if day is None else {day}
            if quotes:
                self.quote_days |= dated
            if prints:
                self.trade_days |= dated

    def to_json_dict(self) -> dict[str, Any]:
        """Give what `--json` prints."""
        return {
            "path": str(self.path),
            "bytes": self.size_bytes,
            "format": self.kind,
            "form": self.form or None,
            "problem": self.problem,
            "read_whole": self.whole,
            "read_with_another": self.beside,
            "trades": self.trades,
            "quotes": self.quotes,
            "refused": [
                {"column": column, "reason": reason, "rows": count}
                for (column, reason), count in sorted(self.refused.items())
            ],
            "outside_session": self.outside,
            "trades_with_a_fraction_of_a_share": self.fractional,
            "symbols": sorted(self.symbols),
            "days": [day.isoformat() for day in self.days],
            "from": iso_utc(utc_from_ns(self.first_ns)) if self.last_ns else None,
            "to": iso_utc(utc_from_ns(self.last_ns)) if self.last_ns else None,
            "order": self.order if self.usable else None,
            "quote_size_unit": self.unit or None,
        }


def _day_of(row: Row) -> date:
    return utc_from_ns(row[SIP_NS]).astimezone(NEW_YORK).date()
