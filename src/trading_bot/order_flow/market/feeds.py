"""What two feeds of one symbol say of each other, and of the depth that the second one brings."""

from __future__ import annotations

from typing import Literal, NamedTuple

DisagreementCode = Literal["late", "missing", "shares", "price", "split", "outside"]
"""What is wrong between two feeds; see `Disagreement`."""


class Disagreement(NamedTuple):
    """Two feeds say different things of one symbol.

    Attributes:
        code: `late`: one brings nothing of what the other has newer; `missing`: it lacks prints in
            between; `shares`, `price`: as many prints of another size or price; `split`: both, and
            one makes up for the other; `outside`: the venue bids more, or offers for less, than the
            whole market's best.
        text: A sentence with figures.
        stale: Name of the feed that looks stale, or lacks something; None where nothing tells.
    """

    code: DisagreementCode
    text: str
    stale: str | None


class DepthSight(NamedTuple):
    """What can be said of the depth that a second feed brings of one symbol.

    Attributes:
        lost: Why it is not seen, in a few words; empty while it is.
        since_ns: Since when that is so, Unix nanoseconds.
        disagreement: How the two feeds differ; None while they agree, or cannot be compared.
    """

    lost: str
    since_ns: int
    disagreement: Disagreement | None = None
