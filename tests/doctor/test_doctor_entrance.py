"""A provider whose stream says at once whom it lets in, looked at before a watch."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support.doctor_values import hold, looked_at, stands

from trading_bot.doctor import plan, questions, readiness
from trading_bot.doctor.access import clock, dataset, depth_feed, key_accepted, market
from trading_bot.doctor.looked import Looked
from trading_bot.doctor.readiness import NotReadyError, enter_or_refuse, make_ready
from trading_bot.doctor.symbols import symbols
from trading_bot.order_flow.clock import utc_now
from trading_bot.order_flow.errors import DataSourceError, DataValidationError, OrderFlowError
from trading_bot.order_flow.market.facts import MarketState
from trading_bot.order_flow.providers.no_history import NoHistory
from trading_bot.order_flow.providers.no_reference import NoReference
from trading_bot.order_flow.providers.provider import Capabilities, Entry

WRONG_KEY = DataSourceError("it does not know this key; check ITS_KEY", code="wrong_key")
AWAY = DataSourceError("it cannot be reached; wait", code="unreachable", retryable=True)
NO_DEPTH = DataSourceError("it has no depth; choose another", code="no_depth")
NOT_ASKED = DataSourceError("nobody answers", code="not_asked")


class Door:
    """A provider that has a stream and nothing else."""

    name = "door"
    host = "door.example:1"
    capabilities = Capabilities(streams_only=True, dataset="DOOR.ONE")

    def __init__(
        self, entry: Entry | OrderFlowError | None = None, said: str | DataSourceError = "all of it"
    ) -> None:
        self.entry = Entry({}) if entry is None else entry
        self.said = said
        self.history = NoHistory(self.name)
        self.reference = NoReference(self.name)
        self.asked: list[tuple[str, ...]] = []
        self.closed = 0

    def enter(self, symbols: tuple[str, ...]) -> Entry:
        self.asked.append(symbols)
        if isinstance(self.entry, OrderFlowError):
            raise self.entry
        return self.entry

    def describe_dataset(self) -> str:
        if isinstance(self.said, DataSourceError):
            raise self.said
        return self.said

    def close(self) -> None:
        self.closed += 1


class Answering(NoReference):
    """Says that the market trades."""

    def get_market_state(self) -> tuple[MarketState, datetime]:
        return "open", utc_now()


class Tape:
    """A provider that is asked, of which a second feed brings the levels."""

    name = "tape+door"
    host = "tape.example:1 and door.example:1"
    capabilities = Capabilities(streams_only=True, dataset="TAPE+DOOR.ONE")

    def __init__(self, depth_feed: object) -> None:
        self.depth_feed = depth_feed
        self.history = NoHistory(self.name)
        self.reference = Answering(self.name)

    def close(self) -> None:
        """Nothing is open."""


def looked_at_door(
    home: Path, monkeypatch: pytest.MonkeyPatch, door: Door | Tape, **changes: Any
) -> Looked:
    """Return what is looked at where a position is held and this is the provider."""
    for module in (questions, readiness):
        monkeypatch.setattr(module, "make_provider", lambda *_, **__: door)
    hold(home, "ACME", "BOLT")
    given = {"environ": {"ORDER_FLOW_DATA_SOURCE": "door"}} | changes
    return looked_at(home, **given)


def test_who_is_let_in_needs_no_other_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a provider that lets all in
    door = Door()
    looked = looked_at_door(tmp_path, monkeypatch, door)
    # When everything is looked at, then all is well, by one visit
    stands(key_accepted(looked), "ok", "door.example:1 lets it in")
    stands(dataset(looked), "ok", "all of it")
    stands(symbols(looked), "ok", "2 known: ACME, BOLT")
    stands(clock(looked), "ok", "not compared")
    stands(market(looked), "ok", "not asked")
    for check in (plan.snapshots, plan.trades, plan.quotes, plan.real_time):
        stands(check(looked), "ok", "not asked: its stream brings them")
    assert door.asked == [("ACME", "BOLT")]


@pytest.mark.parametrize("error", [WRONG_KEY, NO_DEPTH])
def test_who_is_not_let_in_is_asked_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: DataSourceError
) -> None:
    # Given a provider that refuses for good
    looked = looked_at_door(tmp_path, monkeypatch, Door(error))
    # When it is looked at
    # Then the mend is said once
    stands(key_accepted(looked), "fail", f"[{error.code}]", str(error).partition("; ")[2])
    for check in (dataset, symbols, clock, market):
        stands(check(looked), "warn", "not asked: the key is not accepted", "mend key_accepted")


def test_a_provider_that_is_away_fails_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a provider that cannot be reached
    looked = looked_at_door(tmp_path, monkeypatch, Door(AWAY))
    # When it is looked at, then that is said
    stands(key_accepted(looked), "fail", "cannot be reached [unreachable]", "wait")
    stands(symbols(looked), "warn", "not asked: the provider does not answer")


@pytest.mark.parametrize(
    ("said", "state", "words"),
    [
        (NO_DEPTH, "fail", "no depth [no_depth]"),
        (DataSourceError("too slow; wait", code="timeout"), "warn", "too slow [timeout]"),
        (DataSourceError("odd", code="not_json"), "warn", "look at the provider's page"),
        (NOT_ASKED, "ok", "not asked: nobody answers"),
    ],
)
def test_what_is_said_of_a_dataset_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: DataSourceError, state: str, words: str
) -> None:
    # Given a provider that lets in, and says this of its dataset
    looked = looked_at_door(tmp_path, monkeypatch, Door(said=said))
    # When it is looked at
    # Then only what is missing for good fails
    stands(dataset(looked), state, words)


def test_a_provider_with_one_dataset_has_nothing_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a provider that is asked in other ways, and has answered
    looked = looked_at(tmp_path)
    found = looked.questions
    assert found is not None
    monkeypatch.setitem(vars(found), "market", questions.Answer())
    # When its dataset is looked at, then it has one
    stands(dataset(looked), "ok", "stocks: polygon has one")
    looked.close()


def test_symbols_that_are_not_let_in_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a provider that has no BOLT, and a row that is no symbol
    looked = looked_at_door(tmp_path, monkeypatch, Door(Entry({"BOLT": "it has no BOLT"})))
    hold(tmp_path, "ACME", "BOLT", "ac me")
    # When they are looked at, then each is named
    found = symbols(looked)
    stands(found, "fail", "it has no BOLT; 'ac me' is no symbol", "take out BOLT, 'ac me'")


def test_a_symbol_of_which_nothing_was_said_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a provider that says nothing of BOLT in time
    looked = looked_at_door(tmp_path, monkeypatch, Door(Entry({}, ("BOLT",))))
    # When it is looked at, then it may be asked again
    stands(symbols(looked), "warn", "nothing was said of BOLT in time", "ask again later")


# Before a watch.


def test_a_watch_begins_where_all_are_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a provider that lets all in
    door = Door()
    said: list[tuple[str, str]] = []
    # When a watch, or a look at health, is to begin
    looked = looked_at_door(tmp_path, monkeypatch, door)
    make_ready(looked, lambda *words: said.append(words))
    entered = enter_or_refuse(looked)
    # Then it was asked for what is held, and closed, and nothing is said
    assert (said, entered, door.asked) == ([], True, [("ACME", "BOLT")] * 2)
    assert door.closed == 2


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (WRONG_KEY, "check ITS_KEY"),
        (NO_DEPTH, "choose another"),
        (Entry({"BOLT": "it has no BOLT"}), "it has no BOLT; correct or take out BOLT where"),
    ],
)
def test_a_watch_does_not_begin_where_that_will_not_mend_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: Entry | DataSourceError, words: str
) -> None:
    # Given a provider that refuses key, dataset or symbol
    looked = looked_at_door(tmp_path, monkeypatch, Door(entry))
    # When a watch, or a look at health, is to begin, then it is refused with its mend
    with pytest.raises(NotReadyError, match=words):
        make_ready(looked, lambda *_: None)
    with pytest.raises(NotReadyError, match=words):
        enter_or_refuse(looked)


def test_a_refusal_of_another_kind_is_left_to_the_watch_and_ends_a_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an error that says nothing of key, dataset or symbol
    looked = looked_at_door(tmp_path, monkeypatch, Door(DataValidationError("odd")))
    # When a watch is to begin, then it does
    make_ready(looked, lambda *_: None)
    # And a look at health ends
    with pytest.raises(NotReadyError, match="odd"):
        enter_or_refuse(looked)


@pytest.mark.parametrize(("base_url", "says"), [(None, True), ("tcp://door.example", False)])
def test_a_watch_begins_beside_a_provider_that_is_away_and_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base_url: str | None, says: bool
) -> None:
    # Given a provider that is away, at its own address or at another, of which the time is asked
    looked = looked_at_door(tmp_path, monkeypatch, Door(AWAY), base_url=base_url)
    said: list[tuple[str, str]] = []
    # When a watch is to begin
    make_ready(looked, lambda *words: said.append(words))
    # Then it does, with a warning that is not said elsewhere
    warning = ("warning: it cannot be reached; wait [unreachable]", "yellow")
    assert said == ([warning] if says else [])
    assert not enter_or_refuse(looked)


@pytest.mark.parametrize("changes", [{"simulated": True}, {}])
def test_others_are_not_knocked_at(tmp_path: Path, changes: dict[str, Any]) -> None:
    # Given the simulated market, or a provider that is asked in other ways
    looked = looked_at(tmp_path, **changes)
    # When it is looked whether it lets us in, then nobody is asked
    assert not enter_or_refuse(looked)
    looked.close()


# A second feed, of which the levels come.


def test_a_provider_that_brings_all_has_no_second_feed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given one provider, or a second feed that is not knocked at
    for provider in (Door(), Tape(object())):
        looked = looked_at_door(tmp_path, monkeypatch, provider)
        # When the feed of levels is looked at, then there is nothing to say
        stands(depth_feed(looked), "ok", "one provider brings all")


@pytest.mark.parametrize(
    ("entry", "state", "words"),
    [
        (None, "ok", "door.example:1 lets it in"),
        (WRONG_KEY, "fail", "does not know this key [wrong_key]"),
        (AWAY, "fail", "cannot be reached [unreachable]"),
        (Entry({"BOLT": "it has no BOLT"}), "warn", "it has no BOLT: no depth of it will be seen"),
    ],
)
def test_a_second_feed_is_looked_at_by_itself(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    entry: Entry | DataSourceError | None,
    state: str,
    words: str,
) -> None:
    # Given two feeds, of which the second says this
    looked = looked_at_door(tmp_path, monkeypatch, Tape(Door(entry)))
    # When it is looked at
    # Then it is told, and what else is asked of the first goes on
    stands(depth_feed(looked), state, words)
    stands(key_accepted(looked), "ok", "lets it in")


@pytest.mark.parametrize("error", [WRONG_KEY, NO_DEPTH])
def test_a_watch_does_not_begin_where_its_second_feed_will_never_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: DataSourceError
) -> None:
    # Given two feeds, of which the second refuses for good
    looked = looked_at_door(tmp_path, monkeypatch, Tape(Door(error)))
    # When a watch, or a look at health, is to begin, then it is refused with its mend
    with pytest.raises(NotReadyError, match=str(error).partition("; ")[2]):
        make_ready(looked, lambda *_: None)
    with pytest.raises(NotReadyError, match=str(error).partition("; ")[2]):
        enter_or_refuse(looked)


@pytest.mark.parametrize(
    ("entry", "warning"),
    [
        (None, None),
        (AWAY, "warning: it cannot be reached; wait [unreachable]"),
        (
            Entry({"BOLT": "it has no BOLT"}),
            "warning: it has no BOLT: no depth of it will be seen; name another dataset",
        ),
        (DataSourceError("odd", code="odd"), None),
    ],
)
def test_what_costs_a_second_feed_alone_is_a_warning(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    entry: Entry | DataSourceError | None,
    warning: str | None,
) -> None:
    # Given two feeds, of which the second lets in, is away, has not all symbols or is odd
    looked = looked_at_door(tmp_path, monkeypatch, Tape(Door(entry)))
    said: list[str] = []
    # When a watch is to begin
    make_ready(looked, lambda text, _style: said.append(text))
    # Then it does
    assert said == ([] if warning is None else [warning])
