"""`trading-bot notify test`: one notice to each receiver of the settings."""

from __future__ import annotations

import sys
from pathlib import Path

from trading_bot.notify.addresses import hide_addresses
from trading_bot.notify.notices import refuse_missing_library
from trading_bot.notify.trial import try_receivers
from trading_bot.order_flow.config import resolve


def run_test(config_path: Path, env_file: Path) -> int:
    """Send the notices and print what became of each; 0 when all are well, else 1.

    Raises:
        ValueError: Nobody is to be told, or the library is missing.
    """
    config = resolve(config_path, env_file=env_file).config
    hide_addresses(config)
    refuse_missing_library(config)
    if not config.notify_urls and config.heartbeat_url is None:
        raise ValueError(
            f"nobody is to be told: set ORDER_FLOW_NOTIFY_URLS in {env_file}, or notify_urls in "
            f"{config_path}"
        )

    def tell(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    return 0 if try_receivers(config.notify_urls, config.heartbeat_url, tell) else 1
