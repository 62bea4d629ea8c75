"""How many events per second go through the trade-side classifier.

    python benchmarks/sides.py [--events 400000] [--rounds 5] [--peer] [--json]

The tape is synthetic and seeded: 72 % quotes, a spread of one to five cents, prints at the quote,
inside it and in small sweeps. The rate is the median of the rounds, the rules taken in turn, with
the loop over the tape included. `--peer` also times tclf's vectorised Lee-Ready on the same prints,
in an environment of its own that is thrown away afterwards; there the quotes are matched with the
prints beforehand, which is part of what the classifier here is timed for.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import venv
from bisect import bisect_left
from pathlib import Path
from random import Random
from statistics import median

from trading_bot.order_flow.rules.side.matching import EXACT, MILLISECONDS, Matching
from trading_bot.order_flow.rules.side.side_rules import SideRule
from trading_bot.research.side_tape import TapeEvent, as_live
from trading_bot.research.sides import classify

CENT = 10_000
MS = 1_000_000
QUOTE_SHARE = 0.72

CASES: tuple[tuple[str, SideRule, Matching, int], ...] = (
    ("full", "full", EXACT, 0),
    ("full, live", "full", MILLISECONDS, 0),
    ("full, clock window 50 ms", "full", Matching(1, 50 * MS), 0),
    ("full, wait 10 ms", "full", EXACT, 10),
    ("lee_ready", "lee_ready", EXACT, 0),
)

PEER_PACKAGES = ("tclf", "scikit-learn<1.6")
PEER_PROGRAM = """
import json, sys, time
import pandas as pd
from tclf.classical_classifier import ClassicalClassifier
prints = pd.read_csv(sys.argv[1])
seconds = []
for _ in range(int(sys.argv[2])):
    rule = ClassicalClassifier(layers=[("lr", "ex")], strategy="const")
    rule.fit(prints)
    started = time.perf_counter()
    signs = rule.predict(prints)
    seconds.append(time.perf_counter() - started)
print(json.dumps({"seconds": seconds, "signs": [int(sign) for sign in signs]}))
"""


def synthetic_tape(events: int, seed: int) -> list[TapeEvent]:
    """Make a tape of one symbol in time order."""
    random = Random(seed)
    stamp_ns = 1_700_000_000_000_000_000
    bid, spread = 10_000 * CENT, 2 * CENT
    tape: list[TapeEvent] = []
    while len(tape) < events:
        stamp_ns += random.randrange(1_000, 40 * MS)
        if random.random() < QUOTE_SHARE / (QUOTE_SHARE + (1 - QUOTE_SHARE) / 1.2):
            if random.random() < 0.3:
                bid += random.choice((-CENT, CENT))
                spread = random.randrange(1, 6) * CENT
            sizes = random.randrange(1, 20) * 100, random.randrange(1, 20) * 100
            tape.append((True, stamp_ns, bid, sizes[0], bid + spread, sizes[1]))
            continue
        price = bid + random.choice((0, 0, 0, 1, 1, 1, 0.5, 0.3, 0.8)) * spread
        for _ in range(random.choice((1, 1, 1, 1, 2))):
            size = random.randrange(1, 400)
            tape.append((False, stamp_ns, round(price), size, stamp_ns, 0))
            price += random.choice((0, CENT // 2))
    return tape


def write_prints(tape: list[TapeEvent], path: Path) -> None:
    """Write the prints as the peer wants them: with the quote before and the last other price."""
    quotes = [event for event in tape if event[0]]
    stamps = [quote[1] for quote in quotes]
    last = other = float("nan")
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("trade_price", "price_ex_lag", "bid_ex", "ask_ex"))
        for is_quote, stamp_ns, price, _, _, _ in tape:
            if is_quote:
                continue
            if price != last:
                other, last = last, price
            place = bisect_left(stamps, stamp_ns) - 1
            quote = quotes[place] if place >= 0 else None
            rows.writerow((price, other, *((quote[2], quote[4]) if quote else (float("nan"),) * 2)))


def run_peer(tape: list[TapeEvent], rounds: int) -> tuple[dict[str, float] | None, str]:
    """Time the peer in an environment of its own.

    Returns:
        Its rate and how often its signs equal ours, or None, and a sentence about it.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        prints = home / "prints.csv"
        write_prints(tape, prints)
        python = home / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        try:
            venv.create(home / "env", with_pip=True)
            subprocess.run(
                [python, "-m", "pip", "install", "--quiet", *PEER_PACKAGES],
                check=True,
                capture_output=True,
                timeout=600,
            )
            answer = subprocess.run(
                [python, "-c", PEER_PROGRAM, prints, str(rounds)],
                check=True,
                capture_output=True,
                timeout=600,
            ).stdout
        except (OSError, subprocess.SubprocessError) as error:
            detail = getattr(error, "stderr", None) or b""
            return None, f"tclf was left out: {error} {detail.decode(errors='replace')[-300:]}"
    measured = json.loads(answer)
    ours, _ = classify(tape, "lee_ready")
    signs = {"buy": 1, "sell": -1, "unknown": 0}
    same = 0
    for result, sign in zip(ours, measured["signs"], strict=True):
        same += signs[result[0]] == sign
    seconds = median(measured["seconds"])
    return (
        {"trades_per_second": len(ours) / seconds, "same_sign": same / len(ours)},
        "tclf Lee-Ready, whole arrays, quotes already matched",
    )


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description="Events per second through the side classifier.")
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--peer", action="store_true", help="time tclf beside it (downloads it)")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    options = parser.parse_args()

    tape = synthetic_tape(options.events, options.seed)
    live = as_live(tape, MILLISECONDS.step_ns)
    quotes = 0
    for event in tape:
        quotes += event[0]
    rates: dict[str, list[float]] = {name: [] for name, *_ in CASES}
    for _ in range(options.rounds):
        for name, rule, matching, defer_ms in CASES:
            events = live if matching is MILLISECONDS else tape
            _, seconds = classify(events, rule, matching=matching, defer_ms=defer_ms)
            rates[name].append(len(tape) / seconds)
    peer, sentence = run_peer(tape, options.rounds) if options.peer else (None, "not asked for")

    if options.json:
        print(
            json.dumps(
                {
                    "events": len(tape),
                    "quotes": quotes,
                    "rounds": options.rounds,
                    "events_per_second": {name: round(median(r)) for name, r in rates.items()},
                    "peer": peer,
                    "peer_note": sentence,
                }
            )
        )
        return 0
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    print(f"{len(tape):,} events, {quotes / len(tape):.0%} quotes, median of {options.rounds}")
    for name, rounds in rates.items():
        rate = median(rounds)
        print(f"  {name:28} {rate:12,.0f} events/s   {1e6 / rate:.2f} us/event")
    if peer is None:
        print(f"  peer: null ({sentence})")
    else:
        print(
            f"  {sentence}: {peer['trades_per_second']:,.0f} trades/s, "
            f"same sign as ours {peer['same_sign']:.4%}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
