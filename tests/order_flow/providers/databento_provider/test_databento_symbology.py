"""How a dataset spells a ticker."""

from __future__ import annotations

import pytest

from trading_bot.order_flow.providers.databento.symbology import raw_symbol, ticker


@pytest.mark.parametrize(
    ("dataset", "raw"),
    [("XNAS.ITCH", "BRK.B"), ("EDGX.PITCH", "BRK.B"), ("XNYS.PILLAR", "BRK B")],
)
def test_class_shares_are_spelled_as_the_dataset_has_them(dataset: str, raw: str) -> None:
    # Given a ticker with a class
    # When it is asked for, and comes back
    # Then it is spelled as theirs, and as ours
    assert raw_symbol("BRK.B", dataset) == raw
    assert ticker(raw, dataset) == "BRK.B"


@pytest.mark.parametrize("dataset", ["XNAS.ITCH", "ARCX.PILLAR"])
def test_plain_tickers_are_the_same_everywhere(dataset: str) -> None:
    # Given a ticker without a class
    # When it is spelled for a dataset, and back
    # Then it is the same
    assert ticker(raw_symbol("AAPL", dataset), dataset) == "AAPL"
