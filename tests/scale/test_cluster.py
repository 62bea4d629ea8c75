"""A cluster behind an executor, with workers on threads of this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.lobster_files import lobster_files
from support.many_days import write_days

from trading_bot.commands.recorded.calibrate import CalibrateOptions, calibrate_thresholds
from trading_bot.commands.recorded.replay import replay_data
from trading_bot.commands.recorded.sides import measure_sides
from trading_bot.commands.score import ScoreOptions, score_data
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.replay.run_replay import ReplayOptions
from trading_bot.research.calibration.fit import Target
from trading_bot.scale import agreement
from trading_bot.scale.address import ClusterAddress
from trading_bot.scale.agreement import Sight, sight_of
from trading_bot.scale.driver import IN_FLIGHT, number_of
from trading_bot.scale.specs import Input
from trading_bot.scale.workers import workers_for

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

from distributed.comm import CommClosedError  # noqa: E402 - stands on the extra

from trading_bot.scale.cluster import Cluster, ClusterError  # noqa: E402 - stands on the extra

CONFIG = OrderFlowConfig(thresholds="fixed")
NOTHING = Sight(())


def tripled(number: int, *, more: int = 0) -> int:
    return 3 * number + more


def failing(_: int) -> int:
    raise ZeroDivisionError("as a task may")


def missing(_: int) -> int:
    raise FileNotFoundError(2, "No such file", "/gone/t.csv")


@pytest.fixture(scope="module")
def address() -> Iterator[ClusterAddress]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
    ) as found:
        yield ClusterAddress(found.scheduler_address)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> ReplayOptions:
    folder = tmp_path_factory.mktemp("data")
    paths = write_days(folder / "days", days=(0, 1), symbols=("ACME", "BOLT"))
    settings = folder / "settings.json"
    settings.write_text('{"thresholds": "fixed"}')
    return ReplayOptions(tuple(paths), settings, folder / ".env", as_json=True)


@pytest.fixture
def met(address: ClusterAddress) -> Iterator[Cluster]:
    with Cluster(address, CONFIG, NOTHING) as found:
        yield found


def test_an_executor_works_tasks_off(met: Cluster) -> None:
    # Given a cluster
    with met.open_pool() as pool:
        # When it is given tasks
        found = [pool.submit(tripled, number, more=1) for number in range(3)]
        # Then their results come back
        assert [each.result(10) for each in found] == [1, 4, 7]


def test_the_same_task_is_worked_off_as_often_as_it_is_given(met: Cluster) -> None:
    # Given a task that was given before
    pool = met.open_pool()
    seen: set[Any] = set()
    # When it is given again
    for _ in range(2):
        pool.submit(tripled, 1).result(10)
        seen |= {len(pool._flying)}
    # Then nothing of the first is kept for it
    assert seen == {0}


def test_workers_are_counted_as_they_are_now(met: Cluster) -> None:
    # Given two workers
    # When they are counted
    # Then so many tasks of each are on their way
    assert met.count() == 2
    assert number_of(met.open_pool(), 99) * IN_FLIGHT == 8


def test_an_error_of_a_task_is_its_result(met: Cluster) -> None:
    # Given a task that fails
    # When its result is asked for
    # Then its own error is raised
    with pytest.raises(ZeroDivisionError, match="as a task may"):
        met.open_pool().submit(failing, 1).result(10)


def test_a_worker_that_joined_with_other_code_is_named(met: Cluster) -> None:
    # Given a cluster that was met, and a worker that does not agree any more
    pool = met.open_pool()
    pool._wanted = msgspec.structs.replace(pool._wanted, code="9.9/1")
    # When it is given a task
    # Then it refuses it, and that is no lost worker
    said = r"--cluster inproc://\S+: a worker on .* runs trading-bot .*, not 9\.9/1"
    with pytest.raises(ClusterError, match=said):
        pool.submit(tripled, 1).result(10)


def test_a_worker_that_cannot_see_a_file_is_named(met: Cluster) -> None:
    # Given a task on a file that only some can see
    # When a worker is given it
    # Then the file is named
    with pytest.raises(ClusterError, match=r"a worker on .* cannot see /gone/t\.csv"):
        met.open_pool().submit(missing, 1).result(10)


def test_workers_that_take_a_task_with_them_are_lost(met: Cluster) -> None:
    # Given a task whose workers end one after the other
    pool = met.open_pool()

    class Ends:
        def add_done_callback(self, call: Any) -> None:
            call(self)

        def result(self) -> Any:
            state = distributed.scheduler.WorkerState(
                address="tcp://w:1", status=distributed.Status.running, pid=1, name="w",
                nthreads=1, memory_limit=1, local_directory="", nanny="", server_id="",
            )  # fmt: skip
            raise distributed.KilledWorker("task", state, 3)

    pool._client = type("Lost", (), {"submit": lambda *_, **__: Ends()})()
    # When its result is asked for
    # Then the workers are lost, in the words of an executor
    with pytest.raises(BrokenExecutor, match="task"):
        pool.submit(tripled, 1).result(10)


def test_what_is_called_back_comes_to_nothing(met: Cluster) -> None:
    # Given tasks that nobody has begun
    pool = met.open_pool()
    found = [pool.submit(tripled, number) for number in range(40)]
    # When they are called back
    pool.kill()
    # Then each is done, or was lost, and none is waited for
    assert all(each.exception(10) is None or broken(each.exception(10)) for each in found)
    assert not pool._flying


def broken(error: BaseException | None) -> bool:
    return isinstance(error, BrokenExecutor)


def test_a_lost_connection_is_made_anew(met: Cluster) -> None:
    # Given a connection that was lost
    met._client.close()
    pool = met.open_pool()
    # When workers are asked for
    # Then they are met again
    assert pool.submit(tripled, 2).result(10) == 6


def test_workers_of_a_lost_connection_are_lost(met: Cluster) -> None:
    # Given a connection that is lost while tasks are given
    pool = met.open_pool()
    met._client.close()
    # When the next is given, or workers are counted
    # Then they are lost, and ended without a word
    with pytest.raises(BrokenExecutor):
        pool.submit(tripled, 1)
    with pytest.raises(BrokenExecutor):
        pool.count()
    pool.kill()


def test_a_cluster_that_is_gone_says_what_is_kept(address: ClusterAddress) -> None:
    # Given a connection that is lost, to a cluster that answers no more
    with Cluster(address, CONFIG, NOTHING, timeout_seconds=0.1) as found:
        found._client.close()
        found._at = ClusterAddress("tcp://127.0.0.1:1")
        # When workers are asked for
        # Then it is said, and that nothing is lost
        with pytest.raises(ClusterError, match=r"Timed out .*; what is finished is kept"):
            found.open_pool()


def test_a_cluster_without_a_worker_says_so() -> None:
    # Given a scheduler alone
    with distributed.LocalCluster(
        n_workers=0, processes=False, dashboard_address="127.0.0.1:0"
    ) as empty:
        # When it is met
        # Then it is said
        at = ClusterAddress(empty.scheduler_address)
        with pytest.raises(ClusterError, match="it has no worker; `dask worker` starts one"):
            Cluster(at, CONFIG, NOTHING, timeout_seconds=0.05)


def test_a_worker_that_cannot_see_the_input_is_refused(
    address: ClusterAddress, tmp_path: Path
) -> None:
    # Given a file that is gone when workers look for it
    file = tmp_path / "t.csv"
    file.touch()
    sight = sight_of([file])
    file.unlink()
    # When the cluster is met
    # Then a worker is named, how many are like it, and the file
    said = rf"--cluster \S+: worker inproc://\S+ cannot see {file}: No such .* \(2 are like that\)"
    with pytest.raises(ClusterError, match=said):
        Cluster(address, CONFIG, sight)


def test_a_scheduler_of_other_code_is_refused(
    address: ClusterAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a scheduler that cannot read what it is to pass on
    def without(_client: Any, _function: Any, _wanted: Any) -> None:
        raise ModuleNotFoundError("No module named 'trading_bot.scale'")

    monkeypatch.setattr(distributed.Client, "run_on_scheduler", without)
    # When the cluster is met
    # Then that is said
    said = r"the scheduler has another trading-bot, or none: No module named"
    with pytest.raises(ClusterError, match=said):
        Cluster(address, CONFIG, NOTHING)


def test_a_worker_that_is_gone_while_it_is_asked_has_no_say(
    address: ClusterAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a worker that is lost as the cluster is met
    def lost(_client: Any, _ask: Any, *, on_error: str) -> dict[str, object]:
        return {"tcp://gone:1": CommClosedError("in its midst"), "tcp://here:1": None}

    monkeypatch.setattr(distributed.Client, "run", lost)
    # When it is met
    # Then the others work
    with Cluster(address, CONFIG, NOTHING) as found:
        assert found.count() == 2


def test_the_folder_of_parts_is_looked_for_and_left_as_it_was(
    address: ClusterAddress, tmp_path: Path
) -> None:
    # Given a folder of parts that is not there yet
    parts = tmp_path / "out"
    # When the cluster is met
    with Cluster(address, CONFIG, Sight((), str(parts))):
        # Then it is made, and holds nothing
        assert [*parts.iterdir()] == []


def test_certificates_are_used_on_a_secured_port_alone(tmp_path: Path) -> None:
    # Given an address without TLS, and certificates
    files = [tmp_path / name for name in ("ca", "cert", "key")]
    at = ClusterAddress("tcp://127.0.0.1:1", *files)
    # When it is to be met
    # Then nothing is said in the clear
    with pytest.raises(ClusterError, match="--cluster tcp://127"):
        Cluster(at, CONFIG, NOTHING, timeout_seconds=0.05)


def test_a_secured_port_needs_certificates() -> None:
    # Given an address with TLS, and no certificates
    # When it is to be met
    # Then it is said how to name them
    with pytest.raises(ClusterError, match=r"by which certificates.*--cluster-tls-ca"):
        Cluster(ClusterAddress("tls://127.0.0.1:1"), CONFIG, NOTHING)


def test_commands_are_given_a_clusters_workers(address: ClusterAddress, tmp_path: Path) -> None:
    # Given a cluster, files, and memories
    file, profile = tmp_path / "t.csv", tmp_path / "profile"
    profile.mkdir()
    for path in (file, profile / "ACME.json"):
        path.write_text("x")
    # When a command asks who shares its work
    with workers_for(None, address, files=[file], config=CONFIG, profile=profile) as workers:
        # Then it is all workers
        assert workers.jobs == 2
        assert workers.open_pool(1).submit(tripled, 5).result(10) == 15


def test_memories_must_be_seen_too(
    address: ClusterAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given memories that workers do not find
    (tmp_path / "ACME.json").write_text("x")
    monkeypatch.setattr(agreement, "input_of", replaced)
    # When a command asks who shares its work
    # Then the file is named
    asked = workers_for(None, address, files=[], config=CONFIG, profile=tmp_path)
    with pytest.raises(ClusterError, match=r"cannot see .*ACME\.json\.gone"), asked:
        pass


def replaced(path: Path) -> Any:
    return Input(f"{path}.gone", 1, 0)


@pytest.mark.parametrize(
    "command", ["replay", pytest.param("score", marks=pytest.mark.slow), "calibrate", "sides"]
)
def test_a_command_says_the_same_by_a_cluster(
    command: str,
    address: ClusterAddress,
    data: ReplayOptions,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Given a command
    lobster = replace(data, paths=(lobster_files(tmp_path),))

    def run(at: ClusterAddress | None) -> object:
        jobs = None if at else 1
        out = tmp_path / f"by{jobs}"
        match command:
            case "replay":
                status = replay_data(replace(data, out=out), jobs, at)
            case "score":
                status = score_data(ScoreOptions(data, jobs=jobs, cluster=at))
            case "calibrate":
                asked = CalibrateOptions(data, out, Target(5, 15), jobs, at)
                status = calibrate_thresholds(asked)
            case _:
                status = measure_sides(
                    lobster, rule="full", jitter=None, seed=5, clock_window_ms=None, defer_ms=0,
                    jobs=jobs, cluster=at,
                )  # fmt: skip
        said = json.loads(capsys.readouterr().out)
        for measured in ("events_per_second", "seconds", "rows_per_second"):
            said.pop(measured, None)
        return status, said, [each.read_bytes() for each in sorted(out.glob("*.jsonl"))]

    # When one process and a cluster run it
    # Then they say the same, and write the same
    assert run(None) == run(address)
