"""What is so now, from beats and lines of the record: for a page, a terminal, a program; pure.

Beats say how each symbol stands, lines what was found; neither is judged again. Time is handed in,
and what is over is left out by it: a guard that has fallen silent keeps nothing standing.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

from trading_bot.live_view.said import (
    SaidLine,
    Sign,
    begins_anew,
    ends_position,
    kind_of,
    stamp_of,
)
from trading_bot.order_flow.exit_judge import REPEAT_AFTER
from trading_bot.order_flow.live_file.lines import LiveBeat, LiveRow
from trading_bot.order_flow.market.units import NS_PER_SECOND

KEPT_NS: Final = 30 * 60 * NS_PER_SECOND
"""For how long what was said is kept."""
COUNTED_NS: Final = 5 * 60 * NS_PER_SECOND
"""Over how long alerts are counted."""
SEVERAL_NS: Final = 120 * NS_PER_SECOND
"""Within how long a further large seller makes several; both ends count."""
EXIT_STANDS_NS: Final = int(REPEAT_AFTER.total_seconds()) * NS_PER_SECOND
SILENT_NS: Final = 3 * NS_PER_SECOND
"""More than so long without a beat is silence; beats come each second at least."""
_BOUGHT_LATE_NS: Final = 5 * NS_PER_SECOND
"""For how long an exit may know of a position that its row does not know yet."""
_MOST_KEPT: Final = 5_000
"""Of each kind, whatever the time."""
Urgency = Literal["exit", "blind", "degraded", "alerted", "calm"]
URGENCIES: Final[tuple[Urgency, ...]] = get_args(Urgency)
"""From most to least urgent."""


@dataclass(frozen=True, slots=True)
class StandingExit:
    """A recommendation to leave a position, and for how long it stands.

    Attributes:
        said: Its line.
        until_ns: Its end: by then it is told again where its rule still holds. Exchange time.
        ended_ns: When the position was found to be gone; None while it was not.
    """

    said: SaidLine
    until_ns: int
    ended_ns: int | None = None

    def stands(self, as_of_ns: int) -> bool:
        """Return whether it is neither over nor done."""
        return self.ended_ns is None and as_of_ns < self.until_ns


class LiveState:
    """Holds what a guard sees and what it has said.

    Attributes:
        rows: By symbol, of the newest beat that had it.
        beat: The newest one, for all that is no row; None before the first.
    """

    def __init__(self) -> None:
        self.rows: dict[str, LiveRow] = {}
        self.beat: LiveBeat | None = None
        self._newest_line_ns = 0
        self._sellers_ns: dict[str, int] = {}
        self._said: dict[str, deque[SaidLine]] = {
            kind: deque(maxlen=_MOST_KEPT) for kind in ("alert", "feed", "wall", "state")
        }
        self._exits: deque[StandingExit] = deque(maxlen=_MOST_KEPT)

    # What comes.

    def take_beat(self, beat: LiveBeat) -> None:
        """Take a beat; one of another run, or with every row, takes the place of all before."""
        if beat.whole or self.beat is None or beat.run != self.beat.run:
            self.rows = {}
        for row in beat.rows:
            self.rows[row.symbol] = row
        for symbol in beat.gone:
            self.rows.pop(symbol, None)
        self.beat = beat

    def take_line(self, line: Mapping[str, Any]) -> SaidLine | None:
        """Take a line of the record; return it with its kind, or None where nobody is told of it.

        A line without a stamp is passed over.
        """
        at_ns = stamp_of(line)
        if at_ns is None:
            return None
        if begins_anew(line):
            self._forget()
        self._newest_line_ns = max(self._newest_line_ns, at_ns)
        kind, symbol = kind_of(line), line.get("symbol")
        if kind is None:
            return None
        said = SaidLine(kind, at_ns, symbol if isinstance(symbol, str) else "", line)
        if kind == "exit":
            self._exits.append(StandingExit(said, at_ns + EXIT_STANDS_NS))
        else:
            if kind == "alert":
                said = replace(said, sign=self._sign_of(said))
            self._said[kind].append(said)
        if ends_position(line):
            self._end_exits(said.symbol, at_ns)
        self._drop_old()
        return said

    # How all stands.

    def as_of(self, now_ns: int) -> int:
        """Return the market's present by the machine's: it goes on where a guard is silent.

        A recorded day stands still between its beats.
        """
        beat = self.beat
        if beat is None:
            return self._newest_line_ns
        late_ns = 0 if beat.market == "recorded" else max(0, now_ns - beat.written_ns)
        # A line may come before the beat of its moment.
        return max(beat.at_ns + late_ns, min(self._newest_line_ns, beat.at_ns + SILENT_NS))

    def silent_for_ns(self, now_ns: int) -> int | None:
        """Return for how long nothing was heard of the guard; None where it never was."""
        return None if self.beat is None else max(0, now_ns - self.beat.written_ns)

    def is_silent(self, now_ns: int) -> bool:
        """Return whether the guard is not heard: silent, stopped, or never seen."""
        silent_for = self.silent_for_ns(now_ns)
        if silent_for is None or self.beat is None or self.beat.status == "stopped":
            return True
        return silent_for > SILENT_NS

    def standing(self, as_of_ns: int) -> dict[str, StandingExit]:
        """Return the newest recommendation of each symbol, where one stands."""
        found = (each for each in self._exits if self._stands(each, as_of_ns))
        return {each.said.symbol: each for each in found}

    def urgency(self, symbol: str, as_of_ns: int) -> Urgency:
        """Return how urgent a symbol is."""
        return self._urgency(symbol, self.standing(as_of_ns))

    def urgencies(self, as_of_ns: int) -> dict[str, Urgency]:
        """Return each symbol's urgency, the most urgent first, then by name.

        Symbols of a standing exit are there too whose row is not yet.
        """
        standing = self.standing(as_of_ns)
        symbols = self.rows.keys() | standing.keys()
        found = {symbol: self._urgency(symbol, standing) for symbol in symbols}
        return dict(sorted(found.items(), key=lambda each: (URGENCIES.index(each[1]), each[0])))

    def order(self, as_of_ns: int) -> list[str]:
        """Return the symbols, the most urgent first, then by name."""
        return list(self.urgencies(as_of_ns))

    def _urgency(self, symbol: str, standing: Mapping[str, StandingExit]) -> Urgency:
        row = self.rows.get(symbol)
        if symbol in standing or (row is not None and row.pressure == "exit"):
            return "exit"
        if row is not None and row.sees != "visible":
            return "blind" if row.sees == "blind" else "degraded"
        return "alerted" if row is not None and row.pressure == "alerted" else "calm"

    # What was said.

    def exits(self, as_of_ns: int) -> list[StandingExit]:
        """Return the recommendations of 30 minutes, oldest first, those that are over too."""
        return [each for each in self._exits if as_of_ns - each.said.at_ns <= KEPT_NS]

    def alerts(self, as_of_ns: int) -> list[SaidLine]:
        """Return the alerts of 30 minutes, oldest first."""
        return list(self._of("alert", as_of_ns, KEPT_NS))

    def feed_events(self, as_of_ns: int) -> list[SaidLine]:
        """Return what changed of the feeds within 30 minutes, oldest first."""
        return list(self._of("feed", as_of_ns, KEPT_NS))

    def wall_events(self, as_of_ns: int) -> list[SaidLine]:
        """Return what large levels did within 30 minutes, oldest first."""
        return list(self._of("wall", as_of_ns, KEPT_NS))

    def said(self, as_of_ns: int) -> list[SaidLine]:
        """Return all that was said within 30 minutes, oldest first."""
        found = [each for kind in self._said for each in self._of(kind, as_of_ns, KEPT_NS)]
        found += [each.said for each in self.exits(as_of_ns)]
        return sorted(found, key=lambda each: each.at_ns)

    def counts(self, as_of_ns: int) -> dict[str, int]:
        """Return how many alerts of each sign came within five minutes, `hollow` left out."""
        signs = Counter(each.sign for each in self._of("alert", as_of_ns, COUNTED_NS))
        return {"one": signs["one"], "several": signs["several"], "burst": signs["burst"]}

    def largest(self, as_of_ns: int) -> SaidLine | None:
        """Return the largest seller of 30 minutes, the newest of equals; None without one."""
        sellers = [each for each in self._of("alert", as_of_ns, KEPT_NS) if each.order_size]
        return max(sellers, key=lambda each: (each.order_size, each.at_ns), default=None)

    def _of(self, kind: str, as_of_ns: int, span_ns: int) -> Iterator[SaidLine]:
        return (each for each in self._said[kind] if as_of_ns - each.at_ns <= span_ns)

    def _stands(self, exit_: StandingExit, as_of_ns: int) -> bool:
        row = self.rows.get(exit_.said.symbol)
        is_held = row is None or row.shares is not None
        is_new = as_of_ns - exit_.said.at_ns <= _BOUGHT_LATE_NS
        return exit_.stands(as_of_ns) and (is_held or is_new)

    def _sign_of(self, said: SaidLine) -> Sign:
        if said.line.get("alert_type") == "red_burst":
            return "burst"
        if said.line.get("source") == "resting_bid":
            return "hollow"
        # Either way: a late one comes out of order.
        before_ns = self._sellers_ns.get(said.symbol)
        self._sellers_ns[said.symbol] = max(said.at_ns, before_ns or 0)
        is_further = before_ns is not None and abs(said.at_ns - before_ns) <= SEVERAL_NS
        return "several" if is_further else "one"

    def _end_exits(self, symbol: str, at_ns: int) -> None:
        for number, each in enumerate(self._exits):
            if each.said.symbol == symbol and each.stands(at_ns):
                self._exits[number] = replace(each, ended_ns=at_ns)

    def _forget(self) -> None:
        self._newest_line_ns = 0
        self._sellers_ns.clear()
        self._exits.clear()
        for each in self._said.values():
            each.clear()

    def _drop_old(self) -> None:
        until = self._newest_line_ns - KEPT_NS
        for each in self._said.values():
            while each and each[0].at_ns < until:
                each.popleft()
        while self._exits and self._exits[0].said.at_ns < until:
            self._exits.popleft()
