"""Which of the stream's faults hit one connection."""

from __future__ import annotations

from collections.abc import Callable, Collection

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.faults.faults import ArmedFault, Fault, FaultBoard
from trading_bot.simulator.stream.ws_feed import Happening

Acting = dict[str, list[ArmedFault]]
"""The faults that act at one moment, by kind."""


class ConnectionFaults:
    """What goes wrong with one connection; remembers what has hit it.

    Args:
        board: The faults that are set.
    """

    def __init__(self, board: FaultBoard) -> None:
        self._board = board
        self._hit: set[int] = set()

    def acting(self, now_ns: int) -> Acting:
        """Return the faults that act at this moment."""
        return self._board.on_stream(now_ns)

    def on_connection(
        self, kind: str, acting: Acting, symbols: Collection[str], age_ns: int | None = None
    ) -> Fault | None:
        """Return the fault of this kind that hits the connection, and count it once.

        Args:
            kind: What may go wrong.
            acting: What acts at this moment.
            symbols: Those of its channels, `*` for every one.
            age_ns: Market time since its first subscription; where given, a fault waits for its
                `seconds`.
        """
        for armed in acting.get(kind, ()):
            fault = armed.fault
            if fault.symbols and "*" not in symbols and not set(fault.symbols) & set(symbols):
                continue
            if age_ns is not None and age_ns < (fault.seconds or 0) * NS_PER_SECOND:
                continue
            if armed.number in self._hit or self._board.spend(armed):
                self._hit.add(armed.number)
                return fault
        return None

    def on_events(self, kind: str, acting: Acting) -> Callable[[Happening], Fault | None] | None:
        """Return a function that gives the fault of an event, and counts it.

        None instead when there is none of this kind, so that nobody has to ask.
        """
        armed_of_kind = acting.get(kind)
        if not armed_of_kind:
            return None

        def hit(one: Happening) -> Fault | None:
            for armed in armed_of_kind:
                is_meant = armed.fault.concerns_event(one.channel, one.symbol, one.event.sequence)
                if is_meant and self._board.spend(armed):
                    return armed.fault
            return None

        return hit

    def on_request(self, kind: str, acting: Acting, channels: Collection[str]) -> bool:
        """Return whether a request for channels is hit, and count it."""
        for armed in acting.get(kind, ()):
            fault = armed.fault
            parts = (channel.partition(".") for channel in channels)
            is_meant = any(
                fault.channel in (None, name) and fault.concerns_symbol(symbol)
                for name, _, symbol in parts
            )
            if is_meant and self._board.spend(armed):
                return True
        return False

    def on_frame(self, kind: str, acting: Acting, symbols: Collection[str]) -> Fault | None:
        """Return the fault of a frame with events of these symbols, and count it."""
        for armed in acting.get(kind, ()):
            concerned = any(armed.fault.concerns_symbol(symbol) for symbol in symbols)
            if concerned and self._board.spend(armed):
                return armed.fault
        return None
