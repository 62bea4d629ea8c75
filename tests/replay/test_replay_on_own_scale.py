"""Replays on own scale: the same to the byte in any chunks, and with a profile as in one go."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.flat_data import quote_line, quotes_file, trade_line, trades_file

from trading_bot.order_flow.calendar import session_at
from trading_bot.order_flow.journal.profile import Profiles
from trading_bot.replay.run_replay import ReplayOptions, prepare, run_replay

DAYS = {"2013-10-08": 0, "2013-10-09": 86_400}
"""Two days from 10:00 on, in seconds after the first."""
SETTINGS = {"minimum_order_dollars": 0, "minimum_burst_dollars": 0, "alerts_per_day": 20}


@cache
def rows_of(day: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return two hours of quotes and prints: calm, with sellers, offers and bursts."""
    chance = Random(day)  # noqa: S311 - a market, no secret
    # From the open on, so that each watch begins with a session.
    quotes, trades = [quote_line(DAYS[day] - 1_800)], []
    burst_until = offered = 0
    for second in range(0, 7_200, 2):
        stamp = DAYS[day] + second
        if chance.random() < 0.002:
            burst_until = second + 30
        if second % 20 == 0:
            offered = chance.choice([3, 5, 12, 40, 90])
        ask_size = offered if second % 20 < 8 else 2
        quotes.append(quote_line(stamp, ask_size=ask_size, sequence_number=second))
        size = chance.randrange(20, 300) * (12 if second < burst_until else 1)
        if chance.random() < 0.02:
            size = chance.randrange(1_000, 20_000)
        price = "100.0000" if chance.random() < 0.6 or second < burst_until else "100.0100"
        trades.append(
            trade_line(stamp + 1, size=size, price=price, id=second, sequence_number=second)
        )
    return tuple(quotes), tuple(trades)


def options(folder: Path, *days: str, **changes: Any) -> ReplayOptions:
    paths = []
    for day in days:
        quotes, trades = rows_of(day)
        paths += [quotes_file(folder / f"q{day}.csv", *quotes)]
        paths += [trades_file(folder / f"t{day}.csv", *trades)]
    (folder / "config.json").write_text(json.dumps(SETTINGS))
    return ReplayOptions(
        paths=tuple(paths), config_path=folder / "config.json", env_file=folder / ".env", **changes
    )


def recorded(folder: Path, *days: str, **changes: Any) -> dict[str, list[dict[str, Any]]]:
    """Play days and return the alert lines of each."""
    out = folder / "out"
    assert run_replay(options(folder, *days, out=out, **changes)) == 0
    found = {}
    for path in sorted(out.glob("*.jsonl")):
        lines = [json.loads(line) for line in path.read_bytes().splitlines()]
        found[path.stem] = [line for line in lines if "alert_type" in line]
    return found


def folder_in(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    return recorded(tmp_path_factory.mktemp("both"), *DAYS)


def test_both_days_hold_something_of_every_kind(
    in_one_go: dict[str, list[dict[str, Any]]],
) -> None:
    # Given both days
    # When they are played in one go
    # Then each has alerts, all ranked
    assert [len(lines) > 5 for lines in in_one_go.values()] == [True, True]
    lines = [line for lines in in_one_go.values() for line in lines]
    assert {line["source"] for line in lines} == {None, "aggressive_sell", "ask_wall"}
    assert all(line["scale"]["rank"] >= 1 for line in lines)


@pytest.mark.parametrize("chunk_rows", [1, 97, 2_000])
def test_chunks_change_nothing(
    tmp_path: Path, in_one_go: dict[str, list[dict[str, Any]]], chunk_rows: int
) -> None:
    # Given both days
    # When they are read in chunks of another size
    found = recorded(tmp_path, *DAYS, chunk_rows=chunk_rows)
    # Then the lines are the same
    assert found == in_one_go


def test_a_day_with_the_profile_of_the_day_before_is_as_in_one_go(
    tmp_path: Path, in_one_go: dict[str, list[dict[str, Any]]]
) -> None:
    # Given the memory that the first day leaves, as a file
    first, second = DAYS
    playback = prepare(options(folder_in(tmp_path, "first"), first))
    list(playback.batches())
    desk = playback.judge.judges["ACME"].desk
    assert desk is not None
    # In one go the afternoon was watched, and nothing came.
    session = session_at(playback.last_ns)
    assert session is not None
    desk.scale.turn(session.close_ns)
    profiles = Profiles(tmp_path / "profile")
    profiles.keep("ACME", desk.scale.state())
    profiles.close()
    # When the second day is played from it, and from nothing
    own = recorded(folder_in(tmp_path, "own"), second, profile=tmp_path / "profile")
    without = recorded(folder_in(tmp_path, "none"), second)
    # Then it is as in one go with the first, and not so without
    thresholds = [
        [(line["alert_id"], line["scale"]["threshold"]) for line in of[second]]
        for of in (own, in_one_go, without)
    ]
    assert thresholds[0] == thresholds[1]
    assert thresholds[2] != thresholds[1]


def test_a_replay_never_writes_a_profile(tmp_path: Path) -> None:
    # Given a folder of profiles with nothing in it
    folder = folder_in(tmp_path, "profile")
    # When a day is played from it
    recorded(folder_in(tmp_path, "own"), "2013-10-08", profile=folder)
    # Then nothing is in it afterwards
    assert list(folder.iterdir()) == []


def test_a_folder_of_profiles_that_is_not_there_is_named(tmp_path: Path) -> None:
    # Given a folder that does not exist
    asked = options(tmp_path, "2013-10-08", profile=tmp_path / "none")
    # When a day is to be played from it
    # Then that is said
    with pytest.raises(FileNotFoundError, match="none is no folder"):
        run_replay(asked)
