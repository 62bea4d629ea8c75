"""Which command shows a guard in a browser, as it says itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from trading_bot.commands.live_dir import page_of


@pytest.mark.parametrize(
    ("live_dir", "log_dir", "command"),
    [
        (None, None, "trading-bot page"),
        (None, "record", "trading-bot page --log-dir record"),
        ("live", "record", "trading-bot page --live-dir live"),
        ("off", "record", ""),
    ],
)
def test_a_guard_says_how_its_page_is_had(
    live_dir: str | None, log_dir: str | None, command: str
) -> None:
    # Given a guard with folders of its own, with the usual ones, and without a live file
    given = [None if each is None else Path(each) for each in (live_dir, log_dir)]
    # When it is asked for its page, then the command leads there, if anywhere
    assert page_of(*given) == command
