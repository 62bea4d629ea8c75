"""The lines of text that come before the records: what gateway and client say; pure.

    gateway   lsg_version=0.4.2
    gateway   cram=CHALLENGE
    client    auth=PROOF-LAST5|dataset=XNAS.ITCH|encoding=dbn|ts_out=0|compression=none|...
    gateway   success=1|session_id=17      or   success=0|error=WORDS
    client    schema=mbp-10|stype_in=raw_symbol|symbols=AAPL,MSFT|start=NS|snapshot=0|id=1|is_last=1
    client    start_session=0

Source: the provider's page on the Raw API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final, Literal

from .packed import Compression

CLIENT: Final = "order-flow-guard"
LONGEST_LINE: Final = 4_096
SYMBOLS_A_LINE: Final = 500
_BUCKET_LETTERS: Final = 5

SlowReader = Literal["warn", "skip"]
"""What the gateway does with a client that reads too slowly: it warns, or leaves records out."""


def fields_of(line: bytes) -> Mapping[str, str] | None:
    """Read `name=value|name=value`; None where it is no such line."""
    try:
        text = line.decode("ascii")
    except UnicodeDecodeError:
        return None
    parts = [part.partition("=") for part in text.strip().split("|")]
    if not all(name and equals for name, equals, _ in parts):
        return None
    return {name: value for name, _, value in parts}


def prove(challenge: str, key: str) -> str:
    """Return what only who knows the key can answer to a challenge; the key itself is not in it."""
    proof = sha256(f"{challenge}|{key}".encode()).hexdigest()
    return f"{proof}-{key[-_BUCKET_LETTERS:]}"


def authentication(
    challenge: str,
    key: str,
    dataset: str,
    *,
    heartbeat_seconds: int,
    slow_reader: SlowReader,
    compression: Compression = "none",
) -> bytes:
    """Write the answer to a challenge, with what is wished of the session.

    Args:
        challenge: As the gateway said it.
        key: The provider's key.
        dataset: One dataset a session.
        heartbeat_seconds: How long the gateway may say nothing at all, 5 to 1,800.
        slow_reader: What becomes of records that are not read in time.
        compression: How records are to be packed.
    """
    return _line(
        auth=prove(challenge, key),
        dataset=dataset,
        encoding="dbn",
        ts_out=0,
        compression=compression,
        heartbeat_interval_s=heartbeat_seconds,
        slow_reader_behavior=slow_reader,
        client=CLIENT,
    )


def subscription(
    schema: str, symbols: Sequence[str], *, number: int, start_ns: int | None = None
) -> Iterator[bytes]:
    """Write the lines that ask for a schema of symbols.

    Args:
        schema: Such as `mbp-10`.
        symbols: As the dataset spells them; at most 500 stand in one line.
        number: Of the subscription, for its acknowledgement.
        start_ns: First stamp that is replayed, 24 hours back at most; None replays nothing. It may
            be asked for before the session starts only.
    """
    for place in range(0, len(symbols), SYMBOLS_A_LINE):
        some = symbols[place : place + SYMBOLS_A_LINE]
        replay = {} if start_ns is None else {"start": start_ns}
        is_last = place + SYMBOLS_A_LINE >= len(symbols)
        yield _line(
            schema=schema,
            stype_in="raw_symbol",
            symbols=",".join(some),
            **replay,
            snapshot=0,
            id=number,
            is_last=int(is_last),
        )


def session_start() -> bytes:
    """Write the line after which records come."""
    return _line(start_session=0)


def _line(**fields: object) -> bytes:
    return "|".join(f"{name}={value}" for name, value in fields.items()).encode() + b"\n"
