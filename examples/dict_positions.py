"""A bot with a dict of positions, and a risk manager with the one method that it needs."""

import queue
from decimal import Decimal
from typing import Any

from trading_bot.order_flow import ExitRecommendation, OrderFlowConfig, OrderFlowGuard

positions: dict[str, dict[str, Any]] = {
    "ACME": {"shares": 1_200, "entry_price": Decimal("27.05"), "stop_loss": Decimal("26.60")},
    "BOLT": {"shares": 400, "entry_price": Decimal("83.10"), "stop_loss": Decimal("82.00")},
}
"""The bot's own, changed while the guard runs: it is read as it stands, once a second."""


class RiskManager:
    """Hears of exits on a thread of the guard's, and hands them over to the bot's."""

    def __init__(self) -> None:
        self.exits: queue.SimpleQueue[ExitRecommendation] = queue.SimpleQueue()

    def on_exit_recommendation(self, exit_: ExitRecommendation) -> None:
        """Take an exit; `on_order_flow_alert` and `on_guard_state` may be there as well."""
        self.exits.put(exit_)


def main() -> None:
    """Trade until nothing is held any more."""
    risk_manager = RiskManager()
    with OrderFlowGuard(OrderFlowConfig.load(), positions, risk_manager=risk_manager) as guard:
        while any(row["shares"] for row in positions.values()):
            exit_ = risk_manager.exits.get()
            row = positions[exit_.symbol]
            if not row["shares"]:
                continue  # sold already
            seen = guard.view(exit_.symbol)  # what is known now, from any thread
            print(f"{exit_.symbol}: {exit_.reason}; the market is {seen.sees}", flush=True)
            print(f"sold {row['shares']} {exit_.symbol}", flush=True)
            row["shares"] = 0  # no shares: the guard takes it for closed


if __name__ == "__main__":
    main()
