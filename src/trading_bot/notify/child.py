"""The sender's process: takes texts from the guard, line by line, and sends them.

It ends when it is told to, and soon after the guard has ended in any way: its standard input ends
then. Signals that a terminal or a service manager sends to all processes do not end it, so that the
last notice gets out. Lines in: `hello`, `life`, `send`, `beat`, `ping`, `bye`. Lines out: `ready`,
`state`, `beat`, `pong`, `worn`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import IO, Any, Final

from trading_bot.notify.beat import Beat
from trading_bot.notify.plan import Tries
from trading_bot.notify.worker import Job, Worker
from trading_bot.order_flow.clock import monotonic_seconds, utc_now
from trading_bot.order_flow.outside.door import decode
from trading_bot.order_flow.outside.source import LINE

DEATH_SECONDS: Final = 20.0
"""How long it lives on when the guard has died, to say so."""
WORN_STATUS: Final = 75
_LOOK_SECONDS: Final = 1.0
"""How often it looks whether the guard still lives: a process that the guard has started may keep
the pipe open."""
_IGNORED: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK", "SIGQUIT")

Line = Mapping[str, Any]


class Sender:
    """Obeys lines, and says how it goes.

    Args:
        output: Where to.
    """

    def __init__(self, output: IO[bytes]) -> None:
        self._output = output
        self._writing = threading.Lock()
        self._workers: list[Worker] = []
        self._beat: Beat | None = None
        self._death: Job | None = None
        self._guard_lives = False

    def say(self, **fields: Any) -> None:
        """Write one line; a guard that reads no more is no trouble."""
        line = json.dumps(fields).encode() + b"\n"
        with self._writing, suppress(OSError, ValueError):
            self._output.write(line)
            self._output.flush()

    def obey(self, line: Line) -> None:
        """Do what one line says."""
        match line["op"]:
            case "hello":
                self._begin(line)
            case "send":
                self._send(line)
            case "life":
                self._guard_lives = line["lives"]
            case "beat":
                if self._beat is not None:
                    self._beat.ask()
            case "ping":
                self.say(op="pong")

    def say_death(self) -> None:
        """Tell every receiver that the guard has died."""
        if self._death is None or not self._guard_lives:
            return
        body = self._death.body.replace("{at}", f"{utc_now():%Y-%m-%d %H:%M:%S} UTC")
        job = replace(self._death, body=body, born_at=monotonic_seconds())
        for worker in self._workers:
            worker.put(job)

    def finish(self, seconds: float) -> None:
        """Wait until all is sent or given up, for so long at most."""
        ends = monotonic_seconds() + seconds
        for worker in self._workers:
            worker.close()
        for worker in self._workers:
            worker.wait_until_idle(ends - monotonic_seconds())

    def _begin(self, line: Line) -> None:
        addresses = tuple(line["urls"])
        understood: list[bool] = []
        if addresses:
            # Heavy, and not needed for a beat alone.
            from trading_bot.notify.by_apprise import Receivers  # noqa: PLC0415 - see above

            receivers = Receivers(addresses)
            understood = [receivers.understood(number) for number in range(len(addresses))]
            self._workers = [
                Worker(
                    number,
                    partial(receivers.try_once, number),
                    self.say,
                    self._worn,
                    try_seconds=line["try_seconds"],
                )
                for number in range(len(addresses))
            ]
        if line["beat_url"]:
            self._beat = Beat(line["beat_url"], lambda ok, why: self.say(op="beat", ok=ok, why=why))
        death = line["death"]
        self._death = Job(death["id"], death["title"], death["body"], 0.0, Tries())
        self.say(op="ready", understood=understood)

    def _send(self, line: Line) -> None:
        born_at = monotonic_seconds() - line["age"]
        for to in line["to"]:
            tries = Tries(to["refused"], to["uncertain"])
            job = Job(line["id"], line["title"], line["body"], born_at, tries, line["once"])
            self._workers[to["number"]].put(job)

    def _worn(self) -> None:
        self.say(op="worn")
        os._exit(WORN_STATUS)


def run(source: IO[bytes], output: IO[bytes], parent: int) -> None:
    """Obey the guard until it ends, or says goodbye."""
    lines: SimpleQueue[bytes] = SimpleQueue()

    def read() -> None:
        for line in source:
            lines.put(line)
        lines.put(b"")

    threading.Thread(target=read, name="lines", daemon=True).start()
    sender = Sender(output)
    while True:
        try:
            raw = lines.get(timeout=_LOOK_SECONDS)
        except Empty:
            if _is_alone(parent):
                break
            continue
        # Half a line is one that the guard did not finish.
        if not raw.endswith(b"\n"):
            break
        line = decode(raw, "a line of the guard", LINE)
        if line["op"] == "bye":
            sender.finish(line["seconds"])
            return
        sender.obey(line)
    sender.say_death()
    sender.finish(DEATH_SECONDS)


def _is_alone(parent: int) -> bool:
    return sys.platform != "win32" and os.getppid() != parent


def main() -> None:
    """Run as a process."""
    for name in _IGNORED:
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_IGN)
    run(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
    # Tries that hang must not keep it.
    os._exit(0)


if __name__ == "__main__":
    main()
