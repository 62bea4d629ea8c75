"""The `trading-bot` command: its options, and which command does what."""
