"""A bot that embeds the guard: it runs on a thread of its own and tells what it finds.

Try it against the simulated market: start `trading-bot simulate`, and set POLYGON_API_KEY and
ORDER_FLOW_BASE_URL to what it prints.
"""

import threading

from trading_bot.order_flow import OrderFlowConfig, OrderFlowMonitor
from trading_bot.positions import FilePositionManager

positions = FilePositionManager("config/positions.json")
monitor = OrderFlowMonitor(OrderFlowConfig.load(), position_manager=positions)
monitor.add_listener(print)  # alerts, exit recommendations, feed events
guard = threading.Thread(target=monitor.run)
guard.start()
input("The bot works here; press Enter to end.\n")
monitor.stop()
guard.join()
