"""Invented headlines of the simulated companies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from trading_bot.simulator.settings import moment


@dataclass(frozen=True, slots=True)
class Headline:
    """One article.

    Attributes:
        symbol: The company it is about.
        published: When, UTC.
        title: The headline.
        sentiment: `positive`, `neutral` or `negative`, as the publisher's tool rates it.
    """

    symbol: str
    published: datetime
    title: str
    sentiment: str


HEADLINES = (
    Headline("ACME", moment(9, 52), "Acme Rockets delays its engine test by a quarter", "negative"),
    Headline("DOVE", moment(8, 15), "Dove Utilities keeps its dividend unchanged", "neutral"),
    Headline(
        "BOLT", moment(11) - timedelta(days=1), "Bolt Electric opens a second plant", "positive"
    ),
)
"""Newest first; the first is eight minutes old when a simulated run begins."""


def article(headline: Headline) -> dict[str, object]:
    """Return a headline in the shape of `/v2/reference/news`."""
    stamp = headline.published.strftime("%Y-%m-%dT%H:%M:%SZ")
    slug = headline.title.lower().replace(" ", "-")
    return {
        "id": f"sim-{headline.symbol}-{stamp}",
        "title": headline.title,
        "author": "Simulated newsroom",
        "published_utc": stamp,
        "article_url": f"https://news.example/{slug}",
        "tickers": [headline.symbol],
        "description": "An invented article of the simulated market.",
        "keywords": ["simulation"],
        "publisher": {
            "name": "Simulated News",
            "homepage_url": "https://news.example/",
            "logo_url": "https://news.example/logo.png",
            "favicon_url": "https://news.example/favicon.ico",
        },
        "insights": [
            {
                "ticker": headline.symbol,
                "sentiment": headline.sentiment,
                "sentiment_reasoning": "Part of the simulated story.",
            }
        ],
    }
