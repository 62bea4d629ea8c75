"""What every source of positions is held to; a test file of a source subclasses `SourceContract`.

```python
class TestAlpaca(SourceContract):
    @pytest.fixture
    def bench(self) -> Iterator[SourceBench]:
        with RunningBroker() as broker:
            yield AlpacaBench(broker)
```
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Protocol

import pytest

from support.patience import until
from trading_bot.order_flow.errors import DataSourceError
from trading_bot.order_flow.position import Position
from trading_bot.positions.following import FollowedPositions
from trading_bot.positions.source import READ_SECONDS, PositionFeed


class SourceBench(Protocol):
    """A source, and a broker of ours that it reads."""

    failures: Mapping[str, str]
    """What `break_reads` can do: a word for it, and the code of the error that must come of it."""
    secrets: tuple[str, ...]
    """What may stand in no text: keys, passwords, the whole number of the account."""

    def feed(self) -> PositionFeed:
        """Return the source, new."""
        ...

    def hold(self, symbol: str, quantity: str, price: str | None = None) -> None:
        """Let the account hold so much of a symbol, signed; 0 for nothing. No update is sent."""
        ...

    def break_reads(self, failure: str) -> None:
        """Let every read fail from now on; an empty word mends it."""
        ...

    def trade(self, symbol: str, quantity: str, price: str) -> None:
        """Let a trade change what is held to this quantity; an update is sent where there are."""
        ...


def read(feed: PositionFeed) -> Mapping[str, Position]:
    """Read once, and let go of the source."""
    try:
        return asyncio.run(feed.read()).positions
    finally:
        feed.close()


class SourceContract:
    """The tests; a subclass gives the fixture `bench`."""

    @pytest.fixture
    def bench(self) -> SourceBench:
        raise NotImplementedError

    def test_an_account_without_positions_reads_as_none(self, bench: SourceBench) -> None:
        # Given an account that holds nothing; when it is read, then that is what it says
        assert read(bench.feed()) == {}

    def test_quantity_price_and_fractions_are_kept_to_the_last_digit(
        self, bench: SourceBench
    ) -> None:
        # Given a long and a fraction of a share
        bench.hold("ACME", "1200", "27.05")
        bench.hold("BOLT", "0.123456", "83.1")
        # When the account is read
        held = read(bench.feed())
        # Then both are as the broker has them
        assert (held["ACME"].quantity, held["ACME"].average_price) == (
            Decimal(1200),
            Decimal("27.05"),
        )
        assert held["BOLT"].quantity == Decimal("0.123456")

    def test_a_short_is_negative(self, bench: SourceBench) -> None:
        # Given shares that are owed
        bench.hold("EDDY", "-200", "63.4")
        # When the account is read, then they are negative
        assert read(bench.feed())["EDDY"].quantity == Decimal(-200)

    def test_every_failure_is_an_error_of_its_own_and_never_empty(self, bench: SourceBench) -> None:
        bench.hold("ACME", "100", "27")
        for failure, code in bench.failures.items():
            # Given a broker that fails in one way
            bench.break_reads(failure)
            feed = bench.feed()
            # When the account is read
            with pytest.raises(DataSourceError) as caught:
                read(feed)
            # Then the error has the code of that way, and no secret
            assert caught.value.code == code, (failure, str(caught.value))
            assert not any(each in str(caught.value) for each in bench.secrets), failure

    def test_every_failure_has_its_own_sentence(self, bench: SourceBench) -> None:
        bench.hold("ACME", "100", "27")
        sentences = set()
        for failure in bench.failures:
            # Given a broker that fails in one way; when the account is read
            bench.break_reads(failure)
            with pytest.raises(DataSourceError) as caught:
                read(bench.feed())
            sentences.add(str(caught.value))
        # Then no two say the same
        assert len(sentences) == len(bench.failures)

    def test_what_was_held_stays_held_while_the_broker_fails(self, bench: SourceBench) -> None:
        # Given a position that was read
        bench.hold("ACME", "100", "27")
        with FollowedPositions(bench.feed()) as positions:
            assert [each.symbol for each in positions.get_active_positions()] == ["ACME"]
            # When every later read fails
            bench.break_reads(next(iter(bench.failures)))
            positions.read_soon()
            until(lambda: positions.get_stale() != "", READ_SECONDS)
            # Then it is held, and it is said that this may be old
            assert [each.symbol for each in positions.get_active_positions()] == ["ACME"]
            # And it is over when the broker answers again
            bench.break_reads("")
            until(lambda: positions.get_stale() == "", READ_SECONDS)

    def test_a_read_ends_when_it_is_given_up(self, bench: SourceBench) -> None:
        # Given a broker that hangs
        if "hang" not in bench.failures:
            pytest.skip("this source has no connection that can hang")
        bench.break_reads("hang")
        with_nothing = FollowedPositions(bench.feed())
        # When it is followed, and stopped before there is an answer
        with_nothing.start(0)
        with_nothing.stop()
        # Then that is all
        assert not with_nothing.held.is_known


class UpdatesContract(SourceContract):
    """The tests of a source with updates as well."""

    def test_a_purchase_is_known_within_a_second(self, bench: SourceBench) -> None:
        # Given an account that is followed
        with FollowedPositions(bench.feed()) as positions:
            until(lambda: positions.listens)
            # When shares are bought
            bench.trade("ACME", "100", "27.1")
            # Then they are held
            until(_holds(positions, "ACME", "100"), 1.0)
            assert positions.held.positions["ACME"].average_price == Decimal("27.1")

    def test_a_part_sold_is_known_within_a_second(self, bench: SourceBench) -> None:
        # Given a position that is followed
        bench.hold("ACME", "100", "27.1")
        with FollowedPositions(bench.feed()) as positions:
            until(lambda: positions.listens)
            # When a part is sold
            bench.trade("ACME", "40", "27.5")
            # Then the rest is held at the price that was paid
            until(_holds(positions, "ACME", "40"), 1.0)
            assert positions.held.positions["ACME"].average_price == Decimal("27.1")

    def test_a_sale_of_all_is_known_within_a_second(self, bench: SourceBench) -> None:
        # Given a position that is followed
        bench.hold("ACME", "100", "27.1")
        with FollowedPositions(bench.feed()) as positions:
            until(lambda: positions.listens)
            # When all of it is sold
            bench.trade("ACME", "0", "27.5")
            # Then it is surely gone
            until(lambda: "ACME" not in positions.held.positions, 1.0)
            assert positions.get_closed() == {"ACME"}


def _holds(positions: FollowedPositions, symbol: str, quantity: str) -> Callable[[], bool]:
    def holds() -> bool:
        found = positions.held.positions.get(symbol)
        return found is not None and found.quantity == Decimal(quantity)

    return holds
