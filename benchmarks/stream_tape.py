"""A seeded tape of quotes and prints, as rows and as frames of the provider's WebSocket."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

START_MS = 1_773_151_200_000  # 2026-03-10 10:00 New York
SPAN_MS = 250_000
QUOTE_SHARE = 0.7
MEAN_SIZE = 125
LARGE_ORDER_SHARES = 12_500
HISTORY_STEP_SECONDS = 6
HISTORY_SECONDS = 360
QUESTIONS_PER_SECOND = 99
"""So often the receiver asks for history, by its settings."""
WARM_FRAMES = 150
"""Frames of the tape that come slowly at first and are not timed: the symbols' start is fetched
meanwhile, and what the silence before them may have swallowed."""


class Row(NamedTuple):
    """One quote or print; prices in cents, and a print has no ask."""

    is_quote: bool
    symbol: str
    at_ms: int
    bid_or_price: int
    ask: int
    bid_size: int
    ask_size: int
    sequence: int
    conditions: str


def symbol_names(count: int) -> list[str]:
    """Return so many tickers of four letters."""
    return ["".join(_letter(n // 26**place) for place in (3, 2, 1, 0)) for n in range(count)]


def rows(symbols: Sequence[str], count: int, seed: int = 1) -> Iterator[Row]:
    """Yield quotes and prints in time order; a symbol's share falls with its rank.

    Nine prints in ten lie at the bid or the ask, one in ten in the middle; sizes are log-normal.
    """
    dice = random.Random(seed)
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(symbols))))
    cents = dict.fromkeys(symbols, 5_000)
    drawn = dice.choices(symbols, cum_weights=weights, k=count)
    for number, symbol in enumerate(drawn):
        at_ms = START_MS + number * SPAN_MS // count
        if dice.random() < QUOTE_SHARE:
            cents[symbol] = bid = max(500, cents[symbol] + dice.choice((-1, 0, 0, 0, 1)))
            sizes = 100 * dice.randrange(1, 30), 100 * dice.randrange(1, 30)
            yield Row(True, symbol, at_ms, bid, bid + 2, *sizes, number, "")
        else:
            price = cents[symbol] + dice.choices((0, 2, 1), weights=(9, 9, 2))[0]
            size = max(1, min(5_000, int(dice.lognormvariate(4.0, 1.3))))
            conditions = dice.choices(("", "37", "14,41"), weights=(5, 4, 1))[0]
            yield Row(False, symbol, at_ms, price, 0, size, 0, number, conditions)


def shares_per_second(symbols: Sequence[str], count: int) -> dict[str, float]:
    """Return the mean volume of each symbol on such a tape, for a history before it."""
    weights = [1 / (rank + 10) for rank in range(len(symbols))]
    prints_per_second = count * (1 - QUOTE_SHARE) * 1_000 / SPAN_MS
    return {
        symbol: prints_per_second * weight / sum(weights) * MEAN_SIZE
        for symbol, weight in zip(symbols, weights, strict=True)
    }


def text(row: Row) -> str:
    """Write a row as the provider does, with all documented members."""
    price = f"{row.bid_or_price / 100:.2f}"
    if row.is_quote:
        return (
            f'{{"ev":"Q","sym":"{row.symbol}","bx":11,"bp":{price},"bs":{row.bid_size},"ax":12,'
            f'"ap":{row.ask / 100:.2f},"as":{row.ask_size},"c":1,"i":[],"t":{row.at_ms},'
            f'"q":{row.sequence},"z":3}}'
        )
    conditions = f'"c":[{row.conditions}],' if row.conditions else ""
    return (
        f'{{"ev":"T","sym":"{row.symbol}","x":11,"i":"{row.sequence}","z":3,"p":{price},'
        f'"s":{row.bid_size},"ds":"{row.bid_size}.0",{conditions}"t":{row.at_ms},'
        f'"pt":{row.at_ms},"q":{row.sequence}}}'
    )


def frames(made: Sequence[Row], per_frame: int) -> list[bytes]:
    """Put rows into frames of so many."""
    return [
        f"[{','.join(map(text, made[at : at + per_frame]))}]".encode()
        for at in range(0, len(made), per_frame)
    ]


def _letter(number: int) -> str:
    return chr(65 + number % 26)
