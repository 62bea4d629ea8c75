"""What is not known of positions, held back until it lasts."""

from __future__ import annotations

from trading_bot.notify.notice import Notice, notice
from trading_bot.notify.unknown import UnknownPositions


def trouble(words: str, symbol: str | None = None) -> Notice:
    return notice("positions unknown", symbol, words)


def test_each_symbol_has_its_own_troubles() -> None:
    # Given two symbols whose rows cannot be read
    unknown = UnknownPositions()
    unknown.begin(trouble("one", "ACME"), 10.0)
    unknown.begin(trouble("two", "BOLT"), 10.0)
    # When one of them is over
    is_news = unknown.end("ACME")
    # Then the other is told
    assert not is_news
    assert unknown.due(10.0) == [trouble("two", "BOLT")]


def test_all_is_known_again_once_the_last_trouble_is_over() -> None:
    # Given two troubles of the whole account, one of which was told
    unknown = UnknownPositions()
    unknown.begin(trouble("one"), 10.0)
    unknown.begin(trouble("two"), 30.0)
    assert unknown.due(10.0) == [trouble("one")]
    # When one is over, then it is not said yet that all is known, and the other is told
    assert not unknown.end(None)
    assert unknown.due(30.0) == [trouble("two")]
    # When both are, then it is
    assert unknown.end(None)
    assert not unknown.end(None)


def test_what_is_forgotten_is_not_told() -> None:
    # Given a trouble
    unknown = UnknownPositions()
    unknown.begin(trouble("one"), 10.0)
    # When all is forgotten
    unknown.clear()
    # Then nothing is due, nor over
    assert unknown.due(10.0) == []
    assert not unknown.end(None)
