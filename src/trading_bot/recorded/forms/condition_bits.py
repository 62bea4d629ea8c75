"""Sale conditions as AlgoSeek writes them, in its own files and in Lean's: a bit for each, in hex.

The bits are those of `TradeConditionFlags` of Lean, which has them from AlgoSeek's guide to trades
and quotes (https://github.com/QuantConnect/Lean/blob/master/Common/Data/Auxiliary/TradeConditionFlags.cs).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from trading_bot.recorded.cells import UNREADABLE_CODE

_BITS: Final[Mapping[int, int]] = {
    1: 7,  # cash sale
    2: 20,  # next day
    3: 29,  # seller's option
    4: 36,  # yellow flag
    5: 14,  # intermarket sweep
    6: 25,  # opening prints
    7: 8,  # closing prints
    8: 28,  # reopening prints
    9: 10,  # derivatively priced
    10: 12,  # form T
    11: 30,  # sold last
    12: 27,  # stopped stock
    13: 12,  # extended hours
    14: 32,  # out of sequence
    15: 34,  # split trade
    16: 1,  # acquisition
    17: 4,  # bunched
    18: 35,  # stock option
    19: 11,  # distribution
    20: 2,  # average price
    21: 9,  # cross
    22: 21,  # price variation
    23: 23,  # rule 155
    24: 15,  # market centre official close
    25: 22,  # prior reference price
    26: 16,  # market centre official open
    27: 6,  # CAP election
    28: 3,  # automatic execution
    29: 41,  # exempt from the rule on trading through
    31: 37,  # odd lot
}
"""Our number of each bit; bit 0 is a regular sale, which says nothing."""
_REGULAR: Final = 1


def bits_in(notes: Counter[str]) -> Callable[[str], str]:
    """Return what reads the bits of one print as a cell of our numbers.

    Args:
        notes: Gains one count per print with a bit that is not known, by its name, or without any
            that can be read; such a print counts as volume and has no side.
    """
    known: dict[str, tuple[str, list[str]]] = {}

    def read(text: str) -> str:
        if text not in known:
            known[text] = _numbers(text)
        cell, unknown = known[text]
        notes.update(unknown)
        return cell

    return read


def _numbers(text: str) -> tuple[str, list[str]]:
    try:
        bits = int(text or "0", 16)
    except ValueError:
        return str(UNREADABLE_CODE), ["prints_of_unreadable_conditions"]
    found, unknown = [], []
    for bit in range(bits.bit_length()):
        if not bits >> bit & 1 or 1 << bit == _REGULAR:
            continue
        number = _BITS.get(bit)
        if number is None:
            unknown.append(f"prints_of_unknown_condition_bit_{1 << bit:x}")
            number = UNREADABLE_CODE
        found.append(str(number))
    return ";".join(found), unknown
