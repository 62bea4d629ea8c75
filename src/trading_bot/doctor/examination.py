"""Makes the checks, one after the other, and ends within a bounded time.

They are made on a thread of their own: whoever waits for them waits no longer than he said, and
Ctrl-C is heard meanwhile.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import Final

from trading_bot.doctor.check import Check, fail, warn
from trading_bot.doctor.checks import OFFLINE, ONLINE_NAMES, Look
from trading_bot.doctor.looked import Looked
from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.diagnostics import SECRETS

END_SECONDS: Final = 0.5
"""How long the end waits for a question that is told to stop."""

_LOGIN: Final = re.compile(r"//[^/\s@]*@")
"""What stands in front of the host in an address."""

Begun = Callable[[str], None]
"""Told the name of each check before it is made."""


def _nobody(_name: str) -> None:
    """Tell nobody."""


def examine(
    looked: Looked, seconds: float, *, begun: Begun = _nobody
) -> Iterator[tuple[str, Check]]:
    """Make every check; yield each with its name, as it ends.

    Args:
        looked: What is looked at.
        seconds: How long all may take. What is not made by then is a warning.
        begun: Told of each check that begins; on this thread.
    """
    ends = monotonic_seconds() + seconds
    found: SimpleQueue[tuple[str, Check | None]] = SimpleQueue()
    worker = threading.Thread(target=_make, args=(looked, found), name="doctor", daemon=True)
    waiting = [*OFFLINE, *ONLINE_NAMES]
    worker.start()
    try:
        while waiting:
            name, check = found.get(timeout=max(ends - monotonic_seconds(), 0))
            if check is None:
                begun(name)
            else:
                waiting.remove(name)
                yield name, check
    except Empty:
        mend = f"give it more time (--timeout {2 * seconds:g})"
        yield waiting[0], warn(f"no answer within {seconds:g} s in all", mend)
        for name in waiting[1:]:
            yield name, warn("not looked at: no time was left", mend)
    finally:
        looked.over.set()
        worker.join(END_SECONDS)


def _make(looked: Looked, found: SimpleQueue[tuple[str, Check | None]]) -> None:
    try:
        has_zone = True
        for name, look in OFFLINE.items():
            check = _made(name, look, looked, found)
            has_zone = has_zone and (name != "time_zone" or check.state == "ok")
        online = _online() if has_zone else {}
        for name in ONLINE_NAMES:
            if looked.over.is_set():
                break
            _made(name, online.get(name, _without_zone), looked, found)
    finally:
        looked.close()


def _online() -> Mapping[str, Look]:
    # What asks the provider cannot even be loaded without the time zone data.
    from trading_bot.doctor.online_checks import ONLINE  # noqa: PLC0415 - see above

    return ONLINE


def _without_zone(_looked: Looked) -> Check:
    return warn("not looked at: there is no time zone data", "mend time_zone first")


def _made(
    name: str, look: Look, looked: Looked, found: SimpleQueue[tuple[str, Check | None]]
) -> Check:
    found.put((name, None))
    try:
        check = look(looked)
    except Exception as error:  # noqa: BLE001 - a defect of one check must not hide the others
        words = f"{type(error).__name__}: {error}"
        check = fail(f"this check has failed itself ({words})", "report it with this line")
    shown = Check(check.state, _shown(check.found), _shown(check.mend))
    found.put((name, shown))
    return shown


def _shown(text: str) -> str:
    """Return a text without keys, and without the login of an address in it."""
    return str(_LOGIN.sub(r"//***@", SECRETS.blank(text)))
