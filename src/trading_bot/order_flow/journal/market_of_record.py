"""A record is of one market: what was invented never stands among what happened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ..data_models import MarketSource
from ..errors import OtherMarketError
from .reading import RecordReader

_IN_WORDS: Final[Mapping[str | None, str]] = {
    "live": "the live market",
    "simulated": "a simulated market",
    "replay": "a replay",
    None: "a market that it does not name, as earlier versions wrote it",
}


def refuse_other_market(folder: Path, market: MarketSource) -> None:
    """Refuse to record a market where the record of another one lies.

    A record whose starts name no market is of an earlier version: the live one goes on with it.

    Args:
        folder: Where the record is to lie.
        market: Which market is to be recorded.

    Raises:
        OtherMarketError: The folder holds another market's record.
    """
    reader = RecordReader(folder)
    if not reader.days():
        return
    found = reader.market()
    if found == market or (found is None and market == "live"):
        return
    holds = _IN_WORDS.get(found, f"the market {str(found)[:40]!r}")
    raise OtherMarketError(folder, holds=holds, market=market)
