"""A bot that embeds the guard: it watches on a thread of its own and tells what it finds."""

from trading_bot.order_flow import OrderFlowConfig, OrderFlowGuard, Position, describe

# Your own will do: a manager, a callable, a dict or a list of objects, with any kind of number.
POSITIONS = [Position("ACME", 1_200, 27.05, stop=26.60), Position("BOLT", 400, "83.10")]


def main() -> None:
    """Watch until Enter is pressed."""
    guard = OrderFlowGuard(OrderFlowConfig.load(), POSITIONS)
    guard.add_listener(lambda event: print(describe(event), flush=True))
    with guard:
        input("The bot works here; press Enter to end.\n")


if __name__ == "__main__":
    main()
