"""How much of the files is read, where a person looks on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from trading_bot.replay.playback import PlaybackSource


@contextmanager
def bytes_shown(doing: str, sources: Sequence[PlaybackSource]) -> Iterator[Callable[[], None]]:
    """Show on a terminal the bytes read over the bytes there; nothing elsewhere.

    Args:
        doing: What is done to them, such as `Playing`.
        sources: The files.

    Yields:
        Is called now and then while they are read.
    """
    if not sys.stderr.isatty():
        yield lambda: None
        return
    # Only here: a pipe needs no bar, and none of the time that it takes to load one.
    from rich.console import Console  # noqa: PLC0415 - see above
    from rich.progress import DownloadColumn, Progress  # noqa: PLC0415 - see above

    # Members of one archive stand for its bytes once.
    paths = {path for source in sources for path in source.paths}
    total = sum(path.stat().st_size for path in paths)
    columns = (*Progress.get_default_columns(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda: bar.update(task, completed=sum(each.bytes_read for each in sources))
