"""What became of a try, read from what the library says of it; pure.

The library answers yes or no, and says why in words that may quote an address with its token. So
its words are looked at and thrown away; what is shown is ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from trading_bot.notify.plan import Outcome


class Found(NamedTuple):
    """What became of a try.

    Attributes:
        outcome: For the plan.
        why: In a few words of ours; empty where it was sent.
    """

    outcome: Outcome
    why: str = ""


SENT: Final = Found("sent")
TOO_LONG: Final = Found("uncertain", "no answer in time")
_ADDRESS: Final = re.compile(r"with url: \S+|host='[^']*'")
"""What is somebody else's in these words."""
_HTTP: Final = re.compile(r"\berror=(\d{3})\b")
_SMTP: Final = re.compile(r"\(([45]\d\d), b?['\"]")
"""A mail server's refusal; the number of a system's error looks like one, and is below 400."""
_UNREACHED: Final = (
    (re.compile(r"NameResolutionError|Errno -[2358]\b|Errno 1100[14]\b"), "its host is not known"),
    (re.compile(r"Errno 111\b|Errno 61\b|Errno 10061\b"), "it refuses connections"),
    (re.compile(r"ConnectTimeoutError"), "it cannot be reached in time"),
    (re.compile(r"Errno 101\b|Errno 113\b|Errno 51\b|Errno 65\b"), "there is no way to it"),
    (re.compile(r"SSLError|CERTIFICATE_VERIFY_FAILED"), "its certificate is not trusted"),
    (re.compile(r"ProxyError"), "the proxy does not let it through"),
    (re.compile(r"NewConnectionError"), "it cannot be reached"),
)
"""What says for sure that the text did not go out."""
_TRY_LATER: Final = frozenset({408, 425, 429})


def found_in(said: Iterable[str]) -> Found:
    """Return what became of a try that the library calls failed.

    Args:
        said: Its log lines of this try.
    """
    text = _ADDRESS.sub("", "\n".join(said))
    if http := _HTTP.search(text):
        status = int(http[1])
        # What sends on to another address is not followed.
        if 300 <= status < 500 and status not in _TRY_LATER:
            return Found("wrong", f"it answers {status}: look at its address")
        return Found("refused", f"it answers {status}")
    if smtp := _SMTP.search(text):
        status = int(smtp[1])
        if status >= 500:
            return Found("wrong", f"the mail server answers {status}: look at its address")
        return Found("refused", f"the mail server answers {status}")
    for pattern, why in _UNREACHED:
        if pattern.search(text):
            return Found("refused", why)
    return Found("uncertain", "the connection ended without an answer")
