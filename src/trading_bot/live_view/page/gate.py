"""Who is let in: decided by method, host, token and where a browser says it comes from; pure.

| asked | answer | why |
| --- | --- | --- |
| any method but GET | 405 | the page reads and changes nothing |
| no Host, two, or another than this server's | 421 | a stranger's name may be made to lead here |
| wrong or missing token | 404 | other users of this machine reach the port too |
| from another page, of whatever host | 403 | a browser is not to be used against its owner |

A page elsewhere may not even lead here: it could know the address only by what has leaked, and what
is typed, pasted or opened from a terminal comes from nowhere, as browsers say.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

METHOD: Final = "GET"
FROM_HERE: Final = ("same-origin", "none")
"""What a browser may say of where a request comes from; what is no browser says nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says of itself.

    Attributes:
        method: As it stands in the request.
        target: Likewise, undecoded.
        hosts: Each `Host` that it names.
        sites: Each `Sec-Fetch-Site`.
        origins: Each `Origin`.
    """

    method: str
    target: str
    hosts: Sequence[str] = ()
    sites: Sequence[str] = ()
    origins: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why somebody is not let in.

    Attributes:
        status: Of HTTP.
        words: For whoever looks.
        headers: What the status wants beside it.
    """

    status: int
    words: str
    headers: Mapping[str, str]


NO_METHOD: Final = Refused(405, "This page is only read: GET.", {"Allow": METHOD})
NO_HOST: Final = Refused(421, "This is another server than the one that was asked for.", {})
NOT_HERE: Final = Refused(404, "There is nothing at this address.", {})
ELSEWHERE: Final = Refused(
    403, "Another page may not lead here: paste the address into the browser yourself.", {}
)


class Gate:
    """Decides by the port that is listened at and the token that was printed.

    Args:
        port: Of this server.
        token: What the first part of each path must be.
    """

    def __init__(self, port: int, token: str) -> None:
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self._origins = tuple(f"http://{host}" for host in self._hosts)
        self._token = token.encode()

    def let_in(self, asked: Asked) -> str | Refused:
        """Return the path below the token, without what follows a question mark; or why not."""
        if asked.method != METHOD:
            return NO_METHOD
        if len(asked.hosts) != 1 or asked.hosts[0].lower() not in self._hosts:
            return NO_HOST
        token, slash, below = asked.target.partition("?")[0].removeprefix("/").partition("/")
        # The same time for every wrong one, whatever it begins with.
        is_known = hmac.compare_digest(token.encode(errors="replace"), self._token)
        if not (is_known and slash and asked.target.startswith("/")):
            return NOT_HERE
        if any(each not in FROM_HERE for each in asked.sites):
            return ELSEWHERE
        if any(each not in self._origins for each in asked.origins):
            return ELSEWHERE
        return below
