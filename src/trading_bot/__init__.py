"""A trading bot's guard for open positions: order flow watched, exits recommended, all recorded."""
