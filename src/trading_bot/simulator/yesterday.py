"""What own scale remembers of the simulated market's yesterday, so that it need not warm up.

The profiles are real ones: `benchmarks/simulated_yesterday.py` plays that session through the
guard's judge and keeps what it knows at the end. Making them takes longer than anybody waits for a
start, so they lie ready. They are the same whatever the seed of the day that follows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

PROFILES: Final = Path(__file__).with_name("profile")
"""The folder of the profiles, one a symbol."""
