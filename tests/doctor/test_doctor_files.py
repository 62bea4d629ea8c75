"""What is written down: variables, settings, key and positions."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from support.doctor_values import hold, looked_at, stands
from support.provider_stub import KEY

from trading_bot.doctor import files
from trading_bot.order_flow.config import resolve
from trading_bot.order_flow.position import Position

ONLY_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="modes say nothing there")


def write_env(home: Path, data: bytes, mode: int = 0o600) -> Path:
    path = home / ".env"
    path.write_bytes(data)
    path.chmod(mode)
    return path


def test_without_a_file_of_variables_the_environment_counts(tmp_path: Path) -> None:
    # Given no `.env`
    # When it is looked at, then that is well
    stands(files.env_file(looked_at(tmp_path)), "ok", f"no {tmp_path / '.env'}")


def test_a_private_file_of_variables_is_well_and_its_names_are_said(tmp_path: Path) -> None:
    # Given a file that its owner alone may read
    path = write_env(tmp_path, f"MASSIVE_API_KEY={KEY}\nORDER_FLOW_SESSIONS=regular\n".encode())
    # When it is looked at
    found = files.env_file(looked_at(tmp_path))
    # Then its names are said, not what they hold
    stands(found, "ok", f"{path} sets MASSIVE_API_KEY, ORDER_FLOW_SESSIONS")
    assert KEY not in found.found


def test_an_empty_file_of_variables_sets_nothing(tmp_path: Path) -> None:
    # Given an empty file
    write_env(tmp_path, b"")
    # When it is looked at, then that is said
    stands(files.env_file(looked_at(tmp_path)), "ok", "sets nothing")


@ONLY_POSIX
@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_file_that_others_can_read_is_a_warning(tmp_path: Path, mode: int) -> None:
    # Given a file that a group, or everybody, may read
    path = write_env(tmp_path, b"A=1", mode)
    # When it is looked at, then the mend closes it
    found = files.env_file(looked_at(tmp_path))
    stands(found, "warn", "other users can read it", f"chmod 600 {path}")


@pytest.mark.parametrize(
    ("encoding", "words"), [("utf-16", "is written in UTF-16"), ("latin-1", "is no text in UTF-8")]
)
def test_a_file_in_another_encoding_fails(tmp_path: Path, encoding: str, words: str) -> None:
    # Given a file that an editor has saved in another encoding
    write_env(tmp_path, "A=1\nNAME=Müller".encode(encoding))
    looked = looked_at(tmp_path)
    # When it and the settings are looked at
    found, settings = files.env_file(looked), files.settings(looked)
    # Then the mend is said once
    stands(found, "fail", words, "save it as UTF-8")
    stands(settings, "fail", "mend env_file first")


def test_a_folder_in_place_of_the_file_fails(tmp_path: Path) -> None:
    # Given a folder of that name
    (tmp_path / ".env").mkdir()
    # When it is looked at, then it fails
    stands(files.env_file(looked_at(tmp_path)), "fail", "cannot be read")


def test_settings_say_where_each_comes_from(tmp_path: Path) -> None:
    # Given settings in file, `.env`, environment and command line
    (tmp_path / "settings.json").write_text('{"alerts_per_day": 5}', encoding="utf-8")
    write_env(tmp_path, b"ORDER_FLOW_SESSIONS=extended")
    looked = looked_at(tmp_path, "http://127.0.0.1:1")
    every = len(resolve(tmp_path / "none", environ={}, env_file=None).origins)
    # When they are looked at, then each is named with its origin
    stands(
        files.settings(looked),
        "ok",
        "the command line: base_url",
        f"{tmp_path / 'settings.json'}: alerts_per_day",
        "environment: polygon_api_key",
        ".env: sessions",
        f"{every - 4} defaults",
    )


def test_settings_without_a_file_are_well(tmp_path: Path) -> None:
    # Given no settings file
    # When they are looked at, then that is said
    stands(files.settings(looked_at(tmp_path)), "ok", f"no {tmp_path / 'settings.json'}")


def test_a_settings_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    # Given one that was named, and is missing
    looked = looked_at(tmp_path, config_is_given=True)
    # When it is looked at, then it fails
    stands(files.settings(looked), "fail", f"there is no {tmp_path / 'settings.json'}", "--config")


def test_a_bad_setting_fails_in_the_words_of_the_settings(tmp_path: Path) -> None:
    # Given a setting out of its bounds
    (tmp_path / "settings.json").write_text('{"alerts_per_day": 99}', encoding="utf-8")
    # When it is looked at, then it is named
    stands(
        files.settings(looked_at(tmp_path)), "fail", "alerts_per_day=99", "must be a whole number"
    )


def test_settings_that_cannot_be_read_fail(tmp_path: Path) -> None:
    # Given a folder in the file's place
    (tmp_path / "settings.json").mkdir()
    # When it is looked at, then it fails
    stands(files.settings(looked_at(tmp_path)), "fail", "cannot be read")


def test_a_setting_in_two_places_is_a_warning(tmp_path: Path) -> None:
    # Given one that file and environment set differently
    (tmp_path / "settings.json").write_text('{"alerts_per_day": 5}', encoding="utf-8")
    environ = {"MASSIVE_API_KEY": KEY, "ORDER_FLOW_ALERTS_PER_DAY": "6"}
    # When it is looked at, then it is named
    stands(
        files.settings(looked_at(tmp_path, environ=environ)),
        "warn",
        "alerts_per_day is set differently",
        "set each in one place",
    )


def test_a_key_is_well_and_not_shown(tmp_path: Path) -> None:
    # Given a key
    found = files.key(looked_at(tmp_path))
    # When it is looked at, then it is not shown
    stands(found, "ok", "set (environment)")
    assert KEY not in found.found


def test_a_missing_key_fails_and_the_watch_may_begin_without(tmp_path: Path) -> None:
    # Given no key
    looked = looked_at(tmp_path, environ={})
    # When it is looked at as the doctor does, and before a watch
    # Then it is the market's choice that decides there
    stands(files.key(looked), "fail", "no key is set", f"{tmp_path / '.env'}", "--simulated")
    stands(files.key_form(looked), "ok", "none is set")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "`monitor` only demonstrates itself, on a SIMULATED market"),
        ({"watch": ("AAPL",)}, "`monitor` refuses"),
        ({"base_url": "http://127.0.0.1:9"}, "`monitor` asks http://127.0.0.1:9 without one"),
    ],
    ids=["bare", "a wish", "a host"],
)
def test_without_a_key_it_is_said_what_monitor_would_do(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    # Given no key
    looked = looked_at(tmp_path, **({"environ": {}} | changes))
    # When it is looked at, then it is said what comes of it
    stands(files.key(looked), "fail", words)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ('"pk_in_quotes_12345"', "quotation marks"),
        ("'pk_in_quotes_12345'", "quotation marks"),
        ("MASSIVE_API_KEY=pk_12345", "begins with its own name"),
        ("key = pk_12345", "begins with its own name"),
        ("pk_in two_parts_12345", "holds a blank"),
        ("pk_in_“curly”_quotes", "holds a blank or a character"),
    ],
)
def test_a_key_that_can_be_none_fails_and_is_not_shown(
    tmp_path: Path, key: str, words: str
) -> None:
    # Given a key that was copied with something around it, or in it
    looked = looked_at(tmp_path, environ={"MASSIVE_API_KEY": key})
    # When it is looked at
    found = files.key(looked)
    # Then it is said what is wrong, and nothing of it
    stands(found, "fail", words, "copy it again")
    assert "12345" not in found.found + found.mend


@pytest.mark.parametrize("key", ["cGtfMTIzNDU2Nzg5MA==", "Zq8v/Kp3R+tY6uWx1Lm=N0bHs4Td"])
def test_a_key_may_hold_signs_of_equality(tmp_path: Path, key: str) -> None:
    # Given a key that a provider has written so
    looked = looked_at(tmp_path, environ={"MASSIVE_API_KEY": key})
    # When it is looked at, then nothing is wrong with it
    stands(files.key(looked), "ok", "set (environment)")


def test_a_key_is_not_looked_at_where_the_settings_cannot_be_read(tmp_path: Path) -> None:
    # Given settings that cannot be read
    (tmp_path / "settings.json").write_text("{", encoding="utf-8")
    # When the key is looked at, then the mend is that of the settings
    stands(files.key(looked_at(tmp_path)), "fail", "mend settings first")


@pytest.mark.parametrize(
    "changes", [{"simulated": True}, {"environ": {"ORDER_FLOW_DATA_SOURCE": "other"}}]
)
def test_a_market_with_a_key_of_its_own_needs_none(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    # Given the simulated market, or another provider
    looked = looked_at(tmp_path, None, **({"environ": {}} | changes))
    # When the key is looked at, then none is needed
    stands(files.key(looked), "ok", "none is needed")


def test_positions_are_counted(tmp_path: Path) -> None:
    # Given one position and two symbols that are watched, one of them by the settings
    hold(tmp_path, "AAPL", watchlist=("MSFT",))
    settings = {"monitoring_mode": "watchlist", "watchlist": ["TSLA"]}
    (tmp_path / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    looked = looked_at(tmp_path)
    # When they are looked at
    # Then they are counted, and all are known to be asked for
    stands(files.positions(looked), "ok", "positions.json: 1 position, 2 only watched")
    assert looked.holdings.symbols == ("AAPL", "MSFT", "TSLA")


def test_no_position_is_well(tmp_path: Path) -> None:
    # Given a file that names none
    hold(tmp_path)
    # When it is looked at, then it is well
    stands(files.positions(looked_at(tmp_path)), "ok", "positions.json: 0 positions")


@pytest.mark.parametrize(("named", "state"), [(False, "warn"), (True, "fail")])
def test_a_missing_positions_file_is_worse_where_it_was_named(
    tmp_path: Path, named: bool, state: str
) -> None:
    # Given no file
    looked = looked_at(tmp_path, positions_is_given=named)
    # When it is looked at, then the mend names an example
    stands(
        files.positions(looked),
        state,
        f"no positions file at {tmp_path / 'positions.json'}",
        "positions.example.json",
        "--no-positions",
    )


def test_each_bad_row_is_named_with_what_was_meant(tmp_path: Path) -> None:
    # Given rows that name no ticker, and one without a quantity
    path = hold(tmp_path, "aapl", "BRK/B", "MSFT", watchlist=("tsla",))
    content = json.loads(path.read_text(encoding="utf-8"))
    content["positions"].append({"symbol": "IBM", "average_price": 1})
    path.write_text(json.dumps(content), encoding="utf-8")
    # When they are looked at, then each is named
    stands(
        files.positions(looked_at(tmp_path)),
        "fail",
        "position 1: symbol='aapl'",
        "position 2: symbol='BRK/B'",
        "did you mean 'BRK.B'?",
        'position 4: IBM lacks "quantity"',
        "watchlist entry 'tsla'",
        "did you mean 'TSLA'?",
        "write each row as is said of it",
    )
    assert looked_at(tmp_path).holdings.misspelled == ("aapl", "BRK/B", "tsla")


def test_a_mark_of_utf_8_is_no_trouble(tmp_path: Path) -> None:
    # Given files that an editor has begun with that mark
    mark = b"\xef\xbb\xbf"
    write_env(tmp_path, mark + f"MASSIVE_API_KEY={KEY}".encode())
    path = hold(tmp_path, "AAPL", "brk-b")
    path.write_bytes(mark + path.read_bytes())
    looked = looked_at(tmp_path, environ={})
    # When they are looked at, then they are read as without it
    stands(files.key(looked), "ok", "set (.env)")
    assert looked.holdings.misspelled == ("brk-b",)


@pytest.mark.parametrize("text", ["{", "[]", '{"positions": 7}'])
def test_a_file_that_holds_no_positions_fails(tmp_path: Path, text: str) -> None:
    # Given a file of another shape
    (tmp_path / "positions.json").write_text(text, encoding="utf-8")
    # When it is looked at, then it is named
    stands(files.positions(looked_at(tmp_path)), "fail", "positions.json")


def test_positions_that_cannot_be_read_fail(tmp_path: Path) -> None:
    # Given a folder in the file's place
    (tmp_path / "positions.json").mkdir()
    # When it is looked at, then it fails
    stands(files.positions(looked_at(tmp_path)), "fail", "cannot be read")


def test_a_row_that_cannot_be_decoded_costs_the_hints_alone(tmp_path: Path) -> None:
    # Given a row that no decoder takes as a whole
    text = '{"positions": [{"symbol": "A", "quantity": 1e9999999999999999999, "average_price": 1}]}'
    (tmp_path / "positions.json").write_text(text, encoding="utf-8")
    # When it is looked at, then it is named
    stands(files.positions(looked_at(tmp_path)), "fail", "position 1: ", "write each row")


def test_what_is_no_text_has_no_hint(tmp_path: Path) -> None:
    # Given rows and entries whose symbols are no text
    content = {"positions": [7, {"symbol": 7}], "watchlist": [7]}
    (tmp_path / "positions.json").write_text(json.dumps(content), encoding="utf-8")
    # When they are looked at, then no hint is given
    found = files.positions(looked_at(tmp_path))
    assert found.mend == "write each row as is said of it"


def test_a_run_that_holds_nothing_reads_no_file(tmp_path: Path) -> None:
    # Given the word that nothing is held
    looked = looked_at(tmp_path, no_positions=True)
    # When positions are looked at, then the file is not missed
    stands(files.positions(looked), "ok", "--no-positions")
    assert looked.holdings.symbols == ()


def test_the_simulated_market_has_its_own_positions(tmp_path: Path) -> None:
    # Given the simulated market
    # When positions are looked at, then they are its own
    stands(
        files.positions(looked_at(tmp_path, simulated=True)),
        "ok",
        "the simulated market: 5 positions",
    )


def test_symbols_that_the_simulated_market_does_not_have_are_named(tmp_path: Path) -> None:
    # Given one that is held, one that is watched, and one of the settings
    path = hold(tmp_path, "ACME", "AAPL")
    (tmp_path / "settings.json").write_text('{"watchlist": ["NVDA"]}', encoding="utf-8")
    looked = looked_at(
        tmp_path, simulated=True, positions_is_given=True, config_is_given=True, watch=("MSFT",)
    )
    # When they are looked at, then they are named, and those of file and settings are asked for
    not_there = "AAPL is not on this market; MSFT is not on this market"
    stands(files.positions(looked), "fail", f"{path}: {not_there}", "has ACME, BOLT, CLIF, DOVE")
    assert looked.holdings.symbols == ("ACME", "AAPL", "NVDA")


def test_what_is_stated_takes_the_place_of_a_file(tmp_path: Path) -> None:
    # Given a position and symbols of the command line, and a file
    hold(tmp_path, "MSFT")
    stated = Position("AAPL", 100, "187.50")
    looked = looked_at(tmp_path, positions=(stated,), watch=("AAPL", "BRK.B"))
    # When they are looked at, then the file is not read
    stands(files.positions(looked), "ok", "--position: 1 position, 1 only watched")
    assert looked.holdings.symbols == ("AAPL", "BRK.B")


def test_symbols_that_are_only_watched_need_no_file(tmp_path: Path) -> None:
    # Given symbols of the command line alone
    looked = looked_at(tmp_path, watch=("AAPL", "MSFT"))
    # When they are looked at, then no file is missed
    no_file = f"no {tmp_path / 'positions.json'}: 0 positions, 2 only watched"
    stands(files.positions(looked), "ok", no_file)


@pytest.mark.parametrize(
    ("mode", "symbols"),
    [({}, ("AAPL", "TSLA")), ({"monitoring_mode": "positions_only"}, ("AAPL",))],
    ids=["not stated", "positions only"],
)
def test_the_watchlist_of_the_settings_is_watched_as_by_monitor(
    tmp_path: Path, mode: dict[str, str], symbols: tuple[str, ...]
) -> None:
    # Given a watchlist in the settings
    hold(tmp_path, "AAPL")
    settings = {"watchlist": ["TSLA"], **mode}
    (tmp_path / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    # When it is looked at, then it is watched unless they state that positions only are
    assert looked_at(tmp_path).holdings.symbols == symbols


def test_positions_are_looked_at_though_the_settings_cannot_be_read(tmp_path: Path) -> None:
    # Given settings that cannot be read
    hold(tmp_path, "AAPL")
    (tmp_path / "settings.json").write_text("{", encoding="utf-8")
    # When positions are looked at, then they are counted
    stands(files.positions(looked_at(tmp_path)), "ok", "1 position, 0 only watched")
