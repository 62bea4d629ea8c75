"""Symbols of which no notice is sent for a while."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from support.monitor_stubs import START

from trading_bot.notify.mutes import MuteChange, Mutes, read_wishes, silent_in, write_wishes
from trading_bot.notify.notice import notice
from trading_bot.order_flow.journal.reading import MUTES_FILE

HOUR = START + timedelta(hours=1)
EXIT = notice("exit", "ACME", "leave")


def test_a_wish_is_read_as_it_was_written_without_what_is_over(tmp_path: Path) -> None:
    # Given a wish, and one whose time is over
    folder = tmp_path / "record"
    write_wishes(folder, {"ACME": HOUR, "BOLT": START}, START)
    # When they are read
    # Then the one is there, in a file for its owner alone
    assert read_wishes(folder) == {"ACME": HOUR}
    assert silent_in(folder, START) == {"ACME": "2026-03-10T15:00:00.000000Z"}
    assert silent_in(folder, HOUR) == {}
    assert (folder / MUTES_FILE).stat().st_mode & 0o077 == 0


def test_without_a_file_nothing_is_wished(tmp_path: Path) -> None:
    # Given a folder without it
    # When it is read
    # Then nothing is muted
    assert read_wishes(tmp_path) == {}


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{",
        '{"ACME": 7}',
        '{"ACME": "soon"}',
        '{"acme": "2026-03-10T15:00:00Z"}',
        '{"ACME": "2026-03-10T15:00:00"}',
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    # Given a file that holds something else
    (tmp_path / MUTES_FILE).write_text(content, encoding="utf-8")
    # When it is read
    # Then the file is named, and health shows none
    with pytest.raises(ValueError, match=MUTES_FILE):
        read_wishes(tmp_path)
    assert silent_in(tmp_path, START) == {}


def test_a_muted_symbol_holds_its_notices_back_until_its_time() -> None:
    # Given a symbol that is muted for an hour
    mutes = Mutes()
    begun = mutes.renew({"ACME": HOUR}, START)
    assert begun == [MuteChange("ACME", HOUR)]
    assert mutes.hold_back(EXIT)
    assert not mutes.hold_back(notice("exit", "BOLT", "leave"))
    assert not mutes.hold_back(notice("failed", None, "it has failed"))
    # When it is asked just before, and at, its end
    before = mutes.renew({"ACME": HOUR}, HOUR - timedelta(microseconds=1))
    ended = mutes.renew({"ACME": HOUR}, HOUR)
    # Then it is over at its end, and says what was held back
    assert before == []
    told = notice("no longer muted", "ACME", "ACME is no longer muted; held back: 1 exit")
    assert ended == [MuteChange("ACME", None, "over", 1, told)]
    assert not mutes.hold_back(EXIT)


def test_a_wish_that_is_taken_back_ends_it() -> None:
    # Given a muted symbol of which nothing has happened
    mutes = Mutes()
    mutes.renew({"ACME": HOUR}, START)
    # When the wish is gone
    # Then it ends, and nobody need be told
    assert mutes.renew({}, START) == [MuteChange("ACME", None, "off")]
    assert dict(mutes.until) == {}


def test_a_longer_wish_goes_on_and_keeps_what_was_held_back() -> None:
    # Given a muted symbol with a notice held back
    mutes = Mutes()
    mutes.renew({"ACME": HOUR}, START)
    mutes.hold_back(EXIT)
    # When it is muted for longer, and then no more
    longer = HOUR + timedelta(hours=1)
    changed = mutes.renew({"ACME": longer}, START)
    (ended,) = mutes.renew({}, START)
    # Then the new end is noted, and the count is whole
    assert changed == [MuteChange("ACME", longer)]
    assert ended.held_back == 1


def test_a_wish_of_the_past_is_none() -> None:
    # Given a wish that was over before it was read
    # When it is obeyed
    # Then nothing changes
    assert Mutes().renew({"ACME": START}, START) == []


def test_the_file_holds_plain_json(tmp_path: Path) -> None:
    # Given a wish
    write_wishes(tmp_path, {"ACME": HOUR}, START)
    # When a person looks
    # Then it is readable
    content = json.loads((tmp_path / MUTES_FILE).read_text(encoding="utf-8"))
    assert content == {"ACME": "2026-03-10T15:00:00.000000Z"}
