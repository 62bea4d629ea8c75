"""`python -m trading_bot` is the `trading-bot` command."""

from trading_bot.cli.app import main

if __name__ == "__main__":
    main()
