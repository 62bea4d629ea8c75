"""Buckets of symbols: which one a symbol is in never changes, on no machine and in no version."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import Final
from zlib import crc32

BUCKETS: Final = 32


def bucket_of(symbol: str) -> int:
    """Return the bucket of a symbol."""
    return crc32(symbol.encode()) % BUCKETS


def divided(weights: Mapping[str, int], shares: int) -> list[tuple[int, ...]]:
    """Divide all buckets into shares of about equal weight; none of them is empty.

    Args:
        weights: How much there is of each symbol, as far as that is known.
        shares: How many; no more than there are buckets.
    """
    # So that what nothing is known of is spread as well.
    of_bucket = dict.fromkeys(range(BUCKETS), 1)
    scale = BUCKETS * BUCKETS
    for symbol, weight in weights.items():
        of_bucket[bucket_of(symbol)] += weight * scale
    heap: list[tuple[int, int, list[int]]] = [(0, number, []) for number in range(shares)]
    for bucket in sorted(of_bucket, key=lambda each: (-of_bucket[each], each)):
        weight, number, taken = heapq.heappop(heap)
        taken.append(bucket)
        heapq.heappush(heap, (weight + of_bucket[bucket], number, taken))
    return [tuple(sorted(taken)) for _, _, taken in sorted(heap, key=lambda each: each[1])]
