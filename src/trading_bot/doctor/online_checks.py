"""The checks that ask the provider, by name; see `checks`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from trading_bot.doctor import access, network, plan, receivers, symbols
from trading_bot.doctor.checks import Look

ONLINE: Final[Mapping[str, Look]] = {
    "proxy": network.proxy,
    "certificates": network.certificates,
    "key_accepted": access.key_accepted,
    "dataset": access.dataset,
    "depth_feed": access.depth_feed,
    "clock": access.clock,
    "market": access.market,
    # These two ask for no turn, however few requests the plan has.
    "stream": plan.stream,
    "budget": plan.budget,
    "snapshots": plan.snapshots,
    "symbols": symbols.symbols,
    "trades": plan.trades,
    "quotes": plan.quotes,
    "real_time": plan.real_time,
    "hosts_told": receivers.hosts,
}
