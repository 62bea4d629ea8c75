"""One notice to each receiver, to see that it comes through; each is tried once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any, Final

from trading_bot.notify.desk import Message
from trading_bot.notify.outbox import send_line, to_line
from trading_bot.notify.process import Process, SenderProcess, hello_line
from trading_bot.order_flow.clock import monotonic_seconds
from trading_bot.order_flow.settings.addresses import shown_address, shown_receivers

TRIAL_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.05
_WORDS: Final = {
    "sent": "ok",
    "failed": "not sent",
    "unsure": "perhaps sent",
}
Tell = Callable[[str], None]


def try_receivers(
    urls: tuple[str, ...],
    beat_url: str | None,
    tell: Tell,
    *,
    seconds: float = TRIAL_SECONDS,
    begin: Callable[[Mapping[str, Any]], Process] = SenderProcess,
) -> bool:
    """Send one notice to each receiver, and ask the dead-man's switch once; True when all is well.

    Args:
        urls: The receivers.
        beat_url: The switch; None for none.
        tell: Told a line for each, as it is known.
        seconds: How long all may take.
        begin: Begins the process that sends.
    """
    known_as = secrets.token_hex(4)
    message = Message("trading-bot: a test", "A test notice: nothing has happened.", urgent=False)
    process = begin(hello_line(urls, beat_url, (known_as, message), try_seconds=seconds))
    waiting = {str(n): each for n, each in enumerate(shown_receivers(urls))}
    if urls:
        places = [to_line(number) for number in range(len(urls))]
        process.post(send_line(known_as, message, 0.0, places, once=True))
    if beat_url is not None:
        waiting["beat"] = shown_address(beat_url)
        process.post({"op": "beat"})
    ends, pause, is_well = monotonic_seconds() + seconds, Event(), True
    while waiting and monotonic_seconds() < ends and process.is_running():
        for line in process.reports():
            name, words = _ended(line)
            if name in waiting:
                tell(f"{waiting.pop(name)}: {words}")
                is_well = is_well and words == "ok"
        pause.wait(_LOOK_SECONDS)
    for name in waiting.values():
        tell(f"{name}: no answer within {seconds:g} s")
    process.kill()
    return is_well and not waiting


def _ended(line: Mapping[str, Any]) -> tuple[str, str]:
    """Return whose end a line tells, and how it ended; nobody's for other lines."""
    if line["op"] == "beat":
        return "beat", "ok" if line["ok"] else f"not taken: {line['why']}"
    if line["op"] != "state" or line["state"] not in _WORDS:
        return "", ""
    words = _WORDS[line["state"]]
    return str(line["to"]), f"{words}: {line['why']}" if line["why"] else words
