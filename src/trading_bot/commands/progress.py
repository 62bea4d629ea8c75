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


@contextmanager
def bytes_done(doing: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how many bytes are done; nothing elsewhere.

    Args:
        doing: What is done to them.
        total: How many there are.

    Yields:
        Takes how many are done so far.
    """
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    # Only here: see above.
    from rich.console import Console  # noqa: PLC0415 - see above
    from rich.progress import DownloadColumn, Progress  # noqa: PLC0415 - see above

    columns = (*Progress.get_default_columns(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda done: bar.update(task, completed=done)
