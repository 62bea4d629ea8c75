from __future__ import annotations

from pathlib import Path

import pytest

from trading_bot.order_flow import diagnostics
from trading_bot.order_flow.providers.secrets import Secrets


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text("THE_KEY= from-the-file \nOTHER_KEY=other\n")
    return path


def test_the_environment_wins_over_the_file(env_file: Path) -> None:
    # Given one key in both, and one in the file only
    secrets = Secrets({"THE_KEY": " from-outside "}, env_file=env_file)
    # When they are asked for
    found = secrets.get("THE_KEY"), secrets.get("OTHER_KEY")
    # Then the outer one wins, without the blanks around it
    assert found == ("from-outside", "other")


@pytest.mark.parametrize("missing", [None, "no-such-file"])
def test_what_is_set_nowhere_is_empty(missing: str | None, tmp_path: Path) -> None:
    # Given no variable, and no file
    path = None if missing is None else tmp_path / missing
    # When a key is asked for, then it is empty
    assert Secrets({}, env_file=path).get("THE_KEY") == ""


def test_a_key_that_the_file_does_not_name_is_empty(env_file: Path) -> None:
    # Given a file with other keys
    # When one that it does not have is asked for, then it is empty
    assert Secrets({}, env_file=env_file).get("THIRD_KEY") == ""


def test_what_was_given_out_is_hidden_from_the_log(env_file: Path) -> None:
    # Given a key in a file
    secrets = Secrets({}, env_file=env_file)
    # When it was asked for
    key = secrets.get("THE_KEY")
    # Then no log line will show it
    assert diagnostics.SECRETS.blank(f"key={key}") == f"key={diagnostics.BLANK}"
