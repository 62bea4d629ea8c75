from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.monitor_stubs import at, symbol_judge

from trading_bot.order_flow.market.units import NS_PER_MS
from trading_bot.order_flow.sight.live_symbol import KEPT_NS, OVERLAP_NS, REMEMBERED, LiveSymbol

HOUR = 3_600


def live(from_ns: int = 0) -> LiveSymbol:
    judge = symbol_judge("ACME")
    return LiveSymbol("ACME", judge, judge, from_ns)


def takes(found: LiveSymbol, seconds: float, sequence: int, trade_id: str = "1") -> bool:
    return found.takes_trade(at(seconds), 11, 0, trade_id, sequence)


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
    [(12, 0, "1", 10), (11, 202, "1", 10), (11, 0, "2", 10), (11, 0, "1", 9)],
    ids=["exchange", "facility", "id", "sequence"],
)
def test_every_part_of_the_key_tells_prints_apart(other: tuple[int, int, str, int]) -> None:
    # Given a print
    found = live()
    found.takes_trade(at(1), 11, 0, "1", 10)
    # When one differs in a single part
    exchange, trf_id, trade_id, sequence = other
    new = found.takes_trade(at(1), exchange, trf_id, trade_id, sequence)
    # Then it is another print
    assert new


def test_a_print_without_id_and_number_is_always_new() -> None:
    # Given such a print
    found = live()
    found.takes_trade(at(1), 11, 0, "", 0)
    # When the same comes again
    again = found.takes_trade(at(1), 11, 0, "", 0)
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


@pytest.mark.parametrize(
    ("second", "filled"), [(0.999, False), (1, True), (1.999, True), (2, False)]
)
def test_prints_of_a_span_that_was_filled_are_known(second: float, filled: bool) -> None:
    # Given a newer print, and a span before it that REST has filled in
    found = live()
    takes(found, 5, 20)
    found.note_filled(at(1), at(2))
    # When the stream brings a print of about then
    new = takes(found, second, 10)
    # Then it is known inside of the span
    assert (new, found.has_filled(at(second))) == (not filled, filled)


@pytest.mark.parametrize(
    ("from_second", "until_second", "filled"),
    [
        (2, 4, {1, 2, 3}),
        (0, 4, {0, 1, 2, 3}),
        (1.5, 1.8, {1}),
        (2.001, 4, {3}),
    ],
    ids=["next", "around", "inside", "apart"],
)
def test_a_span_that_is_filled_next_joins_the_last_one_or_replaces_it(
    from_second: float, until_second: float, filled: set[int]
) -> None:
    # Given a span that was filled
    found = live()
    found.note_filled(at(1), at(2))
    # When another one is
    found.note_filled(at(from_second), at(until_second))
    # Then only one without a hole counts
    assert {second for second in range(5) if found.has_filled(at(second))} == filled


def test_before_the_first_event_a_gap_begins_with_the_watch() -> None:
    # Given a symbol watched from some time on
    # When nothing has come
    found = live(at(-370))
    # Then everything since is missing
    assert (found.trades_from_ns, found.quotes_from_ns) == (at(-370), at(-370))


def test_a_gap_of_prints_begins_some_seconds_before_the_newest() -> None:
    # Given a few prints and quotes
    found = live(at(-370))
    takes(found, 1, 10)
    takes(found, 30, 11)
    found.takes_quote(at(31), 12)
    # When the gap is asked for
    asked = found.trades_from_ns, found.quotes_from_ns
    # Then late prints are asked for as well
    assert asked == (at(30) - OVERLAP_NS, at(31))


def test_a_gap_never_begins_before_the_watch() -> None:
    # Given a print right after the watch began
    found = live(at(0))
    takes(found, 1, 10)
    # When the gap is asked for
    asked = found.trades_from_ns
    # Then it begins with the watch
    assert asked == at(0)


HALF = REMEMBERED // 2


@pytest.mark.parametrize(
    ("prints", "from_ns"),
    [
        (REMEMBERED - 1, at((REMEMBERED - 1) / 1_000) - OVERLAP_NS),
        (REMEMBERED, at(HALF / 1_000) + NS_PER_MS),
        (REMEMBERED + HALF - 1, at(HALF / 1_000) + NS_PER_MS),
        (REMEMBERED + HALF, at(REMEMBERED / 1_000) + NS_PER_MS),
    ],
)
def test_a_gap_never_begins_before_what_is_remembered(prints: int, from_ns: int) -> None:
    # Given prints that come faster than they can be remembered
    found = live(at(-370))
    for number in range(1, prints + 1):
        takes(found, number / 1_000, 10 + number)
    # When the gap is asked for
    asked = found.trades_from_ns
    # Then nothing that was judged can come back as new
    assert asked == from_ns


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
    found, newest_ns, made = live(at(-370)), at(0), []
    for number, (step_ms, late_ms) in enumerate(steps, start=1):
        newest_ns += step_ms * NS_PER_MS
        sip_ns = newest_ns - late_ms * NS_PER_MS
        found.takes_trade(sip_ns, 11, 0, "", number)
        made.append((sip_ns, number))
    return found, made


@given(PRINTS)
def test_whatever_a_gap_asks_for_again_is_known(steps: list[tuple[int, int]]) -> None:
    # Given prints, quick and slow, some of them late
    found, made = streamed(steps)
    # When those from which on a gap is asked for come again
    asked = [each for each in made if each[0] >= found.trades_from_ns]
    again = [found.takes_trade(sip_ns, 11, 0, "", number) for sip_ns, number in asked]
    # Then none of them is new
    assert not any(again)


@given(PRINTS)
def test_a_memory_that_grows_knows_the_young_prints_of_a_large_one(
    steps: list[tuple[int, int]],
) -> None:
    # Given prints, quick and slow, some of them late
    found, made = streamed(steps)
    # When those of the newest that are young come again
    young = [each for each in made[-REMEMBERED:] if each[0] > found.trade_ns - KEPT_NS]
    again = [found.takes_trade(sip_ns, 11, 0, "", number) for sip_ns, number in young]
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
