"""Every symbol that is held or watched: does the provider know it?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.doctor_values import hold, looked_at, stands
from support.provider_stub import StubProvider, as_json, ticker_row

from trading_bot.doctor.looked import Looked
from trading_bot.doctor.symbols import LOOKED_UP_AT_MOST, symbols
from trading_bot.order_flow.providers.no_reference import NoReference
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.running import RunningSimulator

pytestmark = pytest.mark.slow  # a market over sockets, for seconds


def looked_at_market(home: Path, sim: RunningSimulator) -> Looked:
    (home / "settings.json").write_text('{"requests_per_second": 90}', encoding="utf-8")
    return looked_at(home, sim.base_url, environ={"MASSIVE_API_KEY": sim.key})


def test_known_symbols_are_well_by_one_question(tmp_path: Path, sim: RunningSimulator) -> None:
    # Given positions and a watchlist of known symbols
    hold(tmp_path, "ACME", "FERN.B", watchlist=("DOVE",))
    looked = looked_at_market(tmp_path, sim)
    sim.requests.clear()
    # When they are looked up, then one question was enough
    stands(symbols(looked), "ok", "3 known: ACME, FERN.B, DOVE")
    assert [each.kind for each in sim.requests.all()] == ["market_status", "snapshot"]
    looked.close()


@pytest.mark.parametrize(
    ("written", "meant"), [("FERN-B", "FERN.B"), ("FERN/B", "FERN.B"), ("acme", "ACME")]
)
def test_a_symbol_that_is_written_otherwise_is_suggested(
    tmp_path: Path, sim: RunningSimulator, written: str, meant: str
) -> None:
    # Given a symbol as others write it
    hold(tmp_path, "DOVE", written)
    looked = looked_at_market(tmp_path, sim)
    # When it is looked up, then the provider's own spelling is named, which it knows
    stands(
        symbols(looked),
        "fail",
        f"{written!r} is not known, did you mean {meant}?",
        f"write {meant} for {written}",
    )
    looked.close()


def test_a_delisted_symbol_is_told(tmp_path: Path, sim: RunningSimulator) -> None:
    # Given a symbol that trades no more
    hold(tmp_path, "GONE")
    looked = looked_at_market(tmp_path, sim)
    # When it is looked up, then it is said since when
    stands(symbols(looked), "fail", "GONE was delisted on 2025-06-30", "take GONE out")
    looked.close()


def test_an_unknown_symbol_fails(tmp_path: Path, sim: RunningSimulator) -> None:
    # Given a symbol that is none, and a name that can be none
    hold(tmp_path, "ZZZZ", "?!")
    looked = looked_at_market(tmp_path, sim)
    # When they are looked up, then both are named
    stands(symbols(looked), "fail", "ZZZZ is not known", "'?!' is no symbol", "correct ZZZZ")
    looked.close()


def test_nothing_held_is_well(tmp_path: Path, sim: RunningSimulator) -> None:
    # Given no position
    hold(tmp_path)
    looked = looked_at_market(tmp_path, sim)
    # When symbols are looked up, then there is nothing to ask
    stands(symbols(looked), "ok", "none is held or watched")
    looked.close()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("delayed_plan"), ("the plan is late", "mend real_time first")),
        (Fault("not_authorized", paths=("snapshot",)), ("no snapshot", "mend snapshots first")),
    ],
)
def test_what_cannot_be_asked_is_named(
    tmp_path: Path, sim: RunningSimulator, fault: Fault, words: tuple[str, ...]
) -> None:
    # Given a plan without usable snapshots
    hold(tmp_path, "ACME")
    sim.faults.add(fault)
    looked = looked_at_market(tmp_path, sim)
    # When symbols are looked up, then the mend is the other's
    stands(symbols(looked), "warn", "not asked: ", *words)
    looked.close()


def test_only_a_few_are_looked_up_in_the_books(tmp_path: Path, sim: RunningSimulator) -> None:
    # Given more unknown symbols than are looked up
    names = [f"ZZZ{chr(65 + number)}" for number in range(LOOKED_UP_AT_MOST + 1)]
    hold(tmp_path, *names)
    looked = looked_at_market(tmp_path, sim)
    sim.requests.clear()
    # When they are looked up, then the budget is kept, and the last is named
    found = symbols(looked)
    stands(found, "fail", f"{names[-1]} has no snapshot, not looked up", "then ask again")
    asked = [each.kind for each in sim.requests.all()].count("tickers")
    assert asked == 2 * LOOKED_UP_AT_MOST
    looked.close()


def test_books_that_do_not_answer_are_a_warning(tmp_path: Path, sim: RunningSimulator) -> None:
    # Given a plan without the books
    hold(tmp_path, "ZZZZ")
    sim.faults.add(Fault("not_authorized", paths=("tickers",)))
    looked = looked_at_market(tmp_path, sim)
    # When a symbol is looked up, then it is not called unknown
    stands(symbols(looked), "warn", "ZZZZ has no snapshot, and was not looked up: ")
    looked.close()


def test_a_provider_without_books_warns(tmp_path: Path, sim: RunningSimulator) -> None:
    # Given a provider that has none
    hold(tmp_path, "ZZZZ")
    looked = looked_at_market(tmp_path, sim)
    assert looked.questions is not None
    looked.questions.provider.reference = NoReference("other")
    # When a symbol without a snapshot is looked up, then nothing is sure
    stands(symbols(looked), "warn", "ZZZZ has no snapshot", "look whether ZZZZ is right")
    looked.close()


@pytest.mark.parametrize(
    ("row", "state", "words"),
    [
        ({"ticker": "NEWS", "name": "New", "active": True}, "ok", "NEWS is listed and has not"),
        ({"ticker": "NEWS", "active": False}, "fail", "NEWS was delisted;"),
    ],
)
def test_a_symbol_without_a_snapshot_may_be_listed(
    tmp_path: Path, row: dict[str, object], state: str, words: str
) -> None:
    # Given a provider that knows a symbol that has not traded today
    hold(tmp_path, "AAPL", "NEWS")
    status = as_json({"market": "open", "serverTime": "2026-07-01T15:00:00Z", "exchanges": {}})
    snapshot = as_json({"status": "OK", "tickers": [ticker_row()]})
    book = as_json({"status": "OK", "results": [row]})
    with StubProvider(status, snapshot, book) as host:
        looked = looked_at(tmp_path, host.base_url)
        # When it is looked up, then its place in the books is said
        stands(symbols(looked), state, words)
        looked.close()
    assert json.dumps(host.asked[-1].params, sort_keys=True) == (
        '{"active": "true", "market": "stocks", "ticker": "NEWS"}'
    )
