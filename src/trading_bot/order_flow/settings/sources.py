"""Reads the settings from where a trader writes them, and keeps where each value came from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..config_bounds import (
    BOUNDS,
    INTEGERS,
    SWITCHES,
    SettingError,
    check_number,
    what_is_allowed,
)
from ..outside.door import decode_file
from ..outside.env_file import env_values
from .addresses import split_addresses
from .names import misspelt_variables, refuse_unknown_settings, refuse_unknown_variables

Origin = Literal["argument", "file", "environment", ".env", "default"]

DEFAULT_ENV_FILE = Path(".env")
NO_SETTINGS = ("$schema", "$comment")
"""What a settings file may hold beside settings: for the editor, and for its reader."""
_LONGEST_SHOWN = 60
SECRET_SETTINGS = ("polygon_api_key", "notify_urls", "heartbeat_url")
"""Settings whose values are shown nowhere, and written into no record."""
_VARIABLES_BY_NAME: Mapping[str, str] = {
    "polygon_api_key": "MASSIVE_API_KEY",
    "large_order_size_threshold": "ORDER_FLOW_LARGE_ORDER_SIZE",
}
"""Field name to a variable that is not called after it."""
FORMER_VARIABLES: Mapping[str, str] = {"polygon_api_key": "POLYGON_API_KEY"}
"""Field name to the variable's former name, which counts where the present one is not set."""
SWITCH_WORDS: Mapping[bool, tuple[str, ...]] = {
    True: ("1", "true", "yes", "on"),
    False: ("0", "false", "no", "off"),
}
"""What a variable says of a setting that is on or off."""
KEY_NAMES = " or ".join(each["polygon_api_key"] for each in (_VARIABLES_BY_NAME, FORMER_VARIABLES))
"""What to check, in words, when a key is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the sources say.

    Attributes:
        values: Field name to value; what nobody states is not in it.
        origins: Field name to where its value comes from.
        conflicts: One sentence for each field that two sources set differently, and for each name
            in `.env` that is nearly a variable's.
        places: Field name to where its value stands: a file, a variable and where that is set.
    """

    values: Mapping[str, Any]
    origins: Mapping[str, Origin]
    conflicts: tuple[str, ...]
    places: Mapping[str, str]

    def with_place(self, error: SettingError) -> SettingError:
        """Return the refusal of a value, with where it and what it depends on stand."""
        where = dict.fromkeys(self.places[each] for each in error.names if each in self.places)
        return SettingError(f"{' and '.join(where)}: {error}", *error.names)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a variable says, where that stands, and whether its other name says otherwise."""

    value: Any
    origin: Origin
    variable: str
    where: str
    conflict: str | None = None

    @property
    def place(self) -> str:
        return f"{self.variable} ({self.where})"


def variables_of(names: Iterable[str]) -> dict[str, str]:
    """Return the variable of each setting that has one."""
    return {
        name: _VARIABLES_BY_NAME.get(name, f"ORDER_FLOW_{name.upper()}")
        for name in names
        if name != "symbol_overrides"
    }


def gather(
    names: Sequence[str],
    explicit: Mapping[str, Any],
    path: Path | str | None,
    *,
    environ: Mapping[str, str] | None,
    env_file: Path | str | None,
) -> Gathered:
    """Take each setting from: explicit argument, file, environment or `.env`.

    Args:
        names: Of all settings.
        explicit: Values that win over everything; None means "not given".
        path: The settings file, or None for none; a missing one sets nothing.
        environ: Variables to read; the process environment when None. They win over `.env`.
        env_file: A file of variables, or None for none; a missing one is no error.

    Raises:
        ValueError: A name is unknown, or a value cannot be read.
    """
    given = {name: value for name, value in explicit.items() if value is not None}
    refuse_unknown_settings(given, names, "argument")
    in_file = {} if path is None else _from_file(Path(path), names)
    in_env, misspelt = _from_variables(variables_of(names), environ, env_file)
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    places: dict[str, str] = {}
    conflicts = []
    for name in names:
        if name in given:
            values[name], origins[name], places[name] = given[name], "argument", "argument"
        elif name in in_file:
            values[name], origins[name], places[name] = in_file[name], "file", str(path)
        elif name in in_env:
            found = in_env[name]
            values[name], origins[name], places[name] = found.value, found.origin, found.place
            if found.conflict is not None:
                conflicts.append(found.conflict)
        else:
            origins[name] = "default"
        if name in in_file and name in in_env and _plain(in_file[name]) != in_env[name].value:
            conflicts.append(_conflict(name, origins[name], str(path), in_env[name]))
    return Gathered(values, origins, (*conflicts, *misspelt), places)


def _from_file(path: Path, names: Sequence[str]) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return {}
    content = decode_file(path, raw)
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold one JSON object, not {type(content).__name__}")
    stated = settings_in(content)
    refuse_unknown_settings(stated, names, str(path))
    return {name: value for name, value in stated.items() if value is not None}


def settings_in(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a settings file without what it says to editors and readers alone."""
    return {name: value for name, value in content.items() if name not in NO_SETTINGS}


def _from_variables(
    variables: Mapping[str, str],
    environ: Mapping[str, str] | None,
    env_file: Path | str | None,
) -> tuple[dict[str, _Found], tuple[str, ...]]:
    outer = os.environ if environ is None else environ
    inner = env_values(env_file)
    read = (*variables.values(), *FORMER_VARIABLES.values())
    sources: tuple[tuple[Mapping[str, str | None], Origin, str], ...] = (
        (outer, "environment", "environment"),
        (inner, ".env", str(env_file)),
    )
    for source, _, where in sources:
        refuse_unknown_variables(source, variables, read, where)
    found: dict[str, _Found] = {}
    for name, variable in variables.items():
        texts = [
            _Found(text, origin, each, where)
            for source, origin, where in sources
            for each in (variable, FORMER_VARIABLES.get(name, ""))
            if (text := (source.get(each) or "").strip())
        ]
        if texts:
            first = texts[0]
            value = _parse(name, first.place, first.value)
            found[name] = replace(first, value=value, conflict=_two_names(first, texts))
    return found, misspelt_variables(inner, read, str(env_file))


def _two_names(first: _Found, texts: Sequence[_Found]) -> str | None:
    for other in texts:
        if other.variable != first.variable and other.value != first.value:
            one, two = (f"{each.variable} ({each.origin})" for each in (first, other))
            return f"{one} and {two} hold different values; {first.variable} wins"
    return None


def _parse(name: str, place: str, text: str) -> Any:
    if name in ("watchlist", "exit_sources", "own_scale_sources"):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if name == "notify_urls":
        return split_addresses(text)
    if name in SWITCHES:
        return _parse_switch(name, place, text)
    if name not in BOUNDS:
        return text
    try:
        value = int(text) if name in INTEGERS else float(text)
        check_number(name, value)
    except ValueError as error:
        shown = repr(text[:_LONGEST_SHOWN])
        allowed = what_is_allowed(name)
        raise SettingError(f"{place}: {name}={shown} must be {allowed}", name) from error
    return value


def _parse_switch(name: str, place: str, text: str) -> bool:
    for value, words in SWITCH_WORDS.items():
        if text.lower() in words:
            return value
    allowed = " or ".join(", ".join(words) for words in SWITCH_WORDS.values())
    raise SettingError(f"{place}: {name}={text!r} must be {allowed}", name)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _conflict(name: str, winner: Origin, path: str, loser: _Found) -> str:
    by = f"{loser.variable} ({loser.origin})"
    kept = "an explicit argument" if winner == "argument" else str(path)
    return f"{name} is set differently in {path} and by {by}; {kept} wins"
