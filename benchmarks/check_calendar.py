"""Compare our exchange calendar with an independent one, day by day.

    python benchmarks/check_calendar.py

Exits with 0 when every day of 2010 to 2027 agrees on open, close and early close, with 1 when one
does not, and with 2 when the other calendar could not be had. The other calendar
(`exchange_calendars`) is heavy and no part of this package: when the running interpreter lacks it,
it is installed into an environment of its own, which is thrown away afterwards.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from datetime import date, timedelta
from pathlib import Path

from trading_bot.order_flow.calendar import session_of

FIRST = date(2010, 1, 1)
LAST = date(2027, 12, 31)
# The independent calendar, printed as {day: [open, close]} in Unix nanoseconds.
_PRINT_OTHER = f"""
import json
import exchange_calendars
calendar = exchange_calendars.get_calendar("XNYS", start="{FIRST}", end="{LAST}")
rows = zip(calendar.schedule.index, calendar.schedule["open"], calendar.schedule["close"])
print(json.dumps({{str(day.date()): [o.value, c.value] for day, o, c in rows}}))
"""


def main() -> int:
    """Compare and say what differs; see the module's first lines for the status."""
    theirs = _their_sessions()
    if theirs is None:
        return 2
    differences = 0
    early = 0
    days = (LAST - FIRST).days + 1
    for number in range(days):
        day = FIRST + timedelta(days=number)
        session = session_of(day)
        ours = None if session is None else [session.open_ns, session.close_ns]
        early += session is not None and session.early_close
        if ours != theirs.get(str(day)):
            differences += 1
            print(f"{day}: ours {ours}, theirs {theirs.get(str(day))}")
    print(
        f"{days} days from {FIRST} to {LAST}: {len(theirs)} sessions, {early} early closes by our "
        f"rules, {differences} differences"
    )
    return 1 if differences else 0


def _their_sessions() -> dict[str, list[int]] | None:
    here = _ask(sys.executable)
    if here is not None:
        return here
    with tempfile.TemporaryDirectory() as directory:
        print("exchange_calendars is not installed here; setting up an environment for it")
        venv.create(directory, with_pip=True)
        scripts = "Scripts" if sys.platform == "win32" else "bin"
        python = str(Path(directory) / scripts / "python")
        installed = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "exchange_calendars"],
            capture_output=True,
            text=True,
            check=False,
        )
        found = _ask(python) if installed.returncode == 0 else None
        if found is None:
            print("exchange_calendars cannot be installed here: nothing was compared")
            print(installed.stderr.strip()[-500:])
        return found


def _ask(python: str) -> dict[str, list[int]] | None:
    answer = subprocess.run(
        [python, "-c", _PRINT_OTHER], capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        return None
    sessions: dict[str, list[int]] = json.loads(answer.stdout)
    return sessions


if __name__ == "__main__":
    sys.exit(main())
