"""Who looks: a few at most, each with a short queue; whoever falls behind begins anew.

A message is made once and shared. A viewer that does not read costs its queue and nobody's time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

MOST_VIEWERS: Final = 8
MOST_WAITING: Final = 64
"""Messages that may wait for one viewer: some ten seconds of them."""


class Viewer:
    """One that looks; begins with the whole state, as does one that has fallen behind.

    Args:
        whole: Makes that message.
    """

    def __init__(self, whole: Callable[[], bytes]) -> None:
        self._whole = whole
        self._waiting: deque[bytes] = deque()
        self._has_some = asyncio.Event()
        self._has_some.set()
        self._needs_whole = True
        self._is_dismissed = False

    def tell(self, message: bytes) -> None:
        """Queue a message; where too many wait, drop them all: the state has what they say."""
        if self._needs_whole:
            return
        self._waiting.append(message)
        if len(self._waiting) > MOST_WAITING:
            self.begin_anew()
        self._has_some.set()

    def begin_anew(self) -> None:
        """Send the state next, in the place of all that waits."""
        self._waiting.clear()
        self._needs_whole = True
        self._has_some.set()

    def dismiss(self) -> None:
        """End it: nothing more is to be sent."""
        self._is_dismissed = True
        self._has_some.set()

    async def next(self) -> bytes:
        """Wait until there is something to send, and return all of it; nothing at the end."""
        await self._has_some.wait()
        if self._is_dismissed:
            return b""
        self._has_some.clear()
        if self._needs_whole:
            self._needs_whole = False
            return self._whole()
        found = b"".join(self._waiting)
        self._waiting.clear()
        return found


class Viewers:
    """All that look.

    Args:
        whole: Makes the message that each begins with.
    """

    def __init__(self, whole: Callable[[], bytes]) -> None:
        self._whole = whole
        self._viewers: set[Viewer] = set()

    def __len__(self) -> int:
        return len(self._viewers)

    def enter(self) -> Viewer | None:
        """Return one more; None where there are as many as may be."""
        if len(self._viewers) >= MOST_VIEWERS:
            return None
        viewer = Viewer(self._whole)
        self._viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Forget one."""
        self._viewers.discard(viewer)

    def tell(self, message: bytes) -> None:
        """Tell each."""
        for viewer in self._viewers:
            viewer.tell(message)

    def begin_anew(self) -> None:
        """Give each the state again."""
        for viewer in self._viewers:
            viewer.begin_anew()

    def dismiss(self) -> None:
        """End each."""
        for viewer in self._viewers:
            viewer.dismiss()
