"""What a stream's provider may refuse for good, as named errors; pure.

Source: the provider's WebSocket quickstart, for what it says of keys and plans.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...config import KEY_NAMES
from ...diagnostics import told
from ...errors import DataSourceError

_SENTENCES: Final[Mapping[str, str]] = {
    "wrong_key": f"the stream does not know this key: {{said!r}}; check {KEY_NAMES}",
    "plan_without_stream": "your plan has no real-time stream: {said!r}",
    "plan_without_trades": "your plan has no stream of trades: {said!r}",
    "plan_without_quotes": "your plan has no stream of quotes: {said!r}",
}


def refuses_plan(said: str) -> bool:
    """Return whether the refusal of a key speaks of the account's plan.

    Args:
        said: The provider's words.
    """
    return "plan" in said.lower()


def refusal(reason: str, said: str) -> DataSourceError:
    """Return the error of a stream that is given up.

    Args:
        reason: `wrong_key`, `plan_without_stream`, `plan_without_trades`, `plan_without_quotes`.
        said: The provider's last words of it.
    """
    return DataSourceError(_SENTENCES[reason].format(said=told(said, 100)), code=reason)
