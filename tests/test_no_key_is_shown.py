"""A provider that repeats the key in every field: afterwards it is found in no output."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.echo_provider import KEY, SYMBOL, EchoProvider, forms_of

from trading_bot.order_flow import DataSourceError, GuardEvent, OrderFlowConfig, OrderFlowGuard

pytestmark = pytest.mark.slow  # starts processes

RUN = 8
POSITIONS = {SYMBOL: {"shares": 10, "entry_price": "101.00"}}


def shown_runs(text: str) -> set[str]:
    """Return what eight characters in a row of the key, in any form, a text shows."""
    runs = {
        form[start : start + RUN]
        # The ends of base64 are others' bits, and no part of the key.
        for form in (KEY, *(form[3:-4] for form in forms_of(KEY)[1:]))
        for start in range(len(form) - RUN + 1)
    }
    return {run for run in runs if run in text}


def files_below(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            plain = gzip.decompress(data) if path.suffix == ".gz" else data
            yield path.name, plain.decode(errors="replace")


MONITOR = ["monitor", "--duration", "3", "--record", "market", "--log-dir", "record"]


@pytest.mark.parametrize(
    ("command", "lets_in", "at_least"),
    [
        # One question, and no watch where it is refused.
        (MONITOR, False, 1),
        (MONITOR, True, 4),
        ([*MONITOR, "--everything"], True, 4),
        (["health", "--timeout", "3"], False, 4),
        (["health", "--timeout", "3"], True, 4),
    ],
    ids=["monitor, refused", "monitor", "everything", "health, refused", "health"],
)
def test_a_key_that_is_repeated_is_in_no_output(
    command: list[str], lets_in: bool, at_least: int, tmp_path: Path
) -> None:
    # Given a provider that repeats the key, and a position
    held = {"positions": [{"symbol": SYMBOL, "quantity": 10, "average_price": "101.00"}]}
    positions = tmp_path / "positions.json"
    positions.write_text(json.dumps(held), encoding="utf-8")
    environ = {name: text for name, text in os.environ.items() if "KEY" not in name}
    with EchoProvider(lets_in=lets_in) as provider:
        # When it is watched
        where = ["--base-url", provider.base_url, "--positions", str(positions)]
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "trading_bot", *command, *where],
            cwd=tmp_path,
            env=environ | {"MASSIVE_API_KEY": KEY, "TRADING_BOT_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    outputs = [("stdout", done.stdout), ("stderr", done.stderr), *files_below(tmp_path)]
    # Then it was asked, something was written, and the key is in none of it
    assert len(provider.asked) >= at_least
    assert len(outputs) >= 3
    assert "Traceback" not in done.stderr
    assert {name: runs for name, text in outputs if (runs := shown_runs(text))} == {}


@pytest.mark.parametrize("lets_in", [False, True], ids=["refused", "let in"])
def test_a_host_is_told_no_key(
    lets_in: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a host's bot, and a provider that repeats the key
    told: list[str] = []

    def listen(event: GuardEvent) -> None:
        told.extend((repr(event), str(event)))

    with EchoProvider(lets_in=lets_in) as provider:
        config = OrderFlowConfig(
            thresholds="fixed", polygon_api_key=KEY, base_url=provider.base_url
        )
        config = replace(config, requests_per_second=90.0, poll_interval_seconds=0.2)
        guard = OrderFlowGuard(config, POSITIONS, log_directory=tmp_path)
        guard.add_listener(listen)
        # When it runs for a while
        try:
            guard.start()
            threading.Event().wait(2)
        except DataSourceError as error:
            told += [str(error), repr(error), repr(error.args)]
        told += [repr(guard.view(SYMBOL)), json.dumps(guard.monitor.health_check(), default=str)]
        guard.stop()
        told += [
            repr(guard.error),
            repr(guard),
            repr(config),
            *(text for _, text in files_below(tmp_path)),
        ]
    # Then nothing that the host is told, or that is logged, shows the key
    told += [str(vars(record)) for record in caplog.records]
    assert len(told) > 3
    assert shown_runs("\n".join(told)) == set()
