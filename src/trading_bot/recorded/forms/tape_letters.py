"""The letters of the consolidated tapes, as our numbers: sale conditions and venues.

The tapes of the plans CTA (A and B) and UTP (C) give one letter some meanings of their own. The
letters are those of the provider's list of conditions (`sip_mapping` of `/v3/reference/conditions`,
https://massive.com/docs/rest/stocks/market-operations/condition-codes) and of the tables `Sale
Condition` and `Exchange` of the NYSE Daily TAQ Client Specification.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, Literal

from trading_bot.recorded.cells import UNREADABLE_CODE

Plan = Literal["CTA", "UTP", ""]
"""Whose letters they are; empty where nobody says."""

_BOTH: Final[Mapping[str, int]] = {
    "@": 0,  # regular sale
    "A": 1,  # acquisition
    "C": 7,  # cash sale
    "D": 11,  # distribution
    "E": 3,  # automatic execution
    "F": 14,  # intermarket sweep
    "H": 21,  # price variation
    "I": 37,  # odd lot
    "L": 30,  # sold last
    "M": 15,  # market centre official close
    "N": 20,  # next day
    "P": 22,  # prior reference price
    "Q": 16,  # market centre official open
    "R": 29,  # seller's option
    "S": 34,  # split trade
    "T": 12,  # form T
    "U": 13,  # extended hours, sold out of sequence
    "V": 52,  # contingent
    "W": 2,  # average price
    "X": 9,  # cross
    "Y": 36,  # yellow flag
    "Z": 32,  # sold out of sequence
    "1": 27,  # stopped stock
    "2": 31,  # stopped stock, sold last
    "3": 33,  # stopped stock, out of sequence
    "4": 10,  # derivatively priced
    "7": 53,  # qualified contingent
    "8": 41,  # exempt from the rule on trading through
    "9": 38,  # corrected consolidated close
}
_OF_PLAN: Final[Mapping[Plan, Mapping[str, int]]] = {
    "CTA": {"B": 2, "G": 55, "K": 24, "O": 17, "5": 18, "6": 19},
    "UTP": {"B": 4, "G": 5, "K": 23, "O": 25, "5": 28, "6": 8},
    # Of two meanings the one that takes more away.
    "": {"B": 2, "G": 5, "K": 24, "O": 17, "5": 18, "6": 19},
}
EXCHANGES: Final[Mapping[str, int]] = {
    "A": 1,
    "B": 2,
    "C": 3,
    "D": 4,  # FINRA: off exchange
    "E": 5,
    "I": 6,
    "J": 7,
    "K": 8,
    "M": 9,
    "N": 10,
    "P": 11,
    "T": 12,
    "Q": 12,  # Nasdaq, as it is written on its own tape
    "S": 13,
    "L": 14,
    "V": 15,
    "W": 16,
    "X": 17,
    "Y": 18,
    "Z": 19,
    "H": 20,
    "U": 21,
}
"""Our number of each venue."""
_BETWEEN: Final = frozenset(" ,;|[]'\"")


def plan_of_tape(tape: str) -> Plan:
    """Return the plan of a tape: A, B or C, in letters or in numbers."""
    if tape in ("A", "B", "1", "2"):
        return "CTA"
    return "UTP" if tape in ("C", "3") else ""


def plan_of_source(source: str) -> Plan:
    """Return the plan of a source as TAQ names it: C, CTS or N, UTP."""
    if source == "C":
        return "CTA"
    return "UTP" if source == "N" else ""


def conditions_in(notes: Counter[str]) -> Callable[[str, Plan], str]:
    """Return what reads the letters of one print as a cell of our numbers.

    Args:
        notes: Gains one count per letter that is not known, by its name; such a print counts as
            volume and has no side.
    """
    known: dict[tuple[str, Plan], tuple[str, list[str]]] = {}

    def read(letters: str, plan: Plan) -> str:
        if (letters, plan) not in known:
            known[letters, plan] = _numbers(letters, plan)
        cell, unknown = known[letters, plan]
        for letter in unknown:
            notes[f"prints_of_unknown_condition_{letter}"] += 1
        return cell

    return read


def exchange_in(notes: Counter[str]) -> Callable[[str], str]:
    """Return what reads the letter of a venue as a cell of our number; 0 for an unknown one.

    Args:
        notes: Gains one count per letter that is not known, by its name.
    """

    def read(letter: str) -> str:
        number = EXCHANGES.get(letter, 0)
        if not number and letter:
            notes[f"prints_of_unknown_venue_{letter}"] += 1
        return str(number)

    return read


def _numbers(letters: str, plan: Plan) -> tuple[str, list[str]]:
    found, unknown = [], []
    for letter in letters:
        if letter in _BETWEEN:
            continue
        number = _OF_PLAN[plan].get(letter, _BOTH.get(letter))
        if number is None:
            unknown.append(letter)
            number = UNREADABLE_CODE
        # A regular sale says nothing.
        if number:
            found.append(str(number))
    return ";".join(found), unknown
