"""Measures what alerts and exits were followed by, for the sentence that an exit carries.

One run measures one set of recorded days. Its figures are put into a file beside those of other
sets that were judged by the same settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from trading_bot.order_flow.journal.worth import Followed, Worth, WorthSet, read_worth
from trading_bot.replay.playback import Playback
from trading_bot.research.days.one_pass import Measuring
from trading_bot.research.matched_control import ControlPool
from trading_bot.research.outcomes import FALSE_EXIT, REACH_SECONDS, OutcomeRules
from trading_bot.research.scorecard import EXIT, Event, events_of
from trading_bot.research.scored_findings import find


def measure_worth(playback: Playback, *, rules: OutcomeRules, seed: int, command: str) -> Worth:
    """Play recorded data and count what followed its alerts and exits.

    Args:
        playback: The data, not played yet.
        rules: How outcomes are measured.
        seed: Of the choice of matched seconds.
        command: How this is run, for whoever wants to run it again.

    Raises:
        ValueError: The data holds no quote within a regular session.
    """
    measuring = Measuring(rules, seed)
    findings = find(playback, over=measuring.end, listener=measuring.take)
    findings.days = measuring.days
    findings.put_in_order()
    days = findings.days
    if not days:
        raise ValueError(
            "no two-sided quote within a regular session: nothing can be measured; "
            + "; ".join(playback.source.account.warnings())
        )
    pool = ControlPool(days, rules, seed)
    events = events_of(findings.alerts, findings.exits)
    found = WorthSet(
        command=command,
        days=tuple(f"{each.symbol} {each.day.isoformat()}" for each in days),
        alerts=_followed([each for each in events if each.kind != EXIT], pool),
        exits=_followed([each for each in events if each.kind == EXIT], pool),
    )
    return Worth(
        config_hash=playback.config.config_hash,
        fall_bp=rules.false_exit_bp,
        within_seconds=REACH_SECONDS,
        latency_ms=rules.latency_ms,
        seed=seed,
        sets=(found,),
    )


def put_worth(path: Path, measured: Worth) -> None:
    """Write measurements, beside those of other days that were made alike.

    What was measured of the same days, or with other settings, gives way.

    Raises:
        DataSourceError: The file is there and holds something else.
        OSError: It cannot be read or written.
    """
    sets = measured.sets
    if path.exists():
        known = read_worth(path)
        days = {day for each in sets for day in each.days}
        if msgspec.structs.replace(known, sets=sets) == measured:
            sets = (*(each for each in known.sets if days.isdisjoint(each.days)), *sets)
    whole = msgspec.structs.replace(measured, sets=tuple(sorted(sets, key=lambda each: each.days)))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n")


def _followed(events: Sequence[Event], pool: ControlPool) -> Followed:
    judged = pool.judge([each.moment for each in events])
    column = judged.columns.index(FALSE_EXIT)
    known = np.array([reason is None for reason in judged.unjudged], dtype=np.bool_)
    without, matched = judged.outcomes[known, column], judged.controls[known, column]
    share = round(float(matched.mean()), 4) if len(matched) else None
    return Followed(len(without), int(without.sum()), share)
