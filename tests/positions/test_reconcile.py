"""What answers and updates of a broker say together: unknown is never flat."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from trading_bot.order_flow.market.units import NS_PER_SECOND
from trading_bot.order_flow.position import Position
from trading_bot.positions.reconcile import Reconciliation
from trading_bot.positions.source import PositionsRead, PositionUpdate

ACME, BOLT = Position("ACME", 100, 27), Position("BOLT", 40, 83)
EVERY, SOON = 30.0, 5.0


def ns(seconds: float) -> int:
    return int(seconds * NS_PER_SECOND)


class Account:
    """A reconciliation that is told seconds."""

    def __init__(self) -> None:
        self.known = Reconciliation("broker")

    def answer(
        self,
        *positions: Position,
        at: float,
        took: float = 0.0,
        unreadable: Mapping[str, str] | None = None,
    ) -> None:
        """Take an answer that was asked for at a time, and took so long."""
        read = PositionsRead({each.symbol: each for each in positions}, unreadable or {})
        self.known.take_read(read, ns(at), ns(at + took))

    def fail(self, at: float, words: str = "no answer", wait: float | None = None) -> None:
        self.known.take_failure(words, ns(at), wait)

    def update(
        self,
        symbol: str,
        quantity: str | None,
        *,
        at: float,
        stamp: float | None = None,
        price: str | None = None,
    ) -> None:
        """Take an update that came at a time; the broker's own time of it is the same."""
        amount = None if quantity is None else Decimal(quantity)
        paid = None if price is None else Decimal(price)
        stated = ns(at if stamp is None else stamp)
        self.known.take_update(PositionUpdate(symbol, amount, stated, paid), ns(at))

    def listen(self, at: float = 0.0) -> None:
        self.known.open_stream(ns(at))

    def lose(self, at: float, words: str = "closed") -> None:
        self.known.lose_stream(words, ns(at))

    @property
    def held(self) -> dict[str, Decimal]:
        return {each.symbol: each.quantity for each in self.known.held.positions.values()}

    @property
    def next_read(self) -> float:
        return self.known.next_read_ns / NS_PER_SECOND

    def stale(self, at: float) -> str:
        return self.known.held.stale(ns(at))


@pytest.fixture
def account() -> Account:
    return Account()


def test_nothing_is_known_before_the_first_answer(account: Account) -> None:
    # Given an account that was not read yet; when it is looked at
    # Then that is said, and it is to be read at once
    assert not account.known.held.is_known
    assert account.stale(0) == "broker: no answer yet"
    assert account.next_read == 0


def test_a_first_answer_with_positions_is_believed_at_once(account: Account) -> None:
    # Given an account; when its first answer holds something
    account.answer(ACME, at=0)
    # Then it is held, and known
    assert account.held == {"ACME": 100}
    assert account.stale(1) == ""


def test_a_first_answer_without_positions_is_not_believed_yet(account: Account) -> None:
    # Given an account; when its first answers hold nothing, over less than 15 s
    account.answer(at=0)
    account.answer(at=14.9)
    # Then that is known, and said not to be proved
    assert account.known.held.is_known
    assert account.stale(15) == (
        "broker: the first answer holds nothing, which is believed when all answers over 15 s agree"
    )


def test_an_empty_account_is_believed_when_all_answers_over_fifteen_seconds_agree(
    account: Account,
) -> None:
    # Given a first answer that holds nothing; when another says so 15 s later
    account.answer(at=0)
    account.answer(at=15)
    # Then it is believed, and stays so
    assert account.stale(16) == ""
    account.answer(at=16)
    assert account.stale(17) == ""


def test_a_failure_between_empty_answers_begins_the_proof_anew(account: Account) -> None:
    # Given empty answers with a failure between them
    account.answer(at=0)
    account.fail(at=10)
    # When there are further ones
    account.answer(at=12)
    account.answer(at=20)
    # Then 15 s count from the first after the failure
    assert account.stale(20) != ""
    account.answer(at=27)
    assert account.stale(27) == ""


def test_a_purchase_ends_the_proof_of_an_empty_account(account: Account) -> None:
    # Given an empty answer; when shares are bought
    account.answer(at=0)
    account.update("ACME", "5", at=3, price="27")
    # Then they are held, and nothing is left to be proved
    assert account.held == {"ACME": 5}
    assert account.stale(4) == ""


@pytest.mark.parametrize(("last", "is_held"), [(19.9, True), (20, False), (20.1, False)])
def test_a_position_is_gone_when_all_answers_over_fifteen_seconds_lack_it(
    account: Account, last: float, is_held: bool
) -> None:
    # Given two positions, of which the answers lack one from second 5 on
    account.answer(ACME, BOLT, at=0)
    account.answer(BOLT, at=5)
    # When the newest of them was asked for so much later
    account.answer(BOLT, at=last)
    # Then it is gone from 15 s on
    assert ("ACME" in account.held) is is_held
    assert (account.known.held.closed == {"ACME"}) is not is_held


def test_what_the_answers_lack_is_named_until_it_is_settled(account: Account) -> None:
    # Given a position; when the newest answer lacks it
    account.answer(ACME, BOLT, at=0)
    account.answer(BOLT, at=5)
    # Then it is said why it is held
    assert account.stale(6) == (
        "broker: the answer lacks ACME, held until an update says that it was closed, or all "
        "answers over 15 s agree"
    )
    # And no longer when it is gone
    account.answer(BOLT, at=20)
    assert account.stale(20) == ""


def test_no_more_than_five_missing_symbols_are_named(account: Account) -> None:
    # Given seven positions; when an answer lacks all of them
    account.answer(*(Position(f"S{each}", 1, None) for each in "ABCDEFG"), at=0)
    account.answer(at=5)
    # Then five are named, and the others counted
    assert "lacks SA, SB, SC, SD, SE and 2 more, held" in account.stale(5)


def test_one_answer_that_has_it_begins_the_agreement_anew(account: Account) -> None:
    # Given a position that is missing for a while and then there once more
    account.answer(ACME, at=0)
    account.answer(at=5)
    account.answer(ACME, at=12)
    # When it is missing again, 15 s after the first time
    account.answer(at=20)
    # Then it is held
    assert account.held == {"ACME": 100}
    assert account.known.held.missing == ("ACME",)


def test_a_failure_between_two_answers_begins_the_agreement_anew(account: Account) -> None:
    # Given a position that is missing from an answer
    account.answer(ACME, at=0)
    account.answer(at=5)
    # When a question fails before another answer lacks it too
    account.fail(at=10)
    account.answer(at=21)
    # Then it is held: nobody knows what was so in between
    assert account.held == {"ACME": 100}


def test_a_failure_takes_nothing_away_and_is_said(account: Account) -> None:
    # Given positions; when questions fail for an hour
    account.answer(ACME, BOLT, at=0)
    for second in range(30, 3_600, 30):
        account.fail(second, "Alpaca failed (500)")
    # Then all is held, and it is said why that may be old
    assert account.held == {"ACME": 100, "BOLT": 40}
    assert account.stale(3_600) == "broker: Alpaca failed (500)"


def test_the_first_answer_after_a_failure_ends_it(account: Account) -> None:
    # Given a failure; when there is an answer
    account.answer(ACME, at=0)
    account.fail(at=5)
    account.answer(ACME, at=6)
    # Then nothing is old
    assert account.stale(7) == ""


def test_a_failure_before_any_answer_says_why_nothing_is_known(account: Account) -> None:
    # Given an account; when the first question fails
    account.fail(at=0, words="the key is refused")
    # Then nothing is known, not even that nothing is held
    assert not account.known.held.is_known
    assert account.stale(1) == "broker: the key is refused"


@pytest.mark.parametrize(("now", "is_said"), [(89.9, False), (90, False), (91, True)])
def test_an_answer_older_than_ninety_seconds_is_said_to_be_old(
    account: Account, now: float, is_said: bool
) -> None:
    # Given an answer; when no question was answered or failed since
    account.answer(ACME, at=0)
    # Then that is said after 90 s
    said = "broker: positions were last read 91 s ago" if is_said else ""
    assert account.stale(now) == said


def test_a_sale_of_all_takes_the_position_away_at_once(account: Account) -> None:
    # Given a position; when an update says that nothing is left
    account.answer(ACME, BOLT, at=0)
    account.update("ACME", "0", at=1)
    # Then it is surely gone
    assert account.held == {"BOLT": 40}
    assert account.known.held.closed == {"ACME"}
    assert account.stale(1) == ""


def test_an_answer_of_before_a_sale_brings_nothing_back(account: Account) -> None:
    # Given a position that is sold while a question is under way
    account.answer(ACME, at=0)
    account.update("ACME", "0", at=5)
    # When answers come that were asked for before the sale, and just after it
    account.answer(ACME, at=4, took=2)
    account.answer(ACME, at=6.9)
    # Then it is gone
    assert account.held == {}


def test_an_answer_asked_for_two_seconds_after_a_sale_counts(account: Account) -> None:
    # Given a position that is sold; when an answer has it that was asked for 2 s later
    account.answer(ACME, at=0)
    account.update("ACME", "0", at=5)
    account.answer(ACME, at=7)
    # Then it is held: it was bought again, and that update was lost
    assert account.held == {"ACME": 100}
    assert account.known.held.closed == frozenset()


def test_an_answer_of_before_a_purchase_does_not_count_as_lacking_it(account: Account) -> None:
    # Given shares that are bought; when answers lack them that were asked for too early
    account.answer(BOLT, at=0)
    account.update("ACME", "100", at=5, price="27")
    account.answer(BOLT, at=4, took=2)
    account.answer(BOLT, at=6)
    # Then nothing is missing
    assert account.held == {"BOLT": 40, "ACME": 100}
    assert account.stale(7) == ""


def test_an_update_ends_the_doubt_about_a_missing_position(account: Account) -> None:
    # Given a position that answers lack; when an update says how much of it is held
    account.answer(ACME, at=0)
    account.answer(at=5)
    account.update("ACME", "60", at=8)
    # Then the count begins anew
    account.answer(at=21)
    assert account.held == {"ACME": 60}


def test_an_older_update_than_the_last_changes_nothing(account: Account) -> None:
    # Given an update; when one comes later that the broker made before it
    account.answer(ACME, at=0)
    account.update("ACME", "0", at=5, stamp=5)
    account.update("ACME", "50", at=6, stamp=4.9)
    # Then it is old news
    assert account.held == {}


def test_after_an_older_update_all_is_read_anew(account: Account) -> None:
    # Given an update from a broker whose clock was ahead, and an answer after it
    account.listen()
    account.update("ACME", "50", at=5, stamp=3_600)
    account.answer(Position("ACME", 50, 27), at=8)
    # When what comes later bears an earlier time
    account.update("ACME", "0", at=10, stamp=10)
    # Then it is not believed, and asked about
    assert account.held == {"ACME": 50}
    assert account.next_read == 12


def test_the_same_update_twice_changes_nothing_more(account: Account) -> None:
    # Given an update; when it comes twice
    account.answer(at=0)
    for at in (5, 5.1):
        account.update("ACME", "50", at=at, stamp=5, price="27")
    # Then the price is that of the one purchase
    assert account.known.held.positions["ACME"] == Position("ACME", 50, 27)


def test_an_update_without_a_quantity_lets_all_be_read_anew(account: Account) -> None:
    # Given a followed account; when something has changed and nobody says how much
    account.listen()
    account.answer(ACME, at=0)
    account.update("ACME", None, at=5)
    # Then nothing is guessed, and all is read when the answer can have it
    assert account.held == {"ACME": 100}
    assert account.next_read == 7


def test_an_update_mends_the_row_that_could_not_be_read(account: Account) -> None:
    # Given a row that cannot be read; when an update says what is held of it
    account.answer(BOLT, at=0, unreadable={"ACME": "quantity is no number"})
    account.update("ACME", "50", at=5)
    # Then it is held, and no longer named
    assert account.held == {"BOLT": 40, "ACME": 50}
    assert account.known.held.unreadable == {}


def test_a_position_whose_row_cannot_be_read_stays_as_it_was(account: Account) -> None:
    # Given a position; when its row cannot be read for longer than 15 s
    account.answer(ACME, BOLT, at=0)
    for at in (5, 21, 40):
        account.answer(BOLT, at=at, unreadable={"ACME": "quantity is no number"})
    # Then it is held as it was, and named
    assert account.held == {"ACME": 100, "BOLT": 40}
    assert account.known.held.unreadable == {"ACME": "quantity is no number"}
    assert account.known.held.missing == ()


def test_a_row_without_a_symbol_may_be_any_position(account: Account) -> None:
    # Given a position; when answers lack it and hold a row without a symbol
    account.answer(ACME, BOLT, at=0)
    for at in (5, 21, 40):
        account.answer(BOLT, at=at, unreadable={"position 2": "it has no symbol"})
    # Then it is held
    assert account.held == {"ACME": 100, "BOLT": 40}


def test_an_account_of_unreadable_rows_is_not_taken_for_empty(account: Account) -> None:
    # Given an account whose only row cannot be read; when it is read
    account.answer(at=0, unreadable={"ACME": "quantity is no number"})
    # Then no proof of emptiness begins
    assert not account.known.held.is_flat_unproved


@pytest.mark.parametrize(
    ("before", "quantity", "price", "after"),
    [
        (None, "10", "20", Decimal(20)),
        (Position("ACME", 100, 27), "40", "30", Decimal(27)),
        (Position("ACME", 100, 27), "100", "30", Decimal(27)),
        (Position("ACME", 100, 27), "200", "29", Decimal(28)),
        (Position("ACME", 100, 27), "200", None, None),
        (Position("ACME", 100, None), "200", "29", None),
        (Position("ACME", 100, 27), "-50", "30", Decimal(30)),
        (Position("ACME", -100, 27), "-200", "25", Decimal(26)),
        (Position("ACME", -100, 27), "-40", "25", Decimal(27)),
    ],
)
def test_the_price_that_was_paid_follows_from_the_fill(
    account: Account,
    before: Position | None,
    quantity: str,
    price: str | None,
    after: Decimal | None,
) -> None:
    # Given what was held before; when a fill changes it
    account.answer(*([] if before is None else [before]), at=0)
    account.update("ACME", quantity, at=5, price=price)
    # Then the average price is what follows from both, or not known
    assert account.known.held.positions["ACME"].average_price == after


def test_all_is_read_every_thirty_seconds_while_updates_come(account: Account) -> None:
    # Given an account whose updates come; when it is read
    account.listen()
    account.answer(ACME, at=3, took=1)
    # Then the next read is 30 s later
    assert account.next_read == 4 + EVERY


def test_all_is_read_every_five_seconds_while_no_updates_come(account: Account) -> None:
    # Given an account without updates; when it is read
    account.answer(ACME, at=3)
    # Then the next read is 5 s later
    assert account.next_read == 3 + SOON


def test_all_is_read_every_five_seconds_until_a_doubt_is_settled(account: Account) -> None:
    # Given an account whose updates come; when an answer lacks a position
    account.listen()
    account.answer(ACME, at=3)
    account.answer(at=33)
    # Then the next read is soon
    assert account.next_read == 33 + SOON
    # And an empty first answer is asked again soon, too
    other = Account()
    other.listen()
    other.answer(at=3)
    assert other.next_read == 3 + SOON


def test_all_is_read_anew_when_updates_come_again(account: Account) -> None:
    # Given an account whose updates were lost
    account.answer(ACME, at=0)
    account.lose(at=1)
    # When they come again
    account.listen(at=3)
    # Then all is read at once: what was missed is not sent again
    assert account.next_read == 3
    assert account.stale(20) == ""


@pytest.mark.parametrize(("now", "is_said"), [(19.9, False), (20, False), (20.1, True)])
def test_lost_updates_are_said_after_ten_seconds(
    account: Account, now: float, is_said: bool
) -> None:
    # Given an account whose updates are lost, and lost again when they are asked for anew
    account.answer(ACME, at=0)
    account.lose(at=10)
    account.lose(at=14)
    # When it is looked at
    # Then it is said after 10 s, with what is done instead
    said = "broker: closed; positions are read every 5 s instead" if is_said else ""
    assert account.stale(now) == said


def test_all_is_read_soon_when_updates_are_lost(account: Account) -> None:
    # Given an account that is read every 30 s; when its updates are lost
    account.listen()
    account.answer(ACME, at=0)
    account.lose(at=10)
    # Then it is read 5 s later
    assert account.next_read == 15


@pytest.mark.parametrize("calm", [False, True])
def test_a_broker_that_fails_is_asked_less_and_less_often(account: Account, calm: bool) -> None:
    # Given a broker that fails again and again
    if calm:
        account.answer(ACME, at=0)
    waits = []
    for _ in range(8):
        account.fail(at=100)
        waits.append(account.next_read - 100)
    # When one looks when it is asked again
    # Then each wait is twice as long, to 30 s
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_an_answer_begins_the_waits_anew(account: Account) -> None:
    # Given failures; when there was an answer between them
    account.fail(at=0)
    account.fail(at=1)
    account.answer(ACME, at=3)
    account.fail(at=10)
    # Then the wait is the first one
    assert account.next_read == 11


def test_the_wait_that_a_broker_asks_for_is_kept(account: Account) -> None:
    # Given a broker that asks for patience; when it fails
    account.fail(at=10, wait=60)
    # Then it is not asked before, whatever happens meanwhile
    account.listen(at=12)
    account.update("ACME", None, at=13)
    account.lose(at=14)
    assert account.next_read == 70


def test_whoever_wants_an_answer_now_gets_one(account: Account) -> None:
    # Given a broker that fails; when somebody asks by hand
    account.fail(at=10, wait=60)
    account.known.hurry(ns(20))
    # Then it is asked at once
    assert account.next_read == 20
