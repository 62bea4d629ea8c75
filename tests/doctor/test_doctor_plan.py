"""What the plan holds, asked of a simulated market; and what its budget can promise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.doctor_values import hold, looked_at, stands
from support.provider_stub import NOW_NS

from trading_bot.doctor import plan
from trading_bot.doctor.looked import Looked
from trading_bot.doctor.questions import USUAL_SYMBOL, Answer, Questions
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.journal.lock import FolderLock
from trading_bot.order_flow.market.delayed_plan import LEAST_DELAY_NS, MOST_DELAY_NS
from trading_bot.order_flow.market.newest import BestPrices, NewestKnown
from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.providers.no_reference import NoReference
from trading_bot.order_flow.providers.provider import FetchedTape
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.running import RunningSimulator

pytestmark = pytest.mark.slow  # a market over sockets, for seconds

REFUSED = "You are not entitled to this data"


def looked_at_market(home: Path, sim: RunningSimulator, **settings: object) -> Looked:
    hold(home, "DOVE")
    quick = {"requests_per_second": 90.0} | settings
    (home / "settings.json").write_text(json.dumps(quick), encoding="utf-8")
    return looked_at(home, sim.base_url, environ={"MASSIVE_API_KEY": sim.key})


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (plan.stream, "DOVE is let in"),
        (plan.snapshots, "answered"),
        (plan.trades, "answered"),
        (plan.quotes, "answered"),
        (plan.real_time, "the newest of 1 symbols is "),
    ],
)
def test_a_plan_that_has_all_is_well(
    tmp_path: Path, sim: RunningSimulator, check: Any, words: str
) -> None:
    # Given a market that gives everything
    looked = looked_at_market(tmp_path, sim)
    # When the plan is looked at, then it is well
    stands(check(looked), "ok", words)
    looked.close()


@pytest.mark.parametrize(
    ("fault", "check", "words"),
    [
        ("no_trades_plan", plan.trades, "your plan has no trades (403)"),
        ("no_quotes_plan", plan.quotes, "your plan has no quotes (403)"),
    ],
)
def test_what_the_plan_has_not_fails_by_its_name(
    tmp_path: Path, sim: RunningSimulator, fault: str, check: Any, words: str
) -> None:
    # Given a plan without it
    sim.faults.add(Fault(fault))
    looked = looked_at_market(tmp_path, sim)
    # When it is looked at, then the mend is another plan
    stands(check(looked), "fail", words, "take a plan with real-time trades and quotes")
    looked.close()


def test_a_plan_without_snapshots_fails_and_the_rest_says_so(
    tmp_path: Path, sim: RunningSimulator
) -> None:
    # Given a plan that gives no snapshot
    sim.faults.add(Fault("not_authorized", paths=("snapshot",)))
    looked = looked_at_market(tmp_path, sim)
    # When it is looked at, then what depends on one is not known
    stands(plan.snapshots(looked), "fail", "your plan has no snapshots (403)", "[plan]", "take a")
    stands(plan.real_time(looked), "warn", "there is no snapshot", "mend snapshots first")
    looked.close()


def test_quotes_are_asked_for_also_where_trades_are_refused(
    tmp_path: Path, sim: RunningSimulator
) -> None:
    # Given a plan with quotes only
    sim.faults.add(Fault("no_trades_plan"))
    looked = looked_at_market(tmp_path, sim)
    # When quotes are looked at, then they are well
    stands(plan.quotes(looked), "ok", "answered")
    # And of a provider that has no other question, nothing is known
    again = looked_at_market(tmp_path, sim)
    assert again.questions is not None
    assert again.questions.market.error is None
    again.questions.provider.reference = NoReference("other")
    stands(plan.quotes(again), "warn", "not asked: trades are refused", "mend trades first")
    looked.close()
    again.close()


@pytest.mark.parametrize("check", [plan.trades, plan.quotes])
def test_a_symbol_that_is_not_there_says_nothing_of_the_plan(
    tmp_path: Path, sim: RunningSimulator, check: Any
) -> None:
    # Given a provider that does not know the symbol
    looked = looked_at_market(tmp_path, sim)
    assert looked.questions is not None
    unknown = DataSourceError("no such symbol", code="unknown_symbol")
    looked.questions.__dict__["tape"] = Answer(error=unknown)
    # When the plan is looked at, then no other plan is advised
    stands(check(looked), "warn", "not known: there is no DOVE to ask for", "mend symbols first")
    looked.close()


def test_a_delayed_plan_fails_once(tmp_path: Path, sim: RunningSimulator) -> None:
    # Given a plan that is a quarter of an hour late
    sim.faults.add(Fault("delayed_plan"))
    looked = looked_at_market(tmp_path, sim)
    # When it is looked at
    parts = [plan.snapshots(looked), plan.trades(looked), plan.quotes(looked)]
    late = plan.real_time(looked)
    # Then its parts are there, and that it is late is said once
    for each in parts:
        stands(each, "ok", "late: see real_time")
    stands(late, "fail", "15 minutes late", "take a plan with real-time trades and quotes")
    looked.close()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("ws_plan_without_websocket", "[plan_without_stream]"),
        ("ws_plan_without_trades", "[plan_without_trades]"),
        ("ws_plan_without_quotes", "[plan_without_quotes]"),
        ("auth_failed", "[wrong_key]"),
    ],
)
def test_a_stream_that_is_refused_is_a_warning(
    tmp_path: Path, sim: RunningSimulator, fault: str, words: str
) -> None:
    # Given a plan that streams not all
    sim.faults.add(Fault(fault))
    looked = looked_at_market(tmp_path, sim)
    # When it is looked at, then the guard polls
    stands(plan.stream(looked), "warn", words, "until then the guard polls")
    looked.close()


def test_a_stream_that_does_not_answer_is_given_up(
    tmp_path: Path, sim: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a stream that passes over what is asked for
    sim.faults.add(Fault("ws_no_answer"))
    monkeypatch.setattr(plan, "STREAM_SECONDS", 1.0)
    looked = looked_at_market(tmp_path, sim)
    # When it is looked at, then what stood still is named
    stands(plan.stream(looked), "warn", "DOVE is not let in within 1 s (subscribing)")
    looked.close()


def test_no_stream_is_opened_beside_a_guard_that_runs(
    tmp_path: Path, sim: RunningSimulator
) -> None:
    # Given a guard that keeps its record there
    looked = looked_at_market(tmp_path, sim)
    connections = len(sim.streams.of("connected"))
    with FolderLock(looked.log_directory).taken():
        # When the stream is looked at
        found = plan.stream(looked)
    # Then none was opened: it would end the other's
    stands(found, "warn", "a second stream would end its own", "see journal")
    assert len(sim.streams.of("connected")) == connections
    looked.close()


def budget_of(home: Path, *, refused: bool = False, symbols: int = 1, **settings: object) -> Any:
    names = [f"A{chr(65 + number // 26)}{chr(65 + number % 26)}" for number in range(symbols)]
    hold(home, *names)
    (home / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    looked = looked_at(home)
    assert looked.questions is not None
    looked.questions.stream_refused = refused
    return plan.budget(looked)


def test_the_budget_says_what_the_guard_says_at_its_start(tmp_path: Path) -> None:
    # Given the usual budget and one symbol
    # When it is looked at, then the guard's own sentence is said
    stands(
        budget_of(tmp_path),
        "ok",
        "1 symbol, 5 requests a second: a dead channel is noticed within 10 s",
        "one poll takes 1.0 s",
    )


@pytest.mark.parametrize(("blind_after", "state"), [(34, "ok"), (33.9, "warn")])
def test_a_budget_that_notices_too_late_is_a_warning(
    tmp_path: Path, blind_after: float, state: str
) -> None:
    # Given six requests a minute, which notice a dead channel after 34 s
    found = budget_of(tmp_path, requests_per_second=0.1, blind_after_seconds=blind_after)
    # When they are looked at
    # Then the mend is a larger budget
    assert found.state == state, found
    assert ("raise requests_per_second" in found.mend) is (state == "warn")


@pytest.mark.parametrize(("symbols", "state"), [(24, "ok"), (25, "warn")])
def test_a_poll_that_takes_too_long_is_a_warning(tmp_path: Path, symbols: int, state: str) -> None:
    # Given no stream, and symbols whose poll takes 9.8 s, or 10.2 s
    found = budget_of(tmp_path, refused=True, symbols=symbols)
    # When the budget is looked at, then freshness_warn_seconds decides
    assert found.state == state, found
    assert ("freshness_warn_seconds is 10 s" in found.found) is (state == "warn")


IN_SESSION_NS = NOW_NS
NIGHT_NS = NOW_NS + 12 * 3_600 * NS_PER_SECOND
JUST_OPEN_NS = NOW_NS - 90 * 60 * NS_PER_SECOND
EARLY_NS = NOW_NS - 4 * 3_600 * NS_PER_SECOND


class Told(Questions):
    """Questions whose answers a test has written down."""

    def __init__(self, newest: Mapping[str, NewestKnown], now_ns: int) -> None:
        self._newest, self._now_ns = newest, now_ns

    @property
    def refusal(self) -> str:
        return ""

    @property
    def newest(self) -> Answer[Mapping[str, NewestKnown]]:
        return Answer(self._newest)

    @property
    def tape(self) -> Answer[FetchedTape]:
        return Answer(FetchedTape((), ()))

    def now_ns(self) -> int:
        return self._now_ns

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("now_ns", "age_ns", "state", "words"),
    [
        (IN_SESSION_NS, LEAST_DELAY_NS - 1, "ok", "840 s old"),
        (IN_SESSION_NS, LEAST_DELAY_NS, "fail", "as on a plan that is 15 minutes late"),
        (IN_SESSION_NS, MOST_DELAY_NS, "fail", "as on a plan that is 15 minutes late"),
        (IN_SESSION_NS, MOST_DELAY_NS + 1, "warn", "in the regular session"),
        (IN_SESSION_NS, -NS_PER_SECOND, "ok", "is 0 s old"),
        (JUST_OPEN_NS, MOST_DELAY_NS + 1, "ok", "1,020 s old"),
        (EARLY_NS, MOST_DELAY_NS + 1, "ok", "1,020 s old"),
        (NIGHT_NS, MOST_DELAY_NS, "ok", "cannot be seen while nothing trades"),
    ],
)
def test_a_delay_is_seen_by_the_newest_stamps(
    tmp_path: Path, now_ns: int, age_ns: int, state: str, words: str
) -> None:
    # Given newest prints and quotes of an age, in or out of session
    newest = {
        "AAPL": NewestKnown(now_ns, trade_ns=now_ns - age_ns),
        "MSFT": NewestKnown(now_ns, quote=BestPrices(now_ns - age_ns - 5, 1, 2)),
        "TSLA": NewestKnown(now_ns),
    }
    looked = looked_at(tmp_path)
    looked.__dict__["questions"] = Told(newest, now_ns)
    # When the plan is looked at, then its delay is judged
    found = plan.real_time(looked)
    assert found.state == state, found
    assert words in found.found


def test_a_market_without_a_stamp_tells_nothing(tmp_path: Path) -> None:
    # Given an answer that names no symbol
    looked = looked_at(tmp_path)
    looked.__dict__["questions"] = Told({}, IN_SESSION_NS)
    # When the plan is looked at, then that is said
    stands(plan.real_time(looked), "ok", "cannot be seen")


def test_where_nothing_is_held_a_usual_symbol_is_asked_for(
    tmp_path: Path, sim: RunningSimulator
) -> None:
    # Given no position
    looked = looked_at(
        tmp_path, sim.base_url, no_positions=True, environ={"MASSIVE_API_KEY": sim.key}
    )
    # When trades are looked at, then they are asked for all the same
    stands(plan.trades(looked), "ok")
    assert looked.questions is not None
    assert looked.questions.symbol == USUAL_SYMBOL
    looked.close()


def test_every_question_is_of_the_markets_own_time(tmp_path: Path, sim: RunningSimulator) -> None:
    # Given a market that keeps a time of its own
    looked = looked_at_market(tmp_path, sim)
    assert looked.questions is not None
    assert looked.questions.market.error is None
    # When its time is asked for
    apart = abs(looked.questions.now() - sim.clock())
    # Then it is the market's
    assert apart < timedelta(seconds=2)
    assert looked.questions.now() < datetime(2026, 3, 11, tzinfo=UTC)
    looked.close()


def test_an_error_has_its_word() -> None:
    # Given an answer with an error, and one without
    # When their words are asked for, then the first has one
    timed_out: Answer[int] = Answer(error=DataSourceError("x", code="timeout"))
    assert timed_out.code == "timeout"
    assert Answer(1).code == ""
