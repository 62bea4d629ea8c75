"""Reads recorded files for what they hold, whole or in samples, by the readers of a replay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from trading_bot.order_flow.config import OrderFlowConfig, resolve
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.recognise import Format, files_in, format_of, is_for_tables
from trading_bot.recorded.rows import PLACE, Row, file_and_row
from trading_bot.recorded.sources import FlatSource
from trading_bot.replay.checking.facts import FileFacts
from trading_bot.replay.judged_rows import JudgedRows
from trading_bot.replay.plain_rows import rows_of
from trading_bot.replay.playback import Playback, PlaybackSource, RowPlayback
from trading_bot.replay.run_replay import ReplayOptions, prepare, read_options
from trading_bot.replay.session_spans import SessionSpans

_FORMS: Mapping[Format, str] = {
    "polygon": "table",
    "lobster": "LOBSTER",
    "databento": "Databento",
    "jsonl": "recording of `monitor --record`",
}
"""What files are, in words."""
Shown = Callable[[Sequence[PlaybackSource]], AbstractContextManager[Callable[[], None]]]
"""Shows how far reading is."""


@dataclass(slots=True)
class Checked:
    """What was found.

    Attributes:
        files: What each file holds, in the order in which they were given.
        accounts: What became of the rows of files that are read together; empty where samples were
            read, which tell of no whole.
        problems: Why they cannot be replayed together, though each of them can be read.
    """

    files: list[FileFacts]
    accounts: list[RowAccount] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def usable(self) -> dict[Format, list[FileFacts]]:
        """Return the files that can be read, by what they are."""
        found: dict[Format, list[FileFacts]] = defaultdict(list)
        for each in self.files:
            if each.problem is None and each.kind is not None:
                found[each.kind].append(each)
        return dict(found)


def recognised(options: ReplayOptions) -> Checked:
    """Tell what each file is, and whether it can be opened; next to nothing of it is read.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: An option or a setting is not usable, a folder holds no data file, or a file is
            named twice.
    """
    # What is wrong with the options is no fault of the files.
    read_options(options, resolve(options.config_path, env_file=options.env_file))
    files = [FileFacts(path, path.stat().st_size) for path in files_in(options.paths)]
    for each in files:
        try:
            each.kind = options.data_format or format_of(each.path)
        except (ValueError, OSError) as error:
            each.problem = str(error)
    if is_for_tables({each.path: each.kind for each in files if each.kind is not None}):
        for each in files:
            each.kind = each.kind and "polygon"
    found = Checked(files)
    if len(found.usable()) > 1:
        named = "; ".join(
            f"{len(group)} {kind}, such as {group[0].path.name}"
            for kind, group in sorted(found.usable().items())
        )
        found.problems.append(f"files of different kinds cannot be played together: {named}")
    return found


def read_whole(found: Checked, options: ReplayOptions, shown: Shown) -> None:
    """Read every row of every file, as a replay reads them, and account for it.

    Args:
        found: What each file is.
        options: Which rows.
        shown: Shows how far reading is.
    """
    for kind, group in found.usable().items():
        try:
            playback = _opened_together(group, kind, options)
            if playback is not None:
                _read_together([each for each in group if each.problem is None], playback, shown)
                found.accounts.append(playback.source.account)
        except (ValueError, OSError) as error:
            _blame(found, group, str(error))


def read_samples(found: Checked, options: ReplayOptions, seconds_left: Callable[[], float]) -> None:
    """Read rows from places all over every file, or its first ones, while there is time.

    Args:
        found: What each file is.
        options: Which rows.
        seconds_left: How much time is left for all files together.
    """
    waiting = [(kind, [each]) for kind, group in found.usable().items() for each in group]
    halves: dict[Format, list[FileFacts]] = defaultdict(list)
    while waiting:
        kind, files = waiting.pop(0)
        left = seconds_left()
        if left <= 0:
            continue
        # To each file its part of the time; what one does not need is the others'.
        until = left - left / (len(waiting) + 1)
        try:
            playback = _opened([each.path for each in files], kind, options)
        except (ValueError, OSError) as error:
            if len(files) == 1:
                files[0].problem = str(error)
                halves[kind] += files
            _share(files, str(error))
        else:
            for each in files:
                each.problem = None
            _describe(files, playback, kind)
            try:
                _sample(files, playback, lambda: seconds_left() > until)  # noqa: B023 - called at once
            except (ValueError, OSError) as error:
                _blame(found, files, str(error))
        if not waiting:
            # A file that cannot be opened alone may be half of a pair.
            waiting += [(kind, files) for kind, files in halves.items() if len(files) > 1]
            halves.clear()


def _opened(paths: Iterable[Path], kind: Format, options: ReplayOptions) -> Playback:
    return prepare(replace(options, paths=tuple(paths), data_format=kind))


def _opened_together(
    files: Sequence[FileFacts], kind: Format, options: ReplayOptions
) -> Playback | None:
    """Open files that are read together, without those that cannot be; None where none can be.

    Raises:
        ValueError: Each can be opened by itself, and not together.
    """
    try:
        playback = _opened([each.path for each in files], kind, options)
    except (ValueError, OSError) as error:
        for each in files:
            try:
                _opened([each.path], kind, options)
            except (ValueError, OSError) as own:
                each.problem = str(own)
        _share(files, str(error))
        files = [each for each in files if each.problem is None]
        if not files:
            return None
        playback = _opened([each.path for each in files], kind, options)
    _describe(files, playback, kind)
    return playback


def _describe(files: Iterable[FileFacts], playback: Playback, kind: Format) -> None:
    """Note what the starts of the files tell."""
    source = playback.source
    for facts in files:
        facts.form = _FORMS.get(kind, kind)
        if isinstance(source, FlatSource):
            tables = [each for each in source.tables if each.path == facts.path]
            facts.form = _alike(each.form or facts.form for each in tables)
            facts.order = _alike(each.order for each in tables)
            facts.unit = _alike(each.size_unit.finding for each in tables if each.size_unit)
        elif kind == "databento":
            facts.form = _alike(source.account.forms[facts.path])


def _alike(said: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(said))


def _read_together(files: Sequence[FileFacts], playback: Playback, shown: Shown) -> None:
    source, spans = playback.source, _spans(playback.config)
    by_path = {each.path: each for each in files}
    with shown((source,)) as advance:
        for rows in _judged(playback):
            for number, own in _by_file(rows):
                by_path[source.paths[number]].take(own, spans)
            advance()
    for (path, column, reason), count in source.account.refused_in.items():
        by_path[path].refused[column, reason] += count
    for each in files:
        each.whole = True
        each.beside = each.path not in source.paths


def _blame(found: Checked, files: Iterable[FileFacts], problem: str) -> None:
    """Note a problem of the file that it names; of all of them where it names none."""
    at_fault = next((each for each in files if str(each.path) in problem), None)
    if at_fault is None:
        found.problems.append(problem)
    else:
        at_fault.problem = problem


def _share(files: Sequence[FileFacts], problem: str) -> None:
    """Note a problem that names all of the files: what each says by itself is less."""
    if all(str(each.path) in problem for each in files):
        for each in files:
            each.problem = problem


def _judged(playback: Playback) -> Iterator[list[Row]]:
    """Yield rows once their account is kept; a recording's player keeps it itself."""
    if not isinstance(playback, RowPlayback):
        yield from playback.batches()
        return
    counted = JudgedRows(playback.source.account, playback.config)
    for rows in rows_of(playback):
        counted.take(rows)
        yield rows


def _by_file(rows: list[Row]) -> Iterator[tuple[int, list[Row]]]:
    """Yield rows by the number of the file that they stand in."""
    numbers = [file_and_row(row[PLACE])[0] for row in rows]
    each_once = set(numbers)
    if len(each_once) == 1:
        yield numbers[0], rows
        return
    for number in each_once:
        yield number, [row for row, own in zip(rows, numbers, strict=True) if own == number]


def _sample(files: Sequence[FileFacts], playback: Playback, in_time: Callable[[], bool]) -> None:
    source, spans = playback.source, _spans(playback.config)
    by_path = {each.path: each for each in files}
    flat = playback.source if isinstance(playback.source, FlatSource) else None
    samples = rows_of(playback) if flat is None else flat.samples()
    cut_short = False
    for rows in samples:
        for number, own in _by_file(rows):
            by_path[source.paths[number]].take(own, spans)
        if not in_time():
            cut_short = True
            break
    for (path, column, reason), count in source.account.refused_in.items():
        by_path[path].refused[column, reason] += count
    for each in files:
        each.cut_short = cut_short
        each.whole = not cut_short and (flat is None or flat.is_whole)
        each.beside = each.path not in source.paths


def _spans(config: OrderFlowConfig) -> SessionSpans:
    return SessionSpans(extended=config.sessions == "extended")
