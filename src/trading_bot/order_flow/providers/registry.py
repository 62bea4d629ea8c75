"""Which provider a setting means: those of this package, and those that others install.

Another package adds one by an entry point of the group `order_flow.providers`: its name is the
value of `data_source`, and it names a callable with the arguments of `make_provider` below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from ..clock import Clock
from ..config import OrderFlowConfig
from ..retry import Wait
from .paired.provider import PairedProvider
from .provider import History, Provider
from .secrets import Secrets

GROUP: Final = "order_flow.providers"
"""The entry-point group of providers."""
_OWN: Final = {"databento": ".databento.provider", "polygon": ".polygon.provider"}
"""The providers of this package, and the module of each."""

MakeProvider = Callable[..., Provider]
"""Takes (config, clock=, wait=, history=, secrets=); returns the provider."""


def provider_names() -> tuple[str, ...]:
    """Return every value of `data_source` that can be used here."""
    return tuple(sorted({*_OWN, *(each.name for each in _installed())}))


def make_provider(
    config: OrderFlowConfig,
    *,
    clock: Clock,
    wait: Wait | None = None,
    history: History | None = None,
    secrets: Secrets | None = None,
) -> Provider:
    """Return the provider that `data_source` names; nothing is asked of it yet.

    `A+B` is made of two: prints and quotes of A, the depth of B, which is asked at `depth_url`.

    Args:
        config: Settings.
        clock: Exchange-aligned present.
        wait: Waits for turns and retries, and returns True when it was told to stop.
        history: Takes the place of the provider's own, for a host that has one already; of a
            pair's first.
        secrets: Where the provider finds its keys; environment and `.env` by default.

    Raises:
        ValueError: No such provider is here, and which are; or it lacks a package, and which; or
            two go together by no venue.
    """
    secrets = secrets or Secrets()
    first, _, second = config.data_source.partition("+")
    if second:
        depth = replace(config, data_source=second, base_url=config.depth_url)
        return PairedProvider(
            _make(
                replace(config, data_source=first),
                clock=clock,
                wait=wait,
                history=history,
                secrets=secrets,
            ),
            _make(depth, clock=clock, wait=wait, history=None, secrets=secrets),
            clock=clock,
        )
    return _make(config, clock=clock, wait=wait, history=history, secrets=secrets)


def _make(
    config: OrderFlowConfig,
    *,
    clock: Clock,
    wait: Wait | None,
    history: History | None,
    secrets: Secrets,
) -> Provider:
    make = _maker(config.data_source)
    if make is None:
        known = ", ".join(provider_names())
        raise ValueError(
            f"data_source={config.data_source!r} is no provider that is installed (known: {known})"
        )
    return make(config, clock=clock, wait=wait, history=history, secrets=secrets)


def _maker(name: str) -> MakeProvider | None:
    if name in _OWN:
        try:
            make: MakeProvider = import_module(_OWN[name], __package__).make_provider
        except ModuleNotFoundError as error:
            raise ValueError(
                f"data_source={name!r} needs a package that is not installed; "
                f"pip install {error.name}"
            ) from error
        return make
    found = next((each for each in _installed() if each.name == name), None)
    return None if found is None else found.load()


def _installed() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))
