from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.newest import BestPrices, NewestKnown
from trading_bot.order_flow.market.units import NS_PER_MS, NS_PER_SECOND, UNITS_PER_SHARE
from trading_bot.order_flow.sight.pulse import VOLUME_SHARES, JudgedMarks, Pulse, PulseVerdict

NOW_NS = 1_700_000_000 * NS_PER_SECOND
SETTLE_NS = 2 * NS_PER_SECOND


def ago(seconds: float) -> int:
    return NOW_NS - round(seconds * NS_PER_SECOND)


def quote(seconds_ago: float, bid: int = 100, ask: int = 102) -> BestPrices:
    return BestPrices(ago(seconds_ago), bid, ask)


def marks(
    trade_ago: float = 0.5,
    quote_ago: float = 0.1,
    *,
    holds: bool | None = True,
    then: BestPrices | None = None,
    shares: int = 0,
) -> JudgedMarks:
    return JudgedMarks(ago(trade_ago), holds, ago(quote_ago), then, shares)


def trades(snapshot: NewestKnown, judged: JudgedMarks) -> str:
    return Pulse(NS_PER_MS).compare(snapshot, judged, SETTLE_NS).trades


def quotes(snapshot: NewestKnown, judged: JudgedMarks) -> str:
    return Pulse(NS_PER_MS).compare(snapshot, judged, SETTLE_NS).quotes


def test_a_print_that_was_judged_vouches() -> None:
    # Given a snapshot whose newest print was judged, among newer ones
    # When it is compared
    found = trades(NewestKnown(NOW_NS, ago(4)), marks())
    # Then nothing lacks
    assert found == "vouched"


@pytest.mark.parametrize(
    ("age_seconds", "said"), [(1.999, "unsettled"), (2, "behind"), (2.001, "behind")]
)
def test_a_print_newer_than_ours_is_asked_for_once_it_has_settled(
    age_seconds: float, said: str
) -> None:
    # Given a stream without prints for a minute, and one that REST knows
    # When it is compared
    verdict = Pulse(NS_PER_MS).compare(
        NewestKnown(NOW_NS, ago(age_seconds)), marks(trade_ago=60, holds=False), SETTLE_NS
    )
    # Then the tape is asked once the print is as old as the settle time
    assert (verdict.trades, verdict.asks_tape) == (said, said == "behind")


def test_a_print_that_lacks_among_newer_ones_is_asked_for() -> None:
    # Given a print that REST names and we lack, while newer ones were judged
    # When it is compared
    found = trades(NewestKnown(NOW_NS, ago(4)), marks(holds=False))
    # Then part of the prints is lost
    assert found == "behind"


@pytest.mark.parametrize(
    ("theirs_ago", "said"), [(5.001, "vouched"), (5, "vouched"), (4.999, "behind")]
)
def test_without_a_key_the_stamp_tells(theirs_ago: float, said: str) -> None:
    # Given prints judged up to 5 s ago, and a snapshot's print that is not known by key
    # When it is compared
    found = trades(NewestKnown(NOW_NS, ago(theirs_ago)), marks(trade_ago=5, holds=None))
    # Then only a newer one lacks
    assert found == said


def test_stamps_finer_than_the_stream_s_are_cut() -> None:
    # Given a print judged with its millisecond, and REST's nanoseconds
    # When it is compared
    found = trades(NewestKnown(NOW_NS, ago(5) + 999_999), marks(trade_ago=5, holds=None))
    # Then it is the same
    assert found == "vouched"


@pytest.mark.parametrize(
    "snapshot",
    [NewestKnown(NOW_NS), NewestKnown(NOW_NS, ago(4), trade_size=UNITS_PER_SHARE - 1)],
    ids=["none", "below one share"],
)
def test_no_print_is_nothing_to_compare(snapshot: NewestKnown) -> None:
    # Given a snapshot without a print, or with a fraction of a share
    # When it is compared
    # Then it says nothing
    assert trades(snapshot, marks(holds=False)) == "not_compared"


def test_a_print_of_one_share_is_compared() -> None:
    # Given a snapshot whose print has one share
    # When it is compared
    # Then it is missed
    assert trades(NewestKnown(NOW_NS, ago(4), UNITS_PER_SHARE), marks(holds=False)) == "behind"


def test_two_prints_that_lack_in_a_row_make_it_differ() -> None:
    # Given a symbol of whose prints some are lost
    pulse = Pulse(NS_PER_MS)
    # When pulses name what we lack, and what is on its way
    answers = [
        pulse.compare(NewestKnown(NOW_NS, ago(age)), marks(holds=holds), SETTLE_NS).trades_reason
        for age, holds in ((4, False), (1, False), (4, False), (4, False), (4, True), (4, False))
    ]
    # Then the second says so, until one is held; what is on its way is no evidence
    assert answers == ["", "", "differs", "differs", "", ""]


def test_no_quote_is_nothing_to_compare() -> None:
    # Given a plan without quotes
    # When a snapshot is compared
    # Then it says nothing
    assert quotes(NewestKnown(NOW_NS), marks()) == "not_compared"


@pytest.mark.parametrize(
    ("theirs", "then", "quote_ago", "said"),
    [
        (quote(4), quote(4), 0.1, "vouched"),
        (quote(4), quote(4, bid=101), 0.1, "behind"),
        (quote(4), quote(4, ask=103), 0.1, "behind"),
        (quote(4), quote(9), 0.1, "vouched"),
        (quote(4), quote(9, bid=99), 0.1, "behind"),
        (quote(1), quote(9, bid=99), 0.1, "behind"),
        (quote(1), quote(9, bid=99), 1.1, "unsettled"),
        (quote(4), None, 0.1, "vouched"),
        (quote(4), None, 4, "vouched"),
        (quote(4), None, 4.001, "behind"),
        (quote(1.999), None, 9, "unsettled"),
        (quote(2), None, 9, "behind"),
        (quote(4), quote(9), 9, "behind"),
    ],
)
def test_quotes_are_compared_by_stamp_and_price(
    theirs: BestPrices, then: BestPrices | None, quote_ago: float, said: str
) -> None:
    # Given REST's quote, and ours that stood at its stamp
    # When they are compared
    verdict = Pulse(NS_PER_MS).compare(
        NewestKnown(NOW_NS, quote=theirs), marks(quote_ago=quote_ago, then=then), SETTLE_NS
    )
    # Then equal prices vouch, and a newer or another one is asked for
    assert (verdict.quotes, verdict.asks_quotes) == (said, said == "behind")


def test_two_unequal_quotes_in_a_row_make_ours_stale() -> None:
    # Given a stream whose quotes bear fresh stamps and old prices
    pulse = Pulse(NS_PER_MS)
    theirs = quote(4)
    # When pulses compare them
    answers = [
        pulse.compare(NewestKnown(NOW_NS, quote=theirs), marks(then=then), SETTLE_NS).quotes_reason
        for then in (quote(4, 90), None, quote(4, 90), quote(4, 90), quote(4), quote(4, 90))
    ]
    # Then the second unequal one says so, until one is equal; one not compared changes nothing
    assert answers == ["", "", "stale", "stale", "", ""]


def test_after_one_unequal_quote_another_look_tells() -> None:
    # Given pulses
    pulse, theirs, unsure = Pulse(NS_PER_MS), quote(4), []
    # When the second and the third find other prices, and the last the same
    for then in (quote(4), quote(4, 90), quote(4, 90), quote(4)):
        pulse.compare(NewestKnown(NOW_NS, quote=theirs), marks(then=then), SETTLE_NS)
        unsure.append(pulse.is_unsure_of_quotes)
    # Then it is the second alone that leaves it open
    assert unsure == [False, True, False, False]


def test_newer_quotes_at_the_same_prices_make_nothing_stale() -> None:
    # Given quotes that stopped, while the market stands still
    pulse = Pulse(NS_PER_MS)
    judged = marks(quote_ago=30, then=quote(30))
    # When two pulses know newer ones of the same prices
    answers = [pulse.compare(NewestKnown(NOW_NS, quote=quote(4)), judged, SETTLE_NS) for _ in "12"]
    # Then they are asked for, and ours are not wrong
    assert [(each.quotes, each.quotes_reason) for each in answers] == [("behind", "")] * 2


def grown(
    theirs: int | None, ours: int, *, after_seconds: float = 6, first: int | None = 50_000
) -> bool:
    """Return whether an audit is due after a growth of REST's and our volume."""
    pulse = Pulse(NS_PER_MS)
    pulse.compare(NewestKnown(NOW_NS, day_shares=first), marks(shares=700), SETTLE_NS)
    total = None if theirs is None else (first or 0) + theirs
    later = NewestKnown(NOW_NS + round(after_seconds * NS_PER_SECOND), day_shares=total)
    return pulse.compare(later, marks(shares=700 + ours), SETTLE_NS).audit_due


@pytest.mark.parametrize(
    ("theirs", "ours", "is_due"),
    [
        (5_000, 5_000, False),
        (5_000, 4_000, False),
        (5_000, 3_999, True),
        (VOLUME_SHARES, 0, False),
        (VOLUME_SHARES + 1, 0, True),
        (20_000, 18_000, False),
        (20_000, 17_999, True),
        (3_000, 9_000, False),
        (-50_000, 4_000, False),
        (None, 4_000, False),
    ],
)
def test_volume_that_we_lack_asks_for_an_audit(theirs: int | None, ours: int, is_due: bool) -> None:
    # Given what REST's volume and ours have grown by since the pulse before
    # When they are compared
    # Then more than a thousand shares and more than a tenth are too much
    assert grown(theirs, ours) == is_due


def test_the_first_volume_is_nothing_to_compare() -> None:
    # Given no volume before
    # When one is told, however large
    found = Pulse(NS_PER_MS).compare(NewestKnown(NOW_NS, day_shares=10**9), marks(), SETTLE_NS)
    # Then there is no growth yet
    assert not found.audit_due


def test_volume_that_rest_adds_up_late_is_no_loss() -> None:
    # Given a volume that stands still at REST while prints are judged
    pulse = Pulse(NS_PER_MS)
    dues = []
    for number, (theirs, ours) in enumerate(((0, 0), (0, 2_000), (0, 4_000), (6_000, 6_000))):
        snapshot = NewestKnown(NOW_NS + 6 * number * NS_PER_SECOND, day_shares=theirs)
        # When it catches up
        dues.append(pulse.compare(snapshot, marks(shares=ours), SETTLE_NS).audit_due)
    # Then nothing lacks
    assert dues == [False] * 4


def test_growth_is_compared_anew_after_an_audit_and_after_a_minute() -> None:
    # Given a symbol that lacks 600 shares in each pulse
    pulse = Pulse(NS_PER_MS)
    dues = []
    for number in range(7):
        snapshot = NewestKnown(NOW_NS + 6 * number * NS_PER_SECOND, day_shares=1_000 * number)
        dues.append(pulse.compare(snapshot, marks(shares=400 * number), SETTLE_NS).audit_due)
    # When the same lacks, once a minute
    slow = Pulse(NS_PER_MS)
    rare = []
    for number in range(7):
        snapshot = NewestKnown(NOW_NS + 60 * number * NS_PER_SECOND, day_shares=1_000 * number)
        rare.append(slow.compare(snapshot, marks(shares=400 * number), SETTLE_NS).audit_due)
    # Then it adds up to an audit now and then, but not over more than a minute
    assert dues == [False, False, True, False, True, False, True]
    assert rare == [False] * 7


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from([True, False, None]))
def test_a_pulse_of_what_was_judged_last_never_doubts(
    trade_ms: int, quote_ms: int, holds: bool | None
) -> None:
    # Given a symbol whose newest print and quote are those of REST
    trade_ns, theirs = ago(trade_ms / 1_000), quote(quote_ms / 1_000)
    judged = JudgedMarks(trade_ns, holds or None, theirs.sip_ns, theirs, 0)
    # When a snapshot is compared
    found = Pulse(NS_PER_MS).compare(NewestKnown(NOW_NS, trade_ns, quote=theirs), judged, SETTLE_NS)
    # Then both are vouched for
    assert found == PulseVerdict("vouched", "vouched")
