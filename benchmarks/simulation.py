"""Runs the guard on moved time, beside everything that can go wrong, and accounts for every print.

    python benchmarks/simulation.py                               fifty runs of ten minutes
    python benchmarks/simulation.py --seeds 1000 --first 200 --jobs 2
    python benchmarks/simulation.py --seed 17                     one run, told in full
    python benchmarks/simulation.py --seed 17 --faults 'mute T EVEN 60+20 renew; cut * * 70+5 1006'
    python benchmarks/simulation.py --seed 17 --faults none       the same market, and no fault
    python benchmarks/simulation.py --fields       each field of a row gone, renamed, retyped, other

Market, stream, REST, positions, guard and its restarts live in one process, without a socket or a
thread: the event loop moves the time instead of waiting, so that ten minutes take a second. The
guard's own connection, decoder, client, judge, ledgers and record are the real ones. A seed draws
two to four symbols, their prints, quotes and large sales, and none to five faults that overlap; the
same seed tells the same to the byte.

Of every run it is checked that each print was judged once, or that its symbol was not called
visible; that no alert of a large sale is lost untold, doubled or false; and that a symbol of which
nothing is wrong stays visible. A seed that fails is run again with fewer faults, until each that is
left is needed, and printed as the command that repeats it. Exits with 1 when one fails.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import process_time
from typing import Any

from simulated.checks import Checked, check
from simulated.faults import Faults, of_each_field, parsed
from simulated.run import Ran, run

_SESSION_SECONDS = 23_400


@dataclass
class Result:
    """What one seed has brought.

    Attributes:
        seed: Drew it.
        faults: How many there were.
        checked: What was found.
        digest: Of all that was told.
        took: Seconds of one processor.
        repeat: The command that repeats a failure with the fewest faults.
    """

    seed: int
    faults: int
    checked: Checked
    digest: str
    took: float
    repeat: str = ""


def run_seed(seed: int, seconds: float, *, faults: Faults | None = None) -> Result:
    """Run and check one seed; shrink its faults where it fails."""
    began = process_time()
    ran = run(seed, seconds, faults)
    checked = check(ran)
    took = process_time() - began
    result = Result(seed, len(ran.faults.all), checked, ran.digest, took)
    if checked.failures:
        fewest = _shrunk(ran)
        minutes = "" if seconds == 600 else f" --minutes {seconds / 60:g}"
        result.repeat = (
            f"python benchmarks/simulation.py --seed {seed}{minutes} --faults '{fewest}'"
        )
    return result


def _shrunk(ran: Ran) -> Faults:
    """Leave out fault after fault while the run still fails."""
    kept = list(ran.faults.all)
    for fault in ran.faults.all:
        fewer = [each for each in kept if each is not fault]
        if check(run(ran.seed, ran.seconds, Faults(fewer))).failures:
            kept = fewer
    return Faults(kept)


Job = tuple[int, Faults | None]
"""A seed, and the faults of its run; None draws them."""


def run_all(work: Sequence[Job], seconds: float, jobs: int) -> Iterator[Result]:
    """Run many seeds, by several processes, in their order."""
    if jobs == 1:
        yield from (_run_job(each, seconds) for each in work)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(partial(_run_job, seconds=seconds), work)


def _run_job(job: Job, seconds: float) -> Result:
    seed, faults = job
    return run_seed(seed, seconds, faults=faults)


@dataclass
class Totals:
    """What all seeds have brought together."""

    runs: int = 0
    with_faults: int = 0
    market_seconds: float = 0.0
    processor_seconds: float = 0.0
    sum: Checked = field(default_factory=Checked)
    failing: list[Result] = field(default_factory=list)

    def add(self, result: Result, seconds: float) -> None:
        """Take one more result."""
        self.runs += 1
        self.with_faults += result.faults > 0
        self.market_seconds += seconds
        self.processor_seconds += result.took
        total, found = self.sum, result.checked
        for name in ("sales", "alerted", "late", "told", "false_doubts", "calm_seconds"):
            setattr(total, name, getattr(total, name) + getattr(found, name))
        total.noticed += found.noticed
        total.recovered += found.recovered
        total.failures += found.failures
        if found.failures:
            self.failing.append(result)

    def rows(self) -> dict[str, Any]:
        """Return the figures by their names."""
        found = self.sum
        return {
            "runs": self.runs,
            "runs with faults": self.with_faults,
            "times as fast as the market, on one processor": round(
                self.market_seconds / max(self.processor_seconds, 1e-9)
            ),
            "large sales": found.sales,
            "alerted": found.alerted,
            "alerted more than a second later": found.late,
            "not alerted, and told": found.told,
            "seconds to notice, p50 / p95 / max": _spread(found.noticed),
            "seconds to recover, p50 / p95 / max": _spread(found.recovered),
            "false doubts per symbol-day": round(
                found.false_doubts * _SESSION_SECONDS / max(found.calm_seconds, 1.0), 2
            ),
            "failures": len(found.failures),
        }


def _spread(values: Iterable[float]) -> str:
    ordered = sorted(values)
    if not ordered:
        return "-"
    high = ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)]
    return f"{median(ordered):.1f} / {high:.1f} / {ordered[-1]:.1f}"


def _failing_words(result: Result) -> str:
    lines = [f"seed {result.seed}: {each}" for each in result.checked.failures[:5]]
    return "\n".join([*lines, f"  {result.repeat}"])


def _tell_one(seed: int, seconds: float, faults: Faults | None) -> int:
    """Run one seed and tell all of it; return the exit status."""
    ran = run(seed, seconds, faults)
    found = check(ran)
    print(f"faults: {ran.faults}")
    for symbol, seen in ran.seen.items():
        said = None
        for each in seen:
            word = (each.state, each.reason.partition(":")[0])
            if word != said:
                print(f"{each.seconds:7.1f} s  {symbol:6} {each.state} {each.reason}")
                said = word
    print(f"{found.alerted} of {found.sales} large sales alerted, {found.told} told")
    print(f"digest {ran.digest}")
    for failure in found.failures:
        print(f"FAILED {failure}")
    return int(bool(found.failures))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    first, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=50, metavar="N", help="how many runs")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first of them")
    parser.add_argument("--seed", type=int, help="one run only, told in full")
    parser.add_argument("--faults", metavar="TEXT", help="its faults, in place of drawn ones")
    parser.add_argument("--fields", action="store_true", help="a run for each field of a row")
    parser.add_argument("--minutes", type=float, default=10.0, help="length of a run")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes at once")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    seconds = options.minutes * 60
    if options.seed is not None:
        try:
            faults = None if options.faults is None else parsed(options.faults)
        except ValueError as error:
            parser.error(str(error))
        return _tell_one(options.seed, seconds, faults)
    if options.fields:
        each_field = of_each_field(seconds / 3, seconds / 3)
        work: list[Job] = list(enumerate(each_field, options.first))
    else:
        work = [(seed, None) for seed in range(options.first, options.first + options.seeds)]
    totals = Totals()
    for done, result in enumerate(run_all(work, seconds, options.jobs), 1):
        totals.add(result, seconds)
        if result.checked.failures:
            print(f"\r{_failing_words(result)}", file=sys.stderr)
        print(f"\r{done} of {len(work)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    rows = totals.rows()
    if options.json:
        failing = {each.seed: each.repeat for each in totals.failing}
        print(json.dumps(rows | {"failing": failing}))
    else:
        print("| | |\n| --- | --- |")
        for name, value in rows.items():
            print(f"| {name} | {value} |")
    return int(bool(totals.failing))


if __name__ == "__main__":
    sys.exit(main())
