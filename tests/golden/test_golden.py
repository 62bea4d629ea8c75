"""What the guard says of the committed inputs is what it has always said, byte for byte."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

import pytest

from .cases import CASES, EXPECTED, SUMS
from .make_inputs import INPUTS, made_inputs

HOW_TO_GO_ON = "see tests/golden/README.md for when `python -m golden.refresh` is right"


def difference(name: str, expected: Sequence[bytes], found: Sequence[bytes]) -> str:
    """Say in words where two records differ; empty where they do not."""
    pairs = list(zip_longest(expected, found))
    differing = [number for number, (one, other) in enumerate(pairs, 1) if one != other]
    if not differing:
        return ""
    first = differing[0]
    was, now = ((each or b"(none)").decode() for each in pairs[first - 1])
    lost, new = set(expected) - set(found), set(found) - set(expected)
    return (
        f"{name}: line {first} is the first that differs\n  expected {was}\n  found    {now}\n"
        f"{len(differing)} of {len(expected)} lines differ in their place; "
        f"{len(lost)} expected lines are gone, {len(new)} are new; {HOW_TO_GO_ON}"
    )


def digests() -> dict[str, str]:
    lines = [line.split("  ") for line in SUMS.read_text().splitlines()]
    return {name.removesuffix(".jsonl"): digest for digest, name in lines}


@pytest.mark.parametrize("name", CASES)
def test_the_record_is_the_same_to_the_byte(name: str, tmp_path: Path) -> None:
    # Given what earlier versions said of an input
    expected = (EXPECTED / f"{name}.jsonl").read_bytes()
    # When this one judges it
    found = CASES[name](tmp_path)
    # Then it says the same
    changed = difference(name, expected.splitlines(), found.splitlines())
    assert not changed, changed
    assert sha256(found).hexdigest() == digests()[name]


def test_every_case_has_its_lines_and_its_digest() -> None:
    # Given the lines that are expected
    # When their digests are taken
    found = {path.stem: sha256(path.read_bytes()).hexdigest() for path in EXPECTED.glob("*.jsonl")}
    # Then they are those of the list, one a case
    assert found == digests()
    assert found.keys() == CASES.keys()


def test_the_made_inputs_can_be_made_again() -> None:
    # Given the generator
    # When it makes everything again
    again = made_inputs()
    # Then it is what was committed
    committed = {name: gzip.decompress((INPUTS / name).read_bytes()).decode() for name in again}
    assert [name for name, text in again.items() if text != committed[name]] == []


def test_together_the_expected_lines_hold_every_kind_of_event() -> None:
    # Given all expected lines
    text = b"".join(path.read_bytes() for path in EXPECTED.glob("*.jsonl"))
    # When kinds are looked for
    kinds = [
        *(f'"source":"{each}"' for each in ("aggressive_sell", "ask_wall", "resting_bid")),
        *(f'"alert_type":"red_burst","severity":"{each}"' for each in ("warning", "critical")),
        *(f"order_flow.feed_{each}" for each in ("degraded", "blind", "recovered")),
        "order_flow.connection",
        "order_flow.data_lost",
        "order_flow.data_validation_error",
        "order_flow.exit_signal_triggered",
    ]
    # Then each is there
    assert [kind for kind in kinds if kind.encode() not in text] == []


def test_with_a_memory_the_expected_lines_hold_every_kind_of_ranked_event() -> None:
    # Given the expected lines of a symbol whose memory is a whole session
    text = (EXPECTED / "own_scale_profile.jsonl").read_bytes()
    # When kinds are looked for
    kinds = [
        *(f'"source":"{each}"' for each in ("aggressive_sell", "ask_wall")),
        '"alert_type":"red_burst","severity":"critical"',
        '"of":195,',
        '"orders":3,',
        "order_flow.exit_signal_triggered",
        "order_flow.scale",
    ]
    # Then each is there
    assert [kind for kind in kinds if kind.encode() not in text] == []


def test_a_difference_names_the_first_line_and_counts_all() -> None:
    # Given a record of which one line changed and one went
    # When it is compared
    told = difference("flat", [b"a", b"b", b"c"], [b"a", b"x"])
    # Then the first is shown, and both are counted
    assert told.startswith(
        "flat: line 2 is the first that differs\n  expected b\n  found    x\n2 of"
    )
    assert "2 expected lines are gone, 1 are new" in told
    assert difference("flat", [b"a"], [b"a"]) == ""
