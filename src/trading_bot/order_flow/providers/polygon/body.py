"""Puts the pieces of an answer together, unzipped as they come, and within bounds.

A few thousand bytes of gzip can stand for gigabytes, and a few megabytes of JSON for millions of
rows, which one decoder would build at once while nothing is judged.
"""

from __future__ import annotations

import zlib
from typing import Any, Final

from ...errors import DataSourceError

MAX_BODY_BYTES: Final = 64_000_000
"""Three times the largest page documented: 50,000 rows."""
MAX_ROWS: Final = 50_000
"""The provider's own largest page."""
MAX_OBJECTS: Final = 2 * MAX_ROWS
"""Opening braces, and brackets, of a body: each row may hold a list, such as its conditions."""
MAX_VALUES: Final = 40 * MAX_ROWS
"""Commas of a body: a row has about a dozen."""
_GZIP: Final = 16 + zlib.MAX_WBITS
_NAMES_OF_GZIP: Final = ("gzip", "x-gzip")
_SLICE_BYTES: Final = 1_000_000
"""Unzipped at once."""
_MAX_MEMBERS: Final = 100
_SMALL_BYTES: Final = 100_000
"""A body below this is quick to decode whatever it holds."""


class Body:
    """One answer's body.

    Args:
        encoding: The header `Content-Encoding`; empty for none.
        what: What was asked for.

    Raises:
        DataSourceError: `bad_encoding`: it is packed in a way that nobody asked for.
    """

    def __init__(self, encoding: str, what: str) -> None:
        named = [each.strip().lower() for each in encoding.split(",")]
        layers = [each for each in named if each not in ("", "identity")]
        if len(layers) > 1 or not set(layers) <= set(_NAMES_OF_GZIP):
            raise DataSourceError(
                f"the answer for {what} is packed in a way that nobody asked for; check any proxy",
                code="bad_encoding",
            )
        self._what = what
        self._plain = bytearray()
        self._is_packed = bool(layers)
        self._unzip: Any = None
        self._members = 0

    def take(self, piece: bytes) -> None:
        """Take the next piece, as it came.

        Raises:
            DataSourceError: `too_large`, or `truncated` where it is not packed as it says.
        """
        if self._is_packed:
            self._take_packed(piece)
        else:
            self._add(piece)

    def whole(self) -> bytes:
        """Return the body after its last piece.

        Raises:
            DataSourceError: `truncated`, or `too_large` for more rows than a page may have.
        """
        if self._is_packed and (self._unzip is not None or not self._members):
            raise cut_short(self._what)
        body = bytes(self._plain)
        if len(body) > _SMALL_BYTES:
            self._check_extent(body)
        return body

    def _take_packed(self, piece: bytes) -> None:
        left, is_pending = piece, False
        while left or is_pending:
            if self._unzip is None:
                # Members may be padded with zeros.
                left = left.lstrip(b"\0") if self._members else left
                if not left:
                    return
                self._begin_member()
            left, is_pending = self._unzip_slice(left)

    def _begin_member(self) -> None:
        self._members += 1
        if self._members > _MAX_MEMBERS:
            raise self._too_large()
        self._unzip = zlib.decompressobj(_GZIP)

    def _unzip_slice(self, packed: bytes) -> tuple[bytes, bool]:
        """Unzip one slice; other threads go on meanwhile.

        Returns:
            What of the piece is left, and whether more may come of what was taken.
        """
        unzip = self._unzip
        try:
            plain = unzip.decompress(packed, _SLICE_BYTES)
        except zlib.error as error:
            raise cut_short(self._what) from error
        self._add(plain)
        if unzip.eof:
            self._unzip = None
            return unzip.unused_data, False
        return unzip.unconsumed_tail, len(plain) == _SLICE_BYTES

    def _add(self, plain: bytes) -> None:
        self._plain += plain
        if len(self._plain) > MAX_BODY_BYTES:
            raise self._too_large()

    def _check_extent(self, body: bytes) -> None:
        for sign, most in ((b"{", MAX_OBJECTS), (b"[", MAX_OBJECTS), (b",", MAX_VALUES)):
            if body.count(sign) > most:
                raise DataSourceError(
                    f"the answer for {self._what} has more rows than a page may have "
                    f"({MAX_ROWS:,}); the provider's format may have changed",
                    code="too_large",
                )

    def _too_large(self) -> DataSourceError:
        return DataSourceError(
            f"the answer for {self._what} is larger than {MAX_BODY_BYTES:,} bytes; ask for a "
            "shorter span",
            code="too_large",
        )


def cut_short(what: str) -> DataSourceError:
    """Name the error of a body that ends too early."""
    return DataSourceError(
        f"the answer for {what} was cut short on its way", code="truncated", retryable=True
    )
