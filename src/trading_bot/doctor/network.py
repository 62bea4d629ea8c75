"""Checks of the way to the provider: proxy and certificates. Nothing is asked."""

from __future__ import annotations

import ssl

from trading_bot.doctor.asking import needs_provider
from trading_bot.doctor.check import Check, fail, found_and_mend, ok, warn
from trading_bot.doctor.looked import Looked
from trading_bot.doctor.questions import Questions
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.network import (
    CERTIFICATE_VARIABLES,
    proxy_for,
    trusted_certificates,
)


@needs_provider
def proxy(looked: Looked, questions: Questions) -> Check:
    """Say by which proxy the provider is reached; never with its login."""
    host = questions.provider.host
    try:
        found = proxy_for(host, looked.variables)
    except DataSourceError as error:
        return fail(*found_and_mend(str(error), "write it as http://NAME:PORT"))
    if found is None:
        return ok(f"none: {host} is reached directly")
    login = ", with a login" if found.username else ""
    return ok(f"{host} is reached by {found.address} ({found.variable}{login})")


@needs_provider
def certificates(looked: Looked, questions: Questions) -> Check:
    """Say whose certificates are trusted."""
    host = questions.provider.host
    if host.startswith("http://"):
        return ok(f"none: {host} is spoken to without TLS")
    for variable in CERTIFICATE_VARIABLES:
        path = looked.variables.get(variable)
        if not path:
            continue
        try:
            ssl.create_default_context(cafile=path)
        except OSError as error:
            words = error.strerror or type(error).__name__
            return warn(
                f"{variable} names {path}, which cannot be used ({words}), so that this system's "
                "authorities are trusted",
                f"unset {variable}, or let it name a file of certificates in PEM",
            )
        return ok(f"those of {path} ({variable}), and no other")
    known = trusted_certificates({}).cert_store_stats()["x509_ca"]
    return ok(f"{known} authorities, this system's and certifi's")
