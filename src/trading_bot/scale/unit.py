"""Works one unit off: pure, but for the files that its specification names and those it leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from trading_bot.order_flow.journal.lines import Line, line_bytes
from trading_bot.order_flow.journal.market_minute import MARKET, MarketMinute
from trading_bot.order_flow.journal.profile import Profiles
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.rules.own_scale.state import ScaleState
from trading_bot.recorded.flat_files import DEFAULT_CHUNK_ROWS
from trading_bot.recorded.lobster.source import LobsterSource
from trading_bot.recorded.newest_first import UnsortedFileError
from trading_bot.recorded.packed import DamagedFileError
from trading_bot.recorded.share import Share
from trading_bot.recorded.sources import FlatSource, ReadOptions, RowSource
from trading_bot.replay.journal import UnwrittenLog, place_of
from trading_bot.replay.playback import RowPlayback
from trading_bot.replay.summary import Tally
from trading_bot.scale.accounts import plain_account
from trading_bot.scale.buckets import bucket_of
from trading_bot.scale.market import looks_of, market_of
from trading_bot.scale.parts import MARKET as MARKET_FILE
from trading_bot.scale.parts import Found, Part, Parts
from trading_bot.scale.specs import DaySpec, PartitionSpec, Side, folder_of, spec_hash


class Task(msgspec.Struct, frozen=True):
    """Units of one day that share one reading of its files.

    Attributes:
        specs: The units; one for each bucket.
        folder: Where parts lie.
        chunk_rows: Rows read at a time; changes no result.
        is_first: True for the one task of the day that counts what concerns whole files.
        finds_market: True for the one that only takes the market's minutes.
    """

    specs: tuple[PartitionSpec, ...]
    folder: str
    chunk_rows: int
    is_first: bool = True
    finds_market: bool = False

    @property
    def of(self) -> DaySpec:
        """What the units share."""
        return self.specs[0].of

    @property
    def size(self) -> int:
        """How much there is to do."""
        return sum(each.size for each in self.of.inputs) * len(self.specs)


class Failed(msgspec.Struct, frozen=True):
    """A task of which nothing came.

    Attributes:
        reason: Why, with the name of the file.
    """

    reason: str


Result = Found | Side | Failed
FoundT = TypeVar("FoundT")


def run_partition(spec: PartitionSpec, folder: Path | str) -> Found | Failed:
    """Work one unit off by itself.

    Args:
        spec: The unit.
        folder: Where parts lie.

    Raises:
        ValueError: The specification asks for what is not there, or not as it was.
        OSError: A part cannot be written.
    """
    task = Task((spec,), str(folder), DEFAULT_CHUNK_ROWS, is_first=spec.bucket == 0)
    return _found_or_failed(_found_in, task)


def run_task(task: Task) -> Result:
    """Work the units of one task off; a file that cannot be read is a result.

    Raises:
        ValueError: The specification asks for what is not there, or not as it was.
        OSError: A part cannot be written.
    """
    if task.finds_market:
        return _found_or_failed(_market_in, task)
    return _found_or_failed(_found_in, task)


def _found_or_failed(find: Callable[[Task], FoundT], task: Task) -> FoundT | Failed:
    try:
        return find(task)
    except (DamagedFileError, UnsortedFileError) as error:
        return Failed(str(error))


def _found_in(task: Task) -> Found:
    of, config = task.of, task.of.config()
    parts = Parts(Path(task.folder), config.config_hash)
    log, tally = _PartLog(), Tally()
    market, goes_on = task.specs[0].market, task.specs[0].goes_on
    playback = RowPlayback(
        open_source(of, frozenset(each.bucket for each in task.specs), task),
        config,
        alert_log=log,
        positions=None if of.held is None else [each.position() for each in of.held],
        make_judge=_judge_maker(of),
        memories=_memories(task.specs, parts),
        market=None if market is None else market_of(parts.get(market)),
        goes_on=goes_on,
    )
    playback.add_listener(tally)
    for _ in playback.batches():
        pass
    account = playback.source.account
    memories = playback.end_day() if goes_on else None
    playback.judge.write_scales()
    return Found(
        day=of.day,
        parts=tuple(_part(each, log, memories, parts) for each in task.specs),
        account=plain_account(account),
        rows=playback.source.rows_read,
        trades=playback.trades,
        quotes=playback.quotes,
        first_ns=playback.first_ns,
        last_ns=playback.last_ns,
        symbols=sorted(playback.symbols),
        alerts=[(*kind, count) for kind, count in sorted(tally.alerts.items())],
        exits=dict(sorted(tally.exits.items())),
        feed_events=dict(sorted(tally.feed_events.items())),
        dropped=dict(playback.judge.dropped()),
    )


def _market_in(task: Task) -> Side:
    """Take the market's minutes, by what its own judge looks at."""
    of = task.of
    parts = Parts(Path(task.folder), of.config().config_hash)
    market = MarketMinute(whole_day=True)
    source = open_source(of, None, task)
    playback = RowPlayback(source, of.config(), market=market)
    for _ in playback.batches():
        pass
    return parts.put(f"{of.day.isoformat()}/{MARKET_FILE}", looks_of(market))


def open_source(of: DaySpec, buckets: frozenset[int] | None, task: Task) -> RowSource:
    """Open the rows of some buckets of a day; of the market's symbol where they are None.

    Raises:
        ValueError: A file is damaged, or not as it was when the day was planned.
        FileNotFoundError: It is not there.
    """
    _refuse_changed(of)
    reading = of.reading
    share = Share(
        wants=partial(_is_in, buckets) if buckets is not None else MARKET.__eq__,
        is_first=task.is_first,
        step_ns=reading.step_ns,
        one_by_one=reading.one_by_one,
    )
    options = ReadOptions(
        symbols=reading.symbols,
        from_ns=reading.from_ns,
        to_ns=reading.to_ns,
        quote_size_unit=reading.quote_size_unit,
        chunk_rows=task.chunk_rows,
        day=reading.day,
        share=share,
    )
    paths = [Path(each.path) for each in of.inputs]
    return (
        LobsterSource(paths, options) if reading.kind == "lobster" else FlatSource(paths, options)
    )


def _refuse_changed(of: DaySpec) -> None:
    """Refuse what is not as it was specified: it would make other bytes of the same hash."""
    for each in of.inputs:
        size = Path(each.path).stat().st_size
        if size != each.size:
            raise DamagedFileError(f"{each.path} has changed: {size:,} bytes, not {each.size:,}")
    if of.profile is not None and folder_of(Path(of.profile.name)) != of.profile:
        raise ValueError(f"{of.profile.name} has changed, or is another one here")


def _is_in(buckets: frozenset[int], symbol: str) -> bool:
    return bucket_of(symbol) in buckets


def _judge_maker(of: DaySpec) -> partial[MarketJudge]:
    # A memory of the days before stands for a symbol's profile.
    profiles = None if of.profile is None else Profiles(of.profile.name, writes=False)
    return partial(MarketJudge, profiles=profiles)


def _memories(specs: Sequence[PartitionSpec], parts: Parts) -> dict[str, ScaleState]:
    found: dict[str, ScaleState] = {}
    for spec in specs:
        found |= parts.memories(spec.memory)
    return found


def _part(
    spec: PartitionSpec, log: _PartLog, memories: Mapping[str, ScaleState] | None, parts: Parts
) -> Part:
    name = f"{spec.of.day.isoformat()}/{spec.bucket}"
    lines = parts.put(f"{name}.jsonl", log.of(spec.bucket))
    memory = None
    if memories is not None:
        own = {each: memories[each] for each in sorted(memories) if bucket_of(each) == spec.bucket}
        memory = parts.put(f"{name}.memory.json", msgspec.json.encode(own))
    return Part(spec.bucket, spec_hash(spec), lines.sha256, memory)


class _PartLog(UnwrittenLog):
    """Collects the lines of each bucket."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[int, list[tuple[tuple[str, str], bytes]]] = defaultdict(list)

    def write(self, line: Line) -> None:
        """Take one line."""
        data = line_bytes(line)
        place = place_of(data)
        self._lines[bucket_of(place[1])].append((place, data))

    def of(self, bucket: int) -> bytes:
        """Return the lines of a bucket by stamp and symbol, then as they came."""
        lines = sorted(self._lines.get(bucket, ()), key=lambda each: each[0])
        return b"".join(data for _, data in lines)
