"""How the provider is reached, by REST and by stream alike: trusted certificates, and a proxy.

The environment decides, in the variables that other programs read as well. They are read here and
nowhere else, each time a connection, or a set of them, is opened.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

import certifi
from python_socks import ProxyType

from ..diagnostics import get_logger
from ..errors import DataSourceError

CERTIFICATE_VARIABLES: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Each may name a file of authorities; the first that can be read is trusted, and nothing else."""
_PROXY_PORTS: Final = {
    "http": 80,
    "https": 443,
    "socks4": 1080,
    "socks4a": 1080,
    "socks5": 1080,
    "socks5h": 1080,
}
_TLS_SCHEMES: Final = ("https", "wss")

_logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy on the way to the provider; nothing of it shows name or password.

    Attributes:
        variable: Environment variable that names it.
        scheme: `http`, `https`, or of SOCKS `socks4`, `socks4a`, `socks5`, `socks5h`.
        host: Host name, or address without brackets.
        port: Port.
        username: Name to log in with; empty for none.
        password: Password that goes with it.
    """

    variable: str
    scheme: str
    host: str
    port: int
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """Return its URL, without name and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def address_with_login(self) -> str:
        """Return its URL, with name and password where it asks for them; never to be shown."""
        if not self.username:
            return self.address
        login = f"{quote(self.username, safe='')}:{quote(self.password, safe='')}"
        return self.address.replace("://", f"://{login}@", 1)

    @property
    def authorization(self) -> dict[str, str]:
        """Return the header that logs in at an HTTP proxy; empty for none."""
        if not self.username:
            return {}
        login = b64encode(f"{self.username}:{self.password}".encode()).decode()
        return {"proxy-authorization": f"Basic {login}"}

    @property
    def is_socks(self) -> bool:
        """Return whether it speaks SOCKS, not HTTP."""
        return self.scheme.startswith("socks")

    @property
    def looks_up_names(self) -> bool:
        """Return whether it looks up the provider's name; else it is given a number."""
        return self.scheme not in ("socks4", "socks5")

    @property
    def takes_ipv4_only(self) -> bool:
        """Return whether it leads to no address of IPv6."""
        return self.scheme.startswith("socks4")

    @property
    def socks_arguments(self) -> dict[str, Any]:
        """Return what python-socks wants to know of it.

        `socks4a` and `socks5h` look up the provider's name; for the others it is done here.
        """
        return {
            "proxy_type": ProxyType.SOCKS5
            if self.scheme.startswith("socks5")
            else ProxyType.SOCKS4,
            "host": self.host,
            "port": self.port,
            "username": self.username or None,
            "password": self.password or None,
            "rdns": self.looks_up_names,
        }


def proxy_for(url: str, environ: Mapping[str, str] | None = None) -> Proxy | None:
    """Return the proxy by which an address is reached, or None for none.

    HTTPS_PROXY counts for `https` and `wss`, HTTP_PROXY for `http` and `ws`, ALL_PROXY where that
    is not set; lower case wins over upper case, as curl has it. This machine itself is never
    reached by a proxy, and neither is what NO_PROXY names: hosts with all below them, addresses,
    networks such as 10.0.0.0/8, each but a network with a port where one is meant, or `*`.

    Args:
        url: Address of the provider.
        environ: Variables to read; the process environment when None.

    Raises:
        DataSourceError: `bad_proxy`: a variable holds what is no proxy; names the variable alone.
    """
    variables = os.environ if environ is None else environ
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None  # whoever connects will say that the address is none
    host = (parts.hostname or "").rstrip(".")
    own, usual_port = ("https", 443) if parts.scheme in _TLS_SCHEMES else ("http", 80)
    listed = _first(variables, "no_proxy")[1]
    if _is_this_machine(host) or _is_exempt(host, port or usual_port, listed):
        return None
    for name in (f"{own}_proxy", "all_proxy"):
        variable, text = _first(variables, name)
        if text:
            return _proxy(variable, text)
    return None


def refuse_insecure(url: str, *, is_allowed: bool, setting: str = "ORDER_FLOW_BASE_URL") -> None:
    """Refuse to send a key where everyone on the way could read it.

    TLS hides it, from a proxy as well, and nobody is on the way within this machine.

    Args:
        url: Address of the provider.
        is_allowed: Warn only.
        setting: The variable that names it.

    Raises:
        DataSourceError: `insecure`.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return  # whoever connects will say that the address is none
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme in _TLS_SCHEMES or _is_this_machine(host):
        return
    if not is_allowed:
        raise DataSourceError(
            f"{url} would be sent your key without TLS, for everyone on the way to read; write "
            f"https:// in {setting}, or allow it by --allow-insecure (allow_insecure=, "
            "ORDER_FLOW_ALLOW_INSECURE)",
            code="insecure",
        )
    _logger.warning("order_flow.key_sent_without_tls", extra={"address": url})


def is_numeric(url: str) -> bool:
    """Return whether the host of an address is given by number, not by name."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False  # whoever connects will say that the address is none
    return host is not None and _address(host) is not None


def trusted_certificates(environ: Mapping[str, str] | None = None) -> ssl.SSLContext:
    """Return a context that accepts certificates of trusted authorities for their own hosts.

    The file that SSL_CERT_FILE or else REQUESTS_CA_BUNDLE names is trusted, and nothing beside it.
    Without one, this system's authorities are, and certifi's. A file that cannot be used is passed
    over with a warning: a stale variable must not end the watch.

    Args:
        environ: Variables to read; the process environment when None.
    """
    variables = os.environ if environ is None else environ
    for variable in CERTIFICATE_VARIABLES:
        path = variables.get(variable)
        if not path:
            continue
        try:
            return _closing(ssl.create_default_context(cafile=path))
        except OSError as error:
            _logger.warning(
                "order_flow.certificates_unusable",
                extra={"variable": variable, "path": path, "problem": str(error)},
            )
    context = ssl.create_default_context()
    # Interpreters on some systems know no authority of their own.
    context.load_verify_locations(certifi.where())
    return _closing(context)


class ClosingSocket(ssl.SSLSocket):
    """Closes itself where the other side resets the connection before TLS begins.

    Python's own leaves such a socket open until it is collected.
    """

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Receive bytes, as any socket does."""
        try:
            return super().recv(buflen, flags)
        except ConnectionError:
            self.close()
            raise


def _closing(context: ssl.SSLContext) -> ssl.SSLContext:
    context.sslsocket_class = ClosingSocket
    return context


def certificate_refused(address: str) -> DataSourceError:
    """Name the error of a certificate that no trusted authority vouches for."""
    return DataSourceError(
        f"the certificate of {address} is not accepted; check this machine's clock and any proxy, "
        "and let SSL_CERT_FILE name the authorities where your network has its own",
        code="tls",
    )


def proxy_failed(address: str, proxy: Proxy) -> DataSourceError:
    """Name the error of a proxy that is not there, or leads nowhere."""
    return DataSourceError(
        f"{address} cannot be reached by the proxy {proxy.address}; check {proxy.variable}, its "
        "name and password, and NO_PROXY",
        code="proxy",
        retryable=True,
    )


def _first(variables: Mapping[str, str], name: str) -> tuple[str, str]:
    for variable in (name, name.upper()):
        text = variables.get(variable, "").strip()
        if text:
            return variable, text
    return name, ""


def _proxy(variable: str, text: str) -> Proxy:
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or scheme not in _PROXY_PORTS:
        # Neither the text nor the parser's error is shown: both may hold a password.
        raise DataSourceError(
            f"{variable} holds no proxy; write it as http://NAME:PORT, or with https, "
            "socks4, socks4a, socks5 or socks5h before the colon",
            code="bad_proxy",
        )
    return Proxy(
        variable=variable,
        scheme=scheme,
        host=host,
        port=port or _PROXY_PORTS[scheme],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _is_this_machine(host: str) -> bool:
    address = _address(host)
    if address is not None:
        return address.is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _is_exempt(host: str, port: int, listed: str) -> bool:
    entries = listed.lower().replace(",", " ").split()
    return any(_names(entry, host, port) for entry in entries)


def _names(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    network = _network(entry)
    if network is not None:
        address = _address(host)
        return address is not None and address in network
    name, colon, wanted = entry.rpartition(":")
    if colon and wanted.isdigit():
        if int(wanted) != port:
            return False
        entry = name
    name = entry.strip("[]").removeprefix("*").removeprefix(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None
