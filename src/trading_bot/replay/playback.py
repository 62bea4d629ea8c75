"""One door to every kind of recorded data: open it, add listeners, play it.

playback = open_playback([Path("trades.csv.gz"), Path("quotes.csv.gz")], config)
playback.add_listener(alerts.append)
for rows in playback.batches():  # judged already; `alerts` holds what was found so far
...
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Protocol

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.market_minute import MarketMinute
from trading_bot.order_flow.judge import MarketJudge
from trading_bot.order_flow.notices import Listener
from trading_bot.order_flow.position import Position
from trading_bot.order_flow.rules.own_scale.state import ScaleState
from trading_bot.recorded.account import RowAccount
from trading_bot.recorded.lobster.source import LobsterSource
from trading_bot.recorded.recognise import Format, common_format, files_in
from trading_bot.recorded.recordings import Recordings
from trading_bot.recorded.rows import SIP_NS, SYMBOL, Row
from trading_bot.recorded.sources import FlatSource, ReadOptions, RowSource
from trading_bot.replay.capture_player import CapturePlayer
from trading_bot.replay.journal import UnwrittenLog
from trading_bot.replay.player import Player


class PlaybackSource(Protocol):
    """The files behind a playback.

    Attributes:
        paths: The files; the place of a row leads back to one of them.
        account: What became of the rows.
        rows_read: Rows read so far, those left out included.
        bytes_read: Bytes of the files consumed so far.
    """

    paths: tuple[Path, ...]
    account: RowAccount

    @property
    def rows_read(self) -> int:
        """See the class."""
        ...

    @property
    def bytes_read(self) -> int:
        """See the class."""
        ...


class Playback(Protocol):
    """Recorded data on its way through the live judge."""

    @property
    def source(self) -> PlaybackSource:
        """Where the data comes from."""
        ...

    @property
    def config(self) -> OrderFlowConfig:
        """The settings it is judged by."""
        ...

    @property
    def judge(self) -> MarketJudge:
        """The judge that it is given to."""
        ...

    @property
    def first_ns(self) -> int:
        """Exchange time of the earliest event, 0 before it."""
        ...

    @property
    def last_ns(self) -> int:
        """Exchange time of the latest event, 0 before the first."""
        ...

    @property
    def trades(self) -> int:
        """Prints played."""
        ...

    @property
    def quotes(self) -> int:
        """Quotes played."""
        ...

    @property
    def symbols(self) -> AbstractSet[str]:
        """Every symbol met."""
        ...

    def add_listener(self, listener: Listener) -> None:
        """Tell this callable of every alert and exit recommendation."""
        ...

    def batches(self) -> Iterator[list[Row]]:
        """Play everything; yield each list of rows right after it was judged."""
        ...


class RowPlayback:
    """Rows of flat files or LOBSTER days on their way through a player; see `Playback`.

    Args:
        source: Where the rows come from.
        config: Settings.
        alert_log: The record; None keeps none.
        positions: Positions of the user; None holds every symbol from its first two-sided quote.
        make_judge: Makes the judge, from what `MarketJudge` takes.
        memories: What each symbol's own scale remembers of the days before the first.
        market: The market's minutes, where somebody has them; None looks at the rows.
        goes_on: Another day is played after this one, by somebody who asks for `end_day`.
    """

    def __init__(
        self,
        source: RowSource,
        config: OrderFlowConfig,
        *,
        alert_log: UnwrittenLog | None = None,
        positions: Iterable[Position] | None = None,
        make_judge: Callable[..., MarketJudge] = MarketJudge,
        memories: Mapping[str, ScaleState] | None = None,
        market: MarketMinute | None = None,
        goes_on: bool = False,
    ) -> None:
        self.source = source
        self.config = config
        self._player = Player(
            config,
            alert_log=alert_log,
            positions=positions,
            make_judge=make_judge,
            step_ns=source.step_ns,
            account=source.account,
            memories=memories,
            market=market,
        )
        self.judge = self._player.judge
        self._end = self._player.end_day_of if goes_on else self._player.retire

    @property
    def first_ns(self) -> int:
        """Exchange time of the earliest row, 0 before it."""
        return self._player.first_ns

    @property
    def last_ns(self) -> int:
        """Exchange time of the latest row, 0 before the first."""
        return self._player.last_ns

    @property
    def trades(self) -> int:
        """Prints played."""
        return self._player.trades

    @property
    def quotes(self) -> int:
        """Quotes played."""
        return self._player.quotes

    @property
    def symbols(self) -> AbstractSet[str]:
        """Every symbol met."""
        return self._player.symbols

    def add_listener(self, listener: Listener) -> None:
        """Tell this callable of every alert and exit recommendation."""
        self.judge.publisher.add_listener(listener)

    def end_day(self) -> Mapping[str, ScaleState]:
        """Return what each symbol's own scale remembers once the day is over that was played."""
        self._player.end_day()
        return self._player.memories

    def batches(self) -> Iterator[list[Row]]:
        """Play everything; yield each list of rows right after it was judged."""
        return self._played(self.source.batches())

    def pieces(self, step_ns: int) -> Iterator[list[Row]]:
        """Do the same, each list cut wherever a step of exchange time ends: it changes no result.

        Args:
            step_ns: Nanoseconds, counted from 1970.
        """
        return self._played(
            piece for rows in self.source.batches() for piece in _cut(rows, step_ns)
        )

    def _played(self, batches: Iterable[list[Row]]) -> Iterator[list[Row]]:
        playing = ""
        for rows in batches:
            symbol = rows[0][SYMBOL]
            if self.source.symbols_come_once and playing not in ("", symbol):
                self._end(playing)
            playing = symbol
            self._player.play(rows)
            yield rows


def _cut(rows: list[Row], step_ns: int) -> Iterator[list[Row]]:
    start = 0
    while start < len(rows):
        until_ns = (rows[start][SIP_NS] // step_ns + 1) * step_ns
        end = bisect_left(rows, (until_ns,), start)
        yield rows[start:end]
        start = end


def open_playback(
    paths: Iterable[Path],
    config: OrderFlowConfig | None = None,
    *,
    data_format: Format | None = None,
    options: ReadOptions | None = None,
    alert_log: UnwrittenLog | None = None,
    positions: Iterable[Position] | None = None,
    make_judge: Callable[..., MarketJudge] = MarketJudge,
) -> Playback:
    """Make recorded data ready to be played; nothing but the start of each file is read yet.

    Args:
        paths: Files, or folders of files, all of one format.
        config: Settings; None means the defaults, or for a recording those it was made with.
        data_format: What the files hold; None looks inside.
        options: Which rows.
        alert_log: The record; None keeps none.
        positions: What is held; None holds 100 shares of every symbol from its first two-sided
            quote, or for a recording what was held.
        make_judge: Makes the judge, from what `MarketJudge` takes.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: A file is not what it should be; names it and says what to do.
    """
    files = files_in(paths)
    kind = data_format or common_format(files)
    options = options or ReadOptions()
    if kind == "jsonl":
        recordings = Recordings(files, options.symbols)
        return CapturePlayer(
            recordings,
            options,
            config,
            alert_log=alert_log,
            positions=positions,
            make_judge=make_judge,
        )
    judged_by = config or OrderFlowConfig()
    source: RowSource
    if kind == "polygon":
        source = FlatSource(files, options)
    elif kind == "databento":
        # Imported here: the maker's package, which reads the heads of its files, takes 5 MB.
        from trading_bot.recorded.databento.source import DatabentoSource  # noqa: PLC0415

        source = DatabentoSource(files, options)
    else:
        source = LobsterSource(files, options)
    return RowPlayback(
        source, judged_by, alert_log=alert_log, positions=positions, make_judge=make_judge
    )
