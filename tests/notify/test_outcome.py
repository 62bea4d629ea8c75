"""What became of a try, read from the words of the library."""

from __future__ import annotations

import pytest

from trading_bot.notify.outcome import found_in

POOL = "Socket Exception: HTTPConnectionPool(host='proxy.example', port=443): "
RETRIES = f"{POOL}Max retries exceeded with url: /SSLError/NameResolutionError/s3cr3t (Caused by "


@pytest.mark.parametrize(
    ("said", "outcome", "why"),
    [
        ("Failed to send JSON: Unauthorized, error=401.", "wrong", "it answers 401"),
        ("Failed to send JSON: error=404.", "wrong", "it answers 404"),
        ("Failed to send JSON: error=301.", "wrong", "it answers 301"),
        ("Failed to send JSON: error=300.", "wrong", "it answers 300"),
        ("Failed to send JSON: error=299.", "refused", "it answers 299"),
        ("Failed to send JSON: error=429.", "refused", "it answers 429"),
        ("Failed to send JSON: error=408.", "refused", "it answers 408"),
        ("Failed to send JSON: error=500.", "refused", "it answers 500"),
        ("Socket Exception: (535, b'5.7.8 bad')", "wrong", "the mail server answers 535"),
        ("Socket Exception: {'a@b': (451, b'later')}", "refused", "the mail server answers 451"),
        (f"{RETRIES}NameResolutionError('no'))", "refused", "its host is not known"),
        ("Socket Exception: [Errno -2] Name or service", "refused", "its host is not known"),
        ("Socket Exception: [Errno 111] Connection", "refused", "it refuses connections"),
        (f"{RETRIES}ConnectTimeoutError('x'))", "refused", "it cannot be reached in time"),
        ("Socket Exception: [Errno 113] No route", "refused", "there is no way to it"),
        (f"{RETRIES}SSLError('x'))", "refused", "its certificate is not trusted"),
        (f"{RETRIES}ProxyError('x'))", "refused", "the proxy does not let it through"),
        (f"{RETRIES}NewConnectionError('x'))", "refused", "it cannot be reached"),
        (f"{POOL}Read timed out. (read timeout=4.0)", "uncertain", "the connection ended"),
        ("Socket Exception: timed out", "uncertain", "the connection ended"),
        (f"{POOL}(104, 'Connection reset by peer')", "uncertain", "the connection ended"),
        ("Socket Exception: (421, b'closing')", "refused", "the mail server answers 421"),
        ("Socket Exception: Connection unexpectedly closed", "uncertain", "the connection ended"),
        ("", "uncertain", "the connection ended"),
    ],
)
def test_a_failed_try_is_told_in_words_of_ours(said: str, outcome: str, why: str) -> None:
    # Given what the library says
    # When it is looked at
    found = found_in([said])
    # Then it is known whether the text may have arrived, and nothing is quoted
    assert found.outcome == outcome
    assert found.why.startswith(why)
    assert "s3cr3t" not in found.why
