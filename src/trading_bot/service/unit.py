"""The text of a systemd unit that keeps a guard running."""

from __future__ import annotations

from pathlib import Path
from typing import Final

WATCHDOG_SECONDS: Final = 60
"""A guard whose threads show no life for so long is ended and started again."""
WRONG_CALL_STATUS: Final = 2
"""Exit status for what a person has to mend: a restart would fail again."""

_SERVICE: Final = """\
[Unit]
Description=Order-flow guard for open positions
{order}
[Service]
Type=notify
NotifyAccess=main
{user}WorkingDirectory={folder}
Environment={home}
EnvironmentFile=-{env_file}
ExecStart={python} -m trading_bot monitor

# A crash, a refused key after a while, a silent watchdog: again after a moment.
# Status 2 is a wrong setting or file, which only a person can mend.
Restart=on-failure
RestartSec=5
RestartPreventExitStatus={wrong_call}
WatchdogSec={watchdog}
TimeoutStartSec=120
TimeoutStopSec=30

UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
{hardening}
[Install]
WantedBy={target}
"""
_OF_THE_SYSTEM: Final = """\
CapabilityBoundingSet=
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=read-only
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
ReadWritePaths={home}
"""
"""What needs a manager with privileges; all that is written lies below the guard's folder."""


def unit_text(home: Path, python: Path, *, user: str | None = None) -> str:
    """Return a unit that watches the positions of one folder, and starts again what has failed.

    Args:
        home: The folder with `.env`, `config` and `logs`.
        python: The interpreter of the environment that holds this package.
        user: Who runs it, for a unit of the system; None for a unit of one's own
            (`systemctl --user`), without what only the system's manager can do.

    Raises:
        ValueError: A path holds a line break.
    """
    folder, interpreter = str(home.absolute()), str(python.absolute())
    if any(character in folder + interpreter for character in "\r\n"):
        raise ValueError(f"{folder!r}, {interpreter!r}: a unit takes no path with a line break")
    is_of_system = user is not None
    network = "Wants=network-online.target\nAfter=network-online.target\n"
    return _SERVICE.format(
        order=network if is_of_system else "",
        user=f"User={user}\n" if is_of_system else "",
        folder=_plain(folder),
        home=_quoted(f"TRADING_BOT_HOME={folder}"),
        env_file=_plain(f"{folder}/.env"),
        # Only a command's words have variables.
        python=_quoted(interpreter).replace("$", "$$"),
        wrong_call=WRONG_CALL_STATUS,
        watchdog=WATCHDOG_SECONDS,
        hardening=_OF_THE_SYSTEM.format(home=_quoted(folder)) if is_of_system else "",
        target="multi-user.target" if is_of_system else "default.target",
    )


def _plain(text: str) -> str:
    """Return a value that takes the rest of its line, without specifiers."""
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """Return one word of a list, in quotes; see systemd.syntax(7)."""
    escaped = _plain(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
