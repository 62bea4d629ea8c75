"""The first files hold what their readers take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trading_bot.init.answers import Answers
from trading_bot.init.files import NewFile, first_files, settings_text
from trading_bot.order_flow.config import OrderFlowConfig, resolve
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.settings.schema import schema_text
from trading_bot.positions.file_position_manager import FilePositionManager

KEY = "aKey_that-nobody.may=see0"
PYTHON = Path("/opt/guard/.venv/bin/python")
HELD = (
    Position("AAPL", 100, "187.50", 182),
    Position("BRK.B", "-0.125", "451.20"),
    Position("MSFT", 5, None),
)


def files(home: Path, answers: Answers, *, has_systemd: bool = True) -> dict[str, NewFile]:
    """Return the files by their names below a folder, and write them."""
    found = first_files(home, PYTHON, answers, has_systemd=has_systemd)
    for each in found:
        each.path.parent.mkdir(exist_ok=True)
        each.path.write_text(each.text, encoding="utf-8")
    return {each.path.relative_to(home).as_posix(): each for each in found}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    # Given answers to all that is asked
    answers = Answers(KEY, HELD, ("NVDA", "BRK.A"), 12)
    # When their files are written and read by those who read them
    files(tmp_path, answers)
    found = resolve(
        tmp_path / "config/order_flow_config.json", environ={}, env_file=tmp_path / ".env"
    )
    manager = FilePositionManager(tmp_path / "config/positions.json")
    # Then every answer is there, to the last digit, and nothing else
    assert found.config == OrderFlowConfig(polygon_api_key=KEY, alerts_per_day=12)
    assert found.conflicts == ()
    assert manager.get_active_positions() == HELD
    assert manager.get_watchlist() == ("NVDA", "BRK.A")
    assert manager.get_unreadable() == {}


def test_answers_of_nothing_leave_a_place_for_the_key_and_set_nothing(tmp_path: Path) -> None:
    # Given answers that say that nothing is held, and nothing else
    # When their files are written and read
    found = files(tmp_path, Answers(positions=()))
    config = OrderFlowConfig.load(
        tmp_path / "config/order_flow_config.json", environ={}, env_file=tmp_path / ".env"
    )
    # Then all is default, nothing is held, and the key's line is there
    assert config == OrderFlowConfig()
    assert FilePositionManager(tmp_path / "config/positions.json").get_active_positions() == ()
    assert "\nMASSIVE_API_KEY=\n" in found[".env"].text
    assert found[".env"].text.endswith("\nORDER_FLOW_DATA_SOURCE=\nDATABENTO_API_KEY=\n")
    assert found[".env"].then == "put your key behind MASSIVE_API_KEY= in it"


def test_where_it_was_not_said_what_is_held_no_file_says_that_nothing_is(tmp_path: Path) -> None:
    # Given answers without positions
    # When their files are listed
    # Then there is none of positions
    assert list(files(tmp_path, Answers())) == [
        ".env",
        "config/order_flow_config.json",
        "config/order_flow_config.schema.json",
        "config/order-flow-guard.service",
    ]


def test_without_systemd_there_is_no_unit(tmp_path: Path) -> None:
    # Given a machine without it
    # When the files are listed
    # Then there is no unit
    assert "config/order-flow-guard.service" not in files(tmp_path, Answers(), has_systemd=False)


def test_the_unit_runs_the_guard_of_that_folder(tmp_path: Path) -> None:
    # Given a folder
    # When its unit is read
    unit = files(tmp_path, Answers())["config/order-flow-guard.service"]
    # Then it starts that folder's guard, and the next step names it
    assert f'"{PYTHON}" -m trading_bot monitor' in unit.text
    assert f"TRADING_BOT_HOME={tmp_path}" in unit.text
    assert f"cp {tmp_path}/config/order-flow-guard.service ~/.config/systemd/user/" in unit.then


def test_a_folder_with_a_blank_is_one_word_of_the_next_step(tmp_path: Path) -> None:
    # Given a folder whose name holds a blank
    home = tmp_path / "my guard"
    home.mkdir()
    # When the next step of its unit is read
    unit = files(home, Answers())["config/order-flow-guard.service"]
    # Then a shell takes the path as one
    assert f"cp '{home}/config/order-flow-guard.service' ~" in unit.then


def test_what_speaks_of_money_or_keys_is_its_owners_alone(tmp_path: Path) -> None:
    # Given all files
    found = files(tmp_path, Answers(KEY, HELD))
    # When it is asked which are private, and what of them is shown
    private = {name for name, each in found.items() if each.private}
    # Then key and positions are, and the key is not shown
    assert private == {".env", "config/positions.json"}
    assert KEY in found[".env"].text
    assert not any(KEY in f"{each!r}{each.shown}{each.then}" for each in found.values())
    assert "\nMASSIVE_API_KEY=(your key)\n" in found[".env"].shown


def test_the_key_of_databento_stands_behind_its_own_name_and_chooses_it(tmp_path: Path) -> None:
    # Given the key of Databento
    found = files(tmp_path, Answers(KEY, HELD, data_source="databento"))
    # When its file is read
    config = OrderFlowConfig.from_env({}, env_file=tmp_path / ".env")
    # Then it is the provider that is watched, and the key is shown as little as another
    assert (config.data_source, config.polygon_api_key) == ("databento", "")
    assert found[".env"].text.endswith(f"\nDATABENTO_API_KEY={KEY}\n")
    assert found[".env"].shown.endswith("\nDATABENTO_API_KEY=(your key)\n")
    # And without one the place is named
    assert files(tmp_path, Answers(data_source="databento"))[".env"].then == (
        "put your key behind DATABENTO_API_KEY= in it"
    )


@pytest.mark.parametrize(
    ("answers", "asked_for"),
    [
        (Answers(), set()),
        (Answers(key=KEY), {".env"}),
        (Answers(positions=()), {"config/positions.json"}),
        (Answers(alerts_per_day=8), {"config/order_flow_config.json"}),
    ],
)
def test_a_file_that_an_answer_stands_in_is_asked_for(
    tmp_path: Path, answers: Answers, asked_for: set[str]
) -> None:
    # Given an answer
    # When it is asked which file must not be there yet
    found = files(tmp_path, answers)
    # Then it is the one that the answer goes into
    assert {name for name, each in found.items() if each.is_asked_for} == asked_for


def test_the_settings_name_their_schema_which_lies_beside_them(tmp_path: Path) -> None:
    # Given the files
    found = files(tmp_path, Answers())
    # When the settings' schema is looked for
    named = json.loads(settings_text())["$schema"]
    # Then it is there
    assert (tmp_path / "config" / named).read_text(encoding="utf-8") == schema_text()
    assert found["config/order_flow_config.json"].text == settings_text()


def test_a_place_for_robinhood_s_log_in_is_made(tmp_path: Path) -> None:
    # Given somebody whose positions are at Robinhood; when the files are written
    found = files(tmp_path, Answers(KEY, None, (), positions_source="robinhood"))
    # Then its variables have their places
    assert found[".env"].text.endswith("\nROBINHOOD_USERNAME=\nROBINHOOD_PASSWORD=\n")


def test_a_broker_that_asks_for_no_key_gets_no_place_for_one(tmp_path: Path) -> None:
    # Given somebody whose positions are at Interactive Brokers; when the files are written
    found = files(tmp_path, Answers(KEY, None, (), positions_source="ibkr"))
    # Then nothing of a broker's key is in `.env`
    assert "broker" not in found[".env"].text


def test_a_broker_that_says_what_is_held_stands_in_the_settings(tmp_path: Path) -> None:
    # Given somebody whose broker says what is held, with a symbol to watch beside it
    answers = Answers(KEY, None, ("NVDA",), positions_source="alpaca")
    # When the files are written and read
    found = files(tmp_path, answers)
    config = OrderFlowConfig.load(
        tmp_path / "config/order_flow_config.json", environ={}, env_file=tmp_path / ".env"
    )
    # Then both stand in the settings, there is no positions file, and a place for the broker's key
    assert (config.positions_source, config.watchlist) == ("alpaca", ("NVDA",))
    assert "config/positions.json" not in found
    assert found[".env"].text.endswith("\nAPCA_API_KEY_ID=\nAPCA_API_SECRET_KEY=\n")
    assert found[".env"].then.endswith("behind APCA_API_KEY_ID and APCA_API_SECRET_KEY")
