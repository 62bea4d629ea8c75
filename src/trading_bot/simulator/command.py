"""`trading-bot simulate`, and `python -m trading_bot.simulator`: the simulated market alone.

It imports nothing heavy: every `trading-bot` command lists it.
"""

# ruff: noqa: PLC0415 - see above

from __future__ import annotations

import os
import sys
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Any

import click

from trading_bot.simulator.faults.fault_kinds import FAULT_KINDS
from trading_bot.simulator.settings import DEFAULT_KEY, DEFAULT_SEED, KEY_VARIABLE

if TYPE_CHECKING:
    from trading_bot.simulator.faults.faults import Fault


class _Fault(click.ParamType["Fault"]):
    """A fault, as `KIND,NAME=VALUE,...`."""

    name = "fault"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fault:
        """Return the fault; refuse one that is not known."""
        from trading_bot.simulator.faults.faults import parse_fault

        try:
            return parse_fault(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Moment(click.ParamType[datetime]):
    """A moment with its zone, ISO 8601."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment; refuse one without a zone."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment; write it like 2026-01-31T12:00Z", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value} has no time zone; write it like 2026-01-31T12:00Z", param, ctx)
        return moment


class _Speed(click.ParamType[float]):
    """A factor above 0."""

    name = "speed"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the factor; refuse what is none."""
        try:
            speed = float(value)
        except ValueError:
            speed = 0.0
        if not 0 < speed < inf:
            self.fail(f"{value} must be a number above 0", param, ctx)
        return speed


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    epilog=f"The key comes from {KEY_VARIABLE}. Kinds of fault: {', '.join(FAULT_KINDS)}.",
)
@click.option("--port", type=int, default=0, help="TCP port; 0 takes any free one.")
@click.option("--seed", type=int, default=DEFAULT_SEED, help="Same seed, same events.")
@click.option(
    "--fault",
    "faults",
    type=_Fault(),
    multiple=True,
    metavar="KIND[,NAME=VALUE...]",
    help="Such as rate_limited,retry_after=2,paths=trades+quotes,count=3,after_seconds=20.",
)
@click.option(
    "--started-at",
    type=_Moment(),
    help="Machine time, ISO 8601, at which the market stood at its start; else now.",
)
@click.option("--speed", type=_Speed(), default=1.0, help="Market seconds in a second.")
@click.option("--limit-bands", is_flag=True, help="Let the stream's LULD channel be subscribed.")
@click.option("--depth", is_flag=True, help="Serve ten levels too, in Databento's words.")
@click.option(
    "--depth-port", type=int, default=0, help="TCP port of --depth; 0 takes any free one."
)
@click.option("--broker", is_flag=True, help="Serve a broker too, in Alpaca's words.")
@click.option(
    "--one-venue",
    is_flag=True,
    help="Of --depth the prints of Nasdaq alone, as beside a tape of all exchanges.",
)
@click.option(
    "--with-parent",
    is_flag=True,
    help="End when standard input ends; Ctrl-C is left to the parent.",
)
def simulate(
    port: int,
    seed: int,
    faults: tuple[Fault, ...],
    started_at: datetime | None,
    speed: float,
    limit_bands: bool,
    depth: bool,
    depth_port: int,
    broker: bool,
    one_venue: bool,
    with_parent: bool,
) -> None:
    """Run the simulated market alone, for a bot of your own: REST and WebSocket, as the provider's.

    Once it listens it prints one JSON line with its address, key and start of market time. Ctrl-C
    ends it.

    Example: trading-bot simulate --port 8765 --fault ws_mute,after_seconds=20
    """
    import asyncio

    from trading_bot.simulator.broker.terms import PLAN, BrokerTerms
    from trading_bot.simulator.gateway.gw_terms import NASDAQ_EXCHANGE, GatewayTerms
    from trading_bot.simulator.server import ServerSettings
    from trading_bot.simulator.serving import serve
    from trading_bot.simulator.stream.ws_api import StreamTerms

    key = os.environ.get(KEY_VARIABLE) or DEFAULT_KEY
    try:
        settings = ServerSettings(
            seed=seed,
            keys=(key,),
            port=port,
            faults=list(faults),
            started_at=started_at,
            warm=True,
            speed=speed,
            stream=StreamTerms(limit_bands=limit_bands),
            depth=GatewayTerms(port=depth_port, exchange=NASDAQ_EXCHANGE if one_venue else 0)
            if depth or depth_port
            else None,
            broker=BrokerTerms(secret=key, plan=PLAN) if broker else None,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    parent = sys.stdin.fileno() if with_parent else None
    try:
        asyncio.run(serve(settings, key, parent, sys.stdout))
    except (OSError, OverflowError) as error:
        ports = f"{port} or {depth_port}" if depth_port else f"{port}"
        click.echo(f"cannot listen on port {ports}: {error}", err=True)
        click.get_current_context().exit(1)
