"""`trading-bot page`: shows in a browser of this machine what a guard sees."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from trading_bot.live_view.page.explained import Explainer
from trading_bot.live_view.page.feed import PageFeed
from trading_bot.live_view.page.server import PageServer
from trading_bot.live_view.page.statics import read_statics
from trading_bot.live_view.page.token import page_token
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.live_file.place import make_live_folder, segments_in
from trading_bot.order_flow.market.units import ns_from_utc
from trading_bot.watched.live_folders import live_folder_of

if TYPE_CHECKING:
    from trading_bot.replay.run_replay import ReplayOptions

USUAL_PORT: Final = 8377


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What the command line asked for.

    Attributes:
        port: None takes the usual one, or a free one where that is taken.
        live_dir: Folder of the live file; None for that of the record.
        log_dir: Folder of the record; None for the usual one with the newest live file.
        home: Where the usual folders lie.
        data: Recorded market, from which alerts are recomputed, as `trading-bot explain` is given
            it: paths, and options.
        is_recorded: A recorded day is played into the folder.
    """

    port: int | None
    live_dir: Path | None
    log_dir: Path | None
    home: Path
    data: tuple[str | Path, ...] = ()
    is_recorded: bool = False


def run_page(options: PageOptions, say: Callable[[str], object] = click.echo) -> int:
    """Serve until it is ended; return the exit status.

    Args:
        options: What was asked for.
        say: Takes what a person is told, once somebody may come.

    Raises:
        ValueError: The port is taken.
        OSError: The live folder is not the user's own.
        DataSourceError: Another version writes the live file.
    """
    folder = live_folder_of(options.home, options.live_dir, options.log_dir)
    make_live_folder(folder)
    feed = PageFeed(folder, lambda: ns_from_utc(utc_now()), record=options.log_dir)
    # Before anybody is served: the first picture is whole.
    feed.look()
    asyncio.run(_serve(options, folder, feed, say))
    return 0


def run_replayed_page(
    port: int | None,
    options: ReplayOptions,
    speed: float,
    say: Callable[[str], object] = click.echo,
) -> int:
    """Serve a recorded day, which is played meanwhile; return the exit status.

    Args:
        port: As in `PageOptions`.
        options: Which data, and by which settings.
        speed: Seconds of the market in one of the machine.
        say: As of `run_page`.

    Raises:
        ValueError: The port is taken, or the day cannot be played.
    """
    # The page of a guard carries nothing of the replay: a quarter of its memory.
    from trading_bot.replay.run_explain import explain_arguments  # noqa: PLC0415 - see above
    from trading_bot.replay.showing import LIVE, RECORD, ShownDay  # noqa: PLC0415 - see above

    with tempfile.TemporaryDirectory(prefix="trading-bot-page-") as name:
        folder = Path(name)
        click.echo("Reading the day.", err=True)
        with ShownDay(options, folder, speed):
            data = explain_arguments(options)
            shown = PageOptions(port, folder / LIVE, folder / RECORD, folder, data, True)
            return run_page(shown, say)


async def _serve(
    options: PageOptions, folder: Path, feed: PageFeed, say: Callable[[str], object]
) -> None:
    async with AsyncExitStack() as stack:
        over = _over_on_signals()
        server = await _enter(stack, options, folder, feed)
        what = "the recorded day" if options.is_recorded else "what the guard sees"
        lines = [f"The page of {what}: {server.address}"]
        if options.port is None and server.port != USUAL_PORT:
            lines.append(f"Port {USUAL_PORT} is taken, so this is another one.")
        if not (options.is_recorded or segments_in(folder)):
            lines.append(f"No guard has written in {folder} yet: the page waits for it.")
        lines.append("Whoever has the address can look, and change nothing. Ctrl-C ends it.")
        say("\n".join(lines))
        following = asyncio.ensure_future(feed.follow())
        ended = asyncio.ensure_future(over.wait())
        await asyncio.wait({following, ended}, return_when=asyncio.FIRST_COMPLETED)
        for each in (following, ended):
            each.cancel()
        if not over.is_set():
            # It has failed.
            await following


async def _enter(
    stack: AsyncExitStack, options: PageOptions, folder: Path, feed: PageFeed
) -> PageServer:
    """Listen at the port that was asked for, else at the usual one, else at a free one."""

    def data() -> tuple[str, ...]:
        record = () if feed.record is None else ("--record", str(feed.record))
        return (*map(str, options.data), *record) if options.data else ()

    explainer = Explainer(feed.lines, data)
    token, statics = page_token(folder), read_statics()

    def server_at(port: int) -> PageServer:
        return PageServer(feed, explainer, token=token, statics=statics, port=port)

    port = USUAL_PORT if options.port is None else options.port
    try:
        return await stack.enter_async_context(server_at(port))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        if options.port is not None:
            raise ValueError(
                f"port {port} of this machine cannot be had ({os.strerror(error.errno)}): choose "
                "another one (--port), or leave it out"
            ) from error
        return await stack.enter_async_context(server_at(0))


def _over_on_signals() -> asyncio.Event:
    """Return what is set once the process is to end; a hang-up that is ignored stays ignored."""
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    if sys.platform != "win32":  # pragma: no branch - there Ctrl-C is an error, as elsewhere
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, over.set)
    return over
