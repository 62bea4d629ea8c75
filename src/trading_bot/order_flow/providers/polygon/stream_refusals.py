"""What a stream's provider may refuse for good, as named errors; pure.

Source: the provider's WebSocket quickstart, for what it says of keys, plans and channels.
"""

from __future__ import annotations

from typing import Final

from ...config import KEY_NAMES
from ...errors import DataSourceError

_MISSING: Final = {
    "T": ("plan_without_trades", "trades"),
    "Q": ("plan_without_quotes", "quotes"),
}
EVICTED_HINT: Final = (
    "the account allows one connection and another program uses this key; stop one of the two"
)


def refused_key(said: str) -> DataSourceError:
    """Return the error of a refused key, or of a plan without any stream.

    Args:
        said: The provider's words.
    """
    if "plan" in said.lower():
        return DataSourceError(
            f"your plan has no real-time stream: {said[:100]!r}", code="plan_without_stream"
        )
    return DataSourceError(
        f"the stream does not know this key: {said[:100]!r}; check {KEY_NAMES}",
        code="wrong_key",
    )


def refused_kind(kind: str, said: str) -> DataSourceError | None:
    """Return the error of a plan without a kind of channel; None for one that can be done without.

    Args:
        kind: `T`, `Q` or another.
        said: The provider's words.
    """
    if kind not in _MISSING:
        return None
    code, what = _MISSING[kind]
    return DataSourceError(f"your plan has no stream of {what}: {said[:100]!r}", code=code)


def never_subscribed(url: str, seconds: float, problem: str | None) -> DataSourceError:
    """Return the error of a stream that could not be subscribed from the beginning.

    Args:
        url: WebSocket address.
        seconds: How long it was tried.
        problem: What kept it from it, in one word.
    """
    return DataSourceError(
        f"{url} could not be subscribed for {seconds:g} s ({problem}); "
        "check the network and any firewall",
        code="no_stream",
    )
