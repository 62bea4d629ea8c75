"""A slot of the market on its way into one client's frames, through the faults of the stream."""

from __future__ import annotations

import msgspec

from trading_bot.order_flow.market.units import FAR_FUTURE_NS, NS_PER_MS, NS_PER_SECOND
from trading_bot.simulator.stream.ws_faults import Acting, ConnectionFaults
from trading_bot.simulator.stream.ws_feed import Happening
from trading_bot.simulator.stream.ws_field_faults import FieldFaults
from trading_bot.simulator.stream.ws_wire import message_of

MOST_MESSAGES_A_FRAME = 1_000
_DELAY_SECONDS = 5.0
_REORDER_SECONDS = 0.2
_SKEW_SECONDS = 5.0

Packet = tuple[frozenset[str], bytes]
"""The symbols of a frame, and its text."""


class StreamDelivery:
    """Holds back, repeats, shifts and spoils what one client is sent.

    Args:
        faults: What hits the connection.
    """

    def __init__(self, faults: ConnectionFaults) -> None:
        self._faults = faults
        self._fields = FieldFaults(faults)
        self._delayed: list[tuple[int, Happening]] = []
        self._reordered: list[tuple[int, Happening]] = []
        self._swaps = 0
        self._unknown = 0
        self._spoiled = 0

    def packets(self, slot: list[Happening], end_ns: int, acting: Acting) -> list[Packet]:
        """Return the texts of the frames for what happened in a slot.

        Args:
            slot: The client's events, in order.
            end_ns: End of the slot, Unix nanoseconds.
            acting: The faults that act.
        """
        if not acting and not self._delayed and not self._reordered:
            return _packed([(one.symbol, _encoded(one)) for one in slot])
        events = self._in_time(self._heard(slot, acting), end_ns, acting)
        packets = _packed(self._rows(events, acting))
        return [self._spoil(packet, acting) for packet in packets]

    def _heard(self, events: list[Happening], acting: Acting) -> list[Happening]:
        # One that is limited to nothing silences the whole connection, which is not done here.
        limited = [armed for armed in acting.get("ws_mute", ()) if armed.fault.is_limited()]
        mute = self._faults.on_events("ws_mute", {"ws_mute": limited})
        return [one for one in events if mute is None or mute(one) is None]

    def _in_time(self, events: list[Happening], end_ns: int, acting: Acting) -> list[Happening]:
        """Return what is due: what was held back first, and what was put out of order last."""
        delay = self._faults.on_events("ws_delay", acting)
        # Once the delay is over everything goes, so that the order stays.
        due_ns = end_ns if delay is not None else FAR_FUTURE_NS
        found, self._delayed = _released(self._delayed, due_ns)
        late, self._reordered = _released(self._reordered, end_ns)
        reorder = self._faults.on_events("ws_reorder", acting)
        for one in events:
            fault = None if delay is None else delay(one)
            if fault is not None:
                self._delayed.append((end_ns + _ns(fault.seconds, _DELAY_SECONDS), one))
                continue
            fault = None if reorder is None else reorder(one)
            self._swaps += fault is not None
            if fault is not None and self._swaps % 2:
                self._reordered.append((end_ns + _ns(fault.seconds, _REORDER_SECONDS), one))
            else:
                found.append(one)
        return found + late

    def _rows(self, events: list[Happening], acting: Acting) -> list[tuple[str, bytes]]:
        skew = self._faults.on_events("ws_clock_skew", acting)
        twice = self._faults.on_events("ws_duplicate", acting)
        unknown = self._faults.on_events("ws_unknown_events", acting)
        rows: list[tuple[str, bytes]] = []
        for one in events:
            fault = None if skew is None else skew(one)
            skew_ns = 0 if fault is None else _ns(fault.seconds, _SKEW_SECONDS)
            skew_ns += self._fields.ahead_ns(one, acting)
            message = message_of(one.event, one.symbol, one.tape, skew_ns)
            row = self._fields.encode(message, one, acting)
            rows.append((one.symbol, row))
            if twice is not None and twice(one) is not None:
                rows.append((one.symbol, row))
            if unknown is not None and unknown(one) is not None:
                rows.append((one.symbol, self._unknown_row(one)))
        return rows

    def _unknown_row(self, one: Happening) -> bytes:
        self._unknown += 1
        stamp_ms = one.event.sip_ns // NS_PER_MS
        if self._unknown % 2:
            return msgspec.json.encode({"ev": "FMV", "sym": one.symbol, "fmv": 1.5, "t": stamp_ms})
        return msgspec.json.encode({"ev": "NEW", "sym": one.symbol, "of": {"a": [stamp_ms]}})

    def _spoil(self, packet: Packet, acting: Acting) -> Packet:
        symbols, text = packet
        if self._faults.on_frame("ws_malformed", acting, symbols) is None:
            return packet
        self._spoiled += 1
        damaged = (text[: len(text) // 2], text + b"]", b"upstream connect error")
        return symbols, damaged[(self._spoiled - 1) % len(damaged)]


def _encoded(one: Happening) -> bytes:
    return msgspec.json.encode(message_of(one.event, one.symbol, one.tape))


def _ns(seconds: float | None, default: float) -> int:
    return int((default if seconds is None else seconds) * NS_PER_SECOND)


def _packed(rows: list[tuple[str, bytes]]) -> list[Packet]:
    packets: list[Packet] = []
    for start in range(0, len(rows), MOST_MESSAGES_A_FRAME):
        part = rows[start : start + MOST_MESSAGES_A_FRAME]
        text = b"[" + b",".join(row for _, row in part) + b"]"
        packets.append((frozenset(symbol for symbol, _ in part), text))
    return packets


def _released(
    held: list[tuple[int, Happening]], until_ns: int
) -> tuple[list[Happening], list[tuple[int, Happening]]]:
    """Return what is due, and what is still held."""
    due = [one for due_ns, one in held if due_ns <= until_ns]
    return due, [entry for entry in held if entry[0] > until_ns]
