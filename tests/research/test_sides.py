"""The measurement behind `trading-bot sides`, on tapes of a few prints."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from trading_bot.order_flow.rules.side.matching import EXACT, MILLISECONDS, Matching
from trading_bot.order_flow.rules.side.side_rules import SIDE_RULES, SideRule
from trading_bot.recorded.account import KindAccount, RowAccount
from trading_bot.research import sides
from trading_bot.research.side_scores import RuleScore
from trading_bot.research.side_tape import KnownPrint, Tape, TapeEvent
from trading_bot.research.sides import Stamps, classify, measure, run_sides

MS = 1_000_000
AT_NS = 1_340_285_400_000_000_000
BID, ASK = 1_000_000, 1_100_000


def quote(at_ns: int, bid: int = BID, ask: int = ASK) -> TapeEvent:
    return (True, at_ns, bid, 300, ask, 300)


def print_at(at_ns: int, price: int, size: int = 100) -> TapeEvent:
    return (False, at_ns, price, size, at_ns, 0)


def tape(*events: TapeEvent, known: list[KnownPrint]) -> Tape:
    account = RowAccount(trades=KindAccount(read=1, not_judged=Counter(cross=1)))
    return Tape("AMZN", date(2012, 6, 21), list(events), known, account)


# A weak print above the midpoint that a sale follows 2 ms later with the same order key.
HIDDEN_THEN_SALE = [
    quote(AT_NS),
    print_at(AT_NS + 1, 1_075_000),
    (False, AT_NS + 2 * MS, BID, 100, AT_NS + 1, 0),
]


def test_waiting_classifier_learns_from_the_rest_of_the_order() -> None:
    # Given such prints
    # When they are judged at once, and with a wait that covers both
    at_once, _ = classify(HIDDEN_THEN_SALE, "full")
    waited, _ = classify(HIDDEN_THEN_SALE, "full", defer_ms=10)
    # Then only the wait finds that the first was part of the sale
    assert at_once == [("buy", 140, "inside"), ("sell", 990, "quote")]
    assert waited == [("sell", 995, "same_order"), ("sell", 990, "quote")]


def test_nothing_waits_longer_than_it_may() -> None:
    # Given such prints, and a quote after the wait of the first has ended
    events = [*HIDDEN_THEN_SALE[:2], quote(AT_NS + MS + 1), HIDDEN_THEN_SALE[2]]
    # When they are judged with a wait of 1 ms
    results, _ = classify(events, "full", defer_ms=1)
    # Then the first does not learn what came later
    assert results == [("buy", 140, "inside"), ("sell", 990, "quote")]


def test_report_scores_every_rule_and_details_the_chosen_one() -> None:
    # Given a sale at the bid, a hidden purchase at the ask's side, and a print nobody knows
    measured = tape(
        quote(AT_NS),
        print_at(AT_NS + 1, BID, 300),
        print_at(AT_NS + 10 * MS, 1_075_000),
        print_at(AT_NS + 20 * MS, ASK),
        known=[
            KnownPrint("sell", 300, hidden=False),
            KnownPrint("sell", 100, hidden=True),
            KnownPrint(None, 100, hidden=True),
        ],
    )
    told: list[str] = []
    # When it is measured
    report = measure(measured, progress=told.append)
    # Then every rule has its score, in the order of their names' list
    assert report.rules == {
        "full": RuleScore(0.5, 0.75, 1.0, 0.0),
        "lee_ready": RuleScore(0.5, 0.75, 1.0, 0.0),
        "clnv": RuleScore(0.5, 0.75, 1.0, 0.0),
        "emo": RuleScore(0.5, 0.75, 1.0, 0.0),
        "tick": RuleScore(0.25, 0.375, 0.5, 0.0),
    }
    assert tuple(report.rules) == SIDE_RULES
    # Then the chosen rule is looked at closely
    assert (report.rule, report.prints, report.quotes, report.coverage) == ("full", 2, 1, 1.0)
    assert report.confusion == {("sell", "sell"): 1, ("sell", "buy"): 1}
    assert report.deciding == (("inside", 1, 0.0), ("quote", 1, 1.0))
    assert report.calibration_error == (0.01 + 0.86) / 2
    assert report.account.not_judged("trades") == {"cross": 1}
    assert report.events_per_second > 0
    assert told == [f"judging 3 prints by {rule}" for rule in SIDE_RULES]


def test_published_rule_can_be_the_chosen_one() -> None:
    # Given a first print at the midpoint
    measured = tape(
        quote(AT_NS),
        print_at(AT_NS + 1, 1_050_000),
        known=[KnownPrint("buy", 100, hidden=True)],
    )
    # When the tick rule is looked at
    report = measure(measured, rule="tick")
    # Then it has no side to give, and an unknown side is right by half
    assert (report.rule, report.coverage) == ("tick", 0.0)
    assert report.confusion == {("buy", "unknown"): 1}
    assert report.deciding == (("no_evidence", 1, 0.5),)


def lobster_sample(folder: Path) -> Path:
    """Write a day on which each second a bid loses 10 shares to a sale and is refilled."""
    stem = "AMZN_2012-06-21_34200000_57600000"
    messages = []
    books = []
    for second in range(34_200, 34_240):
        messages += [f"{second},1,11,10,1000000,1", f"{second}.5,4,11,10,1000000,1"]
        books += ["1000200,50,1000000,40", "1000200,50,1000000,30"]
    (folder / f"{stem}_message_1.csv").write_text("\n".join(messages), encoding="ascii")
    (folder / f"{stem}_orderbook_1.csv").write_text("\n".join(books), encoding="ascii")
    return folder / f"{stem}_message_1.csv"


def test_file_is_read_and_measured(tmp_path: Path) -> None:
    # Given a file
    told: list[str] = []
    path = lobster_sample(tmp_path)
    # When it is run with clean clocks
    report = run_sides(path, progress=told.append)
    # Then its visible sales are all right
    assert (report.symbol, report.prints) == ("AMZN", 40)
    assert report.rules["full"] == RuleScore(1.0, 1.0, 1.0, None)
    assert told[0] == f"reading {path.name}"


@pytest.mark.parametrize(
    ("clock_window_ms", "evidence"), [(None, "reduction"), (50.0, "reduction"), (0.0, "quote")]
)
def test_jitter_opens_a_window_of_five_mean_delays_unless_one_is_given(
    tmp_path: Path, clock_window_ms: float | None, evidence: str
) -> None:
    # Given a file whose prints take exactly what the bid loses
    path = lobster_sample(tmp_path)
    # When its clocks are made late, with the window left open, given, or closed
    report = run_sides(path, jitter_ms=(0, 10), clock_window_ms=clock_window_ms)
    # Then prints are matched with what they took only inside a window
    assert report.deciding[0][0] == evidence


@pytest.mark.parametrize("rule", SIDE_RULES)
def test_measuring_twice_differs_in_nothing_but_speed(tmp_path: Path, rule: SideRule) -> None:
    # Given a file
    path = lobster_sample(tmp_path)
    # When it is run twice with one seed
    first, second = (
        run_sides(path, rule=rule, jitter_ms=(1, 10), seed=7, defer_ms=10) for _ in range(2)
    )
    # Then all measured shares agree
    assert (first.rules, first.calibration, first.confusion) == (
        second.rules,
        second.calibration,
        second.confusion,
    )


@pytest.mark.parametrize(
    ("stamps", "clock_window_ms", "matching"),
    [
        ("exact", None, EXACT),
        ("ms", None, MILLISECONDS),
        ("ms", 7.0, Matching(MS, 7 * MS)),
    ],
)
def test_stamps_choose_the_matching_unless_a_window_is_given(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stamps: Stamps,
    clock_window_ms: float | None,
    matching: Matching,
) -> None:
    # Given a file
    path = lobster_sample(tmp_path)
    given: list[tuple[Matching, set[int]]] = []

    def note(tape: Tape, *, matching: Matching, **_: object) -> None:
        given.append((matching, {event[1] % MS for event in tape.events}))

    monkeypatch.setattr(sides, "measure", note)
    # When it is measured as recorded, as a live run has it, or with a window of our own
    run_sides(path, stamps=stamps, clock_window_ms=clock_window_ms)
    # Then prints are matched so, and the stamps are cut where they are live
    [(found, rests)] = given
    assert found == matching
    assert (rests == {0}) or stamps == "exact"
