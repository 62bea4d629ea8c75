"""The golden cases: what is run, and the lines that come of it.

Only what will stay is used: the command `replay`, and of the guard what a host uses, so that files
may move without an edit here.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from trading_bot.order_flow import OrderFlowAlert, OrderFlowConfig, OrderFlowMonitor
from trading_bot.order_flow.polygon_client import PolygonClient
from trading_bot.positions import FilePositionManager

from .make_inputs import INPUTS, LIVE_END_NS, LIVE_STREAM_FROM_NS, LIVE_SYMBOLS, SECOND
from .provider import KEY, Provider, lines_of, serving

EXPECTED = Path(__file__).parent / "expected"
SUMS = EXPECTED / "SHA256SUMS"
OWN_SCALE = INPUTS / "own_scale.json"

LAST_FOUND = frozenset({("ACME", 30_000), ("BOLT", 77_700)})
"""Shares of each symbol's last seller of the live tape."""
POLL_STEP_NS = 30 * SECOND
LONGEST_SECONDS = 120.0
_MEASURED = re.compile(rb',"(?:delay_seconds|late|latency_ms|logged_at)":(?:"[^"\n]*"|[^",}\n]+)')
_BOOKKEEPING = re.compile(rb'.*"event":"order_flow\.(?:position_seen|position_gone|told)".*\n')
"""Lines that a later start reads: they are not about what was judged."""
_FRAME_STAMP = re.compile(rb'("event":"order_flow\.monitoring_\w+"),"timestamp":"[^"]*"')
_KEPT_VARIABLES = ("PATH", "PYTHONPATH", "SYSTEMROOT", "TEMP", "TMP")


def replayed(folder: Path, *arguments: str | Path) -> bytes:
    """Replay recorded data by the command; return its record, byte for byte."""
    out = folder / "record"
    command = [sys.executable, "-m", "trading_bot", "replay", *arguments, "--out", out, "--json"]
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # Settings of the machine must not reach it.
    environment["TRADING_BOT_HOME"] = str(folder)
    subprocess.run(command, env=environment, check=True, capture_output=True, cwd=folder)  # noqa: S603 - ourselves
    return b"".join(path.read_bytes() for path in sorted(out.glob("*.jsonl")))


def flat(folder: Path) -> bytes:
    return replayed(folder, INPUTS / "flat", "--config", INPUTS / "settings.json")


def flat_with_positions(folder: Path) -> bytes:
    positions = ("--positions", INPUTS / "positions.json")
    return replayed(folder, INPUTS / "flat", "--config", INPUTS / "settings.json", *positions)


def lobster(folder: Path) -> bytes:
    return replayed(folder, INPUTS / "lobster", "--config", INPUTS / "settings.json")


def recording(folder: Path) -> bytes:
    # No --config: a recording is judged by the settings that it was made with.
    return replayed(folder, INPUTS / "recording")


def sight(folder: Path) -> bytes:
    return replayed(folder, INPUTS / "sight")


def own_scale_flat(folder: Path) -> bytes:
    return replayed(folder, INPUTS / "flat", "--config", OWN_SCALE)


def own_scale_lobster(folder: Path) -> bytes:
    return replayed(folder, INPUTS / "lobster", "--config", OWN_SCALE)


def own_scale_recording(folder: Path) -> bytes:
    return replayed(folder, INPUTS / "recording", "--config", OWN_SCALE)


def own_scale_profile(folder: Path) -> bytes:
    """Replay beside positions, from the memories that a day before has left."""
    profile = folder / "profile"
    profile.mkdir()
    for path in (INPUTS / "profile").glob("*.json.gz"):
        (profile / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    options = ("--positions", INPUTS / "positions.json", "--profile", profile)
    return replayed(folder, INPUTS / "flat", "--config", OWN_SCALE, *options)


def streamed(folder: Path) -> bytes:
    """Stream the live tape: a history by REST, then messages; return the journal."""
    return asyncio.run(_streamed(folder))


def polled(folder: Path) -> bytes:
    """Poll the live tape, which goes on by half a minute from answer to answer."""
    return asyncio.run(_polled(folder))


CASES: Mapping[str, Callable[[Path], bytes]] = {
    "flat": flat,
    "flat_with_positions": flat_with_positions,
    "lobster": lobster,
    "recording": recording,
    "sight": sight,
    "own_scale_flat": own_scale_flat,
    "own_scale_lobster": own_scale_lobster,
    "own_scale_recording": own_scale_recording,
    "own_scale_profile": own_scale_profile,
    "streamed": streamed,
    "polled": polled,
}


async def _streamed(folder: Path) -> bytes:
    # The first question sees the history only, as before the stream began; later ones everything.
    async with serving(_provider(LIVE_STREAM_FROM_NS - 1, LIVE_END_NS)) as provider:
        monitor = _monitor(provider, folder, ticking=False)
        over = asyncio.Event()
        found = set()

        def hear(event: object) -> None:
            if isinstance(event, OrderFlowAlert):
                found.add((event.symbol, event.order_size))
                if found >= LAST_FOUND:
                    over.set()

        monitor.judge.publisher.add_listener(hear)
        running = asyncio.create_task(monitor.run_async())
        async with asyncio.timeout(LONGEST_SECONDS):
            # Once the history is judged there is a price.
            while any(monitor.price(symbol) is None for symbol in LIVE_SYMBOLS):
                await asyncio.wait([running], timeout=0.005)
            provider.send.set()
            await over.wait()
        monitor.stop()
        await running
    return _journal(folder)


async def _polled(folder: Path) -> bytes:
    steps = (*range(LIVE_STREAM_FROM_NS, LIVE_END_NS, POLL_STEP_NS), LIVE_END_NS)
    async with serving(_provider(*steps)) as provider:
        monitor = _monitor(provider, folder, ticking=True)
        running = asyncio.create_task(asyncio.to_thread(monitor.run, mode="poll"))
        async with asyncio.timeout(LONGEST_SECONDS):
            # A symbol is asked for again only when its answer before has been judged.
            while any(provider.asked[symbol] <= len(steps) for symbol in LIVE_SYMBOLS):
                provider.changed.clear()
                await provider.changed.wait()
        monitor.stop()
        await running
    return _journal(folder)


def _provider(*releases: int) -> Provider:
    live = INPUTS / "live"
    rows, messages = lines_of(live / "rest.jsonl.gz"), lines_of(live / "stream.jsonl.gz")
    return Provider(rows, messages, releases, quoted_ns=LIVE_END_NS)


def _monitor(provider: Provider, folder: Path, *, ticking: bool) -> OrderFlowMonitor:
    """Make the guard; its clock stands at the tape's end, and a poll may move it by an instant.

    What is found depends on the tape only then, and not on how quick this machine is. No feed can
    go within so short a time: the limits are far.
    """
    end = datetime.fromtimestamp(LIVE_END_NS // SECOND, UTC)

    def clock() -> datetime:
        # Polls are due by this clock.
        return end + timedelta(seconds=provider.moments * 0.1 if ticking else 0)

    config = OrderFlowConfig(
        thresholds="fixed",
        polygon_api_key=KEY,
        base_url=provider.base_url,
        large_order_size_threshold=10_000,
        volume_spike_threshold=3.0,
        red_burst_threshold=4.0,
        alert_window_seconds=120,
        poll_interval_seconds=0.1,
        requests_per_second=99.0,
        freshness_warn_seconds=300.0,
        freshness_limit_seconds=600.0,
        blind_after_seconds=600.0,
    )
    return OrderFlowMonitor(
        config,
        # A busy machine may take its time: nothing is asked again for that.
        client=PolygonClient(
            config, clock=clock, connect_timeout=LONGEST_SECONDS, read_timeout=LONGEST_SECONDS
        ),
        position_manager=FilePositionManager(INPUTS / "live" / "positions.json"),
        log_directory=folder / "journal",
        clock=clock,
    )


def _journal(folder: Path) -> bytes:
    """Return a live journal's lines in order, without what the clock and the machine decide."""
    text = b"".join(path.read_bytes() for path in (folder / "journal").glob("*.jsonl"))
    text = _FRAME_STAMP.sub(rb"\1", _MEASURED.sub(b"", _BOOKKEEPING.sub(b"", text)))
    return b"".join(sorted(text.splitlines(keepends=True)))
