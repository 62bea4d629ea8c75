"""`python -m trading_bot.simulator`: the simulated market as a process of its own.

Prints one JSON line with its address, key and start of market time once it listens, and ends on
SIGINT, SIGTERM, or with `--with-parent` when its standard input ends.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from trading_bot.simulator.command import simulate


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to end; return the exit status.

    Raises:
        SystemExit: The arguments make no sense, which is said.
    """
    given = None if arguments is None else list(arguments)
    try:
        status = simulate.main(given, "python -m trading_bot.simulator", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    return int(status or 0)


if __name__ == "__main__":
    sys.exit(main())
