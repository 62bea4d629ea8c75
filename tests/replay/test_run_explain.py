"""The explain command."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.flat_data import quote_line, quotes_file, trade_line, trades_file
from support.recorded_day import recorded_day
from support.replay_options import a_day

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.profile import Profiles
from trading_bot.replay.playback import Playback, open_playback
from trading_bot.replay.run_explain import (
    ExplainOptions,
    NotExplainedError,
    recorded_line,
    run_explain,
)
from trading_bot.replay.run_replay import ReplayOptions, run_replay


def explained(folder: Path, *, as_json: bool = False) -> ExplainOptions:
    """Play a day into a record and return options to explain its first alert."""
    day = a_day(folder, out=folder / "record")
    run_replay(day)
    line = (folder / "record" / "2013-10-08.jsonl").read_text().splitlines()[1]
    identity = json.loads(line)["alert_id"]
    data = replace(day, out=None, as_json=as_json)
    return ExplainOptions(identity, data, (folder / "none", folder / "record"))


def test_an_alert_is_found_again_and_equals_its_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given an alert in a record
    options = explained(tmp_path)
    capsys.readouterr()
    # When it is explained
    status = run_explain(options)
    # Then its line, its prints, minutes and quotes are shown
    out = capsys.readouterr().out
    assert status == 0
    assert f'alert_id: "{options.alert_id}"' in out
    assert (
        "  2013-10-08T14:00:01.000000Z     12,000 at 100.00     sell    sold with 99.0 % (quote)\n"
        "  12,000 shares count, 11,880 of them expected sold (99.0%)\n"
    ) in out
    assert "Shares of the minutes before, newest first: 0, 0, 0, 0, 0\n" in out
    assert "bid 300 at 100.00, ask 200 at 100.01\n" in out
    assert (
        "Then: leaving 100 shares now costs 0.50 USD (0.5 bp) below the midpoint; "
        "all fit the displayed best bid.\n"
    ) in out
    assert out.endswith("equal to the record in every field.\n")


def test_json_holds_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given an alert in a record
    options = explained(tmp_path, as_json=True)
    capsys.readouterr()
    # When it is explained as JSON
    status = run_explain(options)
    # Then one object tells all
    found = json.loads(capsys.readouterr().out)
    assert (status, found["compared"], found["differences"]) == (0, True, {})
    assert found["alert"]["alert_id"] == options.alert_id
    assert [each["size"] for each in found["window"]["prints"]] == [12_000]
    assert (found["leaving"]["fits"], found["leaving"]["cost_usd"]) == ("100", "0.5")


def test_of_a_short_position_no_cost_of_leaving_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given an alert on shares that are owed
    options = explained(tmp_path)
    short = tmp_path / "positions.json"
    short.write_text('{"positions": [{"symbol": "ACME", "quantity": -5, "average_price": 90}]}')
    capsys.readouterr()
    # When it is explained
    run_explain(replace(options, data=replace(options.data, positions_path=short)))
    # Then nothing is said of leaving it
    assert "leaving" not in capsys.readouterr().out


def test_a_different_outcome_fails_loudly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a record whose alert was tampered with
    options = explained(tmp_path)
    path = tmp_path / "record" / "2013-10-08.jsonl"
    path.write_text(path.read_text().replace('"late":false', '"late":true', 1))
    capsys.readouterr()
    # When it is explained
    status = run_explain(options)
    # Then the field is named, and the status says so
    seen = capsys.readouterr()
    assert status == 1
    assert "DIFFERS from the record:\n  late: recorded true, now false\n" in seen.out
    assert seen.err == f"trading-bot: alert {options.alert_id} comes out differently: late\n"


def test_an_alert_that_does_not_come_out_is_an_error(tmp_path: Path) -> None:
    # Given an id that nothing has
    options = replace(explained(tmp_path), alert_id="0123456789ABCDEF")
    # When it is looked for
    # Then the error counts what was found instead
    with pytest.raises(NotExplainedError, match=r"0123456789abcdef does not .*: 3 other alerts do"):
        run_explain(options)


def test_without_a_record_there_is_nothing_to_compare_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given an alert, no record, and prints that do not count or may not be signed before it
    sale = explained(tmp_path)
    quotes_file(tmp_path / "q.csv", quote_line(0))
    trades_file(
        tmp_path / "t.csv",
        trade_line(0.2, conditions="2"),
        trade_line(0.4, conditions="4"),
        trade_line(1, size=12_000, id=1),
        trade_line(9),
        trade_line(60),
    )
    capsys.readouterr()
    # When it is explained
    status = run_explain(replace(sale, records=()))
    # Then it is shown for what it is
    out = capsys.readouterr().out
    assert status == 0
    assert "unknown does not count: average_price\n" in out
    assert "unknown sold with 50.0 % (bunched)\n" in out
    assert out.endswith("no record was there to compare it with.\n")


def test_a_resting_bid_needs_no_print(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a large bid before any print
    day = replace(a_day(tmp_path, out=tmp_path / "record"), symbols=("ACME",))
    quotes_file(tmp_path / "q.csv", quote_line(0, bid_size=100))
    run_replay(day)
    line = (tmp_path / "record" / "2013-10-08.jsonl").read_text().splitlines()[1]
    capsys.readouterr()
    # When it is explained
    options = ExplainOptions(
        json.loads(line)["alert_id"], replace(day, out=None), (tmp_path / "record",)
    )
    status = run_explain(options)
    # Then its window is empty
    out = capsys.readouterr().out
    assert status == 0
    assert "0 shares count, 0 of them expected sold (0.0%)\n" in out


def test_what_a_halt_kept_from_being_judged_is_shown_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a day whose trading was halted after four minutes
    day = replace(a_day(tmp_path, out=tmp_path / "record"), symbols=("ACME",))
    settings = '{"thresholds": "fixed", "minimum_baseline_prints": 0}'
    (tmp_path / "config.json").write_text(settings)
    before = [float(second) for second in range(0, 241, 30)]
    quotes_file(tmp_path / "q.csv", *(quote_line(second - 0.5) for second in (*before, 661)))
    trades_file(
        tmp_path / "t.csv",
        *(trade_line(second, size=500) for second in before),
        trade_line(600, size=700, conditions="28"),
        trade_line(661, size=9_000),
    )
    run_replay(day)
    record = (tmp_path / "record" / "2013-10-08.jsonl").read_text()
    lines = [json.loads(each) for each in record.splitlines()]
    (burst,) = [each for each in lines if each.get("alert_type") == "red_burst"]
    capsys.readouterr()
    # When the burst after it is explained
    status = run_explain(
        ExplainOptions(burst["alert_id"], replace(day, out=None), (tmp_path / "record",))
    )
    # Then it is measured against the minutes before the halt
    out = capsys.readouterr().out
    assert status == 0
    assert "        700 at 100.00     unknown does not count: halted\n" in out
    assert "  10,000 shares count, 9,900 of them expected sold (99.0%)\n" in out
    assert "Shares of the minutes before, newest first: 1,000, 1,000, 1,000\n" in out


def playback_of_paths(paths: list[Path]) -> Playback:
    return open_playback(paths, OrderFlowConfig())


def ranked(folder: Path, *, day: int = 0, profile: Path | None = None) -> ExplainOptions:
    """Play a day on the symbol's own scale, beside a held position, and explain its first alert."""
    paths = recorded_day(folder / "day", day=day, burst_size=9_000 * (1 + day))
    positions = folder / "positions.json"
    held = {"symbol": "ACME", "quantity": 70, "average_price": 100}
    positions.write_text(json.dumps({"positions": [held]}))
    data = ReplayOptions(
        paths=tuple(paths),
        config_path=folder / "none.json",
        env_file=folder / ".env",
        out=folder / "record",
        positions_path=positions,
        profile=profile,
    )
    run_replay(data)
    record = (folder / "record" / f"2013-10-{8 + day:02}.jsonl").read_text()
    alerts = [line for line in map(json.loads, record.splitlines()) if "alert_id" in line]
    again = replace(data, out=None, positions_path=None)
    return ExplainOptions(alerts[0]["alert_id"], again, (folder / "record",))


def test_on_own_scale_rank_and_memory_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given an alert of a burst that was ranked, recorded beside another position
    options = ranked(tmp_path)
    capsys.readouterr()
    # When it is explained
    status = run_explain(options)
    # Then it comes out with the same memory, which is shown
    out = capsys.readouterr().out
    assert status == 0
    assert (
        "Rank 1 of 12 two-minute blocks, remembered since 2013-10-08T14:00:00.000000Z:\n"
        "  3,100 thousandths of the usual minute, large from 3,000; larger: never in memory\n"
        "  +0 alerts against an even pace; a usual minute has 30,000 shares\n"
    ) in out
    assert out.endswith("equal to the record in every field.\n")


def test_an_alert_is_explained_with_the_memory_it_was_found_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a profile of a day, and an alert of the next day that was ranked by it
    first = playback_of_paths(recorded_day(tmp_path / "first"))
    for _ in first.batches():
        pass
    desk = first.judge.judges["ACME"].desk
    assert desk is not None
    profiles = Profiles(tmp_path / "profile")
    profiles.keep("ACME", desk.scale.state())
    profiles.close()
    options = ranked(tmp_path, day=1, profile=tmp_path / "profile")
    capsys.readouterr()
    # When it is explained with the profile
    status = run_explain(options)
    # Then its memory begins on the day before, and the line is the same
    out = capsys.readouterr().out
    assert status == 0
    assert "remembered since 2013-10-08T" in out
    assert out.endswith("equal to the record in every field.\n")
    # And without it the place in the memory is another
    assert run_explain(replace(options, data=replace(options.data, profile=None))) == 1
    assert "comes out differently: " in capsys.readouterr().err


def test_another_memory_is_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a record in which the alert had another rank
    options = ranked(tmp_path)
    path = tmp_path / "record" / "2013-10-08.jsonl"
    path.write_text(path.read_text().replace('"rank":1', '"rank":2', 1))
    capsys.readouterr()
    # When it is explained
    status = run_explain(options)
    # Then the place in the memory is named
    assert status == 1
    assert capsys.readouterr().err.endswith("comes out differently: scale\n")


def test_an_alert_is_looked_up_in_every_record(tmp_path: Path) -> None:
    # Given records without the alert
    (tmp_path / "2013-10-08.jsonl").write_text('{"alert_id":"other"}\n')
    # When it is looked up
    found = recorded_line("0123456789abcdef", [tmp_path, tmp_path / "gone"])
    # Then there is none
    assert found is None


def test_an_alert_is_looked_up_in_compressed_days_too(tmp_path: Path) -> None:
    # Given a compressed day that holds the alert
    line = b'{"alert_id":"0123456789abcdef"}\n'
    (tmp_path / "2013-10-08.jsonl.gz").write_bytes(gzip.compress(line))
    # When it is looked up
    found = recorded_line("0123456789abcdef", [tmp_path])
    # Then it is found
    assert found == {"alert_id": "0123456789abcdef"}
