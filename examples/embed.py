"""A bot that embeds the guard: it watches on a thread of its own and tells what it finds."""

import threading

from trading_bot.order_flow import Listener, OrderFlowConfig, OrderFlowMonitor
from trading_bot.order_flow.clock import Clock, utc_now
from trading_bot.positions import FilePositionManager


def start_guard(listener: Listener, clock: Clock = utc_now) -> OrderFlowMonitor:
    """Watch what `config/positions.json` lists; `stop()` of the result ends the watch."""
    positions = FilePositionManager("config/positions.json")
    monitor = OrderFlowMonitor(OrderFlowConfig.load(), position_manager=positions, clock=clock)
    monitor.add_listener(listener)  # told of every `MonitorEvent`
    threading.Thread(target=monitor.run).start()
    return monitor


if __name__ == "__main__":
    guard = start_guard(print)
    input("The bot works here; press Enter to end.\n")
    guard.stop()
