"""Interactive Brokers and Robinhood as the doctor sees them: extra, address, account."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from support.doctor_values import looked_at, stands
from support.provider_stub import KEY

from trading_bot.doctor import files
from trading_bot.doctor.check import Check
from trading_bot.simulator.broker.account import SimulatedAccount
from trading_bot.simulator.broker.robinhood import PASSWORD, USERNAME, SimulatedRobinhood
from trading_bot.simulator.broker.served import Served
from trading_bot.simulator.broker.tws import SimulatedTws


@pytest.fixture
def account() -> SimulatedAccount:
    account = SimulatedAccount(())
    account.hold("ACME", Decimal(100), Decimal("27.05"))
    account.hold("BOLT", Decimal(40), Decimal("83.1"))
    return account


@pytest.fixture
def tws(account: SimulatedAccount) -> Iterator[SimulatedTws]:
    pytest.importorskip("ib_async", reason="the extra `ibkr` is not installed")
    with Served(SimulatedTws(account)) as served:
        yield served.server


@pytest.fixture
def robinhood(account: SimulatedAccount) -> Iterator[SimulatedRobinhood]:
    pytest.importorskip("robin_stocks", reason="the extra `robinhood` is not installed")
    with Served(SimulatedRobinhood(account)) as served:
        yield served.server


def at_tws(home: Path, port: int, **variables: str) -> Check:
    environ = {
        "MASSIVE_API_KEY": KEY,
        "ORDER_FLOW_POSITIONS_URL": f"tcp://127.0.0.1:{port}",
        "ORDER_FLOW_POSITIONS_PAPER": "1",
    }
    return files.broker(looked_at(home, environ=environ | variables, positions_source="ibkr"))


def at_robinhood(home: Path, url: str, **variables: str) -> Check:
    environ = {
        "MASSIVE_API_KEY": KEY,
        "ORDER_FLOW_POSITIONS_URL": url,
        "ROBINHOOD_USERNAME": USERNAME,
        "ROBINHOOD_PASSWORD": PASSWORD,
    }
    return files.broker(looked_at(home, environ=environ | variables, positions_source="robinhood"))


@pytest.mark.parametrize(("name", "package"), [("ibkr", "ib_async"), ("robinhood", "robin_stocks")])
def test_an_extra_that_is_missing_is_a_failure_with_its_line(
    tmp_path: Path, name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an installation without the broker's extra
    for each in [each for each in sys.modules if each.startswith(f"trading_bot.brokers.{name}.")]:
        monkeypatch.delitem(sys.modules, each)
    for each in (package, *(each for each in sys.modules if each.startswith(f"{package}."))):
        monkeypatch.setitem(sys.modules, each, None)
    # When it is looked at, then the line that installs it is the mend
    check = files.broker(looked_at(tmp_path, positions_source=name))
    stands(check, "fail", "needs a package", f"pip install 'trading-bot-order-flow[{name}]'")


def test_tws_that_is_logged_in_is_well(tmp_path: Path, tws: SimulatedTws) -> None:
    # Given TWS with two positions; when it is looked at, then account and positions are said
    stands(at_tws(tmp_path, tws.port), "ok", "ibkr lets it in, account ...4321, 2 positions")


def test_tws_that_runs_a_live_account_where_paper_is_meant_is_a_warning(
    tmp_path: Path, tws: SimulatedTws
) -> None:
    # Given a live account, and settings that mean paper; when it is looked at, then it is a warning
    tws.numbers = ("U7654321",)
    stands(at_tws(tmp_path, tws.port), "warn", "a live account", "positions_paper=false")


def test_tws_that_does_not_run_is_a_failure_with_its_ports(
    tmp_path: Path, tws: SimulatedTws
) -> None:
    # Given an address that nobody listens at; when it is looked at, then the ports are said
    stands(at_tws(tmp_path, 9), "fail", "no TWS or IB Gateway listens", "7496 live")


def test_an_account_at_tws_that_cannot_be_read_is_a_failure(
    tmp_path: Path, tws: SimulatedTws
) -> None:
    # Given TWS without its own connection; when it is looked at, then that is said
    tws.fault = "offline"
    stands(at_tws(tmp_path, tws.port), "fail", "lost its connection to IBKR (1100)")


def test_robinhood_that_lets_the_log_in_in_is_well(
    tmp_path: Path, robinhood: SimulatedRobinhood
) -> None:
    # Given an account with two positions; when it is looked at, then both are said
    check = at_robinhood(tmp_path, robinhood.base_url)
    stands(check, "ok", "robinhood lets it in, account ...3210, 2 positions")


def test_a_device_that_is_to_be_approved_is_a_failure_with_what_to_do(
    tmp_path: Path, robinhood: SimulatedRobinhood
) -> None:
    # Given a log-in that wants an approval; when it is looked at, then the phone is named
    robinhood.login = "approval"
    check = at_robinhood(tmp_path, robinhood.base_url)
    stands(check, "fail", "wants this device to be approved", "open its app on your phone")


def test_a_wrong_password_is_a_failure_with_its_variables(
    tmp_path: Path, robinhood: SimulatedRobinhood
) -> None:
    # Given another password; when it is looked at, then its variable is named
    check = at_robinhood(tmp_path, robinhood.base_url, ROBINHOOD_PASSWORD="another-one")
    stands(check, "fail", "does not let this name and password in", "ROBINHOOD_PASSWORD")


def test_an_account_at_robinhood_that_cannot_be_read_is_a_failure(
    tmp_path: Path, robinhood: SimulatedRobinhood
) -> None:
    # Given positions that fail; when it is looked at, then that is said
    robinhood.fault = "server_error"
    stands(at_robinhood(tmp_path, robinhood.base_url), "fail", "failed at /positions/ (500)")
