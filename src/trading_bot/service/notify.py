"""Tells systemd how this process is: `sd_notify`, one datagram a message, by the standard library.

Protocol: sd_notify(3). Where nobody asked for it there is no notifier, and nothing is sent.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from typing import Final, Self

from trading_bot.logger import TradingLogger

SOCKET_VARIABLE: Final = "NOTIFY_SOCKET"
WATCHDOG_VARIABLE: Final = "WATCHDOG_USEC"
WATCHDOG_PID_VARIABLE: Final = "WATCHDOG_PID"
_SEND_SECONDS: Final = 1.0
"""How long one datagram may wait for a manager that does not read."""
_US_PER_SECOND: Final = 1_000_000
_logger = TradingLogger.get_logger("service")


class Notifier:
    """Sends to one manager; a message that cannot be sent is logged once, and costs nothing else.

    Args:
        address: A path, or an abstract name that begins with `@`.
        watchdog_seconds: Within what time the manager wants to hear `WATCHDOG=1`; None for never.
    """

    def __init__(self, address: str, watchdog_seconds: float | None = None) -> None:
        self.watchdog_seconds = watchdog_seconds
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._is_logged = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], pid: int) -> Self | None:
        """Return the notifier of the manager that started this process; None without one.

        Args:
            environ: Environment variables.
            pid: This process: a watchdog that was set for another is not answered.
        """
        address = environ.get(SOCKET_VARIABLE, "")
        # Other address families are for virtual machines.
        if sys.platform == "win32" or not address.startswith(("/", "@")):
            return None
        watched = environ.get(WATCHDOG_PID_VARIABLE, str(pid)) == str(pid)
        limit_us = environ.get(WATCHDOG_VARIABLE, "")
        is_limit = watched and limit_us.isascii() and limit_us.isdigit() and int(limit_us) > 0
        return cls(address, int(limit_us) / _US_PER_SECOND if is_limit else None)

    def tell(self, *lines: str) -> None:
        """Send assignments such as `READY=1`; no line may hold a line break."""
        if sys.platform == "win32":
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(_SEND_SECONDS)
                sender.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._is_logged:
                self._is_logged = True
                _logger.warning("service.not_notified", extra={"error_message": str(error)})
