"""The settings that recorded days are judged by, as sentences: a hash tells nobody anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.rules.bid_attack import BID_ATTACKED
from trading_bot.order_flow.rules.exit_rule import LARGE_SELLERS_NEEDED

_KINDS: Mapping[str, str] = {
    "large_order_size_threshold": "large orders from {:,} shares",
    "volume_spike_threshold": "bursts from {:g} times the usual minute",
    "red_burst_threshold": "critical bursts from {:g} times",
}

_OF_BURSTS = ("volume_spike_threshold", "red_burst_threshold")


def settings_in_words(config: OrderFlowConfig) -> list[str]:
    """Return what an alert and an exit are by these settings, in sentences.

    Args:
        config: The settings.
    """
    numbers = {name: words.format(getattr(config, name)) for name, words in _KINDS.items()}
    said = []
    ranked = [each for each in config.own_scale_sources if each != BID_ATTACKED]
    if config.judges_by_own_scale:
        said.append(
            f"Alerts: on each symbol's own scale, about {config.alerts_per_day} large events a day "
            f"({_listed(ranked)}); no order below "
            f"{config.minimum_order_dollars:,} USD, no burst below "
            f"{config.minimum_burst_dollars:,} USD; critical from {config.critical_margin:g} times "
            "everything in memory"
        )
        fixed = [words for name, words in numbers.items() if name in (config.stated or ())]
        if fixed:
            said.append(f"Stated, so fixed: {'; '.join(fixed)}")
    else:
        said.append(f"Alerts: by fixed thresholds: {'; '.join(numbers.values())}")
    if config.for_symbol("").tells_bid_attacks:
        said.append(
            f"A bid is attacked: by {config.bid_attack_executions} sales at one price, none more "
            f"than {config.bid_attack_gap_seconds} s after the one before; outside any wish"
        )
    for symbol, own in config.symbol_overrides.items():
        values = "; ".join(f"{name} {value:,}" for name, value in own.items())
        said.append(f"{symbol} alone: {values}")
    hours = "09:30 to 16:00" if config.sessions == "regular" else "04:00 to 20:00"
    said.append(
        f"Bursts: in the {config.sessions} session, {hours} New York, where the minutes before "
        f"hold {config.minimum_baseline_prints:,} prints"
    )
    sources = _listed(config.counting_sources()) or "of no source"
    burst = f"{config.red_burst_threshold:g} times the usual minute"
    stated = config.stated or frozenset()
    if config.judges_by_own_scale and stated.isdisjoint(_OF_BURSTS):
        burst += f" that exceeds everything in memory {config.critical_margin:g} times"
    said.append(
        f"An exit: {LARGE_SELLERS_NEEDED} large sellers ({sources}) within "
        f"{config.alert_window_seconds} s, or one burst from {burst}"
    )
    return said


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)
