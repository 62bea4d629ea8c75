"""The code of an authenticator app."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trading_bot.brokers.robinhood.one_time_code import one_time_code

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
    ],
)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    # Given the secret and the moments of RFC 6238; when codes are made, then they are its last six
    assert one_time_code(RFC_SECRET, datetime.fromtimestamp(seconds, UTC)) == code


@pytest.mark.parametrize("secret", ["gezd gnbv gy3t qojq gezd gnbv gy3t qojq", f"{RFC_SECRET}===="])
def test_a_secret_may_be_written_as_it_is_shown(secret: str) -> None:
    # Given small letters, blanks or filling; when a code is made, then it is the same
    assert one_time_code(secret, datetime.fromtimestamp(59, UTC)) == "287082"


@pytest.mark.parametrize(("secret", "is_long_enough"), [("A" * 13, True), ("A" * 12, False)])
def test_a_secret_has_eight_bytes(secret: str, is_long_enough: bool) -> None:
    # Given a secret a little longer or shorter; when a code is made, then the shorter is refused
    if is_long_enough:
        assert one_time_code(secret, datetime.fromtimestamp(59, UTC)).isdecimal()
    else:
        with pytest.raises(ValueError, match="longer"):
            one_time_code(secret, datetime.fromtimestamp(59, UTC))


@pytest.mark.parametrize("secret", ["123456", "not a secret!", "AAAAAAAA1"])
def test_what_is_no_secret_is_refused_without_being_shown(secret: str) -> None:
    # Given something else; when a code is made of it, then it is refused and not repeated
    with pytest.raises(ValueError, match="authenticator app") as caught:
        one_time_code(secret, datetime.fromtimestamp(59, UTC))
    assert secret not in str(caught.value)
