"""Every command, given a bad file: one line that names it, status 2, and never a traceback."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from trading_bot.cli import app as cli

INPUTS = Path(__file__).parents[1] / "golden" / "inputs"
RECORDING = INPUTS / "recording" / "2026-03-10.jsonl.gz"
FLAT = INPUTS / "flat" / "trades_2024-05-14.csv.gz"
LOBSTER = "DOVE_2013-09-17_34200000_57600000_{}_3.csv"
ALERT = "0123456789abcdef"

BAD_JSON: Mapping[str, bytes] = {
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
    "a little too deep": b'{"data_source":' + b"[" * 70 + b"]" * 70 + b"}",
    "invalid UTF-8": b'{"a": "\xff"}',
    "NUL": b'{"a": "\x00"}',
    "nothing": b"",
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "cut off": b'{"a":',
    "UTF-16": b"\xff\xfe{\x00}\x00",
    "half a surrogate": b'{"a": "\\ud800"}',
    "a number beyond all bounds": b'{"alert_window_seconds": 9e999}',
    "a number of thousands of digits": b'{"alert_window_seconds": ' + b"9" * 5_000 + b"}",
}


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("ORDER_FLOW_", "POLYGON_", "MASSIVE_", "MOMENTUM_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TRADING_BOT_HOME", str(tmp_path))
    (tmp_path / "config").mkdir()
    return tmp_path


class Said:
    """What a command said, and how it ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.lines = err.splitlines()


Call = Callable[..., Said]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["trading-bot", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Said(int(ended.value.code or 0), *capsys.readouterr())

    return run


def refused(said: Said, *named: object) -> None:
    """Check that a command ended with one line that names what is wrong."""
    assert said.status == 2
    assert said.out == ""
    (line,) = said.lines
    assert line.startswith("trading-bot: ")
    assert len(line) < 1_100
    for each in named:
        assert str(each) in line


COMMANDS: Mapping[str, tuple[object, ...]] = {
    "monitor": ("monitor", "--simulated", "--duration", "0.1"),
    "health": ("health", "--simulated", "--timeout", "1"),
    "replay": ("replay", RECORDING),
    "score": ("score", RECORDING),
    "calibrate": ("calibrate", RECORDING),
    "explain": ("explain", ALERT, RECORDING),
    "config show": ("config", "show"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", BAD_JSON)
def test_bad_settings(own_home: Path, call: Call, command: str, kind: str) -> None:
    # Given a settings file that is none
    path = own_home / "own.json"
    path.write_bytes(BAD_JSON[kind])
    # When a command reads it, then one line names it
    refused(call(*COMMANDS[command], "--config", path), path)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_in_place_of_settings(own_home: Path, call: Call, command: str) -> None:
    # Given a folder
    # When a command takes it for its settings, then one line names it
    refused(call(*COMMANDS[command], "--config", own_home), own_home)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b'A=1\nB="\xff"\n', ".env is no text in UTF-8 at line 2"),
        (b"ORDER_FLOW_ALERT_WINDOW_SECONDS=" + b"9" * 5_000, "alert_window_seconds='99"),
        (b"\xff\xfeA\x00=\x001\x00", ".env is written in UTF-16, not in UTF-8; save it as UTF-8"),
        (b"ORDER_FLOW_ALERT_PER_DAY=5", "did you mean 'ORDER_FLOW_ALERTS_PER_DAY'?"),
        (b"ORDER_FLOW_BASE_URL=a\x00b", "base_url="),
        (b"ORDER_FLOW_WATCHLIST=" + b"[" * 10_000, "watchlist="),
    ],
    ids=["no text", "thousands of digits", "UTF-16", "unknown", "NUL", "a long word"],
)
def test_bad_variables(
    own_home: Path, call: Call, command: str, content: bytes, named: str
) -> None:
    # Given a file of variables with something wrong in it
    (own_home / ".env").write_bytes(content)
    # When a command reads it, then one line names it
    refused(call(*COMMANDS[command]), named)


@pytest.mark.parametrize("command", ["monitor", "health"])
def test_a_news_setting_of_thousands_of_digits(own_home: Path, call: Call, command: str) -> None:
    # Given such a variable, and a key
    (own_home / ".env").write_bytes(b"MASSIVE_API_KEY=k\nMOMENTUM_MAX_HEADLINES=" + b"9" * 5_000)
    # When a command reads it
    said = call(command, "--base-url", "http://127.0.0.1:9", "--no-positions")
    # Then its last line names it
    assert said.status == 2
    assert said.lines[-1].startswith("trading-bot: MOMENTUM_MAX_HEADLINES='99")


WITH_POSITIONS: Mapping[str, tuple[object, ...]] = {
    "monitor": ("monitor", "--base-url", "http://127.0.0.1:9", "--duration", "0.1"),
    "health": ("health", "--base-url", "http://127.0.0.1:9", "--timeout", "1"),
    "replay": ("replay", FLAT),
    "explain": ("explain", ALERT, FLAT),
}


@pytest.mark.parametrize("command", WITH_POSITIONS)
@pytest.mark.parametrize("kind", BAD_JSON)
def test_bad_positions(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, call: Call, command: str, kind: str
) -> None:
    # Given a positions file that is none, and a key
    monkeypatch.setenv("MASSIVE_API_KEY", "k")
    path = own_home / "own.json"
    path.write_bytes(BAD_JSON[kind])
    # When a command reads it, then one line names it
    refused(call(*WITH_POSITIONS[command], "--positions", path), path)


@pytest.mark.parametrize("command", ["replay", "explain"])
@pytest.mark.parametrize(
    "row",
    [
        b'{"symbol":"A","quantity":9e999,"average_price":1}',
        b'{"symbol":"A","quantity":' + b"9" * 5_000 + b',"average_price":1}',
        b'{"symbol":"A","quantity":1,"average_price":1e99999999999999999999}',
        b'{"symbol":"A","quantity":1,"average_price":1,"opened_at":"0001-01-01T00:00:00+14:00"}',
        b'{"symbol":"A","quantity":1,"average_price":1,"opened_at":"9999-12-31T23:59:59-14:00"}',
        b"[" * 70 + b"]" * 70,
        b"7",
    ],
    ids=["bounds", "digits", "exponent", "first day", "last day", "deep", "number"],
)
def test_a_bad_position(own_home: Path, call: Call, command: str, row: bytes) -> None:
    # Given a position that cannot be
    path = own_home / "own.json"
    path.write_bytes(b'{"positions": [' + row + b"]}")
    # When a day is judged for it, then one line names it
    refused(call(*WITH_POSITIONS[command], "--positions", path), path, "position 1")


def lines() -> list[bytes]:
    return gzip.decompress(RECORDING.read_bytes()).split(b"\n")


def without(name: str) -> bytes:
    first = json.loads(lines()[0])
    del first[name]
    return b"\n".join((json.dumps(first).encode(), *lines()[1:]))


def with_members(names: str, value: bytes) -> bytes:
    """Return the recording with members of every line but the first replaced."""
    found = re.compile(rb'"(%s)":-?\d+' % names.encode())
    changed = [found.sub(rb'"\1":' + value, line) for line in lines()[1:]]
    return b"\n".join((lines()[0], *changed))


def first_line(was: bytes, becomes: bytes) -> bytes:
    return b"\n".join((lines()[0].replace(was, becomes, 1), *lines()[1:]))


BAD_RECORDINGS: Mapping[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "nothing, packed": lambda: gzip.compress(b""),
    "deep": lambda: b'{"kind":' + b"[" * 100_000,
    "digits": lambda: b'{"at_ns":' + b"9" * 5_000 + b"}",
    "no text": lambda: b'{"kind":"\xff"}',
    "NUL": lambda: b"{\x00}",
    "cut off": lambda: RECORDING.read_bytes()[:20],
    "a line without an end": lambda: gzip.compress(b'{"a":"' + b"x" * (17 << 20)),
    "no kind": lambda: without("kind"),
    "no schema": lambda: without("schema"),
    "no time": lambda: without("at_ns"),
    "no settings": lambda: without("config"),
    "unknown settings": lambda: first_line(b'"config":{', b'"config":{"x":1,'),
    "stamps beyond all": lambda: with_members("at_ns|sip_ns|now_ns|from_ns", b"9" * 25),
    "negative": lambda: with_members("price_ticks|bid_ticks|ask_ticks|size", b"-5"),
    "too large": lambda: with_members("price_ticks|bid_ticks|ask_ticks|size", b"9" * 19),
}


@pytest.mark.parametrize("command", ["replay", "score", "explain"])
@pytest.mark.parametrize("kind", BAD_RECORDINGS)
def test_a_bad_recording(own_home: Path, call: Call, command: str, kind: str) -> None:
    # Given a recording that is damaged
    path = own_home / "day.jsonl"
    path.write_bytes(BAD_RECORDINGS[kind]())
    # When a command reads it, then one line names it
    refused(call(*COMMANDS[command][:-1], path), path)


def test_a_line_that_cannot_be_played_is_named(own_home: Path, call: Call) -> None:
    # Given a recording whose third line is of a symbol that nobody watches
    path = own_home / "day.jsonl"
    skipped = b'{"kind":"skipped","symbol":"ZZZ","seconds":1}'
    path.write_bytes(b"\n".join((*lines()[:2], skipped)))
    # When it is played, then file and line are named
    refused(call("replay", path), f"{path}, line 3 cannot be played (KeyError: 'ZZZ')")


def archive(**changes: bytes) -> bytes:
    """Return a day of the two files, zipped."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for kind in ("message", "orderbook"):
            name = LOBSTER.format(kind)
            whole = gzip.decompress((INPUTS / "lobster" / f"{name}.gz").read_bytes())
            opened.writestr(name, changes.get(kind, whole))
    return packed.getvalue()


def marked(local: int, central: int, value: int) -> bytes:
    """Return an archive with a byte of every entry's headers replaced."""
    data = bytearray(archive())
    for mark, offset in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        for found in re.finditer(re.escape(mark), bytes(data)):
            data[found.start() + offset] = value
    return bytes(data)


def flipped() -> bytes:
    data = bytearray(archive())
    data[len(data) // 3] ^= 0xFF
    return bytes(data)


BAD_ARCHIVES: Mapping[str, Callable[[], bytes]] = {
    "cut off": lambda: archive()[:5_000],
    "a bit flipped": flipped,
    "encrypted": lambda: marked(6, 8, 1),
    "packed in an unknown way": lambda: marked(8, 10, 99),
    "no list of its entries": lambda: archive().replace(b"PK\x01\x02", b"PK\x01\x09"),
    "of another age": lambda: archive().replace(b"2013-09-17", b"9999-09-17"),
    "of no day": lambda: archive().replace(b"2013-09-17", b"2013-99-17"),
}


@pytest.mark.parametrize("command", ["sides", "replay", "score", "calibrate", "explain"])
@pytest.mark.parametrize("kind", BAD_ARCHIVES)
def test_a_bad_archive(own_home: Path, call: Call, command: str, kind: str) -> None:
    # Given an archive that is damaged
    path = own_home / "day.zip"
    path.write_bytes(BAD_ARCHIVES[kind]())
    # When a command reads it, then one line names it
    start = ("sides",) if command == "sides" else COMMANDS[command][:-1]
    refused(call(*start, path), path.name)


@pytest.mark.parametrize("command", ["replay", "score", "calibrate", "explain"])
@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:500], lambda data: data[:-6] + b"\x00" * 6],
    ids=["cut off", "bad checksum"],
)
def test_a_bad_day_file(
    own_home: Path, call: Call, command: str, damage: Callable[[bytes], bytes]
) -> None:
    # Given a day file that is damaged
    path = own_home / "day.csv.gz"
    path.write_bytes(damage(FLAT.read_bytes()))
    # When a command reads it, then one line names it
    refused(call(*COMMANDS[command][:-1], path), path)


@pytest.mark.parametrize(
    "line",
    [
        b'{"alert_id":"%s","a":' + b"[" * 5_000,
        b'{"alert_id":"%s","a":' + b"[" * 100 + b"]" * 100 + b"}",
        b'["alert_id":"%s"]',
        b'{"alert_id":"%s","\xff":1}',
        b'{"alert_id":"%s"}',
        b'{"alert_id":"%s","symbol":7}',
    ],
)
def test_a_bad_line_of_a_record(own_home: Path, call: Call, line: bytes) -> None:
    # Given a record whose line of an alert is damaged, or lacks its symbol
    (own_home / "2026-03-10.jsonl").write_bytes(b"{}\n" + line.replace(b"%s", ALERT.encode()))
    # When that alert is to be explained
    said = call("explain", ALERT, RECORDING, "--record", own_home)
    # Then one line says that the alert does not come out of the data, whatever is recorded of it
    assert said.status == 1
    assert [ALERT in each for each in said.lines] == [True]


@pytest.mark.parametrize("kind", [each for each in BAD_JSON if each != "nothing"])
def test_bad_days_that_were_used(own_home: Path, call: Call, kind: str) -> None:
    # Given a list of used days that is none
    path = own_home / "own.spent_days.json"
    path.write_bytes(BAD_JSON[kind])
    # When thresholds are looked for, then one line names it
    refused(call("calibrate", RECORDING, "--out", own_home / "own.json"), path)
