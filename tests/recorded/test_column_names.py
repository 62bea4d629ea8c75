"""What columns are called."""

from __future__ import annotations

import pytest

from trading_bot.recorded.column_names import QUOTES, TRADES, Signature, signature_of


@pytest.mark.parametrize(
    ("name", "term"),
    [
        ("Symbol", "ticker"),
        ("SYM", "ticker"),
        ("sip timestamp", "sip_timestamp"),
        ("ts", "sip_timestamp"),
        ("Time", "sip_timestamp"),
        ("qty", "size"),
        ("Volume", "size"),
        ("trade_price", "price"),
        ("seq", "sequence_number"),
    ],
)
def test_a_column_of_trades_is_known_by_the_names_in_use(name: str, term: str) -> None:
    # Given a header with one known column behind another
    # When it is looked at
    # Then the column has our name
    assert TRADES.places(["index", name]) == {term: 1}


@pytest.mark.parametrize(
    ("name", "term"),
    [
        ("bidPrice", "bid_price"),
        ("BID", "bid_price"),
        ("offer", "ask_price"),
        ("Ask-Size", "ask_size"),
    ],
)
def test_a_column_of_quotes_is_known_by_the_names_in_use(name: str, term: str) -> None:
    # Given a header with one known column
    # When it is looked at
    # Then the column has our name
    assert QUOTES.places([name]) == {term: 0}


def test_of_several_names_for_one_thing_the_best_counts() -> None:
    # Given a file with two stamps, and one column twice
    names = ["time", "sip_timestamp", "price", "price"]
    # When its header is looked at
    # Then the better name, and the first of two alike
    assert TRADES.places(names) == {"sip_timestamp": 1, "price": 2}


@pytest.mark.parametrize(
    ("names", "signature"),
    [(["ticker", "bid"], QUOTES), (["ticker", "price"], TRADES), (["ask"], TRADES)],
)
def test_quotes_are_told_by_a_bid(names: list[str], signature: Signature) -> None:
    # Given the names in a header
    # When the kind is asked for
    # Then a bid makes it quotes
    assert signature_of(names) is signature


@pytest.mark.parametrize("signature", [TRADES, QUOTES])
def test_no_name_means_two_things(signature: Signature) -> None:
    # Given all names of one kind of file, in lower case and bare
    names = [
        "".join(filter(str.isalnum, name)) for ways in signature.names.values() for name in ways
    ]
    # When each is counted
    # Then each stands once, and what is needed has a name
    assert len(set(names)) == len(names)
    assert signature.needed <= signature.names.keys()
