"""What one cell of a table says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading_bot.order_flow.market.refused import Refused
from trading_bot.order_flow.market.units import utc_from_ns
from trading_bot.recorded import cells
from trading_bot.recorded.cells import code_of, conditions_of, made_of, size_of, stamp_of

TWO_O_CLOCK_NS = 1_789_740_000_000_000_000
"""2026-09-18 14:00 UTC."""


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("1789740000000000001", TWO_O_CLOCK_NS + 1),
        ("1789740000000", TWO_O_CLOCK_NS),
        ("1789740000", TWO_O_CLOCK_NS),
        ("2026-09-18T14:00:00Z", TWO_O_CLOCK_NS),
        ("2026-09-18t14:00:00z", TWO_O_CLOCK_NS),
        ("2026-09-18T14:00:00.000000001Z", TWO_O_CLOCK_NS + 1),
        ("2026-09-18T14:00:00.0000000010Z", TWO_O_CLOCK_NS + 1),
        ("2026-09-18 14:00:00.5+00:00", TWO_O_CLOCK_NS + 500_000_000),
        ("2026-09-18 10:00:00,000000007-04:00", TWO_O_CLOCK_NS + 7),
        ("20260918T140000.000000002+0000", TWO_O_CLOCK_NS + 2),
        ("2026-09-18T14:00Z", TWO_O_CLOCK_NS),
    ],
)
def test_stamps_are_read_to_the_nanosecond(text: str, stamp: int) -> None:
    # Given a stamp as a whole number or as text with its zone
    # When it is read
    # Then it is exact
    assert stamp_of(text) == stamp


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no_stamp"),
        ("NaN", "no_stamp"),
        ("17", "impossible_stamp"),
        ("1999-12-31T23:59:59Z", "impossible_stamp"),
        ("1.78974e+18", "imprecise_stamp"),
        ("178974E13", "imprecise_stamp"),
        ("1789740000000000000.0", "imprecise_stamp"),
        ("1789740000.123", "imprecise_stamp"),
        ("2026-09-18T14:00:00.123456789", "stamp_without_zone"),
        ("2026-09-18T14:00:00.0000000001Z", "malformed"),
        ("2026-09-31T14:00:00Z", "malformed"),
        ("14:00:00", "malformed"),
        ("noon", "malformed"),
        ("-5", "malformed"),
    ],
)
def test_a_stamp_that_is_not_exact_is_refused_by_its_reason(text: str, reason: str) -> None:
    # Given a stamp that says less than a nanosecond of one instant
    # When it is read
    # Then the reason is told
    assert stamp_of(text) == Refused(reason)


@given(st.integers(TWO_O_CLOCK_NS, TWO_O_CLOCK_NS + 10**15))
def test_iso_text_and_number_are_the_same_stamp(stamp: int) -> None:
    # Given any stamp as text
    text = f"{utc_from_ns(stamp):%Y-%m-%dT%H:%M:%S}.{stamp % 10**9:09d}Z"
    # When both are read
    # Then they are one
    assert stamp_of(text) == stamp_of(str(stamp)) == stamp


def test_known_seconds_are_forgotten_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given room for one second only
    monkeypatch.setattr(cells, "_SECONDS_KNOWN", 1)
    texts = [f"2026-09-18T14:00:0{second}Z" for second in range(3)]
    # When three are read
    found = [stamp_of(text) for text in texts]
    # Then all are right
    assert found == [TWO_O_CLOCK_NS + second * 10**9 for second in range(3)]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("", None),
        ("0", None),
        ("1789740000000000001", TWO_O_CLOCK_NS + 1),
        ("x", Refused("malformed")),
    ],
)
def test_a_participant_stamp_may_be_missing(text: str, made: int | Refused | None) -> None:
    # Given what stands where a print's making is stated
    # When it is read
    # Then nothing is nothing, and nonsense is nonsense
    assert made_of(text) == made


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("100", 100_000_000),
        ("100.0", 100_000_000),
        ("10.000000", 10_000_000),
        ("100.75", 100_750_000),
        ("0.000001", 1),
        ("0.30000000000000004", 300_000),
        ("1e3", 1_000_000_000),
        ("-5", -5_000_000),
    ],
)
def test_a_size_is_a_whole_number_of_millionths_of_a_share(text: str, units: int) -> None:
    # Given a size, whole or not
    # When it is read
    # Then it is exact to the unit
    assert size_of(text) == units


@pytest.mark.parametrize("text", ["", "many", "nan", "inf"])
def test_what_is_no_number_is_no_size(text: str) -> None:
    # Given something else
    # When it is read as a size
    # Then it is refused
    with pytest.raises(ValueError, match=r"\w"):
        size_of(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [("201", 201), ("201.0", 201), ("0.0", 0), ("", 0), ("NaN", 0), ("<NA>", 0), ("-1", -1)],
)
def test_a_code_may_have_gone_through_a_float(text: str, code: int) -> None:
    # Given a code as some tool wrote it
    # When it is read
    # Then it is whole
    assert code_of(text) == code


@pytest.mark.parametrize("text", ["201.5", "V", "1e2"])
def test_a_code_that_is_no_whole_number_is_refused(text: str) -> None:
    # Given something else
    # When it is read as a code
    # Then it is refused
    with pytest.raises(ValueError, match="is no whole number"):
        code_of(text)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("", ()),
        ("[]", ()),
        ("nan", ()),
        ("14", (14,)),
        ("14.0", (14,)),
        ("14,37", (14, 37)),
        ("14;37", (14, 37)),
        ("14 37", (14, 37)),
        ("14|37", (14, 37)),
        ("[14, 37]", (14, 37)),
        ("[14 37]", (14, 37)),
        ("[14; 37]", (14, 37)),
        ("(14, 37)", (14, 37)),
        ("{14,37}", (14, 37)),
        ("['14', '37']", (14, 37)),
    ],
)
def test_conditions_are_read_however_they_are_listed(
    text: str, conditions: tuple[int, ...]
) -> None:
    # Given a list of conditions as some tool wrote it
    # When it is read
    # Then the conditions are there
    assert conditions_of(text) == conditions
