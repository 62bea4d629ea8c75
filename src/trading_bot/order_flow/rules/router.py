"""EventRouter: every event to the judge of its symbol, and every finding onwards.

`on_trade` and `on_quote` are the way in for every mode: streaming, polling and a replay call them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from .signals import Finding
from .symbol_judge import SymbolJudge


class EventWitness(Protocol):
    """Whoever is told of every event once it has been judged; see `EventRouter.witness`."""

    @property
    def on_quote(self) -> Callable[..., None]:
        """Takes one quote: the arguments of `EventRouter.on_quote`, all of them, in their order."""
        ...

    @property
    def on_trade(self) -> Callable[..., None]:
        """Takes one print: the arguments of `EventRouter.on_trade`, all of them, in their order."""
        ...


class EventRouter:
    """Gives the events of any number of symbols to their judges; unwatched symbols pass by.

    Args:
        on_findings: Takes what a judge has found, with the arrival of its data in Unix nanoseconds.
        on_due: Told when the time of a judge's `recheck_ns` has come, in exchange time.

    Attributes:
        judges: The judge of each watched symbol.
        witness: Told of every quote and print given to a judge, once it has been judged, and of
            those of unwatched symbols; None tells nobody.
    """

    __slots__ = ("_on_due", "_on_findings", "judges", "witness")

    def __init__(
        self,
        on_findings: Callable[[SymbolJudge, list[Finding], int | None], None],
        on_due: Callable[[SymbolJudge, int], None],
    ) -> None:
        self.judges: dict[str, SymbolJudge] = {}
        self.witness: EventWitness | None = None
        self._on_findings = on_findings
        self._on_due = on_due

    def on_quote(
        self,
        symbol: str,
        sip_ns: int,
        matched_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        received_ns: int | None = None,
    ) -> None:
        """Take one quote in exchange order; see `SymbolJudge.on_quote`."""
        judge = self.judges.get(symbol)
        if judge is not None:
            found = judge.on_quote(sip_ns, matched_ns, bid_ticks, bid_size, ask_ticks, ask_size)
            if found:
                self._on_findings(judge, found, received_ns)
        if self.witness is not None:
            self.witness.on_quote(
                symbol, sip_ns, matched_ns, bid_ticks, bid_size, ask_ticks, ask_size, received_ns
            )

    def on_book(
        self,
        symbol: str,
        sip_ns: int,
        matched_ns: int,
        bid_ticks: int,
        bid_size: int,
        ask_ticks: int,
        ask_size: int,
        large_bids: Sequence[tuple[int, int]],
    ) -> None:
        """Take one book that shows levels; see `SymbolJudge.on_book`. No witness is told of it."""
        judge = self.judges.get(symbol)
        if judge is None:
            return
        found = judge.on_book(
            sip_ns, matched_ns, bid_ticks, bid_size, ask_ticks, ask_size, large_bids
        )
        if found:
            self._on_findings(judge, found, None)

    def on_trade(
        self,
        symbol: str,
        sip_ns: int,
        matched_ns: int,
        price_ticks: int,
        size: int,
        conditions: tuple[int, ...] = (),
        correction: int = 0,
        exchange: int = 0,
        participant_ns: int | None = None,
        stated_side: str | None = None,
        received_ns: int | None = None,
    ) -> None:
        """Take one print in exchange order; see `SymbolJudge.on_trade`."""
        judge = self.judges.get(symbol)
        if judge is not None:
            found = judge.on_trade(
                sip_ns,
                matched_ns,
                price_ticks,
                size,
                conditions,
                correction,
                exchange,
                participant_ns,
                stated_side,
            )
            if found:
                self._on_findings(judge, found, received_ns)
            if sip_ns >= judge.recheck_ns:
                self._on_due(judge, sip_ns)
        if self.witness is not None:
            self.witness.on_trade(
                symbol,
                sip_ns,
                matched_ns,
                price_ticks,
                size,
                conditions,
                correction,
                exchange,
                participant_ns,
                stated_side,
                received_ns,
            )
