"""Replays by several jobs: the same bytes as by one, whoever works in what order."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.flat_data import quote_line, quotes_file, trade_line, trades_file
from support.lobster_files import lobster_files
from support.many_days import DAY, FIXED, OWN_SCALE, SYMBOLS, Layout, write_days

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.profile import profile_hash
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.rules.own_scale.desk import scale_rules
from trading_bot.order_flow.rules.own_scale.memory import OwnScale
from trading_bot.recorded.recognise import Format
from trading_bot.recorded.sources import ReadOptions
from trading_bot.scale.planning import plan_of
from trading_bot.scale.pools import SerialExecutor
from trading_bot.scale.replaying import Asked, Outcome, Replaying, start_facts
from trading_bot.scale.specs import Held
from trading_bot.scale.unit import Failed


class Shuffling(ThreadPoolExecutor):
    """One worker that takes any of the tasks that wait."""

    def __init__(self, seed: int) -> None:
        super().__init__(1)
        self._chance = Random(seed)  # noqa: S311 - an order, no secret
        self._waiting: list[tuple[Future[Any], Callable[[], Any]]] = []
        self._guard = threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        with self._guard:
            self._waiting.append((future, partial(fn, *args, **kwargs)))
        super().submit(self._one)
        return future

    def _one(self) -> None:
        with self._guard:
            future, work = self._waiting.pop(self._chance.randrange(len(self._waiting)))
        future.set_result(work())


class Interrupted(SerialExecutor):
    """Is interrupted after so many tasks."""

    def __init__(self, after: int) -> None:
        self.left = after

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().submit(fn, *args, **kwargs)


def replaying(
    files: Sequence[Path],
    folder: Path,
    config: OrderFlowConfig = FIXED,
    *,
    jobs: int = 2,
    pool: Callable[[], Executor] = SerialExecutor,
    options: ReadOptions | None = None,
    **changes: Any,
) -> Replaying:
    options = options or ReadOptions()
    asked = Asked(config, options, None, None, folder, jobs)
    kind: Format = "lobster" if "orderbook" in files[0].name else "polygon"
    progress = changes.pop("progress", lambda _done, _all: None)
    plan = plan_of(files, kind, options)
    return Replaying(plan, replace(asked, **changes), open_pool=pool, progress=progress)


def record_of(run: Replaying, outcome: Outcome) -> bytes:
    return b"".join(line for _, line in run.lines(outcome))


def facts_of(outcome: Outcome) -> tuple[Any, ...]:
    played, tally = outcome.played, outcome.tally
    return (
        played.account.to_json_dict(),
        played.rows,
        played.trades,
        played.quotes,
        sorted(played.symbols),
        played.first_ns,
        played.last_ns,
        played.dropped,
        tally.alerts,
        tally.exits,
        tally.feed_events,
    )


def replayed(*args: Any, **changes: Any) -> tuple[bytes, tuple[Any, ...]]:
    """Return the record and all that is counted."""
    run = replaying(*args, **changes)
    outcome = run.run()
    return record_of(run, outcome), facts_of(outcome)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> dict[Layout, list[Path]]:
    folder = tmp_path_factory.mktemp("days")
    layouts: tuple[Layout, ...] = ("by_time", "by_ticker", "apart")
    return {each: write_days(folder / each, layout=each) for each in layouts}


@pytest.fixture(scope="module")
def by_one(
    days: dict[Layout, list[Path]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[bytes, tuple[Any, ...]]]:
    """Return the record of one job, by thresholds."""
    folder = tmp_path_factory.mktemp("by_one")
    return {
        config.thresholds: replayed(days["by_time"], folder, config, jobs=1)
        for config in (FIXED, OWN_SCALE)
    }


def test_what_is_compared_holds_something_of_every_symbol_and_day(
    by_one: dict[str, tuple[bytes, tuple[Any, ...]]],
) -> None:
    # Given the records of one job
    # When their lines are looked at
    for record, _ in by_one.values():
        lines = [msgspec.json.decode(line) for line in record.splitlines()]
        found = {(each["symbol"], each["timestamp"][:10]) for each in lines}
        # Then each symbol-day has some
        assert len(found) == 3 * len(SYMBOLS)


def test_own_scale_goes_on_from_day_to_day_and_knows_the_market(
    by_one: dict[str, tuple[bytes, tuple[Any, ...]]],
) -> None:
    # Given the record on own scale
    lines = [msgspec.json.decode(line) for line in by_one["own_scale"][0].splitlines()]
    # When the last day is looked at
    last = [each for each in lines if each["timestamp"] > "2013-10-10"]
    # Then it was judged by the days before, and beside the market
    assert all(each["profile_hash"] for each in last if each["event"] == "order_flow.scale")
    assert any(each["facts"]["market_bp"] is not None for each in last if "facts" in each)


@pytest.mark.parametrize("config", [FIXED, OWN_SCALE], ids=["fixed", "own_scale"])
@pytest.mark.parametrize("layout", ["by_time", "by_ticker", "apart"])
@pytest.mark.parametrize("jobs", [2, 4])
def test_jobs_and_files_change_no_byte(
    jobs: int,
    layout: Layout,
    config: OrderFlowConfig,
    days: dict[Layout, list[Path]],
    by_one: dict[str, tuple[bytes, tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    # Given three days of eight symbols
    # When several jobs replay them
    record, facts = replayed(days[layout], tmp_path, config, jobs=jobs)
    # Then the record is that of one, and so is what is counted
    assert record == by_one[config.thresholds][0]
    if layout == "by_time":
        assert facts == by_one[config.thresholds][1]


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 1_000), config=st.sampled_from([FIXED, OWN_SCALE]))
def test_the_order_in_which_tasks_come_back_changes_no_byte(
    seed: int,
    config: OrderFlowConfig,
    days: dict[Layout, list[Path]],
    by_one: dict[str, tuple[bytes, tuple[Any, ...]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    # Given a worker that takes tasks in any order
    folder = tmp_path_factory.mktemp("shuffled")
    # When it replays the days
    found = replayed(days["by_time"], folder, config, jobs=3, pool=partial(Shuffling, seed))
    # Then nothing differs
    assert found == by_one[config.thresholds]


@pytest.mark.parametrize("config", [FIXED, OWN_SCALE], ids=["fixed", "own_scale"])
def test_an_interrupted_replay_goes_on_where_it_was(
    config: OrderFlowConfig,
    days: dict[Layout, list[Path]],
    by_one: dict[str, tuple[bytes, tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    # Given a replay that Ctrl-C ended in its midst
    first = Interrupted(4)
    with pytest.raises(KeyboardInterrupt):
        replaying(days["by_time"], tmp_path, config, pool=lambda: first).run()
    kept = {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*.jsonl")}
    # When it is begun again
    done = []
    again = Interrupted(99)
    found = replayed(
        days["by_time"],
        tmp_path,
        config,
        pool=lambda: again,
        progress=lambda n, _: done.append(n),
    )
    # Then what was finished stays as it is, and the record is the same
    parts = [each for each in kept if each.name != "manifest.jsonl"]
    assert parts
    assert all(each.stat().st_mtime_ns == kept[each] for each in parts)
    assert 99 - again.left < 12
    assert found == by_one[config.thresholds]
    assert done[-1] == 3 * 32


def test_a_replay_that_is_over_does_nothing_again(
    days: dict[Layout, list[Path]], tmp_path: Path
) -> None:
    # Given a replay that is over
    first = replayed(days["by_time"], tmp_path, OWN_SCALE)
    # When it is begun again, though nobody works but for the market
    # Then everything is there
    assert replayed(days["by_time"], tmp_path, OWN_SCALE, pool=lambda: Interrupted(3)) == first


def test_a_part_that_was_changed_is_made_again(
    days: dict[Layout, list[Path]],
    by_one: dict[str, tuple[bytes, tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    # Given a replay of which a part is gone and another was changed
    replayed(days["by_time"], tmp_path)
    one, other, *_ = sorted(tmp_path.rglob("[0-9]*.jsonl"))
    one.unlink()
    other.write_bytes(b"{}\n")
    listed = next(tmp_path.rglob("manifest.jsonl"))
    listed.write_bytes(listed.read_bytes() + b"{half a li")
    # When it is begun again
    # Then the record is whole
    assert replayed(days["by_time"], tmp_path) == by_one["fixed"]


def test_parts_of_another_number_of_jobs_are_not_counted_twice(
    days: dict[Layout, list[Path]],
    by_one: dict[str, tuple[bytes, tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    # Given a replay by four jobs, and one by two that was interrupted
    replayed(days["by_time"], tmp_path, jobs=4)
    first = Interrupted(2)
    with pytest.raises(KeyboardInterrupt):
        replaying(days["by_time"], tmp_path, pool=lambda: first).run()
    # When four go on
    # Then every row counts once
    assert replayed(days["by_time"], tmp_path, jobs=4) == by_one["fixed"]


def test_a_file_that_cannot_be_opened_is_named_and_costs_its_day_alone(tmp_path: Path) -> None:
    # Given three days, of which the second is cut off
    paths = write_days(tmp_path / "days", symbols=("ACME", "SPY"))
    packed = [path.with_suffix(".csv.gz") for path in paths]
    for path, target in zip(paths, packed, strict=True):
        target.write_bytes(gzip.compress(path.read_bytes()))
    for damaged in packed[2:4]:
        damaged.write_bytes(damaged.read_bytes()[:-200])
    # When they are replayed, and so are the other two
    run = replaying(packed, tmp_path / "all")
    outcome = run.run()
    good, _ = replayed([*packed[:2], *packed[4:]], tmp_path / "good")
    # Then each is named, and the record is that of the others
    assert [str(path) in each for path, each in zip(packed[2:4], outcome.failed, strict=True)]
    assert record_of(run, outcome) == good


@pytest.mark.parametrize("config", [FIXED, OWN_SCALE], ids=["fixed", "own_scale"])
def test_a_file_that_is_damaged_in_its_midst_costs_its_day_alone(
    config: OrderFlowConfig, days: dict[Layout, list[Path]], tmp_path: Path
) -> None:
    # Given three days, of which the second cannot be read to its end
    class Failing(SerialExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            if args[0].of.day.day != 9:
                return super().submit(fn, *args, **kwargs)
            failed: Future[Any] = Future()
            failed.set_result(Failed("q1.csv is cut off"))
            return failed

    # When they are replayed
    run = replaying(days["by_time"], tmp_path, config, pool=Failing)
    outcome = run.run()
    # Then it is named once, the other days are there, and its parts are not
    assert outcome.failed == ["q1.csv is cut off"]
    assert {at[:10] for (at, _), _ in run.lines(outcome)} == {"2013-10-08", "2013-10-10"}
    # And once it can be read, nothing is missing
    whole = replayed(days["by_time"], tmp_path / "whole", config)
    assert replayed(days["by_time"], tmp_path, config) == whole


@pytest.mark.parametrize("config", [FIXED, OWN_SCALE], ids=["fixed", "own_scale"])
def test_files_that_go_on_into_the_next_day_are_read_with_those_of_that_day(
    config: OrderFlowConfig, tmp_path: Path
) -> None:
    # Given files of three days, and the same rows in files that are cut elsewhere
    symbols = ("ACME", "SPY")
    paths = write_days(tmp_path / "days", symbols=symbols)
    other = write_days(tmp_path / "cut", days=(0, 1), symbols=symbols)
    other += write_days(tmp_path / "rest", days=(2,), symbols=symbols)
    for kind in (0, 1):
        first, second = other[kind], other[2 + kind]
        lines = second.read_text().splitlines(keepends=True)
        first.write_text(first.read_text() + "".join(lines[1:200]))
        second.write_text("".join((lines[0], *lines[200:])))
    # When both are replayed
    # Then nothing differs
    whole, _ = replayed(paths, tmp_path / "a", config)
    assert replayed(other, tmp_path / "b", config)[0] == whole


def test_lobsters_days_are_divided_by_their_symbols(tmp_path: Path) -> None:
    # Given a stock-day
    path = lobster_files(tmp_path)
    # When one and two replay it
    one = replayed([path], tmp_path / "one", jobs=1)
    # Then nothing differs
    assert replayed([path], tmp_path / "two") == one
    assert one[0]


def test_positions_of_the_user_are_those_of_every_day(tmp_path: Path) -> None:
    # Given a position, and three large sellers on each of two days
    files = []
    for day in (0, 1):
        shift = day * DAY
        sales = [trade_line(shift + n, size=12_000, id=n, sequence_number=n) for n in (1, 2, 3)]
        files += [
            quotes_file(tmp_path / f"q{day}.csv", quote_line(shift)),
            trades_file(tmp_path / f"t{day}.csv", *sales),
        ]
    held = (Held.of(Position("ACME", 70, "99.5", "98")),)
    # When they are replayed
    record, _ = replayed(files, tmp_path / "out", held=held)
    # Then each day's exit is of it
    exits = [line for line in map(msgspec.json.decode, record.splitlines()) if "exit_id" in line]
    assert [each["average_price"] for each in exits] == [99.5, 99.5]


def test_a_start_names_the_memories_that_symbols_begin_with(tmp_path: Path) -> None:
    # Given a folder of profiles, of which one can be used and one cannot
    rules = scale_rules(OWN_SCALE, "ACME")
    assert rules is not None
    memory = OwnScale(rules).state()
    other = msgspec.structs.replace(memory, format=99)
    for symbol, state in (("ACME", memory), ("BOLT", other)):
        content = msgspec.json.encode({"symbol": symbol, "memory": state})
        (tmp_path / f"{symbol}.json").write_bytes(content)
    # When the start is asked for
    facts = start_facts(["ACME", "BOLT", "CLIF"], OWN_SCALE, tmp_path)
    # Then it names that one
    assert facts == {"profile_hash": profile_hash({"ACME": memory}), "market": "replay"}
    assert start_facts(["ACME"], OWN_SCALE, None) == {"profile_hash": None, "market": "replay"}
    assert start_facts(["ACME"], FIXED, None) == {"market": "replay"}
