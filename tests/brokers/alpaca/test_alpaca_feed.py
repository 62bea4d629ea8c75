"""One account at Alpaca, asked and listened to at the simulated broker."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal

import pytest
from support.alpaca_bench import EMPTY, SECRET, AlpacaBench, keys
from support.patience import until

from trading_bot.brokers.alpaca.feed import AlpacaFeed
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.providers.secrets import Secrets
from trading_bot.positions.following import FollowedPositions
from trading_bot.positions.source import AccountFound, SourceTerms
from trading_bot.simulator.broker.terms import ACCOUNT_NUMBER, BrokerTerms
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.running import RunningSimulator


@pytest.fixture
def bench() -> Iterator[AlpacaBench]:
    with RunningSimulator(broker=EMPTY) as simulator:
        yield AlpacaBench(simulator)


def refused(feed: AlpacaFeed, question: Callable[[AlpacaFeed], object]) -> DataSourceError:
    """Return the error of a question."""
    with closing(feed), pytest.raises(DataSourceError) as caught:
        question(feed)
    return caught.value


def checked(feed: AlpacaFeed) -> AccountFound:
    return asyncio.run(feed.check())


def read(feed: AlpacaFeed) -> object:
    return asyncio.run(feed.read())


def followed(feed: AlpacaFeed) -> None:
    asyncio.run(feed.follow(lambda _: None, lambda: None))


def test_the_account_is_found_by_its_key(bench: AlpacaBench) -> None:
    # Given a key; when the account is asked for
    with closing(bench.feed()) as feed:
        found = checked(feed)
    # Then the end of its number is known, and nothing is the matter with it
    assert found == AccountFound("...0310")


def test_an_account_that_is_not_approved_says_so() -> None:
    # Given an account whose owner was not let in yet
    terms = BrokerTerms(secret=SECRET, holdings=(), is_approved=False)
    with (
        RunningSimulator(broker=terms) as simulator,
        closing(AlpacaBench(simulator).feed()) as feed,
    ):
        # When it is asked for, then that is said
        assert checked(feed).words == "its status is SUBMITTED"


def test_the_account_that_is_named_is_read(bench: AlpacaBench) -> None:
    # Given the number of the account of this key; when it is read, then it answers
    with closing(AlpacaFeed(bench.terms(account=ACCOUNT_NUMBER))) as feed:
        assert read(feed) is not None
        assert read(feed) is not None


def test_another_account_than_the_one_that_is_named_is_never_read(bench: AlpacaBench) -> None:
    # Given the number of another account
    bench.hold("ACME", "100", "27")
    feed = AlpacaFeed(bench.terms(account="PA3X9K7LQ2"))
    # When it is read
    error = refused(feed, read)
    # Then the ends of both numbers are said, and nothing is taken for held
    assert error.code == "wrong_account"
    assert str(error) == (
        "the key is of the account ...0310, and positions_account names ...7LQ2; check both, and "
        "positions_paper"
    )


@pytest.mark.parametrize("is_paper", [False, True])
def test_alpacas_own_addresses_are_the_usual_ones(is_paper: bool) -> None:
    # Given no address
    terms = SourceTerms("", "", is_paper=is_paper, secrets=keys(), clock=utc_now)
    # When a source is made, then it is that of the kind of account
    host = "paper-api" if is_paper else "api"
    assert AlpacaFeed(terms)._base_url == f"https://{host}.alpaca.markets"


@pytest.mark.parametrize("question", [checked, read, followed])
@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({}, "missing_key"),
        ({"APCA_API_KEY_ID": "PK-SIMULATED-7F3"}, "missing_key"),
        (
            {"APCA_API_KEY_ID": "PK-SIMULATED-7F3", "APCA_API_SECRET_KEY": "broken\nsecret-41"},
            "wrong_key",
        ),
        (
            {"APCA_API_KEY_ID": "PK-SIMULATED-7F3", "APCA_API_SECRET_KEY": "секрет-41-длинный"},
            "wrong_key",
        ),
    ],
)
def test_without_a_key_that_can_be_one_nobody_is_asked(
    question: Callable[[AlpacaFeed], object], environ: dict[str, str], code: str
) -> None:
    # Given no key, or none that could stand in a header
    secrets = Secrets(environ, env_file=None)
    terms = SourceTerms("http://127.0.0.1:1", "", is_paper=True, secrets=secrets, clock=utc_now)
    # When anything is asked
    error = refused(AlpacaFeed(terms), question)
    # Then it says which variables to look at, and shows neither
    assert error.code == code
    assert "APCA_API_KEY_ID and APCA_API_SECRET_KEY" in str(error)
    assert not any(each in str(error) for each in environ.values())


@pytest.mark.parametrize("question", [checked, read, followed])
def test_no_key_is_sent_without_tls_to_another_machine(
    question: Callable[[AlpacaFeed], object], bench: AlpacaBench
) -> None:
    # Given an address of another machine without TLS
    feed = AlpacaFeed(bench.terms(url="http://broker.example"))
    # When anything is asked, then it is refused, by the setting that is to be mended
    error = refused(feed, question)
    assert error.code == "insecure"
    assert "ORDER_FLOW_POSITIONS_URL" in str(error)


def test_a_port_that_nobody_listens_at_is_said() -> None:
    # Given a port that nobody listens at
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    terms = SourceTerms(url, "", is_paper=True, secrets=keys(), clock=utc_now)
    # When it is asked, then it cannot be reached
    assert refused(AlpacaFeed(terms), read).code == "unreachable"


def test_an_address_that_is_none_is_said() -> None:
    # Given what is no host
    terms = SourceTerms("https://", "", is_paper=True, secrets=keys(), clock=utc_now)
    # When it is asked, then the setting is named
    error = refused(AlpacaFeed(terms), read)
    assert error.code == "bad_address"
    assert "positions_url" in str(error)


def test_a_key_of_another_kind_of_account_is_refused_with_the_mend(bench: AlpacaBench) -> None:
    # Given a broker that does not know the key, as the live one does not know that of the paper one
    bench.simulator.faults.add(Fault("unknown_key", paths=("account",)))
    # When the live account is asked for
    error = refused(AlpacaFeed(bench.terms(is_paper=False)), checked)
    # Then it is said what to set
    assert str(error).endswith("set positions_paper to true")


# The stream of trade updates.


def test_a_key_that_the_stream_refuses_is_said(bench: AlpacaBench) -> None:
    # Given a stream that does not let the key in
    bench.simulator.faults.add(Fault("br_auth_failed"))
    # When it is listened to, then that is the end of it
    error = refused(bench.feed(), followed)
    assert error.code == "wrong_key"
    assert str(error).startswith("the stream of trade updates does not know this key")


@pytest.mark.parametrize(
    ("code", "said"), [(None, "(1006"), (1001, "(1001, 'closed by a fault')"), (4000, "(4000, ")]
)
def test_a_stream_that_is_closed_says_how(bench: AlpacaBench, code: int | None, said: str) -> None:
    # Given a stream that is closed by the broker, or cut
    bench.simulator.faults.add(Fault("br_close", code=code))
    # When it is listened to, then it ends, and is worth another try
    error = refused(bench.feed(), followed)
    assert (error.code, error.retryable) == ("stream_closed", True)
    assert said in str(error)


def test_a_stream_that_gives_no_sign_of_life_is_given_up(bench: AlpacaBench) -> None:
    # Given a stream that falls mute, and leaves pings unanswered
    bench.simulator.faults.add(Fault("br_mute"))
    # When it is listened to, then it ends
    error = refused(bench.feed(), followed)
    assert error.code == "stream_mute"
    assert "no sign of life for 0.4 s" in str(error)


def test_a_quiet_stream_lives_as_long_as_it_answers_pings(bench: AlpacaBench) -> None:
    # Given a stream on which nothing is traded, asked for a sign of life every 0.2 s
    with FollowedPositions(bench.feed()) as positions:
        until(lambda: positions.listens)
        # When three such spans have passed, and then something is bought
        asyncio.run(asyncio.wait_for(_passed(0.6), 5))
        bench.trade("ACME", "10", "27")
        # Then it was never lost
        until(lambda: "ACME" in positions.held.positions)
        assert positions.held.stream_failure == ""


async def _passed(seconds: float) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, over.set)
    await over.wait()


@pytest.mark.parametrize("kind", ["server_error", "not_found", "hang", "drop_connection"])
def test_a_stream_that_cannot_be_opened_says_so(bench: AlpacaBench, kind: str) -> None:
    # Given a broker that refuses the handshake of its stream
    bench.simulator.faults.add(Fault(kind, paths=("trade_updates",)))
    # When it is listened to, then it is an error, without the secret
    error = refused(bench.feed(), followed)
    assert SECRET not in str(error)


# What the stream loses, a read finds.


@pytest.mark.parametrize("kind", ["br_no_quantity", "br_twice"])
def test_a_fill_told_badly_is_known_all_the_same(bench: AlpacaBench, kind: str) -> None:
    # Given an account that is followed, and a fill that is told badly
    bench.hold("ACME", "100", "27")
    with FollowedPositions(bench.feed()) as positions:
        until(lambda: positions.listens)
        bench.simulator.faults.add(Fault(kind))
        # When a part is sold
        bench.trade("ACME", "40", "27.5")
        # Then the rest is held within the time that an answer needs to have it
        until(lambda: positions.held.positions["ACME"].quantity == Decimal(40), 5)


def test_a_fill_while_the_stream_was_lost_is_found_after_it_is_back(bench: AlpacaBench) -> None:
    # Given an account that is followed
    bench.hold("ACME", "100", "27")
    with FollowedPositions(bench.feed()) as positions:
        until(lambda: positions.listens and positions.held.is_known)
        # When shares are bought while the stream is cut
        bench.hold("BOLT", "5", "80")
        bench.simulator.faults.add(Fault("br_close", count=1))
        # Then they are found as soon as it is back
        until(lambda: "BOLT" in positions.held.positions, 5)
