"""Workers on other machines, by Dask; who gives them work sees an executor.

Nothing else in the package imports Dask. Whoever reaches a port of Dask runs what they like on the
machine behind it, so that it needs a private network or TLS; `docs/scale.md` says how.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, ParamSpec, Self, TypeVar

import distributed
from distributed.comm import CommClosedError
from msgspec.structs import replace

from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.journal.private_files import make_private_folder
from trading_bot.scale.address import ClusterAddress
from trading_bot.scale.agreement import (
    Agreement,
    DisagreementError,
    Sight,
    agreed,
    agreement_of,
    disagreement,
    objection,
)

CONNECT_SECONDS: Final = 10.0
"""How long a scheduler, and its first worker, are waited for."""

# What it says of a lost connection is told in a sentence, and not with its traces.
logging.getLogger("distributed.client").setLevel(logging.CRITICAL)

ParamT = ParamSpec("ParamT")
ResultT = TypeVar("ResultT")


class ClusterError(ValueError):
    """A cluster cannot be reached, or not be worked with."""


class Cluster:
    """A connection to the scheduler of a cluster.

    Args:
        at: Where it is.
        config: Settings that its workers are to judge by.
        sight: What they must see.
        timeout_seconds: How long it, and its first worker, are waited for.

    Raises:
        ClusterError: It cannot be reached, has no worker, or one that does not agree.
    """

    def __init__(
        self,
        at: ClusterAddress,
        config: OrderFlowConfig,
        sight: Sight,
        *,
        timeout_seconds: float = CONNECT_SECONDS,
    ) -> None:
        self._at = at
        self._wanted = agreement_of(config)
        self._sight = sight
        self._timeout_seconds = timeout_seconds
        self._client = self._met()

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the cluster; it goes on for others."""
        self._client.close()

    def count(self) -> int:
        """Return how many workers there are now."""
        return len(self._client.nthreads())

    def open_pool(self, _jobs: int = 0) -> ClusterPool:
        """Return who works off tasks: all workers, however many come or go.

        Raises:
            ClusterError: The connection was lost, and cannot be made again.
        """
        if self._client.status != "running":
            self._client.close()
            try:
                self._client = self._met()
            except ClusterError as error:
                raise ClusterError(
                    f"{error}; what is finished is kept, and the same command goes on from there"
                ) from error
        return ClusterPool(self._client, self._at.address, self._wanted)

    def _met(self) -> Any:
        """Connect, and compare what workers and scheduler have with what is here."""
        client = self._connected()
        try:
            client.wait_for_workers(1, timeout=self._timeout_seconds)
            with _probed(self._sight) as sight:
                ask = partial(objection, self._wanted, sight)
                found = client.run(ask, on_error="return")
            # One that is gone meanwhile has no say: another one's tasks tell for themselves.
            found = {
                f"worker {name}": said
                for name, said in found.items()
                if not isinstance(said, CommClosedError)
            }
            found["the scheduler"] = _of_scheduler(client, self._wanted)
            self._refuse(found)
        except TimeoutError as error:
            client.close()
            raise self._error("it has no worker; `dask worker` starts one") from error
        except BaseException:
            client.close()
            raise
        return client

    def _connected(self) -> Any:
        at = self._at
        security = distributed.Security()
        if at.tls_ca is not None:
            security = distributed.Security(
                tls_ca_file=str(at.tls_ca),
                tls_client_cert=str(at.tls_cert),
                tls_client_key=str(at.tls_key),
                require_encryption=True,
            )
        if at.address.startswith("tls:") and security.tls_ca_file is None:
            raise self._error("by which certificates? --cluster-tls-ca, -cert and -key name them")
        try:
            return distributed.Client(
                at.address, security=security, timeout=self._timeout_seconds, set_as_default=False
            )
        except (OSError, RuntimeError, ValueError) as error:
            raise self._error(str(error)) from error

    def _refuse(self, found: Mapping[str, object]) -> None:
        objections = {name: said for name, said in found.items() if said is not None}
        for name, said in objections.items():
            more = f" ({len(objections)} are like that)" if len(objections) > 1 else ""
            raise self._error(f"{name} {_words_of(said)}{more}; docs/scale.md")

    def _error(self, words: str) -> ClusterError:
        return ClusterError(f"--cluster {self._at.address}: {words}")


class ClusterPool(Executor):
    """Gives tasks to whoever works in a cluster.

    Args:
        client: The connection.
        address: Of the cluster.
        wanted: What a worker must agree to.
    """

    def __init__(self, client: Any, address: str, wanted: Agreement) -> None:
        self._address = address
        self._client = client
        self._wanted = wanted
        self._flying: set[Any] = set()

    def count(self) -> int:
        """Return how many workers there are now.

        Raises:
            BrokenExecutor: The connection is lost.
        """
        with _loss_told():
            return len(self._client.nthreads())

    def submit(
        self, fn: Callable[ParamT, ResultT], /, *args: ParamT.args, **kwargs: ParamT.kwargs
    ) -> Future[ResultT]:
        """Return what a worker will make of a task.

        Raises:
            BrokenExecutor: The connection is lost.
        """
        with _loss_told():
            task = self._client.submit(agreed, self._wanted, fn, *args, pure=False, **kwargs)
        done: Future[ResultT] = Future()
        self._flying.add(task)
        task.add_done_callback(partial(self._settle, done))
        return done

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Take no result any more; the cluster goes on for others."""
        self.kill()

    def kill(self) -> None:
        """Call back whatever no worker has begun."""
        flying, self._flying = self._flying, set()
        if self._client.status == "running" and flying:
            self._client.cancel(list(flying))

    def _settle(self, done: Future[Any], task: Any) -> None:
        self._flying.discard(task)
        try:
            done.set_result(task.result())
        except (CancelledError, CommClosedError, distributed.KilledWorker) as error:
            done.set_exception(BrokenExecutor(str(error)))
        except DisagreementError as error:
            done.set_exception(ClusterError(f"--cluster {self._address}: a worker {error}"))
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
            done.set_exception(error)


@contextmanager
def _loss_told() -> Iterator[None]:
    """Tell of a lost connection in the terms of an executor: it raises errors of many kinds."""
    try:
        yield
    except Exception as error:
        raise BrokenExecutor(str(error)) from error


def _of_scheduler(client: Any, wanted: Agreement) -> object:
    """Return what the scheduler has otherwise: it reads whatever it passes on."""
    try:
        return client.run_on_scheduler(disagreement, wanted)
    except (ImportError, AttributeError) as error:
        return error


def _words_of(said: object) -> str:
    return said if isinstance(said, str) else f"has another trading-bot, or none: {said}"


@contextmanager
def _probed(sight: Sight) -> Iterator[Sight]:
    """Leave a file in the folder of parts meanwhile: another folder of that name will not do."""
    if sight.folder is None:
        yield sight
        return
    folder = Path(sight.folder)
    make_private_folder(folder)
    probe = folder / f".{secrets.token_hex(8)}.probe"
    probe.touch()
    try:
        yield replace(sight, token=probe.name)
    finally:
        probe.unlink(missing_ok=True)
