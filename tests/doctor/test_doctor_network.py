"""The way to the provider: proxy and certificates."""

from __future__ import annotations

from pathlib import Path

import certifi
import pytest
from support.doctor_values import looked_at, stands
from support.provider_stub import KEY

from trading_bot.doctor.checks import Look
from trading_bot.doctor.network import certificates, proxy

HOST = "https://api.massive.com"


def environ(**variables: str) -> dict[str, str]:
    return {"MASSIVE_API_KEY": KEY} | variables


def test_no_proxy_is_well(tmp_path: Path) -> None:
    # Given no variable that names one
    # When it is looked at, then none is used
    stands(proxy(looked_at(tmp_path)), "ok", f"none: {HOST} is reached directly")


def test_a_proxy_is_named_without_its_login(tmp_path: Path) -> None:
    # Given a proxy with name and password
    variables = environ(HTTPS_PROXY="http://walter:s3cret-word@proxy.test:3128")
    # When it is looked at
    found = proxy(looked_at(tmp_path, environ=variables))
    # Then its address is said, and that there is a login
    stands(found, "ok", "by http://proxy.test:3128 (HTTPS_PROXY, with a login)")
    assert "s3cret-word" not in found.found
    assert "walter" not in found.found


def test_a_proxy_without_login_is_named(tmp_path: Path) -> None:
    # Given one without
    looked = looked_at(tmp_path, environ=environ(all_proxy="socks5h://proxy.test"))
    # When it is looked at, then no login is spoken of
    stands(proxy(looked), "ok", "by socks5h://proxy.test:1080 (all_proxy)")


def test_what_is_no_proxy_fails(tmp_path: Path) -> None:
    # Given a variable that holds none
    looked = looked_at(tmp_path, environ=environ(HTTPS_PROXY="ftp://me:word@there"))
    # When it is looked at
    found = proxy(looked)
    # Then the variable is named, and nothing of what it holds
    stands(found, "fail", "HTTPS_PROXY holds no proxy", "http://NAME:PORT")
    assert "word" not in found.found


@pytest.mark.parametrize("check", [proxy, certificates])
def test_without_a_provider_the_way_is_not_known(tmp_path: Path, check: Look) -> None:
    # Given settings that cannot be read, and a provider that is not installed
    (tmp_path / "settings.json").write_text("{", encoding="utf-8")
    other = looked_at(tmp_path / "x", environ={"ORDER_FLOW_DATA_SOURCE": "other"})
    # When the way is looked at, then each says what is missing
    stands(check(looked_at(tmp_path)), "warn", "not asked: the settings", "mend settings first")
    stands(check(other), "fail", "data_source='other' is no provider", "known: databento, polygon")


def test_the_systems_certificates_are_counted(tmp_path: Path) -> None:
    # Given no variable that names others
    found = certificates(looked_at(tmp_path))
    # When they are looked at, then there are some
    stands(found, "ok", "authorities, this system's and certifi's")
    assert int(found.found.split()[0]) > 50


def test_a_file_of_certificates_takes_their_place(tmp_path: Path) -> None:
    # Given a file of authorities
    looked = looked_at(tmp_path, environ=environ(REQUESTS_CA_BUNDLE=certifi.where()))
    # When it is looked at, then it is named
    stands(certificates(looked), "ok", f"those of {certifi.where()} (REQUESTS_CA_BUNDLE)")


def test_a_file_that_cannot_be_used_is_a_warning(tmp_path: Path) -> None:
    # Given a variable that names no such file
    looked = looked_at(tmp_path, environ=environ(SSL_CERT_FILE=str(tmp_path / "none.pem")))
    # When it is looked at, then the mend is to unset it
    stands(certificates(looked), "warn", "SSL_CERT_FILE names ", "unset SSL_CERT_FILE")


def test_a_host_without_tls_needs_none(tmp_path: Path) -> None:
    # Given a host that is spoken to without TLS
    looked = looked_at(tmp_path, "http://127.0.0.1:1")
    # When certificates are looked at, then none are used
    stands(certificates(looked), "ok", "without TLS")
