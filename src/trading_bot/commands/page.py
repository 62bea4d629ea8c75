"""`trading-bot page`: shows in a browser of this machine what a guard sees."""

from __future__ import annotations

import asyncio
import errno
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from trading_bot.live_view.page.explained import Explainer
from trading_bot.live_view.page.feed import PageFeed
from trading_bot.live_view.page.server import PageServer
from trading_bot.live_view.page.statics import read_statics
from trading_bot.live_view.page.token import page_token
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.live_file.place import live_folder, make_live_folder, segments_in
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.watched.asked import FOLDERS

USUAL_PORT: Final = 8377


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What the command line asked for.

    Attributes:
        port: None takes the usual one, or a free one where that is taken.
        live_dir: Folder of the live file; None for that of the record.
        log_dir: Folder of the record; None for the usual one with the newest live file.
        home: Where the usual folders lie.
        explain: What `trading-bot explain` is given after an id; empty where no recorded data is.
    """

    port: int | None
    live_dir: Path | None
    log_dir: Path | None
    home: Path
    explain: tuple[str, ...] = ()


def run_page(options: PageOptions) -> int:
    """Serve until it is ended; return the exit status.

    Raises:
        ValueError: The port is taken.
        OSError: The live folder is not the user's own.
        DataSourceError: Another version writes the live file.
    """
    folder = options.live_dir or _live_folder_of(options)
    make_live_folder(folder)
    feed = PageFeed(folder, lambda: ns_from_utc(utc_now()), record=options.log_dir)
    # Before anybody is served: the first picture is whole.
    feed.look()
    asyncio.run(_serve(options, folder, feed))
    return 0


async def _serve(options: PageOptions, folder: Path, feed: PageFeed) -> None:
    async with await _listening(options, folder, feed) as server:
        lines = [f"The page of what the guard sees: {server.address}"]
        if options.port is None and server.port != USUAL_PORT:
            lines.append(f"Port {USUAL_PORT} is taken, so this is another one.")
        if not segments_in(folder):
            lines.append(f"No guard has written in {folder} yet: the page waits for it.")
        lines.append("Whoever has the address can look, and change nothing. Ctrl-C ends it.")
        click.echo("\n".join(lines))
        stopped = _stopped_by_signals()
        following = asyncio.ensure_future(feed.follow())
        await asyncio.wait({following, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if following.done():
            following.result()
        following.cancel()


async def _listening(options: PageOptions, folder: Path, feed: PageFeed) -> PageServer:
    explainer = Explainer(feed.lines, options.explain)
    token, statics = page_token(folder), read_statics()
    port = USUAL_PORT if options.port is None else options.port
    for each in (port, 0):
        server = PageServer(feed, explainer, token=token, statics=statics, port=each)
        try:
            await server.listen()
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            if options.port is not None:
                raise ValueError(
                    f"port {port} is taken: choose another one (--port), or leave it out"
                ) from error
        else:
            break
    return server
