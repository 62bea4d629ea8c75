"""The log-in to Robinhood: every way that it goes has its sentence, and nobody has to type."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from support.robinhood_bench import LOGIN, RobinhoodBench

from trading_bot.brokers.robinhood.feed import RobinhoodFeed
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.positions.source import PositionsRead
from trading_bot.simulator.broker.account import SimulatedAccount
from trading_bot.simulator.broker.robinhood import PASSWORD, TOKEN, SimulatedRobinhood
from trading_bot.simulator.broker.served import Served

official = pytest.importorskip("robin_stocks.robinhood.globals")
MFA_SECRET = "JBSWY3DPEHPK3PXP"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bench() -> Iterator[RobinhoodBench]:
    with Served(SimulatedRobinhood(SimulatedAccount(()))) as served:
        bench = RobinhoodBench(served)
        bench.hold("ACME", "100", "27.05")
        yield bench


def read(feed: RobinhoodFeed) -> PositionsRead:
    return asyncio.run(feed.read())


def refused(feed: RobinhoodFeed) -> DataSourceError:
    with pytest.raises(DataSourceError) as caught:
        read(feed)
    assert PASSWORD not in str(caught.value)
    return caught.value


def test_a_log_in_is_done_once_and_its_token_used(bench: RobinhoodBench) -> None:
    # Given name and password; when all is read twice, then it was logged in once
    feed = bench.feed()
    read(feed)
    read(feed)
    assert len(bench.broker.logins) == 1
    assert set(bench.broker.authorized) == {f"Bearer {TOKEN}"}


def test_the_same_device_logs_in_at_each_start(bench: RobinhoodBench) -> None:
    # Given two starts; when both log in, then an approval of the first is one of the second
    read(bench.feed())
    read(bench.feed())
    assert len({each["device_token"] for each in bench.broker.logins}) == 1


def test_wrong_name_or_password_is_said_and_not_tried_again(bench: RobinhoodBench) -> None:
    # Given another password
    feed = RobinhoodFeed(bench.terms(login=LOGIN | {"ROBINHOOD_PASSWORD": "another"}))
    # When all is read twice
    first, second = refused(feed), refused(feed)
    # Then it is said with the broker's own words, and was asked once: more could lock the account
    assert (first.code, second.code) == ("wrong_key", "wrong_key")
    assert "Unable to log in with provided credentials." in str(first)
    assert len(bench.broker.logins) == 1


def test_no_log_in_is_said_with_its_variables(bench: RobinhoodBench) -> None:
    # Given neither name nor password; when all is read, then both variables are named
    error = refused(RobinhoodFeed(bench.terms(login={})))
    assert error.code == "missing_key"
    assert "ROBINHOOD_USERNAME and ROBINHOOD_PASSWORD" in str(error)


def test_the_log_in_of_a_bot_of_the_same_process_is_used(
    bench: RobinhoodBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a bot that has logged in with robin_stocks, and no log-in of our own
    monkeypatch.setitem(official.SESSION.headers, "Authorization", f"Bearer {TOKEN}")
    # When all is read, then its token lets it in
    assert tuple(read(RobinhoodFeed(bench.terms(login={}))).positions) == ("ACME",)
    assert bench.broker.logins == []


def test_the_log_in_of_a_bot_that_has_run_out_is_its_own_to_mend(
    bench: RobinhoodBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a bot whose log-in has run out; when all is read, then it is to log in again
    monkeypatch.setitem(official.SESSION.headers, "Authorization", "Bearer run-out")
    error = refused(RobinhoodFeed(bench.terms(login={})))
    assert error.code == "logged_out"
    assert "let the bot of this process log in again" in str(error)


def test_a_bot_s_session_is_left_as_it_is(bench: RobinhoodBench) -> None:
    # Given the session of robin_stocks; when all is read, then nothing of it has changed
    before = dict(official.SESSION.headers), dict(official.SESSION.adapters)
    read(bench.feed())
    assert (dict(official.SESSION.headers), dict(official.SESSION.adapters)) == before


def test_a_code_that_is_asked_for_is_named_with_its_variable(bench: RobinhoodBench) -> None:
    # Given a log-in that asks for the authenticator's code, and no secret of it
    bench.broker.login = "mfa"
    feed = bench.feed()
    # When all is read twice, then the variable is named, and it was asked once
    assert "ROBINHOOD_MFA_SECRET" in str(refused(feed))
    assert refused(feed).code == "mfa_needed"
    assert len(bench.broker.logins) == 1


def test_the_authenticator_s_code_is_made_of_its_secret(bench: RobinhoodBench) -> None:
    # Given the secret of the app; when all is read, then the code of the moment is sent
    bench.broker.login = "mfa"
    feed = RobinhoodFeed(bench.terms(login=LOGIN | {"ROBINHOOD_MFA_SECRET": MFA_SECRET}))
    assert tuple(read(feed).positions) == ("ACME",)
    assert bench.broker.logins[0]["mfa_code"].isdecimal()


def test_a_secret_that_is_none_is_said(bench: RobinhoodBench) -> None:
    # Given a code in the place of the secret; when all is read, then that is said
    feed = RobinhoodFeed(bench.terms(login=LOGIN | {"ROBINHOOD_MFA_SECRET": "123456"}))
    error = refused(feed)
    assert error.code == "bad_mfa_secret"
    assert "123456" not in str(error)


def test_a_code_by_message_is_said_with_another_way(bench: RobinhoodBench) -> None:
    # Given a log-in that sends a code; when all is read, then a way without typing is named
    bench.broker.login = "sms"
    feed = bench.feed()
    assert "a code by sms that only a person can type" in str(refused(feed))
    assert refused(feed).code == "code_needed"
    assert len(bench.broker.logins) == 1


def test_a_device_is_approved_on_the_phone_and_the_log_in_goes_on(bench: RobinhoodBench) -> None:
    # Given a log-in that wants this device to be approved
    bench.broker.login = "approval"
    feed = bench.feed()
    # When all is read, and again before somebody looks at the phone
    assert "open its app on your phone" in str(refused(feed))
    assert refused(feed).code == "device_approval"
    # And once it is approved
    bench.broker.prompt = "validated"
    # Then all is read, and it was logged in no more often than needed
    assert tuple(read(feed).positions) == ("ACME",)
    assert len(bench.broker.logins) == 2


def test_an_approval_that_comes_at_once_counts_at_the_next_question(bench: RobinhoodBench) -> None:
    # Given a device that is approved before it is looked at; when all is read twice
    bench.broker.login, bench.broker.prompt = "approval", "validated"
    feed = bench.feed()
    # Then the second read is let in
    assert refused(feed).code == "device_approval"
    assert tuple(read(feed).positions) == ("ACME",)


def test_an_approval_that_robinhood_still_looks_at_is_waited_for(bench: RobinhoodBench) -> None:
    # Given an approved device whose workflow is not through; when all is read, then it is waited
    bench.broker.login, bench.broker.prompt = "approval", "validated"
    bench.broker.workflow = "workflow_status_internal_pending"
    assert refused(bench.feed()).code == "device_approval"


def test_a_device_that_is_refused_is_asked_for_anew(bench: RobinhoodBench) -> None:
    # Given an approval that was refused on the phone
    bench.broker.login, bench.broker.prompt = "approval", "denied"
    feed = bench.feed()
    # When all is read, then that is said, and the next read begins anew
    assert refused(feed).code == "approval_refused"
    bench.broker.prompt = "issued"
    assert refused(feed).code == "device_approval"
    assert len(bench.broker.logins) == 2


@pytest.mark.parametrize(("minutes", "code"), [(4.9, "device_approval"), (5.1, "approval_refused")])
def test_an_approval_runs_out_after_five_minutes(
    bench: RobinhoodBench, minutes: float, code: str
) -> None:
    # Given an approval that nobody looks at
    bench.broker.login = "approval"
    feed = bench.feed()
    refused(feed)
    # When it is looked at again a little before or after
    bench.clock.later = minutes * MINUTE
    # Then it is waited for, or has run out
    assert refused(feed).code == code


def test_a_device_that_is_approved_by_a_code_says_so(bench: RobinhoodBench) -> None:
    # Given a workflow that sends a code; when all is read, then a way without typing is named
    bench.broker.login, bench.broker.challenge = "approval", "sms"
    assert refused(bench.feed()).code == "code_needed"


def test_a_workflow_that_nobody_knows_is_said(bench: RobinhoodBench) -> None:
    # Given a workflow of another kind; when all is read, then it is said where
    bench.broker.login, bench.broker.challenge = "approval", ""
    error = refused(bench.feed())
    assert error.code == "unknown_workflow"
    assert "/pathfinder" in str(error)


@pytest.mark.parametrize(
    "path", ["/oauth2/", "/pathfinder/user_machine/", "/pathfinder/inquiries/", "/push/"]
)
def test_a_step_that_fails_is_said_and_tried_again(bench: RobinhoodBench, path: str) -> None:
    # Given a step of the log-in that fails
    bench.broker.login = "approval"
    bench.broker.fault, bench.broker.fault_path = "server_error", path
    feed = bench.feed()
    # When all is read, then the step is named
    error = refused(feed)
    assert error.code == "server_error"
    assert path in str(error)
    # And it goes on when it is mended
    bench.broker.fault, bench.broker.prompt = "", "validated"
    if path in ("/oauth2/", "/pathfinder/user_machine/"):
        assert refused(feed).code == "device_approval"
    assert tuple(read(feed).positions) == ("ACME",)


def test_the_last_step_of_an_approval_may_fail_as_well(bench: RobinhoodBench) -> None:
    # Given an approval that was looked at, and then fails at its last step
    bench.broker.login = "approval"
    feed = bench.feed()
    refused(feed)
    bench.broker.prompt = "validated"
    bench.broker.fault, bench.broker.fault_path = "server_error", "/pathfinder/inquiries/"
    # When all is read, then that is said
    assert refused(feed).code == "server_error"


def test_an_answer_of_another_shape_is_no_log_in(bench: RobinhoodBench) -> None:
    # Given a log-in that answers something else; when all is read, then it is refused
    bench.broker.login = "odd"
    assert refused(bench.feed()).code == "unexpected_shape"


@pytest.mark.parametrize(("seconds", "logins"), [(59, 1), (61, 2)])
def test_a_log_in_that_has_run_out_is_done_again_after_a_minute(
    bench: RobinhoodBench, seconds: float, logins: int
) -> None:
    # Given a token that is no longer let in
    feed = bench.feed()
    read(feed)
    bench.break_reads("logged_out")
    assert "it is logged in again" in str(refused(feed))
    bench.break_reads("")
    # When all is read a little before or after a minute has passed
    bench.clock.later = timedelta(seconds=seconds)
    if logins == 1:
        assert refused(feed).code == "logged_out"
    else:
        read(feed)
    # Then it was logged in again, or not: a token that is refused at once stays refused
    assert len(bench.broker.logins) == logins
