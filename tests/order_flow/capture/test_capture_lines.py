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
    Connection,
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
    Seen,
    Skipped,
    SpanLost,
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
    Held((HeldPosition("ACME", Decimal("1.5"), None, Decimal("26.60")),)),
    PositionsRead(),
    ConditionsLearned({12: (True, False, "form_t"), 14: (True, True, None)}),
    Headlines("ACME", ("Bad news",)),
    Seen("ACME", 1, "degraded", "gap", "prints are away", 2, 3),
    SpanLost("ACME", 1, "quotes", 2, 3, "gap", 4, ("not_found",)),
    Connection("evicted", "another program uses this key", 1),
    Failed("ACME", "tape", 1, "timeout", "too slow", refused=True),
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


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (b'{"kind":"answered","symbol":"ACME","feed":"tape","at_ns":1,"newest_ns":1}', Answered()),
        (b'{"kind":"market_status","at_ns":1}', MarketStatus()),
        (b'{"kind":"heartbeat","at_ns":1}', Heartbeat()),
    ],
)
def test_what_older_recordings_say_of_sight_is_read_and_says_nothing(
    line: bytes, read: AnyLine
) -> None:
    # Given a line by which an older version called a symbol visible
    # When it is read
    found = msgspec.json.decode(line, type=AnyLine)
    # Then it is known, and nothing of it is kept
    assert found == read
