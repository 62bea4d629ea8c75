"""The first files of a trader: where they lie and what they hold; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Any, Final

from trading_bot.brokers.alpaca import errors as alpaca
from trading_bot.brokers.robinhood import errors as robinhood
from trading_bot.init.answers import DATA_SOURCES, KEY_VARIABLES, Answers
from trading_bot.order_flow.config import DEFAULT_CONFIG_PATH
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.settings.schema import schema_text
from trading_bot.positions.file_position_manager import DEFAULT_POSITIONS_PATH
from trading_bot.service.unit import unit_text

SCHEMA_PATH: Final = DEFAULT_CONFIG_PATH.with_suffix(".schema.json")
UNIT_NAME: Final = "order-flow-guard"
UNIT_PATH: Final = DEFAULT_CONFIG_PATH.with_name(f"{UNIT_NAME}.service")
BROKER_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "alpaca": alpaca.KEY_VARIABLES,
    "robinhood": robinhood.LOGIN_VARIABLES,
}
"""The variables of each broker's key; TWS asks for none."""
_CHANGED_OFTEN: Final = (
    "monitoring_mode",
    "watchlist",
    "alerts_per_day",
    "minimum_order_dollars",
    "minimum_burst_dollars",
    "exit_sources",
    "requests_per_second",
    "sessions",
    "symbol_overrides",
)
"""The settings that people change; all others are a completion of the editor away."""
_COMMENT: Final = (
    "What people change. null leaves a setting to the environment, .env or its default; "
    "`trading-bot config show` prints all settings."
)
_ENV: Final = """\
# Variables of the order-flow guard. Nobody but you should read this file: it holds your key.
# Each setting may stand here as ORDER_FLOW_NAME=value; `trading-bot config show --json` lists the
# names. Real environment variables win over this file, and the settings file wins over both.

# Your key of Massive, which was Polygon.io.
MASSIVE_API_KEY={polygon}

# Or ten levels of a venue's book by Databento: ORDER_FLOW_DATA_SOURCE=databento, and its key.
ORDER_FLOW_DATA_SOURCE={source}
DATABENTO_API_KEY={databento}
"""
_BROKER_ENV: Final = """
# Your key of the broker that says what you hold; only questions are ever sent with it.
{lines}
"""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is to be written where there is none.

    Attributes:
        path: Where.
        text: What it holds.
        then: What to do once it is there.
        shown: The same without what nobody may see.
        private: It is its owner's alone.
        is_asked_for: An answer is to stand in it.
    """

    path: Path
    text: str = field(repr=False)
    then: str
    shown: str
    private: bool = False
    is_asked_for: bool = False


def first_files(home: Path, python: Path, answers: Answers, *, has_systemd: bool) -> list[NewFile]:
    """Return the files that a trader begins with.

    Args:
        home: The folder that they lie in.
        python: The interpreter that a service runs.
        answers: What the trader has said. Where it was not said what is held, there is no file of
            positions: an empty one says that nothing is.
        has_systemd: A service may be started here.
    """
    files = [_env(home, answers)]
    if answers.positions is not None:
        files.append(_positions(home, answers.positions, answers.watchlist))
    files += [_settings(home, answers), _schema(home)]
    return [*files, _unit(home, python)] if has_systemd else files


def settings_text(stated: Mapping[str, Any] | None = None) -> str:
    """Return a settings file with what people change, of which some may be stated."""
    content = {
        "$schema": f"./{SCHEMA_PATH.name}",
        "$comment": _COMMENT,
        **dict.fromkeys(_CHANGED_OFTEN),
        **(stated or {}),
    }
    return json.dumps(content, indent=2) + "\n"


def _env(home: Path, answers: Answers) -> NewFile:
    if answers.key is None:
        then = f"put your key behind {KEY_VARIABLES[answers.data_source][0]}= in it"
    else:
        then = "it holds your key, and only you can read it"
    names = BROKER_KEYS.get(answers.positions_source or "", ())
    of_broker = _BROKER_ENV.format(lines="\n".join(f"{each}=" for each in names)) if names else ""
    if names:
        then += f"; put those of your broker behind {' and '.join(names)}"
    return NewFile(
        home / ".env",
        _env_text(answers.data_source, answers.key or "") + of_broker,
        then,
        _env_text(answers.data_source, "(your key)" if answers.key else "") + of_broker,
        private=True,
        is_asked_for=answers.key is not None,
    )


def _env_text(data_source: str, key: str) -> str:
    keys = dict.fromkeys(DATA_SOURCES, "") | {data_source: key}
    # The usual one needs no word.
    source = "" if data_source == DATA_SOURCES[0] else data_source
    return _ENV.format(source=source, **keys)


def _positions(home: Path, positions: tuple[Position, ...], watchlist: tuple[str, ...]) -> NewFile:
    rows = ",\n".join(f"    {json.dumps(_row(each))}" for each in positions)
    listed = f"[\n{rows}\n  ]" if rows else "[]"
    text = f'{{\n  "positions": {listed},\n  "watchlist": {json.dumps(watchlist)}\n}}\n'
    then = "change it whenever you trade: it is read again at once"
    return NewFile(home / DEFAULT_POSITIONS_PATH, text, then, text, private=True, is_asked_for=True)


def _row(position: Position) -> dict[str, str | None]:
    price, stop = position.average_price, position.stop
    return {
        "symbol": position.symbol,
        # As text: no digit is lost, whoever reads it.
        "quantity": str(position.quantity),
        "average_price": None if price is None else str(price),
        "stop": None if stop is None else str(stop),
    }


def _settings(home: Path, answers: Answers) -> NewFile:
    said = {
        "alerts_per_day": answers.alerts_per_day,
        "positions_source": answers.positions_source,
        # There is no positions file that it could stand in.
        "watchlist": (answers.watchlist or None) if answers.positions_source else None,
    }
    stated = {name: value for name, value in said.items() if value is not None}
    text = settings_text(stated)
    then = "change what you like; `trading-bot config show` prints what holds"
    return NewFile(home / DEFAULT_CONFIG_PATH, text, then, text, is_asked_for=bool(stated))


def _schema(home: Path) -> NewFile:
    text = schema_text()
    then = "nothing to do: an editor completes and checks the settings by it"
    return NewFile(home / SCHEMA_PATH, text, then, "(what `trading-bot config schema` prints)")


def _unit(home: Path, python: Path) -> NewFile:
    text = unit_text(home, python)
    units = "~/.config/systemd/user"
    path = quote(str(home / UNIT_PATH))
    then = (
        f"to keep the guard running: mkdir -p {units} && cp {path} {units}/ && "
        f"systemctl --user daemon-reload && systemctl --user enable --now {UNIT_NAME}"
    )
    return NewFile(home / UNIT_PATH, text, then, text)
