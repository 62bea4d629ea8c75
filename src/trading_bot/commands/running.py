"""`trading-bot health --running`: how a guard is that runs already, by what it wrote itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from trading_bot.order_flow.clock import utc_now
from trading_bot.service.state_file import check_running


def say_running(folder: Path, *, simulated: bool) -> int:
    """Print as JSON how the guard of this record is, the reason first; 0 when well, else 1."""
    found = check_running(folder, utc_now(), simulated=simulated)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0 if found["reason"] is None else 1
