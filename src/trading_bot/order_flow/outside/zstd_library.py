"""What unpacks Zstandard here: the standard library of Python 3.14, or the extra `zstd`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

EXTRA: Final = "pip install 'trading-bot-order-flow[zstd]'"
"""What installs one."""
_STANDARD: Final = "compression.zstd"
_PACKAGE: Final = "zstandard"


def zstd_library() -> Any:
    """Return the module; None where there is none."""
    for name in (_STANDARD, _PACKAGE):
        # A package must be there before one inside it can be looked for.
        if find_spec(name.partition(".")[0]) is not None and find_spec(name) is not None:
            return import_module(name)
    return None


def begin_frame(library: Any, most_window_bytes: int | None = None) -> Any:
    """Return what unpacks one frame as it comes: `decompress`, `eof`, `unused_data`.

    Args:
        library: As above.
        most_window_bytes: A frame that asks for more memory is refused; None is the library's own
            limit. A power of two.
    """
    if library.__name__ == _STANDARD:
        if most_window_bytes is None:
            return library.ZstdDecompressor()
        limit = {library.DecompressionParameter.window_log_max: most_window_bytes.bit_length() - 1}
        return library.ZstdDecompressor(options=limit)
    limits = {} if most_window_bytes is None else {"max_window_size": most_window_bytes}
    # The package's own object unpacks all at once, and another one that it makes as it comes.
    return library.ZstdDecompressor(**limits).decompressobj()
