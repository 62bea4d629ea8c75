"""Takes the messages of two feeds apart: prints and quotes of one, the levels of the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from ...market.events import BookEvent, HaltEvent, Print, Withdrawal
from ...market.sink import MarketSink
from ...market.trade_conditions import TradeConditions
from ..provider import BesideMessage, StreamDecoder
from .comparison import FeedComparison
from .depth_channel import DepthChannel

_EXECUTED = frozenset({"auction", "cross"})
"""Prints that count for no rule, and are trades of the venue all the same."""

Comparisons = Mapping[str, FeedComparison]
"""The comparison of each symbol."""


class TapeSink(MarketSink):
    """Hands on the first feed's events, and lets prints of the venue and quotes be compared.

    Args:
        sink: Takes the events.
        comparisons: The comparison of each symbol.
        venue: The venue's exchange id.
    """

    def __init__(self, sink: MarketSink, comparisons: Comparisons, venue: int) -> None:
        self._sink = sink
        self._comparisons = comparisons
        self._venue = venue
        self._conditions = TradeConditions()

    def trade(self, event: Print) -> None:
        """Hand a print on."""
        if event[8] == self._venue and not event[9]:
            found = self._comparisons.get(event[0])
            if found is not None and self._is_trade(event):
                found.tape_print(event[1] if event[4] is None else event[4], event[2], event[3])
        self._sink.trade(event)

    def quote(
        self,
        symbol: str,
        sip_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        participant_ns: int | None = None,
        sequence: int = 0,
        received_ns: int | None = None,
    ) -> None:
        """Hand a best bid and ask on."""
        found = self._comparisons.get(symbol)
        if found is not None:
            now_ns = sip_ns if received_ns is None else received_ns
            found.nbbo(sip_ns, bid_ticks, ask_ticks, now_ns)
        self._sink.quote(
            symbol,
            sip_ns,
            bid_ticks,
            bid_size,
            ask_ticks,
            ask_size,
            participant_ns,
            sequence,
            received_ns,
        )

    def book(self, event: BookEvent) -> None:
        """Hand a book on: where the first feed has such, its best bid and ask are compared."""
        found = self._comparisons.get(event.symbol)
        if found is not None:
            now_ns = event.sip_ns if event.received_ns is None else event.received_ns
            bid, ask = (side[0][0] if side else 0 for side in (event.bids, event.asks))
            found.nbbo(event.sip_ns, bid, ask, now_ns)
        self._sink.book(event)

    def withdraw(self, event: Withdrawal) -> None:
        """Hand on that a print is taken back."""
        self._sink.withdraw(event)

    def halt(self, event: HaltEvent) -> None:
        """Hand on the word of a halt."""
        self._sink.halt(event)

    def _is_trade(self, event: Print) -> bool:
        if not event[6] and not event[7]:
            return True
        verdict = self._conditions.verdict(event[6], event[7], True)
        return verdict.volume or verdict.reason in _EXECUTED


class DepthSink(MarketSink):
    """Hands on the second feed's levels as those of a venue; its prints are compared only.

    Args:
        sink: Takes the levels.
        comparisons: The comparison of each symbol.
        channel: Told whose levels came.
        venue: The venue's exchange id.

    Attributes:
        is_newest: Whether what comes now came by the newest connection.
    """

    def __init__(
        self, sink: MarketSink, comparisons: Comparisons, channel: DepthChannel, venue: int
    ) -> None:
        self._sink = sink
        self._comparisons = comparisons
        self._channel = channel
        self._venue = venue
        self.is_newest = False

    def trade(self, event: Print) -> None:
        """Compare a trade of the venue: the tape has it too."""
        found = self._comparisons.get(event[0])
        if found is not None:
            found.depth_print(event[1], event[2], event[3])

    def quote(self, *_: object) -> None:
        """Take no best bid and ask: the first feed has those of the whole market."""

    def book(self, event: BookEvent) -> None:
        """Hand levels on."""
        found = self._comparisons.get(event.symbol)
        if found is None:
            return
        now_ns = event.sip_ns if event.received_ns is None else event.received_ns
        found.levels(event.sip_ns, event.bids, event.asks, now_ns)
        event.venue = self._venue
        self._sink.book(event)
        if self.is_newest:
            self._channel.levels(event.symbol)

    def withdraw(self, event: Withdrawal) -> None:
        """Take no word of prints that nobody judges."""

    def halt(self, event: HaltEvent) -> None:
        """Take no word of halts: the first feed has those of the whole market."""


class PairedDecoder:
    """Gives each message to the decoder of its feed; see `StreamDecoder`.

    Args:
        tape: Decodes the first feed's messages.
        depth: Decodes the second one's, into `sink`.
        sink: Where that one gives its events.
        newest_link: Returns the number of the second feed's newest connection.
        lose: Told whose levels are missing or doubtful; an empty name is every symbol.

    Attributes:
        refused: What could not be used of either feed, by reason; of the second behind `depth_`.
        lost: Symbols of what the first feed lost.
        refused_rows: How many of its rows could not be used.
    """

    def __init__(
        self,
        tape: StreamDecoder,
        depth: StreamDecoder,
        sink: DepthSink,
        newest_link: Callable[[], int],
        lose: Callable[[str], None],
    ) -> None:
        self._tape = tape
        self._depth = depth
        self._sink = sink
        self._newest_link = newest_link
        self._lose = lose
        self.refused: Counter[str] = tape.refused
        self.lost = tape.lost
        self.refused_rows = tape.refused_rows

    def decode(self, payload: bytes, received_ns: int, link: int) -> None:
        """Give the events of one message to its feed's sink."""
        if isinstance(payload, BesideMessage):
            self._decode_depth([payload], received_ns, is_conflated=False)
        else:
            self._tape.decode(payload, received_ns, link)

    def decode_conflated(self, payloads: Sequence[bytes], received_ns: int, link: int) -> int:
        """Do the same with many; see `StreamDecoder.decode_conflated`."""
        beside = [each for each in payloads if isinstance(each, BesideMessage)]
        tape = [each for each in payloads if not isinstance(each, BesideMessage)]
        left_out = self._tape.decode_conflated(tape, received_ns, link) if tape else 0
        for _, some in groupby(beside, key=lambda each: each.link):
            left_out += self._decode_depth(list(some), received_ns, is_conflated=True)
        return left_out

    def pieces(self, payload: bytes) -> Iterator[bytes]:
        """Take a large message apart."""
        if not isinstance(payload, BesideMessage):
            yield from self._tape.pieces(payload)
            return
        for each in self._depth.pieces(payload):
            yield beside(each, payload.link)

    def symbols_of(self, payload: bytes, *, is_part: bool = False) -> set[str] | None:
        """Return whose events a message of the first feed holds; None for one of the second."""
        if isinstance(payload, BesideMessage):
            return None
        return self._tape.symbols_of(payload, is_part=is_part)

    def _decode_depth(
        self, payloads: Sequence[BesideMessage], received_ns: int, *, is_conflated: bool
    ) -> int:
        link, depth, left_out = payloads[0].link, self._depth, 0
        self._sink.is_newest = link == self._newest_link()
        if is_conflated:
            left_out = depth.decode_conflated(payloads, received_ns, link)
        else:
            depth.decode(payloads[0], received_ns, link)
        if depth.refused:
            self.refused.update({f"depth_{name}": each for name, each in depth.refused.items()})
            depth.refused.clear()
        if depth.lost or depth.refused_rows:
            doubted = depth.lost | {
                symbol for kind, symbol in depth.refused_rows if kind != "trades"
            }
            depth.lost.clear()
            depth.refused_rows.clear()
            for symbol in doubted:
                self._lose(symbol)
        return left_out


def beside(payload: bytes, link: int) -> BesideMessage:
    """Return a message of the second feed, marked as that."""
    message = BesideMessage(payload)
    message.link = link
    return message
