"""A host's positions in every shape: read row by row, checked when taken, unknown never flat."""

from __future__ import annotations

import enum
import sys
import threading
from collections import UserDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.held.source import Reading, check_source, read
from trading_bot.order_flow.position import Position

ACME = Position("ACME", 100, "27.5", "26.6")
OPENED = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@dataclass
class Holding:
    """A position of a host's own."""

    symbol: str
    quantity: int
    average_buy_price: float
    current_price: float = 28.0


class Broker:
    """A position manager of a host's own, without a watchlist."""

    def __init__(self, *held: object) -> None:
        self.held = held

    def get_active_positions(self) -> Iterable[object]:
        return self.held


class WatchingBroker(Broker):
    """One with a watchlist."""

    watchlist: Any = ("BOLT", "CLIF", "BOLT")

    def get_watchlist(self) -> Any:
        return self.watchlist


class Direction(enum.Enum):
    SHORT = "short"


def row(**changes: Any) -> dict[str, Any]:
    return {"symbol": "ACME", "quantity": 100, "average_price": "27.5"} | changes


def only(source: object) -> Position:
    """Return the one position of a source, nothing being refused."""
    found = read(source)
    assert (len(found.positions), found.refused) == (1, {})
    return found.positions["ACME"]


def refusal(item: object) -> str:
    """Return what is said of the only row, which is refused."""
    found = read([item])
    assert found.positions == {}
    ((_, said),) = found.refused.items()
    return said


@pytest.mark.parametrize(
    "source",
    [
        Broker(ACME),
        WatchingBroker(ACME),
        SimpleNamespace(get_active_positions=lambda: {"ACME": ACME}),
        lambda: [ACME],
        lambda: (each for each in [ACME]),
        lambda: {"ACME": ACME},
        {"ACME": ACME},
        UserDict(ACME=ACME),
        {"ACME": {"shares": 100, "entry_price": Decimal("27.5"), "stop_loss": Decimal("26.6")}},
        [ACME],
        (ACME,),
        {"ACME": ACME}.values(),
        [row(stop="26.6")],
        [SimpleNamespace(symbol="ACME", qty="100", avg_entry_price="27.5", stop=26.6)],
    ],
)
def test_every_shape_of_a_source_is_read(source: object) -> None:
    # Given a host's positions in one of the shapes
    check_source(source)
    # When they are read
    found = only(source)
    # Then it is the same position
    assert found == ACME


@pytest.mark.parametrize("name", ["quantity", "shares", "qty"])
@pytest.mark.parametrize(
    "price", ["average_price", "entry_price", "average_buy_price", "avg_entry_price"]
)
def test_every_name_of_a_number_is_known(name: str, price: str) -> None:
    # Given a row with one of the names of each number
    item = {"symbol": "ACME", name: 100, price: 27.5}
    # When it is read
    # Then it is that position
    assert only([item]) == Position("ACME", 100, "27.5")


def test_of_several_names_the_first_that_has_a_value_counts() -> None:
    # Given a row with several names, the first of which has no value
    item = {"quantity": None, "shares": 100, "qty": 7, "entry_price": 27.5, "symbol": "ACME"}
    # When it is read
    # Then the first with a value is taken
    assert only([item]).quantity == 100


def test_the_hosts_own_object_comes_along() -> None:
    # Given an object of the host's own class
    mine = Holding("ACME", 100, 27.5)
    # When it is read
    found = only([mine])
    # Then it is remembered as it is
    assert found.origin is mine


def test_a_position_of_ours_is_the_hosts_own_object_too() -> None:
    # Given a position of ours, and one that says whose it is
    mine = object()
    known = replace(ACME, origin=mine)
    # When each is read
    # Then it is remembered, or what it says is
    assert (only([ACME]), only([known])) == (ACME, ACME)
    assert only([ACME]).origin is ACME
    assert only([known]).origin is mine


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        (27, "27"),
        (27.1, "27.1"),
        ("27.10", "27.1"),
        (" 27.1 ", "27.1"),
        (Decimal("27.1"), "27.1"),
        (Fraction(1, 2), "0.5"),
        (type("numpy_float", (float,), {"__repr__": lambda _: "numpy"})(27.1), "27.1"),
    ],
)
def test_every_type_of_a_number_is_read_exactly(number: Any, kept: str) -> None:
    # Given a number of any type
    # When it is read
    found = only([row(average_price=number)])
    # Then no digit was added
    assert found.average_price == Decimal(kept)


@given(
    number=st.one_of(
        st.integers(1, 10**9),
        st.floats(0.001, 1e9),
        st.decimals("0.001", "1000000000", places=4),
    ),
    as_text=st.booleans(),
)
def test_a_number_reads_the_same_as_itself_and_as_text(number: Any, as_text: bool) -> None:
    # Given any number that a position may have
    # When it is read as it is, or as its text
    found = only([row(quantity=str(number) if as_text else number)])
    # Then it is the number that was written
    assert found.quantity == Decimal(str(number))


@pytest.mark.parametrize(
    "number",
    [
        *(True, "many", "NaN", float("nan"), float("inf"), Decimal("-Infinity"), 1j, [1]),
        *("1" * 41, 10**12 + 1, "1e999999", Decimal("1e999999")),
    ],
)
@pytest.mark.parametrize("name", ["quantity", "average_price", "stop"])
def test_a_number_that_cannot_be_one_is_refused(name: str, number: Any) -> None:
    # Given a row with a number that is none, not finite, or beyond all bounds
    # When it is read
    # Then the row is refused, and its number named
    assert f"{name}=" in refusal(row(**{name: number}))


def test_a_position_of_ours_beyond_all_bounds_is_refused_too() -> None:
    # Given a position whose profit could not be reckoned
    # When it is read
    # Then it is refused
    assert "quantity=" in refusal(Position("ACME", "1e999999", 1))


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (row(symbol="acme"), "positions[0]: symbol='acme' must be a ticker; did you mean 'ACME'?"),
        (row(symbol=None), "positions[0]: symbol=None must be a ticker such as 'AAPL'"),
        (None, "positions[0]: symbol=None must be a ticker such as 'AAPL'"),
        (
            {"symbol": "ACME", "average_price": 1},
            "positions[0]: it has no quantity: name it quantity or shares or qty",
        ),
        (
            {"symbol": "ACME", "quantity": 1},
            "positions[0]: it has no average_price: name it average_price or entry_price or av",
        ),
        (
            row(opened_at="yesterday"),
            "positions[0]: opened_at='yesterday' must be a datetime with a time zone",
        ),
        (row(average_price=-1), "positions[0]: ACME: average_price=-1 must be above 0"),
        (row(stop=0), "positions[0]: ACME: stop=0 must be above 0"),
        (row(side="sell"), "positions[0]: side='sell' with a quantity of 100: the side must be"),
        (row(side="long", quantity=-1), "positions[0]: side='long' with a quantity of -1: the"),
    ],
)
def test_a_bad_row_is_named_with_what_is_wrong(item: Any, words: str) -> None:
    # Given a row that cannot be read
    # When it is read
    # Then it says where, what, and how to mend it
    assert refusal(item).startswith(words)


@pytest.mark.parametrize(
    "item", [row(average_price=None), SimpleNamespace(symbol="ACME", qty=100, entry_price=None)]
)
def test_a_price_that_is_not_known_keeps_no_position_from_being_held(item: Any) -> None:
    # Given a row whose host says that it does not know what was paid
    # When it is read
    # Then it is held all the same, and nothing is made up
    assert only([item]).average_price is None


def test_a_bad_row_costs_no_other() -> None:
    # Given a bad row among good ones
    source = [row(), row(symbol="BOLT", quantity="?"), row(symbol="CLIF")]
    # When they are read
    found = read(source)
    # Then the others are there, and it is named by its symbol
    assert list(found.positions) == ["ACME", "CLIF"]
    assert list(found.refused) == ["BOLT"]
    assert found.is_whole


def test_a_row_without_a_symbol_may_be_of_any() -> None:
    # Given a row whose symbol cannot be read
    # When it is read
    found = read([row(), row(symbol=None)])
    # Then it is named by its place, and what is not named may be held all the same
    assert list(found.refused) == ["positions[1]"]
    assert not found.is_whole


def test_an_object_that_raises_costs_its_own_row() -> None:
    # Given an object of the host's that asks its broker when it is looked at, and fails
    class Lazy:
        symbol = "ACME"

        @property
        def quantity(self) -> int:
            raise ConnectionError("broker away")

    # When it is read
    # Then its row is refused with what it raised
    assert (
        refusal(Lazy()) == "positions[0]: it raised ConnectionError: ConnectionError('broker away')"
    )


def test_an_object_whose_symbol_raises_is_named_by_its_place() -> None:
    # Given an object that fails at once
    class Broken:
        @property
        def symbol(self) -> str:
            raise OSError("gone")

    # When it is read
    # Then its place is all there is to name it by
    assert list(read([Broken()]).refused) == ["positions[0]"]


def test_a_key_and_a_symbol_that_differ_are_refused_under_both() -> None:
    # Given a row under another symbol than its own
    # When it is read
    found = read({"BOLT": row()})
    # Then neither is believed
    assert found.positions == {}
    assert list(found.refused) == ["ACME", "BOLT"]


@pytest.mark.parametrize("quantity", [0, 0.0, "0", "0.00", Decimal(0)])
def test_a_quantity_of_0_is_a_position_that_was_closed(quantity: Any) -> None:
    # Given a dict of positions whose host removes none, one of them sold
    source = {"ACME": {"shares": quantity}}
    # When it is read
    # Then that is known: it is not held
    assert read(source) == Reading({})


@pytest.mark.parametrize(
    ("side", "quantity", "signed"),
    [
        ("short", 100, -100),
        ("short", -100, -100),
        ("SHORT", 100, -100),
        (Direction.SHORT, 100, -100),
        ("long", 100, 100),
        (None, -100, -100),
    ],
)
def test_a_short_is_owed_however_the_broker_writes_it(
    side: object, quantity: int, signed: int
) -> None:
    # Given a row with or without a side
    # When it is read
    # Then the quantity has its sign
    assert only([row(side=side, quantity=quantity)]).quantity == signed


def test_since_when_it_is_held_comes_along() -> None:
    # Given a row that says since when
    # When it is read
    # Then the position says so too
    assert only([row(opened_at=OPENED)]).opened_at == OPENED


def test_lots_are_added_up() -> None:
    # Given two lots of a symbol, bought at different times and prices, one of them a position
    late = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
    first = row(quantity=100, average_price=10, stop=9, opened_at=late)
    second = Position("ACME", 300, 20, "9.5", opened_at=OPENED)
    # When they are read
    found = only([first, second])
    # Then price goes by weight, the nearest stop counts, and both objects come along
    assert found == Position("ACME", 400, "17.5", "9.5", opened_at=OPENED)
    assert found.origin == (first, second)


def test_lots_of_a_short_are_left_at_their_lowest_stop() -> None:
    # Given two lots sold short, one of them without a time
    lots = [row(quantity=-1, stop=30, opened_at=OPENED), row(quantity=-3, stop=29)]
    # When they are read
    # Then the stop that is reached first counts, and the age is not known
    assert only(lots) == Position("ACME", -4, "27.5", 29)


def test_lots_without_a_stop_have_none() -> None:
    # Given two lots without a stop
    # When they are read
    # Then there is none
    assert only([row(), row()]) == Position("ACME", 200, "27.5")


def test_a_bad_lot_refuses_its_symbol() -> None:
    # Given a good and a bad lot of one symbol
    # When they are read
    found = read([row(), row(quantity="?")])
    # Then no quantity is invented
    assert (found.positions, list(found.refused)) == ({}, ["ACME"])


def test_lots_of_both_sides_are_refused() -> None:
    # Given a long and a short lot of one symbol
    # When they are read
    found = read([row(), row(quantity=-40)])
    # Then their host is asked for the sum
    assert found.positions == {}
    assert "both sides" in found.refused["ACME"]


@pytest.mark.parametrize("answer", [None, 7, "ACME", b"ACME"])
@pytest.mark.parametrize("ask", [Broker.get_active_positions, WatchingBroker.get_watchlist])
def test_an_answer_that_is_no_list_is_not_taken_for_flat(ask: Any, answer: Any) -> None:
    # Given a manager whose answer to one of the two questions is no list
    source = WatchingBroker()
    setattr(source, ask.__name__, lambda: answer)
    # When it is read
    # Then that is an error
    with pytest.raises(ValueError, match="is unknown; an empty list says that nothing is"):
        read(source)


def test_an_asynchronous_answer_is_refused() -> None:
    # Given a callable that only begins to answer
    async def positions() -> list[Position]:
        return [ACME]

    # When it is read
    # Then it is refused, and nothing is left unawaited
    with pytest.raises(ValueError, match="asynchronous: give a plain function"):
        read(positions)


@pytest.mark.parametrize("source", [None, 7, "ACME", b"ACME"])
def test_what_is_no_source_is_refused(source: object) -> None:
    # Given what no positions can be read from
    # When it is looked at
    # Then it is refused
    with pytest.raises(ValueError, match="must be a position manager, a callable, a mapping"):
        check_source(source)


def test_what_is_used_up_by_one_reading_is_refused() -> None:
    # Given a generator, which would look flat the second time
    # When it is looked at
    # Then it is refused
    with pytest.raises(ValueError, match="used up by one reading"):
        check_source(each for each in [ACME])


def test_what_the_host_raises_is_let_through() -> None:
    # Given a callable that fails
    def positions() -> list[Position]:
        raise ConnectionError("broker away")

    # When it is read
    # Then its own error comes
    with pytest.raises(ConnectionError, match="broker away"):
        read(positions)


def test_a_watchlist_is_read_once_each_and_its_bad_entries_are_named() -> None:
    # Given a manager whose watchlist names a symbol twice, and something that is none
    source = WatchingBroker(ACME)
    source.watchlist = ["BOLT", "bolt", "CLIF", "BOLT"]
    # When it is read
    found = read(source)
    # Then the good ones are there, and the positions are whole all the same
    assert found.watchlist == ("BOLT", "CLIF")
    assert found.refused == {
        "watchlist entry 'bolt'": "watchlist entry 'bolt' must be a ticker; did you mean 'BOLT'?"
    }
    assert found.is_whole


class Changing(UserDict[str, object]):
    """A dict that another thread changes while it is gone through, so many times."""

    def __init__(self, times: int, words: str = "dictionary changed size during iteration") -> None:
        super().__init__(ACME=ACME)
        self.times, self.words = times, words

    def __iter__(self) -> Iterator[str]:
        yield "ACME"
        if self.times:
            self.times -= 1
            raise RuntimeError(self.words)


def test_a_dict_that_changes_while_it_is_copied_is_copied_anew() -> None:
    # Given a dict that changes twice while it is copied
    # When it is read
    # Then it is read whole
    assert only(Changing(2)) == ACME


def test_a_dict_that_never_stands_still_raises_in_the_end() -> None:
    # Given a dict that cannot be copied
    # When it is read
    # Then the language's own error comes
    with pytest.raises(RuntimeError, match="during iteration"):
        read(Changing(1_000))


def test_another_error_of_the_hosts_is_raised_at_once() -> None:
    # Given a mapping of the host's that fails in its own words
    source = Changing(1_000, "broker away")
    # When it is read
    with pytest.raises(RuntimeError, match="broker away"):
        read(source)
    # Then it was asked once
    assert source.times == 999


def test_a_live_dict_is_read_while_a_thread_changes_it() -> None:
    # Given a bot that opens and closes positions all the time
    live: dict[str, object] = {"ACME": row()}
    over = threading.Event()

    def trade() -> None:
        while not over.is_set():
            for letter in "ABCDEFGH":
                live[f"X{letter}"] = row(symbol=f"X{letter}")
            for letter in "ABCDEFGH":
                del live[f"X{letter}"]

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread = threading.Thread(target=trade)
    thread.start()
    try:
        # When it is read again and again
        found = [read(live) for _ in range(2_000)]
    finally:
        over.set()
        thread.join()
        sys.setswitchinterval(before)
    # Then the position that stays is always there, and nothing is refused
    assert all("ACME" in each.positions for each in found)
    assert all(not each.refused for each in found)
