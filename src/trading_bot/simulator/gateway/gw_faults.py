"""Which of the gateway's faults hit one session, and when."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.faults.faults import ArmedFault, Fault, FaultBoard

TURNS: Final = (
    "gw_close",
    "gw_reset",
    "gw_error",
    "gw_garbage",
    "gw_half_record",
    "gw_mute",
    "gw_remap",
)
"""Faults that come at a point of a session; each hits a session once."""


class SessionFaults:
    """What goes wrong with one session; remembers what has hit it.

    Args:
        board: The faults that are set.
    """

    def __init__(self, board: FaultBoard) -> None:
        self._board = board
        self._hit: set[int] = set()
        self._acting: dict[str, list[ArmedFault]] = {}

    def look(self, now_ns: int) -> None:
        """See which faults act at this moment."""
        self._acting = self._board.on_stream(now_ns)

    def strikes(self, kind: str) -> bool:
        """Return whether a fault hits the whole connection, and count it."""
        return self.strike(kind) is not None

    def turn(self, sent: int, age_ns: int, symbols: Collection[str]) -> Fault | None:
        """Return the fault whose point of the session has come, and count it.

        Args:
            sent: Records of the market that the session has been sent.
            age_ns: Market time since it began.
            symbols: What it has subscribed to.
        """
        for kind in TURNS:
            for armed in self._acting.get(kind, ()):
                fault = armed.fault
                if fault.symbols and not set(fault.symbols) & set(symbols):
                    continue
                is_due = sent >= (fault.records or 0) and age_ns >= _ns(fault.seconds)
                if is_due and armed.number not in self._hit and self._board.spend(armed):
                    self._hit.add(armed.number)
                    return fault
        return None

    def on_record(self, kind: str, symbol: str) -> bool:
        """Return whether a record of a symbol is hit, and count it."""
        return any(
            armed.fault.concerns_symbol(symbol) and self._board.spend(armed)
            for armed in self._acting.get(kind, ())
        )

    def on_event(self, kind: str, channel: str, symbol: str, sequence: int) -> bool:
        """Return whether an event of a channel is hit, and count it; see `Fault.concerns_event`."""
        return any(
            armed.fault.concerns_event(channel, symbol, sequence) and self._board.spend(armed)
            for armed in self._acting.get(kind, ())
        )

    def strike(self, kind: str) -> Fault | None:
        """Return the fault that hits the whole connection, and count it; None for none."""
        for armed in self._acting.get(kind, ()):
            if self._board.spend(armed):
                return armed.fault
        return None

    def delay_ns(self) -> int:
        """Return how late what happens now is sent."""
        acting = self._acting.get("gw_delay", ())
        return max((_ns(_delay_of(armed.fault)) for armed in acting), default=0)

    def has(self, kind: str) -> bool:
        """Return whether a fault acts, whatever it has hit."""
        return any(armed.left != 0 for armed in self._acting.get(kind, ()))


def _delay_of(fault: Fault) -> float:
    return 10.0 if fault.seconds is None else fault.seconds


def _ns(seconds: float | None) -> int:
    return int((seconds or 0) * NS_PER_SECOND)
