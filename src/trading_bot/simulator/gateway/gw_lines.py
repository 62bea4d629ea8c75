"""The lines of text that come before the records: greeting, login, subscriptions; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import TypeVar

from trading_bot.simulator.gateway.gw_terms import (
    HEARTBEAT_SECONDS,
    RAW_SYMBOL,
    USUAL_HEARTBEAT_SECONDS,
)

MOST_BYTES_A_LINE = 64 * 1024
MOST_SYMBOLS_A_LINE = 500
_KEY_END = 5
_HIGHEST_STAMP = (1 << 64) - 1

Value = TypeVar("Value")


class BadLineError(ValueError):
    """A line does not say what it should; the text is for the client."""


@dataclass(frozen=True, slots=True)
class Login:
    """What a client says of itself.

    Attributes:
        answer: To the challenge.
        dataset: The one of the session.
        with_sent_stamp: True to have each record's time of sending behind it.
        is_packed: True for Zstandard.
        heartbeat_seconds: Silence after which the gateway says that it lives.
        skips: What a slow reader wants: True to have records dropped, False to be warned, None for
            what is usual for each schema.
    """

    answer: str
    dataset: str
    with_sent_stamp: bool
    is_packed: bool
    heartbeat_seconds: int
    skips: bool | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a client wants.

    Attributes:
        schema: Kind of records.
        symbols: Tickers, or `ALL_SYMBOLS` alone.
        start_ns: Exchange time from which records are replayed; 0 for all there are, None for none.
        number: The client's own, or None.
        is_last: False where more lines of the same subscription follow.
    """

    schema: str
    symbols: tuple[str, ...]
    start_ns: int | None
    number: int | None
    is_last: bool


def line(**fields: object) -> bytes:
    """Return a line of `name=value` pairs."""
    return "|".join(f"{name}={value}" for name, value in fields.items()).encode() + b"\n"


def fields_of(text: bytes) -> dict[str, str]:
    """Return the pairs of a line.

    Raises:
        BadLineError: Not UTF-8, or not pairs.
    """
    try:
        parts = [part.partition("=") for part in text.decode().strip().split("|")]
    except UnicodeDecodeError:
        raise BadLineError("The line is not UTF-8") from None
    if not all(name and equals for name, equals, _ in parts):
        raise BadLineError("The line is not made of name=value pairs")
    return {name: value for name, _, value in parts}


def login_of(fields: Mapping[str, str]) -> Login:
    """Read the answer to the challenge.

    Raises:
        BadLineError: It lacks something, or asks for what there is not.
    """
    for name in ("auth", "dataset"):
        if not fields.get(name):
            raise BadLineError(f"The login lacks '{name}'")
    seconds = _whole(fields, "heartbeat_interval_s", USUAL_HEARTBEAT_SECONDS)
    least, most = HEARTBEAT_SECONDS
    if not least <= seconds <= most:
        raise BadLineError(f"'heartbeat_interval_s' must be from {least} to {most}")
    _one_of(fields, "encoding", {"dbn": True}, "dbn")
    slow = {"": None, "skip": True, "warn": False}
    return Login(
        fields["auth"],
        fields["dataset"],
        with_sent_stamp=_one_of(fields, "ts_out", {"0": False, "1": True}, "0"),
        is_packed=_one_of(fields, "compression", {"none": False, "zstd": True}, "none"),
        heartbeat_seconds=seconds,
        skips=_one_of(fields, "slow_reader_behavior", slow, ""),
    )


def subscription_of(fields: Mapping[str, str]) -> Subscription:
    """Read a subscription.

    Raises:
        BadLineError: It lacks something, or asks for what there is not.
    """
    for name in ("schema", "symbols"):
        if not fields.get(name):
            raise BadLineError(f"The subscription lacks '{name}'")
    _one_of(fields, "stype_in", {RAW_SYMBOL: True}, RAW_SYMBOL)
    # A snapshot is of single orders, which no schema here has.
    _one_of(fields, "snapshot", {"0": False}, "0")
    symbols = tuple(symbol.strip() for symbol in fields["symbols"].split(","))
    if len(symbols) > MOST_SYMBOLS_A_LINE:
        raise BadLineError(f"A line may name {MOST_SYMBOLS_A_LINE} symbols")
    return Subscription(
        fields["schema"],
        symbols,
        start_ns=_whole(fields, "start", 0) if "start" in fields else None,
        number=_whole(fields, "id", 0) if "id" in fields else None,
        is_last=_one_of(fields, "is_last", {"0": False, "1": True}, "1"),
    )


def key_of(answer: str, challenge: str, keys: Iterable[str]) -> str | None:
    """Return the key whose owner has answered a challenge, or None."""
    found = None
    for key in keys:
        digest = sha256(f"{challenge}|{key}".encode()).hexdigest()
        if compare_digest(f"{digest}-{key[-_KEY_END:]}".encode(), answer.encode()):
            found = key
    return found


def _whole(fields: Mapping[str, str], name: str, usual: int) -> int:
    text = fields.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and int(text[:21]) <= _HIGHEST_STAMP):
        raise BadLineError(f"'{name}' must be a whole number")
    return int(text)


def _one_of(fields: Mapping[str, str], name: str, words: Mapping[str, Value], usual: str) -> Value:
    word = fields.get(name, usual)
    if word not in words:
        raise BadLineError(f"'{name}' cannot be '{word[:40]}'")
    return words[word]
