"""Market status, holidays and last quotes, from a stubbed source."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from trading_bot.market_data.market_data_service import MarketDataService
from trading_bot.order_flow.errors import DataValidationError
from trading_bot.order_flow.market.facts import MarketHoliday, MarketState, MarketStatus, Quote

OPEN = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)  # Wednesday, 11:00 in New York
NEXT_OPEN = datetime(2026, 7, 2, 13, 30, tzinfo=UTC)


class StubSource:
    """A source that says what the test wants."""

    def __init__(self, state: MarketState = "open", server_time: datetime = OPEN) -> None:
        self.state = state
        self.server_time = server_time
        self.holidays: list[MarketHoliday] = []
        self.bid = Decimal("120.46")

    def get_market_state(self) -> tuple[MarketState, datetime]:
        return self.state, self.server_time

    def get_market_holidays(self) -> list[MarketHoliday]:
        return self.holidays

    def get_last_quote(self, symbol: str) -> Quote:
        return Quote(symbol, self.bid, 100, Decimal("120.47"), 200, OPEN, OPEN)


def service_of(source: StubSource, now: datetime = OPEN) -> MarketDataService:
    return MarketDataService(source, clock=lambda: now)


@pytest.mark.parametrize("state", ["open", "closed", "extended-hours"])
def test_the_state_is_the_providers_word(state: MarketState) -> None:
    # Given a provider with a word, whatever the hour
    # When the status is asked for, then it is that word, with the next open by the rules
    status = service_of(StubSource(state)).get_market_status()
    assert status == MarketStatus(state, OPEN, early_close=False, next_open_utc=NEXT_OPEN)


def test_an_early_close_shows_on_its_day() -> None:
    # Given the day after Thanksgiving
    moment = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
    # When the status is asked for
    status = service_of(StubSource("open", moment), moment).get_market_status()
    # Then it says so, and the next open is Monday's
    opens = datetime(2026, 11, 30, 14, 30, tzinfo=UTC)
    assert status == MarketStatus("open", moment, early_close=True, next_open_utc=opens)


def test_a_closure_that_the_provider_knows_is_not_slept_into() -> None:
    # Given a provider that announces a closure tomorrow, and an early close
    source = StubSource()
    source.holidays = [
        MarketHoliday(date(2026, 7, 2), "Day of mourning", early_close=False),
        MarketHoliday(date(2026, 7, 6), "Early", early_close=True),
    ]
    service = service_of(source)
    # When holidays and status are asked for
    holidays = service.get_upcoming_holidays()
    status = service.get_market_status()
    # Then the next open lies beyond the closure, the holiday and the weekend
    assert holidays == source.holidays
    assert status.next_open_utc == datetime(2026, 7, 6, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (datetime(2026, 7, 1, 7, 59, 59, tzinfo=UTC), "closed"),
        (datetime(2026, 7, 1, 8, 0, tzinfo=UTC), "extended-hours"),
        (datetime(2026, 7, 1, 13, 29, 59, tzinfo=UTC), "extended-hours"),
        (datetime(2026, 7, 1, 13, 30, tzinfo=UTC), "open"),
        (datetime(2026, 7, 1, 19, 59, 59, tzinfo=UTC), "open"),
        (datetime(2026, 7, 1, 20, 0, tzinfo=UTC), "extended-hours"),
        (datetime(2026, 7, 2, 0, 0, tzinfo=UTC), "closed"),
        (datetime(2026, 7, 3, 15, 0, tzinfo=UTC), "closed"),
        (datetime(2026, 7, 4, 15, 0, tzinfo=UTC), "closed"),
    ],
)
def test_the_calendar_alone_knows_the_state(moment: datetime, state: MarketState) -> None:
    # Given a moment, and a provider that is not asked
    # When the status is judged by the rules, then it fits the hour
    status = service_of(StubSource("closed"), moment).status_by_calendar()
    assert (status.state, status.server_time_utc) == (state, moment)


def test_the_calendar_heeds_closures_it_has_learned_of() -> None:
    # Given a closure today that only the provider knows
    source = StubSource()
    source.holidays = [MarketHoliday(OPEN.date(), "Day of mourning", early_close=False)]
    service = service_of(source)
    service.get_upcoming_holidays()
    # When the status is judged by the rules, then the market is closed
    assert service.status_by_calendar().state == "closed"


def test_clocks_that_part_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    # Given a provider whose clock is six seconds behind ours
    source = StubSource(server_time=OPEN - timedelta(seconds=6))
    service = service_of(source)
    # When the status is asked for twice, then with clocks that agree, then apart again
    with caplog.at_level("WARNING"):
        service.get_market_status()
        service.get_market_status()
        source.server_time = OPEN
        service.get_market_status()
        source.server_time = OPEN - timedelta(seconds=6)
        service.get_market_status()
    # Then each parting is one event
    events = [(entry.getMessage(), vars(entry)["ahead_seconds"]) for entry in caplog.records]
    assert events == [("market_data.clock_skew_seen", 6.0)] * 2


def test_a_last_quote_is_checked() -> None:
    # Given a crossed quote
    source = StubSource()
    source.bid = Decimal("120.48")
    # When it is asked for, then it is refused
    with pytest.raises(DataValidationError) as caught:
        service_of(source).get_last_quote("AAPL")
    assert caught.value.code == "crossed_book"


def test_a_question_leaves_a_trace_where_that_is_wanted(caplog: pytest.LogCaptureFixture) -> None:
    # Given somebody who looks at every detail
    # When a quote is asked for
    with caplog.at_level("DEBUG"):
        quote = service_of(StubSource()).get_last_quote("AAPL")
    # Then the quote is there, and one event names the question
    assert quote == StubSource().get_last_quote("AAPL")
    events = [
        (entry.getMessage(), vars(entry)["question"], vars(entry)["symbol"])
        for entry in caplog.records
    ]
    assert events == [("market_data.asked", "last_quote", "AAPL")]


def test_a_question_leaves_no_trace_otherwise(caplog: pytest.LogCaptureFixture) -> None:
    # Given nobody who looks at details
    # When a quote is asked for, then nothing is logged
    with caplog.at_level("INFO", logger="trading_bot"):
        service_of(StubSource()).get_last_quote("AAPL")
    assert caplog.records == []
