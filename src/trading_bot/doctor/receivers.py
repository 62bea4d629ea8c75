"""Checks of who is told on phone and by mail; nothing is sent."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

from trading_bot.doctor.check import SETTINGS_UNREAD, Check, fail, ok, warn
from trading_bot.doctor.looked import Looked
from trading_bot.notify.by_apprise import MISSING, Receivers, is_there
from trading_bot.order_flow.settings.addresses import host_of, shown_receivers

_NOBODY = "nobody is told: notify_urls is empty"
_TRY = "try it with: trading-bot notify test"


def library(looked: Looked) -> Check:
    """Check that what sends is installed, where somebody is to be told."""
    config = looked.config
    if config is None:
        return warn(*SETTINGS_UNREAD)
    if not config.notify_urls:
        return ok(_NOBODY)
    if not is_there():
        found, _, mend = MISSING.partition(": ")
        return fail(found, mend)
    return ok(f"{len(config.notify_urls)} receivers, and apprise is there")


def receivers(looked: Looked) -> Check:
    """Check that the library is there and understands each address."""
    config = looked.config
    found = library(looked)
    if found.state != "ok" or config is None or not config.notify_urls:
        return found
    made = Receivers(config.notify_urls)
    names = shown_receivers(config.notify_urls)
    wrong = [name for place, name in enumerate(names) if not made.understood(place)]
    if wrong:
        return fail(
            f"not understood: {', '.join(wrong)}",
            "write each address as apprise does (its page of services lists them)",
        )
    return ok(f"{', '.join(names)}; {_TRY}")


def hosts(looked: Looked, resolve: Callable[[str], object] | None = None) -> Check:
    """Check that the host of each receiver, and of the dead-man's switch, is known."""
    config = looked.config
    if config is None:
        return warn(*SETTINGS_UNREAD)
    urls = (*config.notify_urls, *_switch(config.heartbeat_url))
    if not urls:
        return ok(_NOBODY)
    look_up = resolve or _look_up
    named = {host: None for each in urls if (host := host_of(each))}
    unknown = [host for host in named if not _is_known(host, look_up)]
    if unknown:
        return warn(f"host not known: {', '.join(unknown)}", "mend its address, or this network")
    if not named:
        return ok("none names a host: the services of apprise know their own")
    return ok(f"{', '.join(named)} known; nothing was sent. {_TRY}")


def _switch(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url


def _look_up(host: str) -> object:
    return socket.getaddrinfo(host, None)


def _is_known(host: str, look_up: Callable[[str], object]) -> bool:
    try:
        look_up(host)
    except OSError:
        return False
    return True
