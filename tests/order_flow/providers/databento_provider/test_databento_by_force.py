"""Rows that cannot be, and numbers that wander: what is hit is not visible, and nothing is lost."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from support.depth_bench import DepthBench, on_bench

from trading_bot.order_flow.notices import MonitorEvent
from trading_bot.order_flow.providers.databento.layout import (
    LEVEL,
    MARKET_BYTES,
    MBP_10,
    NO_PRICE,
    NO_SIZE,
    TRADE,
)
from trading_bot.simulator.gateway.gw_delivery import Delivery

pytestmark = pytest.mark.slow

PRICE_AT, SIZE_AT, ACTION_AT = 16, 24, 28
BID_SIZE_AT = MARKET_BYTES + 16
Damage = Callable[[bytearray], None]


def _cross(row: bytearray) -> None:
    """Put the best bid ten cents above the best ask."""
    _, ask, _, _ = LEVEL.unpack_from(row, MARKET_BYTES)
    struct.pack_into("<q", row, MARKET_BYTES, ask + 100_000_000)


def _disorder(row: bytearray) -> None:
    """Let two levels change places."""
    first, second = (slice(MARKET_BYTES + n * 32, MARKET_BYTES + n * 32 + 32) for n in (2, 3))
    row[first], row[second] = row[second], row[first]


def _forget_price(row: bytearray) -> None:
    struct.pack_into("<q", row, MARKET_BYTES, NO_PRICE)


def _forget_size(row: bytearray) -> None:
    struct.pack_into("<I", row, BID_SIZE_AT, NO_SIZE)


BOOKS: list[Damage] = [_cross, _disorder, _forget_price, _forget_size]


def _sell_unknown_size(row: bytearray) -> None:
    struct.pack_into("<I", row, SIZE_AT, NO_SIZE)


def _sell_below_zero(row: bytearray) -> None:
    struct.pack_into("<q", row, PRICE_AT, -1)


def _spoil_action(row: bytearray) -> None:
    row[ACTION_AT] = 0


PRINTS: list[Damage] = [_sell_unknown_size, _sell_below_zero, _spoil_action]


def _spoil(monkeypatch: pytest.MonkeyPatch, damage: Damage, *, prints: bool) -> None:
    """Spoil ACME's rows of ten levels on their way from now on: its prints, or its books."""
    plain = Delivery.say

    def say(self: Delivery, data: bytes, now_ns: int) -> None:
        if data[1] == MBP_10 and (data[ACTION_AT] == TRADE) is prints:
            (number,) = struct.unpack_from("<I", data, 4)
            if number == self._instruments["ACME"]:
                row = bytearray(data)
                damage(row)
                data = bytes(row)
        plain(self, data, now_ns)

    monkeypatch.setattr(Delivery, "say", say)


async def _warm(bench: DepthBench) -> None:
    await bench.run(3)
    await bench.run_until(lambda: bench.is_visible() and bench.is_visible("BOLT"), 15)


@pytest.mark.parametrize("damage", BOOKS + PRINTS)
def test_rows_that_cannot_be_hide_their_symbol_and_no_print_is_lost(
    monkeypatch: pytest.MonkeyPatch, damage: Damage
) -> None:
    # Given two symbols that are visible
    async def play(bench: DepthBench) -> None:
        await _warm(bench)
        # When one's books, or its prints, come spoilt
        _spoil(monkeypatch, damage, prints=damage in PRINTS)
        await bench.run_until(lambda: not bench.is_visible(), 6)
        # Then it is not visible for as long, and the other one is
        for _ in range(20):
            await bench.run(1)
            assert bench.state() == ("degraded", "refused")
            assert bench.is_visible("BOLT")
        # And it is visible again once they are well, and every print was judged once
        monkeypatch.undo()
        await bench.run_until(bench.is_visible, 72)
        assert bench.judged() == bench.happened()

    on_bench(play, "ACME", "BOLT")


def test_a_symbol_that_another_takes_the_number_of_is_hidden_until_it_was_replayed() -> None:
    # Given two symbols that are visible
    async def play(bench: DepthBench) -> None:
        await _warm(bench)
        # When the number of one is given to a third, which nobody has asked for
        for session in bench.gateway._sessions:
            if session.subscriber is not None:
                delivery = session.subscriber._delivery
                now_ns = delivery._done_ns or 0
                number = delivery._instruments["ACME"]
                delivery.say(delivery._records.mapping("ZZZZ", number, now_ns), now_ns)
        await bench.run(1, whole=False)
        # Then it is not visible at once, and is after another session has replayed it
        assert not bench.is_visible()
        await bench.run_until(bench.is_visible, 30, whole=False)
        assert bench.driver.stream is not None
        assert bench.driver.stream.counts["number_lost"] == 1
        assert bench.judged() == bench.happened()

    on_bench(play, "ACME", "BOLT")


def test_symbols_that_swap_their_numbers_keep_their_prints() -> None:
    # Given two symbols that are visible
    async def play(bench: DepthBench) -> None:
        await _warm(bench)
        # When each is given the other's number
        for session in bench.gateway._sessions:
            if session.subscriber is not None:
                delivery = session.subscriber._delivery
                numbers = delivery._instruments
                numbers["ACME"], numbers["BOLT"] = numbers["BOLT"], numbers["ACME"]
                delivery._map(("ACME", "BOLT"), delivery._done_ns or 0)
        await bench.run(20)
        # Then each has its own prints, and the connection stayed
        for symbol in ("ACME", "BOLT"):
            assert bench.judged(symbol) == bench.happened(symbol)
        assert bench.driver.counts["disconnects"] == 0

    on_bench(play, "ACME", "BOLT")


def test_a_listener_that_raises_costs_nothing_of_what_is_seen() -> None:
    # Given a symbol that is visible, and a listener that fails each time
    def fail(event: MonitorEvent) -> None:
        heard.append(event)
        raise RuntimeError("a listener's own")

    heard: list[MonitorEvent] = []

    async def play(bench: DepthBench) -> None:
        await _warm(bench)
        bench.monitor.judge.publisher.add_listener(fail)
        # When alerts are told
        before = len(bench.alerts())
        await bench.run(25)
        # Then the connection stays, every print is judged, and the others are told
        assert heard
        assert len(bench.alerts()) > before
        assert bench.driver.counts["disconnects"] == 0
        assert bench.is_visible()
        assert bench.judged() == bench.happened()

    on_bench(play, "ACME", "BOLT")
