"""A settings file is read when it has changed, and what is wrong with it is said with its name."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from trading_bot.order_flow.config import OrderFlowConfig, resolve
from trading_bot.settings_file import SettingsFile


class Desk:
    """A folder with a settings file, how often it was read, and the environment beside it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "settings.json"
        self.environ: dict[str, str] = {}
        self.reads = 0
        self.file = SettingsFile(self.path, self.read)
        self._time = 1_800_000_000

    def read(self) -> OrderFlowConfig:
        self.reads += 1
        return resolve(self.path, environ=self.environ, env_file=None).config

    def write(self, text: str) -> None:
        """Write the file, at a time of its own."""
        self.path.write_text(text)
        self._time += 1
        os.utime(self.path, (self._time, self._time))

    def set(self, **values: Any) -> None:
        self.write(json.dumps(values))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_file_that_was_never_there_is_no_trouble(desk: Desk) -> None:
    # Given no file
    # When it is asked for, twice
    # Then nothing is new
    assert [desk.file(), desk.file(), desk.reads] == [None, None, 0]


def test_a_file_is_read_once_until_it_changes(desk: Desk) -> None:
    # Given a file
    desk.set(alerts_per_day=9)
    # When it is asked for, again while it is the same, and once it is another
    first, second = desk.file(), desk.file()
    desk.set(alerts_per_day=10)
    third = desk.file()
    # Then it is read twice
    assert (first, second) == (OrderFlowConfig(alerts_per_day=9), None)
    assert (third, desk.reads) == (OrderFlowConfig(alerts_per_day=10), 2)


def test_a_file_that_comes_to_be_is_read(desk: Desk) -> None:
    # Given no file at the start
    desk.file()
    # When it is written
    desk.set(alerts_per_day=9)
    # Then it is read
    assert desk.file() == OrderFlowConfig(alerts_per_day=9)


def test_a_file_of_another_size_is_another_at_the_same_time(desk: Desk) -> None:
    # Given a file
    desk.set(alerts_per_day=9)
    desk.file()
    stamp = desk.path.stat().st_mtime_ns
    # When it is replaced by a longer one of the same time
    desk.path.write_text('{"alerts_per_day": 10}')
    os.utime(desk.path, ns=(stamp, stamp))
    # Then it is read
    assert desk.file() == OrderFlowConfig(alerts_per_day=10)


def test_the_environment_keeps_its_place(desk: Desk) -> None:
    # Given two variables, one of which names what the file names
    desk.environ = {"ORDER_FLOW_ALERTS_PER_DAY": "5", "ORDER_FLOW_CRITICAL_MARGIN": "2"}
    # When the file is read
    desk.set(alerts_per_day=9)
    # Then the file wins over its variable, and the other one holds
    assert desk.file() == OrderFlowConfig(alerts_per_day=9, critical_margin=2.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"alerts_per_day": ', "settings.json"),
        ("", "settings.json"),
        ("[]", "must hold one JSON object"),
        ('{"alerts_per_day": 2}', "alerts_per_day=2 must be a whole number from 3 to 30"),
        ('{"alerts_per_dya": 9}', "unknown setting 'alerts_per_dya'; did you mean"),
        ('{"red_burst_threshold": 2.0}', "red_burst_threshold=2.0 must lie between"),
    ],
)
def test_a_bad_file_is_named_once_with_what_is_wrong(desk: Desk, text: str, words: str) -> None:
    # Given a good file that was read
    desk.set(alerts_per_day=9)
    desk.file()
    # When it is bad
    desk.write(text)
    # Then it is said which and why, and it is not read again while it stays so
    with pytest.raises(ValueError, match=r"settings\.json") as refused:
        desk.file()
    assert words in str(refused.value)
    assert str(refused.value).count("settings.json") == 1
    assert (desk.file(), desk.reads) == (None, 2)


def test_a_bad_variable_is_named_and_not_the_file(desk: Desk) -> None:
    # Given a file, and a variable beside it that cannot be used
    desk.set(alerts_per_day=9)
    desk.environ = {"ORDER_FLOW_CRITICAL_MARGIN": "7"}
    # When the file is read
    # Then the variable is named
    with pytest.raises(ValueError, match=r"^ORDER_FLOW_CRITICAL_MARGIN \(environment\): "):
        desk.file()


def test_a_bad_file_that_is_right_again_is_read(desk: Desk) -> None:
    # Given a half-written file
    desk.write('{"alerts_per_day": ')
    with pytest.raises(ValueError, match="settings"):
        desk.file()
    # When it is written to its end
    desk.set(alerts_per_day=9)
    # Then it is read
    assert desk.file() == OrderFlowConfig(alerts_per_day=9)


def test_a_file_that_is_gone_is_said_until_it_is_back(desk: Desk) -> None:
    # Given a file that was read
    desk.set(alerts_per_day=9)
    desk.file()
    kept = desk.path.rename(desk.path.with_suffix(".kept"))
    # When it is gone, and comes back as it was
    for _ in range(2):
        with pytest.raises(ValueError, match=r"settings\.json is gone$"):
            desk.file()
    kept.rename(desk.path)
    # Then it is read again
    assert desk.file() == OrderFlowConfig(alerts_per_day=9)


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    # Given a file that the system does not let be read
    path = tmp_path / "settings.json"
    path.write_text("{}")
    failures: list[OSError] = [PermissionError("not allowed")]

    def read() -> OrderFlowConfig:
        if failures:
            raise failures.pop()
        return OrderFlowConfig()

    file = SettingsFile(path, read)
    with pytest.raises(PermissionError):
        file()
    # When it does, and the file is the same
    # Then it is read
    assert file() == OrderFlowConfig()
