"""How flat files are laid out."""

from __future__ import annotations

import pytest
from support.flat_data import QUOTES_HEADER, TRADES_HEADER

from trading_bot.order_flow.providers.polygon.units import QuoteSizeUnit
from trading_bot.recorded.flat_layout import SHARES_SINCE_NS, Layout, is_header, lots_before_shares


@pytest.mark.parametrize(
    ("stamp_ns", "unit", "lot"),
    [
        (SHARES_SINCE_NS - 1, None, 100),
        (SHARES_SINCE_NS, None, 1),
        (SHARES_SINCE_NS - 1, "shares", 1),
        (SHARES_SINCE_NS - 1, "round_lots", 100),
        (SHARES_SINCE_NS, "round_lots", 0),
    ],
)
def test_the_unit_of_sizes_follows_the_date_unless_it_is_told(
    stamp_ns: int, unit: QuoteSizeUnit | None, lot: int
) -> None:
    # Given a stamp around the day of the change
    # When the size of a lot is asked for
    found = lots_before_shares(stamp_ns, unit)
    # Then the date decides, or the user; later lots depend on the price
    assert found == lot


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("ticker,price,size", "sip_timestamp"),
        ("", "price, sip_timestamp, size"),
        ("ticker,bid_price,sip_timestamp", "ask_price, ask_size, bid_size"),
    ],
)
def test_a_header_of_neither_kind_is_refused_by_what_it_lacks(header: str, missing: str) -> None:
    # Given a header without some column
    # When it is read
    # Then the error names it
    with pytest.raises(ValueError, match=f"the header lacks {missing}$"):
        Layout(header)


def test_the_kind_of_a_file_is_told_by_its_header() -> None:
    # Given the headers of both kinds, one with a byte-order mark and quotation marks
    quoted = "\ufeff" + ",".join(f'"{name}"' for name in TRADES_HEADER.split(",")) + "\r\n"
    # When they are read
    kinds = [Layout(quoted).kind, Layout(QUOTES_HEADER).kind]
    # Then each is known
    assert kinds == ["trades", "quotes"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_the_header_has_most_of(separator: str) -> None:
    # Given a header
    layout = Layout(separator.join(("TICKER", "Price", "size", "SIP timestamp")))
    # When it is read
    # Then separator, width and places are known
    assert (layout.separator, layout.width, layout.stamp_name) == (separator, 4, "SIP timestamp")


def test_a_header_without_tickers_needs_a_symbol() -> None:
    # Given a header without tickers
    header = "sip_timestamp,price,size"
    # When it is read with a symbol, and without
    layout = Layout(header, "ACME")
    # Then the symbol stands for all rows, or the error says how to name it
    assert layout.symbol == "ACME"
    with pytest.raises(ValueError, match=r"lacks ticker; name the one symbol of it with --symbol"):
        Layout(header)


def test_a_symbol_is_not_needed_where_there_are_tickers() -> None:
    # Given a header with tickers, and a wanted symbol
    # When it is read
    # Then the tickers say whose rows they are
    assert Layout(TRADES_HEADER, "ACME").symbol is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (TRADES_HEADER, True),
        ("size,price,ticker,sip_timestamp", True),
        (QUOTES_HEADER, False),
        ("ACME,1,2,3", False),
    ],
)
def test_a_header_comes_again_where_it_is_of_the_same_kind(line: str, found: bool) -> None:
    # Given a file of trades
    layout = Layout(TRADES_HEADER)
    # When a line below is looked at
    again = layout.again(line)
    # Then only trades begin once more
    assert (again is not None) is found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (TRADES_HEADER, True),
        ("t,p,s", False),
        ("sip_timestamp|bid|bid_size|ask|ask_size", True),
        ("1,2,3", False),
    ],
)
def test_a_header_is_known_with_tickers_or_without(line: str, found: bool) -> None:
    # Given a first line
    # When it is looked at
    # Then it is a header or not
    assert is_header(line) is found
