"""One large seller, several, a burst, and large size that only rests."""

from __future__ import annotations

import pytest
from support.score_values import alert_at, at

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.research.report.signs import SHOWN, Sign, signs_of


def seller(second: float, symbol: str = "ACME") -> OrderFlowAlert:
    return alert_at(at(second), kind="large_seller", source="aggressive_sell", symbol=symbol)


@pytest.mark.parametrize(("later", "sign"), [(119.999, "several"), (120, "several"), (121, "one")])
def test_a_second_seller_within_the_window_makes_several(later: float, sign: Sign) -> None:
    # Given two sellers so many seconds apart
    # When they get their signs
    found = signs_of([seller(0), seller(later)], window_seconds=120)
    # Then the second is one of several up to the window's end
    assert found == ["one", sign]


def test_one_that_comes_out_of_order_is_several_too() -> None:
    # Given a seller told after a later one
    # When they get their signs
    # Then it counts as near either way, and the later one stays the newest
    assert signs_of([seller(100), seller(50), seller(210)], window_seconds=120) == [
        "one",
        "several",
        "several",
    ]


def test_bursts_resting_bids_and_other_symbols_make_nobody_several() -> None:
    # Given a burst, a resting bid, and sellers of two symbols at once
    resting = alert_at(at(1), kind="large_seller", source="resting_bid")
    alerts = [alert_at(at(0)), resting, seller(2), seller(2, "BOLT")]
    # When they get their signs
    # Then each symbol's seller is its first
    assert signs_of(alerts, window_seconds=120) == ["burst", "hollow", "one", "one"]


def test_every_sign_has_a_shape_and_words_of_its_own() -> None:
    # Given all signs
    # When they are shown
    # Then none stands on its colour alone
    assert len({each.glyph for each in SHOWN.values()}) == len(SHOWN)
    assert len({each.words for each in SHOWN.values()}) == len(SHOWN)
