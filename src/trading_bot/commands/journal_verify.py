"""`trading-bot journal verify`: says of every line of a record whether it is as it should be."""

from __future__ import annotations

import sys
from pathlib import Path

from trading_bot.commands.progress import days_done
from trading_bot.order_flow.journal.rows.checking import RecordCheck


def verify_record(folder: Path) -> int:
    """Run the command; return 0 where nothing is wrong, else 1.

    Raises:
        OSError: There is no such folder, or it cannot be read.
    """
    number = 0
    with days_done("Checking") as between:
        check = RecordCheck(folder, between)
        for problem in check.problems():
            sys.stdout.write(f"{problem}\n")
            number += 1
    found = f"{number:,} problems" if number else "nothing is wrong"
    days = "day" if check.days == 1 else "days"
    sys.stdout.write(f"{folder}: {check.days:,} {days}, {check.lines:,} lines: {found}\n")
    return 1 if number else 0
