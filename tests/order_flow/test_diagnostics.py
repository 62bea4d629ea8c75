"""Facts in the message, for hosts whose log prints no extra fields."""

from __future__ import annotations

import logging

import pytest

from trading_bot.order_flow.diagnostics import FACTS, get_logger


def test_facts_stand_in_the_message_while_somebody_wants_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given a line with facts
    logger = get_logger("trading_bot.order_flow.of_a_test")
    # When it is logged before, while and after two want them
    with caplog.at_level(logging.INFO):
        logger.info("order_flow.%s", "happened", extra={"symbol": "ACME", "seconds": 2.5})
        FACTS.want()
        FACTS.want()
        FACTS.release()
        logger.info("order_flow.%s", "happened", extra={"symbol": "ACME", "seconds": 2.5})
        FACTS.release()
        logger.info("order_flow.%s", "happened", extra={"symbol": "ACME", "seconds": 2.5})
    # Then the facts follow the name meanwhile, and are fields in any case
    plain = "order_flow.happened"
    assert [each.getMessage() for each in caplog.records] == [
        plain,
        f"{plain} symbol=ACME seconds=2.5",
        plain,
    ]
    assert {vars(each)["symbol"] for each in caplog.records} == {"ACME"}
