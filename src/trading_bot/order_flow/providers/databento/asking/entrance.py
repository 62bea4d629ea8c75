"""Whether the gateway lets us in, and what the dataset has: asked before a watch."""

from __future__ import annotations

from typing import Final

from ....clock import Clock
from ....config import OrderFlowConfig
from ....diagnostics import told
from ....errors import DataSourceError
from ....retry import Wait
from ...provider import Entry
from ..errors import no_depth, refuse_gone, unknown_dataset
from .client import HOST, DatabentoClient
from .knock import BOOKS, Knocked, knock
from .web import Web

ANY_SYMBOL: Final = "AAPL"
"""Asked for where one is needed, whatever is held."""
HALTS: Final = "status"
NOT_ASKED: Final = "not_asked"
"""Code of a question for which nobody is there."""


class DatabentoEntrance:
    """Asks gateway and HTTP host; see `Entrance`.

    The gateway's word counts. What is known over HTTP beside it only says more: another gateway may
    have none.

    Args:
        address: Host and port of the gateway.
        config: Settings.
        key: The provider's key.
        clock: The present.
        wait: Waits before something is asked again; returns True when it was told to stop.
    """

    def __init__(
        self,
        address: tuple[str, int],
        config: OrderFlowConfig,
        key: str,
        *,
        clock: Clock,
        wait: Wait | None = None,
    ) -> None:
        self._address = address
        self._where = "{}:{}".format(*address)
        self._dataset = config.dataset
        self._key = key
        self._client: DatabentoClient | None = None
        host = config.reference_url or (HOST if config.base_url is None else None)
        if host is not None:
            web = Web(key, host, allow_insecure=config.allow_insecure)
            self._client = DatabentoClient(web, clock=clock, wait=wait)

    def enter(self, symbols: tuple[str, ...]) -> Entry:
        """Open a session of some symbols, and close it; see `Entrance`."""
        refuse_gone(self._dataset)
        found = self._knock(symbols)
        recent = self._found_beside(tuple(found.unknown))
        return Entry(
            {
                symbol: f"{self._dataset} has no {symbol}"
                + (" any more" if symbol in recent else "")
                + f" ({told(said, 60)})"
                for symbol, said in found.unknown.items()
            },
            tuple(each for each in symbols if each not in found.known | found.unknown.keys()),
        )

    def describe_dataset(self) -> str:
        """Ask over HTTP what the dataset has; see `Entrance`."""
        refuse_gone(self._dataset)
        if self._client is None:
            raise DataSourceError(
                f"{self._dataset}: {self._where} answers no HTTP; set reference_url where it does",
                code=NOT_ASKED,
            )
        known = self._client.list_datasets()
        if self._dataset not in known:
            raise unknown_dataset(self._dataset, "", known)
        schemas = self._client.list_schemas(self._dataset)
        if BOOKS not in schemas:
            raise no_depth(self._dataset, f"it has {', '.join(schemas)}")
        halts = "" if HALTS in schemas else ", and tells of no halts"
        return f"{self._dataset} has ten levels ({BOOKS}){halts}"

    def ask_time(self) -> int | None:
        """Return the gateway's time, Unix nanoseconds; None where it does not say.

        Raises:
            DataSourceError: It lets nobody in.
        """
        # Also an error of a symbol says what time it is there.
        return self._knock((ANY_SYMBOL,)).time_ns

    def close(self) -> None:
        """Close what was opened over HTTP."""
        if self._client is not None:
            self._client.close()

    def _knock(self, symbols: tuple[str, ...]) -> Knocked:
        try:
            return knock(self._address, self._dataset, self._key, symbols)
        except DataSourceError as error:
            if error.code == "unreachable" and self._client is not None:
                # Each dataset has a gateway of its own: of one that there is not the name leads
                # nowhere, as if the network were down.
                self._refuse_unknown_dataset(self._client)
            raise

    def _refuse_unknown_dataset(self, client: DatabentoClient) -> None:
        try:
            known = client.list_datasets()
        except DataSourceError:
            # What the gateway said of it counts.
            return
        if self._dataset not in known:
            raise unknown_dataset(self._dataset, "", known)

    def _found_beside(self, symbols: tuple[str, ...]) -> frozenset[str]:
        """Return those of some symbols that the dataset has had lately, as far as can be known."""
        if not symbols or self._client is None:
            return frozenset()
        try:
            return frozenset(self._client.find_symbols(symbols, self._dataset))
        except DataSourceError:
            return frozenset()
