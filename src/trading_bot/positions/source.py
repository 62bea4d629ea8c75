"""What a source of positions is: a broker's account, read only, behind one contract.

Another package adds one by an entry point of the group `trading_bot.positions`; see `registry`.
A source asks and listens, and nothing else: what its answers mean together, when a position is
gone and how far all of it can be believed is decided once for every source, in `reconcile`. When it
is asked, and what a failure costs, is decided in `following`.

What every source keeps, and `tests/support/source_contract.py` holds it to:

- A read is whole or it fails. An error, a refusal, a page that is missing, a body cut short or of
  another shape is a `DataSourceError`, never an empty read.
- A row that cannot be read is named, and costs no other.
- A quantity is signed: negative when sold short; fractions are kept.
- Every question ends within `SourceTerms.seconds`, whatever the broker does.
- Nothing is ever sent but questions: no order, no cancellation.
- No key, password or whole account number is in any text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Protocol

from trading_bot.order_flow.clock import Clock
from trading_bot.order_flow.held.exact import exact_number
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.providers.secrets import Secrets

READ_SECONDS: Final = 10.0
"""How long one question may take."""
_DIGITS_SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """What a source is made of.

    Attributes:
        url: Where the broker is reached; empty for the broker's own address.
        account: Number of the account that is meant; empty where there is but one.
        is_paper: Read the account of pretended money.
        secrets: Where the source finds its keys, by the names that the broker gives them.
        clock: The machine's present.
        allow_insecure: Send a key without TLS, also to another machine.
        seconds: How long one question may take.
    """

    url: str
    account: str
    is_paper: bool
    secrets: Secrets
    clock: Clock
    allow_insecure: bool = False
    seconds: float = READ_SECONDS


@dataclass(frozen=True, slots=True)
class PositionsRead:
    """Everything that an account holds, as one whole answer says.

    Attributes:
        positions: Every position by symbol, without those of the symbols in `unreadable`.
        unreadable: What is wrong with a row, by its symbol, or by its place where it has none.
        left_out: Rows that are no stock, such as options and coins: how many.
    """

    positions: Mapping[str, Position]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class PositionUpdate:
    """What a broker says of one position when a trade has changed it.

    Attributes:
        symbol: Ticker.
        quantity: What is held after it, signed; 0 where it is closed. None where the broker does
            not say: then all is read anew.
        at_ns: The broker's own time of it, Unix nanoseconds; an older one than the last is old
            news.
        price: USD per share of this fill; None where it is not stated.
        average_price: USD per share that the broker reckons was paid for all that is held now; None
            where it does not say, and then it is worked out of `price`.
    """

    symbol: str
    quantity: Decimal | None
    at_ns: int
    price: Decimal | None = None
    average_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AccountFound:
    """The account behind a key.

    Attributes:
        number: Its number, shown by its last digits alone.
        words: What is to be known of it, such as that it is blocked; empty for nothing.
    """

    number: str
    words: str = ""


Hear = Callable[[PositionUpdate], None]
"""Takes one update, on the event loop."""


class PositionFeed(Protocol):
    """One account of a broker, read only; everything is called on one event loop.

    Nothing is connected before the first question. What blocks is asked by `threaded`.
    """

    @property
    def name(self) -> str:
        """The value of `positions_source`, and what sentences begin with."""
        ...

    @property
    def has_updates(self) -> bool:
        """Return whether `follow` brings what trades change; else positions are read only."""
        ...

    async def check(self) -> AccountFound:
        """Ask for the account that is meant.

        Raises:
            DataSourceError: It is not there, or the key is refused; each with its own code.
        """
        ...

    async def read(self) -> PositionsRead:
        """Ask for everything that the account holds, once.

        Raises:
            DataSourceError: There is no whole answer; what is held is not known then.
        """
        ...

    async def follow(self, hear: Hear, opened: Callable[[], None]) -> None:
        """Take what trades change, by one connection, until it ends.

        Args:
            hear: Told of each update.
            opened: Called once updates are sent: what was missed before is read anew then.

        Raises:
            DataSourceError: The connection ended, or there is none; this never returns otherwise.
        """
        ...

    def close(self) -> None:
        """Let go of every connection; from any thread."""
        ...


def number_or_none(given: object) -> Decimal | None:
    """Return a number of a broker without idle zeros; None for what is none."""
    try:
        found = exact_number("", given)
    except ValueError:
        return None
    return Decimal(f"{found.normalize():f}")


def shown_number(number: str) -> str:
    """Return an account's number as it may be shown: its last digits."""
    return f"...{number[-_DIGITS_SHOWN:]}" if len(number) > _DIGITS_SHOWN else "..."
