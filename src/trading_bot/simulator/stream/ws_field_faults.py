"""Faults of single members and stamps, on their way into one client's messages."""

from __future__ import annotations

from typing import Any

import msgspec

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.simulator.faults.damage import AHEAD_SECONDS
from trading_bot.simulator.faults.fault_kinds import FIELD_FAULTS
from trading_bot.simulator.faults.field_faults import change_field
from trading_bot.simulator.stream.ws_faults import Acting, ConnectionFaults
from trading_bot.simulator.stream.ws_feed import Happening


class FieldFaults:
    """Changes members of what one client is sent; remembers what it has stamped ahead.

    Args:
        faults: What hits the connection.
    """

    def __init__(self, faults: ConnectionFaults) -> None:
        self._faults = faults
        self._ahead: dict[tuple[int, str], int] = {}

    def ahead_ns(self, one: Happening, acting: Acting) -> int:
        """Return by how much an event is stamped ahead."""
        for armed in acting.get("future_stamp", ()):
            fault = armed.fault
            is_meant = one.channel == (fault.channel or "T") and fault.concerns_symbol(one.symbol)
            if not is_meant or one.event.sip_ns < armed.from_ns:
                continue
            first = self._ahead.setdefault((armed.number, one.symbol), one.event.sequence)
            if first == one.event.sequence:
                seconds = AHEAD_SECONDS if fault.seconds is None else fault.seconds
                return int(seconds * NS_PER_SECOND)
        return 0

    def encode(self, message: msgspec.Struct, one: Happening, acting: Acting) -> bytes:
        """Write a message with the members that the faults leave."""
        kinds = [kind for kind in FIELD_FAULTS if kind in acting]
        if not kinds:
            return msgspec.json.encode(message)
        row: dict[str, Any] = msgspec.to_builtins(message)
        for kind in kinds:
            fields = {each.fault.field for each in acting[kind]}
            for field in sorted(name for name in fields if name in row):
                named = [each for each in acting[kind] if each.fault.field == field]
                hit = self._faults.on_events(kind, {kind: named})
                if hit is not None and hit(one) is not None:
                    change_field(row, kind, field)
        return msgspec.json.encode(row)
