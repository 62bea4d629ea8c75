"""A bot with a loop of ticks: at each it asks the guard what has happened, and acts on it."""

import threading
from decimal import Decimal

from trading_bot.order_flow import (
    ExitRecommendation,
    GuardEvent,
    OrderFlowConfig,
    OrderFlowGuard,
    Position,
    describe,
)

TICK_SECONDS = 0.25


class Bot:
    """Trades, and keeps its positions in a list."""

    def __init__(self) -> None:
        self.held = [Position("ACME", 1_200, "27.05"), Position("BOLT", 400, 83.1)]
        self.ended = threading.Event()

    def positions(self) -> list[Position]:
        """Return what is held; the guard asks from its own thread, so it gets a copy."""
        return list(self.held)

    def act(self, event: GuardEvent) -> None:
        """Sell what the guard recommends to leave; one that is sold already is passed over."""
        if isinstance(event, ExitRecommendation):
            mine = event.host_position  # the bot's own object
            if isinstance(mine, Position) and mine in self.held:
                self.sell(mine, event.price)

    def sell(self, position: Position, price: Decimal | None) -> None:
        """Leave a position; here the order goes to your broker."""
        self.held.remove(position)
        print(f"sold {position.quantity} {position.symbol} at about {price}", flush=True)


def main() -> None:
    """Trade until nothing is held any more, or the guard fails."""
    bot = Bot()
    with OrderFlowGuard(OrderFlowConfig.load(), bot.positions) as guard:
        while bot.held and guard.state == "running":
            for event in guard.drain():  # never blocks
                print(describe(event), flush=True)
                bot.act(event)
            # The rest of the tick is the bot's own work.
            bot.ended.wait(TICK_SECONDS)
    print(f"the guard is {guard.state}", flush=True)


if __name__ == "__main__":
    main()
