from __future__ import annotations

import pytest

from trading_bot.order_flow.providers.polygon.channels import (
    confirmation,
    params_of,
    refusal_of_channels,
)
from trading_bot.order_flow.providers.supervision.actions import HALTS, QUOTES, TRADES, Channel
from trading_bot.order_flow.providers.supervision.stream_events import Confirmed, Failed

PRINTS = Channel(TRADES, "AAPL")


def test_channels_are_named_by_kind_and_symbol() -> None:
    # Given a channel of each kind, and a symbol that holds a dot
    channels = (PRINTS, Channel(QUOTES, "BRK.B"), Channel(HALTS, "*"))
    # When they are asked for
    found = params_of(channels)
    # Then each has its name
    assert found == "T.AAPL,Q.BRK.B,LULD.*"


@pytest.mark.parametrize(
    ("said", "confirmed"),
    [
        ("subscribed to: T.AAPL", Confirmed((PRINTS,))),
        ("Subscribed to: T.AAPL", Confirmed((PRINTS,))),
        (
            "subscribed to: T.AAPL,Q.BRK.B",
            Confirmed((PRINTS, Channel(QUOTES, "BRK.B"))),
        ),
        ("subscribed to: LULD.*", Confirmed((Channel(HALTS, "*"),))),
        ("subscribed to: A.AAPL", Confirmed(())),
        ("unsubscribed to: T.AAPL", None),
        ("authenticated", None),
    ],
)
def test_only_a_subscription_confirms(said: str, confirmed: Confirmed | None) -> None:
    # Given words of a success
    # When they are read
    found = confirmation(said)
    # Then channels that were given up are not confirmed
    assert found == confirmed


@pytest.mark.parametrize(
    ("said", "failed"),
    [
        ("invalid syntax", Failed()),
        ("unknown channel 'T.AAPL'.", Failed((PRINTS,))),
        ("not authorized for T.AAPL", Failed((PRINTS,), names_plan=True)),
        ("Your plan has no quotes", Failed(names_plan=True)),
        ("not entitled to this data", Failed(names_plan=True)),
        ("upgrade at the shop", Failed(names_plan=True)),
        ("unknown: T.PLAN", Failed((Channel(TRADES, "PLAN"),))),
        ("T. is no channel, neither is X.AAPL", Failed()),
    ],
)
def test_a_refusal_names_channels_or_none_and_may_blame_the_plan(said: str, failed: Failed) -> None:
    # Given words of a refusal
    # When they are read
    found = refusal_of_channels(said)
    # Then it is known whose it is
    assert found == failed
