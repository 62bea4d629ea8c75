"""How a symbol was probably meant; pure."""

from __future__ import annotations

import re
from typing import Final

from trading_bot.order_flow.config_bounds import is_symbol

_PARTS: Final = re.compile(r"[-/. _]+")
_PREFERRED: Final = re.compile(r"PR?([A-Z])")


def spellings(name: str) -> tuple[str, ...]:
    """Return how the provider may write a name that it does not know, likeliest first.

    Others write a class of shares as `BRK-B`, `BRK/B` or `BRK B`, preferred ones as `BAC-PB`, put
    the exchange or a `$` in front, or use small letters; the provider has `BRK.B` and `BACpB`.

    Args:
        name: As it was written.
    """
    plain = name.strip().rpartition(":")[2].lstrip("$").upper()
    root, *suffix = [each for each in _PARTS.split(plain) if each] or [""]
    found = [".".join([root, *suffix])]
    preferred = _PREFERRED.fullmatch("".join(suffix))
    if preferred is not None:
        found.insert(0, f"{root}p{preferred[1]}")
    return tuple(each for each in found if is_symbol(each) and each != name)
