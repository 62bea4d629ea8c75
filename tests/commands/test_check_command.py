"""`check`: what recorded files hold, and what a replay would lose, before it is played."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from support.flat_data import (
    QUOTES_HEADER,
    TRADES_HEADER,
    at,
    quote_line,
    quotes_file,
    trade_line,
    trades_file,
    write_flat,
)
from support.lobster_files import lobster_files

from trading_bot.cli.app import app
from trading_bot.commands.check import CheckOptions, run_check
from trading_bot.order_flow.capture.lines import AnyLine, QuoteLine, Started, TradeLine, Watched
from trading_bot.replay.checking.blocks import size_said
from trading_bot.replay.run_replay import ReplayOptions

DAY = 86_400


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test depend on how fast the machine is."""
    monkeypatch.setattr("trading_bot.commands.check.FIRST_SECONDS", 600.0)


def check(*arguments: str | Path, home: Path) -> tuple[int, str]:
    outcome = CliRunner().invoke(
        app, ["check", *map(str, arguments)], env={"TRADING_BOT_HOME": str(home)}
    )
    if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
        raise outcome.exception
    return outcome.exit_code, outcome.stdout


def checked(*arguments: str | Path, home: Path) -> dict[str, Any]:
    status, text = check(*arguments, "--json", home=home)
    found: dict[str, Any] = json.loads(text)
    assert found["status"] == status
    return found


def replayed(*arguments: str | Path, home: Path) -> tuple[int, dict[str, Any]]:
    environment = {"TRADING_BOT_HOME": str(home)}
    call = ["replay", *map(str, arguments), "--json", "--out", str(home / "out")]
    outcome = CliRunner().invoke(app, call, env=environment)
    return outcome.exit_code, json.loads(outcome.stdout)


def a_pair(folder: Path) -> tuple[Path, Path]:
    folder.mkdir(exist_ok=True)
    return (
        trades_file(folder / "t.csv", *(trade_line(n, sequence_number=n) for n in range(1, 4))),
        quotes_file(folder / "q.csv", *(quote_line(n) for n in range(3))),
    )


def large(path: Path, first: int = 0, step: int = 1, **changes: Any) -> Path:
    """Write a file of more bytes than are read whole, 15,000 rows."""
    is_trade = path.name.startswith("t")
    line, header = (trade_line, TRADES_HEADER) if is_trade else (quote_line, QUOTES_HEADER)
    return write_flat(path, header, (line(first + n * step / 10, **changes) for n in range(15_000)))


def in_lines(path: Path, *lines: AnyLine) -> Path:
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return path


class Steps:
    """A clock that goes on by so much at each look."""

    def __init__(self, seconds: float) -> None:
        self._now = 0.0
        self._seconds = seconds

    def __call__(self) -> float:
        self._now += self._seconds
        return self._now


def test_a_block_for_each_file_and_a_total_are_read_at_a_glance(tmp_path: Path) -> None:
    # Given a day of trades and quotes, one of the quotes without a price
    trades = trades_file(tmp_path / "t.csv", trade_line(1), trade_line(2, size="1.5"))
    quotes = quotes_file(tmp_path / "q.csv", quote_line(0), quote_line(1, bid_price="x"))
    # When it is checked
    status, text = check(trades, quotes, home=tmp_path)
    # Then each file has a block, and the total ends with the verdict
    assert status == 2
    assert text.splitlines() == [
        f"{trades}  274 bytes  Polygon trades",
        "  Rows      2 trades; 1 with a fraction of a share, of which rules count whole shares",
        "  Refused   0 of 2",
        "  Symbols   1: ACME",
        "  Days      1: 2013-10-08",
        "  Sessions  all rows within",
        "  Order     by time",
        f"{quotes}  317 bytes  Polygon quotes",
        "  Rows      1 quote",
        "  Refused   1 of 2: 1 malformed in bid_price",
        "  Symbols   1: ACME",
        "  Days      1: 2013-10-08",
        "  Sessions  all rows within",
        "  Order     by time",
        (
            "  Sizes     quotes count round lots, assumed by date; 0 of 2 are multiples of 100: "
            "too few to tell"
        ),
        "Together",
        "  WARNING: 1 of 2 quotes (50.0%) are lost: 1 malformed in bid_price",
        "  Days: 2013-10-08",
        "  Trades: 2 read = 0 refused + 0 not judged + 2 judged",
        "  Quotes: 2 read = 1 refused (1 malformed in bid_price) + 0 not judged + 1 judged",
        "  2 files with 1 symbol and 1 day",
        "  A replay would end with exit status 2; --accept-losses takes it as it is",
    ]


def test_losses_that_are_accepted_end_with_0(tmp_path: Path) -> None:
    # Given trades alone
    trades = trades_file(tmp_path / "t.csv", trade_line(1))
    # When they are checked with their losses accepted
    found = checked(trades, "--accept-losses", home=tmp_path)
    # Then that is still said
    assert found["status"] == 0
    assert found["verdict"] == "Can be replayed, with the losses above"
    assert found["warnings"][0].startswith("ACME 2013-10-08: 1 trade in the session and no quotes")


@pytest.mark.parametrize("full", [(), ("--full",)])
def test_the_account_is_that_of_a_replay(tmp_path: Path, full: tuple[str, ...]) -> None:
    # Given files with odd rows, another symbol, a night, two days and a print twice
    folder = tmp_path / "days"
    folder.mkdir()
    days = [
        *(trade_line(n, sequence_number=n) for n in (1, 2, 2)),
        trade_line(3, size="0.4"),
        trade_line(4, price="x"),
        trade_line(30_000),
        trade_line(DAY + 1, conditions="2"),
        trade_line(1, ticker="BOLT"),
    ]
    trades_file(folder / "t.csv", *days)
    quotes_file(folder / "q.csv.gz", quote_line(0), quote_line(0, ticker="BOLT"))
    quotes_file(folder / "q2.csv", quote_line(DAY), quote_line(DAY + 2, sip_timestamp=""))
    # When they are checked and played
    found = checked(folder, *full, "--symbol", "ACME", home=tmp_path)
    status, played = replayed(folder, "--symbol", "ACME", home=tmp_path)
    # Then the account, the warnings and the status are the same
    assert found["accounts"] == [played["account"]]
    assert (found["warnings"], found["status"]) == (played["warnings"], status)
    assert found["every_row_read"]


def test_each_file_is_told_apart_for_a_script(tmp_path: Path) -> None:
    # Given a night of trades of two symbols, sorted by symbol
    lines = [
        trade_line(n, ticker=symbol) for symbol in ("ACME", "BOLT") for n in (-36_000, 0, 40_000)
    ]
    trades = trades_file(tmp_path / "t.csv", *lines, trade_line(ticker="BOLT", price="0"))
    # When it is checked
    (found,) = checked(trades, home=tmp_path)["files"]
    # Then all that is known of it is there
    assert found == {
        "path": str(trades),
        "bytes": trades.stat().st_size,
        "format": "polygon",
        "form": "Polygon trades",
        "problem": None,
        "read_whole": True,
        "read_with_another": False,
        "trades": 6,
        "quotes": 0,
        "refused": [{"column": "price", "reason": "impossible_price", "rows": 1}],
        "outside_session": 4,
        "trades_with_a_fraction_of_a_share": 0,
        "symbols": ["ACME", "BOLT"],
        "days": ["2013-10-08"],
        "from": "2013-10-08T04:00:00.000000Z",
        "to": "2013-10-09T01:06:40.000000Z",
        "order": "by symbol, then by time",
        "quote_size_unit": None,
    }


def test_rows_outside_the_session_are_told_as_a_share(tmp_path: Path) -> None:
    # Given four quotes, one of them at six in the morning
    quotes = quotes_file(tmp_path / "q.csv", *(quote_line(n) for n in (-14_400, 0, 1, 2)))
    # When it is checked
    _, text = check(quotes, home=tmp_path)
    # Then the share is told
    assert "  Sessions  1 of 4 rows outside (25%)\n" in text


def test_newest_first_is_told(tmp_path: Path) -> None:
    # Given a file that goes back in time
    quotes = quotes_file(tmp_path / "q.csv", *(quote_line(n) for n in (30, 20, 10)))
    # When it is checked
    status, text = check(quotes, home=tmp_path)
    # Then its order is told, and it can be played
    assert status == 0
    assert "  Order     newest first; sorted in memory\n" in text


def test_files_that_are_nothing_known_are_named_with_what_they_are(tmp_path: Path) -> None:
    # Given an empty file, another's, and a good one
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    letter = tmp_path / "letter.csv"
    letter.write_text("Dear Sir\n")
    _, quotes = a_pair(tmp_path)
    # When they are checked
    status, text = check(empty, letter, quotes, home=tmp_path)
    # Then each is told, and the good one is looked at
    assert status == 2
    assert f"{empty}  0 bytes  NOT USABLE\n  is empty\n" in text
    assert f"{letter}  9 bytes  NOT USABLE\n  begins with 'Dear Sir': neither" in text
    assert "  Rows      3 quotes\n" in text
    assert "  1 file with 1 symbol and 1 day; 2 not usable\n" in text
    assert text.endswith("  Cannot be replayed so: leave out or mend what is not usable\n")


def test_files_of_which_none_is_usable_have_no_more_to_tell(tmp_path: Path) -> None:
    # Given an empty file
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    # When it is checked
    _, text = check(empty, home=tmp_path)
    # Then no word is lost on rows
    assert text.splitlines()[2:] == [
        "Together",
        "  0 files with 0 symbols and 0 days; 1 not usable",
        "  Cannot be replayed so: leave out or mend what is not usable",
    ]


def test_a_header_alone_is_no_data(tmp_path: Path) -> None:
    # Given a header
    trades = trades_file(tmp_path / "t.csv")
    # When it is checked
    status, text = check(trades, home=tmp_path)
    # Then that is said
    assert (status, "  No rows\n" in text) == (2, True)
    assert "WARNING: nothing was judged: the files hold no rows" in text


@pytest.mark.parametrize("full", [(), ("--full",)])
def test_a_damaged_file_is_named_when_its_end_is_met(tmp_path: Path, full: tuple[str, ...]) -> None:
    # Given a packed file whose end is missing, and a good one
    trades, quotes = a_pair(tmp_path)
    cut = tmp_path / "t.csv.gz"
    cut.write_bytes(gzip.compress(trades.read_bytes())[:-12])
    # When they are checked
    status, text = check(cut, quotes, *full, home=tmp_path)
    # Then it is named, with what to do
    assert status == 2
    assert f"{cut}  " in text
    assert "NOT USABLE\n  is cut off or damaged" in text
    assert "get it again" in text


def test_a_file_that_is_damaged_far_behind_its_start_is_named(tmp_path: Path) -> None:
    # Given a packed file whose end is missing far behind its start
    path = large(tmp_path / "t.csv.gz")
    path.write_bytes(path.read_bytes()[:-20_000])
    # When all of it is read
    status, text = check(path, "--full", home=tmp_path)
    # Then it is named
    assert (status, "NOT USABLE\n  is cut off or damaged" in text) == (2, True)


def test_a_row_that_comes_too_late_is_named_by_its_line(tmp_path: Path) -> None:
    # Given a file in which one row lies a minute before the one above it
    quotes = quotes_file(tmp_path / "q.csv", *(quote_line(n) for n in (0, 100, 40, 101)))
    # When it is checked
    status, text = check(quotes, home=tmp_path)
    # Then the line is named, with what to do
    assert (status, "NOT USABLE\n  line 4 (ACME) lies 60 s before rows" in text) == (2, True)


def test_a_recording_whose_rows_are_all_unreadable_has_none_that_is_usable(tmp_path: Path) -> None:
    # Given a recording with one line that is none
    path = in_lines(tmp_path / "r.jsonl", Started(2, at(0), {"thresholds": "fixed"}))
    path.write_bytes(path.read_bytes() + b"{}\n")
    # When it is checked
    status, text = check(path, home=tmp_path)
    # Then nothing is told of what it does not have
    assert status == 2
    assert text.splitlines()[1:4] == [
        "  Rows      none usable",
        "  Refused   1 of 1: 1 malformed in the line",
        "Together",
    ]


def test_files_of_different_kinds_are_looked_at_and_kept_apart(tmp_path: Path) -> None:
    # Given a LOBSTER day and a pair of tables
    book = lobster_files(tmp_path)
    pair = a_pair(tmp_path)
    # When they are checked
    found = checked(book, *pair, home=tmp_path)
    # Then both are read, and it is said that they cannot be played together
    assert [each["form"] for each in found["files"]] == [
        "LOBSTER",
        "Polygon trades",
        "Polygon quotes",
    ]
    assert len(found["accounts"]) == 2
    assert found["problems"] == [
        (
            "files of different kinds cannot be played together: 1 lobster, such as "
            f"{book.name}; 2 polygon, such as t.csv"
        )
    ]
    assert found["verdict"].startswith("Cannot be replayed so: files of different kinds")
    assert found["status"] == 2


def test_the_twin_of_a_lobster_file_has_no_rows_of_its_own(tmp_path: Path) -> None:
    # Given both files of a LOBSTER day
    lobster_files(tmp_path / ".")
    # When the folder is checked
    status, text = check(tmp_path, home=tmp_path)
    # Then one of them tells of both
    assert status == 0
    assert text.count("  LOBSTER of trades and quotes\n  Rows      1 trade, 2 quotes\n") == 1
    assert text.count("  LOBSTER\n  No rows of its own: its twin's are read with it") == 1


def test_files_in_orders_that_do_not_go_together_are_told(tmp_path: Path) -> None:
    # Given trades by time and quotes by symbol
    turns = (("ACME", 1), ("BOLT", 2), ("ACME", 3))
    trades = trades_file(tmp_path / "t.csv", *(trade_line(n, ticker=each) for each, n in turns))
    by_symbol = (("ACME", 1), ("ACME", 3), ("BOLT", 2))
    quotes = quotes_file(tmp_path / "q.csv", *(quote_line(n, ticker=each) for each, n in by_symbol))
    # When they are checked
    status, text = check(trades, quotes, home=tmp_path)
    # Then one of them is named, with what to do
    assert status == 2
    assert f"{quotes}  " in text
    assert "is sorted by ticker and another file of its day by time; sort both alike" in text


def test_a_fault_that_names_no_file_is_that_of_all(tmp_path: Path) -> None:
    # Given a file whose tickers go back
    tickers = ("BOLT", "BOLT", "ACME")
    lines = (quote_line(100 - n, ticker=each) for n, each in enumerate(tickers))
    quotes = quotes_file(tmp_path / "q.csv", *lines)
    # When it is checked
    found = checked(quotes, home=tmp_path)
    # Then the fault is told of all files together
    assert found["files"][0]["problem"] is None
    assert found["problems"] == [
        (
            "rows of ACME come after rows of BOLT: these files are sorted neither by ticker nor by "
            "time, so they cannot be read as a stream; sort them by ticker and sip_timestamp, or "
            "name one symbol with --symbol"
        )
    ]


def test_recordings_are_told_file_by_file(tmp_path: Path) -> None:
    # Given recordings of two runs, the second with a line that is none
    paths = []
    for number, size in enumerate((100_000_000, 1_500_000)):
        stamp = at(100 * number)
        lines = (
            Started(2, stamp, {"thresholds": "fixed"}),
            Watched("ACME", stamp, stamp),
            QuoteLine("ACME", stamp + 1, 99_000_000, 10**8, 100_000_000, 10**8),
            TradeLine("ACME", stamp + 2, 100_000_000, size, stamp),
        )
        paths.append(in_lines(tmp_path / f"{number}.jsonl", *lines))
    paths[1].write_bytes(paths[1].read_bytes() + b"{}\n")
    # When they are checked
    found = checked(*paths, "--full", home=tmp_path)
    # Then each has its own rows
    assert [
        (each["form"], each["trades"], each["quotes"], each["trades_with_a_fraction_of_a_share"])
        for each in found["files"]
    ] == [
        ("recording of `monitor --record`", 1, 1, 0),
        ("recording of `monitor --record`", 1, 1, 1),
    ]
    assert [each["refused"] for each in found["files"]] == [
        [],
        [{"column": "the line", "reason": "malformed", "rows": 1}],
    ]


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [("--from", "noon", "--from 'noon' must be"), ("--config", "none.json", "--config none.json")],
)
def test_an_option_that_cannot_be_is_no_fault_of_the_files(
    tmp_path: Path, option: str, value: str, named: str
) -> None:
    # Given a good pair
    pair = a_pair(tmp_path)
    # When it is checked with an option that cannot be
    # Then that is refused as by any command
    with pytest.raises((ValueError, OSError), match=named):
        check(*pair, option, value, home=tmp_path)


def test_a_unit_against_the_sizes_is_the_files_problem(tmp_path: Path) -> None:
    # Given quotes whose sizes are round lots
    quotes = quotes_file(tmp_path / "q.csv", *(quote_line(n) for n in range(200)))
    # When shares are said
    status, text = check(quotes, "--quote-size-unit", "shares", home=tmp_path)
    # Then the block says so
    assert (status, "is said to hold quote sizes in shares" in text) == (2, True)


def test_a_file_that_cannot_be_opened_keeps_no_other_from_being_read(tmp_path: Path) -> None:
    # Given quotes whose prices cannot be read, beside a good pair
    pair = a_pair(tmp_path)
    bad = quotes_file(tmp_path / "bad.csv", quote_line(0, bid_price="x"))
    # When they are checked
    found = checked(bad, *pair, home=tmp_path)
    # Then it is named alone, and the others are accounted for
    assert [each["problem"] is None for each in found["files"]] == [False, True, True]
    assert found["accounts"][0]["trades"]["judged"] == 3
    assert found["status"] == 2


def test_large_files_are_told_by_samples(tmp_path: Path) -> None:
    # Given two files of more bytes than are read whole
    pair = (large(tmp_path / "t.csv"), large(tmp_path / "q.csv"))
    # When they are checked
    status, text = check(*pair, home=tmp_path)
    # Then the verdict names how many rows it stands on, and how to read all
    assert status == 0
    assert "trades looked at, from its beginning to its end\n" in text
    assert "  Days      1 seen: 2013-10-08\n" in text
    assert "rows of them, not by all; --full reads every row\n" in text
    assert text.endswith("  Can be replayed, by what was looked at\n")


@pytest.mark.parametrize(("less", "whole"), [(0, True), (1, False)])
def test_files_of_just_so_many_bytes_are_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, less: int, whole: bool
) -> None:
    # Given as many bytes as are read whole, or one byte more
    pair = a_pair(tmp_path)
    size = sum(path.stat().st_size for path in pair)
    monkeypatch.setattr("trading_bot.commands.check.WHOLE_BYTES", size - less)
    # When they are checked
    # Then only the former are read whole
    assert checked(*pair, home=tmp_path)["every_row_read"] is whole


@pytest.mark.parametrize(
    ("trades", "quotes", "said"),
    [
        ({"price": "x"}, {}, "has no usable row at its start"),
        ({"first": 30_000}, {"first": 30_000}, "every row looked at is outside the session"),
        ({"first": 3 * DAY}, {}, "2013-10-11: trades, and no quotes of that day were seen"),
        ({"step": 20 * DAY // 1_000}, {}, "more days have trades and no quotes"),
    ],
)
def test_samples_tell_what_would_be_lost(
    tmp_path: Path, trades: dict[str, Any], quotes: dict[str, Any], said: str
) -> None:
    # Given two large files that a replay would not be content with
    pair = (large(tmp_path / "t.csv", **trades), large(tmp_path / "q.csv", **quotes))
    # When they are checked
    status, text = check(*pair, home=tmp_path)
    # Then it is said
    assert (status, said in text) == (2, True)


def test_samples_of_trades_alone_tell_that_there_are_no_quotes(tmp_path: Path) -> None:
    # Given a large file of trades
    # When it is checked
    found = checked(large(tmp_path / "t.csv"), home=tmp_path)
    # Then that is said
    assert found["status"] == 2
    assert found["warnings"] == [
        "trades and no quotes at all: without quotes of their day none of them is judged"
    ]


def test_samples_of_quotes_alone_are_in_order(tmp_path: Path) -> None:
    # Given a large file of quotes
    # When it is checked
    # Then nothing of it is lost
    assert checked(large(tmp_path / "q.csv"), home=tmp_path)["warnings"] == []


def test_refused_rows_are_told_as_a_share_of_what_was_looked_at(tmp_path: Path) -> None:
    # Given a large file of which the second half has no prices
    path = large(tmp_path / "q.csv")
    lines = path.read_text().splitlines()
    lines[7_500:] = [line.replace("100.0100", "x") for line in lines[7_500:]]
    path.write_text("\n".join(lines) + "\n")
    # When it is checked
    status, text = check(path, home=tmp_path)
    # Then the share is told with its cause
    assert status == 2
    assert "rows looked at (" in text
    assert "cannot be read: " in text
    assert "malformed in ask_price" in text


def test_a_symbol_that_no_sample_holds_is_not_known(tmp_path: Path) -> None:
    # Given a large file of ACME
    # When BOLT is asked for
    found = checked(large(tmp_path / "q.csv"), "--symbol", "BOLT", home=tmp_path)
    # Then nothing is known of it
    assert found["status"] == 2
    assert found["warnings"] == ["no row was seen that can be used, so nothing is known"]


def options_of(*paths: Path, home: Path) -> CheckOptions:
    return CheckOptions(ReplayOptions(paths, home / "none.json", home / ".env"))


def test_time_that_is_up_ends_the_first_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trading_bot.commands.check.WHOLE_BYTES", 0)
    # Given two large packed files, and a clock that goes on fast
    pair = [large(tmp_path / f"{name}.csv.gz") for name in ("q", "t")]
    # When they are checked
    run_check(options_of(*pair, home=tmp_path), Steps(180.0))
    # Then the first is told by its first rows, and the second is not looked at, which is said
    said = capsys.readouterr().out
    assert "quotes looked at, its first ones\n" in said
    assert "  No rows looked at\n" in said
    assert "; 1 file not looked at, for time; --full reads every row\n" in said


def test_a_file_that_fails_in_its_samples_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trading_bot.commands.check.WHOLE_BYTES", 0)
    # Given a large packed file that is damaged behind its start
    path = large(tmp_path / "q.csv.gz")
    path.write_bytes(path.read_bytes()[:-2_000])
    # When it is checked without haste
    status = run_check(options_of(path, home=tmp_path), Steps(0.0))
    # Then it is named
    assert (status, "NOT USABLE\n  is cut off or damaged" in capsys.readouterr().out) == (2, True)


def test_a_lobster_day_of_any_size_is_told_by_its_first_rows(tmp_path: Path) -> None:
    # Given a LOBSTER day of more bytes than are read whole
    book = lobster_files(tmp_path)
    message = book.with_name(book.name.replace("orderbook", "message"))
    message.write_text("".join(f"{36_000 + n / 10},1,{n},5,999900,1\n" for n in range(30_000)))
    book.write_text("".join(f"1000000,5,999900,{n}\n" for n in range(1, 30_001)))
    # When it is checked
    found = checked(book, message, home=tmp_path)
    # Then it is told by what was seen of it
    assert [each["form"] for each in found["files"]] == ["LOBSTER", "LOBSTER"]
    assert found["files"][0]["quotes"] > 0
    assert not found["every_row_read"]


@pytest.mark.parametrize("whole", [0, 1_000])
def test_a_lobster_pair_under_any_names_needs_to_be_told_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: int
) -> None:
    # Given a LOBSTER day, large or small, whose files do not tell what they are by their names
    monkeypatch.setattr("trading_bot.commands.check.WHOLE_BYTES", whole)
    book = lobster_files(tmp_path)
    message = book.with_name(book.name.replace("orderbook", "message"))
    pair = (message.rename(tmp_path / "m.csv"), book.rename(tmp_path / "b.csv"))
    # When it is checked with and without what must be told
    told = checked(*pair, "--symbol", "ACME", "--day", "2012-06-21", home=tmp_path)
    untold = checked(*pair, home=tmp_path)
    # Then it is read, or it is said what to tell
    assert sum(each["quotes"] for each in told["files"]) == 2
    assert (told["status"], untold["status"]) == (0, 2)
    assert all("--day" in each["problem"] for each in untold["files"])


def test_only_a_person_sees_how_far_reading_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a terminal
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    # When all is read
    options = options_of(*a_pair(tmp_path), home=tmp_path)
    run_check(CheckOptions(options.read, full=True))
    # Then the bytes read stand over the bytes there, apart from the verdict
    assert "Reading" in terminal.getvalue()
    assert "bytes" in terminal.getvalue()
    assert "Reading" not in capsys.readouterr().out


def test_ctrl_c_ends_it_without_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a person who has seen enough
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("trading_bot.commands.check.read_whole", interrupt)
    # When they press Ctrl-C
    status, text = check(*a_pair(tmp_path), home=tmp_path)
    # Then nothing is said
    assert (status, text) == (130, "")


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (1_500_000, "1.5 MB"),
        (2e9, "2.0 GB"),
        (3e15, "3,000.0 TB"),
    ],
)
def test_sizes_are_told_in_their_unit(size: float, said: str) -> None:
    # Given so many bytes
    # When they are told
    # Then the unit fits
    assert size_said(size) == said


def test_many_symbols_are_told_by_the_first_and_the_last(tmp_path: Path) -> None:
    # Given seven symbols
    lines = (quote_line(0, ticker=f"{letter}CO") for letter in "ABCDEFG")
    # When they are checked
    _, text = check(quotes_file(tmp_path / "q.csv", *lines), home=tmp_path)
    # Then not all are named
    assert "  Symbols   7: ACO to GCO\n" in text
