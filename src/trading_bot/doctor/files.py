"""Checks of what is written down: variables, settings, key, positions."""

from __future__ import annotations

import re
import stat
import sys
from typing import Final

from trading_bot.doctor.check import SETTINGS_UNREAD, Check, fail, found_and_mend, ok, warn
from trading_bot.doctor.looked import Looked
from trading_bot.order_flow.config import KEY_NAMES, OrderFlowConfig, Origin
from trading_bot.watched.choice import simulated_symbols, source_of

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_ORIGINS: Final[tuple[Origin, ...]] = ("argument", "file", "environment", ".env")
_QUOTES: Final = "\"'`"
KEY_PAGE: Final = "copy it again from your provider's page"


def env_file(looked: Looked) -> Check:
    """Check the file of variables: there, readable, and its owner's alone."""
    path = looked.env_file
    if looked.env_trouble:
        found, _ = found_and_mend(looked.env_trouble, "")
        return fail(found, "save it as UTF-8, readable for the user of the guard")
    if not path.exists():
        return ok(f"no {path}: the environment counts alone")
    sets = f"{path} sets {', '.join(looked.env_names) or 'nothing'}"
    # On Windows the mode says nothing of who may read.
    if sys.platform != "win32" and path.stat().st_mode & _OTHERS:  # pragma: no branch - as it says
        return warn(f"{sets}; other users can read it", f"chmod 600 {path}")
    return ok(sets)


def settings(looked: Looked) -> Check:
    """Check the settings, and say where each comes from."""
    path = looked.options.config_path
    if looked.env_trouble:
        return fail("not read: .env cannot be", "mend env_file first")
    if looked.options.config_is_given and not path.exists():
        return fail(f"there is no {path}", "name another by --config, or leave the option out")
    resolved = looked.resolved
    if resolved is None:
        found, mend = found_and_mend(looked.settings_trouble, "write it as it must be")
        return fail(found, mend)
    names: dict[str, list[str]] = {}
    for name, origin in resolved.origins.items():
        names.setdefault(origin, []).append(name)
    where = {"file": str(path), "argument": "the command line"}
    parts = [f"{where.get(o, o)}: {', '.join(names[o])}" for o in _ORIGINS if o in names]
    parts.append(f"{len(names.get('default', []))} defaults")
    if not path.exists():
        parts.append(f"no {path}")
    found = "; ".join(parts)
    if resolved.conflicts:
        return warn("; ".join(resolved.conflicts), "set each in one place")
    return ok(found)


def key(looked: Looked) -> Check:
    """Check that there is a key, and that it can be one."""
    config = looked.config
    if config is not None and not config.polygon_api_key and not looked.has_key_of_its_own:
        return _without_key(looked, config)
    return key_form(looked)


def _without_key(looked: Looked, config: OrderFlowConfig) -> Check:
    """Say what `monitor` does without a key."""
    mend = f"put it into {looked.env_file} or the environment, or run with --simulated"
    found = f"no key is set ({KEY_NAMES}): `monitor` "
    try:
        source = source_of(looked.options, config, may_demonstrate=True)
    except ValueError:
        return fail(f"{found}refuses", mend)
    if source == "simulated":
        return fail(f"{found}only demonstrates itself, on a SIMULATED market", mend)
    return fail(f"{found}asks {config.base_url} without one", mend)


def key_form(looked: Looked) -> Check:
    """Check that a key, where there is one, can be one; nothing of it is shown."""
    resolved = looked.resolved
    if resolved is None:
        return fail(*SETTINGS_UNREAD)
    if looked.has_key_of_its_own and not looked.simulated:
        return ok("none is needed here: this provider has a variable of its own, see key_accepted")
    if looked.has_key_of_its_own:
        return ok("none is needed: this market has one of its own")
    written = resolved.config.polygon_api_key
    if not written:
        return ok("none is set")
    origin = resolved.origins["polygon_api_key"]
    wrong = ""
    if any(each in written for each in _QUOTES):
        wrong = "holds quotation marks"
    elif re.match(r"\w*key\s*=", written, re.IGNORECASE):
        wrong = "begins with its own name"
    elif not re.fullmatch(r"[\x21-\x7e]+", written):
        wrong = "holds a blank or a character that no key has"
    if wrong:
        return fail(f"the key ({origin}) {wrong}", f"{KEY_PAGE}, without anything around it")
    return ok(f"set ({origin})")


def broker(looked: Looked) -> Check:
    """Check that the broker that is to say what is held lets the key in and can be read."""
    try:
        found = looked.broker
    except ValueError as error:
        what, colon, mend = str(error).partition(": pip ")
        other = "let positions_source name one that is here"
        return fail(what, f"pip {mend}, or {other}" if colon else other)
    if found is None and looked.resolved is None:
        return warn(*SETTINGS_UNREAD)
    if found is None:
        return ok("none is asked what is held")
    account, read = found.account, found.read
    if account is None or read is None:
        what, mend = found_and_mend(found.trouble, "ask again later")
        return fail(f"{found.name}: {what}", mend)
    who = f"{found.name} lets it in, account {account.number}"
    if account.words:
        return warn(f"{who}: {account.words}", "see your dashboard there")
    others = f", {read.left_out} that are no stocks" if read.left_out else ""
    return ok(f"{who}, {_count(len(read.positions), 'position')}{others}")


def positions(looked: Looked) -> Check:
    """Check the positions, row by row."""
    held, options = looked.holdings, looked.options
    if held.is_missing:
        say = fail if options.positions_is_given else warn
        return say(
            f"{held.trouble}, so that what is held is not known",
            "write it like config/positions.example.json, or say --position or --no-positions",
        )
    if held.trouble:
        found, mend = found_and_mend(
            held.trouble, "write it like config/positions.example.json, as UTF-8"
        )
        return fail(found, mend)
    who = _who_says(looked)
    if held.unreadable:
        rows = "; ".join(held.unreadable.values())
        mend = "write each row as is said of it"
        if looked.simulated:
            mend += f"; the simulated market has {', '.join(simulated_symbols())}"
        return fail(f"{who}: {rows}", mend)
    watched = len(held.symbols) - held.positions
    return ok(f"{who}: {_count(held.positions, 'position')}, {watched} only watched")


def _who_says(looked: Looked) -> str:
    """Return who says what is held."""
    options = looked.options
    if looked.broker is not None:
        return looked.broker.name
    if looked.holdings.is_file:
        return str(options.positions_path)
    if options.no_positions:
        return "--no-positions"
    if options.positions:
        return "--position"
    return "the simulated market" if looked.simulated else f"no {options.positions_path}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
