"""What reaches a service manager: datagrams on a local socket, a path or an abstract name."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trading_bot.service.notify import Notifier

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="systemd runs elsewhere")


@pytest.fixture
def manager() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.settimeout(5.0)
        yield receiver


def test_a_message_reaches_the_socket_of_the_environment(
    tmp_path: Path, manager: socket.socket
) -> None:
    # Given a manager that listens at a path
    address = str(tmp_path / "notify")
    manager.bind(address)
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": address}, pid=1)
    assert notifier is not None
    # When two assignments are told
    notifier.tell("READY=1", "STATUS=3 symbols: 3 visible")
    # Then they arrive as one datagram
    assert manager.recv(4_096) == b"READY=1\nSTATUS=3 symbols: 3 visible"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has abstract names")
def test_an_abstract_name_is_reached(manager: socket.socket) -> None:
    # Given a manager that listens at a name that is no file
    name = f"order-flow-guard-test-{os.getpid()}"
    manager.bind(f"\0{name}")
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": f"@{name}"}, pid=1)
    assert notifier is not None
    # When something is told
    notifier.tell("STOPPING=1")
    # Then it arrives
    assert manager.recv(4_096) == b"STOPPING=1"


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "relative/path"])
def test_without_a_socket_that_can_be_reached_there_is_no_notifier(address: str) -> None:
    # Given an environment without a manager, or with one of another family
    # When its notifier is asked for
    # Then there is none
    assert Notifier.from_environment({"NOTIFY_SOCKET": address} if address else {}, pid=1) is None


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "1"}, 0.000_001),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_that_of_this_process(
    variables: dict[str, str], seconds: float | None
) -> None:
    # Given a manager with or without a watchdog for process 7
    notifier = Notifier.from_environment({"NOTIFY_SOCKET": "/run/notify", **variables}, pid=7)
    # When its limit is read
    # Then it counts only where it is meant for this process, and is a time
    assert notifier is not None
    assert notifier.watchdog_seconds == seconds


def test_a_manager_that_is_gone_costs_one_line_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a socket at which nobody listens
    notifier = Notifier(str(tmp_path / "nobody"))
    # When two messages are told
    with caplog.at_level(logging.WARNING):
        notifier.tell("WATCHDOG=1")
        notifier.tell("WATCHDOG=1")
    # Then neither raises, and that is logged once
    assert [each.getMessage() for each in caplog.records] == ["service.not_notified"]
