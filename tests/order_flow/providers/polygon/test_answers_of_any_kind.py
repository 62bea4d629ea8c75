"""Whatever a provider answers, every question ends with a value or an error that has a name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.odd_json import ODD_VALUES, jsonish, with_odd_member
from support.provider_stub import (
    NO_RETRY,
    NOW,
    NOW_NS,
    HandTime,
    quote_row,
    ticker_row,
    trade_row,
)

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.data_models import OrderBookSnapshot
from trading_bot.order_flow.errors import DataSourceError, DataValidationError
from trading_bot.order_flow.market.trade_conditions import TradeConditions
from trading_bot.order_flow.providers.polygon.client import PolygonClient
from trading_bot.order_flow.providers.polygon.requests import PolygonRequests
from trading_bot.order_flow.providers.polygon.session import Answer
from trading_bot.order_flow.providers.polygon.stream_wire import FrameReader

LATER = NOW + timedelta(minutes=5)
QUESTIONS: Mapping[str, Callable[[PolygonClient], object]] = {
    "any path": lambda client: client.get_json("/v1/anything"),
    "snapshot": lambda client: client.get_level2_snapshot("AAPL"),
    "snapshots": lambda client: client.get_snapshots(["AAPL", "BAC"]),
    "newest": lambda client: client.fetch_newest(["AAPL"], NOW_NS),
    "trades": lambda client: client.fetch_trades("AAPL", NOW_NS),
    "quotes": lambda client: client.fetch_quotes("AAPL", NOW_NS),
    "tape": lambda client: client.fetch_tape("AAPL", NOW_NS, NOW_NS),
    "time and sales": lambda client: client.get_time_and_sales("AAPL", NOW, LATER),
    "market state": lambda client: client.get_market_state(),
    "holidays": lambda client: client.get_market_holidays(),
    "last quote": lambda client: client.get_last_quote("AAPL"),
    "news": lambda client: client.get_news("AAPL", NOW, 10),
    "listing": lambda client: client.get_listing("AAPL"),
    "conditions": lambda client: TradeConditions.from_reference(client.get_trade_conditions()),
}
"""Every question that a client asks."""
HOLIDAY = {"date": "2026-11-26", "exchange": "NYSE", "name": "x", "status": "closed"}
ARTICLE = {"title": "New", "published_utc": "2026-07-01T15:00:00Z"}
CONDITION = {"id": 1, "data_types": ["trade"], "update_rules": {"consolidated": {}}}
NBBO = {"T": "AAPL", "t": NOW_NS, "p": 155.65, "s": 1, "P": 155.66, "S": 14}
ROWS: tuple[dict[str, Any], ...] = (
    trade_row(),
    quote_row(),
    ticker_row(),
    HOLIDAY,
    ARTICLE,
    CONDITION,
    NBBO,
    {"market": "open", "serverTime": "2026-07-01T11:00:00-04:00"},
)
NAMES = sorted({name for row in ROWS for name in row} | {"t", "p", "close", "status", "next_url"})


class Session:
    """Gives one answer to every question."""

    def __init__(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.answer = Answer(status, headers, body, NOW_NS)

    def get(self, *_args: object, **_options: object) -> Answer:
        return self.answer


def client_of(session: Session) -> PolygonClient:
    """Return a client whose every question gets the answer of a session."""
    hand = HandTime()
    client = PolygonClient(
        OrderFlowConfig(thresholds="fixed", polygon_api_key="a-key", requests_per_second=90.0),
        clock=lambda: NOW,
        policy=NO_RETRY,
        wait=hand.wait,
        monotonic=hand.monotonic,
    )
    client._session = session  # type: ignore[assignment]
    return client


def answers() -> st.SearchStrategy[bytes]:
    """Return answers with one odd member somewhere, or of any shape."""
    rows = st.builds(
        with_odd_member,
        st.sampled_from(ROWS),
        st.sampled_from(NAMES),
        st.sampled_from(ODD_VALUES) | jsonish(),
    )
    around = st.sampled_from(
        (
            b"%s",
            b"[%s]",
            b'{"status":"OK","results":[%s]}',
            b'{"status":"OK","results":%s}',
            b'{"status":"OK","tickers":[%s]}',
            b'{"status":"OK","ticker":%s}',
            b'{"status":%s}',
            b'{"error":%s}',
        )
    )
    inside = rows | st.sampled_from(ODD_VALUES) | jsonish()
    return st.builds(lambda outer, inner: outer.replace(b"%s", inner), around, inside)


@pytest.mark.parametrize("question", QUESTIONS)
@settings(max_examples=40)
@given(body=answers(), status=st.sampled_from([200, 200, 200, 401, 403, 404, 429, 500]))
def test_every_question_ends_with_a_value_or_a_named_error(
    question: str, body: bytes, status: int
) -> None:
    # Given any answer
    client = client_of(Session(body, status))
    # When a question gets it, then nothing but an error with a name comes out
    with suppress(DataSourceError, DataValidationError):
        QUESTIONS[question](client)


@given(frame=jsonish() | answers())
def test_a_reader_of_frames_raises_nothing(frame: bytes) -> None:
    # Given any frame
    refused: Counter[str] = Counter()
    # When it is taken apart
    found = FrameReader(refused, set()).read(frame)
    # Then there are messages, or a count says that there are none
    assert found or refused or frame.strip().startswith(b"[")


@pytest.mark.parametrize("odd", ODD_VALUES, ids=lambda each: f"{each[:12]!r}-{len(each)}")
def test_one_odd_row_costs_no_other_row_of_any_page(odd: bytes) -> None:
    # Given pages with a value that is no row between two good ones
    def page(*rows: dict[str, Any], around: bytes = b'{"status":"OK","results":%s}') -> bytes:
        good = [json.dumps(row).encode() for row in rows]
        return around.replace(b"%s", b"[" + b",".join((good[0], odd, good[1])) + b"]")

    tickers = b'{"status":"OK","tickers":%s}'
    bodies = {
        "trades": page(trade_row(1), trade_row(2)),
        "quotes": page(quote_row(1), quote_row(2)),
        "snapshots": page(ticker_row("AAPL"), ticker_row("BAC"), around=tickers),
        "holidays": page(HOLIDAY, HOLIDAY | {"date": "2026-12-25"}, around=b"%s"),
        "news": page(ARTICLE, ARTICLE),
    }
    # When each is asked for
    found = {kind: QUESTIONS[kind](client_of(Session(body))) for kind, body in bodies.items()}
    # Then the two good rows are there
    assert {kind: len(rows) for kind, rows in found.items()} == dict.fromkeys(bodies, 2)  # type: ignore[arg-type]
    books = found["snapshots"].values()  # type: ignore[attr-defined]
    assert all(isinstance(each, OrderBookSnapshot) for each in books)


def test_what_a_snapshot_holds_beside_its_quote_may_be_anything() -> None:
    # Given a snapshot whose day cannot be read
    row = with_odd_member(ticker_row(), "day", b'{"v": 1e400, "o": "\xff"}')
    # When it is asked for
    found = client_of(Session(b'{"status":"OK","ticker":' + row + b"}")).get_level2_snapshot("AAPL")
    # Then its quote is there
    assert found.symbol == "AAPL"


@pytest.mark.parametrize("failure", [TypeError("odd"), OverflowError("odd"), KeyError("odd")])
def test_a_reader_that_fails_is_an_answer_of_another_shape(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a reader with a defect
    requests: PolygonRequests = client_of(Session(b"{}"))

    def read(_answer: Answer) -> None:
        raise failure

    # When it reads an answer
    with pytest.raises(DataSourceError) as caught:
        requests._ask("/v1/anything?x=1", None, read)
    # Then the error has a name and its cause, it is logged, and health knows it
    assert (caught.value.code, caught.value.__cause__) == ("unexpected_shape", failure)
    assert [each.getMessage() for each in caplog.records] == ["order_flow.answer_not_read"]
    assert requests.connectivity() == "unexpected_shape"
