"""Which channels were refused for themselves, when to ask again, and whether it is the plan; pure.

A refusal in words is asked again after an hour, silence after a minute, then after twice as long.
A plan is blamed for a kind of channel only when every symbol alone was refused it in words, and no
symbol ever had it. One symbol alone says nothing of the plan, unless the provider's words do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ...market.units import NS_PER_SECOND
from .actions import HALTS, Action, BlamePlan, Channel, Refuse, channels_of

ASK_AGAIN_NS: Final = 3_600 * NS_PER_SECOND
"""What was refused is asked for again after this."""
SILENCE_AGAIN_NS: Final = 60 * NS_PER_SECOND
"""What was refused by silence only is asked for again after this, then after twice as long."""


class RefusedChannels:
    """The refused channels of one stream, over all its connections."""

    __slots__ = ("_again_ns", "_blamed", "_confirmed", "_names_plan", "_wait_ns")

    def __init__(self) -> None:
        self._again_ns: dict[Channel, int] = {}
        # The last wait of those that only silence refused.
        self._wait_ns: dict[Channel, int] = {}
        self._confirmed: set[Channel] = set()
        self._blamed: set[str] = set()
        self._names_plan = False

    def __contains__(self, channel: Channel) -> bool:
        return channel in self._again_ns

    def keep(self, channels: Iterable[Channel]) -> None:
        """Forget all but these."""
        kept = frozenset(channels)
        self._again_ns = {each: when for each, when in self._again_ns.items() if each in kept}
        self._wait_ns = {each: wait for each, wait in self._wait_ns.items() if each in kept}
        self._confirmed &= kept

    def confirm(self, channel: Channel) -> None:
        """Learn that a channel was confirmed."""
        self._again_ns.pop(channel, None)
        self._wait_ns.pop(channel, None)
        self._confirmed.add(channel)

    def was_confirmed(self, channel: Channel) -> bool:
        """Return whether a channel was ever confirmed."""
        return channel in self._confirmed

    def hear_plan(self) -> None:
        """Learn that the provider's words speak of the account's plan."""
        self._names_plan = True

    def refuse(
        self,
        channels: Sequence[Channel],
        symbols: Sequence[str],
        now_ns: int,
        *,
        mute: bool,
    ) -> list[Action]:
        """Take channels of one kind as refused; return what is new.

        Args:
            channels: The refused.
            symbols: Every wanted symbol.
            now_ns: The time.
            mute: Nothing was said of them: they were not answered.
        """
        news = tuple(channel for channel in channels if channel not in self._again_ns)
        for channel in channels:
            wait_ns = ASK_AGAIN_NS
            if not mute:
                self._wait_ns.pop(channel, None)
            elif channel.kind != HALTS:
                wait_ns = min(2 * self._wait_ns.get(channel, SILENCE_AGAIN_NS // 2), ASK_AGAIN_NS)
                self._wait_ns[channel] = wait_ns
            self._again_ns[channel] = now_ns + wait_ns
        if not news:
            return []
        if news[0].kind == HALTS:
            return [Refuse(news, "no_halt_data")]
        done: list[Action] = [Refuse(news, "no_channel")]
        if self._is_plan(news[0].kind, symbols):
            self._blamed.add(news[0].kind)
            done.append(BlamePlan(news[0].kind))
        return done

    def due(self, now_ns: int) -> list[Channel]:
        """Return what is to be asked for again in one request: one channel, or halts together."""
        due = [channel for channel, again_ns in self._again_ns.items() if again_ns <= now_ns]
        return due if due and all(each.kind == HALTS for each in due) else due[:1]

    def _is_plan(self, kind: str, symbols: Sequence[str]) -> bool:
        return (
            kind not in self._blamed
            # Thousands of symbols are not looked through at each refusal, only at the last.
            and len(self._again_ns) >= len(symbols)
            and (len(symbols) > 1 or self._names_plan)
            and not any(channel.kind == kind for channel in self._confirmed)
            and all(
                each in self._again_ns and each not in self._wait_ns
                for each in channels_of(kind, symbols)
            )
        )
