"""Makes the readme that an index shows, and compiles where TRADING_BOT_COMPILE=1 asks for it.

    TRADING_BOT_COMPILE=1 pip install .

What every event goes through: the same source as C, by mypyc, so that it judges the same; it needs
a C compiler and takes about a minute. Everything else about the package stands in pyproject.toml.
"""

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from setuptools import setup

# msgspec for its types: what the core takes apart is made of them.
COMPILER = ("mypy==2.4.1", "msgspec")
CORE = (
    "feed/ingest",
    "market/columns",
    "market/fitness",
    "market/halts",
    "market/sink",
    "market/trade_conditions",
    "market/units",
    "providers/databento/book",
    "providers/databento/decode",
    "providers/databento/records",
    "providers/polygon/stream_decode",
    "rules/bid_attack",
    "rules/large_seller",
    "rules/near_offers",
    "rules/own_scale/memory",
    "rules/red_burst",
    "rules/side/classifier",
    "rules/side/quote_memory",
    "rules/side/quote_reductions",
    "rules/side/side_rules",
    "rules/symbol_judge",
    "rules/volume_window",
    "rules/walls/desk",
    "rules/walls/usual_level",
    "rules/walls/wall",
    "rules/walls/watch",
    "sight/gap",
    "sight/live_symbol",
    "sight/slot",
    "sight/tally",
)


def readme_of_index() -> str:
    """Return README.md for where nothing lies beside it: no pictures, and plain words for links."""
    text = Path("README.md").read_text(encoding="utf-8")
    words = re.sub(r"!\[[^\]]+\]\([^)]+\)\n+", "", text)
    plain = re.sub(r"\[([^\]]+)\]\((?!https?://|#)[^)]+\)", r"\1", words)
    return f"{plain}\nThe pages that are named here lie in the source distribution.\n"


def core() -> list[Any]:
    """Return the core as one extension; none while the compiler is still to be installed."""
    try:
        from mypyc.build import mypycify
    except ImportError:
        return []
    # What an earlier build left would go along, modules that are compiled no more among it.
    shutil.rmtree("build", ignore_errors=True)
    folder = Path("src/trading_bot/order_flow")
    # The checks of the project's own settings have their time elsewhere.
    options = ["--config-file=", "--ignore-missing-imports"]
    return mypycify([*options, *(str(folder / f"{name}.py") for name in CORE)])


README: dict[str, Any] = {
    "long_description": readme_of_index(),
    "long_description_content_type": "text/markdown",
}
if os.environ.get("TRADING_BOT_COMPILE") == "1":
    if {"develop", "editable_wheel"} & set(sys.argv):
        sys.exit(
            "TRADING_BOT_COMPILE=1 does not go with an editable install: after a change of the "
            "source the old machine code would go on judging. Install without -e."
        )
    setup(**README, setup_requires=list(COMPILER), ext_modules=core())
else:
    setup(**README)
