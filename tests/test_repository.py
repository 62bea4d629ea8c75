"""What the checkout promises beside its code."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from trading_bot.brokers.alpaca.errors import KEY_VARIABLES
from trading_bot.brokers.robinhood.errors import LOGIN_VARIABLES, MFA_VARIABLE
from trading_bot.init.files import settings_text
from trading_bot.momentum.config import MomentumConfig
from trading_bot.order_flow.config import FIELD_NAMES, FORMER_VARIABLES, VARIABLES, OrderFlowConfig
from trading_bot.order_flow.settings.names import misspelt_variables
from trading_bot.order_flow.settings.schema import schema_text
from trading_bot.order_flow.settings.sources import settings_in

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "specs").rglob("*.md")]


def test_shipped_settings_are_the_template_of_init() -> None:
    # Given the shipped settings file
    text = (ROOT / "config" / "order_flow_config.json").read_text(encoding="utf-8")
    # When it is compared with what `init` writes where nothing is stated
    # Then it is the same
    assert text == settings_text()


def test_shipped_settings_set_nothing() -> None:
    # Given the shipped settings file
    content = json.loads((ROOT / "config" / "order_flow_config.json").read_text(encoding="utf-8"))
    stated = settings_in(content)
    # When its settings are looked at
    # Then none has a value, so that a variable counts; and they are a few of all
    assert set(stated.values()) == {None}
    assert set(stated) < set(FIELD_NAMES)


def test_shipped_schema_is_that_of_the_code() -> None:
    # Given the schema that the shipped settings name
    folder = ROOT / "config"
    named = json.loads((folder / "order_flow_config.json").read_text(encoding="utf-8"))["$schema"]
    # When it is compared with the settings of the code
    # Then it is theirs; else: trading-bot config schema > config/order_flow_config.schema.json
    assert (folder / named).read_text(encoding="utf-8") == schema_text()


def test_shipped_settings_are_the_defaults() -> None:
    # Given the shipped settings file and no environment
    path = ROOT / "config" / "order_flow_config.json"
    # When it is loaded
    loaded = OrderFlowConfig.load(path, environ={}, env_file=None)
    # Then it is what the code says
    assert loaded == OrderFlowConfig()


def test_env_example_explains_every_variable() -> None:
    # Given the example of an environment file
    text = (ROOT / ".env.example").read_text()
    listed = set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))
    # When it is compared with the variables that are read
    momentum = {f"MOMENTUM_{name.upper()}" for name in MomentumConfig.__dataclass_fields__}
    # Then each is there, with nothing beside them
    read = {*VARIABLES.values(), *FORMER_VARIABLES.values(), *KEY_VARIABLES}
    read |= {*LOGIN_VARIABLES, MFA_VARIABLE}
    assert listed == read | momentum | {"TRADING_BOT_HOME", "DATABENTO_API_KEY"}


def test_env_example_sets_nothing() -> None:
    # Given the example of an environment file
    lines = (ROOT / ".env.example").read_text().splitlines()
    # When its assignments are read
    # Then each is empty, and each paragraph begins with a comment
    assert all(line.endswith("=") for line in lines if line and not line.startswith("#"))


def test_no_variable_of_the_env_example_is_taken_for_a_misspelt_one() -> None:
    # Given every variable of the example
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = re.findall(r"^([A-Z_]+)=", text, re.MULTILINE)
    # When they are looked at as `.env` is, then nothing is told
    assert (
        misspelt_variables(listed, {*VARIABLES.values(), *FORMER_VARIABLES.values()}, ".env") == ()
    )


def test_pinned_requirements_hold_every_dependency() -> None:
    # Given the pins and the declared dependencies
    pins = set(
        re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    # When their names are compared
    declared = {re.split(r"[<>=; ]", entry)[0] for entry in project["dependencies"]}
    # Then every declared one is pinned
    assert declared <= pins


def test_every_pin_names_the_files_that_may_be_installed() -> None:
    # Given the pins, each with the lines that belong to it
    text = (ROOT / "requirements.txt").read_text().replace("\\\n", "")
    pins = [line for line in text.splitlines() if line and not line.startswith("#")]
    # When their hashes are looked for
    without = [pin for pin in pins if not re.search(r" --hash=sha256:[0-9a-f]{64}(\s|$)", pin)]
    # Then none lacks them, the builder of this package included
    assert pins
    assert not without
    assert any(pin.startswith("setuptools==") for pin in pins)


def test_the_specified_folders_exist() -> None:
    # Given the specification's first task
    wanted = ["src/trading_bot/order_flow", "tests/order_flow", "logs/order_flow"]
    # When the checkout is looked at
    # Then they are there, the packages with their first file
    assert all((ROOT / folder).is_dir() for folder in wanted)
    assert all((ROOT / folder / "__init__.py").is_file() for folder in wanted[:2])


def test_every_task_is_done_and_names_a_test_that_exists() -> None:
    # Given the table of tasks
    table = (ROOT / "specs" / "028-level-2-order-flow-i" / "tasks.md").read_text()
    # When its ticks and tests are read
    ticked = re.findall(r"^\| (T\d{3}) .*\| \[x\] \|", table, re.MULTILINE)
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", table)
    # Then all forty are ticked, and each test stands where the table says
    assert ticked == [f"T{number:03}" for number in range(1, 41)]
    missing = [
        (path, test)
        for path, test in named
        if not (ROOT / path).is_file() or f"def {test}" not in (ROOT / path).read_text()
    ]
    assert missing == []


def test_every_task_names_code_that_exists() -> None:
    # Given the table of tasks
    table = (ROOT / "specs" / "028-level-2-order-flow-i" / "tasks.md").read_text()
    # When the code that it names is looked for
    named = set(re.findall(r"`(trading_bot/[\w/.]+)`", table))
    # Then it stands where the table says
    assert named
    assert {path for path in named if not (ROOT / "src" / path).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    # Given a page
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    # When its links to files are followed
    missing = [x for x in links if "://" not in x and not (page.parent / x).exists()]
    # Then each leads to a file
    assert missing == []
