"""DatabentoClient: what is asked over HTTP beside the stream: datasets, schemas, symbols.

Data of today is not among it: that is the live gateway's alone. Endpoints and parameters are those
of the provider's pages on `metadata.list_datasets`, `metadata.list_schemas`, `symbology.resolve`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

import msgspec

from ....clock import Clock
from ....outside.door import decode
from ....retry import DEFAULT_POLICY, RetryPolicy, Wait, with_retry
from ..symbology import raw_symbol
from .web import Web

HOST: Final = "https://hist.databento.com"
"""The provider's own."""
SYMBOLS_A_QUESTION: Final = 2_000
RESOLVED_OVER: Final = timedelta(days=7)
"""Today is not known there yet, and a week has a trading day in any case."""

T = TypeVar("T")


class _Resolved(msgspec.Struct):
    """What is read of the answer for symbols: the spans of each in which it has a number."""

    result: dict[str, list[Any]]


_NAMES: Final = msgspec.json.Decoder(list[str])
_RESOLVED: Final = msgspec.json.Decoder(_Resolved)


class DatabentoClient:
    """Asks over HTTP, and asks again where that may help; see `with_retry`.

    Args:
        web: The host, and the key.
        clock: The present; symbols are looked up in the days before it.
        policy: How often is asked again.
        wait: Waits for that, and returns True when it was told to stop.
    """

    def __init__(
        self,
        web: Web,
        *,
        clock: Clock,
        policy: RetryPolicy = DEFAULT_POLICY,
        wait: Wait | None = None,
    ) -> None:
        self._web = web
        self._clock = clock
        self._policy = policy
        self._wait = wait

    def list_datasets(self) -> Sequence[str]:
        """Return the names of all datasets.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        return self._ask("GET", "/v0/metadata.list_datasets", {}, _NAMES)

    def list_schemas(self, dataset: str) -> Sequence[str]:
        """Return what kinds of records a dataset has.

        Raises:
            DataSourceError: No usable answer; `unknown_dataset` where there is no such.
        """
        return self._ask("GET", "/v0/metadata.list_schemas", {"dataset": dataset}, _NAMES)

    def find_symbols(self, symbols: Sequence[str], dataset: str) -> Sequence[str]:
        """Return those of some tickers that a dataset has had within the last week.

        Raises:
            DataSourceError: No usable answer; `code` says why.
        """
        found: list[str] = []
        today = self._clock().date()
        for place in range(0, len(symbols), SYMBOLS_A_QUESTION):
            some = {
                raw_symbol(each, dataset): each
                for each in symbols[place : place + SYMBOLS_A_QUESTION]
            }
            fields = {
                "dataset": dataset,
                "symbols": ",".join(some),
                "stype_in": "raw_symbol",
                "stype_out": "instrument_id",
                "start_date": (today - RESOLVED_OVER).isoformat(),
                "end_date": today.isoformat(),
            }
            answer = self._ask("POST", "/v0/symbology.resolve", fields, _RESOLVED)
            found += [some[raw] for raw, spans in answer.result.items() if spans and raw in some]
        return found

    def close(self) -> None:
        """Close the connections."""
        self._web.close()

    def _ask(
        self,
        method: str,
        path: str,
        fields: Mapping[str, str],
        decoder: msgspec.json.Decoder[T],
    ) -> T:
        def once() -> T:
            return decode(self._web.ask(method, path, fields), path, decoder=decoder)

        return with_retry(self._policy, wait=self._wait)(once)()
