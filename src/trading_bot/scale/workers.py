"""Who shares the work: processes of this machine, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from trading_bot.order_flow.capture.writer import plain_settings
from trading_bot.order_flow.config import OrderFlowConfig, ResolvedConfig
from trading_bot.recorded.recognise import Format
from trading_bot.scale.address import ClusterAddress
from trading_bot.scale.planning import DIVIDED
from trading_bot.scale.pools import jobs_for, pool_of

OpenPool = Callable[[int], Executor]
"""Returns who works off tasks, by how many jobs there are."""


class Workers(NamedTuple):
    """Who shares the work.

    Attributes:
        jobs: How many they are at the start.
        open_pool: Returns them.
    """

    jobs: int
    open_pool: OpenPool


@contextmanager
def workers_for(
    jobs: int | None,
    cluster: ClusterAddress | None,
    *,
    files: Sequence[Path],
    config: OrderFlowConfig,
    folder: Path | None = None,
    profile: Path | None = None,
) -> Iterator[Workers]:
    """Yield who is to share the work on some files.

    Args:
        jobs: How many processes the user asked for; None leaves it to the size of the files.
        cluster: Where others work; None for this machine alone.
        files: To read.
        config: Settings that they are judged by.
        folder: Where parts are written; None where results travel.
        profile: Folder of the memories that symbols begin with; None for none.

    Raises:
        OSError: A file is not there.
        ValueError: The cluster cannot be reached, or not be worked with.
    """
    if cluster is None:
        yield Workers(jobs_for(jobs, sum(each.stat().st_size for each in files)), pool_of)
        return
    # Only here: Dask is an extra, and half a second.
    from trading_bot.scale.agreement import sight_of  # noqa: PLC0415 - see above
    from trading_bot.scale.cluster import Cluster  # noqa: PLC0415 - see above

    profiles = [] if profile is None else sorted(profile.glob("*.json"))
    with Cluster(cluster, config, sight_of([*files, *profiles], folder)) as found:
        # Also one worker alone has its share and no more: others may join.
        yield Workers(max(2, found.count()), found.open_pool)


def without_secrets(resolved: ResolvedConfig) -> ResolvedConfig:
    """Return settings as they may go to other processes: what judges is all there, no key is."""
    return replace(resolved, config=OrderFlowConfig(**plain_settings(resolved.config)))


def refuse_undivided(kind: Format, cluster: ClusterAddress | None) -> None:
    """Refuse a cluster for files that one process plays.

    Raises:
        ValueError: They are that.
    """
    if cluster is not None and kind not in DIVIDED:
        raise ValueError(
            f"--cluster {cluster.address}: files of {kind} are played by one process; leave it out"
        )
