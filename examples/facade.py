"""The specification's classes by hand: a host that asks, validates and detects in its own loop.

It finds what the guard finds by polling. The guard asks for all symbols at once, keeps the record,
says what cannot be seen, and streams: prefer it where nothing speaks for a loop of your own.
"""

from collections.abc import Callable

from trading_bot.order_flow import (
    Found,
    OrderFlowConfig,
    OrderFlowDetector,
    PolygonClient,
    TapeMonitor,
    validate_level2_data,
    validate_tape_data,
)
from trading_bot.order_flow.clock import Clock, utc_now
from trading_bot.positions import FilePositionManager, PositionManager
from trading_bot.risk_management import RiskManager


def start_polling(
    config: OrderFlowConfig, positions: PositionManager, clock: Clock = utc_now
) -> Callable[[], list[Found]]:
    """Return what the host's loop calls once a second: alerts, each with the exit it made due."""
    client = PolygonClient(config, clock=clock)
    detector = OrderFlowDetector(
        config,
        client=client,
        clock=clock,
        risk_manager=RiskManager(config, positions),
        position_manager=positions,
    )
    tape_monitor = TapeMonitor(config, client=client, clock=clock, detector=detector)

    def poll() -> list[Found]:
        found: list[Found] = []
        for symbol in detector.monitored_symbols():
            tape = tape_monitor.fetch_tape_data(symbol)
            validate_tape_data(tape, config, now=clock())
            found += tape_monitor.detect_selling(tape)
            snapshot = detector.fetch_level2_snapshot(symbol)
            validate_level2_data(snapshot, config, now=clock())
            for alert in detector.detect_large_sellers(snapshot):  # of a book that is deep
                exit_due = detector.publish(alert)
                found += [alert] if exit_due is None else [alert, exit_due]
        return found

    return poll


if __name__ == "__main__":
    look = start_polling(OrderFlowConfig.load(), FilePositionManager("config/positions.json"))
    while input("Press Enter to look, q to end. ") != "q":
        print(*look(), sep="\n")
