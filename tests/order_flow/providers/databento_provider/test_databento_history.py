"""Databento's second source: what a replay on a connection of its own says, and its refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from support.dbn_records import KEY, OPEN_NS, failure, print_alone
from support.gateway_client import NASDAQ, gateway_by_hand
from support.noting_sink import NotingSink
from support.simulator_helpers import MACHINE_START, HandClock

from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.market.events import BookEvent, QuoteEvent, TradeEvent
from trading_bot.order_flow.market.units import NS_PER_SECOND, ns_from_utc
from trading_bot.order_flow.providers.databento.collected import Collected
from trading_bot.order_flow.providers.databento.decode import DatabentoDecoder
from trading_bot.order_flow.providers.databento.history import DatabentoHistory
from trading_bot.order_flow.providers.databento.replay import Asked, Replay, ReplayTimes
from trading_bot.order_flow.providers.provider import TapeWish
from trading_bot.simulator.faults.faults import Fault
from trading_bot.simulator.gateway.gw_terms import GatewayTerms
from trading_bot.simulator.running import RunningSimulator
from trading_bot.simulator.settings import MARKET_START

NOW_NS = ns_from_utc(MARKET_START)
MINUTE_AGO_NS = NOW_NS - 60 * NS_PER_SECOND
SHORT = ReplayTimes(silence=0.3)
USUAL = ReplayTimes()


class Asking(NamedTuple):
    """A history beside its gateway."""

    history: DatabentoHistory
    simulator: RunningSimulator
    clock: HandClock

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.simulator.gateway.port


@contextmanager
def asking(
    *faults: Fault,
    key: str | None = None,
    dataset: str = NASDAQ,
    terms: GatewayTerms | None = None,
    times: ReplayTimes = USUAL,
) -> Iterator[Asking]:
    with gateway_by_hand(terms, faults=faults) as (simulator, clock):
        address = ("127.0.0.1", simulator.gateway.port)

        def now() -> datetime:
            return MARKET_START + (clock() - MACHINE_START)

        own = simulator.key if key is None else key
        yield Asking(
            DatabentoHistory(address, dataset, own, clock=now, times=times), simulator, clock
        )


def refused(code: str, *faults: Fault, **more: Any) -> None:
    """Ask a gateway for a tape; it has to be refused by this code, and that is kept."""
    with asking(*faults, **more) as found:
        with pytest.raises(DataSourceError) as caught:
            found.history.fetch_tape("ACME", MINUTE_AGO_NS, None)
        assert caught.value.code == code
        assert found.history.connectivity() == code
        assert found.history.counters[code] == 1


def test_its_prints_bear_the_names_that_they_have_in_the_stream() -> None:
    # Given the stream's own schema, replayed
    with asking() as found:
        sink = NotingSink()
        replay = Replay(found.address, NASDAQ, found.simulator.key, USUAL)
        decoder = DatabentoDecoder(sink, NASDAQ, replay.hear)
        replay.run(
            [Asked("mbp-10", ["ACME"], MINUTE_AGO_NS)],
            lambda payload: decoder.decode(payload, NOW_NS, 1),
        )
        # When the history is asked for the same minute
        tape = found.history.fetch_tape("ACME", MINUTE_AGO_NS, MINUTE_AGO_NS)
    # Then it has the same prints, each with its side and its names
    streamed = [each for each in sink.events if isinstance(each, TradeEvent)]
    assert [*tape.trades] == streamed
    assert len(streamed) > 20
    # And each of its quotes is the best of a book of the stream, at the same stamp
    books = {
        (each.sip_ns, each.bids[0], each.asks[0])
        for each in sink.events
        if isinstance(each, BookEvent)
    }
    quotes = [each for each in tape.beside if isinstance(each, QuoteEvent)]
    assert quotes
    assert {
        (each.sip_ns, (each.bid_ticks, each.bid_size), (each.ask_ticks, each.ask_size))
        for each in quotes
    } <= books
    assert (tape.refused_trades, tape.refused_beside) == (0, 0)
    assert tape.has_all_trades
    assert tape.has_all_beside


def test_one_session_answers_for_all_that_is_asked_together() -> None:
    # Given a gateway
    with asking() as found:
        # When tapes of two symbols and the newest events of three are asked for
        wishes = [
            TapeWish("ACME", MINUTE_AGO_NS, None),
            TapeWish("BOLT", NOW_NS - 5 * NS_PER_SECOND, MINUTE_AGO_NS),
        ]
        answer = found.history.fetch_together(wishes, ("ACME", "BOLT", "DOVE"), NOW_NS)
        alone = found.history.fetch_tape("ACME", MINUTE_AGO_NS, MINUTE_AGO_NS)
        sessions = len(found.simulator.gateway.log.of("auth_success"))
    # Then each has what it wished and no more
    acme, bolt = answer.tapes
    assert not isinstance(acme, Exception)
    assert not isinstance(bolt, Exception)
    assert [*acme.trades] == [*alone.trades]
    assert [*acme.beside] == []
    assert all(each.sip_ns >= NOW_NS - 5 * NS_PER_SECOND for each in bolt.trades)
    assert bolt.beside[0].sip_ns < NOW_NS - 5 * NS_PER_SECOND
    # And the newest are those of the tape
    newest = answer.newest["ACME"]
    quote = alone.beside[-1]
    assert isinstance(quote, QuoteEvent)
    assert newest.quote is not None
    assert (newest.asked_ns, newest.trade_ns) == (NOW_NS, alone.trades[-1].sip_ns)
    assert (newest.quote.sip_ns, newest.quote.bid_ticks) == (quote.sip_ns, quote.bid_ticks)
    assert set(answer.newest) == {"ACME", "BOLT", "DOVE"}
    # And it took one session, which is over; the comparison took another
    assert sessions == 2
    assert found.history.connectivity() == "ok"


def test_the_newest_of_many_is_the_same_without_a_tape() -> None:
    # Given a gateway
    with asking() as found:
        # When the newest events are asked for alone
        newest = found.history.fetch_newest(("ACME",), NOW_NS)["ACME"]
        tape = found.history.fetch_tape("ACME", MINUTE_AGO_NS, MINUTE_AGO_NS)
    # Then they are the last of the tape
    assert newest.quote is not None
    assert newest.trade_ns == tape.trades[-1].sip_ns
    assert newest.quote.sip_ns == tape.beside[-1].sip_ns


def test_a_symbol_that_is_not_known_is_refused_alone() -> None:
    # Given a gateway that does not know ZZZZ
    with asking() as found:
        # When it is asked for with another
        wishes = [TapeWish("ZZZZ", MINUTE_AGO_NS, None), TapeWish("ACME", MINUTE_AGO_NS, None)]
        answer = found.history.fetch_together(wishes, ("ZZZZ", "ACME"), NOW_NS)
        # Then it alone is refused
        unknown, acme = answer.tapes
        assert isinstance(unknown, DataSourceError)
        assert unknown.code == "unknown_symbol"
        assert not isinstance(acme, Exception)
        assert set(answer.newest) == {"ACME"}
        for ask in (
            lambda: found.history.fetch_tape("ZZZZ", MINUTE_AGO_NS, None),
            lambda: found.history.get_level2_snapshot("ZZZZ"),
        ):
            with pytest.raises(DataSourceError) as caught:
                ask()
            assert caught.value.code == "unknown_symbol"


def test_a_snapshot_is_the_newest_best_bid_and_ask() -> None:
    # Given a gateway
    with asking() as found:
        # When a snapshot is asked for
        book = found.history.get_level2_snapshot("ACME")
        quote = found.history.fetch_tape("ACME", MINUTE_AGO_NS, MINUTE_AGO_NS).beside[-1]
        # Then it has one level a side
        assert isinstance(quote, QuoteEvent)
        assert [(int(price * 1_000_000), size * 1_000_000) for price, size in book.bids] == [
            (quote.bid_ticks, quote.bid_size)
        ]
        assert len(book.asks) == 1
        assert ns_from_utc(book.timestamp_utc) // 1_000 == quote.sip_ns // 1_000
        # And none where there was no quote within a minute and a half
        found.clock.now -= timedelta(hours=2)
        missing = found.history.get_snapshots(("ACME",))["ACME"]
    assert isinstance(missing, DataSourceError)
    assert missing.code == "no_data"


def test_time_and_sales_are_the_prints_of_a_span() -> None:
    # Given a gateway
    with asking() as found:
        start, end = MARKET_START - timedelta(minutes=2), MARKET_START - timedelta(minutes=1)
        # When a span is asked for
        records = found.history.get_time_and_sales("ACME", start, end)
        # Then its prints are there with the stated sides
        assert records
        assert all(start <= each.timestamp_utc <= end for each in records)
        assert {each.side for each in records} >= {"buy", "sell"}
        assert all(each.sell_probability is None for each in records)
        # And a span that ends before it begins is refused
        with pytest.raises(ValueError, match="lies before"):
            found.history.get_time_and_sales("ACME", end, start)


def test_who_was_never_asked_says_so() -> None:
    # Given a history
    with asking() as found:
        # When it was asked nothing
        # Then it says so
        assert found.history.connectivity() == "untried"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("auth_failed"), "wrong_key"),
        (Fault("gw_no_license"), "plan_without_stream"),
        (Fault("gw_no_replay"), "gateway_error_6"),
        (Fault("gw_no_replay", code=1), "wrong_key"),
        (Fault("gw_no_replay", code=3), "connection_limit"),
        (Fault("gw_error", code=8), "gateway_error_8"),
        (Fault("gw_garbage"), "undecodable"),
        (Fault("gw_close"), "disconnected"),
        (Fault("gw_reset"), "disconnected"),
    ],
    ids=lambda each: getattr(each, "kind", each),
)
def test_a_replay_that_does_not_end_is_no_answer(fault: Fault, code: str) -> None:
    # Given a gateway that goes wrong
    # When it is asked
    # Then there is no answer, and one word says why
    refused(code, fault)


@pytest.mark.parametrize("kind", ["gw_mute", "gw_no_greeting"])
def test_a_gateway_that_says_nothing_is_not_waited_for(kind: str) -> None:
    # Given a gateway that is mute from its first word, or from its first record
    # When it is asked
    # Then it is given up once it has been silent for too long
    refused("timeout", Fault(kind), times=SHORT)


def test_a_full_account_a_wrong_key_and_no_key_are_told_apart() -> None:
    # Given accounts that may not ask
    # When they do
    # Then each is told why
    refused("connection_limit", terms=GatewayTerms(sessions=0))
    refused("wrong_key", key=KEY)
    refused("missing_key", key="")


def test_a_gateway_that_is_away_is_no_answer() -> None:
    # Given a gateway that has gone
    with asking() as found:
        found.simulator.stop()
        # When it is asked
        with pytest.raises(DataSourceError) as caught:
            found.history.fetch_newest(("ACME",), NOW_NS)
    # Then it cannot be reached
    assert caught.value.code == "no_connection"


def test_a_replay_without_an_end_is_given_up() -> None:
    # Given a replay that may take no time at all
    # When it is asked for
    # Then it is given up
    refused("replay_unfinished", times=ReplayTimes(whole=0.0))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("your plan has no such schema", "plan_without_stream"),
        ("no such schema", "gateway_error_5"),
    ],
)
def test_a_subscription_that_is_refused_is_no_answer(text: str, code: str) -> None:
    # Given a replay
    replay = Replay(("127.0.0.1", 1), NASDAQ, KEY, SHORT)
    collected = Collected([], NASDAQ, replay.hear)
    # When the gateway refuses what was asked for
    with pytest.raises(DataSourceError) as caught:
        collected.take(failure(text, 5), OPEN_NS)
    # Then its words say whether it is the plan
    assert caught.value.code == code


def test_a_word_that_cannot_be_read_is_no_answer() -> None:
    # Given a replay
    replay = Replay(("127.0.0.1", 1), NASDAQ, KEY, SHORT)
    # When a word of the gateway cannot be read
    error = DataSourceError("odd bytes", code="undecodable")
    with pytest.raises(DataSourceError) as caught:
        replay.hear(error, 1)
    # Then nothing of it is believed
    assert caught.value is error


def test_a_print_of_no_known_number_makes_every_tape_incomplete() -> None:
    # Given a print whose number was not mapped
    replay = Replay(("127.0.0.1", 1), NASDAQ, KEY, SHORT)
    wish = TapeWish("ACME", OPEN_NS, OPEN_NS)
    collected = Collected([wish], NASDAQ, replay.hear)
    # When it comes
    collected.take(print_alone(), OPEN_NS)
    # Then no tape is whole, and nothing is newest
    assert not collected.tape(wish).has_all_trades
    assert collected.newest("ACME", OPEN_NS).trade_ns is None
    assert collected.refused["unmapped"] == 1
