"""Order-flow protection for open positions."""
