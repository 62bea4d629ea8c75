"""Tapes for measuring sides, and the delays of late clocks."""

from __future__ import annotations

import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lobster_files import lobster_files

from trading_bot.order_flow.market.events import QuoteEvent, TradeEvent
from trading_bot.order_flow.market.order import place_of
from trading_bot.recorded.account import KindAccount, RowAccount
from trading_bot.recorded.sources import ReadOptions
from trading_bot.research.side_tape import (
    KnownPrint,
    Tape,
    TapeEvent,
    as_live,
    jittered,
    parse_jitter,
    read_lobster,
)

AT_NS = 1_340_285_400_000_000_000
MS = 1_000_000


def test_lobster_day_becomes_a_tape_with_the_truth_beside_it(tmp_path: Path) -> None:
    # Given a quote, a fill, a cross, a hidden fill and a row that cannot be read
    stem = "AMZN_2012-06-21_34200000_57600000"
    book = "1000200,50,1000000,30"
    messages = [
        "34200,1,11,30,1000000,1",
        "34201,4,11,10,1000000,1",
        "34202,6,-1,900,1000000,-1",
        "34203,5,0,7,1000100,-1",
        "34204,8,0,7,1000100,-1",
    ]
    (tmp_path / f"{stem}_message_1.csv").write_text("\n".join(messages), encoding="ascii")
    (tmp_path / f"{stem}_orderbook_1.csv").write_text(
        "\n".join([book] * len(messages)), encoding="ascii"
    )
    # When it is read for measuring
    path = tmp_path / f"{stem}_message_1.csv"
    tape = read_lobster(path)
    # Then only prints that may be signed are on it, and the others are counted
    second_ns = 1_000 * MS
    assert tape == Tape(
        symbol="AMZN",
        day=date(2012, 6, 21),
        events=[
            (True, AT_NS, 100_000_000, 30, 100_020_000, 50),
            (False, AT_NS + second_ns, 100_000_000, 10, AT_NS + second_ns, 0),
            (False, AT_NS + 3 * second_ns, 100_010_000, 7, AT_NS + 3 * second_ns, 0),
        ],
        prints=[KnownPrint("sell", 10, hidden=False), KnownPrint("buy", 7, hidden=True)],
        account=RowAccount(
            trades=KindAccount(read=3, not_judged=Counter(cross=1), judged=2),
            quotes=KindAccount(
                read=5,
                refused=Counter({("type", "unknown_type"): 1}),
                not_judged=Counter(unchanged=3),
                judged=1,
            ),
            refused_in=Counter({(path, "type", "unknown_type"): 1}),
        ),
    )


def test_a_print_whose_side_is_not_recorded_is_played_and_not_judged(tmp_path: Path) -> None:
    # Given a hidden fill of a day from which on their sides are not recorded
    stem = "AMZN_2015-06-22_34200000_57600000"
    (tmp_path / f"{stem}_message_1.csv").write_text("34203,5,0,7,1000100,1", encoding="ascii")
    book = tmp_path / f"{stem}_orderbook_1.csv"
    book.write_text("1000200,50,1000000,30", encoding="ascii")
    # When it is read for measuring
    tape = read_lobster(book)
    # Then it is on the tape, and counted as not judged
    assert tape.prints == [KnownPrint(None, 7, hidden=True)]
    assert tape.account.trades == KindAccount(read=1, not_judged=Counter(side_not_recorded=1))


def two_days(folder: Path) -> Path:
    """Write an archive of two days of one symbol."""
    for day in ("2012-06-21", "2012-06-22"):
        lobster_files(folder, day=day)
    path = folder / "days.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.glob("*.csv")):
            archive.write(file, file.name)
    return path


def test_of_several_days_one_is_to_be_named(tmp_path: Path) -> None:
    # Given an archive of two days
    path = two_days(tmp_path)
    # When none of them is named, one is, or another one
    # Then only the one can be measured, and the errors name what is there
    with pytest.raises(
        ValueError,
        match=r"days\.zip: holds ACME 2012-06-21, ACME 2012-06-22; name one with --symbol",
    ):
        read_lobster(path)
    options = ReadOptions(("ACME",), day=date(2012, 6, 22))
    assert read_lobster(path, options=options).day == date(2012, 6, 22)
    with pytest.raises(ValueError, match=r"ACME 2012-06-22, not 2012-06-23"):
        read_lobster(path, options=ReadOptions(day=date(2012, 6, 23)))


def test_two_files_of_any_name_are_a_day(tmp_path: Path) -> None:
    # Given messages and books under names that tell nothing
    (tmp_path / "a.csv").write_text("34203,5,0,7,1000100,1,null\n", encoding="ascii")
    (tmp_path / "b.csv").write_text("1000200,50,1000000,30\n", encoding="ascii")
    # When they are read for a symbol and a day
    options = ReadOptions(("ACME",), day=date(2012, 6, 21))
    tape = read_lobster(tmp_path / "a.csv", tmp_path / "b.csv", options=options)
    # Then the truth is beside the print
    assert tape.prints == [KnownPrint("sell", 7, hidden=True)]


@pytest.mark.parametrize(
    ("text", "means"), [("1,10", (1.0, 10.0)), ("0.02,0.2", (0.02, 0.2)), ("0, 0", (0.0, 0.0))]
)
def test_jitter_is_two_means_in_milliseconds(text: str, means: tuple[float, float]) -> None:
    # Given the mean delays of quotes and of prints
    # When they are read
    # Then both are numbers of milliseconds
    assert parse_jitter(text) == means


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "a,b", "-1,2", "1,-2", "nan,1", "1,inf"])
def test_jitter_of_another_shape_is_refused(text: str) -> None:
    # Given anything else
    # When it is read
    # Then the error shows what is wanted
    with pytest.raises(ValueError, match="must be two numbers"):
        parse_jitter(text)


@st.composite
def tapes(draw: st.DrawFn) -> list[TapeEvent]:
    stamp_ns = AT_NS
    tape: list[TapeEvent] = []
    for number in range(draw(st.integers(1, 30))):
        stamp_ns += draw(st.sampled_from([0, 1, MS]))
        if draw(st.booleans()):
            tape.append((True, stamp_ns, number, 1, number + 2, 1))
        else:
            tape.append((False, stamp_ns, number, 1, stamp_ns, 0))
    return tape


@given(tapes(), st.integers(0, 99))
def test_delays_keep_the_order_of_each_stream_and_the_prints_of_one_stamp(
    tape: list[TapeEvent], seed: int
) -> None:
    # Given a tape
    # When its stamps are delayed
    delayed = jittered(tape, quote_ms=1, trade_ms=10, seed=seed)
    # Then time never runs backwards and nothing is early or lost
    assert [event[1] for event in delayed] == sorted(event[1] for event in delayed)
    for is_quote in (True, False):
        before = [event for event in tape if event[0] is is_quote]
        after = [event for event in delayed if event[0] is is_quote]
        assert [event[2] for event in after] == [event[2] for event in before]
        assert all(late[1] >= early[1] for early, late in zip(before, after, strict=True))
    # Then prints of one stamp share the delayed one, which is all that the key tells
    prints = [event for event in tape if not event[0]]
    late_prints = [event for event in delayed if not event[0]]
    assert len(
        {(early[1], late[1]) for early, late in zip(prints, late_prints, strict=True)}
    ) == len({early[1] for early in prints})
    assert all(event[4] == event[1] for event in late_prints)


def test_same_seed_gives_the_same_delays_and_another_seed_others() -> None:
    # Given a tape of quotes and prints
    tape: list[TapeEvent] = [
        (number % 2 == 0, AT_NS + number * MS, number, 1, AT_NS + number * MS, 0)
        for number in range(40)
    ]
    # When it is delayed with the same seed twice and with another
    first, again, other = (jittered(tape, quote_ms=1, trade_ms=10, seed=seed) for seed in (5, 5, 6))
    # Then only the other differs
    assert first == again
    assert first != other


def test_delays_have_the_mean_asked_for() -> None:
    # Given many quotes and prints far apart
    tape: list[TapeEvent] = [
        (number % 2 == 0, AT_NS + number * 10_000 * MS, number, 1, 0, 0) for number in range(4_000)
    ]
    # When they are delayed by 1 and 10 ms on average
    delayed = jittered(tape, quote_ms=1, trade_ms=10, seed=5)
    # Then the means over 2,000 draws are within a tenth
    for is_quote, mean_ms in ((True, 1), (False, 10)):
        total_ns = 0
        for early, late in zip(tape, delayed, strict=True):
            total_ns += (late[1] - early[1]) * (early[0] is is_quote)
        assert abs(total_ns / 2_000 / MS - mean_ms) < mean_ms / 10


def test_print_comes_before_a_quote_of_its_delayed_stamp() -> None:
    # Given a quote and a print of one stamp, in that order
    tape: list[TapeEvent] = [(True, AT_NS, 1, 1, 2, 1), (False, AT_NS, 1, 1, AT_NS, 0)]
    # When they are "delayed" by nothing
    delayed = jittered(tape, quote_ms=0, trade_ms=0, seed=5)
    # Then the print comes first
    assert delayed == [tape[1], tape[0]]


@given(tapes(), st.sampled_from([1, MS]))
def test_a_tape_as_live_is_cut_and_ordered_as_a_stream_is(
    events: list[TapeEvent], step_ns: int
) -> None:
    # Given any tape, and the same as events numbered in its order
    kept = [
        QuoteEvent("A", stamp, 1, 1, 2, 1, sequence=number)
        if is_quote
        else TradeEvent("A", stamp, 1, 1, sequence=number)
        for number, (is_quote, stamp, *_) in enumerate(events)
    ]
    # When it is made to look as a live stream
    found = as_live(events, step_ns)
    # Then stamps, keys and order are those by which a stream's events are judged
    placed = sorted(kept, key=lambda each: place_of(each, step_ns))
    stamps = [each.sip_ns - each.sip_ns % step_ns for each in placed]
    assert [(each[0], each[1]) for each in found] == [
        (isinstance(each, QuoteEvent), stamp) for each, stamp in zip(placed, stamps, strict=True)
    ]
    assert all(each[4] % step_ns == 0 for each in found if not each[0])
