"""Where a cluster is, and by which certificates it is reached."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class ClusterAddress(NamedTuple):
    """The scheduler of a cluster.

    Attributes:
        address: Such as `tcp://host:8786`, or `tls://host:8786`.
        tls_ca: File of the authorities that both sides trust; None leaves all to Dask's settings.
        tls_cert: File of this side's certificate.
        tls_key: File of its key.
    """

    address: str
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
