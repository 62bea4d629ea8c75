"""What a watch looks at before it begins: the quick checks, and whether the key is let in.

What may mend itself while the guard runs is a warning: it watches on, and says what it cannot see.
What cannot mend itself ends it here, instead of a watch that sees nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from trading_bot.doctor.check import Check
from trading_bot.doctor.checks import QUICK
from trading_bot.doctor.looked import Looked
from trading_bot.doctor.questions import refusal_of_key
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.config import OrderFlowConfig
from trading_bot.order_flow.errors import DataSourceError, OrderFlowError
from trading_bot.order_flow.providers.provider import Entrance, Provider, TwoFeeds
from trading_bot.order_flow.providers.registry import make_provider
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.watched.choice import OWN_PROVIDER


class NotReadyError(ValueError):
    """The watch cannot begin; says why, and how to mend it."""


def make_ready(looked: Looked, say: Callable[[str, str], None]) -> None:
    """Say every warning of the quick checks, and refuse what cannot mend itself.

    Args:
        looked: What is to be watched.
        say: Shows a sentence in a style.

    Raises:
        NotReadyError: The watch cannot begin.
    """
    for sentence in warnings_before_watch(looked):
        say(f"warning: {sentence}", "yellow")
    config = looked.config
    if config is None or looked.simulated or _asks_nobody(config):
        return
    secrets = Secrets(looked.environ, env_file=looked.env_file)
    trouble = refuse_unfit(config, looked.holdings.symbols, secrets)
    # Another host is asked for its time next, and that says the same.
    if trouble and config.base_url is None:
        say(f"warning: {trouble}", "yellow")


def enter_or_refuse(looked: Looked) -> bool:
    """Knock at a provider whose stream says at once whom it lets in.

    Args:
        looked: What is to be watched.

    Returns:
        Whether it has let us in; False also for a provider that is asked in other ways.

    Raises:
        NotReadyError: It does not, and that will not mend itself.
    """
    questions = None if looked.simulated else looked.questions
    if questions is None:
        return False
    provider, symbols = questions.provider, looked.holdings.symbols
    try:
        _second_entered(provider, symbols)
        return isinstance(provider, Entrance) and not _entered(provider, symbols)
    except OrderFlowError as error:
        raise NotReadyError(refusal_of_key(error) or str(error)) from error
    finally:
        looked.close()


def warnings_before_watch(looked: Looked) -> tuple[str, ...]:
    """Make the quick checks, which ask nobody; return a sentence for each warning.

    Raises:
        NotReadyError: Something does not work, and will not while the guard runs.
    """
    found = {name: look(looked) for name, look in QUICK.items()}
    failed = [_said(name, check) for name, check in found.items() if check.state == "fail"]
    if failed:
        raise NotReadyError("; ".join(failed))
    return tuple(_said(name, check) for name, check in found.items() if check.state == "warn")


def refuse_unfit(config: OrderFlowConfig, symbols: tuple[str, ...], secrets: Secrets) -> str:
    """Ask the provider one question, once, and refuse to begin where that cannot mend itself.

    Whatever else goes wrong may mend itself and is left to the run, which asks again.

    Args:
        config: Settings.
        symbols: What is to be watched.
        secrets: Where the provider finds its keys.

    Returns:
        What is wrong now and may mend itself, of a feed that is knocked at; else nothing.

    Raises:
        NotReadyError: The key is not known, or may not ask; or the stream has no such symbol.
    """
    # One that waits for nothing asks no second time.
    provider = make_provider(config, clock=utc_now, wait=_waits_not, secrets=secrets)
    trouble = ""
    try:
        trouble = _second_entered(provider, symbols)
        if isinstance(provider, Entrance):
            return _entered(provider, symbols)
        provider.reference.get_market_state()
    except OrderFlowError as error:
        if refusal := refusal_of_key(error):
            raise NotReadyError(refusal) from error
    finally:
        provider.close()
    return trouble


def _second_entered(provider: Provider, symbols: tuple[str, ...]) -> str:
    """Knock at the feed of levels, where that is another; return what costs its channel alone.

    Raises:
        OrderFlowError: It lets nobody in.
    """
    feed = provider.depth_feed if isinstance(provider, TwoFeeds) else None
    if not isinstance(feed, Entrance):
        return ""
    try:
        unknown = feed.enter(symbols).unknown
    except DataSourceError as error:
        if not error.retryable:
            raise
        return f"{error} [{error.code}]"
    said = "; ".join(unknown.values())
    return f"{said}: no depth of it will be seen; name another dataset" if said else ""


def _entered(provider: Entrance, symbols: tuple[str, ...]) -> str:
    """Knock at a stream that says at once whom it lets in; return what may mend itself.

    Raises:
        OrderFlowError: It lets nobody in.
        NotReadyError: It has none of a symbol.
    """
    try:
        entry = provider.enter(symbols)
    except DataSourceError as error:
        if not error.retryable:
            raise
        return f"{error} [{error.code}]"
    if entry.unknown:
        raise NotReadyError(
            f"{'; '.join(entry.unknown.values())}; correct or take out {', '.join(entry.unknown)} "
            "where you hold or watch it"
        )
    return ""


def _asks_nobody(config: OrderFlowConfig) -> bool:
    """Return whether neither key nor host says that a live market is meant."""
    is_ours = config.data_source == OWN_PROVIDER
    return is_ours and not (config.polygon_api_key or config.base_url)


def _waits_not(_seconds: float) -> bool:
    return True


def _said(name: str, check: Check) -> str:
    return f"{name}: {check.found}; {check.mend}"
