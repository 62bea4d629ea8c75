"""Prints that REST has filled in and the stream brings late."""

from __future__ import annotations

import pytest
from support.monitor_stubs import HandClock, StubClient, at, trade
from support.stream_runs import Run, print_, streaming

from trading_bot.order_flow.feed import stream_driver
from trading_bot.order_flow.market.events import TradeEvent
from trading_bot.order_flow.market.units import utc_from_ns


@pytest.fixture(autouse=True)
def _quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_driver, "TICK_SECONDS", 0.002)


@pytest.mark.parametrize("prints", [128, 129, 200])
def test_prints_that_rest_filled_in_and_the_stream_brings_late_are_judged_once(prints: int) -> None:
    # Given a busy symbol whose prints the server holds back, and a damaged frame meanwhile
    held: list[TradeEvent] = []
    client = StubClient(lambda *_: (list(held), []))

    async def test(run: Run) -> None:
        await run.ready()
        held.extend(
            trade(n / 100, size=100, sequence=n, trade_id=str(n), exchange=11)
            for n in range(1, prints + 1)
        )
        run.stub.newest.send_bytes(b'[{"ev":"T","sym":"AC')
        await run.until(lambda: run.judged()[0] == prints)
        await run.ready()
        # When the stream brings them, late and in order, and then a new one
        run.send(*(print_(n / 100, n, 100) for n in range(1, prints + 1)))
        run.send(print_(9, 9_999, 100))
        await run.until(lambda: run.loop.ingest.symbols["ACME"].trade_sequence == 9_999)

    # Then each was judged once
    run, _ = streaming(test, client=client, clock=HandClock(utc_from_ns(at(10))))
    assert run.judged() == (prints + 1, 0)
