"""How far a long command is, where a person looks on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def days_done(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how many days of how many are done; nothing elsewhere.

    Args:
        doing: What is done to them, such as `Checking`.

    Yields:
        Takes both numbers after each day.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    # Only here: a pipe needs no bar, and none of the time that it takes to load one.
    from rich.console import Console  # noqa: PLC0415 - see above
    from rich.progress import Progress  # noqa: PLC0415 - see above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
