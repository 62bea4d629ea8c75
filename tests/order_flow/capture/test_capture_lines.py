"""The lines of a recording."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from trading_bot.order_flow.capture.lines import (
    Afresh,
    Answered,
    AnyLine,
    BookLine,
    ConditionsLearned,
    Failed,
    HaltLine,
    Headlines,
    Heartbeat,
    Held,
    HeldPosition,
    KnownFrom,
    Looked,
    MarketStatus,
    OldQuoteLine,
    OldTradeLine,
    PositionsRead,
    QuoteLine,
    Refilled,
    Skipped,
    Started,
    TradeLine,
    Unwatched,
    Watched,
    WithdrawalLine,
)
from trading_bot.order_flow.market.trade_conditions import Verdict

LINES: list[AnyLine] = [
    Started(1, 2, {"sessions": "regular"}, continued=True),
    TradeLine("ACME", 1, 2, 3, 4, 5, (14, 41), 1, 12, 6, "7", "sell", 8),
    QuoteLine("ACME", 1, 2, 3, 4, 5, 6, 7, 8),
    BookLine("ACME", 1, ((2, 3), (4, 5)), ((6, 7),), 8, 9, 10),
    WithdrawalLine("ACME", 1, 2, 3, "4", 5, 6),
    HaltLine("ACME", 1, True, 2),
    OldTradeLine("ACME", 1, 2, 3, 4, (14, 41), 1, 12, 5, "sell", 6),
    OldQuoteLine("ACME", 1, 2, 3, 4, 5, 6, 7),
    Watched("ACME", 1, 2, by_exchange_time=True),
    Afresh(("tape",), takes_back=True),
    Watched("ACME", 1, 2),
    Unwatched("ACME"),
    Afresh(("tape",)),
    Skipped("ACME", 300),
    KnownFrom("ACME", 1),
    Refilled(1, {"id": {"symbol": "ACME"}}),
    Held((HeldPosition("ACME", Decimal("1.5"), Decimal("27.05"), None),)),
    PositionsRead(),
    ConditionsLearned({12: (True, False, "form_t"), 14: (True, True, None)}),
    Headlines("ACME", ("Bad news",)),
    Answered("ACME", "tape", 1, None),
    Failed("ACME", "tape", 1, "timeout", "too slow", refused=True),
    MarketStatus(1),
    Heartbeat(1),
    Looked(1),
    Looked(1, ("ACME",)),
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: type(line).__name__)
def test_every_line_reads_back_as_it_was_written(line: AnyLine) -> None:
    # Given a line, written as JSON
    data = msgspec.json.Encoder(decimal_format="number").encode(line)
    # When it is read
    found = msgspec.json.decode(data, type=AnyLine)
    # Then nothing is lost
    assert found == line


def test_a_table_of_conditions_is_given_as_verdicts() -> None:
    # Given a recorded table
    line = ConditionsLearned({2: (False, False, "average_price")})
    # When it is asked for
    # Then it is what judges prints
    assert line.verdicts() == {2: Verdict(volume=False, side=False, reason="average_price")}
