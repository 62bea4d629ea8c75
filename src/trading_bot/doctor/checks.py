"""Which checks there are, in the order in which they are made.

What does not ask the provider comes first. What does is a module of its own, `online_checks`: it
needs the time zone data, which may be what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from trading_bot.doctor import files, journal, machine, receivers
from trading_bot.doctor.check import Check
from trading_bot.doctor.looked import Looked

Look = Callable[[Looked], Check]
"""Looks at one thing."""

QUICK: Final[Mapping[str, Look]] = {
    "python": machine.python,
    "packages": machine.packages,
    "time_zone": machine.time_zone,
    "env_file": files.env_file,
    "key": files.key_form,
    "journal": journal.journal_writable,
    "disk": machine.disk,
    "receivers": receivers.library,
}
"""What `monitor` looks at before it begins; settings and positions it reads, and judges, itself."""

OFFLINE: Final[Mapping[str, Look]] = {
    "python": machine.python,
    "packages": machine.packages,
    "time_zone": machine.time_zone,
    "env_file": files.env_file,
    "settings": files.settings,
    "key": files.key,
    "broker": files.broker,
    "positions": files.positions,
    "journal": journal.journal,
    "disk": machine.disk,
    "receivers": receivers.receivers,
}
"""What asks nobody but the broker that is to say what is held."""

ONLINE_NAMES: Final = (
    "proxy",
    "certificates",
    "key_accepted",
    "dataset",
    "depth_feed",
    "clock",
    "market",
    "stream",
    "budget",
    "snapshots",
    "symbols",
    "trades",
    "quotes",
    "real_time",
    "hosts_told",
)
"""What asks the provider, or how it is reached; `online_checks` has them."""
