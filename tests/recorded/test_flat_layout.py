"""How flat files are laid out."""

from __future__ import annotations

import pytest
from support.flat_data import QUOTES_HEADER, TRADES_HEADER

from trading_bot.order_flow.providers.polygon.units import QuoteSizeUnit
from trading_bot.recorded.flat_layout import SHARES_SINCE_NS, Layout, lots_before_shares


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
