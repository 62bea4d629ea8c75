from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.monitor_stubs import at, symbol_judge

from trading_bot.order_flow.market.events import TradeEvent
from trading_bot.order_flow.market.units import NS_PER_MS, UNITS_PER_SHARE
from trading_bot.order_flow.sight.live_symbol import KEPT_NS, REMEMBERED, LiveSymbol
from trading_bot.order_flow.sight.tally import Tally

HOUR = 3_600


def live(tally: Tally | None = None) -> LiveSymbol:
    judge = symbol_judge("ACME")
    return LiveSymbol("ACME", judge, judge, 0, tally)


def takes(found: LiveSymbol, seconds: float, sequence: int) -> bool:
    return found.takes_trade(at(seconds), 11, 0, str(sequence), sequence, UNITS_PER_SHARE)


def test_a_print_is_taken_once() -> None:
    # Given a print that was taken
    found = live()
    first = takes(found, 1, 10)
    # When it comes again
    again = takes(found, 1, 10)
    # Then it is known
    assert (first, again, found.repeated) == (True, False, 1)


def test_a_late_print_with_a_number_of_its_own_is_new() -> None:
    # Given a print
    found = live()
    takes(found, 2, 20)
    # When one with a lower number and an earlier stamp comes
    new = takes(found, 1, 15)
    # Then it is taken, and the newest stamp stays
    assert (new, found.trade_ns) == (True, at(2))


@pytest.mark.parametrize(
    "other",
    [(12, 0, "1", 10), (11, 202, "1", 10), (11, 0, "2", 10), (11, 0, "", 10)],
    ids=["exchange", "facility", "id", "no id"],
)
def test_every_part_of_the_key_tells_prints_apart(other: tuple[int, int, str, int]) -> None:
    # Given a print
    found = live()
    found.takes_trade(at(1), 11, 0, "1", 10, 1)
    # When one differs in a single part
    exchange, trf_id, trade_id, sequence = other
    new = found.takes_trade(at(1), exchange, trf_id, trade_id, sequence, 1)
    # Then it is another print
    assert new


def test_a_print_with_an_id_is_known_by_it_whatever_its_number() -> None:
    # Given a print
    found = live()
    found.takes_trade(at(1), 11, 0, "1", 10, 1)
    # When it comes again under a lower number
    again = found.takes_trade(at(1), 11, 0, "1", 9, 1)
    # Then it is the same
    assert (again, found.repeated) == (False, 1)


def test_prints_without_an_id_are_told_apart_by_their_numbers() -> None:
    # Given a print without an id
    found = live()
    found.takes_trade(at(1), 11, 0, "", 10, 1)
    # When one with a lower number comes, twice
    taken = [found.takes_trade(at(1), 11, 0, "", 9, 1) for _ in "12"]
    # Then it is another print, once
    assert taken == [True, False]


def test_a_print_without_id_and_number_is_always_new() -> None:
    # Given such a print
    found = live()
    found.takes_trade(at(1), 11, 0, "", 0, 1)
    # When the same comes again
    again = found.takes_trade(at(1), 11, 0, "", 0, 1)
    # Then nothing says that it is the same
    assert again


def test_sequence_numbers_may_begin_again_on_a_new_day() -> None:
    # Given a print with a high number
    found = live()
    takes(found, 0, 1_000_000)
    # When the first of the next morning comes, and comes again
    first = takes(found, 18 * HOUR, 5)
    # Then its numbers are the measure now
    assert (first, found.trade_sequence) == (True, 5)
    assert not takes(found, 18 * HOUR, 5)


@pytest.mark.parametrize(("prints_since", "known"), [(REMEMBERED - 1, True), (REMEMBERED, False)])
def test_a_young_print_is_remembered_over_so_many_others(prints_since: int, known: bool) -> None:
    # Given a print and others within the next second
    found = live()
    for number in range(prints_since + 1):
        takes(found, number / 1_000, 10 + number)
    # When it comes again
    new = takes(found, 0, 10)
    # Then it is known as long as it is remembered
    assert new is not known


@pytest.mark.parametrize(
    ("seconds", "sequence", "taken"),
    [(2, 1, True), (1, 6, True), (1, 5, False), (1, 4, False), (0, 9, False), (1, 0, True)],
    ids=["later", "same-ms-newer", "same", "same-ms-older", "earlier", "same-ms-no-number"],
)
def test_only_a_newer_quote_is_taken(seconds: float, sequence: int, taken: bool) -> None:
    # Given a quote
    found = live()
    found.takes_quote(at(1), 5)
    # When another comes
    answer = found.takes_quote(at(seconds), sequence)
    # Then it is taken when it is newer
    assert answer is taken


def test_repeated_and_outdated_quotes_are_counted_apart() -> None:
    # Given a quote
    found = live()
    found.takes_quote(at(1), 5)
    # When it comes again, and older ones come
    for seconds, sequence in ((1, 5), (0, 9), (1, 4)):
        found.takes_quote(at(seconds), sequence)
    # Then each is counted
    assert (found.repeated, found.outdated) == (1, 2)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), max_size=60))
def test_whatever_comes_nothing_is_taken_twice(made: list[tuple[int, int]]) -> None:
    # Given prints in any order, some of them repeated
    found = live()
    taken = []
    for seconds, sequence in made:
        # When each comes
        if takes(found, seconds, sequence):
            taken.append(sequence)
    # Then each number was taken once
    assert sorted(taken) == sorted(set(taken)) == sorted({sequence for _, sequence in made})


PRINTS = st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 4_000)), max_size=400)


def streamed(steps: list[tuple[int, int]]) -> tuple[LiveSymbol, list[tuple[int, int]]]:
    """Give prints, each so many ms after the newest and so many late; return stamp and number."""
    found, newest_ns, made = live(), at(0), []
    for number, (step_ms, late_ms) in enumerate(steps, start=1):
        newest_ns += step_ms * NS_PER_MS
        sip_ns = newest_ns - late_ms * NS_PER_MS
        found.takes_trade(sip_ns, 11, 0, "", number, 1)
        made.append((sip_ns, number))
    return found, made


@given(PRINTS)
def test_a_memory_that_grows_knows_the_young_prints_of_a_large_one(
    steps: list[tuple[int, int]],
) -> None:
    # Given prints, quick and slow, some of them late
    found, made = streamed(steps)
    # When those of the newest that are young come again
    young = [each for each in made[-REMEMBERED:] if each[0] > found.trade_ns - KEPT_NS]
    again = [found.takes_trade(sip_ns, 11, 0, "", number, 1) for sip_ns, number in young]
    # Then none of them is new
    assert not any(again)


@pytest.mark.parametrize(
    ("step_ms", "room"), [(KEPT_NS // NS_PER_MS // 4 - 1, 16), (KEPT_NS // NS_PER_MS // 4, 8)]
)
def test_a_quiet_symbol_takes_less_room(step_ms: int, room: int) -> None:
    # Given a symbol whose prints come so slowly that half of the least room lasts long enough
    # When it has been streamed for long
    found, _ = streamed([(step_ms, 0)] * 100)
    # Then it takes no more
    assert len(found.keys) == room


def missed(seconds: float, sequence: int) -> TradeEvent:
    return TradeEvent(
        "ACME",
        at(seconds),
        1,
        UNITS_PER_SHARE,
        sequence=sequence,
        exchange=11,
        trade_id=str(sequence),
    )


@pytest.mark.parametrize("tally", [None, Tally()], ids=["ring", "tally"])
def test_what_came_again_or_too_late_was_brought_all_the_same(tally: Tally | None) -> None:
    # Given a print and a quote
    found = live(tally)
    takes(found, 5, 10)
    found.takes_quote(at(5), 5)
    # When the print comes again, and an older quote, and the quote once more
    takes(found, 5, 10)
    found.takes_quote(at(3), 4)
    found.takes_quote(at(5), 5)
    # Then the stream is known to have brought them
    assert (found.late_trades, found.late_trade_ns) == (1, at(5))
    assert (found.late_quotes, found.late_quote_ns) == (2, at(5))


@pytest.mark.parametrize("tally", [None, Tally()], ids=["ring", "tally"])
def test_a_print_that_was_missed_is_known_once_it_is_judged(tally: Tally | None) -> None:
    # Given a print, and one with a lower number that a second source has brought
    found = live(tally)
    takes(found, 5, 10)
    found.take_missed(missed(4, 9))
    # When the stream brings that one after all
    again = takes(found, 4, 9)
    # Then it is known, and the newest number and stamp are as they were
    assert (again, found.trade_sequence, found.trade_ns) == (False, 10, at(5))
    # And a newer one moves both
    found.take_missed(missed(6, 11))
    assert (found.trade_sequence, found.trade_ns) == (11, at(6))


@pytest.mark.parametrize(
    ("size", "counted"),
    [(UNITS_PER_SHARE - 1, 0), (UNITS_PER_SHARE, 1), (UNITS_PER_SHARE + 1, 1)],
)
def test_only_prints_of_a_share_or_more_are_counted(size: int, counted: int) -> None:
    # Given a symbol whose prints are counted
    tally = Tally()
    found = live(tally)
    # When a print of that size comes
    new = found.takes_trade(at(1), 11, 0, "1", 10, size)
    # Then it is taken, and counted if it is judged
    assert (new, len(tally.overlap(at(1)).keys)) == (True, counted)


@pytest.mark.parametrize(("seconds", "taken"), [(9.999, False), (10, True), (10.001, True)])
def test_a_late_print_older_than_all_that_is_remembered_cannot_be_told_from_a_repeated_one(
    seconds: float, taken: bool
) -> None:
    # Given a tally that knows the prints since 10 s
    found = live(Tally(at(10)))
    takes(found, 15, 20)
    # When one with a lower number comes, of which nobody knows whether it was judged
    new = takes(found, seconds, 15)
    # Then it is passed over, and known to have come
    assert (new, found.outdated, found.late_trades) == (taken, int(not taken), int(not taken))


@pytest.mark.parametrize(("seconds", "is_doubted"), [(10, False), (9.999, True), (9.998, True)])
def test_a_new_print_far_behind_the_newest_may_bear_a_wrong_stamp(
    seconds: float, is_doubted: bool
) -> None:
    # Given a print at 20 s of a symbol that is compared with a second source
    found = live(Tally())
    takes(found, 20, 20)
    # When one comes that is stamped ten seconds before it, or earlier, with a number of its own
    new = takes(found, seconds, 21)
    # Then beyond that it is not judged, but counted as one to be asked for
    assert (new, found.doubted_trades, found.late_trades) == (
        not is_doubted,
        int(is_doubted),
        int(is_doubted),
    )
    assert found.late_trade_ns == (at(seconds) if is_doubted else 0)


def test_a_print_far_behind_that_was_judged_is_a_repeated_one() -> None:
    # Given two prints, half a minute apart
    found = live(Tally())
    takes(found, 1, 10)
    takes(found, 31, 20)
    # When the first comes again
    again = takes(found, 1, 10)
    # Then nothing is doubted
    assert (again, found.repeated, found.doubted_trades) == (False, 1, 0)


def test_where_nobody_can_be_asked_a_late_print_is_judged() -> None:
    # Given a symbol that nobody compares
    found = live()
    takes(found, 100, 20)
    # When a print comes that is a minute and a half late
    new = takes(found, 10, 21)
    # Then it is taken
    assert (new, found.doubted_trades) == (True, 0)


@given(PRINTS)
def test_whatever_a_span_asks_for_again_is_known(steps: list[tuple[int, int]]) -> None:
    # Given prints, quick and slow, some of them late
    tally = Tally()
    found, newest_ns, made = live(tally), at(0), []
    for number, (step_ms, late_ms) in enumerate(steps, start=1):
        newest_ns += step_ms * NS_PER_MS
        made.append((newest_ns - late_ms * NS_PER_MS, number))
        found.takes_trade(made[-1][0], 11, 0, "", number, UNITS_PER_SHARE)
    # When those from which on a span after the newest is asked for come again
    asks_from_ns = tally.overlap(found.trade_ns).from_ns
    again = [
        found.takes_trade(sip_ns, 11, 0, "", number, UNITS_PER_SHARE)
        for sip_ns, number in made
        if sip_ns >= asks_from_ns
    ]
    # Then none of them is new
    assert not any(again)
