"""A made market with a known effect: the scorecard finds it, and nothing where nothing is.

What followed is reckoned here a second time, from the files and in plain Python, with nothing of
the scorecard's own code: every second that looks alike is a control, not twenty of them by chance.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from math import sqrt
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from support.flat_data import quote_line, quotes_file, trade_line, trades_file
from support.recorded_day import FIXED
from support.score_values import alert_at, walk

from trading_bot.replay.playback import open_playback
from trading_bot.research.matched_control import ControlPool
from trading_bot.research.outcomes import HORIZONS_SECONDS, OutcomeRules
from trading_bot.research.score_run import Scorecard, score
from trading_bot.research.scorecard import ScoreRow, Shown, events_of, score_rows

DAYS = 3
DAY_S = 86_400
LAST_S = 7_200
"""Two hours from 10:00."""
FALL_BP = 6
"""What is planted: so far the price falls within a minute of each large sale."""
SALES_EVERY_S = 360
NS = 1_000_000_000


@dataclass(frozen=True)
class Market:
    """A made market and what the scorecard says of it."""

    trades: Path
    quotes: Path
    card: Scorecard


def prices(seed: int, sales: list[int], fall_bp: int) -> Iterator[int]:
    """Give the bid of each second, in hundredths of a cent: chance, and a fall after each sale."""
    steps = np.random.default_rng(seed).choice((-100, 0, 0, 100), LAST_S)
    bid = 1_000_000
    for second, step in enumerate(steps.tolist()):
        bid += step
        since = [second - sale for sale in sales if 0 < second - sale <= 60]
        # Six steps of ten seconds each.
        bid -= sum(bid * fall_bp // 60_000 for each in since if each % 10 == 0)
        yield bid


def made_market(folder: Path, *, fall_bp: int) -> Market:
    """Write days of quotes a second, small prints, and large sales at random moments."""
    trades, quotes = [], []
    for day in range(DAYS):
        chance = np.random.default_rng(100 + day)
        starts = np.arange(600, LAST_S - 600, SALES_EVERY_S)
        sales = (starts + chance.integers(0, SALES_EVERY_S // 2, len(starts))).tolist()
        sold = chance.integers(0, 2, LAST_S).tolist()
        for second, bid in enumerate(prices(day, sales, fall_bp)):
            stamp = day * DAY_S + second
            low, high = f"{bid / 10_000:.4f}", f"{(bid + 100) / 10_000:.4f}"
            quotes.append(quote_line(stamp, bid_price=low, ask_price=high))
            price = low if sold[second] else high
            trades.append(trade_line(stamp + 0.3, price=price, id=f"{stamp}"))
            if second in sales:
                trades.append(trade_line(stamp + 0.6, price=low, size=12_000, id=f"s{stamp}"))
    paths = (
        trades_file(folder / "trades.csv", *trades),
        quotes_file(folder / "quotes.csv", *quotes),
    )
    config = replace(FIXED, volume_spike_threshold=10, red_burst_threshold=20)
    card, _ = score(lambda: open_playback(paths, config), rules=OutcomeRules(), seed=5)
    return Market(*paths, card)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Market:
    return made_market(tmp_path_factory.mktemp("planted"), fall_bp=FALL_BP)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Market:
    return made_market(tmp_path_factory.mktemp("nothing"), fall_bp=0)


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def reckoned_anew(market: Market, horizon_s: int) -> tuple[int, float]:
    """Return how many large sales there were, and what followed them against seconds alike."""
    stamps, mids = [], []
    for row in rows_of(market.quotes):
        stamps.append(int(row["sip_timestamp"]))
        mids.append((float(row["bid_price"]) + float(row["ask_price"])) / 2)

    def mid_at(moment_ns: int) -> float:
        return mids[bisect_right(stamps, moment_ns) - 1]

    def change_after(moment_ns: int) -> float:
        entry = mid_at(moment_ns + NS)
        return (mid_at(moment_ns + NS + horizon_s * NS) / entry - 1) * 10_000

    @cache
    def restlessness(moment_ns: int) -> float:
        steps = [mid_at(moment_ns + second * NS) for second in range(-300, 1, 10)]
        changes = [(b / a - 1) * 10_000 for a, b in pairwise(steps)]
        return sqrt(fmean(each * each for each in changes))

    # Every tenth second of every day, from 300 s after its first quote on.
    first_ns = stamps[0]
    places = [day * DAY_S + n for day in range(DAYS) for n in range(300, LAST_S, 10)]
    seconds = [first_ns + place * NS for place in places]
    worths = []
    for row in rows_of(market.trades):
        if int(row["size"]) < 10_000:
            continue
        at_ns = int(row["sip_timestamp"])
        usual = restlessness(at_ns)
        place_ns = (at_ns - first_ns) % (DAY_S * NS)
        alike = [
            each
            for each in seconds
            if abs((each - first_ns) % (DAY_S * NS) - place_ns) <= 1_800 * NS
            and usual / 1.4 <= restlessness(each) <= usual * 1.4
        ]
        worths.append(change_after(at_ns) - fmean(map(change_after, alike)))
    return len(worths), fmean(worths)


def row_of_sales(market: Market) -> ScoreRow:
    (row,) = (each for each in market.card.rows if each.is_whole and each.source and each.count)
    return row


@pytest.mark.parametrize("horizon_s", HORIZONS_SECONDS)
@pytest.mark.parametrize("fall_bp", [FALL_BP, 0])
def test_what_followed_is_as_reckoned_a_second_time(
    planted: Market, nothing: Market, fall_bp: int, horizon_s: int
) -> None:
    # Given a market that falls after each large sale, or one that does not
    market = planted if fall_bp else nothing
    row = row_of_sales(market)
    # When what followed is reckoned a second time
    number, worth = reckoned_anew(market, horizon_s)
    # Then the scorecard says the same, within three standard errors of twenty controls by chance:
    # every other second the price moves by about a basis point
    leeway = 3 * sqrt(horizon_s / 2) / sqrt(20 * number)
    assert row.effects is not None
    assert (row.count, row.judged) == (number, number)
    assert row.effects[f"mid_{horizon_s}"].difference == pytest.approx(worth, abs=leeway)


def test_a_planted_fall_is_found_in_its_size(planted: Market) -> None:
    # Given a market that falls by six basis points within a minute of each large sale
    row = row_of_sales(planted)
    # When its row is read
    # Then the fall is found while it lasts, and is about as large as planted
    assert row.effects is not None
    assert row.shown is not None
    assert [row.shown[after] for after in (10, 30, 60)] == ["fall"] * 3
    assert row.effects["mid_60"].low < -FALL_BP * 0.9 < row.effects["mid_60"].high
    # And it is left among all looks, as no other kind's is
    assert row.effects["mid_60"].is_left
    # And the sales half an hour away show nothing
    (shifted,) = (row for row in planted.card.controls["shifted"] if row.count)
    assert shifted.shows_a_fall is False


def test_nothing_is_found_where_nothing_is(nothing: Market) -> None:
    # Given the same market by chance alone
    # When all that the scorecard shows of its sales and of their controls is gathered
    controls = [row for rows in nothing.card.controls.values() for row in rows]
    rows = [row_of_sales(nothing), *controls]
    # Then there is neither a fall nor a rise
    assert {shown for row in rows for shown in (row.shown or {}).values()} == {"nothing"}


def test_chance_alone_is_taken_for_an_effect_about_as_often_as_the_intervals_say() -> None:
    # Given ten made sessions, and sixty moments by chance in each
    found: list[Shown] = []
    for seed in range(10):
        session = walk(seed)
        pool = ControlPool([session], OutcomeRules(), seed)
        chosen = np.random.default_rng(seed).choice(session.seconds()[400:12_000], 60)
        events = events_of([alert_at(int(stamp_ns)) for stamp_ns in chosen])
        # When each is scored
        (row,) = score_rows(events, pool, seed=seed, cut=False)
        found += (row.shown or {}).values()
    # Then of forty intervals, two of which would miss zero by chance, few do
    assert len(found) == 40
    assert sum(each != "nothing" for each in found) <= 6
