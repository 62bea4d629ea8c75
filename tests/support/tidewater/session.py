"""The talk with Tidewater's server, without any I/O: who may say what next.

    state      the server says   then it is   and is told
    greeting   HELLO challenge   proving      LOGIN user proof
    proving    WELCOME           ready
    proving    DENIED words      denied
    ready      SUBSCRIBED, REFUSED, DONE      ready

The proof is an HMAC of the challenge under the token, so that the token crosses no wire.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.secrets import Secrets

from .wire import Control, encode

USER, TOKEN = "TIDEWATER_USER", "TIDEWATER_TOKEN"
"""The variables of the two secrets."""
State = Literal["greeting", "proving", "ready", "denied"]

_NEXT: Final[Mapping[tuple[State, str], State]] = {
    ("greeting", "HELLO"): "proving",
    ("proving", "WELCOME"): "ready",
    ("proving", "DENIED"): "denied",
    ("ready", "SUBSCRIBED"): "ready",
    ("ready", "REFUSED"): "ready",
    ("ready", "DONE"): "ready",
}


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks, and what proves it."""

    user: str = field(repr=False)
    token: str = field(repr=False)

    @classmethod
    def of(cls, secrets: Secrets) -> Login:
        """Read both secrets.

        Raises:
            DataSourceError: `missing_key`: one of them is not set.
        """
        user, token = secrets.get(USER), secrets.get(TOKEN)
        if not user or not token:
            raise DataSourceError(f"{USER} and {TOKEN} must both be set", code="missing_key")
        return cls(user, token)


class Session:
    """One connection's talk.

    Attributes:
        state: See above.
    """

    def __init__(self, login: Login) -> None:
        self._login = login
        self.state: State = "greeting"

    def take(self, said: Control) -> bytes:
        """Take what the server says, and return the answer to it, empty for none.

        Raises:
            DataSourceError: `unexpected_answer`: it may not say that now. `wrong_key`: it does not
                know user or token.
        """
        following = _NEXT.get((self.state, said.word))
        if following is None:
            raise DataSourceError(
                f"the server said {said.word[:20]!r} while {self.state}",
                code="unexpected_answer",
                retryable=True,
            )
        self.state = following
        if following == "denied":
            # Its words are not repeated: they may hold what it was told.
            raise DataSourceError(
                f"the server does not know this login; check {USER} and {TOKEN}", code="wrong_key"
            )
        if said.word != "HELLO":
            return b""
        proof = prove(self._login.token, "".join(said.fields))
        return encode(Control("LOGIN", (self._login.user, proof)))


def prove(token: str, challenge: str) -> str:
    """Return what only who knows the token can answer to a challenge."""
    return hmac.new(token.encode(), challenge.encode(), hashlib.sha256).hexdigest()
