"""robin_stocks reads the simulated Robinhood, so that it is a true peer, and fails as we say."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.robinhood_bench import RobinhoodBench

from trading_bot.brokers.robinhood.session import BASE_URL, TimedAdapter
from trading_bot.simulator.broker.account import SimulatedAccount
from trading_bot.simulator.broker.robinhood import (
    NUMBER,
    PASSWORD,
    TOKEN,
    USERNAME,
    SimulatedRobinhood,
)
from trading_bot.simulator.broker.served import Served

library: Any = pytest.importorskip("robin_stocks.robinhood", reason="robin_stocks is missing")


@pytest.fixture
def bench() -> Iterator[RobinhoodBench]:
    with Served(SimulatedRobinhood(SimulatedAccount(()))) as served:
        bench = RobinhoodBench(served)
        for symbol in ("ACME", "BOLT", "CLIF"):
            bench.hold(symbol, "5", "27.05")
        yield bench


@pytest.fixture
def official(bench: RobinhoodBench, tmp_path: Path) -> Iterator[Any]:
    """robin_stocks as it is, its questions led to the simulated Robinhood."""
    session, headers = library.globals.SESSION, dict(library.globals.SESSION.headers)
    adapter = TimedAdapter(bench.broker.base_url, allow_insecure=False, seconds=5)
    session.mount(BASE_URL, adapter)
    library.helper.set_output(io.StringIO())
    library.authentication.login(USERNAME, PASSWORD, pickle_path=str(tmp_path))
    yield library
    library.helper.set_login_state(False)
    session.headers = headers
    del session.adapters[BASE_URL]
    adapter.close()


def test_the_official_client_logs_in_and_reads_every_page(official: Any) -> None:
    # Given three positions on two pages; when the library reads them
    found = official.account.get_open_stock_positions(account_number=NUMBER)
    # Then it understands them
    assert official.globals.SESSION.headers["Authorization"] == f"Bearer {TOKEN}"
    assert [each["quantity"] for each in found] == ["5.00000000"] * 3
    assert official.stocks.get_symbol_by_url(found[0]["instrument"]) == "ACME"


def test_the_official_client_reads_the_accounts(official: Any) -> None:
    # Given the simulated Robinhood; when the library reads the account, then it understands it
    assert official.profiles.load_account_profile(info="account_number") == NUMBER


@pytest.mark.parametrize(("fault", "rows"), [("server_error", 0), ("page_two", 2)])
def test_the_official_client_takes_an_error_for_less_than_is_held(
    bench: RobinhoodBench, official: Any, fault: str, rows: int
) -> None:
    # Given a broker that fails, at once or at its second page; when the library reads it
    bench.break_reads(fault)
    found = [each for each in official.account.get_open_stock_positions() or [] if each]
    # Then it says that nothing is held, or the first page alone: why our own reading is used
    assert len(found) == rows
