"""Which proxy leads to the provider, and which authorities are trusted."""

from __future__ import annotations

import logging
import os
import select
import socket
import ssl
import struct
from pathlib import Path

import pytest
import trustme

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.network import (
    Proxy,
    proxy_for,
    refuse_insecure,
    trusted_certificates,
)

REST = "https://api.massive.com"
STREAM = "wss://socket.massive.com/stocks"
SECRET = "s3cr3t@word"


def found(url: str, **environ: str) -> str | None:
    proxy = proxy_for(url, environ)
    return None if proxy is None else f"{proxy.variable} {proxy.address}"


@pytest.mark.parametrize("url", [REST, STREAM])
@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "HTTPS_PROXY http://proxy:3128"),
        ({"https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:2"}, "https_proxy http://a:1"),
        ({"HTTPS_PROXY": " ", "ALL_PROXY": "socks5h://a:1"}, "ALL_PROXY socks5h://a:1"),
        ({"HTTPS_PROXY": "http://a:1", "ALL_PROXY": "http://b:2"}, "HTTPS_PROXY http://a:1"),
        ({"HTTP_PROXY": "http://proxy:3128"}, None),
        ({"all_proxy": "socks5://proxy"}, "all_proxy socks5://proxy:1080"),
        ({"HTTPS_PROXY": "proxy:3128"}, "HTTPS_PROXY http://proxy:3128"),
        ({"HTTPS_PROXY": "https://proxy"}, "HTTPS_PROXY https://proxy:443"),
        ({"HTTPS_PROXY": "http://[2001:db8::1]:3128/"}, "HTTPS_PROXY http://[2001:db8::1]:3128"),
    ],
)
def test_rest_and_stream_go_by_the_same_proxy(
    url: str, environ: dict[str, str], expected: str | None
) -> None:
    # Given an environment
    # When the way to either is looked for, then it is the same
    assert found(url, **environ) == expected


@pytest.mark.parametrize("url", ["http://gateway.example:8080", "ws://gateway.example:8080/stocks"])
def test_plain_connections_have_a_variable_of_their_own(url: str) -> None:
    # Given a proxy of each kind
    environ = {"HTTP_PROXY": "http://plain:1", "HTTPS_PROXY": "http://secure:2"}
    # When the way of a plain connection is looked for, then HTTP_PROXY decides
    assert found(url, **environ) == "HTTP_PROXY http://plain:1"


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "sim.localhost", "127.0.0.1", "127.8.8.8", "[::1]"],
)
def test_this_machine_is_never_reached_by_a_proxy(host: str) -> None:
    # Given a proxy for everything
    # When the way to this machine is looked for, then there is none to take
    assert found(f"http://{host}:8765", ALL_PROXY="http://proxy:3128") is None


@pytest.mark.parametrize(
    ("listed", "url", "exempt"),
    [
        ("*", REST, True),
        ("massive.com", REST, True),
        (".massive.com", REST, True),
        ("*.massive.com", REST, True),
        ("example.org, MASSIVE.com", REST, True),
        ("example.org api.massive.com", REST, True),
        ("api.massive.com:443", STREAM, False),
        ("socket.massive.com:443", STREAM, True),
        ("massive.com:8443", REST, False),
        ("ssive.com", REST, False),
        ("other.massive.com", REST, False),
        (",", REST, False),
        (":443", REST, False),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://11.1.2.3", False),
        ("10.0.0.0/8", REST, False),
        ("10.1.2.3:8443", "https://10.1.2.3:8443", True),
        ("2001:db8::1", "https://[2001:db8::1]", True),
        ("[2001:db8::1]:443", "https://[2001:db8::1]", True),
    ],
)
def test_what_no_proxy_names_is_reached_straight(listed: str, url: str, exempt: bool) -> None:
    # Given exemptions
    # When the way to a host is looked for, then it is straight for those alone
    way = found(url, HTTPS_PROXY="http://proxy:3128", NO_PROXY=listed)
    assert (way is None) is exempt


def test_an_address_that_is_none_has_no_proxy() -> None:
    # Given an address with an impossible port
    # When its way is looked for, then whoever connects is left to say so
    assert found("https://host:99999999", HTTPS_PROXY="http://proxy") is None


@pytest.mark.parametrize(
    "text", ["ftp://proxy:1", "http://:3128", "http://proxy:none", f"http://user:{SECRET}:99999999"]
)
def test_what_is_no_proxy_is_named_but_not_shown(text: str) -> None:
    # Given a variable that holds no proxy
    # When it is read
    with pytest.raises(DataSourceError) as caught:
        proxy_for(REST, {"HTTPS_PROXY": text})
    # Then the error names the variable, and neither it nor its cause shows what it holds
    assert (caught.value.code, caught.value.retryable) == ("bad_proxy", False)
    assert "HTTPS_PROXY" in str(caught.value)
    assert text not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_login_is_read_and_never_shown() -> None:
    # Given a proxy with a name and a password that need quoting
    proxy = proxy_for(REST, {"HTTPS_PROXY": "http://us%3Aer:s3cr3t%40word@proxy:3128"})
    # When it is looked at
    assert proxy is not None
    # Then both are understood, and only what logs in holds them
    assert (proxy.username, proxy.password) == ("us:er", SECRET)
    assert proxy.address == "http://proxy:3128"
    assert proxy.address_with_login == "http://us%3Aer:s3cr3t%40word@proxy:3128"
    assert proxy.authorization == {"proxy-authorization": "Basic dXM6ZXI6czNjcjN0QHdvcmQ="}
    assert "s3cr3t" not in repr(proxy)


def test_a_proxy_without_a_login_asks_for_none() -> None:
    # Given a proxy without a login
    proxy = Proxy("HTTPS_PROXY", "http", "proxy", 3128)
    # When it is looked at, then nothing is sent
    assert (proxy.address_with_login, proxy.authorization) == ("http://proxy:3128", {})


def authorities(context: ssl.SSLContext) -> set[str]:
    return {str(each["subject"]) for each in context.get_ca_certs()}


def own_authority(folder: Path, name: str) -> Path:
    path = folder / f"{name}.pem"
    trustme.CA(organization_name=name).cert_pem.write_to_path(str(path))
    return path


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_file_of_authorities_is_trusted_and_nothing_else(variable: str, tmp_path: Path) -> None:
    # Given a file with one authority
    path = own_authority(tmp_path, "own")
    # When a variable names it
    context = trusted_certificates({variable: str(path)})
    # Then it alone is trusted, for its own hosts
    assert len(authorities(context)) == 1
    assert "own" in str(authorities(context))
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_the_first_variable_wins(tmp_path: Path) -> None:
    # Given two files
    environ = {
        "REQUESTS_CA_BUNDLE": str(own_authority(tmp_path, "second")),
        "SSL_CERT_FILE": str(own_authority(tmp_path, "first")),
    }
    # When both are named, then SSL_CERT_FILE's is trusted
    assert "first" in str(authorities(trusted_certificates(environ)))


def test_without_a_variable_the_usual_authorities_are_trusted(tmp_path: Path) -> None:
    # Given no variable
    # When the authorities are counted, then all of certifi's are there
    assert len(authorities(trusted_certificates({}))) > 100


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_that_cannot_be_used_is_passed_over_and_told(
    content: str | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a variable that names no file, or one without a certificate, and another that is right
    path = tmp_path / "authorities.pem"
    if content is not None:
        path.write_text(content)
    environ = {"SSL_CERT_FILE": str(path), "REQUESTS_CA_BUNDLE": str(own_authority(tmp_path, "b"))}
    # When they are read
    with caplog.at_level(logging.WARNING, logger="trading_bot.order_flow.providers.network"):
        context = trusted_certificates(environ)
    # Then the next one counts, and the diagnostics name the first
    assert len(authorities(context)) == 1
    (record,) = caplog.records
    assert record.message == "order_flow.certificates_unusable"
    assert (vars(record)["variable"], vars(record)["path"]) == ("SSL_CERT_FILE", str(path))


# -- a key in the clear -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://api.massive.com",
        "wss://socket.massive.com/stocks",
        "http://127.0.0.1:8080",
        "http://127.8.8.8",
        "ws://[::1]:8080/stocks",
        "http://localhost",
        "http://market.localhost.",
        "https://[::1",
    ],
)
def test_a_key_may_be_sent_by_tls_or_within_this_machine(url: str) -> None:
    # Given an address by which nobody else can read it, or that is none
    # When it is looked at, then it is not refused
    refuse_insecure(url, is_allowed=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.massive.com",
        "ws://socket.massive.com/stocks",
        "http://10.0.0.1:8080",
        "http://[2001:db8::1]",
        "http://localhost.example",
        "http://127.0.0.1.example",
    ],
)
def test_a_key_is_not_sent_in_the_clear(url: str, caplog: pytest.LogCaptureFixture) -> None:
    # Given an address of another machine, without TLS
    # When it is looked at
    with pytest.raises(DataSourceError) as caught:
        refuse_insecure(url, is_allowed=False)
    # Then it is refused in words that say how to mend it
    assert (caught.value.code, caught.value.retryable) == ("insecure", False)
    assert url in str(caught.value)
    assert "--allow-insecure" in str(caught.value)
    assert caplog.records == []


def test_a_key_in_the_clear_that_is_allowed_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    # Given an address of another machine, without TLS, and a person who allows it
    # When it is looked at
    refuse_insecure("http://market.example", is_allowed=True)
    # Then the log says so
    (line,) = caplog.records
    assert (line.levelname, line.getMessage()) == ("WARNING", "order_flow.key_sent_without_tls")
    assert vars(line)["address"] == "http://market.example"


def test_a_connection_that_is_reset_before_tls_is_closed() -> None:
    # Given a server that resets the connection at once
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.close()
        select.select([client], [], [])
        descriptor = client.fileno()
        # When TLS is to begin
        with pytest.raises(ConnectionResetError) as caught:
            trusted_certificates({}).wrap_socket(client, server_hostname="provider.test")
    # Then the socket is closed, though the error still knows it
    assert caught.tb is not None
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
