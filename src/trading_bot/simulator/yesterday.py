"""What own scale remembers of the simulated market's yesterday, so that it need not warm up.

The memory is a real one: `benchmarks/simulated_yesterday.py` plays that session through the guard's
judge and keeps what it knows at the end. Making it takes longer than anybody waits for a start, so
it lies ready in a file. It is the same whatever the seed of the day that follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.outside.source import FILE
from trading_bot.order_flow.rules.own_scale.state import ScaleState

PATH: Final = Path(__file__).with_name("yesterday.json")
_DECODER: Final = msgspec.json.Decoder(dict[str, ScaleState])


def memories() -> Mapping[str, ScaleState]:
    """Return by symbol what a guard knows that watched the session before."""
    return decode(PATH.read_bytes(), PATH.name, FILE, _DECODER)
