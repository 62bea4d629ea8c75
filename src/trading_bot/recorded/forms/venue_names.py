"""Venues by the names that IBKR and AlgoSeek write, as the letters of the consolidated tapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from trading_bot.recorded.column_names import bare
from trading_bot.recorded.forms.tape_letters import exchange_in

_LETTERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("amex", "nyseamer", "nyseamerican", "nysemkt"), "A"),
    **dict.fromkeys(("bex", "bx", "nasdaqbx", "boston"), "B"),
    **dict.fromkeys(("nsx", "nysenat", "nysenational"), "C"),
    **dict.fromkeys(("finra", "trf", "adf", "dark"), "D"),
    "ise": "I",
    **dict.fromkeys(("edga", "edgea"), "J"),
    **dict.fromkeys(("edgx", "drctedge"), "K"),
    **dict.fromkeys(("chx", "nysechicago"), "M"),
    "nyse": "N",
    **dict.fromkeys(("arca", "nysearca"), "P"),
    **dict.fromkeys(("nasdaq", "island", "nsdq"), "T"),
    "ltse": "L",
    "iex": "V",
    **dict.fromkeys(("cbsx", "cboe"), "W"),
    **dict.fromkeys(("psx", "phlx", "nasdaqpsx"), "X"),
    **dict.fromkeys(("byx", "batsy"), "Y"),
    **dict.fromkeys(("bats", "bzx", "batsz"), "Z"),
    **dict.fromkeys(("pearl", "miax"), "H"),
    "memx": "U",
}


def venue_in(notes: Counter[str]) -> Callable[[str], str]:
    """Return what reads the name of a venue as a cell of our number; 0 for an unknown one.

    Args:
        notes: Gains one count per name that is not known.
    """
    exchange = exchange_in(notes)
    return lambda name: exchange(_LETTERS.get(bare(name), name))
