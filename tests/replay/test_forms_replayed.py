"""Files of other makers, replayed as a user would: what is said, and the exit status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.flat_data import at
from support.form_files import clock, iso, json_lines, needs_pyarrow, parquet, table
from support.replay_options import a_day

from trading_bot.replay.run_replay import run_replay

NUMBERS = range(8)
Writer = Callable[[Path], Path]


def databento_trades(folder: Path) -> Path:
    header = ("ts_recv", "ts_event", "action", "side", "price", "size", "sequence", "symbol")
    rows = [(iso(n), iso(n), "T", "A", "100.000000000", 100 + n, n, "ACME") for n in NUMBERS]
    return table(folder / "trades.csv", [header, *rows])


def databento_tbbo(folder: Path) -> Path:
    header = ("ts_recv", "ts_event", "action", "side", "price", "size", "sequence")
    book = ("bid_px_00", "ask_px_00", "bid_sz_00", "ask_sz_00")
    best = (100_000_000_000, 100_010_000_000, 300, 200)
    rows = [(at(n), at(n) - 5, "T", "A", 100_000_000_000, 100 + n, n, *best) for n in NUMBERS]
    return table(folder / "tbbo.csv", [(*header, *book), *rows])


def alpaca_table(folder: Path) -> Path:
    header = ("symbol", "timestamp", "exchange", "price", "size", "id", "conditions", "tape")
    rows = [("ACME", iso(n), "V", "100.00", f"{100 + n}.0", n, "['@']", "A") for n in NUMBERS]
    return table(folder / "trades.csv", [header, *rows])


def alpaca_answer(folder: Path) -> Path:
    rows = [
        {"t": iso(n), "x": "V", "p": 100.0, "s": 100, "c": ["@"], "i": n, "z": "A"} for n in NUMBERS
    ]
    return json_lines(folder / "trades.json", [{"trades": {"ACME": rows}, "next_page_token": None}])


def taq_trades(folder: Path) -> Path:
    header = ("Time", "Exchange", "Symbol", "Sale Condition", "Trade Volume", "Trade Price")
    rows = [(clock(n), "P", "ACME", "@ F ", 100 + n, "100.00") for n in NUMBERS]
    return table(folder / "EQY_US_ALL_TRADE_20131008.csv", [header, *rows], "|")


def rest_answer(folder: Path) -> Path:
    rows: list[dict[str, Any]] = [
        {
            "conditions": [14, 37],
            "exchange": 4,
            "id": str(n),
            "participant_timestamp": at(n) - 5,
            "price": 100.0,
            "sequence_number": n,
            "sip_timestamp": at(n),
            "size": 100 + n,
        }
        for n in NUMBERS
    ]
    return json_lines(folder / "trades.json", [{"status": "OK", "results": rows}])


def rest_parquet(folder: Path) -> Path:
    return parquet(
        folder / "trades.parquet",
        {
            "conditions": ([[14, 37] for _ in NUMBERS], "ids"),
            "price": ([100.0 for _ in NUMBERS], "double"),
            "sip_timestamp": ([at(n) for n in NUMBERS], "int64"),
            "size": ([100 for _ in NUMBERS], "int64"),
        },
    )


def replayed(
    path: Path, folder: Path, capsys: pytest.CaptureFixture[str], *symbols: str
) -> tuple[int, str]:
    options = replace(a_day(folder), paths=(path,), symbols=symbols, accept_losses=False)
    status = run_replay(options)
    return status, capsys.readouterr().out


@pytest.mark.parametrize(
    "write",
    [
        databento_trades,
        alpaca_table,
        alpaca_answer,
        taq_trades,
        rest_answer,
        pytest.param(rest_parquet, marks=needs_pyarrow),
    ],
)
def test_trades_alone_are_read_and_missed_their_quotes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], write: Writer
) -> None:
    # Given eight trades of another maker
    path = write(tmp_path)
    # When they are replayed
    status, said = replayed(path, tmp_path, capsys, "ACME")
    # Then all are read, and the want of quotes is said first, by symbol and day
    assert status == 2
    assert said.startswith(
        "WARNING: ACME 2013-10-08: 8 trades in the session and no quotes of that"
    )
    assert "Trades: 8 read = 0 refused + 8 not judged (8 no quotes of their day)" in said


def test_prints_with_their_books_are_a_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given eight prints, each with its book, in whole numbers
    path = databento_tbbo(tmp_path)
    # When they are replayed
    status, said = replayed(path, tmp_path, capsys, "ACME")
    # Then both kinds are judged
    assert status == 0
    assert "Trades: 8 read = 0 refused + 0 not judged + 8 judged" in said
    assert "Quotes: 8 read = 0 refused + 0 not judged + 8 judged" in said
    assert "Of 8 trades no sale conditions are stated" in said


@pytest.mark.parametrize(
    "write",
    [databento_tbbo, rest_answer, pytest.param(rest_parquet, marks=needs_pyarrow)],
)
def test_a_file_without_a_symbol_asks_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], write: Writer
) -> None:
    # Given a file of one symbol, which it does not name
    path = write(tmp_path)
    # When it is replayed
    # Then the error says what to do
    with pytest.raises(ValueError, match="--symbol"):
        replayed(path, tmp_path, capsys)
