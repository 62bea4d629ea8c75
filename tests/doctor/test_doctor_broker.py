"""The broker that is to say what is held: its key, its account, its positions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.alpaca_bench import SECRET
from support.doctor_values import hold, looked_at, stands
from support.provider_stub import KEY

from trading_bot.doctor import files
from trading_bot.doctor.broker import BrokerAnswers
from trading_bot.doctor.looked import Looked, SimulatedMarket
from trading_bot.order_flow.position import Position
from trading_bot.simulator.broker.terms import ACCOUNT_NUMBER, BROKER_KEY, BrokerTerms
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.running import RunningSimulator

ACME, BOLT = Position("ACME", 100, 27), Position("BOLT", 40, 83)


def broker(**terms: Any) -> RunningSimulator:
    return RunningSimulator(broker=BrokerTerms(secret=SECRET, holdings=(ACME, BOLT), **terms))


@pytest.fixture
def there() -> Iterator[RunningSimulator]:
    with broker() as simulator:
        yield simulator


def looked(home: Path, simulator: RunningSimulator | None, **variables: str) -> Looked:
    """Return what is looked at where Alpaca says what is held."""
    url = "http://127.0.0.1:9" if simulator is None else simulator.base_url
    environ = {
        "MASSIVE_API_KEY": KEY,
        "ORDER_FLOW_POSITIONS_URL": url,
        "APCA_API_KEY_ID": BROKER_KEY,
        "APCA_API_SECRET_KEY": SECRET,
    }
    return looked_at(home, environ=environ | variables, positions_source="alpaca")


def test_no_broker_is_asked_where_a_file_says_what_is_held(tmp_path: Path) -> None:
    # Given a positions file; when the broker is looked at, then none is asked
    hold(tmp_path, "ACME")
    stands(files.broker(looked_at(tmp_path)), "ok", "none is asked")


def test_settings_that_cannot_be_read_say_nothing_of_a_broker(tmp_path: Path) -> None:
    # Given settings that cannot be read; when the broker is looked at, then it is not called well
    found = looked(tmp_path, None, ORDER_FLOW_POSITIONS_URL="no address")
    stands(files.broker(found), "warn", "the settings cannot be read", "mend settings first")


def test_a_broker_that_lets_the_key_in_is_well(tmp_path: Path, there: RunningSimulator) -> None:
    # Given a broker with two positions, and a file with a watchlist
    hold(tmp_path, watchlist=("CLIF",))
    found = looked(tmp_path, there)
    # When it is looked at
    check = files.broker(found)
    # Then account and positions are said, and never the whole number
    stands(check, "ok", "alpaca lets it in, account ...0310, 2 positions")
    assert ACCOUNT_NUMBER not in check.found
    # And its positions are those that the other checks look at
    stands(files.positions(found), "ok", "alpaca: 2 positions, 1 only watched")
    assert found.holdings.symbols == ("ACME", "BOLT", "CLIF")


def test_a_bad_stop_in_the_file_is_named(tmp_path: Path, there: RunningSimulator) -> None:
    # Given a file whose stop cannot be read; when the positions are looked at, then it is named
    row = '{"symbol": "ACME", "quantity": 1, "stop": "soon"}'
    (tmp_path / "positions.json").write_text(f'{{"positions": [{row}]}}', encoding="utf-8")
    stands(files.positions(looked(tmp_path, there)), "fail", "a stop cannot be read", "stop='soon'")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("unknown_key", "does not know this key"),
        ("not_authorized", "does not let it read /v2/account (403)"),
        ("server_error", "Alpaca failed at /v2/account (500)"),
        ("rate_limited", "too many requests"),
    ],
)
def test_a_broker_that_refuses_is_a_failure_with_its_mend(
    tmp_path: Path, there: RunningSimulator, fault: str, words: str
) -> None:
    # Given a broker that refuses
    there.faults.add(Fault(fault, paths=("account",)))
    found = looked(tmp_path, there)
    # When it is looked at, then it is said how to mend it
    stands(files.broker(found), "fail", "alpaca: ", words)
    # And what is held is not taken for nothing
    stands(files.positions(found), "fail", "alpaca does not say what is held; mend broker first")


def test_an_account_without_readable_positions_is_a_failure(
    tmp_path: Path, there: RunningSimulator
) -> None:
    # Given a broker whose account is found, and whose positions are not
    there.faults.add(Fault("not_authorized", paths=("positions",)))
    # When it is looked at, then that is said
    stands(files.broker(looked(tmp_path, there)), "fail", "let it read /v2/positions (403)")


def test_an_account_that_is_not_approved_is_a_warning(tmp_path: Path) -> None:
    # Given an account whose owner was not let in yet; when it is looked at, then that is said
    with broker(is_approved=False) as simulator:
        stands(files.broker(looked(tmp_path, simulator)), "warn", "its status is SUBMITTED")


def test_another_account_than_the_one_that_is_named_is_a_failure(
    tmp_path: Path, there: RunningSimulator
) -> None:
    # Given the number of another account
    found = looked(tmp_path, there, ORDER_FLOW_POSITIONS_ACCOUNT="PA3X9K7LQ2")
    # When it is looked at, then the ends of both are said
    stands(files.broker(found), "fail", "of the account ...0310", "names ...7LQ2")


def test_a_broker_that_cannot_be_reached_is_a_failure(tmp_path: Path) -> None:
    # Given an address that nobody listens at; when it is looked at, then that is said
    stands(files.broker(looked(tmp_path, None)), "fail", "cannot be reached", "positions_url")


def test_no_key_is_a_failure_with_its_names(tmp_path: Path, there: RunningSimulator) -> None:
    # Given no secret; when it is looked at, then both variables are named
    found = looked(tmp_path, there, APCA_API_SECRET_KEY="")
    stands(files.broker(found), "fail", "APCA_API_KEY_ID and APCA_API_SECRET_KEY")


def test_a_broker_that_is_not_here_is_a_failure_and_no_other_check_fails_for_it(
    tmp_path: Path,
) -> None:
    # Given a name that no source has
    hold(tmp_path, "ACME")
    found = looked_at(tmp_path, positions_source="nobody")
    # When all is looked at
    # Then the names that there are are said
    stands(files.broker(found), "fail", "'nobody' is no source", "alpaca, file")
    stands(files.positions(found), "fail", "is not here; mend broker first")
    assert found.questions is not None
    found.close()


def test_what_is_no_stock_is_counted(tmp_path: Path, there: RunningSimulator) -> None:
    # Given an option beside the stocks
    rows = there.broker.account.positions
    there.broker.account.positions = lambda: [*rows(), {"asset_class": "us_option"}]  # type: ignore[method-assign]  # what the account cannot hold
    # When it is looked at, then it is said that it is left out
    stands(files.broker(looked(tmp_path, there)), "ok", "2 positions, 1 that are no stocks")


def test_the_simulated_market_has_a_broker_of_its_own(
    tmp_path: Path, there: RunningSimulator
) -> None:
    # Given the simulated market with its broker
    market = SimulatedMarket(there.base_url, SECRET)
    found = looked_at(tmp_path, simulated=True, market=market, positions_source="alpaca")
    # When it is looked at, then no key of the trader's own is asked for
    stands(files.broker(found), "ok", "alpaca lets it in")
    # And another broker is not there
    other = looked_at(tmp_path, simulated=True, market=market, positions_source="nobody")
    stands(files.broker(other), "fail", "the simulated market has no broker 'nobody'")


def test_what_was_asked_once_is_as_old_as_its_trouble() -> None:
    # Given an answer, and none; when they are asked as an account is that is followed
    refused, there = BrokerAnswers("alpaca", trouble="the key is refused"), BrokerAnswers("alpaca")
    # Then trouble alone makes it old, and nothing is known of a sale
    assert (refused.get_stale(), there.get_stale()) == ("the key is refused", "")
    assert there.get_closed() == frozenset()
