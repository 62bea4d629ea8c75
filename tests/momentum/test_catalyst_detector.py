"""Headlines for alerts: asked for ahead, looked up without waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from trading_bot.momentum.catalyst_detector import CatalystDetector, SymbolNews
from trading_bot.momentum.config import MomentumConfig
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.facts import NewsItem

NOW = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
DOWN = DataSourceError("the provider failed", code="server_error", retryable=True)


class StubNews:
    """A source of news that notes what it is asked, and a clock moved by hand."""

    def __init__(self, *items: NewsItem) -> None:
        self.items = list(items)
        self.error: DataSourceError | None = None
        self.asked: list[tuple[str, datetime, int]] = []
        self.now = NOW

    def get_news(self, symbol: str, since: datetime, limit: int) -> list[NewsItem]:
        self.asked.append((symbol, since, limit))
        if self.error is not None:
            raise self.error
        return self.items

    def detector(self, **settings: int) -> CatalystDetector:
        config = MomentumConfig(**settings)  # type: ignore[arg-type] # numbers only
        return CatalystDetector(self, config, clock=lambda: self.now)


def item(title: str, minutes_ago: float) -> NewsItem:
    return NewsItem(title, NOW - minutes_ago * MINUTE)


def test_refreshing_asks_for_the_lookback() -> None:
    # Given a source with two headlines, oldest first
    source = StubNews(item("old", 20), item("new", 1))
    # When a symbol is refreshed
    found = source.detector(news_lookback_minutes=30).refresh("AAPL")
    # Then half an hour was asked for, and the newest stands first
    assert source.asked == [("AAPL", NOW - 30 * MINUTE, 50)]
    assert found == SymbolNews((item("new", 1), item("old", 20)), available=True, asked_at=NOW)


@pytest.mark.parametrize(("seconds", "questions"), [(59, 1), (60, 2), (61, 2)])
def test_a_symbol_is_asked_for_again_only_when_it_is_due(seconds: int, questions: int) -> None:
    # Given a symbol that was refreshed, at one question a minute
    source = StubNews()
    detector = source.detector(news_refresh_seconds=60)
    detector.refresh("AAPL")
    # When it is refreshed later
    source.now += seconds * SECOND
    detector.refresh("AAPL")
    # Then it was asked for again only after the minute
    assert len(source.asked) == questions


def test_each_symbol_is_due_for_itself() -> None:
    # Given one refreshed symbol
    source = StubNews()
    detector = source.detector()
    detector.refresh("AAPL")
    # When another is refreshed at the same time, then it is asked for
    detector.refresh("MSFT")
    assert [symbol for symbol, _, _ in source.asked] == ["AAPL", "MSFT"]


def test_news_switched_off_asks_nobody() -> None:
    # Given news switched off
    source = StubNews(item("new", 1))
    detector = source.detector(news_enabled=False)
    # When a symbol is refreshed, then nothing is asked and nothing known
    assert detector.refresh("AAPL") is None
    assert (source.asked, detector.headlines("AAPL", NOW)) == ([], ())


@pytest.mark.parametrize(
    ("minutes_ago", "shown"), [(30.1, False), (30, True), (29, True), (0, True), (-0.1, False)]
)
def test_a_headline_counts_from_its_publication_for_the_lookback(
    minutes_ago: float, shown: bool
) -> None:
    # Given a headline, and a lookback of half an hour
    detector = StubNews(item("x", minutes_ago)).detector(news_lookback_minutes=30)
    detector.refresh("AAPL")
    # When an alert looks it up, then it is there within the half hour, and never ahead of time
    assert detector.headlines("AAPL", NOW) == (("x",) if shown else ())


def test_an_alert_carries_the_newest_few() -> None:
    # Given four headlines, and room for two
    source = StubNews(*[item(f"{minutes} min", minutes) for minutes in (3, 1, 4, 2)])
    detector = source.detector(max_headlines=2)
    detector.refresh("AAPL")
    # When an alert looks them up, then it has the newest two
    assert detector.headlines("AAPL", NOW) == ("1 min", "2 min")


def test_an_unknown_symbol_has_no_headlines() -> None:
    # Given a detector that was never refreshed
    source = StubNews(item("new", 1))
    # When headlines are looked up, then there are none, and nobody is asked
    assert source.detector().headlines("AAPL", NOW) == ()
    assert source.asked == []


def test_a_symbol_no_longer_watched_is_forgotten() -> None:
    # Given a refreshed symbol
    detector = StubNews(item("new", 1)).detector()
    detector.refresh("AAPL")
    # When it is forgotten, twice even, then nothing is known of it
    detector.forget("AAPL")
    detector.forget("AAPL")
    assert detector.headlines("AAPL", NOW) == ()


def test_failing_news_is_empty_not_available_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given a source that fails for two symbols
    source = StubNews(item("new", 1))
    detector = source.detector()
    source.error = DOWN
    # When they are refreshed
    with caplog.at_level("WARNING"):
        found = [detector.refresh(symbol) for symbol in ("AAPL", "MSFT")]
    # Then nothing is raised, both say so, and one event tells why
    assert found == [SymbolNews((), available=False, asked_at=NOW)] * 2
    events = [
        (entry.getMessage(), vars(entry)["error_code"], vars(entry)["symbol"])
        for entry in caplog.records
    ]
    assert events == [("momentum.news_failed", "server_error", "AAPL")]


def test_a_failure_is_logged_again_after_a_recovery(caplog: pytest.LogCaptureFixture) -> None:
    # Given a source that fails, recovers and fails again
    source = StubNews(item("new", 1))
    detector = source.detector(news_refresh_seconds=60)
    # When a symbol is refreshed each minute
    with caplog.at_level("WARNING"):
        for error in (DOWN, None, DOWN):
            source.error = error
            detector.refresh("AAPL")
            source.now += MINUTE
    # Then each failure is told, and old headlines do not pass for new ones
    assert len(caplog.records) == 2
    assert detector.headlines("AAPL", NOW) == ()


def test_the_defaults_are_enough() -> None:
    # Given a detector of a source alone
    source = StubNews(item("new", 1))
    detector = CatalystDetector(source)
    # When it is refreshed, then it asks for the default lookback
    detector.refresh("AAPL")
    assert len(source.asked) == 1
