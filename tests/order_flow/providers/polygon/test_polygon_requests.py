"""Turns, deadlines and threads of the questions."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from support.provider_stub import HandTime, Reply, StubProvider, as_json, client_of

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.retry import Attempt, Retry, RetryPolicy

FAILS = Reply(b"", 500)


def test_requests_keep_to_the_agreed_rate() -> None:
    # Given a client of two requests a second
    time = HandTime()
    with StubProvider(as_json({})) as provider:
        client = client_of(provider, time, requests_per_second=2.0)
        # When it asks five times
        for _ in range(5):
            client.get_json("/x")
    # Then two go at once and two a second follow
    assert time.waits == [1.0, 1.0]


def test_a_retry_takes_a_turn_as_well() -> None:
    # Given a client of one request in five seconds, and a failure that passes
    time = HandTime()
    with StubProvider(FAILS, as_json({})) as provider:
        # When it asks
        client_of(provider, time, requests_per_second=0.2).get_json("/x")
    # Then the retry waits its second, and then for its turn
    assert time.waits == [1.0, 4.0]


@pytest.mark.parametrize(("per_second", "tries"), [(0.052, 2), (0.05, 1)])
def test_a_retry_whose_turn_comes_too_late_is_given_up(per_second: float, tries: int) -> None:
    # Given a rate that allows the next request within the budget of 20 s, or just not
    time = HandTime()
    with StubProvider(FAILS) as provider:
        client = client_of(provider, time, requests_per_second=per_second)
        # When the provider fails, then the failure itself goes up
        with pytest.raises(DataSourceError) as caught:
            client.get_json("/x")
    assert (caught.value.code, len(provider.asked)) == ("server_error", tries)


def test_all_tries_together_end_within_the_budget() -> None:
    # Given a provider that takes six seconds of the clock for each failure
    time = HandTime()

    def slow() -> float:
        time.seconds += 1.5  # the clock is looked at four times in a try
        return time.seconds

    with StubProvider(FAILS) as provider:
        client = client_of(provider, time, monotonic=slow, policy=RetryPolicy(max_retries=50))
        # When it is asked
        with pytest.raises(DataSourceError):
            client.get_json("/x")
    # Then it gave up before the twenty seconds were over, not after fifty retries
    assert sum(time.waits) < 20
    assert 1 < len(provider.asked) < 10


def test_a_stop_ends_the_wait_for_a_retry_at_once() -> None:
    # Given a provider that fails, and a stop that comes while the retry waits
    with StubProvider(FAILS) as provider:
        client = client_of(provider, wait=lambda seconds: True)
        # When it is asked, then the failure goes up and nothing is sent again
        with pytest.raises(DataSourceError) as caught:
            client.get_json("/x")
    assert (caught.value.code, len(provider.asked)) == ("server_error", 1)


def test_a_stop_ends_the_wait_for_the_first_turn() -> None:
    # Given a client whose next turn lies ahead, and a stop
    with StubProvider(as_json({})) as provider:
        client = client_of(provider, requests_per_second=1.0, wait=lambda seconds: True)
        client.get_json("/x")
        # When it is asked again, then it says that it was stopped
        with pytest.raises(DataSourceError) as caught:
            client.get_json("/x")
    assert (caught.value.code, len(provider.asked)) == ("stopped", 1)


def test_several_threads_may_ask_at_once() -> None:
    # Given eight threads and one client
    with StubProvider(as_json({"n": 1})) as provider:
        client = client_of(provider)
        answers: list[object] = []

        def ask() -> None:
            answers.extend(client.get_json("/x") for _ in range(5))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        # When all ask
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    # Then each has its answers and every request is counted
    assert answers == [{"n": 1}] * 40
    assert client.counters == {"requests": 40}


def test_without_a_key_nothing_is_sent() -> None:
    # Given a client without a key
    with StubProvider(as_json({})) as provider:
        client = client_of(provider, polygon_api_key="")
        # When it is asked, then the error stands as it is
        with pytest.raises(DataSourceError, match="no key is set"):
            client.get_json("/x")
    assert provider.asked == []


# Whose layer asks again


def test_without_a_layer_nothing_is_asked_again() -> None:
    # Given a client without a layer that asks again
    with StubProvider(FAILS) as provider:
        client = client_of(provider, retry=None)
        # When the provider fails, then the failure goes up, and health knows it
        with pytest.raises(DataSourceError) as caught:
            client.get_json("/x")
    assert (caught.value.code, len(provider.asked)) == ("server_error", 1)
    assert client.connectivity() == "server_error"


def test_without_a_layer_an_answer_is_an_answer() -> None:
    # Given a client without a layer that asks again
    with StubProvider(as_json({"n": 1})) as provider:
        # When the provider answers, then that is it
        assert client_of(provider, retry=None).get_json("/x") == {"n": 1}


def again(times: int) -> Retry:
    """Return a host's layer that tries whatever fails so many times, without a wait."""

    def layer(attempt: Attempt) -> Attempt:
        def tries() -> object:
            for _ in range(times - 1):
                with suppress(DataSourceError):
                    return attempt()
            return attempt()

        return tries

    return layer


def test_a_hosts_layer_is_the_only_one() -> None:
    # Given a host's layer that tries twice, and a provider that always fails
    with StubProvider(FAILS) as provider:
        client = client_of(provider, retry=again(2))
        # When it is asked
        with pytest.raises(DataSourceError):
            client.get_json("/x")
    # Then it was asked twice, not four times for each of them
    assert len(provider.asked) == 2
    assert client.counters == {"requests": 2, "retries": 1}


def test_a_hosts_tries_keep_to_the_request_limit() -> None:
    # Given a client of one request in five seconds, and a host that tries again at once
    time = HandTime()
    with StubProvider(FAILS, as_json({})) as provider:
        # When the first try fails
        client_of(provider, time, requests_per_second=0.2, retry=again(2)).get_json("/x")
    # Then the second waits for its turn
    assert time.waits == [5.0]


def test_a_hosts_tries_end_with_the_budget() -> None:
    # Given a host that tries for ever, at a rate that allows four tries within the budget of 20 s
    time = HandTime()
    with StubProvider(FAILS) as provider:
        client = client_of(provider, time, requests_per_second=0.2, retry=again(50))
        # When the provider fails on, then the host is told, and nothing more is sent
        with pytest.raises(DataSourceError, match="no turn is left") as caught:
            client.get_json("/x")
    assert (caught.value.retryable, len(provider.asked)) == (False, 4)
