"""WebSocket frames as a server writes them (RFC 6455, section 5): whole, unmasked, uncompressed.

Written by hand, since a fault needs half of one.
"""

from __future__ import annotations

_FINAL = 0x80
_TEXT, _CLOSE, _PONG = 0x1, 0x8, 0xA
_SHORT, _MEDIUM = 125, 0xFFFF


def _frame(kind: int, payload: bytes) -> bytes:
    length = len(payload)
    first = bytes((_FINAL | kind,))
    if length <= _SHORT:
        return first + bytes((length,)) + payload
    if length <= _MEDIUM:
        return first + b"\x7e" + length.to_bytes(2, "big") + payload
    return first + b"\x7f" + length.to_bytes(8, "big") + payload


def text_frame(payload: bytes) -> bytes:
    """Return one message of text."""
    return _frame(_TEXT, payload)


def pong_frame(payload: bytes) -> bytes:
    """Return the answer to a ping with this payload."""
    return _frame(_PONG, payload)


def close_frame(code: int, reason: str) -> bytes:
    """Return a closing frame; its reason is cut to what a control frame can carry."""
    return _frame(_CLOSE, code.to_bytes(2, "big") + reason.encode()[: _SHORT - 2])
