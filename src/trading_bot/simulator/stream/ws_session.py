"""One client of the stream: who it is, what it has subscribed to, what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.outside.door import decode_or_none
from trading_bot.simulator.stream.ws_delivery import StreamDelivery
from trading_bot.simulator.stream.ws_desk import Request, StreamDesk
from trading_bot.simulator.stream.ws_faults import Acting, ConnectionFaults
from trading_bot.simulator.stream.ws_feed import Happening
from trading_bot.simulator.stream.ws_frames import close_frame, pong_frame, text_frame
from trading_bot.simulator.stream.ws_line import StreamLine
from trading_bot.simulator.stream.ws_log import StreamNote, StreamNoteKind
from trading_bot.simulator.stream.ws_wire import status_text

_request = msgspec.json.Decoder(Request)

NORMAL_CLOSE, POLICY_CLOSE = 1000, 1008
ABNORMAL_CLOSE = 1006
"""Stands for the end of a connection without a closing frame."""
_ANSWER_SECONDS = 1.0
"""How long a client may take to answer a closing frame, wall time."""
_TOO_MANY = (
    "Maximum number of websocket connections exceeded. You have reached the connection limit for "
    "your account. Please contact support@polygon.io for more information."
)
_UNNAMED = "the subscription could not be made"
_DRIP_BYTES_PER_SECOND = 500.0
_TOO_SLOW = "You are not reading fast enough; the connection is closed."


class StreamSession:
    """One connection, from its greeting to its end.

    Args:
        number: From 1, in the order of connecting.
        line: The way to the client.
        desk: The server around it.

    Attributes:
        key: The key that it was let in with, or None before.
        channels: What it has subscribed to, each with the market time from which events count.
        is_ending: True once nothing more is sent.
        is_dead: True while not even pings are answered.
        cut_at_ns: Market time at which the connection is cut, or None.
    """

    def __init__(self, number: int, line: StreamLine, desk: StreamDesk) -> None:
        self.number = number
        self.line = line
        self.key: str | None = None
        self.channels: dict[str, int] = {}
        self.is_ending = False
        self.cut_at_ns: int | None = None
        self._end = "the client left"
        self._desk = desk
        self._faults = ConnectionFaults(desk.faults)
        self._delivery = StreamDelivery(self._faults)
        self._subscribed_ns: int | None = None
        self._mute = False
        self.is_dead = False

    def wants(self, happening: Happening) -> bool:
        """Return whether an event lies in a channel of this client, after its subscription."""
        own = self.channels.get(f"{happening.channel}.{happening.symbol}")
        every = self.channels.get(f"{happening.channel}.*")
        stamp_ns = happening.event.sip_ns
        return (own is not None and stamp_ns > own) or (every is not None and stamp_ns > every)

    def symbols(self) -> set[str]:
        """Return the symbols of its channels; `*` stands for every one."""
        return {channel.partition(".")[2] for channel in self.channels}

    def _look(self, now_ns: int) -> Acting:
        """See which faults act on the connection as a whole."""
        acting = self._faults.acting(now_ns)
        symbols = self.symbols()
        self.is_dead = self._faults.on_connection("ws_dead", acting, symbols) is not None
        whole = [armed for armed in acting.get("ws_mute", ()) if not armed.fault.is_limited()]
        mute = self._faults.on_connection("ws_mute", {"ws_mute": whole}, symbols)
        self._mute = mute is not None
        drip = self._faults.on_connection("ws_slow_drip", acting, symbols)
        rate = None
        if drip is not None:
            rate = drip.bytes_per_second
            rate = _DRIP_BYTES_PER_SECOND if rate is None else rate
        self.line.limit(rate, now_ns)
        return acting

    def greet(self) -> None:
        """Say the first word."""
        self._look(self._desk.now_ns())
        self._note("connected")
        self.tell("connected", "Connected Successfully")

    def tell(self, status: str, message: str) -> None:
        """Send a frame with one status message."""
        self.send(text_frame(status_text(status, message)))

    def send(self, frame: bytes) -> None:
        """Send a frame, unless the session is ending or silent."""
        if not (self.is_ending or self._mute or self.is_dead):
            self.line.send(frame)

    def pong(self, payload: bytes) -> None:
        """Answer a ping; a mute server does so too, a dead one does not."""
        self._look(self._desk.now_ns())
        if not (self.is_ending or self.is_dead):
            self.line.send(pong_frame(payload))

    def deliver(self, slot: list[Happening], end_ns: int) -> None:
        """Send what happened in a slot that ends at `end_ns`, as far as the client wants it."""
        acting = self._look(end_ns)
        if self._subscribed_ns is None or self._ends(acting, end_ns - self._subscribed_ns):
            return
        mine = [happening for happening in slot if self.wants(happening)]
        for symbols, text in self._delivery.packets(mine, end_ns, acting):
            frame = text_frame(text)
            half = self._faults.on_frame("ws_half_frame", acting, symbols)
            if half is not None:
                self._send_half(frame, end_ns + int((half.seconds or 0) * NS_PER_SECOND))
                return
            self.send(frame)

    def _ends(self, acting: Acting, age_ns: int) -> bool:
        symbols = self.symbols()
        if self._faults.on_connection("ws_max_connections", acting, symbols, age_ns) is not None:
            self.evict()
            return True
        fault = self._faults.on_connection("ws_close", acting, symbols, age_ns)
        if fault is not None:
            self.close(fault.code or ABNORMAL_CLOSE, "ws_close")
        return fault is not None

    def _send_half(self, frame: bytes, cut_at_ns: int) -> None:
        self.send(frame[: len(frame) // 2])
        self._end = "half a frame"
        self.is_ending = True
        self.cut_at_ns = cut_at_ns

    def take(self, text: str | bytes) -> None:
        """Do what the client asks."""
        self._look(self._desk.now_ns())
        request = decode_or_none(text.encode() if isinstance(text, str) else text, _request)
        if request is None:
            self.tell("error", "the message is not an action with params")
            return
        if request.action == "auth":
            self._authenticate(request.params)
        elif self.key is None:
            self.tell("error", "not authenticated: send an auth action first")
        elif request.action == "subscribe":
            self._subscribe(_channels(request.params))
        elif request.action == "unsubscribe":
            self._unsubscribe(_channels(request.params))
        else:
            self.tell("error", f"unknown action: {request.action}")

    def _authenticate(self, key: str) -> None:
        refusal = self._desk.refusal_of_key(key)
        if refusal is not None:
            self._note("auth_failed", refusal)
            self.tell("auth_failed", refusal)
            self.close(POLICY_CLOSE, "authentication failed")
            return
        self.key = key
        self._desk.admit(self)
        self._note("auth_success")
        self.tell("auth_success", "authenticated")
        acting = self._faults.acting(self._desk.now_ns())
        fault = self._faults.on_connection("ws_close_after_auth", acting, ("*",))
        if fault is not None:
            self.close(fault.code or ABNORMAL_CLOSE, "ws_close_after_auth")

    def _subscribe(self, channels: Sequence[str]) -> None:
        acting = self._faults.acting(self._desk.now_ns())
        if self._faults.on_request("ws_unnamed_error", acting, channels):
            self._note("refused", ",".join(channels))
            self.tell("error", _UNNAMED)
            return
        for channel in channels:
            if self._faults.on_request("ws_no_answer", acting, (channel,)):
                self._note("unanswered", channel)
                continue
            refusal = self._desk.refusal_of_channel(channel)
            if refusal is not None:
                self._note("refused", channel)
                self.tell("error", refusal)
                continue
            self._desk.prepare(channel.partition(".")[2])
            # No replay: only what happens after this moment is sent.
            now_ns = self._desk.now_ns()
            self.channels.setdefault(channel, now_ns)
            self._subscribed_ns = self._subscribed_ns or now_ns
            self._note("subscribed", channel)
            self.tell("success", f"subscribed to: {channel}")

    def _unsubscribe(self, channels: Iterable[str]) -> None:
        for channel in channels:
            self.channels.pop(channel, None)
            self._note("unsubscribed", channel)
            self.tell("success", f"unsubscribed to: {channel}")

    def evict(self) -> None:
        """Give way to a newer connection of the same account."""
        self.tell("max_connections", _TOO_MANY)
        self.close(POLICY_CLOSE, "max_connections")

    def drop_slow_reader(self) -> None:
        """Give a client up that does not read."""
        self.tell("slow_consumer", _TOO_SLOW)
        self.close(POLICY_CLOSE, "slow_consumer")

    def close(self, code: int, reason: str) -> None:
        """End the connection: by a closing frame, or with 1006 without any."""
        self._end = f"{code} {reason}"
        if code == ABNORMAL_CLOSE:
            self.is_ending = True
            self.line.cut()
            return
        self.send(close_frame(code, reason))
        self.is_ending = True
        asyncio.get_running_loop().call_later(_ANSWER_SECONDS, self.line.cut)

    def answer_close(self) -> None:
        """Let the client go that has sent a closing frame."""
        self.send(close_frame(NORMAL_CLOSE, ""))
        self.is_ending = True

    def ended(self) -> None:
        """Hang up, and note the end."""
        self.line.hang_up()
        self._note("closed", self._end)

    def _note(self, kind: StreamNoteKind, detail: str = "") -> None:
        self._desk.log.add(StreamNote(kind, self.number, self._desk.now_ns(), detail))


def _channels(params: str) -> list[str]:
    return [channel.strip() for channel in params.split(",") if channel.strip()]
