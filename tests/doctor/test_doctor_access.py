"""Whether the key is let in, the clock, and the market's status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.doctor_values import looked_at, stands
from support.provider_stub import KEY, Reply, StubProvider, as_json

from trading_bot.doctor.access import clock, clock_of, key_accepted, market
from trading_bot.doctor.questions import MarketAnswer
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.providers.no_reference import NoReference

ASKED_AT = datetime(2026, 3, 10, 15, 0, 0, 500_000, tzinfo=UTC)


def status(moment: datetime, state: str = "open") -> Reply:
    return as_json({"market": state, "serverTime": moment.isoformat(), "exchanges": {}})


def test_a_key_that_is_let_in_is_well(tmp_path: Path) -> None:
    # Given a provider that answers
    with StubProvider(status(utc_now())) as host:
        looked = looked_at(tmp_path, host.base_url)
        # When the key is tried, then it is let in, by one question
        stands(key_accepted(looked), "ok", f"{host.base_url} lets it in")
        clock(looked)
        market(looked)
        looked.close()
    assert [each.path for each in host.asked] == ["/v1/marketstatus/now"]


def test_a_wrong_key_fails_and_nothing_else_is_asked(tmp_path: Path) -> None:
    # Given a provider that does not know the key, and repeats it
    with StubProvider(as_json({"status": "ERROR", "error": f"Unknown API Key {KEY}"}, 401)) as host:
        looked = looked_at(tmp_path, host.base_url)
        # When it is tried
        found = [key_accepted(looked), clock(looked), market(looked)]
        looked.close()
    # Then its mend is said once, and the key nowhere
    stands(found[0], "fail", "does not know this key (401)", "[wrong_key]", "check MASSIVE_API_KEY")
    for each in found[1:]:
        stands(each, "warn", "not asked: the key is not accepted", "mend key_accepted first")
    assert KEY not in repr(found)
    assert len(host.asked) == 1


def test_a_key_that_may_ask_nothing_fails(tmp_path: Path) -> None:
    # Given a provider that knows the key, and lets it ask nothing
    with StubProvider(as_json({"status": "NOT_AUTHORIZED", "message": "No."}, 403)) as host:
        looked = looked_at(tmp_path, host.base_url)
        # When it is tried, then the mend is not to go without
        stands(key_accepted(looked), "fail", "(403): 'No.'", "what the plan of that key includes")
        looked.close()


def test_a_provider_that_cannot_be_reached_fails(tmp_path: Path) -> None:
    # Given an address where nobody listens, and no patience for a second try
    with StubProvider(status(utc_now())) as host:
        address = host.base_url
    looked = looked_at(tmp_path, address)
    looked.over.set()
    # When it is tried, then what to look at is said
    stands(key_accepted(looked), "fail", "cannot be reached [unreachable]", "check the network")
    stands(clock(looked), "warn", "not asked: the provider does not answer")


def test_an_answer_that_asks_for_a_mend_of_nothing_has_one_all_the_same(tmp_path: Path) -> None:
    # Given an answer of another shape
    with StubProvider(Reply(b"[]")) as host:
        looked = looked_at(tmp_path, host.base_url)
        # When it is tried, then a mend is said
        assert key_accepted(looked).state == "fail"
        assert key_accepted(looked).mend
        looked.close()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"environ": {}}, ("not asked: no key", "mend key first")),
        ({"environ": {"MASSIVE_API_KEY": "in two"}}, ("the key cannot be used", "mend key")),
        ({"environ": {"ORDER_FLOW_SESSIONS": "x"}}, ("the settings", "mend settings first")),
    ],
)
def test_what_forbids_to_ask_is_named_without_its_mend(
    tmp_path: Path, changes: dict[str, Any], words: tuple[str, ...]
) -> None:
    # Given no key, one that can be none, or settings that cannot be read
    looked = looked_at(tmp_path, **changes)
    # When the key is tried, then nobody is asked
    stands(key_accepted(looked), "warn", *words)


def test_a_provider_without_such_questions_is_well(tmp_path: Path) -> None:
    # Given a provider that has no market status
    looked = looked_at(tmp_path)
    assert looked.questions is not None
    looked.questions.provider.reference = NoReference("other")
    # When it is looked at, then nothing is missed
    stands(key_accepted(looked), "ok", "no question of its own")
    stands(clock(looked), "ok", "not compared")
    stands(market(looked), "ok", "the calendar counts")


def answer_of(ahead_seconds: float, *, took_seconds: float = 0.0) -> MarketAnswer:
    """Return an answer whose time is so far ahead of ours, at half of the way."""
    took = timedelta(seconds=took_seconds)
    server = ASKED_AT + took / 2 + timedelta(seconds=ahead_seconds, microseconds=1)
    return MarketAnswer("open", server, ASKED_AT, took)


@pytest.mark.parametrize(
    ("ahead_ms", "state"),
    [
        (0, "ok"),
        (1_000, "ok"),
        (1_001, "warn"),
        (-1_001, "warn"),
        (5_000, "warn"),
        (5_001, "fail"),
        (-5_001, "fail"),
        (90_000, "fail"),
    ],
)
def test_the_clock_is_judged_by_how_far_it_is_off(ahead_ms: int, state: str) -> None:
    # Given a provider whose clock and ours differ, below, at and above the thresholds
    asked_at = ASKED_AT.replace(microsecond=1)
    server = asked_at + timedelta(milliseconds=ahead_ms)
    # When they are compared
    found = clock_of(MarketAnswer("open", server, asked_at, timedelta(0)), None)
    # Then the clock is judged, and the mend sets it
    assert found.state == state
    assert ("NTP" in found.mend) is (state != "ok")


def test_it_is_said_which_clock_is_ahead() -> None:
    # Given a clock that is ahead, and one that is behind
    ahead = clock_of(answer_of(-10), None)
    behind = clock_of(answer_of(10), None)
    # When they are compared, then each is said
    assert "ahead of the provider's" in ahead.found
    assert "behind the provider's" in behind.found
    assert "more than the 5 s" in behind.found


def test_what_the_way_hides_is_not_held_against_the_clock() -> None:
    # Given an answer that took four seconds, of a clock that may be two seconds off for that
    # When they are compared, then nothing is sure
    assert clock_of(answer_of(2.5, took_seconds=4), None).state == "ok"


def test_a_time_of_whole_seconds_is_taken_for_the_middle_of_one() -> None:
    # Given a time that was cut to whole seconds, half a second ago
    asked_at = ASKED_AT
    answer = MarketAnswer("open", asked_at.replace(microsecond=0), asked_at, timedelta(0))
    # When it is compared, then the clocks agree
    assert answer.offset == timedelta(0)


@pytest.mark.parametrize(
    ("base_url", "state", "words"),
    [
        ("http://127.0.0.1:80", "ok", "1 d 1 h 1 min behind; the guard goes by it"),
        ("http://localhost:80", "ok", "keeps a time of its own"),
        ("https://api.test", "warn", "the guard goes by the provider's"),
        (None, "fail", "more than the 5 s"),
    ],
)
def test_a_host_may_keep_a_time_of_its_own(base_url: str | None, state: str, words: str) -> None:
    # Given a time a day off: of a market on this machine, of another host, of the provider
    found = clock_of(answer_of(-timedelta(days=1, hours=1, minutes=1).total_seconds()), base_url)
    # When it is compared, then it is known what the guard goes by
    assert found.state == state
    assert words in found.found


@pytest.mark.parametrize(
    ("moment", "state", "words"),
    [
        ("2026-03-10T08:00:00Z", "extended-hours", "it opens Tue 2026-03-10 09:30 New York"),
        ("2026-03-10T15:00:00Z", "open", "it closes Tue 2026-03-10 16:00 New York"),
        ("2026-03-10T21:00:00Z", "extended-hours", "extended hours end Tue 2026-03-10 20:00"),
        ("2026-03-07T15:00:00Z", "closed", "extended hours begin Mon 2026-03-09 04:00 New York"),
        ("2026-11-27T17:00:00Z", "open", "it closes Fri 2026-11-27 13:00 New York"),
    ],
)
def test_the_market_says_what_it_does_and_when_that_changes(
    tmp_path: Path, moment: str, state: str, words: str
) -> None:
    # Given a provider and a moment of a day
    with StubProvider(status(datetime.fromisoformat(moment), state)) as host:
        looked = looked_at(tmp_path, host.base_url)
        # When the market is looked at, then the next change is said
        stands(market(looked), "ok", f"{state}; {words}")
        looked.close()


def test_a_provider_that_differs_from_the_calendar_is_a_warning(tmp_path: Path) -> None:
    # Given a provider that says closed in the middle of a session
    moment = datetime(2026, 3, 10, 15, tzinfo=UTC)
    with StubProvider(status(moment, "closed")) as host:
        looked = looked_at(tmp_path, host.base_url)
        # When the market is looked at, then both are said
        stands(market(looked), "warn", "closed by the provider, open by the calendar", "notices")
        looked.close()


def test_the_minute_of_a_change_belongs_to_both(tmp_path: Path) -> None:
    # Given a provider that opens half a minute early
    moment = datetime(2026, 3, 10, 13, 29, 30, tzinfo=UTC)
    with StubProvider(status(moment, "open")) as host:
        looked = looked_at(tmp_path, host.base_url)
        # When the market is looked at, then that is well
        assert market(looked).state == "ok"
        looked.close()


def test_settings_without_a_provider_ask_nobody(tmp_path: Path) -> None:
    # Given settings that cannot be read
    (tmp_path / "settings.json").write_text("{", encoding="utf-8")
    looked = looked_at(tmp_path, environ={})
    # When whom to ask is looked for, then there is nobody, and nothing to close
    assert looked.questions is None
    looked.close()
