"""The sender's process as the guard has it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from support.notice_servers import wait_until

from trading_bot.notify import process as process_module
from trading_bot.notify.process import SenderProcess, needed

ECHO = "import sys\nfor line in sys.stdin:\n    print(line, end='', flush=True)\n"


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-c", program)


def test_what_is_written_and_said_goes_by_pipes() -> None:
    # Given a process that says what it is told
    process = SenderProcess({"op": "hello"}, command=python(ECHO))
    said: list[Any] = []
    # When a line is posted
    assert process.post({"op": "ping"})

    def heard() -> bool:
        said.extend(process.reports())
        return len(said) == 2

    wait_until(heard)
    # Then both have come back, and it ends at once when it is to
    assert said == [{"op": "hello"}, {"op": "ping"}]
    assert process.is_running()
    assert process.pid > 0
    assert not process.wait(0.0)
    process.kill()
    assert not process.is_running()
    assert process.wait(0.0)


def test_a_line_that_is_none_is_passed_over() -> None:
    # Given a process that says something else first, and ends
    process = SenderProcess({}, command=python("print('hello'); print('{\"op\": \"pong\"}')"))
    # When it has ended
    assert process.wait(30.0)
    # Then what it said is there
    assert process.reports() == [{"op": "pong"}]


def test_a_process_that_does_not_read_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a process that reads nothing, and lines that fill its pipe
    monkeypatch.setattr(process_module, "MOST_LINES", 3)
    process = SenderProcess({}, command=python("import time; time.sleep(60)"))
    line = {"op": "send", "body": "x" * 200_000}
    # When more are posted than may wait
    # Then one is refused at once, and it can be ended
    wait_until(lambda: not process.post(line))
    process.kill()
    assert not process.is_running()


def test_no_key_reaches_the_process() -> None:
    # Given an environment with keys, addresses and a proxy
    environ = {
        "MASSIVE_API_KEY": "k",
        "ORDER_FLOW_NOTIFY_URLS": "json://a/t",
        "AWS_SECRET": "s",
        "PATH": "/bin",
        "https_proxy": "http://proxy",
        "LC_ALL": "C",
    }
    # When the process is begun
    # Then it has what it needs to run, and to reach the network
    assert needed(environ) == {"PATH": "/bin", "https_proxy": "http://proxy", "LC_ALL": "C"}


def test_the_guard_loads_nothing_of_the_library() -> None:
    # Given what `monitor` loads
    program = (
        "import sys, trading_bot.commands.monitor; print({'apprise', 'requests'} & {*sys.modules})"
    )
    # When a fresh process loads it
    found = subprocess.run(  # noqa: S603 - our own interpreter
        python(program), stdout=subprocess.PIPE, check=True
    )
    # Then neither the library nor what it stands on is among it
    assert found.stdout.strip() == b"set()"
