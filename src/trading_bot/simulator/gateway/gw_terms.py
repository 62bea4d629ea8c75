"""Which datasets the gateway has, and what it allows; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from trading_bot.order_flow.market.units import NS_PER_SECOND

RAW_SYMBOL: Final = "raw_symbol"
ALL_SYMBOLS: Final = "ALL_SYMBOLS"
REPLAY_NS: Final = 24 * 3600 * NS_PER_SECOND
"""How far back a subscription may begin."""
SKIPPED_WHEN_SLOW: Final = frozenset({"mbp-1", "mbp-10"})
"""Each record of these is the whole state, so that old ones are dropped for a slow reader."""
HEARTBEAT_SECONDS: Final = (5, 1_800)
USUAL_HEARTBEAT_SECONDS: Final = 30
AUTHENTICATION_FAILED: Final = "Authentication failed."


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset.

    Attributes:
        name: As it is asked for.
        publisher: Number of who publishes it.
        venue: Its market.
        description: In words.
        schemas: What may be subscribed.
        first_id: The ids of its instruments follow.
        is_anonymous: True where orders are not counted, and neither sequence nor delay is stated.
    """

    name: str
    publisher: int
    venue: str
    description: str
    schemas: tuple[str, ...]
    first_id: int
    is_anonymous: bool = False


NASDAQ: Final = Dataset(
    "XNAS.ITCH",
    2,
    "XNAS",
    "Nasdaq TotalView-ITCH",
    ("mbp-1", "mbp-10", "tbbo", "trades", "definition", "status"),
    7_100,
)
MINI: Final = Dataset(
    "EQUS.MINI",
    95,
    "EQUS",
    "Databento US Equities Mini",
    ("mbp-1", "tbbo", "trades", "definition"),
    31_000,
    is_anonymous=True,
)
DATASETS: Final[Mapping[str, Dataset]] = {each.name: each for each in (MINI, NASDAQ)}

NASDAQ_EXCHANGE: Final = 12
"""Its exchange id on the tape."""


@dataclass(frozen=True, slots=True)
class GatewayTerms:
    """What the plan and the gateway allow.

    Attributes:
        port: TCP port of the gateway on the loopback address; 0 for any free one.
        licensed: Datasets that the account may have live.
        sessions: Sessions that an account may hold at once in a dataset.
        slow_bytes: So many unsent bytes make a reader slow.
        unsent_bytes: So many end its session.
        exchange: Exchange id of the only prints that it has, as beside a tape of all exchanges; 0
            for those of every exchange.
    """

    port: int = 0
    licensed: tuple[str, ...] = tuple(DATASETS)
    sessions: int = 10
    slow_bytes: int = 4_000_000
    unsent_bytes: int = 64_000_000
    exchange: int = 0


def require_dbn() -> None:
    """Do nothing where depth can be served.

    Raises:
        ValueError: The package that writes its records is missing.
    """
    if find_spec("databento_dbn") is None:
        raise ValueError(
            "ten levels need the package databento-dbn: "
            "python -m pip install 'databento-dbn>=0.70,<0.73'"
        )


def not_licensed(dataset: str) -> str:
    """Return what an account is told that may not have a dataset live."""
    return f"A live data license is required to access {dataset}."


def instruments_of(dataset: Dataset, symbols: Iterable[str]) -> dict[str, int]:
    """Return the number of each symbol in a dataset."""
    return {symbol: dataset.first_id + place for place, symbol in enumerate(symbols, 1)}
