"""What the guard notes of symbols of which no notice is sent."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from support.monitor_stubs import START, HandClock, Holdings, StubClient

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.rows.checking import RecordCheck
from trading_bot.order_flow.monitor import OrderFlowMonitor


def test_the_record_names_what_is_muted_and_why_no_longer(tmp_path: Path) -> None:
    # Given a guard that keeps a record
    monitor = OrderFlowMonitor(
        OrderFlowConfig(),
        position_manager=Holdings(),
        client=StubClient(),
        log_directory=tmp_path,
        clock=HandClock(),
    )
    # When a symbol is muted, and no longer
    with monitor.record_held():
        monitor.note_muted("ACME", START + timedelta(hours=1))
        monitor.note_unmuted("ACME", "off", 2)
        monitor.close()
    # Then each has its line, and the record is well
    text = (tmp_path / "2026-03-10.jsonl").read_text(encoding="utf-8")
    muted, unmuted = (json.loads(line) for line in text.splitlines())
    assert muted["event"] == "order_flow.muted"
    assert (muted["symbol"], muted["until"]) == ("ACME", "2026-03-10T15:00:00.000000Z")
    assert unmuted["event"] == "order_flow.unmuted"
    assert (unmuted["reason"], unmuted["held_back"]) == ("off", 2)
    assert list(RecordCheck(tmp_path).problems()) == []
