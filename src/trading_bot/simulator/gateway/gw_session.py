"""One connection to the gateway: its greeting, its login, and the lines that it sends."""

from __future__ import annotations

from asyncio import Transport
from typing import Final

from trading_bot.simulator.gateway.gw_desk import Admitted, GatewayDesk
from trading_bot.simulator.gateway.gw_faults import SessionFaults
from trading_bot.simulator.gateway.gw_line import GatewayLine
from trading_bot.simulator.gateway.gw_lines import (
    MOST_BYTES_A_LINE,
    BadLineError,
    Login,
    fields_of,
    line,
    login_of,
    subscription_of,
)
from trading_bot.simulator.gateway.gw_records import SUBSCRIPTION_ERROR
from trading_bot.simulator.gateway.gw_subscriber import Subscriber
from trading_bot.simulator.gateway.gw_terms import AUTHENTICATION_FAILED, not_licensed
from trading_bot.simulator.stream.ws_log import StreamNote, StreamNoteKind

VERSION: Final = "0.9.0"


class GatewaySession:
    """One client, from its greeting to its end.

    Args:
        number: From 1, in the order of connecting.
        transport: The connection.
        desk: The gateway around it.
        challenge: What the client has to answer with its key.

    Attributes:
        subscriber: Who was let in, or None before.
    """

    def __init__(
        self, number: int, transport: Transport, desk: GatewayDesk, challenge: str
    ) -> None:
        self.number = number
        self.subscriber: Subscriber | None = None
        self._desk = desk
        self._line = GatewayLine(transport)
        self._challenge = challenge
        self._faults = SessionFaults(desk.faults)
        self._unread = b""

    def is_of(self, admitted: Admitted) -> bool:
        """Return whether it is a session of this account and dataset that goes on."""
        subscriber = self.subscriber
        return subscriber is not None and subscriber.admitted == admitted and not self._line.is_over

    def greet(self) -> None:
        """Say the first word."""
        self._faults.look(self._desk.now_ns())
        self._note("connected")
        if self._faults.strikes("gw_hang_up"):
            self._line.reset("gw_hang_up")
        elif self._faults.strikes("gw_no_greeting"):
            self._line.fall_silent("gw_no_greeting")
        else:
            self._line.write(line(lsg_version=VERSION) + line(cram=self._challenge))
            self._line.flush()

    def take(self, data: bytes) -> None:
        """Do what the client asks in the lines that are whole."""
        if self._line.is_over:
            return
        *lines, self._unread = (self._unread + data).split(b"\n")
        now_ns = self._desk.now_ns()
        self._faults.look(now_ns)
        if len(self._unread) > MOST_BYTES_A_LINE:
            self._unread = b""
            self._refuse(f"A line may have {MOST_BYTES_A_LINE} bytes", now_ns)
        for text in lines:
            if not self._line.is_over:
                self._take_line(text, now_ns)
        self._line.flush()

    def _take_line(self, text: bytes, now_ns: int) -> None:
        try:
            fields = fields_of(text)
            if self.subscriber is None:
                self._authenticate(login_of(fields), now_ns)
            elif "start_session" in fields:
                self.subscriber.start(now_ns)
            else:
                self.subscriber.subscribe(subscription_of(fields), now_ns)
        except BadLineError as error:
            self._refuse(str(error), now_ns)

    def _authenticate(self, login: Login, now_ns: int) -> None:
        admitted = self._admitted(login)
        if isinstance(admitted, str):
            self._refuse(admitted, now_ns)
            return
        self._note("auth_success", admitted.dataset.name)
        self._line.write(line(success=1, session_id=self.number))
        if login.is_packed:
            self._line.pack()
        self.subscriber = Subscriber(
            login, admitted, self._desk, self._line, self._faults, self._note
        )

    def _admitted(self, login: Login) -> Admitted | str:
        if self._faults.strikes("auth_failed"):
            return AUTHENTICATION_FAILED
        if self._faults.strikes("gw_no_license"):
            return not_licensed(login.dataset)
        return self._desk.admit(login, self._challenge)

    def _refuse(self, text: str, now_ns: int) -> None:
        """Say what is wrong, and end."""
        if self.subscriber is not None:
            self.subscriber.fail(text, SUBSCRIPTION_ERROR, now_ns)
            return
        self._note("auth_failed", text)
        self._line.write(line(success=0, error=text))
        self._line.hang_up(text)

    def advance(self, now_ns: int) -> bool:
        """Send what is due; tell whether more is."""
        if self.subscriber is None or self._line.is_over:
            return False
        self._faults.look(now_ns)
        more = self.subscriber.advance(now_ns)
        self._line.flush()
        return more

    def unsent(self) -> int:
        """Return the bytes that the client has not taken yet."""
        return self._line.unsent()

    def cut(self) -> None:
        """End at once: the gateway goes away."""
        self._line.reset("the gateway went away")

    def ended(self) -> None:
        """Note the end."""
        self._note("closed", self._line.end)

    def _note(self, kind: StreamNoteKind, detail: str = "") -> None:
        self._desk.log.add(StreamNote(kind, self.number, self._desk.now_ns(), detail))
