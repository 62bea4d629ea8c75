"""Positions and symbols stated on a command line."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from trading_bot.order_flow.position import Position
from trading_bot.positions.stated import stated_positions, stated_symbols

FORM = "SYMBOL:QUANTITY@AVERAGE_PRICE[:STOP]"


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("AAPL:100@187.50", Position("AAPL", 100, "187.50")),
        ("AAPL:100@187.50:182", Position("AAPL", 100, "187.50", 182)),
        ("BRK.B:-0.3@0.10", Position("BRK.B", "-0.3", "0.10")),
        (" AAPL:1@2 ", Position("AAPL", 1, 2)),
    ],
)
def test_a_position_is_read_to_the_last_digit(text: str, position: Position) -> None:
    # Given a position as it is typed
    # When it is read, then every digit counts
    assert stated_positions([text]) == (position,)
    assert stated_positions(["X:0.1@0.2"])[0].quantity + Decimal("0.2") == Decimal("0.3")


def test_several_positions_keep_their_order() -> None:
    # Given two
    # When they are read
    found = stated_positions(["MSFT:1@2", "AAPL:3@4"])
    # Then they stand as they were typed
    assert [each.symbol for each in found] == ["MSFT", "AAPL"]


@pytest.mark.parametrize(
    "text",
    ["", "AAPL", "AAPL:100", "AAPL@187", "100@187", "AAPL:1@2:3:4", "AAPL:1@2:", ":1@2", "A:1@@2"],
)
def test_a_malformed_position_names_what_it_should_be(text: str) -> None:
    # Given something else
    # When it is read, then it is named, and its form
    words = f"{text!r} must be {FORM}, such as AAPL:100@187.50:182 (100 shares"
    with pytest.raises(ValueError, match=re.escape(words)):
        stated_positions([text])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("AAPL:1,000@5", "quantity='1,000' must be a finite number"),
        ("AAPL:x@5", "quantity='x' must be a finite number"),
        ("AAPL:nan@5", "quantity='nan' must be a finite number"),
        ("AAPL:1@x", "average_price='x' must be a finite number"),
        ("AAPL:1@2:x", "stop='x' must be a finite number"),
        ("AAPL:0@5", "quantity=0 must not be 0"),
        ("AAPL:1@0", "average_price=0 must be above 0"),
        ("AAPL:1@2:-3", "stop=-3 must be above 0"),
    ],
)
def test_a_bad_number_is_named_with_the_form(text: str, words: str) -> None:
    # Given a position with a number that cannot be
    # When it is read
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        stated_positions([text])
    # Then it is named within what was typed, and its form
    assert str(caught.value).startswith(f"{text!r}: ")
    assert str(caught.value).endswith(f"; write {FORM}")


def test_a_symbol_that_is_held_twice_is_refused() -> None:
    # Given two lots
    # When they are read, then their sum is asked for
    with pytest.raises(ValueError, match="AAPL is held twice: give the sum, at the mean price"):
        stated_positions(["AAPL:1@2", "AAPL:3@4"])


def test_symbols_are_each_watched_once() -> None:
    # Given lists with blanks and a symbol twice
    # When they are read, then each stands once, as first named
    assert stated_symbols(["MSFT, AAPL,", "AAPL,BRK.B"]) == ("MSFT", "AAPL", "BRK.B")
    assert stated_symbols([]) == ()


@pytest.mark.parametrize("text", ["", " ", ","])
def test_a_list_without_a_symbol_is_refused(text: str) -> None:
    # Given a list of nothing
    # When it is read, then it is named
    with pytest.raises(ValueError, match="names no symbol: write them like AAPL,MSFT"):
        stated_symbols([text])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("aapl", "'aapl' is no ticker as the market writes it: did you mean AAPL?"),
        ("brk.b", "'brk.b' is no ticker as the market writes it: did you mean BRK.B?"),
        ("$AAPL", "'$AAPL' is no ticker as the market writes it, such as AAPL or BRK.B"),
    ],
)
def test_a_symbol_counts_as_it_is_written(text: str, words: str) -> None:
    # Given a symbol in another case, or none
    # When it is named in a list or a position, then what may be meant is asked
    with pytest.raises(ValueError, match=re.escape(words)):
        stated_symbols([f"MSFT,{text}"])
    with pytest.raises(ValueError, match=re.escape(words)):
        stated_positions([f"{text}:1@2"])
