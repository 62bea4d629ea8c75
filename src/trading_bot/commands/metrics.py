"""The metrics of `trading-bot monitor`: by a port, in a text file, or both."""

from __future__ import annotations

from contextlib import ExitStack

from trading_bot.bot import TradingBot
from trading_bot.metrics.library import refuse_missing_library
from trading_bot.metrics.reading import NoticesHealth
from trading_bot.screen import Say
from trading_bot.watched.asked import MonitorOptions


def refuse_metrics_in_vain(options: MonitorOptions) -> None:
    """Make sure that what makes metrics is there, where some are asked for.

    Raises:
        MissingLibraryError: It is not; says what to install.
    """
    if options.asks_for_metrics:
        refuse_missing_library()


def tell_metrics(
    options: MonitorOptions, bot: TradingBot, notices: NoticesHealth, say: Say
) -> ExitStack:
    """Tell the metrics of a bot wherever that is asked for, to the end of the `with` block.

    Args:
        options: What the command line asks for.
        bot: Whose.
        notices: How its notices do.
        say: Says where they are told.

    Raises:
        ValueError: The port cannot be had, or the file cannot be written or has another suffix than
            `.prom`.
    """
    telling = ExitStack()
    if not options.asks_for_metrics:
        return telling
    # The library takes memory, which only who asks for metrics has to spare.
    from prometheus_client import CollectorRegistry, ProcessCollector  # noqa: PLC0415 - see above

    from trading_bot.metrics.collector import GuardCollector  # noqa: PLC0415 - see above
    from trading_bot.metrics.serving import MetricsServer  # noqa: PLC0415 - see above
    from trading_bot.metrics.text_file import MetricsFile  # noqa: PLC0415 - see above

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(GuardCollector(bot.monitor, notices=notices))
    threads = bot.monitor.threads
    with telling:
        if options.metrics_port is not None:
            server = telling.enter_context(MetricsServer(registry, options.metrics_port, threads))
            say(f"Metrics: {server.address}")
        if options.metrics_file is not None:
            telling.enter_context(MetricsFile(registry, options.metrics_file, threads))
            say(f"Metrics: {options.metrics_file}, every 15 s")
        return telling.pop_all()
