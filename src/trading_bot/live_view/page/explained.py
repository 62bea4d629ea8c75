"""Explains what is shown by `trading-bot explain`, in a process of its own: a replay takes memory.

One at a time, within a time; whoever goes away ends it.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from trading_bot.live_view.page.gate import NOT_HERE, Refused

LONGEST_SECONDS: Final = 120.0
MOST_BYTES: Final = 1 << 20
"""Of what is said."""
_KEPT: Final = 64
_ID: Final = re.compile(r"[0-9a-f]{16}")
_COMMAND: Final = (sys.executable, "-m", "trading_bot", "explain")
NO_DATA: Final = Refused(
    409,
    "To recompute it, what the market did must be there: start the guard with --record FOLDER, "
    "and this page with --data FOLDER.",
    {},
)
BUSY: Final = Refused(429, "Another one is being recomputed: ask again.", {"Retry-After": "5"})


class Explainer:
    """Says what an alert was made of, or the newest alert behind an exit.

    Args:
        lines: Gives the lines of the record that are shown.
        data: Gives what `trading-bot explain` is given after the alert's id; nothing where no
            recorded data is known.
        command: What is run; for tests.
        longest_seconds: How long it may take.
    """

    def __init__(
        self,
        lines: Callable[[], Iterable[Mapping[str, Any]]],
        data: Callable[[], Sequence[str]],
        *,
        command: Sequence[str] = _COMMAND,
        longest_seconds: float = LONGEST_SECONDS,
    ) -> None:
        self._lines = lines
        self._data = data
        self._command = command
        self._longest_seconds = longest_seconds
        self._is_busy = False
        self._texts: dict[str, str] = {}

    async def explain(self, known_as: str) -> bytes | Refused:
        """Return the id and the text as JSON, or why it cannot be said."""
        before, alert_id = self._alert_of(known_as)
        if alert_id is None:
            return NOT_HERE
        data = self._data()
        if not data:
            return NO_DATA
        if alert_id not in self._texts:
            if self._is_busy:
                return BUSY
            self._is_busy = True
            try:
                found = await self._run(alert_id, data)
            finally:
                self._is_busy = False
            if isinstance(found, Refused):
                return found
            if len(self._texts) >= _KEPT:
                del self._texts[next(iter(self._texts))]
            self._texts[alert_id] = found
        return msgspec.json.encode({"id": known_as, "text": before + self._texts[alert_id]})

    def _alert_of(self, known_as: str) -> tuple[str, str | None]:
        """Return which alert is to be explained, and what is said before it."""
        if _ID.fullmatch(known_as) is None:
            return "", None
        for line in self._lines():
            if line.get("alert_id") == known_as:
                return "", known_as
            if line.get("exit_id") == known_as:
                ids = [each for each in line.get("alert_ids", ()) if _ID.fullmatch(str(each))]
                words = f"{line.get('reason')}: alerts {', '.join(ids)}. The newest of them:\n\n"
                return words, ids[-1] if ids else None
        return "", None

    async def _run(self, alert_id: str, data: Sequence[str]) -> str | Refused:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            alert_id,
            *data,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=MOST_BYTES,
        )
        try:
            async with asyncio.timeout(self._longest_seconds):
                said, failed = await process.communicate()
        except TimeoutError:
            words = f"It takes longer than {self._longest_seconds:g} s: run trading-bot explain."
            return Refused(409, words, {})
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = said[:MOST_BYTES].decode(errors="replace")
        if text:
            return text
        reason = failed.decode(errors="replace").strip().splitlines()
        return Refused(409, reason[-1] if reason else "It cannot be recomputed.", {})
