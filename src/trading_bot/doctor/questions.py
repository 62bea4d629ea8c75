"""What is asked of the provider: each question once, and none that an earlier answer forbids."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, Generic, TypeVar

from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.config import KEY_NAMES, OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError, OrderFlowError
from trading_bot.order_flow.market.facts import Listing, MarketState, Quote
from trading_bot.order_flow.market.newest import NewestKnown
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.order_flow.providers.provider import (
    Entrance,
    Entry,
    FetchedTape,
    Listings,
    Provider,
    TwoFeeds,
)
from trading_bot.order_flow.providers.registry import make_provider
from trading_bot.order_flow.providers.secrets import Secrets

USUAL_SYMBOL: Final = "AAPL"
"""Asked for where nothing is held."""
OWN_TIME_FROM: Final = timedelta(seconds=60)
"""As `feed.access` has it: a host further off than this keeps a market time of its own."""
NO_REFERENCE: Final = "no_reference"
"""Code of a question that this provider never answers."""
NO_HISTORY: Final = "no_history"
"""Code of a question for what a stream alone brings."""
NOT_ASKED: Final = "not_asked"
"""Code of a question for which nobody is there."""
FORBIDDEN: Final = 403
"""HTTP status of a key that is known, and may not ask."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """What came back: a value, or an error in its place."""

    value: T_co | None = None
    error: OrderFlowError | None = None

    @property
    def code(self) -> str:
        """The error's word; empty for none."""
        return "" if self.error is None else str(getattr(self.error, "code", "no_answer"))


@dataclass(frozen=True, slots=True)
class MarketAnswer:
    """The market's status, and the times around the question.

    Attributes:
        state: Whether the market trades.
        server_time: The provider's time.
        asked_at: The machine's time before the question.
        took: How long the answer took.
    """

    state: MarketState
    server_time: datetime
    asked_at: datetime
    took: timedelta

    @property
    def offset(self) -> timedelta:
        """The provider's time minus the machine's, taken for that of half way."""
        # A time of whole seconds is half a second old on the average.
        cut = timedelta(0) if self.server_time.microsecond else timedelta(seconds=0.5)
        return self.server_time + cut - (self.asked_at + self.took / 2)


class Questions:
    """The provider, to be asked.

    Args:
        config: Settings.
        symbols: What is held and watched.
        secrets: Where the provider finds its keys.
        over: Set when nothing may wait any longer.

    Raises:
        ValueError: `data_source` names no provider that is here.

    Attributes:
        symbols: As given.
        config: As given.
        provider: The provider.
        stream_refused: Its stream was tried, and lets no symbol in.
    """

    def __init__(
        self,
        config: OrderFlowConfig,
        symbols: tuple[str, ...],
        *,
        secrets: Secrets,
        over: threading.Event,
    ) -> None:
        self.symbols = symbols
        self.config = config
        self.stream_refused = False
        self._over = over
        # Of a market that keeps a time of its own.
        self._offset = timedelta(0)
        self.provider: Provider = make_provider(
            config, clock=self.now, wait=over.wait, secrets=secrets
        )

    @property
    def symbol(self) -> str:
        """One symbol, for questions that need one."""
        return self.symbols[0] if self.symbols else USUAL_SYMBOL

    def now(self) -> datetime:
        """Return the market's present time in UTC."""
        return utc_now() + self._offset

    def now_ns(self) -> int:
        """Return the same in Unix nanoseconds."""
        return ns_from_utc(self.now())

    def is_over(self) -> bool:
        """Return whether nothing may be asked any longer."""
        return self._over.is_set()

    def close(self) -> None:
        """Let go of the connections."""
        self.provider.close()

    @cached_property
    def market(self) -> Answer[MarketAnswer]:
        """Whether the market trades: the first question, which shows whether the key is let in."""
        if self.entry is not None and self.entry.error is not None:
            return Answer(error=self.entry.error)
        asked_at = utc_now()
        answer = _asked(self.provider.reference.get_market_state)
        if answer.value is None:
            return Answer(error=answer.error)
        found = MarketAnswer(*answer.value, asked_at, utc_now() - asked_at)
        if self.config.base_url is not None and abs(found.offset) > OWN_TIME_FROM:
            self._offset = found.offset
        return Answer(found)

    @cached_property
    def entry(self) -> Answer[Entry] | None:
        """Whether the stream lets us in; None where it is not a provider that says so at once."""
        provider = self.provider
        if not isinstance(provider, Entrance):
            return None
        return _asked(lambda: provider.enter(self.symbols))

    @cached_property
    def depth_entry(self) -> Answer[Entry] | None:
        """The same of a second feed, where levels come from one."""
        feed = self.provider.depth_feed if isinstance(self.provider, TwoFeeds) else None
        if not isinstance(feed, Entrance):
            return None
        return _asked(lambda: feed.enter(self.symbols))

    @cached_property
    def dataset(self) -> Answer[str]:
        """What the dataset has, in words; `no_reference` where there is one for all."""
        provider = self.provider
        if not isinstance(provider, Entrance):
            return Answer(error=DataSourceError("it has one for all", code=NO_REFERENCE))
        return _asked(provider.describe_dataset)

    @property
    def refusal(self) -> str:
        """Why nothing else can be asked; empty where it can."""
        error = self.market.error
        if error is None or self.market.code == NO_REFERENCE:
            return ""
        if refusal_of_key(error):
            return "the key is not accepted"
        return "the provider does not answer"

    @cached_property
    def newest(self) -> Answer[Mapping[str, NewestKnown]]:
        """The newest print and quote of all symbols."""
        return self.newest_of(self.symbols or (USUAL_SYMBOL,))

    def newest_of(self, symbols: tuple[str, ...]) -> Answer[Mapping[str, NewestKnown]]:
        """Ask for the newest print and quote of some symbols."""
        return _asked(lambda: self.provider.history.fetch_newest(symbols, self.now_ns()))

    @cached_property
    def tape(self) -> Answer[FetchedTape]:
        """The prints and quotes of one symbol, of the shortest span."""
        now_ns = self.now_ns()
        return _asked(lambda: self.provider.history.fetch_tape(self.symbol, now_ns, now_ns))

    @cached_property
    def last_quote(self) -> Answer[Quote]:
        """One symbol's last quote, where a refused tape leaves quotes unasked."""
        return _asked(lambda: self.provider.reference.get_last_quote(self.symbol))

    def listing(self, symbol: str) -> Answer[Listing]:
        """Ask for a symbol in the provider's books; neither value nor error for no such."""
        reference = self.provider.reference
        if not isinstance(reference, Listings):
            return Answer(error=DataSourceError("it has no books of symbols", code=NO_REFERENCE))
        return _asked(lambda: reference.get_listing(symbol))


def refusal_of_key(error: OrderFlowError) -> str:
    """Return the sentence of a first answer that refuses the key, so that no other will help.

    Returns:
        What was found and, behind a semicolon, the mend; nothing for any other error.
    """
    # Imported here: what it leads to needs the time zone data, which may be what is missing.
    from trading_bot.order_flow.feed.access import (  # noqa: PLC0415 - see above
        KEY_REFUSED,
        NO_ENTRY,
    )

    if not isinstance(error, DataSourceError):
        return ""
    if error.status == FORBIDDEN:
        # The words for one path say that all others go without it; this is the first of all.
        found = str(error).rpartition("; ")[0]
        return f"{found}; check {KEY_NAMES}, and what the plan of that key includes"
    return str(error) if error.code in KEY_REFUSED | NO_ENTRY else ""


def _asked(question: Callable[[], T | None]) -> Answer[T]:
    try:
        return Answer(question())
    except OrderFlowError as error:
        return Answer(error=error)
