"""The options that say in which cluster a command's work is done."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from trading_bot.cli import kinds
from trading_bot.scale.address import ClusterAddress

_ADDRESS: Final = re.compile(r"(?P<by>tcp|tls)://\S+:\d+")
_OPTIONS = (
    click.option(
        "--cluster",
        "address",
        metavar="ADDRESS",
        help="Share the work in a cluster of Dask, such as tcp://host:8786, in place of --jobs; "
        "docs/scale.md.",
    ),
    click.option(
        "--cluster-tls-ca",
        type=Path,
        callback=kinds.there,
        help="Authorities of a tls:// cluster; else by Dask's own settings.",
    ),
    click.option(
        "--cluster-tls-cert",
        type=Path,
        callback=kinds.there,
        help="Certificate of this side.",
    ),
    click.option(
        "--cluster-tls-key", type=Path, callback=kinds.there, help="Key of that certificate."
    ),
)


def cluster(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a cluster; it takes one `cluster` beside its `jobs`."""

    @wraps(command)
    def with_cluster(
        *,
        address: str | None,
        cluster_tls_ca: Path | None,
        cluster_tls_cert: Path | None,
        cluster_tls_key: Path | None,
        **rest: Any,
    ) -> None:
        tls = (cluster_tls_ca, cluster_tls_cert, cluster_tls_key)
        command(cluster=_asked(address, tls, rest["jobs"]), **rest)

    found: Callable[..., None] = with_cluster
    for option in reversed(_OPTIONS):
        found = option(found)
    return found


def _asked(
    address: str | None, tls: tuple[Path | None, Path | None, Path | None], jobs: int | None
) -> ClusterAddress | None:
    if address is None:
        if any(tls):
            raise click.UsageError("--cluster-tls-ca, -cert and -key go with --cluster")
        return None
    fits = _ADDRESS.fullmatch(address)
    if fits is None:
        raise click.UsageError(f"--cluster {address}: must be such as tcp://host:8786")
    if jobs is not None:
        raise click.UsageError("--cluster and --jobs: either one; the cluster counts its workers")
    if any(tls) and (not all(tls) or fits["by"] != "tls"):
        raise click.UsageError(
            "--cluster-tls-ca, -cert and -key go together, with --cluster tls://host:8786"
        )
    from trading_bot.research.extras import need_extra  # noqa: PLC0415 - for this alone

    need_extra("cluster", f"trading-bot {click.get_current_context().command.name} --cluster")
    return ClusterAddress(address, *tls)
