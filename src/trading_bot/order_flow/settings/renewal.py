"""SettingsRenewal: from whoever changes settings to who judges, between two events.

A host asks for a change from any thread; a source, such as a file, is asked for one. Both reach the
judge on its own thread, when it is about to look at the positions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, Literal, Protocol

from ..config import OrderFlowConfig
from ..diagnostics import get_logger, told
from .changes import change_of

SettingsSource = Callable[[], OrderFlowConfig | None]
"""Returns settings that may be new, or None where nothing has changed since it was asked last;
raises ValueError or OSError where they cannot be used. It is asked once a second."""
RefusalKind = Literal["settings_refused", "settings_ok"]
Tell = Callable[[RefusalKind, str], None]
"""Takes kind and reason of a `GuardState`."""
_LONGEST_WORDS: Final = 300

_logger = get_logger(__name__)


class TakesSettings(Protocol):
    """Who judges."""

    config: OrderFlowConfig

    def change_settings(self, config: OrderFlowConfig) -> None:
        """Judge by other settings from the next event on."""
        ...


class SettingsRenewal:
    """Hands settings that change to one judge.

    What needs a restart is named and left as it is; the rest is taken over. Settings that cannot be
    used leave those in force as they are. Each such trouble is told once, and so is its end.

    Args:
        judge: Who judges.
        source: Where settings come from that change by themselves; None for nowhere.
        tell: Told of `settings_refused` and `settings_ok`.
    """

    def __init__(self, judge: TakesSettings, source: SettingsSource | None, tell: Tell) -> None:
        self._judge = judge
        self._source = source
        self._tell = tell
        self._lock = threading.Lock()
        self._asked: OrderFlowConfig | None = None
        self._trouble = ""

    def ask(self, config: OrderFlowConfig) -> None:
        """Have other settings taken over as the judge looks next; from any thread.

        Raises:
            ValueError: They differ in settings that need a restart; names them. Nothing changes.
        """
        words = change_of(self._judge.config, config).restart_words
        if words:
            raise ValueError(words)
        with self._lock:
            self._asked = config

    def look(self) -> None:
        """Hand on what was asked for, and what the source has; on the thread that judges."""
        with self._lock:
            asked, self._asked = self._asked, None
        if asked is not None:
            self._take(asked)
        if self._source is None:
            return
        try:
            found = self._source()
        except (ValueError, OSError) as error:
            self._note(told(str(error), _LONGEST_WORDS))
            return
        if found is not None:
            self._note(self._take(found))

    def health(self) -> dict[str, Any]:
        """Return which settings are in force, and why others are not."""
        trouble = self._trouble
        return {
            "status": "warning" if trouble else "ok",
            "reason": trouble,
            "config_hash": self._judge.config.config_hash,
        }

    def _take(self, wanted: OrderFlowConfig) -> str:
        """Have settings taken over; return what is left to a restart, in words."""
        change = change_of(self._judge.config, wanted)
        if change.values:
            self._judge.change_settings(change.config)
        return change.restart_words

    def _note(self, trouble: str) -> None:
        before, self._trouble = self._trouble, trouble
        if trouble == before:
            return
        if trouble:
            _logger.warning("order_flow.settings_refused", extra={"reason": trouble})
            self._tell("settings_refused", trouble)
        else:
            self._tell("settings_ok", "")
