"""A client that was let in: what it subscribes to, and what it is sent from its start on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.gateway.gw_delivery import Delivery, Wanted
from trading_bot.simulator.gateway.gw_desk import Admitted, GatewayDesk
from trading_bot.simulator.gateway.gw_faults import SessionFaults
from trading_bot.simulator.gateway.gw_line import GatewayLine
from trading_bot.simulator.gateway.gw_lines import Login, Subscription
from trading_bot.simulator.gateway.gw_records import (
    AGED_OUT_ERROR,
    FATAL_ERRORS,
    INTERNAL_ERROR,
    SUBSCRIPTION_ERROR,
    SYMBOL_ERROR,
    Records,
)
from trading_bot.simulator.gateway.gw_terms import (
    ALL_SYMBOLS,
    REPLAY_NS,
    SKIPPED_WHEN_SLOW,
    instruments_of,
)
from trading_bot.simulator.stream.ws_log import StreamNoteKind

GARBAGE: Final = bytes(64)
"""No record: the first byte says that its length is nothing."""

Note = Callable[[StreamNoteKind, str], None]


class Subscriber:
    """One session behind its login.

    Args:
        login: What the client asked for.
        admitted: Who it is.
        desk: The gateway around it.
        line: The way to the client.
        faults: What goes wrong with the session.
        note: Takes notes.
    """

    def __init__(
        self,
        login: Login,
        admitted: Admitted,
        desk: GatewayDesk,
        line: GatewayLine,
        faults: SessionFaults,
        note: Note,
    ) -> None:
        self.admitted = admitted
        self._login = login
        self._desk = desk
        self._line = line
        self._faults = faults
        self._note = note
        self._records = Records(admitted.dataset, with_sent_stamp=login.with_sent_stamp)
        self._instruments = instruments_of(admitted.dataset, desk.market.symbols)
        self._delivery = Delivery(
            desk.market, self._records, faults, desk.terms, self._instruments, line
        )
        self._begun: list[Subscription] = []
        self._waiting: list[Subscription] = []
        self._started_ns: int | None = None

    def subscribe(self, asked: Subscription, now_ns: int) -> None:
        """Take a line of a subscription; the last one makes it."""
        dataset = self.admitted.dataset
        refused = None if asked.start_ns is None else self._faults.strike("gw_no_replay")
        if refused is not None:
            self.fail("There is no replay", refused.code or INTERNAL_ERROR, now_ns)
        elif asked.schema not in dataset.schemas:
            text = f"Schema {asked.schema} is not available for {dataset.name}"
            self.fail(text, SUBSCRIPTION_ERROR, now_ns)
        elif asked.start_ns is not None and self._started_ns is not None:
            text = "A start cannot be given once the session has started"
            self.fail(text, SUBSCRIPTION_ERROR, now_ns)
        elif asked.start_ns and asked.start_ns < now_ns - REPLAY_NS:
            text = "The start lies more than 24 hours back"
            self.fail(text, AGED_OUT_ERROR, now_ns)
        else:
            self._begun.append(asked)
            if asked.is_last:
                self._complete(asked, now_ns)

    def _complete(self, asked: Subscription, now_ns: int) -> None:
        symbols = tuple(symbol for part in self._begun for symbol in part.symbols)
        self._begun.clear()
        self._note("subscribed", f"{asked.schema} {','.join(symbols)} {asked.start_ns}")
        whole = replace(asked, symbols=symbols)
        if self._started_ns is None:
            self._waiting.append(whole)
        else:
            self._make(whole, now_ns)

    def start(self, now_ns: int) -> None:
        """Begin to send; asked again, nothing happens."""
        if self._started_ns is not None:
            return
        self._started_ns = now_ns
        self._note("started", "")
        if self.turn(now_ns):
            return
        self._delivery.open(now_ns)
        for asked in self._waiting:
            self._make(asked, now_ns)

    def _make(self, asked: Subscription, now_ns: int) -> None:
        listed = self._desk.market.symbols
        names = listed if asked.symbols == (ALL_SYMBOLS,) else asked.symbols
        for symbol in names:
            if symbol not in listed:
                self._note("refused", symbol)
                text = f"Failed to resolve symbol '{symbol}'"
                error = self._records.error(text, SYMBOL_ERROR, now_ns)
                self._delivery.say(error, now_ns)
        skips = self._login.skips
        self._delivery.add(
            Wanted(
                asked.schema,
                frozenset(names).intersection(listed),
                from_ns=now_ns if asked.start_ns is None else asked.start_ns,
                is_replayed=asked.start_ns is not None,
                skips=asked.schema in SKIPPED_WHEN_SLOW if skips is None else skips,
                number=asked.number,
            ),
            now_ns,
        )

    def fail(self, text: str, code: int, now_ns: int) -> None:
        """Tell an error; a fatal one ends the session."""
        # Errors are records, and before all records comes what they are records of.
        self._delivery.open(now_ns)
        self._delivery.say(self._records.error(text, code, now_ns), now_ns)
        if code in FATAL_ERRORS:
            self._line.hang_up(f"error {code}: {text}")

    def advance(self, now_ns: int) -> bool:
        """Send what is due; tell whether more is to be sent at once."""
        if self._started_ns is None or self.turn(now_ns):
            return False
        more = self._delivery.advance(now_ns, lambda: self.turn(now_ns))
        if self._line.is_over:
            return False
        self._delivery.beat(now_ns, self._login.heartbeat_seconds)
        if self._line.unsent() > self._desk.terms.unsent_bytes:
            self._line.reset("too slow")
        return more

    def turn(self, now_ns: int) -> bool:
        """Let the faults happen whose point has come; tell whether the session is over."""
        delivery = self._delivery
        age_ns = now_ns - (self._started_ns or now_ns)
        while not self._line.is_over:
            fault = self._faults.turn(delivery.sent, age_ns, delivery.symbols)
            if fault is None:
                return False
            self._strike(fault, now_ns)
        return True

    def _strike(self, fault: Fault, now_ns: int) -> None:
        match fault.kind:
            case "gw_close":
                self._line.hang_up(fault.kind)
            case "gw_reset":
                self._line.reset(fault.kind)
            case "gw_error":
                code = fault.code or INTERNAL_ERROR
                self.fail(f"Simulated error {code}", code, now_ns)
            case "gw_garbage":
                self._line.spoil(GARBAGE)
            case "gw_half_record":
                beat = self._records.heartbeat(now_ns)
                self._line.write(beat[: len(beat) // 2])
                self._line.hang_up(fault.kind)
            case "gw_remap":
                self._delivery.remap(fault.symbols, now_ns)
            case _:
                self._delivery.is_mute = True
