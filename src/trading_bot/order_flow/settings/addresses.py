"""Addresses that hold secrets: of who receives notices, and of the dead-man's switch; pure.

Whoever knows such an address can send in its owner's name: a path, a login and often the place of
the host are a token. So it is shown by its scheme, and by its host only where that is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://\S+")
"""What the address of a receiver looks like."""
WEB_ADDRESS: Final = re.compile(r"https?://[^\s/]\S*")
"""What the address of a dead-man's switch looks like."""
_BETWEEN: Final = re.compile(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.\-]*://)")
_WITH_HOST: Final = frozenset(
    {"form", "forms", "gotify", "gotifys", "http", "https", "json", "jsons"}
    | {"mailto", "mailtos", "matrix", "matrixs", "xml", "xmls"}
)
"""Schemes after which a host follows; after others it may be a token."""
_SHORTEST_SECRET: Final = 8
"""Characters below which a part of an address is too common a word to be blanked everywhere."""


def split_addresses(text: str) -> tuple[str, ...]:
    """Return the addresses of a text, parted by blanks or commas; a comma may stand within one."""
    return tuple(each for each in _BETWEEN.split(text.strip(" \t\r\n,")) if each)


def shown_address(address: str) -> str:
    """Return what may be shown of an address: its scheme, and its host where that is no secret."""
    scheme = address.partition("://")[0].lower()
    if not re.fullmatch(r"[a-z][a-z0-9+.\-]*", scheme) or "://" not in address:
        return "(no address)"
    return f"{scheme}://{host_of(address) or '***'}"


def shown_receivers(addresses: Iterable[str]) -> list[str]:
    """Return what may be shown of each address, with its place: several may look alike."""
    return [f"{place}. {shown_address(each)}" for place, each in enumerate(addresses, 1)]


def host_of(address: str) -> str:
    """Return the host of an address; empty where what stands in its place may be a token."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host if parts.scheme.lower() in _WITH_HOST else ""


def secrets_of(address: str) -> tuple[str, ...]:
    """Return what of an address must be blanked wherever it is written."""
    return tuple(dict.fromkeys(each for each in _parts(address) if len(each) >= _SHORTEST_SECRET))


def _parts(address: str) -> Iterator[str]:
    """Yield what may be a secret, as it is written and as it is meant; never scheme or host."""
    rest = address.partition("://")[2]
    before, _, query = rest.partition("?")
    place, _, path = before.partition("/")
    login, _, behind = place.rpartition("@")
    found = [*login.split(":"), *path.split("/")]
    if not host_of(address):
        found += behind.split(":")
    yield from found
    yield from map(unquote, found)
    # Those of an address of mail are not: they name its host.
    yield from (value for _, value in parse_qsl(query) if "@" not in value)
