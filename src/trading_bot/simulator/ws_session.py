"""One client of the stream: who it is, what it has subscribed to, what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

import msgspec

from trading_bot.simulator.ws_feed import Happening
from trading_bot.simulator.ws_frames import close_frame, pong_frame, text_frame
from trading_bot.simulator.ws_line import StreamLine
from trading_bot.simulator.ws_log import StreamLog, StreamNote, StreamNoteKind
from trading_bot.simulator.ws_wire import status_text

NORMAL_CLOSE, POLICY_CLOSE = 1000, 1008
ABNORMAL_CLOSE = 1006
"""Stands for the end of a connection without a closing frame."""
_ANSWER_SECONDS = 1.0
"""How long a client may take to answer a closing frame, wall time."""
_TOO_MANY = (
    "Maximum number of websocket connections exceeded. You have reached the connection limit for "
    "your account. Please contact support@polygon.io for more information."
)
_TOO_SLOW = "You are not reading fast enough; the connection is closed."


class Request(msgspec.Struct):
    """What a client sends."""

    action: str
    params: str = ""


class StreamDesk(Protocol):
    """What a session needs of the server around it."""

    @property
    def log(self) -> StreamLog:
        """Takes notes."""
        ...

    def now_ns(self) -> int:
        """Return the market's present, Unix nanoseconds."""
        ...

    def refusal_of_key(self, key: str) -> str | None:
        """Return why a key is not let in, or None."""
        ...

    def refusal_of_channel(self, channel: str) -> str | None:
        """Return why a channel cannot be had, or None."""
        ...

    def admit(self, session: StreamSession) -> None:
        """Make room for an account's new connection."""
        ...

    def prepare(self, symbol: str) -> None:
        """Have a symbol's past made, or every symbol's for `*`."""
        ...


class StreamSession:
    """One connection, from its greeting to its end.

    Args:
        number: From 1, in the order of connecting.
        line: The way to the client.
        desk: The server around it.

    Attributes:
        key: The key that it was let in with, or None before.
        channels: What it has subscribed to, each with the market time from which events count.
        is_ending: True once a closing frame is on its way.
        end: Why it ended, for the log.
    """

    def __init__(self, number: int, line: StreamLine, desk: StreamDesk) -> None:
        self.number = number
        self.line = line
        self.key: str | None = None
        self.channels: dict[str, int] = {}
        self.is_ending = False
        self.end = "the client left"
        self._desk = desk

    def wants(self, happening: Happening) -> bool:
        """Tell whether an event lies in a channel of this client, after its subscription."""
        own = self.channels.get(f"{happening.channel}.{happening.symbol}")
        every = self.channels.get(f"{happening.channel}.*")
        stamp_ns = happening.event.sip_ns
        return (own is not None and stamp_ns > own) or (every is not None and stamp_ns > every)

    def symbols(self) -> set[str]:
        """Return the symbols of its channels; `*` stands for every one."""
        return {channel.partition(".")[2] for channel in self.channels}

    def greet(self) -> None:
        """Say the first word."""
        self._note("connected")
        self.tell("connected", "Connected Successfully")

    def tell(self, status: str, message: str) -> None:
        """Send a frame with one status message."""
        self.send(text_frame(status_text(status, message)))

    def send(self, frame: bytes) -> None:
        """Send a frame, unless the session is ending."""
        if not self.is_ending:
            self.line.send(frame)

    def pong(self, payload: bytes) -> None:
        """Answer a ping."""
        self.send(pong_frame(payload))

    def take(self, text: str | bytes) -> None:
        """Do what the client asks."""
        try:
            request = msgspec.json.decode(text, type=Request)
        except msgspec.DecodeError:
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

    def _subscribe(self, channels: Iterable[str]) -> None:
        for channel in channels:
            refusal = self._desk.refusal_of_channel(channel)
            if refusal is not None:
                self._note("refused", channel)
                self.tell("error", refusal)
                continue
            self._desk.prepare(channel.partition(".")[2])
            # No replay: only what happens after this moment is sent.
            self.channels.setdefault(channel, self._desk.now_ns())
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
        self.end = f"{code} {reason}"
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
        self.line.hang_up()

    def ended(self) -> None:
        """Note the end."""
        self._note("closed", self.end)

    def _note(self, kind: StreamNoteKind, detail: str = "") -> None:
        self._desk.log.add(StreamNote(kind, self.number, self._desk.now_ns(), detail))


def _channels(params: str) -> list[str]:
    return [channel.strip() for channel in params.split(",") if channel.strip()]
