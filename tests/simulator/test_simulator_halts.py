"""A halt of the simulated market: no event until a reopening print, by stream and by REST."""

from __future__ import annotations

from support.simulator_helpers import at, fetch
from support.stream_helpers import (
    WITH_BANDS,
    Row,
    client_of,
    expected,
    simulator_by_hand,
    wait_until,
)

from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.market.market import SimulatedMarket

REOPENING = [[18], [28]]


def halted_rows(symbol: str, seconds: float, kinds: str = "TQ") -> list[Row]:
    """Return what a client hears in fourteen seconds with a halt from the first on."""
    fault = Fault("ws_halt", symbols=(symbol, "NOPE"), seconds=seconds)
    channels = [f"{kind}.{symbol}" for kind in ("T", "Q", "LULD")]
    with (
        simulator_by_hand(faults=[fault], stream=WITH_BANDS) as (simulator, clock),
        client_of(simulator, *channels) as client,
    ):
        wait_until(lambda: simulator.faults.armed()[0].left == 0)
        clock.move(14)
        rows: list[Row] = []
        while not rows or rows[-1]["t"] < at(13.5) // NS_PER_MS:
            rows += client.frame()
    return [row for row in rows if row["t"] <= at(13) // NS_PER_MS]


def stamps(rows: list[Row], *kinds: str) -> list[float]:
    return [row["t"] / 1_000 - at(0) / NS_PER_SECOND for row in rows if row["ev"] in kinds]


def test_nothing_happens_in_a_halt_and_a_reopening_print_ends_it() -> None:
    # Given a halt from 1 s to 7 s
    # When a client listens
    rows = halted_rows("DOVE", 6)
    # Then it hears nothing meanwhile, and the reopening prints first of all
    heard = stamps(rows, "T", "Q")
    assert [stamp for stamp in heard if 1 <= stamp < 7] == []
    again = [row for row in rows if row["ev"] in "TQ" and row["t"] > at(6) // NS_PER_MS]
    assert [row["c"] for row in again[:2]] == REOPENING


def test_limit_bands_tell_of_the_halt_of_a_nasdaq_listing() -> None:
    # Given a halt of ACME, which is listed on Nasdaq, from 1 s to 7 s
    # When a client listens
    bands = [row for row in halted_rows("ACME", 6) if row["ev"] == "LULD"]
    # Then the bands say when it begins and ends
    assert [(stamp, row["i"]) for stamp, row in zip(stamps(bands, "LULD"), bands, strict=True)] == [
        (1, [17]),
        (5, []),
        (7, [18]),
        (10, []),
    ]


def test_limit_bands_say_nothing_of_other_listings() -> None:
    # Given a halt of DOVE, which is listed on NYSE
    # When a client listens
    bands = [row for row in halted_rows("DOVE", 6) if row["ev"] == "LULD"]
    # Then the bands are the usual ones
    assert [row["i"] for row in bands] == [[], []]


def test_a_halt_leaves_the_rest_of_the_market_as_it_was() -> None:
    # Given a halt of ACME for five seconds
    fault = Fault("ws_halt", symbols=("ACME",), seconds=5)
    with simulator_by_hand(faults=[fault]) as (simulator, clock):
        wait_until(lambda: simulator.faults.armed()[0].left == 0)
        clock.move(20)
        # When its prints after the halt are compared with those of a market without
        span = f"timestamp.gt={at(7)}&timestamp.lte={at(20)}&order=asc&limit=50000"
        rows = fetch(simulator.base_url, f"/v3/trades/ACME?{span}").json["results"]
    wanted = [row for row in expected(["ACME"], at(7), at(20)) if row["ev"] == "T"]
    # Then price, size and time are the same
    assert [(row["price"], row["size"], row["sip_timestamp"] // NS_PER_MS) for row in rows] == [
        (row["p"], row["s"], row["t"]) for row in wanted
    ]


def test_a_halt_lasts_five_minutes_if_not_said_otherwise() -> None:
    # Given a halt without a length
    with simulator_by_hand(faults=[Fault("ws_halt", symbols=("ACME",))]) as (simulator, clock):
        wait_until(lambda: simulator.faults.armed()[0].left == 0)
        clock.move(400)
        # When the tape is asked for
        span = f"timestamp.gt={at(2)}&order=asc&limit=1"
        rows = fetch(simulator.base_url, f"/v3/trades/ACME?{span}").json["results"]
    # Then it goes on five minutes later
    assert (rows[0]["sip_timestamp"] - at(301)) // NS_PER_MS == 20
    assert rows[0]["conditions"] == [18]


def test_a_halt_knows_from_when_and_until_when() -> None:
    # Given a symbol whose seconds are made up to the start
    one = SimulatedMarket().symbol("ACME", at(0))
    assert one is not None
    # When it halts, at once and in a while
    one.halt_at(0, 5)
    one.halt_at(at(60) // NS_PER_SECOND, 5)
    # Then the former begins with the next second
    assert one.halts == [(at(1), at(6)), (at(60), at(65))]


def test_a_fast_market_is_told_ahead_of_what_happens_in_it() -> None:
    # Given a market at double speed, and a halt that begins in 2.5 s
    fault = Fault("ws_halt", symbols=("ACME",), seconds=5, after_seconds=2.5)
    with simulator_by_hand(faults=[fault], speed=2.0) as (simulator, clock):
        # When the clock is looked at before and long after
        clock.move(0.5)
        wait_until(lambda: simulator.faults.armed()[0].left == 0)
        clock.move(5)
        fetch(simulator.base_url, f"/v3/trades/ACME?timestamp.gt={at(2)}&limit=1")
        one = simulator.market.symbol("ACME", at(11))
        assert one is not None
    # Then it began in its second
    assert one.halts == [(at(3), at(8))]


def test_a_halt_that_would_begin_after_its_fault_is_over_does_not() -> None:
    # Given halts that may begin for one second and a half
    fault = Fault("ws_halt", symbols=("ACME",), seconds=1, for_seconds=1.5, count=5)
    with simulator_by_hand(faults=[fault]) as (simulator, clock):
        wait_until(lambda: simulator.faults.armed()[0].left == 4)
        # When ten seconds have passed
        clock.move(1.2)
        wait_until(lambda: simulator.faults.armed()[0].left == 3)
        clock.move(10)
        fetch(simulator.base_url, f"/v3/trades/ACME?timestamp.gt={at(2)}&limit=1")
        # Then two have begun
        assert simulator.faults.armed()[0].left == 3
