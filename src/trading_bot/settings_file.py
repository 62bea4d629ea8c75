"""A settings file that is read again when it changes, so that a watch need not be begun anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trading_bot.order_flow.config import OrderFlowConfig

_Version = tuple[int, int]


class SettingsFile:
    """Asked whether the settings have changed; a `SettingsSource` of the monitor.

    Args:
        path: The file. One that was never there sets nothing, and is no trouble.
        read: Reads the settings: this file and all else that they come from, in their order. Of a
            value that is refused it says where that stands, which may be a variable.
    """

    def __init__(self, path: Path | str, read: Callable[[], OrderFlowConfig]) -> None:
        self._path = Path(path)
        self._read = read
        self._read_as: _Version | None = None
        self._was_there = False

    def __call__(self) -> OrderFlowConfig | None:
        """Return the settings where the file is another than when it was read last, else None.

        Raises:
            ValueError: It is gone, or what stands there cannot be used; says what and where. One
                that is there is read again only once it has changed.
            OSError: It cannot be read.
        """
        version = self._version()
        if version is None:
            # Should it come back as it was, it is read all the same.
            self._read_as = None
            if self._was_there:
                raise ValueError(f"{self._path} is gone")
            return None
        self._was_there = True
        if version == self._read_as:
            return None
        try:
            found = self._read()
        except ValueError:
            self._read_as = version
            raise
        self._read_as = version
        return found

    def _version(self) -> _Version | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size
