"""Two feeds of one market over real sockets: faults of each are found, and cost their channel."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.paired_bench import PairedBench, on_paired_bench

from trading_bot.order_flow.data_models import OrderFlowAlert
from trading_bot.order_flow.notices import FeedEvent, MonitorEvent, WallNotice
from trading_bot.recorded.recordings import Recordings
from trading_bot.recorded.sources import ReadOptions
from trading_bot.replay.capture_player import CapturePlayer
from trading_bot.simulator.faults.faults import Fault

pytestmark = pytest.mark.slow  # minutes of two markets over sockets

FOUND_WITHIN = 40


async def see_both(bench: PairedBench) -> None:
    """Wait until both feeds are seen, and for a whole span of comparing."""
    await bench.run_until(bench.sees_both, 60)
    await bench.run(40)


def test_prints_and_quotes_of_one_feed_have_the_depth_of_the_other() -> None:
    async def scenario(bench: PairedBench) -> None:
        # Given two feeds of one market
        await see_both(bench)
        # When a position is looked at
        leaving = bench.monitor.leaving("ACME")
        # Then the best bid is the tape's, with the venue's levels behind it
        judge = bench.monitor.judge.judges["ACME"]
        assert leaving is not None
        assert (leaving.depth_kind, leaving.unknown) == ("levels", "")
        assert leaving.levels > 1
        prices = [price for price, _ in judge.displayed_bids]
        assert prices == sorted(set(prices), reverse=True)
        assert prices[0] == judge.bid_ticks
        # And each print was judged once, and nothing is told
        assert bench.told == [] or not bench.of_kind("feeds_disagree", "depth_lost")
        assert bench.paired.counts["depth_connections"] == 1
        health = bench.monitor.health_check(ask=False)["symbols"]["ACME"]
        assert health["depth"]["state"] == "visible"
        assert health["feeds_disagree"] is None

    on_paired_bench(scenario)


@pytest.mark.parametrize(
    ("fault", "code", "stale"),
    [
        (Fault("gw_delay"), "late", "databento"),
        (Fault("ws_delay", seconds=10), "late", "polygon"),
        (Fault("gw_lose", channel="T", share=0.3), "missing", "databento"),
        (Fault("ws_mute", channel="T", share=0.3), "missing", "polygon"),
        (Fault("gw_split"), "split", None),
        (Fault("gw_lots"), "shares", None),
        (Fault("field_shifted", field="p", channel="T", paths=("stream",)), "price", None),
    ],
    ids=["lag", "tape_lag", "loss", "tape_loss", "split", "lots", "price_unit"],
)
def test_a_fault_of_either_feed_is_found_within_forty_seconds(
    fault: Fault, code: str, stale: str | None
) -> None:
    async def scenario(bench: PairedBench) -> None:
        # Given two feeds that agree
        await see_both(bench)
        assert bench.depth().disagreement is None
        # When something goes wrong with one of them
        bench.faults.add(fault)
        took = await bench.run_until(
            lambda: bench.of_kind("feeds_disagree"), FOUND_WITHIN, whole=False
        )
        # Then it is told in time, and which looks stale
        [event] = bench.of_kind("feeds_disagree")
        assert took <= FOUND_WITHIN
        assert (event.code, event.stale) == (code, stale)
        assert event.position_open
        # And depth is not believed, unless it is the tape that looks stale
        found = bench.depth()
        assert bool(found.lost) is (stale != "polygon")
        said = bench.monitor.visibility("ACME").reason
        assert f"feeds_disagree: {event.reason}" in said
        assert ("depth blind since" in said) is bool(found.lost)

    on_paired_bench(scenario)


def test_the_loss_of_the_second_feed_costs_its_depth_only() -> None:
    async def scenario(bench: PairedBench) -> None:
        # Given two feeds
        await see_both(bench)
        judged, compared = bench.judged(), bench.monitor.compared_seconds_ago("ACME")
        # When the gateway ends the session, and lets nobody in
        number = bench.faults.add(Fault("gw_hang_up"))
        bench.faults.add(Fault("gw_close", count=1))
        await bench.run(20, whole=False)
        # Then prints and quotes are judged on, and are visible; depth is blind since then
        assert bench.judged() > judged
        assert compared is not None
        assert bench.state() == ("visible", "")
        assert bench.depth().lost
        assert "depth blind since" in bench.monitor.visibility("ACME").reason
        leaving = bench.monitor.leaving("ACME")
        assert leaving is not None
        assert leaving.depth_kind == "top_of_book"
        assert [each.kind for each in bench.of_kind("depth_lost", "depth_back")] == ["depth_lost"]
        assert bench.monitor.judge.judges["ACME"].lacks_depth
        # And when it is back, then depth is seen again
        bench.faults.remove(number)
        await bench.run_until(bench.sees_both, 60, whole=False)
        await bench.run(2)
        kinds = [each.kind for each in bench.of_kind("depth_lost", "depth_back")]
        assert kinds == ["depth_lost", "depth_back"]
        assert not bench.of_kind("degraded", "blind", "feeds_disagree")

    on_paired_bench(scenario)


def test_the_loss_of_the_first_feed_costs_no_depth() -> None:
    async def scenario(bench: PairedBench) -> None:
        # Given two feeds
        await see_both(bench)
        judge = bench.monitor.judge.judges["ACME"]
        # When the stream of prints and quotes ends, and lets nobody in
        bench.faults.add(Fault("ws_close", count=1))
        bench.faults.add(Fault("drop_connection", paths=("stream",)))
        before = bench.driver.ingest.symbols["ACME"].depth_at
        await bench.run(15, whole=False)
        # Then that is degraded, and depth is judged on
        assert bench.state()[0] == "degraded"
        assert bench.depth().lost == ""
        assert bench.driver.ingest.symbols["ACME"].depth_at > before
        assert judge.depth_kind == "levels"
        assert not bench.of_kind("depth_lost")

    on_paired_bench(scenario)


def test_a_refused_key_of_the_second_feed_is_said_and_ends_nothing() -> None:
    said: list[tuple[str, str]] = []

    async def scenario(bench: PairedBench) -> None:
        # Given a second feed that does not know the key
        publisher = bench.monitor.judge.publisher
        publisher.add_listener(
            lambda event: said.append((getattr(event, "kind", ""), getattr(event, "reason", "")))
        )
        # When both run
        await bench.run_until(lambda: bench.paired._channel.refused, 400, whole=False)
        await bench.run(20, whole=False)
        # Then prints and quotes are seen, and there is no depth
        assert bench.state() == ("visible", "")
        assert bench.depth().lost == bench.paired._channel.refused == "wrong_key"

    on_paired_bench(scenario, key="db-" + "x" * 29)
    # And it is said once, by name
    [words] = [reason for kind, reason in said if kind == "connection" and "depth" in reason]
    assert words.startswith("databento: ")
    assert "until the next start" in words


def test_a_paired_session_replays_to_the_same_alerts(tmp_path: Path) -> None:
    # Given a capture of two feeds, with a loss of depth on the way
    async def scenario(bench: PairedBench) -> None:
        await see_both(bench)
        bench.faults.add(Fault("gw_close", count=1))
        await bench.run(60, whole=False)

    bench = on_paired_bench(scenario, "ACME", "CLIF", record_to=tmp_path)
    # When it is replayed
    player = CapturePlayer(Recordings(sorted(tmp_path.iterdir())), ReadOptions(), None)
    again: list[MonitorEvent] = []
    player.add_listener(again.append)
    rows = [row for batch in player.batches() for row in batch]
    # Then the same alerts and large levels are found, and the same is said of depth
    found = [each for each in bench.told if isinstance(each, OrderFlowAlert | WallNotice)]
    assert any(isinstance(each, WallNotice) for each in found)
    assert {"placed", "unseen"} <= {getattr(each, "event", "") for each in found}
    assert [each for each in again if isinstance(each, OrderFlowAlert | WallNotice)] == found
    said = [each for each in again if isinstance(each, FeedEvent)]
    assert [each for each in said if each.kind.startswith("depth")] == bench.of_kind(
        "depth_lost", "depth_back"
    )
    # And levels beside quotes are no quotes
    account = player.source.account
    assert account.quotes.read + account.trades.read == len(rows)
