"""What columns are called: one table for every file of trades or of quotes that is read as rows.

Our terms are the names of the provider's flat files. Another maker's name is added to the term that
it means. Names are compared without case, blanks, dashes and underscores: `Bid Price`, `bidPrice`
and `BID_PRICE` are one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["trades", "quotes"]
TICKER: Final = "ticker"
STAMP: Final = "sip_timestamp"

_TICKER = ("ticker", "symbol", "sym")
_STAMP = ("sip_timestamp", "sip_ts", "timestamp", "ts", "datetime", "time")
_PARTICIPANT = ("participant_timestamp", "participant_ts", "exchange_timestamp")
_SEQUENCE = ("sequence_number", "sequence", "sequence_no", "seq", "seq_num", "seqno")


@dataclass(frozen=True, slots=True)
class Signature:
    """What the header of one kind of file holds.

    Attributes:
        kind: What its rows are.
        names: Our term to the names that mean it, the best first: where a file has several of them,
            the first one counts.
        needed: Terms without which a row says nothing. The ticker is not among them: whose rows a
            file holds can be told beside it.
    """

    kind: Kind
    names: Mapping[str, tuple[str, ...]]
    needed: frozenset[str]

    def places(self, names: Sequence[str]) -> dict[str, int]:
        """Return term to place of the columns that are known.

        Args:
            names: The names in a header, in its order.
        """
        at = {bare(name): place for place, name in reversed(list(enumerate(names)))}
        found = {}
        for term, ways in self.names.items():
            place = next((at[bare(way)] for way in ways if bare(way) in at), None)
            if place is not None:
                found[term] = place
        return found


TRADES: Final = Signature(
    "trades",
    {
        TICKER: _TICKER,
        "conditions": ("conditions", "condition", "cond", "conds", "trade_conditions"),
        "correction": ("correction", "corr"),
        "exchange": ("exchange", "exchange_id", "ex"),
        "id": ("id", "trade_id"),
        "participant_timestamp": _PARTICIPANT,
        "price": ("price", "trade_price", "px"),
        "sequence_number": _SEQUENCE,
        STAMP: _STAMP,
        "size": ("size", "trade_size", "volume", "vol", "qty", "quantity", "shares"),
        "trf_id": ("trf_id", "trf"),
    },
    frozenset({"price", "size", STAMP}),
)
QUOTES: Final = Signature(
    "quotes",
    {
        TICKER: _TICKER,
        "ask_price": ("ask_price", "ask", "ask_px", "offer", "offer_price", "best_ask"),
        "ask_size": ("ask_size", "ask_sz", "ask_qty", "ask_volume", "offer_size", "best_ask_size"),
        "bid_price": ("bid_price", "bid", "bid_px", "best_bid"),
        "bid_size": ("bid_size", "bid_sz", "bid_qty", "bid_volume", "best_bid_size"),
        "participant_timestamp": _PARTICIPANT,
        "sequence_number": _SEQUENCE,
        STAMP: _STAMP,
    },
    frozenset({"bid_price", "bid_size", "ask_price", "ask_size", STAMP}),
)


def signature_of(names: Sequence[str]) -> Signature:
    """Return the signature that a header is nearest to: that of quotes where it names a bid."""
    return QUOTES if "bid_price" in QUOTES.places(names) else TRADES


def bare(name: str) -> str:
    """Return a name as names are compared: without case, blanks, dashes and underscores."""
    return "".join(filter(str.isalnum, name.lower()))
