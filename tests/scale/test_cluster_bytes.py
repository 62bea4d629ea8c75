"""The same bytes by one process, by several, and by a cluster, whatever befalls its workers."""

from __future__ import annotations

import gzip
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from support.many_days import FIXED, OWN_SCALE, write_days

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.recorded.sources import ReadOptions
from trading_bot.scale.address import ClusterAddress
from trading_bot.scale.agreement import sight_of
from trading_bot.scale.planning import plan_of
from trading_bot.scale.pools import ProcessPool, SerialExecutor
from trading_bot.scale.replaying import Asked, Outcome, Replaying

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

from trading_bot.scale.cluster import Cluster  # noqa: E402 - stands on the extra

pytestmark = pytest.mark.slow

BOTH = pytest.mark.parametrize("config", [FIXED, OWN_SCALE], ids=["fixed", "own_scale"])
Progress = Callable[[int, int], None]


@dataclass
class Found:
    """What came of a replay."""

    record: bytes
    outcome: Outcome
    listed: list[str]


def replayed(
    files: list[Path],
    folder: Path,
    config: OrderFlowConfig,
    *,
    open_pool: Callable[[], Any] = SerialExecutor,
    jobs: int = 1,
    progress: Progress = lambda _done, _all: None,
) -> Found:
    """Return the record, what was counted, and the units that are listed as whole."""
    asked = Asked(config, ReadOptions(), None, None, folder, jobs)
    plan = plan_of(files, "polygon", ReadOptions())
    run = Replaying(plan, asked, open_pool=open_pool, progress=progress)
    outcome = run.run()
    listed = [part.spec for found in run.parts.whole() for part in found.parts]
    return Found(b"".join(line for _, line in run.lines(outcome)), outcome, listed)


def by_cluster(
    address: str, files: list[Path], folder: Path, config: OrderFlowConfig, **options: Any
) -> Found:
    at = ClusterAddress(address)
    with Cluster(at, config, sight_of(files, folder)) as cluster:
        return replayed(files, folder, config, open_pool=cluster.open_pool, jobs=2, **options)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=False
    ) as found:
        yield found.scheduler_address


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three days of eight symbols, packed."""
    folder = tmp_path_factory.mktemp("days")
    found = []
    for path in write_days(folder):
        found.append(path.with_suffix(".csv.gz"))
        found[-1].write_bytes(gzip.compress(path.read_bytes(), 1))
    return found


@pytest.fixture(scope="module")
def by_one(days: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    """Return what one process finds, by thresholds."""
    folder = tmp_path_factory.mktemp("one")
    return {each.thresholds: replayed(days, folder, each) for each in (FIXED, OWN_SCALE)}


class Kept(Executor):
    """Two processes that go on when a driver is done with them: they take seconds to begin."""

    def __init__(self, pool: ProcessPool) -> None:
        self._pool = pool

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self._pool.submit(fn, *args, **kwargs)


@pytest.fixture(scope="module")
def processes() -> Iterator[Kept]:
    with ProcessPool(2) as pool:
        yield Kept(pool)


def counted(found: Found) -> tuple[Any, ...]:
    played, tally = found.outcome.played, found.outcome.tally
    return (played.account.to_json_dict(), played.rows, tally.alerts, tally.exits)


@BOTH
def test_one_process_two_and_a_cluster_of_two_find_the_same(
    config: OrderFlowConfig,
    address: str,
    days: list[Path],
    by_one: dict[str, Found],
    processes: Kept,
    tmp_path: Path,
) -> None:
    # Given three days of eight symbols, and what one process finds
    one = by_one[config.thresholds]
    # When two processes, and a cluster of two, replay them
    two = replayed(days, tmp_path / "two", config, open_pool=lambda: processes, jobs=2)
    cluster = by_cluster(address, days, tmp_path / "cluster", config)
    # Then nothing differs
    assert one.record
    assert one.record == two.record == cluster.record
    assert counted(one) == counted(two) == counted(cluster)
    assert len(cluster.listed) == len(set(cluster.listed)) == 3 * 32


@BOTH
def test_a_worker_that_is_killed_costs_nothing(
    config: OrderFlowConfig,
    address: str,
    days: list[Path],
    by_one: dict[str, Found],
    tmp_path: Path,
) -> None:
    # Given a cluster of which a worker is killed after the second result
    with distributed.Client(address) as client:
        victims = sorted(client.run(os.getpid).values())
    results = 0

    def kill(done: int, _all: int) -> None:
        nonlocal results
        results += bool(done)
        if results == 2 and victims:
            os.kill(victims.pop(), signal.SIGKILL)
            victims.clear()

    # When days are replayed
    found = by_cluster(address, days, tmp_path / "cluster", config, progress=kill)
    # Then nothing differs, and each unit is listed once
    assert not victims
    assert found.record == by_one[config.thresholds].record
    assert len(found.listed) == len(set(found.listed)) == 3 * 32


@BOTH
def test_a_damaged_file_is_named_and_the_other_days_are_the_same(
    config: OrderFlowConfig, address: str, days: list[Path], tmp_path: Path
) -> None:
    # Given a file that is damaged in its midst: its start can be read
    files = [*days]
    files[2] = tmp_path / "cut.csv.gz"
    raw = gzip.compress(gzip.decompress(days[2].read_bytes()), 0)
    files[2].write_bytes(raw[: len(raw) - 3_000])
    # When a cluster replays it among good ones, and so does one process
    found = by_cluster(address, files, tmp_path / "cluster", config)
    one = replayed(files, tmp_path / "one", config)
    # Then it is named once, and the rest is the same
    assert [str(files[2]) in each for each in found.outcome.failed] == [True]
    assert found.outcome.failed == one.outcome.failed
    assert found.record == one.record
    assert found.record


@BOTH
def test_a_driver_that_ends_goes_on_where_it_was(
    config: OrderFlowConfig,
    address: str,
    days: list[Path],
    by_one: dict[str, Found],
    tmp_path: Path,
) -> None:
    # Given a replay whose driver is ended at half
    def ended(done: int, every: int) -> None:
        if done >= every // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        by_cluster(address, days, tmp_path / "cluster", config, progress=ended)
    kept = changed_in(tmp_path.rglob("[0-9]*.jsonl"))
    listed = next(tmp_path.rglob("manifest.jsonl")).read_bytes()
    # When it is begun again
    found = by_cluster(address, days, tmp_path / "cluster", config)
    # Then what was listed is opened by nobody, and nothing differs
    finished = {path for path in kept if is_listed(path, listed)}
    assert finished
    assert changed_in(finished) == {path: kept[path] for path in finished}
    assert found.record == by_one[config.thresholds].record


def changed_in(paths: Iterable[Path]) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in paths}


def is_listed(path: Path, listed: bytes) -> bool:
    day, bucket = path.parent.name, path.stem
    marks = (f'"day":"{day}"'.encode(), f'"bucket":{bucket},'.encode())
    return any(all(mark in line for mark in marks) for line in listed.splitlines())


def test_a_cluster_is_reached_by_certificates(days: list[Path], tmp_path: Path) -> None:
    # Given a cluster that speaks TLS alone, with certificates of an authority of its own
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    ca, cert, key = (tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem"))
    authority.cert_pem.write_to_path(str(ca))
    issued.cert_chain_pems[0].write_to_path(str(cert))
    issued.private_key_pem.write_to_path(str(key))
    names: dict[str, str] = {"tls_ca_file": str(ca)}
    for role in ("client", "scheduler", "worker"):
        names |= {f"tls_{role}_cert": str(cert), f"tls_{role}_key": str(key)}
    security = distributed.Security(require_encryption=True, **names)
    with distributed.LocalCluster(
        n_workers=1,
        processes=False,
        protocol="tls://",
        security=security,
        dashboard_address="127.0.0.1:0",
    ) as secured:
        # When it is met with them
        at = ClusterAddress(secured.scheduler_address, ca, cert, key)
        with Cluster(at, FIXED, sight_of(days)) as cluster:
            # Then it works
            assert at.address.startswith("tls://")
            assert cluster.open_pool().submit(abs, -3).result(10) == 3
