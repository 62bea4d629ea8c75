"""Diagnostics: one JSON object a line, in UTC, without secrets."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from trading_bot.logger import JsonLinesFormatter, TradingLogger
from trading_bot.order_flow.diagnostics import SecretFilter

SECRET = "pk_very_secret"


class Opaque:
    """An object with a text of its own, as foreign errors are."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def record_of(event: str = "bot.started", /, **extra: Any) -> logging.LogRecord:
    record = logging.LogRecord("trading_bot.bot", logging.INFO, "file", 1, event, None, None)
    record.created = datetime(2026, 7, 1, 15, 0, 0, 250_000, tzinfo=UTC).timestamp()
    vars(record).update(extra)
    return record


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    line = JsonLinesFormatter().format(record)
    assert "\n" not in line
    content: dict[str, Any] = json.loads(line)
    return content


def failure() -> Any:
    """Return the exception information of an error that holds the secret."""
    error = ValueError(f"refused: {SECRET}")
    return type(error), error, None


@pytest.fixture
def configured(tmp_path: Path) -> Iterator[Path]:
    """A log file that is open during the test."""
    path = tmp_path / "deep" / "bot.jsonl"
    TradingLogger.configure(path, level="INFO", secrets=[SECRET])
    yield path
    TradingLogger.unconfigure()


def lines_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_record_is_one_json_object_in_utc() -> None:
    # Given a record with flat fields of the kinds we use
    record = record_of(
        symbol="AAPL",
        price=Decimal("120.46"),
        at=datetime(2026, 7, 1, 15, 0, tzinfo=UTC),
        levels=(1, 2),
        code=None,
    )
    # When it is formatted, then everything is there, and the time is UTC
    assert line_of(record) == {
        "timestamp": "2026-07-01T15:00:00.250000Z",
        "level": "INFO",
        "logger": "trading_bot.bot",
        "event": "bot.started",
        "symbol": "AAPL",
        "price": "120.46",
        "at": "2026-07-01T15:00:00Z",
        "levels": [1, 2],
        "code": None,
    }


def test_a_field_named_like_ours_is_kept_beside_it() -> None:
    # Given a record with an event and a stamp of its own
    line = line_of(record_of(timestamp="exchange time", event="other"))
    # When it is formatted, then both stand in the line
    assert (line["event"], line["extra_event"]) == ("bot.started", "other")
    assert line["extra_timestamp"] == "exchange time"


def test_a_sentence_that_begins_with_its_event_is_kept_beside_it() -> None:
    # Given a record for a person, whose event is a field too
    line = line_of(record_of("flow.seen ACME sells much", event="flow.seen", symbol="ACME"))
    # When it is formatted, then the event is a word to search for, and the sentence is there
    assert (line["event"], line["message"]) == ("flow.seen", "ACME sells much")
    assert {"extra_event", "extra_message"}.isdisjoint(line)


def test_an_exception_is_part_of_its_line() -> None:
    # Given a record with an exception
    record = record_of()
    record.exc_info = failure()
    # When it is formatted, then its text stands in one field
    assert line_of(record)["exception"].splitlines()[-1] == f"ValueError: refused: {SECRET}"


def test_an_exception_field_without_an_exception_is_left_out() -> None:
    # Given a record made outside any exception
    record = record_of()
    record.exc_info = (None, None, None)
    # When it is formatted, then there is no such field
    assert "exception" not in line_of(record)


def test_text_that_is_no_unicode_is_written_as_python_shows_it() -> None:
    # Given half a letter, as it comes from a file name or a broken answer
    # When its record is formatted, then the line is there all the same
    assert line_of(record_of(odd="\ud800"))["odd"] == r"'\ud800'"


def test_a_logger_stands_below_the_bots_name() -> None:
    # Given names with and without the bot's
    # When loggers are asked for, then they are the same
    inner = TradingLogger.get_logger("order_flow.monitor")
    assert inner is TradingLogger.get_logger("trading_bot.order_flow.monitor")
    assert inner.name == "trading_bot.order_flow.monitor"


def test_a_library_logger_propagates_and_has_no_handler_of_its_own() -> None:
    # Given a logger of a module
    logger = TradingLogger.get_logger("order_flow.somewhere")
    # When it is looked at, then the host decides where its lines go
    own = logging.getLogger("trading_bot").handlers
    assert (logger.propagate, logger.handlers) == (True, [])
    assert [type(handler) for handler in own] == [logging.NullHandler]


def test_lines_go_to_the_configured_file(configured: Path) -> None:
    # Given an application that configured a file in a directory that was missing
    # When something above and something below the level is logged
    logger = TradingLogger.get_logger("bot")
    logger.info("bot.started", extra={"symbols": ["AAPL"]})
    logger.debug("bot.detail")
    # Then the file holds the first
    (line,) = lines_in(configured)
    assert (line["event"], line["symbols"]) == ("bot.started", ["AAPL"])


def test_a_second_configuration_replaces_the_first(configured: Path, tmp_path: Path) -> None:
    # Given a second file
    second = tmp_path / "second.jsonl"
    TradingLogger.configure(second)
    # When something is logged
    TradingLogger.get_logger("bot").info("bot.moved")
    # Then it stands in the second only
    assert not configured.exists()
    assert [line["event"] for line in lines_in(second)] == ["bot.moved"]


def test_a_full_file_is_set_aside(tmp_path: Path) -> None:
    # Given a file that may hold one line, and one backup
    path = tmp_path / "small.jsonl"
    TradingLogger.configure(path, max_bytes=150, backups=1)
    # When three lines are logged
    for number in range(3):
        TradingLogger.get_logger("bot").warning("bot.counted", extra={"number": number})
    TradingLogger.unconfigure()
    # Then the newest two are left, each whole
    kept = [
        line["number"]
        for name in ("small.jsonl.1", "small.jsonl")
        for line in lines_in(tmp_path / name)
    ]
    assert kept == [1, 2]


def test_without_a_file_lines_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    # Given an application that names no file
    TradingLogger.configure()
    # When something is logged
    TradingLogger.get_logger("bot").warning("bot.noted")
    TradingLogger.unconfigure()
    # Then it stands on standard error
    assert json.loads(capsys.readouterr().err)["event"] == "bot.noted"


def test_unconfiguring_twice_is_no_error() -> None:
    # Given nothing configured
    TradingLogger.unconfigure()
    # When it is taken back again, then nothing happens
    TradingLogger.unconfigure()
    assert logging.getLogger("trading_bot").level == logging.NOTSET


def test_a_configured_secret_is_in_no_line(configured: Path) -> None:
    # Given a module that logs the secret in every way there is
    logger = TradingLogger.get_logger("careless")
    # When its lines are written
    logger.warning("key %s", SECRET, extra={"field": f"Bearer {SECRET}"})
    logger.warning("nested", extra={"headers": {SECRET: [SECRET, (SECRET,)], "n": 1}})
    logger.warning("foreign", extra={"error": Opaque(SECRET), "fine": Opaque("fine")})
    logger.error("failed", exc_info=failure())
    # Then it is blanked, and the rest stays
    assert SECRET not in configured.read_text(encoding="utf-8")
    key, nested, foreign, failed = lines_in(configured)
    assert (key["event"], key["field"]) == ("key ***", "Bearer ***")
    assert nested["headers"] == {"***": ["***", ["***"]], "n": 1}
    assert (foreign["error"], foreign["fine"]) == ("***", "fine")
    assert failed["exception"].endswith("ValueError: refused: ***")


def test_foreign_handlers_do_not_see_a_secret_either(
    configured: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a host with handlers of its own
    # When a secret is logged
    with caplog.at_level("WARNING"):
        TradingLogger.get_logger("careless").warning("key", extra={"field": SECRET})
    # Then the host's handler has it blanked
    assert vars(caplog.records[0])["field"] == "***"


def test_a_filter_without_secrets_changes_nothing() -> None:
    # Given no secret, an empty one included
    secrets = SecretFilter()
    secrets.hide("")
    record = record_of("key %s", field=Opaque("x"))
    before = dict(vars(record))
    # When a record passes, then it is as it was
    assert secrets.filter(record)
    assert vars(record) == before


def test_a_secret_hidden_twice_is_blanked_once() -> None:
    # Given a secret that was named twice
    secrets = SecretFilter()
    secrets.hide(SECRET)
    secrets.hide(SECRET)
    # When a text with it is blanked, then one blank is left
    assert secrets.blank(f"a {SECRET} b") == "a *** b"


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_diagnostics_are_their_owners_alone_and_so_is_what_is_set_aside(tmp_path: Path) -> None:
    # Given diagnostics with a file of an earlier version, and small files
    path = tmp_path / "logs" / "diagnostics.jsonl"
    path.parent.mkdir(mode=0o755)
    path.write_bytes(b"")
    path.chmod(0o644)
    TradingLogger.configure(path=path, max_bytes=200, backups=1)
    # When more is logged than one holds
    for _ in range(3):
        TradingLogger.get_logger("x").warning("x" * 150)
    TradingLogger.unconfigure()
    # Then nobody else can read either
    assert {each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {0o600}
    assert len(list(path.parent.iterdir())) == 2
