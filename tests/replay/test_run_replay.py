"""The replay command."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from support.flat_data import at, quote_line, quotes_file, trades_file
from support.replay_options import a_day

from trading_bot.order_flow.capture.lines import Started
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.order_flow.notices import FeedEvent, ThresholdNotice
from trading_bot.replay.playback import open_playback
from trading_bot.replay.run_replay import moment_ns, prepare, run_replay
from trading_bot.replay.settings_words import settings_in_words
from trading_bot.replay.summary import Tally, played_of, summary_lines, summary_of

SETTINGS = settings_in_words(OrderFlowConfig(thresholds="fixed"))
LOST = "1 of 5 trades (20.0%) are lost: 1 impossible size in size"
TRADES = (
    "Trades: 5 read = 1 refused (1 impossible size in size) + 1 not judged (1 average price) + "
    "3 judged"
)
DAYS = "Days: 2013-10-08"
QUOTES = "Quotes: 1 read = 0 refused + 0 not judged + 1 judged"
UNIT = (
    "Quote sizes of q.csv: round lots, assumed by date; 0 of 2 are multiples of 100: too few to "
    "tell"
)
EXPECTED = {
    "warnings": [LOST],
    "symbols": ["ACME"],
    "from": "2013-10-08T14:00:00.000000Z",
    "to": "2013-10-08T14:00:05.000000Z",
    "rows": {
        "read": 6,
        "trades": 4,
        "quotes": 1,
        "judged": 4,
    },
    "account": {
        "trades": {
            "read": 5,
            "refused": {"size": {"impossible_size": 1}},
            "not_judged": {"average_price": 1},
            "judged": 3,
            "lost": 1,
        },
        "quotes": {"read": 1, "refused": {}, "not_judged": {}, "judged": 1, "lost": 0},
        "quote_size_units": [
            {
                "name": "q.csv",
                "unit": "round_lots",
                "decided_by": "date",
                "sizes": 2,
                "hundreds": 0,
            }
        ],
        "notes": {},
        "days": ["2013-10-08"],
        "lines": [DAYS, TRADES, QUOTES, UNIT],
    },
    "not_in_full": {},
    "alerts": {
        "total": 3,
        "by_kind": [
            {
                "alert_type": "large_seller",
                "source": "aggressive_sell",
                "severity": "warning",
                "count": 3,
            }
        ],
    },
    "exits": {"total": 1, "by_urgency": {"elevated": 1}},
    "feed_events": {},
    "settings": SETTINGS,
    "config_hash": OrderFlowConfig(thresholds="fixed").config_hash,
}


def test_json_is_all_that_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a day
    options = a_day(tmp_path, as_json=True)
    # When it is played
    status = run_replay(options)
    # Then standard output is one object with the figures
    printed = json.loads(capsys.readouterr().out)
    seconds, rate = printed.pop("seconds"), printed.pop("rows_per_second")
    assert (status, printed) == (0, EXPECTED)
    assert seconds > 0
    assert rate > 0


def test_a_person_reads_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a day and a folder for its record
    options = a_day(tmp_path, out=tmp_path / "out")
    # When it is played
    run_replay(options)
    # Then the figures are lines, the record's place among them
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"WARNING: {LOST}"
    assert lines[1] == "Symbols: ACME"
    assert lines[2] == "Time: 2013-10-08T14:00:00.000000Z to 2013-10-08T14:00:05.000000Z"
    assert lines[3].startswith("Rows: 6 read, ")
    assert lines[4:] == [
        "Played: 4 trades, 1 quotes",
        DAYS,
        TRADES,
        QUOTES,
        UNIT,
        "Judged, but not in full: none",
        *SETTINGS,
        "Alerts: 3 in 4 judged rows",
        "        3  large_seller aggressive_sell warning",
        "Exits: 1 (1 elevated)",
        f"Record: {tmp_path / 'out'}",
    ]


def test_a_replay_may_go_without_a_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a day and no folder for a record
    options = a_day(tmp_path)
    # When it is played
    run_replay(options)
    # Then no record is named
    assert capsys.readouterr().out.splitlines()[-1] == "Exits: 1 (1 elevated)"


def test_the_record_holds_what_was_found_between_its_first_and_last_line(tmp_path: Path) -> None:
    # Given a day
    options = a_day(tmp_path, out=tmp_path / "out")
    # When it is played
    run_replay(options)
    # Then the record is framed by the exchange times of what was played
    text = (tmp_path / "out" / "2013-10-08.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["event"], line["timestamp"][17:19]) for line in lines] == [
        ("order_flow.monitoring_started", "00"),
        ("order_flow.large_seller_detected", "01"),
        ("order_flow.large_seller_detected", "02"),
        ("order_flow.large_seller_detected", "03"),
        ("order_flow.exit_signal_triggered", "03"),
        ("order_flow.monitoring_stopped", "05"),
    ]
    assert lines[0]["symbols"] == ["ACME"]
    assert lines[4]["average_price"] == 100.005
    assert {line["logged_at"] for line in lines} == {None}


@pytest.mark.parametrize("chunk_rows", [1, 2, 10_000])
def test_the_same_input_gives_the_same_bytes(tmp_path: Path, chunk_rows: int) -> None:
    # Given a day that was played
    options = a_day(tmp_path, out=tmp_path / "one")
    run_replay(options)
    # When it is played again in pieces of another size
    run_replay(replace(options, out=tmp_path / "two", chunk_rows=chunk_rows))
    # Then the records are equal byte for byte
    one, two = ((tmp_path / name / "2013-10-08.jsonl").read_bytes() for name in ("one", "two"))
    assert one == two


def test_positions_of_the_user_are_taken_from_their_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a positions file without the symbol
    path = tmp_path / "positions.json"
    path.write_text('{"positions": []}')
    # When the day is played
    run_replay(a_day(tmp_path, positions_path=path, as_json=True))
    # Then nothing is to be left
    assert json.loads(capsys.readouterr().out)["exits"]["total"] == 0


def test_a_positions_file_with_a_bad_row_is_an_error(tmp_path: Path) -> None:
    # Given a positions file with a row of quantity 0
    path = tmp_path / "positions.json"
    row = '{"symbol": "ACME", "quantity": 0, "average_price": 1}'
    path.write_text(f'{{"positions": [{row}]}}')
    # When a day is replayed with it
    # Then it is refused: a replay has time to be put right
    with pytest.raises(ValueError, match=r"positions\.json: position 1: ACME: quantity=0"):
        run_replay(a_day(tmp_path, positions_path=path))


def test_a_positions_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    # Given the name of no file
    options = a_day(tmp_path, positions_path=tmp_path / "gone.json")
    # When the day is played
    # Then the error names it
    with pytest.raises(FileNotFoundError, match=r"gone\.json does not exist; --positions"):
        run_replay(options)


@pytest.mark.parametrize("symbols", [(), ("NONE",)])
def test_a_replay_of_nothing_is_an_error(tmp_path: Path, symbols: tuple[str, ...]) -> None:
    # Given a symbol that the data lacks, or a time
    begin = None if symbols else "2013-10-09"
    options = a_day(tmp_path, symbols=symbols, begin=begin)
    # When it is played
    # Then the error says what was left out instead
    complaint = (
        r"no row of NONE could be played: nothing was judged.* 5 not judged \(5 other symbol\)"
        if symbols
        else r"no row could be played: nothing was judged.* 4 not judged \(4 outside time\)"
    )
    with pytest.raises(ValueError, match=complaint):
        run_replay(options)


def test_nothing_but_a_header_is_an_error(tmp_path: Path) -> None:
    # Given a file without rows
    options = a_day(tmp_path)
    trades_file(tmp_path / "t.csv")
    # When it is played alone
    # Then the error says that there is nothing
    with pytest.raises(ValueError, match=r"no row could be played: .*the files hold no rows"):
        run_replay(replace(options, paths=(tmp_path / "t.csv",)))


def test_sizes_follow_the_date_unless_the_settings_say_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a bid of 100 on a day that counts in round lots
    options = replace(a_day(tmp_path, as_json=True), paths=(tmp_path / "q.csv",))
    quotes_file(tmp_path / "q.csv", quote_line(0, bid_size=100))

    def alerts() -> int:
        run_replay(options)
        return int(json.loads(capsys.readouterr().out)["alerts"]["total"])

    # When it is played as it is, and with the unit set in the settings
    by_date = alerts()
    (tmp_path / "config.json").write_text('{"thresholds": "fixed", "quote_size_unit": "shares"}')
    by_setting = alerts()
    # Then only round lots make it a large bid
    assert (by_date, by_setting) == (1, 0)


@pytest.mark.parametrize("given", [True, False])
def test_a_recording_is_judged_by_its_own_settings_unless_others_are_given(
    tmp_path: Path, given: bool
) -> None:
    # Given a recording made with extended sessions, and a settings file
    path = tmp_path / "r.jsonl"
    path.write_bytes(msgspec.json.encode(Started(1, at(0), {"sessions": "extended"})) + b"\n")
    (tmp_path / "config.json").write_text("{}")
    options = replace(a_day(tmp_path), paths=(path,), config_is_given=given)
    # When it is opened
    playback = prepare(options)
    # Then the file counts only when the user named it
    assert playback.config.sessions == ("regular" if given else "extended")


@pytest.mark.parametrize(
    ("text", "next_day", "expected"),
    [
        ("2013-10-08", False, "2013-10-08T04:00:00+00:00"),
        ("2013-10-08", True, "2013-10-09T04:00:00+00:00"),
        ("2013-10-08T10:30", True, "2013-10-08T14:30:00+00:00"),
        ("2013-10-08T10:30:00.5+00:00", False, "2013-10-08T10:30:00.500000+00:00"),
    ],
)
def test_times_are_new_york_s_unless_they_say_otherwise(
    text: str, next_day: bool, expected: str
) -> None:
    # Given a day or a time
    # When it is read
    moment = utc_from_ns(moment_ns(text, "--from", next_day=next_day))
    # Then its moment is known
    assert moment.isoformat() == expected


def test_a_time_that_is_none_is_refused() -> None:
    # Given a word
    # When it is read as a time
    # Then the error names the option and shows a time
    with pytest.raises(ValueError, match="--to 'noon' must be a day or a time such as 2013-10-08T"):
        moment_ns("noon", "--to")


def test_only_a_person_sees_a_progress_bar(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a terminal
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    # When a day is played
    run_replay(a_day(tmp_path, as_json=True))
    # Then the bar is there, and standard output is still one object
    assert "Playing" in terminal.getvalue()
    assert json.loads(capsys.readouterr().out)["symbols"] == ["ACME"]


def test_feed_events_are_counted_by_kind() -> None:
    # Given a listener that counts
    tally = Tally()
    # When a feed recovers, and advice on a threshold is given
    moment = utc_from_ns(at(0))
    tally(FeedEvent("recovered", "ACME", moment, "", position_open=True))
    tally(ThresholdNotice("ACME", moment, 10_000, 50))
    # Then the feed is counted, and nothing else
    assert (tally.feed_events, tally.alerts, tally.exits) == ({"recovered": 1}, {}, {})


def test_many_symbols_and_feed_events_are_told_in_short(tmp_path: Path) -> None:
    # Given a replay of a dozen symbols, nothing of which took time, with a burst and a feed event
    playback = open_playback(a_day(tmp_path).paths)
    tally = Tally()
    tally.feed_events["blind"] = 2
    tally.alerts["red_burst", "", "critical"] = 1
    summary = summary_of(played_of(playback), tally, 0)
    summary["symbols"] = [f"S{number:02}" for number in range(12)]
    # When it is told
    lines = summary_lines(summary)
    # Then ten are named
    assert lines[0] == "Symbols: S00, S01, S02, S03, S04, S05, S06, S07, S08, S09 and 2 more"
    assert lines[1:3] == ["Time: None to None", "Rows: 0 read, 0 a second"]
    assert lines[-4:] == [
        "Alerts: 1 in 0 judged rows: nothing is known",
        "        1  red_burst critical",
        "Exits: 0 (none)",
        "Feed events: 2 blind",
    ]
