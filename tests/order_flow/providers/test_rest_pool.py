"""REST through proxies and by certificates of its own, over real sockets."""

from __future__ import annotations

import socket
import ssl
import traceback
from pathlib import Path

import pytest
import trustme
from support.provider_stub import KEY, NOW, HandTime, Reply, StubProvider
from support.proxy_stub import FAR_HOST, Led, ProxyStub

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers import connecting
from trading_bot.order_flow.providers.connecting import Place
from trading_bot.order_flow.providers.polygon.session import PolygonSession

PATH = "/v3/trades/AAPL"
BODY = b'{"status": "OK"}'
LOGIN = "user:s3cr3t word"
LOGIN_QUOTED = "user:s3cr3t%20word"


def ask(base_url: str) -> bytes:
    session = PolygonSession(
        KEY,
        base_url,
        clock=lambda: NOW,
        monotonic=HandTime().monotonic,
        connect_timeout=2.0,
        read_timeout=2.0,
        connections=4,
        allow_insecure=True,
    )
    try:
        return session.get(PATH, None, deadline=20.0).body
    finally:
        session.close()


def failing(base_url: str) -> DataSourceError:
    with pytest.raises(DataSourceError) as caught:
        ask(base_url)
    return caught.value


# -- certificates -------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_of_one_s_own_is_accepted(
    variable: str,
    certificate: ssl.SSLContext,
    authority_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a provider behind a certificate that an authority of our own vouches for
    monkeypatch.setenv(variable, str(authority_file))
    with StubProvider(Reply(BODY), certificate=certificate) as provider:
        # When it is asked, then it answers
        assert ask(provider.base_url) == BODY


def test_an_authority_that_nobody_knows_is_refused(certificate: ssl.SSLContext) -> None:
    # Given the same provider, and no variable
    with StubProvider(Reply(BODY), certificate=certificate) as provider:
        # When it is asked
        error = failing(provider.base_url)
    # Then the key is not given to it, and the error says what may be named
    assert (error.code, error.retryable) == ("tls", False)
    assert "SSL_CERT_FILE" in str(error)
    assert provider.asked == []


def test_a_certificate_for_another_host_is_refused(
    certificate: ssl.SSLContext, authority_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a trusted authority, and a provider asked by what its certificate does not hold
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))
    with (
        StubProvider(Reply(BODY), certificate=certificate) as provider,
        ProxyStub(provider.port) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        # When it is asked by a number, or by another name, then it is refused
        assert failing(f"https://127.0.0.1:{provider.port}").code == "tls"
        assert failing("https://another.test").code == "tls"
    assert provider.asked == []


def test_a_certificate_for_a_number_is_accepted(
    authority: trustme.CA, authority_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a provider whose certificate holds its number
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))
    certificate = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(certificate)
    with StubProvider(Reply(BODY), certificate=certificate) as provider:
        # When it is asked by that, then it answers
        assert ask(f"https://127.0.0.1:{provider.port}") == BODY


# -- proxies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("secured", [False, True], ids=["http proxy", "https proxy"])
def test_a_secure_provider_is_asked_through_a_tunnel(
    secured: bool,
    certificate: ssl.SSLContext,
    authority_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a provider whose name only the proxy can look up, and a proxy that asks for a login
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))
    with (
        StubProvider(Reply(BODY), certificate=certificate) as provider,
        ProxyStub(provider.port, certificate=certificate if secured else None) as proxy,
    ):
        scheme = "https" if secured else "http"
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://{LOGIN_QUOTED}@localhost:{proxy.port}")
        # When it is asked, then the answer comes by the proxy, which sees neither path nor key
        assert ask(f"https://{FAR_HOST}") == BODY
    assert proxy.led == [Led("CONNECT", FAR_HOST, 443, LOGIN)]
    assert provider.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_plain_provider_is_asked_by_its_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a provider without TLS, and a proxy for such
    with StubProvider(Reply(BODY)) as provider, ProxyStub(provider.port) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        # When it is asked, then the answer comes by the proxy
        assert ask(f"http://{FAR_HOST}:8080") == BODY
    assert proxy.led == [Led("GET", FAR_HOST, 8080)]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(
    ("scheme", "how", "login"),
    [("socks5h", "SOCKS5", LOGIN), ("socks4a", "SOCKS4", "user")],
)
def test_a_socks_proxy_looks_up_the_name(
    tls: bool,
    scheme: str,
    how: str,
    login: str,
    certificate: ssl.SSLContext,
    authority_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a provider whose name only the proxy can look up
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))
    with (
        StubProvider(Reply(BODY), certificate=certificate if tls else None) as provider,
        ProxyStub(provider.port) as proxy,
    ):
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://{LOGIN_QUOTED}@127.0.0.1:{proxy.port}")
        # When it is asked, then the answer comes by the proxy
        assert ask(f"{'https' if tls else 'http'}://{FAR_HOST}:8443") == BODY
    assert proxy.led == [Led(how, FAR_HOST, 8443, login)]


@pytest.mark.parametrize(("scheme", "how"), [("socks5", "SOCKS5"), ("socks4", "SOCKS4")])
def test_a_socks_proxy_that_looks_up_no_names_is_told_a_number(
    scheme: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a provider whose name is looked up here
    places_of = connecting._places

    def places(host: str, *others: int) -> list[Place]:
        known = host == FAR_HOST and len(others) == 1
        return [Place(socket.AF_INET, ("192.0.2.7", 0))] if known else places_of(host, *others)

    monkeypatch.setattr(connecting, "_places", places)
    with StubProvider(Reply(BODY)) as provider, ProxyStub(provider.port) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        # When it is asked, then the answer comes by the proxy
        assert ask(f"http://{FAR_HOST}:8080") == BODY
    assert proxy.led == [Led(how, "192.0.2.7", 8080)]


def test_what_no_proxy_names_is_asked_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a proxy, and a host that is exempt from it and cannot be looked up
    with StubProvider(Reply(BODY)) as provider, ProxyStub(provider.port) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", FAR_HOST)
        # When it is asked
        error = failing(f"http://{FAR_HOST}:8080")
    # Then nobody asked the proxy
    assert error.code == "unreachable"
    assert proxy.led == []


def test_this_machine_is_asked_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a proxy for everything, and a provider on this machine
    with StubProvider(Reply(BODY)) as provider, ProxyStub(provider.port) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        # When it is asked, then it answers, and nobody asked the proxy
        assert ask(provider.base_url) == BODY
    assert proxy.led == []


def test_a_certificate_that_nobody_knows_is_refused_behind_a_proxy_too(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a proxy that leads to somebody else
    with (
        StubProvider(Reply(BODY), certificate=certificate) as provider,
        ProxyStub(provider.port) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        # When the provider is asked, then the key is not given to it
        assert failing(f"https://{FAR_HOST}").code == "tls"
    assert provider.asked == []


@pytest.mark.parametrize(
    ("scheme", "refusal"),
    [("http", "407 Proxy Authentication Required"), ("socks5h", "not allowed")],
)
def test_a_proxy_that_refuses_is_named_without_its_login(
    scheme: str, refusal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a proxy that does not want us
    with StubProvider(Reply(BODY)) as provider, ProxyStub(provider.port, refuses=refusal) as proxy:
        address = f"{scheme}://{LOGIN_QUOTED}@127.0.0.1:{proxy.port}"
        monkeypatch.setenv("HTTPS_PROXY", address)
        # When the provider is asked
        error = failing(f"https://{FAR_HOST}")
    # Then the error names variable and proxy, and nothing of it holds login or key
    assert (error.code, error.retryable) == ("proxy", True)
    assert f"{scheme}://127.0.0.1:{proxy.port}; check HTTPS_PROXY" in str(error)
    whole = "".join(traceback.format_exception(error))
    assert "s3cr3t" not in whole
    assert KEY not in whole


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_a_proxy_that_is_not_there_is_named(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a proxy's port where nobody listens
    with ProxyStub(1) as proxy:
        pass
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
    # When the provider is asked, then it is the proxy that cannot be reached
    assert failing(f"https://{FAR_HOST}").code == "proxy"


def test_a_variable_that_holds_no_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a variable that holds something else
    monkeypatch.setenv("HTTPS_PROXY", "gopher://proxy")
    # When the provider is asked, then nothing is sent
    assert failing(f"https://{FAR_HOST}").code == "bad_proxy"
