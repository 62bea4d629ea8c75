"""Which prints count for volume and for side, by condition and correction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.trade_conditions import (
    CONDITIONS,
    CORRECTIONS,
    REGULAR,
    TradeConditions,
    Verdict,
    is_late,
)

SECOND_NS = 1_000_000_000

COUNTED_AND_SIGNED = [0, 3, 12, 14, 34, 36, 37, 41, *range(57, 61), *range(62, 72)]
COUNTED_WITHOUT_SIDE = {
    1: "negotiated",
    4: "bunched",
    11: "negotiated",
    23: "negotiated",
    24: "negotiated",
    27: "stopped_stock",
    30: "sold_last",
}
LEFT_OUT = {
    2: "average_price",
    5: "late_report",
    6: "cap_election",
    7: "settlement",
    8: "auction",
    9: "cross",
    10: "derivatively_priced",
    13: "out_of_sequence",
    15: "official_price",
    16: "official_price",
    17: "auction",
    18: "auction",
    19: "auction",
    20: "settlement",
    21: "price_variation",
    22: "prior_reference_price",
    25: "auction",
    28: "auction",
    29: "settlement",
    31: "late_report",
    32: "out_of_sequence",
    33: "late_report",
    35: "package_leg",
    38: "correction",
    44: "cancelled",
    46: "correction",
    47: "late_report",
    48: "correction",
    49: "cancelled",
    51: "summary",
    52: "contingent",
    53: "contingent",
    54: "erroneous",
    55: "auction",
}


def reference_record(
    identity: object, *, updates_volume: bool | None, data_types: object = ("trade",)
) -> dict[str, object]:
    record: dict[str, object] = {
        "id": identity,
        "data_types": list(data_types) if isinstance(data_types, tuple) else data_types,
    }
    if updates_volume is not None:
        record["update_rules"] = {"consolidated": {"updates_volume": updates_volume}}
    return record


@pytest.mark.parametrize("condition", COUNTED_AND_SIGNED)
def test_ordinary_condition_counts_and_may_be_signed(condition: int) -> None:
    # Given a print of the extended session, where Form T counts too
    # When its condition is judged
    verdict = TradeConditions().verdict((condition,), 0, extended=True)
    # Then nothing is held against it
    assert verdict == REGULAR


@pytest.mark.parametrize(("condition", "reason"), COUNTED_WITHOUT_SIDE.items())
def test_negotiated_or_late_kinds_count_for_volume_without_a_side(
    condition: int, reason: str
) -> None:
    # Given a print of such a kind
    # When its condition is judged
    verdict = TradeConditions().verdict((condition,), 0, extended=False)
    # Then its volume counts and its side stays open
    assert verdict == Verdict(volume=True, side=False, reason=reason)


@pytest.mark.parametrize(("condition", "reason"), LEFT_OUT.items())
def test_condition_that_says_nothing_of_present_supply_is_left_out(
    condition: int, reason: str
) -> None:
    # Given a print whose price or time is not of now
    # When its condition is judged
    verdict = TradeConditions().verdict((condition,), 0, extended=True)
    # Then it reaches neither volume nor sell ratio
    assert verdict == Verdict(volume=False, side=False, reason=reason)


def test_every_condition_of_the_table_is_examined_here() -> None:
    # Given the lists above
    examined = {*COUNTED_AND_SIGNED, *COUNTED_WITHOUT_SIDE, *LEFT_OUT}
    # When they are compared with the table
    # Then none is missing
    assert examined == set(CONDITIONS)


def test_print_without_conditions_is_regular() -> None:
    # Given a print without conditions and correction
    # When it is judged in the regular session
    verdict = TradeConditions().verdict((), 0, extended=False)
    # Then it is used fully
    assert verdict is REGULAR


def test_form_t_in_the_regular_session_is_a_late_report() -> None:
    # Given an odd lot marked Form T
    # When it arrives in the regular session
    verdict = TradeConditions().verdict((12, 37), 0, extended=False)
    # Then it is left out
    assert verdict == Verdict(volume=False, side=False, reason="form_t")


@pytest.mark.parametrize(
    ("correction", "verdict"),
    [
        (0, REGULAR),
        (1, REGULAR),
        (7, Verdict(volume=False, side=False, reason="erroneous")),
        (8, Verdict(volume=False, side=False, reason="cancelled")),
        (10, Verdict(volume=False, side=False, reason="cancelled")),
        (11, Verdict(volume=False, side=False, reason="erroneous")),
        (12, Verdict(volume=False, side=False, reason="correction")),
        (5, Verdict(volume=True, side=False, reason="unknown_correction")),
    ],
)
def test_correction_code_decides_whether_the_print_stands(
    correction: int, verdict: Verdict
) -> None:
    # Given a print with a correction code and an ordinary condition
    # When it is judged
    # Then only the original and the corrected original stand
    assert TradeConditions().verdict((14,), correction, extended=False) == verdict


def test_every_correction_of_the_table_is_listed() -> None:
    # Given the table
    # When its codes are read
    # Then they are the documented ones
    assert set(CORRECTIONS) == {0, 1, 7, 8, 10, 11, 12}


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [((14, 41, 1), "negotiated"), ((1, 10), "derivatively_priced"), ((52, 2), "contingent")],
)
def test_first_condition_that_takes_most_away_gives_the_reason(
    conditions: tuple[int, ...], reason: str
) -> None:
    # Given several conditions on one print
    # When they are judged together
    verdict = TradeConditions().verdict(conditions, 0, extended=False)
    # Then the strictest speaks, the first of equals
    assert verdict.reason == reason


def test_unknown_condition_counts_without_side_and_is_remembered_once() -> None:
    # Given two prints with an id that the table lacks
    table = TradeConditions()
    # When both are judged
    verdicts = {table.verdict((999,), 0, extended=False) for _ in range(2)}
    # Then both count without a side, and the id stands ready for one warning
    assert verdicts == {Verdict(volume=True, side=False, reason="unknown_condition")}
    assert table.unknown_seen == {999}


def test_memory_of_combinations_stays_bounded_and_right() -> None:
    # Given more combinations than are remembered
    table = TradeConditions()
    # When all are judged
    reasons = {table.verdict((2, extra), 0, extended=False).reason for extra in range(5_000)}
    # Then each answer is still that of the table
    assert reasons == {"average_price"}


@given(st.lists(st.integers(0, 90), max_size=5), st.integers(0, 12), st.booleans())
def test_a_further_condition_never_makes_a_print_more_usable(
    conditions: list[int], correction: int, extended: bool
) -> None:
    # Given a print and the same with one condition less
    table = TradeConditions()
    # When both are judged
    whole = table.verdict(tuple(conditions), correction, extended)
    fewer = table.verdict(tuple(conditions[:-1]), correction, extended)
    # Then conditions only take away, and a side needs volume
    assert whole.volume <= fewer.volume
    assert whole.side <= fewer.side
    assert whole.side <= whole.volume


def test_provider_may_take_volume_away_from_a_listed_condition() -> None:
    # Given a reference list that says odd lots update no volume
    table = TradeConditions.from_reference([reference_record(37, updates_volume=False)])
    # When an odd lot is judged
    verdict = table.verdict((37,), 0, extended=False)
    # Then it no longer counts
    assert verdict == Verdict(volume=False, side=False, reason="no_volume")


@pytest.mark.parametrize("updates_volume", [True, False])
def test_provider_never_makes_an_excluded_condition_usable(updates_volume: bool) -> None:
    # Given a reference list that mentions average-price prints
    table = TradeConditions.from_reference([reference_record(2, updates_volume=updates_volume)])
    # When one is judged
    verdict = table.verdict((2,), 0, extended=False)
    # Then it stays out, for the table's own reason
    assert verdict == Verdict(volume=False, side=False, reason="average_price")


@pytest.mark.parametrize(
    ("updates_volume", "verdict"),
    [
        (True, Verdict(volume=True, side=False, reason="provider_only")),
        (None, Verdict(volume=True, side=False, reason="provider_only")),
        (False, Verdict(volume=False, side=False, reason="no_volume")),
    ],
)
def test_condition_known_to_the_provider_alone_follows_its_rule_without_side(
    updates_volume: bool | None, verdict: Verdict
) -> None:
    # Given a reference list with an id that the table lacks
    table = TradeConditions.from_reference([reference_record(90, updates_volume=updates_volume)])
    # When a print with that id is judged
    judged = table.verdict((90,), 0, extended=False)
    # Then it is known, and never signed
    assert (judged, table.unknown_seen) == (verdict, set())


def test_form_t_without_volume_by_the_provider_never_counts() -> None:
    # Given a reference list that takes the volume of Form T away
    table = TradeConditions.from_reference([reference_record(12, updates_volume=False)])
    # When such a print is judged in either session
    reasons = [table.verdict((12,), 0, extended).reason for extended in (False, True)]
    # Then the provider's rule is the reason in both
    assert reasons == ["no_volume", "no_volume"]


@pytest.mark.parametrize(
    "record",
    [
        reference_record(37, updates_volume=False, data_types=("bbo", "nbbo")),
        reference_record("37", updates_volume=False),
        reference_record(37, updates_volume=False, data_types=None),
        {"id": 37, "data_types": ["trade"], "update_rules": None},
        {"id": 37, "data_types": ["trade"], "update_rules": {"consolidated": None}},
    ],
)
def test_reference_record_of_another_kind_or_shape_changes_nothing(
    record: dict[str, object],
) -> None:
    # Given a record about quotes, or one that cannot be read
    table = TradeConditions.from_reference([record])
    # When an odd lot is judged
    # Then the table's own verdict stands
    assert table.verdict((37,), 0, extended=False) == REGULAR


@pytest.mark.parametrize(
    ("delay_ns", "late"),
    [
        (-1, False),
        (5 * SECOND_NS - 1, False),
        (5 * SECOND_NS, False),
        (5 * SECOND_NS + 1, True),
    ],
)
def test_print_is_late_beyond_five_seconds(delay_ns: int, late: bool) -> None:
    # Given a print made some time before the tape had it
    made_ns = 1_700_000_000 * SECOND_NS
    # When its delay is judged
    # Then only more than five seconds is late
    assert is_late(made_ns + delay_ns, made_ns) is late


def test_print_without_a_participant_stamp_is_not_late() -> None:
    # Given a print that does not tell when it was made
    # When its delay is judged
    # Then it passes
    assert not is_late(1_700_000_000 * SECOND_NS, None)
