"""How a dataset spells a ticker."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.providers.databento.symbology import raw_symbol, symbols_in, ticker

NYSE_GROUP = ("XNYS.PILLAR", "ARCX.PILLAR", "XASE.PILLAR", "XCIS.PILLAR", "XCHI.PILLAR")
OTHERS = ("XNAS.ITCH", "XBOS.ITCH", "EDGX.PITCH", "MEMX.MEMOIR", "EQUS.MINI")
SPELLINGS = [
    ("AAPL", "AAPL", "AAPL"),
    ("BRK.B", "BRK B", "BRK.B"),
    ("BACpL", "BAC PRL", "BAC-L"),
    ("TYp", "TY PR", "TY-"),
    ("AAC.WS", "AAC WS", "AAC+"),
    ("TDW.WS.A", "TDW WSA", "TDW+A"),
    ("GRP.U", "GRP U", "GRP="),
    ("CELGr", "CELG RT", "CELG^"),
    ("POSTw", "POST WI", "POST#"),
    ("GLOrw", "GLO RTWI", "GLO^#"),
    ("XYZpw", "XYZ PRWI", "XYZ-#"),
    ("XYZpAw", "XYZ PRAWI", "XYZ-A#"),
    ("XYZ.Aw", "XYZ AWI", "XYZ.A#"),
    ("XYZ.A.CL", "XYZ ACL", "XYZ.A*"),
    ("DD.WD", "DD WD", "DD$"),
    ("XYZ.CV", "XYZ CV", "XYZ%"),
    ("XYZ.EC", "XYZ EC", "XYZ!"),
    ("XYZ.PP", "XYZ PP", "XYZ@"),
]


@pytest.mark.parametrize(("ours", "cms", "nasdaq"), SPELLINGS)
@pytest.mark.parametrize("dataset", [*NYSE_GROUP, *OTHERS])
def test_each_dataset_s_own_spelling_is_used_and_understood(
    dataset: str, ours: str, cms: str, nasdaq: str
) -> None:
    # Given a ticker
    raw = cms if dataset in NYSE_GROUP else nasdaq
    # When it is asked for, and comes back
    # Then it is spelled as theirs, and as ours
    assert raw_symbol(ours, dataset) == raw
    assert ticker(raw, dataset) == ours


@pytest.mark.parametrize("dataset", ["XNAS.ITCH", "ARCX.PILLAR"])
@pytest.mark.parametrize("odd", ["", "ZVZZT.TEST", "brk.b", "A-B-C", "XYZ ~", "BRK/B"])
def test_what_is_none_of_these_is_left_as_it_is(dataset: str, odd: str) -> None:
    # Given what no convention has
    # When it is spelled for a dataset, or read from it
    # Then it is the same
    assert (raw_symbol(odd, dataset), ticker(odd, dataset)) == (odd, odd)


@pytest.mark.parametrize(
    ("dataset", "text"),
    [
        ("XNAS.ITCH", "Failed to resolve symbol 'BRK.B'."),
        ("XNAS.ITCH", "Failed to resolve [MSFT, BRK.B]"),
        ("ARCX.PILLAR", "Failed to resolve: BRK B."),
        ("XNYS.PILLAR", "Failed to resolve 'MSFT', 'BRK B'"),
    ],
)
def test_a_ticker_is_found_in_the_gateway_s_words(dataset: str, text: str) -> None:
    # Given words that name one of ours as the dataset spells it
    # When they are looked through
    # Then it is that one, and none that is part of another
    assert symbols_in(text, ("BRK", "B", "BRK.B", "AAPL"), dataset) == ("BRK.B",)
    assert symbols_in(text, ("BRK", "B", "AAPL"), dataset) == ()


def test_names_that_a_mark_parts_are_two() -> None:
    # Given words that name a company and then another, whose name could be the class of the first
    text = "Failed to resolve [MSFT, A]"
    # When they are looked through, then both are found
    assert symbols_in(text, ("A", "MSFT"), "ARCX.PILLAR") == ("A", "MSFT")


def test_what_no_convention_has_is_found_in_the_gateway_s_words() -> None:
    # Given words that name what is spelled as nobody spells
    # When they are looked through, then it is found
    assert symbols_in("Failed to resolve brk/b", ("brk/b",), "ARCX.PILLAR") == ("brk/b",)


def test_units_are_found_in_the_gateway_s_words() -> None:
    # Given words that name a unit as Nasdaq spells it
    # When they are looked through, then it is found
    assert symbols_in("Failed to resolve symbol 'GRP='", ("GRP.U",), "XNAS.ITCH") == ("GRP.U",)
