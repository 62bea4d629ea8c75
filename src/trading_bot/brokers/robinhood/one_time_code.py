"""The code of an authenticator app, of the secret that it was given: RFC 6238; pure.

pyotp refuses secrets as short as those that Robinhood gives out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from typing import Final

STEP_SECONDS: Final = 30
_DIGITS: Final = 6
_LETTERS_A_BLOCK: Final = 8
_FEWEST_BYTES: Final = 8


def one_time_code(secret: str, now: datetime) -> str:
    """Return the code of a moment, of six digits.

    ```python
    >>> from datetime import UTC, datetime
    >>> one_time_code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", datetime.fromtimestamp(59, UTC))
    '287082'

    ```

    Args:
        secret: Letters and digits of base 32, blanks allowed.
        now: The moment.

    Raises:
        ValueError: It is no secret of an app.
    """
    letters = secret.replace(" ", "").replace("-", "").upper().rstrip("=")
    try:
        key = base64.b32decode(letters + "=" * (-len(letters) % _LETTERS_A_BLOCK))
    except binascii.Error:
        # Its cause would show the secret.
        raise ValueError("no secret of an authenticator app") from None
    if len(key) < _FEWEST_BYTES:
        raise ValueError("a secret of an authenticator app is longer")
    counter = int(now.timestamp()) // STEP_SECONDS
    digest = hmac.digest(key, counter.to_bytes(8), hashlib.sha1)
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFF_FFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}}"
