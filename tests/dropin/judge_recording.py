"""Judges recordings with the folder alone, whatever it is called, and compares the record's digest.

    python tests/dropin/judge_recording.py order_flow_guard SHA256SUMS RECORDING...

Says the digest; ends with 1 where it is not that of `recording.jsonl` in the list, or where the
machine has more than the folder's own requirements, so that it would prove nothing.
"""

from __future__ import annotations

import gzip
import importlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NOT_WANTED = ("trading_bot", "click", "rich", "aiohttp", "isal", "massive", "polygon")
LINE_END = b"\n"
LAST = "\U0010ffff"
"""Sorts after every symbol: the line that ends the record is its last."""


class Record:
    """Takes the lines of the record."""

    def __init__(self, line_bytes: Any) -> None:
        self.failed_writes: Counter[str] = Counter()
        self._line_bytes = line_bytes
        self._lines: list[tuple[tuple[str, str], bytes]] = []

    def write(self, line: Any) -> None:
        data = self._line_bytes(line)
        told = json.loads(data)
        last = told["event"] == "order_flow.monitoring_stopped"
        self._lines.append(((told["timestamp"], LAST if last else told["symbol"] or ""), data))

    def text(self) -> bytes:
        return b"".join(data for _, data in sorted(self._lines, key=lambda keyed: keyed[0]))


class Nobody:
    """Stands for the provider, which is asked for nothing, and for the headlines known."""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
        self.known: dict[str, tuple[str, ...]] = {}

    def headlines(self, symbol: str, as_of: datetime) -> tuple[str, ...]:
        return self.known.get(symbol, ())


class Held:
    """The positions as they were recorded."""

    def __init__(self) -> None:
        self.positions: tuple[Any, ...] = ()

    def get_active_positions(self) -> Sequence[Any]:
        return self.positions

    def get_watchlist(self) -> Sequence[str]:
        return ()


class Judgement:
    """One judgement of recordings, by the engine of a package.

    Args:
        package: The folder's import name.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._lines = self._module("capture.lines")
        self._units = self._module("market.units")
        self.record = Record(self._module("journal.lines").line_bytes)
        self._nobody, self._held = Nobody(), Held()
        self._symbols: set[str] = set()
        self._stamps: list[int] = []
        self._now_ns = 0
        self._judge: Any = None

    def _module(self, name: str) -> Any:
        return importlib.import_module(f"{self._package}.{name}")

    def read(self, path: Path) -> Iterator[Any]:
        """Yield the lines of one recording."""
        msgspec: Any = importlib.import_module("msgspec")
        decoder = msgspec.json.Decoder(self._lines.AnyLine)
        with gzip.open(path) as stream:
            for data in stream:
                yield decoder.decode(data)

    def judge(self, paths: Sequence[Path]) -> bytes:
        """Do every line again, as it was done then; return the record."""
        for path in sorted(paths, key=lambda path: next(self.read(path)).at_ns):
            for line in self.read(path):
                getattr(self, f"do_{type(line).__name__.lower()}")(line)
        for event, stamp_ns in (("started", min(self._stamps)), ("stopped", max(self._stamps))):
            moment = self._units.utc_from_ns(stamp_ns)
            name = f"order_flow.monitoring_{event}"
            facts = self._judge.start_facts() if event == "started" else {}
            symbols = sorted(self._symbols)
            self._judge.publisher.write_line(name, moment, None, symbols=symbols, **facts)
        return self.record.text()

    def do_started(self, line: Any) -> None:
        if line.continued:
            return
        self._now_ns = line.at_ns
        self._judge = self._module("judge").MarketJudge(
            self._module("config").OrderFlowConfig(thresholds="fixed", **line.config),
            position_manager=self._held,
            client=self._nobody,
            alert_log=self.record,
            context=self._nobody,
            clock=lambda: self._units.utc_from_ns(self._now_ns),
            wall_fields=False,
            market="replay",
        )
        # What schema 1 wrote down had passed the halts already.
        self._judge.infers_halts = line.schema > 1

    def do_oldquoteline(self, line: Any) -> None:
        self._stamps.append(line.sip_ns)
        one = self._units.UNITS_PER_SHARE
        best = (line.bid_ticks, line.bid_size * one, line.ask_ticks, line.ask_size * one)
        self._judge.quote(line.symbol, line.sip_ns, *best, line.matched_ns, 0, line.received_ns)

    def do_oldtradeline(self, line: Any) -> None:
        self._stamps.append(line.sip_ns)
        event = self._module("market.events").TradeEvent(
            line.symbol,
            line.sip_ns,
            line.price_ticks,
            line.size * self._units.UNITS_PER_SHARE,
            line.participant_ns,
            conditions=line.conditions,
            correction=line.correction,
            exchange=line.exchange,
            stated_side=line.stated_side,
            received_ns=line.received_ns,
        )
        self._judge.trade(event)

    def do_watched(self, line: Any) -> None:
        self._symbols.add(line.symbol)
        self._judge.watch(line.symbol, from_ns=line.from_ns, now_ns=line.now_ns)

    def do_afresh(self, line: Any) -> None:
        self._judge.start_afresh()

    def do_skipped(self, line: Any) -> None:
        self._judge.judges[line.symbol].skip(line.seconds)

    def do_knownfrom(self, line: Any) -> None:
        self._judge.known_from(line.symbol, line.from_ns)

    def do_refilled(self, line: Any) -> None:
        said, read = self._module("journal.said"), self._module("journal.lines").alert_from_record
        alerts = {known_as: read(of) for known_as, of in line.alerts.items()}
        exits = {each["symbol"]: said.exit_from_record(each, alerts) for each in line.exits}
        self._judge.take_back(said.Said(alerts, exits, frozenset(line.told), judged=line.judged))

    def do_closed(self, line: Any) -> None:
        self._judge.close_position(line.symbol)

    def do_held(self, line: Any) -> None:
        position = self._module("position").Position
        self._held.positions = tuple(
            position(
                each.symbol,
                each.quantity,
                each.average_price,
                each.stop,
                opened_at=each.opened_at,
            )
            for each in line.positions
        )

    def do_positionsread(self, _: Any) -> None:
        self._judge.read_positions()

    def do_conditionslearned(self, line: Any) -> None:
        table = self._module("market.trade_conditions").TradeConditions
        self._judge.use_conditions(table(line.verdicts()))

    def do_headlines(self, line: Any) -> None:
        self._nobody.known[line.symbol] = line.headlines

    def do_seen(self, line: Any) -> None:
        reasons = self._module("sight.coverage.reasons")
        sight = reasons.Sight(line.state, line.reason, line.text, line.since_ns, line.compared_ns)
        self._judge.saw(line.symbol, sight, line.at_ns)

    def do_spanlost(self, line: Any) -> None:
        reasons = self._module("sight.coverage.reasons")
        span = (line.channel, line.from_ns, line.to_ns, line.cause, line.tries, line.codes)
        self._judge.span_lost(reasons.Lost(line.symbol, *span), line.at_ns)

    def do_connection(self, line: Any) -> None:
        self._judge.say(line.reason, line.sentence, line.at_ns)

    def do_answered(self, _: Any) -> None:
        """Older recordings: nothing follows from it now."""

    do_heartbeat = do_marketstatus = do_answered

    def do_failed(self, line: Any) -> None:
        errors = self._module("errors")
        error: Any = errors.DataSourceError(line.words, code=line.code)
        if line.refused:
            error = errors.DataValidationError(line.code, symbol=line.symbol)
            error.args = (line.words,)
        self._judge.data_refused(line.symbol, line.feed, line.at_ns, error)

    def do_looked(self, line: Any) -> None:
        self._now_ns = line.now_ns
        self._judge.every_second(line.now_ns, line.symbols)


def main(package: str, sums: str, *paths: str) -> int:
    """Judge the recordings; return the exit status."""
    there = [name for name in NOT_WANTED if find_spec(name) is not None]
    if there:
        sys.stdout.write(f"this proves nothing: {', '.join(there)} can be imported\n")
        return 1
    pairs = [line.split() for line in Path(sums).read_text(encoding="ascii").splitlines()]
    expected = {name: digest for digest, name in pairs}["recording.jsonl"]
    judged = Judgement(package)
    record = judged.judge([Path(path) for path in paths])
    found = sha256(record).hexdigest()
    where = importlib.import_module(package).__file__
    sys.stdout.write(f"{package} of {where}: {record.count(LINE_END)} lines, sha256 {found}\n")
    if found != expected:
        sys.stdout.write(f"expected {expected}\n{record.decode()}")
    return int(found != expected)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
