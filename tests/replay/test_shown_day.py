"""A day that is played says how all stands by the lines of a live file."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support.flat_data import at, quote_line, quotes_file, trade_line, trades_file

from trading_bot.order_flow.capture.lines import AnyLine, QuoteLine, Seen, Started, Watched
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.market.units import UNITS_PER_SHARE
from trading_bot.order_flow.sight.visibility import VisibilityState
from trading_bot.replay.playback import open_playback
from trading_bot.replay.shown_day import NOT_COMPARED, look_of_day

BID, ASK = 50_000_000, 50_020_000


def test_a_row_of_files_shows_position_and_price_and_proves_nothing(tmp_path: Path) -> None:
    # Given a quote and a large sale
    files = [
        quotes_file(tmp_path / "q.csv", quote_line(0)),
        trades_file(tmp_path / "t.csv", trade_line(1, size=12_000)),
    ]
    playback = open_playback(files, OrderFlowConfig(thresholds="fixed"))
    look = look_of_day(playback)
    # When it is played, and looked at twice
    found = [look() for _ in playback.batches() for _ in range(2)]
    # Then the first line has the position that is held from the first quote on, at event time
    first = found[0]
    assert (first.market, first.at_ns, first.symbols, first.whole) == ("recorded", at(1), 1, True)
    (row,) = first.rows
    assert (row.shares, row.pressure, row.price_ns) == ("100", "alerted", at(1))
    assert (row.sees, row.reason) == ("degraded", f"not_compared: {NOT_COMPARED}")
    assert first.status == "degraded"
    # And the second one, of the same moment, has nothing new
    assert (found[1].number, found[1].rows) == (2, ())


@pytest.mark.parametrize(("state", "status"), [("visible", "ok"), ("blind", "ok")])
def test_a_recording_shows_how_well_it_was_seen(
    tmp_path: Path, state: VisibilityState, status: str
) -> None:
    # Given a recording of a symbol that is only watched
    lines: tuple[AnyLine, ...] = (
        Started(2, at(0), {}),
        Watched("ACME", at(0), at(0)),
        Seen("ACME", at(1), state, "", "", at(1)),
        QuoteLine("ACME", at(1), BID, UNITS_PER_SHARE, ASK, UNITS_PER_SHARE),
    )
    path = tmp_path / "2026-03-10.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in lines))
    playback = open_playback([path])
    look = look_of_day(playback)
    # When it is played and looked at
    for _ in playback.batches():
        pass
    beat = look()
    # Then it is seen as it was seen then, and nothing is held
    assert [(each.sees, each.shares) for each in beat.rows] == [(state, None)]
    assert beat.status == status
