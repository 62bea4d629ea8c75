"""Whole files: read and replayed they are what they were, and each is there whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.flat_data import TRADES_HEADER, quote_line, quotes_file, trade_line, trades_file
from support.form_files import needs_pyarrow
from support.many_days import Layout, write_days

from trading_bot.commands.recorded.replay import replay_data
from trading_bot.recorded.sources import FlatSource, ReadOptions
from trading_bot.repartition import files as module
from trading_bot.repartition.files import plan_files, repartition
from trading_bot.repartition.runs import runs_of
from trading_bot.replay.run_replay import ReplayOptions

pytestmark = needs_pyarrow


def nobody(_read: int) -> None:
    """Look at no progress."""


def anew(paths: list[Path], out: Path) -> list[Path]:
    plan = plan_files(paths, out, overwrite=False)
    return [repartition(source, target, nobody).path for source, target in plan.items()]


def account_of(paths: list[Path], *symbols: str) -> dict[str, Any]:
    source = FlatSource(paths, ReadOptions(symbols=symbols))
    for _ in source.batches():
        pass
    found = source.account.to_json_dict()
    del found["quote_size_units"]
    return found


def record_of(paths: list[Path], folder: Path, thresholds: str) -> bytes:
    settings = folder.with_suffix(".json")
    settings.write_text(json.dumps({"thresholds": thresholds, "minimum_order_dollars": 0}))
    options = ReplayOptions(tuple(paths), settings, folder / ".env", out=folder)
    assert replay_data(options, 1) == 0
    return b"".join(each.read_bytes() for each in sorted(folder.glob("*.jsonl")))


ODD = (
    trade_line(3, ticker="BOLT", price="0"),
    trade_line(3, ticker="ACME", sip_timestamp="soon"),
    trade_line(4, ticker="ACME", sip_timestamp=""),
    trade_line(4, ticker="ACME", size="many"),
    trade_line(5, ticker="ACME", conditions="what?"),
    trade_line(5, ticker="ACME", exchange="N"),
    trade_line(5, ticker="ACME", sequence_number="x"),
    trade_line(5, ticker="ACME", participant_timestamp="x"),
    trade_line(5, ticker="ACME", participant_timestamp="0"),
    trade_line(5, ticker="ACME", participant_timestamp=""),
    trade_line(6, ticker="ACME", sequence_number=9),
    trade_line(6, ticker="ACME", sequence_number=9),
    "ACME,short",
    "",
    TRADES_HEADER,
)


def odd_day(folder: Path) -> list[Path]:
    """Write a day in which everything is wrong once."""
    folder.mkdir()
    regular = [trade_line(n, ticker=name) for n in range(3) for name in ("ACME", "BOLT")]
    quotes = [
        quote_line(0, ticker="ACME"),
        quote_line(0, ticker="BOLT"),
        quote_line(1, ticker="ACME", bid_price="0", bid_size="0"),
        quote_line(2, ticker="ACME", ask_size="-1"),
    ]
    return [
        trades_file(folder / "t.csv.gz", *regular, *ODD),
        quotes_file(folder / "q.csv", *quotes),
    ]


def test_every_row_is_accounted_for_as_before(tmp_path: Path) -> None:
    # Given a day in which everything is wrong once
    before = odd_day(tmp_path / "in")
    # When it is repartitioned
    after = anew(before, tmp_path / "out")
    # Then a reader counts the same rows for the same reasons
    assert account_of(after) == account_of(before)
    assert account_of(after)["trades"]["read"] == 20


def test_of_wanted_symbols_the_same_rows_are_judged(tmp_path: Path) -> None:
    # Given the same day
    before = odd_day(tmp_path / "in")
    after = anew(before, tmp_path / "out")
    # When one symbol is wanted
    one, other = account_of(before, "BOLT"), account_of(after, "BOLT")
    # Then as many rows are read, and as many are another symbol's
    assert other["trades"]["read"] == one["trades"]["read"]
    assert other["quotes"] == one["quotes"]


@pytest.mark.parametrize("thresholds", ["fixed", "own_scale"])
@pytest.mark.parametrize("layout", ["by_time", "by_ticker"])
def test_a_replay_of_either_gives_the_same_bytes(
    tmp_path: Path, layout: Layout, thresholds: str
) -> None:
    # Given two days of three symbols, one of them the market's
    symbols = ("ACME", "GULL", "SPY")
    before = write_days(tmp_path / "in", days=(0, 1), symbols=symbols, layout=layout)
    # When they are repartitioned
    after = anew(before, tmp_path / "out")
    # Then a replay writes the same record
    first = record_of(before, tmp_path / "a", thresholds)
    assert record_of(after, tmp_path / "b", thresholds) == first
    assert first.count(b"\n") > 2


def test_rows_that_are_sorted_on_the_disk_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a day by time, and runs that are too short for it
    before = write_days(tmp_path / "in", days=(0,), symbols=("ACME", "BOLT"), layout="by_time")
    in_memory = anew(before, tmp_path / "memory")

    def short(tables: Any, ticker: str) -> Iterator[Any]:
        return runs_of(tables, ticker, 1)

    monkeypatch.setattr(module, "runs_of", short)
    monkeypatch.setattr(module, "_CHUNK_BYTES", 5_000)
    # When it is repartitioned by way of the disk
    plan = plan_files(before, tmp_path / "disk", overwrite=False)
    found = [repartition(source, target, nobody) for source, target in plan.items()]
    # Then the same rows are read from it, and nothing is left beside it
    assert all(each.by_disk for each in found)
    assert account_of([each.path for each in found]) == account_of(in_memory)
    names = {each.name for each in (tmp_path / "disk").iterdir()}
    assert names == {"q0.parquet", "t0.parquet"}


def test_files_of_folders_keep_their_place(tmp_path: Path) -> None:
    # Given two folders with a file of one name each
    for kind in ("trades_v1", "quotes_v1"):
        (tmp_path / kind / "2013").mkdir(parents=True)
        trades_file(tmp_path / kind / "2013" / "10-08.csv.gz", trade_line())
    # When the folder above is planned
    plan = plan_files([tmp_path], tmp_path / "out", overwrite=False)
    # Then each keeps its place below it
    assert [str(each.relative_to(tmp_path / "out")) for each in plan.values()] == [
        "quotes_v1/2013/10-08.parquet",
        "trades_v1/2013/10-08.parquet",
    ]


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    # Given two files that would have one name
    paths = [trades_file(tmp_path / name, trade_line()) for name in ("t.csv", "t.csv.gz")]
    # When they are planned, then that is refused before anything is written
    with pytest.raises(ValueError, match="would both be"):
        plan_files(paths, tmp_path / "out", overwrite=False)


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    # Given a file that was repartitioned
    path = trades_file(tmp_path / "t.csv", trade_line())
    (written,) = anew([path], tmp_path / "out")
    # When it is to be repartitioned again, then that is refused without leave, and done with it
    with pytest.raises(ValueError, match="--overwrite"):
        plan_files([path], tmp_path / "out", overwrite=False)
    assert [*plan_files([path], tmp_path / "out", overwrite=True).values()] == [written]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError])
def test_nothing_is_left_of_a_file_that_is_stopped(
    tmp_path: Path, stop: type[BaseException]
) -> None:
    # Given a file that was there before, and somebody who stops
    path = trades_file(tmp_path / "t.csv", trade_line())
    target = tmp_path / "out" / "t.parquet"
    target.parent.mkdir()
    target.write_bytes(b"as it was")

    def stops(_read: int) -> None:
        raise stop

    # When it is repartitioned
    with pytest.raises(stop):
        repartition(path, target, stops)
    # Then what was there is as it was, and nothing stands beside it
    assert [each.name for each in target.parent.iterdir()] == ["t.parquet"]
    assert target.read_bytes() == b"as it was"


def test_what_a_killed_process_left_is_in_nobodys_way(tmp_path: Path) -> None:
    # Given a half file and a folder of a process that was killed
    out = tmp_path / "out"
    (out / ".t.parquet.sorting").mkdir(parents=True)
    (out / ".t.parquet.partial").write_bytes(b"half")
    # When the file is repartitioned
    anew([trades_file(tmp_path / "t.csv", trade_line())], out)
    # Then the whole file stands alone
    assert [each.name for each in out.iterdir()] == ["t.parquet"]


def test_rows_that_get_lost_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given something that loses rows on the way
    path = trades_file(tmp_path / "t.csv", trade_line(0), trade_line(1))

    def lossy(tables: Any, ticker: str) -> Iterator[Any]:
        return (run.slice(1) for run in runs_of(tables, ticker))

    monkeypatch.setattr(module, "runs_of", lossy)
    # When the file is repartitioned, then that is an error, and no file is written
    with pytest.raises(ValueError, match="has 2 rows, and 1 were written"):
        repartition(path, tmp_path / "t.parquet", nobody)
    assert not (tmp_path / "t.parquet").exists()


def test_what_is_repartitioned_already_is_refused(tmp_path: Path) -> None:
    # Given a file that was repartitioned
    (path,) = anew([trades_file(tmp_path / "t.csv", trade_line())], tmp_path / "out")
    # When it is to be once more, then that is said
    with pytest.raises(ValueError, match="is repartitioned already"):
        repartition(path, tmp_path / "t.parquet", nobody)


def test_a_file_of_another_maker_is_refused(tmp_path: Path) -> None:
    # Given prints under the names of another maker
    path = tmp_path / "t.json"
    path.write_text(json.dumps([{"t": "2013-10-08T14:00:00Z", "p": 1.0, "s": 1, "S": "ACME"}]))
    # When it is to be repartitioned, then that is said
    with pytest.raises(ValueError, match="under the names of flat files"):
        repartition(path, tmp_path / "t.parquet", nobody)


def test_what_the_start_told_goes_along(tmp_path: Path) -> None:
    # Given quotes in shares, the first symbol's of which are too few to tell so
    few = [quote_line(0, ticker="ACME")]
    many = [quote_line(n, ticker="BOLT", bid_size=100, ask_size=200) for n in range(200)]
    path = quotes_file(tmp_path / "q.csv", *few, *many)
    # When they are repartitioned
    (written,) = anew([path], tmp_path / "out")
    # Then of one symbol alone it is known too
    (unit,) = FlatSource([written], ReadOptions(symbols=("ACME",))).account.units
    assert unit.unit == "shares"
