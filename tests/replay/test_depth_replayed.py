"""Files with depth through the commands that take recorded data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.databento_files import dbn_file, table_file
from support.dbn_records import ASK, BID, CENT, LAST, OPEN_NS, book, order, trade

from trading_bot.commands.check import CheckOptions, run_check
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.playback import open_playback
from trading_bot.replay.run_explain import ExplainOptions, explain
from trading_bot.replay.run_replay import ReplayOptions, run_replay
from trading_bot.research.sides import run_sides

OPENED = OPEN_NS + 60 * NS_PER_SECOND
WALL = 20_000
CONFIG = OrderFlowConfig(thresholds="fixed")


def levels(best: int, step: int, wall_at: int | None = None) -> list[tuple[int, int]]:
    return [(best + n * step, WALL if n == wall_at else 100 + n) for n in range(10)]


def a_day_of_levels() -> list[bytes]:
    """Return a book, a large bid five levels down, its end, and sales at the bid."""
    day, at_ns = [], OPENED
    for n in range(40):
        at_ns += NS_PER_SECOND // 4
        wall = 4 if 10 <= n < 30 else None
        bids, asks = levels(BID, -CENT, wall), levels(ASK, CENT)
        side, flags = ("A", "B", "N")[n % 3], 0
        day.append(trade(at_ns, 100 + n, side=side, sequence=2 * n + 1, flags=flags))
        day.append(
            book(at_ns, bids, asks, action="C", sequence=2 * n + 2, depth=4 if n in (10, 30) else 0)
        )
    return day


def a_day_of_orders() -> list[bytes]:
    """Return the same day order by order, but for what no level shows."""
    day = [order("R", "N", at_ns=OPENED, flags=LAST, sequence=0)]
    number, at_ns = 0, OPENED
    for best, step, side in ((BID, -CENT, "B"), (ASK, CENT, "A")):
        for price, size in levels(best, step):
            number += 1
            day.append(order("A", side, number, price, size, at_ns=OPENED, flags=0, sequence=0))
    for n in range(40):
        at_ns += NS_PER_SECOND // 4
        side, rest = ("A", "B", "N")[n % 3], {"at_ns": at_ns, "sequence": 2 * n + 1}
        day.append(order("T", side, 0, BID, 100 + n, **rest, flags=0))
        rest["sequence"] += 1
        if n in (10, 30):
            size = WALL if n == 10 else 104
            day.append(order("M", "B", 5, BID - 4 * CENT, size, **rest))
        else:
            day.append(order("M", "B", 1, BID, 100, **rest))
    return day


def alerts_of(path: Path, options: ReadOptions | None = None) -> list[OrderFlowAlert]:
    found: list[OrderFlowAlert] = []
    playback = open_playback([path], CONFIG, options=options)

    def take(each: object) -> None:
        if isinstance(each, OrderFlowAlert):
            found.append(each)

    playback.add_listener(take)
    for _ in playback.batches():
        pass
    return found


def facts(alerts: Sequence[OrderFlowAlert]) -> list[tuple[Any, ...]]:
    return [(each.alert_type, each.source, each.price_level, each.order_size) for each in alerts]


def options_of(path: Path, folder: Path, **changes: Any) -> ReplayOptions:
    settings = folder / "config.json"
    settings.write_text('{"thresholds": "fixed"}')
    return ReplayOptions((path,), settings, folder / ".env", **changes)


def test_a_large_bid_below_the_best_is_found(tmp_path: Path) -> None:
    # Given a day with a large bid on the fifth level, which goes
    path = dbn_file(tmp_path / "day.dbn", *a_day_of_levels())
    # When it is replayed
    found = alerts_of(path)
    # Then it is named with its price and size
    walls = [each for each in found if each.source == "resting_bid"]
    assert [(each.order_size, each.price_level) for each in walls] == [(WALL, Decimal("99.96"))]


def test_orders_and_their_levels_are_judged_alike(tmp_path: Path) -> None:
    # Given one day as levels, as orders, and as tables of both
    by_level, by_order = a_day_of_levels(), a_day_of_orders()
    files = [
        dbn_file(tmp_path / "levels.dbn", *by_level),
        dbn_file(tmp_path / "orders.dbn", *by_order, schema="mbo"),
        table_file(tmp_path / "levels.csv", by_level, pretty=True),
        table_file(tmp_path / "orders.csv", by_order),
    ]
    # When each is replayed
    first, *others = [facts(alerts_of(path)) for path in files]
    # Then all find the same
    assert first
    assert others == [first] * 3


@pytest.mark.parametrize("chunk_rows", [1, 7])
def test_how_much_is_read_at_a_time_changes_nothing(tmp_path: Path, chunk_rows: int) -> None:
    # Given a day
    path = dbn_file(tmp_path / "day.dbn", *a_day_of_levels())
    # When it is replayed in small pieces
    # Then the alerts are the same
    assert alerts_of(path, ReadOptions(chunk_rows=chunk_rows)) == alerts_of(path)


def test_replay_says_what_became_of_every_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a day with a future's spread and a record of nobody beside it
    path = dbn_file(tmp_path / "day.dbn", *a_day_of_levels(), book(OPENED, flags=0))
    # When it is replayed
    status = run_replay(options_of(path, tmp_path, out=tmp_path / "record"))
    said = capsys.readouterr().out
    # Then each has its fate
    assert status == 0
    assert "Trades: 40 read = 0 refused + 0 not judged + 40 judged" in said
    assert (
        "Quotes: 41 read = 0 refused + 1 not judged (1 without a book of their own) + 40 judged"
        in said
    )
    assert "Depth: 40 books of up to ten levels a side" in said


def test_an_alert_of_depth_is_explained(tmp_path: Path) -> None:
    # Given a day that was replayed with a record
    path = dbn_file(tmp_path / "day.dbn", *a_day_of_levels())
    run_replay(options_of(path, tmp_path, out=tmp_path / "record"))
    lines = (tmp_path / "record").rglob("*.jsonl")
    alerts = [json.loads(line) for each in lines for line in each.read_text().splitlines()]
    wanted = next(each["alert_id"] for each in alerts if "alert_id" in each)
    # When one of its alerts is explained
    found = explain(ExplainOptions(wanted, options_of(path, tmp_path), (tmp_path / "record",)))
    # Then it comes out the same, and who sold is what the file states
    assert found.differing == {}
    assert {each.side for each in found.window.prints} <= {"sell", "buy", "unknown"}


def test_sides_are_measured_by_the_stated_ones(tmp_path: Path) -> None:
    # Given a day of which a third of the prints has no side
    path = dbn_file(tmp_path / "day.dbn", *a_day_of_levels())
    # When the rules are measured
    report = run_sides(path)
    # Then those are left out, and counted
    assert report.prints == 27
    assert report.account.trades.not_judged == {"side_not_recorded": 13}


def test_check_says_what_a_file_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a day of orders, and a file that is cut off
    path = dbn_file(tmp_path / "day.dbn", *a_day_of_orders(), schema="mbo")
    cut = tmp_path / "cut.dbn"
    cut.write_bytes(path.read_bytes()[:-1])
    # When both are checked
    statuses = [
        run_check(CheckOptions(options_of(each, tmp_path), full=True)) for each in (path, cut)
    ]
    said = capsys.readouterr().out
    # Then the first is known, and the other is named with where it ends
    assert statuses == [0, 2]
    assert "Databento DBN, mbo" in said
    assert "is cut off: 55 bytes behind record" in said


def test_a_table_beside_those_of_others_is_checked_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a table of Databento's, and quotes of another maker
    table_file(tmp_path / "t.csv", a_day_of_levels(), pretty=True)
    header = "ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,"
    header += "participant_timestamp,sequence_number,sip_timestamp"
    quote = f"ACME,1,100.01,2,1,100,2,{OPENED},1,{OPENED}"
    (tmp_path / "q.csv").write_text(f"{header}\n{quote}\n")
    # When the folder is checked
    options = options_of(tmp_path / "t.csv", tmp_path)
    run_check(CheckOptions(ReplayOptions(
        (tmp_path / "t.csv", tmp_path / "q.csv"), options.config_path, options.env_file
    )))  # fmt: skip
    said = capsys.readouterr().out
    # Then they are played together
    assert "different kinds" not in said
    assert "Databento tbbo or mbp" in said


def test_leaving_is_reckoned_by_every_level_that_a_file_shows(tmp_path: Path) -> None:
    # Given a day with levels
    playback = open_playback([dbn_file(tmp_path / "day.dbn", *a_day_of_levels())], CONFIG)
    for _ in playback.batches():
        pass
    # When the judge of its symbol is asked what is displayed
    (judge,) = playback.judge.judges.values()
    # Then it is more than the best bid
    assert judge.depth_kind == "levels"
    assert len(judge.displayed_bids) > 1
