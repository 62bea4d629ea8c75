"""How each protected symbol is seen, and what is held of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from prometheus_client.core import Metric

from trading_bot.metrics.families import gauge, gauges, states
from trading_bot.metrics.reading import NAMES, Reading
from trading_bot.order_flow.held.host_positions import PositionsState
from trading_bot.order_flow.sight.coverage.reasons import Reason
from trading_bot.order_flow.sight.visibility import VisibilityState

STATES: Final = get_args(VisibilityState)
POSITIONS_STATES: Final = get_args(PositionsState)
REASONS: Final = frozenset(get_args(Reason))


def of_sight(reading: Reading) -> Iterator[Metric]:
    """Yield how each protected symbol is seen."""
    symbols = reading.health["symbols"]
    yield gauges(
        "symbol_sight",
        "1 for how well a protected symbol is seen, 0 for the other states.",
        ("symbol", "state"),
        (
            row
            for symbol, found in symbols.items()
            for row in states(found["visibility"], STATES, (symbol,))
        ),
    )
    yield gauges(
        "symbol_sight_reason",
        "1 for why a protected symbol is seen so, in one word; none while all is well.",
        ("symbol", "reason"),
        (((symbol, word), 1.0) for symbol, found in symbols.items() if (word := word_of(found))),
    )
    yield gauges(
        "symbol_compared_age_seconds",
        "Seconds since a symbol was equal to a second source; missing where it never was.",
        ("symbol",),
        (
            ((symbol,), found["compared_seconds_ago"])
            for symbol, found in symbols.items()
            if found["compared_seconds_ago"] is not None
        ),
    )
    yield from _of_channels(reading)
    yield gauges(
        "symbol_delay_seconds",
        "Seconds by which the newest print of a symbol came behind the exchange's stamp.",
        ("symbol",),
        (((symbol,), seconds) for symbol, seconds in reading.delays_seconds.items()),
    )


def _of_channels(reading: Reading) -> Iterator[Metric]:
    """Yield how prints, quotes and depth of each symbol are seen, each by itself."""
    channels = reading.channels
    yield gauges(
        "channel_sight",
        "1 for how well one channel of a symbol is seen by itself, 0 for the other states.",
        ("symbol", "channel", "state"),
        (
            row
            for symbol, found in channels.items()
            for each in found
            for row in states(each.state, STATES, (symbol, each.name))
        ),
    )
    yield gauges(
        "channel_proof_age_seconds",
        "Seconds since a channel was equal to a second source; missing where it never was.",
        ("symbol", "channel"),
        (
            ((symbol, each.name), each.proof_age_seconds)
            for symbol, found in channels.items()
            for each in found
            if each.proof_age_seconds is not None
        ),
    )
    yield gauges(
        "channel_unknown_spans",
        "Spans of a channel that are not known yet, a number.",
        ("symbol", "channel"),
        (
            ((symbol, name), sum(span["channel"] == channel for span in found["spans"]))
            for symbol, found in reading.health["symbols"].items()
            for channel, name in NAMES.items()
        ),
    )


def of_positions(reading: Reading) -> Iterator[Metric]:
    """Yield what is held, and how well that is known."""
    held = reading.positions
    yield gauges(
        "positions",
        "Open positions, a number; short ones are not protected.",
        ("side",),
        (
            (("long",), sum(not each.is_short for each in held.values())),
            (("short",), sum(each.is_short for each in held.values())),
        ),
    )
    yield gauges(
        "positions_state",
        "1 for how far it is known what is held, 0 for the other states.",
        ("state",),
        states(reading.positions_state, POSITIONS_STATES),
    )
    if reading.positions_age_seconds is not None:
        yield gauge(
            "positions_age_seconds",
            "Seconds since the positions were read last; missing before.",
            reading.positions_age_seconds,
        )
    symbols = reading.health["symbols"]
    yield gauges(
        "symbol_held",
        "1 for a protected symbol of which a position is open, else 0.",
        ("symbol",),
        (((symbol,), float(symbol in held)) for symbol in symbols),
    )
    yield gauges(
        "symbol_exit",
        "1 for a protected symbol that is recommended to be left, else 0.",
        ("symbol",),
        (((symbol,), float(symbol in reading.exits)) for symbol in symbols),
    )


def word_of(found: Mapping[str, Any]) -> str:
    """Return why a symbol is seen so, in one word; its figures would make a series each.

    Args:
        found: What health says of the symbol.
    """
    word = str(found["reason"]).partition(":")[0]
    if word in REASONS:
        return word
    if word == "not watched":
        return "not_watched"
    # Only a second feed's depth is said in other words.
    return "depth"
