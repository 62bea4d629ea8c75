"""What own scale remembers of the simulated market's yesterday: made by watching it.

    python benchmarks/simulated_yesterday.py           writes the simulator's profiles
    python benchmarks/simulated_yesterday.py --check   compares, and writes nothing

The session is played through the judge of the guard, event by event, with the stamps that the
stream brings: the memory is what a guard has that watched it. The exit status is 1 when a profile
differs from what the code makes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.profile import Profiles
from trading_bot.order_flow.market.units import NS_PER_MS, UNITS_PER_SHARE, cut_to
from trading_bot.order_flow.rules.own_scale.state import ScaleState
from trading_bot.recorded.rows import EARLY_QUOTE, PRINT, Row
from trading_bot.replay.player import Player
from trading_bot.simulator.market.events import MarketQuote, MarketTrade
from trading_bot.simulator.market.listing import LISTINGS, Listing
from trading_bot.simulator.market.script import YESTERDAY
from trading_bot.simulator.market.tape import SymbolStream
from trading_bot.simulator.settings import DEFAULT_SEED
from trading_bot.simulator.yesterday import PROFILES

CONFIG = OrderFlowConfig(own_scale_sources=("burst", "aggressive_sell", "ask_wall", "resting_bid"))
"""All kinds, so that the memory serves whichever of them is chosen."""
AFTER_CLOSE_SECONDS = 120
THOUSANDTHS = 1_000


def main() -> int:
    """Make the profiles; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args().check
    profiles, status = Profiles(PROFILES, writes=not check), 0
    for listing in LISTINGS:
        made = memory_of(listing)
        if not check:
            profiles.keep(listing.symbol, made)
        elif profiles.load(listing.symbol) != made:
            sys.stderr.write(f"{listing.symbol}: its profile is not what the code makes\n")
            status = 1
    profiles.close()
    return status


def memory_of(listing: Listing) -> ScaleState:
    """Return what own scale knows of a symbol that was watched all through yesterday."""
    player = Player(CONFIG, positions=(), step_ns=NS_PER_MS)
    for rows in seconds_of(listing):
        if rows:
            player.play(rows)
    desk = player.judge.judges[listing.symbol].desk
    if desk is None:
        raise RuntimeError("these settings have no own scale")
    return desk.scale.state()


def seconds_of(listing: Listing) -> Iterator[list[Row]]:
    """Yield the rows of each second, from before the open until behind the close."""
    stream = SymbolStream(listing, DEFAULT_SEED, YESTERDAY)
    while stream.next_second < YESTERDAY.close_s + AFTER_CLOSE_SECONDS:
        yield rows_of(listing.symbol, *stream.advance_one_second())


def rows_of(symbol: str, trades: Iterable[MarketTrade], quotes: Iterable[MarketQuote]) -> list[Row]:
    """Return events as the stream would bring them: stamps of milliseconds, quotes first."""
    rows: list[Row] = [
        (
            cut_to(each.sip_ns, NS_PER_MS),
            PRINT,
            each.sequence,
            symbol,
            0,
            each.price_ticks,
            each.size_thousandths * UNITS_PER_SHARE // THOUSANDTHS,
            each.conditions,
            0,
            each.exchange,
            cut_to(each.participant_ns, NS_PER_MS),
            each.trf_id,
            each.trade_id,
        )
        for each in trades
    ]
    rows += [
        (
            cut_to(each.sip_ns, NS_PER_MS),
            EARLY_QUOTE,
            each.sequence,
            symbol,
            0,
            each.bid_ticks,
            each.bid_size * UNITS_PER_SHARE,
            each.ask_ticks,
            each.ask_size * UNITS_PER_SHARE,
            cut_to(each.participant_ns, NS_PER_MS),
            None,
        )
        for each in quotes
    ]
    return sorted(rows)


if __name__ == "__main__":
    sys.exit(main())
