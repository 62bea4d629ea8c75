"""The one place that knows the provider's official client, under its present and its former name.

`massive` is polygon-api-client under its maker's new name, and is taken first. It applies its
timeouts, and allows certificates newer than 2025; polygon-api-client does neither. Of both, address
and authentication are used: how the provider is reached is `rest_pool`'s.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any, Final

import certifi

from ...errors import DataSourceError

MODULES: Final = ("massive", "polygon")
"""Modules of the official client, the wanted one first."""
BASE_URL: Final = "https://api.massive.com"
"""The provider's REST host, whichever client is installed; polygon-api-client's is the former."""
_DOMAINS: Final = ("massive.com", "polygon.io")
# Of the official client's list of stream hosts, those of real time that carry stocks. They answer
# no REST: the key decides there what an account may see.
_STREAM_NAMES: Final = frozenset(
    {
        "socket",
        "business",
        "edgx-business",
        "fullmarket-business",
        "iex-business",
        "nasdaq-basic-business",
        "nasdaq-last-sale-business",
    }
)


def rest_url(base_url: str | None) -> str:
    """Return the REST host that belongs to a host of the configuration.

    Args:
        base_url: As in the configuration; None for the provider's own. A host that only streams,
            such as `https://business.massive.com`, is followed by stream, and asked at the API's.
    """
    if base_url is None:
        return BASE_URL
    scheme, _, host = base_url.rstrip("/").partition("://")
    name, _, domain = host.partition(".")
    if domain in _DOMAINS and name in _STREAM_NAMES:
        host = f"api.{domain}"
    return f"{scheme}://{host}"


def open_official_client(api_key: str, base_url: str) -> Any:
    """Return the official client's `RESTClient`; it connects to nothing yet.

    Args:
        api_key: The provider's key.
        base_url: REST host.

    Raises:
        DataSourceError: `no_client`, where none is installed that can be imported.
    """
    make = _rest_client()
    # Otherwise it looks for certificates itself, and says on standard output what it misses.
    known = inspect.signature(make).parameters
    own = {"ca_certs": certifi.where()} if "ca_certs" in known else {}
    return make(api_key=api_key, base=base_url, **own)


def _rest_client() -> Any:
    missed = []
    for name in MODULES:
        try:
            return importlib.import_module(name).RESTClient
        except (ImportError, AttributeError) as error:
            missed.append(error)
    why = "; ".join(map(str, missed))
    raise DataSourceError(
        "the provider's client is not installed: pip install massive (extra `massive`), or "
        f"polygon-api-client (extra `polygon`); {why}",
        code="no_client",
    ) from missed[0]
