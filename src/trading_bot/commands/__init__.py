"""What each command of `trading-bot` does, one module a command."""
