"""The same rules called from a nautilus_trader actor on the same ticks; run by `stream.py`.

Runs in an environment of its own, with this package's `src` on the path. Only the engine's run is
timed: making its tick objects is left out, which favours the peer. Prints ticks per second.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from typing import Any

from nautilus_trader.backtest.engine import (  # type: ignore[import-not-found] # peer's environment
    BacktestEngine,
    BacktestEngineConfig,
)
from nautilus_trader.common.actor import Actor  # type: ignore[import-not-found] # as above
from nautilus_trader.config import LoggingConfig  # type: ignore[import-not-found] # as above
from nautilus_trader.model.currencies import USD  # type: ignore[import-not-found] # as above
from nautilus_trader.model.data import QuoteTick, TradeTick  # type: ignore[import-not-found]
from nautilus_trader.model.enums import (  # type: ignore[import-not-found] # as above
    AccountType,
    AggressorSide,
    OmsType,
)
from nautilus_trader.model.identifiers import TradeId, Venue  # type: ignore[import-not-found]
from nautilus_trader.model.objects import Money, Price, Quantity  # type: ignore[import-not-found]
from nautilus_trader.test_kit.providers import (  # type: ignore[import-not-found] # as above
    TestInstrumentProvider,
)
from stream_receiver import start, watching
from stream_tape import rows, symbol_names


class Guard(Actor):  # type: ignore[misc] # the peer ships no types
    """Calls the monitor's two functions for every tick."""

    def __init__(self, monitor: Any, instruments: list[Any]) -> None:
        super().__init__()
        self._on_trade, self._on_quote = monitor.on_trade, monitor.on_quote
        self._instruments = instruments

    def on_start(self) -> None:
        """Subscribe everything."""
        for instrument in self._instruments:
            self.subscribe_quote_ticks(instrument.id)
            self.subscribe_trade_ticks(instrument.id)

    def on_quote_tick(self, tick: Any) -> None:
        """Convert and judge a quote."""
        at_ns = tick.ts_event
        self._on_quote(
            tick.instrument_id.symbol.value,
            at_ns,
            at_ns,
            int(tick.bid_price.as_double() * 1e6 + 0.5),
            int(tick.bid_size.as_double()),
            int(tick.ask_price.as_double() * 1e6 + 0.5),
            int(tick.ask_size.as_double()),
            at_ns,
        )

    def on_trade_tick(self, tick: Any) -> None:
        """Convert and judge a print."""
        at_ns = tick.ts_event
        self._on_trade(
            tick.instrument_id.symbol.value,
            at_ns,
            at_ns,
            int(tick.price.as_double() * 1e6 + 0.5),
            int(tick.size.as_double()),
            (),
            0,
            11,
            at_ns,
            None,
            at_ns,
        )


def main() -> None:
    """Run once."""
    symbols = symbol_names(int(sys.argv[1]))
    count = int(sys.argv[2])
    engine = BacktestEngine(
        BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False)
    )
    venue = Venue("XNAS")
    engine.add_venue(
        venue=venue,
        oms_type=OmsType.NETTING,
        account_type=AccountType.CASH,
        base_currency=USD,
        starting_balances=[Money(1_000_000, USD)],
    )
    instruments = {each: TestInstrumentProvider.equity(each, "XNAS") for each in symbols}
    for instrument in instruments.values():
        engine.add_instrument(instrument)
    ticks = []
    for row in rows(symbols, count):
        identity, at_ns = instruments[row.symbol].id, row.at_ms * 1_000_000
        price, size = Price(row.bid_or_price / 100, 2), Quantity.from_int(row.bid_size)
        if row.is_quote:
            ask, ask_size = Price(row.ask / 100, 2), Quantity.from_int(row.ask_size)
            ticks.append(QuoteTick(identity, price, ask, size, ask_size, at_ns, at_ns))
        else:
            side, number = AggressorSide.NO_AGGRESSOR, TradeId(str(row.sequence))
            ticks.append(TradeTick(identity, price, size, side, number, at_ns, at_ns))
    engine.add_data(ticks, validate=False)
    with tempfile.TemporaryDirectory() as directory:
        monitor = watching(symbols, count, directory)
        for symbol in symbols:
            start(monitor, symbol)
        engine.add_actor(Guard(monitor, list(instruments.values())))
        began, began_cpu = time.perf_counter(), time.process_time()
        engine.run()
        figures = {
            "wall_seconds": time.perf_counter() - began,
            "cpu_seconds": time.process_time() - began_cpu,
        }
        judges = [monitor.judge.judge_of(symbol) for symbol in symbols]
        figures["judged"] = sum(each.trades + each.quotes for each in judges if each)
        monitor.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
