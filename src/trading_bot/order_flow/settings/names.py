"""Names that are nearly those of settings or variables: what was meant; pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Final

PREFIX: Final = "ORDER_FLOW_"
"""What the variables of the settings begin with; whatever else does is mistaken for one."""
_NEARLY: Final = 0.8
"""How like a variable's name that of another program may not be: 0 to 1, as difflib counts."""


def did_you_mean(name: object, names: Iterable[str]) -> str:
    """Return the question after the nearest of some names; empty where none is near."""
    near = difflib.get_close_matches(str(name), list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def refuse_unknown_settings(found: Iterable[object], names: Iterable[str], where: str) -> None:
    """Refuse a setting that there is not.

    Raises:
        ValueError: Names it, where it stands, what may be meant, and all that there are.
    """
    known = list(names)
    for name in found:
        if name not in known:
            raise ValueError(
                f"{where}: unknown setting {name!r}{did_you_mean(name, known)} "
                f"(known: {', '.join(known)})"
            )


def refuse_unknown_variables(
    found: Iterable[str], variables: Mapping[str, str], known: Iterable[str], where: str
) -> None:
    """Refuse a variable that is called like those of the settings and is none.

    Args:
        found: Names of variables; whatever another program reads may be among them.
        variables: Setting to its variable.
        known: All variables that are read.
        where: The source, for the error.

    Raises:
        ValueError: Names it, where it stands, what may be meant, and where all are listed.
    """
    read = {name.removeprefix(PREFIX): name for name in known}
    for name in found:
        setting = name.upper().removeprefix(PREFIX)
        if name in read.values() or setting == name.upper():
            continue
        hint = _meant_by(setting, variables, read)
        raise ValueError(
            f"{where}: unknown variable {name!r}{hint} (.env.example lists those that are read; "
            "`trading-bot config schema` the settings that they are called after)"
        )


def misspelt_variables(found: Iterable[str], known: Iterable[str], where: str) -> tuple[str, ...]:
    """Return a sentence for each variable that is nearly called like one that is read."""
    read = list(known)
    nearest = {
        name: difflib.get_close_matches(name.upper(), read, n=1, cutoff=_NEARLY)
        for name in found
        if name not in read
    }
    return tuple(
        f"{where}: {name} is not read; did you mean {near[0]}?"
        for name, near in nearest.items()
        if near
    )


def _meant_by(setting: str, variables: Mapping[str, str], read: Mapping[str, str]) -> str:
    name = setting.lower()
    if name in variables:
        return f"; did you mean {variables[name]!r}?"
    if name == "symbol_overrides":
        return "; symbol_overrides stands in the settings file alone"
    # Without what all of them begin with, which makes any two alike.
    near = difflib.get_close_matches(setting, read, n=1)
    return f"; did you mean {read[near[0]]!r}?" if near else ""
