"""A bot on an event loop: the guard judges on a thread of its own, its events come on the loop."""

import asyncio
from dataclasses import dataclass

from trading_bot.order_flow import ExitRecommendation, OrderFlowConfig, OrderFlowGuard, describe


@dataclass(frozen=True)
class Holding:
    """A position as this bot's broker gives it: numbers are text."""

    symbol: str
    qty: str
    avg_entry_price: str


async def sell(holding: Holding) -> None:
    """Leave a position; here the order goes to your broker."""
    await asyncio.sleep(0)
    print(f"sold {holding.qty} {holding.symbol}", flush=True)


async def main() -> None:
    """Trade until nothing is held any more, or the guard ends."""
    held = {Holding("ACME", "1200", "27.05"), Holding("BOLT", "400", "83.10")}
    guard = OrderFlowGuard(OrderFlowConfig.load(), lambda: tuple(held))
    events = guard.events()
    async with guard:
        # It ends by itself with `stopped` or `failed`.
        async for event in events:
            print(describe(event), flush=True)
            if isinstance(event, ExitRecommendation):
                mine = event.host_position  # the bot's own object
                if isinstance(mine, Holding) and mine in held:
                    held.discard(mine)
                    await sell(mine)
            if not held:
                break
    print(f"the guard is {guard.state}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
